"""Engines close the loop in time. One file each; an engine put in this folder is found without editing another file."""

from typing import Any, get_args

from neurosim import registry
from neurosim.cells.base import Level
from neurosim.engines.base import Engine as Engine
from neurosim.engines.base import Job as Job
from neurosim.params import choice


def known() -> dict[str, type[Engine]]:
    """Every engine of this folder by the name that `simulate(engine=...)` takes."""
    return {engine.name: engine for engine in registry.discover(__name__, Engine).values()}


def choices(level: Level) -> tuple[str, ...]:
    """What `engine=` may be for cells of a level: "auto", then its engines in the order in which "auto" asks them.

    Engines for cells that spike once are left out: where others run, they cannot.
    """
    choice(level, "level of cells (level)", get_args(Level))
    fitting = [engine for engine in known().values() if engine.level == level and not engine.one_spike]
    return ("auto", *(engine.name for engine in sorted(fitting, key=lambda engine: -engine.rank)))


def __getattr__(name: str) -> Any:
    return registry.family_attribute(__name__, Engine, name)


def __dir__() -> list[str]:
    offered: list[str] = __getattr__("__all__")
    return offered

"""Rules: activity to weight change. One file each; a rule put in this folder is found without editing another file."""

from typing import Any

from neurosim import registry
from neurosim.plasticity.base import RateRule as RateRule
from neurosim.plasticity.base import Rule as Rule
from neurosim.plasticity.base import SpikeRule as SpikeRule


def known() -> dict[str, type[Rule]]:
    """Every rule of this folder by class name."""
    return registry.discover(__name__, Rule)


def __getattr__(name: str) -> Any:
    return registry.family_attribute(__name__, Rule, name)


def __dir__() -> list[str]:
    offered: list[str] = __getattr__("__all__")
    return offered

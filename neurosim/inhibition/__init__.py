"""Lateral inhibition as first-class motifs: from a population and a strength to projections. One motif per file.

Every strength is a magnitude: the library applies the sign. A motif is a function that returns its projections; a file
put into this folder is found without editing another.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

from neurosim import registry
from neurosim.circuits.circuit import Projection
from neurosim.inhibition.conductance import shunting as shunting
from neurosim.inhibition.interneurons import pooled as pooled
from neurosim.inhibition.overlap import competition as competition
from neurosim.inhibition.single_winner import winner_take_all as winner_take_all
from neurosim.inhibition.subtractive import lateral as lateral
from neurosim.inhibition.unilateral import one_sided as one_sided
from neurosim.registry import unknown_name


@cache
def motifs() -> dict[str, Callable[..., Any]]:
    """Every motif of this folder by name: the public functions that return a projection or a tuple of projections."""
    found: dict[str, Callable[..., Any]] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for name, member in vars(module).items():
            own = inspect.isfunction(member) and member.__module__ == module.__name__ and not name.startswith("_")
            if own and inspect.signature(member).return_annotation is inspect.Signature.empty:
                raise registry.IncompleteClassError(
                    f"{module.__name__}: {name}() does not say what it returns, expected Projection or a tuple of them"
                )
            if own and _gives_projections(member):
                found[name] = member
    # Where a file is called like its motif, the name means the motif.
    globals().update(found)
    return dict(sorted(found.items()))


def _gives_projections(function: Any) -> bool:
    returned = inspect.signature(function, eval_str=True).return_annotation
    return Projection in (returned, *getattr(returned, "__args__", ()))


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return sorted({*registry.public(globals()), *motifs()})
    if name.startswith("_") or name not in motifs():
        raise AttributeError(str(unknown_name(f"motif in {__name__}", name, motifs())))
    return motifs()[name]


def __dir__() -> list[str]:
    offered: list[str] = __getattr__("__all__")
    return offered

"""`check_component`: which family a component belongs to, and what it must do."""

import inspect
from collections.abc import Callable
from typing import Any

from neurosim.activations.base import Activation
from neurosim.cells.base import Cell
from neurosim.contracts import activation, cell, engine, homeostasis, motif, parameters, rule
from neurosim.contracts.motif import Motif
from neurosim.contracts.running import BrokenContractError, Check, Function, run
from neurosim.engines.base import Engine
from neurosim.gate import flag
from neurosim.homeostasis.base import Homeostasis
from neurosim.params import DimensionError, Params
from neurosim.plasticity.base import Rule


def check_component(component: Any, *, raises: bool = True, **arguments: Any) -> tuple[Check, ...]:
    """Check a class of your own as the package checks its own: every check that its family must pass.

    Args:
        component: a class (it is made with its defaults), one that is made already, or a motif: a function that takes a
            population and returns projections.
        raises: whether a check that fails is an error; else read the outcomes.
        arguments: parameters of the class, or further arguments of the motif (its strength is 0.01 s).

    Returns:
        Every check with its outcome, in order: it holds, fails, or does not apply.

    Raises:
        BrokenContractError: checks fail; the message names each, and why.
        DimensionError: this is no activation, cell, rule, homeostasis, motif or engine.
    """
    raises, part = flag(raises, "check_component: raises"), component
    if inspect.isclass(component):
        if not issubclass(component, tuple(family for family, _ in _FAMILIES)):
            raise _no_component(component)
        part = component(**arguments)
    elif inspect.isfunction(component):
        part = Motif(component, arguments)
    found = tuple(run(check, part) for check in checks_for(part))
    failed = [check for check in found if check.outcome == "fails"]
    if failed and raises:
        name = part.__name__ if isinstance(part, Motif) else type(part).__name__
        told = "; ".join(f"{check.name} ({check.problem})" for check in failed)
        raise BrokenContractError(f"{name}: {len(failed)} of {len(found)} checks fail: {told}")
    return found


def checks_for(part: Any) -> tuple[Function, ...]:
    """The checks of a component's family, the general ones first."""
    if isinstance(part, Motif):
        return motif.CHECKS
    for family, checks in _FAMILIES:
        if isinstance(part, family):
            return (*parameters.CHECKS, *checks)
    raise _no_component(part)


def _no_component(part: Any) -> DimensionError:
    return DimensionError(
        f"check_component: component: got {part!r:.80}, expected an activation, cell, rule, homeostasis, motif or "
        "engine"
    )


_FAMILIES: tuple[tuple[type[Params], tuple[Callable[[Any], None], ...]], ...] = (
    (Activation, activation.CHECKS),
    (Cell, cell.CHECKS),
    (Rule, rule.CHECKS),
    (Homeostasis, homeostasis.CHECKS),
    (Engine, engine.CHECKS),
)

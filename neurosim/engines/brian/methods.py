"""Brian2's methods of integration, with what they derive kept by the text of the equations.

Brian2 keeps it too, but by the constants' values and the number of cells as well, on which it does not depend: for two
synaptic time constants it derives the same lines again for 2 s of processor time with every other circuit.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any


@functools.cache
def kept(brian2: Any, method: str) -> Callable[..., Any]:
    """Brian2's method of this name; equal equations of equal kinds of variables get the lines of the first time."""
    derive, known = brian2.StateUpdateMethod.stateupdaters[method], {}

    def integrate(equations: Any, variables: Mapping[str, Any], method_options: Any = None) -> Any:
        options = repr(sorted((method_options or {}).items()))
        key = (str(equations), frozenset((name, *_kind(variable)) for name, variable in variables.items()), options)
        if key not in known:
            known[key] = derive(equations, variables, method_options)
        return known[key]

    integrate.__name__ = method
    return integrate


def _kind(variable: Any) -> tuple[Any, ...]:
    """What a derivation may look at: everything but the value and the number of cells (functions: which one it is)."""
    if not hasattr(variable, "dtype"):
        return (variable,)
    parts = ("dtype", "dim", "constant", "scalar", "read_only")
    return (type(variable), *(str(getattr(variable, part)) for part in parts))

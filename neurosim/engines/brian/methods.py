"""Brian2's methods of integration, with what they derive kept by the text of the equations.

Brian2 keeps it too, but by the constants' values and the number of cells as well, on which it does not depend: for two
synaptic time constants it derives the same lines again for 2 s of processor time with every other circuit. Other
processes find them in the user's cache.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from neurosim.engines.brian import derivations
from neurosim.engines.brian.derivations import kind_of


@functools.cache
def kept(brian2: Any, method: str) -> Callable[..., Any]:
    """Brian2's method of this name; equal equations of equal kinds of variables get the lines of the first time."""
    derive, known = brian2.StateUpdateMethod.stateupdaters[method], {}
    functions = brian2.core.functions.DEFAULT_FUNCTIONS

    def integrate(equations: Any, variables: Mapping[str, Any], method_options: Any = None) -> Any:
        options = repr(sorted((method_options or {}).items()))
        key = (str(equations), frozenset((name, *kind_of(variable)) for name, variable in variables.items()), options)
        if key not in known:
            name = derivations.key(method, key[0], variables, options, functions)
            lines = derivations.read(name) if name else None
            if lines is None:
                with exact_trial_numbers():
                    lines = derive(equations, variables, method_options)
                if name and isinstance(lines, str):
                    derivations.write(name, lines)
            known[key] = lines
        return known[key]

    integrate.__name__ = method
    return integrate


@contextlib.contextmanager
def exact_trial_numbers() -> Iterator[None]:
    """SymPy tries in random numbers whether a term is zero; they are taken as the fractions that they are.

    SymPy looks for a short decimal fraction near each, through all the constants it knows: almost half of the time of a
    derivation. The numbers are drawn as before and differ by 1e-15, so the lines are the same.
    """
    try:
        random: Any = import_module("sympy.core.random")
        own = random.random_complex_number
    except (ImportError, AttributeError):  # a SymPy that draws them elsewhere
        yield
        return
    from sympy import I, Rational

    def drawn(
        a: float = 2, b: float = -1, c: float = 3, d: float = 1, rational: bool = False, tolerance: Any = None
    ) -> Any:
        if not rational or tolerance is not None:
            return own(a, b, c, d, rational=rational, tolerance=tolerance)
        return Rational(random.uniform(a, c)) + I * Rational(random.uniform(b, d))

    random.random_complex_number = drawn
    try:
        yield
    finally:
        random.random_complex_number = own

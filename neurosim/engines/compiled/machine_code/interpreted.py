"""The same functions as Python itself runs them: a first small run takes a blink, and machine code takes seconds.

The arithmetic is that of the same NumPy numbers in the same order, so that no bit tells which of the two has run.
"""

import sys
from collections.abc import Callable
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

_ENOUGH = 2e6
"""Work that a process interprets in all, some 2 s: after that machine code, which takes 5 s, pays."""
_spent = 0.0
_FOLDER = __name__.rpartition(".")[0]


@cache
def _functions(module: ModuleType) -> dict[str, Any]:
    """The functions of a module of this folder, which call each other as plain functions."""
    names = dict(vars(module))
    for name, value in vars(module).items():
        # Where NUMBA_DISABLE_JIT is set they are plain functions already.
        plain = getattr(value, "py_func", value)
        if not isinstance(plain, FunctionType):
            continue
        home, own = plain.__module__, plain.__name__
        mine = home == module.__name__
        if mine or home.startswith(_FOLDER):
            names[name] = FunctionType(plain.__code__, names) if mine else _functions(sys.modules[home])[own]
    names |= {kind: getattr(np, kind) for kind in ("int32", "uint8") if kind in names}
    return names


def interpreted(module: ModuleType, name: str) -> Callable[..., Any]:
    """A function of a module without machine code. What overflows is silent here too."""
    function = _functions(module)[name]

    def run(*tables: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*tables)

    return run


def quickest(module: ModuleType, name: str, work: float, planned: float = 0.0) -> Callable[..., Any]:
    """A function in machine code where there is some, on disk or in memory; else for little work the interpreted one.

    Args:
        module: where it is.
        name: its name.
        work: of the run, in microseconds of the interpreter: steps of units, and weights that spikes meet.
        planned: work of all runs that follow each other, this one among them.
    """
    global _spent
    compiled: Any = getattr(module, name)
    if not hasattr(compiled, "signatures"):
        return interpreted(module, name)
    if compiled.signatures or compiled._cache.holds_something() or _spent + max(work, planned) > _ENOUGH:
        return compiled  # type: ignore[no-any-return]
    _spent += work
    return interpreted(module, name)

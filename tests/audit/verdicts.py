"""What became of a malformed value: refused clearly, accepted with sense, an internal error, or silent nonsense."""

import copy
import dataclasses
import inspect
import re
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

REFUSED, LEGITIMATE, INTERNAL, NONSENSE = "refused", "legitimate", "internal error", "silent nonsense"
_LONGEST = 500
_WORDS = re.compile(r"\b(expected|known are|take|give|go on|use|raise|did not converge|at most|it offers)\b")


@dataclass(frozen=True)
class Outcome:
    """One case and what became of it."""

    target: str
    argument: str
    kind: str
    verdict: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.verdict:16} {self.target}({self.argument} = {self.kind}): {self.detail}"


def of_error(error: BaseException, argument: str, others: tuple[str, ...] = (), given: Any = None) -> tuple[str, str]:
    """Whether an exception is a clear refusal: it names the argument, or another one that it does not fit."""
    said = str(error)
    shown = f"{type(error).__name__}: {said[:300]!r}"
    if isinstance(error, FileNotFoundError) and isinstance(given, str) and given.splitlines()[0] in said:
        return REFUSED, shown  # Python's own sentence says it
    if isinstance(given, str) and "\n" in given:
        said = said.replace(given, "<given>")  # a line break in a name is the caller's
    if not type(error).__module__.startswith(("neurosim", "experiments")):
        return INTERNAL, shown
    words = "|".join("named?" if each == "name" else each.replace("_", "[_ ]") for each in {argument, *others})
    if "\n" in said or len(said) > _LONGEST:
        return INTERNAL, f"not one sentence: {shown}"
    if not re.search(rf"\b({words})\b", said):
        return INTERNAL, f"does not name {argument!r}: {shown}"
    if not _WORDS.search(said):
        return INTERNAL, f"does not say what is expected: {shown}"
    return REFUSED, shown


def numbers(result: Any, depth: int = 0) -> Iterator[np.ndarray[Any, Any]]:
    """Every array of numbers in a result, in order."""
    if isinstance(result, bool | str | bytes) or result is None or depth > 6:
        return
    if isinstance(result, int | float | np.number):
        yield np.asarray(float(result) if abs(result) < 1e308 or not isinstance(result, int) else 1e308)
    elif isinstance(result, np.ndarray):
        if result.dtype.kind in "iufc":
            yield result
    elif hasattr(result, "tocsr"):
        yield result.toarray()
    elif isinstance(result, Mapping):
        for key, value in result.items():
            if key not in ("provenance", "wall_seconds"):
                yield from numbers(value, depth + 1)
    elif isinstance(result, list | tuple):
        for value in result:
            yield from numbers(value, depth + 1)
    elif hasattr(result, "to_numpy"):
        yield from numbers(np.asarray(result), depth + 1)
    elif dataclasses.is_dataclass(result) and not isinstance(result, type):
        for field in dataclasses.fields(result):
            if field.name not in ("provenance", "seconds", "path"):
                yield from numbers(getattr(result, field.name, None), depth + 1)


def finite(result: Any) -> bool:
    return all(np.isfinite(array).all() for array in numbers(result))


def judged(result: Any) -> Any:
    """What of a result has to be finite: of a recording that names the trials that failed, the rates of the others."""
    failed = {failure.trial for failure in getattr(result, "failures", ())}
    if not failed:
        return result
    return {
        name: [rates[k] for k in range(len(rates)) if k not in failed or not np.isnan(rates[k]).any()]
        for name, rates in result.rates.items()
    }


def infinite(result: Any) -> bool:
    return any(np.isinf(array).any() for array in numbers(result))


def same(first: Any, second: Any) -> bool:
    """Whether two results hold the same numbers, up to the rounding that another order of summation brings."""
    a, b = list(numbers(first)), list(numbers(second))
    return len(a) == len(b) and all(
        x.shape == y.shape and np.allclose(x, y, rtol=1e-9, atol=0, equal_nan=True) for x, y in zip(a, b, strict=True)
    )


def fresh(value: Any) -> Any:
    """The same value again, untouched by an earlier call."""
    if isinstance(value, np.random.Generator | np.ndarray):
        return copy.deepcopy(value)
    if type(value).__name__ == "Axes":
        return type(value.figure)().subplots()
    return value


def of_call(
    call: Callable[[], Any], bad: Any, argument: str, documented: str, usual: Any, others: tuple[str, ...] = ()
) -> tuple[str, str]:
    """What became of one malformed value.

    Args:
        call: the call with the malformed value in place.
        bad: what was put in place.
        argument: its name.
        documented: the docstrings that speak about it.
        usual: the result of the usual call, where that has numbers.
        others: all arguments of the call.
    """
    before = copy.deepcopy(bad.value) if isinstance(bad.value, np.ndarray) and bad.value.dtype.kind in "iuf" else None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = call()
            if isinstance(result, types.GeneratorType):
                result = list(result)
        except Exception as error:
            verdict, detail = of_error(error, argument, others, bad.value)
            return (NONSENSE, f"refused: {detail}") if bad.must == "same" and verdict == REFUSED else (verdict, detail)
    if before is not None and not np.array_equal(before, bad.value, equal_nan=True):
        return NONSENSE, "changed the caller's array"
    shown = _brief(result)
    if bad.must == "refuse" and not _says(documented, bad.kind):
        return NONSENSE, f"accepted: {shown}"
    if bad.must == "same" and not same(result, usual):
        return NONSENSE, f"another result than the usual form: {shown}"
    result = judged(result)
    if dataclasses.is_dataclass(result):
        documented += inspect.getdoc(type(result)) or ""
    undefined = bool(re.search(r"\bNaN\b", documented)) and not infinite(result)
    limit = "infinity" in bad.kind and _says(documented, bad.kind)
    if finite(usual) and not (finite(result) or undefined or limit or _overflows(documented)):
        return NONSENSE, f"not finite: {shown}"
    noise = [
        str(w.message) for w in caught if issubclass(w.category, RuntimeWarning) and "encountered" in str(w.message)
    ]
    if noise and not _says(documented, "NaN"):
        return NONSENSE, f"NumPy warns {noise[0]!r}: {shown}"
    return LEGITIMATE, shown


def _overflows(documented: str) -> bool:
    """Whether the documentation says that numbers beyond float64 are infinite in the result (a learning rule's)."""
    return bool(re.search(r"\binfinite\s+where\s+float64\s+overflows|\bexceeds\s+float64", documented))


def _says(documented: str, kind: str) -> bool:
    """Whether the documentation speaks of what is not finite, or of fractions."""
    if kind == "fractions":
        return bool(re.search(r"\bfractions\b", documented))
    if not any(word in kind for word in ("NaN", "infinity")):
        return False
    return bool(re.search(r"\bNaN\b|\binfinit|\binf\b", documented))


def _brief(result: Any) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return " ".join(repr(result).split())[:160]
        except Exception as error:
            return f"a {type(result).__name__} whose repr raises {type(error).__name__}"


def documentation(target: Any) -> str:
    """The docstrings of a function and of the classes that it belongs to."""
    owners = target.owner.__mro__ if target.owner is not None else ()
    texts = [target.function, *(cls for cls in owners if cls.__module__.startswith("neurosim"))]
    return "\n".join(inspect.getdoc(part) or "" for part in texts)

"""A value as an error message shows it."""

import math
from typing import Any

import numpy.typing as npt

_LONGEST = 60
"""Characters of a value that a message shows."""


def shown(value: Any) -> str:
    """A value as a message shows it: on one line and not too long."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    shape = getattr(value, "shape", ())
    if isinstance(shape, tuple) and shape:
        kind = {"ndarray": "array", "MaskedArray": "masked array"}.get(type(value).__name__, type(value).__name__)
        return f"{article(kind)} {kind} of shape {shape}"
    try:
        words = " ".join(repr(value).split())
    except Exception:
        # a message about a bad value must not fail at the value: whole numbers beyond 4,300 digits have no repr
        return of_type(value)
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 4]} ..."


def article(word: str) -> str:
    """ "a" or "an"."""
    return "an" if word[:1].lower() in "aeiou" else "a"


def of_type(value: Any) -> str:
    """What kind of object it is, with its article."""
    return f"{article(type(value).__name__)} {type(value).__name__}"


def in_unit(unit: str, word: str = " in") -> str:
    """A unit as a message adds it; nothing for a number without one."""
    return "" if unit in ("1", "") else f"{word} {unit}"


def range_words(low: float, high: float) -> str:
    """A range as a message adds it: from 0 to 1, >= 0, <= 1, or nothing."""
    if low > -math.inf and high < math.inf:
        return f" from {_plain_number(low)} to {_plain_number(high)}"
    return f" >= {_plain_number(low)}" if low > -math.inf else f" <= {_plain_number(high)}" if high < math.inf else ""


def _plain_number(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) or abs(value) >= 10**6 else str(value)


def kind_of(array: npt.NDArray[Any]) -> str:
    """What the entries of an array are, in words."""
    words = {"c": "complex numbers", "U": "text", "S": "bytes", "M": "dates", "m": "time differences", "V": "records"}
    if array.ndim == 0 and array.dtype.kind in "cUSMm":
        return shown(array.item())
    found = words.get(array.dtype.kind, f"values of type {array.dtype}")
    return found + (" (take .real)" if array.dtype.kind == "c" else "")


def truth(array: npt.NDArray[Any]) -> str:
    """Truth values in words; a single one as it is."""
    return "truth values" if array.ndim else str(bool(array))


def wanted(array: npt.NDArray[Any]) -> str:
    """What is expected where this array was given: a number, or numbers."""
    real = "real " if array.ndim or array.dtype.kind == "c" else ""
    return f"{real}numbers" if array.ndim else f"a {real}number"

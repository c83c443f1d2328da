"""A value as an error message shows it."""

from typing import Any

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

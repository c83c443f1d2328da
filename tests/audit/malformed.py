"""Malformed values by the nature of an argument: what must be refused, what may pass, and what must pass unchanged."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Bad:
    """One malformed value."""

    kind: str
    value: Any
    must: str
    """"refuse", "may" (refused, or accepted with a finite result) or "same" (the same result as the usual form)."""


def _foreign() -> list[tuple[str, Any]]:
    """What is no value of any argument of this package."""
    return [
        ("object", object()),
        ("class", dict),
        ("bytes", b""),
        ("complex", 1j),
        ("date", datetime.date(2020, 1, 1)),
        ("masked constant", np.ma.masked),
        ("ragged", [[1.0], [1.0, 2.0]]),
    ]


def of_number(_: Any) -> Iterator[Bad]:
    for kind, value in _foreign():
        yield Bad(kind, value, "refuse")
    yield Bad("list in list", [[]], "refuse")
    for kind, value in (
        ("None", None),
        ("text", "1"),
        ("empty list", []),
        ("truth value", True),
        ("dictionary", {}),
        ("lambda", lambda: 1.0),
        ("NaN", float("nan")),
        ("numpy truth value", np.True_),
    ):
        yield Bad(kind, value, "refuse")
    for kind, value in (
        ("infinity", float("inf")),
        ("-1", -1.0),
        ("0", 0.0),
        ("-0.0", -0.0),
        ("1e308", 1e308),
        ("1e-308", 1e-308),
        ("huge int", 10**400),
        ("long int", 10**20),
    ):
        yield Bad(kind, value, "refuse" if kind == "huge int" else "may")


def of_integer(_: Any) -> Iterator[Bad]:
    for kind, value in _foreign():
        yield Bad(kind, value, "refuse")
    yield Bad("list in list", [[]], "refuse")
    for kind, value in (
        ("None", None),
        ("text", "1"),
        ("empty list", []),
        ("truth value", True),
        ("dictionary", {}),
        ("lambda", lambda: 1),
        ("NaN", float("nan")),
        ("infinity", float("inf")),
        ("fraction", 1.5),
        ("float", 1e308),
        ("numpy truth value", np.True_),
    ):
        yield Bad(kind, value, "refuse")
    for kind, value in (("-1", -1), ("0", 0), ("huge int", 10**30), ("long int", 2**40)):
        yield Bad(kind, value, "may")


def of_flag(_: Any) -> Iterator[Bad]:
    for kind, value in _foreign():
        yield Bad(kind, value, "refuse")
    yield Bad("list in list", [[]], "refuse")
    for kind, value in (
        ("None", None),
        ("text", "no"),
        ("empty list", []),
        ("1", 1),
        ("0.0", 0.0),
        ("NaN", float("nan")),
        ("dictionary", {}),
        ("lambda", lambda: True),
        ("array", np.ones(2, bool)),
    ):
        yield Bad(kind, value, "refuse")


def of_text(_: Any) -> Iterator[Bad]:
    for kind, value in _foreign():
        yield Bad(kind, value, "refuse")
    yield Bad("list in list", [[]], "refuse")
    for kind, value in (
        ("None", None),
        ("number", 3),
        ("NaN", float("nan")),
        ("empty list", []),
        ("truth value", True),
        ("dictionary", {}),
        ("lambda", lambda: "p"),
    ):
        yield Bad(kind, value, "refuse")
    for kind, value in (("unknown", "no such name"), ("empty text", ""), ("umlaut", "Körner"), ("line break", "a\nb")):
        yield Bad(kind, value, "may")


def of_object(_: Any) -> Iterator[Bad]:
    for kind, value in _foreign():
        yield Bad(kind, value, "refuse")
    yield Bad("list in list", [[]], "may")
    for kind, value in (
        ("None", None),
        ("text", "no such object"),
        ("number", 3),
        ("-1", -1),
        ("NaN", float("nan")),
        ("truth value", True),
        ("lambda", lambda: None),
        ("array", np.ones(3)),
    ):
        yield Bad(kind, value, "refuse")
    for kind, value in (("empty list", []), ("dictionary", {})):
        yield Bad(kind, value, "may")


def of_array(valid: Any) -> Iterator[Bad]:
    array = np.asarray(valid)
    for kind, value in _foreign():
        yield Bad(kind, value, "refuse")
    yield Bad("dictionary", {}, "may")  # of arrays by name
    # no entries, as an empty list has none
    yield Bad("list in list", [[]], "may")
    for kind, value in (
        ("None", None),
        ("text", "text"),
        ("lambda", lambda: 1.0),
        ("texts", array.astype(str)),
        ("truth values", array > 0),
    ):
        yield Bad(kind, value, "refuse")
    floats = np.array(array, dtype=np.float64)
    if floats.size:
        first = np.unravel_index(0, floats.shape)
        for kind, put in (("NaN inside", np.nan), ("infinity inside", np.inf)):
            changed = floats.copy()
            changed[first] = put
            yield Bad(kind, changed, "refuse")
        mask = np.zeros(array.shape, bool)
        mask[first] = True
        yield Bad("masked entry", np.ma.array(array, mask=mask), "refuse")
        nothing = array.astype(object)
        nothing[first] = None
        yield Bad("None inside", nothing, "refuse")
        if array.dtype.kind in "iu":
            yield Bad("fractions", floats + 0.5, "refuse")
        for kind, put in (("-1 inside", -1), ("1e308 inside", 1e308), ("huge int inside", 10**30)):
            changed = array.astype(object) if kind == "huge int inside" else floats.copy()
            changed[first] = put
            yield Bad(kind, changed, "may")
    yield Bad("complex values", array.astype(complex), "refuse")
    yield Bad("dates", np.zeros(array.shape, "M8[D]"), "refuse")
    for kind, value in (
        ("a number", 0.5),
        ("empty list", []),
        ("no rows", array[:0] if array.ndim else array),
        ("one more axis", array[None]),
        ("one row less", array[:-1] if array.ndim else array),
        ("zeros", np.zeros_like(array)),
        ("negative zeros", np.negative(np.zeros_like(floats))),
        ("1e308", np.full_like(floats, 1e308)),
        ("1e-308", np.full_like(floats, 1e-308)),
        ("scaled to 1e300", floats * 1e300),
    ):
        yield Bad(kind, value, "may")
    yield from _same(array)


def _same(array: Any) -> Iterator[Bad]:
    """Other forms of the same numbers."""
    frozen = array.copy()
    frozen.flags.writeable = False
    spaced = np.repeat(array, 2, axis=-1)[..., ::2] if array.ndim else array
    yield Bad("list", array.tolist(), "same")
    yield Bad("read-only", frozen, "same")
    yield Bad("not contiguous", spaced, "same")
    yield Bad("Fortran order", np.asfortranarray(array), "same")
    yield Bad("mask without a masked entry", np.ma.array(array), "same")
    yield Bad("other byte order", array.astype(array.dtype.newbyteorder()), "same")
    if np.array_equal(array.astype(np.float32), array):
        yield Bad("single precision", array.astype(np.float32), "same")
    if array.ndim == 1:
        yield Bad("column of a table", pd.Series(array), "same")
    if array.ndim == 2:
        yield Bad("table", pd.DataFrame(array), "same")


BY_NATURE = {
    "number": of_number,
    "integer": of_integer,
    "flag": of_flag,
    "text": of_text,
    "object": of_object,
    "array": of_array,
}

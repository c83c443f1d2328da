"""Tables as classes: a value is named once, with its unit and meaning beside it, and that name is column and attribute.

    class Course(Row):
        time: float = column("middle of a bin", "s")
        rate: float = column("rate of the cell in the bin", "Hz")

`compute` yields `Course(0.5, 12.0)` for one row, or `Course.table(time=times, rate=rates)` for many at once. A column
of the type `Array` holds one array per row (a picture, a weight matrix).
"""

import dataclasses
import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, dataclass_transform

import numpy as np

from neurosim.params import Array, ParameterError

if TYPE_CHECKING:
    import pandas as pd

KINDS: Mapping[Any, str] = {int: "int", float: "float", bool: "bool", str: "text", Array: "array"}
"""What a column may hold, and the word for it on disk."""

_ACCEPTED = {"int": "iu", "float": "fiu", "bool": "b", "text": "U"}
"""Kinds of NumPy types that may stand in a column."""


@dataclass(frozen=True)
class Column:
    """What is known of a column."""

    name: str
    kind: str
    unit: str
    meaning: str


def column(meaning: str, unit: str = "1") -> Any:
    """Declare one column of a [Row][neurosim.lab.rows.Row]: what it means, and its unit ("1" for none).

    Raises:
        ParameterError: an empty meaning or unit.
    """
    for name, text in (("meaning", meaning), ("unit", unit)):
        if not isinstance(text, str) or not text.strip():
            raise ParameterError(f"column(): {name}: got {text!r}, expected a text")
    return dataclasses.field(metadata={"meaning": meaning, "unit": unit})


@dataclass_transform(field_specifiers=(column,), frozen_default=True)
class Row:
    """Base of every table: a subclass is a frozen dataclass whose fields are made with `column`."""

    def __init_subclass__(cls) -> None:
        for name in cls.__annotations__:
            field = cls.__dict__.get(name)
            if not isinstance(field, dataclasses.Field) or "meaning" not in field.metadata:
                raise ParameterError(
                    f'{cls.__name__}.{name}: expected it to be declared with column("meaning", "unit")'
                )
        dataclass(frozen=True, eq=False)(cls)

    @classmethod
    def columns(cls) -> tuple[Column, ...]:
        """Its columns in order.

        Raises:
            ParameterError: a field without `column(...)`, or of a type that a table cannot hold.
        """
        hints = typing.get_type_hints(cls)
        found = []
        for field in dataclasses.fields(cls):  # type: ignore[arg-type]  # every subclass is a dataclass
            where = f"{cls.__name__}.{field.name}"
            if hints[field.name] not in KINDS:
                raise ParameterError(
                    f"{where}: got the type {hints[field.name]}, expected int, float, bool, str or Array"
                )
            kind = KINDS[hints[field.name]]
            found.append(Column(field.name, kind, field.metadata["unit"], field.metadata["meaning"]))
        if not found:
            raise ParameterError(f"{cls.__name__}: this table has no column")
        if any(each.name == "seed" for each in found):
            raise ParameterError(f"{cls.__name__}.seed: the laboratory adds this column itself; leave it out")
        return tuple(found)

    @classmethod
    def name(cls) -> str:
        """Name of the table: the class's in small letters with underscores."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def table(cls, **values: Any) -> "Block":
        """Many rows at once: arrays of equal length by column, and single values that hold for all of them.

        Raises:
            ParameterError: a missing or unknown column, or lengths that differ.
        """
        names = [each.name for each in cls.columns()]
        if set(values) != set(names):
            raise ParameterError(f"{cls.__name__}.table: got {', '.join(values)}, expected {', '.join(names)}")
        flat = {name: np.atleast_1d(np.asarray(value)) for name, value in values.items()}
        lengths = {len(value) for value in flat.values()} - {1}
        if len(lengths) > 1:
            sizes = {name: len(value) for name, value in flat.items()}
            raise ParameterError(f"{cls.__name__}.table: got columns of the lengths {sizes}, expected equal ones")
        size = lengths.pop() if lengths else 1
        return Block(cls, {name: np.broadcast_to(flat[name], (size,)) for name in names})


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of one table, column by column."""

    kind: type[Row]
    values: Mapping[str, Any]


def tables_of(produced: Iterable[Any], kinds: Iterable[type[Row]], where: str) -> dict[str, "pd.DataFrame"]:
    """What `compute` yielded as one data frame per table; a table without rows is there too, empty.

    Raises:
        ParameterError: something that is no row of the question's tables, or a value that its column cannot hold.
    """
    import pandas as pd

    known = {kind: kind.columns() for kind in kinds}
    parts: dict[type[Row], dict[str, list[Any]]] = {
        kind: {each.name: [] for each in columns} for kind, columns in known.items()
    }
    for item in produced:
        kind = item.kind if isinstance(item, Block) else type(item)
        if kind not in known:
            names = ", ".join(each.__name__ for each in known)
            raise ParameterError(f"{where}: compute() yielded {item!r:.80}, expected rows of {names}")
        for name, values in parts[kind].items():
            if isinstance(item, Block):
                values.extend(item.values[name])
            else:
                values.append(getattr(item, name))
    return {
        kind.name(): pd.DataFrame(
            {each.name: _typed(parts[kind][each.name], each, f"{where}: {kind.__name__}") for each in columns}
        )
        for kind, columns in known.items()
    }


def _typed(values: list[Any], each: Column, where: str) -> Any:
    """The values of a column as an array of its kind."""
    import pandas as pd

    if each.kind == "array":
        return pd.Series([np.asarray(value) for value in values], dtype=object)
    if not values:
        return np.zeros(0, dtype={"int": np.int64, "float": np.float64, "bool": bool, "text": object}[each.kind])
    array = np.array(values)
    if array.ndim != 1 or array.dtype.kind not in _ACCEPTED[each.kind]:
        wrong = next((v for v in values if np.asarray(v).dtype.kind not in _ACCEPTED[each.kind]), values[0])
        raise ParameterError(f"{where}.{each.name}: got {wrong!r:.60}, expected one {each.kind} per row")
    if each.kind == "text":
        return pd.Series([str(value) for value in values], dtype=object)
    return array.astype({"int": np.int64, "float": np.float64, "bool": bool}[each.kind])

"""What every plot asks of its arrays before it draws: real numbers of the right shape."""

import functools
import inspect
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Any, Concatenate, ParamSpec, TypeVar, get_args, get_origin

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import is_color_like

from neurosim.gate import count, flag, instance, real, shown, text
from neurosim.params import Array, DimensionError, ParameterError
from neurosim.plots.style import SeriesStyle
from neurosim.registry import unknown_name

P = ParamSpec("P")
R = TypeVar("R")

LARGEST = 1e150
"""Magnitude up to which Matplotlib can place ticks and bins."""


def array(values: Any, where: str, *, ndim: int, gaps: bool = False, empty: bool = False) -> Array:
    """`values` as a float64 array with `ndim` axes.

    Args:
        values: the numbers.
        where: who asks, for the error message ("plot_matrix: weights").
        ndim: how many axes are expected.
        gaps: whether NaN may stand for a value that does not exist (at least one number must be left).
        empty: whether an array without entries is allowed.

    Raises:
        ParameterError: no entries, NaN where no gap is allowed, nothing but NaN, or an infinite value.
        DimensionError: no real numbers, or another number of axes.
    """
    result = real(values, "", where)
    if ndim == 0 and result.ndim:
        raise DimensionError(f"{where}: got {shown(values)}, expected one number")
    if result.ndim != ndim:
        raise DimensionError(f"{where}: got shape {result.shape}, expected {ndim} {'axis' if ndim == 1 else 'axes'}")
    if result.size == 0 and not empty:
        raise ParameterError(f"{where}: got an empty array of shape {result.shape}, expected at least one number")
    bad = np.isinf(result) if gaps else ~np.isfinite(result)
    if bad.any():
        first = tuple(np.argwhere(bad)[0].tolist())
        expected = "finite numbers, or NaN for a gap" if gaps else "finite numbers"
        raise ParameterError(f"{where}{list(first)}: got {result[first]}, expected {expected}")
    if (np.abs(result) > LARGEST).any():
        raise ParameterError(f"{where}: got {np.nanmax(np.abs(result)):g}, expected numbers within {LARGEST:g}")
    if result.size and np.isnan(result).all():
        raise ParameterError(f"{where}: every value is NaN, expected at least one number")
    return result


def own_axes(ax: Any, where: str) -> Axes:
    """Axes of Matplotlib that somebody gave.

    Raises:
        DimensionError: something else.
    """
    return instance(ax, Axes, where, "axes of Matplotlib's")


def draws(function: Callable[Concatenate[Axes, P], R]) -> Callable[Concatenate[Axes, P], R]:
    """A plot function that says so when it is not given axes first, or options of another kind than it declares.

    What is checked of an option follows from its annotation and its name, so that a plot only declares it.
    """
    signature = inspect.signature(function)
    checks = {name: check for name, given in signature.parameters.items() if (check := _check_of(name, given))}

    @functools.wraps(function)
    def checked(ax: Axes, *values: P.args, **options: P.kwargs) -> R:
        if not isinstance(ax, Axes):
            raise DimensionError(
                f"{function.__name__}: ax: got {shown(ax)}, expected Matplotlib axes, such as "
                "ns.plots.new_figure().subplots()"
            )
        for name, value in signature.bind(ax, *values, **options).arguments.items():
            if name in checks:
                checks[name](value, f"{function.__name__}: {name}")
        return function(ax, *values, **options)

    return checked  # type: ignore[return-value]


def _check_of(name: str, declared: inspect.Parameter) -> Callable[[Any, str], Any] | None:
    """The check of an option, None for what the plot itself looks at (arrays, tables)."""
    branches = get_args(declared.annotation) if get_origin(declared.annotation) is UnionType else ()
    kinds = [branch for branch in branches or (declared.annotation,) if branch is not NoneType]
    if len(kinds) == 1 and kinds[0] in _CHECKS:
        check = _BY_NAME.get(name, _CHECKS[kinds[0]])
    elif name in ("styles", "legend"):
        check = _BY_NAME[name]
    else:
        return None
    if NoneType not in branches:
        return check
    return lambda value, where: None if value is None else check(value, where)


def one_number(value: Any, where: str) -> float:
    """One finite number; a quantity in SI units."""
    return float(array(value, where, ndim=0))


def _colour(value: Any, where: str) -> None:
    if not is_color_like(text(value, where)):
        raise ParameterError(f'{where}: got {value!r}, expected a colour such as "#0072B2" or "black"')


def _styles(value: Any, where: str) -> None:
    for name, style in instance(value, Mapping, where, "styles by series name").items():
        instance(style, SeriesStyle, f"{where}[{name!r}]")


def _legend(value: Any, where: str) -> None:
    if not isinstance(value, bool) and not (isinstance(value, str) and value in ("right", "above")):
        raise ParameterError(f"{where}: got {shown(value)}, expected True, False, 'right' or 'above'")


_CHECKS: dict[Any, Callable[[Any, str], Any]] = {str: text, bool: flag, int: count, float: one_number}
_BY_NAME: dict[str, Callable[[Any, str], Any]] = {"colour": _colour, "styles": _styles, "legend": _legend}


def without_values(series: Mapping[str, Any]) -> set[str]:
    """Names of the series that are nothing but NaN; none where that is all of them, which is an error."""
    blank = {
        name
        for name, values in series.items()
        if (numbers := np.asarray(values)).dtype.kind == "f" and numbers.size and np.isnan(numbers).all()
    }
    return blank if len(blank) < len(series) else set()


def same_shape(where: str, **arrays: npt.NDArray[Any]) -> None:
    """Raise unless all the named arrays have one shape."""
    shapes = {name: values.shape for name, values in arrays.items()}
    if len(set(shapes.values())) > 1:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise DimensionError(f"{where}: the arrays have shapes {listed}, expected the same shape")


def ordered(low: Array, high: Array, where: str) -> None:
    """Raise unless `low <= high` wherever both are numbers."""
    wrong = np.flatnonzero(low > high)
    if wrong.size:
        first = int(wrong[0])
        raise ParameterError(
            f"{where}: the interval at index {first} runs from {low.flat[first]:g} to {high.flat[first]:g}, "
            "expected low <= high"
        )


def ascending(low: float | None, high: float | None, where: str, values: Array) -> None:
    """Raise unless the ends of a colour scale, those of the values where none are given, have low <= high."""
    first = float(np.nanmin(values)) if low is None else low
    last = float(np.nanmax(values)) if high is None else high
    if first > last:
        raise ParameterError(f"{where}: low and high: got {first:g} and {last:g}, expected low <= high")


def column(table: Mapping[str, Any] | Any, name: str, where: str) -> Any:
    """One column of a data frame or of a mapping of columns, as an array.

    Raises:
        UnknownNameError: there is no such column; the message offers the nearest one.
    """
    if not isinstance(table, Mapping) and not (hasattr(table, "columns") and hasattr(table, "index")):
        raise DimensionError(f"{where}: table: got {shown(table)}, expected a data frame or columns by name")
    if text(name, f"{where}: column") not in table:
        raise unknown_name(f"column of the table given to {where}", name, [str(known) for known in table])
    return np.asarray(table[name])


def interval(window: Any, where: str) -> tuple[float, float]:
    """A (start, stop) pair with start < stop."""
    values = array(window, where, ndim=1)
    if values.shape != (2,) or values[0] >= values[1]:
        raise ParameterError(f"{where}: got {window!r}, expected (start, stop) with start < stop")
    return float(values[0]), float(values[1])

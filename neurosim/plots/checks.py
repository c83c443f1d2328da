"""What every plot asks of its arrays before it draws: real numbers of the right shape."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
from matplotlib.axes import Axes

from neurosim.gate import real, shown
from neurosim.params import Array, DimensionError, ParameterError
from neurosim.registry import unknown_name

P = ParamSpec("P")
R = TypeVar("R")


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
    if result.ndim != ndim:
        raise DimensionError(f"{where}: got shape {result.shape}, expected {ndim} {'axis' if ndim == 1 else 'axes'}")
    if result.size == 0 and not empty:
        raise ParameterError(f"{where}: got an empty array of shape {result.shape}, expected at least one number")
    bad = np.isinf(result) if gaps else ~np.isfinite(result)
    if bad.any():
        first = tuple(np.argwhere(bad)[0].tolist())
        expected = "finite numbers, or NaN for a gap" if gaps else "finite numbers"
        raise ParameterError(f"{where}{list(first)}: got {result[first]}, expected {expected}")
    if result.size and np.isnan(result).all():
        raise ParameterError(f"{where}: every value is NaN, expected at least one number")
    return result


def draws(function: Callable[Concatenate[Axes, P], R]) -> Callable[Concatenate[Axes, P], R]:
    """A plot function that says so when it is not given axes first."""

    @functools.wraps(function)
    def checked(ax: Axes, *values: P.args, **options: P.kwargs) -> R:
        if not isinstance(ax, Axes):
            raise DimensionError(
                f"{function.__name__}: ax: got {shown(ax)}, expected Matplotlib axes, such as "
                "ns.plots.new_figure().subplots()"
            )
        return function(ax, *values, **options)

    return checked  # type: ignore[return-value]


def without_values(series: Mapping[str, Any]) -> set[str]:
    """Names of the series that are nothing but NaN; none where that is all of them, which is an error."""
    blank = {
        name
        for name, values in series.items()
        if (numbers := np.asarray(values)).dtype.kind == "f" and numbers.size and np.isnan(numbers).all()
    }
    return blank if len(blank) < len(series) else set()


def same_shape(where: str, **arrays: Array) -> None:
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


def column(table: Mapping[str, Any] | Any, name: str, where: str) -> Any:
    """One column of a data frame or of a mapping of columns, as an array.

    Raises:
        UnknownNameError: there is no such column; the message offers the nearest one.
    """
    if not hasattr(table, "__getitem__") or isinstance(table, str):
        raise DimensionError(f"{where}: table: got {shown(table)}, expected a data frame or columns by name")
    if name not in table:
        raise unknown_name(f"column of the table given to {where}", name, [str(known) for known in table])
    return np.asarray(table[name])


def interval(window: Any, where: str) -> tuple[float, float]:
    """A (start, stop) pair with start < stop."""
    values = array(window, where, ndim=1)
    if values.shape != (2,) or values[0] >= values[1]:
        raise ParameterError(f"{where}: got {window!r}, expected (start, stop) with start < stop")
    return float(values[0]), float(values[1])

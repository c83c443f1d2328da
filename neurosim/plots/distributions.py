"""Spread and uncertainty: histograms, points with intervals, trade-offs between two measured quantities."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from neurosim.gate import named_as, several, shown
from neurosim.params import Array, DimensionError, ParameterError, text, whole
from neurosim.plots.checks import array, column, draws, ordered, same_shape, without_values
from neurosim.plots.curves import Table, groups
from neurosim.plots.figure import add_legend, axis_label, tidy
from neurosim.plots.style import OKABE_ITO, SeriesStyle, series_style

_MOST_BINS = 1_000_000


@draws
def plot_histogram(
    ax: Axes,
    values: Any,
    *,
    quantity: str,
    unit: str,
    bins: int | Any = 30,
    fraction: bool = True,
    styles: Mapping[str, SeriesStyle] | None = None,
    legend: bool | str = True,
) -> Axes:
    """How often each value occurs; several named samples share the bins and are drawn as outlines.

    Args:
        ax: where to draw.
        values: numbers, or a mapping from names (rungs, activations) to numbers.
        quantity: what the numbers are.
        unit: their unit.
        bins: number of bins over all the values, or their edges (values outside are an error: none may vanish).
        fraction: whether to show the fraction of the sample in each bin instead of the count.
        styles: other styles by name.
        legend: as for curves; a sample without a name has none.
    """
    named = values if isinstance(values, Mapping) else {"": values}
    if not named:
        raise ParameterError("plot_histogram: values: got no samples, expected at least one")
    samples = {
        name: array(sample, f"plot_histogram: values{f'[{name!r}]' if name else ''}", ndim=1)
        for name, sample in named.items()
    }
    pooled = np.concatenate(list(samples.values()))
    edges = _edges(pooled, bins)
    outside = int(((pooled < edges[0]) | (pooled > edges[-1])).sum())
    if outside:
        raise ParameterError(
            f"plot_histogram: {outside} values lie outside the bins from {edges[0]:g} to {edges[-1]:g}, "
            "expected bins that hold every value"
        )
    for name, sample in samples.items():
        height = np.histogram(sample, bins=edges)[0] / (sample.size if fraction else 1)
        if name:
            chosen = (styles or {}).get(name, series_style(name))
            ax.stairs(height, edges, color=chosen.colour, linestyle=chosen.linestyle, label=chosen.label, linewidth=1.1)
        else:
            ax.stairs(height, edges, color=OKABE_ITO["blue"], fill=True, alpha=0.8)
    ax.set_ylim(bottom=0.0)
    ax.set_xlabel(axis_label(quantity, unit))
    ax.set_ylabel(axis_label("fraction", "per bin") if fraction else axis_label("count", "per bin"))
    if any(samples):
        add_legend(ax, legend)
    return tidy(ax)


def _edges(values: Array, bins: Any) -> Array:
    """Edges of so many bins over the values, or these edges."""
    if not np.ndim(bins) if isinstance(bins, np.ndarray) else not isinstance(bins, list | tuple | range):
        number = whole(bins, "plot_histogram: bins", low=1, high=_MOST_BINS)
        with named_as("plot_histogram: values and bins"):
            return _even(values, number)
    edges = array(bins, "plot_histogram: bins", ndim=1)
    if edges.size < 2 or not (edges[1:] > edges[:-1]).all():
        raise ParameterError(f"plot_histogram: bins: got {shown(bins)}, expected edges that ascend, two or more")
    return edges


def _even(values: Array, number: int) -> Array:
    try:
        edges: Array = np.histogram_bin_edges(values, bins=number)
    except ValueError as error:
        raise ParameterError(f"{error}, expected fewer bins") from None
    return edges


@draws
def plot_points_with_intervals(
    ax: Axes,
    names: Sequence[str],
    values: Any,
    low: Any,
    high: Any,
    *,
    quantity: str,
    unit: str,
    reference: float | None = None,
    styles: Mapping[str, SeriesStyle] | None = None,
) -> Axes:
    """One line of the plot per name, from the top down: a point and its interval.

    Shapes
        names, values, low, high: (points,); a NaN value is left out, a NaN end leaves out the interval
    Units
        values, low, high, reference: `unit`
    """
    middle, lows, highs = (
        array(numbers, f"plot_points_with_intervals: {name}", ndim=1, gaps=True)
        for name, numbers in (("values", values), ("low", low), ("high", high))
    )
    same_shape("plot_points_with_intervals", values=middle, low=lows, high=highs)
    ordered(lows, highs, "plot_points_with_intervals")
    names = several(names, "plot_points_with_intervals: names", "one text per value")
    names = [text(name, f"plot_points_with_intervals: names[{k}]") for k, name in enumerate(names)]
    if len(names) != middle.size:
        raise DimensionError(
            f"plot_points_with_intervals: got {len(names)} names for {middle.size} values, expected one name per value"
        )
    if reference is not None:
        ax.axvline(reference, color="0.6", linewidth=0.7, linestyle=":", zorder=0.5)
    labels = []
    for row, name in enumerate(names):
        chosen = (styles or {}).get(name, series_style(name))
        ax.hlines(row, lows[row], highs[row], color=chosen.colour, linewidth=1.4)
        ax.plot(middle[row], row, color=chosen.colour, marker=chosen.marker, linestyle="none", label=chosen.label)
        labels.append(chosen.label)
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_xlabel(axis_label(quantity, unit))
    return tidy(ax)


@draws
def plot_tradeoff(
    ax: Axes,
    table: Table,
    x: str,
    y: str,
    *,
    x_unit: str,
    y_unit: str,
    by: str = "rung",
    x_interval: tuple[str, str] | None = None,
    y_interval: tuple[str, str] | None = None,
    styles: Mapping[str, SeriesStyle] | None = None,
    legend: bool | str = True,
) -> Axes:
    """Two measured quantities against each other along a sweep, with an interval in each direction.

    Args:
        ax: where to draw.
        table: data frame or mapping of columns; rows are joined in their order (that of the sweep).
        x: column of one quantity; NaN leaves a gap.
        y: column of the other.
        x_unit: unit of x; the axis is named after the column.
        y_unit: unit of y.
        by: column that names the series.
        x_interval: columns of the lower and the upper end for x.
        y_interval: the same for y.
        styles: other styles by series name.
        legend: True inside the axes, "right" or "above" outside, False for none.
    """

    def numbers(key: str, name: str, rows: Any) -> Any:
        return array(column(table, key, "plot_tradeoff")[rows], f"plot_tradeoff: {key} of {name}", ndim=1, gaps=True)

    for which, ends in (("x_interval", x_interval), ("y_interval", y_interval)):
        if ends is not None and (not isinstance(ends, list | tuple) or len(ends) != 2):
            raise DimensionError(f"plot_tradeoff: {which}: got {shown(ends)}, expected the names of two columns")
        for end in ends or ():
            text(end, f"plot_tradeoff: {which}")
    series = groups(table, by, "plot_tradeoff")
    blank = set().union(
        *(without_values({n: column(table, k, "plot_tradeoff")[rows] for n, rows in series.items()}) for k in (x, y))
    )
    for name, rows in series.items():
        chosen = (styles or {}).get(name, series_style(name))
        if name in blank:
            ax.plot([], [], **chosen.absent())
            continue
        xs, ys = numbers(x, name, rows), numbers(y, name, rows)
        for ends, vertical in ((x_interval, False), (y_interval, True)):
            if ends is not None:
                low, high = numbers(ends[0], name, rows), numbers(ends[1], name, rows)
                ordered(low, high, f"plot_tradeoff: {ends[0]} and {ends[1]} of {name}")
                draw, at = (ax.vlines, xs) if vertical else (ax.hlines, ys)
                draw(at, low, high, color=chosen.colour, linewidth=0.7, alpha=0.7)
        ax.plot(xs, ys, **chosen.line())
    ax.set_xlabel(axis_label(x.replace("_", " "), x_unit))
    ax.set_ylabel(axis_label(y.replace("_", " "), y_unit))
    add_legend(ax, legend)
    return tidy(ax)

"""Lines: curves of a tidy table, bands of uncertainty, transfer curves and membrane traces."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from neurosim.gate import named_as
from neurosim.params import ParameterError, instance
from neurosim.plots.checks import array, column, draws, ordered, same_shape, without_values
from neurosim.plots.figure import add_legend, axis_label, tidy
from neurosim.plots.style import OKABE_ITO, RUNGS, SeriesStyle, series_style

Table = Any
"""A pandas data frame, or a mapping from column names to equally long sequences."""


def groups(table: Table, by: str, where: str) -> dict[str, Any]:
    """Which rows belong to each series: rungs in the order of the ladder, then the others as they first occur."""
    names = [str(name) for name in column(table, by, where)]
    if not names:
        raise ParameterError(f"{where}: the table has no rows, expected at least one")
    found = list(dict.fromkeys(names))
    order = [name for name in RUNGS if name in found] + [name for name in found if name not in RUNGS]
    return {name: np.array([other == name for other in names]) for name in order}


@draws
def plot_curves(
    ax: Axes,
    table: Table,
    x: str,
    y: str,
    *,
    x_unit: str,
    y_unit: str,
    by: str = "rung",
    low: str | None = None,
    high: str | None = None,
    styles: Mapping[str, SeriesStyle] | None = None,
    legend: bool | str = True,
) -> Axes:
    """One line per series of a tidy table, each in its fixed style, with bands where `low` and `high` are given.

    Args:
        ax: where to draw.
        table: data frame or mapping of columns.
        x: column of the abscissa, finite; rows are sorted by it.
        y: column of the ordinate; NaN leaves a gap.
        x_unit: unit of x; the axis is named after the column.
        y_unit: unit of y.
        by: column that names the series (rungs, activations, ...); one that is NaN throughout is only in the legend.
        low: column of the lower end of an interval.
        high: column of its upper end.
        styles: other styles by series name.
        legend: True inside the axes, "right" or "above" outside, False for none.
    """
    if (low is None) != (high is None):
        raise ParameterError("plot_curves: got one end of the intervals, expected both low and high or neither")
    series = groups(table, by, "plot_curves")
    blank = without_values({name: column(table, y, "plot_curves")[rows] for name, rows in series.items()})
    for name, rows in series.items():
        chosen = (styles or {}).get(name, series_style(name))
        if name in blank:
            ax.plot([], [], **chosen.absent())
            continue
        xs = array(column(table, x, "plot_curves")[rows], f"plot_curves: {x} of {name}", ndim=1)
        order = np.argsort(xs, kind="stable")
        ys, *ends = (
            array(column(table, key, "plot_curves")[rows], f"plot_curves: {key} of {name}", ndim=1, gaps=True)[order]
            for key in (y, low, high)
            if key is not None
        )
        if ends:
            plot_band(ax, xs[order], ys, *ends, style=chosen)
        else:
            ax.plot(xs[order], ys, **chosen.line())
    return _finish(ax, axis_label(_words(x), x_unit), axis_label(_words(y), y_unit), legend)


@draws
def plot_band(ax: Axes, x: Any, y: Any, low: Any, high: Any, *, style: SeriesStyle | str) -> Axes:
    """A line with the interval from `low` to `high` shaded; NaN leaves a gap.

    Shapes
        x, y, low, high: (points,)
    """
    xs = array(x, "plot_band: x", ndim=1)
    ys, lows, highs = (
        array(values, f"plot_band: {name}", ndim=1, gaps=True)
        for name, values in (("y", y), ("low", low), ("high", high))
    )
    same_shape("plot_band", x=xs, y=ys, low=lows, high=highs)
    ordered(lows, highs, "plot_band")
    with named_as("plot_band: style"):
        chosen = style if isinstance(style, SeriesStyle) else series_style(style)
    ax.fill_between(xs, lows, highs, color=chosen.colour, alpha=0.2, linewidth=0)
    ax.plot(xs, ys, **chosen.line())
    return tidy(ax)


@draws
def plot_transfer(
    ax: Axes,
    drive: Any,
    rates: Mapping[str, Any],
    *,
    unit: str = "Hz",
    quantity: str = "firing rate",
    threshold: float | None = 1.0,
    styles: Mapping[str, SeriesStyle] | None = None,
    markers: int = 8,
    legend: bool | str = True,
) -> Axes:
    """Steady activity against drive, one line per name (a rung, an activation), with the threshold marked.

    Shapes
        drive: (points,); each entry of rates: (points,)
    Units
        drive: 1 (threshold = 1); rates: `unit`
    """
    if not instance(rates, Mapping, "plot_transfer: rates", "arrays by name"):
        raise ParameterError("plot_transfer: rates: got no curves, expected at least one named array of rates")
    drives = array(drive, "plot_transfer: drive", ndim=1)
    if threshold is not None:
        ax.axvline(threshold, color="0.6", linewidth=0.7, linestyle=":", zorder=0.5)
    step = max(1, drives.size // max(1, markers))
    blank = without_values(rates)
    for index, (name, values) in enumerate(rates.items()):
        chosen = (styles or {}).get(name, series_style(name))
        if name in blank:
            ax.plot([], [], **chosen.absent())
            continue
        ys = array(values, f"plot_transfer: rates[{name!r}]", ndim=1, gaps=True)
        same_shape("plot_transfer", drive=drives, **{name: ys})
        # Markers of different curves are staggered: where curves coincide, each can still be seen.
        ax.plot(drives, ys, **chosen.line(), markevery=(index * step // len(rates), step))
    return _finish(ax, axis_label("drive", "1"), axis_label(quantity, unit), legend)


@draws
def plot_trace(
    ax: Axes,
    time: Any,
    v: Any,
    spike_times: Any = (),
    threshold: float | None = 1.0,
    *,
    unit: str = "1",
    colour: str = OKABE_ITO["black"],
) -> Axes:
    """A membrane potential in time, its threshold, and its spikes as strokes above the threshold.

    Shapes
        time, v: (samples,); spike_times: (spikes,)
    Units
        time, spike_times: s (drawn in ms); v and threshold: `unit`
    """
    times, values = array(time, "plot_trace: time", ndim=1), array(v, "plot_trace: v", ndim=1)
    spikes = array(spike_times, "plot_trace: spike_times", ndim=1, empty=True)
    same_shape("plot_trace", time=times, v=values)
    ax.plot(1e3 * times, values, color=colour, linewidth=0.9, label="membrane potential")
    foot = float(values.max()) if threshold is None else threshold
    if threshold is not None:
        ax.axhline(threshold, color=OKABE_ITO["vermillion"], linewidth=0.8, linestyle="--", label="threshold")
    if spikes.size:
        top = foot + 0.5 * (foot - float(values.min()) or 1.0)
        ax.vlines(1e3 * spikes, foot, top, color=colour, linewidth=0.9, label="spikes")
    if times.size > 1:
        ax.set_xlim(1e3 * times.min(), 1e3 * times.max())
    return _finish(ax, axis_label("time", "ms"), axis_label("potential", unit), False)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _finish(ax: Axes, x_label: str, y_label: str, legend: bool | str) -> Axes:
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    add_legend(ax, legend)
    return tidy(ax)

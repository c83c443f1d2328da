"""Spikes in time, and the image that caused them."""

from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes

from neurosim.params import Array, DimensionError, ParameterError, fits, labels, whole
from neurosim.plots.checks import array, ascending, draws, interval, same_shape
from neurosim.plots.figure import FewTicks, axis_label, tidy
from neurosim.plots.style import OKABE_ITO

# Above this many spikes a vector file would be slow to open, so the dots become a picture inside it.
RASTERIZED_FROM = 3000
_MOST_ROWS = 10_000_000


@draws
def plot_raster(
    ax: Axes,
    times: Any,
    units: Any = None,
    *,
    n_units: int | None = None,
    window: tuple[float, float] | None = None,
    sort: Literal["rate"] | Any | None = None,
    colour: str = OKABE_ITO["black"],
) -> Axes:
    """One stroke (one dot, where rows are many) per spike, a row per unit; fast for 1e5 spikes and more.

    Args:
        ax: where to draw.
        times: spike times in s (drawn in ms), in any order; or spikes with times and units, such as `run["p"].spikes`:
            those of several trials stand above each other, trial by trial.
        units: which unit fired each spike (left out where `times` are spikes).
        n_units: number of rows of a trial; left out, up to the last unit that fired.
        window: first and last time shown, in s.
        sort: None keeps the numbering; "rate" puts the most active unit lowest; a permutation of the units lists them
            from the lowest row up.
        colour: of the strokes.
    """
    times, units, trials = _spikes(times, units)
    spikes = array(times, "plot_raster: times", ndim=1, empty=True)
    ids = _whole(units, "units", spikes)
    trial = np.zeros_like(ids) if trials is None else _whole(trials, "trials", spikes)
    seen = int(ids.max()) + 1 if ids.size else 1
    count = seen if n_units is None else whole(n_units, "plot_raster: n_units", low=1, high=_MOST_ROWS)
    if count < seen:
        raise ParameterError(f"plot_raster: unit {seen - 1} fired, expected units below n_units = {n_units}")
    several = int(trial.max(initial=0)) + 1
    rows = trial * count + _rows(ids, count, sort)[ids]
    count *= several
    start, stop = _window(spikes, window, "plot_raster: window")
    inside = (spikes >= start) & (spikes <= stop)
    shown = int(inside.sum())
    ax.plot(
        1e3 * spikes[inside],
        rows[inside],
        linestyle="none",
        color=colour,
        label="spikes",
        rasterized=shown > RASTERIZED_FROM,
        **_stroke(ax, count, shown),
    )
    ax.set_xlim(1e3 * start, 1e3 * stop)
    ax.set_ylim(-0.5 - 0.02 * count, count - 0.5 + 0.02 * count)
    ax.yaxis.set_major_locator(FewTicks(4, integer=True))
    ax.set_xlabel(axis_label("time", "ms"))
    order = "index" if sort is None else "rank by rate" if isinstance(sort, str) else "given order"
    named = "trial by trial" if several > 1 else order
    ax.set_ylabel(axis_label("unit", named))
    return tidy(ax)


@draws
def plot_psth(
    ax: Axes,
    times: Any,
    *,
    bin_width: float,
    window: tuple[float, float],
    n_units: int = 1,
    n_trials: int = 1,
    colour: str = OKABE_ITO["black"],
    label: str | None = None,
) -> Axes:
    """Mean firing rate in time: spikes counted in bins, per unit and trial.

    Equation
        rate = spikes in the bin / (bin_width * n_units * n_trials)
    Units
        times, bin_width, window: s (drawn in ms); rate: Hz
    """
    spikes = array(times, "plot_psth: times", ndim=1, empty=True)
    start, stop = interval(window, "plot_psth: window")
    many = (stop - start) / bin_width if bin_width > 0 else 0.0
    fits(many, "plot_psth: bin_width and window", "wider bins")
    bins = round(many)
    if bins < 1 or abs(bins * bin_width - (stop - start)) > 1e-6 * (stop - start):
        raise ParameterError(
            f"plot_psth: bin_width: got {bin_width:g} s, expected a width that divides the window of "
            f"{stop - start:g} s into whole bins"
        )
    fits(float(n_units) * n_trials, "plot_psth: n_units and n_trials", "fewer")
    edges = np.linspace(start, stop, bins + 1)
    rate = np.histogram(spikes, bins=edges)[0] / (bin_width * n_units * n_trials)
    ax.stairs(rate, 1e3 * edges, baseline=None, color=colour, label=label, linewidth=0.9)
    ax.set_xlim(1e3 * start, 1e3 * stop)
    ax.set_ylim(bottom=0.0)
    ax.set_xlabel(axis_label("time", "ms"))
    ax.set_ylabel(axis_label("firing rate", "Hz"))
    return tidy(ax)


@draws
def plot_image(
    ax: Axes, image: Any, title: str | None = None, *, low: float | None = None, high: float | None = None
) -> Axes:
    """A grey picture, such as a digit, without axes; black at `low`, white at `high` (the extremes if left out).

    Shapes
        image: (height, width)
    """
    pixels = array(image, "plot_image: image", ndim=2)
    ascending(low, high, "plot_image", pixels)
    ax.imshow(pixels, cmap="gray", vmin=low, vmax=high)
    ax.set_axis_off()
    if title is not None:
        ax.set_title(title)
    return ax


def _spikes(times: Any, units: Any) -> tuple[Any, Any, Any]:
    """Times, units and trials, from arrays or from an object that has them."""
    if units is None:
        times, units, trials = (getattr(times, name, None) for name in ("times", "units", "trials"))
        if times is None or units is None:
            raise DimensionError(
                'plot_raster: got no units, expected spikes such as run["p"].spikes, or spike times and their units'
            )
    else:
        trials = None
    return times, units, trials


def _whole(values: Any, name: str, spikes: Array) -> Any:
    """Numbers of units or trials, one per spike."""
    numbers = labels(values, f"plot_raster: {name}", high=_MOST_ROWS - 1)
    same_shape("plot_raster", times=spikes, **{name: numbers})
    return numbers


def _rows(ids: Any, count: int, sort: Any) -> Any:
    """The row of each unit."""
    if sort is None:
        return np.arange(count)
    if isinstance(sort, str):
        if sort != "rate":
            raise ParameterError(
                f"plot_raster: got sort = {sort!r}, expected None, 'rate' or a permutation of the units"
            )
        order = np.argsort(-np.bincount(ids, minlength=count), kind="stable")
    else:
        order = labels(sort, "plot_raster: sort", high=count - 1)
        if order.shape != (count,) or not np.array_equal(np.sort(order), np.arange(count)):
            raise DimensionError(f"plot_raster: sort is no permutation of 0 .. {count - 1}, expected every unit once")
    rows = np.empty(count, dtype=np.int64)
    rows[order] = np.arange(count)
    return rows


def _stroke(ax: Axes, rows: int, spikes: int) -> dict[str, Any]:
    """Marker for spikes: a stroke that fills most of its row; dots where rows are thinner than 1.5 pt."""
    box = ax.get_window_extent()
    width, height = (length * 72 / ax.figure.dpi for length in (box.width, box.height))
    row = 0.8 * height / rows
    if row > 1.5:
        return {"marker": "|", "markersize": min(row, 12.0), "markeredgewidth": 0.5}
    size = max(0.6, 1.5 * row)
    # Where dots must overlap they let each other shine through, so that denser still looks denser.
    covered = spikes * size**2 / (width * height)
    return {"marker": "o", "markersize": size, "alpha": float(np.clip(1.0 / max(covered, 1e-9), 0.2, 1.0))}


def _window(spikes: Array, window: Any, where: str) -> tuple[float, float]:
    if window is not None:
        return interval(window, where)
    if spikes.size == 0:
        return 0.0, 1.0
    start = min(0.0, float(spikes.min()))
    return start, max(float(spikes.max()), start + 1e-3)

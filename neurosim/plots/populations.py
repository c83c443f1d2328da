"""One population of a run at a glance: raster, variables over time, or mean rates."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes

from neurosim.gate import shown as in_words
from neurosim.params import Array, DimensionError, labels, whole
from neurosim.plots.figure import StyledFigure, add_legend, axis_label, new_figure, tidy
from neurosim.plots.rasters import plot_raster
from neurosim.plots.style import OKABE_ITO, style

_LINES = 5
"""Units that are drawn over time where nobody chose them."""

_UNITS = {"rate": "Hz", "drive": "1"}
"""Of the variables that have the same unit in every cell."""


class Activity(Protocol):
    """What is drawn of a population; a view of a recording has it."""

    @property
    def name(self) -> str: ...
    @property
    def duration(self) -> float | None: ...
    @property
    def start(self) -> float: ...
    @property
    def rates(self) -> Array: ...
    @property
    def recorded(self) -> Mapping[str, Mapping[str, Any]]: ...


class Panels(tuple[Axes, ...]):
    """Axes of one figure, from top to bottom; a notebook shows the figure."""

    @property
    def figure(self) -> Any:
        """The figure that they belong to."""
        return self[0].figure

    def _repr_png_(self) -> bytes | None:
        return self.figure._repr_png_() if isinstance(self.figure, StyledFigure) else None


def plot_population(view: Activity, trial: int = 0, units: Any = None) -> Panels:
    """Spikes as a raster and every variable over time in a panel of its own; the mean rates where there is neither.

    Args:
        view: the population's part of a recording, `run["p"]`.
        trial: which trial.
        units: the units whose variables are drawn over time; the first five by default.

    Raises:
        ParameterError: a trial or a unit that does not exist.
    """
    if not hasattr(view, "rates") or not hasattr(view, "recorded"):
        raise DimensionError(
            f'plot_population: view: got {in_words(view)}, expected a population\'s view such as run["p"]'
        )
    trials, count = view.rates.shape
    trial = whole(trial, "plot: trial", low=0, high=trials - 1)
    chosen: list[Any] = list(range(min(count, _LINES)))
    if units is not None:
        chosen = np.atleast_1d(labels(units, "plot: units", high=count - 1)).ravel().tolist()
    spikes, traces = (view.recorded[kind].get(view.name) for kind in ("spikes", "traces"))
    variables: list[Any] = [] if traces is None else list(traces.values.items())
    panels = max(1, (spikes is not None) + len(variables))
    with style("screen", height=60.0 * panels):
        axes = list(new_figure().subplots(panels, 1, sharex=True, squeeze=False).flat)
        if spikes is not None:
            shown, window = (
                spikes.of_trial(trial),
                None if view.duration is None else (view.start, view.start + view.duration),
            )
            plot_raster(axes[0], shown.times, shown.units, n_units=count, window=window)
        for ax, (name, values) in zip(axes[panels - len(variables) :], variables, strict=True):
            assert traces is not None
            columns = {unit: k for k, unit in enumerate(traces.units_of(name).tolist())}
            mine = [unit for unit in chosen if unit in columns] if units is not None else list(columns)[:_LINES]
            _lines(ax, traces.times_of(name), {unit: values[:, trial, columns[unit]] for unit in mine}, name)
        if spikes is None and not variables:
            _bars(axes[0], view.rates[trial])
        axes[0].set_title(f"{view.name}, trial {trial}" if trials > 1 else view.name)
    for ax in axes[:-1]:
        ax.set_xlabel("")
    return Panels(axes)


def _lines(ax: Axes, times: Any, values: Mapping[int, Array], name: str) -> None:
    colours = [colour for key, colour in OKABE_ITO.items() if key != "yellow"]
    for place, (unit, line) in enumerate(values.items()):
        ax.plot(1e3 * times, line, color=colours[place % len(colours)], linewidth=0.9, label=f"unit {unit}")
    ax.set_xlabel(axis_label("time", "ms"))
    ax.set_ylabel(axis_label(name, _UNITS[name]) if name in _UNITS else name)
    add_legend(ax, "right" if len(values) > 1 else False)
    tidy(ax)


def _bars(ax: Axes, rates: Array) -> None:
    ax.bar(np.arange(rates.size), rates, color=OKABE_ITO["blue"], width=0.8)
    ax.set_xlabel(axis_label("unit", "index"))
    ax.set_ylabel(axis_label("mean activity", "Hz"))
    tidy(ax)

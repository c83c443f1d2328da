"""What a recording holds of one population: `run["hidden"]`."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.params import Array, ParameterError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd


class NotRecordedError(UnknownNameError, KeyError, AttributeError):
    """A name under which a recording holds nothing."""

    __str__ = Exception.__str__  # a KeyError would put quotes around the sentence


_KINDS = {"rates": "rates", "drive": "drive", "spikes": "spikes", "learned": "learned", "times": "traces"}
"""Under which field of the recording an attribute is found."""


@dataclass(frozen=True, eq=False, repr=False)
class PopulationView:
    """One population of a recording: its means, its spikes, and what was recorded of it over time.

    A variable that was recorded over time is an attribute, `view.v`, and an item, `view["v"]`. One name has two
    meanings: `view.drive` is the mean drive, `view["drive"]` the drive over time.

    Shapes
        rates, drive: (trials, units); times: (steps,); a variable over time: (steps, trials, units); learned[variable]:
        (trials, units)
    Units
        rates Hz, drive 1 (means over the counting window), times s
    Raises:
        NotRecordedError: what was not recorded; the message says how to record it.
    """

    name: str
    level: str
    recorded: Mapping[str, Mapping[str, Any]]
    """Everything by kind and population."""
    duration: float | None = None
    """Length of the run in s, where there was time."""
    start: float = 0.0
    """Where it began in s, on its clock."""

    @property
    def rates(self) -> Array:
        """Mean activity in Hz, (trials, units)."""
        rates: Array = self.recorded["rates"][self.name]
        return rates

    @property
    def drive(self) -> Array:
        """Mean drive, (trials, units)."""
        drive: Array = self.recorded["drive"][self.name]
        return drive

    @property
    def spikes(self) -> Any:
        """The spikes, a [Spikes][neurosim.recording.Spikes] with times, units and trials."""
        return self.recorded["spikes"][self.name]

    @property
    def learned(self) -> Mapping[str, Array]:
        """What the cells have learned, by variable, (trials, units)."""
        learned: Mapping[str, Array] = self.recorded["learned"][self.name]
        return learned

    @property
    def times(self) -> Array:
        """Times of the variables over time, in s, (steps,), where they have the same."""
        traces = self.recorded["traces"][self.name]
        if traces.own_times:
            every = ", ".join(traces.values)
            raise ParameterError(f"the variables {every} of {self.name!r} have times of their own: use times_of(name)")
        times: Array = traces.times
        return times

    def times_of(self, variable: str) -> Array:
        """Times of one variable over time, in s, (steps,)."""
        times: Array = self.recorded["traces"][self.name].times_of(self._known(variable))
        return times

    def units_of(self, variable: str) -> Any:
        """Numbers of the units whose variable was recorded over time, in the order of its columns."""
        return self.recorded["traces"][self.name].units_of(self._known(variable))

    def _known(self, variable: str) -> str:
        """The name, if there is such a variable over time."""
        self[variable]
        return variable

    @property
    def _over_time(self) -> Mapping[str, Array]:
        traces = self.recorded["traces"]
        return traces[self.name].values if self.name in traces else {}

    def __getitem__(self, variable: str) -> Array:
        if variable in _KINDS and variable != "drive":
            raise NotRecordedError(f"{variable!r} is no variable over time, expected run[{self.name!r}].{variable}")
        if variable not in self._over_time:
            near = difflib.get_close_matches(str(variable), {*_KINDS, *self._over_time} - {variable}, n=1)
            hint = f"did you mean {near[0]!r}? else " if near else ""
            raise NotRecordedError(
                f"{variable!r} of {self.name!r} was not recorded over time: {hint}run with record=({variable!r},)"
            )
        return self._over_time[variable]

    def __iter__(self) -> Iterator[str]:
        return iter(self._over_time)

    def __getattr__(self, variable: str) -> Array:
        # What Python asks of every object, such as __deepcopy__, is no variable.
        if variable.startswith("_"):
            raise AttributeError(variable)
        if variable in _KINDS:
            # Its property found nothing; the mapping says why.
            self.recorded[_KINDS[variable]][self.name]
        return self[variable]

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._over_time})

    def plot(self, trial: int = 0, units: Any = None) -> Any:
        """Draw what there is of one trial: spikes as a raster, variables over time, or else the mean rates.

        Args:
            trial: which trial.
            units: the units whose variables are drawn over time, by number; the first five by default.

        Returns:
            The Matplotlib axes from top to bottom; a notebook shows their figure.
        """
        # Drawing is a floor above: only who plots loads Matplotlib.
        from neurosim.plots.populations import plot_population

        return plot_population(self, trial, units)

    def to_frame(self) -> "pd.DataFrame":
        """Tidy table: one row per trial and unit with rate_hz and drive."""
        import pandas as pd

        trials, units = self.rates.shape
        columns = {"trial": np.repeat(np.arange(trials), units), "unit": np.tile(np.arange(units), trials)}
        return pd.DataFrame({**columns, "rate_hz": self.rates.ravel(), "drive": self.drive.ravel()})

    def _summary(self) -> list[tuple[str, str]]:
        trials, units = self.rates.shape
        rows = [("rates", f"{trials} trials x {units} units, mean {np.nanmean(self.rates):.2f} Hz")]
        if self.name in self.recorded["spikes"]:
            rows.append(("spikes", f"{len(self.spikes)} spikes"))
        for variable, values in self._over_time.items():
            steps, trials, units = values.shape
            rows.append((variable, f"{steps} times x {trials} trials x {units} units"))
        return rows

    def __repr__(self) -> str:
        body = "; ".join(f"{name}: {text}" for name, text in self._summary())
        return f"PopulationView({self.name!r}, {self.level}; {body})"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td><code>{escape(n)}</code></td><td>{escape(t)}</td></tr>" for n, t in self._summary())
        head = f"<b>{escape(self.name)}</b> ({self.level} rung)"
        return f"{head}<table><tr><th>what</th><th>how much</th></tr>{rows}</table>"

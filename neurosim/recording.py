"""What a run returns, the same on every rung."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt

from neurosim import recording_file
from neurosim.failures import Failure
from neurosim.final_state import FinalState
from neurosim.params import Array, ParameterError
from neurosim.population_view import NotRecordedError as NotRecordedError
from neurosim.population_view import PopulationView
from neurosim.reading import a_path
from neurosim.registry import lookup, unknown_name

if TYPE_CHECKING:
    import pandas as pd

Level = Literal["static", "rate", "spiking", "mixed"]


@dataclass(frozen=True, eq=False)
class Spikes:
    """Spikes of one population: three arrays of equal length, sorted by trial, then time, then unit.

    Units
        times s (start of the step in which the threshold was crossed), units and trials are indices
    """

    times: Array
    units: npt.NDArray[np.int64]
    trials: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.times)

    def of_trial(self, trial: int) -> "Spikes":
        """The spikes of one trial."""
        keep = self.trials == trial
        return Spikes(self.times[keep], self.units[keep], self.trials[keep])

    def to_frame(self) -> "pd.DataFrame":
        """Tidy table: one row per spike with time_s, unit and trial."""
        import pandas as pd

        return pd.DataFrame({"time_s": self.times, "unit": self.units, "trial": self.trials})

    def __repr__(self) -> str:
        return f"Spikes({len(self)} spikes)"


@dataclass(frozen=True, eq=False)
class Traces:
    """State variables over time.

    Shapes
        values[name]: (steps, trials, units); times: (steps,), those of every variable without times of its own
        units[name]: (units,), which ones they are where not all were recorded; own_times[name]: (steps,)
    Units
        times and own_times s
    """

    times: Array
    values: Mapping[str, Array]
    units: Mapping[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    own_times: Mapping[str, Array] = field(default_factory=dict)

    def times_of(self, variable: str) -> Array:
        """Times of a variable, in s."""
        return self.own_times.get(variable, self.times)

    def units_of(self, variable: str) -> npt.NDArray[np.int64]:
        """Numbers of the units whose variable was recorded, in the order of its columns."""
        return self.units[variable] if variable in self.units else np.arange(self.values[variable].shape[2])

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {value.shape}" for name, value in self.values.items())
        return f"Traces({len(self.times)} times: {shapes})"


class _Recorded(dict[str, Any]):
    """What was recorded by name; a name without anything is told why, instead of a bare KeyError."""

    def __init__(self, values: Mapping[str, Any], kind: str, hint: str = "", known: Iterable[str] = ()) -> None:
        super().__init__(values)
        self.kind, self.hint, self.known = kind, hint, tuple(known)

    def __missing__(self, name: str) -> Any:
        if name in self.known:
            raise NotRecordedError(f"no {self.kind} of {name!r} were recorded: run with {self.hint}")
        raise _unknown("population" if self.known else self.kind, name, self.known or self)


def _unknown(kind: str, name: str, known: Iterable[str]) -> NotRecordedError:
    return NotRecordedError(str(unknown_name(kind, name, known)))


class Later(Mapping[str, Array]):
    """Arrays by name, each computed when somebody first asks for it; `compute` has a function for every name."""

    def __init__(self, compute: Mapping[str, Callable[[], Array]]) -> None:
        self._compute = dict(compute)
        self._found: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        if name not in self._found:
            if name not in self._compute:
                raise _unknown("population", name, self._compute)
            self._found[name] = self._compute[name]()
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._compute)

    def __len__(self) -> int:
        return len(self._compute)


@dataclass(frozen=True, eq=False)
class Recording:
    """Activity of every population in every trial.

    Shapes
        rates[pop], drive[pop]: (trials, units); converged: (trials,); weights[projection]: (post, pre), at the end;
        learned[pop][variable]: (trials, units), what the cells have learned, at the end
    Units
        rates Hz (mean over the counting window of the schedule), drive 1 (mean over the same window; NaN where the
        engine did not record it, and where weights changed during the run)

    `converged` says of a static trial that its steady state was found, of any other that its state stayed finite and
    within the bounds of `neurosim.failures`: whether it has settled is up to the schedule. The rates of a trial that
    did not are NaN, and `failures` names the unit in which that was noticed; its spikes and traces are left as they
    were. `simulate(initial=recording.final_state)` goes on from the state at the end.
    """

    level: Level
    rates: Mapping[str, Array]
    drive: Mapping[str, Array]
    weights: Mapping[str, Any]
    converged: npt.NDArray[np.bool_]
    spikes: Mapping[str, Spikes] = field(default_factory=dict)
    traces: Mapping[str, Traces] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    learned: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    """Of every trial whose state left its bounds, the unit in which that was noticed first."""
    at_end: FinalState | Callable[[], FinalState] | None = field(default=None, repr=False)
    """The state at the end, or what makes it: `final_state` is the way to it."""

    def __post_init__(self) -> None:
        populations = tuple(self.rates)
        spiking = 'record=("spikes",) on the spiking rung'
        self._name("rates", "population")
        self._name("drive", "population")
        self._name("weights", "projection")
        self._name("spikes", "spikes", spiking, populations)
        self._name("traces", "traces", 'a variable to record, such as record=("v",)', populations)
        self._name("learned", "population whose cells learn")
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))

    def __getstate__(self) -> dict[str, Any]:
        """Plain dictionaries in place of read-only views; what was to be computed later is computed now."""
        state = {name: dict(value) if isinstance(value, Mapping) else value for name, value in self.__dict__.items()}
        return state | {"at_end": None if self.at_end is None else self.final_state}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)
        self.__post_init__()

    def _name(self, field: str, kind: str, hint: str = "", known: Iterable[str] = ()) -> None:
        """Make one field read-only, with an answer for names that it does not hold."""
        value = getattr(self, field)
        if not isinstance(value, Later):
            object.__setattr__(self, field, MappingProxyType(_Recorded(value, kind, hint, known)))

    @property
    def trials(self) -> int:
        """Number of trials."""
        return len(self.converged)

    def __getitem__(self, population: str) -> PopulationView:
        """One population's view: `run["p"].rates`, `.spikes`, `.v`, `.plot()`."""
        recorded: dict[str, Mapping[str, Any]] = {
            "rates": self.rates, "drive": self.drive, "spikes": self.spikes, "traces": self.traces,
            "learned": self.learned,
        }  # fmt: skip
        known = list(dict.fromkeys([*self.rates, *self.spikes, *self.traces]))
        if population not in known:
            raise _unknown("population", population, known)
        level = self.provenance.get("levels", {}).get(population, self.level)
        return PopulationView(
            population, level, recorded, self.provenance.get("duration"), self.provenance.get("start", 0.0)
        )  # fmt: skip

    def __iter__(self) -> Iterator[str]:
        return iter(self.rates)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    @property
    def final_state(self) -> FinalState:
        """The state at the end of the run, for `initial` of `simulate`.

        Raises:
            ParameterError: a presentation of `learn`, which hands on what was learned and nothing else.
        """
        if self.at_end is None:
            raise ParameterError(
                "this recording holds no final state: only what simulate returns does, on engines that go in steps and "
                "with cells of one level"
            )
        if not isinstance(self.at_end, FinalState):
            object.__setattr__(self, "at_end", self.at_end())
        assert isinstance(self.at_end, FinalState)
        return self.at_end

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write everything to one .npz file (arrays and JSON, no pickle); a killed call leaves no half file.

        What was to be computed later, such as the drive and the final state, is computed now.
        """
        return recording_file.save(self, a_path(path, "Recording.save"))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a recording that [save][neurosim.recording.Recording.save] wrote; everything in it is equal.

        Raises:
            ParameterError: the file is no saved recording or is damaged.
        """
        return cls(**recording_file.load(a_path(path, "Recording.load"), Spikes, Traces))

    def rate(self, population: str) -> Array:
        """`rates[population]`, with a clear error for an unknown name."""
        return lookup("population", population, self.rates)

    def checked_rates(self, population: str) -> Array:
        """`rates[population]`, or an error if any trial did not converge.

        Raises:
            ParameterError: a trial without a fixed point; the message names how many and the first.
        """
        failed = np.flatnonzero(~self.converged)
        if len(failed):
            first = f"first: {self.failures[0]}" if self.failures else f"first: trial {failed[0]}"
            raise ParameterError(
                f"{len(failed)} of {self.trials} trials did not converge ({first}); "
                "their rates are NaN: leave them out with recording.converged or lower the loop gain"
            )
        return self.rate(population)

    def to_frame(self) -> "pd.DataFrame":
        """Tidy table: one row per trial and unit with population, rate_hz, drive and converged."""
        import pandas as pd

        parts = []
        for name, rates in self.rates.items():
            trials, units = rates.shape
            parts.append(
                pd.DataFrame(
                    {
                        "level": self[name].level,
                        "population": name,
                        "trial": np.repeat(np.arange(trials), units),
                        "unit": np.tile(np.arange(units), trials),
                        "rate_hz": rates.ravel(),
                        "drive": self.drive[name].ravel(),
                        "converged": np.repeat(self.converged, units),
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    def to_neo(self) -> Any:
        """A neo.Block with one segment per trial and a spike train per unit (needs the extra "neo").

        Raises:
            ParameterError: no spikes were recorded.
        """
        if not self.spikes:
            raise ParameterError('no spikes were recorded: run with record=("spikes",) on the spiking rung')
        import neo
        import quantities as pq

        start = float(self.provenance.get("start", 0.0))
        stop = start + float(self.provenance["duration"])
        block = neo.Block(name="neurosim", engine=str(self.provenance.get("engine", "")))
        for trial in range(self.trials):
            segment = neo.Segment(name=f"trial {trial}", index=trial)
            for name, spikes in self.spikes.items():
                mine = spikes.of_trial(trial)
                units = self.rates[name].shape[1] if name in self.rates else int(spikes.units.max(initial=-1)) + 1
                for unit in range(units):
                    times = mine.times[mine.units == unit] * pq.s
                    train = neo.SpikeTrain(times, t_start=start * pq.s, t_stop=stop * pq.s, name=f"{name}[{unit}]")
                    segment.spiketrains.append(train)
            block.segments.append(segment)
        return block

    def _summary(self) -> list[tuple[str, str]]:
        rows = []
        for name, rates in self.rates.items():
            shown = rates[self.converged]
            mean = (
                f"mean {np.mean(shown):.2f} Hz, active {100 * np.mean(shown > 0):.1f} %"
                if shown.size
                else "no converged trial"
            )
            spikes = f", {len(self.spikes[name])} spikes" if name in self.spikes else ""
            rows.append((name, f"{rates.shape[0]} trials x {rates.shape[1]} units, {mean}{spikes}"))
        return rows

    def __repr__(self) -> str:
        body = "; ".join(f"{name}: {text}" for name, text in self._summary())
        return f"Recording({self.level}, {int(self.converged.sum())}/{self.trials} trials converged; {body})"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td><code>{escape(n)}</code></td><td>{escape(t)}</td></tr>" for n, t in self._summary())
        engine = escape(str(self.provenance.get("engine", "")))
        done = f"{int(self.converged.sum())}/{self.trials} converged"
        head = f"<b>Recording</b> ({self.level} rung, engine {engine}, {done})"
        return f"{head}<table><tr><th>population</th><th>activity</th></tr>{rows}</table>"

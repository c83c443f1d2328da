"""What a conversion to timed spikes returns: the circuit, how to speak to it, and how to read times."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.cells.timed_if import TimedIF
from neurosim.conversion.result import Conversion
from neurosim.engines.base import Engine
from neurosim.params import Array, ParameterError, instance, seconds
from neurosim.prediction import constant_inputs
from neurosim.recording import Recording, Spikes
from neurosim.schedule import Schedule
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import Stimulus, combine, spikes

NEGATIVE = "_negative"
"""Ending of the name of the input that carries the negative part of another one."""
_PER_UNIT = 100
"""Steps per tau_c of a schedule that nobody needs, because a run in continuous time has no steps."""
_EXACT = "timed"
"""The engine whose spikes are recorded at their own times, not at the beginning of a step."""


@dataclass(frozen=True, eq=False, repr=False)
class TimedConversion(Conversion):
    """A circuit of cells that spike once, whose spike times are the activities of a network.

    Args:
        tau_c: time in s that stands for an activity of 1.
        input_window: length in s of the window of the inputs, which opens at 0.
        signed: inputs that may be negative and therefore have a second one for their negative part.
    """

    tau_c: float
    input_window: float
    signed: tuple[str, ...]

    @property
    def timed_cells(self) -> dict[str, TimedIF]:
        """Its cells, by population."""
        return {name: instance(cell, TimedIF, f"TimedConversion: cells[{name!r}]") for name, cell in self.cells.items()}

    @property
    def duration(self) -> float:
        """Time in s at which the last window closes: the latency of the answer."""
        return max(cell.closes for cell in self.timed_cells.values())

    def schedule(self, dt: Any = None) -> Schedule:
        """The schedule of a presentation: it lasts until the last window closes.

        Args:
            dt: time step in s; left out for a run in continuous time, which has none.
        """
        if dt is None:
            dt = self.duration / (_PER_UNIT * np.ceil(self.duration / self.tau_c))
        return Schedule(duration=self.duration, settle=0.0, dt=float(seconds(dt, "TimedConversion: dt")))

    def stimulus(self, inputs: Any, dt: Any = None) -> Stimulus:
        """The network's inputs (trials, channels) as one spike each: the larger, the earlier, and none for 0.

        Args:
            inputs: as the network takes them.
            dt: step in s to which the times are rounded, so that the spike counts at the end of a step of that run.

        Raises:
            ParameterError: a negative input where the conversion saw none, or one that its window cannot hold.
        """
        given = constant_inputs(inputs, self.source, "TimedConversion: inputs")
        step = None if dt is None else self.schedule(dt).dt
        parts = []
        for name, values in given.rates.items():
            low, high = float(values.min(initial=0.0)), float(np.abs(values).max(initial=0.0))
            if low < 0 and name not in self.signed:
                raise ParameterError(
                    f"TimedConversion: inputs: got {low:g} for {name!r}, expected inputs >= 0 as in the conversion; "
                    "convert with stimuli that have negative ones"
                )
            if high * self.tau_c > self.input_window:
                raise ParameterError(
                    f"TimedConversion: inputs: got {high:g} for {name!r}, expected at most "
                    f"{self.input_window / self.tau_c:g}, which its window holds; convert with stimuli that reach it"
                )
            parts.append(self._one_spike_each(name, np.maximum(values, 0.0), step))
            if name in self.signed:
                parts.append(self._one_spike_each(name + NEGATIVE, np.maximum(-values, 0.0), step))
        return combine(*parts)

    def _one_spike_each(self, name: str, activity: Array, dt: float | None) -> Stimulus:
        trials, units = np.nonzero(activity > 0)
        times = np.maximum(self.input_window - self.tau_c * activity[trials, units], 0.0)
        if dt is not None:
            steps = np.rint(times / dt) - 1.0
            last = np.rint(self.input_window / dt) - 1.0
            if (steps < 0).any():
                raise ParameterError(
                    f"TimedConversion: inputs: got {activity.max():g} for {name!r}, whose spike falls before the first "
                    f"step, expected at most {(self.input_window - dt) / self.tau_c:g}; convert with larger stimuli"
                )
            kept = steps < last
            times, units, trials = steps[kept] * dt, units[kept], trials[kept]
        return spikes(times, units, trials, size=activity.shape[1], n_trials=len(activity), input=name)

    def run(self, inputs: Any, *, dt: Any = None, engine: str | Engine = "auto") -> Recording:
        """Present inputs: in continuous time, or in steps of dt (s).

        `activities` and `read` say what the recording means.
        """
        if dt is not None and engine == "auto":
            engine = "compiled"
        given = self.stimulus(inputs, dt)
        return simulate(
            self.circuit, self.cells, given, self.schedule(dt), record=("spikes",), engine=engine, progress=False
        )

    def activities(self, recording: Recording) -> dict[str, Array]:
        """Activities of the network by population, (trials, units), from the times of the spikes.

        Raises:
            ParameterError: a run without its spikes, or one in which a window was too short for an activity.
        """
        found = self.times_left(recording)
        if recording.failures:
            raise ParameterError(
                f"TimedConversion: {recording.failures[0]}, which its window cannot hold; convert with stimuli that "
                "reach it, or with a longer window"
            )
        late = self.lateness(recording)
        for name, values in found.items() if late else ():
            largest = self.timed_cells[name].largest
            if (values > largest - late / (2 * self.tau_c)).any():
                trial = int(np.argmax((values > largest - late / (2 * self.tau_c)).any(axis=1)))
                raise ParameterError(
                    f"TimedConversion: trial {trial}: a unit of {name!r} spikes in the first step of its window, as "
                    f"activities of {largest:g} or more do; convert with stimuli that reach it, or with a longer window"
                )
        if self.readout == "spiking":
            found[self.output] = found[self.output] - self.offset
        return found

    def times_left(self, recording: Recording) -> dict[str, Array]:
        """Time from the spike to the end of the window, over tau_c, (trials, units); 0 without a spike."""
        late, found = self.lateness(recording), {}
        for name, cell in self.timed_cells.items():
            each = self._spikes(recording, name)
            values = np.zeros((recording.trials, self.circuit.sizes[name]))
            values[each.trials, each.units] = (cell.closes - each.times - late) / self.tau_c
            found[name] = values
        return found

    def lateness(self, recording: Recording) -> float:
        """How much later than its recorded time a spike counts, in s: a step, of which the beginning is recorded."""
        instance(recording, Recording, "TimedConversion: recording")
        continuous = recording.provenance.get("engine") == _EXACT
        return 0.0 if continuous else float(recording.provenance["dt"])

    def read(self, recording: Recording) -> Array:
        """The network's output (trials, units) from the spike times of a run."""
        return self.output_of(self.activities(recording))

    def spikes_per_unit(self, recording: Recording) -> dict[str, float]:
        """Mean number of spikes per unit and presentation, by population: the active fraction of the network."""
        instance(recording, Recording, "TimedConversion: recording")
        counts = {name: len(self._spikes(recording, name)) for name in self.cells}
        return {name: n / (recording.trials * self.circuit.sizes[name]) for name, n in counts.items()}

    def _spikes(self, recording: Recording, name: str) -> Spikes:
        if name not in recording.spikes:
            raise ParameterError(
                f"TimedConversion: recording: got no spikes of {name!r}, expected record=('spikes',) and spikes of "
                "every population"
            )
        found: Spikes = recording.spikes[name]
        return found

    def decode(self, rates: Mapping[str, Array]) -> dict[str, Array]:
        """Not from rates: see `activities`.

        Raises:
            ParameterError: always; a single spike has a time and no rate.
        """
        raise ParameterError(
            "TimedConversion: got rates, expected the recording: a spike's time is the activity (activities(recording))"
        )

    def __repr__(self) -> str:
        parts = "; ".join(
            f"{name}: window {1e3 * cell.opens:.4g} to {1e3 * cell.closes:.4g} ms, largest {cell.largest:.4g}"
            for name, cell in self.timed_cells.items()
        )
        return f"TimedConversion(tau_c {1e3 * self.tau_c:.4g} ms; {parts}; readout {self.readout})"

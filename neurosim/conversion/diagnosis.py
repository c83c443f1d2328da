"""diagnose: where a spiking circuit departs from the network that it stands for, why, and what to do about it."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.cells.base import Cell, SpikingCell
from neurosim.cells.perfect_if import PerfectIF
from neurosim.circuits.circuit import Circuit
from neurosim.conversion.calibration import Translation
from neurosim.conversion.causes import (
    FINE,
    GOOD_CORRELATION,
    NEXT_STEP,
    Evidence,
    LayerDiagnosis,
    cause_of,
    correlation,
)
from neurosim.conversion.result import Conversion
from neurosim.conversion.timed_diagnosis import timed_layers
from neurosim.conversion.timed_result import TimedConversion
from neurosim.decisions import NO_ANSWER, decide
from neurosim.engines.base import Engine, mean_drive
from neurosim.gate import SQUARED, finite
from neurosim.params import Array, DimensionError, ParameterError
from neurosim.prediction import constant_inputs
from neurosim.recording import Recording
from neurosim.registry import lookup
from neurosim.schedule import Schedule, schedule_of
from neurosim.simulate import simulate

if TYPE_CHECKING:
    import pandas as pd

_CHECKPOINTS = 40
"""Times at which the correlation so far is looked at."""


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """All layers in feed-forward order, and how often the decision (largest output) is the network's.

    A trial in which either of them gives no answer (see [decide][neurosim.decisions.decide]) does not count as the
    same; for a network with a single output `same_decision` is NaN.
    """

    layers: tuple[LayerDiagnosis, ...]
    same_decision: float
    recording: Recording

    @property
    def first(self) -> LayerDiagnosis | None:
        """The first layer that is not fine: what to repair first."""
        return next((part for part in self.layers if part.cause != FINE), None)

    def layer(self, population: str) -> LayerDiagnosis:
        """The diagnosis of one population."""
        return lookup("spiking population", population, {part.population: part for part in self.layers})

    def to_frame(self) -> "pd.DataFrame":
        """One row per layer."""
        import pandas as pd

        return pd.DataFrame([dataclasses.asdict(part) for part in self.layers])

    def __str__(self) -> str:
        agree = f"The decision is the network's in {100 * self.same_decision:.1f} % of the trials."
        lines = ["The network has one output, so there is no decision." if np.isnan(self.same_decision) else agree]
        lines += [
            f"{p.population}: {p.cause} ({p.evidence}; error {100 * p.error:.2g} %, mainly {p.mainly or 'none'}); "
            f"{p.next_step}."
            for p in self.layers
        ]
        return "\n".join(lines)


def diagnose(
    circuit: Circuit,
    cells: Cell | Mapping[str, Cell],
    conversion: Conversion,
    stimuli: Any,
    schedule: Schedule | None = None,
    *,
    duration: Any = None,
    settle: Any = None,
    dt: Any = None,
    seed: int = 0,
    engine: str | Engine = "auto",
) -> Diagnosis:
    """Run the network and its spiking copy on the same inputs and say of every layer how good it is, and why.

    Each layer is judged by what its own inputs really sent, so the fault of one is not laid at the door of the next.

    Args:
        circuit: the network, and `cells` its static units.
        conversion: what `convert` returned; for a spiking circuit or cells of your own use
            `dataclasses.replace(conversion, circuit=..., cells=...)`: they are held against the translation.
        stimuli: the network's inputs, as for `convert`.
        schedule: of the spiking run.
        duration: of the spiking run in s; `duration`, `settle` and `dt` (s) in place of a schedule, as in `simulate`.
        seed: of its input spikes.
        engine: of the spiking run.

    Raises:
        ParameterError: stimuli that do not fit, or another network than the one that was converted.
        DimensionError: something else than a conversion.
    """
    if not isinstance(conversion, Conversion):
        raise DimensionError(f"diagnose: conversion: got {type(conversion).__name__}, expected what convert() returns")
    if not isinstance(circuit, Circuit):
        raise DimensionError(f"diagnose: circuit: got {type(circuit).__name__}, expected a Circuit")
    for name in (part.population for part in conversion.layers):
        if circuit.sizes.get(name) != conversion.circuit.sizes.get(name):
            raise ParameterError(
                f"diagnose: circuit: {name!r} has {circuit.sizes.get(name, 0)} units and its spiking copy "
                f"{conversion.circuit.sizes.get(name, 0)}, expected the network that was converted"
            )
    if isinstance(conversion, TimedConversion):
        if schedule is not None or duration is not None or settle is not None:
            raise ParameterError(
                "diagnose: got a schedule for timed spikes, expected dt alone: their windows say how long a run lasts"
            )
        return _timed(circuit, cells, conversion, stimuli, dt, engine)
    schedule = schedule_of("diagnose", schedule, duration=duration, settle=settle, dt=dt)
    given = constant_inputs(stimuli, circuit, "diagnose: stimuli")
    network = simulate(circuit, cells, given, progress=False)
    for name, rates in network.rates.items():
        finite(rates, "1", f"diagnose: stimuli: activities of {name!r}", within=SQUARED)
    run = simulate(
        conversion.circuit, conversion.cells, conversion.stimulus(given), schedule,
        seed=seed, record=("spikes",), engine=engine, progress=False,
    )  # fmt: skip
    activity = conversion.decode(run.rates)
    known = {**given.rates, **activity}
    judged: dict[str, LayerDiagnosis] = {}
    for part in conversion.layers:
        before = [p.pre for p in circuit.onto(part.population)]
        heard = next((n for n in before if n in judged and not judged[n].correlation >= GOOD_CORRELATION), "")
        copy = _Copy(circuit, conversion, part, network, run, schedule)
        judged[part.population] = copy.judged(known, heard)
    last = conversion.output
    return Diagnosis(tuple(judged.values()), _same_decision(network.rates[last], conversion.read(run)), run)


def _timed(
    circuit: Circuit, cells: Cell | Mapping[str, Cell], conversion: TimedConversion, stimuli: Any, dt: Any,
    engine: str | Engine,
) -> Diagnosis:  # fmt: skip
    """The diagnosis of single spikes, in steps of dt (s) or in continuous time."""
    given = constant_inputs(stimuli, circuit, "diagnose: stimuli")
    network = simulate(circuit, cells, given, progress=False)
    run = conversion.run(given, dt=dt, engine=engine)
    layers = timed_layers(circuit, conversion, given, network, run)
    found = conversion.times_left(run)
    if conversion.readout == "spiking":
        found[conversion.output] = found[conversion.output] - conversion.offset
    same = _same_decision(network.rates[conversion.output], conversion.output_of(found))
    return Diagnosis(tuple(layers), same, run)


def _same_decision(network: Array, copy: Array) -> float:
    """Fraction of the trials that both decide alike; silence is no decision, and one output decides nothing."""
    if network.shape[1] < 2:
        return float("nan")
    decided = decide(network)
    return float(np.mean((decided != NO_ANSWER) & (decided == decide(copy))))


class _Copy:
    """One spiking population beside the network's."""

    def __init__(
        self, circuit: Circuit, conversion: Conversion, part: Translation, network: Recording, run: Recording,
        schedule: Schedule,
    ) -> None:  # fmt: skip
        self.circuit, self.conversion, self.part, self.run, self.schedule = circuit, conversion, part, run, schedule
        self.name = part.population
        self.offset = conversion.offset if self.name == conversion.output else 0.0
        self.wanted = self._activity(network.drive[self.name])
        self.rate = run.rates[self.name]
        found = conversion.cells[self.name]
        assert isinstance(found, SpikingCell)
        self.cell = found

    def judged(self, known: Mapping[str, Array], heard: str) -> LayerDiagnosis:
        decoded = self.part.unit * self.rate
        active = self.wanted > 0
        norm = float((self.wanted**2).sum())
        times, course, late = self._course()
        e = self._evidence(known, heard, correlation(decoded, self.wanted), course, late)
        ceiling = self._ceiling()
        ever = active.any(axis=0)
        cause, evidence = cause_of(e)
        parts = e.parts
        return LayerDiagnosis(
            self.name, e.correlation, float((decoded * self.wanted).sum()) / norm if norm else float("nan"),
            e.clipped, float(np.mean(self.rate[active] >= 0.9 * ceiling)) if active.any() else 0.0,
            float(np.mean(self.rate.max(axis=0)[ever] == 0)) if ever.any() else 0.0,
            _settled(times, course), e.counts, cause, evidence, NEXT_STEP[cause],
            float(np.sqrt(((decoded - self.wanted) ** 2).sum() / norm)) if norm else float("nan"),
            max(parts, key=lambda name: parts[name]) if any(parts.values()) else "",
        )  # fmt: skip

    def _activity(self, drive: Array) -> Array:
        """The activity that stands for the rate; that of a spiking output is the offset logit, without its sign."""
        if self.name == self.conversion.output and self.conversion.offset:
            return np.maximum(drive + self.offset, 0.0)
        transfer = self.conversion.source_cells[self.name].transfer
        assert transfer is not None
        return np.maximum(transfer(drive), 0.0)

    def _ceiling(self) -> float:
        """Highest rate of the cell in Hz: once per step, and not within its refractory period."""
        return 1.0 / max(self.schedule.dt, float(self.cell.refractory))

    def _evidence(self, known: Mapping[str, Array], heard: str, similar: float, course: Array, late: Array) -> Evidence:
        part, conversion = self.part, self.conversion
        drive = mean_drive(self.circuit, self.name, known)
        asked = self._activity(drive) / part.unit
        active = asked > 0
        onto = self.circuit.onto(self.name)
        units = {p.pre: conversion.input_unit for p in onto} | {t.population: t.unit for t in conversion.layers}
        mine = {p.name: p for p in conversion.circuit.onto(self.name)}
        given = self.run.drive[self.name]
        transfer = self.cell.transfer
        half, ceiling = course[len(course) // 2], self._ceiling()
        expected = part.gain * (drive + self.offset) + part.threshold
        return Evidence(
            wanted=self.wanted / part.unit, asked=asked, rate=self.rate, drive=given, expected=expected,
            curve_rate=np.minimum(transfer(given), ceiling) if transfer is not None else asked,
            expected_rate=np.minimum(transfer(expected), ceiling) if transfer is not None else asked,
            leaky=not isinstance(self.cell, PerfectIF), late_rate=late, ceiling=ceiling,
            noisy=conversion.encoding == "poisson" and any(p.pre in self.circuit.is_input for p in onto),
            weights=tuple(mine[p.name].factor * mine[p.name].dense() for p in onto if p.name in mine),
            expected_weights=tuple(
                part.gain * units[p.pre] * p.factor * p.dense() for p in onto if p.name in mine
            ),
            bias=conversion.circuit.population(self.name).bias,
            network_bias=part.gain * (self.circuit.population(self.name).bias + self.offset),
            threshold=part.threshold, peak=part.peak, window=self.schedule.window,
            clipped=float(np.mean(asked[active] > 1.001 * ceiling)) if active.any() else 0.0,
            loses_overshoot=getattr(self.cell, "reset_mode", "zero") == "zero",
            correlation=similar, heard=heard, rising=bool(course[-1] > half + 0.01 or np.isnan(half)),
        )  # fmt: skip

    def _course(self) -> tuple[Array, Array, Array]:
        """Correlation of the counts so far with the network's activity, at some times; rates in the second half."""
        spikes, shape = self.run.spikes[self.name], self.rate.shape
        edges = np.linspace(self.schedule.settle, self.schedule.duration, _CHECKPOINTS + 1)
        counted = spikes.times >= self.schedule.settle
        when = np.clip(np.searchsorted(edges, spikes.times[counted], side="right") - 1, 0, _CHECKPOINTS - 1)
        place = np.ravel_multi_index((spikes.trials[counted], spikes.units[counted]), shape)
        counts = first = np.zeros(shape[0] * shape[1])
        found = []
        for k in range(_CHECKPOINTS):
            counts += np.bincount(place[when == k], minlength=counts.size)
            found.append(correlation(counts.reshape(shape), self.wanted))
            first = counts.copy() if k == _CHECKPOINTS // 2 - 1 else first
        late = (counts - first).reshape(shape) / (edges[-1] - edges[_CHECKPOINTS // 2])
        return edges[1:], np.array(found), late


def _settled(times: Array, course: Array) -> float:
    """First time from which the correlation stays good, NaN if it is not good at the end."""
    poor = np.flatnonzero(~(course >= GOOD_CORRELATION))
    last = int(poor[-1]) if poor.size else -1
    return float(times[last + 1]) if last + 1 < len(times) else float("nan")

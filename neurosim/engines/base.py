"""What every engine is: it takes a checked job, refuses it with a reason or closes the loop in time."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from neurosim.cells.base import Cell, Level, SpikingCell
from neurosim.circuit import Circuit, Projection
from neurosim.params import Array, Params
from neurosim.randomness import sequence
from neurosim.recording import Recording
from neurosim.schedule import Schedule
from neurosim.stimulus import SpikeCounts, SpikeTrains, Stimulus, draw_counts, encode

Progress = Callable[[float], None]
"""Called with the completed fraction of the run."""


def no_progress(fraction: float) -> None:
    """A silent progress callback."""


@dataclass(frozen=True, eq=False)
class Job:
    """Everything an engine needs, already checked by [simulate][neurosim.simulate.simulate]."""

    circuit: Circuit
    cells: Mapping[str, Cell]
    stimulus: Stimulus | None
    schedule: Schedule
    seed: int = 0
    record: frozenset[str] = frozenset()
    progress: Progress = no_progress
    initial: Mapping[str, Array] = field(default_factory=dict)
    """Initial states by population, (trials, units); populations that are not named start as the engine has it."""

    @property
    def trials(self) -> int:
        """Number of trials; without a stimulus that of the initial states, or 1."""
        if self.stimulus is not None:
            return self.stimulus.trials
        return len(next(iter(self.initial.values()))) if self.initial else 1

    @property
    def spiking_input(self) -> bool:
        """Whether the inputs arrive as spikes; those of a stimulus of counts do so at spiking cells only."""
        if self.stimulus is None or self.stimulus.encoding == "constant":
            return False
        return self.stimulus.encoding != "counts" or all(cell.level == "spiking" for cell in self.cells.values())

    @property
    def counted_input(self) -> bool:
        """Whether the inputs arrive as numbers of spikes per step, which are drawn during the run."""
        return self.spiking_input and self.stimulus is not None and self.stimulus.encoding == "counts"

    def input_spikes(self) -> dict[str, SpikeTrains]:
        """The spike trains of every input: the same for every engine, drawn once per job; empty where counts arrive."""
        return self._input_spikes

    @cached_property
    def _input_spikes(self) -> dict[str, SpikeTrains]:
        if self.stimulus is None or not self.spiking_input or self.counted_input:
            return {}
        return encode(self.stimulus, self.schedule.duration, self.schedule.dt, sequence(self.seed, "stimulus"))

    def input_counts(self, trials: Any) -> dict[str, SpikeCounts]:
        """The numbers of spikes of every input in some of the trials: the same for every engine."""
        if self.stimulus is None or not self.counted_input:
            return {}
        dt = self.schedule.dt
        memory = max((round(p.delay / dt) for p in self.circuit.projections), default=0)
        chosen = self.stimulus.select(trials)
        return draw_counts(chosen, self.schedule.duration, dt, sequence(self.seed, "stimulus"), memory)

    def input_rates(self) -> dict[str, Array]:
        """Mean activity (trials, units) in Hz of every input in the counting window.

        Realised rates of spike trains, which are kept; expected rates of counts, which are not.
        """
        if self.stimulus is None:
            return {}
        if not self.spiking_input or self.counted_input:
            return self.stimulus.mean_rates(self.schedule.duration, self.schedule.settle)
        start, stop = self.schedule.settle, self.schedule.duration
        return {name: trains.rates(start, stop) for name, trains in self.input_spikes().items()}


def mean_drive(
    circuit: Circuit, population: str, rates: Mapping[str, Array], applied: Mapping[str, Array] | None = None
) -> Array:
    """Master equation for mean activities: drive (trials, units) of a population given the rates of its sources.

    What a projection contributes is taken from `applied`, by its name, where it stands there already.
    """
    known = applied or {}
    trials = max((len(rate) for rate in rates.values()), default=1)
    bias = circuit.population(population).bias
    total: Array = np.broadcast_to(bias, (trials, len(bias))).copy()
    for projection in circuit.onto(population):
        total += known[projection.name] if projection.name in known else projection.apply(rates[projection.pre])
    return total


def drive_of_all(
    circuit: Circuit, rates: Mapping[str, Array], applied: Mapping[str, Array] | None = None
) -> dict[str, Array]:
    """[mean_drive][neurosim.engines.base.mean_drive] of every population."""
    return {p.name: mean_drive(circuit, p.name, rates, applied) for p in circuit.populations}


@dataclass(frozen=True, kw_only=True)
class Engine(Params, ABC):
    """One way to run a circuit; `rank` decides which engine "auto" tries first (the highest)."""

    name: ClassVar[str]
    level: ClassVar[Level]
    rank: ClassVar[int] = 0
    traceable: ClassVar[frozenset[str]] = frozenset()
    """State variables that this engine can record over time ("v" and the like may depend on the cell)."""

    @abstractmethod
    def refuse(self, job: Job) -> str | None:
        """Why this job cannot be run here, in one sentence; None if it can."""

    @abstractmethod
    def memory(self, job: Job) -> int:
        """Estimated memory in bytes."""

    @abstractmethod
    def run(self, job: Job) -> Recording:
        """Run it."""


def trace_bytes(job: Job) -> int:
    """Memory in bytes of the traces that were asked for."""
    names = job.record - {"spikes"}
    units = sum(int(p.size) for p in job.circuit.populations)
    return 8 * len(names) * job.schedule.steps * job.trials * units


def refuse_projection(p: Projection, cell: SpikingCell, job: Job) -> str | None:
    """Why no spiking engine runs this projection onto this cell, in one sentence; None if they can."""
    where = f"projection {p.name!r}"
    dt = job.schedule.dt
    if cell.ports == "split" and p.sign is None:
        return f"{where}: a {type(cell).__name__} cell needs signed projections, and this one has sign None"
    if abs(p.delay / dt - round(p.delay / dt)) > 1e-6:
        return f"{where}: the delay of {p.delay:g} s is no whole multiple of dt = {dt:g} s"
    steady = p.pre in job.circuit.is_input and not job.spiking_input
    if cell.ports == "split" and p.tau == 0 and not steady:
        return f"{where}: a conductance needs time to act; take tau > 0 for {type(cell).__name__} cells"
    if p.tau == 0 or steady:
        return None
    if p.tau < 2 * dt:
        return f"{where}: tau = {p.tau:g} s is shorter than two steps of {dt:g} s; take tau = 0 or a smaller dt"
    tau_m = cell.time_constant
    if cell.method == "exact" and not cell.noisy and abs(p.tau / tau_m - 1) < 1e-4:
        return (
            f"{where}: tau = {p.tau:g} s equals the membrane's time constant, where the exact solution is 0/0; "
            f"take {1.001 * tau_m:g} s"
        )
    return None

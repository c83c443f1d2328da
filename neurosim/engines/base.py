"""What every engine is: it takes a checked job, refuses it with a reason or closes the loop in time."""

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.activations.base import Activation
from neurosim.cells.base import Cell, Level, SpikingCell
from neurosim.cells.competing import Competing
from neurosim.circuits.circuit import Circuit, Projection
from neurosim.circuits.delays import longest, off_grid
from neurosim.engines.record import Record
from neurosim.failures import Failure
from neurosim.final_state import FinalState
from neurosim.params import Array, ParameterError, Params
from neurosim.plasticity.base import SpikeRule
from neurosim.plasticity.trace_rule import TraceRule
from neurosim.progress import Progress, no_progress
from neurosim.randomness import sequence, stream
from neurosim.recording import Later, Recording
from neurosim.schedule import Schedule
from neurosim.stimuli.stimulus import SpikeCounts, SpikeTrains, Stimulus, draw_counts, encode


class MemoryLimitError(ParameterError):
    """A run that would need more memory than allowed."""


def size_of(size: float) -> str:
    """Bytes as a person reads them, in the largest unit that leaves no leading zero."""
    for power, word in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size >= 2**power:
            return f"{size / 2**power:.1f} {word}"
    return f"{size:g} bytes"


@dataclass(frozen=True, eq=False)
class Job:
    """Everything an engine needs, already checked by [simulate][neurosim.simulate.simulate]."""

    circuit: Circuit
    cells: Mapping[str, Cell]
    stimulus: Stimulus | None
    schedule: Schedule
    seed: int = 0
    record: Record = field(default_factory=Record)
    progress: Progress = no_progress
    initial: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    """Initial states by population and variable, (trials, units); what is not named starts as the engine has it."""
    resumed: FinalState | None = None
    """What an earlier run left behind besides these: the clock, the noise, spikes and weights."""
    learned: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    """Learned variables of the cells at the start, by population and variable: (units,)."""
    seeds: tuple[int, ...] = ()
    """Seeds of the trials, where each is a job of its own; none where they share `seed`."""
    memory_limit: float = math.inf
    """Bytes that nothing in the run may need at once."""
    competition: Mapping[str, Activation] = field(default_factory=dict)
    """What the drives of a spiking population pass before they reach its cells, by population."""

    def only(self, trial: int) -> "Job":
        """One trial as the job of its own that it is."""
        stimulus = None if self.stimulus is None else self.stimulus.select([trial])
        return dataclasses.replace(self, stimulus=stimulus, seed=self.seeds[trial], seeds=())

    def noise(self, trial: int) -> np.random.Generator:
        """The stream of a trial's noise, where it stopped if the run goes on; a selected trial takes it along."""
        if self.resumed is not None and self.resumed.noise:
            state = self.resumed.noise[trial]
            going_on = np.random.Generator(getattr(np.random, state["bit_generator"])())
            going_on.bit_generator.state = state
            return going_on
        if self.seeds:
            return stream(self.seeds[trial], "noise", 0)
        return stream(self.seed, "noise", self.identity(trial))

    def identity(self, trial: int) -> int:
        """The number that chooses a trial's random draws."""
        return trial if self.stimulus is None else int(self.stimulus.identity[trial])

    @property
    def given_cells(self) -> dict[str, Cell]:
        """The cells as they were given: those whose drives compete, with their competition."""
        return {
            name: Competing(cell=cell, competition=self.competition[name])
            if name in self.competition and isinstance(cell, SpikingCell)
            else cell
            for name, cell in self.cells.items()
        }

    @property
    def trials(self) -> int:
        """Number of trials; without a stimulus that of the initial states, or 1."""
        if self.stimulus is not None:
            return self.stimulus.trials
        return len(next(iter(next(iter(self.initial.values())).values()))) if self.initial else 1

    @property
    def start(self) -> int:
        """First step of the run, counted from the start of the first run that it goes on from."""
        return 0 if self.resumed is None else self.resumed.step

    @property
    def stop(self) -> int:
        """The step after its last."""
        return self.start + self.schedule.steps

    @property
    def window(self) -> tuple[float, float]:
        """Start and end of the counting window in s, on the clock of the run."""
        dt = self.schedule.dt
        return (self.start + self.schedule.settle_steps) * dt if self.start else self.schedule.settle, self.end

    @property
    def end(self) -> float:
        """End of the run in s, on its clock."""
        return self.stop * self.schedule.dt if self.start else self.schedule.duration

    @property
    def trace_bytes(self) -> int:
        """Memory in bytes of the variables over time that were asked for."""
        return 8 * self.trials * self.record.values_per_trial(self.circuit, self.start, self.stop)

    @property
    def memory_steps(self) -> int:
        """Steps for which a spike is on its way to its latest target."""
        return max((round(longest(p.delay) / self.schedule.dt) for p in self.circuit.projections), default=0)

    @cached_property
    def steady_inputs(self) -> frozenset[str]:
        """Inputs that arrive as a steady drive: constant ones, and counts where cells do not spike."""
        if self.stimulus is None:
            return frozenset()
        spiking = all(cell.level == "spiking" for cell in self.cells.values())
        kinds = ("constant",) if spiking else ("constant", "counts")
        return frozenset(name for name in self.stimulus.rates if self.stimulus.kind(name) in kinds)

    @cached_property
    def counted_inputs(self) -> frozenset[str]:
        """Inputs that arrive as numbers of spikes per step, which are drawn during the run."""
        if self.stimulus is None:
            return frozenset()
        return frozenset(n for n in self.stimulus.rates if self.stimulus.kind(n) == "counts") - self.steady_inputs

    @cached_property
    def spiking_inputs(self) -> frozenset[str]:
        """Inputs that send single spikes."""
        every = frozenset() if self.stimulus is None else frozenset(self.stimulus.rates)
        return every - self.steady_inputs - self.counted_inputs

    def input_spikes(self) -> dict[str, SpikeTrains]:
        """The spike trains of every input: the same for every engine, drawn once per job; empty where counts arrive."""
        return self._input_spikes

    @cached_property
    def _input_spikes(self) -> dict[str, SpikeTrains]:
        if self.stimulus is None or not self.spiking_inputs:
            return {}
        seeds = self.seeds or (self.seed,) * self.trials
        known = {seed: sequence(seed, "stimulus") for seed in set(seeds)}
        parents = [known[seed] for seed in seeds]
        first = max(0, self.start - self.memory_steps)
        return encode(self.stimulus, self.end, self.schedule.dt, parents, first)

    def input_counts(self, trials: Any) -> dict[str, SpikeCounts]:
        """The numbers of spikes of every input in some of the trials: the same for every engine."""
        if self.stimulus is None or not self.counted_inputs:
            return {}
        chosen = self.stimulus.select(trials)
        return draw_counts(chosen, self.end, self.schedule.dt, sequence(self.seed, "stimulus"), self.memory_steps)

    def input_rates(self) -> dict[str, Array]:
        """Mean activity (trials, units) in Hz of every input in the counting window.

        Realised rates of spike trains, which are kept; expected rates of counts, which are not.
        """
        if self.stimulus is None:
            return {}
        start, stop = self.window
        expected = self.stimulus.mean_rates(stop, start) if len(self.spiking_inputs) < len(self.stimulus.rates) else {}
        return expected | {name: trains.rates(start, stop) for name, trains in self.input_spikes().items()}


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
    competes: ClassVar[bool] = False
    """Whether the drives of spiking cells can compete here."""
    one_spike: ClassVar[bool] = False
    """Whether it runs cells that spike once, and no others."""
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

    def teacher(self, job: Job, changing: Collection[str] = ()) -> "Teacher":
        """The circuit of a job that learns by spike times, made ready to be taught trial after trial.

        Args:
            job: one that this engine does not refuse; its stimulus may have many trials.
            changing: projections whose weights are given anew with every presentation although no rule of spike times
                changes them.
        """
        raise NotImplementedError(f"the {self.name} engine does not learn from spike times")


Units: TypeAlias = slice | npt.NDArray[np.int64]
"""Some units of a population: their numbers, or a slice."""

EVERY = slice(None)


@dataclass(frozen=True, eq=False)
class Presented:
    """What a presentation made of cells and weights."""

    rates: Mapping[str, Array]
    """Mean activity (1, units) in Hz of every population."""
    learned: Mapping[str, Mapping[str, Array]]
    """Learned variables of the cells, by population and variable: (units,)."""
    touched: Mapping[str, Units]
    """By projection that learns by spike times: units whose incoming weights may have changed."""
    recording: Callable[[], Recording]
    """All of it, with the weights at the end; to be asked before weights are given anew."""
    failures: tuple[Failure, ...] = ()
    """Units whose state left its bounds."""


class Teacher(ABC):
    """A circuit that was made ready once, and learns from one presentation after the other.

    Between two of them it keeps the weights alone: each starts from rest, without spikes on their way and with traces
    at 0. Weights are (units, pre) in s, magnitudes where the projection is signed.
    """

    @abstractmethod
    def take(self, job: Job) -> None:
        """The presentations that come next, each a trial of this job with a seed of its own."""

    @abstractmethod
    def present(
        self, trial: int, learned: Mapping[str, Mapping[str, Array]], bias: Mapping[str, Array]
    ) -> Presented:  # fmt: skip
        """One presentation.

        Args:
            trial: which of those taken.
            learned: what the cells have learned so far, by population and variable, (units,).
            bias: of the populations whose bias is not the circuit's, (units,).
        """

    @abstractmethod
    def incoming(self, name: str, units: Units) -> Array:
        """Weights of some units by a projection that learns or changes, in an array of their own, row by row."""

    @abstractmethod
    def give(self, name: str, units: Units, weights: Array) -> Array:
        """Give some units other weights, and return them as they are kept, which may be in single precision."""


def refuse_learning(job: Job) -> str | None:
    """Why no engine runs a job with its rules in one go, in one sentence; None if the spiking engines can."""
    for population in job.circuit.populations:
        if population.homeostasis:
            law = type(population.homeostasis[0]).__name__
            return (
                f"the circuit learns between presentations ({law} of population {population.name!r}); "
                "use neurosim.learn, or circuit.frozen()"
            )
    for p in job.circuit.projections:
        if p.rule is None:
            continue
        rule, where = type(p.rule).__name__, f"projection {p.name!r}"
        if not isinstance(p.rule, SpikeRule):
            return (
                f"the circuit learns between presentations ({rule} of {where}); use neurosim.learn, or circuit.frozen()"
            )
        if job.trials > 1:
            return (
                f"the circuit learns by {rule} ({where}) and there are {job.trials} trials; use neurosim.learn to "
                "present them one after the other, or circuit.frozen()"
            )
        if p.pre in job.counted_inputs:
            return f"{where}: {rule} learns from single spikes, not from counts of them; use poisson or regular spikes"
        if p.pre in job.steady_inputs:
            return (
                f"{where}: {rule} learns from spikes and {p.pre!r} is a constant input; use poisson or regular spikes"
            )
        if isinstance(p.rule, TraceRule) and p.sign is None:
            return f"{where}: {rule} keeps weights at or above 0, and this one has sign None; take +1 or -1"
    return None


def learns(job: Job) -> bool:
    """Whether a rule of spike times changes weights while the job runs."""
    return any(isinstance(p.rule, SpikeRule) for p in job.circuit.projections)


def plastic_entries(p: Projection) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(post, pre) of every connection of a projection, those of weight 0 included, by source, then target."""
    exists = p.connected()
    pre, post = np.nonzero(np.ones(p.weights.shape[::-1], dtype=bool) if exists is None else exists.T)
    return post.astype(np.int64), pre.astype(np.int64)


def learned_of(job: Job) -> dict[str, tuple[str, ...]]:
    """Learned variables of the cells of every population that has some."""
    every = {name: cell.learned for name, cell in job.cells.items() if isinstance(cell, SpikingCell)}
    return {name: variables for name, variables in every.items() if variables}


def drive_while_learning(
    job: Job, rates: Mapping[str, Array], applied: Mapping[str, Array] | None = None
) -> Mapping[str, Array]:
    """[drive_of_all][neurosim.engines.base.drive_of_all] for who asks; NaN where weights changed during the run."""
    trials = max((len(rate) for rate in rates.values()), default=1)
    changing = {p.post for p in job.circuit.projections if isinstance(p.rule, SpikeRule)}
    return Later(
        {
            p.name: partial(np.full, (trials, int(p.size)), np.nan)
            if p.name in changing
            else partial(mean_drive, job.circuit, p.name, rates, applied)
            for p in job.circuit.populations
        }
    )


def refuse_projection(p: Projection, cell: SpikingCell, job: Job) -> str | None:
    """Why no spiking engine runs this projection onto this cell, in one sentence; None if they can."""
    where = f"projection {p.name!r}"
    dt = job.schedule.dt
    if cell.ports == "split" and p.sign is None:
        return f"{where}: a {type(cell).__name__} cell needs signed projections, and this one has sign None"
    if wrong := off_grid(p, dt):
        return f"{where}: the delay of {wrong[1]:g} s is no whole multiple of dt = {dt:g} s"
    steady = p.pre in job.steady_inputs
    if cell.spikes_once and p.tau > 0:
        return f"{where}: a spike switches on a current of {type(cell).__name__} cells that lasts; take tau = 0"
    if cell.spikes_once and p.rule is not None:
        return f"{where}: {type(cell).__name__} cells keep their weights; use circuit.frozen()"
    if cell.ports == "split" and p.tau == 0 and not steady:
        return f"{where}: a conductance needs time to act; take tau > 0 for {type(cell).__name__} cells"
    if p.post in job.competition and p.tau == 0 and not steady:
        return f"{where}: an instantaneous synapse moves v past the competition of {p.post!r}; take tau > 0"
    if p.tau == 0:
        return None
    if p.tau < 2 * dt:
        return f"{where}: tau = {p.tau:g} s is shorter than two steps of {dt:g} s; take tau = 0 or a smaller dt"
    return None

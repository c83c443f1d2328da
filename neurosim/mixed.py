"""Circuits whose populations stand on several levels: static units, rate cells and spiking cells, one run.

Each population runs on an engine of its own level, in the order in which they hear each other, and hears what ran
before in steps of dt. Where populations of several levels hear each other in a loop, the loop is run again and again
with what its populations sent the last time, until nothing changes in the last bit: a step takes at least one step to
come back, so that every run gets at least one step farther, and what is left is the solution of the joint equations.
"""

import time
from typing import Any

from neurosim import engines
from neurosim.cells.base import Cell
from neurosim.circuits.circuit import Circuit
from neurosim.circuits.delays import off_grid
from neurosim.engines.apart import refuse_inputs
from neurosim.engines.base import Engine, Job, size_of
from neurosim.engines.rate import Rate
from neurosim.engines.record import as_traces, kept_inputs, kept_spikes, wanted
from neurosim.engines.stages import Sent, Stage, part_of, silent, stages_of
from neurosim.engines.static_over_time import static_over_time
from neurosim.meant import cells_of
from neurosim.params import ParameterError
from neurosim.progress import Progress
from neurosim.randomness import sequence
from neurosim.recording import Recording, Traces
from neurosim.registry import lookup
from neurosim.schedule import Schedule
from neurosim.simulate import Learned, MemoryLimitError, RefusedError, check_stimulus, prepare, simulate, stamp
from neurosim.stimuli.given_spikes import GivenSpikes
from neurosim.stimuli.stimulus import Stimulus

_VARIABLES = {"spiking": ("v", "drive"), "rate": ("rate", "drive"), "static": ("rate", "drive")}
"""What can be recorded over time of each level; of all of them at once what any of them has."""


def mixed(
    circuit: Circuit, given_cells: Any, stimulus: Stimulus | None, schedule: Schedule, seed: int, record: Any,
    engine: str | Engine, memory_limit: float, learned: Learned | None, progress: Progress,
) -> Recording:  # fmt: skip
    """Populations of several levels, stage after stage, each part on an engine of its own level."""
    started = time.perf_counter()
    cells = cells_of(circuit, given_cells, "simulate")
    job = Job(circuit, cells, stimulus, schedule, seed, wanted(record, circuit, "simulate: record"))
    _check_mixed(job)
    engine = _engine_of(engine, {cell.level for cell in cells.values()})
    for name in {} if learned is None else learned:
        circuit.population(name)
    stages = stages_of(circuit, cells)
    units = sum(n for name, n in circuit.sizes.items() if name in cells and cells[name].level != "spiking")
    needed = 8.0 * 3 * schedule.steps * units * job.trials
    if needed > memory_limit:
        raise MemoryLimitError(
            f"simulate: activities over time need about {size_of(needed)} and the limit is {size_of(memory_limit)}; "
            "run fewer trials or raise memory_limit"
        )
    run = _Run(job, engine, memory_limit, learned or {})
    for number, stage in enumerate(stages):
        run.stage(stage)
        progress((number + 1) / len(stages))
    return stamp(run.recording(), job, engines.known()["static"](), time.perf_counter() - started)


class _Run:
    """What ran, and what it sent."""

    def __init__(self, job: Job, engine: str | Engine, memory_limit: float, learned: Learned) -> None:
        self.job, self.engine, self.memory_limit, self.learned = job, engine, memory_limit, learned
        self.trains = job.input_spikes()
        self.stimulus = _with_spikes(job)
        self.sent: dict[str, Sent] = {}
        self.runs: dict[str, Recording] = {}
        self.passes: list[int] = []
        self.streams: dict[tuple[str, ...], int] = {}

    def stage(self, stage: Stage) -> None:
        """Run a stage, again and again where it loops."""
        names = [name for part in stage.parts for name in part]
        if stage.loops:
            shape = (self.job.trials, self.job.schedule.steps)
            self.sent |= silent(self.job.circuit, names, self.job.cells, shape)
        passes, settled = 0, False
        while not settled:
            before = {name: self.sent.get(name) for name in names}
            for part in stage.parts:
                self.part(part)
            passes += 1
            if passes > self.job.schedule.steps + 2:  # each gets a step farther; by then nothing is left to change
                raise RuntimeError(f"simulate: the loop of {', '.join(names)} did not settle in {passes} passes")
            settled = not stage.loops or all(self.sent[n].same_as(before[n]) for n in names)  # type: ignore[arg-type]
        self.passes.append(passes)

    def part(self, names: tuple[str, ...]) -> None:
        """Run populations of one level once."""
        job, cells = self.job, {name: self.job.cells[name] for name in names}
        level, dt = cells[names[0]].level, job.schedule.dt
        heard = {name: sent for name, sent in self.sent.items() if name not in names or level == "static"}
        learned = {n: v for n, v in self.learned.items() if n in names}
        circuit, given = part_of(job.circuit, names, self.stimulus, heard, dt)
        if level == "static":
            run = static_over_time(prepare(circuit, cells, given, job.schedule, seed=job.seed, learned=learned))
        else:
            keep = {name: True for name in _VARIABLES[level] if name in job.record}
            keep |= {"spikes": True} if level == "spiking" else {"rate": True}
            run = simulate(
                circuit, cells, given, job.schedule, seed=self.seed(names, given), record=keep,
                engine=self.engine if level == "spiking" else Rate(fixed_step=True), progress=False,
                memory_limit=self.memory_limit, learned=learned,
            )  # fmt: skip
        if run.failures:
            raise ParameterError(f"simulate: {run.failures[0]}, and others may hear it")
        for name in names:
            spiking = level == "spiking"
            over_time = None if spiking else run.traces[name].values["rate"].transpose(1, 0, 2)
            self.sent[name] = Sent(run.spikes[name] if spiking else None, over_time)
        self.runs |= dict.fromkeys(names, run)

    def seed(self, names: tuple[str, ...], given: Stimulus | None) -> int:
        """The run's own seed, and for noisy cells that run later one that is made of it, so that noise is their own."""
        if not any(getattr(self.job.cells[name], "noisy", False) for name in names):
            return self.job.seed
        number = self.streams.setdefault(names, len(self.streams))
        if number == 0:
            return self.job.seed
        if given is not None and any(given.kind(name) == "counts" for name in given.rates):
            raise RefusedError(
                f"simulate: cells: the noisy {names[0]!r} hears counts and runs after other noisy cells, expected "
                "poisson or regular spikes, or one level between them"
            )
        return int(sequence(self.job.seed, "noise", number).generate_state(1)[0])

    def recording(self) -> Recording:
        """What was recorded of all."""
        job, runs, record = self.job, self.runs, self.job.record
        order = [p.name for p in job.circuit.populations]
        traces = {n: found for n in order if (found := self._traces(n)) is not None}
        kept = {
            n: kept_spikes(runs[n].spikes[n], record["spikes"], n)
            for n in order
            if "spikes" in record and n in runs[n].spikes and n in record["spikes"].units
        }
        ran = dict.fromkeys(str(run.provenance["engine"]) for run in runs.values() if run.provenance)
        return Recording(
            "mixed", {n: runs[n].rates[n] for n in order}, {n: runs[n].drive[n] for n in order},
            {p.name: runs[p.post].weights[p.name] for p in job.circuit.projections},
            runs[order[0]].converged, kept | kept_inputs(self.trains, record, 0), traces,
            {
                "engine": "+".join(ran), "engine_parameters": {}, "passes": max(self.passes),
                "levels": {name: cell.level for name, cell in job.cells.items()},
            },
            {n: runs[n].learned[n] for n in order if n in runs[n].learned},
        )  # fmt: skip

    def _traces(self, name: str) -> Traces | None:
        """A population's variables over time, as wanted."""
        record, span = self.job.record, (0, self.job.schedule.steps)
        values = self.runs[name].traces[name].values if name in self.runs[name].traces else {}
        chosen = {
            v: values[v][record[v].steps(*span)][:, :, record[v].picked(name)]
            for v in record.variables
            if v in values and name in record[v].units
        }
        return as_traces(chosen, record, name, span, self.job.schedule.dt) if chosen else None


def _engine_of(engine: str | Engine, levels: set[str]) -> str | Engine:
    """The engine of the spiking populations: the one that was asked for, where it runs them."""
    kind = (
        engine
        if isinstance(engine, Engine)
        else None
        if engine == "auto"
        else lookup("engine", engine, engines.known())
    )
    if kind is None:
        return engine
    if kind.level != "spiking" or "spiking" not in levels:
        raise RefusedError(
            f"simulate: engine: got {kind.name!r}, expected 'auto' or an engine of spiking cells where populations "
            f"have the levels {', '.join(sorted(levels))}"
        )
    return engine


def _with_spikes(job: Job) -> Stimulus | None:
    """The stimulus with the input spikes drawn once, so that all stages hear the same."""
    stimulus, trains = job.stimulus, job.input_spikes()
    if stimulus is None or not trains:
        return stimulus
    given = {n: GivenSpikes(t.times, t.units, t.trials, t.n_units, t.n_trials) for n, t in trains.items()}
    others = [name for name in stimulus.rates if name not in given]
    return Stimulus(
        {n: stimulus.rates[n] for n in others}, {n: stimulus.kind(n) for n in others},
        {n: stimulus.frame_of(n) for n in others}, stimulus.identity, given,
    )  # fmt: skip


def _check_mixed(job: Job) -> None:
    """What a circuit of several levels cannot do is refused in a sentence."""
    every = {"spikes", "input_spikes"}.union(*(_VARIABLES[cell.level] for cell in job.cells.values()))
    if wrong := set(job.record) - every:
        expected = ", ".join(sorted(every))
        raise RefusedError(f"simulate: record: got {min(wrong)!r}, expected some of {expected} among several levels")
    check_stimulus(job.circuit, job.stimulus, job.schedule.duration)
    if reason := refuse_inputs(job):
        raise RefusedError(f"simulate: record: {reason}")
    for name, cell in job.cells.items():
        if getattr(cell, "spikes_once", False):
            raise RefusedError(
                f"simulate: cells[{name!r}]: {type(cell).__name__} cells spike once, which no other level hears as "
                "activity, expected them in all populations or in none"
            )
        _check_static(job, name, cell)


def _check_static(job: Job, name: str, cell: Cell) -> None:
    """Static units neither learn nor have time of their own off the grid."""
    if cell.level != "static":
        return
    if job.circuit.population(name).homeostasis:
        raise RefusedError(f"simulate: static units of {name!r} do not learn; use circuit.frozen()")
    for p in job.circuit.onto(name):
        if p.rule is not None:
            raise RefusedError(
                f"simulate: projection {p.name!r}: {type(p.rule).__name__} does not act onto static units of {name!r} "
                "among several levels; use circuit.frozen()"
            )
        if wrong := off_grid(p, job.schedule.dt):
            raise RefusedError(
                f"simulate: projection {p.name!r}: the delay of {wrong[1]:g} s is no whole multiple of "
                f"dt = {job.schedule.dt:g} s"
            )

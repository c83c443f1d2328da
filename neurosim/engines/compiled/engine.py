"""Spiking rung, fast: integrate-and-fire cells in machine code, event by event, every bit as Brian2 has it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.cells.adaptive_lif import AdaptiveLIF
from neurosim.cells.base import Level, SpikingCell
from neurosim.cells.homeostatic_lif import HomeostaticLIF
from neurosim.cells.lif import LIF
from neurosim.cells.perfect_if import PerfectIF
from neurosim.cells.timed_if import TimedIF
from neurosim.engines.apart import refuse_apart, refuse_inputs
from neurosim.engines.base import Engine, Job, Teacher, refuse_learning, refuse_projection
from neurosim.engines.compiled.counts import AHEAD, counted
from neurosim.engines.compiled.learning import CompiledTeacher, LearningRun, needs_learning, refuse_to_learn
from neurosim.engines.compiled.run import Run, Settings
from neurosim.engines.compiled.traces import recordable
from neurosim.engines.memory import copied_weights, filtered, input_spikes, late_spikes, recorded_spikes
from neurosim.engines.steady_input import change_steps
from neurosim.engines.synapses import synaptic_constants
from neurosim.engines.windows import refuse_windows
from neurosim.params import param
from neurosim.recording import Recording

_CELLS = (LIF, AdaptiveLIF, PerfectIF, HomeostaticLIF, TimedIF)


@dataclass(frozen=True, kw_only=True)
class Compiled(Engine):
    """Runs integrate-and-fire cells with Numba; only the weights of units that spike are touched.

    In float64 and without noise, spikes and v are those of the brian engine on Brian2's NumPy target, bit for bit: same
    order of the steps, of the sums and of the arithmetic. White noise has the same law, from a generator of its own
    (one stream per trial). Results do not depend on the number of threads. On Brian2's Cython target spikes are equal
    and v agrees within 1e-12. What learns during a trial (weights by tables of traces, the thresholds of
    `HomeostaticLIF`) is equal to Brian2's NumPy target in every bit too. In large quiet populations cells that cannot
    spike before their next input sleep, by a bound on v that is proven in `machine_code.sleeping`: every spike is the
    same, and v at the end differs in its last bits. Where v is recorded nobody sleeps. In float32 all state, weights,
    noise and traces are single precision, those that learn included: spikes move, changes of a weight by less than 6e-8
    of it are lost, and nothing is promised but the statistics.

    Equation
        per step and in this order: state update, threshold (v > 1), synapses, reset
    Units
        as everywhere: drive 1, weights s, rates Hz
    """

    name: ClassVar[str] = "compiled"
    level: ClassVar[Level] = "spiking"
    rank: ClassVar[int] = 10
    traceable: ClassVar[frozenset[str]] = frozenset({"v", "drive", "excitation", "inhibition"})

    precision: str = param(
        "float64",
        doc="float32 is faster, and its spikes are not those of Brian2: rounding moves some by a step or more",
        choices=("float64", "float32"),
    )
    shortcut: bool = param(
        True, doc="where units repeat themselves (steady drive, nothing connected), compute one interval and repeat it"
    )
    sleep: bool = param(
        True, doc="in large quiet populations, do not step cells that cannot spike before their next input"
    )
    threads: int = param(0, doc="threads that share the trials; 0: as many as the process may use", low=0)

    def refuse(self, job: Job) -> str | None:
        reason = refuse_learning(job) or refuse_to_learn(job)
        if reason:
            return reason
        for population in job.circuit.populations:
            reason = _refuse_population(population.name, job)
            if reason:
                return reason
        others = [name for name in job.record.variables if name not in recordable(job)]
        if others:
            return f"it records {', '.join(sorted(recordable(job)))} and spikes, not {others[0]!r}"
        return refuse_windows(job) or refuse_inputs(job) or refuse_apart(job)

    def memory(self, job: Job) -> int:
        units = sum(int(p.size) for p in job.circuit.populations)
        tables = 8 * job.trials * (units * (7 + 2 * len(change_steps(job))) + 3 * filtered(job))
        ahead = 32 * min(AHEAD, job.schedule.steps * sum(job.circuit.sizes[p.post] for p in counted(job)))
        outside = input_spikes(job) + ahead
        return int(copied_weights(job) + tables + late_spikes(job) + outside + job.trace_bytes + recorded_spikes(job))

    def run(self, job: Job) -> Recording:
        # What overflows is looked for at the end, and named.
        with np.errstate(over="ignore", invalid="ignore"):
            kind = LearningRun if needs_learning(job) else Run
            run = kind(self._settings(), job)
            run.everything()
            job.progress(1.0)
            return run.recording()

    def teacher(self, job: Job, changing: Collection[str] = ()) -> Teacher:
        return CompiledTeacher(self._settings(), job, changing)

    def _settings(self) -> Settings:
        return Settings(self.precision, self.threads, self.shortcut, self.sleep)


def _refuse_population(name: str, job: Job) -> str | None:
    cell = job.cells[name]
    if type(cell) not in _CELLS:
        known = ", ".join(kind.__name__ for kind in _CELLS)
        return f"it runs {known} cells, and those of {name!r} are {type(cell).__name__}"
    assert isinstance(cell, SpikingCell)
    if cell.noisy and isinstance(cell, AdaptiveLIF):
        return f"it has no noise for the AdaptiveLIF cells of {name!r}"
    for p in job.circuit.onto(name):
        reason = refuse_projection(p, cell, job)
        if reason:
            return reason
    constants = len(synaptic_constants(job, name))
    if constants > 4:
        return f"{name!r} has synapses of {constants} time constants, and it sums those of up to 4 in Brian2's order"
    return None

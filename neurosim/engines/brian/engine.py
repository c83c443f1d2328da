"""Spiking rung: Brian2, the reference for anything that spikes. The only module that imports Brian2.

The trials of a run are copies of the circuit in one Brian2 network, in chunks that keep the memory bounded. Every
object has a fixed name, every equation an explicit namespace, and Brian2's preferences, signal handlers and NumPy's
global random state are left as they were found.
"""

import contextlib
import dataclasses
import functools
import signal
import sys
import threading
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.cells.base import Level, SpikingCell
from neurosim.circuits.kernels import UniformLateral
from neurosim.engines.apart import refuse_apart, refuse_inputs
from neurosim.engines.base import (
    Engine,
    Job,
    Presented,
    Teacher,
    Units,
    refuse_learning,
    refuse_projection,
)
from neurosim.engines.brian.device import has_compiler, refuse_standalone, standalone, untouched
from neurosim.engines.brian.network import Chunk
from neurosim.engines.brian.recording import assemble
from neurosim.engines.memory import input_spikes, recorded_spikes
from neurosim.engines.steady_input import still_input
from neurosim.engines.steady_weights import SteadyWeights
from neurosim.engines.windows import refuse_windows
from neurosim.params import Array, param
from neurosim.randomness import sequence
from neurosim.recording import Recording

_BYTES_PER_SYNAPSE = 25
_BYTES_WHILE_CONNECTING = 70
"""For each synapse of the projection that is being connected (both measured with one to three projections)."""
_BYTES_PER_UNIT = 400
_COPIES_OF_TRACES = 3
"""Brian2's monitors grow by doubling, and what they hold is put into another order."""
_BYTES_PER_SPIKE = 70
_SLOW = 30.0
"""Seconds of NumPy code above which a program of its own pays: it needs a fiftieth of the time, but its build took 4 s
on two quiet cores and 31 s on two that others used as well (measured with 40 to 8,000 cells of seven kinds)."""
_SLOWER = 60.0
"""The same for Cython, whose modules took up to 100 s to compile the first time; it gets what a program refuses."""


@dataclass(frozen=True, kw_only=True)
class Brian(Engine):
    """Runs any spiking cell with Brian2.

    Equation
        per step and in this order: state update, threshold, synapses, reset (Brian2's own order); a synapse adds
        W/tau to a variable that decays with tau, or W * impulse to v where tau is 0
    Units
        as everywhere: drive 1, weights s, rates Hz
    Source
        Stimberg, Brette & Goodman, eLife 8 (2019) e47314
    """

    name: ClassVar[str] = "brian"
    level: ClassVar[Level] = "spiking"
    competes: ClassVar[bool] = True

    target: str = param("auto", doc="code generation target", choices=("auto", "numpy", "cython", "standalone"))
    chunk: float = param(512e6, doc="memory in bytes that one chunk of trials may take", above=0)

    def refuse(self, job: Job) -> str | None:
        for population in job.circuit.populations:
            cell = job.cells[population.name]
            assert isinstance(cell, SpikingCell)
            for p in job.circuit.onto(population.name):
                reason = refuse_projection(p, cell, job)
                if reason:
                    return reason
            if cell.noisy and job.start:
                return (
                    f"it draws the noise of {population.name!r} from Brian2's own generator, which cannot go on where "
                    "a run stopped; take the compiled engine, or final_state.rewound()"
                )
        return (
            refuse_windows(job)
            or refuse_inputs(job)
            or refuse_apart(job)
            or refuse_learning(job)
            or (refuse_standalone(job) if self.target == "standalone" else None)
        )

    def memory(self, job: Job) -> int:
        chunk = min(job.trials, self.trials_per_chunk(job))
        traces = _COPIES_OF_TRACES * job.trace_bytes
        return int(chunk * _bytes_per_trial(job) + traces + input_spikes(job) + recorded_spikes(job, _BYTES_PER_SPIKE))

    def trials_per_chunk(self, job: Job) -> int:
        """How many copies of the circuit one network holds."""
        return max(1, int(self.chunk // _bytes_per_trial(job)))

    def run(self, job: Job) -> Recording:
        brian2 = load_brian2()
        size = self.trials_per_chunk(job)
        chunks = [np.arange(start, min(start + size, job.trials)) for start in range(0, job.trials, size)]
        inputs = job.input_spikes()
        target = self._choose_target(job)
        still = still_input(job)
        parts = []
        with untouched(brian2, target):
            for number, trials in enumerate(chunks):
                # The seed belongs to the first trial of the chunk, never to who computes it.
                noise = sequence(job.seed, "noise", job.identity(int(trials[0]))).generate_state(1)[0]
                brian2.seed(int(noise))

                def report(done: float, number: int = number) -> None:
                    job.progress((number + done) / len(chunks))

                apart = target == "standalone"
                with standalone(brian2) if apart else contextlib.nullcontext():
                    mine = {n: s.select(trials) for n, s in inputs.items()}
                    part = Chunk(brian2, job, trials, mine, apart=apart, still=still)
                    parts.append(part.build() if apart else part.run(report))
        job.progress(1.0)
        extra = {"target": target, "chunks": len(chunks), "brian2": brian2.__version__}
        return assemble(job, parts, extra, still)

    def teacher(self, job: Job, changing: Collection[str] = ()) -> Teacher:
        return _Teacher("numpy" if self.target == "auto" else self.target, job, changing)

    def _choose_target(self, job: Job) -> str:
        if self.target != "auto":
            return self.target
        units = sum(int(p.size) for p in job.circuit.populations) * job.trials
        # Measured with NumPy code: 0.25 ms of overhead and 30 ns per unit and step.
        seconds = job.schedule.steps * (2.5e-4 + 30e-9 * units)
        if seconds > _SLOW and refuse_standalone(job) is None:
            return "standalone"
        # Numbers of spikes are handed over in Python whatever the target: there Cython gained nothing.
        return "cython" if seconds > _SLOWER and has_compiler() and not job.counted_inputs else "numpy"


def _synapses_per_trial(job: Job) -> list[int]:
    """Number of synapses of every projection that has synapse objects."""
    numbers = []
    for p in job.circuit.projections:
        if p.pre in job.steady_inputs | job.counted_inputs:
            continue
        if isinstance(p.weights, UniformLateral):
            numbers.append(p.weights.n * (p.weights.n - 1))
        else:
            numbers.append(int(np.count_nonzero(p.weights) if isinstance(p.weights, np.ndarray) else p.weights.nnz))
    return numbers


def _bytes_per_trial(job: Job) -> float:
    units = sum(job.circuit.sizes.values())
    synapses = _synapses_per_trial(job)
    connecting = _BYTES_WHILE_CONNECTING * max(synapses, default=0)
    return _BYTES_PER_SYNAPSE * sum(synapses) + connecting + _BYTES_PER_UNIT * units


@functools.cache
def load_brian2() -> Any:
    """Brian2, imported once, without its log file, exception hook and Ctrl-C handler: the one door to it."""
    hook = sys.excepthook
    main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT) if main else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import brian2

    sys.excepthook = hook
    if main and handler is not None:
        signal.signal(signal.SIGINT, handler)
    # The log file is a diagnostic of Brian2's own; nobody here reads it.
    brian2.prefs["logging.delete_log_on_exit"] = True
    return brian2


class _Teacher(Teacher):
    """One network for a sequence of presentations: its state at the start is kept, and comes back before each."""

    def __init__(self, target: str, job: Job, changing: Collection[str]) -> None:
        self.b, self.target, self.job = load_brian2(), target, job
        with untouched(self.b, target):
            one = dataclasses.replace(job, stimulus=None if job.stimulus is None else job.stimulus.select([0]))
            self.chunk = Chunk(self.b, one, np.arange(1), one.input_spikes(), changing=changing)
            self.chunk.network.store("start")
        self.weights = {name: part.weights() for name, part in self.chunk.learning.items()}
        self.steady = SteadyWeights(job, changing)

    def take(self, job: Job) -> None:
        self.job = job

    def present(
        self, trial: int, learned: Mapping[str, Mapping[str, Array]], bias: Mapping[str, Array]
    ) -> Presented:  # fmt: skip
        job = self.steady.job(dataclasses.replace(self.job.only(trial), learned=learned))
        with untouched(self.b, self.target):
            self.b.seed(int(sequence(job.seed, "noise", 0).generate_state(1)[0]))
            self.chunk.start_again(job, self.weights, bias)
            part = self.chunk.run(job.progress)
        self.weights = {name: weights.copy() for name, weights in part.weights.items()}
        recording = assemble(job, [part], {"target": self.target, "chunks": 1, "brian2": self.b.__version__})
        now = {name: {v: a[0] for v, a in values.items()} for name, values in recording.learned.items()}
        touched = {name: np.arange(len(weights)) for name, weights in part.weights.items()}
        return Presented(recording.rates, now, touched, lambda: recording, recording.failures)

    def incoming(self, name: str, units: Units) -> Array:
        return self.steady.incoming(name, units) if name in self.steady else np.array(self.weights[name][units])

    def give(self, name: str, units: Units, weights: Array) -> Array:
        if name in self.steady:
            return self.steady.give(name, units, weights)
        self.weights[name][units] = weights
        return weights

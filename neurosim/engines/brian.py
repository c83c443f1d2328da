"""Spiking rung: Brian2, the reference for anything that spikes. The only module that imports Brian2.

The trials of a run are copies of the circuit in one Brian2 network, in chunks that keep the memory bounded. Every
object has a fixed name, every equation an explicit namespace, and Brian2's preferences, signal handlers and NumPy's
global random state are left as they were found.
"""

import contextlib
import dataclasses
import functools
import logging
import signal
import sys
import threading
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.cells.base import Level, SpikingCell
from neurosim.circuit import Projection
from neurosim.engines.base import (
    Engine,
    Job,
    Teacher,
    learned_of,
    mean_drive,
    refuse_learning,
    refuse_projection,
    trace_bytes,
)
from neurosim.engines.brian_learning import LearningSynapses
from neurosim.engines.brian_recording import Part, assemble
from neurosim.engines.brian_text import entries, input_equations, is_split, synaptic_constants, synaptic_variable
from neurosim.kernels import UniformLateral
from neurosim.params import Array, param
from neurosim.plasticity.base import SpikeRule
from neurosim.randomness import sequence
from neurosim.recording import Recording, Spikes, Traces
from neurosim.spiketrains import Integers, SpikeTrains

_BYTES_PER_SYNAPSE = 48
_BYTES_PER_UNIT = 400
_SLOW = 60.0
"""Seconds of NumPy code above which waiting for a compiler pays."""


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

    target: str = param("auto", doc="code generation target", choices=("auto", "numpy", "cython"))
    chunk: float = param(512e6, doc="memory in bytes that one chunk of trials may take", above=0)

    def refuse(self, job: Job) -> str | None:
        for population in job.circuit.populations:
            cell = job.cells[population.name]
            assert isinstance(cell, SpikingCell)
            for p in job.circuit.onto(population.name):
                reason = refuse_projection(p, cell, job)
                if reason:
                    return reason
        return refuse_learning(job)

    def memory(self, job: Job) -> int:
        chunk = min(job.trials, self.trials_per_chunk(job))
        expected_spikes = 100.0 * job.schedule.duration * sum(int(p.size) for p in job.circuit.populations)
        spikes = 40 * expected_spikes * job.trials if "spikes" in job.record else 0
        return int(chunk * _bytes_per_trial(job) + trace_bytes(job) + spikes)

    def trials_per_chunk(self, job: Job) -> int:
        """How many copies of the circuit one network holds."""
        return max(1, int(self.chunk // _bytes_per_trial(job)))

    def run(self, job: Job) -> Recording:
        brian2 = load_brian2()
        size = self.trials_per_chunk(job)
        chunks = [np.arange(start, min(start + size, job.trials)) for start in range(0, job.trials, size)]
        inputs = job.input_spikes()
        target = self._choose_target(job)
        parts = []
        with _untouched(brian2, target):
            for number, trials in enumerate(chunks):
                # The seed belongs to the first trial of the chunk, never to who computes it.
                noise = sequence(job.seed, "noise", int(trials[0])).generate_state(1)[0]
                brian2.seed(int(noise))

                def report(done: float, number: int = number) -> None:
                    job.progress((number + done) / len(chunks))

                part = _Chunk(brian2, job, trials, {n: s.select(trials) for n, s in inputs.items()})
                parts.append(part.run(report))
        job.progress(1.0)
        return assemble(job, parts, {"target": target, "chunks": len(chunks), "brian2": brian2.__version__})

    def teacher(self, job: Job, changing: Collection[str] = ()) -> Teacher:
        return _Teacher("numpy" if self.target == "auto" else self.target, job, changing)

    def _choose_target(self, job: Job) -> str:
        if self.target != "auto":
            return self.target
        units = sum(int(p.size) for p in job.circuit.populations) * job.trials
        # Measured with NumPy code: 0.25 ms of overhead and 30 ns per unit and step.
        seconds = job.schedule.steps * (2.5e-4 + 30e-9 * units)
        return "cython" if seconds > _SLOW and _has_compiler() else "numpy"


def _synapses_per_trial(job: Job) -> int:
    total = 0
    for p in job.circuit.projections:
        if p.pre in job.circuit.is_input and not job.spiking_input:
            continue
        if isinstance(p.weights, UniformLateral):
            total += p.weights.n * (p.weights.n - 1)
        else:
            total += int(np.count_nonzero(p.weights)) if isinstance(p.weights, np.ndarray) else int(p.weights.nnz)
    return total


def _bytes_per_trial(job: Job) -> float:
    units = sum(job.circuit.sizes.values())
    return _BYTES_PER_SYNAPSE * _synapses_per_trial(job) + _BYTES_PER_UNIT * units


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


@functools.cache
def _has_compiler() -> bool:
    import shutil

    return any(shutil.which(name) for name in ("gcc", "cc", "clang", "cl"))


@contextlib.contextmanager
def _untouched(brian2: Any, target: str) -> Iterator[None]:
    """Brian2 with this target and without chatter; preferences, random state and log level come back afterwards."""
    logger = logging.getLogger("brian2")
    level, before = logger.level, brian2.prefs["codegen.target"]
    state = np.random.get_state()  # noqa: NPY002 - Brian2 draws from NumPy's global generator
    logger.setLevel(logging.ERROR)
    brian2.prefs["codegen.target"] = target
    try:
        # Brian2 calls its parser by names that the parser has deprecated; nobody here can do anything about it.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        brian2.prefs["codegen.target"] = before
        np.random.set_state(state)  # noqa: NPY002
        logger.setLevel(level)


class _Chunk:
    """One Brian2 network: copies of the circuit for some of the trials. Unit u of copy c has index c * size + u."""

    def __init__(
        self, brian2: Any, job: Job, trials: Integers, inputs: Mapping[str, SpikeTrains], changing: Collection[str] = ()
    ) -> None:
        self.b, self.job, self.trials = brian2, job, trials
        self.copies = len(trials)
        self.units = {"1": 1, "s": brian2.second, "Hz": brian2.hertz, "1/s": brian2.hertz, "V": brian2.volt,
                      "V/s": brian2.volt / brian2.second, "A": brian2.amp, "F": brian2.farad, "S": brian2.siemens,
                      "F/m^2": brian2.farad / brian2.meter**2, "S/m^2": brian2.siemens / brian2.meter**2,
                      "A/m^2": brian2.amp / brian2.meter**2}  # fmt: skip
        self.clock = brian2.Clock(dt=job.schedule.dt * brian2.second, name="clock")
        self.network = brian2.Network(name="network")
        self.groups: dict[str, Any] = {}
        self.monitors: dict[str, Any] = {}
        self.traces: dict[str, Any] = {}
        self.before: dict[str, Array] = {}
        self.learning: dict[str, LearningSynapses] = {}
        self.bias: Mapping[str, Array] = {}
        for name, trains in inputs.items():
            self.groups[name] = self._generator(name, trains)
        for population in job.circuit.populations:
            self._population(population.name, int(population.size))
        for p in job.circuit.projections:
            if p.pre in self.groups and (isinstance(p.rule, SpikeRule) or p.name in changing):
                part = LearningSynapses(brian2, job, p, self.groups, self.clock)
                self.learning[p.name] = part
                self.network.add(*part.objects)
            elif p.pre in self.groups:
                self._synapses(p)
        self._count_from_settle()
        self._movie()

    def _generator(self, name: str, trains: SpikeTrains) -> Any:
        group = self.b.SpikeGeneratorGroup(
            self.copies * trains.n_units, *self._in_order(trains), clock=self.clock, sorted=True, name=f"input_{name}"
        )
        self.network.add(group)
        return group

    def _in_order(self, trains: SpikeTrains) -> tuple[Any, Any]:
        """Numbers of the units, and times of their spikes."""
        indices = trains.trials * trains.n_units + trains.units
        order = np.argsort(trains.steps * (self.copies * trains.n_units) + indices, kind="stable")
        return indices[order], trains.times[order] * self.b.second

    def _population(self, name: str, size: int) -> None:
        cell = self.job.cells[name]
        assert isinstance(cell, SpikingCell)
        namespace = {key: value * self.units[unit] for key, (value, unit) in cell.constants.items()}
        namespace |= {key: tau * self.b.second for key, tau in synaptic_constants(self.job, name).items()}
        refractory = cell.refractory * self.b.second if cell.refractory else False
        group = self.b.NeuronGroup(
            self.copies * size,
            cell.equations + "\n" + input_equations(self.job, name),
            threshold=cell.threshold, reset=cell.reset or None, refractory=refractory,
            method="euler" if cell.noisy else cell.method, namespace=namespace, clock=self.clock, name=f"cells_{name}",
        )  # fmt: skip
        for variable, value in cell.initial.items():
            group.variables[variable].set_value(value)
        self.groups[name] = group
        self._set_learned(name)
        self._set_current(name, self._constant_inputs())
        spikes = "spikes" in self.job.record
        monitor = self.b.SpikeMonitor(group, record=spikes, name=f"spikes_{name}")
        self.monitors[name] = monitor
        self.network.add(group, monitor)
        variables = sorted((self.job.record - {"spikes"}) & set(group.variables))
        if variables:
            self.traces[name] = self.b.StateMonitor(
                group, variables, record=True, clock=self.clock, name=f"trace_{name}"
            )
            self.network.add(self.traces[name])

    def _set_learned(self, name: str) -> None:
        for variable, values in self.job.learned.get(name, {}).items():
            self.groups[name].variables[variable].set_value(np.tile(values, self.copies))

    def _constant_inputs(self, time: float = 0.0) -> dict[str, Array]:
        stimulus = self.job.stimulus
        if stimulus is None or self.job.spiking_input:
            return {}
        return {name: rates[self.trials] for name, rates in stimulus.rates_at(time).items()}

    def _set_current(self, name: str, inputs: Mapping[str, Array]) -> None:
        circuit, group = self.job.circuit, self.groups[name]
        outside = [p for p in circuit.onto(name) if p.pre in inputs]
        if is_split(self.job, name):
            for variable, sign in (("I_exc", 1), ("I_inh", -1)):
                steady = sum(sign * p.apply(inputs[p.pre]) for p in outside if p.sign == sign)
                group.variables[variable].set_value(
                    np.broadcast_to(steady, (self.copies, len(group) // self.copies)).ravel()
                )
            outside = []
        keep = circuit.without(*(p.name for p in circuit.projections if p not in outside))
        if name in self.bias:
            keep = keep.with_bias(**{name: self.bias[name]})
        drive = mean_drive(keep, name, inputs)
        group.variables["I"].set_value(np.broadcast_to(drive, (self.copies, drive.shape[1])).ravel())

    def _synapses(self, p: Projection) -> None:
        cell = self.job.cells[p.post]
        assert isinstance(cell, SpikingCell)
        post, pre, weights = entries(p)
        if not len(post):
            return  # Brian2 does not connect an empty list
        sizes = self.job.circuit.sizes
        offset = np.arange(self.copies)[:, None]
        unit = self.b.volt if cell.scale == "V" and p.tau == 0 else 1
        dimension = "volt" if cell.scale == "V" and p.tau == 0 else "1"
        target = synaptic_variable(self.job, p) if p.tau > 0 else "v"
        # Conductances grow with the magnitude; the cell's reversal potential gives them their sign.
        sign = p.factor if cell.ports == "net" or p.tau == 0 else 1.0
        values = sign * weights / p.tau if p.tau > 0 else sign * weights * cell.impulse
        synapses = self.b.Synapses(
            self.groups[p.pre], self.groups[p.post], f"w : {dimension} (constant)", on_pre=f"{target}_post += w",
            delay=p.delay * self.b.second, clock=self.clock, namespace={}, name=f"synapses_{p.name}",
        )  # fmt: skip
        synapses.connect(i=(pre + offset * sizes[p.pre]).ravel(), j=(post + offset * sizes[p.post]).ravel())
        synapses.w = np.tile(values, self.copies) * unit
        self.network.add(synapses)

    def _count_from_settle(self) -> None:
        """Remember the spike counts at the end of the settling time."""
        settle = self.job.schedule.settle
        if not settle:
            return

        def remember() -> None:
            if abs(self._now() - settle) < self.job.schedule.dt / 2:
                self.before = {name: np.array(monitor.count[:]) for name, monitor in self.monitors.items()}

        clock = self.b.Clock(dt=settle * self.b.second, name="settle_clock")
        self.network.add(self.b.NetworkOperation(remember, clock=clock, when="start", name="settle"))

    def _now(self) -> float:
        return float(self.clock.variables["t"].get_value().item())

    def _movie(self) -> None:
        stimulus = self.job.stimulus
        if stimulus is None or stimulus.frame is None or self.job.spiking_input:
            return

        def show() -> None:
            inputs = self._constant_inputs(self._now())
            for population in self.job.circuit.populations:
                self._set_current(population.name, inputs)

        clock = self.b.Clock(dt=stimulus.frame * self.b.second, name="movie_clock")
        self.network.add(self.b.NetworkOperation(show, clock=clock, when="start", name="movie"))

    def start_again(self, job: Job, weights: Mapping[str, Array], bias: Mapping[str, Array]) -> None:
        """The same network at its beginning, with another stimulus, other weights and what the cells have learned."""
        self.network.restore("start")
        self.job, self.before, self.bias = job, {}, bias
        for name, trains in job.input_spikes().items():
            self.groups[name].set_spikes(*self._in_order(trains), sorted=True)
        for population in job.circuit.populations:
            self._set_learned(population.name)
            self._set_current(population.name, self._constant_inputs())
        for name, part in self.learning.items():
            part.set(weights[name])

    def run(self, report: Any) -> Part:
        def progress(elapsed: Any, completed: float, start: Any, duration: Any) -> None:
            report(float(completed))

        self.network.run(
            self.job.schedule.duration * self.b.second, report=progress, report_period=0.2 * self.b.second, namespace={}
        )
        return self._collect()

    def _collect(self) -> Part:
        sizes, window = self.job.circuit.sizes, self.job.schedule.window
        result = Part({}, {}, {}, {}, {name: part.weights() for name, part in self.learning.items()})
        for name, monitor in self.monitors.items():
            counts = np.array(monitor.count[:]) - self.before.get(name, 0)
            cells = self.groups[name].variables
            result.learned[name] = {
                variable: np.array(cells[variable].get_value()).reshape(self.copies, sizes[name])
                for variable in learned_of(self.job).get(name, ())
            }
            result.rates[name] = counts.reshape(self.copies, sizes[name]) / window
            if "spikes" in self.job.record:
                copy, unit = np.divmod(np.array(monitor.i[:], dtype=np.int64), sizes[name])
                times = np.array(monitor.t_[:])
                order = np.lexsort((unit, times, copy))
                result.spikes[name] = Spikes(times[order], unit[order], self.trials[copy[order]])
            if name in self.traces:
                shape = (-1, self.copies, sizes[name])
                trace = self.traces[name]
                values = {v: np.array(getattr(trace, f"{v}_")).T.reshape(shape) for v in trace.record_variables}
                result.traces[name] = Traces(np.array(trace.t_[:]), values)
        return result


class _Teacher(Teacher):
    """One network for a sequence of presentations: its state at the start is kept, and comes back before each."""

    def __init__(self, target: str, job: Job, changing: Collection[str]) -> None:
        self.b, self.target = load_brian2(), target
        with _untouched(self.b, target):
            one = dataclasses.replace(job, stimulus=None if job.stimulus is None else job.stimulus.select([0]))
            self.chunk = _Chunk(self.b, one, np.arange(1), one.input_spikes(), changing)
            self.chunk.network.store("start")

    def present(self, job: Job, weights: Mapping[str, Array], bias: Mapping[str, Array]) -> Recording:
        with _untouched(self.b, self.target):
            self.b.seed(int(sequence(job.seed, "noise", 0).generate_state(1)[0]))
            self.chunk.start_again(job, weights, bias)
            part = self.chunk.run(job.progress)
        return assemble(job, [part], {"target": self.target, "chunks": 1, "brian2": self.b.__version__})

"""Spiking rung: Brian2, the reference for anything that spikes. The only module that imports Brian2.

The trials of a run are copies of the circuit in one Brian2 network, in chunks that keep the memory bounded. Every
object has a fixed name, every equation an explicit namespace, and Brian2's preferences, signal handlers and NumPy's
global random state are left as they were found.
"""

import contextlib
import functools
import signal
import sys
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.cells.base import Level, SpikingCell
from neurosim.circuit import Projection
from neurosim.engines.base import Engine, Job, drive_of_all, mean_drive, refuse_projection, trace_bytes
from neurosim.engines.brian_device import built, has_compiler, refuse_standalone, standalone, untouched
from neurosim.engines.brian_text import (
    arriving,
    delay_steps,
    entries,
    input_equations,
    is_split,
    jumps,
    synaptic_constants,
    synaptic_variable,
)
from neurosim.kernels import UniformLateral
from neurosim.params import Array, param
from neurosim.randomness import sequence
from neurosim.recording import Recording, Spikes, Traces
from neurosim.spiketrains import Integers, SpikeTrains

_BYTES_PER_SYNAPSE = 25
_BYTES_WHILE_CONNECTING = 70
"""For each synapse of the projection that is being connected (both measured with one to three projections)."""
_BYTES_PER_UNIT = 400
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
        if job.circuit.plastic:
            return "the brian engine runs trials independently and the circuit learns; use circuit.frozen()"
        return refuse_standalone(job) if self.target == "standalone" else None

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
        with untouched(brian2, target):
            for number, trials in enumerate(chunks):
                # The seed belongs to the first trial of the chunk, never to who computes it.
                noise = sequence(job.seed, "noise", int(trials[0])).generate_state(1)[0]
                brian2.seed(int(noise))

                def report(done: float, number: int = number) -> None:
                    job.progress((number + done) / len(chunks))

                apart = target == "standalone"
                with standalone(brian2) if apart else contextlib.nullcontext():
                    part = _Chunk(brian2, job, trials, {n: s.select(trials) for n, s in inputs.items()}, apart)
                    parts.append(part.build() if apart else part.run(report))
        job.progress(1.0)
        return _assemble(job, parts, {"target": target, "chunks": len(chunks), "brian2": brian2.__version__})

    def _choose_target(self, job: Job) -> str:
        if self.target != "auto":
            return self.target
        units = sum(int(p.size) for p in job.circuit.populations) * job.trials
        # Measured with NumPy code: 0.25 ms of overhead and 30 ns per unit and step.
        seconds = job.schedule.steps * (2.5e-4 + 30e-9 * units)
        if seconds > _SLOW and refuse_standalone(job) is None:
            return "standalone"
        # Numbers of spikes are handed over in Python whatever the target: there Cython gained nothing.
        return "cython" if seconds > _SLOWER and has_compiler() and not job.counted_input else "numpy"


def _synapses_per_trial(job: Job) -> list[int]:
    """Number of synapses of every projection that has synapse objects."""
    numbers = []
    for p in job.circuit.projections:
        if p.pre in job.circuit.is_input and (not job.spiking_input or job.counted_input):
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


class _Chunk:
    """One Brian2 network: copies of the circuit for some of the trials. Unit u of copy c has index c * size + u."""

    def __init__(self, brian2: Any, job: Job, trials: Integers, inputs: Mapping[str, SpikeTrains], apart: bool) -> None:
        self.b, self.job, self.trials = brian2, job, trials
        self.copies = len(trials)
        self.apart = apart
        self.units = {"1": 1, "s": brian2.second, "Hz": brian2.hertz, "1/s": brian2.hertz, "V": brian2.volt,
                      "V/s": brian2.volt / brian2.second, "A": brian2.amp, "F": brian2.farad, "S": brian2.siemens,
                      "F/m^2": brian2.farad / brian2.meter**2, "S/m^2": brian2.siemens / brian2.meter**2,
                      "A/m^2": brian2.amp / brian2.meter**2}  # fmt: skip
        self.clock = brian2.Clock(dt=job.schedule.dt * brian2.second, name="clock")
        self.network = brian2.Network(name="network")
        self.groups: dict[str, Any] = {}
        self.monitors: dict[str, Any] = {}
        self.traces: dict[str, Any] = {}
        self.before: dict[str, Any] = {}
        for name, trains in inputs.items():
            self.groups[name] = self._generator(name, trains)
        for population in job.circuit.populations:
            self._population(population.name, int(population.size))
        self.counts = job.input_counts(trials)
        for p in job.circuit.projections:
            if p.pre in self.counts:
                self._arrivals(p)
            elif p.pre in self.groups:
                self._synapses(p)
        self._count_from_settle()
        self._movie()

    def _generator(self, name: str, trains: SpikeTrains) -> Any:
        indices = trains.trials * trains.n_units + trains.units
        order = np.argsort(trains.steps * (self.copies * trains.n_units) + indices, kind="stable")
        group = self.b.SpikeGeneratorGroup(
            self.copies * trains.n_units, indices[order], trains.times[order] * self.b.second,
            clock=self.clock, sorted=True, name=f"input_{name}",
        )  # fmt: skip
        self.network.add(group)
        return group

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
        self._set_current(name, self._constant_inputs())
        # A program of its own cannot look at the counts when the settling time ends, so it keeps the times.
        spikes = "spikes" in self.job.record or (self.apart and self.job.schedule.settle > 0)
        monitor = self.b.SpikeMonitor(group, record=spikes, name=f"spikes_{name}")
        self.monitors[name] = monitor
        self.network.add(group, monitor)
        variables = sorted((self.job.record - {"spikes"}) & set(group.variables))
        if variables:
            self.traces[name] = self.b.StateMonitor(
                group, variables, record=True, clock=self.clock, name=f"trace_{name}"
            )
            self.network.add(self.traces[name])

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
        values = jumps(weights, p, cell)
        synapses = self.b.Synapses(
            self.groups[p.pre], self.groups[p.post], f"w : {dimension} (constant)", on_pre=f"{target}_post += w",
            delay=p.delay * self.b.second, clock=self.clock, namespace={}, name=f"synapses_{p.name}",
        )  # fmt: skip
        synapses.connect(i=(pre + offset * sizes[p.pre]).ravel(), j=(post + offset * sizes[p.post]).ravel())
        synapses.w = np.tile(values, self.copies) * unit
        self.network.add(synapses)

    def _arrivals(self, p: Projection) -> None:
        """Numbers of spikes in place of spikes: the same place in the step, the same gate, no synapse objects."""
        counts, lag = self.counts[p.pre], delay_steps(p, self.job.schedule.dt)
        matrix = arriving(p, self.job)
        variable = self.groups[p.post].variables[synaptic_variable(self.job, p) if p.tau > 0 else "v"]
        gate = variable.conditional_write

        def arrive() -> None:
            step = int(self.clock.variables["timestep"].get_value().item()) - lag
            if step < 0:
                return
            total = (matrix @ counts.at(step).T).T.ravel()
            target = variable.get_value()
            np.add(target, total, out=target, where=True if gate is None else gate.get_value())

        # Name and order that Brian2 gives to the arrival of a projection's spikes: both kinds take their turn by name.
        name = f"synapses_{p.name}_pre"
        self.network.add(self.b.NetworkOperation(arrive, clock=self.clock, when="synapses", order=-1, name=name))

    def _count_from_settle(self) -> None:
        """Remember the spike counts at the end of the settling time."""
        settle = self.job.schedule.settle
        if not settle or self.apart:
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

    def run(self, report: Any) -> "_Result":
        def progress(elapsed: Any, completed: float, start: Any, duration: Any) -> None:
            report(float(completed))

        self.network.run(
            self.job.schedule.duration * self.b.second, report=progress, report_period=0.2 * self.b.second, namespace={}
        )
        return self._collect()

    def build(self) -> "_Result":
        """The same as a program of its own."""
        self.network.run(self.job.schedule.duration * self.b.second, namespace={})
        with built(self.b):
            return self._collect()

    def _collect(self) -> "_Result":
        sizes, window = self.job.circuit.sizes, self.job.schedule.window
        result = _Result({}, {}, {})
        for name, monitor in self.monitors.items():
            counts = self._counts(name)
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

    def _counts(self, name: str) -> Integers:
        """Spikes of every unit in the counting window."""
        monitor, settle = self.monitors[name], self.job.schedule.settle
        if not (self.apart and settle):
            counted: Integers = np.array(monitor.count[:], dtype=np.int64)
            return counted - self.before[name].astype(np.int64) if settle else counted
        late = np.array(monitor.t_[:]) > settle - self.job.schedule.dt / 2
        units: Integers = np.array(monitor.i[:], dtype=np.int64)[late]
        return np.bincount(units, minlength=len(self.groups[name]))


@dataclass(frozen=True, eq=False)
class _Result:
    rates: dict[str, Array]
    spikes: dict[str, Spikes]
    traces: dict[str, Traces]


def _assemble(job: Job, parts: list[_Result], extra: Mapping[str, Any]) -> Recording:
    names = [p.name for p in job.circuit.populations]
    rates = {name: np.concatenate([part.rates[name] for part in parts]) for name in names}
    spikes, traces = {}, {}
    for name in names:
        if "spikes" in job.record:
            pieces = [part.spikes[name] for part in parts]
            fields = ("times", "units", "trials")
            spikes[name] = Spikes(*(np.concatenate([getattr(piece, field) for piece in pieces]) for field in fields))
        if all(name in part.traces for part in parts):
            runs = [part.traces[name] for part in parts]
            values = {v: np.concatenate([run.values[v] for run in runs], axis=1) for v in runs[0].values}
            traces[name] = Traces(runs[0].times, values)
    drive = drive_of_all(job.circuit, {**job.input_rates(), **rates})
    weights = {p.name: p.weights for p in job.circuit.projections}
    done = np.ones(job.trials, dtype=bool)
    return Recording("spiking", rates, drive, weights, done, spikes, traces, extra)

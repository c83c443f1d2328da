"""One Brian2 network: what the `brian` engine makes of a circuit, its cells and some of the trials."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from neurosim.activations.base import Activation
from neurosim.cells.base import SpikingCell
from neurosim.circuits.circuit import Projection
from neurosim.circuits.delays import is_matrix, parts
from neurosim.engines.apart import apart_populations
from neurosim.engines.base import (
    Job,
    learned_of,
)
from neurosim.engines.brian.device import built, listing
from neurosim.engines.brian.learning import LearningSynapses
from neurosim.engines.brian.methods import kept
from neurosim.engines.brian.recording import Part
from neurosim.engines.brian.state import failed, go_on, on_their_way, state_of, watch
from neurosim.engines.brian.text import BRIAN_UNITS, PERIOD, entries, input_equations, input_terms, unit_constants
from neurosim.engines.equal_constants import shares_of, with_shares
from neurosim.engines.spiking_state import LAST_SPIKE
from neurosim.engines.steady_input import Segment, segments, still_input
from neurosim.engines.synapses import (
    arriving,
    delay_steps,
    is_split,
    jumps,
    remainders,
    synaptic_constants,
    synaptic_variable,
)
from neurosim.failures import Failure
from neurosim.params import Array
from neurosim.per_unit import is_array
from neurosim.plasticity.base import SpikeRule
from neurosim.recording import Spikes
from neurosim.stimuli.spiketrains import Integers, SpikeTrains


class Chunk:
    """One Brian2 network: copies of the circuit for some of the trials. Unit u of copy c has index c * size + u."""

    def __init__(
        self,
        brian2: Any,
        job: Job,
        trials: Integers,
        inputs: Mapping[str, SpikeTrains],
        *,
        apart: bool = False,
        changing: Collection[str] = (),
        still: Mapping[str, Array] | None = None,
    ) -> None:
        self.b, self.job, self.trials = brian2, job, trials
        self.copies = len(trials)
        self.apart = apart
        self.keeps_spikes = "spikes" in job.record or bool(apart_populations(job))
        self.units = {"1": 1, "s": brian2.second, "Hz": brian2.hertz, "1/s": brian2.hertz, "V": brian2.volt,
                      "V/s": brian2.volt / brian2.second, "A": brian2.amp, "F": brian2.farad, "S": brian2.siemens,
                      "F/m^2": brian2.farad / brian2.meter**2, "S/m^2": brian2.siemens / brian2.meter**2,
                      "A/m^2": brian2.amp / brian2.meter**2}  # fmt: skip
        self.clock = brian2.Clock(dt=job.schedule.dt * brian2.second, name="clock")
        self.network = brian2.Network(name="network")
        self.groups: dict[str, Any] = {}
        self.monitors: dict[str, Any] = {}
        self.traces: dict[tuple[str, str], Any] = {}
        self.before: dict[str, Any] = {}
        self.learning: dict[str, LearningSynapses] = {}
        self.bias: Mapping[str, Array] = {}
        self.late: list[tuple[Any, Projection]] = []
        """Pathways on which spikes are under way for some steps."""
        self.failures: list[Failure] = []
        self.flight: dict[str, list[tuple[int, Any]]] = {}
        self.network.t_ = job.start * job.schedule.dt
        self.still = still_input(job) if still is None else still
        self._begin()
        for name, trains in inputs.items():
            self.groups[name] = self._generator(name, trains)
        for population in job.circuit.populations:
            self._population(population.name, int(population.size))
        self.counts = job.input_counts(trials)
        for p in job.circuit.projections:
            if p.pre in self.counts:
                self._arrivals(p)
            elif p.pre in self.groups and (isinstance(p.rule, SpikeRule) or p.name in changing):
                part = LearningSynapses(brian2, job, p, self.groups, self.clock)
                self.learning[p.name] = part
                self.network.add(*part.objects)
                self.late += [(pathway, p) for pathway in part.pathways]
            elif p.pre in self.groups:
                self._synapses(p)
        self._count_from_settle()
        self._follow_input()
        watch(self)
        if job.resumed is not None:
            go_on(self, job.resumed, inputs)
        for name, competition in job.competition.items():
            self._compete(name, competition)

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
        own = unit_constants(cell)
        taus = synaptic_constants(self.job, name)
        decaying = {key.removeprefix("tau_"): (tau, 1.0) for key, tau in taus.items()} | cell.decaying
        shares = shares_of(decaying, cell, self.job.schedule.dt)
        own |= {f"share_{variable}": (value, "1") for variable, value in shares.items() if is_array(value)}
        namespace = {k: v * self.units[unit] for k, (v, unit) in cell.constants.items() if k not in own}
        namespace |= {key: tau * self.b.second for key, tau in taus.items()}
        namespace |= {f"share_{variable}": value for variable, value in shares.items() if not is_array(value)}
        refractory: Any = cell.refractory * self.b.second if np.any(cell.refractory) else False
        if PERIOD in own:
            refractory = PERIOD
        declared = [f"{key} : {BRIAN_UNITS[unit]} (constant)" for key, (_, unit) in own.items()]
        group = self.b.NeuronGroup(
            self.copies * size,
            "\n".join([cell.equations, input_equations(self.job, name), *declared]),
            threshold=cell.threshold, reset=cell.reset or None, refractory=refractory,
            method=with_shares(kept(self.b, "euler" if cell.noisy else cell.method), shares),
            namespace=namespace, clock=self.clock, name=f"cells_{name}",
        )  # fmt: skip
        for variable, value in [(key, value) for key, (value, _) in own.items()] + list(cell.initial.items()):
            group.variables[variable].set_value(np.tile(np.broadcast_to(value, (size,)), self.copies))
        if PERIOD in own and not np.all(cell.refractory):
            # A unit without refractoriness takes what arrives in the step of its spike; Brian2 asks all of them alike.
            group.run_regularly(
                f"not_refractory = not_refractory or {PERIOD} <= 0*second", when="after_thresholds", name=f"free_{name}"
            )
        for variable, values in self.job.initial.get(name, {}).items():
            known_as = "lastspike" if variable == LAST_SPIKE else variable
            group.variables[known_as].set_value(values[self.trials].ravel())
        self.groups[name] = group
        self._set_learned(name)
        self._set_input(name, self.now)
        # A program of its own cannot look at the counts when the settling time ends, so it keeps the times.
        late = self.job.memory_steps > 0
        spikes = self.keeps_spikes or (self.apart and (self.job.schedule.settle > 0 or late))
        monitor = self.b.SpikeMonitor(group, record=spikes, name=f"spikes_{name}")
        self.monitors[name] = monitor
        self.network.add(group, monitor)
        for variable in sorted(set(self.job.record.variables) & set(group.variables)):
            self._trace(name, size, variable)

    def _trace(self, name: str, size: int, variable: str) -> None:
        """Record a variable over time: of some units of every copy, in some steps."""
        one = self.job.record[variable]
        if name not in one.units:
            return
        units = np.arange(size)[one.picked(name)]
        clock = self.clock
        if one.every > 1:
            dt = one.every * self.job.schedule.dt * self.b.second
            clock = self.b.Clock(dt=dt, name=f"clock_{name}_{variable}")
        monitor = self.b.StateMonitor(
            self.groups[name], variable, record=(units + np.arange(self.copies)[:, None] * size).ravel(), clock=clock,
            name=f"trace_{name}_{variable}",
        )  # fmt: skip
        self.traces[name, variable] = monitor
        self.network.add(monitor)

    def _set_learned(self, name: str) -> None:
        for variable, values in self.job.learned.get(name, {}).items():
            self.groups[name].variables[variable].set_value(np.tile(values, self.copies))

    def _begin(self) -> None:
        """The first segment of the steady input."""
        self.segments = segments(self.job, self.still)
        self.now = next(self.segments)
        self.next = next(self.segments, None)
        while self.next is not None and self.next.step <= self.job.start:
            self.now, self.next = self.next, next(self.segments, None)

    def _set_input(self, name: str, segment: Segment) -> None:
        """The steady current of a population in a segment, and what it adds to the synaptic variables."""
        self._set_current(name, segment.applied)
        if segment.step < self.job.start:
            return  # what it added was added then
        for (population, variable), change in remainders(self.job, segment).items():
            if population == name:
                values = self.groups[name].variables[variable]
                before = 0.0 if segment.step == 0 and not self.job.initial else values.get_value()
                values.set_value(before + change[self.trials].ravel())

    def _set_current(self, name: str, applied: Mapping[str, Array]) -> None:
        """The steady current of a population, given what inputs contribute by projection in all trials of the job."""
        circuit, variables = self.job.circuit, self.groups[name].variables
        rows = {p: applied[p.name][self.trials] for p in circuit.onto(name) if p.name in applied}
        bias = self.bias.get(name, circuit.population(name).bias)
        drive = np.broadcast_to(bias, (self.copies, len(bias))).copy()
        if is_split(self.job, name):
            for variable, sign in (("I_exc", 1), ("I_inh", -1)):
                steady = sum((sign * part for p, part in rows.items() if p.sign == sign), np.zeros_like(drive))
                variables[variable].set_value(steady.ravel())
            rows = {}
        for part in rows.values():
            drive += part
        variables["I"].set_value(drive.ravel())

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
        target = self._fed(p)
        values = jumps(weights, p, cell, post)
        delay = None if is_matrix(p.delay) else p.delay * self.b.second
        synapses = self.b.Synapses(
            self.groups[p.pre], self.groups[p.post], f"w : {dimension} (constant)", on_pre=f"{target}_post += w",
            delay=delay, clock=self.clock, namespace={}, name=f"synapses_{p.name}",
        )  # fmt: skip
        with listing(self.b):
            synapses.connect(i=(pre + offset * sizes[p.pre]).ravel(), j=(post + offset * sizes[p.post]).ravel())
        synapses.w = np.tile(values, self.copies) * unit
        if is_matrix(p.delay):
            each = p.delay[post, pre] if isinstance(p.delay, np.ndarray) else np.asarray(p.delay[post, pre]).ravel()
            synapses.pre.delay = np.tile(each, self.copies) * self.b.second
        self.network.add(synapses)
        self.late.append((synapses.pre, p))

    def _fed(self, p: Projection) -> str:
        """The variable that a projection feeds."""
        cell = self.job.cells[p.post]
        assert isinstance(cell, SpikingCell)
        return synaptic_variable(self.job, p) if p.tau > 0 else cell.hears

    def _arrivals(self, p: Projection) -> None:
        """Numbers of spikes in place of spikes: the same place in the step, the same gate, no synapse objects."""
        counts, dt = self.counts[p.pre], self.job.schedule.dt
        matrices = [(delay_steps(part, dt), arriving(part, self.job)) for part in parts(p, dt)]
        variable = self.groups[p.post].variables[self._fed(p)]
        gate = variable.conditional_write

        def arrive() -> None:
            now = self._step()
            for lag, matrix in matrices:
                if now < lag:
                    continue
                total = (matrix @ counts.at(now - lag).T).T.ravel()
                target = variable.get_value()
                np.add(target, total, out=target, where=True if gate is None else gate.get_value())

        # Name and order that Brian2 gives to the arrival of a projection's spikes: both kinds take their turn by name.
        name = f"synapses_{p.name}_pre"
        self.network.add(self.b.NetworkOperation(arrive, clock=self.clock, when="synapses", order=-1, name=name))

    def _count_from_settle(self) -> None:
        """Remember the spike counts at the end of the settling time."""
        if not self.job.schedule.settle or self.apart:
            return
        settle = self.job.window[0]

        def remember() -> None:
            if abs(self.time() - settle) < self.job.schedule.dt / 2:
                self.before = {name: np.array(monitor.count[:]) for name, monitor in self.monitors.items()}

        clock = self.b.Clock(dt=settle * self.b.second, name="settle_clock")
        self.network.add(self.b.NetworkOperation(remember, clock=clock, when="start", name="settle"))

    def _step(self) -> int:
        return int(self.clock.variables["timestep"].get_value().item())

    def time(self) -> float:
        """Where its clock stands, in s."""
        return float(self.clock.variables["t"].get_value().item())

    def _follow_input(self) -> None:
        """Frames and the ends of delays, each at the beginning of its step."""
        if self.next is None:
            return

        def show() -> None:
            if self.next is not None and self._step() == self.next.step:
                for population in self.job.circuit.populations:
                    self._set_input(population.name, self.next)
                self.next = next(self.segments, None)

        self.network.add(self.b.NetworkOperation(show, clock=self.clock, when="start", order=-2, name="steady_input"))

    def _compete(self, name: str, competition: Activation) -> None:
        """Drives of a step from what was received by its start: after a movie's frame, before they are recorded."""
        variables = self.groups[name].variables
        terms = input_terms(self.job, name)

        def compete() -> None:
            received = np.sum([variables[term].get_value() for term in terms], axis=0)
            variables["drive"].set_value(competition(received.reshape(self.copies, -1)).ravel())

        self.network.add(
            self.b.NetworkOperation(compete, clock=self.clock, when="start", order=-1, name=f"competition_{name}")
        )

    def start_again(self, job: Job, weights: Mapping[str, Array], bias: Mapping[str, Array]) -> None:
        """The same network at its beginning, with another stimulus, other weights and what the cells have learned."""
        self.network.restore("start")
        self.job, self.before, self.bias = job, {}, bias
        self.failures, self.flight = [], {}
        self.still = still_input(job)
        self._begin()
        for name, trains in job.input_spikes().items():
            self.groups[name].set_spikes(*self._in_order(trains), sorted=True)
        for population in job.circuit.populations:
            self._set_learned(population.name)
            self._set_input(population.name, self.now)
        for name, part in self.learning.items():
            part.set(weights[name])

    def run(self, report: Any) -> Part:
        """Run it in this process; `report` is called with the completed fraction."""

        def progress(elapsed: Any, completed: float, start: Any, duration: Any) -> None:
            report(float(completed))

        self.network.run(
            self.job.schedule.duration * self.b.second, report=progress, report_period=0.2 * self.b.second, namespace={}
        )
        return self._collect()

    def build(self) -> Part:
        """The same as a program of its own."""
        self.network.run(self.job.schedule.duration * self.b.second, namespace={})
        with built(self.b):
            return self._collect()

    def _collect(self) -> Part:
        sizes, window = self.job.circuit.sizes, self.job.schedule.window
        result = Part({}, {}, {}, {}, {name: part.weights() for name, part in self.learning.items()})
        result.failures.extend([*self.failures, *failed(self, self.job.end)])
        result.synapses.update({name: part.state() for name, part in self.learning.items()})
        for name, monitor in self.monitors.items():
            counts = self._counts(name)
            cells = self.groups[name].variables
            result.learned[name] = {
                variable: np.array(cells[variable].get_value()).reshape(self.copies, sizes[name])
                for variable in learned_of(self.job).get(name, ())
            }
            result.state[name] = state_of(self, name)
            if any(p.pre == name for _, p in self.late):
                result.flight[name] = on_their_way(self, name)
            result.rates[name] = counts.reshape(self.copies, sizes[name]) / window
            if self.keeps_spikes:
                copy, unit = np.divmod(np.array(monitor.i[:], dtype=np.int64), sizes[name])
                times = np.array(monitor.t_[:])
                order = np.lexsort((unit, times, copy))
                result.spikes[name] = Spikes(times[order], unit[order], self.trials[copy[order]])
            result.values[name] = self._over_time(name)
        return result

    def _over_time(self, name: str) -> dict[str, Array]:
        """A population's variables, each (steps, copies, units)."""
        found = {}
        for (population, variable), monitor in self.traces.items():
            if population == name:
                values = np.array(getattr(monitor, f"{variable}_"))
                found[variable] = values.T.reshape(values.shape[1], self.copies, -1)
        return found

    def _counts(self, name: str) -> Integers:
        """Spikes of every unit in the counting window."""
        monitor, settle = self.monitors[name], self.job.schedule.settle
        if not (self.apart and settle):
            counted: Integers = np.array(monitor.count[:], dtype=np.int64)
            return counted - self.before[name].astype(np.int64) if settle else counted
        late = np.array(monitor.t_[:]) > self.job.window[0] - self.job.schedule.dt / 2
        units: Integers = np.array(monitor.i[:], dtype=np.int64)[late]
        return np.bincount(units, minlength=len(self.groups[name]))

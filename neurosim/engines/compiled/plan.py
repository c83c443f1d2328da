"""From a checked job to the flat arrays that the compiled engine runs on; the constants are NumPy's, as in Brian2.

Brian2 evaluates the constant parts of its generated code with NumPy, whose exp differs from the C library's in the
last bit. So they are computed here, in the order of operations that Brian2's code has, and handed to the machine code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.cells.adaptive_lif import AdaptiveLIF
from neurosim.cells.base import SpikingCell
from neurosim.cells.homeostatic_lif import HomeostaticLIF
from neurosim.cells.perfect_if import PerfectIF
from neurosim.cells.timed_if import TimedIF
from neurosim.circuits.circuit import Projection
from neurosim.circuits.delays import parts
from neurosim.circuits.kernels import UniformLateral
from neurosim.engines.base import Job
from neurosim.engines.compiled.counts import columns
from neurosim.engines.compiled.machine_code.columns import Const, Form, Law, Path, Pop
from neurosim.engines.equal_constants import share
from neurosim.engines.steady_input import change_steps, segments
from neurosim.engines.synapses import delay_steps, remainders, synaptic_constants, synaptic_variable
from neurosim.params import Array
from neurosim.per_unit import is_array
from neurosim.stimuli.spiketrains import SpikeTrains

Table: TypeAlias = npt.NDArray[Any]
"""Numbers of one kind: whole, or of the run's precision."""

_NEVER = 1e4
"""Seconds before the start at which Brian2 has every unit spike for the last time."""

_LINE = 64
"""Bytes that a processor's cache loads together."""

_LONGEST = 2**30
"""Steps of refractoriness that a 32-bit counter of steps can hold."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Tables of a circuit; the columns are those of `machine_code.stepping`."""

    pops: Table
    consts: Table
    where: Table
    """Beginning of every variable in the state."""
    factors: Table
    """Share of every variable in the new v, and its decay."""
    paths: Table
    weights: Table
    pointers: Table
    targets: Table
    own: tuple[Table, Table, Table]
    """Of units with constants of their own: constants (Const, units), shares and decays of their variables (2,
    variables), steps of refractoriness (units,). Without columns where no population has such units."""
    rest: Table
    """Step from which a unit that never spiked is free."""
    spots: dict[tuple[str, str], slice]
    """Where the variables of the populations lie in the state."""
    offsets: dict[str, slice]
    units: int
    variables: int
    ring: int
    flags: int

    @property
    def places(self) -> dict[str, dict[str, int]]:
        """Where every variable of every population begins in the state, by its name in Brian2's equations."""
        return {n: {v: spot.start for (m, v), spot in self.spots.items() if m == n} for n in self.offsets}


def steps_of(seconds: Any, dt: float) -> Any:
    """Whole steps of a refractory period, as Brian2 counts them."""
    return np.minimum((seconds + 1e-3 * dt) / dt, _LONGEST).astype(np.int64)


def active(job: Job) -> list[Projection]:
    """Projections that carry spikes, or their parts of one delay, in the order in which Brian2 serves them."""
    carrying = [p for p in job.circuit.projections if p.pre not in job.steady_inputs]
    carrying = sorted(carrying, key=lambda p: f"synapses_{p.name}_pre")
    return [part for p in carrying for part in parts(p, job.schedule.dt)]


class _Owned:
    """What may be a unit's own, population by population."""

    def __init__(self) -> None:
        self.constants: list[Table] = []
        self.factors: list[Table] = [np.zeros((2, 0))]
        self.periods: list[Table] = []

    def tables(self, needed: bool, dtype: Any) -> tuple[Table, Table, Table]:
        if not needed:
            return np.zeros((len(Const), 0), dtype), np.zeros((2, 0), dtype), np.zeros(0, np.int32)
        constants, factors = (np.concatenate(part, axis=1).astype(dtype) for part in (self.constants, self.factors))
        return constants, factors, np.concatenate(self.periods).astype(np.int32)


def make_plan(job: Job, dtype: Any) -> Plan:
    """The tables of a job that the engine has accepted."""
    dt = job.schedule.dt
    sizes, offsets, start = job.circuit.sizes, {}, 0
    number = {p.name: k for k, p in enumerate(job.circuit.populations)}
    pops = np.zeros((len(number), len(Pop)), dtype=np.int64)
    consts = np.zeros((len(number), len(Const)))
    where: list[int] = []
    factors: list[tuple[float, float]] = []
    place: dict[tuple[str, str], int] = {}
    spots: dict[tuple[str, str], slice] = {}
    rest, owned = [], _Owned()
    variables = ring = flags = 0
    for name, k in number.items():
        cell, n = job.cells[name], sizes[name]
        assert isinstance(cell, SpikingCell)
        offsets[name] = slice(start, start + n)
        first = len(where)
        for variable, factor in _variables(job, name, cell, dt).items():
            place[name, variable] = len(where)
            spots[name, variable] = slice(variables, variables + n)
            where.append(variables)
            factors.append((float(np.ravel(factor[0])[0]), float(np.ravel(factor[1])[0])))
            owned.factors.append(np.stack([np.broadcast_to(part, (n,)) for part in factor]))
            variables += n
        slots = 1 + max((delay_steps(p, dt) for p in active(job) if p.pre == name), default=0)
        refractory = steps_of(cell.refractory, dt)
        row = {
            Pop.OFFSET: start, Pop.SIZE: n, Pop.LAW: _law(cell), Pop.ADAPTS: isinstance(cell, AdaptiveLIF),
            # A unit that has just spiked takes no input even if its refractoriness is shorter than a step.
            Pop.REFRACTORY: int(np.max(np.where(cell.refractory, np.maximum(refractory, 1), 0))),
            Pop.SUBTRACTS: isinstance(cell, PerfectIF) and cell.reset_mode == "subtract",
            Pop.FIRST: first, Pop.LAST: len(where), Pop.SLOTS: slots, Pop.RING: ring, Pop.FLAGS: flags,
            Pop.OWN: cell.units is not None,
        }  # fmt: skip
        if isinstance(cell, TimedIF):
            row |= {Pop.OPENS: round(cell.opens / dt), Pop.CLOSES: round(cell.closes / dt)}
        pops[k, list(row)] = list(row.values())
        constants = [np.broadcast_to(value, (n,)) for value in _constants(cell, dt)]
        consts[k] = [value[0] for value in constants]
        owned.constants.append(np.stack(constants))
        owned.periods.append(np.broadcast_to(np.where(cell.refractory, np.maximum(refractory, 1), 0), (n,)))
        rest.append(np.full(n, np.maximum(refractory - _NEVER / dt, -(2.0**31) + 1)))
        start, ring, flags = start + n, ring + slots * n, flags + (n + 7) // 8 * 8
    paths, weights, pointers, targets = _paths(job, number, place, dtype)
    own = owned.tables(bool(pops[:, Pop.OWN].any()), dtype)
    return Plan(
        pops, consts.astype(dtype), np.array(where, dtype=np.int64), np.array(factors, dtype=dtype).reshape(-1, 2),
        paths, weights, pointers, targets, own, np.concatenate(rest).astype(np.int32),
        spots, offsets, start, variables, ring, flags,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class SteadyTables:
    """Bias and steady input of every unit; the trials have one row where nothing comes from outside."""

    current: Table
    """(segments, trials or 1, units)"""
    steps: Table
    """Step at which each segment begins."""
    jumps: Table
    """What the variables gain there, (segments, trials or 1, variables); empty where no synapse filters an input."""

    @property
    def tables(self) -> tuple[Table, Table, Table]:
        """In the order in which the machine code takes them."""
        return self.current, self.steps, self.jumps


def steady_tables(
    job: Job, plan: Plan, dtype: Any, still: Mapping[str, Array], biases: Mapping[str, Array]
) -> SteadyTables:  # fmt: skip
    """What does not spike, segment by segment.

    Args:
        job: the run.
        plan: its tables.
        dtype: precision of the run.
        still: what inputs that do not change contribute, by projection.
        biases: of populations whose bias is not the circuit's.
    """
    steps = np.array(change_steps(job), dtype=np.int64)
    rows = job.trials if job.steady_inputs else 1
    filtered = any(p.pre in job.steady_inputs and p.tau > 0 for p in job.circuit.projections)
    current: Table = np.empty((len(steps), rows, plan.units))
    jumps: Table = np.zeros((len(steps), rows, plan.variables) if filtered else (0, 0, 0))
    for k, segment in enumerate(segments(job, still)):
        for population in job.circuit.populations:
            total = current[k, :, plan.offsets[population.name]]
            total[:] = biases.get(population.name, population.bias)
            for p in job.circuit.onto(population.name):
                if p.name in segment.applied:
                    total += segment.applied[p.name]
        for key, change in remainders(job, segment).items():
            jumps[k, :, plan.spots[key]] = change
    return SteadyTables(current.astype(dtype, copy=False), steps, jumps.astype(dtype, copy=False))


def _law(cell: SpikingCell) -> int:
    if cell.noisy:
        return Law.EULER
    if isinstance(cell, TimedIF):
        return Law.TIMED
    return Law.RK2 if isinstance(cell, PerfectIF) else Law.EXACT


def _variables(job: Job, name: str, cell: SpikingCell, dt: float) -> dict[str, tuple[Any, Any]]:
    """Share and decay of the adaptation, if any, and of the synaptic variables, in the order of Brian2's sum."""
    exact = not cell.noisy and not isinstance(cell, PerfectIF)
    result = {}
    if isinstance(cell, AdaptiveLIF):
        tau = cell.tau_a
        result["a"] = (share(tau, cell, dt, adaptation=True), np.exp(-dt / tau))
    if cell.hears != "v":
        result[cell.hears] = (0.0, 0.0)
    for key, tau in synaptic_constants(job, name).items():
        variable = key.removeprefix("tau_")
        result[variable] = (share(tau, cell, dt), np.exp(-dt / tau)) if exact else (0.0, -dt / tau)
    return result


def _constants(cell: SpikingCell, dt: float) -> list[Any]:
    """Numbers, or one per unit."""
    tau_m = cell.time_constant
    step = dt / tau_m if cell.units is None else tau_m
    rate = {0: np.exp(-dt / tau_m), 1: step, 2: 1.0 / tau_m, 3: step}[_law(cell)]
    one = (cell.window - 0.5 * dt) / cell.tau_c if isinstance(cell, TimedIF) else 1.0
    noise = getattr(cell, "sigma_stat", 0.0) * np.sqrt(2.0 / tau_m)
    fall, rise = 1.0, 0.0
    if isinstance(cell, HomeostaticLIF):
        fall, rise = np.exp(-dt / cell.tau_theta), cell.theta_plus
    reset, jump = getattr(cell, "v_reset", 0.0), getattr(cell, "jump", 0.0)
    return [rate, reset, jump, noise, dt, dt**0.5, one, 0.5, fall, rise]


def _paths(
    job: Job, number: dict[str, int], place: dict[tuple[str, str], int], dtype: Any
) -> tuple[Table, Table, Table, Table]:
    """Table of projections, and all weights, row pointers and targets one behind the other."""
    inputs = {p.name: k for k, p in enumerate(job.circuit.inputs)}
    first_column = columns(job)
    stored = [_stored(p, p.name in first_column, _impulse(p, job)) for p in active(job)]
    rows, begins = [], np.zeros(3, dtype=np.int64)
    for p, piece in zip(active(job), stored, strict=True):
        variable = place.get((p.post, _fed(p, job)), -1)
        row = {
            Path.FROM_INPUT: p.pre in inputs, Path.SOURCE: inputs.get(p.pre, number.get(p.pre, 0)),
            Path.POST: number[p.post], Path.VARIABLE: variable, Path.DELAY: delay_steps(p, job.schedule.dt),
            Path.FORM: piece.form, Path.WEIGHTS: begins[0], Path.POINTERS: begins[1], Path.ENTRIES: begins[2],
        }  # fmt: skip
        if piece.form == Form.COUNTED:
            row[Path.WEIGHTS] = first_column[p.name]
        rows.append([row[column] for column in Path])
        begins += [piece.values.size, piece.pointers.size, piece.targets.size]
        _scale(piece, p, _impulse(p, job))
    table = np.array(rows, dtype=np.int64).reshape(-1, len(Path))
    narrow = max(job.circuit.sizes.values()) <= 2**16
    return (
        table, _joined([piece.values.ravel() for piece in stored], dtype),
        _joined([piece.pointers for piece in stored], np.int64),
        _joined([piece.targets for piece in stored], np.uint16 if narrow else np.uint32),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Stored:
    """Magnitudes by source, row pointers and targets."""

    form: int
    values: Table
    pointers: Table
    targets: Table


def _fed(p: Projection, job: Job) -> str:
    """The variable that a projection feeds; v has no place among them."""
    cell = job.cells[p.post]
    assert isinstance(cell, SpikingCell)
    return synaptic_variable(job, p) if p.tau > 0 else cell.hears


def _impulse(p: Projection, job: Job) -> Any:
    """Jump of v by an instantaneous synapse of weight 1; 1 where the synapse is none."""
    cell = job.cells[p.post]
    assert isinstance(cell, SpikingCell)
    return 1.0 if p.tau > 0 else cell.impulse


def _stored(p: Projection, counted: bool, impulse: Any) -> _Stored:
    """As it is given; where the effect differs between targets, with one number per synapse."""
    nothing = np.zeros(0, dtype=np.int64)
    if counted:
        return _Stored(Form.COUNTED, np.zeros(0), nothing, nothing)
    if isinstance(p.weights, UniformLateral) and not is_array(impulse):
        return _Stored(Form.UNIFORM, np.array([p.weights.value]), nothing, nothing)
    if isinstance(p.weights, np.ndarray | UniformLateral):
        dense = p.dense()
        values = aligned(dense.size, np.float64).reshape(dense.T.shape)
        values[:] = dense.T
        return _Stored(Form.DENSE, values, nothing, nothing)
    from neurosim.engines.compiled.machine_code.arrange import by_source, count_targets

    given = p.weights
    post, pre = given.shape
    pointers, firsts = np.zeros(pre + 1, dtype=np.int64), np.zeros(pre)
    even = count_targets(given.data, given.indices, pointers, firsts) and not is_array(impulse)
    # Half of the bytes that a synapse costs are its target's number: the narrower, the more stay in the cache.
    targets = np.empty(given.nnz, dtype=np.uint16 if post <= 2**16 else np.uint32)
    values = np.empty(0 if even else given.nnz)
    by_source(given.data, given.indices, given.indptr, pointers, targets, values)
    return _Stored(Form.EVEN if even else Form.SPARSE, firsts if even else values, pointers, targets)


def _scale(parts: _Stored, p: Projection, impulse: Any) -> None:
    """Makes of weights what one spike adds, computed as for Brian2: sign, weight, then the synapse."""
    values = parts.values
    np.multiply(p.factor, values, out=values)
    if p.tau > 0:
        np.divide(values, p.tau, out=values)
    elif values.size:
        listed = is_array(impulse) and parts.form == Form.SPARSE
        np.multiply(values, impulse[parts.targets] if listed else impulse, out=values)


def aligned(size: int, dtype: Any) -> Table:
    """Zeros that begin where a line of the cache does: rows that share lines take half as long again to add."""
    kind = np.dtype(dtype)
    room = np.zeros(size * kind.itemsize + _LINE, dtype=np.uint8)
    begin = -room.ctypes.data % _LINE
    result: Table = room[begin : begin + size * kind.itemsize].view(kind)
    return result


def _joined(parts: list[Table], dtype: Any) -> Table:
    """One behind the other; a single part stays where it is."""
    parts = [part for part in parts if part.size]
    if len(parts) == 1:
        return np.ascontiguousarray(parts[0], dtype=dtype)
    result = aligned(sum(part.size for part in parts), dtype)
    np.concatenate([result[:0], *parts], out=result, casting="same_kind")
    return result


def input_tables(trains: dict[str, SpikeTrains], job: Job) -> tuple[Table, Table, Table]:
    """Bounds (inputs, trials + 1), steps and units of all input spikes, sorted by input, trial, step and unit."""
    bounds = np.zeros((max(1, len(job.circuit.inputs)), job.trials + 1), dtype=np.int64)
    steps, units, begin = [], [], 0
    for k, source in enumerate(job.circuit.inputs):
        if source.name not in trains:
            continue
        train = trains[source.name]
        bounds[k] = begin + np.searchsorted(train.trials, np.arange(job.trials + 1))
        steps.append(train.steps)
        units.append(train.units)
        begin += len(train)
    return bounds, _joined(steps, np.int32), _joined(units, np.int32)

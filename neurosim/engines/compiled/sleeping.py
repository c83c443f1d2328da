"""Who may sleep in a run of the compiled engine, and the tables for it; the bound is in `machine_code.sleeping`."""

from typing import Any

import numpy as np

from neurosim.cells.adaptive_lif import AdaptiveLIF
from neurosim.cells.lif import LIF
from neurosim.engines.base import Job
from neurosim.engines.compiled.machine_code.columns import Const, Form, Law, Nap, Path, Pop
from neurosim.engines.compiled.plan import Plan, Table, aligned
from neurosim.engines.steady_input import change_steps
from neurosim.params import Array

SMALLEST = 1000
"""Units of a population below which a step of all in a row costs less than to ask who has to be stepped."""

FEW = 16
"""All units are stepped in a row until no more than one in so many has to be."""

WORTH = 1.0
"""Work of a step above which that is quicker: per unit, where 1 is a step of a unit in a row."""

_WINDOW = 64
"""Steps over which work is summed."""

_SLOWEST = 1e-5
"""Fraction of v that a step must forget: the margin of the bound rests on it."""


def sleepers(job: Job, plan: Plan, dtype: Any) -> Table:
    """Whether cells of each population may sleep.

    They may where a bound on v is known and the next input is a spike at known targets: LIF and AdaptiveLIF cells
    without noise, sparse projections, a steady drive that does not change. Whoever records a variable over time has
    every step made, and in single precision rounding is larger than the margin.
    """
    pops, nobody = plan.pops, np.zeros(0, dtype=bool)
    if dtype != np.float64 or job.record.variables or len(change_steps(job)) > 1 or not len(plan.paths):
        return nobody
    result = np.zeros(len(pops), dtype=bool)
    for k, name in enumerate(plan.offsets):
        forms = set(plan.paths[plan.paths[:, Path.POST] == k, Path.FORM].tolist())
        result[k] = (
            type(job.cells[name]) in (LIF, AdaptiveLIF)
            and pops[k, Pop.LAW] == Law.EXACT
            and pops[k, Pop.SIZE] >= SMALLEST
            and forms <= {Form.SPARSE, Form.EVEN}
            and bool(np.all(1.0 - _of_units(plan, k, Const.RATE) >= _SLOWEST))
        )
    return result if result.any() else nobody


def _of_units(plan: Plan, k: int, column: int) -> Any:
    """A constant of a population's units: one number, or one each."""
    if plan.pops[k, Pop.OWN]:
        begin, size = plan.pops[k, [Pop.OFFSET, Pop.SIZE]].tolist()
        return plan.own[0][column, begin : begin + size]
    return plan.consts[k, column]


def peak(rate: Any, share: Any, decay: Any) -> Array:
    """Largest |K(x)| over real x >= 0, with the sign of `share`.

    Equation
        K(x) = share (decay^x - rate^x)/(decay - rate) = share rate^(x-1) expm1(u x)/expm1(u), u = ln(decay/rate),
        largest at x = ln(ln(rate)/ln(decay))/u; where rate and decay are equal share x rate^(x-1), at -1/ln(rate)
    """
    rate, decay = np.asarray(rate, dtype=float), np.asarray(decay, dtype=float)
    alpha, delta = -np.log(rate), -np.log(decay)
    u = alpha - delta
    apart = np.where(u == 0.0, 1.0, u)
    x = np.where(u == 0.0, 1.0 / delta, np.log1p(apart / delta) / apart)
    ratio = np.where(u == 0.0, x, np.expm1(apart * x) / np.expm1(apart))
    result: Array = share * np.exp(-alpha * (x - 1.0)) * ratio
    return result


def sleep_tables(plan: Plan, may: Table, dtype: Any) -> tuple[Any, ...]:
    """What the machine code changes and reads to let cells sleep; without rows where none may."""
    units = plan.units if len(may) else 0
    variables = plan.variables if len(may) else 0
    naps = np.zeros((len(may), len(Nap)), dtype=np.int64)
    few = plan.pops.copy()
    few[:, Pop.OFFSET] = 0
    most, peaks = 0, np.zeros(len(plan.where), dtype=dtype)
    own_peaks = np.zeros(variables if plan.own[0].shape[1] else 0, dtype=dtype)
    side = np.zeros(len(plan.where), dtype=np.int64)
    for k in np.flatnonzero(may).tolist():
        first, last, size = plan.pops[k, [Pop.FIRST, Pop.LAST, Pop.SIZE]].tolist()
        most = max(most, size)
        naps[k, [Nap.MAY, Nap.MOST, Nap.LIMIT]] = 1, size // FEW, int(WORTH * _WINDOW * size)
        rate = _of_units(plan, k, Const.RATE)
        for q in range(first, last):
            if plan.pops[k, Pop.OWN]:
                mine = slice(plan.where[q], plan.where[q] + size)
                own_peaks[mine] = peak(rate, plan.own[1][0, mine], plan.own[1][1, mine])
            else:
                peaks[q] = peak(rate, plan.factors[q, 0], plan.factors[q, 1])
    room = most * max((int(p[Pop.LAST] - p[Pop.FIRST]) for p in plan.pops), default=0) if len(may) else 0
    for p in plan.pops:
        side[p[Pop.FIRST] : p[Pop.LAST]] = most * np.arange(p[Pop.LAST] - p[Pop.FIRST])
    owned = most if plan.own[0].shape[1] else 0
    apart = (
        aligned(most, dtype), aligned(room, dtype), aligned(most, dtype), aligned(most, np.int32), side,
        (np.zeros((len(Const), owned), dtype), np.zeros((2, room if owned else 0), dtype), np.zeros(0, np.int32)),
    )  # fmt: skip
    lists = (np.zeros(units, np.int32) for _ in range(3))
    return (naps, *lists, peaks, own_peaks, few, apart)

"""Steps of units that have constants of their own: the arithmetic of Brian2's code for constants that are arrays."""

from typing import Any

from numba import njit, uint8

from neurosim.engines.compiled.machine_code.columns import Const, Law, Pop

_jit = njit(nogil=True, error_model="numpy", _nrt=False)

OFFSET, SIZE, LAW = (int(k) for k in list(Pop)[:3])
FIRST, LAST = int(Pop.FIRST), int(Pop.LAST)
RATE, NOISE, DT, ROOT = int(Const.RATE), int(Const.NOISE), int(Const.DT), int(Const.ROOT)
ONE, HALF = int(Const.ONE), int(Const.HALF)
EXACT, RK2, EULER = (int(k) for k in list(Law)[:3])


@_jit
def _exact_own(v: Any, total: Any, current: Any, ready: Any, flags: Any, t: Any, rate: Any, one: Any) -> None:
    for i in range(len(v)):
        new = (total[i] + rate[i] * v[i]) - rate[i] * current[i]
        free = t >= ready[i]
        new = new if free else v[i]
        v[i] = new
        flags[i] = uint8(free & (new > one))


@_jit
def _sum_own(total: Any, before: Any, s: Any, share: Any, decay: Any) -> None:
    for i in range(len(total)):
        total[i] = before[i] + share[i] * s[i]
        s[i] = decay[i] * s[i]


@_jit
def _rk2_own(v: Any, total: Any, ready: Any, flags: Any, t: Any, dt: Any, tau: Any, one: Any) -> None:
    for i in range(len(v)):
        free = t >= ready[i]
        new = (dt * total[i]) / tau[i] + v[i]
        new = new if free else v[i]
        v[i] = new
        flags[i] = uint8(free & (new > one))


@_jit
def _euler_own(
    v: Any, total: Any, xi: Any, ready: Any, flags: Any, t: Any, c: Any, rate: Any, noise: Any
) -> None:  # fmt: skip
    dt, root, one = c[DT], c[ROOT], c[ONE]
    for i in range(len(v)):
        free = t >= ready[i]
        new = (dt * (total[i] - rate[i] * v[i]) + noise[i] * (root * xi[i])) + v[i]
        new = new if free else v[i]
        v[i] = new
        flags[i] = uint8(free & (new > one))


@_jit
def _update_own(
    p: Any, c: Any, t: Any, v: Any, s: Any, where: Any, factors: Any, own: Any, current: Any, xi: Any, ready: Any,
    flags: Any, total: Any,
) -> None:  # fmt: skip
    """`_update` of a population whose units have constants of their own: (constants, shares and decays, periods)."""
    n, a = p[SIZE], p[OFFSET]
    rate = own[0][RATE, a : a + n]
    sums = total[:n]
    for i in range(n):
        sums[i] = rate[i] * current[i] if p[LAW] == EULER else current[i]
    for q in range(p[FIRST], p[LAST]):
        part = s[where[q] : where[q] + n]
        if p[LAW] == EXACT:
            _sum_own(sums, sums, part, own[1][0, where[q] : where[q] + n], own[1][1, where[q] : where[q] + n])
        elif p[LAW] == RK2:
            for i in range(n):
                sums[i] = sums[i] + c[HALF] * (factors[q, 1] * part[i])
        else:
            for i in range(n):
                sums[i] = sums[i] + rate[i] * part[i]
                part[i] = factors[q, 1] * part[i] + part[i]
    if p[LAW] == EXACT:
        _exact_own(v, sums, current, ready, flags, t, rate, c[ONE])
    elif p[LAW] == RK2:
        for q in range(p[FIRST], p[LAST]):
            part = s[where[q] : where[q] + n]
            for i in range(n):
                sums[i] = sums[i] + part[i]
                part[i] = factors[q, 1] * (c[HALF] * (factors[q, 1] * part[i]) + part[i]) + part[i]
        _rk2_own(v, sums, ready, flags, t, c[DT], rate, c[ONE])
    else:
        _euler_own(v, sums, xi, ready, flags, t, c, rate, own[0][NOISE, a : a + n])


@_jit
def _keep_all(v: Any, kept: Any) -> None:
    for i in range(len(v)):
        kept[i] = v[i]


@_jit
def _restore_late(v: Any, kept: Any, ready: Any, t: Any) -> None:
    """What `_restore` does where units are refractory for periods of their own, so that no queue has them in order."""
    for i in range(len(v)):
        v[i] = kept[i] if ready[i] > t else v[i]

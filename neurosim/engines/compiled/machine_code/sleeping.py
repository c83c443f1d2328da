"""Cells that sleep: those that cannot spike before their next input are stepped when it arrives, in one leap.

Equation
    steps of a free cell with bias b, A = exp(-dt/tau_m), a variable s_q that decays by d_q, and its share c_q:
    v(n+1) = b + A (v(n) - b) + sum_q c_q s_q(n),  s_q(n+1) = d_q s_q(n); so after n steps without input
    v(n) = A^n v + (1 - A^n) b + sum_q K_q(n) s_q,  K_q(n) = c_q sum_{j<n} d_q^j A^(n-1-j)
The bound
    The first two terms are a mean of v and b with weights A^n and 1 - A^n, hence at most max(v, b). K_q(n) has the sign
    of c_q for every n, and its magnitude is at most the peak h_q of c_q (d_q^x - A^x)/(d_q - A) over real x >= 0. So
        v(n) <= max(v, b) + sum_q max(0, sign(c_q) h_q s_q)   for all n >= 0,
    and a cell for which that is below 1 does not spike, since a spike needs v > 1. A drive above 1 keeps it awake.
    Rounding: |v|, |b| and |h_q s_q| never exceed M = |v| + |b| + sum_q |h_q s_q| while it sleeps (|c_q| = |K_q(1)| <=
    h_q); a step rounds at most 8 times by 1.2e-16 M, and A damps what was rounded before, so stepped values are off by
    at most 1e-15 M/(1 - A), below 1e-10 M for dt/tau_m >= 1e-5; others never sleep. The margin is ten times as large.
A leap
    K(n + m) = A^m K(n) + d^n K(m): of n steps in log2(n) doublings, sums of terms of one sign, without a division.
    It rounds otherwise than n steps do, so v and s differ in the last bits, and spikes do not.
"""

from typing import Any

from numba import njit

from neurosim.engines.compiled.machine_code.columns import Const, Nap, Path, Pop

_jit = njit(nogil=True, error_model="numpy", _nrt=False)
_inline = njit(nogil=True, error_model="numpy", inline="always", _nrt=False)

OFFSET, SIZE, FIRST, LAST, OWN = int(Pop.OFFSET), int(Pop.SIZE), int(Pop.FIRST), int(Pop.LAST), int(Pop.OWN)
RATE, ONE = int(Const.RATE), int(Const.ONE)
POINTERS, ENTRIES = int(Path.POINTERS), int(Path.ENTRIES)
MAY, NAPPING, AWAKE, TOUCHED, WORK, NEXT, WAIT, MOST, LIMIT, SLEPT = (int(k) for k in Nap)
MARGIN = 1e-9
_NOW = 2**31 - 1
"""The step up to which a cell that is awake counts as stepped: later than any."""
WINDOW = 64
"""Steps after which somebody asks whether sleeping pays."""
_LONGEST_WAIT = 8192
_DOZE = 8
"""Cells fall asleep in the steps whose number is a multiple of this."""
_STEP, _LEAP = 8, 24
"""Work of a step of a cell that is awake, and of an input to one that sleeps; 1 where all are stepped in a row."""


@_jit
def calm(p: Any, c: Any, i: Any, v: Any, s: Any, where: Any, drive: Any, peaks: Any, own_peaks: Any) -> Any:
    """Whether unit i of a population cannot spike before its next input; `v` and `drive` are the population's."""
    top, size = max(v[i], drive[i]), abs(v[i]) + abs(drive[i])
    for q in range(p[FIRST], p[LAST]):
        push = (own_peaks[where[q] + i] if p[OWN] else peaks[q]) * s[where[q] + i]
        top += max(push, 0.0)
        size += abs(push)
    return top + MARGIN * (1.0 + size) < c[ONE]


@_jit
def leap(p: Any, c: Any, i: Any, n: Any, v: Any, s: Any, where: Any, drive: Any, factors: Any, own: Any) -> None:
    """n steps of unit i, without input and without a spike."""
    rate = own[0][RATE, p[OFFSET] + i] if p[OWN] else c[RATE]
    away, gain, fall, known = v[i] - drive[i], 0.0, 1.0, False
    for q in range(p[FIRST], p[LAST]):
        k = where[q] + i
        if s[k] != 0.0:
            share, decay = (own[1][0, k], own[1][1, k]) if p[OWN] else (factors[q, 0], factors[q, 1])
            a, kernel, faded, left = rate, 0.0, 1.0, n
            fall, known = 1.0, True
            while left:
                if left & 1:
                    kernel = a * kernel + share * faded
                    fall, faded = fall * a, faded * decay
                share, a, decay = share * (decay + a), a * a, decay * decay
                left >>= 1
            gain, s[k] = gain + kernel * s[k], faded * s[k]
    if away != 0.0 and not known:
        a, left = rate, n
        while left:
            if left & 1:
                fall = fall * a
            a, left = a * a, left >> 1
    v[i] = (drive[i] + fall * away) + gain


@_inline
def may_sleep(k: Any, sleep: Any) -> Any:
    """Whether units of population k may sleep; `sleep` are the tables of `compiled.sleeping`."""
    return len(sleep[0]) > 0 and sleep[0][k, MAY] > 0


@_inline
def naps(k: Any, sleep: Any) -> Any:
    """Whether only those units of population k are stepped that are awake."""
    return len(sleep[0]) > 0 and sleep[0][k, NAPPING] > 0


@_inline
def awake_of(k: Any, p: Any, sleep: Any) -> Any:
    """The units of population k that are awake, where others sleep."""
    count = sleep[0][k, AWAKE] if len(sleep[0]) else 0
    return sleep[2][p[OFFSET] : p[OFFSET] + count] if count else sleep[2][:0]


@_jit
def rouse(
    k: Any, p: Any, c: Any, path: Any, t: Any, units: Any, pointers: Any, targets: Any, v: Any, s: Any, where: Any,
    drive: Any, factors: Any, own: Any, sleep: Any,
) -> None:  # fmt: skip
    """Brings the sleeping targets of these units up to step t, and lists them: they are about to get input."""
    a, b = p[OFFSET], p[OFFSET] + p[SIZE]
    nap, since, touched = sleep[0][k], sleep[1][a:b], sleep[3][a:b]
    begins, every = pointers[path[POINTERS] :], targets[path[ENTRIES] :]
    count = nap[TOUCHED]
    for unit in units:
        for i in every[begins[unit] : begins[unit + 1]]:
            if since[i] < t:
                leap(p, c, i, t - since[i], v[a:b], s, where, drive[a:b], factors, own)
                since[i] = t
                touched[count] = i
                count += 1
    nap[TOUCHED] = count


@_jit
def catch_up(
    p: Any, c: Any, t: Any, v: Any, s: Any, where: Any, drive: Any, factors: Any, own: Any, since: Any
) -> None:  # fmt: skip
    """Brings all units of a population up to step t."""
    for i in range(p[SIZE]):
        if since[i] < t:
            leap(p, c, i, t - since[i], v, s, where, drive, factors, own)
            since[i] = t


@_jit
def _lie_down(
    p: Any, c: Any, t: Any, v: Any, s: Any, where: Any, drive: Any, ready: Any, peaks: Any, own_peaks: Any,
    since: Any, awake: Any, most: Any,
) -> Any:  # fmt: skip
    """Lists the units that have to stay awake after step t, and their number; -1 if there are more than `most`."""
    count = 0
    for i in range(p[SIZE]):
        since[i] = t
        if ready[i] > t + 1 or not calm(p, c, i, v, s, where, drive, peaks, own_peaks):
            if count == most:
                return -1
            since[i] = _NOW
            awake[count] = i
            count += 1
    return count


@_jit
def _doze(
    p: Any, c: Any, t: Any, v: Any, s: Any, where: Any, drive: Any, ready: Any, peaks: Any, own_peaks: Any,
    since: Any, awake: Any, count: Any,
) -> Any:  # fmt: skip
    """Puts the units to sleep that may; a refractory one stays awake until it is free. The number of those left."""
    left = 0
    for k in range(count):
        i = awake[k]
        if ready[i] <= t + 1 and calm(p, c, i, v, s, where, drive, peaks, own_peaks):
            since[i] = t
        else:
            awake[left] = i
            left += 1
    return left


@_jit
def _wake(
    p: Any, c: Any, v: Any, s: Any, where: Any, drive: Any, peaks: Any, own_peaks: Any, since: Any, awake: Any,
    count: Any, touched: Any,
) -> Any:  # fmt: skip
    """Wakes those of the units that got input that may spike now; the number of those that are awake."""
    for i in touched:
        if not calm(p, c, i, v, s, where, drive, peaks, own_peaks):
            since[i] = _NOW
            awake[count] = i
            count += 1
    return count


@_jit
def gather(
    k_pop: Any, p: Any, awake: Any, v: Any, s: Any, drive: Any, ready: Any, where: Any, own: Any, sleep: Any
) -> None:  # fmt: skip
    """Copies the units that are awake side by side, as a population of their own."""
    v2, s2, drive2, ready2, where2, own2 = sleep[7]
    for k in range(len(awake)):
        i = awake[k]
        v2[k], drive2[k], ready2[k] = v[i], drive[i], ready[i]
    for q in range(p[FIRST], p[LAST]):
        for k in range(len(awake)):
            s2[where2[q] + k] = s[where[q] + awake[k]]
    if p[OWN]:
        for k in range(len(awake)):
            own2[0][RATE, k] = own[0][RATE, p[OFFSET] + awake[k]]
        for q in range(p[FIRST], p[LAST]):
            for k in range(len(awake)):
                own2[1][0, where2[q] + k] = own[1][0, where[q] + awake[k]]
                own2[1][1, where2[q] + k] = own[1][1, where[q] + awake[k]]
    sleep[6][k_pop, SIZE] = len(awake)


@_jit
def scatter(p: Any, awake: Any, v: Any, s: Any, where: Any, sleep: Any) -> None:
    """Copies the state of the units that are awake back to its place."""
    v2, s2, where2 = sleep[7][0], sleep[7][1], sleep[7][4]
    for k in range(len(awake)):
        v[awake[k]] = v2[k]
    for q in range(p[FIRST], p[LAST]):
        for k in range(len(awake)):
            s[where[q] + awake[k]] = s2[where2[q] + k]


@_jit
def in_order(units: Any, awake: Any) -> None:
    """Replaces places in a list by the units that stand there, and sorts them (by Shell's method: they are few)."""
    n = len(units)
    for k in range(n):
        units[k] = awake[units[k]]
    gap = n // 2
    while gap:
        for k in range(gap, n):
            unit, at = units[k], k
            while at >= gap and units[at - gap] > unit:
                units[at] = units[at - gap]
                at -= gap
            units[at] = unit
        gap //= 2


@_jit
def keep_few(v: Any, kept: Any, awake: Any) -> None:
    """Keeps the potentials of the units that are awake, all refractory ones among them."""
    for i in awake:
        kept[i] = v[i]


@_jit
def restore_few(v: Any, kept: Any, ready: Any, t: Any, awake: Any) -> None:
    for i in awake:
        v[i] = kept[i] if ready[i] > t else v[i]


@_inline
def start_awake(sleep: Any, start: Any) -> None:
    """All are awake at the beginning of a trial."""
    for k in range(len(sleep[0])):
        nap = sleep[0][k]
        nap[NAPPING] = nap[AWAKE] = nap[TOUCHED] = nap[WORK] = 0
        nap[NEXT], nap[WAIT] = start, WINDOW


@_inline
def catch_up_all(
    pops: Any, consts: Any, t: Any, v: Any, s: Any, where: Any, drive: Any, factors: Any, own: Any, sleep: Any
) -> None:  # fmt: skip
    """Brings everybody up to step t, the last one."""
    for k in range(len(sleep[0])):
        if sleep[0][k, NAPPING]:
            a, b = pops[k, OFFSET], pops[k, OFFSET] + pops[k, SIZE]
            catch_up(pops[k], consts[k], t, v[a:b], s, where, drive[a:b], factors, own, sleep[1][a:b])


@_jit
def settle(
    k: Any, p: Any, c: Any, t: Any, every_v: Any, s: Any, where: Any, every_drive: Any, every_ready: Any,
    factors: Any, own: Any, sleep: Any,
) -> None:  # fmt: skip
    """Who of population k sleeps after step t, and whether anybody does.

    Work is counted, not measured, so that a run takes the same way every time.
    """
    a, b = p[OFFSET], p[OFFSET] + p[SIZE]
    v, drive, ready, nap = every_v[a:b], every_drive[a:b], every_ready[a:b], sleep[0][k]
    since, awake, touched, peaks, own_peaks = sleep[1][a:b], sleep[2][a:b], sleep[3][a:b], sleep[4], sleep[5]
    if nap[NAPPING]:
        nap[SLEPT] += p[SIZE] - nap[AWAKE]
        nap[AWAKE] = _wake(
            p, c, v, s, where, drive, peaks, own_peaks, since, awake, nap[AWAKE], touched[: nap[TOUCHED]]
        )  # fmt: skip
        nap[WORK] += _STEP * nap[AWAKE] + _LEAP * nap[TOUCHED]
        nap[TOUCHED] = 0
        if nap[WORK] > nap[LIMIT]:
            catch_up(p, c, t, v, s, where, drive, factors, own, since)
            nap[NAPPING], nap[WAIT] = 0, min(2 * nap[WAIT], _LONGEST_WAIT)
            nap[NEXT] = t + nap[WAIT]
            return
        if t % _DOZE == 0:
            nap[AWAKE] = _doze(
                p, c, t, v, s, where, drive, ready, peaks, own_peaks, since, awake, nap[AWAKE]
            )  # fmt: skip
        if t >= nap[NEXT]:
            nap[WORK], nap[NEXT], nap[WAIT] = 0, t + WINDOW, WINDOW
    elif t >= nap[NEXT]:
        count = _lie_down(
            p, c, t, v, s, where, drive, ready, peaks, own_peaks, since, awake, nap[MOST]
        )  # fmt: skip
        if count < 0:
            nap[WAIT] = min(2 * nap[WAIT], _LONGEST_WAIT)
            nap[NEXT] = t + nap[WAIT]
        else:
            nap[NAPPING], nap[AWAKE], nap[WORK], nap[NEXT] = 1, count, 0, t + WINDOW

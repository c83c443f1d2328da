"""One pass through time for a batch of trials: update, threshold, synapses, reset, in Brian2's order and arithmetic.

Everything is in one file because Numba's cache does not notice a change in a function that another file defines. No
fastmath and no contraction: every sum keeps the order of its terms, and with it every bit.
"""

from enum import IntEnum
from typing import Any

from numba import njit, uint8

from neurosim.engines.compiled_kernels.cache import GuardedCache


class Pop(IntEnum):
    """Columns of the table of populations (whole numbers)."""

    OFFSET = 0
    SIZE = 1
    LAW = 2
    REFRACTORY = 3
    """Steps from a spike to the next step that integrates; 0: input reaches `v` at any time."""
    SUBTRACTS = 4
    ADAPTS = 5
    """Whether the first variable is an adaptation, which a spike raises."""
    FIRST = 6
    LAST = 7
    """Variables FIRST ... LAST - 1 belong to the population."""
    SLOTS = 8
    """Steps whose spikes are remembered."""
    RING = 9
    FLAGS = 10


class Law(IntEnum):
    """How a population is integrated."""

    EXACT = 0
    RK2 = 1
    EULER = 2


class Const(IntEnum):
    """Columns of the table of populations (real numbers)."""

    RATE = 0
    """exp(-dt/tau_m) (exact), dt/tau_m (rk2) or 1/tau_m (euler)."""
    RESET = 1
    JUMP = 2
    NOISE = 3
    DT = 4
    ROOT = 5
    """Square root of dt."""
    ONE = 6
    HALF = 7
    START = 8
    """v at the start of a trial."""


class Path(IntEnum):
    """Columns of the table of projections."""

    FROM_INPUT = 0
    SOURCE = 1
    POST = 2
    VARIABLE = 3
    """Variable that is fed; -1: the membrane itself."""
    DELAY = 4
    FORM = 5
    WEIGHTS = 6
    """Where the weights begin (dense, uniform) or the row pointers (sparse)."""
    ENTRIES = 7
    """Where the entries of a sparse matrix begin."""


class Form(IntEnum):
    """How weights are stored."""

    DENSE = 0
    SPARSE = 1
    UNIFORM = 2


_jit = njit(nogil=True, error_model="numpy")
_inline = njit(nogil=True, error_model="numpy", inline="always")

# Numba reads plain numbers from globals; an IntEnum member would be looked up at every use.
OFFSET, SIZE, LAW, REFRACTORY, SUBTRACTS, ADAPTS = (int(k) for k in list(Pop)[:6])
FIRST, LAST, SLOTS, RING, FLAGS = (int(k) for k in list(Pop)[6:])
RATE, RESET, JUMP, NOISE, DT, ROOT, ONE, HALF, START = (int(k) for k in Const)
FROM_INPUT, SOURCE, POST, VARIABLE, DELAY, FORM, WEIGHTS, ENTRIES = (int(k) for k in Path)
EXACT, RK2, EULER = (int(k) for k in Law)
DENSE, SPARSE, UNIFORM = (int(k) for k in Form)


@_jit
def _exact(v: Any, total: Any, current: Any, ready: Any, flags: Any, t: Any, rate: Any, one: Any) -> None:
    for i in range(len(v)):
        new = (total[i] + rate * v[i]) - rate * current[i]
        free = t >= ready[i]
        new = new if free else v[i]
        v[i] = new
        flags[i] = uint8(free & (new > one))


@_jit
def _exact_sum(total: Any, before: Any, s: Any, share: Any, decay: Any) -> None:
    for i in range(len(total)):
        total[i] = before[i] + share * s[i]
        s[i] = decay * s[i]


@_jit
def _rk2(v: Any, total: Any, ready: Any, flags: Any, t: Any, rate: Any, one: Any) -> None:
    for i in range(len(v)):
        free = t >= ready[i]
        new = rate * total[i] + v[i]
        new = new if free else v[i]
        v[i] = new
        flags[i] = uint8(free & (new > one))


@_inline
def _rk2_half(total: Any, before: Any, s: Any, decay: Any, half: Any) -> None:
    for i in range(len(total)):
        total[i] = before[i] + half * (decay * s[i])


@_inline
def _rk2_whole(total: Any, s: Any, decay: Any, half: Any) -> None:
    for i in range(len(total)):
        total[i] = total[i] + s[i]
        s[i] = decay * (half * (decay * s[i]) + s[i]) + s[i]


@_inline
def _euler_sum(total: Any, s: Any, rate: Any, decay: Any) -> None:
    for i in range(len(total)):
        total[i] = total[i] + rate * s[i]
        s[i] = decay * s[i] + s[i]


@_inline
def _euler(v: Any, total: Any, xi: Any, ready: Any, flags: Any, t: Any, c: Any) -> None:
    rate, noise, dt, root, one = c[RATE], c[NOISE], c[DT], c[ROOT], c[ONE]
    for i in range(len(v)):
        free = t >= ready[i]
        new = (dt * (total[i] - rate * v[i]) + noise * (root * xi[i])) + v[i]
        new = new if free else v[i]
        v[i] = new
        flags[i] = uint8(free & (new > one))


@_jit
def _update(
    p: Any, c: Any, t: Any, v: Any, s: Any, where: Any, factors: Any, current: Any, xi: Any, ready: Any, flags: Any,
    total: Any,
) -> None:  # fmt: skip
    """State update and threshold of one population; `factors` holds share and decay of every variable."""
    n, first, last, law = p[SIZE], p[FIRST], p[LAST], p[LAW]
    sums = total[:n]
    if law == EXACT:
        if first == last:
            sums = current
        for q in range(first, last):
            part = s[where[q] : where[q] + n]
            _exact_sum(sums, current if q == first else sums, part, factors[q, 0], factors[q, 1])
        _exact(v, sums, current, ready, flags, t, c[RATE], c[ONE])
    elif law == RK2:
        for i in range(n):
            sums[i] = current[i]
        for q in range(first, last):
            _rk2_half(sums, sums, s[where[q] : where[q] + n], factors[q, 1], c[HALF])
        for q in range(first, last):
            _rk2_whole(sums, s[where[q] : where[q] + n], factors[q, 1], c[HALF])
        _rk2(v, sums, ready, flags, t, c[RATE], c[ONE])
    else:
        for i in range(n):
            sums[i] = c[RATE] * current[i]
        for q in range(first, last):
            _euler_sum(sums, s[where[q] : where[q] + n], c[RATE], factors[q, 1])
        _euler(v, sums, xi, ready, flags, t, c)


@_jit
def _collect(words: Any, flags: Any, units: Any, n: Any) -> Any:
    """Numbers of the units whose flag is set, ascending; eight flags are looked at together."""
    found = 0
    for k in range(len(words)):
        if words[k]:
            for i in range(8 * k, 8 * k + 8):
                if i < n and flags[i]:
                    units[found] = i
                    found += 1
    return found


@_jit
def _add_rows(x: Any, weights: Any, begin: Any, units: Any) -> None:
    """One row per spike, one by one in the order of the units; four share the way to memory and back."""
    n, count = len(x), len(units)
    k = 0
    while k + 4 <= count:
        a = weights[begin + units[k] * n : begin + units[k] * n + n]
        b = weights[begin + units[k + 1] * n : begin + units[k + 1] * n + n]
        c = weights[begin + units[k + 2] * n : begin + units[k + 2] * n + n]
        d = weights[begin + units[k + 3] * n : begin + units[k + 3] * n + n]
        for i in range(n):
            x[i] = (((x[i] + a[i]) + b[i]) + c[i]) + d[i]
        k += 4
    while k < count:
        a = weights[begin + units[k] * n : begin + units[k] * n + n]
        for i in range(n):
            x[i] = x[i] + a[i]
        k += 1


@_jit
def _add_rows_free(x: Any, weights: Any, begin: Any, units: Any, ready: Any, t: Any) -> None:
    """The same for the membrane of cells that take no input while they are refractory."""
    n = len(x)
    for k in range(len(units)):
        row = weights[begin + units[k] * n : begin + units[k] * n + n]
        for i in range(n):
            x[i] = x[i] + row[i] if ready[i] <= t else x[i]


@_inline
def _add_sparse(
    x: Any, weights: Any, pointers: Any, targets: Any, row: Any, begin: Any, units: Any, ready: Any, t: Any, gated: Any
) -> None:
    for unit in units:
        for k in range(begin + pointers[row + unit], begin + pointers[row + unit + 1]):
            i = targets[k]
            if not gated or ready[i] <= t:
                x[i] = x[i] + weights[k]


@_jit
def _add_uniform(x: Any, w: Any, units: Any, ready: Any, t: Any, gated: Any, kept: Any) -> None:
    """The same weight from every spike to every unit but its own, added as often as Brian2 adds it."""
    count = len(units)
    for k in range(count):
        kept[k] = x[units[k]]
    for _ in range(count):
        if gated:
            for i in range(len(x)):
                x[i] = x[i] + w if ready[i] <= t else x[i]
        else:
            for i in range(len(x)):
                x[i] = x[i] + w
    for k in range(count):
        own = kept[k]
        if not gated or ready[units[k]] <= t:
            for _ in range(count - 1):
                own = own + w
        x[units[k]] = own


@_jit
def _deliver(
    path: Any, post: Any, units: Any, t: Any, v: Any, s: Any, where: Any, ready: Any, weights: Any, pointers: Any,
    targets: Any, kept: Any,
) -> None:  # fmt: skip
    """What the spikes of these units do to the target of a projection."""
    n, offset = post[SIZE], post[OFFSET]
    free = ready[offset : offset + n]
    onto_v = path[VARIABLE] < 0
    gated = onto_v and post[REFRACTORY] > 0
    begin = where[path[VARIABLE]] if not onto_v else offset
    x = v[begin : begin + n] if onto_v else s[begin : begin + n]
    if path[FORM] == DENSE:
        if gated:
            _add_rows_free(x, weights, path[WEIGHTS], units, free, t)
        else:
            _add_rows(x, weights, path[WEIGHTS], units)
    elif path[FORM] == SPARSE:
        _add_sparse(x, weights, pointers, targets, path[WEIGHTS], path[ENTRIES], units, free, t, gated)
    else:
        _add_uniform(x, weights[path[WEIGHTS]], units, free, t, gated, kept)


@_inline
def _reset(p: Any, c: Any, v: Any, s: Any, where: Any, units: Any) -> None:
    offset = p[OFFSET]
    for unit in units:
        if p[SUBTRACTS]:
            v[offset + unit] = v[offset + unit] - c[ONE]
        else:
            v[offset + unit] = c[RESET]
        if p[ADAPTS]:
            s[where[p[FIRST]] + unit] = s[where[p[FIRST]] + unit] + c[JUMP]


@_jit
def advance(
    span: Any, pops: Any, consts: Any, where: Any, factors: Any, paths: Any, weights: Any, pointers: Any, targets: Any,
    current: Any, bounds: Any, in_steps: Any, in_units: Any, xi: Any,
    v: Any, s: Any, ready: Any, rest: Any, ring: Any, held: Any, cursor: Any, flags: Any, words: Any, total: Any,
    counts: Any, trace: Any, out: Any,
) -> Any:  # fmt: skip
    """Trials span[0] ... span[1] - 1 from step span[2] (the first one; the others from 0) to span[3].

    span[4] is the number of steps that are not counted, span[5] that of a frame. The state may be of an earlier call.
    Returns the trial and the step at which it stopped because `out` was full, and the number of spikes in `out`.
    """
    written = 0
    for trial in range(span[0], span[1]):
        start = span[2] if trial == span[0] else 0
        if start == 0:
            for i in range(len(v)):
                v[i] = 0
                ready[i] = rest[i]
            for k in range(len(pops)):
                for i in range(pops[k, OFFSET], pops[k, OFFSET] + pops[k, SIZE]):
                    v[i] = consts[k, START]
            for i in range(len(s)):
                s[i] = 0
            for j in range(len(paths)):
                cursor[j] = bounds[paths[j, SOURCE], trial] if paths[j, FROM_INPUT] else 0
        for t in range(start, span[3]):
            if out.shape[1] and written + len(v) > out.shape[1]:
                return trial, t, written
            drive = current[t // span[5], trial if current.shape[1] > 1 else 0]
            if trace.shape[0]:
                row = trace[t, trial]
                for i in range(len(v)):
                    row[i] = v[i]
            for k in range(len(pops)):
                p, c = pops[k], consts[k]
                a, b, n = p[OFFSET], p[OFFSET] + p[SIZE], p[SIZE]
                mine = flags[p[FLAGS] : p[FLAGS] + n]
                noise = xi[t - span[2]] if p[LAW] == EULER else drive
                _update(p, c, t, v[a:b], s, where, factors, drive[a:b], noise[a:b], ready[a:b], mine, total)
                slot = t % p[SLOTS]
                units = ring[p[RING] + slot * n : p[RING] + slot * n + n]
                found = _collect(words[p[FLAGS] // 8 : (p[FLAGS] + n + 7) // 8], mine, units, n)
                held[k, slot] = found
                for unit in units[:found]:
                    if p[REFRACTORY]:
                        ready[a + unit] = t + p[REFRACTORY]
                    if t >= span[4]:
                        counts[trial, a + unit] += 1
                    if out.shape[1]:
                        out[0, written] = trial
                        out[1, written] = t
                        out[2, written] = a + unit
                        written += 1
            for j in range(len(paths)):
                path = paths[j]
                sent = t - path[DELAY]
                if path[FROM_INPUT]:
                    begin = cursor[j]
                    end = bounds[path[SOURCE], trial + 1]
                    stop = begin
                    while stop < end and in_steps[stop] == sent:
                        stop += 1
                    cursor[j] = stop
                    units = in_units[begin:stop]
                elif sent >= 0:
                    p = pops[path[SOURCE]]
                    slot = sent % p[SLOTS]
                    begin = p[RING] + slot * p[SIZE]
                    units = ring[begin : begin + held[path[SOURCE], slot]]
                else:
                    continue
                if len(units):
                    _deliver(path, pops[path[POST]], units, t, v, s, where, ready, weights, pointers, targets, total)
            for k in range(len(pops)):
                p = pops[k]
                slot = t % p[SLOTS]
                begin = p[RING] + slot * p[SIZE]
                _reset(p, consts[k], v, s, where, ring[begin : begin + held[k, slot]])
    return span[1], span[3], written


advance._cache = GuardedCache(advance.py_func)

"""One pass through time for a batch of trials: update, threshold, synapses, reset, in Brian2's order and arithmetic.

No fastmath and no contraction: every sum keeps the order of its terms, and with it every bit. The innermost loops are
functions of their own, because that is where the compiler makes vector code of them; what is between them is inlined.
"""

from typing import Any

from numba import int32, njit, uint8

from neurosim.engines.compiled.machine_code.cache import keep
from neurosim.engines.compiled.machine_code.columns import Const, Form, Law, Path, Pop
from neurosim.engines.compiled.machine_code.delivery import _deliver
from neurosim.engines.compiled.machine_code.own_constants import _update_own
from neurosim.engines.compiled.machine_code.refractory import _protect, _silence, _wipe
from neurosim.engines.compiled.machine_code.sleeping import (
    awake_of,
    catch_up_all,
    gather,
    in_order,
    keep_few,
    may_sleep,
    naps,
    restore_few,
    rouse,
    scatter,
    settle,
    start_awake,
)
from neurosim.engines.compiled.machine_code.timed import _timed
from neurosim.engines.compiled.machine_code.trials import _begin, _end, _show

_jit = njit(nogil=True, error_model="numpy", _nrt=False)
_inline = njit(nogil=True, error_model="numpy", inline="always", _nrt=False)

# Numba reads plain numbers from globals; an IntEnum member would be looked up at every use.
OFFSET, SIZE, LAW, REFRACTORY, SUBTRACTS, ADAPTS = (int(k) for k in list(Pop)[:6])
FIRST, LAST, SLOTS, RING, FLAGS, OWN, OPENS, CLOSES = (int(k) for k in list(Pop)[6:])
RATE, RESET, JUMP, NOISE, DT, ROOT, ONE, HALF, FALL, RISE = (int(k) for k in Const)
FROM_INPUT, SOURCE, POST, VARIABLE, DELAY, FORM, WEIGHTS, POINTERS, ENTRIES = (int(k) for k in Path)
EXACT, RK2, EULER, TIMED = (int(k) for k in Law)
DENSE, SPARSE, EVEN, UNIFORM, COUNTED = (int(k) for k in Form)


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


@_jit
def _rk2_free(v: Any, total: Any, flags: Any, rate: Any, one: Any) -> None:
    """Without refractoriness, which nobody then has to ask about."""
    for i in range(len(v)):
        new = rate * total[i] + v[i]
        v[i] = new
        flags[i] = uint8(new > one)


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


@_inline
def _exact_sums(p: Any, s: Any, where: Any, factors: Any, current: Any, total: Any) -> Any:
    """Drive of one population with what its variables add, which decay."""
    sums = current
    for q in range(p[FIRST], p[LAST]):
        _exact_sum(total[: p[SIZE]], sums, s[where[q] : where[q] + p[SIZE]], factors[q, 0], factors[q, 1])
        sums = total[: p[SIZE]]
    return sums


@_inline
def _update(
    p: Any, c: Any, t: Any, v: Any, s: Any, where: Any, factors: Any, own: Any, current: Any, xi: Any, ready: Any,
    flags: Any, total: Any,
) -> None:  # fmt: skip
    """State update and threshold of one population; `factors` holds share and decay of every variable."""
    n, first, last, law = p[SIZE], p[FIRST], p[LAST], p[LAW]
    sums = current if first == last and law != EULER else total[:n]
    if law == TIMED:
        heard = s[where[first] : where[first] + n]
        _timed(v, heard, current, flags, t, p[OPENS], p[CLOSES], c[RATE], c[ONE], c[HALF] + c[HALF])
    elif p[OWN]:
        _update_own(p, c, t, v, s, where, factors, own, current, xi, ready, flags, total)
    elif law == EXACT:
        _exact(v, _exact_sums(p, s, where, factors, current, total), current, ready, flags, t, c[RATE], c[ONE])
    elif law == RK2:
        for q in range(first, last):
            part = s[where[q] : where[q] + n]
            _rk2_half(sums, current if q == first else sums, part, factors[q, 1], c[HALF])
        for q in range(first, last):
            _rk2_whole(sums, s[where[q] : where[q] + n], factors[q, 1], c[HALF])
        if p[REFRACTORY]:
            _rk2(v, sums, ready, flags, t, c[RATE], c[ONE])
        else:
            _rk2_free(v, sums, flags, c[RATE], c[ONE])
    else:
        for i in range(n):
            sums[i] = c[RATE] * current[i]
        for q in range(first, last):
            _euler_sum(sums, s[where[q] : where[q] + n], c[RATE], factors[q, 1])
        _euler(v, sums, xi, ready, flags, t, c)


@_jit
def _collect(words: Any, flags: Any, units: Any) -> Any:
    """Numbers of the units whose flag is set, ascending; eight are passed over together, or none is asked."""
    found = 0
    for k in range(len(flags) // 8):
        if words[k]:
            for i in range(8 * k, 8 * k + 8):
                units[found] = i
                found += flags[i]
    for i in range(len(flags) // 8 * 8, len(flags)):
        units[found] = i
        found += flags[i]
    return found


@_inline
def _reset(p: Any, c: Any, own: Any, v: Any, s: Any, where: Any, units: Any) -> None:
    offset = p[OFFSET]
    for unit in units:
        if p[LAW] == TIMED:
            continue  # done in the update
        if p[SUBTRACTS]:
            v[offset + unit] = v[offset + unit] - c[ONE]
        else:
            v[offset + unit] = own[0][RESET, offset + unit] if p[OWN] else c[RESET]
        if p[ADAPTS]:
            jump = own[0][JUMP, offset + unit] if p[OWN] else c[JUMP]
            s[where[p[FIRST]] + unit] = s[where[p[FIRST]] + unit] + jump


@_inline
def _fired(p: Any, held: Any, ring: Any, t: Any) -> Any:
    """Units of a population that spiked in step t; `held` is the population's."""
    slot = t % p[SLOTS] if p[SLOTS] > 1 else 0
    begin = p[RING] + slot * p[SIZE]
    return ring[begin : begin + held[slot]]


@_inline
def _arriving(
    j: Any, path: Any, pops: Any, t: Any, end: Any, cursor: Any, in_steps: Any, in_units: Any, ring: Any, held: Any
) -> Any:
    """Units whose spikes reach the synapses of projection j in step t."""
    sent = t - path[DELAY]
    if path[FROM_INPUT]:
        begin = cursor[j]
        stop = begin
        while stop < end and in_steps[stop] == sent:
            stop += 1
        cursor[j] = stop
        return in_units[begin:stop]
    return _fired(pops[path[SOURCE]], held[path[SOURCE]], ring, sent)


@_inline
def _follow(changes: Any, jumps: Any, segment: Any, shown: Any, t: Any, s: Any) -> Any:
    """Number of the segment of the steady input to which a step belongs, at whose beginning the variables jump."""
    if changes[segment] > t:
        segment = 0
    while segment + 1 < len(changes) and changes[segment + 1] <= t:
        segment += 1
    if len(jumps) and changes[segment] == t:
        _jump(s, jumps[segment, shown])
    return segment


@_jit
def _jump(s: Any, jumps: Any) -> None:
    for i in range(len(s)):
        s[i] = s[i] + jumps[i]


@_inline
def _count(counts: Any, units: Any) -> None:
    for unit in units:
        counts[unit] += 1


@_inline
def _write(out: Any, written: Any, trial: Any, t: Any, offset: Any, units: Any) -> Any:
    for unit in units:
        out[0, written] = trial
        out[1, written] = t
        out[2, written] = offset + unit
        written += 1
    return written


@_inline
def _fire(
    k: Any, p: Any, c: Any, t: Any, v: Any, s: Any, where: Any, factors: Any, own: Any, drive: Any, noise: Any,
    ready: Any, flags: Any, words: Any, total: Any, sleep: Any, units: Any,
) -> Any:  # fmt: skip
    """Lists the units of population k that spike in step t; their number.

    All units in a row, or those that are awake side by side: the same step of one population or of another.
    """
    a, b = p[OFFSET], p[OFFSET] + p[SIZE]
    row, mv, ms, places, constants, md, mready = p, v[a:b], s, where, own, drive[a:b], ready[a:b]
    up = awake_of(k, p, sleep)
    napping = naps(k, sleep)
    if napping:
        gather(k, p, up, v[a:b], s, drive[a:b], ready[a:b], where, own, sleep)
        mv, ms, md, mready, places, constants = sleep[7]
        row, mv, md, mready = sleep[6][k], mv[: len(up)], md[: len(up)], mready[: len(up)]
    mine = flags[p[FLAGS] : p[FLAGS] + len(mv)]
    normal = noise[a:b] if p[LAW] == EULER else md
    # A step number as wide as those it is compared with: else each of them is widened first.
    _update(row, c, int32(t), mv, ms, places, factors, constants, md, normal, mready, mine, total)
    found = _collect(words[p[FLAGS] // 8 :], mine, units)
    if napping:
        scatter(p, up, v[a:b], s, where, sleep)
        in_order(units[:found], up)
    return found


@_inline
def _guard(k: Any, p: Any, silent: Any, queue: Any, v: Any, kept: Any, sleep: Any) -> None:
    """Keeps the potentials of the refractory units of population k, which are awake."""
    a, b = p[OFFSET], p[OFFSET] + p[SIZE]
    if p[OWN] and naps(k, sleep):
        keep_few(v[a:b], kept[a:b], awake_of(k, p, sleep))
    else:
        _protect(p, silent[a:b], queue[k], v[a:b], kept[a:b])


@_inline
def _unguard(k: Any, p: Any, silent: Any, queue: Any, v: Any, kept: Any, ready: Any, t: Any, sleep: Any) -> None:
    a, b = p[OFFSET], p[OFFSET] + p[SIZE]
    if p[OWN] and naps(k, sleep):
        restore_few(v[a:b], kept[a:b], ready[a:b], t, awake_of(k, p, sleep))
    else:
        _wipe(p, silent[a:b], queue[k], v[a:b], kept[a:b], ready[a:b], t)


@_jit
def advance(
    span: Any, pops: Any, consts: Any, where: Any, factors: Any, own: Any, paths: Any, weights: Any, pointers: Any,
    targets: Any, current: Any, changes: Any, jumps: Any, bounds: Any, in_steps: Any, in_units: Any, first: Any,
    xi: Any, arrivals: Any, v: Any, s: Any, ready: Any, ring: Any, held: Any, cursor: Any, flags: Any, words: Any,
    total: Any, silent: Any, queue: Any, kept: Any, saved: Any, sleep: Any, final: Any, counts: Any, record: Any,
    out: Any,
) -> Any:  # fmt: skip
    """Trials span[0] ... span[1] - 1 from step span[2] (the first one; the others from span[5]) to span[3].

    Steps count from the start of the first run; span[5] and span[6] are the first step of this run and the one after
    its last, span[4] the first that is counted. `current` changes at the steps `changes`, where the variables gain
    `jumps`. The state may be of an earlier call. Returns trial and step at which it stopped because `out` was full, and
    the number of spikes in `out`. Where cells may sleep, `sleep` holds who does, and the same steps are made of those
    that are awake.
    """
    written = segment = 0
    for trial in range(span[0], span[1]):
        start, segment = span[2] if trial == span[0] else span[5], 0
        if start == span[5]:
            _begin(trial, start, pops, paths, where, bounds, in_steps, first, v, s, ready, silent, queue, cursor,
                   ring, held)  # fmt: skip
            start_awake(sleep, start)
        for t in range(start, span[3]):
            if out.shape[1] and written + len(v) > out.shape[1]:
                return trial, t, written
            shown = trial if current.shape[1] > 1 else 0
            segment = _follow(changes, jumps, segment, shown, t, s)
            drive = current[segment, shown]
            if len(record[0]):
                _show(record, t, trial, len(counts), v, s)
            for k in range(len(pops)):
                p, c = pops[k], consts[k]
                a, b, n = p[OFFSET], p[OFFSET] + p[SIZE], p[SIZE]
                noise = xi[t - span[2]] if p[LAW] == EULER else drive
                slot = t % p[SLOTS] if p[SLOTS] > 1 else 0
                units = ring[p[RING] + slot * n : p[RING] + slot * n + n]
                found = _fire(
                    k, p, c, t, v, s, where, factors, own, drive, noise, ready, flags, words, total, sleep, units
                )  # fmt: skip
                held[k, slot] = found
                if p[REFRACTORY]:
                    _silence(p, own, silent[a:b], queue[k], ready[a:b], t, units[:found])
                if t >= span[4]:
                    _count(counts[trial, a:b], units[:found])
                if out.shape[1]:
                    written = _write(out, written, trial, t, a, units[:found])
            arriving = arrivals[t - span[2]] if len(arrivals) else total
            for j in range(len(paths)):
                path = paths[j]
                if path[FORM] == COUNTED:
                    units = ring[:1]
                else:
                    end = bounds[path[SOURCE], trial + 1] if path[FROM_INPUT] else 0
                    units = _arriving(j, path, pops, t, end, cursor, in_steps, in_units, ring, held)
                if len(units):
                    k, p = path[POST], pops[path[POST]]
                    if naps(k, sleep):
                        rouse(
                            k, p, consts[k], path, t, units, pointers, targets, v, s, where, drive, factors, own, sleep
                        )  # fmt: skip
                    gated = path[VARIABLE] < 0 and p[REFRACTORY] > 0
                    if gated and not saved[k]:
                        saved[k] = 1
                        _guard(k, p, silent, queue, v, kept, sleep)
                    _deliver(path, p, units, v, s, where, weights, pointers, targets, total, arriving)
            for k in range(len(pops)):
                if saved[k]:
                    saved[k] = 0
                    _unguard(k, pops[k], silent, queue, v, kept, ready, t, sleep)
            for k in range(len(pops)):
                p = pops[k]
                _reset(p, consts[k], own, v, s, where, _fired(p, held[k], ring, t))
                if may_sleep(k, sleep):
                    settle(k, p, consts[k], t, v, s, where, drive, ready, factors, own, sleep)
        if span[3] == span[6]:
            shown = trial if current.shape[1] > 1 else 0
            catch_up_all(pops, consts, span[3] - 1, v, s, where, current[segment, shown], factors, own, sleep)
            _end(trial, pops, where, v, s, ready, ring, held, final)
    return span[1], span[3], written


keep(advance)

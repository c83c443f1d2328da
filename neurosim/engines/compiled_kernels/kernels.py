"""One pass through time for a batch of trials: update, threshold, synapses, reset, in Brian2's order and arithmetic.

No fastmath and no contraction: every sum keeps the order of its terms, and with it every bit. The innermost loops are
functions of their own, because that is where the compiler makes vector code of them; what is between them is inlined.
"""

from typing import Any

from numba import int32, njit, uint8

from neurosim.engines.compiled_kernels.cache import GuardedCache
from neurosim.engines.compiled_kernels.columns import Const, Form, Law, Path, Pop

_jit = njit(nogil=True, error_model="numpy", _nrt=False)
_inline = njit(nogil=True, error_model="numpy", inline="always", _nrt=False)

# Numba reads plain numbers from globals; an IntEnum member would be looked up at every use.
OFFSET, SIZE, LAW, REFRACTORY, SUBTRACTS, ADAPTS = (int(k) for k in list(Pop)[:6])
FIRST, LAST, SLOTS, RING, FLAGS = (int(k) for k in list(Pop)[6:])
RATE, RESET, JUMP, NOISE, DT, ROOT, ONE, HALF, START = (int(k) for k in Const)
FROM_INPUT, SOURCE, POST, VARIABLE, DELAY, FORM, WEIGHTS, POINTERS, ENTRIES = (int(k) for k in Path)
EXACT, RK2, EULER = (int(k) for k in Law)
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
    p: Any, c: Any, t: Any, v: Any, s: Any, where: Any, factors: Any, current: Any, xi: Any, ready: Any, flags: Any,
    total: Any,
) -> None:  # fmt: skip
    """State update and threshold of one population; `factors` holds share and decay of every variable."""
    n, first, last, law = p[SIZE], p[FIRST], p[LAST], p[LAW]
    sums = current if first == last and law != EULER else total[:n]
    if law == EXACT:
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
def _add_sparse(x: Any, weights: Any, begin: Any, pointers: Any, targets: Any, units: Any) -> None:
    for unit in units:
        first, last = pointers[unit], pointers[unit + 1]
        row = weights[begin + first : begin + last]
        mine = targets[first:last]
        for k in range(len(mine)):
            x[mine[k]] += row[k]


@_jit
def _add_even(x: Any, weights: Any, pointers: Any, targets: Any, units: Any) -> None:
    for unit in units:
        w = weights[unit]
        for i in targets[pointers[unit] : pointers[unit + 1]]:
            x[i] += w


@_jit
def _add_uniform(x: Any, w: Any, units: Any, own: Any) -> None:
    """The same weight from every spike to every unit but its own, added as often as Brian2 adds it."""
    count = len(units)
    for k in range(count):
        own[k] = x[units[k]]
        for _ in range(count - 1):
            own[k] = own[k] + w
    for _ in range(count):
        for i in range(len(x)):
            x[i] = x[i] + w
    for k in range(count):
        x[units[k]] = own[k]


@_inline
def _deliver(
    path: Any, post: Any, units: Any, v: Any, s: Any, where: Any, weights: Any, pointers: Any, targets: Any, own: Any,
    arriving: Any,
) -> None:  # fmt: skip
    """What the spikes of these units do to the target of a projection."""
    n = post[SIZE]
    onto_v = path[VARIABLE] < 0
    begin = where[path[VARIABLE]] if not onto_v else post[OFFSET]
    x = v[begin : begin + n] if onto_v else s[begin : begin + n]
    if path[FORM] == DENSE:
        _add_rows(x, weights, path[WEIGHTS], units)
    elif path[FORM] == SPARSE:
        _add_sparse(x, weights, path[WEIGHTS], pointers[path[POINTERS] :], targets[path[ENTRIES] :], units)
    elif path[FORM] == EVEN:
        _add_even(x, weights[path[WEIGHTS] :], pointers[path[POINTERS] :], targets[path[ENTRIES] :], units)
    elif path[FORM] == COUNTED:
        for i in range(n):
            x[i] = x[i] + arriving[path[WEIGHTS] + i]
    else:
        _add_uniform(x, weights[path[WEIGHTS]], units, own)


@_jit
def _keep(silent: Any, first: Any, count: Any, v: Any, kept: Any) -> None:
    """Potentials of the refractory units, before anything arrives."""
    n = len(silent)
    for k in range(first, first + count):
        kept[k - first] = v[silent[k - n if k >= n else k]]


@_jit
def _restore(silent: Any, first: Any, count: Any, v: Any, kept: Any) -> None:
    """Wipes out what the refractory units were sent, which is cheaper than to ask before every addition."""
    n = len(silent)
    for k in range(first, first + count):
        v[silent[k - n if k >= n else k]] = kept[k - first]


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


@_inline
def _begin(
    trial: Any, pops: Any, consts: Any, paths: Any, bounds: Any, v: Any, s: Any, ready: Any, rest: Any, silent: Any,
    queue: Any, cursor: Any,
) -> None:  # fmt: skip
    """The state before the first step of a trial."""
    for i in range(len(v)):
        v[i] = 0
        ready[i] = rest[i]
    for i in range(len(s)):
        s[i] = 0
    for j in range(len(paths)):
        cursor[j] = bounds[paths[j, SOURCE], trial] if paths[j, FROM_INPUT] else 0
    for k in range(len(pops)):
        p = pops[k]
        for i in range(p[OFFSET], p[OFFSET] + p[SIZE]):
            v[i] = consts[k, START]
        queue[k, 0] = queue[k, 1] = 0
        # Brian2 lets everyone spike long before the start: still refractory only after more than 10,000 s.
        if rest[p[OFFSET]] > 0:
            queue[k, 1] = p[SIZE]
            for i in range(p[SIZE]):
                silent[p[OFFSET] + i] = i


@_inline
def _passed(steps: Any, begin: Any, end: Any, step: Any) -> Any:
    """End of the input spikes of a step, which begin where those of the step before end."""
    stop = begin
    while stop < end and steps[stop] == step:
        stop += 1
    return stop


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
def _silence(silent: Any, queue: Any, ready: Any, t: Any, units: Any, refractory: Any) -> None:
    """Appends the units that spiked to the queue of the refractory ones, in which each can be once."""
    n = len(silent)
    for unit in units:
        ready[unit] = t + refractory
        last = queue[0] + queue[1]
        silent[last - n if last >= n else last] = unit
        queue[1] += 1


@_inline
def _release(silent: Any, queue: Any, ready: Any, t: Any) -> None:
    while queue[1] and ready[silent[queue[0]]] <= t:
        queue[0] = queue[0] + 1 if queue[0] + 1 < len(silent) else 0
        queue[1] -= 1


@_jit
def advance(
    span: Any, pops: Any, consts: Any, where: Any, factors: Any, paths: Any, weights: Any, pointers: Any, targets: Any,
    current: Any, bounds: Any, in_steps: Any, in_units: Any, xi: Any, arrivals: Any,
    v: Any, s: Any, ready: Any, rest: Any, ring: Any, held: Any, cursor: Any, flags: Any, words: Any, total: Any,
    silent: Any, queue: Any, kept: Any, saved: Any, counts: Any, trace: Any, out: Any,
) -> Any:  # fmt: skip
    """Trials span[0] ... span[1] - 1 from step span[2] (the first one; the others from 0) to span[3].

    span[4] is the number of steps that are not counted, span[5] that of a frame. The state may be of an earlier call.
    Returns the trial and the step at which it stopped because `out` was full, and the number of spikes in `out`.
    """
    written = 0
    for trial in range(span[0], span[1]):
        start = span[2] if trial == span[0] else 0
        if start == 0:
            _begin(trial, pops, consts, paths, bounds, v, s, ready, rest, silent, queue, cursor)
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
                # A step number as wide as those it is compared with: else each of them is widened first.
                _update(p, c, int32(t), v[a:b], s, where, factors, drive[a:b], noise[a:b], ready[a:b], mine, total)
                slot = t % p[SLOTS] if p[SLOTS] > 1 else 0
                units = ring[p[RING] + slot * n : p[RING] + slot * n + n]
                found = _collect(words[p[FLAGS] // 8 :], mine, units)
                held[k, slot] = found
                if p[REFRACTORY]:
                    _release(silent[a:b], queue[k], ready[a:b], t)
                    _silence(silent[a:b], queue[k], ready[a:b], t, units[:found], p[REFRACTORY])
                if t >= span[4]:
                    _count(counts[trial, a:b], units[:found])
                if out.shape[1]:
                    written = _write(out, written, trial, t, a, units[:found])
            arriving = arrivals[t - span[2]] if len(arrivals) else total
            for j in range(len(paths)):
                path = paths[j]
                sent = t - path[DELAY]
                if path[FORM] == COUNTED:
                    units = ring[:1]
                elif path[FROM_INPUT]:
                    begin = cursor[j]
                    cursor[j] = _passed(in_steps, begin, bounds[path[SOURCE], trial + 1], sent)
                    units = in_units[begin : cursor[j]]
                elif sent >= 0:
                    p = pops[path[SOURCE]]
                    slot = sent % p[SLOTS] if p[SLOTS] > 1 else 0
                    begin = p[RING] + slot * p[SIZE]
                    units = ring[begin : begin + held[path[SOURCE], slot]]
                else:
                    continue
                if len(units):
                    k = path[POST]
                    p = pops[k]
                    a, b = p[OFFSET], p[OFFSET] + p[SIZE]
                    gated = path[VARIABLE] < 0 and p[REFRACTORY] > 0
                    if gated and not saved[k]:
                        saved[k] = 1
                        _keep(silent[a:b], queue[k, 0], queue[k, 1], v[a:b], kept[a:b])
                    _deliver(path, p, units, v, s, where, weights, pointers, targets, total, arriving)
            for k in range(len(pops)):
                if saved[k]:
                    a, b = pops[k, OFFSET], pops[k, OFFSET] + pops[k, SIZE]
                    saved[k] = 0
                    _restore(silent[a:b], queue[k, 0], queue[k, 1], v[a:b], kept[a:b])
            for k in range(len(pops)):
                p = pops[k]
                slot = t % p[SLOTS] if p[SLOTS] > 1 else 0
                begin = p[RING] + slot * p[SIZE]
                _reset(p, consts[k], v, s, where, ring[begin : begin + held[k, slot]])
    return span[1], span[3], written


advance._cache = GuardedCache(advance.py_func)

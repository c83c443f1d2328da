"""The pass through time for cells and weights that learn: that of `stepping`, with thresholds and traces beside it.

Only synapses of units that spike are touched: those that a presynaptic spike reaches lie side by side, those behind a
postsynaptic spike are found by a stride or a list. Order and arithmetic are those of Brian2's code for the same rule.
"""

from typing import Any

from numba import int32, njit, uint8

from neurosim.engines.compiled.machine_code.cache import keep
from neurosim.engines.compiled.machine_code.columns import Amount, Const, Law, Learn, Path, Pop
from neurosim.engines.compiled.machine_code.delivery import _deliver
from neurosim.engines.compiled.machine_code.refractory import _protect, _silence, _wipe
from neurosim.engines.compiled.machine_code.stepping import (
    _arriving,
    _collect,
    _count,
    _exact_sums,
    _fired,
    _follow,
    _reset,
    _update,
    _write,
)
from neurosim.engines.compiled.machine_code.trials import _begin, _copy, _end, _show

_jit = njit(nogil=True, error_model="numpy", _nrt=False)
_inline = njit(nogil=True, error_model="numpy", inline="always", _nrt=False)

OFFSET, SIZE, LAW, REFRACTORY = (int(k) for k in list(Pop)[:4])
SLOTS, RING, FLAGS, OWN = (int(k) for k in list(Pop)[8:12])
RATE, ONE, FALL, RISE = int(Const.RATE), int(Const.ONE), int(Const.FALL), int(Const.RISE)
EXACT, EULER = int(Law.EXACT), int(Law.EULER)
FROM_INPUT, SOURCE, POST, VARIABLE, DELAY = (int(k) for k in list(Path)[:5])
(
    N_PRE, N_POST, SPARSE, WEIGHTS, POINTERS, BACK_POINTERS, PRE_TRACES, POST_TRACES, ON_PRE, ON_POST,
    X1_TO_ONE, X2_TO_ONE, Y1_TO_ONE, Y2_TO_ONE, SOFT, TARGET,
) = (int(k) for k in Learn)  # fmt: skip
(
    GAIN, W_MAX, PRE_CONSTANT, PRE_LINEAR, PRE_PRODUCT, POST_CONSTANT, POST_LINEAR, POST_PRODUCT,
    X1, X2, Y1, Y2,
) = (int(k) for k in Amount)  # fmt: skip


@_jit
def _raised(v: Any, theta: Any, ready: Any, flags: Any, t: Any, decay: Any, one: Any) -> None:
    """The threshold test anew, against 1 + theta, which has decayed."""
    for i in range(len(v)):
        theta[i] = decay * theta[i]
        flags[i] = uint8((t >= ready[i]) & (v[i] > one + theta[i]))


@_jit
def _raised_own(v: Any, theta: Any, ready: Any, flags: Any, t: Any, decay: Any, one: Any) -> None:
    """`_raised` where every unit has a decay of its own."""
    for i in range(len(v)):
        theta[i] = decay[i] * theta[i]
        flags[i] = uint8((t >= ready[i]) & (v[i] > one + theta[i]))


@_jit
def _exact_raised(
    v: Any, total: Any, current: Any, ready: Any, theta: Any, t: Any, rate: Any, one: Any, decay: Any
) -> Any:
    """`_exact` and `_raised` in one; whether any unit is above its threshold, which is rare."""
    above = False
    for i in range(len(v)):
        new = (total[i] + rate * v[i]) - rate * current[i]
        high = decay * theta[i]
        free = t >= ready[i]
        new = new if free else v[i]
        v[i] = new
        theta[i] = high
        above = above | (free & (new > one + high))
    return above


@_jit
def _above(v: Any, theta: Any, ready: Any, t: Any, one: Any, units: Any) -> Any:
    """Numbers of the units above their threshold, ascending."""
    found = 0
    for i in range(len(v)):
        if (t >= ready[i]) & (v[i] > one + theta[i]):
            units[found] = i
            found += 1
    return found


@_jit
def _decay(x: Any, factor: Any) -> None:
    for i in range(len(x)):
        x[i] = factor * x[i]


@_jit
def _recall(x: Any, last: Any, faded: Any, t: Any) -> None:
    """Traces of the last spike alone, from its step (-1: none) and what a jump to 1 has become after so many steps."""
    for i in range(len(x)):
        x[i] = faded[t - last[i]] if last[i] >= 0 else x.dtype.type(0)


@_jit
def _enter(x: Any, units: Any, to_one: Any) -> None:
    for unit in units:
        x[unit] = 1.0 if to_one else x[unit] + 1.0


@_jit
def _changed(w: Any, amount: Any, w_max: Any, soft: Any, zero: Any) -> Any:
    new = w + amount * ((w_max - w if amount > zero else w) if soft else w_max)
    new = zero if new < zero else new
    return w_max if new > w_max else new


@_jit
def _effects(x: Any, w: Any, begin: Any, units: Any, gain: Any) -> None:
    """One row per spike, one by one in the order of the units; four, or two, share the way to memory and back."""
    n, count = len(x), len(units)
    k = 0
    while k + 4 <= count:
        a = w[begin + units[k] * n : begin + units[k] * n + n]
        b = w[begin + units[k + 1] * n : begin + units[k + 1] * n + n]
        c = w[begin + units[k + 2] * n : begin + units[k + 2] * n + n]
        d = w[begin + units[k + 3] * n : begin + units[k + 3] * n + n]
        for i in range(n):
            x[i] = (((x[i] + gain * a[i]) + gain * b[i]) + gain * c[i]) + gain * d[i]
        k += 4
    if k + 2 <= count:
        a = w[begin + units[k] * n : begin + units[k] * n + n]
        b = w[begin + units[k + 1] * n : begin + units[k + 1] * n + n]
        for i in range(n):
            x[i] = (x[i] + gain * a[i]) + gain * b[i]
        k += 2
    if k < count:
        a = w[begin + units[k] * n : begin + units[k] * n + n]
        for i in range(n):
            x[i] = x[i] + gain * a[i]


@_jit
def _effect_sparse(x: Any, w: Any, targets: Any, gain: Any) -> None:
    for k in range(len(targets)):
        x[targets[k]] += gain * w[k]


@_jit
def _before(w: Any, y1: Any, own: Any, a: Any, soft: Any) -> None:
    """A presynaptic spike: its weights side by side."""
    c, linear, product, w_max, zero = a[PRE_CONSTANT], a[PRE_LINEAR], a[PRE_PRODUCT], a[W_MAX], w.dtype.type(0)
    for i in range(len(w)):
        w[i] = _changed(w[i], c + (linear * y1[i] + product * (y1[i] * own)), w_max, soft, zero)


@_jit
def _before_sparse(w: Any, targets: Any, y1: Any, own: Any, a: Any, soft: Any) -> None:
    c, linear, product, w_max, zero = a[PRE_CONSTANT], a[PRE_LINEAR], a[PRE_PRODUCT], a[W_MAX], w.dtype.type(0)
    for k in range(len(w)):
        y = y1[targets[k]]
        w[k] = _changed(w[k], c + (linear * y + product * (y * own)), w_max, soft, zero)


@_jit
def _after(w: Any, x1: Any, own: Any, stride: Any, a: Any, soft: Any) -> None:
    """A postsynaptic spike: its weights, one in every row."""
    c, linear, product, w_max, zero = a[POST_CONSTANT], a[POST_LINEAR], a[POST_PRODUCT], a[W_MAX], w.dtype.type(0)
    for j in range(len(x1)):
        w[j * stride] = _changed(w[j * stride], c + (linear * x1[j] + product * (x1[j] * own)), w_max, soft, zero)


@_jit
def _after_sparse(w: Any, entries: Any, sources: Any, x1: Any, own: Any, a: Any, soft: Any) -> None:
    c, linear, product, w_max, zero = a[POST_CONSTANT], a[POST_LINEAR], a[POST_PRODUCT], a[W_MAX], w.dtype.type(0)
    for k in range(len(entries)):
        x = x1[sources[k]]
        w[entries[k]] = _changed(w[entries[k]], c + (linear * x + product * (x * own)), w_max, soft, zero)


@_jit
def _arrive(
    x: Any, r: Any, a: Any, units: Any, t: Any, w: Any, pointers: Any, targets: Any, x1: Any, x2: Any, y1: Any,
    last: Any,
) -> None:  # fmt: skip
    """Presynaptic spikes: their effect, the change of their weights, their entry into the traces."""
    begin, first, ys = r[WEIGHTS], r[PRE_TRACES], y1[r[POST_TRACES] : r[POST_TRACES] + r[N_POST]]
    if not r[SPARSE]:
        _effects(x, w, begin, units, a[GAIN])
    for unit in units if r[SPARSE] or r[ON_PRE] else units[:0]:
        own = x2[first + unit]
        if r[SPARSE]:
            start, stop = pointers[r[POINTERS] + unit], pointers[r[POINTERS] + unit + 1]
            mine, row = targets[begin + start : begin + stop], w[begin + start : begin + stop]
            _effect_sparse(x, row, mine, a[GAIN])
            if r[ON_PRE]:
                _before_sparse(row, mine, ys, own, a, r[SOFT])
        elif r[ON_PRE]:
            _before(w[begin + unit * r[N_POST] : begin + (unit + 1) * r[N_POST]], ys, own, a, r[SOFT])
    if r[ON_POST] and r[X1_TO_ONE]:
        for unit in units:
            last[first + unit] = t
    elif r[ON_POST]:
        _enter(x1[first:], units, False)
    if a[PRE_PRODUCT] != 0.0:
        _enter(x2[first:], units, r[X2_TO_ONE])


@_jit
def _answer(
    r: Any, a: Any, units: Any, t: Any, w: Any, back_pointers: Any, entries: Any, sources: Any, x1: Any, y1: Any,
    y2: Any, last: Any, faded: Any, touched: Any,
) -> None:  # fmt: skip
    """Postsynaptic spikes: the change of their weights and their entry into the traces."""
    begin, first, xs = r[WEIGHTS], r[POST_TRACES], x1[r[PRE_TRACES] : r[PRE_TRACES] + r[N_PRE]]
    if r[ON_POST] and r[X1_TO_ONE]:
        _recall(xs, last[r[PRE_TRACES] : r[PRE_TRACES] + r[N_PRE]], faded, t)
    for unit in units if r[ON_POST] else units[:0]:
        touched[first + unit] = 1
        own = y2[first + unit]
        if r[SPARSE]:
            start, stop = back_pointers[r[BACK_POINTERS] + unit], back_pointers[r[BACK_POINTERS] + unit + 1]
            mine, here = slice(begin + start, begin + stop), w[begin : begin + len(entries)]
            _after_sparse(here, entries[mine], sources[mine], xs, own, a, r[SOFT])
        else:
            _after(w[begin + unit :], xs, own, r[N_POST], a, r[SOFT])
    if r[ON_PRE]:
        _enter(y1[first:], units, r[Y1_TO_ONE])
    if a[POST_PRODUCT] != 0.0:
        _enter(y2[first:], units, r[Y2_TO_ONE])


@_jit
def _fade(r: Any, a: Any, x1: Any, x2: Any, y1: Any, y2: Any) -> None:
    """The traces of a projection decay, as far as somebody reads them in every step."""
    before, after = slice(r[PRE_TRACES], r[PRE_TRACES] + r[N_PRE]), slice(r[POST_TRACES], r[POST_TRACES] + r[N_POST])
    if r[ON_POST] and not r[X1_TO_ONE]:
        _decay(x1[before], a[X1])
    if r[ON_PRE]:
        _decay(y1[after], a[Y1])
    if a[PRE_PRODUCT] != 0.0:
        _decay(x2[before], a[X2])
    if a[POST_PRODUCT] != 0.0:
        _decay(y2[after], a[Y2])


@_jit
def _test(
    p: Any, c: Any, own: Any, lift: Any, t: Any, v: Any, s: Any, where: Any, factors: Any, drive: Any, noise: Any,
    ready: Any, theta: Any, flags: Any, words: Any, total: Any, silent: Any, queue: Any, ring: Any, held: Any,
) -> None:  # fmt: skip
    """Update and threshold of one population, whose own `queue` and `held` these are."""
    a, b, n = p[OFFSET], p[OFFSET] + p[SIZE], p[SIZE]
    slot = t % p[SLOTS] if p[SLOTS] > 1 else 0
    units, step = ring[p[RING] + slot * n : p[RING] + slot * n + n], int32(t)
    if lift[0] > 0.0 and p[LAW] == EXACT and not p[OWN]:
        sums = _exact_sums(p, s, where, factors, drive[a:b], total)
        above = _exact_raised(v[a:b], sums, drive[a:b], ready[a:b], theta[a:b], step, c[RATE], c[ONE], lift[1])
        found = _above(v[a:b], theta[a:b], ready[a:b], step, c[ONE], units) if above else 0
    else:
        mine = flags[p[FLAGS] : p[FLAGS] + n]
        _update(p, c, step, v[a:b], s, where, factors, own, drive[a:b], noise[a:b], ready[a:b], mine, total)
        if lift[0] > 0.0 and p[OWN]:
            _raised_own(v[a:b], theta[a:b], ready[a:b], mine, step, own[0][FALL, a:b], c[ONE])
        elif lift[0] > 0.0:
            _raised(v[a:b], theta[a:b], ready[a:b], mine, step, lift[1], c[ONE])
        found = _collect(words[p[FLAGS] // 8 :], mine, units)
    held[slot] = found
    if p[REFRACTORY]:
        _silence(p, own, silent[a:b], queue, ready[a:b], t, units[:found])


@_inline
def _rise(p: Any, own: Any, theta: Any, units: Any, rise: Any) -> None:
    """The thresholds of the units of a population that spiked."""
    for unit in units:
        theta[unit] = theta[unit] + (own[0][RISE, p[OFFSET] + unit] if p[OWN] else rise)


@_jit
def advance(
    span: Any, pops: Any, consts: Any, where: Any, factors: Any, own: Any, paths: Any, weights: Any, pointers: Any,
    targets: Any, current: Any, changes: Any, jumps: Any, bounds: Any, in_steps: Any, in_units: Any, first: Any,
    xi: Any, v: Any, s: Any, ready: Any, ring: Any, held: Any, cursor: Any, flags: Any, words: Any,
    total: Any, silent: Any, queue: Any, kept: Any, saved: Any, final: Any, counts: Any, record: Any, out: Any,
    row_of: Any, learn: Any, amounts: Any, w: Any, w_pointers: Any, w_targets: Any, back_pointers: Any,
    entries: Any, sources: Any, x1: Any, x2: Any, y1: Any, y2: Any, last: Any, faded: Any, touched: Any,
    raising: Any, start_theta: Any, theta: Any, learned: Any,
) -> Any:  # fmt: skip
    """As `stepping.advance`. Row `row_of[j]` of `learn` and `amounts` is that of projection j (-1: it stays as it is).

    `raising`: whether a population's threshold moves, its decay per step and its rise per spike. Weights, traces and
    `touched` (units whose weights changed behind their spikes) are the caller's to reset: there is one trial then.
    """
    written = segment = 0
    for trial in range(span[0], span[1]):
        start, segment = span[2] if trial == span[0] else span[5], 0
        if start == span[5]:
            _begin(trial, start, pops, paths, where, bounds, in_steps, first, v, s, ready, silent, queue, cursor,
                   ring, held)  # fmt: skip
            _copy(start_theta[trial if len(start_theta) > 1 else 0], theta)
        for t in range(start, span[3]):
            if out.shape[1] and written + len(v) > out.shape[1]:
                return trial, t, written
            shown = trial if current.shape[1] > 1 else 0
            segment = _follow(changes, jumps, segment, shown, t, s)
            drive = current[segment, shown]
            if len(record[0]):
                _show(record, t, trial, len(counts), v, s)
            for q in range(len(learn)):
                _fade(learn[q], amounts[q], x1, x2, y1, y2)
            for k in range(len(pops)):
                p = pops[k]
                noise = xi[t - span[2]] if p[LAW] == EULER else drive
                _test(p, consts[k], own, raising[k], t, v, s, where, factors, drive, noise, ready, theta, flags,
                      words, total, silent, queue[k], ring, held[k])  # fmt: skip
                units = _fired(p, held[k], ring, t)
                if t >= span[4]:
                    _count(counts[trial, p[OFFSET] : p[OFFSET] + p[SIZE]], units)
                if out.shape[1]:
                    written = _write(out, written, trial, t, p[OFFSET], units)
            for j in range(len(paths)):
                path, q = paths[j], row_of[j]
                end = bounds[path[SOURCE], trial + 1] if path[FROM_INPUT] else 0
                units = _arriving(j, path, pops, t, end, cursor, in_steps, in_units, ring, held)
                if not len(units):
                    continue
                k, p = path[POST], pops[path[POST]]
                a, b = p[OFFSET], p[OFFSET] + p[SIZE]
                if path[VARIABLE] < 0 and (queue[k, 1] or (p[OWN] and p[REFRACTORY])) and not saved[k]:
                    saved[k] = 1
                    _protect(p, silent[a:b], queue[k], v[a:b], kept[a:b])
                if q < 0:
                    # Counts do not reach what learns, so nothing stands where they would arrive.
                    _deliver(path, p, units, v, s, where, weights, pointers, targets, total, total)
                else:
                    x = v[a:b] if path[VARIABLE] < 0 else s[where[path[VARIABLE]] : where[path[VARIABLE]] + b - a]
                    _arrive(x, learn[q], amounts[q], units, t, w, w_pointers, w_targets, x1, x2, y1, last)
            for q in range(len(learn)):
                units = _fired(pops[learn[q, TARGET]], held[learn[q, TARGET]], ring, t)
                if len(units):
                    _answer(
                        learn[q], amounts[q], units, t, w, back_pointers, entries, sources, x1, y1, y2, last, faded[q],
                        touched,
                    )  # fmt: skip
            for k in range(len(pops)):
                p, units = pops[k], _fired(pops[k], held[k], ring, t)
                a, b = p[OFFSET], p[OFFSET] + p[SIZE]
                if saved[k]:
                    saved[k] = 0
                    _wipe(p, silent[a:b], queue[k], v[a:b], kept[a:b], ready[a:b], t)
                _reset(p, consts[k], own, v, s, where, units)
                if raising[k, 0] > 0.0:
                    _rise(p, own, theta[a:b], units, raising[k, 2])
        _copy(theta, learned[trial])
        if span[3] == span[6]:
            _end(trial, pops, where, v, s, ready, ring, held, final)
    return span[1], span[3], written


keep(advance)

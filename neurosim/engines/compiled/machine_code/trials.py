"""Where a trial begins and where it ends: its state from and to rows of tables that all trials share."""

from typing import Any

from numba import njit

from neurosim.engines.compiled.machine_code.columns import Path, Pop, Track

_jit = njit(nogil=True, error_model="numpy", _nrt=False)
_inline = njit(nogil=True, error_model="numpy", inline="always", _nrt=False)

OFFSET, SIZE, REFRACTORY, OWN = int(Pop.OFFSET), int(Pop.SIZE), int(Pop.REFRACTORY), int(Pop.OWN)
FIRST, LAST, SLOTS, RING = (int(k) for k in list(Pop)[6:10])
OF_V, LISTED, FIRST_ONE, COUNT, EVERY, BEFORE, BEGIN = (int(k) for k in Track)
FROM_INPUT, SOURCE, DELAY = int(Path.FROM_INPUT), int(Path.SOURCE), int(Path.DELAY)


@_jit
def _copy(x: Any, to: Any) -> None:
    for i in range(len(x)):
        to[i] = x[i]


@_jit
def _gather(x: Any, picks: Any, to: Any) -> None:
    for k in range(len(picks)):
        to[k] = x[picks[k]]


@_inline
def _show(shown: Any, t: Any, trial: Any, trials: Any, v: Any, s: Any) -> None:
    """Copies what is recorded over time at the beginning of a step."""
    tracks, picks, trace = shown
    for k in range(len(tracks)):
        row = tracks[k]
        if t % row[EVERY] == 0:
            n = row[COUNT]
            begin = row[BEGIN] + ((t // row[EVERY] - row[BEFORE]) * trials + trial) * n
            x = v if row[OF_V] else s
            if row[LISTED]:
                _gather(x, picks[row[FIRST_ONE] : row[FIRST_ONE] + n], trace[begin : begin + n])
            else:
                _copy(x[row[FIRST_ONE] : row[FIRST_ONE] + n], trace[begin : begin + n])


@_inline
def _begin(
    trial: Any, start: Any, pops: Any, paths: Any, where: Any, bounds: Any, in_steps: Any, first: Any, v: Any, s: Any,
    ready: Any, silent: Any, queue: Any, cursor: Any, ring: Any, held: Any,
) -> None:  # fmt: skip
    """The state before the first step of a trial: rows of `first`, one for each trial or one for all."""
    v0, s0, ready0, order0, ring0, held0 = first
    row = trial if len(v0) > 1 else 0
    for j in range(len(paths)):
        cursor[j] = 0
        if paths[j, FROM_INPUT]:
            place, end = bounds[paths[j, SOURCE], trial], bounds[paths[j, SOURCE], trial + 1]
            # Spikes that reached this projection before the run: others of the input may be slower.
            while place < end and in_steps[place] < start - paths[j, DELAY]:
                place += 1
            cursor[j] = place
    for k in range(len(pops)):
        p = pops[k]
        a, b, n = p[OFFSET], p[OFFSET] + p[SIZE], p[SIZE]
        for i in range(a, b):
            v[i] = v0[row, i]
            ready[i] = ready0[row, i]
        for q in range(p[FIRST], p[LAST]):
            for i in range(where[q], where[q] + n):
                s[i] = s0[row, i]
        for slot in range(held.shape[1]):
            held[k, slot] = held0[row, k, slot] if len(ring0) else 0
        if len(ring0):
            for i in range(p[RING], p[RING] + p[SLOTS] * n):
                ring[i] = ring0[row, i]
        queue[k, 0] = queue[k, 1] = 0
        if p[REFRACTORY] and not p[OWN]:
            # In the order in which they come free.
            for i in range(a, b):
                unit = order0[row, i]
                if ready[a + unit] > start:
                    silent[a + queue[k, 1]] = unit
                    queue[k, 1] += 1


@_inline
def _end(
    trial: Any, pops: Any, where: Any, v: Any, s: Any, ready: Any, ring: Any, held: Any, final: Any
) -> None:  # fmt: skip
    """The state after the last step of a trial, into its row of `final`."""
    v1, s1, ready1, ring1, held1 = final
    for k in range(len(pops)):
        p = pops[k]
        for i in range(p[OFFSET], p[OFFSET] + p[SIZE]):
            v1[trial, i] = v[i]
            ready1[trial, i] = ready[i]
        for q in range(p[FIRST], p[LAST]):
            for i in range(where[q], where[q] + p[SIZE]):
                s1[trial, i] = s[i]
        if p[SLOTS] > 1:
            for i in range(p[RING], p[RING] + p[SLOTS] * p[SIZE]):
                ring1[trial, i] = ring[i]
            for slot in range(p[SLOTS]):
                held1[trial, k, slot] = held[k, slot]

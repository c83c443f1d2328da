"""Units that nothing reaches but a steady drive: two intervals tell all spikes."""

from typing import Any

from numba import njit

from neurosim.engines.compiled.machine_code.cache import keep
from neurosim.engines.compiled.machine_code.columns import Const, Law, Pop
from neurosim.engines.compiled.machine_code.own_constants import _exact_own, _rk2_own
from neurosim.engines.compiled.machine_code.stepping import _exact, _rk2_free

_jit = njit(nogil=True, error_model="numpy", _nrt=False)

LAW, REFRACTORY, OWN = int(Pop.LAW), int(Pop.REFRACTORY), int(Pop.OWN)
RATE, RESET, DT, ONE = int(Const.RATE), int(Const.RESET), int(Const.DT), int(Const.ONE)
EXACT = int(Law.EXACT)
_CHECK = 64
"""Steps after which somebody looks whether anything still moves."""


@_jit
def _climb(
    p: Any, c: Any, rate: Any, v: Any, before: Any, drive: Any, ready: Any, flags: Any, words: Any, left: Any,
    taken: Any,
) -> None:  # fmt: skip
    """Steps that each unit takes from `v` to its spike, into `taken` (0: none within `left` steps)."""
    for i in range(len(taken)):
        taken[i] = 0
    for step in range(1, left + 1):
        look = step % _CHECK == 0
        if look:
            for i in range(len(v)):
                before[i] = v[i]
        if p[OWN] and p[LAW] == EXACT:
            _exact_own(v, drive, drive, ready, flags, ready[0], rate, c[ONE])
        elif p[OWN]:
            _rk2_own(v, drive, ready, flags, ready[0], c[DT], rate, c[ONE])
        elif p[LAW] == EXACT:
            _exact(v, drive, drive, ready, flags, ready[0], c[RATE], c[ONE])
        else:
            _rk2_free(v, drive, flags, c[RATE], c[ONE])
        for k in range(len(words)):
            if words[k]:
                for i in range(8 * k, 8 * k + 8):
                    if flags[i]:
                        # Without a drive it stays at 0 from now on.
                        taken[i] = step
                        drive[i] = v[i] = 0
        if look:
            moving = False
            for i in range(len(v)):
                moving |= v[i] != before[i]
            if not moving:
                # What one step leaves as it is, no step will change.
                return


@_jit
def intervals(
    p: Any, c: Any, rate: Any, reset: Any, period: Any, steps: Any, current: Any, v: Any, before: Any, drive: Any,
    ready: Any, flags: Any, words: Any, taken: Any, first: Any, interval: Any,
) -> None:  # fmt: skip
    """First spike (a step; -1: none) and distance to the next ones (at least `steps` where there is none).

    `rate` (as long as `v`), `reset` and `period` are those of units with constants of their own.
    """
    n = len(current)
    for again in range(2):
        for i in range(len(v)):
            v[i] = drive[i] = 0
        for i in range(n):
            if not again or first[i] >= 0:
                v[i] = (reset[i] if p[OWN] else c[RESET]) if again else v[i]
                drive[i] = current[i]
        _climb(p, c, rate, v, before, drive, ready, flags, words, steps, taken)
        for i in range(n):
            if again:
                silent = period[i] if p[OWN] else p[REFRACTORY]
                interval[i] = max(silent, 1) + taken[i] - 1 if taken[i] else steps
            else:
                first[i] = taken[i] - 1


@_jit
def spread(
    first: Any, interval: Any, start: Any, stop: Any, begins: Any, dt: Any, times: Any, units: Any
) -> None:  # fmt: skip
    """All spikes of the steps start ... stop - 1 in order; `begins` is 0, one entry more than there are steps."""
    for i in range(len(first)):
        for t in range(_from(first[i], interval[i], start, stop), stop, interval[i]):
            begins[t - start + 1] += 1
    for t in range(stop - start):
        begins[t + 1] += begins[t]
    for i in range(len(first)):
        for t in range(_from(first[i], interval[i], start, stop), stop, interval[i]):
            place = begins[t - start]
            times[place] = t * dt
            units[place] = i
            begins[t - start] = place + 1


@_jit
def _from(first: Any, interval: Any, start: Any, stop: Any) -> Any:
    """The first spike from step `start` on."""
    if first < 0:
        return stop
    return first if first >= start else first + (start - first + interval - 1) // interval * interval


for _function in (intervals, spread):
    keep(_function)

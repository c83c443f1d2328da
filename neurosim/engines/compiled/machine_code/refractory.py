"""Units that are refractory: input does not reach their v, and they come free in the order in which they spiked."""

from typing import Any

from numba import njit

from neurosim.engines.compiled.machine_code.columns import Pop
from neurosim.engines.compiled.machine_code.own_constants import _keep_all, _restore_late

_jit = njit(nogil=True, error_model="numpy", _nrt=False)
_inline = njit(nogil=True, error_model="numpy", inline="always", _nrt=False)

OFFSET, REFRACTORY, OWN = int(Pop.OFFSET), int(Pop.REFRACTORY), int(Pop.OWN)


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
def _protect(p: Any, silent: Any, queue: Any, v: Any, kept: Any) -> None:
    """Keeps the potentials of refractory units; everything here is the population's."""
    if p[OWN]:
        _keep_all(v, kept)
    else:
        _keep(silent, queue[0], queue[1], v, kept)


@_inline
def _wipe(p: Any, silent: Any, queue: Any, v: Any, kept: Any, ready: Any, t: Any) -> None:
    if p[OWN]:
        _restore_late(v, kept, ready, t)
    else:
        _restore(silent, queue[0], queue[1], v, kept)


@_inline
def _release(silent: Any, queue: Any, ready: Any, t: Any) -> None:
    while queue[1] and ready[silent[queue[0]]] <= t:
        queue[0] = queue[0] + 1 if queue[0] + 1 < len(silent) else 0
        queue[1] -= 1


@_inline
def _append(silent: Any, queue: Any, ready: Any, t: Any, units: Any, refractory: Any) -> None:
    """Appends the units that spiked to the queue of the refractory ones, in which each can be once."""
    n = len(silent)
    for unit in units:
        ready[unit] = t + refractory
        last = queue[0] + queue[1]
        silent[last - n if last >= n else last] = unit
        queue[1] += 1


@_inline
def _silence(p: Any, own: Any, silent: Any, queue: Any, ready: Any, t: Any, units: Any) -> None:
    """Lets go of the units that were refractory for long enough, and silences those that spiked."""
    if p[OWN]:
        for unit in units:
            ready[unit] = t + own[2][p[OFFSET] + unit]
    else:
        _release(silent, queue, ready, t)
        _append(silent, queue, ready, t, units, p[REFRACTORY])

"""Steps of cells whose one spike is a time: they listen until their window opens, and run up to threshold in it."""

from typing import Any

from numba import njit, uint8

_jit = njit(nogil=True, error_model="numpy", _nrt=False)


@_jit
def _timed(
    v: Any, heard: Any, drive: Any, flags: Any, t: Any, opens: Any, closes: Any, rate: Any, theta: Any, one: Any
) -> None:  # fmt: skip
    """Update, threshold and reset, which nothing in between sees: what arrives reaches `heard` alone.

    A spike of step t counts at its end, so that the last one that is earlier than the end of the window is two steps
    before it, and one at its very beginning is a step before it.
    """
    listens, may = t < opens, (t >= opens - 1) & (t < closes - 1)
    for i in range(len(v)):
        new = rate * (heard[i] if listens else one) + v[i]
        fires = may & (new > theta - drive[i])
        v[i] = -drive[i] if fires else new
        flags[i] = uint8(fires)

"""What spikes do to the units that they reach, one by one in Brian2's order."""

from typing import Any

from numba import njit

from neurosim.engines.compiled.machine_code.columns import Form, Path, Pop

_jit = njit(nogil=True, error_model="numpy", _nrt=False)
_inline = njit(nogil=True, error_model="numpy", inline="always", _nrt=False)

OFFSET, SIZE = int(Pop.OFFSET), int(Pop.SIZE)
VARIABLE, FORM, WEIGHTS, POINTERS, ENTRIES = (int(k) for k in (Path.VARIABLE, *list(Path)[5:]))
DENSE, SPARSE, EVEN, UNIFORM, COUNTED = (int(k) for k in Form)


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

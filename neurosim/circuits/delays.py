"""A delay per connection: what is accepted, how it is kept, and a projection as parts with one delay each.

Kept are a dense array beside dense weights (0 where no connection is), and the data of a sparse matrix beside sparse
ones. Spikes that arrive together are added in the order in which they were sent, then by source, then by target: the
parts that [parts][neurosim.circuits.delays.parts] returns, the longest delay first, keep that order one behind the
other.
"""

from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from neurosim.circuits.kernels import UniformLateral
from neurosim.params import Array, ParameterError, finite, seconds

P = TypeVar("P")
_parts: "WeakKeyDictionary[Any, dict[float, list[Any]]]" = WeakKeyDictionary()


def is_matrix(delay: Any) -> bool:
    """Whether connections have delays of their own."""
    return not isinstance(delay, float)


def values(delay: Any) -> Array:
    """All delays in s; of a dense array also the zeros where no connection is."""
    return np.asarray(getattr(delay, "data", delay) if not isinstance(delay, np.ndarray) else delay, dtype=np.float64)


def longest(delay: Any) -> float:
    """The longest delay in s."""
    return float(np.max(values(delay), initial=0.0))


def checked(value: Any, weights: Any, where: str) -> Any:
    """A number, or a read-only matrix of delays for the connections of these weights.

    Raises:
        ParameterError: a negative delay or one that is not finite, another shape than that of the weights, or a delay
            that a sparse matrix states where no connection is.
    """
    sparse = hasattr(value, "indptr")  # rows in order, as the weights'
    if not sparse and not isinstance(value, list | tuple) and np.ndim(value) == 0:
        return seconds(value, where)
    shape = tuple(weights.shape)
    given: Any = value if sparse else finite(value, "s", where)
    if tuple(given.shape) != shape:
        raise ParameterError(f"{where}: got shape {tuple(given.shape)}, expected a number or (post, pre) = {shape}")
    rows, columns = connections(weights)
    if sparse:
        _refuse_extra(given, rows, columns, shape, where)
        found = finite(np.asarray(given[rows, columns]).ravel(), "s", where)
    else:
        found = given[rows, columns]
    if np.any(found < 0):
        k = int(np.flatnonzero(found < 0)[0])
        raise ParameterError(f"{where}[{rows[k]}, {columns[k]}]: got {found[k]:g} s, expected delays >= 0 s")
    if not found.size or np.ptp(found) == 0:
        return float(found[0]) if found.size else 0.0
    return _kept(found, rows, columns, weights)


def refuse_repeated(value: Any, where: str) -> None:
    """Refuse a sparse matrix that states several delays for one connection; SciPy would add them up.

    Raises:
        ParameterError: it does; the message says where.
    """
    entries = value.tocoo()
    order = np.lexsort((entries.col, entries.row))
    rows, columns = entries.row[order], entries.col[order]
    again = np.flatnonzero((rows[1:] == rows[:-1]) & (columns[1:] == columns[:-1]))
    if len(again):
        i, j = int(rows[again[0]]), int(columns[again[0]])
        times = int(((rows == i) & (columns == j)).sum())
        raise ParameterError(
            f"{where}[{i}, {j}]: got {times} delays for one connection, expected one (give connections of other delays "
            "a projection of their own)"
        )


def connections(weights: Any) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(post, pre) of every connection, by target, then source."""
    if isinstance(weights, UniformLateral):
        rows, columns = np.nonzero(~np.eye(weights.n, dtype=bool))
    elif isinstance(weights, np.ndarray):
        rows, columns = np.nonzero(weights)
    else:
        rows = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
        columns = weights.indices
    return rows.astype(np.int64), columns.astype(np.int64)


def _refuse_extra(given: Any, rows: Any, columns: Any, shape: tuple[int, int], where: str) -> None:
    extra = given.tocoo()
    stated = extra.data != 0
    missing = ~np.isin(extra.row * shape[1] + extra.col, rows * shape[1] + columns) & stated
    if missing.any():
        k = int(np.flatnonzero(missing)[0])
        raise ParameterError(
            f"{where}[{extra.row[k]}, {extra.col[k]}]: got {extra.data[k]:g} s where no connection is, expected delays "
            "of connections alone"
        )


def _kept(found: Array, rows: Any, columns: Any, weights: Any) -> Any:
    if hasattr(weights, "indptr"):
        from scipy.sparse import csr_array

        result = csr_array((np.array(found), weights.indices, weights.indptr), shape=weights.shape)
        result.data.flags.writeable = False
        return result
    dense = np.zeros(weights.shape)
    dense[rows, columns] = found
    dense.flags.writeable = False
    return dense


def of_connections(p: Any) -> tuple[Any, Any, Array, Array]:
    """(post, pre) of every connection of a projection, its magnitude and its delay in s."""
    rows, columns = connections(p.weights)
    if isinstance(p.weights, UniformLateral):
        magnitudes = np.full(len(rows), float(p.weights.value))
    else:
        magnitudes = p.weights[rows, columns] if isinstance(p.weights, np.ndarray) else p.weights.data
    if not is_matrix(p.delay):
        return rows, columns, magnitudes, np.full(len(rows), p.delay)
    return rows, columns, magnitudes, p.delay[rows, columns] if isinstance(p.delay, np.ndarray) else p.delay.data


def off_grid(p: Any, dt: float) -> tuple[str, float] | None:
    """Place ("[i, j]" of a matrix) and value of the first delay that is no whole multiple of dt."""
    rows, columns, _, delay = of_connections(p) if is_matrix(p.delay) else ([0], [0], None, np.array([p.delay]))
    wrong = np.flatnonzero(np.abs(delay / dt - np.round(delay / dt)) > 1e-6)
    if not len(wrong):
        return None
    k = int(wrong[0])
    return (f"[{rows[k]}, {columns[k]}]" if is_matrix(p.delay) else ""), float(delay[k])


def parts(p: P, dt: float) -> list[P]:
    """The projection as parts with one delay each, the longest first; itself where it has one delay."""
    if not is_matrix(p.delay):  # type: ignore[attr-defined]
        return [p]
    known = _parts.setdefault(p, {})
    if dt not in known:
        known[dt] = _split(p, dt)
    return known[dt]


def _split(p: Any, dt: float) -> list[Any]:
    from scipy.sparse import csr_array

    rows, columns, magnitudes, delay = of_connections(p)
    steps = (delay / dt + 0.5).astype(np.int64)
    found = []
    for step in np.unique(steps)[::-1].tolist():
        mine = steps == step
        matrix = csr_array((magnitudes[mine], (rows[mine], columns[mine])), shape=tuple(p.weights.shape))
        matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
        part = object.__new__(type(p))
        # A name that no projection of a user can have, because it is no identifier.
        changes = {"name": f"{p.name} ({step} steps)", "weights": matrix, "delay": step * dt}
        for name, value in {**vars(p), **changes}.items():
            object.__setattr__(part, name, value)
        found.append(part)
    return found

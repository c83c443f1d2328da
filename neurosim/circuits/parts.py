"""The parts of a circuit: inputs, populations and the projections between them. Validated and read-only."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.circuits import delays
from neurosim.circuits.kernels import UniformLateral
from neurosim.gate import count, shown
from neurosim.homeostasis.base import Homeostasis
from neurosim.params import Array, ParameterError, ParamInfo, finite, real, seconds, warn_if_unusual
from neurosim.plasticity.base import Rule

_TAU = ParamInfo("s", "time constant of a synapse", usual=(1e-5, 10.0))
_DELAY = ParamInfo("s", "transmission delay", usual=(1e-6, 10.0))


class SignError(ParameterError):
    """A negative magnitude: with the sign that the library applies, inhibition would excite."""


Weights: TypeAlias = Any
"""A weight matrix (post, pre): dense, sparse, or uniform lateral without storage."""


def _frozen(array: Array) -> Array:
    # -0.0 becomes 0.0, so that equal numbers are equal bytes and circuits of equal numbers have one digest
    result: Array = np.asarray(array, dtype=np.float64) + 0.0
    result.flags.writeable = False
    return result


def _check_name(kind: str, name: str, what: str = "name") -> None:
    if not isinstance(name, str) or not (name.isidentifier() and name.isascii()):
        raise ParameterError(
            f"{kind} {what}: got {shown(name)}, expected letters, digits and _, without accents (it becomes a variable "
            "name)"
        )


@dataclass(frozen=True)
class Input:
    """A source of activity (Hz) that a stimulus drives; `size` channels."""

    name: str
    size: int

    def __post_init__(self) -> None:
        _check_name("Input", self.name)
        _check_size("Input", self.name, self.size)


def _check_size(kind: str, name: str, size: int) -> None:
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
        raise ParameterError(f"{kind} {name!r}: got size {shown(size)}, expected a whole number >= 1")
    count(size, f"{kind} {name!r}: size")


@dataclass(frozen=True, eq=False)
class Population:
    """A group of like units.

    Units
        bias: drive (1 = threshold distance), a number or (size,); it is minus the threshold shift on every rung
    Args:
        homeostasis: one of [neurosim.homeostasis][], several of them (applied in this order), or None; kept as a tuple.
    Raises
        ParameterError for a bad name, size, shape, a value that is not finite, or a homeostasis that is none
    """

    name: str
    size: int
    bias: Any = 0.0
    homeostasis: Any = None

    def __post_init__(self) -> None:
        _check_name("Population", self.name)
        _check_size("Population", self.name, self.size)
        bias = finite(self.bias, "1", f"Population {self.name!r}: bias")
        if bias.shape not in ((), (self.size,)):
            raise ParameterError(
                f"Population {self.name!r}: bias has shape {bias.shape}, expected a number or ({self.size},)"
            )
        object.__setattr__(self, "bias", _frozen(np.broadcast_to(bias, (self.size,))))
        object.__setattr__(self, "homeostasis", _laws(self.homeostasis, f"Population {self.name!r}"))


def _laws(given: Any, where: str) -> tuple[Homeostasis, ...]:
    laws = () if given is None else (given,) if isinstance(given, Homeostasis) else given
    if not isinstance(laws, tuple | list) or not all(isinstance(law, Homeostasis) for law in laws):
        raise ParameterError(
            f"{where}: got the homeostasis {given!r}, expected one of neurosim.homeostasis, several of them, or None"
        )
    return tuple(laws)


@dataclass(frozen=True, eq=False)
class Projection:
    """Weighted connections from `pre` (a population or an input) to `post`.

    Equation
        drive_i += sign * sum_j W[i, j] (kappa * r_j)(t - delay), kappa an exponential of area 1 and time constant tau
        (tau = 0: instantaneous)
    Shapes
        weights (post, pre): dense, scipy.sparse, or a UniformLateral
        delay: a number, or one per connection, (post, pre), dense or scipy.sparse
    Units
        weights drive per Hz (s), >= 0 for a signed projection; tau and delay s
    Raises
        SignError for negative weights in a signed projection; ParameterError for values that are not finite, wrong
        shapes, or a rule that is none
    """

    name: str
    pre: str
    post: str
    weights: Any
    sign: int | None = +1
    tau: Any = 5e-3
    delay: Any = 0.0
    rule: Rule | None = None

    def __post_init__(self) -> None:
        where = f"Projection {self.name!r}"
        for what, name in (("name", self.name), ("pre", self.pre), ("post", self.post)):
            _check_name("Projection", name, what)
        object.__setattr__(self, "sign", _checked_sign(self.sign, where))
        if self.rule is not None and not isinstance(self.rule, Rule):
            raise ParameterError(f"{where}: got the rule {self.rule!r}, expected one of neurosim.plasticity, or None")
        tau = seconds(self.tau, f"{where}: tau")
        warn_if_unusual(self.tau, tau, _TAU, "Projection.tau")
        object.__setattr__(self, "tau", tau)
        object.__setattr__(self, "weights", _checked_weights(self.weights, f"{where}: weights", self.rule is not None))
        at = f"{where}: delay"
        delay = _sparse(self.delay, at, True, once=True) if hasattr(self.delay, "tocsr") else self.delay
        delay = delays.checked(delay, self.weights, at)
        warn_if_unusual(self.delay, delays.values(delay), _DELAY, "Projection.delay")
        object.__setattr__(self, "delay", delay)
        if delays.is_matrix(self.delay) and self.rule is not None:
            raise ParameterError(
                f"{where}: got a delay per connection and the rule {type(self.rule).__name__}, expected one delay for "
                "connections that learn"
            )
        if self.sign is not None and _smallest(self.weights) < 0:
            raise SignError(
                f"{where}: got a weight of {_smallest(self.weights):g}, expected magnitudes >= 0 (the sign is applied "
                "by the library; use sign=None for the free-signed weights of an artificial network)"
            )

    @property
    def factor(self) -> float:
        """+1 or -1; +1 for free-signed weights."""
        return float(self.sign) if self.sign is not None else 1.0

    def apply(self, rates: Array) -> Array:
        """Signed drive of presynaptic activity: (trials, pre) -> (trials, post)."""
        if isinstance(self.weights, UniformLateral):
            return self.factor * self.weights.apply(rates)
        result: Array = np.asarray((self.weights @ rates.T).T)
        return self.factor * result

    def connected(self) -> npt.NDArray[np.bool_] | None:
        """Where a connection is, (post, pre), whatever its weight; None for everywhere.

        A connection exists where a sparse matrix stores one, where a uniform lateral motif has one, and everywhere in a
        dense matrix; from a population onto itself, a diagonal of zeros stays one.
        """
        if isinstance(self.weights, np.ndarray):
            alone = self.pre == self.post and not np.diagonal(self.weights).any()
            return ~np.eye(len(self.weights), dtype=bool) if alone else None
        if isinstance(self.weights, UniformLateral):
            return ~np.eye(self.weights.n, dtype=bool)
        pattern = self.weights.copy()
        pattern.data = np.ones_like(pattern.data)
        stored: npt.NDArray[np.bool_] = pattern.toarray() > 0
        return stored

    def as_given(self, values: Array) -> Weights:
        """Dense values (post, pre) as this projection holds its own: a sparse matrix keeps its connections."""
        given = self.weights
        if not hasattr(given, "indptr"):
            return values
        post = np.repeat(np.arange(given.shape[0]), np.diff(given.indptr))
        return type(given)((values[post, given.indices], given.indices, given.indptr), shape=given.shape)

    def dense(self) -> Array:
        """Magnitudes as a dense (post, pre) array."""
        if isinstance(self.weights, np.ndarray):
            return self.weights
        result: Array = np.asarray(self.weights.toarray(), dtype=np.float64)
        return result


def _checked_sign(sign: Any, where: str) -> int | None:
    """+1, -1 or None; np.sign gives whole numbers of NumPy's, which a file cannot hold."""
    if sign is None:
        return None
    number = isinstance(sign, int | np.integer) and not isinstance(sign, bool)
    if not number or sign not in (+1, -1):
        raise ParameterError(f"{where}: got sign {shown(sign)}, expected +1, -1 or None (free-signed weights)")
    return int(sign)


def _checked_weights(value: Any, where: str, plastic: bool) -> Weights:
    if isinstance(value, UniformLateral):
        return value
    if hasattr(value, "tocsr"):
        return _sparse(value, where, plastic)
    unit = "s" if _has_time(value) else "1"
    array = finite(value, unit, where)
    if array.ndim != 2:
        raise ParameterError(f"{where}: got shape {array.shape}, expected (post, pre)")
    return _frozen(array)


def _sparse(value: Any, where: str, plastic: bool, *, once: bool = False) -> Weights:
    """A canonical copy with narrow indices; what is that already and read-only is shared instead.

    An entry of 0 is a connection where it may grow, and else none; entries of one place are added, or with `once`
    refused.
    """
    from scipy.sparse import csr_array

    if len(value.shape) != 2:
        raise ParameterError(f"{where}: got shape {value.shape}, expected (post, pre)")
    real(np.zeros(0, value.dtype), "1", where)
    try:
        _check_indices(value)
        if once:
            delays.refuse_repeated(value, where)
        if isinstance(value, csr_array) and not any(
            part.flags.writeable for part in (value.data, value.indices, value.indptr)
        ):
            narrow = value.indices.dtype == value.indptr.dtype == np.int32 and value.data.dtype == np.float64
            # A matrix keeps what it once found out about its order; another one on the same arrays looks again.
            again = csr_array((value.data, value.indices, value.indptr), shape=value.shape)
            unsigned = not np.signbit(value.data[value.data == 0]).any()
            if narrow and unsigned and again.has_canonical_format and (plastic or value.data.all()):
                finite(value.data, "1", where)
                return value
        matrix = csr_array(value, dtype=np.float64, copy=True)
        _check_indices(matrix)  # of the formats that SciPy turns into rows without a look at their indices
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        if isinstance(error, ParameterError):
            raise
        reason = " ".join(str(error).split())
        raise ParameterError(
            f"{where}: got a damaged sparse matrix ({reason}), expected indices inside of it"
        ) from None
    matrix.has_sorted_indices = matrix.has_canonical_format = False
    matrix.sum_duplicates()
    if not plastic:
        matrix.eliminate_zeros()
    if max(*matrix.shape, matrix.nnz) < 2**31:
        matrix.indices, matrix.indptr = (part.astype(np.int32, copy=False) for part in (matrix.indices, matrix.indptr))
    matrix.data = _frozen(finite(matrix.data, "1", where))
    return matrix


def _check_indices(value: Any) -> None:
    """Indices of a sparse matrix lie inside of it; SciPy's own loops trust them, and read and write where they point.

    Raises:
        ValueError, TypeError or IndexError: an index or a row's bounds lie outside, or there are more indices than
            values or fewer.
    """
    kind = getattr(value, "format", None)
    if kind in ("csr", "csc", "bsr"):
        # Another matrix on the same arrays: the check may change the types of the one that it looks at.
        type(value)((value.data, value.indices, value.indptr), shape=value.shape).check_format(full_check=True)
    elif kind == "coo":
        type(value)((value.data, (value.row, value.col)), shape=value.shape)
    elif kind == "lil" and [len(row) for row in value.rows] != [len(row) for row in value.data]:
        raise ValueError("a row has not as many columns as values")
    elif kind == "dia":
        rows, columns = value.shape
        if len(value.offsets) != len(value.data) or not all(-rows < offset < columns for offset in value.offsets):
            raise ValueError(f"the offsets of its diagonals are {value.offsets.tolist()}")


def _has_time(value: Any) -> bool:
    """Whether weights were given as a quantity: they must then be times (drive per Hz)."""
    return hasattr(value, "dim") and str(value.dim) != "1"


def _smallest(weights: Weights) -> float:
    if isinstance(weights, UniformLateral):
        return float(weights.value)
    data = weights if isinstance(weights, np.ndarray) else weights.data
    return float(np.min(data, initial=0.0))

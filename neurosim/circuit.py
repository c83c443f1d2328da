"""The description: populations, projections and the circuit they make. Validated, read-only, saved without pickle."""

import dataclasses
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Self, TypeAlias

import numpy as np

from neurosim.kernels import UniformLateral
from neurosim.params import Array, ParameterError, ParamInfo, Params, number, plain, seconds
from neurosim.plasticity.base import Rule
from neurosim.registry import from_dict, unknown_name

Weights: TypeAlias = Any
"""A weight matrix (post, pre): dense, sparse, or uniform lateral without storage."""


def _frozen(array: Array) -> Array:
    result = np.array(array, dtype=np.float64)
    result.flags.writeable = False
    return result


def _numbers(value: Any, unit: str, where: str) -> Array:
    """A finite float64 array, or one sentence that says what was wrong where."""
    raw = plain(value, unit, where)
    try:
        array = np.asarray(raw, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{where}: got {type(value).__name__}, expected an array of numbers") from None
    bad = ~np.isfinite(array)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        place = "[" + ", ".join(map(str, first)) + "]" if first else ""
        raise ParameterError(
            f"{where}{place}: got {array[first]}, expected finite numbers ({int(bad.sum())} of {array.size} are not)"
        )
    return array


def _check_name(kind: str, name: str) -> None:
    if not isinstance(name, str) or not name.isidentifier():
        raise ParameterError(f"{kind} name: got {name!r}, expected letters, digits and _ (it becomes a variable name)")


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
        raise ParameterError(f"{kind} {name!r}: got size {size!r}, expected a whole number >= 1")


@dataclass(frozen=True, eq=False)
class Population:
    """A group of like units.

    Units
        bias: drive (1 = threshold distance), a number or (size,); it is minus the threshold shift on every rung
    Raises
        ParameterError for a bad name, size, shape or a value that is not finite
    """

    name: str
    size: int
    bias: Any = 0.0
    homeostasis: Params | None = None

    def __post_init__(self) -> None:
        _check_name("Population", self.name)
        _check_size("Population", self.name, self.size)
        bias = _numbers(self.bias, "1", f"Population {self.name!r}: bias")
        if bias.shape not in ((), (self.size,)):
            raise ParameterError(
                f"Population {self.name!r}: bias has shape {bias.shape}, expected a number or ({self.size},)"
            )
        object.__setattr__(self, "bias", _frozen(np.broadcast_to(bias, (self.size,))))


@dataclass(frozen=True, eq=False)
class Projection:
    """Weighted connections from `pre` (a population or an input) to `post`.

    Equation
        drive_i += sign * sum_j W[i, j] (kappa * r_j)(t - delay), kappa an exponential of area 1 and time constant tau
        (tau = 0: instantaneous)
    Shapes
        weights (post, pre): dense, scipy.sparse, or a UniformLateral
    Units
        weights drive per Hz (s), >= 0 for a signed projection; tau and delay s
    Raises
        ParameterError for negative weights in a signed projection, values that are not finite, wrong shapes, or a rule
        that is none
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
        _check_name("Projection", self.name)
        if self.sign not in (+1, -1, None):
            raise ParameterError(f"{where}: got sign {self.sign!r}, expected +1, -1 or None (free-signed weights)")
        if self.rule is not None and not isinstance(self.rule, Rule):
            raise ParameterError(f"{where}: got the rule {self.rule!r}, expected one of neurosim.plasticity, or None")
        object.__setattr__(self, "tau", seconds(self.tau, f"{where}: tau"))
        object.__setattr__(self, "delay", seconds(self.delay, f"{where}: delay"))
        object.__setattr__(self, "weights", _checked_weights(self.weights, f"{where}: weights"))
        if self.sign is not None and _smallest(self.weights) < 0:
            raise ParameterError(
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

    def dense(self) -> Array:
        """Magnitudes as a dense (post, pre) array."""
        if isinstance(self.weights, np.ndarray):
            return self.weights
        result: Array = np.asarray(self.weights.toarray(), dtype=np.float64)
        return result


def _checked_weights(value: Any, where: str) -> Weights:
    if isinstance(value, UniformLateral):
        return value
    if hasattr(value, "tocsr"):
        from scipy.sparse import csr_array

        matrix = csr_array(value, dtype=np.float64, copy=True)
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        matrix.data = _frozen(_numbers(matrix.data, "1", where))
        return matrix
    unit = "s" if _has_time(value) else "1"
    array = _numbers(value, unit, where)
    if array.ndim != 2:
        raise ParameterError(f"{where}: got shape {array.shape}, expected (post, pre)")
    return _frozen(array)


def _has_time(value: Any) -> bool:
    """Whether weights were given as a quantity: they must then be times (drive per Hz)."""
    return hasattr(value, "dim") and str(value.dim) != "1"


def _smallest(weights: Weights) -> float:
    if isinstance(weights, UniformLateral):
        return float(weights.value)
    data = weights if isinstance(weights, np.ndarray) else weights.data
    return float(np.min(data, initial=0.0))


@dataclass(frozen=True, eq=False)
class Circuit:
    """Inputs, populations and projections: what is simulated, on any rung.

    Equation
        drive_i(t) = bias_i + sum_p sign_p sum_j W^p_ij (kappa_p * r_j)(t - delay_p)
    Raises
        ParameterError (one sentence) for duplicate names, a projection to or from something that does not exist,
        shapes that do not fit
    """

    inputs: Any = ()
    populations: Any = ()
    projections: Any = ()

    def __post_init__(self) -> None:
        inputs = self.inputs
        if isinstance(inputs, Mapping):
            inputs = [Input(name, size) for name, size in inputs.items()]
        object.__setattr__(self, "inputs", _as_tuple(inputs, Input))
        object.__setattr__(self, "populations", _as_tuple(self.populations, Population))
        object.__setattr__(self, "projections", _as_tuple(self.projections, Projection))
        if not self.populations:
            raise ParameterError("Circuit: got no population, expected at least one")
        _no_duplicates("population or input", [p.name for p in (*self.inputs, *self.populations)])
        _no_duplicates("projection", [p.name for p in self.projections])
        sizes = self.sizes
        targets = {p.name for p in self.populations}
        for projection in self.projections:
            where = f"Projection {projection.name!r}"
            if projection.pre not in sizes:
                raise ParameterError(f"{where}: pre: {unknown_name('population or input', projection.pre, sizes)}")
            if projection.post not in targets:
                raise ParameterError(f"{where}: post: {unknown_name('population', projection.post, targets)}")
            expected = (sizes[projection.post], sizes[projection.pre])
            if tuple(projection.weights.shape) != expected:
                raise ParameterError(
                    f"{where}: weights have shape {tuple(projection.weights.shape)}, expected (post, pre) = {expected}"
                )

    @property
    def sizes(self) -> dict[str, int]:
        """Number of units of every input and population."""
        return {p.name: int(p.size) for p in (*self.inputs, *self.populations)}

    def population(self, name: str) -> Population:
        """The population of that name."""
        for population in self.populations:
            if population.name == name:
                return population  # type: ignore[no-any-return]
        raise unknown_name("population", name, [p.name for p in self.populations])

    def projection(self, name: str) -> Projection:
        """The projection of that name."""
        for projection in self.projections:
            if projection.name == name:
                return projection  # type: ignore[no-any-return]
        raise unknown_name("projection", name, [p.name for p in self.projections])

    def onto(self, name: str) -> tuple[Projection, ...]:
        """Projections that end at a population, in the circuit's order."""
        return tuple(p for p in self.projections if p.post == name)

    @property
    def is_input(self) -> frozenset[str]:
        """Names of the inputs."""
        return frozenset(p.name for p in self.inputs)

    @property
    def recurrent(self) -> bool:
        """Whether any activity finds its way back to where it came from."""
        return self.order() is None

    @property
    def plastic(self) -> bool:
        """Whether anything learns."""
        return any(p.rule is not None for p in self.projections) or any(
            p.homeostasis is not None for p in self.populations
        )

    def order(self) -> tuple[str, ...] | None:
        """Populations in feed-forward order, or None if the circuit is recurrent."""
        done: list[str] = []
        waiting = [p.name for p in self.populations]
        while waiting:
            sources = {n: {q.pre for q in self.onto(n)} - self.is_input for n in waiting}
            ready = [name for name in waiting if sources[name] <= set(done)]
            if not ready:
                return None
            done += ready
            waiting = [name for name in waiting if name not in ready]
        return tuple(done)

    def with_weights(self, **weights: Any) -> Self:
        """A copy with the weights of some projections replaced (name=matrix)."""
        for name in weights:
            self.projection(name)
        changed = [
            dataclasses.replace(p, weights=weights[p.name]) if p.name in weights else p for p in self.projections
        ]
        return dataclasses.replace(self, projections=tuple(changed))

    def with_bias(self, **bias: Any) -> Self:
        """A copy with the bias of some populations replaced (name=number or array)."""
        for name in bias:
            self.population(name)
        changed = [dataclasses.replace(p, bias=bias[p.name]) if p.name in bias else p for p in self.populations]
        return dataclasses.replace(self, populations=tuple(changed))

    def with_projections(self, *projections: Projection) -> Self:
        """A copy with projections added."""
        return dataclasses.replace(self, projections=(*self.projections, *projections))

    def without(self, *names: str) -> Self:
        """A copy without these projections (an ablation)."""
        for name in names:
            self.projection(name)
        return dataclasses.replace(self, projections=tuple(p for p in self.projections if p.name not in names))

    def frozen(self) -> Self:
        """A copy in which nothing learns."""
        return dataclasses.replace(
            self,
            populations=tuple(dataclasses.replace(p, homeostasis=None) for p in self.populations),
            projections=tuple(dataclasses.replace(p, rule=None) for p in self.projections),
        )

    def loop_gain(self, max_slope: Any = 1.0) -> float:
        """How strongly the circuit feeds back on itself: below 1 the steady state is unique.

        Equation
            G = max(0, largest eigenvalue of (S + S^T)/2), S = D^(1/2) W D^(1/2), with W the signed recurrent weights
            of all populations and D = diag(max_slope). For activations with slopes in [0, max_slope] two steady states
            would differ by a vector d with d^T D^-1 d <= d^T W d, so G < 1 admits only one. Uniform inhibition of
            strength w has G = w * max_slope.
        Args:
            max_slope: steepest slope of the activation in Hz per drive (1 for textbook activations), a number or one
                per population name.
        """
        slopes = max_slope if isinstance(max_slope, Mapping) else {p.name: max_slope for p in self.populations}
        info = ParamInfo("Hz", "steepest slope of the activation", low=0)
        sizes = [int(p.size) for p in self.populations]
        offsets = dict(zip([p.name for p in self.populations], np.cumsum([0, *sizes]).tolist(), strict=False))
        total = sum(sizes)
        matrix = np.zeros((total, total))
        root = np.zeros(total)
        for population in self.populations:
            start = offsets[population.name]
            if population.name not in slopes:
                raise unknown_name("population in max_slope", population.name, slopes)
            slope = number(slopes[population.name], info, f"loop_gain: max_slope of {population.name!r}")
            root[start : start + population.size] = np.sqrt(slope)
        for p in self.projections:
            if p.pre in offsets:
                i, j = offsets[p.post], offsets[p.pre]
                block = p.dense()
                matrix[i : i + block.shape[0], j : j + block.shape[1]] += p.factor * block
        matrix = root[:, None] * matrix * root[None, :]
        return max(0.0, float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[-1]))

    @property
    def digest(self) -> str:
        """Fingerprint (sha256, hexadecimal) of everything that the circuit contains; equal circuits share it."""
        text, arrays = _describe(self)
        state = hashlib.sha256(json.dumps(text, sort_keys=True).encode())
        for name in sorted(arrays):
            state.update(
                name.encode() + str(arrays[name].shape).encode() + np.ascontiguousarray(arrays[name]).tobytes()
            )
        return state.hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Circuit) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the circuit to one .npz file (arrays and JSON, no pickle); a killed call leaves no half file."""
        target = Path(path)
        target = target if target.suffix == ".npz" else target.with_name(target.name + ".npz")
        text, arrays = _describe(self)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as stream:
                np.savez_compressed(stream, allow_pickle=False, circuit=np.array(json.dumps(text)), **arrays)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a circuit that [save][neurosim.circuit.Circuit.save] wrote.

        Raises:
            ParameterError: the file is no saved circuit or is damaged.
        """
        try:
            with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as data:
                arrays = {name: data[name] for name in data.files}
            text = json.loads(str(arrays["circuit"]))
        except FileNotFoundError:
            raise
        except Exception as error:
            raise ParameterError(f"{path}: no saved circuit, or a damaged one ({error})") from None
        return cls(*_restore(text, arrays))

    def _rows(self) -> list[tuple[str, str, str]]:
        rows = [("input", p.name, f"{p.size} channels") for p in self.inputs]
        rows += [("population", p.name, f"{p.size} units, bias {_span(p.bias)}") for p in self.populations]
        signs = {1: "excitatory", -1: "inhibitory", None: "free-signed"}
        for p in self.projections:
            kind = type(p.weights).__name__ if not isinstance(p.weights, np.ndarray) else "dense"
            text = f"{p.pre} -> {p.post}, {signs[p.sign]}, {kind} {tuple(p.weights.shape)}, tau {1e3 * p.tau:g} ms"
            text += f", delay {1e3 * p.delay:g} ms" if p.delay else ""
            text += f", learns by {type(p.rule).__name__}" if p.rule is not None else ""
            rows.append(("projection", p.name, text))
        return rows

    def __repr__(self) -> str:
        return "Circuit(\n" + "".join(f"  {kind} {name}: {text}\n" for kind, name, text in self._rows()) + ")"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{k}</td><td><code>{escape(n)}</code></td><td>{escape(t)}</td></tr>" for k, n, t in self._rows()
        )
        return f"<b>Circuit</b><table><tr><th>part</th><th>name</th><th>what</th></tr>{rows}</table>"


def _as_tuple(items: Any, kind: type) -> tuple[Any, ...]:
    result = (items,) if isinstance(items, kind) else tuple(_flat(items, kind))
    for item in result:
        if not isinstance(item, kind):
            raise ParameterError(f"Circuit: got {item!r}, expected a {kind.__name__}")
    return result


def _flat(items: Iterable[Any], kind: type) -> Iterable[Any]:
    for item in items:
        if isinstance(item, tuple | list) and not isinstance(item, kind):
            yield from _flat(item, kind)
        else:
            yield item


def _no_duplicates(kind: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"Circuit: the {kind} name {name!r} is used {names.count(name)} times, expected once")


def _span(values: Array) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _describe(circuit: Circuit) -> tuple[dict[str, Any], dict[str, Array]]:
    arrays: dict[str, Array] = {}
    projections = []
    for p in circuit.projections:
        entry = {"name": p.name, "pre": p.pre, "post": p.post, "sign": p.sign, "tau": p.tau, "delay": p.delay}
        entry["rule"] = p.rule.as_dict() if p.rule is not None else None
        if isinstance(p.weights, UniformLateral):
            entry["uniform"] = {"n": p.weights.n, "value": p.weights.value}
        elif isinstance(p.weights, np.ndarray):
            arrays[f"w_{p.name}"] = p.weights
        else:
            entry["shape"] = [int(n) for n in p.weights.shape]
            # a dot, which no name holds: a projection called w_data stays apart from the data of w
            arrays |= {
                f"w_{p.name}.data": p.weights.data,
                f"w_{p.name}.indices": p.weights.indices,
                f"w_{p.name}.indptr": p.weights.indptr,
            }
        projections.append(entry)
    populations = []
    for q in circuit.populations:
        arrays[f"b_{q.name}"] = q.bias
        rule = q.homeostasis.as_dict() if q.homeostasis is not None else None
        populations.append({"name": q.name, "size": int(q.size), "homeostasis": rule})
    inputs = [{"name": i.name, "size": int(i.size)} for i in circuit.inputs]
    return {"format": 1, "inputs": inputs, "populations": populations, "projections": projections}, arrays


def _restore(text: Mapping[str, Any], arrays: Mapping[str, Array]) -> tuple[Any, Any, Any]:
    def rule(values: Any) -> Any:
        return from_dict(values) if values is not None else None

    def weights(entry: Mapping[str, Any]) -> Weights:
        name = entry["name"]
        if "uniform" in entry:
            return UniformLateral(**entry["uniform"])
        if "shape" in entry:
            parts = tuple(arrays[f"w_{name}.{part}"] for part in ("data", "indices", "indptr"))
            from scipy.sparse import csr_array

            return csr_array(parts, shape=tuple(entry["shape"]))
        return arrays[f"w_{name}"]

    inputs = [Input(**entry) for entry in text["inputs"]]
    populations = [
        Population(e["name"], e["size"], arrays[f"b_{e['name']}"], rule(e["homeostasis"])) for e in text["populations"]
    ]
    projections = [
        Projection(e["name"], e["pre"], e["post"], weights(e), e["sign"], e["tau"], e["delay"], rule(e["rule"]))
        for e in text["projections"]
    ]
    return inputs, populations, projections

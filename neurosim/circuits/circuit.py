"""The description: populations, projections and the circuit they make. Validated, read-only, saved without pickle."""

import dataclasses
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, Self

import numpy as np

from neurosim.circuits import file as circuit_file
from neurosim.circuits.delays import is_matrix, of_connections
from neurosim.circuits.parts import Input as Input
from neurosim.circuits.parts import Population as Population
from neurosim.circuits.parts import Projection as Projection
from neurosim.gate import DimensionError, article, shown, text
from neurosim.params import Array, ParameterError, ParamInfo, number_or_each
from neurosim.randomness import check_apart
from neurosim.reading import a_path
from neurosim.registry import unknown_name


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
            raise ParameterError("Circuit: populations: got no population, expected at least one")
        _no_duplicates("population or input", [p.name for p in (*self.inputs, *self.populations)])
        _no_duplicates("projection", [p.name for p in self.projections])
        check_apart([p.name for p in (*self.inputs, *self.populations, *self.projections)], "Circuit")
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
        """Projections that end at a population, in the circuit's order (none end at an input)."""
        if text(name, "Circuit.onto: name") not in self.sizes:
            raise unknown_name("population or input", name, self.sizes)
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
        return any(p.rule is not None for p in self.projections) or any(p.homeostasis for p in self.populations)

    def order(self) -> tuple[str, ...] | None:
        """Populations in feed-forward order, or None if the circuit is recurrent."""
        done: list[str] = []
        waiting = [p.name for p in self.populations]
        # Collected once: deep networks have hundreds of populations, and each round looks at all that wait.
        sources: dict[str, set[str]] = {name: set() for name in waiting}
        inputs = self.is_input
        for projection in self.projections:
            if projection.pre not in inputs:
                sources[projection.post].add(projection.pre)
        while waiting:
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
        parts = []
        for population in self.populations:
            if population.name not in slopes:
                raise ParameterError(
                    f"loop_gain: max_slope: got {', '.join(map(repr, slopes)) or 'nothing'}, "
                    f"expected one for every population; {population.name!r} has none"
                )
            where, size = f"loop_gain: max_slope of {population.name!r}", int(population.size)
            given = slopes[population.name]
            slope = number_or_each(given, info, where)
            if np.shape(slope) not in ((), (size,)):
                raise ParameterError(f"{where}: got {len(np.atleast_1d(slope))} values, expected a number or {size}")
            parts.append(np.broadcast_to(np.sqrt(slope), (size,)))
        root = np.concatenate(parts)
        matrix = root[:, None] * self.recurrent_weights() * root[None, :]
        return max(0.0, float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[-1]))

    def recurrent_weights(self) -> Array:
        """Signed weights between the populations as one matrix, the populations in the circuit's order.

        Shapes
            (units, units), (post, pre), units of all populations
        """
        sizes = [int(p.size) for p in self.populations]
        offsets = dict(zip([p.name for p in self.populations], np.cumsum([0, *sizes]).tolist(), strict=False))
        matrix = np.zeros((sum(sizes), sum(sizes)))
        for p in self.projections:
            if p.pre in offsets:
                i, j = offsets[p.post], offsets[p.pre]
                block = p.dense()
                matrix[i : i + block.shape[0], j : j + block.shape[1]] += p.factor * block
        return matrix

    @cached_property
    def digest(self) -> str:
        """Fingerprint (sha256, hexadecimal) of everything that the circuit contains; equal circuits share it."""
        return circuit_file.digest(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Circuit) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the circuit to one .npz file (arrays and JSON, no pickle); a killed call leaves no half file."""
        return circuit_file.save(self, a_path(path, "Circuit.save"))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a circuit that [save][neurosim.circuits.circuit.Circuit.save] wrote.

        Raises:
            ParameterError: the file is no saved circuit or is damaged.
        """
        return circuit_file.load(a_path(path, "Circuit.load"), cls)

    def _rows(self) -> list[tuple[str, str, str]]:
        rows = [("input", p.name, f"{p.size} channels") for p in self.inputs]
        rows += [("population", p.name, f"{p.size} units, bias {_span(p.bias)}") for p in self.populations]
        signs = {1: "excitatory", -1: "inhibitory", None: "free-signed"}
        for p in self.projections:
            kind = type(p.weights).__name__ if not isinstance(p.weights, np.ndarray) else "dense"
            text = f"{p.pre} -> {p.post}, {signs[p.sign]}, {kind} {tuple(p.weights.shape)}, tau {1e3 * p.tau:g} ms"
            if is_matrix(p.delay):
                shortest, longest_one = (1e3 * float(f(of_connections(p)[3])) for f in (np.min, np.max))
                text += f", delays {shortest:g} to {longest_one:g} ms"
            else:
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
    word = kind.__name__
    ways = {"Input": '{"x": 3}', "Population": '[Population("p", 3)]', "Projection": "[Projection(...)]"}
    wrong = isinstance(items, str | bytes | type | np.ndarray) or not hasattr(items, "__iter__")
    if wrong and not isinstance(items, kind):
        raise DimensionError(f"Circuit: {word.lower()}s: got {shown(items)}, expected some, such as {ways[word]}")
    result = (items,) if isinstance(items, kind) else tuple(_flat(items, kind))
    for item in result:
        if not isinstance(item, kind):
            wanted = f"{article(word)} {word}, such as {ways[word]}"
            raise ParameterError(f"Circuit: {word.lower()}s: got {shown(item)}, expected {wanted}")
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

"""A feed-forward circuit of static units as arrays: forward, backward, and back to a circuit."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim.activations.base import Activation
from neurosim.activations.prelu import PReLU
from neurosim.cells.base import Cell, check_length
from neurosim.cells.unit import Unit
from neurosim.circuits.circuit import Circuit
from neurosim.meant import cells_of
from neurosim.params import Array, DimensionError, ParameterError


class Network:
    """Weights, biases and activations of a circuit, with gradients by reverse accumulation.

    Equation
        drive = bias + sum_p sign_p W^p a_pre;  a = activation(drive);  backwards the same with the transposes
    Shapes
        every activity (trials, units); weights (post, pre), dense; where a projection has no connection they stay 0
    Raises
        ParameterError: a recurrent circuit, a learned slope that is none
        DimensionError: cells that are no static units
    """

    def __init__(self, circuit: Circuit, cells: Cell | Mapping[str, Cell]) -> None:
        order = circuit.order()
        if order is None:
            raise ParameterError("Network: got a recurrent circuit, expected a feed-forward one (gradient descent)")
        every = cells_of(circuit, cells, "Network", "ns.Unit()")
        for name in order:
            if not isinstance(every[name], Unit):
                raise DimensionError(f"Network: cells[{name!r}]: got {every[name]!r}, expected a Unit")
            check_length(every[name], circuit.sizes[name], f"Network: cells[{name!r}]")
        self.circuit, self.order = circuit, order
        self.activations: dict[str, Activation] = {name: every[name].activation for name in order}  # type: ignore[attr-defined]
        self.weights = {p.name: np.array(p.factor * p.dense()) for p in circuit.projections}
        # Everywhere in a dense matrix; where a sparse one stores an entry.
        exists = {p.name: p.connected() for p in circuit.projections}
        self.missing = {name: ~found for name, found in exists.items() if found is not None}
        self.biases = {p.name: np.array(p.bias) for p in circuit.populations}
        self.negative_slopes = {
            n: _negative_slopes(a, circuit.sizes[n]) for n, a in self.activations.items() if isinstance(a, PReLU)
        }
        self.onto = {name: circuit.onto(name) for name in order}
        self.output = order[-1]
        self.hidden = order[:-1]

    def activation(self, name: str) -> Activation:
        """The activation of a population with what was learned of it."""
        found = self.activations[name]
        return (
            found.replace(negative_slopes=tuple(self.negative_slopes[name].tolist()))
            if name in self.negative_slopes
            else found
        )

    def forward(self, inputs: Mapping[str, Array], masks: Mapping[str, Array] | None = None) -> "Pass":
        """Drives and activities of all populations; `masks` multiply the activities of some."""
        result = Pass(dict(inputs), {}, masks or {})
        for name in self.order:
            drive: Any = None
            for p in self.onto[name]:
                part = result.activity[p.pre] @ self.weights[p.name].T
                drive = part if drive is None else np.add(drive, part, out=drive)
            trials = len(next(iter(inputs.values())))
            drive = (
                np.tile(self.biases[name], (trials, 1))
                if drive is None
                else np.add(drive, self.biases[name], out=drive)
            )
            activity = self.activation(name)(drive) if name in self.negative_slopes else self.activations[name](drive)
            if name in result.masks:
                activity = activity * result.masks[name]
            result.drive[name], result.activity[name] = drive, activity
        return result

    def backward(self, run: "Pass", cotangents: Mapping[str, Array]) -> "Gradients":
        """Gradients of sum_pop <cotangent, activity> by weights, biases and negative_slopes."""
        waiting = dict(cotangents)
        found = Gradients({}, {}, {})
        for name in reversed(self.order):
            if name not in waiting:
                continue
            back = waiting.pop(name)
            if name in run.masks:
                back = back * run.masks[name]
            if name in self.negative_slopes:
                activation = self.activation(name)
                assert isinstance(activation, PReLU)
                found.negative_slopes[name] = np.einsum(
                    "ij,ij->j", back, activation.negative_slope_derivative(run.drive[name])
                )
                delta = activation.pullback(run.drive[name], back)
            else:
                delta = self.activations[name].pullback(run.drive[name], back)
            found.biases[name] = delta.sum(axis=0)
            for p in self.onto[name]:
                found.weights[p.name] = delta.T @ run.activity[p.pre]
                if p.name in self.missing:
                    found.weights[p.name][self.missing[p.name]] = 0.0
                if p.pre in self.biases:
                    part = delta @ self.weights[p.name]
                    waiting[p.pre] = waiting[p.pre] + part if p.pre in waiting else part
        return found

    def inside_signs(self) -> None:
        """Put weights of signed projections that crossed zero back to zero."""
        for p in self.circuit.projections:
            if p.sign is not None:
                w = self.weights[p.name]
                np.maximum(w, 0.0, out=w) if p.sign > 0 else np.minimum(w, 0.0, out=w)

    def to_circuit(self) -> Circuit:
        """The circuit with these weights and biases; sparse projections stay sparse."""
        weights = {p.name: p.as_given(p.factor * self.weights[p.name] + 0.0) for p in self.circuit.projections}
        return self.circuit.with_weights(**weights).with_bias(**self.biases)

    def to_cells(self) -> dict[str, Cell]:
        """The units with what was learned of their activations."""
        return {name: Unit(activation=self.activation(name)) for name in self.order}


@dataclasses.dataclass(frozen=True)
class Pass:
    """What a forward pass leaves for the backward one."""

    activity: dict[str, Array]
    drive: dict[str, Array]
    masks: Mapping[str, Array]


@dataclasses.dataclass(frozen=True)
class Gradients:
    """Gradients by projection (weights, with the projection's sign) and by population (biases, negative_slopes)."""

    weights: dict[str, Array]
    biases: dict[str, Array]
    negative_slopes: dict[str, Array]


def _negative_slopes(activation: PReLU, units: int) -> Array:
    if activation.negative_slopes and len(activation.negative_slopes) != units:
        raise ParameterError(
            f"PReLU.negative_slopes: got {len(activation.negative_slopes)} slopes, expected {units}, one per unit"
        )
    return (
        np.array(activation.negative_slopes)
        if activation.negative_slopes
        else np.full(units, activation.negative_slope)
    )

"""A network of rectified linear units as cells whose single spike is the activity."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.activations.identity import Identity
from neurosim.activations.relu import ReLU
from neurosim.cells.base import Cell
from neurosim.cells.timed_if import TimedIF
from neurosim.cells.unit import Unit
from neurosim.circuits.circuit import Circuit, Input, Projection
from neurosim.conversion.calibration import Translation
from neurosim.conversion.network import checked_order, static_units
from neurosim.conversion.timed_result import NEGATIVE, TimedConversion
from neurosim.params import Array, ParameterError
from neurosim.prediction import constant_inputs
from neurosim.registry import lookup
from neurosim.simulate import simulate

_ROOM = 0.5
"""Activity for which a window has room above the largest: in steps activities are rounded, up too."""
_READOUTS = {"static": "static", "spiking": "spiking"}


@dataclass(frozen=True, eq=False)
class _Layer:
    """What a population becomes: its weights times `gain`, and a bias of the same unit."""

    gain: Array
    bias: Array
    depth: int
    largest: float
    """The largest activity of the calibration."""


def timed(
    circuit: Circuit, cells: Cell | Mapping[str, Cell], cell: TimedIF, stimuli: Any, *, readout: str = "static"
) -> TimedConversion:
    """A feed-forward network of rectified linear units as cells that spike once, at a time that is the activity.

    Each layer has a window of its own, which opens when that of the layer before closes. It is as long as the largest
    activity of the calibration asks for (a whole number of tau_c, with room for half of one), or as long as the cell's
    if that was given. Inputs are spikes too; one that may be negative has two channels per value, one for either sign.

    Equation
        W' = gain * tau_c * W;  bias' = gain * (bias - threshold)
    Args:
        circuit: feed-forward, layer by layer; `cells` its static units, all ReLU but those of a static read-out.
        cell: what every unit becomes: its tau_c, and its window if it has one.
        stimuli: the network's inputs, which say how large activities become and which inputs may be negative.
        readout: "static": the output is computed from the activities of the last spiking populations; "spiking": the
            output population spikes too, after a common offset that makes all logits of the calibration positive.

    Raises:
        ParameterError: a recurrent circuit, populations that hear layers of different depth, another activation than
            ReLU, or a window that is too short.
    Source
        Stanojevic et al., Nat Commun 15, 6793 (2024).
    """
    names = checked_order(circuit)
    units = static_units(circuit, cells, names)
    given = constant_inputs(stimuli, circuit, "convert: stimuli")
    if cell.opens:
        raise ParameterError(
            f"convert: cell: its window opens at {cell.opens:g} s, expected 0 s: a layer's own follows"
        )
    spiking = names if lookup("readout", readout, _READOUTS) == "spiking" else names[:-1]
    if not spiking:
        raise ParameterError("convert: got a network without hidden populations, expected one, or readout='spiking'")
    run = simulate(circuit, units, given, progress=False)
    layers, offset = _layers(circuit, units, spiking, names[-1], run.rates)
    ranges = {name: (float(rates.min()), float(rates.max())) for name, rates in given.rates.items()}
    windows = _windows(layers, ranges, cell)
    signed = tuple(name for name, (low, _) in ranges.items() if low < 0)
    opens = np.cumsum([0.0, *windows])
    made = {
        name: cell.replace(opens=float(opens[part.depth]), window=windows[part.depth]) for name, part in layers.items()
    }
    parts = tuple(Translation(name, "exact", made[name].largest, 1.0, 1.0, 0.0, 0.0, 0.0) for name in layers)
    translated = _translated(circuit, layers, signed, cell.tau_c)
    return TimedConversion(
        translated, made, parts, circuit, units, readout, offset, "constant", 1.0, cell.tau_c, windows[0], signed
    )


def _layers(
    circuit: Circuit, units: Mapping[str, Unit], spiking: list[str], last: str, rates: Mapping[str, Array]
) -> tuple[dict[str, _Layer], float]:
    """Every spiking population, and the offset of the outputs."""
    layers: dict[str, _Layer] = {}
    offset = 0.0
    for name in spiking:
        activation = units[name].activation
        bias = circuit.population(name).bias
        gain = np.ones(len(bias))
        activity = rates[name]
        if name == last and isinstance(activation, Identity):
            offset = max(0.0, -float(activity.min()))
            activity, bias = activity + offset, bias + offset
        elif type(activation) is ReLU:
            gain = np.broadcast_to(np.asarray(activation.gain, dtype=np.float64), bias.shape)
            bias = gain * (bias - activation.threshold)
        else:
            raise ParameterError(
                f"convert: {name!r}: {type(activation).__name__} has no timed equivalent, because the time that is "
                "left after a spike is a rectified linear activity; expected ReLU"
            )
        layers[name] = _Layer(gain, bias, _depth(circuit, name, layers), float(activity.max(initial=0.0)))
    return layers, offset


def _depth(circuit: Circuit, name: str, layers: Mapping[str, _Layer]) -> int:
    """One more than the depth of what it hears: all of it must have spoken when its window opens, and not before."""
    heard = {p.pre: layers[p.pre].depth if p.pre in layers else 0 for p in circuit.onto(name)}
    if len(set(heard.values())) > 1:
        ends = ", ".join(f"{pre!r} (layer {depth})" for pre, depth in heard.items())
        raise ParameterError(
            f"convert: {name!r} hears {ends}, whose windows close at different times, expected layers one after another"
        )
    return 1 + max(heard.values(), default=0)


def _windows(layers: Mapping[str, _Layer], ranges: Mapping[str, tuple[float, float]], cell: TimedIF) -> list[float]:
    """Length in s of the window of every depth, that of the inputs first."""
    asked = {(0, name): max(-low, high) for name, (low, high) in ranges.items()}
    asked |= {(part.depth, name): part.largest for name, part in layers.items()}
    depths = 1 + max(depth for depth, _ in asked)
    if cell.free:
        most = [max((x for (depth, _), x in asked.items() if depth == k), default=0.0) for k in range(depths)]
        return [float((np.floor(x + _ROOM) + 1.0) * cell.tau_c) for x in most]
    for (_, name), x in asked.items():
        if x > cell.largest:
            raise ParameterError(
                f"convert: cell: its window of {cell.window:g} s holds activities up to {cell.largest:g} and the "
                f"stimuli bring {name!r} to {x:g}, expected {x * cell.tau_c:g} s or more, or none for one that fits"
            )
    return [float(cell.window)] * depths


def _translated(circuit: Circuit, layers: Mapping[str, _Layer], signed: tuple[str, ...], tau_c: float) -> Circuit:
    taken = {part.name for part in (*circuit.inputs, *circuit.populations, *circuit.projections)}
    names = [p.name for p in circuit.projections if p.pre in signed and p.post in layers]
    for name in (*signed, *names):
        if name + NEGATIVE in taken:
            raise ParameterError(f"convert: circuit: {name + NEGATIVE!r} stands for the negative part of {name!r}, "
                                 "expected another name")  # fmt: skip
    inputs = [*circuit.inputs, *(Input(i.name + NEGATIVE, i.size) for i in circuit.inputs if i.name in signed)]
    populations = [
        dataclasses.replace(q, bias=layers[q.name].bias, homeostasis=None)
        for q in circuit.populations
        if q.name in layers
    ]
    projections = []
    for p in circuit.projections:
        if p.post not in layers:
            continue
        positive = _projection(p, layers[p.post].gain, tau_c)
        projections.append(positive)
        if p.pre in signed:
            flipped = positive.weights if p.sign is not None else -positive.weights
            sign = None if p.sign is None else -p.sign
            name, pre = p.name + NEGATIVE, p.pre + NEGATIVE
            projections.append(dataclasses.replace(positive, name=name, pre=pre, weights=flipped, sign=sign))
    return Circuit(tuple(inputs), tuple(populations), tuple(projections))


def _projection(p: Projection, gain: Array, tau_c: float) -> Projection:
    """The same connections as spikes use them: an instantaneous synapse that switches a current on."""
    if hasattr(p.weights, "indptr"):
        weights = p.weights.copy()
        weights.data = weights.data * np.repeat(gain, np.diff(weights.indptr)) * tau_c
    else:
        weights = gain[:, None] * p.dense() * tau_c
    return dataclasses.replace(p, weights=weights, tau=0.0, delay=0.0, rule=None)

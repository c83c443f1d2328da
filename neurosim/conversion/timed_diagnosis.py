"""How good a timed copy of a network is, layer by layer, and what its error comes from."""

import numpy as np

from neurosim.cells.timed_if import TimedIF
from neurosim.circuits.circuit import Circuit
from neurosim.conversion.causes import FINE, NEXT_STEP, LayerDiagnosis, correlation
from neurosim.conversion.timed_result import NEGATIVE, TimedConversion
from neurosim.engines.base import mean_drive
from neurosim.params import Array
from neurosim.recording import Recording
from neurosim.stimuli.stimulus import Stimulus

_EQUAL = 1e-9
"""Largest error over the activities of a layer that counts as none: rounding is a thousand times smaller."""
_FULL = 0.9
"""Fraction of its window from which on a unit counts as saturated."""


def timed_layers(
    circuit: Circuit, conversion: TimedConversion, given: Stimulus, network: Recording, run: Recording
) -> list[LayerDiagnosis]:
    """Every spiking population, judged by what its own inputs really sent."""
    found = conversion.times_left(run)
    known = {**given.rates, **found}
    layers: list[LayerDiagnosis] = []
    for name, cell in conversion.timed_cells.items():
        offset = conversion.offset if name == conversion.output else 0.0
        wanted = _activity(conversion, name, network.drive[name], offset)
        asked = _activity(conversion, name, mean_drive(circuit, name, known), offset)
        heard = next((part.population for part in layers if part.cause != FINE), "")
        layers.append(_judged(circuit, conversion, name, cell, (wanted, asked, found[name]), heard, run))
    return layers


def _activity(conversion: TimedConversion, name: str, drive: Array, offset: float) -> Array:
    if name == conversion.output and offset:
        return np.maximum(drive + offset, 0.0)
    transfer = conversion.source_cells[name].transfer
    assert transfer is not None
    return np.maximum(transfer(drive), 0.0)


def _judged(
    circuit: Circuit, conversion: TimedConversion, name: str, cell: TimedIF, values: tuple[Array, Array, Array],
    heard: str, run: Recording,
) -> LayerDiagnosis:  # fmt: skip
    wanted, asked, copy = values
    active, norm = wanted > 0, float((wanted**2).sum())
    ever = active.any(axis=0)
    scale = float(np.sqrt(np.mean(wanted**2))) or 1.0
    own, upstream = _rms(copy - asked), _rms(asked - wanted)
    clipped = float(np.mean(asked[asked > 0] > cell.largest * (1 + _EQUAL))) if (asked > 0).any() else 0.0
    cause, evidence = _cause(circuit, conversion, name, (own / scale, upstream / scale), clipped, heard, run)
    return LayerDiagnosis(
        name, correlation(copy, wanted), float((copy * wanted).sum()) / norm if norm else float("nan"), clipped,
        float(np.mean(copy[active] >= _FULL * cell.largest)) if active.any() else 0.0,
        float(np.mean(copy.max(axis=0)[ever] == 0)) if ever.any() else 0.0,
        cell.closes, float((copy > 0).any()), cause, evidence, NEXT_STEP[cause],
        _rms(copy - wanted) / scale if norm else float("nan"),
        "" if max(own, upstream) <= _EQUAL * scale else "inputs" if upstream > own else "counting",
    )  # fmt: skip


def _cause(
    circuit: Circuit, conversion: TimedConversion, name: str, errors: tuple[float, float], clipped: float, heard: str,
    run: Recording,
) -> tuple[str, str]:  # fmt: skip
    """The first cause that fits, and the number that speaks for it."""
    own, upstream = errors
    wrong = _wrong_weights(circuit, conversion, name)
    if wrong > _EQUAL:
        return "weights wrong", f"its weights differ from the network's by {100 * wrong:.2g} % of the largest"
    if clipped:
        return "window too short", f"{100 * clipped:.2g} % of the active units are asked for more than it holds"
    late = conversion.lateness(run)
    if own > _EQUAL and late:
        return "grid too coarse", f"steps of {1e3 * late:.3g} ms move its activities by {100 * own:.2g} % (rms)"
    if own > _EQUAL:
        return "bias wrong", f"it misses what its inputs ask for by {100 * own:.2g} % (rms)"
    if upstream > _EQUAL:
        return "upstream", f"it is what its inputs ask for, and {heard or 'the input'!r} is no exact copy"
    return FINE, f"largest difference from the network {max(own, upstream):.1g} of its activities"


def _wrong_weights(circuit: Circuit, conversion: TimedConversion, name: str) -> float:
    """Largest difference between the weights that it has and those of its translation, over the largest."""
    gain = np.asarray(getattr(conversion.source_cells[name].transfer, "gain", 1.0), dtype=np.float64)
    mine = {p.name: p.factor * p.dense() for p in conversion.circuit.onto(name)}
    worst = 0.0
    for p in circuit.onto(name):
        wanted = np.reshape(gain, (-1, 1)) * p.factor * p.dense() * conversion.tau_c
        largest = float(np.abs(wanted).max()) or 1.0
        for key, sign in ((p.name, 1.0), (p.name + NEGATIVE, -1.0)):
            if key in mine:
                worst = max(worst, float(np.abs(mine[key] - sign * wanted).max()) / largest)
    return worst


def _rms(x: Array) -> float:
    return float(np.sqrt(np.mean(np.square(x))))

"""convert: a trained feed-forward network as a circuit of spiking cells."""

import dataclasses
from collections.abc import Mapping
from typing import Any, overload

from neurosim.activations.base import Activation
from neurosim.activations.identity import Identity
from neurosim.activations.relu import ReLU
from neurosim.cells.base import Cell, SpikingCell
from neurosim.cells.timed_if import TimedIF
from neurosim.cells.unit import Unit
from neurosim.circuits.circuit import Circuit
from neurosim.conversion.calibration import Translation, translate
from neurosim.conversion.network import checked_order, static_units
from neurosim.conversion.result import Conversion
from neurosim.conversion.timed import timed
from neurosim.conversion.timed_result import TimedConversion
from neurosim.params import DimensionError, ParameterError, ParamInfo, number, seconds
from neurosim.per_unit import lengths
from neurosim.prediction import constant_inputs
from neurosim.recording import Recording
from neurosim.registry import lookup
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import Stimulus

_SYNAPSE = 5e-3
"""Synaptic time constant in s where none is given and steps would be lost."""
_PERCENTILE = ParamInfo("1", "of the active units' activities", above=0.0, high=100.0)
_PEAK = 200.0
"""Hz where no peak rate is given."""
_EXACT, _FITTED = 100.0, 99.9
"""Percentiles where none is given: clipping is the only error of an exact cell that does not fall with the duration."""
_RATE = ParamInfo("Hz", "a firing rate", low=1e-6, high=1e6)
_SCALE = ParamInfo("1", "the activity at the peak rate", above=0.0)
_READOUTS = {"static": "static", "spiking": "spiking"}
_ENCODINGS: dict[str, Any] = {"constant": "constant", "poisson": "poisson", "regular": "regular"}


@overload
def convert(
    circuit: Circuit, cells: Cell | Mapping[str, Cell], cell: TimedIF, stimuli: Any, *, readout: str = ...
) -> TimedConversion: ...


@overload
def convert(
    circuit: Circuit, cells: Cell | Mapping[str, Cell], cell: SpikingCell, stimuli: Any, *,
    percentile: float | None = ..., peak: float = ..., scales: Mapping[str, float] | None = ..., readout: str = ...,
    tau: float | None = ..., encoding: str = ..., input_peak: float = ...,
) -> Conversion: ...  # fmt: skip


def convert(
    circuit: Circuit,
    cells: Cell | Mapping[str, Cell],
    cell: SpikingCell,
    stimuli: Any,
    *,
    percentile: float | None = None,
    peak: float = _PEAK,
    scales: Mapping[str, float] | None = None,
    readout: str = "static",
    tau: float | None = None,
    encoding: str = "constant",
    input_peak: float = _PEAK,
) -> Conversion:
    """A feed-forward network of static units as a circuit of spiking cells, calibrated on stimuli.

    Each layer's activities are scaled so that their percentile is the peak rate; the affine map of the drive comes from
    the cell's own f-I curve, by least squares over the drives that the stimuli cause, so threshold, refractoriness and
    saturation are taken into account as far as an affine map can. A perfect integrate-and-fire cell needs no fit, and
    neither does a network that was trained with the cell's own curve (LIFCurve, or SoftLIF up to its smoothing).

    With `TimedIF` it is one of times: every unit of a ReLU network spikes at most once, at a time that is its activity.
    [timed][neurosim.conversion.timed.timed] is called then, which takes no option but `readout`.

    Equation
        W' = gain_post * W * scale_pre/peak_pre;  bias' = gain_post * bias + threshold_post
    Args:
        circuit: feed-forward; `cells` its static units, with activities >= 0 in all hidden populations.
        cell: what every unit becomes.
        stimuli: the network's inputs for the calibration, (trials, channels), or a constant stimulus.
        percentile: of the active units' activities of a layer that becomes the peak rate; more is clipped or saturates.
            Left out, it is 100 for a cell whose curve is the ReLU itself, so that nothing is clipped and the error
            falls as 1/duration, and 99.9 for one whose curve is fitted, where a rare activity would spoil the fit.
        peak: that rate in Hz. In steps of dt a PerfectIF cell cannot exceed 1/dt: with peak = 1/dt an activity is read
            in as many levels as there are steps.
        scales: activity at the peak rate for some populations, instead of the percentile.
        readout: "static": the output is computed from the rates of the last spiking populations, like a potential that
            is never reset, and may be negative; "spiking": the output population spikes too, after a common offset that
            makes all logits of the calibration positive, which changes no decision.
        tau: synaptic time constant in s; with 0 each spike is a step of the membrane potential. Left out, it is 0, or
            5 ms for a cell with refractoriness, which would lose the steps that arrive meanwhile. Inputs that are
            currents pass no synapse.
        encoding: "constant": inputs are currents; "poisson" or "regular": spikes, for inputs >= 0.
        input_peak: rate in Hz of the largest input of the calibration, where inputs are spikes.

    Raises:
        ParameterError: a recurrent circuit, an activation without a spiking equivalent, or a value out of its range.
        DimensionError: cells that are no static units, or a cell that does not spike.
    Source
        Diehl et al., IJCNN (2015); Rueckauer et al., Front Neurosci 11:682 (2017), sec. 2 (weight normalisation by a
        percentile); Hunsberger & Eliasmith, arXiv:1510.08829 (2015) (training with the neuron's own curve).
    """
    _check_cell(cell)
    if isinstance(cell, TimedIF):
        _refuse_of_rates(
            percentile=percentile, scales=scales, tau=tau, peak=peak, input_peak=input_peak, encoding=encoding
        )
        return timed(circuit, cells, cell, stimuli, readout=readout)
    tau = (_SYNAPSE if cell.refractory else 0.0) if tau is None else seconds(tau, "convert: tau")
    names = checked_order(circuit)
    usual = _EXACT if isinstance(cell.transfer, ReLU) else _FITTED
    percentile = number(usual if percentile is None else percentile, _PERCENTILE, "convert: percentile")
    peak, input_peak = number(peak, _RATE, "convert: peak"), number(input_peak, _RATE, "convert: input_peak")
    scales = _checked_scales(scales)
    units = static_units(circuit, cells, names)
    sent_as = lookup("encoding", encoding, _ENCODINGS)
    given = constant_inputs(stimuli, circuit, "convert: stimuli")
    run = simulate(circuit, units, given, progress=False)
    spiking = names if lookup("readout", readout, _READOUTS) == "spiking" else names[:-1]
    if not spiking:
        raise ParameterError("convert: got a network without hidden populations, expected one, or readout='spiking'")
    layers, offset = _translations(units, cell, spiking, run, scales, percentile, peak)
    input_unit = _input_unit(given, encoding, input_peak)
    translated = _translated(circuit, layers, names[-1], offset, input_unit, tau, encoding)
    spiking_cells, parts = dict.fromkeys(layers, cell), tuple(layers.values())
    return Conversion(translated, spiking_cells, parts, circuit, units, readout, offset, sent_as, input_unit)


def _translations(
    units: Mapping[str, Unit], cell: SpikingCell, spiking: list[str], run: Recording, scales: Mapping[str, float],
    percentile: float, peak: float,
) -> tuple[dict[str, Translation], float]:  # fmt: skip
    """Every spiking population, and the offset of the outputs."""
    offset, layers = 0.0, {}
    for name in spiking:
        activation, drive = units[name].activation, run.drive[name]
        if name == list(units)[-1]:
            activation, offset = _output(activation, run.rates[name])
            drive = drive + offset
        _check_activation(name, activation)
        scale = scales.get(name)
        layers[name] = translate(name, activation, cell, _curve(cell, name), drive, scale, percentile, peak)
    unknown = sorted(set(scales) - set(layers))
    if unknown:
        raise ParameterError(f"convert: scales: got {unknown[0]!r}, expected populations that spike: {list(layers)}")
    return layers, offset


def _refuse_of_rates(**options: Any) -> None:
    """An error for an option of rates beside cells that spike once."""
    usual = {"peak": _PEAK, "input_peak": _PEAK, "encoding": "constant"}
    for name, value in options.items():
        if value != usual.get(name):
            raise ParameterError(
                f"convert: {name}: TimedIF cells have no rates to scale, expected no option but readout"
            )


def _check_cell(cell: Any) -> None:
    if not isinstance(cell, SpikingCell):
        raise DimensionError(f"convert: cell: got {type(cell).__name__}, expected a spiking cell such as LIF()")
    if cell.units is not None:
        name, length = next(lengths(cell))
        raise ParameterError(
            f"convert: cell: {name} has {length} values, expected one number: all units of a layer share one scale"
        )


def _checked_scales(scales: Mapping[str, float] | None) -> dict[str, float]:
    if not isinstance(scales, Mapping | None):
        raise DimensionError(f"convert: scales: got {scales!r}, expected activities by population name")
    return {name: number(value, _SCALE, f"convert: scales[{name!r}]") for name, value in (scales or {}).items()}


def _check_activation(name: str, activation: Activation) -> None:
    if activation.acts_on != "unit" or activation.range[0] < 0:
        raise ParameterError(
            f"convert: {name!r}: {type(activation).__name__} has no spiking equivalent here, because "
            f"{'it acts on the whole population' if activation.acts_on != 'unit' else 'a rate is never negative'}; "
            "expected ReLU, SoftLIF, LIFCurve or another activation >= 0"
        )


def _curve(cell: SpikingCell, name: str) -> Activation:
    if cell.transfer is None:
        raise ParameterError(
            f"convert: {name!r}: {type(cell).__name__} has no f-I curve in closed form, expected a cell that has, such "
            "as LIF or PerfectIF"
        )
    return cell.transfer


def _output(activation: Activation, logits: Any) -> tuple[Activation, float]:
    """A linear output as a rectified one of logits that an offset has made positive."""
    if not isinstance(activation, Identity):
        return activation, 0.0
    return ReLU(), max(0.0, -float(logits.min()))


def _input_unit(given: Stimulus, encoding: str, input_peak: float) -> float:
    if encoding == "constant":
        return 1.0
    low = min(float(rates.min()) for rates in given.rates.values())
    high = max(float(rates.max()) for rates in given.rates.values())
    if low < 0 or high <= 0:
        raise ParameterError(f"convert: stimuli: got {low:g} to {high:g}, expected inputs >= 0 to send as spikes")
    return high / input_peak


def _translated(
    circuit: Circuit, layers: Mapping[str, Translation], last: str, offset: float, input_unit: float, tau: float,
    encoding: str,
) -> Circuit:  # fmt: skip
    populations, projections = [], []
    for q in circuit.populations:
        if q.name in layers:
            part = layers[q.name]
            bias = q.bias + (offset if q.name == last else 0.0)
            populations.append(dataclasses.replace(q, bias=part.gain * bias + part.threshold, homeostasis=None))
    for p in circuit.projections:
        if p.post in layers:
            unit = layers[p.pre].unit if p.pre in layers else input_unit
            weights = layers[p.post].gain * unit * p.dense()
            synapse = 0.0 if encoding == "constant" and p.pre in circuit.is_input else tau
            projections.append(dataclasses.replace(p, weights=weights, tau=synapse, delay=0.0, rule=None))
    return Circuit(circuit.inputs, tuple(populations), tuple(projections))

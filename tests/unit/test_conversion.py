"""Conversion: the translation against numbers worked out by hand, its bounds, and networks that keep their accuracy."""

import dataclasses
import math

import numpy as np
import pytest

import neurosim as ns
from neurosim.activations.lif_curve import LIFCurve
from neurosim.activations.soft_lif import SoftLIF
from neurosim.activations.tanh import Tanh
from neurosim.cells.perfect_if import PerfectIF
from neurosim.conversion import convert, import_network
from neurosim.params import DimensionError, ParameterError
from neurosim.training import layered, train

STEP = 1e-3


def steps(count, dt=STEP):
    return ns.Schedule(duration=count * dt, settle=0.0, dt=dt)


def run(conversion, inputs, schedule, **options):
    stimulus = conversion.stimulus(inputs)
    return ns.simulate(conversion.circuit, conversion.cells, stimulus, schedule, progress=False, **options)


@pytest.fixture(scope="module")
def digits():
    images = ns.datasets.digits()
    order = np.random.default_rng(0).permutation(len(images))[:900]
    x, y = images.flat[order], images.labels[order]
    circuit, cells = layered([64, 48, 48, 10], seed=0)
    trained = train(circuit, cells, x[:600], y[:600], epochs=25, progress=False)
    return trained.circuit, trained.cells, x[:600], x[600:], y[600:]


def accuracy(output, labels):
    return float(np.mean(output.argmax(axis=1) == labels))


@pytest.mark.parametrize(("v_start", "bound"), [(0.0, 1.0), (0.5, 0.5)])
@pytest.mark.parametrize("count", [4, 16, 64])
def test_the_error_of_a_perfect_if_cell_is_bounded(v_start, bound, count):
    a = np.linspace(-0.5, 1.5, 401)
    network = import_network([(np.ones((1, 1)), None), (np.ones((1, 1)), None)])
    cell = PerfectIF(v_start=v_start)
    conversion = convert(*network, cell, a[:, None], scales={"hidden1": 1.0}, peak=1 / STEP)
    rate = run(conversion, a[:, None], steps(count)).rates["hidden1"][:, 0] * STEP
    # Rueckauer et al. 2017; the sums of v are rounded, hence the last term.
    assert np.abs(rate - np.clip(a, 0, 1)).max() <= bound / count + 1e-12


def test_reset_to_zero_loses_the_overshoot():
    a = np.array([[0.55], [0.7], [0.9]])
    network = import_network([(np.ones((1, 1)), None), (np.ones((1, 1)), None)])
    conversion = convert(*network, PerfectIF(reset_mode="zero"), a, scales={"hidden1": 1.0}, peak=1 / STEP)
    # 1/ceil(1/a) = 1/2 for all three: a spike in every second step.
    assert run(conversion, a, steps(100)).rates["hidden1"][:, 0] * STEP == pytest.approx([0.5, 0.5, 0.5])


def test_weights_and_biases_are_translated_by_hand():
    w1, b1, w2, b2 = np.array([[2.0], [-1.0]]), np.array([1.0, 0.5]), np.array([[1.0, -3.0]]), np.array([0.25])
    network = import_network([(w1, b1), (w2, b2), (np.ones((1, 1)), None)])
    scales = {"hidden1": 4.0, "hidden2": 10.0}
    conversion = convert(*network, PerfectIF(tau_m=5e-3), [[1.0], [-2.0]], scales=scales, peak=100.0, tau=3e-3)
    # drive = peak * tau_m / scale * network's drive: 1/8 and 1/20; activity = scale/peak * rate: 1/25 in between.
    np.testing.assert_allclose(conversion.circuit.projection("to_hidden1").dense(), [[0.25], [-0.125]])
    np.testing.assert_allclose(conversion.circuit.population("hidden1").bias, [0.125, 0.0625])
    np.testing.assert_allclose(conversion.circuit.projection("to_hidden2").dense(), [[1 / 500, -3 / 500]])
    np.testing.assert_allclose(conversion.circuit.population("hidden2").bias, [0.0125])
    assert conversion.circuit.projection("to_hidden2").tau == 3e-3
    assert [part.kind for part in conversion.layers] == ["exact", "exact"]
    # Activities 3 and 0 of the first trial, 0 and 2.5 of the second: none above 4. Then 3.25 alone.
    assert [part.clipped for part in conversion.layers] == [0.0, 0.0]
    assert conversion.read_rates({"hidden1": np.zeros((1, 2)), "hidden2": np.array([[50.0]])}) == pytest.approx(5.0)


def test_the_scale_is_a_percentile_of_the_active_units():
    network = import_network([(np.eye(1), None), (np.eye(1), None)])
    inputs = np.arange(-50.0, 101.0)[:, None]
    conversion = convert(*network, PerfectIF(), inputs, percentile=75)
    # Active are 1 ... 100; three quarters of the way from the first to the last is 75.25, and 25 lie above.
    assert conversion.layer("hidden1").scale == pytest.approx(75.25)
    assert conversion.layer("hidden1").clipped == pytest.approx(0.25)


def test_the_fit_to_a_lif_curve_is_the_best_affine_map():
    network = import_network([(np.eye(1), None), (np.eye(1), None)])
    inputs = np.linspace(-1, 1, 501)[:, None]
    part = convert(*network, ns.LIF(), inputs, percentile=100, peak=150.0).layer("hidden1")

    def residual(gain, threshold):
        total = 0.0
        for z in inputs[:, 0]:
            drive = gain * z + threshold
            rate = 1 / (2e-3 + 20e-3 * math.log(drive / (drive - 1))) if drive > 1 else 0.0
            total += (rate - 150.0 * max(z, 0.0)) ** 2
        return math.sqrt(total / len(inputs)) / 150.0

    # The same sum, written down a second time.
    assert part.residual == pytest.approx(residual(part.gain, part.threshold), rel=1e-9)
    assert part.residual < 0.04
    for factor, shift in ((1.03, 0.0), (0.97, 0.0), (1.0, 0.02), (1.0, -0.02)):
        assert residual(factor * part.gain, part.threshold + shift) > part.residual


def test_a_refractory_cell_gets_synapses_that_last():
    network = import_network([(np.eye(1), None), (np.eye(1), None), (np.eye(1), None)])
    for cell, tau in ((ns.LIF(), 5e-3), (ns.LIF(t_ref=0.0), 0.0), (PerfectIF(), 0.0), (PerfectIF(t_ref=1e-3), 5e-3)):
        assert convert(*network, cell, [[1.0], [0.5]]).circuit.projection("to_hidden2").tau == tau
    assert convert(*network, ns.LIF(), [[1.0]], tau=2e-3).circuit.projection("to_hidden2").tau == 2e-3


def test_noise_smooths_the_curve_and_lowers_the_residual():
    network = import_network([(np.eye(1), None), (np.eye(1), None)])
    inputs = np.linspace(-1, 1, 101)[:, None]
    options = {"percentile": 100, "peak": 100.0}
    quiet = convert(*network, ns.LIF(), inputs, **options).layer("hidden1")
    noisy = convert(*network, ns.LIF(sigma_stat=0.2), inputs, **options).layer("hidden1")
    # The step at threshold is what a straight line cannot follow, and noise takes it away.
    assert noisy.residual < 0.8 * quiet.residual


def test_a_network_with_the_cells_own_curve_is_left_as_it_is():
    cell = ns.LIF(tau_m=15e-3, t_ref=1e-3)
    weights = np.array([[0.03], [0.01]])
    for activation, most in ((cell.transfer, 0.0), (SoftLIF(tau_m=15e-3, t_ref=1e-3, smoothing=0.01), 0.02)):
        network = import_network([(weights, [0.5, 1.2]), (np.ones((1, 2)), None)], activation=activation)
        conversion = convert(*network, cell, np.linspace(0, 100, 101)[:, None])
        np.testing.assert_array_equal(conversion.circuit.projection("to_hidden1").dense(), weights)
        np.testing.assert_array_equal(conversion.circuit.population("hidden1").bias, [0.5, 1.2])
        part = conversion.layer("hidden1")
        assert (part.kind, part.gain, part.threshold, part.unit) == ("exact", 1.0, 0.0, 1.0)
        # SoftLIF differs near threshold by its smoothing: the curve itself by nothing.
        assert part.residual <= most
    other = import_network([(weights, None), (np.ones((1, 2)), None)], activation=LIFCurve())
    assert convert(*other, cell, [[200.0]]).layer("hidden1").kind == "fitted"


@pytest.mark.parametrize("readout", ["static", "spiking"])
@pytest.mark.parametrize("cell", [PerfectIF(v_start=0.5), ns.LIF()], ids=["IF", "LIF"])
def test_digits_keep_their_class_with_either_readout(digits, cell, readout):
    circuit, cells, x_train, x, labels = digits
    fast = isinstance(cell, PerfectIF)
    options = {"peak": 1 / STEP} if fast else {}
    conversion = convert(circuit, cells, cell, x_train, readout=readout, **options)
    network = ns.simulate(circuit, cells, ns.Stimulus({"input": x}), progress=False).rates["output"]
    output = conversion.read(run(conversion, x, steps(128) if fast else steps(1000, 5e-4)))
    assert output.shape == network.shape
    # One point of accuracy is three of these 300 digits; the logits themselves follow the network's.
    assert accuracy(output, labels) >= accuracy(network, labels) - 0.01
    assert np.corrcoef(output.ravel(), network.ravel())[0, 1] > 0.98
    assert ("output" in conversion.cells) == (readout == "spiking")


def test_a_regression_keeps_its_sign_with_a_spiking_readout():
    network = import_network([(np.array([[1.0], [-1.0]]), None), (np.array([[1.0, -1.0]]), [0.0])])
    x = np.linspace(-1, 1, 21)[:, None]
    conversion = convert(*network, PerfectIF(v_start=0.5), x, percentile=100, readout="spiking", peak=1 / STEP)
    assert conversion.offset == pytest.approx(1.0)
    output = conversion.read(run(conversion, x, steps(200)))
    # Two layers of half a count each, of 200 at activities 1 and 2, and one step that the first spike travels.
    assert np.abs(output - x).max() < 0.03


@pytest.mark.parametrize("encoding", ["poisson", "regular"])
def test_inputs_as_spikes(digits, encoding):
    circuit, cells, x_train, x, labels = digits
    conversion = convert(circuit, cells, ns.LIF(), x_train, tau=5e-3, encoding=encoding, input_peak=400.0)
    stimulus = conversion.stimulus(x)
    assert stimulus.encoding == encoding
    assert stimulus.rates["input"].max() == pytest.approx(400.0)
    output = conversion.read(run(conversion, x, steps(1000, 5e-4)))
    network = ns.simulate(circuit, cells, ns.Stimulus({"input": x}), progress=False).rates["output"]
    # Poisson inputs are noise of their own: 3 points, 9 of the 300 digits.
    assert accuracy(output, labels) >= accuracy(network, labels) - 0.03


def test_the_conversion_is_a_table_and_a_sentence(digits):
    circuit, cells, x_train, *_ = digits
    conversion = convert(circuit, cells, PerfectIF(), x_train)
    assert list(conversion.to_frame().population) == ["hidden1", "hidden2"]
    assert "hidden1: exact, scale" in repr(conversion)
    with pytest.raises(ParameterError, match="no spiking population is named 'output'; known are: hidden1, hidden2"):
        conversion.layer("output")


def test_what_cannot_be_converted_is_named(digits):
    circuit, cells, x, *_ = digits
    tanh = dict(cells) | {"hidden2": ns.Unit(activation=Tanh())}
    ring = ns.Circuit(populations=[ns.Population("a", 2)], projections=[ns.Projection("w", "a", "a", np.ones((2, 2)))])
    shallow = import_network([(np.eye(2), None)])
    silent = import_network([(-np.eye(2), None), (np.eye(2), None)])
    hh = ns.cells.HodgkinHuxley()
    for call, message in (
        (lambda: convert(circuit, tanh, ns.LIF(), x), "'hidden2': Tanh has no spiking equivalent here, because a rate"),
        (lambda: convert(ring, ns.Unit(), ns.LIF(), x), "got a recurrent circuit, expected a feed-forward one"),
        (lambda: convert(*shallow, ns.LIF(), x[:, :2]), "without hidden populations"),
        (lambda: convert(*silent, ns.LIF(), np.ones((3, 2))), "'hidden1': no stimulus of the calibration makes any"),
        (lambda: convert(circuit, cells, hh, x), "HodgkinHuxley has no f-I curve in closed form"),
        (lambda: convert(circuit, cells, ns.LIF(), x, percentile=0), r"percentile: got 0, expected > 0 and <= 100"),
        (lambda: convert(circuit, cells, ns.LIF(), x, peak=-1.0), r"peak: got -1 Hz, expected >= 1e-06 Hz"),
        (lambda: convert(circuit, cells, ns.LIF(), x, peak=600.0), "expected a rate that the cell reaches"),
        (lambda: convert(circuit, cells, ns.LIF(), x, scales={"hidden9": 1.0}), "scales: got 'hidden9', expected"),
        (lambda: convert(circuit, cells, ns.LIF(), x, readout="none"), "readout"),
        (lambda: convert(circuit, cells, ns.LIF(), -x, encoding="poisson"), "expected inputs >= 0 to send as spikes"),
        (lambda: convert(circuit, cells, ns.LIF(), ns.stimulus.poisson(x)), "got a poisson stimulus"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    good = convert(circuit, cells, ns.LIF(), x)
    for call, message in (
        (lambda: convert(circuit, cells, ns.Unit(), x), "cell: got Unit, expected a spiking cell"),
        (lambda: convert(circuit, None, ns.LIF(), x), "convert: cells: got None, expected a cell such as ns.Unit"),
        (lambda: convert(circuit, cells, ns.LIF(), x, percentile="a"), "convert: percentile: got 'a', expected a"),
        (lambda: convert(circuit, cells, ns.LIF(), x, peak="high"), "convert: peak: got 'high', expected a number in"),
        (lambda: convert(circuit, cells, ns.LIF(), x, tau="5 ms"), "convert: tau: got '5 ms', expected a number in s"),
        (lambda: convert(circuit, cells, ns.LIF(), x, scales=[1]), r"convert: scales: got \[1\], expected activities"),
        (lambda: good.read(3), "Conversion.read: recording: got 3, expected a Recording"),
    ):
        with pytest.raises(DimensionError, match=message):
            call()
    with pytest.raises(ParameterError, match=r"convert: scales\['hidden1'\]: got -1, expected > 0"):
        convert(circuit, cells, ns.LIF(), x, scales={"hidden1": -1.0})
    with pytest.raises(ParameterError, match="rates: got none of 'hidden1', expected those of every population"):
        good.decode({})
    for call in (lambda: convert(circuit, cells, ns.LIF(), "abc"), lambda: good.stimulus("abc")):
        with pytest.raises((ParameterError, DimensionError), match="expected"):
            call()
    with pytest.raises(DimensionError, match=r"cells\['hidden1'\]: got LIF"):
        convert(circuit, ns.LIF(), ns.LIF(), x)


def test_the_translation_is_frozen(digits):
    circuit, cells, x, *_ = digits
    conversion = convert(circuit, cells, PerfectIF(), x)
    with pytest.raises(dataclasses.FrozenInstanceError):
        conversion.readout = "spiking"

"""Malformed values of each kind that the sweep in tests/audit found: one sentence with the argument's own name."""

import math

import numpy as np
import pytest

import neurosim as ns
from neurosim import decisions, metrics, plots, theory
from neurosim.activations import PReLU, Siegert
from neurosim.cells import AdaptiveLIF, Biophysics, ConductanceLIF
from neurosim.conversion import ImportedNetwork
from neurosim.params import DimensionError, ParameterError, UnknownNameError
from neurosim.stimuli.stimulus import encode, spikes

SCALES = {"C": 2e-10, "g_L": 1e-8, "E_L": -0.07, "V_th": -0.05}
CIRCUIT, CELLS = ns.training.layered([3, 4, 2])
HUGE_PIXEL = np.random.default_rng(0).standard_normal((2, 5, 5))
HUGE_PIXEL[0, 0, 0] = 1e308
X = np.linspace(0.1, 1.0, 24).reshape(8, 3)


def refuses(call, message):
    with pytest.raises((ParameterError, DimensionError), match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "given", "message"),
    [
        (ns.LIF, {"V_reset": 0.0}, r"from_biophysics: V_reset: LIF.v_reset: got 3.5, expected < 1"),
        (ns.LIF, {"V_reset": "x"}, r"LIF.from_biophysics: V_reset: .*got 'x', expected a number in V"),
        (ns.LIF, {"V_reset": -0.07, "sigma_V": -1e-3}, r"from_biophysics: sigma_V: .*got -0.001 V, expected >= 0 V"),
        (ns.LIF, {"V_reset": -0.07, "C": 1e308}, r"from_biophysics: C and g_L: LIF.tau_m: got inf s"),
        (AdaptiveLIF, {"V_reset": -0.07, "b": "x"}, r"from_biophysics: b: .*got 'x', expected a number in A"),
        (AdaptiveLIF, {"V_reset": -0.07, "b": -1e-10}, r"from_biophysics: b: .*got -1e-10 A, expected >= 0 A"),
        (ConductanceLIF, {"V_reset": -0.07, "E_exc": -0.06, "E_inh": -0.08}, r"from_biophysics: E_exc: .*got 0.5"),
        (ConductanceLIF, {"V_reset": -0.07, "E_exc": 0.0, "E_inh": None}, r"from_biophysics: E_inh: .*got None"),
    ],
)
def test_a_cell_from_physical_numbers_names_the_number_that_was_given(cell, given, message):
    refuses(lambda: cell.from_biophysics(**{**SCALES, **given}), message)


def test_physical_numbers_become_these_dimensionless_ones():
    # the threshold is 20 mV above rest and the rheobase 1e-8 S * 20 mV = 0.2 nA
    cell = AdaptiveLIF.from_biophysics(**SCALES, V_reset=[-0.07, -0.06], b=[1e-10, 5e-11], sigma_V=0.002)
    np.testing.assert_allclose(cell.v_reset, [0.0, 0.5], atol=1e-12)
    np.testing.assert_allclose(cell.jump, [0.5, 0.25])
    assert cell.sigma_stat == pytest.approx(0.1)
    shunted = ConductanceLIF.from_biophysics(**SCALES, V_reset=-0.07, E_exc=0.0, E_inh=-0.08, g_tonic=5e-9)
    assert (shunted.E_exc, shunted.E_inh, shunted.tonic_inhibition) == pytest.approx((3.5, -0.5, 0.5))
    refuses(lambda: Biophysics().drive(1e308), r"Biophysics.drive: current: .*beyond 1.8e308")


def test_bounds_of_a_slope_take_the_units_by_name():
    assert ns.ReLU().slope_range(units=4) == ns.ReLU().slope_range(4) == (0.0, 1.0)
    softmax = ns.activations.Softmax()
    assert softmax.slope_range(units=3) == softmax.slope_range(3)
    refuses(lambda: ns.ReLU().slope_range("4"), "ReLU.slope_range: units: got '4', expected a whole number >= 1")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: PReLU().negative_slope_derivative("x"), "PReLU: drive: got 'x'"),
        (lambda: PReLU().negative_slope_derivative(1j), "PReLU: drive: got 1j"),
        (lambda: Siegert().cv(None), "Siegert: drive: got None"),
        (lambda: ns.LIF().transfer.inverse("x"), "LIFCurve.inverse: rate: got 'x'"),
        (lambda: ns.LIF().transfer.inverse([600.0]), "LIFCurve.inverse: rate: got 600 Hz, expected rates >= 0"),
        (lambda: ns.activations.KWTA(k=1)(0.5), "KWTA: drive: got one number, expected drives"),
    ],
)
def test_every_method_of_a_curve_is_gated(call, message):
    refuses(call, message)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.gain_above_onset([0, 1, 2], [0, 1, 2], start=[], window=1.0), "start: got .*one number"),
        (lambda: metrics.population_rate([0.1], 2, 0.01, 1e308, 0.5), "at least one whole bin"),
        (lambda: metrics.fit_gabors(HUGE_PIXEL), "beyond 1.8e308"),
    ],
)
def test_metrics_name_what_they_cannot_use(call, message):
    refuses(call, message)


def test_a_bootstrap_keeps_its_interval_where_cubes_overflow():
    sample = np.array([0.125, 0.3, 0.475, 0.65, 0.825, 1.5])
    usual, huge = (metrics.bootstrap_interval(sample * s, rng=np.random.default_rng(0)) for s in (1.0, 2.0**1000))
    assert np.array([huge.low, huge.high]) / 2.0**1000 == pytest.approx([usual.low, usual.high], rel=1e-12)


def test_a_network_names_its_inputs():
    network = ImportedNetwork(CIRCUIT, CELLS, "classes", ["a", "b"])
    for call in (network.outputs, network.predict, network.predict_proba):
        refuses(lambda call=call: call(np.zeros((1, 8, 3))), r"outputs: inputs: .*got shape \(1, 8, 3\), expected")
        refuses(lambda call=call: call([]), r"outputs: inputs: .*expected at least one entry")
    refuses(lambda: ns.convert(CIRCUIT, CELLS, ns.LIF(), {}), "convert: stimuli: ")
    refuses(lambda: ImportedNetwork(None, CELLS), "ImportedNetwork: circuit: got None")
    refuses(lambda: ImportedNetwork(CIRCUIT, {}), r"ImportedNetwork: cells\['hidden1'\]: got None")
    refuses(lambda: ImportedNetwork(CIRCUIT, CELLS, "classes", ["a", "a"]), "classes: got 2 names, 1 of them different")


def test_a_conversion_names_what_it_reads():
    conversion = ns.convert(CIRCUIT, CELLS, ns.LIF(), X)
    refuses(lambda: conversion.decode(3), "Conversion: rates: got 3, expected a mapping of rates by population")
    refuses(lambda: conversion.decode({"hidden1": [["x"]]}), r"Conversion: rates\['hidden1'\]")
    refuses(lambda: conversion.read(np.ones(3)), "Conversion.read: recording: got .*expected a Recording")
    with pytest.raises(UnknownNameError, match="no spiking population is named 'hiden1'; did you mean 'hidden1'"):
        conversion.layer("hiden1")
    refuses(lambda: ns.convert(CIRCUIT, CELLS, ns.LIF(), X, peak=1e-308), "convert: peak: got 1e-308 Hz")


def test_winners_of_a_list_and_of_what_is_none():
    assert decisions.winners([[1.0, 2.0], [3.0, 3.0], [math.nan, 1.0]]).tolist() == [1, -1, -1]
    refuses(lambda: decisions.winners("x"), "winners: values: got 'x'")
    refuses(lambda: decisions.winners(np.ones(3)), r"winners: values: got shape \(3,\)")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: ns.lateral(p, 0.1, shape=(2, 2)), r"lateral: shape: got \(2, 2\), expected .* 3 units"),
        (lambda p: ns.lateral(p, 0.1, shape="x"), "lateral: shape: got 'x'"),
        (lambda p: ns.pooled(p, ns.Population("q", 2), excite=[[1.0], [1.0, 2.0]], inhibit=1.0), "pooled: excite: "),
        (lambda p: ns.pooled(p, ns.Population("q", 2), excite=0.1, inhibit=0.1, name=None), "pooled: name: got None"),
        (lambda p: ns.pooled(p, ns.Population("q", 2), excite=0.1, inhibit=0.1, tau_excite="x"), "pooled: tau_excite"),
        (lambda p: ns.competition(p, np.full((2, 3), 1e308)), "competition: dictionary: .*beyond 1.8e308"),
    ],
)
def test_motifs_name_their_arguments(call, message):
    refuses(lambda: call(ns.Population("p", 3)), message)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spikes([0.1], [0], size=2**40), "spikes: size: got 1099511627776, expected a whole number from 1"),
        (lambda: spikes([0.1], [0], size=10**6, n_trials=10**6), "spikes: size and n_trials: .*1e\\+12 entries"),
        (lambda: spikes(dict, [0]), "spikes: times: got the class dict"),
        (lambda: encode(3, 0.1, 1e-3, np.random.SeedSequence(0)), "encode: stimulus: got 3, expected a Stimulus"),
        (lambda: ns.simulate(CIRCUIT, CELLS, ns.stimulus.constant(X), seed="x"), "random seed: got 'x'"),
        (lambda: ns.sweep(CIRCUIT, CELLS, [3]), r"sweep: stimuli\[0\]: got 3, expected a Stimulus"),
        (lambda: ns.sweep(CIRCUIT, CELLS, [ns.stimulus.constant(X)], initial=b""), "sweep: initial: got b''"),
        (
            lambda: ns.fixed_points(CIRCUIT, CELLS, ns.stimulus.constant(X), engine="static"),
            "fixed_points: engine: got",
        ),
        (lambda: ns.fit(ns.ReLU, [0.0, 1.0], [0.0, 1e308]), r"fit: rates\[1\]: got 1e\+308, expected a magnitude"),
        (lambda: ns.fit(ns.ReLU, [0.0, 1.0], [0.0, 0.0]), "fit: drives and rates: .*expected rates that rise"),
        (lambda: ns.ladder(ns.LIF(), tau_rate=0.0), "ladder: tau_rate: got 0 s, expected > 0 s"),
        (lambda: ns.plasticity.STDP().drift(np.ones((4, 3)), np.ones((4, 2))), "STDP.drift: got pre of shape"),
        (lambda: ns.plasticity.TripletSTDP().drift(np.ones(3), np.ones(2)), "TripletSTDP.drift: got pre of shape"),
        (lambda: ns.train(CIRCUIT, CELLS, X, np.arange(8) % 2, epochs=10**30), "train: epochs: got"),
    ],
)
def test_runs_and_fits_name_their_arguments(call, message):
    refuses(call, message)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.BalancedNetwork().moments(True), "moments: rate: got True"),
        (lambda: theory.BalancedNetwork().moments(np.ma.array([1.0], mask=True)), "moments: rate.*masked entry"),
        (lambda: theory.counting_error([], 0.1), "counting_error: rates: got an empty array"),
        (lambda: theory.counting_error([1e308], 0.1, 1e-3), "rates and dt: the error is beyond 1.8e308"),
        (lambda: theory.counting_error([1.0], 1e-308), "counting_error: window: got 1e-308 s"),
        (lambda: theory.width_against_death(10**30, 0.5), "width_against_death: hidden: got"),
        (lambda: ns.training.gaussian_moments(ns.ReLU(), 1e308), "gaussian_moments: variance: got 1e\\+308"),
        (lambda: ns.training.preserving_variance(ns.ReLU(), 1e308), "variance: got 1e\\+308"),
        (lambda: ns.training.mean_field(ns.ReLU(), 3, weight_variance=1e308), "mean_field: weight_variance"),
    ],
)
def test_theory_stays_within_float64(call, message):
    refuses(call, message)


def test_moments_of_rates_in_a_list():
    # mean = C w (r_ext + r (1 - ratio g)) with w = 0.005 * 0.02, r_ext = 2 / (1000 w) = 20 Hz, ratio g = 1.25
    mean, _ = theory.BalancedNetwork().moments([0.0, 20.0])
    np.testing.assert_allclose(mean, [2.0, 1.5])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda ax: plots.plot_matrix(ax, np.eye(2), unit=3), "plot_matrix: unit: got 3, expected a text"),
        (lambda ax: plots.plot_matrix(ax, np.eye(2), colourbar="no"), "plot_matrix: colourbar: got 'no'"),
        (lambda ax: plots.plot_matrix(ax, np.eye(2), limit=True), "plot_matrix: limit: got True"),
        (lambda ax: plots.plot_matrix(ax, np.eye(2) * 1e308), "plot_matrix: weights: got 1e\\+308, expected"),
        (lambda ax: plots.plot_transfer(ax, [0.0, 1.0], 3), "plot_transfer: rates: got 3"),
        (lambda ax: plots.plot_transfer(ax, [0.0], {"x": [1.0]}, legend=np.ones(2)), "plot_transfer: legend: got"),
        (lambda ax: plots.plot_transfer(ax, [0.0], {"x": [1.0]}, styles={"x": "red"}), r"styles\['x'\]: got 'red'"),
        (lambda ax: plots.plot_transfer(ax, [0.0], {"x": [1.0]}, threshold="x"), "plot_transfer: threshold: got 'x'"),
        (lambda ax: plots.plot_trace(ax, [0.0], [0.0], colour="no colour"), "colour: got 'no colour', expected a col"),
        (lambda ax: plots.plot_psth(ax, [0.1], bin_width=1e-12, window=(0, 1)), "bin_width and window: .*1e\\+12"),
        (lambda ax: plots.plot_psth(ax, [0.1], bin_width="x", window=(0, 1)), "plot_psth: bin_width: got 'x'"),
        (lambda ax: plots.plot_raster(ax, [0.1], [1e300]), "plot_raster: units.*expected whole numbers"),
        (lambda ax: plots.plot_image(ax, np.eye(2), low=2.0), "plot_image: low and high: got 2 and 1"),
        (lambda ax: plots.plot_histogram(ax, [1.0], quantity="x", unit="s", bins=2**40), "plot_histogram: bins: got"),
        (lambda ax: plots.plot_histogram(ax, [1.0, 2.0], quantity="x", unit="s", bins=[1, 0]), "edges that ascend"),
        (lambda ax: plots.plot_circuit(ax, {"p": 1}, [3]), r"plot_circuit: links\[0\]: got 3, expected a projection"),
        (lambda ax: plots.tidy(3), "tidy: ax: got 3, expected Matplotlib axes"),
        (lambda ax: plots.tidy(ax, ticks=1.5), "tidy: ticks: got 1.5, expected a whole number"),
        (lambda ax: plots.style(3), "no figure size is named 3"),
        (lambda ax: plots.style("screen", height="x"), "figure_size: height: got 'x'"),
        (lambda ax: plots.axis_label(3, "s"), "axis_label: quantity: got 3, expected a text"),
        (lambda ax: plots.save_figure(3, "x"), "save_figure: fig: got 3"),
        (lambda ax: plots.save_figure(ax.figure, 3), "save_figure: stem: got int"),
    ],
)
def test_plots_check_each_option_by_what_it_declares(call, message):
    refuses(lambda: call(plots.new_figure().subplots()), message)


STEEP = CIRCUIT.with_weights(to_output=np.outer([1e200, -1e200], np.ones(4)))
CONVERTED = ns.convert(CIRCUIT, CELLS, ns.LIF(), X)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ns.train(CIRCUIT, CELLS, 1e300 * X, np.arange(8) % 2), r"train: inputs: input\[0, 0\]: got 1e\+299"),
        # the loss of class numbers grows with the drive alone; the gradient's squares do not fit
        (lambda: ns.train(STEEP, CELLS, X, np.arange(8) % 2), r"train: gradient to_hidden1 is no longer finite in ep"),
        (
            lambda: ns.diagnose(CIRCUIT, CELLS, CONVERTED, 1e300 * X),
            r"diagnose: stimuli: activities of 'hidden1'\[\d, ",
        ),
        (
            lambda: ns.measure_transfer(ns.cells.PerfectIF(), [1.0, 1e150], duration=0.02, settle=0.0),
            r"measure_transfer: drives: got 1e\+150 \(1 of 2\), where v is .*expected drives at which",
        ),
        (
            lambda: ns.measure_transfer(ns.LeakyRate(), [1.0, 1e308, 2.0], copies=2, duration=0.02, settle=0.0),
            r"measure_transfer: drives: got 1e\+308 \(1 of 3\)",
        ),
        (
            lambda: ns.plasticity.TripletSTDP().drift(20.0, 1e308),
            r"TripletSTDP.drift: post: got 1e\+308, expected a mag",
        ),
        (
            lambda: ns.plasticity.STDP().drift([1e200], 1e200),
            r"STDP.drift: pre\[0\]: got 1e\+200, expected a magnitude",
        ),
    ],
)
def test_what_no_square_or_product_of_can_be_held_is_refused_by_its_place(call, message):
    refuses(call, message)


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda c, cells: ns.simulate(c, cells), "simulate"),
        (lambda c, cells: ns.check_unique(c, cells), "check_unique"),
        (lambda c, cells: ns.train(c, cells, X, np.arange(8) % 2), "train"),
        (lambda c, cells: ns.convert(c, cells, ns.LIF(), X), "convert"),
        (lambda c, cells: ns.export_network(c, cells, "unwritten.npz"), "export_network"),
        (lambda c, cells: ns.conversion.to_nir(c, cells), "to_nir"),
    ],
)
def test_everything_that_takes_cells_asks_for_one_per_population(call, where):
    for cells, message in (
        ({}, f"{where}: cells: got none for population 'hidden1', expected one for each"),
        (3, f"{where}: cells: got 3, expected a cell such as ns"),
        ({**CELLS, "hiden1": ns.Unit()}, rf"no population \({where}: cells\) is named 'hiden1'.*hidden1"),
        ({**CELLS, "output": "LIF"}, rf"{where}: cells\['output'\]: got 'LIF', expected a cell such as ns"),
    ):
        refuses(lambda cells=cells: call(CIRCUIT, cells), message)
    refuses(lambda: call({}, CELLS), f"{where}: circuit: got .*, expected a Circuit")


def test_a_conversion_to_single_spikes_takes_a_step_a_recording_and_activities_of_every_population():
    timed = ns.convert(CIRCUIT, CELLS, ns.cells.TimedIF(), X)
    for call, message in (
        (lambda: timed.stimulus(X, dt=float("nan")), "TimedConversion: dt: got nan s, expected"),
        (lambda: timed.run(X, dt=0), r"dt: got 0.* s, expected"),
        (lambda: timed.run(X, dt="1 ms"), "TimedConversion: dt: got '1 ms', expected a number in s"),
        (lambda: timed.lateness(3), "TimedConversion: recording: got 3, expected a Recording"),
        (lambda: timed.spikes_per_unit(CONVERTED), "TimedConversion: recording: got .*, expected a Recording"),
        (lambda: timed.decode(3), "TimedConversion: got rates, expected the recording"),
        (lambda: timed.output_of({}), "Conversion: activity: got none of 'hidden1', expected those of every"),
        (
            lambda: CONVERTED.output_of({"hidden1": X}),
            r"activity\['hidden1'\]: got shape \(8, 3\), expected \(trials, 4\)",
        ),
        (lambda: CONVERTED.decode({"hidden1": X[0]}), r"rates\['hidden1'\]: got shape \(3,\), expected \(trials, 4\)"),
    ):
        refuses(call, message)

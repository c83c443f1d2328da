"""Receptive fields from photographs on a small setting: helpers against other routes, findings decided by tables."""

import math

import numpy as np
import pytest
from tampering import changed, verdict

from neurosim.lab.experiment import headline
from neurosim.lab.tables import load_tables, save_tables

SMALL = {
    "side": 5,
    "units": 16,
    "patches": 1000,
    "passes": 20,
    "hebb": 0.2,
    "start": 0.5,
    "snapshots": 5,
    "probes": 150,
    "decoding": 300,
    "learning_steps": 20,
    "epochs": 10,
}


def test_the_circuit_is_sailnet_in_counts(module, settings):
    p = settings()
    fields = module._first_fields(p)
    circuit = module._circuit(p, fields)
    seen, inhibition = circuit.projection("fields"), circuit.projection("inhibition")
    pre, post = np.array([[20.0] * 25, [0.0] * 25]), np.zeros((2, 16))
    post[0, 3] = 40.0  # two spikes in 50 ms, and pixels of 1 (20 Hz is one unit)
    change = seen.rule.dw(seen.dense(), pre, post) * p.reference
    # dQ = beta <y x - y^2 Q>, the mean over the two patches.
    np.testing.assert_allclose(change[3], 0.2 * (2.0 - 4.0 * fields[3]) / 2, rtol=1e-12)
    assert not change[[k for k in range(16) if k != 3]].any()
    grown = inhibition.rule.dw(inhibition.dense(), post, post) * p.reference
    assert grown[3, 5] == pytest.approx(-0.1 * 0.05**2)  # dW = alpha (<y y> - p^2)
    (steady,) = circuit.population("units").homeostasis
    shift = steady.bias_change(post)
    assert shift[3] == pytest.approx(-0.1 * (1.0 - 0.05))
    assert shift[0] == pytest.approx(0.1 * 0.05)
    assert inhibition.sign == -1


def test_rungs_are_one_neuron(module, settings):
    cells = module._cells(settings())
    assert cells["rate"].activation == cells["spiking"].transfer
    # A line through the f-I curve of a neuron without refractory period: its slope comes near 1/tau_m = 100 Hz.
    assert 80 < cells["artificial"].activation.gain < 130


def test_patches_have_mean_0_and_one_contrast(module, settings):
    patches = module._patches(settings(), 200)
    assert patches.shape == (200, 25)
    np.testing.assert_allclose(patches.mean(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(patches.std(axis=1), 1.0, rtol=1e-12)


def test_a_complete_code_misses_nothing_and_no_code_everything(module):
    rng = np.random.default_rng(0)
    fields = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    codes = rng.exponential(size=(50, 6))
    patches = 3.0 * codes @ fields
    found = module._code(codes, patches, fields, None, 0.0)
    assert found["error"] == pytest.approx(0.0, abs=1e-12)
    assert found["active_fraction"] == 1.0
    assert module._gain(codes @ fields, patches) == pytest.approx(3.0)
    silent = module._code(np.zeros((50, 6)), patches, fields, None, 0.0)
    assert silent["error"] == 1.0
    assert math.isnan(silent["population"])
    assert math.isnan(silent["correlation"])
    # The ridge is chosen from a grid whose lowest value, 0.001 of a column's energy, costs far less than this.
    assert module._linear_error((codes[:30], patches[:30]), (codes[30:], patches[30:])) < 0.01


def test_correlation_is_that_of_two_units(module):
    rng = np.random.default_rng(1)
    first = rng.standard_normal(400)
    second = 0.6 * first + 0.8 * rng.standard_normal(400)
    expected = abs(np.corrcoef(first, second)[0, 1])
    constant = np.full(400, 2.0)
    assert module._correlation(np.column_stack([first, second, constant])) == pytest.approx(expected)


def test_fishers_test_is_scipys(module):
    from scipy.stats import fisher_exact

    for good, of, other, of_other in ((12, 36, 0, 36), (5, 31, 2, 36), (60, 100, 3, 63), (0, 10, 0, 10)):
        table = [[good, of - good], [other, of_other - other]]
        expected = fisher_exact(table, alternative="greater").pvalue
        assert module._fisher(good, of, other, of_other) == pytest.approx(expected, rel=1e-9)


def test_bars_have_a_direction_and_a_frequency(module):
    row, column = np.mgrid[:8, :8]
    bars = np.cos(2 * np.pi * 0.25 * row)
    assert module._peak_frequency(bars) == pytest.approx(0.25, abs=1 / 64)  # the grid is 1/64 cycle per pixel
    assert module._coherence(bars) == pytest.approx(1.0)
    bowl = (row - 3.5) ** 2.0 + (column - 3.5) ** 2.0
    assert module._coherence(bowl) == pytest.approx(0.0, abs=1e-12)


def test_a_level_is_found_by_bisection(module):
    values = np.random.default_rng(2).uniform(size=1000)
    level = module._matched(lambda level: float((values > level).mean()), 0.2, 0.0, 1.0)
    assert (values > level).mean() == pytest.approx(0.2, abs=0.002)  # a step of the share is 1/1000


def test_a_unit_that_never_answers_has_no_field(module, settings):
    p = settings()
    rows = list(module._field_rows(p, "spiking", module._first_fields(p), np.arange(16) < 4))
    assert [row["unit"] for row in rows] == [0, 1, 2, 3]


def test_the_same_units_become_the_same_fields_only_where_they_do(module):
    fields = np.random.default_rng(3).standard_normal((20, 49))
    rows = list(module._alike({"spiking": fields, "rate": 2.0 * fields, "artificial": np.roll(fields, 1, axis=0)}))
    assert rows[0]["same"] == pytest.approx(1.0)
    assert abs(rows[1]["same"]) < 0.2  # cosines of 20 random pairs in 48 dimensions: standard error 0.03
    assert rows[1]["best"] == pytest.approx(1.0)


def test_rungs_learn_and_codes_are_complete(experiment, tables):
    history = tables["history"]
    last = history[history.batch == history.batch.max()]
    assert set(last.rung) == {"spiking", "rate", "artificial"}
    for name in ("count/spiking", "count/rate", "settled/artificial", "engines/learned-neurons"):
        assert verdict(experiment, tables, name) == "holds"
    methods = tables["methods"].set_index("method")
    assert methods.error.drop("principal").between(0.0, 1.0).all()


def test_findings_follow_from_the_tables(experiment, tables):
    good = changed(tables, "methods", "good", 0.9, "method == 'rate'")
    assert verdict(experiment, good, "fields/rate") == "holds"
    bad = changed(good, "methods", "good", 0.9, "method == 'principal'")
    assert verdict(experiment, bad, "fields/rate") == "fails"
    bad = changed(tables, "history", "count", 0.058, "rung == 'spiking'")
    assert verdict(experiment, bad, "count/spiking") == "fails"
    bad = changed(tables, "history", "converged", 0.5, "rung == 'artificial'")
    assert verdict(experiment, bad, "settled/artificial") == "fails"
    bad = changed(tables, "learning", "similarity", 0.3, "rung == 'rate'")
    assert verdict(experiment, bad, "stable/rate") == "fails"
    bad = changed(tables, "methods", "error", 0.1, "method == 'random'")
    assert verdict(experiment, bad, "reconstruction/spiking") == "fails"
    bad = changed(tables, "methods", "active_fraction", 0.5, "method == 'autoencoder'")
    assert verdict(experiment, bad, "matched/autoencoder") == "fails"


def test_figure_and_caption_need_the_tables_alone(experiment, tables, tmp_path):
    save_tables(tmp_path, tables, experiment.columns)
    again = load_tables(tmp_path)
    figure = experiment.figure(again)
    letters = [text.get_text() for ax in figure.axes for text in ax.texts]
    assert [letter for letter in letters if letter in tuple("ABCD")] == list("ABCD")
    assert "16 of 16 fields" in experiment.caption(again)
    assert experiment.summary(again) == experiment.summary(tables)


def test_it_decides_no_claim_and_says_what_it_costs(experiment):
    assert headline(experiment.path)[1] == ()
    seconds, size = experiment.estimate(experiment.settings())
    assert seconds < 300
    assert size > 1e6

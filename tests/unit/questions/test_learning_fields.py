"""Receptive fields from photographs: helpers against other routes, findings decided by tables."""

import math

import numpy as np
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.learning import _coders, _photographs
from experiments.learning.receptive_fields import alike
from neurosim.lab import ask

P = _photographs.Photographs(side=5, units=16, patches=100, probes=100, decoding=100, hebb=0.2)


def test_the_circuit_is_sailnet_in_counts():
    fields = _photographs.first_fields(P, 0)
    circuit = _photographs.circuit(P, fields)
    seen, inhibition = circuit.projection("fields"), circuit.projection("inhibition")
    pre, post = np.array([[20.0] * 25, [0.0] * 25]), np.zeros((2, 16))
    post[0, 3] = 40.0  # two spikes in 50 ms, and pixels of 1 (20 Hz is one unit)
    change = seen.rule.dw(seen.dense(), pre, post) * P.reference
    # dQ = beta <y x - y^2 Q>, the mean over the two patches.
    np.testing.assert_allclose(change[3], 0.2 * (2.0 - 4.0 * fields[3]) / 2, rtol=1e-12)
    assert not change[[k for k in range(16) if k != 3]].any()
    grown = inhibition.rule.dw(inhibition.dense(), post, post) * P.reference
    assert grown[3, 5] == pytest.approx(-0.1 * 0.05**2)  # dW = alpha (<y y> - p^2)
    (steady,) = circuit.population("units").homeostasis
    shift = steady.bias_change(post)
    assert shift[3] == pytest.approx(-0.1 * (1.0 - 0.05))
    assert shift[0] == pytest.approx(0.1 * 0.05)
    assert inhibition.sign == -1


def test_rungs_are_one_neuron():
    cells = _photographs.cells(P)
    assert cells["rate"].activation == cells["spiking"].transfer
    # A line through the f-I curve of a neuron without refractory period: its slope comes near 1/tau_m = 100 Hz.
    assert 80 < cells["artificial"].activation.gain < 130


def test_patches_have_mean_0_and_one_contrast():
    parts = _photographs.patches(P, 0)
    assert [part.shape for part in parts] == [(100, 25)] * 3
    for part in parts:
        np.testing.assert_allclose(part.mean(axis=1), 0.0, atol=1e-12)
        np.testing.assert_allclose(part.std(axis=1), 1.0, rtol=1e-12)


def test_a_complete_code_misses_nothing_and_no_code_everything():
    rng = np.random.default_rng(0)
    fields = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    codes = rng.exponential(size=(50, 6))
    patches = 3.0 * codes @ fields
    found = _photographs.code(codes, patches, fields, None, 0.0)
    assert found["error"] == pytest.approx(0.0, abs=1e-12)
    assert found["active_fraction"] == 1.0
    assert _photographs.best_gain(codes @ fields, patches) == pytest.approx(3.0)
    silent = _photographs.code(np.zeros((50, 6)), patches, fields, None, 0.0)
    assert silent["error"] == 1.0
    assert math.isnan(silent["population"])
    assert math.isnan(silent["correlation"])
    # The ridge is chosen from a grid whose lowest value, 0.001 of a column's energy, costs far less than this.
    assert _coders.linear_error((codes[:30], patches[:30]), (codes[30:], patches[30:])) < 0.01


def test_correlation_is_that_of_two_units():
    rng = np.random.default_rng(1)
    first = rng.standard_normal(400)
    second = 0.6 * first + 0.8 * rng.standard_normal(400)
    expected = abs(np.corrcoef(first, second)[0, 1])
    constant = np.full(400, 2.0)
    assert _photographs.correlation(np.column_stack([first, second, constant])) == pytest.approx(expected)


def test_bars_have_a_direction_and_a_frequency():
    row, column = np.mgrid[:8, :8]
    bars = np.cos(2 * np.pi * 0.25 * row)
    assert _coders.peak_frequency(bars) == pytest.approx(0.25, abs=1 / 64)  # the grid is 1/64 cycle per pixel
    assert _coders.coherence(bars) == pytest.approx(1.0)
    bowl = (row - 3.5) ** 2.0 + (column - 3.5) ** 2.0
    assert _coders.coherence(bowl) == pytest.approx(0.0, abs=1e-12)


def test_a_level_is_found_by_bisection():
    values = np.random.default_rng(2).uniform(size=1000)
    level = _coders.matched(lambda level: float((values > level).mean()), 0.2, 0.0, 1.0)
    assert (values > level).mean() == pytest.approx(0.2, abs=0.002)  # a step of the fraction is 1/1000


def test_codes_are_compared_at_one_active_fraction():
    codes = replicates("learning/receptive_fields", seeds=1).codes.set_index("method").active_fraction
    # The level was found on other patches, and 100 patches of 9 units make the fraction uncertain.
    assert codes[["dictionary", "autoencoder"]].to_numpy() == pytest.approx(codes["spiking"], rel=0.25)


def test_a_unit_that_never_answers_has_no_field():
    rows = list(_coders.described(P, _photographs.first_fields(P, 0), np.arange(16) < 4))
    assert [row[0] for row in rows] == [0, 1, 2, 3]


def test_the_same_units_become_the_same_fields_only_where_they_do():
    fields = np.random.default_rng(3).standard_normal((20, 49))
    rows = list(alike({"spiking": fields, "rate": 2.0 * fields, "artificial": np.roll(fields, 1, axis=0)}))
    assert rows[0].same == pytest.approx(1.0)
    assert abs(rows[1].same) < 0.2  # cosines of 20 random pairs in 48 dimensions: standard error 0.03
    assert rows[1].best == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("question", "changes", "finding", "verdict"),
    [
        ("receptive_fields", [("fields", "good", 1, None), ("fields", "good", 0, "method == 'random'"),
                              ("fields", "good", 0, "method == 'principal'")], "fields", "holds"),
        ("receptive_fields", [("fields", "good", 1, None), ("fields", "good", 0, "method == 'random'")], "fields",
         "fails"),
        ("receptive_fields", [("codes", "error", 0.99, "method == 'random'")], "reconstruction", "holds"),
        ("receptive_fields", [("codes", "error", 0.1, "method == 'random'")], "reconstruction", "fails"),
        ("sparseness_while_learning", [("history", "deviation", 0.02, None)], "count", "holds"),
        ("sparseness_while_learning", [("history", "deviation", -0.2, "rung == 'rate'")], "count", "fails"),
        ("sparseness_while_learning", [("looks", "similarity", 0.95, None)], "rest", "holds"),
        ("sparseness_while_learning", [("looks", "similarity", 0.3, "rung == 'rate'")], "rest", "fails"),
        ("sparseness_while_learning", [("history", "converged", 1.0, None)], "steady", "holds"),
        ("sparseness_while_learning", [("history", "converged", 0.5, "rung == 'artificial'")], "steady", "fails"),
    ],
)  # fmt: skip
def test_verdicts_follow_the_tables(question, changes, finding, verdict):
    name = f"learning/{question}"
    t = replicates(name)
    for change in changes:
        t = falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[name]), t, finding) == verdict

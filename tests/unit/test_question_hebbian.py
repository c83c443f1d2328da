"""Questions of rules of rates: theory by other routes, patterns as they should be, verdicts that follow the tables."""

import numpy as np
import pytest
from scipy.linalg import expm
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.learning import _hebbian as hebbian
from experiments.learning.locality_and_energy import Backpropagation, elsewhere
from experiments.learning.rules_across_rungs import interval
from neurosim import plasticity
from neurosim.lab import ask
from neurosim.randomness import stream


def test_the_angle_is_that_of_the_matrix_exponential():
    # Oja's averaged rule turns the weights as Hebb's does, and Hebb's is linear: u(t) = expm(C t) u(0).
    for time in (0.3, 1.7):
        angle = np.radians(45.0 + 80.0)
        u = expm(hebbian.MOMENTS * time) @ [np.cos(angle), np.sin(angle)]
        found = np.degrees(np.arccos(u @ hebbian.FIRST / np.linalg.norm(u)))
        assert hebbian.oja_angle(80.0, time) == pytest.approx(found, abs=1e-9)


def test_the_length_is_that_of_the_matrix_exponential():
    rows = replicates("learning/hebb_and_oja", 1).paths.query("rule == 'Hebb' and rung == 'artificial'")
    direction = np.radians(5.0)  # 40 degrees from the diagonal
    start = 0.4 * np.array([np.cos(direction), np.sin(direction)])
    for row in rows.iloc[[0, 40, 160]].itertuples():
        expected = np.linalg.norm(expm(hebbian.MOMENTS * row.time) @ start)
        assert row.theory_length == pytest.approx(expected, rel=1e-12)


def test_patterns_without_a_sign_have_the_moments_of_the_theory():
    assert (hebbian.PATTERNS >= 0).all()
    np.testing.assert_allclose(hebbian.PATTERNS.T @ hebbian.PATTERNS / 3, hebbian.MOMENTS, rtol=1e-12)
    np.testing.assert_allclose(sorted(np.linalg.eigvalsh(hebbian.MOMENTS)), sorted(hebbian.EIGENVALUES), rtol=1e-12)


def test_inputs_are_used_as_often_and_as_strongly_as_they_should():
    world = hebbian.world(3, 40)
    np.testing.assert_allclose((world[:, :4] > 0).mean(axis=0), hebbian.OFTEN)
    np.testing.assert_allclose(world[:, 4:8].max(axis=0), hebbian.STRONGLY)
    np.testing.assert_allclose((world[:, 4:] > 0).mean(axis=0), 0.5)
    assert (world[:, 8:12] == world[:, 8:9]).all()
    assert not (world[:, 12:] == world[:, 8:9]).all(axis=0).any()


def test_sanger_needs_other_weights_by_the_amount_of_its_equation():
    # du_ij = eta y_i (x_j - sum_{k<=i} y_k u_kj): other weights of the column count for k < i, by 0.1 y_i y_k each.
    rng = np.random.default_rng(0)
    w, x, y = rng.uniform(0.1, 1.0, (4, 4)), rng.uniform(0.1, 1.0, (1, 4)), rng.uniform(0.1, 1.0, (1, 4))
    inputs, _, weights = elsewhere(plasticity.Sanger(learning_rate=0.01), w, x, y)
    assert inputs == 0.0
    assert weights == pytest.approx(0.01 * 0.1 * y[0, 2] * (y[0, 0] + y[0, 1]), rel=1e-9)


def test_a_frozen_relu_has_the_same_bits_after_all_it_has_answered():
    moved = replicates("learning/slope_is_no_plasticity", 1).moved.set_index("unit")
    assert moved.largest_change["frozen"] == 0.0
    assert moved.slope_before["frozen"] == moved.slope_after["frozen"]
    # 20 steps of eta y x by hand: the slope grows by (1 + eta |x|^2) each.
    grown = (moved.slope_after / moved.slope_before)["plastic"] ** (1 / 20) - 1
    pattern = stream(0, "stimulus", "control").uniform(0.2, 1.0, 8)
    assert grown == pytest.approx(0.01 * pattern @ pattern, rel=1e-9)


def test_the_interval_of_a_correlation_stays_below_one():
    found = interval(replicates("learning/rules_across_rungs").agreement.query("rung == 'rate' and rule == 'Hebb'"))
    assert found.low <= found.value <= found.high <= 1.0


def test_rate_units_learn_what_their_curve_learns():
    rows = replicates("learning/rules_across_rungs", 1).agreement.query("rung == 'rate'")
    # A rate unit settles at its curve: its integrator's error and a relaxation that has decayed by exp(-5) are left.
    assert len(rows) == 6
    assert rows.correlation.min() > 0.9999


def test_backpropagation_is_the_gradient_of_the_error_behind():
    w, x = np.array([[0.5, 0.2], [0.3, 0.4]]), np.array([[1.0, 2.0]])
    readout, target = np.array([[1.0, -1.0]]), np.array([0.5])
    rule = Backpropagation(readout, target)
    # Half the squared error of readout (w x), by central differences of 1e-6: exact for a square but for rounding.
    step, found = 1e-6, rule.dw(w, x, x @ w.T, None)
    for index in np.ndindex(2, 2):
        change = np.zeros((2, 2))
        change[index] = step
        up, down = (0.5 * float(((x @ (w + s * change).T @ readout.T - target) ** 2).sum()) for s in (1, -1))
        assert found[index] == pytest.approx(-(up - down) / (2 * step), abs=1e-8)


@pytest.mark.parametrize(
    ("question", "change", "finding", "verdict"),
    [
        ("hebb_and_oja", None, "growth", "holds"),
        ("hebb_and_oja", ("paths", "along", 1.0, "rule == 'Hebb' and rung == 'spiking'"), "growth", "fails"),
        ("hebb_and_oja", None, "angle", "holds"),
        ("hebb_and_oja", ("paths", "angle", 39.0, "rung == 'rate' and presentation == 50"), "angle", "fails"),
        ("hebb_and_oja", None, "length", "holds"),
        ("hebb_and_oja", ("paths", "length", 1.03, "rung == 'spiking' and presentation == 200"), "length", "fails"),
        ("principal_components", None, "angle", "holds"),
        ("principal_components", ("angles", "angle", 40.0, "time == 1"), "angle", "fails"),
        ("principal_components", None, "cosine", "holds"),
        ("principal_components", ("angles", "cosine", 0.998, None), "cosine", "fails"),
        ("principal_components", ("angles", "length", 0.97, None), "length", "fails"),
        ("principal_components", None, "sanger", "holds"),
        ("principal_components", ("components", "cosine", 0.5, "component == 2"), "sanger", "fails"),
        ("bcm", None, "selectivity", "holds"),
        ("bcm", ("selectivity", "selectivity", 0.88, "patterns == 10 and rung == 'spiking'"), "selectivity", "fails"),
        ("bcm", ("selectivity", "selectivity", np.nan, "patterns == 2 and rung == 'rate'"), "selectivity", "fails"),
        ("bcm", None, "answer", "holds"),
        ("bcm", ("answers", "after", 9.0, "patterns == 10"), "answer", "fails"),
        ("rules_across_rungs", None, "spiking", "holds"),
        ("rules_across_rungs", ("agreement", "correlation", 0.95, "rule == 'Oja'"), "spiking", "fails"),
        ("rules_across_rungs", None, "control", "holds"),
        ("rules_across_rungs", ("agreement", "control", 0.9999, "rule == 'Oja'"), "control", "fails"),
        ("locality_and_energy", None, "no_budget", "holds"),
        ("locality_and_energy", ("spent", "energy", 1e10, None), "no_budget", "fails"),
        ("slope_is_no_plasticity", ("moved", "largest_change", 1e-12, None), "plastic", "fails"),
        ("use_and_coincidence", ("use", "change", 0.0, "group == 'together' and level == 4"), "together", "fails"),
    ],
)
def test_verdicts_follow_the_tables(question, change, finding, verdict):
    name = f"learning/{question}"
    t = replicates(name)
    t = t if change is None else falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[name]), t, finding) == verdict

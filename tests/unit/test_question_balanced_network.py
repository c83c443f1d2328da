"""Questions of balanced networks: the network as published, its mean field on every rung, verdicts from the tables."""

import numpy as np
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

import neurosim as ns
from experiments.inhibition._brunel import (
    CELL,
    REGIMES,
    SIZES,
    SLOPE,
    linear_rate,
    network,
    outside,
    reduced,
    theory_of,
)
from neurosim.lab import ask
from neurosim.params import ParameterError


def test_the_network_has_the_degrees_and_weights_of_the_paper():
    circuit = network(SIZES["small"], 5.0, 3)
    for pre, degree, weight in (("excitatory", 100, 0.2), ("inhibitory", 25, 1.0)):
        for post in ("excitatory", "inhibitory"):
            matrix = circuit.projection(f"{pre}_{post}").weights
            assert set(np.diff(matrix.indptr)) == {degree}
            # weight / tau_m is the jump, in units of the threshold of 20 mV
            np.testing.assert_allclose(matrix.data / 20e-3 * 20.0, weight, rtol=1e-12)
    assert circuit.projection("inhibitory_excitatory").sign == -1
    # Outside spikes at eta = 1 bring the mean potential to threshold: rate * 0.2 mV * 20 ms = 20 mV.
    rates = outside(SIZES["small"], 1.0).rates["outside_excitatory"]
    np.testing.assert_allclose(rates * 0.2 * 20e-3, 20.0, rtol=1e-12)
    assert SIZES["large"].every == 12_500


@pytest.mark.parametrize("state", ["SR", "SI slow"])
def test_the_static_and_the_rate_engine_settle_at_the_mean_field(state):
    size, (g, eta) = SIZES["large"], REGIMES[state]
    theory = theory_of(size, g, eta).steady_rate()
    curve = ns.activations.Siegert(tau_m=20e-3, t_ref=2e-3, v_reset=0.5, sigma_stat=theory.sigma_stat)
    drive = ns.stimulus.constant([[eta / size.weight]], "outside")
    late = ns.Schedule(duration=0.5, settle=0.45)
    for cell in (ns.Unit(activation=curve), ns.LeakyRate(tau=20e-3, activation=curve)):
        found = ns.simulate(reduced(size, g), cell, drive, late, progress=False).rates["excitatory"][0, 0]
        # The rate engine integrates with a relative tolerance of 1e-6.
        assert found == pytest.approx(theory.rate, rel=1e-5)


def test_a_threshold_linear_population_runs_away_where_its_loop_gain_exceeds_one():
    # slope * inputs * weight = 100 Hz * 1000 * 0.1 ms = 10, and 10 (1 - g/4) = 1 at g = 3.6.
    assert pytest.approx(1 / (CELL.tau_m * (1 - CELL.v_reset)), rel=1e-12) == SLOPE
    assert np.isnan(linear_rate(3.59, 2.0))
    # r = 100 (eta + r * 0.1 (1 - g/4) - 0.75), by hand at g = 5 and eta = 2: r = 125 / (1 + 2.5).
    assert linear_rate(5.0, 2.0) == pytest.approx(125 / 3.5, rel=1e-8)
    assert np.isfinite(linear_rate(3.61, 2.0))


@pytest.mark.parametrize(
    ("question", "changes", "words"),
    [
        ("rate_theory", {"g_values": (4.5, 5.0)}, "expected 3 among them"),
        ("rate_theory", {"sweep_duration": 0.2}, "less than every run lasts"),
        ("network_regimes", {"duration": 0.6, "settle": 0.2}, r"expected at least 0\.5 s to count in"),
        ("active_fraction_by_bin", {"duration": 0.6, "settle": 0.2}, r"expected at least 0\.5 s to count in"),
    ],
)
def test_parameters_that_cannot_run(question, changes, words):
    with pytest.raises(ParameterError, match=words):
        ask(QUESTIONS[f"inhibition/{question}"]).settings(**changes)


def large(t):
    """Tables as if they came from the large network, with what such a run gives, by hand."""
    t = falsified(t, "states", "cells", 12_500)
    for state, rate, theory, peak in (("AI", 37.5, 37.9, 130.0), ("SI fast", 58.0, 55.8, 183.0),
                                      ("SI slow", 5.9, 6.5, 22.5), ("SR", 322.0, 327.0, np.nan)):  # fmt: skip
        for column, value in (("rate", rate), ("theory", theory), ("peak", peak)):
            t = falsified(t, "states", column, value, f"state == '{state}'")
    return t


@pytest.mark.parametrize(
    ("change", "finding", "verdict"),
    [
        (None, "ai", "holds"),
        (("rate", 36.0, "state == 'AI'"), "ai", "fails"),
        (None, "ratio", "holds"),
        (("rate", 390.0, "state == 'SR'"), "ratio", "fails"),
        (None, "fast_peak", "holds"),
        (("peak", 150.0, "state == 'SI fast'"), "fast_peak", "fails"),
        (None, "slow_peak", "holds"),
        (("peak", 30.0, "state == 'SI slow'"), "slow_peak", "fails"),
        (("cells", 2500, "state == 'AI'"), "slow_peak", "undecided"),
    ],
)
def test_the_large_network_is_held_to_its_bounds(change, finding, verdict):
    t = large(replicates("inhibition/network_regimes"))
    t = t if change is None else falsified(t, "states", *change)
    assert verdict_of(ask(QUESTIONS["inhibition/network_regimes"]), t, finding) == verdict


@pytest.mark.parametrize(
    ("question", "change", "finding", "verdict"),
    [
        ("rate_theory", None, "ai_small", "holds"),
        ("rate_theory", ("networks", "rate", 70.0, "state == 'AI'"), "ai_small", "fails"),
        ("rate_theory", None, "si_fast_medium", "holds"),
        ("rate_theory", ("networks", "rate", 104.0, "state == 'SI fast'"), "si_fast_medium", "fails"),
        ("active_fraction_by_bin", None, "A1-24", "not testable here"),
        ("active_fraction_by_bin", None, "near_random", "undecided"),
        ("active_fraction_by_bin", ("active", "cells", 12_500), "near_random", "fails"),
        ("active_fraction_by_bin", None, "regular", "holds"),
        ("active_fraction_by_bin", ("active", "fraction", 0.2, "state == 'AI'"), "regular", "fails"),
    ],
)  # fmt: skip
def test_verdicts_follow_the_tables(question, change, finding, verdict):
    name = f"inhibition/{question}"
    t = replicates(name)
    t = t if change is None else falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[name]), t, finding) == verdict

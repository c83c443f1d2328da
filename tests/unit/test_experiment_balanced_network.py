"""The experiment on balanced networks: its theory by another route, and checks that notice wrong tables."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import erfcx
from tampering import changed, claims, failed, verdict

from neurosim.lab.tables import load_tables, save_tables
from neurosim.params import ParameterError

SMALL_NETWORK = {"ai_small", "ai_small_grid"}


def by_quadrature(inputs, amplitude, g, eta, v_reset):
    """Brunel's equations in mV, with SciPy's adaptive quadrature and root finder."""
    tau, t_ref, theta = 20e-3, 2e-3, 20.0

    def gap(rate):
        outside = eta * theta / (amplitude * inputs * tau)
        mean = inputs * amplitude * tau * (outside + rate * (1 - g / 4))
        sigma = amplitude * np.sqrt(inputs * tau * (outside + rate * (1 + g * g / 4)))
        # erfcx(-u) = exp(u^2) (1 + erf(u))
        low, high = (v_reset - mean) / sigma, (theta - mean) / sigma
        integral = quad(lambda u: erfcx(-u), low, high, epsabs=0, epsrel=1e-11, limit=400)[0]
        return 1 / (t_ref + tau * np.sqrt(np.pi) * integral) - rate

    return brentq(gap, 0.1, 499.0, xtol=1e-12)


@pytest.mark.parametrize(
    ("size", "g", "eta", "v_reset"),
    [("large", 5.0, 2.0, 10.0), ("large", 3.0, 2.0, 10.0), ("large", 4.5, 0.9, 0.0), ("small", 5.0, 2.0, 10.0),
     ("medium", 6.0, 4.0, 10.0)],
)  # fmt: skip
def test_mean_field_by_quadrature(module, size, g, eta, v_reset):
    chosen = module.SIZES[size]
    expected = by_quadrature(chosen.inputs, chosen.amplitude, g, eta, v_reset)
    found = module.theory_of(chosen, g, eta, v_reset=v_reset).steady_rate()
    # both quadratures are good to some 1e-10, which the loop does not enlarge
    assert found.rate == pytest.approx(expected, rel=1e-8)


def test_mean_field_on_the_grid_approaches_that_of_continuous_time(module):
    size = module.SIZES["large"]
    limit = module.theory_of(size, 5.0, 2.0).steady_rate().rate
    gaps = [limit - module.theory_of(size, 5.0, 2.0).steady_rate(dt).rate for dt in (1e-4, 1e-6, 1e-8)]
    assert gaps[0] > 0
    # the correction falls with the square root of dt, and a smaller part of it with dt itself
    assert gaps[1] == pytest.approx(gaps[0] / 10, rel=0.15)
    assert gaps[2] == pytest.approx(gaps[1] / 10, rel=0.03)


def test_below_threshold_nothing_fires(module):
    found = module.theory_of(module.SIZES["large"], 5.0, 0.01).steady_rate()
    assert found.rate < 1e-3
    assert module.theory_of(module.SIZES["large"], 5.0, 0.7).linear_rate() == 0.0
    assert np.isnan(module.theory_of(module.SIZES["large"], 3.0, 2.0).linear_rate())


def test_the_network_has_the_degrees_and_weights_of_the_paper(module):
    circuit = module.network(module.SIZES["small"], 5.0, 3)
    for pre, degree, weight in (("excitatory", 100, 0.2), ("inhibitory", 25, 1.0)):
        for post in ("excitatory", "inhibitory"):
            matrix = circuit.projection(f"{pre}_{post}").weights
            assert set(np.diff(matrix.indptr)) == {degree}
            # weight / tau_m is the jump, in units of the threshold of 20 mV
            np.testing.assert_allclose(matrix.data / 20e-3 * 20.0, weight, rtol=1e-12)
    assert circuit.projection("inhibitory_excitatory").sign == -1
    # outside spikes at eta = 1 bring the mean potential to threshold: rate * 0.2 mV * 20 ms = 20 mV
    rates = module.outside(module.SIZES["small"], 1.0).rates["outside_excitatory"]
    np.testing.assert_allclose(rates * 0.2 * 20e-3, 20.0, rtol=1e-12)


def test_parameters_refuse_what_cannot_run(experiment):
    with pytest.raises(ParameterError, match="expected 3 among them"):
        experiment.settings(g_values=(4.5, 5.0))
    with pytest.raises(ParameterError, match=r"expected at least 0\.5 s to count in"):
        experiment.settings(duration=0.6, settle=0.2)
    with pytest.raises(ParameterError, match="less than every run lasts"):
        experiment.settings(sweep_duration=0.2)
    full, quick = experiment.settings(), experiment.settings(quick=True)
    assert full.size == "large"
    assert experiment.estimate(quick)[0] < experiment.estimate(full)[0] < 300


def test_checks_hold_and_every_claim_has_a_verdict(experiment, tables):
    findings = experiment.findings(tables)
    assert failed(findings) == set()
    # Inhibition does what it is said to; the share of active cells depends on how long a moment is.
    assert claims(findings) == {"A0-08": "supported", "A1-24": "partly"}
    assert set(claims(findings)) == set(experiment.claims)


def state(tables, name):
    runs = tables["runs"]
    return (runs.kind == "state") & (runs.state == name)


@pytest.mark.parametrize(
    ("table", "column", "rule", "rows", "ids"),
    [
        ("fixed_points", "rate", lambda c: c * 1.0002, None, {"fixed_points"}),
        ("fixed_points", "sigma", lambda c: c * 1.0002, None, {"moments"}),
        ("fixed_points", "rate", lambda c: c * 1.001, "g == 3", {"fixed_points", "ratio_theory"}),
        ("rungs", "rate", lambda c: c * 1.0001, "rung == 'rate'", {"rungs"}),
        ("rungs", "rate", lambda c: c.fillna(250.0), None, {"linear_runaway"}),
        ("runs", "rate", lambda c: c * 0.96, "size == 'small'", SMALL_NETWORK),
        ("runs", "rate", lambda c: c * 1.2, "state == 'SR'", {"ratio"}),
        ("runs", "rate", lambda c: c * 0.96, "state == 'SI fast'", {"si_fast_medium"}),
    ],
)  # fmt: skip
def test_wrong_tables_are_noticed(experiment, tables, table, column, rule, rows, ids):
    assert failed(experiment.findings(changed(tables, table, column, rule, rows))) == ids


def test_the_large_network_is_held_to_its_bounds(experiment, tables):
    runs = tables["runs"].copy()
    # What a run at full size looks like, by hand.
    good = {"AI": (37.5, 37.9, 37.4, 130.0), "SI fast": (58.0, 55.8, 55.3, 183.0), "SI slow": (5.9, 6.5, 6.1, 22.5)}
    for name, values in good.items():
        runs.loc[state(tables, name), ["rate", "theory", "grid", "peak"]] = values
    runs.loc[runs.kind == "state", "size"] = "large"
    saturated = runs[runs.state == "SR"].assign(size="large", rate=322.0, theory=327.0)
    runs = pd.concat([runs[runs.state != "SR"], saturated])
    bins = tables["active"].assign(fraction=tables["active"].poisson)
    large = {**tables, "runs": runs, "active": bins}
    assert failed(experiment.findings(large)) == set()
    for name, column, value, ids in [
        ("AI", "rate", 36.0, {"ai", "ai_grid"}),
        ("SI fast", "rate", 62.0, {"si_fast"}),
        ("SI fast", "peak", 150.0, {"si_fast_peak"}),
        ("SI slow", "rate", 7.0, {"si_slow"}),
        ("SI slow", "peak", 30.0, {"si_slow_peak"}),
    ]:
        wrong = runs.copy()
        wrong.loc[(wrong.kind == "state") & (wrong.state == name), column] = value
        assert failed(experiment.findings({**large, "runs": wrong})) >= ids
    wrong = bins.assign(fraction=np.where(bins.bin == 10e-3, 1.4, 1.0) * bins.poisson)
    assert failed(experiment.findings({**large, "active": wrong})) == {"active_fraction"}


def test_a_network_that_is_not_tamed_decides_against_the_claim(experiment, tables):
    wild = changed(tables, "runs", "rate", 900.0, "g == 8")
    assert verdict(experiment, wild, "A0-08") == "partly"
    rare = tables["active"].assign(fraction=0.02)
    assert verdict(experiment, {**tables, "active": rare}, "A1-24") == "partly"  # 4 Hz in 50 ms stay 18 %


def test_figure_and_caption_come_from_the_files_alone(experiment, tables, tmp_path):
    save_tables(tmp_path, tables, experiment.columns)
    again = load_tables(tmp_path)
    fig = experiment.figure(again)
    labels = [ax.get_xlabel() for ax in fig.axes]
    assert sum("time (ms)" in label for label in labels) == 4
    assert all("(" in label for label in labels if label)
    assert experiment.caption(again) == experiment.caption(tables)
    assert "1,250 LIF neurons" in experiment.caption(tables)
    assert "g = 3 to g = 5" in experiment.summary(tables)

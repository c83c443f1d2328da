"""The activation atlas on a small setting: it runs, and its checks and verdicts follow the tables, right or wrong."""

import numpy as np
import pytest
from tampering import changed, claims, failed

from neurosim.lab.experiment import headline
from neurosim.lab.tables import load_tables, save_tables
from neurosim.params import ParameterError

# What a quiet machine measures, in ns and as ratios: no test may hang on the clock of a busy one.
ELEMENTS = {"maximum": 0.6, "add": 0.7, "exp": 1.9, "tanh": 2.9, "expit": 10.0, "erf": 20.0}
LAYERS = {"ReLU": 3000.0, "Sigmoid": 3300.0, "Tanh": 3050.0}


@pytest.fixture(scope="module")
def tables(computed):
    cost = computed["cost"].copy()
    cost["time"] = [{**ELEMENTS, **LAYERS}[name] for name in cost.name]
    cost["low"], cost["high"] = 0.9 * cost.time, 1.2 * cost.time
    cost["ratio"] = cost.time / [LAYERS["ReLU"] if kind == "layer" else ELEMENTS["maximum"] for kind in cost.kind]
    return {**computed, "cost": cost}


def test_the_parameters_have_bounds_and_the_full_run_samples_a_million(experiment):
    assert experiment.settings().samples == 1_000_000
    assert experiment.estimate(experiment.settings(quick=True))[0] < experiment.estimate(experiment.settings())[0] < 180
    with pytest.raises(ParameterError, match="duration"):
        experiment.settings(duration=0.1)


def test_the_claims_can_be_read_without_running_the_file(experiment):
    assert headline(experiment.path)[1] == experiment.claims
    assert len(experiment.claims) == 18


def test_checks_hold_and_claims_get_the_verdicts_that_theory_leads_one_to_expect(experiment, tables):
    findings = experiment.findings(tables)
    assert failed(findings) == set()
    expected = dict.fromkeys(experiment.claims, "supported")
    expected |= dict.fromkeys(("A0-09", "A1-41", "A2-05", "A2-14", "A4-04", "A4-18"), "partly")
    expected |= dict.fromkeys(("A1-28", "A4-06"), "not supported")
    assert claims(findings) == expected


def test_every_elementwise_activation_of_the_package_is_in_the_atlas(tables):
    from neurosim import activations

    units = {name for name, kind in activations.known().items() if kind().acts_on == "unit"}
    assert set(tables["atlas"].activation) == units


def test_the_slope_of_a_noiseless_neuron_is_found_to_have_no_variance(tables):
    atlas = tables["atlas"].set_index("activation")
    infinite = set(atlas.index[np.isinf(atlas.mean_square_slope)])
    # 1/ln(1/x) rises from the threshold: the square of its slope, 1/(x^2 ln^4 x), has no integral there.
    assert infinite == {"LIFCurve", "ShuntedLIFCurve", "AdaptiveLIFCurve"}
    assert set(tables["samples"][tables["samples"].activation == "LIFCurve"].moment) == {
        *("mean", "second_moment", "exact_zero_fraction")
    }


def test_tables_come_back_from_disk_with_the_same_findings(experiment, tables, tmp_path):
    save_tables(tmp_path, tables, experiment.columns)
    assert experiment.findings(load_tables(tmp_path)) == experiment.findings(tables)


@pytest.mark.parametrize(
    ("table", "column", "rule", "rows", "noticed"),
    [
        ("textbook", "package", lambda c: c + 2e-6, lambda t: t.activation == "GELU",
         {"moments-reference", "moments-formula"}),
        ("textbook", "formula", lambda c: c + 1e-8, lambda t: t.moment == "mean", {"moments-formula"}),
        ("textbook", "package", lambda c: np.nan, lambda t: t.moment == "chi",
         {"moments-reference", "moments-formula"}),
        ("atlas", "mean_slope", lambda c: 1.001 * c, lambda t: t.activation == "SiLU", {"stein"}),
        ("samples", "sampled", lambda c: 1.1 * c, lambda t: t.activation == "ELU", {"samples"}),
        ("samples", "sampled", lambda c: c + 1e-4, lambda t: t.activation == "Identity", {"samples"}),
        ("constants", "value", lambda c: c + 2e-10, lambda t: t.name == "SELU scale, package", {"constant-01"}),
        ("constants", "value", lambda c: c + 2e-12, lambda t: t.name.str.startswith("E ReLU"), {"constant-12"}),
        ("constants", "name", lambda c: "lost", lambda t: t.name == "b for 4 % active", {"constant-13"}),
        ("thresholds", "integral", lambda c: c + 2e-6, lambda t: t.measure == "gini", {"thresholds-reference"}),
        ("thresholds", "integral", lambda c: c * 1.00002, lambda t: t.measure == "kurtosis", {"thresholds-reference"}),
        ("thresholds", "reference", lambda c: np.nan, lambda t: t.measure == "hoyer", {"thresholds-reference"}),
        ("thresholds", "sampled", lambda c: 1.2 * c, lambda t: t.measure == "mean", {"thresholds-sampled"}),
        ("vectors", "package", lambda c: c + 2e-12, lambda t: t["index"] == "gini", {"vectors"}),
        ("vectors", "reference", lambda c: c + 2e-6, None, {"vectors-reference"}),
        ("inhibition", "rate", lambda c: c + 1e-6, lambda t: t.rung == "static", {"static-shift"}),
        ("inhibition", "rate", lambda c: c + 0.01, lambda t: t.rung == "rate", {"rate-shift"}),
        ("inhibition", "interval_error", lambda c: c + 2e-4, lambda t: t.route == "bias", {"lif-interval-largest"}),
        ("inhibition", "interval_error", lambda c: c - 2e-4, lambda t: t.route == "bias", {"lif-interval-smallest"}),
        ("shunting", "closed_form", lambda c: c + 1e-5, lambda t: (t.g_i == 5) & (t.closed_form > 0),
         {"shunting-reference", "shunting-formula"}),
        ("shunting", "reference", lambda c: np.nan, lambda t: t.g_i == 20, {"shunting-reference"}),
        ("shunting", "simulated", lambda c: 1.0, lambda t: t.closed_form == 0, {"shunting-onset"}),
        ("shunting", "interval_error", lambda c: -c, None,
         {"shunting-interval-smallest", "shunting-interval-largest"}),
        ("shunting", "closed_form", lambda c: c / 3, lambda t: t.g_i == 20,
         {"shunting-reference", "shunting-formula", "shunting-slope"}),
        ("memory", "latency", lambda c: c - 3e-4, lambda t: t.depth == 1, {"memory"}),
        ("noise", "rate", lambda c: c + 30.0, lambda t: t.drive == 0.8, {"noise"}),
        ("noise", "rate", lambda c: 1.0, lambda t: t.drive == -1.0, {"noise"}),
        ("adaptation", "largest", lambda c: 2e-12, lambda t: t.change == "translation", {"translation"}),
        ("convolution", "density", lambda c: 1.1 * c, None, {"convolution"}),
    ],
)  # fmt: skip
def test_checks_notice_a_wrong_table(experiment, tables, table, column, rule, rows, noticed):
    assert failed(experiment.findings(changed(tables, table, column, rule, rows))) == noticed


def test_a_spike_below_the_rheobase_is_noticed(experiment, tables):
    def silent(t):
        return (t.rung == "spiking") & (t.route == "raised threshold") & (t.theory == 0)

    assert "lif-onset" in failed(experiment.findings(changed(tables, "inhibition", "rate", lambda c: 5.0, silent)))


def test_a_hole_in_the_intervals_cannot_pass(experiment, tables):
    def some(t):
        return (t.rung == "spiking") & (t.route == "bias") & (t.theory > 90)

    wrong = changed(tables, "inhibition", "interval_error", lambda c: np.nan, some)
    assert failed(experiment.findings(wrong)) == {"lif-interval-smallest", "lif-interval-largest"}


@pytest.mark.parametrize(
    ("claim", "table", "column", "rule", "rows", "verdict"),
    [
        ("A0-01", "population", "near_zero_fraction", lambda c: 0.1, None, "partly"),
        ("A0-09", "memory", "latency", lambda c: c.iloc[0], None, "partly"),
        ("A1-17", "convolution", "density", lambda c: 0.9, None, "not supported"),
        ("A1-29", "convolution", "density", lambda c: 0.3, None, "partly"),
        ("A1-28", "atlas", "exact_zero_fraction", lambda c: 0.4, lambda t: t.activation == "SELU", "supported"),
        ("A1-38", "inhibition", "rate", lambda c: 0.0, lambda t: t.rung == "spiking", "partly"),
        ("A1-41", "adaptation", "residual", lambda c: 0.0, None, "supported"),
        ("A1-42", "atlas", "bias_shift_index", lambda c: 0.01, lambda t: t.activation == "ReLU", "partly"),
        ("A1-49", "decoding", "explained", lambda c: 0.5 + 0.0 * c, None, "not supported"),
        ("A2-05", "cost", "instructions", lambda c: 1000.0, lambda t: t.name == "expit", "supported"),
        ("A2-14", "atlas", "mean", lambda c: 0.9, lambda t: t.activation == "ELU", "partly"),
        ("A3-01", "atlas", "not_affine", lambda c: 0.0, lambda t: t.activation == "Tanh", "not supported"),
        ("A3-01", "population", "not_affine", lambda c: 0.0, None, "not supported"),
        ("A4-04", "atlas", "chi", lambda c: 1.0, lambda t: t.activation == "Sigmoid", "supported"),
        ("A4-05", "atlas", "bias_shift_index", lambda c: 0.0, None, "not supported"),
        ("A4-06", "cost", "instructions", lambda c: 250.0, lambda t: t.name == "exp", "supported"),
        ("A4-06", "cost", "instructions", lambda c: 150.0, lambda t: t.name == "exp", "partly"),
        ("A4-10", "cost", "instructions", lambda c: 5.0, lambda t: t.name == "maximum", "not supported"),
        ("A4-12", "atlas", "mean", lambda c: 0.0, None, "not supported"),
    ],
)
def test_verdicts_follow_the_tables(experiment, tables, claim, table, column, rule, rows, verdict):
    assert claims(experiment.findings(changed(tables, table, column, rule, rows)))[claim] == verdict


def test_a_neuron_that_forgot_and_is_silent_would_make_the_zero_an_inhibition(experiment, tables):
    forgot = changed(tables, "memory", "latency", lambda c: c.iloc[0])
    silent = changed(forgot, "noise", "rate", lambda c: 0.0)
    assert claims(experiment.findings(silent))["A0-09"] == "supported"


def test_times_decide_nothing(experiment, tables):
    times = tables["cost"].copy()
    times[["time", "low", "high", "ratio"]] *= np.random.default_rng(0).uniform(0.01, 100.0, (len(times), 4))
    slow = {**tables, "cost": times}
    assert repr(experiment.findings(slow)) == repr(experiment.findings(tables))
    assert experiment.summary(slow) == experiment.summary(tables)


def test_the_time_per_element_is_measured_for_every_function(computed):
    cost = computed["cost"]
    assert set(cost[cost.kind == "element"].name) == set(ELEMENTS)
    assert set(cost[cost.kind == "layer"].name) == set(LAYERS)
    assert (cost.low > 0).all()
    assert (cost.low <= cost.time).all()
    assert (cost.time <= cost.high).all()
    assert (cost[cost.name == cost.reference].ratio == 1.0).all()


def test_figure_has_lettered_panels_with_named_axes_and_the_caption_takes_its_numbers_from_the_tables(
    experiment, tables
):
    figure = experiment.figure(tables)
    letters = [text.get_text() for ax in figure.axes for text in ax.texts if text.get_fontweight() == "bold"]
    assert [letter for letter in letters if len(letter) == 1] == list("ABCDEFG")
    assert set(letters) >= {"ReLU", "GELU", "LIFCurve", "Siegert"}
    assert all(ax.get_ylabel() or ax.get_yticklabels()[0].get_text() for ax in figure.axes)
    caption = experiment.caption(tables)
    assert "GELU 1.0720" in caption
    moved = changed(tables, "atlas", "chi", lambda c: 1.25, lambda t: t.activation == "GELU")
    assert "GELU 1.2500" in experiment.caption(moved)
    assert "ReLU" in experiment.summary(tables)

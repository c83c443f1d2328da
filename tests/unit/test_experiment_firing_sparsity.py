"""The experiment on digits: its pieces against other routes, and a run of a few images from tables to figure."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from neurosim.activations.relu import ReLU
from neurosim.cells.lif import LIF
from neurosim.lab.findings import HOLDS
from neurosim.lab.progress import Progress
from neurosim.params import ParameterError
from neurosim.randomness import stream
from neurosim.stimuli.datasets import digits
from neurosim.theory import counting_error

SMALL = {
    "seeds": 2,
    "images": 40,
    "units": 16,
    "duration": 0.3,
    "strengths": (0.0, 4.0),
    "shifts": (0.75,),
    "targets": (0.2,),
}


@pytest.fixture(scope="module")
def tables(from_disk):
    return from_disk


def test_the_closed_form_brings_the_membrane_to_threshold_after_the_interval(module):
    drive = np.array([0.3, 1.0, 1.001, 1.3, 2.0, 5.0])
    rates = module._closed_form(drive)
    assert (rates[:2] == 0).all()
    cell = LIF()
    charging = 1 / rates[2:] - cell.t_ref
    # v(t) = drive (1 - exp(-t / tau)) is 1 at the spike; only rounding may remain.
    np.testing.assert_allclose(drive[2:] * -np.expm1(-charging / cell.tau_m), 1.0, rtol=1e-12)


def test_counting_noise_is_that_of_regular_trains_at_random_phase(module, settings):
    p = settings(duration=0.5, settle=0.1, dt=1e-4)
    rng = np.random.default_rng(1)
    rates = rng.uniform(5.0, 30.0, 20_000)
    counts = np.floor(rates * 0.4 + rng.uniform(size=rates.size))
    measured = np.sqrt(np.mean((counts / 0.4 - rates) ** 2))
    # 20,000 draws leave a relative error of about 0.5 %; the term of the time step is below 0.1 %.
    assert counting_error(rates, p.schedule.window, p.dt) == pytest.approx(measured, rel=0.02)


def test_matched_shift_solves_for_the_mean(module):
    z = np.linspace(-1.0, 1.0, 2001)
    # The mean of max(0, z - s) over a uniform z in [-1, 1] is (1 - s)^2 / 4: s = 0.2 gives 0.16.
    assert module._matched_shift(ReLU(), z, 0.16) == pytest.approx(0.2, abs=1e-3)


def test_student_p_agrees_with_scipy(module):
    from scipy import stats

    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(2, 6))
    assert module._student_p(first - second) == pytest.approx(stats.ttest_rel(first, second).pvalue, rel=1e-10)
    assert module._student_p(np.zeros(4)) == 1.0


def test_interpolation_is_straight_in_the_logarithm_and_never_leaves_the_sweep(module):
    rows = pd.DataFrame(
        {"route": ["start", "threshold", "inhibition"], "active_fraction": [0.4, 0.1, 0.2], "accuracy": [0.9, 0.5, 0.0]}
    )
    found = module._at(rows, "threshold", (0.2, 0.05, 0.5))
    assert found[0] == pytest.approx(0.7)
    assert np.isnan(found[1:]).all()


def test_images_are_halved_with_every_digit_on_both_sides(module):
    shown, train = module._images(digits(), 60, stream(0, "shuffle"))
    assert len(shown) == 60
    assert train.sum() == 30
    for half in (shown.labels[train], shown.labels[~train]):
        assert set(half) == set(range(10))
    pictures = {picture.tobytes() for picture in shown.images}
    assert len(pictures) == 60
    assert len(module._images(digits(), 1797, stream(0, "shuffle"))[0]) == 1797


@pytest.mark.parametrize("filters", ["random", "gabor", "principal"])
def test_every_unit_has_the_stated_drive(module, settings, filters):
    p = settings(filters=filters, drive_mean=0.8, drive_sd=0.3)
    scene = module._scene(p, 3, digits())
    drive = scene.drive
    # Rounding of sums over 40 images is all that may remain.
    np.testing.assert_allclose(drive.mean(axis=0), 0.8, atol=1e-12)
    np.testing.assert_allclose(drive.std(axis=0), 0.3, atol=1e-12)


def test_the_strength_is_the_loop_gain_of_the_mean_rate(module, settings):
    scene = module._scene(settings(), 0, digits())
    curve = scene.cells["curve"].transfer
    slope = (curve(scene.drive + 1e-2).mean() - curve(scene.drive - 1e-2).mean()) / 2e-2
    # A change of the mean rate by 1 lowers every drive by weight * (units - 1); 1e-2 against 5e-2 in the difference
    # quotient of a curve with a kink in 640 places.
    assert scene.weight(2.0) * (scene.units - 1) * slope == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strengths": (1.0, 2.0)}, "increasing from 0"),
        ({"strengths": (0.0, 2.0, 1.0)}, "increasing from 0"),
        ({"shifts": ()}, "at least one"),
        ({"filters": "principal", "units": 200}, "at most 120"),
        ({"filters": "gabors"}, "one of"),
        ({"seeds": 1}, ">= 2"),
    ],
)
def test_parameters_that_cannot_be(settings, changes, words):
    with pytest.raises(ParameterError, match=words):
        settings(**changes)


def test_every_table_has_its_columns_and_every_rung(experiment, tables):
    assert set(tables) == set(experiment.columns)
    points = 2 * 3
    assert len(tables["sparsity"]) == 4 * points
    assert len(tables["agreement"]) == 3 * points
    needed = ["accuracy", "active_fraction", "population_treves_rolls", "lifetime_treves_rolls", "mean_rate"]
    assert np.isfinite(tables["sparsity"][needed].to_numpy()).all()
    assert np.isfinite(tables["activations"]["active_fraction"]).all()


def test_the_checks_hold_on_a_small_run(experiment, tables):
    found = experiment.findings(tables)
    checks = {f.id: f for f in found if f.kind == "check"}
    failed = [f"{f.id}: {f.value}" for f in checks.values() if f.verdict != HOLDS]
    assert not failed
    assert {f.id for f in found if f.kind == "claim"} == set(experiment.claims)


def test_the_exact_rungs_and_the_ladder_of_activations(tables):
    activations = tables["activations"].set_index(["seed", "activation"])
    relu, leaky = activations.loc[(0, "ReLU")], activations.loc[(0, "LeakyReLU")]
    # Rectified, a leaky unit is a ReLU; it has no exact zero, and only it has negative mass.
    assert leaky["active_fraction"] == relu["active_fraction"]
    assert leaky["nonzero_fraction"] == 1.0
    assert leaky["negative_mass"] > 0 == relu["negative_mass"]
    assert activations.loc[(0, "KWTA")]["active_fraction"] <= 4 / 16  # ceil(0.2 * 16) winners


def test_verdicts_follow_the_numbers(experiment, tables):
    def verdicts(**changed):
        return {(f.kind, f.id): f.verdict for f in experiment.findings({**tables, **changed})}

    sparsity = tables["sparsity"].copy()
    sparsity["accuracy"] = 0.5
    assert verdicts(sparsity=sparsity)["claim", "A1-37"] == "not supported"
    sparsity["accuracy"] = np.where(sparsity.route == "start", 0.9, 0.5)
    assert verdicts(sparsity=sparsity)["claim", "A1-37"] == "supported"
    silence = tables["silence"].assign(exact_zeros=0.0, silence_accuracy=[0.8, 0.81], without_silent_half=[0.2, 0.21])
    silence["accuracy"] = 0.9
    assert verdicts(silence=silence)["claim", "A0-02"] == "not supported"
    recovery = tables["recovery"].assign(excess=0.01)
    assert verdicts(recovery=recovery)["check", "recovered_spiking"] == "fails"
    agreement = tables["agreement"].assign(rmse=9.0)
    assert verdicts(agreement=agreement)["check", "spiking_is_curve"] == "fails"


def test_figure_and_caption_come_from_the_tables(experiment, tables):
    figure = experiment.figure(tables)
    labels = [ax.get_xlabel() for ax in figure.axes]
    assert "firing rate (Hz)" in labels
    assert labels.count("active fraction") == 2
    tradeoff = next(ax for ax in figure.axes if ax.get_title("left") == "by threshold")
    spiking = tables["tradeoff"].query("rung == 'spiking' and route == 'threshold'")
    drawn = [line.get_ydata() for line in tradeoff.lines]
    assert any(np.array_equal(data, spiking.accuracy) for data in drawn)
    caption = experiment.caption(tables)
    assert "40 images" in caption
    assert "2 seeds" in caption
    assert "% active" in experiment.summary(tables) or "active" in experiment.summary(tables)


@pytest.mark.parametrize("changes", [{"sigma_stat": 0.2}, {"encoding": "poisson"}])
def test_noise_turns_exact_checks_into_reports(experiment, settings, changes):
    p = settings(**changes, duration=0.2, seeds=2, shifts=(0.5,))
    found = experiment.compute(p, Progress(False))
    kinds = {f.id: f.kind for f in experiment.findings(found) if f.kind != "claim"}
    assert kinds["recovered_spiking"] == "report"
    assert kinds["recovered_curve"] == "check"
    assert "spiking_is_curve" not in kinds


def test_the_estimate_grows_with_the_work(experiment, settings):
    small, large = settings(), settings(images=80)
    assert experiment.estimate(large)[0] > experiment.estimate(small)[0]
    assert dataclasses.is_dataclass(small)

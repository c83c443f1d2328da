"""Static and rate rungs against closed forms of lateral inhibition."""

import numpy as np
import pytest

from neurosim.activations.lif_curve import LIFCurve
from neurosim.activations.relu import ReLU
from neurosim.cells.leaky_rate import LeakyRate
from neurosim.cells.unit import Unit
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.circuits.kernels import Exponential
from neurosim.engines.rate import Rate
from neurosim.engines.static import Static
from neurosim.inhibition import lateral
from neurosim.schedule import Schedule
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import constant, movie

# Uniform inhibition of x = (1, .8, .6, .4, .2): with k active units r_i = (x_i - w S)/(1 - w), S = sum x/(1 + (k-1) w).
TABLE = {
    0.1: [0.871795, 0.649573, 0.427350, 0.205128, 0],
    0.2: [0.8125, 0.5625, 0.3125, 0.0625, 0],
    0.3: [0.785714, 0.5, 0.214286, 0, 0],
    0.5: [0.8, 0.4, 0, 0, 0],
    0.7: [0.862745, 0.196078, 0, 0, 0],
    0.9: [1, 0, 0, 0, 0],
}
X = np.array([1.0, 0.8, 0.6, 0.4, 0.2])


def competing(w, dense=False):
    population = Population("p", 5)
    inhibition = lateral(population, w)
    if dense:
        inhibition = Projection("lateral", "p", "p", w * (1 - np.eye(5)), sign=-1)
    drive = Projection("ff", "x", "p", np.eye(5), tau=0.0)
    return Circuit([Input("x", 5)], [population], [drive, inhibition])


@pytest.mark.parametrize("w", TABLE)
@pytest.mark.parametrize("dense", [False, True])
def test_static_rung_finds_the_table_of_uniform_inhibition(w, dense):
    recording = simulate(competing(w, dense), Unit(), constant(X[None], input="x"))
    # The table is printed with six digits.
    np.testing.assert_allclose(recording.checked_rates("p")[0], TABLE[w], atol=5.1e-7)


@pytest.mark.parametrize("w", [0.1, 0.5, 0.9])
def test_rate_rung_relaxes_to_the_same_point(w):
    schedule = Schedule(duration=4.0, settle=3.9, dt=1e-3)
    for engine in (Rate(), Rate(fixed_step=True)):
        rates = simulate(competing(w), LeakyRate(tau=20e-3), constant(X[None], input="x"), schedule, engine=engine)
        # The slowest mode decays with (1 - w)/tau: at w = .9 exp(-3.9 * .1/.02) = 3e-9; the rest is rtol 1e-5.
        np.testing.assert_allclose(rates.checked_rates("p")[0], TABLE[w], atol=2e-5)


def test_hartline_ratliff_ring_has_the_known_overshoot():
    n, total = 200, 0.5
    x = np.ones((1, n))
    x[0, 50:150] = 2.0
    population = Population("p", n)
    ring = lateral(population, total, kernel=Exponential(length=3.0), per="total")
    circuit = Circuit([Input("x", n)], [population], [Projection("ff", "x", "p", np.eye(n), tau=0.0), ring])
    r = simulate(circuit, Unit(), constant(x, input="x")).checked_rates("p")[0]
    kernel = np.exp(-np.minimum(np.arange(n), n - np.arange(n)) / 3.0)
    kernel[0] = 0
    kernel *= total / kernel.sum()
    inhibition = np.array([np.roll(kernel, i) @ r for i in range(n)])
    # Independent residual of r = [x - K r]+, and the printed extremes.
    assert np.abs(np.maximum(0, x[0] - inhibition) - r).max() < 1e-9
    assert r[50] == pytest.approx(1.508098, abs=1e-6)
    assert r[49] == pytest.approx(0.491902, abs=1e-6)
    assert r[0] == pytest.approx(0.666667, abs=1e-6)
    assert r[100] == pytest.approx(1.333333, abs=1e-6)


def test_strong_inhibition_leaves_one_winner_which_depends_on_the_start():
    population = Population("p", 2, bias=[1.0, 0.9])
    circuit = Circuit(populations=[population], projections=[lateral(population, 1.5)])
    assert circuit.loop_gain() == pytest.approx(1.5)
    rates = simulate(circuit, Unit()).checked_rates("p")[0]
    # w > 1: a winner silences the rival as long as w * winner exceeds the rival's drive.
    assert sorted(rates) == pytest.approx([0.0, max(rates)])
    assert max(rates) in (1.0, 0.9)


def test_a_trial_without_a_fixed_point_is_nan_and_says_so():
    # Excitation with loop gain 2: r = x + 2 r has no solution with r >= 0 for x > 0, and r = 0 for x < 0.
    population = Population("p", 1)
    loop = Projection("loop", "p", "p", [[2.0]], sign=+1)
    feed = Projection("ff", "x", "p", [[1.0]])
    circuit = Circuit([Input("x", 1)], [population], [feed, loop])
    recording = simulate(circuit, Unit(), constant([[1.0], [-1.0]], input="x"), engine=Static(attempts=2))
    assert recording.converged.tolist() == [False, True]
    assert np.isnan(recording.rates["p"][0, 0])
    assert recording.rates["p"][1, 0] == 0
    with pytest.raises(ValueError, match="1 of 2 trials did not converge"):
        recording.checked_rates("p")


def test_a_steep_neuron_curve_with_inhibition_solves_its_own_equation():
    rng = np.random.default_rng(3)
    n, trials, w = 60, 30, 5e-4
    curve = LIFCurve()
    population = Population("p", n)
    x = rng.normal(1.3, 0.6, (trials, n))
    circuit = Circuit(
        [Input("x", n)], [population], [Projection("ff", "x", "p", np.eye(n), tau=0.0), lateral(population, w)]
    )
    recording = simulate(circuit, Unit(activation=curve), constant(x, input="x"))
    r = recording.checked_rates("p")
    drive = x - w * (r.sum(axis=1, keepdims=True) - r)
    above = drive > 1
    expected = np.zeros_like(r)
    expected[above] = 1 / (2e-3 + 20e-3 * np.log(drive[above] / (drive[above] - 1)))
    # The residual in rate is the slope (up to 1e4 Hz per drive next to threshold) times the rounding of the drive.
    np.testing.assert_allclose(r, expected, atol=1e-6)


def test_feedforward_layers_are_one_pass_of_matrix_products():
    rng = np.random.default_rng(0)
    w1, w2 = rng.standard_normal((7, 4)), rng.standard_normal((3, 7))
    b1, b2 = rng.standard_normal(7), rng.standard_normal(3)
    x = rng.standard_normal((11, 4))
    circuit = Circuit(
        [Input("x", 4)],
        [Population("out", 3, bias=b2), Population("hid", 7, bias=b1)],
        [Projection("b", "hid", "out", w2, sign=None), Projection("a", "x", "hid", w1, sign=None)],
    )
    recording = simulate(circuit, Unit(activation=ReLU()), constant(x, input="x"))
    expected = np.maximum(0, np.maximum(0, x @ w1.T + b1) @ w2.T + b2)
    np.testing.assert_allclose(recording.rates["out"], expected, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(recording.drive["hid"], x @ w1.T + b1, rtol=1e-13, atol=1e-13)


def test_rate_unit_follows_its_exponential():
    population = Population("p", 1, bias=2.0)
    schedule = Schedule(duration=0.05, settle=0.0, dt=1e-4)
    cell = LeakyRate(tau=20e-3)
    for engine in (Rate(), Rate(fixed_step=True)):
        recording = simulate(Circuit(populations=[population]), cell, schedule=schedule, engine=engine)
        # Mean of 2(1 - exp(-t/tau)) over [0, T]; sampling by trapezoids of T/200, or sums of dt steps.
        mean = 2 * (1 - 20e-3 / 0.05 * (1 - np.exp(-0.05 / 20e-3)))
        assert recording.rates["p"][0, 0] == pytest.approx(mean, rel=5e-3)
    trace = simulate(Circuit(populations=[population]), cell, schedule=schedule, record=["rate"]).traces["p"]
    exact = 2 * (1 - np.exp(-trace.times / 20e-3))
    # Heun's method: local error (dt/tau)^3/6 per step.
    np.testing.assert_allclose(trace.values["rate"][:, 0, 0], exact, atol=1e-5)


def test_delayed_negative_feedback_oscillates_with_the_delay_equation():
    # tau dr/dt = -r + b - g r(t - d), linear: the history before t = 0 is silent, so r is exponential until t = d.
    population = Population("p", 1, bias=1.0)
    loop = Projection("loop", "p", "p", [[0.5]], sign=-1, tau=0.0, delay=10e-3)
    circuit = Circuit(populations=[population], projections=[loop])
    tau, d = 20e-3, 10e-3
    errors = []
    for dt in (1e-4, 5e-5):
        schedule = Schedule(duration=0.02, settle=0.0, dt=dt)
        trace = simulate(circuit, LeakyRate(tau=tau), schedule=schedule, record=["rate"]).traces["p"]
        t, r = trace.times, trace.values["rate"][:, 0, 0]
        s = np.maximum(0.0, t - d)
        exact = 1 - np.exp(-t / tau) - 0.5 * (1 - np.exp(-s / tau) - s / tau * np.exp(-s / tau))
        errors.append(np.abs(r - exact).max())
    # Heun: (dt/tau)^3/6 per step, 200 steps: 4e-6. Of second order, the delayed activity too: half the step, a quarter.
    assert errors[0] < 1e-5
    assert errors[1] == pytest.approx(errors[0] / 4, rel=0.05)


def test_a_movie_is_solved_frame_by_frame():
    circuit = Circuit([Input("x", 1)], [Population("p", 1)], [Projection("ff", "x", "p", [[1.0]], sign=None)])
    frames = np.array([[[2.0], [-3.0], [4.0]]])
    schedule = Schedule(duration=0.25, settle=0.05)
    recording = simulate(circuit, Unit(), movie(frames, 0.1, "constant", input="x"), schedule)
    # ReLU of each frame, shown for .05, .1 and .05 of .2 s; the ReLU of the mean drive would be 0.
    assert recording.rates["p"][0, 0] == pytest.approx((0.05 * 2 + 0.1 * 0 + 0.05 * 4) / 0.2)
    assert recording.drive["p"][0, 0] == pytest.approx((0.05 * 2 - 0.1 * 3 + 0.05 * 4) / 0.2)

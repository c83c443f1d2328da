"""Lateral inhibition on the static and the rate rung against closed forms."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

import neurosim as ns
from neurosim.activations.identity import Identity
from neurosim.activations.soft_threshold import SoftThreshold
from neurosim.cells.membrane_rate import MembraneRate
from neurosim.circuits.kernels import DifferenceOfGaussians, Exponential, distance_kernel
from neurosim.engines.rate import Rate
from neurosim.metrics import kkt_residual, lasso_objective, mach_overshoot
from neurosim.stability import feedback_matrix, growth
from neurosim.stimuli.stimulus import constant

X = np.array([1.0, 0.8, 0.6, 0.4, 0.2])
EXACT = Rate(rtol=1e-10, atol=1e-11)
LONG = ns.Schedule(duration=3.0, settle=2.9, dt=1e-3)
RUNGS = {
    "static": (ns.Unit(), "static", None),
    "rate": (ns.LeakyRate(), EXACT, LONG),
    "membrane": (MembraneRate(), EXACT, LONG),
}
each_rung = pytest.mark.parametrize("rung", RUNGS)


def fed(n, *projections, populations=()):
    feed = ns.Projection("feed", "x", "p", np.eye(n), tau=0.0)
    return ns.Circuit([ns.Input("x", n)], [ns.Population("p", n), *populations], [feed, *projections])


def steady(circuit, x, rung, initial=None):
    cell, engine, schedule = RUNGS[rung]
    x = np.atleast_2d(x)
    return ns.simulate(circuit, cell, constant(x, input="x"), schedule, engine=engine, initial=initial)


def shared(x, w, others):
    """Uniform inhibition solved by trying every number k of active units; `others`: 1 where a unit spares itself."""
    for k in range(len(x), 0, -1):
        total = x[:k].sum() / (1 + (k - others) * w)
        r = np.maximum(0.0, (x - w * total) / (1 - others * w))
        if (r > 0).sum() == k:
            return r
    raise AssertionError("no number of active units fits")


@each_rung
@pytest.mark.parametrize(
    ("w", "printed"),
    [
        (0.1, [0.871795, 0.649573, 0.427350, 0.205128, 0]),
        (0.2, [0.8125, 0.5625, 0.3125, 0.0625, 0]),
        (0.3, [0.785714, 0.5, 0.214286, 0, 0]),
        (0.5, [0.8, 0.4, 0, 0, 0]),
        (0.7, [0.862745, 0.196078, 0, 0, 0]),
        (0.9, [1, 0, 0, 0, 0]),
    ],
)
def test_uniform_inhibition_is_a_relu_of_adaptive_threshold_and_gain(w, printed, rung):
    population = ns.Population("p", 5)
    found = steady(fed(5, ns.lateral(population, w)), X, rung).checked_rates("p")[0]
    np.testing.assert_allclose(found, printed, atol=1e-6)  # printed with six digits
    # The slowest mode has gone by exp(-2.9 s * 0.1/25 ms) = 1e-5 of its square; the rest is the solvers' tolerance.
    np.testing.assert_allclose(found, shared(X, w, 1), atol=1e-8)


@each_rung
def test_a_pool_divides_the_sum_and_subtracts_from_each(rung):
    population, pool = ns.Population("p", 5), ns.Population("pool", 2)
    made = ns.pooled(population, pool, excite=0.5, inhibit=0.3)
    found = steady(fed(5, *made, populations=[pool]), X, rung)
    w = 0.5 * 0.3 * 2
    np.testing.assert_allclose(found.checked_rates("p")[0], shared(X, w, 0), atol=1e-8)
    np.testing.assert_allclose(found.rates["pool"][0], 0.5 * shared(X, w, 0).sum(), atol=1e-8)


@each_rung
@pytest.mark.parametrize("side", ["before", "after"])
def test_one_sided_inhibition_of_a_line_is_solved_one_after_the_other(side, rung):
    population = ns.Population("p", 5)
    motif = ns.one_sided(population, 2.0, side=side, reach=2, kernel=Exponential(length=1.0))
    found = steady(fed(5, motif), X, rung).checked_rates("p")[0]
    order = range(5) if side == "before" else range(4, -1, -1)
    expected = np.zeros(5)
    for i in order:
        back = -1 if side == "before" else 1
        heard = sum(np.exp(-d) * expected[i + back * d] for d in (1, 2) if 0 <= i + back * d < 5)
        expected[i] = max(0.0, X[i] - 2.0 * heard)
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_one_sided_inhibition_of_a_ring():
    population = ns.Population("p", 5)
    circuit = fed(5, ns.one_sided(population, 0.5, topology="ring"))
    assert circuit.loop_gain() == pytest.approx(0.5 * np.cos(np.pi / 5), rel=1e-12)
    found = steady(circuit, np.full(5, 3.0), "static").checked_rates("p")[0]
    np.testing.assert_allclose(found, 2.0, atol=1e-9)  # r = 3 - r/2


def ring_step():
    x = np.ones(200)
    x[50:150] = 2.0
    return x


@pytest.mark.parametrize("rung", ["static", "rate"])
@pytest.mark.parametrize(
    ("total", "low", "high", "largest", "smallest"),
    [(0.5, 0.666667, 1.333333, 1.508098, 0.491902), (1.0, 0.5, 1.0, 1.277877, 0.222123)],
)
def test_hartline_ratliff_ring(total, low, high, largest, smallest, rung):
    population = ns.Population("p", 200)
    ring = ns.lateral(population, total, kernel=Exponential(length=3.0), per="total")
    r = steady(fed(200, ring), ring_step(), rung).checked_rates("p")[0]
    bands = mach_overshoot(r, [0, 199], [99, 100])
    numbers = [bands.low, bands.high, bands.overshoot, bands.undershoot]
    np.testing.assert_allclose(numbers, [low, high, largest - high, low - smallest], atol=2e-6)  # of rounded numbers
    assert (r.max(), r.min()) == (pytest.approx(largest, abs=1e-6), pytest.approx(smallest, abs=1e-6))
    assert bands.peak in (50, 149)
    assert bands.trough in (49, 150)


def test_without_recurrence_the_bands_are_those_of_the_filter():
    ring = ns.lateral(ns.Population("p", 200), 0.5, kernel=Exponential(length=3.0), per="total")
    circuit = fed(200, ns.Projection("inhibition", "x", "p", ring.weights, sign=-1))
    r = steady(circuit, ring_step(), "static").checked_rates("p")[0]
    # x - K x of a step from 1 to 2: plateaus .5 and 1; at the edge half of the kernel lies on either side.
    np.testing.assert_allclose([r[0], r[100], r.min(), r.max()], [0.5, 1.0, 0.25, 1.25], atol=1e-12)


@pytest.mark.parametrize("rung", ["static", "rate"])
def test_uniform_input_stays_flat(rung):
    ring = ns.lateral(ns.Population("p", 50), 0.5, kernel=Exponential(length=3.0), per="total")
    r = steady(fed(50, ring), np.full(50, 1.5), rung).checked_rates("p")[0]
    np.testing.assert_allclose(r, 1.0, atol=1e-9)


@pytest.mark.parametrize(
    ("narrow", "broad", "ratio", "plateau", "largest", "place"),
    [(1, 2, 0.8, 0.2, 0.314777, 1.5632), (1, 3, 0.9, 0.1, 0.312574, None), (2, 1, 0.8, 0.2, None, None)],
)
def test_step_response_of_a_difference_of_gaussians(narrow, broad, ratio, plateau, largest, place):
    scale, n = 20, 1200
    kernel = DifferenceOfGaussians(sigma_e=scale * narrow, sigma_i=scale * broad, ratio=ratio)
    weights = distance_kernel(n, kernel, "ring", self_connections=True)
    circuit = ns.Circuit(
        [ns.Input("x", n)], [ns.Population("p", n)], [ns.Projection("dog", "x", "p", weights, sign=None)]
    )
    x = (np.arange(n) >= n // 2).astype(float)
    found = ns.simulate(circuit, ns.Unit(activation=Identity()), constant(x[None], input="x")).rates["p"][0]
    near = slice(n // 2 - 240, n // 2 + 240)
    position = (np.arange(n) - n // 2 + 0.5)[near] / scale
    theory = ndtr(position / narrow) - ratio * ndtr(position / broad)
    # The sum over units is the midpoint rule: g'/24 per unit of width = 0.242/(24 * 20^2) = 2.5e-5.
    np.testing.assert_allclose(found[near], theory, atol=3e-5)
    assert found[n // 2 + 239] == pytest.approx(plateau, abs=1e-4)
    if largest is None:
        # Inhibition narrower than excitation: monotone, no Mach band.
        assert found[near].max() - plateau < 1e-9
    else:
        assert found.max() == pytest.approx(largest, abs=3e-5)
        assert found[near].min() == pytest.approx(plateau - largest, abs=3e-5)
    if place is not None:
        assert position[found[near].argmax()] == pytest.approx(place, abs=0.5 / scale)  # units are 1/20 apart


@pytest.mark.parametrize(("broad", "ratio", "best"), [(2, 0.8, 0.880587), (3, 0.9, 0.723164)])
def test_a_difference_of_gaussians_is_a_band_pass(broad, ratio, best):
    scale = 10
    distance = np.arange(-400, 401)
    kernel = DifferenceOfGaussians(sigma_e=scale, sigma_i=scale * broad, ratio=ratio)(np.abs(distance).astype(float))

    def gain(k):
        return kernel @ np.cos(k / scale * distance)

    found = minimize_scalar(lambda k: -gain(k), bounds=(0.1, 2.0), method="bounded", options={"xatol": 1e-9})
    # The sum over integers has the transform of the integral, up to exp(-2 pi^2 100). A maximum is flat.
    assert found.x == pytest.approx(best, abs=2e-6)
    assert gain(0.0) == pytest.approx(1 - ratio, abs=1e-12)


def test_above_one_every_unit_near_the_strongest_can_win():
    x, w = np.array([1.0, 0.9, 0.8, 0.7, 0.6]), 1.5
    circuit = fed(5, ns.winner_take_all(ns.Population("p", 5), w))
    (found,) = ns.fixed_points(circuit, ns.Unit(), constant(x[None], input="x"), starts=100)
    assert found.unconverged == 0
    # A winner i is stable while the strongest rival stays below w x_i: all but the weakest, 0.6 * 1.5 < 1.
    winners = [np.flatnonzero(state.rates["p"]) for state in found.stable]
    assert sorted(map(tuple, winners)) == [(0,), (1,), (2,), (3,)]
    assert sum(state.reached for state in found) == 100
    for state in found.stable:
        i = int(state.rates["p"].argmax())
        assert state.rates["p"][i] == pytest.approx(x[i], abs=1e-9)  # the engine stops at 1e-10
        assert state.growth == pytest.approx(-1.0)  # the losers do not feed back


def test_the_shared_state_above_one_exists_and_is_unstable():
    x, w = np.array([1.0, 0.9]), 1.5
    circuit = fed(2, ns.winner_take_all(ns.Population("p", 2), w))
    both = np.array([x[0] - w * x[1], x[1] - w * x[0]]) / (1 - w**2)
    recording = steady(circuit, x, "static", {"p": both})
    np.testing.assert_allclose(recording.checked_rates("p")[0], both, atol=1e-9)
    matrix = feedback_matrix(circuit, {"p": ns.Unit()}, {"p": recording.drive["p"][0]})
    assert growth(matrix) == pytest.approx(w - 1, abs=1e-12)
    # The rate rung leaves it for the side to which it is pushed.
    for push, winner in ((1e-3, 0), (-1e-3, 1)):
        rates = steady(circuit, x, "rate", {"p": both + push * np.array([1, -1])}).checked_rates("p")[0]
        np.testing.assert_allclose(rates, x * (np.arange(2) == winner), atol=1e-6)


@each_rung
@pytest.mark.parametrize("w", [1.2, 1.5, 2.0])
def test_a_rival_takes_over_at_w_times_the_winner(w, rung):
    cell, _, schedule = RUNGS[rung]
    circuit = fed(2, ns.winner_take_all(ns.Population("p", 2), w))
    ratios = w * np.arange(0.955, 1.05, 0.01)  # the switch falls between two of them
    up = [constant([[1.0, ratio]], input="x") for ratio in ratios]
    down = [constant([[1.0, 1.0 / ratio]], input="x") for ratio in ratios]
    for stimuli, winner in ((up, 0), (down, 1)):
        begin = {"p": np.eye(2)[winner]}
        runs = ns.sweep(circuit, cell, stimuli, schedule, initial=begin)
        changed = np.array([run.checked_rates("p")[0].argmax() != winner for run in runs])
        np.testing.assert_array_equal(changed, ratios > w)


@each_rung
def test_below_one_nothing_depends_on_the_start(rung):
    circuit = fed(5, ns.lateral(ns.Population("p", 5), 0.5))
    assert ns.check_unique(circuit, ns.Unit()) == pytest.approx(0.5)
    states = np.random.default_rng(0).uniform(0, 2, (4, 5))
    found = steady(circuit, np.tile(X, (4, 1)), rung, {"p": states}).checked_rates("p")
    np.testing.assert_allclose(found, np.tile(shared(X, 0.5, 1), (4, 1)), atol=1e-8)
    (one,) = ns.fixed_points(circuit, ns.Unit(), constant(X[None], input="x"))
    assert [(state.reached, state.stable) for state in one] == [(20, True)]


@pytest.mark.parametrize("rung", ["static", "rate"])
@pytest.mark.parametrize(("j0", "j2", "theory"), [(7.3, 3.0, 52.6815), (10.0, 6.0, 37.3185)])
def test_a_ring_of_cosines_makes_a_bump_of_its_own_width(j0, j2, theory, rung):
    n = 720
    angle = np.arange(n) * np.pi / n - np.pi / 2
    weights = (-j0 + j2 * np.cos(2 * np.subtract.outer(angle, angle))) / n
    population = ns.Population("p", n, bias=1.0)
    circuit = ns.Circuit(populations=[population], projections=[ns.Projection("ring", "p", "p", weights, sign=None)])
    cell, _, schedule = RUNGS[rung]
    start = {"p": np.maximum(0.0, np.cos(2 * angle))}
    r = ns.simulate(circuit, cell, schedule=schedule, initial=start, progress=False).checked_rates("p")[0]
    # The edge solves 1 = J2 (theta - sin(4 theta)/4)/pi; a cell more or less on either side is 0.25 degrees.
    edge = np.radians(theory)
    assert j2 * (edge - np.sin(4 * edge) / 4) / np.pi == pytest.approx(1.0, abs=1e-5)
    assert (r > 1e-6 * r.max()).sum() * 180 / n / 2 == pytest.approx(theory, abs=0.25)


def dictionary_42():
    rng = np.random.default_rng(42)
    fields = rng.standard_normal((16, 32))
    fields /= np.linalg.norm(fields, axis=0)
    signal = rng.standard_normal(16)
    return fields, signal / np.linalg.norm(signal)


def coder(fields, nonnegative, penalty, rung):
    n = fields.shape[1]
    units = ns.Population("units", n)
    feed = ns.Projection("feed", "x", "units", fields.T, sign=None, tau=0.0)
    circuit = ns.Circuit([ns.Input("x", fields.shape[0])], [units], [feed, ns.competition(units, fields)])
    curve = ns.ReLU(threshold=penalty) if nonnegative else SoftThreshold(threshold=penalty)
    return circuit, ns.Unit(activation=curve) if rung == "static" else MembraneRate(tau=10e-3, activation=curve)


def code(fields, signal, penalty, nonnegative, rung):
    circuit, cell = coder(fields, nonnegative, penalty, rung)
    schedule, engine = (None, "static") if rung == "static" else (LONG, EXACT)
    recording = ns.simulate(circuit, cell, constant(signal[None], input="x"), schedule, engine=engine)
    return recording.checked_rates("units")[0]


@pytest.mark.parametrize("rung", ["static", "rate"])
@pytest.mark.parametrize("nonnegative", [True, False])
def test_the_worked_sparse_code(nonnegative, rung):
    h = 1 / np.sqrt(2)
    fields, signal = np.array([[1, 0, h, -h], [0, 1, h, h]]), np.array([1.0, 0.8])
    found = code(fields, signal, 0.2, nonnegative, rung)
    np.testing.assert_allclose(found, [0.082843, 0, 1.014214, 0], atol=1e-6)
    assert lasso_objective(fields, signal, found, 0.2) == pytest.approx(0.24284271, abs=1e-8)
    assert (found == 0).sum() == 2  # exact zeros on both rungs: a potential below threshold is silent


@pytest.mark.parametrize("rung", ["static", "rate"])
@pytest.mark.parametrize("nonnegative", [True, False])
def test_competition_finds_the_lasso(nonnegative, rung):
    from sklearn.linear_model import Lasso

    fields, signal = dictionary_42()
    found = code(fields, signal, 0.1, nonnegative, rung)
    model = Lasso(alpha=0.1 / 16, fit_intercept=False, positive=nonnegative, tol=1e-14, max_iter=100_000)
    np.testing.assert_allclose(found, model.fit(fields, signal).coef_, atol=1e-6)
    assert kkt_residual(fields, signal, found, 0.1, nonnegative=nonnegative) < 1e-6
    if nonnegative:
        assert lasso_objective(fields, signal, found, 0.1) == pytest.approx(0.3778566147, abs=1e-9)
        assert (found > 0).sum() == 9
        assert found.sum() == pytest.approx(1.41551310, abs=1e-6)

"""What `neurosim.theory` says, against quadrature, simulation of the definition, and numbers from elsewhere."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import erfcx

from neurosim import theory
from neurosim.params import ParameterError
from neurosim.plasticity import TripletSTDP


@pytest.mark.parametrize(
    ("g", "eta", "v_reset", "rate"),
    # Solved elsewhere with SciPy, for 1,000 excitatory inputs of 0.1 mV at a threshold of 20 mV.
    [(3.0, 2.0, 0.5, 327.00848), (4.5, 0.9, 0.5, 6.51652), (5.0, 2.0, 0.5, 37.94985), (6.0, 4.0, 0.0, 49.14788)],
)
def test_the_rate_of_a_balanced_network(g, eta, v_reset, rate):
    network = theory.BalancedNetwork(g=g, eta=eta, v_reset=v_reset)
    found = network.steady_rate()
    assert found.rate == pytest.approx(rate, rel=5e-5)  # their quadrature's error; the one below decides

    def gap(r):  # in mV, with an adaptive quadrature; erfcx(-u) = exp(u^2) (1 + erf(u))
        mean = 1000 * 0.1 * 20e-3 * (eta * 20 / (0.1 * 1000 * 20e-3) + r * (1 - g / 4))
        sigma = 0.1 * np.sqrt(1000 * 20e-3 * (eta * 20 / (0.1 * 1000 * 20e-3) + r * (1 + g * g / 4)))
        integral = quad(lambda u: erfcx(-u), (20 * v_reset - mean) / sigma, (20 - mean) / sigma, epsrel=1e-11)[0]
        return 1 / (2e-3 + 20e-3 * math.sqrt(math.pi) * integral) - r

    assert found.rate == pytest.approx(brentq(gap, 0.1, 499.0, xtol=1e-12), rel=1e-8)
    mean, sigma = network.moments(found.rate)
    assert (found.drive, found.sigma_stat) == (mean, sigma)


def test_a_threshold_linear_balanced_network_is_solved_by_its_own_equation():
    network = theory.BalancedNetwork(g=5.0, eta=2.0)
    rate = network.linear_rate()
    mean, _ = network.moments(rate)
    assert rate == pytest.approx(100.0 * (mean - 0.75), rel=1e-12)
    assert math.isnan(theory.BalancedNetwork(g=3.0).linear_rate())
    assert theory.BalancedNetwork(eta=0.7).linear_rate() == 0.0
    assert theory.BalancedNetwork(eta=0.01).steady_rate().rate < 1e-3
    gaps = [network.steady_rate().rate - network.steady_rate(dt).rate for dt in (1e-4, 1e-6)]
    assert gaps[0] > 0
    assert gaps[1] == pytest.approx(gaps[0] / 10, rel=0.15)  # the correction falls with the square root of dt


@pytest.mark.parametrize("coupling", [2.001, 3.0, 4.0, 6.0, 10.0, 1e9])
def test_the_active_zone_reproduces_itself(coupling):
    edge = theory.active_zone(coupling)
    assert 0 < edge < math.pi / 2
    # J2 times the second moment of [cos 2t - cos 2c]+ over the ring is the amplitude of that bump, 1.
    moment = quad(lambda t: math.cos(2 * t) * (math.cos(2 * t) - math.cos(2 * edge)), -edge, edge, epsabs=0)[0]
    assert coupling * moment / math.pi == pytest.approx(1.0, rel=1e-6)
    assert math.degrees(theory.active_zone(4.0)) == pytest.approx(45.0, rel=1e-12)


@pytest.mark.parametrize("widths", [[1], [2, 2, 2], [2, 3, 1, 4], [5] * 30])
def test_networks_are_born_dead_as_often(widths):
    rng = np.random.default_rng(1)
    nets, activity = 40_000, np.ones((40_000, 1))
    for width in widths:
        weights = rng.standard_normal((len(activity), width, activity.shape[1]))
        activity = np.maximum(0.0, np.einsum("nij,nj->ni", weights, activity))
        activity = activity[(activity > 0).any(axis=1)]
    expected = theory.born_dead(widths)
    dead = 1 - len(activity) / nets
    assert dead == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / nets))


def test_rare_deaths_keep_their_digits_and_a_width_prevents_them():
    assert theory.born_dead([60] * 9) == pytest.approx(9 * 2.0**-60, rel=1e-12)
    assert theory.born_dead([1]) == 0.5
    for hidden in (1, 4, 100):
        for probability in (0.5, 0.01, 1e-9):
            width = theory.width_against_death(hidden, probability)
            assert theory.born_dead([width] * hidden) <= probability
            assert width == 1 or theory.born_dead([width - 1] * hidden) > probability


def test_counted_spikes_miss_the_rate_by_as_much():
    rng = np.random.default_rng(2)
    rates, window = np.r_[rng.uniform(5, 80, 50), np.zeros(20)], 0.5
    errors = []
    for _ in range(2000):
        phase = rng.uniform(size=len(rates))
        counts = np.floor(rates * window + phase) * (rates > 0)
        errors.append(np.mean((counts / window - rates) ** 2))
    # The fractions u of 50 rates are no uniform grid: their u (1 - u) scatters by 0.075 / sqrt(50) around 1/6.
    assert theory.counting_error(rates, window) == pytest.approx(math.sqrt(np.mean(errors)), rel=0.1)
    assert theory.counting_error([0.0, 0.0], 1.0) == 0.0
    assert theory.counting_error([10.0], 1.0, 1e-3) == pytest.approx(math.sqrt(1 / 6 + (0.5e-3 * 100) ** 2))


@pytest.mark.parametrize(("strength", "length"), [(0.5, 2.0), (2.0, 5.0), (0.3, 0.4), (4.0, 1.0)])
def test_a_mach_band_on_a_long_line(strength, length):
    n = 1200
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    kernel = np.exp(-distance / length) * (distance > 0)
    q = math.exp(-1 / length)
    if strength * (1 - q) >= 1 + q:
        assert math.isnan(theory.mach_band(strength, length))
        return
    kernel *= strength * (1 - q) / (2 * q)
    light = np.where(np.arange(n) < n // 2, 1.0, 2.0)
    response = np.linalg.solve(np.eye(n) + kernel, light)
    step = 1 / (1 + strength)
    assert theory.mach_band(strength, length) == pytest.approx((response[n // 2] - 2 * step) / step, rel=1e-9)


def test_no_neighbour_in_reach_makes_no_band():
    assert theory.mach_band(0.5, 1e-3) == 0.0
    assert theory.mach_band(0.0, 2.0) == pytest.approx(0.0, abs=1e-15)


def test_the_drift_of_triplets_vanishes_at_the_threshold_and_counts_pairs():
    rule = TripletSTDP(A2_plus=2e-3, A3_minus=1e-3)
    assert abs(rule.drift(8.0, rule.threshold(8.0))) < 1e-12 * abs(rule.drift(8.0, 0.0) + 1.0)
    pairs = rule.replace(A3_plus=1e-300, A3_minus=0.0)
    expected = rule.w_max * 8.0 * 5.0 * (2e-3 * rule.tau_plus - rule.A2_minus * rule.tau_minus)
    assert pairs.drift(8.0, 5.0) == pytest.approx(expected, rel=1e-12)
    # Independent Poisson spikes: the mean of each trace is its rate times its time constant.
    x1, y1, x2, y2 = 8 * rule.tau_plus, 5 * rule.tau_minus, 8 * rule.tau_x, 5 * rule.tau_y
    at_post, at_pre = 5 * x1 * (rule.A2_plus + rule.A3_plus * y2), 8 * y1 * (rule.A2_minus + rule.A3_minus * x2)
    assert rule.drift(8.0, 5.0) == pytest.approx(rule.w_max * (at_post - at_pre), rel=1e-12)


def test_bad_arguments_are_refused():
    for call, error, message in (
        (lambda: theory.active_zone(2.0), ParameterError, "active_zone: coupling: got 2, expected more than 2"),
        (lambda: theory.active_zone(math.nan), ParameterError, "active_zone: coupling: got nan"),
        (lambda: theory.born_dead([]), ParameterError, "born_dead: widths"),
        (lambda: theory.born_dead([3, 0]), ParameterError, "born_dead: widths"),
        (lambda: theory.born_dead([2.5]), ParameterError, "born_dead: widths"),
        (lambda: theory.born_dead(4), ParameterError, "born_dead: widths"),
        (lambda: theory.width_against_death(0, 0.1), ParameterError, "width_against_death: hidden"),
        (lambda: theory.width_against_death(3, 1.0), ParameterError, "width_against_death: probability"),
        (lambda: theory.counting_error([np.nan], 1.0), ParameterError, "counting_error: rates"),
        (lambda: theory.counting_error([1.0], 0.0), ParameterError, "counting_error: window"),
        (lambda: theory.mach_band(-1.0, 2.0), ParameterError, "mach_band: strength"),
        (lambda: theory.BalancedNetwork().steady_rate(2e-3), ParameterError, "expected less than t_ref = 0.002 s"),
        (lambda: theory.BalancedNetwork(jump=0.0), ParameterError, "jump"),
    ):
        with pytest.raises(error, match=message):
            call()

"""Transfer functions against other routes: closed forms, special functions at high precision, quadrature."""

import math

import mpmath
import numpy as np
import pytest

from neurosim.activations import (
    ELU,
    GELU,
    SELU,
    LeakyReLU,
    LIFCurve,
    NoisyReLU,
    PReLU,
    ReLU,
    Siegert,
    Sigmoid,
    SiLU,
    SoftLIF,
    Softplus,
    Tanh,
)

ROUNDING = 6e-7
"""Reference values are printed with six decimals."""

LIF_TABLES = [
    (
        LIFCurve(v_reset=0.5),
        {
            20.01 / 20: 7.133935,
            20.1 / 20: 10.604183,
            1.05: 20.016852,
            1.1: 26.430421,
            1.25: 41.714907,
            1.5: 63.040002,
            2: 98.918796,
            3: 154.729995,
            5: 229.586294,
        },
    ),
    (
        LIFCurve(),
        {
            1.0001: 5.370315,
            1.01: 10.604183,
            1.05: 15.900666,
            1.1: 20.016852,
            1.25: 29.249381,
            1.5: 41.714907,
            2: 63.040002,
            3: 98.918796,
            5: 154.729995,
            10: 243.474262,
            100: 454.337550,
        },
    ),
    (LIFCurve(tau_m=10e-3, t_ref=5e-3), {1.5: 62.554255, 2: 83.811957}),
    (
        LIFCurve(tau_m=10e-3, t_ref=0.0),
        {1.1: 41.703239, 1.5: 91.023923, 2: 144.269504, 5: 448.142012, 10: 949.122158},
    ),
]


@pytest.mark.parametrize(("curve", "table"), LIF_TABLES)
def test_lif_curve_tables(curve, table):
    drive = np.array(list(table))
    np.testing.assert_allclose(curve(drive), list(table.values()), rtol=0, atol=ROUNDING)
    exact = [
        1 / (curve.t_ref + curve.tau_m * mpmath.log((mpmath.mpf(x) - curve.v_reset) / (mpmath.mpf(x) - 1)))
        for x in drive
    ]
    # A few roundings of a double.
    np.testing.assert_allclose(curve(drive), np.array(exact, dtype=float), rtol=1e-14)


def test_lif_curve_close_to_threshold_and_far_above():
    near = 1.0 + 2.0**-40
    expected = 1.0 / (2e-3 + 20e-3 * (40 * math.log(2) + math.log1p(2.0**-40)))
    assert LIFCurve()(np.array(near)) == pytest.approx(expected, rel=1e-14)
    far = np.array([10.0, 100.0, 1e6])
    line = (far - 0.5) / 20e-3
    # Next term of the expansion: 1/(12 (drive - 1/2)**2); 1e-10 for the rounding of drive - 1.
    np.testing.assert_array_less(np.abs(LIFCurve(t_ref=0.0)(far) / line - 1), 1.01 / (12 * (far - 0.5) ** 2) + 1e-10)


SOFT_DRIVES = np.array([0.5, 0.9, 1.0, 1.1, 1.5, 2.0, 5.0])
SOFT_TABLES = {
    0.02: [1.723423, 5.545994, 11.383548, 20.026634, 41.714907, 63.040002, 154.729995],
    0.1: [6.750721, 13.911507, 17.629744, 22.188085, 41.746064, 63.040183, 154.729995],
    1.0: [40.504932, 48.224641, 50.347298, 52.543638, 62.006592, 75.058775, 155.163975],
}


@pytest.mark.parametrize("smoothing", SOFT_TABLES)
def test_soft_lif_tables(smoothing):
    found = SoftLIF(smoothing=smoothing)(SOFT_DRIVES)
    np.testing.assert_allclose(found, SOFT_TABLES[smoothing], rtol=0, atol=ROUNDING)


# Threshold 20 mV and reset 10 mV above rest, tau_m 20 ms, t_ref 2 ms; sigma in Brunel's convention.
SIEGERT_SIGMAS = (1.0, 2.0, 5.0, 10.0)
SIEGERT_TABLE = {
    10: (1.0441132e-41, 1.9179283e-9, 0.88192346, 12.083925),
    15: (1.9179283e-9, 0.12202552, 9.4607998, 24.607159),
    18: (0.83668956, 7.6678458, 19.620290, 33.670016),
    20: (14.763104, 18.512272, 27.340567, 40.088608),
    22: (27.179755, 28.850314, 35.301639, 46.682361),
    25: (42.016751, 42.849614, 47.217443, 56.719286),
    30: (63.188002, 63.620470, 66.293333, 73.362492),
}


def in_millivolts(sigma: float, reset: float = 10.0, **rest: float) -> Siegert:
    return Siegert(v_reset=reset / 20.0, sigma_stat=sigma / 20.0 / math.sqrt(2.0), **rest)


@pytest.mark.parametrize("mean", SIEGERT_TABLE)
def test_siegert_table(mean):
    found = [float(in_millivolts(sigma)(np.array(mean / 20.0))) for sigma in SIEGERT_SIGMAS]
    np.testing.assert_allclose(found, SIEGERT_TABLE[mean], rtol=7e-8)  # eight printed digits


def test_siegert_in_the_convention_of_the_stationary_deviation():
    found = Siegert(sigma_stat=0.3)(np.array([0.5, 0.8, 1.0, 1.2]))
    np.testing.assert_allclose(found, [6.778371, 17.139572, 25.260703, 33.598021], rtol=0, atol=ROUNDING)


def test_siegert_at_the_value_that_nest_tests():
    # tau_m 10 ms, t_ref 2 ms, threshold 15 mV, mean at threshold, variance 1.5 mV**2.
    curve = Siegert(tau_m=10e-3, sigma_stat=math.sqrt(1.5 / 2.0) / 15.0)
    assert float(curve(np.array(1.0))) == pytest.approx(27.1095934379, rel=1e-11)  # twelve printed digits


def siegert_reference(curve: Siegert, drive: float) -> tuple[float, float]:
    """Rate and slope from the antiderivative in hypergeometric functions, with digits to spare for its cancellation."""
    largest = (abs(drive) + abs(curve.v_reset) + 1) / curve.sigma_brunel
    with mpmath.workdps(40 + int(largest**2)):
        x, reset, sigma = mpmath.mpf(drive), mpmath.mpf(curve.v_reset), mpmath.sqrt(2) * mpmath.mpf(curve.sigma_stat)
        low, high = (reset - x) / sigma, (1 - x) / sigma

        def antiderivative(u):
            even = u**2 * mpmath.hyp2f2(1, 1, mpmath.mpf(3) / 2, 2, u**2)
            return mpmath.pi / 2 * mpmath.erfi(u) + even

        def integrand(u):
            return mpmath.exp(u**2) * mpmath.erfc(-u)

        rate = 1 / (mpmath.mpf(curve.t_ref) + mpmath.mpf(curve.tau_m) * (antiderivative(high) - antiderivative(low)))
        slope = rate**2 * curve.tau_m * mpmath.sqrt(mpmath.pi) / sigma * (integrand(high) - integrand(low))
        return float(rate), float(slope)


@pytest.mark.parametrize("reset", [-1.0, 0.0, 0.9999])
@pytest.mark.parametrize("sigma", [0.15, 0.3, 1.0, 30.0])
def test_siegert_against_high_precision(reset, sigma):
    curve = Siegert(sigma_stat=sigma, v_reset=reset)
    drives = [x for x in (-1.0, -0.2, 0.3, 0.6, 0.95, 1.0, 1.02, 1.5, 2.5) if (1 - x) / sigma < 6]
    rates, slopes = np.array([siegert_reference(curve, x) for x in drives]).T
    # 1e-8 is promised; fixed Gauss rules and erfcx leave about 1e-15 times the exponent (20) and the ratio of the
    # distances to the reset (1e4 for a reset of 0.9999).
    np.testing.assert_allclose(curve(np.array(drives)), rates, rtol=1e-10)
    np.testing.assert_allclose(curve.derivative(np.array(drives)), slopes, rtol=1e-9)


def test_siegert_reaches_the_noiseless_curve():
    drive = np.array([-1e6, -3.0, 0.5, 0.9, 1.1, 1.5, 3.0, 50.0, 1e6])
    np.testing.assert_array_equal(Siegert(sigma_stat=0.0)(drive), LIFCurve()(drive))
    deviations = [np.abs(Siegert(sigma_stat=s)(drive) - LIFCurve()(drive)).max() for s in (1e-2, 1e-3, 1e-4, 1e-6)]
    # The correction is of order sigma**2 away from threshold: a hundredth for a tenth of the noise, down to rounding.
    assert deviations[1] < 0.011 * deviations[0]
    assert deviations[2] < 0.011 * deviations[1]
    assert deviations[3] < 1e-8


def test_siegert_with_a_time_step():
    table = {(15.0, 5.0): 8.821, (20.0, 5.0): 26.267, (25.0, 2.0): 42.288, (21.0252, 7.6829): 36.176}
    for (mean, sigma), rate in table.items():
        found = float(in_millivolts(sigma, dt=1e-4)(np.array(mean / 20.0)))
        longer = float(in_millivolts(sigma, dt=1e-4, t_ref=2.1e-3)(np.array(mean / 20.0)))
        # The table corrects the threshold only (its simulation has the full refractory period): three decimals.
        assert longer == pytest.approx(rate, abs=6e-4)
        assert found > longer
    brian = Siegert(sigma_stat=0.3, dt=1e-4)(np.array([0.5, 0.8, 1.0, 1.2]))
    np.testing.assert_allclose(brian, [6.282, 16.377, 24.401, 32.679], rtol=0, atol=6e-4)


def test_interval_variability():
    table = {
        (15, 5): 0.814757,
        (20, 5): 0.582636,
        (20, 2): 0.408047,
        (25, 2): 0.208308,
        (25, 5): 0.436354,
        (18, 2): 0.664497,
        (10, 10): 1.013044,
    }
    for (mean, sigma), cv in table.items():
        assert float(in_millivolts(sigma).cv(np.array(mean / 20.0))) == pytest.approx(cv, abs=ROUNDING)
    found = Siegert(sigma_stat=0.3).cv(np.array([0.5, 0.8, 1.0, 1.2]))
    np.testing.assert_allclose(found, [0.828241, 0.643613, 0.543840, 0.467833], rtol=0, atol=ROUNDING)


def test_interval_variability_in_its_limits():
    # Rare escapes are a Poisson process. Under a strong drive v is a particle with drift drive/tau_m and diffusion
    # sigma_brunel**2/tau_m on its way over a distance of 1: its passage has cv = sigma_brunel/sqrt(drive).
    assert float(Siegert(sigma_stat=0.05).cv(np.array(0.2))) == pytest.approx(1.0, abs=1e-12)
    drive = 1e4
    expected = 0.3 * math.sqrt(2.0 / drive)
    found = float(Siegert(sigma_stat=0.3, t_ref=0.0).cv(np.array(drive)))
    assert found == pytest.approx(expected, rel=1e-3)  # corrections of order 1/drive, with a factor of a few


@pytest.mark.parametrize("sigma", [1e-3, 1e-6, 1e-9])
def test_interval_variability_at_weak_noise(sigma):
    # Linear in the noise: the free potential has variance sigma_stat**2*(1 - exp(-2T/tau_m)) at the noiseless interval
    # T, and crosses the threshold with the slope (drive - 1)/tau_m.
    drive = np.array([1.5, 10.0, 1e6])
    interval = np.log(drive / (drive - 1.0))
    expected = sigma * np.sqrt(-np.expm1(-2.0 * interval)) / (drive - 1.0) / interval
    found = Siegert(sigma_stat=sigma, t_ref=0.0).cv(drive)
    # Next order sigma**2/(drive - 1)**2 with a factor of a few; 1e-8 for the double's drive - 1 and the quadrature.
    np.testing.assert_allclose(found, expected, rtol=10 * sigma**2 / 0.25 + 1e-8)


# mean, E f**2, E f', E f'**2 at a standard normal drive.
ATLAS = {
    Sigmoid(): (0.5, 0.293379, 0.206621, 0.044836),
    Tanh(): (0.0, 0.394294, 0.605706, 0.464403),
    ReLU(): (0.398942, 0.5, 0.5, 0.5),
    LeakyReLU(): (0.394953, 0.500050, 0.505, 0.500050),
    PReLU(): (0.299207, 0.531250, 0.625, 0.531250),
    ELU(): (0.160521, 0.644945, 0.761578, 0.668102),
    SELU(): (0.0, 1.0, 0.985231, 1.071575),
    GELU(): (0.282095, 0.425221, 0.5, 0.455851),
    SiLU(): (0.206621, 0.355776, 0.5, 0.379482),
    Softplus(): (0.806059, 0.921246, 0.5, 0.293379),
}


def standard_normal_rule(kink: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights for the expectation, split at the kink; 12 deviations leave out 1e-33."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    below, above = (kink + 12.0) / 2.0, (12.0 - kink) / 2.0
    z = np.concatenate([kink + below * (nodes - 1.0), kink + above * (nodes + 1.0)])
    return z, np.concatenate([below * weights, above * weights]) * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


@pytest.mark.parametrize("act", ATLAS, ids=lambda act: type(act).__name__)
def test_moments_of_the_atlas(act):
    z, weight = standard_normal_rule()
    value, slope = act(z), act.derivative(z)
    found = [float(weight @ moment) for moment in (value, value**2, slope, slope**2)]
    np.testing.assert_allclose(found, ATLAS[act], rtol=0, atol=ROUNDING)


def test_selu_is_its_own_fixed_point():
    z, weight = standard_normal_rule()
    value = SELU()(z)
    # The constants are those of the fixed point to the last digit of a double.
    assert float(weight @ value) == pytest.approx(0.0, abs=1e-14)
    assert float(weight @ value**2) == pytest.approx(1.0, abs=1e-14)


def test_noise_turns_the_relu_into_gelu_plus_density():
    z = np.linspace(-6.0, 6.0, 241)
    density = np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    # Both sides are of order 6: a few roundings.
    np.testing.assert_allclose(NoisyReLU()(z), GELU()(z) + density, rtol=0, atol=1e-14)
    for mean, expected in zip(range(-2, 3), (0.008491, 0.083315, 0.398942, 1.083315, 2.008491), strict=True):
        assert float(NoisyReLU()(np.array(float(mean)))) == pytest.approx(expected, abs=ROUNDING)


@pytest.mark.parametrize("mean", [-0.6, 0.0, 0.4])
def test_noisy_relu_is_the_average_over_noise(mean):
    width = 0.3
    noise, weight = standard_normal_rule(kink=-mean / width)
    averaged = float(weight @ ReLU()(mean + width * noise))
    assert float(NoisyReLU(width=width)(np.array(mean))) == pytest.approx(averaged, abs=1e-14)  # rounding of 400 terms


def test_minima_of_gelu_and_silu():
    for act, place, value in ((GELU(), -0.7517915247, -0.1699712075), (SiLU(), -1.278464543, -0.2784645428)):
        assert float(act(np.array(place))) == pytest.approx(value, abs=6e-11)  # ten printed digits
        assert float(act.derivative(np.array(place))) == pytest.approx(0.0, abs=1e-9)
        assert act.range[0] == pytest.approx(value, abs=6e-11)


def test_gelu_by_tanh_is_close():
    z = np.linspace(-5.0, 5.0, 100001)
    difference = np.abs(GELU(form="tanh")(z) - GELU()(z))
    assert difference.max() == pytest.approx(4.732e-4, abs=6e-8)  # four printed digits
    assert abs(z[difference.argmax()]) == pytest.approx(2.699, abs=6e-4)
    assert np.abs(z * Sigmoid(width=1 / 1.702)(z) - GELU()(z)).max() == pytest.approx(0.020335, abs=ROUNDING)


def test_best_softplus_for_a_noisy_threshold():
    z = np.linspace(-8.0, 8.0, 16001)
    soft = Softplus(gain=1 / 1.775, width=1 / 1.775)(z)
    assert np.abs(soft - NoisyReLU()(z)).max() == pytest.approx(0.00875, abs=6e-6)  # three printed digits


@pytest.mark.parametrize(
    ("b", "active", "mean", "square"),
    [
        (-1.0, 0.841345, 1.083315, 1.92466),
        (0.5, 0.308538, 0.197797, 0.209639),
        (1.281552, 0.1, 0.047343, 0.039327),
        (1.750686, 0.04, 0.016146, 0.011733),
        (2.326348, 0.01, 0.003389, 0.002117),
    ],
)
def test_threshold_sets_sparsity(b, active, mean, square):
    z, weight = standard_normal_rule(kink=b)
    curve = ReLU(threshold=b)
    found = [float(weight @ moment) for moment in (curve.derivative(z), curve(z), curve(z) ** 2)]
    np.testing.assert_allclose(found, [active, mean, square], rtol=0, atol=6e-6 if b < 0 else ROUNDING)
    assert float(ReLU(threshold=b).derivative(np.array(b))) == 0.0


@pytest.mark.parametrize(
    ("act", "chi"),
    [
        (Sigmoid(), 0.152827),
        (Tanh(), 1.177807),
        (ReLU(), 1.0),
        (ELU(), 1.035905),
        (GELU(), 1.072031),
        (SiLU(), 1.066634),
    ],
    ids=lambda value: type(value).__name__,
)
def test_gradient_gain_where_the_variance_is_kept(act, chi):
    z, weight = standard_normal_rule()
    found = float(weight @ act.derivative(z) ** 2 / (weight @ act(z) ** 2))
    assert found == pytest.approx(chi, abs=ROUNDING)

"""The stated bounds of every activation's slope hold at drives of every kind, and are not far from what is reached."""

import numpy as np
import pytest
from test_activation_conformance import CASES, DEFAULTS

from neurosim import activations
from neurosim.activations.base import Activation
from neurosim.circuits.kernels import Exponential

# At least one drive comes within this factor of the bound; the two divisive activations state sums of two bounds.
LOOSE = {"DivisiveNormalisation": 3.0, "LocalResponseNorm": 3.0, "Composition": 2.0}
MORE = {
    "PReLU-steep-below": activations.PReLU(negative_slope=-3.0, gain=2.0),
    "PReLU-by-unit": activations.PReLU(negative_slopes=(0.5, -2.0, 4.0, 1.0)),
    "LeakyReLU-shifted": activations.LeakyReLU(gain=7.0, threshold=-2.0),
    "Identity-steep": activations.Identity(gain=3.0),
    "Tanh-narrow": activations.Tanh(gain=8.0, width=0.1, threshold=2.0),
    "MeasuredCurve-noisy": activations.MeasuredCurve(
        drives=tuple(np.linspace(0.0, 3.0, 25)),
        rates=tuple(np.maximum(0.0, 20.0 * np.linspace(-1, 2, 25) + np.random.default_rng(3).normal(0, 5, 25))),
    ),
    "SoftLIF-no-refractoriness": activations.SoftLIF(t_ref=0.0),
    "Siegert-no-refractoriness": activations.Siegert(t_ref=0.0, sigma_stat=0.7, v_reset=-0.4),
    "Siegert-long-refractoriness": activations.Siegert(t_ref=0.05, sigma_stat=0.05),
    "DivisiveNormalisation-line": activations.DivisiveNormalisation(exponent=1.0, weight=0.3),
    "DivisiveNormalisation-steep": activations.DivisiveNormalisation(
        exponent=4.0, weight=3.0, sigma=0.2, kernel=Exponential(length=0.5)
    ),
    "DivisiveNormalisation-alone": activations.DivisiveNormalisation(exponent=1.0, weight=0.0, gain=3.0),
    "LocalResponseNorm-strong-line": activations.LocalResponseNorm(alpha=2.0, beta=3.0, size=3, offset=0.5),
    "Composition-falling": activations.Composition(
        inner=activations.Softmax(gain=4.0), outer=activations.GELU(threshold=1.0)
    ),
}
EVERY = {**CASES, **MORE}
UNITS = [name for name, act in EVERY.items() if act.acts_on == "unit"]
POPULATIONS = [name for name, act in EVERY.items() if act.acts_on == "population"]


def places(act):
    """Along the line, near where curves bend, close to rounding on both sides, and far."""
    rng = np.random.default_rng(1)
    threshold = getattr(act, "threshold", 0.0)
    bends = {0.0, 1.0, threshold, -threshold, *getattr(act, "drives", ())}
    near = [bend + sign * np.geomspace(1e-12, 5.0, 400) for bend in bends for sign in (-1, 1)]
    near += [bend + np.linspace(-0.01, 0.01, 2001) for bend in bends]
    far = 10.0 ** rng.uniform(0, 6, 200)
    return np.concatenate([np.linspace(-8, 8, 4001), *near, far, -far])


def shaped(act, drive):
    """Drives with a column for each of four units, as slopes of their own need."""
    return np.broadcast_to(drive[:, None], (len(drive), 4)) if getattr(act, "negative_slopes", ()) else drive[:, None]


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_activation_states_the_range_of_its_slope(name):
    act = DEFAULTS[name]
    low, high = act.slope_range(3)
    assert -np.inf < low <= high
    assert high > 0


@pytest.mark.parametrize("name", UNITS)
def test_no_slope_and_no_chord_leaves_the_range(name):
    act = EVERY[name]
    low, high = act.slope_range(4)
    drive = shaped(act, places(act))
    slope = act.derivative(drive)
    slack = 1e-12 * np.abs(slope).max()  # rounding of the slope
    assert slope.min() >= low - slack
    assert slope.max() <= high + slack
    # What the slope says holds for the values: no chord between two drives is steeper, jumps included.
    ordered = np.unique(np.round(places(act), 9))
    rounding = 1e-14 * (1.0 + np.abs(act(drive)).max()) / np.diff(ordered)
    chord = np.diff(act(shaped(act, ordered)), axis=0) / np.diff(ordered)[:, None]
    assert (chord <= high * (1 + 1e-9) + rounding[:, None]).all()
    assert (chord >= low - 1e-9 * abs(low) - rounding[:, None]).all()


@pytest.mark.parametrize("name", UNITS)
def test_the_bounds_of_a_unit_are_reached(name):
    act = EVERY[name]
    low, high = act.slope_range(4)
    drive = shaped(act, places(act))
    slope = act.derivative(drive)
    if np.isinf(high):
        # Either vertical, so that the slopes grow without end, or the value jumps.
        jump = np.abs(np.diff(act(np.array([-1e-12, 1e-12])))).max()
        assert slope.max() > 1e5 or jump > 0.5
    else:
        assert slope.max() == pytest.approx(high, rel=1e-3)
    assert slope.min() == pytest.approx(low, rel=1e-3, abs=1e-6 * slope.max())


def populations_drives(act, units):
    """Random and structured: sparse, tied, equal, two rivals, one strong unit, all negative; over seven decades."""
    rng = np.random.default_rng(units)
    unit = np.concatenate([
        rng.standard_normal((60, units)), np.abs(rng.standard_normal((60, units))),
        np.where(rng.uniform(size=(60, units)) < 0.4, rng.standard_normal((60, units)), -30.0),
        np.sign(rng.standard_normal((30, units))), np.eye(units), np.eye(units) + np.eye(units)[::-1] - 20.0,
        np.ones((1, units)), np.zeros((1, units)), np.full((1, units), -1.0), np.tril(np.ones((units, units))),
    ])  # fmt: skip
    scales = np.concatenate([np.geomspace(1e-3, 1e4, 15), np.linspace(0.2, 4.0, 12)])
    return np.concatenate([unit * scale for scale in scales])


@pytest.mark.parametrize("units", [1, 2, 3, 4, 7, 16])
@pytest.mark.parametrize("name", POPULATIONS)
def test_no_jacobian_exceeds_the_bound(name, units):
    act = EVERY[name]
    if units < act.smallest_population:
        return
    low, high = act.slope_range(units)
    drive = populations_drives(act, units)
    jacobian = act.derivative(drive)
    norm = np.linalg.norm(jacobian, ord=2, axis=(-2, -1))
    assert norm.max() <= high * (1 + 1e-12)
    if np.isfinite(high) and high > 0:
        assert norm.max() >= high / LOOSE.get(type(act).__name__, 1.0) * (1 - 1e-9)
    if low == 0:
        # Symmetric without negative eigenvalues, up to rounding.
        rounding = 1e-12 * (1.0 + norm.max())
        np.testing.assert_allclose(jacobian, np.swapaxes(jacobian, -1, -2), atol=rounding)
        assert np.linalg.eigvalsh(jacobian).min() >= -rounding
    else:
        assert low == -high
    if np.isinf(high):
        return
    # Chords between drives of all sizes, as the values have them: jumps included.
    other = np.random.default_rng(9).permutation(drive)
    for away in (other, drive + 1e-3 * other / (1.0 + np.abs(other).max(axis=1, keepdims=True))):
        apart = np.linalg.norm(drive - away, axis=1)
        change = np.linalg.norm(act(drive) - act(away), axis=1)
        assert (change <= high * apart * (1 + 1e-9) + 1e-9 * np.abs(act(drive)).max()).all()


def test_a_winner_that_changes_is_a_jump():
    for k, units in ((1, 2), (3, 5)):
        act = activations.KWTA(k=k)
        tie = np.r_[np.full(units - 1, 1.0), 1.0 + 1e-9]
        swapped = tie[::-1].copy()
        assert np.abs(act(tie) - act(swapped)).max() > 0.5
        assert act.slope_range(units) == (0.0, np.inf)
    assert activations.KWTA(k=3).slope_range(3) == (0.0, 1.0)
    assert activations.Step().slope_range() == (0.0, np.inf)


def test_what_is_not_stated_is_not_promised():
    class Own(Activation):
        spiking = activations.ReLU.spiking

        def _value(self, drive):
            return np.tanh(drive)

        def _derivative(self, drive):
            return 1 - np.tanh(drive) ** 2

        @property
        def range(self):
            return -1.0, 1.0

    assert Own().slope_range() == (-np.inf, np.inf)

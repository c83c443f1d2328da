"""Where `check_unique` promises one steady state, a search finds one; where there are two it promises nothing."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim import activations
from neurosim.activations.base import Activation
from neurosim.stability import SeveralStatesWarning

CURVES = [
    activations.ReLU(gain=2.0, threshold=0.3), activations.Sigmoid(gain=3.0, width=0.2, threshold=0.5),
    activations.Tanh(width=0.5), activations.GELU(), activations.SoftThreshold(threshold=0.2),
    activations.PReLU(negative_slope=-2.0), activations.PReLU(negative_slope=3.0), activations.LeakyReLU(),
    activations.MeasuredCurve(drives=(0.0, 0.5, 1.0, 2.0), rates=(0.0, 3.0, 1.0, 2.0)),
    activations.Softmax(gain=2.0, temperature=0.5), activations.Sparsemax(), activations.SoftKWTA(k=1, temperature=0.4),
    activations.DivisiveNormalisation(exponent=2.0, sigma=0.5), activations.LocalResponseNorm(alpha=0.3, size=3),
    activations.Composition(inner=activations.Softmax(), outer=activations.ReLU(gain=3.0, threshold=0.2)),
]  # fmt: skip


def unwarned(circuit, cells):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeveralStatesWarning)
        return ns.check_unique(circuit, cells)


def loop(weights, activation, bias=0.0):
    population = ns.Population("p", len(weights), bias=bias)
    circuit = ns.Circuit(populations=[population], projections=[ns.Projection("w", "p", "p", weights, sign=None)])
    return circuit, ns.Unit(activation=activation)


@st.composite
def circuits(draw):
    """Two populations of random and structured weights, scaled so that the promise is just made."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    curves = [draw(st.sampled_from(CURVES)) for _ in range(2)]
    sizes = [draw(st.integers(1, 4)) for _ in range(2)]
    kind = draw(st.sampled_from(["dense", "excitatory", "self", "inhibitory", "sparse"]))
    factor = {"dense": lambda w: w, "excitatory": np.abs, "inhibitory": lambda w: -np.abs(w),
              "sparse": lambda w: w * (rng.uniform(size=w.shape) < 0.4),
              "self": lambda w: w if w.shape[0] != w.shape[1] else np.diag(np.abs(np.diag(w)))}[kind]  # fmt: skip
    names = ("a", "b")
    weights = {
        (i, j): factor(rng.standard_normal((sizes[i], sizes[j]))) for i in range(2) for j in range(2)
    }  # (post, pre)
    bias = [rng.normal(0.5, 1.5, size) for size in sizes]

    def made(scale):
        projections = [
            ns.Projection(f"{names[j]}{names[i]}", names[j], names[i], scale * w, sign=None)
            for (i, j), w in weights.items()
        ]
        populations = [ns.Population(n, size, bias=b) for n, size, b in zip(names, sizes, bias, strict=True)]
        return ns.Circuit(populations=populations, projections=projections)

    cells = {n: ns.Unit(activation=curve) for n, curve in zip(names, curves, strict=True)}
    gain = unwarned(made(1.0), cells)
    return made(0.97 / gain if gain > 0 else 1.0), cells


@settings(max_examples=60, deadline=None)
@given(circuits())
def test_where_one_state_is_promised_one_is_found(drawn):
    circuit, cells = drawn
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ns.check_unique(circuit, cells) < 1
    (found,) = ns.fixed_points(circuit, cells, starts=12, ceiling=5.0)
    assert (len(found), found.unconverged) == (1, 0)


@pytest.mark.parametrize(
    ("weights", "activation", "bias"),
    [
        (2.2 * np.eye(4), activations.Softmax(), [0, 0, -60, -60]),
        (1.5 * np.eye(3), activations.Sparsemax(), [0, 0, -60]),
        (0.5 * np.eye(3), activations.SoftKWTA(k=1), [0, 0, -60]),
        (3.0 * np.eye(3), activations.DivisiveNormalisation(), [-0.2, -0.2, -60]),
        (0.5 * (np.ones((2, 2)) - np.eye(2)), activations.Step(threshold=0.3), 0.0),
        (-0.3 * (np.ones((3, 3)) - np.eye(3)), activations.KWTA(k=1), [1.0, 0.9, 0.2]),
        (0.2 * np.eye(2), activations.LIFCurve(), 0.5),
        (1.5 * np.eye(3), activations.Composition(inner=activations.Softmax(gain=2.0)), [0, 0, -60]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Activation) else "",
)
def test_nothing_is_promised_where_there_are_two(weights, activation, bias):
    circuit, cell = loop(weights, activation, bias)
    with pytest.warns(SeveralStatesWarning):
        gain = ns.check_unique(circuit, cell)
    assert gain >= 1
    if type(activation).__name__ in ("Step", "KWTA", "LIFCurve"):
        assert gain == np.inf
    ceiling = 200.0 if type(activation).__name__ == "LIFCurve" else 2.0
    (found,) = ns.fixed_points(circuit, cell, starts=40, ceiling=ceiling)
    assert len(found.stable) >= 2


def test_a_steep_leak_counts():
    # r = 3 (r/2 - 0.1) has the solution 0.6, at a positive drive; r = r/2 - 0.1 has -0.2, at a negative one: no state.
    circuit, cell = loop(0.5 * np.eye(1), activations.PReLU(negative_slope=3.0), -0.1)
    assert unwarned(circuit, cell) == pytest.approx(1.5)
    (found,) = ns.fixed_points(circuit, cell, starts=2)
    assert len(found) == 0
    # A falling slope turns the sign of the feedback: the norm counts, inhibition or not.
    assert unwarned(*loop(-0.5 * np.eye(2), activations.PReLU(negative_slope=-4.0))) == pytest.approx(2.0)
    assert unwarned(*loop(-0.5 * np.eye(2), activations.PReLU(negative_slope=4.0))) == 0.0
    assert unwarned(*loop(np.diag([0.1, 0.2]), activations.PReLU(negative_slopes=(4.0, -3.0)))) == pytest.approx(0.8)


def test_softmax_has_two_stable_states_by_hand():
    # With two units that count p = exp(2.2 p)/(exp(2.2 p) + exp(2.2 (1 - p))), or x = tanh(1.1 x) for x = 2 p - 1.
    from scipy.optimize import brentq

    x = brentq(lambda x: np.tanh(1.1 * x) - x, 0.1, 1.0, xtol=1e-14)
    circuit, cell = loop(2.2 * np.eye(4), activations.Softmax(), [0, 0, -60, -60])
    assert unwarned(circuit, cell) == pytest.approx(1.1, rel=1e-12)
    (found,) = ns.fixed_points(circuit, cell, starts=40)
    first, second = sorted((state.rates["p"] for state in found.stable), key=lambda rates: rates[0])
    np.testing.assert_allclose(second[:2], [(1 + x) / 2, (1 - x) / 2], atol=1e-8)
    np.testing.assert_allclose(first[:2], [(1 - x) / 2, (1 + x) / 2], atol=1e-8)


def test_what_only_passes_through_counts_nothing():
    chain = np.tril(np.full((4, 4), 30.0), -1)
    for curve in (activations.Step(), activations.LIFCurve(), activations.ReLU(gain=50.0)):
        assert unwarned(*loop(chain, curve)) == 0.0
        assert unwarned(*loop(chain[::-1, ::-1].T, curve)) == 0.0
    # Units that share a softmax hear each other, whatever their weights.
    assert unwarned(*loop(chain, activations.Softmax())) == pytest.approx(
        0.25 * np.linalg.eigvalsh(chain + chain.T).max(), rel=1e-12
    )
    # Winners that are only chosen from what comes in are no loop; their curve may jump.
    chosen, last = ns.Population("chosen", 3), ns.Population("last", 2)
    forward = ns.Projection("f", "chosen", "last", np.ones((2, 3)), sign=None)
    back = ns.Projection("b", "last", "last", [[0.0, 0.4], [0.4, 0.0]], sign=None)
    cells = {"chosen": ns.Unit(activation=activations.KWTA()), "last": ns.Unit()}
    assert unwarned(ns.Circuit(populations=[chosen, last], projections=[forward, back]), cells) == pytest.approx(0.4)


def test_an_activation_that_states_nothing_promises_nothing():
    class Own(activations.Activation):
        spiking = activations.ReLU.spiking

        def _value(self, drive):
            return np.tanh(drive)

        def _derivative(self, drive):
            return 1 - np.tanh(drive) ** 2

        @property
        def range(self):
            return -1.0, 1.0

    with pytest.warns(SeveralStatesWarning, match="the loop gain is inf"):
        ns.check_unique(*loop(0.1 * np.eye(2), Own()))

"""Motifs of lateral inhibition: what they refuse, in one sentence, and the weights they make."""

import numpy as np
import pytest

import neurosim as ns
from neurosim.cells.conductance_lif import ConductanceLIF
from neurosim.circuits.kernels import DifferenceOfGaussians, Exponential, KernelWidthError, distance_kernel
from neurosim.circuits.parts import SignError
from neurosim.inhibition import competition, lateral, one_sided, pooled, shunting, winner_take_all
from neurosim.params import DimensionError, ParameterError

UNITS, POOL = ns.Population("units", 5), ns.Population("pool", 2)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: lateral(UNITS, -1.0), SignError, "lateral: strength: got -1 s, expected >= 0 s: a magnitude"),
        (lambda: one_sided(UNITS, -1.0), SignError, "one_sided: strength: got -1 s"),
        (lambda: pooled(UNITS, POOL, excite=-1.0, inhibit=1.0), SignError, "pooled: excite: got -1 s"),
        (lambda: pooled(UNITS, POOL, excite=1.0, inhibit=-np.ones((5, 2))), SignError, "pooled: inhibit: got -1 s"),
        (lambda: shunting(UNITS, -1.0, ConductanceLIF()), SignError, "shunting: strength: got -1 s"),
        (lambda: winner_take_all(UNITS, -2.0), SignError, "winner_take_all: strength: got -2 s"),
        (lambda: ns.Projection("p", "a", "b", [[-1.0]], sign=-1), SignError, "expected magnitudes >= 0"),
        (lambda: one_sided(UNITS, 1.0, reach=5), KernelWidthError, "reach: got 5 on a line of 5 units, expected at mo"),
        (lambda: one_sided(UNITS, 1.0, reach=0), ParameterError, "reach: got 0, expected a whole number >= 1"),
        (lambda: one_sided(UNITS, 1.0, side="left"), ParameterError, "no side is named 'left'"),
        (lambda: one_sided(UNITS, 1.0, topology="grid"), ParameterError, "no topology of one_sided is named 'grid'"),
        (lambda: one_sided(UNITS, 1.0, source=POOL), ParameterError, "source: got 2 units, expected 5 as in 'units'"),
        (lambda: one_sided(UNITS, 1.0, source="x"), DimensionError, "source: got 'x', expected a Population, an Input"),
        (lambda: one_sided(UNITS, 1.0, kernel=DifferenceOfGaussians()), ParameterError, "nowhere negative"),
        (lambda: lateral(UNITS, 1.0, kernel=Exponential(length=3.0)), KernelWidthError, "expected at most 2.5"),
        (
            lambda: lateral(UNITS, 1.0, kernel="gaussian"),
            DimensionError,
            "lateral: kernel: got 'gaussian', expected one of",
        ),
        (lambda: one_sided(UNITS, 1.0, kernel=abs), DimensionError, "one_sided: kernel: got <built-in function abs>"),
        (lambda: shunting(UNITS, 1.0, ConductanceLIF(), kernel=3), DimensionError, "shunting: kernel: got 3, expected"),
        (
            lambda: distance_kernel(5, "gaussian"),
            DimensionError,
            "distance_kernel: kernel: got 'gaussian', expected a K",
        ),
        (
            lambda: lateral(UNITS, 1.0, topology="rign"),
            ParameterError,
            "no topology is named 'rign'; did you mean 'ring'",
        ),
        (lambda: pooled(UNITS, UNITS, excite=1.0, inhibit=1.0), ParameterError, "got 'units' twice"),
        (lambda: pooled(UNITS, POOL, excite=np.ones((5, 2)), inhibit=1.0), ParameterError, r"\(post, pre\) = \(2, 5\)"),
        (lambda: pooled(UNITS, POOL, excite=1.0, inhibit=1.0, per="unit"), ParameterError, "'pair' or 'total'"),
        (lambda: pooled(UNITS, "pool", excite=1.0, inhibit=1.0), DimensionError, "pool: got 'pool', expected a Popul"),
        (lambda: shunting(UNITS, 1.0, ns.LIF()), DimensionError, "cell: got LIF, which has no conductances"),
        (lambda: shunting(UNITS, 1.0, ConductanceLIF(E_inh=-0.5)), ParameterError, "E_inh = -0.5, expected 0"),
        (lambda: shunting(UNITS, 1.0, ConductanceLIF(), tau=0.0), ParameterError, "tau: got 0 s, expected > 0 s"),
        (
            lambda: shunting(UNITS, 1.0, ConductanceLIF(), kernel=DifferenceOfGaussians()),
            ParameterError,
            "nowhere negative",
        ),
        (lambda: winner_take_all(UNITS, 0.9), ParameterError, r"strength \* gain = 0.9, expected >= 1"),
        (lambda: winner_take_all(UNITS, 0.01, gain=50.0), ParameterError, "a strength of at least 0.02 s"),
        (lambda: competition(UNITS, np.ones((3, 4))), ParameterError, r"got shape \(3, 4\), expected \(features, 5\)"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(build, error, message):
    with pytest.raises(error, match=message) as caught:
        build()
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError | TypeError)


def test_one_sided_weights_by_hand():
    before = one_sided(UNITS, 2.0, reach=2, kernel=Exponential(length=1.0)).dense()
    near, far = 2 * np.exp(-1), 2 * np.exp(-2)
    expected = np.array(
        [[0, 0, 0, 0, 0], [near, 0, 0, 0, 0], [far, near, 0, 0, 0], [0, far, near, 0, 0], [0, 0, far, near, 0]]
    )
    np.testing.assert_allclose(before, expected)
    after = one_sided(UNITS, 2.0, side="after", reach=2, kernel=Exponential(length=1.0)).dense()
    np.testing.assert_allclose(after, expected.T)
    ring = one_sided(UNITS, 2.0, side="after", topology="ring").dense()
    np.testing.assert_allclose(ring, 2 * np.roll(np.eye(5), 1, axis=1))
    from_input = one_sided(UNITS, 1.0, source=ns.Input("x", 5), tau=0.0, delay=2e-3, name="veto")
    assert (from_input.name, from_input.pre, from_input.post, from_input.sign) == ("veto", "x", "units", -1)
    assert from_input.delay == 2e-3


def test_pooled_weights_by_hand():
    excite, inhibit = pooled(UNITS, POOL, excite=1.0, inhibit=3.0, per="total", tau_inhibit=8e-3, name="basket")
    assert (excite.name, inhibit.name) == ("basket_excite", "basket_inhibit")
    assert (excite.pre, excite.post, inhibit.pre, inhibit.post) == ("units", "pool", "pool", "units")
    np.testing.assert_array_equal(excite.weights, np.full((2, 5), 0.2))
    np.testing.assert_array_equal(inhibit.weights, np.full((5, 2), 1.5))
    assert (excite.tau, inhibit.tau) == (5e-3, 8e-3)
    matrix = np.arange(10.0).reshape(2, 5)
    np.testing.assert_array_equal(pooled(UNITS, POOL, excite=matrix, inhibit=1.0)[0].weights, matrix)


def test_competition_is_the_gram_matrix_without_its_diagonal():
    fields = np.random.default_rng(0).standard_normal((3, 5))
    weights = competition(UNITS, fields).weights
    for i in range(5):
        for j in range(5):
            assert weights[i, j] == pytest.approx(
                0.0 if i == j else -sum(fields[k, i] * fields[k, j] for k in range(3))
            )


def test_shunting_and_winner_take_all_are_lateral():
    np.testing.assert_array_equal(shunting(UNITS, 0.2, ConductanceLIF()).dense(), lateral(UNITS, 0.2).dense())
    np.testing.assert_array_equal(winner_take_all(UNITS, 1.2).dense(), lateral(UNITS, 1.2).dense())


def test_a_delay_between_two_steps_is_refused_by_name():
    from neurosim.simulate import StepError

    circuit = ns.Circuit(populations=[UNITS], projections=[lateral(UNITS, 0.1, delay=2.5e-4)])
    with pytest.raises(StepError, match=r"expected a whole multiple of dt = 0\.0001 s"):
        ns.simulate(circuit, ns.LeakyRate())


@pytest.mark.parametrize("activation", ["KWTA", "SoftKWTA"])
def test_more_winners_than_units_are_refused_by_name(activation):
    from neurosim.simulate import TooManyWinnersError

    cell = ns.Unit(activation=getattr(ns.activations, activation)(k=6))
    with pytest.raises(
        TooManyWinnersError, match=f"cells\\['units'\\]: {activation} has 6 winners, expected at most 5"
    ):
        ns.simulate(ns.Circuit(populations=[UNITS]), cell)
    ns.simulate(ns.Circuit(populations=[UNITS]), ns.Unit(activation=getattr(ns.activations, activation)(k=5)))

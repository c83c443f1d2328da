"""Inputs, noise, learning and recording where populations stand on several levels."""

import numpy as np
import pytest

import neurosim as ns
from neurosim.activations import ReLU
from neurosim.params import ParameterError
from neurosim.plasticity import STDP

DT = 5e-4
RNG = np.random.default_rng(7)
X = RNG.uniform(60, 120, (2, 4))
XA, YA, AB = RNG.uniform(0, 0.02, (6, 4)), RNG.uniform(0, 0.02, (6, 2)), RNG.uniform(0, 0.02, (5, 6))
RATE, STATIC = ns.LeakyRate(tau=10e-3, activation=ReLU(gain=50.0, threshold=0.5)), ns.Unit(activation=ReLU(gain=50.0))
GIVEN = ns.stimulus.spikes([0.004, 0.02, 0.021], [0, 1, 0], [0, 0, 1], size=2, n_trials=2, input="y")
BOTH = ns.stimulus.combine(ns.stimulus.poisson(X, input="x"), GIVEN)


def circuit(rule=None, last="b"):
    """Two inputs onto a, and b (and c) behind it."""
    more = last == "c"
    return ns.Circuit(
        [ns.Input("x", 4), ns.Input("y", 2)],
        [ns.Population("a", 6, bias=0.2), ns.Population("b", 5, bias=0.1), *([ns.Population("c", 5)] if more else [])],
        [
            ns.Projection("xa", "x", "a", XA, tau=5e-3, rule=rule),
            ns.Projection("ya", "y", "a", YA, tau=2e-3, delay=1e-3),
            ns.Projection("ab", "a", "b", AB, tau=5e-3),
            *([ns.Projection("bc", "b", "c", np.eye(5) * 0.03)] if more else []),
        ],
    )


def run(cells, record=("spikes", "v", "rate"), stimulus=BOTH, rule=None, last="b", **options):
    return ns.simulate(
        circuit(rule, last), cells, stimulus, dt=DT, duration=0.1, settle=0.0, seed=4, record=record, **options
    )


@pytest.mark.parametrize("engine", ["compiled", "brian"])
def test_poisson_and_given_spikes_are_those_of_the_pure_circuit_on_both_engines(engine):
    pure = run(ns.LIF(), ("spikes", "input_spikes", "v"))
    mixed = run({"a": ns.LIF(), "b": RATE}, ("spikes", "input_spikes", "v", "rate"), engine=engine)
    assert len(mixed.spikes["a"]) > 5
    assert len(mixed.spikes["y"]) == 3
    for name in ("a", "x", "y"):
        for values in ("times", "units", "trials"):
            np.testing.assert_array_equal(getattr(mixed.spikes[name], values), getattr(pure.spikes[name], values))
    assert np.abs(mixed.traces["a"].values["v"] - pure.traces["a"].values["v"]).max() < 1e-12
    below = run({"a": RATE, "b": ns.LIF()}, engine=engine)
    rate = run(RATE, ("rate",))
    np.testing.assert_array_equal(below.traces["a"].values["rate"], rate.traces["a"].values["rate"])


def test_a_static_population_hears_input_spikes_through_its_synapse():
    mixed = run({"a": STATIC, "b": RATE}, ("rate", "drive"))
    one = mixed.traces["a"].values["drive"][:, 1]
    alone = run({"a": STATIC, "b": RATE}, ("rate", "drive", "input_spikes"))
    x, y = (alone.spikes[n].of_trial(1) for n in "xy")
    times = np.arange(200) * DT
    expected = np.full((200, 6), 0.2)
    for spikes, weights, tau, delay in ((x, XA, 5e-3, 0.0), (y, YA, 2e-3, 1e-3)):
        for time, unit in zip(spikes.times, spikes.units, strict=True):
            # The sum of exponentials; a spike is heard from the step after its own on.
            since = times - (np.floor(time / DT + 1e-6) * DT + delay + DT)
            kappa = np.where(since > -DT / 2, np.exp(-np.maximum(since, 0) / tau) / tau, 0.0)
            expected += kappa[:, None] * weights[:, unit]
    np.testing.assert_allclose(one, expected, rtol=1e-9)


def test_neighbours_of_one_level_run_as_they_do_alone():
    pure = run(ns.LIF(), ("spikes",), last="c")
    mixed = run({"a": ns.LIF(), "b": ns.LIF(), "c": STATIC}, last="c")
    np.testing.assert_array_equal(mixed.spikes["b"].times, pure.spikes["b"].times)
    np.testing.assert_array_equal(mixed.rates["b"], pure.rates["b"])
    np.testing.assert_allclose(
        run({"a": RATE, "b": RATE, "c": ns.LIF()}, last="c").rates["b"], run(RATE, ("rate",), last="c").rates["b"]
    )


def test_noise_is_each_populations_own():
    noisy = ns.LIF(sigma_stat=0.3)
    same = {"a": noisy, "b": STATIC, "c": noisy}
    quiet = ns.Circuit(
        [],
        [ns.Population(n, 4, bias=b) for n, b in (("a", 0.9), ("b", 0.0), ("c", 0.9))],
        [ns.Projection("ab", "a", "b", np.zeros((4, 4))), ns.Projection("bc", "b", "c", np.zeros((4, 4)))],
    )
    first, again = (
        ns.simulate(quiet, same, dt=DT, duration=0.2, settle=0.0, seed=2, record=("v", "spikes")) for _ in range(2)
    )
    a, c = (first.traces[n].values["v"][:, 0] for n in "ac")
    assert np.abs(np.corrcoef(a.T, c.T)[:4, 4:]).max() < 0.6
    np.testing.assert_array_equal(c, again.traces["c"].values["v"][:, 0])


def test_spikes_teach_in_a_mixture_what_they_teach_alone():
    rule, one = STDP(), BOTH.select([0])
    pure = run(ns.LIF(), ("spikes",), one, rule)
    mixed = run({"a": ns.LIF(), "b": RATE}, ("spikes",), one, rule)
    assert np.abs(pure.weights["xa"] - XA).max() > 1e-6
    np.testing.assert_array_equal(mixed.weights["xa"], pure.weights["xa"])
    for cells, stimulus, words in (
        ({"a": ns.LIF(), "b": RATE}, BOTH, "there are 2 trials; use neurosim.learn"),
        ({"a": RATE, "b": ns.LIF()}, one, "the circuit learns"),
        ({"a": STATIC, "b": ns.LIF()}, one, "'xa': STDP does not act onto static units of 'a'"),
    ):
        with pytest.raises(ParameterError, match=words):
            run(cells, ("spikes",), stimulus, rule)


def test_some_units_and_some_steps_are_recorded():
    everything = run({"a": ns.LIF(), "b": STATIC})
    some = run(
        {"a": ns.LIF(), "b": STATIC},
        {"v": {"every": 4}, "rate": {"units": {"b": [1, 3]}}, "spikes": {"units": {"a": [2]}}},
    )
    np.testing.assert_array_equal(some.traces["a"].values["v"], everything.traces["a"].values["v"][::4])
    np.testing.assert_array_equal(some.traces["b"].values["rate"], everything.traces["b"].values["rate"][:, :, [1, 3]])
    np.testing.assert_array_equal(some.traces["a"].times, np.arange(0, 200, 4) * DT)
    mine = everything.spikes["a"].units == 2
    np.testing.assert_array_equal(some.spikes["a"].times, everything.spikes["a"].times[mine])
    assert everything["b"].level == "static"
    assert set(everything.to_frame().level) == {"spiking", "static"}
    told = []
    run({"a": ns.LIF(), "b": STATIC}, progress=told.append)
    assert told[-1] == 1.0


def test_what_several_levels_cannot_have_is_one_sentence():
    cells = {"a": ns.LIF(), "b": RATE}
    for options, words in (
        ({"engine": "rate"}, "engine: got 'rate', expected 'auto' or an engine of spiking cells"),
        ({"engine": "nonsense"}, "nonsense"),
        ({"learned": {"nobody": {"threshold": 0.1}}}, "nobody"),
        ({"learned": {"b": {"threshold": 0.1}}}, "threshold"),
        ({"record": ("w",)}, "record: got 'w', expected some of drive, input_spikes, rate, spikes, v"),
        ({"memory_limit": 1e4}, "activities over time need about"),
    ):
        with pytest.raises(ParameterError, match=words):
            run(cells, **options)
    with pytest.raises(ParameterError, match="TimedIF cells spike once"):
        run({"a": ns.cells.TimedIF(), "b": RATE})
    with pytest.raises(ParameterError, match="no final state"):
        _ = run(cells).final_state


def test_a_noisy_population_that_runs_later_hears_the_same_input_spikes():
    both = ns.Circuit(
        [ns.Input("x", 4)], [ns.Population("a", 6, bias=0.2), ns.Population("b", 1), ns.Population("c", 6, bias=0.2)],
        [
            ns.Projection("xa", "x", "a", XA, tau=5e-3), ns.Projection("xc", "x", "c", XA, tau=5e-3),
            ns.Projection("ab", "a", "b", np.zeros((1, 6))), ns.Projection("bc", "b", "c", np.zeros((6, 1))),
        ],
    )  # fmt: skip
    # Noise so weak that a and c, of the same weights, differ by their input spikes or not at all.
    faint = ns.LIF(sigma_stat=1e-6)
    mixed = ns.simulate(
        both, {"a": faint, "b": STATIC, "c": faint}, ns.stimulus.poisson(X, input="x"), dt=DT, duration=0.05,
        settle=0.0, seed=4, record="v",
    )  # fmt: skip
    a, c = (mixed.traces[name].values["v"][:40] for name in "ac")
    assert a.max() > 0.1
    np.testing.assert_allclose(a, c, atol=1e-4)

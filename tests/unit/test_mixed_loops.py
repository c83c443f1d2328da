"""Loops, delays, inputs, learning and recording where populations stand on several levels, against plain NumPy."""

import itertools

import numpy as np
import pytest

import neurosim as ns
from neurosim.activations import ReLU
from neurosim.params import ParameterError

DT, STEPS = 5e-4, 100
RNG = np.random.default_rng(5)
X = RNG.uniform(60, 120, (2, 4))
W = {
    "xa": RNG.uniform(0, 0.02, (6, 4)), "ab": RNG.uniform(0, 0.02, (5, 6)), "ba": RNG.uniform(0, 0.01, (6, 5)),
    "bs": RNG.uniform(0, 0.02, (3, 5)), "sb": RNG.uniform(0, 0.01, (5, 3)), "ss": RNG.uniform(0, 0.003, (3, 3)),
}  # fmt: skip
TAU = {"xa": 0.0, "ab": 5e-3, "ba": 10e-3, "bs": 0.0, "sb": 0.0, "ss": 5e-3}
SIGN = {"xa": 1, "ab": 1, "ba": -1, "bs": 1, "sb": -1, "ss": 1}
RATE, STATIC = ns.LeakyRate(tau=10e-3, activation=ReLU(gain=50.0, threshold=0.5)), ns.Unit(activation=ReLU(gain=50.0))


def looping():
    """Spiking a, rate b and static s; a and b inhibit each other's excitation, b and s answer each other at once."""
    return ns.Circuit(
        [ns.Input("x", 4)],
        [ns.Population("a", 6, bias=0.2), ns.Population("b", 5, bias=0.1), ns.Population("s", 3)],
        [ns.Projection(n, n[0], n[1], w, tau=TAU[n], sign=SIGN[n]) for n, w in W.items()],
    )


def lock_step(x):
    """All of them together, one step after the other: spikes of a, rates of b and of s."""
    fade = {n: np.exp(-DT / tau) for n, tau in TAU.items() if tau}
    s = {n: np.zeros(len(w)) for n, w in W.items()}
    v, free, b = np.zeros(6), np.zeros(6, dtype=int), np.zeros(5)
    fired, rates, statics = np.zeros((STEPS, 6)), np.zeros((STEPS, 5)), np.zeros((STEPS, 3))
    leak = np.exp(-DT / 20e-3)
    for k in range(STEPS):
        rates[k] = b
        now = 50 * np.maximum(0, W["bs"] @ b + s["ss"])  # at once, but its own activity through a synapse
        statics[k] = now
        # The membrane hears x at once, and b as a current through a synapse of 10 ms: exact.
        steady = 0.2 + W["xa"] @ x - W["ba"] @ b
        withheld = -(s["ba"] - W["ba"] @ b)
        share = 10e-3 / (10e-3 - 20e-3) * (fade["ba"] - leak)
        moved = steady + (v - steady) * leak + share * withheld
        v = np.where(k >= free, moved, v)
        spiked = (k >= free) & (v > 1)
        v, free = np.where(spiked, 0.0, v), np.where(spiked, k + 4, free)
        fired[k] = spiked
        # Heun for the rate and its filter of spikes; the static unit stands for the step.
        arriving = W["ab"] @ (spiked / DT)

        def slope(r, heard, now=now):
            return (50 * np.maximum(0, 0.1 + heard - W["sb"] @ now - 0.5) - r) / 10e-3

        first, filling = slope(b, s["ab"]), (arriving - s["ab"]) / 5e-3
        ahead = s["ab"] + DT * filling
        old = b
        b = b + DT / 2 * (first + slope(b + DT * first, ahead))
        s["ab"] = s["ab"] + DT / 2 * (filling + (arriving - ahead) / 5e-3)
        s["ba"] = fade["ba"] * s["ba"] + (1 - fade["ba"]) * (W["ba"] @ old)
        s["ss"] = fade["ss"] * s["ss"] + (1 - fade["ss"]) * (W["ss"] @ now)
    return fired, rates, statics


def test_a_loop_through_three_levels_is_the_joint_solution():
    run = ns.simulate(
        looping(), {"a": ns.LIF(), "b": RATE, "s": STATIC}, ns.stimulus.constant(X, "x"), dt=DT, duration=STEPS * DT,
        settle=0.0, record=("spikes", "rate"),
    )  # fmt: skip
    assert 2 < run.provenance["passes"] <= STEPS + 1
    for trial in range(2):
        fired, rates, statics = lock_step(X[trial])
        assert fired.sum() > 3
        assert rates.max() > 1
        assert statics.max() > 1
        mine = run.spikes["a"].of_trial(trial)
        at, units = np.nonzero(fired)
        np.testing.assert_array_equal(np.rint(mine.times / DT), at)
        np.testing.assert_array_equal(mine.units, units)
        np.testing.assert_allclose(run.traces["b"].values["rate"][:, trial], rates, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(run.traces["s"].values["rate"][:, trial], statics, rtol=1e-9, atol=1e-9)


def test_a_loop_with_a_delay_is_the_same_on_both_engines():
    loop = looping().without("bs", "sb", "ss")
    late = [
        ns.Projection("ba", "b", "a", W["ba"], tau=5e-3, sign=-1, delay=6e-3) if p.name == "ba" else p
        for p in loop.projections
    ]
    circuit = ns.Circuit(loop.inputs, loop.populations[:2], late)
    runs = [
        ns.simulate(
            circuit, {"a": ns.LIF(), "b": RATE}, ns.stimulus.constant(X, "x"), dt=DT, duration=0.014, settle=0.0,
            record=("spikes", "rate"), engine=engine,
        )
        for engine in ("compiled", "brian")
    ]  # fmt: skip
    # From a to b and back takes 6 ms.
    assert [run.provenance["passes"] for run in runs] == [runs[0].provenance["passes"]] * 2
    assert runs[0].provenance["passes"] <= 5
    assert len(runs[0].spikes["a"]) > 3
    np.testing.assert_array_equal(runs[0].spikes["a"].times, runs[1].spikes["a"].times)
    np.testing.assert_array_equal(runs[0].traces["b"].values["rate"], runs[1].traces["b"].values["rate"])


def test_a_loop_of_static_units_needs_time_somewhere():
    loop = looping()
    at_once = [ns.Projection("ss", "s", "s", W["ss"], tau=0.0) if p.name == "ss" else p for p in loop.projections]
    cells = {"a": ns.LIF(), "b": RATE, "s": STATIC}
    with pytest.raises(ParameterError, match="the static unit 's' closes an instantaneous loop among other levels"):
        ns.simulate(ns.Circuit(loop.inputs, loop.populations, at_once), cells, ns.stimulus.constant(X, "x"), dt=DT)
    two = {"a": ns.LIF(), "b": STATIC, "s": STATIC}
    with pytest.raises(ParameterError, match="the static unit 'b' closes an instantaneous loop among other levels"):
        ns.simulate(loop, two, ns.stimulus.constant(X, "x"), dt=DT)


def lagging(delay, tau=4e-3):
    return ns.Circuit(
        [ns.Input("x", 1)], [ns.Population("a", 1), ns.Population("b", 1)],
        [
            ns.Projection("xa", "x", "a", [[0.02]], tau=0.0),
            ns.Projection("ab", "a", "b", [[0.02]], tau=tau, delay=delay),
        ],
    )  # fmt: skip


@pytest.mark.parametrize("tau", [0.0, 4e-3])
@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(("static", "rate", "spiking"), 2)))
def test_a_delay_moves_what_crosses_levels_by_as_much(first, second, tau):
    cells = {"static": STATIC, "rate": ns.LeakyRate(activation=ReLU(gain=50.0)), "spiking": ns.LIF()}
    kept = []
    for delay in (0.0, 5e-3):
        run = ns.simulate(
            lagging(delay, tau), {"a": cells[first], "b": cells[second]}, ns.stimulus.constant([90.0], "x"), dt=DT,
            duration=0.1, settle=0.0, record="v" if second == "spiking" else "rate",
        )  # fmt: skip
        kept.append(next(iter(run.traces["b"].values.values()))[:, 0, 0])
    at_once, late = kept
    assert at_once.max() > 0.1
    np.testing.assert_allclose(late[10:], at_once[:-10], rtol=1e-9, atol=1e-12)
    assert not late[:10].any()


def test_delays_of_connections_onto_static_units_are_each_their_own():
    circuit = ns.Circuit(
        [ns.Input("x", 2)], [ns.Population("a", 2), ns.Population("s", 1)],
        [ns.Projection("xa", "x", "a", np.diag([0.03, 0.06]), tau=0.0),
         ns.Projection("as", "a", "s", [[0.02, 0.03]], tau=0.0, delay=[[1e-3, 3e-3]])],
    )  # fmt: skip
    run = ns.simulate(
        circuit, {"a": ns.LIF(), "s": ns.Unit(activation=ReLU(gain=1.0))}, ns.stimulus.constant([[60.0, 50.0]], "x"),
        dt=DT, duration=0.1, settle=0.0, record=("spikes", "drive"),
    )  # fmt: skip
    expected = np.zeros(200)
    for time, unit in zip(run.spikes["a"].times, run.spikes["a"].units, strict=True):
        step = round(time / DT) + (2, 6)[unit] + 1
        if step < 200:
            expected[step] += (0.02, 0.03)[unit] / DT
    assert np.count_nonzero(expected) > 5
    np.testing.assert_allclose(run.traces["s"].values["drive"][:, 0, 0], expected, rtol=1e-12)


def test_a_delay_is_time_enough_for_a_loop_of_static_units():
    # s hears half of what it said 1 ms ago: 10, 15, 17.5, ... Hz; the rate unit makes it a mixture.
    circuit = ns.Circuit(
        [ns.Input("x", 1)], [ns.Population("s", 1), ns.Population("r", 1)],
        [
            ns.Projection("xs", "x", "s", [[1.0]], tau=0.0),
            ns.Projection("ss", "s", "s", [[0.5]], tau=0.0, delay=1e-3),
            ns.Projection("sr", "s", "r", [[0.02]], tau=0.0),
        ],
    )  # fmt: skip
    run = ns.simulate(
        circuit, {"s": ns.Unit(activation=ReLU(gain=1.0)), "r": RATE}, ns.stimulus.constant([10.0], "x"), dt=DT,
        duration=0.01, settle=0.0, record="rate",
    )  # fmt: skip
    expected = 20.0 * (1.0 - 0.5 ** (1 + np.arange(20) // 2))
    np.testing.assert_allclose(run.traces["s"].values["rate"][:, 0, 0], expected, rtol=1e-12)


def test_a_static_loop_that_overflows_is_named():
    circuit = ns.Circuit(
        [ns.Input("x", 1)], [ns.Population("s", 1), ns.Population("r", 1)],
        [
            ns.Projection("xs", "x", "s", [[1.0]], tau=0.0), ns.Projection("sr", "s", "r", [[0.02]], tau=0.0),
            ns.Projection("ss", "s", "s", [[1e200]], tau=1e-3),
        ],
    )  # fmt: skip
    cells = {"s": ns.Unit(activation=ReLU(gain=1.0)), "r": RATE}
    with pytest.raises(ParameterError, match=r"drive of unit 0 of 's' is inf by 0\.001 s"):
        ns.simulate(circuit, cells, ns.stimulus.constant([10.0], "x"), dt=DT, duration=0.01)

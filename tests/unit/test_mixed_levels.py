"""Circuits whose populations stand on different rungs, against plain NumPy and closed forms."""

import itertools

import numpy as np
import pytest

import neurosim as ns
from neurosim.activations import ReLU
from neurosim.params import ParameterError

DT, STEPS, TAU_S = 1e-4, 2000, 5e-3
RNG = np.random.default_rng(3)
W1, W2 = RNG.uniform(0, 0.02, (6, 4)), RNG.uniform(0, 0.02, (5, 6))
X = RNG.uniform(40, 120, (2, 4))
CELLS = {
    "static": ns.Unit(activation=ReLU(gain=50.0, threshold=0.5)),
    "rate": ns.LeakyRate(tau=10e-3, activation=ReLU(gain=50.0, threshold=0.5)),
    "spiking": ns.LIF(),
}


def chain(tau=TAU_S):
    return ns.Circuit(
        [ns.Input("x", 4)],
        [ns.Population("a", 6, bias=0.2), ns.Population("b", 5, bias=0.1)],
        [ns.Projection("xa", "x", "a", W1, tau=tau), ns.Projection("ab", "a", "b", W2, tau=tau)],
    )


def by_hand(level, w, heard, spikes, bias):
    """Activity and spikes of one population in every step, from those that it hears: (steps, units)."""
    fade = np.exp(-DT / TAU_S)
    n = len(bias)
    s, v, r, free = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, dtype=int)
    activity, sent = np.zeros((STEPS, n)), np.zeros((STEPS, n))
    for k in range(STEPS):
        arriving = w @ heard[k]
        if level == "static":
            activity[k] = 50 * np.maximum(0, bias + s - 0.5)
        elif level == "rate":
            activity[k] = r

            def slope(r, s):
                return (50 * np.maximum(0, bias + s - 0.5) - r) / 10e-3

            # Heun: of the filter too where it hears spikes, else the filter is exact.
            after = fade * s + (1 - fade) * arriving if not spikes else s + DT * (arriving - s) / TAU_S
            first = slope(r, s)
            r = r + DT / 2 * (first + slope(r + DT * first, after))
        else:
            current = bias + (0 if spikes else arriving)
            rest = s if spikes else s - arriving  # what the synapse still withholds of the steady current
            # Exact step of a leaky membrane with a current and one synaptic variable.
            share = TAU_S / (TAU_S - 20e-3) * (fade - np.exp(-DT / 20e-3))
            moved = current + (v - current) * np.exp(-DT / 20e-3) + share * rest
            v = np.where(k >= free, moved, v)
            fired = (k >= free) & (v > 1)
            v, free = np.where(fired, 0.0, v), np.where(fired, k + 20, free)
            sent[k] = fired
        if not spikes:
            s = fade * s + (1 - fade) * arriving
        elif level == "rate":
            ahead = s + DT * (arriving - s) / TAU_S
            s = s + DT / 2 * ((arriving - s) / TAU_S + (arriving - ahead) / TAU_S)
        else:
            s = fade * s + DT / TAU_S * arriving
    return activity, sent


@pytest.mark.parametrize(("first", "second"), [p for p in itertools.product(CELLS, CELLS) if p[0] != p[1]])
def test_every_mixture_is_what_numpy_integrates(first, second):
    run = ns.simulate(
        chain(), {"a": CELLS[first], "b": CELLS[second]}, ns.stimulus.constant(X, input="x"),
        duration=STEPS * DT, settle=0.05, dt=DT, record=("spikes", "rate"),
    )  # fmt: skip
    assert run.level == "mixed"
    settle = round(0.05 / DT)
    for trial in range(2):
        activity, sent = by_hand(first, W1, np.tile(X[trial], (STEPS, 1)), False, np.full(6, 0.2))
        heard = sent / DT if first == "spiking" else activity
        after, spikes = by_hand(second, W2, heard, first == "spiking", np.full(5, 0.1))
        for name, level, one, fired in (("a", first, activity, sent), ("b", second, after, spikes)):
            expected = fired[settle:].mean(axis=0) / DT if level == "spiking" else one[settle:].mean(axis=0)
            assert expected.max() > 1.0
            np.testing.assert_allclose(run.rates[name][trial], expected, rtol=1e-9, atol=1e-9)
            if level == "spiking":
                mine = run.spikes[name].of_trial(trial)
                steps, units = np.nonzero(fired)
                assert np.array_equal(np.rint(mine.times / DT), steps)
                assert np.array_equal(mine.units, units)


def test_three_levels_are_where_closed_forms_have_them():
    # A static unit of 80 Hz drives a LIF cell at 0.02 s * 80 Hz = 1.6, which drives a rate unit.
    circuit = ns.Circuit(
        [ns.Input("x", 1)], [ns.Population("s", 1), ns.Population("l", 1), ns.Population("r", 1)],
        [
            ns.Projection("xs", "x", "s", [[0.02]], tau=0.0),
            ns.Projection("sl", "s", "l", [[0.02]], tau=0.0),
            ns.Projection("lr", "l", "r", [[0.02]], tau=5e-3),
        ],
    )  # fmt: skip
    cells = {"s": ns.Unit(activation=ReLU(gain=100.0)), "l": ns.LIF(), "r": ns.LeakyRate(activation=ReLU(gain=50.0))}
    run = ns.simulate(circuit, cells, ns.stimulus.constant([40.0], input="x"), duration=2.0, settle=0.5)
    assert run.rates["s"][0, 0] == pytest.approx(80.0, rel=1e-12)
    lif = 1 / (2e-3 + 20e-3 * np.log(1.6 / 0.6))
    # A step of 0.1 ms in an interval of 21.6 ms, and a count of 69 spikes.
    assert run.rates["l"][0, 0] == pytest.approx(lif, rel=1 / 69 + 0.1 / 21.6)
    # A linear unit passes the mean on; what of the last spike is under way differs by less than one spike's area.
    assert run.rates["r"][0, 0] == pytest.approx(50 * 0.02 * run.rates["l"][0, 0], rel=1 / 69)


def test_compiled_and_brian_agree_and_poisson_spikes_are_the_same_draws():
    cells = {"a": ns.LIF(), "b": CELLS["rate"]}
    given = ns.stimulus.poisson(X, "x")
    runs = [
        ns.simulate(chain(), cells, given, duration=0.1, settle=0.0, seed=4, record=("spikes", "rate"), engine=engine)
        for engine in ("compiled", "brian")
    ]
    assert np.array_equal(*(run.spikes["a"].times for run in runs))
    assert np.array_equal(*(run.traces["b"].values["rate"] for run in runs))
    pure = ns.simulate(chain(), ns.LIF(), given, duration=0.1, settle=0.0, seed=4, record=("spikes",))
    assert len(pure.spikes["a"]) > 5
    assert np.array_equal(pure.spikes["a"].times, runs[0].spikes["a"].times)


def test_a_mixture_is_saved_and_what_it_cannot_do_refused(tmp_path):
    cells, given = {"a": ns.LIF(), "b": CELLS["rate"]}, ns.stimulus.constant(X, input="x")
    with pytest.raises(ParameterError, match="'c'"):
        ns.simulate(chain(), {"a": ns.LIF(), "c": ns.Unit()}, given, duration=0.01)
    with pytest.raises(ParameterError, match="start at rest, expected none"):
        ns.simulate(chain(), cells, given, duration=0.01, initial={"a": np.zeros(6)})
    run = ns.simulate(chain(), cells, given, duration=0.05)
    np.testing.assert_array_equal(ns.load(run.save(tmp_path / "run.npz")).rates["b"], run.rates["b"])

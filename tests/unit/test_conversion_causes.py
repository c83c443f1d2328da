"""Random networks with one fault each: the diagnosis names it; without a fault the error falls as 1/duration."""

import dataclasses
import itertools

import numpy as np
import pytest

import neurosim as ns
from neurosim.cells.perfect_if import PerfectIF
from neurosim.conversion import convert, diagnose, import_network

STEP = 1e-3
GOOD = PerfectIF(v_start=0.5)


def network(seed):
    """One to three hidden populations, weights of He's variance, inputs from 0 to 1."""
    rng = np.random.default_rng(seed)
    sizes = [int(rng.integers(6, 25)) for _ in range(int(rng.integers(2, 5)))] + [int(rng.integers(2, 8))]
    pairs = itertools.pairwise(sizes)
    layers = [(rng.normal(0, np.sqrt(2 / n), (m, n)), rng.normal(0, 0.2, m)) for n, m in pairs]
    return import_network(layers), rng.uniform(0, 1, (60, sizes[0]))


def schedule(steps, dt=STEP):
    return ns.Schedule(duration=steps * dt, settle=0.0, dt=dt)


def error(given, conversion, x, steps):
    run = ns.simulate(conversion.circuit, conversion.cells, conversion.stimulus(x), schedule(steps), progress=False)
    wanted = given.outputs(x)
    return np.sqrt(np.mean((conversion.read(run) - wanted) ** 2)) / wanted.std()


@pytest.mark.parametrize("seed", range(20))
def test_the_error_of_perfect_integrators_falls_as_one_over_the_duration(seed):
    given, x = network(seed)
    default = convert(*given, GOOD, x, peak=1 / STEP)
    short, long = (error(given, default, x, steps) for steps in (64, 1024))
    # Sixteen times as long: 16 times as good, but for how the last counts happen to fall.
    assert long < short / 10
    assert all(part.clipped == 0 for part in default.layers)
    # The rare activities above a percentile are clipped however long one waits.
    clipped = convert(*given, GOOD, x, peak=1 / STEP, percentile=97)
    assert error(given, clipped, x, 1024) > 3 * long


def test_the_default_percentile_is_the_largest_activity_where_nothing_is_fitted():
    given, x = network(3)
    largest = ns.simulate(*given, ns.Stimulus({"input": x}), progress=False).rates["hidden1"].max()
    for cell, exact in ((GOOD, True), (PerfectIF(t_ref=1e-3), False), (ns.LIF(), False)):
        scale = convert(*given, cell, x).layer("hidden1").scale
        assert (scale == pytest.approx(largest, rel=1e-12)) == exact


def planted(fault, given, x):
    """A conversion with this fault in its first population, and how long it runs."""
    options = {"peak": 1 / STEP}
    good = convert(*given, GOOD, x, **options)
    scale = good.layer("hidden1").scale
    weights = good.circuit.projection("to_hidden1").dense()
    flipped = weights * np.where(np.arange(weights.shape[1]) < weights.shape[1] // 2, -1.0, 1.0)
    if fault in ("signs", "strong", "weak"):
        changed = {"signs": flipped, "strong": 3 * weights, "weak": 0.2 * weights}[fault]
        return dataclasses.replace(good, circuit=good.circuit.with_weights(to_hidden1=changed)), schedule(256)
    if fault == "bias":
        return dataclasses.replace(good, circuit=good.circuit.with_bias(hidden1=0.0)), schedule(256)
    made = {
        "none": lambda: good,
        "clipped": lambda: convert(*given, GOOD, x, scales={"hidden1": 0.2 * scale}, **options),
        "slightly clipped": lambda: convert(*given, GOOD, x, percentile=97, **options),
        "unused": lambda: convert(*given, GOOD, x, scales={"hidden1": 30 * scale}, **options),
        "short": lambda: good,
        "reset": lambda: convert(*given, PerfectIF(v_start=0.5, reset_mode="zero"), x, **options),
        "noise": lambda: convert(*given, GOOD, x, encoding="poisson", input_peak=30.0, **options),
        "fit": lambda: convert(*given, ns.LIF(t_ref=5e-3), x, peak=190.0, tau=20e-3),
    }[fault]()
    lasting = {"short": schedule(2), "fit": schedule(2000, STEP / 2)}
    return made, lasting.get(fault, schedule(256))


@pytest.mark.parametrize("seed", range(40, 44))
@pytest.mark.parametrize(
    ("fault", "cause", "mainly"),
    [
        ("none", "fine", "counting"),
        ("clipped", "scale too small", "clipping"),
        ("slightly clipped", "fine", "clipping"),
        ("unused", "scale too large", "counting"),
        ("short", "run too short", "counting"),
        ("signs", "sign slip", "drive"),
        ("strong", "scale too small", "drive"),
        ("weak", "scale too large", "drive"),
        ("bias", "bias forgotten", "drive"),
        ("reset", "reset to zero", "counting"),
        ("noise", "input noise", "drive"),
        ("fit", "fine", "curve"),
    ],
)
def test_a_planted_fault_is_named(fault, cause, mainly, seed):
    given, x = network(seed)
    conversion, lasting = planted(fault, given, x)
    found = diagnose(*given, conversion, x, lasting, seed=seed).layer("hidden1")
    assert (found.cause, found.mainly) == (cause, mainly), found


@pytest.mark.parametrize("seed", [41, 44, 46])
def test_a_leaky_cell_follows_single_spikes_whatever_the_duration(seed):
    """With short synapses and few spikes the drive is uneven; longer ones mend it and a longer run does not."""
    given, x = network(seed)
    causes = []
    for tau, steps in ((1e-3, 6000), (1e-3, 16000), (15e-3, 6000)):
        conversion = convert(*given, ns.LIF(), x[:20], peak=60.0, tau=tau)
        part = diagnose(*given, conversion, x[:20], schedule(steps, STEP / 2)).layer("hidden2")
        causes.append((part.cause, part.error))
    assert [cause for cause, _ in causes[:2]] == ["uneven drive", "uneven drive"]
    assert causes[1][1] > 0.9 * causes[0][1]
    assert causes[2][1] < 0.6 * causes[0][1]


def test_spikes_on_their_way_are_not_lost_at_the_reset():
    """A LIF cell that begins late in a short run has lost a few spikes once, not one at every reset."""
    given, x = network(43)
    conversion = convert(*given, ns.LIF(), x, peak=200.0, tau=20e-3)
    for part in diagnose(*given, conversion, x, schedule(256, STEP / 2)).layers:
        assert part.cause != "reset to zero"

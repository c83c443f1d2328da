"""What a run is said to need before it starts, against what NumPy says that it took: right within a factor of 2."""

import dataclasses
import tracemalloc

import numpy as np
import pytest
from scipy.sparse import csr_array

import neurosim as ns
from neurosim import cells
from neurosim.engines import Brian, Compiled, Static
from neurosim.engines.rate import Rate
from neurosim.params import ParameterError
from neurosim.simulate import MemoryLimitError, prepare

ONE = Compiled(threads=1)
NUMPY = Brian(target="numpy")


def circuit(units, inputs=0, *projections, bias=0.5):
    feed = [ns.Projection("f", "x", "p", np.full((units, inputs), 1e-6))] if inputs else []
    return ns.Circuit({"x": inputs} if inputs else {}, [ns.Population("p", units, bias)], [*feed, *projections])


def lateral(units, **options):
    return ns.Projection("l", "p", "p", ns.kernels.UniformLateral(units, 1e-6), sign=-1, **options)


def dense(units, name="d"):
    weights = np.random.default_rng(0).random((units, units)) * 1e-6
    return ns.Projection(name, "p", "p", weights, sign=-1)


def sparse(units, degree):
    rng = np.random.default_rng(0)
    rows = np.arange(units + 1) * degree
    sources = np.concatenate([np.sort(rng.choice(units, degree, replace=False)) for _ in range(units)])
    weights = csr_array((rng.random(units * degree) * 1e-6, sources, rows), shape=(units, units))
    return ns.Projection("s", "p", "p", weights)


def poisson(units, rate, trials=1):
    return ns.stimulus.poisson(np.full((trials, units), float(rate)), "x")


def constant(units, trials):
    return ns.stimulus.constant(np.full((trials, units), 1.0), "x")


LEAKY, RELU = cells.LeakyRate(), ns.Unit()
CASES = {
    "input spikes": (ONE, circuit(10, 1000), ns.LIF(), poisson(1000, 100), 2.0, ()),
    "input spikes of many trials": (ONE, circuit(10, 200), ns.LIF(), poisson(200, 50, 50), 1.0, ()),
    "input spikes on brian": (NUMPY, circuit(10, 1000), ns.LIF(), poisson(1000, 400), 0.2, ()),
    "v": (ONE, circuit(300), ns.LIF(), None, 1.0, "v"),
    "v on brian": (NUMPY, circuit(1000), ns.LIF(), None, 0.1, "v"),
    "some of v": (ONE, circuit(5000), ns.LIF(), None, 0.5, {"v": {"units": range(2500), "every": 5}}),
    "input apart": (ONE, circuit(300, 10), ns.LIF(), poisson(10, 50), 0.3, ("v", "drive", "excitation")),
    "rate over time": (Rate(), circuit(500), LEAKY, None, 0.3, ("rate", "drive")),
    "dense weights": (ONE, circuit(1500, 0, dense(1500)), ns.LIF(), None, 0.01, ()),
    "two of them": (ONE, circuit(1000, 0, dense(1000), dense(1000, "e")), ns.LIF(), None, 0.01, ()),
    "sparse weights": (ONE, circuit(5000, 0, sparse(5000, 200)), ns.LIF(), None, 0.01, ()),
    "spikes that wait": (ONE, circuit(500, 10, lateral(500, delay=20e-3)), ns.LIF(), poisson(10, 1, 100), 0.05, ()),
    "many trials": (ONE, circuit(500, 10), ns.LIF(), constant(10, 1000), 0.01, ()),
    "rates of many trials": (Rate(), circuit(300, 10, lateral(300)), LEAKY, constant(10, 200), 0.2, ()),
    "static trials": (Static(), circuit(300, 10), RELU, constant(10, 3000), 0.2, ()),
    "static trials in a loop": (Static(), circuit(300, 10, lateral(300)), RELU, constant(10, 1000), 0.2, ()),
    "synapses of brian": (NUMPY, circuit(500, 0, lateral(500)), ns.LIF(), None, 0.01, ()),
}


@pytest.mark.parametrize("case", CASES)
def test_the_estimate_is_right_within_a_factor_of_two(case):
    engine, given, cell, shown, duration, record = CASES[case]
    few = {} if engine.level == "static" else {"duration": 0.02}
    ns.simulate(circuit(2, 1), cell, constant(1, 1), engine=engine, **few)  # imports and caches
    job = prepare(given, cell, shown, ns.Schedule(duration=duration, settle=0.0), record=record)
    expected = engine.memory(job)
    tracemalloc.start()
    try:
        engine.run(dataclasses.replace(job))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert expected > 5e6, "too small a run to tell"
    assert peak / 2 < expected < 2 * peak, f"{expected / 1e6:.1f} MB expected, {peak / 1e6:.1f} MB taken"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        # 40,000 inputs x 100 Hz x 100 s are 4e8 spikes, of 80 bytes each.
        (lambda: ns.simulate(circuit(1, 40_000), ns.LIF(), poisson(40_000, 100), duration=100.0), r"about 29\.\d GiB"),
        (lambda: ns.simulate(circuit(40_000, 0, lateral(40_000)), ns.LIF(), engine="brian"), r"about \d+\.\d GiB"),
        # 1,000 trials of 5,000 units whose spikes wait for 2,000 steps.
        (
            lambda: ns.simulate(circuit(5000, 1, lateral(5000, delay=0.2)), ns.LIF(), poisson(1, 1, 1000)),
            r"about 37\.\d GiB and the limit is 8\.0 GiB; record less, run fewer trials",
        ),
        (lambda: ns.fixed_points(circuit(50_000, 0, lateral(50_000)), RELU, starts=10_000), "starts: got 10000, for"),
        (lambda: ns.lateral(ns.Population("p", 40_000), 0.1, kernel=ns.kernels.Gaussian(sigma=3.0)), "fewer units, or"),
        (lambda: ns.lateral(ns.Population("p", 20_000), 0.1, kernel=ns.kernels.Gaussian(sigma=3.0)), "fewer units, or"),
    ],
)
def test_what_would_not_fit_is_refused_before_it_is_made(call, message):
    tracemalloc.start()
    try:
        with pytest.raises(ParameterError, match=message):
            call()
        assert tracemalloc.get_traced_memory()[1] < 3e8
    finally:
        tracemalloc.stop()


def test_matrices_of_newton_are_refused_when_they_are_needed():
    """Damped iterations settle alone in most circuits, so the estimate does not count what would then be needed."""
    gain = ns.Projection("d", "p", "p", np.full((400, 400), 0.5) * (1 - np.eye(400)), sign=-1)
    loop = ns.Circuit(populations=[ns.Population("p", 400, np.linspace(1, 2, 400))], projections=[gain])
    cell = ns.Unit(activation=ns.activations.Tanh(gain=3.0))
    with pytest.raises(MemoryLimitError, match=r"Newton's method for 400 units needs about 6\.1 MiB; the limit is"):
        ns.simulate(loop, cell, memory_limit=2e6)
    assert ns.simulate(circuit(400, 0, lateral(400)), RELU, memory_limit=2e6).converged.all()

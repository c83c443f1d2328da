"""A rule of rates on a constant input beside a rule of spike times on another one."""

import numpy as np
import pytest

from neurosim.cells.lif import LIF
from neurosim.circuits.circuit import Circuit, Population, Projection
from neurosim.engines.brian import Brian
from neurosim.learning.run import learn
from neurosim.plasticity.hebb import Hebb
from neurosim.plasticity.stdp import STDP
from neurosim.schedule import Schedule
from neurosim.stimuli.stimulus import combine, constant, poisson

ETA = 1e-6


def learned(engine):
    rng = np.random.default_rng(0)
    circuit = Circuit(
        {"x": 6, "y": 2},
        [Population("p", 3, bias=0.8)],
        [
            Projection("spikes", "x", "p", rng.uniform(0, 5e-3, (3, 6)), rule=STDP()),
            Projection("current", "y", "p", rng.uniform(0.2, 0.4, (3, 2)), tau=4e-3, rule=Hebb(learning_rate=ETA)),
        ],
    )
    rates = np.array([[1.0, 2.0], [2.0, 0.5], [0.3, 1.0]])
    stimulus = combine(poisson(rng.uniform(20, 90, (3, 6)), "x"), constant(rates, "y"))
    seen = []
    schedule = Schedule(duration=0.2, settle=0.0)
    result = learn(
        circuit, LIF(), stimulus, schedule, shuffle=False, engine=engine, progress=False,
        observe=lambda number, run, now: seen.append((run.rates["p"][0], now().projection("current").weights)),
    )  # fmt: skip
    return circuit, rates, seen, result.circuit


@pytest.mark.parametrize("engine", ["compiled", Brian(target="numpy")])
def test_the_rule_of_rates_changes_the_current_of_the_next_presentation(engine):
    circuit, rates, seen, final = learned(engine)
    expected = np.array(circuit.projection("current").weights)
    for (post, now), pre in zip(seen, rates, strict=True):
        expected = expected + ETA * post[:, None] * pre
        np.testing.assert_allclose(now, expected, rtol=1e-12)
        assert post.max() > 0
    np.testing.assert_array_equal(final.projection("current").weights, seen[-1][1])
    assert np.abs(final.projection("spikes").weights - circuit.projection("spikes").weights).max() > 0


def test_both_engines_learn_the_same_bits():
    ours, theirs = (learned(engine)[-1] for engine in ("compiled", Brian(target="numpy")))
    for name in ("spikes", "current"):
        np.testing.assert_array_equal(ours.projection(name).weights, theirs.projection(name).weights)

"""Trials that are run alone have the random draws that they have among others."""

import numpy as np
import pytest

from neurosim.cells.lif import LIF
from neurosim.circuits.circuit import Circuit, Population, Projection
from neurosim.engines.brian import Brian
from neurosim.engines.compiled import Compiled
from neurosim.randomness import stream
from neurosim.schedule import Schedule
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import combine, constant, counts, poisson

SCHEDULE = Schedule(duration=0.01, settle=0.0)
CIRCUIT = Circuit({"x": 2}, [Population("p", 2)], [Projection("f", "x", "p", 1e-3 * np.eye(2), tau=0.0)])


def v_of(stimulus, engine):
    run = simulate(CIRCUIT, LIF(sigma_stat=0.3), stimulus, SCHEDULE, seed=5, engine=engine, record=["v"])
    return run.traces["p"].values["v"]


@pytest.mark.parametrize("encode", [constant, poisson, counts])
def test_white_noise_goes_with_the_trial_on_the_compiled_engine(encode):
    stimulus = encode(np.full((4, 2), 30.0), "x")
    every = v_of(stimulus, Compiled())
    np.testing.assert_array_equal(v_of(stimulus.select([2, 0]), Compiled()), every[:, [2, 0]])
    np.testing.assert_array_equal(v_of(stimulus.select(3).select(0), Compiled()), every[:, [3]])


def test_trials_without_a_choice_keep_the_noise_of_their_number():
    # The stream of trial 1 by itself, put through one step of the cell's equation.
    v = v_of(constant(np.zeros((2, 2)), "x"), Compiled())[1, 1]
    xi = stream(5, "noise", 1).standard_normal(2)
    np.testing.assert_allclose(v, 0.3 * np.sqrt(2 / 20e-3) * np.sqrt(1e-4) * xi, rtol=1e-12)


def test_trials_that_are_run_one_by_one_do_not_share_their_noise_on_brian():
    stimulus = constant(np.zeros((3, 2)), "x")
    alone = [v_of(stimulus.select(k), Brian(target="numpy"))[-1, 0, 0] for k in range(3)]
    assert len(set(alone)) == 3
    np.testing.assert_array_equal(v_of(stimulus.select(1), Brian(target="numpy"))[-1, 0, 0], alone[1])
    one_by_one = v_of(stimulus, Brian(target="numpy", chunk=1.0))[-1, :, 0]
    np.testing.assert_array_equal(one_by_one, alone)


def test_an_input_keeps_its_spikes_beside_others_of_another_kind():
    own = poisson(np.full((3, 2), 80.0), "x")
    feed = Projection("f", "x", "p", 0.02 * np.eye(2))
    alone = Circuit({"x": 2}, [Population("p", 2)], [feed])
    beside = Circuit({"x": 2, "y": 1}, [Population("p", 2)], [feed])
    longer = Schedule(duration=0.2, settle=0.0)
    expected = simulate(alone, LIF(), own, longer, seed=1).rates["p"]
    found = simulate(beside, LIF(), combine(constant(np.ones((3, 1)), "y"), own), longer, seed=1).rates["p"]
    assert expected.sum() > 0
    np.testing.assert_array_equal(found, expected)

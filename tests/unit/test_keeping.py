"""A recording, and functions that say `import neurosim as ns`, survive pickle and copies."""

import copy
import pickle

import numpy as np
import pytest

import neurosim as ns


@pytest.mark.parametrize("copied", [lambda run: pickle.loads(pickle.dumps(run)), copy.copy, copy.deepcopy])
@pytest.mark.parametrize("cell", [ns.LIF(), ns.LeakyRate(), ns.Unit()], ids=lambda cell: type(cell).__name__)
def test_a_recording_is_the_same_afterwards(cell, copied):
    circuit = ns.Circuit(populations=[ns.Population("p", 3, [0.5, 1.5, 2.5])])
    record = ("spikes", "v") if cell.level == "spiking" else ()
    run = ns.simulate(circuit, cell, duration=0.05, settle=0.01, record=record)
    found = copied(run)
    np.testing.assert_array_equal(found.rates["p"], run.rates["p"])
    np.testing.assert_array_equal(found.drive["p"], [[0.5, 1.5, 2.5]])
    for name, values in run.final_state["p"].items():
        np.testing.assert_array_equal(found.final_state["p"][name], values)
    if record:
        np.testing.assert_array_equal(found.spikes["p"].times, run.spikes["p"].times)
        np.testing.assert_array_equal(found.traces["p"].values["v"], run.traces["p"].values["v"])
    with pytest.raises(KeyError, match="population"):
        found.rates["z"]
    with pytest.raises(TypeError):
        found.rates["p"] = 0


def test_the_package_is_pickled_by_its_name():
    assert pickle.loads(pickle.dumps(ns)) is ns

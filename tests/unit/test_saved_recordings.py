"""A recording that was saved is the same when it is read, and `load` knows what a file holds."""

import json
import math

import numpy as np
import pytest
from scipy.sparse import csr_array, issparse

import neurosim as ns
from neurosim import files, plasticity
from neurosim.conversion import ImportedNetwork, export_network
from neurosim.params import DimensionError, ParameterError
from neurosim.recording import Spikes, Traces
from neurosim.stimuli import stimulus


def equal(found, given):
    """Every number, type, name and kind of a recording or of a part of one."""
    if isinstance(given, np.ndarray):
        assert found.dtype == given.dtype
        np.testing.assert_array_equal(found, given, strict=True)
    elif issparse(given):
        assert issparse(found)
        equal(found.toarray(), given.toarray())
    elif isinstance(given, (Spikes, Traces)) or hasattr(given, "__dataclass_fields__"):
        assert type(found) is type(given)
        for field in given.__dataclass_fields__:
            if field == "at_end":
                equal(found.final_state, given.final_state)
            else:
                equal(getattr(found, field), getattr(given, field))
    elif hasattr(given, "keys"):
        assert list(found) == list(given)
        for name in given:
            equal(found[name], given[name])
    elif isinstance(given, list | tuple):
        assert type(found) is type(given)
        assert len(found) == len(given)
        for one, other in zip(found, given, strict=True):
            equal(one, other)
    else:
        assert found == given or (math.isnan(found) and math.isnan(given))


def mixed():
    """Dense, sparse and uniform weights, a delay, and a name that is also one of the file's own words."""
    sparse = csr_array(np.diag([0.01, 0.0, 0.02]))
    return ns.Circuit(
        {"x": 3},
        [ns.Population("recording", 3, [0.5, 1.2, 1.5])],
        [
            ns.Projection("a0", "x", "recording", np.linspace(0, 0.02, 9).reshape(3, 3), tau=5e-3, delay=2e-3),
            ns.Projection("map", "x", "recording", sparse, tau=5e-3),
            ns.Projection("lat", "recording", "recording", ns.wiring.UniformLateral(3, 0.001), sign=-1, tau=5e-3),
        ],
    )


RUNS = {
    "unit": lambda: ns.simulate(mixed(), ns.Unit(), stimulus.constant(np.ones((2, 3)), "x")),
    "rate": lambda: ns.simulate(mixed(), ns.LeakyRate(), stimulus.constant(np.ones((2, 3)), "x"), duration=0.05,
                                record=("rate", "drive")),
    "compiled": lambda: ns.simulate(mixed(), ns.LIF(sigma_stat=0.2), stimulus.poisson(np.full((2, 3), 90.0), "x"),
                                    duration=0.1, record=("v", "spikes")),
    "brian": lambda: ns.simulate(mixed(), ns.LIF(), stimulus.regular(np.full((2, 3), 90.0), "x"), duration=0.05,
                                 engine="brian", record=("v", "spikes")),
    "adaptive": lambda: ns.simulate(mixed(), ns.cells.HomeostaticLIF(), stimulus.regular(np.full((2, 3), 90.0), "x"),
                                    duration=0.05, record=("v", "spikes")),
    "no spikes": lambda: ns.simulate(ns.Circuit(populations=[ns.Population("p", 2, 0.1)]), ns.LIF(), duration=0.05,
                                     record="spikes"),
    "repeated": lambda: ns.simulate(ns.Circuit(populations=[ns.Population("p", 2, 1.5)]), ns.LIF(), duration=0.2),
    "learning": lambda: ns.simulate(
        ns.Circuit({"x": 3}, [ns.Population("p", 2, 0.9)],
                   [ns.Projection("f", "x", "p", np.full((2, 3), 0.01), tau=5e-3,
                                  rule=plasticity.STDP(w_max=0.02))]),
        ns.LIF(), stimulus.regular([[40.0, 60.0, 80.0]], "x"), duration=0.2, record="spikes"),
    "per unit": lambda: ns.simulate(mixed(), ns.LIF(tau_m=[0.01, 0.02, 0.03]),
                                    stimulus.regular(np.full((1, 3), 90.0), "x"), duration=0.05),
}  # fmt: skip


@pytest.mark.parametrize("kind", RUNS)
def test_everything_comes_back_equal(tmp_path, kind):
    run = RUNS[kind]()
    path = run.save(tmp_path / "run.v1")
    assert path == tmp_path / "run.v1.npz"
    for found in (ns.Recording.load(path), ns.load(str(path))):
        assert repr(found) == repr(run)
        equal(found, run)
        with pytest.raises(KeyError, match="population"):
            found.rates["z"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_trial_that_failed_is_still_named(tmp_path):
    circuit = ns.Circuit({"x": 1}, [ns.Population("p", 1)],
                         [ns.Projection("f", "x", "p", [[1.0]]), ns.Projection("r", "p", "p", [[3.0]])])  # fmt: skip
    cell = ns.LeakyRate(activation=ns.ReLU(), tau=5e-3)
    run = ns.simulate(circuit, cell, stimulus.constant([[0.0], [50.0]], "x"), duration=0.5)
    found = ns.load(run.save(tmp_path / "run"))
    assert run.failures
    np.testing.assert_array_equal(found.converged, [True, False])
    equal(found, run)


def test_a_saved_run_goes_on_as_the_run_does(tmp_path):
    cell, shown = ns.LIF(sigma_stat=0.2), stimulus.regular(np.full((2, 3), 90.0), "x")
    first = ns.simulate(mixed(), cell, shown, duration=0.05)
    read = ns.load(first.save(tmp_path / "run"))
    kept, found = (ns.simulate(mixed(), cell, shown, duration=0.05, record=("v", "spikes"), initial=each.final_state)
                   for each in (first, read))  # fmt: skip
    equal(found.traces, kept.traces)
    equal(found.spikes, kept.spikes)


def test_a_presentation_of_learn_has_no_final_state(tmp_path):
    run = ns.simulate(mixed(), ns.LIF(), stimulus.regular(np.full((1, 3), 90.0), "x"), duration=0.02)
    bare = ns.Recording("spiking", dict(run.rates), dict(run.drive), {}, run.converged)
    found = ns.load(bare.save(tmp_path / "run"))
    equal(found.rates, run.rates)
    with pytest.raises(ParameterError, match="holds no final state"):
        _ = found.final_state


def test_load_knows_circuits_networks_and_layers(tmp_path):
    circuit = mixed()
    assert ns.load(circuit.save(tmp_path / "circuit")).digest == circuit.digest
    network = ns.load(export_network(circuit, ns.Unit(), tmp_path / "network"))
    assert isinstance(network, ImportedNetwork)
    assert network.circuit.digest == circuit.digest
    np.savez(tmp_path / "layers.npz", W1=np.eye(2), b1=np.ones(2))
    assert isinstance(ns.load(tmp_path / "layers.npz"), ImportedNetwork)


def test_other_files_are_refused_by_name(tmp_path):
    with pytest.raises(FileNotFoundError):
        ns.load(tmp_path / "none.npz")
    with pytest.raises(DimensionError, match="load: path: got int"):
        ns.load(3)
    (tmp_path / "text.npz").write_text("hello")
    np.savez(tmp_path / "other.npz", a=np.ones(3))
    np.savez(tmp_path / "empty.npz")
    (tmp_path / "model.h5").write_bytes(b"\x89HDF")
    for name, said in {"text": "no .npz file", "other": "got the arrays a", "empty": "got the arrays none"}.items():
        with pytest.raises(ParameterError, match=said) as refusal:
            ns.load(tmp_path / f"{name}.npz")
        assert f"{name}.npz" in str(refusal.value)
    with pytest.raises(ParameterError, match=r"kind \.h5 are not read here"):
        ns.load(tmp_path / "model.h5")
    with pytest.raises(ParameterError, match=r"circuit\.npz: no saved recording"):
        ns.Recording.load(mixed().save(tmp_path / "circuit"))


def test_a_checkpoint_is_told_what_it_is_for(tmp_path):
    files.write_arrays(tmp_path / "run.npz", {"facts": np.array("{}")})
    with pytest.raises(ParameterError, match="a checkpoint of learn"):
        ns.load(tmp_path / "run.npz")


@pytest.fixture
def saved(tmp_path):
    return RUNS["compiled"]().save(tmp_path / "run")


def test_half_a_file_is_refused(saved):
    content = saved.read_bytes()
    saved.write_bytes(content[: len(content) // 2])
    with pytest.raises(ParameterError, match=r"run\.npz: no .*damaged"):
        ns.load(saved)


DAMAGE = {
    "level": ("'level' is|its level is", lambda text: text["parts"]["map"].update(level="dream")),
    "format": ("format 7", lambda text: text.update(format=7)),
    "class": ("lacks", lambda text: text["parts"]["map"].update(rates={"system": {}})),
    "rates": ("rates", lambda text: text["parts"]["map"].update(rates={"map": {"p": 3}})),
    "no name": ("lacks 'weights'", lambda text: text["parts"]["map"].pop("weights")),
    "too large": ("more units", lambda text: text["parts"]["map"]["weights"]["map"].update(
        lat={"UniformLateral": {"n": 10**9, "value": 0.1}})),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_a_run_does_not_write_is_refused(saved, damage):
    said, change = DAMAGE[damage]
    arrays = files.read_arrays(saved)
    text = json.loads(str(arrays["recording"]))
    change(text)
    files.write_arrays(saved, {**arrays, "recording": np.array(json.dumps(text))})
    with pytest.raises(ParameterError, match=said) as refusal:
        ns.load(saved)
    assert "\n" not in str(refusal.value)


def test_spikes_of_units_that_are_not_there_are_refused(saved):
    arrays = files.read_arrays(saved)
    where = json.loads(str(arrays["recording"]))["parts"]["map"]["spikes"]["map"]["recording"]["Spikes"]
    units = where["map"]["units"]["array"] if "map" in where else where["units"]["array"]
    files.write_arrays(saved, {**arrays, units: arrays[units] + 3})
    with pytest.raises(ParameterError, match="units are out of range"):
        ns.load(saved)


def test_a_folder_that_is_missing_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"the folder .* does not exist"):
        RUNS["unit"]().save(tmp_path / "none" / "run")


@pytest.mark.parametrize("call", [ns.load, ns.Recording.load, ns.Circuit.load, mixed().save], ids=range(4))
def test_what_is_no_path_is_refused(call):
    for wrong in (3, None, b"run.npz", np.ones(2)):
        with pytest.raises(DimensionError, match=r"(load|save): path: got .*, expected the path of a file"):
            call(wrong)
    with pytest.raises(ParameterError, match="path: got '', expected the name of a file"):
        call("")


def test_a_recording_is_saved_to_a_path():
    run = RUNS["unit"]()
    with pytest.raises(DimensionError, match=r"Recording\.save: path: got int"):
        run.save(3)
    with pytest.raises(ParameterError, match="path: got '', expected the name of a file"):
        run.save("")

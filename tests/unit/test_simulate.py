"""simulate(): everything that can be wrong is found before anything runs, and said in one sentence."""

import pickle

import numpy as np
import pytest

from neurosim.activations.relu import ReLU
from neurosim.cells.conductance_lif import ConductanceLIF
from neurosim.cells.izhikevich import Izhikevich
from neurosim.cells.leaky_rate import LeakyRate
from neurosim.cells.lif import LIF
from neurosim.cells.unit import Unit
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.engines import choices
from neurosim.engines.brian import Brian
from neurosim.inhibition import lateral
from neurosim.params import DimensionError
from neurosim.schedule import Schedule
from neurosim.simulate import MemoryLimitError, MemoryNote, choose, prepare, simulate
from neurosim.stimuli.stimulus import constant, movie, poisson

SHORT = Schedule(duration=0.02, settle=0.01)


def net(tau=5e-3, sign=+1, delay=0.0, w=0.01):
    population = Population("p", 2)
    return Circuit(
        [Input("x", 2)],
        [population],
        [Projection("ff", "x", "p", np.full((2, 2), w), sign=sign, tau=tau, delay=delay), lateral(population, 0.001)],
    )


RATES = np.full((3, 2), 20.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: simulate(net(), LIF()), "got no stimulus, expected rates for the inputs x"),
        (lambda: simulate(net(), LIF(), constant(RATES, input="y")), "no input of the circuit .* is named 'y'"),
        (lambda: simulate(net(), LIF(), constant(RATES[:, :1], input="x")), "has 1 channels for input 'x', expected 2"),
        (lambda: simulate(net(), {"q": LIF()}, constant(RATES, input="x")), "no population .* is named 'q'"),
        (lambda: simulate(net(), {}, constant(RATES, input="x")), "got none for population 'p'"),
        (lambda: simulate(net(), LIF(), constant(RATES, input="x"), engine="brain"), "did you mean 'brian'"),
        (lambda: simulate(net(), LIF(), constant(RATES, input="x"), engine="rate"), "runs rate cells and these are sp"),
        (
            lambda: simulate(net(), LIF(tau_m=1e-4), constant(RATES, input="x"), SHORT),
            r"dt = 0.0001 s is too coarse for the LIF cells of 'p', expected at most half",
        ),
        (
            lambda: simulate(net(delay=1.5e-4), LIF(), poisson(RATES, input="x"), SHORT),
            "delay: got 0.00015 s, expected a whole multiple of dt",
        ),
        (
            lambda: simulate(net(tau=1.5e-4), LIF(), poisson(RATES, input="x"), SHORT),
            "shorter than two steps",
        ),
        (lambda: simulate(net(), LIF(), constant(RATES, input="x"), SHORT, record=["voltage"]), "to record is named"),
        (lambda: simulate(net(), Unit(), constant(RATES, input="x"), record=["v"]), "static units have no v to record"),
        (
            lambda: simulate(net(sign=None), ConductanceLIF(), poisson(RATES, input="x"), SHORT),
            "needs signed projections",
        ),
        (
            lambda: simulate(
                net(), LIF(), movie(RATES[:, None], 0.01, input="x"), Schedule(duration=0.02, settle=0.01)
            ),
            "the movie lasts 0.01 s, expected at least the duration",
        ),
        (lambda: constant(np.zeros((0, 2))), "expected at least one entry"),
        (lambda: constant([[np.nan, 1.0]]), "expected a finite number"),
        (lambda: simulate(net(), Unit(), constant(RATES, input="x"), engine="auto", record=("x",)), "no x"),
        (
            lambda: simulate(net(), Unit(), constant(RATES, input="x"), memory_limit=-1),
            "memory_limit: got -1, expected",
        ),
        (
            lambda: simulate(net(), Unit(), constant(RATES, input="x"), memory_limit=float("nan")),
            "memory_limit: got nan, expected a number of bytes > 0",
        ),
    ],
)
def test_mistakes_are_one_clear_sentence(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: simulate("net", LIF()), "expected a Circuit"),
        (lambda: simulate(net(), "LIF", constant(RATES, input="x")), "expected a cell"),
        (lambda: simulate(net(), {"p": LIF}, constant(RATES, input="x")), "expected a cell"),
        (lambda: simulate(net(), LIF(), RATES), "expected a Stimulus"),
        (lambda: simulate(net(), LIF(), constant(RATES, input="x"), 0.5), "expected a Schedule"),
    ],
)
def test_things_of_the_wrong_kind_are_type_errors(call, message):
    with pytest.raises(DimensionError, match=message):
        call()


def test_cells_of_different_levels_do_not_mix_in_one_job():
    circuit = Circuit(populations=[Population("a", 1), Population("b", 1)])
    with pytest.raises(ValueError, match="expected all cells of one level"):
        prepare(circuit, {"a": LIF(), "b": Unit()})


def test_auto_takes_the_engine_of_the_level():
    circuit = Circuit(populations=[Population("p", 1, bias=0.5)])
    for cell, name in ((Unit(), "static"), (LeakyRate(), "rate"), (LIF(), "compiled"), (Izhikevich(), "brian")):
        assert choose(prepare(circuit, cell)).name == name
    assert choose(prepare(circuit, LIF()), Brian(target="numpy")) == Brian(target="numpy")


def test_the_choices_of_a_level_are_in_the_order_in_which_auto_asks():
    assert choices("spiking") == ("auto", "compiled", "brian")
    assert choices("static") == ("auto", "static")


def test_a_run_beyond_the_memory_limit_is_refused_before_it_starts():
    circuit = Circuit(populations=[Population("p", 1000)])
    schedule = Schedule(duration=110.0, settle=0.0)
    with pytest.raises(MemoryLimitError, match=r"needs about 8\.\d GiB and the limit is 8.0 GiB"):
        simulate(circuit, LIF(), schedule=schedule, record=["v"])
    job = prepare(circuit, LIF(), schedule=Schedule(duration=4.0, settle=0.0), record=["v"])
    assert Brian().memory(job) > 8 * 1000 * 40_000


def test_small_limits_are_told_in_units_that_can_be_read():
    circuit = Circuit(populations=[Population("p", 1000)])
    with pytest.raises(MemoryLimitError, match=r"the limit is 5 bytes"):
        simulate(circuit, LIF(), memory_limit=5)
    with pytest.raises(MemoryLimitError, match=r"needs about \d+\.\d MiB and the limit is 1\.0 MiB"):
        simulate(circuit, LIF(), schedule=Schedule(duration=0.2, settle=0.0), record=["v"], memory_limit=2**20)


def test_a_large_run_says_what_it_needs(monkeypatch):
    circuit = Circuit(populations=[Population("p", 1)])
    monkeypatch.setattr(Brian, "memory", lambda self, job: 3 * 2**30)
    with pytest.warns(MemoryNote, match=r"about 3\.0 GiB"):
        simulate(circuit, LIF(), schedule=SHORT, engine="brian")


def test_provenance_tells_how_to_repeat_the_run():
    recording = simulate(net(), Unit(), constant(RATES, input="x"), seed=4)
    assert recording.provenance["engine"] == "static"
    assert recording.provenance["seed"] == 4
    assert recording.provenance["circuit"] == net().digest
    assert recording.provenance["cells"]["p"]["class"].endswith(":Unit")
    assert set(recording.provenance["versions"]) >= {"neurosim", "numpy", "python"}


def test_progress_reaches_a_callback_and_ends_at_one():
    seen = []
    simulate(net(), LIF(), poisson(RATES, input="x"), SHORT, progress=seen.append)
    assert seen[-1] == 1.0
    assert all(0 <= fraction <= 1 for fraction in seen)


def test_progress_false_prints_nothing(capfd):
    simulate(net(), LIF(), poisson(RATES, input="x"), SHORT, progress=False)
    out, err = capfd.readouterr()
    assert out == ""
    assert err == ""


def test_recordings_become_tables_and_readable_text():
    recording = simulate(net(), LIF(), poisson(RATES, input="x"), SHORT, record=["spikes"])
    frame = recording.to_frame()
    assert list(frame.columns) == ["level", "population", "trial", "unit", "rate_hz", "drive", "converged"]
    assert len(frame) == 3 * 2
    picked = frame[(frame.trial == 2) & (frame.unit == 1)].rate_hz.item()
    assert picked == recording.rates["p"][2, 1]
    assert "spiking" in repr(recording)
    assert "3 trials x 2 units" in recording._repr_html_()
    with pytest.raises(ValueError, match="known are: p"):
        recording.rate("pp")


def test_what_was_not_recorded_is_told_by_name():
    recording = simulate(net(), LIF(), poisson(RATES, input="x"), SHORT)
    for look, message in (
        (lambda: recording.rates["pp"], "no population is named 'pp'; did you mean 'p'"),
        (lambda: recording.drive["q"], "no population is named 'q'; "),
        (lambda: recording.weights["f"], "no projection is named 'f'; did you mean 'ff'"),
        (
            lambda: recording.spikes["p"],
            r"no spikes of 'p' were recorded: run with record=\(\"spikes\",\) on the spiking",
        ),
        (lambda: recording.spikes["q"], "no population is named 'q'; "),
        (lambda: recording.traces["p"], r"no traces of 'p' were recorded: run with a variable to record, such as rec"),
    ):
        with pytest.raises(ValueError, match=message):
            look()
    assert "p" not in recording.spikes
    assert recording.spikes.get("p") is None


def test_recordings_go_to_neo():
    neo = pytest.importorskip("neo", reason="the extra 'neo' is optional")
    circuit = Circuit(populations=[Population("p", 2, bias=[3.0, 0.0])])
    recording = simulate(circuit, LIF(), schedule=Schedule(duration=0.1, settle=0.0), record=["spikes"])
    block = recording.to_neo()
    assert isinstance(block, neo.Block)
    trains = block.segments[0].spiketrains
    assert len(trains[0]) == len(recording.spikes["p"])
    assert len(trains[1]) == 0
    with pytest.raises(ValueError, match="no spikes were recorded"):
        simulate(circuit, Unit()).to_neo()


def test_weights_of_a_recording_are_those_of_the_circuit():
    recording = simulate(net(), Unit(activation=ReLU(gain=2.0)), constant(RATES, input="x"))
    np.testing.assert_array_equal(recording.weights["ff"], net().projection("ff").weights)


def test_the_drive_of_a_spiking_run_is_computed_for_who_asks_and_only_once():
    weights = np.array([[0.5, 0.25], [1.0, 0.0]])
    circuit = Circuit([Input("x", 2)], [Population("y", 2, bias=[0.1, 0.2])], [Projection("ff", "x", "y", weights)])
    rates = np.array([[2.0, 4.0], [1.0, 0.0], [0.0, 0.0]])
    for engine in ("compiled", "brian"):
        recording = simulate(circuit, LIF(), constant(rates, "x"), Schedule(duration=0.05, settle=0.0), engine=engine)
        assert list(recording.drive) == ["y"]
        # bias + weights @ rates, by hand
        np.testing.assert_allclose(recording.drive["y"], [[2.1, 2.2], [0.6, 1.2], [0.1, 0.2]], rtol=1e-15)
        assert recording.drive["y"] is recording.drive["y"]
        again = pickle.loads(pickle.dumps(recording.drive))
        np.testing.assert_array_equal(again["y"], recording.drive["y"])
        with pytest.raises(KeyError):
            recording.drive["z"]

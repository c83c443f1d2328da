"""cell.run(drive): one cell, one drive, the same recording as with a circuit."""

import numpy as np
import pytest

import neurosim as ns
from neurosim.params import DimensionError, ParameterError
from neurosim.recording import Recording
from neurosim.single_cell import run_cell

CELLS = [kind() for kind in ns.cells.known().values()]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: type(cell).__name__)
def test_every_cell_runs_as_in_a_circuit(cell):
    run = cell.run(1.5, duration=0.1)
    circuit = ns.Circuit(populations=[ns.Population("cell", 1, bias=1.5)])
    named = ns.simulate(circuit, cell, duration=0.1, record=sorted(run.traces["cell"].values) if run.traces else ())
    assert isinstance(run, Recording)
    assert run.level == cell.level
    assert list(run) == ["cell"]
    assert np.array_equal(run.rates["cell"], named.rates["cell"])
    assert run["cell"].drive.tolist() == [[1.5]]
    if cell.level == "spiking":
        assert run["cell"].v.shape == (1000, 1, 1)
        assert len(run["cell"].spikes) > 0


def test_the_interval_is_the_closed_form_on_the_grid():
    spikes = ns.LIF().run(1.5, duration=0.2)["cell"].spikes
    # tau log(D / (D - 1)) = 21.97 ms to the threshold, 22.0 ms on the grid, less one step for "> 1", and 2 ms silence
    np.testing.assert_allclose(np.diff(spikes.times), 23.9e-3, atol=1e-9)


@pytest.mark.parametrize("cell", [ns.LIF(), ns.LeakyRate(), ns.Unit(), ns.cells.HodgkinHuxley()], ids=repr)
def test_several_drives_are_trials(cell):
    together = cell.run([0.5, 1.5, 2.0], duration=0.1)
    assert together.rates["cell"].shape == (3, 1)
    alone = [cell.run(drive, duration=0.1).rates["cell"][0, 0] for drive in (0.5, 1.5, 2.0)]
    # The adaptive integration of rate cells chooses its steps for all trials together.
    np.testing.assert_allclose(together.rates["cell"][:, 0], alone, rtol=1e-4 if cell.level == "rate" else 1e-12)


def test_a_time_course_is_a_movie():
    run = ns.LeakyRate(tau=0.02, activation=ns.ReLU()).run([0.0, 2.0, 0.0], frame=0.05)
    t = run["cell"].times
    assert run.provenance["duration"] == pytest.approx(0.15)
    peak = 2.0 * (1 - np.exp(-0.05 / 0.02))
    rising, falling = 2.0 * (1 - np.exp(-(t - 0.05) / 0.02)), peak * np.exp(-(t - 0.1) / 0.02)
    expected = np.select([t < 0.05, t < 0.1], [0.0 * t, rising], falling)
    # one step of 0.1 ms of a slope of 2 / 20 ms
    np.testing.assert_allclose(run["cell"].rate[:, 0, 0], expected, atol=0.01)
    assert ns.LIF().run([[0.0, 2.0], [2.0, 0.0]], frame=0.05).trials == 2


def test_options_are_those_of_simulate():
    run = ns.LIF(sigma_stat=0.2).run(0.9, ns.Schedule(duration=0.1), seed=3, engine="brian", record="spikes")
    assert (run.provenance["seed"], run.provenance["engine"]) == (3, "brian")
    assert not run.traces


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: ns.LIF().run([[1.0, 2.0]]),
            ParameterError,
            r"LIF.run: drive: got shape \(1, 2\), expected a number or",
        ),
        (
            lambda: ns.LIF().run([]),
            ParameterError,
            r"LIF.run: drive: got shape \(0,\), expected a number or \(trials,\)",
        ),
        (
            lambda: ns.LIF().run(1.0, frame=0.1),
            ParameterError,
            r"got shape \(\), expected \(frames,\) or \(trials, fra",
        ),
        (lambda: ns.LIF().run(np.nan), ParameterError, "LIF.run: drive: got nan"),
        (lambda: ns.Unit().run([1.0, np.inf]), ParameterError, r"Unit.run: drive\[1\]: got inf"),
        (lambda: ns.LIF().run("1.5"), (ParameterError, TypeError), "LIF.run: drive: got"),
        (lambda: ns.cells.ConductanceLIF().run([1.0, 2.0]), ParameterError, "takes it as a current.* bias=drives"),
        (
            lambda: ns.LIF().run(1.0, ns.Schedule(), duration=0.2),
            ParameterError,
            "LIF.run: got a schedule and duration",
        ),
        (lambda: run_cell(ns.ReLU(), 1.0), DimensionError, "run: cell: got ReLU.*activation=ReLU"),
    ],
)
def test_what_a_cell_cannot_run_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call()

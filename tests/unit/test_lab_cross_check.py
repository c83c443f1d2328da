"""The cross-check of engines: it compares single spikes, sees a moved one, and says what it did not compare."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from neurosim.cells.hodgkin_huxley import HodgkinHuxley
from neurosim.cells.lif import LIF
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.engines.compiled import Compiled
from neurosim.inhibition import lateral
from neurosim.lab import CROSS_CHECK_COLUMNS, cross_check, cross_check_findings
from neurosim.lab.findings import FAILS, HOLDS
from neurosim.lab.tables import load_tables, save_tables
from neurosim.recording import Spikes
from neurosim.schedule import Schedule
from neurosim.stimuli.stimulus import poisson

SHORT = Schedule(duration=0.06, settle=0.0)


def circuit(bias=2.0):
    population = Population("p", 6, bias=bias)
    feed = Projection("ff", "x", "p", np.full((6, 2), 0.01))
    return Circuit([Input("x", 2)], [population], [feed, lateral(population, 1e-3)])


def stimulus(trials=3):
    return poisson(np.full((trials, 2), 50.0), input="x")


def row(part="A part", cells=None, bias=2.0, **options):
    return cross_check(part, circuit(bias), cells or LIF(), stimulus(), SHORT, **options)


def one_finding(found, folder):
    """The finding of a row that went through its CSV."""
    table = pd.DataFrame([found], columns=list(CROSS_CHECK_COLUMNS))
    save_tables(folder, {"engines": table}, {"engines": CROSS_CHECK_COLUMNS})
    (finding,) = cross_check_findings(load_tables(folder)["engines"])
    return finding


def test_equal_engines_hold(tmp_path):
    found = row(trials=2)
    assert (found["trials"], found["units"], found["noise_off"], found["differing"]) == (2, 6, 0, 0)
    # Each unit spikes once in 14 ms at drive 2 (tau ln 2), inhibition makes it rarer.
    assert found["spikes"] > 12
    finding = one_finding(found, tmp_path)
    assert (finding.id, finding.verdict, finding.expected) == ("engines/a-part", HOLDS, "<= 0")
    assert "2 trials of 6 units, 0.06 s)" in finding.statement


def moved(spikes, by):
    times = spikes.times.copy()
    times[len(times) // 2] += by
    return Spikes(times, spikes.units, spikes.trials)


@pytest.mark.parametrize(
    ("change", "differing", "lost"),
    [
        (lambda spikes: moved(spikes, SHORT.dt / 3), 0, 0),  # not on the grid, but in the same step
        (lambda spikes: moved(spikes, SHORT.dt), 2, 0),  # one is missing, and one is there that should not be
        (lambda spikes: Spikes(spikes.times[1:], spikes.units[1:], spikes.trials[1:]), 1, 1),
        (lambda spikes: Spikes(spikes.times, spikes.units, spikes.trials[::-1]), None, 0),
    ],
)
def test_one_spike_elsewhere_is_seen(change, differing, lost, tmp_path, monkeypatch):
    run = Compiled.run

    def changed(self, job):
        recording = run(self, job)
        return dataclasses.replace(recording, spikes={"p": change(recording.spikes["p"])})

    monkeypatch.setattr(Compiled, "run", changed)
    found = row()
    assert found["spikes"] - found["compiled_spikes"] == lost
    if differing is None:
        assert found["differing"] > 10
    else:
        assert found["differing"] == differing
    assert one_finding(found, tmp_path).verdict == (HOLDS if differing == 0 else FAILS)


def test_noise_is_switched_off_and_said(tmp_path):
    found = row(cells=LIF(sigma_stat=0.5))
    assert (found["noise_off"], found["differing"]) == (1, 0)
    assert found["spikes"] == row()["spikes"]
    assert "noise switched off" in one_finding(found, tmp_path).statement


def test_what_the_compiled_engine_refuses_is_named_and_not_run(tmp_path):
    found = cross_check("Axons", Circuit(populations=[Population("p", 1)]), HodgkinHuxley(), schedule=Schedule(dt=2e-5))
    assert found["spikes"] == 0
    finding = one_finding(found, tmp_path)
    assert (finding.kind, finding.verdict) == ("report", "")
    assert "the compiled engine refuses it, because it runs LIF" in finding.statement


def test_silence_proves_nothing(tmp_path):
    finding = one_finding(row(bias=-1.0), tmp_path)
    assert finding.kind == "report"
    assert "no cell spikes on either engine" in finding.statement

"""Checkpoints of learning runs: refused where they are not what a run wrote, and never worth more than the run."""

import errno
import json
from pathlib import Path

import numpy as np
import pytest

import neurosim as ns
from neurosim import files, homeostasis, plasticity
from neurosim.params import ParameterError
from neurosim.stimuli.stimulus import poisson

SHORT = ns.Schedule(duration=0.1, settle=0.05, dt=1e-3)


def run(**options):
    laws = (
        homeostasis.SynapticScaling(target=20.0, learning_rate=0.1),
        homeostasis.TargetRate(target=20.0, learning_rate=0.01),
    )
    weights = np.full((2, 4), 0.01)
    projection = ns.Projection("ff", "x", "y", weights, rule=plasticity.BCM(learning_rate=0.01, reference=20.0))
    circuit = ns.Circuit({"x": 4}, [ns.Population("y", 2, 0.0, laws)], [projection])
    stimulus = poisson(20 + 60 * np.random.default_rng(0).random((7, 4)), "x")
    return ns.learn(circuit, ns.LIF(), stimulus, SHORT, epochs=2, batch=2, seed=3, snapshots=3, **options)


def interrupted(number, recording, circuit):
    if number == 3:
        raise KeyboardInterrupt


LIES = {
    "more batches than there are": ("batches", 99),
    "no number of batches": ("batches", True),
    "a snapshot from the future": ("kept", [0, 12]),
    "snapshots without number": ("kept", 3),
    "no time": ("wall", "long"),
    "time without end": ("inside", float("inf")),
    "a fingerprint that is none": ("fingerprint", 3),
    "an array fewer": ("weights.ff", None),
    "an array of another shape": ("weights.ff", np.ones((2, 3))),
    "an array of another type": ("rule.ff/theta", np.array(["a", "b"])),
    "a snapshot of another shape": ("kept0.weights.ff", np.ones((3, 4))),
    "a history that is too short": ("history.rate y", np.ones(2)),
    "facts that are no text": ("facts", np.ones(1)),
}


@pytest.mark.parametrize("name", LIES)
def test_a_checkpoint_that_was_tampered_with_is_refused_in_one_sentence(tmp_path, name):
    key, value = LIES[name]
    file = tmp_path / "run.npz"
    run(checkpoint=file, observe=interrupted)
    arrays = files.read_arrays(file)
    facts = json.loads(str(arrays["facts"]))
    assert key in facts or key in arrays
    if key in facts:
        arrays["facts"] = np.array(json.dumps({**facts, key: value}))
    elif value is None:
        del arrays[key]
    else:
        arrays[key] = value
    files.write_arrays(file, arrays)
    with pytest.raises(ParameterError, match=r"or a damaged one \(.*\); remove it to start again$") as refusal:
        run(checkpoint=file)
    assert "\n" not in str(refusal.value)


def test_where_no_checkpoint_can_be_written_nothing_is_learned(tmp_path, monkeypatch):
    def never(*arguments, **options):
        raise AssertionError("something was learned")

    monkeypatch.setattr("neurosim.learning.presentations.Presentations.present", never)
    for place in (Path("/dev/null/run.npz"), tmp_path / ("n" * 300)):
        with pytest.raises(ParameterError, match=r"^learn: checkpoint: "):
            run(checkpoint=place)

    def forbidden(*arguments, **options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "touch", forbidden)
    with pytest.raises(ParameterError, match=r"run\.npz cannot be written: Permission denied; give a file that can be"):
        run(checkpoint=tmp_path / "run.npz")


def test_a_disk_that_fills_up_does_not_take_what_was_learned(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("os.fsync", full)
    with pytest.warns(UserWarning, match=r"run.npz cannot be written: the disk is full .*; what was learned is retur"):
        found = run(checkpoint=tmp_path / "run.npz")
    assert found.finished
    assert found.circuit == run().circuit

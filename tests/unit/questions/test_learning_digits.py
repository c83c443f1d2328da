"""Digits without labels: the read-out by hand, other data, and findings that notice wrong tables."""

import gzip

import numpy as np
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.learning._digit_cells import read_out, scene
from neurosim.lab import ask
from neurosim.lab.laboratory import Lab
from neurosim.lab.rows import tables_of
from neurosim.params import ParameterError

NAME = "learning/digits_by_stdp"


def test_more_images_than_there_are_is_one_sentence():
    with pytest.raises(ParameterError, match="expected at most 1797 together"):
        scene(ask(QUESTIONS[NAME]).settings(images=1700, tested=100), 0)


def test_classes_by_hand():
    # Cells 0 and 1 respond to class 3, cell 2 to class 7, cell 3 never.
    seen = np.array([[4.0, 2, 0, 0], [4, 2, 1, 0], [0, 1, 5, 0]])
    new = np.array([[3.0, 0, 1, 9], [0, 0, 2, 0], [1, 1, 1.5, 0]])
    # Votes for 3: 1.5, 0, 1; for 7: 1, 2, 1.5.
    assert read_out(seen, np.array([3, 3, 7]), new, np.array([3, 7, 7])) == 1.0
    assert read_out(seen, np.array([3, 3, 7]), new, np.array([3, 3, 3])) == pytest.approx(1 / 3)


def test_silence_and_ties_are_wrong_answers():
    """Ten classes with a cell each and ten images of each: what is silent is wrong, whatever its class."""
    labels = np.repeat(np.arange(10), 10)
    seen = 20.0 * np.eye(10)[labels]
    first_silent = np.where(labels[:, None] == 0, 0.0, seen)
    assert read_out(seen, labels, seen, labels) == 1.0
    assert read_out(seen, labels, first_silent, labels) == 0.9
    assert read_out(seen, labels, 0.0 * seen, labels) == 0.0
    # Two classes that share the largest response are no answer either.
    tied = seen.copy()
    tied[labels == 0, 1] = 20.0
    assert read_out(seen, labels, tied, labels) == 0.9
    # The cell of class 0 stays silent in training: nobody answers for the class.
    assert read_out(first_silent, labels, seen, labels) == 0.9


def test_train_and_test_images_are_different_ones():
    found = scene(ask(QUESTIONS[NAME]).settings(), 0)
    train = {row.tobytes() for row in found.train.flat}
    # No two of the 1,797 images are equal.
    assert not any(row.tobytes() in train for row in found.test.flat)
    assert (len(found.train), len(found.test)) == (1000, 400)


@pytest.mark.parametrize(
    ("change", "finding", "verdict"),
    [
        (("accuracy", "accuracy", 0.99, "method == 'spiking'"), "above_few_centres", "holds"),
        (("accuracy", "accuracy", 0.2, "method == 'spiking'"), "above_few_centres", "fails"),
        (("accuracy", "active_fraction", 0.1, "method == 'spiking'"), "active", "holds"),
        (("accuracy", "active_fraction", 0.4, "method == 'spiking'"), "active", "fails"),
        (("accuracy", "active_fraction", 0.0, "method == 'spiking'"), "active", "fails"),
        (("passes", "accuracy", 0.8, "after == 1"), "inhibition", "holds"),
        (("accuracy", "accuracy", 0.7, "method == 'no inhibition in training'"), "inhibition", "fails"),
        (("accuracy", "accuracy", 0.9, "method == 'spiking'"), "untrained", "holds"),
        (("accuracy", "accuracy", 0.9, "method == 'untrained'"), "untrained", "fails"),
    ],
)
def test_verdicts_follow_the_tables(change, finding, verdict):
    assert verdict_of(ask(QUESTIONS[NAME]), falsified(replicates(NAME), *change), finding) == verdict


def test_with_400_cells_and_mnist_the_published_accuracy_is_asked_for():
    t = replicates(NAME)
    t.pictures = t.pictures.assign(picture=[np.zeros((28, 28))] * len(t.pictures))
    t.accuracy, t.passes = t.accuracy.assign(units=400), t.passes.assign(units=400)
    found = {finding.id: finding for finding in ask(QUESTIONS[NAME]).findings(t)}
    assert found["mnist"].expected == ">= 0.9"
    assert "above_few_centres" not in found


def test_a_folder_of_idx_files_is_taken(tmp_path):
    rng = np.random.default_rng(0)
    for name, number in (("train", 60), ("t10k", 50)):
        for kind, shape, values in (
            ("images-idx3", (number, 28, 28), rng.integers(0, 120, (number, 28, 28))),
            ("labels-idx1", (number,), np.arange(number) % 10),
        ):
            head = bytes([0, 0, 8, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)
            with gzip.open(tmp_path / f"{name}-{kind}-ubyte.gz", "wb") as file:
                file.write(head + values.astype(np.uint8).tobytes())
    question = ask(QUESTIONS[NAME])
    p = question.settings(data=str(tmp_path), units=(10,), images=50, tested=50, passes=1, shown=0.05)
    found = tables_of(question.compute(p, 0, Lab(p, 0, tmp_path / "out")), question.tables, NAME)
    assert {picture.shape for picture in found["pictures"].picture} == {(28, 28)}

"""The experiment on digits without labels, on a small setting: its checks notice wrong tables."""

import gzip

import numpy as np
import pytest
from tampering import changed, failed

from neurosim.lab.progress import Progress
from neurosim.params import ParameterError

SMALL = {"seeds": 2, "units": (10, 30), "images": 400, "tested": 200, "passes": 1}


def test_more_images_than_there_are_is_one_sentence(experiment):
    with pytest.raises(ParameterError, match="expected at most 1797 together"):
        experiment.compute(experiment.settings(images=1700, tested=100), Progress(enabled=False))


def test_the_full_run_is_larger_and_has_an_estimate(experiment):
    seconds, size = experiment.estimate(experiment.settings())
    assert experiment.estimate(experiment.settings(quick=True))[0] < seconds < 300
    assert size > 0


def test_classes_by_hand(module):
    # Cells 0 and 1 respond to class 3, cell 2 to class 7, cell 3 never.
    seen = np.array([[4.0, 2, 0, 0], [4, 2, 1, 0], [0, 1, 5, 0]])
    new = np.array([[3.0, 0, 1, 9], [0, 0, 2, 0], [1, 1, 1.5, 0]])
    # Votes for 3: 1.5, 0, 1; for 7: 1, 2, 1.5.
    assert module._accuracy(seen, np.array([3, 3, 7]), new, np.array([3, 7, 7])) == 1.0
    assert module._accuracy(seen, np.array([3, 3, 7]), new, np.array([3, 3, 3])) == pytest.approx(1 / 3)


def test_silence_and_ties_are_wrong_answers(module):
    """Ten classes with a cell each and ten images of each: what is silent is wrong, whatever its class."""
    labels = np.repeat(np.arange(10), 10)
    seen = 20.0 * np.eye(10)[labels]
    first_silent = np.where(labels[:, None] == 0, 0.0, seen)
    assert module._accuracy(seen, labels, seen, labels) == 1.0
    assert module._accuracy(seen, labels, first_silent, labels) == 0.9
    assert module._accuracy(seen, labels, 0.0 * seen, labels) == 0.0
    # Two classes that share the largest response are no answer either.
    tied = seen.copy()
    tied[labels == 0, 1] = 20.0
    assert module._accuracy(seen, labels, tied, labels) == 0.9
    # The cell of class 0 stays silent in training: nobody answers for the class.
    assert module._accuracy(first_silent, labels, seen, labels) == 0.9


def test_train_and_test_images_are_different_ones(experiment, module):
    scene = module._scene(experiment.settings(), 0)
    train = {row.tobytes() for row in scene.train.flat}
    # No two of the 1,797 images are equal.
    assert not any(row.tobytes() in train for row in scene.test.flat)
    assert (len(scene.train), len(scene.test)) == (1000, 400)


def test_checks_hold(experiment, tables):
    assert failed(experiment.findings(tables)) == set()


def test_tables_survive_the_disk(experiment, tables, from_disk):
    assert [f.as_dict() for f in experiment.findings(from_disk)] == [f.as_dict() for f in experiment.findings(tables)]


@pytest.mark.parametrize(
    ("method", "column", "rule", "check"),
    [
        ("spiking", "accuracy", lambda c: c - 0.4, "above_few_centres"),
        ("spiking", "active_fraction", lambda c: 3 * c, "active_fraction"),
        ("spiking", "active_fraction", lambda c: 0 * c, "active_fraction"),
        ("no inhibition in training", "accuracy", lambda c: c + 0.5, "collapse"),
        ("untrained", "accuracy", lambda c: c + 0.6, "untrained"),
    ],
)
def test_a_false_table_fails_its_check(experiment, tables, method, column, rule, check):
    assert check in failed(experiment.findings(changed(tables, "accuracy", column, rule, f"method == '{method}'")))


def test_with_mnist_the_published_accuracies_are_asked_for(experiment, tables):
    setup = tables["setup"].assign(mnist=1, units=400)
    found = {f.id: f for f in experiment.findings({**tables, "setup": setup})}
    assert found["mnist_accuracy"].expected == ">= 0.9"
    assert found["inhibition_at_test"].kind == "check"
    assert found["inhibition_at_test"].expected == "<= 0.7"
    assert found["collapse"].expected == "<= 0.2"


def test_a_folder_of_idx_files_is_taken(experiment, tmp_path):
    rng = np.random.default_rng(0)
    for name, number in (("train", 60), ("t10k", 50)):
        for kind, shape, values in (
            ("images-idx3", (number, 28, 28), rng.integers(0, 120, (number, 28, 28))),
            ("labels-idx1", (number,), np.arange(number) % 10),
        ):
            head = bytes([0, 0, 8, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)
            with gzip.open(tmp_path / f"{name}-{kind}-ubyte.gz", "wb") as file:
                file.write(head + values.astype(np.uint8).tobytes())
    small = {"data": str(tmp_path), "seeds": 2, "units": (10,), "images": 50, "tested": 50, "passes": 1, "shown": 0.05}
    found = experiment.compute(experiment.settings(**small), Progress(enabled=False))
    assert found["setup"].pixels.iloc[0] == 784
    assert found["arrays"]["fields"].shape[1:] == (28, 28)
    assert str(tmp_path) not in experiment.caption(found)


def test_the_figure_shows_the_tables(experiment, tables):
    figure = experiment.figure(tables)
    learning = figure.axes[2]
    drawn = {line.get_label(): line.get_ydata() for line in learning.lines}
    passes = tables["passes"].query("units == 30")
    np.testing.assert_allclose(drawn["30 cells"], passes.groupby("pass").accuracy.mean())
    assert "%" in figure.axes[4].get_ylabel()


def test_words_carry_the_numbers(experiment, tables):
    rows = tables["accuracy"].query("method == 'spiking' and units == 30")
    assert f"{rows.accuracy.mean():.3f}" in experiment.summary(tables)
    assert f"{rows.spikes.mean():.0f} per image" in experiment.caption(tables)

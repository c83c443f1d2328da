"""Decisions of a read-out: silence, ties and what is no number are no answer, everywhere a read-out decides."""

import numpy as np
import pytest

from neurosim.decisions import NO_ANSWER, accuracy, decide
from neurosim.params import DimensionError, ParameterError


def test_the_largest_response_decides_and_nothing_else_does():
    rows = {
        0: [3.0, 1.0, 2.0],
        1: [-5.0, -1.0, -2.0],
        2: [-np.inf, -np.inf, -700.0],
    }
    for expected, row in rows.items():
        assert decide([row]).tolist() == [expected]
    none = [[0.0, 0.0, 0.0], [2.0, 2.0, 1.0], [np.nan, 1.0, 0.0], [0.0, np.nan, 5.0], [np.inf, 1.0, 2.0],
            [-np.inf] * 3, [-1.0, -1.0, -1.0]]  # fmt: skip
    assert decide(none).tolist() == [NO_ANSWER] * len(none)
    assert decide(np.zeros((0, 3))).shape == (0,)


def test_accuracy_counts_silence_as_wrong():
    """Ten trials of each of ten classes, answered rightly by one unit per class."""
    labels = np.repeat(np.arange(10), 10)
    right = 20.0 * np.eye(10)[labels]
    assert accuracy(right, labels) == 1.0
    silent = right.copy()
    silent[labels == 0] = 0.0
    assert accuracy(silent, labels) == 0.9
    assert accuracy(0.0 * right, labels) == 0.0
    undefined = right.copy()
    undefined[labels == 0, 5] = np.nan
    assert accuracy(undefined, labels) == 0.9


@pytest.mark.parametrize(
    ("activity", "labels", "message"),
    [
        ([[1.0], [2.0]], [0, 0], r"got shape \(2, 1\), expected \(trials, classes\) with two classes or more"),
        ([1.0, 2.0], [0, 0], r"got shape \(2,\)"),
        ([[1.0, 2.0], [1.0]], [0, 0], "decide: activity: got rows that differ in length"),
        ([[1.0, 2.0]], [0, 1], r"got labels of shape \(2,\) for 1 trials"),
        (np.zeros((0, 2)), np.zeros(0, int), "for 0 trials"),
        ([[1.0, 2.0]], [0.9], r"accuracy: labels\[0\]: got 0.9, expected whole numbers from 0 to 1"),
        ([[1.0, 2.0]], ["b"], "labels: got text"),
        ([[1.0, 2.0]], [True], r"labels\[0\]: got True"),
        ([[1.0, 2.0]], [2], "got 2, expected whole numbers from 0 to 1"),
        ([[1.0, 2.0]], [-1], "got -1, expected"),
        ([[1.0, 2.0]], np.ma.array([1], mask=[True]), "got a masked entry"),
        ([["a", "b"]], [0], "decide: activity: got text"),
        ([[1j, 2.0]], [0], "got complex numbers"),
        (np.ma.array([[1.0, 2.0]], mask=[[False, True]]), [0], "got a masked entry"),
        (None, [0], "decide: activity: got"),
    ],
)
def test_what_cannot_be_decided_is_refused(activity, labels, message):
    with pytest.raises((ParameterError, DimensionError), match=message):
        accuracy(activity, labels)

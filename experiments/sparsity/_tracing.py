"""What carries an output of a network with two hidden layers of ReLU, and what its silent units would add."""

import numpy as np

from experiments.sparsity._trained import HIDDEN, passed
from neurosim.decisions import accuracy


def lowered(network, task, shifts):
    """Rise, active fraction and accuracy when every unit's threshold is raised; nothing is learned anew."""
    drives = network.forward({"input": task.test_x}).drive
    for shift in shifts:

        def change(layer, drive, shift=shift):
            return network.activations[layer](drive - shift * drives[layer].std())

        logits, hidden = passed(network, task.test_x, change)
        yield shift, np.mean([(hidden[layer] > 0).mean() for layer in HIDDEN]), accuracy(logits, task.test_y)


def silenced(network, task, rng):
    """Accuracy as it is, with the silent units' negative drives passed on, and without as many active units at random.

    Where fewer units are active than silent, all active ones of the example are silenced in that layer.
    """

    def without(layer, drive):
        on = drive > 0
        order = np.argsort(np.argsort(np.where(on, rng.random(drive.shape), 2.0), axis=1), axis=1)
        return np.where(on & (order >= (~on).sum(axis=1, keepdims=True)), drive, 0.0)

    ways = (lambda layer, drive: np.maximum(drive, 0.0), lambda layer, drive: drive, without)
    return tuple(accuracy(passed(network, task.test_x, way)[0], task.test_y) for way in ways)


def trace(network, x, label):
    """Units that carry 90 % of one example's output, and how gradient and ablation agree; means of both layers.

    The output is the class's over the mean of all; NaN where it is not positive: there is nothing to trace.
    """
    w, b = network.weights, network.biases
    first = np.maximum(x @ w["to_hidden1"].T + b["hidden1"], 0.0)
    read = w["to_output"][label] - w["to_output"].mean(axis=0)
    offset = b["output"][label] - b["output"].mean()

    def output(a):
        second = np.maximum(a @ w["to_hidden2"].T + b["hidden2"], 0.0)
        return second, second @ read + offset

    second, whole = output(first)
    adds = first * (((second > 0) * read) @ w["to_hidden2"])
    lost = whole - output(first * (1.0 - np.eye(len(first))))[1]
    on = first > 0
    enough = on.sum() > 2 and adds[on].std() > 0 and lost[on].std() > 0
    agreement = np.corrcoef(adds[on], lost[on])[0, 1] if enough else np.nan
    gone = np.arange(len(first) + 1)[:, None] <= np.argsort(np.argsort(-adds))  # row k: without the k that add most
    upper = whole - np.append(0.0, np.cumsum(np.sort(second * read)[::-1]))
    counts = [np.argmax(left <= 0.1 * whole) for left in (output(first * gone)[1], upper)]
    # Where an offset holds more than a tenth of the output, no number of units carries the rest (argmax is then 0).
    return float(np.mean(counts)) if whole > 0 and min(counts) > 0 else np.nan, agreement

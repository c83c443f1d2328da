"""Does too large a shift of the biases destroy what a network learned, and do weights that move along save it?

For a Gaussian drive a threshold that is raised by b standard deviations leaves the fraction Q(b) of the units active:
16 % at b = 1, 0.1 % at 3. A trained network loses what the silent units told. If the shift is made in small steps, with
an epoch of learning after each, most of the loss should stay away. A network whose biases stay learns on beside it.

Source: Q(b) = erfc(b / sqrt 2) / 2.
"""

from dataclasses import dataclass

import numpy as np

from experiments.activations._by_network import gain, interval, where
from experiments.activations._rectifiers import Digits, accuracy, built, digits
from neurosim.lab import Row, above, column, context, judge, main, needed
from neurosim.params import param
from neurosim.plots import OKABE_ITO
from neurosim.training import Network

QUICK = {"seeds": 3, "images": 400, "epochs": 8}
SHIFTS = (0.5, 1.0, 2.0, 3.0)
LARGE, LARGE_RANGE = 2.0, (1.0, 2.0, 3.0)
MATTERS = 0.1  # ten points of accuracy
STEPS, FEW = (1, 3, 15), 3
"""Equal parts in which the biases are moved, with an epoch of learning of the weights after each."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    layers: int = param(1, doc="hidden layers", low=1)
    epochs: int = param(15, doc="epochs before the shift", low=1)


class Shifted(Row):
    shift: float = column("by how much the hidden biases were lowered, in standard deviations of each unit's drive")
    steps: int = column("epochs in which the weights learn on")
    active: float = column("fraction of the hidden activities above 0 after the whole shift at once")
    before: float = column("test accuracy before the shift")
    after: float = column("test accuracy after the whole shift at once")
    together: float = column("test accuracy after a shift in so many equal steps, an epoch of learning after each")
    later: float = column("test accuracy after the whole shift at once and as many epochs of learning")
    stayed: float = column("test accuracy after as many epochs of learning without a shift")


def compute(p, seed, lab):
    x, labels, test_x, test_labels = digits(p)
    circuit, cells = built(p, "ReLU", seed)
    found = lab.train(circuit, cells, x, labels, epochs=p.epochs)
    network = Network(found.circuit, found.cells)
    spread = {name: network.forward({"input": x}).drive[name].std(axis=0) for name in network.hidden}

    def learned(shift, parts, epochs):
        """Test accuracy after learning on, while the shift is made in so many parts."""

        def move(epoch, moving):
            for name in moving.hidden:
                moving.biases[name] -= shift / parts * spread[name] if epoch < parts else 0.0

        again = lab.train(found.circuit, found.cells, x, labels, epochs=epochs, learn=("weights",), observe=move)
        return accuracy(Network(again.circuit, again.cells), test_x, test_labels)

    before, stayed = accuracy(network, test_x, test_labels), {steps: learned(0.0, 1, steps) for steps in STEPS}
    for shift in SHIFTS:
        moved = Network(found.circuit, found.cells)
        for name in moved.hidden:
            moved.biases[name] -= shift * spread[name]
        run = moved.forward({"input": test_x})
        active = np.mean([(run.activity[name] > 0).mean() for name in moved.hidden])
        for steps in STEPS:
            arms = learned(shift, steps, steps), learned(shift, 1, steps), stayed[steps]
            yield Shifted(shift, steps, active, before, accuracy(moved, test_x, test_labels), *arms)


def answer(t):
    found = where(t.shifted, shift=LARGE, steps=FEW)[["before", "after", "together", "later", "active"]].mean()
    return (
        f"Yes: biases lowered by {LARGE:g} standard deviations take the test accuracy from {100 * found.before:.0f} to "
        f"{100 * found.after:.0f} % ({100 * found.active:.0f} % active); in {FEW} steps, with learning after each, it "
        f"is {100 * found.together:.0f} %, and {100 * found.later:.0f} % if learning comes after the whole shift."
    )


def findings(t):
    over = {
        "shift": {shift: destroys(t, shift=shift) for shift in LARGE_RANGE},
        "points": {points: destroys(t, points=points) for points in (0.05, MATTERS, 0.2)},
        "steps": {steps: destroys(t, steps=steps) for steps in STEPS},
    }
    why = (
        "large: two standard deviations of each unit's drive; ten points matter; beside networks that learn on unmoved"
    )
    yield judge("A1-49", *destroys(t), over=over, why=why)


def destroys(t, shift=LARGE, points=MATTERS, steps=FEW):
    """A large shift costs accuracy, and one that goes together with updates of the weights less than half of it."""
    found = where(t.shifted, shift=shift, steps=steps)
    lost = found.stayed - found.after
    return [
        gain(needed, f"accuracy lost by a shift of {shift:g}", found.before - found.after, points),
        gain(
            needed,
            f"half of what it lacks beside a network that learns on unmoved, minus what it lacks after {steps} steps",
            lost / 2 - (found.stayed - found.together),
            0.0,
        ),
        context("shift in steps minus learning afterwards", interval(found.together - found.later), above(0.0)),
        context("fraction of the activities that is left", interval(found.active), above(0.0)),
    ]


def accuracies(ax, t):
    means = where(t.shifted, steps=FEW).groupby("shift")[["stayed", "after", "together", "later"]].mean()
    looks = {
        "stayed": ("0.5", "--"),
        "after": ("vermillion", "o-"),
        "together": ("blue", "s-"),
        "later": ("orange", "^-"),
    }
    words = {"stayed": "no shift", "after": "shift alone", "together": "in steps", "later": "learning afterwards"}
    for name, (colour, line) in looks.items():
        ax.plot(means.index, means[name], line, color=OKABE_ITO.get(colour, colour), label=words[name])
    ax.set(ylim=(0, 1.02), xlabel="shift of the biases (sd of the drive)", ylabel="test accuracy")
    ax.legend(loc="lower left")
    return (
        f"test accuracy after a shift of the hidden biases alone, in {FEW} steps with an epoch of learning after each, "
        f"with {FEW} epochs of learning afterwards, and after these without a shift"
    )


def active(ax, t):
    means = t.shifted.groupby("shift").active.mean()
    ax.plot(t.shifted["shift"], t.shifted.active, ".", color="0.7")
    ax.plot(means.index, means, "o-", color=OKABE_ITO["vermillion"])
    ax.set(ylim=(0, None), xlabel="shift of the biases (sd of the drive)", ylabel="active fraction")
    return "active fraction of the hidden units after the shift; points: networks"


PANELS = (accuracies, active)

if __name__ == "__main__":
    main(__file__)

"""Do activities that are never negative give the weight gradients of a unit one sign, and does that slow learning?

The gradient of a weight is the error of its unit times the activity of its input. Where no activity is negative (ReLU,
sigmoid), all gradients of a unit have the sign of its error; with n symmetric activities (tanh) the probability is
2^(1-n), 0.0078 for 8 inputs. The price is measured by centring: sigmoid against the same units minus 1/2.

Source: LeCun et al., Efficient BackProp (1998), sec. 4.4.
"""

from dataclasses import dataclass

import numpy as np

from experiments.activations._deep_networks import (
    HIDDEN,
    QUICK_LEARNERS,
    Learner,
    best,
    epochs_to_learn,
    faster,
    normal,
    plot_epochs,
    scaled,
    unit_length,
)
from neurosim.lab import Row, check, claim_of_parts, column, main, near, report
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import activation_style
from neurosim.training import layered

QUICK = {"seeds": 5, **QUICK_LEARNERS}
UNITS = 8
EXPECTED = {"ReLU": 1.0, "Sigmoid": 1.0, "Tanh": 2.0 ** (1 - UNITS)}
PAIR = ("Sigmoid", "CentredSigmoid")


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    trials: int = param(1000, doc="inputs for which signs of weight gradients are counted", low=10)
    images: int = param(1200, doc="digits to learn from", low=100, high=1797)
    learning_rates: tuple[float, ...] = param(
        (0.03, 0.1, 0.3, 0.6, 1.0, 1.5, 3.0), doc="learning rates of gradient descent", above=0
    )
    epochs: int = param(10, doc="epochs on the digits", low=2)


class Signs(Row):
    activation: str = column("class name")
    alike: float = column("fraction of inputs for which no two weight gradients of a unit with 8 inputs differ in sign")
    expected: float = column("1 where no activity is negative, 2^-7 for a symmetric one")


class Learning(Row):
    layers: int = column("hidden layers")
    activation: str = column("class name; CentredSigmoid: sigmoid - 1/2")
    learning_rate: float = column("learning rate of plain gradient descent")
    epochs: float = column("epochs to 25 % training error, linear between the means of the epochs; inf if never")
    accuracy: float = column("training accuracy in the last epoch (0 if the loss was no longer finite)")


def compute(p, seed, lab):
    yield from signs(p, lab)
    for name in PAIR:
        one = Learner(images=p.images, learning_rates=p.learning_rates, epochs=p.epochs, layers=1, activation=name)
        found = lab.once(epochs_to_learn, one, seed)
        yield Learning.table(
            layers=1, activation=name, learning_rate=p.learning_rates, epochs=found[:, 0], accuracy=found[:, 1]
        )


def signs(p, lab):
    """One output unit per input, each with an error of its own only: its weight gradients are those of that input."""
    circuit, _ = layered([256, UNITS, p.trials], weights=normal, seed=lab.seed)
    x = unit_length(lab.stream("stimulus", "signs"), p.trials, 256)
    errors = np.diag(lab.stream("init", "signs").standard_normal(p.trials))
    for name, expected in EXPECTED.items():
        network = scaled(circuit, name, 1.0)
        gradient = network.backward(network.forward({"input": x}), {"output": errors}).weights["to_output"]
        alike = ~((gradient > 0).any(axis=1) & (gradient < 0).any(axis=1))
        yield Signs(name, alike.mean(), expected)


def fraction(t, name):
    return student_interval(t.signs[t.signs.activation == name].alike.to_numpy())


def answer(t):
    plain, centred = (best(t.learning, 1, name)[1] for name in PAIR)
    return (
        f"With ReLU or sigmoid always, with tanh for a fraction of {fraction(t, 'Tanh').value:.4f} of the inputs; "
        f"sigmoid units need {plain:.2f} epochs to 25 % error, the same units minus 1/2 {centred:.2f}."
    )


def findings(t):
    plain, centred = (best(t.learning, 1, name) for name in PAIR)
    means = {name: t.signs[t.signs.activation == name].alike.mean() for name in ("ReLU", "Sigmoid")}
    parts = {
        **{
            f"with {name} inputs all gradients have one sign (fraction {mean:.3g})": mean == 1.0
            for name, mean in means.items()
        },
        f"sigmoid units learn slower than the same units centred, every network ({plain[1]:.2f} against "
        f"{centred[1]:.2f} epochs)": faster(t.learning, 1, "CentredSigmoid", "Sigmoid"),
    }
    why = (
        f"one hidden layer of {HIDDEN} units; digits, plain gradient descent, each at its best learning rate; epochs "
        "to 25 % training error"
    )
    yield claim_of_parts("A2-11", parts, why=why)
    words = "All weight gradients of a unit with eight tanh inputs have one sign for this fraction of the inputs."
    value, why = fraction(t, "Tanh").value, "2^-7 for eight independent signs; fixed before the run"
    yield check("same_sign_tanh", words, value, near(EXPECTED["Tanh"], 0.004), why=why, source="LeCun et al. 1998")
    for name, (rate, mean, _) in zip(PAIR, (plain, centred), strict=True):
        words = f"Epochs to 25 % training error of {name} at its best learning rate ({rate:g})."
        yield report(f"epochs_{name.lower()}", words, f"{mean:.2f}" if np.isfinite(mean) else "not reached")


def same_sign(ax, t):
    for k, (name, expected) in enumerate(EXPECTED.items()):
        values = t.signs[t.signs.activation == name].alike
        ax.bar(k, expected, color="0.85", width=0.6)
        x = k + np.linspace(-0.15, 0.15, len(values))
        ax.plot(x, values, "o", color=activation_style(name).colour, markersize=2.6)
    ax.set_xticks(range(len(EXPECTED)), EXPECTED)
    ax.set(ylim=(0, 1.05), xlabel="activation of the inputs", ylabel="fraction of inputs, one sign")
    return "fraction of inputs for which all weight gradients of a unit have one sign; points: networks, bars: theory"


def learning(ax, t):
    plot_epochs(ax, t.learning, 1, PAIR)
    return (
        "mean epochs to 25 % training error against the learning rate, one hidden layer; no point where a network did "
        "not reach it"
    )


PANELS = (same_sign, learning)

if __name__ == "__main__":
    main(__file__)

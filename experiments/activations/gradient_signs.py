"""Do activities that are never negative give the weight gradients of a unit one sign, and does that slow learning?

The gradient of a weight is the error of its unit times the activity of its input. Where no activity is negative (ReLU,
sigmoid), all gradients of a unit have the sign of its error; with n symmetric activities (tanh) the probability is
2^(1-n), 0.0078 for 8 inputs. In a batch errors of both signs are summed and the signs may differ. The price is measured
by centring: sigmoid against the same units minus 1/2, ReLU against the same units minus a running mean.

Source: LeCun et al., Efficient BackProp (1998), sec. 4.4.
"""

from dataclasses import dataclass

import numpy as np

from experiments.activations._deep_networks import normal, scaled, unit_length
from experiments.activations._learners import (
    HIDDEN,
    QUICK_LEARNERS,
    Learner,
    best,
    centred_epochs,
    epochs_to_learn,
    lead,
    plot_epochs,
)
from neurosim.lab import Row, above, check, column, context, judge, main, near, needed, side
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import activation_style
from neurosim.training import layered

QUICK = {"seeds": 5, **QUICK_LEARNERS}
UNITS = 8
EXPECTED = {"ReLU": 1.0, "Sigmoid": 1.0, "Tanh": 2.0 ** (1 - UNITS)}
PAIR, RELU = ("Sigmoid", "CentredSigmoid"), ("ReLU", "CentredReLU")
BATCHES = (1, 4, 64)
ALWAYS, SLOWER = 0.95, float(np.log2(1.1))  # fraction that counts as always; a tenth more epochs matters


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
    batch: int = column("inputs whose gradients are summed")
    alike: float = column(
        "fraction of batches for which no two weight gradients of a unit with 8 inputs differ in sign"
    )
    expected: float = column("for a single input: 1 where no activity is negative, 2^-7 for a symmetric one")


class Learning(Row):
    layers: int = column("hidden layers")
    activation: str = column("class name; CentredSigmoid: sigmoid - 1/2; CentredReLU: minus a running mean")
    learning_rate: float = column("learning rate of plain gradient descent")
    epochs: float = column("epochs to 25 % training error, linear between the means of the epochs; inf if never")


def compute(p, seed, lab):
    yield from signs(p, lab)
    for name in PAIR:
        one = Learner(images=p.images, learning_rates=p.learning_rates, epochs=p.epochs, layers=1, activation=name)
        epochs = lab.once(epochs_to_learn, one, seed)["epochs"]
        yield Learning.table(layers=1, activation=name, learning_rate=p.learning_rates, epochs=epochs)
    for name, centred in zip(RELU, (False, True), strict=True):
        for rate in p.learning_rates:
            with np.errstate(over="ignore", invalid="ignore"):  # where it diverges it never gets there
                epochs, _ = centred_epochs("ReLU", centred, rate, p.epochs, p.images, seed)
            yield Learning(1, name, rate, epochs["epochs"])


def signs(p, lab):
    """One output unit per batch, with errors for its inputs only: its weight gradients are those of that batch."""
    circuit, _ = layered([256, UNITS, p.trials], weights=normal, seed=lab.seed)
    x = unit_length(lab.stream("stimulus", "signs"), p.trials, 256)
    each, inputs = lab.stream("init", "signs").standard_normal(p.trials), np.arange(p.trials)
    for name, expected in EXPECTED.items():
        network = scaled(circuit, name, 1.0)
        run = network.forward({"input": x})
        for batch in BATCHES:
            errors = np.zeros((p.trials, p.trials))
            errors[inputs, inputs // batch] = each
            gradient = network.backward(run, {"output": errors}).weights["to_output"][: -(-p.trials // batch)]
            alike = ~((gradient > 0).any(axis=1) & (gradient < 0).any(axis=1))
            yield Signs(name, batch, alike.mean(), expected)


def fraction(t, name, batch=1):
    rows = t.signs[(t.signs.activation == name) & (t.signs.batch == batch)]
    return student_interval(rows.sort_values("seed").alike.to_numpy())


def answer(t):
    plain, centred = (best(t.learning, 1, name)[1] for name in PAIR)
    single, many = (fraction(t, "ReLU", batch).value for batch in (1, BATCHES[-1]))
    return (
        f"With ReLU for {100 * single:.0f} % of single inputs and {100 * many:.0f} % of batches of {BATCHES[-1]} "
        f"(sigmoid {100 * fraction(t, 'Sigmoid', BATCHES[-1]).value:.0f} %); sigmoid units need {plain:.2f} epochs to "
        "25 % error, "
        f"the same units minus 1/2 {centred:.2f}."
    )


def findings(t):
    over = {
        "slower": {factor: inefficient(t, float(np.log2(factor))) for factor in (1.05, 1.1, 1.25)},
    }
    why = (
        f"one hidden layer of {HIDDEN} units; digits, plain gradient descent, each at its best learning rate; a tenth "
        "more epochs matters. Outputs of sigmoid are all positive; those of ReLU are not negative: a side matter, as "
        "is whether the signs agree in the batches that are learned from (for a single example it is an identity). "
        "The rule was changed twice after numbers had been seen, last by a fourth review"
    )
    yield judge("A2-11", *inefficient(t, SLOWER), over=over, why=why, source="LeCun et al. 1998")
    words = "All weight gradients of a unit with eight tanh inputs have one sign for this fraction of the inputs."
    value, why = fraction(t, "Tanh"), "2^-7 for eight independent signs; fixed before the run"
    yield check("same_sign_tanh", words, value, near(EXPECTED["Tanh"], 0.004), why=why, source="LeCun et al. 1998")


def inefficient(t, matters):
    """Learning is slower with positive activities than with centred ones, and the gradients of a unit have one sign."""
    words = "fraction of batches of {} with weight gradients of one sign, {}"
    epochs = "log2 of the epochs of {} units over those of the same units without their mean"
    conditions = [
        role(epochs.format(raw), lead(t.learning, 1, centred, raw), above(0.0, matters=matters), possible=(-10.0, 10.0))
        for role, (raw, centred) in ((needed, PAIR), (side, RELU))
    ]
    for name in EXPECTED:
        for batch in BATCHES:
            shown, rule = fraction(t, name, batch), above(ALWAYS)
            if batch == BATCHES[-1] and name != "Tanh":
                conditions.append(side(words.format(batch, name), shown, rule, possible=(0.0, 1.0)))
            else:
                conditions.append(context(words.format(batch, name), shown, rule))
    return conditions


def same_sign(ax, t):
    for name, expected in EXPECTED.items():
        style = activation_style(name)
        rows = t.signs[t.signs.activation == name].groupby("batch").alike
        ax.errorbar(rows.mean().index, rows.mean(), rows.std(), color=style.colour, marker=style.marker, label=name)
        ax.axhline(expected, color=style.colour, linewidth=0.7, linestyle=":")
    ax.set(xscale="log", ylim=(-0.03, 1.05), xlabel="inputs in a batch", ylabel="fraction of batches, one sign")
    ax.set_xticks(BATCHES, [str(batch) for batch in BATCHES])
    ax.minorticks_off()
    ax.legend(loc="center right")
    return (
        "fraction of batches for which all weight gradients of a unit have one sign; bars: sd over networks, dotted: "
        "theory for a single input"
    )


def learning(ax, t):
    plot_epochs(ax, t.learning, 1, PAIR)
    return (
        "mean epochs to 25 % training error against the learning rate, one hidden layer; no point where a network did "
        "not reach it"
    )


PANELS = (same_sign, learning)

if __name__ == "__main__":
    main(__file__)

"""Does a network that starts with the frequency of a rare class in its bias learn faster?

Output biases at the logarithm of the class frequencies make the first loss the entropy of the labels, and the steps
that would have learned the frequencies are saved. Two softmax outputs take log p; a single sigmoid needs the logit
log(p / (1 - p)): with log p it says p / (1 + p). Of 99 % background, the output for the rare object starts low and an
output for the background itself starts high.

Source: Lin et al., arXiv:1708.02002 (2017) (a prior of 0.01 for the object).
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim import training
from neurosim.lab import Row, above, column, context, definition, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO

RARE, BACKGROUND = 0.05, 0.99
GOALS = (0.9, 0.75)
FREQUENCIES, RATES, RATE = (0.02, RARE, 0.2), (0.02, 0.05, 0.1), 0.05  # of the rare class; of learning
QUICK = {"seeds": 2, "steps": 250}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    steps: int = param(600, doc="steps of gradient descent", low=50)


class Prior(Row):
    frequency: float = column("fraction of the rare class")
    output: str = column("softmax: two outputs; sigmoid: one output")
    bias: str = column("what the output biases start at")
    value: float = column("bias of the rare class")
    probability: float = column("what the network first says of the rare class")
    loss: float = column("first cross-entropy, by the package's loss", "nat")


class Speed(Row):
    start: str = column("zero, or prior: the logarithms of the class frequencies")
    frequency: float = column("fraction of positives")
    rate: float = column("learning rate")
    goal: float = column("loss to reach, in units of the labels' entropy")
    first_loss: float = column("loss before the first step", "nat")
    steps: int = column("steps until it is reached (the number of all steps + 1 if it is not)")


class Losses(Row):
    start: str = column("zero or prior")
    step: int = column("steps of gradient descent")
    value: float = column("loss", "nat")


def compute(p, seed, lab):
    yield from first_losses()
    cases = [(frequency, RATE) for frequency in (*FREQUENCIES, 0.5)] + [(RARE, rate) for rate in RATES if rate != RATE]
    for frequency, rate in cases:
        inputs, labels = clouds(frequency, seed)
        entropy = entropy_of(frequency)
        for start, bias in (("zero", np.zeros(2)), ("prior", np.log([1 - frequency, frequency]))):
            course = descent(p, seed, inputs, labels, bias, rate)
            if (frequency, rate) == (RARE, RATE):
                shown = np.arange(0, p.steps + 1, 5)
                yield Losses.table(start=start, step=shown, value=course[shown])
            for goal in GOALS:
                reached = np.flatnonzero(course <= (goal + 1e-3) * entropy)
                first = int(reached[0]) if len(reached) else p.steps + 1
                yield Speed(start, frequency, rate, goal, course[0], first)


def first_losses():
    """First losses on 10,000 labels, by the package; a sigmoid's logit z is the softmax of (0, z)."""
    loss = training.CrossEntropy()
    for frequency in (0.5, 0.2, 0.1, RARE, 1 - BACKGROUND):
        labels = (np.arange(10_000) < round(10_000 * frequency)).astype(int)
        rare, often = math.log(frequency), math.log(1 - frequency)
        starts = {
            ("softmax", "zero"): (0.0, 0.0),
            ("softmax", "log p"): (often, rare),
            ("softmax", "log p, exchanged"): (rare, often),
            ("sigmoid", "zero"): (0.0, 0.0),
            ("sigmoid", "log p"): (0.0, rare),
            ("sigmoid", "logit"): (0.0, rare - often),
        }
        for (output, bias), logits in starts.items():
            said = ns.activations.Softmax()(np.array([logits]))[0]
            first = loss.value_and_gradient(np.tile(logits, (10_000, 1)), loss.prepared(labels, 10_000, 2))[0]
            yield Prior(frequency, output, bias, logits[1], said[1] / said.sum(), first)


def clouds(frequency, seed, count=400, dimensions=8):
    """Two overlapping clouds of points, the rare one 2.5 standard deviations away."""
    rng = ns.randomness.stream(seed, "stimulus", "clouds", round(100 * frequency))
    labels = (np.arange(count) < round(frequency * count)).astype(int)
    return rng.standard_normal((count, dimensions)) + labels[:, None] * np.eye(dimensions)[0] * 2.5, labels


def descent(p, seed, inputs, labels, bias, rate):
    """The loss before every step of full-batch gradient descent, and after the last."""
    circuit, cells = training.layered((inputs.shape[1], 16, 2), seed=seed)
    # Small output weights: the first output is the bias, for both starts alike.
    small = 0.01 * circuit.projection("to_output").dense()
    losses = []

    def observe(epoch, network):
        output = network.forward({"input": inputs}).activity["output"]
        losses.append(training.CrossEntropy().value_and_gradient(output, labels)[0])

    training.train(
        circuit.with_weights(to_output=small).with_bias(output=bias), cells, inputs, labels, seed=seed, progress=False,
        loss=training.CrossEntropy(), optimiser=training.SGD(learning_rate=rate, momentum=0.0), epochs=p.steps,
        batch=len(inputs), observe=observe,
    )  # fmt: skip
    return np.array(losses)


def entropy_of(frequency):
    return -frequency * math.log(frequency) - (1 - frequency) * math.log(1 - frequency)


def first(t, output, bias, frequency=RARE):
    rows = t.prior[np.isclose(t.prior.frequency, frequency) & (t.prior.output == output) & (t.prior.bias == bias)]
    return rows.iloc[0]


def sooner(t, frequency=RARE, goal=GOALS[-1], rate=RATE):
    """Steps that a start at log p saves, over networks."""
    rows = t.speed[np.isclose(t.speed.frequency, frequency) & np.isclose(t.speed.goal, goal)]
    steps = rows[np.isclose(rows.rate, rate)].pivot(index="seed", columns="start", values="steps")
    found, rule = student_interval(steps["zero"] - steps["prior"]), above(0.0, matters=10)
    words = f"steps saved to {goal:g} times the entropy of {100 * frequency:g} % positives, learning rate {rate:g}"
    return [needed(words, found, rule, "steps", possible=(-1e4, 1e4))]


def answer(t):
    few = sooner(t)[0]
    return (
        f"Yes: with biases at log p the loss starts at {first(t, 'softmax', 'log p').loss:.3f} instead of "
        f"{first(t, 'softmax', 'zero').loss:.3f}, which saves {few.value:.0f} steps ({few.low:.0f} to {few.high:.0f}) "
        f"on the way to {GOALS[-1]:g} times the entropy."
    )


def findings(t):
    best, sigmoid = first(t, "softmax", "log p"), first(t, "sigmoid", "log p")
    why = (
        f"the softmax of log p is p: the first loss is the entropy {entropy_of(RARE):.6f}, and no constant does "
        f"better. A single sigmoid needs the logit {first(t, 'sigmoid', 'logit').value:.6f}; with log 0.05 it says "
        f"{sigmoid.probability:.6f}. It mends the first prediction, not what is found of the rare class"
    )
    yield definition("A1-39", best.loss - entropy_of(RARE), "nat", why=why)

    balanced = sooner(t, 0.5)[0]
    yield judge(
        "A1-44",
        *sooner(t),
        context("steps saved where both classes are equally frequent", balanced, above(0.0), "steps"),
        over={
            "goal": {goal: sooner(t, goal=goal) for goal in GOALS},
            "frequency": {frequency: sooner(t, frequency) for frequency in FREQUENCIES},
            "learning rate": {rate: sooner(t, rate=rate) for rate in RATES},
        },
        why="full-batch gradient descent, paired by seed; goals below the entropy, where one of the starts begins; ten "
        "steps matter. That the start is less unstable, as the article says too, is not asked",
    )


def losses(ax, t):
    for start, label, colour, line in (("zero", "from 0", "black", "--"), ("prior", "from log p", "blue", "-")):
        rows = t.losses[t.losses.start == start].groupby("step").value
        found = [student_interval(values.to_numpy()) for _, values in rows]
        steps, (low, high) = list(rows.groups), ([getattr(f, end) for f in found] for end in ("low", "high"))
        ax.plot(steps, [f.value for f in found], line, color=OKABE_ITO[colour], label=label)
        ax.fill_between(steps, low, high, color=OKABE_ITO[colour], alpha=0.2, linewidth=0)
    ax.axhline(entropy_of(RARE), color="0.5", linestyle=":", linewidth=0.8)
    ax.set(ylim=(0, 0.72), xlabel="steps of gradient descent", ylabel="loss (nat)")
    ax.legend(title="output biases", loc="upper right")
    return "loss on a problem with 5 % positives; bands: 95 % intervals over networks; dotted: entropy of the labels"


def steps_saved(ax, t):
    for k, (frequency, label, colour) in enumerate(((RARE, "5 % positives", "blue"), (0.5, "half", "black"))):
        found = [sooner(t, frequency, goal)[0] for goal in GOALS]
        x = np.arange(len(GOALS)) + 0.1 * (k - 0.5)
        ax.vlines(x, [f.low for f in found], [f.high for f in found], color=OKABE_ITO[colour])
        ax.plot(x, [f.value for f in found], "os"[k], color=OKABE_ITO[colour], label=label)
    ax.axhline(0, color="0.5", linewidth=0.8)
    ax.set_xticks(range(len(GOALS)), [f"{goal:g}" for goal in GOALS])
    ax.set(xlabel="loss to reach / entropy of the labels", ylabel="steps saved")
    ax.legend()
    return "steps that a start at log p saves; where both classes are equally frequent the two starts are the same"


PANELS = (losses, steps_saved)

if __name__ == "__main__":
    main(__file__)

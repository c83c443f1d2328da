"""Is the slope of a ReLU a form of synaptic plasticity?

A ReLU whose weights are frozen answers twice the input with twice the output for ever: that is a gain, and nothing is
learned. Plasticity is a change of weights that outlasts its cause. A frozen and a plastic ReLU stand side by side, with
the same start and the same inputs; both are probed with multiples of one pattern before and after it was presented.
Whether a positive input strengthens a connection is the matter of the rule: in networks that learn digits every change
of a weight with a positive input is counted, under gradient descent and under Hebb's rule.

Source: Hebb, The Organization of Behavior (1949).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.lab import Row, above, check, column, context, definition, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plasticity import Hebb
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3}
STAGES = (0, 1, 5)
"""Epochs after which changes are counted."""
RULES = {"frozen": None, "plastic": Hebb(learning_rate=0.01)}
PRESENTATIONS = 20


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="seeds of patterns, digits and start weights, the unit of replication", low=2)
    images: int = param(200, doc="digits whose changes are counted, one at a time", low=20, high=800)


class Gain(Row):
    unit: str = column("frozen or plastic ReLU")
    when: str = column(f"before or after {PRESENTATIONS} presentations of one pattern")
    amplitude: float = column("input as a multiple of that pattern")
    answer: float = column("activity of the unit")


class Moved(Row):
    unit: str = column("frozen or plastic ReLU")
    presentations: int = column("presentations between the two comparisons")
    largest_change: float = column("largest magnitude of a change of a weight")
    slope_before: float = column("answer to amplitude 2 minus answer to amplitude 1, before")
    slope_after: float = column("the same, after")


class Strengthened(Row):
    rule: str = column("gradient descent, or Hebb: the product of both activities")
    epochs: int = column("epochs of gradient descent before the count")
    balance: float = column("of the weights with a positive input, fraction strengthened minus fraction weakened")


def compute(p, seed, lab):
    yield from strengthened(p, seed)
    start = lab.stream("weights", "control").uniform(0.1, 0.5, (1, 8))
    pattern = lab.stream("stimulus", "control").uniform(0.2, 1.0, 8)
    feeds = [ns.Projection(f"to_{n}", "inputs", n, start, sign=None, tau=0.0, rule=r) for n, r in RULES.items()]
    circuit = ns.Circuit({"inputs": 8}, [ns.Population(name, 1) for name in RULES], feeds)
    relu = ns.Unit(activation=ns.ReLU())
    shown = ns.Stimulus({"inputs": np.tile(pattern, (PRESENTATIONS, 1))})
    learned = lab.learn(circuit, relu, shown, batch=1, shuffle=False).circuit
    amplitudes = np.linspace(0.0, 3.0, 13)
    probe = ns.Stimulus({"inputs": amplitudes[:, np.newaxis] * pattern})
    states = {"before": circuit, "after": learned}
    answers = {when: lab.simulate(state.frozen(), relu, probe).rates for when, state in states.items()}
    one, two = np.flatnonzero((amplitudes == 1.0) | (amplitudes == 2.0))
    for name in RULES:
        for when in states:
            yield Gain.table(unit=name, when=when, amplitude=amplitudes, answer=answers[when][name][:, 0])
        moved = learned.projection(f"to_{name}").dense() - circuit.projection(f"to_{name}").dense()
        slopes = [answers[when][name][two, 0] - answers[when][name][one, 0] for when in states]
        yield Moved(name, PRESENTATIONS, np.abs(moved).max(), *slopes)


def strengthened(p, seed):
    """Counts the signs of the changes of a network's first weights, digit by digit."""
    learned, others = ns.datasets.digits().split(0.5, ns.randomness.stream(seed, "shuffle", "halves"))
    shown, labels = others.flat[: p.images], others.labels[: p.images]
    loss = ns.training.CrossEntropy()

    def count(epochs, network):
        if epochs not in STAGES:
            return
        up, down, together = 0, 0, 0
        for x, label in zip(shown[:, np.newaxis], labels, strict=True):
            run = network.forward({"input": x})
            _, back = loss.value_and_gradient(run.activity["output"], np.array([label]))
            change = -network.backward(run, {"output": back}).weights["to_hidden1"][:, x[0] > 0]
            up, down = up + (change > 0).sum(), down + (change < 0).sum()
            together += np.outer(run.activity["hidden1"][0] > 0, x[0][x[0] > 0]).astype(bool).sum()
        inputs = (shown > 0).sum() * network.circuit.sizes["hidden1"]
        found.extend([("gradient descent", epochs, (up - down) / inputs), ("Hebb", epochs, together / inputs)])

    found = []
    circuit, cells = ns.training.layered((64, 48, 10), seed=seed)
    ns.training.train(
        circuit, cells, learned.flat, learned.labels, optimiser=ns.training.SGD(learning_rate=0.05), seed=seed,
        epochs=max(STAGES), observe=count, progress=False,
    )  # fmt: skip
    for each in found:
        yield Strengthened(*each)


def of(t, unit):
    return t.moved[t.moved.unit == unit]


def steeper(t, unit):
    """How much steeper the answers have become, mean over seeds with its interval."""
    return student_interval((of(t, unit).slope_after / of(t, unit).slope_before).to_numpy())


def answer(t):
    return (
        f"No: after {PRESENTATIONS} presentations the weights of a frozen ReLU have changed by "
        f"{of(t, 'frozen').largest_change.max():g}; and of weights with a positive input gradient descent strengthens "
        f"as many as it weakens (difference {balance(t, 'gradient descent', 1).value:.2f}), a Hebb rule only "
        "strengthens."
    )


def balance(t, rule, epochs):
    rows = t.strengthened[(t.strengthened.rule == rule) & (t.strengthened.epochs == epochs)]
    return student_interval(rows.balance.to_numpy())


def more(t, epochs=1, least=0.1):
    words = "with a positive input, fraction of weights that gradient descent strengthens minus fraction it weakens"
    return [
        needed(words, balance(t, "gradient descent", epochs), above(0.0, matters=least), possible=(-1, 1)),
        context("the same under Hebb's rule", balance(t, "Hebb", epochs), above(0.0)),
    ]


def findings(t):
    why = (
        "false as read, a matter of two words: plasticity is a change of weights that outlasts its cause, and a "
        "forward pass changes none. The slope of the frozen ReLU stays what it was (ratio "
        f"{steeper(t, 'frozen').value:.6g}); with a Hebb rule it becomes {steeper(t, 'plastic').value:.2f} times as "
        "steep"
    )
    yield definition("A0-11", of(t, "frozen").largest_change.max(), why=why)
    why = (
        "the neurons are units of a ReLU network, which by itself changes no weight, so it is a matter of the rule "
        "that it learns by: under gradient descent the sign of the change is that of the error, under Hebb's it "
        "follows from the rule. 55 strengthened for 45 weakened matter (52.5 to 60); counted before, early and late in "
        "learning"
    )
    over = {
        "epochs": {epochs: more(t, epochs) for epochs in STAGES},
        "what matters": {least: more(t, least=least) for least in (0.05, 0.1, 0.2)},
    }
    yield judge("A0-20", *more(t), why=why, over=over)
    words = "The same ReLU with a rule has changed in the same run (smallest over seeds of the largest change)."
    why = "a tenth of one presentation's change at a learning rate of 0.01 and activities near 1: the control can tell"
    yield check("plastic", words, of(t, "plastic").largest_change.min(), above(1e-3), why=why)


def gains(ax, t):
    looks = {
        ("frozen", "before", "before (both)"): {"color": "0.75", "linewidth": 2.6},
        ("frozen", "after", "after, frozen"): {"color": OKABE_ITO["black"], "linewidth": 0.9, "linestyle": "--"},
        ("plastic", "after", "after, Hebb rule"): {"color": OKABE_ITO["vermillion"], "linewidth": 1.2},
    }
    for (unit, when, label), look in looks.items():
        rows = t.gain[(t.gain.unit == unit) & (t.gain.when == when)]
        mean = rows.groupby("amplitude").answer.mean()
        ax.plot(mean.index, mean, label=label, **look)
    ax.set(xlabel="input (multiples of the pattern)", ylabel="answer of the ReLU")
    ax.set(xlim=(0, 3), ylim=(0, None))
    ax.legend(loc="upper left")
    return f"answers to multiples of a pattern before and after {PRESENTATIONS} presentations of it, mean over seeds"


def signs(ax, t):
    for rule, colour, marker in (("Hebb", "vermillion", "o"), ("gradient descent", "black", "s")):
        rows = t.strengthened[t.strengthened.rule == rule]
        places = rows.epochs.map({epochs: k for k, epochs in enumerate(STAGES)})
        ax.plot(places, rows.balance, marker, color=OKABE_ITO[colour], label=rule, markersize=3.4, alpha=0.7)
    ax.axhline(0, color="0.6", linewidth=0.7)
    ax.set_xticks(range(len(STAGES)), [str(epochs) for epochs in STAGES])
    ax.set(xlim=(-0.5, len(STAGES) - 0.5), xlabel="epochs of learning", ylabel="strengthened - weakened", ylim=(-1, 1))
    ax.legend(loc="lower left")
    return "weights with a positive input: fraction strengthened minus fraction weakened, a point per network"


PANELS = (gains, signs)

if __name__ == "__main__":
    main(__file__)

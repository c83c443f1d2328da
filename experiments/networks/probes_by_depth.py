"""Do the layers of a network become linearly separable with depth, on every rung and because of a linear read-out?

What a linear probe can use should grow from layer to layer if a network is trained; with the same weights neurons
should show it too. A network whose read-out is linear needs linearly separable last layers, one with a quadratic
read-out does not: XOR networks with either, and quadratic probes of digit networks, are the controls.

Source: Alain & Bengio, arXiv:1610.01644 (2016).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments._bounds import POINT, POINT_RANGE, RARE
from experiments.networks._deep_digits import DeepDigits, digits_on_rungs
from experiments.networks._xor import XorNetworks, learned_starts
from neurosim.lab import Row, above, below, check, column, context, judge, main, needed
from neurosim.metrics import Interval, linear_probe, proportion_interval, quadratic_probe, rmse, student_interval
from neurosim.params import param
from neurosim.plots import activation_style, axis_label, series_style

TASKS = {"digit": 10, "parity": 2}
SHARE = 0.2
"""Networks without a line, of those that solve XOR, from which on the read-out makes a difference."""
LAST = 3
QUICK = {"seeds": 2, "images": 300, "epochs": 20, "width": 32, "starts": 30}


@dataclass(frozen=True, kw_only=True)
class Parameters(DeepDigits):
    seeds: int = param(10, doc="digit networks of every task, the unit of replication", low=2)
    starts: int = param(100, doc="random starts of the XOR networks with either read-out, per seed", low=20)


class Probes(Row):
    task: str = column("digit: one of ten; parity: even or odd")
    network: str = column("trained, or untrained: its random start")
    rung: str = column("rung of the ladder")
    layer: int = column("0: pixels; 1 to 3: hidden layers")
    probe: str = column("linear, or quadratic: products of two principal components besides")
    train_error: float = column("fraction of wrong answers on the images of the fit")
    test_error: float = column("fraction of wrong answers on others")


class Agreement(Row):
    task: str = column("digit or parity")
    layer: int = column("hidden layer")
    rate: float = column("root mean squared difference of the rate rung from the f-I curve rung", "Hz")
    spiking: float = column("of the spiking rung from the f-I curve rung", "Hz")
    artificial: float = column("of the artificial rung from the scaled activity of the trained network", "Hz")


class Readouts(Row):
    activation: str = column("class name of the two hidden units' activation; XOR networks with biases")
    readout: str = column("linear, or quadratic: all products of two hidden activities besides")
    starts: int = column("random starts")
    solved: float = column("fraction that solves XOR")
    separable_solved: float = column("fraction among the solved whose hidden states a line separates; NaN for none")


def compute(p, seed, lab):
    for task, classes in TASKS.items():
        pixels, layers, y, fit, ideal = digits_on_rungs(lab, p, seed, classes)
        for k in range(LAST):
            at = {rung: layers["trained", rung][k] for rung in ns.RUNGS}
            distances = rmse(at["rate"], at["curve"]), rmse(at["spiking"], at["curve"])
            yield Agreement(task, k + 1, *distances, rmse(at["artificial"], ideal[k]))
        for probe, read in {"linear": linear_probe, "quadratic": quadratic_probe}.items():
            at_input = read(pixels[fit], y[fit], pixels[~fit], y[~fit])
            for (network, rung), activities in layers.items():
                if probe == "quadratic" and (network == "untrained" or rung in ("curve", "rate")):
                    continue
                found = {0: at_input}
                for k in range(1, LAST + 1) if probe == "linear" else (LAST,):
                    found[k] = read(activities[k - 1][fit], y[fit], activities[k - 1][~fit], y[~fit])
                for layer, result in found.items():
                    yield Probes(task, network, rung, layer, probe, result.train_error, result.test_error)
    for activation in ("Tanh", "ReLU"):
        for readout in ("linear", "quadratic"):
            kind = XorNetworks(activation=activation, hidden=2, bias=True, readout=readout, starts=p.starts)
            found = lab.once(learned_starts, kind, seed)
            yield Readouts(activation, readout, p.starts, found["solved"], found["separable_solved"])


def errors(t, task, rung, network="trained", probe="linear"):
    """Test errors (seeds, layers) of one series."""
    rows = t.probes
    rows = rows[(rows.task == task) & (rows.rung == rung) & (rows.network == network) & (rows.probe == probe)]
    return rows.pivot(index="seed", columns="layer", values="test_error")


def answer(t):
    relu, spikes = errors(t, "parity", "artificial").mean(), errors(t, "parity", "spiking").mean()
    return (
        f"In trained networks, from end to end: for even or odd digits the error of a linear probe falls from "
        f"{100 * relu[0]:.1f} % at the pixels to {100 * relu[LAST]:.1f} % in the last layer, and to "
        f"{100 * spikes[LAST]:.1f} % with spikes; of single steps {100 * falls(t)[-1].value:.0f} % lower it."
    )


def falls(t, often=0.9, least=0.0):
    """What A3-08 asks: a fall from pixels to the last layer for either task, and at nearly every step."""
    words, bound = "test error of the last layer's probe minus that of the pixels", below(0.0, matters=-POINT)
    found = {task: errors(t, task, "artificial") for task in TASKS}
    ends = {task: student_interval(each[LAST] - each[0]) for task, each in found.items()}
    whole = [needed(f"{task}: {words}", end, bound, possible=(-1, 1)) for task, end in ends.items()]
    steps = [(each.diff(axis=1).iloc[:, 1:] < -least).mean(axis=1) for each in found.values()]
    share = student_interval((sum(steps) / len(steps)).to_numpy())
    words = "steps from layer to layer at which the error falls, mean over networks"
    return [*whole, needed(words, share, above(often), possible=(0, 1))]


def unseparable(t, name, share=SHARE):
    """Of the XOR networks that a quadratic read-out solves, the fraction whose hidden states no line separates."""
    rows = t.readouts[t.readouts.activation == name]
    found, linear = (of_solved(rows[rows.readout == readout]) for readout in ("quadratic", "linear"))
    none = Interval(1 - found.value, 1 - found.high, 1 - found.low, found.n)
    words = f"{name}, quadratic read-out: solved networks whose hidden states no line separates"
    return [
        needed(words, none, above(share), possible=(0, 1)),
        context(f"{name}, linear read-out: solved networks that a line separates", linear, above(1 - RARE)),
    ]


def because(t, name, share=SHARE, relative=False):
    """What A3-09 asks: a read-out that is not linear does without a line, and a linear one leaves nothing else."""
    found = unseparable(t, name, share)
    for task in TASKS:
        linear, square = errors(t, task, "artificial"), errors(t, task, "artificial", probe="quadratic")
        gain = linear - square
        if relative:
            gain = gain / linear.where(linear > 0, 1.0)
        words = f"{task}: gain of a quadratic probe over a linear one{' (part of its errors)' if relative else ''}"
        less = student_interval(gain[0] - gain[LAST])
        found.append(needed(f"{words}, pixels minus last layer", less, above(0.0, matters=POINT), possible=(-1, 1)))
    return found


def findings(t):
    yield judge(
        "A3-08",
        *falls(t),
        over={
            "nearly always": {often: falls(t, often) for often in (0.8, 0.9, 0.95)},
            "a fall counts from": {least: falls(t, least=least) for least in (0.0, *POINT_RANGE)},
        },
        why="trained ReLU networks, test errors; intervals over networks. A fall is a lower error, or one lower by "
        "half a point to two points; nearly always is in eight to nine and a half of ten steps",
        source="Alain & Bengio 2016",
    )
    names, shares = list(dict.fromkeys(t.readouts.activation)), (RARE, SHARE, 0.5)
    yield judge(
        "A3-09",
        *because(t, names[0]),
        over={
            "activation": {name: because(t, name) for name in names},
            "share without a line": {share: because(t, names[0], share) for share in shares},
            "gain": {
                words: because(t, names[0], relative=k == 1) for k, words in enumerate(("points", "of the errors"))
            },
        },
        measurement="read-outs of XOR",
        why="the read-out is what is changed: if it is the reason, hidden states under a quadratic one need not be "
        "linearly separable (one in five, or one in twenty to a half), and a linear one makes layers that leave less "
        "to a quadratic probe than the pixels do: in points and, as few errors leave little to gain, of the errors",
    )
    yield judge(
        "A3-12",
        *unseparable(t, names[0]),
        over={
            "activation": {name: unseparable(t, name) for name in names},
            "share without a line": {share: unseparable(t, names[0], share) for share in shares},
        },
        measurement="read-outs of XOR",
        why="XOR in both cases and another architecture: were the bias a property of XOR, the hidden states would be "
        "separable under any read-out; one in five networks that are not is clear, one in twenty to a half are asked",
    )
    every = {(task, rung): errors(t, task, rung) for task in TASKS for rung in ns.RUNGS}
    worst = {key: student_interval(found[LAST] - found[0]) for key, found in every.items()}
    task, rung = max(worst, key=lambda key: worst[key].high)
    words = f"On every rung a linear probe errs less at the last layer than at the pixels (worst: {task}, {rung})."
    why = "the change of the error with its interval over networks; the same test images"
    yield check("rungs", words, worst[task, rung], below(0.0), why=why, source="Alain & Bengio 2016")


def of_solved(rows):
    """Fraction of the solved networks whose hidden states a line separates, over all seeds."""
    solved = round((rows.solved * rows.starts).sum())
    separable = round((rows.separable_solved.fillna(0.0) * rows.solved * rows.starts).sum())
    return proportion_interval(separable, solved)


def draw_task(ax, t, task):
    random = errors(t, task, "artificial", network="untrained").mean()
    ax.plot(random.index, 100 * random, "o-", color="0.65", label="random weights")
    for k, rung in enumerate(ns.RUNGS):
        style, found = series_style(rung), errors(t, task, rung)
        x, ends = found.columns + 0.05 * (k - 1.5), [student_interval(found[layer]) for layer in found]
        ax.vlines(x, [100 * max(0, e.low) for e in ends], [min(100, 100 * e.high) for e in ends], color=style.colour)
        ax.plot(x, 100 * found.mean(), **style.line())
    square = errors(t, task, "artificial", probe="quadratic").mean()
    ax.plot(square.index, 100 * square, "x", color="0.3", markeredgewidth=0.9, label="quadratic probe")
    ax.set_xticks(range(LAST + 1), ["pixels", "1", "2", "3"])
    ax.set(xlabel="layer", ylabel=axis_label("probe error", "%"), ylim=(0, None))


def digit(ax, t):
    draw_task(ax, t, "digit")
    ax.set_title("which digit")
    return (
        "test error of a linear probe on the layers of a network trained on handwritten digits, mean and 95 % interval "
        "over networks; grey: random weights; crosses: quadratic probe of the trained ReLU network"
    )


def parity(ax, t):
    draw_task(ax, t, "parity")
    ax.set_title("even or odd")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return "the same for networks trained to tell even from odd digits"


def readouts(ax, t):
    for k, (name, rows) in enumerate(t.readouts.groupby("activation", sort=False)):
        style = activation_style(name)
        found = [of_solved(rows[rows.readout == readout]) for readout in ("linear", "quadratic")]
        x = np.arange(2) + 0.12 * (k - 0.5)
        ax.vlines(x, [f.low for f in found], [f.high for f in found], color=style.colour)
        ax.plot(x, [f.value for f in found], style.marker, color=style.colour, label=name)
    ax.set_xticks(range(2), ["linear", "quadratic"])
    ax.set(xlim=(-0.5, 1.5), ylim=(0, 1.04), xlabel="read-out", ylabel="fraction linearly separable")
    ax.legend(loc="lower left")
    return (
        "XOR networks of two hidden units that solve it: fraction whose hidden states a line separates, 95 % intervals"
    )


PANELS = (digit, parity, readouts)

if __name__ == "__main__":
    main(__file__)

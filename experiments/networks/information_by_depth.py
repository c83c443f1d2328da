"""Does information grow with depth, and if not, why does a linear read-out get better?

No layer can know more about input or label than the one before it (data-processing inequality); whether every layer
knows less is another question. What training can change is the form: the fraction that a linear read-out can use.
Mutual information is exact here, as all 64 inputs of six bits are listed; the label is x1 XOR x2. Random networks of
threshold units get narrower from layer to layer; ReLU networks that get narrower, and others that are wider than the
input, are trained on the label.

Source: Cover & Thomas, Elements of Information Theory (2006), sec. 2.8.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.lab import Row, above, check, column, definition, judge, main, needed
from neurosim.metrics import linear_probe, student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO, axis_label

BITS = (np.arange(64)[:, None] >> np.arange(6)) & 1
LABELS = BITS[:, 0] ^ BITS[:, 1]
SPEAKS = 0.1
"""Bits worth speaking of."""
WIDTHS = {"trained": (12, 6, 3), "wide": (24, 24, 24), "narrowing": (5, 4, 3)}
KINDS = {
    "narrowing": "trained layers of 5, 4, 3", "trained": "trained layers of 12, 6, 3", "wide": "trained layers of 24",
    "random": "random layers of 6, 5, 4, 3",
}  # fmt: skip
QUICK = {"seeds": 3, "toys": 4}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(12, doc="trained networks, the unit of replication", low=2)
    toys: int = param(10, doc="random networks per seed", low=2)


class Information(Row):
    network: str = column(
        "random: threshold units that get fewer; trained on x1 XOR x2: layers of 12, 6, 3 ReLUs; wide: of 24; "
        "narrowing: of 5, 4, 3, fewer than the six inputs from the first on"
    )
    number: int = column("number of the network")
    layer: int = column("0 is the input")
    states: int = column("different states over the 64 inputs")
    about_input: float = column("I(input; layer), exact", "bit")
    about_label: float = column("I(label; layer), exact", "bit")
    probe_error: float = column("fraction of the 64 inputs that a linear read-out gets wrong; NaN for random networks")


def compute(p, seed, lab):
    inputs = BITS.astype(float)
    for number in range(p.toys):
        rng = lab.stream("weights", "information", number)
        layers = [inputs]
        for width in (6, 5, 4, 3):
            weights = rng.standard_normal((width, layers[-1].shape[1]))
            layers.append((layers[-1] @ weights.T > 0).astype(float))
        yield from follow("random", number, layers)
    for name, widths in WIDTHS.items():
        circuit, cells = ns.training.layered((6, *widths, 2), seed=seed)
        optimiser = ns.training.SGD(learning_rate=0.05)
        run = lab.train(circuit, cells, inputs, LABELS, optimiser=optimiser, epochs=150, batch=16)
        network = ns.training.Network(run.circuit, run.cells)
        activity = network.forward({"input": inputs}).activity
        yield from follow(name, 0, [inputs, *(activity[name] for name in network.hidden)])


def follow(network, number, layers):
    for layer, activity in enumerate(layers):
        # States are equal if all their activities agree to nine digits: rounding of a sum makes no new state.
        _, state = np.unique(np.round(activity, 9), axis=0, return_inverse=True)
        state = state.ravel()
        error = math.nan
        if network in WIDTHS:
            error = linear_probe(activity, LABELS, activity, LABELS).train_error
        about_input, about_label = mutual_information(np.arange(64), state), mutual_information(LABELS, state)
        yield Information(network, number, layer, int(state.max()) + 1, about_input, about_label, error)


def mutual_information(a, b):
    """I(a; b) in bits of two labellings of equally likely cases."""
    joint = np.zeros((int(max(a)) + 1, int(max(b)) + 1))
    np.add.at(joint, (a, b), 1.0 / len(a))
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    there = joint > 0
    return float((joint[there] * np.log2(joint[there] / product[there])).sum())


def by_layer(t, name, network="trained"):
    """Networks of one kind: seeds and numbers downwards, layers to the right."""
    rows = t.information[t.information.network == network]
    return rows.pivot(index=["seed", "number"], columns="layer", values=name)


def largest_rise(t):
    rows = t.information.sort_values(["network", "seed", "number", "layer"]).reset_index(drop=True)
    groups = rows.groupby(["network", "seed", "number"])
    return max(groups[column].diff().max() for column in ("about_input", "about_label"))


def answer(t):
    error, known, wide = by_layer(t, "probe_error"), by_layer(t, "about_input"), by_layer(t, "about_input", "wide")
    first, last = error.columns[0], error.columns[-1]
    return (
        f"No: narrow trained layers keep {known[last].mean():.2f} of {known[first].mean():.0f} bits about the input, "
        f"wide ones {wide[last].mean():.2f}, while errors of a linear read-out fall from "
        f"{100 * error[first].mean():.0f} % to {100 * error[last].mean():.0f} %."
    )


def less_and_less(t, network="narrowing", speaks=SPEAKS):
    """What the claim needs of one kind of network, over seeds."""
    lost = -by_layer(t, "about_input", network).diff(axis=1).iloc[:, 1:].groupby("seed").mean()
    rule, span = above(0.0, matters=speaks), (-6, 6)
    total, least = (student_interval(each(axis=1, skipna=False)) for each in (lost.sum, lost.min))
    words = f"{KINDS[network]}: less is known about the input in the last layer than at the start"
    return [
        needed(words, total, rule, "bit", possible=span),
        needed(f"{KINDS[network]}: the layer that loses least loses something too", least, rule, "bit", possible=span),
    ]


def findings(t):
    known = by_layer(t, "about_input", "wide")
    source = "Cover & Thomas 2006, sec. 2.8"
    why = "the data-processing inequality: a layer is a function of the one before it; sums over 64 inputs are exact"
    yield definition("A3-07", largest_rise(t), "bit", why=why, source=source)
    yield judge(
        "A3-07b",
        *less_and_less(t),
        over={
            "network": {network: less_and_less(t, network) for network in KINDS},
            "bits that matter": {speaks: less_and_less(t, speaks=speaks) for speaks in (0.05, SPEAKS, 0.5)},
        },
        why="exact sums over 64 inputs. That information cannot grow is a theorem; less and less means that every "
        "layer loses some: a tenth of a bit if three pairs of inputs become the same. Asked of trained networks that "
        "get narrower from the input on; layers wider than the input keep 64 points apart however they are weighted "
        f"(24 ReLUs keep {known.iloc[:, -1].mean():.2f} of 6 bits), so these refute it by their width, and the verdict "
        "says so where it flips (an earlier rule began with 12 units, twice the input)",
        source=source,
    )
    error = by_layer(t, "probe_error")
    words = "A linear read-out misclassifies fewer inputs at the last hidden layer than at the input, by this fraction."
    why = "at the input half the labels are wrong, and they stay so if training fails; at least half of that is gone"
    yield check("linear", words, student_interval(error.iloc[:, 0] - error.iloc[:, -1]), above(0.25), why=why)


def bits(ax, t):
    for name, network, words, marker, colour in (
        ("about_input", "wide", "about the input, wide", "D:", "bluish green"),
        ("about_input", "trained", "about the input, narrow", "o-", "black"),
        ("about_label", "trained", "about the label, narrow", "s--", "blue"),
    ):
        values = by_layer(t, name, network)
        ax.plot(values.columns, values.mean(), marker, color=OKABE_ITO[colour], label=words)
        ax.plot(values.columns, values.T, color=OKABE_ITO[colour], linewidth=0.5, alpha=0.4)
    ax.set_xticks(values.columns, ["input", *(str(k) for k in values.columns[1:])])
    ax.set(xlabel="layer", ylabel=axis_label("information", "bit"), ylim=(-0.2, 7.0))
    ax.legend(loc="center left", bbox_to_anchor=(0.0, 0.6))
    return "exact information in the layers of networks trained on x1 XOR x2; mean (bold) and every network"


def read_out(ax, t):
    values = 100 * by_layer(t, "probe_error")
    ax.plot(values.columns, values.T, color=OKABE_ITO["vermillion"], linewidth=0.5, alpha=0.4)
    ax.plot(values.columns, values.mean(), "^:", color=OKABE_ITO["vermillion"], label="linear read-out")
    ax.set_xticks(values.columns, ["input", *(str(k) for k in values.columns[1:])])
    ax.set(xlabel="layer", ylabel=axis_label("inputs misclassified", "%"), ylim=(-2, 60))
    return "errors of a linear read-out of the same layers, fitted and tried on all 64 inputs"


PANELS = (bits, read_out)

if __name__ == "__main__":
    main(__file__)

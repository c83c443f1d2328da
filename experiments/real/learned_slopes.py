"""Are the slopes that MTCNN learned below threshold leaks, and are they the most suitable ones?

A PReLU learns one slope per channel. Trained, the slopes of MTCNN's three networks run from below -1 to above 1: a
negative one makes the curve a V, which answers to both signs of its drive. Other slopes in their place, without
learning anything again, say what the network lost of what it had learned: windows with the one face at hand (a
photograph that comes with Matplotlib, moved, scaled and lit at random) against pieces of two photographs without one.

Sources: He, Zhang, Ren & Sun, ICCV (2015); Zhang et al., IEEE Signal Process Lett 23 (2016) 1499.
"""

from dataclasses import dataclass

import numpy as np

from experiments.real._faces import NETS, SIDE, face_net, windows
from neurosim.lab import Row, column, definition, main, not_testable, report
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, "windows": 10}
NEEDS = ("mtcnn",)
OTHERS = ("none (ReLU)", "0.25, the usual start", "the mean of the layer", "without their sign")
COLOURS = dict(zip(OTHERS, ("vermillion", "orange", "blue", "reddish purple"), strict=True))
FLOOR = 1e-6
"""Probabilities below it count as it."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="sets of windows, the unit of replication", low=2)
    windows: int = param(40, doc="windows with a face, and as many without", low=4)


class Slopes(Row):
    net: str = column("pnet, rnet or onet")
    layer: int = column("layer with learned slopes, from the input")
    slope: float = column("learned slope below threshold of a channel")


class Replaced(Row):
    net: str = column("pnet, rnet or onet")
    slopes: str = column("what stands in place of the learned slopes, or learned")
    loss: float = column("cross-entropy of face or none", "nat")
    accuracy: float = column("fraction of windows that are told right, faces and others alike")


def compute(p, seed, lab):
    faces, others = windows(seed, p.windows)
    for net in NETS:
        found = face_net(net)
        if seed == 0:
            for number, layer in enumerate(found.layers, 1):
                yield Slopes.table(net=net, layer=number, slope=found.slopes(layer).astype(float))
        for words in ("learned", *OTHERS):
            hook = None if words == "learned" else instead(found, words)
            inside, outside = (said(found, sample[net], hook) for sample in (faces, others))
            loss = -(np.log(inside).mean() + np.log(1 - outside).mean()) / 2
            yield Replaced(net, words, float(loss), float(((inside > 0.5).mean() + (outside <= 0.5).mean()) / 2))


def said(net, sample, hook):
    """Probability of a face, of each window."""
    faces = net.run(sample, hook)[0]
    return np.clip(faces.reshape(len(sample), -1).mean(axis=1), FLOOR, 1 - FLOOR)


def instead(net, words):
    """A hook that gives every layer other slopes below threshold."""

    def hook(layer, drive, activity):
        learned = net.slopes(layer)
        slopes = {
            OTHERS[0]: 0 * learned, OTHERS[1]: 0 * learned + 0.25, OTHERS[2]: 0 * learned + learned.mean(),
            OTHERS[3]: np.abs(learned),
        }[words]  # fmt: skip
        return np.where(drive > 0, drive, slopes * drive)

    return hook


def rise(t, net, words, column="loss"):
    """What other slopes add to a column, by seed."""
    mine = t.replaced[t.replaced.net == net].set_index("seed")
    return (mine[mine.slopes == words][column] - mine[mine.slopes == "learned"][column]).to_numpy()


def negative(t):
    return t.slopes.groupby(["net", "layer"]).slope.apply(lambda slopes: (slopes < 0).mean())


def answer(t):
    shares, lost = 100 * negative(t), [-100 * rise(t, net, OTHERS[0], "accuracy").mean() for net in NETS]
    return (
        f"In MTCNN {shares.min():.0f} to {shares.max():.0f} % of a layer's slopes are negative, down to "
        f"{t.slopes.slope.min():.2f}; with ReLU in their place the networks lose {abs(min(lost)):.0f} to "
        f"{max(lost):.0f} points of accuracy without retraining."
    )


def findings(t):
    why = (
        "in networks that others trained slopes can be taken out, but nothing learns again without them: what is lost "
        "then is what the slopes hold, and says neither how flexible a network with fixed slopes is nor how well it "
        "would have learned (an earlier rule took the loss for that); in models that learn anew the gain is small"
    )
    yield not_testable("A2-13", why=why)
    words = f"Rise of the loss of MTCNN's last network with {{}} for its learned slopes ({SIDE['onet']} pixels)."
    for name, other in (("without_slopes", OTHERS[0]), ("one_slope_per_layer", OTHERS[2])):
        yield report(name, words.format(other), student_interval(rise(t, "onet", other)), "nat")
    shares = negative(t)
    why = f"one slope per channel, trained with the weights; {100 * shares.mean():.0f} % of a layer's are negative here"
    yield definition("A4-16", float(shares.mean()), why=why)


def distribution(ax, t):
    for number, net in enumerate(NETS):
        mine = t.slopes[t.slopes.net == net]
        rng = np.random.default_rng(0)
        x = mine.layer + 0.25 * (number - 1) + rng.uniform(-0.08, 0.08, len(mine))
        ax.plot(x, mine.slope, ".", markersize=2, color=OKABE_ITO[("blue", "orange", "vermillion")[number]], label=net)
    ax.axhline(0.0, color="0.6", linewidth=0.7, zorder=0.5)
    ax.set(xlabel="layer", ylabel="slope below threshold", xticks=range(1, 6))
    ax.legend(loc="upper left", ncols=3)
    return "learned slopes of all channels of the three networks, by layer; below the line the curve is a V"


def costs(ax, t):
    means = t.replaced.groupby(["net", "slopes"]).accuracy.mean()
    for name, colour in {"learned": "black", **COLOURS}.items():
        ax.plot(range(3), [means[net, name] for net in NETS], "o", color=OKABE_ITO[colour], markersize=4, label=name)
    ax.axhline(0.5, color="0.6", linewidth=0.7, zorder=0.5)
    ax.set(xlim=(-0.5, 2.5), ylim=(0.4, 1.25), xlabel="network", ylabel="faces told from others")
    ax.set_xticks(range(3), NETS)
    ax.legend(loc="upper center", ncols=2)
    return "fraction told right with the learned slopes and with others in their place; grey: chance"


PANELS = (distribution, costs)

if __name__ == "__main__":
    main(__file__)

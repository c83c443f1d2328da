"""Does a bias that a small network computes from the frame keep a classifier right when the light changes?

The weights of a network that learned digits stay. Added light is undone exactly by the bias b - c W 1, which a network
can compute from the frame; multiplied light changes slopes, which a bias undoes in part. A network of a few ReLUs sees
the frame and gives every hidden unit a bias; it learns in light of all kinds. A bias that learns in the same light but
does not see the frame is the control.

Source: linear algebra of a shifted input.
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments._bounds import POINT
from experiments.networks._digits import Digits, halves, learned, outputs
from neurosim import training
from neurosim.decisions import accuracy
from neurosim.lab import Row, above, column, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

LIGHTS = {"added": (0.5, 1.0, 2.0), "multiplied": (0.2, 3.0, 6.0)}
WON = (0.25, 0.5, 0.75)
"""Parts of the accuracy that the light costs which count as compensated."""
COSTS = 0.02
"""A light that costs less accuracy leaves nothing to compensate."""
QUICK = {"seeds": 3, "images": 300, "epochs": 15}


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    small: int = param(8, doc="ReLUs of the small network", low=1)
    passes: int = param(60, doc="epochs of the small network", low=1)


class Light(Row):
    light: str = column("added to every pixel, or multiplied with it")
    strength: float = column("what is added (brightest pixel 1), or the factor")
    bias: str = column("fixed, constant: learned in all lights, or frame: computed from the frame")
    original: float = column("accuracy in the light of learning, with the bias of learning")
    accuracy: float = column("accuracy in this light")


def compute(p, seed, lab):
    circuit, cells = lab.once(learned, p, seed)
    network = training.Network(circuit, cells)
    x, y, test, labels = halves(p, seed)
    original = accuracy(outputs(network, test), labels)
    networks = {"fixed": network}
    for bias, units in (("constant", 0), ("frame", p.small)):
        networks[bias] = taught(p, seed, network, units, x, y, lab.stream("stimulus", "light"))
    for light, strengths in LIGHTS.items():
        for strength in strengths:
            shown = test + strength if light == "added" else strength * test
            for bias, each in networks.items():
                yield Light(light, strength, bias, original, accuracy(outputs(each, shown), labels))


def taught(p, seed, network, units, x, y, rng):
    """The network with biases that learn in light of all kinds; all weights but the small network's stay."""
    circuit, cells = network.to_circuit(), network.to_cells()
    learns = {"hidden1"}
    if units:
        first = ns.wiring.he_normal(units, x.shape[1], ns.randomness.stream(seed, "weights", "small"))
        onto = np.zeros((circuit.sizes["hidden1"], units))
        circuit = ns.Circuit(
            {"input": x.shape[1]},
            [ns.Population("small", units), *circuit.populations],
            [
                ns.Projection("to_small", "input", "small", first, sign=None, tau=0.0),
                *circuit.projections,
                ns.Projection("small_to_hidden1", "small", "hidden1", onto, sign=None, tau=0.0),
            ],
        )
        cells, learns = {**cells, "small": ns.Unit()}, {"hidden1", "small", "to_small", "small_to_hidden1"}
    found, loss, rate = training.Network(circuit, cells), training.CrossEntropy(), 0.02
    for _ in range(p.passes):
        order = rng.permutation(len(x))
        for batch in np.array_split(order, max(1, len(x) // 20)):
            # As often added as multiplied, from nothing to beyond the strongest light of the test.
            added = rng.uniform(0, 2.5, (len(batch), 1)) * (rng.random((len(batch), 1)) < 0.5)
            factor = np.where(added > 0, 1.0, np.exp(rng.uniform(-2.0, 2.0, (len(batch), 1))))
            run = found.forward({"input": factor * x[batch] + added})
            _, back = loss.value_and_gradient(run.activity["output"], y[batch])
            slope = found.backward(run, {"output": back})
            # Steps of bounded length: bright frames have large gradients.
            size = np.sqrt(
                sum(
                    float((g**2).sum())
                    for all_of in (slope.weights, slope.biases)
                    for name, g in all_of.items()
                    if name in learns
                )
            )
            for values, changes in ((found.weights, slope.weights), (found.biases, slope.biases)):
                for name in learns & set(values):
                    values[name] -= rate * changes[name] / max(size, 1.0) * 5.0
    return found


def compensates(t, light, part=0.5):
    """What A1-43 asks of one kind of light, in every strength that costs accuracy."""
    conditions = []
    for strength in LIGHTS[light]:
        rows = t.light[(t.light.light == light) & (t.light.strength == strength)]
        table = rows.pivot(index="seed", columns="bias", values="accuracy")
        cost = rows.groupby("seed").original.mean() - table.fixed
        beyond = student_interval((table.frame - table.fixed - part * cost).to_numpy())
        words = f"light {light} ({strength:g}): accuracy won back by a bias from the frame beyond {part:g} of the cost"
        seen = student_interval((table.frame - table.constant).to_numpy())
        what = f"light {light} ({strength:g}): accuracy that seeing the frame adds to a bias learned in the same lights"
        if cost.mean() > COSTS:
            conditions.append(needed(words, beyond, above(0.0, matters=POINT), possible=(-2, 2)))
            conditions.append(needed(what, seen, above(0.0, matters=POINT), possible=(-1, 1)))
    nothing = needed(f"light {light}: accuracy won back; no light cost any", np.nan, above(0.0), possible=(-2, 2))
    return conditions or [nothing]


def answer(t):
    mean = t.light.groupby(["light", "bias"]).accuracy.mean()
    return (
        f"Of accuracy {t.light.original.mean():.2f}, fixed biases keep {mean['added', 'fixed']:.2f} in added and "
        f"{mean['multiplied', 'fixed']:.2f} in multiplied light, biases computed from the frame "
        f"{mean['added', 'frame']:.2f} and {mean['multiplied', 'frame']:.2f}."
    )


def findings(t):
    yield judge(
        "A1-43",
        *compensates(t, "added"),
        over={
            "light": {light: compensates(t, light) for light in LIGHTS},
            "part": {part: compensates(t, "added", part) for part in WON},
        },
        why="at once, from the frame alone, with all weights of the classifier kept; half of what the light costs "
        "counts as adapted (a quarter to three quarters as well), in every strength that costs over two points",
    )


def draw(ax, t, light):
    rows = t.light[t.light.light == light]
    places = {strength: k for k, strength in enumerate(LIGHTS[light])}
    for k, (bias, colour) in enumerate((("fixed", "black"), ("constant", "orange"), ("frame", "blue"))):
        those = rows[rows.bias == bias]
        x = those.strength.map(places) + 0.14 * (k - 1)
        ax.plot(x, those.accuracy, "sdo"[k], color=OKABE_ITO[colour], label=bias, markersize=3, alpha=0.6)
    ax.axhline(rows.original.mean(), color="0.6", linestyle=":", linewidth=0.8)
    ax.set_xticks(range(len(places)), [f"{strength:g}" for strength in places])
    ax.set(ylim=(0, 1.02), xlim=(-0.5, len(places) - 0.5), ylabel="test accuracy")


def added(ax, t):
    draw(ax, t, "added")
    ax.set_xlabel("light added (brightest pixel 1)")
    ax.legend(title="biases", loc="lower left")
    return "accuracy on digits in added light, a point per network; dotted: in the light of learning"


def multiplied(ax, t):
    draw(ax, t, "multiplied")
    ax.set_xlabel("light multiplied by")
    return "the same in multiplied light"


PANELS = (added, multiplied)

if __name__ == "__main__":
    main(__file__)

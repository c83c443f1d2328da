"""Is a ReLU network half silent, before and after learning, for every input and for every unit?

Weights that are symmetric about 0, without biases, make every unit active with probability exactly 1/2 for any input,
in every layer, so the population is half silent before learning. A unit is not: with depth the inputs become alike
(their cosine c follows c' = (sqrt(1 - c^2) + c (pi - arccos c))/pi), and more and more units are on for all inputs or
for none. After learning there is no fixed number: it depends on the task and the layer.

Sources: Glorot, Bordes & Bengio, AISTATS (2011), sec. 3; Cho & Saul, NIPS (2009), eq. 6 (the map of cosines).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments._bounds import HALF_RANGE
from experiments.sparsity._cosines import next_cosine
from experiments.sparsity._trained import COLOURS, EVERY_TASK, QUICK_LEARNING, WORDS, Learning, learned
from neurosim.lab import Row, above, between, check, column, context, judge, main, needed
from neurosim.metrics import Interval, student_interval
from neurosim.params import ParameterError, param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, **QUICK_LEARNING}
DEPTH = 20


@dataclass(frozen=True, kw_only=True)
class Parameters(Learning):
    seeds: int = param(10, doc="number of seeds, the unit of replication", low=2)
    deep_width: int = param(512, doc="units per layer of the deep network", low=64)
    deep_inputs: int = param(500, doc="orthogonal inputs of the deep network", low=10)

    def check(self):
        if self.deep_inputs > self.deep_width:
            raise ParameterError(
                f"Parameters.deep_inputs: got {self.deep_inputs}, expected at most deep_width = {self.deep_width}: "
                "the inputs are orthogonal"
            )


class After(Row):
    task: str = column("easy, prototypes (the hard ones), digits or random (labels without meaning)")
    active_1: float = column("fraction of test activities above 0 after learning, first hidden layer")
    active_2: float = column("the same, second hidden layer")
    test_accuracy: float = column("fraction of test examples classified correctly")


class Course(Row):
    task: str = column("what is learned")
    epoch: int = column("epochs so far")
    progress: float = column("the same as a fraction of all epochs")
    active_1: float = column("fraction of test activities above 0, first hidden layer")
    active_2: float = column("the same, second hidden layer")
    test_accuracy: float = column("fraction of test examples classified correctly")


class Depth(Row):
    layer: int = column("layer of the deep network, before learning")
    active: float = column("fraction of activities above 0")
    always_off: float = column("fraction of the units that no input makes active")
    always_on: float = column("fraction of the units that every input makes active")
    on_sd: float = column("standard deviation over units of the fraction of inputs that make a unit active")
    cosine: float = column("mean cosine between the activities for two inputs")
    expected_cosine: float = column("the same by the map of cosines, from 0")


def compute(p, seed, lab):
    yield from deep(p, seed)
    for task in EVERY_TASK:
        found = lab.once(learned, p.learner(task), seed)
        said = found["said"]
        yield After(task, said["active_1"], said["active_2"], said["test_accuracy"])
        for row in found["course"]:
            yield Course(task=task, **row)


def deep(p, seed):
    """A deep network before learning, on orthogonal inputs."""
    rng = ns.randomness.stream(seed, "stimulus", "depth")
    before = np.linalg.qr(rng.standard_normal((p.deep_width, p.deep_inputs)))[0].T
    relu, expected = ns.ReLU(), 0.0
    for layer in range(1, DEPTH + 1):
        rng = ns.randomness.stream(seed, "weights", "depth", layer)
        before = relu(before @ ns.wiring.he_normal(p.deep_width, p.deep_width, rng).T)
        expected = next_cosine(expected)
        on = (before > 0).mean(axis=0)
        unit = before / np.linalg.norm(before, axis=1, keepdims=True)
        n, total = len(unit), unit.sum(axis=0)
        cosine = (total @ total - n) / (n * (n - 1))
        yield Depth(layer, on.mean(), (on == 0).mean(), (on == 1).mean(), on.std(), cosine, expected)


def both_layers(rows, layer=None):
    """Active fraction of a layer, or the mean of both, by row."""
    return (rows.active_1 + rows.active_2) / 2 if layer is None else rows[f"active_{layer}"]


def before_learning(t, layer=None):
    """Active fraction before learning, mean of tasks, over seeds."""
    start = t.course[t.course.epoch == 0]
    return student_interval(both_layers(start, layer).groupby(start.seed).mean().to_numpy())


def at_end(t, task, layer=None):
    """Active fraction after learning a task, over seeds."""
    return student_interval(both_layers(t.after[t.after.task == task], layer).to_numpy())


def halves(t, margin=0.05, task="digits", layer=None):
    """Half of the units of a network that learned are active; before learning symmetry has it so."""
    half = between(0.5 - margin, 0.5 + margin)
    return [
        needed("active fraction after learning", at_end(t, task, layer), half, possible=(0.0, 1.0)),
        context("active fraction before learning", before_learning(t, layer), half),
    ]


def most(t, least=0.5, task="digits", layer=None):
    """More than half of the outputs of a network that learned are zero."""
    found = at_end(t, task, layer)
    zero = Interval(1.0 - found.value, 1.0 - found.high, 1.0 - found.low, found.n)
    return [needed("fraction of outputs that are zero after learning", zero, above(least), possible=(0.0, 1.0))]


def answer(t):
    last = t.depth[t.depth.layer == DEPTH]
    always = 100 * (last.always_on + last.always_off).mean()
    after = t.after.groupby("task")[["active_1", "active_2"]].mean().to_numpy()
    return (
        f"Before learning {100 * before_learning(t).value:.1f} % of ReLUs are active, but in layer {DEPTH} "
        f"{always:.0f} % of units are always or never active; after learning "
        f"{100 * after.min():.0f} to {100 * after.max():.0f} % are active, by task and layer."
    )


def findings(t):
    distance = (t.depth.cosine - t.depth.expected_cosine).groupby([t.depth.seed, t.depth.layer]).mean().unstack()
    worst = max((student_interval(distance[k].to_numpy()) for k in distance), key=lambda found: abs(found.value))
    words = "Orthogonal inputs become alike from layer to layer as the map of cosines says (layer farthest from it)."
    why = "all cosines of a network of finite width move together: standard deviation 0.012 in layer 20 at width 512"
    yield check("cosines", words, worst, between(-0.04, 0.04), why=why, source="Cho & Saul (2009), eq. 6")
    over = {
        "half (+-)": {margin: halves(t, margin) for margin in HALF_RANGE},
        "task and layer": {
            f"{task}, {layer}": halves(t, task=task, layer=layer) for task in EVERY_TASK for layer in (1, 2)
        },
    }
    why = (
        "symmetric weights silence half before learning, which no run could refute, so what networks that learned do "
        "decides; the rule was changed after numbers had been seen, last by a fifth review: with tasks and layers "
        "swept one at a time it said supported, since the mean of both layers hid second layers of 0.40 to 0.42"
    )
    yield judge("A1-19", *halves(t), over=over, why=why, measurement="half silent")
    yield judge("A1-27", *halves(t), over=over, why=why, measurement="half silent")
    over = {
        "most": {least: most(t, least) for least in (0.5, 0.6)},
        "task": {task: most(t, task=task) for task in EVERY_TASK},
        "layer": {layer: most(t, layer=layer) for layer in (1, 2)},
    }
    yield judge("A0-18", *most(t), over=over, why="networks that learned; most is more than one half")


def over_learning(ax, t):
    for task, rows in t.course.groupby("task", sort=False):
        means, colour = rows.groupby("progress")[["active_1", "active_2"]].mean(), OKABE_ITO[COLOURS[task]]
        ax.plot(means.index, means.active_2, color=colour, label=WORDS[task])
        ax.plot(means.index, means.active_1, color=colour, linestyle=(0, (1.2, 1.2)), linewidth=0.9)
    ax.axhline(0.5, color="0.6", linewidth=0.7, zorder=0.5)
    ax.set(ylim=(0, 0.8), xlabel="fraction of the learning", ylabel="active fraction")
    ax.legend(loc="upper right", ncols=2)
    return "active fraction for test examples while learning, layer 2 (solid) and layer 1 (dotted), means over seeds"


def over_depth(ax, t):
    depth = t.depth.groupby("layer").mean(numeric_only=True)
    ax.plot(depth.index, depth.expected_cosine, color="0.6", linewidth=2.6, label="cosine, theory")
    for values, colour, marker, words in (
        (depth.cosine, "black", "o", "cosine of two inputs"),
        (depth.active, "blue", "s", "active fraction"),
        (depth.always_off + depth.always_on, "vermillion", "^", "units always on or off"),
    ):
        ax.plot(depth.index, values, color=OKABE_ITO[colour], marker=marker, markersize=2.4, linewidth=0.9, label=words)
    ax.set(ylim=(0, 1.4), yticks=[0.0, 0.5, 1.0], xticks=[1, 5, 10, 15, 20])
    ax.set(xlabel="layer (before learning)", ylabel="fraction, or cosine")
    ax.legend(loc="upper left", ncols=2)
    return "a deep network before learning, orthogonal inputs: half is active in every layer, but ever less by input"


PANELS = (over_learning, over_depth)

if __name__ == "__main__":
    main(__file__)

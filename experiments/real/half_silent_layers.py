"""Are most units of trained networks silent, are half of them, and do silent ones spread the code?

Before learning symmetric weights silence half. What learning makes of it is asked of the convolutions of VGG16 (an edge
detector) on pieces of two photographs, and of CREPE (a pitch tracker, tiny and full) on tones in noise. A unit is one
channel at one place. The code's dimension is (tr C)^2 / tr C^2 of the covariance C over places: ReLU may raise it, as
it bends the space of the drives, or lower it, since what is silent does not vary.

Sources: Glorot, Bordes & Bengio, AISTATS (2011); Simonyan & Zisserman, ICLR (2015); Kim et al., ICASSP (2018).
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import HALF_RANGE
from experiments.real._codes import alike, at_same, dimension, with_interval
from experiments.real._drawn import scatter
from experiments.real._pictures import layers_of
from experiments.real._sounds import NETWORKS, sounds, tracker
from neurosim.lab import Row, above, between, column, context, judge, main, needed, side
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO
from neurosim.real.layers import Layers

QUICK = {"seeds": 3, "size": 64, "frames": 2}
NEEDS = ("hed", "crepe")
VGG = "VGG16 (edges)"
COLOURS = {VGG: "blue", NETWORKS["tiny"]: "orange", NETWORKS["full"]: "vermillion"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(20, doc="pieces of photographs and sounds, the unit of replication", low=2)
    size: int = param(128, doc="height and width of a piece of a photograph in pixels", low=32, high=400)
    frames: int = param(8, doc="frames of a sound", low=2)


class Active(Row):
    network: str = column("VGG16 (edges), CREPE tiny or CREPE full (pitch)")
    layer: int = column("layer, from the input")
    units: int = column("units: channels times places")
    active: float = column("fraction of the units whose activity is above 0")
    always_off: float = column("fraction of the channels that are silent at every place")
    drives: float = column("dimension of the drives over places, (tr C)^2 / tr C^2")
    activities: float = column("the same of the activities")


def compute(p, seed, lab):
    yield from rows(VGG, layers_of(seed, p.size))
    for size, words in NETWORKS.items():
        layers = Layers()
        tracker(size).run(sounds(seed, p.frames)[0], layers)
        yield from rows(words, layers)


def rows(network, layers):
    for number, (name, activity) in enumerate(layers.activities.items(), 1):
        flat, on = activity.reshape(-1, activity.shape[-1]), activity > 0
        silent = ~on.reshape(-1, activity.shape[-1]).any(axis=0)
        drives = dimension(layers.drives[name].reshape(flat.shape))
        yield Active(network, number, on.size, float(on.mean()), float(silent.mean()), drives, dimension(flat))


def silent_by_seed(t, network):
    """Fraction of all units of a network that are silent, by seed."""
    mine = t.active[t.active.network == network]
    on = (mine.active * mine.units).groupby(mine.seed).sum() / mine.units.groupby(mine.seed).sum()
    return 1.0 - on.to_numpy()


def silent_by_layer(t, network):
    mine = t.active[t.active.network == network]
    return 1.0 - mine.groupby("layer").active.mean().to_numpy()


def half(margin):
    return between(0.5 - margin, 0.5 + margin)


def zeros(t, rule, network=VGG, by=silent_by_seed):
    unit = "over inputs" if by is silent_by_seed else "over layers"
    found = student_interval(by(t, network))
    layers = student_interval(silent_by_layer(t, network))
    return [
        needed(f"fraction of the units of {network} that are silent, {unit}", found, rule, possible=(0.0, 1.0)),
        context("the same as a mean of the layers", layers, rule),
    ]


def over(t, rule, margins):
    """The conditions for other networks, units of replication and margins; the first margin is that of the rule."""
    return {
        "network": {name: zeros(t, rule(margins[0]), name) for name in COLOURS},
        "unit": {"inputs": zeros(t, rule(margins[0])), "layers": zeros(t, rule(margins[0]), by=silent_by_layer)},
        "margin": {each: zeros(t, rule(each)) for each in margins},
    }


def spread(t, network=VGG):
    mine = t.active[t.active.network == network].assign(rise=lambda rows: np.log2(rows.activities / rows.drives))
    layers = mine.groupby("layer")[["rise", "active"]].mean().reset_index()
    silent, octave, unit = 1.0 - layers.active, layers.rise, {"possible": (-1.0, 1.0)}
    words = f"octaves by which ReLU raises the dimension of a layer of {network}, over its {len(layers)} layers"
    more = "rank correlation of silence with that rise, over layers"
    return [
        needed(words, student_interval(octave), above(0.0, matters=0.1), "octave", possible=(-10.0, 10.0)),
        side(more, with_interval(alike(silent, octave), len(layers)), above(0.0), **unit),
        context(f"{more}, at the same depth", with_interval(*at_same(silent, octave, layers.layer)), above(0.0)),
    ]


def answer(t):
    found = {name: 100 * student_interval(silent_by_seed(t, name)).value for name in COLOURS}
    layers = 100 * silent_by_layer(t, VGG)
    return (
        f"In VGG16 {found[VGG]:.0f} % of the units are silent ({layers.min():.0f} to {layers.max():.0f} % by layer), "
        f"in CREPE tiny {found[NETWORKS['tiny']]:.0f} % and in CREPE full {found[NETWORKS['full']]:.0f} %."
    )


def findings(t):
    where = "in VGG16's edge detector on photographs; CREPE stands beside it"
    yield judge(
        "A0-18", *zeros(t, above(0.5)), over=over(t, above, (0.5, 0.6)), why=f"most is more than a half; {where}"
    )

    margins = sorted(HALF_RANGE, key=lambda margin: margin != 0.05)
    why = f"half is 0.5 +- 0.05; the model is half silent before it learns, these networks have learned; {where}"
    for claim in ("A1-19", "A1-27"):
        yield judge(
            claim, *zeros(t, half(0.05)), over=over(t, half, margins), why=why, measurement="half silent layers"
        )
    why = (
        "dimension of the code, as far as that is expressiveness: ReLU against the same drives without it; a tenth "
        "of an octave matters. That layers with more zeros gain more is a side part, told from layers, which are "
        "few, and not from inputs, which hardly change their order (an earlier rule counted these); depth is in it, "
        "and taken out in the context. The model asks something else, what a network of given width can learn by "
        "heart"
    )
    yield judge("A2-07", *spread(t), over={"network": {name: spread(t, name) for name in COLOURS}}, why=why)


def by_depth(ax, t):
    for name, colour in COLOURS.items():
        mine = t.active[t.active.network == name].groupby("layer").active
        scatter(ax, mine, colour, "o-", name)
    ax.axhline(0.5, color="0.6", linewidth=0.7, zorder=0.5)
    ax.set(ylim=(0, 1), xlabel="layer", ylabel="active fraction")
    ax.legend(loc="upper right")
    return "active fraction by layer, mean and standard deviation over inputs; grey: one half"


def spreading(ax, t):
    for name, colour in COLOURS.items():
        mine = t.active[t.active.network == name].groupby("layer").mean(numeric_only=True)
        ax.plot(1 - mine.active, mine.activities / mine.drives, "o", markersize=3.5, color=OKABE_ITO[colour])
    ax.axhline(1.0, color="0.6", linewidth=0.7, zorder=0.5)
    ax.set(yscale="log", xlim=(0, 1), xlabel="silent fraction of the layer", ylabel="dimension, behind / before ReLU")
    return "dimension of the activities over that of the drives, each layer a point, by the fraction that is silent"


PANELS = (by_depth, spreading)

if __name__ == "__main__":
    main(__file__)

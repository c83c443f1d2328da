"""Does a trained edge detector lose precision when its units saturate, and does local normalisation help it?

VGG16's edge detector has ReLUs, which do not saturate. Here every activity is cut at a fraction of its layer's 99.9th
percentile, and for comparison disturbed by noise of the same mean square as what was cut. Edges are known: the borders
between regions of different colour and texture. Average precision counts pixels within one of a border against those
more than four away; the gradient of the picture's brightness, smoothed at the best of four scales, is the detector
without a network. A division by the mean over a surround in the first block stands for local normalisation. Nothing is
trained again.

Sources: Xie & Tu, ICCV (2015), arXiv:1504.06375; Krizhevsky, Sutskever & Hinton, NIPS (2012).
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import POINT, POINT_RANGE
from experiments.real._drawn import scatter
from experiments.real._pictures import detector, piece, precision, textures
from experiments.real._saturation import cut, disturbed, gradient, normalised, tops
from neurosim.lab import Row, above, column, context, judge, main, needed, side
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.real.edge_detector import prepared
from neurosim.real.layers import Layers

QUICK = {"seeds": 3, "size": 64}
NEEDS = ("hed",)
LEVELS = (1.0, 0.5, 0.25, 0.1)
WIDTHS = (3, 7, 15)
SCALES = (1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(20, doc="pictures, the unit of replication", low=2)
    size: int = param(128, doc="height and width of a picture in pixels", low=32, high=400)


class Cut(Row):
    level: float = column("largest activity, over the 99.9th percentile of the layer")
    precision: float = column("average precision of the known edges when activities are cut")
    noisy: float = column("the same when they are disturbed by noise of the same mean square in place of the cut")
    alike: float = column("correlation of the map of edges with that of the detector as it is, on a photograph")


class Others(Row):
    way: str = column("detector, gradient, or normalised over a surround")
    width: float = column("width of the surround, or scale of the gradient", "pixel")
    precision: float = column("average precision of the known edges")


def compute(p, seed, lab):
    picture, distance = textures(seed, p.size)
    x, photograph = prepared(picture), prepared(piece(seed, p.size))
    layers, seen = Layers(), Layers()
    plain, map_of_photograph = detector().edges(x, layers)[0], detector().edges(photograph, seen)[0]
    for level in LEVELS:
        ends, ends_seen = (tops(each.activities, level) for each in (layers, seen))
        found = precision(detector().edges(x, cut(ends))[0], distance)
        noisy = precision(detector().edges(x, disturbed(ends, seed))[0], distance)
        other = detector().edges(photograph, cut(ends_seen))[0]
        yield Cut(level, found, noisy, float(np.corrcoef(other.ravel(), map_of_photograph.ravel())[0, 1]))
    yield Others("detector", 0.0, precision(plain, distance))
    for scale in SCALES:
        yield Others("gradient", scale, precision(gradient(picture[0], scale), distance))
    for width in WIDTHS:
        yield Others("normalised", width, precision(detector().edges(x, normalised(width))[0], distance))


def by_seed(t, way, width=None):
    mine = t.others[t.others.way == way]
    if width is None:  # the best of all widths, over all pictures
        width = mine.groupby("width").precision.mean().idxmax()
    return mine[mine.width == width].set_index("seed").precision


def at(t, level, name="precision"):
    return t.cut[t.cut.level == level].set_index("seed")[name]


def sensitive(t, level=0.5, point=POINT):
    rule, unit = above(0.0, matters=point), {"possible": (-1.0, 1.0)}
    lost = (by_seed(t, "detector") - at(t, level)).to_numpy()
    more = (at(t, level, "noisy") - at(t, level)).to_numpy()
    return [
        needed(
            f"precision lost by cutting at {level:g} of the largest activities", student_interval(lost), rule, **unit
        ),
        side("what that loses beyond noise of the same size", student_interval(more), above(0.0), **unit),
        context("correlation of the map of edges with the uncut", student_interval(at(t, level, "alike")), above(0.9)),
    ]


def better(t, point=POINT, scale=None):
    gain = (by_seed(t, "detector") - by_seed(t, "gradient", scale)).to_numpy()
    words = "precision of the detector beyond that of the gradient of the picture"
    return [needed(words, student_interval(gain), above(0.0, matters=point), possible=(-1.0, 1.0))]


def helped(t, width=7, point=POINT):
    gain = (by_seed(t, "normalised", width) - by_seed(t, "detector")).to_numpy()
    words = f"precision gained by local normalisation over {width:g} pixels in the first block"
    return [needed(words, student_interval(gain), above(0.0, matters=point), possible=(-1.0, 1.0))]


def answer(t):
    plain, half, tenth = by_seed(t, "detector").mean(), at(t, 0.5).mean(), at(t, 0.1).mean()
    return (
        f"The detector's precision is {plain:.2f}, {half:.2f} with activities cut at half of the largest and "
        f"{tenth:.2f} at a tenth; the gradient alone reaches {by_seed(t, 'gradient').mean():.2f}."
    )


def findings(t):
    points = POINT_RANGE
    over = {"level": {v: sensitive(t, v) for v in LEVELS[1:]}, "points": {v: sensitive(t, 0.5, v) for v in points}}
    why = "edges that are known, and a point of precision; cut after training, so what a saturating network could have "
    why += "learned is not asked; noise of the same size tells saturation from any disturbance"
    yield judge("A2-16", *sensitive(t), over=over, why=why)
    over = {"points": {v: better(t, v) for v in points}, "scale": {v: better(t, scale=v) for v in SCALES}}
    why = "one VGG16 with ReLU against no network, on edges between textures; whether ReLU is the reason is not asked"
    yield judge("A2-15", *better(t), over=over, why=why)
    over = {"width": {v: helped(t, v) for v in WIDTHS}, "points": {v: helped(t, 7, v) for v in points}}
    why = "lateral inhibition that this network was trained without, put into its first block; in the model a division "
    why += "by the surround makes bands at edges, here it would have to find them better"
    yield judge("A1-14", *helped(t), over=over, why=why)


def levels(ax, t):
    for name, colour, words in (("precision", "vermillion", "cut"), ("noisy", "blue", "noise of the same size")):
        scatter(ax, t.cut.groupby("level")[name], colour, "o-", words)
    ax.axhline(by_seed(t, "detector").mean(), color="0.6", linewidth=0.8, zorder=0.5)
    ax.set(xscale="log", ylim=(0, 1), xlabel="cut at this fraction of the largest", ylabel="average precision")
    ax.legend(loc="lower right")
    return "average precision of known edges by where activities are cut, mean and standard deviation; grey: not cut"


def ways(ax, t):
    for way, colour in (("gradient", "orange"), ("normalised", "bluish green")):
        scatter(ax, t.others[t.others.way == way].groupby("width").precision, colour, "o", way)
    ax.axhline(by_seed(t, "detector").mean(), color="0.6", linewidth=0.8, zorder=0.5)
    ax.set(ylim=(0, 1), xlabel="scale or width (pixels)", ylabel="average precision")
    ax.legend(loc="lower right")
    return (
        "the gradient alone by its scale, and the detector with a normalised first block by the width; grey: detector"
    )


PANELS = (levels, ways)

if __name__ == "__main__":
    main(__file__)

"""Does a trained edge detector show Mach bands at the ends of a ramp, and what makes an edge stand out from texture?

An eye sees a bright and a dark band where a ramp of light begins and ends. A channel has a band if it answers to an end
of the ramp more than to either plateau and to the middle, by a share of the range of its answers. The maps of edges of
the five blocks say what wide fields find in textures, and weakening the negative or the positive weights by a tenth
what inhibition does to it.

Sources: Mach (1865), in Ratliff, Mach Bands (1965); Xie & Tu, ICCV (2015), arXiv:1504.06375.
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import BAND, BAND_RANGE, POINT, POINT_RANGE
from experiments.real._pictures import detector, precision, textures
from neurosim.lab import Row, above, column, judge, main, needed, side
from neurosim.metrics import proportion_interval, student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO
from neurosim.real.edge_detector import prepared
from neurosim.real.layers import Layers

QUICK = {"seeds": 3, "size": 64}
NEEDS = ("hed",)
RAMPS = (8, 16, 24)
"""Widths of a ramp in pixels."""
FEW = 2
"""Pixels around an end of the ramp that belong to it."""
BLOCKS = (1, 2, 3)
"""Blocks whose pixels are fine enough for the ends of a ramp."""
WEAKER = 0.1
"""Part of the weights of one sign that is taken away."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(20, doc="pictures of textures, the unit of replication", low=2)
    size: int = param(128, doc="height and width of a picture in pixels", low=48, high=400)


class Bands(Row):
    ramp: int = column("width of the ramp", "pixel")
    block: int = column("block of the trunk, its last layer; 0: the map of edges")
    channel: int = column("channel")
    band: float = column("what an end of the ramp adds to the larger of plateaus and middle, over the range of answers")


class Standing(Row):
    way: str = column("edges: the detector; block 1 to block 5: their own maps; weaker negative or positive weights")
    precision: float = column("average precision of the known edges between textures")


def compute(p, seed, lab):
    if seed == 0:
        for ramp in RAMPS:
            yield from banded(ramp)
    picture, distance = textures(seed, p.size)
    x = prepared(picture)
    yield Standing("edges", precision(detector().edges(x)[0], distance))
    for block, side_map in enumerate(detector().sides(x), 1):
        yield Standing(f"block {block}", precision(side_map[0], distance))
    for sign, words in ((-1, "weaker negative"), (1, "weaker positive")):
        yield Standing(words, precision(weaker(sign).edges(x)[0], distance))


def banded(ramp, size=96):
    """The bands of every channel at a ramp of light from left to right, in the middle row."""
    light = np.interp(np.arange(size), [(size - ramp) / 2, (size + ramp) / 2], [64.0, 192.0])
    picture = np.broadcast_to(light[None, None, :, None], (1, size, size, 3))
    layers = Layers()
    profiles = {0: detector().edges(prepared(picture), layers)[0, size // 2][:, None]}
    for block in BLOCKS:
        last = layers.activities[f"block{block}_conv{2 if block < 3 else 3}"]
        profiles[block] = last[0, last.shape[1] // 2]
    for block, profile in profiles.items():
        step = size / len(profile)
        place = (np.arange(len(profile)) + 0.5) * step - size / 2
        inside = np.abs(place) < size / 2 - 16  # zeros around the picture make edges of their own
        ends = inside & (np.abs(np.abs(place) - ramp / 2) <= max(FEW, step / 2))
        middle = np.abs(place) <= max(ramp / 2 - 1.5 * max(FEW, step / 2), step / 2)
        plateaus = inside & (np.abs(place) > ramp / 2 + 3 * max(FEW, step / 2))
        span = np.ptp(profile[inside], axis=0)
        rest = np.maximum(profile[middle].max(axis=0), profile[plateaus].max(axis=0))
        band = (profile[ends].max(axis=0) - rest) / np.maximum(span, 1e-6)
        answers = span > 1e-3 * np.abs(profile).max()
        number = np.arange(profile.shape[1])
        yield Bands.table(ramp=ramp, block=block, channel=number[answers], band=band[answers].astype(float))


def weaker(sign):
    """The detector with the weights of one sign weakened in every layer."""
    return detector().changed(
        lambda name, values: np.where(np.sign(values) == sign, (1 - WEAKER) * values, values).astype(np.float32)
    )


def seen(t, least=BAND, ramp=16):
    mine = t.bands[t.bands.ramp == ramp]
    channels, edges = mine[mine.block > 0].band.to_numpy(), mine[mine.block == 0].band.to_numpy()
    share = proportion_interval(int((channels > least).sum()), len(channels))
    exact = "one map of one picture without noise"
    return [
        needed("fraction of the channels with a band, over channels", share, above(0.5), possible=(0.0, 1.0)),
        needed("band of the map of edges", edges.max(), above(least), possible=(-1.0, 1.0), exact=exact),
    ]


def gained(t, one, other):
    way = t.standing.set_index("seed")
    return student_interval((way[way.way == one].precision - way[way.way == other].precision).to_numpy())


def standing(t, point=POINT, block=3):
    rule, unit = above(0.0, matters=point), {"possible": (-1.0, 1.0)}
    wide = gained(t, f"block {block}", "block 1")
    return [
        needed(f"precision of the map of block {block} beyond that of block 1", wide, rule, **unit),
        needed("precision lost by weaker negative weights", gained(t, "edges", "weaker negative"), rule, **unit),
        side("that beyond positive ones", gained(t, "weaker positive", "weaker negative"), above(0.0), **unit),
    ]


def shares(t):
    mine = t.bands[t.bands.block > 0]
    return (mine.band > BAND).groupby([mine.ramp, mine.block]).mean()


def answer(t):
    found = 100 * shares(t)
    edges = t.bands[t.bands.block == 0].band.max()
    return (
        f"By block and ramp, {found.min():.0f} to {found.max():.0f} % of the channels have a band at an end of a ramp; "
        f"the map of edges has one of at most {100 * edges:.0f} %."
    )


def findings(t):
    over = {"band": {v: seen(t, v) for v in BAND_RANGE}, "ramp": {v: seen(t, ramp=v) for v in RAMPS}}
    why = (
        "channels of the first three blocks of VGG16's edge detector, and its map of edges; it is no retina, for which "
        "the model stands, whose inhibition between neighbours makes bands; what kernels of both signs do here is not "
        "told apart from lateral inhibition"
    )
    yield judge("A1-04", *seen(t), over=over, why=why)
    over = {"points": {v: standing(t, v) for v in POINT_RANGE}, "block": {v: standing(t, block=v) for v in (2, 3, 4)}}
    why = "wide fields are those of deeper blocks, irrelevant is the texture, inhibition the negative weights; a "
    why += "tenth of them is taken away in every layer; as much of the positive ones is the comparison"
    yield judge("A1-11", *standing(t), over=over, why=why)


def by_block(ax, t):
    found = shares(t)
    for ramp, colour in zip(RAMPS, ("blue", "orange", "vermillion"), strict=True):
        ax.plot(BLOCKS, [found[ramp, block] for block in BLOCKS], "o", color=OKABE_ITO[colour], label=f"{ramp} pixels")
    ax.axhline(0.5, color="0.6", linewidth=0.7, zorder=0.5)
    ax.set(ylim=(0, 1), xticks=BLOCKS, xlabel="block", ylabel="channels with a band")
    ax.legend(loc="upper right")
    return "fraction of the channels that answer more to an end of a ramp than elsewhere, by its width; grey: one half"


def by_map(ax, t):
    means = t.standing.groupby("way").precision.agg(["mean", "std"])
    names = [*(f"block {k}" for k in range(1, 6)), "edges", "weaker negative", "weaker positive"]
    ax.errorbar(range(8), means["mean"][names], means["std"][names], fmt="o", markersize=4, color=OKABE_ITO["blue"])
    ax.set(ylim=(0, 1), xlabel="map of edges", ylabel="average precision")
    ax.set_xticks(range(8), ("1", "2", "3", "4", "5", "all", "inh.", "exc."))
    return (
        "average precision of known edges: maps of the blocks, all together, and with weaker negative or positive ones"
    )


PANELS = (by_block, by_map)

if __name__ == "__main__":
    main(__file__)

"""Does local normalisation behind a wide kernel mark an edge as lateral inhibition does?

Two fields of light, one twice as bright as the other, meet at an edge. They are seen through a wide kernel, and each
response is divided by the root of a constant and the mean square of its neighbourhood in space. AlexNet's own rule
divides by other feature maps at the same place instead, here five kernels of different gain.

Prediction: dividing by a neighbourhood in space that is wider than the kernel raises the bright side of the edge, the
more the smaller the constant is beside the light; a narrower neighbourhood, which sees hardly more than the kernel,
raises it little. Across maps of one shape the division is monotone in the light, and there is no band, unless light is
so strong that the rule, whose power is above 1/2, answers less to more.

Source: Krizhevsky, Sutskever & Hinton, NIPS 25 (2012), sec. 3.3; Carandini & Heeger, Nat Rev Neurosci 13 (2012).
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments._bounds import BAND, BAND_RANGE
from experiments.inhibition import _ring
from experiments.inhibition._ring import respond
from neurosim import plots
from neurosim.lab import Row, above, column, context, judge, main, needed, side
from neurosim.params import Params, param
from neurosim.theory import mach_band

QUICK = {}
SUBTRACTIVE = mach_band(0.5, 3.0)  # total inhibition of 0.5 over a length of 3 places, at any level of light
SIZES, CONSTANTS, KERNELS = (5, 11, 15, 21, 31), (0.1, 1.0, 10.0), (1.5, 3.0, 6.0)
SIZE, CONSTANT, KERNEL = 15, 1.0, 3.0  # those of the verdict
GAINS = np.array([0.5, 0.75, 1.0, 1.25, 1.5])  # of the feature maps
LEVELS = (1.0, 10.0, 50.0, 100.0)  # light on the dark side before AlexNet's rule, whose constants are fixed


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    places: int = param(200, doc="places on the ring, a multiple of 20", low=200)


class Band(Row):
    over: str = column("places (neighbours in space) or maps (kernels at one place, with AlexNet's constants)")
    kernel: float = column("standard deviation of the excitatory kernel", "places")
    size: int = column("units in the neighbourhood; 1: none but the unit itself")
    constant: float = column("constant of the division over the squared mean light (maps: NaN)")
    light: float = column("level of the dark half; the bright half is twice as bright")
    relative_overshoot: float = column("bright band over the plateau step; NaN where the plateaus changed places")
    relative_undershoot: float = column("dark band, likewise")


class Profile(Row):
    size: int = column("units in the neighbourhood")
    place: int = column("distance from the edge", "places")
    scaled: float = column("response, plateaus at 0 and 1")


def compute(p, seed, lab):
    retina, light = ns.Population("retina", p.places), _ring.step(p.places)
    for kernel in KERNELS:
        sight = ns.Projection("sight", "light", "retina", _ring.gaussian_rows(p.places, kernel))
        circuit = ns.Circuit({"light": p.places}, [retina], [sight])
        for size in (1, *SIZES):
            for constant in CONSTANTS:
                rule = {"offset": constant * light.mean() ** 2, "alpha": 1 / size, "beta": 0.5, "wrap": True}
                cell = ns.Unit(activation=ns.activations.LocalResponseNorm(size=size, **rule))
                shown = _ring.folded(respond(circuit, cell, light)[0])
                yield Band("places", kernel, size, constant, 1.0, *band(shown))
                if (kernel, constant) == (KERNEL, CONSTANT) and size in (5, SIZE):
                    scaled = (shown - shown[0]) / (shown[-1] - shown[0])
                    yield Profile.table(size=size, place=np.arange(len(shown)) - len(shown) // 2, scaled=scaled)
        seen = respond(circuit, ns.Unit(), light)[0]
        for level in LEVELS:
            maps = ns.activations.LocalResponseNorm(size=len(GAINS))(level * seen[:, None] * GAINS)
            largest = np.max([band(_ring.folded(each)) for each in maps.T], axis=0)
            yield Band("maps", kernel, len(GAINS), math.nan, level, *largest)


def band(one_edge):
    """Bright and dark band over the step; NaN where the bright side responds less."""
    if one_edge[0] >= one_edge[-1]:
        return math.nan, math.nan
    found = _ring.bands(one_edge)
    return found.relative_overshoot, found.relative_undershoot


def found(t, size=SIZE, constant=CONSTANT, kernel=KERNEL, value="relative_overshoot"):
    rows = t.band[(t.band.over == "places") & (t.band["size"] == size) & (t.band.kernel == kernel)]
    return float(rows[rows.constant == constant][value].iloc[0])


def over_maps(t, light=10.0):
    rows = t.band[(t.band.over == "maps") & (t.band.light == light)]
    return float(rows.relative_overshoot.max())


def answer(t):
    maps = over_maps(t)
    return (
        f"In space it does: behind a kernel of {KERNEL:g} places a division over {SIZE} makes a band of {found(t):.3f} "
        f"of the step, over 5 of {found(t, 5):.3f} (lateral inhibition {SUBTRACTIVE:.3f}); over feature maps "
        f"{abs(maps):.3f}."
    )


def banded(t, margin=BAND, light=10.0, **where):
    alone = float(t.band[t.band["size"] == 1].relative_overshoot.max())
    how = {"rule": above(margin), "exact": "nothing is random"}
    words, any_size = "normalisation over places behind a wide kernel makes a {} band (over the step)", (-1.0, math.inf)
    dark = found(t, value="relative_undershoot", **where)
    maps = f"AlexNet's own rule, over feature maps at one place, makes a bright band (light of {light:g})"
    return [
        needed(words.format("bright"), found(t, **where), possible=any_size, **how),
        side(words.format("dark"), dark, possible=any_size, **how),
        side(maps, over_maps(t, light), possible=any_size, **how),
        context("the kernel and a unit's own normalisation alone", alone, **how),
    ]


def findings(t):
    why = (
        "mimics: bands at an edge where there is light twice as bright on one side, as with lateral inhibition. Over "
        "maps there is one only where light is so strong that more of it answers less; in light of 100 the sides have "
        "changed places, so it is not asked"
    )
    swept = {
        "band": {each: banded(t, each) for each in BAND_RANGE},
        "neighbourhood": {each: banded(t, size=each) for each in SIZES},
        "constant over light": {each: banded(t, constant=each) for each in CONSTANTS},
        "width of the kernel": {each: banded(t, kernel=each) for each in KERNELS},
        "light under AlexNet's rule": {each: banded(t, light=each) for each in LEVELS[:-1]},
    }
    yield judge("A1-14", *banded(t), why=why, source="Krizhevsky, Sutskever & Hinton (2012), sec. 3.3", over=swept)


def by_size(ax, t):
    rows = t.band[(t.band.over == "places") & (t.band.constant == CONSTANT) & (t.band["size"] > 1)]
    for kernel, dash in zip(KERNELS, (":", "-", "--"), strict=True):
        each = rows[rows.kernel == kernel]
        ax.plot(
            each["size"],
            each.relative_overshoot,
            "o",
            linestyle=dash,
            color=plots.OKABE_ITO["blue"],
            label=f"kernel {kernel:g}",
        )
    ax.axhline(SUBTRACTIVE, color=plots.RUNGS["artificial"].colour, label="lateral inhibition")
    ax.axhline(BAND, color="0.6", linestyle=":")
    ax.set(xlabel="neighbourhood (places)", ylabel="bright band / step", ylim=(0, None))
    ax.legend()
    return "bright band by the size of the neighbourhood, for kernels of three widths; dotted: 1 % of the step"


def at_an_edge(ax, t):
    for size, colour in ((5, "sky blue"), (SIZE, "blue")):
        rows = t.profile[(t.profile["size"] == size) & (t.profile.place.abs() <= 25)]
        ax.plot(rows.place, rows.scaled, color=plots.OKABE_ITO[colour], label=f"over {size} places")
    ax.set(xlabel="distance to the edge (places)", ylabel="response, plateaus at 0 and 1")
    ax.legend()
    return f"response to an edge behind a kernel of {KERNEL:g} places"


PANELS = (by_size, at_an_edge)

if __name__ == "__main__":
    main(__file__)

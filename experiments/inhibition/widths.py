"""Does inhibition make an edge stand out behind a broad field, and must it be broader than excitation?

Units weigh the light by a difference of two Gaussians of width sigma_E (excitation) and sigma_I (inhibition); w is the
area of the inhibition over that of the excitation, below 1.

Prediction: the units prefer a grating to uniform light only if w sigma_I^2 > sigma_E^2, so inhibition has to be the
broader of the two; narrower, it makes no bright band. On a ring of neurons that see the light through a broad field,
inhibition raises the contrast across an edge and makes bands. Noise of the light a broad field averages.

Source: Rodieck, Vision Res 5 (1965) 583.
"""

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np

from experiments._bounds import BAND, BAND_RANGE
from experiments.inhibition._ring import (
    Ring,
    bands,
    contrast,
    edge_in_noise,
    folded,
    scene,
    smooth,
    spiking,
    step,
)
from experiments.inhibition._two_gaussians import TwoGaussians
from neurosim import metrics, plots
from neurosim.lab import Row, above, check, column, judge, main, near, needed, side
from neurosim.metrics import student_interval
from neurosim.params import Params, param

QUICK = {"seeds": 2, "cells": 6, "duration": 0.5, "strengths": (0.0, 0.5), "phase_points": 7, "lights": 4}
BROAD, BLUR = (1.5, 3.0), 3.0  # widths of the excitatory field (places), and that of the verdict
REACHES, REACH = (3.0, 8.0), 8.0  # lengths of the inhibition (places), and that of the verdict
LIGHTS = ("matched", "same")
NARROW, NOISES, NOISE = 0.5, (0.25, 0.5), 0.5  # a narrow field (places), and noise of the light at every place
DISTANCES, DISTANCE = (2, 4, 8), 4  # places to either side of the edge


@dataclass(frozen=True, kw_only=True)
class Diagram(Params):
    phase_points: int = param(13, doc="weights and width ratios of the phase diagram, each", low=3)


@dataclass(frozen=True, kw_only=True)
class Parameters(Ring):
    seeds: int = param(8, doc="seeds of the membrane noise of the ring", low=2)
    duration: float = param(1.2, unit="s", doc="length of a spiking run on the ring", above=0.2)
    phase_points: int = param(13, doc="weights and width ratios of the phase diagram, each", low=3)
    lights: int = param(10, doc="noisy lights of every kind", low=2)


@dataclass(frozen=True, kw_only=True)
class Small(Ring):
    places: int = param(
        100, doc="places on the ring in noisy light, of which those near its two edges are asked", low=80
    )
    cells: int = param(4, doc="spiking cells at every place", low=1)


class Phase(Row):
    weight: float = column("area of inhibition over that of excitation, w")
    ratio: float = column("width of inhibition over that of excitation, sigma_I/sigma_E")
    relative_overshoot: float = column("bright band on the bright side over the plateau step")
    band_pass: bool = column("whether a fine grating gives a larger response of its own polarity than uniform light")
    reversed: float = column("largest response of the opposite polarity to a grating, over that to uniform light")
    boundary: float = column("w (sigma_I/sigma_E)^2; theory: band-pass above 1")


class Edge(Row):
    rung: str = column("rung of the ladder")
    blur: float = column("standard deviation of the excitatory field", "places")
    strength: float = column("total inhibition onto a unit")
    reach: float = column("distance over which inhibition falls to 1/e", "places")
    light: str = column("matched: drive halfway up the step as without inhibition; same: light as without it")
    contrast: float = column("(largest - smallest)/(largest + smallest) response of the ring; the light has 1/3")
    relative_overshoot: float = column("bright band over the plateau step")


class Noisy(Row):
    blur: float = column("standard deviation of the excitatory field", "places")
    strength: float = column("total inhibition onto a unit")
    noise: float = column("standard deviation of the light, drawn at every place apart (the step is 1)")
    distance: int = column("distance from the edge at which LIF neurons are compared", "places")
    d_prime: float = column("difference across the edge over its standard deviation, over lights and edges")


def compute(p, seed, lab):
    found = scene(p)
    few = Small(**{name: getattr(p, name) for name in Ring.info() if name not in ("places", "cells")})
    drawn = lab.stream("stimulus", "light").standard_normal((p.lights, few.places))
    for blur, strength, noise in in_noise(p):
        shown = np.maximum(step(few.places) + noise * drawn, 0.0)
        seen, _ = spiking(few, lab.simulate, found, strength, shown, blur)
        for distance in DISTANCES:
            yield Noisy(blur, strength, noise, distance, edge_in_noise(seen, distance))
    for blur, strength, reach, light in edges(p):
        ring, shown = replace(p, length=reach), step(p.places)[None]
        shown = shown / (1.0 + strength) if light == "same" else shown
        still = smooth(ring, found, "artificial", strength, shown, blur)[0]
        noisy, engine = spiking(ring, lab.simulate, found, strength, shown, blur)
        lab.note(engine=engine)
        for rung, response in (("artificial", still), ("spiking", noisy[0])):
            one = folded(response)
            yield Edge(rung, blur, strength, reach, light, contrast(one), bands(one).relative_overshoot)
    yield Phase.table(**lab.once(diagram, Diagram(phase_points=p.phase_points), 0))


def in_noise(p):
    """Field, strength and noise: the verdict's field in every noise, and every field in the verdict's noise."""
    for noise in NOISES:
        yield NARROW, p.strength, noise
        for blur in BROAD if noise == NOISE else (BLUR,):
            yield from ((blur, strength, noise) for strength in (p.strength, 0.0))


def edges(p):
    """Field, strength, reach and light: one of them at a time is another than that of the verdict."""
    for blur in BROAD:
        yield from ((blur, strength, REACH, "same") for strength in (0.0, p.strength))
    yield BLUR, p.strength, REACH, "matched"
    yield from ((BLUR, p.strength, reach, "same") for reach in REACHES if reach != REACH)


def diagram(p: Diagram, seed):
    """The columns of the phase diagram; nothing is random."""
    rows = []
    for weight in np.linspace(0.1, 0.94, p.phase_points):
        for ratio in np.geomspace(0.5, 4.0, p.phase_points):
            line = TwoGaussians.make(1.0, float(ratio), float(weight), np.linspace(-1.0, 8.0, 181), 0.05)
            edge, full = line.see(np.stack([line.receptors > 0, np.ones_like(line.receptors)]).astype(float))
            plateau = float(full[len(full) // 2])
            bright = np.concatenate([[0.0], edge[line.units > 0], [plateau]])
            response = line.transfer(np.linspace(0.0, 3.0, 61))
            over = metrics.mach_overshoot(bright, [0], [-1]).relative_overshoot
            reverse = float(max(0.0, -response.min()) / response[0])
            rows.append((weight, ratio, over, bool(response[1:].max() > response[0]), reverse, weight * ratio**2))
    names = [each.name for each in Phase.columns()]
    return {name: np.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


def gain(t, column, light="same", blur=BLUR, reach=REACH, rung="spiking"):
    """A column with inhibition minus that without, by draw of the noise."""
    rows = t.edge[(t.edge.rung == rung) & (t.edge.blur == blur)].set_index("seed")
    with_it = rows[(rows.strength > 0) & (rows.light == light) & (rows.reach == reach)][column]
    return student_interval((with_it - rows[rows.strength == 0][column]).to_numpy())


def answer(t):
    smallest = t.phase.ratio[t.phase.band_pass].min()
    return (
        f"Behind a broad field inhibition raises the contrast of LIF neurons by {gain(t, 'contrast').value:.2f} and "
        f"makes a band of {gain(t, 'relative_overshoot').value:.2f} of the step; no field prefers a grating unless its "
        f"inhibition is broader (here from {smallest:.2f} times on)."
    )


def stands_out(t, margin=BAND, matters=0.02, noise=NOISE, distance=DISTANCE, blur=BLUR, **where):
    rows = t.noisy[(t.noisy.noise == noise) & (t.noisy.distance == distance)]
    seen = rows.pivot(index="seed", columns=["blur", "strength"], values="d_prime")
    broad, narrow, alone = (
        seen[width, each * rows.strength.max()] for width, each in ((blur, 1), (NARROW, 1), (blur, 0))
    )
    rule, anything = above(0.0, matters=0.2), (-math.inf, math.inf)
    return [
        needed("inhibition raises the contrast across an edge behind a broad field (gain, of the light's 0.333)",
               gain(t, "contrast", blur=blur, **where), above(0.0, matters=matters), possible=(-1.0, 1.0)),
        needed("inhibition makes a bright band there (gain, over the step)",
               gain(t, "relative_overshoot", blur=blur, **where), above(margin), possible=anything),
        needed("in noisy light the edge stands out more behind the broad field than behind a narrow one (gain of d')",
               student_interval((broad - narrow).to_numpy()), rule, possible=anything),
        side("and more with inhibition than without (gain of d')", student_interval((broad - alone).to_numpy()), rule,
             possible=anything),
    ]  # fmt: skip


def findings(t):
    clear = t.phase[(t.phase.boundary - 1).abs() > 0.02]
    right = float(((clear.boundary > 1) == clear.band_pass).mean())
    words = "A grating beats uniform light exactly where w sigma_I^2 > sigma_E^2 (fraction of the phase diagram)."
    why = "within 0.02 of the boundary the preferred frequency lies below the coarsest grating, of 0.05: left out"
    source = "curvature of exp(-k^2 s_E^2/2) - w exp(-k^2 s_I^2/2) at k = 0"
    yield check("band_pass_boundary", words, right, near(1.0, 0.0), why=why, source=source)
    why = (
        "large features: an edge in noise is told by a broad field and not by a narrow one; irrelevant signals: "
        "uniform light, which lowers the contrast, and noise, a side part; the target: contrast and band rise by the "
        "inhibition, not by the threshold alone. LIF neurons, draws of the noise are the unit"
    )
    swept = {
        "band": {each: stands_out(t, each) for each in BAND_RANGE},
        "contrast that matters": {each: stands_out(t, matters=each) for each in (0.01, 0.02, 0.05)},
        "light": {each: stands_out(t, light=each) for each in LIGHTS},
        "width of the field": {each: stands_out(t, blur=each) for each in BROAD},
        "reach of the inhibition": {each: stands_out(t, reach=each) for each in REACHES},
        "noise of the light": {each: stands_out(t, noise=each) for each in NOISES},
        "distance from the edge": {each: stands_out(t, distance=each) for each in DISTANCES},
    }
    yield judge("A1-11", *stands_out(t), why=why, over=swept, in_the_model=True)


def phases(ax, t):
    mean = t.phase.groupby(["weight", "ratio"]).relative_overshoot.mean().unstack()
    weights, ratios = mean.index.to_numpy(), mean.columns.to_numpy()
    image = ax.pcolormesh(np.log2(ratios), weights, mean, cmap="cividis", vmin=0.0, vmax=1.0, shading="nearest")
    image.set_rasterized(True)
    dots = t.phase[t.phase.band_pass]
    ax.plot(np.log2(dots.ratio), dots.weight, "ow", markersize=2.0, markeredgecolor="black", markeredgewidth=0.3)
    line = np.geomspace(1.0, ratios[-1], 100)
    line = line[(1 / line**2 >= weights[0]) & (1 / line**2 <= weights[-1])]
    ax.plot(np.log2(line), 1 / line**2, color=plots.OKABE_ITO["vermillion"], linewidth=1.6)
    ax.axvline(0.0, color="white", linewidth=0.8, linestyle="--")
    ax.set_xticks([-1, 0, 1, 2], ["0.5", "1", "2", "4"])
    ax.set(xlabel="width of inhibition / excitation", ylabel="weight of inhibition w")
    ax.figure.colorbar(image, ax=ax, pad=0.03, extend="max").set_label("bright band / step")
    return "bright band of a difference of Gaussians; dots: a grating beats uniform light, line: w sigma_I² = sigma_E²"


def contrasts(ax, t):
    rows = t.edge[(t.edge.blur == BLUR) & (t.edge.reach == REACH)]
    cases = (("none", rows.strength == 0), *((each, (rows.strength > 0) & (rows.light == each)) for each in LIGHTS))
    for (k, (_, chosen)), (rung, shift) in itertools.product(
        enumerate(cases), (("artificial", -0.1), ("spiking", 0.1))
    ):
        values, look = rows[chosen & (rows.rung == rung)].contrast, plots.RUNGS[rung]
        ax.plot([k + shift] * len(values), values, look.marker, color=look.colour, label=None if k else look.label)
    ax.axhline(1 / 3, color="0.6", linestyle="--")
    ax.set_xticks(range(3), ["none", "matched\nlight", "same\nlight"])
    ax.set(xlim=(-0.5, 2.5), ylim=(0, 1), xlabel="inhibition", ylabel="contrast across the edge")
    ax.legend()
    return f"contrast of the ring behind a field of {BLUR:g} places, a point per seed; dashed: of the light"


PANELS = (phases, contrasts)

if __name__ == "__main__":
    main(__file__)

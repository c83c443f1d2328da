"""Must inhibition be broader than excitation to detect edges?

Units weigh the light by a difference of two Gaussians of width sigma_E (excitation) and sigma_I (inhibition); w is the
area of the inhibition over that of the excitation, below 1.

Prediction: the units prefer a grating to uniform light only if w sigma_I^2 > sigma_E^2, so inhibition has to be the
broader of the two. Narrower inhibition makes no bright band at any edge.

Source: Rodieck, Vision Res 5 (1965) 583.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.inhibition._ring import Ring, contrast, folded, respond, smooth_edges, spiking_edges
from neurosim import metrics, plots
from neurosim.lab import Row, check, claim_of_parts, column, main, near
from neurosim.params import Params, param

QUICK = {"seeds": 2, "cells": 10, "duration": 0.8, "strengths": (0.0, 0.5), "phase_points": 7}


@dataclass(frozen=True, kw_only=True)
class Diagram(Params):
    phase_points: int = param(13, doc="weights and width ratios of the phase diagram, each", low=3)


@dataclass(frozen=True, kw_only=True)
class Parameters(Ring):
    seeds: int = param(5, doc="seeds of the membrane noise of the ring", low=2)
    phase_points: int = param(13, doc="weights and width ratios of the phase diagram, each", low=3)


class Phase(Row):
    weight: float = column("area of inhibition over that of excitation, w")
    ratio: float = column("width of inhibition over that of excitation, sigma_I/sigma_E")
    relative_overshoot: float = column("bright band on the bright side over the plateau step")
    band_pass: bool = column("whether a fine grating gives a larger response of its own polarity than uniform light")
    reversed: float = column("largest response of the opposite polarity to a grating, over that to uniform light")
    boundary: float = column("w (sigma_I/sigma_E)^2; theory: band-pass above 1")


class Contrast(Row):
    rung: str = column("rung of the ladder")
    contrast: float = column("(largest - smallest)/(largest + smallest) response of the ring; the light has 1/3")


def compute(p, seed, lab):
    main = p.strengths.index(p.strength)
    for rung, responses in lab.once(smooth_edges, p, 0).items():
        yield Contrast(rung, contrast(folded(responses[main, 0])))
    spikes, engine = lab.once(spiking_edges, p, seed)
    lab.note(engine=engine)
    yield Contrast("spiking", contrast(folded(spikes[0])))
    yield Phase.table(**lab.once(diagram, Diagram(phase_points=p.phase_points), 0))


def diagram(p: Diagram, seed):
    """The columns of the phase diagram; nothing is random."""
    rows = []
    for weight in np.linspace(0.1, 0.94, p.phase_points):
        for ratio in np.geomspace(0.5, 4.0, p.phase_points):
            line = TwoGaussians.make(1.0, float(ratio), float(weight), np.linspace(-1.0, 8.0, 181), 0.05)
            edge, plateau = line.step()
            bright = np.concatenate([[0.0], edge[line.units > 0], [plateau]])
            response = line.transfer(np.linspace(0.0, 3.0, 61))
            over = metrics.mach_overshoot(bright, [0], [-1]).relative_overshoot
            reverse = float(max(0.0, -response.min()) / response[0])
            rows.append((weight, ratio, over, bool(response[1:].max() > response[0]), reverse, weight * ratio**2))
    names = [each.name for each in Phase.columns()]
    return {name: np.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


@dataclass(frozen=True, eq=False)
class TwoGaussians:
    """Receptors finer than the units on a line, and units that weigh them by a difference of Gaussians."""

    circuit: ns.Circuit
    units: np.ndarray
    receptors: np.ndarray

    @classmethod
    def make(cls, sigma_e, sigma_i, weight, units, spacing):
        # Six standard deviations leave 1e-9 of a Gaussian outside.
        reach = float(np.abs(units).max()) + 6 * max(sigma_e, sigma_i)
        half = math.ceil(reach / spacing)
        receptors = (np.arange(-half, half) + 0.5) * spacing
        kernel = ns.kernels.DifferenceOfGaussians(sigma_e=sigma_e, sigma_i=sigma_i, ratio=weight)
        field = spacing * kernel(np.abs(np.subtract.outer(units, receptors)))
        # A spontaneous activity of 1 keeps the dark bands above zero; it is taken off again.
        retina = ns.Population("retina", len(units), bias=1.0)
        sight = ns.Projection("sight", "light", "retina", field, sign=None, tau=0.0)
        return cls(ns.Circuit({"light": len(receptors)}, [retina], [sight]), units, receptors)

    def see(self, light):
        """Change of the activity (trials, units) of rectified units that see this light."""
        return respond(self.circuit, ns.Unit(), light) - 1.0

    def step(self):
        """Response to a step from 0 to 1 at 0, and to uniform light, of the unit in the middle."""
        edge, full = self.see(np.stack([self.receptors > 0, np.ones_like(self.receptors)]).astype(float))
        return edge, float(full[len(full) // 2])

    def transfer(self, k):
        """Amplitude of the response of the unit nearest to 0 to gratings, a cosine of amplitude 1 each."""
        return self.see(np.cos(np.multiply.outer(k, self.receptors)))[:, int(np.abs(self.units).argmin())]


def answer(t):
    smallest = t.phase.ratio[t.phase.band_pass].min()
    return (
        "Yes, as long as the area of the inhibition is below that of the excitation: no field prefers a grating unless "
        f"its inhibition is broader (here from {smallest:.2f} times on)."
    )


def findings(t):
    clear = t.phase[(t.phase.boundary - 1).abs() > 0.02]
    right = float(((clear.boundary > 1) == clear.band_pass).mean())
    words = "A grating beats uniform light exactly where w sigma_I^2 > sigma_E^2 (fraction of the phase diagram)."
    why = (
        "points within 0.02 of the boundary are left out: there the preferred frequency lies below the coarsest "
        "grating of 0.05"
    )
    source = "curvature of exp(-k^2 s_E^2/2) - w exp(-k^2 s_I^2/2) at k = 0"
    yield check("band_pass_boundary", words, right, near(1.0, 0.0), why=why, source=source)
    narrow = t.phase[t.phase.ratio < 1]
    band, reverse = narrow.relative_overshoot.max(), narrow.reversed.max()
    parts = {
        f"some step makes a bright band (largest {abs(band):.2g} of the step)": band > 1e-9,
        "some grating beats uniform light": narrow.band_pass.any(),
        f"some grating beats uniform light with its contrast reversed (up to {reverse:.1f} times)": reverse > 1,
    }
    why = (
        "all points of the phase diagram with sigma_I < sigma_E and w < 1; where w > sigma_I/sigma_E the centre of the "
        "field is inhibitory, and it answers to dark spots instead of bright ones"
    )
    yield claim_of_parts("A1-07", parts, why=why, source="Rodieck (1965)")
    broad, narrow = (t.phase[chosen].relative_overshoot.min() for chosen in (t.phase.ratio > 1, t.phase.ratio <= 1))
    lowest = t.contrast.contrast.min()
    parts = {
        f"the contrast across an edge exceeds the light's 0.333 on every rung (at least {lowest:.3f})": lowest > 1 / 3,
        f"every step makes a bright band where inhibition is the broader (at least {broad:.1g} of the step)":
            broad > 1e-6,
        "and also where excitation is as broad or broader": narrow > 1e-6,
    }  # fmt: skip
    why = "contrast (max - min)/(max + min) across the edge of the ring; bands in the phase diagram with w < 1"
    yield claim_of_parts("A1-11", parts, why=why)


def bands(ax, t):
    mean = t.phase.groupby(["weight", "ratio"]).relative_overshoot.mean().unstack()
    weights, ratios = mean.index.to_numpy(), mean.columns.to_numpy()
    image = ax.pcolormesh(np.log2(ratios), weights, mean, cmap="cividis", vmin=0.0, vmax=1.0, shading="nearest")
    image.set_rasterized(True)
    dots = t.phase[t.phase.band_pass]
    ax.plot(np.log2(dots.ratio), dots.weight, "o", markersize=2.0, color="white", markeredgecolor="black",
            markeredgewidth=0.3)  # fmt: skip
    line = np.geomspace(1.0, ratios[-1], 100)
    line = line[(1 / line**2 >= weights[0]) & (1 / line**2 <= weights[-1])]
    ax.plot(np.log2(line), 1 / line**2, color=plots.OKABE_ITO["vermillion"], linewidth=1.6)
    ax.axvline(0.0, color="white", linewidth=0.8, linestyle="--")
    ax.set_xticks([-1, 0, 1, 2], ["0.5", "1", "2", "4"])
    ax.set(xlabel="width of inhibition / excitation", ylabel="weight of inhibition w")
    ax.figure.colorbar(image, ax=ax, pad=0.03, extend="max").set_label("bright band / step")
    return "bright band of a difference of Gaussians; dots: a grating beats uniform light, line: w sigma_I² = sigma_E²"


def contrasts(ax, t):
    for k, rung in enumerate(ns.RUNGS):
        rows, look = t.contrast[t.contrast.rung == rung].contrast, plots.RUNGS[rung]
        ax.plot(np.full(len(rows), k), rows, look.marker, color=look.colour)
    ax.axhline(1 / 3, color="0.6", linestyle="--")
    ax.set_xticks(range(len(ns.RUNGS)), [plots.RUNGS[rung].label for rung in ns.RUNGS])
    ax.set(xlim=(-0.5, len(ns.RUNGS) - 0.5), ylim=(0, 1), xlabel="rung", ylabel="contrast across the edge")
    return "contrast of the ring's response to a step, a point per seed; dashed: of the light"


PANELS = (bands, contrasts)

if __name__ == "__main__":
    main(__file__)

"""Does lateral inhibition make the image of a point narrower, also in spikes?

A ring of units sees a point of light through an excitatory field of 3 places. Inhibition from the neighbours, which
falls off with the distance, takes more from the flanks of the response than from its top.

Prediction: the half width of the response falls with the strength of the inhibition, the more the farther it reaches.
The neuron's f-I curve is concave and broadens each response slightly compared with the ReLU.

Source: Hartline & Ratliff, J Gen Physiol 40 (1957) 357.
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.inhibition._ring import HIGH, LOW, Ring, gaussian_rows, respond, ring, scene, smooth, spiking
from neurosim import metrics, plots
from neurosim.lab import Row, claim_of_parts, column, main, report
from neurosim.params import param

QUICK = {"seeds": 2, "cells": 10, "duration": 0.8, "strengths": (0.0, 0.5)}


@dataclass(frozen=True, kw_only=True)
class Seen(Ring):
    blur: float = param(3.0, doc="standard deviation (places) of the excitatory field that sees the point", above=0)


@dataclass(frozen=True, kw_only=True)
class Parameters(Seen):
    seeds: int = param(5, doc="seeds of the membrane noise", low=2)


class Spread(Row):
    rung: str = column("rung of the ladder, or textbook: ReLU of gain 1 and threshold 0")
    strength: float = column("total inhibition onto a unit, as loop gain of a uniform field")
    length: float = column("distance in places over which inhibition falls to 1/e")
    half_width: float = column("half the width at half height of the response to a point", "places")


class Profiles(Row):
    rung: str = column("rung, or no inhibition (the artificial rung without it)")
    place: int = column("distance from the point", "places")
    response: float = column("activity", "Hz")
    scaled: float = column("the same with 0 far away and 1 at the top")


def compute(p, seed, lab):
    found, light, without_noise = scene(p), point(p), lab.once(smooth_points, p, 0)
    for k, strength in enumerate(p.strengths):
        responses = {rung: by_strength[k] for rung, by_strength in without_noise["rungs"].items()}
        seen = spiking(p, lab.simulate, found, strength, light[np.newaxis], blur=p.blur)[0][0]
        for rung, response in {**responses, "spiking": seen}.items():
            yield Spread(rung, strength, p.length, half_width(response))
            if strength == p.strength:
                yield profile(rung, response)
            if strength == 0 and rung == "artificial":
                yield profile("no inhibition", response)
    yield Spread.table(rung="textbook", **without_noise["textbook"])


def smooth_points(p: Seen, seed):
    """Responses of the rungs without noise (strength, place), and half widths of textbook units; nothing is random."""
    found, light = scene(p), point(p)
    rungs = {
        rung: np.stack([smooth(p, found, rung, strength, light, blur=p.blur)[0] for strength in p.strengths])
        for rung in ns.RUNGS[:-1]
    }
    grid = [(length, float(strength)) for length in p.lengths for strength in np.linspace(0.0, 1.5, 16)]
    circuits = (ring(p, strength, length=length, blur=p.blur) for length, strength in grid)
    widths = np.array([half_width(respond(circuit, ns.Unit(), light)[0]) for circuit in circuits])
    lengths, strengths = np.array(grid).T
    return {"rungs": rungs, "textbook": {"length": lengths, "strength": strengths, "half_width": widths}}


def point(p):
    """A point on a background of 1, so bright that the excitatory field sees a hill from 1 to 2."""
    peak = gaussian_rows(p.places, p.blur)[0, 0]
    return ns.patterns.point_profile(p.places, LOW, LOW + (HIGH - LOW) / peak, p.places // 2)


def far_away(response):
    part = len(response) // 8
    return float(np.r_[response[:part], response[-part:]].mean())


def half_width(response):
    return metrics.half_width(np.arange(len(response)), response, baseline=far_away(response))


def profile(rung, response):
    far, top = far_away(response), float(response.max())
    place = np.arange(len(response)) - len(response) // 2
    return Profiles.table(rung=rung, place=place, response=response, scaled=(response - far) / (top - far))


def widths(t, rung):
    """Half widths without inhibition and at the largest strength, and that strength."""
    rows = t.spread[t.spread.rung == rung]
    top = rows.strength.max()
    return rows[rows.strength == 0].half_width, rows[rows.strength == top].half_width, top


def answer(t):
    wide, narrow, top = widths(t, "spiking")
    return (
        f"Yes: a total inhibition of {top:g} narrows the response of spiking neurons from {wide.mean():.2f} to "
        f"{narrow.mean():.2f} places."
    )


def findings(t):
    parts = {}
    for rung in ns.RUNGS:
        wide, narrow, top = widths(t, rung)
        words = f"narrower on the {rung} rung ({wide.mean():.2f} to {narrow.mean():.2f} places at strength {top:g})"
        parts[words] = narrow.max() < wide.min()
    why = (
        "half width of the response to a point seen through an excitatory field; with noise the widest with inhibition "
        "has to be below the narrowest without, over all seeds"
    )
    yield claim_of_parts("A1-06", parts, why=why)
    words = "Half width of the spiking response at the largest inhibition."
    yield report("spiking_width", words, metrics.student_interval(widths(t, "spiking")[1]), "places")


def responses(ax, t):
    rows = t.profiles[t.profiles.place.abs() <= 20].groupby(["rung", "place"]).scaled.mean()
    ax.plot(rows["no inhibition"].index, rows["no inhibition"], color="0.75", linewidth=2.5, label="no inhibition")
    for rung in ("artificial", "rate", "spiking"):
        look = plots.RUNGS[rung]
        ax.plot(rows[rung].index, rows[rung], color=look.colour, linestyle=look.linestyle, label=look.label)
    ax.set(xlabel="distance from the point (places)", ylabel="response, 1 at the top", ylim=(-0.2, 1.4))
    ax.legend(loc="upper right", ncols=2)
    return "response to a point of light, mean over seeds, 0 far away"


def by_strength(ax, t):
    for k, (length, rows) in enumerate(t.spread[t.spread.rung == "textbook"].groupby("length")):
        rows = rows.groupby("strength").half_width.mean()
        ax.plot(rows.index, rows, color="0.6", linestyle=["-", "--", ":"][k % 3], label=f"ReLU, length {length:g}")
    for rung in ("rate", "spiking"):
        rows = t.spread[t.spread.rung == rung].groupby("strength").half_width.agg(["mean", "min", "max"])
        look = plots.RUNGS[rung]
        ax.vlines(rows.index, rows["min"], rows["max"], color=look.colour)
        ax.plot(
            rows.index,
            rows["mean"],
            look.marker,
            color=look.colour,
            label=f"{look.label}, length {t.spread[t.spread.rung == rung].length.iloc[0]:g}",
        )
    ax.set(xlabel="total inhibition (loop gain)", ylabel="half width (places)")
    ax.legend()
    return "half width against the strength of the inhibition; lines: textbook units, bars: range over seeds"


PANELS = (responses, by_strength)

if __name__ == "__main__":
    main(__file__)

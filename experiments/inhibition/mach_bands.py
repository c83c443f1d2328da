"""Does lateral inhibition make Mach bands on every rung?

A ring of units looks at a step and at a ramp of light and inhibits its neighbours, with a strength that falls off
exponentially: as rectified units, as rate units and as spiking neurons, always the same circuit.

Prediction: the bright side of an edge is raised and the dark side lowered by an amount known in closed form, 0.262 of
the step of the response for a total inhibition of 0.5 over a length of 3. Without inhibition there are none but what
noise makes.

Source: Mach, Sitzungsber. Akad. Wiss. Wien 52 (1865) 303; Hartline & Ratliff, J Gen Physiol 40 (1957) 357.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments._bounds import BAND, BAND_RANGE
from experiments.inhibition import _ring
from experiments.inhibition._ring import Ring, edges_in_step, folded, respond, ring, smooth_edges, spiking_edges
from neurosim import plots
from neurosim.lab import Row, above, between, check, column, judge, main, needed, report
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.theory import mach_band

QUICK = {"seeds": 2, "cells": 10, "duration": 0.8, "strengths": (0.0, 0.5)}


@dataclass(frozen=True, kw_only=True)
class Parameters(Ring):
    seeds: int = param(8, doc="seeds of the membrane noise", low=2)


class Bands(Row):
    rung: str = column("rung of the ladder (artificial: the ReLU that is the tangent of the f-I curve)")
    main: bool = column("whether this is the strength at which the rungs are compared")
    strength: float = column("total inhibition onto a unit, as loop gain of a uniform field")
    sigma_stat: float = column("membrane noise (threshold = 1)")
    step: float = column("difference of the plateaus", "Hz")
    relative_overshoot: float = column("bright band over the plateau step, mean of both edges")
    relative_undershoot: float = column("dark band over the plateau step, mean of both edges")
    peak: float = column("distance of the largest response from the first bright unit", "places")
    trough: float = column("distance of the smallest response from the last dark unit", "places")


class Profiles(Row):
    stimulus: str = column("step or ramp")
    rung: str = column("light, or a rung of the ladder")
    place: int = column("distance from the edge", "places")
    response: float = column("activity (light: its level)", "Hz")
    scaled: float = column("the same with 0 at the dark and 1 at the bright plateau")


class Sweep(Row):
    length: float = column("distance in places over which inhibition falls to 1/e")
    strength: float = column("total inhibition onto a unit, as loop gain of a uniform field")
    relative_overshoot: float = column("bright band over the plateau step, textbook ReLU units")
    theory: float = column("the same from the difference equation of the unrectified infinite line")
    clipped: bool = column("whether a unit is silenced, so that the theory does not apply")


def compute(p, seed, lab):
    found, without_noise = _ring.scene(p), lab.once(smooth_edges, p, 0)
    noisy, engine = lab.once(spiking_edges, p, seed)
    lab.note(engine=engine)
    lights = np.stack([_ring.step(p.places), _ring.ramp(p.places)])
    yield from profiles("light", lights)
    for k, strength in enumerate(p.strengths):
        main = strength == p.strength
        for rung, responses in without_noise.items():
            yield bands(rung, main, strength, p.sigma_stat, responses[k, 0])
            if main:
                yield from profiles(rung, responses[k])
        seen = noisy if main else _ring.spiking(p, lab.simulate, found, strength, lights[:1])[0]
        yield bands("spiking", main, strength, p.sigma_stat, seen[0])
        if main:
            yield from profiles("spiking", seen)
    # Without noise like cells fire in step, and inhibition comes too late for the volley that it answers.
    yield bands("spiking", False, p.strength, 0.0, lab.once(edges_in_step, p, 0)[0])
    yield Sweep.table(**lab.once(sweep, p, 0))


def profiles(rung, responses):
    """Responses to the step and to the ramp, both edges on each other."""
    for stimulus, response in zip(("step", "ramp"), responses, strict=True):
        shown = folded(response)
        part = 3 * len(shown) // 10
        low, high = shown[:part].mean(), shown[-part:].mean()
        place = np.arange(len(shown)) - len(shown) // 2
        scaled = (shown - low) / (high - low)
        yield Profiles.table(stimulus=stimulus, rung=rung, place=place, response=shown, scaled=scaled)


def bands(rung, main, strength, noise, response):
    found, quarter = _ring.bands(folded(response)), len(response) // 4
    over, under = found.relative_overshoot, found.relative_undershoot
    return Bands(rung, main, strength, noise, found.step, over, under, found.peak - quarter, found.trough - quarter + 1)


def sweep(p: Ring, seed):
    """Bright band of textbook units over lengths and strengths, beside theory: the columns of the table."""
    grid = [(length, float(strength)) for length in p.lengths for strength in np.linspace(0.0, 1.5, 16)]
    over, clipped = [], []
    for length, strength in grid:
        circuit = ring(p, strength, length=length)
        response = respond(circuit, ns.Unit(), _ring.step(p.places))[0]
        low, high = _ring.plateaus(circuit, p.places)
        over.append((float(response.max()) - high) / (high - low))
        clipped.append(bool(response.min() == 0))
    lengths, strengths = np.array(grid).T
    theory = np.array([mach_band(strength, length) for length, strength in grid])
    return {"length": lengths, "strength": strengths, "relative_overshoot": np.array(over), "theory": theory,
            "clipped": np.array(clipped)}  # fmt: skip


def at_main(t, rung):
    return t.bands[(t.bands.rung == rung) & t.bands.main]


def answer(t):
    linear, spiking = (at_main(t, rung).relative_overshoot.mean() for rung in ("artificial", "spiking"))
    without = t.bands[(t.bands.strength == 0) & (t.bands.rung == "spiking")].relative_overshoot.mean()
    return (
        f"On every rung: the bright band is {linear:.3f} of the step with rectified units and {spiking:.3f} with "
        f"spikes; without inhibition noise makes {without:.3f}."
    )


def beyond_noise(t, strength, margin=BAND):
    """The bands of the spiking ring minus those that noise makes without inhibition, by draw of the noise."""
    rows = t.bands[(t.bands.rung == "spiking") & (t.bands.sigma_stat > 0)]
    found = []
    for words, name in (("bright", "relative_overshoot"), ("dark", "relative_undershoot")):
        table = rows.pivot_table(index="seed", columns="strength", values=name)
        value = student_interval((table[strength] - table[0.0]).to_numpy())
        words = f"a {words} band at an edge, over the step, minus what noise makes without inhibition"
        found.append(needed(words, value, above(margin), possible=(-math.inf, math.inf)))
    return found


def findings(t):
    main = float(t.bands[t.bands.main].strength.iloc[0])
    why = (
        "with the inhibition there are bands and without it none; cells are those of a model, and that inhibition from "
        "all neighbours may be called unilateral is a matter of the word (A1-02)"
    )
    swept = {
        "band": {each: beyond_noise(t, main, each) for each in BAND_RANGE},
        "strength": {each: beyond_noise(t, each) for each in sorted(t.bands.strength.unique()) if each},
    }
    source = "Mach (1865); Hartline & Ratliff (1957)"
    yield judge("A1-04", *beyond_noise(t, main), why=why, source=source, over=swept, in_the_model=True)
    spiking = at_main(t, "spiking").set_index("seed").relative_overshoot
    for id, rung, words, tolerance, why in (
        ("spiking_overshoot", "artificial", "the linearised rate circuit within a quarter", 0.25,
         "five seeds give 0.86 to 0.94: the f-I curve is concave and gives the bright side less than its tangent"),
        ("spiking_is_curve", "curve", "the neuron's own f-I curve within a tenth", 0.1,
         "five seeds give 0.96 to 1.04; fewer cells or a shorter run spread more"),
    ):  # fmt: skip
        ratio = student_interval(spiking / at_main(t, rung).set_index("seed").relative_overshoot)
        words = f"The bright band of the spiking ring is that of {words} (ratio)."
        yield check(id, words, ratio, between(1 - tolerance, 1 + tolerance), why=why)
    words = "Bright band without membrane noise: cells that see the same light fire in step."
    yield report("in_step", words, student_interval(t.bands[t.bands.sigma_stat == 0].relative_overshoot))


def edge_panel(ax, t, stimulus):
    rows = t.profiles[(t.profiles.stimulus == stimulus) & (t.profiles.place.abs() <= 20)]
    rows = rows.groupby(["rung", "place"]).scaled.mean()
    drawn = "steps-mid" if stimulus == "step" else "default"
    ax.plot(rows["light"].index, rows["light"], color="0.75", linewidth=2.5, label="light", drawstyle=drawn)
    for rung in ("artificial", "rate", "spiking"):
        look = plots.RUNGS[rung]
        line = {"marker": "o", "markersize": 2.2} if rung == "spiking" else {"linestyle": look.linestyle}
        ax.plot(rows[rung].index, rows[rung], **{"linestyle": "none", **line}, color=look.colour, label=look.label)
    ax.set(xlabel="distance to the edge (places)", ylabel="response, plateaus at 0 and 1", ylim=(-0.42, 1.85))
    ax.legend(loc="upper left")
    return f"response to a {stimulus} of light, mean over seeds"


def at_a_step(ax, t):
    return edge_panel(ax, t, "step")


def at_a_ramp(ax, t):
    return edge_panel(ax, t, "ramp")


def by_strength(ax, t):
    for k, (length, rows) in enumerate(t.sweep.groupby("length")):
        rows = rows.groupby("strength")[["relative_overshoot", "theory"]].mean()
        dash = ["-", "--", "-."][k % 3]
        ax.plot(rows.index, rows.relative_overshoot, color="0.6", linestyle=dash, label=f"ReLU, length {length:g}")
        ax.plot(rows.index, rows.theory, color="black", linewidth=0.8, linestyle=":", zorder=3)
    for rung in ("rate", "spiking"):
        chosen = t.bands[(t.bands.rung == rung) & (t.bands.sigma_stat > 0)]
        rows = chosen.groupby("strength").relative_overshoot.agg(["mean", "min", "max"])
        look = plots.RUNGS[rung]
        ax.vlines(rows.index, rows["min"], rows["max"], color=look.colour)
        ax.plot(rows.index, rows["mean"], look.marker, color=look.colour, label=look.label)
    ax.set(xlabel="total inhibition (loop gain)", ylabel="bright band / step of the response", ylim=(-0.03, 1.62))
    ax.legend(loc="upper left")
    return "bright band against strength; dotted: closed form, bars: range over seeds"


PANELS = (at_a_step, at_a_ramp, by_strength)

if __name__ == "__main__":
    main(__file__)

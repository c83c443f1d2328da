"""Does lateral inhibition locate a point better, or does it only make its image narrower?

A ring of units sees a point of light through an excitatory field of 3 places. Inhibition from the neighbours, which
falls off with the distance, takes more from the flanks of the response than from its top: the image becomes narrower,
and also lower. Spikes of single trials of 0.1 s are asked for the place (maximum likelihood) and for the dip between
two points.

The light is as strong as without inhibition, or so much stronger that the drive of a unit stays the same.

Prediction: the half width falls with the strength of the inhibition. Two points that melt into one hill without it are
told apart with it. A single point is placed no better: the information about its place falls with the height.

Sources: Hartline & Ratliff, J Gen Physiol 40 (1957) 357; Green & Swets (1966) for d'.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.inhibition._places import dip, placed
from experiments.inhibition._ring import HIGH, LOW, Ring, gaussian_rows, ring, scene, smooth
from neurosim import metrics, plots
from neurosim.lab import Row, above, below, column, context, judge, main, needed, side
from neurosim.metrics import student_interval
from neurosim.params import param

QUICK = {"seeds": 2, "trials": 30, "strengths": (0.0, 0.5)}
APART, MAIN = (6, 8), 6  # places between two points, and those of the verdict
STRENGTH = 0.5  # total inhibition of the verdict
INPUTS = ("same", "matched")


@dataclass(frozen=True, kw_only=True)
class Seen(Ring):
    blur: float = param(3.0, doc="standard deviation (places) of the excitatory field that sees the point", above=0)


@dataclass(frozen=True, kw_only=True)
class Parameters(Seen):
    seeds: int = param(10, doc="seeds of the membrane noise", low=2)
    strengths: tuple[float, ...] = param((0.0, 0.5, 1.0), doc="total inhibition, for the rungs", low=0)
    trials: int = param(100, doc="trials with one point and with two at each distance", low=20)
    settle: float = param(0.1, unit="s", doc="time before counting starts", low=0)
    window: float = param(0.1, unit="s", doc="time over which the spikes of a trial are counted", above=0)


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


class Located(Row):
    strength: float = column("total inhibition onto a unit, as loop gain of a uniform field")
    input: str = column("same: as strong as without inhibition; matched: at the same drive of a unit halfway up a step")
    apart: int = column("distance of two points", "places")
    error: float = column("root mean square error of the place of a single point", "places")
    dip: float = column("response at the two points minus that halfway, mean over trials", "Hz")
    resolved: float = column("the same over its standard deviation over trials")


def compute(p, seed, lab):
    found, light, without_noise = scene(p), point(p), lab.once(smooth_points, p, 0)
    pairs = [np.roll(light, each // 2) + np.roll(light, each // 2 - each) - LOW for each in APART]
    lights = np.repeat([light, *pairs], p.trials, axis=0)
    schedule = ns.Schedule(duration=p.settle + p.window, settle=p.settle, dt=p.dt)
    for k, strength in enumerate(p.strengths):
        circuit = ring(p, strength, scene=found, blur=p.blur)
        for input in INPUTS:
            if input == "matched" or strength:  # without inhibition they are one
                factor = 1.0 if input == "matched" else 1.0 / (1.0 + strength)
                shown = ns.stimulus.constant(factor * lights, "light")
                run = lab.simulate(circuit, found.cells["spiking"], shown, schedule)
                single, *double = run.rates["retina"].reshape(1 + len(APART), p.trials, p.places)
                error = placed(single)
                for apart, rates in zip(APART, double, strict=True):
                    for name in (input,) if strength else INPUTS:
                        yield Located(strength, name, apart, error, *dip(rates, apart))
        responses = {rung: by_strength[k] for rung, by_strength in without_noise.items()}
        for rung, response in {**responses, "spiking": single.mean(axis=0)}.items():
            yield Spread(rung, strength, p.length, half_width(response))
            if strength == p.strength:
                yield profile(rung, response)
            if strength == 0 and rung == "artificial":
                yield profile("no inhibition", response)


def smooth_points(p: Seen, seed):
    """Responses of the rungs without noise (strength, place); nothing is random."""
    found, light = scene(p), point(p)
    return {
        rung: np.stack([smooth(p, found, rung, strength, light, blur=p.blur)[0] for strength in p.strengths])
        for rung in ns.RUNGS[:-1]
    }


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


def by_seed(t, column, strength, apart=MAIN, input="same"):
    rows = t.located[(t.located.strength == strength) & (t.located.apart == apart) & (t.located.input == input)]
    return rows.set_index("seed")[column].sort_index()


def located(t, strength=STRENGTH, **where):
    sharper = by_seed(t, "resolved", strength, **where) - by_seed(t, "resolved", 0.0, **where)
    error = np.log(by_seed(t, "error", strength, **where) / by_seed(t, "error", 0.0, **where))
    width = t.spread[t.spread.rung == "spiking"].pivot_table(index="seed", columns="strength", values="half_width")
    anything = (-math.inf, math.inf)
    return [
        needed("a single point is placed with a smaller error (log of the ratio)", student_interval(error),
               below(0.0, matters=math.log(0.95)), possible=anything),
        side("two points are told apart more easily (gain of d' of the dip between them)", student_interval(sharper),
             above(0.0, matters=0.2), possible=anything),
        context("the response to a point is narrower (change of the half width, places)",
                student_interval((width[strength] - width[0.0]).to_numpy()), below(0.0)),
    ]  # fmt: skip


def answer(t):
    apart = [by_seed(t, "resolved", each).mean() for each in (0.0, STRENGTH)]
    ratio = {each: (by_seed(t, "error", STRENGTH, input=each) / by_seed(t, "error", 0.0)).mean() for each in INPUTS}
    return (
        f"A total inhibition of {STRENGTH:g} takes d' of the dip between two points from {apart[0]:.1f} to "
        f"{apart[1]:.1f}; the error of a single one becomes {ratio['same']:.2f} times as large, or "
        f"{ratio['matched']:.2f} times if more light makes up for the inhibition."
    )


def findings(t):
    why = (
        "to locate is to tell two places apart, as touch is tested, and to place one; draws of the membrane noise are "
        "the unit; what matters is 0.2 of d' and a twentieth of the error"
    )
    swept = {
        "strength of the inhibition": {each: located(t, each) for each in sorted(t.located.strength.unique()) if each},
        "distance of the points": {each: located(t, apart=each) for each in APART},
        "light": {each: located(t, input=each) for each in INPUTS},
    }
    yield judge("A1-06", *located(t), why=why, over=swept, in_the_model=True)


def responses(ax, t):
    rows = t.profiles[t.profiles.place.abs() <= 20].groupby(["rung", "place"]).scaled.mean()
    ax.plot(rows["no inhibition"].index, rows["no inhibition"], color="0.75", linewidth=2.5, label="no inhibition")
    for rung in ("artificial", "rate", "spiking"):
        look = plots.RUNGS[rung]
        ax.plot(rows[rung].index, rows[rung], color=look.colour, linestyle=look.linestyle, label=look.label)
    ax.set(xlabel="distance from the point (places)", ylabel="response, 1 at the top", ylim=(-0.2, 1.4))
    ax.legend(loc="upper right", ncols=2)
    return "response to a point of light, mean over seeds, 0 far away"


def both_kinds(ax, t):
    looks = (
        ("resolved", "black", "d' of the dip between two points"),
        ("error", "vermillion", "error of one (places)"),
    )
    for value, colour, label in looks:
        for input, dash in zip(INPUTS, ("-", "--"), strict=True):
            rows = t.located[(t.located.apart == MAIN) & (t.located.input == input)]
            found, colour = (
                rows.groupby("strength")[value].agg(["mean", "min", "max"]),
                plots.OKABE_ITO.get(colour, colour),
            )
            ax.vlines(found.index, found["min"], found["max"], color=colour)
            ax.plot(found.index, found["mean"], "o", linestyle=dash, color=colour, label=label if dash == "-" else None)
    ax.axhline(0.0, color="0.7", linewidth=0.8, zorder=0.5)
    ax.set(xlabel="total inhibition (loop gain)", ylabel="d', or error (places)")
    ax.legend()
    return (
        f"trials of spikes: d' of the dip between two points {MAIN} places apart, and error of the place of one; "
        "dashed: more light with more inhibition; bars: range over seeds"
    )


PANELS = (responses, both_kinds)

if __name__ == "__main__":
    main(__file__)

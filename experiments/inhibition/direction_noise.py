"""Does inhibition from one side bring out a target bar beside a distractor that moves the other way?

A target moves in the preferred direction of the cells while a distractor moves in the null direction and begins at a
random time. The brightness of both varies from place to place, so the distractor alone answers sometimes much and
sometimes little: that is the noise. It is larger where a distractor comes in half of the trials only. Inhibition from
the place before takes from the answer to the distractor, but also some of the target's, and it brings the noise of a
second receptor.

Prediction: the signal to noise of the target, what it adds to the response over the standard deviation of the response
to the distractor alone, rises with the inhibition, to about 1.5 times at weight 5.

Source: Barlow & Levick, J Physiol 178 (1965) for the mechanism; Green & Swets (1966) for d'.
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments._existence import most
from experiments.inhibition._bar import FLASH, Bar, passing, rate_cells, seen, spiking_cells
from neurosim import plots, stimulus
from neurosim.engines import choices
from neurosim.lab import Row, above, below, column, judge, main, needed
from neurosim.metrics import Interval, student_interval
from neurosim.params import ParameterError, param

QUICK = {"seeds": 3, "noisy_trials": 30, "noises": (0.25, 0.4)}
LENGTH, LATEST = 9.5, 2.0  # units of time of a trial, and the latest time at which the distractor begins
MAIN, USUAL = 5.0, 0.25  # weight and noise of the verdict
COMES = (1.0, 0.5)  # fractions of the trials in which there is a distractor
RUNGS = {"spiking": "LIF neurons", "rate": "rectified rate units"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Bar):
    seeds: int = param(10, doc="sets of noisy bars", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    weights: tuple[float, ...] = param((0.0, 2.0, 5.0, 10.0), doc="area of the inhibition over the excitation's", low=0)
    noisy_trials: int = param(60, doc="trials of each kind in a set", low=5)
    noises: tuple[float, ...] = param(
        (0.1, 0.25, 0.4), doc="standard deviations of the brightness (mean 1)", above=0, high=0.4
    )

    def check(self):
        if list(self.weights) != sorted(set(self.weights)) or self.weights[0] != 0 or MAIN not in self.weights:
            raise ParameterError(f"Parameters.weights: got {self.weights}, expected them to increase from 0, with a 5")
        if USUAL not in self.noises:
            raise ParameterError(f"Parameters.noises: got {self.noises}, expected {USUAL:g} among them")


class Target(Row):
    rung: str = column("rung")
    weight: float = column("area of the inhibition over that of the excitation")
    noise: float = column("standard deviation of the brightness")
    comes: float = column("fraction of the trials in which there is a distractor")
    snr: float = column("what the target adds, over the standard deviation of the response to the distractor alone")
    pooled: float = column("the same over the root mean square deviation of the responses with and without the target")
    directions: float = column("d' of a single bar's two directions")
    null: float = column("response to a bar in the null direction over that in the preferred one")


class Trials(Row):
    weight: float = column("area of the inhibition over that of the excitation")
    without: float = column("response of LIF neurons to the distractor alone, over its mean without inhibition")
    together: float = column("response to target and distractor, likewise")


def compute(p, seed, lab):
    rng = lab.stream("stimulus", "brightness")
    shape, begin = (2, p.noisy_trials, p.places), rng.uniform(0.0, LATEST, p.noisy_trials)
    drawn = rng.standard_normal(shape)
    for noise in p.noises:
        target, distractor = np.maximum(1.0 + noise * drawn, 0.0)
        alone = np.stack([passing(p, bright, "preferred", LATEST / 2, LENGTH) for bright in target])
        other = np.stack([passing(p, bright, "null", at, LENGTH) for bright, at in zip(distractor, begin, strict=True)])
        frames = np.concatenate([alone, other, alone + other, 0 * alone[:1]])
        shown = stimulus.movie(frames, FLASH * p.unit, "constant", "bar")
        for rung, cells in (("rate", rate_cells(p, ("rectified",))), ("spiking", spiking_cells(p, ("rectified",)))):
            found = seen(p, lab, cells, p.weights, shown, LENGTH)[0]["rectified"]
            preferred, null, together = found[:-1].reshape(3, p.noisy_trials, len(p.weights), -1)
            for k, weight in enumerate(p.weights):
                directions = signal_to_noise(preferred[:, k], null[:, k])[1]
                ratio = null[:, k].mean() / preferred[:, k].mean()
                for comes in COMES:
                    there = (np.arange(p.noisy_trials) < comes * p.noisy_trials)[:, None]
                    with_it = np.where(there, together[:, k], preferred[:, k])
                    snr, pooled = signal_to_noise(with_it, np.where(there, null[:, k], found[-1:, k]))
                    yield Target(rung, weight, noise, comes, snr, pooled, directions, ratio)
                if rung == "spiking" and noise == USUAL and weight in (0.0, MAIN):
                    values = (each[:, k].mean(axis=1) / null[:, 0].mean() for each in (null, together))
                    yield Trials.table(weight=weight, **dict(zip(("without", "together"), values, strict=True)))


def signal_to_noise(signal, noise):
    """Difference of the means over the deviation of the noise alone, and over that of both; NaN without deviation.

    Shapes
        (trials, cells): deviations are over trials, their squares averaged over cells
    """
    difference = float(signal.mean() - noise.mean())
    both = [float(each.var(axis=0, ddof=1).mean()) for each in (noise, signal)]
    deviations = math.sqrt(both[0]), math.sqrt(sum(both) / 2)
    return tuple(difference / each if each > 0 else math.nan for each in deviations)


def of(t, rung, column, weight, noise=USUAL, comes=1.0):
    rows = t.target[(t.target.rung == rung) & (t.target.weight == weight)]
    rows = rows[(rows.noise == noise) & (rows.comes == comes)]
    return rows.set_index("seed")[column].sort_index()


def interval(values):
    """Over sets of bars; nothing where a set has no deviation to divide by."""
    values = np.asarray(values, dtype=float)
    return student_interval(values) if np.isfinite(values).all() else Interval(*3 * (math.nan,), 0)


def gain(t, rung, weight=MAIN, noise=USUAL, column="snr", comes=1.0):
    """Log of the signal to noise with inhibition over that without, by set of bars."""
    return interval(np.log(of(t, rung, column, weight, noise, comes) / of(t, rung, column, 0.0, noise, comes)))


def answer(t):
    always, unsure = (math.exp(gain(t, "spiking", comes=each).value) for each in COMES)
    before, after = (of(t, "spiking", "directions", weight).mean() for weight in (0.0, MAIN))
    return (
        f"At weight {MAIN:g} the signal to noise of LIF neurons is {always:.2f} times as large if a distractor always "
        f"comes, which costs the target its own response, and {unsure:.2f} times if half the time; d' of a bar's two "
        f"directions goes from {abs(before):.1f} to {after:.1f}."
    )


def raised(t, **how):
    words = "{}: the target's signal to noise rises (log of the ratio)"
    rule, anything = above(0.0, matters=math.log(1.1)), (-math.inf, math.inf)
    return [needed(words.format(name), gain(t, rung, **how), rule, possible=anything) for rung, name in RUNGS.items()]


def vetoed(t, better=0.2, rest=0.9):
    """What A1-03 asks: a weight and a noise at which the veto takes from the null direction, and d' gains."""
    settings = [(weight, noise) for weight in sorted(set(t.target.weight)) if weight for noise in set(t.target.noise)]
    before = {noise: of(t, "spiking", "directions", 0.0, noise) for noise in set(t.target.noise)}
    gains = {each: (of(t, "spiking", "directions", *each) - before[each[1]]).to_numpy() for each in settings}
    (weight, noise), gained = most(gains)
    null = interval(of(t, "spiking", "null", weight, noise))
    return [
        needed(f"LIF neurons tell the directions better apart at weight {weight:g}, noise {noise:g} (gain of d')",
               gained, above(0.0, matters=better), possible=(-math.inf, math.inf)),
        needed("there the null direction is suppressed (its response over the preferred one's)", null,
               below(1.0, matters=rest), possible=(0.0, math.inf)),
    ]  # fmt: skip


def findings(t):
    weights = [each for each in sorted(t.target.weight.unique()) if each]
    noises = sorted(t.target.noise.unique())
    swept = {
        "weight of the inhibition": {each: raised(t, weight=each) for each in weights},
        "noise of the brightness": {each: raised(t, noise=each) for each in noises},
        "noise taken from": {"distractor alone": raised(t), "both": raised(t, column="pooled")},
        "trials with a distractor": {each: raised(t, comes=each) for each in COMES},
    }
    why = "sets of bars are the unit; a gain of less than a tenth would not matter"
    yield judge("A1-05", *raised(t), why=why, source="Green & Swets (1966)", over=swept)
    swept = {
        "gain of d' that matters": {each: vetoed(t, each) for each in (0.1, 0.2, 0.5)},
        "null response that is left": {each: vetoed(t, rest=each) for each in (0.8, 0.9, 0.95)},
    }
    why = (
        "may: one setting of weight and noise is enough, with intervals that allow for choosing it among all. A model "
        "of the veto: the null direction loses, and that helps to tell the other one; V1 itself is not asked"
    )
    source = "Barlow & Levick (1965) described the veto in the rabbit's retina, not in V1"
    yield judge("A1-03", *vetoed(t), why=why, source=source, over=swept, in_the_model=True)


def by_weight(ax, t):
    weights = sorted(t.target.weight.unique())
    for rung, words in RUNGS.items():
        look = plots.RUNGS[rung]
        for comes, dash in zip(COMES, ("--", "-"), strict=True):
            found = [gain(t, rung, weight, USUAL, "pooled", comes) for weight in weights]
            style = plots.SeriesStyle(look.colour, dash, look.marker, words if dash == "-" else None)
            columns = ([math.exp(getattr(each, name)) for each in found] for name in ("value", "low", "high"))
            plots.plot_band(ax, weights, *columns, style=style)
    ax.axhline(1.0, color="0.6", linewidth=0.8, zorder=0.5)
    ax.set(xlabel="weight of the inhibition", ylabel="d' of the target / without inhibition")
    ax.legend(loc="best")
    return (
        "gain of the target's d' where a distractor comes in half of the trials (lines) or in all of them (dashed); "
        "shaded: 95 % intervals over sets of bars"
    )


def single_trials(ax, t):
    for weight, colour, marker in ((0.0, "sky blue", "o"), (MAIN, "black", "s")):
        chosen = t.trials[t.trials.weight == weight]
        ax.plot(
            chosen.without,
            chosen.together,
            marker,
            color=plots.OKABE_ITO[colour],
            markersize=2.0,
            alpha=0.5,
            label=f"weight {weight:g}",
        )
    top = 1.05 * max(t.trials.without.max(), t.trials.together.max())
    ax.plot([0, top], [0, top], color="0.6", linewidth=0.8, zorder=0.5)
    ax.set(xlim=(0, top), ylim=(0, top), xlabel="response, distractor", ylabel="response, with the target")
    ax.legend(loc="lower right")
    return "responses of LIF neurons with and without the target, over the mean without target and inhibition"


PANELS = (by_weight, single_trials)

if __name__ == "__main__":
    main(__file__)

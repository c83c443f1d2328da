"""Do thresholds that adapt compensate a change of the light?

A homeostatic threshold returns the rates after an additive change of the input; after a multiplicative one it returns
their mean only, because a threshold can only subtract and light multiplies.

Source: the fixed point of the target-rate rule; a tenth of the target, or of the responses, counts as returned.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.lab import Row, below, check, column, main
from neurosim.metrics import rmse
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO

TARGET = 12.0
"""Mean rate in Hz that the homeostatic threshold keeps."""
QUICK = {"presentations": 30}
IMAGES, UNITS = 40, 20


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    presentations: int = param(60, doc="presentations before and after the light changes", low=10)
    duration: float = param(0.3, unit="s", doc="length of a presentation", above=0)
    settle: float = param(0.1, unit="s", doc="time before counting starts", low=0)
    dt: float = param(2e-4, unit="s", doc="time step", above=0)
    engine: str = param("auto", doc="engine of the spiking runs", choices=ns.engines.choices("spiking"))


class Drift(Row):
    rung: str = column("rung of the ladder")
    light: str = column("additive or multiplicative change")
    moment: str = column("before, changed (at once) or adapted")
    mean_rate: float = column("mean over images and units", "Hz")
    difference: float = column("rms difference from the responses before, over their rms")
    worst_mean: float = column("largest distance of a unit's mean rate from the target", "Hz")


class Course(Row):
    rung: str = column("rung of the ladder")
    light: str = column("additive or multiplicative change")
    presentation: int = column("presentations since the change")
    mean_rate: float = column("mean over images and units", "Hz")


def compute(p, seed, lab):
    shown = ns.datasets.digits().flat[:IMAGES]
    for rung in ("curve", "spiking"):
        for light, after in (("additive", shown + 0.3), ("multiplicative", 1.5 * shown)):
            circuit, cell = adapting(shown, seed), ns.ladder(ns.LIF())[rung]
            circuit, rates = presented(p, lab, circuit, cell, shown)
            before = rates[-1]
            _, rates = presented(p, lab, circuit, cell, after)
            for moment, seen in (("before", before), ("changed", rates[0]), ("adapted", rates[-1])):
                change = rmse(seen, before) / math.sqrt(float(np.mean(before**2)))
                off = np.abs(seen.mean(axis=0) - TARGET).max()
                yield Drift(rung, light, moment, seen.mean(), change, off)
            means = [each.mean() for each in rates]
            yield Course.table(rung=rung, light=light, presentation=np.arange(len(rates)), mean_rate=means)


def adapting(shown, seed):
    """Units whose thresholds adapt, with random filters scaled to the images."""
    filters = ns.wiring.random_normal(UNITS, 64, ns.randomness.stream(seed, "weights", "drift"))
    filters = 0.5 * filters / (100.0 * shown @ filters.T).std(axis=0)[:, None]
    law = ns.homeostasis.TargetRate(target=TARGET, reference=TARGET, learning_rate=0.15)
    units = ns.Population("units", UNITS, bias=1.0 - (100.0 * shown @ filters.T).mean(axis=0), homeostasis=law)
    feed = ns.Projection("filters", "pixels", "units", filters, sign=None, tau=0.0)
    return ns.Circuit({"pixels": 64}, [units], [feed])


def presented(p, lab, circuit, cell, images):
    """The circuit after all presentations, and the rates in each of them."""
    seen = []
    stimulus = ns.Stimulus({"pixels": 100.0 * images})
    learned = lab.learn(
        circuit,
        cell,
        stimulus,
        batch=len(images),
        epochs=p.presentations,
        shuffle=False,
        schedule=ns.Schedule(duration=p.duration, settle=p.settle, dt=p.dt),
        engine=p.engine if cell.level == "spiking" else "auto",
        observe=lambda number, recording, circuit_now: seen.append(recording.rates["units"]),
    )
    return learned.circuit, seen


def at(t, light, moment, rung="spiking"):
    rows = t.drift[(t.drift.light == light) & (t.drift.moment == moment)]
    return rows[rows.rung == rung].iloc[0]


def answer(t):
    added, times = at(t, "additive", "adapted"), at(t, "multiplicative", "adapted")
    return (
        f"They undo what is added (responses differ by {100 * added.difference:.0f} % in the end), but after "
        f"multiplication only mean rates return and responses still differ by {100 * times.difference:.0f} %."
    )


def findings(t):
    rows = t.drift[t.drift.moment == "adapted"].groupby("light").worst_mean.max()
    once = t.drift[t.drift.moment == "changed"].worst_mean.min()
    words = (
        "Thresholds return every unit's mean rate to its target after either change (largest distance over target; at "
        f"once at least {once:.0f} Hz off)."
    )
    why = "a tenth of the target counts as returned; without learning the distance at once would stay"
    yield check("mean_returns", words, rows.max() / TARGET, below(0.1), why=why, decided=once > 0.1 * TARGET)


def rates_over_presentations(ax, t):
    colours = {"additive": "blue", "multiplicative": "orange"}
    for (rung, light), rows in t.course.groupby(["rung", "light"], sort=False):
        label = f"{light}, {'LIF' if rung == 'spiking' else 'f-I curve'}"
        line = "-" if rung == "spiking" else "--"
        ax.plot(rows.presentation, rows.mean_rate, line, color=OKABE_ITO[colours[light]], label=label)
    ax.axhline(TARGET, color="0.5", linestyle=":", linewidth=0.8)
    ax.set(ylim=(0, None), xlabel="presentations since the light changed", ylabel="mean rate (Hz)")
    ax.legend(loc="upper right")
    return "mean rate after the light changed; dotted: target of the thresholds"


def responses(ax, t):
    moments, colours = ("changed", "adapted"), {"additive": "blue", "multiplicative": "orange"}
    for k, (light, colour) in enumerate(colours.items()):
        for rung, marker in (("curve", "^"), ("spiking", "o")):
            values = [at(t, light, moment, rung).difference for moment in moments]
            label = f"{light}, {'LIF' if rung == 'spiking' else 'f-I curve'}"
            x = np.arange(2) + 0.08 * (k - 0.5)
            ax.plot(x, values, marker, color=OKABE_ITO[colour], label=label)
    ax.axhline(0.1, color="0.5", linestyle=":", linewidth=0.8)
    ax.set_xticks(range(2), ["at once", "adapted"])
    ax.set(xlim=(-0.4, 1.4), ylim=(0, None), ylabel="difference of responses / size", xlabel="moment")
    return "rms difference of the responses to the images from those before the change; dotted: what counts as returned"


PANELS = (rates_over_presentations, responses)

if __name__ == "__main__":
    main(__file__)

"""Does homeostasis bring silent cells back on every rung?

Homeostasis needs no gradient: a threshold that falls while a cell is less active than its target wakes silent cells,
whether they are static units, leaky rate units or LIF neurons. Half of the cells start with a threshold above all of
their drives; without homeostasis they are silent for every image.

Source: Földiák, Biol Cybern 64 (1990).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.homeostasis import TargetRate
from neurosim.lab import Row, above, below, check, column, main, report
from neurosim.params import ParameterError, Params, param
from neurosim.plots import RUNGS

QUICK = {"seeds": 1, "cells": 40, "shown": 20, "presentations": 30, "duration": 0.4}
LADDER = ("artificial", "curve", "rate", "spiking")
DISTANCE = 0.3  # silenced cells: largest drive this far below threshold


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(3, doc="populations, the unit of replication", low=1)
    engine: str = param("auto", doc="engine of the LIF cells", choices=ns.engines.choices("spiking"))
    cells: int = param(100, doc="cells of the population", low=10)
    shown: int = param(40, doc="digits shown per presentation", low=5)
    presentations: int = param(60, doc="presentations, after each of which thresholds move", low=5)
    target: float = param(10.0, unit="Hz", doc="mean rate that each cell is to keep", above=0)
    learning_rate: float = param(
        0.1, doc="fall of the threshold of a silent cell per presentation (threshold = 1)", above=0
    )
    duration: float = param(0.6, unit="s", doc="length of a presentation", above=0)
    settle: float = param(0.1, unit="s", doc="time before counting starts", low=0)
    dt: float = param(2e-4, unit="s", doc="time step", above=0)
    sigma_stat: float = param(0.0, doc="membrane noise of the LIF cells (threshold = 1)", low=0)

    def check(self):
        if self.settle >= self.duration:
            raise ParameterError(f"Parameters.settle: got {self.settle} s, expected less than {self.duration} s")


class Cells(Row):
    rung: str = column("rung of the ladder")
    cell: int = column("cell")
    silenced: bool = column("whether its threshold was put above all its drives at the start")
    before: float = column("mean rate over the digits, before", "Hz")
    after: float = column("the same after homeostasis", "Hz")
    target: float = column("rate that it is to keep", "Hz")


class Course(Row):
    rung: str = column("rung of the ladder")
    presentation: int = column("presentation, from 1")
    silent: float = column("fraction of the silenced cells below 1 % of the target")
    within: float = column("fraction of them within 20 % of the target")
    rate: float = column("their mean rate", "Hz")


def compute(p, seed, lab):
    rungs = ns.ladder(ns.LIF(sigma_stat=p.sigma_stat))
    schedule = ns.Schedule(duration=p.duration, settle=p.settle, dt=p.dt)
    for rung in LADDER:
        circuit, stimulus, silenced = population(p, lab)
        options = {"engine": p.engine if rung == "spiking" else "auto"}
        course = []

        def observe(batch, run, _, rung=rung, silenced=silenced, course=course):
            mean = run.checked_rates("cells").mean(axis=0)[silenced]
            within = np.mean(np.abs(mean - p.target) <= 0.2 * p.target)
            course.append(Course(rung, batch, np.mean(mean < 0.01 * p.target), within, mean.mean()))

        learned = lab.learn(
            circuit,
            rungs[rung],
            stimulus,
            schedule,
            batch=p.shown,
            epochs=p.presentations,
            shuffle=False,
            observe=observe,
            **options,
        )
        yield from course
        before, after = (
            lab.simulate(state.frozen(), rungs[rung], stimulus, schedule, seed=seed + 1000, **options)
            .checked_rates("cells")
            .mean(axis=0)
            for state in (circuit, learned.circuit)
        )
        yield Cells.table(
            rung=rung, cell=np.arange(p.cells), silenced=silenced, before=before, after=after, target=p.target
        )


def population(p, lab):
    """Cells that look at digits, half of them silenced; the circuit, the stimulus, and which are silenced."""
    images = ns.datasets.digits().images
    rng = lab.stream("weights", "population")
    shown = 100.0 * images[rng.permutation(len(images))[: p.shown]].reshape(p.shown, -1)  # Hz
    weights = rng.standard_normal((p.cells, shown.shape[1]))
    drive = shown @ weights.T
    weights *= 0.4 / drive.std(axis=0)[:, np.newaxis]
    drive = shown @ weights.T
    silenced = rng.permutation(p.cells) < p.cells // 2
    bias = np.where(silenced, 1.0 - DISTANCE - drive.max(axis=0), 1.0 - drive.mean(axis=0))
    law = TargetRate(target=p.target, reference=p.target, learning_rate=p.learning_rate)
    cells = ns.Population("cells", p.cells, bias, homeostasis=(law,))
    forward = ns.Projection("forward", "digits", "cells", weights, sign=None, tau=0.0)
    circuit = ns.Circuit({"digits": shown.shape[1]}, [cells], [forward])
    return circuit, ns.Stimulus({"digits": shown}), silenced


def woken(t):
    """Fraction of the silenced cells within 20 % of the target, by rung."""
    rows = t.cells[t.cells.silenced.astype(bool)]
    return ((rows.after - rows.target).abs() <= 0.2 * rows.target).groupby(rows.rung).mean()


def answer(t):
    found = woken(t)
    return (
        f"Yes: on the rung where it works least ({found.idxmin()}) {100 * found.min():.0f} % of the silent cells come "
        f"back to within 20 % of {t.cells.target.iloc[0]:g} Hz."
    )


def findings(t):
    rows = t.cells[t.cells.silenced.astype(bool)]
    words = "Without homeostasis the silenced cells are silent on every rung (largest mean rate over the target)."
    why = "every drive lies 0.3 below threshold; the fitted ReLU's is 0.68, so 0.7 is just above"
    yield check("silent", words, (rows.before / rows.target).max(), below(0.01), why=why)
    words = "Homeostasis brings silent cells back to within 20 % of their target on every rung (smallest fraction)."
    yield check("woken", words, woken(t).min(), above(0.95), why="fixed before the run", source="Földiák 1990")
    for rung in ("artificial", "spiking"):
        course = t.course[t.course.rung == rung].groupby("presentation").within.mean()
        reached = course.index[course >= 0.95]
        words = f"Presentations until 95 % of the silenced cells are within 20 % of their target, rung {rung}."
        yield report(f"presentations_{rung}", words, float(reached[0]) if len(reached) else "not reached")


def course(ax, t):
    means = t.course.groupby(["rung", "presentation"]).within.mean()
    for k, rung in enumerate(LADDER):
        ax.plot(means[rung].index, means[rung], **RUNGS[rung].line(), markevery=(2 * k, 8))
    ax.axhline(0.95, color="0.6", linewidth=0.7, linestyle=":", zorder=0.5)
    ax.set(ylim=(-0.04, 1.04), xlabel="presentations", ylabel="fraction of cells at their target")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=2)
    return "fraction of the silenced cells within 20 % of the target while their thresholds fall; dotted: 95 %"


def rates(ax, t):
    target = float(t.cells.target.iloc[0])
    ax.axhspan(0.8 * target, 1.2 * target, color="0.9", zorder=0)
    ax.axhline(target, color="0.6", linewidth=0.7, zorder=0.5)
    for place, rung in enumerate(LADDER):
        rows, style = t.cells[t.cells.silenced.astype(bool) & (t.cells.rung == rung)], RUNGS[rung]
        x = place + np.linspace(-0.3, 0.3, len(rows))
        look = {"marker": style.marker, "color": style.colour, "linestyle": "none", "markersize": 2.4}
        ax.plot(x, rows.before, markerfacecolor="white", markeredgewidth=0.5, **look)
        ax.plot(x, rows.after, **look)
    ax.set_xticks(range(len(LADDER)), [RUNGS[rung].label.replace(" ", "\n") for rung in LADDER])
    ax.set(ylim=(-0.06 * target, 1.35 * target), xlabel="rung", ylabel="mean rate (Hz)")
    return "mean rates of the silenced cells before (open) and after (filled); grey: target and 20 % about it"


PANELS = (course, rates)

if __name__ == "__main__":
    main(__file__)

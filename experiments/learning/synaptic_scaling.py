"""Does synaptic scaling bring cells to their target rate and keep the ratios between their weights?

All weights of a cell are multiplied by one factor that grows while the cell fires below its target and shrinks while it
fires above, so what a cell has learned, the ratios between its weights, stays. Cells with weights of all sizes see
regular input spikes; nothing but the scaling changes a weight.

Source: Turrigiano et al., Nature 391 (1998).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.engines import choices
from neurosim.homeostasis import SynapticScaling
from neurosim.lab import Row, below, check, column, main, report
from neurosim.params import Params, param
from neurosim.plasticity import STDP
from neurosim.plots import OKABE_ITO

CELLS, INPUTS, INPUT_RATE, TARGET, PRESENTATIONS = 8, 30, 20.0, 20.0, 80
QUICK = {"seeds": 2}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(5, doc="seeds of the weights at the start", low=1)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))


class Scaling(Row):
    cell: int = column("cell")
    rate_start: float = column("rate with the weights at the start", "Hz")
    rate_end: float = column("rate with the scaled weights", "Hz")
    target: float = column("target of the scaling", "Hz")
    factor: float = column("mean factor of its weights")
    deviation: float = column("largest relative distance of a weight's factor from that mean")


class Course(Row):
    cell: int = column("cell")
    presentation: int = column("presentation of 1 s, from 1")
    rate: float = column("rate of the cell in it", "Hz")


class Weights(Row):
    cell: int = column("cell")
    before: float = column("weight of an input before", "s")
    after: float = column("the same after scaling", "s")


def compute(p, seed, lab):
    rng = lab.stream("weights", "scaling")
    weights = rng.uniform(0.5e-3, 4e-3, (CELLS, INPUTS)) * rng.uniform(0.5, 1.5, (CELLS, 1))
    still = STDP(A_plus=0.0, A_minus=0.0, w_max=1.0)  # nothing but the scaling changes a weight
    law = SynapticScaling(target=TARGET, learning_rate=0.05, memory=1.0)
    feed = ns.Projection("feed", "inputs", "cells", weights, rule=still)
    circuit = ns.Circuit({"inputs": INPUTS}, [ns.Population("cells", CELLS, 0.5, law)], [feed])
    stimulus = ns.stimulus.regular(np.full((1, INPUTS), INPUT_RATE), "inputs")
    schedule = ns.Schedule(duration=1.0, settle=0.0, dt=5e-4)
    course = []

    def observe(number, run, _):
        course.append(Course.table(cell=np.arange(CELLS), presentation=number, rate=run.rates["cells"][0]))

    run = lab.learn(circuit, ns.LIF(), stimulus, schedule, epochs=PRESENTATIONS, observe=observe)
    yield from course
    after = run.circuit.projection("feed").dense()
    start, end = (
        lab.simulate(state.frozen(), ns.LIF(), stimulus, schedule).rates["cells"][0] for state in (circuit, run.circuit)
    )
    for k, row in enumerate(after / weights):
        yield Scaling(k, start[k], end[k], TARGET, row.mean(), np.abs(row / row.mean() - 1).max())
        yield Weights.table(cell=k, before=weights[k], after=after[k])


def answer(t):
    start, end = ((t.scaling[name] - t.scaling.target).abs().max() for name in ("rate_start", "rate_end"))
    return (
        f"Yes: cells that miss {TARGET:g} Hz by up to {start:.0f} Hz come within {end:.0f} Hz of it, and the ratios "
        f"between their weights change by at most {t.scaling.deviation.max():.0e} of themselves."
    )


def findings(t):
    words = "Scaling brings every cell to its target (largest distance)."
    why = "a window of 1 s counts whole spikes, and a step of 5 % per presentation and rate leaves one more"
    distance = (t.scaling.rate_end - t.scaling.target).abs().max()
    yield check("rate", words, distance, below(2.0), "Hz", why=why, source="fixed point of the scaling")
    words = "At the start the same cells are far from it (mean distance)."
    yield report("before", words, (t.scaling.rate_start - t.scaling.target).abs().mean(), "Hz")


def course(ax, t):
    rows = t.course[t.course.seed == t.course.seed.min()]
    for _, each in rows.groupby("cell"):
        ax.plot(each.presentation, each.rate, color=OKABE_ITO["blue"], linewidth=0.9)
    ax.axhline(TARGET, color="0.6", linestyle=":", linewidth=0.8)
    ax.set(ylim=(0, None), xlabel="presentation (1 s each)", ylabel="rate of a cell (Hz)")
    return f"rates of {CELLS} cells while all weights of a cell are scaled by one factor, first seed; dotted: target"


def ratios(ax, t):
    rows = t.weights[t.weights.seed == t.weights.seed.min()]
    for _, each in rows.groupby("cell"):
        ordered = each.sort_values("before")
        ax.plot(1e3 * ordered.before, 1e3 * ordered.after, "o-", color=OKABE_ITO["blue"], markersize=2, linewidth=0.6)
    top = 1e3 * rows[["before", "after"]].to_numpy().max()
    ax.plot([0, top], [0, top], color="0.6", linestyle=":", linewidth=0.8, zorder=0.5)
    ax.set(xlim=(0, None), ylim=(0, None), xlabel="weight before (ms)", ylabel="weight after (ms)")
    return "weights of these cells before and after: each cell's lie on a line through 0; dotted: unchanged"


PANELS = (course, ratios)

if __name__ == "__main__":
    main(__file__)

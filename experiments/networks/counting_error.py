"""How wrong is an activity that is counted in spikes, and does the error vanish in longer runs?

A perfect integrate-and-fire cell in T steps with a reset by subtraction keeps what is left over, so its rate errs by at
most 1/T; if it starts half charged the count is rounded and not cut off, and the bound is 1/(2T). With a reset to zero
whatever exceeds the threshold is lost: the rate is 1/ceil(1/a) for an activity a, and the error stays.

Source: Rueckauer et al., Front Neurosci 11:682 (2017).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.networks._twins import IF_TWINS, STEP
from neurosim.cells.perfect_if import PerfectIF
from neurosim.lab import Row, above, below, check, column, main
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO

QUICK = {}
LOOKS = {
    ("subtract", 0.5): ("bluish green", "s", "subtract, half charged"),
    ("subtract", 0.0): ("sky blue", "v", "subtract, empty"),
    ("zero", 0.5): ("vermillion", "P", "to zero, half charged"),
}
SOURCE = "Rueckauer et al. 2017; the potential left over is at most one threshold"


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    engine: str = param("auto", doc="engine of the spiking runs", choices=ns.engines.choices("spiking"))
    steps: tuple[int, ...] = param(
        (4, 8, 16, 32, 64, 128, 256), doc="durations in steps of 1 ms, increasing", low=2, high=4096
    )
    activities: int = param(401, doc="number of activities from -0.5 to 1.5", low=11)
    long: int = param(1000, doc="steps of the run that shows what remains", low=100)


class Bounds(Row):
    reset: str = column("subtract or zero")
    v_start: float = column("potential at the start")
    steps: int = column("duration in steps of 1 ms")
    largest: float = column("largest distance of rate and clip(a, 0, 1) for activities a from -0.5 to 1.5")
    mean: float = column("mean distance")
    bound: float = column("1/T, or 1/(2T) for a start at 1/2")


class Long(Row):
    reset: str = column("subtract or zero, starting empty")
    activity: float = column("constant activity asked for")
    rate: float = column("spikes per step in the long run")


def compute(p, seed, lab):
    a = np.linspace(-0.5, 1.5, p.activities)
    for options in IF_TWINS.values():
        start = options["v_start"]
        for steps in p.steps:
            error = np.abs(rates(lab, a, steps, **options) - np.clip(a, 0.0, 1.0))
            yield Bounds(
                options["reset_mode"], start, steps, error.max(), error.mean(), (0.5 if start else 1.0) / steps
            )
    for reset in ("subtract", "zero"):
        yield Long.table(reset=reset, activity=a, rate=rates(lab, a, p.long, reset_mode=reset))


def rates(lab, activity, steps, **options):
    """Spikes per step of a single rectified unit that is asked for these activities, scale 1."""
    network = ns.import_network([(np.ones((1, 1)), None), (np.ones((1, 1)), None)])
    cell = PerfectIF(**options)
    copy = ns.convert(*network, cell, activity[:, None], scales={"hidden1": 1.0}, peak=1 / STEP)
    schedule = ns.Schedule(duration=steps * STEP, settle=0.0, dt=STEP)
    run = lab.simulate(copy.circuit, copy.cells, copy.stimulus(activity[:, None]), schedule)
    return STEP * run.rates["hidden1"][:, 0]


def answer(t):
    longest = t.bounds[t.bounds.steps == t.bounds.steps.max()].set_index(["reset", "v_start"]).largest
    return (
        f"In {t.bounds.steps.max()} steps the rate errs by at most {longest['subtract', 0.0]:.4f} with a reset by "
        f"subtraction ({longest['subtract', 0.5]:.4f} half charged), but by {longest['zero', 0.5]:.2f} with a reset to "
        "zero, however long it runs."
    )


def findings(t):
    rows = t.bounds[t.bounds.reset == "subtract"]
    words = "With a reset by subtraction the error is at most 1/T, half charged 1/(2T) (largest error over the bound)."
    why = "a count is a whole number; 1e-9 for the rounding of the summed potential"
    yield check("bound", words, (rows.largest / rows.bound).max(), below(1 + 1e-9), why=why, source=SOURCE)
    long = t.bounds[(t.bounds.reset == "zero") & (t.bounds.steps == t.bounds.steps.max())]
    words = "With a reset to zero the error does not vanish (smaller of the largest errors in the longest run)."
    why = "activities just below 1 give 1/2, an error of 0.5; 0.4 leaves room for the grid of activities"
    yield check("to_zero", words, long.largest.min(), above(0.4), why=why, source="1/ceil(1/a)")


def error_against_duration(ax, t):
    for (reset, start), (colour, marker, label) in LOOKS.items():
        rows = t.bounds[(t.bounds.reset == reset) & (t.bounds.v_start == start)]
        ax.plot(1 / rows.steps, rows.largest, marker, color=OKABE_ITO[colour], label=label)
        if reset == "subtract":
            bound = "1/(2T)" if start else "1/T"
            ax.plot(1 / rows.steps, rows.bound, color=OKABE_ITO[colour], linewidth=0.9, label=bound)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    steps = sorted(set(t.bounds.steps))
    ax.set_xticks([1 / step for step in steps], [f"1/{step}" for step in steps])
    ax.minorticks_off()
    ax.set(xlabel="1/T (T: duration in steps)", ylabel="largest error (spikes per step)")
    ax.legend(loc="lower right")
    return "largest error of the rate of one IF cell over activities from -0.5 to 1.5; lines: bounds"


def rate_in_a_long_run(ax, t):
    for reset, colour, line in (("subtract", "sky blue", "-"), ("zero", "vermillion", "--")):
        rows = t.long[t.long.reset == reset]
        label = "reset to zero" if reset == "zero" else "reset by subtraction"
        ax.plot(rows.activity, rows.rate, line, color=OKABE_ITO[colour], label=label)
    ax.set(xlabel="activity asked for", ylabel="rate (spikes per step)")
    ax.legend(loc="upper left")
    return "rate of an IF cell that starts empty against the activity asked for, in a run of many steps"


PANELS = (error_against_duration, rate_in_a_long_run)

if __name__ == "__main__":
    main(__file__)

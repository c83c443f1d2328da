"""How many layers, or how much time, does a network of ReLUs need to find a sparse code?

One circuit of ReLUs and inhibition can be unrolled into a deep network with shared weights, a step of gradient descent
and a threshold per layer; run in time as the differential equation of the locally competitive algorithm; or fire
spikes. All end at the L1 minimum.

Prediction: with m and L the smallest eigenvalue of Phi^T Phi over the active columns and the largest over all, the last
of the distance shrinks by the factor 1 - m/L per layer and by exp(-m) per time constant, so a time constant is worth
about L layers. Running rates of spiking neurons without leak approach like 1/t; those of leaky neurons go elsewhere.

Sources: Daubechies, Defrise & De Mol, Commun Pure Appl Math 57 (2004); Beck & Teboulle, SIAM J Imaging Sci 2 (2009),
theorem 3.1; Gregor & LeCun, ICML (2010); Rozell et al., Neural Comput 20 (2008).
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments.inhibition._sparse_code import (
    RUNG,
    Coder,
    activity,
    agreement,
    code,
    counting_times,
    gaussian,
    rate_steps,
    spikes_before,
    unrolled,
)
from neurosim.lab import Row, check, column, main, near, report
from neurosim.params import ParameterError, param
from neurosim.plots import OKABE_ITO

QUICK = {"blocks": 10}
SEED = 42
"""The dictionary whose minimum was computed elsewhere, too."""
SHOWN = 50.0  # tau; how long the figure follows potentials and running rates
TOLERANCE = 0.01  # distance at which steps are counted
LOOK = {
    "artificial": ("ReLU, unrolled (layers)", "orange"),
    "rate": ("rate (LCA)", "blue"),
    "PerfectIF": ("IF, no leak", "black"),
    "LIF": ("LIF", "reddish purple"),
}


@dataclass(frozen=True, kw_only=True)
class Parameters(Coder):
    spiking_time: float = param(400.0, doc="length of the spiking runs, in tau", low=200)
    settling_time: float = param(400.0, doc="length of the rate run, in tau", low=100)
    layers: int = param(50, doc="layers of the unrolled network that are one circuit", low=2, high=100)
    blocks: int = param(20, doc="how many such circuits follow each other", low=1)

    def check(self):
        for name in ("spiking_time", "settling_time"):
            if getattr(self, name) % 2:
                raise ParameterError(f"Parameters.{name}: got {getattr(self, name):g}, expected an even whole number")


class Approach(Row):
    rung: str = column("artificial: unrolled, one layer per step; rate: the differential equation")
    step: float = column("layers, or time in tau")
    largest: float = column("largest distance from the minimum")
    gap: float = column("objective above its minimum")
    bound: float = column("bound of theorem 3.1 for the unrolled network; NaN for the equation")


class Trajectory(Row):
    time: float = column("time since the signal appeared", "tau")
    unit: int = column("column of the dictionary")
    potential: float = column("potential of the rate unit, threshold lambda")
    activity: float = column("its activity")
    running: float = column("spikes so far over time, of the neuron without leak")
    solution: float = column("activity at the minimum")
    settled: float = column("potential at the minimum")


class Spikes(Row):
    cell: str = column("PerfectIF (no leak) or LIF")
    time: float = column("time over which spikes were counted, from the start", "tau")
    error: float = column("largest distance of a running rate from the minimum")


class End(Row):
    rung: str = column(RUNG)
    largest: float = column("largest distance of an activity from the minimum")
    rmse: float = column("root mean squared distance")
    from_curve: float = column("leaky: largest distance from the fixed point of its own curve; NaN elsewhere")
    gap: float = column("largest excess of the objective over its minimum")
    kkt: float = column("largest violation of the conditions of optimality (Karush, Kuhn, Tucker)")
    active: float = column("active units")
    unsettled: int = column("1 if iterations found no steady state (curve only)")


class Decay(Row):
    rung: str = column("artificial or rate")
    predicted: float = column("change of the log distance per layer, ln(1 - m/L), or per tau, -m")
    measured: float = column("the same where the distance is between 1e-4 and 1e-8")


def compute(p, seed, lab):
    problem = gaussian(np.random.default_rng(SEED))
    yield from (layers := list(by_layer(problem, unrolled(p, lab, problem, p.layers, p.blocks))))
    times, grid = np.arange(0.5, SHOWN + 0.25, 0.5), counting_times(p.spiking_time)
    codes = {"reference": problem.minimum}
    for rung in ("artificial", "rate", "spiking", "curve", "leaky"):
        time = {"rate": p.settling_time, "spiking": p.spiking_time, "leaky": p.spiking_time}.get(rung, 0.0)
        record = {"rate": ("rate", "state"), "spiking": ("spikes",), "leaky": ("spikes",)}.get(rung, ())
        run = code(p, lab, problem, rung, time=time, record=record)
        codes[rung] = activity(p, run, rung)
        if rung == "rate":
            moving = run.traces["code"]
        elif record:
            counts = spikes_before(p, run.spikes["code"], grid, problem.features.shape[1])
            error = np.abs(counts / grid[:, None] - problem.minimum).max(axis=1)
            yield Spikes.table(cell="PerfectIF" if rung == "spiking" else "LIF", time=grid, error=error)
        if rung == "spiking":
            running = spikes_before(p, run.spikes["code"], times, problem.features.shape[1]) / times[:, None]
    yield from (equation := list(in_time(p, problem, moving)))
    yield from trajectory(p, problem, moving, times, running)
    for rung, numbers in agreement(problem, codes).items():
        yield End(rung, **numbers)
    active = problem.features[:, problem.minimum[0] > 1e-9]
    slowest = np.linalg.eigvalsh(active.T @ active)[0]
    for rung, rows, predicted in (
        ("artificial", layers, math.log(1 - slowest / problem.steepest)),
        ("rate", equation, -slowest),
    ):
        yield Decay(rung, predicted, decay(rows))


def by_layer(problem, codes):
    """The unrolled network, layer by layer."""
    minimum, least = problem.minimum, problem.objective(problem.minimum)
    for k, values in enumerate(codes, start=1):
        bound = problem.steepest * (minimum**2).sum() / (2.0 * k)
        yield Approach("artificial", k, np.abs(values - minimum).max(), (problem.objective(values) - least)[0], bound)


def in_time(p, problem, moving):
    """The differential equation, once per tau."""
    times, codes = moving.times / p.tau, p.tau * moving.values["rate"][:, 0]
    largest = np.abs(codes - problem.minimum).max(axis=1)
    gaps = problem.objective(codes) - problem.objective(problem.minimum)
    last = int(np.searchsorted(times, p.settling_time / 2 - 1e-9))
    for k in range(rate_steps(problem), last, rate_steps(problem)):
        yield Approach("rate", times[k], largest[k], gaps[k], math.nan)


def trajectory(p, problem, moving, times, running):
    """The units that are active at the minimum and the three that come closest to it, most active first."""
    minimum = problem.minimum[0]
    settled = problem.match[0] - (problem.features.T @ problem.features - np.eye(len(minimum))) @ minimum
    chosen = np.argsort(-settled, kind="stable")[: int((minimum > 1e-9).sum()) + 3]
    # The bias is minus the threshold, so the potential of the equation lies the threshold above the state.
    potential, codes = moving.values["state"][:, 0] + problem.penalty, p.tau * moving.values["rate"][:, 0]
    for k, time in enumerate(times.tolist()):
        at = int(np.argmin(np.abs(moving.times / p.tau - time)))
        for unit in chosen.tolist():
            now = potential[at, unit], codes[at, unit], running[k, unit]
            yield Trajectory(time, unit, *now, minimum[unit], settled[unit])


def decay(rows):
    """Change of the log distance per step where it is small enough for one mode to be left; NaN if it never is."""
    late = [(row.step, math.log(row.largest)) for row in rows if 1e-8 < row.largest < 1e-4]
    return float(np.polyfit(*zip(*late, strict=True), 1)[0]) if len(late) > 3 else math.nan


def answer(t):
    steps = {}
    series = [(rung, rows.step, rows.largest) for rung, rows in t.approach.groupby("rung")]
    series += [(cell, rows.time, rows.error) for cell, rows in t.spikes.groupby("cell")]
    for name, step, distance in series:
        near = step[step > step[distance > TOLERANCE].max()]
        steps[name] = f"{near.min():.0f}" if len(near) else f"more than {step.max():.0f}"
    return (
        f"To come within {TOLERANCE:g} of every activity it takes {steps['artificial']} layers, {steps['rate']} time "
        f"constants of rate units, or {steps['PerfectIF']} of counting the spikes of neurons without leak."
    )


def findings(t):
    table = t.decay.set_index("rung")
    for rung, words in (("artificial", "layer by layer"), ("rate", "in time")):
        ratio = table.measured[rung] / table.predicted[rung]
        words = f"The last of the distance shrinks as the slowest active mode does, {words} (ratio of the slopes)."
        why = f"one mode is left below a distance of 1e-4; predicted {table.predicted[rung]:.4f} per step"
        enough = not math.isnan(ratio)
        yield check(f"decay_{rung}", words, ratio if enough else 1.0, near(1.0, 0.03), why=why, decided=enough)
    end = t.end.set_index("rung")
    words = (
        "Leaky neurons end at the fixed point of their own curve, not at the L1 minimum (distance from the minimum)."
    )
    why = f"from their own curve it is {end.from_curve['leaky']:.3f}"
    yield report("leak", words, end.largest["leaky"], why=why)


def curves(ax, t, value, goal, label):
    """One column of the trajectories by time, with its goal at the end."""
    import matplotlib as mpl

    active = t.trajectory[t.trajectory.solution > 0].unit.unique()
    shades = dict(zip(active, mpl.colormaps["viridis"](np.linspace(0.0, 0.88, len(active))), strict=True))
    last = t.trajectory.time.max()
    for unit, rows in t.trajectory.groupby("unit", sort=False):
        if unit in shades or value == "potential":
            colour = shades.get(unit, "0.7")
            ax.plot(rows.time, rows[value], color=colour, linewidth=0.9)
            ax.plot(1.03 * last, rows[goal].iloc[0], marker="<", markersize=3, color=colour, clip_on=False)
    ax.set(xlim=(0, last), ylim=(0, None), xlabel="time (tau)", ylabel=label)


def potentials(ax, t):
    curves(ax, t, "potential", "settled", "potential (activity)")
    threshold = (t.trajectory.settled - t.trajectory.solution)[t.trajectory.solution > 0].mean()
    ax.axhline(threshold, color="0.3", linestyle="--", linewidth=0.7)
    ax.text(t.trajectory.time.max(), threshold, "threshold", ha="right", va="top", fontsize="small")
    return "potentials of rate units for one signal; grey: three that stay silent; triangles: the minimum"


def running_rates(ax, t):
    curves(ax, t, "running", "solution", "running rate (spikes per tau)")
    return "running rates of the active integrate-and-fire neurons without leak"


def distances(ax, t):
    for rung, rows in t.approach.groupby("rung"):
        name, colour = LOOK[rung]
        ax.plot(rows.step, np.maximum(rows.largest, 1e-16), color=OKABE_ITO[colour], label=name)
    for cell, rows in t.spikes.groupby("cell"):
        name, colour = LOOK[cell]
        ax.plot(rows.time, rows.error, color=OKABE_ITO[colour], linestyle="--", label=name)
    ax.set(
        xscale="log",
        yscale="log",
        ylim=(1e-16, 3.0),
        xlabel="layers, or time (tau)",
        ylabel="largest distance (activity)",
    )
    ax.legend(loc="lower left")
    return "distance from the minimum by layer and in time"


PANELS = (potentials, running_rates, distances)

if __name__ == "__main__":
    main(__file__)

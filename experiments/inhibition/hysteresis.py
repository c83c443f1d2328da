"""How much stronger must a rival become before it takes over from the winner, also among noisy neurons?

Two units inhibit each other with w = 1.5. The rival's input grows step by step and falls again, and the state is
carried along: as static ReLU units, leaky rate units with the ReLU or the f-I curve, and LIF neurons.

Prediction: a silent rival's drive x_2 - w x_1 becomes positive at the ratio w, on the way up and on the way down, so
the winner depends on the past between 1/w and w. A curved f-I curve moves that ratio, and noise makes rivals try early.

Source: Feldman & Ballard, Cognitive Sci 6 (1982) for winner-take-all networks.
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.inhibition._competition import LABELS, RUNG, Loops, loops_without_noise, path, ratios, scene, switch
from neurosim import plots
from neurosim.lab import Row, above, below, check, column, main, report
from neurosim.metrics import student_interval
from neurosim.params import param

QUICK = {"seeds": 3, "loops": 2}
DIRECTIONS = ("up", "down")
SHORT = {"artificial": "ReLU", "rate": "rate", "spiking": "LIF"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Loops):
    seeds: int = param(5, doc="seeds of the membrane noise", low=2)
    loops: int = param(4, doc="loops of the spiking pair per seed", low=1)


class Loop(Row):
    rung: str = column(RUNG)
    direction: str = column("up: the rival's input grows; down: it falls again")
    step: int = column("order in which the inputs were shown")
    ratio: float = column("input of the rival over that of the first unit")
    first: float = column("activity of the first unit, mean over loops")
    rival: float = column("activity of the rival, mean over loops")


class Switch(Row):
    rung: str = column(RUNG)
    direction: str = column("up or down")
    strength: float = column("inhibition w")
    ratio: float = column("stronger over weaker input where the winner changes, mean over loops")
    loops: int = column("loops in which it changed")


def compute(p, seed, lab):
    both, inputs = path(p)
    steps = len(ratios(p))
    found = {rung: activity[:, None] for rung, activity in lab.once(loops_without_noise, p, 0).items()}
    found["spiking"] = spiking_loops(p, lab, inputs)
    way = np.where(np.arange(len(both)) < steps, *DIRECTIONS)
    for rung, activity in found.items():
        first, rival = activity.mean(axis=1).T
        yield Loop.table(rung=rung, direction=way, step=np.arange(len(both)), ratio=both, first=first, rival=rival)
        for direction in DIRECTIONS:
            places = np.array([switch(p, activity[:, k], direction) for k in range(activity.shape[1])])
            changed = places[np.isfinite(places)]
            yield Switch(rung, direction, p.hard, changed.mean() if len(changed) else np.nan, len(changed))


def spiking_loops(p, lab, inputs):
    """Activities (steps, loops, units) in the second half of each step."""
    neurons = scene(p)
    circuit = neurons.circuit(p.hard, p.tau_inhibition, np.eye(2))
    movie = ns.Stimulus({"inputs": np.repeat(inputs[None], p.loops, axis=0)}, frame=p.dwell)
    schedule = ns.Schedule(duration=p.dwell * len(inputs), settle=0.0, dt=p.dt)
    spikes = lab.simulate(circuit, neurons.cells["spiking"], movie, schedule, record=("spikes",)).spikes["units"]
    step, late = np.divmod(spikes.times / p.dwell, 1.0)
    counts = np.zeros((len(inputs), p.loops, 2))
    kept = late >= 0.5
    np.add.at(counts, (step[kept].astype(int), spikes.trials[kept], spikes.units[kept]), 1.0)
    return neurons.activity(counts / (0.5 * p.dwell))


def ratio(t, rung):
    """Where the winner changes, mean over both directions, with its interval over seeds."""
    return student_interval(t.switch[t.switch.rung == rung].groupby("seed").ratio.mean())


def answer(t):
    relu, curve, spiking = (ratio(t, rung).value for rung in ("relu_rate", "rate", "spiking"))
    return (
        f"At w = {t.switch.strength.iloc[0]:g} the rival's input must be {relu:.2f} times the winner's with a ReLU and "
        f"{curve:.2f} times with the f-I curve; among noisy neurons {spiking:.2f} times is enough."
    )


def findings(t):
    strength, spiking = float(t.switch.strength.iloc[0]), ratio(t, "spiking")
    words = "Among LIF neurons too the winner keeps winning beyond equal inputs (ratio at which it changes)."
    why = "without hysteresis the stronger input would win at once, at a ratio of 1; inputs change by 5 % there"
    yield check("keeps_winning", words, spiking, above(1.05), why=why)
    words = "Noise lets the rival try early: among LIF neurons the winner changes below the ratio w."
    yield check("tries_early", words, spiking, below(strength), why="the ReLU without noise changes at w")
    for rung in ("relu_rate", "rate"):
        words = f"Ratio at which the winner changes, {LABELS[rung]}."
        why = "a pair close to the ratio w needs longer than a step of the input for the new winner to grow"
        yield report(f"ratio_{rung}", words, ratio(t, rung).value, why=why)


def loops(ax, t):
    strength = float(t.switch.strength.iloc[0])
    for place in (1 / strength, strength):
        ax.axvline(place, color="0.6", linestyle=":", linewidth=0.8, zorder=0.5)
    for rung in ("artificial", "rate", "spiking"):
        rows = t.loop[t.loop.rung == rung].groupby("step")[["ratio", "first", "rival"]].mean()
        half = len(rows) // 2
        for part, label in ((rows.iloc[:half], SHORT[rung]), (rows.iloc[half:], None)):
            look = {**plots.RUNGS[rung].line(), "markersize": 2.6, "label": label}
            ax.plot(part.ratio, part.rival / (part.rival + part["first"]), **look)
    ax.set_xscale("log")
    ax.set_xticks([0.5, 1 / strength, 1.0, strength, 2.0], [f"{x:.2g}" for x in (0.5, 1 / strength, 1, strength, 2)])
    ax.minorticks_off()
    ax.set(xlabel="input of the rival / of the first unit", ylabel="rival's fraction of the activity")
    ax.text(0.94 / strength, 0.5, "falls \u2193", ha="right", va="center", color="0.35")
    ax.text(1.06 * strength, 0.5, "rises \u2191", ha="left", va="center", color="0.35")
    ax.legend(loc="lower right")
    return "the rival's part while its input rises and falls again, mean over loops; dotted: ratios w and 1/w"


def where_it_changes(ax, t):
    for k, rung in enumerate(LABELS):
        look = plots.RUNGS["rate" if rung == "relu_rate" else rung]
        for shift, direction, fill in ((-0.12, "up", look.colour), (0.12, "down", "white")):
            rows = t.switch[(t.switch.rung == rung) & (t.switch.direction == direction)]
            ax.plot(
                np.full(len(rows), k + shift),
                rows.ratio,
                "o",
                color=look.colour,
                markerfacecolor=fill,
                markeredgewidth=0.8,
            )
    ax.axhline(float(t.switch.strength.iloc[0]), color="0.6", linestyle=":")
    ax.set_xticks(range(len(LABELS)), ["static\nReLU", "rate,\nReLU", "rate,\nf-I curve", "LIF"])
    ax.set(xlim=(-0.5, len(LABELS) - 0.5), xlabel="rung", ylabel="ratio of the inputs at the change")
    return "stronger over weaker input where the winner changes, a dot per seed; filled: up, open: down, dotted: w"


PANELS = (loops, where_it_changes)

if __name__ == "__main__":
    main(__file__)

"""Is the slope of a ReLU a form of synaptic plasticity?

A ReLU whose weights are frozen answers twice the input with twice the output for ever: that is a gain, and nothing is
learned. Plasticity is a change of weights that outlasts its cause. A frozen and a plastic ReLU stand side by side, with
the same start and the same inputs; both are probed with multiples of one pattern before and after it was presented.

Source: Hebb, The Organization of Behavior (1949).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.lab import Row, above, check, claim, column, main
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plasticity import Hebb
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3}
RULES = {"frozen": None, "plastic": Hebb(learning_rate=0.01)}
PRESENTATIONS = 20


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(5, doc="seeds of the pattern and the start weights", low=2)


class Gain(Row):
    unit: str = column("frozen or plastic ReLU")
    when: str = column(f"before or after {PRESENTATIONS} presentations of one pattern")
    amplitude: float = column("input as a multiple of that pattern")
    answer: float = column("activity of the unit")


class Moved(Row):
    unit: str = column("frozen or plastic ReLU")
    presentations: int = column("presentations between the two comparisons")
    largest_change: float = column("largest magnitude of a change of a weight")
    slope_before: float = column("answer to amplitude 2 minus answer to amplitude 1, before")
    slope_after: float = column("the same, after")


def compute(p, seed, lab):
    start = lab.stream("weights", "control").uniform(0.1, 0.5, (1, 8))
    pattern = lab.stream("stimulus", "control").uniform(0.2, 1.0, 8)
    feeds = [ns.Projection(f"to_{n}", "inputs", n, start, sign=None, tau=0.0, rule=r) for n, r in RULES.items()]
    circuit = ns.Circuit({"inputs": 8}, [ns.Population(name, 1) for name in RULES], feeds)
    relu = ns.Unit(activation=ns.ReLU())
    shown = ns.Stimulus({"inputs": np.tile(pattern, (PRESENTATIONS, 1))})
    learned = lab.learn(circuit, relu, shown, batch=1, shuffle=False).circuit
    amplitudes = np.linspace(0.0, 3.0, 13)
    probe = ns.Stimulus({"inputs": amplitudes[:, np.newaxis] * pattern})
    states = {"before": circuit, "after": learned}
    answers = {when: lab.simulate(state.frozen(), relu, probe).rates for when, state in states.items()}
    one, two = np.flatnonzero((amplitudes == 1.0) | (amplitudes == 2.0))
    for name in RULES:
        for when in states:
            yield Gain.table(unit=name, when=when, amplitude=amplitudes, answer=answers[when][name][:, 0])
        moved = learned.projection(f"to_{name}").dense() - circuit.projection(f"to_{name}").dense()
        slopes = [answers[when][name][two, 0] - answers[when][name][one, 0] for when in states]
        yield Moved(name, PRESENTATIONS, np.abs(moved).max(), *slopes)


def of(t, unit):
    return t.moved[t.moved.unit == unit]


def steeper(t, unit):
    """How much steeper the answers have become, mean over seeds with its interval."""
    return student_interval((of(t, unit).slope_after / of(t, unit).slope_before).to_numpy())


def answer(t):
    return (
        f"No: after {PRESENTATIONS} presentations the weights of a frozen ReLU have changed by "
        f"{of(t, 'frozen').largest_change.max():g}, and its slope is what it was (ratio "
        f"{steeper(t, 'frozen').value:g}); with a Hebb rule it is {steeper(t, 'plastic').value:.2f} times as steep."
    )


def moved(value, low, high):
    """any weight moved at all (a change above 0)"""
    return value > 0


def findings(t):
    why = (
        "plasticity is a change of weights that outlasts its cause: supported if any weight moved. The slope of the "
        f"frozen ReLU is a gain that stays what it was (ratio after to before {steeper(t, 'frozen').value:.6g}); with "
        f"a Hebb rule it becomes {steeper(t, 'plastic').value:.2f} times as steep"
    )
    yield claim("A0-11", of(t, "frozen").largest_change.max(), supported=moved, why=why)
    words = "The same ReLU with a rule has changed in the same run (smallest over seeds of the largest change)."
    why = "a tenth of one presentation's change at a learning rate of 0.01 and activities near 1: the control can tell"
    yield check("plastic", words, of(t, "plastic").largest_change.min(), above(1e-3), why=why)


def gains(ax, t):
    looks = {
        ("frozen", "before", "before (both)"): {"color": "0.75", "linewidth": 2.6},
        ("frozen", "after", "after, frozen"): {"color": OKABE_ITO["black"], "linewidth": 0.9, "linestyle": "--"},
        ("plastic", "after", "after, Hebb rule"): {"color": OKABE_ITO["vermillion"], "linewidth": 1.2},
    }
    for (unit, when, label), look in looks.items():
        rows = t.gain[(t.gain.unit == unit) & (t.gain.when == when)]
        mean = rows.groupby("amplitude").answer.mean()
        ax.plot(mean.index, mean, label=label, **look)
    ax.set(xlabel="input (multiples of the pattern)", ylabel="answer of the ReLU")
    ax.set(xlim=(0, 3), ylim=(0, None))
    ax.legend(loc="upper left")
    return f"answers to multiples of a pattern before and after {PRESENTATIONS} presentations of it, mean over seeds"


def slopes(ax, t):
    colours = {"frozen": "black", "plastic": "vermillion"}
    for unit, colour in colours.items():
        rows = of(t, unit)
        look = {"color": OKABE_ITO[colour], "marker": "o" if unit == "plastic" else "s", "markersize": 3.4}
        ax.plot(rows.slope_before, rows.slope_after, linestyle="none", label=unit, **look)
    top = 1.1 * t.moved.slope_after.max()
    ax.plot([0, top], [0, top], color="0.6", linewidth=0.7, zorder=0.5)
    ax.set(xlim=(0, 1.1 * t.moved.slope_before.max()), ylim=(0, top), xlabel="slope before", ylabel="slope after")
    ax.legend(loc="upper left")
    return "slope of the answers before and after, one point per seed; line: unchanged"


PANELS = (gains, slopes)

if __name__ == "__main__":
    main(__file__)

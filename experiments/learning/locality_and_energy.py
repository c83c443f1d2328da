"""Do Hebb-like rules need only what is at the synapse, and what does a brake on them save?

A rule is local if the change of a weight depends on the two activities, the weight itself and the unit's memory.
Everything else is moved here, one thing at a time: the activities of other inputs and of other units, and other
weights. Sanger's rule takes away what other units explain, so it needs their weights. Energy: a neuron spends
4.44e8 + 7.1e8 per Hz molecules of ATP each second, so weights that grow without bound run into any budget.

Source: Attwell & Laughlin, J Cereb Blood Flow Metab 21 (2001), constants at second hand.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.learning._hebbian import LEARNING, RATE_RULES, Linear, paths, rule_of
from neurosim.lab import Row, above, check, column, definition, main
from neurosim.metrics.energy import atp_per_second
from neurosim.plots import plot_heatmap, series_style

CONTROL = "backpropagation"
QUICK = {"counting": 3.0}
MOVED = {"other_inputs": "other\ninputs", "other_units": "other\nunits", "other_weights": "other\nweights"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Linear):
    pass


class Locality(Row):
    rule: str = column("rule of the plastic weights")
    other_inputs: float = column("change of a weight's change when the activities of other inputs move by 0.1")
    other_units: float = column("the same when the activities of other units move")
    other_weights: float = column("the same when other weights move")


class Spent(Row):
    rule: str = column("rule of the weights of a linear unit, spiking rung")
    presentation: int = column("presentations of all patterns so far")
    rate: float = column("mean activity in this presentation", "Hz")
    energy: float = column("energy that a neuron spends at this rate", "ATP/s")


def compute(p, seed, lab):
    rng = lab.stream("weights", "locality")
    w, x, y = rng.uniform(0.1, 1.0, (4, 4)), rng.uniform(0.1, 1.0, (1, 4)), rng.uniform(0.1, 1.0, (1, 4))
    for name in RATE_RULES:
        yield Locality(name, *elsewhere(rule_of(name, 1.0), w, x, y))
    yield Locality(CONTROL, *elsewhere(Backpropagation(rng.uniform(0.1, 1.0, (2, 4)), rng.uniform(size=2)), w, x, y))
    found = lab.once(paths, p, 0)
    lab.note(engine=found["engine"])
    for rule in LEARNING:
        rates = found[rule]["spiking"]["rates"]
        energy = atp_per_second(rates)
        yield Spent.table(rule=rule, presentation=np.arange(len(rates)), rate=rates, energy=energy)


@dataclass(frozen=True)
class Backpropagation:
    """Gradient descent on the squared error of a layer of two linear units behind this one, in the shape of a rule."""

    readout: Any
    target: Any

    def initial_state(self, *_):
        return None

    def next_state(self, *_):
        return None

    def dw(self, w, x, y, _):
        return -((y @ self.readout.T - self.target) @ self.readout).T @ x


def elsewhere(rule, w, x, y, i=2, j=1):
    """How far the change of one weight moves with other inputs, other units and other weights."""
    state = rule.next_state(w, x, y, rule.initial_state(*w.shape))
    others = np.ones(w.shape, dtype=bool)
    others[i, j] = False
    not_j, not_i = np.arange(w.shape[1]) != j, np.arange(w.shape[0]) != i
    usual = rule.dw(w, x, y, state)[i, j]
    for dw, dx, dy in ((0.0, 0.1, 0.0), (0.0, 0.0, 0.1), (0.1, 0.0, 0.0)):
        yield float(abs(rule.dw(w + dw * others, x + dx * not_j, y + dy * not_i, state)[i, j] - usual))


def local(t):
    """Names of the rules that need nothing from elsewhere, and of the others."""
    largest = t.locality.set_index("rule")[list(MOVED)].max(axis=1)
    return [name for name in largest.index if largest[name] == 0], [
        name for name in largest.index if largest[name] != 0
    ]


def rise(t, rule):
    """Relative growth of the energy per presentation over the last quarter of the run."""
    rows = t.spent[t.spent.rule == rule].sort_values("presentation")
    last = rows.iloc[-max(len(rows) // 4, 2) :]
    return float(
        np.log(last.energy.iloc[-1] / last.energy.iloc[0]) / (last.presentation.iloc[-1] - last.presentation.iloc[0])
    )


def answer(t):
    own, others = local(t)
    return (
        f"{', '.join(own)} need only what is at the synapse, {' and '.join(others)} do not; without a brake the energy "
        f"of a neuron rises by {100 * rise(t, 'Hebb'):.1f} % with every presentation, with Oja's by "
        f"{100 * rise(t, 'Oja'):.1f} %."
    )


def findings(t):
    own, others = local(t)
    why = (
        "plausible is a matter of definition: that a weight changes by what is at its synapse, the two activities, the "
        f"weight and the unit's memory. By moving everything else: {', '.join(own)} are such rules; "
        f"{', '.join(others)} "
        "are not, as Sanger's needs other units' weights and backpropagation the errors and weights behind"
    )
    yield definition("A1-01", len(own), "rules", why=why)
    words = (
        "Without a brake (plain Hebb) the energy of a neuron rises on with every presentation at the end of the run; "
        f"with Oja's brake by {rise(t, 'Oja'):.1e} of itself."
    )
    why = (
        "theory: weights grow by the learning rate times the largest eigenvalue, 0.015 per presentation; a third of it"
    )
    yield check("no_budget", words, rise(t, "Hebb"), above(0.005), why=why, source="Attwell & Laughlin 2001")


def locality(ax, t):
    frame = t.locality.set_index("rule")[list(MOVED)].rename(columns=MOVED)
    plot_heatmap(
        ax,
        frame,
        quantity="change of a weight's change",
        unit="1",
        fmt=".1g",
        x_label="moved by 0.1",
        y_label="rule",
        colourbar=False,
    )
    return "how far the change of one weight moves with what is not at its synapse; 0: the rule does not need it"


def energy(ax, t):
    for rule, rows in t.spent.groupby("rule"):
        style = {**series_style(str(rule)).line(), "marker": "none"}
        ax.plot(rows.presentation, rows.energy, **style)
    ax.set(yscale="log", xlabel="presentations of all patterns", ylabel="energy of a neuron (ATP/s)")
    ax.legend(loc="upper left")
    return "energy of a spiking linear unit while its weights learn, with a brake (Oja) and without (Hebb)"


PANELS = (locality, energy)

if __name__ == "__main__":
    main(__file__)

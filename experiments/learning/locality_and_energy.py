"""Do Hebb-like rules need only what is at the synapse, and what does a brake on them save?

A rule is local if the change of a weight depends on the two activities, the weight itself and the unit's memory.
Everything else is moved here, one thing at a time: the activities of other inputs and of other units, and other
weights. Sanger's rule takes away what other units explain, so it needs their weights. Energy: a neuron spends
4.44e8 + 7.1e8 per Hz molecules of ATP each second, so weights that grow without bound run into any budget.

Source: Attwell & Laughlin, J Cereb Blood Flow Metab 21 (2001), constants at second hand.
"""

from dataclasses import dataclass

import numpy as np

from experiments.learning._hebbian import LEARNING, RATE_RULES, Linear, paths, rule_of
from neurosim.lab import Row, claim_of_parts, column, main
from neurosim.metrics.energy import atp_per_second
from neurosim.plots import plot_heatmap, series_style

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
        yield Locality(name, *needed(rule_of(name, 1.0), w, x, y))
    found = lab.once(paths, p, 0)
    lab.note(engine=found["engine"])
    for rule in LEARNING:
        rates = found[rule]["spiking"]["rates"]
        energy = atp_per_second(rates)
        yield Spent.table(rule=rule, presentation=np.arange(len(rates)), rate=rates, energy=energy)


def needed(rule, w, x, y, i=2, j=1):
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
    return [name for name in RATE_RULES if largest[name] == 0], [name for name in RATE_RULES if largest[name] != 0]


def spent(t):
    last = t.spent[t.spent.presentation == t.spent.groupby("rule").presentation.transform("max")]
    return last.set_index("rule").energy


def answer(t):
    own, others = local(t)
    energy = spent(t)
    return (
        f"{len(own)} of {len(RATE_RULES)} rules need only what is at the synapse (not so: {', '.join(others)}); after "
        f"{LEARNING['Hebb'][1]} presentations plain Hebb costs {energy['Hebb'] / energy['Oja']:.1f} times the energy "
        "of Oja's rule, and its weights still grow."
    )


def findings(t):
    own, others = local(t)
    energy = spent(t)
    parts = {
        f"the rules need nothing that is not at the synapse (they do: {', '.join(own)}; not: {', '.join(others)})": (
            not others
        ),
        f"without a brake no budget is kept ({energy['Hebb']:.2g} ATP/s and neuron under plain Hebb at the end of the "
        f"run and rising as the weights do, {energy['Oja']:.2g} with Oja's brake)": energy["Hebb"] > 2 * energy["Oja"],
    }
    why = (
        "plausible is a matter of definition; tested is whether a rule is local, by moving everything but the "
        "synapse's own activities, weight and unit's memory. Energy on the spiking rung; the second condition holds "
        "beyond twice the cost"
    )
    yield claim_of_parts("A1-01", parts, why=why, source="Attwell & Laughlin 2001")


def locality(ax, t):
    frame = t.locality.set_index("rule")[list(MOVED)].rename(columns=MOVED)
    plot_heatmap(ax, frame, quantity="change of a weight's change", unit="1", fmt=".1g", x_label="moved by 0.1",
                 y_label="rule", colourbar=False)  # fmt: skip
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

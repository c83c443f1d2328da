"""Are the same units silent when a trained ReLU network runs as leaky rates and as spiking neurons?

Each hidden layer gets the activities before it, or the whole network runs. A perfect integrate-and-fire cell with reset
by subtraction is silent in T steps exactly where T a <= 1, so layer by layer its silent set is the set of zeros but for
activities between 0 and 1/T; a LIF neuron with its threshold at 0 drive is silent where its membrane has not got there
in time. In a whole network spikes that come before the inhibition that should prevent them leave a trace in the next
layer, so active sets overlap less.

Source: Rueckauer et al., Front Neurosci 11:682 (2017), sec. 2 (reset by subtraction, scaling by layer maxima).
"""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

import neurosim as ns
from experiments.sparsity._trained import COLOURS, HIDDEN, QUICK_LEARNING, TASKS, Learning, learned, network_of, task_of
from neurosim import metrics
from neurosim.decisions import accuracy
from neurosim.engines import choices
from neurosim.lab import Row, above, check, column, main, near
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

STEPS = 100
"""Time steps of the perfect integrate-and-fire twin: T of the prediction."""
RELATIVE = 1e-4
"""A leaky rate counts as active above this fraction of its layer's largest one: it decays, but never to 0."""
QUICK = {"seeds": 3, **QUICK_LEARNING, "shown": 6}
WORDS = {"rate": "leaky\nrate", "perfect_if": "perfect\nIF", "lif": "LIF"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Learning):
    seeds: int = param(5, doc="number of seeds, the unit of replication", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    shown: int = param(40, doc="test examples shown to rate units and spiking neurons", low=4)
    shown_dt: float = param(5e-4, unit="s", doc="time step of the LIF twin", above=0)


class Twins(Row):
    task: str = column("prototypes (the hard ones) or digits")
    rung: str = column("rate, perfect_if or lif")
    run: str = column("layer: each layer gets the static activities before it; network: the whole network runs")
    layer: int = column("hidden layer")
    entries: int = column("test examples times units")
    between: int = column("entries with 0 < a <= 1/T, a the activity over its layer's maximum")
    differing: int = column("other entries that are silent on one side only")
    overlap: float = column("overlap (Jaccard index) of the sets of active units, mean over examples")
    correlation: float = column("correlation of rates and static activities over examples and units")
    accuracy: float = column("fraction of the shown examples classified correctly (NaN: no whole network)")
    static_accuracy: float = column("the same for the static network")


def compute(p, seed, lab):
    for name in TASKS:
        network = network_of(lab.once(learned, p.learner(name), seed))
        task = task_of(p, name, seed)
        x, labels = task.test_x[: p.shown], task.test_y[: p.shown]
        static = network.forward({"input": x})
        scale = {layer: float(static.activity[layer].max()) for layer in HIDDEN}
        right = accuracy(static.activity["output"], labels)

        def row(rung, run, layer, rates, silent, found, here=(name, static, scale, right)):
            return compared(*here, rung=rung, run=run, layer=layer, rates=rates, silent=silent, found=found)

        cells = {n: ns.LeakyRate(activation=network.activations[n]) for n in network.order}
        schedule = ns.Schedule(duration=0.4, settle=0.3, dt=1e-3)
        stimulus = ns.Stimulus({"input": x})
        rates = lab.simulate(network.to_circuit(), cells, stimulus, schedule, engine="auto").rates
        for layer in HIDDEN:
            silent = rates[layer] <= RELATIVE * rates[layer].max()
            yield row("rate", "network", layer, rates[layer], silent, accuracy(rates["output"], labels))
        for rung in ("perfect_if", "lif"):
            for layers in ((HIDDEN[0],), (HIDDEN[1],), HIDDEN):
                made = twin(p, network, scale, rung, layers)
                given = x if layers[0] == HIDDEN[0] else static.activity[HIDDEN[0]]
                run = lab.simulate(made.circuit, made.cell, ns.Stimulus({"input": given}), made.schedule)
                whole, found = len(layers) > 1, np.nan
                if whole:
                    hidden = made.unit[HIDDEN[1]] * run.rates[HIDDEN[1]]
                    found = accuracy(hidden @ network.weights["to_output"].T + network.biases["output"], labels)
                for layer in layers:
                    kind, rates = "network" if whole else "layer", run.rates[layer]
                    yield row(rung, kind, layer, rates, rates == 0, found)


def compared(task, static, scale, static_accuracy, *, rung, run, layer, rates, silent, found):
    """Who is silent, against the static network."""
    a = static.activity[layer] / scale[layer]
    between = (a > 0) & (a <= 1.0 / STEPS) if rung == "perfect_if" else np.zeros(a.shape, dtype=bool)
    zero = a <= (RELATIVE if rung == "rate" else 0.0)
    return Twins(
        task, rung, run, 1 + HIDDEN.index(layer), a.size, int(between.sum()),
        int(((silent != zero) & ~between).sum()), np.nanmean(metrics.jaccard(1.0 - silent, 1.0 - zero)),
        metrics.correlation(rates, a), found, static_accuracy,
    )  # fmt: skip


def twin(p, network, scale, kind, layers):
    """Hidden layers of a network as neurons, with the activity per Hz of each; a single one gets currents.

    Equation
        perfect IF: drive = (tau_m/dt) z/scale, so that the largest activity is one spike per step
        LIF: drive = 1 + z/scale; activity = scale rate/rate(2)
    """
    if kind == "perfect_if":
        dt = 1e-3
        cell = ns.cells.PerfectIF(tau_m=2 * dt, reset_mode="subtract")
        schedule = ns.Schedule(duration=STEPS * dt, settle=0.0, dt=dt)
        gain, threshold, peak, tau = cell.tau_m / dt, 0.0, 1.0 / dt, 0.0
    else:
        cell = ns.LIF()
        schedule = ns.Schedule(duration=0.5, settle=0.0, dt=p.shown_dt)
        gain, threshold, peak, tau = 1.0, 1.0, float(cell.transfer(np.array(2.0))), 5e-3
    populations, projections, unit = [], [], {}
    source, before = "input", 1.0
    for name in layers:
        factor = gain / scale[name]
        unit[name] = scale[name] / peak
        populations.append(ns.Population(name, p.units, bias=threshold + factor * network.biases[name]))
        weights = factor * before * network.weights[f"to_{name}"]
        delay = 0.0 if source == "input" else tau
        projections.append(ns.Projection(f"to_{name}", source, name, weights, sign=None, tau=delay))
        source, before = name, unit[name]
    inputs = {"input": network.weights[f"to_{layers[0]}"].shape[1]}
    circuit = ns.Circuit(inputs, populations, projections)
    return SimpleNamespace(circuit=circuit, cell=cell, schedule=schedule, unit=unit)


def whole(t, rung, column_="overlap"):
    """A number of the second layer of whole networks, mean of the tasks, over seeds."""
    rows = t.twins[(t.twins.run == "network") & (t.twins.layer == 2) & (t.twins.rung == rung)]
    values = rows.accuracy - rows.static_accuracy if column_ == "accuracy" else rows[column_]
    return student_interval(values.groupby(rows.seed).mean().to_numpy())


def answer(t):
    cost = 100 * whole(t, "lif", "accuracy").value
    return (
        f"Nearly: active sets of the second layer overlap with the static ones by {whole(t, 'rate').value:.3f} as "
        f"rates, {whole(t, 'perfect_if').value:.2f} as perfect integrate-and-fire cells and "
        f"{whole(t, 'lif').value:.2f} as LIF neurons ({cost:+.1f} points of accuracy)."
    )


def findings(t):
    layer = t.twins[(t.twins.run == "layer") & (t.twins.rung == "perfect_if")]
    words = (
        f"Layer by layer perfect integrate-and-fire cells are silent in {STEPS} steps where ReLU is 0 (entries not)."
    )
    why = f"all of {layer.entries.sum()} but {layer.between.sum()} activities between 0 and 1/T: v after T steps is T a"
    yield check("silent_set", words, layer.differing.sum(), near(0, 0), why=why)
    words = "Leaky rate units of a whole network are silent where ReLU is 0 (entries not)."
    why = f"active is above {RELATIVE:g} of the layer's largest activity, after 30 time constants"
    yield check("silent_rate", words, t.twins[t.twins.rung == "rate"].differing.sum(), near(0, 0), why=why)
    for rung in ("perfect_if", "lif"):
        words = f"A whole network ({rung}) classifies as well as the static one (difference of accuracy)."
        why = "fixed before: 0.05 is two of the 40 examples shown"
        yield check(f"accuracy_{rung}", words, whole(t, rung, "accuracy"), above(-0.05), why=why)


def overlaps(ax, t):
    rows = t.twins[t.twins.run == "network"]
    for place, rung in enumerate(WORDS):
        for task, shift in zip(TASKS, (-0.14, 0.14), strict=True):
            for layer, marker in ((1, "o"), (2, "s")):
                values = rows[(rows.rung == rung) & (rows.task == task) & (rows.layer == layer)].overlap
                colour, label = OKABE_ITO[COLOURS[task]], f"{task}, layer {layer}" if place == 0 else None
                ax.plot(
                    [place + shift + (layer - 1.5) * 0.1] * len(values),
                    values,
                    marker,
                    color=colour,
                    markersize=3.0,
                    markeredgewidth=0.7,
                    markerfacecolor=colour if layer == 2 else "white",
                    label=label,
                )
    ax.set_xticks(range(3), WORDS.values())
    ax.set(xlim=(-0.5, 2.5), ylim=(min(0.8, 0.98 * rows.overlap.min()), 1.01), xlabel="same weights in")
    ax.set(ylabel="overlap of the active sets")
    ax.legend(loc="lower left")
    return "overlap (Jaccard) of the active units with those of the static network when the whole network runs, by seed"


def accuracies(ax, t):
    rows = t.twins[(t.twins.run == "network") & (t.twins.layer == 2)]
    for place, rung in enumerate(WORDS):
        for task, shift in zip(TASKS, (-0.1, 0.1), strict=True):
            part = rows[(rows.rung == rung) & (rows.task == task)]
            found, colour = (
                student_interval((part.accuracy - part.static_accuracy).to_numpy()),
                OKABE_ITO[COLOURS[task]],
            )
            ax.plot(place + shift, found.value, "o", color=colour, label=None if place else task)
            ax.vlines(place + shift, found.low, found.high, color=colour)
    ax.axhline(0.0, color="0.6", linewidth=0.7, zorder=0.5)
    ax.set_xticks(range(3), WORDS.values())
    ax.set(xlim=(-0.5, 2.5), xlabel="same weights in", ylabel="accuracy less the static network's")
    ax.legend(loc="lower left")
    return "accuracy of the same networks less that of the static ones; 95 % intervals over seeds"


PANELS = (overlaps, accuracies)

if __name__ == "__main__":
    main(__file__)

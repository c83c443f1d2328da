"""Which population's step up the ladder costs accuracy, sparseness or time?

A network that learned digits is a circuit of three populations: an input layer that copies the pixels, a hidden layer
and a read-out. Between two neighbouring rungs all eight mixtures run, so that each population climbs before and after
every other; its share is the mean change over the orders (Shapley value), and the shares add up to the whole.

Prediction: the shape of the curve costs accuracy in the hidden layer and none in the read-out, because the same rising
curve in all units of the read-out keeps their order; dynamics cost time in every population and no accuracy, because
the steady state knows none; spikes cost accuracy in the read-out, where no sum over units averages whole spikes.

Source: Shapley, in Contributions to the Theory of Games II (1953) 307; Gerstner et al., Neuronal Dynamics (2014),
sec. 1.3.
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.networks._digits import Digits, halves, learned
from neurosim.climbing import climb
from neurosim.decisions import accuracy, decide
from neurosim.engines import choices
from neurosim.lab import Row, above, check, column, main, near, report
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.training import Network

QUICK = {"seeds": 2, "images": 400, "epochs": 10, "shown": 20, "duration": 0.2}
POPULATIONS = {"copies": "input", "hidden": "hidden layer", "readout": "read-out"}
REACH = 3.0
"""Drive that the largest activities of a layer are mapped to (threshold 1)."""
STEPS = {"curve": "shape", "rate": "dynamics", "spiking": "spikes"}
"""What changes with the step to a rung."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(5, doc="number of seeds of split, weights and order of examples", low=2)
    engine: str = param("auto", doc="engine of the spiking populations", choices=choices("spiking"))
    shown: int = param(100, doc="test digits shown to every mixture", low=10)
    max_rate: float = param(100.0, unit="Hz", doc="input rate of the brightest pixel", above=0)
    tau_synapse: float = param(5e-3, unit="s", doc="synaptic time constant between populations", above=0)
    duration: float = param(0.4, unit="s", doc="length of a presentation", above=0)
    settle: float = param(0.1, unit="s", doc="time before counting starts", low=0)
    dt: float = param(5e-4, unit="s", doc="time step", above=0)

    @property
    def schedule(self):
        """When activity is counted."""
        return ns.Schedule(duration=self.duration, settle=self.settle, dt=self.dt)


class Mixtures(Row):
    step: str = column("what changes: shape, dynamics or spikes")
    above: str = column("populations that have climbed")
    accuracy: float = column("fraction of the digits classified correctly; silence and ties are wrong")
    active: float = column("fraction of the hidden units with half a spike or more in the window")
    latency: float = column("time from which the summed activity of the read-out decides as at the end", "s")


class Shares(Row):
    step: str = column("what changes: shape, dynamics or spikes")
    population: str = column("population that climbs")
    moved: float = column("how far the read-out moves (rms), mean over the orders", "Hz")
    accuracy: float = column("change of the accuracy, mean over the orders")
    active: float = column("change of the active fraction of hidden units, mean over the orders")
    latency: float = column("change of the latency, mean over the orders", "s")


def compute(p, seed, lab):
    cells, network = ns.ladder(ns.LIF()), Network(*lab.once(learned, Digits(images=p.images, epochs=p.epochs), seed))
    _, _, x, labels = halves(p, seed)
    x, labels = x[: p.shown], labels[: p.shown]
    circuit = three_populations(p, network, cells["artificial"].transfer, halves(p, seed)[0])
    half = 0.5 / p.schedule.window
    measures = {
        "accuracy": lambda run: accuracy(run.rates["readout"], labels),
        "active": lambda run: np.mean(run.rates["hidden"] > half),
        "latency": lambda run: latency(run, p.schedule),
    }
    for lower, upper in zip(ns.RUNGS, ns.RUNGS[1:], strict=False):
        found = climb(
            circuit, cells, ns.Stimulus({"pixels": p.max_rate * x}), p.schedule, rungs=(lower, upper), seed=seed,
            record=("spikes", "rate"), engine=p.engine, progress=False,
        )  # fmt: skip
        for climbed, run in found.runs.items():
            names = "+".join(name for name in POPULATIONS if name in climbed) or "none"
            yield Mixtures(STEPS[upper], names, **{name: measure(run) for name, measure in measures.items()})
        changes = {name: found.table(measure).change for name, measure in measures.items()}
        for k, row in found.table().iterrows():
            yield Shares(STEPS[upper], row.population, row.moved, **{name: each[k] for name, each in changes.items()})
        if upper == "spiking":
            lab.note(engine=run.provenance["engine"])


def three_populations(p, network, relu, seen):
    """The network with a layer that copies the pixels, its activities as drives of neurons.

    Equation
        drive = threshold + scale (b + W a), scale = (REACH - threshold)/(largest activity of the layer); the biases of
        the read-out are raised together until no output is negative, which leaves every decision as it is
    """
    run = network.forward({"input": seen})
    outputs = run.activity["output"]
    layers = {
        "copies": (np.eye(seen.shape[1]), np.zeros(seen.shape[1]), seen.max()),
        "hidden": (network.weights["to_hidden1"], network.biases["hidden1"], run.activity["hidden1"].max()),
        "readout": (network.weights["to_output"], network.biases["output"] - outputs.min(), np.ptp(outputs)),
    }
    populations, projections, before, unit = [], [], "pixels", p.max_rate
    for name, (weights, bias, top) in layers.items():
        scale = (REACH - relu.threshold) / top
        populations.append(ns.Population(name, len(weights), bias=relu.threshold + scale * bias))
        tau = 0.0 if before == "pixels" else p.tau_synapse
        projections.append(ns.Projection(f"to_{name}", before, name, scale * weights / unit, sign=None, tau=tau))
        before, unit = name, relu.gain * scale
    return ns.Circuit({"pixels": seen.shape[1]}, populations, projections)


def latency(run, schedule):
    """Time from which the summed activity of the read-out decides as at the end (s), mean over the digits; static: 0.

    Where nothing has been said at the end, it is the whole presentation.
    """
    steps = np.arange(schedule.steps + 1) * schedule.dt
    if "readout" in run.spikes:
        spikes = run.spikes["readout"]
        sent = np.zeros((schedule.steps, *run.rates["readout"].shape))
        np.add.at(sent, (np.rint(spikes.times / schedule.dt).astype(int), spikes.trials, spikes.units), 1.0)
    elif "readout" in run.traces:
        sent = run.traces["readout"].values["rate"]
    else:
        return 0.0
    summed = np.cumsum(sent, axis=0)
    decided = decide(summed.reshape(-1, summed.shape[2])).reshape(summed.shape[:2])
    other = (decided != decided[-1]) | (decided[-1] < 0)
    last = np.where(other.any(axis=0), len(other) - np.argmax(other[::-1], axis=0), 0)
    return float(steps[last].mean())


def share(t, step, population, measure):
    """A population's share of a change, over seeds."""
    rows = t.shares[(t.shares.step == step) & (t.shares.population == population)]
    return student_interval(rows[measure].to_numpy())


def total(t, step, measure):
    """The change of all populations together, over seeds."""
    return student_interval(t.shares[t.shares.step == step].groupby("seed")[measure].sum().to_numpy())


def answer(t):
    where = [(step, name) for step in STEPS.values() for name in POPULATIONS]
    shares = {m: {w: share(t, *w, m).value for w in where} for m in ("accuracy", "active", "latency")}
    dear, sparse = (min(shares[m], key=shares[m].get) for m in ("accuracy", "active"))
    slow = max(shares["latency"], key=shares["latency"].get)
    of = {(step, name): f"{step} of the {POPULATIONS[name]}" for step, name in where}
    return (
        f"Accuracy falls most by {of[dear]} ({100 * shares['accuracy'][dear]:+.1f} points), the active fraction by "
        f"{of[sparse]} ({100 * shares['active'][sparse]:+.0f} points), and decisions are late most by {of[slow]} "
        f"({1000 * shares['latency'][slow]:+.0f} ms)."
    )


def findings(t):
    words = "The shape of the read-out's curve changes no decision (change of accuracy)."
    why = "the same rising curve in all units keeps their order; half a percent is less than one digit shown"
    yield check("read_out_shape", words, share(t, "shape", "readout", "accuracy"), near(0.0, 0.005), why=why)
    words = "Dynamics cost no accuracy (change when all populations get them)."
    why = "the steady state knows no dynamics; two percent are two of the digits shown"
    yield check("dynamics", words, total(t, "dynamics", "accuracy"), near(0.0, 0.02), why=why)
    words = "Dynamics cost time in every population (smallest share of the latency)."
    why = "each population follows its drive with a time constant"
    least = min((share(t, "dynamics", n, "latency") for n in POPULATIONS), key=lambda found: found.value)
    yield check("latency", words, least, above(0.0), "s", why=why)
    words = "Accuracy that spikes of the read-out cost beyond those of the hidden layer."
    rows = t.shares[t.shares.step == "spikes"].pivot_table(index="seed", columns="population", values="accuracy")
    yield report("spikes", words, student_interval((rows.hidden - rows.readout).to_numpy()))


def panel(ax, t, measure, scale, label):
    """Shares of the three populations in each step."""
    for k, (name, words) in enumerate(POPULATIONS.items()):
        found = [share(t, step, name, measure) for step in STEPS.values()]
        place = np.arange(len(STEPS)) + 0.22 * (k - 1)
        ax.bar(place, [scale * f.value for f in found], width=0.2, label=words)
        ax.vlines(place, [scale * f.low for f in found], [scale * f.high for f in found], color="0.2", linewidth=0.8)
    ax.axhline(0.0, color="0.6", linewidth=0.7)
    ax.set_xticks(range(len(STEPS)), STEPS.values())
    ax.set(xlabel="what changes", ylabel=label)


def costs_of_accuracy(ax, t):
    panel(ax, t, "accuracy", 100.0, "change of accuracy (points)")
    ax.legend()
    return "change of accuracy when one population climbs, mean over the orders; intervals over seeds"


def costs_of_sparseness(ax, t):
    panel(ax, t, "active", 100.0, "change of active hidden units (points)")
    return "the same for the fraction of hidden units that are active"


def costs_of_time(ax, t):
    panel(ax, t, "latency", 1000.0, "change of latency (ms)")
    return "the same for the time from which the summed activity of the read-out decides as at the end"


PANELS = (costs_of_accuracy, costs_of_sparseness, costs_of_time)

if __name__ == "__main__":
    main(__file__)

"""Is lowering a bias the same as raising a threshold, for a ReLU and for a spiking neuron?

For a ReLU it is the same number with the other sign. For a LIF neuron both move the onset alike, but a raised threshold
also lowers the gain, because the potential climbs farther from reset. A threshold 1 + shift of a cell that resets to 0
is the drive divided by 1 + shift. The network runs on the ladder with drive = threshold + scale (b + W a), so that the
fitted ReLU gives its activities back.

Source: the LIF equation, whose v scales with its threshold; Gerstner et al., Neuronal Dynamics (2014), section 1.3.
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.networks._digits import Digits, halves, learned
from neurosim import training
from neurosim.decisions import accuracy
from neurosim.lab import Row, above, check, column, main, near, report
from neurosim.metrics import student_interval
from neurosim.params import ParameterError, param
from neurosim.plots import OKABE_ITO, RUNGS

QUICK = {"seeds": 3, "images": 300, "epochs": 15, "shifts": (0.0, 0.4, 0.8)}
REACH = 3.0
"""Drive that the largest activity of the trained network has on the ladder (threshold 1)."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(8, doc="networks, the unit of replication", low=2)
    shifts: tuple[float, ...] = param((0.0, 0.2, 0.4, 0.6, 0.8, 1.2, 1.6), doc="bias or threshold, from 0", low=0)
    duration: float = param(0.3, unit="s", doc="length of a presentation", above=0)
    settle: float = param(0.1, unit="s", doc="time before counting starts", low=0)
    dt: float = param(2e-4, unit="s", doc="time step", above=0)
    engine: str = param("auto", doc="engine of the spiking runs", choices=ns.engines.choices("spiking"))

    def check(self):
        if len(self.shifts) < 2 or self.shifts[0] != 0 or list(self.shifts) != sorted(set(self.shifts)):
            raise ParameterError(f"Parameters.shifts: got {self.shifts}, expected at least two, increasing from 0")


class Twins(Row):
    route: str = column("relu bias; relu threshold; lif bias; lif threshold")
    shift: float = column("fall of the bias or rise of the threshold (threshold distance)")
    active_fraction: float = column("fraction of active units")
    mean_rate: float = column("mean rate", "Hz")
    accuracy: float = column("accuracy of the network's own read-out")


def compute(p, seed, lab):
    circuit, cells = lab.once(learned, p, seed)
    network = training.Network(circuit, cells)
    x, _, test, labels = halves(p, seed)
    rungs = ns.ladder(ns.LIF())
    relu = rungs["artificial"].activation
    w, b = network.weights["to_hidden1"], network.biases["hidden1"]
    scale = (REACH - relu.threshold) / float(np.quantile(np.maximum(0.0, x @ w.T + b), 0.999))
    weights, bias = scale * w / 100.0, relu.threshold + scale * b
    stimulus = ns.Stimulus({"input": 100.0 * test})
    schedule = ns.Schedule(duration=p.duration, settle=p.settle, dt=p.dt)

    def hidden(shift, factor):
        feed = ns.Projection("to_hidden", "input", "hidden", weights * factor, sign=None, tau=0.0)
        return ns.Circuit({"input": 64}, [ns.Population("hidden", len(w), bias=(bias - shift) * factor)], [feed])

    for shift in p.shifts:
        raised = ns.Unit(activation=relu.replace(threshold=relu.threshold + shift))
        for route, made, cell in (
            ("relu bias", hidden(shift, 1.0), rungs["artificial"]),
            ("relu threshold", hidden(0.0, 1.0), raised),
            ("lif bias", hidden(shift, 1.0), rungs["spiking"]),
            ("lif threshold", hidden(0.0, 1.0 / (1.0 + shift)), rungs["spiking"]),
        ):
            engine = p.engine if cell.level == "spiking" else "auto"
            rates = lab.simulate(made, cell, stimulus, schedule, engine=engine).checked_rates("hidden")
            shown = rates / (relu.gain * scale) @ network.weights["to_output"].T + network.biases["output"]
            yield Twins(route, shift, (rates > 0).mean(), rates.mean(), accuracy(shown, labels))


def gaps(t, kind):
    """Bias minus threshold of a kind of cell, by network and shift."""
    rows = t.twins.set_index(["route", "seed", "shift"])
    return rows.loc[f"{kind} bias"] - rows.loc[f"{kind} threshold"]


def at_largest(t, route, name):
    rows = t.twins[(t.twins.route == route) & (t.twins["shift"] == t.twins["shift"].max())]
    return student_interval(rows[name].to_numpy())


def answer(t):
    gap = gaps(t, "lif").mean_rate.groupby("shift").mean().iloc[-1]
    return (
        f"For the ReLU yes, to rounding; for the LIF neuron only the onset: at a shift of {t.twins['shift'].max():g} a "
        f"raised threshold leaves {gap:.1f} Hz less than a lowered bias."
    )


def findings(t):
    words = "For the ReLU a lower bias and a higher threshold are the same, in rate, active fraction and accuracy."
    why = "drive - (threshold + shift) = (drive - shift) - threshold up to rounding; the LIF neuron is the control"
    yield check("relu_bias_is_threshold", words, np.abs(gaps(t, "relu").to_numpy()).max(), near(0.0, 1e-9), why=why)
    words = "For the LIF neuron they move the onset alike (largest difference of the active fraction)."
    why = "drive > 1 + shift both ways; a cell that fires only just may have no spike in the window"
    yield check("lif_same_onset", words, np.abs(gaps(t, "lif").active_fraction).max(), near(0.0, 0.02), why=why)
    lif = gaps(t, "lif").reset_index()
    smallest = lif[lif["shift"] > 0].mean_rate.min()
    words = "A raised threshold lowers the rate of the LIF neuron more than the same fall of the bias."
    why = "from reset the potential has farther to climb; the ReLU has no such climb"
    yield check("lif_lower_gain", words, smallest, above(0.0), "Hz", why=why)
    words = "Accuracy of the LIF twin's read-out at the largest shift of the bias."
    yield report("largest_shift", words, at_largest(t, "lif bias", "accuracy"))


def against_shift(ax, t, name):
    looks = {
        "relu bias": (RUNGS["artificial"].colour, "s--", "ReLU, bias"),
        "lif bias": (RUNGS["spiking"].colour, "o-", "LIF, bias"),
        "lif threshold": (OKABE_ITO["reddish purple"], "^:", "LIF, threshold"),
    }
    for route, (colour, line, label) in looks.items():
        rows = t.twins[t.twins.route == route].groupby("shift")[name]
        found = {shift: student_interval(values.to_numpy()) for shift, values in rows}
        line = line if len(found) >= 4 else line[0]
        ax.vlines(list(found), [f.low for f in found.values()], [f.high for f in found.values()], color=colour)
        ax.plot(list(found), [f.value for f in found.values()], line, color=colour, label=label)
    ax.set_xlabel("shift (threshold distance)")


def active(ax, t):
    against_shift(ax, t, "active_fraction")
    ax.set(ylim=(0, 1.02), ylabel="active fraction")
    ax.legend(loc="upper right")
    return "fraction of active units; the ReLU is fitted to the whole f-I curve and begins below its onset at 1"


def rate(ax, t):
    against_shift(ax, t, "mean_rate")
    ax.set(ylim=(0, None), ylabel="mean rate (Hz)")
    return "mean rate: of the LIF neuron a raised threshold takes more than a lowered bias"


def read_out(ax, t):
    against_shift(ax, t, "accuracy")
    ax.set(ylim=(0, 1.02), ylabel="accuracy of its read-out")
    return "accuracy of the network's own read-out; bars: 95 % intervals over networks"


PANELS = (active, rate, read_out)

if __name__ == "__main__":
    main(__file__)

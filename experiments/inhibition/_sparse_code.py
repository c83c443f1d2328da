"""A sparse coder: units that hear how well their features fit a signal, and inhibit each other by their overlap."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

import neurosim as ns
from neurosim import metrics
from neurosim.engines import choices
from neurosim.engines.rate import Rate
from neurosim.params import Array, ParameterError, Params, param
from neurosim.theory import lasso_minimum

RUNGS = {
    "artificial": "fixed point of ReLU units that inhibit each other",
    "rate": "locally competitive algorithm: rate units with a potential",
    "spiking": "integrate-and-fire neurons without leak",
    "curve": "fixed point of units with the curve of the leaky neuron",
    "leaky": "leaky integrate-and-fire neurons",
    "threshold": "ReLU units without inhibition, scaled as suits the reconstruction best",
}
RUNG = "; ".join(f"{name}: {text}" for name, text in RUNGS.items()) + "; reference: coordinate descent"
LEAKY = ("curve", "leaky")
SPIKING = ("spiking", "leaky")


@dataclass(frozen=True, kw_only=True)
class Coder(Params):
    """Time constants of the units of all rungs."""

    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    tau: float = param(
        2e-3,
        unit="s",
        doc="time constant of potential and synapse; one over it is the rate of an activity of 1",
        above=0,
    )
    steps_per_tau: int = param(100, doc="time steps of the spiking runs per time constant", low=10)
    leak_gain: float = param(
        10.0,
        doc="drive of the leaky neuron per unit of activity (threshold = 1); times tau its membrane constant",
        low=2,
    )

    @property
    def unit_rate(self) -> float:
        """Rate (Hz) of an activity of 1: one spike per time constant."""
        return 1.0 / self.tau

    @property
    def dt(self) -> float:
        """Time step of the spiking runs (s)."""
        return self.tau / self.steps_per_tau


@dataclass(frozen=True, eq=False)
class Problem:
    """Signals, a dictionary with columns of norm 1, and the weight of the L1 norm."""

    features: Array
    signals: Array
    penalty: float

    @cached_property
    def minimum(self) -> Array:
        """Activities at the minimum (signals, columns), by coordinate descent."""
        return lasso_minimum(self.features, self.signals, self.penalty, nonnegative=True)

    @cached_property
    def steepest(self) -> float:
        """Largest eigenvalue of Phi^T Phi, the steepest slope of the squared error."""
        return float(np.linalg.eigvalsh(self.features.T @ self.features)[-1])

    @property
    def match(self) -> Array:
        """How well each column fits each signal, (signals, columns)."""
        found: Array = self.signals @ self.features
        return found

    def objective(self, codes: Array) -> Array:
        """What is minimised, one number per signal (or per code, for many codes of one signal)."""
        signals = np.broadcast_to(self.signals, (len(codes), len(self.features)))
        value: Array = metrics.lasso_objective(self.features, signals, codes, self.penalty)
        return value

    def kkt(self, codes: Array) -> float:
        """Largest violation of the conditions of optimality."""
        return float(np.max(metrics.kkt_residual(self.features, self.signals, codes, self.penalty, nonnegative=True)))


def gaussian(rng: np.random.Generator) -> Problem:
    """A random dictionary of 16 equations and 32 columns, and a random signal."""
    features = rng.standard_normal((16, 32))
    features /= np.linalg.norm(features, axis=0)
    signal = rng.standard_normal(16)
    return Problem(features, signal[None, :] / np.linalg.norm(signal), 0.1)


def wired(p: Coder, problem: Problem, *, gain: float = 1.0, bias: float, tau: float = 0.0) -> ns.Circuit:
    """The sparse coder: matches come in, overlaps inhibit; the threshold is a bias, which is tonic inhibition."""
    rows, columns = problem.features.shape
    code = ns.Population("code", columns, bias=bias)
    match = ns.Projection("match", "image", "code", gain * p.tau * problem.features.T, sign=None, tau=0.0)
    # The overlap of scaled columns is the scaled overlap: drive per Hz is drive per activity over the unit rate.
    inhibition = ns.inhibition.competition(code, math.sqrt(gain * p.tau) * problem.features, tau=tau)
    return ns.Circuit({"image": rows}, [code], [match, inhibition])


def perfect(p: Coder) -> Any:
    """The neuron whose f-I curve is the ReLU of the other rungs, max(0, drive) / tau."""
    return ns.cells.PerfectIF(tau_m=p.tau)


def leaky(p: Coder) -> Any:
    """A neuron with a leak whose curve approaches the same line (drive - 1/2) / tau_m far above its threshold."""
    return ns.LIF(tau_m=p.leak_gain * p.tau, t_ref=0.0)


def rate_steps(problem: Problem) -> int:
    """Steps per tau of the differential equation (Heun's method, whose steady state is exact at a stable step).

    A step times the fastest rate, the largest eigenvalue of Phi^T Phi over tau, stays below 1; 2 is the limit.
    """
    return math.ceil(problem.steepest) + 4


def coder(p: Coder, problem: Problem, rung: str) -> tuple[ns.Circuit, Any]:
    """Circuit and cell of a rung: the same weights and threshold everywhere, scaled for the leaky neuron."""
    gain = p.leak_gain if rung in LEAKY else 1.0
    bias = (0.5 if rung in LEAKY else 0.0) - gain * problem.penalty
    circuit = wired(p, problem, gain=gain, bias=bias, tau=p.tau if rung in SPIKING else 0.0)
    if rung == "threshold":
        circuit = circuit.without("competition")
    relu = perfect(p).transfer
    cells: Mapping[str, Any] = {
        "artificial": ns.Unit(activation=relu),
        "threshold": ns.Unit(activation=relu),
        "rate": ns.cells.MembraneRate(tau=p.tau, activation=relu),
        "spiking": perfect(p),
        "curve": ns.Unit(activation=leaky(p).transfer),
        "leaky": leaky(p),
    }
    return circuit, cells[rung]


def code(
    p: Coder, lab: Any, problem: Problem, rung: str, *, time: float = 0.0, settle: float = 0.0,
    record: tuple[str, ...] = (),
) -> ns.Recording:  # fmt: skip
    """A run of one rung; times in tau."""
    steps = rate_steps(problem) if rung == "rate" else p.steps_per_tau
    schedule = ns.Schedule(duration=time * p.tau, settle=settle * p.tau, dt=p.tau / steps) if time else None
    # An adaptive step dances around the steady state within its tolerance; a fixed one comes to rest in it.
    engine: Any = p.engine if rung in SPIKING else Rate(fixed_step=True) if rung == "rate" else "auto"
    stimulus = ns.Stimulus({"image": p.unit_rate * problem.signals})
    run: ns.Recording = lab.simulate(*coder(p, problem, rung), stimulus, schedule, record=record, engine=engine)
    return run


def activity(p: Coder, run: ns.Recording, rung: str) -> Array:
    """Dimensionless activities (signals, columns); of a rate run those at its end.

    The curve of the leaky neuron is vertical at its threshold, where iterations may find no steady state: those signals
    are NaN here and are left out and counted later on. Every other run has to settle.
    """
    rates = run.rates["code"] if rung == "curve" else run.checked_rates("code")
    if run.level == "rate":
        rates = run.final_state["code"]["rate"]
    found: Array = p.tau * rates
    return found


def unrolled(p: Coder, lab: Any, problem: Problem, layers: int, blocks: int) -> list[Array]:
    """The iteration a <- max(0, a + step (Phi^T s - Phi^T Phi a - lambda)) as layers of ReLUs with shared weights.

    So many layers are one circuit, and so many circuits follow each other; the code after each layer is given back.
    """
    rows, columns = problem.features.shape
    step = 1.0 / problem.steepest
    forward = np.eye(columns) - step * problem.features.T @ problem.features
    names = [f"layer_{k + 1}" for k in range(layers)]
    populations = [ns.Population(name, columns, bias=-step * problem.penalty) for name in names]
    match = step * p.tau * problem.features.T
    links = [ns.Projection(f"match_{k}", "image", name, match, sign=None) for k, name in enumerate(names)]
    links += [
        ns.Projection(f"forward_{k}", before, name, p.tau * forward, sign=None)
        for k, (before, name) in enumerate(zip(["before", *names], names, strict=False))
    ]
    circuit = ns.Circuit({"image": rows, "before": columns}, populations, links)
    relu = ns.Unit(activation=perfect(p).transfer)
    before, found = np.zeros((1, columns)), []
    for _ in range(blocks):
        stimulus = ns.Stimulus({"image": p.unit_rate * problem.signals, "before": before})
        run = lab.simulate(circuit, relu, stimulus, engine="auto")
        found += [p.tau * run.rates[name] for name in names]
        before = run.rates[names[-1]]
    return found


def settled(codes: Array) -> Any:
    """Which signals have a code."""
    found = np.isfinite(codes).all(axis=1)
    if not found.any():
        raise ParameterError("no signal has a steady state with the curve of the leaky neuron; expected more leak_gain")
    return found


def agreement(problem: Problem, codes: Mapping[str, Array]) -> dict[str, dict[str, Any]]:
    """By rung how far its codes are from the minimum."""
    minimum, found = codes["reference"], {}
    least = problem.objective(minimum)
    for rung, every in codes.items():
        kept = settled(every)
        part = Problem(problem.features, problem.signals[kept], problem.penalty)
        curve = np.array([math.nan])
        if rung == "leaky":
            curve = np.abs(every - codes["curve"])[settled(codes["curve"])]
        found[rung] = {
            "largest": float(np.abs(every[kept] - minimum[kept]).max()),
            "rmse": metrics.rmse(every[kept], minimum[kept]),
            "from_curve": float(curve.max()),
            "gap": float((part.objective(every[kept]) - least[kept]).max()),
            "kkt": part.kkt(every[kept]),
            "active": float((every[kept] > 1e-9).sum(axis=1).mean()),
            "unsettled": int((~kept).sum()),
        }
    return found


def missed(problem: Problem, codes: Array, *, fitted: bool = False) -> tuple[Array, float]:
    """Fraction of each signal's energy that the reconstruction misses, and its scale: as a whole, where fitted."""
    picture, scale = codes @ problem.features.T, 1.0
    if fitted and picture.any():
        scale = float((picture * problem.signals).sum() / (picture**2).sum())
    energy = (problem.signals**2).sum(axis=1)
    lost: Array = ((problem.signals - scale * picture) ** 2).sum(axis=1) / energy
    return lost, scale


def median_patch(problem: Problem, codes: Mapping[str, Array]) -> dict[str, Array]:
    """The signal whose error is the median, so that none is picked for its looks, and its reconstructions."""
    lost, _ = missed(problem, codes["reference"])
    chosen = int(np.argsort(lost, kind="stable")[len(lost) // 2])
    found = {rung: problem.features @ codes[rung][chosen] for rung in codes if rung not in ("curve", "threshold")}
    return {"patch": problem.signals[chosen], **found}


def spikes_before(p: Coder, spikes: Any, times: Array, units: int) -> Array:
    """Number of spikes of each unit before each time (tau)."""
    # A spike is stamped with the start of its step; half a step keeps rounding away from the edges.
    steps = np.round(np.asarray(spikes.times) / p.dt)
    edges = np.asarray(times) * p.steps_per_tau - 0.5
    return np.array([np.bincount(spikes.units[steps < edge], minlength=units) for edge in edges], dtype=np.float64)


def counting_times(longest: float) -> Array:
    """Times (tau) at which running rates are read, among them those of printed numbers."""
    grid = np.concatenate([np.round(np.geomspace(2.0, longest, 61)), [10.0, 25.0, 50.0, 100.0, 200.0]])
    return np.unique(grid)

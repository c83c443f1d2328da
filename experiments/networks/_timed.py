"""A network of ReLUs that learned digits, as timed spikes, as rate-coded twins, and with one thing wrong at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from experiments.networks._twins import STEP, Digits, Trained, trained_here
from neurosim.cells import PerfectIF, TimedIF
from neurosim.metrics import timed_operations
from neurosim.metrics.energy import Operations, spiking_operations
from neurosim.params import Array, ParameterError, Params, param

TWINS = {
    "IF": "integrate-and-fire cells that start half charged",
    "LIF": "leaky integrate-and-fire cells",
}
POINT = 0.01 + 1e-12
"""One point of accuracy, and the rounding of a mean."""


@dataclass(frozen=True, kw_only=True)
class TimedDigits(Digits):
    """How the networks learn, and how their spiking copies run."""

    engine: str = param("auto", doc="engine of the rate-coded runs", choices=ns.engines.choices("spiking"))
    steps: tuple[int, ...] = param(
        (4, 8, 16, 32, 64, 128, 256), doc="durations of the rate-coded runs in ms, increasing", low=2, high=4096
    )

    def check(self) -> None:
        if len(self.steps) < 2 or list(self.steps) != sorted(set(self.steps)):
            raise ParameterError(f"Parameters.steps: got {self.steps}, expected at least two numbers, increasing")


@dataclass(frozen=True, eq=False)
class Run:
    """What one spiking copy answered, and the spikes of its hidden populations, (trials, units) each."""

    output: Array
    counts: dict[str, Array]
    activity: dict[str, Array]
    """Activities of the hidden populations as they are decoded."""
    latency: float
    """Time in s until the answer."""


def trained(p: Params, seed: int) -> Trained:
    """The network of ReLUs with two hidden populations, and the digits that it is shown."""
    return trained_here(Digits(**{name: getattr(p, name) for name in Digits.info()}), seed)


def hidden(own: Trained) -> list[str]:
    """Its hidden populations in order."""
    return list(own.circuit.order() or ())[:-1]


def timed(own: Trained, dt: float | None = None) -> Run:
    """One spike per active unit, in continuous time or in steps of dt (s)."""
    every = np.concatenate([own.calibration, own.shown])
    cell, conversion = TimedIF(), ns.convert(own.circuit, own.cells, TimedIF(), every)
    if dt is not None:
        # Rounding may make activities larger than those of the network: room for two more.
        longest = max(conversion.input_window, *(each.window for each in conversion.timed_cells.values()))
        conversion = ns.convert(own.circuit, own.cells, cell.replace(window=longest + 2 * cell.tau_c), every)
    run = conversion.run(own.shown, dt=dt)
    counts = {name: np.rint(rates * conversion.duration) for name, rates in run.rates.items()}
    return Run(conversion.read(run), counts, conversion.activities(run), conversion.duration)


def rate_coded(p: Any, own: Trained, twin: str, seed: int, lab: Any) -> Iterator[tuple[int, Run]]:
    """A rate-coded twin for every duration (ms)."""
    given = own.circuit, own.cells
    if twin == "IF":
        conversion = ns.convert(*given, PerfectIF(v_start=0.5), own.calibration, peak=1 / STEP)
    else:
        conversion = ns.convert(*given, ns.LIF(), own.calibration)
    stimulus = conversion.stimulus(own.shown)
    for steps in p.steps:
        dt = STEP if twin == "IF" else STEP / 2
        schedule = ns.Schedule(duration=steps * STEP, settle=0.0, dt=dt)
        run = lab.simulate(conversion.circuit, conversion.cells, stimulus, schedule, seed=seed)
        counts = {name: np.rint(rates * schedule.window) for name, rates in run.rates.items()}
        yield steps, Run(conversion.read(run), counts, conversion.decode(run.rates), schedule.duration)


def operations(own: Trained, run: Run, *, is_timed: bool) -> Operations:
    """Of the layers that hidden units feed, from event to event."""
    sizes, count = own.circuit.sizes, timed_operations if is_timed else spiking_operations
    fed = [(p.pre, sizes[p.post]) for p in own.circuit.projections if p.pre in run.counts]
    return sum((count(run.counts[pre], n) for pre, n in fed), Operations())


def same_decisions(own: Trained, output: Array) -> float:
    """Fraction of the digits for which the largest output is the network's."""
    return float(np.mean(output.argmax(axis=1) == own.run.rates["output"].argmax(axis=1)))


def with_one_fault(own: Trained, fault: str, size: float, rng: np.random.Generator) -> Array:
    """Outputs of the timed network with one thing wrong, in closed form; every activity is read from its spike time.

    Args:
        own: the network.
        fault: one of those below.
        size: in units of tau_c or of an activity of 1, or a probability.
        rng: of jitter, noise and losses.
    """
    every = own.circuit.projections
    activity, n = own.shown, len(own.shown)
    for k, p in enumerate(every):
        bias = own.circuit.population(p.post).bias
        heard = (1 - np.exp(-size * activity)) / size if fault in ("leak", "slow synapses") else activity
        potential = heard @ p.dense().T
        if k == len(every) - 1:
            return potential + bias
        window = np.floor(own.run.rates[p.post].max()) + 1.0
        activity = np.clip(potential + bias, 0.0, window)
        if fault == "leak":
            activity = _leaky_ramp(potential, bias, window, size)
        elif fault == "membrane noise":
            noise = size * rng.standard_normal(potential.shape)
            activity = np.clip(potential + bias + noise, 0.0, window)
        elif fault == "grid":
            activity = size * np.rint(activity / size)
        elif fault == "jitter":
            moved = activity - size * rng.standard_normal(activity.shape)
            activity = np.where(activity > 0, np.clip(moved, 0.0, window), 0.0)
        elif fault == "missing spikes":
            activity = activity * (rng.random((n, activity.shape[1])) >= size)
    return activity


def _leaky_ramp(potential: Array, bias: Array, window: float, leak: float) -> Array:
    """Time left when a potential that leaks reaches the threshold of a window: dv/ds = 1 - leak v, s in tau_c."""
    ceiling, theta = 1 / leak, window - bias
    with np.errstate(divide="ignore", invalid="ignore"):
        s = np.log((ceiling - potential) / (ceiling - theta)) / leak
    reached = (theta < ceiling) & (s <= window)
    return np.where(potential >= theta, window, np.where(reached, np.maximum(window - s, 0.0), 0.0))

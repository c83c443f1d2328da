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
from neurosim.plots import OKABE_ITO, RUNGS, SeriesStyle

QUICK_TIMED = {"seeds": 2, "epochs": 15, "shown": 200, "steps": (8, 16, 32, 64, 128)}
TWINS = {
    "IF": "integrate-and-fire cells that start half charged",
    "LIF": "leaky integrate-and-fire cells",
}
LOOKS = {
    "IF": SeriesStyle(OKABE_ITO["bluish green"], "-", "s", "IF, counted"),
    "LIF": SeriesStyle(RUNGS["spiking"].colour, "-", "o", "LIF, counted"),
}
PER_UNIT = (2, 5, 10, 25, 100)
"""Steps per time constant tau_c in which timed spikes run, beside continuous time."""
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
    engine: str = "timed"


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


def rate_coded(p: TimedDigits, own: Trained, twin: str, seed: int) -> Iterator[tuple[int, Run]]:
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
        options = {"seed": seed, "engine": p.engine, "progress": False}
        run = ns.simulate(conversion.circuit, conversion.cells, stimulus, schedule, **options)
        counts = {name: np.rint(rates * schedule.window) for name, rates in run.rates.items()}
        yield (
            steps,
            Run(
                conversion.read(run), counts, conversion.decode(run.rates), schedule.duration, run.provenance["engine"]
            ),
        )


def shared(lab: Any, p: TimedDigits, seed: int) -> dict[str, Any]:
    """What `copies` returns, computed once for all questions, with engines and models noted."""
    found: dict[str, Any] = lab.once(copies, p, seed)
    for engine in found["engines"]:
        lab.note(engine=engine)
    for model in (TimedIF, PerfectIF, ns.LIF):
        lab.note(models=model.__name__)
    return found


def copies(p: TimedDigits, seed: int) -> dict[str, Any]:
    """One trained network as timed spikes and as rate-coded twins of every duration.

    Returns:
        answers: a row per copy and duration (ms, of twins) or steps per tau_c (of timed spikes; 0: continuous time);
        populations: the same by hidden population; decoded: activities of some units of the first one.
    """
    import pandas as pd

    own, answers, populations = trained(p, seed), [], []
    every: list[tuple[str, int, Run]] = [
        ("timed", per_unit, timed(own, TimedIF().tau_c / per_unit if per_unit else None)) for per_unit in (0, *PER_UNIT)
    ]
    every += [(twin, steps, run) for twin in TWINS for steps, run in rate_coded(p, own, twin, seed)]
    for copy, steps, run in every:
        answers.append({"copy": copy, "steps": steps, **_answers(own, run, is_timed=copy == "timed")})
        for name in hidden(own):
            active, spikes = own.run.rates[name] > 0, run.counts[name]
            populations.append({
                "copy": copy, "steps": steps, "population": name, "active": active.mean(), "spikes": spikes.mean(),
                "firing": np.mean(spikes > 0), "wrong": np.mean(active != (spikes > 0)), "loss": answers[-1]["loss"],
            })  # fmt: skip
    first, (exact, longest) = hidden(own)[0], (every[0][2], every[-1][2])
    few = (slice(0, 30), slice(0, 4))
    decoded = {
        "network": own.run.rates[first][few].ravel(), "timed": exact.activity[first][few].ravel(),
        "counted": longest.activity[first][few].ravel(),
    }  # fmt: skip
    tables = {"answers": pd.DataFrame(answers), "populations": pd.DataFrame(populations)}
    return {**tables, "decoded": decoded, "engines": sorted({run.engine for _, _, run in every})}


def _answers(own: Trained, run: Run, *, is_timed: bool) -> dict[str, float]:
    """How good a copy's answers are, and what the layers that hidden units feed cost."""
    exact, cost = own.run.rates["output"], operations(own, run, is_timed=is_timed)
    active = np.concatenate([own.run.rates[name] > 0 for name in hidden(own)], axis=1)
    return {
        "error": np.abs(run.output - exact).max(), "same": same_decisions(own, run.output),
        "accuracy": own.accuracy(run.output), "network_accuracy": own.accuracy(exact),
        "loss": own.accuracy(exact) - own.accuracy(run.output), "active": active.mean(), "latency": run.latency,
        "spikes": np.mean(np.concatenate([run.counts[name] for name in hidden(own)], axis=1)),
        "macs": cost.macs, "acs": cost.acs, "fetches": cost.fetches,
    }  # fmt: skip


def matched(rows: Any) -> Any:
    """Rows of a twin at the shortest duration from which it loses no more than a point, else at the longest."""
    loss = rows.groupby("steps").loss.mean()
    poor = np.flatnonzero(loss.to_numpy() > POINT)
    first = min(int(poor[-1]) + 1 if poor.size else 0, len(loss) - 1)
    return rows[rows.steps == loss.index[first]]


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

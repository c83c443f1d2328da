"""Units that learn by rules of rates on every rung: linear ones, selective ones, and LIF neurons.

The linear unit that spikes is the integrate-and-fire neuron without leak: its f-I curve is a ReLU, so a rung "curve"
would be the artificial one once more. The patterns sqrt(3) (1,0), (0,1), (1,1) have <x x^T> = [[2,1],[1,2]] without
being negative, so spiking units see the eigenvalues 3 and 1 of the theory.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import neurosim as ns
from neurosim import plasticity
from neurosim.homeostasis import TargetRate
from neurosim.params import Array, Params, param

if TYPE_CHECKING:
    from neurosim.cells.base import Cell

LINEAR_RUNGS = ("artificial", "rate", "spiking")
RATE_RULES = ("Hebb", "Oja", "Sanger", "BCM", "Instar", "AntiHebb")
MOMENTS = np.array([[2.0, 1.0], [1.0, 2.0]])
PATTERNS = math.sqrt(3.0) * np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
EIGENVALUES = (3.0, 1.0)
FIRST = np.array([1.0, 1.0]) / math.sqrt(2.0)
LEARNING = {"Hebb": (0.005, 160), "Oja": (0.02, 200)}  # learning rate, presentations
START = 40.0  # degrees to the first eigenvector; keeps all weights and activities positive, as spikes need
START_LENGTH = 0.4
REFERENCE = 20.0  # Hz at activity 1 of the linear unit
SIZES = (2, 5, 10)  # orthonormal patterns of the selective units
OFTEN, STRONGLY, TOGETHER = (0.2, 0.4, 0.6, 0.8), (0.4, 0.8, 1.2, 1.6), (4, 1)
INPUTS = 16


@dataclass(frozen=True, kw_only=True)
class Spiking(Params):
    engine: str = param("auto", doc="engine of the spiking runs", choices=ns.engines.choices("spiking"))


@dataclass(frozen=True, kw_only=True)
class Linear(Spiking):
    """Linear units that learn three patterns."""

    counting: float = param(5.0, unit="s", doc="time in which spikes of the linear unit are counted", above=0)


@dataclass(frozen=True, kw_only=True)
class Selective(Spiking):
    """Linear units that become selective."""

    # Of twelve seeds the slowest settles after 321.
    selective: int = param(500, doc="presentations of all patterns to the units that become selective", low=50)


@dataclass(frozen=True, kw_only=True)
class Rungs(Spiking):
    """LIF neurons and the rungs below them."""

    presentations: int = param(20, doc="presentations of all patterns in the comparison of rungs", low=2)
    patterns: int = param(40, doc="patterns of the comparison of rungs", low=20)
    units: int = param(4, doc="units of the comparison of rungs", low=3)
    window: float = param(0.5, unit="s", doc="time in which spikes of the LIF neuron are counted", above=0)
    dt: float = param(2e-4, unit="s", doc="time step of the LIF neuron", above=0, high=1e-3)


def oja_angle(start: float, time: Any) -> Any:
    """Angle (degrees) to the first eigenvector under the averaged rule of Oja, or Hebb.

    Equation
        tan(angle(t)) = tan(start) exp(-(lambda1 - lambda2) learning_rate t)
    """
    gap = EIGENVALUES[0] - EIGENVALUES[1]
    return np.degrees(np.arctan(math.tan(math.radians(start)) * np.exp(-gap * np.asarray(time))))


def learned(p: Any, circuit: ns.Circuit, cell: "Cell", patterns: Array, schedule: Any, **options: Any) -> Any:
    """A learning run on all patterns at once, the mean change of each presentation; spikes on the chosen engine."""
    engine = p.engine if cell.level == "spiking" else "auto"
    settings = {"batch": len(patterns), "shuffle": False, "engine": engine, **options}
    return ns.learn(circuit, cell, ns.Stimulus({"inputs": patterns}), schedule, progress=False, **settings)


def feed_forward(weights: Any, rule: Any, sign: int | None = None, **options: Any) -> ns.Circuit:
    """Inputs, one population and plastic weights between them; weights are dimensionless at the reference."""
    feed = ns.Projection("feed", "inputs", "units", weights / rule.reference, sign=sign, tau=0.0, rule=rule)
    units = ns.Population("units", weights.shape[0], **options)
    return ns.Circuit({"inputs": weights.shape[1]}, [units], [feed])


def linear_ladder() -> "dict[str, Cell]":
    """The linear unit: drive 1 gives the reference rate; without a leak its spikes count the same line."""
    cell = ns.cells.PerfectIF(tau_m=1.0 / REFERENCE)
    return ns.ladder(cell, np.linspace(0.0, 4.0, 9), ns.ReLU(gain=REFERENCE))


def paths(p: Linear, seed: int) -> dict[str, Any]:
    """Weights and mean activity of the linear unit by presentation, by rule and rung; nothing in it is random."""
    direction = math.radians(45.0 - START)
    start = START_LENGTH * np.array([[math.cos(direction), math.sin(direction)]])
    schedule = ns.Schedule(duration=p.counting + 0.1, settle=0.1, dt=2e-3)
    found: dict[str, Any] = {}
    for name, (learning_rate, presentations) in LEARNING.items():
        rule = plasticity.known()[name](learning_rate=learning_rate, reference=REFERENCE)
        found[name] = {}
        for rung in LINEAR_RUNGS:
            weights, rates = [start[0]], []

            def observe(_: int, run: Any, now: Any, weights: Any = weights, rates: Any = rates) -> None:
                weights.append(now().projection("feed").dense()[0] * REFERENCE)
                rates.append(float(run.rates["units"].mean()))

            run = learned(
                p, feed_forward(start, rule), linear_ladder()[rung], REFERENCE * PATTERNS, schedule,
                epochs=presentations, observe=observe, seed=seed,
            )  # fmt: skip
            found[name][rung] = {"weights": np.array(weights), "rates": np.array([rates[0], *rates])}
    return {**found, "engine": run.provenance["engine"]}


def selective(p: Selective, seed: int) -> dict[str, Any]:
    """Answers of units under the BCM rule to their orthonormal patterns, by rung and presentation (0 to the last).

    One unit for each number of patterns, all in one circuit; a pattern is one input, so patterns are orthonormal.
    """
    from scipy.sparse import block_diag, csr_array

    trials = max(SIZES)
    patterns = np.concatenate([np.tile(np.eye(k), (trials // k, 1)) for k in SIZES], axis=1)
    rule = plasticity.BCM(learning_rate=0.1, memory=2.0, reference=REFERENCE)
    starts = [ns.randomness.stream(seed, "weights", "bcm", k).uniform(0.6, 1.4, (1, k)) for k in SIZES]
    circuit = feed_forward(csr_array(block_diag([csr_array(start) for start in starts])), rule, sign=1)
    schedule = ns.Schedule(duration=2.1, settle=0.1, dt=2e-3)
    found: dict[str, Any] = {}
    for rung in LINEAR_RUNGS:
        answers: list[Array] = []

        def observe(_: int, run: Any, now: Any, answers: list[Array] = answers) -> None:
            answers.append(run.rates["units"] / REFERENCE)

        run = learned(
            p, circuit, linear_ladder()[rung], REFERENCE * patterns, schedule, epochs=p.selective, observe=observe,
            seed=seed,
        )  # fmt: skip
        found[rung] = np.array(answers)
    return {**found, "engine": run.provenance["engine"]}


def world(seed: int, trials: int) -> Array:
    """Patterns (trials, 16): four inputs differ in how often, four in how strongly, four share events, four do not.

    Fractions are exact; which patterns they are is drawn for every input apart, but once for the four that share.
    """
    rng = ns.randomness.stream(seed, "stimulus", "use")

    def events(fraction: float) -> Array:
        active = np.zeros(trials)
        active[rng.permutation(trials)[: round(fraction * trials)]] = 1.0
        return active

    often = [events(fraction) for fraction in OFTEN]
    strongly = [level * events(0.5) for level in STRONGLY]
    one = events(0.5)
    return np.array([*often, *strongly, one, one, one, one, *(events(0.5) for _ in range(4))]).T


def rule_of(name: str, reference: float) -> Any:
    """The rule with the learning rate at which it is compared."""
    return plasticity.known()[name](learning_rate={"BCM": 0.005}.get(name, 0.01), reference=reference)


def rungs(p: Rungs, seed: int) -> dict[str, Any]:
    """Change of every weight (post, pre) by rule and rung: the same start and patterns, on all rungs of the LIF neuron.

    "Instar" comes with anti-Hebbian inhibition and moving thresholds, as in Földiák's network, so "AntiHebb" is learned
    beside it.
    """
    cells = ns.ladder(ns.LIF(), np.linspace(0.0, 4.0, 41))
    reference = float(cells["curve"].transfer(2.0))  # the neuron's rate at twice the threshold
    x = reference * world(seed, p.patterns)
    schedule = ns.Schedule(duration=p.window + 0.1, settle=0.1, dt=p.dt)
    weights = ns.randomness.stream(seed, "weights", "use").uniform(0.02, 0.12, (p.units, INPUTS))
    law = TargetRate(target=0.6 * reference, learning_rate=0.01, reference=reference)
    inhibition = ns.Projection(
        "lateral", "units", "units", 0.02 * (1.0 - np.eye(p.units)) / reference, sign=-1, tau=5e-3,
        rule=plasticity.AntiHebb(learning_rate=0.01, target=0.6, reference=reference),
    )  # fmt: skip
    found: dict[str, Any] = {name: {} for name in RATE_RULES}
    for name in RATE_RULES[:-1]:
        rule = rule_of(name, reference)
        circuit = feed_forward(weights, rule, bias=1.0)
        if name == "Instar":
            circuit = feed_forward(weights, rule, bias=1.0, homeostasis=law).with_projections(inhibition)
        for rung, cell in cells.items():
            run = learned(p, circuit, cell, x, schedule, epochs=p.presentations, seed=seed)
            for before in circuit.projections:
                change = reference * (run.circuit.projection(before.name).dense() - before.dense())
                found[{"feed": name, "lateral": "AntiHebb"}[before.name]][rung] = change
    return {**found, "engine": run.provenance["engine"]}

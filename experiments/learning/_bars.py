"""Networks that learn pictures of bars: Földiák's, SAILnet and k-winners-take-all.

Pictures of 8 x 8 pixels in which each of 16 bars lights up on its own have 16 causes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from neurosim.activations import KWTA, Sigmoid, Step
from neurosim.engines.rate import Rate
from neurosim.homeostasis import TargetRate
from neurosim.metrics import bimodality, match_causes, mean_absolute_correlation
from neurosim.params import Array, Params, param
from neurosim.plasticity import AntiHebb, Instar, Oja
from neurosim.stimuli.patterns import bars, single_bars

SIDE, BARS, UNITS = 8, 16, 16
PIXELS = SIDE * SIDE
TARGET = 1 / 8
RARE = np.arange(BARS) % 2 == 1
DISTRIBUTIONS = {"equal": TARGET, "unequal": np.where(RARE, 1 / 16, 3 / 16)}  # the mean is 1/8
MARKS = (50, 100, 200, 400, 600, 800, 1200, 2000, 3000, 4000, 5000)
RATES = {
    "alpha": 0.1,
    "beta": 0.02,
    "gamma": 0.02,
    "warm": 0.1,
}  # anti-Hebb, Hebb, thresholds, thresholds in the warm-up
BATCH = 100  # pictures of SAILnet at a time
WINDOW, TAU = 0.05, 0.01  # s: a presentation of SAILnet is 50 steps of a tenth of the membrane time constant
COUNT = 1.0 / WINDOW  # Hz: one spike per presentation
SPIKE_ALPHA, SPIKE_BETA, SPIKE_GAMMA, SPIKE_THRESHOLD = 1.0, 0.01, 0.1, 2.0
SPIKE_DISTANCE = 8.0  # from reset to threshold: where the published network's moving thresholds end (6 to 9)


@dataclass(frozen=True, kw_only=True)
class Foldiak(Params):
    patterns: int = param(5000, doc="pictures for the rate and static networks", low=100)
    warm_up: int = param(100, doc="pictures before them that move the thresholds only", low=1)


@dataclass(frozen=True, kw_only=True)
class Sailnet(Params):
    engine: str = param("auto", doc="engine of the spiking network", choices=ns.engines.choices("spiking"))
    batches: int = param(3000, doc="batches of 100 pictures for the spiking network", low=30)


def pictures(seed: int, n: int, probability: Any = TARGET, name: str = "bars") -> Array:
    return bars(n, SIDE, probability, ns.randomness.stream(seed, "stimulus", name))


def start_weights(seed: int) -> Array:
    """Uniform, then of length 1, as Földiák starts."""
    start = ns.randomness.stream(seed, "weights", "feed").uniform(0.0, 1.0, (UNITS, PIXELS))
    unit: Array = start / np.linalg.norm(start, axis=1, keepdims=True)
    return unit


def matched(weights: Array) -> Any:
    return match_causes(weights, single_bars(SIDE))


def in_order(weights: Array) -> Array:
    """Fields (units, side, side) in the order of their bars, for the eye."""
    matching = matched(weights)
    return weights[np.lexsort((-matching.similarity, matching.cause))].reshape(-1, SIDE, SIDE)


def code(weights: Array, activity: Array) -> dict[str, float]:
    """What is said of a network, from feed-forward weights (units, pixels) and activities (pictures, units)."""
    matching = matched(weights)
    return {
        "unique": matching.unique, "similarity": float(matching.similarity.mean()), "activity": float(activity.mean()),
        "correlation": mean_absolute_correlation(activity), "active_fraction": float((activity > 0).mean()),
        "bimodality": bimodality(weights),
    }  # fmt: skip


def foldiak(p: Foldiak, seed: int) -> dict[str, Any]:
    """The network with all rules: weights at some numbers of pictures, and which units the last pictures activated."""
    return side_by_side(p, seed, {"all rules": ("equal", {})})["all rules"]


def side_by_side(p: Foldiak, seed: int, cases: Mapping[str, tuple[str, Mapping[str, float]]]) -> dict[str, Any]:
    """Földiák's networks in one circuit without connections between them: the same pictures, other learning rates.

    tau dy/dt = -y + f(q x - w y - t), f a logistic function of steepness 10; when the networks have settled, what is
    above 1/2 counts as 1. First the thresholds move (from 1/2; or thresholds of 1 where they never move), then all.

    Args:
        p: number of pictures.
        seed: of pictures and start weights.
        cases: for every name the distribution of its bars and the learning rates that differ from `RATES`.
    """
    rates = {name: {**RATES, **changed} for name, (_, changed) in cases.items()}
    of = {name: distribution for name, (distribution, _) in cases.items()}
    shown = {each: pictures(seed, p.warm_up + p.patterns, DISTRIBUTIONS[each]) for each in sorted(set(of.values()))}
    bias: dict[str, Any] = dict.fromkeys(cases, -1.0)
    if warm := {name: {"gamma": rates[name]["warm"]} for name in cases if rates[name]["warm"]}:
        start = _circuit(seed, warm, of, dict.fromkeys(cases, -0.5))
        found = _learned(start, {name: shown[name][: p.warm_up] for name in {of[name] for name in warm}})
        bias |= {name: found.circuit.population(_key(name)).bias for name in warm}
    result: dict[str, Any] = {name: {"patterns": [], "weights": [], "active": []} for name in cases}
    last = max(p.patterns - 1000, p.patterns // 2)

    def observe(number: int, run: Any, now: Any) -> None:
        at_mark = number in MARKS or number == p.patterns
        circuit = now() if at_mark else None
        for name, kept in result.items():
            if number > last:
                kept["active"].append((run.rates[_key(name)][0] > 0.5).astype(np.float64))
            if circuit is not None:
                kept["patterns"].append(number)
                kept["weights"].append(circuit.projection(f"feed_{_key(name)}").dense())

    _learned(_circuit(seed, rates, of, bias), {name: x[p.warm_up :] for name, x in shown.items()}, observe)
    return {name: {key: np.array(values) for key, values in kept.items()} for name, kept in result.items()}


def _key(name: str) -> str:
    return name.replace(" ", "_").replace("-", "_").replace(",", "")


def _circuit(seed: int, rates: Mapping[str, Any], of: Mapping[str, str], bias: Mapping[str, Any]) -> ns.Circuit:
    from scipy.sparse import csr_array

    populations, projections = [], []
    for name, rate in rates.items():
        key, inhibition = _key(name), csr_array(1.0 - np.eye(UNITS))
        inhibition.data[:] = 1e-12  # where a connection may grow
        law = TargetRate(target=TARGET, learning_rate=rate["gamma"]) if rate["gamma"] else None
        hebb = Instar(learning_rate=rate["beta"]) if rate.get("beta") else None
        anti_hebb = AntiHebb(learning_rate=rate["alpha"], target=TARGET) if rate.get("alpha") else None
        populations.append(ns.Population(key, UNITS, bias=bias[name], homeostasis=law))
        feed = csr_array(start_weights(seed))
        projections += [
            ns.Projection(f"feed_{key}", of[name], key, feed, sign=1, tau=0.0, rule=hebb),
            ns.Projection(f"lateral_{key}", key, key, inhibition, sign=-1, tau=0.0, rule=anti_hebb),
        ]
    inputs = dict.fromkeys(sorted({of[name] for name in rates}), PIXELS)
    return ns.Circuit(inputs, populations, projections)


def _learned(circuit: ns.Circuit, shown: Mapping[str, Array], observe: Any = None) -> Any:
    cell = ns.LeakyRate(tau=0.01, activation=Sigmoid(width=0.1))
    schedule = ns.Schedule(duration=0.1, settle=0.09, dt=1e-3)
    return ns.learn(
        circuit, cell, ns.Stimulus(dict(shown)), schedule, readout=Step(threshold=0.5), shuffle=False, observe=observe,
        engine=Rate(samples=3), progress=False,  # settled: the window holds one state
    )  # fmt: skip


def sailnet(p: Sailnet, units: int, seed: int) -> dict[str, Any]:
    """SAILnet: Oja, anti-Hebb and moving thresholds on the spike counts of LIF neurons.

    100 pictures at a time, of mean 0 and variance 1 as its natural images have. Its moving threshold is a bias here, as
    on every rung; the distance from reset to threshold stays 1, so everything is divided by SPIKE_DISTANCE. With
    activities counted in units of SPIKE_DISTANCE spikes, Oja's rule keeps its weights. Without, cells far above
    threshold answer in bursts of eight and learn pairs.
    """
    x = pictures(seed, BATCH * p.batches, name="sailnet")
    x = (x - x.mean()) / x.std()
    start = ns.randomness.stream(seed, "weights", "sailnet", units).standard_normal((units, PIXELS))
    start /= np.linalg.norm(start, axis=1, keepdims=True)
    far = SPIKE_DISTANCE
    oja = Oja(learning_rate=SPIKE_BETA * far**2, reference=far * COUNT)
    # A spike lowers the others by u/(reference * tau) here, by w dt/tau with dt = tau/10 there: u = w reference tau/10.
    rule = AntiHebb(learning_rate=COUNT * TAU / 10.0 * SPIKE_ALPHA / far, target=TARGET, reference=COUNT)
    law = TargetRate(target=TARGET * COUNT, learning_rate=SPIKE_GAMMA / far, reference=COUNT)
    circuit = ns.Circuit(
        {"pixels": PIXELS}, [ns.Population("units", units, bias=1.0 - SPIKE_THRESHOLD / far, homeostasis=law)],
        [ns.Projection("feed", "pixels", "units", start / (far * COUNT), sign=None, tau=0.0, rule=oja),
         ns.Projection("lateral", "units", "units", np.zeros((units, units)), sign=-1, tau=0.0, rule=rule)],
    )  # fmt: skip
    every, last = max(1, p.batches // 12), p.batches - min(p.batches // 2, 100)
    seen, unique, counts = [], [], []

    def observe(number: int, run: Any, now: Any) -> None:
        if number > last:
            counts.append(run.rates["units"] / COUNT)
        if number % every == 0 or number in (1, p.batches):
            seen.append(BATCH * number)
            unique.append(matched(now().projection("feed").dense()).unique)

    run = ns.learn(
        circuit, ns.LIF(tau_m=TAU, t_ref=0.0), ns.Stimulus({"pixels": COUNT * x}),
        ns.Schedule(duration=WINDOW, settle=0.0, dt=TAU / 10.0), batch=BATCH, shuffle=False, seed=seed, engine=p.engine,
        observe=observe, progress=False,
    )  # fmt: skip
    weights = run.circuit.projection("feed").dense()
    return {"patterns": np.array(seen), "unique": np.array(unique), "weights": weights,
            "active": np.concatenate(counts), "engine": run.provenance["engine"]}  # fmt: skip


def k_winners(patterns: int, winners: int, seed: int) -> dict[str, Any]:
    """Static units of which the k with the largest drive are active, with Földiák's other two rules."""
    rule = Instar(learning_rate=RATES["beta"])
    feed = ns.Projection("feed", "pixels", "units", start_weights(seed), sign=1, tau=0.0, rule=rule)
    law = TargetRate(target=winners / UNITS, learning_rate=RATES["warm"])
    # A bias of 3 keeps drives positive; among winners only differences count.
    circuit = ns.Circuit({"pixels": PIXELS}, [ns.Population("units", UNITS, bias=3.0, homeostasis=law)], [feed])
    seen, unique, active = [], [], []

    def observe(number: int, run: Any, now: Any) -> None:
        if number > max(patterns - 1000, patterns // 2):
            active.append((run.rates["units"][0] > 0).astype(np.float64))
        if number in MARKS or number == patterns:
            seen.append(number)
            unique.append(matched(now().projection("feed").dense()).unique)

    run = ns.learn(
        circuit, ns.Unit(activation=KWTA(k=winners)), ns.Stimulus({"pixels": pictures(seed, patterns)}), readout=Step(),
        shuffle=False, observe=observe, progress=False,
    )  # fmt: skip
    return {"patterns": np.array(seen), "unique": np.array(unique), "active": np.array(active),
            "weights": run.circuit.projection("feed").dense()}  # fmt: skip

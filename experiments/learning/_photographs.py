"""Neurons that learn from patches of photographs as SAILnet does: patches, circuit, learning run, measures of a code.

Differences from SAILnet (2011 code: 256 units, 16 x 16 pixels, batches of 100, 25,000 of them, count 0.05 in 50 steps,
learning rates 0.01 for fields, 1 for inhibition and 0.1 for thresholds, thresholds start at 2): fewer units, pixels and
batches, and faster fields; the target, the batches and the 50 steps are the same. A threshold moves as a bias, so that
the reset moves with it; spikes inhibit by their drive averaged over the presentation, 1/50 of that code's weight. Flat
patches are left out, and pixels have a standard deviation below 1, which takes the place of the higher thresholds.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from neurosim import metrics
from neurosim.engines.rate import Rate
from neurosim.engines.static import Static
from neurosim.params import Array, Params, param

LEARNERS = ("spiking", "rate", "artificial")
BATCH = 100
QUICK = {
    "seeds": 1,
    "units": 30,
    "patches": 2500,
    "passes": 6,
    "hebb": 0.2,
    "start": 0.5,
    "probes": 300,
    "decoding": 800,
}


@dataclass(frozen=True, kw_only=True)
class Photographs(Params):
    """What is seen, and how it is learned from."""

    engine: str = param("auto", doc="engine of the spiking runs", choices=ns.engines.choices("spiking"))
    side: int = param(8, doc="pixels along the side of a patch (2011: 16)", low=4, high=16)
    units: int = param(100, doc="units of every method (2011: 256)", low=9)
    patches: int = param(10_000, doc="patches to learn from", low=100)
    passes: int = param(15, doc="how often each is presented; 100 at a time (2011: 25,000 times 100)", low=4)
    target: float = param(0.05, doc="mean spike count of every unit per presentation (2011: 0.05)", above=0, below=1)
    contrast: float = param(0.25, doc="standard deviation of the pixels of every patch (2011: 1)", above=0)
    least_contrast: float = param(
        0.5, doc="patches below this standard deviation (photograph: 1) are left out: sky, and what JPEG left", low=0.1
    )
    hebb: float = param(0.05, doc="learning rate of the fields per batch (2011: 0.01)", above=0)
    anti_hebb: float = param(
        0.1, doc="learning rate of the inhibition per batch, in drive per count (2011: 1, which is 0.02 here)", above=0
    )
    homeostasis: float = param(0.1, doc="learning rate of the thresholds per batch (2011: 0.1)", above=0)
    start: float = param(0.4, doc="bias at the start; threshold = 1 (2011: a threshold of 2)")
    tau_m: float = param(10e-3, unit="s", doc="membrane time constant (2011: 10 steps)", above=0)
    presentation: float = param(50e-3, unit="s", doc="length of a presentation (2011: 50 steps)", above=0)
    dt: float = param(1e-3, unit="s", doc="time step", above=0)
    snapshots: int = param(11, doc="times at which the code is looked at during learning", low=5)
    probes: int = param(800, doc="further patches on which codes are compared", low=100)
    decoding: int = param(2000, doc="further patches from which linear decoders are fitted", low=100)

    @property
    def reference(self) -> float:
        """The rate (Hz) of one spike per presentation: counts are rates in units of it."""
        return 1.0 / self.presentation

    @property
    def schedule(self) -> ns.Schedule:
        """Of one presentation: every spike of it counts."""
        return ns.Schedule(duration=self.presentation, settle=0.0, dt=self.dt)


@dataclass(frozen=True, kw_only=True)
class Learning(Photographs):
    """One learning run; `blind` neurons learn inhibition and thresholds but keep their random fields."""

    rung: str = param("spiking", doc="rung of the ladder", choices=LEARNERS)
    blind: bool = param(False, doc="fields stay random, and a quarter of the passes is enough")


def learned(p: Learning, seed: int) -> dict[str, Any]:
    """A learning run on one rung; the order of patches follows from the seed and is the same on all."""
    examples, _, _ = patches(p, seed)
    run = ns.learn(
        circuit(p, first_fields(p, seed), learns=not p.blind), cells(p)[p.rung], stimulus(p, examples), p.schedule,
        epochs=max(2, p.passes // 4) if p.blind else p.passes, batch=BATCH, seed=seed, engine=engine(p, p.rung),
        snapshots=p.snapshots, progress=False,
    )  # fmt: skip
    if not run.finished:
        raise KeyboardInterrupt
    return {
        "circuit": run.circuit,
        "engine": str(run.provenance["engine"]),
        "history": dict(run.history),
        "snapshots": [(each.batch, each.circuit) for each in run.snapshots],
    }


def cells(p: Photographs) -> dict[str, Any]:
    """The same neuron on three rungs."""
    steps = ns.ladder(ns.LIF(tau_m=p.tau_m, t_ref=0.0))
    return {rung: steps[rung] for rung in LEARNERS}


def engine(p: Photographs, rung: str, *, careful: bool = False) -> Any:
    """Engines of the rungs; a presentation is short and the static rung need not be solved to the last digit."""
    iterations, attempts = (300, 3) if careful else (100, 1)
    static = Static(tolerance=1e-3, iterations=iterations, newton=0, attempts=attempts)
    return {"spiking": p.engine, "rate": Rate(fixed_step=True), "artificial": static}[rung]


def patches(p: Photographs, seed: int) -> list[Array]:
    """Whitened patches of equal contrast, the flattest left out: to learn from, to fit decoders to, to compare on."""
    rng, count = ns.randomness.stream(seed, "stimulus"), p.patches + p.decoding + p.probes
    kept = np.zeros((0, p.side**2))
    while len(kept) < count:
        # About three in four are not too flat.
        found = ns.datasets.natural_patches(3 * count // 2, p.side, rng).flat
        kept = np.concatenate([kept, found[found.std(axis=1) >= p.least_contrast]])
    rows = kept[:count]
    return np.split(rows / rows.std(axis=1, keepdims=True), [p.patches, p.patches + p.decoding])


def stimulus(p: Photographs, rows: Array) -> ns.Stimulus:
    """Patches as rates of the inputs."""
    return ns.Stimulus({"image": p.reference * p.contrast * rows})


def first_fields(p: Photographs, seed: int) -> Array:
    """Random fields of length 1, (units, pixels)."""
    fields = ns.randomness.stream(seed, "weights").standard_normal((p.units, p.side**2))
    return fields / np.linalg.norm(fields, axis=1, keepdims=True)


def circuit(p: Photographs, fields: Array, *, learns: bool = True) -> ns.Circuit:
    """SAILnet: fields learn by Oja's rule, inhibition by anti-Hebb, thresholds by homeostasis."""
    oja = ns.plasticity.Oja(reference=p.reference, learning_rate=p.hebb) if learns else None
    anti = ns.plasticity.AntiHebb(reference=p.reference, learning_rate=p.anti_hebb, target=p.target)
    steady = ns.homeostasis.TargetRate(
        reference=p.reference, target=p.target * p.reference, learning_rate=p.homeostasis
    )  # fmt: skip
    units = ns.Population("units", p.units, bias=p.start, homeostasis=[steady])
    seen = ns.Projection("fields", "image", "units", fields / p.reference, sign=None, tau=0.0, rule=oja)
    none = np.zeros((p.units, p.units))
    inhibition = ns.Projection("inhibition", "units", "units", none, sign=-1, tau=0.0, rule=anti)
    return ns.Circuit({"image": p.side**2}, [units], [seen, inhibition])


def fields_of(p: Photographs, learned: ns.Circuit) -> Array:
    """Fields (units, pixels)."""
    found: Array = p.reference * learned.projection("fields").dense()
    return found


def counts(lab: Any, p: Photographs, rung: str, learned: ns.Circuit, rows: Array) -> Array:
    """Responses (patches, units) in counts per presentation; NaN where no steady state was found."""
    chosen = engine(p, rung, careful=True)
    run = lab.simulate(learned.frozen(), cells(p)[rung], stimulus(p, rows), p.schedule, engine=chosen)
    found: Array = run.rates["units"] / p.reference
    return found


def settled(codes: Array) -> Any:
    """Which patches have a steady state."""
    return np.isfinite(codes).all(axis=1)


def code(codes: Array, rows: Array, fields: Array, gain: float | None, level: float) -> dict[str, float]:
    """How sparse, how correlated and how complete a code is; without a gain the best one for these patches is taken."""
    shown = codes @ fields
    if gain is None:
        gain = best_gain(shown, rows)
    active = codes > level
    return {
        "mean_activity": float(codes.mean()),
        "active_fraction": float(active.mean()),
        "population": mean(metrics.treves_rolls(codes, axis=1)),
        "lifetime": mean(metrics.treves_rolls(codes, axis=0)),
        "correlation": correlation(codes),
        "error": missed(gain * shown, rows),
    }


def mean(values: Array) -> float:
    """Mean of what is defined; NaN where nothing is (a silent population has no sparseness)."""
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if len(defined) else math.nan


def best_gain(shown: Array, rows: Array) -> float:
    """The factor on a reconstruction that misses least."""
    energy = float((shown**2).sum())
    return float((shown * rows).sum()) / energy if energy > 0 else 0.0


def missed(shown: Array, rows: Array) -> float:
    """Fraction of the energy of all patches together that a reconstruction misses."""
    return float(((rows - shown) ** 2).sum() / (rows**2).sum())


def correlation(codes: Array) -> float:
    """Root mean square of the correlations of different units that vary; NaN for fewer than two."""
    moving = codes[:, np.ptp(codes, axis=0) > 0]
    if moving.shape[1] < 2:
        return math.nan
    table = np.corrcoef(moving.T)
    pairs = table[np.triu_indices(len(table), 1)]
    return float(np.sqrt((pairs**2).mean()))


def unit(fields: Array) -> Array:
    """Fields of mean 0 and length 1."""
    centred = fields - fields.mean(axis=1, keepdims=True)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-300)

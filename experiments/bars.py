"""Do Hebbian, anti-Hebbian and threshold learning find the sparse causes of pictures, on every rung?

Prediction: pictures of 8 x 8 pixels in which each of 16 bars lights up with probability 1/8 have 16 causes. Földiák's
network (Hebbian feed-forward weights, anti-Hebbian inhibition, thresholds that hold each unit at the activity 1/8)
ends with one unit for each bar: 16 of 16 after 5,000 patterns, nearly as many after 1,200. Without inhibition all
units learn the same; without Hebb none learns a bar; thresholds need not move where all bars are equally frequent.
SAILnet, the same three rules on counts of LIF spikes, finds fewer with the learning rates of its authors. A random
layer finds none.

Földiák's equations run on the rate engine, one picture at a time, the seeds as separate blocks of one circuit:
tau dy/dt = -y + f(q x - w y - t), f a logistic function of steepness 10; when they have settled, what is above 1/2
counts as 1. SAILnet: 100 pictures at a time, 50 steps of tau/10, zero mean and unit variance as its natural images
have. Its moving threshold is a bias here, as on every rung; the distance from reset to threshold is then fixed, and set
to where those thresholds end. Two networks without dynamics stand beside them: k-winners-take-all in the place of the
inhibition, and an autoencoder of ReLUs with an L1 penalty, trained by gradient descent.

A unit stands for a bar if its field correlates with it at .8 or more; a field of two bars reaches .68.

Sources: Földiák, Biol Cybern 64 (1990); Zylberberg, Murphy & DeWeese, PLoS Comput Biol 7 (2011), and the authors' code.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import neurosim as ns
from neurosim import metrics
from neurosim.lab.cross_check import CROSS_CHECK_COLUMNS, cross_check, cross_check_findings
from neurosim.lab.findings import Finding, above
from neurosim.metrics.receptive_fields import SINGLE_CAUSE
from neurosim.params import Array, Params, param

if TYPE_CHECKING:
    from neurosim.lab.experiment import Tables
    from neurosim.lab.progress import Progress

ORDER = 120
CLAIMS = ("A0-05", "A1-23", "A1-35")
QUICK = {
    "seeds": 2, "patterns": 1200, "warm_up": 20, "ablation_seeds": 2, "ablation_patterns": 60, "batches": 150,
    "spiking_seeds": 1, "epochs": 10,
}  # fmt: skip

SIDE, BARS, UNITS = 8, 16, 16
TARGET = 1 / 8
MARKS = (50, 100, 200, 400, 600, 800, 1200, 2000, 3000, 4000, 5000)
SHORT, LONG, SPIKING_LONG, ABLATION_LONG = 1200, 5000, 3000, 3000
WINDOW, TAU = 0.05, 0.01  # s: a presentation of SAILnet is 50 steps of a tenth of the membrane time constant
COUNT = 1.0 / WINDOW  # Hz: one spike per presentation
RATE_ALPHA, RATE_BETA, RATE_GAMMA, WARM_GAMMA = 0.1, 0.02, 0.02, 0.1
SPIKE_ALPHA, SPIKE_BETA, SPIKE_GAMMA, SPIKE_THRESHOLD = 1.0, 0.01, 0.1, 2.0
SPIKE_DISTANCE = 8.0  # from reset to threshold: where the published network's moving thresholds end (6 to 9)
COMMON, RARE = 3 / 16, 1 / 16  # probabilities of unequal bars; their mean is 1/8
VARIANTS = {
    "all rules": {},
    "no anti-Hebb": {"alpha": 0.0},
    "no Hebb": {"beta": 0.0},
    "thresholds frozen": {"gamma": 0.0},
    "thresholds never move": {"gamma": 0.0, "warm": 0.0},
}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """The full run."""

    seed: int = param(0, doc="first seed: pictures, start weights", low=0)
    seeds: int = param(5, doc="seeds of the rate and static networks", low=2)
    engine: str = param("auto", doc="engine of the spiking network", choices=ns.engines.choices("spiking"))
    patterns: int = param(5000, doc="pictures for the rate and static networks", low=100)
    warm_up: int = param(100, doc="pictures before them that move the thresholds only", low=1)
    ablation_seeds: int = param(3, doc="seeds of each ablation", low=2)
    ablation_patterns: int = param(3000, doc="pictures of each ablation", low=50)
    batches: int = param(3000, doc="batches of 100 pictures for the spiking network", low=30)
    spiking_seeds: int = param(2, doc="seeds of the spiking network of either size", low=1)
    sizes: tuple[int, ...] = param((16, 24), doc="units of the spiking network", low=4)
    winners: int = param(2, doc="winners of k-winners-take-all: the mean number of bars", low=1, high=8)
    epochs: int = param(40, doc="passes of the autoencoder through its pictures", low=2)
    penalty: float = param(0.1, doc="L1 penalty on the hidden activity of the sparse autoencoder", above=0)


_NETWORK = ("", "Földiák (rate), SAILnet (spiking), k-winners, autoencoder, dense autoencoder, random ReLU")
_SEED = ("1", "seed of pictures and start weights")
_SEEN = ("1", "pictures seen")
_UNIQUE = ("1", "different bars that units stand for, of 16")
COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "learning": {
        "network": _NETWORK, "rung": ("", "rung"), "units": ("1", "units"), "seed": _SEED, "patterns": _SEEN,
        "unique": _UNIQUE,
    },
    "outcome": {
        "network": _NETWORK, "rung": ("", "rung"), "units": ("1", "units"), "seed": _SEED, "patterns": _SEEN,
        "unique": _UNIQUE,
        "similarity": ("1", "correlation of a unit's field with its bar, mean over the units"),
        "activity": ("1", "mean activity at the end: share of active units, or spikes per picture"),
        "correlation": ("1", "mean magnitude of the correlation of two units over the last pictures"),
        "active_fraction": ("1", "share of units that are active (above 0), last pictures"),
        "bimodality": ("1", "Sarle's coefficient of the feed-forward weights (5/9: uniform, 1: two values)"),
    },
    "ablations": {
        "variant": ("", "what was left out"),
        "distribution": ("", "equal: all bars 1/8; unequal: half of them 3/16, half 1/16"),
        "seed": _SEED, "patterns": _SEEN, "unique": _UNIQUE,
        "rare": ("1", "different rare bars found, of 8 (the same half where bars are equal)"),
        "activity": ("1", "share of active units at the end"),
        "spread": ("1", "standard deviation of the units' mean activities"),
        "correlation": ("1", "mean magnitude of the correlation of two units over the last pictures"),
    },
    "training": {
        "network": _NETWORK, "seed": _SEED, "patterns": _SEEN,
        "loss": ("1", "half the squared error of the reconstruction per picture, without the penalty"),
        "unique": _UNIQUE,
    },
    "engines": CROSS_CHECK_COLUMNS,
    "arrays": {"fields": ("1", "feed-forward weights of the first seed (network, unit, pixel row, pixel column)")},
}  # fmt: skip
SHOWN = ("Földiák", "SAILnet", "k-winners", "autoencoder", "random ReLU")


def compute(parameters: Parameters, progress: Progress) -> Tables:
    """Every network on pictures of its own seeds."""
    import pandas as pd

    p = parameters
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS if name != "arrays"}
    fields: dict[str, Array] = {}
    jobs: list[Any] = [lambda: _main(p)]
    jobs += [
        lambda size=size, seed=seed: _sailnet(p, size, seed, progress)
        for size in p.sizes
        for seed in range(p.seed, p.seed + p.spiking_seeds)
    ]
    jobs += [lambda variant=v, unequal=u: _ablation(p, variant, unequal) for u in (False, True) for v in VARIANTS
             if not u or v in ("all rules", "thresholds frozen", "thresholds never move")]  # fmt: skip
    for seed in range(p.seed, p.seed + p.seeds):
        jobs += [lambda seed=seed: _winners(p, seed), lambda seed=seed: _autoencoders(p, seed)]
    for job in progress(jobs, "networks"):
        for name, found in job().items():
            if name == "fields":
                fields = {**found, **fields}  # the first seed stays
            else:
                rows[name] += found
    tables = {name: pd.DataFrame(found)[list(COLUMNS[name])] for name, found in rows.items()}
    shown = np.array([fields[name][:UNITS].reshape(UNITS, SIDE, SIDE) for name in SHOWN])
    return {**tables, "arrays": {"fields": shown}}


def _causes() -> Array:
    from neurosim.stimuli.patterns import single_bars

    return single_bars(SIDE)


def _pictures(seed: int, n: int, probability: Any = TARGET, name: str = "bars") -> Array:
    from neurosim.randomness import stream
    from neurosim.stimuli.patterns import bars

    return bars(n, SIDE, probability, stream(seed, "stimulus", name))


def _start_weights(seed: int, units: int) -> Array:
    """Uniform, then of length 1, as Földiák starts."""
    from neurosim.randomness import stream

    start = stream(seed, "weights", "feed").uniform(0.0, 1.0, (units, SIDE * SIDE))
    unit: Array = start / np.linalg.norm(start, axis=1, keepdims=True)
    return unit


def _outcome(weights: Array, activity: Array) -> dict[str, float]:
    """Columns of the table outcome from feed-forward weights (units, pixels) and activities (pictures, units)."""
    matching = metrics.match_causes(weights, _causes())
    return {
        "unique": matching.unique, "similarity": float(matching.similarity.mean()),
        "activity": float(activity.mean()), "correlation": metrics.mean_absolute_correlation(activity),
        "active_fraction": float((activity > 0).mean()), "bimodality": metrics.bimodality(weights),
    }  # fmt: skip


class _Blocks:
    """Földiák's networks of several seeds in one circuit, each with its own inputs and no connection to the others."""

    def __init__(self, seeds: range, patterns: int, warm_up: int, probability: Any = TARGET) -> None:
        self.seeds, self.warm_up = seeds, warm_up
        self.x = np.concatenate([_pictures(seed, warm_up + patterns, probability) for seed in seeds], axis=1)
        self.weights: list[Array] = []
        self.active: list[Array] = []
        self.marks: dict[int, list[Array]] = {}

    def _circuit(self, feed: Any, inhibition: Any, bias: Any, alpha: float, beta: float, gamma: float) -> ns.Circuit:
        from neurosim.homeostasis import TargetRate
        from neurosim.plasticity import AntiHebb, Instar

        n = len(self.seeds)
        forward = ns.Projection(
            "feed", "pixels", "units", feed, sign=1, tau=0.0, rule=Instar(learning_rate=beta) if beta else None
        )
        rule = AntiHebb(learning_rate=alpha, target=TARGET) if alpha else None
        lateral = ns.Projection("lateral", "units", "units", inhibition, sign=-1, tau=0.0, rule=rule)
        law = TargetRate(target=TARGET, learning_rate=gamma) if gamma else None
        units = ns.Population("units", n * UNITS, bias=bias, homeostasis=law)
        return ns.Circuit({"pixels": n * SIDE * SIDE}, [units], [forward, lateral])

    def run(
        self, *, alpha: float = RATE_ALPHA, beta: float = RATE_BETA, gamma: float = RATE_GAMMA, warm: float = WARM_GAMMA
    ) -> None:
        """Warm-up of the thresholds (from 1/2; or thresholds of 1 and none), then all rules."""
        from scipy.sparse import block_diag, csr_array

        from neurosim.activations import Sigmoid, Step
        from neurosim.engines.rate import Rate

        n = len(self.seeds)
        feed = csr_array(block_diag([csr_array(_start_weights(seed, UNITS)) for seed in self.seeds]))
        inhibition = csr_array(np.kron(np.eye(n), 1.0 - np.eye(UNITS)))
        inhibition.data[:] = 1e-12  # where a connection may grow
        cell = ns.LeakyRate(tau=0.01, activation=Sigmoid(width=0.1))
        schedule = ns.Schedule(duration=0.1, settle=0.09, dt=1e-3)
        engine = Rate(samples=3)  # settled: the window holds one state
        options: dict[str, Any] = {
            "readout": Step(threshold=0.5), "shuffle": False, "progress": False, "engine": engine
        }  # fmt: skip
        bias: Any = -1.0
        if warm:
            start = self._circuit(feed, inhibition, -0.5, 0.0, 0.0, warm)
            shown = ns.Stimulus({"pixels": self.x[: self.warm_up]})
            bias = ns.learn(start, cell, shown, schedule, **options).circuit.population("units").bias
        circuit = self._circuit(feed, inhibition, bias, alpha, beta, gamma)
        pictures = ns.Stimulus({"pixels": self.x[self.warm_up :]})
        last = max(pictures.trials - 1000, pictures.trials // 2)

        def observe(number: int, recording: Any, now: Any) -> None:
            if number > last:
                self.active.append((recording.rates["units"][0] > 0.5).astype(np.float64))
            if number in MARKS or number == pictures.trials:
                self.marks[number] = self._split(now().projection("feed").dense())

        if circuit.plastic:
            ns.learn(circuit, cell, pictures, schedule, observe=observe, **options)
        self.weights = self.marks[pictures.trials]

    def _split(self, dense: Array) -> list[Array]:
        size = SIDE * SIDE
        return [dense[UNITS * k : UNITS * (k + 1), size * k : size * (k + 1)] for k in range(len(self.seeds))]

    def activity(self, k: int) -> Array:
        """Which units of a network were active for the last pictures."""
        return np.array(self.active)[:, UNITS * k : UNITS * (k + 1)]


def _unique(weights: Array) -> int:
    return metrics.match_causes(weights, _causes()).unique


def _main(p: Parameters) -> dict[str, Any]:
    """Földiák's network with all rules."""
    blocks = _Blocks(range(p.seed, p.seed + p.seeds), p.patterns, p.warm_up)
    blocks.run()
    learning, outcome = [], []
    for k, seed in enumerate(blocks.seeds):
        common = {"network": "Földiák", "rung": "rate", "units": UNITS, "seed": seed}
        learning += [{**common, "patterns": m, "unique": _unique(w[k])} for m, w in blocks.marks.items()]
        outcome.append({**common, "patterns": p.patterns, **_outcome(blocks.weights[k], blocks.activity(k))})
    return {"learning": learning, "outcome": outcome, "fields": {"Földiák": _sorted(blocks.weights[0])}}


def _sorted(weights: Array) -> Array:
    """Units in the order of their bars, for the eye."""
    matching = metrics.match_causes(weights, _causes())
    order = np.lexsort((-matching.similarity, matching.cause))
    return weights[order]


def _ablation(p: Parameters, variant: str, unequal: bool) -> dict[str, Any]:
    """One rule left out; rare bars are every second one."""
    rare = np.arange(BARS) % 2 == 1
    probability = np.where(rare, RARE, COMMON) if unequal else TARGET
    blocks = _Blocks(range(p.seed, p.seed + p.ablation_seeds), p.ablation_patterns, p.warm_up, probability)
    blocks.run(**VARIANTS[variant])
    rows = []
    for k, seed in enumerate(blocks.seeds):
        activity = blocks.activity(k)
        matching = metrics.match_causes(blocks.weights[k], _causes())
        rows.append(
            {
                "variant": variant, "distribution": "unequal" if unequal else "equal", "seed": seed,
                "patterns": p.ablation_patterns, "unique": matching.unique, "rare": int(matching.found[rare].sum()),
                "activity": float(activity.mean()), "spread": float(activity.mean(axis=0).std()),
                "correlation": metrics.mean_absolute_correlation(activity),
            }
        )  # fmt: skip
    return {"ablations": rows}


def _sailnet(p: Parameters, units: int, seed: int, progress: Progress) -> dict[str, Any]:
    """SAILnet: Oja, anti-Hebb and moving thresholds on the spike counts of LIF neurons."""
    from neurosim.homeostasis import TargetRate
    from neurosim.plasticity import AntiHebb, Oja
    from neurosim.randomness import stream

    batch = 100
    x = _pictures(seed, batch * p.batches, name="sailnet")
    x = (x - x.mean()) / x.std()
    start = stream(seed, "weights", "sailnet", units).standard_normal((units, SIDE * SIDE))
    start /= np.linalg.norm(start, axis=1, keepdims=True)
    # There a threshold moves away from the reset at 0; here it is a bias, and the distance from reset to threshold
    # stays 1. So everything is divided by SPIKE_DISTANCE; with activities counted in units of SPIKE_DISTANCE spikes,
    # Oja's rule keeps its weights. Without, cells far above threshold answer in bursts of eight and learn pairs.
    far = SPIKE_DISTANCE
    oja = Oja(learning_rate=SPIKE_BETA * far**2, reference=far * COUNT)
    feed = ns.Projection("feed", "pixels", "units", start / (far * COUNT), sign=None, tau=0.0, rule=oja)
    # A spike lowers the others by u/(reference * tau) here, by w dt/tau with dt = tau/10 there: u = w reference tau/10.
    rule = AntiHebb(learning_rate=COUNT * TAU / 10.0 * SPIKE_ALPHA / far, target=TARGET, reference=COUNT)
    lateral = ns.Projection("lateral", "units", "units", np.zeros((units, units)), sign=-1, tau=0.0, rule=rule)
    law = TargetRate(target=TARGET * COUNT, learning_rate=SPIKE_GAMMA / far, reference=COUNT)
    circuit = ns.Circuit(
        {"pixels": SIDE * SIDE}, [ns.Population("units", units, bias=1.0 - SPIKE_THRESHOLD / far, homeostasis=law)],
        [feed, lateral],
    )  # fmt: skip
    cell, schedule = ns.LIF(tau_m=TAU, t_ref=0.0), ns.Schedule(duration=WINDOW, settle=0.0, dt=TAU / 10.0)
    stimulus = ns.Stimulus({"pixels": COUNT * x})
    learning, counts = [], []
    common = {"network": "SAILnet", "rung": "spiking", "units": units, "seed": seed}
    every = max(1, p.batches // 12)
    last = p.batches - min(p.batches // 2, 100)

    def observe(number: int, recording: Any, now: Any) -> None:
        if number > last:
            counts.append(recording.rates["units"] / COUNT)
        if number % every == 0 or number in (1, p.batches):
            unique = _unique(now().projection("feed").dense())
            learning.append({**common, "patterns": batch * number, "unique": unique})

    run = ns.learn(
        circuit, cell, stimulus, schedule, batch=batch, shuffle=False, seed=seed, engine=p.engine, observe=observe,
        progress=False,
    )  # fmt: skip
    progress.note(engine=run.provenance["engine"])
    weights = run.circuit.projection("feed").dense()
    outcome = {**common, "patterns": batch * p.batches, **_outcome(weights, np.concatenate(counts))}
    result: dict[str, Any] = {"learning": learning, "outcome": [outcome]}
    if units == p.sizes[0]:
        result["fields"] = {"SAILnet": _sorted(weights)}
        if seed == p.seed:
            few = stimulus.select(np.arange(20))
            result["engines"] = [
                cross_check("Learned SAILnet", run.circuit.frozen(), cell, few, schedule, seed=seed, trials=20)
            ]
    return result


def _winners(p: Parameters, seed: int) -> dict[str, Any]:
    """Static units of which the k with the largest drive are active, with Földiák's other two rules."""
    from neurosim.activations import KWTA, Step
    from neurosim.homeostasis import TargetRate
    from neurosim.plasticity import Instar

    feed = ns.Projection(
        "feed", "pixels", "units", _start_weights(seed, UNITS), sign=1, tau=0.0, rule=Instar(learning_rate=RATE_BETA)
    )
    target = p.winners / UNITS
    # A bias of 3 keeps drives positive; among winners only differences count.
    units = ns.Population("units", UNITS, bias=3.0, homeostasis=TargetRate(target=target, learning_rate=WARM_GAMMA))
    circuit = ns.Circuit({"pixels": SIDE * SIDE}, [units], [feed])
    common = {"network": "k-winners", "rung": "artificial", "units": UNITS, "seed": seed}
    learning, active = [], []

    def observe(number: int, recording: Any, now: Any) -> None:
        if number > max(p.patterns - 1000, p.patterns // 2):
            active.append((recording.rates["units"][0] > 0).astype(np.float64))
        if number in MARKS or number == p.patterns:
            unique = _unique(now().projection("feed").dense())
            learning.append({**common, "patterns": number, "unique": unique})

    run = ns.learn(
        circuit, ns.Unit(activation=KWTA(k=p.winners)), ns.Stimulus({"pixels": _pictures(seed, p.patterns)}),
        readout=Step(), shuffle=False, observe=observe, progress=False,
    )  # fmt: skip
    weights = run.circuit.projection("feed").dense()
    outcome = {**common, "patterns": p.patterns, **_outcome(weights, np.array(active))}
    return {"learning": learning, "outcome": [outcome], "fields": {"k-winners": _sorted(weights)}}


def _autoencoders(p: Parameters, seed: int) -> dict[str, Any]:
    """ReLU autoencoders by gradient descent: with an L1 penalty, without; and the random layer they start from."""
    from neurosim.training import Adam, Penalties, SquaredError, layered, train

    x = _pictures(seed, p.patterns)
    outcome, training, learning, fields = [], [], [], {}
    for network, penalty in (("autoencoder", p.penalty), ("dense autoencoder", 0.0)):
        circuit, cells = layered((SIDE * SIDE, UNITS, SIDE * SIDE), seed=seed)
        common = {"network": network, "seed": seed}

        def observe(epoch: int, trained: Any, common: Any = common) -> None:
            now = trained.to_circuit()
            output = _reconstruct(now, x)[1]
            unique = _unique(now.projection("to_hidden1").dense())
            loss = 0.5 * float(np.mean(np.sum((output - x) ** 2, axis=1)))
            training.append({**common, "patterns": epoch * len(x), "loss": loss, "unique": unique})

        found = train(
            circuit, cells, x, x, loss=SquaredError(), optimiser=Adam(learning_rate=3e-3), epochs=p.epochs, batch=20,
            penalties=Penalties(l1_activity=penalty), seed=seed, observe=observe, progress=False,
        )  # fmt: skip
        shown = {network: found.circuit} | ({"random ReLU": circuit} if penalty else {})
        for name, state in shown.items():
            weights = state.projection("to_hidden1").dense()
            hidden = _reconstruct(state, x)[0]
            seen = p.epochs * len(x) if name == network else 0
            row = {"network": name, "rung": "artificial", "units": UNITS, "seed": seed, "patterns": seen}
            outcome.append({**row, **_outcome(weights, hidden)})
            fields[name] = _sorted(weights)
    learning = [
        {**{k: row[k] for k in ("network", "seed", "patterns", "unique")}, "rung": "artificial", "units": UNITS}
        for row in training
    ]
    return {"training": training, "outcome": outcome, "learning": learning, "fields": fields}


def _reconstruct(circuit: ns.Circuit, x: Array) -> tuple[Array, Array]:
    """Hidden activity and reconstruction, by plain NumPy."""
    to_hidden, to_output = (circuit.projection(f"to_{name}").dense() for name in ("hidden1", "output"))
    hidden = np.maximum(x @ to_hidden.T + circuit.population("hidden1").bias, 0.0)
    return hidden, hidden @ to_output.T + circuit.population("output").bias


def findings(tables: Tables) -> list[Finding]:
    """Checks against the published networks, what the short run can say, and the claims."""
    return [
        *_rate_findings(tables), *_spiking_findings(tables), *_ablation_findings(tables), *_reports(tables),
        *_claims(tables), *cross_check_findings(tables["engines"]),
    ]  # fmt: skip


def _decide(whole: bool, id: str, statement: str, quantity: str, value: float, *, reason: str, **rule: Any) -> Finding:
    """A check where the run is as long as the source's, else a report."""
    if whole:
        return Finding.check(id, statement, quantity, value, reason=reason, **rule)
    return Finding.report(
        id, f"{statement} (Short run: reported only.)", quantity, value, reason=reason, source=str(rule["source"])
    )


def _rate_findings(tables: Tables) -> Iterator[Finding]:
    outcome, learning = (tables[n][tables[n].network == "Földiák"] for n in ("outcome", "learning"))
    seen = int(outcome.patterns.max())
    words = f"Földiák's network on the rate engine, {seen:,} pictures"
    source = "own runs of the published rules with the parameters of belsten/foldiak, 4 and 6 seeds"
    whole, n = seen >= LONG, outcome.seed.nunique()
    yield _decide(
        whole, "foldiak_each", f"{words}: nearly all bars in every one of {n} seeds.", "fewest different bars of 16",
        outcome.unique.min(), at_least=15, reason="16 of 16 in all reference runs; one missing bar is allowed",
        source=source,
    )  # fmt: skip
    yield _decide(
        whole, "foldiak_mean", f"{words}: mean over {n} seeds.", "different bars of 16", outcome.unique.mean(),
        at_least=15.6, reason="2 of 5 seeds may miss one bar", source=source,
    )  # fmt: skip
    yield _decide(
        whole, "foldiak_activity", f"{words}: mean activity.", "share of active units", outcome.activity.mean(),
        expected=TARGET, tolerance=0.015, source=source,
        reason="thresholds follow with .02 per picture, so the last 1,000 pictures average them well; the reference "
        "runs scattered by .012",
    )  # fmt: skip
    yield _decide(
        whole, "foldiak_correlation", f"{words}: units are hardly correlated.", "mean magnitude of the correlation",
        outcome.correlation.max(), at_most=0.07, source=source,
        reason="1,000 pictures alone give .025 between independent units (sqrt(2/pi/1000)); below .06 in the "
        "reference runs",
    )  # fmt: skip
    short = learning[learning.patterns == SHORT]
    if len(short):
        yield Finding.check(
            "foldiak_short", f"After {SHORT:,} pictures most bars are found, mean over {n} seeds.",
            "different bars of 16", short.unique.mean(), at_least=14.5,
            reason="14 to 16 (mean 15.3) in six reference runs: a standard error of .3 and half as much again",
            source=source,
        )  # fmt: skip


def _spiking_findings(tables: Tables) -> Iterator[Finding]:
    outcome = tables["outcome"]
    spiking = outcome[outcome.network == "SAILnet"]
    source = "own runs of the published rules; learning rates of the authors' code (jzlab/SAILnet)"
    for units, rows in spiking.groupby("units"):
        seen = int(rows.patterns.max()) // 100
        whole, words = seen >= SPIKING_LONG, f"SAILnet, {units} LIF units, {seen:,} batches of 100 pictures"
        yield _decide(
            whole, f"sailnet_count_{units}", f"{words}: spikes per picture.", "spikes", rows.activity.mean(),
            expected=TARGET, tolerance=0.02, source=source,
            reason="the threshold holds the mean count of a batch; its steps of .1 per batch make it wander",
        )  # fmt: skip
        if units in (16, 24):
            yield _decide(
                whole, f"sailnet_bars_{units}", f"{words}: different bars, mean over {len(rows)} seeds.",
                "different bars of 16", rows.unique.mean(), at_least={16: 9, 24: 12}[int(units)], source=source,
                reason="9 to 11 (16 units) and 12 to 14 (24 units) in the reference runs: the published learning rates "
                "are those of natural images and do not give 16 of 16",
            )  # fmt: skip


def _ablation_findings(tables: Tables) -> Iterator[Finding]:
    table = tables["ablations"]
    seen = int(table.patterns.max())
    equal = table[table.distribution == "equal"].groupby("variant")
    words, source = f"{seen:,} pictures, {table.seed.nunique()} seeds", "own runs of the published rules, 3 seeds"
    for variant, name in (("no anti-Hebb", "no_anti_hebb"), ("no Hebb", "no_hebb")):
        yield Finding.check(
            f"{name}_bars", f"{variant[0].upper()}{variant[1:]}: no network of bars ({words}).",
            "most different bars of 16", equal.get_group(variant).unique.max(), at_most=2, source=source,
            reason="0 of 16 in the reference runs; a chance match or two is allowed",
        )  # fmt: skip
    yield Finding.check(
        "no_anti_hebb_correlation", f"No anti-Hebb: all units become the same ({words}).",
        "smallest mean magnitude of the correlation", equal.get_group("no anti-Hebb").correlation.min(), at_least=0.9,
        reason=".99 in the reference runs", source=source,
    )  # fmt: skip
    for variant, name in (("thresholds frozen", "frozen"), ("thresholds never move", "never")):
        yield _decide(
            seen >= ABLATION_LONG, f"threshold_{name}", f"Equal bars, {variant}: nearly all bars found ({words}).",
            "fewest different bars of 16", equal.get_group(variant).unique.min(), at_least=15, source=source,
            reason="16 of 16 in the reference runs; one missing bar is allowed, as with all rules",
        )  # fmt: skip


def _reports(tables: Tables) -> Iterator[Finding]:
    table, outcome, learning = tables["ablations"], tables["outcome"], tables["learning"]
    unequal = table[table.distribution == "unequal"].pivot(index="seed", columns="variant")
    for variant in ("thresholds frozen", "thresholds never move"):
        for column, words, whole in (("unique", "different bars", 16), ("rare", "different rare bars", 8)):
            difference = metrics.student_interval(unequal[column]["all rules"] - unequal[column][variant])
            yield Finding.report(
                f"unequal_{column}_{variant.split()[-1]}",
                f"Bars of probability 3/16 and 1/16: all rules against {variant}, {words} of {whole} "
                f"({unequal[column]['all rules'].mean():.1f} against {unequal[column][variant].mean():.1f}).",
                "difference", difference.value, low=difference.low, high=difference.high,
                reason="95 % Student interval over seeds",
            )  # fmt: skip
    for network in ("k-winners", "autoencoder", "dense autoencoder", "random ReLU"):
        rows = outcome[outcome.network == network]
        yield Finding.report(
            f"bars_{network.replace(' ', '_').replace('-', '_')}",
            f"{network}, {rows.patterns.max():,} pictures: different bars, mean over seeds "
            f"({rows.unique.min()} to {rows.unique.max()}).", "different bars of 16", rows.unique.mean(),
        )  # fmt: skip
    needed = _needed(learning[learning.network == "Földiák"])
    yield Finding.report(
        "pictures_needed", "Pictures after which Földiák's network has 15 bars, most of the seeds' numbers "
        "(infinite: not in this run).", "pictures", needed,
    )  # fmt: skip


def _needed(learning: Any) -> float:
    """Largest over the seeds of the first mark with 15 bars."""
    found = learning[learning.unique >= 15].groupby("seed").patterns.min()
    return float(found.max()) if len(found) == learning.seed.nunique() else math.inf


def pictures_until(rows: Any, share: float = 0.01) -> float:
    """Pictures until the loss is within a share of its whole fall from where it ends, between epochs on a line."""
    ordered = rows.sort_values("patterns")
    loss, seen = ordered.loss.to_numpy(), ordered.patterns.to_numpy()
    level = loss[-1] + share * (loss[0] - loss[-1])
    first = int(np.flatnonzero(loss <= level)[0])
    if first == 0:
        return float(seen[0])
    part = (loss[first - 1] - level) / (loss[first - 1] - loss[first])
    return float(seen[first - 1] + part * (seen[first] - seen[first - 1]))


def _more_on_average(value: float, low: float, high: float) -> bool:
    """above 1 on average, the interval including 1"""
    return value > 1


def _claims(tables: Tables) -> Iterator[Finding]:
    outcome = tables["outcome"]
    bars = outcome.groupby("network").unique.mean()
    foldiak = outcome[outcome.network == "Földiák"]
    most, few = 0.9 * BARS, 0.25
    yield Finding.claim_of_parts(
        "A0-05",
        "Sparse activity makes a network interpretable, because each output is built from a few active units.",
        {
            f"in Földiák's sparse code units stand for single bars ({bars['Földiák']:.1f} of 16)":
                bars["Földiák"] >= most,
            f"a picture is built from few units (share active {foldiak.active_fraction.mean():.3f})":
                foldiak.active_fraction.mean() <= few,
            f"the units of a random ReLU layer stand for single bars ({bars['random ReLU']:.1f} of 16), so zeros are "
            "enough": bars["random ReLU"] >= most,
        },
        reason="interpretable: 9 of 10 causes have a unit of their own; few: at most a quarter of the units",
    )  # fmt: skip
    yield Finding.claim_of_parts(
        "A1-23", "Sparse activations may correspond to local key regions such as the eyes of a face.",
        {
            f"Földiák's units stand for parts of the pictures ({bars['Földiák']:.1f} of 16 bars)":
                bars["Földiák"] >= BARS / 2,
            f"so do SAILnet's ({bars['SAILnet']:.1f})": bars["SAILnet"] >= BARS / 2,
            f"so do those of a random ReLU layer ({bars['random ReLU']:.1f})": bars["random ReLU"] >= BARS / 2,
        },
        reason="a network finds parts if its units stand for at least half of the bars",
    )  # fmt: skip
    training = tables["training"]
    until = {
        network: np.array([pictures_until(rows) for _, rows in training[training.network == network].groupby("seed")])
        for network in ("autoencoder", "dense autoencoder")
    }
    ratio = metrics.student_interval(until["autoencoder"] / until["dense autoencoder"])
    yield Finding.claim(
        "A1-35", "Sparse networks may converge more slowly.",
        "pictures until the loss is within 1 % of its fall from its end, with an L1 penalty over without", ratio.value,
        low=ratio.low, high=ratio.high, supported=above(1.0), partly=_more_on_average,
        reason="the same ReLU autoencoder, start and pictures; 95 % Student interval over seeds. Földiák's network has "
        f"15 bars after {_needed(tables['learning'][tables['learning'].network == 'Földiák']):g} pictures",
    )  # fmt: skip


def summary(tables: Tables) -> str:
    """The result in one sentence."""
    bars = tables["outcome"].groupby(["network", "units"]).unique.mean()
    ablations = tables["ablations"][tables["ablations"].distribution == "equal"].groupby("variant").unique.mean()
    spiking = ", ".join(f"{bars['SAILnet'][units]:.1f} ({units} units)" for units in bars["SAILnet"].index)
    return (
        f"of 16 bars Földiák's network finds {bars['Földiák'][UNITS]:.1f}, SAILnet {spiking}, k-winners "
        f"{bars['k-winners'][UNITS]:.1f}, an L1 autoencoder {bars['autoencoder'][UNITS]:.1f}, a random layer "
        f"{bars['random ReLU'][UNITS]:.1f}; without anti-Hebb {ablations['no anti-Hebb']:.1f}, without Hebb "
        f"{ablations['no Hebb']:.1f}"
    )


def estimate(p: Parameters) -> tuple[float, float]:
    """Seconds and bytes, from times measured on one core."""
    rate = 5e-3 * (p.patterns + p.warm_up) + 8 * 4.2e-3 * (p.ablation_patterns + p.warm_up)
    spiking = p.spiking_seeds * sum(2.5e-3 + 5e-5 * units for units in p.sizes) * p.batches
    trained = p.seeds * p.patterns * (5e-4 + 2.1e-5 * p.epochs)
    stored = 8.0 * SIDE**2 * max(100 * p.batches, p.seeds * p.patterns)
    return 6.0 + rate + spiking + trained, 3e8 + 4 * stored


def caption(tables: Tables) -> str:
    """What the panels show, with the numbers of this run."""
    outcome, ablations = tables["outcome"], tables["ablations"]
    seen = outcome.groupby("network").patterns.max()
    foldiak = outcome[outcome.network == "Földiák"]
    spiking = outcome[outcome.network == "SAILnet"]
    without = ablations[ablations.variant == "no anti-Hebb"]
    return (
        "Sixteen bars, each in a picture of 8 x 8 pixels with probability 1/8. "
        "A: feed-forward weights of 16 units of the first seed, in the order of their bars (SAILnet: first 16 of its "
        f"smaller network); pictures seen: {seen['Földiák']:,} (Földiák), {seen['SAILnet']:,} (SAILnet), "
        f"{seen['k-winners']:,} (k winners), {seen['autoencoder']:,} (autoencoder, in epochs of {seen['Földiák']:,}). "
        f"B: different bars that units stand for (correlation at least {SINGLE_CAUSE:g}); mean "
        "over seeds, shaded from the least to the most. "
        f"C: activity and correlation at the end, one mark per seed; Földiák {foldiak.activity.mean():.3f} and "
        f"{foldiak.correlation.mean():.3f}, SAILnet {spiking.activity.mean():.3f} spikes per picture and "
        f"{spiking.correlation.mean():.3f}; without anti-Hebb {without.activity.mean():.2f} and "
        f"{without.correlation.mean():.2f}; dotted: the target 1/8. "
        f"D: Földiák's network with rules left out, {ablations.patterns.max():,} pictures, marks for "
        f"{ablations.seed.nunique()} seeds and their mean; unequal: half of the bars have probability 3/16, half 1/16."
    )


_LABELS = {
    "Földiák": "Földiák (rate)", "SAILnet": "SAILnet (LIF)", "k-winners": "k winners (static)",
    "autoencoder": "autoencoder, L1", "dense autoencoder": "autoencoder", "random ReLU": "random ReLU",
}  # fmt: skip


def figure(tables: Tables) -> Any:
    """The four panels from the tables."""
    from neurosim import plots

    with plots.style("nature-2", height=112):
        fig = plots.new_figure()
        rows = fig.add_gridspec(2, 1, height_ratios=[0.78, 1.0])
        top = rows[0].subgridspec(1, len(SHOWN))
        first = None
        for k, name in enumerate(SHOWN):
            ax = fig.add_subplot(top[0, k])
            first = first or ax
            plots.plot_filters(ax, tables["arrays"]["fields"][k], 4, title=_LABELS[name])
        bottom = rows[1].subgridspec(1, 3, width_ratios=[1.05, 0.95, 1.0])
        axes = [fig.add_subplot(bottom[0, k]) for k in range(3)]
        _draw_learning(axes[0], tables)
        _draw_codes(axes[1], tables)
        _draw_ablations(axes[2], tables)
        plots.label_panels([first, *axes])
    return fig


def _looks() -> dict[tuple[str, int], dict[str, Any]]:
    """How a network is drawn: the colour of its rung; line and marker tell networks of one rung apart."""
    from neurosim import plots

    def look(rung: str, linestyle: Any, marker: str, label: str) -> dict[str, Any]:
        return {"color": plots.RUNGS[rung].colour, "linestyle": linestyle, "marker": marker, "label": label}

    return {
        ("Földiák", 16): look("rate", "-", "D", _LABELS["Földiák"]),
        ("SAILnet", 24): look("spiking", "-", "^", "SAILnet, 24 units"),
        ("SAILnet", 16): look("spiking", "--", "o", "SAILnet, 16 units"),
        ("k-winners", 16): look("artificial", "-", "s", _LABELS["k-winners"]),
        ("autoencoder", 16): look("artificial", "--", "v", _LABELS["autoencoder"]),
        ("dense autoencoder", 16): look("artificial", ":", "P", _LABELS["dense autoencoder"]),
    }


def _draw_learning(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    table = tables["learning"]
    for (network, units), look in _looks().items():
        rows = table[(table.network == network) & (table.units == units) & (table.patterns > 0)]
        if not len(rows):
            continue
        found = rows.groupby("patterns").unique.agg(["mean", "min", "max"])
        ax.fill_between(found.index, found["min"], found["max"], color=look["color"], alpha=0.15, linewidth=0)
        ax.plot(found.index, found["mean"], **{**look, "marker": "none"})
    ax.axhline(BARS, color="0.6", linestyle=":", linewidth=0.8)
    ax.set_xscale("log")
    ax.set_ylim(0, 17)
    ax.set_xlabel(plots.axis_label("pictures seen", "1").replace("dimensionless", "count"))
    ax.set_ylabel("bars found (of 16)")
    plots.tidy(ax)


def _draw_codes(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    outcome, ablations = tables["outcome"], tables["ablations"]
    for (network, units), look in _looks().items():
        rows = outcome[(outcome.network == network) & (outcome.units == units)]
        ax.plot(rows.activity, rows.correlation, **{**look, "linestyle": "none", "markersize": 3.6, "alpha": 0.8})
        ax.plot([], [], **{**look, "marker": "none"})
    for variant, colour, marker in (("no anti-Hebb", "vermillion", "X"), ("no Hebb", "reddish purple", "<")):
        rows = ablations[(ablations.variant == variant) & (ablations.distribution == "equal")]
        ax.plot(
            rows.activity, rows.correlation, linestyle="none", marker=marker, markersize=4.0,
            color=plots.OKABE_ITO[colour], label=variant,
        )  # fmt: skip
    ax.axvline(TARGET, color="0.6", linestyle=":", linewidth=0.8)
    ax.set_xlim(0, 0.6)
    ax.set_ylim(0, 1.05)
    ax.set_xlabel("mean activity (1)")
    ax.set_ylabel("mean |correlation| of units (1)")
    handles, labels = ax.get_legend_handles_labels()
    import matplotlib.lines

    merged = [matplotlib.lines.Line2D([], [], **{**look, "markersize": 3.6}) for look in _looks().values()] + [
        handle for handle, label in zip(handles, labels, strict=True) if label.startswith("no ")
    ]
    ax.legend(merged, [handle.get_label() for handle in merged], loc="center right", fontsize="x-small")
    plots.tidy(ax)


def _draw_ablations(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    table = tables["ablations"]
    order = [(d, v) for d in ("equal", "unequal") for v in VARIANTS
             if len(table[(table.variant == v) & (table.distribution == d)])]  # fmt: skip
    heights, labels = [], []
    height = 0.0
    for k, (distribution, variant) in enumerate(order):
        height -= 1.0 + (0.9 if k and distribution != order[k - 1][0] else 0.0)
        rows = table[(table.variant == variant) & (table.distribution == distribution)]
        colour = plots.RUNGS["rate"].colour if distribution == "equal" else plots.OKABE_ITO["sky blue"]
        ax.barh([height], [rows.unique.mean()], height=0.62, color=colour, alpha=0.45)
        offsets = np.linspace(-0.18, 0.18, len(rows))
        ax.plot(rows.unique, height + offsets, linestyle="none", marker="o", markersize=2.4, color=colour)
        heights.append(height)
        labels.append(variant)
        if k == 0 or distribution != order[k - 1][0]:
            ax.text(0.1, height + 0.52, f"{distribution} bars", fontsize="x-small", va="bottom", color="0.3")
    ax.set_yticks(heights, labels, fontsize="small")
    ax.set_xlim(0, 16.6)
    ax.set_ylim(min(heights) - 0.6, max(heights) + 1.1)
    ax.set_xlabel("bars found (of 16)")
    plots.tidy(ax)


if __name__ == "__main__":
    from neurosim.lab import main

    main(__file__)

"""Is attention a filter like ReLU, and what does selection look like in neurons that inhibit each other?

Attention weighs positions with a softmax of their scores. Softmax never gives an exact 0; a ReLU, sparsemax and top-k
do. Prediction: over n normal scores of standard deviation s the effective number of positions, 1/sum(p^2), tends to
n exp(-s^2), so scores of the usual size (s = 1) are averaged rather than filtered. Uniform lateral inhibition of
rectified units is a ReLU with a threshold that the population sets for itself,

    r_i = [x_i - w sum_{j != i} r_j]+ = [x_i - w S]+ / (1 - w),  S = sum_j r_j,

and that is sparsemax at the temperature (1 - w) S. It has one steady state for w < 1; from w = 1 on a single unit wins
and keeps winning until a rival's input exceeds w times its own (hysteresis). The same circuit runs as static ReLU
units, as leaky rate units and as noisy LIF neurons; there, a winner that keeps winning can be the wrong one.

Sources: Martins & Astudillo, ICML (2016); Vaswani et al., NeurIPS (2017); Hartline & Ratliff, J Gen Physiol 40 (1957);
Feldman & Ballard, Cognitive Sci 6 (1982); Maass, Neural Comput 12 (2000); Heeger, Vis Neurosci 9 (1992).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import neurosim as ns
from neurosim import metrics
from neurosim.lab.findings import Finding, above, below
from neurosim.params import Array, ParameterError, Params, param

if TYPE_CHECKING:
    from neurosim.activations.base import Activation
    from neurosim.cells.base import Cell
    from neurosim.lab.experiment import Tables
    from neurosim.lab.progress import Progress

ORDER = 70
CLAIMS = ("A0-12", "A0-13", "A1-12", "A1-30")
QUICK = {
    "seeds": 3,
    "trials": 80,
    "spreads": (0.5, 1.0, 2.0, 4.0, 8.0),
    "strengths": (0.0, 0.05, 0.2, 0.4, 0.6, 0.7, 0.9, 1.1, 1.3, 1.6, 2.2),
    "contrasts": (0.0, 0.1, 0.2, 0.4),
    "loops": 6,
}

# Reference values, computed elsewhere and rounded to the digits written here: the steady state of uniform inhibition w
# for these inputs, and what attention to n positions gives at scores of a standard deviation, (n, s): share of n.
INPUTS = (1.0, 0.8, 0.6, 0.4, 0.2)
UNIFORM = {
    0.1: (0.871795, 0.649573, 0.427350, 0.205128, 0.0),
    0.2: (0.8125, 0.5625, 0.3125, 0.0625, 0.0),
    0.3: (0.785714, 0.5, 0.214286, 0.0, 0.0),
    0.5: (0.8, 0.4, 0.0, 0.0, 0.0),
    0.7: (0.862745, 0.196078, 0.0, 0.0, 0.0),
    0.9: (1.0, 0.0, 0.0, 0.0, 0.0),
}
EFFECTIVE = {(64, 1.0): 0.434, (64, 2.0): 0.136, (64, 4.0): 0.0468, (64, 8.0): 0.0262, (512, 1.0): 0.385,
             (512, 4.0): 0.0101}  # fmt: skip
SUPPORT = {(64, 1.0): 0.051, (64, 2.0): 0.034, (64, 4.0): 0.025, (64, 8.0): 0.020}
SIZES = (64, 512, 4096)
ENTRIES = 2**21  # scores drawn at most per number of positions
WINNING = 0.05  # a unit is among the winners if it has more than this share of the highest rate
RUNGS = ("artificial", "relu_rate", "rate", "spiking")


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """The full run; --quick takes fewer trials and fewer points of each sweep."""

    seed: int = param(0, doc="first seed: scores, places of the strongest input, noise", low=0)
    seeds: int = param(5, doc="number of seeds of the spiking runs, the unit of replication", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=("auto", "brian"))
    draws: int = param(4000, doc="score vectors per number of positions and spread", low=100)
    spreads: tuple[float, ...] = param(
        (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0), doc="standard deviations of the scores", above=0
    )
    top: int = param(4, doc="positions that top-k attention looks at", low=1, high=12)
    scale: float = param(2.0, doc="drive (threshold = 1) that an input of 1 adds", above=0)
    sigma_stat: float = param(0.2, doc="membrane noise of the neuron (threshold = 1)", above=0)
    tau_inhibition: float = param(0.1, unit="s", doc="synaptic time constant of the inhibition", above=0)
    tau_fast: float = param(5e-3, unit="s", doc="the same where fast inhibition is compared", above=0)
    hard: float = param(1.5, doc="inhibition (loop gain of a pair) that leaves one winner", above=1)
    soft: float = param(0.5, doc="inhibition that leaves several", above=0, below=1)
    strengths: tuple[float, ...] = param(
        (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.35, 0.4, 0.45, 0.55, 0.6, 0.65, 0.7, 0.75, 0.85, 0.9, 0.95, 1.1, 1.2, 1.3,
         1.4, 1.5, 1.6, 1.8, 2.0, 2.2),
        doc="inhibition of the sweep", low=0,
    )  # fmt: skip
    contrasts: tuple[float, ...] = param(
        (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4), doc="how much the strongest input exceeds the others", low=0
    )
    trials: int = param(400, doc="trials per contrast and seed", low=10)
    loops: int = param(20, doc="hysteresis loops of the spiking pair", low=2)
    dwell: float = param(1.0, unit="s", doc="time for which each input of a hysteresis loop is shown", above=0)
    duration: float = param(1.5, unit="s", doc="length of a trial", above=0)
    settle: float = param(0.5, unit="s", doc="time before counting starts", low=0)
    dt: float = param(2e-4, unit="s", doc="time step of the neurons", above=0)

    def check(self) -> None:
        if 0.2 not in self.contrasts:
            raise ParameterError(f"Parameters.contrasts: got {self.contrasts}, expected 0.2 among them")
        if not {1.0, 4.0} <= set(self.spreads):
            raise ParameterError(f"Parameters.spreads: got {self.spreads}, expected 1 and 4 among them")
        if max(self.strengths) < self.hard:
            raise ParameterError(f"Parameters.strengths: got none above {self.hard:g}, the inhibition with one winner")

    @property
    def schedule(self) -> ns.Schedule:
        """When it is counted."""
        return ns.Schedule(duration=self.duration, settle=self.settle, dt=self.dt)


_INTERVAL = {
    "low": ("1", "lower end of its 95 % Student interval over seeds"),
    "high": ("1", "upper end of that interval"),
}
_RUNG = ("", "artificial: static ReLU; relu_rate: leaky rate unit with that ReLU; rate: with the f-I curve; spiking")
COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "weights": {
        "mechanism": ("", "what turns scores into weights"),
        "rank": ("1", "position, highest score first"),
        "score": ("1", "its score"),
        "weight": ("1", "its share of the total"),
    },
    "attention": {
        "mechanism": ("", "what turns scores into weights"),
        "positions": ("1", "number n of positions"),
        "spread": ("1", "standard deviation of the normal scores"),
        "draws": ("1", "number of score vectors"),
        "zeros": ("1", "share of weights that are exactly 0"),
        "support": ("1", "share of positions with a weight above 0, mean over vectors"),
        "support_error": ("1", "its standard error"),
        "effective": ("1", "effective number of positions over n (Treves-Rolls ratio), mean over vectors"),
        "effective_error": ("1", "its standard error"),
        "limit": ("1", "exp(-spread^2), the law for n to infinity"),
        "correction": ("1", "relative distance from that law to first order in 1/n, for softmax"),
    },
    "underflow": {
        "precision": ("", "floating-point numbers"),
        "gap": ("1", "smallest distance from the highest score at which a softmax weight is exactly 0"),
        "expected": ("1", "the same from the smallest number of this precision"),
        "widest": ("1", "largest distance from the highest score that was drawn"),
    },
    "uniform": {
        "strength": ("1", "inhibition w"),
        "unit": ("1", "unit, strongest input first"),
        "published": ("1", "steady activity, six digits"),
        "artificial": ("1", "found by the static engine"),
        "rate": ("1", "found by integrating leaky rate units with the same ReLU"),
    },
    "identity": {
        "strength": ("1", "inhibition w"),
        "rung": _RUNG,
        "vectors": ("1", "score vectors"),
        "difference": ("1", "largest distance of the activities from S sparsemax(x / ((1 - w) S))"),
        "silent": ("1", "share of the units that are silent"),
    },
    "divisive": {
        "factor": ("1", "all inputs were multiplied by this"),
        "unit": ("1", "unit"),
        "rate": ("1", "activity that a leaky rate unit with divisive normalisation settles at"),
        "formula": ("1", "input over the sum of half-saturation and inputs"),
        "subtractive": ("1", "activity with uniform lateral inhibition instead"),
    },
    "sweep": {
        "rung": _RUNG,
        "strength": ("1", "inhibition w: weight of a pair times the slope of the ReLU"),
        "winners": ("1", f"units with more than {WINNING:.0%} of the highest rate, mean over trials"),
        **_INTERVAL,
        "predicted": ("1", "winners by the same rule in closed form, ReLU"),
        "strongest": ("1", "activity of the strongest unit (1: without inhibition, ReLU)"),
    },
    "states": {
        "strength": ("1", "inhibition w"),
        "stable": ("1", "stable steady states that a search from many starts finds, static ReLU"),
        "predicted": ("1", "units whose input is within the factor w of the strongest (w < 1: one state)"),
        "unconverged": ("1", "starts that led nowhere"),
    },
    "loop": {
        "rung": _RUNG,
        "direction": ("", "up: the rival's input grows; down: it falls again"),
        "step": ("1", "order in which the inputs were shown"),
        "ratio": ("1", "input of the rival over that of the first unit"),
        "first": ("1", "activity of the first unit"),
        "rival": ("1", "activity of the rival"),
    },
    "switch": {
        "rung": _RUNG,
        "direction": ("", "up or down"),
        "ratio": ("1", "stronger over weaker input where the winner changes, mean over loops"),
        "low": ("1", "lower end of its 95 % interval over loops (deterministic: last input before the change)"),
        "high": ("1", "upper end (deterministic: first input after the change)"),
        "loops": ("1", "loops in which it changed"),
    },
    "choice": {
        "seed": ("1", "seed"),
        "tau": ("s", "synaptic time constant of the inhibition"),
        "contrast": ("1", "how much the strongest input exceeds the others"),
        "correct": ("1", "share of trials in which the unit with the strongest input has the highest rate"),
        "winners": ("1", "units above the rule for winners, mean over trials"),
    },
    "xor": {
        "substrate": ("", "k-winners-take-all (KWTA), or the rung on which units inhibit each other"),
        "a": ("1", "first bit"),
        "b": ("1", "second bit"),
        "answer": ("1", "share of trials in which the middle unit wins"),
        "expected": ("1", "exclusive or"),
    },
}


@dataclass(frozen=True, eq=False)
class _Scene:
    """The neuron on its rungs, and the ReLU whose slope and threshold set the units of input, activity and inhibition.

    An input x adds scale * x to the drive, from the threshold of the ReLU on; activity is given as rate over
    (slope * scale) and inhibition as weight times slope, so that on the ReLU rungs r = [x - w sum r]+ exactly.
    """

    p: Parameters
    cells: Mapping[str, Cell]
    slope: float
    threshold: float

    def circuit(self, strength: float, tau: float, weights: Array) -> ns.Circuit:
        """Inputs onto units that all inhibit each other."""
        units = ns.Population("units", len(weights), bias=self.threshold)
        feed = ns.Projection("feed", "inputs", "units", self.p.scale * weights, sign=None, tau=0.0)
        if strength >= 1:
            inhibition = ns.winner_take_all(units, strength / self.slope, gain=self.slope, tau=tau)
        else:
            inhibition = ns.lateral(units, strength / self.slope, tau=tau)
        return ns.Circuit({"inputs": weights.shape[1]}, [units], [feed, inhibition])

    def run(
        self, rung: str, inputs: Array, strength: float, *, seed: int = 0, tau: float | None = None,
        schedule: ns.Schedule | None = None, weights: Array | None = None,
    ) -> Array:  # fmt: skip
        """Activities (trials, units) of one rung, in units of the ReLU's."""
        from neurosim.engines.rate import Rate

        weights = np.eye(inputs.shape[1]) if weights is None else weights
        circuit = self.circuit(strength, self.p.tau_inhibition if tau is None else tau, weights)
        spiking = rung == "spiking"
        engine = self.p.engine if spiking else "static" if rung == "artificial" else _EXACT
        chosen = Rate(**engine) if isinstance(engine, dict) else engine
        run = ns.simulate(
            circuit, self.cells[rung], ns.Stimulus({"inputs": inputs}),
            (self.p.schedule if spiking else _STEADY) if schedule is None else schedule,
            seed=seed, engine=chosen, progress=False,
        )  # fmt: skip
        return self.activity(run.checked_rates("units"))

    def activity(self, rates: Array) -> Array:
        """Rates in units of the ReLU's activity at an input of 1."""
        return rates / (self.slope * self.p.scale)


_EXACT = {"rtol": 1e-9, "atol": 1e-9, "samples": 3}
# The slowest mode of two units decays with (tau + tau_s)/(1 - w): 25 ms / 0.1 at w = 0.9, 48 times in the time to settle.
_STEADY = ns.Schedule(duration=12.5, settle=12.0, dt=1e-3)


def _scene(p: Parameters) -> _Scene:
    cells: dict[str, Cell] = dict(ns.ladder(ns.LIF(sigma_stat=p.sigma_stat)))
    relu = cells["artificial"].transfer
    assert relu is not None
    cells["relu_rate"] = ns.LeakyRate(tau=cells["rate"].as_dict()["tau"], activation=relu)
    shape = relu.as_dict()
    return _Scene(p, cells, shape["gain"], shape["threshold"])


def compute(parameters: Parameters, progress: Progress) -> Tables:
    """Scores through every mechanism, then the competing circuit on its rungs."""
    import pandas as pd

    p = parameters
    scene = _scene(p)
    parts = {
        "weights": _weights, "attention": _attention, "uniform": _uniform, "identity": _identity,
        "divisive": _divisive, "sweep": _sweep, "states": _states, "loop": _loop, "choice": _choice, "xor": _xor,
    }  # fmt: skip
    rows: dict[str, list[dict[str, Any]]] = {}
    for name in progress(list(parts), "parts"):
        rows[name] = list(parts[name](p, scene))
    rows["underflow"] = list(_underflow(rows["attention"]))
    every = {name: pd.DataFrame(found) for name, found in rows.items()}
    every["switch"] = _switches(every["loop"])
    every["loop"] = every["loop"].groupby(["rung", "direction", "step"], sort=False, as_index=False).mean()
    progress.note(engine=_engine_name(p, scene))
    return {name: every[name][list(columns)] for name, columns in COLUMNS.items()}


def _engine_name(p: Parameters, scene: _Scene) -> str:
    from neurosim.simulate import choose, prepare

    circuit = scene.circuit(p.hard, p.tau_inhibition, np.eye(2))
    job = prepare(circuit, scene.cells["spiking"], ns.Stimulus({"inputs": np.ones((1, 2))}), p.schedule)
    return choose(job, p.engine).name


# ---------------------------------------------------------------- scores to weights


def _mechanisms(p: Parameters) -> dict[str, Any]:
    """Attention without neurons: scores (vectors, positions) to weights of total 1."""
    from neurosim.activations import KWTA, DivisiveNormalisation, Softmax, Sparsemax

    kept = KWTA(k=p.top)

    def top(scores: Array) -> Array:
        # k-winners-take-all rectifies, so the scores are lifted above 0 first; then a softmax over the winners.
        winners = kept(scores - scores.min(axis=-1, keepdims=True) + 1.0) > 0
        return Softmax()(np.where(winners, scores, -np.inf))

    # Rectified, then divided by the sum (a half-saturation of 1e-12 stands for none).
    relu = DivisiveNormalisation(exponent=1.0, sigma=1e-12)
    return {"softmax": Softmax(), "top-k": top, "ReLU attention": relu, "sparsemax": Sparsemax()}


def _weights(p: Parameters, scene: _Scene) -> Iterator[dict[str, Any]]:
    """One vector of scores through every mechanism, neurons included."""
    scores = np.sort(ns.randomness.stream(p.seed, "stimulus", "example").standard_normal((1, 12)))[:, ::-1]
    found = {name: mechanism(scores) for name, mechanism in _mechanisms(p).items()}
    found["inhibited ReLU"] = scene.run("artificial", scores, p.soft)
    found["inhibited LIF"] = scene.run("spiking", np.repeat(scores, p.trials, axis=0), p.soft, seed=p.seed)
    found["winner-take-all"] = scene.run("artificial", scores, p.hard)
    for name, weights in found.items():
        share = weights.mean(axis=0) / weights.mean(axis=0).sum()
        for rank, weight in enumerate(share):
            yield {"mechanism": name, "rank": rank + 1, "score": scores[0, rank], "weight": weight}


def _attention(p: Parameters, scene: _Scene) -> Iterator[dict[str, Any]]:
    for n in SIZES:
        draws = min(p.draws, ENTRIES // n)
        standard = ns.randomness.stream(p.seed, "stimulus", "scores", n).standard_normal((draws, n))
        for spread in p.spreads:
            scores = spread * standard
            for name, mechanism in _mechanisms(p).items():
                weights = mechanism(scores)
                support, effective = (weights > 0).mean(axis=1), metrics.treves_rolls(weights)
                yield {
                    "mechanism": name, "positions": n, "spread": spread, "draws": draws,
                    "zeros": float((weights == 0).mean()),
                    "support": support.mean(), "support_error": support.std(ddof=1) / math.sqrt(draws),
                    "effective": effective.mean(), "effective_error": effective.std(ddof=1) / math.sqrt(draws),
                    "limit": math.exp(-(spread**2)),
                    "correction": _first_order(spread) / n,
                    "widest": float(np.ptp(scores, axis=1).max()),
                }  # fmt: skip


def _first_order(s: float) -> float:
    """n times the relative change of E[mean(e^x)^2 / mean(e^2x)] to first order in 1/n (expansion of the ratio)."""
    if 4 * s**2 > 700:
        return math.inf
    return math.expm1(s**2) - 2 * math.expm1(2 * s**2) + math.expm1(4 * s**2)


def _underflow(attention: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Where rounding, not the softmax, makes a weight 0."""
    from neurosim.activations import Softmax

    widest = max(row["widest"] for row in attention)
    double, single = Softmax(), np.float32
    # Half of the smallest number of each precision, 2^-1074 and 2^-149, rounds to 0.
    for precision, vanishes, power in (
        ("float64", lambda gap: bool(double(np.array([0.0, -gap]))[1] == 0.0), 1075),
        ("float32", lambda gap: bool(np.exp(single(-gap)) == 0.0), 150),
    ):
        low, high = 0.0, 2000.0
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if vanishes(middle) else (middle, high)
        yield {"precision": precision, "gap": high, "expected": power * math.log(2.0), "widest": widest}


# ---------------------------------------------------------------- units that inhibit each other


def _closed_form(x: Array, w: float) -> Array:
    """Steady state of r_i = [x_i - w sum_{j != i} r_j]+ that a silent start leads to; x falls with the index.

    With the k strongest active S = sum x / (1 + (k - 1) w) and r = (x - w S)/(1 - w); from w = 1 on one unit wins.
    """
    if w >= 1:
        return np.where(np.arange(len(x)) == 0, x, 0.0)
    for k in range(len(x), 0, -1):
        total = x[:k].sum() / (1 + (k - 1) * w)
        if x[k - 1] > w * total:
            return np.where(np.arange(len(x)) < k, (x - w * total) / (1 - w), 0.0)
    return np.zeros_like(x)


def _uniform(p: Parameters, scene: _Scene) -> Iterator[dict[str, Any]]:
    x = np.array([INPUTS])
    for strength, published in UNIFORM.items():
        artificial = scene.run("artificial", x, strength)[0]
        rate = scene.run("relu_rate", x, strength, tau=p.tau_fast)[0]
        for unit, value in enumerate(published):
            yield {"strength": strength, "unit": unit, "published": value, "artificial": artificial[unit],
                   "rate": rate[unit]}  # fmt: skip


def _identity(p: Parameters, scene: _Scene) -> Iterator[dict[str, Any]]:
    """Lateral inhibition against sparsemax, both from the package, on random scores."""
    from neurosim.activations import Sparsemax

    scores = ns.randomness.stream(p.seed, "stimulus", "identity").standard_normal((100, 16))
    for rung, strengths in (("artificial", (0.1, 0.3, 0.5, 0.7, 0.9)), ("relu_rate", (0.1, 0.5))):
        for strength in strengths:
            activity = scene.run(rung, scores, strength, tau=p.tau_fast)
            total = activity.sum(axis=1, keepdims=True)
            expected = total * Sparsemax()(scores / ((1 - strength) * total))
            yield {"strength": strength, "rung": rung, "vectors": len(scores),
                   "difference": float(np.abs(activity - expected).max()),
                   "silent": float((activity < 1e-9).mean())}  # fmt: skip


def _divisive(p: Parameters, scene: _Scene) -> Iterator[dict[str, Any]]:
    """Inputs that grow together, divided and subtracted, on leaky rate units."""
    from neurosim.activations import DivisiveNormalisation

    units = ns.Population("units", len(INPUTS))
    feed = ns.Projection("feed", "inputs", "units", np.eye(len(INPUTS)), sign=None, tau=0.0)
    circuit = ns.Circuit({"inputs": len(INPUTS)}, [units], [feed])
    cell = ns.LeakyRate(tau=scene.cells["rate"].as_dict()["tau"], activation=DivisiveNormalisation(exponent=1.0))
    factors = (0.5, 1.0, 2.0, 4.0, 16.0)
    x = np.outer(factors, INPUTS)
    run = ns.simulate(circuit, cell, ns.Stimulus({"inputs": x}), _STEADY, progress=False)
    subtractive = scene.run("artificial", x, p.soft)
    for trial, factor in enumerate(factors):
        for unit in range(len(INPUTS)):
            yield {"factor": factor, "unit": unit, "rate": run.rates["units"][trial, unit],
                   "formula": x[trial, unit] / (1.0 + factor * math.fsum(INPUTS)),
                   "subtractive": subtractive[trial, unit]}  # fmt: skip


def _winners(activity: Array) -> Array:
    count: Array = (activity > WINNING * activity.max(axis=1, keepdims=True)).sum(axis=1)
    return count


def _sweep(p: Parameters, scene: _Scene) -> Iterator[dict[str, Any]]:
    x = np.array([INPUTS])
    for strength in p.strengths:
        predicted = int(_winners(_closed_form(x[0], strength)[None])[0])
        for rung in ("artificial", "rate"):
            activity = scene.run(rung, x, strength, tau=p.tau_fast)
            count = float(_winners(activity)[0])
            yield {"rung": rung, "strength": strength, "winners": count, "low": count, "high": count,
                   "predicted": predicted, "strongest": activity[0, 0]}  # fmt: skip
        counts, strongest = [], []
        for k in range(p.seeds):
            activity = scene.run("spiking", np.repeat(x, p.trials // 4, axis=0), strength, seed=p.seed + k)
            counts.append(float(_winners(activity).mean()))
            strongest.append(float(activity[:, 0].mean()))
        found = metrics.student_interval(counts)
        yield {"rung": "spiking", "strength": strength, "winners": found.value, "low": found.low, "high": found.high,
               "predicted": predicted, "strongest": float(np.mean(strongest))}  # fmt: skip


def _states(p: Parameters, scene: _Scene) -> Iterator[dict[str, Any]]:
    x = np.array([INPUTS])
    for strength in p.strengths:
        if strength == 1:
            continue  # a whole line of steady states
        circuit = scene.circuit(strength, p.tau_fast, np.eye(len(INPUTS)))
        found = ns.fixed_points(circuit, scene.cells["artificial"], ns.Stimulus({"inputs": x}), starts=40, seed=p.seed)[0]
        within = sum(value > max(INPUTS) / strength for value in INPUTS) if strength > 1 else 1
        yield {"strength": strength, "stable": len(found.stable), "predicted": within,
               "unconverged": found.unconverged}  # fmt: skip


def _ratios(p: Parameters) -> Array:
    """Ratios of the inputs on the way up: coarse, and in steps of 0.5 % around the predicted switch."""
    fine = p.hard * np.exp(0.005 * np.arange(-8, 9))
    coarse = np.geomspace(1 / (1.6 * p.hard), 1.6 * p.hard, 23)
    return np.concatenate([coarse[coarse < fine[0]], fine, coarse[coarse > fine[-1]]])


def _loop(p: Parameters, scene: _Scene) -> Iterator[dict[str, Any]]:
    """Two units; the rival's input grows and falls again, and the state is carried along."""
    up = _ratios(p)
    path = np.concatenate([up, 1 / up])
    inputs = 0.6 * np.stack([np.ones_like(path), path], axis=1)
    circuit = scene.circuit(p.hard, p.tau_inhibition, np.eye(2))
    schedule = ns.Schedule(duration=p.dwell, settle=p.dwell / 2, dt=p.dt)
    found: dict[str, Array] = {}
    for rung in ("artificial", "relu_rate", "rate"):
        stimuli = [ns.Stimulus({"inputs": row[None]}) for row in inputs]
        runs = ns.sweep(circuit, scene.cells[rung], stimuli, schedule)
        found[rung] = np.array([run.checked_rates("units") for run in runs])
    found["spiking"] = _spiking_loop(p, scene, circuit, inputs)
    for rung, rates in found.items():
        activity = scene.activity(rates)
        for step, ratio in enumerate(path):
            for trial in range(activity.shape[1]):
                yield {"rung": rung, "direction": "up" if step < len(up) else "down", "step": step, "trial": trial,
                       "ratio": ratio, "first": activity[step, trial, 0], "rival": activity[step, trial, 1]}  # fmt: skip


def _spiking_loop(p: Parameters, scene: _Scene, circuit: ns.Circuit, inputs: Array) -> Array:
    """Rates (steps, loops, units) in the second half of each step."""
    movie = ns.Stimulus({"inputs": np.repeat(inputs[None], p.loops, axis=0)}, frame=p.dwell)
    schedule = ns.Schedule(duration=p.dwell * len(inputs), settle=0.0, dt=p.dt)
    run = ns.simulate(
        circuit, scene.cells["spiking"], movie, schedule, seed=p.seed, record=("spikes",), engine=p.engine,
        progress=False,
    )  # fmt: skip
    spikes = run.spikes["units"]
    step, late = np.divmod(spikes.times / p.dwell, 1.0)
    counts = np.zeros((len(inputs), p.loops, 2))
    kept = late >= 0.5
    np.add.at(counts, (step[kept].astype(int), spikes.trials[kept], spikes.units[kept]), 1.0)
    return counts / (0.5 * p.dwell)


def _switches(loop: Any) -> Any:
    """Where the winner changes: between two inputs on a deterministic rung, an interval over loops for spikes."""
    import pandas as pd

    rows = []
    for (rung, direction), group in loop.groupby(["rung", "direction"], sort=False):
        ends = [_switch(one, direction == "up") for _, one in group.groupby("trial", sort=False)]
        before, after = np.array([end for end in ends if end is not None]).reshape(-1, 2).T
        middle = np.sqrt(before * after)
        low, high = (before.min(), after.max()) if len(middle) else (math.nan, math.nan)
        if len(middle) > 1:
            interval = metrics.student_interval(middle)
            low, high = interval.low, interval.high
        rows.append({"rung": rung, "direction": direction, "ratio": middle.mean() if len(middle) else math.nan,
                     "low": low, "high": high, "loops": len(middle)})  # fmt: skip
    return pd.DataFrame(rows)


def _switch(loop: Any, up: bool) -> tuple[float, float] | None:
    """Stronger over weaker input at the last step before the winner changes and at the first one after it."""
    loop = loop.sort_values("step")
    ratio = loop.ratio.to_numpy() if up else 1 / loop.ratio.to_numpy()
    lead = (loop.rival - loop["first"]).to_numpy() * (1 if up else -1)
    changed = np.flatnonzero((lead[:-1] < 0) & (lead[1:] >= 0))
    # Spikes may bring the winner back; the last change is the one that stays.
    return (ratio[changed[-1]], ratio[changed[-1] + 1]) if len(changed) else None


def _choice(p: Parameters, scene: _Scene) -> Iterator[dict[str, Any]]:
    """One input is stronger than the other four: does its unit win, with slow and with fast inhibition?"""
    n = len(INPUTS)
    for k in range(p.seeds):
        seed = p.seed + k
        places = ns.randomness.stream(seed, "stimulus", "places").integers(0, n, p.trials)
        for contrast in p.contrasts:
            inputs = np.where(np.arange(n) == places[:, None], 1.0 + contrast, 1.0)
            for tau in (p.tau_fast, p.tau_inhibition):
                activity = scene.run("spiking", inputs, p.hard, seed=seed, tau=tau)
                yield {"seed": seed, "tau": tau, "contrast": contrast,
                       "correct": float((activity.argmax(axis=1) == places).mean()),
                       "winners": float(_winners(activity).mean())}  # fmt: skip


# One and two of (1, a, b) decide: the middle sum is the largest for exactly one active bit.
_XOR = 0.4 * np.array([[0.5, 0.0, 0.0], [0.0, 1.0, 1.0], [-2.5, 3.0, 3.0]])


def _xor(p: Parameters, scene: _Scene) -> Iterator[dict[str, Any]]:
    from neurosim.activations import KWTA

    bits = [(a, b) for a in (0, 1) for b in (0, 1)]
    inputs = np.array([(1.0, a, b) for a, b in bits])
    answers = {"KWTA": KWTA(k=1)(inputs @ _XOR.T)[:, None]}
    for rung in ("artificial", "rate", "spiking"):
        copies = 20 if rung == "spiking" else 1
        activity = scene.run(rung, np.repeat(inputs, copies, axis=0), p.hard, seed=p.seed, weights=_XOR)
        answers[rung] = activity.reshape(len(bits), copies, -1)
    for substrate, activity in answers.items():
        for (a, b), trials in zip(bits, activity, strict=True):
            yield {"substrate": substrate, "a": a, "b": b, "answer": float((trials.argmax(axis=-1) == 1).mean()),
                   "expected": a ^ b}  # fmt: skip

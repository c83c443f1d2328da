"""Does taking the small weights out of a network resemble the silence of its ReLUs, and what does either save?

ReLU networks of 64 inputs, two hidden layers and ten classes learn noisy prototypes. Then the smallest weights of the
whole network are set to 0 (magnitude pruning, without learning anew), or as many random ones, or in each layer the
smallest activities of each example; weights are rounded to multiples of a step; and products with matrices and vectors
of growing density are timed.

Prediction: half of the weights can go for at most 1.5 points of accuracy, nine tenths cost 5 or more, and with one in
200 left the network guesses. Pruning takes the same weights for every input, while two inputs make different sets of
ReLUs active; a ReLU's zeros cost nothing at all, since adding 0 changes nothing. Rounding to multiples of a step sets
exactly the weights below half a step to 0, a share erf(step/(2 sqrt(2) s)) of Gaussian ones. Operations fall with the
density, time on dense hardware only far below 1: where is measured, not predicted.

Sources: Han et al., NIPS (2015) (magnitude pruning); Gale, Elsen & Hooker, arXiv:1902.09574 (2019) (magnitude pruning
as a baseline); Glorot, Bordes & Bengio, AISTATS (2011), sec. 3.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import neurosim as ns
from neurosim import decisions, metrics
from neurosim.lab.findings import Finding
from neurosim.params import Array, ParameterError, Params, param
from neurosim.randomness import stream

if TYPE_CHECKING:
    from neurosim.lab.experiment import Tables
    from neurosim.lab.progress import Progress
    from neurosim.training import Network

ORDER = 175
CLAIMS = ("A0-14", "A1-18", "A1-31")
QUICK = {"seeds": 3, "units": 96, "examples": 800, "epochs": 10, "rate": 0.05, "repeats": 5, "size": 512}

CLASSES, CHANNELS = 10, 64
HIDDEN = ("hidden1", "hidden2")
NEEDED = (0.0, 0.5, 0.9, 0.995)
"""Shares of the weights that the findings ask about."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """The full run; --quick has smaller networks and fewer seeds."""

    seed: int = param(0, doc="first seed: weights, examples, order of learning", low=0)
    seeds: int = param(5, doc="number of seeds, the unit of replication", low=2)
    units: int = param(256, doc="units of each of the two hidden layers", low=16)
    examples: int = param(2000, doc="examples to learn from", low=100)
    tests: int = param(2000, doc="examples to test with", low=100)
    epochs: int = param(15, doc="epochs of learning", low=1)
    batch: int = param(50, doc="examples per step", low=1)
    rate: float = param(0.02, doc="learning rate of gradient descent", above=0)
    momentum: float = param(0.9, doc="momentum of gradient descent", low=0, below=1)
    noise: float = param(1.6, doc="noise of the prototypes (standard deviation; the prototypes have 1)", above=0)
    removed: tuple[float, ...] = param(
        (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.995), doc="shares that are set to 0", low=0, below=1
    )
    rounding: tuple[float, ...] = param(
        (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0), above=0,
        doc="rounding steps in standard deviations of a layer's weights",
    )  # fmt: skip
    densities: tuple[float, ...] = param(
        (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0), above=0, high=1,
        doc="densities at which products are timed",
    )  # fmt: skip
    size: int = param(1024, doc="rows and columns of the matrices that are timed", low=16)
    columns: int = param(64, doc="vectors that are multiplied at once, beside one alone", low=2)
    repeats: int = param(9, doc="repetitions of a timing, of which the shortest counts", low=1)

    def check(self) -> None:
        missing = [share for share in NEEDED if share not in self.removed]
        if missing or list(self.removed) != sorted(set(self.removed)):
            raise ParameterError(
                f"Parameters.removed: got {self.removed}, expected growing shares with {', '.join(map(str, NEEDED))}"
            )


_SEED = ("1", "seed of the network and its examples")
COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "setup": {
        "seeds": ("1", "number of seeds"),
        "units": ("1", "units per hidden layer"),
        "examples": ("1", "examples to learn from"),
        "tests": ("1", "examples to test with"),
        "epochs": ("1", "epochs of learning"),
        "weights": ("1", "weights of a network"),
        "noise": ("1", "noise of the prototypes"),
    },
    "pruned": {
        "seed": _SEED,
        "route": ("", "weights: the smallest go; random: any go; activities: the smallest of each example and layer"),
        "removed": ("1", "share that is set to 0"),
        "left": ("1", "share that is not 0 then"),
        "accuracy": ("1", "share of test examples named correctly"),
        "largest_removed": ("s.d.", "largest magnitude that went, in standard deviations of all weights"),
        "smallest_kept": ("s.d.", "smallest magnitude that stayed, likewise"),
        "operations": ("1", "multiplications that are left when zeros (of weights and activities) are skipped"),
    },
    "overlap": {
        "seed": _SEED,
        "layer": ("1", "hidden layer"),
        "pairs": ("", "same: two examples of one class; different: of two classes"),
        "overlap": ("1", "overlap (Jaccard) of the sets of active units of two examples, mean over pairs"),
        "chance": ("1", "the same for independent sets of that size"),
        "active": ("1", "share of activities above 0"),
    },
    "zeros": {
        "seed": _SEED,
        "zeros": ("1", "hidden activities that are exactly 0, over examples and units"),
        "changed": ("1", "largest change of an output when the connections of all silent units are left out"),
    },
    "rounded": {
        "seed": _SEED,
        "weights": ("", "initial (Gaussian) or learned"),
        "step": ("1", "rounding step in standard deviations of the layer's weights"),
        "n": ("1", "weights"),
        "zeros": ("1", "share of the weights that are 0 after rounding"),
        "below_half": ("1", "share of the weights whose magnitude is below half a step"),
        "expected": ("1", "erf(step/(2 sqrt 2)), step in standard deviations"),
        "wrong": ("1", "weights that are 0 after rounding though above half a step, or not 0 though below"),
        "accuracy": ("1", "share of test examples named correctly"),
    },
    "timing": {
        "method": ("", "dense (BLAS), csr (scipy.sparse, sparse weights) or rows (those of active inputs are added)"),
        "vectors": ("1", "vectors multiplied at once"),
        "density": ("1", "share of weights (csr) or of inputs (rows) that are not 0"),
        "seconds": ("s", "shortest wall time of a product on this machine"),
        "ratio": ("1", "the same over that of the dense product"),
        "error": ("1", "largest difference from the dense product, over the largest entry"),
    },
}  # fmt: skip


# ---------------------------------------------------------------- networks


@dataclass(frozen=True, eq=False)
class _Learned:
    """A network, its weights before learning, and examples it has not seen."""

    network: Network
    initial: dict[str, Array]
    x: Array
    y: Any


def _learned(p: Parameters, seed: int) -> _Learned:
    from neurosim.training import SGD, Network, layered, train

    rng = stream(seed, "stimulus", "prototypes")
    prototypes = rng.standard_normal((CLASSES, CHANNELS))
    n = p.examples + p.tests
    y = rng.integers(0, CLASSES, n)
    x = prototypes[y] + p.noise * rng.standard_normal((n, CHANNELS))
    circuit, cells = layered([CHANNELS, p.units, p.units, CLASSES], ns.ReLU(), seed=seed)
    initial = Network(circuit, cells).weights
    found = train(
        circuit, cells, x[: p.examples], y[: p.examples], epochs=p.epochs, batch=p.batch, seed=seed, progress=False,
        optimiser=SGD(rate=p.rate, momentum=p.momentum),
    )  # fmt: skip
    return _Learned(Network(found.circuit, found.cells), initial, x[p.examples :], y[p.examples :])


def _forward(
    network: Network, weights: Mapping[str, Array], x: Array, kept: Callable[[Array], Array] | None = None
) -> tuple[Array, dict[str, Array]]:
    """Logits and hidden activities with other weights, or with only some of each example's activities."""
    before, hidden = x, {}
    for name in network.order:
        drive = before @ weights[f"to_{name}"].T + network.biases[name]
        if name == network.output:
            return drive, hidden
        before = network.activations[name](drive)
        before = before if kept is None else kept(before)
        hidden[name] = before
    raise AssertionError("a network ends with its output")


def _smallest_gone(values: Array, share: float) -> Array:
    """Each row without its smallest magnitudes; exactly round(share * columns) entries are set to 0."""
    count = round(share * values.shape[-1])
    if not count:
        return values
    order = np.argsort(np.abs(values), axis=-1, kind="stable")[..., :count]
    result = values.copy()
    np.put_along_axis(result, order, 0.0, axis=-1)
    return result


def _split(flat: Array, like: Mapping[str, Array]) -> dict[str, Array]:
    """One long row of weights as the matrices that it came from."""
    ends = np.cumsum([w.size for w in like.values()])[:-1]
    return {
        name: part.reshape(w.shape) for (name, w), part in zip(like.items(), np.split(flat, ends), strict=True)
    }  # fmt: skip


def _pruned(p: Parameters, seed: int, found: _Learned) -> Iterator[dict[str, Any]]:
    """Accuracy when small weights, random weights or small activities are set to 0."""
    network = found.network
    flat = np.concatenate([w.ravel() for w in network.weights.values()])
    size, sd = np.abs(flat), float(flat.std())
    order = stream(seed, "init", "random pruning").permutation(len(flat))
    for share in p.removed:
        small = _smallest_gone(flat, share)
        chance = flat.copy()
        chance[order[: round(share * len(flat))]] = 0.0
        for route, values in (("weights", small), ("random", chance)):
            weights = _split(values, network.weights)
            logits, hidden = _forward(network, weights, found.x)
            gone, stay = size[(values == 0) & (flat != 0)], size[values != 0]
            yield {
                "seed": seed, "route": route, "removed": share, "left": float((values != 0).mean()),
                "accuracy": decisions.accuracy(logits, found.y), "operations": _operations(weights, found.x, hidden),
                "largest_removed": float(gone.max() / sd) if gone.size else 0.0,
                "smallest_kept": float(stay.min() / sd),
            }  # fmt: skip
        logits, hidden = _forward(network, network.weights, found.x, lambda a, share=share: _smallest_gone(a, share))
        yield {
            "seed": seed, "route": "activities", "removed": share, "accuracy": decisions.accuracy(logits, found.y),
            "left": float(np.mean([(a != 0).mean() for a in hidden.values()])),
            "operations": _operations(network.weights, found.x, hidden),
            "largest_removed": math.nan, "smallest_kept": math.nan,
        }  # fmt: skip


def _operations(weights: Mapping[str, Array], x: Array, hidden: Mapping[str, Array]) -> float:
    """Multiplications per example with a weight and an activity that are both not 0, over all."""
    before = [x, *hidden.values()]
    done = [
        float(((a != 0).mean(axis=0) * (w != 0).sum(axis=0)).sum())
        for a, w in zip(before, weights.values(), strict=True)
    ]
    return sum(done) / sum(w.size for w in weights.values())


def _overlap(seed: int, found: _Learned) -> Iterator[dict[str, Any]]:
    """How alike the sets of active units of two examples are."""
    run = found.network.forward({"input": found.x})
    half = len(found.y) // 2
    for layer, name in enumerate(HIDDEN, 1):
        active = run.activity[name] > 0
        first, second = active[:half], active[half : 2 * half]
        alike = found.y[:half] == found.y[half : 2 * half]
        share = active.mean(axis=1)
        a, b = share[:half], share[half : 2 * half]
        chance = a * b / np.maximum(a + b - a * b, 1e-12)
        both = metrics.jaccard(first.astype(float), second.astype(float))
        for pairs, which in (("same", alike), ("different", ~alike)):
            yield {
                "seed": seed, "layer": layer, "pairs": pairs, "overlap": float(np.nanmean(both[which])),
                "chance": float(chance[which].mean()), "active": float(active.mean()),
            }  # fmt: skip


def _zeros(seed: int, found: _Learned) -> dict[str, Any]:
    """What the output loses when every connection that leaves a silent unit is left out."""
    network, x = found.network, found.x[:50]
    run = network.forward({"input": x})
    changed, count = 0.0, 0
    for trial in range(len(x)):
        before = x[trial]
        for name in network.order:
            on = np.flatnonzero(before)
            drive = network.weights[f"to_{name}"][:, on] @ before[on] + network.biases[name]
            before = drive if name == network.output else network.activations[name](drive)
            count += int((before == 0).sum()) if name != network.output else 0
        changed = max(changed, float(np.abs(before - run.activity[network.output][trial]).max()))
    return {"seed": seed, "zeros": count, "changed": changed}


def _rounded(p: Parameters, seed: int, found: _Learned) -> Iterator[dict[str, Any]]:
    """Weights rounded to multiples of a step, each layer with a step of its own."""
    for kind, weights in (("initial", found.initial), ("learned", found.network.weights)):
        for step in p.rounding:
            zeros = below = wrong = total = 0
            rounded = {}
            for name, w in weights.items():
                # Before learning the standard deviation is known: He's, sqrt(2/n_pre).
                sd = math.sqrt(2.0 / w.shape[1]) if kind == "initial" else float(w.std())
                rounded[name] = np.rint(w / (step * sd)) * (step * sd)
                is_zero, is_below = rounded[name] == 0, np.abs(w) < 0.5 * step * sd
                zeros, below = zeros + int(is_zero.sum()), below + int(is_below.sum())
                wrong, total = wrong + int((is_zero != is_below).sum()), total + w.size
            logits, _ = _forward(found.network, rounded, found.x)
            yield {
                "seed": seed, "weights": kind, "step": step, "n": total, "zeros": zeros / total,
                "below_half": below / total, "expected": math.erf(step / (2 * math.sqrt(2))), "wrong": wrong,
                "accuracy": decisions.accuracy(logits, found.y) if kind == "learned" else math.nan,
            }  # fmt: skip


# ---------------------------------------------------------------- time


def _timing(p: Parameters) -> Iterator[dict[str, Any]]:
    """Wall time of products by three methods, each with the result of the dense one."""
    from scipy import sparse

    rng = stream(p.seed, "weights", "timing")
    full, x = rng.standard_normal((p.size, p.size)), rng.standard_normal((p.size, p.columns))
    vectors = {1: x[:, 0].copy(), p.columns: x}
    dense = {n: _seconds(p, lambda v=v: full @ v) for n, v in vectors.items()}
    for density in p.densities:
        few = np.where(rng.random(full.shape) < density, full, 0.0)
        compressed = sparse.csr_array(few)
        for n, v in vectors.items():
            yield {"method": "dense", "vectors": n, "density": density, "seconds": dense[n], "ratio": 1.0, "error": 0.0}
            yield _timed(p, "csr", n, density, lambda v=v, m=compressed: m @ v, few @ v, dense[n])
        inputs = np.zeros(p.size)
        on = rng.permutation(p.size)[: max(1, round(density * p.size))]
        inputs[on] = x[on, 0]
        rows = np.ascontiguousarray(full.T)

        def added(inputs: Array = inputs, rows: Array = rows) -> Array:
            active = np.flatnonzero(inputs)
            return np.asarray(inputs[active] @ rows[active])

        yield _timed(p, "rows", 1, density, added, full @ inputs, dense[1])


def _timed(
    p: Parameters, method: str, n: int, density: float, work: Callable[[], Array], right: Array, dense: float
) -> dict[str, Any]:
    seconds = _seconds(p, work)
    error = float(np.abs(work() - right).max() / np.abs(right).max())
    return {
        "method": method, "vectors": n, "density": density, "seconds": seconds, "ratio": seconds / dense,
        "error": error,
    }  # fmt: skip


def _seconds(p: Parameters, work: Callable[[], Array]) -> float:
    """Shortest of the repetitions, each long enough for the clock: whatever else runs can only add time."""
    work()
    started = time.perf_counter()
    work()
    times = max(1, min(200, round(1e-3 / max(time.perf_counter() - started, 1e-7))))
    found = []
    for _ in range(p.repeats):
        started = time.perf_counter()
        for _ in range(times):
            work()
        found.append((time.perf_counter() - started) / times)
    return min(found)


def compute(parameters: Parameters, progress: Progress) -> Tables:
    """Every seed's network, what is taken out of it, and the time of products."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # one core: the matrix product is timed and not the wait for the other
        return _computed(parameters, progress)


def _computed(parameters: Parameters, progress: Progress) -> Tables:
    import pandas as pd

    p = parameters
    every: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS if name != "setup"}
    weights = 0
    for seed in progress([p.seed + k for k in range(p.seeds)], "networks"):
        found = _learned(p, seed)
        weights = sum(w.size for w in found.network.weights.values())
        every["pruned"] += list(_pruned(p, seed, found))
        every["overlap"] += list(_overlap(seed, found))
        every["zeros"].append(_zeros(seed, found))
        every["rounded"] += list(_rounded(p, seed, found))
    every["timing"] = list(_timing(p))
    setup = {name: getattr(p, name) for name in COLUMNS["setup"] if name != "weights"} | {"weights": weights}
    tables = {"setup": [setup], **every}
    return {name: pd.DataFrame(rows)[list(COLUMNS[name])] for name, rows in tables.items()}


# ---------------------------------------------------------------- findings


def _curve(tables: Tables, route: str = "weights") -> Any:
    """Accuracy by share removed, mean over seeds."""
    return tables["pruned"].query("route == @route").groupby("removed").accuracy.mean()


def findings(tables: Tables) -> list[Finding]:
    """Checks against theory and expectation, verdicts on claims, and times."""
    return [*_checks(tables), *_claims(tables), *_reports(tables)]


def _checks(tables: Tables) -> Iterator[Finding]:
    curve, rounded, timing = _curve(tables), tables["rounded"], tables["timing"]
    seeds = int(tables["setup"].seeds.iloc[0])
    seen = "a simulation apart from this one: .987 whole, .9845 at 50 %, .863 at 90 %, .110 at 99.5 %"
    yield Finding.check(
        "monotone", "The more weights are removed, the lower the accuracy.", "largest rise from one share to the next",
        max(0.0, float(curve.diff().max())), at_most=0.01,
        reason=f"one point; the standard error of a mean over {seeds} seeds is about 0.005", source=seen,
    )  # fmt: skip
    for name, share, words, bounds in (
        ("half", 0.5, "Half of the weights can go for at most 1.5 points of accuracy.", {"at_most": 0.015}),
        ("nine_tenths", 0.9, "Nine tenths cost 5 points or more.", {"at_least": 0.05}),
    ):
        yield Finding.check(
            name, words, "loss of accuracy, mean over seeds", curve[0.0] - curve[share], **bounds,
            reason="magnitude pruning over all layers, nothing is learned anew", source=seen,
        )  # fmt: skip
    yield Finding.check(
        "chance", "With one weight in 200 left the network guesses.", "accuracy, mean over seeds", curve[0.995],
        expected=1 / CLASSES, tolerance=0.03,
        reason="guessing one class hits between 8 and 12 % of the examples, as they are distributed", source=seen,
    )  # fmt: skip
    initial = rounded[rounded.weights == "initial"]
    for step, rows in initial.groupby("step"):
        n, expected = float(rows.n.sum()), float(rows.expected.iloc[0])
        yield Finding.check(
            f"rounded_{step:g}", f"Steps of {step:g} standard deviations set the share of Gaussian weights to 0 that "
            "the error function says.", "share of weights", float((rows.zeros * rows.n).sum()) / n, expected=expected,
            standard_error=math.sqrt(expected * (1 - expected) / n),
            reason=f"{n:.0f} independent weights: a binomial share", source="normal distribution",
        )  # fmt: skip
    yield Finding.check(
        "rounded_which", "Rounding sets exactly the weights below half a step to 0.", "weights for which it is not so",
        rounded.wrong.sum(), expected=0.0, tolerance=0.0, reason="the definition; a tie has no probability",
    )  # fmt: skip
    zeros = tables["zeros"]
    yield Finding.check(
        "zeros_change_nothing", "Leaving out all connections of silent ReLUs changes no output.",
        "largest change of an output", zeros.changed.max(), at_most=1e-9,
        reason=f"{zeros.zeros.sum()} zeros; sums in another order differ by rounding, about 1e-14 of outputs up to 100",
    )  # fmt: skip
    yield Finding.check(
        "same_product", "The sparse products are the dense one.", "largest relative difference", timing.error.max(),
        at_most=1e-10, reason="sums of up to 1024 products in another order",
    )  # fmt: skip


def _claims(tables: Tables) -> Iterator[Finding]:
    pruned, overlap, rounded = tables["pruned"], tables["overlap"], tables["rounded"]
    curve, random = _curve(tables), _curve(tables, "random")
    changed = float(tables["zeros"].changed.max())
    by_seed = overlap.query("pairs == 'different'").groupby("seed").overlap.mean()
    alike = metrics.student_interval(by_seed.to_numpy())
    paired = {
        share: metrics.student_interval(
            (
                pruned.query("route == 'weights' and removed == @share").set_index("seed").accuracy
                - pruned.query("route == 'random' and removed == @share").set_index("seed").accuracy
            ).to_numpy()
        )
        for share in (0.5, 0.9)
    }
    loss = curve[0.0] - curve[0.5]
    yield Finding.claim_of_parts(
        "A0-14", "Pruning resembles the sparsity of ReLU: only useful neurons and connections are kept.",
        {
            f"both leave half out almost for nothing (zeros of ReLU: outputs change by {changed:.1g}; half of the "
            f"weights: {100 * loss:.2f} points)": changed < 1e-9 and loss <= 0.015,
            "what pruning keeps is the useful part (half and nine tenths: "
            + " and ".join(f"{v.value:+.3f} [{v.low:+.3f}, {v.high:+.3f}]" for v in paired.values())
            + f" against random weights, which leave {random[0.5]:.3f} and {random[0.9]:.3f})": all(
                v.low > 0 for v in paired.values()
            ),
            "both leave the same out for every input (pruning does; active sets of two classes overlap by "
            f"{alike.value:.2f} [{alike.low:.2f}, {alike.high:.2f}])": alike.low >= 0.9,
        },
        reason="intervals are 95 % Student intervals over seeds; an overlap (Jaccard) of 0.9 would count as the same",
    )  # fmt: skip
    weights = pruned.query("route == 'weights' and removed > 0")
    half = weights.query("removed == 0.5")
    yield Finding.claim_of_parts(
        "A1-18", "Pruning removes weights that are close to zero.",
        {
            "every weight that goes is smaller than every one that stays": bool(
                (weights.largest_removed <= weights.smallest_kept).all()
            ),
            f"at half of the weights the largest that goes is below one standard deviation "
            f"({half.largest_removed.max():.2f})": half.largest_removed.max() < 1.0,
        },
        reason="magnitude pruning is made so; close to zero is measured against the weights' own spread",
    )  # fmt: skip
    initial = rounded[rounded.weights == "initial"]
    share = (initial.zeros * initial.n).groupby(initial.step).sum() / initial.n.groupby(initial.step).sum()
    expected = initial.groupby("step").expected.first()
    error = np.sqrt(expected * (1 - expected) / initial.groupby("step").n.sum())
    yield Finding.claim_of_parts(
        "A1-31", "Quantisation sets small weights to zero.",
        {
            f"all weights below half a step and no others ({rounded.wrong.sum():.0f} exceptions)": bool(
                rounded.wrong.sum() == 0
            ),
            "as many as the error function says of Gaussian weights (largest distance "
            f"{((share - expected).abs() / error).max():.1f} standard errors)": bool(
                ((share - expected).abs() <= 4 * error).all()
            ),
        },
        reason="rounding to the nearest multiple of a step; four standard errors of a binomial share",
    )  # fmt: skip


def _reports(tables: Tables) -> Iterator[Finding]:
    pruned, rounded = tables["pruned"], tables["rounded"]
    for route in ("weights", "random", "activities"):
        for share in (0.5, 0.9):
            values = pruned.query("route == @route and removed == @share")
            found = metrics.student_interval(values.accuracy.to_numpy())
            yield Finding.report(
                f"{route}_{share:g}",
                f"Accuracy with {share:.0%} set to 0 ({route}); {values.operations.mean():.2f} of the multiplications "
                "are left.", "accuracy, mean over seeds", found.value, low=found.low, high=found.high,
            )  # fmt: skip
    learned = rounded[rounded.weights == "learned"].groupby("step")[["zeros", "expected", "accuracy"]].mean()
    for step, row in learned.iterrows():
        yield Finding.report(
            f"learned_{step:g}",
            f"Learned weights in steps of {step:g} standard deviations; accuracy {row.accuracy:.3f}.",
            "share of weights that are 0", row.zeros, reason=f"Gaussian weights: {row.expected:.3f}",
        )  # fmt: skip


_METHODS = {"csr": "scipy.sparse (sparse weights)", "rows": "adding the rows of active inputs"}


def _break_even(tables: Tables) -> dict[tuple[str, int], float]:
    """Largest density at which a method is faster than the dense product, and at all smaller ones too; 0: at none."""
    found = {}
    for (method, n), rows in tables["timing"].query("method != 'dense'").groupby(["method", "vectors"]):
        ordered = rows.sort_values("density")
        faster = np.logical_and.accumulate(ordered.ratio.to_numpy() < 1.0)
        found[(str(method), int(n))] = float(ordered.density[faster].max()) if faster.any() else 0.0
    return found


def summary(tables: Tables) -> str:
    """The result in one sentence."""
    curve, activities = _curve(tables), _curve(tables, "activities")
    overlap = tables["overlap"].query("pairs == 'different'").overlap.mean()
    return (
        f"accuracy {curve[0.0]:.3f} falls to {curve[0.5]:.3f} without the smaller half of the weights, to "
        f"{curve[0.9]:.3f} without nine tenths and to {curve[0.995]:.3f} with one in 200 left; without nine tenths of "
        f"each example's activities it is {activities[0.9]:.3f}; ReLU silences other units for other inputs (overlap "
        f"{overlap:.2f}), pruning the same for all"
    )


def estimate(parameters: Parameters) -> tuple[float, float]:
    """Seconds and bytes, from times measured on one core."""
    p = parameters
    step = 2.5e-4 + 5.5e-10 * p.batch * p.units * (CHANNELS + p.units + 40)
    learning = p.epochs * p.examples / p.batch * step
    passes = (3 * len(p.removed) + 2 * len(p.rounding)) * (1e-8 * p.tests * p.units + 5e-7 * p.units**2)
    timing = len(p.densities) * p.repeats * 8e-3 * (p.size / 1024) ** 2
    return 2.0 + p.seeds * (learning + passes) + timing, 4e8


# ---------------------------------------------------------------- the figure


def figure(tables: Tables) -> Any:
    """The four panels from the tables."""
    from neurosim import plots

    with plots.style("nature-2", height=106):
        fig = plots.new_figure()
        axes = fig.subplots(2, 2)
        for ax, draw in zip(axes.flat, (_draw_pruned, _draw_overlap, _draw_rounded, _draw_timing), strict=True):
            draw(ax, tables)
            plots.tidy(ax)
        plots.label_panels(axes)
    return fig


def _looks() -> dict[str, tuple[str, Any, str, str]]:
    from neurosim.plots import OKABE_ITO

    return {
        "weights": (OKABE_ITO["blue"], "-", "o", "smallest weights"),
        "random": ("0.5", (0, (1.2, 1.4)), "D", "random weights"),
        "activities": (OKABE_ITO["vermillion"], (0, (5, 1.6)), "s", "smallest activities of each example"),
    }


def _draw_pruned(ax: Any, tables: Tables) -> None:
    pruned = tables["pruned"]
    for route, (colour, dash, marker, words) in _looks().items():
        groups = pruned[pruned.route == route].groupby("removed").accuracy
        found = {share: metrics.student_interval(values.to_numpy()) for share, values in groups}
        x = [1.0 - share for share in found]
        ax.plot(x, [v.value for v in found.values()], color=colour, linestyle=dash, marker=marker, label=words)
        low, high = (np.clip([getattr(v, end) for v in found.values()], 0.0, 1.0) for end in ("low", "high"))
        ax.vlines(x, low, high, color=colour, linewidth=0.8)
    ax.axhline(1 / CLASSES, color="0.6", linewidth=0.7, linestyle=":")
    ax.set_xscale("log")
    ax.set_xticks([0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0], ["0.005", "0.02", "0.05", "0.1", "0.2", "0.5", "1"])
    ax.minorticks_off()
    ax.invert_xaxis()
    ax.set_ylim(0.0, 1.42)
    ax.set_yticks([0.0, 0.5, 1.0])
    ax.set_xlabel("left (share of weights or activities)")
    ax.set_ylabel("test accuracy (share)")
    ax.legend(loc="upper left", ncols=2)


def _draw_overlap(ax: Any, tables: Tables) -> None:
    from neurosim.plots import OKABE_ITO

    overlap = tables["overlap"]
    places, labels = [], []
    for index, (layer, pairs) in enumerate([(1, "same"), (1, "different"), (2, "same"), (2, "different")]):
        rows = overlap.query("layer == @layer and pairs == @pairs")
        spread = np.linspace(-0.12, 0.12, len(rows))
        ax.plot(index + spread, rows.overlap, linestyle="none", marker="s", color=OKABE_ITO["vermillion"],
                label="active ReLUs" if index == 0 else None)  # fmt: skip
        ax.hlines(rows.chance.mean(), index - 0.3, index + 0.3, color="0.5", linestyle=(0, (1.2, 1.4)),
                  label="independent sets" if index == 0 else None)  # fmt: skip
        places.append(index)
        labels.append(f"layer {layer}\n{'same class' if pairs == 'same' else 'two classes'}")
    ax.axhline(1.0, color=OKABE_ITO["blue"], label="weights left by pruning")
    ax.set_xticks(places, labels)
    ax.set_xlim(-0.5, 3.5)
    ax.set_ylim(0.0, 1.42)
    ax.set_yticks([0.0, 0.5, 1.0])
    ax.set_ylabel("overlap of two inputs (share)")
    ax.legend(loc="upper left", ncols=2)


def _draw_rounded(ax: Any, tables: Tables) -> None:
    from scipy import special

    from neurosim.plots import OKABE_ITO

    rounded = tables["rounded"]
    steps = np.linspace(0.0, 1.05 * rounded.step.max(), 200)
    ax.plot(steps, special.erf(steps / (2 * math.sqrt(2))), color="0.7", linewidth=2.6, label="zeros: error function")
    for kind, colour, marker in (("initial", "black", "o"), ("learned", "blue", "s")):
        rows = rounded[rounded.weights == kind].groupby("step").zeros.mean()
        ax.plot(
            rows.index, rows, color=OKABE_ITO[colour], marker=marker, linestyle="none", label=f"zeros: {kind} weights"
        )
    accuracy = rounded[rounded.weights == "learned"].groupby("step").accuracy.mean()
    ax.plot(accuracy.index, accuracy, color=OKABE_ITO["bluish green"], marker="^", linestyle=(0, (5, 1.6)),
            label="accuracy, learned weights")  # fmt: skip
    ax.set_ylim(0.0, 1.42)
    ax.set_yticks([0.0, 0.5, 1.0])
    ax.set_xlabel("rounding step (s. d. of the weights)")
    ax.set_ylabel("zeros, or accuracy (share)")
    ax.legend(loc="upper left", ncols=2)


def _draw_timing(ax: Any, tables: Tables) -> None:
    from neurosim.plots import OKABE_ITO

    timing = tables["timing"]
    looks = {"csr": ("blue", "o", "sparse weights, scipy.sparse"), "rows": ("vermillion", "s", "rows of active inputs")}
    for (method, n), rows in timing.query("method != 'dense'").groupby(["method", "vectors"]):
        colour, marker, words = looks[str(method)]
        one = n == 1
        ordered = rows.sort_values("density")
        ax.plot(ordered.density, ordered.ratio, color=OKABE_ITO[colour], marker=marker,
                linestyle="-" if one else (0, (3, 1.2)), markerfacecolor=OKABE_ITO[colour] if one else "white",
                markeredgewidth=0.7,
                label=f"{words}, {n} {'vector' if one else 'vectors'}")  # fmt: skip
    ax.axhline(1.0, color="black", linewidth=0.9)
    ax.text(timing.density.min(), 1.1, "dense (BLAS)", ha="left", va="bottom")
    line = np.array([timing.density.min(), 1.0])
    ax.plot(line, line, color="0.6", linestyle=":", linewidth=0.9, label="operations")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(5e-4, 2e4)
    ax.set_yticks([1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0])
    ax.minorticks_off()
    ax.set_xlabel("density (share that is not 0)")
    ax.set_ylabel("time over dense product (ratio)")
    ax.legend(loc="upper left")


def caption(tables: Tables) -> str:
    """What the panels show, with the numbers of this run."""
    setup, curve, random, activities = (
        tables["setup"].iloc[0], _curve(tables), _curve(tables, "random"), _curve(tables, "activities")
    )  # fmt: skip
    overlap = tables["overlap"].groupby("pairs").overlap.mean()
    learned = tables["rounded"].query("weights == 'learned' and step == 1").accuracy.mean()
    words = "; ".join(
        f"{_METHODS[method]}, {n}: " + (f"up to {density:g}" if density else "never")
        for (method, n), density in _break_even(tables).items()
    )
    return (
        f"Networks of {CHANNELS} inputs, two hidden layers of {setup.units:.0f} ReLUs and {CLASSES} classes "
        f"({setup.weights:.0f} weights), {setup.seeds:.0f} seeds, {setup.examples:.0f} noisy prototypes; bars are 95 % "
        "Student intervals over seeds. A: test accuracy when the smallest weights of the whole network, random weights "
        f"or the smallest activities of each example and layer are set to 0; whole {curve[0.0]:.3f}; half gone "
        f"{curve[0.5]:.3f}, {random[0.5]:.3f} and {activities[0.5]:.3f}; nine tenths gone {curve[0.9]:.3f}, "
        f"{random[0.9]:.3f} and {activities[0.9]:.3f}; one weight in 200 left {curve[0.995]:.3f}; dotted: chance. "
        f"B: overlap (Jaccard) of the sets of active units of two examples, {overlap['same']:.2f} within a class and "
        f"{overlap['different']:.2f} between classes, each point a seed; pruning leaves the same weights for all. "
        "C: share of the weights that rounding to multiples of a step sets to 0, and accuracy"
        + (f" ({learned:.3f} at a step of one standard deviation)" if learned == learned else "")
        + ". D: wall time on one core of the machine that ran this, over the dense product's; densities at which "
        f"it was faster: {words}."
    )


if __name__ == "__main__":
    from neurosim.lab import main

    main(__file__)

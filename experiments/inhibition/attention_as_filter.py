"""Is attention a filter like ReLU, which gives an exact 0 to what it does not keep?

Attention weighs positions with a softmax of their scores; sparsemax, top-k and rectified scores are alternatives, and
so are units that inhibit each other uniformly with a strength w: they are sparsemax at the temperature (1 - w) sum r.

Prediction: softmax never gives an exact 0. Over n normal scores of standard deviation s its effective number of
positions, 1/sum(p^2), tends to n exp(-s^2), so scores of the usual size (s = 1) are averaged rather than filtered.

Source: Vaswani et al., NeurIPS (2017); Martins & Astudillo, ICML (2016); moments of the lognormal distribution.
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments.inhibition._competition import Competition, scene
from neurosim import metrics, plots
from neurosim.activations import KWTA, DivisiveNormalisation, Softmax, Sparsemax
from neurosim.lab import Row, between, check, claim_of_parts, column, definition, main
from neurosim.metrics import student_interval
from neurosim.params import ParameterError, param
from neurosim.plots import OKABE_ITO, SeriesStyle

QUICK = {"seeds": 2, "trials": 60, "spreads": (0.5, 1.0, 2.0, 4.0, 8.0)}
SIZES = (64, 512, 4096)
ENTRIES = 2**21  # scores drawn at most per number of positions
STYLES = {
    "softmax": SeriesStyle(OKABE_ITO["reddish purple"], "-", "o", "softmax"),
    "sparsemax": SeriesStyle(OKABE_ITO["vermillion"], (0, (5, 1.6)), "s", "sparsemax"),
    "top-k": SeriesStyle(OKABE_ITO["sky blue"], (0, (1.2, 1.4)), "D", "top-k"),
    "ReLU attention": SeriesStyle("0.45", (0, (5, 1.4, 1.2, 1.4)), "^", "ReLU / sum"),
}
CIRCUITS = ("inhibited ReLU", "inhibited LIF", "winner-take-all")


@dataclass(frozen=True, kw_only=True)
class Parameters(Competition):
    seeds: int = param(4, doc="sets of scores, and of membrane noise", low=2)
    draws: int = param(1000, doc="score vectors per number of positions, spread and seed", low=100)
    spreads: tuple[float, ...] = param(
        (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0), doc="standard deviations of the scores", above=0
    )
    top: int = param(4, doc="positions that top-k attention looks at", low=1, high=12)
    soft: float = param(0.5, doc="inhibition that leaves several winners", above=0, below=1)
    trials: int = param(100, doc="trials of the spiking neurons in panel A, per seed", low=10)

    def check(self):
        if not {1.0, 4.0} <= set(self.spreads):
            raise ParameterError(f"Parameters.spreads: got {self.spreads}, expected 1 and 4 among them")


class Weights(Row):
    mechanism: str = column("what turns scores into weights")
    rank: int = column("position, highest score first")
    score: float = column("its score")
    weight: float = column("its fraction of the total")


class Attention(Row):
    mechanism: str = column("what turns scores into weights")
    positions: int = column("number n of positions")
    spread: float = column("standard deviation of the normal scores")
    zeros: float = column("fraction of weights that are exactly 0")
    support: float = column("fraction of positions with a weight above 0, mean over vectors")
    effective: float = column("effective number of positions 1/sum(p^2) over n, mean over vectors")


def mechanisms(p):
    """Attention without neurons: scores (vectors, positions) to weights of total 1."""
    kept = KWTA(k=p.top)

    def top(scores):
        # k-winners-take-all rectifies, so the scores are lifted above 0 first; then a softmax over the winners.
        winners = kept(scores - scores.min(axis=-1, keepdims=True) + 1.0) > 0
        return Softmax()(np.where(winners, scores, -np.inf))

    # Rectified, then divided by the sum (a half-saturation of 1e-12 stands for none).
    relu = DivisiveNormalisation(exponent=1.0, sigma=1e-12)
    return {"softmax": Softmax(), "top-k": top, "ReLU attention": relu, "sparsemax": Sparsemax()}


def compute(p, seed, lab):
    neurons = scene(p)
    scores = np.sort(lab.stream("stimulus", "example").standard_normal((1, 12)))[:, ::-1]
    example = {name: mechanism(scores) for name, mechanism in mechanisms(p).items()}
    example["inhibited ReLU"] = neurons.run("artificial", scores, p.soft)
    example["inhibited LIF"] = neurons.run("spiking", np.repeat(scores, p.trials, axis=0), p.soft, lab=lab)
    example["winner-take-all"] = neurons.run("artificial", scores, p.hard)
    for name, weights in example.items():
        weight = weights.mean(axis=0) / weights.mean(axis=0).sum()
        yield Weights.table(mechanism=name, rank=np.arange(1, 13), score=scores[0], weight=weight)
    for n in SIZES:
        draws = min(p.draws, max(100, ENTRIES // n))
        standard = lab.stream("stimulus", "scores", n).standard_normal((draws, n))
        for spread in p.spreads:
            for name, mechanism in mechanisms(p).items():
                if name == "softmax" or n == SIZES[0]:  # the law of large n is the softmax's
                    weights = mechanism(spread * standard)
                    support = (weights > 0).mean(axis=1).mean()
                    effective = (metrics.participation_ratio(weights) / n).mean()
                    yield Attention(name, n, spread, float((weights == 0).mean()), support, effective)


def law(spread, n):
    """Effective fraction of n positions under softmax, to first order in 1/n (the expansion of a ratio of means).

    Equation
        exp(-s^2) (1 + ((e^(s^2) - 1) - 2 (e^(2 s^2) - 1) + (e^(4 s^2) - 1)) / n)
    """
    square = spread**2
    first = math.expm1(square) - 2 * math.expm1(2 * square) + math.expm1(4 * square)
    return math.exp(-square) * (1 + first / n)


def of(t, mechanism, spread, quantity, positions=SIZES[0]):
    rows = t.attention[(t.attention.mechanism == mechanism) & (t.attention.positions == positions)]
    return student_interval(rows[rows.spread == spread][quantity])


def answer(t):
    softmax, sparse = of(t, "softmax", 1.0, "effective").value, of(t, "sparsemax", 1.0, "support").value
    zeros = t.attention[t.attention.mechanism == "softmax"].zeros.max()
    return (
        f"No: softmax gives {100 * zeros:.0f} % exact zeros, and at the usual scores {100 * softmax:.0f} % of "
        f"{SIZES[0]} positions count; sparsemax, which keeps {100 * sparse:.0f} %, is such a filter."
    )


def findings(t):
    zeros = float(t.attention[t.attention.mechanism == "softmax"].zeros.max())
    usual, wide = (of(t, "softmax", spread, "effective") for spread in (1.0, 4.0))
    parts = {
        f"some positions are removed (largest fraction of weights that are exactly 0: {zeros:.3g})": zeros > 0,
        f"positions are weighted unequally (effective fraction {usual.value:.3f} of {SIZES[0]})": usual.high < 1,
    }
    why = (
        "a filter like ReLU gives an exact 0 to what it does not keep; softmax over normal scores of standard "
        "deviation up to 8"
    )
    yield claim_of_parts("A0-12", parts, why=why)
    parts = {
        f"most weights are exactly 0 (fraction {zeros:.3g})": zeros > 0.5,
        f"at scores of standard deviation 1 fewer than a tenth of the positions count ({usual.value:.3f})":
            usual.value < 0.1,
        f"at 4 fewer than a tenth count ({wide.value:.3f})": wide.value < 0.1,
    }  # fmt: skip
    why = (
        "sparse weights are mostly 0, or at least few of them count; scaled dot products of independent normal vectors "
        "have standard deviation 1"
    )
    yield claim_of_parts("A0-13", parts, why=why)
    yield definition(
        "A1-30", of(t, "sparsemax", 1.0, "zeros"), why="sparsemax and top-k are made so: the rest is exactly 0"
    )
    words = "For many positions the effective fraction at standard normal scores is exp(-1) (ratio to theory)."
    found, theory = of(t, "softmax", 1.0, "effective", SIZES[-1]), law(1.0, SIZES[-1])
    ratio = metrics.Interval(found.value / theory, found.low / theory, found.high / theory, found.n)
    why = f"the first order in 1/n is {100 * (theory * math.e - 1):.1f} % at n = {SIZES[-1]}; the second is below 0.5 %"
    yield check("law", words, ratio, between(0.99, 1.01), why=why, source="moments of the lognormal distribution")


def example(ax, t):
    rows = t.weights[t.weights.seed == t.weights.seed.min()]
    names = {**{name: look.label for name, look in STYLES.items()}, **{name: name for name in CIRCUITS}}
    percent = 100 * rows.pivot(index="mechanism", columns="rank", values="weight").loc[list(names)].rename(index=names)
    percent.columns = [f"{score:.1f}" for score in rows.drop_duplicates("rank").score]
    plots.plot_heatmap(
        ax, percent.where(percent > 0), quantity="weight", unit="%", annotated=False, low=0.0, high=100.0,
        x_label="score of the position", y_label="",
    )  # fmt: skip
    ax.tick_params(axis="x", rotation=90)
    for (row, place), value in np.ndenumerate(percent.to_numpy()):
        text = "0" if value == 0 else f"{value:.0f}" if value >= 0.95 else "<1"
        ax.text(place, row, text, ha="center", va="center", fontsize=4.5,
                color="white" if 0 < value < 45 else "black")  # fmt: skip
    return "twelve normal scores through each mechanism, weights in percent of the total; without colour: exactly 0"


def curves(ax, t, quantity):
    small = t.attention[t.attention.positions == SIZES[0]].groupby(["mechanism", "spread"])[quantity].mean()
    for name, look in STYLES.items():
        ax.plot(small[name].index, small[name], **look.line())
    ax.set_xscale("log", base=2)
    ax.set_xticks([0.5, 1, 2, 4, 8], ["0.5", "1", "2", "4", "8"])
    ax.set_xlabel("standard deviation of the scores")


def exact_zeros(ax, t):
    curves(ax, t, "zeros")
    ax.set(ylim=(-0.06, 1.06), ylabel="fraction of exact zeros")
    ax.legend(loc="center left", bbox_to_anchor=(0.0, 0.3))
    return f"weights that are exactly 0 among {SIZES[0]} positions"


def effective(ax, t):
    curves(ax, t, "effective")
    for n in SIZES[1:]:
        rows = t.attention[(t.attention.positions == n) & (t.attention.mechanism == "softmax")]
        rows = rows.groupby("spread").effective.mean()
        ax.plot(rows.index, rows, color=STYLES["softmax"].colour, linewidth=0.8)
        ax.annotate(f"{n}", (rows.index[-1], rows.iloc[-1]), xytext=(3, 0), textcoords="offset points", va="center")
    spread = np.linspace(t.attention.spread.min(), 3.0, 60)
    ax.plot(spread, np.exp(-(spread**2)), color="black", linestyle=":", linewidth=0.9)
    ax.set(yscale="log", ylim=(3e-4, 1.5), ylabel="effective fraction of the positions")
    return f"positions that count, of {SIZES[0]} (thin: softmax over more); dotted: exp(-s²), for many positions"


PANELS = (example, exact_zeros, effective)

if __name__ == "__main__":
    main(__file__)

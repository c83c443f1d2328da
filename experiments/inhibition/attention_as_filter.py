"""Is attention a filter like ReLU: does it keep what the task needs and ignore the rest?

Attention weighs positions with a softmax of their scores, which is never exactly 0 and, over n normal scores of
standard deviation s, counts about n exp(-s^2) positions, 1/sum(p^2). Sparsemax, top-k and rectified scores are
alternatives, and so are units that inhibit each other uniformly with a strength w: they are sparsemax at the
temperature (1 - w) sum r.

Prediction: before learning the weights are spread out. A head that learns to answer from the few keys of the kind that
a query asks for gives little weight to the others where kinds are clear, and more where noise hides them; where the
answer is about all keys, it spreads its weights.

Source: Vaswani et al., NeurIPS (2017); Martins & Astudillo, ICML (2016); moments of the lognormal distribution.
"""

import math
from dataclasses import asdict, astuple, dataclass

import numpy as np

from experiments.inhibition._attention import LearnedAttention, Task, law, learned, mechanisms, tasks
from experiments.inhibition._competition import Competition, scene
from neurosim import metrics, plots
from neurosim.lab import Row, above, below, between, check, column, context, definition, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import ParameterError, param
from neurosim.plots import OKABE_ITO, SeriesStyle

QUICK = {"seeds": 3, "trials": 60, "spreads": (0.5, 1.0, 2.0, 4.0, 8.0), "steps": 200, "keys": (64,), "kinds": (8,)}
SIZES = (64, 512, 4096)
ENTRIES = 2**21  # scores drawn at most per number of positions
STYLES = {
    "softmax": SeriesStyle(OKABE_ITO["reddish purple"], "-", "o", "softmax"),
    "sparsemax": SeriesStyle(OKABE_ITO["vermillion"], (0, (5, 1.6)), "s", "sparsemax"),
    "top-k": SeriesStyle(OKABE_ITO["sky blue"], (0, (1.2, 1.4)), "D", "top-k"),
    "ReLU attention": SeriesStyle("0.45", (0, (5, 1.4, 1.2, 1.4)), "^", "ReLU / sum"),
}
MARGINS = (0.05, 0.1, 0.2)
FEW = 0.1
"""Weight that goes to other keys, and fraction of the keys that count, of a filter: a tenth, asked at MARGINS too."""
CIRCUITS = ("inhibited ReLU", "inhibited LIF", "winner-take-all")


@dataclass(frozen=True, kw_only=True)
class Parameters(Competition, LearnedAttention):
    seeds: int = param(10, doc="heads that learn, sets of scores and of membrane noise", low=2)
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


class Learned(Row):
    keys: int = column("number of keys")
    relevant: int = column("keys of the kind that the query asks for")
    kinds: int = column("kinds of keys")
    noise: float = column("standard deviation of the noise on a key's components, which have one of 1")
    all_count: bool = column("whether the answer is the mean value of all keys (control), not of the relevant")
    stage: str = column("before or after learning; new keys")
    ignored: float = column("weight on keys of other kinds, mean over queries")
    effective: float = column("effective number of keys 1/sum(p^2) over their number, mean over queries")
    error: float = column("mean squared error of the answer over its mean square")
    ideal: float = column("weight on keys of other kinds by the observer of the same keys whose error is smallest")


def compute(p, seed, lab):
    neurons = scene(p)
    scores = np.sort(lab.stream("stimulus", "example").standard_normal((1, 12)))[:, ::-1]
    example = {name: mechanism(scores) for name, mechanism in mechanisms(p.top).items()}
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
            for name, mechanism in mechanisms(p.top).items():
                if name == "softmax" or n == SIZES[0]:  # the law of large n is the softmax's
                    weights = mechanism(spread * standard)
                    support = (weights > 0).mean(axis=1).mean()
                    effective = (metrics.participation_ratio(weights) / n).mean()
                    yield Attention(name, n, spread, float((weights == 0).mean()), support, effective)
    for task in tasks(p):
        for stage, measured in learned(p, task, lab.stream("stimulus", repr(task))).items():
            yield Learned(*astuple(task), stage, **measured)


def of(t, mechanism, spread, quantity, positions=SIZES[0]):
    rows = t.attention[(t.attention.mechanism == mechanism) & (t.attention.positions == positions)]
    return student_interval(rows[rows.spread == spread][quantity])


def heads(t, quantity, stage="after", **changed):
    """A measured column of the heads of one task, by seed."""
    rows = t.learned[t.learned.stage == stage]
    for name, value in {**asdict(Task()), **changed}.items():
        rows = rows[rows[name] == value]
    return rows.set_index("seed")[quantity]


def answer(t):
    lost, count = (student_interval(heads(t, name)).value for name in ("ignored", "effective"))
    noise = t.learned.noise.max()
    hidden = student_interval(heads(t, "ignored", noise=noise)).value
    return (
        f"A soft one, once it has learned: {100 * count:.0f} % of {Task().keys} keys count, and {100 * lost:.0f} % of "
        f"the weight goes to keys that the query does not ask for; {100 * hidden:.0f} % where noise hides the kinds."
    )


def keeps(t, margin=FEW, **changed):
    """What A0-12 asks: hardly more weight for what the answer does not need than an ideal observer has to give."""
    ignored, ideal = (heads(t, name, **changed) for name in ("ignored", "ideal"))
    words = "weight on keys that the query does not ask for, after learning, beyond that of an ideal observer"
    all_keys = student_interval(heads(t, "effective", all_count=True))
    return [
        needed(words, student_interval(ignored - ideal), below(margin), possible=(-1, 1)),
        context("that weight itself", student_interval(ignored), below(margin)),
        context("where the answer is about all keys, most of them count", all_keys, above(0.5)),
        context("before learning", student_interval(heads(t, "ignored", "before", **changed)), above(0.5)),
    ]


def sparse(t, margin=FEW, **changed):
    """What A0-13 asks: few keys count, and fewer than before learning."""
    after, before = (heads(t, "effective", stage, **changed) for stage in ("after", "before"))
    words = "effective number of keys after learning over all keys"
    ratio = student_interval(after / before)
    return [
        needed(words, student_interval(after), below(margin), possible=(0, 1)),
        needed("effective number after learning over that before", ratio, below(1.0, matters=0.9), possible=(0, 100)),
    ]


def swept(t, rule):
    """A rule at other margins, and for every task of which one thing was changed."""
    alone = t.learned[~t.learned.all_count]
    tasks = {name: sorted(set(alone[name])) for name in ("noise", "keys", "relevant", "kinds")}
    over = {name: {value: rule(t, **{name: value}) for value in values} for name, values in tasks.items()}
    return {"margin": {margin: rule(t, margin) for margin in MARGINS}, **over}


def findings(t):
    yield judge(
        "A0-12",
        *keeps(t),
        over=swept(t, keeps),
        why="a head learned from the error of its answers alone; like ReLU, which sends on nothing of what it does not "
        "keep, but a softmax has no exact zeros, so a tenth of the weight is the bound, or a twentieth, or a fifth. An "
        "observer with the smallest error weighs keys by their posterior; what he gives to others is taken off, at a "
        "noise of 2 most of his weight (an earlier rule asked for a tenth in all, which no head could keep there)",
    )
    yield judge(
        "A0-13",
        *sparse(t),
        over=swept(t, sparse),
        why="sparse as in counting few keys, 1/sum(p^2), a tenth of them at most; of 64 the task needs 2. Tasks that "
        "need more of the keys than the margin (many relevant, few keys) flip it by design, noise by what is learned",
    )
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


def effective(ax, t):
    small = t.attention[t.attention.positions == SIZES[0]].groupby(["mechanism", "spread"]).effective.mean()
    for name, look in STYLES.items():
        ax.plot(small[name].index, small[name], **look.line())
    ax.set_xscale("log", base=2)
    ax.set_xticks([0.5, 1, 2, 4, 8], ["0.5", "1", "2", "4", "8"])
    ax.set_xlabel("standard deviation of the scores")
    for n in SIZES[1:]:
        rows = t.attention[(t.attention.positions == n) & (t.attention.mechanism == "softmax")]
        rows = rows.groupby("spread").effective.mean()
        ax.plot(rows.index, rows, color=STYLES["softmax"].colour, linewidth=0.8)
        ax.annotate(f"{n}", (rows.index[-1], rows.iloc[-1]), xytext=(3, 0), textcoords="offset points", va="center")
    spread = np.linspace(t.attention.spread.min(), 3.0, 60)
    ax.plot(spread, np.exp(-(spread**2)), color="black", linestyle=":", linewidth=0.9)
    ax.set(yscale="log", ylim=(3e-4, 1.5), ylabel="effective fraction of the positions")
    ax.legend(loc="lower left")
    return f"positions that count, of {SIZES[0]} (thin: softmax over more); dotted: exp(-s²), for many positions"


def learning(ax, t):
    for stage, marker, colour in (("before", "o", "0.6"), ("after", "s", STYLES["softmax"].colour)):
        for quantity, line in (("ignored", "-"), ("effective", "--")):
            found = {noise: student_interval(heads(t, quantity, stage, noise=noise)) for noise in set(t.learned.noise)}
            noises = sorted(found)
            ax.vlines(noises, [found[x].low for x in noises], [found[x].high for x in noises], color=colour)
            label = f"{'weight on others' if quantity == 'ignored' else 'keys that count'}, {stage}"
            ax.plot(noises, [found[x].value for x in noises], line, marker=marker, color=colour, label=label)
    ax.axhline(FEW, color="0.8", linewidth=0.8, zorder=0)
    ax.set_xscale("log", base=2)
    ax.set_xticks(noises, [f"{noise:g}" for noise in noises])
    ax.set(ylim=(0, 1.04), xlabel="noise on the keys", ylabel="fraction")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return "weight on keys that are not asked for, and fraction of keys that count, with 95 % intervals over heads"


PANELS = (example, effective, learning)

if __name__ == "__main__":
    main(__file__)

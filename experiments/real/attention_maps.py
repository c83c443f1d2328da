"""Is the attention of a trained language encoder a sparse filter: few keys, and the rest not needed?

In MiniLM, a BERT of six layers with twelve heads each, every query weighs all keys by a softmax of its scores. How many
keys count, 1/sum(p^2), is compared with normal scores of the same spread in every row (with n keys about
n exp(-s^2)), and with the layer's own scores shuffled over heads, queries and keys. Then weights are taken away while
the network runs: the smallest of every query, or as many random ones, the others raised to a total of 1; or all keys
weigh the same; or every query's weights go to other keys at random, which leaves their sparseness as it is.

A filter should give little weight to what it does not need, and lose nothing without it. A softmax has no exact zeros.
Draws of WordNet's glosses are the unit; one network decides nothing about all.

Sources: Vaswani et al., NeurIPS (2017); Clark et al., BlackboxNLP (2019) (weight on special tokens).
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import POINT
from experiments.real._drawn import course
from experiments.real._language import NAME, SOURCE, Sentences, draw, embed, encoder, good_for, lost, mean_of
from experiments.real._maps import ends_once, maps_of
from experiments.real._removal import without
from neurosim.lab import Row, above, below, column, context, definition, judge, main, needed, report
from neurosim.metrics import student_interval
from neurosim.params import ParameterError, param
from neurosim.plots import OKABE_ITO

NEEDS = ("minilm", "wordnet")
QUICK = {"seeds": 2, "texts": 20}
JOINED = (1, 4)
"""Glosses in one text: some 14 tokens, and some 50."""
LONG = JOINED[-1]
ASKED = (0.3, 0.5, 0.7)
FEW, FEW_RANGE = 0.1, (0.05, 0.1, 0.2)
"""Weight on what is not needed, and fraction of the keys that count, of a filter; as of heads that learned here."""
KEPT, KEPT_RANGE = 0.02, (POINT, 0.02, 0.05)
"""Words more in 100 that miss their gloss, and nothing is lost yet."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Sentences):
    removed: tuple[float, ...] = param(ASKED, doc="fractions of a query's weights that are set to 0", above=0, below=1)

    def check(self):
        if not set(ASKED) <= set(self.removed):
            raise ParameterError(f"Parameters.removed: got {self.removed}, expected 0.3, 0.5 and 0.7 among them")


class Maps(Row):
    joined: int = column("glosses in one text")
    layer: int = column("layer of the encoder, from 1")
    head: int = column("head of the layer")
    keys: float = column("tokens of a text, mean over queries")
    effective: float = column("effective number of keys 1/sum(p^2) over their number, mean over queries")
    normal: float = column("the same for normal scores with the spread of each row")
    shuffled: float = column("the same for the layer's scores shuffled over heads, queries and keys of a text")
    zeros: float = column("fraction of the weights that is exactly 0")
    most: float = column("weight on the tenth of the keys that is weighed most (one key at least)")
    least: float = column("weight on the half of the keys that is weighed least")
    special: float = column("weight on the first and the last token, which mark the text's ends")


class Changed(Row):
    change: str = column("of every query's weights: smallest or random: so many set to 0; even: all alike; elsewhere: "
                         "given to other keys at random; none")  # fmt: skip
    removed: float = column("fraction of the weights that is set to 0")
    cosine: float = column("cosine of an embedding with that of the unchanged network, mean over glosses")
    found: float = column("fraction of the words that find their own gloss")
    neighbour: float = column("fraction of the glosses whose nearest neighbour lies in the same field of meaning")


def compute(p, seed, lab):
    network, texts = encoder(), draw(p.texts, seed)
    rng = lab.stream("init", "attention")
    for joined in JOINED:
        for layer, means in maps_of(network, ends_once(texts.glosses, joined), rng):
            yield Maps.table(joined=joined, layer=layer, head=np.arange(network.heads), **means)
    original = embed(network, texts)
    yield Changed("none", 0.0, **good_for(original, original, texts))
    changes = {("even", 0.0): lambda w: np.full_like(w, 1 / w.shape[-1]), ("elsewhere", 0.0): rng.permuted}
    for fraction in p.removed:
        changes["smallest", fraction] = lambda w, f=fraction: without(w, w, f)
        changes["random", fraction] = lambda w, f=fraction: without(w, rng.random(w.shape), f)
    for (change, fraction), apply in changes.items():
        at = {"axis": -1} if change == "elsewhere" else {}
        found = embed(network, texts, {"attention": lambda layer, w, a=apply, at=at: a(w, **at)})
        yield Changed(change, fraction, **good_for(found, original, texts))


def of_heads(t, name, joined=LONG, **where):
    """A column over draws, mean over layers and heads (or over those of one layer)."""
    rows = t.maps[t.maps.joined == joined]
    for key, value in where.items():
        rows = rows[rows[key] == value]
    return student_interval(rows.groupby("seed")[name].mean().to_numpy())


def changed(t, change, fraction=0.0):
    return t.changed[(t.changed.change == change) & (t.changed.removed == fraction)]


def answer(t):
    missed = lost(changed(t, "none"), changed(t, "smallest", 0.5), "found").value
    at_random = lost(changed(t, "none"), changed(t, "random", 0.5), "found").value
    return (
        f"Half so, in {NAME}: {100 * of_heads(t, 'effective').value:.0f} % of the keys count, and the smaller half of "
        f"the weights adds up to {100 * of_heads(t, 'least').value:.0f} %; without it {100 * missed:.1f} words more in "
        f"100 miss their gloss, without a random half {100 * at_random:.0f}."
    )


def keeps(t, fraction=0.5, few=FEW, kept=KEPT, joined=LONG):
    """What A0-12 asks: little weight on the smaller half, which is not needed, while another half is."""
    none, smallest, other = (changed(t, *each) for each in (("none",), ("smallest", fraction), ("random", fraction)))
    percent = f"{100 * fraction:g} %"
    missed = lost(none, smallest, "found")
    words = f"words that miss their gloss without the smallest {percent} of the weights"
    more = f"more of them without a random {percent}"
    least = of_heads(t, "least", joined)
    return [
        needed("weight on the less weighed half of the keys", least, below(few), possible=(0, 0.5)),
        needed(words, missed, below(kept), possible=(-1, 1)),
        needed(more, lost(smallest, other, "found"), above(0.0, matters=POINT), possible=(-1, 1)),
    ]


def sparse(t, few=FEW, joined=LONG):
    """What A0-13 asks: it selects, so that other keys would not do; and its weights are sparse."""
    words = "words that miss their gloss where every query's weights go to other keys"
    selects = lost(changed(t, "none"), changed(t, "elsewhere"), "found")
    return [
        needed("effective number of keys over all keys", of_heads(t, "effective", joined), below(few), possible=(0, 1)),
        needed(words, selects, above(0.0, matters=POINT), possible=(-1, 1)),
    ]


def findings(t):
    all_alike = lost(changed(t, "none"), changed(t, "even"), "found")
    yield judge(
        "A0-12",
        *keeps(t),
        context("words that miss their gloss where all keys weigh the same", all_alike, above(0.0)),
        over={
            "fraction removed": {fraction: keeps(t, fraction) for fraction in ASKED},
            "weight": {few: keeps(t, few=few) for few in FEW_RANGE},
            "words": {kept: keeps(t, kept=kept) for kept in KEPT_RANGE},
            "glosses in a text": {joined: keeps(t, joined=joined) for joined in JOINED},
        },
        why="in this network: at most a tenth of the weight on the smaller half of the keys, which can be left out for "
        "two words in 100, while a random half cannot",
        source=SOURCE,
    )
    zeros = of_heads(t, "zeros")
    yield judge(
        "A0-13",
        *sparse(t),
        context("weights that are exactly 0", zeros, above(0.0)),
        context("effective number over that of normal scores of the same spread", ratio(t), below(1.0)),
        over={
            "few": {few: sparse(t, few) for few in FEW_RANGE},
            "glosses in a text": {joined: sparse(t, joined=joined) for joined in JOINED},
        },
        why="in this network: sparse as in counting few keys, a tenth of some 50 at most; no weight is exactly 0",
        source=SOURCE,
    )
    yield definition(
        "A1-30", zeros, why="sparse attention is defined so; the attention of this network leaves none out"
    )
    words = "Effective keys of the trained network over those of normal scores with the same spread in every row."
    yield report("normal_scores", words, ratio(t), why="1: the spread of the scores alone decides how many keys count")


def ratio(t):
    rows = t.maps[t.maps.joined == LONG].groupby("seed")[["effective", "normal"]].mean()
    return student_interval((rows.effective / rows.normal).to_numpy())


def keys_that_count(ax, t):
    rows = t.maps[t.maps.joined == LONG].groupby(["layer", "head"], as_index=False).mean()
    ax.plot(rows.layer, rows.effective, "o", color="0.75", markersize=2.5, label="a head")
    looks = {
        "effective": ("reddish purple", "s-", "all heads"),
        "normal": ("black", "D:", "normal scores"),
        "shuffled": ("sky blue", "^--", "scores shuffled"),
    }
    for name, (colour, look, label) in looks.items():
        mean = rows.groupby("layer")[name].mean()
        ax.plot(mean.index, mean, look, color=OKABE_ITO[colour], label=label)
    ax.axhline(FEW, color="0.85", linewidth=0.8, zorder=0)
    ax.set(ylim=(0, 1), xlabel="layer", ylabel="fraction of the keys that count")
    ax.legend(loc="upper left")
    return (
        f"effective fraction of the keys in {NAME}, texts of {rows['keys'].mean():.0f} tokens; dotted: normal scores "
        "with the same spread; dashed: scores shuffled over heads, queries and keys"
    )


def where_the_weight_lies(ax, t):
    looks = {
        "most": ("vermillion", "o-", "tenth weighed most"),
        "least": ("blue", "s-", "half weighed least"),
        "special": ("bluish green", "^--", "marks of the ends"),
    }
    for name, (colour, look, label) in looks.items():
        found = [of_heads(t, name, layer=layer) for layer in sorted(set(t.maps.layer))]
        ax.plot(sorted(set(t.maps.layer)), [f.value for f in found], look, color=OKABE_ITO[colour], label=label)
    ax.set(ylim=(0, 1), xlabel="layer", ylabel="fraction of the weight")
    ax.legend(loc="upper right")
    return "weight on some keys, mean over heads"


def without_weights(ax, t):
    none = mean_of(changed(t, "none"), "found").value
    for change, colour, look in (("smallest", "blue", "o-"), ("random", "black", "D:")):
        rows = t.changed[t.changed.change.isin((change, "none"))]
        course(ax, rows, "removed", "found", colour, look, change)
    for change, line, label in (("even", "--", "all alike"), ("elsewhere", "-.", "other keys")):
        ax.axhline(mean_of(changed(t, change), "found").value, color="0.5", linestyle=line, label=label)
    ax.set(ylim=(0, max(1.0, none)), xlabel="fraction of the weights removed", ylabel="words that find their gloss")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return "words whose nearest gloss is their own when each query's smallest or random weights are set to 0"


PANELS = (keys_that_count, where_the_weight_lies, without_weights)

if __name__ == "__main__":
    main(__file__)

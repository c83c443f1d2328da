"""How much of a trained language encoder can be taken out, and does it resemble the silence of its units?

In MiniLM, a BERT of six layers, the smallest weights of every matrix are set to 0 (magnitude pruning), or as many
random ones; and in every feed-forward block the smallest activities of each token, or random ones. Nothing is learned
anew: retraining needs gradients and texts that are not had here, and published compressions have it. The tables of
words and places are half of the network, so 30 % of its size is out of reach unless they are pruned as well.

Embeddings are asked two things: does a word find its own gloss among the others, and does the nearest neighbour of a
gloss lie in the same field of meaning? Draws of WordNet's glosses are the unit; one network decides nothing about all.

Sources: Han et al., NIPS (2015) (magnitude pruning); Gordon, Duh & Andrews, arXiv:2002.08307 (2020) (BERT).
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import POINT, POINT_RANGE
from experiments.real._drawn import course
from experiments.real._language import NAME, QUALITIES, SOURCE, Sentences, draw, embed, encoder, good_for, lost, mean_of
from experiments.real._removal import gone, of_each
from neurosim.lab import Row, above, below, column, context, definition, judge, main, needed
from neurosim.params import ParameterError, param

NEEDS = ("minilm", "wordnet")
QUICK = {"seeds": 2, "texts": 20, "removed": (0.3, 0.5, 0.7, 0.9), "activities": (0.3, 0.5, 0.7)}
SIZES = (0.3, 0.1)
"""Fractions of the whole network's weights that the claim on compression names."""
ASKED = (0.3, 0.5, 0.7)
KEPT = 0.05
"""Performance is kept if at most one in twenty of the right answers is lost; asked at KEPT_RANGE too."""
KEPT_RANGE = (0.02, 0.05, 0.1)
ROUTES = {
    "smallest": ("blue", "o-", "smallest weights"),
    "random": ("black", "D:", "random weights"),
    "whole": ("sky blue", "v-", "smallest, tables too"),
    "activities": ("vermillion", "s--", "smallest activities"),
    "random activities": ("orange", "^:", "random activities"),
}
TABLES = ("embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight")


@dataclass(frozen=True, kw_only=True)
class Parameters(Sentences):
    removed: tuple[float, ...] = param((0.3, 0.5, 0.7, 0.9), doc="fractions of the weights set to 0", above=0, below=1)
    activities: tuple[float, ...] = param(ASKED, doc="fractions of the activities set to 0", above=0, below=1)

    def check(self):
        if not {*ASKED, 0.9} <= set(self.removed) or not set(ASKED) <= set(self.activities):
            raise ParameterError(
                f"Parameters: got removed={self.removed} and activities={self.activities}, expected 0.3, 0.5 and 0.7 "
                "among both, and 0.9 among the first"
            )


class Pruned(Row):
    route: str = column(
        "smallest: weights of each matrix of the layers; random: any of them; whole: smallest, of the tables too; "
        "activities: smallest of each token and block; random activities: any; none"
    )
    removed: float = column("fraction that is set to 0")
    size: float = column("fraction of all weights of the network that is not 0")
    cosine: float = column("cosine of an embedding with that of the whole network, mean over glosses")
    found: float = column("fraction of the words that find their own gloss")
    neighbour: float = column("fraction of the glosses whose nearest neighbour lies in the same field of meaning")


def compute(p, seed, lab):
    network, texts = encoder(), draw(p.texts, seed)
    original = embed(network, texts)
    yield Pruned("none", 0.0, 1.0, **good_for(original, original, texts))
    rng = lab.stream("init", "random pruning")
    layers = set(network.weights())
    for route, names in (("smallest", layers), ("random", layers), ("whole", layers | set(TABLES))):
        for fraction in p.removed:
            pick = (lambda w: rng.random(w.shape, dtype=np.float32)) if route == "random" else np.abs
            pruned = network.changed(
                lambda name, w, f=fraction, k=pick, n=names: gone(w, k(w), f) if name in n else None
            )
            yield Pruned(route, fraction, size(pruned), **good_for(embed(pruned, texts), original, texts))
    for route in ("activities", "random activities"):
        for fraction in p.activities:
            pick = (lambda a: rng.random(a.shape, dtype=np.float32)) if route != "activities" else np.abs
            hooks = {"activity": lambda layer, a, f=fraction, k=pick: of_each(a, k(a), f)}
            yield Pruned(route, fraction, 1.0, **good_for(embed(network, texts, hooks), original, texts))


def size(network):
    matrices = [w for w in network.tensors.values() if w.ndim == 2]
    return sum(np.count_nonzero(w) for w in matrices) / sum(w.size for w in matrices)


def rows_of(t, route, fraction):
    return t.pruned[(t.pruned.route == route) & (t.pruned.removed == fraction)]


def whole(t):
    return t.pruned[t.pruned.route == "none"]


def answer(t):
    half, most = (rows_of(t, "smallest", fraction) for fraction in (0.5, 0.9))
    alike = [mean_of(rows, "found").value for rows in (whole(t), half, most)]
    return (
        f"In {NAME}, without retraining: {100 * alike[0]:.0f} % of the words find their gloss, {100 * alike[1]:.0f} % "
        f"when half of every matrix is gone, {100 * alike[2]:.0f} % when nine tenths are."
    )


def compressed(t, kept=1 - SIZES[0], margin=KEPT):
    """What A1-32 asks at a size of the whole network: both qualities kept."""
    rows, all_rows = rows_of(t, "whole", kept), whole(t)
    for name, words in QUALITIES.items():
        before = mean_of(all_rows, name).value
        share = lost(all_rows, rows, name)
        yield needed(
            f"lost of the {words}, at {100 * (1 - kept):.0f} % of the weights",
            share,
            below(margin * before),
            possible=(-1, 1),
        )


def resembles(t, fraction=0.5, margin=POINT):
    """What A0-14 asks: what goes was not needed, what stays is the useful part, of weights and of activities."""
    for route, other, name in (("smallest", "random", "weights"), ("activities", "random activities", "activities")):
        rows, chance = rows_of(t, route, fraction), rows_of(t, other, fraction)
        words = f"words that no longer find their gloss without the smallest {100 * fraction:g} % of the {name}"
        yield needed(words, lost(whole(t), rows, "found"), below(margin), possible=(-1, 1))
        words = f"words that find it without the smallest {name}, but not without as many random ones"
        yield needed(words, lost(rows, chance, "found"), above(0.0, matters=margin), possible=(-1, 1))


def findings(t):
    half = rows_of(t, "smallest", 0.5)
    yield definition(
        "A1-18", mean_of(half, "cosine"), why="magnitude pruning takes the smallest weights of a trained network"
    )
    layers = mean_of(rows_of(t, "smallest", 0.9), "size")
    yield judge(
        "A1-32",
        *compressed(t),
        context("size without the smallest 90 % of the layers' weights, tables kept", layers, below(SIZES[0])),
        over={
            "size": {size: [*compressed(t, round(1 - size, 3))] for size in SIZES},
            "lost of what was right": {margin: [*compressed(t, margin=margin)] for margin in KEPT_RANGE},
        },
        why="in this network, a BERT, by magnitude alone and without retraining; the size counts weights, without what "
        "a list of their places costs; one in twenty right answers may go",
        source="Gordon, Duh & Andrews 2020",
    )
    yield judge(
        "A0-14",
        *resembles(t),
        over={
            "fraction removed": {fraction: [*resembles(t, fraction)] for fraction in ASKED},
            "margin": {margin: [*resembles(t, margin=margin)] for margin in POINT_RANGE},
        },
        why="in this network: what goes was not needed (less than a point) and what stays is the useful part, of "
        "weights and of activities; whether it is the same for every input is not claimed",
        source=SOURCE,
    )


def curves(ax, t, quality):
    for route, (colour, look, label) in ROUTES.items():
        rows = t.pruned[t.pruned.route.isin((route, "none"))]
        course(ax, rows, "removed", quality, colour, look, label)
    ax.set(ylim=(0, 1.0), xlabel="fraction removed")


def words_that_find(ax, t):
    curves(ax, t, "found")
    ax.set_ylabel("words that find their gloss")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return (
        f"fraction of words whose nearest gloss is their own when weights of {NAME} (in every matrix) or activities "
        "(of every token) are set to 0; nothing is learned anew; bars: 95 % intervals over draws of glosses"
    )


def likeness(ax, t):
    curves(ax, t, "cosine")
    ax.set_ylabel("cosine with the whole network's")
    return "cosine of the embeddings with those of the whole network"


PANELS = (words_that_find, likeness)

if __name__ == "__main__":
    main(__file__)

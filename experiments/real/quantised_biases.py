"""Is a trained language encoder sensitive to the quantisation of its biases, more than to that of its weights?

In MiniLM, a BERT of six layers, the biases (of linear maps and normalisations, or of linear maps alone) or the weight
matrices of the layers are rounded to so many bits: multiples of the largest magnitude over 2^(bits - 1) - 1, one step
for each tensor, or one for each unit (row) of a matrix. A bias adds one rounding error to a sum of hundreds of terms, a
weight matrix hundreds; a tensor with few outliers, however, has a coarse step. With 0 bits a tensor is left out.

Devices are not asked: integer arithmetic usually keeps biases at 32 bits. What is asked is what their bits are worth.
Draws of WordNet's glosses are the unit; one network decides nothing about all.

Source: Jacob et al., CVPR (2018), arXiv:1712.05877, sec. 2 (integer arithmetic).
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import POINT, POINT_RANGE
from experiments.real._drawn import course
from experiments.real._language import NAME, QUALITIES, Sentences, draw, embed, encoder, good_for, lost, mean_of
from neurosim.lab import Row, above, column, context, definition, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import ParameterError, param
from neurosim.plots import OKABE_ITO

NEEDS = ("minilm", "wordnet")
QUICK = {"seeds": 2, "texts": 20}
BITS = 8
"""What embedded devices compute with; fewer are asked too."""
ASKED = (8, 4, 2)
LINEAR = (8, 4, 0)
LOOKS = {
    "biases": ("vermillion", "o-", "biases"),
    "linear biases": ("orange", "D-.", "biases of linear maps"),
    "weights": ("blue", "s--", "weights"),
    "weights by unit": ("sky blue", "^:", "weights, a step for each unit"),
}


@dataclass(frozen=True, kw_only=True)
class Parameters(Sentences):
    biases: tuple[int, ...] = param((8, 6, 4, 2, 0), doc="bits of the biases; 0: none of them", low=0, high=16)
    weights: tuple[int, ...] = param((8, 6, 4), doc="bits of the layers' weights", low=2, high=16)

    def check(self):
        if not {*ASKED, 0} <= set(self.biases) or not {8, 4} <= set(self.weights) or 1 in self.biases:
            raise ParameterError(
                f"Parameters: got biases={self.biases} and weights={self.weights}, expected 8, 4, 2 and 0 (but not 1) "
                "among the biases' bits, 8 and 4 among the weights'"
            )


class Quantised(Row):
    what: str = column("biases; linear biases (without those of normalisations); weights; weights by unit (a step for "
                       "each row of a matrix); none")  # fmt: skip
    bits: int = column("bits of each number; 0: all are 0")
    zeros: float = column("fraction of these numbers that is 0 after rounding")
    cosine: float = column("cosine of an embedding with that of the network as it was, mean over glosses")
    found: float = column("fraction of the words that find their own gloss")
    neighbour: float = column("fraction of the glosses whose nearest neighbour lies in the same field of meaning")


def compute(p, seed, lab):
    network, texts = encoder(), draw(p.texts, seed)
    original = embed(network, texts)
    yield Quantised("none", 32, 0.0, **good_for(original, original, texts))
    linear = tuple(name for name in network.biases() if "LayerNorm" not in name)
    tensors = {
        "biases": (network.biases(), p.biases), "linear biases": (linear, LINEAR),
        "weights": (network.weights(), p.weights), "weights by unit": (network.weights(), p.weights),
    }  # fmt: skip
    for what, (names, widths) in tensors.items():
        axis = -1 if what == "weights by unit" else None
        for bits in widths:
            coarse = {name: rounded(network.tensors[name], bits, axis) for name in names}
            other = network.changed(lambda name, w, coarse=coarse: coarse.get(name))
            zeros = sum((w == 0).sum() for w in coarse.values()) / sum(w.size for w in coarse.values())
            yield Quantised(what, bits, zeros, **good_for(embed(other, texts), original, texts))


def rounded(values, bits, axis=None):
    """Values as multiples of a step of which the largest of them is 2^(bits - 1) - 1; 0 bits: none."""
    if bits == 0:
        return np.zeros_like(values)
    step = np.abs(values).max(axis=axis, keepdims=True) / np.float32(2 ** (bits - 1) - 1)
    return np.rint(values / step) * step


def of(t, what, bits):
    return t.quantised[(t.quantised.what == what) & (t.quantised.bits == bits)]


def whole(t):
    return t.quantised[t.quantised.what == "none"]


def answer(t):
    coarse, weights = (mean_of(of(t, what, 4), "cosine").value for what in ("biases", "weights"))
    fine, none = (mean_of(of(t, "biases", bits), "cosine").value for bits in (BITS, 0))
    return (
        f"Hardly, in {NAME}: embeddings keep a cosine of {fine:.4f} with biases of {BITS} bits, {coarse:.3f} with 4 "
        f"(weights of 4 bits: {weights:.2f}), and {none:.2f} without biases."
    )


def sensitive(t, bits=BITS, margin=POINT):
    """What A1-51 asks of this network: right answers are lost by the rounding of the biases alone."""
    for name, words in QUALITIES.items():
        found = lost(whole(t), of(t, "biases", bits), name)
        yield needed(f"lost of the {words}, biases of {bits} bits", found, above(0.0, matters=margin), possible=(-1, 1))


def findings(t):
    more = student_interval(of(t, "weights", 4).set_index("seed").cosine - of(t, "biases", 4).set_index("seed").cosine)
    yield judge(
        "A1-51",
        *sensitive(t),
        context("cosine kept by weights of 4 bits beyond that by biases of 4 bits", more, above(0.0)),
        over={
            "bits": {bits: [*sensitive(t, bits)] for bits in ASKED},
            "margin": {margin: [*sensitive(t, margin=margin)] for margin in POINT_RANGE},
        },
        why="of devices nothing is asked, but of a trained network what the bits of its biases are worth: sensitive if "
        "more than a point of the right answers is lost at 8 bits, or 4, or 2",
        source="Jacob et al. 2018",
    )
    zeros = mean_of(of(t, "weights", 4), "zeros")
    yield definition("A1-31", zeros, why="rounding puts what lies below half a step at 0; shown: weights of 4 bits")


def curves(ax, t, quality):
    for what, (colour, look, label) in LOOKS.items():
        course(ax, t.quantised[t.quantised.what == what], "bits", quality, colour, look, label)
    ax.set(xlabel="bits of each number", xticks=[0, 2, 4, 6, 8])


def likeness(ax, t):
    curves(ax, t, "cosine")
    ax.set(ylim=(0, 1.04), ylabel="cosine with the network as it was")
    ax.legend(loc="lower right")
    return (
        f"cosine of embeddings of {NAME} with rounded biases or weights to those without rounding, mean over glosses; "
        "0 bits: no biases; bars: 95 % intervals over draws of glosses"
    )


def words_that_find(ax, t):
    curves(ax, t, "found")
    ax.axhline(mean_of(whole(t), "found").value, color="0.6", linestyle=":")
    ax.set(ylim=(0, 1), ylabel="words that find their gloss")
    return "fraction of the words whose nearest gloss is their own; dotted: without rounding"


def zeros_after_rounding(ax, t):
    for what, (colour, look, label) in LOOKS.items():
        rows = t.quantised[(t.quantised.what == what) & (t.quantised.bits > 0)].groupby("bits").zeros.mean()
        ax.plot(rows.index, rows, look, color=OKABE_ITO[colour], label=label)
    ax.set(ylim=(0, 1), xlabel="bits of each number", ylabel="fraction that is 0", xticks=[2, 4, 6, 8])
    return "fraction of these numbers that rounding sets to 0"


PANELS = (likeness, words_that_find, zeros_after_rounding)

if __name__ == "__main__":
    main(__file__)

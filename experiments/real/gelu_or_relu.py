"""What would ReLU change in a language encoder that learned with GELU?

In MiniLM, a BERT of six layers, another activation stands in the feed-forward blocks, with all weights as they were;
for ReLU also with the blocks' read-outs fitted anew on other glosses, by ridge regression of what a block used to pass
on (no gradients). GELU has hardly an exact zero; ReLU makes every negative drive one, and zeros can be skipped.
Language models that learned with ReLU, or were trained on with it, lose next to nothing (Mirzadeh et al.); a network
that never met it should lose more, and cannot gain.

Training is not had here: nothing is said of its speed. Draws of WordNet's glosses are the unit; one network decides
nothing about all.

Sources: Hendrycks & Gimpel, arXiv:1606.08415 (2016); Mirzadeh et al., arXiv:2310.04564 (2023) (read second-hand).
"""

from dataclasses import dataclass, replace

import numpy as np

from experiments._bounds import NEAR_ZERO, POINT
from experiments.real._language import NAME, QUALITIES, Sentences, draw, embed, encoder, good_for, lost, mean_of
from experiments.real._read_outs import FITTED, Fit, read_outs, with_read_outs
from neurosim.activations import GELU, ReLU, SiLU, Tanh
from neurosim.lab import Row, above, below, column, context, judge, main, needed
from neurosim.plots import OKABE_ITO

NEEDS = ("minilm", "wordnet")
QUICK = {"seeds": 2, "texts": 20, "fitted_on": 60}
ACTIVATIONS = {"GELU": GELU(), "GELU by tanh": GELU(form="tanh"), "SiLU": SiLU(), "Tanh": Tanh(), "ReLU": ReLU()}
OTHERS = ("ReLU", "SiLU", "Tanh")
SAVED, SAVED_RANGE = 0.9, (0.8, 0.9, 0.95)
"""Fraction of the layers' multiplications that is left at most, if zeros save something."""
KEPT, KEPT_RANGE = 0.05, (0.02, 0.05, 0.1)
"""Fraction of the right answers that may be lost."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Sentences, Fit):
    pass


class Replaced(Row):
    activation: str = column("of the feed-forward blocks; fitted: with read-outs of the blocks fitted anew")
    left: float = column("fraction of the layers' multiplications that is left when zeros are skipped")
    cosine: float = column("cosine of an embedding with that of the network as it was, mean over glosses")
    found: float = column("fraction of the words that find their own gloss")
    neighbour: float = column("fraction of the glosses whose nearest neighbour lies in the same field of meaning")


class Zeros(Row):
    activation: str = column("of the feed-forward blocks; fitted: with read-outs of the blocks fitted anew")
    layer: int = column("layer of the encoder, from 1")
    zeros: float = column("fraction of the activities that is exactly 0")
    near: float = column(f"fraction below {NEAR_ZERO:g} standard deviations of the layer's activities")
    silent: float = column("fraction of the drives that is not positive")


def compute(p, seed, lab):
    network, texts = encoder(), draw(p.texts, seed)
    original = embed(network, texts)
    networks = {name: replace(network, activation=activation) for name, activation in ACTIVATIONS.items()}
    networks[FITTED] = with_read_outs(network, lab.once(read_outs, p, 0))
    for name, other in networks.items():
        seen = {}

        def drives(layer, drive, seen=seen):
            seen.setdefault(layer, []).append([(drive <= 0).mean(), len(drive)])

        def activities(layer, a, seen=seen):
            seen[layer][-1] += [(a == 0).mean(), (np.abs(a) < NEAR_ZERO * a.std()).mean()]

        found = embed(other, texts, {"drive": drives, "activity": activities})
        means = {layer: np.average(v, axis=0, weights=np.array(v)[:, 1]) for layer, v in seen.items()}
        zeros = np.mean([mean[2] for mean in means.values()])
        yield Replaced(name, left(other, zeros), **good_for(found, original, texts))
        for layer, (silent, _, exact, near) in means.items():
            yield Zeros(name, layer, exact, near, silent)


def left(network, zeros):
    """Multiplications by the weights of the layers that are left if activities of 0 are skipped."""
    sizes = {name: network.tensors[name].size for name in network.weights()}
    skipped = sum(n for name, n in sizes.items() if ".attention." not in name and name.endswith(".output.dense.weight"))
    return 1 - zeros * skipped / sum(sizes.values())


def of(t, activation):
    return t.replaced[t.replaced.activation == activation]


def answer(t):
    before, bare, fitted = (mean_of(of(t, name), "found").value for name in ("GELU", "ReLU", FITTED))
    saved = 1 - mean_of(of(t, FITTED), "left").value
    return (
        f"In {NAME} {100 * before:.0f} % of the words find their gloss; with ReLU in place of GELU {100 * bare:.0f} %, "
        f"with read-outs fitted anew {100 * fitted:.0f} %, and {100 * saved:.0f} % of the multiplications could be "
        "skipped."
    )


def cheap_and_good(t, name=FITTED, margin=KEPT, saved=SAVED):
    """What A2-19 asks: zeros that save operations, for nothing lost."""
    yield needed(f"multiplications left with {name}", mean_of(of(t, name), "left"), below(saved), possible=(0, 1))
    for quality, words in QUALITIES.items():
        before = mean_of(of(t, "GELU"), quality).value
        found = lost(of(t, "GELU"), of(t, name), quality)
        yield needed(f"lost of the {words}, with {name}", found, below(margin * before), possible=(-1, 1))


def better(t, name=FITTED):
    """What A2-20 asks: more right answers than with GELU."""
    for quality, words in QUALITIES.items():
        found = lost(of(t, name), of(t, "GELU"), quality)
        yield needed(f"gained of the {words}, with {name}", found, above(0.0, matters=POINT), possible=(-1, 1))


def findings(t):
    over = {"read-outs": {"as they were": "ReLU", "fitted anew": FITTED}}
    units = 6 * 1536
    evaluations = units / (6 * (4 * 384**2 + 2 * 384 * 1536))
    yield judge(
        "A2-19",
        *cheap_and_good(t),
        context("evaluations of the activation per multiplication", evaluations, above(0.01), exact="a count"),
        over={
            **{key: {word: [*cheap_and_good(t, name)] for word, name in each.items()} for key, each in over.items()},
            "lost of what was right": {margin: [*cheap_and_good(t, margin=margin)] for margin in KEPT_RANGE},
            "multiplications left": {saved: [*cheap_and_good(t, saved=saved)] for saved in SAVED_RANGE},
        },
        why="this network, a BERT, learned with GELU; ReLU is put in its place without training: does its cheapness (a "
        "tenth of the multiplications at least) cost nothing? Training and longer texts are not asked",
        source="Mirzadeh et al. 2023",
    )
    yield judge(
        "A2-20",
        *better(t),
        over={key: {word: [*better(t, name)] for word, name in each.items()} for key, each in over.items()},
        why="this network with ReLU in place of GELU, on glosses it was not trained for; more than a point",
        source="Mirzadeh et al. 2023",
    )
    conditions = []
    for name in OTHERS:
        words = f"words that miss their gloss with {name} in place of GELU"
        found = lost(of(t, "GELU"), of(t, name), "found")
        conditions.append(needed(words, found, above(0.0, matters=POINT), possible=(-1, 1)))
    words = "its configuration names GELU"
    yield judge(
        "A4-25",
        *conditions,
        context(words, 1.0, above(1.0), exact="the file config.json, which is refused if it names another"),
        why="this network, a BERT, works best with the activation that its configuration names; GPT-2 is not asked, "
        "and how widely is a matter of documents",
        source="Hendrycks & Gimpel 2016",
    )


def right_answers(ax, t):
    names = [*ACTIVATIONS, FITTED]
    for k, (quality, colour, label) in enumerate(
        (("found", "vermillion", "words that find their gloss"), ("neighbour", "blue", "nearest in the same field"))
    ):
        found = [mean_of(of(t, name), quality) for name in names]
        x = np.arange(len(names)) + 0.16 * (k - 0.5)
        ax.vlines(x, [max(0, f.low) for f in found], [min(1, f.high) for f in found], color=OKABE_ITO[colour])
        ax.plot(x, [f.value for f in found], "os"[k], color=OKABE_ITO[colour], label=label)
    ax.set_xticks(range(len(names)), names, rotation=40, ha="right")
    ax.set(ylim=(0, 1), xlabel="activation", ylabel="fraction right")
    ax.legend(loc="upper right")
    return (
        f"right answers of {NAME} with another activation in its feed-forward blocks, weights as they were; fitted: "
        "read-outs of the blocks by ridge regression; bars: 95 % intervals over draws of glosses"
    )


def zeros_by_layer(ax, t):
    for name, column_, colour, look, label in (
        ("ReLU", "zeros", "vermillion", "o-", "ReLU: exactly 0"),
        (FITTED, "zeros", "orange", "D:", "ReLU, fitted: exactly 0"),
        ("GELU", "silent", "blue", "s--", "GELU: drive below 0"),
        ("GELU", "near", "sky blue", "^-.", "GELU: nearly 0"),
    ):
        rows = t.zeros[t.zeros.activation == name].groupby("layer")[column_].mean()
        ax.plot(rows.index, rows, look, color=OKABE_ITO[colour], label=label)
    ax.set(ylim=(0, 1), xlabel="layer", ylabel="fraction of the activities")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return f"zeros and near zeros (below {NEAR_ZERO:g} standard deviations) of the blocks' activities"


PANELS = (right_answers, zeros_by_layer)

if __name__ == "__main__":
    main(__file__)

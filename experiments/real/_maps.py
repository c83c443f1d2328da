"""Attention maps of a trained encoder: what they look like."""

import numpy as np

from neurosim.real.single_precision import softmax


def ends_once(glosses, joined):
    """Glosses joined to longer texts: the marks of beginning and end stand once."""
    parts = [glosses[k : k + joined] for k in range(0, len(glosses) - joined + 1, joined)]
    return [[some[0][0], *(token for each in some for token in each[1:-1]), some[0][-1]] for some in parts]


def maps_of(network, texts, rng):
    """Layer, and what the attention of each head looks like: means over the queries of all texts, name -> (heads,)."""
    sums, queries = {}, np.zeros(network.layers + 1)

    def look(layer, scores):
        weights = softmax(scores)
        n = scores.shape[-1]
        spread = scores.std(axis=-1, keepdims=True)
        normal = softmax(spread * rng.standard_normal(scores.shape, dtype=np.float32))
        mixed = softmax(rng.permuted(scores.reshape(len(scores), -1), axis=1).reshape(scores.shape))
        ordered = np.sort(weights, axis=-1)
        found = {
            "keys": np.full(scores.shape[:3], n), "effective": effective(weights), "normal": effective(normal),
            "shuffled": effective(mixed), "zeros": (weights == 0).mean(axis=-1),
            "most": ordered[..., -max(1, n // 10) :].sum(axis=-1), "least": ordered[..., : n // 2].sum(axis=-1),
            "special": weights[..., [0, -1]].sum(axis=-1),
        }  # fmt: skip
        queries[layer] += len(scores) * n
        for name, values in found.items():
            sums[layer, name] = sums.get((layer, name), 0.0) + values.sum(axis=(0, 2))

    network.pooled(texts, {"scores": look})
    names = list(dict.fromkeys(name for _, name in sums))
    for layer in range(1, network.layers + 1):
        yield layer, {name: sums[layer, name] / queries[layer] for name in names}


def effective(weights):
    """Effective fraction of the keys of every query."""
    return 1 / (np.square(weights).sum(axis=-1) * weights.shape[-1])

"""ReLU in place of GELU in a trained encoder, with the read-outs of its feed-forward blocks fitted anew."""

from dataclasses import dataclass, replace

import numpy as np

from experiments.real._language import draw, encoder
from neurosim.activations import ReLU
from neurosim.params import Params, param

FITTED = "ReLU, fitted"
RIDGE = 1e-3
"""Penalty of the fit, in mean squares of an activity."""


@dataclass(frozen=True, kw_only=True)
class Fit(Params):
    """On how much the read-outs are fitted."""

    fitted_on: int = param(600, doc="other glosses that read-outs are fitted on", low=20)


def read_outs(p: Fit, seed):
    """Read-outs of the blocks that make of ReLU's activities what they made of GELU's, by ridge regression."""
    network, texts = encoder(), draw(p.fitted_on, 10_000 + seed)
    found, drives = {}, {}

    def regression(layer, activity):
        name = f"encoder.layer.{layer - 1}.output.dense"
        x, y = np.maximum(drives[layer], 0), activity @ network.tensors[f"{name}.weight"].T
        mean_x, mean_y = x.mean(axis=0), y.mean(axis=0)
        x, y = x - mean_x, y - mean_y
        square = x.T @ x
        square[np.diag_indices_from(square)] += RIDGE * len(x) * np.square(x).mean()
        weight = np.linalg.solve(square, x.T @ y).T
        found[f"{name}.weight"] = weight
        found[f"{name}.bias"] = network.tensors[f"{name}.bias"] + mean_y - weight @ mean_x

    network.run(texts.glosses, {"drive": lambda layer, drive: drives.update({layer: drive}), "activity": regression})
    return found


def with_read_outs(network, tensors):
    """The encoder with ReLU and these read-outs."""
    return replace(network, activation=ReLU()).changed(lambda name, values: tensors.get(name))

"""sinabs, single precision."""

import importlib

from benchmarks.peers.torch_layers import torch_layers

LIBRARY, MODULE, EXACT = "sinabs", "sinabs", False


def cell(torch):
    layers, activation = importlib.import_module("sinabs.layers"), importlib.import_module("sinabs.activation")
    layer = layers.IAF(spike_threshold=1.0, spike_fn=activation.SingleSpike)
    return lambda x: layer(x.unsqueeze(1)).squeeze(1)


def layers(p):
    """W3 by this library's cells."""
    return torch_layers(p, cell)


WORKS = {"W3": layers}

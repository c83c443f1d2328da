"""snnTorch, single precision."""

import importlib

from benchmarks.peers.torch_layers import torch_layers

LIBRARY, MODULE, EXACT = "snnTorch", "snntorch", False
OTHER = "a cell that is above the threshold after its reset is reset once more before it may spike: other spikes"


def cell(torch):
    layer = importlib.import_module("snntorch").Leaky(
        beta=1.0, threshold=1.0, reset_mechanism="subtract", reset_delay=False
    )
    state = []

    def cell(x):
        spikes, v = layer(x, state[0] if state else torch.zeros_like(x))
        state[:] = [v]
        return spikes

    return cell


def layers(p):
    """W3 by this library's cells."""
    return torch_layers(p, cell)


WORKS = {"W3": layers}

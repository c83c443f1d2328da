"""SpikingJelly, single precision."""

import importlib

from benchmarks.peers.torch_layers import torch_layers

LIBRARY, MODULE, EXACT = "SpikingJelly", "spikingjelly", False


def cell(torch):
    return importlib.import_module("spikingjelly.activation_based.neuron").IFNode(v_threshold=1.0, v_reset=None)


def layers(p):
    """W3 by this library's cells."""
    return torch_layers(p, cell)


WORKS = {"W3": layers}

"""PyTorch, single precision; also the loop that the libraries on top of it are put into."""

import importlib

import numpy as np

from benchmarks.parameters import IMAGE_TAU
from benchmarks.works.layers import relu_network

LIBRARY, MODULE, EXACT = "PyTorch", "torch", False


def torch_layers(p, make):
    """W3 in PyTorch, single precision; `make(torch)` gives a fresh layer: a function from input to spikes."""
    torch = importlib.import_module("torch")
    scene = relu_network(p, p.batch)

    def single(array):
        return torch.as_tensor(np.ascontiguousarray(array), dtype=torch.float32)

    images, first = single(scene.images), single(scene.gain * scene.weights[0].T)
    jumps, push = [single(w.T / IMAGE_TAU) for w in scene.weights[1:]], [single(scene.gain * b) for b in scene.bias]

    def run():
        with torch.no_grad():
            cells = [make(torch) for _ in scene.bias]
            drive = [images @ first + push[0], *(b.expand(len(images), -1) for b in push[1:])]
            before, counts = [torch.zeros_like(d) for d in drive], [torch.zeros_like(d) for d in drive]
            for _ in range(scene.steps):
                arriving = [drive[0], *(d + s @ w for d, s, w in zip(drive[1:], before, jumps, strict=False))]
                before = [cell(x) for cell, x in zip(cells, arriving, strict=True)]
                for count, spikes in zip(counts, before, strict=True):
                    count += spikes
            return torch.cat(counts, dim=1).numpy()

    return run


def torch_cell(torch):
    state = []

    def cell(x):
        v = state[0].add_(x) if state else x.clone()
        spikes = (v > 1.0).to(v.dtype)
        state[:] = [v.sub_(spikes)]
        return spikes

    return cell


def layers_in_torch(p):
    """W3 by a cell of a few lines."""
    return torch_layers(p, torch_cell)


WORKS = {"W3": layers_in_torch}

"""BindsNET, single precision."""

import importlib

import numpy as np

from benchmarks.engines import whole_steps
from benchmarks.parameters import DT, TAU
from benchmarks.works.independent import drives, silent_steps

LIBRARY, MODULE, EXACT = "BindsNET", "bindsnet", False


def sweep_in_bindsnet(p):
    """Its cell decays, adds the input, and counts its refractory time down from the step after the spike."""
    torch, nodes = importlib.import_module("torch"), importlib.import_module("bindsnet.network.nodes")
    drive, steps = drives(p.units), whole_steps(p.duration, DT).steps
    push = torch.as_tensor((1 - np.exp(-DT / TAU)) * drive, dtype=torch.float32)[None]
    silent = 1e3 * DT * (silent_steps() - 1.5)  # between two whole steps, where rounding does no harm

    def run():
        with torch.no_grad():
            cells = nodes.LIFNodes(n=p.units, thresh=1.0, rest=0.0, reset=0.0, refrac=silent, tc_decay=1e3 * TAU)
            cells.set_batch_size(1)
            cells.compute_decays(1e3 * DT)
            counts = torch.zeros((1, p.units))
            for _ in range(steps):
                cells.forward(push.clone())
                counts += cells.s.reshape(1, -1)
            return counts.numpy()

    return run


WORKS = {"W1": sweep_in_bindsnet}

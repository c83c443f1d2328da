"""Norse, single precision: its box cell, whose Euler step is exact for a rescaled time constant, held after a spike."""

import importlib

import numpy as np

from benchmarks.engines import whole_steps
from benchmarks.parameters import DT, TAU
from benchmarks.works.independent import drives, silent_steps

LIBRARY, MODULE, EXACT = "Norse", "norse", False


def sweep_in_norse(p):
    """W1."""
    torch, box = importlib.import_module("torch"), importlib.import_module("norse.torch.functional.lif_box")
    steps, silence = whole_steps(p.duration, DT).steps, silent_steps()
    push = torch.as_tensor(drives(p.units), dtype=torch.float32)
    # v + dt (1/tau') (drive - v) is the exact step where dt/tau' = 1 - exp(-dt/tau).
    inverse = torch.as_tensor((1.0 - np.exp(-DT / TAU)) / DT, dtype=torch.float32)
    zero, one = torch.as_tensor(0.0), torch.as_tensor(1.0)
    law = box.LIFBoxParameters(tau_mem_inv=inverse, v_leak=zero, v_th=one, v_reset=zero)

    def run():
        with torch.no_grad():
            v, counts = torch.zeros_like(push), torch.zeros_like(push)
            ready = torch.zeros(p.units, dtype=torch.int64)
            for step in range(steps):
                spikes, state = box.lif_box_feed_forward_step(push, box.LIFBoxFeedForwardState(v=v), law, dt=DT)
                awake = ready <= step
                spikes = spikes * awake
                v = torch.where(awake, state.v, 0.0)
                ready = torch.where(spikes > 0, step + silence, ready)
                counts += spikes
            return counts.numpy()[None]

    return run


WORKS = {"W1": sweep_in_norse}

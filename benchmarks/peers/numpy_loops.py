"""NumPy: what one writes without a simulator."""

import numpy as np

from benchmarks.engines import whole_steps
from benchmarks.parameters import DT, IMAGE_TAU, TAU
from benchmarks.works.independent import drives, silent_steps
from benchmarks.works.layers import relu_network

LIBRARY, MODULE, EXACT = "NumPy", "numpy", True


def sweep_loop(p):
    """A loop over steps, all cells at once: what one writes without a simulator."""
    drive, steps = drives(p.units), whole_steps(p.duration, DT).steps
    decay, silence = np.exp(-DT / TAU), silent_steps()

    def run():
        v, ready = np.zeros(p.units), np.zeros(p.units, dtype=np.int64)
        counts, push = np.zeros(p.units, dtype=np.int64), drive - decay * drive
        for step in range(steps):
            v = np.where(ready <= step, push + decay * v, 0.0)
            fired = np.flatnonzero(v > 1.0)
            if fired.size:
                v[fired] = 0.0
                ready[fired] = step + silence
                counts[fired] += 1
        return counts[None]

    return run


def layers_loop(p):
    return dense_layers(relu_network(p, p.batch))


def dense_layers(scene):
    """Dense matrix products (BLAS) in every step, all trials at once."""
    jumps = [w.T / IMAGE_TAU for w in scene.weights[1:]]

    def run():
        trials = len(scene.images)
        drive = [scene.gain * (scene.images @ scene.weights[0].T + scene.bias[0])]
        drive += [scene.gain * b for b in scene.bias[1:]]
        v = [np.zeros((trials, len(b))) for b in scene.bias]
        counts = [np.zeros_like(state) for state in v]
        for _ in range(scene.steps):
            fired = []
            for state, push, count in zip(v, drive, counts, strict=True):
                state += push
                spikes = (state > 1.0).astype(np.float64)
                state -= spikes
                count += spikes
                fired.append(spikes)
            for spikes, jump, state in zip(fired, jumps, v[1:], strict=False):
                state += spikes @ jump
        return np.hstack(counts)

    return run


WORKS = {"W1": sweep_loop, "W3": layers_loop}

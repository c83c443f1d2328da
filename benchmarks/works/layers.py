"""W3: a 784-512-256-10 ReLU network of integrate-and-fire units with reset by subtraction."""

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.engines import engines_of, most_threads, simulated, whole_steps
from benchmarks.entrants import BOUND, Entrant
from benchmarks.parameters import ACTIVE, IMAGE_DT, IMAGE_TAU, INK, LAYERS, PIXELS, SPIKES_PER_STEP
from benchmarks.program import as_double, pointer


@dataclass(frozen=True)
class Layers:
    """A feed-forward network and its constant input; weights in s (drive per Hz), rates in Hz."""

    images: Any
    weights: tuple[Any, ...]
    bias: tuple[Any, ...]
    steps: int

    @property
    def gain(self):
        """Share of the way to threshold that a drive of 1 goes in one step."""
        return IMAGE_DT / IMAGE_TAU

    def circuit(self):
        from neurosim.circuits.circuit import Circuit, Input, Population, Projection

        names = ["pixels", *(f"layer_{i}" for i in range(1, len(self.bias) + 1))]
        return Circuit(
            [Input("pixels", self.images.shape[1])],
            [Population(n, len(b), bias=b) for n, b in zip(names[1:], self.bias, strict=True)],
            [
                Projection(f"to_{post}", pre, post, w, sign=None, tau=0.0)
                for pre, post, w in zip(names, names[1:], self.weights, strict=False)
            ],
        )

    def select(self, number):
        return Layers(self.images[:number], self.weights, self.bias, self.steps)


def relu_network(p, batch):
    """Weights at random, each unit's bias so that it is active for the wanted share of 64 images."""
    from neurosim.randomness import stream

    rng = stream(p.seed, "weights", "W3")
    example = pictures(stream(p.seed, "stimulus", "W3 example"), 64)
    rates, weights, bias = example, [], []
    for units in LAYERS:
        w = rng.standard_normal((units, rates.shape[1]))
        drive = rates @ w.T
        b = -np.quantile(drive, 1 - ACTIVE, axis=0)
        rates = np.maximum(0.0, drive + b)
        scale = SPIKES_PER_STEP * IMAGE_TAU / IMAGE_DT / rates.mean()
        weights.append(scale * w)
        bias.append(scale * b)
        rates = scale * rates / IMAGE_TAU
    images = pictures(stream(p.seed, "stimulus", "W3"), batch)
    return Layers(images, tuple(weights), tuple(bias), p.images_steps)


def pictures(rng, number):
    return np.where(rng.random((number, PIXELS)) < INK, 100.0 * rng.random((number, PIXELS)), 0.0)


def relu_images(p, batch, program):
    scene = relu_network(p, batch)
    entrants = [layers_here(scene, name, e, p, p.few) for name, e in engines_of(p)]
    if program is not None:
        entrants.append(Entrant("C", BOUND, layers_in_c(program, scene, most_threads())))
    return entrants


def layers_here(scene, name, engine, p, few):
    from neurosim.cells import PerfectIF
    from neurosim.stimuli.stimulus import constant

    trials = len(scene.images)
    # Brian2 holds one copy of every synapse per trial.
    part = scene.select(min(few, trials)) if name == "brian" else scene
    cell, schedule = PerfectIF(tau_m=IMAGE_TAU), whole_steps(scene.steps * IMAGE_DT, IMAGE_DT)
    stimulus = constant(part.images, input="pixels")
    share = len(part.images) / trials
    return simulated(name, engine, scene.circuit(), cell, stimulus, schedule, p, share, record=())


def layers_in_c(program, scene, threads):
    trials, inputs = scene.images.shape
    sizes = np.array([len(b) for b in scene.bias], dtype=np.int32)
    first = np.ascontiguousarray(scene.weights[0].T)
    jumps = [np.ascontiguousarray(w.T) / IMAGE_TAU for w in scene.weights[1:]]
    rows = (ctypes.c_void_p * max(1, len(jumps)))(*(w.ctypes.data for w in jumps))
    bias = (ctypes.c_void_p * len(scene.bias))(*(b.ctypes.data for b in scene.bias))
    counts = np.zeros((trials, int(sizes.sum())), dtype=np.int64)

    def run(kept=jumps):  # the table of pointers does not keep the arrays alive
        program.layers(
            pointer(scene.images), inputs, pointer(first), trials, scene.steps, len(sizes), pointer(sizes),
            rows, bias, as_double(scene.gain), threads, pointer(counts),
        )  # fmt: skip
        return counts.copy()

    return run


def two_layers(p, fraction, trials=16):
    """Two layers of which the first spikes with the given probability per unit and step, at mixed phases."""
    from neurosim.randomness import stream

    rng = stream(p.seed, "weights", "active", p.wide)
    wanted = fraction * IMAGE_TAU / IMAGE_DT * rng.uniform(0.5, 1.5, p.wide)
    w = rng.standard_normal((p.wide, p.wide)) * 1e-3
    images = rng.uniform(0.8, 1.2, (trials, 1))
    return Layers(images, (wanted[:, None], w), (np.zeros(p.wide), np.full(p.wide, -1.0)), 2 * p.images_steps)

"""Cells that learn digits without labels: images of a seed, the population that looks at them, and what it tells."""

from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from neurosim import homeostasis, plasticity
from neurosim.cells import HomeostaticLIF
from neurosim.decisions import NO_ANSWER, decide
from neurosim.engines import choices
from neurosim.params import Array, ParameterError, Params, param
from neurosim.stimuli.datasets import Images

THRESHOLD = 13.0  # mV above rest, before it adapts
RESET = 5.0  # mV above rest
FACTOR_PER_PASS = 0.5  # of the learning rate and of the rise of the thresholds, from one pass to the next


@dataclass(frozen=True, kw_only=True)
class DigitCells(Params):
    """Images, and the circuit that learns them."""

    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    data: str = param("", doc="folder of IDX files with MNIST's names; empty for the 8 x 8 digits of scikit-learn")
    images: int = param(1000, doc="training images", low=50)
    tested: int = param(400, doc="test images", low=50)
    highest_rate: float = param(128.0, unit="Hz", doc="rate of the input of a white pixel", above=0)
    shown: float = param(0.35, unit="s", doc="time for which an image is shown", above=0)
    dt: float = param(1e-3, unit="s", doc="time step", above=0)
    inhibition: float = param(120.0, doc="mV that a spike takes from every other cell", above=0)
    largest: float = param(2.0, doc="largest weight, mV per spike (8 x 8 digits; 1 for IDX files)", above=0)
    total: float = param(15.0, doc="sum of a cell's weights in mV (8 x 8 digits; a tenth per pixel for IDX)", above=0)
    rise: float = param(0.05, doc="rise of a cell's threshold per spike in the first pass, mV", low=0)
    learning_rate: float = param(0.02, doc="learning rate per spike in the first pass", above=0)

    @property
    def schedule(self) -> ns.Schedule:
        """Of one image."""
        return ns.Schedule(duration=self.shown, settle=0.0, dt=self.dt)


@dataclass(frozen=True, eq=False)
class Scene:
    """Images of one seed, and the population that looks at them."""

    p: DigitCells
    seed: int
    train: Images
    test: Images

    @property
    def pixels(self) -> int:
        """Of an image."""
        return int(self.train.flat.shape[1])

    def population(
        self, units: int, turn: int, weights: Array | None, *, learns: bool = True, inhibited: bool = True
    ) -> tuple[ns.Circuit, HomeostaticLIF]:
        """Circuit and cell in a pass; `weights` in s, drawn at random when not given."""
        p, factor = self.p, FACTOR_PER_PASS**turn
        # MNIST: 0.05, 0.1 and 0.2 mV for 100, 400 and 1,600 cells.
        rise = float(0.05 * np.sqrt(units / 100)) if p.data else p.rise
        cell = HomeostaticLIF(
            tau_m=0.1, t_ref=5e-3, v_reset=RESET / THRESHOLD, tau_theta=1e7 / 500 * p.shown,
            theta_plus=rise * factor / THRESHOLD if learns else 0.0,
        )  # fmt: skip
        millivolt = 1.0 / THRESHOLD / cell.impulse
        scale = (1.0, 0.1 * self.pixels) if p.data else (p.largest, p.total)
        largest, total = (value * millivolt for value in scale)
        law = homeostasis.WeightNormalisation(total=total)
        if weights is None:
            drawn = ns.randomness.stream(self.seed, "weights", units).random((units, self.pixels))
            weights = drawn * total / drawn.sum(axis=1, keepdims=True)
        rule = plasticity.GatedSTDP(learning_rate=p.learning_rate * factor, offset=0.2, w_max=largest)
        cells = ns.Population("cells", units, homeostasis=law if learns else ())
        feed = ns.Projection("feed", "pixels", "cells", weights, tau=0.0, rule=rule if learns else None)
        inhibition = [ns.lateral(cells, p.inhibition * millivolt, tau=0.0)] if inhibited else []
        return ns.Circuit({"pixels": self.pixels}, [cells], [feed, *inhibition]), cell

    def stimulus(self, images: Images) -> ns.Stimulus:
        """Poisson spikes of every pixel."""
        return ns.stimulus.poisson(self.p.highest_rate * images.flat, "pixels")

    def learn(self, lab: Any, units: int, turn: int, known: Any, *, inhibited: bool = True) -> Any:
        """Show every training image once more; `known`: weights and thresholds so far, (None, None) at the start."""
        weights, thresholds = known
        circuit, cell = self.population(units, turn, weights, inhibited=inhibited)
        run = lab.learn(
            circuit, cell, self.stimulus(self.train), self.p.schedule, seed=self.seed * 1000 + turn, learned=thresholds
        )
        return run.circuit.projection("feed").dense(), run.learned

    def told(self, lab: Any, weights: Array, thresholds: Any, *, inhibited: bool = True) -> dict[str, float]:
        """Accuracy, active fraction and spikes per image, with everything frozen."""
        circuit, cell = self.population(len(weights), 0, weights, learns=False, inhibited=inhibited)
        seen, new = (
            lab.simulate(
                circuit, cell, self.stimulus(images), self.p.schedule, seed=self.seed * 1000 + 500 + k,
                learned=thresholds,
            ).rates["cells"]
            for k, images in enumerate((self.train, self.test))
        )  # fmt: skip
        return {
            "accuracy": read_out(seen, self.train.labels, new, self.test.labels),
            "active_fraction": float((new > 0).mean()),
            "spikes": float(new.sum(axis=1).mean() * self.p.shown),
        }


def scene(p: DigitCells, seed: int) -> Scene:
    """Training and test images of a seed, none of them in both."""
    rng = ns.randomness.stream(seed, "shuffle", "images")
    if p.data:
        train, test = (
            images.select(rng.permutation(len(images))[:number])
            for images, number in (
                (ns.datasets.idx(p.data, "train"), p.images),
                (ns.datasets.idx(p.data, "test"), p.tested),
            )
        )
        return Scene(p, seed, train, test)
    every = ns.datasets.digits()
    if p.images + p.tested > len(every):
        raise ParameterError(
            f"Parameters.images: got {p.images} and {p.tested} to test, expected at most {len(every)} together"
        )
    order = rng.permutation(len(every))
    return Scene(p, seed, every.select(order[: p.images]), every.select(order[len(every) - p.tested :]))


def read_out(seen: Array, labels: Any, new: Array, truth: Any) -> float:
    """Fraction of new images whose class is that of the cells with the highest mean response.

    A cell's class is the one to whose training images it responds most; cells that never responded have none. An image
    to which no cell responds has none either, which is a wrong answer.
    """
    classes = np.unique(labels)
    mean = np.array([seen[labels == c].mean(axis=0) for c in classes])
    own = np.where(mean.max(axis=0) > 0, mean.argmax(axis=0), NO_ANSWER)
    votes = np.stack([new[:, own == k].mean(axis=1) if (own == k).any() else np.zeros(len(new))
                      for k in range(len(classes))])  # fmt: skip
    answer = decide(votes.T)
    return float(((answer != NO_ANSWER) & (classes[answer] == truth)).mean())

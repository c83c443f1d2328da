"""Random deep networks of one activation, through which gradients are followed."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim import activations
from neurosim.activations.base import Activation
from neurosim.cells import Unit
from neurosim.circuits.circuit import Circuit
from neurosim.params import Array, Params, param
from neurosim.randomness import stream
from neurosim.training import Network, layered, preserving_variance

# Activation and s^2: weight variance times the inputs of a unit (None: the value that preserves the variance 1).
SETTINGS: tuple[tuple[str, float | None], ...] = (
    ("Sigmoid", 1.0),
    ("Sigmoid", 16.0),
    ("Tanh", 1.0),
    ("Tanh", (5 / 3) ** 2),
    ("ReLU", 1.0),
    ("ReLU", 2.0),
    ("ReLU", 3.0),
    ("SELU", 1.0),
    ("ELU", None),
    ("GELU", None),
    ("SiLU", None),
)
SHIFTED = ("Sigmoid", "Tanh", "ReLU", "LeakyReLU", "PReLU", "ELU", "SELU", "GELU", "SiLU", "Softplus")


@dataclass(frozen=True, kw_only=True)
class Deep(Params):
    """Random networks through which a gradient is followed."""

    width: int = param(512, doc="units per layer", low=8)
    deepest: int = param(50, doc="layers over which the gradient is followed (and over 10 and 20)", low=10, high=200)

    @property
    def depths(self) -> tuple[int, ...]:
        """Numbers of layers over which the gradient is compared with theory."""
        return tuple(sorted({layers for layers in (10, 20, self.deepest) if layers <= self.deepest}))


@dataclass(frozen=True, kw_only=True)
class Inputs(Params):
    """Random networks of two layers that see several inputs."""

    width: int = param(512, doc="units per layer", low=8)
    inputs: int = param(64, doc="inputs over which the input-independent fraction is measured", low=2)


def activation(name: str) -> Activation:
    """An activation by its name."""
    if name == "CentredSigmoid":
        return activations.Tanh(gain=0.5, width=2.0)  # tanh(z/2)/2 = sigmoid(z) - 1/2
    return activations.known()[name]()


def variance_of(name: str, given: float | None) -> float:
    """s^2 as given, or what preserves the variance 1 of the drive."""
    return preserving_variance(activation(name)) if given is None else given


def normal(n_post: int, n_pre: int, rng: np.random.Generator) -> Array:
    """Normal weights of variance 1 / n_pre."""
    return rng.standard_normal((n_post, n_pre)) / math.sqrt(n_pre)


def unit_length(rng: np.random.Generator, trials: int, width: int) -> Array:
    """Inputs of mean square 1, so that the first drive has variance 1."""
    x = rng.standard_normal((trials, width))
    return x / np.sqrt(np.mean(x * x, axis=1, keepdims=True))


def scaled(circuit: Circuit, name: str, variance: float) -> Network:
    """A network of these units whose weights, from the second layer on, have s^2 = variance; its output is linear."""
    cells = dict.fromkeys(circuit.order(), Unit(activation=activation(name)))
    network = Network(circuit, {**cells, "output": Unit(activation=activations.Identity())})
    for to, weights in network.weights.items():
        if to != "to_hidden1":
            weights *= math.sqrt(variance)
    return network


def squares(network: Network, run: Any, top: str, cotangent: Array) -> dict[str, float]:
    """Mean squared gradient with respect to the drives of each layer up to `top`, from one gradient at the top."""
    found = network.backward(run, {top: cotangent})
    return {name: float(np.mean(np.square(gradient))) for name, gradient in found.biases.items()}


def flow(p: Deep, seed: int) -> dict[str, Array]:
    """Every setting on the same random network: log10 of gradients and variances.

    `ratios` (settings, depths): squared gradient of the first layer over that `depth` layers on; `gradients`
    (settings, layers): over that of the last; `variances` (settings, layers): drive's second moment over the first.
    """
    circuit, _ = layered([p.width] * (p.deepest + 2), weights=normal, seed=seed)
    names = circuit.order()
    x = unit_length(stream(seed, "stimulus"), 1, p.width)
    cotangent = stream(seed, "init").standard_normal((1, p.width))
    ratios, gradients, variances = [], [], []
    for name, given in SETTINGS:
        network = scaled(circuit, name, variance_of(name, given))
        run = network.forward({"input": x})
        ratios.append([])
        for depth in p.depths:
            found = squares(network, run, names[depth], cotangent)
            ratios[-1].append(np.log10(found["hidden1"] / found[names[depth]]))
        gradients.append([np.log10(found[layer] / found["output"]) for layer in names])
        second = np.array([np.mean(run.drive[layer] ** 2) for layer in names])
        variances.append(np.log10(second / second[0]))
    return {"ratios": np.array(ratios), "gradients": np.array(gradients), "variances": np.array(variances)}


def saturated(
    p: Deep, seed: int, sources: tuple[tuple[float, float], ...]
) -> dict[tuple[str, float, float, int], float]:
    """log10 of the squared gradient's ratio over 5 and 10 layers, for biases of a spread and weights of an s^2."""
    circuit, _ = layered([p.width] * 12, weights=normal, seed=seed)
    x = unit_length(stream(seed, "stimulus"), 1, p.width)
    cotangent = stream(seed, "init").standard_normal((1, p.width))
    found = {}
    for name in ("Sigmoid", "Tanh"):
        for spread, variance in sources:
            network, rng = scaled(circuit, name, variance), stream(seed, "init", "biases")
            for bias in network.biases.values():
                bias += spread * rng.standard_normal(p.width)
            each = squares(network, network.forward({"input": x}), "output", cotangent)
            for layers in (5, 10):
                found[name, spread, variance, layers] = float(np.log10(each[f"hidden{11 - layers}"] / each["output"]))
    return found


def input_independent(p: Inputs, seed: int) -> dict[str, float]:
    """Fraction of the second layer's squared drive that all inputs have in common, by activation.

    Estimated without bias from products of the drives of two different inputs.
    """
    circuit, _ = layered([p.width] * 3, weights=normal, seed=seed)
    x = unit_length(stream(seed, "stimulus", "shares"), p.inputs, p.width)
    found = {}
    for name in SHIFTED:
        found[name] = in_common(scaled(circuit, name, 1.0).forward({"input": x}).drive["output"])
    return found


def in_common(h: Array) -> float:
    """Fraction of the squares of h (inputs, units) that all inputs have in common, from products of two inputs each."""
    inputs, each = len(h), np.sum(h * h, axis=0)
    pairs = (np.sum(h, axis=0) ** 2 - each) / (inputs * (inputs - 1))
    return float(pairs.mean() / (each.mean() / inputs))


def plot_profiles(ax: Any, profile: Any, settings: Any, column: str) -> None:
    """Mean over networks (points) and theory (lines) by layer; a second setting of an activation has another line."""
    from neurosim import plots
    from neurosim.plots.figure import FewTicks

    seen: dict[str, int] = {}
    for name, given in settings:
        variance = variance_of(name, given)
        rows = profile[(profile.activation == name) & np.isclose(profile.weight_variance, variance)]
        means = rows.groupby("layer")[["theory", column]].mean()
        style = plots.activation_style(name)
        line = ("-", (0, (4, 1.5)), (0, (1.2, 1.2)))[seen.get(name, 0)]
        seen[name] = seen.get(name, 0) + 1
        ax.plot(means.index, means.theory, color=style.colour, linestyle=line, label=f"{name} ({variance:.3g})")
        some = means[:: max(1, len(means) // 10)]
        ax.plot(some.index, some[column], style.marker, color=style.colour, markersize=2.6)
    ax.set_xlabel("layer")
    ax.xaxis.set_major_locator(FewTicks(5, integer=True))
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=2, columnspacing=0.8, handlelength=2.0)

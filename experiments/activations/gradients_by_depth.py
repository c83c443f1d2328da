"""Which activations keep the gradient alive in deep networks?

From layer to layer the squared gradient changes by the factor s^2 E f'(h)^2, where s^2 is the weight variance times the
number of inputs of a unit and h the drive. A slope of 1 is not enough: a ReLU passes half of its drives, so it keeps
the gradient with s^2 = 2 and loses a factor of 2 per layer with s^2 = 1. Sigmoid loses 10^-12.6 over 10 layers. Tanh
loses 10^-1.15, and less in deeper layers, because its drives shrink into the range where it is linear.

A ratio over L layers is that of the gradient with respect to the drives of the first layer to that L layers later.

Sources: Glorot & Bengio, AISTATS (2010); He et al., ICCV (2015), arXiv:1502.01852; Poole et al., NeurIPS (2016),
arXiv:1606.05340; Schoenholz et al., ICLR (2017), arXiv:1611.01232.
"""

from dataclasses import dataclass

import numpy as np

from experiments.activations._deep_networks import SETTINGS, Deep, activation, flow, plot_profiles, variance_of
from neurosim.lab import Row, below, check, claim_of_parts, column, main
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import activation_style
from neurosim.training import gaussian_moments, mean_field

QUICK = {"seeds": 6, "deepest": 10}
DRAWN = (("Tanh", 25 / 9), ("ReLU", 2.0), ("GELU", None), ("Tanh", 1.0), ("Sigmoid", 16.0), ("ReLU", 1.0),
         ("Sigmoid", 1.0))  # fmt: skip
COMPARED = tuple((name, given) for name, given in SETTINGS if given is not None and given != 3.0)
"""Settings whose distance from theory is a check."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Deep):
    seeds: int = param(20, doc="random networks, the unit of replication", low=2)


class Depth(Row):
    activation: str = column("class name")
    weight_variance: float = column("s^2: variance of a weight times the number of inputs of a unit")
    layers: int = column("number of layers")
    theory: float = column("log10 of the squared gradient's ratio at infinite width")
    log10_gradient: float = column("the same in the simulated network")


class Profile(Row):
    activation: str = column("class name")
    weight_variance: float = column("s^2: variance of a weight times the number of inputs of a unit")
    layer: int = column("layer, from 1")
    theory: float = column("log10 of the squared gradient over that of the last layer at infinite width")
    log10_gradient: float = column("the same in the simulated network")


def compute(p, seed, lab):
    found = lab.once(flow, p, seed)
    for k, (name, given) in enumerate(SETTINGS):
        variance = variance_of(name, given)
        for depth, ratio in zip(p.depths, found["ratios"][k], strict=True):
            theory = mean_field(activation(name), depth, weight_variance=variance).log10_gradient
            yield Depth(name, variance, depth, theory, ratio)
        chi = mean_field(activation(name), p.deepest, weight_variance=variance).chi
        yield Profile.table(
            activation=name,
            weight_variance=variance,
            layer=np.arange(1, p.deepest + 2),
            theory=np.concatenate([np.cumsum(np.log10(chi)[::-1])[::-1], [0.0]]),
            log10_gradient=found["gradients"][k],
        )


def ratio(t, name, variance, layers=10):
    """log10 of the squared gradient's ratio: mean over networks with its interval."""
    rows = t.depth[(t.depth.activation == name) & (t.depth.layers == layers)]
    return student_interval(rows[np.isclose(rows.weight_variance, variance)].log10_gradient.to_numpy())


def answer(t):
    sigmoid, tanh, relu = (ratio(t, name, 1.0).value for name in ("Sigmoid", "Tanh", "ReLU"))
    return (
        f"Those with the right initialisation: over 10 layers the squared gradient changes by 10^{sigmoid:.2f} "
        f"(sigmoid), 10^{tanh:.2f} (tanh) and 10^{relu:.2f} (ReLU) with weight variance 1/n, and by "
        f"10^{ratio(t, 'ReLU', 2.0).value:.2f} (ReLU) with 2/n."
    )


def saturates(name):
    """Whether the slope at a drive of 10 is below 1 % of the largest, in words and as a fact."""
    slope = float(activation(name).derivative(np.array([10.0]))[0])
    largest = activation(name).derivative(np.linspace(-30.0, 30.0, 6001)).max()
    return {f"the slope of {name} at a drive of 10 is below 1 % of its largest ({slope:.1g})": slope < 0.01 * largest}


def findings(t):
    sigmoid, tanh = (ratio(t, name, 1.0) for name in ("Sigmoid", "Tanh"))
    parts = {
        **saturates("Sigmoid"),
        **saturates("Tanh"),
        f"sigmoid loses more than a factor 10 over 10 layers (10^{sigmoid.value:.2f})": sigmoid.high < -1,
        f"tanh does (10^{tanh.value:.2f})": tanh.high < -1,
    }
    why = "s^2 = 1, squared gradient, 95 % interval over networks; tanh loses far less, and nothing at larger s^2"
    yield claim_of_parts("A2-08", parts, why=why)
    slope = activation("Sigmoid").derivative(np.linspace(-30.0, 30.0, 6001))
    parts = {
        f"the slope lies above 0 and at most at 0.25 (found {slope.min():.1g} to {slope.max():.4g})": (
            slope.min() > 0 and slope.max() <= 0.25
        ),
        f"the squared gradient falls more than 10-fold over 10 layers (10^{sigmoid.value:.2f})": sigmoid.high < -1,
    }
    why = "weights of standard deviation 1/sqrt(n), all far below 1; 95 % interval over networks"
    yield claim_of_parts("A4-07", parts, why=why)
    mean = abs(gaussian_moments(activation("Tanh")).mean)
    parts = {
        f"the mean activity is 0 (found {mean:.1g})": mean < 1e-9,
        f"the squared gradient falls over 10-fold in 10 layers (10^{tanh.value:.2f})": tanh.high < -1,
    }
    why = f"s^2 = 1; far less than the sigmoid's 10^{sigmoid.value:.1f}, and slowing down: 10^-1.84 over 50 layers"
    yield claim_of_parts("A4-08", parts, why=why)
    words = "Networks of finite width follow the theory over 10 layers (largest distance of a setting over its bound)."
    why = (
        "bounds of 0.4 for sigmoid and 0.15 otherwise, fixed before the run: a ReLU network of width 512 scatters by "
        "sqrt(5 * 10/512)/ln(10) = 0.136 and the mean of logarithms lies 0.02 low"
    )
    distances = [
        abs(ratio(t, name, s).value - mean_field(activation(name), 10, weight_variance=s).log10_gradient)
        / (0.4 if name == "Sigmoid" else 0.15)
        for name, s in COMPARED
    ]
    yield check("follows_theory", words, max(distances), below(1.0), why=why, source="mean-field theory")


def profiles(ax, t):
    plot_profiles(ax, t.profile, DRAWN, "log10_gradient")
    values = t.profile.theory
    ax.set_ylim(max(-22.0, values.min() - 0.6), min(6.0, values.max() + 0.6))
    ax.set_ylabel("squared gradient (log10)")
    return (
        "squared gradient of the drives of each layer over that of the last; lines: infinite width, points: mean over "
        "networks; in brackets s^2, the weight variance times n"
    )


def distances(ax, t):
    rows = t.depth[t.depth.layers == 10]
    names = []
    for k, (name, given) in enumerate(SETTINGS):
        variance = variance_of(name, given)
        each = rows[(rows.activation == name) & np.isclose(rows.weight_variance, variance)]
        found = student_interval((each.log10_gradient - each.theory).to_numpy())
        colour = activation_style(name).colour
        ax.plot(each.log10_gradient - each.theory, np.full(len(each), k), "o", color=colour, markersize=2, alpha=0.4)
        ax.plot([found.low, found.high], [k, k], color=colour, linewidth=1.6)
        ax.plot(found.value, k, "|", color="black", markersize=7)
        names.append(f"{name} ({variance:.3g})")
    ax.axvline(0.0, color="0.6", linewidth=0.7, linestyle=":")
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set_xlabel("simulated - theory (log10)")
    return "distance from theory over 10 layers; points: networks, lines: 95 % intervals of their mean"


PANELS = (profiles, distances)

if __name__ == "__main__":
    main(__file__)

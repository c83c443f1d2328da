"""Which activations have zeros, which only come near, and what do their slopes do to a gradient?

For a standard normal drive only a curve that is flat at zero (ReLU, step, f-I curve without noise) has exact zeros;
leaky, exponential and smooth rectifiers have none. chi = E f'^2 / E f^2 is the factor by which a squared gradient grows
per layer at the weight variance 1 / E f^2, which keeps the second moment of the drive at 1. The f-I curve of a
noiseless LIF neuron starts with an infinite slope, so its chi is infinite.

"Near zero" is |f| below 1 % of the standard deviation of f.

Sources: Maas, Hannun & Ng (2013); Klambauer et al., arXiv:1706.02515 (2017); Poole et al., arXiv:1606.05340 (2016).
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments._bounds import NEAR_ZERO
from neurosim import activations
from neurosim.lab import Row, column, definition, main
from neurosim.params import Params, param
from neurosim.plots import activation_style, plot_curves
from neurosim.training import gaussian_moments

QUICK: dict[str, int] = {}
PIECEWISE = ("Identity", "Step", "ReLU", "LeakyReLU", "PReLU")
SMOOTH = ("ELU", "SELU", "GELU", "SiLU", "Softplus")
BOUNDED = ("Sigmoid", "Tanh", "LIFCurve", "SoftLIF", "Siegert")
NEURONS = ("LIFCurve", "SoftLIF", "Siegert")
SHOWN = (*PIECEWISE, *SMOOTH, *BOUNDED)


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    quantiles: int = param(20_000, doc="drives at which zeros are counted, quantiles of the normal density", low=100)


class Atlas(Row):
    activation: str = column("class name, default parameters")
    mean: float = column("E f(z), z standard normal", "as the activity")
    second_moment: float = column("E f(z)^2", "its square")
    mean_square_slope: float = column("E f'(z)^2; inf where the integral grows without bound at the threshold")
    bias_shift_index: float = column("(E f)^2 / E f^2")
    chi: float = column("E f'^2 / E f^2: factor on a squared gradient per layer at weight variance 1 / E f^2")
    exact_zero_fraction: float = column("fraction of drives with f(z) == 0")
    near_zero_fraction: float = column("fraction of drives with |f(z)| < 1 % of the standard deviation of f(z)")
    not_affine: float = column("largest |f((x+y)/2) - (f(x)+f(y))/2| over drives -3..3, over the range of f there")
    lowest: float = column("smallest value over drives -30..30", "as the activity")
    highest: float = column("largest value over drives -30..30", "as the activity")


class Curves(Row):
    activation: str = column("class name")
    drive: float = column("drive")
    activity: float = column("f(drive), for neurons over the value at drive 3")


class Competing(Row):
    activation: str = column("activation of a whole population")
    not_affine: float = column("as in atlas, of the first of two units; the drive of the other is 0")


def compute(p, seed, lab):
    from scipy.special import ndtri

    every = {name: kind() for name, kind in activations.known().items()}
    quantiles = ndtri((np.arange(p.quantiles) + 0.5) / p.quantiles)
    wide, drives = np.linspace(-30.0, 30.0, 601), np.linspace(-3.0, 3.0, 241)
    for name, f in every.items():
        if f.acts_on != "unit":
            continue
        moments = gaussian_moments(f)
        mean, second, square = moments.mean, moments.second_moment, moments.mean_square_slope
        values, sd = np.abs(f(quantiles)), math.sqrt(max(second - mean**2, 0.0))
        zero, near = (values == 0.0).mean(), (values < NEAR_ZERO * sd).mean()
        ends = f(wide).min(), f(wide).max()
        bent = departure(f)
        yield Atlas(name, mean, second, square, moments.index, square / second, zero, near, bent, *ends)
    for name in SHOWN:
        scale = float(every[name](np.array(3.0))) if name in NEURONS else 1.0
        yield Curves.table(activation=name, drive=drives, activity=every[name](drives) / scale)
    softmax = every["Softmax"]
    yield Competing("Softmax", departure(lambda x: softmax(np.stack([x, np.zeros_like(x)], axis=-1))[..., 0]))


def departure(f):
    """Largest distance from a straight line between any two drives, over the range."""
    pairs = np.linspace(-3.0, 3.0, 61)
    at = f(pairs)
    return np.abs(f((pairs[:, None] + pairs) / 2.0) - (at[:, None] + at) / 2.0).max() / np.ptp(at)


def answer(t):
    atlas = t.atlas.set_index("activation")
    names = ", ".join(name for name in SHOWN if atlas.exact_zero_fraction[name] > 0.01)
    relu, near = 100 * atlas.exact_zero_fraction["ReLU"], 100 * atlas.near_zero_fraction
    return (
        f"Of the activations shown only {names} have exact zeros (ReLU: {relu:.0f} % of standard normal drives); "
        f"leaky ReLU is nearly zero for {near['LeakyReLU']:.0f} % of them, SELU for {near['SELU']:.1f} %."
    )


def findings(t):
    named = t.atlas.set_index("activation").not_affine[["ReLU", "Sigmoid", "Tanh"]].to_dict()
    named |= t.competing.set_index("activation").not_affine.to_dict()
    why = "no straight line: distance from one " + ", ".join(f"{name} {value:.2f}" for name, value in named.items())
    yield definition("A3-01", why=why)
    yield definition("A4-17c", why="its formula has one for negative drives, exp(x) - 1; what that costs is A2-05")


def curves_of(ax, t, names):
    rows = t.curves[t.curves.activation.isin(names)]
    styles = {name: activation_style(name) for name in names}
    plot_curves(ax, rows, "drive", "activity", x_unit="sd", y_unit="1", by="activation", styles=styles)
    for line in ax.lines:
        line.set_marker("")
    ax.legend(loc="upper left")
    ax.set(xlim=(-3, 3), ylim=(-2, 3))


def piecewise(ax, t):
    curves_of(ax, t, PIECEWISE)
    return "activations that are straight in pieces, default parameters"


def smooth(ax, t):
    curves_of(ax, t, SMOOTH)
    return "rectifiers with a smooth or exponential negative side"


def bounded(ax, t):
    curves_of(ax, t, BOUNDED)
    ax.set_ylim(-1.1, 1.6)
    return "squashing functions and f-I curves of neurons (over their value at drive 3)"


def zeros_and_slopes(ax, t):
    atlas = t.atlas.set_index("activation").loc[list(SHOWN)]
    places = np.arange(len(SHOWN))
    ax.barh(places, atlas.near_zero_fraction, color="0.8", label="near zero")
    ax.barh(places, atlas.exact_zero_fraction, color="0.35", label="exactly zero")
    for place, chi in zip(places, atlas.chi, strict=True):
        ax.text(1.02, place, "\u221e" if math.isinf(chi) else f"{chi:.2f}", va="center", fontsize="small")
    ax.text(1.02, -1.1, "\u03c7", va="center")
    ax.set_yticks(places, SHOWN, fontsize="small")
    ax.set(xlim=(0, 1), ylim=(len(SHOWN) - 0.5, -0.6), xlabel="fraction of standard normal drives")
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 0.3))
    return "fraction of drives whose activity is exactly or nearly zero; right: \u03c7 = E f'^2 / E f^2"


PANELS = (piecewise, smooth, bounded, zeros_and_slopes)

if __name__ == "__main__":
    main(__file__)

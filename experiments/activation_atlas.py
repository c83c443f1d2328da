"""Which activations are really sparse, what do they cost, and is a bias the same as a threshold and as inhibition?

Prediction: for standard normal drive only a curve that is flat at zero (ReLU, step, f-I curve without noise) has exact
zeros; leaky, exponential and smooth rectifiers have none. The four usual sparseness indices are different
functions of the threshold b of ReLU(z - b) and are not interchangeable. Bias = threshold = inhibition holds exactly for
a threshold-linear unit, static or as a rate; for a LIF neuron it holds for a steady inhibitory current, while a raised
threshold shifts the rheobase alike but lowers the gain (the climb from reset gets longer), and a shunting conductance
shifts the curve without dividing its slope. A LIF neuron does not ignore negative drive: it remembers it (later first
spike), and in noise a sub-threshold drive still sets the rate. A bias undoes a translation of the input, no rotation.

z is standard normal; moments are integrals by Gauss-Legendre panels refined toward the kinks. The bias-shift index is
(E f)^2/E f^2. chi = E f'^2/E f^2 is the factor by which a squared gradient grows per layer at the weight variance
1/E f^2, which keeps a unit second moment of the drive at 1. Near zero: |r| below 1 % of the standard deviation of r.
An infinite E f'^2 means that the integral grows without bound as the nodes close in on the threshold.

Sources: Clevert et al., arXiv:1511.07289 (2015); Klambauer et al., arXiv:1706.02515 (2017); Hendrycks & Gimpel,
arXiv:1606.08415 (2016); Treves & Rolls, Network 2 (1991); Vinje & Gallant, Science 287 (2000); Hoyer, JMLR 5 (2004);
Hurley & Rickard, IEEE Trans Inf Theory 55 (2009); Holt & Koch, Neural Comput 9 (1997); LeCun et al., Efficient
BackProp (1998).
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from neurosim.engines import choices
from neurosim.lab import CROSS_CHECK_COLUMNS, Finding, above, below, cross_check, cross_check_findings, main
from neurosim.params import Params, param

ORDER = 20
CLAIMS = (
    "A0-01", "A0-09", "A1-17", "A1-28", "A1-29", "A1-38", "A1-41", "A1-42", "A1-49", "A2-05", "A2-14", "A3-01", "A4-04",
    "A4-05", "A4-06", "A4-10", "A4-12", "A4-18",
)  # fmt: skip
QUICK = {
    "samples": 100_000,
    "duration": 0.26,
    "noisy_cells": 300,
    "noisy_duration": 0.3,
    "readout_seeds": 3,
    "patterns": 300,
    "cost_rounds": 80,
    "layer_rounds": 9,
}

# Reference values, computed elsewhere (SciPy, mpmath) and rounded to the digits written here.
MOMENTS = ("mean", "second_moment", "mean_slope", "mean_square_slope", "bias_shift_index", "chi")
MOMENTS_OF = {
    "Sigmoid": (0.5, 0.293379, 0.206621, 0.044836, 0.852140, 0.152827),
    "Tanh": (0.0, 0.394294, 0.605706, 0.464403, 0.0, 1.177807),
    "ReLU": (0.398942, 0.5, 0.5, 0.5, 0.318310, 1.0),
    "LeakyReLU": (0.394953, 0.500050, 0.505, 0.500050, 0.311944, 1.0),
    "PReLU": (0.299207, 0.531250, 0.625, 0.531250, 0.168517, 1.0),
    "ELU": (0.160521, 0.644945, 0.761578, 0.668102, 0.039952, 1.035905),
    "SELU": (0.0, 1.0, 0.985231, 1.071575, 0.0, 1.071575),
    "GELU": (0.282095, 0.425221, 0.5, 0.455851, 0.187144, 1.072031),
    "SiLU": (0.206621, 0.355776, 0.5, 0.379482, 0.119998, 1.066634),
    "Softplus": (0.806059, 0.921246, 0.5, 0.293379, 0.705275, math.nan),
}
MEASURES = (
    *("active_fraction", "mean", "second_moment", "treves_rolls", "vinje_gallant", "hoyer", "gini", "kurtosis"),
)
RECTIFIED = {  # threshold b of ReLU(z - b) -> the measures, large population
    -1.0: (0.841345, 1.083315, 1.92466, 0.609756, 0.390244, 0.219131, 0.450570, -0.239679),
    0.0: (0.5, 0.398942, 0.5, 0.318310, 0.681690, 0.435810, 0.707107, 2.40764),
    0.5: (0.308538, 0.197797, 0.209639, 0.186623, 0.813377, 0.568001, 0.826142, 7.25237),
    1.0: (0.158655, 0.083316, 0.075340, 0.092136, 0.907865, 0.696462, 0.913160, 19.935),
    1.281552: (0.1, 0.047343, 0.039327, 0.056993, 0.943007, 0.761268, 0.945963, 35.7924),
    1.644854: (0.05, 0.020893, 0.015634, 0.027921, 0.972079, 0.832905, 0.973344, 79.9853),
    1.750686: (0.04, 0.016146, 0.011733, 0.022220, 0.977780, 0.850936, 0.978747, 102.489),
    2.326348: (0.01, 0.003389, 0.002117, 0.005425, 0.994575, 0.926347, 0.994766, 451.576),
}
INDICES = ("treves_rolls", "vinje_gallant", "hoyer", "gini", "kurtosis")
VECTORS = {
    (4, 3, 2, 1): (0.833333, 0.222222, 0.174258, 0.25, -1.36),
    (1, 0, 0, 0): (0.25, 1.0, 1.0, 0.75, -0.666667),
    (0, 0, 0, 0, 0, 0, 0, 5, 3, 2): (0.263158, 0.818713, 0.712241, 0.76, 0.571429),
    (10, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0): (0.140351, 0.916959, 0.833821, 0.859375, 7.978759),
}
SHUNT_HZ = {  # tonic conductance in nS -> rate in Hz at 500, 1000, 2000 pA
    0.0: (97.880759, 224.071006, 474.561079),
    5.0: (81.851750, 210.275494, 461.484704),
    10.0: (62.133493, 195.761519, 448.142012),
    20.0: (0.0, 163.703500, 420.550988),
}
CAPACITANCE, LEAK, DISTANCE = 200e-12, 10e-9, 20e-3  # F, S, V: the neuron of the reference rates (no refractoriness)
PICOAMPERES = (500.0, 1000.0, 2000.0)
SOLVED = "the defining integrals are solved to 1e-13"
EXACT = {  # constant -> (reference, tolerance, why this tolerance)
    **{f"SELU scale, {by}": (1.0507009873554805, 1e-10, SOLVED) for by in ("solved", "package")},
    **{f"SELU alpha, {by}": (1.6732632423543772, 1e-10, SOLVED) for by in ("solved", "package")},
    "GELU minimum": (-0.1699712075, 1e-9, "the reference has 10 digits"),
    "GELU argument of the minimum": (-0.7517915247, 1e-7, "a minimum is flat: its place has half the digits"),
    "SiLU minimum": (-0.2784645428, 1e-9, "the reference has 10 digits"),
    "SiLU argument of the minimum": (-1.278464543, 1e-7, "a minimum is flat: its place has half the digits"),
    "GELU slope at 0": (0.5, 1e-12, "Phi(0) = 1/2, rounding only"),
    "GELU minus its tanh form, largest": (4.732e-4, 1e-7, "the reference has 4 digits"),
    "GELU minus z * sigmoid(1.702 z), largest": (0.020335, 1e-6, "the reference has 6 decimals"),
    "GELU minus z * Phi(z) by math.erf, largest": (0.0, 1e-12, "two implementations of erf, rounding only"),
    "E ReLU(z + xi) minus GELU(z) + phi(z), largest": (0.0, 1e-12, "an identity; quadrature and rounding only"),
    "b for 4 % active": (1.750686, 1e-6, "the reference has 6 decimals"),
    "b for 1 % active": (2.326348, 1e-6, "the reference has 6 decimals"),
}
GAIN, UNIT_RATE = 50.0, 100.0  # Hz: slope of the threshold-linear units; rate of the unit that inhibits
SHIFTS = (0.0, 0.5, 1.0)
ABOVE_THRESHOLD = (-1.5, -0.005, 0.005, 0.25, 0.5, 1.0, 2.0)
SYNAPSE = 30e-3  # s; the membrane's 20 ms would make Brian2's exact solution 0/0
DEPTHS = (0.0, 0.5, 1.0, 2.0)
DT = 1e-4  # s: the checks on interspike intervals are in steps of it
HOLD, STEP_DRIVE = 30e-3, 1.5  # s, drive: how long the negative drive lasts, and what follows
NOISY_DRIVES, SIGMA = (-1.0, 0.2, 0.5, 0.8), 0.3
GRID_BIAS = 0.5826  # -zeta(1/2)/sqrt(2 pi): a threshold looked at once per step is passed unseen this much (in steps)
UNITS, READ_OUT = 64, ("ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "Tanh", "Sigmoid")
CONVOLUTIONS = ((3, 32, 32, 3), (5, 28, 28, 1), (11, 64, 64, 3))  # kernel, height, width, channels
NEURONS = {"LIFCurve", "ShuntedLIFCurve", "AdaptiveLIFCurve", "MeasuredCurve", "PerfectIFCurve", "Siegert", "SoftLIF"}
SHOWN = (
    *("Identity", "Step", "ReLU", "LeakyReLU", "PReLU", "ELU", "SELU", "GELU", "SiLU", "Softplus"),
    *("Sigmoid", "Tanh", "LIFCurve", "SoftLIF", "Siegert"),
)

COLUMNS = {
    "atlas": {
        "activation": ("", "class name, default parameters"),
        "mean": ("as the activity", "E f(z), z standard normal"),
        "second_moment": ("its square", "E f(z)^2"),
        "mean_slope": (
            "per drive",
            "E f'(z), package's derivative; NaN where E f'^2 diverges (slow convergence)",
        ),
        "stein": ("per drive", "E z f(z), equal to E f'(z) for a curve without jumps (Stein's lemma)"),
        "mean_square_slope": ("its square", "E f'(z)^2; inf where the integral diverges"),
        "bias_shift_index": ("1", "(E f)^2 / E f^2"),
        "chi": ("1", "E f'^2 / E f^2: factor on a squared gradient per layer at weight variance 1 / E f^2"),
        "exact_zero_fraction": ("1", "share of drives with f(z) == 0"),
        "near_zero_fraction": ("1", "share of drives with |f(z)| < 1 % of the standard deviation of f(z)"),
        "tenth_zero_fraction": ("1", "the same for 10 %"),
        "not_affine": ("1", "largest |f((x+y)/2) - (f(x)+f(y))/2| over drives -3..3, over the range of f there"),
        "lowest": ("as the activity", "smallest value over drives -30..30"),
        "highest": ("as the activity", "largest value over drives -30..30"),
    },
    "textbook": {
        "activation": ("", "class name"),
        "moment": ("", "column of the table atlas"),
        "package": ("1", "value in the table atlas"),
        "formula": ("1", "adaptive quadrature of the textbook formula, written out in the experiment"),
        "reference": ("1", "reference value of 6 digits, computed elsewhere"),
    },
    "samples": {
        "activation": ("", "class name"),
        "moment": ("", "what is averaged"),
        "integral": ("1", "value in the table atlas"),
        "sampled": ("1", "mean over random drives"),
        "standard_error": ("1", "of that mean"),
    },
    "population": {
        "activation": ("", "activation of a whole population"),
        "units": ("1", "units that share or compete"),
        "drive_sd": ("1", "standard deviation of the drives"),
        "exact_zero_fraction": ("1", "share of activities that are exactly 0"),
        "near_zero_fraction": ("1", "share below 1 % of the standard deviation of the activity"),
        "smallest": ("1", "smallest activity met"),
        "not_affine": ("1", "largest |f((x+y)/2) - (f(x)+f(y))/2| over pairs of patterns, over the range of f"),
    },
    "thresholds": {
        "b": ("1", "threshold of ReLU(z - b)"),
        "measure": ("", "moment or sparseness index"),
        "integral": ("1", "large-population limit by quadrature"),
        "reference": ("1", "reference value of 6 digits; NaN where there is none"),
        "expected": ("1", "the limit, for Hoyer and Vinje-Gallant at the number of units that was sampled"),
        "sampled": ("1", "by the package from random drives; NaN where not sampled"),
        "standard_error": (
            "1",
            "of the sampled value, from 50 batches (jackknife; Gini, active fraction: spread)",
        ),
    },
    "decoding": {
        "b": ("1", "threshold of ReLU(z - b)"),
        "active_fraction": ("1", "share of drives above b"),
        "explained": ("1", "share of the variance of z that a line through ReLU(z - b) recovers"),
    },
    "vectors": {
        "vector": ("", "activities, comma separated"),
        "index": ("", "sparseness index"),
        "package": ("1", "value of the package"),
        "by_hand": ("1", "the formula written out in plain Python"),
        "reference": ("1", "reference value of 6 digits"),
    },
    "constants": {"name": ("", "what is compared"), "value": ("1", "found here")},
    "inhibition": {
        "rung": ("", "static, rate or spiking"),
        "route": ("", "bias; inhibitory current; unit (a tonically active inhibitory unit); raised threshold"),
        "shift": ("1", "b, in units of the threshold distance"),
        "drive": ("1", "excitatory drive"),
        "rate": ("Hz", "steady rate, simulated"),
        "theory": ("Hz", "closed form"),
        "interval_error": ("s", "simulated minus predicted interspike interval; NaN where silent or not spiking"),
    },
    "shunting": {
        "kind": ("", "shunting: conductance; subtractive: steady current of the same rheobase"),
        "g_i": ("nS", "inhibitory conductance (for the current: the one whose rheobase it has)"),
        "current": ("pA", "injected current"),
        "closed_form": ("Hz", "closed form of the package"),
        "formula": ("Hz", "textbook formula in physical units, written out in the experiment"),
        "reference": ("Hz", "reference value of 6 decimals; NaN where there is none"),
        "simulated": ("Hz", "1 / interspike interval; NaN where not simulated"),
        "interval_error": ("s", "simulated minus predicted interspike interval; NaN where silent"),
    },
    "memory": {
        "depth": ("1", "size of the negative drive before the step (0: rest)"),
        "latency": ("s", "from the positive step to the first spike of a LIF neuron"),
        "theory": ("s", "tau ln((drive - v)/(drive - 1)), v the potential at the step"),
        "rate_unit_difference": ("Hz", "largest difference of a threshold-linear rate unit from the one at rest"),
    },
    "noise": {
        "drive": ("1", "mean drive of a noisy LIF neuron (threshold 1)"),
        "rate": ("Hz", "simulated, mean over cells"),
        "standard_error": ("Hz", "over cells, at least one spike"),
        "theory": ("Hz", "Siegert's formula with the threshold corrected for the time step"),
        "relu": ("Hz", "threshold-linear unit at the same drive"),
    },
    "adaptation": {
        "change": ("", "translation or rotation of the input"),
        "size": ("deg or 1", "angle of the rotation in degrees, or length of the translation"),
        "displacement": ("1", "rms distance that the patterns move, over their rms length"),
        "before": ("1", "rms error of a ReLU layer with the old bias, over the rms of its output"),
        "residual": ("1", "the same with the best bias"),
        "largest": ("1", "largest absolute error with the best bias"),
    },
    "readout": {
        "activation": ("", "hidden units of the read-out"),
        "centred": ("", "whether each unit's mean was subtracted"),
        "seed": ("", "number of the random network"),
        "steps": ("1", "gradient steps until 1 % of the reducible error is left, at the learning rate 1/largest"),
    },
    "convolution": {
        "layer": ("", "kernel on height x width x channels"),
        "kernel": ("1", "k"),
        "inputs": ("1", "height * width * channels"),
        "connections": ("1", "inputs of one unit, counted"),
        "density": ("1", "connections / inputs"),
        "formula": ("1", "k^2 C / (H W C)"),
    },
    "cost": {
        "kind": ("", "element: one function on an array that fits the cache; layer: a training step of a whole layer"),
        "name": ("", "NumPy or SciPy function, or the activation of the layer"),
        "dtype": ("", "number format"),
        "time": ("ns", "median per element (layer: per unit and pattern), on the machine named in run.json"),
        "low": ("ns", "10th percentile"),
        "high": ("ns", "90th percentile"),
        "ratio": ("1", "median over rounds of the time over that of the reference in the same round"),
        "instructions": ("1", "instructions of one scalar call of the C library (quoted); NaN: not known, or a layer"),
        "reference": ("", "what the ratio refers to"),
    },
    "curves": {
        "activation": ("", "class name"),
        "drive": ("1", "drive"),
        "activity": ("1", "f(drive), for neurons over the value at drive 3"),
        "slope": ("1", "derivative; NaN where it is infinite or off the scale"),
    },
    "shift_curves": {
        "rung": ("", "static or spiking"),
        "route": ("", "bias or raised threshold"),
        "shift": ("1", "b"),
        "drive": ("1", "excitatory drive"),
        "rate": ("Hz", "closed form"),
    },
    "histogram": {
        "activation": ("", "class name"),
        "low": ("1", "lower edge of the bin of activity, scaled as in curves"),
        "high": ("1", "upper edge"),
        "share": ("1", "share of standard normal drives in the bin, exact zeros left out"),
    },
    "engines": CROSS_CHECK_COLUMNS,
}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """Sizes of the samples and simulations."""

    seed: int = param(1, doc="seed of every random draw", low=0)
    engine: str = param("auto", doc="engine of the LIF cells", choices=choices("spiking"))
    samples: int = param(1_000_000, doc="random drives", low=1000)
    duration: float = param(2.0, unit="s", doc="length of the runs that compare bias, threshold, inhibition", low=0.25)
    noisy_cells: int = param(400, doc="noisy neurons per drive", low=10)
    noisy_duration: float = param(2.0, unit="s", doc="length of the runs in noise", low=0.2)
    readout_seeds: int = param(10, doc="random networks whose read-out learns", low=1)
    patterns: int = param(2000, doc="patterns that are translated and rotated", low=50)
    cost_rounds: int = param(1000, doc="interleaved rounds of timing per function", low=10)
    layer_rounds: int = param(41, doc="interleaved rounds of timing per layer", low=3)


def compute(p: Parameters, progress: Any) -> dict[str, Any]:
    """All tables; each part draws from a stream of its own."""
    import pandas as pd

    streams = [np.random.default_rng(child) for child in np.random.SeedSequence(p.seed).spawn(5)]
    engines: list[dict[str, Any]] = []
    shunting = _shunting(p, progress, engines)
    parts: dict[str, Callable[[], Iterable[Mapping[str, Any]]]] = {
        "atlas": _atlas,
        "textbook": lambda: _textbook(tables["atlas"]),
        "samples": lambda: _samples(tables["atlas"], p.samples, streams[0]),
        "population": lambda: _population(streams[1]),
        "thresholds": lambda: _thresholds(p.samples, streams[2]),
        "decoding": _decoding,
        "vectors": _vectors,
        "constants": _constants,
        "inhibition": lambda: _inhibition(p, progress, engines),
        "shunting": lambda: shunting,
        "memory": lambda: _memory(p, progress, engines),
        "noise": lambda: _noise(p, progress),
        "adaptation": lambda: _adaptation(p.patterns, streams[3]),
        "readout": lambda: _readout(p.readout_seeds, streams[4]),
        "convolution": _convolution,
        "cost": lambda: [*_element_cost(p.cost_rounds), *_layer_cost(p.layer_rounds)],
        "curves": _curves,
        "shift_curves": _shift_curves,
        "histogram": _histogram,
        "engines": lambda: engines,
    }
    tables: dict[str, Any] = {}
    for name in progress(list(parts), "tables"):
        tables[name] = pd.DataFrame(list(parts[name]()), columns=list(COLUMNS[name]))
    return tables


def _elementwise() -> dict[str, Any]:
    from neurosim import activations

    every = {name: kind() for name, kind in activations.known().items()}
    return {name: activation for name, activation in every.items() if activation.acts_on == "unit"}


# ---------------------------------------------------------------- moments


def _nodes(depth: int) -> tuple[Any, Any]:
    """Nodes and standard normal weights on -12..12; the panels halve `depth` times toward 0 and 1, where kinks are."""
    edges = set(np.arange(-12.0, 12.5, 0.5))
    for kink in (0.0, 1.0):
        for k in range(2, depth):
            edges |= {kink - 2.0**-k, kink + 2.0**-k}
    ends = np.array(sorted(edges))
    x, w = np.polynomial.legendre.leggauss(20)
    half = np.diff(ends)[:, None] / 2.0
    z = (ends[:-1, None] + half + half * x).ravel()
    return z, (half * w).ravel() * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


def _atlas() -> Iterable[dict[str, Any]]:
    from scipy.special import ndtri

    fine, coarse = _nodes(48), _nodes(24)
    quantiles = ndtri((np.arange(20_000) + 0.5) / 20_000)
    wide, pairs = np.linspace(-30.0, 30.0, 601), np.linspace(-3.0, 3.0, 61)
    for name, f in _elementwise().items():
        (z, w), r = fine, f(fine[0])
        slope, rough = f.derivative(z), f.derivative(coarse[0])
        mean, second, square = float(w @ r), float(w @ r**2), float(w @ slope**2)
        # Where the integral exists, sixteen million times finer panels at the kink cannot change it in the 3rd digit.
        if square > 1.001 * float(coarse[1] @ rough**2):
            square = math.inf
        values, sd = np.abs(f(quantiles)), math.sqrt(max(second - mean**2, 0.0))
        at = f(pairs)
        defect = np.abs(f((pairs[:, None] + pairs) / 2.0) - (at[:, None] + at) / 2.0).max()
        yield {
            "activation": name,
            "mean": mean,
            "second_moment": second,
            "mean_slope": float(w @ slope) if math.isfinite(square) else math.nan,
            "stein": float(w @ (z * r)),
            "mean_square_slope": square,
            "bias_shift_index": mean**2 / second,
            "chi": square / second,
            "exact_zero_fraction": float((values == 0.0).mean()),
            "near_zero_fraction": float((values < 0.01 * sd).mean()),
            "tenth_zero_fraction": float((values < 0.1 * sd).mean()),
            "not_affine": float(defect / np.ptp(at)),
            "lowest": float(f(wide).min()),
            "highest": float(f(wide).max()),
        }


def _formulas() -> dict[str, tuple[Callable[[float], float], Callable[[float], float]]]:
    """The textbook formulas and their slopes, one number at a time, without the package."""
    exp, tanh, erf, pi = math.exp, math.tanh, math.erf, math.pi
    alpha, scale = _solve_selu()

    def sigmoid(z: float) -> float:
        return 1.0 / (1.0 + exp(-z)) if z >= 0 else exp(z) / (1.0 + exp(z))

    def normal(z: float) -> float:
        return 0.5 * (1.0 + erf(z / math.sqrt(2.0)))

    def density(z: float) -> float:
        return exp(-0.5 * z * z) / math.sqrt(2.0 * pi)

    def pieces(a: float) -> tuple[Callable[[float], float], Callable[[float], float]]:
        return lambda z: z if z > 0 else a * z, lambda z: 1.0 if z > 0 else a

    return {
        "Sigmoid": (sigmoid, lambda z: sigmoid(z) * (1.0 - sigmoid(z))),
        "Tanh": (tanh, lambda z: 1.0 - tanh(z) ** 2),
        "ReLU": pieces(0.0),
        "LeakyReLU": pieces(0.01),
        "PReLU": pieces(0.25),
        "ELU": (lambda z: z if z > 0 else exp(z) - 1.0, lambda z: 1.0 if z > 0 else exp(z)),
        "SELU": (
            lambda z: scale * (z if z > 0 else alpha * (exp(z) - 1.0)),
            lambda z: scale * (1.0 if z > 0 else alpha * exp(z)),
        ),
        "GELU": (lambda z: z * normal(z), lambda z: normal(z) + z * density(z)),
        "SiLU": (lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1.0 + z * (1.0 - sigmoid(z)))),
        "Softplus": (lambda z: math.log1p(exp(-abs(z))) + max(z, 0.0), sigmoid),
    }


def _expect(f: Callable[[float], float], low: float = -math.inf) -> float:
    """E f(z) over z > low by adaptive quadrature, split at 0."""
    from scipy.integrate import quad

    def integrand(z: float) -> float:
        return f(z) * math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)

    ends = [-14.0, 0.0, 14.0] if low == -math.inf else [low, low + 3.0, low + 14.0]
    return float(sum(quad(integrand, a, b, epsabs=1e-14, epsrel=1e-13, limit=200)[0] for a, b in pairwise(ends)))


def _textbook(atlas: Any) -> Iterable[dict[str, Any]]:
    rows = atlas.set_index("activation")
    for name, (f, slope) in _formulas().items():
        found = [_expect(g) for g in (f, lambda z, f=f: f(z) ** 2, slope, lambda z, s=slope: s(z) ** 2)]
        found += [found[0] ** 2 / found[1], found[3] / found[1]]
        for moment, formula, reference in zip(MOMENTS, found, MOMENTS_OF[name], strict=True):
            yield {
                "activation": name,
                "moment": moment,
                "package": rows.loc[name, moment],
                "formula": formula,
                "reference": reference,
            }


def _samples(atlas: Any, count: int, rng: np.random.Generator) -> Iterable[dict[str, Any]]:
    rows = atlas.set_index("activation")
    chunk = 100_000  # bounds the memory of the curves that integrate or solve for every drive
    for name, f in _elementwise().items():
        finite = math.isfinite(rows.loc[name, "mean_square_slope"])
        sums: dict[str, Any] = {}
        for start in range(0, count, chunk):
            z = rng.standard_normal(min(chunk, count - start))
            r = f(z)
            drawn = {"mean": r, "second_moment": r**2, "exact_zero_fraction": r == 0.0}
            if finite:  # otherwise the mean slope has no standard error
                slope = f.derivative(z)
                drawn |= {"mean_slope": slope, "mean_square_slope": slope**2}
            for moment, values in drawn.items():
                sums[moment] = sums.get(moment, 0.0) + np.array([values.sum(), (values * 1.0 * values).sum()])
        for moment, (total, squares) in sums.items():
            mean = total / count
            yield {
                "activation": name,
                "moment": moment,
                "integral": rows.loc[name, moment],
                "sampled": mean,
                "standard_error": math.sqrt(max(squares / count - mean**2, 0.0) / count),
            }


def _population(rng: np.random.Generator) -> Iterable[dict[str, Any]]:
    from neurosim.activations import KWTA, Softmax

    for f, sd in ((Softmax(), 1.0), (Softmax(), 4.0), (Softmax(), 8.0), (KWTA(k=3), 1.0)):
        x = sd * rng.standard_normal((500, UNITS))
        r = f(x)
        yield {
            "activation": type(f).__name__,
            "units": UNITS,
            "drive_sd": sd,
            "exact_zero_fraction": float((r == 0.0).mean()),
            "near_zero_fraction": float((r < 0.01 * r.std()).mean()),
            "smallest": float(r.min()),
            "not_affine": float(np.abs(f((x[1:] + x[:-1]) / 2.0) - (r[1:] + r[:-1]) / 2.0).max() / np.ptp(r)),
        }


# ---------------------------------------------------------------- sparseness against threshold


def _limits(b: float) -> dict[str, float]:
    """Moments and indices of ReLU(z - b) in a large population, by quadrature."""

    def normal(z: float) -> float:
        return 0.5 * math.erfc(-z / math.sqrt(2.0))

    moments = [_expect(lambda z, k=k: (z - b) ** k, low=b) for k in range(5)]
    limits = {"active_fraction": moments[0], **_indices(*moments[1:])}
    limits["gini"] = 2.0 * _expect(lambda z: (z - b) * normal(z), low=b) / moments[1] - 1.0
    return limits


def _indices(m1: float, m2: float, m3: float, m4: float) -> dict[str, float]:
    """What follows from the first four moments about 0."""
    ratio, fourth = m1**2 / m2, m4 - 4.0 * m1 * m3 + 6.0 * m1**2 * m2 - 3.0 * m1**4
    return {
        "mean": m1,
        "second_moment": m2,
        "treves_rolls": ratio,
        "vinje_gallant": 1.0 - ratio,
        "hoyer": 1.0 - math.sqrt(ratio),
        "kurtosis": fourth / (m2 - m1**2) ** 2 - 3.0,
    }


def _measured(r: Any) -> dict[str, float]:
    from neurosim.metrics import sparsity

    return {
        "active_fraction": float(sparsity.active_fraction(r)),
        "mean": float(r.mean()),
        "second_moment": float((r**2).mean()),
        "treves_rolls": float(sparsity.treves_rolls(r)),
        "vinje_gallant": float(sparsity.vinje_gallant(r)),
        "hoyer": float(sparsity.hoyer(r)),
        "gini": float(sparsity.gini(r)),
        "kurtosis": float(sparsity.excess_kurtosis(r)),
    }


def _thresholds(count: int, rng: np.random.Generator) -> Iterable[dict[str, Any]]:
    from neurosim.activations import ReLU

    line = [round(float(b), 6) for b in np.arange(-1.0, 2.6, 0.125)]
    for b in sorted({*line, *RECTIFIED}):
        theory, sampled, error = _limits(b), dict.fromkeys(MEASURES, math.nan), dict.fromkeys(MEASURES, math.nan)
        if b in RECTIFIED:
            r = ReLU(threshold=b)(rng.standard_normal(count))
            sampled, error = _measured(r), _jackknife(r)
        finite = _finite(theory, count)
        references = dict(zip(MEASURES, RECTIFIED.get(b, (math.nan,) * len(MEASURES)), strict=True))
        for m in MEASURES:
            yield {
                "b": b,
                "measure": m,
                "integral": theory[m],
                "reference": references[m],
                "expected": finite[m],
                "sampled": sampled[m],
                "standard_error": error[m],
            }


def _jackknife(r: Any) -> dict[str, float]:
    """Standard errors from 50 batches; each index is computed without one batch, since a batch alone is too small."""
    from neurosim.metrics import sparsity

    batches = np.array_split(r, 50)
    power = np.array([[float((part**k).sum()) for k in (1, 2, 3, 4)] for part in batches])
    without = [
        _indices(*(power.sum(axis=0) - row) / (r.size - part.size)) for row, part in zip(power, batches, strict=True)
    ]
    error = {m: float(np.std([one[m] for one in without]) * math.sqrt(49)) for m in without[0]}
    for m, index in (("active_fraction", sparsity.active_fraction), ("gini", sparsity.gini)):
        error[m] = float(np.nanstd([index(part) for part in batches], ddof=1) / math.sqrt(50))
    return error


def _finite(limit: Mapping[str, float], n: int) -> dict[str, float]:
    """The limits as the two indices that are normalised by the number of units give them for n units."""
    root = math.sqrt(n)
    return {
        **limit,
        "hoyer": limit["hoyer"] * root / (root - 1.0),
        "vinje_gallant": limit["vinje_gallant"] / (1 - 1 / n),
    }


def _decoding() -> Iterable[dict[str, Any]]:
    for b in (*np.arange(-2.0, 2.1, 0.5).tolist(), 2.326348):
        limit = _limits(b)
        shared = _expect(lambda z, b=b: z * (z - b), low=b)
        explained = shared**2 / (limit["second_moment"] - limit["mean"] ** 2)
        yield {"b": b, "active_fraction": limit["active_fraction"], "explained": explained}


def _by_hand(x: tuple[float, ...]) -> dict[str, float]:
    n = len(x)
    total, squares = math.fsum(x), math.fsum(v * v for v in x)
    mean = total / n
    ratio = mean**2 / (squares / n)
    ranked = enumerate(sorted(x), start=1)
    second, fourth = (math.fsum((v - mean) ** k for v in x) / n for k in (2, 4))
    return {
        "treves_rolls": ratio,
        "vinje_gallant": (1.0 - ratio) / (1.0 - 1.0 / n),
        "hoyer": (math.sqrt(n) - total / math.sqrt(squares)) / (math.sqrt(n) - 1.0),
        "gini": 1.0 - 2.0 * math.fsum(c / total * (n - k + 0.5) / n for k, c in ranked),
        "kurtosis": fourth / second**2 - 3.0,
    }


def _vectors() -> Iterable[dict[str, Any]]:
    for vector, references in VECTORS.items():
        package, hand = _measured(np.array(vector, dtype=float)), _by_hand(vector)
        for index, reference in zip(INDICES, references, strict=True):
            yield {
                "vector": ",".join(map(str, vector)),
                "index": index,
                "package": package[index],
                "by_hand": hand[index],
                "reference": reference,
            }


# ---------------------------------------------------------------- constants


def _solve_selu() -> tuple[float, float]:
    """alpha and scale for which E f = 0 and E f^2 = 1: the first alone fixes alpha, the second then the scale."""
    from scipy.optimize import brentq

    up, down = _expect(lambda z: max(z, 0.0)), _expect(lambda z: math.expm1(min(z, 0.0)))
    alpha = float(brentq(lambda a: up + a * down, 1.0, 3.0, xtol=1e-15, rtol=1e-15))
    square = _expect(lambda z: (z if z > 0 else alpha * math.expm1(z)) ** 2)
    return alpha, float(brentq(lambda s: s * s * square - 1.0, 0.5, 2.0, xtol=1e-15, rtol=1e-15))


def _constants() -> Iterable[dict[str, Any]]:
    from scipy.optimize import brentq, minimize_scalar

    from neurosim.activations import GELU, SELU, NoisyReLU, SiLU

    alpha, scale = _solve_selu()
    gelu, normal = _formulas()["GELU"][0], math.sqrt(2.0 * math.pi)
    z = np.linspace(-8.0, 8.0, 16_001)
    exact, noisy = GELU()(z), NoisyReLU()(z)
    package = float(SELU()(np.array(1.0)))
    values = {
        "SELU scale, solved": scale,
        "SELU alpha, solved": alpha,
        "SELU scale, package": package,
        "SELU alpha, package": -float(SELU()(np.array(-60.0))) / package,
    }
    for name, kind in (("GELU", GELU), ("SiLU", SiLU)):
        curve = kind()
        least = minimize_scalar(lambda x, f=curve: float(f(np.array(x))), bounds=(-3, 0), options={"xatol": 1e-9})
        values |= {f"{name} minimum": float(least.fun), f"{name} argument of the minimum": float(least.x)}
    points = np.linspace(-4.0, 4.0, 33)
    smoothed = [_expect(lambda xi, x=x: x + xi, low=-x) for x in points]
    identity = GELU()(points) + np.exp(-0.5 * points**2) / normal
    values |= {
        "GELU slope at 0": float(GELU().derivative(np.array(0.0))),
        "GELU minus its tanh form, largest": float(np.abs(exact - GELU(form="tanh")(z)).max()),
        "GELU minus z * sigmoid(1.702 z), largest": float(np.abs(exact - z / (1.0 + np.exp(-1.702 * z))).max()),
        "GELU minus z * Phi(z) by math.erf, largest": float(np.abs(exact - [gelu(x) for x in z]).max()),
        "E ReLU(z + xi) minus GELU(z) + phi(z), largest": float(
            max(np.abs(smoothed - identity).max(), np.abs(noisy - exact - np.exp(-0.5 * z * z) / normal).max())
        ),
    }
    for share, name in ((0.04, "b for 4 % active"), (0.01, "b for 1 % active")):
        values[name] = float(brentq(lambda b, s=share: _expect(lambda z: 1.0, low=b) - s, 0.0, 4.0, xtol=1e-12))
    tangent = z[(np.abs(z) <= 0.1) & (np.abs(z) > 1e-9)]
    values["GELU departure from its tangent z/2, |z| <= 0.1"] = float(
        np.abs(GELU()(tangent) / (0.5 * tangent) - 1).max()
    )
    values["GELU slope at 3"] = float(GELU().derivative(np.array(3.0)))
    values["GELU mean squared slope where ReLU is silent"] = _expect(lambda x: float(_gelu_slope(-abs(x)) ** 2)) / 2.0
    return [{"name": name, "value": value} for name, value in values.items()]


def _gelu_slope(z: float) -> float:
    return _formulas()["GELU"][1](z)


# ---------------------------------------------------------------- bias = threshold = inhibition


def _inhibition(p: Parameters, progress: Any, engines: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """The same shift b by four routes on three rungs."""
    from neurosim import LIF, Circuit, LeakyRate, Population, Projection, ReLU, Schedule, Stimulus, Unit, simulate

    curve = LIF().transfer
    conditions = [(b, 1.0 + b + x) for b in SHIFTS for x in ABOVE_THRESHOLD]
    shift, drive = np.array(conditions).T
    n, weight, nothing = len(conditions), (shift / UNIT_RATE)[:, None], np.zeros((len(conditions), 1))
    gaba = Stimulus({"gaba": [[UNIT_RATE]]})
    steady = Schedule(duration=1.0, settle=0.8)  # 25 synaptic time constants: settled to rounding
    for rung in ("static", "rate", "spiking"):
        spiking = rung == "spiking"

        def cell(threshold: float, rung: str = rung) -> Any:
            relu = ReLU(gain=GAIN, threshold=threshold)
            return (
                LIF() if rung == "spiking" else LeakyRate(activation=relu) if rung == "rate" else Unit(activation=relu)
            )

        # On the grid an interval comes out up to one step short: aimed almost a step higher, it is 1 / UNIT_RATE.
        aim = float(curve.inverse(1.0 / (1.0 / UNIT_RATE + 0.99 * DT)))
        tonic = aim if spiking else 1.0 + UNIT_RATE / GAIN
        cells = {"cells": cell(1.0), "tonic": cell(1.0)}
        # A LIF neuron with threshold 1 + b and reset 0 is the same cell with every potential divided by 1 + b.
        raised = drive / (1.0 + shift)
        biases = [drive - shift, drive, drive, *([raised] if spiking else [])]
        populations = [
            Population("cells", n * len(biases), bias=np.concatenate(biases)),
            Population("tonic", 1, bias=tonic),
        ]
        if not spiking:
            for k, b in enumerate(SHIFTS):
                populations.append(Population(f"raised_{k}", int((shift == b).sum()), bias=drive[shift == b]))
                cells[f"raised_{k}"] = cell(1.0 + b)
        rest = [nothing] * (len(biases) - 3)
        onto = {"gaba": [nothing, weight, nothing, *rest], "tonic": [nothing, nothing, weight, *rest]}
        arrows = [
            # GABA from outside is a steady current, without a synapse that would first have to fill.
            Projection(
                f"from_{pre}", pre, "cells", np.concatenate(parts), sign=-1, tau=SYNAPSE if pre == "tonic" else 0.0
            )
            for pre, parts in onto.items()
        ]
        circuit = Circuit(inputs={"gaba": 1}, populations=populations, projections=arrows)
        schedule = Schedule(duration=p.duration, settle=0.0, dt=DT) if spiking else steady
        record = ("spikes",) if spiking else ()
        engine = p.engine if spiking else "auto"
        run = simulate(circuit, cells, gaba, schedule, seed=p.seed, record=record, engine=engine, progress=False)
        progress.note(engine=run.provenance["engine"])
        if spiking:
            part = Schedule(duration=0.25, settle=0.0, dt=DT)
            engines.append(cross_check("Bias, threshold and inhibition", circuit, cells, gaba, part, seed=p.seed))
        names = [name for name in cells if name != "tonic"]
        found = np.concatenate([_rates_of(run, name) if spiking else run.rates[name][0] for name in names])
        routes = np.repeat(["bias", "inhibitory current", "inhibitory unit", "raised threshold"], n)
        for route, b, e, rate in zip(routes, np.tile(shift, 4), np.tile(drive, 4), found, strict=True):
            net = e / (1.0 + b) if route == "raised threshold" else e - b
            theory = float(curve(np.array(net))) if spiking else GAIN * max(e - b - 1.0, 0.0)
            fires = spiking and rate > 0 and theory > 0
            error = 1.0 / rate - 1.0 / theory if fires else math.nan
            yield {
                "rung": rung,
                "route": route,
                "shift": b,
                "drive": e,
                "rate": rate,
                "theory": theory,
                "interval_error": error,
            }


def _rates_of(run: Any, name: str, after: float = 0.18) -> Any:
    """1 / mean interspike interval of every unit; those that began before `after` count only if there is no other."""
    spikes, rates = run.spikes[name], np.zeros(run.rates[name].shape[1])
    for unit in range(rates.size):
        times = spikes.times[spikes.units == unit]
        late = times[times >= after]  # the inhibitory synapse needs time to fill
        times = late if late.size > 1 else times
        rates[unit] = (times.size - 1) / np.ptp(times) if times.size > 1 else 0.0
    return rates


def _shunt_formula(current: float, conductance: float) -> float:
    """Rate in Hz of a LIF neuron with reset at rest and no refractoriness, in amperes and siemens."""
    total = LEAK + conductance
    if current <= total * DISTANCE:
        return 0.0
    return 1.0 / (CAPACITANCE / total * math.log(current / (current - total * DISTANCE)))


def _shunting(p: Parameters, progress: Any, engines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from neurosim import Circuit, Population, Schedule, simulate
    from neurosim.cells import ConductanceLIF

    scales: dict[str, Any] = {"C": CAPACITANCE, "E_L": -70e-3, "V_th": -70e-3 + DISTANCE}
    cells = {
        g: ConductanceLIF.from_biophysics(
            **scales, g_L=LEAK, V_reset=-70e-3, E_exc=0.0, E_inh=-70e-3, g_tonic=1e-9 * g, t_ref=0.0
        )
        for g in SHUNT_HZ
    }
    rheobase = {g: 1e12 * (LEAK + 1e-9 * g) * DISTANCE for g in SHUNT_HZ}  # pA
    rows: list[tuple[str, float, float, bool]] = []
    for kind in ("shunting", "subtractive"):
        for g in SHUNT_HZ:
            simulated = (*PICOAMPERES, 1500.0, 0.97 * rheobase[g], 1.03 * rheobase[g])
            rows += [(kind, g, current, True) for current in simulated]
            rows += [(kind, g, float(current), False) for current in range(0, 2001, 20) if current not in simulated]
    injected = np.array([i - (rheobase[g] - rheobase[0.0] if kind == "subtractive" else 0.0) for kind, g, i, _ in rows])
    # A subtracted current leaves the cell without the conductance, so it is that cell that runs.
    cell_of = np.array([g if kind == "shunting" else 0.0 for kind, g, *_ in rows])
    runs = np.array([row[-1] for row in rows])
    drives = cells[0.0].biophysics(**scales).drive(1e-12 * injected)
    circuit = Circuit(
        populations=[
            Population(f"g{g:g}", int((chosen := runs & (cell_of == g)).sum()), bias=drives[chosen]) for g in SHUNT_HZ
        ]
    )
    by_name = {f"g{g:g}": cell for g, cell in cells.items()}
    schedule = Schedule(duration=0.15, settle=0.0, dt=DT)
    run = simulate(circuit, by_name, schedule=schedule, seed=p.seed, record=("spikes",), progress=False)
    progress.note(engine=run.provenance["engine"])
    engines.append(cross_check("Shunted cells", circuit, by_name, schedule=schedule, seed=p.seed))
    rates = np.full(len(rows), math.nan)
    for g in SHUNT_HZ:
        rates[runs & (cell_of == g)] = _rates_of(run, f"g{g:g}", after=math.inf)
    found = []
    for (kind, g, current, _), cell, drive, net, rate in zip(rows, cell_of, drives, injected, rates, strict=True):
        closed = float(cells[cell].transfer(np.array(drive)))
        known = kind == "shunting" and current in PICOAMPERES
        found.append({
            "kind": kind, "g_i": g, "current": current, "closed_form": closed,
            "formula": _shunt_formula(1e-12 * net, 1e-9 * cell),
            "reference": SHUNT_HZ[g][PICOAMPERES.index(current)] if known else math.nan,
            "simulated": rate,
            "interval_error": 1.0 / rate - 1.0 / closed if rate > 0 and closed > 0 else math.nan,
        })  # fmt: skip
    return found


def _memory(p: Parameters, progress: Any, engines: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """A negative drive of several depths, then one positive step: first spike of a LIF neuron, and a rate unit."""
    from neurosim import LIF, Circuit, LeakyRate, Population, Projection, ReLU, Schedule, Stimulus, simulate

    circuit = Circuit({"x": 1}, [Population("cell", 1)], [Projection("drive", "x", "cell", [[1.0]], tau=0.0)])
    movie = np.full((len(DEPTHS), 4, 1), STEP_DRIVE)
    movie[:, 0, 0] = [-depth for depth in DEPTHS]
    stimulus = Stimulus({"x": movie}, frame=HOLD)
    schedule, tau = Schedule(duration=4 * HOLD, settle=0.0, dt=DT), LIF().tau_m
    run = simulate(circuit, LIF(), stimulus, schedule, record=("spikes",), engine=p.engine, progress=False)
    progress.note(engine=run.provenance["engine"])
    engines.append(cross_check("Remembered inhibition", circuit, LIF(), stimulus, schedule))
    spikes = run.spikes["cell"]
    unit = LeakyRate(activation=ReLU(gain=GAIN, threshold=1.0))
    rate = simulate(circuit, unit, stimulus, schedule, record=("rate",), progress=False).traces["cell"].values["rate"]
    for trial, depth in enumerate(DEPTHS):
        v = -depth * -math.expm1(-HOLD / tau)
        yield {
            "depth": depth,
            # A spike is stamped with the start of its step, and the threshold is crossed within the step.
            "latency": float(spikes.of_trial(trial).times.min()) + DT - HOLD,
            "theory": tau * math.log((STEP_DRIVE - v) / (STEP_DRIVE - 1.0)),
            "rate_unit_difference": float(np.abs(rate[:, trial] - rate[:, 0]).max()),
        }


def _noise(p: Parameters, progress: Any) -> Iterable[dict[str, Any]]:
    from neurosim import LIF, Circuit, Population, ReLU, Schedule, simulate

    cell, drives = LIF(sigma_stat=SIGMA), np.array(NOISY_DRIVES)
    circuit = Circuit(populations=[Population("cells", drives.size * p.noisy_cells, bias=drives.repeat(p.noisy_cells))])
    schedule = Schedule(duration=p.noisy_duration, settle=0.1, dt=DT)
    run = simulate(circuit, cell, schedule=schedule, seed=p.seed, engine=p.engine, progress=False)
    progress.note(engine=run.provenance["engine"])
    rates = run.rates["cells"].reshape(drives.size, -1)
    passed = 1.0 + GRID_BIAS * math.sqrt(2.0 * DT / cell.tau_m) * SIGMA
    corrected = LIF(sigma_stat=SIGMA / passed, t_ref=cell.t_ref - DT).transfer
    for drive, found in zip(drives, rates, strict=True):
        yield {
            "drive": drive,
            "rate": float(found.mean()),
            # At least that of one spike among all cells: no spike at all does not make the rate exact.
            "standard_error": max(
                float(found.std(ddof=1) / math.sqrt(found.size)), 1.0 / (found.size * schedule.window)
            ),
            "theory": float(corrected(np.array(drive / passed))),
            "relu": float(ReLU(gain=GAIN, threshold=1.0)(np.array(drive))),
        }


# ---------------------------------------------------------------- what a bias can and cannot do


def _adaptation(count: int, rng: np.random.Generator) -> Iterable[dict[str, Any]]:
    """A ReLU layer whose input is translated or rotated by the same distance, with the old and the best bias."""
    from neurosim import ReLU

    inputs, units, relu = 10, 32, ReLU()
    W, b = rng.standard_normal((units, inputs)) / math.sqrt(inputs), 0.3 * rng.standard_normal(units)
    x = rng.standard_normal((count, inputs))
    basis = np.linalg.qr(rng.standard_normal((inputs, inputs)))[0]
    target, length = relu(x @ W.T + b), math.sqrt(float((x**2).sum(axis=1).mean()))
    power = math.sqrt(float((target**2).mean()))
    for degrees in (5, 10, 20, 30, 45, 60, 90):
        angle = math.radians(degrees)
        turn = np.kron(np.eye(inputs // 2), [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        moved = 2.0 * math.sin(angle / 2.0)  # turning every plane by one angle moves every pattern by this share
        d = moved * length * basis[:, 0]
        rotated = x @ (basis @ turn @ basis.T).T
        for change, size, shown, best in (
            ("translation", moved * length, x + d, b - W @ d),
            ("rotation", float(degrees), rotated, _best_bias(rotated @ W.T, target)),
        ):
            error = relu(shown @ W.T + best) - target
            before = relu(shown @ W.T + b) - target
            yield {
                "change": change,
                "size": size,
                "displacement": math.sqrt(float(((shown - x) ** 2).sum(axis=1).mean())) / length,
                "before": math.sqrt(float((before**2).mean())) / power,
                "residual": math.sqrt(float((error**2).mean())) / power,
                "largest": float(np.abs(error).max()),
            }


def _best_bias(drive: Any, target: Any) -> Any:
    """Per unit the bias in steps of 0.02 with the smallest squared error of its rectified output."""
    candidates = np.arange(-3.0, 3.01, 0.02)
    errors = [((np.maximum(drive + c, 0.0) - target) ** 2).mean(axis=0) for c in candidates]
    return candidates[np.argmin(errors, axis=0)]


def _readout(seeds: int, rng: np.random.Generator) -> Iterable[dict[str, Any]]:
    """Gradient steps of a linear read-out on random hidden units, in the eigenbasis of their second moments."""
    from neurosim import activations

    for seed in range(seeds):
        x, W = rng.standard_normal((4000, 16)), rng.standard_normal((UNITS, 16))
        drive = x @ (W / np.linalg.norm(W, axis=1, keepdims=True)).T
        y = np.tanh(x @ rng.standard_normal((16, 8))).sum(axis=1)
        for name in READ_OUT:
            raw = activations.known()[name]()(drive)
            for centred in (False, True):
                h = raw - raw.mean(axis=0) if centred else raw
                values, vectors = np.linalg.eigh(h.T @ h / len(h))
                best = vectors.T @ np.linalg.solve(h.T @ h, h.T @ y)
                gains, shares = values * best**2, 1.0 - values / values.max()
                low, high = 0, 2**24
                while high - low > 1:
                    middle = (low + high) // 2
                    left = float(gains @ shares ** (2.0 * middle)) > 0.01 * float(gains.sum())
                    low, high = (middle, high) if left else (low, middle)
                yield {"activation": name, "centred": centred, "seed": seed, "steps": high}


def _convolution() -> Iterable[dict[str, Any]]:
    for k, height, width, channels in CONVOLUTIONS:
        index = np.arange(height * width * channels).reshape(height, width, channels)
        fields = np.lib.stride_tricks.sliding_window_view(index, (k, k, channels)).reshape(-1, k * k * channels)
        ordered = np.sort(fields, axis=1)
        counted = 1 + (np.diff(ordered, axis=1) > 0).sum(axis=1)
        yield {
            "layer": f"{k} x {k} on {height} x {width} x {channels}",
            "kernel": k,
            "inputs": index.size,
            "connections": int(counted.max()),
            "density": float(counted.mean()) / index.size,
            "formula": k * k * channels / (height * width * channels),
        }


# ---------------------------------------------------------------- cost

INSTRUCTIONS = {
    ("maximum", "float32"): 1, ("maximum", "float64"): 1, ("add", "float32"): 1, ("add", "float64"): 1,
    ("exp", "float32"): 34, ("exp", "float64"): 57, ("expit", "float32"): 37, ("tanh", "float32"): 119,
    ("erf", "float32"): 127,
}  # fmt: skip
"""Instructions of one call of the C library glibc 2.36 on x86-64 (sigmoid by expf, GELU by erff), counted elsewhere.

Times of this machine are shown, and nothing is concluded from them.
"""
_WIDTH = 1024


def _element_cost(rounds: int) -> Iterable[dict[str, Any]]:
    from scipy.special import erf, expit

    size, calls = 8192, 4
    for dtype in (np.float64, np.float32):
        x = np.random.default_rng(0).standard_normal(size).astype(dtype)
        out, zero = np.empty_like(x), np.zeros_like(x)
        functions: dict[str, Callable[[], Any]] = {
            # An array of zeros: with the number 0 NumPy leaves its fastest loop.
            "maximum": lambda x=x, o=out, z=zero: np.maximum(x, z, out=o),
            "add": lambda x=x, o=out, z=zero: np.add(x, z, out=o),
            "exp": lambda x=x, o=out: np.exp(x, out=o),
            "tanh": lambda x=x, o=out: np.tanh(x, out=o),
            "expit": lambda x=x, o=out: expit(x, out=o),
            "erf": lambda x=x, o=out: erf(x, out=o),
        }
        yield from _timed("element", functions, rounds, calls, size, np.dtype(dtype).name)


def _layer_cost(rounds: int) -> Iterable[dict[str, Any]]:
    from scipy.special import expit
    from threadpoolctl import threadpool_limits

    batch, width = 64, _WIDTH
    rng = np.random.default_rng(0)
    x, g = (rng.standard_normal((batch, width)).astype(np.float32) for _ in range(2))
    w = (rng.standard_normal((width, width)) / math.sqrt(width)).astype(np.float32)
    zero = np.zeros_like(x)

    def step(f: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Callable[[], Any]:
        def train() -> Any:
            r = f(x @ w)
            back = g * slope(r)
            return x.T @ back, back @ w.T

        return train

    functions = {
        "ReLU": step(lambda h: np.maximum(h, zero), lambda r: r > 0),
        "Sigmoid": step(expit, lambda r: r * (1 - r)),
        "Tanh": step(np.tanh, lambda r: 1 - r * r),
    }
    with threadpool_limits(1):  # one core, so that the matrix product is timed and not the wait for the other
        yield from _timed("layer", functions, rounds, 1, batch * width, "float32")


def _timed(
    kind: str, functions: Mapping[str, Callable[[], Any]], rounds: int, calls: int, size: int, dtype: str
) -> Iterable[dict[str, Any]]:
    """Times of interleaved rounds: what else the machine does slows neighbours alike, so ratios within a round hold."""
    clock = {name: np.empty(rounds) for name in functions}
    for k in range(-1, rounds):  # the first round warms up and is overwritten
        for name, call in functions.items():
            start = time.perf_counter()
            for _ in range(calls):
                call()
            clock[name][k] = (time.perf_counter() - start) / calls / size * 1e9
    first = next(iter(functions))
    for name, t in clock.items():
        yield {
            "kind": kind,
            "name": name,
            "dtype": dtype,
            "time": float(np.median(t)),
            "reference": first,
            "low": float(np.percentile(t, 10)),
            "high": float(np.percentile(t, 90)),
            "ratio": float(np.median(t / clock[first])),
            "instructions": float(INSTRUCTIONS.get((name, dtype), math.nan)),
        }


# ---------------------------------------------------------------- for the figure


def _scaled(name: str, f: Any) -> float:
    return float(f(np.array(3.0))) if name in NEURONS else 1.0


def _curves() -> Iterable[dict[str, Any]]:
    drive, every = np.linspace(-3.0, 3.0, 241), _elementwise()
    for name in SHOWN:
        f = every[name]
        r, slope = f(drive) / _scaled(name, f), f.derivative(drive) / _scaled(name, f)
        for x, y, dy in zip(drive, r, slope, strict=True):
            yield {"activation": name, "drive": x, "activity": y, "slope": dy if abs(dy) < 3.0 else math.nan}


def _shift_curves() -> Iterable[dict[str, Any]]:
    from neurosim import LIF

    curve, drive = LIF().transfer, np.linspace(0.0, 4.1, 206)
    for b in (SHIFTS[0], SHIFTS[-1]):
        found = {("static", "bias"): GAIN * np.maximum(drive - b - 1.0, 0.0), ("spiking", "bias"): curve(drive - b)}
        found["spiking", "raised threshold"] = curve(drive / (1.0 + b))
        for (rung, route), rates in found.items():
            for e, rate in zip(drive, rates, strict=True):
                yield {"rung": rung, "route": route, "shift": b, "drive": e, "rate": rate}


def _histogram() -> Iterable[dict[str, Any]]:
    from scipy.special import ndtri

    z, every = ndtri((np.arange(20_000) + 0.5) / 20_000), _elementwise()
    edges = np.linspace(-2.0, 3.0, 51)
    for name in SHOWN:
        r = every[name](z) / _scaled(name, every[name])
        share = np.histogram(r[r != 0.0], edges)[0] / z.size
        for low, high, part in zip(edges[:-1], edges[1:], share, strict=True):
            yield {"activation": name, "low": low, "high": high, "share": part}


# ---------------------------------------------------------------- findings


def findings(tables: Mapping[str, Any]) -> list[Finding]:
    """Checks against theory, then the claims, then numbers worth knowing."""
    return [
        *_check_moments(tables),
        *_check_sparseness(tables),
        *_check_inhibition(tables),
        *_check_memory_and_cost(tables),
        *_claims_on_curves(tables),
        *_claims_on_sparsity(tables),
        *_claims_on_bias(tables),
        *_claims_on_cost(tables),
        *_reports(tables),
        *cross_check_findings(tables["engines"]),
    ]


def _worst(values: Any) -> float:
    """Largest magnitude; infinite if any is missing, so that a hole in a table cannot pass."""
    array = np.abs(np.asarray(values, dtype=float))
    return math.inf if array.size == 0 or np.isnan(array).any() else float(array.max())


def _deviations(found: Any, expected: Any, error: Any) -> float:
    """Largest distance in standard errors; where nothing varies it must be rounding."""
    distance, error = np.abs(np.asarray(found) - np.asarray(expected)), np.asarray(error, dtype=float)
    return _worst(
        np.where(error > 1e-12, distance / np.maximum(error, 1e-12), np.where(distance < 1e-9, 0.0, math.inf))
    )


def _check_moments(tables: Mapping[str, Any]) -> list[Finding]:
    atlas, textbook, samples = tables["atlas"], tables["textbook"], tables["samples"]
    known = textbook[textbook.reference.notna()]
    finite, continuous = np.isfinite(atlas.mean_square_slope), atlas.activation != "Step"
    rules = samples.sort_values("moment")
    made = [
        Finding.check(
            "moments-reference", f"The moments of {known.activation.nunique()} activations are the reference values.",
            "largest difference from a reference value", _worst(known.package - known.reference),
            expected=0.0, tolerance=1e-6, reason="the references have 6 decimals",
        ),
        Finding.check(
            "moments-formula", "The moments of the package's curves are those of the textbook formulas.",
            "largest difference from adaptive quadrature of the formula", _worst(textbook.package - textbook.formula),
            expected=0.0, tolerance=1e-9, reason="two quadratures whose own error is below 1e-12",
        ),
        Finding.check(
            "stein", "E f' = E z f for every curve without a jump whose mean square slope is finite.",
            "largest relative difference",
            _worst((atlas.mean_slope / atlas.stein - 1.0)[finite & continuous]),
            expected=0.0, tolerance=1e-6, reason="value and derivative are integrated apart; quadrature error",
            source="Stein, Ann Stat 9 (1981), lemma 1",
        ),
        Finding.check(
            "samples", f"{len(rules)} sampled moments and zero fractions agree with the integrals.",
            "largest difference in standard errors",
            _deviations(rules.sampled, rules.integral, rules.standard_error),
            at_most=4.0, reason="four standard errors of a mean over random drives",
        ),
    ]  # fmt: skip
    values = tables["constants"].set_index("name").value
    for number, (name, (reference, tolerance, reason)) in enumerate(EXACT.items()):
        made.append(
            Finding.check(
                f"constant-{number:02d}", f"{name}: {reference:.10g}.", name, values.get(name, math.nan),
                expected=reference, tolerance=tolerance, reason=reason,
            )
        )  # fmt: skip
    return made


def _check_sparseness(tables: Mapping[str, Any]) -> list[Finding]:
    table, vectors = tables["thresholds"], tables["vectors"]
    known = table[table.reference.notna()]
    # A kurtosis is given with 6 digits in all, the other measures with 6 decimals.
    limit = np.where(known.measure == "kurtosis", np.maximum(1e-6, 5.1e-6 * known.reference.abs()), 1e-6)
    limit = np.where((known.measure == "second_moment") & (known.reference > 1), 5e-6, limit)
    sampled = table[table.sampled.notna()]
    return [
        Finding.check(
            "thresholds-reference", "Moments and sparseness indices of ReLU(z - b) are the reference values.",
            "largest difference, in units of the last digit of the reference",
            _worst((known.integral - known.reference) / limit) if len(known) == 8 * len(RECTIFIED) else math.inf,
            at_most=1.0, reason="1e-6, or the sixth digit where the reference has 6 digits in all",
        ),
        Finding.check(
            "thresholds-sampled", f"The package's indices of {len(sampled)} samples agree with the integrals.",
            "largest difference in standard errors",
            _deviations(sampled.sampled, sampled.expected, sampled.standard_error),
            at_most=4.0, reason="four standard errors, jackknife over 50 batches",
        ),
        Finding.check(
            "vectors", "The sparseness indices of four vectors are those of the formulas.",
            "largest difference from plain Python", _worst(vectors.package - vectors.by_hand),
            expected=0.0, tolerance=1e-12, reason="the same sums in another order: rounding only",
        ),
        Finding.check(
            "vectors-reference", "The sparseness indices of four vectors are the reference values.",
            "largest difference from a reference value", _worst(vectors.package - vectors.reference),
            expected=0.0, tolerance=1e-6, reason="the references have 6 decimals",
        ),
    ]  # fmt: skip


def _check_inhibition(tables: Mapping[str, Any]) -> list[Finding]:
    table, shunt = tables["inhibition"], tables["shunting"]
    graded, spiking = table[table.rung != "spiking"], table[table.rung == "spiking"]
    static, rate = (graded[graded.rung == rung] for rung in ("static", "rate"))
    steady = spiking[spiking.route != "inhibitory unit"]
    pulsed = spiking[(spiking.route == "inhibitory unit") & (spiking.theory > 20.0)]
    shunting = shunt[shunt.kind == "shunting"]
    known, simulated = shunting[shunting.reference.notna()], shunt[shunt.simulated.notna()]
    firing = simulated[simulated.closed_form > 0]
    return [
        Finding.check(
            "static-shift", "Static unit: bias, current, inhibitory unit and threshold shift alike.",
            "largest difference from gain * max(0, drive - 1 - b)", _worst(static.rate - static.theory), unit="Hz",
            expected=0.0, tolerance=1e-9, reason="a feed-forward pass: rounding only",
        ),
        Finding.check(
            "rate-shift", "Rate unit: bias, current, inhibitory unit and threshold shift alike.",
            "largest difference from gain * max(0, drive - 1 - b)", _worst(rate.rate - rate.theory), unit="Hz",
            expected=0.0, tolerance=5e-3, reason="five times the integration's tolerance (1e-5 of 100 Hz)",
        ),
        Finding.check(
            "lif-onset", "LIF: each steady route moves the rheobase by b: silent 0.005 below it, firing 0.005 above.",
            "conditions in which silence and theory disagree", float(((steady.rate > 0) != (steady.theory > 0)).sum()),
            expected=0.0, tolerance=0.0, reason="a count",
        ),
        *_interval_checks(
            "lif-interval", "LIF under bias, inhibitory current or raised threshold", steady[steady.theory > 0],
            -1e-4, 0.0, "with a refractory period Brian2's interval is up to one step (0.1 ms) short",
        ),
        Finding.check(
            "lif-unit", "LIF: one inhibitory unit with w r = b acts like the bias, up to the ripple of its spikes.",
            "largest relative difference of the rate, where it is above 20 Hz",
            _worst(pulsed.rate / pulsed.theory - 1.0), at_most=0.03,
            reason="10 ms between spikes through a 30 ms synapse; seen 1.1 %, where the cell locks to the unit",
        ),
        Finding.check(
            "shunting-reference", "The closed form of the shunted LIF neuron gives the reference rates.",
            "largest difference", _worst(known.closed_form - known.reference) if len(known) == 12 else math.inf,
            unit="Hz", expected=0.0, tolerance=1e-6, reason="the references have 6 decimals",
            source="Holt & Koch, Neural Comput 9 (1997)",
        ),
        Finding.check(
            "shunting-formula", "The closed form is the textbook formula in amperes and siemens.",
            "largest difference", _worst(shunt.closed_form - shunt.formula), unit="Hz",
            expected=0.0, tolerance=1e-9, reason="two ways to write one formula: rounding only",
        ),
        Finding.check(
            "shunting-onset", "A shunt of 0, 5, 10, 20 nS sets the rheobase to 200, 300, 400, 600 pA.",
            "conditions (3 % below to 3 % above, and beyond) in which silence and theory disagree",
            float(((simulated.simulated > 0) != (simulated.closed_form > 0)).sum()),
            expected=0.0, tolerance=0.0, reason="a count",
        ),
        *_interval_checks(
            "shunting-interval", "LIF under shunting or subtractive inhibition, no refractory period", firing,
            0.0, 1e-4, "without a refractory period the interval is rounded up to whole steps (0.1 ms)",
        ),
        Finding.check(
            "shunting-slope", "Shunting does not divide: between 1 and 2 nA the slope under 20 nS is that without.",
            "slope ratio, 20 nS over 0", _slope(shunting, 20.0) / _slope(shunting, 0.0), at_least=0.98,
            reason="division would give 1/3, the ratio of the conductances; secants 0.256848 and 0.250490 Hz/pA",
        ),
    ]  # fmt: skip


def _interval_checks(name: str, what: str, rows: Any, low: float, high: float, reason: str) -> list[Finding]:
    """Both ends of the interspike interval error; rounding of a time stamp is 1e-9 s at most."""
    errors = rows.interval_error
    complete = len(errors) > 0 and not errors.isna().any()
    return [
        Finding.check(
            f"{name}-{end}", f"{what}: the interval is right to one time step ({end} error).",
            f"{end} difference of the interspike interval from theory", value if complete else math.nan, unit="s",
            at_least=low - 1e-9, at_most=high + 1e-9, reason=reason,
        )
        for end, value in (("smallest", errors.min()), ("largest", errors.max()))
    ]  # fmt: skip


def _slope(rows: Any, g: float) -> float:
    """Secant of the f-I curve between 1 and 2 nA in Hz/pA."""
    rates = rows[rows.g_i == g].set_index("current").closed_form
    return float(rates[2000.0] - rates[1000.0]) / 1000.0


def _check_memory_and_cost(tables: Mapping[str, Any]) -> list[Finding]:
    noise = tables["noise"]
    adaptation, late = tables["adaptation"], tables["memory"].latency - tables["memory"].theory
    moved = adaptation[adaptation.change == "translation"]
    error = np.maximum(noise.standard_error, 0.02 * noise.theory / 4.0)
    return [
        Finding.check(
            "memory", "LIF: after negative drive the first spike comes as much later as the charging time says.",
            "largest difference of the first-spike latency from tau ln((I - v)/(I - 1))", _worst(late), unit="s",
            expected=0.0, tolerance=1e-4 + 1e-9, reason="the threshold is crossed within a step of 0.1 ms",
        ),
        Finding.check(
            "noise", "Noisy LIF: sub-threshold rates are Siegert's, with the threshold corrected for the time step.",
            "largest difference in standard errors (2 % of the rate counts as four)",
            _deviations(noise.rate, noise.theory, error), at_most=4.0,
            reason="four standard errors over cells, or 2 % where that is more: the correction is a first-order one",
            source="Siegert, Phys Rev 81 (1951); Broadie, Glasserman & Kou, Math Finance 7 (1997)",
        ),
        Finding.check(
            "translation", "The bias b - W d undoes the translation x + d of the input of a ReLU layer.",
            "largest absolute error of an output", _worst(moved.largest), expected=0.0, tolerance=1e-12,
            reason="the same sum in another order: rounding only",
        ),
        Finding.check(
            "convolution", "A unit of a convolution has k^2 C of H W C inputs.",
            "largest difference of the counted density from the formula",
            _worst(tables["convolution"].density - tables["convolution"].formula), expected=0.0, tolerance=1e-15,
            reason="a count",
        ),
    ]  # fmt: skip


def _instructions(cost: Any, name: str, dtype: str = "float32") -> float:
    """Instructions per element, as counted for the C library."""
    rows = cost[(cost.kind == "element") & (cost.dtype == dtype)].set_index("name")
    return float(rows.instructions[name])


def _claims_on_curves(tables: Mapping[str, Any]) -> list[Finding]:
    atlas = tables["atlas"].set_index("activation")
    values, steps = tables["constants"].set_index("name").value, _median_steps(tables)
    named = {name: float(atlas.not_affine[name]) for name in ("ReLU", "Sigmoid", "Tanh")}
    named["Softmax"] = float(tables["population"].set_index("activation").not_affine["Softmax"].min())
    return [
        Finding.claim(
            "A3-01", "Softmax, ReLU, sigmoid and tanh are all non-linear activations.",
            "smallest departure from a straight line over drives -3..3, over the range", min(named.values()),
            supported=above(0.01),
            reason=f"a straight line has 0 (identity: {atlas.not_affine['Identity']:.1g}); "
            + ", ".join(f"{name} {value:.2f}" for name, value in named.items()),
        ),
        Finding.claim_of_parts(
            "A4-04", "The sigmoid squashes to (0, 1) and so keeps weights stable.",
            {
                "its values lie between 0 and 1": bool(atlas.lowest["Sigmoid"] > 0 and atlas.highest["Sigmoid"] <= 1),
                "its activity, which scales the next layer's weight changes, stays bounded": bool(
                    np.isfinite(atlas.highest["Sigmoid"]) and atlas.highest["Sigmoid"] < atlas.highest["ReLU"]
                ),
                "it passes gradients on at full size (chi within 20 % of 1)": bool(0.8 <= atlas.chi["Sigmoid"] <= 1.2),
            },
            reason=f"a bounded activity bounds weight changes; but chi is {atlas.chi['Sigmoid']:.3f} per layer",
        ),
        Finding.claim(
            "A4-05", "The mean of the sigmoid is not zero, which shifts the next layer.",
            "share of the second moment that is mean", atlas.bias_shift_index["Sigmoid"], supported=above(0.1),
            reason="a tenth of the input power as a constant offset counts as a shift; tanh has 0",
        ),
        Finding.claim(
            "A4-12", "ReLU is not zero-mean.", "E ReLU(z)", atlas["mean"]["ReLU"], supported=above(0.1),
            reason="a tenth of the standard deviation of the drive",
        ),
        Finding.claim_of_parts(
            "A1-42", "ReLU shifts the mean of what the next layer sees, and an offset restores it.",
            {
                "a tenth or more of ReLU's second moment is mean": bool(atlas.bias_shift_index["ReLU"] >= 0.1),
                "tanh and SELU have no such shift": bool(atlas.bias_shift_index[["Tanh", "SELU"]].max() <= 1e-6),
                "with the mean taken off, a read-out of ReLU learns at least twice as fast": bool(
                    steps["ReLU", False] >= 2.0 * steps["ReLU", True]
                ),
            },
            reason=f"index {atlas.bias_shift_index['ReLU']:.3f}; median steps {steps['ReLU', False]:.0f} raw and "
            f"{steps['ReLU', True]:.0f} centred",
        ),
        Finding.claim_of_parts(
            "A2-14", "ELU has a mean closer to zero than ReLU and learns faster.",
            {
                "its mean is closer to zero": bool(abs(atlas["mean"]["ELU"]) < abs(atlas["mean"]["ReLU"])),
                "a read-out of ELU units takes at most half the steps": bool(
                    2.0 * steps["ELU", False] <= steps["ReLU", False]
                ),
                "it still takes at most half once every unit's mean is taken off": bool(
                    2.0 * steps["ELU", True] <= steps["ReLU", True]
                ),
            },
            reason=f"median steps to 1 % of the reducible error: ReLU {steps['ReLU', False]:.0f}, "
            f"ELU {steps['ELU', False]:.0f}; centred {steps['ReLU', True]:.0f} and {steps['ELU', True]:.0f}: "
            "the gain is the mean's, and goes with it",
        ),
        _claim_gelu(values, _instructions(tables["cost"], "erf")),
    ]  # fmt: skip


def _median_steps(tables: Mapping[str, Any]) -> dict[tuple[str, bool], float]:
    grouped = tables["readout"].groupby(["activation", "centred"]).steps.median()
    return {(str(name), bool(centred)): float(steps) for (name, centred), steps in grouped.items()}


def _claim_gelu(values: Any, dearer: float) -> Finding:
    tangent = float(values["GELU departure from its tangent z/2, |z| <= 0.1"])
    slope = float(values["GELU slope at 3"])
    silent = float(values["GELU mean squared slope where ReLU is silent"])
    return Finding.claim_of_parts(
        "A4-18",
        "GELU is z Phi(z) with a tanh form, linear near 0, saturated away from it, with better gradients, and dearer.",
        {
            "it is z Phi(z)": bool(values["GELU minus z * Phi(z) by math.erf, largest"] <= 1e-12),
            "the tanh form is within 0.001": bool(values["GELU minus its tanh form, largest"] <= 1e-3),
            "it stays within 10 % of its tangent for |z| <= 0.1": bool(tangent <= 0.1),
            "it saturates for large positive drive as well": bool(abs(slope) <= 0.1),
            "gradients pass where ReLU is silent": bool(silent > 0.01),
            f"erf takes more instructions ({dearer:.0f}) than a maximum (1)": bool(dearer > 1.0),
        },
        reason=f"the slope is {values['GELU slope at 0']:.3g} at 0 and {slope:.3f} at 3: it saturates on the negative "
        "side only",
        source="Hendrycks & Gimpel, arXiv:1606.08415 (2016)",
    )


def _claims_on_sparsity(tables: Mapping[str, Any]) -> list[Finding]:
    atlas, table = tables["atlas"].set_index("activation"), tables["thresholds"]
    population, convolution = tables["population"], tables["convolution"]
    sparse = table[(table.b.round(6) == 1.750686) & (table.measure == "active_fraction")].sampled
    rising = all(
        (np.diff(rows.sort_values("b").integral) > 0).all()
        for name, rows in table.groupby("measure")
        if name in ("vinje_gallant", "hoyer", "gini")
    )
    soft = population[(population.activation == "Softmax") & (population.drive_sd == 8.0)].iloc[0]
    smooth = ["GELU", "SiLU", "ELU", "SELU", "LeakyReLU", "Softplus"]
    leaky = float(atlas.exact_zero_fraction[["LeakyReLU", "SELU"]].max())
    gradients = atlas.mean_square_slope
    decoding = tables["decoding"].sort_values("b")
    last = decoding.iloc[-1]
    return [
        Finding.claim_of_parts(
            "A0-01", "In a sparse representation most elements are zero or nearly zero.",
            {
                "exactly zero: ReLU with 4 % active": bool(1.0 - float(sparse.iloc[0]) > 0.5),
                "nearly zero without one exact zero: a peaked softmax": bool(
                    soft.near_zero_fraction > 0.5 and soft.exact_zero_fraction == 0.0
                ),
                "the three indices of sparseness rise with the share of zeros": bool(rising),
            },
            reason=f"a definition; zero and nearly zero differ: at unit drive {', '.join(smooth)} have no exact zeros "
            f"and at most {atlas.near_zero_fraction[smooth].max():.0%} near zeros",
        ),
        Finding.claim(
            "A1-28", "Leaky ReLU and SELU balance sparsity against gradients.",
            "largest share of exact zeros of leaky ReLU and SELU", leaky, supported=above(0.25), partly=above(0.01),
            reason=f"half of ReLU's zeros would be a balance; only the gradient is kept (E f'^2: leaky "
            f"{gradients['LeakyReLU']:.3f}, SELU {gradients['SELU']:.3f}, ReLU {gradients['ReLU']:.3f})",
        ),
        Finding.claim(
            "A1-17", "Convolutional networks are structurally sparse.",
            "largest share of the input that a unit is connected to, of three layers", convolution.density.max(),
            supported=below(0.1), partly=below(0.5), reason="counted on the input grid; a tenth of all connections",
        ),
        Finding.claim(
            "A1-29", "Convolution gives structural sparsity.",
            "share of a dense layer's connections that convolution leaves out, smallest of three layers",
            1.0 - convolution.density.max(), supported=above(0.9), partly=above(0.5),
            reason="counted as A1-17: connections that a dense layer has and the convolution has not",
        ),
        Finding.claim_of_parts(
            "A1-49", "Too large a bias shift destroys features.",
            {
                "the recoverable share of the drive falls with every step of the threshold": bool(
                    (np.diff(decoding.explained) < 0).all()
                ),
                "with 1 % active less than a tenth is left": bool(last.explained < 0.1),
            },
            reason=f"a line through ReLU(z - b) recovers {last.explained:.1%} of the variance of z at "
            f"b = {last.b:.3f}, where {last.active_fraction:.0%} of the units are active",
        ),
    ]  # fmt: skip


def _claims_on_bias(tables: Mapping[str, Any]) -> list[Finding]:
    table, memory, noise = tables["inhibition"], tables["memory"], tables["noise"]
    adaptation, gaba = tables["adaptation"], table[table.route != "raised threshold"]
    static, bias = gaba[gaba.rung == "static"], table[table.route == "bias"]
    graded, spiking = bias[bias.rung != "spiking"], bias[bias.rung == "spiking"]
    below_threshold, delay = noise[noise.drive < 1.0], float(memory.latency.max() - memory.latency.min())
    turned = adaptation[adaptation.change == "rotation"]
    moved = adaptation[adaptation.change == "translation"]
    negative = tables["atlas"].set_index("activation").lowest["ReLU"]
    return [
        Finding.claim_of_parts(
            "A0-09", "ReLU's zero for negative input models inhibition; negative input is completely ignored.",
            {
                "inhibition with w r = b is the bias -b of a ReLU unit": _worst(static.rate - static.theory) <= 1e-9,
                "a ReLU unit gives 0 for every negative drive": bool(negative == 0.0),
                "a LIF neuron forgets how negative its drive was (latency within 1 ms)": delay <= 1e-3,
                "a noisy LIF neuron is silent below threshold (under 0.1 Hz)": bool(below_threshold.rate.max() < 0.1),
            },
            reason=f"negative drive of {memory.depth.max():g} delays the next spike by {1e3 * delay:.1f} ms, and drive "
            f"{below_threshold.drive.max():g} in noise gives {below_threshold.rate.max():.1f} Hz: the zero is a floor "
            "that inhibition may lead to, not inhibition",
        ),
        Finding.claim_of_parts(
            "A1-38", "The bias sets the activation threshold and allows an output at zero input.",
            {
                "static and rate unit: active exactly where the drive exceeds 1 + b": bool(
                    (graded.rate.gt(1e-3) == (graded.theory > 0)).all()
                ),
                "LIF neuron: the rheobase moves by b": bool((spiking.rate.gt(0) == (spiking.theory > 0)).all()),
                "a negative threshold gives output at zero input": bool(
                    float(tables["thresholds"].query("b == -1.0 and measure == 'mean'").integral.iloc[0]) > 0.5
                ),
            },
            reason="onset on either side of the threshold, 0.005 apart, for three shifts",
        ),
        Finding.claim_of_parts(
            "A1-41", "Tuning only the biases at fixed weights adapts a network to a new domain.",
            {
                "a translation of the input is undone exactly": _worst(moved.largest) <= 1e-12,
                "a rotation is undone to 1 %": _worst(turned.residual) <= 0.01,
            },
            reason=f"after rotations by {turned['size'].min():.0f} to {turned['size'].max():.0f} degrees the best bias "
            f"leaves errors of {turned.residual.min():.0%} to {turned.residual.max():.0%} of the output's rms",
        ),
    ]  # fmt: skip


def _claims_on_cost(tables: Mapping[str, Any]) -> list[Finding]:
    cost = tables["cost"]
    exponential = max(_instructions(cost, "exp"), _instructions(cost, "exp", "float64"))
    relu, element = _instructions(cost, "maximum"), _instructions(cost, "expit")
    # Forward, and backward to the weights and to the inputs: three products with as many terms as there are units.
    layer = (3 * _WIDTH + element) / (3 * _WIDTH + relu)
    return [
        Finding.claim(
            "A4-06", "An exponential takes hundreds of instructions on a CPU.",
            "instructions of one exp of the C library, the larger of two number formats", exponential,
            supported=above(200.0), partly=above(100.0), reason="hundreds are at least two",
            source="glibc 2.36 on x86-64 (quoted, not counted here)",
        ),
        Finding.claim(
            "A4-10", "ReLU is a single instruction.",
            "instructions of a maximum", relu, supported=below(1.5), partly=below(3.0),
            reason="the instruction set has one (maxss)", source="x86-64 (quoted, not counted here)",
        ),
        Finding.claim_of_parts(
            "A2-05", "Without an exponential, training time and cost fall significantly.",
            {
                "per element, a sigmoid takes at least twice the instructions of a ReLU": element >= 2.0 * relu,
                f"a training step of a layer of {_WIDTH} units takes a quarter more operations with sigmoid": (
                    layer >= 1.25
                ),
            },
            reason=f"per element {element / relu:.0f} times, per layer {layer:.2f} times: the n^2 products of a layer "
            "stand against n activations, and 1.25 is reached below 48 units only",
        ),
    ]  # fmt: skip


def _reports(tables: Mapping[str, Any]) -> list[Finding]:
    atlas, shunt, table = tables["atlas"].set_index("activation"), tables["shunting"], tables["inhibition"]
    high = shunt[shunt.current == 2000.0].set_index(["kind", "g_i"]).closed_form
    spiking = table[(table.rung == "spiking") & (table["shift"] == 1.0) & (table.drive == 4.0)].set_index("route").rate
    near = table[
        (table.rung == "spiking") & (table.route == "inhibitory unit") & (table["shift"] > 0) & (table.theory == 0)
    ]
    infinite = ", ".join(atlas.index[np.isinf(atlas.mean_square_slope)])
    return [
        Finding.report(
            "half-shift", "Far above threshold a shunt costs half of what the current of the same rheobase costs.",
            "rate lost at 2 nA to 20 nS, over that lost to the current",
            (high["shunting", 0.0] - high["shunting", 20.0]) / (high["subtractive", 0.0] - high["subtractive", 20.0]),
            reason="rate -> I/(C theta) - g/(2 C): a shift by g theta / 2, while the rheobase moves by g theta",
        ),
        Finding.report(
            "raised-threshold", "In a LIF neuron a raised threshold is more than a bias: it lengthens the climb.",
            "rate with the threshold raised by 1 over that with the bias -1, at drive 4",
            spiking["raised threshold"] / spiking["bias"] if spiking["bias"] > 0 else math.nan,
        ),
        Finding.report(
            "gaps", "Just below threshold, spikes of one inhibitory unit leave gaps in which the LIF neuron fires.",
            "largest rate where a steady inhibition of the same mean silences it", near.rate.max(), unit="Hz",
        ),
        Finding.report(
            "infinite-slope", "The f-I curve of a noiseless neuron starts with an infinite slope.",
            "curves with infinite E f'^2", infinite or "none",
        ),
    ]  # fmt: skip


# ---------------------------------------------------------------- figure


def figure(tables: Mapping[str, Any]) -> Any:
    """The atlas above; below, what a threshold, an inhibition and a bias do, and what an activation costs."""
    from neurosim.plots import label_panels, new_figure, style

    with style("nature-2", height=200):
        fig = new_figure()
        grid = fig.add_gridspec(5, 3, height_ratios=[1.0, 1.0, 1.0, 1.45, 1.45])
        atlas = [fig.add_subplot(grid[row, :]) for row in range(3)]
        _draw_atlas(atlas, tables)
        panels = [fig.add_subplot(grid[3 + k // 3, k % 3]) for k in range(6)]
        draw = (_draw_sparseness, _draw_routes, _draw_shunting, _draw_memory, _draw_adaptation, _draw_cost)
        for ax, one in zip(panels, draw, strict=True):
            one(ax, tables)
        label_panels([atlas[0], *panels])
    return fig


def _draw_atlas(axes: Any, tables: Mapping[str, Any]) -> None:
    """Five curves side by side in each row, all in one Axes: that is drawn much faster than five of them."""
    from neurosim.plots import activation_style, despine

    atlas, curves, histogram = tables["atlas"].set_index("activation"), tables["curves"], tables["histogram"]
    pitch = 7.4
    for k, name in enumerate(SHOWN):
        ax, x = axes[k // 5], pitch * (k % 5)
        look, curve, bins = (
            activation_style(name),
            curves[curves.activation == name],
            histogram[histogram.activation == name],
        )
        share = np.append(np.minimum(12.0 * bins.share, 6.0), 0.0)
        named = {word: word if k == 0 else None for word in ("distribution of the output", "slope", "activity")}
        ax.fill_betweenx(
            [*bins.low, bins.high.iloc[-1]], x - 3.0, x - 3.0 + share, step="post", color="0.82", linewidth=0,
            label=named["distribution of the output"],
        )  # fmt: skip
        ax.hlines(0.0, x - 3.0, x + 3.0, color="0.6", linewidth=0.5, zorder=0.5)
        ax.vlines(x - 3.0, -2.0, 3.0, color="black", linewidth=0.6)
        inside = curve.activity.between(-2.0, 3.0)
        ax.plot(x + curve.drive, curve.slope, color="0.45", linestyle=":", linewidth=0.9, label=named["slope"])
        ax.plot(
            x + curve.drive[inside], curve.activity[inside], color=look.colour, linewidth=1.4, label=named["activity"]
        )
        zeros, chi = atlas.exact_zero_fraction[name], atlas.chi[name]
        factor = "\u221e" if math.isinf(chi) else f"{chi:.2f}"
        ax.text(x - 2.8, 3.0, name, fontweight="bold", va="top")
        ax.text(x - 2.8, 2.4, f"zeros {zeros:.0%}\n\u03c7 {factor}", va="top", fontsize="small")
    ticks = [(pitch * k + z, f"{z:g}") for k in range(5) for z in (-2, 0, 2)]
    for ax in axes:
        ax.set(xlim=(-3.0, 4 * pitch + 3.1), ylim=(-2.0, 3.05), yticks=(-1, 0, 1, 2), ylabel="activity (1)")
        ax.set_xticks([at for at, _ in ticks], [text for _, text in ticks])
        despine(ax)
    axes[-1].set_xlabel("drive (standard deviations)")
    axes[0].legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, fontsize="small")


def _draw_sparseness(ax: Any, tables: Mapping[str, Any]) -> None:
    from neurosim.plots import OKABE_ITO, tidy

    table = tables["thresholds"]
    looks = {
        "active_fraction": ("active fraction", "black", "-", "o"),
        "treves_rolls": ("Treves-Rolls", "orange", "--", "s"),
        "vinje_gallant": ("Vinje-Gallant", "blue", "-", "^"),
        "hoyer": ("Hoyer", "vermillion", "--", "D"),
        "gini": ("Gini", "bluish green", "-.", "v"),
    }
    for measure, (label, colour, dash, marker) in looks.items():
        rows = table[table.measure == measure].sort_values("b")
        line = {"color": OKABE_ITO[colour], "label": label}
        ax.plot(rows.b, rows.integral, linestyle=dash, **line)
        ax.plot(rows.b, rows.sampled, linestyle="none", marker=marker, color=OKABE_ITO[colour], markersize=3)
    ax.set(xlabel="threshold b (sd of the drive)", ylabel="index (dimensionless)", ylim=(0, 1.02), xlim=(-1.05, 2.55))
    ax.legend(loc="center right", fontsize="small", bbox_to_anchor=(1.0, 0.47))
    tidy(ax)


def _draw_routes(ax: Any, tables: Mapping[str, Any]) -> None:
    from neurosim.plots import OKABE_ITO, RUNGS, axis_label, tidy

    table = tables["inhibition"]
    looks = {
        "bias": ("o", "black", 5.0), "inhibitory current": ("s", "sky blue", 3.6),
        "inhibitory unit": ("^", "vermillion", 3.2), "raised threshold": ("D", "bluish green", 2.6),
    }  # fmt: skip
    lines = tables["shift_curves"]
    for (rung, _, _), rows in lines.groupby(["rung", "route", "shift"]):
        look = RUNGS["artificial" if rung == "static" else "spiking"]
        ax.plot(rows.drive, rows.rate, color=look.colour, linewidth=0.8, zorder=1)
    for route, (marker, colour, size) in looks.items():
        rows = table[(table["shift"] == SHIFTS[-1]) & (table.rung != "rate")]
        rows = rows[rows.route == route]
        ax.plot(
            rows.drive, rows.rate, linestyle="none", marker=marker, markersize=size, markeredgecolor=OKABE_ITO[colour],
            markerfacecolor="none", markeredgewidth=0.8, label=route,
        )  # fmt: skip
    ax.text(0.95, 22.0, "b = 0", fontsize="small", ha="right")
    ax.text(3.1, 22.0, "b = 1", fontsize="small", ha="left")
    ax.set(xlabel=axis_label("drive", "1"), ylabel=axis_label("rate", "Hz"), xlim=(0.0, 4.1), ylim=(-3, 112))
    ax.legend(loc="upper left", fontsize="small", handlelength=1.0)
    tidy(ax)


def _draw_shunting(ax: Any, tables: Mapping[str, Any]) -> None:
    from neurosim.plots import OKABE_ITO, axis_label, tidy

    table = tables["shunting"]
    for g, colour in zip(SHUNT_HZ, ("black", "blue", "bluish green", "orange"), strict=True):
        for kind, dash in (("shunting", "-"), ("subtractive", (0, (2, 1.2)))):
            rows = table[(table.g_i == g) & (table.kind == kind)].sort_values("current")
            if g == 0.0 and kind == "subtractive":
                continue
            look = {"color": OKABE_ITO[colour], "label": f"{g:g} nS" if kind == "shunting" else None}
            ax.plot(1e-3 * rows.current, rows.closed_form, linestyle=dash, linewidth=1.0, **look)
            if kind == "shunting":
                ax.plot(1e-3 * rows.current, rows.simulated, "o", color=OKABE_ITO[colour], markersize=3)
    ax.plot([], [], color="0.4", linestyle=(0, (2, 1.2)), linewidth=1.0, label="current of the\nsame rheobase")
    ax.set(
        xlabel=axis_label("injected current", "nA"), ylabel=axis_label("rate", "Hz"), xlim=(0, 2.05), ylim=(-10, 490)
    )
    ax.legend(loc="upper left", fontsize="small", handlelength=1.6)
    tidy(ax)


def _draw_memory(ax: Any, tables: Mapping[str, Any]) -> None:
    from neurosim.plots import OKABE_ITO, RUNGS, axis_label, tidy

    memory, noise = tables["memory"], tables["noise"]
    spikes, silent = {"color": RUNGS["spiking"].colour}, {"color": RUNGS["artificial"].colour, "linestyle": "--"}
    ax.plot(memory.depth, 1e3 * (memory.theory - memory.theory[0]), label="LIF, theory", **spikes)
    ax.plot(memory.depth, 1e3 * (memory.latency - memory.latency[0]), "o", label="LIF, simulated", **spikes)
    ax.plot(memory.depth, 0.0 * memory.depth, label="ReLU, rate unit", **silent)
    ax.set(xlabel="size of earlier negative drive (threshold = 1)", ylabel=axis_label("delay of the first spike", "ms"))
    ax.legend(loc="upper left", fontsize="small")
    inset = ax.inset_axes((0.64, 0.2, 0.34, 0.34))
    look = {"color": OKABE_ITO["blue"], "markersize": 2.5, "linewidth": 0.8}
    inset.errorbar(noise.drive, noise.rate, 2.0 * noise.standard_error, fmt="o", **look)
    inset.plot(noise.drive, noise.theory, **look)
    inset.axhline(0.0, linewidth=0.8, **silent)
    inset.set_title("noisy LIF", fontsize="small", pad=2)
    inset.set_xlabel("drive", fontsize="small", labelpad=1)
    inset.set_ylabel("Hz", fontsize="small", labelpad=1)
    inset.tick_params(labelsize="small", pad=1)
    tidy(ax)
    tidy(inset, ticks=2)


def _draw_adaptation(ax: Any, tables: Mapping[str, Any]) -> None:
    from neurosim.plots import OKABE_ITO, tidy

    table = tables["adaptation"]
    for change, colour, marker in (("rotation", "vermillion", "s"), ("translation", "blue", "o")):
        rows = table[table.change == change]
        look = {"color": OKABE_ITO[colour], "marker": marker, "markersize": 3}
        ax.plot(rows.displacement, rows.before, linestyle=":", label=f"{change}, old bias", markerfacecolor="white",
                markeredgewidth=0.7, **look)  # fmt: skip
        ax.plot(rows.displacement, rows.residual, label=f"{change}, best bias", **look)
    ax.set(xlabel="distance moved (rms length of the input)", ylabel="output error (its rms = 1)", ylim=(-0.04, 1.6))
    ax.legend(loc="upper left", fontsize="small")
    tidy(ax)


def _draw_cost(ax: Any, tables: Mapping[str, Any]) -> None:
    from neurosim.plots import OKABE_ITO, axis_label, tidy

    cost = tables["cost"][tables["cost"].kind == "element"]
    names = list(dict.fromkeys(cost.name))
    for shift, dtype, colour in ((-0.19, "float64", "blue"), (0.19, "float32", "orange")):
        rows = cost[cost.dtype == dtype].set_index("name").loc[names]
        at = np.arange(len(names)) + shift
        ax.barh(at, rows.time, height=0.36, color=OKABE_ITO[colour], label=dtype)
        ax.hlines(at, rows.low, rows.high, color="0.2", linewidth=0.8)
        for y, r in zip(at, rows.ratio, strict=True):
            ax.text(0.115, y, f"{r:.1f}\u00d7", va="center", fontsize="small", color="white" if shift < 0 else "black")
    words = {"maximum": "max (ReLU)", "expit": "sigmoid"}
    ax.set_yticks(range(len(names)), [words.get(name, name) for name in names])
    ax.set_xscale("log")
    ax.set(
        xlabel=axis_label("time per element", "ns"),
        ylim=(len(names) - 0.4, -0.6),
        xlim=(0.1, 3.0 * cost.time.max()),
    )
    ax.legend(loc="upper right", fontsize="small", handlelength=1.0)
    tidy(ax)


def caption(tables: Mapping[str, Any]) -> str:
    """What the panels show; every number comes from the tables."""
    atlas, shunt = tables["atlas"].set_index("activation"), tables["shunting"]
    turned = tables["adaptation"][tables["adaptation"].change == "rotation"]
    fractions = tables["thresholds"][tables["thresholds"].measure == "active_fraction"].set_index("b").integral
    slopes = [_slope(shunt[shunt.kind == "shunting"], g) for g in (20.0, 0.0)]
    delay = 1e3 * float(np.ptp(tables["memory"].latency))
    chi = ", ".join(f"{name} {atlas.chi[name]:.4f}" for name in ("GELU", "Tanh", "Sigmoid"))
    zeros = ", ".join(f"{name} {atlas.exact_zero_fraction[name]:.0%}" for name in ("ReLU", "LIFCurve"))
    return (
        "A Activations (colour) with default parameters, their slope (dotted) and the distribution of their output "
        "for standard normal drive (grey, exact zeros left out); the curves of neurons over their value at drive 3. "
        f"zeros: share of exact zeros ({zeros}); \u03c7: growth of a squared gradient per layer at the weight variance "
        f"that preserves the drive's ({chi}; infinite where a curve starts with infinite slope). "
        "B Active fraction and four indices of sparseness of ReLU(z - b): integrals (lines) and samples (symbols); "
        f"the active fraction is {fractions[1.750686]:.3f} at b = 1.751 and {fractions[2.326348]:.3f} at b = 2.326. "
        "C Rate against drive without a shift (b = 0) and with a shift b = 1 by four routes (symbols: simulated); "
        "orange: threshold-linear static unit, black: LIF neuron, lines: closed forms. In the LIF neuron a raised "
        "threshold lowers the gain as well. "
        "D f-I curve of a LIF neuron under a shunting conductance (solid; points simulated) and under a current with "
        "the same rheobase (dashed). Slope between 1 and 2 nA at 20 nS over that at 0: "
        f"{slopes[0] / slopes[1]:.3f}. "
        f"E Negative drive before a positive step delays the first spike of a LIF neuron by up to {delay:.1f} ms, and "
        "not the response of a threshold-linear unit. Inset: noisy LIF neuron below threshold (points with 2 SE), "
        "Siegert's formula (line) and a threshold-linear unit (dashed). "
        "F Error of a ReLU layer after its input was translated or rotated, with the old bias and with the best one "
        f"(rotation by {turned['size'].iloc[-1]:.0f} degrees: {turned.residual.iloc[-1]:.2f} left). "
        "G Time per element: median, 10th to 90th percentile of interleaved rounds, and the ratio to the maximum, on "
        "the machine named in run.json; nothing is concluded from it."
    )


def summary(tables: Mapping[str, Any]) -> str:
    """One sentence."""
    atlas, cost = tables["atlas"].set_index("activation"), tables["cost"]
    sparse = [name for name in SHOWN if atlas.exact_zero_fraction[name] > 0.01]
    return (
        f"Of the activations shown only {', '.join(sparse)} have exact zeros; bias, threshold and inhibition are one "
        "shift for threshold-linear units, while in a LIF neuron a raised threshold also lowers the gain and negative "
        f"drive is remembered; exp takes {_instructions(cost, 'exp', 'float64'):.0f} instructions, a ReLU one."
    )


def estimate(p: Parameters) -> tuple[float, float]:
    """Seconds and bytes of a run on one core."""
    steps = (p.duration + p.noisy_duration + 0.4) / DT
    return 7.0 + 0.6e-3 * steps + 3e-5 * p.samples, 4e8


if __name__ == "__main__":
    main(__file__)

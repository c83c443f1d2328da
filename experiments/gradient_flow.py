"""Which activations keep gradients and means alive in deep networks?

Random networks of width n with weights of variance s^2/n, no biases: theory of infinite width against simulated
networks. The gradient is followed by the package's own reverse accumulation.

Prediction: the squared gradient changes per layer by s^2 E f'(h)^2. A slope of 1 is not enough: a ReLU passes half of
its drives, so it keeps the gradient with s^2 = 2 and loses a factor of 2 per layer with s^2 = 1 (10^-3.01 over 10
layers). Sigmoid loses 10^-12.6, tanh 10^-1.15 and then ever less, because its drives shrink to where it is linear.
Unbounded activations grow with depth where s^2 is too large. An activity whose mean is not 0 hands on a drive of which
the share (E f)^2/E f^2 is the same for every input. In recurrent networks the weights are the same in every step, and
the gradient goes with a power of their spectral radius. Skip connections keep the gradient where their branches are
small.

Gradients are by the drives of a layer; a ratio over L layers is that of the first over that L layers on.

Sources: Glorot & Bengio, AISTATS (2010); He et al., ICCV (2015), arXiv:1502.01852; Poole et al., NeurIPS (2016),
arXiv:1606.05340; Schoenholz et al., ICLR (2017), arXiv:1611.01232; Klambauer et al., arXiv:1706.02515 (2017); Clevert
et al., arXiv:1511.07289 (2015); LeCun et al., Efficient BackProp (1998); Hunsberger & Eliasmith, arXiv:1510.08829
(2015).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.lab.findings import Finding
from neurosim.params import ParameterError, Params, param

if TYPE_CHECKING:
    from neurosim.activations.base import Activation
    from neurosim.lab.experiment import Tables
    from neurosim.lab.progress import Progress

ORDER = 180
CLAIMS = (
    "A0-16", "A2-02", "A2-06", "A2-08", "A2-11", "A2-17", "A4-03", "A4-07", "A4-08", "A4-11", "A4-14", "A4-17",
)  # fmt: skip
QUICK = {
    "nets": 6,
    "deepest": 10,
    "sign_batches": 5,
    "recurrent_nets": 2,
    "residual_nets": 2,
    "images": 400,
    "radii": (0.5, 1.0, 1.5, 2.0),
    "rates": (0.1, 0.5, 1.5),
    "epochs": 5,
    "training_seeds": 2,
}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """The full run; --quick follows fewer networks through fewer layers."""

    seed: int = param(0, doc="first seed: weights, inputs, order of the images", low=0)
    nets: int = param(20, doc="random networks per activation", low=2)
    width: int = param(512, doc="units per layer", low=8)
    deepest: int = param(50, doc="layers over which the gradient is followed (and over 10 and 20)", low=10, high=200)
    inputs: int = param(64, doc="inputs from which the input-independent share is measured", low=2)
    sign_batches: int = param(10, doc="networks in which signs of weight gradients are counted", low=2)
    sign_trials: int = param(1000, doc="inputs to each of these", low=10)
    recurrent_units: int = param(100, doc="units of the recurrent network", low=4)
    recurrent_nets: int = param(10, doc="recurrent networks", low=2)
    steps: int = param(50, doc="time steps over which the gradient goes back", low=2)
    radii: tuple[float, ...] = param(
        (0.5, 0.8, 1.0, 1.2, 1.5, 2.0), doc="spectral radii of the recurrent weights", above=0
    )
    residual_nets: int = param(5, doc="networks with skip connections", low=2)
    images: int = param(1200, doc="digits to learn from", low=100, high=1797)
    deep: int = param(6, doc="hidden layers of the deep network that learns digits (the shallow one has one)", low=2)
    rates: tuple[float, ...] = param((0.03, 0.1, 0.3, 0.6, 1.0, 1.5, 3.0), doc="learning rates", above=0)
    epochs: int = param(10, doc="passes through the digits", low=2)
    training_seeds: int = param(4, doc="networks trained at each learning rate", low=2)

    def check(self) -> None:
        if 1.0 not in self.radii or max(self.radii) < 1.5:
            raise ParameterError(f"Parameters.radii: got {self.radii}, expected 1 and one of at least 1.5 among them")
        if 1.5 not in self.rates:
            raise ParameterError(f"Parameters.rates: got {self.rates}, expected 1.5 among them")

    @property
    def depths(self) -> tuple[int, ...]:
        """Numbers of layers over which the gradient is followed."""
        return tuple(sorted({layers for layers in (10, 20, self.deepest) if layers <= self.deepest}))


# Activation, s^2 (None: what preserves the variance 1), log10 of the squared gradient's ratio over 10, 20, 50 layers as
# computed elsewhere (SciPy; six digits, four decimals).
SETTINGS: tuple[tuple[str, float | None, tuple[float, ...]], ...] = (
    ("Sigmoid", 1.0, (-12.6391, -25.1790, -62.7985)),
    ("Sigmoid", 16.0, (-3.6920, -7.6836, -19.6584)),
    ("Tanh", 1.0, (-1.1465, -1.4440, -1.8436)),
    ("Tanh", (5 / 3) ** 2, (0.8774, 1.7046, 4.1864)),
    ("ReLU", 1.0, (-3.0103, -6.0206, -15.0515)),
    ("ReLU", 2.0, (0.0, 0.0, 0.0)),
    ("ReLU", 3.0, ()),
    ("SELU", 1.0, (0.3002, math.nan, math.nan)),
    ("ELU", None, ()),
    ("GELU", None, ()),
    ("SiLU", None, ()),
)
REFERENCE_DEPTHS = (10, 20, 50)
INDEX = {
    "Sigmoid": 0.852140, "Tanh": 0.0, "ReLU": 0.318310, "LeakyReLU": 0.311944, "PReLU": 0.168517, "ELU": 0.039952,
    "SELU": 0.0, "GELU": 0.187144, "SiLU": 0.119998, "Softplus": 0.705275,
}  # fmt: skip
SHARES = {"ReLU": (0.318, 0.03), "ELU": (0.040, 0.02)}
SIGN_UNITS = 8
LEARNERS = ("ReLU", "Tanh", "Sigmoid", "CentredSigmoid", "ELU")
HIDDEN = 64
SOLVED = 0.75  # training accuracy: 25 % error
RESIDUAL_DEPTH, RESIDUAL_WIDTH = 100, 128
SIEGERT_SIGMAS = (0.1, 0.3, 1.0)

_FLOW = {
    "activation": ("", "class name"),
    "weight_variance": ("1", "s^2: variance of a weight times the number of inputs of a unit"),
}
COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "setup": {
        "nets": ("1", "networks per activation"),
        "width": ("1", "units per layer"),
        "deepest": ("1", "layers of the deepest network"),
        "steps": ("1", "time steps of the recurrent network"),
        "deep": ("1", "hidden layers of the deep network that learns"),
        "images": ("1", "digits it learns from"),
        "epochs": ("1", "passes through them"),
        "training_seeds": ("1", "networks per learning rate"),
    },
    "theory": {
        **_FLOW,
        "layers": ("1", "number of layers"),
        "log10_gradient": ("1", "log10 of the squared gradient's ratio at infinite width, this package"),
        "reference": ("1", "the same computed elsewhere; NaN where there is none"),
    },
    "depth": {
        **_FLOW,
        "layers": ("1", "number of layers"),
        "theory": ("1", "log10 of the squared gradient's ratio at infinite width"),
        "simulated": ("1", "the same in simulated networks, mean over networks"),
        "standard_error": ("1", "of that mean"),
        "lowest": ("1", "smallest network"),
        "highest": ("1", "largest network"),
    },
    "profile": {
        **_FLOW,
        "layer": ("1", "layer, from 1"),
        "gradient_theory": ("1", "log10 of the squared gradient over that at the last layer, infinite width"),
        "gradient": ("1", "the same simulated, mean over networks"),
        "variance_theory": ("1", "log10 of the drive's second moment over that at the first layer, infinite width"),
        "variance": ("1", "the same simulated, mean over networks"),
        "variance_error": ("1", "standard error of that mean"),
    },
    "moments": {
        "activation": ("", "class name"),
        "mean": ("1", "E f(z), z standard normal"),
        "second_moment": ("1", "E f(z)^2"),
        "index": ("1", "bias-shift index (E f)^2 / E f^2"),
        "reference": ("1", "the index computed elsewhere"),
        "preserving": ("1", "s^2 that keeps the variance 1"),
        "chi": ("1", "factor on the squared gradient per layer at that s^2"),
        "restoring": ("1", "d log q' / d log q at q = 1: above 1, deviations of the variance grow with depth"),
    },
    "shares": {
        "activation": ("", "class name"),
        "seed": ("1", "network"),
        "share": ("1", "share of the second layer's squared drive that is the same for all inputs (unbiased)"),
        "expected": ("1", "bias-shift index"),
    },
    "signs": {
        "activation": ("", "class name"),
        "seed": ("1", "network"),
        "share": ("1", "share of inputs for which no two weight gradients of a unit with 8 inputs differ in sign"),
        "expected": ("1", "1 where no activity is negative, 2^-7 for a symmetric one"),
    },
    "recurrent": {
        "weights": ("", "random: normal; identity: the spectral radius on the diagonal"),
        "activation": ("", "class name"),
        "radius": ("1", "spectral radius"),
        "seed": ("1", "network"),
        "log10_gradient": ("1", "log10 of the squared gradient's ratio over all steps"),
        "power": ("1", "2 T log10(radius)"),
    },
    "residual": {
        "network": ("", "plain: drive' = W f(drive); skip: drive' = drive + W f(drive)"),
        "weight_variance": ("1", "s^2"),
        "theory": ("1", "log10 of the squared gradient's ratio over 100 layers, infinite width"),
        "simulated": ("1", "mean over networks"),
        "standard_error": ("1", "of that mean"),
    },
    "learning": {
        "layers": ("1", "hidden layers"),
        "activation": ("", "class name; CentredSigmoid: sigmoid - 1/2"),
        "rate": ("1", "learning rate of plain gradient descent"),
        "seed": ("1", "network"),
        "epochs": (
            "1",
            "epochs to 25 % training error, on straight lines between the means of the epochs; inf if never",
        ),
        "accuracy": ("1", "training accuracy in the last epoch (0 if the loss was no longer finite)"),
    },
    "slopes": {
        "curve": ("", "ReLU: fitted to the LIF neuron; SoftLIF: surrogate; Siegert: LIF neuron in noise"),
        "parameter": ("1", "smoothing, or standard deviation of the membrane noise"),
        "drive": ("1", "drive (threshold = 1)"),
        "slope": ("Hz", "derivative"),
    },
    "steepest": {
        "curve": ("", "as in slopes"),
        "parameter": ("1", "as in slopes"),
        "drive": ("1", "drive at which the slope is largest"),
        "slope": ("Hz", "largest slope"),
    },
}


def compute(parameters: Parameters, progress: Progress) -> Tables:
    """Theory, networks at depth, means, signs, recurrence, skip connections, learning, and slopes of f-I curves."""
    import pandas as pd
    from threadpoolctl import threadpool_limits

    p = parameters
    setup = {
        "nets": p.nets, "width": p.width, "deepest": p.deepest, "steps": p.steps, "deep": p.deep,
        "images": p.images, "epochs": p.epochs, "training_seeds": p.training_seeds,
    }  # fmt: skip
    # The matrices are small: a second core would wait for the first.
    with threadpool_limits(1):
        depth, profile = _flow(p, progress)
        slopes, steepest = _slopes()
        rows = {
            "setup": [setup], "theory": _theory(), "depth": depth, "profile": profile, "moments": _moments(),
            "shares": _shares(p), "signs": _signs(p), "recurrent": _recurrent(p, progress),
            "residual": _residual(p, progress), "learning": _learning(p, progress), "slopes": slopes,
            "steepest": steepest,
        }  # fmt: skip
        return {name: pd.DataFrame(list(rows[name]), columns=list(COLUMNS[name])) for name in COLUMNS}


def _activation(name: str) -> Activation:
    from neurosim import activations

    if name == "CentredSigmoid":
        return activations.Tanh(gain=0.5, width=2.0)  # tanh(z/2)/2 = sigmoid(z) - 1/2
    return activations.known()[name]()


def _variance(name: str, given: float | None) -> float:
    from neurosim.training import preserving_variance

    return preserving_variance(_activation(name)) if given is None else given


def _theory() -> Iterator[dict[str, Any]]:
    from neurosim.training import mean_field

    for name, given, references in SETTINGS:
        variance = _variance(name, given)
        chi = mean_field(_activation(name), REFERENCE_DEPTHS[-1], weight_variance=variance).chi
        for k, layers in enumerate(REFERENCE_DEPTHS):
            yield {
                "activation": name, "weight_variance": variance, "layers": layers,
                "log10_gradient": np.log10(chi[:layers]).sum(),
                "reference": references[k] if references else math.nan,
            }  # fmt: skip


def _normal(n_post: int, n_pre: int, rng: np.random.Generator) -> Any:
    return rng.standard_normal((n_post, n_pre)) / math.sqrt(n_pre)


def _unit_length(rng: np.random.Generator, trials: int, width: int) -> Any:
    """Inputs of mean square 1, so that the first drive has variance 1."""
    x = rng.standard_normal((trials, width))
    return x / np.sqrt(np.mean(x * x, axis=1, keepdims=True))


def _scaled(circuit: Any, activation: Activation, variance: float) -> Any:
    """A network of these units whose weights, from the second layer on, have s^2 = variance; its output is linear."""
    from neurosim.activations import Identity
    from neurosim.cells import Unit
    from neurosim.training import Network

    cells = dict.fromkeys(circuit.order(), Unit(activation=activation))
    network = Network(circuit, {**cells, "output": Unit(activation=Identity())})
    for name, weights in network.weights.items():
        if name != "to_hidden1":
            weights *= math.sqrt(variance)
    return network


def _squares(network: Any, run: Any, top: str, cotangent: Any) -> dict[str, float]:
    """Squared gradient by the drives of each layer up to `top`, from one random gradient at the top."""
    found = network.backward(run, {top: cotangent})
    return {name: float(np.mean(np.square(gradient))) for name, gradient in found.biases.items()}


def _flow(p: Parameters, progress: Progress) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every activation on the same random networks."""
    from neurosim.randomness import stream
    from neurosim.training import layered

    settings = [(name, _variance(name, given)) for name, given, _ in SETTINGS]
    ratios = np.empty((len(settings), p.nets, len(p.depths)))
    gradients, variances = (np.empty((len(settings), p.nets, p.deepest + 1)) for _ in range(2))
    for k in progress(range(p.nets), "deep networks"):
        seed = p.seed + k
        circuit, _ = layered([p.width] * (p.deepest + 2), weights=_normal, seed=seed)
        names = circuit.order()
        x = _unit_length(stream(seed, "stimulus"), 1, p.width)
        cotangent = stream(seed, "init").standard_normal((1, p.width))
        for index, (name, variance) in enumerate(settings):
            network = _scaled(circuit, _activation(name), variance)
            run = network.forward({"input": x})
            for j, depth in enumerate(p.depths):
                squares = _squares(network, run, names[depth], cotangent)
                ratios[index, k, j] = np.log10(squares["hidden1"] / squares[names[depth]])
            gradients[index, k] = [np.log10(squares[layer] / squares["output"]) for layer in names]
            second = np.array([np.mean(run.drive[layer] ** 2) for layer in names])
            variances[index, k] = np.log10(second / second[0])
    depth_rows = [row for i, s in enumerate(settings) for row in _depth_rows(p, *s, ratios[i])]
    return depth_rows, [row for i, s in enumerate(settings) for row in _profile(*s, gradients[i], variances[i])]


def _standard_error(values: Any) -> Any:
    return np.std(values, axis=0, ddof=1) / math.sqrt(len(values))


def _depth_rows(p: Parameters, name: str, variance: float, ratios: Any) -> Iterator[dict[str, Any]]:
    from neurosim.training import mean_field

    for j, depth in enumerate(p.depths):
        yield {
            "activation": name, "weight_variance": variance, "layers": depth,
            "theory": mean_field(_activation(name), depth, weight_variance=variance).log10_gradient,
            "simulated": ratios[:, j].mean(), "standard_error": _standard_error(ratios[:, j]),
            "lowest": ratios[:, j].min(), "highest": ratios[:, j].max(),
        }  # fmt: skip


def _profile(name: str, variance: float, gradients: Any, variances: Any) -> Iterator[dict[str, Any]]:
    from neurosim.training import mean_field

    depth = gradients.shape[1] - 1
    theory = mean_field(_activation(name), depth, weight_variance=variance)
    back = np.concatenate([np.cumsum(np.log10(theory.chi)[::-1])[::-1], [0.0]])
    errors = _standard_error(variances)
    for layer in range(depth + 1):
        yield {
            "activation": name, "weight_variance": variance, "layer": layer + 1,
            "gradient_theory": back[layer], "gradient": gradients[:, layer].mean(),
            "variance_theory": np.log10(theory.variance[layer]), "variance": variances[:, layer].mean(),
            "variance_error": errors[layer],
        }  # fmt: skip


def _moments() -> Iterator[dict[str, Any]]:
    from neurosim.training import gaussian_moments

    for name, reference in INDEX.items():
        activation = _activation(name)
        found = gaussian_moments(activation)
        step = 1e-3
        near = [gaussian_moments(activation, math.exp(sign * step)).second_moment for sign in (1, -1)]
        yield {
            "activation": name, "mean": found.mean, "second_moment": found.second_moment, "index": found.index,
            "reference": reference, "preserving": 1 / found.second_moment,
            "chi": found.mean_square_slope / found.second_moment,
            "restoring": math.log(near[0] / near[1]) / (2 * step),
        }  # fmt: skip


def _shares(p: Parameters) -> Iterator[dict[str, Any]]:
    """What part of the second layer's squared drive all inputs have in common: products of two different inputs."""
    from neurosim.randomness import stream
    from neurosim.training import gaussian_moments, layered

    for k in range(p.nets):
        seed = p.seed + k
        circuit, _ = layered([p.width] * 3, weights=_normal, seed=seed)
        x = _unit_length(stream(seed, "stimulus", "shares"), p.inputs, p.width)
        for name in INDEX:
            h = _scaled(circuit, _activation(name), 1.0).forward({"input": x}).drive["output"]
            squares = np.sum(h * h, axis=0)
            pairs = (np.sum(h, axis=0) ** 2 - squares) / (p.inputs * (p.inputs - 1))
            yield {
                "activation": name, "seed": seed, "share": pairs.mean() / (squares.mean() / p.inputs),
                "expected": gaussian_moments(_activation(name)).index,
            }  # fmt: skip


def _signs(p: Parameters) -> Iterator[dict[str, Any]]:
    """One output unit per input, each with an error of its own only: its weight gradients are those of that input."""
    from neurosim.randomness import stream
    from neurosim.training import layered

    expected = {"ReLU": 1.0, "Sigmoid": 1.0, "Tanh": 2.0 ** (1 - SIGN_UNITS)}
    for k in range(p.sign_batches):
        seed = p.seed + k
        circuit, _ = layered([256, SIGN_UNITS, p.sign_trials], weights=_normal, seed=seed)
        x = _unit_length(stream(seed, "stimulus", "signs"), p.sign_trials, 256)
        errors = np.diag(stream(seed, "init", "signs").standard_normal(p.sign_trials))
        for name, share in expected.items():
            network = _scaled(circuit, _activation(name), 1.0)
            gradient = network.backward(network.forward({"input": x}), {"output": errors}).weights["to_output"]
            alike = ~((gradient > 0).any(axis=1) & (gradient < 0).any(axis=1))
            yield {"activation": name, "seed": seed, "share": alike.mean(), "expected": share}


def _recurrent(p: Parameters, progress: Progress) -> Iterator[dict[str, Any]]:
    """A recurrent network unrolled in time: a layered one whose layers share one matrix."""
    from neurosim.randomness import stream

    n = p.recurrent_units
    for k in progress(range(p.recurrent_nets), "recurrent networks"):
        seed = p.seed + k
        random = stream(seed, "weights", "recurrent").standard_normal((n, n))
        random /= np.max(np.abs(np.linalg.eigvals(random)))
        state = np.abs(stream(seed, "stimulus", "recurrent").standard_normal((1, n)))
        cotangent = stream(seed, "init", "recurrent").standard_normal((1, n))
        for weights, matrix in (("random", random), ("identity", np.eye(n))):
            for radius in p.radii:
                for name in ("ReLU", "Tanh"):
                    yield {
                        "weights": weights, "activation": name, "radius": radius, "seed": seed,
                        "log10_gradient": _through_time(p, radius * matrix, name, state, cotangent),
                        "power": 2 * p.steps * math.log10(radius),
                    }  # fmt: skip


def _through_time(p: Parameters, matrix: Any, name: str, state: Any, cotangent: Any) -> float:
    from neurosim.training import layered

    n = len(matrix)
    circuit, _ = layered([n] * (p.steps + 2), weights=lambda *_: matrix)
    network = _scaled(circuit, _activation(name), 1.0)
    squares = _squares(network, network.forward({"input": state}), "output", cotangent)
    return math.log10(squares["hidden1"] / squares["output"]) if squares["hidden1"] > 0 else -math.inf


def _residual(p: Parameters, progress: Progress) -> Iterator[dict[str, Any]]:
    cases = (
        ("plain", 1.0, 1 / 2), ("skip", 1.0, 1 + 1 / 2), ("skip", 2 / RESIDUAL_DEPTH, 1 + 1 / RESIDUAL_DEPTH),
    )  # fmt: skip
    found = np.empty((p.residual_nets, len(cases)))
    for k in progress(range(p.residual_nets), "skip connections"):
        for j, (kind, variance, _) in enumerate(cases):
            found[k, j] = _skipping(p.seed + k, math.sqrt(variance), skip=kind == "skip")
    for (kind, variance, factor), values in zip(cases, found.T, strict=True):
        yield {
            "network": kind, "weight_variance": variance, "theory": RESIDUAL_DEPTH * math.log10(factor),
            "simulated": values.mean(), "standard_error": _standard_error(values),
        }  # fmt: skip


def _skipping(seed: int, scale: float, *, skip: bool) -> float:
    """log10 of the squared gradient's ratio over 100 ReLU layers, with or without the drive handed on as it is."""
    from neurosim.activations import Identity, ReLU
    from neurosim.cells import Unit
    from neurosim.circuit import Circuit, Input, Population, Projection
    from neurosim.randomness import stream
    from neurosim.training import Network

    n, same = RESIDUAL_WIDTH, np.eye(RESIDUAL_WIDTH)
    populations, projections = [Population("drive0", n)], [Projection("in", "input", "drive0", same, None, 0.0)]
    cells = {"drive0": Unit(activation=Identity())}
    for layer in range(1, RESIDUAL_DEPTH + 1):
        before, branch, after = f"drive{layer - 1}", f"branch{layer}", f"drive{layer}"
        populations += [Population(branch, n), Population(after, n)]
        weights = scale * _normal(n, n, stream(seed, "weights", branch))
        projections += [
            Projection(f"to_{branch}", before, branch, same, None, 0.0),
            Projection(f"from_{branch}", branch, after, weights, None, 0.0),
        ]
        if skip:
            projections.append(Projection(f"past_{branch}", before, after, same, None, 0.0))
        cells |= {branch: Unit(activation=ReLU()), after: Unit(activation=Identity())}
    network = Network(Circuit([Input("input", n)], populations, projections), cells)
    run = network.forward({"input": _unit_length(stream(seed, "stimulus", "residual"), 1, n)})
    cotangent = stream(seed, "init", "residual").standard_normal((1, n))
    squares = _squares(network, run, f"drive{RESIDUAL_DEPTH}", cotangent)
    return math.log10(squares["drive0"] / squares[f"drive{RESIDUAL_DEPTH}"])


def _learning(p: Parameters, progress: Progress) -> Iterator[dict[str, Any]]:
    """Digits by plain gradient descent, shallow and deep, at every learning rate."""
    from neurosim import datasets

    images = datasets.digits()
    pixels = images.images.reshape(len(images.images), -1)[: p.images]
    x, labels = (pixels - pixels.mean()) / pixels.std(), images.labels[: p.images]
    cases = [
        (layers, name, rate, p.seed + k)
        for layers in (1, p.deep) for name in LEARNERS for rate in p.rates for k in range(p.training_seeds)
    ]  # fmt: skip
    for layers, name, rate, seed in progress(cases, "networks that learn"):
        epochs, accuracy = _epochs(x, labels, layers, name, rate, seed, p.epochs)
        yield {
            "layers": layers, "activation": name, "rate": rate, "seed": seed, "epochs": epochs, "accuracy": accuracy
        }  # fmt: skip


def _epochs(x: Any, labels: Any, layers: int, name: str, rate: float, seed: int, epochs: int) -> tuple[float, float]:
    """Epochs to 25 % training error, and the accuracy in the last one."""
    from neurosim.training import SGD, layered, train

    # What preserves the variance for the rectifiers, 1/n for the saturating ones, as is usual.
    variance = _variance(name, None) if name in ("ReLU", "ELU") else 1.0

    def draw(n_post: int, n_pre: int, rng: np.random.Generator) -> Any:
        return math.sqrt(variance if n_pre == HIDDEN else 1.0) * _normal(n_post, n_pre, rng)

    circuit, cells = layered([x.shape[1], *[HIDDEN] * layers, 10], _activation(name), weights=draw, seed=seed)
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what diverges is reported by train
            found = train(
                circuit, cells, x, labels, optimiser=SGD(learning_rate=rate, momentum=0.0), epochs=epochs, seed=seed,
                progress=False,
            )  # fmt: skip
    except ParameterError:
        return math.inf, 0.0
    scores = found.history["score"]
    reached = np.flatnonzero(scores >= SOLVED)
    if not len(reached):
        return math.inf, float(scores[-1])
    first = int(reached[0])
    # The score of an epoch is a mean over it, so it belongs to its middle; straight lines between, chance at the start.
    before = (0.0, 0.1) if first == 0 else (first - 0.5, float(scores[first - 1]))
    part = (SOLVED - before[1]) / (float(scores[first]) - before[1])
    return before[0] + part * (first + 0.5 - before[0]), float(scores[-1])


def _slopes() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What a spiking neuron offers gradient descent: the slope of its f-I curve, smoothed or in noise."""
    from neurosim.activations import ReLU, Siegert, SoftLIF
    from neurosim.cells import LIF
    from neurosim.ladder import fit

    drives = np.linspace(0.0, 2.5, 251)
    fine = np.linspace(0.0, 4.0, 40_001)
    curves: list[tuple[str, float, Any]] = [("ReLU", 0.0, fit(ReLU, drives, LIF().transfer(drives)))]
    curves += [("SoftLIF", 0.02, SoftLIF(smoothing=0.02)), ("SoftLIF", 0.1, SoftLIF(smoothing=0.1))]
    curves += [("Siegert", sigma, Siegert(sigma_stat=sigma)) for sigma in SIEGERT_SIGMAS]
    rows, steepest = [], []
    for name, parameter, curve in curves:
        common = {"curve": name, "parameter": parameter}
        slope = curve.derivative(drives)
        rows += [{**common, "drive": d, "slope": s} for d, s in zip(drives, slope, strict=True)]
        every = curve.derivative(fine)
        steepest.append({**common, "drive": fine[every.argmax()], "slope": every.max()})
    return rows, steepest


# ---------------------------------------------------------------- findings


def findings(tables: Tables) -> list[Finding]:
    """Checks against theory, twelve claims, and numbers worth reading."""
    return [*_depth_checks(tables), *_mean_checks(tables), *_time_checks(tables), *_claims(tables),
            *_learning_claims(tables), *_reports(tables)]  # fmt: skip


def _row(table: Any, **where: Any) -> Any:
    """The one row in which these columns have these values."""
    for column, value in where.items():
        table = table[np.isclose(table[column], value) if isinstance(value, float) else table[column] == value]
    assert len(table) == 1, f"{len(table)} rows at {where}"
    return table.iloc[0]


def _depth(tables: Tables, name: str, variance: float, layers: int = 10) -> Any:
    return _row(tables["depth"], activation=name, weight_variance=float(variance), layers=layers)


def _interval(row: Any, nets: float) -> tuple[float, float]:
    """95 % Student interval of a mean over networks."""
    from scipy.special import stdtrit

    half = float(stdtrit(nets - 1, 0.975)) * row.standard_error
    return row.simulated - half, row.simulated + half


def _depth_checks(tables: Tables) -> Iterator[Finding]:
    for row in tables["theory"].itertuples():
        if not math.isnan(row.reference):
            yield Finding.check(
                f"theory-{row.activation}-{row.weight_variance:.3g}-{row.layers:d}",
                f"Squared gradient over {row.layers} wide layers, {row.activation}, s^2 = {row.weight_variance:.3g}.",
                "log10 of the ratio", row.log10_gradient, expected=row.reference, tolerance=1e-3,
                reason="the reference has four decimals; the bound was fixed before the run",
                source="mean-field theory (Schoenholz et al. 2017), computed elsewhere",
            )  # fmt: skip
    for name, given, references in SETTINGS:
        if not references or given is None:
            continue
        row, wide = _depth(tables, name, given), 0.4 if name == "Sigmoid" else 0.15
        shrinks = ": a slope of 1 vanishes at s^2 = 1" if (name, given) == ("ReLU", 1.0) else ""
        yield Finding.check(
            f"depth-{name}-{given:.3g}", f"Simulated networks follow the theory, {name}, s^2 = {given:.3g}{shrinks}.",
            "log10 of the squared gradient's ratio over 10 layers, mean over networks", row.simulated,
            low=row.lowest, high=row.highest, expected=references[0], tolerance=wide,
            reason="fixed before the run; a ReLU network of width 512 scatters by sqrt(5 * 10/512)/ln(10) = 0.136, its "
            "mean over 20 by 0.03, and the mean of logarithms lies 0.02 low (interval: smallest and largest network)",
            source="mean-field theory",
        )  # fmt: skip
    grown = _row(tables["profile"], activation="ReLU", weight_variance=3.0, layer=11)
    yield Finding.check(
        "growth", "With s^2 = 3 a ReLU network's second moment grows 57.7 times in 10 layers.",
        "log10 of the drive's second moment over that of the first layer", grown.variance,
        expected=math.log10(57.665), tolerance=0.15, standard_error=grown.variance_error,
        reason="as for the gradient; or four standard errors over networks",
        source="(s^2/2)^10",
    )  # fmt: skip


def _mean_checks(tables: Tables) -> Iterator[Finding]:
    moments, shares, signs = tables["moments"], tables["shares"], tables["signs"]
    yield Finding.check(
        "bias-shift-index", "The share of the second moment that is the mean, ten activations.",
        "largest distance from the reference", (moments["index"] - moments.reference).abs().max(), at_most=1e-6,
        reason="the reference has six decimals",
        source="(E f)^2 / E f^2 by SciPy's quadrature, computed elsewhere",
    )  # fmt: skip
    for name, (expected, tolerance) in SHARES.items():
        values = shares[shares.activation == name].share
        yield Finding.check(
            f"share-{name}", f"Part of the second layer's drive is the same for every input, {name}.",
            "share of the second layer's squared drive, mean over networks", values.mean(), low=values.min(),
            high=values.max(), expected=expected, tolerance=tolerance,
            reason="fixed before the run; a mean of 512 squares scatters by 6 %",
            source="(E f)^2 / E f^2",
        )  # fmt: skip
    for name, tolerance, why in (
        ("ReLU", 0.0, "no activity is negative, so no two gradients differ in sign; silent inputs have no gradient"),
        ("Sigmoid", 0.0, "every activity is positive"),
        ("Tanh", 0.004, "2^-7 for eight independent signs; fixed before the run"),
    ):
        values = signs[signs.activation == name]
        yield Finding.check(
            f"same-sign-{name}", f"All weight gradients of a unit with eight {name} inputs have one sign.",
            "share of inputs", values.share.mean(), expected=values.expected.iloc[0], tolerance=tolerance, reason=why,
            source="LeCun et al. 1998",
        )  # fmt: skip


def _time_checks(tables: Tables) -> Iterator[Finding]:
    recurrent, steps = tables["recurrent"], int(tables["setup"].steps.iloc[0])
    relu = recurrent[recurrent.activation == "ReLU"]
    identity = relu[relu.weights == "identity"]
    yield Finding.check(
        "recurrent-identity", f"Over {steps} steps a ReLU network with weights rho I has a gradient of rho^{steps}.",
        "largest distance from 2 T log10(rho)", (identity.log10_gradient - identity.power).abs().max(), at_most=1e-9,
        reason="all units stay active, so this is exact; rounding only",
    )  # fmt: skip
    random = relu[relu.weights == "random"]
    constant = random.log10_gradient - random.power
    spread = constant.groupby(random.seed).agg(lambda values: values.max() - values.min())
    yield Finding.check(
        "recurrent-power", f"With random weights it is also a power law in rho, of the exponent {steps}.",
        "largest change of log10 of the squared gradient beyond 2 T log10(rho)", spread.max(), at_most=1e-9,
        reason="a ReLU is homogeneous: the same units are active at every scale; rounding only",
    )  # fmt: skip
    row = _small_skip(tables)
    yield Finding.check(
        "skip", f"A skip connection with small branches keeps the gradient over {RESIDUAL_DEPTH} layers.",
        "log10 of the squared gradient's ratio", row.simulated, expected=row.theory, tolerance=0.15,
        reason="calibrated: five networks of width 128 scatter by less than 0.15 in the mean; plain ones end 30 away",
        source=f"(1 + s^2/2)^{RESIDUAL_DEPTH} with s^2 = 2/{RESIDUAL_DEPTH}",
    )  # fmt: skip


def _small_skip(tables: Tables) -> Any:
    rows = tables["residual"]
    return rows[rows.network == "skip"].sort_values("weight_variance").iloc[0]


def _slope_range(name: str) -> tuple[float, float, float]:
    """Smallest and largest slope over drives -30 to 30, and the smallest at positive drive."""
    drives = np.linspace(-30.0, 30.0, 6001)
    slope = _activation(name).derivative(drives)
    return float(slope.min()), float(slope.max()), float(slope[drives > 0].min())


def _claims(tables: Tables) -> Iterator[Finding]:
    setup = tables["setup"].iloc[0]
    deepest = int(setup.deepest)
    sigmoid, tanh = _depth(tables, "Sigmoid", 1.0), _depth(tables, "Tanh", 1.0)
    ends = {name: _interval(row, setup.nets) for name, row in (("Sigmoid", sigmoid), ("Tanh", tanh))}
    yield _stability_claim(tables)
    yield Finding.claim_of_parts(
        "A2-08", "The gradients of sigmoid and tanh vanish for large inputs and multiply through the layers.",
        {
            **{
                f"the slope of {name} at a drive of 10 is below 1 % of its largest ({slope:.1g})": slope < 0.01 * most
                for name, slope, most in (
                    (name, float(_activation(name).derivative(np.array([10.0]))[0]), _slope_range(name)[1])
                    for name in ("Sigmoid", "Tanh")
                )
            },
            f"sigmoid loses more than a factor 10 over 10 layers (10^{sigmoid.simulated:.2f})": ends["Sigmoid"][1] < -1,
            f"tanh does (10^{tanh.simulated:.2f})": ends["Tanh"][1] < -1,
        },
        reason="s^2 = 1, squared gradient, 95 % interval over networks; tanh's loss is far milder, and it has "
        "none at larger s^2",
    )  # fmt: skip
    low, high, _ = _slope_range("Sigmoid")
    yield Finding.claim_of_parts(
        "A4-07", "The derivative of the sigmoid lies in (0, 0.25], so products with weights below 1 vanish.",
        {
            f"the slope lies above 0 and at most at 0.25 (found {low:.1g} to {high:.4g})": low > 0 and high <= 0.25,
            f"the squared gradient falls more than 10-fold over 10 layers (10^{sigmoid.simulated:.2f})": (
                ends["Sigmoid"][1] < -1
            ),
        },
        reason="weights of standard deviation 1/sqrt(512), all far below 1; 95 % interval over networks",
    )  # fmt: skip
    mean = abs(float(_row(tables["moments"], activation="Tanh")["mean"]))
    yield Finding.claim_of_parts(
        "A4-08", "Tanh has zero mean but still vanishes.",
        {
            f"the mean activity is 0 (found {mean:.1g})": mean < 1e-9,
            f"the squared gradient falls over 10-fold in 10 layers (10^{tanh.simulated:.2f})": ends["Tanh"][1] < -1,
        },
        reason=f"s^2 = 1; far milder than the sigmoid's 10^{sigmoid.simulated:.1f}, and slowing down: theory says "
        "10^-1.84 over 50 layers",
    )  # fmt: skip
    yield from _relu_claims(tables, deepest)
    grown = _row(tables["profile"], activation="ReLU", weight_variance=3.0, layer=11)
    bounded = tables["profile"].query("activation == 'Tanh'").variance.max()
    yield Finding.claim_of_parts(
        "A4-14", "Unbounded output can grow with depth.",
        {
            f"ReLU with s^2 = 3 grows more than 10-fold in 10 layers (10^{grown.variance:.2f})": (
                grown.variance - 4 * grown.variance_error > 1
            ),
            f"tanh, which is bounded, does not (at most 10^{bounded:.2f})": bounded < 1,
        },
        reason="second moment of the drive; ReLU with s^2 = 2 neither grows nor shrinks",
    )  # fmt: skip


def _stability_claim(tables: Tables) -> Finding:
    parts = {}
    for name in ("GELU", "SiLU"):
        moments = _row(tables["moments"], activation=name)
        row = _depth(tables, name, moments.preserving)
        low, high = _interval(row, tables["setup"].nets.iloc[0])
        parts[f"{name} keeps the squared gradient within a factor of 10 over 10 layers (10^{row.simulated:.2f})"] = (
            low > -1 and high < 1
        )
        parts[f"a deviation of the drive's variance dies out, {name} (factor {moments.restoring:.3f} per layer)"] = (
            moments.restoring < 1
        )
    return Finding.claim_of_parts(
        "A0-16", "Simple activations such as GELU and Swish keep a network stable and interpretable.", parts,
        reason="at the weight variance that preserves the drive's; stability only, interpretability is not measured",
    )  # fmt: skip


def _relu_claims(tables: Tables, deepest: int) -> Iterator[Finding]:
    he, small = _depth(tables, "ReLU", 2.0, deepest), _depth(tables, "ReLU", 1.0, deepest)
    learned, setup = _best(tables), tables["setup"].iloc[0]
    deep = int(setup.deep)
    relu, sigmoid = learned[deep, "ReLU"][1], learned[deep, "Sigmoid"][1]
    kept = {
        f"with s^2 = 2 the squared gradient stays within a factor 10, {deepest} layers (10^{he.simulated:.2f})": (
            abs(he.simulated) < 1
        ),
        f"with s^2 = 1 it does too (10^{small.simulated:.2f})": abs(small.simulated) < 1,
    }
    yield Finding.claim_of_parts(
        "A2-02", "The slope of 1 mitigates vanishing gradients and made deep networks trainable.",
        {
            **kept,
            f"{deep} hidden layers of ReLU learn the digits, sigmoid does not (epochs to 25 % error {relu:.2f}, "
            f"{sigmoid:.2f})": math.isfinite(relu) and not math.isfinite(sigmoid),
        },
        reason="the slope is 1 at both weight variances: what keeps the gradient is the slope and the initialisation",
    )  # fmt: skip
    plain, skip = _row(tables["residual"], network="plain"), _small_skip(tables)
    yield Finding.claim_of_parts(
        "A4-11", "For positive input the gradient of ReLU is not attenuated, hence residual networks of 100 layers.",
        {
            "its slope at positive drive is 1": _slope_range("ReLU")[1:] == (1.0, 1.0),
            f"{RESIDUAL_DEPTH} layers with skip connections and small branches keep the squared gradient within a "
            f"factor of 10 (10^{skip.simulated:.2f})": abs(skip.simulated) < 1,
            f"the slope alone does, without skip connections at s^2 = 1 (10^{plain.simulated:.1f})": (
                abs(plain.simulated) < 1
            ),
        },
        reason="the claim says that the depth follows from the slope; width 128",
    )  # fmt: skip
    means = tables["recurrent"].groupby(["weights", "activation", "radius"]).log10_gradient.mean()
    largest = float(tables["recurrent"].radius.max())
    yield Finding.claim_of_parts(
        "A2-17", "ReLU in speech networks and LSTMs reduces vanishing over long dependencies.",
        {
            **{
                f"at spectral radius 1 ReLU loses less than tanh, {kind} weights (10^{means[kind, 'ReLU', 1.0]:.1f} "
                f"against 10^{means[kind, 'Tanh', 1.0]:.1f})": means[kind, "ReLU", 1.0] > means[kind, "Tanh", 1.0]
                for kind in ("identity", "random")
            },
            f"it does not explode at a radius of {largest:g} (10^{means['random', 'ReLU', largest]:.1f})": (
                means["random", "ReLU", largest] < 2
            ),
        },
        reason=f"squared gradient over {setup.steps:.0f} steps of a plain recurrent network, mean of log10; "
        "LSTMs keep gradients by their gates and are not simulated",
    )  # fmt: skip


def _best(tables: Tables) -> dict[tuple[int, str], tuple[float, float, Any]]:
    """Layers and activation -> best learning rate, mean epochs to 25 % error there, and those of each seed."""
    found = {}
    for (layers, name), rows in tables["learning"].groupby(["layers", "activation"]):
        means = rows.groupby("rate").epochs.mean()
        rate = float(means.idxmin()) if np.isfinite(means).any() else math.nan
        epochs = rows[rows.rate == rate].sort_values("seed").epochs.to_numpy()
        found[int(layers), str(name)] = (rate, float(means.min()), epochs)
    return found


def _faster(best: dict[tuple[int, str], tuple[float, float, Any]], layers: int, first: str, second: str) -> bool:
    """Whether the first activation needs fewer epochs in every seed (or it alone learns)."""
    one, other = best[layers, first], best[layers, second]
    if not (math.isfinite(one[1]) and math.isfinite(other[1])):
        return math.isfinite(one[1])
    return bool((one[2] < other[2]).all())


def _highest_rate(tables: Tables, layers: int, name: str) -> float:
    """The largest learning rate at which every network still learns."""
    rows = tables["learning"].query("layers == @layers and activation == @name")
    solved = rows.groupby("rate").accuracy.min() >= SOLVED
    return float(solved.index[solved].max()) if solved.any() else 0.0


def _learning_claims(tables: Tables) -> Iterator[Finding]:
    best, deep = _best(tables), int(tables["setup"].deep.iloc[0])
    epochs = {key: value[1] for key, value in best.items()}
    names = {1: "one hidden layer", deep: f"{deep} hidden layers"}
    setting = (
        "digits, plain gradient descent, each activation at its best learning rate; epochs to 25 % training error, "
        "faster if in every seed"
    )
    yield Finding.claim_of_parts(
        "A2-06", "ReLU converges faster than sigmoid and tanh.",
        {
            f"than {other.lower()}, {words} ({epochs[layers, 'ReLU']:.2f} and {epochs[layers, other]:.2f})": _faster(
                best, layers, "ReLU", other
            )
            for layers, words in names.items() for other in ("Sigmoid", "Tanh")
        },
        reason=setting,
    )  # fmt: skip
    yield Finding.claim_of_parts(
        "A2-11", "Output that is not centred gives all weight gradients of a unit the same sign, which is inefficient.",
        {
            **{
                f"with {name} inputs all gradients have one sign (share {share:.3g})": share == 1.0
                for name, share in tables["signs"].groupby("activation").share.mean().items() if name != "Tanh"
            },
            f"sigmoid units learn slower than the same units centred, every seed ({epochs[1, 'Sigmoid']:.2f} against "
            f"{epochs[1, 'CentredSigmoid']:.2f} epochs)": _faster(best, 1, "CentredSigmoid", "Sigmoid"),
        },
        reason=f"one hidden layer of {HIDDEN} units; {setting}",
    )  # fmt: skip
    highest = {name: _highest_rate(tables, 1, name) for name in ("ReLU", "Tanh", "Sigmoid")}
    at = tables["learning"].query("activation == 'ReLU' and rate == 1.5").accuracy
    yield Finding.claim_of_parts(
        "A4-03", "A bounded output is more stable, an unbounded one is fast but needs the right learning rate.",
        {
            **{
                f"{name.lower()} learns at a larger rate than ReLU ({highest[name]:g} against {highest['ReLU']:g})": (
                    highest[name] > highest["ReLU"]
                )
                for name in ("Tanh", "Sigmoid")
            },
            **{
                f"ReLU is faster than {name.lower()} ({epochs[1, 'ReLU']:.2f} against {epochs[1, name]:.2f} epochs)": (
                    _faster(best, 1, "ReLU", name)
                )
                for name in ("Tanh", "Sigmoid")
            },
            f"at a rate of 1.5 ReLU networks fail ({(at < SOLVED).mean():.0%} of them)": bool((at < SOLVED).any()),
        },
        reason=f"one hidden layer, the last part also {names[deep]}; {setting}",
    )  # fmt: skip
    lowest = _activation("ELU")(np.array([-30.0]))[0]
    slope = _activation("ELU").derivative(np.array([-5.0]))[0]
    measured = tables["shares"].groupby("activation").share.mean()
    yield Finding.claim_of_parts(
        "A4-17",
        "ELU saturates at -alpha, has a mean near 0, learns faster, avoids dying by soft saturation, and costs an "
        "exponential.",
        {
            f"it saturates at -1 (found {lowest:.6f})": abs(lowest + 1) < 1e-6,
            f"less of the next layer's drive is its mean than with ReLU (share {measured['ELU']:.3f} against "
            f"{measured['ReLU']:.3f})": measured["ELU"] < measured["ReLU"],
            **{
                f"it learns faster than ReLU, {words} ({epochs[layers, 'ELU']:.2f}, {epochs[layers, 'ReLU']:.2f})": (
                    _faster(best, layers, "ELU", "ReLU")
                )
                for layers, words in names.items()
            },
            f"a unit at a drive of -5 still has a slope ({slope:.4f})": slope > 0,
        },
        reason=f"alpha = 1; {setting}; the time of an exponential is measured in activation_atlas",
    )  # fmt: skip


def _reports(tables: Tables) -> Iterator[Finding]:
    for row in tables["steepest"].itertuples():
        words = {"ReLU": "the ReLU fitted to it", "SoftLIF": f"SoftLIF, smoothing {row.parameter:g}"}
        yield Finding.report(
            f"steepest-{row.curve}-{row.parameter:g}",
            "The largest slope of what stands for a LIF neuron in gradient descent: "
            f"{words.get(row.curve, f'f-I curve in noise of {row.parameter:g}')}.",
            f"largest slope, at a drive of {row.drive:.2f}", row.slope, unit="Hz",
            reason="the noiseless f-I curve has no bound: its slope at threshold is infinite",
        )  # fmt: skip
    deepest = int(tables["setup"].deepest.iloc[0])
    if deepest > 10:
        for row in tables["depth"].query("layers == @deepest").itertuples():
            yield Finding.report(
                f"deep-{row.activation}-{row.weight_variance:.3g}",
                f"Over {deepest} layers, {row.activation}, s^2 = {row.weight_variance:.3g} (theory {row.theory:.2f}).",
                "log10 of the squared gradient's ratio, mean over networks", row.simulated, low=row.lowest,
                high=row.highest, reason="interval: smallest and largest network",
            )  # fmt: skip
    for (layers, name), (rate, epochs, _) in _best(tables).items():
        value = f"{epochs:.2f}" if math.isfinite(epochs) else "not reached"
        yield Finding.report(
            f"learning-{layers}-{name}", f"Epochs to 25 % training error, {layers} hidden layers of {name}.",
            f"mean over networks at the learning rate {rate:g}" if math.isfinite(rate) else "at any learning rate",
            value,
        )  # fmt: skip
    big = _row(tables["residual"], network="skip", weight_variance=1.0)
    yield Finding.report(
        "skip-large", f"Skip connections with branches of s^2 = 1 explode (theory 10^{big.theory:.1f}).",
        f"log10 of the squared gradient's ratio over {RESIDUAL_DEPTH} layers", big.simulated,
        reason="a skip connection alone does not keep the gradient: its branch must be small, or be normalised",
    )  # fmt: skip


def summary(tables: Tables) -> str:
    """The result in one sentence."""
    sigmoid, tanh, relu, he = (
        _depth(tables, name, variance).simulated
        for name, variance in (("Sigmoid", 1.0), ("Tanh", 1.0), ("ReLU", 1.0), ("ReLU", 2.0))
    )
    share = tables["shares"].groupby("activation").share.mean()
    return (
        f"over 10 layers the squared gradient changes by 10^{sigmoid:.2f} (sigmoid), 10^{tanh:.2f} (tanh) and "
        f"10^{relu:.2f} (ReLU) with weight variance 1/n, but by 10^{he:.2f} with ReLU and 2/n: the slope of 1 needs "
        f"its initialisation; {share['ReLU']:.0%} of what a ReLU layer hands on is the same for every input, "
        f"{share['ELU']:.0%} with ELU"
    )


def estimate(parameters: Parameters) -> tuple[float, float]:
    """Seconds and bytes, from times measured on one core."""
    p = parameters
    cells = (p.width**2) * (p.deepest + 1)
    trained = len(LEARNERS) * len(p.rates) * p.training_seeds * p.epochs * p.images
    seconds = 4.0 + 1.1e-7 * p.nets * cells + 0.3 * p.recurrent_nets + 0.5 * p.residual_nets + 3.5e-5 * trained
    return seconds, 3e8 + 30.0 * cells


def caption(tables: Tables) -> str:
    """What the panels show, with the numbers of this run."""
    setup, best = tables["setup"].iloc[0], _best(tables)
    relu, he = _depth(tables, "ReLU", 1.0), _depth(tables, "ReLU", 2.0)
    sigmoid, tanh = _depth(tables, "Sigmoid", 1.0), _depth(tables, "Tanh", 1.0)
    share = tables["shares"].groupby("activation").share.mean()
    means = tables["recurrent"].groupby(["weights", "activation", "radius"]).log10_gradient.mean()
    steep = tables["steepest"].set_index(["curve", "parameter"]).slope
    deep = int(setup.deep)
    gelu = _row(tables["moments"], activation="GELU").restoring

    def epochs(name: str) -> str:
        value = best[deep, name][1]
        return f"{value:.2f}" if math.isfinite(value) else "never"

    return (
        f"Random networks of width {setup.width:.0f} (mean of {setup.nets:.0f}; dots) and the theory of infinite "
        f"width (lines); in brackets s^2, the weight variance times n. A: log10 of the squared gradient by the drives "
        f"of each layer over that of the last; over 10 layers sigmoid (1) loses 10^{sigmoid.simulated:.2f}, tanh (1) "
        f"10^{tanh.simulated:.2f}, ReLU (1) 10^{relu.simulated:.2f}, ReLU (2) 10^{he.simulated:.2f}. B: log10 of the "
        f"second moment of the drive over that of the first layer; GELU leaves the theory in deep networks, because a "
        f"deviation of the variance grows {gelu:.2f}-fold per layer. C: share of the second layer's squared drive that "
        f"is the same for every input (dots: networks) and (E f)^2/E f^2 (bars); ReLU {share['ReLU']:.3f}, ELU "
        f"{share['ELU']:.3f}. D: squared gradient over {setup.steps:.0f} steps of a recurrent network against the "
        f"spectral radius of its weights, random (solid) or a multiple of the identity (dashed); at 1 and random "
        f"weights ReLU 10^{means['random', 'ReLU', 1.0]:.1f}, tanh 10^{means['random', 'Tanh', 1.0]:.1f}. "
        f"E: epochs to 25 % training error against the learning rate, {deep} hidden layers (filled; one hidden layer: "
        f"open), {setup.images:.0f} digits, mean of {setup.training_seeds:.0f} networks; a missing point: at least one "
        f"network did not get there in {setup.epochs:.0f} epochs. At its best rate ReLU needs {epochs('ReLU')}, tanh "
        f"{epochs('Tanh')}, ELU {epochs('ELU')}, sigmoid {epochs('Sigmoid')} (deep). "
        f"F: slope of what stands for a LIF neuron in gradient descent; largest: SoftLIF {steep['SoftLIF', 0.02]:.1f} "
        f"Hz (smoothing 0.02) and {steep['SoftLIF', 0.1]:.1f} Hz (0.1), f-I curve in noise of 0.3 "
        f"{steep['Siegert', 0.3]:.1f} Hz; ReLU fitted to the neuron {steep['ReLU', 0.0]:.1f} Hz."
    )


# ---------------------------------------------------------------- the figure


def figure(tables: Tables) -> Any:
    """The six panels from the tables."""
    from neurosim import plots

    with plots.style("nature-2", height=124):
        fig = plots.new_figure()
        axes = fig.subplots(2, 3)
        _draw_profile(axes[0, 0], tables, "gradient", "squared gradient (log10)", _GRADIENTS)
        _draw_profile(axes[0, 1], tables, "variance", "variance of the drive (log10)", _VARIANCES)
        _draw_shares(axes[0, 2], tables)
        _draw_recurrent(axes[1, 0], tables)
        _draw_learning(axes[1, 1], tables)
        _draw_slopes(axes[1, 2], tables)
        plots.label_panels(axes)
    return fig


_GRADIENTS = (("Tanh", 25 / 9), ("ReLU", 2.0), ("GELU", None), ("Tanh", 1.0), ("Sigmoid", 16.0), ("ReLU", 1.0),
              ("Sigmoid", 1.0))  # fmt: skip
_VARIANCES = (("ReLU", 3.0), ("ReLU", 2.0), ("GELU", None), ("SELU", 1.0), ("Sigmoid", 1.0), ("Tanh", 1.0),
              ("ReLU", 1.0))  # fmt: skip


def _draw_profile(ax: Any, tables: Tables, column: str, label: str, settings: Any) -> None:
    from neurosim import plots
    from neurosim.plots.figure import FewTicks

    profile = tables["profile"]
    moments = tables["moments"].set_index("activation").preserving
    seen: dict[str, int] = {}
    for name, given in settings:
        variance = float(moments[name] if given is None else given)
        rows = profile[(profile.activation == name) & np.isclose(profile.weight_variance, variance)]
        style = plots.activation_style(name)
        # The second setting of an activation has its colour and another line.
        dashes = ("-", (0, (4, 1.5)), (0, (1.2, 1.2)))[seen.get(name, 0)]
        seen[name] = seen.get(name, 0) + 1
        ax.plot(rows.layer, rows[f"{column}_theory"], color=style.colour, linestyle=dashes,
                label=f"{name} ({variance:.3g})")  # fmt: skip
        step = max(1, len(rows) // 10)
        ax.plot(rows.layer[::step], rows[column][::step], color=style.colour, linestyle="none", marker=style.marker,
                markersize=2.6)  # fmt: skip
    low, high = (-22.0, 6.0) if column == "gradient" else (-6.0, 6.0)
    values = profile[f"{column}_theory"]
    ax.set_ylim(max(low, values.min() - 0.6), min(high, values.max() + 0.6))
    ax.set_xlabel("layer (number)")
    ax.xaxis.set_major_locator(FewTicks(5, integer=True))
    ax.set_ylabel(label)
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=2, columnspacing=0.8, handlelength=2.0)
    plots.tidy(ax)


def _draw_shares(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    moments = tables["moments"].sort_values("index")
    places = np.arange(len(moments))
    ax.barh(places, moments["index"], color="0.85", height=0.7)
    for place, name in zip(places, moments.activation, strict=True):
        values = tables["shares"].query("activation == @name").share
        ax.plot(values, np.full(len(values), place), linestyle="none", marker="o", markersize=2.2, alpha=0.6,
                color=plots.activation_style(name).colour)  # fmt: skip
    ax.set_yticks(places, list(moments.activation))
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(-0.04, 1.0)
    ax.set_xlabel("input-independent share (dimensionless)")
    plots.tidy(ax)


def _draw_recurrent(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    means = tables["recurrent"].groupby(["weights", "activation", "radius"], as_index=False).log10_gradient.mean()
    for name in ("ReLU", "Tanh"):
        style = plots.activation_style(name)
        for weights, dashes in (("random", "-"), ("identity", (0, (4, 1.5)))):
            rows = means[(means.activation == name) & (means.weights == weights)].sort_values("radius")
            ax.plot(rows.radius, rows.log10_gradient, color=style.colour, marker=style.marker, linestyle=dashes,
                    label=f"{name}, {weights}")  # fmt: skip
    ax.axhline(0.0, color="0.6", linewidth=0.7, linestyle=":", zorder=0.5)
    ax.set_xlabel(plots.axis_label("spectral radius", "1"))
    ax.set_ylabel("squared gradient (log10)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=2, columnspacing=0.8)
    plots.tidy(ax)


def _draw_learning(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    means = tables["learning"].groupby(["layers", "activation", "rate"], as_index=False).epochs.mean()
    for name in LEARNERS:
        style = plots.activation_style(name)
        label = {"CentredSigmoid": "Sigmoid - 1/2"}.get(name, name)
        for layers, rows in means[means.activation == name].groupby("layers"):
            finite = rows[np.isfinite(rows.epochs)].sort_values("rate")
            shallow = layers == 1
            ax.plot(finite.rate, finite.epochs, color=style.colour, marker=style.marker,
                    linewidth=0.7 if shallow else 1.3, linestyle=(0, (4, 1.5)) if shallow else "-",
                    markerfacecolor="white" if shallow else style.colour,
                    markeredgewidth=0.7, markeredgecolor=style.colour, label=label if shallow else None)  # fmt: skip
    ax.set_xscale("log")
    ax.set_yscale("log")
    rates = sorted(means.rate.unique())
    ax.set_xticks(rates, [f"{rate:g}" for rate in rates])
    ax.set_yticks([0.5, 1, 2, 5, 10], ["0.5", "1", "2", "5", "10"])
    ax.minorticks_off()
    ax.set_ylim(0.35, 12.0)
    ax.set_xlabel(plots.axis_label("learning rate", "1"))
    ax.set_ylabel("epochs to 25 % error (number)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=3, columnspacing=0.8, handlelength=1.8)
    plots.despine(ax)


def _draw_slopes(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    dashes = ("-", (0, (4, 1.5)), (0, (1.2, 1.2)))
    colours = {
        "ReLU": plots.activation_style("ReLU").colour,
        "SoftLIF": plots.OKABE_ITO["sky blue"],
        "Siegert": "black",
    }
    for name, rows in tables["slopes"].groupby("curve", sort=False):
        for k, (parameter, curve) in enumerate(rows.groupby("parameter")):
            label = "ReLU fitted" if name == "ReLU" else f"{'noisy LIF' if name == 'Siegert' else name} {parameter:g}"
            ax.plot(curve.drive, curve.slope, color=colours[name], linestyle=dashes[k], label=label)
    ax.axvline(1.0, color="0.6", linewidth=0.7, linestyle=":", zorder=0.5)
    ax.set_ylim(0.0, None)
    ax.set_xlabel(plots.axis_label("drive", "1"))
    ax.set_ylabel(plots.axis_label("slope of the rate", "Hz"))
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=2, columnspacing=0.8)
    plots.tidy(ax)


if __name__ == "__main__":
    from neurosim.lab import main

    main(__file__)

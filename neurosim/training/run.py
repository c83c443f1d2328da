"""train: stochastic gradient descent on a feed-forward circuit."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from neurosim.cells.base import Cell
from neurosim.circuits.circuit import Circuit
from neurosim.gate import SQUARED, function, shown, whole
from neurosim.meant import cells_of
from neurosim.params import Array, DimensionError, ParameterError, ParamInfo, finite, number
from neurosim.progress import Progress, progress_bar
from neurosim.randomness import stream
from neurosim.stimuli.stimulus import Stimulus
from neurosim.training.losses import CrossEntropy, Loss
from neurosim.training.network import Gradients, Network, Pass
from neurosim.training.optimisers import Adam, Optimiser
from neurosim.training.penalties import Penalties
from neurosim.training.result import Training
from neurosim.version import __version__

Observe = Callable[[int, Network], None]
"""Called before the first epoch (with 0) and after every one, with the network as it is."""

_EVERYTHING = ("weights", "biases", "negative_slopes")
_MOST = 10**9
"""Epochs, trials of a batch: what is more was meant for another argument."""
_EXPLODED = 1e12
"""Times the loss of the first batch (or 1) that no run comes back from."""


def train(
    circuit: Circuit,
    cells: Cell | Mapping[str, Cell],
    inputs: Any,
    targets: Any,
    *,
    loss: Loss | None = None,
    optimiser: Optimiser | None = None,
    epochs: int = 20,
    batch: int = 50,
    penalties: Penalties | None = None,
    bias_rate: float = 1.0,
    learn: tuple[str, ...] = _EVERYTHING,
    validation: tuple[Any, Any] | None = None,
    patience: int = 0,
    seed: int = 0,
    observe: Observe | None = None,
    progress: bool | Progress | None = None,
) -> Training:
    """Train a feed-forward circuit of static units by gradient descent.

    Equation
        w <- w - step(dL/dw), L the loss plus the penalties, over batches in a new order in every epoch
    Args:
        circuit: feed-forward; weights of signed projections keep their sign (they stop at 0), and a sparse projection
            keeps its connections (in a dense matrix a weight of 0 is one that may grow).
        cells: static units, one for all or one per population; any activation; PReLU's slope is learned by unit.
        inputs: (trials, channels) of the only input, a dictionary of such arrays by input, or a constant stimulus.
        targets: as the loss reads them: class numbers, or values (trials, units).
        loss: cross-entropy unless given.
        optimiser: Adam unless given.
        epochs: passes through all trials.
        batch: trials per step.
        penalties: none unless given.
        bias_rate: learning rate of the biases over that of the weights.
        learn: what is learned, of "weights", "biases" and "negative_slopes"; everything unless given.
        validation: inputs and targets for the score after each epoch.
        patience: stop after so many epochs without a better validation score and keep the best network; 0: never.
        seed: of the order of trials (stream "shuffle") and of dropout (stream "noise").
        observe: called before the first epoch and after each.
        progress: as for [simulate][neurosim.simulate.simulate].

    Returns:
        The trained circuit. After Ctrl-C or early stopping `finished` is False.

    Raises:
        ParameterError: a recurrent circuit, shapes that do not fit, a loss that grows beyond all measure.
        DimensionError: cells that are no static units.
    """
    _check_settings(loss, optimiser, penalties, validation, learn)
    for name, value, low in (("epochs", epochs, 1), ("batch", batch, 1), ("patience", patience, 0)):
        whole(value, f"train: {name}", low=low, high=_MOST)
    given = cells_of(circuit, cells, "train", "ns.Unit()")
    bias_rate = number(
        bias_rate, ParamInfo("1", "learning rate of biases over that of weights", low=0), "train: bias_rate"
    )
    if observe is not None:
        function(observe, 2, "train: observe", "a function of epoch and network")
    if patience and validation is None:
        raise ParameterError("train: patience: got no validation data, expected some to judge by")
    run = _Run(Network(circuit, given), inputs, targets, loss or CrossEntropy(), penalties or Penalties(), seed)
    run.prepare(optimiser or Adam(), learn, bias_rate, validation, patience)
    finished = False
    with progress_bar(progress, "train") as callback:
        try:
            if observe is not None:
                observe(0, run.network)
            for epoch in range(1, epochs + 1):
                with np.errstate(over="ignore"):  # what is infinite then is refused
                    run.epoch(int(batch))
                if observe is not None:
                    observe(epoch, run.network)
                callback(epoch / epochs)
                if run.stale:
                    break
            else:
                finished = True
        except KeyboardInterrupt:
            pass
    return run.result(finished)


def _check_settings(loss: Any, optimiser: Any, penalties: Any, validation: Any, learn: Any) -> None:
    """Everything that is of the wrong kind."""
    for name, given, kind in (
        ("loss", loss, Loss), ("optimiser", optimiser, Optimiser),
        ("penalties", penalties, Penalties),
    ):  # fmt: skip
        if given is not None and not isinstance(given, kind):
            raise DimensionError(f"train: {name}: got {given!r}, expected one of the kind {kind.__name__}")
    if validation is not None and (not isinstance(validation, tuple | list) or len(validation) != 2):
        raise DimensionError(f"train: validation: got {shown(validation)}, expected a pair of inputs and targets")
    if not isinstance(learn, tuple | list) or not learn or any(kind not in _EVERYTHING for kind in learn):
        known = ", ".join(map(repr, _EVERYTHING))
        raise ParameterError(f"train: learn: got {shown(learn)}, expected a tuple with some of {known}")


def _checked(network: Network, inputs: Any, where: str) -> dict[str, Array]:
    """Activities (trials, channels) by input."""
    circuit = network.circuit
    if isinstance(inputs, Stimulus):
        if inputs.encoding != "constant" or inputs.frame is not None:
            raise ParameterError(f"{where}: got a {inputs.encoding} stimulus, expected a constant one without frames")
        inputs = dict(inputs.rates)
    names = [p.name for p in circuit.inputs]
    if not isinstance(inputs, Mapping):
        if len(names) != 1:
            raise ParameterError(f"{where}: got one array, expected a dictionary with {', '.join(names) or 'none'}")
        inputs = {names[0]: inputs}
    if sorted(inputs) != sorted(names):
        raise ParameterError(f"{where}: got {', '.join(sorted(inputs))}, expected {', '.join(sorted(names))}")
    arrays = {name: finite(values, "Hz", f"{where}: {name}", within=SQUARED) for name, values in inputs.items()}
    trials = {len(values) for values in arrays.values() if values.ndim == 2}
    for name, values in arrays.items():
        if values.ndim != 2 or values.shape[1] != circuit.sizes[name] or len(trials) != 1 or not len(values):
            raise ParameterError(
                f"{where}: {name}: got shape {values.shape}, expected (trials, {circuit.sizes[name]}), trials alike"
            )
    return arrays


class _Run:
    def __init__(
        self, network: Network, inputs: Any, targets: Any, loss: Loss, penalties: Penalties, seed: int
    ) -> None:
        self.network, self.loss, self.penalties, self.seed = network, loss, penalties, seed
        self.inputs = _checked(network, inputs, "train: inputs")
        self.trials = len(next(iter(self.inputs.values())))
        self.units = network.circuit.sizes[network.output]
        self.targets = loss.prepared(targets, self.trials, self.units)
        self.history: dict[str, list[float]] = {}
        missing = {name: np.count_nonzero(found) for name, found in network.missing.items()}
        self.connections = {name: max(1, w.size - missing.get(name, 0)) for name, w in network.weights.items()}
        self.steps = self.epochs = self.since = 0
        self.started = time.perf_counter()
        self.best: tuple[float, list[Array]] | None = None
        self.first: float | None = None

    def prepare(
        self, optimiser: Optimiser, learn: tuple[str, ...], bias_rate: float, validation: Any, patience: int
    ) -> None:
        """What is moved, by whom, and what is watched."""
        tables = {
            "weights": self.network.weights,
            "biases": self.network.biases,
            "negative_slopes": self.network.negative_slopes,
        }
        self.learned = [(kind, name) for kind in _EVERYTHING if kind in learn for name in tables[kind]]
        self.moving = [name for kind, name in self.learned if kind == "weights"]
        """Projections whose weights learn: penalties act on them alone."""
        self.values = [tables[kind][name] for kind, name in self.learned]
        self.factors = [bias_rate if kind == "biases" else 1.0 for kind, _ in self.learned]
        self.nothing = np.zeros(1)
        self.optimiser, self.memory, self.patience = optimiser, optimiser.memory(self.values), patience
        self.validation = None
        if validation is not None:
            watched = _checked(self.network, validation[0], "train: validation")
            trials = len(next(iter(watched.values())))
            self.validation = (watched, self.loss.prepared(validation[1], trials, self.units))

    @property
    def stale(self) -> bool:
        """Whether the validation score has not risen for longer than the patience."""
        return bool(self.patience) and self.since >= self.patience

    def epoch(self, batch: int) -> None:
        """One pass through all trials."""
        order = stream(self.seed, "shuffle", self.epochs).permutation(self.trials)
        dropping = stream(self.seed, "noise", "dropout", self.epochs)
        sums: dict[str, float] = {"loss": 0.0, "score": 0.0}
        ever = {name: np.zeros(self.network.circuit.sizes[name], dtype=bool) for name in self.network.hidden}
        for start in range(0, self.trials, batch):
            part = order[start : start + batch]
            share = len(part) / self.trials
            run, gradients = self._step(part, dropping, sums, share)
            for name in self.network.hidden:
                active = run.activity[name] != 0
                ever[name] |= active.any(axis=0)
                _add(sums, f"active {name}", share * float(active.mean()))
            for name, gradient in gradients.weights.items():
                _add(sums, f"gradient {name}", share * float(np.square(gradient).sum()) / self.connections[name])
        row = {name: np.sqrt(value) if name.startswith("gradient") else value for name, value in sums.items()}
        row |= {f"dead {name}": float(np.mean(~found)) for name, found in ever.items()}
        self.epochs += 1
        if self.validation is not None:
            row["validation"] = self._watch(*self.validation)
        if wild := [name for name, value in row.items() if not np.isfinite(value)]:
            raise ParameterError(
                f"train: {wild[0]} is no longer finite in epoch {self.epochs}; take a smaller learning rate, "
                "or smaller inputs and weights"
            )
        for name, value in row.items():
            self.history.setdefault(name, []).append(float(value))

    def _step(
        self, part: Any, dropping: np.random.Generator, sums: dict[str, float], share: float
    ) -> tuple[Pass, Gradients]:
        inputs = {name: values[part] for name, values in self.inputs.items()}
        targets = self.targets[part]
        run = self.network.forward(inputs, self._masks(len(part), dropping))
        output = run.activity[self.network.output]
        loss, gradient = self.loss.value_and_gradient(output, targets)
        self.first = loss if self.first is None else self.first
        if not np.isfinite(loss) or loss > _EXPLODED * max(1.0, self.first):
            state = f"has grown to {loss:.3g}" if np.isfinite(loss) else "is no longer finite"
            raise ParameterError(f"train: the loss {state} in epoch {self.epochs + 1}; take a smaller learning rate")
        cotangents = {self.network.output: gradient}
        if self.penalties.l1_activity:
            scale = self.penalties.l1_activity / len(part)
            cotangents |= {name: scale * np.sign(run.activity[name]) for name in self.network.hidden}
        found = self.network.backward(run, cotangents)
        for name in self.moving:
            self._penalise(name, self.network.weights[name], found.weights)
        tables = {"weights": found.weights, "biases": found.biases, "negative_slopes": found.negative_slopes}
        # A population that nothing leads on from has no gradient.
        gradients = [tables[kind].get(name, self.nothing) for kind, name in self.learned]
        self.steps += 1
        self.optimiser.step(self.values, gradients, self.memory, self.factors, self.steps)
        if self.penalties.proximal and self.penalties.l1_weights:
            self._shrink()
        self.network.inside_signs()
        _add(sums, "loss", share * loss)
        _add(sums, "score", share * self.loss.score(output, targets))
        return run, found

    def _penalise(self, name: str, w: Array, gradients: dict[str, Array]) -> None:
        if name not in gradients:
            return
        if self.penalties.l2_weights:
            gradients[name] += self.penalties.l2_weights * w
        if self.penalties.l1_weights and not self.penalties.proximal:
            gradients[name] += self.penalties.l1_weights * np.sign(w)

    def _shrink(self) -> None:
        """Soft thresholding, the proximal step of the L1 penalty."""
        limit = self.optimiser.learning_rate * self.penalties.l1_weights
        for name in self.moving:
            w = self.network.weights[name]
            np.copyto(w, np.sign(w) * np.maximum(np.abs(w) - limit, 0.0))

    def _masks(self, trials: int, dropping: np.random.Generator) -> dict[str, Array]:
        p = self.penalties.dropout
        if not p:
            return {}
        sizes = self.network.circuit.sizes
        return {n: (dropping.random((trials, sizes[n])) >= p) / (1.0 - p) for n in self.network.hidden}

    def _watch(self, inputs: Mapping[str, Array], targets: Array) -> float:
        score = self.loss.score(self.network.forward(inputs).activity[self.network.output], targets)
        self.since += 1
        if self.best is None or score > self.best[0]:
            self.best, self.since = (score, [value.copy() for value in self.values]), 0
        return score

    def result(self, finished: bool) -> Training:
        """The network so far; the best one where there was patience."""
        if self.patience and self.best is not None:
            for value, kept in zip(self.values, self.best[1], strict=True):
                np.copyto(value, kept)
        provenance = {
            "loss": self.loss.as_dict(), "optimiser": self.optimiser.as_dict(), "penalties": self.penalties.as_dict(),
            "seed": self.seed, "steps": self.steps, "wall_seconds": time.perf_counter() - self.started,
            "neurosim": __version__,
        }  # fmt: skip
        # An epoch that was interrupted has changed the weights but has no row.
        history = {name: np.array(values) for name, values in self.history.items()}
        network = self.network
        return Training(
            network.to_circuit(), network.to_cells(), finished, self.epochs, history, provenance, self.loss.task
        )


def _add(sums: dict[str, float], name: str, value: float) -> None:
    sums[name] = sums.get(name, 0.0) + value

"""ReLU autoencoders that learn pictures of bars by gradient descent, with L1 penalties and without."""

from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from experiments.learning._bars import PIXELS, UNITS, matched, pictures
from neurosim.params import Array, ParameterError, Params, param
from neurosim.training import Adam, Penalties, SquaredError, layered, train

PENALTIES = (0.0, 0.03, 0.1, 0.3)
SHOWN_PENALTIES = {"autoencoder": 0.1, "dense autoencoder": 0.0}


@dataclass(frozen=True, kw_only=True)
class Autoencoders(Params):
    patterns: int = param(5000, doc="pictures for the rate and static networks", low=100)
    epochs: int = param(40, doc="passes of the autoencoders through their pictures", low=2)
    penalties: tuple[float, ...] = param(PENALTIES, doc="L1 penalties on the hidden activity, the first 0", low=0)

    def check(self) -> None:
        if list(self.penalties) != sorted({0.0, *SHOWN_PENALTIES.values(), *self.penalties}):
            raise ParameterError(
                f"Parameters.penalties: got {self.penalties}, expected 0 and 0.1 among them, increasing"
            )


def autoencoders(p: Autoencoders, seed: int) -> dict[str, Any]:
    """ReLU autoencoders by gradient descent, by their L1 penalty (as text); and the random layer they start from."""
    x = pictures(seed, p.patterns)
    found: dict[str, Any] = {}
    for penalty in p.penalties:
        circuit, cells = layered((PIXELS, UNITS, PIXELS), seed=seed)
        loss, unique = [], []

        def observe(_: int, trained: Any, loss: Any = loss, unique: Any = unique) -> None:
            now = trained.to_circuit()
            loss.append(0.5 * float(np.mean(np.sum((_reconstruct(now, x)[1] - x) ** 2, axis=1))))
            unique.append(matched(now.projection("to_hidden1").dense()).unique)

        run = train(
            circuit,
            cells,
            x,
            x,
            loss=SquaredError(),
            optimiser=Adam(learning_rate=3e-3),
            epochs=p.epochs,
            batch=20,
            penalties=Penalties(l1_activity=penalty),
            seed=seed,
            observe=observe,
            progress=False,
        )
        found[f"{penalty:g}"] = {**_layer(run.circuit, x), "loss": np.array(loss), "unique": np.array(unique)}
    return {**found, "random ReLU": _layer(layered((PIXELS, UNITS, PIXELS), seed=seed)[0], x)}


def _layer(circuit: ns.Circuit, x: Array) -> dict[str, Array]:
    return {"weights": circuit.projection("to_hidden1").dense(), "active": _reconstruct(circuit, x)[0]}


def _reconstruct(circuit: ns.Circuit, x: Array) -> tuple[Array, Array]:
    """Hidden activity and reconstruction, by plain NumPy."""
    to_hidden, to_output = (circuit.projection(f"to_{name}").dense() for name in ("hidden1", "output"))
    hidden = np.maximum(x @ to_hidden.T + circuit.population("hidden1").bias, 0.0)
    return hidden, hidden @ to_output.T + circuit.population("output").bias

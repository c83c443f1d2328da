"""Does a penalty that makes an autoencoder sparse slow its learning?

The same ReLU autoencoder learns the same pictures of bars from the same start by gradient descent, once with an L1
penalty on the hidden activity and once without. Speed is the number of pictures until the loss is within 1 % of its
fall from where it ends; the loss is that of the reconstruction, without the penalty.
"""

from dataclasses import dataclass

import numpy as np

from experiments.learning._bars import AUTOENCODERS, Autoencoders, autoencoders
from neurosim.lab import Row, above, below, claim, column, main
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 2, "patterns": 1200, "epochs": 10}
LABELS = {"autoencoder": "with an L1 penalty", "dense autoencoder": "without"}
COLOURS = {"autoencoder": "vermillion", "dense autoencoder": "blue"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Autoencoders):
    seeds: int = param(5, doc="seeds of pictures and start weights, the unit of replication", low=2)


class Training(Row):
    network: str = column("autoencoder (L1 penalty) or dense autoencoder (none)")
    patterns: int = column("pictures seen")
    loss: float = column("half the squared error of the reconstruction per picture, without the penalty")
    unique: int = column("different bars that units stand for, of 16")


def compute(p, seed, lab):
    found = lab.once(autoencoders, p, seed)
    for name in AUTOENCODERS:
        loss, unique = found[name]["loss"], found[name]["unique"]
        yield Training.table(network=name, patterns=p.patterns * np.arange(len(loss)), loss=loss, unique=unique)


def pictures_until(rows, fraction=0.01):
    """Pictures until the loss is within a fraction of its whole fall from its end, between epochs on a line."""
    ordered = rows.sort_values("patterns")
    loss, seen = ordered.loss.to_numpy(), ordered.patterns.to_numpy()
    level = loss[-1] + fraction * (loss[0] - loss[-1])
    first = int(np.flatnonzero(loss <= level)[0])
    if first == 0:
        return float(seen[0])
    part = (loss[first - 1] - level) / (loss[first - 1] - loss[first])
    return float(seen[first - 1] + part * (seen[first] - seen[first - 1]))


def ratio(t):
    """Pictures that the sparse network needs over those of the dense one, by seed, with the interval of its mean."""
    until = {name: rows.groupby("seed").apply(pictures_until) for name, rows in t.training.groupby("network")}
    return student_interval((until["autoencoder"] / until["dense autoencoder"]).to_numpy())


def answer(t):
    found = ratio(t)
    return (
        f"With an L1 penalty an autoencoder needs {found.value:.2f} times as many pictures as without (95 % interval "
        f"{found.low:.2f} to {found.high:.2f})."
    )


def findings(t):
    why = (
        "pictures until the loss is within 1 % of its fall from its end, with an L1 penalty over without; the same "
        "ReLU autoencoder, start and pictures; 95 % Student interval over seeds"
    )
    yield claim("A1-35", ratio(t), supported=above(1.0), refuted=below(1.0), why=why)


def losses(ax, t):
    for name, label in LABELS.items():
        found = t.training[t.training.network == name].groupby("patterns").loss.mean()
        ax.plot(found.index, found, color=OKABE_ITO[COLOURS[name]], marker="none", label=label)
    ax.set(ylim=(0, None), xlabel="pictures seen", ylabel="loss of the reconstruction")
    ax.legend(loc="upper right")
    return "half the squared error of the reconstruction per picture, mean over seeds"


def speeds(ax, t):
    for k, name in enumerate(LABELS):
        until = t.training[t.training.network == name].groupby("seed").apply(pictures_until)
        ax.plot(k + np.linspace(-0.1, 0.1, len(until)), until, "o", color=OKABE_ITO[COLOURS[name]], markersize=3.4)
    ax.set_xticks(range(len(LABELS)), list(LABELS.values()))
    top = 1.1 * t.training.patterns.max()
    ax.set(xlim=(-0.5, 1.5), ylim=(0, top), xlabel="autoencoder", ylabel="pictures until nearly done")
    return "pictures until the loss is within 1 % of its fall from its end, one point per seed"


PANELS = (losses, speeds)

if __name__ == "__main__":
    main(__file__)

"""Does a penalty that makes an autoencoder sparse slow its learning, and does it make units stand for single causes?

The same ReLU autoencoder learns the same pictures of bars from the same start by gradient descent, without a penalty
and with L1 penalties on the hidden activity. Speed is the number of pictures until the loss has done 90 % of its whole
fall; the loss is that of the reconstruction, without the penalty. A unit stands for a cause if its weights are those of
one bar.
"""

from dataclasses import dataclass

import numpy as np

from experiments._existence import most
from experiments.learning._autoencoders import SHOWN_PENALTIES, Autoencoders, autoencoders
from experiments.learning._bars import BARS, matched
from neurosim.lab import Row, above, below, column, judge, main, needed, side
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, "patterns": 1200, "epochs": 10}
COLOURS = ("blue", "bluish green", "vermillion", "orange")
MARGIN = 1.1
"""Times as many pictures that are worth speaking of."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Autoencoders):
    seeds: int = param(10, doc="seeds of pictures and start weights, the unit of replication", low=2)


class Training(Row):
    penalty: float = column("L1 penalty on the hidden activity; 0: none")
    patterns: int = column("pictures seen")
    loss: float = column("half the squared error of the reconstruction per picture, without the penalty")
    unique: int = column("different bars that units stand for, of 16")


class Code(Row):
    penalty: float = column("L1 penalty on the hidden activity; 0: none")
    active: float = column("units that answer a picture, mean over pictures, of 16")
    unique: int = column("different bars that units stand for at the end, of 16")


def compute(p, seed, lab):
    found = lab.once(autoencoders, p, seed)
    for penalty in p.penalties:
        one = found[f"{penalty:g}"]
        seen = p.patterns * np.arange(len(one["loss"]))
        yield Training.table(penalty=penalty, patterns=seen, loss=one["loss"], unique=one["unique"])
        yield Code(penalty, (one["active"] > 0).sum(axis=1).mean(), matched(one["weights"]).unique)


def pictures_until(rows, fraction=0.1):
    """Pictures until only a fraction of the whole fall of the loss is left, between epochs on a line."""
    ordered = rows.sort_values("patterns")
    loss, seen = ordered.loss.to_numpy(), ordered.patterns.to_numpy()
    level = loss[-1] + fraction * (loss[0] - loss[-1])
    first = int(np.flatnonzero(loss <= level)[0]) if np.isfinite(loss).all() else 0
    if first == 0:
        return float(seen[0]) if np.isfinite(loss).all() else np.nan
    part = (loss[first - 1] - level) / (loss[first - 1] - loss[first])
    return float(seen[first - 1] + part * (seen[first] - seen[first - 1]))


def ratios(t, penalty, fraction=0.1):
    """Pictures that a sparse network needs over those of the dense one, by seed."""
    until = {}
    for value in (0.0, penalty):
        rows = t.training[t.training.penalty == value].groupby("seed")[["patterns", "loss"]]
        until[value] = rows.apply(pictures_until, fraction=fraction)
    return (until[penalty] / until[0.0]).to_numpy()


def slowest(t, fraction=0.1, matters=MARGIN):
    """The penalty that slows most surely: a "may" needs one, with intervals that allow for choosing it."""
    every = [value for value in sorted(set(t.training.penalty)) if value > 0]
    penalty, found = most({value: ratios(t, value, fraction) for value in every})
    words = f"pictures that a penalty of {penalty:g} needs over those without one, to {1 - fraction:.0%} of the fall"
    return [needed(words, found, above(1.0, matters=matters), possible=(0, 100))]


def clearer(t, penalty):
    """What A0-05 asks of the code at one penalty, by seed against the code without one."""
    codes = t.code.pivot(index="seed", columns="penalty", values=["active", "unique"])
    more = student_interval((codes["unique"][penalty] - codes["unique"][0.0]).to_numpy())
    fewer = student_interval((codes["active"][0.0] - codes["active"][penalty]).to_numpy())
    words, many = f"at a penalty of {penalty:g}", of(t, "unique", penalty)
    return [
        needed(f"bars more that have their own unit {words}, of 16", more, above(0, matters=1), possible=(-16, 16)),
        needed(f"units fewer that answer a picture {words}, of 16", fewer, above(0, matters=1), possible=(-16, 16)),
        side(f"bars that have a unit {words}: nine of ten", many, above(0.9 * BARS), possible=(0, BARS)),
    ]


def limited(t, penalty, matters=0.05):
    """What A1-20 asks of a sparse autoencoder: its penalty leaves a smaller part of the units active."""
    active = t.code.pivot(index="seed", columns="penalty", values="active") / BARS
    words = f"fraction of units that answer a picture at a penalty of {penalty:g}, less that without"
    less = student_interval((active[penalty] - active[0.0]).to_numpy())
    return [needed(words, less, below(0.0, matters=-matters), possible=(-1.0, 1.0))]


def of(t, column, penalty):
    return student_interval(t.code[t.code.penalty == penalty].groupby("seed")[column].mean().to_numpy())


def answer(t):
    top, some = t.code.penalty.max(), SHOWN_PENALTIES["autoencoder"]
    found, none, few, many = (
        student_interval(ratios(t, top)),
        *(of(t, "unique", value).value for value in (0.0, some, top)),
    )
    return (
        f"Slower, a little: an L1 penalty of {top:g} needs {found.value:.2f} times as many pictures ({found.low:.2f} "
        f"to {found.high:.2f}); clearer, some: {few:.1f} of 16 bars have a unit at {some:g}, {none:.1f} without, "
        f"{many:.1f} at {top:g}."
    )


def findings(t):
    every = [value for value in sorted(set(t.training.penalty)) if value > 0]
    yield judge(
        "A1-35",
        *slowest(t),
        over={
            "part of the fall": {1 - left: slowest(t, left) for left in (0.2, 0.1, 0.05)},
            "times as many that matter": {times: slowest(t, matters=times) for times in (1.05, MARGIN, 1.2)},
        },
        why="may: one penalty at which the same network surely needs more pictures is enough, with intervals that "
        "allow for choosing it among all; it is refuted where at none it can be a tenth more. 80, 90 or 95 % of the "
        "fall; the end itself is noise of batches",
    )
    yield judge(
        "A0-05",
        *clearer(t, SHOWN_PENALTIES["autoencoder"]),
        over={"penalty": {value: clearer(t, value) for value in every}},
        why="the same autoencoder with and without its penalty, so only sparseness differs; by seed; one bar "
        "matters. An output can be read as a combination of few causes if each has a unit of its own. Under too strong "
        "a penalty units die, and their bars with them",
    )
    yield judge(
        "A1-20",
        *limited(t, SHOWN_PENALTIES["autoencoder"]),
        over={
            "penalty": {value: limited(t, value) for value in every},
            "what matters": {part: limited(t, SHOWN_PENALTIES["autoencoder"], part) for part in (0.02, 0.05, 0.1)},
        },
        why="the same autoencoder with and without its penalty, by seed; a twentieth of the units matters",
    )


def losses(ax, t):
    for (penalty, rows), colour in zip(t.training.groupby("penalty"), COLOURS, strict=False):
        found = rows.groupby("patterns").loss.mean()
        ax.plot(found.index, found, color=OKABE_ITO[colour], marker="none", label=f"L1 {penalty:g}")
    ax.set(ylim=(0, None), xlabel="pictures seen", ylabel="loss of the reconstruction")
    ax.legend(loc="upper right")
    return "half the squared error of the reconstruction per picture, mean over seeds, by penalty"


def codes(ax, t):
    for (penalty, rows), colour in zip(t.code.groupby("penalty"), COLOURS, strict=False):
        ax.plot(rows.active, rows.unique, "o", color=OKABE_ITO[colour], label=f"L1 {penalty:g}", markersize=3.4)
    ax.axhline(BARS, color="0.6", linestyle=":", linewidth=0.8)
    ax.set(xlim=(0, BARS), ylim=(0, BARS + 1), xlabel="units that answer a picture", ylabel="bars found (of 16)")
    return "bars that have a unit of their own by the units that answer a picture, one point per seed"


PANELS = (losses, codes)

if __name__ == "__main__":
    main(__file__)

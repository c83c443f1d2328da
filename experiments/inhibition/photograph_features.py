"""Do sparse codes of photographs learn localised, oriented features?

A dictionary that is learned so that few of its columns explain each patch ends up with features like the receptive
fields of the primary visual cortex: localised and oriented. A dense code is the control: as many columns, learned from
the same patches with a penalty on the squares of the activities, which asks for many small ones. Its features are as
little localised as random ones.

Whether cortex codes sparsely is contested in the literature; here the model alone speaks.

Sources: Olshausen & Field, Nature 381 (1996); Vinje & Gallant, Science 287 (2000).
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments.inhibition._patches import SIDE, Learning, dictionary, examples
from neurosim.lab import Row, above, check, column, main, not_testable
from neurosim.metrics import student_interval
from neurosim.params import Array, param
from neurosim.plots import OKABE_ITO, plot_filters

QUICK = {"seeds": 3, "atoms": 64, "learning_steps": 40}
GROUPS = {"learned": "vermillion", "dense": "blue", "random": "black"}
MATTERS = 0.05
"""A difference of localisation or orientation, both between 0 and 1, that matters."""
SWEEPS = 20  # of the dense code, whose features change no more after some ten


@dataclass(frozen=True, kw_only=True)
class Parameters(Learning):
    seeds: int = param(6, doc="dictionaries, each learned from patches of its own", low=2)


class Atoms(Row):
    group: str = column("learned, dense (squared activities penalised) or random (Gaussian)")
    atom: int = column("number")
    localisation: float = column("fraction of its energy within the best quarter of the patch")
    orientation: float = column("coherence of its gradients: 0 no direction, 1 one direction")
    pixels: Array = column("picture of 8 x 8 pixels")


def compute(p, seed, lab):
    features = lab.once(dictionary, p, seed)
    groups = {
        "learned": features.T,
        "dense": dense(examples(p, seed), p, lab.stream("weights", "dense atoms")),
        "random": lab.stream("weights", "random atoms").standard_normal(features.T.shape),
    }
    for group, rows in groups.items():
        for k, picture in enumerate(rows.reshape(-1, SIDE, SIDE)):
            yield Atoms(group, k, localisation(picture), orientation(picture), picture)


def dense(rows, p, rng):
    """Features (atoms, pixels) of norm 1 that explain patches with small squares of their activities.

    Equation
        minimise |x - Phi a|^2/2 + lambda |a|^2/2, over a and over Phi in turn
    """
    features = rng.standard_normal((p.atoms, rows.shape[1]))
    for _ in range(SWEEPS):
        features /= np.linalg.norm(features, axis=1, keepdims=True)
        overlap = features @ features.T + p.learning_penalty * np.eye(p.atoms)
        codes = np.linalg.solve(overlap, features @ rows.T)
        features = np.linalg.lstsq(codes.T, rows, rcond=None)[0]
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def localisation(picture):
    """Largest fraction of the energy in a square of half the side: 1/4 for an even spread, 1 for a spot."""
    half = SIDE // 2
    windows = np.lib.stride_tricks.sliding_window_view(picture**2, (half, half))
    return float(windows.sum(axis=(2, 3)).max() / (picture**2).sum())


def orientation(picture):
    """Coherence of the gradients, (l1 - l2)/(l1 + l2) with the eigenvalues of the structure tensor."""
    down, across = np.gradient(picture)
    xx, yy, xy = (across**2).sum(), (down**2).sum(), (across * down).sum()
    return float(math.hypot(xx - yy, 2.0 * xy) / (xx + yy))


def mean(t, group, value):
    return student_interval(t.atoms[t.atoms.group == group].groupby("seed")[value].mean().to_numpy())


def answer(t):
    local, oriented = mean(t, "learned", "localisation").value, mean(t, "learned", "orientation").value
    return (
        f"In the model, yes: their best quarter holds {100 * local:.0f} % of the energy (dense code "
        f"{100 * mean(t, 'dense', 'localisation').value:.0f} %), and their gradients have a coherence of "
        f"{oriented:.2f} ({mean(t, 'dense', 'orientation').value:.2f})."
    )


def findings(t):
    why = (
        "that sparse codes learn features such as V1 has does not say that V1 codes sparsely: no property of V1 is "
        "here, and other codes learn such features too. The rule that said supported was withdrawn by a fifth review"
    )
    yield not_testable("A1-34", why=why, source="Olshausen & Field (1996); Vinje & Gallant (2000)")
    words = "{} of the features of a sparse code less that of a dense one's, whose features are random directions."
    why = "the control has as many features from the same patches and differs by its penalty alone"
    for name, value in (("Localisation", "localisation"), ("Coherence of the gradients", "orientation")):
        means = t.atoms.groupby(["seed", "group"])[value].mean().unstack()
        more = student_interval((means.learned - means.dense).to_numpy())
        source = "Olshausen & Field (1996)"
        yield check(value, words.format(name), more, above(MATTERS), why=why, source=source)


def features(ax, t, group):
    first = t.atoms[(t.atoms.group == group) & (t.atoms.seed == t.atoms.seed.min())]
    shown = np.array(first.pixels.tolist())
    plot_filters(ax, shown, columns=math.ceil(math.sqrt(1.4 * len(shown))))


def learned(ax, t):
    features(ax, t, "learned")
    return "features learned from whitened photographs, each on a scale of its own"


def of_a_dense_code(ax, t):
    features(ax, t, "dense")
    return "features of a dense code of the same patches"


def scatter(ax, t):
    for group, colour in reversed(GROUPS.items()):
        rows = t.atoms[(t.atoms.group == group) & (t.atoms.seed == t.atoms.seed.min())]
        ax.plot(rows.orientation, rows.localisation, "o", color=OKABE_ITO[colour], markersize=2.5, alpha=0.6)
        ax.plot(
            mean(t, group, "orientation").value,
            mean(t, group, "localisation").value,
            "s",
            label=group,
            color=OKABE_ITO[colour],
            markersize=6,
            markeredgecolor="white",
            markeredgewidth=0.8,
        )
    ax.set(xlim=(0, 1), ylim=(0.2, 1), xlabel="orientation (coherence of gradients)", ylabel="localisation")
    ax.legend(loc="upper left")
    return "energy in the best quarter and coherence of the gradients; squares: means over features and seeds"


PANELS = (learned, of_a_dense_code, scatter)

if __name__ == "__main__":
    main(__file__)

"""Do sparse codes of photographs learn localised, oriented features?

A dictionary that is learned so that few of its columns explain each patch ends up with features like the receptive
fields of the primary visual cortex: localised and oriented. Principal components of the same patches, which explain as
much as possible with all of them at once, are spread out; random features have no orientation.

Whether cortex codes sparsely is contested in the literature, and no run of a model decides it.

Sources: Olshausen & Field, Nature 381 (1996); Vinje & Gallant, Science 287 (2000).
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments.inhibition._patches import SIDE, Learning, dictionary, examples
from neurosim import wiring
from neurosim.lab import Row, above, below, check, claim, column, main
from neurosim.metrics import student_interval
from neurosim.params import Array, param
from neurosim.plots import OKABE_ITO, plot_filters

QUICK = {"seeds": 3, "atoms": 64, "learning_steps": 40}
GROUPS = {"learned": "vermillion", "principal": "blue", "random": "black"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Learning):
    seeds: int = param(3, doc="dictionaries, each learned from patches of its own", low=2)


class Atoms(Row):
    group: str = column("learned, principal (components of the same patches) or random (Gaussian)")
    atom: int = column("number")
    localisation: float = column("fraction of its energy within the best quarter of the patch")
    orientation: float = column("coherence of its gradients: 0 no direction, 1 one direction")
    pixels: Array = column("picture of 8 x 8 pixels")


def compute(p, seed, lab):
    features = lab.once(dictionary, p, seed)
    groups = {
        "learned": features.T,
        "principal": wiring.principal_components(examples(p, seed), SIDE**2 - 1),
        "random": lab.stream("weights", "random atoms").standard_normal(features.T.shape),
    }
    for group, rows in groups.items():
        for k, picture in enumerate(rows.reshape(-1, SIDE, SIDE)):
            yield Atoms(group, k, localisation(picture), orientation(picture), picture)


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


def margin(t, value, other):
    """By seed: how far the intervals over features of the learned and of other ones are apart."""
    found = []
    for _, rows in t.atoms.groupby("seed"):
        learned, control = (student_interval(rows[rows.group == group][value]) for group in ("learned", other))
        found.append(learned.low - control.high)
    return student_interval(np.array(found))


def mean(t, group, value):
    return student_interval(t.atoms[t.atoms.group == group].groupby("seed")[value].mean().to_numpy())


def answer(t):
    local, oriented = mean(t, "learned", "localisation").value, mean(t, "learned", "orientation").value
    return (
        f"Yes: their best quarter holds {100 * local:.0f} % of the energy (principal components "
        f"{100 * mean(t, 'principal', 'localisation').value:.0f} %), and their gradients have a coherence of "
        f"{oriented:.2f} (random features {mean(t, 'random', 'orientation').value:.2f})."
    )


def recorded(value, low, high):
    """recordings from cortex say so, which no run of a model contains"""
    return False


def findings(t):
    local, oriented = margin(t, "localisation", "principal"), margin(t, "orientation", "random")
    smaller = local if local.value < oriented.value else oriented
    why = (
        "the model's side only, the smaller of two margins: features learned from photographs are more localised than "
        "principal components and more oriented than random ones; a margin is the gap of 95 % intervals over features"
    )
    source = "Olshausen & Field (1996); Vinje & Gallant (2000)"
    yield claim("A1-34", smaller, supported=recorded, partly=above(1e-9), refuted=below(0.0), why=why, source=source)
    words = "Learned features are more localised than random ones, too (gap between intervals over features)."
    why = "the energy of a random picture is spread evenly but for chance"
    yield check("localised", words, margin(t, "localisation", "random"), above(0.0), why=why)


def features(ax, t, group):
    first = t.atoms[(t.atoms.group == group) & (t.atoms.seed == t.atoms.seed.min())]
    shown = np.array(first.pixels.tolist())
    plot_filters(ax, shown, columns=math.ceil(math.sqrt(1.4 * len(shown))))


def learned(ax, t):
    features(ax, t, "learned")
    return "features learned from whitened photographs, each on a scale of its own"


def principal(ax, t):
    features(ax, t, "principal")
    return "principal components of the same patches"


def scatter(ax, t):
    for group, colour in reversed(GROUPS.items()):
        rows = t.atoms[(t.atoms.group == group) & (t.atoms.seed == t.atoms.seed.min())]
        ax.plot(rows.orientation, rows.localisation, "o", color=OKABE_ITO[colour], markersize=2.5, alpha=0.6)
        ax.plot(mean(t, group, "orientation").value, mean(t, group, "localisation").value, "s", label=group,
                color=OKABE_ITO[colour], markersize=6, markeredgecolor="white", markeredgewidth=0.8)  # fmt: skip
    ax.set(xlim=(0, 1), ylim=(0.2, 1), xlabel="orientation (coherence of gradients)", ylabel="localisation")
    ax.legend(loc="upper left")
    return "energy in the best quarter and coherence of the gradients; squares: means over features and seeds"


PANELS = (learned, principal, scatter)

if __name__ == "__main__":
    main(__file__)

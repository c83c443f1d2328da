"""What does the offset of batch normalisation do: for values and gradients in depth, and for what a layer can express?

In a deep ReLU network the division keeps activities in range whatever the weights; centring and an offset alone do not.
Gradients of normalised networks grow with depth, less with an offset that leaves fewer units silent. A factor of 10
from the first to the last layer counts as in range. Without an offset a normalised drive lets about half of the
examples through every ReLU; with a learned one units choose how many.

Sources: Ioffe & Szegedy, arXiv:1502.03167 (2015); Yang et al., arXiv:1902.08129 (2019).
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments._bounds import TENFOLD, TENFOLD_RANGE
from experiments.networks._digits import Digits, halves
from experiments.networks._normalised import fitted, normalised, normalised_gradient
from neurosim.lab import Row, above, below, column, context, judge, main, needed, side
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, "depths": (5, 16), "images": 300, "steps": 100}
WIDTHS, BETAS = (4, 16, 64), (0.5, 1.0, 2.0)
KINDS = (("plain", 0.0), ("offset", 0.0), ("offset", 1.0), *(("normalised", beta) for beta in (0.0, *BETAS)))
SCALES = (0.25, 1.0, 4.0)


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    steps: int = param(300, doc="steps of gradient descent of the networks that learn digits", low=10)
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    depths: tuple[int, ...] = param((10, 30, 100), doc="layers; the verdict takes the middle one", low=4)


class Depth(Row):
    layers: int = column("depth of the network")
    kind: str = column("plain; offset: mean removed and beta added; normalised: divided by the deviation too")
    beta: float = column("offset")
    scale: float = column("weight variance over that of He")
    activity: float = column("log10 of the mean squared activity, last over first layer")
    gradient: float = column("log10 of the mean squared gradient of the drives, first over last layer")


class Learned(Row):
    width: int = column("normalised ReLUs between digits and answer")
    offset: str = column("fixed at 0, or learned")
    loss: float = column("cross-entropy on the training digits after learning", "nat")
    active: float = column("fraction of active units, mean over units and digits")
    spread: float = column("standard deviation of the units' active fractions")


def compute(p, seed, lab):
    x, labels, _, _ = halves(p, seed)
    for width in WIDTHS:
        for offset in ("fixed", "learned"):
            rng = lab.stream("weights", "learned", width)
            yield Learned(width, offset, *fitted(x, np.eye(10)[labels], width, offset == "learned", p.steps, rng))
    for depth in p.depths:
        for scale in SCALES:
            for kind, beta in KINDS:
                yield Depth(depth, kind, beta, scale, *through(depth, kind, beta, scale, lab.stream("weights", "deep")))


def through(depth, kind, beta, scale, rng, width=64, batch=96):
    """Logarithms of the growth of activities and gradients through a deep network."""
    h, layers, squares = rng.standard_normal((batch, width)), [], []
    for _ in range(depth):
        w = rng.standard_normal((width, width)) * math.sqrt(2.0 * scale / width)
        drive, spread = normalised(h @ w.T, kind, beta)
        h = np.maximum(drive, 0.0)
        layers.append((w, drive, spread))
        squares.append(float(np.mean(h**2)))
    back, gradients = rng.standard_normal((batch, width)), []
    for w, drive, spread in reversed(layers):
        back = back * (drive > 0)
        gradients.append(float(np.mean(back**2)))
        back = normalised_gradient(back, drive - beta, spread, kind) @ w
    return math.log10(squares[-1] / squares[0]), math.log10(gradients[-1] / gradients[0])


def shown(t):
    """The depth of the verdict and of the panels."""
    layers = sorted(set(t.depth.layers))
    return layers[len(layers) // 2]


def decades(t, kind, beta, name, layers=None, scale=1.0):
    """Decades by which activities or gradients (roots of their mean squares) change through the network, by seed."""
    rows = t.depth[(t.depth.kind == kind) & (t.depth.beta == beta) & (t.depth.scale == scale)]
    return rows[rows.layers == (layers or shown(t))].set_index("seed")[name].abs() / 2


def steadied(t, beta=1.0, layers=None, tenfold=TENFOLD, scale=1.0):
    """What A1-45 asks, for one offset, depth, reading of tenfold, and size of weights where they matter."""
    with_it, without = (decades(t, "normalised", b, "gradient", layers) for b in (beta, 0.0))
    loose = student_interval(decades(t, "offset", 1.0, "activity", layers, scale).to_numpy())
    words, span = f"{layers or shown(t)} layers, offset {beta:g}", {"possible": (0, 50)}
    return [
        needed(f"{words}: decades by which it lowers the growth of gradients in normalised networks",
               student_interval((without - with_it).to_numpy()), above(0.0, matters=0.1), possible=(-50, 50)),
        needed(f"{words}: decades by which gradients then still change", student_interval(with_it.to_numpy()),
               below(tenfold), **span),
        side(f"without the division the offset keeps activities in range (decades, {scale:g} times He's variance)",
             loose, below(tenfold), **span),
    ]  # fmt: skip


def expressed(t, width, least=0.02):
    """What A1-58 asks of a layer of this width, by seed: the learned offset against the fixed one."""
    table = t.learned[t.learned.width == width].pivot(index="seed", columns="offset", values=["loss", "spread"])
    fewer = student_interval(np.log10(table["loss"]["fixed"] / table["loss"]["learned"]).to_numpy())
    freed = student_interval((table["spread"]["learned"] - table["spread"]["fixed"]).to_numpy())
    words = f"{width} units: decades by which a learned offset lowers the training loss"
    return [
        needed(words, fewer, above(0.0, matters=least), possible=(-10, 10)),
        context(f"{width} units: spread of their active fractions, learned minus fixed offset", freed, above(0.0)),
    ]


def answer(t):
    without, with_it = (decades(t, "normalised", beta, "gradient").mean() for beta in (0.0, 1.0))
    loss = t.learned.groupby(["width", "offset"]).loss.mean()[WIDTHS[1]]
    return (
        f"Over {shown(t)} layers an offset of 1 lowers the growth of gradients from 10^{without:.1f} to "
        f"10^{with_it:.1f}; learned, it takes the training loss of {WIDTHS[1]} units from {loss['fixed']:.3f} to "
        f"{loss['learned']:.3f}; values in range are the division's work."
    )


def findings(t):
    yield judge(
        "A1-45",
        *steadied(t),
        over={
            "offset": {beta: steadied(t, beta) for beta in BETAS},
            "layers": {layers: steadied(t, layers=layers) for layers in sorted(set(t.depth.layers))},
            "weights without division": {scale: steadied(t, scale=scale) for scale in SCALES},
            "tenfold": {bound: steadied(t, tenfold=bound) for bound in TENFOLD_RANGE},
        },
        why="the offset against none in the same normalised network: the claim is about the bias; behind a division "
        "the size of the weights makes no difference, so it is varied for the bias alone. A factor of 10 (3 to 100) "
        "from the first to the last layer is neither vanishing nor exploding; a tenth of a decade matters",
        source="Ioffe & Szegedy 2015; Yang et al. 2019",
    )
    yield judge(
        "A1-58",
        *expressed(t, WIDTHS[1]),
        over={
            "units": {width: expressed(t, width) for width in WIDTHS},
            "what matters": {least: expressed(t, WIDTHS[1], least) for least in (0.01, 0.02, 0.05)},
        },
        why="one normalised layer of ReLUs that learns digits, once with its offset fixed at 0: the same start, steps "
        "and learning rate. A loss lower by 5 % matters (2 to 12 %); that a free offset frees the active fractions is "
        "nearly certain",
        source="Ioffe & Szegedy 2015",
    )


def growth(ax, t, name):
    labels = {"plain": "nothing", "offset": "offset only", "normalised": "division too"}
    fades = {0.0: 1.0, 0.5: 0.35, 1.0: 1.0, 2.0: 0.6}
    colours = {"plain": "black", "offset": "vermillion", "normalised": "bluish green"}
    for k, (kind, beta) in enumerate(KINDS):
        rows = t.depth[(t.depth.layers == shown(t)) & (t.depth.kind == kind) & (t.depth.beta == beta)]
        rows = rows.groupby("scale")[name].mean()
        label = labels[kind] if kind == "plain" else f"{labels[kind]}, β = {beta:g}"
        x = np.arange(len(rows)) + 0.06 * (k - 2)
        ax.plot(x, rows, "o" if beta == 0 else "s", color=OKABE_ITO[colours[kind]], label=label, alpha=fades[beta])
    ax.axhspan(-1, 1, color="0.92", zorder=0)
    ax.set_xticks(range(len(SCALES)), [f"{scale:g}" for scale in SCALES])
    ax.set_xlabel("weight variance / He's")


def activities(ax, t):
    growth(ax, t, "activity")
    ax.set(ylabel="log10 (activity, last / first layer)")
    ax.legend(loc="upper left")
    return "growth of the mean squared activity through the network; grey: within a factor of 10"


def gradients(ax, t):
    growth(ax, t, "gradient")
    ax.set(ylabel="log10 (gradient, first / last layer)")
    return "growth of the mean squared gradient on the way back"


def learned(ax, t):
    for k, (offset, colour) in enumerate((("fixed", "black"), ("learned", "blue"))):
        rows = t.learned[t.learned.offset == offset]
        places = rows.width.map({width: n + 0.12 * (k - 0.5) for n, width in enumerate(WIDTHS)})
        ax.plot(places, rows.loss, "so"[k], color=OKABE_ITO[colour], label=f"offset {offset}", alpha=0.6, markersize=3)
    ax.set_xticks(range(len(WIDTHS)), [str(width) for width in WIDTHS])
    ax.set(yscale="log", xlabel="normalised units", ylabel="training loss (nat)")
    ax.legend(loc="upper right")
    return "training loss on digits behind one normalised ReLU layer, a point per network"


PANELS = (activities, gradients, learned)

if __name__ == "__main__":
    main(__file__)

"""Does inhibition from one side make the two directions of a noisy bar easier to tell apart?

The brightness of a bar varies from place to place, so a response says little about the direction. Inhibition from the
place before lowers the response to the null direction; it also adds the noise of a second receptor.

Prediction: the discriminability d' of the directions, the difference of the mean responses over their standard
deviation, rises with the weight of the inhibition for rectified units and spiking neurons, and stays 0 for linear
units, which receive the same sum from both directions.

Source: Barlow & Levick, J Physiol 178 (1965) for the mechanism; Green & Swets (1966) for d'.
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments.inhibition._bar import Bar, rate_cells, shown, spiking_cells
from neurosim import plots
from neurosim.engines import choices
from neurosim.lab import Row, claim_of_parts, column, main, report
from neurosim.metrics import Interval
from neurosim.params import ParameterError, param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 2, "weights": (0.0, 1.0, 2.0, 5.0, 10.0, 14.0, 20.0)}
KINDS = {
    ("spiking", "rectified"): ("LIF neuron", "o", "black"),
    ("rate", "rectified"): ("rectified rate unit", "D", "blue"),
    ("rate", "linear"): ("linear rate unit", "v", "vermillion"),
}
"""Name, marker and colour by rung and cell."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Bar):
    seeds: int = param(5, doc="sets of noisy bars", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    weights: tuple[float, ...] = param(
        (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 20.0), doc="area of the inhibition over the excitation's", low=0
    )
    noisy_trials: int = param(20, doc="noisy bars of each direction in a set", low=5)
    noise: float = param(0.25, doc="standard deviation of the brightness (mean 1)", above=0, high=0.4)

    def check(self):
        if list(self.weights) != sorted(set(self.weights)) or self.weights[0] != 0 or 5.0 not in self.weights:
            raise ParameterError(f"Parameters.weights: got {self.weights}, expected them to increase from 0, with a 5")


class Discrimination(Row):
    rung: str = column("rung")
    cell: str = column("rectified or linear")
    weight: float = column("area of the inhibition over that of the excitation")
    d_prime: float = column("difference of the mean responses over their root mean square standard deviation")
    low: float = column("lower end of its 95 % interval over trials")
    high: float = column("upper end of its 95 % interval over trials")


class Trials(Row):
    rung: str = column("rung")
    cell: str = column("rectified or linear")
    weight: float = column("area of the inhibition over that of the excitation")
    preferred: float = column("response of a cell to a bar, over the mean response without inhibition")
    null: float = column("response to a bar of the same brightness at every place in the null direction")


def compute(p, seed, lab):
    rng = lab.stream("stimulus", "brightness")
    brightness = np.maximum(1.0 + p.noise * rng.standard_normal((p.noisy_trials, p.places)), 0.0)
    # The rate units run until the inhibition has fallen to e^-24: what is cut off must not look like a preference.
    for rung, cells, tail in (
        ("rate", rate_cells(p, ("rectified", "linear")), 24.0),
        ("spiking", spiking_cells(p, ("rectified",)), 4.0),
    ):
        responses, _ = shown(p, lab, cells, p.weights, brightness, tail=tail)
        for cell, found in responses.items():
            without = found[:, :, 0].mean()
            for k, weight in enumerate(p.weights):
                yield Discrimination(rung, cell, weight, *d_prime(found[:, :, k]))
                if weight in (0.0, 5.0):
                    towards, against = (each.ravel() / without for each in found[:, :, k])
                    yield Trials.table(rung=rung, cell=cell, weight=weight, preferred=towards, null=against)


def d_prime(responses):
    """Discriminability of the two directions, mean over cells, and its interval over cells and trials.

    Shapes
        responses (2, trials, cells)
    """
    spread = math.sqrt(float(responses.var(axis=1, ddof=1).mean()))
    towards, against = (float(value) for value in responses.mean(axis=(1, 2)))
    if spread == 0:
        return math.nan, math.nan, math.nan
    found = (towards - against) / spread
    # Normal approximation of the standardised difference of two groups of equal size.
    count = responses.shape[1] * responses.shape[2]
    error = 1.96 * math.sqrt(2.0 / count + found**2 / (4.0 * count))
    return found, found - error, found + error


def pooled(t, rung, cell, weight):
    """Mean over the sets of bars, with the interval over all their trials."""
    rows = t.discrimination
    rows = rows[(rows.rung == rung) & (rows.cell == cell) & (rows.weight == weight)]
    value, half = float(rows.d_prime.mean()), math.sqrt(float(((rows.high - rows.low) ** 2).sum())) / 2 / len(rows)
    return Interval(value, value - half, value + half, len(rows))


def answer(t):
    found = {kind: [pooled(t, *kind, weight).value for weight in (0.0, 5.0)] for kind in KINDS}
    spiking, linear = found[("spiking", "rectified")], found[("rate", "linear")]
    return (
        f"For cells that rectify: at weight 5, d' of LIF neurons rises from {abs(spiking[0]):.1f} to "
        f"{spiking[1]:.1f}, that of linear units stays at {abs(linear[1]):.1f}."
    )


def findings(t):
    parts = {}
    for kind, (words, _, _) in KINDS.items():
        before, after = (pooled(t, *kind, weight) for weight in (0.0, 5.0))
        parts[f"{words}: d' from {abs(before.value):.2f} to {abs(after.value):.2f}"] = after.low > before.high
    why = (
        "signal to noise as the discriminability of the two directions for a bar of uneven brightness, without "
        "inhibition and at weight 5; it rises if the 95 % intervals are apart"
    )
    yield claim_of_parts("A1-05", parts, why=why)
    for kind, (words, _, _) in list(KINDS.items())[:2]:
        yield report(f"d_prime_{kind[0]}", f"Discriminability d' at weight 5, {words}.", pooled(t, *kind, 5.0))


def by_weight(ax, t):
    weights = sorted(t.discrimination.weight.unique())
    for kind, (words, marker, colour) in KINDS.items():
        found = [pooled(t, *kind, weight) for weight in weights]
        style = plots.SeriesStyle(OKABE_ITO[colour], "-", marker, words)
        values = ([getattr(each, name) for each in found] for name in ("value", "low", "high"))
        plots.plot_band(ax, weights, *values, style=style)
    ax.set(xlabel="weight of the inhibition", ylabel="d' of the two directions")
    ax.legend(loc="upper left")
    return "discriminability of the two directions for bars of uneven brightness; shaded: 95 % intervals over trials"


def pairs(ax, t):
    rows = t.trials[(t.trials.rung == "spiking") & (t.trials.cell == "rectified")]
    for weight, colour, marker in ((0.0, "sky blue", "o"), (5.0, "black", "s")):
        chosen = rows[rows.weight == weight]
        ax.plot(chosen.null, chosen.preferred, marker, color=OKABE_ITO[colour], markersize=2.5, alpha=0.6,
                label=f"weight {weight:g}")  # fmt: skip
    top = 1.05 * max(rows.preferred.max(), rows.null.max())
    ax.plot([0, top], [0, top], color="0.6", linewidth=0.8, zorder=0.5)
    ax.set(xlim=(0, top), ylim=(0, top), xlabel="response, null direction", ylabel="response, preferred direction")
    ax.legend(loc="lower right")
    return (
        "responses of LIF neurons to single bars in both directions, over their mean without inhibition; above the "
        "grey line the preferred direction wins"
    )


PANELS = (by_weight, pairs)

if __name__ == "__main__":
    main(__file__)

"""What does a broad excitatory field buy?

A broad field pools many channels. If a stimulus moves a little, the same units still respond; and a pattern that covers
all channels stands out more from independent noise. A pattern narrower than the field is diluted instead, and noise
that all channels share is not averaged away. The price is that neighbouring stimuli look alike.

Prediction: the overlap of the responses to points that are a shift d apart is exp(-d^2/(4 s^2)) for fields of width s.
A field pools 2 sqrt(pi) s channels, and the squared discriminability of a whole pattern rises by that factor.

Source: sums of Gaussians; Green & Swets (1966) for discriminability.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.inhibition._channels import RUNG_NAMES, Fields, channels, on_every_rung, threshold
from neurosim.engines import choices
from neurosim.lab import Row, below, check, column, definition, main
from neurosim.metrics import student_interval
from neurosim.params import ParameterError, param
from neurosim.plots import RUNGS

PATTERNS = (math.inf, 16.0, 4.0, 1.0)  # standard deviations of the patterns, in channels; the first covers all
SHARED = (0.0, 0.2)  # correlations of the channels' noise
QUICK = {"seeds": 3, "trials": 2, "draws": 4000}
SHIFTS = np.arange(0, 17, 2)


@dataclass(frozen=True, kw_only=True)
class Parameters(Fields):
    seeds: int = param(5, doc="draws of all noise", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    widths: tuple[float, ...] = param((2.0, 4.0, 8.0), doc="widths of the excitatory fields", above=1, high=10)
    draws: int = param(20_000, doc="draws of the noise of static units", low=100)

    def check(self):
        if len(self.widths) < 2 or list(self.widths) != sorted(set(self.widths)):
            raise ParameterError(f"Parameters.widths: got {self.widths}, expected at least two, increasing")


class Overlap(Row):
    rung: str = column("rung")
    width: float = column("standard deviation of the excitatory field", "channels")
    shift: float = column("shift of the stimulus", "channels")
    overlap: float = column("scalar product of the responses before and after, over the product of their norms")
    expected: float = column("exp(-shift^2/(4 width^2))")


class Pooling(Row):
    width: float = column("standard deviation of the excitatory field", "channels")
    pattern: float = column("standard deviation of the pattern; inf: all channels alike", "channels")
    shared: float = column("correlation of the noise of any two channels")
    features: float = column("(sum w)^2 / sum w^2: channels that a unit pools")
    gain: float = column("squared discriminability of the pattern in noise over that of one channel at its peak")


def compute(p, seed, lab):
    for width in p.widths:
        place, excite = channels(60, width)
        units = ns.Population("units", len(place), bias=threshold(p))
        field = ns.Projection("excitation", "point", "units", 2.0 * excite, tau=0.0)
        circuit = ns.Circuit({"point": len(place)}, [units], [field])
        points = np.eye(len(place))[len(place) // 2 - 8 + SHIFTS]
        expected = [math.exp(-(shift**2) / (4 * width**2)) for shift in SHIFTS.tolist()]
        for rung, rates in on_every_rung(p, lab, circuit, points):
            # What a unit does without a stimulus is no response to it.
            rest = np.median(rates) if rung != "artificial" else 0.0
            response = np.maximum(rates - rest, 0.0)
            unit = response / np.linalg.norm(response, axis=1, keepdims=True)
            yield Overlap.table(rung=rung, width=width, shift=SHIFTS, overlap=unit @ unit[0], expected=expected)
    rng = lab.stream("noise", "pooling")
    for width in p.widths:
        yield from pooled(p, lab, width, rng)


def pooled(p, lab, width, rng):
    """A pattern on all channels in independent noise, seen through one field."""
    place, excite = channels(50, width)
    field = excite[len(place) // 2][None, :]
    # A bias of 100 keeps the unit on its linear half, so that only the field decides.
    projection = ns.Projection("field", "channels", "unit", field, tau=0.0)
    circuit = ns.Circuit({"channels": len(place)}, [ns.Population("unit", 1, bias=100.0)], [projection])
    own, common = rng.standard_normal((p.draws, len(place))), rng.standard_normal((p.draws, 1))
    for shared in SHARED:
        noise = math.sqrt(1 - shared) * own + math.sqrt(shared) * common
        for pattern in PATTERNS:
            signal = 0.5 * np.exp(-0.5 * (place / pattern) ** 2)
            without, with_it = (
                lab.simulate(circuit, ns.Unit(), ns.stimulus.constant(each, "channels"), engine="auto").rates["unit"]
                for each in (noise, noise + signal)
            )
            found = (with_it[:, 0].mean() - without[:, 0].mean()) / without[:, 0].std(ddof=1)
            features = field.sum() ** 2 / (field**2).sum()
            yield Pooling(width, pattern, shared, features, (found / 0.5) ** 2)


def gains(t, pattern=math.inf, shared=0.0):
    """Squared discriminability through the broadest field over that through the narrowest, by seed."""
    rows = t.pooling[(t.pooling.pattern == pattern) & (t.pooling.shared == shared)]
    table = rows.pivot(index="seed", columns="width", values="gain")
    return student_interval((table.iloc[:, -1] / table.iloc[:, 0]).to_numpy())


def kept(t, shift=4.0):
    """Overlap on the spiking rung after a shift, by width: mean over seeds."""
    rows = t.overlap[(t.overlap.rung == "spiking") & (t.overlap["shift"] == shift)]
    return rows.groupby("width").overlap.mean()


def answer(t):
    overlap = kept(t)
    return (
        f"After a shift of 4 channels responses of LIF cells overlap by {100 * overlap.iloc[-1]:.0f} % with fields of "
        f"width {overlap.index[-1]:g}, {100 * overlap.iloc[0]:.0f} % with {overlap.index[0]:g}. The squared d' of a "
        f"pattern on all channels is {gains(t).value:.1f} times as large, of a narrow one "
        f"{gains(t, PATTERNS[-1]).value:.1f} times."
    )


def findings(t):
    narrow = gains(t, PATTERNS[-1]).value
    why = (
        "by the sum of independent noise a field that pools n inputs raises the squared d' of what covers them all n "
        "times (shown: broadest field over narrowest); a pattern narrower than the field is diluted instead "
        f"({narrow:.2f} times), and noise that all inputs share is not averaged away "
        f"({gains(t, shared=SHARED[-1]).value:.2f} times)"
    )
    yield definition("A1-09", gains(t), why=why, source="Green & Swets (1966)")
    moved, source = t.overlap[t.overlap["shift"] > 0], "exp(-shift^2/(4 width^2))"
    why = "the overlap of two Gaussian fields rises with their width; the check asks neurons for it"
    yield definition("A1-10", kept(t).iloc[-1], why=why, source=source)
    neuron = moved[(moved.rung == "spiking") & (moved["shift"] == 4.0)]
    distance = (neuron.overlap - neuron.expected).abs().groupby(neuron.seed).max()
    words = "LIF neurons lose as much overlap to a shift of 4 channels as Gaussians (largest distance over widths)."
    why = "their f-I curve is no line: the curve's own overlaps are up to 0.05 off"
    yield check("like_gaussians", words, student_interval(distance.to_numpy()), below(0.1), why=why, source=source)


def overlaps(ax, t):
    for k, (width, rows) in enumerate(t.overlap.groupby("width")):
        line = rows[(rows.rung == "artificial") & (rows.seed == rows.seed.min())]
        ax.plot(line["shift"], line.expected, color="0.6", linewidth=0.9, zorder=1)
        for rung in ("artificial", "spiking"):
            mean, style = rows[rows.rung == rung].groupby("shift").overlap.mean(), RUNGS[rung]
            ax.plot(
                mean.index,
                mean,
                style.marker,
                color=style.colour,
                markersize=3,
                label=RUNG_NAMES[rung] if k == 0 else None,
            )
        middle = line.iloc[len(line) // 2]
        ax.annotate(
            f"width {width:g}",
            (middle["shift"], middle.expected),
            xytext=(4, 4),
            textcoords="offset points",
            fontsize="small",
        )
    ax.set(ylim=(0, 1.05), xlabel="shift (channels)", ylabel="overlap of the responses")
    ax.legend(loc="upper right")
    return "overlap of the responses before and after a shift, for fields of several widths; lines: closed form"


def pooling(ax, t):
    width = np.linspace(0.0, 10.0, 50)
    ax.plot(width, 2 * math.sqrt(math.pi) * width, color="0.6", label="2 sqrt(pi) width")
    style = RUNGS["artificial"]
    whole = t.pooling[(t.pooling.pattern == math.inf) & (t.pooling.shared == 0)]
    for k, (place, values) in enumerate(whole.groupby("width").gain):
        found = student_interval(values.to_numpy())
        ax.vlines(place, found.low, found.high, color=style.colour)
        ax.plot(place, found.value, style.marker, color=style.colour, label="linear unit" if k == 0 else None)
    ax.set(xlim=(0, 10), ylim=(0, None), xlabel="width of the field (channels)", ylabel="gain of discriminability^2")
    ax.legend(loc="upper left")
    return "squared discriminability of a pattern on all channels over that of one channel; bars: 95 % intervals"


PANELS = (overlaps, pooling)

if __name__ == "__main__":
    main(__file__)

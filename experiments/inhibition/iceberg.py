"""How much does a threshold narrow a tuning curve?

A cell that is driven by the cosine of the angle responds up to 90 deg. A threshold, or tonic inhibition of that size,
cuts off the foot of the curve and leaves its tip (the iceberg effect).

Prediction: [cos t - T]+ ends at arccos T and is half as high as at its peak at arccos((1 + T)/2). A leaky rate unit has
the widths of the static unit. A LIF neuron stops firing at the same angle, but its f-I curve is concave, so its curve
is wider at half height.

Source: Ben-Yishai, Bar-Or & Sompolinsky, PNAS 92 (1995).
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.engines import choices
from neurosim.lab import Row, above, below, check, column, main
from neurosim.metrics import half_width
from neurosim.params import ParameterError, Params, param
from neurosim.plots import RUNGS

QUICK = {}
NAMES = {"artificial": "ReLU", "rate": "leaky rate, ReLU", "spiking": "LIF"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    units: int = param(720, doc="units with different preferred angles", low=180)
    thresholds: tuple[float, ...] = param((0.0, 0.25, 0.5, 0.75), doc="thresholds, increasing", low=0, below=1)
    dt: float = param(2e-4, unit="s", doc="time step of the spiking runs", above=0, high=5e-4)

    def check(self):
        if len(self.thresholds) < 2 or list(self.thresholds) != sorted(set(self.thresholds)):
            raise ParameterError(f"Parameters.thresholds: got {self.thresholds}, expected at least two, increasing")


class Iceberg(Row):
    threshold: float = column("threshold T, for a stimulus of peak 1")
    rung: str = column("rung")
    half_width: float = column("angle at which the response ends", "deg")
    half_height: float = column("angle at which the response is half its peak", "deg")
    active: float = column("fraction of the units that respond")
    expected_half_width: float = column("arccos T", "deg")
    expected_half_height: float = column("arccos((1 + T)/2)", "deg")


class IcebergCurve(Row):
    threshold: float = column("threshold T")
    angle: float = column("preferred angle minus that of the stimulus", "deg")
    response: float = column("rate of the static unit over the peak without threshold")


def compute(p, seed, lab):
    n = p.units
    angle = 360.0 * (np.arange(n) - n // 2) / n
    field = ns.Projection("field", "stimulus", "units", np.cos(np.radians(angle))[:, None], sign=None, tau=0.0)
    base = ns.Circuit({"stimulus": 1}, [ns.Population("units", n)], [field])
    shown = ns.stimulus.constant([[1.0]], "stimulus")
    relu = ns.ReLU(threshold=1.0)
    cells = {"artificial": ns.Unit(activation=relu), "rate": ns.LeakyRate(activation=relu), "spiking": ns.LIF()}
    for threshold in p.thresholds:
        circuit = base.with_bias(units=1.0 - threshold)  # every one of these cells begins to respond at a drive of 1
        for rung, cell in cells.items():
            if rung == "spiking":
                run = lab.simulate(circuit, cell, shown, ns.Schedule(duration=1.1, settle=0.1, dt=p.dt))
            else:
                run = lab.simulate(circuit, cell, shown, ns.Schedule(duration=0.6, settle=0.4), engine="auto")
            rate = run.rates["units"][0]
            active = rate > 1e-9 * rate.max()
            ends, height = math.degrees(math.acos(threshold)), math.degrees(math.acos((1 + threshold) / 2))
            half = half_width(angle, rate)
            yield Iceberg(threshold, rung, active.sum() / n * 180.0, half, active.mean(), ends, height)
            if rung == "artificial":
                step = max(1, n // 180)
                yield IcebergCurve.table(threshold=threshold, angle=angle[::step], response=rate[::step])


def heights(t, rung):
    """Half width at half height, by threshold."""
    return t.iceberg[t.iceberg.rung == rung].set_index("threshold").half_height.sort_index()


def answer(t):
    relu, lif = heights(t, "artificial"), heights(t, "spiking")
    return (
        f"A threshold of {relu.index[-1]:g} of the peak narrows the tuning at half height from {relu.iloc[0]:.0f} to "
        f"{relu.iloc[-1]:.0f} deg for a ReLU and from {lif.iloc[0]:.0f} to {lif.iloc[-1]:.0f} deg for a LIF neuron."
    )


def findings(t):
    relu, lif = heights(t, "artificial"), heights(t, "spiking")
    words = "A threshold narrows a LIF neuron's tuning, too (half-height at the highest threshold over the lowest)."
    why = f"narrower by at least a quarter; the ReLU's ratio, its control, is {relu.iloc[-1] / relu.iloc[0]:.2f}"
    yield check("lif_narrowed", words, lif.iloc[-1] / lif.iloc[0], below(0.75), why=why)
    words = "At every threshold a LIF neuron's tuning is wider at half height than a ReLU's (smallest excess)."
    why = "its f-I curve is concave above the threshold: half the peak rate is reached with less than half the drive"
    yield check("lif_wider", words, (lif - relu).min(), above(2.0), "deg", why=why)


def curves(ax, t):
    thresholds = sorted(t.iceberg_curve.threshold.unique())
    for k, (threshold, rows) in enumerate(t.iceberg_curve.groupby("threshold")):
        shade = str(0.15 + 0.55 * k / max(1, len(thresholds) - 1))
        ax.plot(rows.angle, rows.response, color=shade, linewidth=1.1, label=f"T = {threshold:g}")
        width = heights(t, "artificial")[threshold]
        ax.hlines(rows.response.max() / 2, -width, width, color=shade, linewidth=0.7, linestyle="--")
    ax.set_xticks([-180, -90, 0, 90, 180])
    ax.set(ylim=(0, 1.02), xlabel="angle from the stimulus (deg)", ylabel="response / peak without threshold")
    ax.legend(loc="upper right", handlelength=1.0)
    return "response of ReLUs to a cosine behind thresholds T; dashed: half of each peak"


def widths(ax, t):
    threshold = np.linspace(0.0, 0.99, 100)
    ax.plot(threshold, np.degrees(np.arccos(threshold)), color="0.6", label="arccos T")
    ax.plot(
        threshold, np.degrees(np.arccos((1 + threshold) / 2)), color="0.6", linestyle="--", label="arccos((1 + T)/2)"
    )
    for rung, name in NAMES.items():
        rows, style, size = t.iceberg[t.iceberg.rung == rung], RUNGS[rung], 5.5 if rung == "artificial" else 3.2
        ax.plot(rows.threshold, rows.half_width, style.marker, color=style.colour, markersize=size, label=name)
        ax.plot(
            rows.threshold,
            rows.half_height,
            style.marker,
            color=style.colour,
            markersize=size,
            markerfacecolor="white",
            markeredgewidth=0.8,
            markeredgecolor=style.colour,
        )
    ax.set(ylim=(0, 100), xlabel="threshold T / peak of the drive", ylabel="half width of the tuning (deg)")
    ax.legend(loc="lower left")
    return "filled: angle at which the response ends; open: angle at which it is half its peak; lines: closed forms"


PANELS = (curves, widths)

if __name__ == "__main__":
    main(__file__)

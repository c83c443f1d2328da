"""Does local response normalisation enhance edges as lateral inhibition does, also in dim light?

AlexNet's normalisation divides a unit by the activity of its neighbourhood. Two fields of light, one twice as bright
as the other, meet at an edge; in front of the normalisation stands a wide kernel or none.

Prediction: dividing by the neighbours raises the bright side of an edge, but with an offset of 2 and a factor of 1e-4
only where activities are large. Lateral inhibition, which subtracts, makes the same band at any level of light.

Source: Krizhevsky, Sutskever & Hinton, NIPS 25 (2012), sec. 3.3.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.inhibition import _ring
from experiments.inhibition._ring import respond
from neurosim import plots
from neurosim.lab import Row, claim_of_parts, column, main, report
from neurosim.params import Params, param
from neurosim.theory import mach_band

QUICK = {}
SUBTRACTIVE = mach_band(0.5, 3.0)  # total inhibition of 0.5 over a length of 3 places, at any level of light
LEVELS = (*np.geomspace(0.1, 10.0, 7), 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 100.0)


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    places: int = param(200, doc="places on the ring, a multiple of 20", low=200)
    blur: float = param(3.0, doc="standard deviation (places) of the wide kernel", above=0)


class Normalisation(Row):
    light: float = column("level of the dark half; the bright half is twice as bright")
    kernel: float = column("standard deviation of the excitatory kernel before it, 0: none", "places")
    size: int = column("units in the neighbourhood of the normalisation, 0: no normalisation")
    low: float = column("dark plateau")
    high: float = column("bright plateau")
    relative_overshoot: float = column("bright band over the plateau step; NaN where the plateaus changed places")
    relative_undershoot: float = column("dark band over the plateau step; NaN likewise")


def compute(p, seed, lab):
    for kernel, size in ((0.0, 5), (p.blur, 0), (p.blur, 5), (p.blur, 15)):
        for light in LEVELS:
            sight = _ring.gaussian_rows(p.places, kernel) if kernel else np.eye(p.places)
            retina = ns.Population("retina", p.places)
            circuit = ns.Circuit({"light": p.places}, [retina], [ns.Projection("sight", "light", "retina", sight)])
            activation = ns.activations.LocalResponseNorm(size=size, wrap=True) if size else ns.ReLU()
            cell = ns.Unit(activation=activation)
            folded = _ring.folded(respond(circuit, cell, float(light) * _ring.step(p.places))[0])
            low, high = float(folded[0]), float(folded[-1])
            over = under = math.nan
            if low < high:
                found = _ring.bands(folded)
                over, under = found.relative_overshoot, found.relative_undershoot
            yield Normalisation(light, kernel, size, low, high, over, under)


def band(t, kernel, size, light=10.0):
    rows = t.normalisation
    chosen = rows[((rows.kernel > 0) == kernel) & (rows["size"] == size) & np.isclose(rows.light, light)]
    return float(chosen.relative_overshoot.iloc[0])


def answer(t):
    return (
        f"Only in bright light: the bright band is {band(t, False, 5):.3f} of the step at light of 10, but "
        f"{band(t, False, 5, 1.0):.4f} at 1; lateral inhibition makes {SUBTRACTIVE:.3f} at any level."
    )


def findings(t):
    alone, plain, wide, dim = band(t, False, 5), band(t, True, 0), band(t, True, 15), band(t, False, 5, 1.0)
    parts = {
        f"normalisation makes a bright band at an edge ({alone:.3f} of the step)": alone > 0.01,
        f"after a wide kernel, which alone makes none ({abs(plain):.1g}), a wider one makes a band ({wide:.3f})":
            plain < 1e-6 and wide > 0.01,
        f"as with lateral inhibition the band is the same fraction of the step in light ten times dimmer ({dim:.2g} "
        f"against {alone:.2g})": alone / 2 < dim < 2 * alone,
    }  # fmt: skip
    why = (
        "AlexNet's constants (offset 2, alpha 1e-4, beta 0.75) at activities of 10 and 20; a band counts above 1 % of "
        f"the step, lateral inhibition gives {SUBTRACTIVE:.3f} at any level; same fraction: within a factor of 2"
    )
    yield claim_of_parts("A1-14", parts, why=why, source="Krizhevsky, Sutskever & Hinton (2012), sec. 3.3")
    rows = t.normalisation
    swapped = rows[(rows["size"] == 5) & (rows.kernel == 0) & rows.relative_overshoot.isna()]
    words = "Light from which on normalisation makes the bright half darker than the dark half."
    why = "with beta > 1/2 a uniform field beyond some level is normalised the more, the brighter it is"
    yield report("normalisation_reverses", words, swapped.light.min(), why=why)


FORMS = ((False, 5, "5 units", "blue", "-"), (True, 15, "kernel, 15 units", "reddish purple", "--"),
         (True, 5, "kernel, 5 units", "sky blue", ":"))  # fmt: skip


def by_light(ax, t):
    ax.axhline(SUBTRACTIVE, color=plots.RUNGS["artificial"].colour, label="lateral inhibition")
    for kernel, size, name, colour, dash in FORMS:
        rows = t.normalisation[((t.normalisation.kernel > 0) == kernel) & (t.normalisation["size"] == size)].dropna()
        rows = rows[rows.relative_overshoot > 1e-5]
        ax.plot(rows.light, rows.relative_overshoot, color=plots.OKABE_ITO[colour], linestyle=dash, marker="o",
                markersize=2.2, label=name)  # fmt: skip
    ax.set(xscale="log", yscale="log", xlim=(0.8, 110.0), ylim=(1e-4, 1e3))
    ax.set(xlabel="light on the dark side", ylabel="bright band / step of the response")
    ax.legend(loc="upper left")
    return (
        "bright band at an edge against the level of light, normalised over 5 or 15 units, also behind a wide kernel; "
        "lines end where the dark side responds more"
    )


def plateaus_by_light(ax, t):
    rows = t.normalisation[(t.normalisation.kernel == 0) & (t.normalisation["size"] == 5)]
    ax.plot(rows.light, rows.high, "o-", color=plots.OKABE_ITO["vermillion"], markersize=2.2, label="bright side")
    ax.plot(rows.light, rows.low, "s--", color=plots.OKABE_ITO["blue"], markersize=2.2, label="dark side")
    ax.set(xscale="log", xlabel="light on the dark side", ylabel="response far from the edge")
    ax.legend()
    return "response to uniform light of either side after normalisation over 5 units"


PANELS = (by_light, plateaus_by_light)

if __name__ == "__main__":
    main(__file__)

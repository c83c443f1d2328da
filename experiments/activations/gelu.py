"""Is GELU linear near zero, saturated away from it, and better for gradients than ReLU?

GELU(z) = z Phi(z). Its slope is 1/2 at 0, so it is near its tangent z/2 there; it saturates on the negative side only,
and for large positive drive it is the identity. Where ReLU is silent it still passes gradients. The tanh form stays
within 4.7e-4 of it, z sigmoid(1.702 z) within 0.0203.

Source: Hendrycks & Gimpel, arXiv:1606.08415 (2016).
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments.activations._gaussian import expect
from neurosim.activations import GELU, ReLU
from neurosim.lab import Row, column, definition, main
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO, activation_style

QUICK: dict[str, int] = {}
FORMULA, TANH, SIGMOID = (
    f"GELU minus {form}, largest" for form in ("z * Phi(z) by math.erf", "its tanh form", "z * sigmoid(1.702 z)")
)
NEAR = 0.1
SLOPE, NEGATIVE, SILENT = (
    "GELU slope at 3",
    "GELU slope at -3",
    "GELU mean squared slope where ReLU is silent",
)


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    points: int = param(16_001, doc="drives between -8 and 8", low=161)


class Constants(Row):
    name: str = column("what is measured")
    value: float = column("found here")


class Curves(Row):
    drive: float = column("drive")
    gelu: float = column("GELU")
    relu: float = column("ReLU")
    slope: float = column("slope of GELU")
    tanh_error: float = column("tanh form - GELU")
    sigmoid_error: float = column("z sigmoid(1.702 z) - GELU")


def compute(p, seed, lab):
    z = np.linspace(-8.0, 8.0, p.points)
    gelu, tanh_form, sigmoid_form = GELU()(z), GELU(form="tanh")(z), z / (1.0 + np.exp(-1.702 * z))
    yield Constants(TANH, np.abs(gelu - tanh_form).max())
    yield Constants(SIGMOID, np.abs(gelu - sigmoid_form).max())
    yield Constants(FORMULA, np.abs(gelu - [x * normal(x) for x in z]).max())
    for near in (0.05, NEAR, 0.2):
        tangent = z[(np.abs(z) <= near) & (np.abs(z) > 1e-9)]
        yield Constants(tangent_of(near), np.abs(GELU()(tangent) / (0.5 * tangent) - 1).max())
    yield Constants(SLOPE, GELU().derivative(np.array(3.0)))
    yield Constants(NEGATIVE, GELU().derivative(np.array(-3.0)))
    yield Constants(SILENT, expect(lambda x: slope(-abs(x)) ** 2) / 2.0)
    shown = slice(None, None, max(1, p.points // 320))
    yield Curves.table(
        drive=z[shown],
        gelu=gelu[shown],
        relu=ReLU()(z[shown]),
        slope=GELU().derivative(z[shown]),
        tanh_error=(tanh_form - gelu)[shown],
        sigmoid_error=(sigmoid_form - gelu)[shown],
    )


def tangent_of(near):
    return f"GELU departure from its tangent z/2, |z| <= {near:g}"


def normal(z):
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


def slope(z):
    """Slope of z Phi(z), without the package."""
    return normal(z) + z * math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


def values(t):
    return t.constants.set_index("name").value


def answer(t):
    found = values(t)
    return (
        f"It is within {100 * found[tangent_of(NEAR)]:.0f} % of its tangent for |z| <= 0.1, saturates on the negative "
        f"side only (slope {found[SLOPE]:.2f} at 3), and passes {found[SILENT]:.3f} of squared gradient where ReLU is "
        "silent."
    )


def findings(t):
    found = values(t)
    why = (
        f"half of it is: z Phi(z) leaves its tangent by at most {found[tangent_of(NEAR)]:.2f} up to {NEAR:g}, and its "
        f"slope is {abs(found[NEGATIVE]):.3f} at -3, but {found[SLOPE]:.3f} at 3, where it does not saturate"
    )
    yield definition("A4-18", found[SLOPE], why=why, source="Hendrycks & Gimpel, arXiv:1606.08415 (2016)")


def curve(ax, t):
    rows = t.curves[t.curves.drive.between(-3, 3)]
    ax.plot(rows.drive, rows.relu, "--", color=activation_style("ReLU").colour, label="ReLU")
    ax.plot(rows.drive, rows.gelu, color=activation_style("GELU").colour, label="GELU")
    near = rows.drive.between(-1, 1)
    ax.plot(rows.drive[near], 0.5 * rows.drive[near], ":", color="0.5", label="tangent z/2")
    ax.set(xlabel="drive z", ylabel="activity")
    ax.legend(loc="upper left")
    return "GELU, its tangent at 0 and ReLU"


def slopes(ax, t):
    rows = t.curves[t.curves.drive.between(-4, 4)]
    ax.plot(rows.drive, rows.drive > 0, "--", color=activation_style("ReLU").colour, label="ReLU")
    ax.plot(rows.drive, rows.slope, color=activation_style("GELU").colour, label="GELU")
    ax.set(xlabel="drive z", ylabel="slope")
    ax.legend(loc="upper left")
    return "slopes: that of GELU is below 0 for drives under -0.75 and above 1 for drives over 0.75"


def approximations(ax, t):
    ax.plot(t.curves.drive, 1e3 * t.curves.sigmoid_error, color=OKABE_ITO["vermillion"], label="z sigmoid(1.702 z)")
    ax.plot(t.curves.drive, 1e3 * t.curves.tanh_error, color=OKABE_ITO["blue"], label="tanh form")
    ax.set(xlabel="drive z", ylabel="error (0.001)", xlim=(-6, 6), ylim=(-22, 16))
    ax.legend(loc="upper left")
    return "errors of two approximations"


PANELS = (curve, slopes, approximations)

if __name__ == "__main__":
    main(__file__)

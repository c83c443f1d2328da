"""How close is a ReLU to the f-I curve of a LIF neuron, and which activation fits better?

Without noise the curve has a corner, so the ReLU family (ReLU, GELU, SiLU) should lie closest to it. Noise rounds the
corner, and then the ReLU averaged over noise and the softplus should win. Ten activations are fitted by least squares
with free input shift, input scale and output gain, the tanh with a free offset as well because it is negative on half
of its axis. The error is the root mean square over the range of the curve.

Sources: Siegert, Phys Rev 81 (1951); Hunsberger & Eliasmith, arXiv:1510.08829 (2015); Gerstner et al., Neuronal
Dynamics (2014), chapters 1 and 8.
"""

from dataclasses import dataclass

import numpy as np

from experiments.neurons._curves import HIGHEST, LOWEST, SIGMAS, fitted, lif_curve
from neurosim.activations import ReLU
from neurosim.lab import Row, below, check, column, definition, main
from neurosim.metrics import nrmse, r2
from neurosim.params import Params, param
from neurosim.plots import activation_style, plot_heatmap

QUICK = {}
ACTIVATIONS = ("ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "Softplus", "NoisyReLU", "Tanh", "Sigmoid", "Step")
CORNERED, ROUNDED = ("ReLU", "GELU", "SiLU"), ("NoisyReLU", "Softplus")
WINDOWS = (0.1, 1.0)  # s, of the spike counts
SIGMA = r"$\sigma_B$"


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    lowest: float = param(LOWEST, doc="lowest drive (rest 0, threshold 1)", high=1)
    highest: float = param(HIGHEST, doc="highest drive", low=1.5)
    points: int = param(161, doc="number of equidistant drives", low=10)


class Fits(Row):
    sigma: float = column("noise amplitude sigma_B, sqrt(2) times the stationary SD of the free potential")
    activation: str = column("activation fitted to the curve")
    slope: float = column("largest slope of the fitted activation (NaN for a step)", "Hz")
    threshold: float = column("fitted shift of the drive")
    width: float = column("fitted scale of the drive (NaN where it is one with the gain)")
    offset: float = column("fitted offset of the output (tanh only, 0 for all others)", "Hz")
    nrmse: float = column("root mean square error over the range of the curve")
    r2: float = column("fraction of the variance explained")


class Shapes(Row):
    sigma: float = column("noise amplitude sigma_B")
    name: str = column("LIF (theory), or the activation fitted to it")
    drive: float = column("constant drive (rest 0, threshold 1)")
    rate: float = column("firing rate", "Hz")


class Passed(Row):
    unit: str = column("ReLU, or a LIF neuron without noise of which spikes are counted")
    window: float = column("window in which spikes are counted", "s")
    explained: float = column("fraction of the variance of a positive signal that a line through the output recovers")


class Relu(Row):
    difference: float = column("largest difference from max(0, x), x from -6 to 6")
    slope_error: float = column("largest difference of the slope from 1 for x > 0")
    negative_slope: float = column("largest slope for x < 0")
    positive: float = column("largest |f(a) + f(b) - f(a + b)|, a and b from 0.1 to 5")
    negative: float = column("the same for a and b from -5 to -0.1")
    across: float = column("the same for b = -a")


def compute(p, seed, lab):
    x = np.linspace(p.lowest, p.highest, p.points)
    for sigma in SIGMAS:
        y = lif_curve(sigma)(x)
        yield Shapes.table(sigma=sigma, name="LIF", drive=x, rate=y)
        for name in ACTIVATIONS:
            fit, offset = fitted(name, sigma, x)
            values = fit(x) + offset
            slope = np.nan if name == "Step" else fit.derivative(x).max()
            width = getattr(fit, "width", np.nan)
            yield Fits(sigma, name, slope, fit.threshold, width, offset, nrmse(values, y), r2(values, y))
            yield Shapes.table(sigma=sigma, name=name, drive=x, rate=values)
    yield linearity(ReLU())
    positive = np.linspace(0.0, p.highest - 1.0, 401)[1:]  # above threshold, which is 0 for the ReLU and 1 for the LIF
    for window in WINDOWS:
        counts = np.floor(lif_curve(0.0)(1.0 + positive) * window)
        for name, output in (("ReLU", ReLU()(positive)), ("LIF", counts)):
            yield Passed(name, window, np.corrcoef(output, positive)[0, 1] ** 2)


def linearity(relu):
    """How far a ReLU is from max(0, x), from slope 1 and from additivity on either side of 0 and across it."""
    x, half = np.linspace(-6.0, 6.0, 1201), np.linspace(0.1, 5, 50)
    slope = np.diff(relu(x)) / np.diff(x)
    a, b = np.meshgrid(half, half)
    return Relu(
        difference=np.abs(relu(x) - np.where(x > 0, x, 0.0)).max(),
        slope_error=np.abs(slope[x[:-1] > 1e-9] - 1).max(),
        negative_slope=np.abs(slope[x[1:] < -1e-9]).max(),
        positive=np.abs(relu(a) + relu(b) - relu(a + b)).max(),
        negative=np.abs(relu(-a) + relu(-b) - relu(-a - b)).max(),
        across=np.abs(relu(half) + relu(-half) - relu(0 * half)).max(),
    )


def errors(t):
    """Error of each activation (rows) at each noise (columns)."""
    return t.fits.pivot(index="activation", columns="sigma", values="nrmse").loc[list(ACTIVATIONS)]


def lead(t, family, levels):
    """Largest ratio, over these noise levels, of the best error in a family to the best outside it."""
    found = errors(t)[list(levels)]
    inside = found.index.isin(family)
    return float((found[inside].min() / found[~inside].min()).max())


def answer(t):
    found = errors(t)
    relu, best = 100 * found.loc["ReLU"], found.idxmin()
    return (
        f"The ReLU's error is {relu.min():.1f} to {relu.max():.1f} % of the range; {best[0.0]} fits best without noise "
        f"({100 * found[0.0].min():.1f} %), {best[1.0]} at sigma_B = 1 ({100 * found[1.0].min():.1f} %)."
    )


def findings(t):
    quiet, loud = [s for s in SIGMAS if s <= 0.3], [s for s in SIGMAS if s >= 0.5]
    words = "Up to sigma_B = 0.3 one of ReLU, GELU and SiLU fits best (its error over the best other one)."
    why = "1: as good as the best of the other seven; the worst of three noise levels"
    yield check("little_noise", words, lead(t, CORNERED, quiet), below(1.0), why=why, source="theory: a corner")
    words = "From sigma_B = 0.5 on the noise average of the ReLU or the softplus fits best (error over the best other)."
    why = "1: as good as the best of the other eight; the worse of two noise levels"
    yield check("much_noise", words, lead(t, ROUNDED, loud), below(1.0), why=why, source="theory: a rounded corner")
    relu = t.relu.iloc[0]
    why = (
        f"max(0, x), found to {relu.difference:g}, of slope 1 for x > 0; additive on either side of 0 and not across "
        f"it ({relu.across:.2g}): each half is linear, and the non-linearity is the kink between them"
    )
    yield definition("A2-01", why=why)
    read = t.passed.set_index(["unit", "window"]).explained
    spikes = " and ".join(f"{read['LIF', window]:.3f} in {window:g} s" for window in WINDOWS)
    why = (
        f"for x > 0 its output is x: a line through it recovers {read['ReLU', WINDOWS[0]]:g} of a positive signal's "
        f"variance; of a LIF neuron, whose spikes are whole and compressed towards 1 / t_ref, {spikes}"
    )
    yield definition("A0-21", why=why)


def error_of_the_fits(ax, t):
    from matplotlib.patches import Rectangle

    frame = 100 * errors(t)
    plot_heatmap(
        ax,
        frame,
        quantity="error",
        unit="% of range",
        fmt=".2f",
        low=0.0,
        high=5.0,
        y_label="",
        colourbar=False,
        x_label=f"noise {SIGMA} (threshold = 1)",
    )
    for place, sigma in enumerate(frame.columns):
        row = int(np.argmin(frame[sigma].to_numpy()))
        ax.add_patch(Rectangle((place - 0.46, row - 0.46), 0.92, 0.92, fill=False, edgecolor="#D55E00", linewidth=1.4))
    return "error of the fitted activations in % of the range of the f-I curve; framed: the best at each noise"


def curve_and_fits(ax, t, sigma):
    shapes = t.shapes[t.shapes.sigma == sigma]
    for name in ("LIF", "ReLU", errors(t)[sigma].idxmin()):
        rows = shapes[shapes.name == name]
        wide = {"color": "0.75", "linewidth": 3.2, "label": "LIF (theory)"}
        look = wide if name == "LIF" else activation_style(name).line() | {"marker": ""}
        ax.plot(rows.drive, rows.rate, **look)
    ax.set(xlabel="drive (threshold = 1)", ylabel="firing rate (Hz)", title=f"{SIGMA} = {sigma:g}")
    ax.legend(loc="upper left")


def without_noise(ax, t):
    curve_and_fits(ax, t, 0.0)
    best = errors(t)[0.0].idxmin()
    low = t.shapes[(t.shapes.sigma == 0) & (t.shapes.name == best)].rate.min()
    dips = f", which falls to {low:.1f} Hz" if low < 0 else ""
    return f"f-I curve without noise, the closest ReLU, and the best fit ({best}{dips})"


def strong_noise(ax, t):
    curve_and_fits(ax, t, max(SIGMAS))
    return f"the same in strong noise (best: {errors(t)[max(SIGMAS)].idxmin()})"


PANELS = (error_of_the_fits, without_noise, strong_noise)

if __name__ == "__main__":
    main(__file__)

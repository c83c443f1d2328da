"""How sparse is a population that looks at handwritten digits, and do all four rungs agree on it?

The 1,797 digits of scikit-learn drive one hidden population through fixed filters; the units inhibit each other. Each
unit's drive has the same mean and standard deviation over the images, so that half of it lies below threshold.

Without inhibition each rung reproduces its static curve; spikes do so to within one spike per window. With inhibition
f-I curve, rate and spiking rung still agree, because a steady state knows no dynamics and every spike carries the same
area on every rung, while the ReLU differs by the shape of the curve. Inhibition makes the code sparser.

Sources: Treves & Rolls, Network 2 (1991) 371; Willmore & Tolhurst, Network 12 (2001) 255; Gerstner et al., Neuronal
Dynamics (2014), sec. 1.3; Campbell (1909) and Siegert (1951) for random inhibitory spikes.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.sparsity._digits import QUICK_SWEEP, Sweep, curve_of, doubling, responses, scene
from neurosim import metrics, plots
from neurosim.lab import Row, above, below, between, check, column, main
from neurosim.metrics import student_interval
from neurosim.params import Array, param
from neurosim.theory import counting_error

QUICK = {"seeds": 3, **QUICK_SWEEP}
MEASURES = (
    "active_fraction", "exact_zero_fraction", "silent_units", "silent_trials", "population_treves_rolls",
    "lifetime_treves_rolls", "mean_rate",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Parameters(Sweep):
    seeds: int = param(5, doc="number of seeds, the unit of replication", low=2)


class Setup(Row):
    relu_gain: float = column("slope of the ReLU fitted to the neuron's curve", "Hz")
    relu_threshold: float = column("its threshold")
    population_slope: float = column("rise of the mean rate per rise of all drives, f-I curve, no inhibition", "Hz")
    smallest_rate: float = column("a unit is active above this rate: half a spike in the window", "Hz")
    noiseless: bool = column("whether the spiking rung is deterministic")


class Sparsity(Row):
    route: str = column("what was moved: start (nothing), inhibition, or threshold")
    strength: float = column("inhibition as loop gain of the mean rate, at the start")
    shift: float = column("rise of the threshold (threshold distance)")
    rung: str = column("rung")
    active_fraction: float = column("fraction of the entries that are active")
    exact_zero_fraction: float = column("fraction of the entries that are exactly 0")
    silent_units: float = column("fraction of the units that are active for no image")
    silent_trials: float = column("fraction of the images for which no unit is active")
    population_treves_rolls: float = column("Treves-Rolls ratio over the units of an image, mean over images")
    lifetime_treves_rolls: float = column("Treves-Rolls ratio over the images of a unit, mean over units")
    mean_rate: float = column("mean rate over images and units", "Hz")
    unsettled: int = column("images left out on every rung because a static one found no steady state")


class Agreement(Row):
    route: str = column("what was moved: start (nothing), inhibition, or threshold")
    strength: float = column("inhibition as loop gain of the mean rate, at the start")
    shift: float = column("rise of the threshold (threshold distance)")
    rung: str = column("rung that is compared with the f-I curve rung")
    rmse: float = column("root mean squared difference over images and units", "Hz")
    correlation: float = column("correlation over images and units")
    differing: float = column("fraction of the entries that differ by more than 0.5 Hz")
    mean_difference: float = column("difference of the mean rates", "Hz")
    overlap: float = column("overlap (Jaccard index) of the sets of active units, mean over images")
    counting: float = column("expected rmse from counting whole spikes and from the time step alone", "Hz")
    shot_noise: float = column("expected rmse if every inhibitory spike came at random", "Hz")


class Example(Row):
    rung: str = column("rung")
    rank: int = column("unit, in the order of its drive on the f-I curve rung, least first")
    rate: float = column("response to the digit shown", "Hz")


class Spikes(Row):
    time: float = column("time of a spike since the digit appeared", "s")
    rank: int = column("its unit, ranked as in the table example")


class Picture(Row):
    label: int = column("the digit shown")
    image: Array = column("its brightness, 0 to 1")


def compute(p, seed, lab):
    here, found = scene(p, seed), lab.once(responses, p, seed)
    lab.note(engine=found["engine"])
    relu = curve_of(here.cells["artificial"]).as_dict()
    yield Setup(relu["gain"], relu["threshold"], here.slope, p.smallest_rate, p.noiseless)
    for point in found["points"]:
        where = {name: point[name] for name in ("route", "strength", "shift")}
        for rung, rates in point["rates"].items():
            row = metrics.sparsity_row(rates, rung=rung, above=p.smallest_rate)
            unsettled = int((~point["settled"]).sum())
            yield Sparsity(**where, rung=rung, **{name: row[name] for name in MEASURES}, unsettled=unsettled)
        yield from agreement(p, point, where, here.weight(point["strength"]))
        if point["route"] == "inhibition" and point["strength"] == p.shown:
            yield from example(here, point, found["raster"])


def agreement(p, point, where, weight):
    """Every other rung against the f-I curve rung."""
    reference = point["rates"]["curve"]
    counting = counting_error(reference, p.schedule.window, p.dt)
    for rung in ("artificial", "rate", "spiking"):
        difference = point["rates"][rung] - reference
        yield Agreement(
            **where, rung=rung, rmse=metrics.rmse(point["rates"][rung], reference),
            correlation=metrics.correlation(point["rates"][rung], reference),
            differing=(np.abs(difference) > 0.5).mean(), mean_difference=difference.mean(),
            overlap=np.nanmean(metrics.jaccard(point["rates"][rung], reference, above=p.smallest_rate)),
            counting=counting, shot_noise=random_spikes(p, point["drive"], reference, weight, counting),
        )  # fmt: skip


def random_spikes(p, drive, rates, weight, counting):
    """Expected rmse if inhibitory spikes were independent in time: Campbell's variance, then the neuron's noisy curve.

    Equation
        sigma^2 = weight^2 sum_j r_j / (2 (tau_s + tau_m)) on the membrane; rate by Siegert's formula; below threshold
        the spikes are counted as random ones (variance rate / window)
    """
    cell = ns.LIF()
    silent = float(np.sqrt(weight**2 * rates.sum(axis=1).mean() / (2 * (p.tau_inhibition + cell.tau_m))))
    if silent < 1e-6:
        return counting
    noisy = curve_of(cell.replace(sigma_stat=math.hypot(silent, p.sigma_stat)))(drive)
    random = np.where(rates > 0, 0.0, noisy / p.schedule.window)
    return np.sqrt(np.mean((noisy - rates) ** 2 + random) + counting**2)


def example(here, point, raster):
    """One digit: its picture, every unit's response on every rung, and the spikes."""
    rates = point["rates"]
    # The settled image with the median number of active units, so that none is picked for its looks.
    chosen = np.argsort((rates["curve"] > 0).sum(axis=1), kind="stable")[len(rates["curve"]) // 2]
    trial = np.flatnonzero(point["settled"])[chosen]
    order = np.argsort(point["drive"][chosen], kind="stable")
    for rung, values in rates.items():
        yield Example.table(rung=rung, rank=np.arange(len(order)), rate=values[chosen][order])
    place = np.argsort(order)
    there = raster["trials"] == trial
    yield Spikes.table(time=raster["times"][there], rank=place[raster["units"][there]])
    yield Picture(int(here.labels[trial]), here.shown.images[trial])


def worst(t, rung, values=None):
    """The largest value of a rung over the operating points (its rmse, if none is given), with its interval."""
    rows = t.agreement.assign(value=t.agreement.rmse if values is None else values)
    return student_interval(rows[rows.rung == rung].groupby("seed").value.max())


def answer(t):
    rows = t.sparsity[(t.sparsity.rung == "spiking") & (t.sparsity.route != "threshold")]
    spiking = rows.groupby("strength").active_fraction.mean()
    return (
        f"Inhibition takes the spiking population from {100 * spiking.iloc[0]:.0f} % to {100 * spiking.iloc[-1]:.0f} % "
        f"active, and its rates stay within {worst(t, 'spiking').value:.1f} Hz (rmse) of the static f-I curve's."
    )


def findings(t):
    noiseless = bool(t.setup.noiseless.all())
    rows = t.agreement[(t.agreement.rung == "spiking") & (t.agreement.route == "start")]
    words = "Without inhibition spiking and curve differ by the counting of whole spikes (rmse over its expectation)."
    why = "the expectation takes the broken part of the count as uniform; images share few drives, so it is not quite"
    ratio = student_interval(rows.rmse / rows.counting)
    yield check("counting_noise", words, ratio, between(0.85, 1.15), why=why, decided=noiseless)
    words = "Spiking and f-I curve rung correlate over images and units at every strength (smallest correlation)."
    why = "0.98 in five full and nine quick seeds; the lowest where inhibition is strongest and spikes few"
    least = t.agreement[t.agreement.rung == "spiking"].groupby("seed").correlation.min()
    yield check("spiking_is_curve", words, student_interval(least), above(0.95), why=why, decided=noiseless)
    words = "The rate rung settles where the f-I curve rung has its steady state, at every strength (largest rmse)."
    why = "units within about 0.001 of threshold may have two steady states: 0.23 Hz in five full seeds, 0.40 in quick"
    yield check("rate_is_curve", words, worst(t, "rate"), below(0.6), "Hz", why=why, decided=noiseless)
    words = "Spikes agree better than they would if inhibitory ones came at random (largest rmse over that expected)."
    why = "Campbell's theorem and Siegert's formula; trains of a neuron without noise are far more regular"
    inhibited = t.agreement.rmse.where(t.agreement.route == "inhibition") / t.agreement.shot_noise
    yield check("below_shot_noise", words, worst(t, "spiking", inhibited), below(1.0), why=why, decided=noiseless)


def responses_to_one_digit(ax, t):
    first = t.example.seed.min()
    for rung, rows in t.example[t.example.seed == first].groupby("rung", sort=False):
        dots = {"linestyle": "none", "markersize": 2.4} if rung == "spiking" else {"marker": "none"}
        ax.plot(rows["rate"], rows["rank"], **{**plots.RUNGS[rung].line(), **dots})
    picture = t.picture[t.picture.seed == first].iloc[0]
    plots.plot_image(ax.inset_axes((0.72, 0.03, 0.27, 0.32)), picture.image, low=0.0, high=1.0)
    ax.set(xlabel="firing rate (Hz)", ylabel="unit (rank by drive)")
    ax.legend(loc="center right")
    return f"one image (digit {picture.label}), and the response of every unit on each rung with inhibition"


def its_spikes(ax, t):
    first = t.spikes.seed.min()
    rows = t.spikes[t.spikes.seed == first]
    units = int(t.example["rank"].max()) + 1
    plots.plot_raster(ax, rows.time, rows["rank"], n_units=units)
    ax.set(ylabel="unit (rank by drive)")
    return "the spikes of the same units"


def sparseness(ax, t):
    rows = t.sparsity[t.sparsity.route != "threshold"]
    found = rows.groupby(["rung", "strength"]).population_treves_rolls.agg(["mean", "min", "max"])
    for rung in ns.RUNGS:
        means = found.loc[rung]
        ax.plot(means.index, means["mean"], **plots.RUNGS[rung].line())
        ax.vlines(means.index, means["min"], means["max"], color=plots.RUNGS[rung].colour, linewidth=0.8)
    doubling(ax, rows.strength)
    ax.set(ylim=(0, None), ylabel="Treves-Rolls ratio")
    ax.legend(loc="upper right")
    return (
        "Treves-Rolls ratio (1: all alike; small: sparse) over the units of an image against the strength of uniform "
        "inhibition, mean and range over seeds"
    )


def distance(ax, t):
    rows = t.agreement[t.agreement.route != "threshold"]
    for rung in ("artificial", "rate", "spiking"):
        found = rows[rows.rung == rung].groupby("strength").rmse.agg(["mean", "min", "max"])
        ax.plot(found.index, found["mean"], **plots.RUNGS[rung].line())
        ax.vlines(found.index, found["min"], found["max"], color=plots.RUNGS[rung].colour, linewidth=0.8)
    counting = rows[rows.route == "start"].counting.mean()
    ax.axhline(counting, color="0.6", linestyle=":", linewidth=0.8, label="spike counting alone")
    doubling(ax, rows.strength)
    ax.set(yscale="log", ylabel="rmse against the f-I curve (Hz)")
    ax.legend(loc="center left")
    return "difference from the f-I curve rung, mean and range over seeds; dotted: error expected from counting alone"


PANELS = (responses_to_one_digit, its_spikes, sparseness, distance)

if __name__ == "__main__":
    main(__file__)

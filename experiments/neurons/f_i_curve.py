"""Do simulated LIF neurons fire at the rate, and as irregularly, as theory predicts?

Without noise the f-I curve has a closed form; with noise the rate is Siegert's formula and the coefficient of
variation (CV) of the intervals is Brunel's integral. Both are about continuous time. On a grid of time steps crossings
between two grid points are missed, which acts as a threshold raised by 0.58 sigma_B sqrt(dt/tau), and the refractory
period is one step shorter: corrected for both, the formula should hold; uncorrected, it should predict too many spikes.

Sources: Siegert, Phys Rev 81 (1951); Brunel, J Comput Neurosci 8 (2000), appendix A.1; Broadie, Glasserman & Kou, Math
Finance 7 (1997).
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.neurons._curves import HIGHEST, LOWEST, SIGMAS, lif_curve
from experiments.neurons._trains import rate_of, trains_of, whole_steps
from neurosim.engines import choices
from neurosim.lab import Row, below, between, check, column, main, near
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO

QUICK = {"drives": 21, "copies": 10, "duration": 1.0, "isi_copies": 100, "isi_duration": 1.5, "dt": 2e-4}
IRREGULAR_DRIVES, IRREGULAR_SIGMA = (0.5, 0.8, 1.0, 1.2), math.sqrt(2) * 0.3
NOISELESS_DURATION = 0.2
FINE, COARSE = 1e-4, 4e-4
"""Time steps (s) of the noiseless cells, and of the comparison with a coarser grid."""
FEW = 30
"""Expected spikes, over all cells, below which a drive counts as one with few spikes."""
SIEGERT = "Siegert 1951; Broadie, Glasserman & Kou 1997"


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(5, doc="number of seeds of the noise", low=2)
    drives: int = param(41, doc="number of drives from -1 to 3", low=5)
    copies: int = param(5, doc="LIF cells at each drive, per seed", low=4)
    duration: float = param(5.0, unit="s", doc="length of each run of the f-I curve", above=0.2)
    isi_copies: int = param(300, doc="LIF cells at each drive of the interval statistics, per seed", low=4)
    isi_duration: float = param(8.0, unit="s", doc="length of the run of the interval statistics", above=0.2)
    dt: float = param(1e-4, unit="s", doc="time step of the noisy LIF cells", above=0, high=2e-4)
    engine: str = param("auto", doc="engine of the LIF cells", choices=choices("spiking"))


class Curve(Row):
    dt: float = column("time step", "s")
    sigma: float = column("noise amplitude sigma_B, sqrt(2) times the stationary SD of the free potential")
    drive: float = column("constant drive (rest 0, threshold 1)")
    simulated: float = column("simulated rate, mean over the cells", "Hz")
    theory: float = column("closed form without noise, Siegert's formula with noise", "Hz")
    corrected: float = column("the same with threshold and refractory period as the time step makes them", "Hz")
    expected: float = column("spikes to be expected in the counting window, all cells together")
    spikes: int = column("spikes seen in that window")


class Variability(Row):
    dt: float = column("time step", "s")
    drive: float = column("constant drive (rest 0, threshold 1)")
    intervals: int = column("number of intervals, all cells together")
    mean: float = column("mean interval", "s")
    followed: float = column("time for which every interval was followed; longer ones are missed", "s")
    cv: float = column("coefficient of variation of the intervals")
    theory: float = column("Brunel's integral")
    corrected: float = column("the same with threshold and refractory period as the time step makes them")


def compute(p, seed, lab):
    drives = np.linspace(LOWEST, HIGHEST, p.drives)
    yield noiseless(lab, drives)
    for sigma in SIGMAS[1:]:
        schedule = whole_steps(p.duration, 0.1, p.dt)
        yield rates(drives, trains_of(lab, drives, p.copies, sigma, schedule), sigma, schedule)
    for dt in (p.dt, COARSE):
        schedule = whole_steps(p.isi_duration, 0.1, dt)
        trains = trains_of(lab, np.array(IRREGULAR_DRIVES), p.isi_copies, IRREGULAR_SIGMA, schedule)
        yield rates(np.array(IRREGULAR_DRIVES), trains, IRREGULAR_SIGMA, schedule)
        yield from irregularity(trains, schedule)


def noiseless(lab, drives):
    """Rates of noiseless cells from the mean interval."""
    circuit = ns.Circuit(populations=[ns.Population("cells", len(drives), bias=drives)])
    schedule = whole_steps(NOISELESS_DURATION, 0.0, FINE)
    spikes = lab.simulate(circuit, ns.LIF(), schedule=schedule, record=("spikes",)).spikes["cells"]
    trains = [spikes.times[spikes.units == unit] for unit in range(len(drives))]
    found = [1 / np.diff(train).mean() if len(train) > 1 else 0.0 for train in trains]
    corrected = lif_curve(0.0, FINE)(drives)
    return Curve.table(
        dt=FINE,
        sigma=0.0,
        drive=drives,
        simulated=found,
        theory=lif_curve(0.0)(drives),
        corrected=corrected,
        expected=corrected * schedule.duration,
        spikes=[len(train) for train in trains],
    )


def rates(drives, trains, sigma, schedule):
    cells = len(trains[0])
    seen = np.array([sum((train >= schedule.settle - 1e-9).sum() for train in each) for each in trains])
    counted = seen / (schedule.window * cells)
    found = [rate_of(each) or count for each, count in zip(trains, counted, strict=True)]
    corrected = lif_curve(sigma, schedule.dt)(drives)
    return Curve.table(
        dt=schedule.dt,
        sigma=sigma,
        drive=drives,
        simulated=found,
        theory=lif_curve(sigma)(drives),
        corrected=corrected,
        expected=corrected * schedule.window * cells,
        spikes=seen,
    )


def irregularity(trains, schedule):
    """Interval statistics: every interval that begins early enough is followed to its end, so none is cut off."""
    followed = min(1.0, schedule.duration / 2)
    last = schedule.duration - followed
    theory, corrected = (lif_curve(IRREGULAR_SIGMA, dt).cv(np.array(IRREGULAR_DRIVES)) for dt in (0.0, schedule.dt))
    for drive, cells, *expected in zip(IRREGULAR_DRIVES, trains, theory, corrected, strict=True):
        kept = [np.diff(t)[(t[:-1] >= schedule.settle) & (t[:-1] < last)] for t in cells if len(t) > 1]
        intervals = np.concatenate(kept or [[]])
        if len(intervals) >= 3:
            mean, sd = intervals.mean(), intervals.std()
            yield Variability(schedule.dt, drive, len(intervals), mean, followed, sd / mean, *expected)


def deviation(t, against):
    """Relative deviation of all rates above 5 Hz together from theory, by time step and noise, with its interval."""
    rows = t.curve[(t.curve.sigma > 0) & (t.curve.corrected >= 5)]
    sums = rows.groupby(["dt", "sigma", "seed"])[["simulated", against]].sum()
    return {
        level: student_interval((each.simulated / each[against] - 1).to_numpy())
        for level, each in sums.groupby(["dt", "sigma"])
    }


def worst(intervals):
    """The interval whose farther end is farthest from 0."""
    return max(intervals, key=lambda each: np.nanmax(np.abs([each.value, each.low, each.high])))


def loudest(t):
    """Time step and noise of the cells with the strongest noise."""
    return next((dt, sigma) for dt, sigma in deviation(t, "theory") if sigma == max(SIGMAS))


def answer(t):
    corrected, continuous = worst(deviation(t, "corrected").values()).value, deviation(t, "theory")[loudest(t)].value
    return (
        f"Yes, if the time step is allowed for: simulated rates deviate by at most {100 * abs(corrected):.1f} % from "
        f"theory; at sigma_B = 1 they are {-100 * continuous:.1f} % below theory in continuous time."
    )


def findings(t):
    words = "Corrected for the time step, Siegert's formula gives the simulated rates (worst of six deviations)."
    why = "2 %; four noise levels, and one more on two grids; all drives above 5 Hz together"
    found = worst(deviation(t, "corrected").values())
    yield check("rates", words, found, between(-0.02, 0.02), why=why, source=SIEGERT)
    words = "Uncorrected it predicts too many spikes at sigma_B = 1 (deviation of the simulation)."
    why = "the control: half of the 2 % that the corrected formula is allowed"
    yield check("uncorrected", words, deviation(t, "theory")[loudest(t)], below(-0.01), why=why, source=SIEGERT)
    sums = t.curve[t.curve.sigma > 0].groupby(["dt", "sigma", "drive"])[["spikes", "expected"]].sum()
    few = sums[sums.expected < FEW].sum()
    words = "Far below threshold spikes are as rare as in theory (spikes at all such drives together)."
    rule = near(few.expected, 1.0, standard_error=math.sqrt(few.expected))
    why = f"four standard deviations of a Poisson count; drives at which fewer than {FEW} spikes are expected"
    yield check("rare", words, few.spikes, rule, why=why, source="Siegert 1951")
    # Five mean intervals: of exponential ones, the most irregular here, fewer than 1 % are longer.
    fair = t.variability[t.variability.followed > 5 * t.variability["mean"]]
    decided = len(fair) > 0
    by_drive = (fair if decided else t.variability).groupby(["dt", "drive"])
    found = worst([student_interval((each.cv - each.corrected).to_numpy()) for _, each in by_drive])
    words = (
        "Intervals are as irregular as in theory on the grid (difference of the CV, worst of four drives, two grids)."
    )
    rule, why = between(-0.02, 0.02), "fixed at 0.02; drives whose intervals were followed long enough"
    yield check("cv", words, found, rule, why=why, source="Brunel 2000, appendix A.1", decided=decided)


def simulated_rates(ax, t):
    import matplotlib as mpl

    colours = mpl.colormaps["cividis"](np.linspace(0.0, 0.85, len(SIGMAS)))
    x = np.linspace(LOWEST, HIGHEST, 161)
    for sigma, colour, marker in zip(SIGMAS, colours, "osD^v", strict=True):
        ax.plot(x, lif_curve(sigma)(x), color=colour, linewidth=1.0)
        mean = t.curve[t.curve.sigma == sigma].groupby("drive").simulated.mean()
        ax.plot(mean.index, mean, marker, color=colour, markersize=2.6, label=f"{sigma:g}")
    ax.set(xlabel="drive (threshold = 1)", ylabel="firing rate (Hz)")
    ax.legend(title=r"noise $\sigma_B$", loc="upper left")
    return "rate of simulated LIF cells (points, mean over seeds); lines: theory in continuous time"


def deviations(ax, t):
    looks = {
        "theory": ("vermillion", "s", "none", "continuous time"),
        "corrected": ("blue", "o", OKABE_ITO["blue"], "corrected"),
    }
    for shift, (against, (colour, marker, face, label)) in zip((-0.12, 0.12), looks.items(), strict=True):
        found = deviation(t, against)
        middle, low, high = (
            100 * np.array([getattr(each, end) for each in found.values()]) for end in ("value", "low", "high")
        )
        x = np.arange(len(found)) + shift
        ax.vlines(x, low, high, color=OKABE_ITO[colour], linewidth=0.9)
        ax.plot(x, middle, marker, color=OKABE_ITO[colour], markerfacecolor=face, markeredgewidth=0.9, label=label)
    ax.axhline(0.0, color="0.5", linewidth=0.7)
    ax.set_xticks(range(len(found)), [f"{sigma:.2g}\n{1e3 * dt:g} ms" for dt, sigma in found])
    ax.set(xlabel=r"noise $\sigma_B$, time step", ylabel="simulation - theory (% of theory)")
    ax.legend()
    return (
        "deviation of the simulated rates above 5 Hz from Siegert's formula for continuous time and corrected for the "
        "time step; bars: 95 % intervals over seeds"
    )


def interval_variability(ax, t):
    x = np.linspace(0.4, 1.3, 91)
    ax.plot(x, lif_curve(IRREGULAR_SIGMA).cv(x), color=OKABE_ITO["vermillion"], label="theory")
    for (dt, rows), marker, face in zip(t.variability.groupby("dt"), "os", ("black", "none"), strict=False):
        mean = rows.groupby("drive").cv.mean()
        ax.plot(
            mean.index,
            mean,
            marker,
            color="black",
            markerfacecolor=face,
            markeredgewidth=0.9,
            label=f"simulated, {1e3 * dt:g} ms",
        )
    ax.set(ylim=(0, 1), xlabel="drive (threshold = 1)", ylabel="CV of the intervals")
    ax.legend(loc="lower left")
    return f"coefficient of variation of the intervals at sigma_B = {IRREGULAR_SIGMA:.2f}, mean over seeds"


PANELS = (simulated_rates, deviations, interval_variability)

if __name__ == "__main__":
    main(__file__)

"""Does inhibition that learns by spike timing hold a network of spiking neurons at its target rate?

Every spike pair strengthens an inhibitory synapse, and every presynaptic spike alone weakens it by an amount that the
target sets, so inhibition grows where a cell fires above its target and fades where it fires below. Four hundred
excitatory and a hundred inhibitory cells, one pair in ten connected, start with hardly any inhibition onto the
excitatory ones and fire many times as fast as they should.

Source: Vogels et al., Science 334 (2011).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.engines import choices
from neurosim.lab import Row, above, between, check, column, main, report
from neurosim.metrics import cv_per_unit, population_rate, student_interval
from neurosim.params import Params, param
from neurosim.plasticity import InhibitorySTDP
from neurosim.plots import OKABE_ITO

EXCITATORY, INHIBITORY = 400, 100
BIN = 0.5  # s
COLOURS = ("bluish green", "reddish purple", "blue", "orange")
QUICK = {"seeds": 2, "duration": 16.0}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(5, doc="number of networks, the unit of replication", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    targets: tuple[float, ...] = param((3.0, 6.0), unit="Hz", doc="targets of the inhibition that learns", above=0)
    duration: float = param(40.0, unit="s", doc="length of a run; its second half counts", above=0)
    dt: float = param(2e-4, unit="s", doc="time step", above=0, high=0.9e-3)


class Network(Row):
    target: float = column("target of the inhibition that learns", "Hz")
    excitatory: float = column("mean rate of the excitatory cells in the second half", "Hz")
    spread: float = column("standard deviation over these cells", "Hz")
    inhibitory: float = column("mean rate of the inhibitory cells", "Hz")
    before: float = column("mean rate of the excitatory cells with the inhibition that they start with", "Hz")
    cv: float = column("irregularity of the excitatory cells' intervals, mean over cells")


class Course(Row):
    target: float = column("target of the inhibition that learns", "Hz")
    time: float = column("middle of a bin", "s")
    rate: float = column("mean rate of the excitatory cells in the bin", "Hz")


def compute(p, seed, lab):
    for target in p.targets:
        circuit, cell = network(target, seed)
        half = round(p.duration / 2 / p.dt) * p.dt
        run = lab.simulate(
            circuit, cell, schedule=ns.Schedule(duration=2 * half, settle=half, dt=p.dt), record=("spikes",)
        )
        second = ns.Schedule(duration=round(1.0 / p.dt) * p.dt, settle=0.0, dt=p.dt)
        free = lab.simulate(circuit.frozen(), cell, schedule=second)
        spikes, rates = run.spikes["excitatory"], run.rates["excitatory"]
        late = spikes.times >= half
        irregular = np.nanmean(cv_per_unit(spikes.times[late], spikes.units[late], EXCITATORY))
        yield Network(
            target,
            rates.mean(),
            rates.std(),
            run.rates["inhibitory"].mean(),
            free.rates["excitatory"].mean(),
            irregular,
        )
        rate = population_rate(spikes.times, EXCITATORY, BIN, 0.0, 2 * half)
        yield Course.table(target=target, time=BIN * np.arange(len(rate)) + BIN / 2, rate=rate)


def network(target, seed):
    """Excitatory and inhibitory cells, one pair in ten connected; the inhibition of the former learns."""
    rng = ns.randomness.stream(seed, "weights", "network")
    cell = ns.LIF(tau_m=20e-3, t_ref=5e-3, sigma_stat=0.2)
    excite, inhibit = 0.05 * cell.tau_m, 0.5 * cell.tau_m  # areas of 0.05 and 0.5 thresholds * tau

    def some(post, pre, weight):
        return weight * (rng.random((post, pre)) < 0.1)

    n, m = EXCITATORY, INHIBITORY
    bias = rng.uniform(1.1, 2.0, n + m)
    populations = [ns.Population("excitatory", n, bias=bias[:n]), ns.Population("inhibitory", m, bias=bias[n:])]
    rule = InhibitorySTDP(learning_rate=0.01, target=target, w_max=20 * excite)
    projections = [
        ns.Projection("recurrent", "excitatory", "excitatory", some(n, n, excite)),
        ns.Projection("forward", "excitatory", "inhibitory", some(m, n, excite)),
        ns.Projection("between", "inhibitory", "inhibitory", some(m, m, inhibit), sign=-1, tau=10e-3),
        ns.Projection("learned", "inhibitory", "excitatory", some(n, m, 1e-3 * excite), sign=-1, tau=10e-3, rule=rule),
    ]
    return ns.Circuit(populations=populations, projections=projections), cell


def held(t):
    """Rate over target, by target, with its interval over networks."""
    return {target: student_interval(rows.excitatory / target) for target, rows in t.network.groupby("target")}


def answer(t):
    parts = [
        f"{rows.excitatory.mean():.2f} Hz for a target of {target:g} Hz" for target, rows in t.network.groupby("target")
    ]
    before = t.network.before.mean()
    return f"Yes: it holds excitatory cells at {' and '.join(parts)}; without it they fire at {before:.0f} Hz."


def findings(t):
    target, found = max(held(t).items(), key=lambda item: abs(item[1].value - 1))
    words = f"Learning inhibition brings excitatory cells to their target (rate over target; farthest: {target:g} Hz)."
    why = "30 %, the margin of a small network; five seeds are 0.7 to 2.6 % below"
    yield check("target", words, found, between(0.7, 1.3), why=why, source="Vogels et al. (2011)")
    words = "With the inhibition that they start with the same cells fire far above it (rate over target, smallest)."
    why = "three times: else the drive alone would have met the target"
    yield check("control", words, (t.network.before / t.network.target).min(), above(3.0), why=why)
    words = "Irregularity of the excitatory cells in the end (coefficient of variation; of Poisson spikes 1)."
    yield report("cv", words, student_interval(t.network.groupby("seed").cv.mean()))


def course(ax, t):
    for colour, (target, rows) in zip(COLOURS, t.course.groupby("target"), strict=False):
        mean = rows.groupby("time").rate.mean()
        ax.plot(mean.index, mean, color=OKABE_ITO[colour], linewidth=1.0, label=f"target {target:g} Hz")
        ax.axhline(target, color=OKABE_ITO[colour], linestyle=":", linewidth=0.8)
    ticks = [tick for tick in (1, 2, 3, 6, 10, 20, 30, 60, 100) if 1.5 < tick < 1.5 * t.course.rate.max()]
    ax.set(yscale="log", xlabel="time (s)", ylabel="rate of the excitatory cells (Hz)")
    ax.set_yticks(ticks, [str(tick) for tick in ticks])
    ax.minorticks_off()
    ax.legend(loc="upper right")
    return (
        "mean rate of the excitatory cells while the inhibition onto them learns, mean over networks; dotted: targets"
    )


def rates(ax, t):
    series = {"before": "white", "excitatory": None}
    for colour, (target, rows) in zip(COLOURS, t.network.groupby("target"), strict=False):
        for name, face in series.items():
            look = {"color": OKABE_ITO[colour], "markerfacecolor": face or OKABE_ITO[colour], "markeredgewidth": 0.7}
            x = target + np.linspace(-0.15, 0.15, len(rows))
            ax.plot(x, rows[name], marker="o", linestyle="none", markersize=3.2, **look)
    top = 1.3 * t.network.target.max()
    x = np.linspace(top / 100, top, 100)
    ax.plot(x, x, color="0.6", linewidth=0.7, zorder=0.5)
    ax.set(
        xlim=(0, top), yscale="log", ylim=(1, None), xlabel="target (Hz)", ylabel="rate of the excitatory cells (Hz)"
    )
    return "rates at the start (open) and in the second half (filled), one point per network; line: rate equals target"


PANELS = (course, rates)

if __name__ == "__main__":
    main(__file__)

"""Which way does a weight drift between spikes that know nothing of each other?

Pairs: w_max r s (A+ tau+ - A- tau-) per second for an input of rate r and a cell of rate s, with A- tau- a little more
than A+ tau+ a slow loss at every rate. Triplets gain with the square of the cell's rate and turn from depression to
potentiation at A2- tau-/(A3+ tau+ tau_y) = 19.22 Hz, as the BCM rule has it. On a grid two spikes of one step count as
potentiation and not as depression, so the ratio 1.05 of depression to potentiation becomes 1.05 exp(-dt/tau): from
dt = tau ln 1.05 = 0.976 ms on the rule runs away (the package refuses such a step unless told otherwise).

Every cell has a Poisson input of its own that makes it fire one step later, and plastic synapses without effect.

Sources: Song, Miller & Abbott, Nat Neurosci 3 (2000); Pfister & Gerstner, J Neurosci 26 (2006).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim import plasticity
from neurosim.engines import choices
from neurosim.lab import Row, below, check, column, main, near
from neurosim.metrics import Interval
from neurosim.params import ParameterError, Params, param
from neurosim.plots import OKABE_ITO

RULES = {
    "pair": plasticity.STDP(A_plus=0.005, A_minus=0.00525),
    # A tenth of the published amplitudes, so that no weight meets a bound; their ratio is what counts.
    "triplet": plasticity.TripletSTDP(A3_plus=6.5e-4, A2_minus=7.1e-4),
}
COLOURS = {"pair": OKABE_ITO["vermillion"], "triplet": OKABE_ITO["blue"]}
PRE_RATE = 10.0  # Hz of every input
INPUTS, LARGEST = 200, 1e-12
PAIR_DRIFT = -5.0e-4  # per s, at 10 Hz on both sides
TURN = 19.2203  # Hz: (7.1e-3 * 33.7 ms)/(6.5e-3 * 16.8 ms * 114 ms)
LIMIT = 0.975803e-3  # s: 20 ms ln 1.05
QUICK = {"seeds": 1, "cells": 150, "drift_time": 8.0}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(3, doc="number of seeds of the spikes", low=1)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    fine: float = param(2e-5, unit="s", doc="time step under which rates are compared", above=0, high=0.9e-3)
    steps: tuple[float, ...] = param(
        (1e-4, 2e-4, 4e-4, 8e-4, 1e-3, 1.6e-3, 2e-3), unit="s", doc="time steps that are compared", above=0
    )
    post_rates: tuple[float, ...] = param((5.0, 10.0, 15.0, 20.0, 25.0, 30.0), unit="Hz", doc="cells' rates", above=0)
    cells: int = param(100, doc="cells at each rate and step", low=10)
    drift_time: float = param(20.0, unit="s", doc="length of a run that measures drifts", above=0)

    def check(self):
        if PRE_RATE not in self.post_rates or len(self.post_rates) < 3:
            raise ParameterError(
                f"Parameters.post_rates: got {self.post_rates}, expected three or more with {PRE_RATE:g} Hz among them"
            )
        if not min(self.steps) < LIMIT < max(self.steps):
            raise ParameterError(
                f"Parameters.steps: got {self.steps}, expected some below and some above {LIMIT * 1e3:g} ms"
            )


class Drift(Row):
    rule: str = column("pair (STDP) or triplet (TripletSTDP)")
    post_rate: float = column("rate of the cell; all its inputs fire at 10 Hz, independent of it", "Hz")
    drift: float = column("mean change of a weight as a fraction of the largest weight, spikes", "1/s")
    error: float = column("its standard error over cells", "1/s")
    rates: float = column("the same from the rates alone", "1/s")


class Steps(Row):
    dt: float = column("time step", "s")
    ratio: float = column("depression over potentiation that is left: 1.05 exp(-dt/tau)")
    drift: float = column("mean change of a weight at 10 Hz on both sides, as a fraction of the largest", "1/s")
    error: float = column("its standard error over cells", "1/s")
    grid: float = column("the same in closed form, two spikes of one step counted as potentiation", "1/s")


def compute(p, seed, lab):
    every = np.repeat(p.post_rates, p.cells)
    for number, (name, rule) in enumerate(RULES.items()):
        found = drift(p, lab, rule, every, p.fine, seed + number)
        for rate, values in zip(p.post_rates, found.reshape(-1, p.cells), strict=True):
            yield Drift(name, rate, values.mean(), error(values), rule.drift(PRE_RATE, rate) / rule.w_max)
    pair = RULES["pair"]
    for number, dt in enumerate(p.steps):
        any_step = pair.replace(any_step=True)  # the coarse steps are the point
        found = drift(p, lab, any_step, np.full(p.cells, PRE_RATE), dt, seed + 100 + number)
        ratio = pair.A_minus / pair.A_plus * np.exp(-dt / pair.tau_plus)
        yield Steps(dt, ratio, found.mean(), error(found), on_the_grid(dt))


def drift(p, lab, rule, rates, dt, seed):
    """Mean drift onto each cell as a fraction of w_max per s."""
    n = len(rates)
    cell = ns.LIF(t_ref=0.0)
    relay = ns.Projection("relay", "driver", "post", 2.0 / cell.impulse * np.eye(n), tau=0.0)
    start = np.full((n, INPUTS), 0.5 * LARGEST)
    plastic = ns.Projection("plastic", "pre", "post", start, tau=0.0, rule=rule.replace(w_max=LARGEST))
    circuit = ns.Circuit({"pre": INPUTS, "driver": n}, [ns.Population("post", n)], [relay, plastic])
    stimulus = ns.stimulus.poisson({"pre": np.full((1, INPUTS), PRE_RATE), "driver": rates[np.newaxis]})
    # Whole steps, whatever dt is.
    schedule = ns.Schedule(duration=round(p.drift_time / dt) * dt, settle=0.0, dt=dt)
    run = lab.simulate(circuit, cell, stimulus, schedule, seed=seed)
    return (run.weights["plastic"].mean(axis=1) / LARGEST - 0.5) / schedule.duration


def error(values):
    return values.std(ddof=1) / np.sqrt(len(values))


def on_the_grid(dt):
    """Drift of pairs at 10 Hz on both sides: two spikes of one step count as potentiation."""
    rule, decay = RULES["pair"], np.exp(-dt / 20e-3)
    return float(PRE_RATE**2 * dt * (rule.A_plus - rule.A_minus * decay) / (1 - decay))


def over_seeds(rows, by):
    """Means over seeds, and their standard error from those over cells."""
    mean = rows.drop(columns="rule", errors="ignore").groupby(by).mean()
    squares = (rows.error**2).groupby(rows[by]).sum()
    count = rows.groupby(by).size()
    return mean.assign(error=np.sqrt(squares) / count).reset_index()


def turn(t):
    """Rate at which triplets turn: their drift over the cell's rate is a line in that rate."""
    rows = over_seeds(t.drift[t.drift.rule == "triplet"], "post_rate")
    slope, offset = np.polyfit(rows.post_rate, rows.drift / rows.post_rate, 1)
    return -offset / slope


def answer(t):
    pair = over_seeds(t.drift[t.drift.rule == "pair"], "post_rate").set_index("post_rate").drift
    return (
        f"Pair STDP weakens it at every rate, by {-1e4 * pair[PRE_RATE]:.1f}e-4 of the largest weight per second at "
        f"10 Hz on both sides; triplets weaken it below {turn(t):.1f} Hz of the cell and strengthen it above."
    )


def findings(t):
    pair = over_seeds(t.drift[t.drift.rule == "pair"], "post_rate")
    row = pair[pair.post_rate == PRE_RATE].iloc[0]
    found = Interval(row.drift, row.drift - row.error, row.drift + row.error, len(t.drift.seed.unique()))
    words = "At 10 Hz on both sides pair STDP weakens a weight by 5.0e-4 of the largest per second."
    why = "10 %; a step of 0.02 ms takes 2 % away, one standard error (the interval) is 2 to 3 %"
    source = "r s (A+ tau+ - A- tau-) with A+ = 0.005, ratio 1.05, tau = 20 ms"
    yield check("pair", words, found, near(PAIR_DRIFT, 0.1 * abs(PAIR_DRIFT)), "1/s", why=why, source=source)
    beyond = ((pair.drift - pair.rates).abs() - 0.1 * pair.rates.abs()) / pair.error
    words = (
        "At every rate of the cell the drift is that of the rates (largest distance beyond 10 % in standard errors)."
    )
    why = "10 % as at 10 Hz, and four standard errors"
    yield check("rates", words, beyond.max(), below(4.0), why=why, source=source)
    words = "Triplet STDP turns from depression to potentiation at 19.22 Hz of the cell."
    why = "5 %: five seeds of the quick run give 19.27 to 19.41 Hz"
    source = "Pfister & Gerstner (2006): A2- tau- / (A3+ tau+ tau_y)"
    yield check("turn", words, turn(t), near(TURN, 0.05 * TURN), "Hz", why=why, source=source)
    steps = over_seeds(t.steps, "dt")
    slope, offset = np.polyfit(steps.dt, steps.drift, 1, w=1 / steps.error)  # near 0 a line in dt
    words = "Pair STDP turns from depression to potentiation at a time step of tau ln(1.05)."
    why = "the standard errors of the drifts, 0.2e-4, move the turn by 0.02 ms; five seeds give 0.971 to 0.983 ms"
    source = "two spikes of one step count as potentiation, so the ratio is 1.05 exp(-dt/tau)"
    yield check("step", words, -1e3 * offset / slope, near(1e3 * LIMIT, 0.08), "ms", why=why, source=source)


def by_rate(ax, t):
    ax.axhline(0.0, color="0.6", linewidth=0.8, zorder=0.5)
    for name, colour in COLOURS.items():
        rows = over_seeds(t.drift[t.drift.rule == name], "post_rate")
        rates = np.linspace(0.0, rows.post_rate.max(), 100)
        rule = RULES[name]
        ax.plot(rates, [1e3 * rule.drift(PRE_RATE, rate) / rule.w_max for rate in rates], color=colour, linewidth=1.0)
        ax.errorbar(
            rows.post_rate,
            1e3 * rows.drift,
            1e3 * rows.error,
            color=colour,
            marker="o" if name == "pair" else "s",
            linestyle="none",
            label=f"{name}s of spikes",
        )
    ax.set(xlabel="rate of the cell (Hz)", ylabel="drift of a weight ($10^{-3}$ $w_{max}$/s)")
    ax.legend(loc="upper left")
    return "drift of weights from inputs of 10 Hz by the rate of the cell (bars: standard error); lines: rates alone"


def by_step(ax, t):
    rows = over_seeds(t.steps, "dt")
    fine = np.linspace(0.02e-3, 1.05 * rows.dt.max(), 100)
    ax.axhline(0.0, color="0.6", linewidth=0.8, zorder=0.5)
    ax.axvspan(1e3 * LIMIT, 1e3 * fine[-1], color="0.92", zorder=0.1, linewidth=0)
    ax.plot(1e3 * fine, [1e3 * on_the_grid(dt) for dt in fine], color=COLOURS["pair"], linewidth=1.0)
    ax.errorbar(1e3 * rows.dt, 1e3 * rows.drift, 1e3 * rows.error, color=COLOURS["pair"], marker="o", linestyle="none")
    ax.text(0.95, 0.05, "runs away", transform=ax.transAxes, ha="right", va="bottom", color="0.35")
    ax.set(xlim=(0.0, 1e3 * fine[-1]), xlabel="time step (ms)", ylabel="drift of a weight ($10^{-3}$ $w_{max}$/s)")
    return (
        "drift under pair STDP at 10 Hz on both sides by the time step; line: two spikes of one step counted as "
        "potentiation; shaded: potentiation outweighs depression"
    )


PANELS = (by_rate, by_step)

if __name__ == "__main__":
    main(__file__)

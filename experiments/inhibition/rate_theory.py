"""Does inhibition keep a network stable, and does the mean field predict the rate of its neurons?

Brunel's network over the strength g of the inhibition and the rate eta of the outside input, simulated with spikes and
beside two mean fields: Siegert's curve of the LIF neuron, and a threshold-linear population.

Prediction: inhibition four times as strong as excitation balances it, for there are four times fewer inhibitory cells.
Where excitation leads so much that its loop gain, slope * inputs * weight * (1 - g/4), exceeds 1, a threshold-linear
population has no steady state at all (g < 3.6 in the network of 12,500 cells, g < 3 in that of 2,500), and Siegert's
curve settles only where the refractory period ends the growth. Above, the rate falls with g and rises with eta.

Source: Brunel, J Comput Neurosci 8 (2000) 183; Siegert, Phys Rev 81 (1951); Broadie, Glasserman & Kou, Math Finance 7
(1997) for the threshold that is tested once per step.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.inhibition._brunel import (
    CELL,
    REGIMES,
    SIZES,
    T_REF,
    linear_rate,
    mean_rate,
    network,
    outside,
    theory_of,
)
from neurosim import plots
from neurosim.engines import choices
from neurosim.lab import Row, above, between, check, column, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import ParameterError, Params, param

QUICK = {
    "seeds": 2,
    "g_values": (3.0, 8.0),
    "eta_values": (1.0, 4.0),
    "duration": 0.55,
    "settle": 0.05,
    "sweep_duration": 0.2,
    "dt": 6.25e-5,
}
CHECKED = (("small", "AI"), ("medium", "AI"), ("medium", "SI fast"))
WEAK = (("small", "SR"), ("medium", "SR"))  # the same networks with weak inhibition
WEAKER, STRONGER, ETA = (0.0, 1.0, 2.0), (4.5, 5.0, 6.0), 2.0  # none, up to half of what balances; more than that


@dataclass(frozen=True, kw_only=True)
class Sweep(Params):
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    g_values: tuple[float, ...] = param(
        (2.0, 3.0, 3.5, 4.5, 5.0, 6.0, 7.0, 8.0), doc="strengths of the inhibition that are simulated", low=0
    )
    eta_values: tuple[float, ...] = param((0.9, 1.2, 1.5, 2.5, 3.0, 4.0), doc="outside rates over threshold", above=0)
    settle: float = param(0.2, unit="s", doc="time before counting starts", low=0)
    sweep_duration: float = param(0.6, unit="s", doc="length of a run of the sweep", above=0)
    dt: float = param(5e-5, unit="s", doc="time step", above=0)


@dataclass(frozen=True, kw_only=True)
class Parameters(Sweep):
    seeds: int = param(5, doc="networks at each of the states that are checked", low=2)
    duration: float = param(1.2, unit="s", doc="length of a run of these", above=0)

    def check(self):
        if 3.0 not in self.g_values:
            raise ParameterError(f"Parameters.g_values: got {self.g_values}, expected 3 among them")
        if min(self.duration, self.sweep_duration) <= self.settle:
            raise ParameterError(f"Parameters.settle: got {self.settle:g} s, expected less than every run lasts")


class Networks(Row):
    size: str = column("network: small (1,250 cells) or medium (2,500)")
    state: str = column("name of the state")
    g: float = column("inhibitory over excitatory synaptic strength")
    eta: float = column("outside rate over the one that brings the mean potential to threshold")
    rate: float = column("mean rate of all cells", "Hz")
    theory: float = column("mean field in continuous time", "Hz")
    grid: float = column("mean field with the threshold tested once per step, as in the simulation", "Hz")


class Points(Row):
    along: str = column("what varies: g or eta")
    g: float = column("inhibitory over excitatory synaptic strength")
    eta: float = column("outside rate over the one that brings the mean potential to threshold")
    rate: float = column("mean rate of all cells of one medium network, the same for all seeds", "Hz")
    theory: float = column("mean field in continuous time", "Hz")
    grid: float = column("mean field with the threshold tested once per step", "Hz")


class Theory(Row):
    along: str = column("what varies: g or eta")
    g: float = column("inhibitory over excitatory synaptic strength")
    eta: float = column("outside rate over the one that brings the mean potential to threshold")
    siegert: float = column("mean field of the medium network in continuous time", "Hz")
    grid: float = column("mean field with the threshold tested once per step", "Hz")
    linear: float = column("threshold-linear mean field (NaN: no steady state)", "Hz")


class Linear(Row):
    g: float = column("inhibitory over excitatory synaptic strength")
    eta: float = column("outside rate over the one that brings the mean potential to threshold")
    rate: float = column("steady state that the static engine finds for threshold-linear populations (NaN: none)", "Hz")
    theory: float = column("the same in closed form", "Hz")


def compute(p, seed, lab):
    cases = [(size, state, *REGIMES[state]) for size, state in (*CHECKED, *WEAK)]
    cases += [("small", f"g = {g:g}", g, ETA) for g in (*WEAKER, *STRONGER) if g != 5.0]
    cases += [("medium", "g = 0", 0.0, ETA)]
    for size, state, g, eta in cases:
        known = SIZES[size]
        # A saturated network is there within some ms and has ten times as many spikes.
        duration, settle = (0.1, 0.05) if g < 4.0 else (p.duration, p.settle)
        schedule = ns.Schedule(duration=duration, settle=settle, dt=p.dt)
        run = lab.simulate(network(known, g, seed), CELL, outside(known, eta), schedule, record=("spikes",))
        theory = theory_of(known, g, eta)
        yield Networks(size, state, g, eta, mean_rate(run), theory.steady_rate().rate, theory.steady_rate(p.dt).rate)
    for (along, g, eta), rate in zip(points(p), lab.once(rates_of_points, p, 0), strict=True):
        theory = theory_of(SIZES["medium"], g, eta)
        yield Points(along, g, eta, rate, theory.steady_rate().rate, theory.steady_rate(p.dt).rate)
    for along, values in (("g", p.g_values), ("eta", p.eta_values)):
        for value in np.linspace(min(values), max(values), 31 if along == "g" else 17).tolist():
            g, eta = (value, 2.0) if along == "g" else (5.0, value)
            theory = theory_of(SIZES["medium"], g, eta)
            rates = theory.steady_rate().rate, theory.steady_rate(p.dt).rate, theory.linear_rate()
            yield Theory(along, g, eta, *rates)
    for g, eta in REGIMES.values():
        yield Linear(g, eta, linear_rate(g, eta), theory_of(SIZES["large"], g, eta).linear_rate())


def points(p):
    """The sweep, without g = 5 and eta = 2, where the checked networks are."""
    return [("g", g, 2.0) for g in p.g_values if g != 5.0] + [("eta", 5.0, eta) for eta in p.eta_values if eta != 2.0]


def rates_of_points(p: Sweep, seed):
    """Rates of one medium network per point of the sweep."""
    size, found = SIZES["medium"], []
    for _, g, eta in points(p):
        # A saturated network is there within some ms and has ten times as many spikes.
        duration, settle = (0.1, 0.05) if g < 4.0 else (p.sweep_duration, p.settle)
        schedule = ns.Schedule(duration=duration, settle=settle, dt=p.dt)
        run = ns.simulate(
            network(size, g, seed), CELL, outside(size, eta), schedule, seed=seed, record=("spikes",), engine=p.engine,
            progress=False,
        )  # fmt: skip
        found.append(mean_rate(run))
    return found


def over_theory(t, size, state):
    rows = t.networks[(t.networks["size"] == size) & (t.networks.state == state)].set_index("seed")
    return student_interval(rows.rate / rows.theory)


def answer(t):
    rates = t.networks[t.networks["size"] == "medium"].groupby("state").rate.mean()
    ratio = over_theory(t, "medium", "AI")
    return (
        f"Yes: inhibition of g = 5 instead of 3 lowers the rate {rates.SR / rates.AI:.1f}-fold to "
        f"{rates.AI:.1f} Hz, {ratio.value:.3f} of what the mean field says."
    )


def inhibited(t, size="small", weak=0.0, strong=5.0, times=2.0, part=0.5):
    rows = t.networks[(t.networks["size"] == size) & (t.networks.eta == ETA)]
    rates = rows.pivot_table(index="seed", columns="g", values="rate")
    at, more = f"g = {weak:g}", student_interval((rates[weak] / rates[strong]).to_numpy())
    return [
        needed(f"rate with {at} over that with g = {strong:g}", more, above(times), possible=(0.0, math.inf)),
        needed(f"with {at} only refractoriness ends the growth (rate over the largest that it allows)",
               student_interval((rates[weak] * T_REF).to_numpy()), above(part), possible=(0.0, 1.0)),
    ]  # fmt: skip


def findings(t):
    why = (
        "prevents over-activation: without inhibition the same networks fire more than twice as much as with it; keeps "
        "stable: without it the rate runs up to more than half of 1/t_ref, where refractoriness ends it; networks are "
        "the unit. At g = 4 inhibition balances excitation; up to half of that is little"
    )
    swept = {
        "size of the network": {each: inhibited(t, each) for each in ("small", "medium")},
        "little g": {each: inhibited(t, weak=each) for each in WEAKER},
        "much g": {each: inhibited(t, strong=each) for each in STRONGER},
        "times as much": {each: inhibited(t, times=each) for each in (1.5, 2.0, 4.0)},
        "part of 1/t_ref": {each: inhibited(t, part=each) for each in (0.25, 0.5)},
    }
    yield judge("A0-08", *inhibited(t), why=why, source="Brunel (2000)", over=swept, in_the_model=True)
    for size in ("small", "medium"):
        words = f"The {size} network fires at the rate of the mean field (g = 5, eta = 2; ratio)."
        why = "2 %: the threshold is tested once per step, which costs up to 2 % at this time step, and inputs are few"
        yield check(f"ai_{size}", words, over_theory(t, size, "AI"), between(0.98, 1.02), why=why, source="mean field")
    words = "Oscillations lift the rate of the medium network above the mean field (g = 6, eta = 4; ratio)."
    why = (
        "1.036 and 1.033 in another program, which adds input before it tests the threshold; the time step costs 1.6 %"
    )
    yield check("si_fast_medium", words, over_theory(t, "medium", "SI fast"), between(1.015, 1.055), why=why)


def along(ax, t, name):
    rows = t.theory[(t.theory.along == name) & (t.theory.seed == t.theory.seed.min())]
    for y, rung, label in ((rows.linear, "artificial", "ReLU theory"), (rows.siegert, "curve", "Siegert")):
        look = plots.RUNGS[rung]
        ax.plot(rows[name], y, color=look.colour, linestyle=look.linestyle, label=label)
    look, swept = plots.RUNGS["spiking"], t.points[t.points.along == name].groupby(name).rate.mean()
    ax.plot(swept.index, swept, look.marker, color=look.colour, label="spiking")
    checked = t.networks[(t.networks["size"] == "medium") & (t.networks.state == "AI")]
    ax.plot(checked[name], checked.rate, look.marker, color=look.colour)


def along_inhibition(ax, t):
    along(ax, t, "g")
    ax.set(yscale="log", ylim=(8, 500), xlabel="inhibition g", ylabel="rate (Hz)")
    ax.set_yticks([10, 30, 100, 300], ["10", "30", "100", "300"])
    ax.legend()
    return (
        "rate of a network of 2,500 cells against the inhibition, at eta = 2; the ReLU has no steady state up to g = 3"
    )


def along_input(ax, t):
    along(ax, t, "eta")
    ax.set(ylim=(0, None), xlabel="outside rate eta (threshold: 1)", ylabel="rate (Hz)")
    return "the same against the outside rate, at g = 5"


def against_theory(ax, t):
    for k, (size, state) in enumerate(CHECKED):
        rows = t.networks[(t.networks["size"] == size) & (t.networks.state == state)]
        ax.plot(np.full(len(rows), k), rows.rate / rows.theory, "o", color=plots.RUNGS["spiking"].colour)
        grid = (rows.grid / rows.theory).iloc[0]
        ax.plot(k, grid, "_", color=plots.OKABE_ITO["vermillion"], markersize=14, markeredgewidth=1.5)
    ax.axhline(1.0, color=plots.RUNGS["curve"].colour)
    ax.set_xticks(range(len(CHECKED)), [f"{size},\n{state}" for size, state in CHECKED])
    ax.set(xlim=(-0.5, len(CHECKED) - 0.5), ylim=(0.95, 1.08), xlabel="network, state", ylabel="rate / mean field")
    return "rate over the mean field, a dot per network; bars: mean field with the threshold tested once per step"


PANELS = (along_inhibition, along_input, against_theory)

if __name__ == "__main__":
    main(__file__)

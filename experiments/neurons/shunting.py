"""Does shunting inhibition divide the firing rate of a neuron?

A conductance whose reversal potential is at rest divides the potential below threshold. In a LIF neuron the spikes hold
the mean potential below threshold whatever the input, so the current through the conductance is bounded: the f-I curve
is shifted, by half of what an inhibitory current of the same rheobase takes (far above threshold the rate approaches
I / (C theta) - g / (2 C)), and its slope is not divided.

Source: Holt & Koch, Neural Comput 9 (1997).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.cells import ConductanceLIF
from neurosim.engines import choices
from neurosim.lab import Row, above, check, column, main, near, report
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO

QUICK: dict[str, float] = {}
SCALES = {"C": 200e-12, "E_L": -70e-3, "V_th": -50e-3}  # F, V, V
LEAK, DISTANCE = 10e-9, 20e-3  # S, V
CONDUCTANCES = (0.0, 5.0, 10.0, 20.0)  # nS
LOW, HIGH = 1000.0, 2000.0  # pA: the slope is taken between them
COLOURS = dict(zip(CONDUCTANCES, ("black", "blue", "bluish green", "orange"), strict=True))


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    engine: str = param("auto", doc="engine of the spiking cells", choices=choices("spiking"))
    duration: float = param(0.15, unit="s", doc="length of the run", low=0.15)


class Shunting(Row):
    kind: str = column("shunting: conductance; subtractive: steady current of the same rheobase")
    g_i: float = column("inhibitory conductance (for the current: the one whose rheobase it has)", "nS")
    current: float = column("injected current", "pA")
    closed_form: float = column("closed form of the rate", "Hz")
    simulated: float = column("1 / interspike interval; NaN where not simulated", "Hz")


def rheobase(g):
    """Smallest current in pA that makes the cell fire."""
    return 1e12 * (LEAK + 1e-9 * g) * DISTANCE


def compute(p, seed, lab):
    shared = {"g_L": LEAK, "V_reset": -70e-3, "E_exc": 0.0, "E_inh": -70e-3, "t_ref": 0.0}
    cells = {g: ConductanceLIF.from_biophysics(**SCALES, **shared, g_tonic=1e-9 * g) for g in CONDUCTANCES}
    conditions = []
    for kind in ("shunting", "subtractive"):
        for g in CONDUCTANCES:
            simulated = (500.0, LOW, HIGH, 1500.0, 0.97 * rheobase(g), 1.03 * rheobase(g))
            conditions += [(kind, g, current, True) for current in simulated]
            conditions += [(kind, g, float(i), False) for i in range(0, 2001, 20) if i not in simulated]
    kinds, g_i, current, runs = (np.array(each) for each in zip(*conditions, strict=True))
    subtracted = np.where(kinds == "subtractive", rheobase(g_i) - rheobase(0.0), 0.0)
    # A subtracted current leaves the cell without the conductance, so it is that cell that runs.
    cell_of = np.where(kinds == "shunting", g_i, 0.0)
    drives = cells[0.0].biophysics(**SCALES).drive(1e-12 * (current - subtracted))
    chosen = {g: runs & (cell_of == g) for g in CONDUCTANCES}
    circuit = ns.Circuit(
        populations=[ns.Population(f"g{g:g}", int(c.sum()), bias=drives[c]) for g, c in chosen.items()]
    )
    by_name = {f"g{g:g}": cell for g, cell in cells.items()}
    schedule = ns.Schedule(duration=p.duration, settle=0.0, dt=1e-4)
    run = lab.simulate(circuit, by_name, schedule=schedule, record=("spikes",))
    rates, closed = np.full(len(runs), np.nan), np.empty(len(runs))
    for g in CONDUCTANCES:
        rates[chosen[g]] = rates_of(run, f"g{g:g}")
        closed[cell_of == g] = cells[g].transfer(drives[cell_of == g])
    yield Shunting.table(kind=kinds, g_i=g_i, current=current, closed_form=closed, simulated=rates)


def rates_of(run, name):
    """1 / mean interspike interval of every unit."""
    spikes = run.spikes[name]
    trains = [spikes.times[spikes.units == unit] for unit in range(run.rates[name].shape[1])]
    return [(times.size - 1) / np.ptp(times) if times.size > 1 else 0.0 for times in trains]


def curve(t, kind, g):
    rows = t.shunting[(t.shunting.kind == kind) & (t.shunting.g_i == g)].sort_values("current")
    return rows.set_index("current")


def relative_slope(t, g):
    """Slope of the f-I curve between 1 and 2 nA under a conductance, over that without."""
    slopes = [np.diff(curve(t, "shunting", each).closed_form[[LOW, HIGH]]) for each in (g, 0.0)]
    return float((slopes[0] / slopes[1])[0])


def answer(t):
    g = CONDUCTANCES[-1]
    return (
        f"No: a conductance of {g:g} nS leaves the slope between 1 and 2 nA at {relative_slope(t, g):.2f} of that "
        f"without, where division would leave {LEAK / (LEAK + 1e-9 * g):.2f}; it shifts the curve."
    )


def findings(t):
    words = "Shunting does not divide: the slope between 1 and 2 nA under 20 nS, over that without."
    why = "division would give 1/3, the ratio of the conductances"
    source = "Holt & Koch, Neural Comput 9 (1997)"
    yield check("slope", words, relative_slope(t, CONDUCTANCES[-1]), above(0.98), why=why, source=source)
    run = t.shunting[t.shunting.simulated.notna()]
    words = "0, 5, 10 and 20 nS set the rheobase to 200, 300, 400 and 600 pA (simulations that disagree)."
    wrong = ((run.simulated > 0) != (run.current > rheobase(run.g_i))).sum()
    yield check("rheobase", words, wrong, near(0, 0), why="a count, 3 % below to 3 % above the rheobase and beyond")
    none, shunt, current = (
        curve(t, kind, g).closed_form[HIGH]
        for kind, g in (("shunting", 0.0), ("shunting", CONDUCTANCES[-1]), ("subtractive", CONDUCTANCES[-1]))
    )
    words = "Rate lost to 20 nS at 2 nA, over that lost to the current of the same rheobase."
    why = "rate -> I/(C theta) - g/(2 C): a shift by g theta / 2, while the rheobase moves by g theta"
    yield report("half_shift", words, (none - shunt) / (none - current), why=why)


def f_i_curves(ax, t):
    for g, colour in COLOURS.items():
        look = {"color": OKABE_ITO[colour]}
        rows = curve(t, "shunting", g)
        ax.plot(1e-3 * rows.index, rows.closed_form, linewidth=1.0, label=f"{g:g} nS", **look)
        ax.plot(1e-3 * rows.index, rows.simulated, "o", markersize=3, **look)
        if g > 0:
            rows = curve(t, "subtractive", g)
            ax.plot(1e-3 * rows.index, rows.closed_form, linestyle=(0, (2, 1.2)), linewidth=1.0, **look)
    ax.plot([], [], color="0.4", linestyle=(0, (2, 1.2)), linewidth=1.0, label="current of the\nsame rheobase")
    ax.set(xlabel="injected current (nA)", ylabel="rate (Hz)", xlim=(0, 2.05), ylim=(-10, 490))
    ax.legend(loc="upper left", handlelength=1.6)
    return "f-I curves under a conductance (lines; points: simulated) and under a current of the same rheobase (dashed)"


def slopes(ax, t):
    g = np.array(CONDUCTANCES)
    ax.plot(g, LEAK / (LEAK + 1e-9 * g), "--", color="0.6", label="division")
    ax.plot(g, [relative_slope(t, each) for each in g], "o-", color=OKABE_ITO["blue"], label="shunted LIF neuron")
    ax.set(xlabel="inhibitory conductance (nS)", ylabel="slope / slope without", ylim=(0, 1.15))
    ax.legend(loc="center left")
    return "slope between 1 and 2 nA over that without inhibition; dashed: if the rate were divided as the potential is"


PANELS = (f_i_curves, slopes)

if __name__ == "__main__":
    main(__file__)

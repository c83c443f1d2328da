"""Is inhibition from one side enough to prefer a direction, or does it take a rectification too?

A bar moves over a row of receptors. Each cell is excited by the receptor at its own place and inhibited, slowly, by the
receptor before it. In the null direction the inhibition is already there when the excitation comes; in the preferred
direction it comes too late. A linear cell adds both up to the same sum in either direction. A cell that cannot go below
zero loses what the inhibition takes beyond that, so its responses P (preferred) and N (null) differ.

Prediction: the selectivity (P - N)/(P + N) of a rectified cell grows with the weight of the inhibition, from 0.117 at
weight 1 to 0.528 at weight 5 and 1 at weight 13.59, where the null direction falls silent. It is 0 at every weight for
a linear cell, and for a rectified cell that is inhibited from both sides.

Source: Barlow & Levick, J Physiol 178 (1965) (the veto, in the rabbit's retina).
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.inhibition import _bar
from experiments.inhibition._bar import Bar, closed_form, rate_cells, shown, spiking_cells
from neurosim import plots
from neurosim.engines import choices
from neurosim.lab import Row, check, column, definition, main, near, report
from neurosim.params import ParameterError, param

QUICK = {"weights": (0.0, 1.0, 2.0, 5.0, 10.0, 14.0, 20.0), "step": 0.01, "amplitudes": 3}
STYLES = plots.RUNGS | {
    "shunting": plots.SeriesStyle(plots.OKABE_ITO["reddish purple"], (0, (3, 1.2)), "v", "LIF, shunted")
}
NAMES = {"artificial": "ReLU", "curve": "f-I curve", "rate": "rate, ReLU", "spiking": "LIF", "shunting": "LIF, shunted"}
WIRING = {"rectified": "one side", "linear": "one side", "both": "both sides"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Bar):
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    weights: tuple[float, ...] = param(
        (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 20.0), doc="area of the inhibition over the excitation's", low=0
    )
    step: float = param(0.005, doc="step of the static units, in units of time", above=0, high=0.02)
    amplitudes: int = param(13, doc="brightnesses of the bar over which responses are averaged", low=3)

    def check(self):
        if list(self.weights) != sorted(set(self.weights)) or self.weights[0] != 0 or 5.0 not in self.weights:
            raise ParameterError(f"Parameters.weights: got {self.weights}, expected them to increase from 0, with a 5")
        if self.weights[-1] < self.silent_weight:
            raise ParameterError(
                f"Parameters.weights: got {self.weights[-1]:g} as the largest, expected at least "
                f"{self.silent_weight:.2f}, where the null direction falls silent"
            )


class Theory(Row):
    weight: float = column("area of the inhibition over that of the excitation")
    preferred: float = column("summed rectified response, closed form")
    null: float = column("the same in the null direction")
    dsi: float = column("direction selectivity, (P - N)/(P + N)")


class Responses(Row):
    rung: str = column("rung; shunting: spiking with conductances")
    cell: str = column("rectified or linear")
    wiring: str = column("inhibition from one side or from both sides")
    weight: float = column("area of the inhibition over that of the excitation")
    preferred: float = column("response over that without inhibition")
    null: float = column("the same in the null direction")
    spikes: float = column("spikes per bar in the preferred direction; NaN where there are none")
    dsi: float = column("(P - N)/(|P| + |N|), 0 where both vanish")


class Example(Row):
    direction: str = column("preferred or null")
    time: float = column("time since the excitation begins, in units of time")
    excitation: float = column("excitatory drive over its peak")
    inhibition: float = column("inhibitory drive at weight 5 over the peak of the excitation")


class Raster(Row):
    direction: str = column("preferred or null")
    weight: float = column("area of the inhibition over that of the excitation")
    trial: int = column("position of the bar's brightness in increasing order")
    time: float = column("time of a spike since the excitation begins, in units of time")


def compute(p, seed, lab):
    for weight in np.linspace(0.0, p.weights[-1], 81):
        towards, against = closed_form(p, float(weight))
        yield Theory(weight, towards, against, _bar.index(towards, against))
    for direction, first in (("preferred", 1.0), ("null", -1.0)):
        time = np.linspace(-1.2, 2.5, 371)
        excited = np.where(time >= 0, np.exp(-time / p.tau_excitation), 0.0)
        slow = 5.0 * p.tau_excitation / p.tau_inhibition * np.exp(-(time - first) / p.tau_inhibition)
        inhibited = np.where(time >= first, slow, 0.0)
        yield Example.table(direction=direction, time=time, excitation=excited, inhibition=inhibited)
    for kind, found in _bar.static_responses(p, lab, p.weights, p.step).items():
        rung, cell = ("curve", "rectified") if kind == "curve" else ("artificial", kind)
        yield from rows(rung, {cell: found}, p.weights, found[0, 0, 0, 0] if kind == "curve" else 1.0)
    bars, kinds = _bar.even(p, p.amplitudes), ("rectified", "linear", "both")
    # Until the inhibition has fallen to e^-24: what is cut off must not look like a preference.
    responses, _ = shown(p, lab, rate_cells(p, kinds), p.weights, bars, tail=24.0)
    yield from rows("rate", responses, p.weights, p.area * bars.mean())
    spiking, run = shown(p, lab, spiking_cells(p, ("rectified", "both")), p.weights, bars, tail=4.0)
    yield from rows("spiking", spiking, p.weights)
    yield from strokes(p, run.spikes["rectified"])
    shunted = {**spiking_cells(p, ("rectified",)), "rectified": ns.cells.ConductanceLIF(tau_m=p.tau_m)}
    yield from rows("shunting", shown(p, lab, shunted, p.weights, bars, tail=3.0)[0], p.weights)


def rows(rung, responses, weights, scale=None):
    """Mean responses by weight, over the given one or, where spikes are counted, over that without inhibition."""
    for name, found in responses.items():
        means = found.mean(axis=(1, 3))
        for k, weight in enumerate(weights):
            towards, against = (float(value) / (scale or float(means[0, 0])) for value in means[:, k])
            both = abs(towards) + abs(against)
            # A linear response can be negative, or vanish in both directions (weight 1).
            dsi = (towards - against) / both if both > 1e-6 else 0.0
            spikes = math.nan if scale else float(means[0, k])
            cell = "linear" if name == "linear" else "rectified"
            yield Responses(rung, cell, WIRING[name], weight, towards, against, spikes, dsi)


def strokes(p, spikes):
    """Spikes of the cell next to the edge, without inhibition, with weak and with strong inhibition."""
    for weight in (0.0, 5.0, p.weights[-1]):
        unit = p.weights.index(weight) * p.places + 1
        for direction, words in enumerate(_bar.DIRECTIONS):
            place = 1 if words == "null" else p.places - 2
            for trial in range(p.amplitudes):
                mine = (spikes.units == unit) & (spikes.trials == direction * p.amplitudes + trial)
                times = spikes.times[mine] / p.unit - _bar.START - place
                yield Raster.table(direction=words, weight=np.full(len(times), weight), trial=trial, time=times)


def part(t, rung, cell="rectified", wiring="one side"):
    chosen = t.responses
    return chosen[(chosen.rung == rung) & (chosen.cell == cell) & (chosen.wiring == wiring)].set_index("weight")


def answer(t):
    one, both = (part(t, "spiking", wiring=wiring).dsi[5.0] for wiring in ("one side", "both sides"))
    linear = part(t, "rate", "linear").dsi.abs().max()
    return (
        f"It takes a rectification too: at weight 5 LIF neurons reach a selectivity of {one:.2f} when inhibited from "
        f"one side and {both:.2f} from both; linear units stay at {linear:.2f}."
    )


def findings(t):
    one, both = (part(t, "spiking", wiring=wiring).dsi[5.0] for wiring in ("one side", "both sides"))
    why = "the words' meaning: inhibition on one direction alone prefers the other; the check is its mirror image"
    yield definition("A1-02", one, why=why)
    words = (
        f"LIF neurons that are inhibited from both sides by the same total prefer no direction (from one: {one:.2f})."
    )
    why = "a circuit that is its own mirror image; whole spikes of a few bars leave 0.02"
    yield check("from_both_sides", words, both, near(0.0, 0.02), why=why)
    curve, spiking, shunting = (part(t, rung).dsi[5.0] for rung in ("curve", "spiking", "shunting"))
    words = (
        f"A LIF neuron is more selective than its f-I curve alone ({curve:.3f} at weight 5): inhibition that comes "
        "first pulls the membrane below rest, and the excitation has to make up for it."
    )
    yield report("spiking_differs", words, spiking)
    words = "Shunting inhibition, as strong as currents at threshold and weaker below it, is less selective (weight 5)."
    yield report("shunting_differs", words, shunting)


def excitation_and_inhibition(ax, t):
    for direction, base in (("preferred", 1.3), ("null", 0.0)):
        rows = t.example[t.example.direction == direction]
        kept = np.maximum(rows.excitation - rows.inhibition, 0.0)
        ax.fill_between(rows.time, base + rows.inhibition, base + rows.inhibition + kept, color="0.85", linewidth=0)
        for name, colour in (("excitation", "vermillion"), ("inhibition", "blue")):
            label = name if base else None
            ax.plot(rows.time, base + rows[name], color=plots.OKABE_ITO[colour], linewidth=1.1, label=label)
        ax.text(-1.15, base + 0.12, direction)
    ax.set_yticks([0, 1, 1.3, 2.3], ["0", "1", "0", "1"])
    ax.set(ylim=(0, 2.75), xlabel="time (units of time)", ylabel="drive / peak of the excitation")
    ax.legend(loc="upper right", ncols=2)
    return "drive of one cell at weight 5; shaded: what a rectified cell keeps"


def selectivity(ax, t):
    ax.plot(t.theory.weight, t.theory.dsi, color="0.6", label="closed form")
    for rung, name in NAMES.items():
        rows, size = part(t, rung), 5.5 if rung == "artificial" else 3.2
        ax.plot(rows.index, rows.dsi, STYLES[rung].marker, color=STYLES[rung].colour, label=name, markersize=size)
    rows = part(t, "rate", "linear")
    ax.plot(rows.index, rows.dsi, "x", color=plots.OKABE_ITO["blue"], markeredgewidth=0.9, label="linear rate")
    ax.set(ylim=(-0.05, 1.08), xlabel="weight of the inhibition", ylabel="direction selectivity")
    ax.legend(loc="center right", bbox_to_anchor=(1.0, 0.4))
    silent = t.theory.weight[t.theory.null == 0].min()
    return f"selectivity by weight; in the closed form the null direction is silent from {silent:.0f} on"


def responses_by_weight(ax, t):
    for name, dash in (("preferred", "-"), ("null", "--")):
        ax.plot(t.theory.weight, t.theory[name], color="0.6", linestyle=dash)
        for rung in list(NAMES)[1:]:
            rows, colour = part(t, rung), STYLES[rung].colour
            inside, label = (colour, NAMES[rung]) if name == "preferred" else ("white", None)
            ax.plot(
                rows.index,
                rows[name],
                STYLES[rung].marker,
                color=colour,
                markerfacecolor=inside,
                markeredgewidth=0.7,
                markersize=3.2,
                label=label,
            )
    ax.set(ylim=(-0.03, 1.35), xlabel="weight of the inhibition", ylabel="response / response without inhibition")
    ax.legend(loc="upper right", ncols=2)
    count = part(t, "spiking").spikes.iloc[0]
    return (
        "filled: preferred direction, open: null direction, lines: closed form; without inhibition a LIF neuron fires "
        f"{count:.1f} spikes per bar"
    )


def spikes(ax, t):
    early, trials = t.raster[t.raster.time.between(0, 2.05)], int(t.raster.trial.max()) + 1
    weights = sorted(t.raster.weight.unique())
    for direction, shift in (("preferred", 0.0), ("null", 2.3)):
        for block, weight in enumerate(weights):
            rows = early[(early.direction == direction) & (early.weight == weight)]
            low = rows.trial + block * (trials + 2)
            ax.vlines(rows.time + shift, low - 0.4, low + 0.4, color="black", linewidth=0.6)
        ax.text(shift, len(weights) * (trials + 2) - 1, direction)
    ax.set_yticks([block * (trials + 2) + (trials - 1) / 2 for block in range(len(weights))],
                  [f"{weight:g}" for weight in weights])  # fmt: skip
    ax.set_xticks([0, 1, 2, 2.3, 3.3, 4.3], ["0", "1", "2", "0", "1", "2"])
    ax.set(xlim=(-0.1, 4.4), xlabel="time (units of time)", ylabel="weight of the inhibition")
    return "spikes of one LIF neuron for bars of increasing brightness (from below) at three weights"


PANELS = (excitation_and_inhibition, selectivity, responses_by_weight, spikes)

if __name__ == "__main__":
    main(__file__)

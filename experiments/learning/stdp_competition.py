"""Who wins when a thousand inputs compete by spike timing, and does the cell's rate follow its inputs'?

Pair STDP with a little more depression than potentiation spares the inputs that help to fire the cell, so few strong
ones are left, at a rate that hardly depends on the inputs'. Currents stand in for the published conductances.

Source: Song, Miller & Abbott, Nat Neurosci 3 (2000), with the parameters of Brian2's example `synapses/STDP.py`.
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.engines import choices
from neurosim.lab import Row, below, between, check, column, main, report
from neurosim.metrics import cv, population_rate, student_interval
from neurosim.params import Params, param

REST, THRESHOLD, RESET, REVERSAL = -74.0, -54.0, -60.0, 0.0  # mV
TAU_M, TAU_SYNAPSE, CONDUCTANCE = 10e-3, 5e-3, 0.01  # s, s, largest conductance of an input in units of the leak
LENGTHS = {15.0: 100.0, 30.0: 60.0}  # rate of the inputs in Hz: length of the run in s
FIRST, LAST = 2.0, 30.0  # s: "at first" and "in the end"
SONG = "Song, Miller & Abbott (2000); Brian2's example synapses/STDP.py run for the same times"
QUICK = {"seeds": 2}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(5, doc="number of seeds", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    inputs: int = param(1000, doc="inputs of the cell", low=10)
    dt: float = param(1e-4, unit="s", doc="time step; pair STDP runs away above 0.9 ms", above=0, high=0.9e-3)


class Competition(Row):
    inputs: float = column("rate of every input", "Hz")
    first: float = column(f"rate of the cell in the first {FIRST:g} s", "Hz")
    last: float = column(f"rate in the last {LAST:g} s", "Hz")
    cv: float = column(f"coefficient of variation of its intervals in the last {LAST:g} s")
    weak: float = column("fraction of the weights below a tenth of the largest")


class Course(Row):
    inputs: float = column("rate of every input", "Hz")
    time: float = column("middle of a bin", "s")
    rate: float = column("rate of the cell in the bin", "Hz")


class Weights(Row):
    inputs: float = column("rate of every input", "Hz")
    moment: str = column("start or end")
    weight: float = column("lower edge of a bin, as a fraction of the largest weight")
    fraction: float = column("fraction of the weights in the bin")


def compute(p, seed, lab):
    for rate, length in LENGTHS.items():
        circuit, cell = competitors(p.inputs, seed)
        stimulus = ns.stimulus.poisson(np.full(p.inputs, rate), "inputs")
        run = lab.simulate(circuit, cell, stimulus, duration=length, dt=p.dt, record="spikes")
        times = run.spikes["cell"].times
        late = times[times >= length - LAST]
        weights = run.weights["feed"][0] / circuit.projection("feed").rule.w_max
        first = (times < FIRST).sum() / FIRST
        irregular = cv(late, np.zeros(len(late), dtype=int))
        yield Competition(rate, first, len(late) / LAST, irregular, (weights < 0.1).mean())
        start = circuit.projection("feed").dense()[0] / circuit.projection("feed").rule.w_max
        for moment, values in (("start", start), ("end", weights)):
            edges = np.linspace(0.0, 1.0, 11)
            fractions = np.histogram(values, edges)[0] / p.inputs
            yield Weights.table(inputs=rate, moment=moment, weight=edges[:-1], fraction=fractions)
        for k, binned in enumerate(population_rate(times, 1, 2.0, 0.0, length)):
            yield Course(rate, 2.0 * k + 1.0, binned)


def competitors(inputs, seed):
    """A cell and its inputs, with the published membrane and a fair start of the weights."""
    span, halfway = THRESHOLD - REST, (RESET + THRESHOLD) / 2
    # A spike opens a conductance of g that decays with the synapse: g (E - v) tau_s of drive times time.
    largest = CONDUCTANCE * (REVERSAL - halfway) / span * TAU_SYNAPSE * 1000 / inputs
    rule = ns.plasticity.STDP(A_plus=0.01, A_minus=0.0105, w_max=largest)
    start = largest * ns.randomness.stream(seed, "weights").random((1, inputs))
    feed = ns.Projection("feed", "inputs", "cell", start, tau=TAU_SYNAPSE, rule=rule)
    cell = ns.LIF(tau_m=TAU_M, t_ref=0.0, v_reset=(RESET - REST) / span)
    return ns.Circuit({"inputs": inputs}, [ns.Population("cell", 1)], [feed]), cell


def ratios(t):
    slow, fast = (t.competition[t.competition.inputs == rate].set_index("seed") for rate in LENGTHS)
    return {moment: student_interval(fast[moment] / slow[moment]) for moment in ("first", "last")}


def answer(t):
    at_first, in_the_end = ratios(t).values()
    return (
        f"Doubling the input rate raises the output {at_first.value:.1f}-fold at first, "
        f"but only {in_the_end.value:.2f}-fold after learning."
    )


def findings(t):
    slow = t.competition[t.competition.inputs == 15.0]
    why = "Brian2's example gives 22.8 Hz; currents for conductances: five seeds 21.3 to 23.5 Hz"
    words = "Inputs of 15 Hz bring the cell to 18-28 Hz."
    yield check("rate", words, student_interval(slow["last"]), between(18, 28), "Hz", why=why, source=SONG)
    why = "Brian2's example gives 0.859; five seeds with currents 0.775 to 0.873"
    yield check("cv", "Its intervals are irregular.", student_interval(slow.cv), between(0.75, 0.95), why=why)
    why = "Brian2's example gives 1.43; at first 5.5 (the control: without learning the ratio would stay there)"
    yield check("ratio", "In the end it hardly matters.", ratios(t)["last"], below(1.8), why=why, source=SONG)
    yield report("weak_weights", "Fraction of weak weights (Brian2's example: 23 %).", student_interval(slow.weak))


def rate_over_time(ax, t):
    for rate, rows in t.course.groupby("inputs"):
        mean = rows.groupby("time").rate.mean()
        ax.plot(mean.index, mean, label=f"inputs of {rate:g} Hz")
    ax.axhspan(18.0, 28.0, alpha=0.35, linewidth=0, zorder=0.2)
    ax.set(yscale="log", ylim=(10, 500), xlabel="time (s)", ylabel="rate of the cell (Hz)")
    ax.legend()
    return "rate of a cell whose inputs compete, mean over seeds; shaded: 18-28 Hz."


def weights_at_start_and_end(ax, t):
    for (inputs, moment), rows in t.weights.groupby(["inputs", "moment"]):
        if moment == "end" or inputs == min(LENGTHS):
            mean = rows.groupby("weight").fraction.mean()
            ax.plot(mean.index + 0.05, mean, "o-", label=f"end, {inputs:g} Hz" if moment == "end" else "start")
    ax.set(xlabel="weight / largest weight", ylabel="fraction of the weights", ylim=(0, None))
    ax.legend()
    return "weights before and after, in ten bins, mean over seeds."


PANELS = (rate_over_time, weights_at_start_and_end)

if __name__ == "__main__":
    main(__file__)

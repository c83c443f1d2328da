"""Timings, never part of the ordinary suite: `make benchmark` runs and prints them."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from neurosim.cells.lif import LIF
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.engines.brian import Brian
from neurosim.inhibition import lateral
from neurosim.ladder import ladder
from neurosim.randomness import sequence
from neurosim.schedule import Schedule
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import constant, encode, poisson

ROOT = Path(__file__).parents[2]


def wired(units, inputs):
    rng = np.random.default_rng(0)
    hidden = Population("hidden", units, bias=0.4)
    feed = Projection("feed", "x", "hidden", rng.uniform(0, 0.25 / inputs, (units, inputs)))
    return Circuit([Input("x", inputs)], [hidden], [feed, lateral(hidden, 0.06 / units)])


def by_hand(circuit, trains, schedule):
    """The same circuit as someone who knows Brian2 would write it down; rates in Hz."""
    import brian2 as b2

    b2.prefs.codegen.target = "numpy"
    cell, feed, inhibition = LIF(), circuit.projection("feed"), circuit.projection("lateral")
    dt, units = schedule.dt * b2.second, circuit.sizes["hidden"]
    cells = b2.NeuronGroup(
        units,
        "dv/dt = (I + s - v)/tau_m : 1 (unless refractory)\nds/dt = -s/tau_s : 1\nI : 1",
        threshold="v > 1", reset="v = 0", refractory=cell.t_ref * b2.second, method="exact", dt=dt,
        namespace={"tau_m": cell.tau_m * b2.second, "tau_s": feed.tau * b2.second},
    )  # fmt: skip
    cells.I = circuit.population("hidden").bias
    source = b2.SpikeGeneratorGroup(circuit.sizes["x"], trains.units, trains.times * b2.second, dt=dt)
    excite = b2.Synapses(source, cells, "w : 1", on_pre="s += w", dt=dt)
    excite.connect()
    excite.w = (feed.weights.T / feed.tau).ravel()
    inhibit = b2.Synapses(cells, cells, "w : 1", on_pre="s -= w", dt=dt)
    inhibit.connect(condition="i != j")
    inhibit.w = inhibition.weights.value / inhibition.tau
    monitor = b2.SpikeMonitor(cells)
    b2.Network(cells, source, excite, inhibit, monitor).run(schedule.duration * b2.second, namespace={})
    counted = monitor.t_[:] > schedule.settle - schedule.dt / 2
    return np.bincount(monitor.i[:][counted], minlength=units) / schedule.window


def test_simulate_against_a_brian2_script(benchmark, capsys):
    circuit, schedule = wired(units=200, inputs=64), Schedule(duration=1.0, settle=0.2)
    stimulus = poisson(np.random.default_rng(1).uniform(0, 60, (1, 64)), input="x")
    seconds = {"simulate": [], "script": []}

    def ours():
        recording = simulate(circuit, LIF(), stimulus, schedule, seed=1, engine=Brian(target="numpy"), progress=False)
        return recording.rates["hidden"][0]

    def script():
        # The spikes are drawn in both: whoever writes the script needs some as well.
        trains = encode(stimulus, schedule.duration, schedule.dt, sequence(1, "stimulus"))["x"]
        return by_hand(circuit, trains, schedule)

    def timed(name, work):
        started = time.perf_counter()
        result = work()
        seconds[name].append(time.perf_counter() - started)
        return result

    def both():
        # One after the other, so that a slow moment of the machine meets both.
        return timed("simulate", ours), timed("script", script)

    ours_rates, script_rates = benchmark.pedantic(both, rounds=7, warmup_rounds=1)
    np.testing.assert_array_equal(ours_rates, script_rates)
    ratios = [a / b for a, b in zip(*(times[1:] for times in seconds.values()), strict=True)]
    benchmark.extra_info["median_ratio"] = statistics.median(ratios)
    words = [f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"]
    words += [f"{name} {statistics.median(times[1:]):.3f} s" for name, times in seconds.items()]
    with capsys.disabled():
        print("\nsimulate over script: " + ", ".join(words))


COMMANDS = {
    "import": ["-c", "import neurosim"],
    "python alone": ["-c", "pass"],
    "numpy alone": ["-c", "import numpy"],
    "help of a question": ["-m", "neurosim", "run", "sparsity/digits_on_four_rungs", "--help"],
    "list": ["-m", "experiments", "list"],
}


@pytest.mark.parametrize("what", COMMANDS)
def test_start(benchmark, what):
    def start():
        return subprocess.run([sys.executable, *COMMANDS[what]], cwd=ROOT, capture_output=True, check=True)

    benchmark.pedantic(start, rounds=5, warmup_rounds=1)


@pytest.mark.parametrize("rung", ["artificial", "curve", "rate", "spiking"])
def test_forty_trials_of_a_hundred_units(benchmark, rung):
    circuit, cell = wired(units=100, inputs=64), ladder(LIF())[rung]
    stimulus = constant(np.random.default_rng(1).uniform(0, 60, (40, 64)), input="x")
    recording = benchmark.pedantic(
        simulate, (circuit, cell, stimulus, Schedule(duration=0.5)), {"progress": False}, rounds=3, warmup_rounds=1
    )
    assert recording.converged.all()
    assert recording.rates["hidden"].shape == (40, 100)

"""The compiled engine on small circuits whose every step is known, and what happens around it."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neurosim.cells.adaptive_lif import AdaptiveLIF
from neurosim.cells.conductance_lif import ConductanceLIF
from neurosim.cells.hodgkin_huxley import HodgkinHuxley
from neurosim.cells.homeostatic_lif import HomeostaticLIF
from neurosim.cells.izhikevich import Izhikevich
from neurosim.cells.lif import LIF
from neurosim.cells.perfect_if import PerfectIF
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.engines.compiled import Compiled
from neurosim.engines.compiled.run import threads_of
from neurosim.inhibition import lateral
from neurosim.params import ParameterError
from neurosim.plasticity.hebb import Hebb
from neurosim.schedule import Schedule
from neurosim.simulate import choose, prepare, simulate
from neurosim.stimuli.stimulus import constant, poisson, regular

STEP = 2.0**-10
"""A time step in which binary numbers have no rounding (about 1 ms)."""
TAU = 2.0**-6
"""16 steps."""


def run(populations, projections, cells, steps, **options):
    """Steps at which the units of the last population spike, and v of its unit 0 by step."""
    circuit = Circuit(populations=populations, projections=projections)
    schedule = Schedule(duration=steps * STEP, settle=0.0, dt=STEP)
    recording = simulate(circuit, cells, schedule=schedule, record=["spikes", "v"], engine=Compiled(**options))
    name = populations[-1].name
    spikes = recording.spikes[name]
    return np.round(spikes.times / STEP).astype(int), recording.traces[name].values["v"][:, 0, 0]


def clock(period, size=1):
    """A population and its cell: every unit spikes in the steps period, 2 * period + 1, ... (drive 1/step, no leak)."""
    return Population("clock", size, bias=16.0 / period), PerfectIF(tau_m=TAU, reset_mode="zero")


def check_a_tie_with_the_threshold_is_no_spike():
    # 1/4 per step: 1 is reached in step 3 and passed in step 4.
    steps, v = run([Population("p", 1, bias=4.0)], [], PerfectIF(tau_m=TAU), 12)
    assert v[4] == 1.0
    np.testing.assert_array_equal(steps, [4, 8])


def check_synapses_come_before_the_reset():
    # The unit excites itself at once; the reset to 0 wipes that out.
    population, cell = clock(4)
    loop = Projection("loop", "clock", "clock", [[0.5 * TAU]], tau=0.0)
    steps, v = run([population], [loop], cell, 12)
    np.testing.assert_array_equal(steps, [4, 9])
    assert v[5] == 0.0


def check_the_shortest_interval_is_the_refractory_period_in_steps():
    steps, v = run([Population("p", 1, bias=1e3)], [], LIF(tau_m=TAU, t_ref=5 * STEP), 20)
    np.testing.assert_array_equal(steps, [0, 5, 10, 15])
    np.testing.assert_array_equal(v, 0.0)


def check_a_delay_is_counted_from_the_step_of_the_spike():
    population, cell = clock(4)
    for delay in (0, 3):
        projection = Projection("ab", "clock", "p", [[0.25 * TAU]], tau=0.0, delay=delay * STEP)
        _, v = run([population, Population("p", 1)], [projection], {"clock": cell, "p": PerfectIF(tau_m=TAU)}, 10)
        # Spike in step 4, v jumps at the end of step 4 + delay.
        assert np.flatnonzero(v)[0] == 4 + delay + 1
        assert v[4 + delay + 1] == 0.25


def check_input_during_refractoriness_is_dropped_by_v_and_kept_by_s():
    population, cell = clock(4)
    receiver = Population("p", 1, bias=1e3)
    cells = {"clock": cell, "p": LIF(tau_m=TAU, t_ref=8 * STEP)}
    jump = Projection("ab", "clock", "p", [[-0.5 * TAU]], sign=None, tau=0.0)
    _, v = run([population, receiver], [jump], cells, 8)
    np.testing.assert_array_equal(v, 0.0)
    # One spike in step 4 onto s, which decays while v is clamped and has it start lower when it is free again.
    slow = Projection("ab", "clock", "p", [[20.0]], sign=-1, tau=TAU / 2)
    free, _ = run([population, receiver], [], cells, 18)
    steps, v = run([population, receiver], [slow], cells, 18)
    np.testing.assert_array_equal(free, [0, 8, 16])
    assert steps[0] == 0
    assert 8 not in steps
    assert v[9] < 0


def check_input_in_the_step_of_a_spike_is_dropped():
    # The receiver spikes in step 4, as its source does: what arrives then finds it refractory.
    population, cell = clock(4)
    twin = Population("p", 1, bias=4.0)
    jump = Projection("ab", "clock", "p", [[0.5 * TAU]], tau=0.0)
    subtract = PerfectIF(tau_m=TAU, t_ref=2 * STEP)
    _, v = run([population, twin], [jump], {"clock": cell, "p": subtract}, 7)
    assert v[5] == 0.25


def check_uniform_inhibition_leaves_out_the_unit_itself():
    population, cell = clock(4, size=3)
    side = lateral(population, 0.125 * TAU, tau=0.0)
    # Subtracting: the units spike together in step 4 at v = 1.25 and inhibit each other twice.
    _, v = run([population], [side], cell.replace(reset_mode="subtract"), 7)
    assert v[5] == 0.0


CHECKS = {name: check for name, check in list(globals().items()) if name.startswith("check_")}
GATED = "gated = path[VARIABLE] < 0 and p[REFRACTORY] > 0"
DELIVERED = "                    _deliver(path, p, units, v, s, where, weights, pointers, targets, total, arriving)\n"
CLAMPED = """
                    if path[VARIABLE] >= 0:
                        a, b = p[OFFSET], p[OFFSET] + p[SIZE]
                        x, was = (y[where[path[VARIABLE]] :][: p[SIZE]] for y in (s, before))
                        x[ready[a:b] > t] = was[ready[a:b] > t]
"""
DEFECTS = {
    ">= for >": ("new > one", "new >= one"),
    "refractory one step short": ("ready[unit] = t + refractory", "ready[unit] = t + refractory - 1"),
    "refractory one step long": ("ready[unit] = t + refractory", "ready[unit] = t + refractory + 1"),
    "delay one step short": ("sent = t - path[DELAY]", "sent = t - max(0, path[DELAY] - 1)"),
    "delay one step long": ("sent = t - path[DELAY]", "sent = t - path[DELAY] - 1"),
    "input reaches refractory cells": (GATED, "gated = False"),
    "s is clamped as v is": (DELIVERED, f"                    before = s.copy()\n{DELIVERED}{CLAMPED}"),
    "units inhibit themselves": ("for _ in range(count - 1):", "for _ in range(count):"),
    "no sum of several spikes": ("for _ in range(count - 1):", "for _ in range(min(1, count - 1)):"),
}


def with_defect(defect):
    """The steps as plain Python, with a defect: no compiler, so that many variants cost little."""
    folder = Path(importlib.util.find_spec("neurosim.engines.compiled.machine_code.stepping").origin).parent
    names = ("delivery", "own_constants", "refractory", "sleeping", "stepping")
    text = "\n".join((folder / f"{name}.py").read_text() for name in names)
    if defect == "reset before synapses":
        synapses = "            for j in range(len(paths)):\n                path = paths[j]"
        resets = "            for k in range(len(pops)):\n                p = pops[k]\n                _reset"
        ended = "        if span[3] == span[6]"
        before, middle, after, end = re.split("|".join(map(re.escape, (synapses, resets, ended))), text)
        text = f"{before}{resets}{after}{synapses}{middle}{ended}{end}"
    elif defect:
        old, new = DEFECTS[defect]
        assert old in text
        text = text.replace(old, new)
    plain = "int32, njit, uint8 = int, (lambda **kinds: lambda f: f), int"
    text = re.sub(r"^from numba import .*$", plain, text, flags=re.MULTILINE)
    text = re.sub(rf"^from neurosim.*\.(?:{'|'.join(names)}) import (?:\([^)]*\)|.*$)", "", text, flags=re.MULTILINE)
    scope = {"__name__": "variant"}
    exec(compile(text.split("advance._cache")[0], "variant", "exec"), scope)
    return scope["advance"]


@pytest.mark.parametrize("name", CHECKS)
def test_small_circuits(name):
    CHECKS[name]()


def failures():
    failed = []
    for name, check in CHECKS.items():
        try:
            check()
        except AssertionError:
            failed.append(name)
    return failed


@pytest.mark.parametrize("defect", [None, "reset before synapses", *DEFECTS])
def test_the_small_circuits_notice_every_defect(defect, monkeypatch):
    from neurosim.engines.compiled.machine_code import interpreted, stepping

    monkeypatch.setattr(stepping, "advance", with_defect(defect))
    monkeypatch.setattr(interpreted, "quickest", lambda module, name, *work: getattr(module, name))
    assert bool(failures()) == (defect is not None)


SHORT = Schedule(duration=0.05, settle=0.0)


def driven(cell, record=(), **options):
    return prepare(Circuit(populations=[Population("p", 2, bias=2.0)]), cell, schedule=SHORT, record=record, **options)


@pytest.mark.parametrize("cell", [LIF(), LIF(sigma_stat=0.1), AdaptiveLIF(), PerfectIF(), PerfectIF(reset_mode="zero")])
def test_auto_takes_the_compiled_engine_where_it_can(cell):
    job = driven(cell, record=["spikes", "v"])
    assert choose(job).name == "compiled"
    assert simulate(job.circuit, cell, schedule=SHORT).provenance["engine"] == "compiled"


@pytest.mark.parametrize(
    ("cell", "record", "reason"),
    [
        (HodgkinHuxley(), [], "those of 'p' are HodgkinHuxley"),
        (ConductanceLIF(), [], "those of 'p' are ConductanceLIF"),
        (Izhikevich(), [], "those of 'p' are Izhikevich"),
        (AdaptiveLIF(sigma_stat=0.1), [], "no noise for the AdaptiveLIF cells of 'p'"),
        (HomeostaticLIF(), ["theta"], "records drive, excitation, inhibition, v and spikes, not 'theta'"),
    ],
)
def test_auto_falls_back_on_brian(cell, record, reason):
    job = driven(cell, record=record)
    assert reason in Compiled().refuse(job)
    assert choose(job).name == "brian"


def test_circuits_that_it_cannot_run_are_refused_in_one_sentence():
    population = Population("p", 2)

    def refusal(projections, stimulus=None, cell=None):
        circuit = Circuit([Input("x", 1)] if stimulus else [], [population], projections)
        return Compiled().refuse(prepare(circuit, cell or LIF(), stimulus, SHORT))

    ones = np.ones((2, 2))
    assert "learn" in refusal([Projection("s", "p", "p", ones, rule=Hebb())])
    assert "shorter than two steps" in refusal([Projection("s", "p", "p", ones, tau=1e-4)])
    many = [Projection(f"s{k}", "p", "p", ones, tau=(k + 1) * 1e-3) for k in range(5)]
    assert "5 time constants" in refusal(many)
    assert refusal(many[:4]) is None
    feed = Projection("ff", "x", "p", np.ones((2, 1)))
    assert refusal([feed], constant([[1.0]], input="x")) is None


def net(n=30):
    rng = np.random.default_rng(1)
    population = Population("p", n, bias=0.6)
    feed = Projection("ff", "x", "p", rng.uniform(0, 0.004, (n, 12)))
    circuit = Circuit([Input("x", 12)], [population], [feed, lateral(population, 2e-4, delay=1e-3)])
    return circuit, poisson(rng.uniform(0, 90, (11, 12)), input="x")


@pytest.mark.parametrize("cell", [LIF(), LIF(sigma_stat=0.3)])
def test_threads_and_cuts_change_nothing(cell, monkeypatch):
    circuit, stimulus = net()
    schedule = Schedule(duration=0.2, settle=0.05)

    def result(threads):
        recording = simulate(
            circuit, cell, stimulus, schedule, seed=5, record=["spikes", "v"], engine=Compiled(threads=threads)
        )
        spikes = recording.spikes["p"]
        return recording.rates["p"], spikes.times, spikes.units, spikes.trials, recording.traces["p"].values["v"]

    whole = result(1)
    assert whole[0].sum() > 0
    several = result(4)
    # Calls of a few steps, and a buffer that is full all the time.
    monkeypatch.setattr("neurosim.engines.compiled.run._CALL", 1000.0)
    monkeypatch.setattr("neurosim.engines.compiled.run._NUMBERS", 200)
    monkeypatch.setattr("neurosim.engines.compiled.stepper._BUFFER", 1)
    small = result(3)
    for a, b, c in zip(whole, several, small, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(a, c)


@pytest.mark.parametrize("cell", [LIF(), AdaptiveLIF(), PerfectIF()])
def test_independent_units_in_blocks_are_those_of_one_piece(cell, monkeypatch):
    populations = [Population("p", 37, bias=np.linspace(0, 4, 37)), Population("q", 5, bias=1.5)]
    circuit = Circuit([Input("x", 1)], populations, [Projection("ff", "x", "p", np.linspace(0, 1, 37)[:, None])])
    stimulus = constant([[0.0], [1.0], [2.0]], input="x")

    def result(threads):
        engine = Compiled(threads=threads, shortcut=False)
        recording = simulate(circuit, cell, stimulus, SHORT, record=["spikes"], engine=engine)
        return [getattr(recording.spikes[n], field) for n in "pq" for field in ("times", "units", "trials")]

    whole = result(1)
    assert len(whole[0]) > 100
    monkeypatch.setattr("neurosim.engines.compiled.run._BLOCK", 8)
    for threads in (1, 3):
        for a, b in zip(whole, result(threads), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("precision", ["float64", pytest.param("float32", marks=pytest.mark.long)])
@pytest.mark.parametrize("t_ref", [0.0, 1e-4, 2.05e-3])
@pytest.mark.parametrize("kind", ["LIF", "LIF, low reset", "PerfectIF"])
def test_repeated_intervals_are_those_of_every_step(kind, t_ref, precision):
    cell = PerfectIF(t_ref=t_ref, reset_mode="zero") if kind == "PerfectIF" else LIF(t_ref=t_ref)
    cell = cell.replace(v_reset=-0.7) if kind == "LIF, low reset" else cell
    # Silent units, some at threshold, some with a single spike in the whole time, some with one in every step.
    drives = np.concatenate([np.linspace(-1, 1.2, 300), 1 + 2.0 ** -np.arange(1, 53), [300.0, 1e4]])
    populations = [Population("p", drives.size, bias=drives), Population("q", 5, bias=1.5)]
    feed = Projection("ff", "x", "p", np.linspace(0, 1, drives.size)[:, None], tau=0.0)
    circuit, stimulus = Circuit([Input("x", 1)], populations, [feed]), constant([[0.0], [1.0], [2.0]], input="x")
    schedule = Schedule(duration=0.4, settle=0.1)

    def result(**options):
        engine = Compiled(precision=precision, **options)
        recording = simulate(circuit, cell, stimulus, schedule, record=["spikes"], engine=engine)
        fields = [getattr(recording.spikes[n], field) for n in "pq" for field in ("times", "units", "trials")]
        return [*fields, recording.rates["p"], recording.rates["q"], recording.drive["p"]]

    every = result(shortcut=False)
    assert (every[-3] == 0).any()
    assert len(every[0]) > 5000
    for threads in (1, 3):
        for a, b in zip(every, result(threads=threads), strict=True):
            np.testing.assert_array_equal(a, b)


def test_noise_differs_between_trials_and_seeds():
    population = Population("p", 5, bias=0.9)
    circuit = Circuit([Input("x", 1)], [population], [Projection("ff", "x", "p", np.zeros((5, 1)))])
    stimulus = constant(np.ones((2, 1)), input="x")

    def v(seed):
        recording = simulate(circuit, LIF(sigma_stat=0.3), stimulus, SHORT, seed=seed, record=["v"], engine="compiled")
        return recording.traces["p"].values["v"]

    np.testing.assert_array_equal(v(1), v(1))
    assert not np.array_equal(v(1), v(2))
    assert not np.array_equal(v(1)[:, 0], v(1)[:, 1])
    assert not np.array_equal(v(1)[:, 0, 0], v(1)[:, 0, 1])


@pytest.mark.parametrize("cell", [LIF(), LIF(sigma_stat=0.3), AdaptiveLIF(), PerfectIF(), PerfectIF(reset_mode="zero")])
def test_single_precision_is_near_and_says_so(cell):
    circuit, stimulus = net()
    schedule = Schedule(duration=0.3, settle=0.1)
    runs = [
        simulate(circuit, cell, stimulus, schedule, record=["spikes", "v"], engine=Compiled(precision=kind))
        for kind in ("float64", "float32")
    ]
    assert [run.traces["p"].values["v"].dtype for run in runs] == [np.float64, np.float32]
    assert runs[1].provenance["engine_parameters"]["precision"] == "float32"
    counts = [len(run.spikes["p"]) for run in runs]
    assert counts[0] > 500
    if cell.noisy:
        # NumPy draws other normal numbers in single precision: two samples, each scattering less than Poisson's law.
        assert abs(counts[1] - counts[0]) < 4 * np.sqrt(2 * counts[0])
        return
    # Rounding moves single spikes: a few in a window of 0.2 s, 5 Hz each, and in both directions.
    assert np.abs(runs[0].rates["p"] - runs[1].rates["p"]).max() <= 15
    assert counts[1] == pytest.approx(counts[0], rel=0.01)


def test_progress_ends_at_one_and_an_error_in_it_stops_the_run():
    circuit, stimulus = net()
    seen = []
    simulate(circuit, LIF(), stimulus, SHORT, progress=seen.append, engine="compiled")
    assert seen[-1] == 1.0
    assert seen == sorted(seen)

    def interrupt(fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(circuit, LIF(), stimulus, SHORT, progress=interrupt, engine=Compiled(threads=2))


def test_a_silent_circuit_has_empty_recordings():
    circuit = Circuit(populations=[Population("p", 3), Population("q", 2, bias=2.0)])
    recording = simulate(circuit, LIF(), schedule=SHORT, record=["spikes"], engine="compiled")
    assert len(recording.spikes["p"]) == 0
    assert recording.spikes["p"].units.dtype == np.int64
    assert set(recording.spikes["q"].units) == {0, 1}


def test_regular_trains_arrive_in_their_step():
    circuit = Circuit([Input("x", 1)], [Population("p", 1)], [Projection("ff", "x", "p", [[0.1 * 20e-3]], tau=0.0)])
    stimulus = regular([[100.0]], input="x")
    recording = simulate(circuit, PerfectIF(), stimulus, SHORT, record=["v"], engine="compiled")
    job = prepare(circuit, PerfectIF(), stimulus, SHORT)
    jumps = np.flatnonzero(np.diff(recording.traces["p"].values["v"][:, 0, 0]))
    np.testing.assert_array_equal(jumps, job.input_spikes()["x"].steps)


def test_numba_is_not_imported_before_it_is_needed():
    code = "import sys, neurosim, neurosim.engines as e; e.known(); assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


def test_the_number_of_threads_is_limited_by_the_environment_and_garbage_there_is_told(monkeypatch):
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    assert threads_of(0) == 1
    assert threads_of(3) == 3
    monkeypatch.setenv("NUMBA_NUM_THREADS", "two")
    with pytest.raises(ParameterError, match="NUMBA_NUM_THREADS: got 'two', expected a whole number of threads"):
        simulate(Circuit(populations=[Population("p", 2, bias=2.0)]), LIF(), schedule=SHORT)

"""The compiled engine against Brian2 on its NumPy target: same spikes, same order, and v equal in every bit."""

from pathlib import Path

import brian2 as b2
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from scipy import sparse
from scipy.stats import ks_2samp
from spiking_circuits import CELLS, RECORD, assert_equal, by_brian, runs

from neurosim.activations.siegert import Siegert
from neurosim.cells.adaptive_lif import AdaptiveLIF
from neurosim.cells.lif import LIF
from neurosim.cells.perfect_if import PerfectIF
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.engines.brian import Brian
from neurosim.engines.brian import network as brian_network
from neurosim.engines.brian.device import untouched
from neurosim.inhibition import lateral
from neurosim.schedule import Schedule
from neurosim.simulate import prepare, simulate
from neurosim.stimuli.stimulus import Stimulus, constant, movie, poisson

GOLDEN = Path(__file__).with_name("brian2_code.txt")


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_random_circuits_are_equal_in_every_bit(cell):
    # Most of the time goes into Brian2's derivation of the exact solution, so few examples with much in each.
    spikes = []

    @settings(max_examples=8, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(runs(cell))
    def check(run):
        spikes.append(assert_equal(*run))

    check()
    assert sum(spikes) > 500
    assert sum(number > 0 for number in spikes) >= 7


def busy():
    """Recurrent, inhibited, with two time constants, delays and instantaneous synapses, dense and sparse."""
    rng = np.random.default_rng(3)
    a, b = Population("a", 60, bias=rng.uniform(0.5, 2, 60)), Population("b", 30, bias=0.4)
    projections = [
        Projection("ff", "x", "a", rng.uniform(0, 0.004, (60, 20))),
        lateral(a, 5e-4, delay=1.5e-3),
        Projection("ab", "a", "b", sparse.random(30, 60, 0.3, random_state=1) * 0.01, tau=3e-3, delay=1e-3),
        Projection("bb", "b", "b", rng.normal(0, 0.002, (30, 30)), sign=None, tau=0.0),
        Projection("ba", "b", "a", rng.uniform(0, 1e-3, (60, 30)), sign=-1, tau=8e-3),
    ]
    return Circuit([Input("x", 20)], [a, b], projections), poisson(rng.uniform(0, 100, (4, 20)), input="x")


def test_a_busy_circuit_is_equal_in_every_bit_on_any_number_of_threads():
    circuit, stimulus = busy()
    schedule = Schedule(duration=0.3, settle=0.05)
    assert assert_equal(circuit, LIF(), stimulus, schedule, threads=3) > 5000


def test_cells_of_several_kinds_work_in_one_circuit():
    circuit, stimulus = busy()
    cells = {"a": AdaptiveLIF(), "b": PerfectIF(t_ref=1e-3)}
    assert assert_equal(circuit, cells, stimulus, Schedule(duration=0.15, settle=0.0)) > 500


def test_a_movie_of_constant_drive_changes_at_the_same_steps():
    rng = np.random.default_rng(4)
    circuit = Circuit([Input("x", 3)], [Population("p", 8)], [Projection("ff", "x", "p", rng.uniform(0, 1, (8, 3)))])
    stimulus = movie(rng.uniform(0, 3, (2, 4, 3)), 20e-3, "constant", input="x")
    assert assert_equal(circuit, LIF(), stimulus, Schedule(duration=0.08, settle=0.02)) > 50


@pytest.mark.parametrize("frames", [None, 20e-3])
def test_chunks_of_trials_have_the_drives_of_all_of_them_in_every_bit(frames):
    # The last bit of a product of matrices depends on the number of rows, so nobody may multiply a part of the trials.
    rng = np.random.default_rng(6)
    weights = rng.standard_normal((30, 60)) / 20
    feed = Projection("ff", "x", "p", weights, sign=None, tau=0.0)
    circuit = Circuit([Input("x", 60)], [Population("p", 30)], [feed])
    rates = rng.uniform(0, 3, (23, 60) if frames is None else (23, 2, 60))
    stimulus = constant(rates, "x") if frames is None else movie(rates, frames, "constant", input="x")
    schedule = Schedule(duration=0.04, settle=0.0)
    apart = simulate(circuit, LIF(), stimulus, schedule, engine=Brian(target="numpy", chunk=1e5), record=RECORD)
    assert apart.provenance["chunks"] == 12
    assert assert_equal(circuit, LIF(), stimulus, schedule, theirs=apart) > 50


CASES = {
    "LIF": (LIF(), 2),
    "LIF without refractoriness": (LIF(t_ref=0.0), 2),
    "LIF with noise": (LIF(sigma_stat=0.2), 1),
    "AdaptiveLIF": (AdaptiveLIF(), 2),
    "AdaptiveLIF without refractoriness": (AdaptiveLIF(t_ref=0.0), 1),
    "PerfectIF": (PerfectIF(), 2),
    "PerfectIF with refractoriness": (PerfectIF(t_ref=1e-3), 1),
    "LIF, a constant per unit": (LIF(tau_m=[0.02, 0.03], t_ref=[0.0, 2e-3]), 2),
    "LIF without refractoriness, a constant per unit": (LIF(tau_m=[0.02, 0.03], t_ref=0.0), 1),
    "AdaptiveLIF, a constant per unit": (AdaptiveLIF(jump=[0.1, 0.2]), 1),
    "PerfectIF with refractoriness, a constant per unit": (PerfectIF(t_ref=[1e-3, 2e-3]), 2),
}


def generated(cell, variables):
    """What Brian2 makes of a population with some synaptic time constants: its abstract code and its arithmetic."""
    projections = [Projection("in_v", "p", "p", np.ones((2, 2)), tau=0.0)]
    projections += [Projection(f"in_{k}", "p", "p", np.ones((2, 2)), tau=(3 + k) * 1e-3) for k in range(variables)]
    circuit = Circuit(populations=[Population("p", 2)], projections=projections)
    job = prepare(circuit, cell, None, Schedule(duration=1e-4, settle=0.0))
    with untouched(b2, "numpy"):
        chunk = brian_network.Chunk(b2, job, np.arange(1), {}, apart=False)
        chunk.run(lambda done: None)
    group = chunk.groups["p"]
    parts = {
        "update": group.state_updater, "threshold": group.thresholder["spike"], "reset": group.resetter["spike"],
        "synapse": chunk.network["synapses_in_v"].pre,
    }  # fmt: skip
    lines = [part for part in group.state_updater.abstract_code.splitlines() if part.strip()]
    for name, part in parts.items():
        code = [line.strip() for line in part.codeobj.code.run.splitlines()]
        # Loads and stores come in any order; what is computed does not.
        work = [c for c in code if ("=" in c or "add.at" in c) and "_array_" not in c.replace("add.at(_array_", "")]
        lines += [f"[{name}]", *(c for c in work if not c.startswith(("#", "_vectorisation", "import", "numpy_")))]
    return lines


@pytest.mark.parametrize("case", CASES)
def test_brian2_still_generates_the_code_that_the_machine_code_follows(case):
    # If this fails after an upgrade of Brian2, compare the machine code with the new code, then renew the file.
    cell, variables = CASES[case]
    sections = dict(part.split("\n", 1) for part in GOLDEN.read_text().split("== ")[1:])
    assert generated(cell, variables) == sections[case].strip().splitlines()


def test_noisy_rates_follow_siegert_with_the_grid_correction():
    drives, copies = np.array([0.5, 0.8, 1.0, 1.2]), 400
    schedule = Schedule(duration=1.2, settle=0.2)
    circuit = Circuit(populations=[Population("p", drives.size * copies, bias=np.repeat(drives, copies))])
    recording = simulate(circuit, LIF(sigma_stat=0.3), schedule=schedule, seed=1, engine="compiled")
    rates = recording.rates["p"][0].reshape(drives.size, copies)
    expected = Siegert(sigma_stat=0.3, dt=schedule.dt)(drives)
    error = rates.std(axis=1, ddof=1) / np.sqrt(copies)
    # 2 % for the first-order correction of the grid, 4 standard errors for the sample.
    assert np.all(np.abs(rates.mean(axis=1) - expected) <= np.maximum(0.02 * expected, 4 * error))


def noisy_run(engine, sigma=0.3):
    """300 cells of one drive that inhibit each other weakly: rate of each (Hz) and every interval (s)."""
    population = Population("p", 300, bias=0.9)
    circuit = Circuit(populations=[population], projections=[lateral(population, 2e-5)])
    cell, schedule = LIF(sigma_stat=sigma), Schedule(duration=0.5, settle=0.0)
    recording = simulate(circuit, cell, schedule=schedule, record=["spikes"], engine=engine)
    spikes = recording.spikes["p"]
    order = np.lexsort((spikes.times, spikes.units))
    same = np.diff(spikes.units[order]) == 0
    return recording.rates["p"][0], np.diff(spikes.times[order])[same]


@pytest.fixture(scope="module")
def noisy():
    return {engine: noisy_run(engine) for engine in ("compiled", "brian")}


def standard_errors_apart(first, second):
    error = np.hypot(*(rates.std(ddof=1) / np.sqrt(rates.size) for rates in (first, second)))
    return abs(first.mean() - second.mean()) / error


def test_noisy_rates_are_those_of_brian2(noisy):
    (ours, _), (theirs, _) = noisy.values()
    assert theirs.mean() > 5
    # 4 standard errors of a difference: chance exceeds them 6 times in 100,000 seeds; the seed is fixed.
    assert standard_errors_apart(ours, theirs) < 4
    # The same test sees a noise that is stronger by sqrt(2), the usual mistake of convention.
    assert standard_errors_apart(noisy_run("compiled", 0.3 * 2**0.5)[0], theirs) > 4


def test_noisy_intervals_are_distributed_as_in_brian2(noisy):
    (_, ours), (_, theirs) = noisy.values()
    assert min(len(ours), len(theirs)) > 1000
    # Two samples of one law fall below 0.001 once in a thousand seeds; the seed is fixed. That intervals are whole
    # steps makes ties, with which the p-value comes out too large rather than too small.
    assert ks_2samp(ours, theirs).pvalue > 1e-3
    # The same test sees a noise that is stronger by sqrt(2).
    assert ks_2samp(noisy_run("compiled", 0.3 * 2**0.5)[1], theirs).pvalue < 1e-6


def test_cells_without_noise_are_equal_beside_noisy_ones():
    populations = [Population("noisy", 20, bias=0.9), Population("quiet", 20, bias=np.linspace(0.5, 3, 20))]
    circuit = Circuit(populations=populations, projections=[lateral(populations[1], 1e-3)])
    cells = {"noisy": LIF(sigma_stat=0.3), "quiet": LIF(sigma_stat=0.0)}
    schedule = Schedule(duration=0.2, settle=0.0)
    ours, theirs = (
        simulate(circuit, cells, schedule=schedule, record=["spikes", "v"], engine=engine)
        for engine in ("compiled", Brian(target="numpy"))
    )
    assert len(theirs.spikes["quiet"]) > 50
    for field in ("times", "units"):
        np.testing.assert_array_equal(getattr(ours.spikes["quiet"], field), getattr(theirs.spikes["quiet"], field))
    np.testing.assert_array_equal(ours.traces["quiet"].values["v"], theirs.traces["quiet"].values["v"])
    assert not np.array_equal(ours.traces["noisy"].values["v"], theirs.traces["noisy"].values["v"])


@pytest.mark.parametrize("tau", [0.0, 5e-3])
def test_numbers_of_spikes_arrive_alike_however_far_ahead_they_are_drawn(tau, monkeypatch):
    rng = np.random.default_rng(2)
    pops = [Population("a", 20), Population("b", 5, bias=0.4)]
    inner = [
        Projection(f"{pre}_{post}", pre, post, sparse.csr_array(np.full((n, m), w)), sign=sign, tau=0.0, delay=1.5e-3)
        for pre, m, sign, w in (("a", 20, 1, 1e-4), ("b", 5, -1, 6e-4))
        for post, n in (("a", 20), ("b", 5))
    ]
    outer = [
        Projection("one_to_one", "x", "a", 1e-4 * sparse.eye_array(20), tau=tau),
        Projection("mixed", "x", "b", rng.uniform(0, 1e-5, (5, 20)), tau=tau, delay=7e-4),
        Projection("inhibition", "y", "a", rng.uniform(0, 1e-4, (20, 3)), sign=-1, tau=0.0, delay=2e-4),
    ]
    circuit = Circuit([Input("x", 20), Input("y", 3)], pops, [*inner, *outer])
    rates = {"x": rng.uniform(8e3, 24e3, (2, 20)), "y": rng.uniform(0, 500, (2, 3))}
    stimulus = Stimulus(rates, "counts")
    schedule = Schedule(duration=0.1, settle=0.02)
    film = Stimulus({name: np.stack([values, values[::-1]], axis=1) for name, values in rates.items()}, "counts", 0.05)
    for shown, threads in ((stimulus, 0), (film, 2)):
        run = circuit, LIF(v_reset=0.5), shown, schedule
        theirs = by_brian(*run)
        for ahead in (1, 100, 1 << 20):
            monkeypatch.setattr("neurosim.engines.compiled.run.AHEAD", ahead)
            assert assert_equal(*run, theirs=theirs, threads=threads) > 50

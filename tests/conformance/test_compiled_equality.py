"""The compiled engine against Brian2 on its NumPy target: same spikes, same order, and v equal in every bit."""

from pathlib import Path

import brian2 as b2
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import ks_2samp

from neurosim.activations.siegert import Siegert
from neurosim.cells.adaptive_lif import AdaptiveLIF
from neurosim.cells.lif import LIF
from neurosim.cells.perfect_if import PerfectIF
from neurosim.circuit import Circuit, Input, Population, Projection
from neurosim.engines import brian
from neurosim.engines.brian import Brian
from neurosim.engines.brian_device import untouched
from neurosim.engines.compiled import Compiled
from neurosim.inhibition import lateral
from neurosim.schedule import Schedule
from neurosim.simulate import prepare, simulate
from neurosim.stimulus import Stimulus, constant, counts, movie, poisson, regular

GOLDEN = Path(__file__).with_name("brian2_code.txt")


def assert_equal(circuit, cells, stimulus, schedule, target="numpy", **options):
    """Both engines, compared with no tolerance; the number of spikes."""
    record = ["spikes", "v"]
    ours = simulate(circuit, cells, stimulus, schedule, record=record, engine=Compiled(**options))
    theirs = simulate(circuit, cells, stimulus, schedule, record=record, engine=Brian(target=target))
    total = 0
    for population in circuit.populations:
        name = population.name
        for field in ("times", "units", "trials"):
            np.testing.assert_array_equal(getattr(ours.spikes[name], field), getattr(theirs.spikes[name], field))
        np.testing.assert_array_equal(ours.traces[name].times, theirs.traces[name].times)
        if target == "numpy":
            np.testing.assert_array_equal(ours.traces[name].values["v"], theirs.traces[name].values["v"])
        np.testing.assert_array_equal(ours.rates[name], theirs.rates[name])
        np.testing.assert_array_equal(ours.drive[name], theirs.drive[name])
        total += len(ours.spikes[name])
    return total


CELLS = {
    "LIF": lambda draw: LIF(
        tau_m=draw(st.sampled_from([10e-3, 20e-3])), v_reset=draw(st.sampled_from([0.0, -0.5, 0.3])), **refractory(draw)
    ),
    "AdaptiveLIF": lambda draw: AdaptiveLIF(
        tau_a=draw(st.sampled_from([20e-3, 60e-3])), jump=draw(st.sampled_from([0.0, 0.2])), **refractory(draw)
    ),
    "PerfectIF": lambda draw: PerfectIF(
        tau_m=draw(st.sampled_from([10e-3, 20e-3])),
        reset_mode=draw(st.sampled_from(["subtract", "zero"])),
        **refractory(draw),
    ),
}


def refractory(draw):
    # Shorter than a step, one step, a multiple of it, and two values between multiples.
    return {"t_ref": draw(st.sampled_from([0.0, 1e-4, 2e-4, 2e-3, 2.05e-3, 2.0999e-3]))}


def weights(rng, post, pre, kind, sign):
    values = rng.uniform(0, 0.03 / pre, (post, pre))
    if sign is None:
        values *= rng.choice([-1.0, 1.0], (post, pre))
    if kind == "dense":
        return values
    values[rng.random((post, pre)) < 0.6] = 0.0
    return sparse.csr_array(values)


@st.composite
def runs(draw, cell):
    """A circuit of one or two populations with up to five projections, its cells, a stimulus and a schedule."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dt = draw(st.sampled_from([1e-4, 2e-4]))
    steps = draw(st.integers(300, 600))
    names = ["a", "b"][: draw(st.integers(1, 2))]
    sizes = {name: draw(st.integers(3, 25)) for name in names}
    # Some units always spike, whatever the inhibition does to the rest.
    populations = [Population(n, k, bias=np.append(rng.uniform(0, 3, k - 1), 6.0)) for n, k in sizes.items()]
    channels = draw(st.integers(1, 12))
    # Three time constants only where Brian2 has no exact solution to derive, which takes it half a minute.
    three = [[2e-3, 5e-3, 8e-3]] if cell == "PerfectIF" else []
    taus = draw(st.sampled_from([[0.0], [5e-3], [0.0, 5e-3], [3e-3, 7e-3], *three]))
    projections = []
    for number in range(draw(st.integers(1, 5))):
        pre = draw(st.sampled_from(["x", *names]))
        post = draw(st.sampled_from(names))
        common = {"tau": draw(st.sampled_from(taus)), "delay": dt * draw(st.sampled_from([0, 0, 1, 7]))}
        # Names out of order: Brian2 serves projections by name, not as they are listed.
        name = f"p{9 - number}"
        if pre == post and draw(st.booleans()):
            population = next(p for p in populations if p.name == pre)
            projections.append(lateral(population, 0.01 / sizes[pre], name=name, **common))
            continue
        sign = draw(st.sampled_from([1, -1, None]))
        matrix = weights(rng, sizes[post], channels if pre == "x" else sizes[pre], draw(KIND), sign)
        projections.append(Projection(name, pre, post, matrix, sign=sign, **common))
    encode = draw(st.sampled_from([constant, poisson, regular, counts]))
    # Up to 4 kHz where several spikes may share a step.
    rates = rng.uniform(0, 4000 if encode is counts else 200, (draw(st.integers(1, 3)), channels))
    stimulus = encode(rates, input="x")
    circuit = Circuit([Input("x", channels)], populations, projections)
    settle = draw(st.sampled_from([0, 17])) * dt
    return circuit, {name: CELLS[cell](draw) for name in names}, stimulus, Schedule(
        duration=steps * dt, settle=settle, dt=dt
    )  # fmt: skip


KIND = st.sampled_from(["dense", "sparse"])


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_random_circuits_are_equal_in_every_bit(cell):
    # Most of the time goes into Brian2's derivation of the exact solution, so few examples with much in each.
    spikes = []

    @settings(max_examples=12, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(runs(cell))
    def check(run):
        spikes.append(assert_equal(*run))

    check()
    assert sum(spikes) > 500
    assert sum(number > 0 for number in spikes) >= 10


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


CASES = {
    "LIF": (LIF(), 2),
    "LIF without refractoriness": (LIF(t_ref=0.0), 2),
    "LIF with noise": (LIF(sigma_stat=0.2), 1),
    "AdaptiveLIF": (AdaptiveLIF(), 2),
    "AdaptiveLIF without refractoriness": (AdaptiveLIF(t_ref=0.0), 1),
    "PerfectIF": (PerfectIF(), 2),
    "PerfectIF with refractoriness": (PerfectIF(t_ref=1e-3), 1),
}


def generated(cell, variables):
    """What Brian2 makes of a population with some synaptic time constants: its abstract code and its arithmetic."""
    projections = [Projection("in_v", "p", "p", np.ones((2, 2)), tau=0.0)]
    projections += [Projection(f"in_{k}", "p", "p", np.ones((2, 2)), tau=(3 + k) * 1e-3) for k in range(variables)]
    circuit = Circuit(populations=[Population("p", 2)], projections=projections)
    job = prepare(circuit, cell, None, Schedule(duration=1e-4, settle=0.0))
    with untouched(b2, "numpy"):
        chunk = brian._Chunk(b2, job, np.arange(1), {}, apart=False)
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
def test_brian2_still_generates_the_code_that_the_kernels_follow(case):
    # If this fails after an upgrade of Brian2, the kernels must be compared with the new code, then the file renewed.
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


def test_noisy_intervals_are_distributed_as_in_brian2():
    population = Population("p", 300, bias=0.9)
    circuit = Circuit(populations=[population], projections=[lateral(population, 2e-5)])
    samples = []
    for engine in ("compiled", "brian"):
        spikes = simulate(
            circuit, LIF(sigma_stat=0.3), schedule=Schedule(duration=0.5, settle=0.0), record=["spikes"], engine=engine
        ).spikes["p"]
        order = np.lexsort((spikes.times, spikes.units))
        same = np.diff(spikes.units[order]) == 0
        samples.append(np.diff(spikes.times[order])[same])
    assert min(map(len, samples)) > 1000
    # Two samples of one law fall below 0.001 once in a thousand seeds; the seed is fixed.
    assert ks_2samp(*samples).pvalue > 1e-3


@pytest.mark.parametrize("ahead", [1, 100, 1 << 20])
@pytest.mark.parametrize("tau", [0.0, 5e-3])
def test_numbers_of_spikes_arrive_alike_however_far_ahead_they_are_drawn(ahead, tau, monkeypatch):
    monkeypatch.setattr("neurosim.engines.compiled.AHEAD", ahead)
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
    assert assert_equal(circuit, LIF(v_reset=0.5), stimulus, schedule) > 50
    film = Stimulus({name: np.stack([values, values[::-1]], axis=1) for name, values in rates.items()}, "counts", 0.05)
    assert assert_equal(circuit, LIF(v_reset=0.5), film, schedule, threads=2) > 50

"""The brian engine: inputs of several spikes per step, memory of large circuits, a program of its own."""

import os
import tracemalloc

import brian2
import numpy as np
import pytest
from scipy.sparse import csr_array, eye_array

from neurosim.activations.relu import ReLU
from neurosim.cells.leaky_rate import LeakyRate
from neurosim.cells.lif import LIF
from neurosim.cells.unit import Unit
from neurosim.circuits.circuit import Circuit, Population, Projection
from neurosim.circuits.wiring import sparse_fixed_indegree
from neurosim.engines.brian import Brian
from neurosim.engines.brian.device import has_compiler, untouched
from neurosim.engines.brian.network import Chunk
from neurosim.inhibition import lateral
from neurosim.plasticity import STDP
from neurosim.randomness import sequence
from neurosim.schedule import Schedule
from neurosim.simulate import RefusedError, prepare, simulate
from neurosim.stimuli.stimulus import counts, draw_counts, movie, poisson

DT = 1e-4
SHORT = Schedule(duration=0.05, settle=0.01)


def driven(n=6, tau=0.0, delay=0.0, weights=None, sign=+1, bias=0.0):
    weights = 1e-4 * eye_array(n) if weights is None else weights
    feed = Projection("ext", "x", "p", weights, sign=sign, tau=tau, delay=delay)
    return Circuit({"x": weights.shape[1]}, [Population("p", weights.shape[0], bias=bias)], [feed])


def by_hand(stimulus, weights, cell, *, delay, bias, seed):
    """In NumPy, in Brian2's order of a step (update, threshold, arrivals, reset): v, spikes (steps, trials, units)."""
    source = draw_counts(stimulus, SHORT.duration, DT, sequence(seed, "stimulus"), SHORT.steps)["x"]
    shape = (stimulus.trials, weights.shape[0])
    v, last = np.zeros(shape), np.full(shape, -1e9)
    decay, lag, silent = np.exp(-DT / cell.tau_m), round(delay / DT), round(cell.t_ref / DT)
    traces, spikes = [], []
    for step in range(SHORT.steps):
        traces.append(v.copy())
        free = step - last >= silent
        v = np.where(free, bias + (v - bias) * decay, v)
        spiked = free & (v > 1)
        last[spiked] = step
        if step >= lag:
            arriving = source.at(step - lag) @ weights.T / cell.tau_m
            v = np.where(step - last >= silent, v + arriving, v)
        v[spiked] = cell.v_reset
        spikes.append(spiked)
    return np.array(traces), np.array(spikes)


@pytest.mark.parametrize("delay", [0.0, 1.5e-3])
def test_counts_arrive_as_by_hand(delay):
    rng = np.random.default_rng(1)
    weights = csr_array(rng.uniform(0, 1e-4, (6, 4)) * (rng.random((6, 4)) < 0.6))
    stimulus = counts(np.array([[20e3, 30e3, 10e3, 5e3], [40e3, 0.0, 20e3, 30e3]]), "x")
    circuit = driven(weights=weights, delay=delay, bias=0.3)
    run = simulate(circuit, LIF(v_reset=0.5), stimulus, SHORT, seed=4, record=("spikes", "v"), engine="brian")
    v, spikes = by_hand(stimulus, weights.toarray(), LIF(v_reset=0.5), delay=delay, bias=0.3, seed=4)
    assert spikes.sum() > 20
    step, trial, unit = np.nonzero(spikes)
    order = np.lexsort((unit, step, trial))
    found = run.spikes["p"]
    np.testing.assert_array_equal(found.trials, trial[order])
    np.testing.assert_array_equal(found.units, unit[order])
    np.testing.assert_allclose(found.times, step[order] * DT, rtol=0, atol=1e-12)
    # the same sums in another order, over 500 steps: some 1e-16 each
    np.testing.assert_allclose(run.traces["p"].values["v"], v, rtol=0, atol=1e-12)


def test_counts_feed_a_synapse_with_a_time_constant():
    stimulus = counts(np.full((3, 200), 12e3), "x")
    run = simulate(
        driven(200, tau=5e-3), LIF(), stimulus, Schedule(duration=0.4, settle=0.1), record=("drive",), engine="brian"
    )
    drive = run.traces["p"].values["drive"][1000:]
    # W * rate = 1.2 on average; shot noise of variance W^2 rate/(2 tau) filtered over 5 ms, 600 units, 0.3 s:
    # sd of the mean = W sqrt(rate/(600 * 0.3)) = 8e-4; 4 of them, and the step ahead of the decay, dt/(2 tau) = 1 %
    assert drive.mean() == pytest.approx(1.2 * (1 + DT / (2 * 5e-3)), abs=4 * 8e-4 + 1.2 * DT**2 / 5e-3**2)
    # stationary variance of the filtered shot noise: W^2 rate/(2 tau), and 2 % for the step; 600 units x 60 independent
    # spans: 4 * sqrt(2/36000) = 3 %
    assert drive.var() == pytest.approx(1e-8 * 12e3 / (2 * 5e-3), rel=0.03 + 0.02)
    np.testing.assert_allclose(run.drive["p"], 1.2, rtol=1e-12)


def test_static_and_rate_cells_see_the_rates():
    stimulus = counts(np.array([[12e3, 6e3], [3e3, 0.0]]), "x")
    for cell in (Unit(activation=ReLU()), LeakyRate(activation=ReLU())):
        run = simulate(driven(2), cell, stimulus, Schedule(duration=0.4, settle=0.3))
        # the rate unit has relaxed for 15 time constants of 20 ms
        np.testing.assert_allclose(run.rates["p"], [[1.2, 0.6], [0.3, 0.0]], rtol=1e-5, atol=1e-5)


def test_chunks_of_trials_change_nothing():
    stimulus = counts(np.full((5, 6), 15e3), "x")
    every = [
        simulate(driven(), LIF(v_reset=0.5), stimulus, SHORT, record=("spikes",), engine=engine).spikes["p"]
        for engine in (Brian(), Brian(chunk=1.0))
    ]
    assert len(every[0].times) > 20
    for field in ("times", "units", "trials"):
        np.testing.assert_array_equal(getattr(every[0], field), getattr(every[1], field))


def network(size=40):
    population = Population("p", size, bias=np.linspace(0.8, 3.0, size))
    return Circuit({"x": 10}, [population], [
        lateral(population, 1e-3, delay=1e-3), Projection("ff", "x", "p", np.full((size, 10), 2e-4)),
    ])  # fmt: skip


def test_no_module_is_built_for_lists_of_synapses(monkeypatch):
    from brian2.codegen.runtime.cython_rt.cython_rt import CythonCodeObject

    def build(self, block):
        raise AssertionError(f"builds a module for {self.name}")

    monkeypatch.setattr(CythonCodeObject, "compile_block", build)
    learning = Projection("ff", "x", "p", np.full((6, 6), 1e-4), rule=STDP(w_max=1e-3))
    circuit = Circuit({"x": 6}, [Population("p", 6)], [learning, Projection("loop", "p", "p", 1e-4 * eye_array(6))])
    job = prepare(circuit, LIF(), poisson(np.full((1, 6), 10.0), "x"), SHORT)
    with untouched(brian2, "cython"):
        chunk = Chunk(brian2, job, np.arange(1), job.input_spikes())
        assert brian2.prefs["codegen.target"] == "cython"
    with untouched(brian2, "numpy"):
        chunk.run(lambda done: None)  # Brian2 complains of networks that never ran
    listed = {part.name: (list(part.i), list(part.j)) for part in chunk.network.objects if hasattr(part, "pre")}
    every = np.arange(6)
    assert listed["synapses_loop"] == (list(every), list(every))
    assert listed["synapses_ff"] == (list(np.repeat(every, 6)), list(np.tile(every, 6)))


@pytest.mark.skipif(not has_compiler(), reason="needs a C++ compiler")
def test_a_program_of_its_own_spikes_alike_and_leaves_nothing_behind(capfd, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    stimulus = poisson(np.full((2, 10), 60.0), "x")
    schedule = Schedule(duration=0.2, settle=0.05)
    environment, flags = dict(os.environ), brian2.prefs["codegen.cpp.extra_compile_args_gcc"]
    runs = [
        # A bar would appear where the build takes more than two seconds.
        simulate(
            network(), LIF(), stimulus, schedule, record=("spikes", "v"), engine=Brian(target=target), progress=False
        )
        for target in ("numpy", "standalone", "numpy")
    ]
    assert [run.provenance["target"] for run in runs] == ["numpy", "standalone", "numpy"]
    assert len(runs[0].spikes["p"].times) > 100
    for run in runs[1:]:
        for field in ("times", "units", "trials"):
            np.testing.assert_array_equal(getattr(run.spikes["p"], field), getattr(runs[0].spikes["p"], field))
        np.testing.assert_array_equal(run.rates["p"], runs[0].rates["p"])
        # the C library's exponential differs from NumPy's in the last bit
        np.testing.assert_allclose(run.traces["p"].values["v"], runs[0].traces["p"].values["v"], rtol=1e-9, atol=1e-12)
    assert type(brian2.get_device()).__name__ == "RuntimeDevice"
    assert brian2.prefs["codegen.cpp.extra_compile_args_gcc"] == flags
    assert dict(os.environ) == environment
    assert list(tmp_path.glob("neurosim_*")) == []
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err == ""


def test_a_program_of_its_own_refuses_what_it_cannot_be_handed():
    engine = Brian(target="standalone")
    with pytest.raises(RefusedError, match=r"numbers of spikes as it runs|needs g"):
        simulate(driven(), LIF(), counts(np.full((1, 6), 1e4), "x"), SHORT, engine=engine)
    frames = movie(np.zeros((1, 5, 6)), 0.01, "constant", "x")
    with pytest.raises(RefusedError, match=r"frames of a movie, or a constant input after|needs g"):
        simulate(driven(), LIF(), frames, SHORT, engine=engine)


def test_the_target_follows_the_expected_time(monkeypatch):
    monkeypatch.setattr("neurosim.engines.brian.engine.has_compiler", lambda: True)
    monkeypatch.setattr("neurosim.engines.brian.device.shutil.which", lambda name: name)
    spikes, strong = poisson(np.full((1, 6), 10.0), "x"), counts(np.full((1, 6), 1e4), "x")

    def target(stimulus, duration):
        return Brian()._choose_target(prepare(driven(), LIF(), stimulus, Schedule(duration=duration, settle=0.0)))

    # 0.25 ms per step of 0.1 ms: 2.5 s of work per second
    assert target(spikes, 1.0) == "numpy"
    assert target(spikes, 20.0) == "standalone"
    assert target(strong, 20.0) == "numpy"
    monkeypatch.setattr("neurosim.engines.brian.device.shutil.which", lambda name: None)
    assert target(spikes, 20.0) == "numpy"
    assert target(spikes, 40.0) == "cython"


def test_the_memory_estimate_is_near_the_truth():
    weights = sparse_fixed_indegree(2000, 2000, np.random.default_rng(0), indegree=500, weight=1e-6)
    population = Population("p", 2000, bias=1.2)
    circuit = Circuit({}, [population], [Projection("recurrent", "p", "p", weights, sign=-1, tau=0.0, delay=1e-3)])
    job = prepare(circuit, LIF(), None, Schedule(duration=0.02, settle=0.0), record=("spikes",))
    engine = Brian(target="numpy")
    simulate(driven(), LIF(), poisson(np.full((1, 6), 10.0), "x"), SHORT, engine=engine)  # imports and caches
    tracemalloc.start()
    try:
        engine.run(job)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # one million synapses; what the estimate is for is to be right within a factor of 1.5
    assert peak / 1.5 < engine.memory(job) < 1.5 * peak

"""Every engine against plain NumPy: structured weights x every kind of input x tau x delay, however the work is cut.

The ordinary suite takes a slice; `NEUROSIM_CASES=5000 pytest tests/conformance/test_structured_inputs.py` takes more.
"""

import itertools
import os

import numpy as np
import plain
import pytest
from structures import KINDS, case

from neurosim.activations.relu import ReLU
from neurosim.cells.leaky_rate import LeakyRate
from neurosim.cells.lif import LIF
from neurosim.cells.perfect_if import PerfectIF
from neurosim.cells.unit import Unit
from neurosim.engines.brian import Brian
from neurosim.engines.compiled import Compiled
from neurosim.simulate import prepare, simulate

CASES = int(os.environ.get("NEUROSIM_CASES", "84"))
BRIAN = max(24, CASES // 4)
"""A network of Brian2 costs a quarter of a second."""
CELLS = [LIF(), LIF(v_reset=0.3, t_ref=0.0), PerfectIF(), LIF(t_ref=2.05e-3), PerfectIF(t_ref=1e-3, reset_mode="zero")]


def assert_like_plain(work, engine, record=("spikes", "v")):
    """Spikes equal, and v to what a few thousand roundings of 1e-16 leave of it."""
    circuit, _, _, schedule, _ = work
    spikes, v = plain.spiking(*work[:4], seed=work[4])
    run = simulate(*work[:4], seed=work[4], engine=engine, record=record, progress=False)
    for p in circuit.populations:
        counts = spikes[p.name][schedule.settle_steps :].sum(axis=0)
        np.testing.assert_allclose(run.rates[p.name], counts / schedule.window, rtol=1e-12)
        if "v" in record:
            np.testing.assert_allclose(run.traces[p.name].values["v"], v[p.name], rtol=0, atol=1e-10)
        if "spikes" in record:
            trials, steps, units = np.nonzero(spikes[p.name].transpose(1, 0, 2))
            found = run.spikes[p.name]
            np.testing.assert_array_equal(np.rint(found.times / schedule.dt), steps)
            np.testing.assert_array_equal(found.units, units)
            np.testing.assert_array_equal(found.trials, trials)
    return sum(int(table.sum()) for table in spikes.values())


def work_of(number):
    one = case(number)
    return one.circuit, CELLS[number // 3 % len(CELLS)], one.stimulus, one.schedule, number


@pytest.mark.parametrize("kind", KINDS)
def test_the_compiled_engine_is_plain_numpy(kind):
    numbers = [number for number in range(CASES) if case(number).kind == kind]
    total = 0
    for number in numbers:
        record = ((), ("spikes",), ("spikes", "v"))[number % 3]
        total += assert_like_plain(work_of(number), Compiled(threads=1 + number % 2), record)
    assert total > 5 * len(numbers)


def misleading(circuit):
    """Whether the feed has one entry in each column, but not in each row."""
    entries = plain.matrix(circuit.projection("feed")) != 0
    square = entries.shape[0] == entries.shape[1]
    return square and bool(np.all(entries.sum(axis=0) == 1) and np.any(entries.sum(axis=1) != 1))


def test_the_suite_notices_a_matrix_that_is_taken_for_a_diagonal_one(monkeypatch):
    def by_columns(matrix):
        size = matrix.shape[0]
        return matrix.nnz == size == matrix.shape[1] and bool(np.all(matrix.indices == np.arange(size)))

    monkeypatch.setattr("neurosim.engines.compiled.counts._is_diagonal", by_columns)
    number = next(n for n in itertools.count() if case(n).kind == "counts" and misleading(case(n).circuit))
    with pytest.raises(AssertionError):
        assert_like_plain(work_of(number), Compiled(), ())
    assert number < CASES


@pytest.mark.parametrize("kind", KINDS)
def test_brian_is_plain_numpy(kind):
    for number in range(BRIAN):
        if case(number).kind == kind:
            chunk = 1.0 if number % 3 == 0 else 512e6
            assert_like_plain(work_of(number), Brian(target="numpy", chunk=chunk))


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_rate_engine_is_a_finer_integration(kind):
    cell = LeakyRate(tau=10e-3, activation=ReLU(gain=40.0))
    for number in range(CASES // 2):
        one = case(number)
        if one.kind != kind:
            continue
        history, drives = plain.rates(one.circuit, cell, one.stimulus, one.schedule, seed=number)
        stepped = simulate(one.circuit, cell, one.stimulus, one.schedule, seed=number, record=("rate", "drive"))
        mean = history["p"][one.schedule.settle_steps :].mean(axis=0)
        size = max(1.0, np.abs(history["p"]).max())
        # Heun on steps of a hundredth of tau: (1/100)^2/6 of what moves, which is a sixtieth of a thousandth.
        np.testing.assert_allclose(stepped.rates["p"], mean, rtol=0, atol=1e-3 * size)
        free = simulate(one.circuit, cell, one.stimulus, one.schedule, seed=number)
        if free.provenance["method"] == "RK45":
            # It averages over the window from end to end, the steps from the start of the first to that of the last.
            end = 2 * history["p"][-1] - history["p"][-2]
            counted = one.schedule.steps - one.schedule.settle_steps
            mean = mean + (end - history["p"][one.schedule.settle_steps]) / (2 * counted)
        np.testing.assert_allclose(free.rates["p"], mean, rtol=0, atol=1e-3 * size)
        values = stepped.traces["p"].values
        np.testing.assert_allclose(values["rate"], history["p"], rtol=0, atol=1e-3 * size)
        large = max(1.0, np.abs(drives["p"]).max())
        np.testing.assert_allclose(values["drive"], drives["p"], rtol=0, atol=1e-3 * large)


@pytest.mark.parametrize("kind", KINDS)
def test_static_units_solve_their_equation(kind):
    for number in range(CASES // 2):
        one = case(number)
        if one.kind != kind:
            continue
        job = prepare(one.circuit, Unit(activation=ReLU(gain=40.0)), one.stimulus, one.schedule, seed=number)
        run = simulate(one.circuit, Unit(activation=ReLU(gain=40.0)), one.stimulus, one.schedule, seed=number)
        rates = run.checked_rates("p")
        assert rates.shape == (job.trials, one.circuit.sizes["p"])
        if any(one.stimulus.frames_of(n) > 1 for n in one.stimulus.rates if one.stimulus.kind(n) == "constant"):
            continue  # the mean of several solutions solves nothing
        active = {name: plain.mean_input(job, name) for name in one.stimulus.rates} | {"p": rates}
        drive = one.circuit.population("p").bias + sum(
            active[p.pre] @ plain.matrix(p).T for p in one.circuit.projections
        )
        np.testing.assert_allclose(rates, 40.0 * np.maximum(drive, 0.0), rtol=1e-8, atol=1e-8)

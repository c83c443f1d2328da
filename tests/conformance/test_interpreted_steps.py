"""The steps without machine code: every bit as compiled, and taken only where there is none and little is asked."""

import types

import numba
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from spiking_circuits import CELLS, RECORD, runs
from test_learning_equality import assert_equal, learning_runs

from neurosim.cells.lif import LIF
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.engines.compiled import Compiled
from neurosim.engines.compiled.machine_code import cache, interpreted, learning, stepping
from neurosim.inhibition import lateral
from neurosim.learning import learn
from neurosim.plasticity import GatedSTDP
from neurosim.schedule import Schedule
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import poisson

FEW = settings(max_examples=4, deadline=None, derandomize=True, database=None, phases=[Phase.generate])


def both_ways(module, *work, **options):
    """What the compiled and the interpreted function record."""
    found = [simulate(*work, engine=Compiled(), record=RECORD, **options)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "advance", interpreted.interpreted(module, "advance"))
        patch.setattr(interpreted, "quickest", lambda module, name, *work: getattr(module, name))
        found.append(simulate(*work, engine=Compiled(), record=RECORD, **options))
    return found


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_random_circuits_are_those_of_the_machine_code_in_every_bit(cell):
    spikes = []

    @FEW
    @given(runs(cell))
    def check(run):
        circuit, cells, stimulus, schedule = run
        module = learning if cell == "HomeostaticLIF" else stepping
        compiled, plain = both_ways(module, circuit, cells, stimulus.select([0]), schedule)
        spikes.append(assert_equal(plain, compiled))

    check()
    assert sum(spikes) > 50


@pytest.mark.parametrize("rule", ["STDP", "TripletSTDP", "Everything"])
def test_learning_is_that_of_the_machine_code_in_every_bit(rule):
    spikes = []

    @FEW
    @given(learning_runs(rule, "HomeostaticLIF"))
    def check(run):
        circuit, cells, stimulus, schedule, learned = run
        compiled, plain = both_ways(learning, circuit, cells, stimulus, schedule, learned=learned)
        spikes.append(assert_equal(plain, compiled))

    check()
    assert sum(spikes) > 50


def test_noise_is_that_of_the_machine_code_in_every_bit():
    population = Population("p", 7, bias=np.linspace(0.5, 1.5, 7))
    circuit = Circuit(populations=[population], projections=[lateral(population, 2e-3, delay=1e-3)])
    schedule = Schedule(duration=0.1, settle=0.0)
    compiled, plain = both_ways(stepping, circuit, LIF(sigma_stat=0.3), None, schedule)
    assert assert_equal(plain, compiled) > 5


@pytest.mark.parametrize("trials", [3, 70])
def test_every_presentation_counts_as_work(trials, monkeypatch):
    asked, planned = [], set()

    def quickest(module, name, work, all_of_it):
        asked.append(work)
        planned.add(all_of_it)
        return getattr(module, name)

    monkeypatch.setattr(interpreted, "quickest", quickest)
    feed = Projection("feed", "x", "y", np.full((4, 3), 1e-3), rule=GatedSTDP())
    circuit = Circuit([Input("x", 3)], [Population("y", 4, bias=1.5)], [feed])
    stimulus = poisson(np.full((trials, 3), 50.0), input="x")
    schedule = Schedule(duration=0.02, settle=0.0)
    learn(circuit, LIF(), stimulus, schedule, engine=Compiled(), progress=False)
    # 200 steps of 24 to 40 microseconds: 20 of overhead, 4 units with their synapses, and the weights.
    assert 200 * 24 * trials < sum(asked) < 200 * 40 * trials
    assert list(planned) == [pytest.approx(sum(asked))]


def test_what_repeats_itself_needs_no_machine_code_and_counts_as_none(monkeypatch):
    monkeypatch.setattr(interpreted, "quickest", lambda module, name, *work: pytest.fail("it was asked for"))
    circuit = Circuit(populations=[Population("p", 3, bias=1.5)])
    assert simulate(circuit, LIF(), schedule=Schedule(duration=0.1, settle=0.0), engine="compiled").rates["p"].min() > 0


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A module with one function that nobody has compiled yet, and a way to make it anew as a new process would."""
    monkeypatch.setattr(cache, "directory", lambda: tmp_path)
    monkeypatch.setattr(interpreted, "_ENOUGH", 100.0)
    monkeypatch.setattr(interpreted, "_spent", 0.0)

    def make():
        module = types.ModuleType(__name__)
        module.double = numba.njit(double)
        module.double._cache = cache.GuardedCache(double)
        return module

    return make


def double(x):
    return x + x


def test_little_work_is_interpreted_until_it_adds_up(toy):
    module = toy()
    for _ in range(2):
        assert interpreted.quickest(module, "double", 40.0)(3.0) == 6.0
    assert not module.double.signatures
    assert interpreted.quickest(module, "double", 40.0) is module.double


def test_much_work_is_compiled_at_once(toy):
    module = toy()
    assert interpreted.quickest(module, "double", 101.0) is module.double


def test_what_is_planned_to_be_much_is_compiled_before_its_first_part(toy):
    module = toy()
    assert interpreted.quickest(module, "double", 10.0, 101.0) is module.double
    assert interpreted.quickest(module, "double", 10.0, 90.0) is not module.double
    assert interpreted._spent == 10.0


def test_machine_code_in_memory_or_on_disk_is_taken(toy):
    module = toy()
    module.double(3.0)
    assert interpreted.quickest(module, "double", 1.0) is module.double
    another = toy()
    assert not another.double.signatures
    assert interpreted.quickest(another, "double", 1.0) is another.double


def test_what_overflows_is_silent_as_in_machine_code(toy):
    with np.errstate(all="raise"):
        assert interpreted.interpreted(toy(), "double")(np.float64(1e308)) == np.inf

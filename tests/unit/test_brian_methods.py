"""What Brian2 would do again and again, it does once: derive the lines of equations, check units."""

import contextlib

import brian2
import numpy as np
import pytest
import sympy.core.random as trial_numbers
from brian2.core.variables import Constant

from neurosim import cells
from neurosim.cells.base import SpikingCell
from neurosim.circuits.circuit import Circuit, Population, Projection
from neurosim.engines.brian import Brian, device, methods
from neurosim.engines.brian import network as brian_network
from neurosim.engines.brian.device import untouched
from neurosim.engines.brian.methods import kept
from neurosim.schedule import Schedule
from neurosim.simulate import prepare, simulate


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path, monkeypatch):
    """No derivation of an earlier test or of another process."""
    monkeypatch.setenv("NEUROSIM_CACHE", str(tmp_path))
    kept.cache_clear()
    yield
    kept.cache_clear()


SPIKING = [cls() for cls in cells.known().values() if issubclass(cls, SpikingCell)]


def lines(cell, size=2, tau=None):
    """The state update of a population, with synapses of a time constant or without any."""
    loop = [] if tau is None else [Projection("loop", "p", "p", np.ones((size, size)), tau=tau)]
    circuit = Circuit(populations=[Population("p", size)], projections=loop)
    job = prepare(circuit, cell, None, Schedule(duration=2e-5, settle=0.0, dt=1e-5))
    with untouched(brian2, "numpy"):
        chunk = brian_network.Chunk(brian2, job, np.arange(1), {})
        chunk.run(lambda done: None)
    return chunk.groups["p"].state_updater.abstract_code


@pytest.mark.parametrize("cell", [*SPIKING, cells.LIF(sigma_stat=0.2)], ids=lambda cell: type(cell).__name__)
def test_the_lines_are_those_of_brian2(cell, monkeypatch):
    found = lines(cell)
    monkeypatch.setattr(brian_network, "kept", lambda _, method: method)
    assert found == lines(cell)
    assert "v" in found


def test_a_derivation_serves_every_size_and_constant_but_no_other_equations(monkeypatch):
    asked = []
    own = brian2.StateUpdateMethod.stateupdaters["exact"]

    def counting(equations, *rest):
        asked.append(str(equations))
        return own(equations, *rest)

    monkeypatch.setitem(brian2.StateUpdateMethod.stateupdaters, "exact", counting)
    first = lines(cells.LIF(), tau=3e-3)
    assert lines(cells.LIF(tau_m=7e-3), size=3, tau=9e-3) == first
    assert len(asked) == 1
    assert lines(cells.LIF(t_ref=0.0), tau=3e-3) != first
    assert lines(cells.LIF()) != first
    assert len(asked) == 3


def test_variables_of_another_kind_are_derived_anew(monkeypatch):
    asked = []
    monkeypatch.setitem(brian2.StateUpdateMethod.stateupdaters, "exact", lambda *given: asked.append(given) or "v = 0")
    integrate = kept(brian2, "exact")
    equations = brian2.Equations("dv/dt = -k*v/second : 1")

    def constant(name="k", value=1.0, **unit):
        return {name: Constant(name, value, **unit)}

    for variables in (constant(), constant(value=2.0)):
        assert integrate(equations, variables) == "v = 0"
    assert len(asked) == 1
    integrate(equations, constant(dimensions=brian2.volt.dim))
    integrate(equations, constant("q"))
    integrate(equations, constant(value=1))
    integrate(equations, constant(), {"simplify": False})
    assert len(asked) == 5


def test_another_process_finds_the_lines_and_what_is_damaged_is_derived_again(monkeypatch, tmp_path):
    asked = []
    own = brian2.StateUpdateMethod.stateupdaters["exact"]

    def counting(equations, *rest):
        asked.append(str(equations))
        return own(equations, *rest)

    monkeypatch.setitem(brian2.StateUpdateMethod.stateupdaters, "exact", counting)
    first = lines(cells.LIF())
    (file,) = (tmp_path / "brian2").iterdir()
    written = file.read_bytes()
    for content, derivations in ((written, 1), (written[:-3] + b"000", 2), (b"", 3), (written + b"\n", 4)):
        file.write_bytes(content)
        kept.cache_clear()  # as in another process
        assert lines(cells.LIF()) == first
        assert len(asked) == derivations
        assert file.read_bytes() == written


def test_lines_with_a_function_that_is_not_brian2s_are_kept_for_this_process_alone(monkeypatch, tmp_path):
    monkeypatch.setitem(brian2.StateUpdateMethod.stateupdaters, "exact", lambda *given: "v = 0")
    equations = brian2.Equations("dv/dt = -f(v)/second : 1")
    twice = brian2.Function(lambda v: 2 * v, arg_units=[1], return_unit=1)
    kept(brian2, "exact")(equations, {"f": twice})
    assert not (tmp_path / "brian2").exists()
    kept(brian2, "exact")(equations, {"exp": brian2.core.functions.DEFAULT_FUNCTIONS["exp"]})
    assert len(list((tmp_path / "brian2").iterdir())) == 1


def test_without_a_place_to_keep_them_the_lines_are_derived(monkeypatch, tmp_path):
    (tmp_path / "brian2").write_text("a file where the folder should be")
    assert "v" in lines(cells.LIF())


def test_numbers_that_sympy_tries_are_the_same_fractions_without_a_search(monkeypatch):
    own = trial_numbers.random_complex_number
    trial_numbers.seed(7)
    searched = [own(rational=True) for _ in range(5)]
    trial_numbers.seed(7)
    with methods.exact_trial_numbers():
        found = [trial_numbers.random_complex_number(rational=True) for _ in range(5)]
    assert trial_numbers.random_complex_number is own
    for one, other in zip(found, searched, strict=True):
        assert all(part.is_Rational for part in one.as_real_imag())
        assert abs(complex(one) - complex(other)) < 1e-14
    with pytest.raises(KeyError), methods.exact_trial_numbers():
        raise KeyError
    assert trial_numbers.random_complex_number is own
    kept.cache_clear()
    with_fractions = lines(cells.LIF(), tau=3e-3)
    kept.cache_clear()
    monkeypatch.setattr(methods, "exact_trial_numbers", contextlib.nullcontext)
    assert with_fractions == lines(cells.LIF(), tau=3e-3)
    kept.cache_clear()


def axon():
    circuit = Circuit(populations=[Population("p", 3, [0.0, 1.5, 2.5])])
    short = Schedule(duration=2e-3, settle=0.0, dt=2e-5)
    run = simulate(circuit, cells.HodgkinHuxley(), None, short, record=("v",), engine=Brian(target="numpy"))
    return run.traces["p"].values["v"]


def implementations():
    known = brian2.core.functions.DEFAULT_FUNCTIONS
    return {name: dict(function.implementations._implementations) for name, function in known.items()}


@pytest.mark.parametrize("used_before", [False, True])
def test_functions_are_called_without_a_check_of_units_to_the_same_bits(monkeypatch, used_before):
    exprel, checks = brian2.core.functions.DEFAULT_FUNCTIONS["exprel"].implementations, []
    own = brian2.core.functions.fail_for_dimension_mismatch
    monkeypatch.setattr(
        brian2.core.functions, "fail_for_dimension_mismatch", lambda *given: checks.append(1) or own(*given)
    )
    monkeypatch.setattr(exprel, "_implementations", dict(exprel._implementations))
    if used_before:
        exprel.add_numpy_implementation(brian2.exprel)
    before = implementations(), brian2.prefs["codegen.runtime.numpy.discard_units"]
    found = axon()
    assert not checks
    assert (implementations(), brian2.prefs["codegen.runtime.numpy.discard_units"]) == before
    monkeypatch.setattr(device, "without_unit_checks", lambda brian2: contextlib.nullcontext())
    np.testing.assert_array_equal(found, axon())
    assert len(checks) == 2 * 100  # two of the six rates, each of the 100 steps
    assert found.max() > -20e-3  # the first spike's upstroke is among them

"""The compiled engine against Brian2 on its Cython target: same spikes, and v within 1e-12 of the threshold distance.

Every circuit here has the names and the shape of one network, so that Brian2 builds one set of extensions: 18, which
take 45 s of processor time where none is cached; with all of them cached the tests take 9 s.
"""

import functools

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from spiking_circuits import assert_equal, filled, refractory

from benchmarks.parameters import QUICK, T_REF, TAU, Parameters
from benchmarks.works.independent import drives
from benchmarks.works.recurrent import recurrent_network
from experiments.neurons._pulses import pulses
from neurosim.cells.lif import LIF
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.engines.brian.engine import load_brian2
from neurosim.schedule import Schedule
from neurosim.stimuli.stimulus import Stimulus, poisson

SHAPE = {"feed": ("x", "p", 5e-3), "inside": ("p", "p", 0.0)}
"""Filtered and instantaneous synapses onto one population."""


@pytest.fixture(scope="module", autouse=True)
def _compiler():
    """Brian2's own test: can it build an extension (a compiler, Cython, Python's headers)?"""
    load_brian2()
    from brian2.codegen.runtime.cython_rt.cython_rt import CythonCodeObject

    if not CythonCodeObject.is_available():
        pytest.skip("Brian2 cannot build Cython extensions here: that needs a C++ compiler and Python's headers")


@pytest.fixture(scope="module", autouse=True)
def _listed_by_numpy():
    """The list of spikes is kept by NumPy: its extension is a fifth of all building and computes nothing."""
    brian2 = load_brian2()
    code = brian2.codegen.runtime.numpy_rt.NumpyCodeObject
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(brian2, "SpikeMonitor", functools.partial(brian2.SpikeMonitor, codeobj_class=code))
        yield


@pytest.mark.long
def test_random_circuits_have_equal_spikes():
    spikes = []

    @settings(max_examples=3, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.data())
    def check(data):
        cells = {"p": LIF(**refractory(data.draw, shortest=1e-4))}
        sizes = {name: data.draw(st.integers(3, 25)) for name in "xp"}
        dt = data.draw(st.sampled_from([1e-4, 2e-4]))
        spikes.append(assert_equal(*data.draw(filled(SHAPE, sizes, cells, dt, poisson)), target="cython"))

    check()
    assert len(spikes) == 3
    assert min(spikes) > 20


def renamed(circuit, stimulus=None):
    """An experiment's circuit under the names of the shape: names are part of the code that Brian2 builds."""
    (own,) = circuit.populations
    inputs = [Input("x", int(entry.size)) for entry in circuit.inputs]
    arrows = []
    for q in circuit.projections:
        name, pre = ("inside", "p") if q.pre == own.name else ("feed", "x")
        arrows.append(Projection(name, pre, "p", q.weights, sign=q.sign, tau=q.tau, delay=q.delay))
    if stimulus is not None:
        (rates,) = stimulus.rates.values()
        stimulus = Stimulus({"x": rates}, stimulus.encoding, stimulus.frame, stimulus.identity)
    return Circuit(inputs, [Population("p", int(own.size), bias=own.bias)], arrows), stimulus


@pytest.mark.parametrize("encoding", ["constant", "poisson"])
def test_inhibited_digits_have_equal_spikes(encoding):
    from experiments.sparsity._digits import QUICK_DIGITS, Digits, scene

    p = Digits(**{**QUICK_DIGITS, "encoding": encoding, "duration": 0.2, "settle": 0.05})
    here = scene(p, 0)
    circuit, stimulus = renamed(here.inhibited(p, 2.0), here.stimulus.select(slice(0, 3)))
    assert assert_equal(circuit, LIF(), stimulus, p.schedule, target="cython") > 50


def test_the_recurrent_network_of_the_timings_has_equal_spikes():
    circuit, stimulus, _ = recurrent_network(Parameters(**QUICK))
    circuit, stimulus = renamed(circuit, stimulus)
    cell = LIF(tau_m=TAU, t_ref=T_REF)
    assert assert_equal(circuit, cell, stimulus, Schedule(duration=0.1, settle=0.0), target="cython") > 100


def test_the_cells_of_the_timings_have_equal_spikes():
    circuit = Circuit(populations=[Population("p", 500, bias=drives(500))])
    cell = LIF(tau_m=TAU, t_ref=T_REF)
    assert assert_equal(circuit, cell, None, Schedule(duration=0.1, settle=0.0), target="cython") > 500


def test_pulses_have_equal_spikes():
    """Short pulses as the question on latency and pulses shows them: frames of a movie."""
    durations = np.array([1e-3, 5e-3, 10e-3])
    circuit, cell, stimulus, schedule = pulses(LIF(), durations, np.linspace(1, 25, 60).reshape(3, 20), 1e-4)
    circuit, stimulus = renamed(circuit, stimulus)
    assert assert_equal(circuit, cell, stimulus, schedule, target="cython") > 20

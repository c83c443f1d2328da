"""Small circuits drawn at random: engines that must not care how the work is cut, and solvers that must agree."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurosim.activations.lif_curve import LIFCurve
from neurosim.activations.relu import ReLU
from neurosim.activations.softplus import Softplus
from neurosim.cells.leaky_rate import LeakyRate
from neurosim.cells.lif import LIF
from neurosim.circuits.circuit import Circuit, Population, Projection
from neurosim.engines.brian import Brian
from neurosim.engines.rate import Rate
from neurosim.inhibition import lateral
from neurosim.schedule import Schedule
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import constant, poisson, regular

# A Brian2 network costs half a second to set up: few examples.
SPIKING = settings(max_examples=4, deadline=None)
RATE = settings(max_examples=12, deadline=None)
INPUTS = 3


@st.composite
def circuits(draw):
    """2 to 8 units with inputs, recurrent weights of both signs and delays; drives around and above threshold."""
    n = draw(st.integers(2, 8))
    population = Population("p", n, draw(arrays(np.float64, n, elements=st.floats(0.5, 3.0))))
    feed = draw(arrays(np.float64, (n, INPUTS), elements=st.floats(0, 5e-3)))
    recurrent = draw(arrays(np.float64, (n, n), elements=st.floats(-2e-3, 2e-3)))
    tau, delay = draw(st.sampled_from([0.0, 5e-3])), draw(st.sampled_from([0.0, 2e-3]))
    projections = [
        Projection("ff", "x", "p", feed, tau=draw(st.sampled_from([0.0, 3e-3]))),
        Projection("rec", "p", "p", recurrent, sign=None, tau=tau, delay=delay),
        lateral(population, draw(st.floats(0, 1e-3))),
    ]
    return Circuit({"x": INPUTS}, [population], projections)


@st.composite
def stimuli(draw, encodings=(constant, poisson, regular)):
    """1 to 3 trials of inputs up to 200 Hz."""
    trials = draw(st.integers(1, 3))
    rates = draw(arrays(np.float64, (trials, INPUTS), elements=st.floats(0, 200)))
    return draw(st.sampled_from(encodings))(rates, input="x")


@st.composite
def schedules(draw):
    """30 to 60 ms at 0.1 ms, with or without a settling time."""
    steps = draw(st.integers(300, 600))
    return Schedule(duration=steps * 1e-4, settle=draw(st.sampled_from([0.0, 0.01])))


def run(circuit, cell, stimulus, schedule, engine, seed=0, record=()):
    return simulate(circuit, cell, stimulus, schedule, engine=engine, seed=seed, record=record, progress=False)


@SPIKING
@given(circuit=circuits(), stimulus=stimuli(), schedule=schedules(), seed=st.integers(0, 1000))
def test_spikes_do_not_depend_on_how_trials_are_cut_into_chunks(circuit, stimulus, schedule, seed):
    whole, single = (
        run(circuit, LIF(), stimulus, schedule, engine, seed, record=["spikes"])
        for engine in (Brian(target="numpy"), Brian(target="numpy", chunk=1.0))
    )
    assert whole.provenance["chunks"] == 1
    assert single.provenance["chunks"] == stimulus.trials
    for name in ("times", "units", "trials"):
        np.testing.assert_array_equal(getattr(single.spikes["p"], name), getattr(whole.spikes["p"], name))
    np.testing.assert_array_equal(single.rates["p"], whole.rates["p"])


@SPIKING
@given(circuit=circuits(), stimulus=stimuli(), schedule=schedules())
def test_rates_are_counts_of_the_recorded_spikes(circuit, stimulus, schedule):
    recording = run(circuit, LIF(), stimulus, schedule, Brian(target="numpy"), record=["spikes"])
    spikes = recording.spikes["p"]
    counts = np.zeros((stimulus.trials, circuit.sizes["p"]))
    # Half a step of margin: 0.01 s is no multiple of 0.1 ms in binary.
    counted = spikes.times > schedule.settle - schedule.dt / 2
    np.add.at(counts, (spikes.trials[counted], spikes.units[counted]), 1)
    # one division apart
    np.testing.assert_allclose(recording.rates["p"], counts / schedule.window, rtol=1e-14)
    assert np.all((spikes.times >= 0) & (spikes.times < schedule.duration))
    # No unit fires again within its refractory period, one step short as Brian2 has it.
    for trial in range(stimulus.trials):
        mine = spikes.of_trial(trial)
        for unit in range(circuit.sizes["p"]):
            gaps = np.diff(mine.times[mine.units == unit])
            assert np.all(gaps > LIF().t_ref - 1.5 * schedule.dt)


@RATE
@given(circuit=circuits(), stimulus=stimuli([constant]), schedule=schedules(), kind=st.integers(0, 2))
def test_adaptive_and_fixed_step_integration_agree(circuit, stimulus, schedule, kind):
    # The engine is adaptive without delays only.
    circuit = circuit.without("rec").with_projections(
        Projection("rec", "p", "p", circuit.projection("rec").weights, sign=None)
    )
    cell = LeakyRate(activation=[ReLU(gain=40.0, threshold=1.0), Softplus(gain=40.0), LIFCurve()][kind])
    adaptive, stepped = (run(circuit, cell, stimulus, schedule, Rate(fixed_step=fixed)) for fixed in (False, True))
    assert (adaptive.provenance["method"], stepped.provenance["method"]) == ("RK45", "Heun")
    last = stepped.final_state["p"]["rate"]
    size = max(1.0, float(np.abs(last).max()), float(np.abs(stepped.rates["p"]).max()))
    # At the end: Heun's error is (dt/tau)^2/6 of the activity per time constant, (1e-4/3e-3)^2/6 = 2e-4 for the fastest
    # variable; the adaptive tolerances (1e-5, 1e-4 Hz) are smaller.
    np.testing.assert_allclose(adaptive.final_state["p"]["rate"], last, rtol=0, atol=1e-3 * size)
    # The mean: one takes the trapezoidal rule, the other the left ends of the steps, which lags by half a step.
    lag = schedule.dt / 2 / schedule.window * size
    np.testing.assert_allclose(adaptive.rates["p"], stepped.rates["p"], rtol=0, atol=lag + 1e-3 * size)


def test_a_projection_without_connections_changes_nothing():
    population = Population("p", 2, 1.5)
    nothing = [Projection("none", "p", "p", np.zeros((2, 2))), lateral(population, 0.0)]
    schedule = Schedule(duration=0.06, settle=0.0)
    with_them, without = (
        run(Circuit(populations=[population], projections=parts), LIF(), None, schedule, "brian")
        for parts in (nothing, [])
    )
    assert without.rates["p"].min() > 0
    np.testing.assert_array_equal(with_them.rates["p"], without.rates["p"])

"""Learning in the compiled engine against Brian2 on its NumPy target: spikes, v, weights and thresholds, every bit."""

import dataclasses

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from spiking_circuits import CELLS, filled

import neurosim as ns
from neurosim import homeostasis, plasticity
from neurosim.cells.homeostatic_lif import HomeostaticLIF
from neurosim.cells.lif import LIF
from neurosim.engines.brian import Brian
from neurosim.engines.compiled import Compiled
from neurosim.params import param
from neurosim.plasticity.base import Trace
from neurosim.plasticity.trace_rule import Amounts, Table, TraceRule
from neurosim.simulate import RefusedError, simulate
from neurosim.stimuli.stimulus import poisson, regular


@dataclasses.dataclass(frozen=True, kw_only=True)
class Everything(TraceRule):
    """A rule in which every number of the table is at work."""

    soft: bool = param(False, doc="whether changes depend on the weight")
    to_one: bool = param(False, doc="whether only the last spike counts")

    @property
    def table(self):
        return Table(
            x1=Trace(17e-3, self.to_one),
            y1=Trace(31e-3, not self.to_one),
            x2=Trace(70e-3),
            y2=Trace(90e-3, self.to_one),
            pre=Amounts(0.011, -0.13, 0.07),
            post=Amounts(-0.017, 0.19, -0.03),
            soft=self.soft,
        )


def stdp(draw):
    return plasticity.STDP(
        A_plus=0.1,
        A_minus=0.13,
        tau_minus=draw(st.sampled_from([20e-3, 33e-3])),
        pairing=draw(st.sampled_from(["all", "nearest"])),
        dependence=draw(st.sampled_from(["additive", "multiplicative"])),
    )


RULES = {
    "STDP": stdp,
    "TripletSTDP": lambda draw: plasticity.TripletSTDP(
        A2_plus=draw(st.sampled_from([0.0, 0.05])), A3_minus=draw(st.sampled_from([0.0, 0.02])), A3_plus=0.1
    ),
    "InhibitorySTDP": lambda draw: plasticity.InhibitorySTDP(
        learning_rate=0.07, target=draw(st.sampled_from([0.0, 30.0]))
    ),
    "GatedSTDP": lambda draw: plasticity.GatedSTDP(learning_rate=0.1),
    "Everything": lambda draw: Everything(soft=draw(st.booleans()), to_one=draw(st.booleans())),
}
KINDS = {"LIF": CELLS["LIF"], "PerfectIF": CELLS["PerfectIF"], "HomeostaticLIF": CELLS["HomeostaticLIF"]}


@st.composite
def learning_runs(draw, rule, cell):
    """A random circuit in which most projections learn, dense and sparse, from inputs and from each other."""
    dt = draw(st.sampled_from([1e-4, 2e-4]))
    sizes = {"x": draw(st.integers(1, 12)), "a": draw(st.integers(3, 20)), "b": draw(st.integers(3, 20))}
    taus = draw(st.sampled_from([[0.0], [5e-3], [0.0, 5e-3]]))
    shape = {
        name: (pre, post, draw(st.sampled_from(taus)))
        for name, pre, post in (("z", "x", "a"), ("k", "a", "b"), ("c", "b", "a"), ("f", "a", "a"))
    }
    cells = {name: KINDS[cell](draw) for name in ("a", "b")}
    encode = draw(st.sampled_from([poisson, regular]))
    circuit, cells, stimulus, schedule = draw(filled(shape, sizes, cells, dt, encode))
    projections = []
    for p in circuit.projections:
        learns = (p.name != "z" and draw(st.integers(0, 3)) > 0) or p.name == "z"
        law = RULES[rule](draw).replace(w_max=max(1.5 * float(p.dense().max()), 1e-6)) if learns else None
        sign = p.sign if p.sign is not None or not learns else 1
        weights = abs(p.weights) if learns and not hasattr(p.weights, "value") else p.weights
        projections.append(dataclasses.replace(p, rule=law, sign=sign, weights=weights))
    learning = dataclasses.replace(circuit, projections=tuple(projections))
    theta = {"a": {"theta": draw(st.sampled_from([0.0, 0.3]))}} if cell == "HomeostaticLIF" else None
    return learning, cells, stimulus.select([0]), schedule, theta


def assert_equal(ours, theirs):
    """Everything that two engines recorded; the number of spikes."""
    for name in theirs.spikes:
        for field in ("times", "units", "trials"):
            np.testing.assert_array_equal(getattr(ours.spikes[name], field), getattr(theirs.spikes[name], field))
        np.testing.assert_array_equal(ours.traces[name].values["v"], theirs.traces[name].values["v"])
    for name, weights in theirs.weights.items():
        if isinstance(weights, np.ndarray):
            np.testing.assert_array_equal(ours.weights[name], weights)
    for name, values in theirs.learned.items():
        np.testing.assert_array_equal(ours.learned[name]["theta"], values["theta"])
    return sum(map(len, theirs.spikes.values()))


@pytest.mark.parametrize(
    ("rule", "cell"), [*((rule, "LIF") for rule in RULES), ("STDP", "HomeostaticLIF"), ("GatedSTDP", "PerfectIF")]
)
def test_random_learning_circuits_are_equal_in_every_bit(rule, cell):
    spikes, changes = [], []

    @settings(max_examples=4, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(learning_runs(rule, cell))
    def check(run):
        circuit, cells, stimulus, schedule, theta = run
        ours, theirs = (
            simulate(circuit, cells, stimulus, schedule, record=("spikes", "v"), engine=engine, learned=theta)
            for engine in (Compiled(), Brian(target="numpy"))
        )
        spikes.append(assert_equal(ours, theirs))
        learning = [p for p in circuit.projections if p.rule is not None]
        changes.extend(float(np.abs(ours.weights[p.name] - p.dense()).max()) > 0 for p in learning)

    check()
    assert sum(spikes) > 300
    assert sum(changes) > 0.7 * len(changes)


def digits(n=12, laws=None, delay=0.0):
    """A small circuit of the kind that learns digits: instantaneous synapses, inhibition that wins at once."""
    rng = np.random.default_rng(0)
    cell = HomeostaticLIF(tau_m=0.1, t_ref=5e-3, v_reset=0.4, theta_plus=0.01)
    population = ns.Population("e", n, homeostasis=laws)
    feed = ns.Projection(
        "ff", "x", "e", rng.uniform(0, 3e-3, (n, 60)), tau=0.0, delay=delay, rule=plasticity.GatedSTDP(w_max=8e-3)
    )
    inhibit = ns.lateral(population, 1.0, tau=0.0)
    return ns.Circuit({"x": 60}, [population], [feed, inhibit]), cell, poisson(rng.uniform(0, 120, (4, 60)), "x")


def test_presentations_in_sequence_are_equal_in_every_bit():
    laws = (homeostasis.WeightNormalisation(total=0.1), homeostasis.TargetRate(target=5.0, learning_rate=1e-3))
    circuit, cell, stimulus = digits(laws=laws, delay=1e-3)
    back = ns.Projection("back", "e", "e", np.zeros((12, 12)), sign=-1, rule=plasticity.AntiHebb(learning_rate=1e-6))
    circuit = circuit.with_projections(back)
    schedule = ns.Schedule(duration=0.3, settle=0.0, dt=5e-4)
    ours, theirs = (
        ns.learn(circuit, cell, stimulus, schedule, epochs=2, seed=1, engine=engine)
        for engine in (Compiled(), Brian(target="numpy"))
    )
    assert ours.circuit == theirs.circuit
    np.testing.assert_array_equal(ours.learned["e"]["theta"], theirs.learned["e"]["theta"])
    assert (ours.learned["e"]["theta"] > 0).sum() > 3
    for name, values in theirs.history.items():
        np.testing.assert_array_equal(ours.history[name], values)
    # The test phase: many trials, nothing learns, on all cores.
    tests = [
        ns.simulate(
            ours.circuit.frozen(), cell.replace(theta_plus=0.0), stimulus, schedule, record=("spikes", "v"),
            learned=ours.learned, engine=engine,
        )
        for engine in (Compiled(threads=2), Brian(target="numpy"))
    ]  # fmt: skip
    assert assert_equal(*tests) > 10


def test_long_runs_are_cut_without_a_trace(monkeypatch):
    circuit, cell, stimulus = digits()
    run = {"circuit": circuit, "cells": cell, "stimulus": stimulus.select([0]), "record": ("spikes", "v")}
    whole = simulate(**run, engine="compiled")
    monkeypatch.setattr("neurosim.engines.compiled.run._CALL", 500.0)
    monkeypatch.setattr("neurosim.engines.compiled.stepper._BUFFER", 1)
    assert assert_equal(simulate(**run, engine="compiled"), whole) > 10


@pytest.mark.long
def test_in_single_precision_a_short_run_learns_nearly_the_same():
    circuit, cell, stimulus = digits(laws=homeostasis.WeightNormalisation(total=0.1))
    schedule = ns.Schedule(duration=0.3, settle=0.0, dt=5e-4)
    exact, single = (
        ns.learn(circuit, cell, stimulus, schedule, seed=1, engine=Compiled(precision=precision))
        for precision in ("float64", "float32")
    )
    # As long as no spike moves, and four presentations are too few for that, all there is is rounding: to 6e-8 of the
    # largest weight (8e-3) at each of some hundred changes.
    np.testing.assert_array_equal(single.history["rate e"], exact.history["rate e"])
    assert exact.history["rate e"].min() > 0
    weights, expected = (run.circuit.projection("ff").weights for run in (single, exact))
    np.testing.assert_allclose(weights, expected, rtol=0, atol=100 * 6e-8 * 8e-3)
    assert np.abs(expected - circuit.projection("ff").weights).max() > 1e-4
    np.testing.assert_array_equal(weights, weights.astype(np.float32))
    # Thresholds decay in 600 steps of each presentation, each rounded to 6e-8.
    np.testing.assert_allclose(single.learned["e"]["theta"], exact.learned["e"]["theta"], rtol=2400 * 6e-8)


def test_in_single_precision_it_goes_on_bit_for_bit(tmp_path):
    def run(**options):
        circuit, cell, stimulus = digits(laws=homeostasis.WeightNormalisation(total=0.1))
        schedule = ns.Schedule(duration=0.3, settle=0.0, dt=5e-4)
        return ns.learn(circuit, cell, stimulus, schedule, engine=Compiled(precision="float32"), **options)

    def stop(number, recording, circuit):
        if number == 2:
            raise KeyboardInterrupt

    assert run(checkpoint=tmp_path / "run", observe=stop).batches == 2
    assert run(checkpoint=tmp_path / "run").circuit == run().circuit


def test_what_the_compiled_engine_does_not_learn_it_refuses():
    circuit, _, stimulus = digits()
    one = stimulus.select([0])

    class Untabled(plasticity.SpikeRule):
        pre_traces = property(lambda self: {"a": Trace(20e-3)})
        post_traces = property(lambda self: {})
        on_pre = ""
        on_post = "w = clip(w + 1e-4*a, 0, 0.01)"

    other = dataclasses.replace(circuit.projection("ff"), rule=Untabled())
    untabled = ns.Circuit({"x": 60}, circuit.populations, [other])
    with pytest.raises(RefusedError, match="learns by tables of traces, and Untabled of projection 'ff' is none"):
        simulate(untabled, LIF(), one, engine="compiled")
    assert simulate(untabled, LIF(), one, ns.Schedule(duration=0.11)).provenance["engine"] == "brian"

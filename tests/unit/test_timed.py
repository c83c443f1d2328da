"""Cells whose one spike is a time: conversion, engines, refusals."""

import dataclasses
import pickle

import numpy as np
import pytest

import neurosim as ns
from neurosim.activations import GELU, Identity, ReLU
from neurosim.cells import TimedIF
from neurosim.conversion import TimedConversion, convert
from neurosim.engines import Brian, Compiled
from neurosim.params import DimensionError, ParameterError

TAU = 1e-3
RNG = np.random.default_rng(5)
W1, W2, W3 = RNG.normal(0, 0.5, (12, 6)), RNG.normal(0, 0.4, (9, 12)), RNG.normal(0, 0.4, (4, 9))
B1, B2, B3 = RNG.normal(0, 0.3, 12), RNG.normal(0, 0.3, 9), RNG.normal(0, 0.3, 4)
X = np.maximum(0, RNG.normal(0.3, 1, (7, 6)))


def network(weights=(W1, W2, W3), biases=(B1, B2, B3)):
    names = ["x", "h1", "h2", "out"]
    populations = [ns.Population(name, len(b), bias=b) for name, b in zip(names[1:], biases, strict=True)]
    pairs = zip(names[:-1], names[1:], weights, strict=True)
    projections = [ns.Projection(f"{pre}_{post}", pre, post, w, sign=None) for pre, post, w in pairs]
    cells = {"h1": ns.Unit(), "h2": ns.Unit(), "out": ns.Unit(activation=Identity())}
    return ns.Circuit([ns.Input("x", weights[0].shape[1])], populations, projections), cells


def by_hand(x, weights=(W1, W2, W3), biases=(B1, B2, B3)):
    h1 = np.maximum(0, x @ weights[0].T + biases[0])
    h2 = np.maximum(0, h1 @ weights[1].T + biases[1])
    return h1, h2, h2 @ weights[2].T + biases[2]


@pytest.mark.parametrize("readout", ["static", "spiking"])
def test_outputs_and_spikes_are_those_of_the_network(readout):
    conversion = convert(*network(), TimedIF(tau_c=TAU), X, readout=readout)
    run = conversion.run(X)
    h1, h2, out = by_hand(X)
    assert isinstance(conversion, TimedConversion)
    assert run.provenance["engine"] == "timed"
    np.testing.assert_allclose(conversion.read(run), out, rtol=0, atol=1e-12)
    for name, expected in (("h1", h1), ("h2", h2)):
        np.testing.assert_allclose(conversion.activities(run)[name], expected, rtol=0, atol=1e-12)
        assert conversion.spikes_per_unit(run)[name] == np.mean(expected > 0)
    # Rates are counts: at most one spike per presentation, and none where the network is silent.
    assert np.array_equal(run.rates["h1"] > 0, h1 > 0)
    assert run.rates["h1"].max() == pytest.approx(1 / conversion.duration)


def test_negative_inputs_have_channels_of_their_own():
    x = X - 0.6
    conversion = convert(*network(), TimedIF(tau_c=TAU), x)
    assert [part.name for part in conversion.circuit.inputs] == ["x", "x_negative"]
    np.testing.assert_allclose(conversion.read(conversion.run(x)), by_hand(x)[2], rtol=0, atol=1e-12)
    with pytest.raises(ParameterError, match=r"got -0\.5 for 'x', expected inputs >= 0"):
        convert(*network(), TimedIF(tau_c=TAU), X).run(np.full((1, 6), -0.5))


def test_gains_thresholds_signs_and_sparse_weights_are_translated():
    from scipy.sparse import csr_array

    excite, inhibit = np.abs(W1), csr_array(np.where(RNG.random((12, 6)) < 0.4, 0.7, 0.0))
    circuit = ns.Circuit(
        [ns.Input("x", 6)],
        [ns.Population("h", 12, bias=B1), ns.Population("out", 9, bias=B2)],
        [
            ns.Projection("e", "x", "h", excite),
            ns.Projection("i", "x", "h", inhibit, sign=-1),
            ns.Projection("o", "h", "out", W2, sign=None),
        ],
    )
    gains = np.linspace(0.5, 2.0, 12)
    cells = {"h": ns.Unit(activation=ReLU(gain=gains, threshold=0.2)), "out": ns.Unit(activation=ReLU(gain=3.0))}
    x = X - 0.3
    conversion = convert(circuit, cells, TimedIF(tau_c=TAU), x, readout="spiking")
    h = gains * np.maximum(0, x @ (excite - inhibit.toarray()).T + B1 - 0.2)
    found = conversion.activities(conversion.run(x))
    np.testing.assert_allclose(found["h"], h, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found["out"], 3 * np.maximum(0, h @ W2.T + B2), rtol=0, atol=1e-12)


@pytest.fixture(scope="module")
def on_the_grid():
    conversion = convert(*network(), TimedIF(tau_c=TAU), X, readout="spiking")
    given, schedule = conversion.stimulus(X, 1e-5), conversion.schedule(1e-5)
    engines = {"compiled": Compiled(), "brian": Brian(target="numpy")}
    how = {"record": ("spikes", "v"), "progress": False}
    return conversion, {
        name: ns.simulate(conversion.circuit, conversion.cells, given, schedule, engine=engine, **how)
        for name, engine in engines.items()
    }


def test_the_engines_have_equal_bits_on_the_grid(on_the_grid):
    runs = list(on_the_grid[1].values())
    for name in ("h1", "h2", "out"):
        one, other = (run.spikes[name] for run in runs)
        assert len(one) > 10
        for field in ("times", "units", "trials"):
            assert np.array_equal(getattr(one, field), getattr(other, field))
        assert np.array_equal(*(run.traces[name].values["v"] for run in runs))


def test_on_the_grid_activities_are_off_by_half_a_step_and_what_the_layers_before_add(on_the_grid):
    conversion, runs = on_the_grid
    found, step = conversion.activities(runs["compiled"]), 1e-5 / TAU
    exact, error = by_hand(X), step / 2
    for name, w, expected in zip(("h1", "h2", "out"), (W1, W2, W3), exact, strict=True):
        # Each weight times the error of its source, and half a step of its own; 1e-9 for rounding.
        bound = np.abs(w).sum(axis=1) * error + step / 2
        assert (np.abs(found[name] - expected) <= bound + 1e-9).all()
        error = bound.max()
    assert np.abs(found["out"] - exact[2]).max() > 1e-6


def test_activities_that_lie_on_the_grid_are_exact_there():
    weights = tuple(RNG.integers(-2, 3, w.shape).astype(float) for w in (W1, W2, W3))
    biases = tuple(RNG.integers(-2, 3, len(b)).astype(float) for b in (B1, B2, B3))
    x = RNG.integers(0, 3, (5, 6)).astype(float)
    conversion = convert(*network(weights, biases), TimedIF(tau_c=TAU), x, readout="spiking")
    run = conversion.run(x, dt=2.5e-4)
    found, expected = conversion.activities(run), by_hand(x, weights, biases)
    for name, values in zip(("h1", "h2", "out"), expected, strict=True):
        np.testing.assert_allclose(found[name], values, rtol=0, atol=1e-9)  # times of some 0.1 s over tau_c


def test_machine_code_and_interpreter_agree():
    from neurosim.engines.compiled.machine_code import stepping
    from neurosim.engines.compiled.machine_code.interpreted import interpreted
    from neurosim.engines.compiled.run import Run, Settings
    from neurosim.engines.record import wanted
    from neurosim.simulate import prepare

    conversion = convert(*network(), TimedIF(tau_c=TAU), X[:2])
    record = wanted(("spikes",), conversion.circuit, "record")
    job = prepare(conversion.circuit, conversion.cells, conversion.stimulus(X[:2], 1e-4), conversion.schedule(1e-4))
    job = dataclasses.replace(job, record=record)
    found = []
    for code in (stepping.advance, interpreted(stepping, "advance")):
        run = Run(Settings("float64", 1, True), job)
        run.quickest = lambda code=code: code
        run.everything()
        found.append(run.recording().spikes)
    for name in ("h1", "h2"):
        assert np.array_equal(found[0][name].times, found[1][name].times)
        assert np.array_equal(found[0][name].units, found[1][name].units)


def test_one_cell_at_a_constant_drive_spikes_at_a_time_that_is_the_drive():
    cell = TimedIF(tau_c=10e-3, window=50e-3)
    drives = np.array([-1.0, 0.0, 0.5, 1.5, 5.0])
    circuit = ns.Circuit(populations=[ns.Population("cell", 5, bias=drives)])
    run = ns.simulate(circuit, cell, duration=0.1, record=("spikes",))
    spikes = run.spikes["cell"]
    assert sorted(spikes.units.tolist()) == [2, 3, 4]
    np.testing.assert_allclose(spikes.times[np.argsort(spikes.units)], [45e-3, 35e-3, 0.0], rtol=0, atol=1e-15)


def test_imported_networks_are_converted_too(tmp_path):
    path = tmp_path / "net.npz"
    ns.export_network(*network(), path)
    circuit, cells = ns.import_network(path)
    conversion = convert(circuit, cells, TimedIF(tau_c=TAU), X)
    np.testing.assert_allclose(conversion.read(conversion.run(X)), by_hand(X)[2], rtol=0, atol=1e-12)


def test_what_cannot_be_converted_is_refused_in_a_sentence():
    circuit, cells = network()
    with pytest.raises(ParameterError, match=r"'h1': GELU has no timed equivalent.*expected ReLU"):
        convert(circuit, {**cells, "h1": ns.Unit(activation=GELU())}, TimedIF(), X)
    loop = ns.Circuit([ns.Input("x", 6)], circuit.populations,
                      [*circuit.projections, ns.Projection("back", "h2", "h1", W2.T, sign=None)])  # fmt: skip
    with pytest.raises(ParameterError, match="recurrent circuit, expected a feed-forward one"):
        convert(loop, cells, TimedIF(), X)
    skip = ns.Circuit([ns.Input("x", 6)], circuit.populations,
                      [*circuit.projections, ns.Projection("skip", "x", "h2", W1[:9], sign=None)])  # fmt: skip
    with pytest.raises(ParameterError, match=r"'h2' hears .*close at different times"):
        convert(skip, cells, TimedIF(), X)
    largest = max(a.max() for a in (X, *by_hand(X)[:2]))
    with pytest.raises(
        ParameterError, match=r"its window of 0.0002 s holds activities up to 0.2 and the stimuli bring"
    ):
        convert(circuit, cells, TimedIF(tau_c=TAU, window=2e-4), X)
    convert(circuit, cells, TimedIF(tau_c=TAU, window=TAU * largest), X)  # just long enough
    for option in ({"peak": 100.0}, {"percentile": 99.0}, {"tau": 1e-3}, {"encoding": "poisson"}, {"scales": {}}):
        with pytest.raises(ParameterError, match=f"{next(iter(option))}: TimedIF cells have no rates"):
            convert(circuit, cells, TimedIF(), X, **option)
    with pytest.raises(ParameterError, match=r"opens at 0.01 s, expected 0 s"):
        convert(circuit, cells, TimedIF(opens=0.01), X)
    with pytest.raises(ParameterError, match="expected finite"):
        convert(circuit, cells, TimedIF(), np.where(X > 1, np.nan, X))


def test_an_activity_that_no_window_holds_is_refused_and_not_clipped():
    conversion = convert(*network(), TimedIF(tau_c=TAU), X, readout="spiking")
    with pytest.raises(ParameterError, match=r"for 'x', expected at most .* which its window holds"):
        conversion.run(10 * X)
    steep = dataclasses.replace(conversion, circuit=conversion.circuit.with_weights(x_h1=20 * TAU * np.abs(W1)))
    run = steep.run(X)
    assert run.failures[0].variable == "activity"
    assert np.isnan(run.rates["h1"][run.failures[0].trial]).all()
    for exact in (run, steep.run(X, dt=1e-4)):
        with pytest.raises(ParameterError, match="convert with stimuli that reach it, or with a longer window"):
            steep.read(exact)
    with pytest.raises(ParameterError, match=r"activities\(recording\)"):
        conversion.decode(run.rates)
    circuit, cells, given = conversion.circuit, conversion.cells, conversion.stimulus(X)
    silent = ns.simulate(circuit, cells, given, conversion.schedule())
    with pytest.raises(ParameterError, match=r"record=\('spikes',\)"):
        conversion.read(silent)


def test_engines_refuse_what_they_would_leave_out():
    conversion = convert(*network(), TimedIF(tau_c=TAU), X)
    circuit, cells, given, schedule = (
        conversion.circuit,
        conversion.cells,
        conversion.stimulus(X),
        conversion.schedule(),
    )
    with pytest.raises(ParameterError, match=r"closes at .* and the run ends at"):
        ns.simulate(circuit, cells, given, duration=TAU, settle=0, dt=1e-5)
    with pytest.raises(ParameterError, match=r"no whole multiple of dt = 0.0003 s"):
        ns.simulate(circuit, cells, given, duration=0.03, settle=0, dt=3e-4, engine="compiled")
    with pytest.raises(ParameterError, match="it runs TimedIF cells, and those of 'h1' are LIF"):
        ns.simulate(circuit, ns.LIF(), given, schedule, engine="timed")
    with pytest.raises(ParameterError, match="sends poisson spikes of a grid"):
        ns.simulate(circuit, cells, ns.stimulus.poisson(X, "x"), schedule, engine="timed")
    slow = ns.Circuit(circuit.inputs, circuit.populations,
                      [dataclasses.replace(p, tau=5e-3) for p in circuit.projections])  # fmt: skip
    for engine in ("timed", "compiled", "brian"):
        with pytest.raises(ParameterError, match="switches on a current of TimedIF cells that lasts; take tau = 0"):
            ns.simulate(slow, cells, given, conversion.schedule(1e-5), engine=engine)
    with pytest.raises(ParameterError, match="it records spikes and nothing else, not 'v'"):
        ns.simulate(circuit, cells, given, schedule, record=("v",), engine="timed")
    with pytest.raises(DimensionError, match="expected one number in s"):
        TimedIF(tau_c=[1e-3, 2e-3])


def test_it_can_be_copied_saved_and_shown(tmp_path):
    conversion = convert(*network(), TimedIF(tau_c=TAU), X)
    again = pickle.loads(pickle.dumps(conversion))
    run = conversion.run(X)
    path = run.save(tmp_path / "run.npz")
    np.testing.assert_array_equal(again.read(ns.load(path)), conversion.read(run))
    assert "tau_c 1 ms" in repr(conversion)
    assert "largest" in repr(conversion)
    with pytest.raises(ParameterError, match=r"no final state.*engines that go in steps"):
        _ = run.final_state


def test_a_diagnosis_finds_the_first_fault_of_a_timed_copy():
    circuit, cells = network()
    conversion = convert(circuit, cells, TimedIF(tau_c=TAU), X)
    found = ns.diagnose(circuit, cells, conversion, X)
    assert [part.cause for part in found.layers] == ["fine", "fine"]
    assert found.same_decision == 1.0
    assert max(part.error for part in found.layers) < 1e-12
    assert [part.settled for part in found.layers] == [cell.closes for cell in conversion.timed_cells.values()]
    coarse = ns.diagnose(circuit, cells, conversion, X, dt=TAU / 4)
    assert coarse.first.cause == "grid too coarse"
    broken = conversion.circuit.with_weights(x_h1=1.1 * conversion.circuit.projection("x_h1").weights)
    wrong = ns.diagnose(circuit, cells, dataclasses.replace(conversion, circuit=broken), X)
    assert [part.cause for part in wrong.layers] == ["weights wrong", "upstream"]
    late = {**conversion.cells, "h2": conversion.cells["h2"].replace(window=TAU / 20)}
    short = ns.diagnose(circuit, cells, dataclasses.replace(conversion, cells=late), X)
    assert [part.cause for part in short.layers] == ["fine", "window too short"]
    biases = dataclasses.replace(
        conversion.circuit,
        populations=tuple(dataclasses.replace(q, bias=q.bias + 0.2 * (q.name == "h2")) for q in
                          conversion.circuit.populations),
    )  # fmt: skip
    assert ns.diagnose(circuit, cells, dataclasses.replace(conversion, circuit=biases), X).first.cause == "bias wrong"
    with pytest.raises(ParameterError, match="expected dt alone"):
        ns.diagnose(circuit, cells, conversion, X, duration=0.1)


def test_the_ladder_has_timed_spikes_as_a_branch_of_a_style_of_its_own():
    from neurosim.plots.style import BRANCHES, RUNGS, series_style

    rungs = ns.ladder(ns.LIF(), timed=TimedIF())
    assert list(rungs) == [*ns.RUNGS, "timed"]
    assert {name: rungs[name] for name in ns.RUNGS} == ns.ladder(ns.LIF())
    assert series_style("timed") is BRANCHES["timed"]
    looks = [(look.colour, look.linestyle, look.marker) for look in (*RUNGS.values(), *BRANCHES.values())]
    for kind in zip(*looks, strict=True):
        assert len(set(kind)) == len(looks)
    with pytest.raises(ParameterError, match="got GELU, expected ReLU, which timed spikes branch off"):
        ns.ladder(ns.LIF(), artificial=GELU(), timed=TimedIF())
    with pytest.raises(DimensionError, match="which has no rate, expected ladder"):
        ns.ladder(TimedIF())


@pytest.mark.parametrize("engine", ["compiled", "brian"])
def test_one_spike_in_a_run_shorter_than_the_refractory_period_is_not_too_fast(engine):
    # 1 spike in 0.04 s is 25 Hz, and the period of 0.1 s allows 10 Hz in the long run.
    circuit = ns.Circuit(populations=[ns.Population("p", 1, bias=2.0)])
    run = ns.simulate(circuit, ns.LIF(t_ref=0.1), duration=0.04, settle=0.0, engine=engine)
    assert run.failures == ()
    assert run.rates["p"].tolist() == [[25.0]]


def test_a_question_breaks_the_identity_by_the_fault_and_by_nothing_else():
    from experiments.networks._timed import with_one_fault
    from experiments.networks._twins import Trained

    circuit, cells = network()
    run = ns.simulate(circuit, cells, ns.Stimulus({"x": X}))
    own = Trained("", circuit, cells, X, X, np.zeros(len(X)), run)
    exact = by_hand(X)[2]
    for fault in ("leak", "slow synapses", "grid", "jitter", "membrane noise", "missing spikes"):
        found = with_one_fault(own, fault, 1e-7, np.random.default_rng(0))
        assert 0 < np.abs(found - exact).max() < 1e-4 or fault == "missing spikes", fault
    # On a grid in closed form as the engine has it: inputs on the grid already, so that they are not rounded.
    x = np.round(X * 100) / 100
    own = Trained("", circuit, cells, x, x, own.labels, ns.simulate(circuit, cells, ns.Stimulus({"x": x})))
    conversion = convert(circuit, cells, TimedIF(tau_c=TAU), x)
    stepped = conversion.read(conversion.run(x, dt=TAU / 100))
    np.testing.assert_allclose(stepped, with_one_fault(own, "grid", 0.01, np.random.default_rng(0)), atol=1e-9)
    # A leak against a fine numerical integration of one cell that hears one spike: x = 2, W = 0.8, b = 0.3.
    small = ns.Circuit([ns.Input("x", 1)], [ns.Population("h", 1, bias=0.3), ns.Population("o", 1)],
                       [ns.Projection("a", "x", "h", [[0.8]]), ns.Projection("b", "h", "o", [[1.0]])])  # fmt: skip
    units = {"h": ns.Unit(), "o": ns.Unit(activation=Identity())}
    one = np.array([[2.0]])
    own = Trained("", small, units, one, one, np.zeros(1), ns.simulate(small, units, ns.Stimulus({"x": one})))
    v, s, step = 0.0, 0.0, 1e-5
    for _ in range(round(2.0 / step)):
        v += step * (0.8 - 0.1 * v)
    while v <= 2.0 - 0.3:  # the window of an activity of 1.9 is 2 long
        v, s = v + step * (1 - 0.1 * v), s + step
    heard = 0.0
    for _ in range(round((2.0 - s) / step)):  # the output, which only listens
        heard += step * (1 - 0.1 * heard)
    found = with_one_fault(own, "leak", 0.1, np.random.default_rng(0))
    assert found[0, 0] == pytest.approx(heard, abs=1e-4)

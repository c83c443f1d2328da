"""Initial states, searches from many starts, sweeps and the promise of one steady state."""

import warnings

import numpy as np
import pytest

import neurosim as ns
from neurosim.activations.softmax import Softmax
from neurosim.cells.membrane_rate import MembraneRate
from neurosim.engines.rate import Rate
from neurosim.engines.static import Static
from neurosim.params import DimensionError, ParameterError
from neurosim.simulate import MemoryLimitError
from neurosim.stability import SeveralStatesWarning, feedback_matrix, growth
from neurosim.stimuli.stimulus import constant

P = ns.Population("p", 2, bias=[1.0, 0.9])
RIVALS = ns.Circuit(populations=[P], projections=[ns.winner_take_all(P, 1.5)])
QUICK = ns.Schedule(duration=0.5, settle=0.4, dt=1e-3)
LONE = ns.Circuit(populations=[ns.Population("p", 1)])


@pytest.mark.parametrize("cell", [ns.Unit(), ns.LeakyRate(), MembraneRate()], ids=lambda cell: type(cell).__name__)
def test_the_start_decides_trial_by_trial(cell):
    starts = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.5]])
    recording = ns.simulate(RIVALS, cell, schedule=QUICK, initial={"p": starts})
    assert recording.trials == 3
    np.testing.assert_allclose(recording.checked_rates("p"), [[1, 0], [0, 0.9], [0, 0.9]], atol=1e-4)
    np.testing.assert_allclose(recording.final_state["p"]["rate"].max(axis=1), [1, 0.9, 0.9], atol=1e-4)
    once = ns.simulate(RIVALS, cell, schedule=QUICK, initial={"p": [0.0, 1.0]})
    np.testing.assert_allclose(once.checked_rates("p"), [[0, 0.9]], atol=1e-4)


@pytest.mark.parametrize("engine", [Rate(), Rate(fixed_step=True)], ids=["adaptive", "stepped"])
def test_a_state_decays_from_where_it_was_put(engine):
    schedule = ns.Schedule(duration=0.05, settle=0.0, dt=1e-4)
    found = ns.simulate(LONE, ns.LeakyRate(tau=20e-3), schedule=schedule, engine=engine, initial={"p": [8.0]})
    # The mean of 8 exp(-t/tau) over the run, by trapezoids of T/200 or sums of dt.
    assert found.rates["p"][0, 0] == pytest.approx(8 * 0.4 * (1 - np.exp(-2.5)), rel=3e-3)
    # Heun's method errs by (dt/tau)^2/6 per time constant: 2.5 * 4.2e-6.
    assert found.final_state["p"]["rate"][0, 0] == pytest.approx(8 * np.exp(-2.5), rel=1.2e-5)


def test_a_potential_is_filtered_before_it_is_thresholded():
    # v relaxes to 2 and passes the threshold 1 at t = tau ln 2; until then the cell is silent.
    circuit = ns.Circuit(populations=[ns.Population("p", 1, bias=2.0)])
    schedule = ns.Schedule(duration=0.05, settle=0.0, dt=1e-4)
    cell = MembraneRate(tau=20e-3, activation=ns.ReLU(threshold=1.0, gain=3.0))
    trace = ns.simulate(circuit, cell, schedule=schedule, record=["rate", "state"]).traces["p"]
    v = 2 * (1 - np.exp(-trace.times / 20e-3))
    # Heun's method: (dt/tau)^3/6 per step.
    np.testing.assert_allclose(trace.values["state"][:, 0, 0], v, atol=1e-5)
    np.testing.assert_allclose(trace.values["rate"][:, 0, 0], 3 * np.maximum(0, v - 1), atol=3e-5)
    mean = ns.simulate(circuit, cell, schedule=schedule).rates["p"][0, 0]
    # The mean of the activity, not the activity of the mean: integral of 3 (1 - 2 exp(-t/tau)) from tau ln 2 on.
    late = 20e-3 * np.log(2)
    exact = 3 * ((0.05 - late) - 2 * 20e-3 * (0.5 - np.exp(-2.5))) / 0.05
    assert mean == pytest.approx(exact, rel=2e-3)  # 200 trapezoids over a kink


def test_synapses_and_delays_start_as_if_the_state_had_always_been():
    population = ns.Population("p", 1, bias=2.0)
    for loop in (
        ns.Projection("loop", "p", "p", [[1.0]], sign=-1, tau=5e-3),
        ns.Projection("loop", "p", "p", [[1.0]], sign=-1, tau=0.0, delay=3e-3),
    ):
        circuit = ns.Circuit(populations=[population], projections=[loop])
        schedule = ns.Schedule(duration=0.02, settle=0.0, dt=1e-4)
        run = ns.simulate(circuit, ns.LeakyRate(), schedule=schedule, initial={"p": [1.0]}, record=["rate"])
        # r = 2 - r: it starts in its steady state and stays there, but for rounding.
        np.testing.assert_allclose(run.traces["p"].values["rate"], 1.0, atol=1e-12)


@pytest.mark.parametrize(
    ("initial", "error", "message"),
    [
        ({"q": [0.0, 0.0]}, ValueError, r"no population \(in initial\) is named 'q'"),
        ({"p": [0.0]}, ParameterError, r"initial\['p'\]: got shape \(1,\), expected \(2,\) or \(trials, 2\)"),
        ({"p": [0.0, np.nan]}, ParameterError, r"initial\['p'\]\[1\]: got nan"),
        ({"p": np.zeros((3, 2))}, ParameterError, "got 3 trials, expected 2"),
        ([0.0, 0.0], DimensionError, "initial: got list, expected arrays by population name"),
    ],
)
def test_a_bad_initial_state_is_refused(initial, error, message):
    circuit = ns.Circuit([ns.Input("x", 2)], [P], [ns.Projection("f", "x", "p", np.eye(2)), ns.lateral(P, 0.5)])
    with pytest.raises(error, match=message):
        ns.simulate(circuit, ns.Unit(), constant(np.ones((2, 2)), input="x"), initial=initial)


def test_a_search_is_repeatable_and_counts_every_start():
    (first,) = ns.fixed_points(RIVALS, ns.Unit(), starts=30, seed=4)
    (again,) = ns.fixed_points(RIVALS, ns.LeakyRate(), starts=30, seed=4)
    assert [state.reached for state in first] == [state.reached for state in again]
    assert sum(state.reached for state in first) + first.unconverged == first.starts == 30
    assert len(first) == 2
    assert first[0].reached >= first[1].reached
    assert first.stable == first.states
    np.testing.assert_allclose(first[0].drive["p"] - P.bias + 1.5 * first[0].rates["p"][::-1], 0, atol=1e-12)


def test_a_search_says_where_no_start_arrives():
    # r = 1 + 2 r has no solution >= 0.
    population = ns.Population("p", 1, bias=1.0)
    loop = ns.Projection("loop", "p", "p", [[2.0]])
    circuit = ns.Circuit(populations=[population], projections=[loop])
    (found,) = ns.fixed_points(circuit, ns.Unit(), starts=3, engine=Static(attempts=1, iterations=50))
    assert (len(found), found.unconverged, found.starts) == (0, 3, 3)


def test_a_loop_that_runs_away_is_given_up_early(monkeypatch):
    # r = 1 + 2 r, from every start: some 1.07 times as much in each iteration.
    from neurosim.engines import static

    loop = ns.Projection("loop", "p", "p", [[2.0]])
    circuit = ns.Circuit(populations=[ns.Population("p", 1, bias=1.0)], projections=[loop])
    counted, plain = [], static._Problem.activity
    monkeypatch.setattr(static._Problem, "activity", lambda *args: counted.append(1) or plain(*args))
    (found,) = ns.fixed_points(circuit, ns.Unit(), starts=30)
    assert (len(found), found.unconverged) == (0, 30)
    assert len(counted) < 1500 + 30 * 60  # less than one attempt, and a line search per start
    # The same loop with the bias -1 runs away from above 1, which Newton's method finds, and falls silent from below.
    (found,) = ns.fixed_points(circuit.with_bias(p=-1.0), ns.Unit(), starts=30, ceiling=3.0)
    assert sorted(state.rates["p"][0] for state in found) == pytest.approx([0.0, 1.0])
    assert found.unconverged == 0
    # Large activity is no reason to give up: r = 1e9 + 0.999 r.
    slow = circuit.with_weights(loop=[[0.999]]).with_bias(p=1e9)
    assert ns.fixed_points(slow, ns.Unit(), starts=3)[0][0].rates["p"][0] == pytest.approx(1e12, rel=1e-6)
    run = ns.simulate(circuit, ns.Unit())
    assert not run.converged.any()


def test_starts_that_lead_nowhere_take_bounded_work(monkeypatch):
    # A unit that switches itself off has no steady state.
    from neurosim.engines import static

    loop = ns.Projection("loop", "p", "p", [[-2.0]], sign=None)
    circuit = ns.Circuit(populations=[ns.Population("p", 1, bias=1.0)], projections=[loop])
    counted, plain = [], static._Problem.activity
    monkeypatch.setattr(static._Problem, "activity", lambda *args: counted.append(1) or plain(*args))
    (found,) = ns.fixed_points(circuit, ns.Unit(activation=ns.activations.Step()), starts=5)
    assert (len(found), found.unconverged) == (0, 5)
    # 300 iterations of a step of 0.2, twice and four times as many of its half and quarter, and some line searches.
    assert len(counted) < 7 * 1500 + 15 * 30 * 20


def test_the_jacobians_of_many_starts_are_counted_before_they_are_made():
    population = ns.Population("p", 1000)
    circuit = ns.Circuit(populations=[population], projections=[ns.lateral(population, 0.1)])
    with pytest.raises(MemoryLimitError, match="needs about 22"):  # 8 bytes of 3 arrays of 1000 x 1000 x 1000
        ns.fixed_points(circuit, ns.Unit(activation=Softmax()), starts=1000)


def test_trials_are_searched_one_by_one():
    circuit = ns.Circuit(
        [ns.Input("x", 2)],
        [ns.Population("p", 2)],
        [ns.Projection("f", "x", "p", np.eye(2), tau=0.0), ns.winner_take_all(P, 1.5)],
    )
    both, one, none = ns.fixed_points(circuit, ns.Unit(), constant([[1, 0.9], [1, 0.5], [-1, -1]], input="x"))
    assert [len(both), len(one), len(none)] == [2, 1, 1]
    np.testing.assert_allclose(one[0].rates["p"], [1, 0], atol=1e-9)
    np.testing.assert_array_equal(none[0].rates["p"], [0, 0])
    # From small beginnings the stronger one wins: its lead grows by 0.1 per time constant, as large as any start.
    (small,) = ns.fixed_points(circuit, ns.Unit(), constant([[1, 0.9]], input="x"), ceiling=0.02)
    assert [state.reached for state in small] == [20]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"starts": 0}, "starts: got 0, expected a whole number >= 1"),
        ({"ceiling": 0.0}, "ceiling: got 0 Hz, expected > 0 Hz"),
        ({"tolerance": 0.0}, "tolerance: got 0, expected > 0"),
    ],
)
def test_a_bad_search_is_refused(arguments, message):
    with pytest.raises(ParameterError, match=message):
        ns.fixed_points(RIVALS, ns.Unit(), **arguments)
    with pytest.raises(DimensionError, match="got LIF, expected a static or rate cell"):
        ns.fixed_points(RIVALS, ns.LIF())


@pytest.mark.parametrize("stimuli", [5, constant([[1.0, 1.0]], input="x")])
def test_a_sweep_of_one_thing_is_refused(stimuli):
    with pytest.raises(DimensionError, match=r"sweep: stimuli: got (5|Stimulus.*), expected several stimuli"):
        ns.sweep(RIVALS, ns.Unit(), stimuli)


def test_the_promise_of_one_state_needs_a_circuit_and_cells():
    with pytest.raises(DimensionError, match="check_unique: circuit: got 'circuit', expected a Circuit"):
        ns.check_unique("circuit", ns.Unit())
    for cells in ("lif", {"p": "lif"}):
        with pytest.raises(DimensionError, match=r"check_unique: cells.*: got 'lif', expected a cell such as ns.Unit"):
            ns.check_unique(RIVALS, cells)


def test_a_sweep_carries_the_state_and_keeps_it_over_a_trial_without_one():
    circuit = ns.Circuit(
        [ns.Input("x", 2)],
        [ns.Population("p", 2)],
        [ns.Projection("f", "x", "p", np.eye(2), tau=0.0), ns.winner_take_all(P, 1.5)],
    )
    drives = [[1.0, 0.2], [1.0, 1.4], [1.0, 1.6], [1.4, 1.0], [1.6, 1.0]]
    runs = ns.sweep(circuit, ns.Unit(), [constant([drive], input="x") for drive in drives])
    assert [int(run.rates["p"][0].argmax()) for run in runs] == [0, 0, 1, 1, 0]
    with pytest.raises(ParameterError, match="got 2 trials"):
        ns.sweep(circuit, ns.Unit(), [constant([[1.0, 0.2]], input="x"), constant(np.ones((2, 2)), input="x")])
    # Excitation without a fixed point in the second trial: what was known before is where the third begins.
    loop = ns.Projection("loop", "p", "p", [[2.0]])
    runaway = ns.Circuit(
        [ns.Input("x", 1)], [ns.Population("p", 1)], [ns.Projection("f", "x", "p", [[1.0]], tau=0.0), loop]
    )
    weak = Static(attempts=1, iterations=20)
    runs = ns.sweep(runaway, ns.Unit(), [constant([[x]], input="x") for x in (-1.0, 1.0, -1.0)], engine=weak)
    assert [bool(run.converged[0]) for run in runs] == [True, False, True]
    assert np.isnan(runs[1].rates["p"]).all()
    assert runs[2].rates["p"][0, 0] == 0.0


def test_the_promise_of_one_state_is_a_number_and_a_warning_above_one():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ns.check_unique(ns.Circuit(populations=[P], projections=[ns.lateral(P, 0.9)]), ns.Unit()) == (
            pytest.approx(0.9)
        )
    with pytest.warns(SeveralStatesWarning, match=r"the loop gain is 1\.5, and only below 1"):
        assert ns.check_unique(RIVALS, ns.Unit()) == pytest.approx(1.5)
    steep = ns.LeakyRate(activation=ns.ReLU(gain=40.0))
    with pytest.warns(SeveralStatesWarning):
        assert ns.check_unique(RIVALS, {"p": steep}) == pytest.approx(60.0)
    weak = ns.Circuit(populations=[P], projections=[ns.lateral(P, 0.5)])
    # The eigenvalues of softmax's Jacobian are at most 1/(2 temperature).
    assert ns.check_unique(weak, ns.Unit(activation=Softmax())) == pytest.approx(0.25, rel=1e-12)
    with pytest.raises(ParameterError, match="check_unique: cells: got none for population 'p', expected one"):
        ns.check_unique(weak, {})
    with pytest.raises(ParameterError, match="check_unique: cells: expected a transfer function for 'p'"):
        ns.check_unique(weak, ns.cells.HodgkinHuxley())


def test_growth_of_a_linear_loop_is_its_eigenvalue():
    rng = np.random.default_rng(2)
    weights = rng.standard_normal((4, 4)) / 4
    population = ns.Population("p", 4, bias=5.0)
    circuit = ns.Circuit(populations=[population], projections=[ns.Projection("w", "p", "p", weights, sign=None)])
    matrix = feedback_matrix(circuit, {"p": ns.Unit(activation=ns.ReLU(gain=2.0))}, {"p": np.full(4, 3.0)})
    np.testing.assert_allclose(matrix, 2 * weights)
    # Eigenvalues as the roots of the characteristic polynomial, by another route.
    assert growth(matrix) == pytest.approx(np.roots(np.poly(2 * weights)).real.max() - 1, rel=1e-9)
    np.testing.assert_array_equal(circuit.recurrent_weights(), weights)

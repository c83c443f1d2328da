"""Where a run starts, and how it goes on from where another one stopped."""

import numpy as np
import pytest

import neurosim as ns
from neurosim import cells, plasticity
from neurosim.engines import Brian, Compiled
from neurosim.engines.rate import Rate
from neurosim.final_state import FinalState
from neurosim.params import DimensionError, ParameterError
from neurosim.registry import UnknownNameError
from neurosim.simulate import RefusedError
from neurosim.stimuli import stimulus

DT = 1e-4
RATES = np.linspace(20, 90, 8).reshape(2, 4)
FRAMES = np.linspace(5, 95, 2 * 10 * 4).reshape(2, 10, 4)


def network(tau=5e-3):
    """Two populations with delays of different lengths, one of them onto the membrane itself."""
    rng = np.random.default_rng(1)
    return ns.Circuit(
        {"x": 4},
        [ns.Population("p", 6, np.linspace(0.4, 1.3, 6)), ns.Population("q", 3, 0.5)],
        [
            ns.Projection("into", "x", "p", rng.uniform(0, 0.02, (6, 4)), tau=tau, delay=1e-3),
            ns.Projection("fast", "x", "q", rng.uniform(0, 2e-3, (3, 4)), tau=0.0),
            ns.Projection("back", "p", "p", rng.uniform(0, 6e-3, (6, 6)), sign=-1, tau=0.0, delay=1.5e-3),
            ns.Projection("on", "p", "q", rng.uniform(0, 0.02, (3, 6)), tau=3e-3, delay=3e-3),
        ],
    )


def run(cell, shown, duration, engine, circuit=None, **named):
    schedule = ns.Schedule(duration=duration, settle=0.0, dt=DT)
    record = named.pop("record", ("v", "spikes"))
    return ns.simulate(circuit or network(), cell, shown, schedule, engine=engine, record=record, **named)


def assert_one_run(whole, *parts):
    """The parts are the whole: every spike, every bit of v, the times and what is left behind."""
    for name, traces in whole.traces.items():
        for variable, values in traces.values.items():
            together = np.concatenate([part.traces[name].values[variable] for part in parts])
            np.testing.assert_array_equal(together, values)
        np.testing.assert_array_equal(np.concatenate([part.traces[name].times for part in parts]), traces.times)
    for name, spikes in whole.spikes.items():
        every = [np.concatenate([getattr(part.spikes[name], field) for part in parts])
                 for field in ("trials", "times", "units")]  # fmt: skip
        order = np.lexsort(every[::-1])
        for found, field in zip(every, ("trials", "times", "units"), strict=True):
            np.testing.assert_array_equal(found[order], getattr(spikes, field))
    for name, part in whole.final_state.items():
        for variable, values in part.items():
            np.testing.assert_array_equal(parts[-1].final_state[name][variable], values)


SHOWN = {
    "poisson": stimulus.poisson(RATES, "x"),
    "regular": stimulus.regular(RATES, "x"),
    "counts": stimulus.counts(5 * RATES, "x"),
    "constant": stimulus.constant(RATES, "x"),
    "movie of spikes": stimulus.movie(FRAMES, 20e-3, "poisson", "x"),
    "movie": stimulus.movie(FRAMES, 20e-3, "constant", "x"),
}
CELLS = {
    "LIF": cells.LIF(),
    "noisy LIF": cells.LIF(sigma_stat=0.3),
    "AdaptiveLIF": cells.AdaptiveLIF(),
    "PerfectIF": cells.PerfectIF(t_ref=0.0),
    "HomeostaticLIF": cells.HomeostaticLIF(theta_plus=0.05, tau_theta=0.1),
}


@pytest.mark.parametrize("cut", [0.0733, 2e-3])
@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("cell", CELLS)
def test_a_run_in_two_parts_is_one_run(cell, shown, cut):
    if cell == "HomeostaticLIF" and shown == "counts":
        pytest.skip("counts do not reach what learns")
    whole = run(CELLS[cell], SHOWN[shown], 0.15, "compiled")
    first = run(CELLS[cell], SHOWN[shown], cut, "compiled")
    second = run(CELLS[cell], SHOWN[shown], 0.15 - cut, "compiled", initial=first.final_state)
    assert len(whole.spikes["p"]) > 30
    assert_one_run(whole, first, second)


ON_BRIAN = [("LIF", "poisson"), ("LIF", "counts"), ("LIF", "movie of spikes"), ("LIF", "movie"),
            ("AdaptiveLIF", "regular"), ("HomeostaticLIF", "movie of spikes")]  # fmt: skip
"""Every kind of input and every kind of cell; the compiled engine, whose bits are Brian2's, tries all the pairs."""


@pytest.mark.parametrize(("cell", "shown"), ON_BRIAN)
def test_brian_goes_on_too(cell, shown):
    whole = run(CELLS[cell], SHOWN[shown], 0.1, "brian")
    first = run(CELLS[cell], SHOWN[shown], 0.0417, "brian")
    second = run(CELLS[cell], SHOWN[shown], 0.1 - 0.0417, "brian", initial=first.final_state)
    assert len(whole.spikes["p"]) > 20
    assert_one_run(whole, first, second)


@pytest.mark.parametrize("cell", [cells.ConductanceLIF(), cells.ExpIF(), cells.Izhikevich(), cells.HodgkinHuxley()],
                         ids=lambda cell: type(cell).__name__)  # fmt: skip
def test_cells_that_only_brian_knows_go_on(cell):
    circuit = ns.Circuit({"x": 1}, [ns.Population("p", 2, [1.5, 3.0])],
                         [ns.Projection("f", "x", "p", [[0.004], [0.0]], tau=4e-3, delay=2e-3)])  # fmt: skip
    shown = stimulus.regular([[120.0]], "x")
    whole = run(cell, shown, 0.06, "brian", circuit)
    first = run(cell, shown, 0.0311, "brian", circuit)
    assert_one_run(whole, first, run(cell, shown, 0.06 - 0.0311, "brian", circuit, initial=first.final_state))


def test_an_engine_goes_on_from_where_the_other_stopped():
    whole = run(cells.LIF(), SHOWN["regular"], 0.1, "compiled")
    first = run(cells.LIF(), SHOWN["regular"], 0.05, "brian")
    assert_one_run(whole, first, run(cells.LIF(), SHOWN["regular"], 0.05, "compiled", initial=first.final_state))
    first = run(cells.LIF(), SHOWN["regular"], 0.05, "compiled")
    assert_one_run(whole, first, run(cells.LIF(), SHOWN["regular"], 0.05, "brian", initial=first.final_state))


@pytest.mark.parametrize(("engine", "pairing"), [("compiled", "all"), ("compiled", "nearest"), ("brian", "nearest")])
def test_what_learns_goes_on(engine, pairing):
    rule = plasticity.STDP(w_max=0.02, pairing=pairing, any_step=True)
    circuit = ns.Circuit(
        {"x": 5}, [ns.Population("p", 3, 0.6)],
        [ns.Projection("f", "x", "p", np.linspace(0.002, 0.015, 15).reshape(3, 5), tau=5e-3, delay=2e-3, rule=rule)],
    )  # fmt: skip
    shown = stimulus.regular([[30.0, 45.0, 60.0, 75.0, 90.0]], "x")
    whole = run(cells.LIF(), shown, 0.3, engine, circuit)
    first = run(cells.LIF(), shown, 0.1337, engine, circuit)
    second = run(cells.LIF(), shown, 0.3 - 0.1337, engine, circuit, initial=first.final_state)
    assert_one_run(whole, first, second)
    assert np.abs(whole.weights["f"] - circuit.projection("f").weights).max() > 1e-5
    np.testing.assert_array_equal(second.weights["f"], whole.weights["f"])
    for variable, values in whole.final_state.synapses["f"].items():
        np.testing.assert_array_equal(second.final_state.synapses["f"][variable], values)


def test_units_that_were_repeated_and_not_stepped_go_on():
    circuit = ns.Circuit(populations=[ns.Population("p", 5, np.linspace(0.8, 2.5, 5))])
    whole = run(cells.LIF(), None, 0.2, "compiled", circuit, record=("spikes",))
    first = run(cells.LIF(), None, 0.0777, "compiled", circuit, record=("spikes",))
    assert_one_run(
        whole, first,
        run(cells.LIF(), None, 0.2 - 0.0777, "compiled", circuit, record=("spikes",), initial=first.final_state),
    )  # fmt: skip


@pytest.mark.parametrize("engine", ["compiled", "brian"])
def test_a_second_of_poisson_input_in_two_parts_is_one_run(engine):
    """Across the pieces in which input is drawn, with a population as the input of another one."""
    shown = ns.Stimulus(
        {"x": RATES, "y": np.array([[3.0], [5.0]])}, encoding={"x": "poisson", "y": "constant"}
    )  # fmt: skip
    circuit = network()
    feed = ns.Projection("drive", "y", "q", np.full((3, 1), 0.2), tau=0.0)
    circuit = ns.Circuit({"x": 4, "y": 1}, circuit.populations, [*circuit.projections, feed])
    length = 1.0 if engine == "compiled" else 0.3  # Brian2 takes 60 times as long
    whole = run(cells.LIF(), shown, length, engine, circuit, seed=4)
    first = run(cells.LIF(), shown, 0.4 * length, engine, circuit, seed=4)
    second = run(cells.LIF(), shown, 0.6 * length, engine, circuit, seed=4, initial=first.final_state)
    assert len(whole.spikes["q"]) > 50 * length
    assert_one_run(whole, first, second)
    third = [run(cells.LIF(), shown, 0.1, engine, circuit, seed=4, initial=second.final_state) for _ in range(2)]
    assert_one_run(*third)
    assert third[0].spikes["q"].times.min() > length - DT / 2


def test_rates_count_in_the_window_of_the_second_run():
    # The interval of a LIF cell at drive 1.5 is t_ref + tau ln 3 on the grid.
    circuit = ns.Circuit(populations=[ns.Population("p", 1, 1.5)])
    first = ns.simulate(circuit, cells.LIF(), duration=0.3, settle=0.0)
    schedule = ns.Schedule(duration=1.0, settle=0.5)
    second = ns.simulate(circuit, cells.LIF(), schedule=schedule, initial=first.final_state, record="spikes")
    inside = (second.spikes["p"].times >= 0.8 - DT / 2) & (second.spikes["p"].times < 1.3)
    assert second.rates["p"][0, 0] == inside.sum() / 0.5
    assert second.rates["p"][0, 0] == pytest.approx(1 / (2e-3 + 20e-3 * np.log(3)), abs=2)


def test_rate_cells_go_on_bit_for_bit_where_they_step():
    for shown in ("poisson", "regular", "movie of spikes", "movie", "constant"):
        whole = run(cells.LeakyRate(), SHOWN[shown], 0.1, Rate(fixed_step=True), record=("rate", "drive"))
        first = run(cells.LeakyRate(), SHOWN[shown], 0.0417, Rate(fixed_step=True), record=("rate", "drive"))
        second = run(cells.LeakyRate(), SHOWN[shown], 0.1 - 0.0417, Rate(fixed_step=True), record=("rate", "drive"),
                     initial=first.final_state)  # fmt: skip
        assert_one_run(whole, first, second)


def test_rate_cells_go_on_to_the_tolerances_where_they_do_not():
    circuit = ns.Circuit(populations=[ns.Population("p", 2, [3.0, 1.0])],
                         projections=[ns.Projection("r", "p", "p", [[0.0, 0.5], [0.2, 0.0]], tau=8e-3)])  # fmt: skip
    kinds = {"schedule": ns.Schedule(duration=0.1, settle=0.0), "engine": Rate()}
    whole = ns.simulate(circuit, ns.LeakyRate(), schedule=ns.Schedule(duration=0.2, settle=0.0), engine=Rate())
    first = ns.simulate(circuit, ns.LeakyRate(), **kinds)
    second = ns.simulate(circuit, ns.LeakyRate(), initial=first.final_state, **kinds)
    np.testing.assert_allclose(second.final_state["p"]["rate"], whole.final_state["p"]["rate"], rtol=1e-5)


def test_start_potentials_decide_the_first_spike():
    # v(t) = b + (v0 - b) exp(-t/tau) passes 1 at tau ln((b - v0)/(b - 1)), in the step that begins before it.
    circuit = ns.Circuit(populations=[ns.Population("p", 3, 2.0)])
    start = np.array([[0.0, 0.5, 0.9], [-1.0, 0.0, 0.25]])
    for engine in ("compiled", "brian"):
        found = ns.simulate(circuit, cells.LIF(), duration=0.05, engine=engine, record="spikes", initial={"p": start})
        for trial in range(2):
            mine = found.spikes["p"].of_trial(trial)
            for unit in range(3):
                due = 20e-3 * np.log(2 - start[trial, unit])
                assert mine.times[mine.units == unit][0] == pytest.approx(due, abs=DT)


@pytest.mark.parametrize("engine", ["compiled", "brian"])
def test_last_spikes_and_synapses_can_be_given(engine):
    circuit = ns.Circuit(
        {"x": 1}, [ns.Population("p", 2, 1.5)], [ns.Projection("f", "x", "p", [[0.1], [0.1]], tau=5e-3)]
    )
    start = {"p": {"v": [0.3, 0.3], "last_spike": [-1e-3, -1.0], "s": [0.0, 0.4]}}
    shown = stimulus.regular([[0.0]], "x")
    found = run(cells.LIF(), shown, 5e-3, engine, circuit, initial=start).traces["p"].values["v"][:, 0]
    # Spiked 1 ms ago: still for another one. Then the closed form of either unit.
    assert np.all(found[:11, 0] == 0.3)
    assert found[11, 0] > 0.3
    t = 40 * DT
    alone = 1.5 - 1.2 * np.exp(-(t - 1e-3) / 20e-3)
    assert found[40, 0] == pytest.approx(alone, abs=1e-12)
    synapse = 0.4 * 5e-3 / (5e-3 - 20e-3) * (np.exp(-t / 5e-3) - np.exp(-t / 20e-3))
    assert found[40, 1] == pytest.approx(1.5 - 1.2 * np.exp(-t / 20e-3) + synapse, abs=1e-12)


def test_different_start_potentials_part_equal_cells():
    circuit = ns.Circuit(populations=[ns.Population("p", 100, 1.5)])
    together = ns.simulate(circuit, cells.LIF(), duration=0.5, record="spikes")
    start = {"p": np.linspace(0, 0.99, 100)}
    apart = ns.simulate(circuit, cells.LIF(), duration=0.5, record="spikes", initial=start)
    assert len(np.unique(together.spikes["p"].times)) == 21
    assert len(np.unique(apart.spikes["p"].times)) > 1000


def test_a_rewound_state_begins_at_time_0():
    first = run(cells.LIF(), SHOWN["movie"], 0.05, "compiled")
    again = run(cells.LIF(), SHOWN["movie"], 0.05, "compiled", initial=first.final_state.rewound())
    assert again.traces["p"].times[0] == 0.0
    np.testing.assert_array_equal(again.traces["p"].values["v"][0], first.final_state["p"]["v"])
    assert first.final_state.time == pytest.approx(0.05)
    assert first.final_state.rewound().time == 0.0


def test_noise_on_brian_is_refused_with_the_way_out():
    circuit = ns.Circuit(populations=[ns.Population("p", 1, 1.5)])
    state = run(cells.LIF(sigma_stat=0.1), None, 0.01, "brian", circuit).final_state
    with pytest.raises(RefusedError, match="cannot go on where a run stopped; take the compiled engine, or final_st"):
        run(cells.LIF(sigma_stat=0.1), None, 0.01, "brian", circuit, initial=state)
    run(cells.LIF(sigma_stat=0.1), None, 0.01, "brian", circuit, initial=state.rewound())


def test_standalone_says_that_it_begins_at_0():
    state = run(cells.LIF(), SHOWN["constant"], 0.01, "compiled").final_state
    with pytest.raises(RefusedError, match="the target standalone"):
        run(cells.LIF(), SHOWN["constant"], 0.01, Brian(target="standalone"), initial=state)


BAD = {
    "name": ({"z": [0.0]}, UnknownNameError, "population"),
    "variable": ({"p": {"w": np.zeros(6)}}, UnknownNameError, "state variable of the LIF cells of 'p'"),
    "shape": ({"p": np.zeros(5)}, ParameterError, r"got shape \(5,\), expected \(6,\) or \(trials, 6\)"),
    "future": ({"p": {"last_spike": np.full(6, 1e-3)}}, ParameterError, "expected times at or before 0 s"),
    "trials": ({"p": np.zeros((3, 6))}, ParameterError, "got 3 trials, expected 2"),
    "number": ({"p": [np.nan] * 6}, ParameterError, "expected finite numbers"),
    "kind": (3, DimensionError, "expected arrays by population name, or the final_state"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_starts_are_named(case):
    given, error, message = BAD[case]
    with pytest.raises(error, match=message):
        run(cells.LIF(), SHOWN["regular"], 0.01, "compiled", initial=given)


def test_the_state_of_something_else_is_refused():
    state = run(cells.LIF(), SHOWN["regular"], 0.01, "compiled").final_state
    with pytest.raises(ParameterError, match="final state of spiking cells, expected that of rate cells"):
        run(ns.LeakyRate(), SHOWN["regular"], 0.01, "rate", record=(), initial=state)
    with pytest.raises(ParameterError, match=r"variables .* it is the state of another circuit, other cells"):
        run(cells.AdaptiveLIF(), SHOWN["regular"], 0.01, "compiled", initial=state)
    with pytest.raises(ParameterError, match="a state of 2 trials, expected 1"):
        run(cells.LIF(), SHOWN["regular"].select([0]), 0.01, "compiled", initial=state)
    with pytest.raises(ParameterError, match=r"steps of 0.0001 s, expected dt = 5e-05 s; take state.rewound\(\)"):
        ns.simulate(network(), cells.LIF(), SHOWN["regular"], duration=0.01, dt=5e-5, initial=state)
    state = run(cells.LIF(), SHOWN["movie"], 0.15, "compiled").final_state
    with pytest.raises(ParameterError, match=r"the movie lasts 0\.2 s, expected at least the duration"):
        run(cells.LIF(), SHOWN["movie"], 0.1, "compiled", initial=state)


def test_the_final_state_says_what_it_holds():
    state = run(cells.LIF(), SHOWN["regular"], 0.01, Compiled()).final_state
    assert isinstance(state, FinalState)
    assert "2 trials at 0.01 s; p: v, s, last_spike" in repr(state)
    with pytest.raises(UnknownNameError):
        state["z"]


@pytest.mark.parametrize("engine", ["compiled", "brian"])
def test_cells_of_their_own_and_a_delay_per_connection_go_on(engine):
    rng = np.random.default_rng(7)
    late, delays = rng.integers(1, 60, (5, 4)) * DT, rng.integers(0, 40, (5, 5)) * DT
    circuit = ns.Circuit(
        {"x": 4}, [ns.Population("p", 5, 0.6)],
        [ns.Projection("into", "x", "p", rng.uniform(0, 0.02, (5, 4)), tau=5e-3, delay=late),
         ns.Projection("back", "p", "p", rng.uniform(0, 6e-3, (5, 5)), sign=-1, tau=3e-3, delay=delays)],
    )  # fmt: skip
    cell = cells.LIF(tau_m=np.linspace(0.01, 0.03, 5), t_ref=[0.0, 1e-3, 2e-3, 3e-3, 5e-3])
    whole = run(cell, SHOWN["poisson"], 0.15, engine, circuit)
    first = run(cell, SHOWN["poisson"], 0.0733, engine, circuit)
    second = run(cell, SHOWN["poisson"], 0.15 - 0.0733, engine, circuit, initial=first.final_state)
    assert len(whole.spikes["p"]) > 30
    assert_one_run(whole, first, second)

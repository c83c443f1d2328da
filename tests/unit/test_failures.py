"""What is not finite, or beyond all bounds, is never a result: every engine says which unit, and keeps the others."""

import numpy as np
import pytest

import neurosim as ns
from neurosim import cells, plasticity
from neurosim.engines import Brian, Compiled
from neurosim.engines.brian.device import has_compiler
from neurosim.engines.rate import Rate
from neurosim.failures import LARGEST_RATE, Failure, first_failure, first_of_each
from neurosim.learning import DivergedError
from neurosim.params import ParameterError
from neurosim.stimuli import stimulus

SHORT = ns.Schedule(duration=0.05, settle=0.01)

PAIR = ns.Circuit(
    {"x": 2}, [ns.Population("p", 3, [0.5, 1.5, 0.0])],
    [ns.Projection("f", "x", "p", [[0.0, 0.0], [0.0, 0.0], [1e307, -1e307]], sign=None, tau=0.0)],
)  # fmt: skip
"""Unit 2 gets inf - inf, or 0 times 1e307 where nothing comes in."""


def assert_named(recording, *, trial, population="p", unit, by=None):
    """One trial is marked and named, with NaN for its rates; the others are as they were."""
    assert recording.converged.tolist() == [k != trial for k in range(recording.trials)]
    (failure,) = recording.failures
    assert (failure.trial, failure.population, failure.unit) == (trial, population, unit)
    if by is not None:
        assert 0 <= failure.time <= by + 1e-12
    for rates in recording.rates.values():
        assert np.isnan(rates[trial]).all()
        assert np.isfinite(np.delete(rates, trial, axis=0)).all()
    with pytest.raises(ParameterError, match=f"1 of {recording.trials} trials did not .*unit {unit} of {population!r}"):
        recording.checked_rates(population)


ENGINES = [Compiled(), Compiled(precision="float32"), Compiled(threads=1), Brian(target="numpy")]


@pytest.mark.parametrize("engine", ENGINES, ids=["compiled", "float32", "one thread", "brian"])
def test_a_state_that_explodes_is_named_and_the_others_are_kept(engine):
    shown = stimulus.regular([[0.0, 0.0], [400.0, 400.0], [0.0, 0.0]], "x")
    weights = PAIR.projection("f").weights * (1e-270 if engine.as_dict().get("precision") == "float32" else 1.0)
    circuit = PAIR.with_weights(f=weights)
    found = ns.simulate(circuit, cells.LIF(), shown, SHORT, engine=engine)
    assert_named(found, trial=1, unit=2, by=0.05)
    assert found.failures[0].variable == "v"
    alone = ns.simulate(circuit, cells.LIF(), shown.select([0, 2]), SHORT, engine=engine)
    np.testing.assert_array_equal(found.rates["p"][[0, 2]], alone.rates["p"])


@pytest.mark.long
@pytest.mark.skipif(not has_compiler(), reason="needs a C compiler")
def test_a_program_of_its_own_says_so_too():
    circuit = ns.Circuit({"x": 1}, [ns.Population("p", 2)], [ns.Projection("f", "x", "p", [[0.0], [-1.0]], sign=None)])
    found = ns.simulate(
        circuit, cells.LIF(), stimulus.constant([[1.0], [1e9]], "x"), SHORT, engine=Brian(target="standalone")
    )
    assert_named(found, trial=1, unit=1, by=0.05)


def test_the_time_is_that_of_the_stretch_in_which_it_happened():
    # Drives of -1e9 from 0.25 s on; v passes -1e6 within 20 us of it. The engine looks every 0.1 s.
    frames = np.zeros((1, 2, 1))
    frames[0, 1] = 1e9
    circuit = ns.Circuit({"x": 1}, [ns.Population("p", 1)], [ns.Projection("f", "x", "p", [[1.0]], sign=-1)])
    shown = stimulus.movie(frames, 0.25, "constant", "x")
    found = ns.simulate(circuit, cells.LIF(), shown, ns.Schedule(duration=0.5, settle=0.1), engine="brian")
    assert 0.25 < found.failures[0].time <= 0.3 + 1e-9


def test_many_trials_in_one_call_are_looked_at_one_by_one():
    rates = np.zeros((40, 1))
    rates[[7, 23]] = 1e9
    circuit = ns.Circuit({"x": 1}, [ns.Population("p", 2)],
                         [ns.Projection("f", "x", "p", [[0.0], [1.0]], sign=-1)])  # fmt: skip
    found = ns.simulate(circuit, cells.LIF(), stimulus.constant(rates, "x"), SHORT, engine=Compiled(shortcut=False))
    assert [(f.trial, f.unit) for f in found.failures] == [(7, 1), (23, 1)]
    assert np.flatnonzero(~found.converged).tolist() == [7, 23]


@pytest.mark.parametrize(("cell", "bias", "variable"), [
    (cells.HodgkinHuxley(), -1000.0, "v"), (cells.Izhikevich(), -5000.0, "rate (Hz)"), (cells.LIF(), -1e8, "v"),
    (cells.AdaptiveLIF(), -1e8, "v"), (cells.ExpIF(), -1e9, "v"),
], ids=lambda case: type(case).__name__)  # fmt: skip
def test_an_absurd_drive_is_no_result(cell, bias, variable):
    circuit = ns.Circuit(populations=[ns.Population("p", 3, [0.0, bias, 0.5])])
    found = ns.simulate(circuit, cell, schedule=ns.Schedule(duration=0.1, settle=0.0))
    assert not found.converged[0]
    assert np.isnan(found.rates["p"]).all()
    assert (found.failures[0].unit, found.failures[0].variable) == (1, variable)


def test_cells_that_fire_in_every_step_they_may_are_right():
    # Linear equations are solved exactly however strong the drive: 1/t_ref, and 1/dt without a refractory period.
    circuit = ns.Circuit(populations=[ns.Population("p", 1, 1e4)])
    for cell, rate in ((cells.LIF(), 500.0), (cells.LIF(t_ref=0.0), 1e4)):
        assert ns.simulate(circuit, cell, duration=0.1, settle=0.0).checked_rates("p") == pytest.approx(rate)


def test_one_trial_that_runs_away_leaves_the_others_on_the_rate_rung():
    # dr/dt = (2 r - r)/tau + bias: a loop gain of 2 runs away from 1, and stays at 0.
    circuit = ns.Circuit({"x": 2}, [ns.Population("p", 2)], [
        ns.Projection("f", "x", "p", np.eye(2), sign=None), ns.Projection("r", "p", "p", [[0.0, 2.0], [2.0, 0.0]]),
    ])  # fmt: skip
    shown = stimulus.constant([[-1.0, -2.0], [1.0, 0.5], [0.0, 0.0], [2.0, 2.0], [-5.0, -5.0]], "x")
    schedule = ns.Schedule(duration=1.0, settle=0.5)
    for engine in (Rate(), Rate(fixed_step=True)):
        found = ns.simulate(circuit, ns.LeakyRate(), shown, schedule, engine=engine)
        assert found.converged.tolist() == [True, False, True, False, True]
        assert [failure.trial for failure in found.failures] == [1, 3]
        assert all(0 < failure.time <= 1.0 for failure in found.failures)
        np.testing.assert_array_equal(found.rates["p"][[0, 2, 4]], 0.0)
        assert np.isnan(found.rates["p"][[1, 3]]).all()


def test_the_others_are_integrated_as_if_alone():
    circuit = ns.Circuit({"x": 1}, [ns.Population("p", 1)], [
        ns.Projection("f", "x", "p", [[1.0]]), ns.Projection("r", "p", "p", [[1.5]], tau=2e-3),
    ])  # fmt: skip
    cell = ns.LeakyRate(tau=10e-3)
    mixed = stimulus.constant([[1.0], [0.0]], "x")
    found = ns.simulate(circuit, cell, mixed, duration=1.0, settle=0.2, initial={"p": [[0.0], [0.0]]})
    assert found.converged.tolist() == [False, True]
    assert found.rates["p"][1, 0] == 0.0
    # A trial that settles, beside one that runs away: 10 Hz decays with the rate (1 - g)/tau on its own.
    lone = ns.Circuit({"x": 1}, [ns.Population("p", 1), ns.Population("q", 1)], [
        ns.Projection("f", "x", "p", [[1.0]]), ns.Projection("r", "p", "p", [[2.0]]),
        ns.Projection("g", "x", "q", [[-1.0]], sign=None),
    ])  # fmt: skip
    start = {"q": [[10.0], [10.0]], "p": [[0.0], [1.0]]}
    schedule = ns.Schedule(duration=0.5, settle=0.0)
    both = ns.simulate(lone, ns.LeakyRate(tau=20e-3), stimulus.constant([[0.0], [1.0]], "x"), schedule, initial=start)
    assert both.converged.tolist() == [True, False]
    assert both.final_state["q"]["rate"][0, 0] == pytest.approx(10 * np.exp(-25), abs=1e-5)


def test_a_slope_that_is_not_finite_takes_one_trial_alone():
    circuit = ns.Circuit({"x": 1}, [ns.Population("p", 1)], [ns.Projection("f", "x", "p", [[1e300]])])
    found = ns.simulate(circuit, ns.LeakyRate(activation=ns.ReLU(gain=1e10)), stimulus.constant([[0.0], [1.0]], "x"))
    assert_named(found, trial=1, unit=0)


def test_static_units_that_overflow_are_named():
    circuit = ns.Circuit({"x": 1}, [ns.Population("p", 2), ns.Population("q", 1)], [
        ns.Projection("f", "x", "p", [[0.0], [1e300]]), ns.Projection("g", "p", "q", [[0.0, 1e300]]),
    ])  # fmt: skip
    found = ns.simulate(circuit, ns.Unit(), stimulus.constant([[0.0], [1.0], [0.0]], "x"))
    assert_named(found, trial=1, population="q", unit=0)
    assert "unit 0 of 'q' is inf" in str(found.failures[0])
    assert " by " not in str(found.failures[0])


def test_learning_stops_with_a_name():
    rule = plasticity.STDP(w_max=0.02)
    circuit = ns.Circuit({"x": 1}, [ns.Population("p", 2, [0.0, -1e9])],
                         [ns.Projection("f", "x", "p", [[0.01], [0.01]], rule=rule)])  # fmt: skip
    for engine in ("compiled", "brian"):
        with pytest.raises(DivergedError, match=r"batch 1 .*v of unit 1 of 'p' is -.*\.learning holds") as caught:
            ns.learn(circuit, cells.LIF(), stimulus.poisson([[20.0]], "x"), SHORT, engine=engine)
        assert caught.value.learning.batches == 0


def test_learning_from_rates_names_the_unit():
    circuit = ns.Circuit({"x": 1}, [ns.Population("p", 1)], [
        ns.Projection("f", "x", "p", [[1.0]], rule=plasticity.Hebb()), ns.Projection("r", "p", "p", [[3.0]]),
    ])  # fmt: skip
    with pytest.raises(ParameterError, match=r"no trial of batch 1 .*unit 0 of 'p'"):
        ns.learn(circuit, ns.LeakyRate(), stimulus.constant([[1.0]], "x"), ns.Schedule(duration=1.0))


def test_the_first_of_each_trial_is_kept():
    late, early = Failure(0, "p", "v", 3, 0.2, np.nan), Failure(0, "p", "v", 4, 0.1, np.inf)
    assert first_of_each([late, early, Failure(2, "q", "s", 0, 0.3, np.nan)])[0] is early
    (found,) = first_failure(
        np.array([[0.0, LARGEST_RATE], [0.0, -2 * LARGEST_RATE]]), LARGEST_RATE, [5, 6], "p", "r", 1.0
    )
    assert (found.trial, found.unit, found.value) == (6, 1, -2 * LARGEST_RATE)
    assert str(found) == "trial 6: r of unit 1 of 'p' is -2e+06, beyond 1e+06 by 1 s"

"""What every engine must do: one small scenario, and the same circuit on its own rung."""

import functools
import pickle
import random
from typing import Any, NamedTuple

import numpy as np

from neurosim.cells.base import Cell
from neurosim.cells.lif import LIF
from neurosim.cells.timed_if import TimedIF
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.contracts.parameters import only_if, says
from neurosim.contracts.running import checks_of, expect, same
from neurosim.engines.base import Engine, MemoryLimitError
from neurosim.ladder import ladder
from neurosim.params import Array, ParameterError
from neurosim.recording import Recording
from neurosim.schedule import Schedule
from neurosim.simulate import RefusedError, simulate
from neurosim.stimuli.stimulus import Stimulus, constant, poisson, spikes

_RUNG = {"static": "curve", "rate": "rate", "spiking": "spiking"}


def its_docstring_says_units(engine: Engine) -> None:
    """The docstring has a section Units."""
    says(engine, "Units")


def it_has_a_name_and_a_level(engine: Engine) -> None:
    """Its name is a word, and its level static, rate or spiking."""
    expect(engine.name.isidentifier(), f"its name is {engine.name!r}")
    expect(engine.level in _RUNG, f"its level is {engine.level!r}")


def the_recording_says_who_made_it(engine: Engine) -> None:
    """Level and provenance of a recording are the engine's."""
    result = _run(engine)
    expect(result.level == engine.level, f"the recording says {result.level!r}")
    expect(result.provenance["engine"] == engine.name, f"the recording says {result.provenance['engine']!r}")


def rates_have_trials_and_units(engine: Engine) -> None:
    """Rates and drive are (trials, units), in float64."""
    result = _run(engine)
    for name, values in (("rates", result.rates["hidden"]), ("drive", result.drive["hidden"])):
        expect(values.shape == (3, 8) and values.dtype == np.float64, f"{name}: {values.shape} of {values.dtype}")


def everything_is_finite(engine: Engine) -> None:
    """Every trial converges, to finite rates at or above 0."""
    result = _run(engine)
    expect(result.converged.shape == (3,) and result.converged.all(), f"converged is {result.converged}")
    expect(np.isfinite(result.rates["hidden"]).all() and (result.rates["hidden"] >= 0).all(), "a rate is no rate")


def more_drive_gives_more_activity(engine: Engine) -> None:
    """Units that are driven harder are on the whole more active."""
    only_if(not engine.one_spike, "a single spike is no rate")
    result = _run(engine)
    weak, strong = np.argsort(result.drive["hidden"].sum(axis=0))[[0, -1]]
    mean = result.rates["hidden"].mean(axis=0)
    expect(mean[strong] > mean[weak], f"{mean[weak]:g} Hz at the weakest drive, {mean[strong]:g} Hz at the strongest")


def the_drive_is_the_sum_of_its_terms(engine: Engine) -> None:
    """The drive is bias + W r of the constant input, to rounding."""
    only_if(not engine.one_spike, "its input are single spikes")
    circuit, rates = _scenario(engine.one_spike)
    steady = simulate(
        circuit, _cell(engine), constant(rates, input="x"), _schedule(engine), engine=engine, progress=False
    )
    wanted = rates @ circuit.projection("ff").dense().T + 0.3
    np.testing.assert_allclose(steady.drive["hidden"], wanted, rtol=1e-9)


def it_repeats_itself(engine: Engine) -> None:
    """The same seed gives the same rates to the bit."""
    same(_second(engine).recording.rates["hidden"], _run(engine).rates["hidden"], "other rates the second time")


def another_seed_gives_other_spikes(engine: Engine) -> None:
    """Another seed draws other input spikes."""
    only_if(not engine.one_spike, "nothing is drawn")
    expect(not np.array_equal(_again(engine, seed=2).drive["hidden"], _run(engine).drive["hidden"]), "the same drive")


def trials_do_not_influence_each_other(engine: Engine) -> None:
    """A trial alone gives what it gives among others."""
    every, one = _run(engine).rates["hidden"], _again(engine, select=[2]).rates["hidden"]
    # Spikes are equal; the damped and the adaptive solvers share their steps between trials.
    room = 0.0 if engine.level == "spiking" else 1e-6
    np.testing.assert_allclose(one[0], every[2], rtol=room, atol=room)


def the_order_of_trials_does_not_matter(engine: Engine) -> None:
    """Trials in another order give the same rates in that order."""
    back = _again(engine, select=[2, 1, 0]).rates["hidden"]
    room = 0.0 if engine.level == "spiking" else 1e-6
    np.testing.assert_allclose(back[::-1], _run(engine).rates["hidden"], rtol=room, atol=room)


def what_it_is_given_is_not_changed(engine: Engine) -> None:
    """Circuit and stimulus are equal afterwards."""
    expect(_second(engine).kept, "the circuit or the stimulus was changed")


def the_state_of_the_random_generators_is_left_alone(engine: Engine) -> None:
    """NumPy's and Python's global generators are where they were."""
    expect(_second(engine).still, "a global generator has moved")


def it_says_how_much_memory_it_needs(engine: Engine) -> None:
    """What would not fit is refused before it runs."""
    circuit, _ = _scenario(engine.one_spike)
    try:
        simulate(
            circuit,
            _cell(engine),
            _stimulus(engine),
            _schedule(engine),
            engine=engine,
            memory_limit=1e3,
            progress=False,
        )
    except MemoryLimitError as error:
        expect("\n" not in str(error), f"the refusal has several lines: {error}")
        return
    raise AssertionError("it runs in 1 kB")


def a_cell_of_another_level_is_refused_with_a_reason(engine: Engine) -> None:
    """Cells of another rung are refused in one sentence."""
    other = {"static": LIF(), "rate": LIF(), "spiking": ladder(LIF())["curve"]}[engine.level]
    try:
        simulate(
            _scenario(engine.one_spike)[0], other, _stimulus(engine), _schedule(engine), engine=engine, progress=False
        )
    except (RefusedError, ParameterError) as error:
        expect("\n" not in str(error) and len(str(error)) > 20, f"the refusal is {error}")
        return
    raise AssertionError("it runs a cell of another rung")


def silence_in_gives_silence(engine: Engine) -> None:
    """Without drive nobody is active."""
    circuit = Circuit(populations=[Population("hidden", 4)])
    only_if(not engine.one_spike, "its units are silent by not spiking at all")
    result = simulate(circuit, _cell(engine), schedule=_schedule(engine), engine=engine, progress=False)
    expect(not result.rates["hidden"].any(), f"without drive it has the rates {result.rates['hidden']}")


def one_unit_and_one_trial_are_enough(engine: Engine) -> None:
    """A population of one unit runs on one trial."""
    only_if(not engine.one_spike, "it needs its own circuit")
    circuit = Circuit(populations=[Population("hidden", 1, bias=3.0)])
    result = simulate(circuit, _cell(engine), schedule=_schedule(engine), engine=engine, progress=False)
    expect(result.rates["hidden"].shape == (1, 1) and result.rates["hidden"][0, 0] > 0, "one unit is silent")


def what_nobody_reaches_fires_by_its_bias_alone(engine: Engine) -> None:
    """Weights of 0 are no connection: the rates are those of the bias."""
    only_if(not engine.one_spike, "it needs its own circuit")
    bias = np.linspace(2.0, 4.0, 4)
    alone = Circuit(populations=[Population("hidden", 4, bias=bias)])
    wired = Circuit(
        [Input("x", 2)], [Population("hidden", 4, bias=bias)], [Projection("ff", "x", "hidden", np.zeros((4, 2)))]
    )
    first = simulate(alone, _cell(engine), schedule=_schedule(engine), engine=engine, progress=False).rates["hidden"]
    given = constant([[50.0, 50.0]], input="x")
    second = simulate(wired, _cell(engine), given, _schedule(engine), engine=engine, progress=False).rates["hidden"]
    np.testing.assert_allclose(second, first, rtol=1e-6)


def it_can_be_pickled_with_its_recording(engine: Engine) -> None:
    """A recording comes back equal from a pickle."""
    twin = pickle.loads(pickle.dumps(_run(engine)))
    same(twin.rates["hidden"], _run(engine).rates["hidden"], "the recording comes back with other rates")


def progress_ends_at_one(engine: Engine) -> None:
    """Whoever watches is told that it is done, and never of more than all."""
    told = _second(engine).told
    expect(told and max(told) <= 1.0 and told[-1] == 1.0, f"it told {told[:3]} ... {told[-1:]}")


class _Second(NamedTuple):
    """A second run, and what was seen of it from outside."""

    recording: Recording
    told: list[float]
    kept: bool
    still: bool


@functools.cache
def _scenario(one_spike: bool) -> tuple[Circuit, Array]:
    rng = np.random.default_rng(7)
    largest, tau = (0.002, 0.0) if one_spike else (0.02, 5e-3)
    feed = Projection("ff", "x", "hidden", rng.uniform(0, largest, (8, 5)), tau=tau)
    return Circuit([Input("x", 5)], [Population("hidden", 8, bias=0.3)], [feed]), rng.uniform(20, 100, (3, 5))


def _cell(engine: Engine) -> Cell:
    if engine.one_spike:
        return TimedIF(opens=0.02, window=0.02)
    found: Any = ladder(LIF())[_RUNG[engine.level]]
    return found  # type: ignore[no-any-return]


def _stimulus(engine: Engine) -> Stimulus:
    if not engine.one_spike:
        return poisson(_scenario(engine.one_spike)[1], input="x")
    # One spike of every input in each of three trials, before the window of the cells opens.
    times, (trials, units) = np.random.default_rng(7).uniform(0.0, 0.02, 15), np.divmod(np.arange(15), 5)
    return spikes(times, units, trials, size=5, n_trials=3, input="x")


def _schedule(engine: Engine) -> Schedule:
    return Schedule(duration=0.04, settle=0.0 if engine.one_spike else 0.01)


@functools.lru_cache(maxsize=4)
def _run(engine: Engine) -> Recording:
    return _again(engine)


def _again(engine: Engine, seed: int = 1, select: list[int] | None = None) -> Recording:
    stimulus = _stimulus(engine) if select is None else _stimulus(engine).select(select)
    return simulate(
        _scenario(engine.one_spike)[0],
        _cell(engine),
        stimulus,
        _schedule(engine),
        seed=seed,
        engine=engine,
        progress=False,
    )


@functools.lru_cache(maxsize=4)
def _second(engine: Engine) -> _Second:
    circuit, stimulus, told = _scenario(engine.one_spike)[0], _stimulus(engine), list[float]()

    def seen() -> tuple[Any, ...]:
        numpy_state = np.random.get_state(legacy=True)  # noqa: NPY002 - to see that nobody touches it
        return random.getstate(), repr(numpy_state)

    before, digest, content = seen(), circuit.digest, pickle.dumps(stimulus)
    recording = simulate(
        circuit, _cell(engine), stimulus, _schedule(engine), seed=1, engine=engine, progress=told.append
    )
    kept = (circuit.digest, pickle.dumps(stimulus)) == (digest, content)
    return _Second(recording, told, kept, seen() == before)


CHECKS = checks_of(globals())

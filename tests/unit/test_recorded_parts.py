"""What a run keeps: some units, every n-th step, excitation and inhibition apart, input spikes. Slices are slices."""

import pickle

import numpy as np
import pytest

import neurosim as ns
from neurosim import cells, plasticity
from neurosim.engines.record import wanted
from neurosim.params import DimensionError, ParameterError, UnknownNameError
from neurosim.simulate import MemoryLimitError, RefusedError
from neurosim.stimuli import stimulus

RNG = np.random.default_rng(5)
W = {
    name: RNG.random(shape)
    for name, shape in {"xe": (8, 6), "ke": (8, 2), "xi": (3, 6), "ei": (3, 8), "ie": (8, 3)}.items()
}
DELAYS = np.where(RNG.random((8, 6)) < 0.5, 1e-3, 3e-3)
EVERYTHING = ("v", "spikes", "drive", "excitation", "inhibition", "input_spikes")
PARTS = {
    "v": {"units": {"e": [5, 0]}, "every": 10}, "spikes": {"units": {"e": [2, 7]}},
    "drive": {"units": [1], "every": 7}, "excitation": {"every": 10}, "inhibition": {"units": {"e": [3]}},
    "input_spikes": {"units": {"x": [1]}},
}  # fmt: skip


def loop(**changes):
    """Excitatory and inhibitory cells, spikes and a current as inputs, delays of every kind."""
    projections = [
        ns.Projection("xe", "x", "e", W["xe"] * 6e-3, tau=5e-3, delay=DELAYS),
        ns.Projection("ke", "k", "e", W["ke"] * 0.3, tau=8e-3, delay=2e-3),
        ns.Projection("xi", "x", "i", W["xi"] * 8e-3, tau=5e-3),
        ns.Projection("ei", "e", "i", W["ei"] * 6e-3, tau=3e-3),
        ns.Projection("ie", "i", "e", W["ie"] * 6e-3, sign=-1, tau=5e-3, delay=0.5e-3),
    ]
    return ns.Circuit({"x": 6, "k": 2}, [ns.Population("e", 8, 0.2), ns.Population("i", 3)], projections, **changes)


INPUT = ns.Stimulus(
    {"x": np.full((2, 6), 80.0), "k": np.ones((2, 2))}, encoding={"x": "poisson", "k": "constant"}
)  # fmt: skip
CELLS = {
    "LIF": cells.LIF(), "noisy": cells.LIF(sigma_stat=0.2), "PerfectIF": cells.PerfectIF(),
    "AdaptiveLIF": cells.AdaptiveLIF(), "HomeostaticLIF": cells.HomeostaticLIF(),
    "own": cells.LIF(tau_m=np.full(8, 0.02)),
}  # fmt: skip


def run(engine, cell, record, **changes):
    chosen = {"e": cell, "i": cells.LIF()}
    return ns.simulate(loop(), chosen, INPUT, duration=0.2, seed=3, record=record, engine=engine, **changes)


@pytest.mark.parametrize(("engine", "name"),
                         [*(("compiled", name) for name in CELLS), ("brian", "LIF"), ("brian", "own")])  # fmt: skip
def test_what_is_chosen_is_a_slice_of_everything(engine, name):
    every, part = (run(engine, CELLS[name], record) for record in (EVERYTHING, PARTS))
    e = every["e"]
    assert np.array_equal(part["e"].v, e.v[::10][:, :, [5, 0]])
    assert np.array_equal(part["e"]["drive"], e["drive"][::7][:, :, [1]])
    assert np.array_equal(part["i"]["drive"], every["i"]["drive"][::7][:, :, [1]])
    assert np.array_equal(part["e"].excitation, e.excitation[::10])
    assert np.array_equal(part["e"].inhibition, e.inhibition[:, :, [3]])
    assert "v" not in part["i"]
    assert part["e"].units_of("v").tolist() == [5, 0]
    assert part["e"].units_of("excitation").tolist() == list(range(8))
    assert np.array_equal(part["e"].times_of("drive"), e.times[::7])
    mine = np.isin(e.spikes.units, [2, 7])
    for field in ("times", "units", "trials"):
        assert np.array_equal(getattr(part["e"].spikes, field), getattr(e.spikes, field)[mine])
    assert "i" not in part.spikes
    assert set(part["x"].spikes.units) == {1}
    assert len(every["x"].spikes) > len(part["x"].spikes) > 0
    # Nobody's rate depends on who is looked at.
    assert all(np.array_equal(part.rates[p], every.rates[p]) for p in ("e", "i"))
    # Two routes to one number: the synapses' own sum, and the two sums of magnitudes beside the run.
    assert np.allclose(e["drive"], 0.2 + e.excitation - e.inhibition, rtol=0, atol=1e-12)
    assert e.excitation.min() >= 0
    assert e.inhibition.max() > 0.1


@pytest.mark.parametrize("name", ["PerfectIF", "HomeostaticLIF", "own"])
def test_both_spiking_engines_record_the_same_bits(name):
    one, other = (run(engine, CELLS[name], EVERYTHING) for engine in ("compiled", "brian"))
    for population in ("e", "i"):
        for variable in ("v", "drive", "excitation", "inhibition"):
            assert np.array_equal(one[population][variable], other[population][variable]), variable
    assert np.array_equal(one["x"].spikes.times, other["x"].spikes.times)


TAU, DELAY, STEP = 5e-3, 2e-3, 1e-4


@pytest.mark.parametrize("engine", ["compiled", "brian"])
@pytest.mark.parametrize("sign", [1, -1, None])
def test_one_spike_decays_as_its_synapse_does(engine, sign):
    weight = -3e-3 if sign is None else 3e-3
    feed = ns.Projection("f", "x", "p", [[weight], [0.0]], sign=sign, tau=TAU, delay=DELAY)
    circuit = ns.Circuit({"x": 1}, [ns.Population("p", 2)], [feed])
    one = stimulus.spikes([0.01], [0], input="x")
    record = {"excitation": {"every": 5}, "inhibition": {"every": 5}}
    found = ns.simulate(circuit, ns.LIF(), one, duration=0.05, settle=0, engine=engine, record=record)["p"]
    steps = np.arange(0, 500, 5)
    # It is sent in step 100 and arrives in step 120, after that step's update: it is there from step 121 on.
    expected = np.where(steps > 120, 3e-3 / TAU * np.exp(-(steps - 121) * STEP / TAU), 0.0)
    shown, other = ("excitation", "inhibition") if sign == 1 else ("inhibition", "excitation")
    assert np.allclose(found[shown][:, 0, 0], expected, rtol=1e-12, atol=0)
    assert not found[shown][:, 0, 1].any()
    assert not found[other].any()


@pytest.mark.parametrize("engine", ["compiled", "brian", "rate"])
def test_a_constant_input_rises_as_its_synapse_does(engine):
    circuit = ns.Circuit(
        {"x": 1, "y": 1}, [ns.Population("p", 3, 0.1)],
        [ns.Projection("f", "x", "p", [[1.0], [2.0], [0.0]], tau=TAU, delay=DELAY),
         ns.Projection("g", "y", "p", [[0.5], [0.0], [-0.25]], sign=None, tau=0.0)],
    )  # fmt: skip
    shown = ns.stimulus.constant({"x": [[0.3]], "y": [[2.0]]})
    cell = cells.LeakyRate(tau=0.01, activation=ns.ReLU()) if engine == "rate" else ns.LIF()
    record = {"excitation": {"units": [1, 2]}, "inhibition": True, "drive": True}
    p = ns.simulate(circuit, cell, shown, duration=0.04, settle=0, engine=engine, record=record)["p"]
    t = np.arange(400) * STEP
    risen = np.where(t >= DELAY - STEP / 2, 1 - np.exp(-(t - DELAY) / TAU), 0.0)
    assert np.allclose(p.excitation[:, 0], np.stack([0.6 * risen, 0 * risen], axis=1), rtol=1e-12, atol=1e-15)
    assert np.allclose(p.inhibition[:, 0], [0.0, 0.0, 0.5], rtol=1e-12, atol=0)
    both = 0.1 + np.stack([0.3 * risen + 1.0, 0.6 * risen, -0.5 + 0 * risen], axis=1)
    assert np.allclose(p["drive"][:, 0], both, rtol=1e-12, atol=1e-15)


def test_on_the_rate_rung_parts_are_slices_and_drive_is_their_sum():
    cell = cells.LeakyRate(tau=0.01, activation=ns.ReLU())
    every, part = (
        ns.simulate(loop(), cell, INPUT, duration=0.1, seed=3, engine="rate", record=record)
        for record in (("rate", "drive", "state", "excitation", "inhibition", "input_spikes"),
                       {"rate": {"units": {"i": [2]}, "every": 3}, "inhibition": {"units": {"e": [4, 1]}},
                        "input_spikes": True})
    )  # fmt: skip
    e = every["e"]
    assert np.allclose(e["drive"], 0.2 + e.excitation - e.inhibition, rtol=0, atol=1e-12)
    assert e.inhibition.max() > 0.01
    assert np.array_equal(part["i"].rate, every["i"].rate[::3][:, :, [2]])
    assert np.array_equal(part["e"].inhibition, e.inhibition[:, :, [4, 1]])
    assert "rate" not in part["e"]
    spiking = ns.simulate(loop(), ns.LIF(), INPUT, duration=0.1, seed=3, record="input_spikes")["x"].spikes
    assert np.array_equal(part["x"].spikes.times, spiking.times)


@pytest.mark.parametrize("engine", ["compiled", "brian"])
def test_steps_are_those_of_the_clock_when_a_run_goes_on(engine):
    rng = np.random.default_rng(1)
    times = (np.sort(rng.choice(1000, 60, replace=False)) + 0.5) * STEP
    given = stimulus.spikes(times, rng.integers(0, 4, 60), size=4, input="x")
    weights = rng.random((3, 4)) * 2e-2
    circuit = ns.Circuit(
        {"x": 4}, [ns.Population("p", 3)],
        [ns.Projection("f", "x", "p", weights, tau=TAU, delay=3e-3),
         ns.Projection("l", "p", "p", ns.wiring.UniformLateral(3, 5e-3), sign=-1, tau=8e-3, delay=1e-3)],
    )  # fmt: skip
    record = {"v": {"units": [2], "every": 7}, "excitation": {"every": 7}, "inhibition": {"every": 3}, "spikes": True}
    arguments = {"settle": 0, "engine": engine, "record": record}
    whole = ns.simulate(circuit, ns.LIF(), given, duration=0.1, **arguments)
    first = ns.simulate(circuit, ns.LIF(), given, duration=0.0405, **arguments)
    second = ns.simulate(circuit, ns.LIF(), given, duration=0.0595, initial=first.final_state, **arguments)
    for variable in ("v", "excitation", "inhibition"):
        values = np.concatenate([first["p"][variable], second["p"][variable]])
        times = np.concatenate([first["p"].times_of(variable), second["p"].times_of(variable)])
        assert np.allclose(values, whole["p"][variable], rtol=1e-12, atol=1e-15), variable
        assert np.array_equal(times, whole["p"].times_of(variable))
    assert np.array_equal(whole["p"].v, np.concatenate([first["p"].v, second["p"].v]))
    assert len(whole["p"].spikes) > 3
    block = second.to_neo()
    assert float(block.segments[0].spiketrains[0].t_start) == pytest.approx(0.0405)


def test_conductances_are_recorded_apart_by_their_own_variables():
    circuit = ns.Circuit(
        {"x": 4}, [ns.Population("p", 5)],
        [ns.Projection("f", "x", "p", np.full((5, 4), 2e-3), tau=5e-3),
         ns.Projection("g", "x", "p", np.full((5, 4), 1e-3), sign=-1, tau=5e-3)],
    )  # fmt: skip
    shown = ns.stimulus.poisson(np.full((2, 4), 200.0), "x")
    arguments = {"duration": 0.05, "engine": "brian", "seed": 1}
    every = ns.simulate(circuit, cells.ConductanceLIF(), shown, record=("excitation", "inhibition"), **arguments)["p"]
    record = {"excitation": {"units": [3], "every": 4}}
    part = ns.simulate(circuit, cells.ConductanceLIF(), shown, record=record, **arguments)["p"]
    assert np.array_equal(part.excitation, every.excitation[::4][:, :, [3]])
    assert np.allclose(every.excitation, 2 * every.inhibition, rtol=1e-12)
    assert every.excitation.max() > 0


def test_counts_are_part_of_what_excites():
    circuit = ns.Circuit(
        {"x": 3}, [ns.Population("p", 2)], [ns.Projection("f", "x", "p", np.eye(2, 3) * 1e-3, tau=TAU)]
    )
    shown = ns.stimulus.counts(np.full((2, 3), 1e3), "x")
    for engine in ("compiled", "brian"):
        p = ns.simulate(circuit, ns.LIF(), shown, duration=0.05, engine=engine, record=("drive", "excitation"))["p"]
        assert np.allclose(p.excitation, p["drive"], rtol=1e-12, atol=1e-15)
        assert p.excitation.max() > 0.5


def test_memory_follows_what_is_chosen():
    circuit = ns.Circuit(populations=[ns.Population("p", 1000, 1.5)])
    big = {"duration": 10.0, "memory_limit": 50e6}
    with pytest.raises(MemoryLimitError, match="needs about"):
        ns.simulate(circuit, ns.LIF(), record=("v",), **big)
    small = ns.simulate(circuit, ns.LIF(), record={"v": {"units": [0, 5], "every": 100}}, **big)
    assert small["p"].v.shape == (1000, 1, 2)


def test_what_was_recorded_is_kept_with_its_units_and_times(tmp_path):
    part = run("compiled", ns.LIF(), PARTS)
    for again in (ns.load(part.save(tmp_path / "run")), pickle.loads(pickle.dumps(part))):
        assert again["e"].units_of("v").tolist() == [5, 0]
        assert np.array_equal(again["e"].times_of("v"), part["e"].times_of("v"))
        assert np.array_equal(again["e"].v, part["e"].v)
        assert len(again["x"].spikes) == len(part["x"].spikes)
    with pytest.raises(ParameterError, match=r"of 'e' have times of their own: use times_of\(name\)"):
        _ = part["e"].times
    assert len(part["e"].plot()) == 5
    assert len(part["e"].plot(units=[0])) == 5


LATERAL = ns.Projection("l", "p", "p", ns.wiring.UniformLateral(2, 1e-3), sign=-1, tau=0.0)


def small(record, cell=None, projections=(), inputs=None, shown=None, **arguments):
    circuit = ns.Circuit(inputs or {}, [ns.Population("p", 2, 0.5), ns.Population("q", 4)], projections)
    return ns.simulate(circuit, cell or ns.LIF(), shown, duration=0.01, record=record, **arguments)


FEED = ns.Projection("f", "x", "p", np.ones((2, 1)), tau=TAU)
STEADY = {"projections": [FEED], "inputs": {"x": 1}, "shown": ns.stimulus.constant([[1.0]], "x")}


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: small({"v": {"units": [3]}}), ParameterError, r"\['v'\]: units: got 3, expected 0 to 1, the units of"),
        (lambda: small({"v": {"units": [-1]}}), ParameterError, r"units\[0\]: got -1, expected whole numbers >= 0"),
        (lambda: small({"v": {"units": [0.5]}}), ParameterError, r"units\[0\]: got 0.5, expected whole numbers"),
        (lambda: small({"v": {"units": [float("nan")]}}), ParameterError, "got nan, expected whole numbers"),
        (lambda: small({"v": {"units": [1, 1]}}), ParameterError, "units: got a unit twice, expected each once"),
        (lambda: small({"v": {"units": []}}), ParameterError, "units: got no unit, expected at least one"),
        (lambda: small({"v": {"units": 1}}), ParameterError, r"units: got shape \(\), expected numbers of units"),
        (lambda: small({"v": {"units": [[0]]}}), ParameterError, r"units: got shape \(1, 1\), expected numbers of"),
        (lambda: small({"v": {"units": "0"}}), DimensionError, "units: got '0', expected numbers of units such as"),
        (lambda: small({"v": {"units": [True, False]}}), DimensionError, "units.0.: got True, expected a number"),
        (lambda: small({"v": {"units": np.ma.masked_array([0, 1], [0, 1])}}), ParameterError, "got a masked entry"),
        (lambda: small({"v": {"units": {"r": [0]}}}), UnknownNameError, "no population .* is named 'r'"),
        (lambda: small({"v": {"unit": [0]}}), UnknownNameError, "did you mean 'units'"),
        (lambda: small({"v": {"every": 0}}), ParameterError, "every: got 0, expected a whole number >= 1"),
        (lambda: small({"v": {"every": 2.0}}), DimensionError, "every: got 2.0, expected a whole number"),
        (lambda: small({"spikes": {"every": 2}}), ParameterError, "every: got 2, expected none: spikes have times of"),
        (lambda: small({"v": None}), DimensionError, r"\['v'\]: got None, expected True, or what to keep of it"),
        (lambda: small({3: True}), DimensionError, "record: got 3, expected names such as"),
        (lambda: small({"vv": True}), RefusedError, "not 'vv'"),
        (lambda: small("a", cells.LIF(), engine="compiled"), RefusedError, "not 'a'"),
        (lambda: small("input_spikes"), RefusedError, "no input sends single spikes to record"),
        (lambda: small("input_spikes", **STEADY), RefusedError, r"'x' \(constant\) sends no single spikes to record"),
        (lambda: small("excitation", projections=[LATERAL]), RefusedError, "'l' is instantaneous: it moves v itself"),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded_is_said_in_one_sentence(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_a_projection_that_learns_has_no_input_apart():
    feed = ns.Projection("f", "x", "p", np.full((2, 1), 1e-3), tau=TAU, rule=plasticity.STDP())
    circuit = ns.Circuit({"x": 1}, [ns.Population("p", 2)], [feed])
    with pytest.raises(RefusedError, match="'f' learns while it runs"):
        ns.simulate(circuit, ns.LIF(), ns.stimulus.poisson([[50.0]], "x"), duration=0.01, record="excitation")


def test_what_is_false_is_left_out():
    circuit = ns.Circuit(populations=[ns.Population("p", 2)])
    assert list(wanted({"spikes": False, "v": True}, circuit, "record")) == ["v"]

"""Rules of spike times on every engine that learns: the order of a step, presentations in sequence, what is kept."""

import dataclasses

import numpy as np
import pytest
from scipy import sparse

import neurosim as ns
from neurosim import cells, homeostasis, plasticity
from neurosim.engines.brian import Brian
from neurosim.engines.compiled import Compiled
from neurosim.params import ParameterError
from neurosim.simulate import prepare
from neurosim.stimuli.stimulus import constant, poisson

ENGINES = {"brian": Brian(target="numpy"), "compiled": Compiled()}
RULES = {
    "pairs": plasticity.STDP(A_plus=0.1, A_minus=0.12),
    "nearest pairs, soft": plasticity.STDP(pairing="nearest", dependence="multiplicative", A_plus=0.1, A_minus=0.12),
    "triplets": plasticity.TripletSTDP(A2_plus=0.05, A3_plus=0.1, A2_minus=0.08, A3_minus=0.04),
    "inhibitory": plasticity.InhibitorySTDP(learning_rate=0.05),
    "gated": plasticity.GatedSTDP(learning_rate=0.1),
}
SHORT = ns.Schedule(duration=0.2, settle=0.0, dt=5e-4)

engines = pytest.mark.parametrize("engine", sorted(ENGINES))
rules = pytest.mark.parametrize("rule", sorted(RULES))


def plastic(rule, *, delay=0.0, laws=None, tau=5e-3, start=0, missing=False, pre=8, post=4):
    rng = np.random.default_rng(start)
    w = rng.uniform(0.002, 0.008, (post, pre))
    if missing:
        w[rng.random((post, pre)) < 0.5] = 0.0
        w = sparse.csr_array(w)
    population = ns.Population("y", post, rng.uniform(1.2, 3.0, post), laws)
    return ns.Circuit({"x": pre}, [population], [ns.Projection("ff", "x", "y", w, tau=tau, delay=delay, rule=rule)])


def busy(trials=1, pre=8):
    """Inputs so dense that many spikes of both sides fall into the same step."""
    return poisson(np.random.default_rng(7).uniform(100, 400, (trials, pre)), "x")


def apply(rule, side, w, **traces):
    """A weight after one spike, from the rule's own text, which is Python as well."""
    names = {"w": w, "clip": lambda x, low, high: min(max(x, low), high), **traces}
    names |= {name: getattr(rule, name) for name in rule.info()}
    exec(getattr(rule, side), {}, names)
    return names["w"]


def by_hand(rule, w, arrivals, spikes, steps, dt, *, post_first=False):
    """The weights after all spikes, in the order of a step that `SpikeRule` gives; arrivals and spikes (step, unit)."""
    w, coincidences = w.copy(), 0
    pre = {k: np.zeros(w.shape[1]) for k in rule.pre_traces}
    post = {k: np.zeros(w.shape[0]) for k in rule.post_traces}
    for t in range(steps):
        for traces, values in ((rule.pre_traces, pre), (rule.post_traces, post)):
            for k, trace in traces.items():
                values[k] *= np.exp(-dt / trace.tau)
        now = {"on_pre": [u for s, u in arrivals if s == t], "on_post": [u for s, u in spikes if s == t]}
        coincidences += len(now["on_pre"]) * len(now["on_post"])
        for side in ("on_post", "on_pre") if post_first else ("on_pre", "on_post"):
            for i in range(w.shape[0]):
                for j in range(w.shape[1]):
                    if (j if side == "on_pre" else i) in now[side]:
                        seen = {k: v[j] for k, v in pre.items()} | {k: v[i] for k, v in post.items()}
                        w[i, j] = apply(rule, side, w[i, j], **seen)
            own, values = (rule.pre_traces, pre) if side == "on_pre" else (rule.post_traces, post)
            for k, trace in own.items():
                for u in now[side]:
                    values[k][u] = 1.0 if trace.to_one else values[k][u] + 1.0
    return w, coincidences


@engines
@rules
@pytest.mark.parametrize("delay", [0.0, 1.5e-3])
def test_weights_change_in_the_order_of_the_rule(engine, rule, delay):
    circuit, law = plastic(RULES[rule], delay=delay), RULES[rule]
    start = circuit.projection("ff").weights
    run = ns.simulate(circuit, ns.LIF(), busy(), SHORT, seed=3, record=("spikes",), engine=ENGINES[engine])
    trains = prepare(circuit, ns.LIF(), busy(), SHORT, seed=3).input_spikes()["x"]
    shift = round(delay / SHORT.dt)
    arrivals = [(int(s) + shift, int(u)) for s, u in zip(trains.steps, trains.units, strict=True)]
    spikes = run.spikes["y"]
    post = [(round(t / SHORT.dt), int(u)) for t, u in zip(spikes.times, spikes.units, strict=True)]
    expected, coincidences = by_hand(law, start, arrivals, post, SHORT.steps, SHORT.dt)
    assert coincidences > 20
    assert len(post) > 30
    # Only rounding: some hundred sums and products of numbers below 1.
    np.testing.assert_allclose(run.weights["ff"], expected, rtol=1e-11, atol=1e-16)
    swapped, _ = by_hand(law, start, arrivals, post, SHORT.steps, SHORT.dt, post_first=True)
    # The inhibitory rule is symmetric in time: two spikes of one step count as a pair in either order.
    assert (np.abs(swapped - expected).max() > 1e-6) == (rule != "inhibitory")


@engines
def test_a_presentation_starts_from_rest_and_only_what_is_learned_goes_on(engine):
    cell = cells.HomeostaticLIF(theta_plus=0.05)
    laws = (homeostasis.WeightNormalisation(total=0.04), homeostasis.TargetRate(target=60.0, learning_rate=1e-3))
    lateral = ns.Projection(
        "lat", "y", "y", np.zeros((4, 4)), sign=-1, tau=0.0, rule=plasticity.AntiHebb(learning_rate=1e-6)
    )
    circuit = plastic(RULES["gated"].replace(w_max=0.05), laws=laws, delay=1e-3).with_projections(lateral)
    stimulus = busy(3)
    seen = []
    run = ns.learn(
        circuit, cell, stimulus, SHORT, seed=5, shuffle=False, engine=ENGINES[engine],
        observe=lambda number, recording, now: seen.append((recording, now())),
    )  # fmt: skip
    from neurosim.randomness import sequence

    now, theta = circuit, None
    for k, (recording, after) in enumerate(seen):
        # The same presentation as a run of its own, built anew.
        alone = ns.Circuit(
            now.inputs,
            [dataclasses.replace(p, homeostasis=None) for p in now.populations],
            [
                dataclasses.replace(now.projection("lat"), rule=None),
                dataclasses.replace(circuit.projection("ff"), weights=now.projection("ff").weights),
            ],
        )
        seed = int(sequence(5, "stimulus", "batch", k).generate_state(1)[0])
        learned = None if theta is None else {"y": {"theta": theta}}
        options = {"seed": seed, "engine": ENGINES[engine], "learned": learned, "record": ("spikes",)}
        single = ns.simulate(alone, cell, stimulus.select([k]), SHORT, **options)
        np.testing.assert_array_equal(single.rates["y"], recording.rates["y"])
        np.testing.assert_array_equal(single.learned["y"]["theta"], recording.learned["y"]["theta"])
        np.testing.assert_array_equal(single.weights["ff"], recording.weights["ff"])
        theta, now = recording.learned["y"]["theta"][0], after
        np.testing.assert_allclose(now.projection("ff").weights.sum(axis=1), 0.04, rtol=1e-12)
    np.testing.assert_array_equal(run.learned["y"]["theta"], theta)
    assert (theta > 0.5).all()
    assert run.circuit.projection("lat").weights.max() > 0
    assert (run.circuit.population("y").bias != circuit.population("y").bias).all()


@engines
def test_units_that_stay_silent_are_scaled_until_no_bound_takes_anything_away(engine):
    law = homeostasis.WeightNormalisation(total=0.03)
    start = np.full((2, 8), 0.001)
    start[0, 0] = 0.008
    feed = ns.Projection("ff", "x", "y", start, rule=RULES["gated"].replace(w_max=0.01))
    circuit = ns.Circuit({"x": 8}, [ns.Population("y", 2, homeostasis=law)], [feed])
    silence = poisson(np.zeros((4, 8)), "x")
    expected = [start]
    for _ in range(4):
        w = expected[-1]
        expected.append(np.minimum(w * 0.03 / w.sum(axis=1, keepdims=True), 0.01))
    learned = ns.learn(circuit, ns.LIF(), silence, SHORT, engine=ENGINES[engine]).circuit.projection("ff").weights
    # Rounding of four sums of eight numbers.
    np.testing.assert_allclose(learned, expected[4], rtol=1e-14)
    assert expected[4][0].sum() > expected[3][0].sum() + 1e-4


@engines
def test_it_goes_on_from_a_checkpoint_bit_for_bit(engine, tmp_path):
    def run(**options):
        return ns.learn(
            plastic(RULES["triplets"], laws=homeostasis.SynapticScaling(target=50.0)), cells.HomeostaticLIF(), busy(4),
            SHORT, seed=2, engine=ENGINES[engine], learned={"y": {"theta": 0.1}}, **options,
        )  # fmt: skip

    def stop(number, recording, circuit):
        if number == 2:
            raise KeyboardInterrupt

    whole = run()
    assert run(checkpoint=tmp_path / "run.npz", observe=stop).batches == 2
    rest = run(checkpoint=tmp_path / "run.npz")
    assert rest.circuit == whole.circuit
    np.testing.assert_array_equal(rest.learned["y"]["theta"], whole.learned["y"]["theta"])


@engines
def test_what_was_learned_can_be_tested_with_learning_off(engine):
    cell = cells.HomeostaticLIF(theta_plus=0.0, tau_theta=1e6)
    circuit = plastic(None)
    free, raised = (
        ns.simulate(circuit, cell, busy(3), SHORT, engine=ENGINES[engine], learned=learned).rates["y"]
        for learned in (None, {"y": {"theta": [0.0, 0.2, 0.5, 1.0]}})
    )
    np.testing.assert_array_equal(free[:, 0], raised[:, 0])
    assert (free[:, 1:].sum(axis=0) > raised[:, 1:].sum(axis=0)).all()


@engines
def test_missing_connections_stay_missing(engine):
    circuit = plastic(RULES["pairs"], missing=True)
    missing = circuit.projection("ff").dense() == 0
    assert missing.any()
    run = ns.simulate(circuit, ns.LIF(), busy(), SHORT, engine=ENGINES[engine])
    assert not run.weights["ff"][missing].any()
    assert (run.weights["ff"] != circuit.projection("ff").dense()).any()
    taught = ns.learn(circuit, ns.LIF(), busy(3), SHORT, engine=ENGINES[engine]).circuit
    assert not taught.projection("ff").dense()[missing].any()
    # Nobody knows the drive while weights change.
    assert np.isnan(run.drive["y"]).all()


def test_what_cannot_learn_is_refused_in_one_sentence():
    circuit = plastic(RULES["pairs"])
    with pytest.raises(
        ParameterError, match=r"learns by STDP \(projection 'ff'\) and there are 2 trials; use neurosim"
    ):
        ns.simulate(circuit, ns.LIF(), busy(2), SHORT)
    with pytest.raises(ParameterError, match=r"between presentations \(Oja of projection 'ff'\); use neurosim\.learn"):
        ns.simulate(plastic(plasticity.Oja()), ns.LIF(), busy(), SHORT)
    with pytest.raises(ParameterError, match=r"\(TargetRate of population 'y'\); use neurosim\.learn"):
        ns.simulate(plastic(None, laws=homeostasis.TargetRate()), ns.LIF(), busy(), SHORT)
    with pytest.raises(ParameterError, match="learns from spikes and 'x' is a constant input"):
        ns.simulate(circuit, ns.LIF(), constant(np.ones((1, 8)), "x"), SHORT)
    with pytest.raises(ParameterError, match="batch: got 2, expected 1"):
        ns.learn(circuit, ns.LIF(), busy(2), SHORT, batch=2)
    with pytest.raises(ParameterError, match="STDP lives on the spiking rung, and these cells are static cells"):
        ns.learn(circuit, ns.Unit(), busy(2), SHORT)
    free = ns.Circuit({"x": 8}, circuit.populations, [dataclasses.replace(circuit.projection("ff"), sign=None)])
    with pytest.raises(ParameterError, match="STDP keeps weights at or above 0, and this one has sign None"):
        ns.simulate(free, ns.LIF(), busy(), SHORT)
    for learned, message in (
        ({"y": {"v": 0.1}}, "no learned variable of the LIF cells of 'y' is named 'v'; known are: none"),
        ({"z": {}}, "no population is named 'z'"),
    ):
        with pytest.raises(ParameterError, match=message):
            ns.simulate(circuit, ns.LIF(), busy(), SHORT, learned=learned)
    with pytest.raises(
        ParameterError, match=r"learned\['y'\]\['theta'\]: got shape \(2,\), expected a number or \(4,\)"
    ):
        ns.simulate(circuit, cells.HomeostaticLIF(), busy(), SHORT, learned={"y": {"theta": [1.0, 2.0]}})

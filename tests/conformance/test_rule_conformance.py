"""What every rule in the folder must satisfy, whoever wrote it."""

import inspect
import json
import re

import numpy as np
import pytest

from neurosim import plasticity, registry
from neurosim.circuits.circuit import Circuit, Population, Projection
from neurosim.params import DimensionError, ParameterError
from neurosim.plasticity import RateRule, SpikeRule

KNOWN = plasticity.known()
RATE = {name: cls() for name, cls in KNOWN.items() if issubclass(cls, RateRule)}
VARIANTS = {
    **RATE,
    "Hebb-fast": plasticity.Hebb(learning_rate=0.7),
    "Oja-among-neurons": plasticity.Oja(learning_rate=0.3, reference=40.0),
}
LEVELS = {"static", "rate", "spiking"}
TRIALS, PRE, POST = 4, 5, 3


def each(table):
    return pytest.mark.parametrize("name", sorted(table))


def fixed(array):
    array.flags.writeable = False
    return array


@pytest.fixture
def setting(name):
    """A rule, the arrays of one presentation, none of them writeable, and the state after two others."""
    rule = VARIANTS[name]
    rng = np.random.default_rng(11)
    scale = rule.reference
    w = fixed(rng.uniform(0.1, 1.0, (POST, PRE)) / scale)
    activity = [(rng.uniform(0, 2 * scale, (TRIALS, PRE)), rng.uniform(0, 2 * scale, (TRIALS, POST))) for _ in range(3)]
    state = rule.initial_state(POST, PRE)
    for pre, post in activity[:2]:
        state = rule.next_state(w, fixed(pre), fixed(post), state)
    for value in state.values():
        fixed(value)
    return rule, w, fixed(activity[2][0]), fixed(activity[2][1]), state


def test_everything_in_the_folder_is_tested():
    assert {"Hebb", "Oja"} <= set(RATE)
    for cls in KNOWN.values():
        assert issubclass(cls, RateRule | SpikeRule), f"{cls.__name__} derives from neither RateRule nor SpikeRule"


@each(KNOWN)
def test_it_says_its_equation_its_source_and_where_it_lives(name):
    cls = KNOWN[name]
    for section in ("Equation", "Units", "Source"):
        assert f"\n{section}\n" in inspect.cleandoc(cls.__doc__), f"{name} lacks {section}"
    assert cls.rungs
    assert cls.rungs <= LEVELS
    # A rule of spike times needs spikes; a function of rates needs nothing that a rung lacks.
    assert cls.rungs == ({"spiking"} if issubclass(cls, SpikeRule) else LEVELS)


@each(KNOWN)
def test_it_survives_a_round_trip_through_json_and_through_a_circuit(name, tmp_path):
    rule = KNOWN[name]()
    assert registry.from_dict(json.loads(json.dumps(rule.as_dict()))) == rule
    circuit = Circuit({"x": 2}, [Population("y", 3)], [Projection("ff", "x", "y", np.ones((3, 2)), rule=rule)])
    assert Circuit.load(circuit.save(tmp_path / "circuit")).projection("ff").rule == rule
    assert circuit.plastic
    assert not circuit.frozen().plastic


@each(KNOWN)
def test_every_number_refuses_nan_text_and_the_wrong_dimension(name):
    from brian2 import kelvin

    cls = KNOWN[name]
    for field in cls.info():
        if not isinstance(getattr(cls(), field), float):
            continue
        with pytest.raises(ParameterError, match=rf"^{name}\.{field}: got nan.*expected"):
            cls(**{field: float("nan")})
        with pytest.raises(DimensionError, match=rf"^{name}\.{field}: got 'fast', expected a number"):
            cls(**{field: "fast"})
        with pytest.raises(DimensionError, match=rf"^{name}\.{field}: .*expected a "):
            cls(**{field: 300 * kelvin})


@each(VARIANTS)
def test_the_change_has_the_shape_of_the_weights_and_is_finite(name, setting):
    rule, w, pre, post, state = setting
    change = rule.dw(w, pre, post, state)
    assert change.shape == w.shape
    assert change.dtype == np.float64
    assert np.isfinite(change).all()
    assert change.any()


@each(VARIANTS)
def test_it_changes_nothing_in_place_and_repeats_itself(name, setting):
    # The arrays of the setting are read-only, so writing to one of them would raise.
    rule, w, pre, post, state = setting
    before = {key: value.copy() for key, value in state.items()}
    first, after = rule.dw(w, pre, post, state), rule.next_state(w, pre, post, state)
    np.testing.assert_array_equal(rule.dw(w, pre, post, state), first)
    assert not any(np.shares_memory(first, array) for array in (w, pre, post, *state.values()))
    for key, value in rule.next_state(w, pre, post, state).items():
        np.testing.assert_array_equal(value, after[key])
        np.testing.assert_array_equal(state[key], before[key])


@each(VARIANTS)
def test_a_batch_changes_by_the_mean_of_its_trials(name, setting):
    rule, w, pre, post, state = setting
    single = [rule.dw(w, x, y, state) for x, y in zip(pre, post, strict=True)]
    # A sum of four in another order: rounding of the largest term.
    atol = 1e-14 * np.abs(single).max()
    np.testing.assert_allclose(rule.dw(w, pre, post, state), np.mean(single, axis=0), rtol=0, atol=atol)
    np.testing.assert_array_equal(rule.dw(w, pre[:1], post[:1], state), single[0])


@each(VARIANTS)
def test_the_reference_is_only_a_unit(name, setting):
    rule, w, pre, post, state = setting
    other = rule.replace(reference=8 * rule.reference)
    # Eight is a power of two: no digit is rounded.
    np.testing.assert_array_equal(other.dw(w / 8, 8 * pre, 8 * post, state), rule.dw(w, pre, post, state) / 8)
    after = rule.next_state(w, pre, post, state)
    for key, value in other.next_state(w / 8, 8 * pre, 8 * post, state).items():
        np.testing.assert_array_equal(value, after[key])


@each(VARIANTS)
def test_the_state_keeps_its_names_and_shapes(name, setting):
    rule, w, pre, post, state = setting
    start, after = rule.initial_state(POST, PRE), rule.next_state(w, pre, post, state)
    assert {key: np.shape(value) for key, value in after.items()} == {key: np.shape(v) for key, v in start.items()}
    assert all(np.isfinite(value).all() for value in (*start.values(), *after.values()))


SPIKE = {name: cls for name, cls in KNOWN.items() if issubclass(cls, SpikeRule)}


@each(SPIKE)
def test_the_text_of_a_spike_rule_names_only_what_there_is(name):
    rule = SPIKE[name]()
    text = f"{rule.on_pre}\n{rule.on_post}"
    own = set(re.findall(r"^\s*(\w+) = ", text, re.MULTILINE))
    words = set(re.findall(r"[A-Za-z_]\w*", re.sub(r"\d\.?\d*e-?\d+", "", text)))
    traces = {*rule.pre_traces, *rule.post_traces}
    assert words <= own | traces | set(rule.info()) | {"w", "clip", "int", "exp"}
    assert "w" in own
    assert not set(rule.pre_traces) & set(rule.post_traces)
    assert all(trace.tau > 0 for trace in (*rule.pre_traces.values(), *rule.post_traces.values()))

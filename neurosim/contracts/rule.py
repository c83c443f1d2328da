"""What every rule of plasticity must do: a change of the weights, from rates or from spike times."""

import re
from typing import Any, NamedTuple

import numpy as np

from neurosim.circuits.circuit import Circuit, Population, Projection
from neurosim.contracts.parameters import changed, only_if, says, says_a_year, without_effect
from neurosim.contracts.running import checks_of, expect, refuses, same
from neurosim.params import Array
from neurosim.plasticity.base import RateRule, Rule, SpikeRule, State

_LEVELS = {"static", "rate", "spiking"}
_TRIALS, _PRE, _POST = 4, 5, 3


class _Setting(NamedTuple):
    """One presentation, none of its arrays writeable, and the state after two others."""

    rule: RateRule
    w: Array
    pre: Array
    post: Array
    state: State


def its_docstring_says_units_and_source(rule: Rule) -> None:
    """The docstring has sections Units and Source, and the source names a year."""
    says(rule, "Units")
    says_a_year(rule)


def it_says_where_it_lives(rule: Rule) -> None:
    """A rule of spike times needs spikes; a function of rates needs nothing that a rung lacks."""
    expect(isinstance(rule, RateRule | SpikeRule), "it derives from neither RateRule nor SpikeRule")
    wanted = {"spiking"} if isinstance(rule, SpikeRule) else _LEVELS
    expect(rule.rungs == wanted, f"its rungs are {sorted(rule.rungs)}, expected {sorted(wanted)}")


def a_circuit_carries_it(rule: Rule) -> None:
    """A projection with it learns, and a frozen circuit does not."""
    circuit = _circuit(rule)
    expect(circuit.projection("ff").rule == rule and circuit.plastic, "the circuit does not carry it")
    expect(not circuit.frozen().plastic, "a frozen circuit still learns")


def a_circuit_with_it_survives_a_file(rule: Rule) -> None:
    """A circuit that is saved and loaded has the same rule."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        saved = _circuit(rule).save(Path(folder) / "circuit")
        expect(Circuit.load(saved).projection("ff").rule == rule, "the file has another rule")


def the_change_has_the_shape_of_the_weights(rule: Rule) -> None:
    """The change is (post, pre), in float64 and finite."""
    change = _change(_setting(rule))
    expect(change.shape == (_POST, _PRE) and change.dtype == np.float64, f"got {change.shape} of {change.dtype}")
    expect(np.isfinite(change).all(), "the change is not finite")


def it_changes_something(rule: Rule) -> None:
    """Activity on both sides changes a weight."""
    expect(_change(_setting(rule)).any(), "activity on both sides changes nothing")


def silence_is_finite(rule: Rule) -> None:
    """Where nothing is active the change is finite, and of the right shape."""
    one = _setting(rule)
    change = one.rule.dw(one.w, 0 * one.pre, 0 * one.post, one.state)
    expect(np.isfinite(change).all() and change.shape == one.w.shape, "silence gives no finite change")


def it_changes_nothing_in_place(rule: Rule) -> None:
    """Read-only arrays are taken, and the result shares no memory with them."""
    one = _setting(rule)
    change = _change(one)
    one.rule.next_state(one.w, one.pre, one.post, one.state)
    given = (one.w, one.pre, one.post, *one.state.values())
    expect(not any(np.shares_memory(change, array) for array in given), "the result is one of the given arrays")


def it_repeats_itself(rule: Rule) -> None:
    """The same presentation gives the same change and the same state to the bit."""
    one = _setting(rule)
    same(_change(one), _change(one), "another change the second time")
    first, second = (one.rule.next_state(one.w, one.pre, one.post, one.state) for _ in range(2))
    for key in first:
        same(first[key], second[key], f"another {key} the second time")


def a_batch_changes_by_the_mean_of_its_trials(rule: Rule) -> None:
    """The change by several trials is the mean of the changes that each alone would make."""
    one = _setting(rule)
    single = [one.rule.dw(one.w, x, y, one.state) for x, y in zip(one.pre, one.post, strict=True)]
    # A sum of four in another order: rounding of the largest term.
    atol = 1e-14 * np.abs(single).max()
    np.testing.assert_allclose(_change(one), np.mean(single, axis=0), rtol=0, atol=atol)


def one_trial_may_be_a_vector(rule: Rule) -> None:
    """A vector of rates is one trial."""
    one = _setting(rule)
    vector = one.rule.dw(one.w, one.pre[0], one.post[0], one.state)
    same(one.rule.dw(one.w, one.pre[:1], one.post[:1], one.state), vector, "a vector and one trial differ")


def the_reference_is_only_a_unit(rule: Rule) -> None:
    """Rates and weights in other units give the same change in these units."""
    one = _setting(rule)
    other = one.rule.replace(reference=8 * one.rule.reference)
    # Eight is a power of two: no digit is rounded.
    same(other.dw(one.w / 8, 8 * one.pre, 8 * one.post, one.state), _change(one) / 8, "another change")
    after = one.rule.next_state(one.w, one.pre, one.post, one.state)
    for key, value in other.next_state(one.w / 8, 8 * one.pre, 8 * one.post, one.state).items():
        same(value, after[key], f"another {key}")


def the_state_keeps_its_names_and_shapes(rule: Rule) -> None:
    """What it remembers has the names and shapes of the start, and is finite."""
    one = _setting(rule)
    start, after = one.rule.initial_state(_POST, _PRE), one.rule.next_state(one.w, one.pre, one.post, one.state)
    shapes = [{key: np.shape(value) for key, value in state.items()} for state in (start, after)]
    expect(shapes[0] == shapes[1], f"the state was {shapes[0]} and is {shapes[1]}")
    expect(all(np.isfinite(value).all() for value in (*start.values(), *after.values())), "the state is not finite")


def wrong_shapes_are_refused(rule: Rule) -> None:
    """Rates that do not fit the weights are refused in one sentence."""
    one = _setting(rule)
    name = type(rule).__name__
    refuses(lambda: one.rule.dw(one.w, one.pre[:, :2], one.post, one.state), "too few inputs", f"{name}: pre")
    refuses(lambda: one.rule.dw(one.w, one.pre, one.post[:, :2], one.state), "too few units", f"{name}: post")
    refuses(lambda: one.rule.dw(one.w[0], one.pre, one.post, one.state), "a vector of weights", f"{name}: w")


def what_is_not_finite_is_refused(rule: Rule) -> None:
    """NaN among weights or rates is refused in one sentence."""
    one = _setting(rule)
    refuses(lambda: one.rule.dw(one.w * np.nan, one.pre, one.post, one.state), "NaN among the weights", "nan")
    refuses(lambda: one.rule.dw(one.w, one.pre * np.nan, one.post, one.state), "NaN among the rates", "nan")


def a_foreign_state_is_refused(rule: Rule) -> None:
    """A state that is not its own is refused."""
    one = _setting(rule)
    refuses(lambda: one.rule.dw(one.w, one.pre, one.post, {"colour": np.ones(_POST)}), "a foreign state", "state")


def every_number_has_an_effect(rule: Rule) -> None:
    """Another value of a number changes the change, the state, the bound, or the text and traces of a spike rule."""

    def answer(one: Any) -> Any:
        if isinstance(one, SpikeRule):
            return one.on_pre, one.on_post, dict(one.pre_traces), dict(one.post_traces), one.refuse_step(1e-3)
        setting = _setting(one)
        after = one.next_state(setting.w, setting.pre, setting.post, setting.state)
        return _change(setting).tobytes(), tuple(value.tobytes() for value in after.values())

    elsewhere = {"w_max"}  # the bound of a rule is kept by whoever adds the change
    for name in without_effect(rule, answer) - elsewhere:
        others = (other for changed_name, other in changed(rule) if changed_name != name)
        expect(not all(name in without_effect(other, answer) for other in others), f"another {name} changes nothing")


def its_text_names_only_what_there_is(rule: Rule) -> None:
    """The statements of a spike rule read traces, parameters and the weight, and set the weight."""
    spikes = _spikes(rule)
    text = f"{spikes.on_pre}\n{spikes.on_post}"
    own = set(re.findall(r"^\s*(\w+) = ", text, re.MULTILINE))
    words = set(re.findall(r"[A-Za-z_]\w*", re.sub(r"\d\.?\d*e-?\d+", "", text)))
    traces = {*spikes.pre_traces, *spikes.post_traces}
    unknown = words - own - traces - set(spikes.info()) - {"w", "clip", "int", "exp"}
    expect(not unknown, f"its text names {sorted(unknown)}, which are nothing")
    expect("w" in own, "its text never sets w")


def its_traces_decay(rule: Rule) -> None:
    """Traces have names of their own on either side, and time constants above 0."""
    spikes = _spikes(rule)
    expect(not set(spikes.pre_traces) & set(spikes.post_traces), "a trace of either side has the same name")
    every = (*spikes.pre_traces.values(), *spikes.post_traces.values())
    expect(every and all(trace.tau > 0 for trace in every), "a trace does not decay")


def a_step_that_is_too_coarse_is_refused(rule: Rule) -> None:
    """A time step above half of its shortest trace is refused with a reason, and a short one is not."""
    spikes = _spikes(rule)
    shortest = min(trace.tau for trace in (*spikes.pre_traces.values(), *spikes.post_traces.values()))
    expect(spikes.refuse_step(shortest) is not None, f"dt = {shortest:g} s is accepted")
    expect(spikes.refuse_step(1e-3 * shortest) is None, f"dt = {1e-3 * shortest:g} s is refused")


def _circuit(rule: Rule) -> Circuit:
    return Circuit({"x": 2}, [Population("y", 3)], [Projection("ff", "x", "y", np.full((3, 2), 1e-3), rule=rule)])


def _setting(rule: Rule) -> _Setting:
    only_if(isinstance(rule, RateRule), "it is a rule of spike times")
    assert isinstance(rule, RateRule)
    rng, scale = np.random.default_rng(11), rule.reference
    w = _fixed(rng.uniform(0.1, 1.0, (_POST, _PRE)) / scale)
    activity = [
        (_fixed(rng.uniform(0, 2 * scale, (_TRIALS, _PRE))), _fixed(rng.uniform(0, 2 * scale, (_TRIALS, _POST))))
        for _ in range(3)
    ]
    state = rule.initial_state(_POST, _PRE)
    for pre, post in activity[:2]:
        state = rule.next_state(w, pre, post, state)
    for value in state.values():
        _fixed(value)
    return _Setting(rule, w, *activity[2], state)


def _fixed(array: Array) -> Array:
    array.flags.writeable = False
    return array


def _change(one: _Setting) -> Array:
    return one.rule.dw(one.w, one.pre, one.post, one.state)


def _spikes(rule: Rule) -> SpikeRule:
    only_if(isinstance(rule, SpikeRule), "it is a rule of rates")
    assert isinstance(rule, SpikeRule)
    return rule


CHECKS = checks_of(globals())

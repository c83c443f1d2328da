"""What every homeostasis must do: a change of thresholds or of incoming weights, unit by unit."""

from typing import Any, NamedTuple

import numpy as np

from neurosim.circuits.circuit import Circuit, Population, Projection
from neurosim.contracts.parameters import changed, only_if, says, says_a_year, without_effect
from neurosim.contracts.running import checks_of, expect, refuses, same
from neurosim.homeostasis.base import Homeostasis, State
from neurosim.params import Array

_TRIALS, _PRE, _POST = 4, 5, 3


class _Setting(NamedTuple):
    """One presentation, none of its arrays writeable, and the state after another."""

    w: Array
    post: Array
    state: State


def its_docstring_says_units_and_source(law: Homeostasis) -> None:
    """The docstring has sections Units and Source, and the source names a year."""
    says(law, "Units")
    says_a_year(law)


def it_says_what_it_acts_on(law: Homeostasis) -> None:
    """It acts on the bias or on the weights, and changes that alone."""
    one = _setting(law)
    expect(law.acts_on in ("bias", "weights"), f"it acts on {law.acts_on!r}")
    expect(
        law.bias_change(one.post, one.state).any() == (law.acts_on == "bias"), "it changes another bias than it says"
    )
    kept = np.array_equal(law.scale(one.w, one.post, one.state), one.w)
    expect(kept == (law.acts_on == "bias"), "it changes other weights than it says")


def a_circuit_carries_it(law: Homeostasis) -> None:
    """A population with it learns, and a frozen circuit does not."""
    circuit = _circuit(law)
    expect(circuit.population("y").homeostasis == (law,) and circuit.plastic, "the circuit does not carry it")
    expect(not circuit.frozen().plastic, "a frozen circuit still learns")


def a_circuit_with_it_survives_a_file(law: Homeostasis) -> None:
    """A circuit that is saved and loaded has the same homeostasis."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        expect(Circuit.load(_circuit(law).save(Path(folder) / "circuit")) == _circuit(law), "the file has another one")


def the_bias_change_has_one_entry_per_unit(law: Homeostasis) -> None:
    """The change of the bias is (units,), in float64 and finite."""
    one = _setting(law)
    change = law.bias_change(one.post, one.state)
    expect(change.shape == (_POST,) and change.dtype == np.float64, f"got {change.shape} of {change.dtype}")
    expect(np.isfinite(change).all(), "the change is not finite")


def weights_keep_their_shape(law: Homeostasis) -> None:
    """Scaled weights are (post, pre), in float64 and finite."""
    one = _setting(law)
    scaled = law.scale(one.w, one.post, one.state)
    expect(scaled.shape == one.w.shape and scaled.dtype == np.float64, f"got {scaled.shape} of {scaled.dtype}")
    expect(np.isfinite(scaled).all(), "scaled weights are not finite")


def scaling_is_multiplicative(law: Homeostasis) -> None:
    """The weights of a unit keep their ratios, and none becomes negative."""
    one = _setting(law)
    ratio = law.scale(one.w, one.post, one.state) / one.w
    np.testing.assert_allclose(ratio, np.repeat(ratio[:, :1], _PRE, axis=1), rtol=1e-12)
    expect((ratio >= 0).all(), "a weight changes its sign")


def zeros_stay_zeros(law: Homeostasis) -> None:
    """A connection of weight 0 stays at 0."""
    one = _setting(law)
    w = one.w.copy()
    w[:, 1] = 0.0
    same(law.scale(w, one.post, one.state)[:, 1], np.zeros(_POST), "a weight of 0 has grown")


def the_state_keeps_its_names_and_shapes(law: Homeostasis) -> None:
    """What it remembers has the names and shapes of the start, and is finite."""
    one = _setting(law)
    start, after = law.initial_state(_POST), law.next_state(one.post, one.state)
    shapes = [{key: np.shape(value) for key, value in state.items()} for state in (start, after)]
    expect(shapes[0] == shapes[1], f"the state was {shapes[0]} and is {shapes[1]}")
    expect(all(np.isfinite(value).all() for value in (*start.values(), *after.values())), "the state is not finite")


def it_changes_nothing_in_place(law: Homeostasis) -> None:
    """Read-only arrays are taken, and the state that was given stays what it was."""
    one = _setting(law)
    before = {key: value.copy() for key, value in one.state.items()}
    law.next_state(one.post, one.state), law.bias_change(one.post, one.state), law.scale(one.w, one.post, one.state)
    for key, value in before.items():
        same(one.state[key], value, f"{key} was changed in place")


def it_repeats_itself(law: Homeostasis) -> None:
    """The same presentation gives the same bias, weights and state to the bit."""
    one = _setting(law)
    same(law.bias_change(one.post, one.state), law.bias_change(one.post, one.state), "another bias the second time")
    same(law.scale(one.w, one.post, one.state), law.scale(one.w, one.post, one.state), "other weights the second time")
    for key, value in law.next_state(one.post, one.state).items():
        same(law.next_state(one.post, one.state)[key], value, f"another {key} the second time")


def one_trial_may_be_a_vector(law: Homeostasis) -> None:
    """A vector of rates is one trial."""
    one = _setting(law)
    same(law.bias_change(one.post[0], one.state), law.bias_change(one.post[:1], one.state), "they differ")
    same(law.scale(one.w, one.post[0], one.state), law.scale(one.w, one.post[:1], one.state), "they differ")


def the_order_of_trials_does_not_matter(law: Homeostasis) -> None:
    """A batch acts by its mean: its trials may come in any order."""
    one = _setting(law)
    back = one.post[::-1]
    np.testing.assert_allclose(law.bias_change(back, one.state), law.bias_change(one.post, one.state), rtol=1e-12)
    np.testing.assert_allclose(law.scale(one.w, back, one.state), law.scale(one.w, one.post, one.state), rtol=1e-12)


def what_settles_looks_at_each_unit_alone(law: Homeostasis) -> None:
    """One that says that it settles leaves weights that are as it wants them, and looks at each unit alone."""
    one = _setting(law)
    scaled = law.scale(one.w, one.post, one.state)
    again = law.scale(scaled, one.post, one.state)
    if law.settles:
        same(law.scale(one.w[[2]], one.post[:, [2]], one.state), scaled[[2]], "a unit alone is scaled otherwise")
        np.testing.assert_allclose(again, scaled, rtol=1e-14)  # only rounding of a short sum
    elif law.acts_on == "weights":
        expect(np.abs(again / scaled - 1).max() > 1e-6, "it settles at once and does not say so")


def the_reference_is_only_a_unit(law: Homeostasis) -> None:
    """Rates and weights in other units give the same bias and the same weights in these units."""
    one = _setting(law)
    units = {field: 8 * getattr(law, field) for field, info in law.info().items() if info.unit == "Hz"}
    other = law.replace(**units)
    # Eight is a power of two: no digit is rounded.
    same(other.bias_change(8 * one.post, one.state), law.bias_change(one.post, one.state), "another bias")
    same(other.scale(one.w / 8, 8 * one.post, one.state), law.scale(one.w, one.post, one.state) / 8, "other weights")


def activity_of_a_wrong_shape_is_refused(law: Homeostasis) -> None:
    """Rates of three axes, or of no trial, are refused in one sentence."""
    refuses(
        lambda: law.bias_change(np.ones((2, 2, 2))), "rates of three axes", f"{type(law).__name__}: post", "(2, 2, 2)"
    )
    refuses(lambda: law.bias_change(np.ones((0, 2))), "rates of no trial", f"{type(law).__name__}: post")


def what_is_not_finite_is_refused(law: Homeostasis) -> None:
    """NaN among the rates is refused with its place."""
    refuses(lambda: law.bias_change([np.nan, 1.0]), "NaN among the rates", f"{type(law).__name__}: post[0]", "nan")


def weights_that_do_not_fit_are_refused(law: Homeostasis) -> None:
    """Weights of other units than the rates are refused in one sentence."""
    refuses(
        lambda: law.scale(np.ones((2, _PRE)), np.ones((_TRIALS, _POST))), "weights of two units", type(law).__name__
    )


def silence_is_finite(law: Homeostasis) -> None:
    """Silent units get a finite bias and finite weights."""
    one = _setting(law)
    silent = 0.0 * one.post
    expect(np.isfinite(law.bias_change(silent, one.state)).all(), "silence gives no finite bias")
    expect(np.isfinite(law.scale(one.w, silent, one.state)).all(), "silence gives no finite weights")


def every_number_has_an_effect(law: Homeostasis) -> None:
    """Another value of a number changes bias, weights or state."""
    one = _setting(law)

    def answer(other: Any) -> Any:
        start = other.initial_state(_POST)
        after = other.next_state(one.post, start)
        found = [other.bias_change(one.post, after), other.scale(one.w, one.post, after), *after.values()]
        return [value.tobytes() for value in found]

    dead = without_effect(law, answer) - ({"reference"} if law.acts_on == "weights" else set())
    for name in dead:
        others = (other for changed_name, other in changed(law) if changed_name != name)
        expect(not all(name in without_effect(other, answer) for other in others), f"another {name} changes nothing")


def _circuit(law: Homeostasis) -> Circuit:
    return Circuit({"x": 2}, [Population("y", 3, homeostasis=[law])], [Projection("ff", "x", "y", np.ones((3, 2)))])


def _setting(law: Homeostasis) -> _Setting:
    only_if(isinstance(law, Homeostasis), "")
    rng = np.random.default_rng(2)
    w, post = rng.uniform(0.1, 1.0, (_POST, _PRE)), rng.uniform(0.0, 3.0, (_TRIALS, _POST))
    state = law.next_state(post, law.initial_state(_POST))
    for array in (w, post, *state.values()):
        array.flags.writeable = False
    return _Setting(w, post, state)


CHECKS = checks_of(globals())

"""What every homeostasis in the folder must satisfy, whoever wrote it."""

import inspect
import json

import numpy as np
import pytest

from neurosim import homeostasis, registry
from neurosim.circuits.circuit import Circuit, Population, Projection
from neurosim.params import ParameterError

KNOWN = homeostasis.known()
each = pytest.mark.parametrize("name", sorted(KNOWN))
TRIALS, PRE, POST = 4, 5, 3


@pytest.fixture
def setting(name):
    law = KNOWN[name]()
    rng = np.random.default_rng(2)
    w, post = rng.uniform(0.1, 1.0, (POST, PRE)), rng.uniform(0.0, 3.0, (TRIALS, POST))
    state = law.next_state(post, law.initial_state(POST))
    for array in (w, post, *state.values()):
        array.flags.writeable = False
    return law, w, post, state


@each
def test_it_says_its_equation_units_and_source(name):
    for section in ("Equation", "Units", "Source"):
        assert f"\n{section}\n" in inspect.cleandoc(KNOWN[name].__doc__)


@each
def test_it_survives_a_round_trip_through_json_and_through_a_circuit(name, tmp_path):
    law = KNOWN[name]()
    assert registry.from_dict(json.loads(json.dumps(law.as_dict()))) == law
    populations = [Population("y", 3, homeostasis=[law, homeostasis.TargetRate()])]
    circuit = Circuit({"x": 2}, populations, [Projection("ff", "x", "y", np.ones((3, 2)))])
    loaded = Circuit.load(circuit.save(tmp_path / "circuit"))
    assert loaded == circuit
    assert loaded.population("y").homeostasis == (law, homeostasis.TargetRate())
    assert circuit.plastic
    assert not circuit.frozen().plastic


@each
def test_shapes_and_nothing_in_place(name, setting):
    # The arrays of the setting are read-only, so writing to one of them would raise.
    law, w, post, state = setting
    assert law.bias_change(post, state).shape == (POST,)
    assert law.scale(w, post, state).shape == w.shape
    after = law.next_state(post, state)
    assert {k: v.shape for k, v in after.items()} == {k: v.shape for k, v in law.initial_state(POST).items()}
    assert law.bias_change(post, state).any() == (law.acts_on == "bias")
    assert np.array_equal(law.scale(w, post, state), w) == (law.acts_on == "bias")


@each
def test_scaling_is_multiplicative_unit_by_unit(name, setting):
    law, w, post, state = setting
    ratio = law.scale(w, post, state) / w
    # The ratios between the weights of a unit are kept to rounding.
    np.testing.assert_allclose(ratio, np.repeat(ratio[:, :1], PRE, axis=1), rtol=1e-12)
    assert (law.scale(w, post, state) >= 0).all()


@each
def test_what_settles_looks_at_each_unit_alone_and_leaves_settled_weights(name, setting):
    law, w, post, state = setting
    scaled = law.scale(w, post, state)
    again = law.scale(scaled, post, state)
    if law.settles:
        np.testing.assert_array_equal(law.scale(w[[2]], post[:, [2]], state), scaled[[2]])
        # Only rounding of a sum of five numbers.
        np.testing.assert_allclose(again, scaled, rtol=1e-14)
    elif law.acts_on == "weights":
        assert np.abs(again / scaled - 1).max() > 1e-6


@each
def test_the_reference_is_only_a_unit(name, setting):
    law, w, post, state = setting
    targets = {field: 8 * getattr(law, field) for field, info in law.info().items() if info.unit == "Hz"}
    other = law.replace(**targets)
    # Eight is a power of two: no digit is rounded.
    np.testing.assert_array_equal(other.bias_change(8 * post, state), law.bias_change(post, state))
    np.testing.assert_array_equal(other.scale(w / 8, 8 * post, state), law.scale(w, post, state) / 8)


@each
def test_activity_of_a_wrong_shape_or_that_is_not_finite_is_refused(name):
    law = KNOWN[name]()
    with pytest.raises(ParameterError, match=rf"^{name}: post: got shape \(2, 2, 2\), expected"):
        law.bias_change(np.ones((2, 2, 2)))
    with pytest.raises(ParameterError, match=rf"^{name}: post\[0\]: got nan, expected finite"):
        law.bias_change([np.nan, 1.0])

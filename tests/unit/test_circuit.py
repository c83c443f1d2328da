"""Circuits: validated, read-only, comparable, saved without pickle."""

import json

import numpy as np
import pytest
import scipy.sparse as sp
from brian2 import ms, mV

from neurosim.cells.lif import LIF
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.circuits.kernels import DifferenceOfGaussians, Exponential, Gaussian, UniformLateral
from neurosim.inhibition import lateral
from neurosim.params import DimensionError, ParameterError
from neurosim.plasticity.hebb import Hebb


def small(**changes):
    hidden = Population("hidden", 3, bias=[0.1, 0.2, 0.3])
    parts = {
        "inputs": [Input("pixels", 2)],
        "populations": [hidden],
        "projections": [Projection("ff", "pixels", "hidden", np.ones((3, 2)), tau=2 * ms), lateral(hidden, 0.01)],
    }
    return Circuit(**{**parts, **changes})


def test_arrays_are_copied_and_read_only():
    weights = np.ones((3, 2))
    circuit = Circuit([Input("a", 2)], [Population("b", 3)], [Projection("p", "a", "b", weights)])
    weights[0, 0] = 7
    assert circuit.projection("p").weights[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        circuit.projection("p").weights[0, 0] = 2
    with pytest.raises(ValueError, match="read-only"):
        circuit.population("b").bias[0] = 2


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Population("hidden", 0), "size 0, expected a whole number >= 1"),
        (lambda: Population("2hidden", 1), "expected letters, digits and _"),
        (lambda: Population("p", 2, bias=[1, 2, 3]), r"bias has shape \(3,\), expected a number or \(2,\)"),
        (lambda: Population("p", 2, bias=[0, np.nan]), r"bias\[1\]: got nan, expected finite numbers"),
        (lambda: Projection("w", "a", "b", [[1.0, -2.0]]), "got a weight of -2, expected magnitudes >= 0"),
        (lambda: Projection("w", "a", "b", [[1.0, np.inf]]), r"weights\[0, 1\]: got inf"),
        (lambda: Projection("w", "a", "b", [1.0, 2.0]), r"got shape \(2,\), expected \(post, pre\)"),
        (lambda: Projection("w", "a", "b", [["x"]]), "weights: got text, expected real numbers"),
        (lambda: Projection("w", "a", "b", [[1.0]], sign=2), r"got sign 2, expected \+1, -1 or None"),
        (lambda: Projection("w", "a", "b", [[1.0]], tau=-1e-3), "tau: got -0.001 s, expected >= 0 s"),
        (lambda: Projection("w", "a", "b", [[1.0]], delay=float("nan")), "delay: got nan s"),
        (lambda: Projection("w", "a", "b", sp.csr_array([[-1.0]])), "got a weight of -1"),
        (lambda: Circuit(), "got no population"),
        (lambda: small(inputs=[Input("hidden", 2)]), "name 'hidden' is used 2 times"),
        (lambda: small(projections=[Projection("p", "pixel", "hidden", np.ones((3, 2)))]), "did you mean 'pixels'"),
        (lambda: small(projections=[Projection("p", "pixels", "hiden", np.ones((3, 2)))]), "did you mean 'hidden'"),
        (lambda: small(projections=[Projection("p", "pixels", "pixels", np.ones((2, 2)))]), "no population is named"),
        (
            lambda: small(projections=[Projection("p", "pixels", "hidden", np.ones((2, 3)))]),
            r"weights have shape \(2, 3\), expected \(post, pre\) = \(3, 2\)",
        ),
        (lambda: small(projections=[Projection("p", "pixels", "hidden", np.ones((3, 2)))] * 2), "used 2 times"),
        (lambda: small(populations=["hidden"]), "expected a Population"),
        (lambda: lateral(Population("p", 3), -0.1), "lateral: strength: got -0.1 s, expected >= 0 s"),
        (lambda: lateral(Population("p", 9), 1.0, kernel=Gaussian(sigma=5.0)), "expected at most 4.5"),
    ],
)
def test_bad_parts_are_refused_in_one_sentence(build, message):
    with pytest.raises((ValueError, DimensionError), match=message) as caught:
        build()
    assert "\n" not in str(caught.value)


def test_a_time_constant_of_the_wrong_dimension_is_a_type_error():
    with pytest.raises(DimensionError, match="tau"):
        Projection("w", "a", "b", [[1.0]], tau=1 * mV)
    assert Projection("w", "a", "b", [[2.0]] * ms).weights[0, 0] == pytest.approx(2e-3)


def test_ablation_and_replacement_leave_the_original_alone():
    circuit = small()
    assert [p.name for p in circuit.without("lateral").projections] == ["ff"]
    assert circuit.with_weights(ff=np.zeros((3, 2))).projection("ff").weights.sum() == 0
    assert circuit.with_bias(hidden=1.0).population("hidden").bias.tolist() == [1, 1, 1]
    assert circuit.projection("ff").weights.sum() == 6
    with pytest.raises(ParameterError, match="did you mean 'lateral'"):
        circuit.without("laterl")


def test_order_tells_feedforward_from_recurrent():
    chain = Circuit(
        [Input("x", 1)],
        [Population("b", 1), Population("a", 1)],
        [Projection("xa", "x", "a", [[1.0]]), Projection("ab", "a", "b", [[1.0]])],
    )
    assert chain.order() == ("a", "b")
    assert not chain.recurrent
    assert small().recurrent


def test_sparse_weights_are_copied_unless_nobody_can_change_them():
    given = sp.csr_array(np.diag([1.0, 2.0, 3.0]))

    def kept():
        return Projection("p", "a", "b", given).weights

    assert not np.shares_memory(kept().data, given.data)
    for part in (given.data, given.indices, given.indptr):
        part.flags.writeable = False
    assert np.shares_memory(kept().data, given.data)
    assert np.shares_memory(kept().indices, given.indices)
    # An entry that is 0 is no synapse, and so not taken as it is.
    given = sp.csr_array((np.zeros(1), np.zeros(1, np.int32), np.array([0, 1], np.int32)), shape=(1, 1))
    for part in (given.data, given.indices, given.indptr):
        part.flags.writeable = False
    assert kept().nnz == 0


def test_the_width_of_indices_makes_no_other_circuit():
    narrow = sp.csr_array(np.ones((3, 2)))
    wide = sp.csr_array((narrow.data, narrow.indices.astype(np.int64), narrow.indptr.astype(np.int64)), (3, 2))
    assert wide.indices.dtype == np.int64
    circuits = [small(projections=[Projection("ff", "pixels", "hidden", w)]) for w in (narrow, wide)]
    assert circuits[0].digest == circuits[1].digest


@pytest.mark.parametrize("weights", [np.arange(6.0).reshape(2, 3), sp.csr_array([[0.0, 2.0, 0], [1.0, 0, 0]])])
def test_dense_and_sparse_weights_apply_alike(weights):
    rates = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]])
    projection = Projection("p", "x", "y", weights, sign=-1)
    dense = weights if isinstance(weights, np.ndarray) else weights.toarray()
    np.testing.assert_allclose(projection.apply(rates), -rates @ dense.T)


def test_uniform_inhibition_is_its_dense_matrix():
    rates = np.random.default_rng(0).uniform(0, 50, (4, 6))
    population = Population("p", 6)
    dense = Projection("d", "p", "p", 0.3 * (1 - np.eye(6)), sign=-1)
    np.testing.assert_allclose(lateral(population, 0.3).apply(rates), dense.apply(rates), rtol=1e-13)
    total = lateral(population, 0.3, per="total").weights
    assert isinstance(total, UniformLateral)
    assert total.value == pytest.approx(0.06)


def test_lateral_kernels_carry_their_sign():
    population = Population("p", 30)
    profile = lateral(population, 2.0, kernel=Exponential(length=3.0), per="total")
    assert profile.sign == -1
    assert profile.weights.sum(axis=1) == pytest.approx(np.full(30, 2.0))
    hat = lateral(population, 1.0, kernel=DifferenceOfGaussians(sigma_e=1.0, sigma_i=3.0, ratio=0.9))
    assert hat.sign is None
    assert hat.weights[0, 1] > 0 > hat.weights[0, 4]
    grid = lateral(Population("g", 12), 1.0, kernel=Gaussian(sigma=1.0), topology="grid", shape=(3, 4))
    assert grid.weights.shape == (12, 12)
    with pytest.raises(ParameterError, match="of 12 units"):
        lateral(Population("g", 12), 1.0, kernel=Gaussian(sigma=1.0), topology="grid", shape=(3, 3))
    with pytest.raises(ParameterError, match=r"expected \(rows, columns\)"):
        lateral(Population("g", 12), 1.0, kernel=Gaussian(sigma=1.0), topology="grid")


def test_loop_gain_of_uniform_inhibition_is_its_strength():
    population = Population("p", 20)
    circuit = Circuit(populations=[population], projections=[lateral(population, 0.7)])
    # -w(11' - 1) has the largest eigenvalue w, whatever the number of units.
    assert circuit.loop_gain() == pytest.approx(0.7, rel=1e-12)
    assert circuit.loop_gain(max_slope={"p": 2.0}) == pytest.approx(1.4, rel=1e-12)
    with pytest.raises(
        ParameterError, match="loop_gain: max_slope: got 'q', expected one for every population; 'p' has none"
    ):
        circuit.loop_gain(max_slope={"q": 2.0})


@pytest.mark.parametrize("sparse", [False, True])
def test_circuits_round_trip_through_a_file(tmp_path, sparse):
    weights = sp.csr_array(np.eye(3, 2)) if sparse else np.eye(3, 2)
    hidden = Population("hidden", 3, bias=np.array([0.1, 0.2, 0.3]))
    circuit = Circuit(
        [Input("pixels", 2)],
        [hidden],
        [Projection("ff", "pixels", "hidden", weights, sign=None, tau=0.0, delay=1e-3), lateral(hidden, 0.2)],
    )
    again = Circuit.load(circuit.save(tmp_path / "circuit"))
    assert again == circuit
    assert hash(again) == hash(circuit)
    assert again != circuit.with_bias(hidden=0.0)
    assert [p.name for p in tmp_path.iterdir()] == ["circuit.npz"]


def test_a_damaged_file_is_named(tmp_path):
    path = small().save(tmp_path / "circuit.npz")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(
        ParameterError, match=r"circuit\.npz: no saved circuit, or a damaged one \(it is no \.npz file, or"
    ):
        Circuit.load(path)


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"circuit\.npz: cannot be written, because the folder .*nowhere does not"
    ):
        small().save(tmp_path / "nowhere" / "circuit.npz")


def test_representations_name_every_part():
    text, html = repr(small()), small()._repr_html_()
    for name in ("pixels", "hidden", "ff", "lateral"):
        assert name in text
        assert name in html
    assert "inhibitory" in text


def test_populations_do_not_take_cells():
    with pytest.raises((TypeError, ValueError)):
        Population("p", 3, bias=LIF())


def test_a_sign_of_numpy_is_a_sign_and_a_truth_value_is_none(tmp_path):
    signs = [Projection("p", "pixels", "hidden", np.ones((3, 2)), sign=np.sign(value)) for value in np.array([2, 2])]
    assert all(type(p.sign) is int and p.sign == 1 for p in signs)
    small(projections=signs[:1]).save(tmp_path / "circuit.npz")
    assert Circuit.load(tmp_path / "circuit.npz").projection("p").sign == 1
    for wrong in (True, np.True_, 1.0, "1", np.array([1, 1]), 2):
        with pytest.raises(ParameterError, match=r"got sign .*, expected \+1, -1 or None"):
            Projection("p", "pixels", "hidden", np.ones((3, 2)), sign=wrong)


def test_a_zero_has_no_sign():
    weights = [np.array([[0.0, 1.0]]), np.array([[-0.0, 1.0]])]
    for form in (np.asarray, sp.csr_array):
        for rule in (None, Hebb()):
            parts = [
                Circuit({"x": 2}, [Population("p", 1, bias=w[0, 0])], [Projection("w", "x", "p", form(w), rule=rule)])
                for w in weights
            ]
            assert parts[0].digest == parts[1].digest
    shared = sp.csr_array((np.array([-0.0, 1.0]), [0, 1], [0, 2]), shape=(1, 2))
    for part in (shared.data, shared.indices, shared.indptr):
        part.flags.writeable = False
    assert not np.signbit(Projection("w", "x", "p", shared, rule=Hebb()).weights.data).any()


@pytest.mark.parametrize("form", [sp.csr_array, sp.coo_array, sp.lil_array, np.asarray])
def test_weights_of_complex_numbers_and_truth_values_are_refused(form):
    for wrong, words in ((np.eye(2) * 1j, "complex numbers"), (np.eye(2) > 0, "truth values")):
        with pytest.raises(
            DimensionError,
            match=f"Projection 'w': weights: got {words}.*, expected real numbers",
        ):
            Projection("w", "x", "p", form(wrong))


def test_a_mask_on_bias_or_weights_is_refused_with_its_place():
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    with pytest.raises(ParameterError, match=r"bias\[1\]: got a masked entry"):
        Population("p", 2, bias=masked)
    with pytest.raises(ParameterError, match=r"weights\[0, 1\]: got a masked entry"):
        Projection("w", "x", "p", masked[None])


@pytest.mark.parametrize("wrong", [{}, [], None, 3, 1.5])
def test_a_saved_projection_from_something_without_a_name_is_refused(tmp_path, wrong):
    """Found by the fuzzer, which wrote a dictionary in place of a name."""
    from neurosim.files import read_arrays, read_json, write_arrays

    circuit = Circuit({"x": 1}, [Population("p", 1)], [Projection("f", "x", "p", np.eye(1))])
    path = circuit.save(tmp_path / "circuit")
    arrays = read_arrays(path)
    text = read_json(arrays, "circuit")
    text["projections"][0]["pre"] = wrong
    write_arrays(path, {**arrays, "circuit": np.array(json.dumps(text))})
    with pytest.raises(ParameterError, match=r"circuit\.npz: no saved circuit, or a damaged one"):
        Circuit.load(path)

"""Sparse weights: every format gives the same circuit; indices outside of the matrix are refused, never followed."""

import numpy as np
import pytest
from scipy import sparse

import neurosim as ns
from neurosim.params import DimensionError, ParameterError

MATRIX = np.array([[0.0, 2e-3, 0.0, 1e-3], [0.0, 0.0, 0.0, 0.0], [5e-3, 0.0, 0.0, 4e-3], [0.0, 3e-3, 0.0, 0.0]])


def project(weights):
    return ns.Projection("f", "x", "p", weights)


def as_rows(indices, indptr, shape=(4, 3), index=np.int32):
    return sparse.csr_array(
        (np.full(len(indices), 0.02), np.array(indices, index), np.array(indptr, index)), shape=shape
    )


def changed(kind, change):
    matrix = getattr(sparse, f"{kind}_array")(np.eye(4))
    change(matrix)
    return matrix


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "lil", "dia", "dok", "bsr"])
@pytest.mark.parametrize("family", ["array", "matrix"])
def test_every_format_gives_the_same_weights(kind, family):
    given = getattr(sparse, f"{kind}_{family}")(MATRIX)
    weights = project(given).weights
    np.testing.assert_array_equal(weights.toarray(), MATRIX)
    assert weights.nnz == 5
    assert weights.indices.dtype == weights.indptr.dtype == np.int32
    np.testing.assert_array_equal(given.toarray(), MATRIX)  # what was given is left alone


def test_wide_unsorted_and_repeated_indices():
    indices, indptr = np.array([3, 1, 3, 0, 0]), np.array([0, 3, 3, 4, 5])
    given = sparse.csr_array((np.array([1.0, 2.0, 4.0, 8.0, 16.0]), indices, indptr), shape=(4, 4))
    assert given.indices.dtype == np.int64
    by_hand = np.array([[0.0, 2.0, 0.0, 5.0], [0.0] * 4, [8.0, 0.0, 0.0, 0.0], [16.0, 0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(project(given).weights.toarray(), by_hand)
    np.testing.assert_array_equal(project(given).apply(np.array([[1.0, 10.0, 100.0, 1000.0]])), [[5020.0, 0, 8, 16]])


def test_a_matrix_that_says_that_it_is_in_order_is_not_believed():
    given = sparse.csr_array((np.array([1.0, 2.0, 3.0]), np.array([1, 1, 0], np.int32), np.array([0, 2, 3], np.int32)))
    given.has_sorted_indices = given.has_canonical_format = True
    for part in (given.data, given.indices, given.indptr):
        part.flags.writeable = False
    weights = project(given).weights
    assert weights.nnz == 2
    np.testing.assert_array_equal(weights.toarray(), [[0.0, 3.0], [3.0, 0.0]])


DAMAGED = {
    "one beyond": lambda: as_rows([3, 3, 3, 3], [0, 1, 2, 3, 4]),
    "far beyond": lambda: as_rows([10**8] * 4, [0, 1, 2, 3, 4]),
    "far beyond, wide": lambda: as_rows([2**40] * 4, [0, 1, 2, 3, 4], index=np.int64),
    "negative": lambda: as_rows([-1, 0, 1, 2], [0, 1, 2, 3, 4]),
    "rows that go back": lambda: as_rows([0, 0, 1, 2], [0, 3, 2, 3, 4]),
    "columns": lambda: sparse.csc_array((np.full(4, 0.02), [9, 0, 1, 2], [0, 2, 3, 4]), shape=(4, 3)),
    "blocks": lambda: changed("bsr", lambda m: m.indices.__setitem__(0, 77)),
    "triples": lambda: changed("coo", lambda m: m.row.__setitem__(1, 10**8)),
    "negative triples": lambda: changed("coo", lambda m: m.col.__setitem__(1, -5)),
    "lists": lambda: changed("lil", lambda m: m.rows[1].__setitem__(0, 99)),
    "lists without values": lambda: changed("lil", lambda m: m.rows[1].append(2)),
    "a diagonal outside": lambda: changed("dia", lambda m: m.offsets.__setitem__(0, 70)),
    "keys": lambda: changed("dok", lambda m: m._dict.__setitem__((9, 9), 1.0)),
    "keys that are too wide": lambda: changed("dok", lambda m: m._dict.__setitem__((2**40, 0), 1.0)),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_indices_outside_are_refused_in_one_sentence(name):
    words = r"^Projection 'f': weights: got a damaged sparse matrix \(.*\), expected indices inside of it$"
    with pytest.raises(ParameterError, match=words):
        project(DAMAGED[name]())


def test_entries_that_are_no_numbers():
    with pytest.raises(DimensionError, match=r"^Projection 'f': weights: got complex numbers"):
        project(sparse.csr_array(1j * np.eye(2)))
    with pytest.raises(ParameterError, match=r"weights\[0\]: got nan"):
        project(sparse.csr_array(np.array([[np.nan, 0.0], [0.0, 1.0]])))
    with pytest.raises(ParameterError, match=r"got shape \(3,\), expected \(post, pre\)"):
        project(sparse.coo_array(np.arange(3.0)))


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("wrong", [3, 10**8, -1, -(10**8)])
def test_indices_in_a_file_are_checked_as_well(tmp_path, wrong, index):
    circuit = ns.Circuit({"x": 3}, [ns.Population("p", 4)], [project(as_rows([0, 1, 2, 0], [0, 1, 2, 3, 4]))])
    path = circuit.save(tmp_path / "circuit")
    with np.load(path) as file:
        arrays = dict(file)
    arrays["w_f.indices"] = arrays["w_f.indices"].astype(index)
    arrays["w_f.indices"][2] = wrong
    np.savez_compressed(path, **arrays)
    with pytest.raises(
        ParameterError, match=r"circuit\.npz: no saved circuit, .*Projection 'f': weights: got a damaged"
    ):
        ns.Circuit.load(path)

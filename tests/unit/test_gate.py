"""The gate for values from outside: what passes, with which value, and what is refused in which words."""

import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from brian2 import Hz, ms, mV, second
from scipy.sparse import csr_array

from neurosim.gate import DimensionError, ParameterError, finite, flag, instance, labels, real, shown, text, whole
from neurosim.params import ParamInfo, number


class Subclass(np.ndarray):
    """An array of somebody else's."""


ACCEPTED = {
    "a number": (3, 3.0),
    "a list": ([1, 2.5], [1.0, 2.5]),
    "a range": (range(3), [0.0, 1.0, 2.0]),
    "an empty list": ([], []),
    "half precision": (np.array([0.5], np.float16), [0.5]),
    "single precision": (np.array([0.1], np.float32), [0.10000000149011612]),
    "long double": (np.array([0.25], np.longdouble), [0.25]),
    "small integers": (np.array([200], np.uint8), [200.0]),
    "another byte order": (np.array([1.5], ">f8"), [1.5]),
    "a large whole number": ([2**70], [1180591620717411303424.0]),
    "fractions": ([Fraction(1, 4)], [0.25]),
    "a column": (pd.Series([1, 2]), [1.0, 2.0]),
    "a table": (pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}), [[1.0, 0.5], [2.0, 1.5]]),
    "a nullable column": (pd.Series([1, 2], dtype="Int64"), [1.0, 2.0]),
    "a mask without a masked entry": (np.ma.array([1.0, 2.0], mask=[False, False]), [1.0, 2.0]),
    "a masked array without a mask": ([np.ma.array([1.0]), [2.0]], [[1.0], [2.0]]),
    "a subclass": (np.ones(2).view(Subclass), [1.0, 1.0]),
    "a matrix": (np.asmatrix([[1.0, 2.0]]), [[1.0, 2.0]]),
    "a read-only array": (np.broadcast_to(1.0, (2,)), [1.0, 1.0]),
    "every second entry": (np.arange(4.0)[::2], [0.0, 2.0]),
}


@pytest.mark.parametrize("kind", ACCEPTED)
def test_what_is_a_real_number_passes_with_its_value(kind):
    given, expected = ACCEPTED[kind]
    result = finite(given, "1", "here")
    assert type(result) is np.ndarray
    assert result.dtype == np.float64
    assert result.tolist() == expected


REFUSED = {
    "a truth value": (True, DimensionError, "^here: got True, expected a number "),
    "truth values": ([[True], [False]], DimensionError, r"^here\[0\]\[0\]: got True, expected a number$"),
    "one truth value among numbers": ([1.0, True], DimensionError, r"^here\[1\]: got True, expected a number$"),
    "an array of truth values": (np.array([True]), DimensionError, r"^here: got truth values, .*\.astype\(int\)"),
    "a column of truth values": (pd.Series([True, False]), DimensionError, "^here: got truth values"),
    "a complex number": (1j, DimensionError, "^here: got 1j, expected a real number$"),
    "no imaginary part": (np.array([1 + 0j]), DimensionError, r"^here: got complex numbers \(take \.real\), expected"),
    "a text": ("1", DimensionError, "^here: got '1', expected a number$"),
    "texts": (["1", "2"], DimensionError, "^here: got text, expected real numbers$"),
    "a text among numbers": ([1.0, "2"], DimensionError, "^here: got text, expected"),
    "bytes": (b"", DimensionError, "^here: got b'', expected"),
    "None": (None, DimensionError, "^here: got None, expected a number$"),
    "None among numbers": ([1.0, None], DimensionError, r"^here\[1\]: got None, expected a number$"),
    "a date": (np.array(["2020-01-01"], "M8[D]"), DimensionError, "^here: got dates, expected real numbers$"),
    "a time difference": (datetime.timedelta(1), DimensionError, r"^here: got datetime\.timedelta\(days=1\)"),
    "records": (np.zeros(2, [("a", float)]), DimensionError, "^here: got records, expected"),
    "a decimal": (Decimal(1), DimensionError, r"^here: got Decimal\('1'\), expected a number$"),
    "a dictionary": ({"a": 1}, DimensionError, r"^here: got \{'a': 1\}, expected a number$"),
    "a generator": ((k for k in range(3)), DimensionError, "^here: got <generator object .*expected a number$"),
    "a class": (int, DimensionError, "^here: got the class int, expected a number$"),
    "a sparse matrix": (csr_array(np.eye(2)), DimensionError, r"^here: got a sparse matrix, .*\.toarray\(\)"),
    "a ragged list": ([[1.0], [1.0, 2.0]], DimensionError, "^here: got rows that differ in length, expected a rect"),
    "objects": (np.array([1.0, object()]), DimensionError, r"^here\[1\]: got <object object at .*, expected a number"),
    "a missing value": (pd.Series([1, None], dtype="Int64"), ParameterError, r"^here\[1\]: got nan, expected"),
    "a masked entry": (np.ma.array([[1.0, 2.0]], mask=[[0, 1]]), ParameterError, r"^here\[0, 1\]: got a masked entry"),
    "the masked constant": (np.ma.masked, ParameterError, r"^here: got a masked entry \(1 of 1\)"),
    "a mask in a list": ([np.ma.array([1, 2], mask=[0, 1])], ParameterError, r"^here\[0\]\[1\]: got a masked entry"),
    "the masked constant in a list": ([1.0, np.ma.masked], ParameterError, r"^here\[1\]: got a masked entry"),
    "a quantity": (1 * mV, DimensionError, "^here: got 1. mV .*, expected a dimensionless number$"),
    "quantities in a list": ([0.5, 1 * mV], DimensionError, r"^here\[1\]: got 1. mV .*expected a dimensionless"),
    "NaN": ([[0.0, np.nan]], ParameterError, r"^here\[0, 1\]: got nan, expected finite numbers \(1 of 2 are not\)$"),
    "infinity": (-np.inf, ParameterError, r"^here: got -inf, expected finite numbers \(1 of 1 are not\)$"),
    "beyond float64": ([10**400], ParameterError, r"^here: got a whole number beyond 1\.8e308, expected"),
    "a long double beyond float64": (np.longdouble("1e400"), ParameterError, "^here: got inf, expected finite"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_would_be_a_number_only_by_a_guess_is_refused(kind):
    given, error, message = REFUSED[kind]
    with pytest.raises(error, match=message):
        finite(given, "1", "here")


@pytest.mark.parametrize("kind", [kind for kind in REFUSED if kind not in ("NaN", "infinity")])
def test_one_number_and_whole_numbers_are_held_to_the_same(kind):
    given = REFUSED[kind][0]
    info = ParamInfo("1", "a number")
    for gate in (
        lambda: number(given, info, "here"),
        lambda: labels(given, "here"),
        lambda: whole(given, "here", high=9),
    ):
        with pytest.raises((DimensionError, ParameterError), match=r"^here.*: got .*, expected"):
            gate()


def test_units_are_checked_wherever_a_quantity_stands():
    assert finite([1 * ms, 2 * ms], "s", "here").tolist() == [0.001, 0.002]
    assert finite([1, 2] * second, "s", "here").tolist() == [1.0, 2.0]
    with pytest.raises(DimensionError, match=r"^here\[1\]: got 2. Hz .*, expected a quantity in s$"):
        finite([1 * ms, 2 * Hz], "s", "here")


def test_real_lets_nan_and_infinity_through_and_copies_nothing_that_fits():
    array = np.array([np.nan, np.inf])
    assert real(array, "1", "here") is array
    assert np.isposinf(real(np.inf, "1", "here"))


def test_bounds_and_empty_arrays_are_named():
    with pytest.raises(ParameterError, match=r"^rates\[1\]: got -1, expected numbers >= 0 Hz$"):
        finite([0, -1], "Hz", "rates", low=0)
    with pytest.raises(ParameterError, match=r"^here: got an empty array of shape \(0,\), expected at least one"):
        finite([], "1", "here", empty=False)


@pytest.mark.parametrize("given", [3, np.int8(3), np.uint64(3), np.array(3)])
def test_whole_numbers_pass(given):
    result = whole(given, "here", low=1, high=3)
    assert result == 3
    assert type(result) is int


@pytest.mark.parametrize("given", [1.0, 1.5, np.float64(1), True, np.True_, np.array(True), "1", None, [1], 1j, int])
def test_a_whole_number_is_nothing_else(given):
    with pytest.raises(DimensionError, match=r"^here: got .*, expected a whole number >= 1 \(how many\)$"):
        whole(given, "here", low=1, doc="how many")


def test_a_whole_number_has_bounds_and_may_have_many_digits():
    with pytest.raises(ParameterError, match=r"^here: got 0, expected a whole number from 1 to 9$"):
        whole(0, "here", low=1, high=9)
    with pytest.raises(ParameterError, match=r"^here: got 1000.* \.\.\., expected a whole number <= 9$"):
        whole(10**400, "here", high=9)
    with pytest.raises(ParameterError, match=r"^here: got an int, expected"):
        whole(10**5000, "here", high=9)


@pytest.mark.parametrize(
    ("given", "expected"),
    [([0, 2], [0, 2]), ([0.0, 2.0], [0, 2]), (np.array([[3]], np.uint8), [[3]]), ([], []), (2, 2)],
)
def test_labels_are_whole_numbers_of_any_shape(given, expected):
    result = labels(given, "here")
    assert result.dtype == np.int64
    assert result.tolist() == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([0.0, 0.9], r"^here\[1\]: got 0\.9, expected whole numbers from 0 to 2$"),
        ([np.nan], r"^here\[0\]: got nan"),
        ([np.inf], r"^here\[0\]: got inf"),
        ([-1], r"^here\[0\]: got -1"),
        ([3], r"^here\[0\]: got 3"),
        (np.array([2**63], np.uint64), r"^here\[0\]: got 9223372036854775808"),
        ([2**80], r"^here\[0\]: got 1.2\d*e\+24"),
    ],
)
def test_labels_name_the_first_that_is_none(given, message):
    with pytest.raises(ParameterError, match=message):
        labels(given, "here", high=2)


def test_a_float_label_beyond_2_to_the_53_is_no_exact_number():
    with pytest.raises(ParameterError, match=r"^here\[0\]: got 1e\+16"):
        labels([1e16], "here")


def test_switches_texts_and_objects():
    assert flag(np.True_, "here") is True
    for given in (1, 0, "no", None, np.ones(1, bool)):
        with pytest.raises(DimensionError, match=r"^shuffle: got .*, expected True or False$"):
            flag(given, "shuffle")
    assert text(np.str_("a"), "here") == "a"
    with pytest.raises(DimensionError, match=r"^here: got b'a', expected a text$"):
        text(b"a", "here")
    assert instance(2, int, "here") == 2
    with pytest.raises(DimensionError, match=r"^here: got the class int, expected an int$"):
        instance(int, int, "here")
    with pytest.raises(DimensionError, match=r"^here: got None, expected a cell such as LIF"):
        instance(None, int, "here", "a cell such as LIF()")


def test_a_message_shows_one_short_line():
    assert shown("a" * 100) == "'" + "a" * 55 + " ..."
    assert shown(np.zeros((200, 2))) == "an array of shape (200, 2)"
    assert shown(pd.DataFrame({"a": [1]})) == "a DataFrame of shape (1, 1)"

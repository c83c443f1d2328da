"""Parameter sets: what they accept, what they refuse and how they say it."""

import copy
import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, second

from neurosim.activations.relu import ReLU
from neurosim.cells.leaky_rate import LeakyRate
from neurosim.cells.lif import LIF
from neurosim.params import DimensionError, ParameterError, Params, UnknownNameError, param, plain
from neurosim.registry import from_dict


@dataclass(frozen=True, kw_only=True)
class Sample(Params):
    """A parameter set with one field of every kind."""

    time: float = param(1e-3, unit="s", doc="a time", above=0)
    count: int = param(3, doc="a number of things", low=1, high=10)
    flag: bool = param(False, doc="a switch")
    mode: str = param("a", doc="a mode", choices=("a", "b"))
    drives: tuple[float, ...] = param((0.0, 1.0), doc="several drives")
    sizes: tuple[int, ...] = param((2, 4), doc="several sizes", low=1)


def test_quantities_become_si_numbers():
    assert LIF(tau_m=10 * ms).tau_m == pytest.approx(0.01)
    assert ReLU(gain=5 * Hz).gain == 5.0
    assert isinstance(LIF(tau_m=10 * ms).tau_m, float)
    assert Sample(drives=np.array([1, 2])).drives == (1.0, 2.0)
    assert repr(Sample(sizes=np.array([3, 5])).sizes) == "(3, 5)"


@pytest.mark.parametrize("wrong", [10 * mV, 3 * nS, 4 * Hz])
def test_wrong_dimension_names_class_field_and_unit(wrong):
    with pytest.raises(DimensionError, match=r"LIF\.tau_m: .*expected a quantity in s"):
        LIF(tau_m=wrong)


def test_a_quantity_where_a_plain_number_belongs_is_refused():
    with pytest.raises(DimensionError, match=r"LIF\.v_reset: .*expected a dimensionless number"):
        LIF(v_reset=1 * mV)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time": 0.0}, r"Sample\.time: got 0 s, expected > 0 s \(a time\)"),
        ({"time": float("nan")}, r"Sample\.time: got nan s"),
        ({"time": float("inf")}, r"Sample\.time: got inf s"),
        ({"count": 0}, r"Sample\.count: got 0, expected >= 1 and <= 10"),
        ({"count": 11}, r"Sample\.count: got 11"),
        ({"mode": "c"}, r"Sample\.mode: got 'c', expected one of 'a', 'b'"),
        ({"drives": (1.0, float("nan"))}, r"Sample\.drives\[1\]: got nan"),
        ({"sizes": (3, 0)}, r"Sample\.sizes\[1\]: got 0, expected >= 1"),
    ],
)
def test_values_out_of_bounds_are_named_with_unit_and_bound(changes, message):
    with pytest.raises(ParameterError, match=message):
        Sample(**changes)


@pytest.mark.parametrize(
    "changes",
    [{"time": "long"}, {"time": None}, {"time": [1, 2]}, {"count": 2.5}, {"flag": 1}, {"drives": 3.0}, {"time": True}],
)
def test_values_of_the_wrong_kind_are_type_errors(changes):
    with pytest.raises(DimensionError, match=r"Sample\.\w+: got .*, expected"):
        Sample(**changes)


def test_a_parameter_set_is_frozen_hashable_and_comparable():
    cell = LIF()
    with pytest.raises(AttributeError):
        cell.tau_m = 1.0
    assert {cell: 1}[LIF()] == 1
    assert LIF(tau_m=0.01) != cell
    assert cell.replace(t_ref=0.0).t_ref == 0.0
    with pytest.raises(ParameterError, match="no parameter of LIF is named 'tau'; did you mean 'tau_m'"):
        cell.replace(tau=1.0)


def test_an_unknown_name_or_a_value_without_one_is_told_from_the_parameters():
    with pytest.raises(UnknownNameError, match=r"no parameter of LIF is named 'tau'; did you mean 'tau_m'\? known are"):
        LIF(tau=0.02)
    with pytest.raises(
        DimensionError, match=r"LIF: got 0\.02 without a name, expected every parameter by name: tau_m, "
    ):
        LIF(0.02)
    assert pickle.loads(pickle.dumps(LIF(tau_m=0.01))) == copy.deepcopy(LIF(tau_m=0.01))


def test_a_quantity_array_of_the_wrong_dimension_is_told_by_its_shape():
    with pytest.raises(
        DimensionError, match=r"^here: got an array of shape \(8, 8\) \(s\), expected a quantity in Hz$"
    ):
        plain(np.ones((8, 8)) * second, "Hz", "here")


def test_nested_sets_survive_a_round_trip_and_wrong_families_are_refused():
    cell = LeakyRate(tau=20 * ms, activation=ReLU(gain=3.0))
    assert from_dict(cell.as_dict()) == cell
    assert from_dict(Sample(drives=(1.0, 2.0)).as_dict()) == Sample(drives=(1.0, 2.0))
    with pytest.raises(DimensionError, match=r"LeakyRate\.activation: .*expected an Activation"):
        LeakyRate(activation=LIF())


def test_units_are_known_and_a_quantity_array_keeps_its_shape():
    assert plain(np.array([1.0, 2.0]) * second, "s", "here").tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="unknown unit"):
        param(1.0, unit="furlong", doc="")


def test_html_lists_every_parameter_with_its_unit():
    html = LIF()._repr_html_()
    assert all(name in html for name in LIF.info())
    assert "<td>s</td>" in html


@pytest.mark.parametrize("wrong", [(1, 2.5), (1.0, 2.0), ("1", "2"), 3, [[1, 2]]])
def test_a_sequence_of_whole_numbers_takes_nothing_else(wrong):
    with pytest.raises(DimensionError, match=r"Sample\.sizes: got .*, expected a sequence of whole numbers \(several"):
        Sample(sizes=wrong)

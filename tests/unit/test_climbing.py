"""Populations that climb one by one: mixtures, attributions and what is refused."""

import numpy as np
import pytest

import neurosim as ns
from neurosim.activations import ReLU
from neurosim.climbing import climb
from neurosim.params import ParameterError

CELLS = ns.ladder(ns.LIF(), tau_rate=5e-3)
CIRCUIT = ns.Circuit(
    {"x": 3},
    [ns.Population("a", 4, bias=1.2), ns.Population("b", 3, bias=0.9), ns.Population("c", 2, bias=1.1)],
    [
        ns.Projection("xa", "x", "a", np.linspace(0, 0.01, 12).reshape(4, 3)),
        ns.Projection("ab", "a", "b", np.linspace(0.02, 0, 12).reshape(3, 4)),
        ns.Projection("bc", "b", "c", np.linspace(0, 0.02, 6).reshape(2, 3)),
    ],
)
SHOWN = ns.stimulus.constant([[50.0, 100.0, 0.0], [0.0, 20.0, 90.0]], "x")
SHORT = {"duration": 0.15, "settle": 0.05, "dt": 5e-4}


def test_all_mixtures_agree_with_the_pure_rungs_at_both_ends():
    found = climb(CIRCUIT, CELLS, SHOWN, **SHORT, record=("spikes", "rate"))
    assert len(found.runs) == 8
    for climbed, rung in ((frozenset(), "rate"), (frozenset("abc"), "spiking")):
        pure = ns.simulate(CIRCUIT, CELLS[rung], SHOWN, **SHORT, record=("rate",) if rung == "rate" else ("spikes",))
        for name in "abc":
            np.testing.assert_array_equal(found.runs[climbed].rates[name], pure.rates[name])
    one = found.runs[frozenset("b")]
    assert [one[name].level for name in "abc"] == ["rate", "spiking", "rate"]
    assert set(found.runs[frozenset("ab")].spikes) == {"a", "b"}


def test_fractions_and_changes_add_up_to_the_whole():
    found = climb(CIRCUIT, CELLS, SHOWN, **SHORT)

    def total(run):
        return run.rates["c"].sum()

    table, steps = found.table(total), found.steps(total)
    assert list(table.population) == ["a", "b", "c"]
    assert len(steps) == 12
    assert table.fraction.sum() == pytest.approx(1.0, rel=1e-12)
    ends = total(found.runs[frozenset("abc")]) - total(found.runs[frozenset()])
    assert table.change.sum() == pytest.approx(ends, rel=1e-9)
    # By hand, over the six orders of three populations.
    orders = ["abc", "acb", "bac", "bca", "cab", "cba"]
    by_hand = np.mean(
        [
            total(found.runs[frozenset(o[: o.index("b") + 1])]) - total(found.runs[frozenset(o[: o.index("b")])])
            for o in orders
        ]
    )
    assert table.change[1] == pytest.approx(by_hand, rel=1e-9)
    assert "from rate to spiking" in repr(found)


def test_one_order_is_nested_and_only_the_changed_population_moves():
    other = ns.Unit(activation=ReLU(gain=90.0, threshold=0.5))
    low, high = (
        {n: ns.Unit(activation=ReLU(gain=50.0)) for n in "abc"},
        {n: ns.Unit(activation=ReLU(gain=50.0)) for n in "abc"},
    )
    found = climb(
        CIRCUIT, {"one": low, "two": {**high, "b": other}}, SHOWN, rungs=("one", "two"), order=["c", "b", "a"], **SHORT
    )
    assert len(found.runs) == 4
    table = found.table()
    assert list(table.fraction) == pytest.approx([0.0, 1.0, 0.0], abs=1e-12)
    assert table.moved[1] > 1
    assert "most by 'b'" in repr(found)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rungs": ("rate", "spikin")}, "did you mean 'spiking'"),
        ({"rungs": ("rate",)}, "expected two rungs"),
        ({"rungs": ("rate", "rate")}, "expected two rungs"),
        ({"read_out": "d"}, "read_out"),
        ({"order": ("a", "b")}, "expected each of a, b, c once"),
        ({"record": 3}, "expected names such as"),
        ({"rungs": ("artificial", "timed")}, "timed"),
    ],
)
def test_what_cannot_climb_is_one_sentence(options, words):
    with pytest.raises((ParameterError, TypeError), match=words):
        climb(CIRCUIT, CELLS, SHOWN, **{**SHORT, **options})


def test_many_populations_need_an_order():
    many = ns.Circuit(populations=[ns.Population(f"p{k}", 1, bias=1.5) for k in range(9)])
    with pytest.raises(ParameterError, match="9 populations, whose mixtures are 512"):
        climb(many, CELLS, **SHORT)

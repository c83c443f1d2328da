"""Benchmarks on tiny works: results agree, wrong ones are noticed, and nothing looks at a time."""

import importlib.util

import numpy as np
import pandas as pd
import pytest
from tampering import changed

from benchmarks import entrants, program, run
from benchmarks.__main__ import main
from benchmarks.figure import figure
from benchmarks.parameters import QUICK, Parameters
from benchmarks.peers import adapters
from benchmarks.report import as_text, problems
from benchmarks.scaling import crossing
from benchmarks.works.independent import expected_counts
from neurosim.params import ParameterError

TINY = {
    **QUICK, "engine": "compiled", "units": 200, "network": 100, "batch": 3, "learners": 20, "learned": 2,
    "rate_units": 50, "rate_duration": 0.3, "rate_batch": 3, "patience": 0.001, "wide": 50, "fractions": (0.02, 0.4),
}  # fmt: skip
FAST = ("NumPy", "SciPy")
"""Libraries whose adapters take no second."""


@pytest.fixture(scope="module")
def tables():
    with pytest.MonkeyPatch.context() as patch:
        few = {name: module for name, module in adapters().items() if name in FAST}
        patch.setattr("benchmarks.peers.adapters", lambda: few)
        return run.compute(Parameters(**TINY))


def test_parameters_refuse_what_cannot_run():
    with pytest.raises(ParameterError, match="rounds"):
        Parameters(rounds=2)
    assert Parameters().rounds >= 5  # a median of at least five runs


def test_everybody_finds_the_same(tables):
    assert problems(tables) == []
    agreement = tables["agreement"]
    assert set(agreement.work) == {"W1", "W2", "W3", "W4", "W5", "W5 batch"}
    spikes = agreement[~agreement.work.str.startswith("W5")]
    assert (spikes[spikes.work != "W4"].total > 0).all()  # equality of nothing would prove nothing
    assert {"neurosim, compiled", "NumPy", "SciPy"} <= set(agreement.entrant)


def test_times_decide_nothing(tables):
    slow = tables["times"].copy()
    for column in ("seconds", "fastest", "slowest", "to_bound", "to_peer"):
        slow[column] = 1e6 * slow[column]
    assert problems({**tables, "times": slow}) == []


@pytest.mark.parametrize(
    ("table", "rows", "column", "value", "words"),
    [
        ("agreement", "work == 'W1' and entrant == 'NumPy'", "agrees", 0.0, "W1: NumPy differs"),
        ("theory", "name == 'W1 spikes'", "value", 0.0, "W1 spikes: got 0"),
        ("theory", "name == 'W2 input spikes'", "value", 1e6, "W2 input spikes: got 1e+06"),
        ("theory", "name == 'W3 spikes per unit and step'", "value", float("nan"), "W3 spikes per unit"),
    ],
)
def test_a_false_table_is_a_problem(tables, table, rows, column, value, words):
    (found,) = problems(changed(tables, table, column, value, rows))
    assert found.startswith(words)


def test_single_precision_is_granted_a_thousandth_and_no_more():
    counts = np.full((1, 10_000), 10)
    exact = entrants.Entrant("exact", entrants.ENGINE, lambda: None)
    single = entrants.Entrant("single", entrants.PEER, lambda: None, exact=False)
    for lost, agrees in ((50, True), (500, False)):
        found = counts.copy()
        found[0, :lost] -= 1
        rows = entrants.agreement_of("W1", [exact, single], {"exact": counts, "single": found})
        assert [row[-1] for row in rows] == [True, agrees]


def test_a_wrong_library_is_never_the_best_one():
    kinds = {"ours": entrants.ENGINE, "right": entrants.PEER, "wrong": entrants.PEER, "C": entrants.BOUND}
    who = [entrants.Entrant(name, kind, lambda: None) for name, kind in kinds.items()]
    times = {"ours": [9.0, 4.0, 4.0], "right": [9.0, 2.0, 2.0], "wrong": [9.0, 1.0, 1.0], "C": [9.0, 1.0, 3.0]}
    agreement = [("W1", e.name, e.kind, True, 1, 5.0, 5.0, 0.0, e.name != "wrong") for e in who]
    rows = {row[1]: row for row in entrants.summary_of("W1", who, times, times, agreement)}
    assert (rows["ours"][5], rows["ours"][-2], rows["ours"][-1]) == (4.0, 2.0, 2.0)


def test_spikes_in_closed_form_are_the_known_number():
    # 759,275 spikes were found by C, Numba, NumPy and Brian2 programs; the closed form knows none of them.
    assert expected_counts(10_000, 10_000).sum() == 759_275


def test_times_are_scaled_to_the_whole_work_and_medians_of_turns(monkeypatch):
    order, clock = [], iter(range(1000))
    monkeypatch.setattr(entrants.time, "perf_counter", lambda: float(next(clock)))

    def entrant(name, share):
        return entrants.Entrant(
            name, entrants.ENGINE, lambda: order.append(name), lambda _: np.zeros((1, 1)), share=share
        )

    who = [entrant("a", 1.0), entrant("b", 0.25)]
    _, times, _ = entrants.measure(who, 3)
    assert order == ["a", "b"] * 4
    assert times == {"a": [1.0] * 4, "b": [1.0, 4.0, 4.0, 4.0]}
    _, times, _ = entrants.measure(who, 3, patience=0.5)
    assert times == {"a": [1.0, 1.0], "b": [1.0, 4.0]}


def test_without_a_compiler_and_without_libraries_the_rest_still_runs(monkeypatch, tmp_path):
    monkeypatch.setattr(program, "SOURCES", tmp_path)
    found = run.compute(Parameters(**{**TINY, "peers": False}), works=("W1", "W5"), panels=("units",))
    assert set(found["agreement"].kind) == {"neurosim"}
    assert found["times"].to_bound.isna().all()
    assert (found["peers"].query("work != '-'").state.str.startswith("left out")).all()
    assert problems(found) == []


def test_every_adapter_has_its_line_and_says_what_is_not_installed():
    known = adapters()
    assert set(known) >= {"NEST", "Nengo", "Norse", "brainpy", "JAX", "PyTorch", "snnTorch", "SpikingJelly", "sinabs",
                          "BindsNET", "Brian2", "NumPy", "SciPy"}  # fmt: skip
    for name, module in known.items():
        assert set(module.WORKS) <= {"W1", "W2", "W3", "W5", "W5 batch"}, name
        assert isinstance(module.EXACT, bool)


def test_a_library_that_is_not_installed_is_named_in_the_table(monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "scipy" else real(name))
    few = {name: module for name, module in adapters().items() if name in FAST}
    monkeypatch.setattr("benchmarks.peers.adapters", lambda: few)
    found = run.compute(Parameters(**TINY), works=("W5",), panels=())
    assert "| SciPy | W5 | not installed |" in as_text(found)


def test_dense_and_event_driven_curves_cross_where_they_do():
    x = np.array([0.01, 0.1, 1.0])
    rows = [("active", n, k, a, s) for n, k, factor in (("neurosim, e", "neurosim", 1.0), ("NumPy", "peer", 0.0))
            for a, s in zip(x, x if factor else np.full(3, 0.3), strict=True)]  # fmt: skip
    scaling = pd.DataFrame(rows, columns=["panel", "entrant", "kind", "x", "seconds"])
    name, at, words = crossing(scaling)
    assert (name, words) == ("neurosim, e", "")
    assert at == pytest.approx(0.3, rel=1e-9)  # both curves are straight lines in logarithms
    assert "cheaper everywhere" in crossing(scaling[scaling.x < 0.5])[2]
    assert crossing(scaling[scaling.kind == "peer"]) is None


def test_figure_and_text_show_the_tables(tables):
    drawn, times = figure(tables), tables["times"]
    labels = [text.get_text() for text in drawn.axes[0].get_yticklabels()]
    assert sorted(labels) == sorted(times.entrant)
    text = as_text(tables)
    assert all(f"| {row.work} | {row.entrant} | {1e3 * row.seconds:.1f} ms |" in text for row in times.itertuples())


def test_a_mistake_is_one_sentence(capsys):
    for arguments, words in (
        (["--works", "W9"], "W9"),
        (["--set", "unitz=3"], "unitz"),
        (["--set", "rounds=1"], "rounds"),
    ):
        assert main(arguments) == 2
        assert words in capsys.readouterr().err

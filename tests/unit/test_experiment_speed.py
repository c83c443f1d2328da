"""The experiment on speed, on a tiny setting: results agree, wrong ones are noticed, and no check looks at a time."""

import numpy as np
import pandas as pd
import pytest
from tampering import changed, failed

from neurosim.lab.progress import Progress
from neurosim.params import ParameterError


def test_parameters_refuse_what_cannot_run(experiment):
    with pytest.raises(ParameterError, match="rounds"):
        experiment.settings(rounds=2)
    assert experiment.settings().rounds >= 5  # a median of at least five runs
    assert experiment.estimate(experiment.settings())[0] < 600  # ten minutes is the bound


def test_everybody_finds_the_same(experiment, tables):
    findings = experiment.findings(tables)
    assert failed(findings) == set()
    ids = {finding.id for finding in findings}
    assert {"equal-W1", "equal-W2", "equal-W3", "equal-W4", "equal-W5", "equal-W5-batch"} <= ids
    agreement = tables["agreement"]
    assert agreement.agrees.all()
    spikes = agreement[~agreement.work.str.startswith("W5")]
    assert (spikes.total > 0).all()  # equality of nothing would prove nothing
    assert {"neurosim, brian", "Brian2", "NumPy"} <= set(agreement.entrant)


def test_times_decide_nothing(experiment, tables):
    slow = tables["times"].copy()
    for column in ("seconds", "fastest", "slowest", "to_bound", "to_peer"):
        slow[column] = 1e6 * slow[column]
    reports = experiment.findings({**tables, "times": slow})
    assert failed(reports) == set()
    goals = {f.id: f.value for f in reports if f.id.startswith("goals/") and f.id.endswith("library")}
    assert goals
    assert all(value > 1e3 for value in goals.values())


@pytest.mark.parametrize(
    ("table", "rows", "column", "value", "check"),
    [
        ("agreement", "work == 'W1' and kind == 'neurosim'", "deviation", 1.0, "equal-W1"),
        ("agreement", "work == 'W2' and kind == 'neurosim'", "deviation", 1.0, "equal-W2"),
        ("agreement", "work == 'W3' and kind == 'neurosim'", "deviation", 1.0, "equal-W3"),
        ("agreement", "work == 'W4' and entrant == 'neurosim, compiled'", "deviation", 1.0, "equal-W4"),
        ("agreement", "work == 'W5' and kind == 'neurosim'", "deviation", 5.0, "equal-W5"),
        ("theory", "name == 'W1 spikes'", "value", 0.0, "theory-w1-spikes"),
        ("theory", "name == 'W2 input spikes'", "value", 100.0, "theory-w2-input-spikes"),
        ("theory", "name == 'W3 spikes per unit and step'", "value", 0.1, "theory-w3-spikes-per-unit-and-step"),
    ],
)
def test_a_false_table_fails_its_check(experiment, tables, table, rows, column, value, check):
    assert failed(experiment.findings(changed(tables, table, column, value, rows))) == {check}


def test_single_precision_is_granted_a_thousandth_and_no_more(module):
    counts = np.full((1, 10_000), 10)
    exact = module._Entrant("exact", module.ENGINE, lambda: None)
    single = module._Entrant("single", module.PEER, lambda: None, exact=False)
    for lost, agrees in ((50, True), (500, False)):
        found = counts.copy()
        found[0, :lost] -= 1
        rows = module._agreement("W1", [exact, single], {"exact": counts, "single": found})
        assert [row[-1] for row in rows] == [True, agrees]
        rows = module._agreement("W1", [exact, exact], {"exact": found})
        assert rows[0][-1]


def test_a_wrong_library_is_never_the_best_one(module):
    kinds = {"ours": module.ENGINE, "right": module.PEER, "wrong": module.PEER, "C": module.BOUND}
    entrants = [module._Entrant(name, kind, lambda: None) for name, kind in kinds.items()]
    times = {"ours": [9.0, 4.0, 4.0], "right": [9.0, 2.0, 2.0], "wrong": [9.0, 1.0, 1.0], "C": [9.0, 1.0, 3.0]}
    agreement = [("W1", e.name, e.kind, True, 1, 5.0, 5.0, 0.0, e.name != "wrong") for e in entrants]
    rows = {row[1]: row for row in module._summary("W1", entrants, times, times, agreement)}
    seconds, to_bound, to_peer = rows["ours"][5], rows["ours"][-2], rows["ours"][-1]
    assert (seconds, to_bound, to_peer) == (4.0, 2.0, 2.0)


def test_spikes_in_closed_form_are_the_known_number(module):
    # 759,275 spikes were found by C, Numba, NumPy and Brian2 programs; the closed form knows none of them.
    assert module._expected_counts(10_000, 10_000).sum() == 759_275


def test_times_are_scaled_to_the_whole_work_and_medians_of_turns(module, monkeypatch):
    order, clock = [], iter(range(1000))
    monkeypatch.setattr(module.time, "perf_counter", lambda: float(next(clock)))

    def entrant(name, share):
        return module._Entrant(name, module.ENGINE, lambda: order.append(name), lambda _: np.zeros((1, 1)), share=share)

    entrants = [entrant("a", 1.0), entrant("b", 0.25)]
    _, times, _ = module._measure(entrants, 3)
    assert order == ["a", "b"] * 4
    assert times == {"a": [1.0] * 4, "b": [1.0, 4.0, 4.0, 4.0]}
    _, times, _ = module._measure(entrants, 3, patience=0.5)
    assert times == {"a": [1.0, 1.0], "b": [1.0, 4.0]}


def test_without_a_compiler_and_without_libraries_the_rest_still_runs(
    experiment, module, settings, monkeypatch, tmp_path
):
    monkeypatch.setattr(module, "SOURCES", tmp_path)
    tables = experiment.compute(settings(peers=False), Progress(enabled=False))
    assert set(tables["agreement"].kind) == {"neurosim"}
    assert tables["times"].to_bound.isna().all()
    assert (tables["peers"].query("work != '-'").state == "left out").all()
    assert failed(experiment.findings(tables)) == set()
    assert experiment.caption(tables)
    assert experiment.figure(tables).axes


def test_a_library_that_is_not_installed_has_its_line(tables):
    peers = tables["peers"].set_index("library").state
    assert peers["Brian2"].eq("measured").all()
    assert set(peers.index) >= {"snnTorch", "SpikingJelly", "sinabs", "Norse", "BindsNET", "Nengo", "NEST", "ANNarchy"}


def test_dense_and_event_driven_curves_cross_where_they_do(module):
    x = np.array([0.01, 0.1, 1.0])
    rows = [("active", n, k, a, s) for n, k, factor in (("neurosim, e", "neurosim", 1.0), ("NumPy", "peer", 0.0))
            for a, s in zip(x, x if factor else np.full(3, 0.3), strict=True)]  # fmt: skip
    scaling = pd.DataFrame(rows, columns=["panel", "entrant", "kind", "x", "seconds"])
    name, at, words = module._crossing(scaling)
    assert (name, words) == ("neurosim, e", "")
    assert at == pytest.approx(0.3, rel=1e-9)  # both curves are straight lines in logarithms
    assert "cheaper everywhere" in module._crossing(scaling[scaling.x < 0.5])[2]
    assert module._crossing(scaling[scaling.kind == "peer"]) is None


def test_tables_survive_the_disk(experiment, tables, from_disk):
    assert [f.as_dict() for f in experiment.findings(from_disk)] == [f.as_dict() for f in experiment.findings(tables)]


def test_figure_shows_the_tables(experiment, tables):
    figure = experiment.figure(tables)
    times, labels = tables["times"], [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert sorted(labels) == sorted(times.entrant)
    shown = sorted(line.get_xdata()[0] for line in figure.axes[0].lines if len(line.get_xdata()) == 1)
    np.testing.assert_array_equal(shown, sorted(times.seconds))


def test_words_carry_the_numbers(experiment, tables):
    times = tables["times"]
    row = times[(times.work == "W1") & (times.kind == "neurosim")].sort_values("seconds").iloc[0]
    assert f"W1 {1e3 * row.seconds:.0f} ms" in experiment.caption(tables)
    assert "equal for everyone" in experiment.summary(tables)

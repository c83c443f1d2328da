"""The record: verdicts of full runs with the code they came from; it is renewed, and says when it has to be."""

import shutil

import pytest

from neurosim.lab.claims import COLUMNS
from neurosim.lab.outcome import conclude
from neurosim.lab.question import ask
from neurosim.lab.record import outdated, read_record, renew
from neurosim.lab.tasks import perform, tasks_of
from neurosim.params import ParameterError

SOURCE = '''"""Is the mean of these numbers above the bound?

They are drawn around 1.
"""

from dataclasses import dataclass

from neurosim.lab import Row, above, column, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import Params, param

QUICK = {"seeds": 2}
BOUND = 0.5


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(6, doc="replicates", low=2)


class Numbers(Row):
    value: float = column("a number")


def compute(p, seed, lab):
    yield Numbers(1.0 + 0.1 * (seed % 2))


def answer(t):
    return f"It is {t.numbers.value.mean():.2f}."


def conditions(t, bound=BOUND):
    return [needed("the mean", student_interval(t.numbers.value), above(bound), "Hz", possible=(-10, 10))]


def findings(t):
    yield judge("A0-01", *conditions(t), why="r", over={"bound": {b: conditions(t, b) for b in (0.4, 0.5, 2.0)}})


def one(ax, t):
    ax.plot(t.numbers.value)
    ax.set_xlabel("number")
    return "numbers"


PANELS = (one, one)

if __name__ == "__main__":
    main(__file__)
'''


@pytest.fixture
def question(tmp_path):
    folder = tmp_path / "work"
    (folder / "means").mkdir(parents=True)
    (folder / "means" / "mean.py").write_text(SOURCE)
    header = ",".join(COLUMNS)
    (folder / "claims.csv").write_text(f"{header}\nA0-01,A0,,,It is large.,universal,,supported 1,yes,means/mean,,,\n")
    return folder / "means" / "mean.py"


def full_run(path, out, *, quick=False):
    asked = ask(path)
    p = asked.settings(quick=quick)
    for task in tasks_of(asked, p, asked.seeds(p)):
        perform(task, out)
    return conclude(asked, p, asked.seeds(p), out, quick=quick, command="")


def test_a_row_holds_what_the_full_run_found(question, tmp_path):
    full_run(question, tmp_path / "out")
    record = tmp_path / "record.csv"
    assert renew([question], tmp_path / "out", record) == []
    row = read_record(record)["A0-01"]
    # 1.0 and 1.1 three times each: mean 1.05, standard error 0.0224, t(5) = 2.5706: 1.05 -+ 0.05748.
    assert (row.verdict, row.value, row.low, row.high, row.unit, row.n) == (
        "partly",
        "1.05",
        "0.9925",
        "1.107",
        "Hz",
        "6",
    )
    assert row.flips == "bound: 0.4 and 0.5 supported, 2.0 not supported"
    assert row.conditions == "needed, holds: the mean = 1.05 [0.9925, 1.107], asked >= 0.5"
    assert row.seeds == "0+6"
    assert outdated([row], ask(question)) == ""


def test_a_short_run_does_not_count(question, tmp_path):
    full_run(question, tmp_path / "out", quick=True)
    assert renew([question], tmp_path / "out", tmp_path / "record.csv") == []
    assert read_record(tmp_path / "record.csv") == {}


def test_a_new_rule_is_applied_to_the_tables_of_the_run(question, tmp_path):
    out, record = tmp_path / "out", tmp_path / "record.csv"
    full_run(question, out)
    renew([question], out, record)
    question.write_text(SOURCE.replace("BOUND = 0.5", "BOUND = 3.0").replace("0.4, 0.5, 2.0", "3.0, 4.0"))
    assert "verdicts depend on changed after A0-01" in outdated(list(read_record(record).values()), ask(question))
    assert renew([question], out, record) == []
    assert read_record(record)["A0-01"].verdict == "not supported"
    assert outdated(list(read_record(record).values()), ask(question)) == ""


def test_numbers_of_other_code_are_no_record(question, tmp_path):
    out, record = tmp_path / "out", tmp_path / "record.csv"
    full_run(question, out)
    renew([question], out, record)
    question.write_text(SOURCE.replace("1.0 + 0.1", "1.0 + 0.2"))
    lost = renew([question], out, record)
    assert len(lost) == 1
    assert lost[0].startswith("means/mean: what its numbers depend on changed after A0-01 was recorded")
    assert read_record(record) == {}


def test_what_was_not_run_here_keeps_its_row(question, tmp_path):
    out, record = tmp_path / "out", tmp_path / "record.csv"
    full_run(question, out)
    renew([question], out, record)
    before = record.read_bytes()
    shutil.rmtree(out)
    assert renew([question], out, record) == []
    assert record.read_bytes() == before


def test_a_question_of_the_ledger_without_a_full_run_is_named(question, tmp_path):
    (lost,) = renew([question], tmp_path / "out", question.parents[1] / "record.csv")
    assert lost.startswith("means/mean: it decides a claim of the ledger, and ")


def test_a_row_that_is_none_is_refused_with_its_line(question, tmp_path):
    full_run(question, tmp_path / "out")
    renew([question], tmp_path / "out", tmp_path / "record.csv")
    text = (tmp_path / "record.csv").read_text()
    for wrong in (text.replace("partly", "perhaps", 1), text.rstrip() + ",more\n"):
        (tmp_path / "record.csv").write_text(wrong)
        with pytest.raises(ParameterError, match="line 2: no row of a record"):
            read_record(tmp_path / "record.csv")


def test_another_table_is_no_record(tmp_path):
    (tmp_path / "record.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ParameterError, match="its columns are not those of a record"):
        read_record(tmp_path / "record.csv")


def test_a_condition_that_could_not_be_read_back_is_not_written(question, tmp_path):
    question.write_text(SOURCE.replace('needed("the mean"', 'needed("the mean | of all"'))
    full_run(question, tmp_path / "out")
    with pytest.raises(ParameterError, match=r"A0-01: a condition holds ' \| '"):
        renew([question], tmp_path / "out", tmp_path / "record.csv")
    assert not (tmp_path / "record.csv").exists()

"""What every question keeps to: its size, its words, its findings and panels; none of them is listed anywhere."""

import ast
import re

import pytest
from small_questions import EXPERIMENTS, QUESTIONS, replicates

from neurosim.lab.claims import of_real_networks, read_claims
from neurosim.lab.drawing import draw
from neurosim.lab.findings import DEFINITION, NOT_TESTABLE
from neurosim.lab.outcome import _findings
from neurosim.lab.question import ask

LONGEST, FUNCTIONS, CAPTION = 250, 12, 60
CLAIMS = {claim.id: claim for claim in read_claims(EXPERIMENTS / "claims.csv")}
LONG = {}
"""Questions above the limit of lines, with the reason."""


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_a_file_that_one_can_read(name):
    text = QUESTIONS[name].read_text(encoding="utf-8")
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    if name not in LONG:
        assert len(text.splitlines()) <= LONGEST
    assert len(functions) <= FUNCTIONS or name in LONG
    assert text.rstrip().endswith('if __name__ == "__main__":\n    main(__file__)')


@pytest.mark.parametrize("name", QUESTIONS)
def test_its_answer_is_one_sentence_with_a_number(name):
    answer = ask(QUESTIONS[name]).answer(replicates(name))
    assert answer == answer.strip()
    assert answer.endswith(".")
    assert len(answer.split()) <= 45, answer
    assert re.search(r"\d", answer), answer
    assert "nan" not in answer.split()


@pytest.mark.parametrize("name", QUESTIONS)
def test_findings_and_panels_are_made_of_its_tables(name):
    question, t = ask(QUESTIONS[name]), replicates(name)
    findings = _findings(question, t)
    assert 1 <= len(findings) <= 4
    for finding in findings:
        assert finding.reason or finding.kind == "report", f"{finding.id}: a rule needs its reason"
        if finding.kind == "claim":
            # The ledger names one question for a claim, so that no two decide it.
            claim = CLAIMS[finding.id].real if of_real_networks(name) else CLAIMS[finding.id]
            assert claim is not None, f"{finding.id}: write {name} into experiments/real_claims.csv"
            decides = claim.experiment == name or finding.verdict == NOT_TESTABLE
            assert decides, f"{finding.id}: the ledger says that {claim.experiment} decides it"
            assert (finding.verdict == DEFINITION) == (claim.kind == DEFINITION), finding.id
            assert (finding.verdict == NOT_TESTABLE) == (not claim.testable), finding.id
    figure, caption, _ = draw(question, t)
    for part in re.split(r" (?=[A-D]: )", caption)[1:]:
        assert len(part.split()) <= CAPTION, part
    shown = [ax for ax in figure.axes if ax.axison and ax.get_visible()]
    for ax in shown:
        if ax.lines and not ax.get_xlabel() and len(shown) <= len(question.panels):
            pytest.fail(f"{name}: a panel has no label on its x axis")


def test_every_chapter_says_what_it_is_about():
    for chapter in {path.parent for path in QUESTIONS.values()}:
        text = ast.get_docstring(ast.parse((chapter / "__init__.py").read_text(encoding="utf-8")))
        assert text, f"{chapter.name}/__init__.py has no docstring"

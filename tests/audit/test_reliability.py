"""The audit in its short form, and its pages: every promise points to a test that there is."""

import ast
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import reliability

ROOT = reliability.ROOT
SHORT = {entry.name: entry for entry in reliability.ENTRIES if entry.short}


@pytest.mark.parametrize("name", SHORT)
def test_it_is_tried_and_nothing_goes_wrong(name):
    count = SHORT[name].measure(SHORT[name].short)
    assert count.wrong == []
    assert count.tried >= SHORT[name].short


def named(text):
    return re.findall(r"(tests/[\w/]+\.py)(?:::(test_\w+))?", text)


def functions(path):
    return {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("page", ["promises.md", "reliability.md"])
def test_every_test_that_a_page_names_is_there(page):
    found = named((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert len(found) >= 10
    for path, test in found:
        assert (ROOT / path).is_file(), path
        assert not test or test in functions(ROOT / path), f"{path}::{test}"


def test_every_promise_has_a_test():
    text = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
    promises = [
        line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| promise", "| ---"))
    ]
    assert len(promises) >= 15
    assert all(named(line) for line in promises)


def test_the_page_has_every_entry():
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    for entry in reliability.ENTRIES:
        assert f"| {entry.name} | {entry.goal} |" in text

"""Tutorials and the notebook run from top to bottom, without an error, and what stands in them is true."""

from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
TEN_JOBS = FOLDER / "ten-jobs.ipynb"


@pytest.mark.parametrize(
    "path", sorted((FOLDER.parent / "tutorials").glob("*.py")), ids=lambda path: path.name.partition(".")[0]
)
def test_a_tutorial_runs_and_what_it_asserts_is_true(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert text.count("# Exercises") == 1
    assert text.count('# %% tags=["hide-input"]') == 2
    exec(compile(text, str(path), "exec"), vars(ModuleType("tutorial")))
    assert not [line for line in capsys.readouterr().err.splitlines() if "Error" in line]


def shown(cell):
    """What a cell prints, and in which forms it shows its last value."""
    outputs = cell.get("outputs", [])
    assert [o.text for o in outputs if o.get("name") == "stderr" and o.text.strip()] == []
    printed = "".join(output.text for output in outputs if output.get("name") == "stdout")
    return printed, sorted(kind for output in outputs for kind in output.get("data", {}))


# zmq and jupyter_client leave event loops and sockets to the garbage collector.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ten_jobs_do_what_is_stored_in_them():
    notebook = nbformat.read(TEN_JOBS, as_version=4)
    stored = [shown(cell) for cell in notebook.cells]
    assert any("image/png" in kinds for _, kinds in stored)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute(cwd=str(FOLDER))
    assert [shown(cell) for cell in notebook.cells] == stored

"""The notebooks run from top to bottom, without an error or a word on stderr, and what is stored in them is true."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOK = FOLDER / "quickstart.ipynb"
TEN_JOBS = FOLDER / "ten-jobs.ipynb"


# zmq and jupyter_client leave event loops and sockets to the garbage collector.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_quickstart_runs_and_shows_what_it_promises():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "the notebook is kept without outputs"
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(cwd=str(NOTEBOOK.parent))
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    # A run of more than two seconds shows a bar; nothing else may reach the reader.
    assert not [o.text for o in outputs if o.get("name") == "stderr" and o.text.strip() and "simulate" not in o.text]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    tables = [output for output in outputs if "text/html" in output.get("data", {})]
    assert len(pictures) == 3
    html = "".join(output["data"]["text/html"] for output in tables)
    for words in ("tau_m", "hidden", "Treves-Rolls", "spiking"):
        assert words in html


def shown(cell):
    """What a cell prints, and in which forms it shows its last value."""
    outputs = cell.get("outputs", [])
    assert [o.text for o in outputs if o.get("name") == "stderr" and o.text.strip()] == []
    printed = "".join(output.text for output in outputs if output.get("name") == "stdout")
    return printed, sorted(kind for output in outputs for kind in output.get("data", {}))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ten_jobs_do_what_is_stored_in_them():
    notebook = nbformat.read(TEN_JOBS, as_version=4)
    stored = [shown(cell) for cell in notebook.cells]
    assert any("image/png" in kinds for _, kinds in stored)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute(cwd=str(FOLDER))
    assert [shown(cell) for cell in notebook.cells] == stored

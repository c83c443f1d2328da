"""The quick-start notebook runs from top to bottom, without an error or a word on stderr."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebooks" / "quickstart.ipynb"


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

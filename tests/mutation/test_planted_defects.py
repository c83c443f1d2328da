"""The list of planted defects, its record, and a slice of it: whatever has been noticed once is noticed again."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import defects
import kill

IN_THE_SLICE = 8
"""A second each, and ten to import what they need; all of the list takes an hour: `make audit`."""


def test_at_least_600_defects_can_be_planted():
    every = defects.everything()
    assert sum(defects.planted(defect) is not None for defect in every) >= 600
    assert len({defect.name for defect in every}) == len(every)
    folders = {defect.file.split("/")[1] for defect in every}
    assert {"activations", "plasticity", "metrics", "conversion", "engines", "circuits", "lab"} <= folders


def test_the_record_is_of_this_list():
    names = {defect.name for defect in defects.everything()}
    assert set(kill.results()) <= names
    assert set(kill.explained()) <= names
    assert all(len(why) > 30 for why in kill.explained().values())


def test_a_defect_is_planted_where_it_belongs(tmp_path):
    (tmp_path / "law.py").write_text(
        "def a(x):\n    return x + 1\n\n\nclass B:\n    def c(self, x):\n        return x + 1\n"
    )
    defect = defects.Defect("law.py", "B.c", "return x + 1", "return x - 1")
    assert defects.planted(defect, tmp_path).splitlines()[1::5] == ["    return x + 1", "        return x - 1"]
    assert defects.planted(defects.Defect("law.py", "B.d", "return x + 1", "return 1"), tmp_path) is None
    assert defects.planted(defects.Defect("law.py", "a", "return x + 2", "return 1"), tmp_path) is None
    assert defects.planted(defects.Defect("law.py", "a", "return x + 1", "return (", 0), tmp_path) is None


def test_a_slice_of_the_planted_defects_is_noticed():
    command = [sys.executable, Path(kill.__file__), "--slice", str(IN_THE_SLICE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{IN_THE_SLICE} of {IN_THE_SLICE} killed")

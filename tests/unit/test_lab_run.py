"""Running an experiment from Python: the folder, what is done already, redrawing, and broken experiments."""

import csv
import json
import math

import numpy as np
import pytest
from lab_toy import write_toy

from neurosim.lab import load, read_result, replot, run
from neurosim.lab.storage import damage
from neurosim.params import ParameterError
from neurosim.registry import UnknownNameError

FILES = {
    *(
        "figure.png",
        "figure.pdf",
        "figure.svg",
        "caption.txt",
        "points.csv",
        "points.json",
        "arrays.npz",
        "arrays.json",
    ),
    *("parameters.json", "findings.json", "run.json", "README.md", "manifest.json"),
}


@pytest.fixture
def toy(tmp_path):
    return load(write_toy(tmp_path / "experiments"))


@pytest.fixture
def out(tmp_path):
    return tmp_path / "results"


def test_a_run_leaves_everything_that_is_needed_to_believe_it(toy, out):
    result = run(toy, quick=True, out=out, progress=False)
    assert {path.name for path in result.folder.iterdir()} == FILES
    assert result.folder.parent == out / "parabola"
    assert damage(result.folder) == ""
    with (result.folder / "points.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["x"]) for row in rows] == (np.linspace(0, 1, 5) ** 1.1).tolist()
    record = json.loads((result.folder / "parameters.json").read_text())
    assert record["quick"] is True
    assert record["parameters"]["factor"] == {"value": 2.0, "unit": "Hz", "meaning": "factor a"}
    findings = json.loads((result.folder / "findings.json").read_text())
    assert [(f["id"], f["verdict"]) for f in findings] == [
        ("end", "holds"),
        ("A0-06", "supported"),
        ("engines/same", ""),
    ]
    provenance = json.loads((result.folder / "run.json").read_text())
    assert provenance["seed"] == 0
    assert provenance["notes"] == {"engine": ["static"]}
    assert provenance["versions"]["numpy"]
    assert math.isfinite(provenance["wall_s"])
    readme = (result.folder / "README.md").read_text()
    assert "1 of 1 checks hold; A0-06 supported." in readme
    assert provenance["command"] in readme
    assert "--quick" in provenance["command"]


def test_the_same_run_is_recognised_and_a_changed_one_is_not(toy, out, tmp_path):
    diary = tmp_path / "diary"
    settings = toy.settings(quick=True, diary=str(diary))

    def computed() -> int:
        return len(diary.read_text().splitlines())

    first = run(toy, settings, out=out, progress=False)
    again = run(toy, settings, out=out, progress=False)
    assert (again.reused, computed()) == (True, 1)
    assert again.findings == first.findings
    assert again.tables["points"].equals(first.tables["points"])
    forced = run(toy, settings, out=out, progress=False, force=True)
    assert (forced.reused, forced.folder, computed()) == (False, first.folder, 2)
    other = run(toy, settings.replace(seed=1), out=out, progress=False)
    assert (other.reused, other.folder == first.folder, computed()) == (False, False, 3)
    changed = load(write_toy(tmp_path / "experiments", "parabola", ("** 1.1", "** 1.2")))
    renewed = run(changed, settings, out=out, progress=False)
    assert (renewed.reused, renewed.folder == first.folder, computed()) == (False, False, 4)


@pytest.mark.parametrize("name", ["points.csv", "manifest.json"])
def test_a_damaged_result_is_computed_again(toy, out, name):
    first = run(toy, quick=True, out=out, progress=False)
    (first.folder / name).write_text("{}")
    with pytest.raises(ParameterError, match="is no finished result"):
        read_result(first.folder)
    heard: list[str] = []
    second = run(toy, quick=True, out=out, progress=False, notify=heard.append)
    assert not second.reused
    assert damage(second.folder) == ""
    assert "it is computed again" in heard[0]


def test_redrawing_uses_the_tables_and_computes_nothing(toy, out, tmp_path):
    diary = tmp_path / "diary"
    settings = toy.settings(quick=True, diary=str(diary))
    first = run(toy, settings, out=out, progress=False)
    drawn = {kind: (first.folder / f"figure.{kind}").read_bytes() for kind in ("png", "pdf", "svg")}
    same = replot(toy, settings, out=out)
    assert {kind: (same.folder / f"figure.{kind}").read_bytes() for kind in drawn} == drawn
    changes = (("figsize=(2, 1.5)", "figsize=(3, 1.5)"), ("A parabola over", "A curve over"))
    changed = load(write_toy(tmp_path / "experiments", "parabola", *changes))
    again = replot(changed, settings, out=out)
    assert again.folder == first.folder
    assert again.caption == "A curve over 5 points."
    assert (again.folder / "figure.png").read_bytes() != drawn["png"]
    assert damage(again.folder) == ""
    assert len(diary.read_text().splitlines()) == 1
    with pytest.raises(ParameterError, match="has no tables of parabola with these parameters"):
        replot(toy, settings.replace(seed=9), out=out)


def test_tables_of_a_broken_experiment_are_kept_and_can_be_drawn(toy, out, tmp_path):
    broken = load(write_toy(tmp_path / "experiments", "parabola", ("fig.subplots()", "fig.subplot()")))
    heard: list[str] = []
    with pytest.raises(AttributeError, match="subplot"):
        run(broken, quick=True, out=out, progress=False, notify=heard.append)
    assert "--replot" in heard[0]
    assert [path.suffix for path in (out / "parabola").iterdir() if not path.name.startswith(".")] == [".failed"]
    result = replot(toy, quick=True, out=out)
    assert damage(result.folder) == ""
    assert result.tables["points"].shape == (5, 4)


def test_an_interrupted_run_leaves_nothing(out, tmp_path):
    toy = load(write_toy(tmp_path / "experiments", "parabola", ("    import time\n", "    raise KeyboardInterrupt\n")))
    with pytest.raises(KeyboardInterrupt):
        run(toy, quick=True, out=out, progress=False)
    assert [path.name for path in (out / "parabola").iterdir() if not path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('CLAIMS = ("A0-06",)', 'CLAIMS = ("A0-07",)'), "CLAIMS and the claim 'A0-06' disagree"),
        (('"engines/same", "both', '"n", "both'), None),
        (('Finding.report("engines/same"', "str("), "expected Finding objects"),
    ],
)
def test_findings_are_checked_against_what_the_experiment_promises(out, tmp_path, change, words):
    if words == "expected Finding objects":
        change = ('Finding.report("engines/same", "both engines agree", "points that differ", 0)', '"a word"')
    toy = load(write_toy(tmp_path / "experiments", "parabola", change))
    if words is None:
        assert run(toy, quick=True, out=out, progress=False).findings[-1].id == "n"
        return
    with pytest.raises(ParameterError, match=words):
        run(toy, quick=True, out=out, progress=False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("def figure", "def picture"), "needs figure at its top level"),
        (("    seed: int", "    sed: int"), "every experiment has a field `seed`"),
        (('    noisy: bool = param(False, doc="add noise")', "    quick: int = 3"), "this name is an option"),
        (('    noisy: bool = param(False, doc="add noise")', "    noisy: bool = False"), "declare it with param"),
        (('QUICK = {"points": 5}', 'QUICK = {"point": 5}'), "did you mean 'points'"),
        (('QUICK = {"points": 5}', 'QUICK = {"points": 0}'), "expected >= 2"),
    ],
)
def test_an_experiment_file_that_breaks_its_contract_is_refused(tmp_path, change, words):
    with pytest.raises(ParameterError, match=words):
        load(write_toy(tmp_path / "experiments", "parabola", change))


def test_unknown_settings_have_a_nearest_name(toy):
    with pytest.raises(UnknownNameError, match="did you mean 'factor'"):
        toy.settings(facto=1.0)


def test_a_result_shows_itself_in_a_notebook(toy, out):
    result = run(toy.path, quick=True, out=out, progress=False)
    page = result._repr_html_()
    assert "data:image/png;base64," in page
    assert "the last point is a" in page
    assert str(result).splitlines()[0] == "parabola: 1 of 1 checks hold; A0-06 supported."

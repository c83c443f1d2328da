"""Figures of finished results again: some panels, other sizes, own axes, and what a paper needs in one folder."""

import re

import pytest
import toy_question
from matplotlib.figure import Figure
from toy_question import here as neurosim

from neurosim.lab import draw_figure, draw_panel, read_result, run
from neurosim.lab.figures import letters_of
from neurosim.lab.paper import methods, write_paper
from neurosim.params import DimensionError, ParameterError
from neurosim.plots import save_figure, style


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A short run of the toy question."""
    folder = tmp_path_factory.mktemp("made")
    path = toy_question.write(folder)
    result = run(path, quick=True, out=folder / "results", progress=False)
    return folder, path.parents[1], result.folder


def test_one_panel_is_a_figure_without_letters(made):
    _, questions, folder = made
    every = draw_figure(folder, folder=questions)
    alone = draw_figure(folder, panels="b", size="nature-1", folder=questions)
    assert len(every.parts) == 2
    assert "A: " in every.caption
    assert "B: " in every.caption
    assert alone.parts == every.parts[1:]
    assert "A: " not in alone.caption
    width, height = alone.figure.get_size_inches() * 25.4
    assert width == pytest.approx(89.0)
    assert height == pytest.approx(62.0)


def test_panels_stand_below_each_other_in_one_column_of_a_journal_and_fit_its_page(made):
    _, questions, folder = made
    both = draw_figure(folder, panels="B,A", size="nature-1", folder=questions)
    assert both.parts == draw_figure(folder, folder=questions).parts[::-1]
    assert both.figure.get_size_inches()[1] * 25.4 == pytest.approx(124.0)
    upper, lower = both.figure.axes[:2]
    assert upper.get_subplotspec().rowspan.start < lower.get_subplotspec().rowspan.start


def test_a_panel_on_axes_of_ones_own(made):
    _, questions, folder = made
    ax = Figure().add_subplot()
    caption = draw_panel(folder, "A", ax, folder=questions)
    assert caption == draw_figure(folder, folder=questions).parts[0]
    assert ax.has_data()


@pytest.mark.parametrize(("given", "letters"), [("B,C", "BC"), ("b, c", "BC"), ("BC", "BC"), ("", "")])
def test_panels_are_named_by_letters(given, letters):
    assert letters_of(given) == letters


@pytest.mark.parametrize("given", ["B,B", "1", "A;B"])
def test_anything_else_is_refused(given):
    with pytest.raises(ParameterError, match="panels"):
        letters_of(given)


def test_the_command_writes_one_file_and_says_what_is_not_there(made, tmp_path):
    folder, _, result = made
    words = ("figure", result, "--panels", "B", "--format", "svg", "--to", tmp_path)
    code, output, errors = neurosim(*words, cwd=folder)
    assert code == 0, errors
    assert "short run" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["parabola-B.svg"]
    assert output.splitlines()[-1] == str(tmp_path / "parabola-B.svg")
    for change, said in (
        (("--panels", "Z"), "toys/parabola has no panel 'Z', expected some of A, B"),
        (("--size", "nature-3"), "no figure size is named 'nature-3'"),
        (("--format", "gif"), "no figure format is named 'gif'"),
    ):
        code, _, errors = neurosim(*words, *change, cwd=folder)
        assert code == 2
        assert said in errors
    code, _, errors = neurosim("figure", tmp_path, cwd=folder)
    assert code == 2
    assert "is no finished result" in errors


def test_a_folder_for_a_paper_holds_figure_caption_tables_methods_and_references(made, tmp_path):
    folder, _, result = made
    into = tmp_path / "paper"
    code, _, errors = neurosim("paper", result, "--to", into, cwd=folder)
    assert code == 0, errors
    assert {path.name for path in into.iterdir()} == {
        *("figure.pdf", "caption.txt", "methods.txt", "references.bib"),
        *("points.csv", "points.json", "picture.csv", "picture.json", "picture.image.npz"),
    }
    for table in into.glob("p*"):
        assert table.read_bytes() == (result / table.name).read_bytes()
    assert "@software{neurosim" in (into / "references.bib").read_text()
    text = (into / "methods.txt").read_text()
    record = read_result(result)
    assert text == methods(record) + "\n"
    for words in ("short run", "seeds 0 to 1", record.run["versions"]["numpy"], "factor = 2 Hz (factor a)"):
        assert words in text
    assert "--out" not in text
    assert not re.search(r"\bseeds = ", text)
    code, _, errors = neurosim("paper", result, "--to", into, cwd=folder)
    assert code == 2
    assert "expected an empty folder or a new name" in errors


def test_a_question_that_was_not_run_is_told_how(made):
    folder, questions, _ = made
    with pytest.raises(ParameterError, match="neurosim run toys/parabola"):
        draw_figure("toys/parabola", out=folder / "elsewhere", folder=questions)
    assert draw_figure("toys/parabola", out=folder / "results", folder=questions).parts


def test_what_is_no_result_no_axes_and_no_format_is_refused_in_one_sentence(made, tmp_path):
    _, questions, folder = made
    for source in (3, None, [], ""):
        with pytest.raises(DimensionError, match=r"^source: got .*, expected a result, its folder, or the name"):
            draw_figure(source, folder=questions)
    with pytest.raises(DimensionError, match=r"^draw_panel: ax: got None, expected axes"):
        draw_panel(folder, "A", None, folder=questions)
    with pytest.raises(DimensionError, match="into: got int"):
        write_paper(folder, 3, folder=questions)
    with pytest.raises(ParameterError, match=r"^save_figure: formats: got none"):
        save_figure(Figure(), tmp_path / "a", [])
    with pytest.raises(DimensionError, match="journal: got 'yes'"):
        style("nature-1", journal="yes")


def test_it_is_said_that_a_figure_is_drawn_by_other_code_than_its_numbers(made, capsys):
    _, questions, result = made
    path = questions / "toys" / "parabola.py"
    before = path.read_text()
    draw_figure(result, folder=questions)
    assert capsys.readouterr().err == ""
    try:
        path.write_text(before.replace("1e-3 * noise", "2e-3 * noise"))
        draw_figure(result, folder=questions)
    finally:
        path.write_text(before)
    assert "what its numbers depend on has changed" in capsys.readouterr().err

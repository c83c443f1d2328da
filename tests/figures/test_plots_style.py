"""The house style: readable in grey and to the colour-blind, never global, and the same file for the same figure."""

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from neurosim import activations, homeostasis, plasticity
from neurosim.params import ParameterError
from neurosim.plots import (
    OKABE_ITO,
    RUNGS,
    WIDTHS_MM,
    activation_style,
    axis_label,
    figure_size,
    label_panels,
    new_figure,
    plot_curves,
    plot_matrix,
    plot_raster,
    plot_tradeoff,
    plot_transfer,
    save_figure,
    series_style,
    style,
)
from neurosim.registry import UnknownNameError

ACTIVATIONS = [
    "identity", "step", "relu", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "softplus", "sigmoid", "tanh",
    "softmax", "kwta", "lif_curve", "siegert", "soft_lif",
]  # fmt: skip


def lightness(colour: str) -> float:
    """CIE lightness L* (0 black, 100 white) of an sRGB colour."""
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    y = float(linear @ [0.2126, 0.7152, 0.0722])
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


def sample_figure():
    """Vector lines, text with a minus sign and a Greek letter, a picture and rasterized dots: all that may vary."""
    rng = np.random.default_rng(3)
    with style("nature-1", height=60):
        fig = new_figure()
        axes = fig.subplots(1, 3)
        plot_transfer(axes[0], [-1.0, 0.0, 2.0], {"curve": [0, 1, 2], "spiking": [0, 2, 3]})
        plot_matrix(axes[1], rng.normal(size=(4, 5)))
        plot_raster(axes[2], rng.uniform(0, 1, 5000), rng.integers(0, 300, 5000))
        axes[2].set_title("noise σ")
        label_panels(axes)
    return fig


def test_every_rung_has_its_own_colour_line_and_marker():
    assert list(RUNGS) == ["artificial", "curve", "rate", "spiking"]
    for key in ("colour", "linestyle", "marker", "label"):
        assert len({str(getattr(rung, key)) for rung in RUNGS.values()}) == 4, key


def test_rungs_darken_along_the_ladder_in_grey():
    greys = [lightness(rung.colour) for rung in RUNGS.values()]
    # 10 units of L* are four to five just noticeable differences (about 2.3), enough side by side in print.
    assert all(before - after > 10 for before, after in itertools.pairwise(greys)), greys


def test_palette_is_that_of_okabe_and_ito():
    # The published table gives RGB triples; two of them from print.
    assert OKABE_ITO["vermillion"] == f"#{213:02X}{94:02X}{0:02X}"
    assert OKABE_ITO["sky blue"] == f"#{86:02X}{180:02X}{233:02X}"


def test_activations_differ_in_line_and_colour_even_without_markers():
    drawn = {(s.colour, str(s.linestyle)) for s in map(activation_style, ACTIVATIONS)}
    assert len(drawn) == len(ACTIVATIONS)
    assert OKABE_ITO["yellow"] not in {s.colour for s in map(activation_style, ACTIVATIONS)}


def test_activation_style_knows_class_and_module_names():
    ours, theirs = activation_style("LeakyReLU"), activation_style("leaky_relu")
    assert (ours.colour, ours.linestyle, ours.marker) == (theirs.colour, theirs.linestyle, theirs.marker)
    assert ours.label == "LeakyReLU"
    assert series_style("rate") is RUNGS["rate"]


def test_style_of_an_unknown_series_is_the_same_in_another_process():
    # Python's own hash of a text changes with PYTHONHASHSEED; the style must not.
    code = "from neurosim.plots import activation_style; print(activation_style('my new curve'))"
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert out.stdout.strip() == str(activation_style("my new curve"))


@pytest.mark.parametrize(
    ("size", "millimetres"),
    [("nature-1", 89), ("nature-2", 183), ("jneurosci-1", 85), ("jneurosci-1.5", 116), ("jneurosci-2", 176)],
)
def test_figures_have_the_width_of_the_journal_column(size, millimetres):
    width, height = new_figure(size, height=50).get_size_inches() * 25.4
    # Inches and back: float rounding only.
    assert (width, height) == pytest.approx((millimetres, 50), abs=1e-9)
    assert size in WIDTHS_MM


def test_sizes_that_do_not_exist_are_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'nature-2'"):
        figure_size("nature2")
    with pytest.raises(ParameterError, match=r"expected > 0 and <= 100000 \(height of a figure in mm\)"):
        figure_size("nature-1", height=-3.0)
    with pytest.raises(ParameterError, match="height without a size"):
        new_figure(height=40.0)


def test_style_applies_inside_the_block_only():
    before = dict(mpl.rcParams)
    with style("nature-2"):
        assert mpl.rcParams["font.size"] == 7
        assert mpl.rcParams["pdf.fonttype"] == mpl.rcParams["ps.fonttype"] == 42
        assert mpl.rcParams["svg.fonttype"] == "none"
    with style("screen"):
        assert mpl.rcParams["font.size"] == 10
    assert dict(mpl.rcParams) == before


def test_ticks_made_at_draw_time_keep_the_style():
    with style("nature-1"):
        fig = new_figure()
        ax = fig.subplots()
        ax.plot([0, 1], [0, 1])
    fig.draw_without_rendering()
    sizes = sorted({label.get_fontsize() for label in ax.get_xticklabels()})
    # 0.93 of the 7 pt base.
    assert sizes == pytest.approx([6.51])


def test_figure_shows_itself_in_a_notebook_without_pyplot():
    code = (
        "import sys; from neurosim.plots import new_figure; fig = new_figure('screen'); fig.subplots();"
        "assert fig._repr_png_()[:4] == b'\\x89PNG'; assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_files_are_the_same_byte_for_byte(tmp_path):
    fig = sample_figure()
    fig._repr_png_()  # looked at in a notebook first: this lays it out at another resolution
    first = save_figure(fig, tmp_path / "a.b")
    again = save_figure(fig, tmp_path / "again")
    other = save_figure(sample_figure(), tmp_path / "other")
    assert [path.name for path in first] == ["a.b.png", "a.b.pdf", "a.b.svg"]
    for a, b, c in zip(first, again, other, strict=True):
        assert a.read_bytes() == b.read_bytes() == c.read_bytes(), a.suffix
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(p.name for p in [*first, *again, *other])


def test_files_are_the_same_from_another_process(tmp_path):
    here = save_figure(sample_figure(), tmp_path / "here")
    code = f"from test_plots_style import *; save_figure(sample_figure(), {str(tmp_path / 'there')!r})"
    path = os.pathsep.join([str(Path(__file__).parent), str(Path.cwd())])
    environment = {**os.environ, "PYTHONHASHSEED": "99", "PYTHONPATH": path}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    for ours in here:
        assert ours.read_bytes() == ours.with_name(f"there{ours.suffix}").read_bytes(), ours.suffix


def test_fonts_are_truetype_and_svg_text_is_text(tmp_path):
    png, pdf, svg = save_figure(sample_figure(), tmp_path / "figure")
    content = pdf.read_bytes()
    assert b"/Type3" not in content
    assert b"/FontFile2" in content, "no embedded TrueType font"
    text = svg.read_text(encoding="utf-8")
    assert re.search(r"<text[^>]*>drive \(threshold = 1\)</text>", text)
    for path in (png, pdf, svg):
        assert mpl.__version__.encode() not in path.read_bytes(), path
        assert not re.search(rb"CreationDate|<dc:date>|Software", path.read_bytes()), path


def test_png_has_300_dots_per_inch(tmp_path):
    png = save_figure(new_figure("nature-1", height=50.8), tmp_path / "figure")[0]
    header = png.read_bytes()[16:24]
    # Width and height in the PNG header; a height of 2 inches is 600 dots.
    assert int.from_bytes(header[4:], "big") == 600
    assert int.from_bytes(header[:4], "big") == int(89 / 25.4 * 300)


def test_a_failed_save_leaves_the_old_file_alone(tmp_path, monkeypatch):
    fig = new_figure("nature-1", height=20)
    old = save_figure(fig, tmp_path / "figure")[0]
    content = old.read_bytes()
    fig.subplots()

    def full_disk(_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="disk full"):
        save_figure(fig, tmp_path / "figure")
    assert old.read_bytes() == content
    assert len(list(tmp_path.iterdir())) == 3


def test_saving_into_no_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected an existing folder"):
        save_figure(new_figure("nature-1"), tmp_path / "nowhere" / "figure")


def test_panels_are_lettered_in_order():
    fig = new_figure("nature-2")
    axes = fig.subplots(2, 2)
    assert label_panels(axes) == ["A", "B", "C", "D"]
    assert [ax.texts[-1].get_text() for ax in axes.flat] == ["A", "B", "C", "D"]
    assert label_panels([axes[0, 0]], start="E") == ["E"]
    with pytest.raises(ParameterError, match="at most 26"):
        label_panels(axes, start="Y")


def test_axis_labels_always_carry_a_unit():
    assert axis_label("drive", "1") == "drive (threshold = 1)"
    assert axis_label("sparseness", "1") == "sparseness (dimensionless)"
    assert axis_label("firing rate", "Hz") == "firing rate (Hz)"
    with pytest.raises(ParameterError, match="expected two texts"):
        axis_label("firing rate", "")


def test_ticks_do_not_run_into_each_other_on_a_narrow_axis():
    with style("nature-1", height=40):
        fig = new_figure()
        axes = fig.subplots(1, 4)
        for ax in axes:
            plot_raster(ax, [0.0, 0.99], [0, 1])
        axes[0].set_xlim(0, 0.99)
    fig.draw_without_rendering()
    for ax in axes:
        labels = [t for t in ax.get_xticklabels() if ax.get_xlim()[0] <= t.get_position()[0] <= ax.get_xlim()[1]]
        boxes = [label.get_window_extent() for label in labels]
        assert len(boxes) >= 2
        assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def drawn(name):
    chosen = series_style(name)
    return chosen.colour, str(chosen.linestyle), chosen.marker


def known_series():
    families = (activations, plasticity, homeostasis)
    return [*RUNGS, *(name for family in families for name in family.known())]


def test_every_known_series_has_a_style_of_its_own():
    names = known_series()
    assert len(names) > 40
    assert len({drawn(name) for name in names}) == len(names)


def test_no_other_series_is_drawn_like_a_rung():
    lines = {(rung.colour, str(rung.linestyle)) for rung in RUNGS.values()}
    others = [*known_series()[len(RUNGS) :], *(f"series {k}" for k in range(300)), "LIF", "Rate"]
    assert [name for name in others if drawn(name)[:2] in lines] == []


TABLE = {"rung": ["rate", "rate", "spiking", "spiking"], "x": [0.0, 1.0, 0.0, 1.0], "y": [np.nan, np.nan, 1.0, 2.0]}


@pytest.mark.parametrize(
    "plot",
    [
        lambda ax: plot_curves(ax, TABLE, "x", "y", x_unit="1", y_unit="Hz"),
        lambda ax: plot_curves(ax, TABLE, "x", "y", x_unit="1", y_unit="Hz", low="y", high="y"),
        lambda ax: plot_tradeoff(ax, TABLE, "x", "y", x_unit="1", y_unit="Hz"),
        lambda ax: plot_tradeoff(ax, TABLE, "y", "x", x_unit="1", y_unit="Hz"),
        lambda ax: plot_transfer(ax, [0.0, 1.0], {"rate": [np.nan, np.nan], "spiking": [1.0, 2.0]}, threshold=None),
    ],
)
def test_a_series_without_values_is_named_in_the_legend_and_the_others_are_drawn(plot):
    ax = plot(new_figure("nature-1").subplots())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["leaky rate (no values)", "spiking"]
    assert sum(len(line.get_xdata()) for line in ax.lines) == 2


def test_axes_of_a_sized_figure_have_its_text_outside_a_style_block_too():
    axes = new_figure("nature-1").subplots()
    axes.set(xlabel="drive", ylabel="rate (Hz)")
    assert axes.xaxis.label.get_fontsize() == 7.0
    assert not axes.spines["top"].get_visible()

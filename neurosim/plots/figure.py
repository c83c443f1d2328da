"""Figures without pyplot: no window, no global list, drawn in their own style and saved the same byte for byte."""

import io
import os
import string
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import AutoLocator, MaxNLocator
from matplotlib.transforms import ScaledTranslation

from neurosim.files import write_bytes
from neurosim.gate import several
from neurosim.params import ParameterError, instance, text
from neurosim.plots.checks import draws
from neurosim.plots.style import Settings, output_settings, settings
from neurosim.reading import a_path
from neurosim.registry import lookup

DOTS_PER_INCH = 300

# None takes an entry out: dates, and the version of the program, would make the same table give another file.
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
}


class FewTicks(MaxNLocator):
    """Round tick values, no more than `most` intervals and no more than there is room for."""

    def __init__(self, most: int, *, integer: bool = False) -> None:
        self.most = most
        super().__init__(nbins=most, steps=[1, 2, 2.5, 5, 10], integer=integer)

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Ticks from `vmin` to `vmax`, after a look at how long the axis is on paper."""
        if isinstance(self.axis, Axis):
            # Matplotlib reckons with numbers of three digits side by side; "0.25" with its gap needs more.
            room = self.axis.get_tick_space() * (0.85 if isinstance(self.axis, XAxis) else 1.0)
            self.set_params(nbins=max(1, min(self.most, int(room))))
        return super().tick_values(vmin, vmax)


class StyledFigure(Figure):
    """A figure that remembers its style: Matplotlib makes ticks only when it draws, after the style block was left."""

    def __init__(self, rc: Settings, **arguments: Any) -> None:
        self.rc = rc
        super().__init__(**arguments)
        FigureCanvasAgg(self)

    def add_subplot(self, *arguments: Any, **named: Any) -> Any:
        """Axes in the figure's own style, also outside a style block (a legend made there keeps Matplotlib's)."""
        with mpl.rc_context(self.rc):
            return super().add_subplot(*arguments, **named)

    def draw(self, renderer: RendererBase) -> None:
        """Draw with the settings that the figure was made with."""
        with mpl.rc_context(self.rc):
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=self.dpi)
        return buffer.getvalue()


def new_figure(size: str | None = None, *, height: float | None = None) -> StyledFigure:
    """An empty figure of a journal's column width, outside pyplot.

    Args:
        size: a journal column of `WIDTHS_MM`, or "screen"; left out, the surrounding `style(...)` decides.
        height: height in mm (only with a size).
    """
    if size is None:
        if height is not None:
            raise ParameterError("new_figure: got a height without a size, expected both, or the height in style(...)")
        rc: Settings = {key: value for key, value in mpl.rcParams.items() if key in settings()}
    else:
        rc = settings(size, height=height)
    return StyledFigure(rc, figsize=rc["figure.figsize"], dpi=rc["figure.dpi"], layout="constrained")


def save_figure(
    fig: Figure, stem: str | os.PathLike[str], formats: Iterable[str] = ("png", "pdf", "svg")
) -> list[Path]:
    """Write `<stem>.png` (300 dpi), `<stem>.pdf` and `<stem>.svg`, or some of them, each moved into place whole.

    Returns
        The paths, in the order of the formats.
    Raises:
        FileNotFoundError: the folder does not exist.
        UnknownNameError: another format.
        ParameterError: no format.
    """
    wanted = several(formats, "save_figure: formats", "several of png, pdf and svg")
    if not wanted:
        raise ParameterError("save_figure: formats: got none, expected some of png, pdf and svg")
    kinds = {kind: lookup("figure format", kind, _METADATA) for kind in wanted}
    instance(fig, Figure, "save_figure: fig", "a figure of Matplotlib's")
    stem = a_path(stem, "save_figure", "stem")
    if not stem.parent.is_dir():
        raise FileNotFoundError(f"save_figure: no folder {str(stem.parent)!r}, expected an existing folder")
    # Laid out once for all three formats: text is measured a little differently at each resolution.
    _settle_layout(fig)
    layout = fig.get_layout_engine()
    # Without an engine Matplotlib draws once per file; with any, even one that moves nothing, twice.
    with mpl.rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
        fig.set_layout_engine(None)
        try:
            contents = {kind: _encoded(fig, kind) for kind in kinds}
        finally:
            fig.set_layout_engine(layout)
    paths = []
    for kind, content in contents.items():
        path = stem.with_name(f"{stem.name}.{kind}")
        write_bytes(path, content)
        paths.append(path)
    return paths


def _settle_layout(fig: Figure) -> None:
    """Lay out until nothing moves by half a dot: a first pass leaves axes a hair from where the next one puts them.

    They stay where the last pass found them, so that laying out again changes nothing at all.
    """
    engine = fig.get_layout_engine()
    if engine is None or not fig.axes:
        return
    paper = np.tile(fig.get_size_inches(), 2) * DOTS_PER_INCH
    # Three or four passes do; the bound is for a layout that swings between two states.
    for _ in range(6):
        before = [ax.get_position(original=True) for ax in fig.axes]
        with mpl.rc_context(fig.rc if isinstance(fig, StyledFigure) else {}):
            engine.execute(fig)
        after = [ax.get_position(original=True) for ax in fig.axes]
        moved = np.subtract([box.bounds for box in after], [box.bounds for box in before]) * paper
        if np.all(np.abs(moved) < 0.5):
            for ax, box in zip(fig.axes, before, strict=True):
                part_of_layout = ax.get_in_layout()
                ax.set_position(box)  # which takes it out of the layout
                ax.set_in_layout(part_of_layout)
            return


def _encoded(fig: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    with mpl.rc_context(output_settings()):
        fig.savefig(buffer, format=kind, dpi=DOTS_PER_INCH, metadata=_METADATA[kind])
    return buffer.getvalue()


def label_panels(axes: Iterable[Axes] | np.ndarray[Any, Any], *, start: str = "A") -> list[str]:
    """Write A, B, C ... in bold above the upper left corner of each axes, in the order given; returns the letters."""
    panels = several(axes.ravel() if isinstance(axes, np.ndarray) else axes, "label_panels: axes", "several axes")
    for k, panel in enumerate(panels):
        instance(panel, Axes, f"label_panels: axes[{k}]", "axes of Matplotlib's")
    first = string.ascii_uppercase.find(start) if len(text(start, "label_panels: start")) == 1 else -1
    if first < 0 or first + len(panels) > len(string.ascii_uppercase):
        raise ParameterError(
            f"label_panels: start: got {start!r} for {len(panels)} panels, expected at most 26, from A to Z"
        )
    letters = list(string.ascii_uppercase[first : first + len(panels)])
    for ax, letter in zip(panels, letters, strict=True):
        size = mpl.font_manager.FontProperties(size=mpl.rcParams["axes.labelsize"]).get_size_in_points() * 1.3
        # A fixed distance on paper, so that letters of panels of different widths stand alike.
        offset = ScaledTranslation(-2.2 * size / 72, 0.5 * size / 72, ax.figure.dpi_scale_trans)
        ax.text(
            0.0, 1.0, letter, transform=ax.transAxes + offset, fontsize=size, fontweight="bold", va="bottom", ha="left"
        )
    return letters


@draws
def despine(ax: Axes) -> Axes:
    """Take away the upper and the right edge of the frame."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    return ax


@draws
def tidy(ax: Axes, *, ticks: int = 5) -> Axes:
    """Despine, and at most `ticks` intervals (fewer on a short axis) wherever Matplotlib would choose the ticks."""
    despine(ax)
    for axis in (ax.xaxis, ax.yaxis):
        if isinstance(axis.get_major_locator(), AutoLocator):
            axis.set_major_locator(FewTicks(ticks))
    return ax


def axis_label(quantity: str, unit: str) -> str:
    """The text of an axis: the quantity and, always, its unit.

    Args:
        quantity: what is shown, such as "firing rate".
        unit: "Hz", "s", ...; "1" is spelt out: a drive or a potential is in units of the threshold, any other
            such quantity is dimensionless.
    """
    if not text(quantity, "axis_label: quantity") or not text(unit, "axis_label: unit"):
        raise ParameterError(f"axis_label: got quantity {quantity!r} and unit {unit!r}, expected two texts")
    if unit == "1":
        scaled = quantity.endswith(("drive", "potential"))
        unit = "threshold = 1" if scaled else "dimensionless"
    return f"{quantity} ({unit})"


def add_legend(ax: Axes, where: bool | str = True) -> None:
    """A legend in the order of the lines: inside where there is most room (True), "right" of the axes or "above" it."""
    if where == "right":
        ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0))
    elif where == "above":
        columns = 2 if len(ax.get_legend_handles_labels()[1]) > 1 else 1
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.02), ncols=columns)
    elif where is True:
        ax.legend()
    elif where is not False:
        raise ParameterError(f"legend: got {where!r}, expected True, False, 'right' or 'above'")

"""Tables of numbers as colours: weights, annotated heat maps, receptive fields."""

import math
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.ticker import MaxNLocator

from neurosim.params import Array, ParameterError
from neurosim.plots.checks import array, draws
from neurosim.plots.checks import ascending as _ascending
from neurosim.plots.figure import FewTicks, axis_label
from neurosim.plots.style import MISSING

SIGNED = "RdBu_r"
"""Diverging map, white at 0, that red-green blindness leaves apart."""
MAGNITUDE = "cividis"
"""Sequential map whose lightness rises evenly: readable in grey and to the colour-blind."""

GAP = "#8C8C8C"
"""Grey between tiles, darker than white (0) so that every tile has an edge."""


@draws
def plot_matrix(
    ax: Axes,
    weights: Any,
    *,
    unit: str = "s",
    quantity: str = "weight",
    limit: float | None = None,
    colourbar: bool = True,
    rows: str = "postsynaptic unit",
    columns: str = "presynaptic unit",
) -> Axes:
    """A weight matrix in colours centred at 0: red for positive, blue for negative, white for none.

    Shapes
        weights: (post, pre); NaN is grey
    Units
        weights and limit: `unit`
    """
    matrix = array(weights, "plot_matrix: weights", ndim=2, gaps=True)
    bound = _limit(matrix, limit, "plot_matrix: limit")
    image = ax.imshow(matrix, cmap=_colours(SIGNED), vmin=-bound, vmax=bound, aspect="auto")
    image.set_rasterized(True)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(FewTicks(4, integer=True))
    ax.set_xlabel(axis_label(columns, "index"))
    ax.set_ylabel(axis_label(rows, "index"))
    if colourbar:
        _colourbar(ax, image, axis_label(quantity, unit))
    return ax


@draws
def plot_heatmap(
    ax: Axes,
    frame: Any,
    *,
    quantity: str,
    unit: str,
    annotated: bool = True,
    fmt: str = ".2f",
    low: float | None = None,
    high: float | None = None,
    x_label: str | None = None,
    y_label: str | None = None,
    colourbar: bool = True,
) -> Axes:
    """A data frame as coloured cells with the numbers printed: index downwards, columns to the right.

    Args:
        ax: where to draw.
        frame: a pandas data frame of numbers; NaN is grey and reads "n/a".
        quantity: what the numbers are.
        unit: their unit.
        annotated: whether to print the numbers.
        fmt: format of a number.
        low: value of the darkest colour.
        high: value of the lightest colour.
        x_label: text under the columns, unit included; left out, the name of the columns.
        y_label: text beside the rows; left out, the name of the index.
        colourbar: whether to draw the colour scale.
    """
    if not (hasattr(frame, "index") and hasattr(frame, "columns")):
        raise ParameterError(f"plot_heatmap: got {type(frame).__name__}, expected a pandas data frame with named rows")
    values = array(frame.to_numpy(), "plot_heatmap: frame", ndim=2, gaps=True)
    _ascending(low, high, "plot_heatmap", values)
    _printed(0.0, fmt)
    image = ax.imshow(values, cmap=_colours(MAGNITUDE), vmin=low, vmax=high, aspect="auto")
    ax.set_xticks(range(values.shape[1]), [_text(name) for name in frame.columns])
    ax.set_yticks(range(values.shape[0]), [_text(name) for name in frame.index])
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xlabel(x_label if x_label is not None else str(frame.columns.name or ""))
    ax.set_ylabel(y_label if y_label is not None else str(frame.index.name or ""))
    if annotated:
        _annotate(ax, image, values, fmt)
    if colourbar:
        _colourbar(ax, image, axis_label(quantity, unit))
    return ax


@draws
def plot_filters(
    ax: Axes,
    filters: Any,
    columns: int | None = None,
    *,
    scale: Literal["each", "shared"] = "each",
    title: str | None = None,
) -> Axes:
    """Receptive fields as tiles, row by row, in colours centred at 0.

    Args:
        ax: where to draw.
        filters: array (n, height, width).
        columns: tiles per row; left out, about as many as rows.
        scale: "each" gives every tile its own colour range, "shared" one range to all.
        title: text above.
    """
    tiles = array(filters, "plot_filters: filters", ndim=3)
    n, height, width = tiles.shape
    per_row = math.ceil(math.sqrt(n)) if columns is None else columns
    if scale not in ("each", "shared"):
        raise ParameterError(f"plot_filters: got scale = {scale!r}, expected 'each' or 'shared'")
    peak = np.abs(tiles).max(axis=(1, 2), keepdims=True) if scale == "each" else np.abs(tiles).max()
    scaled = tiles / np.where(peak > 0, peak, 1.0)
    per_row = min(per_row, n)
    lines = math.ceil(n / per_row)
    # One pixel of nothing between tiles; the empty places of the last row stay nothing as well.
    mosaic = np.full((lines * (height + 1) - 1, per_row * (width + 1) - 1), np.nan)
    for index, tile in enumerate(scaled):
        top, left = index // per_row * (height + 1), index % per_row * (width + 1)
        mosaic[top : top + height, left : left + width] = tile
    ax.imshow(mosaic, cmap=_colours(SIGNED, missing=GAP), vmin=-1, vmax=1)
    ax.set_axis_off()
    if title is not None:
        ax.set_title(title)
    return ax


def _limit(matrix: Array, limit: float | None, where: str) -> float:
    if limit is None:
        return float(np.nanmax(np.abs(matrix))) or 1.0
    if not (math.isfinite(limit) and limit > 0):
        raise ParameterError(f"{where}: got {limit}, expected a finite number above 0")
    return limit


def _colours(name: str, missing: str = MISSING) -> Colormap:
    return mpl.colormaps[name].with_extremes(bad=missing)


def _colourbar(ax: Axes, image: Any, label: str) -> None:
    bar = ax.figure.colorbar(image, ax=ax, pad=0.03, aspect=18)
    bar.set_label(label)
    bar.outline.set_visible(False)
    bar.locator = MaxNLocator(nbins=4)
    bar.update_ticks()


def _annotate(ax: Axes, image: Any, values: Array, fmt: str) -> None:
    for (row, col), value in np.ndenumerate(values):
        red, green, blue, _ = image.cmap(image.norm(value))
        # Relative luminance (Rec. 709 weights) decides between black and white ink.
        dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.45
        text = "n/a" if math.isnan(value) else _printed(value, fmt)
        ink = "white" if dark and not math.isnan(value) else "black"
        ax.text(col, row, text, ha="center", va="center", color=ink, fontsize=mpl.rcParams["xtick.labelsize"])


def _printed(value: float, fmt: str) -> str:
    try:
        return format(value, fmt)
    except ValueError:
        raise ParameterError(f'plot_heatmap: fmt: got {fmt!r}, expected the format of a number such as ".2f"') from None


def _text(name: Any) -> str:
    return f"{name:g}" if isinstance(name, float) else str(name)

"""One look for every figure: colour-blind palette, one style per rung, sizes by journal column; never set globally."""

import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib as mpl
from cycler import cycler

from neurosim import activations, homeostasis, plasticity
from neurosim.gate import flag
from neurosim.params import ParameterError, ParamInfo, number, text
from neurosim.registry import lookup

OKABE_ITO: dict[str, str] = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky blue": "#56B4E9",
    "bluish green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "reddish purple": "#CC79A7",
}
"""Eight colours that the colour-blind can tell apart (Okabe & Ito, Color Universal Design, 2008)."""

MISSING = "#D0D0D0"
"""Grey of a cell that holds no value."""

WIDTHS_MM: dict[str, float] = {
    "nature-1": 89.0,
    "nature-2": 183.0,
    "jneurosci-1": 85.0,
    "jneurosci-1.5": 116.0,
    "jneurosci-2": 176.0,
    "screen": 260.0,
}
"""Figure width in mm by journal column; the screen is to its 10 pt text what nature-2 is to 7 pt."""

MM_PER_INCH = 25.4
_HEIGHT = ParamInfo("1", "height of a figure in mm", above=0.0, high=1e5)
_ASPECT = ParamInfo("1", "height over width", above=0.0, high=100.0)

Settings = Any
"""Matplotlib settings by name (a dictionary; the type that Matplotlib gives it changes between releases)."""


@dataclass(frozen=True)
class SeriesStyle:
    """How one series is drawn wherever it occurs: colour, line style and marker each tell it apart."""

    colour: str
    linestyle: Any
    marker: str
    label: str

    def line(self) -> dict[str, Any]:
        """Keyword arguments for `Axes.plot`."""
        return {"color": self.colour, "linestyle": self.linestyle, "marker": self.marker, "label": self.label}

    def absent(self) -> dict[str, Any]:
        """The same for a series without values, which only the legend names."""
        return {**self.line(), "label": f"{self.label} (no values)"}


_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.4)), (0, (5, 1.4, 1.2, 1.4)))

# From light to dark along the ladder, so that the order survives a grey print.
RUNGS: dict[str, SeriesStyle] = {
    "artificial": SeriesStyle(OKABE_ITO["orange"], _DASHES[3], "s", "artificial"),
    "curve": SeriesStyle(OKABE_ITO["bluish green"], _DASHES[1], "^", "f-I curve"),
    "rate": SeriesStyle(OKABE_ITO["blue"], _DASHES[2], "D", "leaky rate"),
    "spiking": SeriesStyle(OKABE_ITO["black"], _DASHES[0], "o", "spiking"),
}
"""The style of each rung of the ladder, in every figure."""

BRANCHES: dict[str, SeriesStyle] = {
    "timed": SeriesStyle(OKABE_ITO["reddish purple"], (0, (3, 1, 1, 1, 1, 1)), "v", "timed"),
}
"""The style of what branches off the ladder: single spikes whose times are the activities of the artificial rung."""

# Yellow is left out: on white paper it has no contrast as a line.
_LINE_COLOURS = tuple(colour for name, colour in OKABE_ITO.items() if name != "yellow")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "*")

# Lines that no rung has, by colour and dash; every round through the colours takes the next dash.
_LINES = tuple(
    (colour, _DASHES[(turn + place) % len(_DASHES)])
    for turn in range(len(_DASHES))
    for place, colour in enumerate(_LINE_COLOURS)
    if (colour, _DASHES[(turn + place) % len(_DASHES)]) not in {(r.colour, r.linestyle) for r in RUNGS.values()}
)
_PLACES = len(_LINES) * len(_MARKERS)

# Places that stay as they are whatever is added to the package; these differ in line, without a look at the marker.
_FIRST = (
    *("identity", "relu", "step", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "softplus", "sigmoid", "tanh"),
    *("softmax", "kwta", "lif_curve", "siegert", "soft_lif"),
)


def _key(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


@cache
def _places() -> dict[str, int]:
    """The place of every activation, rule and homeostasis of the package, no two alike."""
    found = {_key(name): place for place, name in enumerate(_FIRST)}
    taken = set(found.values())
    families = (family.known() for family in (activations, plasticity, homeostasis))
    for key in sorted({_key(name) for family in families for name in family} - set(found)):
        place = zlib.crc32(key.encode()) % _PLACES
        while place in taken:
            place = (place + 1) % _PLACES
        found[key] = place
        taken.add(place)
    return found


def activation_style(name: str) -> SeriesStyle:
    """The style of an activation (or of any named series): the same in every figure and every run, and no rung's.

    Activations, rules and homeostases of the package differ from each other in colour, line or marker; any other name
    gets a style from a checksum of its letters, so it is stable too but may coincide with another.

    Args:
        name: class or module name; "LeakyReLU", "leaky_relu" and "leaky-relu" are the same.
    """
    if not isinstance(name, str) or not name:
        raise ParameterError(f"activation_style: name: got {name!r}, expected a name")
    key = _key(name)
    place = _places().get(key, zlib.crc32(key.encode()) % _PLACES)
    turn, line = divmod(place, len(_LINES))
    colour, dash = _LINES[line]
    return SeriesStyle(colour, dash, _MARKERS[(line + turn) % len(_MARKERS)], name)


def series_style(name: str) -> SeriesStyle:
    """The style of a rung or branch if `name` is one, else that of the activation (or other series) of this name."""
    known = RUNGS | BRANCHES
    return known[name] if text(name, "series_style: name") in known else activation_style(name)


def figure_size(size: str = "nature-2", aspect: float = 0.62, *, height: float | None = None) -> tuple[float, float]:
    """Width and height of a figure in inches, as Matplotlib wants them.

    Args:
        size: a journal column of `WIDTHS_MM`, or "screen".
        aspect: height over width, where no height is given.
        height: height in mm.

    Raises:
        UnknownNameError: no such size.
        ParameterError: a height or an aspect that is not positive and finite.
    """
    width = lookup("figure size", size, WIDTHS_MM)
    ratio = number(aspect, _ASPECT, "figure_size: aspect")
    chosen = ratio * width if height is None else number(height, _HEIGHT, "figure_size: height")
    return width / MM_PER_INCH, chosen / MM_PER_INCH


def output_settings() -> Settings:
    """Matplotlib settings of the written files: TrueType fonts, SVG text as text, identifiers that do not vary."""
    return {"pdf.fonttype": 42, "ps.fonttype": 42, "svg.fonttype": "none", "svg.hashsalt": "neurosim"}


def journal_fonts() -> Sequence[str]:
    """Arial or Helvetica, as journals ask, where one of them is installed; else nothing."""
    from matplotlib import font_manager

    installed = set(font_manager.get_font_names())
    return [name for name in ("Arial", "Helvetica") if name in installed][:1]


def settings(size: str = "nature-2", *, height: float | None = None, journal: bool = False) -> Settings:
    """The Matplotlib settings of one figure size: 7 pt text for print, 10 pt for the screen.

    Args:
        size: a journal column of `WIDTHS_MM`, or "screen".
        height: height in mm.
        journal: whether text is in Arial or Helvetica where they are installed; else, and for letters that they lack,
            in the font that Matplotlib brings, so that a figure is the same on every machine.
    """
    base = 10.0 if size == "screen" else 7.0
    thin = 0.08 * base
    return {
        **output_settings(),
        "figure.figsize": figure_size(size, height=height),
        "figure.dpi": 100 if size == "screen" else 150,
        "savefig.dpi": 300,
        "font.family": "sans-serif",
        # Matplotlib brings the last one along.
        "font.sans-serif": [*(journal_fonts() if flag(journal, "style: journal") else ()), "DejaVu Sans"],
        "mathtext.fontset": "dejavusans",
        "font.size": base,
        **dict.fromkeys(("axes.labelsize", "axes.titlesize", "legend.title_fontsize"), base),
        **dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "legend.fontsize"), base * 0.93),
        "axes.linewidth": thin,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titlepad": 0.6 * base,
        "axes.labelpad": 0.35 * base,
        "axes.prop_cycle": cycler(color=_LINE_COLOURS),
        "axes.axisbelow": True,
        "lines.linewidth": 0.17 * base,
        "lines.markersize": 0.5 * base,
        "lines.markeredgewidth": 0.0,
        **{f"{axis}tick.major.width": thin for axis in "xy"},
        **{f"{axis}tick.major.size": 0.4 * base for axis in "xy"},
        **{f"{axis}tick.major.pad": 0.3 * base for axis in "xy"},
        **{f"{axis}tick.minor.size": 0.22 * base for axis in "xy"},
        # A box would hide lines where there is no free corner.
        "legend.frameon": False,
        "legend.handlelength": 2.4,
        "legend.labelspacing": 0.3,
        "legend.borderaxespad": 0.2,
        "image.interpolation": "nearest",
    }


def style(
    size: str = "nature-2", *, height: float | None = None, journal: bool = False
) -> AbstractContextManager[None]:
    """Draw in the house style inside a `with` block; everything is as before when the block is left.

    Args:
        size: a journal column of `WIDTHS_MM`, or "screen".
        height: height of figures made inside, in mm; 0.62 of the width when left out.
        journal: Arial or Helvetica where installed (see [settings][neurosim.plots.style.settings]).
    """
    return _inside(settings(size, height=height, journal=journal))


@contextmanager
def _inside(chosen: Settings) -> Iterator[None]:
    with mpl.rc_context(chosen):
        yield

"""The figure of a question: its panels on a grid, lettered, in one style, with the caption that they return."""

import math
import string
from collections.abc import Callable
from typing import Any, NamedTuple

from neurosim.lab.question import Question
from neurosim.params import ParameterError
from neurosim.registry import lookup

Panel = Callable[[Any, Any], str]

HEIGHT = 62.0
"""Height of a row of panels in mm."""
HIGHEST = 170.0
"""Height of a figure in mm that a page with a caption has room for."""
NARROW = 120.0
"""Up to this width in mm panels stand below each other."""


class Drawing(NamedTuple):
    """A figure, its caption, and the caption of each panel."""

    figure: Any
    caption: str
    parts: tuple[str, ...]


def draw(question: Question, t: Any, size: str = "nature-2", letters: str = "", *, journal: bool = False) -> Drawing:
    """The figure of a question.

    Two or three panels stand side by side, four in two rows; in one column of a journal all below each other.

    Args:
        question: whose panels are drawn.
        t: its tables.
        size: width, as for [style][neurosim.plots.style.style].
        letters: of the panels that are wanted, such as "BC" (all when left out); they are lettered anew from A, and one
            alone has no letter.
        journal: the journals' fonts where they are installed.

    Raises:
        ParameterError: the question has no such panel, or a panel returns no caption.
        UnknownNameError: no such size.
    """
    from neurosim.plots import label_panels, new_figure, style, tidy
    from neurosim.plots.style import WIDTHS_MM

    panels = [panel_of(question, letter) for letter in letters] or question.panels
    count = len(panels)
    columns = 1 if lookup("figure size", size, WIDTHS_MM) <= NARROW else count if count <= 3 else 2
    rows = math.ceil(count / columns)
    with style(size, height=min(HEIGHT * rows, HIGHEST), journal=journal):
        figure = new_figure()
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        parts = []
        for panel, ax in zip(panels, axes, strict=False):
            parts.append(on(ax, question, panel, t))
            if ax.axison:
                tidy(ax)
        if count > 1:
            label_panels(axes[:count])
    lettered = [f"{letter}: {part}" for letter, part in zip(string.ascii_uppercase, parts, strict=False)]
    return Drawing(figure, " ".join([question.title, *(lettered if count > 1 else parts)]), tuple(parts))


def on(ax: Any, question: Question, panel: Panel, t: Any) -> str:
    """Draw one panel, and return its caption.

    Raises:
        ParameterError: the panel returns no caption.
    """
    part = panel(ax, t)
    if not isinstance(part, str) or not part.strip():
        raise ParameterError(f"{question.name}: {panel.__name__} returned {part!r}, expected its caption")
    return f"{part.strip().rstrip('.')}."


def panel_of(question: Question, letter: str) -> Panel:
    """The panel with this letter.

    Raises:
        ParameterError: there is none.
    """
    known = string.ascii_uppercase[: len(question.panels)]
    if len(letter) != 1 or letter not in known:
        raise ParameterError(f"{question.name} has no panel {letter!r}, expected some of {', '.join(known)}")
    return question.panels[known.index(letter)]


def panels_of(drawing: Drawing) -> list[dict[str, Any]]:
    """Letter, caption and place of each panel of a figure that was laid out, for whoever shows one at a time.

    The place is left, top, width and height as parts of the figure's, with all that belongs to the panel in it.
    """
    figure, made = drawing.figure, []
    renderer, (width, height) = figure.canvas.get_renderer(), figure.bbox.size
    for letter, part, ax in zip(string.ascii_uppercase, drawing.parts, figure.axes, strict=False):
        box = ax.get_tightbbox(renderer)
        others = [other for other in figure.axes[len(drawing.parts) :] if _belongs(other, ax)]
        for other in others:
            box = type(box).union([box, other.get_tightbbox(renderer)])
        left, right = max(0.0, box.x0 / width), min(1.0, box.x1 / width)
        top, bottom = max(0.0, 1 - box.y1 / height), min(1.0, 1 - box.y0 / height)
        place = [round(value, 4) for value in (left, top, right - left, bottom - top)]
        made.append({"letter": letter, "caption": part, "place": place})
    return made


def _belongs(other: Any, ax: Any) -> bool:
    """Whether axes that a panel made beside its own (a colour bar, a second scale, an inset) are this panel's."""
    mine = getattr(getattr(other, "_colorbar", None), "mappable", None)
    return (
        (mine is not None and mine.axes is ax) or other in ax.child_axes or other.get_shared_x_axes().joined(other, ax)
    )


def draw_grid(sweep: Any, tables: Any) -> Any:
    """The first panel at every point of a sweep, on a grid of the first one or two swept parameters."""
    from types import SimpleNamespace

    from neurosim.plots import new_figure, style, tidy

    names = list(sweep.over)
    down = sweep.over[names[0]] if len(names) > 1 else (None,)
    across = sweep.over[names[1] if len(names) > 1 else names[0]]
    with style("nature-2", height=min(230.0, 48.0 * len(down))):
        figure = new_figure()
        axes = figure.subplots(len(down), len(across), squeeze=False)
        for i, upper in enumerate(down):
            for k, value in enumerate(across):
                point = {names[0]: upper, names[1]: value} if len(names) > 1 else {names[0]: value}
                there = {}
                for name, frame in tables.items():
                    for parameter, chosen in point.items():
                        frame = frame[frame[parameter] == chosen]
                    there[name] = frame.drop(columns=names).reset_index(drop=True)
                ax = axes[i, k]
                sweep.question.panels[0](ax, SimpleNamespace(**there))
                ax.set_title(", ".join(f"{parameter} = {chosen:g}" if isinstance(chosen, int | float) else
                                       f"{parameter} = {chosen}" for parameter, chosen in point.items()))  # fmt: skip
                if ax.axison:
                    tidy(ax)
    return figure

"""The figure of a question: its panels on a grid, lettered, in one style, with the caption that they return."""

import math
import string
from typing import Any

from neurosim.lab.question import Question
from neurosim.params import ParameterError

HEIGHT = 62.0
"""Height of a row of panels in mm."""


def draw(question: Question, t: Any, size: str = "nature-2") -> tuple[Any, str]:
    """The figure and its caption.

    Two or three panels stand side by side, four in two rows.
    """
    from neurosim.plots import label_panels, new_figure, style, tidy

    count = len(question.panels)
    columns = count if count <= 3 else 2
    rows = math.ceil(count / columns)
    with style(size, height=HEIGHT * rows):
        figure = new_figure()
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        parts = []
        for letter, panel, ax in zip(string.ascii_uppercase, question.panels, axes, strict=False):
            part = panel(ax, t)
            if not isinstance(part, str) or not part.strip():
                raise ParameterError(f"{question.name}: {panel.__name__} returned {part!r}, expected its caption")
            parts.append(f"{letter}: {part.strip().rstrip('.')}.")
            if ax.axison:
                tidy(ax)
        label_panels(axes[:count])
    return figure, " ".join([question.title, *parts])


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

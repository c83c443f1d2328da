"""A circuit as a diagram: populations in a row, arrows for excitation, blunt ends for inhibition."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Protocol

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch

from neurosim.gate import several, shown
from neurosim.params import DimensionError, ParameterError, count, instance
from neurosim.plots.checks import draws
from neurosim.plots.style import OKABE_ITO
from neurosim.registry import lookup


class Link(Protocol):
    """What a diagram needs of a projection; `sign` is +1, -1, or None for free-signed weights."""

    @property
    def name(self) -> str: ...
    @property
    def pre(self) -> str: ...
    @property
    def post(self) -> str: ...
    @property
    def sign(self) -> int | None: ...


_RADIUS = 0.26
_INK = {1: OKABE_ITO["vermillion"], -1: OKABE_ITO["blue"], None: "0.3"}
# A blunt bar is the usual sign of inhibition: the shape as well as the colour tells the sign. Lengths in points.
_ARROW, _BAR = "-|>,head_length=4,head_width=2", "|-|,widthA=0,widthB=3"


@draws
def plot_circuit(ax: Axes, sizes: Mapping[str, int], links: Iterable[Link]) -> Axes:
    """Populations as discs from left to right in the order given, with their sizes, and projections between them.

    Args:
        ax: where to draw.
        sizes: number of units by population (or input) name.
        links: the projections (of a circuit, or anything with name, pre, post and sign); one from a population to
            itself is a loop above it.

    Raises:
        ParameterError: no population, a link to an unknown one, or a sign other than +1, -1 and None.
    """
    if not instance(sizes, Mapping, "plot_circuit: sizes", "numbers of units by population"):
        raise ParameterError("plot_circuit: sizes: got no populations, expected at least one")
    for name, size in sizes.items():
        count(size, f"plot_circuit: sizes[{name!r}]")
    links = several(links, "plot_circuit: links", "several projections")
    for k, link in enumerate(links):
        if not all(hasattr(link, part) for part in ("name", "pre", "post", "sign")):
            raise DimensionError(f"plot_circuit: links[{k}]: got {shown(link)}, expected a projection")
    place = {name: float(index) for index, name in enumerate(sizes)}
    for name, x in place.items():
        ax.add_patch(Circle((x, 0.0), _RADIUS, facecolor="white", edgecolor="black", linewidth=0.9, label=name))
        ax.text(x, 0.0, f"{name}\n{sizes[name]}", ha="center", va="center")
    drawn: Counter[tuple[str, str]] = Counter()
    for link in links:
        start, end = (lookup("population of the diagram", which, place) for which in (link.pre, link.post))
        if link.sign not in _INK:
            raise ParameterError(f"plot_circuit: link {link.name!r} has sign {link.sign!r}, expected +1, -1 or None")
        _draw_link(ax, link, start, end, drawn[link.pre, link.post])
        drawn[link.pre, link.post] += 1
    ax.set_xlim(-0.35, len(place) - 0.65)
    ax.set_ylim(-0.6, 0.75)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def _draw_link(ax: Axes, link: Link, start: float, end: float, rank: int) -> None:
    """An arrow from disc to disc: links to the right bow upwards, links back downwards, the next of a pair further."""
    # The bow of an arc3 link rises by half of rad times the distance of its feet.
    if start == end:
        across, up = 0.5 * _RADIUS, 0.87 * _RADIUS
        feet = [(start - across, up), (start + across, up)]
        bend = -1.8 - 0.8 * rank
        top = up - bend * across
    else:
        side = 1.0 if end > start else -1.0
        across, up = 0.87 * _RADIUS, 0.5 * side * _RADIUS
        feet = [(start + side * across, up), (end - side * across, up)]
        bend = -0.25 - 0.3 * rank
        top = up - side * 0.5 * bend * abs(feet[1][0] - feet[0][0])
    ink = _INK[link.sign]
    ax.add_patch(
        FancyArrowPatch(
            *feet,
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle=_BAR if link.sign == -1 else _ARROW,
            color=ink,
            linewidth=1.0,
            shrinkA=0,
            shrinkB=1.5,
            label=link.name,
        )
    )
    above = top > 0
    ax.annotate(
        link.name,
        ((start + end) / 2, top),
        xytext=(0, 2 if above else -2),
        textcoords="offset points",
        ha="center",
        va="bottom" if above else "top",
        color=ink,
    )

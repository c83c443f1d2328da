"""What several panels draw: means by the values of a column."""

from neurosim.metrics import student_interval
from neurosim.plots import OKABE_ITO


def course(ax, rows, by, quality, colour, look, label):
    """A fraction by the values of a column: means over draws with their intervals, as far as they lie from 0 to 1."""
    found = {value: student_interval(mine[quality].to_numpy()) for value, mine in rows.groupby(by)}
    ax.plot(list(found), [f.value for f in found.values()], look, color=OKABE_ITO[colour], label=label)
    ends = [max(0, f.low) for f in found.values()], [min(1, f.high) for f in found.values()]
    ax.vlines(list(found), *ends, color=OKABE_ITO[colour], linewidth=0.8)


def scatter(ax, groups, colour, look, label=None):
    """Means of a grouped column by group, with the standard deviation of each group."""
    means, look = groups.mean(), {"fmt": look, "color": OKABE_ITO[colour], "label": label}
    ax.errorbar(means.index, means, groups.std(), markersize=3, linewidth=0.9, **look)

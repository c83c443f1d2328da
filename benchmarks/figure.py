"""Times of every work, and how they grow."""

import math

from benchmarks.entrants import BOUND, ENGINE


def figure(tables):
    from neurosim.plots import label_panels, new_figure, style

    with style("nature-2", height=118):
        fig = new_figure()
        left, right = fig.add_gridspec(1, 2, width_ratios=(1, 1.5))
        a = fig.add_subplot(left)
        inner = right.subgridspec(2, 2)
        panels = [fig.add_subplot(inner[i, j]) for i in range(2) for j in range(2)]
        draw_times(a, tables["times"])
        words = {
            "units": ("units", "time per unit and step (ns)", 1e9),
            "batch": ("images at a time", "time per image (ms)", 1e3),
            "active": ("spikes per unit and step", "time per trial and step (µs)", 1e6),
            "threads": ("threads", "time per image (ms)", 1e3),
        }
        for ax, (panel, (x, y, scale)) in zip(panels, words.items(), strict=True):
            draw_scaling(ax, tables["scaling"][tables["scaling"].panel == panel], x, y, scale)
        shown = {label: line for ax in panels for line, label in zip(*ax.get_legend_handles_labels(), strict=True)}
        fig.legend(shown.values(), shown.keys(), loc="outside upper right", ncols=len(shown) or 1)
        label_panels([a, *panels])
    return fig


def look_of(name, kind):
    """Colour and marker: engines of this package filled and dark, the bound black, libraries light."""
    from neurosim.plots.style import OKABE_ITO

    if kind == BOUND:
        return {"color": "0.0", "marker": "_", "linestyle": (0, (4, 1.5)), "markeredgewidth": 1.2}
    if kind == ENGINE:
        slow = name.endswith("brian")
        return {"color": OKABE_ITO["sky blue" if slow else "blue"], "marker": "s" if slow else "o", "linestyle": "-"}
    colours = {"NumPy": "orange", "Brian2": "vermillion", "SciPy": "bluish green"}
    return {"color": OKABE_ITO[colours.get(name, "reddish purple")], "marker": "^", "linestyle": (0, (1.2, 1.4))}


def draw_times(ax, times):
    from neurosim.plots import axis_label, despine

    y, ticks, labels = 0.0, [], []
    for work, rows in times.groupby("work", sort=False):
        ax.text(0.0, y - 0.1, work, transform=ax.get_yaxis_transform(), fontweight="bold", ha="left", va="center")
        for row in rows.sort_values("seconds").itertuples():
            y += 1.0
            look = look_of(row.entrant, row.kind)
            ax.plot([row.fastest, row.slowest], [y, y], color=look["color"], linewidth=0.8)
            ax.plot(row.seconds, y, **{**look, "linestyle": "", "marker": "|" if row.kind == BOUND else look["marker"]})
            if row.kind != BOUND and not math.isnan(row.to_bound):
                ratio = f"{row.to_bound:.2g}" if row.to_bound < 100 else f"{row.to_bound:.0f}"
                ax.text(1.02, y, f"{ratio} x C", transform=ax.get_yaxis_transform(), ha="left", va="center")
            ticks.append(y)
            labels.append(row.entrant)
        y += 1.6
    ax.set_xscale("log")
    ax.set_yticks(ticks, labels)
    ax.set_ylim(y - 0.8, -0.8)
    low, high = times.fastest.min(), times.slowest.max()
    ax.set_xlim(low / 1.6, high * 1.6)
    ax.set_xlabel(axis_label("time of the work", "s"))
    despine(ax)


def draw_scaling(ax, rows, x, y, scale):
    from matplotlib.ticker import NullLocator

    from neurosim.plots import despine

    for (name, kind), part in rows.groupby(["entrant", "kind"], sort=False):
        ax.plot(part.x, scale * part.seconds, label=name, **look_of(name, kind))
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    if x == "threads":
        ax.set_xticks(sorted(rows.x.unique()))
        ax.set_ylim(bottom=0.0)
    else:
        ax.set_xscale("log")
        ax.set_yscale("log")
        # A range of less than a decade would get labels at every digit, on top of each other.
        values = sorted(rows.x.unique())
        if values[-1] < 10 * values[0]:
            ax.set_xticks(values, [f"{value:g}" for value in values])
            ax.xaxis.set_minor_locator(NullLocator())
    despine(ax)

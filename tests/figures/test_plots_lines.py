"""Curves, bands, transfer curves, traces and distributions: what is on the axes is what was in the arrays."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from neurosim.params import DimensionError, ParameterError
from neurosim.plots import (
    RUNGS,
    SeriesStyle,
    new_figure,
    plot_band,
    plot_curves,
    plot_histogram,
    plot_points_with_intervals,
    plot_trace,
    plot_tradeoff,
    plot_transfer,
)
from neurosim.registry import UnknownNameError


@pytest.fixture
def ax():
    return new_figure("nature-1").subplots()


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "rung": ["spiking", "spiking", "artificial", "artificial"],
            "strength": [2.0, 1.0, 1.0, 2.0],
            "firing_rate": [20.0, 10.0, 5.0, np.nan],
            "low": [19.0, 9.0, 4.0, np.nan],
            "high": [22.0, 12.0, 6.0, np.nan],
        }
    )


def legend_texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def labelled(ax):
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


def spans(collection):
    """Both ends of every segment of a line collection."""
    return [np.asarray(segment).tolist() for segment in collection.get_segments()]


def test_curves_are_sorted_styled_and_in_the_order_of_the_ladder(ax, table):
    assert plot_curves(ax, table, "strength", "firing_rate", x_unit="1", y_unit="Hz") is ax
    assert legend_texts(ax) == ["artificial", "spiking"] == list(labelled(ax))
    spiking = labelled(ax)["spiking"]
    np.testing.assert_array_equal(spiking.get_xydata(), [[1, 10], [2, 20]])
    assert to_hex(spiking.get_color()).upper() == RUNGS["spiking"].colour
    assert spiking.get_marker() == RUNGS["spiking"].marker
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("strength (dimensionless)", "firing rate (Hz)")


def test_curves_take_a_mapping_and_other_styles(ax):
    red = SeriesStyle("#FF0000", "--", "o", "mine")
    columns = {"name": ["a", "a"], "x": [0, 1], "y": [3, 4]}
    plot_curves(ax, columns, "x", "y", x_unit="s", y_unit="Hz", by="name", styles={"a": red}, legend=False)
    assert labelled(ax)["mine"].get_color() == "#FF0000"
    assert ax.get_legend() is None


def test_curves_with_intervals_draw_bands(ax, table):
    plot_curves(ax, table, "strength", "firing_rate", x_unit="1", y_unit="Hz", low="low", high="high")
    lowest = min(path.vertices[:, 1].min() for band in ax.collections for path in band.get_paths())
    highest = max(path.vertices[:, 1].max() for band in ax.collections for path in band.get_paths())
    assert len(ax.collections) == 2
    assert (lowest, highest) == (4, 22)


@pytest.mark.parametrize("where", ["right", "above"])
def test_legend_outside_does_not_lie_over_the_axes(ax, table, where):
    plot_curves(ax, table, "strength", "firing_rate", x_unit="1", y_unit="Hz", legend=where)
    ax.figure.draw_without_rendering()
    assert not ax.get_legend().get_window_extent().overlaps(ax.bbox)


def test_curves_refuse_bad_tables(ax, table):
    units = {"x_unit": "1", "y_unit": "Hz"}
    with pytest.raises(UnknownNameError, match="did you mean 'strength'"):
        plot_curves(ax, table, "strenght", "firing_rate", **units)
    with pytest.raises(ParameterError, match="no rows"):
        plot_curves(ax, table.iloc[:0], "strength", "firing_rate", **units)
    with pytest.raises(ParameterError, match="one end of the intervals"):
        plot_curves(ax, table, "strength", "firing_rate", low="low", **units)
    with pytest.raises(ParameterError, match="firing_rate of artificial: every value is NaN"):
        plot_curves(ax, table.assign(firing_rate=np.nan), "strength", "firing_rate", **units)
    with pytest.raises(ParameterError, match="expected True, False, 'right' or 'above'"):
        plot_curves(ax, table, "strength", "firing_rate", legend="left", **units)


def test_band_refuses_crossed_intervals_and_unequal_shapes(ax):
    with pytest.raises(ParameterError, match=r"index 1 runs from 3 to 2, expected low <= high"):
        plot_band(ax, [0, 1], [1, 2], [0, 3], [2, 2], style="rate")
    with pytest.raises(DimensionError, match=r"x \(2,\), y \(1,\)"):
        plot_band(ax, [0, 1], [1], [0, 1], [2, 2], style="rate")


def test_transfer_shows_every_curve_the_threshold_and_staggered_markers(ax):
    drive = np.linspace(0, 2, 41)
    rates = {"curve": drive, "spiking": 2 * drive}
    assert plot_transfer(ax, drive, rates) is ax
    assert ax.get_xlabel() == "drive (threshold = 1)"
    assert ax.get_ylabel() == "firing rate (Hz)"
    assert legend_texts(ax) == ["f-I curve", "spiking"]
    for name, values in rates.items():
        np.testing.assert_array_equal(labelled(ax)[RUNGS[name].label].get_ydata(), values)
    assert any(set(line.get_xdata()) == {1.0} for line in ax.lines)
    (first, step), (second, same) = (labelled(ax)[name].get_markevery() for name in ("f-I curve", "spiking"))
    assert step == same
    assert (second - first) % step != 0


def test_transfer_refuses_shapes_and_infinities(ax):
    with pytest.raises(DimensionError, match=r"drive \(2,\), relu \(3,\)"):
        plot_transfer(ax, [0, 1], {"relu": [0, 1, 2]})
    with pytest.raises(ParameterError, match=r"rates\['relu'\]\[1\]: got inf"):
        plot_transfer(ax, [0, 1], {"relu": [0, np.inf]})
    with pytest.raises(ParameterError, match="no curves"):
        plot_transfer(ax, [0, 1], {})


def test_trace_is_in_milliseconds_with_threshold_and_spikes(ax):
    plot_trace(ax, [0.0, 0.01, 0.02], [0.0, 0.5, 0.9], [0.012], 1.0)
    np.testing.assert_allclose(labelled(ax)["membrane potential"].get_xdata(), [0, 10, 20])
    assert set(labelled(ax)["threshold"].get_ydata()) == {1.0}
    ((foot, top),) = spans(ax.collections[0])
    assert foot == pytest.approx([12.0, 1.0])
    assert top[0] == pytest.approx(12.0)
    assert top[1] > 1.0
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (ms)", "potential (threshold = 1)")


def test_trace_of_a_silent_cell_in_millivolt(ax):
    plot_trace(ax, [0.0, 0.01], [-70.0, -65.0], threshold=-50.0, unit="mV")
    assert ax.get_ylabel() == "potential (mV)"
    assert not ax.collections
    with pytest.raises(ParameterError, match=r"v\[1\]: got nan"):
        plot_trace(ax, [0.0, 0.01], [0.0, np.nan])


def test_histogram_fractions_sum_to_one_over_common_bins(ax):
    rng = np.random.default_rng(0)
    plot_histogram(
        ax, {"rate": rng.normal(size=50), "spiking": rng.normal(3, 1, 80)}, quantity="rate", unit="Hz", bins=9
    )
    first, second = (patch.get_data() for patch in ax.patches)
    np.testing.assert_array_equal(first.edges, second.edges)
    # Sums of at most nine quotients: float rounding.
    assert first.values.sum() == pytest.approx(1, abs=1e-12)
    assert second.values.sum() == pytest.approx(1, abs=1e-12)
    assert legend_texts(ax) == ["leaky rate", "spiking"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("rate (Hz)", "fraction (per bin)")


def test_histogram_counts_and_loses_no_value(ax):
    plot_histogram(ax, [1, 1, 2, 9], quantity="spikes", unit="count", bins=[0, 1.5, 10], fraction=False)
    np.testing.assert_array_equal(ax.patches[0].get_data().values, [2, 2])
    assert ax.get_legend() is None
    with pytest.raises(ParameterError, match="1 values lie outside the bins from 0 to 5"):
        plot_histogram(ax, [1, 9], quantity="spikes", unit="count", bins=[0, 5])
    with pytest.raises(ParameterError, match="empty array"):
        plot_histogram(ax, [], quantity="spikes", unit="count")


def test_points_with_intervals_run_from_the_top(ax):
    plot_points_with_intervals(
        ax, ["rate", "spiking"], [0.4, 0.5], [0.3, 0.45], [0.6, 0.5], quantity="sparseness", unit="1", reference=0.2
    )
    assert [text.get_text() for text in ax.get_yticklabels()] == ["leaky rate", "spiking"]
    assert ax.yaxis_inverted()
    assert [spans(collection) for collection in ax.collections] == [[[[0.3, 0], [0.6, 0]]], [[[0.45, 1], [0.5, 1]]]]
    np.testing.assert_array_equal(labelled(ax)["spiking"].get_xydata(), [[0.5, 1]])
    with pytest.raises(DimensionError, match="1 names for 2 values"):
        plot_points_with_intervals(ax, ["rate"], [1, 2], [1, 2], [1, 2], quantity="q", unit="1")


def test_tradeoff_keeps_the_order_of_the_sweep_and_draws_both_intervals(ax, table):
    table["from"], table["to"] = table["strength"] - 0.25, table["strength"] + 0.25
    plot_tradeoff(
        ax, table, "strength", "firing_rate", x_unit="1", y_unit="Hz",
        x_interval=("from", "to"), y_interval=("low", "high"),
    )  # fmt: skip
    np.testing.assert_array_equal(labelled(ax)["spiking"].get_xydata(), [[2, 20], [1, 10]])
    ends = [segment for collection in ax.collections for segment in spans(collection)]
    assert [[1.75, 20], [2.25, 20]] in ends
    assert [[1, 9], [1, 12]] in ends
    assert legend_texts(ax) == ["artificial", "spiking"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("strength (dimensionless)", "firing rate (Hz)")

"""Rasters, rate histograms, images, matrices, heat maps, filters and circuit diagrams, read back from the axes."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from neurosim.params import DimensionError, ParameterError
from neurosim.plots import (
    new_figure,
    plot_circuit,
    plot_filters,
    plot_heatmap,
    plot_image,
    plot_matrix,
    plot_psth,
    plot_raster,
)
from neurosim.registry import UnknownNameError


@pytest.fixture
def ax():
    return new_figure("nature-1").subplots()


def test_raster_puts_each_spike_into_its_row(ax):
    assert plot_raster(ax, [0.1, 0.2, 0.3], [0, 2, 2], n_units=4, window=(0, 0.25)) is ax
    (line,) = ax.lines
    np.testing.assert_allclose(line.get_xydata(), [[100, 0], [200, 2]])
    assert ax.get_xlim() == (0, 250)
    assert ax.get_ylim()[0] < 0 < 3 < ax.get_ylim()[1]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (ms)", "unit (index)")


@pytest.mark.parametrize(("sort", "rows"), [("rate", [1, 0, 0, 2]), ([1, 2, 0], [2, 1, 1, 0])])
def test_raster_sorts_by_rate_or_by_a_given_order(ax, sort, rows):
    plot_raster(ax, [0.1, 0.2, 0.3, 0.4], [0, 2, 2, 1], sort=sort)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), rows)


def test_large_raster_is_one_rasterized_artist(ax):
    rng = np.random.default_rng(1)
    plot_raster(ax, rng.uniform(0, 1, 100_000), rng.integers(0, 500, 100_000))
    (line,) = ax.lines
    assert line.get_rasterized()
    assert len(line.get_xdata()) == 100_000


def test_silence_is_a_raster_too(ax):
    plot_raster(ax, [], [], n_units=3)
    assert ax.get_xlim() == (0, 1000)
    assert len(ax.lines[0].get_xdata()) == 0


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0.1], [0, 1]), {}, r"times \(1,\), units \(2,\)"),
        (([0.1], [0.5]), {}, "expected whole numbers from 0"),
        (([0.1], [5]), {"n_units": 3}, "expected units below n_units = 3"),
        (([0.1], [1]), {"sort": [0, 0]}, "no permutation of 0 .. 1"),
        (([0.1], [1]), {"sort": "depth"}, "expected None, 'rate' or a permutation"),
        (([np.nan], [1]), {}, "got nan, expected finite numbers"),
        (([0.1], [1]), {"window": (1, 0)}, "expected \\(start, stop\\) with start < stop"),
    ],
)
def test_raster_refuses_bad_spikes(ax, arguments, options, message):
    with pytest.raises((ParameterError, DimensionError), match=message):
        plot_raster(ax, *arguments, **options)


def test_psth_is_the_rate_per_unit_and_trial(ax):
    plot_psth(ax, [0.01, 0.02, 0.06], bin_width=0.05, window=(0, 0.1), n_units=2, n_trials=5)
    steps = ax.patches[0].get_data()
    # 2 spikes / (0.05 s * 2 units * 5 trials) = 4 Hz and half of it; float rounding only.
    np.testing.assert_allclose(steps.values, [4, 2], rtol=1e-12)
    np.testing.assert_allclose(steps.edges, [0, 50, 100], rtol=1e-12)
    assert ax.get_ylabel() == "firing rate (Hz)"
    with pytest.raises(ParameterError, match=r"bin_width: got 0\.03 s, expected a width that divides"):
        plot_psth(ax, [0.01], bin_width=0.03, window=(0, 0.1))
    with pytest.raises(ParameterError, match="n_units: got 0, expected a whole number >= 1"):
        plot_psth(ax, [0.01], bin_width=0.05, window=(0, 0.1), n_units=0)


def test_image_shows_the_pixels_without_axes(ax):
    pixels = np.arange(6.0).reshape(2, 3)
    plot_image(ax, pixels, "digit 3", low=0, high=16)
    np.testing.assert_array_equal(ax.images[0].get_array(), pixels)
    assert ax.images[0].get_clim() == (0, 16)
    assert ax.get_title() == "digit 3"
    assert not ax.axison
    with pytest.raises(DimensionError, match=r"shape \(4,\), expected 2 axes"):
        plot_image(ax, np.zeros(4))


def test_matrix_colours_are_centred_at_zero(ax):
    plot_matrix(ax, [[0.0, 1.0], [-3.0, np.nan]])
    image = ax.images[0]
    assert image.get_clim() == (-3, 3)
    white = image.cmap(image.norm(0.0))[:3]
    # The middle of a 256-entry map lies half an entry beside white.
    assert min(white) > 0.95
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("presynaptic unit (index)", "postsynaptic unit (index)")
    assert "weight (s)" in {other.get_ylabel() for other in ax.figure.axes}


def test_matrix_without_weights_is_white_and_bad_limits_are_refused(ax):
    plot_matrix(ax, np.zeros((2, 2)), colourbar=False)
    assert ax.images[0].get_clim() == (-1, 1)
    assert ax.figure.axes == [ax]
    with pytest.raises(ParameterError, match="expected a finite number above 0"):
        plot_matrix(ax, np.ones((2, 2)), limit=0.0)
    with pytest.raises(DimensionError, match="rows that differ in length"):
        plot_matrix(ax, [[1.0], [1.0, 2.0]])


def test_heatmap_prints_its_numbers_in_readable_ink(ax):
    frame = pd.DataFrame(
        [[0.0, 1.0], [0.5, np.nan]], index=["ReLU", "GELU"], columns=pd.Index([0.0, 0.1], name="noise")
    )
    plot_heatmap(ax, frame, quantity="NRMSE", unit="1", fmt=".1f")
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "0.1"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["ReLU", "GELU"]
    printed = {(round(t.get_position()[1]), round(t.get_position()[0])): t for t in ax.texts}
    assert {place: t.get_text() for place, t in printed.items()} == {
        (0, 0): "0.0", (0, 1): "1.0", (1, 0): "0.5", (1, 1): "n/a"
    }  # fmt: skip
    assert printed[0, 0].get_color() == "white"
    assert printed[0, 1].get_color() == "black"
    assert ax.get_xlabel() == "noise"
    assert "NRMSE (dimensionless)" in {other.get_ylabel() for other in ax.figure.axes}
    with pytest.raises(ParameterError, match="expected a pandas data frame"):
        plot_heatmap(ax, [[1.0]], quantity="NRMSE", unit="1")


def test_filters_are_tiled_row_by_row_with_gaps(ax):
    filters = np.stack([np.full((2, 3), value) for value in (1.0, -2.0, 4.0)])
    plot_filters(ax, filters, columns=2, scale="shared", title="filters")
    mosaic = np.ma.filled(ax.images[0].get_array(), np.nan)
    assert mosaic.shape == (2 * 3 - 1, 2 * 4 - 1)
    np.testing.assert_array_equal(mosaic[:2, :3], 0.25)
    np.testing.assert_array_equal(mosaic[:2, 4:], -0.5)
    np.testing.assert_array_equal(mosaic[3:, :3], 1.0)
    assert np.isnan(mosaic[2]).all()
    assert np.isnan(mosaic[:, 3]).all()
    assert np.isnan(mosaic[3:, 4:]).all()


def test_filters_may_have_a_colour_range_each(ax):
    plot_filters(ax, np.stack([np.full((2, 2), 0.1), np.zeros((2, 2))]))
    mosaic = np.ma.filled(ax.images[0].get_array(), np.nan)
    np.testing.assert_array_equal(mosaic[:, :2], 1.0)
    np.testing.assert_array_equal(mosaic[:, 3:], 0.0)
    with pytest.raises(ParameterError, match="expected 'each' or 'shared'"):
        plot_filters(ax, np.ones((1, 2, 2)), scale="both")
    with pytest.raises(ParameterError, match="columns: got 0, expected a whole number >= 1"):
        plot_filters(ax, np.ones((1, 2, 2)), columns=0)


def link(name, pre, post, sign):
    return SimpleNamespace(name=name, pre=pre, post=post, sign=sign)


def test_circuit_shows_populations_sizes_and_signs(ax):
    links = [link("feed", "input", "E", 1), link("lateral", "E", "E", -1), link("back", "E", "input", None)]
    assert plot_circuit(ax, {"input": 64, "E": 100}, links) is ax
    texts = {t.get_text() for t in ax.texts}
    assert texts == {"input\n64", "E\n100", "feed", "lateral", "back"}
    drawn = {patch.get_label(): patch for patch in ax.patches}
    colours = {str(drawn[name].get_edgecolor()) for name in ("feed", "lateral", "back")}
    heads = {type(drawn[name].get_arrowstyle()) for name in ("feed", "lateral")}
    assert len(colours) == 3
    assert len(heads) == 2, "the head alone must tell excitation from inhibition"


def test_circuit_refuses_unknown_populations_and_signs(ax):
    with pytest.raises(UnknownNameError, match="did you mean 'input'"):
        plot_circuit(ax, {"input": 64}, [link("feed", "inputs", "input", 1)])
    with pytest.raises(ParameterError, match="expected \\+1, -1 or None"):
        plot_circuit(ax, {"input": 64}, [link("feed", "input", "input", 2)])
    with pytest.raises(ParameterError, match="no populations"):
        plot_circuit(ax, {}, [])

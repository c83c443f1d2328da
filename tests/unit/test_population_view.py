"""run["p"]: means, spikes and variables of one population, and what is said of what was not recorded."""

import numpy as np
import pytest

import neurosim as ns
from neurosim.params import ParameterError
from neurosim.plots import new_figure, plot_raster
from neurosim.recording import NotRecordedError, Spikes

BIAS = [1.5, 0.5, 2.0]
CIRCUIT = ns.Circuit(populations=[ns.Population("p", 3, bias=BIAS), ns.Population("q", 2)])
RUN = ns.simulate(CIRCUIT, ns.LIF(), duration=0.1, record=("v", "drive", "spikes"))
PLAIN = ns.simulate(CIRCUIT, ns.Unit())


def test_the_view_holds_what_the_recording_holds():
    view = RUN["p"]
    assert np.array_equal(view.rates, RUN.rates["p"])
    assert np.array_equal(view.drive, RUN.drive["p"])
    assert view.spikes is RUN.spikes["p"]
    assert view.v is view["v"] is RUN.traces["p"].values["v"]
    assert view.v.shape == (1000, 1, 3)
    # 0.0, 0.1, ... ms
    np.testing.assert_allclose(view.times, np.arange(1000) * 1e-4, atol=1e-12)
    assert list(view) == ["drive", "v"]
    assert {"v", "rates", "spikes"} <= set(dir(view))
    assert list(RUN) == ["p", "q"]


def test_the_mean_drive_and_the_drive_over_time_are_told_apart():
    assert RUN["p"].drive.tolist() == [BIAS]
    assert RUN["p"]["drive"].shape == (1000, 1, 3)
    assert (RUN["p"]["drive"] == BIAS).all()


def test_variables_of_rate_cells():
    run = ns.simulate(CIRCUIT, ns.LeakyRate(tau=0.02, activation=ns.ReLU()), duration=0.1, record=("rate",))
    # r = bias (1 - exp(-t/tau)) for the ReLU of gain 1; adaptive integration to 1e-5
    expected = np.array(BIAS) * (1 - np.exp(-run["p"].times[:, None] / 0.02))
    np.testing.assert_allclose(run["p"].rate[:, 0], expected, atol=1e-3)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: RUN["r"], "no population is named 'r'"),
        (lambda: RUN[0], "no population is named 0"),
        (lambda: PLAIN["p"].spikes, r"no spikes of 'p' were recorded: run with record=\(\"spikes\",\)"),
        (lambda: PLAIN["p"].v, r"'v' of 'p' was not recorded over time: run with record=\('v',\)"),
        (lambda: PLAIN["p"]["v"], r"'v' of 'p' was not recorded over time: run with record=\('v',\)"),
        (lambda: PLAIN["p"].times, "no traces of 'p' were recorded: run with a variable to record"),
        (lambda: PLAIN["p"].rate, "did you mean 'rates'"),
        (lambda: RUN["p"]["spikes"], r"'spikes' is no variable over time, expected run\['p'\].spikes"),
        (lambda: RUN["p"].learned, "no population whose cells learn is named 'p'"),
    ],
)
def test_what_is_not_there_is_told_with_the_way_out(ask, message):
    with pytest.raises(NotRecordedError, match=message):
        ask()


def test_what_is_not_there_has_no_attribute():
    assert not hasattr(PLAIN["p"], "spikes")
    assert not hasattr(PLAIN["p"], "v")


def test_it_shows_itself():
    assert "3 units" in repr(RUN["p"])
    html = RUN["p"]._repr_html_()
    for words in ("<b>p</b>", "spikes", "1000 times x 1 trials x 3 units"):
        assert words in html


def test_its_table_and_that_of_its_spikes():
    frame = RUN["p"].to_frame()
    assert frame["drive"].tolist() == BIAS
    spikes = Spikes(np.array([0.1, 0.2]), np.array([3, 1]), np.array([0, 2])).to_frame()
    assert spikes.to_dict("list") == {"time_s": [0.1, 0.2], "unit": [3, 1], "trial": [0, 2]}


def test_it_draws_what_is_there():
    axes = RUN["p"].plot()
    raster, drive, v = axes
    assert raster.get_xlim() == (0, 100)
    np.testing.assert_allclose(raster.lines[0].get_xdata(), 1e3 * RUN["p"].spikes.times)
    np.testing.assert_array_equal(raster.lines[0].get_ydata(), RUN["p"].spikes.units)
    assert drive.lines[1].get_ydata().tolist() == [0.5] * 1000
    np.testing.assert_array_equal(v.lines[2].get_ydata(), RUN["p"].v[:, 0, 2])
    assert (v.get_xlabel(), drive.get_ylabel()) == ("time (ms)", "drive (threshold = 1)")
    assert axes._repr_png_().startswith(b"\x89PNG")


def test_it_draws_rates_where_there_is_no_time():
    (ax,) = PLAIN["p"].plot()
    assert [bar.get_height() for bar in ax.patches] == PLAIN.rates["p"][0].tolist()
    assert ax.get_ylabel() == "mean activity (Hz)"


def test_it_draws_one_trial_and_the_units_asked_for():
    circuit = ns.Circuit({"x": 1}, [ns.Population("p", 1)], [ns.Projection("f", "x", "p", [[1.0]], sign=None)])
    run = ns.simulate(circuit, ns.LIF(), ns.stimulus.constant([[0.5], [3.0]], "x"), duration=0.1, record=("v",))
    (ax,) = run["p"].plot(trial=1, units=0)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), run["p"].v[:, 1, 0])
    assert ax.get_title(loc="left") == "p, trial 1"
    with pytest.raises(ParameterError, match=r"plot: trial: got 2, expected a whole number from 0 to 1"):
        run["p"].plot(2)
    with pytest.raises(ParameterError, match=r"plot: units\[0\]: got 1, expected whole numbers from 0 to 0"):
        run["p"].plot(units=[1])


def test_a_raster_takes_spikes():
    for spikes in (RUN["p"].spikes, RUN.spikes["p"]):
        ax = new_figure("nature-1").subplots()
        plot_raster(ax, spikes, n_units=3)
        np.testing.assert_allclose(ax.lines[0].get_xdata(), 1e3 * RUN.spikes["p"].times)
    ax = new_figure("nature-1").subplots()
    plot_raster(ax, Spikes(np.array([0.1, 0.2, 0.1]), np.array([0, 1, 1]), np.array([0, 0, 1])))
    assert ax.lines[0].get_ydata().tolist() == [0, 1, 3]
    assert ax.get_ylabel() == "unit (trial by trial)"


def test_a_raster_takes_the_spikes_of_an_input():
    trains = ns.stimulus.encode(ns.stimulus.regular([[100.0]], "x"), 0.1, 1e-3, np.random.SeedSequence(0))["x"]
    ax = new_figure("nature-1").subplots()
    plot_raster(ax, trains)
    assert len(ax.lines[0].get_xdata()) == len(trains)


@pytest.mark.parametrize("wrong", [RUN, [0.1, 0.2], RUN.rates["p"]])
def test_a_raster_says_what_it_takes(wrong):
    with pytest.raises(TypeError, match=r'got no units, expected spikes such as run\["p"\].spikes, or spike times'):
        plot_raster(new_figure("nature-1").subplots(), wrong)

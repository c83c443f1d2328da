"""Bias, threshold, inhibition, shunting and negative drive, as the questions simulate them, against closed forms."""

import math

import numpy as np
import pytest
from small_questions import small_run

STEP = 1e-4 + 1e-9
"""A time step and the rounding of a time stamp, in s."""

SHUNTED = {  # tonic conductance in nS -> rate in Hz at 500, 1000, 2000 pA, computed elsewhere to six decimals
    0.0: (97.880759, 224.071006, 474.561079),
    5.0: (81.851750, 210.275494, 461.484704),
    10.0: (62.133493, 195.761519, 448.142012),
    20.0: (0.0, 163.703500, 420.550988),
}


def inhibition(rung):
    table = small_run("neurons/bias_threshold_inhibition").tables["inhibition"]
    return table[table.rung == rung]


def test_four_routes_shift_a_threshold_linear_unit_alike():
    for rung, tolerance in (("static", 1e-9), ("rate", 5e-3)):  # rounding; five times the integration's tolerance
        rows = inhibition(rung)
        assert set(rows.route) == {"bias", "inhibitory current", "inhibitory unit", "raised threshold"}
        expected = 50.0 * np.maximum(rows.drive - 1.0 - rows["shift"], 0.0)
        assert (rows.rate - expected).abs().max() <= tolerance


@pytest.mark.parametrize("route", ["bias", "inhibitory current", "raised threshold"])
def test_steady_routes_give_the_intervals_of_the_lif_formula(route):
    rows = inhibition("spiking")[lambda t: t.route == route]
    shift = rows["shift"].to_numpy()
    raised, net = (shift, rows.drive.to_numpy()) if route == "raised threshold" else (0.0, rows.drive - shift)
    threshold = 1.0 + raised * np.ones_like(shift)
    fires = (net > threshold).astype(bool)
    assert ((rows.rate > 0) == fires).all()
    # tau ln(I / (I - theta)) and 2 ms refractoriness, by which an interval on the grid is up to one step short.
    period = 2e-3 + 20e-3 * np.log(net[fires] / (net[fires] - threshold[fires]))
    error = 1.0 / rows.rate[fires] - period
    assert len(error) == 15
    assert error.between(-STEP, 1e-9).all()


def test_the_shunted_neuron_has_the_rates_of_the_textbook_formula():
    table = small_run("neurons/shunting").tables["shunting"]
    capacitance, leak, distance = 200e-12, 10e-9, 20e-3

    def formula(current, conductance):
        total = leak + conductance
        if current <= total * distance:
            return 0.0
        return 1.0 / (capacitance / total * math.log(current / (current - total * distance)))

    for row in table.itertuples():
        shunted = row.kind == "shunting"
        net = row.current if shunted else row.current - 1e12 * 1e-9 * row.g_i * distance
        expected = formula(1e-12 * net, 1e-9 * row.g_i if shunted else 0.0)
        assert row.closed_form == pytest.approx(expected, abs=1e-9)  # two ways to write one formula
    for g, rates in SHUNTED.items():
        for current, rate in zip((500.0, 1000.0, 2000.0), rates, strict=True):
            rows = table[(table.kind == "shunting") & (table.g_i == g) & (table.current == current)]
            assert rows.closed_form.item() == pytest.approx(rate, abs=1e-6)


def test_the_shunted_neuron_is_simulated_to_a_time_step():
    table = small_run("neurons/shunting").tables["shunting"]
    run = table[table.simulated.notna()]
    assert len(run) == 48
    assert ((run.simulated > 0) == (run.closed_form > 0)).all()
    fires = run[run.closed_form > 0]
    # Without refractoriness an interval is rounded up to whole steps.
    assert (1.0 / fires.simulated - 1.0 / fires.closed_form).between(-1e-9, STEP).all()


def test_the_first_spike_after_negative_drive_comes_when_the_charging_time_says():
    tables = small_run("neurons/negative_drive").tables
    for row in tables["memory"].itertuples():
        v = -row.depth * (1 - math.exp(-30e-3 / 20e-3)) * math.exp(-row.pause / 20e-3)
        assert row.latency == pytest.approx(20e-3 * math.log((1.5 - v) / 0.5), abs=STEP)
        assert row.rate_unit_difference <= 1e-9  # its activity is 0 until the step, whatever the depth
    # Siegert's formula with the correction for the time step, printed to three decimals.
    theory = tables["noise"].query("sigma == 0.3").set_index("drive").theory
    assert theory[0.5] == pytest.approx(6.282, abs=6e-4)
    assert theory[0.8] == pytest.approx(16.377, abs=6e-4)


def test_a_unit_of_a_convolution_has_k_squared_of_the_inputs():
    tables = small_run("sparsity/convolution").tables
    first = tables["convolution"].set_index("layer")
    for layer, expected in (
        ("3 x 3 on 32 x 32 x 3", 27 / 3072),
        ("5 x 5 on 28 x 28 x 1", 25 / 784),
        ("11 x 11 on 64 x 64 x 3", 363 / 12288),
    ):
        assert first.density[layer] == pytest.approx(expected, abs=1e-15)
    sizes = tables["sizes"]
    np.testing.assert_allclose(sizes.density, sizes.kernel**2 / sizes.side**2, rtol=1e-13)

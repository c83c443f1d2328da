"""What numbers of spikes bring, projection by projection."""

import numpy as np
import pytest

from neurosim.cells.lif import LIF
from neurosim.circuits.circuit import Circuit, Population, Projection
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import counts


@pytest.mark.parametrize("engine", ["compiled", "brian"])
@pytest.mark.parametrize("rows", [(0, 0), (1, 1), (1, 0), (0, 1)])
def test_spikes_of_a_channel_reach_the_rows_of_its_column(engine, rows):
    # One entry per column, in these rows: what a channel sends must arrive there and nowhere else.
    weights = np.zeros((2, 2))
    weights[rows, (0, 1)] = 1e-4
    circuit = Circuit({"x": 2}, [Population("p", 2)], [Projection("f", "x", "p", weights, tau=0.0)])
    rates = simulate(circuit, LIF(), counts([[2e4, 2e4]], "x"), engine=engine).rates["p"][0]
    # Noise around a drive of 2 (or 4) per row: 1/(t_ref + tau log(D/(D - 1))) is 63 Hz (or 129 Hz), within 6 %.
    expected = [0.0 if n == 0 else 1 / (2e-3 + 20e-3 * np.log(2 * n / (2 * n - 1))) for n in map(rows.count, (0, 1))]
    np.testing.assert_allclose(rates, expected, rtol=0.06)

"""What the rate engine multiplies by is what a projection applies, for every kind of weights."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from neurosim.circuits.circuit import Projection
from neurosim.circuits.kernels import UniformLateral
from neurosim.engines.rate_system import _product

DENSE = np.random.default_rng(1).uniform(0.0, 1.0, (6, 6)) * (1.0 - np.eye(6))


@pytest.mark.parametrize("trials", [1, 4])
@pytest.mark.parametrize("sign", [1, -1, None])
@pytest.mark.parametrize(
    "weights",
    [DENSE, csr_array(DENSE * (DENSE > 0.5)), UniformLateral(n=6, value=0.2)],
    ids=["dense", "sparse", "uniform"],
)
def test_products_are_those_of_the_projection(weights, sign, trials):
    rates = np.random.default_rng(2).uniform(0.0, 50.0, (trials, 6))
    p = Projection("loop", "units", "units", weights, sign=sign, tau=0.0)
    expected = (-1.0 if sign == -1 else 1.0) * np.array([p.dense() @ row for row in rates])
    # Sums of six terms up to 50: rounding only, in another order.
    assert _product(p)(rates) == pytest.approx(expected, rel=1e-14)
    assert _product(p)(rates).shape == (trials, 6)

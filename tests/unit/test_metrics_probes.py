"""Probes on problems whose separability is known."""

import numpy as np
import pytest

from neurosim.metrics.probes import linear_probe, quadratic_probe
from neurosim.params import ParameterError


def xor(trials, seed):
    x = np.random.default_rng(seed).uniform(-1, 1, (trials, 2))
    return x, (x[:, 0] * x[:, 1] > 0).astype(int)


def test_xor_is_for_the_quadratic_reader_only():
    x, y = xor(600, 0)
    z, u = xor(400, 1)
    # No line does better than chance by more than the sampling allows; x*y does it exactly.
    assert linear_probe(x, y, z, u).test_error > 0.35
    assert quadratic_probe(x, y, z, u, components=2, penalty=1e-6).test_error < 0.03


def test_a_line_is_found_and_a_constant_unit_does_not_matter():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((400, 3)) * [1.0, 100.0, 0.0] + [0.0, 0.0, 7.0]
    y = np.where(x[:, 0] + x[:, 1] / 100 > 0, "up", "down")
    probe = linear_probe(x[:300], y[:300], x[300:], y[300:], penalty=1e-5)
    assert probe.train_error < 0.01
    assert probe.test_error < 0.04


def test_nonsense_is_refused():
    x = np.ones((4, 2))
    with pytest.raises(ParameterError, match="got the single class 1, expected two or more"):
        linear_probe(x, np.ones(4, int), x, np.ones(4, int))
    with pytest.raises(ParameterError, match="labels: got shape \\(2,\\), expected \\(4,\\), one label per trial"):
        linear_probe(x, [0, 1], x, [0, 1, 0, 1])
    with pytest.raises(ParameterError, match="components: got 0"):
        quadratic_probe(x, [0, 1, 0, 1], x, [0, 1, 0, 1], components=0)
    with pytest.raises(ParameterError, match="penalty: got 0, expected >= 1e-100"):
        linear_probe(x, [0, 1, 0, 1], x, [0, 1, 0, 1], penalty=0)

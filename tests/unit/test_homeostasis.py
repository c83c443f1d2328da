"""Homeostasis against numbers worked out by hand."""

import numpy as np
import pytest

from neurosim.homeostasis import SynapticScaling, TargetRate, WeightNormalisation
from neurosim.params import ParameterError


def test_a_unit_above_its_target_gets_a_higher_threshold():
    law = TargetRate(target=20.0, learning_rate=0.5, reference=40.0)
    # Mean activities 1, .5 and 0 in units of 40 Hz; the target is .5.
    np.testing.assert_allclose(law.bias_change([[40.0, 40.0, 0.0], [40.0, 0.0, 0.0]]), [-0.25, 0.0, 0.25])


def test_scaling_keeps_the_ratios_and_follows_the_running_mean():
    law = SynapticScaling(target=10.0, learning_rate=0.1, memory=2.0)
    post = np.array([[0.0, 10.0, 20.0]])
    # The running means start at 10 and go half the way: 5, 10, 15.
    state = law.next_state(post)
    np.testing.assert_allclose(state["mean"], [5.0, 10.0, 15.0])
    w = np.arange(1.0, 13.0).reshape(3, 4)
    scaled = law.scale(w, post)
    np.testing.assert_allclose(scaled / w, np.repeat([[1.05], [1.0], [0.95]], 4, axis=1), rtol=1e-12)
    np.testing.assert_allclose(scaled / scaled[:, :1], w / w[:, :1], rtol=1e-12)
    # A unit far above its target cannot be scaled below nothing.
    assert (law.replace(learning_rate=5.0, memory=1.0).scale(w, [[100.0, 100.0, 100.0]]) == 0).all()


def test_scaling_refuses_a_state_of_another_size():
    with pytest.raises(
        ParameterError, match=r"SynapticScaling: state: got \['mean'\], expected 'mean' of shape \(3,\)"
    ):
        SynapticScaling().next_state([1.0, 2.0, 3.0], {"mean": np.ones(2)})


@pytest.mark.parametrize(("order", "norm"), [(1, lambda w: np.abs(w).sum(axis=1)), (2, np.linalg.norm)])
def test_normalisation_holds_sum_or_length(order, norm):
    w = np.array([[3.0, -4.0, 0.0]])
    scaled = WeightNormalisation(total=2.0, order=order, reference=10.0).scale(w, [1.0])
    assert norm(scaled).item() == pytest.approx(0.2, rel=1e-15)
    np.testing.assert_allclose(scaled / scaled[0, 0], w / 3.0)
    assert not WeightNormalisation().scale(np.zeros((1, 3)), [1.0]).any()

"""Mach bands of profiles whose plateaus are known."""

import numpy as np
import pytest

from neurosim.metrics import mach_overshoot

PROFILE = np.array([1.0, 1.0, 1.0, 0.75, 2.5, 2.0, 2.0, 2.0])


def test_a_profile_by_hand():
    bands = mach_overshoot(PROFILE, slice(0, 3), [5, 6, 7])
    assert (bands.low, bands.high, bands.step) == (1.0, 2.0, 1.0)
    assert (bands.overshoot, bands.undershoot) == (0.5, 0.25)
    assert (bands.peak, bands.trough) == (4, 3)
    doubled = mach_overshoot(2 * PROFILE, slice(0, 3), [5, 6, 7])
    assert (doubled.overshoot, doubled.relative_overshoot, doubled.relative_undershoot) == (1.0, 0.5, 0.25)


def test_a_bare_step_has_no_bands():
    bands = mach_overshoot([1.0, 1.0, 3.0, 3.0], slice(0, 2), slice(2, 4))
    assert bands.relative_overshoot == bands.relative_undershoot == 0.0


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        (slice(5, 8), slice(0, 3), "low plateau of 2 and a high one of 1"),
        (slice(3, 3), slice(5, 8), "low: got slice.* expected at least one unit"),
        ([9], slice(5, 8), r"low\[0\]: got 9, expected whole numbers from -8 to 7"),
    ],
)
def test_plateaus_that_are_none_are_refused(low, high, message):
    with pytest.raises(ValueError, match=message):
        mach_overshoot(PROFILE, low, high)
    with pytest.raises(ValueError, match=r"expected \(units,\)"):
        mach_overshoot(PROFILE[None], low, high)

"""What the claims' rules call zero, dead, a band, half, the same: one table, each with its reason.

A question takes its bounds from here. Where a bound decides a verdict, the question also asks the values of its
`RANGE`, and the verdict says where it flips.
"""

from neurosim.lab import between

NEAR_ZERO = 0.01
"""Share of the standard deviation up to which a value is nearly zero: it moves a sum of 100 such terms by 10 % of one
unit's spread. Exact zeros are counted apart."""
NEAR_ZERO_RANGE = (0.005, 0.01, 0.02)

HALF = between(0.45, 0.55)
"""Half of the units: five points to either side, the scatter of one layer of 100 units (standard deviation 0.05)."""

HALF_RANGE = (0.02, 0.05, 0.1)
"""Distances from one half that may be allowed."""

POINT = 0.01
"""Two accuracies are the same if they differ by less than one point: 5 of 500 test digits."""
POINT_RANGE = (0.005, 0.01, 0.02)

TRAINED = 0.9
"""A network counts as trained from this training accuracy on (ten classes, chance 0.1): one that diverged says nothing
about what its units do."""
TRAINED_RANGE = (0.8, 0.9, 0.95)

BAND = 0.01
"""An overshoot counts as a band from this share of the step on: human contrast thresholds are near 1 %."""
BAND_RANGE = (0.005, 0.01, 0.02)

RARE = 0.05
"""Share below which something counts as not happening, where a count can refute: one in twenty."""
RARE_RANGE = (0.02, 0.05, 0.1)

TENFOLD = 1.0
"""Decades of a gradient that count as vanishing or exploding: a factor of 10 over the whole network."""
TENFOLD_RANGE = (0.5, 1.0, 2.0)

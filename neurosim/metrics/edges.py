"""What lateral inhibition does at an edge: bright and dark bands next to a step."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.gate import labels, shown
from neurosim.metrics.checks import exponent, real, restored, shifted
from neurosim.params import Array, ParameterError


@dataclass(frozen=True)
class MachBands:
    """A response to a step: its two plateaus and how far it leaves them.

    Units
        low, high, overshoot, undershoot: those of the response; peak and trough: index of the unit
    """

    low: float
    high: float
    overshoot: float
    """Largest response minus the high plateau."""
    undershoot: float
    """Low plateau minus the smallest response."""
    peak: int
    trough: int

    @property
    def step(self) -> float:
        """Height of the step between the plateaus."""
        return self.high - self.low

    @property
    def relative_overshoot(self) -> float:
        """Overshoot over the plateau step."""
        return self.overshoot / self.step

    @property
    def relative_undershoot(self) -> float:
        """Undershoot over the plateau step."""
        return self.undershoot / self.step


def mach_overshoot(response: Any, low: Any, high: Any) -> MachBands:
    """Mach bands of a response to a step, relative to its own plateaus.

    Equation
        overshoot = max(response) - mean(response[high]), undershoot = mean(response[low]) - min(response); both are 0
        for a response that never leaves the range of its plateaus, up to the noise of the plateaus
    Shapes
        response (units,)
    Args:
        response: activity of each unit along the line or ring.
        low: which units form the low plateau, far from any edge: a slice or numbers.
        high: which units form the high plateau.
    Raises:
        ParameterError: not a vector, an empty plateau, or a high plateau that is not above the low one.
    """
    profile = real(response, "mach_overshoot(response)")
    if profile.ndim != 1:
        raise ParameterError(f"mach_overshoot(response): got shape {profile.shape}, expected (units,)")
    power = exponent(profile)
    profile = shifted(profile, power)
    bottom, top = _plateau(profile, low, "low"), _plateau(profile, high, "high")
    if not bottom < top:
        raise ParameterError(
            f"mach_overshoot(response): got a low plateau of {np.ldexp(bottom, power):g} and a high one of "
            f"{np.ldexp(top, power):g}, expected low < high"
        )
    peak, trough = int(profile.argmax()), int(profile.argmin())
    values = np.array([bottom, top, profile[peak] - top, bottom - profile[trough]])
    low_plateau, high_plateau, over, under = restored(values, power, "mach_overshoot(response)").tolist()
    return MachBands(low_plateau, high_plateau, over, under, peak, trough)


def _plateau(profile: Array, where: Any, name: str) -> float:
    if isinstance(where, slice):
        for part in (where.start, where.stop, where.step):
            if part is not None:
                labels(part, f"mach_overshoot: {name}", low=-np.inf)
        values = profile[where]
    else:
        values = np.atleast_1d(
            profile[labels(where, f"mach_overshoot: {name}", low=-profile.size, high=profile.size - 1)]
        )
    if values.size == 0:
        raise ParameterError(f"mach_overshoot: {name}: got {shown(where)}, expected at least one unit")
    return float(values.mean())

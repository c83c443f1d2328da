"""The ring model of orientation tuning: how wide a bump of activity its interactions make."""

import math
from typing import Any

from neurosim.params import ParameterError, ParamInfo, number

_COUPLING = ParamInfo("1", "tuned coupling J2", low=0.0)


def active_zone(coupling: Any) -> float:
    """Half width (rad) of the active zone of threshold-linear neurons on a ring with weakly tuned input.

    The interactions are (-J0 + J2 cos 2(theta - theta'))/n per unit of the slope. From J2 = 2 on the network narrows
    its activity by itself, to a zone that does not depend on the contrast.

    Equation
        J2 (theta_c - sin(4 theta_c)/4) = pi, theta_c in (0, pi/2)
    Args:
        coupling: J2, above 2.

    Raises:
        ParameterError: a coupling of 2 or less, where the input alone sets the width.
    Source
        Ben-Yishai, Bar-Or & Sompolinsky, PNAS 92 (1995) 3844 (the marginal phase).
    """
    from scipy.optimize import brentq

    strength = number(coupling, _COUPLING, "active_zone: coupling")
    if strength <= 2.0:
        raise ParameterError(
            f"active_zone: coupling: got {strength:g}, expected more than 2 (below, the input alone sets the width)"
        )
    return float(
        brentq(lambda t: strength * (t - math.sin(4 * t) / 4) - math.pi, min(1e-6, 1.0 / strength), math.pi / 2)
    )

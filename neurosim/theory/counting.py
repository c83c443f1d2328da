"""What it costs to read a rate as a whole number of spikes."""

from typing import Any

import numpy as np

from neurosim.params import ParameterError, ParamInfo, finite, number, seconds

_WINDOW = ParamInfo("s", "time in which spikes are counted", low=1e-100, high=1e100)


def counting_error(rates: Any, window: Any, dt: Any = 0.0) -> float:
    """Expected root-mean-square error (Hz) of rates that are counted spikes of regular trains over the window.

    Equation
        A train of N + u intervals in the window, u in [0, 1) and at a random phase, gives N + 1 spikes with
        probability u: variance u (1 - u), 1/6 on average over u. On a grid of steps dt an interval is up to dt too
        short, dt/2 on average, which raises a rate r by r^2 dt/2. Silent cells are counted without error.
    Shapes
        rates any; the mean is over all of them
    Units
        rates Hz, window and dt s
    Raises:
        ParameterError: rates that are not finite, a window that is not positive, a negative step.
    Source
        Elementary (uniform phase); Gerstner et al., Neuronal Dynamics (2014), sec. 7.1 (rate as a spike count).
    """
    every = finite(rates, "Hz", "counting_error: rates", empty=False)
    length, step = number(window, _WINDOW, "counting_error: window"), seconds(dt, "counting_error: dt")
    counted = np.where(every > 0, 1.0 / (6.0 * length**2), 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        error = float(np.sqrt(np.mean(counted + (0.5 * step * every**2) ** 2)))
    if not np.isfinite(error):
        raise ParameterError("counting_error: rates and dt: the error is beyond 1.8e308, expected smaller values")
    return error

"""SciPy: the adaptive integrator, called by hand."""

import numpy as np

from benchmarks.parameters import TAU
from benchmarks.works.rates import rate_scene, rate_schedule

LIBRARY, MODULE, EXACT = "SciPy", "scipy", True


def integrated(p, trials=1):
    """The adaptive integrator that the rate engine uses as well, called by hand with the same tolerances."""
    from scipy.integrate import solve_ivp

    from neurosim.engines.rate import Rate

    bias, weights, inhibition = rate_scene(p, trials)
    schedule = rate_schedule(p)
    joined = (weights - inhibition * (1 - np.eye(p.rate_units))).T.copy()
    engine = Rate()
    same = {"rtol": engine.rtol, "atol": engine.atol}
    times = np.linspace(schedule.settle, schedule.duration, engine.samples)

    def slope(t, state):
        rate = state.reshape(bias.shape)
        return ((np.maximum(0.0, bias + rate @ joined) - rate) / TAU).ravel()

    def run():
        found = solve_ivp(slope, (0.0, schedule.duration), np.zeros(bias.size), t_eval=times, **same)
        return np.trapezoid(found.y, times, axis=1).reshape(bias.shape) / (times[-1] - times[0])

    return run


def batch(p):
    """Several trials at once."""
    return integrated(p, p.rate_batch)


WORKS = {"W5": integrated, "W5 batch": batch}

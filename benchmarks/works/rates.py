"""W5: ReLU rate units with dense recurrent weights and lateral inhibition, one trial or a batch."""

import math
from functools import partial

import numpy as np

from benchmarks.entrants import BOUND, ENGINE, Entrant
from benchmarks.parameters import DT, TAU
from benchmarks.program import as_double, pointer


def rate_scene(p, trials):
    """Bias (trials, units), recurrent weights (post, pre), weight of the lateral inhibition."""
    from neurosim.randomness import stream

    rng = stream(p.seed, "weights", "W5", p.rate_units)
    weights = rng.standard_normal((p.rate_units, p.rate_units)) * 0.5 / math.sqrt(p.rate_units)
    bias = stream(p.seed, "stimulus", "W5").uniform(-10.0, 50.0, (trials, p.rate_units))
    return bias, weights, 0.5 / p.rate_units


def rate_schedule(p):
    from neurosim.schedule import Schedule

    steps = round(p.rate_duration / DT)
    return Schedule(duration=steps * DT, settle=round(0.9 * steps) * DT, dt=DT)


def rate_units(p, trials, program):
    from scipy.sparse import eye_array

    from neurosim.cells import LeakyRate
    from neurosim.circuits.circuit import Circuit, Input, Population, Projection
    from neurosim.inhibition import lateral
    from neurosim.simulate import simulate
    from neurosim.stimuli.stimulus import constant

    bias, weights, inhibition = rate_scene(p, trials)
    schedule, units = rate_schedule(p), Population("units", p.rate_units)
    feed = Projection("feed", "input", "units", eye_array(p.rate_units, format="csr"), sign=None, tau=0.0)
    inner = Projection("recurrent", "units", "units", weights, sign=None, tau=0.0)
    circuit = Circuit([Input("input", p.rate_units)], [units], [feed, inner, lateral(units, inhibition, tau=0.0)])
    run = partial(
        simulate, circuit, LeakyRate(tau=TAU), constant(bias, input="input"), schedule, engine="rate", progress=False
    )
    entrants = [Entrant(f"{ENGINE}, rate", ENGINE, run, lambda recording: recording.rates["units"])]
    if program is not None:
        rows, mean = np.ascontiguousarray(weights.T), np.empty((1, p.rate_units))

        def euler():
            program.rates(
                pointer(bias), p.rate_units, pointer(rows), as_double(inhibition), as_double(DT / TAU),
                schedule.settle_steps, schedule.steps, pointer(mean),
            )  # fmt: skip
            return mean.copy()

        entrants.append(Entrant("C, Euler", BOUND, euler))
    return entrants

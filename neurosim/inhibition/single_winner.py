"""Winner-take-all: uniform inhibition so strong that one unit silences all others."""

from typing import Any

from neurosim.circuits.circuit import Population, Projection
from neurosim.inhibition.checks import magnitude, population_of
from neurosim.inhibition.subtractive import lateral
from neurosim.params import ParameterError, ParamInfo, number


def winner_take_all(
    population: Population,
    strength: Any,
    *,
    gain: Any = 1.0,
    tau: Any = 5e-3,
    delay: Any = 0.0,
    name: str = "winner_take_all",
) -> Projection:
    """Uniform inhibition with w = strength * gain >= 1: one unit wins and stays the winner for a while.

    Equation
        drive_i -= strength * sum_{j != i} r_j
    Fixed point
        For rectified linear units r = gain * [drive]+: r_i = gain * x_i for the winner i and 0 for all others, stable
        while x_j <= w * x_i for every other j. So there are as many stable states as units within the factor w of the
        strongest, the start decides between them, and a rival takes over only once x_j > w * x_i (hysteresis of the
        ratio w in both directions). States with two or more winners exist and are unstable for w > 1. Below w = 1 the
        state is unique and may have several active units.
    Rungs
        static: the state that is reached from `initial`, so compare starts (`fixed_points`) and carry the state along
        (`sweep`); rate: the same states; spiking: the first spikes silence the others, so a race decides. Without noise
        the strongest wins it; with noise the more often an other one wins, the stronger the inhibition: just above
        w = 1 there is time to compare.
    Units
        strength: drive per Hz (s); gain Hz per drive (the steepest slope that all units reach); w dimensionless
    Args:
        population: the population that competes.
        strength: weight of a pair as a magnitude.
        gain: slope of the units' curve above threshold, 1 for the textbook ReLU.
        tau: synaptic time constant in s.
        delay: transmission delay in s.
        name: name of the projection.
    Raises:
        SignError: a negative strength.
        ParameterError: strength * gain < 1, where several units share the activity.
    Source
        Feldman & Ballard, Cognitive Sci 6 (1982) (winner-take-all networks).
    """
    population_of(population, "winner_take_all")
    value = magnitude(strength, "winner_take_all")
    slope = number(gain, ParamInfo("Hz", "slope of the units' curve", above=0), "winner_take_all: gain")
    if value * slope < 1:
        raise ParameterError(
            f"winner_take_all: got strength * gain = {value * slope:g}, expected >= 1 (below 1 several units stay "
            f"active: use lateral, or a strength of at least {1 / slope:g} s)"
        )
    return lateral(population, value, tau=tau, delay=delay, name=name)

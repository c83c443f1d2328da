"""Inhibition through a pool of interneurons, which keeps Dale's law."""

from typing import Any

from neurosim.circuits.circuit import Population, Projection
from neurosim.inhibition.checks import magnitudes, population_of
from neurosim.inhibition.subtractive import Per
from neurosim.params import ParameterError, seconds, text


def pooled(
    population: Population,
    pool: Population,
    *,
    excite: Any,
    inhibit: Any,
    per: Per = "pair",
    tau_excite: Any = 5e-3,
    tau_inhibit: Any = 5e-3,
    delay: Any = 0.0,
    name: str = "pooled",
) -> tuple[Projection, Projection]:
    """The population excites interneurons, and they inhibit the whole population: every unit has one sign only.

    Equation
        drive_pool += excite * sum_j r_j,  drive_i -= inhibit * sum_m r_pool,m
    Fixed point
        With interneurons r_pool = gain * [drive]+ of threshold 0 it is uniform inhibition of strength
        w = excite * inhibit * gain * (size of the pool) that also reaches the unit it came from: with k active units
        r_i = x_i - w S and S = sum of the active x / (1 + k w). A pool divides the sum and subtracts from each.
        It is unique at every strength: the loop is negative for every pattern of activity (`Circuit.loop_gain`, which
        bounds the matrix with its two signs separately, can exceed 1 all the same).
    Rungs
        static: the above; rate: a loop of four low-passes (two cells, two synapses) that can oscillate when it is
        strong and slow; spiking: the pool's own threshold and refractory period bend the pool's curve.
    Units
        excite, inhibit: drive per Hz (s), magnitudes >= 0; the signs are applied here
    Args:
        population: the population that is kept in check.
        pool: the interneurons.
        excite: weight from each unit to each interneuron, or a matrix (pool, population).
        inhibit: weight from each interneuron to each unit, or a matrix (population, pool).
        per: "pair": numbers are weights of one pair; "total": numbers are sums over a unit's sources.
        tau_excite: synaptic time constant onto the pool, in s.
        tau_inhibit: synaptic time constant onto the population, in s.
        delay: of each of the two projections, in s.
        name: the projections are called `<name>_excite` and `<name>_inhibit`.
    Returns:
        The excitatory and the inhibitory projection; give both to the circuit.
    Raises:
        SignError: a negative strength.
        ParameterError: population and pool are the same, or a matrix does not fit.
    Source
        Dale's law: Eccles, Fatt & Koketsu, J Physiol 126 (1954) (recurrent inhibition through Renshaw cells).
    """
    n, m = int(population_of(population, "pooled").size), int(population_of(pool, "pooled", "pool").size)
    if pool.name == population.name:
        raise ParameterError(f"pooled: pool: got {pool.name!r} twice, expected a population of interneurons of its own")
    if per not in ("pair", "total"):
        raise ParameterError(f"pooled: per: got {per!r}, expected 'pair' or 'total'")
    onto_pool = magnitudes(excite, (m, n), "pooled", "excite", per)
    back = magnitudes(inhibit, (n, m), "pooled", "inhibit", per)
    name = text(name, "pooled: name")
    tau_excite, tau_inhibit = seconds(tau_excite, "pooled: tau_excite"), seconds(tau_inhibit, "pooled: tau_inhibit")
    return (
        Projection(f"{name}_excite", population.name, pool.name, onto_pool, sign=+1, tau=tau_excite, delay=delay),
        Projection(f"{name}_inhibit", pool.name, population.name, back, sign=-1, tau=tau_inhibit, delay=delay),
    )

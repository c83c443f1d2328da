"""Inhibition from one side only: what makes a row of units prefer a direction."""

from typing import Any, Literal, get_args

import numpy as np

from neurosim.circuits.circuit import Input, Population, Projection
from neurosim.circuits.kernels import Kernel, KernelWidthError, Uniform
from neurosim.inhibition.checks import kernel_of, magnitude, population_of
from neurosim.params import DimensionError, ParameterError
from neurosim.registry import unknown_name

Side = Literal["before", "after"]


def one_sided(
    population: Population,
    strength: Any,
    *,
    side: Side = "before",
    reach: int = 1,
    topology: Literal["line", "ring"] = "line",
    kernel: Kernel | None = None,
    source: Population | Input | None = None,
    tau: Any = 5e-3,
    delay: Any = 0.0,
    name: str = "one_sided",
) -> Projection:
    """Subtractive inhibition of each unit by the units on one side of it only, never by itself.

    Equation
        drive_i -= strength * sum_{d = 1 ... reach} k(d) r_{i - d}  (side "before"; i + d for "after"), k the kernel
        (k = 1: uniform); beyond the ends of a line there is nothing, on a ring the indices go round
    Fixed point
        On a line with side "before" the matrix is triangular: r_0 = [x_0]+, r_i = [x_i - strength * sum ...]+ one
        after the other, so there is exactly one at any strength, whatever `Circuit.loop_gain` says. On a ring with
        reach 1 the loop gain is strength (n even) or strength * cos(pi / n) (n odd).
    Rungs
        static: the fixed point, so no preference for a moving stimulus; rate and spiking: inhibition arrives after
        `delay` and lasts for `tau`, and a stimulus that moves with the inhibition (towards higher numbers for "before")
        runs into it, while one that moves against it does not.
    Units
        strength: drive per Hz (s), a magnitude >= 0; the sign is applied here
    Args:
        population: the units that are inhibited.
        strength: weight of a pair at kernel value 1.
        side: "before" if unit i hears units of lower number, "after" for higher.
        reach: distance of the farthest unit that is heard.
        topology: "line" or "ring".
        kernel: how the weight falls with distance; uniform by default, must not be free-signed.
        source: the population or input of the same size that inhibits; the population itself by default.
        tau: synaptic time constant in s.
        delay: transmission delay in s.
        name: name of the projection.
    Raises:
        SignError: a negative strength.
        KernelWidthError: the reach goes farther than the line or round the whole ring.
    Source
        Barlow & Levick, J Physiol 178 (1965) (inhibition from one side as the mechanism of direction selectivity).
    """
    from scipy.sparse import csr_array

    n = int(population_of(population, "one_sided").size)
    value = magnitude(strength, "one_sided")
    if side not in get_args(Side):
        raise unknown_name("side", side, get_args(Side))
    if topology not in ("line", "ring"):
        raise unknown_name("topology of one_sided", topology, ("line", "ring"))
    if source is not None and not isinstance(source, Population | Input):
        raise DimensionError(f"one_sided: source: got {source!r}, expected a Population, an Input or None")
    if source is not None and int(source.size) != n:
        raise ParameterError(f"one_sided: source: got {source.size} units, expected {n} as in {population.name!r}")
    if isinstance(reach, bool) or not isinstance(reach, int | np.integer) or reach < 1:
        raise ParameterError(f"one_sided: reach: got {reach!r}, expected a whole number >= 1")
    if reach > n - 1:
        raise KernelWidthError(f"one_sided: reach: got {reach} on a {topology} of {n} units, expected at most {n - 1}")
    profile = kernel_of(kernel, "one_sided") or Uniform()
    if profile.free_signed:
        raise ParameterError(f"one_sided: kernel: got {kernel!r}, expected a kernel that is nowhere negative")
    steps = np.arange(1, reach + 1)
    weights = value * profile(steps.astype(np.float64))
    post = np.repeat(np.arange(n), reach)
    pre = post + np.tile(-steps if side == "before" else steps, n)
    inside = np.ones_like(pre, dtype=bool) if topology == "ring" else (pre >= 0) & (pre < n)
    matrix = csr_array((np.tile(weights, n)[inside], (post[inside], pre[inside] % n)), shape=(n, n))
    origin = population.name if source is None else source.name
    return Projection(name, origin, population.name, matrix, sign=-1, tau=tau, delay=delay)

"""Subtractive lateral inhibition, uniform or falling with distance."""

from typing import Any, Literal, get_args

import numpy as np

from neurosim.circuits.circuit import Population, Projection
from neurosim.circuits.kernels import Kernel, Topology, Uniform, UniformLateral, distance_kernel
from neurosim.inhibition.checks import kernel_of, magnitude, population_of, sides_of
from neurosim.params import ParameterError
from neurosim.registry import unknown_name

Per = Literal["pair", "total"]


def lateral(
    population: Population,
    strength: Any,
    *,
    kernel: Kernel | None = None,
    topology: Topology = "ring",
    shape: tuple[int, int] | None = None,
    per: Per = "pair",
    tau: Any = 5e-3,
    delay: Any = 0.0,
    name: str = "lateral",
) -> Projection:
    """Subtractive lateral inhibition between the units of one population, without self-inhibition.

    Equation
        drive_i -= strength * sum_{j != i} k(|i - j|) r_j, with k the kernel (k = 1: uniform)
    Fixed point
        Uniform, rectified linear units of gain 1, w = strength: with k active units S = sum of the active
        x / (1 + (k - 1) w) and r_i = (x_i - w S)/(1 - w), a ReLU with the threshold w S and the gain 1/(1 - w). On a
        ring a uniform drive x above threshold gives x / (1 + K), K the sum of a unit's weights. It is unique where
        `Circuit.loop_gain` < 1, which for the uniform kernel is w < 1; `check_unique(circuit, cells)` warns with the
        number otherwise. From w = 1 on one unit wins: see [winner_take_all][neurosim.inhibition.winner_take_all].
    Rungs
        static: the fixed point; rate: the same point, reached with the slowest mode's (1 - w)/tau; spiking: the same
        mean inhibition in packets of strength/tau per spike, whose fluctuation shakes the drive.
    Units
        strength: drive per Hz (s), a magnitude >= 0; the sign is applied here, never by the caller
    Args:
        population: the population that inhibits itself.
        strength: weight of a pair at kernel value 1 (`per="pair"`), or the sum over a unit's sources (`per="total"`,
            for a unit that has the whole kernel around it).
        kernel: how the weight falls with distance; uniform by default. A difference of Gaussians has an excitatory
            centre: its projection is free-signed (`sign=None`).
        topology: "line", "ring", "grid" or "torus", where a kernel is given.
        shape: rows and columns of a grid.
        per: see `strength`.
        tau: synaptic time constant in s; delay: in s.
        delay: see `tau`.
        name: name of the projection.
    Raises:
        SignError: a negative strength.
        KernelWidthError: a kernel wider than half the ring.
        ParameterError: a kernel or shape that does not fit.
    Source
        Hartline & Ratliff, J Gen Physiol 40 (1957), eq. 2.
    """
    population_of(population, "lateral")
    if per not in ("pair", "total"):
        raise ParameterError(f"lateral: per: got {per!r}, expected 'pair' or 'total'")
    if topology not in get_args(Topology):
        raise unknown_name("topology", topology, get_args(Topology))
    kernel_of(kernel, "lateral")
    value = magnitude(strength, "lateral")
    n = int(population.size)
    shape = sides_of(shape, n, "lateral")
    common = {"tau": tau, "delay": delay}
    if kernel is None or isinstance(kernel, Uniform):
        pair = value / max(1, n - 1) if per == "total" else value
        return Projection(name, population.name, population.name, UniformLateral(n, pair), sign=-1, **common)
    if topology in ("grid", "torus") and shape is None:
        raise ParameterError(f"lateral: shape: got None, expected (rows, columns) for a {topology}")
    profile = distance_kernel(n if shape is None else shape, kernel, topology)
    if per == "total":
        profile = profile / np.abs(profile).sum(axis=1).max()
    if kernel.free_signed:
        return Projection(name, population.name, population.name, value * profile, sign=None, **common)
    return Projection(name, population.name, population.name, value * profile, sign=-1, **common)

"""Shunting inhibition: lateral inhibition that opens a conductance towards rest."""

from typing import Any

from neurosim.cells.conductance_lif import ConductanceLIF
from neurosim.circuits.circuit import Population, Projection
from neurosim.circuits.kernels import Kernel, Topology
from neurosim.inhibition.checks import kernel_of, magnitude, population_of
from neurosim.inhibition.subtractive import Per, lateral
from neurosim.params import DimensionError, ParameterError


def shunting(
    population: Population,
    strength: Any,
    cell: Any,
    *,
    kernel: Kernel | None = None,
    topology: Topology = "ring",
    shape: tuple[int, int] | None = None,
    per: Per = "pair",
    tau: Any = 5e-3,
    delay: Any = 0.0,
    name: str = "shunting",
) -> Projection:
    """Lateral inhibition through conductances whose reversal potential is rest: it pulls nowhere, it only leaks.

    The cell is asked for because the circuit alone cannot say that its inhibition shunts: a projection carries drive,
    and only the cell decides whether drive opens a conductance. A cell without conductances is refused here.

    Equation
        g_i = strength * sum_{j != i} k(|i - j|) r_j;  tau_m dv_i/dt = -v_i + ... + g_i (E_inh - v_i), E_inh = 0
    Fixed point
        On the static and rate rungs that of [lateral][neurosim.inhibition.lateral]: conductances are normalised at
        threshold (v = 1), where a conductance g towards rest takes g from the drive.
    Rungs
        static and rate: a subtraction of g (give them `cell.transfer` or a curve fitted to it); spiking with this cell
        and a current as drive: r = (1 + g)/(tau_m ln(drive/(drive - 1 - g))) without refractoriness, reset to rest.
        The threshold moves by g as in the subtraction. Far above it r approaches (drive - (1 + g)/2)/tau_m: the slope
        does not change, and half of g is left, because a spiking cell spends its time below threshold, where the same
        conductance carries less. So shunting shifts the curve, it does not divide it, and the spiking rung fires more
        than the rate rung.
    Units
        strength: leak conductances per Hz (s), a magnitude >= 0
    Args:
        population: the population that inhibits itself.
        strength: conductance of a pair, in units of the leak and per Hz of the sender.
        cell: the cell that the population will have on the spiking rung, a ConductanceLIF with E_inh = 0.
        kernel: see `lateral`, as `topology`, `shape`, `per`, `tau` (> 0: a conductance needs time), `delay`, `name`.
        topology: see `lateral`.
        shape: see `lateral`.
        per: see `lateral`.
        tau: see `lateral`.
        delay: see `lateral`.
        name: see `lateral`.
    Raises:
        DimensionError: the cell has no conductances.
        ParameterError: its inhibition pulls below rest or above it, a free-signed kernel, or tau = 0.
    Source
        Holt & Koch, Neural Comput 9 (1997) (shunting acts on firing rates like subtraction).
    """
    population_of(population, "shunting")
    value = magnitude(strength, "shunting")
    if not isinstance(cell, ConductanceLIF):
        raise DimensionError(
            f"shunting: cell: got {type(cell).__name__}, which has no conductances, expected a ConductanceLIF "
            "(use lateral for a subtraction)"
        )
    if cell.E_inh != 0:
        raise ParameterError(
            f"shunting: cell: got E_inh = {cell.E_inh:g}, expected 0 (rest); inhibition that pulls is made with lateral"
        )
    profile = kernel_of(kernel, "shunting")
    if profile is not None and profile.free_signed:
        raise ParameterError(f"shunting: kernel: got {kernel!r}, expected a kernel that is nowhere negative")
    projection = lateral(
        population, value, kernel=kernel, topology=topology, shape=shape, per=per, tau=tau, delay=delay, name=name
    )
    if projection.tau == 0:
        raise ParameterError("shunting: tau: got 0 s, expected > 0 s (a conductance needs time to act)")
    return projection

"""What computing costs: operations of dense, zero-skipping and spiking networks, energy under named tables, ATP.

An energy is only as good as its assumptions: every function here takes or names them, and gives ranges where there is
more than one table. Energies of operations are those of the arithmetic; memory, which usually costs more, is a term of
its own (`energy_terms_pj`), and a total without it is refused. When spikes are cheaper is in `spike_budgets`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.gate import DimensionError, shown
from neurosim.metrics.checks import count, real, representable
from neurosim.params import Array, ParameterError, ParamInfo, Params, finite, flag, instance, number, param


@dataclass(frozen=True, kw_only=True)
class CostTable(Params):
    """Energy of the arithmetic in one technology, without memory.

    Units
        picojoule per operation
    """

    name: str = param("", doc="technology and number format")
    mac_pj: float = param(1.0, doc="energy of a multiplication and an addition in pJ", above=0)
    ac_pj: float = param(1.0, doc="energy of an addition in pJ", above=0)
    source: str = param("", doc="where the numbers are from")
    fetch_pj: float | None = param(None, doc="energy of fetching a weight in pJ; None: not said")

    def check(self) -> None:
        if self.fetch_pj is not None:
            number(self.fetch_pj, _FETCH, "CostTable.fetch_pj")


_FETCH = ParamInfo("1", "energy of fetching a weight in pJ", low=0.0)
_HOROWITZ = "Horowitz, ISSCC (2014), 45 nm at 0.9 V"
COST_TABLES: Mapping[str, CostTable] = {
    "fp32": CostTable(name="45 nm, 32-bit floating point", mac_pj=3.7 + 0.9, ac_pj=0.9, source=_HOROWITZ),
    "int32": CostTable(name="45 nm, 32-bit integer", mac_pj=3.1 + 0.1, ac_pj=0.1, source=_HOROWITZ),
}
"""Tables by short name."""

FETCH_PJ: Mapping[str, float] = {"8 kB cache": 5.0, "32 kB cache": 10.0, "1 MB cache": 50.0, "DRAM": 650.0}
"""Energy in pJ of fetching a weight of 32 bits: half of an access of 64 bits (10, 20, 100 and at least 1,300 pJ) in
Horowitz, ISSCC (2014), 45 nm; DRAM takes up to twice as much."""

_COST_RATIO = ParamInfo("1", "energy of an active cell over that of a silent one", low=1.0, high=1e280)
RESTING_ATP_PER_S = 3.42e8 + 1.02e8
"""ATP per second of a resting neuron and its share of glia (rodent cortex; Attwell & Laughlin 2001)."""
ATP_PER_SPIKE = 7.1e8
"""ATP per spike, synaptic transmission included (rodent cortex; Attwell & Laughlin 2001)."""


@dataclass(frozen=True)
class Operations:
    """Mean number of operations per trial.

    `macs` multiply and add, `acs` only add, `updates` advance the state of a neuron by one step (a MAC each when their
    energy is counted), `fetches` are weights that come from memory.
    """

    macs: float = 0.0
    acs: float = 0.0
    updates: float = 0.0
    fetches: float = 0.0

    def __add__(self, other: "Operations") -> "Operations":
        return Operations(
            self.macs + other.macs, self.acs + other.acs, self.updates + other.updates, self.fetches + other.fetches
        )

    def energy_terms_pj(self, table: CostTable) -> dict[str, float]:
        """Energy in pJ per trial by what it is spent on, all of it: arithmetic, updates, and fetching weights.

        Raises:
            ParameterError: a table that does not say what fetching a weight costs, or operations of a layer whose
                fetches nobody counted.
        """
        instance(table, CostTable, "Operations.energy_terms_pj: table")
        if table.fetch_pj is None:
            raise ParameterError(
                "Operations.energy_terms_pj: table: it does not say what fetching a weight costs, without which there "
                "is no total; expected fetch_pj, such as one of FETCH_PJ"
            )
        if self.fetches == 0 and self.macs + self.acs > 0:
            raise ParameterError(
                "Operations.energy_terms_pj: got operations without fetches of weights, without which there is no total"
            )
        terms = {
            "arithmetic": self.macs * table.mac_pj + self.acs * table.ac_pj,
            "updates": self.updates * table.mac_pj,
            "fetching weights": self.fetches * table.fetch_pj,
        }
        where = "Operations.energy_terms_pj(table)"
        return {name: float(representable(value, where)) for name, value in terms.items()}

    def total_pj(self, table: CostTable) -> float:
        """Their sum: refused, as they are, where the cost of fetching weights is not known."""
        return sum(self.energy_terms_pj(table).values())

    def energy_pj(self, table: CostTable, *, with_updates: bool = True) -> float:
        """Energy in pJ per trial under one table: macs * MAC + acs * AC (+ updates * MAC)."""
        instance(table, CostTable, "Operations.energy_pj: table")
        macs = self.macs + (self.updates if flag(with_updates, "Operations.energy_pj: with_updates") else 0.0)
        return float(representable(macs * table.mac_pj + self.acs * table.ac_pj, "Operations.energy_pj(table)"))

    def energy_range_pj(self, tables: Sequence[CostTable] | None = None) -> tuple[float, float]:
        """Lowest and highest energy in pJ per trial: over the tables, without and with the neurons' updates."""
        chosen = tuple(COST_TABLES.values()) if tables is None else tables
        if not isinstance(chosen, list | tuple) or not all(isinstance(table, CostTable) for table in chosen):
            raise DimensionError(
                f"Operations.energy_range_pj: tables: got {shown(tables)}, expected cost tables or None"
            )
        every = [self.energy_pj(table, with_updates=updates) for table in chosen for updates in (False, True)]
        if not every:
            raise ParameterError("Operations.energy_range_pj: tables: got no cost table, expected at least one")
        return min(every), max(every)


def dense_operations(n_pre: int, n_post: int) -> Operations:
    """A dense layer: every weight is multiplied, whatever the activity."""
    macs = float(count(n_pre, "dense_operations: n_pre") * count(n_post, "dense_operations: n_post"))
    return Operations(macs=macs, fetches=macs)


def zero_skipping_operations(activity: Any, n_post: int) -> Operations:
    """The same layer when exact zeros of the presynaptic activity (trials, pre) are skipped; a negative one is none."""
    values = _rows(activity, "zero_skipping_operations: activity")
    alive = float(np.count_nonzero(values)) / len(values)
    macs = alive * count(n_post, "zero_skipping_operations: n_post")
    return Operations(macs=macs, fetches=macs)


def spiking_operations(spike_counts: Any, n_post: int, *, steps: int = 0) -> Operations:
    """A layer that is fed by spikes: an addition per spike and target, and an update per target and step.

    Args:
        spike_counts: presynaptic spikes (trials, pre); fractions are means over repeats.
        n_post: targets of each.
        steps: time steps of a trial; 0 for event-driven neurons that are updated with their input only.
    """
    values = _rows(spike_counts, "spiking_operations: spike_counts")
    if (values < 0).any():
        raise ParameterError("spiking_operations: spike_counts: got a negative number, expected counts")
    targets = count(n_post, "spiking_operations: n_post")
    with np.errstate(over="ignore"):
        spikes = float(representable(np.sum(values / len(values)) * targets, "spiking_operations: spike_counts"))
    return Operations(
        acs=spikes, fetches=spikes, updates=float(count(steps, "spiking_operations: steps", low=0) * targets)
    )


def timed_operations(spike_counts: Any, n_post: int, *, steps: int = 0) -> Operations:
    """A layer that is fed by cells that spike once: every spike brings its weight times the time that is left.

    From event to event that is a multiplication with addition per spike and target, and a fetch of the weight: as many
    as a network takes that skips its zeros. In steps it is an addition to the current per spike and target, and an
    update per target and step.

    Args:
        spike_counts: presynaptic spikes (trials, pre), at most one each.
        n_post: targets of each.
        steps: time steps of a trial; 0 for continuous time.
    """
    values = _rows(spike_counts, "timed_operations: spike_counts")
    if ((values != 0) & (values != 1)).any():
        raise ParameterError("timed_operations: spike_counts: got another number than 0 and 1, expected one spike each")
    if count(steps, "timed_operations: steps", low=0):
        return spiking_operations(values, n_post, steps=steps)
    return zero_skipping_operations(values, n_post)


def break_even_spikes(density: float, table: CostTable) -> float:
    """Spikes per presynaptic unit and inference below which spiking is cheaper than zero skipping at this density.

    Equation
        density * MAC/AC, arithmetic only
    """
    share = number(density, ParamInfo("1", "share of active units", low=0, high=1), "break_even_spikes: density")
    instance(table, CostTable, "break_even_spikes: table")
    return float(representable(share * (table.mac_pj / table.ac_pj), "break_even_spikes: table"))


def atp_per_second(rate_hz: Any) -> Array:
    """ATP per second and neuron at a mean firing rate (rodent cortex).

    Equation
        4.44e8 + 7.1e8 * rate
    Source
        Attwell & Laughlin, J Cereb Blood Flow Metab 21 (2001).
    """
    rate = finite(rate_hz, "Hz", "atp_per_second: rate_hz", low=0, empty=False)
    with np.errstate(over="ignore"):
        result: Array = representable(RESTING_ATP_PER_S + ATP_PER_SPIKE * rate, "atp_per_second: rate_hz")
    return result


def active_cost_ratio(rate_hz: float) -> float:
    """Energy of a cell that fires at this rate over that of a silent one, under the budget of `atp_per_second`."""
    rate = number(rate_hz, ParamInfo("Hz", "mean firing rate", low=0), "active_cost_ratio: rate_hz")
    return float(atp_per_second(rate)) / RESTING_ATP_PER_S


def optimal_active_fraction(cost_ratio: float) -> float:
    """Share of active binary cells that carries most information per energy.

    Equation
        p = (1 - p)^r, r the energy of an active cell over that of a silent one
        (the maximum of [-p log p - (1-p) log(1-p)] / [1 + (r-1) p])
    Source
        Levy & Baxter, Neural Comput 8 (1996).
    """
    ratio = number(cost_ratio, _COST_RATIO, "optimal_active_fraction: cost_ratio")
    from scipy.optimize import brentq

    return float(brentq(lambda p: math.log(p) - ratio * math.log1p(-p), 1e-300, 1.0 - 1e-16, xtol=1e-15))


def _rows(values: Any, where: str) -> Array:
    array = real(values, where)
    if array.ndim != 2:
        raise ParameterError(f"{where}: got shape {array.shape}, expected (trials, units)")
    return array

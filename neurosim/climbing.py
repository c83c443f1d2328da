"""One population after the other climbs from one rung to another: whose change moves what is read out?"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.cells.base import Cell
from neurosim.circuits.circuit import Circuit
from neurosim.engines.base import Engine
from neurosim.gate import function, several
from neurosim.meant import cells_of
from neurosim.params import Array, DimensionError, ParameterError, instance
from neurosim.recording import Recording
from neurosim.registry import lookup
from neurosim.schedule import Schedule, schedule_of
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import Stimulus

if TYPE_CHECKING:
    import pandas as pd

_MOST = 8
"""Populations of which all mixtures are run: 256 of them."""
_PAIR = 'two rungs such as ("rate", "spiking")'
_MEASURE = "a function of a recording that returns a number"

Climbed = frozenset[str]
"""The populations of a mixture that stand on the upper rung."""


@dataclass(frozen=True, eq=False, repr=False)
class Climb:
    """Recordings of all mixtures of two rungs, and what each population's change of rung did.

    Equation
        d_i(S) = r(S + i) - r(S), r(S) the rates of the read-out (trials, units) where the populations S have climbed;
        moved_i = mean over the orders of rms d_i(S), fraction_i = <mean d_i, r(all) - r(none)>/|r(all) - r(none)|^2,
        which sums to 1 over the populations; of a measure the mean over the orders of its change, which sums to that
        from the lower rung to the upper one (the Shapley value)
    Units
        moved Hz, fraction 1
    Source
        Shapley, in Contributions to the Theory of Games II (1953) 307.
    """

    populations: tuple[str, ...]
    rungs: tuple[str, str]
    read_out: str
    runs: Mapping[Climbed, Recording]
    order: tuple[str, ...] | None = None
    """The only order in which they climbed; None where all mixtures were run."""

    @cached_property
    def settled(self) -> Any:
        """Trials in which the read-out of every mixture has rates."""
        return np.all([np.isfinite(run.rates[self.read_out]).all(axis=1) for run in self.runs.values()], axis=0)

    def rates(self, climbed: Iterable[str]) -> Array:
        """Rates of the read-out (settled trials, units) in Hz where these have climbed."""
        rates: Array = self.runs[frozenset(climbed)].rates[self.read_out][self.settled]
        return rates

    def edges(self) -> Iterator[tuple[Climbed, str, float]]:
        """Every change of one rung: who has climbed before, who climbs, and the fraction of orders it is in."""
        k = len(self.populations)
        for before in self.runs:
            for name in self.populations:
                if name not in before and before | {name} in self.runs:
                    n = len(before)
                    among = factorial(n) * factorial(k - n - 1) / factorial(k)
                    yield before, name, among if self.order is None else 1.0

    def steps(self, measure: Callable[[Recording], float] | None = None) -> "pd.DataFrame":
        """One row per change of one population's rung: who stood above before, how far the read-out moved (Hz)."""
        import pandas as pd

        values = self._values(measure)
        rows = []
        for before, name, among in self.edges():
            moved = self.rates(before | {name}) - self.rates(before)
            row = {
                "above": "+".join(n for n in self.populations if n in before), "population": name, "orders": among,
                "moved": float(np.sqrt(np.mean(moved**2))) if moved.size else np.nan,
            }  # fmt: skip
            if values:
                row |= {"before": values[before], "after": values[before | {name}]}
            rows.append(row)
        return pd.DataFrame(rows)

    def table(self, measure: Callable[[Recording], float] | None = None) -> "pd.DataFrame":
        """One row per population: how far its change of rung moved the read-out, mean over the orders of climbing.

        Args:
            measure: what else is to be attributed, a function of a recording: its change per population, and the least
                and the largest one over what had climbed before.
        """
        import pandas as pd

        whole = self.rates(self.populations) - self.rates(())
        size, steps = float(np.sum(whole**2)), self.steps(measure)
        rows = []
        for name in self.populations:
            mine = steps[steps.population == name]
            share = sum(
                among * float(np.sum((self.rates(before | {name}) - self.rates(before)) * whole))
                for before, climbing, among in self.edges()
                if climbing == name
            )
            row = {
                "population": name, "moved": float((mine.orders * mine.moved).sum()),
                "fraction": share / size if size > 0 else np.nan,
            }  # fmt: skip
            if measure is not None:
                change = mine.after - mine.before
                row |= {
                    "change": float((mine.orders * change).sum()), "least": float(change.min()),
                    "most": float(change.max()),
                }  # fmt: skip
            rows.append(row)
        return pd.DataFrame(rows)

    def _values(self, measure: Callable[[Recording], float] | None) -> dict[Climbed, float]:
        if measure is None:
            return {}
        function(measure, 1, "Climb: measure", _MEASURE)
        return {climbed: float(measure(run)) for climbed, run in self.runs.items()}

    def __repr__(self) -> str:
        found = self.table()
        most = found.population[found.moved.idxmax()] if found.moved.notna().any() else None
        whole = self.rates(self.populations) - self.rates(())
        size = float(np.sqrt(np.mean(whole**2))) if whole.size else np.nan
        words = f"no trial has rates in all {len(self.runs)} mixtures" if most is None else f"most by {most!r}"
        return (
            f"Climb from {self.rungs[0]} to {self.rungs[1]}: {self.read_out!r} moves by {size:.3g} Hz (rms), {words}\n"
            f"{found.to_string(index=False)}"
        )


def climb(
    circuit: Circuit,
    cells: Mapping[str, Cell | Mapping[str, Cell]],
    stimulus: Stimulus | None = None,
    schedule: Schedule | None = None,
    *,
    rungs: Iterable[str] = ("rate", "spiking"),
    read_out: str | None = None,
    order: Iterable[str] | None = None,
    duration: Any = None,
    settle: Any = None,
    dt: Any = None,
    seed: int = 0,
    record: Mapping[str, Any] | Iterable[str] = (),
    engine: str | Engine = "auto",
    progress: bool | None = None,
) -> Climb:
    """Let one population after the other climb from one rung to another, in all orders: one cause per difference.

    Circuit, stimuli and random draws are the same in every mixture. Between neighbours of the ladder one thing changes
    per population: shape ("artificial", "curve"), dynamics ("curve", "rate") or spikes ("rate", "spiking").

    Args:
        circuit: what is connected to what.
        cells: by rung, what [ladder][neurosim.ladder.ladder] returns, or a mapping of cells by population for a rung.
        stimulus: rates of the inputs, as in `simulate`.
        schedule: when activity is counted, or `duration`, `settle` and `dt`.
        rungs: the lower and the upper one.
        read_out: population whose rates are compared; the last of the circuit by default.
        order: populations in the only order to run, k + 1 nested mixtures; without it all 2^k mixtures.
        seed: seed of every run.
        record: what to keep of every mixture, as in `simulate`, where its levels have it.
        engine: engine of the spiking populations.
        progress: as in `simulate`.

    Returns:
        The climb: `table()` says whose change of rung moves the read-out.

    Raises:
        ParameterError: unknown rungs, populations or read-outs, more than eight populations without an order, and what
            `simulate` refuses.
    """
    instance(circuit, Circuit, "climb: circuit")
    names = tuple(p.name for p in circuit.populations)
    pair = several(rungs, "climb: rungs", _PAIR)
    lower, upper = _pair(circuit, cells, pair)
    chosen = names[-1] if read_out is None else read_out
    lookup("population (in climb: read_out)", chosen, dict.fromkeys(names))
    way = None if order is None else _order(names, order)
    if way is None and len(names) > _MOST:
        raise ParameterError(
            f"climb: the circuit has {len(names)} populations, whose mixtures are {2 ** len(names)}, expected at most "
            f"{_MOST}, or an order to climb in"
        )
    schedule = schedule_of("climb", schedule, duration=duration, settle=settle, dt=dt)
    runs = {}
    for climbed in _mixtures(names, way):
        mixture = {name: (upper if name in climbed else lower)[name] for name in names}
        spikes = any(cell.level == "spiking" for cell in mixture.values())
        runs[climbed] = simulate(
            circuit, mixture, stimulus, schedule, seed=seed, progress=progress, engine=engine if spikes else "auto",
            record=_possible(record, {cell.level for cell in mixture.values()}),
        )  # fmt: skip
    return Climb(names, (pair[0], pair[1]), chosen, runs, way)


def _pair(circuit: Circuit, cells: Any, rungs: list[Any]) -> tuple[dict[str, Cell], dict[str, Cell]]:
    """Cells of every population on both rungs."""
    instance(cells, Mapping, "climb: cells", "cells by rung such as ns.ladder(ns.LIF())")
    if len(rungs) != 2 or rungs[0] == rungs[1]:
        raise ParameterError(f"climb: rungs: got {rungs}, expected {_PAIR}")
    below, above = (cells_of(circuit, lookup("rung", rung, cells), "climb") for rung in rungs)
    return below, above


def _order(names: tuple[str, ...], order: Iterable[str]) -> tuple[str, ...]:
    given = tuple(several(order, "climb: order", "names of populations"))
    if sorted(map(str, given)) != sorted(names):
        raise ParameterError(f"climb: order: got {list(given)}, expected each of {', '.join(names)} once")
    return given


def _mixtures(names: tuple[str, ...], order: tuple[str, ...] | None) -> Iterator[Climbed]:
    """Who has climbed, the mixtures with fewer first."""
    for n in range(len(names) + 1):
        if order is not None:
            yield frozenset(order[:n])
        else:
            yield from map(frozenset, combinations(names, n))


def _possible(record: Any, levels: set[str]) -> Any:
    """What of a record the levels of a mixture have: static circuits keep nothing, and only spiking ones spikes."""
    if levels == {"static"}:
        return ()
    if isinstance(record, str):
        record = (record,)
    if not isinstance(record, Iterable):
        raise DimensionError(f'climb: record: got {record!r}, expected names such as ("spikes", "rate")')
    lacking = {"rate"} if levels == {"spiking"} else {"spikes", "v"} if levels == {"rate"} else set()
    if len(levels) > 1 and "spiking" not in levels:
        lacking = {"v"}
    if isinstance(record, Mapping):
        return {name: kept for name, kept in record.items() if name not in lacking}
    return [name for name in record if name not in lacking]

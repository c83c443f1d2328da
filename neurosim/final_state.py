"""The state in which a run ends, from which another one goes on as if it had not stopped."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.params import Array
from neurosim.registry import lookup


@dataclass(frozen=True, eq=False)
class Flight:
    """Spikes of a population that have not reached all of its targets: step, unit and trial of each, in that order."""

    steps: npt.NDArray[np.int64]
    units: npt.NDArray[np.int64]
    trials: npt.NDArray[np.int64]

    def of(self, trials: Any) -> "Flight":
        """Those of some trials, renumbered from 0."""
        parts = [(self.trials == trial, k) for k, trial in enumerate(np.atleast_1d(trials).tolist())]
        numbers = [np.full(int(keep.sum()), k, dtype=np.int64) for keep, k in parts]
        chosen = [np.flatnonzero(keep) for keep, _ in parts]
        order = np.concatenate([np.zeros(0, dtype=np.int64), *chosen])
        return Flight(self.steps[order], self.units[order], np.concatenate([order[:0], *numbers]))


@dataclass(frozen=True, eq=False, repr=False)
class FinalState(Mapping[str, Mapping[str, Array]]):
    """Everything that a run leaves behind, by population and variable; `simulate(..., initial=state)` goes on from it.

    The clock goes on as well: movies, input spikes and noise continue where they stopped, so that the same circuit,
    cells, stimulus and seed give what one long run would have given. `rewound()` is the same state at time 0.

    Shapes
        state[population][variable]: (trials, units); synapses[projection][variable]: what its weights have become, its
        traces or (rate rung) its filters; past[population]: (steps, trials, units), states of the rate rung that
        delayed projections have yet to see, the latest last
    Units
        those of the variables; "last_spike" s on the clock of the run (-1e4 for never); dt s
    """

    level: str
    variables: Mapping[str, Mapping[str, Array]]
    step: int = 0
    """Steps since the start of the first run."""
    dt: float = 0.0
    synapses: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    flight: Mapping[str, Flight] = field(default_factory=dict)
    past: Mapping[str, Array] = field(default_factory=dict)
    noise: tuple[Mapping[str, Any], ...] = ()
    """State of each trial's random generator of noise; empty without noise."""

    @property
    def time(self) -> float:
        """Where the clock stands, in s."""
        return self.step * self.dt

    @property
    def trials(self) -> int:
        """Number of trials."""
        return len(next(iter(next(iter(self.variables.values())).values())))

    def rewound(self) -> "FinalState":
        """The same state with the clock at 0: stimulus and random draws begin anew."""
        back = self.time
        variables = {
            name: {v: a - back if v == "last_spike" else a for v, a in part.items()}
            for name, part in self.variables.items()
        }
        flight = {n: Flight(f.steps - self.step, f.units, f.trials) for n, f in self.flight.items()}
        return dataclasses.replace(self, variables=variables, step=0, flight=flight, noise=())

    def __getitem__(self, population: str) -> Mapping[str, Array]:
        return lookup("population", population, self.variables)

    def __iter__(self) -> Iterator[str]:
        return iter(self.variables)

    def __len__(self) -> int:
        return len(self.variables)

    def __repr__(self) -> str:
        parts = "; ".join(f"{name}: {', '.join(part)}" for name, part in self.variables.items())
        return f"FinalState({self.level}, {self.trials} trials at {self.time:g} s; {parts})"

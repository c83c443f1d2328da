"""Circuits with several steady states: find them from many starts, and carry a state along a sweep."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.cells.base import Cell
from neurosim.cells.unit import Unit
from neurosim.circuits.circuit import Circuit
from neurosim.engines.base import Engine, Job, MemoryLimitError, mean_drive, size_of
from neurosim.engines.static import Static
from neurosim.gate import several
from neurosim.meant import a_stimulus
from neurosim.params import Array, DimensionError, ParameterError, ParamInfo, instance, number
from neurosim.randomness import stream
from neurosim.recording import Recording
from neurosim.schedule import Schedule, schedule_of
from neurosim.simulate import prepare, simulate
from neurosim.stability import feedback_matrix, growth
from neurosim.stimuli.stimulus import Stimulus

_MOST_BYTES = 8 * 2.0**30
"""That a search from many starts may need, as `simulate` has it by default."""


@dataclass(frozen=True, eq=False)
class FixedPoint:
    """One steady state of one trial.

    Shapes
        rates[population], drive[population]: (units,)
    Units
        rates Hz, drive 1; `growth` 1: the largest real part of the eigenvalues of slope * W - 1, per time constant
    """

    rates: Mapping[str, Array]
    drive: Mapping[str, Array]
    reached: int
    """From how many starts it was reached."""
    growth: float

    @property
    def stable(self) -> bool:
        """Whether it comes back after a small push (`growth` < 0)."""
        return self.growth < 0


@dataclass(frozen=True, eq=False)
class FixedPoints:
    """The steady states that were found for one trial, the one reached most often first."""

    states: tuple[FixedPoint, ...]
    starts: int
    unconverged: int
    """Starts that led to no steady state."""

    def __len__(self) -> int:
        return len(self.states)

    def __iter__(self) -> Iterator[FixedPoint]:
        return iter(self.states)

    def __getitem__(self, index: int) -> FixedPoint:
        return self.states[index]

    @property
    def stable(self) -> tuple[FixedPoint, ...]:
        """The stable ones."""
        return tuple(state for state in self.states if state.stable)


def fixed_points(
    circuit: Circuit,
    cells: Cell | Mapping[str, Cell],
    stimulus: Stimulus | None = None,
    *,
    starts: int = 20,
    seed: int = 0,
    ceiling: Any = None,
    tolerance: float = 1e-6,
    engine: Static | None = None,
) -> tuple[FixedPoints, ...]:
    """The distinct steady states that a search from many starts finds, for every trial.

    Start 0 is silent, start 1 the activity without recurrence, the others random: each unit is on with a probability
    that is drawn per start, at a level uniform in [0, ceiling]. It is a search, not a proof: a state that no start
    leads to is not found, and an unstable one is found only by chance.

    Args:
        circuit: what is connected to what.
        cells: static or rate cells (of a rate cell the steady activity counts).
        stimulus: rates of the inputs; None for a circuit that is driven by its biases.
        starts: number of starts per trial.
        seed: seed of the random starts (stream "init").
        ceiling: highest starting activity in Hz; by default the highest of the trial without recurrence (1 if silent).
        tolerance: states closer than this times the largest activity (1 Hz at least) in every unit count as one.
        engine: a static engine with parameters of its own; by default one that gives up a start after three attempts,
            so that starts that lead nowhere take bounded work.

    Returns:
        One [FixedPoints][neurosim.steady_states.FixedPoints] per trial.
    """
    if isinstance(starts, bool) or not isinstance(starts, int | np.integer) or starts < 1:
        raise ParameterError(f"fixed_points: starts: got {starts!r}, expected a whole number >= 1")
    number(tolerance, ParamInfo("1", "relative distance of two states", above=0), "fixed_points: tolerance")
    job = prepare(circuit, cells, stimulus, Schedule(), seed=seed)
    units: dict[str, Cell] = {}
    for name, cell in job.cells.items():
        if cell.level == "spiking" or cell.transfer is None:
            raise DimensionError(
                f"fixed_points: cells[{name!r}]: got {type(cell).__name__}, expected a static or rate cell"
            )
        units[name] = Unit(activation=cell.transfer)
    solver = Static(attempts=3) if engine is None else instance(engine, Static, "fixed_points: engine")
    _check_starts(solver.memory(job) * int(starts), int(starts))
    initial = _starts(job, units, starts, ceiling)
    if stimulus is not None:
        stimulus = stimulus.select(np.repeat(np.arange(job.trials), starts))
    recording = simulate(circuit, units, stimulus, seed=seed, engine=solver, initial=initial)
    return tuple(
        _distinct(circuit, units, recording, range(k * starts, (k + 1) * starts), tolerance) for k in range(job.trials)
    )


def _check_starts(needed: float, starts: int) -> None:
    """Refused before the starts are drawn, and not after."""
    if needed > _MOST_BYTES:
        raise MemoryLimitError(
            f"fixed_points: starts: got {starts}, for which the search needs about {size_of(needed)} and the limit is "
            f"{size_of(_MOST_BYTES)}; give fewer starts, or fewer trials"
        )


def _starts(job: Job, units: Mapping[str, Cell], starts: int, ceiling: Any) -> dict[str, Array]:
    """Initial rates, (trials * starts, units) by population."""
    names = {p.name for p in job.circuit.populations}
    alone = job.circuit.without(*(p.name for p in job.circuit.projections if p.pre in names))
    inputs = job.input_rates()
    first = {}
    for name, cell in units.items():
        assert cell.transfer is not None
        size = (job.trials, job.circuit.sizes[name])
        first[name] = np.broadcast_to(cell.transfer(mean_drive(alone, name, inputs)), size)
    if ceiling is None:
        highest = np.max([np.abs(rates).max(axis=1) for rates in first.values()], axis=0)
        top = np.where(highest > 0, highest, 1.0)
    else:
        info = ParamInfo("Hz", "highest starting activity", above=0)
        top = np.full(job.trials, number(ceiling, info, "fixed_points: ceiling"))
    result = {}
    share = stream(job.seed, "init", "share").uniform(size=(starts, 1))
    for name, rates in first.items():
        rng = stream(job.seed, "init", "starts", name)
        shape = (starts, rates.shape[1])
        level = rng.uniform(size=shape) * (rng.uniform(size=shape) < share)
        state = top[:, None, None] * level
        state[:, 0] = 0.0
        if starts > 1:
            state[:, 1] = rates
        result[name] = state.reshape(-1, rates.shape[1])
    return result


def _distinct(
    circuit: Circuit, cells: Mapping[str, Cell], recording: Recording, trials: range, tolerance: float
) -> FixedPoints:
    together = np.concatenate(
        [recording.rates[p.name][trials.start : trials.stop] for p in circuit.populations], axis=1
    )
    good = recording.converged[trials.start : trials.stop]
    found: list[tuple[int, int]] = []
    for row in np.flatnonzero(good).tolist():
        limit = tolerance * max(1.0, float(np.abs(together[row]).max()))
        for k, (other, count) in enumerate(found):
            if np.abs(together[row] - together[other]).max() <= limit:
                found[k] = (other, count + 1)
                break
        else:
            found.append((row, 1))
    found.sort(key=lambda item: (-item[1], item[0]))
    states = []
    for row, count in found:
        rates = {name: values[trials.start + row] for name, values in recording.rates.items()}
        drive = {name: values[trials.start + row] for name, values in recording.drive.items()}
        states.append(FixedPoint(rates, drive, count, growth(feedback_matrix(circuit, cells, drive))))
    return FixedPoints(tuple(states), len(trials), int((~good).sum()))


def sweep(
    circuit: Circuit,
    cells: Cell | Mapping[str, Cell],
    stimuli: Iterable[Stimulus],
    schedule: Schedule | None = None,
    *,
    duration: Any = None,
    settle: Any = None,
    dt: Any = None,
    initial: Mapping[str, Any] | None = None,
    seed: int = 0,
    engine: str | Engine = "auto",
) -> list[Recording]:
    """Run one stimulus after the other, each from the state in which the one before ended: hysteresis becomes visible.

    Args:
        circuit: what is connected to what.
        cells: static or rate cells.
        stimuli: all with the same number of trials.
        schedule: of every single run (rate cells: long enough to arrive).
        duration: of every single run in s; `duration`, `settle` and `dt` (s) in place of a schedule, as in `simulate`.
        initial: state before the first run, as in `simulate`.
        seed: seed of every run.
        engine: as in `simulate`.

    Returns:
        One recording per stimulus. Where a static trial did not converge its last known state is carried on.
    """
    listed = several(stimuli, "sweep: stimuli", "several stimuli, such as a list with one per run")
    given = [a_stimulus(stimulus, f"sweep: stimuli[{k}]") for k, stimulus in enumerate(listed)]
    schedule = schedule_of("sweep", schedule, duration=duration, settle=settle, dt=dt)
    recordings: list[Recording] = []
    state = None if initial is None else dict(instance(initial, Mapping, "sweep: initial", "states by population"))
    for stimulus in given:
        recording = simulate(
            circuit, cells, stimulus, schedule, seed=seed, engine=engine, progress=False, initial=state
        )
        if recordings and recording.trials != recordings[-1].trials:
            raise ParameterError(
                f"sweep: got {recording.trials} trials after {recordings[-1].trials}, expected as many every time"
            )
        before, state = state, {}
        for name, part in recording.final_state.items():
            values = part.get("state", part["rate"])
            last = 0.0 if before is None or name not in before else before[name]
            state[name] = np.where(np.isfinite(values), values, last)
        recordings.append(recording)
    return recordings

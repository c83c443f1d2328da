"""One call for every rung: check, choose the engine, run, stamp the provenance."""

import dataclasses
import platform
import time
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np

from neurosim import engines
from neurosim.activations.base import lowest_ceiling
from neurosim.cells.base import Cell, SpikingCell, check_length
from neurosim.cells.competing import Competing
from neurosim.circuits.circuit import Circuit
from neurosim.engines.base import Engine, Job, refuse_learning, size_of
from neurosim.engines.base import MemoryLimitError as MemoryLimitError
from neurosim.engines.record import APART, EVENTS, wanted
from neurosim.engines.starting import started
from neurosim.final_state import FinalState
from neurosim.meant import a_size, a_stimulus, cells_of
from neurosim.params import Array, ParameterError, finite, instance
from neurosim.plasticity.base import SpikeRule
from neurosim.progress import Progress, progress_bar
from neurosim.randomness import sequence
from neurosim.recording import Recording
from neurosim.registry import lookup, unknown_name
from neurosim.schedule import Schedule, schedule_of
from neurosim.stimuli.stimulus import Stimulus
from neurosim.time_grid import StepError as StepError
from neurosim.time_grid import StepNote as StepNote
from neurosim.time_grid import check_steps
from neurosim.version import __version__

_GIB = 2**30
_LEARNED = 'variables by population, such as {"p": {"threshold": 0.1}}'

Learned: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Learned variables of the cells by population and variable: a number or (units,)."""


class MemoryNote(UserWarning):
    """How much memory a large run is going to need."""


class RefusedError(ParameterError):
    """No engine can run this job; the message holds each one's reason."""


class TooManyWinnersError(ParameterError):
    """More winners asked for than a population has units."""


def simulate(
    circuit: Circuit,
    cells: Cell | Mapping[str, Cell],
    stimulus: Stimulus | None = None,
    schedule: Schedule | None = None,
    *,
    duration: Any = None,
    settle: Any = None,
    dt: Any = None,
    seed: int = 0,
    record: Mapping[str, Any] | Iterable[str] = (),
    engine: str | Engine = "auto",
    learned: Learned | None = None,
    progress: bool | Progress | None = None,
    memory_limit: float = 8 * _GIB,
    initial: Mapping[str, Any] | FinalState | None = None,
) -> Recording:
    """Run a circuit with these cells on these stimuli.

    Args:
        circuit: what is connected to what.
        cells: one cell for all populations, or one per population name, also of several levels (static, rate, spiking).
            Then a rate unit filters the spikes that it hears with its synapse, a spiking cell gets the current
            W (kappa * r), a static unit answers at once to what has passed its synapses, and what crosses levels does
            so in steps of dt.
        stimulus: rates of the inputs; None for a circuit that is driven by its biases alone (one trial).
        schedule: duration, settling time and dt (half a second, 0.1 s, 0.1 ms by default).
        duration: length of the run in s; `duration`, `settle` and `dt` are a short way to write a schedule.
        settle: activity before this time in s is not counted (by default 0.1 s, but at most half of the duration).
        dt: time step in s.
        seed: seed of all random streams of the run.
        record: what to keep besides the mean rates, by name: "spikes", "input_spikes", and variables over time such as
            "v", "rate", "drive", "excitation" and "inhibition" (what arrives by positive and by negative connections,
            as magnitudes). Or a mapping that says of each what to keep: True, or {"units": [0, 5], "every": 10} for
            some units and every n-th step (the steps whose number is a multiple of n); units by population, such as
            {"units": {"p": [0, 5]}}, leave out the others.
        engine: "auto", the name of an engine, or an engine with parameters of its own such as `Brian(target="cython")`.
        learned: learned variables of the cells at the start of every trial, by population and variable name, a number
            or (units,): what [learn][neurosim.learning.run.learn] returns as `learned`.
        progress: True/False for a bar, None for a bar in runs longer than two seconds, or a callback for the fraction.
        memory_limit: bytes above which the run is refused; `math.inf` for no limit.
        initial: states at the start by population name, (units,) or (trials, units): rates in Hz, potentials where the
            cell's state is one (`MembraneRate`) and for spiking cells; of a spiking cell also a mapping of its state
            variables, such as {"v": ..., "last_spike": ...} (times in s, at or before 0). It decides where a circuit
            with several steady states ends up. Without a stimulus its trials are the trials of the run. Or the
            `final_state` of a recording: the run goes on as if it had not stopped, with the clock where it stood.

    Returns:
        The recording, with its provenance. A circuit with rules of spike times learns while it runs (one trial only;
        `neurosim.learn` presents several in sequence), and the recording holds the weights at the end.

    Raises:
        ParameterError: something does not fit; one sentence says what, where and what would be right.
        RefusedError: no engine can run it.
        MemoryLimitError: it would need more than `memory_limit` bytes.
    """
    if not a_size(memory_limit, "simulate: memory_limit") > 0:
        raise ParameterError(
            f"simulate: memory_limit: got {memory_limit!r}, expected a number of bytes > 0 (math.inf for no limit)"
        )
    schedule = schedule_of("simulate", schedule, duration=duration, settle=settle, dt=dt)
    if _several_levels(cells):
        if initial is not None:
            raise RefusedError("simulate: initial: populations of several levels start at rest, expected none")
        # A floor above, because each of its parts is simulated: only who mixes levels loads it.
        from neurosim.mixed import mixed

        with progress_bar(progress) as callback:
            return mixed(
                circuit, cells, stimulus, schedule, seed, record, engine, memory_limit, learned, callback
            )  # fmt: skip
    job = prepare(circuit, cells, stimulus, schedule, seed=seed, record=record, initial=initial, learned=learned)
    if next(iter(job.cells.values())).level == "spiking" and (reason := refuse_learning(job)):
        raise RefusedError(f"simulate: {reason}")
    chosen = choose(job, engine)
    _check_memory(chosen, job, memory_limit)
    started = time.perf_counter()
    with progress_bar(progress) as callback:
        recording = chosen.run(dataclasses.replace(job, progress=callback, memory_limit=memory_limit))
    return stamp(recording, job, chosen, time.perf_counter() - started)


def _several_levels(cells: Any) -> bool:
    return isinstance(cells, Mapping) and len({getattr(cell, "level", None) for cell in cells.values()} - {None}) > 1


def prepare(
    circuit: Circuit,
    cells: Cell | Mapping[str, Cell],
    stimulus: Stimulus | None = None,
    schedule: Schedule | None = None,
    *,
    seed: int = 0,
    record: Mapping[str, Any] | Iterable[str] = (),
    initial: Mapping[str, Any] | FinalState | None = None,
    learned: Learned | None = None,
) -> Job:
    """The checked job that an engine gets: everything that can be wrong before anything runs is found here."""
    instance(circuit, Circuit, "simulate: circuit")
    schedule = schedule_of("simulate", schedule)
    sequence(seed, "noise")  # a seed is one whether or not anything is drawn
    given = _cells(circuit, cells)
    every: dict[str, Cell] = {n: cell.cell if isinstance(cell, Competing) else cell for n, cell in given.items()}
    competition = {n: cell.competition for n, cell in given.items() if isinstance(cell, Competing)}
    begin = initial.time if isinstance(initial, FinalState) else 0.0
    check_stimulus(circuit, stimulus, begin + schedule.duration)
    check_steps(circuit, every, schedule)
    _check_rules(circuit, every, schedule)
    taught = _learned(circuit, every, learned)
    kept = wanted(record, circuit, "simulate: record")
    job = Job(
        circuit, every, stimulus, schedule, seed, kept, learned=taught, competition=competition
    )  # fmt: skip
    return started(job, initial)


def _cells(circuit: Circuit, cells: Cell | Mapping[str, Cell]) -> dict[str, Cell]:
    every = cells_of(circuit, cells, "simulate")
    levels = {cell.level for cell in every.values()}
    if len(levels) > 1:
        raise ParameterError(
            f"simulate: cells: got the levels {sorted(levels)}, expected all cells of one level here (several may "
            "stand in one circuit where simulate runs it)"
        )
    for name, cell in every.items():
        check_length(cell, circuit.sizes[name], f"simulate: cells[{name!r}]")
        if cell.level != "spiking" and cell.transfer is None:
            raise ParameterError(f"simulate: cells[{name!r}]: {type(cell).__name__} has no transfer function")
        acting = cell.competition if isinstance(cell, Competing) else cell.transfer
        if acting is not None and acting.smallest_population > circuit.sizes[name]:
            raise TooManyWinnersError(
                f"simulate: cells[{name!r}]: {type(acting).__name__} has {acting.smallest_population} "
                f"winners, expected at most {circuit.sizes[name]}, the units of the population"
            )
    return every


def check_stimulus(circuit: Circuit, stimulus: Stimulus | None, end: float) -> None:
    """An error where a stimulus does not fit the inputs of a circuit, or ends before a run does."""
    sizes = {p.name: int(p.size) for p in circuit.inputs}
    if stimulus is None:
        if sizes:
            raise ParameterError(f"simulate: got no stimulus, expected rates for the inputs {', '.join(sizes)}")
        return
    a_stimulus(stimulus, "simulate: stimulus")
    for name, units in stimulus.sizes.items():
        if name not in sizes:
            raise unknown_name("input of the circuit (in the stimulus)", name, sizes)
        if units != sizes[name]:
            raise ParameterError(
                f"simulate: the stimulus has {units} channels for input {name!r}, expected {sizes[name]}"
            )
    for name in sizes:
        if name not in stimulus.sizes:
            raise ParameterError(
                f"simulate: the stimulus has no rates for input {name!r}, expected (trials, {sizes[name]})"
            )
    if end > stimulus.length * (1 + 1e-9):
        raise ParameterError(
            f"simulate: the movie lasts {stimulus.length:g} s, expected at least the duration ({end:g} s with what ran "
            "before)"
        )


def _check_rules(circuit: Circuit, cells: Mapping[str, Cell], schedule: Schedule) -> None:
    for p in circuit.projections:
        transfer = cells[p.post].transfer
        info = p.rule.info().get("target") if p.rule is not None else None
        if transfer is not None and info is not None and info.unit == "Hz":
            target, ceiling = getattr(p.rule, "target"), lowest_ceiling(transfer)  # noqa: B009 - not every rule has one
            if target >= ceiling:
                raise ParameterError(
                    f"Projection {p.name!r}: {type(p.rule).__name__}: got a target of {target:g} Hz, expected less "
                    f"than {ceiling:g} Hz, which the cells of {p.post!r} never exceed"
                )
        reason = p.rule.refuse_step(schedule.dt) if isinstance(p.rule, SpikeRule) else None
        if reason:
            raise StepError(f"Projection {p.name!r}: {type(p.rule).__name__}: {reason}")


def _learned(circuit: Circuit, cells: Mapping[str, Cell], given: Learned | None) -> dict[str, dict[str, Array]]:
    """Learned variables at the start, checked, one value per unit."""
    result: dict[str, dict[str, Array]] = {}
    for name, values in instance({} if given is None else given, Mapping, "simulate: learned", _LEARNED).items():
        instance(values, Mapping, f"simulate: learned[{name!r}]", _LEARNED)
        n = int(circuit.population(name).size)
        cell = cells[name]
        known = cell.learned if isinstance(cell, SpikingCell) else ()
        result[name] = {}
        for variable, value in values.items():
            where = f"learned[{name!r}][{variable!r}]"
            if variable not in known:
                raise unknown_name(f"learned variable of the {type(cell).__name__} cells of {name!r}", variable, known)
            array = finite(value, "1", where)
            if array.shape not in ((), (n,)):
                raise ParameterError(f"{where}: got shape {array.shape}, expected a number or ({n},)")
            result[name][variable] = np.array(np.broadcast_to(array, (n,)))
    return result


def choose(job: Job, engine: str | Engine = "auto") -> Engine:
    """The engine that runs this job.

    Raises:
        UnknownNameError: no engine has that name.
        RefusedError: it cannot run this job, or none can.
    """
    level = next(iter(job.cells.values())).level
    every = engines.known()
    if isinstance(engine, Engine):
        candidates = [engine]
    elif engine == "auto":
        fitting = [kind for kind in every.values() if kind.level == level]
        candidates = [kind() for kind in sorted(fitting, key=lambda kind: -kind.rank)]
    else:
        candidates = [lookup("engine", engine, every)()]
    reasons = []
    for candidate in candidates:
        if candidate.level != level:
            reasons.append(f"{candidate.name}: it runs {candidate.level} cells and these are {level} cells")
            continue
        reason = _refuse_competition(candidate, job) or candidate.refuse(job) or _refuse_record(job)
        if reason is None:
            return candidate
        reasons.append(f"{candidate.name}: {reason}")
    raise RefusedError("no engine can run this: " + "; ".join(reasons))


def _refuse_competition(engine: Engine, job: Job) -> str | None:
    if engine.competes or not job.competition:
        return None
    return f"the drives of {next(iter(job.competition))!r} compete, which it cannot do"


def _refuse_record(job: Job) -> str | None:
    """Names to record that no cell of a spiking circuit has."""
    spiking = [cell for cell in job.cells.values() if isinstance(cell, SpikingCell)]
    if not spiking:
        return None
    import re

    known = {"drive", *APART, *EVENTS}
    if job.competition:
        known.add("received")
    for cell in spiking:
        known |= set(re.findall(r"^\s*d?(\w+)(?:/dt)?\s*=", cell.equations, flags=re.MULTILINE))
    for name in sorted(job.record):
        if name not in known:
            return str(unknown_name("state variable to record", name, known))
    return None


def _check_memory(engine: Engine, job: Job, limit: float) -> None:
    needed = engine.memory(job)
    if needed > limit:
        raise MemoryLimitError(
            f"simulate: this run needs about {size_of(needed)} and the limit is {size_of(limit)}; record less, run "
            "fewer trials or raise memory_limit"
        )
    if needed > 2 * _GIB:
        warnings.warn(f"this run needs about {needed / _GIB:.1f} GiB of memory", MemoryNote, stacklevel=3)


def stamp(recording: Recording, job: Job, engine: Engine, wall: float) -> Recording:
    """A recording with what it comes from."""
    import scipy

    provenance = {
        "engine": engine.name,
        "engine_parameters": engine.as_dict(),
        "seed": job.seed,
        "trials": job.trials,
        "start": job.start * job.schedule.dt,
        **{name: getattr(job.schedule, name) for name in ("duration", "settle", "dt")},
        "circuit": job.circuit.digest,
        "cells": {name: cell.as_dict() for name, cell in job.given_cells.items()},
        "wall_seconds": wall,
        "versions": {
            "neurosim": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
        },
        **recording.provenance,
    }
    return dataclasses.replace(recording, provenance=provenance)

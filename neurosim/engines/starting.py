"""Where a run starts: states that a person gives, or the state in which an earlier run ended."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim.engines.base import Job, learns
from neurosim.engines.spiking_state import LAST_SPIKE, state_variables
from neurosim.final_state import FinalState
from neurosim.params import Array, DimensionError, ParameterError, finite
from neurosim.registry import unknown_name


def started(job: Job, initial: Any) -> Job:
    """The job with its states at the start, all (trials, units).

    Raises:
        ParameterError: unknown names, other shapes, a spike in the future, or the final state of something else.
        DimensionError: neither a mapping nor a final state.
    """
    if initial is None:
        return job
    if isinstance(initial, FinalState):
        return _resumed(job, initial)
    if not isinstance(initial, Mapping):
        raise DimensionError(
            f"simulate: initial: got {type(initial).__name__}, expected arrays by population name, or the final_state "
            "of a recording"
        )
    names = [p.name for p in job.circuit.populations]
    found: dict[str, dict[str, Array]] = {}
    for name, value in initial.items():
        if name not in names:
            raise unknown_name("population (in initial)", name, names)
        found[name] = _given(job, name, value)
    sizes = {len(array) for part in found.values() for array in part.values()} - {1}
    expected = job.stimulus.trials if job.stimulus is not None else max(sizes, default=1)
    if sizes - {expected}:
        raise ParameterError(
            f"simulate: initial: got {', '.join(map(str, sorted(sizes)))} trials, expected {expected} everywhere"
        )
    every = {
        name: {v: np.broadcast_to(array, (expected, array.shape[1])) for v, array in part.items()}
        for name, part in found.items()
        if part
    }
    return dataclasses.replace(job, initial=every)


def _main(job: Job) -> str:
    """The variable that an array without a name stands for."""
    return {"static": "rate", "rate": "state", "spiking": "v"}[_level(job)]


def _level(job: Job) -> str:
    return next(iter(job.cells.values())).level


def _given(job: Job, name: str, value: Any) -> dict[str, Array]:
    """Arrays (trials or 1, units) of one population by variable."""
    known = state_variables(job, name) if _level(job) == "spiking" else {_main(job): "Hz"}
    where = f"simulate: initial[{name!r}]"
    if not isinstance(value, Mapping):
        return {_main(job): _array(job, name, value, known[_main(job)], where)}
    result = {}
    for variable, array in value.items():
        if variable not in known:
            kind = type(job.cells[name]).__name__
            raise unknown_name(f"state variable of the {kind} cells of {name!r}", variable, known)
        result[variable] = _array(job, name, array, known[variable], f"{where}[{variable!r}]")
    spiked = result.get(LAST_SPIKE)
    if spiked is not None and spiked.max() > 0:
        raise ParameterError(f"{where}[{LAST_SPIKE!r}]: got {spiked.max():g} s, expected times at or before 0 s")
    return result


def _array(job: Job, name: str, value: Any, unit: str, where: str) -> Array:
    units = job.circuit.sizes[name]
    array = finite(value, unit, where)
    if array.ndim not in (1, 2) or array.shape[-1] != units or 0 in array.shape:
        raise ParameterError(f"{where}: got shape {array.shape}, expected ({units},) or (trials, {units})")
    return np.atleast_2d(array)


def _resumed(job: Job, state: FinalState) -> Job:
    where, level = "simulate: initial", _level(job)
    if state.level != level:
        raise ParameterError(f"{where}: got the final state of {state.level} cells, expected that of {level} cells")
    if state.step and state.dt != job.schedule.dt:
        raise ParameterError(
            f"{where}: got a state whose clock counts steps of {state.dt:g} s, expected dt = {job.schedule.dt:g} s; "
            "take state.rewound() to begin at time 0"
        )
    trials = state.trials if job.stimulus is None else job.stimulus.trials
    if state.trials != trials:
        raise ParameterError(f"{where}: got a state of {state.trials} trials, expected {trials} as in the stimulus")
    if state.step + job.schedule.steps >= 2**31:
        raise ParameterError(f"{where}: the clock stands at step {state.step}, expected below 2**31; state.rewound()")
    _check_names(job, state, where)
    if job.learned:
        raise ParameterError("simulate: got learned and a final state, which holds what was learned; leave learned out")
    if level != "spiking":
        main = _main(job)
        return dataclasses.replace(job, initial={n: {main: p[main]} for n, p in state.items()}, resumed=state)
    return dataclasses.replace(job, initial=state.variables, resumed=state)


def _check_names(job: Job, state: FinalState, where: str) -> None:
    sizes = {p.name: int(p.size) for p in job.circuit.populations}
    other = "it is the state of another circuit, other cells or another kind of input"
    if set(state) != set(sizes):
        raise ParameterError(f"{where}: got the populations {sorted(state)}, expected {sorted(sizes)}: {other}")
    for name, part in state.items():
        known = set(state_variables(job, name)) if _level(job) == "spiking" else {_main(job)}
        missing, more = known - set(part), set(part) - known if _level(job) == "spiking" else set()
        if missing or more:
            raise ParameterError(
                f"{where}[{name!r}]: got the variables {sorted(part)}, expected {sorted(known)}: {other}"
            )
        for variable, array in part.items():
            if array.shape != (state.trials, sizes[name]):
                raise ParameterError(
                    f"{where}[{name!r}][{variable!r}]: got shape {array.shape}, expected "
                    f"({state.trials}, {sizes[name]}): {other}"
                )
    learning = {p.name for p in job.circuit.projections if p.rule is not None} if learns(job) else set()
    if _level(job) == "spiking" and set(state.synapses) != learning:
        raise ParameterError(
            f"{where}: got learned synapses of {sorted(state.synapses)}, expected those of {sorted(learning)}; "
            "to go on without learning put the weights of the recording into circuit.frozen()"
        )

"""A recording as text and arrays: what is saved, and what is checked when it is read."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.circuits.kernels import UniformLateral
from neurosim.failures import Failure
from neurosim.files import read_arrays, read_json, write_arrays
from neurosim.final_state import FinalState, Flight
from neurosim.params import ParameterError
from neurosim.reading import reading

FIELDS = ("level", "rates", "drive", "weights", "converged", "spikes", "traces", "provenance", "learned", "failures")
_CLASSES: dict[str, Any] = {cls.__name__: cls for cls in (Failure, FinalState, Flight, UniformLateral)}
_FLOATS, _WHOLE = "f", "iu"


def save(recording: Any, path: Path) -> Path:
    """Write a recording to one .npz file (the ending is added where it is missing).

    Without compression: spikes and traces shrink little, and to pack them takes longer than many a run.
    """
    target = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
    arrays: dict[str, Any] = {}
    parts = {name: getattr(recording, name) for name in FIELDS}
    parts["final_state"] = None if recording.at_end is None else recording.final_state
    text = {"format": 1, "parts": _packed(parts, arrays)}
    write_arrays(target, {"recording": np.array(json.dumps(text)), **arrays}, compress=False)
    return target


def load(path: Path, spikes: Any, traces: Any) -> dict[str, Any]:
    """The parts of a saved recording by name; `spikes` and `traces` are the classes of what was recorded.

    Raises:
        ParameterError: the file is no saved recording or is damaged.
    """
    with reading(path, "saved recording"):
        arrays = read_arrays(path)
        text = read_json(arrays, "recording")
        if text["format"] != 1:
            raise ParameterError(f"it has the format {text['format']!r}, expected 1; it was saved by another version")
        parts = _unpacked(text["parts"], arrays, {**_CLASSES, spikes.__name__: spikes, traces.__name__: traces})
        _check(parts, spikes, traces)
        return {name: parts[name] for name in FIELDS} | {"at_end": parts["final_state"]}


def _packed(value: Any, arrays: dict[str, Any]) -> Any:
    """What JSON can hold of a value, each kind under its name; its arrays are put to the others."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        arrays[f"a{len(arrays)}"] = value
        return {"array": f"a{len(arrays) - 1}"}
    if isinstance(value, np.generic):
        return _packed(value.item(), arrays)
    if isinstance(value, tuple | list):
        return {"tuple" if isinstance(value, tuple) else "list": [_packed(part, arrays) for part in value]}
    if hasattr(value, "indptr"):
        csr = value.tocsr()
        return {"sparse": [list(csr.shape), *(_packed(part, arrays) for part in (csr.data, csr.indices, csr.indptr))]}
    # A final state is a mapping as well, and more than that.
    if dataclasses.is_dataclass(value):
        held = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {type(value).__name__: {name: _packed(part, arrays) for name, part in held.items()}}
    if isinstance(value, Mapping):
        return {"map": {str(name): _packed(part, arrays) for name, part in value.items()}}
    raise ParameterError(f"a recording cannot be saved with {type(value).__name__} in it")


def _unpacked(value: Any, arrays: Mapping[str, Any], classes: Mapping[str, Any]) -> Any:
    """The inverse: everything that is no number, text or truth value says what it is."""
    if not isinstance(value, dict | list):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        raise ParameterError("something in it does not say what it is")
    ((kind, content),) = value.items()
    if kind == "array":
        return arrays[content]
    if kind == "sparse":
        return _sparse(content[0], [_unpacked(part, arrays, classes) for part in content[1:]])
    if kind in ("list", "tuple"):
        parts = [_unpacked(part, arrays, classes) for part in content]
        return parts if kind == "list" else tuple(parts)
    named = {name: _unpacked(part, arrays, classes) for name, part in content.items()}
    return named if kind == "map" else classes[kind](**named)


def _sparse(shape: Any, parts: list[Any]) -> Any:
    from scipy.sparse import csr_array

    data, indices, indptr = parts
    if data.dtype.kind not in "fiu" or indices.dtype.kind not in _WHOLE or indptr.dtype.kind not in _WHOLE:
        raise ParameterError("its sparse weights are no numbers")
    found = csr_array((data, indices, indptr), shape=tuple(shape))
    found.check_format(full_check=True)
    return found


def _check(parts: Mapping[str, Any], spikes: Any, traces: Any) -> None:
    """Everything has the type and the shape that a run gives it.

    Raises:
        ParameterError: something has not; it is named.
    """
    if parts["level"] not in ("static", "rate", "spiking", "mixed"):
        raise ParameterError(f"its level is {parts['level']!r}")
    trials = len(_array("converged", parts["converged"], "b", (None,)))
    units = {name: _array(f"rates[{name!r}]", value, _FLOATS, (trials, None)).shape[1]
             for name, value in _named(parts, "rates")}  # fmt: skip
    for name, value in _named(parts, "drive"):
        _array(f"drive[{name!r}]", value, _FLOATS, (trials, units[name]))
    for name, value in _named(parts, "weights"):
        _check_weights(name, value, max(units.values(), default=0))
    for name, value in _named(parts, "learned"):
        for variable, values in _named({name: value}, name):
            _array(f"{variable} of {name!r}", values, _FLOATS, (trials, units[name]))
    for name, value in _named(parts, "spikes", spikes):
        count = len(_array(f"spikes[{name!r}].times", value.times, _FLOATS, (None,)))
        for part, most in (("trials", trials), ("units", units.get(name))):
            numbers = _array(f"spikes[{name!r}].{part}", getattr(value, part), "i", (count,))
            if count and (numbers.min() < 0 or (most is not None and numbers.max() >= most)):
                raise ParameterError(f"spikes[{name!r}].{part} are out of range")
    for name, value in _named(parts, "traces", traces):
        _array(f"the times of {name!r}", value.times, _FLOATS, (None,))
        own = {each: _array(f"the times of {each}", times, _FLOATS, (None,))
               for each, times in _named(vars(value), "own_times")}  # fmt: skip
        for variable, values in _named(vars(value), "values"):
            steps = len(own.get(variable, value.times))
            count = _array(f"{variable} of {name!r}", values, _FLOATS, (steps, trials, None)).shape[2]
            if variable in dict(_named(vars(value), "units")):
                _array(f"the units of {variable}", value.units[variable], "i", (count,))
    _named(parts, "provenance")
    if not isinstance(parts["failures"], tuple) or not all(isinstance(each, Failure) for each in parts["failures"]):
        raise ParameterError("its failures are none")
    if parts["final_state"] is not None:
        _check_state(parts["final_state"], trials)


def _check_weights(name: str, value: Any, most: int) -> None:
    if isinstance(value, UniformLateral):
        # It stands for n times n numbers without holding them.
        if value.n > most:
            raise ParameterError(f"the weights of {name!r} are of more units than there are")
    elif not hasattr(value, "indptr"):
        _array(f"the weights of {name!r}", value, "fiu", (None, None))


def _check_state(state: Any, trials: int) -> None:
    if not isinstance(state, FinalState):
        raise ParameterError("its final state is none")
    for part in ("variables", "synapses"):
        for name, variables in _named(vars(state), part):
            for variable, values in _named({name: variables}, name):
                shape = (trials, None) if part == "variables" else None
                _array(f"{variable} of {name!r}", values, "fiub", shape)
    for name, values in _named(vars(state), "past"):
        _array(f"the past of {name!r}", values, _FLOATS, (None, trials, None))
    for name, flight in _named(vars(state), "flight", Flight):
        count = len(_array(f"flight[{name!r}].steps", flight.steps, "i", (None,)))
        for part in ("units", "trials"):
            _array(f"flight[{name!r}].{part}", getattr(flight, part), "i", (count,))
    if not isinstance(state.dt, int | float) or type(state.step) is not int:
        raise ParameterError("the clock of its final state is none")
    if not isinstance(state.noise, tuple) or not all(isinstance(each, dict) for each in state.noise):
        raise ParameterError("the noise of its final state is none")


def _named(parts: Mapping[str, Any], field: str, kind: Any = object) -> Any:
    """The items of a part that holds things by name."""
    value = parts[field]
    if not isinstance(value, dict) or not all(isinstance(each, kind) for each in value.values()):
        raise ParameterError(f"its {field} is no such thing")
    return value.items()


def _array(what: str, value: Any, kinds: str, shape: tuple[int | None, ...] | None) -> Any:
    """An array of one of these kinds whose shape is that, as far as it is known."""
    fits = isinstance(value, np.ndarray) and value.dtype.kind in kinds
    if fits and shape is not None:
        pairs = zip(value.shape, shape, strict=False)
        fits = value.ndim == len(shape) and all(n in (length, None) for length, n in pairs)
    if not fits:
        got = f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
        wanted = "" if shape is None else f" of the shape ({', '.join('any' if n is None else str(n) for n in shape)})"
        raise ParameterError(f"{what} is {got}, expected numbers{wanted}")
    return value

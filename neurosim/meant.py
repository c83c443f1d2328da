"""What somebody probably meant who gave something of another kind: the errors of the first call name the way out."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from neurosim.activations.base import Activation
from neurosim.cells.base import Cell
from neurosim.circuits.circuit import Circuit
from neurosim.gate import instance, shown
from neurosim.params import DimensionError, ParameterError, unknown_name
from neurosim.schedule import Schedule
from neurosim.stimuli.stimulus import Stimulus

_BYTES = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def a_cell(value: Any, where: str, example: str = "ns.LIF()") -> Cell:
    """The cell itself; an activation or a class where a cell belongs is told which cell it could be.

    Raises:
        DimensionError: no cell.
    """
    if isinstance(value, Cell):
        return value
    way_out = f"a cell such as {example}"
    if isinstance(value, Activation):
        way_out = f"a cell such as ns.Unit(activation={type(value).__name__}())"
    elif isinstance(value, type) and issubclass(value, Activation):
        way_out = f"a cell such as ns.Unit(activation={value.__name__}())"
    elif isinstance(value, type) and issubclass(value, Cell):
        way_out = f"a cell of that class, {value.__name__}()"
    raise DimensionError(f"{where}: got {shown(value)}, expected {way_out}")


def cells_of(circuit: Any, cells: Any, where: str, example: str = "ns.LIF()") -> dict[str, Cell]:
    """One cell for every population of a circuit, by name: one for all of them, or a mapping.

    Args:
        circuit: the circuit.
        cells: what was given.
        where: who asks, for the error message.
        example: a cell that would do.

    Raises:
        DimensionError: no circuit, or something that is no cell.
        UnknownNameError: the mapping names a population that the circuit does not have.
        ParameterError: a population without a cell.
    """
    instance(circuit, Circuit, f"{where}: circuit")
    names = [p.name for p in circuit.populations]
    every = (
        dict(cells) if isinstance(cells, Mapping) else dict.fromkeys(names, a_cell(cells, f"{where}: cells", example))
    )
    for name, cell in every.items():
        if name not in names:
            raise unknown_name(f"population ({where}: cells)", name, names)
        a_cell(cell, f"{where}: cells[{name!r}]", example)
    missing = [name for name in names if name not in every]
    if missing:
        raise ParameterError(f"{where}: cells: got none for population {missing[0]!r}, expected one for each")
    return {name: every[name] for name in names}


def a_stimulus(value: Any, where: str) -> Stimulus:
    """The stimulus itself; rates in an array, and a schedule in its place, are told how to be given.

    Raises:
        DimensionError: no stimulus.
    """
    if isinstance(value, Stimulus):
        return value
    way_out = "a Stimulus such as ns.stimulus.constant(array)"
    if isinstance(value, Schedule):
        way_out = "a Stimulus (give the schedule by its name: schedule=...)"
    elif isinstance(value, Mapping):
        way_out = "a Stimulus: ns.stimulus.constant({input: array}), or poisson for spikes"
    elif not isinstance(value, str) and (hasattr(value, "__array__") or isinstance(value, Iterable | int | float)):
        way_out = "a Stimulus: ns.stimulus.constant(array, input), or poisson for spikes"
    raise DimensionError(f"{where}: got {shown(value)}, expected {way_out}")


def a_size(value: Any, where: str) -> float:
    """A number of bytes above 0; a text such as "8GB" is told its number.

    Raises:
        DimensionError: no number.
        ParameterError: not above 0.
    """
    if isinstance(value, bool) or (not isinstance(value, int | float) and not hasattr(value, "__float__")):
        sized = (
            re.fullmatch(r"\s*([\d.]+)\s*([KMGT]?)i?B?\s*", value, re.IGNORECASE) if isinstance(value, str) else None
        )
        number = f"{float(sized[1]):g} * 2**{_BYTES[sized[2].upper()].bit_length() - 1}" if sized else "8 * 2**30"
        raise DimensionError(f"{where}: got {shown(value)}, expected a number of bytes such as {number}")
    try:
        return float(value)
    except OverflowError:
        raise DimensionError(f"{where}: got {shown(value)}, expected a number of bytes such as 8 * 2**30") from None

"""What every conversion asks of a network: an order of its populations, and static units."""

from collections.abc import Mapping

from neurosim.cells.base import Cell
from neurosim.cells.unit import Unit
from neurosim.circuits.circuit import Circuit
from neurosim.meant import cells_of
from neurosim.params import DimensionError, ParameterError


def checked_order(circuit: Circuit) -> list[str]:
    """The populations of a feed-forward circuit in order."""
    if not isinstance(circuit, Circuit):
        raise DimensionError(f"convert: circuit: got {type(circuit).__name__}, expected a Circuit")
    order = circuit.order()
    if order is None:
        raise ParameterError("convert: got a recurrent circuit, expected a feed-forward one")
    return list(order)


def static_units(circuit: Circuit, cells: Cell | Mapping[str, Cell], names: list[str]) -> dict[str, Unit]:
    """The units of a network by population."""
    every, units = cells_of(circuit, cells, "convert", "ns.Unit()"), {}
    for name in names:
        unit = every[name]
        if not isinstance(unit, Unit):
            raise DimensionError(f"convert: cells[{name!r}]: got {unit!r}, expected a Unit")
        units[name] = unit
    return units

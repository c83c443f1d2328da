"""Physical dimensions."""

from typing import Any

import numpy as np

from neurosim.errors import DimensionError

# SI exponents (length, mass, time, current, temperature, substance, luminosity) of every unit used here.
DIMENSIONS: dict[str, tuple[int, ...]] = {
    "1": (0, 0, 0, 0, 0, 0, 0),
    "s": (0, 0, 1, 0, 0, 0, 0),
    "Hz": (0, 0, -1, 0, 0, 0, 0),
    "1/s": (0, 0, -1, 0, 0, 0, 0),
    "V": (2, 1, -3, -1, 0, 0, 0),
    "V/s": (2, 1, -4, -1, 0, 0, 0),
    "A": (0, 0, 0, 1, 0, 0, 0),
    "F": (-2, -1, 4, 2, 0, 0, 0),
    "S": (-2, -1, 3, 2, 0, 0, 0),
    "F/m^2": (-4, -1, 4, 2, 0, 0, 0),
    "S/m^2": (-4, -1, 3, 2, 0, 0, 0),
    "A/m^2": (-2, 0, 0, 1, 0, 0, 0),
}


def is_quantity(value: object) -> bool:
    """Whether `value` carries physical dimensions the way Brian2's quantities do (no import of Brian2 needed)."""
    return hasattr(value, "dim") and hasattr(value.dim, "get_dimension")


def plain(value: Any, unit: str, where: str) -> Any:
    """`value` as plain SI numbers, after checking that its dimension is that of `unit`.

    Args:
        value: a number, an array, or a Brian2 quantity of either.
        unit: the unit that is expected; "" for any.
        where: who asks, for the error message ("LIF.tau_m").

    Raises:
        DimensionError: the quantity has another dimension.
    """
    if not is_quantity(value):
        return value
    if unit == "":
        return np.asarray(value, dtype=np.float64)
    names = ("length", "mass", "time", "current", "temperature", "substance", "luminosity")
    found = tuple(round(float(value.dim.get_dimension(name)), 9) for name in names)
    if found != DIMENSIONS[unit]:
        expected = "a dimensionless number" if unit == "1" else f"a quantity in {unit}"
        kept = str(value) if np.ndim(value) == 0 else f"an array of shape {np.shape(value)}"
        raise DimensionError(f"{where}: got {kept} ({value.dim!s}), expected {expected}")
    array = np.asarray(value, dtype=np.float64)
    return float(array) if array.ndim == 0 else array

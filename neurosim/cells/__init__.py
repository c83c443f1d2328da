"""Cells: drive to activity in time. One file each; a class put in this folder is found without editing another file."""

from typing import Any

from neurosim import registry
from neurosim.cells.base import Cell as Cell
from neurosim.cells.base import RateCell as RateCell
from neurosim.cells.base import SpikingCell as SpikingCell
from neurosim.cells.biophysics import Biophysics as Biophysics


def known() -> dict[str, type[Cell]]:
    """Every cell of this folder by class name."""
    return registry.discover(__name__, Cell)


def __getattr__(name: str) -> Any:
    return registry.family_attribute(__name__, Cell, name)


def __dir__() -> list[str]:
    offered: list[str] = __getattr__("__all__")
    return offered

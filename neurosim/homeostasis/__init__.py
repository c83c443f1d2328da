"""Homeostasis: a population's activity to its thresholds and weights. One file each, found without editing another."""

from typing import Any

from neurosim import registry
from neurosim.homeostasis.base import Homeostasis as Homeostasis


def known() -> dict[str, type[Homeostasis]]:
    """Every homeostasis of this folder by class name."""
    return registry.discover(__name__, Homeostasis)


def __getattr__(name: str) -> Any:
    return registry.family_attribute(__name__, Homeostasis, name)


def __dir__() -> list[str]:
    offered: list[str] = __getattr__("__all__")
    return offered

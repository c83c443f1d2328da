"""Activations: drive to activity. One file each; a class put in this folder is found without editing another file."""

from typing import Any

from neurosim import registry
from neurosim.activations.base import Activation as Activation
from neurosim.activations.base import SpikingEquivalent as SpikingEquivalent


def known() -> dict[str, type[Activation]]:
    """Every activation of this folder by class name."""
    return registry.discover(__name__, Activation)


def __getattr__(name: str) -> Any:
    return registry.family_attribute(__name__, Activation, name)


def __dir__() -> list[str]:
    offered: list[str] = __getattr__("__all__")
    return offered

"""neurosim: the same circuit as a ReLU network, a rate population and spiking neurons.

Names are imported when they are first used, so that a command line can say what it does before anything heavy loads.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from neurosim.version import __version__ as __version__

if TYPE_CHECKING:
    from neurosim import activations as activations
    from neurosim import cells as cells
    from neurosim import conversion as conversion
    from neurosim import decisions as decisions
    from neurosim import engines as engines
    from neurosim import homeostasis as homeostasis
    from neurosim import inhibition as inhibition
    from neurosim import metrics as metrics
    from neurosim import plasticity as plasticity
    from neurosim import plots as plots
    from neurosim import randomness as randomness
    from neurosim import real as real
    from neurosim import theory as theory
    from neurosim import training as training
    from neurosim.activations.relu import ReLU as ReLU
    from neurosim.cells.leaky_rate import LeakyRate as LeakyRate
    from neurosim.cells.lif import LIF as LIF
    from neurosim.cells.unit import Unit as Unit
    from neurosim.circuits import kernels as kernels
    from neurosim.circuits import wiring as wiring
    from neurosim.circuits.circuit import Circuit as Circuit
    from neurosim.circuits.circuit import Input as Input
    from neurosim.circuits.circuit import Population as Population
    from neurosim.circuits.circuit import Projection as Projection
    from neurosim.climbing import climb as climb
    from neurosim.contracts import check_component as check_component
    from neurosim.conversion import convert as convert
    from neurosim.conversion import diagnose as diagnose
    from neurosim.conversion import export_network as export_network
    from neurosim.conversion import import_network as import_network
    from neurosim.inhibition import competition as competition
    from neurosim.inhibition import lateral as lateral
    from neurosim.inhibition import one_sided as one_sided
    from neurosim.inhibition import pooled as pooled
    from neurosim.inhibition import shunting as shunting
    from neurosim.inhibition import winner_take_all as winner_take_all
    from neurosim.ladder import RUNGS as RUNGS
    from neurosim.ladder import fit as fit
    from neurosim.ladder import ladder as ladder
    from neurosim.ladder import measure_transfer as measure_transfer
    from neurosim.learning import Learning as Learning
    from neurosim.learning import learn as learn
    from neurosim.recording import Recording as Recording
    from neurosim.saved_files import load as load
    from neurosim.schedule import Schedule as Schedule
    from neurosim.simulate import simulate as simulate
    from neurosim.stability import check_unique as check_unique
    from neurosim.steady_states import fixed_points as fixed_points
    from neurosim.steady_states import sweep as sweep
    from neurosim.stimuli import datasets as datasets
    from neurosim.stimuli import patterns as patterns
    from neurosim.stimuli import stimulus as stimulus
    from neurosim.stimuli.stimulus import Stimulus as Stimulus
    from neurosim.training import train as train

_FOLDERS_AND_MODULES = {
    "activations": "activations",
    "cells": "cells",
    "conversion": "conversion",
    "datasets": "stimuli.datasets",
    "decisions": "decisions",
    "engines": "engines",
    "homeostasis": "homeostasis",
    "inhibition": "inhibition",
    "kernels": "circuits.kernels",
    "metrics": "metrics",
    "patterns": "stimuli.patterns",
    "plasticity": "plasticity",
    "plots": "plots",
    "randomness": "randomness",
    "real": "real",
    "stimulus": "stimuli.stimulus",
    "theory": "theory",
    "training": "training",
    "wiring": "circuits.wiring",
}
_HOME = {
    "ReLU": "activations.relu",
    "LeakyRate": "cells.leaky_rate",
    "LIF": "cells.lif",
    "Unit": "cells.unit",
    "Circuit": "circuits.circuit",
    "Input": "circuits.circuit",
    "Population": "circuits.circuit",
    "Projection": "circuits.circuit",
    "check_component": "contracts",
    "convert": "conversion",
    "diagnose": "conversion",
    "export_network": "conversion",
    "import_network": "conversion",
    "competition": "inhibition",
    "lateral": "inhibition",
    "one_sided": "inhibition",
    "pooled": "inhibition",
    "shunting": "inhibition",
    "winner_take_all": "inhibition",
    "climb": "climbing",
    "RUNGS": "ladder",
    "fit": "ladder",
    "ladder": "ladder",
    "measure_transfer": "ladder",
    "Learning": "learning",
    "learn": "learning",
    "Recording": "recording",
    "load": "saved_files",
    "Schedule": "schedule",
    "simulate": "simulate",
    "train": "training",
    "check_unique": "stability",
    "fixed_points": "steady_states",
    "sweep": "steady_states",
    "Stimulus": "stimuli.stimulus",
}
__all__ = ["__version__", *_FOLDERS_AND_MODULES, *_HOME]


class _Package(ModuleType):
    """The package, in which `ladder` and `simulate` stay the functions when their modules are imported."""

    def __reduce__(self) -> Any:
        """By its name, so that functions of a notebook that say `import neurosim as ns` can be sent to workers."""
        return import_module, (self.__name__,)

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = globals()[name] = getattr(import_module(f"neurosim.{_HOME[name]}"), name)
        return value
    if name in _FOLDERS_AND_MODULES:
        value = globals()[name] = import_module(f"neurosim.{_FOLDERS_AND_MODULES[name]}")
        return value
    raise _NoAttributeError(name)


class _NoAttributeError(AttributeError):
    """Python asks for names that nobody misses; where one is, is looked up when somebody reads the message."""

    def __str__(self) -> str:
        name = str(self.args[0])
        hint = "" if name.startswith("_") else f"; {_hint(name)}"
        return f"module 'neurosim' has no attribute {name!r}{hint}"


def _hint(name: str) -> str:
    """Where a name is that somebody looked for here, or what comes next to it."""
    homes = {name: name for name in __all__}
    for module in _FOLDERS_AND_MODULES:
        for member in dir(__getattr__(module)):
            homes.setdefault(member, f"{module}.{member}")
    if name in homes:
        return f"it is ns.{homes[name]}"
    lowered = {each.lower(): each for each in homes}
    near = import_module("difflib").get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    found = f"did you mean {homes[lowered[near[0]]]!r}? " if near else ""
    return f"{found}it offers {', '.join(__all__)}"


def __dir__() -> list[str]:
    return sorted(__all__)

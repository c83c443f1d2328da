"""What the package offers: every public function, class and method, found by looking and never by a list."""

import dataclasses
import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import neurosim as ns
from neurosim.params import Params

# What the package's own machinery calls with values that it has checked: a newcomer writes it, nobody calls it.
PROTOCOLS = {
    "Engine": "simulate hands it a checked job",
    "Job": "simulate makes it",
    "Loss": "train calls it with the activities of a batch",
    "Optimiser": "train calls it with its own arrays",
    "SpikeCounts": "an engine reads it step by step",
    "StyledFigure": "new_figure makes it",
    "Network": "train makes it and gives it the activities of a batch",
    "Panels": "plot_population makes it",
    "GivenSpikes": "stimulus.spikes makes it",
}
INNER = {
    "drdt": "the rate engine calls it at every step",
    "activity": "the rate engine calls it at every step",
    "change": "`dw` calls it with checked arrays",
    "advance": "`next_state` calls it with checked arrays",
    "fastest": "the engines call it with the schedule's step",
    "apply": "the engines call it at every step",
    "as_given": "learn calls it with its own arrays",
    "refuse_step": "simulate calls it with the schedule's step",
    "shape": "part of __call__",
    "slope": "part of derivative",
    "shape_range": "part of range",
    "replace": "the constructor again",
    "as_dict": "takes nothing",
    "check": "part of the constructor",
    "info": "takes nothing",
}
"""Methods of the same kind."""

SAYS_WHO = ("where",)
"""Arguments with the caller's name for error messages: the package itself gives them."""

OUTSIDE = {
    "stimuli.datasets.openml": "it would download",
    "conversion.TimedConversion.decode": "a spike has a time and no rate",
    "conversion.TimedConversion.read_rates": "a spike has a time and no rate",
}
"""What is called with malformed values alone."""

WAITING = (
    *("metrics.Operations.energy_terms_pj", "metrics.Operations.total_pj", "metrics.SpikeBudget.verdict"),
    *("metrics.timed_operations", "real.fetch", "real.folder", "real.lacking"),
)
"""Newcomers without a recipe for a usual call yet."""

HANDED_OUT = {
    "SpikeTrains": "an encoder makes it",
    "Recording": "an engine makes it",
    "Conversion": "convert makes it",
    "TimedConversion": "convert makes it",
    "Training": "train makes it",
    "Learning": "learn makes it",
}
"""Classes whose objects the package alone makes; their methods are called."""


@dataclass(frozen=True)
class Target:
    """Something that can be called, and how it is named in the list of outcomes."""

    label: str
    function: Callable[..., Any]
    owner: type | None = None
    """The class of the object that a method belongs to."""


def modules() -> Iterator[ModuleType]:
    """The package, and each folder or module that it names."""
    yield ns
    yield from (getattr(ns, name) for name in ns.__all__ if inspect.ismodule(getattr(ns, name)))


def members() -> dict[str, Any]:
    """Public name -> function or class; what a module only borrows belongs to the module that made it."""
    found: dict[int, tuple[str, Any]] = {}
    for module in modules():
        listed = getattr(module, "__all__", None)
        for name in sorted(listed if listed is not None else dir(module)):
            member = getattr(module, name)
            if name.startswith("_") or not (inspect.isclass(member) or inspect.isfunction(member)):
                continue
            home = member.__module__
            own = home == module.__name__ or home.startswith(module.__name__ + ".") or listed is not None
            if (
                home.startswith("neurosim")
                and own
                and not _is_error(member)
                and not getattr(member, "_is_protocol", False)
            ):
                found.setdefault(
                    id(member), (f"{module.__name__.removeprefix('neurosim').lstrip('.')}.{name}".lstrip("."), member)
                )
    return dict(sorted(found.values(), key=lambda pair: pair[0]))


def _is_error(member: Any) -> bool:
    return inspect.isclass(member) and issubclass(member, BaseException | Warning)


def is_record(member: Any) -> bool:
    """A table row that the package hands out and does not check: whoever makes one knows what is in it."""
    return dataclasses.is_dataclass(member) and not issubclass(member, Params) and "__post_init__" not in vars(member)


def targets() -> list[Target]:
    """Everything to be called: functions, constructors and public methods, each once."""
    found = []
    for label, member in members().items():
        if inspect.isfunction(member):
            found.append(Target(label, member))
            continue
        if any(base.__name__ in PROTOCOLS for base in member.__mro__):
            if issubclass(member, Params) and not inspect.isabstract(member):
                found.append(Target(label, member))
            continue
        if not inspect.isabstract(member) and not is_record(member) and member.__name__ not in HANDED_OUT:
            found.append(Target(label, member))
        if not inspect.isabstract(member):
            found.extend(_methods(label, member))
    return [target for target in found if parameters(target)]


def _methods(label: str, cls: type) -> Iterator[Target]:
    for name in sorted(dir(cls)):
        if name.startswith("_") and name != "__call__":
            continue
        raw = inspect.getattr_static(cls, name)
        function = raw.__func__ if isinstance(raw, classmethod | staticmethod) else raw
        if not inspect.isfunction(function) or not function.__module__.startswith("neurosim"):
            continue
        if name in INNER:
            continue
        if isinstance(raw, classmethod | staticmethod):
            yield Target(f"{label}.{name}", getattr(cls, name))
        else:
            yield Target(f"{label}.{name}", function, cls)


def family(label: str) -> str:
    """The folder or module that a name belongs to; "top level" for what `import neurosim` gives at once."""
    return label.split(".")[0] if "." in label and label[0].islower() else "top level"


def inherited(target: Target) -> bool:
    """Whether it is a method of a base class, asked through one of several classes."""
    return target.owner is not None and target.function.__name__ not in vars(target.owner)


def parameters(target: Target) -> dict[str, inspect.Parameter]:
    """The arguments that a caller gives, without self."""
    given = list(inspect.signature(target.function).parameters.values())
    if target.owner is not None:
        given = given[1:]
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {parameter.name: parameter for parameter in given if parameter.kind not in kinds}


def module_of(target: Target) -> ModuleType:
    """Where its annotations are to be read."""
    return importlib.import_module(target.function.__module__)

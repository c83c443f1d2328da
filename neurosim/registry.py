"""From a folder to its final classes: what is in a folder is known, without a list to edit anywhere."""

import importlib
import inspect
import pkgutil
import sys
from abc import ABC
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from neurosim.params import DimensionError, ParameterError, Params
from neurosim.params import UnknownNameError as UnknownNameError
from neurosim.params import unknown_name as unknown_name

T = TypeVar("T")


class IncompleteClassError(ParameterError):
    """A class in an open folder that lacks a member which every class of its family has."""


def lookup(kind: str, name: str, table: Mapping[str, T]) -> T:
    """`table[name]`, or an error that names the nearest match.

    Raises:
        UnknownNameError: nothing in the table has that name.
    """
    if not isinstance(name, str) or name not in table:
        raise unknown_name(kind, name, table)
    return table[name]


def discover(package: str, base: type[T]) -> dict[str, type[T]]:
    """Every final (not abstract) subclass of `base` in a file of the folder `package`, by class name.

    A folder among the files counts as one: what it offers is found.

    Args:
        package: dotted name of the folder, such as "neurosim.activations".
        base: the family's abstract class.

    Raises:
        IncompleteClassError: a class of the folder lacks a member; the message names both.
    """
    classes: dict[str, type[T]] = dict(_found(package, base))  # type: ignore[arg-type]  # a class is hashable
    return classes


@cache
def _found(package: str, base: Any) -> dict[str, Any]:
    found = {member.__name__: member for member in _members(package, base)}
    for member in found.values():
        lacking = _lacking(member)
        if lacking:
            raise IncompleteClassError(_incomplete(member, lacking))
    return dict(sorted(found.items()))


def _members(package: str, base: Any) -> Iterator[Any]:
    """The classes of a family, without those that are bases for others: these say so by ABC among their own bases."""
    folder = importlib.import_module(package)
    for module_info in pkgutil.iter_modules(folder.__path__):
        module = importlib.import_module(f"{package}.{module_info.name}")
        # A member may be a folder, which offers its class.
        own = f"{module.__name__}." if module_info.ispkg else "\0"
        for name, member in vars(module).items():
            if (
                inspect.isclass(member)
                and issubclass(member, base)
                and (member.__module__ == module.__name__ or member.__module__.startswith(own))
                and ABC not in member.__bases__
                and not name.startswith("_")
            ):
                yield member


def _lacking(member: Any) -> list[str]:
    """Abstract members that a class leaves open, and class variables that its bases declare and nobody sets."""
    declared = [
        name
        for base in member.__mro__
        for name, annotation in vars(base).get("__annotations__", {}).items()
        if "ClassVar" in str(annotation) and not hasattr(member, name)
    ]
    return sorted({*getattr(member, "__abstractmethods__", ()), *declared})


def _incomplete(member: Any, lacking: list[str]) -> str:
    return (
        f"{member.__module__}: {member.__name__} lacks {', '.join(lacking)}, expected in every class of its folder "
        "(a class that is only a base for others has ABC among its own bases)"
    )


def family_attribute(package: str, base: type[Any], name: str) -> Any:
    """For a folder's `__getattr__`: the class that [discover][neurosim.registry.discover] finds under a name.

    `__all__` is every class of the folder beside the names that the folder itself offers.
    """
    if name == "__all__":
        return sorted({*public(vars(sys.modules[package])), *discover(package, base)})
    classes = {} if name.startswith("_") else {member.__name__: member for member in _members(package, base)}
    if name not in classes:
        raise AttributeError(str(unknown_name(f"class in {package}", name, classes)))
    lacking = _lacking(classes[name])
    if lacking:
        raise AttributeError(_incomplete(classes[name], lacking))
    return classes[name]


def public(names: Mapping[str, Any]) -> list[str]:
    """Of a module's names those that are offered: its own functions and classes, and constants in capitals.

    A folder's own are those of its files too.
    """
    home = names["__name__"]
    inside = f"{home}." if "__path__" in names else "\0"
    found = []
    for name, value in names.items():
        if inspect.isclass(value) or inspect.isfunction(inspect.unwrap(value)):
            owner = str(value.__module__)
            offered = owner == home or owner.startswith(inside)
        else:
            offered = name.isupper() and name != "TYPE_CHECKING"
        if offered and not name.startswith("_"):
            found.append(name)
    return sorted(found)


def exports(names: Mapping[str, Any], *more: str) -> tuple[list[str], Callable[[], list[str]]]:
    """`__all__` and `__dir__` of a module, for its last line; `names` are its `globals()`, `more` what it passes on."""
    offered = sorted({*public(names), *more})
    return offered, lambda: list(offered)


def from_dict(values: Mapping[str, Any]) -> Any:
    """The parameter set that [as_dict][neurosim.params.Params.as_dict] wrote down.

    Only classes of this package, and classes that the program itself has defined or imported, are found: to read a
    file imports nothing else, whatever module it names.

    Raises:
        UnknownNameError: the class is not known here, or is no parameter set.
        ParameterError: no class is named, or it does not take these values.
    """
    if not isinstance(values, Mapping) or not isinstance(values.get("class"), str):
        raise ParameterError(f"got {_shown(values)}, expected a saved parameter set with the name of its class")
    fields = {
        name: from_dict(value) if isinstance(value, Mapping) and "class" in value else _tuples(value)
        for name, value in values.items()
        if name != "class"
    }
    cls = _saved_class(values["class"])
    try:
        return cls(**fields)
    except (ParameterError, DimensionError):
        raise
    except (TypeError, ValueError, ArithmeticError) as error:
        raise ParameterError(f"{cls.__name__}: got values that it does not take ({error})") from None


def _saved_class(name: str) -> Any:
    """The class that was saved as "module:name", looked for where no foreign code can run."""
    module, _, class_name = name.partition(":")
    if _own_module(module):
        importlib.import_module(module)
    # The last one, where a notebook defined a class of that name more than once.
    found = [cls for cls in _subclasses(Params) if (cls.__module__, cls.__qualname__) == (module, class_name)]
    if not found or inspect.isabstract(found[-1]):
        raise UnknownNameError(
            f"no parameter set is named {name[:80]!r} here; if it is a class of your own, define or import it first "
            "(a file imports nothing by itself), else it was saved by another version"
        )
    return found[-1]


def _own_module(name: str) -> bool:
    """Whether a file of this package is the module of that name: a look at the folder's list, without any import."""
    package = __name__.partition(".")[0]
    folder, _, module = name.rpartition(".")
    if folder != package and not folder.startswith(f"{package}."):
        return False
    parents = folder.split(".")[1:]
    place = Path(__file__).parent.joinpath(*parents)
    return (
        all(part.isidentifier() for part in (*parents, module))
        and not module.startswith("_")
        and any(found.name == module for found in pkgutil.iter_modules([str(place)]))
    )


def _subclasses(cls: Any) -> Iterator[Any]:
    for child in cls.__subclasses__():
        yield child
        yield from _subclasses(child)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value

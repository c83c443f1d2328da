"""From a folder to its final classes: what is in a folder is known, without a list to edit anywhere."""

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from neurosim.params import Params
from neurosim.params import UnknownNameError as UnknownNameError
from neurosim.params import unknown_name as unknown_name

T = TypeVar("T")


def lookup(kind: str, name: str, table: Mapping[str, T]) -> T:
    """`table[name]`, or an error that names the nearest match.

    Raises:
        UnknownNameError: nothing in the table has that name.
    """
    if name not in table:
        raise unknown_name(kind, name, table)
    return table[name]


def discover(package: str, base: type[T]) -> dict[str, type[T]]:
    """Every final (not abstract) subclass of `base` defined in a module of the folder `package`, by class name.

    Args:
        package: dotted name of the folder, such as "neurosim.activations".
        base: the family's abstract class.
    """
    classes: dict[str, type[T]] = dict(_found(package, base))  # type: ignore[arg-type]  # a class is hashable
    return classes


@cache
def _found(package: str, base: Any) -> dict[str, Any]:
    folder = importlib.import_module(package)
    found: dict[str, Any] = {}
    for module_info in pkgutil.iter_modules(folder.__path__):
        module = importlib.import_module(f"{package}.{module_info.name}")
        for name, member in vars(module).items():
            if (
                inspect.isclass(member)
                and issubclass(member, base)
                and member.__module__ == module.__name__
                and not inspect.isabstract(member)
                and not name.startswith("_")
            ):
                found[name] = member
    return dict(sorted(found.items()))


def family_attribute(package: str, base: type[Any], name: str) -> Any:
    """For a folder's `__getattr__`: the class that [discover][neurosim.registry.discover] finds under a name."""
    classes = {} if name.startswith("_") else discover(package, base)
    if name not in classes:
        raise AttributeError(str(unknown_name(f"class in {package}", name, classes)))
    return classes[name]


def from_dict(values: Mapping[str, Any]) -> Any:
    """The parameter set that [as_dict][neurosim.params.Params.as_dict] wrote down.

    Raises:
        UnknownNameError: the class is not known here any more, or is no parameter set.
    """
    fields = {
        name: from_dict(value) if isinstance(value, Mapping) and "class" in value else _tuples(value)
        for name, value in values.items()
        if name != "class"
    }
    module_name, _, class_name = str(values["class"]).partition(":")
    try:
        cls = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError):
        raise UnknownNameError(
            f"no parameter set is named {values['class']!r}; it was saved by another version"
        ) from None
    if not (inspect.isclass(cls) and issubclass(cls, Params)):
        raise UnknownNameError(f"{values['class']!r} is no parameter set")
    return cls(**fields)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value

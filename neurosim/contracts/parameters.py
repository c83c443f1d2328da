"""What holds for every class that is a set of parameters, whatever its family."""

import copy
import dataclasses
import inspect
import json
import math
import pickle
import re
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from neurosim import registry
from neurosim.contracts.running import checks_of, does_not_apply, expect, refuses
from neurosim.declaration import ParamInfo
from neurosim.params import DimensionError, MagnitudeWarning, ParameterError, Params


def it_is_frozen(part: Params) -> None:
    """A value cannot be changed once it is made."""
    for name in part.info():
        try:
            setattr(part, name, getattr(part, name))
        except dataclasses.FrozenInstanceError:
            continue
        raise AssertionError(f"{name} can be set, expected a frozen dataclass")


def it_can_be_made_with_its_defaults(part: Params) -> None:
    """The class is made without arguments, and two of them are equal."""
    expect(type(part)() == type(part)(), "two with the defaults are not equal")


def it_goes_into_sets(part: Params) -> None:
    """It is hashable, and equal ones are one entry of a set."""
    expect(len({part, part.replace()}) == 1, "a set holds two equal ones")


def its_parameters_are_listed(part: Params) -> None:
    """`info` names every field, in order."""
    expect(list(part.info()) == [field.name for field in dataclasses.fields(part)], f"info gives {list(part.info())}")


def parameters_are_given_by_name(part: Params) -> None:
    """No parameter is taken by its place."""
    refuses(lambda: type(part)(1.0), "a parameter without a name", "by name")


def an_unknown_parameter_is_refused(part: Params) -> None:
    """A name that is no parameter is refused, with what there is."""
    refuses(lambda: type(part)(**{**_values(part), "colour": 1}), "the parameter colour", "colour")


def every_parameter_has_unit_and_meaning(part: Params) -> None:
    """Every field is made with `param`, with a unit and a meaning of at least two words."""
    for field in dataclasses.fields(part):
        info = field.metadata.get("info")
        if info is None:
            raise AssertionError(f"{field.name} is not made with param()")
        expect(info.unit and len(info.doc.split()) >= 2, f"{field.name}: its meaning is {info.doc!r}")


def its_docstring_begins_with_a_sentence(part: Params) -> None:
    """The docstring is the class's own and begins with one sentence on one line."""
    lines = _text(part).splitlines()
    expect(lines and lines[0].endswith("."), f"the first line is {lines[:1]}")


def its_docstring_has_an_equation(part: Params) -> None:
    """The docstring has a section Equation with something under it."""
    expect(re.search(r"\nEquation\n {4}\S", _text(part)), "the docstring has no section Equation")


def its_text_form_names_class_and_parameters(part: Params) -> None:
    """`repr` gives the class and every parameter."""
    text = repr(part)
    expect(text.startswith(f"{type(part).__qualname__}("), f"repr is {text!r}")
    for name in part.info():
        expect(f"{name}=" in text, f"repr does not give {name}: {text!r}")


def it_survives_json(part: Params) -> None:
    """What `as_dict` writes comes back equal from JSON."""
    twin = registry.from_dict(json.loads(json.dumps(part.as_dict())))
    expect(twin == part and hash(twin) == hash(part), f"came back as {twin!r}")


def it_survives_pickle(part: Params) -> None:
    """It comes back equal from a pickle, with an equal hash."""
    twin = pickle.loads(pickle.dumps(part))
    expect(twin == part and hash(twin) == hash(part), f"came back as {twin!r}")


def it_survives_copying(part: Params) -> None:
    """A shallow and a deep copy are equal to it."""
    for twin in (copy.copy(part), copy.deepcopy(part)):
        expect(twin == part and hash(twin) == hash(part), f"a copy is {twin!r}")


def it_is_replaced_by_an_equal_one(part: Params) -> None:
    """`replace` without a change gives an equal one, and the twin made of its own values is equal."""
    for twin in (part.replace(), type(part)(**_values(part))):
        expect(twin == part and hash(twin) == hash(part), f"the twin is {twin!r}")


def other_parameters_make_another_value(part: Params) -> None:
    """Two that differ in one parameter are not equal."""
    for name, other in changed(part):
        expect(other != part, f"another {name} is still equal: {other!r}")


def it_equals_nothing_of_another_class(part: Params) -> None:
    """It is not equal to a number, a text or its own dictionary."""
    expect(all(part != other for other in (0, "x", None, part.as_dict())), "it is equal to something else")


def every_number_refuses_nan(part: Params) -> None:
    """A number that is none is refused, with the name of class and parameter."""
    for name in numbers_of(part):
        refuses(partial(part.replace, **{name: math.nan}), f"{name} = nan", f"{type(part).__name__}.{name}")


def every_number_refuses_text(part: Params) -> None:
    """A text in place of a number is refused, with the name of class and parameter."""
    for name in numbers_of(part):
        refuses(partial(part.replace, **{name: "fast"}), f"{name} = 'fast'", f"{type(part).__name__}.{name}")


def infinity_is_refused_where_it_is_not_allowed(part: Params) -> None:
    """Infinity is refused unless the parameter says that it is allowed."""
    for name in numbers_of(part):
        if not part.info()[name].infinite:
            refuses(partial(part.replace, **{name: math.inf}), f"{name} = inf", f"{name}")


def bounds_are_kept(part: Params) -> None:
    """What lies beyond a declared bound is refused, with the name of class and parameter."""
    for name in numbers_of(part):
        for value in _beyond(part.info()[name]):
            refuses(partial(part.replace, **{name: value}), f"{name} = {value!r}", name)


def no_time_is_negative(part: Params) -> None:
    """A parameter in seconds has a bound at or above 0."""
    for name in numbers_of(part):
        info = part.info()[name]
        if info.unit == "s" and not name.startswith(("t_start", "delay")):
            refuses(partial(part.replace, **{name: -0.01}), f"{name} = -0.01 s", name)


def choices_are_kept(part: Params) -> None:
    """Of a parameter with choices nothing else is taken."""
    for name, info in part.info().items():
        if info.choices is not None:
            refuses(partial(part.replace, **{name: "none of these"}), f"{name} = 'none of these'", name)


def numbers_of(part: Params) -> list[str]:
    """Parameters that are single real numbers."""
    return [name for name in part.info() if isinstance(getattr(part, name), float)]


def changed(part: Params) -> Iterator[tuple[str, Any]]:
    """The same with one parameter changed, for every parameter for which another value is allowed."""
    for name, info in part.info().items():
        for value in _other(getattr(part, name), info):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", MagnitudeWarning)
                    yield name, part.replace(**{name: value})
            except (ParameterError, DimensionError):
                continue
            break


def without_effect(part: Any, answer: Callable[[Any], Any]) -> set[str]:
    """Numbers of which another value gives the same answer."""
    known = answer(part)
    return {
        name for name, other in changed(part) if isinstance(getattr(part, name), int | float) and answer(other) == known
    }


def _other(value: Any, info: ParamInfo) -> list[Any]:
    if info.choices is not None:
        return [choice for choice in info.choices if choice != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        usual = info.usual[0] if info.usual else 0.1
        return [1.3 * value, 0.7 * value] if value and math.isfinite(value) else [usual, 1.0, -0.1]
    return []


def _beyond(info: ParamInfo) -> Iterator[float]:
    """Just outside of every bound."""
    for bound, toward in ((info.low, -math.inf), (info.high, math.inf)):
        if bound is not None:
            yield bound + math.copysign(max(1e-9, 1e-9 * abs(bound)), toward)
    for bound in (info.above, info.below):
        if bound is not None:
            yield bound


def _values(part: Params) -> dict[str, Any]:
    return {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}


def _text(part: Params) -> str:
    # inspect.getdoc would inherit the docstring of the base
    return inspect.cleandoc(vars(type(part)).get("__doc__") or "")


def says(part: Params, section: str) -> None:
    """Fail unless the docstring has a section with something under it."""
    expect(re.search(rf"\n{section}\n {{4}}\S", _text(part)), f"the docstring has no section {section}")


def says_a_year(part: Params) -> None:
    """Fail unless the source names a year."""
    says(part, "Source")
    expect(re.search(r"\b(1[6-9]|20)\d\d\b", _text(part).partition("\nSource\n")[2]), "its source names no year")


def only_if(condition: bool, reason: str) -> None:
    """End a check that means nothing unless this holds."""
    if not condition:
        does_not_apply(reason)


_TOOLS = (numbers_of, changed, without_effect, says, says_a_year, only_if)
CHECKS = tuple(check for check in checks_of(globals()) if check not in _TOOLS)

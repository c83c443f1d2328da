"""Everything public is kept and sent whole: pickle, copies, cloudpickle, loky (joblib) and spawned processes.

Nothing is typed in here: objects are made from the signatures as the sweep of malformed input makes them.
"""

import copy
import dataclasses
import inspect
import multiprocessing
import pickle
import re
import signal
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from joblib.externals.loky import ProcessPoolExecutor
from matplotlib.figure import Figure
from scipy.sparse import issparse

import neurosim as ns

sys.path.insert(0, str(Path(__file__).parents[1] / "audit"))

import bad_input
import recipes
import surface

NOTEBOOK = """
import neurosim as ns
from neurosim import {modules}

def held(objects):
    run = ns.LIF().run(1.5, duration=0.05, settle=0.0)
    return objects, [repr(each) for each in objects], run.rates["cell"], [{modules}]
"""


@cache
def made():
    """An object of every public class and of what public functions return, by label; and the classes that have none."""
    members = {label: each for label, each in surface.members().items() if not inspect.isabstract(each)}
    before = signal.signal(signal.SIGALRM, bad_input._alarm)
    try:
        found = {label: _returned(label, each) for label, each in members.items() if inspect.isfunction(each)}
        known = {type(each) for each in found.values()}
        found |= {
            label: _instance(label, each)
            for label, each in members.items()
            if inspect.isclass(each) and each not in known
        }
    finally:
        signal.signal(signal.SIGALRM, before)
    missing = [label for label, each in found.items() if each is None and inspect.isclass(members[label])]
    return {label: each for label, each in found.items() if each is not None}, missing


def _returned(label, function):
    """None for a function that returns no object of the package, or whose usual call is unknown."""
    returned = recipes.hints_of(surface.Target(label, function)).get("return")
    if not (inspect.isclass(returned) and returned.__module__.startswith("neurosim")):
        return None
    usual = bad_input.usual_call(surface.Target(label, function))
    return None if isinstance(usual, str) else usual[2]


def _instance(label, cls):
    if cls.__name__ in recipes.OBJECTS or not surface.parameters(surface.Target(label, cls)):
        return bad_input.instance_of(cls)
    usual = bad_input.usual_call(surface.Target(label, cls))
    return None if isinstance(usual, str) else usual[2]


def errors():
    """One of every exception of the package."""
    classes, found = [BaseException], {}
    while classes:
        cls = classes.pop()
        classes += cls.__subclasses__()
        if cls.__module__.startswith("neurosim."):
            own = "__init__" in vars(cls)
            found[cls.__name__] = bad_input.usual_call(surface.Target(cls.__name__, cls))[2] if own else cls("text")
    return found


def differences(a, b, place="it", seen=None) -> Iterator[str]:
    """Where two objects differ, to the bit."""
    seen = {} if seen is None else seen
    if id(a) in seen and type(a).__module__ != "builtins":
        return  # what holds itself, as a figure does
    seen[id(a)] = a
    if type(a) is not type(b) and not (isinstance(a, Mapping) and isinstance(b, Mapping)):
        yield f"{place}: {type(a).__name__} became {type(b).__name__}"
    elif isinstance(a, np.ndarray):
        kept = a.dtype == b.dtype and a.shape == b.shape
        if a.dtype == object:
            yield from differences(a.tolist(), b.tolist(), place, seen)
        elif not kept or a.tobytes() != b.tobytes():
            yield f"{place}: other values"
    elif issparse(a):
        for part in ("data", "indices", "indptr"):
            yield from differences(getattr(a, part), getattr(b, part), f"{place}.{part}", seen)
    elif isinstance(a, pd.DataFrame | pd.Series):
        if not a.equals(b):
            yield f"{place}: another table"
    elif isinstance(a, np.random.Generator):
        yield from differences(a.bit_generator.state, b.bit_generator.state, place, seen)
    elif isinstance(a, Mapping):
        yield from differences(list(a), list(b), f"{place}.keys", seen)
        for key in a:
            yield from differences(a[key], b[key], f"{place}[{key!r}]", seen)
    elif isinstance(a, list | tuple):
        if len(a) != len(b):
            yield f"{place}: {len(a)} became {len(b)}"
        for k, pair in enumerate(zip(a, b, strict=False)):
            yield from differences(*pair, f"{place}[{k}]", seen)
        if hasattr(a, "__dict__"):
            yield from differences(vars(a), vars(b), place, seen)
    elif inspect.isroutine(a) or inspect.isclass(a) or type(a).__module__ == "builtins":
        if a is not b and a != b and a == a:
            yield f"{place}: {a!r} became {b!r}"
    elif dataclasses.is_dataclass(a):
        for field in dataclasses.fields(a):
            yield from differences(getattr(a, field.name), getattr(b, field.name), f"{place}.{field.name}", seen)
    elif isinstance(a, Figure):
        if [ax.title.get_text() for ax in a.axes] != [ax.title.get_text() for ax in b.axes]:
            yield f"{place}: other axes"
    elif type(a).__module__.startswith("neurosim"):
        yield from differences(vars(a), vars(b), place, seen)


def all_differences(found):
    objects, _ = made()
    return [
        text
        for (label, one), other in zip(objects.items(), found, strict=True)
        for text in differences(one, other, label)
    ]


def test_nearly_everything_public_is_made():
    objects, missing = made()
    assert not missing
    assert len(objects) > 110


COPIES = {
    "pickle": lambda each: pickle.loads(pickle.dumps(each)),
    "protocol 2": lambda each: pickle.loads(pickle.dumps(each, 2)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "cloudpickle": lambda each: pickle.loads(cloudpickle.dumps(each)),
}


@pytest.mark.parametrize("copied", COPIES)
def test_an_object_is_the_same_afterwards(copied):
    assert not all_differences([COPIES[copied](each) for each in made()[0].values()])


@pytest.mark.parametrize("copied", COPIES)
def test_an_exception_keeps_its_text_and_what_it_holds(copied):
    for name, error in errors().items():
        found = COPIES[copied](error)
        assert type(found) is type(error), name
        assert str(found) == str(error)
        assert not list(differences(vars(error), vars(found), name))


@pytest.mark.parametrize("copied", COPIES)
def test_functions_and_classes_are_found_by_their_name(copied):
    for label, member in surface.members().items():
        assert COPIES[copied](member) is member, label


def notebook():
    """A function of a notebook, which names every public module."""
    modules = ", ".join(name for name in ns.__all__ if inspect.ismodule(getattr(ns, name)))
    cells = {"__name__": "__main__"}
    exec(NOTEBOOK.format(modules=modules), cells)
    return cells["held"]


def place_less(text):
    """Without the places in memory of functions, which other processes put elsewhere."""
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def compared(answer):
    objects, _ = made()
    found, texts, rates, modules = answer
    assert not all_differences(found)
    assert list(map(place_less, texts)) == [place_less(repr(each)) for each in objects.values()]
    np.testing.assert_array_equal(rates, ns.LIF().run(1.5, duration=0.05, settle=0.0).rates["cell"])
    return modules


def test_a_function_of_a_notebook_is_sent_by_value():
    held = pickle.loads(cloudpickle.dumps(notebook()))
    modules = compared(held(list(made()[0].values())))
    assert modules == [getattr(ns, name) for name in ns.__all__ if inspect.ismodule(getattr(ns, name))]


def test_joblib_sends_it_to_another_process():
    # the executor of joblib.Parallel, with one process
    with ProcessPoolExecutor(max_workers=1) as pool:
        compared(pool.submit(notebook(), list(made()[0].values())).result(timeout=300))


def test_a_spawned_process_gets_and_returns_it():
    objects = list(made()[0].values())
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert not all_differences(pool.map(copy.copy, objects))
        assert list(map(place_less, pool.map(repr, objects))) == [place_less(repr(each)) for each in objects]
        found = pool.map(copy.copy, list(errors().values()))
    assert [str(each) for each in found] == [str(each) for each in errors().values()]

"""Public names: `__all__`, `dir()`, `import *`, what an editor reads and docs/api.md agree, and hold nothing else."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import neurosim as ns

ROOT = Path(__file__).parents[2]
MODULES = {name: getattr(ns, name) for name in dir(ns) if inspect.ismodule(getattr(ns, name, None))}
OPEN = {
    name: module.known if hasattr(module, "known") else module.motifs
    for name, module in MODULES.items()
    if hasattr(module, "known") or hasattr(module, "motifs")
}


def starred(module):
    found = {}
    exec(f"from {module.__name__} import *", found)
    return sorted(found.keys() - {"__builtins__"})


def bound(path):
    """What a file binds by `import X as X`, by `def` and by `class`."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname for alias in node.names if alias.asname}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return {name for name in names if not name.startswith("_")}


def test_modules_are_found():
    assert set(OPEN) == {"activations", "cells", "engines", "homeostasis", "inhibition", "plasticity"}
    assert {"metrics", "plots", "stimulus", "training"} <= set(MODULES)


@pytest.mark.parametrize("module", [ns, *MODULES.values()], ids=lambda module: module.__name__)
def test_all_is_what_dir_and_a_star_give(module):
    names = sorted(module.__all__)
    assert names == sorted(set(names))
    assert dir(module) == names
    assert starred(module) == names
    for name in names:
        value = getattr(module, name)
        assert name == "__version__" or not name.startswith("_")
        if inspect.ismodule(value):
            assert module is ns
        elif inspect.isclass(value) or inspect.isfunction(value):
            assert value.__module__.startswith("neurosim."), f"{module.__name__}.{name} is {value.__module__}'s"


@pytest.mark.parametrize("name", OPEN)
def test_open_folders_offer_their_classes(name):
    assert {member.__name__ for member in OPEN[name]().values()} <= set(dir(MODULES[name]))


def test_editors_read_the_same_names():
    assert bound(ROOT / "neurosim" / "__init__.py") == set(ns.__all__) - {"__version__"}
    for name, module in MODULES.items():
        stub = ROOT / "neurosim" / name / "__init__.pyi"
        assert stub.exists() == (name in OPEN)
        if name in OPEN:
            assert bound(stub) == set(dir(module)), name


def test_the_page_of_names_lists_them():
    sections = re.split(r"^## ", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    pages = {head: body for head, _, body in (section.partition("\n") for section in sections)}
    assert re.findall(r"`(\w+)`", pages["neurosim"]) == ns.__all__
    models = set(re.findall(r"^### (\w+)", (ROOT / "docs" / "models.md").read_text(encoding="utf-8"), re.MULTILINE))
    for name, module in MODULES.items():
        listed = re.findall(r"^\* (?:class )?`(\w+)", pages.get(module.__name__, ""), re.MULTILINE)
        values = {each: getattr(module, each) for each in dir(module)}
        callables = {
            each
            for each, value in values.items()
            if (inspect.isclass(value) or inspect.isfunction(inspect.unwrap(value)))
            # what a module passes on is listed where it lives
            and (value.__module__ + ".").startswith(f"{module.__name__}.")
        }
        if name in OPEN:
            elsewhere = {member.__name__ for member in OPEN[name]().values()} & (models | set(dir(MODULES["engines"])))
            callables -= elsewhere - set(listed)
        assert set(listed) == callables, name


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("GELU", "activations.GELU"),
        ("HodgkinHuxley", "cells.HodgkinHuxley"),
        ("Oja", "plasticity.Oja"),
        ("TargetRate", "homeostasis.TargetRate"),
        ("Compiled", "engines.Compiled"),
        ("motifs", "inhibition.motifs"),
        ("poisson", "stimulus.poisson"),
        ("plot_raster", "plots.plot_raster"),
        ("gini", "metrics.gini"),
    ],
)
def test_a_name_that_lives_elsewhere_is_told_its_home(name, home):
    with pytest.raises(AttributeError, match=rf"no attribute '{name}'; it is ns\.{home}$"):
        getattr(ns, name)


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(AttributeError, match=r"no attribute 'gelu'; did you mean 'activations.GELU'\?"):
        _ = ns.gelu
    with pytest.raises(AttributeError, match=r"no attribute 'simulat'; did you mean 'simulate'\?"):
        _ = ns.simulat

"""The rules of the house that no linter knows: units and sources, silence on import, size of files, open folders."""

import ast
import dataclasses
import importlib
import inspect
import json
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import neurosim
from neurosim import registry
from neurosim.lab.question_files import questions
from neurosim.params import Params

ROOT = Path(__file__).parents[2]
PACKAGE = sorted((ROOT / "neurosim").rglob("*.py"))
EXPERIMENTS = [*questions(ROOT / "experiments"), *sorted((ROOT / "experiments").glob("*/_[a-z]*.py"))]
MODULES = sorted(
    info.name for info in pkgutil.walk_packages(neurosim.__path__, "neurosim.") if not info.name.endswith("__main__")
)
# folder -> what the docstring of each of its final classes must hold besides its first line
FAMILIES = {
    "activations": {"Equation", "Source"},
    "cells": {"Equation", "Source"},
    # A numerical method is given by its equations and by the units of its tolerances.
    "engines": {"Equation", "Units"},
    "homeostasis": {"Equation", "Source"},
    "plasticity": {"Equation", "Source"},
}

LONGEST_FILE, LONGEST_FUNCTION = 400, 80
LONG_FILES: dict[str, str] = {}
"""Files of the package above the limit, with the reason. An experiment is one file by design and has no limit."""


def relative(path):
    return path.relative_to(ROOT).as_posix()


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(path):
    """Every module that a file imports, anywhere in it, by statement or by importlib.import_module("name")."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
            found |= {f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            found |= {part.value for part in node.args[:1] if isinstance(part, ast.Constant)}
    return found


def final_classes(folder):
    package = f"neurosim.{folder}"
    bases = importlib.import_module(f"{package}.base")
    base = next(
        member
        for member in vars(bases).values()
        if inspect.isclass(member) and member.__module__ == bases.__name__ and inspect.isabstract(member)
    )
    return registry.discover(package, base)


FOLDERS = [folder for folder in FAMILIES if (ROOT / "neurosim" / folder).is_dir()]
CLASSES = [
    pytest.param(cls, needed, id=f"{folder}.{name}")
    for folder, needed in FAMILIES.items()
    if folder in FOLDERS
    for name, cls in final_classes(folder).items()
]


def parameter_sets():
    """Every Params class of the package, abstract ones and those of the laboratory included."""
    for module in map(importlib.import_module, MODULES):
        for cls in vars(module).values():
            if inspect.isclass(cls) and issubclass(cls, Params) and cls.__module__ == module.__name__:
                yield cls


def test_families_are_found():
    assert {"activations", "cells", "engines"} <= set(FOLDERS)
    assert len(CLASSES) > 30  # 22 activations, 9 cells and 3 engines when this was written


@pytest.mark.parametrize("cls", list(parameter_sets()), ids=lambda cls: cls.__qualname__)
def test_every_parameter_has_a_unit_and_a_meaning(cls):
    for field in dataclasses.fields(cls):
        info = field.metadata.get("info")
        assert info is not None, f"{cls.__name__}.{field.name}: declare it with param(), so that it has unit and doc"
        assert info.unit, f"{cls.__name__}.{field.name} has no unit"
        assert len(info.doc.split()) >= 2, f"{cls.__name__}.{field.name}: {info.doc!r} says nothing"
        assert info.doc == info.doc.strip().rstrip("."), f"{cls.__name__}.{field.name}: docs are phrases without a stop"


@pytest.mark.parametrize(("cls", "needed"), CLASSES)
def test_final_classes_say_their_equation_and_source(cls, needed):
    # inspect.getdoc would inherit the docstring of the base
    lines = inspect.cleandoc(cls.__doc__ or "").splitlines()
    assert lines
    assert lines[0].endswith("."), f"{cls.__name__}: the docstring begins with one sentence on one line"
    for section in needed:
        assert section in lines, f"{cls.__name__}: its docstring has no section {section}"
        text = lines[lines.index(section) + 1 :]
        assert text[:1], f"{cls.__name__}: nothing stands under {section}"
        assert text[0].startswith("    "), f"{cls.__name__}: nothing stands under {section}"


@pytest.mark.parametrize("cls", [part.values[0] for part in CLASSES if "Source" in part.values[1]])
def test_sources_name_a_year(cls):
    source = inspect.cleandoc(cls.__doc__).partition("\nSource\n")[2]
    # Where a curve follows in two lines from another one, the source says so instead.
    assert re.search(r"\b(1[6-9]|20)\d\d\b", source), f"{cls.__name__}: the source has no year"


@pytest.mark.parametrize("name", ["neurosim", *MODULES])
def test_public_names_have_docstrings(name):
    module = importlib.import_module(name)
    assert (module.__doc__ or "").strip(), f"{name} has no docstring"
    for label, member in vars(module).items():
        if label.startswith("_") or getattr(member, "__module__", None) != name:
            continue
        if inspect.isfunction(member):
            assert inspect.getdoc(member), f"{name}.{label} has no docstring"
        elif inspect.isclass(member):
            # a dataclass without a docstring is given its signature as one
            text = member.__doc__ or ""
            assert text.strip(), f"{name}.{label} has no docstring"
            assert not text.startswith(f"{label}("), f"{name}.{label} has no docstring"
            if getattr(member, "_is_protocol", False):
                continue  # attributes that others must have; the class says which
            for method, value in vars(member).items():
                function = getattr(value, "__func__", getattr(value, "fget", value))
                if inspect.isfunction(function) and not method.startswith("_"):
                    # a method that overrides a documented one may stay silent: getdoc then finds that docstring
                    text = inspect.getdoc(getattr(member, method))
                    assert text, f"{name}.{label}.{method} has no docstring"


PROBE = """
import json, logging, random, signal, sys, threading, warnings

class Opened(list):
    def __call__(self, event, args):
        if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
            self.append(str(args[0]))
        elif event in ("socket.connect", "subprocess.Popen", "os.system"):
            self.append(event)

import numpy as np
opened = Opened()
sys.addaudithook(opened)

def state():
    mpl = sys.modules.get("matplotlib")
    return repr((
        np.random.get_state(legacy=False), np.geterr(), np.get_printoptions(), random.getstate(),
        warnings.filters, sys.excepthook, sys.path, threading.active_count(), logging.root.handlers,
        logging.root.level, {s: signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)},
    )), (dict(mpl.rcParams) if mpl else None)

def heavy_ones(names):
    return sorted(name for name in names if name.split(".")[0] in HEAVY or name in HEAVY)

result = {}
if "matplotlib" in sys.argv:
    import matplotlib
HEAVY = set(json.loads(sys.argv[1]))
before = state()
for name in json.loads(sys.argv[2]):
    known = set(sys.modules)
    __import__(name)
    result[name] = heavy_ones(set(sys.modules) - known)
after = state()
print(json.dumps({"heavy": result, "unchanged": [a == b for a, b in zip(before, after)], "opened": opened}))
"""
HEAVY = ["brian2", "sklearn", "matplotlib.pyplot", "numba", "pandas", "tyro", "jinja2", "scipy.sparse", "tqdm", "neo"]
PLOTS = [name for name in MODULES if name.startswith("neurosim.plots")]
# What the compiled engine imports in its first run.
MACHINE_CODE = [name for name in MODULES if name.startswith("neurosim.engines.compiled.machine_code.")]


def probe(heavy, modules, *flags):
    """Import modules in a fresh interpreter; what each loads of `heavy`, and whether global state is unchanged."""
    # -B: nothing is written, so any file that is opened for writing is the module's own doing
    command = [sys.executable, "-B", "-W", "error", "-c", PROBE, json.dumps(heavy), json.dumps(modules), *flags]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1, f"something is printed on import: {done.stdout}"
    return json.loads(done.stdout)


def test_importing_the_package_is_light_and_leaves_no_trace():
    found = probe([*HEAVY, "scipy", "matplotlib"], ["neurosim", *(m for m in MODULES if m not in PLOTS + MACHINE_CODE)])
    assert {name: loaded for name, loaded in found["heavy"].items() if loaded} == {}
    assert found["unchanged"] == [True, True]
    assert found["opened"] == []


def test_importing_the_plots_leaves_matplotlib_as_it_was():
    found = probe([name for name in HEAVY if name != "scipy.sparse"], PLOTS, "matplotlib")
    assert {name: loaded for name, loaded in found["heavy"].items() if loaded} == {}
    assert set(found["heavy"]) == set(PLOTS)
    assert found["unchanged"] == [True, True]
    assert found["opened"] == []


def test_the_probe_sees_what_it_looks_for(tmp_path):
    (tmp_path / "loud.py").write_text(
        "import signal, warnings, numpy.random, tqdm\nnumpy.random.seed(3)\nopen(__file__ + '.txt', 'w').close()\n"
    )
    command = [sys.executable, "-B", "-c", PROBE, json.dumps(["tqdm"]), json.dumps(["loud"])]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert "tqdm" in found["heavy"]["loud"]
    assert found["unchanged"][0] is False
    assert found["opened"] == [str(tmp_path / "loud.py.txt")]


def test_brian2_is_imported_in_one_place_only():
    users = {relative(path) for path in [*PACKAGE, *EXPERIMENTS] if any(_below(m, "brian2") for m in imported(path))}
    assert users == {"neurosim/engines/brian/engine.py"}


def test_numba_is_imported_by_the_compiled_engine_only():
    users = {relative(path) for path in [*PACKAGE, *EXPERIMENTS] if any(_below(m, "numba") for m in imported(path))}
    assert users
    assert all(user.startswith("neurosim/engines/compiled/") for user in users)


def _below(module, package):
    return module == package or module.startswith(package + ".")


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_questions_do_not_import_each_other(path):
    """What questions share stands in files with an underscore; the digest of a question's code counts those."""
    others = {m for m in imported(path) if m.startswith(".") or _below(m, "experiments")}
    others = {m for m in others if len(parts := m.split(".")) > 2 and not any(p.startswith("_") for p in parts[1:3])}
    assert not others, f"{path.name} imports {sorted(others)}: what two questions share belongs into a file _<topic>.py"


def test_no_module_is_a_drawer():
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "core", "shared"}
    parts = {
        part.lstrip("_") for path in [*PACKAGE, *EXPERIMENTS] for part in Path(relative(path)).with_suffix("").parts
    }
    assert not parts & drawers


def test_files_fit_a_head():
    lengths = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE}
    long = {name for name, length in lengths.items() if length > LONGEST_FILE}
    assert long == set(LONG_FILES), "files above the limit and the list of exceptions differ"


@pytest.mark.parametrize("path", [*PACKAGE, *EXPERIMENTS], ids=relative)
def test_functions_fit_a_screen(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{relative(path)}: {node.name} has {length} lines"


def test_makefile_has_every_target_that_the_texts_name():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"(?:`|^)make ([a-z][\w-]*)", text, re.MULTILINE))
        assert named <= targets, f"{page.name} names {sorted(named - targets)}"
        assert named or page.name != "README.md"


def tracked():
    """Every file of the repository, those not yet added included."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no git checkout: which files belong to the repository is not known")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


# Written so that this file does not match itself.
PLACES = [
    r"/(?:home|Users)/[a-z]",
    r"(?<![\w.])/root(?:/|$)",
    r"(?<![\w.])/work(?:/|$)",
    r"[A-Z]:\\Users\\",
    r"file:/{3}",
]
HOSTS = ["pypi", "pythonhosted", "anaconda", "npmjs", "crates"]
FOREIGN = re.compile("|".join([*PLACES, *(rf"\b{host}\.(?:org|com|io)\b" for host in HOSTS)]), re.MULTILINE)


def test_nothing_names_a_machine_or_a_registry():
    assert FOREIGN.search("see /ho" + "me/someone/x")
    assert FOREIGN.search("https://py" + "pi.org/simple")
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        found = FOREIGN.search(text)
        assert not found, f"{relative(path)} names {found[0]!r}"


def test_no_left_overs_in_the_code():
    # Assembled for the same reason.
    words = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + r"CK\b", r"breakpoint\(\)"]))
    for path in [*PACKAGE, *EXPERIMENTS, *sorted((ROOT / "tests").rglob("*.py"))]:
        found = words.search(path.read_text(encoding="utf-8"))
        assert not found, f"{relative(path)} holds {found[0]!r}"

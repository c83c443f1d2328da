"""The registry: folders are open, unknown names are answered with the nearest one."""

import importlib
import inspect
import subprocess
import sys
from abc import ABC
from dataclasses import dataclass

import pytest

import neurosim
import neurosim.activations as activations
import neurosim.cells as cells
import neurosim.engines as engines
from neurosim import homeostasis, inhibition, plasticity, registry
from neurosim.params import ParameterError, param
from neurosim.registry import UnknownNameError, discover, from_dict, lookup


def test_families_find_their_final_classes():
    assert "ReLU" in activations.known()
    assert {"LIF", "Unit", "LeakyRate"} <= set(cells.known())
    assert {"static", "rate", "brian"} <= set(engines.known())
    assert "Activation" not in activations.known()


def test_a_class_is_reached_by_attribute_and_an_unknown_one_gets_a_hint():
    assert activations.ReLU is activations.known()["ReLU"]
    with pytest.raises(AttributeError, match="did you mean 'ReLU'"):
        _ = activations.Relu
    assert engines.Compiled.name == "compiled"
    with pytest.raises(AttributeError, match="did you mean 'Compiled'"):
        _ = engines.compile


def test_a_new_file_in_a_folder_is_found_without_editing_another(tmp_path, monkeypatch):
    package = tmp_path / "newcomer_family"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "mine.py").write_text(
        "from dataclasses import dataclass\n"
        "from neurosim.activations.relu import ReLU\n"
        "@dataclass(frozen=True, kw_only=True)\n"
        "class Mine(ReLU):\n    '''Equation: r = max(0, drive)'''\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    assert list(discover("newcomer_family", activations.Activation)) == ["Mine"]
    sys.modules.pop("newcomer_family.mine")
    sys.modules.pop("newcomer_family")


def test_lookup_offers_the_nearest_name():
    with pytest.raises(UnknownNameError, match=r"no engine is named 'brain'; did you mean 'brian'\?"):
        lookup("engine", "brain", engines.known())


@pytest.mark.parametrize(
    "name",
    [
        "os:system",
        "neurosim.nothing:Here",
        "neurosim.circuits.circuit:Circuit",
        "neurosim.cells.base:SpikingCell",
        "",
        ":",
        "LIF",
    ],
)
def test_a_saved_class_must_be_a_parameter_set(name):
    with pytest.raises(UnknownNameError, match="no parameter set"):
        from_dict({"class": name})


@pytest.mark.parametrize("values", [{}, {"class": None}, {"class": ["neurosim.cells.lif:LIF"]}, [], "LIF", None])
def test_a_saved_parameter_set_names_its_class(values):
    with pytest.raises(ParameterError, match="expected a saved parameter set with the name of its class"):
        from_dict(values)


@pytest.mark.parametrize(
    "name",
    ["evil:Evil", "neurosim.evil:Evil", "neurosim.cells.evil:Evil", "neurosim.cells...evil:Evil", "evil.evil:Evil",
     "neurosim.lab.__main__:Evil", "neurosim.cells.lif.evil:Evil", "scipy:signal"],
)  # fmt: skip
def test_to_look_for_a_saved_class_imports_nothing_foreign(tmp_path, monkeypatch, name):
    (tmp_path / "evil.py").write_text("raise SystemExit('the file was run')\n")
    (tmp_path / "neurosim").mkdir()
    (tmp_path / "neurosim" / "evil.py").write_text("raise SystemExit('the file was run')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    with pytest.raises(UnknownNameError, match=r"no parameter set .*a file imports nothing by itself"):
        from_dict({"class": name})
    assert set(sys.modules) == before


def test_classes_of_the_package_are_found_before_anybody_imported_them():
    code = """if True:
        import sys
        from neurosim.registry import from_dict
        assert "neurosim.cells.lif" not in sys.modules
        print(from_dict({"class": "neurosim.cells.lif:LIF", "tau_m": 0.01}).tau_m)
        print(from_dict({"class": "neurosim.schedule:Schedule", "duration": 2.0}).duration)"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["0.01", "2.0"]


def test_the_last_definition_of_a_class_of_ones_own_is_taken():
    """As in a notebook, whose cells are run again."""

    def define(gain):
        @dataclass(frozen=True, kw_only=True)
        class Own(activations.ReLU):
            scale: float = param(gain, doc="scale")

        return Own

    first, second = define(1.0), define(2.0)
    own = from_dict(second(scale=3.0).as_dict())
    assert type(own) is second is not first
    assert own.scale == 3.0


@pytest.mark.parametrize(("name", "near"), [("Lif", "LIF"), ("laterall", "lateral"), ("Projektion", "Projection")])
def test_a_public_name_that_is_not_there_is_answered_with_the_nearest(name, near):
    with pytest.raises(AttributeError, match=rf"no attribute '{name}'; did you mean '{near}'\? it offers "):
        getattr(neurosim, name)


HALF = '''
from abc import ABC
from dataclasses import dataclass

from neurosim.activations.base import Activation, Shaped, SpikingEquivalent


@dataclass(frozen=True, kw_only=True)
class Base(Activation, ABC):
    """Only a base."""


@dataclass(frozen=True, kw_only=True)
class NoSlope(Shaped):
    """Half of one."""

    spiking = SpikingEquivalent("none", "a test")

    def shape(self, z):
        return z

    def shape_range(self):
        return 0.0, 1.0


@dataclass(frozen=True, kw_only=True)
class NoEquivalent(NoSlope):
    """The other half: a class variable is missing."""

    def slope(self, z):
        return 1.0 + 0.0 * z


del NoEquivalent.__mro__[1].spiking
'''


@pytest.fixture
def half(tmp_path, monkeypatch):
    """A further file of the activations, whose classes lack a member."""
    (tmp_path / "half_written.py").write_text(HALF)
    monkeypatch.setattr(activations, "__path__", [*activations.__path__, str(tmp_path)])
    registry._found.cache_clear()
    yield
    registry._found.cache_clear()
    sys.modules.pop("neurosim.activations.half_written", None)
    vars(activations).pop("half_written", None)


def test_a_class_that_lacks_a_member_is_refused_by_name(half):
    for ask in (activations.known, lambda: dir(activations), lambda: activations.__all__):
        with pytest.raises(registry.IncompleteClassError, match=r"half_written: NoSlope lacks slope, spiking, exp"):
            ask()
    with pytest.raises(AttributeError, match=r"half_written: NoSlope lacks slope, spiking"):
        _ = activations.NoSlope


def test_a_class_that_lacks_a_class_variable_too(half):
    with pytest.raises(AttributeError, match=r"half_written: NoEquivalent lacks spiking, expected in every class"):
        _ = activations.NoEquivalent


def test_whole_classes_beside_it_are_still_had(half):
    assert activations.GELU().range[0] < 0
    with pytest.raises(AttributeError, match=r"no class in .* is named 'Base'"):
        _ = activations.Base  # a base says so by ABC among its own bases


def test_every_family_has_bases_that_say_so():
    for family in (activations, cells, engines, homeostasis, plasticity):
        base = sys.modules[f"{family.__name__}.base"]
        own = [m for m in vars(base).values() if isinstance(m, type) and m.__module__ == base.__name__]
        assert [m for m in own if inspect.isabstract(m) and ABC not in m.__bases__] == []
        assert family.known()


def test_a_motif_says_what_it_returns(tmp_path, monkeypatch):
    (tmp_path / "silent.py").write_text("def silent(population, strength):\n    return None\n")
    monkeypatch.setattr(inhibition, "__path__", [*inhibition.__path__, str(tmp_path)])
    inhibition.motifs.cache_clear()
    try:
        with pytest.raises(registry.IncompleteClassError, match=r"silent\(\) does not say what it returns"):
            inhibition.motifs()
    finally:
        inhibition.motifs.cache_clear()
        sys.modules.pop("neurosim.inhibition.silent", None)

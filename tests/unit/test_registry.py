"""The registry: folders are open, unknown names are answered with the nearest one."""

import importlib
import sys

import pytest

import neurosim
import neurosim.activations as activations
import neurosim.cells as cells
import neurosim.engines as engines
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


@pytest.mark.parametrize("name", ["os:system", "neurosim.nothing:Here", "neurosim.circuit:Circuit"])
def test_a_saved_class_must_be_a_parameter_set(name):
    with pytest.raises(UnknownNameError, match="no parameter set"):
        from_dict({"class": name})


@pytest.mark.parametrize(("name", "near"), [("Lif", "LIF"), ("laterall", "lateral"), ("Projektion", "Projection")])
def test_a_public_name_that_is_not_there_is_answered_with_the_nearest(name, near):
    with pytest.raises(AttributeError, match=rf"no attribute '{name}'; did you mean '{near}'\? it offers "):
        getattr(neurosim, name)

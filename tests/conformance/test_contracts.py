"""`check_component`: every check sees the one class that breaks it, and says so in one message."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

import neurosim as ns
from neurosim import activations, cells, engines, homeostasis, inhibition, plasticity
from neurosim.activations.base import Activation, SpikingEquivalent
from neurosim.contracts import BrokenContractError
from neurosim.contracts.component import checks_for
from neurosim.contracts.motif import Motif
from neurosim.params import DimensionError, ParameterError, param

FAMILIES = (activations, cells, plasticity, homeostasis, engines)
PARTS = {cls.__name__: cls for family in FAMILIES for cls in family.known().values()}


@dataclass(frozen=True, kw_only=True)
class Ramp(Activation):
    """A rectifier of its own, right in everything.

    Equation
        r = gain * max(0, drive)
    Shapes
        any, elementwise
    Source
        Made up for a test (2024).
    """

    gain: float = param(1.0, unit="Hz", doc="slope above threshold", above=0)
    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent("approximate", "a neuron rises like it near its threshold")
    kink: ClassVar[str] = "at 0, where the slope from above is returned"

    @property
    def range(self):
        return 0.0, np.inf

    def slope_range(self, units=1):
        return 0.0, self.gain

    def _value(self, drive):
        return self.gain * np.maximum(drive, 0.0)

    def _derivative(self, drive):
        return np.where(np.isnan(drive), np.nan, self.gain * (drive >= 0.0))


def in_place(self, drive):
    drive[drive < 0.0] = 0.0
    return self.gain * drive


def growing(self, drive):
    object.__setattr__(self, "calls", getattr(self, "calls", 0) + 1)
    return self.gain * np.maximum(drive, 0.0) * (1.0 + 1e-9 * self.calls)


BROKEN = {
    "the_derivative_is_the_slope": {"_derivative": lambda self, drive: 1.1 * self.gain * (drive >= 0.0)},
    "a_jump_is_documented": {"kink": ""},
    "the_range_holds_every_value": {"range": property(lambda self: (0.0, 5.0))},
    "the_bounds_on_the_slope_hold": {"slope_range": lambda self, units=1: (0.0, 0.5 * self.gain)},
    "a_missing_drive_stays_missing": {"_value": lambda self, drive: self.gain * np.fmax(drive, 0.0)},
    "read_only_drives_are_taken_and_nothing_is_changed": {"_value": in_place},
    "the_result_is_its_own_array": {"_value": lambda self, drive: drive},
    "it_repeats_itself": {"_value": growing},
    "trials_keep_their_shape": {"_value": lambda self, drive: self.gain * np.maximum(drive, 0.0).ravel()},
    "the_type_is_float64": {"_value": lambda self, drive: (self.gain * np.maximum(drive, 0.0)).astype(np.float32)},
    "the_pullback_is_the_transposed_derivative": {"_pullback": lambda self, drive, cotangent: cotangent},
    "every_number_has_an_effect": {"_value": lambda self, drive: np.maximum(drive, 0.0), "_derivative": np.heaviside},
    "it_says_what_a_neuron_makes_of_it": {"spiking": SpikingEquivalent("exact", "so")},
    "its_docstring_has_an_equation": {"__doc__": "One line."},
    "its_docstring_says_shapes_and_source": {"__doc__": "One.\n\nEquation\n    r\nShapes\n    any\nSource\n    nobody"},
    "it_survives_pickle": {"__reduce__": lambda self: (Ramp, ())},
    "its_text_form_names_class_and_parameters": {"__repr__": lambda self: "Ramp"},
}


def test_a_class_that_is_right_passes():
    checks = ns.check_component(Ramp, gain=3.0)
    assert {check.outcome for check in checks} == {"holds", "does not apply"}
    assert len(checks) >= 40


@pytest.mark.parametrize("name", BROKEN)
def test_a_class_that_breaks_one_promise_is_told_which(name):
    members = {"__doc__": Ramp.__doc__, "__module__": __name__, **BROKEN[name]}
    broken = dataclass(frozen=True, kw_only=True)(type("Broken", (Ramp,), members))
    if "_derivative" in members and name == "every_number_has_an_effect":
        broken._derivative = lambda self, drive: np.where(np.isnan(drive), np.nan, 1.0 * (drive >= 0.0))
    failed = {
        check.name: check.problem for check in ns.check_component(broken, raises=False) if check.outcome == "fails"
    }
    assert failed[name]
    with pytest.raises(BrokenContractError, match=rf"^Broken: \d+ of \d+ checks fail: .*{name} \(") as error:
        ns.check_component(broken)
    assert "\n" not in str(error.value)


def test_a_motif_that_breaks_its_promises_is_told_which():
    def eager(population, strength, *, name="eager", delay=0.0) -> ns.Projection:
        return ns.Projection(name, population.name, population.name, np.full((6, 6), strength), sign=-1)

    failed = {check.name for check in ns.check_component(eager, raises=False) if check.outcome == "fails"}
    assert {
        "no_unit_inhibits_itself",
        "its_delay_is_that_of_a_projection",
        "what_is_no_population_is_refused",
    } <= failed
    assert {"every_argument_has_a_type", "its_docstring_has_an_equation"} <= failed
    assert "weights_are_proportional_to_the_strength" not in failed


@pytest.mark.parametrize("name", PARTS)
def test_every_family_has_at_least_25_checks_that_apply_to_it(name):
    checks = checks_for(PARTS[name]())
    assert len(checks) == len({check.__name__ for check in checks}) >= 25
    assert all((check.__doc__ or "").strip().endswith(".") for check in checks)


def test_motifs_have_as_many():
    assert all(len(checks_for(Motif(motif))) >= 25 for motif in inhibition.motifs().values())


@pytest.mark.parametrize("name", PARTS)
def test_a_quantity_of_the_wrong_dimension_is_refused(name):
    from brian2 import kelvin

    cls = PARTS[name]
    for field in cls.info():
        if isinstance(getattr(cls(), field), float):
            with pytest.raises(DimensionError, match=rf"^{name}\.{field}: .*expected a "):
                cls(**{field: 300 * kelvin})


def test_what_is_no_component_is_refused():
    with pytest.raises(
        DimensionError, match=r"^check_component: component: got .*expected an activation, cell, rule, homeostasis"
    ):
        ns.check_component(ns.Circuit)
    with pytest.raises(ParameterError):
        ns.check_component(Ramp, gain=-1.0)

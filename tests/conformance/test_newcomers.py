"""A newcomer's activation, cell, homeostasis and motif: one file in the folder, nothing else touched, nor a test."""

import subprocess
import sys
from pathlib import Path

import pytest

ACTIVATION = '''"""Mish: smooth, and it dips below zero before it rises."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import SmoothShaped, SpikingEquivalent
from neurosim.params import Array


@dataclass(frozen=True, kw_only=True)
class Mish(SmoothShaped):
    """A smooth curve that dips.

    Equation
        r = gain * z tanh(ln(1 + exp(z))),  z = (drive - threshold)/width
    Shapes
        any, elementwise
    Source
        Misra, arXiv:1908.08681 (2019).
    """

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent("none", "its activity is negative below threshold")

    def shape(self, z: Array) -> Array:
        return z * np.tanh(_softplus(z))

    def slope(self, z: Array) -> Array:
        t = np.tanh(_softplus(z))
        return t + z * (1.0 - t**2) * np.exp(-_softplus(-z))

    def shape_range(self) -> tuple[float, float]:
        return -0.31, np.inf


def _softplus(z: Array) -> Array:
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))
'''
CELL = '''"""A leaky neuron that is reset below rest."""

from dataclasses import dataclass

from neurosim.activations.base import Activation
from neurosim.activations.lif_curve import LIFCurve
from neurosim.cells.base import IntegrateAndFire


@dataclass(frozen=True, kw_only=True)
class Newcomer(IntegrateAndFire):
    """A leaky integrate-and-fire neuron of its own.

    Equation
        dv/dt = (drive - v)/tau_m
    Units
        v and drive 1, time s
    Source
        Stein, Biophys J 5 (1965).
    """

    @property
    def equations(self) -> str:
        return f"dv/dt = (drive - v)/tau_m : 1{self.clamp}"

    @property
    def transfer(self) -> Activation:
        return LIFCurve(tau_m=self.tau_m, t_ref=self.t_ref, v_reset=self.v_reset)
'''
HOMEOSTASIS = '''"""Thresholds that fall by themselves."""

from dataclasses import dataclass

import numpy as np

from neurosim.homeostasis.base import Homeostasis, State
from neurosim.params import Array, param


@dataclass(frozen=True, kw_only=True)
class Relief(Homeostasis):
    """The threshold of every unit falls a little with each presentation, less where the unit is active.

    Equation
        d bias_i = rate / (1 + <y_i>)
    Units
        bias and rate 1, y 1
    Source
        Made up for a test (2024).
    """

    rate: float = param(0.01, doc="fall of the threshold of a silent unit", low=0)

    @property
    def acts_on(self):
        return "bias"

    def bias_change(self, post: Array, state: State | None = None) -> Array:
        return self.rate / (1.0 + self._activity(post).mean(axis=0))
'''
MOTIF = '''"""Everybody inhibits everybody, twice as much as asked for."""

from typing import Any

from neurosim.circuits.circuit import Projection
from neurosim.inhibition.checks import population_of
from neurosim.inhibition.subtractive import lateral


def doubled(population: Any, strength: Any, *, name: str = "doubled", delay: Any = 0.0) -> Projection:
    """Uniform inhibition.

    Equation
        drive_i -= strength * sum_(j != i) r_j
    Fixed point
        as for lateral
    Rungs
        as for lateral
    Units
        strength s
    Source
        Hartline & Ratliff, J Gen Physiol 40 (1957).
    """
    return lateral(population_of(population, "doubled"), strength, name=name, delay=delay)
'''
FAMILIES = {
    "activations": (ACTIVATION, "Mish", "test_activation_conformance.py"),
    "cells": (CELL, "Newcomer", "test_cell_conformance.py"),
    "homeostasis": (HOMEOSTASIS, "Relief", "test_homeostasis_conformance.py"),
    "inhibition": (MOTIF, "doubled", "test_motif_conformance.py"),
}


@pytest.mark.parametrize(
    "family",
    [pytest.param(name, marks=[pytest.mark.long] * (name in ("homeostasis", "inhibition"))) for name in FAMILIES],
)
def test_a_newcomer_is_found_and_passes_the_conformance_tests(family, tmp_path):
    text, name, file = FAMILIES[family]
    (tmp_path / f"{name.lower()}_of_a_newcomer.py").write_text(text)
    options = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-k", name, str(Path(__file__).with_name(file))]
    code = (
        f"import sys, pytest, neurosim, neurosim.{family} as family\n"
        f"family.__path__.append({str(tmp_path)!r})\n"
        f"assert {name!r} in dir(family)\n"
        f"assert len(neurosim.check_component(family.{name})) >= 25\n"
        f"sys.exit(pytest.main({options!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    # The conformance tests have found it too: nobody wrote a line for it.
    assert done.stdout.count(".") >= 1

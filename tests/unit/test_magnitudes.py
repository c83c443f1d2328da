"""Values that are probably in the wrong unit: one warning, with the value that was probably meant."""

import warnings

import numpy as np
import pytest
from brian2 import second

from neurosim import cells, magnitudes
from neurosim.circuits.parts import Projection
from neurosim.magnitudes import MagnitudeWarning, shown
from neurosim.schedule import Schedule


@pytest.fixture(autouse=True)
def nothing_told_yet(monkeypatch):
    monkeypatch.setattr(magnitudes, "_told", set())


CASES = [
    (
        lambda: cells.LIF(tau_m=20),
        r"^LIF.tau_m: got 20 s; usual \(membrane time constant\) is 100 us to 1 s: 20 ms",
    ),
    (lambda: cells.LIF(t_ref=2), r"^LIF.t_ref: got 2 s; .*: 2 ms was probably meant \(0.002\)"),
    (lambda: cells.LIF(tau_m=[0.02, 15, 0.01]), r"^LIF.tau_m: got 15 s; .*: 15 ms was probably meant"),
    (lambda: cells.Biophysics(g_L=10), r"^Biophysics.g_L: got 10 S; .*: 10 nS was probably meant"),
    (lambda: cells.Biophysics(C=200), r"^Biophysics.C: got 200 F; .*: 200 pF was probably meant"),
    (lambda: cells.Biophysics(E_L=-70), r"^Biophysics.E_L: got -70 V; .*: -70 mV was probably meant \(-0.07\)"),
    (lambda: cells.Izhikevich(a=0.02), r"^Izhikevich.a: got 0.02 1/s; .*: 20 1/s was probably meant"),
    (lambda: Schedule(duration=350.0), r"^Schedule.duration: got 350 s; .*: 350 ms was probably meant \(0.35\)"),
    (lambda: Schedule(duration=10.0, dt=0.1), r"^Schedule.dt: got 0.1 s; .*: 100 us was probably meant"),
    (lambda: Projection("a", "x", "p", [[1.0]], tau=20), r"^Projection.tau: got 20 s; .*: 20 ms was probably meant"),
    (
        lambda: Projection("a", "x", "p", [[1.0]], delay=15),
        r"^Projection.delay: got 15 s; .*: 15 ms was probably",
    ),
]


@pytest.mark.parametrize(("make", "message"), CASES)
def test_it_is_said_once_and_at_the_place_of_the_call(make, message):
    with pytest.warns(MagnitudeWarning, match=message) as caught:
        make()
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make()


def test_a_quantity_carries_its_unit():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cells.LIF(tau_m=20 * second).tau_m == 20.0
        assert cells.LIF(tau_m=np.array([20.0, 30.0]) * second).units == 2


def test_what_no_unit_explains_passes_in_silence():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cells.LIF(tau_m=1e-20)
        cells.LIF(t_ref=0.0)


def test_all_three_physical_scales_of_the_usual_slip_are_named():
    with pytest.warns(MagnitudeWarning) as caught:
        cells.LIF.from_biophysics(C=200, g_L=10, E_L=-70, V_th=-50, V_reset=-60)
    named = {str(one.message).partition(":")[0] for one in caught}
    assert {"Biophysics.C", "Biophysics.g_L", "Biophysics.E_L", "Biophysics.V_th", "LIF.tau_m"} <= named


@pytest.mark.parametrize(("value", "unit", "text"), [
    (0.02, "s", "20 ms"), (2e-10, "F", "200 pF"), (1.0, "s", "1 s"), (-0.07, "V", "-70 mV"), (20.0, "1/s", "20 1/s"),
])  # fmt: skip
def test_values_have_the_prefix_that_reads_best(value, unit, text):
    assert shown(value, unit) == text

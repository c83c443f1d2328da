"""The cells one by one: their text, their checks and the way to physical units and back."""

import dataclasses
import json
import pickle

import numpy as np
import pytest
from brian2 import Hz, amp, cm, ms, mV, nS, pA, pF, uF, volt

from neurosim import cells
from neurosim.activations.lif_curve import LIFCurve
from neurosim.activations.perfect_if_curve import PerfectIFCurve
from neurosim.activations.relu import ReLU
from neurosim.activations.siegert import Siegert
from neurosim.cells.biophysics import Biophysics
from neurosim.circuits.circuit import Circuit, Population
from neurosim.params import DimensionError, ParameterError
from neurosim.registry import from_dict
from neurosim.schedule import Schedule
from neurosim.simulate import simulate

PHYSICAL = {"C": 200 * pF, "g_L": 10 * nS, "E_L": -70 * mV, "V_th": -50 * mV}
SI = {"C": 200e-12, "g_L": 10e-9, "E_L": -70e-3, "V_th": -50e-3}


# Physical units -------------------------------------------------------------------------------------------------------


def test_biophysics_takes_quantities_and_numbers_alike():
    scales = Biophysics(**PHYSICAL)
    for name, value in SI.items():
        assert getattr(scales, name) == pytest.approx(value)
    assert scales.tau_m == pytest.approx(20e-3)
    assert scales.rheobase == pytest.approx(200e-12)  # 10 nS * 20 mV
    assert scales.drive(300 * pA) == pytest.approx(1.5)
    assert scales.drive(np.array([100e-12, 400e-12])) == pytest.approx([0.5, 2.0])
    assert scales.dimensionless_voltage(-60 * mV) == pytest.approx(0.5)
    assert scales.dimensionless_spread(6 * mV) == pytest.approx(0.3)


def test_biophysics_there_and_back():
    scales = Biophysics(**PHYSICAL)
    drive, v = np.array([-1.0, 0.0, 1.0, 2.5]), np.array([-0.5, 0.0, 1.0])
    np.testing.assert_allclose(scales.drive(scales.current(drive)), drive)
    np.testing.assert_allclose([scales.dimensionless_voltage(V) for V in scales.voltage(v)], v, atol=1e-15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Biophysics(C=200 * mV), r"Biophysics\.C: got .* expected a quantity in F"),
        (lambda: Biophysics(g_L=10 * pF), r"Biophysics\.g_L: got .* expected a quantity in S"),
        (lambda: Biophysics(V_th=20 * ms), r"Biophysics\.V_th: got .* expected a quantity in V"),
        (lambda: Biophysics().drive(3 * mV), r"Biophysics\.drive: current: got .* expected a quantity in A"),
        (lambda: Biophysics().dimensionless_voltage(3 * pA), r"V: got .* expected a quantity in V"),
        (lambda: cells.LIF.from_biophysics(**PHYSICAL, V_reset=-60 * mV, t_ref=2 * mV), r"LIF\.t_ref: .* in s"),
        (lambda: cells.LIF(tau_m=10 * mV), r"LIF\.tau_m: got .* expected a quantity in s"),
        (lambda: cells.Izhikevich(a=20 * ms), r"Izhikevich\.a: got .* expected a quantity in 1/s"),
        (lambda: cells.HodgkinHuxley(C_m=1 * uF), r"HodgkinHuxley\.C_m: got .* expected a quantity in F/m\^2"),
        (
            lambda: cells.ConductanceLIF.from_biophysics(
                **PHYSICAL, V_reset=-60 * mV, E_exc=0 * volt, E_inh=-75 * mV, g_tonic=5 * pF
            ),
            r"ConductanceLIF\.from_biophysics: g_tonic: got .* expected a quantity in S",
        ),
    ],
)
def test_a_quantity_of_the_wrong_dimension_is_named(call, message):
    with pytest.raises(DimensionError, match=message):
        call()


@pytest.mark.parametrize("scales", [PHYSICAL, SI])
def test_lif_from_biophysics_and_back(scales):
    cell = cells.LIF.from_biophysics(**scales, V_reset=-60e-3, t_ref=2e-3, sigma_V=6e-3)
    assert (cell.tau_m, cell.t_ref, cell.v_reset, cell.sigma_stat) == pytest.approx((20e-3, 2e-3, 0.5, 0.3))
    back = cell.biophysics()
    assert dataclasses.astuple(back) == pytest.approx(tuple(SI.values()))
    assert back.voltage(np.array(cell.v_reset)) == pytest.approx(-60e-3)


def test_the_scales_stay_with_the_cell_and_with_its_copies():
    cell = cells.LIF.from_biophysics(C=250e-12, g_L=10e-9, E_L=-71e-3, V_th=-52e-3, V_reset=-60e-3)
    made = Biophysics(C=250e-12, g_L=10e-9, E_L=-71e-3, V_th=-52e-3)
    assert cell.biophysics() == made
    assert cell.replace(t_ref=1e-3).biophysics() == made
    slower = cell.replace(tau_m=50e-3).biophysics()
    assert (slower.E_L, slower.C) == (-71e-3, 250e-12)
    assert slower.tau_m == pytest.approx(50e-3, rel=1e-15)
    assert cell.biophysics(E_L=-70e-3).E_L == -70e-3
    assert cell.replace(scales=None) != cell
    assert from_dict(json.loads(json.dumps(cell.as_dict()))) == cell == pickle.loads(pickle.dumps(cell))
    assert cell.replace(scales=None) == cells.LIF(tau_m=cell.tau_m, t_ref=2e-3, v_reset=cell.v_reset)


def test_scales_may_differ_between_units():
    C = np.array([100e-12, 200e-12, 300e-12])
    cell = cells.LIF.from_biophysics(C=C, g_L=10e-9, E_L=[-70e-3, -71e-3, -72e-3], V_th=-50e-3, V_reset=-60e-3)
    np.testing.assert_allclose(cell.tau_m, C / 10e-9)
    np.testing.assert_allclose(cell.v_reset, [10 / 20, 11 / 21, 12 / 22])
    np.testing.assert_allclose(cell.biophysics().voltage(np.ones((2, 3))), -50e-3)


def test_a_cell_made_without_scales_asks_for_them():
    with pytest.raises(ParameterError, match=r"^LIF.biophysics: .* expected C, E_L and V_th \(E_L, V_th missing\)"):
        cells.LIF().biophysics(C=200e-12)
    assert cells.LIF().biophysics(C=200e-12, E_L=-70e-3, V_th=-50e-3).g_L == pytest.approx(10e-9)
    with pytest.raises(DimensionError, match=r"^LIF.scales: got 3, expected a Biophysics"):
        cells.LIF(scales=3)


def test_adaptive_lif_from_biophysics_and_back():
    cell = cells.AdaptiveLIF.from_biophysics(**PHYSICAL, V_reset=-60 * mV, b=40 * pA, tau_a=150 * ms)
    assert (cell.tau_m, cell.v_reset, cell.jump, cell.tau_a) == pytest.approx((20e-3, 0.5, 0.2, 0.15))
    back = cell.biophysics()
    assert back.current(np.array(cell.jump)) == pytest.approx(40e-12)


def test_conductance_lif_from_biophysics_and_back():
    cell = cells.ConductanceLIF.from_biophysics(
        **PHYSICAL, V_reset=-60 * mV, E_exc=0 * mV, E_inh=-75 * mV, g_tonic=5 * nS
    )
    assert (cell.E_exc, cell.E_inh, cell.tonic_inhibition) == pytest.approx((3.5, -0.25, 0.5))
    back = cell.biophysics()
    np.testing.assert_allclose(back.voltage(np.array([cell.E_exc, cell.E_inh])), [0.0, -75e-3], atol=1e-15)
    assert back.g_L == pytest.approx(10e-9)


def test_the_other_cells_take_quantities_too():
    cell = cells.Izhikevich(a=0.02 / ms, b=0.2 / ms, c=-65 * mV, d=8 * mV / ms)
    assert dataclasses.astuple(cell) == pytest.approx(dataclasses.astuple(cells.Izhikevich()))
    squid = cells.HodgkinHuxley(C_m=1 * uF / cm**2, rheobase=6.2603e-6 * amp / cm**2, t_ref=3 * ms)
    assert dataclasses.astuple(squid) == pytest.approx(dataclasses.astuple(cells.HodgkinHuxley()))
    assert cells.Izhikevich(a=20 * Hz).a == 20.0


# Text -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["LIF", "AdaptiveLIF", "PerfectIF", "ExpIF", "ConductanceLIF"])
def test_the_clamp_is_there_with_a_refractory_period_only(name):
    cls = cells.known()[name]
    assert ": 1 (unless refractory)" in cls(t_ref=1e-3).equations
    assert "refractory" not in cls(t_ref=0.0).equations
    assert cls(t_ref=1e-3).refractory == 1e-3


@pytest.mark.parametrize("name", ["LIF", "AdaptiveLIF"])
def test_the_noise_is_there_only_when_asked_for(name):
    cls = cells.known()[name]
    assert "xi" not in cls().equations
    assert not cls().noisy
    assert "sigma_stat*sqrt(2/tau_m)*xi" in cls(sigma_stat=0.1).equations
    assert cls(sigma_stat=0.1).noisy


def test_the_adaptation_has_no_clamp():
    membrane, adaptation = cells.AdaptiveLIF().equations.splitlines()
    assert membrane.endswith("(unless refractory)")
    assert adaptation == "da/dt = -a/tau_a : 1"
    assert cells.AdaptiveLIF().reset.splitlines() == ["v = v_reset", "a += jump"]


def test_equal_time_constants_are_run_as_they_are():
    cell = cells.AdaptiveLIF(tau_a=20e-3)
    assert cell.constants["tau_a"] == (20e-3, "s")
    assert cell.decaying == {"a": (20e-3, -1.0)}
    assert cells.LIF().decaying == {}


def test_perfect_if_resets():
    assert cells.PerfectIF(reset_mode="subtract").reset == "v -= 1"
    assert cells.PerfectIF(reset_mode="zero").reset == "v = 0"


@pytest.mark.parametrize("engine", ["compiled", "brian"])
def test_perfect_if_starts_where_it_is_told(engine):
    circuit = Circuit(populations=[Population("p", 2, bias=4.0)])
    schedule = Schedule(duration=0.008, settle=0.0, dt=1e-3)
    run = simulate(circuit, cells.PerfectIF(v_start=0.5), schedule=schedule, record=("spikes", "v"), engine=engine)
    # A fifth of the way per step, from 1/2: above 1 at the end of the third, then from 0.1 after another five.
    np.testing.assert_allclose(run.traces["p"].values["v"][:4, 0, 0], [0.5, 0.7, 0.9, 0.1], atol=1e-12)
    assert run.spikes["p"].times.tolist() == pytest.approx([2e-3, 2e-3, 7e-3, 7e-3])
    assert cells.PerfectIF().initial == {}


def test_constants_hold_what_the_text_needs_beyond_the_parameters():
    assert cells.Izhikevich().constants["rheobase"] == (pytest.approx(3.7975), "V/s")
    assert "reset_mode" not in cells.PerfectIF().constants


# Curves ---------------------------------------------------------------------------------------------------------------


def test_each_cell_names_its_curve():
    assert cells.LIF(tau_m=10e-3).transfer == LIFCurve(tau_m=10e-3)
    assert isinstance(cells.LIF(sigma_stat=0.2).transfer, Siegert)
    assert cells.AdaptiveLIF(sigma_stat=0.2).transfer is None
    assert cells.PerfectIF(tau_m=10e-3).transfer == ReLU(gain=100.0)
    assert cells.PerfectIF(t_ref=1e-3).transfer == PerfectIFCurve(t_ref=1e-3)
    for name in ("ExpIF", "Izhikevich", "HodgkinHuxley"):
        assert cells.known()[name]().transfer is None


def test_perfect_if_curve_by_hand():
    # 20 ms from reset to threshold at drive 1, 10 ms at drive 2, and 5 ms of silence.
    curve = PerfectIFCurve(tau_m=20e-3, t_ref=5e-3)
    np.testing.assert_allclose(curve(np.array([-1.0, 0.0, 1.0, 2.0])), [0.0, 0.0, 40.0, 1 / 15e-3])
    assert curve.range == (0.0, 200.0)
    np.testing.assert_allclose(PerfectIFCurve(t_ref=0.0)(np.array([3.0])), 150.0)


@pytest.mark.parametrize(
    "cell",
    [
        cells.PerfectIF(t_ref=1e-3),
        cells.AdaptiveLIF(),
        cells.AdaptiveLIF(t_ref=0.0, jump=5.0),
        cells.ConductanceLIF(tonic_inhibition=1.0),
    ],
)
def test_curves_keep_shape_pass_nan_on_and_stand_extremes(cell):
    curve = cell.transfer
    drives = np.array([[-1e3, 0.0, 1.0], [1e3, np.nan, np.inf]])
    rates, slopes = curve(drives), curve.derivative(drives[:, :2])
    assert rates.shape == (2, 3)
    np.testing.assert_array_equal(rates[0, :2], 0.0)
    assert np.isnan(rates[1, 1])
    assert rates[1, 2] == pytest.approx(curve.range[1])
    assert np.isnan(slopes[1, 1])
    assert np.isfinite(slopes[:, 0]).all()
    assert curve(np.array(2.0)).shape == ()
    assert curve(np.array([])).shape == (0,)


# Bad parameters -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: cells.AdaptiveLIF(tau_a=0.0), r"AdaptiveLIF\.tau_a: got 0 s, expected > 0 s"),
        (lambda: cells.AdaptiveLIF(jump=-0.1), r"AdaptiveLIF\.jump: got -0.1, expected >= 0"),
        (lambda: cells.AdaptiveLIF(v_reset=1.0), r"AdaptiveLIF\.v_reset: got 1, expected < 1"),
        (
            lambda: cells.PerfectIF(reset_mode="half"),
            r"PerfectIF\.reset_mode: got 'half', expected one of 'subtract', 'zero'",
        ),
        (lambda: cells.ExpIF(delta_T=0.0), r"ExpIF\.delta_T: got 0, expected > 0"),
        (lambda: cells.ExpIF(v_peak=1.05), r"ExpIF\.v_peak: got 1.05, expected above v_T = 1 \+ delta_T = 1.1"),
        (lambda: cells.ExpIF(delta_T=1e-3), r"ExpIF\.v_peak: got 3.5, expected .* at most 500 delta_T"),
        (lambda: cells.ExpIF(v_reset=1.2), r"ExpIF\.v_reset: got 1.2, expected below v_T"),
        (lambda: cells.Izhikevich(b=270.0), r"Izhikevich\.b: got 270 1/s, expected .* stable resting state"),
        (lambda: cells.Izhikevich(c=40e-3), r"Izhikevich\.c: got 0.04 V, expected below v_peak = 0.03 V"),
        (lambda: cells.HodgkinHuxley(E_K=60e-3), r"HodgkinHuxley\.E_K: got 0.06 V, expected below E_Na"),
        (lambda: cells.HodgkinHuxley(t_ref=0.0), r"HodgkinHuxley\.t_ref: got 0 s, expected > 0 s"),
        (lambda: cells.ConductanceLIF(E_exc=1.0), r"ConductanceLIF\.E_exc: got 1, expected > 1"),
        (lambda: cells.ConductanceLIF(E_inh=1.0), r"ConductanceLIF\.E_inh: got 1, expected < 1"),
        (
            lambda: cells.ConductanceLIF(tonic_inhibition=-1.0),
            r"ConductanceLIF\.tonic_inhibition: got -1, expected >= 0",
        ),
        (
            lambda: cells.ConductanceLIF.from_biophysics(**SI, V_reset=-60e-3, E_exc=0.0, E_inh=-75e-3, g_tonic=-1e-9),
            r"ConductanceLIF\.from_biophysics: g_tonic: got -1e-09 S, expected >= 0 S",
        ),
    ],
)
def test_a_bad_parameter_is_one_sentence_with_class_field_value_and_bound(make, message):
    with pytest.raises(ParameterError, match=f"^{message}") as caught:
        make()
    assert "\n" not in str(caught.value)


def test_an_unknown_cell_is_answered_with_the_nearest_name():
    with pytest.raises(AttributeError, match=r"'AdaptivLIF'; did you mean 'AdaptiveLIF'\?"):
        _ = cells.AdaptivLIF

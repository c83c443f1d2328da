"""What every cell of the folder must do, whoever added it."""

import functools
import json
import re

import numpy as np
import pytest

from neurosim import cells, ladder, measure_transfer, simulate
from neurosim.activations.siegert import Siegert
from neurosim.cells.base import SpikingCell
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.params import DimensionError, ParameterError
from neurosim.registry import from_dict
from neurosim.schedule import Schedule
from neurosim.stimuli.stimulus import Stimulus

EVERY = cells.known()
SPIKING = {name: cls for name, cls in EVERY.items() if issubclass(cls, SpikingCell)}
# What spikes once has neither a rate nor a state of rest: tests/unit/test_timed.py has its laws.
VARIANTS = {
    **{name: cls() for name, cls in SPIKING.items() if not cls.spikes_once},
    "LIF without refractoriness": cells.LIF(t_ref=0.0, v_reset=-0.5),
    "AdaptiveLIF without refractoriness": cells.AdaptiveLIF(t_ref=0.0, jump=0.5),
    "AdaptiveLIF with equal time constants": cells.AdaptiveLIF(tau_a=20e-3),
    "ConductanceLIF under tonic inhibition": cells.ConductanceLIF(tonic_inhibition=0.5, E_inh=-0.25, t_ref=0.0),
    "PerfectIF with a reset to zero": cells.PerfectIF(reset_mode="zero"),
    "PerfectIF with refractoriness": cells.PerfectIF(t_ref=3e-3),
}
NOISY = {"LIF": cells.LIF(sigma_stat=0.3), "AdaptiveLIF that does not adapt": cells.AdaptiveLIF(sigma_stat=0.3, jump=0)}
# What Brian2 itself provides: units, constants, functions, its noise and its marks.
BRIAN = {"volt", "second", "ms", "mV", "Hz", "exp", "sqrt", "clip", "exprel", "inf", "xi"}
FACTORS = (0.0, 0.95, 1.1, 1.5, 2.5)
DT = 1e-4


def each(table):
    return pytest.mark.parametrize("name", sorted(table))


@functools.cache
def rheobase(name):
    """The drive from which its own curve is above 0; 1, the unit of drive, where it has no curve."""
    curve = VARIANTS[name].transfer
    if curve is None:
        return 1.0
    silent, active = -1.0, 8.0
    for _ in range(60):
        middle = (silent + active) / 2
        silent, active = (silent, middle) if curve(np.array([middle]))[0] > 0 else (middle, active)
    return active if active > 1e-9 else 0.0


def test_rheobases_are_those_of_theory():
    # Without leak every positive drive fires in the end; 1 + 0.5 (1 - (-0.25)) under tonic inhibition.
    assert rheobase("PerfectIF") == 0.0
    assert rheobase("ConductanceLIF under tonic inhibition") == pytest.approx(1.625)
    assert rheobase("AdaptiveLIF") == rheobase("LIF") == pytest.approx(1.0)


@functools.cache
def recording(name):
    """The cell at several constant drives, in multiples of its rheobase (of 1 where that is 0)."""
    drives = np.array(FACTORS) * (rheobase(name) or 1.0)
    circuit = Circuit(populations=[Population("cells", len(FACTORS), bias=drives)])
    # The squid axon has forgotten the onset after 0.1 s, and costs more than the others.
    schedule = Schedule(duration=0.25, settle=0.1) if name == "HodgkinHuxley" else Schedule(duration=0.9, settle=0.4)
    return drives, simulate(circuit, VARIANTS[name], schedule=schedule, record=("spikes", "v"))


def text_of(cell):
    """All text that Brian2 gets from the cell, without the units behind the colons."""
    lines = [line.rpartition(":")[0] for line in cell.equations.splitlines()]
    return "\n".join([*lines, cell.threshold, cell.reset])


def names_in(text):
    return set(re.findall(r"[A-Za-z_]\w*", text))


def defined_in(cell):
    """Variables of the equations: dx/dt = ... and x = ..."""
    left = [line.partition("=")[0].strip() for line in cell.equations.splitlines()]
    return {re.sub(r"^d(\w+)/dt$", r"\1", name) for name in left}


def test_the_folder_holds_the_cells_of_the_design():
    assert {"Unit", "LeakyRate", "LIF", "AdaptiveLIF", "PerfectIF", "ExpIF"} <= set(EVERY)
    assert {"Izhikevich", "HodgkinHuxley", "ConductanceLIF"} <= set(EVERY)


@each(EVERY)
def test_it_says_its_equation_units_and_source(name):
    for section in ("Equation\n", "Units\n", "Source\n"):
        assert section in EVERY[name].__doc__, f"{name} lacks {section.strip()}"


@each(EVERY)
def test_it_survives_a_round_trip_through_json(name):
    cell = EVERY[name]()
    assert from_dict(json.loads(json.dumps(cell.as_dict()))) == cell


@each(EVERY)
def test_every_number_refuses_nan_text_and_the_wrong_dimension(name):
    from brian2 import kelvin

    cls = EVERY[name]
    for field in cls.info():
        if not isinstance(getattr(cls(), field), float):
            continue
        with pytest.raises(ParameterError, match=rf"^{name}\.{field}: got nan.*expected"):
            cls(**{field: float("nan")})
        with pytest.raises(DimensionError, match=rf"^{name}\.{field}: got 'fast', expected a number"):
            cls(**{field: "fast"})
        with pytest.raises(DimensionError, match=rf"^{name}\.{field}: .*expected a "):
            cls(**{field: 300 * kelvin})


@each(EVERY)
def test_no_time_constant_is_negative(name):
    cls = EVERY[name]
    for field, info in cls.info().items():
        if info.unit == "s":
            with pytest.raises(ParameterError, match=rf"^{name}\.{field}: got -0.01 s, expected"):
                cls(**{field: -0.01})


@each(VARIANTS)
def test_every_name_in_its_text_is_a_parameter_a_variable_or_an_input(name):
    cell = VARIANTS[name]
    inputs = {"drive"} if cell.ports == "net" else {"current", "excitation", "inhibition"}
    variables = defined_in(cell)
    rates = {f"d{variable}" for variable in variables} | {"dt"}
    used = names_in(text_of(cell))
    assert used <= set(cell.constants) | variables | inputs | rates | BRIAN
    assert inputs <= used


@each(SPIKING)
def test_every_parameter_has_an_effect(name):
    cell = SPIKING[name]()
    cell = cell.replace(sigma_stat=0.1) if "sigma_stat" in cell.info() else cell
    used = names_in(text_of(cell)) | {"t_ref", "reset_mode", "v_start"}
    derived = {"v_T", "V_rest", "scales"} | (set() if name != "ConductanceLIF" else {"tau_m"})
    assert set(cell.info()) - used <= derived
    assert cell.refractory == getattr(cell, "t_ref", 0.0)


@each(VARIANTS)
def test_constants_have_the_units_of_the_parameters(name):
    cell = VARIANTS[name]
    info = cell.info()
    for key, (value, unit) in cell.constants.items():
        assert np.isfinite(value)
        assert key not in info or unit == info[key].unit


@each(VARIANTS)
def test_it_rests_at_drive_zero(name):
    trace = recording(name)[1].traces["cells"].values["v"][:, 0, 0]
    # A resting state stays where it is: 1e-6 of the distance to threshold (1, or about 20 mV) for rounding.
    assert np.ptp(trace) < (1e-6 if VARIANTS[name].scale == "1" else 20e-9)


@each(VARIANTS)
def test_drive_one_is_its_rheobase(name):
    rates = recording(name)[1].rates["cells"][0]
    if rheobase(name) > 0:
        assert rates[1] == 0.0, "silent at 0.95 of its rheobase, after the onset"
    else:
        assert rates[1] > 0.0
    assert (rates[2:] > 0).all()
    assert (np.diff(rates[2:]) > 0).all(), "more drive, more spikes"


@each(name for name in VARIANTS if VARIANTS[name].transfer is not None)
def test_its_intervals_are_those_of_its_own_curve(name):
    cell = VARIANTS[name]
    drives, result = recording(name)
    spikes = result.spikes["cells"]
    for unit in range(2, len(drives)):
        times = spikes.times[(spikes.units == unit) & (spikes.times >= 0.4)]  # adapted by then
        interval = np.diff(times).mean()
        expected = 1.0 / cell.transfer(drives[unit : unit + 1])[0]
        # A spike is seen at the end of a step (up to dt late); Brian2's refractoriness ends a step early (dt less);
        # only whole intervals are taken. 1e-9 s is rounding.
        low, high = (-DT, 0.0) if cell.refractory and "Adaptive" not in name else (-DT, DT)
        assert low - 1e-9 <= interval - expected <= high + 1e-9, (drives[unit], interval, expected)


@each(NOISY)
def test_noise_gives_the_rate_of_siegert_on_the_grid(name):
    cell, drives, copies = NOISY[name], np.array([0.5, 0.8, 1.2]), 200
    schedule = Schedule(duration=1.7, settle=0.2, dt=DT)
    measured = measure_transfer(cell, drives, copies=copies, schedule=schedule, seed=3)
    theory = Siegert(tau_m=cell.tau_m, t_ref=cell.t_ref, v_reset=cell.v_reset, sigma_stat=cell.sigma_stat, dt=DT)(
        drives
    )
    # Counts are at most as irregular as Poisson's: 4 standard errors; 2 % for Euler's step and the grid's next order.
    standard_error = np.sqrt(theory / (copies * schedule.window))
    assert (np.abs(measured - theory) <= np.maximum(0.02 * theory, 4 * standard_error)).all(), (measured, theory)


@each(name for name, cell in EVERY.items() if cell.level != "spiking")
def test_a_unit_without_spikes_is_at_its_curve(name):
    drives = np.array([-1.0, 0.5, 3.0])
    cell = EVERY[name]()
    # The rate unit has relaxed for 40 time constants: exp(-40) of the way is left, and ten times the solver's 1e-5.
    schedule = Schedule(duration=0.5, settle=0.4)
    measured = measure_transfer(cell, drives, schedule=schedule)
    np.testing.assert_allclose(measured, cell.transfer(drives), rtol=1e-4)


# A conductance needs time to act: cells of conductances refuse instantaneous synapses (tested with the engine).
@each(name for name, cell in VARIANTS.items() if cell.ports == "net")
def test_an_instantaneous_synapse_moves_v_by_weight_times_impulse(name):
    cell, weight = VARIANTS[name], 2e-4
    circuit = Circuit(
        inputs=[Input("source", 1)],
        populations=[Population("cells", 1)],
        projections=[Projection("in", "source", "cells", [[weight]], tau=0.0)],
    )
    # One spike of the source in 0.1 s; before it the cell rests, so the step of v is the jump alone.
    stimulus = Stimulus({"source": [[10.0]]}, encoding="regular")
    result = simulate(circuit, cell, stimulus, Schedule(duration=0.1, settle=0.0, dt=DT), record=("v",))
    trace = result.traces["cells"].values["v"][:, 0, 0]
    jump = trace[np.argmax(np.diff(trace)) + 1] - trace[0]
    # Rest itself moves by less than 1e-6 of the threshold distance.
    assert jump == pytest.approx(weight * cell.impulse, rel=1e-3)


@each(VARIANTS)
def test_a_step_that_is_too_coarse_is_refused(name):
    cell = VARIANTS[name]
    dt = 0.6 * cell.time_constant
    circuit = Circuit(populations=[Population("cells", 1)])
    with pytest.raises(ParameterError, match=rf"too coarse for the {type(cell).__name__} cells"):
        simulate(circuit, cell, schedule=Schedule(duration=10 * dt, settle=0.0, dt=dt))


@each(["ExpIF", "Izhikevich", "HodgkinHuxley"])
def test_a_cell_without_closed_form_still_climbs_the_ladder(name):
    cell, drives = SPIKING[name](), [0.5, 1.2, 2.0, 3.0]
    schedule = Schedule(duration=0.2, settle=0.1, dt=DT)
    rungs = ladder(cell, drives, schedule=schedule)
    measured = measure_transfer(cell, drives, schedule=schedule)
    # The same run twice, interpolated through its own points.
    np.testing.assert_allclose(rungs["curve"].transfer(np.array(drives)), measured, rtol=1e-9)

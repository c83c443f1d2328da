"""What every cell must do: its law as text, its rest, its rheobase, and the curve that it says it has."""

import functools
import re
from typing import Any

import numpy as np

from neurosim.cells.base import Cell, RateCell, SpikingCell
from neurosim.cells.competing import Competing
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.contracts.parameters import changed, only_if, says, says_a_year
from neurosim.contracts.running import checks_of, expect, refuses, same
from neurosim.ladder import measure_transfer
from neurosim.recording import Recording
from neurosim.schedule import Schedule
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import Stimulus

_FACTORS = (0.0, 0.95, 1.1, 1.5, 2.5)
_DT = 1e-4
# What Brian2 itself provides: units, constants, functions, its noise and its marks.
_BRIAN = {*"volt second ms mV Hz exp sqrt clip exprel inf xi t int and or not".split()}  # noqa: SIM905 - as one reads it
_DERIVED = {"t_ref", "reset_mode", "v_start", "v_T", "V_rest", "scales", "threshold", "cell", "competition"}
"""Parameters that need not stand in the text: the engine reads them, or they fix others."""


def its_docstring_says_units_and_source(cell: Cell) -> None:
    """The docstring has sections Units and Source, and the source names a year."""
    says(cell, "Units")
    says_a_year(cell)


def it_is_on_one_level(cell: Cell) -> None:
    """Its level is static, rate or spiking."""
    expect(cell.level in ("static", "rate", "spiking"), f"its level is {cell.level!r}")


def its_time_constant_is_positive(cell: Cell) -> None:
    """The fastest time constant is above 0 and finite."""
    only_if(isinstance(cell, RateCell | SpikingCell), "it has no time")
    assert isinstance(cell, RateCell | SpikingCell)
    expect(0 < np.min(cell.time_constant) < np.inf, f"its time constant is {cell.time_constant}")


def its_curve_starts_at_silence_or_below(cell: Cell) -> None:
    """Its own curve is finite from drive -5 to 5, and no spiking cell has a negative rate."""
    only_if(cell.transfer is not None, "it has no curve of its own")
    assert cell.transfer is not None
    value = cell.transfer(np.linspace(-5.0, 5.0, 101))
    expect(np.isfinite(value).all(), "its curve is not finite")
    expect(cell.level != "spiking" or value.min() >= 0, "its curve is below 0")


def every_name_in_its_text_is_known(cell: Cell) -> None:
    """Equations, threshold and reset name parameters, variables and inputs only, and read their input."""
    spiking = _spiking(cell)
    inputs = {"drive"} if spiking.ports == "net" else {"current", "excitation", "inhibition"}
    variables = _variables(spiking)
    allowed = set(spiking.constants) | variables | inputs | {f"d{name}" for name in variables} | {"dt"} | _BRIAN
    used = _names(spiking)
    expect(used <= allowed, f"its text names {sorted(used - allowed)}, which are nothing")
    expect(inputs <= used, f"its text does not read {sorted(inputs - used)}")


def every_parameter_stands_in_its_text(cell: Cell) -> None:
    """Every parameter is read by the text, by another parameter's value, or by the engine."""
    spiking = _spiking(cell)
    louder = spiking.replace(sigma_stat=0.1) if "sigma_stat" in spiking.info() else spiking
    unread = set(spiking.info()) - _names(louder) - _DERIVED
    for name, other in changed(louder):
        if name in unread:
            read = (other.constants, other.equations, other.reset) != (louder.constants, louder.equations, louder.reset)
            expect(read, f"another {name} changes nothing in its text")


def its_refractory_period_is_its_parameter(cell: Cell) -> None:
    """What the engine is told is `t_ref`, 0 without one."""
    spiking = _spiking(cell)
    same(spiking.refractory, getattr(spiking, "t_ref", 0.0), "the refractory period is another")


def constants_have_the_units_of_the_parameters(cell: Cell) -> None:
    """The constants of the text are finite and in the units of the parameters of their names."""
    info = cell.info()
    for name, (value, unit) in _spiking(cell).constants.items():
        expect(np.isfinite(value).all(), f"{name} is {value}")
        expect(name not in info or unit == info[name].unit, f"{name} is in {unit}, the parameter in another unit")


def what_an_impulse_moves_is_a_variable(cell: Cell) -> None:
    """The variable that an instantaneous synapse moves is one of its equations'."""
    spiking = _spiking(cell)
    expect(spiking.ports != "net" or spiking.hears in _variables(spiking), f"it hears {spiking.hears!r}, which is none")


def it_rests_at_drive_zero(cell: Cell) -> None:
    """Without drive its potential stays where it is."""
    trace = _recording(_repeating(cell))[1].traces["cells"].values["v"][:, 0, 0]
    # 1e-6 of the distance to threshold (1, or about 20 mV) for rounding.
    expect(np.ptp(trace) < (1e-6 if _spiking(cell).scale == "1" else 20e-9), f"v moves by {np.ptp(trace):g} at rest")


def it_is_silent_below_itsrheobase(cell: Cell) -> None:
    """At 0.95 of its rheobase it is silent after the onset; without one it fires at any drive."""
    spiking = _repeating(cell)
    rate = _recording(spiking)[1].rates["cells"][0, 1]
    expect((rate == 0.0) == (rheobase(spiking) > 0), f"at 0.95 of its rheobase it fires at {rate:g} Hz")


def more_drive_gives_more_spikes(cell: Cell) -> None:
    """From 1.1 of its rheobase on it fires, and faster with more drive."""
    rates = _recording(_repeating(cell))[1].rates["cells"][0, 2:]
    expect((rates > 0).all() and (np.diff(rates) > 0).all(), f"its rates are {rates}")


def its_intervals_are_those_of_its_curve(cell: Cell) -> None:
    """The intervals between spikes are those of its own curve, to a time step."""
    spiking = _repeating(cell)
    only_if(spiking.transfer is not None and not spiking.noisy, "it has no curve of its own")
    assert spiking.transfer is not None
    drives, result = _recording(spiking)
    spikes = result.spikes["cells"]
    for unit in range(2, len(drives)):
        times = spikes.times[(spikes.units == unit) & (spikes.times >= 0.4)]  # adapted by then
        off = np.diff(times).mean() - 1.0 / spiking.transfer(drives[unit : unit + 1])[0]
        # A spike is seen at the end of a step (up to dt late); refractoriness ends a step early (dt less); only whole
        # intervals are taken. 1e-9 s is rounding.
        latest = 0.0 if spiking.refractory and not spiking.decaying else _DT
        expect(
            -_DT - 1e-9 <= off <= latest + 1e-9, f"at drive {drives[unit]:g} its interval is off by {1e3 * off:g} ms"
        )


def it_repeats_itself(cell: Cell) -> None:
    """The same seed gives the same rates to the bit."""
    first, second = (_short(cell) for _ in range(2))
    same(first.rates["cells"], second.rates["cells"], "other rates the second time")


def units_do_not_influence_each_other(cell: Cell) -> None:
    """A unit alone does what it does beside others, without connections and noise."""
    only_if(not getattr(cell, "noisy", False), "its noise is drawn for all units together")
    only_if(not isinstance(cell, Competing), "its units compete")
    alone = _short(cell, np.array([4.0])).rates["cells"][0, 0]
    beside = _short(cell).rates["cells"][0, 1]
    # Adaptive steps are shared.
    room = 0.0 if cell.level == "spiking" else 1e-3 * abs(beside)
    expect(abs(alone - beside) <= room, f"alone {alone:g} Hz, beside others {beside:g} Hz")


def nothing_is_recorded_that_is_not_finite(cell: Cell) -> None:
    """Rates are finite and converged at drives from -2 to 4."""
    result = _short(cell, np.array([-2.0, 0.0, 4.0]))
    rates = result.rates["cells"]
    expect(result.converged.all() and np.isfinite(rates).all(), f"its rates are {rates}")


def a_unit_without_spikes_is_at_its_curve(cell: Cell) -> None:
    """A static or rate unit settles on its own curve."""
    only_if(cell.level != "spiking", "it spikes")
    assert cell.transfer is not None
    drives = np.array([-1.0, 0.5, 3.0])
    # The rate unit has relaxed for 40 time constants: exp(-40) of the way is left, and ten times the solver's 1e-5.
    measured = measure_transfer(cell, drives, schedule=Schedule(duration=0.5, settle=0.4))
    np.testing.assert_allclose(measured, cell.transfer(drives), rtol=1e-4)


def an_instantaneous_synapse_moves_it_by_weight_times_impulse(cell: Cell) -> None:
    """One spike through a synapse without time constant makes `v` jump by weight * impulse."""
    spiking = _repeating(cell)
    # A conductance needs time to act: cells of conductances refuse instantaneous synapses.
    only_if(spiking.ports == "net" and spiking.hears == "v", "no synapse moves its v at once")
    weight = 2e-4
    circuit = Circuit(
        inputs=[Input("source", 1)],
        populations=[Population("cells", 1)],
        projections=[Projection("in", "source", "cells", [[weight]], tau=0.0)],
    )
    # One spike of the source in 0.1 s; before it the cell rests, so the step of v is the jump alone.
    stimulus = Stimulus({"source": np.array([[10.0]])}, encoding="regular")
    schedule = Schedule(duration=0.1, settle=0.0, dt=_DT)
    result = simulate(circuit, cell, stimulus, schedule, record=("v",), progress=False)
    trace = result.traces["cells"].values["v"][:, 0, 0]
    jump = trace[np.argmax(np.diff(trace)) + 1] - trace[0]
    # Rest itself moves by less than 1e-6 of the threshold distance.
    np.testing.assert_allclose(jump, weight * spiking.impulse, rtol=1e-3)


def a_step_that_is_too_coarse_is_refused(cell: Cell) -> None:
    """A time step above half of its time constant is refused with the class's name."""
    spiking = _repeating(cell)
    dt = 0.6 * float(np.min(spiking.time_constant))
    circuit = Circuit(populations=[Population("cells", 1)])
    refuses(
        lambda: simulate(circuit, cell, schedule=Schedule(duration=10 * dt, settle=0.0, dt=dt), progress=False),
        f"dt = {dt:g} s",
        "too coarse",
        type(cell).__name__,
    )


def one_value_per_unit_is_taken_or_refused(cell: Cell) -> None:
    """A parameter with one value per unit acts unit by unit where the class takes it."""
    only_if(type(cell).one_per_unit and cell.level == "spiking", "it takes plain numbers only")
    only_if("t_ref" in cell.info() and not getattr(cell, "spikes_once", False), "it has no t_ref")
    slow = cell.replace(t_ref=[20e-3, 20e-3])
    drives = np.array([4.0, 6.0])
    plain = _short(cell.replace(t_ref=20e-3), drives).rates["cells"]
    same(_short(slow, drives).rates["cells"], plain, "two equal values differ from one number")


def _spiking(cell: Cell) -> SpikingCell:
    only_if(isinstance(cell, SpikingCell), "it does not spike")
    assert isinstance(cell, SpikingCell)
    return cell


def _repeating(cell: Cell) -> SpikingCell:
    only_if(not getattr(cell, "spikes_once", False), "it spikes once and has no rate")
    only_if(not getattr(cell, "noisy", False), "it is noisy")
    return _spiking(cell)


def _names(cell: SpikingCell) -> set[str]:
    lines = [line.rpartition(":")[0] for line in cell.equations.splitlines()]
    return set(re.findall(r"[A-Za-z_]\w*", "\n".join([*lines, cell.threshold, cell.reset])))


def _variables(cell: SpikingCell) -> set[str]:
    left = [line.partition("=")[0].strip() for line in cell.equations.splitlines()]
    return {re.sub(r"^d(\w+)/dt$", r"\1", name) for name in left}


@functools.lru_cache(maxsize=64)
def rheobase(cell: SpikingCell) -> float:
    """The drive from which its own curve is above 0; 1, the unit of drive, where it has no curve."""
    if cell.transfer is None:
        return 1.0
    silent, active = -1.0, 8.0
    for _ in range(60):
        middle = (silent + active) / 2
        silent, active = (silent, middle) if cell.transfer(np.array([middle]))[0] > 0 else (middle, active)
    return active if active > 1e-9 else 0.0


@functools.lru_cache(maxsize=8)
def _recording(cell: SpikingCell) -> tuple[Any, Recording]:
    """The cell at several constant drives, in multiples of its rheobase (of 1 where that is 0)."""
    drives = np.array(_FACTORS) * (rheobase(cell) or 1.0)
    circuit = Circuit(populations=[Population("cells", len(_FACTORS), bias=drives)])
    # A cell of several currents has forgotten the onset after 0.1 s, and costs more than the others.
    long = cell.scale == "1" or cell.transfer is not None
    schedule = Schedule(duration=0.9, settle=0.4) if long else Schedule(duration=0.25, settle=0.1)
    return drives, simulate(circuit, cell, schedule=schedule, record=("spikes", "v"), progress=False)


def _short(cell: Cell, drives: Any = None) -> Recording:
    drives = np.array([0.5, 4.0, 4.5]) if drives is None else drives
    circuit = Circuit(populations=[Population("cells", len(drives), bias=drives)])
    once = getattr(cell, "spikes_once", False)
    schedule = Schedule(duration=0.1, settle=0.0) if once else Schedule(duration=0.03, settle=0.01)
    return simulate(circuit, cell, schedule=schedule, progress=False)


CHECKS = checks_of(globals())

"""What every cell of the folder must do, whoever added it."""

import numpy as np
import pytest

from neurosim import cells, ladder, measure_transfer
from neurosim.activations.siegert import Siegert
from neurosim.cells.base import SpikingCell
from neurosim.contracts import check_component
from neurosim.contracts.cell import rheobase
from neurosim.schedule import Schedule

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
DT = 1e-4


def each(table):
    return pytest.mark.parametrize("name", sorted(table))


def test_rheobases_are_those_of_theory():
    # Without leak every positive drive fires in the end; 1 + 0.5 (1 - (-0.25)) under tonic inhibition.
    assert rheobase(cells.PerfectIF()) == 0.0
    assert rheobase(VARIANTS["ConductanceLIF under tonic inhibition"]) == pytest.approx(1.625)
    assert rheobase(cells.AdaptiveLIF()) == rheobase(cells.LIF()) == pytest.approx(1.0)


def test_the_folder_holds_the_cells_of_the_design():
    assert {"Unit", "LeakyRate", "LIF", "AdaptiveLIF", "PerfectIF", "ExpIF"} <= set(EVERY)
    assert {"Izhikevich", "HodgkinHuxley", "ConductanceLIF"} <= set(EVERY)


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


@each(["ExpIF", "Izhikevich", "HodgkinHuxley"])
def test_a_cell_without_closed_form_still_climbs_the_ladder(name):
    cell, drives = SPIKING[name](), [0.5, 1.2, 2.0, 3.0]
    schedule = Schedule(duration=0.2, settle=0.1, dt=DT)
    rungs = ladder(cell, drives, schedule=schedule)
    measured = measure_transfer(cell, drives, schedule=schedule)
    # The same run twice, interpolated through its own points.
    np.testing.assert_allclose(rungs["curve"].transfer(np.array(drives)), measured, rtol=1e-9)


@each({**EVERY, **VARIANTS})
def test_it_keeps_the_contract_of_its_family(name):
    assert len(check_component(VARIANTS[name] if name in VARIANTS else EVERY[name])) >= 25

"""One value per unit: a population of unlike units is, unit by unit, what populations of like units are."""

import json

import numpy as np
import pytest
from unlike_units import UNITS, unlike

from neurosim import activations, cells, ladder, simulate
from neurosim.activations.siegert import Siegert
from neurosim.cells.base import RateCell, SpikingCell
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.engines.brian import Brian
from neurosim.engines.compiled import Compiled
from neurosim.engines.compiled.engine import _CELLS as ON_COMPILED
from neurosim.engines.rate import Rate
from neurosim.registry import from_dict
from neurosim.schedule import Schedule
from neurosim.stimuli.stimulus import regular

CURVES = {name: cls for name, cls in activations.known().items() if cls.acts_on == "unit"}
CELLS = {name: cls for name, cls in cells.known().items() if cls.one_per_unit}
# Drawn noise differs between populations: units with noise are compared with theory below.
QUIET = {name: {"sigma_stat": 0.0} if "sigma_stat" in cls.info() else {} for name, cls in CELLS.items()}
SPIKING = {name: unlike(cls, **QUIET[name]) for name, cls in CELLS.items() if issubclass(cls, SpikingCell)}
SPIKING |= {
    "LIF, some without refractoriness": cells.LIF(t_ref=[0.0, 2e-3, 1e-4], tau_m=[0.01, 0.02, 0.03]),
    "AdaptiveLIF, one with equal time constants": cells.AdaptiveLIF(tau_a=[20e-3, 50e-3, 20e-3], jump=[0.1, 0.2, 0.0]),
    "PerfectIF, reset to zero": unlike(cells.PerfectIF, reset_mode="zero"),
    "PerfectIF without refractoriness": unlike(cells.PerfectIF, t_ref=0.0),
}
RATE = {
    name: unlike(cls, activation=unlike(activations.ReLU)) for name, cls in CELLS.items() if issubclass(cls, RateCell)
}
BIAS = [1.6, 2.2, 3.0]
DT = 1e-4


def each(table):
    return pytest.mark.parametrize("name", sorted(table))


@each(CURVES)
def test_a_curve_of_unlike_units_is_each_units_own(name):
    curve = unlike(CURVES[name])
    drive = np.random.default_rng(1).normal(0.8, 1.5, (40, UNITS))
    drive[0], drive[1] = 1.0, 0.0
    for law in ("__call__", "derivative"):
        together = getattr(curve, law)(drive)
        apart = np.stack([getattr(curve.of_unit(unit), law)(drive[:, unit]) for unit in range(UNITS)], axis=1)
        # The same operations; a product of matrices inside a quadrature may round its last bits in another order.
        np.testing.assert_allclose(together, apart, rtol=1e-13, atol=1e-13 * np.abs(apart).max())
    bounds = np.array([curve.of_unit(unit).range for unit in range(UNITS)])
    assert curve.range == (bounds[:, 0].min(), bounds[:, 1].max())
    one = curve(np.full((2, 1), 1.3)) if curve.units else curve(np.full((2, UNITS), 1.3))
    assert one.shape == (2, UNITS), "a drive without an axis of units is that of all of them"


@each({**CURVES, **CELLS})
def test_it_is_equal_hashed_written_and_read_with_its_values(name):
    cls = {**CURVES, **CELLS}[name]
    some = unlike(cls)
    assert some == unlike(cls)
    assert hash(some) == hash(unlike(cls))
    assert from_dict(json.loads(json.dumps(some.as_dict()))) == some
    if some.units is not None:
        assert some.units == UNITS
        assert some != some.of_unit(0)
        assert some.of_unit(0).units is None


def test_activations_of_a_population_take_plain_numbers():
    for cls in activations.known().values():
        for field in cls.info() if cls.acts_on == "population" else ():
            if isinstance(getattr(cls(), field), float):
                with pytest.raises(TypeError, match=rf"{cls.__name__}.{field}: got .*expected one number"):
                    cls(**{field: [0.1, 0.2]})


def circuits(tau=None):
    """Three units in one population, and each in one of its own; with input spikes if tau is set."""
    names = [f"p{unit}" for unit in range(UNITS)]
    together = Circuit(populations=[Population("p", UNITS, bias=BIAS)])
    apart = Circuit(populations=[Population(name, 1, bias=b) for name, b in zip(names, BIAS, strict=True)])
    if tau is None:
        return together, apart, None
    weights = np.array([[1.0, 2.0], [2.0, 0.5], [0.5, 1.5]]) * 1e-3
    arrows = [Projection(f"to_{n}", "x", n, weights[[k]], tau=tau) for k, n in enumerate(names)]
    together = Circuit([Input("x", 2)], together.populations, [Projection("to_p", "x", "p", weights, tau=tau)])
    apart = Circuit([Input("x", 2)], apart.populations, arrows)
    return together, apart, regular([[120.0, 170.0]], input="x")


def test_a_synapse_as_slow_as_some_membranes_is_their_alpha_function():
    assert_alike(cells.LIF(tau_m=[3e-3, 20e-3, 3e-3 * (1 + 1e-6)]), Brian(target="numpy"), 3e-3)


# Scalar constants and those of units go through the same arithmetic, where Brian2 does not divide by tau_m itself.
@each(name for name, cell in SPIKING.items() if type(cell) in ON_COMPILED)
@pytest.mark.parametrize("tau", [None, 0.0, 3e-3])
def test_spiking_cells_on_the_compiled_engine(name, tau):
    assert_alike(SPIKING[name], Compiled(), tau, tolerance=1e-12 if "PerfectIF" in name else 0.0)


@pytest.mark.parametrize("cell", [cells.LIF, cells.PerfectIF])
def test_the_short_cut_of_repeating_units_has_each_units_interval(cell):
    rng, n = np.random.default_rng(0), 600
    reset = {"reset_mode": "zero"} if cell is cells.PerfectIF else {"v_reset": rng.uniform(-0.5, 0.5, n)}
    t_ref = np.where(rng.random(n) < 0.3, 0.0, DT * rng.integers(0, 30, n))
    every = {"p": cell(tau_m=rng.uniform(0.01, 0.03, n), t_ref=t_ref, **reset), "q": cells.LIF()}
    circuit = Circuit(populations=[Population("q", 300, bias=1.3), Population("p", n, bias=rng.uniform(-0.5, 4, n))])
    schedule = Schedule(duration=0.2, settle=0.05)
    short, whole = (
        simulate(circuit, every, schedule=schedule, engine=Compiled(shortcut=s), record=("spikes",))
        for s in (True, False)
    )
    assert len(short.spikes["p"]) > 5000
    for field in ("times", "units"):
        np.testing.assert_array_equal(getattr(short.spikes["p"], field), getattr(whole.spikes["p"], field))


@pytest.mark.parametrize("engine", ["brian", "compiled"])
def test_intervals_are_those_of_the_closed_form_unit_by_unit(engine):
    # By hand: the first step at which 2*(1 - exp(-k*dt/tau)) exceeds 1, then steps of silence between resets.
    tau, t_ref, dt = np.array([10e-3, 20e-3, 35e-3]), np.array([0.0, 2e-3, 0.5e-3]), 1e-4
    climb = np.floor(tau * np.log(2.0) / dt) + 1
    interval = climb + np.maximum(np.round(t_ref / dt) - 1, 0)
    circuit = Circuit(populations=[Population("p", 3, bias=2.0)])
    run = simulate(
        circuit, cells.LIF(tau_m=tau, t_ref=t_ref), schedule=Schedule(duration=0.2, settle=0.0), engine=engine,
        record=("spikes",),
    )  # fmt: skip
    for unit in range(3):
        steps = np.round(run.spikes["p"].times[run.spikes["p"].units == unit] / dt)
        assert steps[0] == climb[unit] - 1
        assert set(np.diff(steps)) == {interval[unit]}


def assert_alike(cell, engine, tau=None, schedule=None, tolerance=1e-12):
    schedule = Schedule(duration=0.08, settle=0.0) if schedule is None else schedule
    together, apart, stimulus = circuits(tau)
    alone = {f"p{unit}": cell.of_unit(unit) for unit in range(UNITS)}
    ours, theirs = (
        simulate(circuit, cell_of, stimulus, schedule, engine=engine, record=("spikes", "v"))
        for circuit, cell_of in ((together, cell), (apart, alone))
    )
    scale = 1.0 if cell.scale == "1" else 0.02
    for unit in range(UNITS):
        spikes = ours.spikes["p"]
        np.testing.assert_array_equal(spikes.times[spikes.units == unit], theirs.spikes[f"p{unit}"].times)
        gap = ours.traces["p"].values["v"][:, 0, unit] - theirs.traces[f"p{unit}"].values["v"][:, 0, 0]
        # Constants that differ between units stand elsewhere in Brian2's arithmetic: a few roundings per step.
        assert np.abs(gap).max() <= tolerance * scale
    assert len(ours.spikes["p"]) >= 3
    return ours


@each(SPIKING)
def test_spiking_cells_on_brian(name):
    # The squid axon's upstroke multiplies a rounding error by some thousands.
    tolerance = 1e-9 if name == "HodgkinHuxley" else 1e-12
    assert_alike(SPIKING[name], Brian(target="numpy"), tolerance=tolerance)


# Brian2 derives the exact solution of two more variables for half a minute; the compiled engine is compared with all.
@each(name for name, cell in SPIKING.items() if type(cell).__name__ in ("LIF", "PerfectIF"))
@pytest.mark.parametrize("tau", [0.0, 3e-3])
def test_spiking_cells_with_synapses_on_brian(name, tau):
    assert_alike(SPIKING[name], Brian(target="numpy"), tau)


@each(RATE)
def test_rate_cells(name):
    cell = RATE[name]
    together, apart, _ = circuits()
    engine, schedule = Rate(fixed_step=True), Schedule(duration=0.03, settle=0.01)
    ours = simulate(together, cell, schedule=schedule, engine=engine)
    theirs = simulate(apart, {f"p{u}": cell.of_unit(u) for u in range(UNITS)}, schedule=schedule, engine=engine)
    np.testing.assert_array_equal(ours.rates["p"][0], [theirs.rates[f"p{u}"][0, 0] for u in range(UNITS)])


@each(SPIKING)
def test_every_rung_of_the_ladder_has_the_units(name):
    cell = SPIKING[name]
    drives, schedule = np.linspace(0.5, 4.0, 6), Schedule(duration=0.1, settle=0.05)
    rungs = ladder(cell, drives, schedule=schedule)
    alone = [ladder(cell.of_unit(unit), drives, schedule=schedule) for unit in range(UNITS)]
    drive = np.array([[0.4, 1.2, 2.0], [1.7, 2.2, 2.7]])
    for rung in ("artificial", "curve", "rate"):
        expected = np.stack([alone[u][rung].transfer(drive[:, u]) for u in range(UNITS)], axis=1)
        # 1e-9: a reset to rest without refractoriness has its curve in two closed forms.
        np.testing.assert_allclose(rungs[rung].transfer(drive), expected, rtol=1e-9, atol=1e-9, err_msg=rung)
    np.testing.assert_allclose(rungs["rate"].tau * np.ones(UNITS), [one["rate"].tau for one in alone], rtol=1e-15)


def test_units_with_and_without_noise_live_in_one_population():
    copies, sigma, drive = 300, np.array([0.0, 0.2, 0.3]), 0.9
    cell = cells.LIF(sigma_stat=np.repeat(sigma, copies), tau_m=np.repeat([0.02, 0.02, 0.01], copies))
    schedule = Schedule(duration=1.2, settle=0.2)
    bias = np.where(cell.sigma_stat > 0, drive, 1.5)
    circuit = Circuit(populations=[Population("p", 3 * copies, bias=bias)])
    rates = simulate(circuit, cell, schedule=schedule, seed=2).rates["p"].reshape(3, copies)
    theory = Siegert(sigma_stat=sigma, tau_m=[0.02, 0.02, 0.01], dt=schedule.dt)(np.array([1.5, drive, drive]))
    error = rates.std(axis=1, ddof=1) / np.sqrt(copies)
    # As for one law: 2 % for Euler's step and the grid's next order, 4 standard errors for the sample, one spike.
    assert np.all(np.abs(rates.mean(axis=1) - theory) <= np.maximum(0.02 * theory, 4 * error) + (error == 0))
    assert np.ptp(rates[0]) == 0.0

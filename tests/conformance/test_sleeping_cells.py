"""Cells that sleep on the compiled engine: spikes are those without sleep and of Brian2, and no sleeper would fire."""

import numpy as np
import pytest
from scipy import sparse

from neurosim.cells.adaptive_lif import AdaptiveLIF
from neurosim.cells.lif import LIF
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.engines.brian import Brian
from neurosim.engines.compiled import Compiled, sleeping
from neurosim.engines.compiled.machine_code import sleeping as machine
from neurosim.engines.compiled.machine_code.columns import Const, Pop
from neurosim.engines.compiled.plan import make_plan
from neurosim.schedule import Schedule
from neurosim.simulate import prepare, simulate
from neurosim.stimuli.stimulus import combine, constant, counts, movie, poisson, regular, spikes

UNITS, INPUTS = 60, 8
SETTINGS = {"all": (1, 1e9), "some": (3, 3.0)}
"""Who sleeps is decided by cost: here whoever may, or so that a run goes over from one to the other and back."""


@pytest.fixture
def small(monkeypatch):
    """Small populations may sleep too."""

    def choose(few, worth):
        monkeypatch.setattr(sleeping, "SMALLEST", 1)
        monkeypatch.setattr(sleeping, "FEW", few)
        monkeypatch.setattr(sleeping, "WORTH", worth)

    choose(*SETTINGS["all"])
    return choose


def scattered(rng, post, pre, density, draw):
    every = np.where(rng.random((post, pre)) < density, draw((post, pre)), 0.0)
    return sparse.csr_array(every)


CELLS = {
    "LIF": lambda rng: LIF(tau_m=rng.choice([10e-3, 20e-3]), t_ref=rng.choice([0.0, 1e-4, 2.2e-3])),
    "LIF, own constants": lambda rng: LIF(
        tau_m=rng.uniform(5e-3, 30e-3, UNITS), t_ref=rng.choice([0.0, 2e-3], UNITS), v_reset=rng.uniform(-1, 0.5, UNITS)
    ),
    "AdaptiveLIF": lambda rng: AdaptiveLIF(t_ref=rng.choice([0.0, 2e-3]), jump=rng.choice([0.0, 0.3])),
    "AdaptiveLIF, own constants": lambda rng: AdaptiveLIF(tau_a=rng.uniform(0.02, 0.2, UNITS), t_ref=2e-3),
}


def network(kind, seed):
    """Two populations, up to three time constants, delays by connection; cells near, at and above the threshold."""
    rng = np.random.default_rng([seed, *kind.encode()])
    taus = [(0.0,), (5e-3,), (0.0, 5e-3), (3e-3, 20e-3)][seed % 4]
    bias = rng.choice([0.0, -0.5, 0.5, 0.999999, 1.0, 1.3], UNITS, p=[0.3, 0.2, 0.2, 0.1, 0.1, 0.1])
    strength = rng.choice([0.003, 0.01, 0.03])
    feed = scattered(rng, UNITS, INPUTS, 0.2, lambda n: rng.uniform(0.0, strength, n))
    inner = scattered(rng, UNITS, UNITS, 0.1, lambda n: rng.normal(0.0, strength, n))
    onward = scattered(rng, UNITS, UNITS, 0.1, lambda n: np.full(n, strength))
    late = sparse.csr_array((1e-4 * rng.integers(0, 30, inner.nnz), inner.indices, inner.indptr), shape=inner.shape)
    circuit = Circuit(
        [Input("x", INPUTS)],
        [Population("a", UNITS, bias=bias), Population("b", UNITS, bias=rng.uniform(-0.5, 0.9, UNITS))],
        [
            Projection("feed", "x", "a", feed, tau=taus[0]),
            Projection("inner", "a", "a", inner, sign=None, tau=taus[-1], delay=late if seed % 2 else 1.8e-3),
            Projection("onward", "a", "b", onward, sign=(-1) ** (seed % 3), tau=taus[-1]),
        ],
    )
    return circuit, CELLS[kind](rng), poisson(rng.uniform(0, 150, (2, INPUTS)), input="x")


def run(work, duration=0.1, engine=None, **options):
    engine = Compiled(**options) if engine is None else engine
    return simulate(*work, duration=duration, settle=0.0, engine=engine, record=("spikes",))


def assert_same_spikes(ours, theirs):
    """Every spike of every population; their number."""
    total = 0
    for name, found in ours.spikes.items():
        for field in ("times", "units", "trials"):
            np.testing.assert_array_equal(getattr(found, field), getattr(theirs.spikes[name], field))
        np.testing.assert_array_equal(ours.rates[name], theirs.rates[name])
        total += len(found)
    return total


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("kind", CELLS)
def test_random_networks_spike_as_without_sleep(small, kind, setting):
    small(*SETTINGS[setting])
    slept, total = [], 0
    for seed in range(8):
        work = network(kind, seed)
        ours, theirs = run(work), run(work, sleep=False)
        total += assert_same_spikes(ours, theirs)
        slept.append(ours.provenance["slept"])
        assert theirs.provenance["slept"] == 0.0
    assert total > 2000
    assert np.mean(slept) > 0.2
    assert sum(part > 0 for part in slept) >= 5


@pytest.mark.parametrize("delay", [0.0, 3e-3])
@pytest.mark.parametrize("tau", [0.0, 5e-3, 20e-3])  # the last is that of the membrane
def test_every_kind_of_input_beside_a_current_of_each_trial_is_that_without_sleep(small, tau, delay):
    rng = np.random.default_rng(3)
    steps = rng.permutation(999)[:200]  # one spike in each of them
    given = spikes(1e-4 * (steps + 0.5), steps % INPUTS, steps % 2, input="x", size=INPUTS, n_trials=2)
    kinds = {
        "poisson": poisson(rng.uniform(0, 150, (2, INPUTS)), input="x"),
        "regular": regular(rng.uniform(0, 150, (2, INPUTS)), input="x"),
        "given": given,
    }
    feed = scattered(rng, UNITS, INPUTS, 0.4, lambda n: rng.normal(0.01, 0.01, n))
    inner = scattered(rng, UNITS, UNITS, 0.1, lambda n: rng.normal(0.0, 0.01, n))
    circuit = Circuit(
        [Input("x", INPUTS), Input("current", 1)],
        [Population("a", UNITS, bias=rng.uniform(-0.5, 0.9, UNITS))],
        [
            Projection("feed", "x", "a", feed, sign=None, tau=tau, delay=delay),
            Projection("inner", "a", "a", inner, sign=None, tau=tau, delay=1e-3),
            Projection("held", "current", "a", rng.uniform(0, 1, (UNITS, 1)), tau=tau, delay=delay),
        ],
    )
    for name, kind in kinds.items():
        work = circuit, LIF(tau_m=20e-3, t_ref=2e-3), combine(kind, constant([[-0.4], [0.6]], input="current"))
        ours, theirs = run(work), run(work, sleep=False)
        assert assert_same_spikes(ours, theirs) > 50, name
        # A current that comes later changes while the run goes on: then nobody sleeps.
        assert (ours.provenance["slept"] > 0) == (delay == 0), name


@pytest.mark.parametrize(("kind", "seed"), [("LIF", 2), ("LIF, own constants", 1), ("AdaptiveLIF", 5)])
def test_a_network_of_sleepers_spikes_as_on_brian2(small, kind, seed):
    work = network(kind, seed)
    ours = run(work, duration=0.05)
    assert ours.provenance["slept"] > 0.2
    assert assert_same_spikes(ours, run(work, duration=0.05, engine=Brian(target="numpy"))) > 50


def test_no_sleeping_cell_would_have_fired():
    # Plain steps in NumPy of cells that are as near to the bound as can be: their first spike would be seen.
    rng = np.random.default_rng(0)
    n, dt = 4000, 1e-4
    tau_m, taus = rng.uniform(2e-3, 30e-3, n), rng.uniform(1e-3, 60e-3, (2, n))
    taus[0, :500] = tau_m[:500]
    rate, decay = np.exp(-dt / tau_m), np.exp(-dt / taus)
    share = (1 - rate) * rng.choice([1.0, 1.0, -1.0], (2, n))
    peaks = sleeping.peak(rate, share, decay)
    drive = rng.choice([-1.0, 0.0, 0.5, 0.999], n)
    v = np.where(rng.random(n) < 0.5, drive, rng.uniform(-2, 1, n))
    push = rng.exponential(1.0, (2, n)) * np.where(rng.random((2, n)) < 0.3, -1, 1)
    # What is left below the threshold goes to the variables that raise v, all of it but some 1e-9 to 1e-3.
    up = np.maximum(push, 0).sum(axis=0)
    room = np.maximum(1 - np.maximum(v, drive), 0) * (1 - 10.0 ** rng.uniform(-10, -3, n))
    push = np.where(push > 0, push * room / np.where(up > 0, up, 1), push)
    s = (push / peaks).ravel()
    p, c = np.zeros(len(Pop), np.int64), np.zeros(len(Const))
    p[Pop.LAST], p[Pop.OWN], p[Pop.SIZE], c[Const.ONE] = 2, 1, n, 1.0
    calm = getattr(machine.calm, "py_func", machine.calm)
    where, own_peaks = np.array([0, n]), peaks.ravel()
    asleep = np.array([calm(p, c, i, v, s, where, drive, np.zeros(2), own_peaks) for i in range(n)])
    assert 1000 < asleep.sum() < n
    now, highest = s.reshape(2, n).copy(), v.copy()
    for _ in range(3000):
        v = (((drive + share[0] * now[0]) + share[1] * now[1]) + rate * v) - rate * drive
        now = decay * now
        highest = np.maximum(highest, v)
    assert highest[asleep].max() <= 1.0
    assert highest[asleep].max() > 1 - 1e-4  # the bound is tight: nobody is kept awake for nothing
    assert highest[~asleep].max() > 1 - 1e-9


@pytest.mark.parametrize("own", [False, True])
def test_a_leap_is_as_many_steps(own):
    rng = np.random.default_rng(1)
    n, dt = 40, 1e-4
    tau_m, tau = (rng.uniform(5e-3, 30e-3, n), rng.uniform(1e-3, 30e-3, n)) if own else (20e-3, 5e-3)
    rate, decay = np.exp(-dt / tau_m) * np.ones(n), np.exp(-dt / tau) * np.ones(n)
    decay[:3] = rate[:3] if own else decay[:3]
    share, drive = (1 - rate) * 0.9, rng.choice([0.0, 0.5], n)
    v, s = rng.choice([0.0, 0.5, -3.0], n), rng.choice([0.0, 1.0, -2.0], n)
    p, c = np.zeros(len(Pop), np.int64), np.zeros(len(Const))
    p[Pop.LAST], p[Pop.OWN], c[Const.RATE] = 1, own, rate[0]
    constants = np.zeros((len(Const), n))
    constants[Const.RATE] = rate
    leap = getattr(machine.leap, "py_func", machine.leap)
    tables = np.array([[share[0], decay[0]]]), (constants, np.stack([share, decay]), np.zeros(0, np.int32))
    for steps in (1, 2, 7, 64, 1000, 4097):
        ours, mine, stepped, left = v.copy(), s.copy(), v.copy(), s.copy()
        for i in range(n):
            leap(p, c, i, steps, ours, mine, np.array([0]), drive, *tables)
        for _ in range(steps):
            stepped = ((drive + share * left) + rate * stepped) - rate * drive
            left = decay * left
        # Some 8 roundings of 1.1e-16 per step, damped within 300 steps at most.
        np.testing.assert_allclose(ours, stepped, rtol=0, atol=1e-12)
        np.testing.assert_allclose(mine, left, rtol=1e-12, atol=0)


def test_the_peak_is_the_largest_of_all_steps():
    dt, tau_m = 1e-4, 20e-3
    for tau in (1e-3, 5e-3, 20e-3, 20e-3 * (1 + 1e-9), 100e-3):
        rate, decay = np.exp(-dt / tau_m), np.exp(-dt / tau)
        v, s, highest = 0.0, 1.0, 0.0
        for _ in range(3000):
            v, s = rate * v + 0.004 * s, decay * s
            highest = max(highest, v)
        found = float(sleeping.peak(rate, 0.004, decay))
        assert highest * (1 - 1e-12) <= found <= highest * (1 + 1e-4)
        assert float(sleeping.peak(rate, -0.004, decay)) == -found


def chain(bias, sign=1, weight=0.05, kind=sparse.csr_array, tau=0.0, pre="x"):
    """Twenty cells, of which one gets the spikes of the only input channel."""
    weights = np.zeros((20, 1 if pre == "x" else 20))
    weights[3] = weight
    cells = Population("p", 20, bias=bias)
    return Circuit({"x": 1}, [cells], [Projection("f", pre, "p", kind(weights), sign=sign, tau=tau)])


GIVEN = spikes([0.01, 0.02, 0.03], [0, 0, 0], size=1, input="x")


def test_inhibition_wakes_nobody_and_excitation_only_whom_it_may_lift(small):
    # Step 0 is made by all; then everybody sleeps to the end, 999 of 1,000 steps.
    for sign, weight in ((-1, 0.05), (1, 0.005)):
        ours = run((chain(0.2, sign, weight), LIF(), GIVEN))
        assert ours.provenance["slept"] == pytest.approx(0.999)
    # 2.5 thresholds at once: the cell is awake for a spike, its refractoriness of 20 steps and up to 8 steps more.
    ours = run((chain(0.2, 1, 0.05), LIF(t_ref=2e-3), GIVEN))
    np.testing.assert_array_equal(ours.spikes["p"].units, [3, 3, 3])
    assert 0.999 - 3 * 30 / 20_000 <= ours.provenance["slept"] <= 0.999 - 3 * 20 / 20_000
    assert_same_spikes(ours, run((chain(0.2, 1, 0.05), LIF(t_ref=2e-3), GIVEN), sleep=False))


def test_a_drive_above_threshold_never_sleeps(small):
    bias = np.where(np.arange(20) < 5, 1.5, 0.2)
    ours = run((chain(bias), LIF(), GIVEN))
    assert ours.provenance["slept"] <= 0.75
    assert set(ours.spikes["p"].units.tolist()) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("circuit", "stimulus", "options"),
    [
        (chain(0.2), GIVEN, {"record": ("v",)}),
        (chain(0.2, kind=np.asarray), GIVEN, {}),
        (chain(0.2), counts([[10.0]], "x"), {}),
        (chain(0.2), movie(np.ones((1, 5, 1)), 20e-3, "constant", input="x"), {}),
        (chain(0.2), constant([[1.0]], "x"), {}),
    ],
    ids=["traces", "dense", "counts", "movie", "nothing spikes"],
)
def test_nobody_sleeps_where_every_step_is_wanted_or_input_comes_otherwise(small, circuit, stimulus, options):
    options = {"engine": Compiled(), **options}
    ours = simulate(circuit, LIF(), stimulus, duration=0.1, settle=0.0, **options)
    assert ours.provenance["slept"] == 0.0


def test_nobody_sleeps_in_single_precision_whose_rounding_is_larger_than_the_margin(small):
    job = prepare(chain(0.2), LIF(), GIVEN, Schedule(duration=0.1, settle=0.0))
    for precision, found in ((np.float64, [True]), (np.float32, [])):
        assert sleeping.sleepers(job, make_plan(job, precision), precision).tolist() == found


def test_who_remembers_nearly_everything_never_sleeps(small):
    # dt/tau_m of 1e-6: rounding adds up over a million steps.
    job = prepare(chain(0.2), LIF(tau_m=[0.9] + 19 * [0.02]), GIVEN, Schedule(duration=1e-3, settle=0.0, dt=1e-6))
    assert not len(sleeping.sleepers(job, make_plan(job, np.float64), np.float64))


def test_small_populations_are_stepped_in_a_row():
    assert run((chain(0.2), LIF(), GIVEN)).provenance["slept"] == 0.0


def test_large_quiet_populations_sleep_and_busy_ones_do_not():
    rng = np.random.default_rng(2)
    weights = scattered(rng, 1200, 1200, 0.01, lambda n: np.full(n, 1e-4))
    feed = sparse.csr_array((np.full(20, 0.05), (np.arange(20), np.zeros(20, int))), shape=(1200, 1))
    for bias, low, high in ((0.0, 0.9, 1.0), (1.2, 0.0, 0.0)):
        projections = [Projection("f", "x", "p", feed, tau=0.0), Projection("r", "p", "p", weights, delay=2e-3)]
        work = Circuit({"x": 1}, [Population("p", 1200, bias=bias)], projections), LIF(), GIVEN
        ours = run(work, duration=0.06)
        assert low <= ours.provenance["slept"] <= high
        assert assert_same_spikes(ours, run(work, duration=0.06, sleep=False)) > 50


def test_sleep_does_not_depend_on_threads_or_on_where_a_run_was_cut(small):
    work = network("LIF", 3)
    whole, one = run(work, threads=2), run(work, threads=1)
    assert_same_spikes(whole, one)
    assert whole.provenance["slept"] == one.provenance["slept"] > 0.2
    begin = run(work, duration=0.04)
    end = simulate(*work, duration=0.06, settle=0.0, record=("spikes",), initial=begin.final_state)
    for name, every in whole.spikes.items():
        for trial in (0, 1):
            parts = [part.spikes[name] for part in (begin, end)]
            times = np.concatenate([part.times[part.trials == trial] for part in parts])
            np.testing.assert_array_equal(times, every.times[every.trials == trial])

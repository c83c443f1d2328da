"""What every motif of the folder must do, whoever added it: signs, shapes, no inhibition of itself, all four rungs."""

import numpy as np
import pytest

import neurosim as ns
from neurosim import activations, inhibition
from neurosim.activations.composition import Composition
from neurosim.cells.competing import Competing
from neurosim.cells.conductance_lif import ConductanceLIF
from neurosim.circuits.kernels import DifferenceOfGaussians, Exponential, Gaussian
from neurosim.contracts import check_component
from neurosim.stimuli.stimulus import constant

N = 6
UNITS = ns.Population("units", N)
POOL = ns.Population("pool", 3, bias=1.3)  # the pool of spiking cells works above its threshold
STRENGTH = 0.01  # s: 0.5 of drive at 50 Hz, which silences nobody who is driven at 2
FIELDS = np.abs(np.random.default_rng(0).standard_normal((4, N)))

# A motif that takes a population and a strength needs no line here.
ARGUMENTS = {
    "pooled": lambda s: {"pool": POOL, "excite": 0.02, "inhibit": s},
    "shunting": lambda s: {"strength": s, "cell": ConductanceLIF()},
    "winner_take_all": lambda s: {"strength": s, "gain": 1e3},
    "competition": lambda s: {"dictionary": np.sqrt(s) * FIELDS, "tau": 5e-3},
}
VARIANTS = {
    "lateral with a kernel": ("lateral", {"kernel": Exponential(length=1.0)}),
    "lateral on a grid": ("lateral", {"kernel": Gaussian(sigma=1.0), "topology": "grid", "shape": (2, 3)}),
    "Mexican hat": ("lateral", {"kernel": DifferenceOfGaussians(sigma_e=0.5, sigma_i=1.5)}),
    "one-sided on a ring": ("one_sided", {"topology": "ring", "side": "after", "reach": 2}),
    "shunting with a kernel": ("shunting", {"kernel": Gaussian(sigma=1.0), "per": "total"}),
}
CASES = {name: (name, {}) for name in inhibition.motifs()} | VARIANTS
SPIKING = {"shunting": ConductanceLIF(), "shunting with a kernel": ConductanceLIF()}
FREE_SIGNED = {"competition", "Mexican hat"}
# Competitions without a circuit: every activation of a population, on the drives.
COMPETITIONS = {
    name: kind() for name, kind in activations.known().items() if kind.acts_on == "population" and kind != Composition
} | {
    "KWTA of three": activations.KWTA(k=3),
    "SoftKWTA of two": activations.SoftKWTA(k=2),
    "LocalResponseNorm": activations.LocalResponseNorm(alpha=0.3, size=3),  # the textbook's alpha of 1e-4 does nothing
}
# s, so that each unit is inhibited by some 0.3 of drive where the others fire at 60 Hz.
FEW_SENDERS = {"lateral with a kernel": 4e-3, "one_sided": 4e-3, "shunting with a kernel": 4e-3, "Mexican hat": 8e-3}


def projections(case, strength=STRENGTH):
    name, extra = CASES[case]
    arguments = ARGUMENTS.get(name, lambda s: {"strength": s})(strength)
    made = inhibition.motifs()[name](UNITS, **{**arguments, **extra})
    return made if isinstance(made, tuple) else (made,)


def circuit(case, strength=STRENGTH):
    made = projections(case, strength)
    others = [p for p in (POOL,) if any(p.name in (q.pre, q.post) for q in made)]
    feed = ns.Projection("feed", "x", "units", np.eye(N), tau=0.0)
    return ns.Circuit([ns.Input("x", N)], [UNITS, *others], [feed, *made])


def test_the_folder_holds_the_motifs_of_the_design():
    expected = {"lateral", "one_sided", "pooled", "shunting", "winner_take_all", "competition"}
    assert expected <= set(inhibition.motifs())
    for name, motif in inhibition.motifs().items():
        assert getattr(inhibition, name) is motif
    with pytest.raises(AttributeError, match="did you mean 'lateral'"):
        _ = inhibition.laterall


@pytest.mark.parametrize("case", CASES)
def test_more_strength_means_less_activity_on_the_whole(case):
    if case == "Mexican hat":
        pytest.skip("its centre excites")
    x = constant(np.linspace(0.5, 1.0, N)[None], input="x")
    cell = ns.Unit()

    def total(factor):
        # In units of the weakest strength that leaves everybody active, about 1/N.
        return ns.simulate(circuit(case, factor * 0.05), cell, x).checked_rates("units").sum()

    if case == "winner_take_all":
        # More strength than it takes for one winner changes nothing.
        assert total(40.0) == pytest.approx(total(30.0)) == pytest.approx(1.0)
    else:
        assert 0 < total(2.0) < total(1.0) < total(1e-9) == pytest.approx(4.5)


def shunted(made, drives, cell):
    """Rates of conductance-based cells under a steady inhibition W r, their drive being an excitatory conductance."""
    weights = made.projections[-1].dense()
    rates = np.zeros_like(drives)
    g_exc = drives / (cell.E_exc - 1)
    for _ in range(300):  # damped; the loop gain is below 1
        total = 1 + g_exc + rates @ weights.T
        level = g_exc * cell.E_exc / total  # inhibition pulls towards 0
        rates += 0.5 * (1 / (cell.t_ref + cell.tau_m / total * np.log(level / (level - 1))) - rates)
    return rates


@pytest.mark.parametrize("case", sorted(set(CASES) - {"winner_take_all"}))
def test_all_four_rungs_agree(case):
    cell = SPIKING.get(case, ns.LIF())
    rungs = ns.ladder(cell)
    # Everybody stays well above threshold: at it the curve is vertical, and a loop with two synapses would oscillate.
    drives = np.random.default_rng(1).uniform(1.8, 2.8, (4, N))
    made, x = circuit(case, FEW_SENDERS.get(case, 1e-3)), constant(drives, input="x")
    schedule = ns.Schedule(duration=2.2, settle=0.2)
    found = {}
    for rung in ("artificial", "curve", "rate", "spiking"):
        recording = ns.simulate(made, rungs[rung], x, schedule, progress=False)
        found[rung] = recording.checked_rates("units")
        assert recording.level == {"artificial": "static", "curve": "static"}.get(rung, rung)
    # The rate has relaxed for ten time constants or more before it is counted: exp(-10) of 100 Hz.
    np.testing.assert_allclose(found["rate"], found["curve"], atol=1e-2)
    expected = shunted(made, drives, cell) if case in SPIKING else found["curve"]
    # Counts in 2 s are off by up to one spike (0.5 Hz), and steps of 0.1 ms by up to 1 % of the rate. Spikes of the
    # others arrive in packets; where in its cycle they hit a cell moves its rate by up to about 1 Hz.
    assert np.abs(found["spiking"] - expected).max() < 0.5 + 0.01 * expected.max() + 1.0
    # Without inhibition they would fire far more: the bound above sees a motif that does nothing.
    alone = ns.simulate(circuit(case, 0.0), rungs["curve"], x).checked_rates("units")
    assert (alone - found["curve"]).max() > 4.0
    # A ReLU fitted over drives from -1 to 3 follows the curve of this cell to some 10 Hz.
    assert np.abs(found["artificial"] - found["curve"]).mean() < 12.0


def test_the_same_unit_takes_all_on_all_four_rungs():
    # At 0.05 s an LIF cell of some 35 Hz per drive loses about 1.8 times what a rival gains: the state is not unique,
    # and from silence the unit with the strongest drive gets there first, by 0.24 of drive.
    rng = np.random.default_rng(5)
    drives = np.array([rng.permutation(np.linspace(1.6, 2.8, N)) for _ in range(6)])
    made, x = circuit("winner_take_all", 0.05), constant(drives, input="x")
    alone = ns.LIF().transfer(np.array([2.8]))[0]
    for rung, cell in ns.ladder(ns.LIF()).items():
        start = {} if rung == "spiking" else {"initial": {"units": np.zeros(N)}}
        schedule = ns.Schedule(duration=2.2, settle=1.2)
        rates = ns.simulate(made, cell, x, schedule, progress=False, **start).checked_rates("units")
        assert (rates.argmax(axis=1) == drives.argmax(axis=1)).all(), rung
        # A rate unit falls silent exponentially, over 60 time constants here: 1e-6 of 100 Hz is room.
        assert ((rates > 1e-4).sum(axis=1) == 1).all(), rung
        # Nobody inhibits the winner: its rate is that of its own curve, up to a spike in 1 s and the grid's 1 %. The
        # fitted ReLU is off by some 4 Hz there.
        assert np.abs(rates.max(axis=1) - alone).max() < (12.0 if rung == "artificial" else 1.0 + 0.01 * alone), rung


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name == "SoftKWTA of two")) for name in COMPETITIONS]
)
def test_drives_compete_alike_on_all_four_rungs(name):
    drives = np.random.default_rng(1).uniform(1.8, 2.8, (4, N))
    competition = COMPETITIONS[name]
    if "gain" in competition.info():
        competition = competition.replace(gain=2.5 * competition.gain / competition(drives).max())
    rungs = ns.ladder(Competing(cell=ns.LIF(), competition=competition))
    made, x = circuit("lateral").without("lateral"), constant(drives, input="x")
    recordings = {
        rung: ns.simulate(made, rungs[rung], x, ns.Schedule(duration=2.2, settle=0.2), progress=False)
        for rung in ("artificial", "curve", "rate", "spiking")
    }
    found = {rung: recording.checked_rates("units") for rung, recording in recordings.items()}
    assert recordings["spiking"].provenance["engine"] == "brian"
    # As for the motifs above, but nobody's packets hit anybody.
    np.testing.assert_allclose(found["rate"], found["curve"], atol=1e-2)
    assert np.abs(found["spiking"] - found["curve"]).max() < 0.5 + 0.01 * found["curve"].max()
    assert np.abs(found["artificial"] - found["curve"]).mean() < 12.0
    # It is the competition that is seen: without it all six fire, at other rates.
    alone = ns.simulate(made, ns.ladder(ns.LIF())["curve"], x).checked_rates("units")
    assert alone.min() > 0
    assert np.abs(alone - found["curve"]).max() > 10.0
    if name.startswith("KWTA"):
        assert ((found["spiking"] > 0).sum(axis=1) == competition.k).all()


@pytest.mark.parametrize("case", CASES)
def test_it_keeps_the_contract_of_its_family(case):
    name, extra = CASES[case]
    arguments = {**ARGUMENTS.get(name, lambda s: {})(STRENGTH), **extra}
    assert len(check_component(inhibition.motifs()[name], **arguments)) >= 25

"""Counted operations, energies under named tables, and the ATP budget, against numbers worked out by hand."""

import numpy as np
import pytest

from neurosim.metrics import energy
from neurosim.metrics.energy import COST_TABLES, Operations
from neurosim.params import ParameterError


def test_operations_are_counted():
    activity = np.array([[0.0, 2.0, 0.0, 1.0], [0.0, 0.0, 0.0, 3.0]])
    assert energy.dense_operations(4, 10).macs == 40
    # Two and one units alive: 1.5 per trial, 10 targets each.
    assert energy.zero_skipping_operations(activity, 10) == Operations(macs=15.0, fetches=15.0)
    assert energy.spiking_operations(activity, 10, steps=7) == Operations(acs=30.0, updates=70.0, fetches=30.0)
    assert Operations(1, 2, 3, 4) + Operations(10, 20, 30, 40) == Operations(11, 22, 33, 44)


def test_energy_is_a_range_over_tables_and_assumptions():
    fp32, int32 = COST_TABLES["fp32"], COST_TABLES["int32"]
    assert (fp32.mac_pj, fp32.ac_pj) == pytest.approx((4.6, 0.9))
    assert fp32.mac_pj / fp32.ac_pj == pytest.approx(5.111111, abs=5e-7)
    work = Operations(macs=10, acs=100, updates=5)
    assert work.energy_pj(fp32) == pytest.approx(15 * 4.6 + 100 * 0.9)
    assert work.energy_pj(int32, with_updates=False) == pytest.approx(10 * 3.2 + 100 * 0.1)
    assert work.energy_range_pj() == pytest.approx((42.0, 159.0))
    assert energy.break_even_spikes(0.5, fp32) == pytest.approx(2.555556, abs=5e-7)
    assert energy.break_even_spikes(1 / 3, fp32) == pytest.approx(1.7037, abs=5e-5)


@pytest.mark.parametrize(
    ("rate", "atp"), [(0.16, 5.576e8), (1, 1.154e9), (4, 3.284e9), (10, 7.544e9), (40, 2.8844e10), (50, 3.5944e10)]
)
def test_atp_budget(rate, atp):
    assert energy.atp_per_second(rate) == pytest.approx(atp, rel=1e-4)


@pytest.mark.parametrize(
    ("ratio", "fraction"),
    [(2, 0.381966), (5, 0.245122), (7.396, 0.197131), (10, 0.164921), (20, 0.106105), (50, 0.056013),
     (64.96, 0.046223), (78.9, 0.039982), (100, 0.033416), (160.91, 0.023136), (458, 0.010004)],
)  # fmt: skip
def test_optimal_fraction(ratio, fraction):
    # Six printed digits. The fractions of 4 and 40 Hz belong to ratios rounded to 7.396 and 64.96 (7.3964 and 64.964
    # give .197124 and .046221).
    assert energy.optimal_active_fraction(ratio) == pytest.approx(fraction, abs=1e-6)
    p = energy.optimal_active_fraction(ratio)

    def information_per_energy(q):
        return -(q * np.log(q) + (1 - q) * np.log(1 - q)) / (1 + (ratio - 1) * q)

    assert information_per_energy(p) > max(information_per_energy(p * 0.99), information_per_energy(p * 1.01))


def test_the_ratio_follows_from_the_budget():
    assert energy.active_cost_ratio(4.0) == pytest.approx(7.3964, abs=5e-5)
    assert energy.active_cost_ratio(40.0) == pytest.approx(64.964, abs=5e-4)
    assert energy.active_cost_ratio(0.0) == 1.0


def test_nonsense_is_refused():
    for call, message in (
        (lambda: energy.atp_per_second(-1.0), "rate_hz: got -1, expected numbers >= 0 Hz"),
        (lambda: energy.optimal_active_fraction(0.5), "cost_ratio: got 0.5, expected >= 1"),
        (lambda: energy.break_even_spikes(1.5, COST_TABLES["fp32"]), "density: got 1.5, expected >= 0 and <= 1"),
        (lambda: energy.spiking_operations([[-1.0]], 2), "got a negative number, expected counts"),
        (lambda: energy.zero_skipping_operations([1.0], 2), r"got shape \(1,\), expected \(trials, units\)"),
        (lambda: Operations().energy_range_pj([]), "got no cost table"),
    ):
        with pytest.raises(ParameterError, match=message):
            call()


def test_timed_spikes_cost_what_zero_skipping_costs_and_nothing_is_hidden_in_a_total():
    spikes = np.array([[0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0]])
    assert energy.timed_operations(spikes, 10) == Operations(macs=15.0, fetches=15.0)
    assert energy.timed_operations(spikes, 10, steps=7) == Operations(acs=15.0, updates=70.0, fetches=15.0)
    with pytest.raises(ParameterError, match="expected one spike each"):
        energy.timed_operations(2 * spikes, 10)
    table = COST_TABLES["fp32"].replace(fetch_pj=energy.FETCH_PJ["32 kB cache"])
    work = energy.timed_operations(spikes, 10, steps=7)
    # 15 additions of 0.9 pJ, 70 updates of 4.6 pJ, 15 weights of 10 pJ.
    assert work.energy_terms_pj(table) == pytest.approx({"arithmetic": 13.5, "updates": 322, "fetching weights": 150})
    assert work.total_pj(table) == pytest.approx(485.5)
    with pytest.raises(
        ParameterError, match="does not say what fetching a weight costs, without which there is no total"
    ):
        work.total_pj(COST_TABLES["fp32"])
    with pytest.raises(ParameterError, match="got operations without fetches of weights"):
        Operations(acs=15.0).total_pj(table)
    with pytest.raises(ParameterError, match=r"fetch_pj: got -1"):
        COST_TABLES["fp32"].replace(fetch_pj=-1.0)


def test_three_criteria_may_differ_and_each_has_its_range():
    from neurosim.metrics import spike_budgets, spikes_are_cheaper

    # By hand from the published numbers, at 5 steps: 1.72; 0.15 to 1.38; 5 times 0.057 to 0.064.
    bounds = [[budget.low, budget.high] for budget in spike_budgets(5)]
    np.testing.assert_allclose(bounds, [[1.72, 1.72], [0.15, 1.38], [0.285, 0.32]])
    names = ["Davidson & Furber", "Dampfhoffer et al.", "Yan et al."]
    for spikes, verdicts in ((0.1, "ccc"), (0.3, "cdd"), (1.0, "cdx"), (1.5, "cxx"), (2.0, "xxx")):
        words = [{"c": "cheaper", "d": "depends", "x": "dearer"}[letter] for letter in verdicts]
        assert spikes_are_cheaper(spikes) == dict(zip(names, words, strict=True))
    with pytest.raises(ParameterError, match="spikes_are_cheaper: spikes: got nan"):
        spikes_are_cheaper(float("nan"))

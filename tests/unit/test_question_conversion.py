"""Twins of trained networks: counting, costs and operations by hand, and findings that follow the tables."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.networks._twins import BEST, RELU, Digits, images
from experiments.networks.conversion import Parameters, within_a_point
from experiments.sparsity.best_active_fraction import information_per_energy, rate_for
from experiments.sparsity.energy import break_even, ratio_at_a_point
from experiments.sparsity.operations import step
from neurosim.lab import ask
from neurosim.metrics import energy
from neurosim.params import DimensionError, ParameterError


def course(losses, spikes=(1.0, 2.0, 4.0, 8.0)):
    """Two seeds of a network and one twin: losses at 4, 8, 16 and 32 steps, spikes per step of each seed."""
    rows = [
        {"seed": seed, "network": RELU, "twin": BEST, "steps": steps, "loss": loss, "accuracy": 0.9,
         "network_accuracy": 0.9 + loss, "energy": (1 + seed) * count, "network_energy": 4.0}
        for seed in range(2)
        for steps, loss, count in zip((4, 8, 16, 32), losses, spikes, strict=True)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    return SimpleNamespace(accuracy=frame, energy=frame)


def test_durations_are_those_from_which_the_loss_stays_small():
    assert within_a_point(course((0.0, 0.1, 0.01, -0.02)), RELU, BEST) == 16
    assert within_a_point(course((0.0, 0.0, 0.0, 0.0)), RELU, BEST) == 4
    assert np.isnan(within_a_point(course((0.0, 0.1, 0.01, 0.5)), RELU, BEST))


def test_energies_are_compared_at_the_duration_of_a_point():
    steps, ratio, reached = ratio_at_a_point(course((0.0, 0.1, 0.01, 0.0)), BEST)
    assert (steps, list(ratio), reached) == (16, [1.0, 2.0], True)
    steps, ratio, reached = ratio_at_a_point(course((0.0, 0.1, 0.1, 0.1)), BEST)
    assert (steps, list(ratio), reached) == (32, [2.0, 4.0], False)
    # 4 pJ: in the first seed after 16 steps, in the second after 8.
    assert list(break_even(course((0.0, 0.0, 0.0, 0.0)), BEST)) == [16.0, 8.0]


def test_energies_break_even_at_46_ninths_of_the_density():
    spiking = replicates("sparsity/energy", 1).energy
    spiking = spiking[spiking.acs > 0]
    by_hand = 0.9 * spiking.acs / (4.6 * spiking.macs)
    np.testing.assert_allclose(spiking.energy / spiking.network_energy, by_hand, rtol=1e-12)  # rounding alone
    assert energy.break_even_spikes(1.0, energy.COST_TABLES["fp32"]) == pytest.approx(46 / 9, rel=1e-12)


def test_energy_of_a_row_is_what_one_counts_by_hand():
    rows = replicates("sparsity/energy", 1).energy
    row = rows[rows.twin == BEST].iloc[0]
    # Two hidden populations of 12 that feed 12 and 10 units.
    assert row.dense_macs == 12 * 12 + 12 * 10
    assert row.macs == pytest.approx(row.density * row.dense_macs)
    assert row.network_energy == pytest.approx(4.6 * row.macs)
    assert row.energy == pytest.approx(0.9 * row.acs)
    assert row.energy_low == pytest.approx(0.1 * row.acs)


def test_the_best_fraction_is_the_maximum_of_information_per_energy():
    p = np.linspace(1e-4, 0.6, 200_000)
    for rate in (1.0, 4.0, 40.0):
        ratio = energy.active_cost_ratio(rate)
        # The grid is 3e-6 wide.
        assert p[information_per_energy(p, ratio).argmax()] == pytest.approx(
            energy.optimal_active_fraction(ratio), abs=3e-6
        )
    for fraction in (0.01, 0.04):
        ratio = energy.active_cost_ratio(float(rate_for(fraction)))
        assert energy.optimal_active_fraction(ratio) == pytest.approx(fraction, rel=1e-9)


def test_another_data_set_is_read_from_its_folder(tmp_path):
    with pytest.raises((ParameterError, FileNotFoundError), match="train-images"):
        images(Digits(data=str(tmp_path)), 0)


@pytest.mark.parametrize("steps", [(4, 8, 16), (8, 4, 16, 32), (4, 8, 16.5, 32), (4, 8, 16, 64)])
def test_steps_must_increase_and_hold_32(steps):
    with pytest.raises((ParameterError, DimensionError), match=r"Parameters\.steps"):
        Parameters(steps=steps)


def test_rates_must_hold_that_of_the_cortex():
    with pytest.raises(ParameterError, match="expected 4 Hz among them"):
        ask(QUESTIONS["sparsity/best_active_fraction"]).settings(rates=(1.0, 10.0))


IF_LATE = "twin == 'IF, half charged' and steps == 32"
LIF_LAST = "twin == 'LIF' and steps == 32"


@pytest.mark.parametrize(
    ("question", "changes", "finding", "verdict"),
    [
        ("networks/conversion", [("accuracy", "loss", 0.005, IF_LATE)], "if_cells", "holds"),
        ("networks/conversion", [("accuracy", "loss", 0.02, f"{IF_LATE} and network == 'scikit-learn'")], "if_cells",
         "fails"),
        ("networks/conversion", [("accuracy", "loss", 0.005, LIF_LAST)], "lif_cells", "holds"),
        ("networks/conversion", [("accuracy", "loss", 0.02, f"{LIF_LAST} and network == 'trained as LIF'")],
         "lif_cells", "fails"),
        ("networks/conversion", [("accuracy", "accuracy", 0.9, "twin == 'IF, half charged' and steps == 4"),
                                 ("accuracy", "accuracy", 0.6, "twin == 'IF' and steps == 4")], "half_charge", "holds"),
        ("networks/conversion", [("accuracy", "accuracy", 0.9, "steps == 4")], "half_charge", "fails"),
        ("networks/counting_error", [], "bound", "holds"),
        ("networks/counting_error", [("bounds", "largest", 0.04, "v_start == 0.5 and steps == 16")], "bound", "fails"),
        ("networks/counting_error", [("bounds", "largest", 0.04, "v_start == 0 and steps == 32")], "bound", "fails"),
        ("networks/counting_error", [], "to_zero", "holds"),
        ("networks/counting_error", [("bounds", "largest", 0.1, "reset == 'zero' and steps == 32")], "to_zero",
         "fails"),
        ("sparsity/energy", [("energy", "spikes", 30.0, "twin == 'IF, half charged' and steps == 16")], "linear",
         "fails"),
        ("sparsity/energy", [("energy", "accuracy", 1.0), ("energy", "energy", 1.0)], "if_cells", "holds"),
        ("sparsity/energy", [("energy", "accuracy", 1.0), ("energy", "energy", 1e9)], "if_cells", "fails"),
        ("sparsity/energy", [("energy", "accuracy", 1.0), ("energy", "energy", 1e9)], "lif_cells", "fails"),
        ("sparsity/energy", [("energy", "accuracy", 0.0), ("energy", "energy", 1.0)], "lif_cells", "undecided"),
        ("sparsity/best_active_fraction", [], "at_4_hz", "holds"),
        ("sparsity/best_active_fraction", [("atp", "fraction", 0.03, "rate == 4")], "at_4_hz", "fails"),
    ],
)  # fmt: skip
def test_findings_follow_the_tables(question, changes, finding, verdict):
    t = replicates(question)
    for change in changes:
        t = falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[question]), t, finding) == verdict


def test_multiplications_of_a_step_of_learning_by_hand():
    # 3 pixels, 2 hidden units, 2 outputs; one image, one hidden unit active. First layer: 3 x 2 forward, 3 x 1
    # gradients; second: 1 x 2 forward, 2 x 1 errors, 2 x 1 gradients; dense 6 + 6 and 4 + 4 + 4.
    sizes = {"input": 3, "hidden": 2, "output": 2}
    pairs = [SimpleNamespace(pre="input", post="hidden"), SimpleNamespace(pre="hidden", post="output")]
    own = SimpleNamespace(
        circuit=SimpleNamespace(sizes=sizes, projections=pairs),
        run=SimpleNamespace(rates={"hidden": np.array([[0.0, 0.7]])}),
    )
    assert step(own, {"hidden": np.array([[False, True]])}) == pytest.approx((6 + 3 + 2 + 2 + 2) / 24)

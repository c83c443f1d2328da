"""Dead units: born dead by hand, silenced units by hand, exact gradients of 0; verdicts follow the tables."""

import math

import numpy as np
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.activations.born_dead import dead_by_layer
from experiments.activations.revival import silenced
from neurosim import activations
from neurosim.lab import ask
from neurosim.params import ParameterError
from neurosim.training import Network, layered


def test_born_dead_by_hand_agrees_with_the_networks_of_the_package():
    """Networks of the package, one by one, and `dead_by_layer`: both as often as 1 - (1 - 2^-N)^hidden."""
    width, hidden, nets = 2, 4, 300
    rng = np.random.default_rng(3)
    dead = 0
    for _ in range(nets):
        circuit, cells = layered(
            [1, *[width] * hidden, 1], activations.ReLU(), weights=lambda n, m, _: rng.standard_normal((n, m))
        )
        run = Network(circuit, cells).forward({"input": np.array([[1.0]])})
        dead += not run.activity[f"hidden{hidden}"].any()
    expected = 1 - (1 - 2.0**-width) ** hidden
    error = math.sqrt(expected * (1 - expected) / nets)
    assert abs(dead / nets - expected) < 4 * error
    found = dead_by_layer("ReLU", width, hidden, (1.0,), 20_000, np.random.default_rng(4))
    layer_by_layer = [1 - (1 - 2.0**-width) ** k for k in range(1, hidden + 1)]
    np.testing.assert_allclose(found, layer_by_layer, atol=4 * math.sqrt(0.25 / 20_000))


def test_leaky_units_are_never_born_dead():
    rows = replicates("activations/born_dead", 1).rays
    assert rows[rows.activation != "ReLU"].dead.max() == 0.0
    assert rows[(rows.activation == "ReLU") & (rows.layers == 10) & (rows.width == 2)].dead.min() > 0.8


def test_silenced_units_are_silent_for_every_input():
    x = np.random.default_rng(0).standard_normal((50, 6))
    network = Network(*layered([6, 10, 10, 3], activations.ReLU()))
    chosen = silenced(network, x, np.random.default_rng(1), 0.05)
    drive = network.forward({"input": x}).drive
    for layer, which in chosen.items():
        assert which.sum() == 5
        # The highest drive was lowered to -0.05, up to rounding; the others' thresholds stayed.
        np.testing.assert_allclose(drive[layer][:, which].max(axis=0), -0.05, atol=1e-12)
        assert not network.biases[layer][~which].any()


def test_dead_units_with_fixed_inputs_never_move():
    rows = replicates("activations/revival", 1).revival
    first = rows[(rows.activation == "ReLU") & (rows.layer == "hidden1")]
    assert len(first) == 3 * 3  # epochs and margins
    assert first.unchanged.min() == 1.0
    # Their gradient is exactly 0, at every epoch; leaky units of the same networks do move.
    assert first.moved.max() == first.data.max() == 0.0
    assert rows[(rows.activation == "LeakyReLU") & (rows.epoch == 2)].moved.min() > 0


def test_units_die_only_where_the_slope_can_be_zero():
    rows = replicates("activations/killed_by_learning", 1).learning
    assert rows[rows.activation.isin(["LeakyReLU", "PReLU"])].dead.max() == 0.0
    assert rows[rows.activation == "ReLU"].dead.max() > 0.5
    elu = rows[rows.activation == "ELU"]
    # exp(drive) is 0 in 64 bit below -745 only.
    assert (elu.dead <= elu.underflow).all()


def test_dead_units_are_a_smaller_network():
    from experiments.activations.cost_of_death import Parameters, capacity
    from neurosim.lab.laboratory import Lab

    p = Parameters(images=100, units=8, epochs=2)
    whole, half = (capacity(p, killed, Lab(p, 0, None)) for killed in (0.0, 0.5))
    # Nothing is dead: the same network twice. Four units of eight are: at most four directions.
    assert whole.accuracy == whole.smaller
    assert half.rank <= 4.0 + 1e-9


def test_leaky_units_that_no_input_drives_above_zero_are_silent_and_not_dead():
    from experiments.activations._rectifiers import dead_fractions

    x = np.random.default_rng(0).standard_normal((50, 6))
    for kind, dead in ((activations.ReLU(), 0.5), (activations.LeakyReLU(), 0.0)):
        network = Network(*layered([6, 4, 4, 3], kind))
        for layer, size in (("hidden1", 1e3), ("hidden2", 1e6)):
            network.biases[layer][:] = size, size, -size, -size  # half of the units of both layers
        assert dead_fractions(network, x)[:2] == (dead, 0.5)


def test_a_shift_in_one_step_is_one_before_an_epoch_of_learning():
    rows = replicates("activations/shifted_biases", 1).shifted
    one = rows[rows.steps == 1]
    assert len(one) == 4
    assert (one.together == one.later).all()
    # Without a shift nothing was moved: the same network learns on, whatever the shift.
    assert (rows.groupby("steps").stayed.nunique() == 1).all()


def test_rows_and_conditions_by_network():
    import pandas as pd

    from experiments.activations._by_network import gain, where
    from neurosim.lab import needed

    table = pd.DataFrame({"seed": [1, 0, 0], "rate": [0.1 + 0.2, 0.3, 0.5], "value": [3.0, 1.0, 9.0]})
    assert list(where(table, rate=0.3).value) == [1.0, 3.0]
    found = gain(needed, "more", [0.1, 0.3], 0.1)
    # By hand: mean 0.2, standard error 0.1, t = 12.706 with one degree of freedom.
    assert (found.value, found.low) == pytest.approx((0.2, 0.2 - 1.2706), abs=1e-4)
    assert found.state == "undecided"


def test_a_unit_that_cannot_be_compared_decides_nothing():
    from experiments.activations._by_network import interval

    assert math.isnan(interval([]).value)
    assert math.isnan(interval([0.5, math.nan]).low)
    assert interval([0.0, 2.0]).value == 1.0


def test_parameters_refuse_what_cannot_decide():
    with pytest.raises(ParameterError, match="learning_rates"):
        ask(QUESTIONS["activations/killed_by_learning"]).settings(learning_rates=(0.5, 0.1, 1.0))
    with pytest.raises(ParameterError, match="settle"):
        ask(QUESTIONS["activations/homeostatic_revival"]).settings(settle=0.7)


@pytest.mark.parametrize(
    ("question", "change", "finding", "verdict"),
    [
        ("born_dead", None, "rays", "holds"),
        ("born_dead", ("rays", "dead", 0.9, "width == 2 and layers == 5"), "rays", "fails"),
        ("born_dead", ("line", "dead", 0.5, "width == 3 and hidden == 4"), "line", "fails"),
        # With 8 images the one at which the fitted ReLU just responds weighs too much.
        ("homeostatic_revival", ("cells", "before", 0.0, "rung == 'artificial'"), "silent", "holds"),
        ("homeostatic_revival", ("cells", "before", 0.2, "rung == 'spiking'"), "silent", "fails"),
        ("homeostatic_revival", None, "woken", "holds"),
        ("homeostatic_revival", ("cells", "after", 13.0, "rung == 'rate'"), "woken", "fails"),
        ("homeostatic_revival", ("cells", "after", 0.0, "rung == 'spiking'"), "woken", "fails"),
    ],
)
def test_verdicts_follow_the_tables(question, change, finding, verdict):
    name = f"activations/{question}"
    t = replicates(name)
    t = t if change is None else falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[name]), t, finding) == verdict

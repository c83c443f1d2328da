"""A population that looks at digits: verdicts follow the tables, and interpolation stays inside of what is reached."""

import numpy as np
import pandas as pd
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.sparsity._digits import at
from neurosim.lab import ask
from neurosim.params import ParameterError

RUNGS, ACCURACY = "sparsity/digits_on_four_rungs", "sparsity/accuracy_against_activity"
ACTIVATIONS, REDUNDANCY = "sparsity/activations_at_equal_activity", "sparsity/redundancy"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strengths": (1.0, 2.0)}, "increasing from 0"),
        ({"strengths": (0.0, 2.0, 1.0)}, "increasing from 0"),
        ({"strengths": (0.0,)}, "at least two"),
        ({"shifts": ()}, "at least one"),
        ({"filters": "gabors"}, "one of"),
        ({"seeds": 1}, ">= 2"),
    ],
)
@pytest.mark.parametrize("name", [RUNGS, ACCURACY, REDUNDANCY])
def test_parameters_that_cannot_be(name, changes, words):
    with pytest.raises(ParameterError, match=words):
        ask(QUESTIONS[name]).settings(**changes)


@pytest.mark.parametrize(
    ("name", "changes", "finding", "verdict"),
    [
        (RUNGS, [("agreement", "rmse", 0.1, "rung == 'rate'")], "rate_is_curve", "holds"),
        (RUNGS, [("agreement", "rmse", 0.7, "rung == 'rate'")], "rate_is_curve", "fails"),
        (RUNGS, [("agreement", "rmse", 5.0, "rung == 'spiking' and route == 'start'")], "counting_noise", "fails"),
        (RUNGS, [("agreement", "correlation", 0.9, "rung == 'spiking'")], "spiking_is_curve", "fails"),
        (RUNGS, [("agreement", "rmse", 90.0, "route == 'inhibition'")], "below_shot_noise", "fails"),
        (RUNGS, [("setup", "noiseless", False, None)], "rate_is_curve", "undecided"),
        (RUNGS, [("setup", "noiseless", False, None)], "counting_noise", "undecided"),
        (ACTIVATIONS, [("activations", "active_fraction", 0.5, None)], "steep", "fails"),
        (ACTIVATIONS, [("activations", "active_fraction", 0.9, "activation == 'LIFCurve'")], "steep", "fails"),
        (ACTIVATIONS, [("activations", "active_fraction", 0.1, "activation == 'Softplus'")], "soft", "fails"),
        (ACTIVATIONS, [("activations", "active_fraction", 0.9, "activation == 'Tanh'")], "without_zeros", "fails"),
        (REDUNDANCY, [("excitation", "correlation", 0.1, "width == 2.0")], "broad_fields", "fails"),
    ],
)
def test_verdicts_follow_the_tables(name, changes, finding, verdict):
    t = replicates(name)
    for change in changes:
        t = falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[name]), t, finding) == verdict


def test_interpolation_is_straight_in_the_logarithm():
    rows = pd.DataFrame({"active_fraction": [0.1, 0.4], "accuracy": [0.5, 0.9]})
    assert at(rows, 0.2) == pytest.approx(0.7)


def test_the_exact_rungs_and_the_ladder_of_activations():
    activations = replicates(ACTIVATIONS).activations.drop_duplicates("activation").set_index("activation")
    relu, leaky = activations.loc["ReLU"], activations.loc["LeakyReLU"]
    # Rectified, a leaky unit is a ReLU; it has no exact zero, and only it has negative mass.
    assert leaky.active_fraction == relu.active_fraction
    assert leaky.nonzero_fraction == 1.0
    assert leaky.negative_mass > 0 == relu.negative_mass
    assert activations.loc["KWTA"].active_fraction <= np.ceil(0.2 * 8) / 8
    # A continuous curve is matched to rounding, a step by one of its entries; the simulated neuron only counts.
    matched = activations.drop(index=["spiking", "Step", "KWTA"]).matched_mean
    assert matched.max() / matched.min() == pytest.approx(1.0, abs=1e-9)
    entries = 40 * 8 * activations.loc["Step"].active_fraction
    assert activations.loc["Step"].matched_mean / relu.matched_mean == pytest.approx(1.0, abs=1 / entries)

"""Questions about the width of tuning: impossible parameters, and verdicts that follow the tables."""

import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from neurosim.lab import ask
from neurosim.params import ParameterError


@pytest.mark.parametrize(
    ("question", "changes", "words"),
    [
        ("inhibition/side_bands", {"weights": (0.2, 0.4)}, "the first 0"),
        ("inhibition/shifts", {"widths": (2.0,)}, "at least two"),
        ("inhibition/ring_model", {"contrasts": (1.0,)}, "at least two"),
        ("inhibition/iceberg", {"thresholds": (1.0,)}, "< 1"),
        ("inhibition/iceberg", {"thresholds": (0.5, 0.25)}, "increasing"),
    ],
)
def test_parameters_that_cannot_be(question, changes, words):
    with pytest.raises(ParameterError, match=words):
        ask(QUESTIONS[question]).settings(**changes)


@pytest.mark.parametrize(
    ("question", "change", "finding", "verdict"),
    [
        ("inhibition/iceberg", None, "lif_narrowed", "holds"),
        ("inhibition/iceberg", ("iceberg", "half_height", 60.0), "lif_narrowed", "fails"),
        ("inhibition/iceberg", None, "lif_wider", "holds"),
        ("inhibition/iceberg", ("iceberg", "half_height", 40.0, "threshold == 0.25"), "lif_wider", "fails"),
        ("inhibition/ring_model", None, "lif_like_rate", "holds"),
        ("inhibition/ring_model", ("ladder", "half_height", 30.0, "rung == 'rate'"), "lif_like_rate", "fails"),
        ("inhibition/ring_model", ("ladder", "half_height", 30.0, "rung == 'spiking'"), "lif_like_artificial", "fails"),
        ("inhibition/ring_model", ("ladder", "half_height", 5.0, "rung == 'spiking' & contrast == 1"), "lif_contrast",
         "fails"),
        ("inhibition/tuning_in_noise", None, "bare_width", "holds"),
        ("inhibition/tuning_in_noise", ("contrast", "half_height", 9.0), "bare_width", "fails"),
        ("inhibition/tuning_in_noise", ("contrast", "half_height", 20.0), "noisy_width", "holds"),
        ("inhibition/tuning_in_noise", ("contrast", "half_height", 1.0, "contrast < 0.6"), "noisy_width", "fails"),
        ("inhibition/tuning_in_noise", ("contrast", "half_height", 20.0), "beyond", "fails"),
        ("inhibition/side_bands", ("sideband", "half_height", 9.0, "rung == 'spiking'"), "like_gaussians", "fails"),
        ("inhibition/side_bands", ("sideband", "peak", 1.0, "rung == 'spiking' & weight > 0"), "cost", "fails"),
        ("inhibition/shifts", ("overlap", "overlap", 0.1, "rung == 'spiking'"), "like_gaussians", "fails"),
        ("neurons/power_law", None, "rises", "holds"),
        ("neurons/power_law", ("exponents", "exponent", 2.0), "rises", "fails"),
        ("neurons/power_law", ("exponents", "exponent", 2.0), "lif_lower", "fails"),
        ("neurons/power_law", None, "power_law", "holds"),
        ("neurons/power_law", ("exponents", "r2", 0.9, "model == 'LIF neuron'"), "power_law", "fails"),
    ],
)  # fmt: skip
def test_verdicts_follow_the_tables(question, change, finding, verdict):
    t = replicates(question)
    t = t if change is None else falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[question]), t, finding) == verdict

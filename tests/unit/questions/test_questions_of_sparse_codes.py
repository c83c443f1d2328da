"""Questions about sparse codes: impossible parameters, slopes, and verdicts that follow the tables."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.inhibition.code_in_spikes import slopes
from experiments.inhibition.unrolled_or_in_time import Approach, decay
from neurosim.lab import ask
from neurosim.params import ParameterError


@pytest.mark.parametrize(
    ("question", "changes", "words"),
    [
        ("sparse_code", {"penalties": (0.1, 0.2)}, "penalties"),
        ("sparse_code", {"penalties": (0.2, 0.1, 0.3)}, "increasing"),
        ("sparse_code", {"patch_time": 21.0}, "patch_time"),
        ("code_in_spikes", {"spiking_time": 401.0}, "spiking_time"),
        ("unrolled_or_in_time", {"settling_time": 101.0}, "settling_time"),
    ],
)
def test_parameters_that_cannot_be(question, changes, words):
    with pytest.raises(ParameterError, match=words):
        ask(QUESTIONS[f"inhibition/{question}"]).settings(**changes)


def test_slopes_of_powers_are_their_exponents():
    time = np.geomspace(5, 500, 60)
    error = np.where(time < 50, time**-0.7, 50**0.3 / time)
    frames = [pd.DataFrame({"seed": seed, "cell": "LIF", "time": time, "error": error}) for seed in (0, 1)]
    t = SimpleNamespace(errors=pd.concat(frames))
    assert slopes(t, "LIF", 10.0, 49.0).value == pytest.approx(-0.7)
    assert slopes(t, "LIF", 50.0).value == pytest.approx(-1.0)


def test_decay_is_read_where_one_mode_is_left():
    rows = [
        Approach("rate", float(k), np.exp(-2.0 * k) + 0.3 * np.exp(-9.0 * k), 0.0, 0.0) for k in np.arange(0, 9, 0.5)
    ]
    assert decay(rows) == pytest.approx(-2.0, abs=1e-6)
    assert np.isnan(decay(rows[:5]))


@pytest.mark.parametrize(
    ("question", "change", "finding", "verdict"),
    [
        ("inhibition/sparse_code", ("code", "error", 0.9, "rung == 'spiking'"), "inhibition", "fails"),
        ("inhibition/sparse_code", ("code", "error", 0.1, "rung == 'spiking'"), "inhibition", "holds"),
        ("inhibition/sparse_code", None, "spiking_error", "holds"),
        ("inhibition/sparse_code", ("code", "error", 0.0, "rung == 'reference'"), "spiking_error", "fails"),
        ("inhibition/code_in_spikes", ("errors", "error", 0.1), "late", "fails"),
        ("inhibition/code_in_spikes", ("errors", "error", 0.1), "early", "fails"),
        ("inhibition/code_in_spikes", ("errors", "error", 0.1), "leak", "holds"),
        ("inhibition/unrolled_or_in_time", ("decay", "measured", -0.1), "decay_rate", "fails"),
        ("inhibition/unrolled_or_in_time", ("decay", "measured", -0.1), "decay_artificial", "fails"),
        ("inhibition/unrolled_or_in_time", ("decay", "measured", np.nan), "decay_rate", "undecided"),
    ],
)  # fmt: skip
def test_verdicts_follow_the_tables(question, change, finding, verdict):
    t = replicates(question)
    t = t if change is None else falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[question]), t, finding) == verdict

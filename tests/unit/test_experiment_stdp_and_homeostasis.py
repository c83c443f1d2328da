"""The experiment on rules of spike times, on a small setting: its checks notice wrong tables."""

import numpy as np
import pytest
from tampering import changed, failed

from neurosim.params import ParameterError

SMALL = {
    "seeds": 2,
    "cells": 60,
    "post_rates": (10.0, 20.0, 30.0),
    "steps": (2e-4, 8e-4, 2e-3),
    "fine": 5e-5,
    "drift_time": 20.0,
    "targets": (3.0,),
    "network_time": 10.0,
}


def test_parameters_refuse_what_the_findings_could_not_do_without(experiment):
    for wrong, word in (
        ({"dt": 1e-3}, "dt"),
        ({"dt": 0.91e-3}, "dt"),
        ({"post_rates": (5.0, 15.0, 20.0)}, "with 10 Hz"),
        ({"steps": (1e-4, 5e-4)}, "some above 0.975803 ms"),
        ({"targets": (5.0,)}, "expected 3 Hz"),
    ):
        with pytest.raises(ParameterError, match=word):
            experiment.settings(**wrong)
    assert experiment.settings(dt=0.9e-3).dt == 0.9e-3


def test_the_full_run_is_larger_and_has_an_estimate(experiment):
    seconds, size = experiment.estimate(experiment.settings())
    assert experiment.estimate(experiment.settings(quick=True))[0] < seconds < 300
    assert size > 0


def test_the_drift_on_the_grid_by_summing_pairs(module):
    # Another route: the two sums over lags of whole steps; a pair of one step counts as potentiation alone.
    for dt in (1e-4, 1e-3):
        lags = np.arange(0, 2000) * dt
        kernel = np.exp(-lags / 20e-3)
        pairs = 0.005 * kernel.sum() - 0.00525 * kernel[1:].sum()
        # 2,000 steps of 0.1 ms are 10 time constants: what is left out is below e^-10 of either sum.
        assert module._on_the_grid(dt) == pytest.approx(100 * dt * pairs, rel=2e-3, abs=1e-8)
    assert module._on_the_grid(0.975803e-3) == pytest.approx(0.0, abs=1e-9)


def test_the_published_numbers(module):
    turn = 7.1e-3 * 33.7 / (6.5e-3 * 16.8 * 0.114)
    assert abs(module.TURN - turn) < 5e-5
    # The turn is rounded at the sixth digit, and drifts at 20 Hz are 1e-3: a few 1e-9.
    assert abs(module._from_rates(module._triplet(), module.TURN)) < 2e-8
    assert module._from_rates(module._pair(), 10.0) == pytest.approx(-5e-4, rel=1e-12)


def test_the_competing_cell_has_the_published_membrane(experiment, module):
    circuit, cell = module._competitors(experiment.settings(), 0)
    assert (cell.tau_m, cell.t_ref) == (10e-3, 0.0)
    assert cell.v_reset == pytest.approx(0.7)  # -60 mV between -74 and -54
    # 0.01 of the leak for 5 ms, driven by 57 mV of the 20 mV from rest to threshold.
    assert circuit.projection("feed").rule.w_max == pytest.approx(0.01 * 5e-3 * 57 / 20)


def test_checks_hold(experiment, tables):
    assert failed(experiment.findings(tables)) == set()


def test_tables_survive_the_disk(experiment, tables, from_disk):
    assert [f.as_dict() for f in experiment.findings(from_disk)] == [f.as_dict() for f in experiment.findings(tables)]


@pytest.mark.parametrize(
    ("table", "column", "rule", "query", "check"),
    [
        ("drift", "drift", lambda c: 1.2 * c, "rule == 'pair' and post_rate == 10", "pair_drift"),
        ("drift", "drift", lambda c: c - 5e-4, "rule == 'pair' and post_rate == 30", "pair_rates"),
        ("drift", "drift", lambda c: c + 2e-4, "rule == 'triplet'", "triplet_turn"),
        ("steps", "refused", lambda c: 1 - c, "dt == 0.0002", "refused_step"),
        ("steps", "refused", lambda c: 1 - c, "dt == 0.002", "refused_step"),
        ("steps", "bound", lambda c: 0 * c, "dt == 0.002", "bound_step"),
        ("steps", "drift", lambda c: c + 1e-4, None, "turning_step"),
        ("competition", "last", lambda c: 0.5 * c, "input_rate == 15", "competition_rate"),
        ("competition", "last", lambda c: 10 * c, "input_rate == 30", "ratio_last"),
        ("competition", "first", lambda c: 0.5 * c, "input_rate == 30", "ratio_first"),
        ("competition", "cv", lambda c: c + 0.3, "input_rate == 15", "competition_cv"),
        ("network", "excitatory", lambda c: 1.4 * c, None, "target_3_hz"),
        ("network", "before", lambda c: 0 * c + 4, None, "before_3_hz"),
        ("scaling", "deviation", lambda c: c + 1e-11, "cell == 3", "scaling_ratios"),
        ("scaling", "rate_end", lambda c: c + 3, "cell == 3", "scaling_rate"),
    ],
)
def test_a_false_table_fails_its_check(experiment, tables, table, column, rule, query, check):
    assert check in failed(experiment.findings(changed(tables, table, column, rule, query)))


def test_the_figure_shows_the_tables(experiment, tables):
    figure = experiment.figure(tables)
    assert len(figure.axes) == 6
    for ax, unit in zip(figure.axes[:3], ("Hz", "ms", "s"), strict=True):
        assert f"({unit})" in ax.get_xlabel()
    mean = next(line for line in figure.axes[2].lines if line.get_label() == "inputs of 15 Hz").get_ydata()
    course = tables["course"].query("input_rate == 15")
    np.testing.assert_allclose(mean, course.groupby("time").rate.mean())


def test_words_carry_the_numbers(experiment, tables):
    rate = tables["network"].excitatory.mean()
    assert f"{rate:.2f} Hz" in experiment.summary(tables)
    assert f"{rate:.2f} Hz for 3 Hz" in experiment.caption(tables)

"""Neurons at constant drives that stand for a trained layer are silent exactly where the closed form says."""

import math

import numpy as np
import pytest

import neurosim as ns
from experiments.sparsity._cosines import next_cosine
from experiments.sparsity._trained import HIDDEN, Learner, network_of, task_of, untrained
from experiments.sparsity.trained_nets_on_rungs import STEPS, Parameters, twin

P = Parameters(units=32, examples=100, tests=100, shown=6)


@pytest.fixture(scope="module")
def layer():
    circuit, cells = untrained(Learner(units=32, examples=100, tests=100, task="digits"), 1)
    network = network_of({"circuit": circuit, "cells": cells})
    x = task_of(P, "digits", 1).test_x[:6]
    static = network.forward({"input": x})
    return network, x, static, {name: float(static.activity[name].max()) for name in HIDDEN}


@pytest.mark.parametrize("kind", ["perfect_if", "lif"])
@pytest.mark.parametrize("name", HIDDEN)
def test_a_layer_is_silent_where_the_membrane_does_not_reach_threshold_in_time(layer, kind, name):
    network, x, static, scale = layer
    made = twin(P, network, scale, kind, (name,))
    given = x if name == HIDDEN[0] else static.activity[HIDDEN[0]]
    run = ns.simulate(made.circuit, made.cell, ns.Stimulus({"input": given}), made.schedule, progress=False)
    z = static.drive[name] / scale[name]
    if kind == "perfect_if":
        silent = z * STEPS <= 1.0  # v after T steps is T z
    else:
        silent = (1.0 + z) * -math.expm1(-made.schedule.duration / made.cell.tau_m) <= 1.0
    np.testing.assert_array_equal(run.rates[name] == 0, silent)
    assert 0 < silent.sum() < silent.size


def test_an_integrate_and_fire_twin_counts_the_scaled_activity(layer):
    network, x, _, scale = layer
    made = twin(P, network, scale, "perfect_if", ("hidden1",))
    run = ns.simulate(made.circuit, made.cell, ns.Stimulus({"input": x}), made.schedule, progress=False)
    a = np.maximum(x @ network.weights["to_hidden1"].T, 0.0)
    # One spike in a hundred is the unit of counting; nothing else may be lost.
    assert np.abs(made.unit["hidden1"] * run.rates["hidden1"] - a).max() <= scale["hidden1"] / 100 * (1 + 1e-9)


def test_the_map_of_cosines_gives_the_tabulated_values():
    # A table worked out apart from this code: from c = 0, layers 1, 2, 3, 5, 10, 20 and 50.
    expected = {1: 0.318310, 2: 0.493731, 3: 0.604826, 5: 0.735946, 10: 0.871536, 20: 0.948428, 50: 0.987862}
    c = 0.0
    for depth in range(1, 51):
        c = next_cosine(c)
        if depth in expected:
            assert c == pytest.approx(expected[depth], abs=5e-7)  # six digits are given


def test_the_map_of_cosines_is_that_of_random_relus():
    rng = np.random.default_rng(3)
    c = 0.4
    z = rng.standard_normal((2, 400_000))
    first, second = np.maximum(z[0], 0.0), np.maximum(c * z[0] + np.sqrt(1 - c * c) * z[1], 0.0)
    # E a b = c'/2; the standard error of 400,000 products of standard deviation below 1 is below 0.0016.
    assert 2 * np.mean(first * second) == pytest.approx(next_cosine(c), abs=4 * 2 * 0.0016)


@pytest.mark.parametrize("task", ["prototypes", "digits", "easy"])
def test_before_learning_half_of_both_layers_is_active(task):
    p = Learner(units=2000, examples=100, tests=100, task=task)
    run = network_of(dict(zip(("circuit", "cells"), untrained(p, 0), strict=True))).forward(
        {"input": task_of(p, task, 0).test_x}
    )
    for name in HIDDEN:
        # For any input units are independent fair coins: 0.5/sqrt(2000) is 0.011; averaging over inputs narrows it.
        assert (run.activity[name] > 0).mean() == pytest.approx(0.5, abs=4 * 0.0112)

"""Where the rules end: principal components, selectivity, decorrelation, means of patterns."""

import numpy as np
import pytest

import neurosim as ns
from neurosim import activations, homeostasis, plasticity
from neurosim.stimuli.stimulus import constant

LINEAR = ns.Unit(activation=activations.Identity())
RELU = ns.Unit(activation=ns.ReLU())


def circuit(w, rule, sign=None, laws=None, bias=0.0):
    post, pre = w.shape
    feed = ns.Projection("ff", "x", "y", w, sign=sign, tau=0.0, rule=rule)
    return ns.Circuit({"x": pre}, [ns.Population("y", post, bias, laws)], [feed])


@pytest.mark.parametrize("seed", range(3))
def test_sanger_finds_the_components_in_order(seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((300, 6)) * np.array([3.0, 2.4, 1.8, 1.0, 0.7, 0.5])
    x = x @ np.linalg.qr(rng.standard_normal((6, 6)))[0]
    vectors = np.linalg.eigh(x.T @ x)[1][:, ::-1][:, :3].T
    start = circuit(rng.normal(0, 0.1, (3, 6)), plasticity.Sanger(learning_rate=0.02))
    run = ns.learn(start, LINEAR, constant(x, "x"), epochs=800, batch=300)
    w = run.circuit.projection("ff").weights
    # The averaged equation has decayed by exp(-learning_rate * gap * steps): nothing is left of it.
    np.testing.assert_allclose(np.abs(np.sum(w * vectors, axis=1)), 1.0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(w, axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize("k", [2, 5, 10])
def test_bcm_answers_one_of_k_orthonormal_patterns_with_k(k):
    rng = np.random.default_rng(k)
    patterns = np.linalg.qr(rng.standard_normal((k, k)))[0]
    w = rng.uniform(0.4, 0.6, (1, k)) @ patterns
    run = ns.learn(
        circuit(w, plasticity.BCM(learning_rate=0.05, memory=2.0)),
        LINEAR,
        constant(patterns, "x"),
        epochs=2000,
        batch=k,
    )
    y = np.sort(patterns @ run.circuit.projection("ff").weights[0])
    # Averaged over the patterns the fixed point (K, 0, ..., 0) attracts exponentially.
    np.testing.assert_allclose(y, [0.0] * (k - 1) + [k], atol=1e-6)
    assert 1 - y.mean() / y.max() == pytest.approx(1 - 1 / k, abs=1e-6)


def test_anti_hebb_ends_where_pairs_meet_as_often_as_by_chance():
    rng = np.random.default_rng(0)
    common = rng.exponential(1.0, (100, 1))
    x = 0.5 * common + rng.exponential(0.3, (100, 3))
    target = 0.4
    lateral = ns.Projection(
        "lat", "y", "y", np.zeros((3, 3)), sign=-1, tau=0.0, rule=plasticity.AntiHebb(learning_rate=0.4, target=target)
    )
    feed = ns.Projection("ff", "x", "y", np.eye(3), tau=0.0)
    laws = homeostasis.TargetRate(target=target, learning_rate=0.4)
    both = ns.Circuit({"x": 3}, [ns.Population("y", 3, homeostasis=laws)], [feed, lateral])
    run = ns.learn(both, RELU, constant(x, "x"), epochs=300, batch=100)
    y = ns.simulate(run.circuit.frozen(), RELU, constant(x, "x")).rates["y"]
    moments = y.T @ y / len(y)
    off = moments[~np.eye(3, dtype=bool)]
    # Deterministic gradient steps on all trials at once converge; what is left is below the step size.
    np.testing.assert_allclose(off, target**2, rtol=1e-3)
    np.testing.assert_allclose(y.mean(axis=0), target, rtol=1e-3)
    before = np.cov(np.maximum(x, 0).T)
    assert abs(np.cov(y.T)[0, 1]) < 1e-3 < before[0, 1]


def test_instar_ends_at_the_mean_of_the_patterns_weighted_by_the_answer():
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 1, (50, 4))
    gate = ns.Population("y", 1, bias=0.3)
    feed = ns.Projection("ff", "x", "y", np.zeros((1, 4)), tau=0.0, rule=plasticity.Instar(learning_rate=0.5))
    step = ns.Unit(activation=activations.Step())
    run = ns.learn(ns.Circuit({"x": 4}, [gate], [feed]), step, constant(x, "x"), epochs=100, batch=50)
    # The unit answers every pattern with 1, so its weights end at the plain mean; (1 - .5)^100 is 0 in doubles.
    np.testing.assert_allclose(run.circuit.projection("ff").weights[0], x.mean(axis=0), rtol=1e-12)

"""learn: presentations in sequence, the same rule on every rung, interrupted and continued bit for bit."""

import numpy as np
import pytest
import scipy.sparse as sp

import neurosim as ns
from neurosim import activations, homeostasis, plasticity
from neurosim.params import DimensionError, ParameterError
from neurosim.randomness import stream
from neurosim.stimuli.stimulus import constant, poisson

LINEAR = ns.Unit(activation=activations.Identity())
SHORT = ns.Schedule(duration=0.2, settle=0.1, dt=1e-3)


def feed_forward(w, rule, *, sign=None, bias=0.0, laws=None, tau=0.0):
    post, pre = np.shape(w)
    projection = ns.Projection("ff", "x", "y", np.asarray(w, dtype=float), sign=sign, tau=tau, rule=rule)
    return ns.Circuit({"x": pre}, [ns.Population("y", post, bias, laws)], [projection])


def patterns(trials, units, seed=0):
    return np.abs(np.random.default_rng(seed).standard_normal((trials, units)))


def test_it_does_what_a_loop_written_by_hand_does():
    x = patterns(12, 3)
    start = np.array([[0.3, -0.2, 0.1], [0.0, 0.4, 0.2]])
    run = ns.learn(
        feed_forward(start, plasticity.Oja(learning_rate=0.05)), LINEAR, constant(x, "x"), epochs=2, batch=5, seed=4
    )
    w = start.copy()
    for turn in range(2):
        order = stream(4, "shuffle", turn).permutation(12)
        for part in (order[:5], order[5:10], order[10:]):
            y = x[part] @ w.T
            w = w + 0.05 * np.mean([np.outer(b, a) - (b**2)[:, None] * w for a, b in zip(x[part], y, strict=True)], 0)
    # The static engine solves this feed-forward circuit in one pass: only rounding differs.
    np.testing.assert_allclose(run.circuit.projection("ff").weights, w, rtol=1e-12)
    assert run.finished
    assert run.batches == 6
    assert run.circuit.plastic


@pytest.mark.parametrize(
    "cells",
    [
        ns.Unit(activation=ns.ReLU(gain=50.0)),
        ns.LeakyRate(tau=5e-3, activation=ns.ReLU(gain=50.0)),
        ns.cells.PerfectIF(t_ref=0.0),
    ],
    ids=["static", "rate", "spiking"],
)
def test_the_same_rule_learns_nearly_the_same_on_every_rung(cells):
    x = 20.0 + 30.0 * patterns(6, 4)
    start = np.full((2, 4), 0.008)
    start[1] = [0.002, 0.012, 0.002, 0.012]
    circuit = feed_forward(start, plasticity.Hebb(learning_rate=5e-3, reference=50.0), sign=1)
    run = ns.learn(circuit, cells, constant(x, "x"), ns.Schedule(duration=1.0, settle=0.2), shuffle=False)
    w = start.copy()
    for row in x:
        y = 50.0 * np.maximum(w @ row, 0.0)
        w = w + 5e-3 * np.outer(y, row) / 50.0**3
    change, expected = run.circuit.projection("ff").weights - start, w - start
    # Spikes in 0.8 s are counted to within one: 1.25 Hz in rates of 40 Hz and more.
    np.testing.assert_allclose(change, expected, rtol=0.035)


def test_signed_weights_stay_magnitudes_and_missing_connections_missing():
    from scipy.sparse import csr_array

    lateral = ns.Projection(
        "lat", "y", "y", np.zeros((3, 3)), sign=-1, tau=0.0, rule=plasticity.AntiHebb(learning_rate=0.2)
    )
    pattern = csr_array(np.array([[0.5, 0.0, 0.2], [0.0, 0.3, 0.0], [0.1, 0.1, 0.0]]))
    sparse = ns.Projection("ff", "x", "y", pattern, sign=1, tau=0.0, rule=plasticity.Oja(learning_rate=0.5))
    circuit = ns.Circuit({"x": 3}, [ns.Population("y", 3)], [sparse, lateral])
    run = ns.learn(circuit, ns.Unit(activation=ns.ReLU()), constant(3 * patterns(20, 3), "x"), seed=1)
    feed, inhibition = run.circuit.projection("ff").dense(), run.circuit.projection("lat").dense()
    assert (feed >= 0).all()
    assert not feed[pattern.toarray() == 0].any()
    assert not np.diagonal(inhibition).any()
    assert inhibition.max() > 0
    assert (inhibition >= 0).all()


def test_a_bound_is_kept():
    rule = plasticity.Hebb(learning_rate=1.0, reference=10.0, w_max=0.7)
    run = ns.learn(feed_forward(np.full((1, 2), 0.01), rule, sign=1), LINEAR, constant(10 * patterns(30, 2), "x"))
    assert run.circuit.projection("ff").weights.max() == pytest.approx(0.07, rel=1e-15)


def test_homeostasis_brings_every_unit_to_its_target():
    laws = homeostasis.TargetRate(target=2.0, learning_rate=0.1)
    relu = ns.Unit(activation=ns.ReLU())
    circuit = feed_forward(np.array([[1.0, 0.2], [0.1, 0.1], [3.0, 2.0]]), None, bias=[0.0, -3.0, 1.0], laws=laws)
    x = patterns(40, 2, seed=5)
    run = ns.learn(circuit, relu, constant(x, "x"), epochs=400, batch=40)
    rates = ns.simulate(run.circuit.frozen(), relu, constant(x, "x")).rates["y"]
    # Every step closes a tenth of the gap times the share of active trials (all of them near the target).
    np.testing.assert_allclose(rates.mean(axis=0), 2.0, rtol=1e-6)


def test_laws_act_in_order_after_the_rules():
    laws = (homeostasis.WeightNormalisation(total=3.0), homeostasis.TargetRate(target=0.0, learning_rate=1.0))
    circuit = feed_forward(np.ones((2, 3)), plasticity.Hebb(learning_rate=0.1), sign=1, laws=laws)
    run = ns.learn(circuit, LINEAR, constant([[1.0, 2.0, 4.0]], "x"))
    # Both units answer 7; u grows by 0.1 * 7 * x, then the sum of each row is 3 again; the bias falls by 7.
    grown = 1 + 0.7 * np.array([1.0, 2.0, 4.0])
    np.testing.assert_allclose(run.circuit.projection("ff").weights, np.tile(3 * grown / grown.sum(), (2, 1)))
    np.testing.assert_allclose(run.circuit.population("y").bias, [-7.0, -7.0])


def interrupted_after(batches):
    def stop(number, recording, circuit):
        if number == batches:
            raise KeyboardInterrupt

    return stop


@pytest.fixture
def noisy_run():
    """A run with every kind of memory: spike trains, a sliding threshold, a running mean, two passes, snapshots."""
    laws = (
        homeostasis.SynapticScaling(target=20.0, learning_rate=0.1),
        homeostasis.TargetRate(target=20.0, learning_rate=0.01),
    )
    circuit = feed_forward(
        np.full((2, 4), 0.01), plasticity.BCM(learning_rate=0.01, reference=20.0), sign=1, laws=laws, tau=5e-3
    )
    stimulus = poisson(20 + 60 * patterns(7, 4), "x")

    def run(**options):
        return ns.learn(circuit, ns.LIF(), stimulus, SHORT, epochs=2, batch=2, seed=3, snapshots=3, **options)

    return run


def test_after_an_interrupt_the_run_so_far_is_returned_and_goes_on_bit_for_bit(noisy_run, tmp_path):
    whole = noisy_run()
    file = tmp_path / "run.npz"
    part = noisy_run(checkpoint=file, observe=interrupted_after(3))
    assert not part.finished
    assert part.batches == 3
    rest = noisy_run(checkpoint=file)
    assert rest.finished
    assert rest.circuit == whole.circuit
    assert [s.batch for s in rest.snapshots] == [0, 4, 8]
    assert [s.circuit for s in rest.snapshots] == [s.circuit for s in whole.snapshots]
    for name, values in whole.history.items():
        np.testing.assert_array_equal(rest.history[name], values)
    assert noisy_run(checkpoint=file).batches == 8


def test_a_batch_that_is_interrupted_halfway_does_not_count(noisy_run, monkeypatch):
    whole = noisy_run(observe=interrupted_after(3))
    calls = []
    original = homeostasis.TargetRate.bias_change

    def stop(self, post, state=None):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return original(self, post, state)

    monkeypatch.setattr(homeostasis.TargetRate, "bias_change", stop)
    part = noisy_run()
    assert part.batches == 3
    assert part.circuit == whole.circuit


def test_every_pass_and_batch_has_spikes_of_its_own(noisy_run):
    rates = []
    noisy_run(observe=lambda number, recording, circuit: rates.append(recording.drive["y"]))
    assert len({drive.tobytes() for drive in rates}) == len(rates)


def test_a_checkpoint_of_another_run_or_a_damaged_one_is_refused(noisy_run, tmp_path):
    file = tmp_path / "run.npz"
    noisy_run(checkpoint=file)
    circuit = feed_forward(np.ones((1, 2)), plasticity.Hebb())
    with pytest.raises(ParameterError, match=r"belongs to another run \(cells, circuit, .*stimulus differ\)"):
        ns.learn(circuit, LINEAR, constant(np.ones((1, 2)), "x"), checkpoint=file)
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ParameterError, match=r"or a damaged one \(it is no \.npz file, or was cut short\); remove it"):
        noisy_run(checkpoint=file)


def test_trials_without_a_steady_state_teach_nothing():
    wild = ns.Projection("loop", "y", "y", np.array([[0.0, -5.0], [5.0, 0.0]]), sign=None, tau=0.0)
    step = ns.Unit(activation=activations.Step())
    circuit = feed_forward(np.eye(2), plasticity.Hebb(), sign=1).with_projections(wild)
    stimulus = constant(np.array([[1.0, -1.0], [-9.0, -9.0]]), "x")
    hasty = ns.engines.static.Static(iterations=20, newton=2, attempts=1)
    run = ns.learn(circuit, step, stimulus, batch=2, engine=hasty)
    assert run.history["converged"] == pytest.approx([0.5])
    np.testing.assert_array_equal(run.circuit.projection("ff").weights, np.eye(2))
    with pytest.raises(ParameterError, match="no trial of batch 1 reached a steady state"):
        ns.learn(circuit, step, stimulus.select([0]), engine=hasty)


def test_what_cannot_be_learned_is_said_before_anything_runs():
    stimulus = constant(np.ones((2, 2)), "x")
    with pytest.raises(ParameterError, match="nothing in the circuit learns"):
        ns.learn(feed_forward(np.ones((1, 2)), None), LINEAR, stimulus)
    for name, value in (("epochs", 0), ("batch", 2.5), ("snapshots", -1)):
        with pytest.raises(
            (ParameterError, DimensionError), match=rf"^learn: {name}: got {value!r}, expected a whole number"
        ):
            ns.learn(feed_forward(np.ones((1, 2)), plasticity.Hebb()), LINEAR, stimulus, **{name: value})
    with pytest.raises(ParameterError, match=r"homeostasis 'fast', expected one of neurosim\.homeostasis"):
        ns.Population("y", 2, homeostasis="fast")


def test_settings_of_the_wrong_kind_are_told_before_anything_runs(tmp_path):
    circuit, stimulus = feed_forward(np.ones((1, 2)), plasticity.Hebb()), constant(np.ones((2, 2)), "x")
    with pytest.raises(
        DimensionError,
        match=r"^learn: stimulus: got an array of shape .*, expected a Stimulus: ns.stim",
    ):
        ns.learn(circuit, LINEAR, np.ones((2, 2)))
    with pytest.raises(DimensionError, match=r"^learn: observe: got 3, expected a function"):
        ns.learn(circuit, LINEAR, stimulus, observe=3)
    with pytest.raises(DimensionError, match=r"^learn: progress: got 3, expected True, False, None or a function"):
        ns.learn(circuit, LINEAR, stimulus, progress=3)
    with pytest.raises(ParameterError, match=r"^learn: checkpoint: got the folder .*, expected a file, such as .*run"):
        ns.learn(circuit, LINEAR, stimulus, checkpoint=tmp_path)
    with pytest.raises(ParameterError, match=r"expected a file in a folder that exists; make .*nowhere first$"):
        ns.learn(circuit, LINEAR, stimulus, checkpoint=tmp_path / "nowhere" / "run.npz")
    assert not list(tmp_path.iterdir())


def test_weights_beyond_their_bound_at_the_start_are_refused():
    circuit = feed_forward(np.full((1, 2), 3.0), plasticity.Hebb(w_max=2.0))
    with pytest.raises(
        ParameterError, match=r"'ff': got weights up to 3 s, expected at most 2 s, the bound w_max of i"
    ):
        ns.learn(circuit, LINEAR, constant(np.ones((2, 2)), "x"))


def test_a_law_that_has_no_weights_to_act_on_is_refused():
    circuit = feed_forward(np.ones((1, 2)), None, laws=homeostasis.SynapticScaling())
    with pytest.raises(ParameterError, match=r"population 'y': SynapticScaling scales the weights .* none leads here"):
        ns.learn(circuit, LINEAR, constant(np.ones((2, 2)), "x"))
    still = feed_forward(
        np.ones((1, 2)), plasticity.Hebb(learning_rate=0.0), laws=homeostasis.SynapticScaling(target=1.0)
    )
    run = ns.learn(still, LINEAR, constant(np.ones((2, 2)), "x"))
    assert (run.circuit.projection("ff").weights < 1.0).all()  # the unit is at 2 Hz, twice its target


def test_a_target_that_no_cell_can_reach_is_refused():
    circuit = feed_forward(np.ones((1, 2)), None, laws=homeostasis.TargetRate(target=600.0))
    with pytest.raises(ParameterError, match=r"population 'y': got a target of 600 Hz, expected less than 500 Hz"):
        ns.learn(circuit, ns.LIF(t_ref=2e-3), constant(np.ones((2, 2)), "x"))


def test_a_rule_whose_target_no_cell_can_reach_is_refused():
    rule = plasticity.InhibitorySTDP(target=600.0, w_max=2.0)
    circuit = feed_forward(np.ones((1, 2)), rule, sign=-1)
    with pytest.raises(
        ParameterError, match=r"'ff': InhibitorySTDP: got a target of 600 Hz, expected less than 500 Hz"
    ):
        ns.simulate(circuit, ns.LIF(t_ref=2e-3), constant(np.ones((1, 2)), "x"))


LAWS = (homeostasis.WeightNormalisation(), homeostasis.SynapticScaling(), homeostasis.TargetRate())


@pytest.mark.parametrize("law", [None, *LAWS], ids=lambda law: type(law).__name__)
def test_weights_that_run_away_are_named(law):
    circuit = feed_forward(np.ones((1, 2)), plasticity.Hebb(learning_rate=1e200), laws=law)
    stimulus = constant(np.full((9, 2), 1e150), "x")
    message = r"^learn: the weights of 'ff' are no longer finite by Hebb in batch 1 \(trial \d\), expected less than"
    with pytest.raises(ns.learning.DivergedError, match=message) as caught, np.errstate(over="ignore"):
        ns.learn(circuit, LINEAR, stimulus)
    assert caught.value.learning.batches == 0


def test_sparse_weights_stay_sparse_and_a_connection_that_fell_to_0_can_grow_again():
    # Two of four connections.
    start = sp.csr_array((np.array([0.5, 0.0]), np.array([0, 1]), np.array([0, 1, 2])), shape=(2, 2))
    feed = ns.Projection("ff", "x", "y", start, sign=None, tau=0.0, rule=plasticity.Hebb(learning_rate=0.5))
    circuit = ns.Circuit({"x": 2}, [ns.Population("y", 2, 1.0)], [feed])
    run = ns.learn(circuit, LINEAR, constant(np.array([[2.0, 0.0]]), "x"), snapshots=2)
    learned = run.circuit.projection("ff").weights
    assert learned.nnz == 2
    # y = (1 + 0.5 * 2, 1), x = (2, 0): dw = 0.5 * 2 * 2 = 2 on the first connection, 0 on the second.
    np.testing.assert_array_equal(learned.toarray(), [[2.5, 0.0], [0.0, 0.0]])
    assert run.snapshots[-1].circuit.projection("ff").weights.nnz == 2
    again = ns.learn(run.circuit, LINEAR, constant(np.array([[0.0, 3.0]]), "x"))
    np.testing.assert_array_equal(again.circuit.projection("ff").dense(), [[2.5, 0.0], [0.0, 1.5]])
    assert again.circuit.frozen().projection("ff").weights.nnz == 2
    assert run.circuit.frozen().projection("ff").weights.nnz == 1


def test_weights_that_explode_stop_the_run_and_the_last_ones_are_kept(tmp_path):
    # Two inputs of 1 and a unit that adds them: dw = 2w doubles the weights each time, 2^20 > 1e6 > 2^19.
    circuit = feed_forward(np.ones((1, 2)), plasticity.Hebb(learning_rate=0.5))
    file = tmp_path / "run"
    with pytest.raises(
        ns.learning.DivergedError, match=r"reach 1\.05e\+06 s by Hebb in batch 20 \(trial 19\)"
    ) as caught:
        ns.learn(circuit, LINEAR, constant(np.ones((30, 2)), "x"), shuffle=False, checkpoint=file)
    kept = caught.value.learning
    assert (kept.batches, kept.finished) == (19, False)
    np.testing.assert_array_equal(kept.circuit.projection("ff").weights, np.full((1, 2), 2.0**19))
    assert len(kept.history["change ff"]) == 19
    assert any(tmp_path.iterdir())


def test_it_can_be_read():
    run = ns.learn(feed_forward(np.ones((1, 2)), plasticity.Oja()), LINEAR, constant(np.ones((2, 2)), "x"))
    assert repr(run).startswith("Learning(finished after 2 batches; last mean rates: y ")
    assert list(run.to_frame().columns) == ["batch", "rate y", "change ff", "converged"]
    assert "<table>" in run._repr_html_()


def test_rules_and_laws_see_the_readout_and_observers_the_activity():
    x = np.array([[1.0, 0.0], [0.6, 0.2], [0.1, 0.9]])
    start = np.array([[0.7, 0.1], [0.2, 0.5]])
    seen = []
    circuit = feed_forward(
        start, plasticity.Instar(learning_rate=0.1), laws=homeostasis.TargetRate(target=0.25, learning_rate=0.2)
    )
    step = activations.Step(threshold=0.4)
    run = ns.learn(
        circuit, LINEAR, constant(x, "x"), shuffle=False, readout=step,
        observe=lambda number, recording, now: seen.append(recording.rates["y"][0]),
    )  # fmt: skip
    w, bias = start.copy(), np.zeros(2)
    for row, graded in zip(x, seen, strict=True):
        np.testing.assert_allclose(graded, w @ row + bias, rtol=1e-12)  # the same sum
        y = (graded > 0.4).astype(float)
        w += 0.1 * y[:, None] * (row - w)
        bias -= 0.2 * (y - 0.25)
    np.testing.assert_allclose(run.circuit.projection("ff").weights, w, rtol=1e-12)
    np.testing.assert_allclose(run.circuit.population("y").bias, bias, rtol=1e-12)


def test_a_readout_is_an_activation_and_part_of_what_a_checkpoint_knows(tmp_path):
    circuit = feed_forward(np.ones((1, 2)), plasticity.Oja(learning_rate=0.1))
    with pytest.raises(ParameterError, match=r"readout: got 0\.5, expected an activation"):
        ns.learn(circuit, LINEAR, constant(patterns(3, 2), "x"), readout=0.5)
    file = tmp_path / "run.npz"
    ns.learn(circuit, LINEAR, constant(patterns(3, 2), "x"), readout=activations.Step(), checkpoint=file)
    with pytest.raises(ParameterError, match=r"belongs to another run \(readout differ\)"):
        ns.learn(circuit, LINEAR, constant(patterns(3, 2), "x"), checkpoint=file)

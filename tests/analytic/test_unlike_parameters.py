"""Values where parameters whose defaults coincide, or are 0, are all different: which is which can then be seen.

Every expected number is a closed form or counted by hand; the case beside it is where an exchange would show.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

import neurosim as ns
from neurosim import activations, cells, homeostasis, metrics, plasticity
from neurosim.lab.store import arrays_to_frames, frames_to_arrays
from neurosim.plasticity.base import Trace
from neurosim.randomness import child
from neurosim.training import losses, optimisers, penalties
from neurosim.training.run import _Run

MS = 1e-3
UNLIKE = plasticity.STDP(A_plus=0.01, tau_plus=10 * MS, A_minus=0.004, tau_minus=40 * MS, w_max=2.0)


def test_the_time_constants_of_stdp_belong_to_their_own_side():
    assert dict(UNLIKE.pre_traces) == {"x1": Trace(10 * MS, to_one=False)}
    assert dict(UNLIKE.post_traces) == {"y1": Trace(40 * MS, to_one=False)}
    nearest = UNLIKE.replace(pairing="nearest")
    assert dict(nearest.pre_traces) == {"x1": Trace(10 * MS, to_one=True)}
    assert dict(nearest.post_traces) == {"y1": Trace(40 * MS, to_one=True)}


def test_the_drift_of_stdp_weighs_each_amplitude_with_its_own_time_constant():
    # 2 * 5 * 8 * (0.01 * 0.010 - 0.004 * 0.040) = 80 * (1.0e-4 - 1.6e-4).
    assert UNLIKE.drift(5.0, 8.0) == pytest.approx(-4.8e-3, rel=1e-12)


def change(rule, pre, post):
    """Change of one weight, as a share of w_max, by spikes at these times (ms): the cell fires when it is told to."""
    cell = cells.LIF(t_ref=0.0)
    circuit = ns.Circuit(
        {"pre": 1, "driver": 1},
        [ns.Population("post", 1)],
        [
            ns.Projection("relay", "driver", "post", [[2.0 / cell.impulse]], tau=0.0),
            ns.Projection("plastic", "pre", "post", [[0.5e-12]], tau=0.0, rule=rule.replace(w_max=1e-12)),
        ],
    )
    each = [
        ns.stimulus.spikes(np.array(times) * MS, np.zeros(len(times), int), size=1, input=name)
        for name, times in (("pre", pre), ("driver", post))
    ]
    schedule = ns.Schedule(duration=0.06, settle=0.0, dt=1e-5)
    run = ns.simulate(circuit, cell, ns.stimulus.combine(*each), schedule, engine="compiled")
    return run.weights["plastic"][0, 0] / 1e-12 - 0.5


def test_which_pairs_count_and_for_how_long():
    up, down = UNLIKE.replace(A_minus=0.0), UNLIKE.replace(A_plus=0.0)
    # The cell fires one step of 0.01 ms after it was told to, which is 1e-3 of the shortest time constant.
    near = {"rel": 2e-3}
    assert change(up, [10, 22], [30]) == pytest.approx(0.01 * (np.exp(-2.0) + np.exp(-0.8)), **near)
    assert change(down, [40], [15, 20]) == pytest.approx(-0.004 * (np.exp(-25 / 40) + np.exp(-20 / 40)), **near)
    up, down = up.replace(pairing="nearest"), down.replace(pairing="nearest")
    assert change(up, [10, 22], [30]) == pytest.approx(0.01 * np.exp(-0.8), **near)
    assert change(down, [40], [15, 20]) == pytest.approx(-0.004 * np.exp(-20 / 40), **near)


def local_intervals():
    """Two trials of one unit: intervals 1, 1 and 3, 3 s; the two trials interleave in time."""
    return np.array([0.0, 1.0, 2.0, 0.0, 3.0, 6.0]), np.zeros(6, int), np.array([0, 0, 0, 1, 1, 1])


def test_no_interval_spans_two_trials():
    times, units, trials = local_intervals()
    np.testing.assert_array_equal(np.sort(metrics.isis(times, units, trials=trials)), [1.0, 1.0, 3.0, 3.0])
    # Mean 2, deviations of 1: 1/2.
    assert metrics.cv(times, units, trials=trials) == pytest.approx(0.5, rel=1e-15)
    assert metrics.cv_per_unit(times, units, 1, trials=trials) == pytest.approx([0.5], rel=1e-15)
    assert metrics.local_variation(times, units, trials=trials) == 0.0
    # One unit after the other, at the same times: again nothing in between.
    assert metrics.cv(times, trials) == pytest.approx(0.5, rel=1e-15)


def adapted(drive, curve):
    """The interval at which its own equation is met, by bisection: v at the end of the interval is 1."""

    def v(interval):
        s = interval - curve.t_ref
        level = curve.jump * np.exp(-curve.t_ref / curve.tau_a) / -np.expm1(-interval / curve.tau_a)
        kernel = (np.exp(-s / curve.tau_a) - np.exp(-s / curve.tau_m)) / (1 - curve.tau_m / curve.tau_a)
        fade = np.exp(-s / curve.tau_m)
        return drive * (1 - fade) + curve.v_reset * fade - level * kernel - 1.0

    return brentq(v, curve.t_ref + 1e-6, 10.0, xtol=1e-15, rtol=1e-14)


@pytest.mark.parametrize("v_reset", [-1.5, 0.0, 0.6])
def test_the_curve_of_an_adaptive_cell_starts_from_its_reset(v_reset):
    plain = activations.AdaptiveLIFCurve(tau_m=15 * MS, t_ref=3 * MS, v_reset=v_reset, tau_a=80 * MS, jump=0.0)
    # Without adaptation the interval of a leaky cell: t_ref + tau_m ln((I - v_reset)/(I - 1)).
    interval = 3 * MS + 15 * MS * np.log((2.5 - v_reset) / 1.5)
    assert plain(np.array([2.5]))[0] == pytest.approx(1 / interval, rel=1e-12)
    curve = plain.replace(jump=0.3)
    assert curve(np.array([2.5]))[0] == pytest.approx(1 / adapted(2.5, curve), rel=1e-9)


@pytest.mark.parametrize("v_reset", [-1.0, 0.5])
def test_far_above_threshold_an_adaptive_cell_without_refractoriness_is_straight(v_reset):
    curve = activations.AdaptiveLIFCurve(tau_m=20 * MS, t_ref=0.0, v_reset=v_reset, tau_a=100 * MS, jump=0.2)
    # I = tau_m (1 - v_reset) r + tau_a jump r: the slope is 1/(0.02 (1 - v_reset) + 0.02).
    slope = 1 / (0.02 * (1 - v_reset) + 0.02)
    np.testing.assert_allclose(curve.derivative(np.array([1e12, 1e200])), slope, rtol=1e-6)


def linear(weight, hidden=1):
    """x -> hidden -> output of linear units, each weight the same."""
    populations = [ns.Population("hidden", hidden), ns.Population("output", 1)]
    projections = [
        ns.Projection("to_hidden", "x", "hidden", np.full((hidden, 1), weight), sign=None, tau=0.0),
        ns.Projection("to_output", "hidden", "output", np.full((1, hidden), weight), sign=None, tau=0.0),
    ]
    return ns.Circuit({"x": 1}, populations, projections), ns.Unit(activation=activations.Identity())


def trained(weight, x, y, hidden=1, **options):
    circuit, cell = linear(weight, hidden)
    sgd = optimisers.SGD(learning_rate=options.pop("rate", 0.1), momentum=0.0)
    given = {"loss": losses.SquaredError(), "optimiser": sgd, "epochs": 1, "batch": len(x)} | options
    return ns.train(circuit, cell, np.asarray(x, float)[:, None], np.asarray(y, float)[:, None], **given)


def test_weight_decay_takes_its_share_and_no_more():
    # Without input there is no gradient but the decay's: w (1 - rate * l2) = 2 (1 - 0.1 * 0.3) = 1.94.
    run = trained(2.0, [0.0, 0.0], [0.0, 0.0], penalties=penalties.Penalties(l2_weights=0.3))
    for name in ("to_hidden", "to_output"):
        np.testing.assert_allclose(run.circuit.projection(name).dense(), [[1.94]], rtol=1e-15)


def test_the_penalty_on_activity_is_a_mean_over_trials():
    # The outputs are right, so that only the penalty moves: w1 -= rate * l1 * mean(sign(a) x) = 0.1 * 0.5 * 2.
    x = np.array([1.0, 2.0, 3.0])
    run = trained(1.0, x, x, penalties=penalties.Penalties(l1_activity=0.5))
    np.testing.assert_allclose(run.circuit.projection("to_hidden").dense(), [[0.9]], rtol=1e-12)
    np.testing.assert_allclose(run.circuit.projection("to_output").dense(), [[1.0]], rtol=1e-12)


def test_what_dropout_leaves_is_divided_by_the_share_that_is_left():
    # Each of 2000 trials gives 1/(1 - p) or 0: half the mean square is 0.5/(1 - p) = 0.625 for p = 0.2.
    run = trained(1.0, np.ones(2000), np.zeros(2000), rate=0.0, penalties=penalties.Penalties(dropout=0.2))
    # The square is 1.5625 with probability 0.8: half of it has a standard deviation of 0.3125.
    assert run.history["loss"][0] == pytest.approx(0.625, abs=4 * 0.3125 / np.sqrt(2000))


def test_every_epoch_has_an_order_and_a_dropout_of_its_own(monkeypatch):
    orders, states, step = [], [], _Run._step

    def seen(self, part, dropping, sums, share):
        orders.append(part.tolist())
        states.append(dropping.bit_generator.state["state"]["state"])
        return step(self, part, dropping, sums, share)

    monkeypatch.setattr(_Run, "_step", seen)
    trained(1.0, np.arange(30.0), np.arange(30.0), rate=0.0, epochs=3, seed=5)
    assert len({tuple(order) for order in orders}) == len(set(states)) == 3
    wanted = [ns.randomness.stream(5, "shuffle", epoch).permutation(30).tolist() for epoch in range(3)]
    assert orders == wanted


def test_early_stopping_goes_back_to_the_best_epoch():
    # y = 2 x; two layers of 0.5 meet it at a product of 4 of the 0.25 they have, and a rate of 3 overshoots at once.
    x = np.linspace(0.1, 1.0, 8)
    options = {"rate": 3.0, "validation": (x[:, None], 2 * x[:, None]), "seed": 1}
    after = [trained(0.5, x, 2 * x, epochs=k, **options) for k in (1, 2, 3)]
    scores = [run.history["validation"][-1] for run in after]
    best = after[int(np.argmax(scores))]
    stopped = trained(0.5, x, 2 * x, epochs=3, patience=5, **options)
    assert 0 < int(np.argmax(scores)) + 1 < 3
    for name in ("to_hidden", "to_output"):
        np.testing.assert_array_equal(stopped.circuit.projection(name).dense(), best.circuit.projection(name).dense())


@pytest.mark.parametrize("momentum", [0.9, 0.25])
def test_momentum_keeps_its_own_share(momentum):
    # Two steps of gradient 1 at a rate of 0.1: -0.1, then -0.1 (1 + momentum).
    sgd, w = optimisers.SGD(learning_rate=0.1, momentum=momentum), [np.array([1.0])]
    memory = sgd.memory(w)
    for count in (1, 2):
        sgd.step(w, [np.array([1.0])], memory, [1.0], count)
    assert w[0][0] == pytest.approx(1.0 - 0.1 - 0.1 * (1 + momentum), rel=1e-14)


def test_scaling_measures_activity_in_its_own_reference():
    law = homeostasis.SynapticScaling(target=16.0, learning_rate=0.1, memory=4.0, reference=8.0)
    # Two trials of 40 and 56 Hz: 48 Hz, 6 references; the target is 2 of them. m = 2 + (6 - 2)/4 = 3: 1.5 targets.
    post = np.array([[40.0], [56.0]])
    state = law.next_state(post, law.initial_state(1))
    assert state["mean"] == pytest.approx([3.0], rel=1e-15)
    # The mean after this presentation counts: w (1 + 0.1 (1 - 1.5)) = 0.95 w.
    np.testing.assert_allclose(law.scale(np.array([[2.0, 4.0]]), post), [[1.9, 3.8]], rtol=1e-14)


def relaxing(delay):
    """A rate unit that relaxes to 50 Hz with 20 ms, counted from 10 to 40 ms; a delay makes it go in steps."""
    feedback = ns.Projection("loop", "p", "p", [[0.0]], tau=0.0, delay=delay)
    circuit = ns.Circuit({}, [ns.Population("p", 1, bias=1.0)], [feedback])
    cell = ns.LeakyRate(tau=20 * MS, activation=activations.ReLU(gain=50.0))
    return ns.simulate(circuit, cell, schedule=ns.Schedule(duration=40 * MS, settle=10 * MS, dt=1 * MS)).rates["p"][
        0, 0
    ]


def test_the_mean_rate_while_it_relaxes():
    # 50 (1 - 20/30 (exp(-10/20) - exp(-40/20))).
    assert relaxing(0.0) == pytest.approx(50 * (1 - 2 / 3 * (np.exp(-0.5) - np.exp(-2.0))), rel=1e-4)
    # In steps of 1 ms: 30 values from 10 ms to 39 ms. Heun's factor of a step is 1 - 1/20 + 1/800.
    steps = 50 * (1 - (1 - 0.05 + 0.05**2 / 2) ** np.arange(10, 40))
    assert relaxing(1 * MS) == pytest.approx(steps.mean(), rel=1e-12)


def test_inhibition_is_recorded_as_a_magnitude():
    circuit = ns.Circuit(
        {}, [ns.Population("a", 1, bias=2.0), ns.Population("b", 1, bias=3.0)],
        [
            ns.Projection("slow", "a", "b", [[0.01]], sign=-1, tau=5 * MS),
            ns.Projection("fast", "a", "b", [[0.02]], sign=-1, tau=0.0),
            ns.Projection("plus", "a", "b", [[0.03]], sign=1, tau=5 * MS),
        ],
    )  # fmt: skip
    cell = ns.LeakyRate(tau=5 * MS, activation=activations.ReLU(gain=10.0))
    run = ns.simulate(
        circuit, cell, schedule=ns.Schedule(duration=0.4, settle=0.3), record=("excitation", "inhibition", "drive")
    )
    # a settles at 20 Hz: 20 * 0.03 against 20 * (0.01 + 0.02), on top of a bias of 3.
    values = {name: run.traces["b"].values[name][-1, 0, 0] for name in ("excitation", "inhibition", "drive")}
    assert values == pytest.approx({"excitation": 0.6, "inhibition": 0.6, "drive": 3.0}, rel=1e-9)


def test_children_of_children_keep_their_whole_path():
    root = np.random.SeedSequence(7)
    # CRC32 of "a" and "b", as zlib and every table have them.
    assert child(child(root, "a"), "b").spawn_key == (0xE8B7BE43, 0x71BEEFF9)
    assert child(child(root, 3), 4).spawn_key == (3, 4)


def test_arrays_in_a_column_come_back_in_their_rows():
    column = pd.Series([np.full(2, float(row)) for row in range(12)], dtype=object)
    frame = pd.DataFrame({"row": np.arange(12), "picture": column})
    again = arrays_to_frames(frames_to_arrays({"t": frame}), {"t": ["row", "picture"]})["t"]
    assert [picture[0] for picture in again["picture"]] == list(range(12))


@pytest.mark.parametrize("engine", ["compiled", "brian"])
def test_a_potential_that_stays_at_the_threshold_is_no_spike(engine):
    # dv/dt = (1 - v)/tau_m is 0 at v = 1: it neither rises nor falls, and "above 1" is never met.
    circuit = ns.Circuit({}, [ns.Population("p", 2, bias=[1.0, 1.0 + 1e-9])], [])
    start = {"p": {"v": np.array([[1.0, 1.0 + 1e-12]])}}
    schedule = ns.Schedule(duration=5 * MS, settle=0.0)
    run = ns.simulate(circuit, cells.LIF(), schedule=schedule, initial=start, engine=engine, record=("spikes",))
    assert run.spikes["p"].units.tolist() == [1]


def test_bcm_is_a_mean_over_trials():
    rule = plasticity.BCM(learning_rate=0.1, memory=4.0, theta=2.0)
    x, y = np.array([[1.0], [3.0]]), np.array([[4.0], [1.0]])
    state = rule.initial_state(1, 1)
    # y (y - theta) x: 4 * 2 * 1 and 1 * -1 * 3; half of 5, times 0.1.
    np.testing.assert_allclose(rule.dw([[0.5]], x, y, state), [[0.25]], rtol=1e-14)
    # theta + (mean y^2 - theta)/4 = 2 + (8.5 - 2)/4.
    np.testing.assert_allclose(rule.next_state([[0.5]], x, y, state)["theta"], [3.625], rtol=1e-14)


def test_a_rate_that_leaves_all_bounds_in_the_last_steps_is_no_result():
    # tau r' = -r + 11 r + 1: r = (exp(500 t) - 1)/10, 2e6 Hz after 33.6 ms, 9e5 at the last look 1.6 ms before; the
    # mean is 1.2e5. The delay makes it go in steps, which are looked at now and then.
    loop = ns.Projection("loop", "p", "p", np.diag([11.0, 0.5]), sign=None, tau=0.0, delay=0.1 * MS)
    circuit = ns.Circuit(
        {"x": 1}, [ns.Population("p", 2)], [ns.Projection("f", "x", "p", [[1.0], [1.0]], tau=0.0), loop]
    )
    cell = ns.LeakyRate(tau=20 * MS, activation=activations.ReLU(gain=1.0))
    given = ns.stimulus.constant([[1.0], [0.0]], input="x")
    with np.errstate(all="ignore"):
        run = ns.simulate(circuit, cell, given, ns.Schedule(duration=34.5 * MS, settle=0.0, dt=0.1 * MS))
    assert run.converged.tolist() == [False, True]
    assert np.isnan(run.rates["p"][0]).all()
    np.testing.assert_array_equal(run.rates["p"][1], [0.0, 0.0])


def test_layers_are_ordered_by_the_numbers_in_their_names():
    # As an archive gives them: "0", "10", "2". ((2 x + 1) 3 - 4) 5 + 6 for x = 1: (3 * 3 - 4) 5 + 6 = 31.
    layers = {"0": (2.0, 1.0), "10": (5.0, 6.0), "2": (3.0, -4.0)}
    state = {
        f"{name}.{part}": np.array([[value]] if part == "weight" else [value])
        for name, values in layers.items()
        for part, value in zip(("weight", "bias"), values, strict=True)
    }
    network = ns.import_network(state)
    run = ns.simulate(network.circuit, network.cells, ns.stimulus.constant([[1.0]], input="input"))
    np.testing.assert_allclose(run.rates["output"], [[31.0]], rtol=1e-14)


def test_a_total_strength_is_shared_by_the_others():
    # Five units: each hears four others, who share 0.4; a strength of 0 is allowed and is none.
    units = ns.Population("u", 5)
    shared = ns.lateral(units, 0.4, per="total").dense()
    np.testing.assert_allclose(shared, 0.1 * (1 - np.eye(5)), rtol=1e-15)
    assert not ns.lateral(units, 0.0).dense().any()


def test_scaling_begins_at_the_target_in_its_own_unit():
    law = homeostasis.SynapticScaling(target=16.0, reference=8.0)
    # 16 Hz are two references of 8 Hz.
    np.testing.assert_array_equal(law.initial_state(3)["mean"], [2.0, 2.0, 2.0])

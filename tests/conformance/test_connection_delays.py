"""A delay per connection: on every engine, against Brian2's own single pathway, plain NumPy and projections apart."""

import itertools
import pickle

import brian2 as b2
import numpy as np
import pytest
from scipy import sparse
from spiking_circuits import assert_equal

from neurosim.cells.leaky_rate import LeakyRate
from neurosim.cells.lif import LIF
from neurosim.cells.perfect_if import PerfectIF
from neurosim.circuits import delays as delays_of
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.inhibition import lateral
from neurosim.schedule import Schedule
from neurosim.simulate import StepError, simulate
from neurosim.stimuli.stimulus import constant, counts, movie, poisson, spikes

DT = 1e-4


def delays(rng, shape, longest=40):
    return DT * rng.integers(0, longest + 1, shape)


def circuit(rng, tau, kind):
    """Recurrent, with delays of every connection, dense, sparse and uniform."""
    n = 14
    population = Population("p", n, bias=rng.uniform(0.5, 2.0, n))
    inner = rng.uniform(0, 2e-3, (n, n)) * (rng.random((n, n)) < 0.7)
    outer = rng.uniform(0, 1e-2, (n, 5)) * (rng.random((n, 5)) < 0.7)
    form = sparse.csr_array if kind == "sparse" else np.asarray
    d_inner, d_outer = (np.where(w > 0, delays(rng, w.shape), 0.0) for w in (inner, outer))
    arrows = [
        Projection("pp", "p", "p", form(inner), tau=tau, delay=form(d_inner)),
        Projection("xp", "x", "p", form(outer), sign=None, tau=tau, delay=form(d_outer)),
        Projection("b", "p", "p", form(inner), sign=-1, tau=tau, delay=7e-4),
    ]
    if kind == "uniform":
        arrows.append(lateral(population, 1e-3, tau=tau, delay=delays(rng, (n, n))))
    return Circuit([Input("x", 5)], [population], arrows)


@pytest.mark.parametrize("kind", ["dense", "sparse", "uniform"])
@pytest.mark.parametrize("tau", [0.0, 5e-3])
@pytest.mark.parametrize("encode", [poisson, constant, counts])
def test_both_spiking_engines_are_equal_in_every_bit(kind, tau, encode):
    rng = np.random.default_rng(4)
    stimulus = encode(rng.uniform(20, 120, (2, 5)) * (20 if encode is counts else 1), input="x")
    cell = LIF(v_reset=0.2, t_ref=1e-3)
    assert assert_equal(circuit(rng, tau, kind), cell, stimulus, Schedule(duration=0.08, settle=0.0)) > 50


def test_it_is_brian2s_own_pathway_in_every_bit():
    rng = np.random.default_rng(5)
    n, dt, tau = 12, DT * b2.second, 20e-3
    weights, delay = rng.uniform(0, 2e-3, (n, n)), delays(rng, (n, n))
    bias = rng.uniform(0.8, 2.5, n)
    network = Circuit(populations=[Population("p", n, bias=bias)],
                      projections=[Projection("pp", "p", "p", weights, tau=0.0, delay=delay)])  # fmt: skip
    schedule = Schedule(duration=0.1, settle=0.0)
    ours = simulate(network, LIF(tau_m=tau), schedule=schedule, engine="compiled", record=("spikes", "v"))
    b2.prefs.codegen.target = "numpy"
    clock = b2.Clock(dt=dt)
    group = b2.NeuronGroup(
        n, "dv/dt = (I - v)/(20*ms) : 1 (unless refractory)\nI : 1", threshold="v > 1", reset="v = 0",
        refractory=2 * b2.ms, method="exact", clock=clock,
    )  # fmt: skip
    group.I = bias
    synapses = b2.Synapses(group, group, "w : 1", on_pre="v_post += w", clock=clock)
    pre, post = np.divmod(np.arange(n * n), n)
    synapses.connect(i=pre, j=post)
    synapses.w = weights[post, pre] * (1.0 / tau)
    synapses.pre.delay = delay[post, pre] * b2.second
    monitor = b2.SpikeMonitor(group)
    trace = b2.StateMonitor(group, "v", record=True, clock=clock)
    b2.Network(group, synapses, monitor, trace).run(0.1 * b2.second)
    np.testing.assert_array_equal(np.round(ours.spikes["p"].times / DT), np.round(np.array(monitor.t_[:]) / DT))
    np.testing.assert_array_equal(ours.spikes["p"].units, np.array(monitor.i[:]))
    np.testing.assert_array_equal(ours.traces["p"].values["v"][:, 0], np.array(trace.v_).T)
    assert len(ours.spikes["p"]) > 50


@pytest.mark.parametrize("engine", ["brian", "compiled"])
def test_every_connection_has_its_delay(engine):
    # By hand: the source spikes in step 4 (5 x 0.25 > 1) and each target jumps at the end of step 4 + its delay.
    steps, tau = np.array([[0], [3], [17]]), 20e-3
    clock = Population("clock", 1, bias=0.25 * tau / DT)
    arrow = Projection("a", "clock", "p", np.full((3, 1), 0.25 * tau), tau=0.0, delay=steps * DT)
    cells = {"clock": PerfectIF(tau_m=tau, reset_mode="zero", t_ref=1.0), "p": PerfectIF(tau_m=tau)}
    run = simulate(
        Circuit(populations=[clock, Population("p", 3)], projections=[arrow]), cells,
        schedule=Schedule(duration=30 * DT, settle=0.0), engine=engine, record=("v",),
    )  # fmt: skip
    v = run.traces["p"].values["v"][:, 0]
    for unit in range(3):
        assert np.flatnonzero(v[:, unit])[0] == 4 + steps[unit, 0] + 1
        assert v[-1, unit] == 0.25


def frames(rates, input):
    return movie(np.stack([rates, 0 * rates], axis=1), 0.02, "constant", input)


@pytest.mark.parametrize("tau", [0.0, 4e-3])
@pytest.mark.parametrize(
    "encode", [poisson, constant, lambda r, input: movie(np.stack([r, 0 * r], 1), 0.02, "constant", input)]
)
def test_on_the_rate_rung_it_is_the_sum_of_projections_with_one_delay_each(tau, encode):
    rng = np.random.default_rng(6)
    whole = circuit(rng, tau, "dense")
    apart = []
    for p in whole.projections:
        if isinstance(p.delay, float):
            apart.append(p)
            continue
        for k, delay in enumerate(np.unique(p.delay)):
            weights = np.where(p.delay == delay, p.weights, 0.0)
            apart.append(Projection(f"{p.name}_{k}", p.pre, p.post, weights, sign=p.sign, tau=tau, delay=float(delay)))
    stimulus = encode(rng.uniform(20, 120, (2, 5)), input="x")
    ours, theirs = (
        simulate(c, LeakyRate(), stimulus, Schedule(duration=0.04, settle=0.01), record=("rate",))
        for c in (whole, Circuit(whole.inputs, whole.populations, apart))
    )
    # The same sums in another order.
    scale = np.abs(theirs.traces["p"].values["rate"]).max()
    np.testing.assert_allclose(ours.traces["p"].values["rate"], theirs.traces["p"].values["rate"], atol=1e-12 * scale)


def test_it_is_kept_in_files_and_in_the_fingerprint(tmp_path):
    rng = np.random.default_rng(7)
    for kind in ("dense", "sparse", "uniform"):
        one = circuit(np.random.default_rng(8), 5e-3, kind)
        assert Circuit.load(one.save(tmp_path / "c")) == one == circuit(np.random.default_rng(8), 5e-3, kind)
        assert one != circuit(rng, 5e-3, kind)
        assert "delays 0 to 4 ms" in repr(one)


def test_equal_delays_are_one_delay():
    p = Projection("a", "x", "p", np.ones((2, 3)), delay=np.full((2, 3), 1e-3))
    assert p.delay == 1e-3
    lone = Projection("a", "x", "p", [[0.0, 1.0]], delay=[[5e-3, 1e-3]])
    assert lone.delay == 1e-3, "where no connection is, no delay is kept"


W = np.array([[0.0, 1.0], [2.0, 3.0]])
MISTAKES = [
    ({"delay": [[0, -1e-3], [0, 0]]}, r"delay\[0, 1\]: got -0.001 s, expected delays >= 0 s"),
    ({"delay": np.zeros((2, 3))}, r"delay: got shape \(2, 3\), expected a number or \(post, pre\) = \(2, 2\)"),
    ({"delay": [1e-3, 2e-3]}, r"delay: got shape \(2,\), expected a number or \(post, pre\)"),
    ({"delay": [[0, np.nan], [0, 0]]}, r"delay\[0, 1\]: got nan, expected finite numbers"),
    ({"delay": sparse.csr_array([[1e-3, 0.0], [0.0, 2e-3]])}, r"delay\[0, 0\]: got 0.001 s where no connection is"),
    (
        {"delay": sparse.coo_array(([1e-3, 1e-3, 2e-3], ([1, 1, 0], [1, 1, 1])), shape=(2, 2))},
        r"delay\[1, 1\]: got 2 delays for one connection, expected one",
    ),
    ({"delay": np.ma.array(W, mask=W > 2)}, r"delay.*masked"),
]


@pytest.mark.parametrize(("changes", "message"), MISTAKES)
def test_mistakes_are_one_clear_sentence(changes, message):
    with pytest.raises((ValueError, TypeError), match=r"^Projection 'a': " + message):
        Projection("a", "x", "p", W, **changes)


def test_a_delay_between_two_steps_is_named():
    delay = [[0.0, 2.5e-4], [1e-4, 3.33e-4]]
    network = Circuit(populations=[Population("p", 2)], projections=[Projection("a", "p", "p", W, delay=delay)])
    with pytest.raises(StepError, match=r"^Projection 'a': delay\[0, 1\]: got 0.00025 s, expected a whole multiple"):
        simulate(network, LIF(), schedule=Schedule(duration=0.01, settle=0.0))


def test_connections_that_learn_have_one_delay():
    from neurosim.plasticity import STDP

    with pytest.raises(ValueError, match=r"^Projection 'a': got a delay per connection and the rule STDP, exp"):
        Projection("a", "x", "p", W, delay=W * 1e-3, rule=STDP())


def unordered(matrix, rng):
    """The same sparse matrix, the entries of every row in another order than that of their columns."""
    found = sparse.csr_array(matrix)
    for row in range(found.shape[0]):
        stretch = slice(found.indptr[row], found.indptr[row + 1])
        order = rng.permutation(found.indptr[row + 1] - found.indptr[row])
        found.indices[stretch], found.data[stretch] = found.indices[stretch][order], found.data[stretch][order]
    return sparse.csr_array((found.data, found.indices, found.indptr), shape=found.shape)


def of_a_hand_written_file(path, weights, delay):
    """A circuit file whose sparse entries stand in another order, as another program may write them."""
    Circuit(
        {"x": 7}, [Population("p", 5)], [Projection("a", "x", "p", sparse.csr_array(weights.toarray()), tau=0.0,
                                                    delay=sparse.csr_array(delay.toarray()))]
    ).save(path)  # fmt: skip
    with np.load(path) as saved:
        arrays = dict(saved)
    arrays |= {"w_a.data": weights.data, "w_a.indices": weights.indices, "w_a.indptr": weights.indptr}
    arrays["d_a"] = delay.toarray()[np.repeat(np.arange(5), np.diff(weights.indptr)), weights.indices]
    np.savez(path, **arrays)
    return Circuit.load(path)


@pytest.mark.parametrize("form", ["unordered", "csc", "coo", "file"])
@pytest.mark.parametrize("copied", ["saved", "pickled"])
def test_delays_keep_their_connections_and_order_whatever_the_order_they_came_in(tmp_path, form, copied):
    rng = np.random.default_rng(5)
    dense = np.where(rng.random((5, 7)) < 0.6, rng.uniform(1e-4, 2e-4, (5, 7)), 0.0)
    lags = np.where(dense > 0, DT * rng.integers(1, 9, dense.shape), 0.0)
    weights, delay = unordered(dense, rng), unordered(lags, rng)
    assert not weights.has_canonical_format
    if form == "file":
        circuit = of_a_hand_written_file(tmp_path / "other.npz", weights, delay)
    else:
        if form != "unordered":
            weights, delay = weights.asformat(form), delay.asformat(form)
        arrow = Projection("a", "x", "p", weights, tau=0.0, delay=delay)
        circuit = Circuit({"x": 7}, [Population("p", 5)], [arrow])
    circuit.save(tmp_path / "circuit.npz")
    again = Circuit.load(tmp_path / "circuit.npz") if copied == "saved" else pickle.loads(pickle.dumps(circuit))
    # By target, then source: the order in which NumPy finds the entries of the dense matrices.
    rows, columns = np.nonzero(dense)
    for one in (circuit, again):
        (p,) = one.projections
        found = delays_of.of_connections(p)
        for part, expected in zip(found, (rows, columns, dense[rows, columns], lags[rows, columns]), strict=True):
            np.testing.assert_array_equal(part, expected)
    assert again.digest == circuit.digest
    stimulus = poisson(np.full((2, 7), 300.0), "x")
    runs = [
        simulate(one, LIF(), stimulus, Schedule(duration=0.05, settle=0.0, dt=DT), record=("v",), engine="compiled")
        for one in (circuit, again)
    ]
    np.testing.assert_array_equal(runs[0].traces["p"].values["v"], runs[1].traces["p"].values["v"])


STRUCTURES = {
    "diagonal": np.eye(5, 7),
    "band": np.eye(5, 7) + np.eye(5, 7, 1) + np.eye(5, 7, -1),
    "permutation": np.eye(7)[[3, 0, 6, 2, 5]],
    "one row": np.outer(np.arange(5) == 2, np.ones(7)),
    "one column": np.outer(np.ones(5), np.arange(7) == 4),
    "empty rows": np.outer([1, 0, 1, 0, 0], np.ones(7)),
    "full": np.ones((5, 7)),
}


def written_otherwise(path, order):
    """The saved circuit with the entries of every row in another order, delays along with their weights."""
    with np.load(path) as saved:
        arrays = dict(saved)
    begin = arrays["w_a.indptr"]
    place = np.concatenate([np.arange(a, b)[order(b - a)] for a, b in itertools.pairwise(begin)])
    for name in ("w_a.data", "w_a.indices", "d_a"):
        arrays[name] = arrays[name][place]
    np.savez(path, **arrays)


ORDERS = {
    "as saved": np.arange,
    "turned": lambda n: np.arange(n)[::-1],
    "shuffled": lambda n: np.random.default_rng(n).permutation(n),
}


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("order", ORDERS)
def test_every_spike_arrives_after_its_delay_whatever_the_order_in_a_file(tmp_path, structure, order):
    """By hand: input j spikes once, in step 50 j, and v of unit i then jumps by 2^-(j+2), D[i, j] steps later."""
    connected, tau_m = STRUCTURES[structure], 2.0**-6
    height = np.where(connected > 0, 2.0 ** -(np.arange(7) + 2), 0.0)
    lags = np.where(connected > 0, 1 + np.arange(35).reshape(5, 7), 0)
    arrow = Projection(
        "a", "x", "p", sparse.csr_array(tau_m * height), tau=0.0, delay=sparse.csr_array(DT * lags)
    )  # fmt: skip
    path = Circuit({"x": 7}, [Population("p", 5)], [arrow]).save(tmp_path / "circuit")
    written_otherwise(path, ORDERS[order])
    given = spikes(DT * (50 * np.arange(7) + 0.5), np.arange(7), input="x")
    run = simulate(
        Circuit.load(path), PerfectIF(tau_m=tau_m), given, Schedule(duration=350 * DT, settle=0.0), record=("v",)
    )  # fmt: skip
    passed = np.arange(350)[:, None, None] > 50 * np.arange(7) + lags
    np.testing.assert_array_equal(run.traces["p"].values["v"][:, 0], (passed * height).sum(2))


def test_a_file_with_two_delays_of_one_connection_is_refused(tmp_path):
    arrow = Projection("a", "x", "p", sparse.csr_array(W), delay=sparse.csr_array(W * 1e-3))
    path = Circuit({"x": 2}, [Population("p", 2)], [arrow]).save(tmp_path / "circuit")
    with np.load(path) as saved:
        arrays = dict(saved)
    np.savez(path, **{**arrays, "w_a.indices": np.ones(3, np.int32)})
    with pytest.raises(ValueError, match=r"circuit\.npz.*'a': delay\[1, 1\]: got 2 delays for one connection"):
        Circuit.load(path)

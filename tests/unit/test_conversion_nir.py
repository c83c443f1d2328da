"""NIR graphs: the circuit that is read spikes as NIR's own equations do, integrated here."""

import nir
import numpy as np
import pytest

import neurosim as ns
from neurosim.cells.perfect_if import PerfectIF
from neurosim.conversion import export_network, from_nir, import_network, to_nir
from neurosim.params import DimensionError, ParameterError

DT = 1e-4
RNG = np.random.default_rng(5)


def lif(units, **changes):
    usual = {"tau": 20e-3, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0}
    return nir.LIF(
        **{name: np.broadcast_to(changes.get(name, value), units).astype(float) for name, value in usual.items()}
    )


def chain(*nodes):
    return nir.NIRGraph.from_list(*nodes)


def spikes_of(layers, current, steps):
    """NIR's equations by hand: membranes between two steps exactly, a spike as a jump of r w/tau."""
    counts = []
    v = [np.array(node.v_leak if hasattr(node, "v_leak") else 0 * node.r) for _, node in layers]
    trains = [[] for _ in layers]
    for step in range(steps):
        arrived, fired = current, None
        for k, (weights, node) in enumerate(layers):
            w, b = weights.weight, getattr(weights, "bias", 0.0)
            steady = w @ arrived + b if k == 0 else b + 0 * node.r
            if isinstance(node, nir.LIF):
                goal = node.v_leak + node.r * steady
                v[k] = goal + (v[k] - goal) * np.exp(-DT / node.tau)
            else:
                v[k] = v[k] + node.r * steady * DT
            spike = v[k] > node.v_threshold
            if fired is not None:
                kick = node.r * (w @ fired)
                v[k] = v[k] + (kick / node.tau if isinstance(node, nir.LIF) else kick)
            # within a step spikes arrive before the reset, which takes along what they brought
            v[k] = np.where(spike, node.v_reset, v[k])
            trains[k] += [(step, unit) for unit in np.flatnonzero(spike)]
            fired = spike.astype(float)
    for train, (_, node) in zip(trains, layers, strict=True):
        counts.append(np.bincount([unit for _, unit in train], minlength=len(node.r)))
    return counts


@pytest.mark.parametrize("kind", ["LIF", "LIF in volts", "IF"])
def test_the_circuit_spikes_as_the_graph_does(kind):
    first = nir.Affine(RNG.uniform(0.5, 1.5, (4, 3)), RNG.uniform(0.2, 0.6, 4))
    if kind == "LIF":
        cells = lif(4, tau=[10e-3, 20e-3, 30e-3, 20e-3], v_reset=[0.0, 0.2, -0.5, 0.0]), lif(2)
        second = nir.Linear(RNG.uniform(5e-3, 2e-2, (2, 4)))
        scale = 1.0
    elif kind == "LIF in volts":
        volts = {"r": 1e8, "v_leak": -70e-3, "v_threshold": -50e-3, "v_reset": -60e-3}
        cells = lif(4, **volts), lif(2, **volts)
        second = nir.Linear(2e-10 * RNG.uniform(5e-3, 2e-2, (2, 4)))
        scale = 2e-10
    else:
        cells = tuple(nir.IF(np.full(n, 40.0), np.full(n, 2.0), np.zeros(n)) for n in (4, 2))
        second = nir.Linear(RNG.uniform(1e-2, 3e-2, (2, 4)))
        scale = 1.0
    first = nir.Affine(scale * first.weight, scale * first.bias)
    graph = chain(nir.Input(np.array([3])), first, cells[0], second, cells[1], nir.Output(np.array([2])))
    current = np.array([0.5, 0.4, 0.6])
    network = import_network(graph)
    names = [p.name for p in network.circuit.populations]
    stimulus = ns.stimulus.constant([current], "input")
    schedule = ns.Schedule(duration=0.5, settle=0.0, dt=DT)
    run = ns.simulate(network.circuit, network.cells, stimulus, schedule, progress=False)
    expected = spikes_of([(first, cells[0]), (second, cells[1])], current, 5000)
    assert min(counts.max() for counts in expected) > 10
    for name, counts in zip(names, expected, strict=True):
        # A spike that falls on the border between two steps may come one step later: one count at most.
        np.testing.assert_allclose(np.rint(run.rates[name][0] * 0.5), counts, atol=1)


def test_there_and_back_is_the_same_circuit(tmp_path):
    weights = RNG.normal(0, 0.01, (4, 3)), np.abs(RNG.normal(0, 0.01, (2, 4))), np.abs(RNG.normal(0, 0.01, (4, 4)))
    populations = [ns.Population("a", 4, bias=RNG.uniform(0.5, 1.5, 4)), ns.Population("b", 2)]
    projections = [
        ns.Projection("feed", "x", "a", weights[0], sign=None, tau=0.0),
        ns.Projection("loop", "a", "a", weights[2], sign=-1, tau=0.0),
        ns.Projection("on", "a", "b", weights[1], sign=+1, tau=0.0),
    ]
    circuit = ns.Circuit({"x": 3}, populations, projections)
    cells = {"a": ns.LIF(t_ref=0.0, tau_m=[0.01, 0.02, 0.03, 0.04], v_reset=-0.25), "b": PerfectIF(reset_mode="zero")}
    path = export_network(circuit, cells, tmp_path / "net.nir")
    for again in (import_network(to_nir(circuit, cells)), import_network(path), from_nir(nir.read(path))):
        assert again.cells == cells
        np.testing.assert_array_equal(again.circuit.population("a").bias, populations[0].bias)
        for p in projections:
            np.testing.assert_allclose(again.circuit.projection(p.name).weights, p.factor * p.weights, rtol=1e-15)
    stimulus = ns.stimulus.constant([[20.0, 30.0, 10.0]], "x")
    first, second = (
        ns.simulate(*pair, stimulus, duration=0.2, progress=False, record=("spikes",))
        for pair in ((circuit, cells), again)
    )
    for name in ("a", "b"):
        assert len(first.spikes[name].times) > 0
        np.testing.assert_array_equal(first.spikes[name].times, second.spikes[name].times)
    with pytest.raises(ParameterError, match=r"cells\['a'\]: got LIF, expected static units; use simulate"):
        again.predict([[1.0, 2.0, 3.0]])


def test_a_converted_network_goes_out():
    network = import_network([(RNG.normal(0, 1, (6, 4)), None), (RNG.normal(0, 1, (3, 6)), None)])
    x = RNG.uniform(0, 1, (20, 4))
    spiking = ns.convert(*network, ns.LIF(t_ref=0.0), x, readout="spiking", tau=0.0)
    graph = to_nir(spiking.circuit, spiking.cells)
    assert {type(node).__name__ for node in graph.nodes.values()} == {"Input", "Affine", "LIF", "Output"}
    np.testing.assert_array_equal(graph.nodes["to_hidden1"].weight, spiking.circuit.projection("to_hidden1").weights)


def made(**changes):
    cell = changes.pop("cell", ns.LIF(t_ref=0.0))
    population = ns.Population("p", 2, **changes.pop("population", {}))
    usual = {"sign": None, "tau": 0.0}
    feed = [ns.Projection("f", "x", "p", np.ones((2, 2)), **{**usual, **changes})] if changes.pop("fed", True) else []
    return ns.Circuit({"x": 2}, [population], feed), cell


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell": ns.LIF()}, r"population 'p': LIF.t_ref: got 0.002, expected 0"),
        ({"cell": ns.LIF(t_ref=0.0, sigma_stat=0.1)}, "LIF.sigma_stat: got 0.1"),
        ({"cell": PerfectIF()}, "PerfectIF.reset_mode: got 'subtract', expected 'zero'"),
        ({"cell": PerfectIF(reset_mode="zero", v_start=0.5)}, "PerfectIF.v_start: got 0.5"),
        ({"cell": ns.Unit()}, "NIR has no node for Unit here, expected LIF or PerfectIF"),
        ({"cell": ns.cells.AdaptiveLIF()}, "NIR has no node for AdaptiveLIF"),
        ({"tau": 5e-3}, r"projection 'f': tau: got a value other than 0.*convert\(\.\.\., tau=0\.0\)"),
        ({"delay": 1e-3}, "projection 'f': delay: got a value other than 0"),
        ({"rule": ns.plasticity.Hebb()}, "projection 'f': got the rule Hebb, which"),
        ({"population": {"homeostasis": ns.homeostasis.TargetRate()}}, "got a homeostasis"),
        ({"population": {"bias": 1.5}, "fed": False}, "got a bias and no projection that could carry it"),
    ],
)
def test_what_nir_cannot_say_is_refused(changes, message):
    with pytest.raises(ParameterError, match=message):
        to_nir(*made(**changes))


def refused(nodes, edges):
    return nir.NIRGraph(nodes, edges, type_check=False)


IN, OUT, MAP = nir.Input(np.array([2])), nir.Output(np.array([2])), nir.Linear(np.eye(2))


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (chain(IN, MAP, nir.LI(*np.ones((3, 2))), OUT), r"node 'li' \(LI\): cannot be converted, expected one of"),
        (chain(IN, nir.Scale(np.ones(2)), lif(2), OUT), r"\(Scale\): cannot be converted"),
        (chain(IN, MAP, OUT), "leads to a node of the kind Output, expected LIF or IF"),
        (chain(IN, MAP, nir.Linear(np.eye(2)), lif(2), OUT), "leads to a node of the kind Linear"),
        (chain(IN, MAP, nir.IF(np.ones(2), np.ones(2), np.full(2, 0.5)), OUT), "v_reset: got 0.5, expected 0"),
        (chain(IN, MAP, lif(2, v_threshold=-1.0), OUT), "v_threshold: got values at or below rest or reset"),
        (chain(IN, MAP, lif(2, v_reset=1.0), OUT), "v_threshold: got values at or below rest or reset"),
        (chain(IN, MAP, lif(2, tau=-1.0), OUT), "tau_m: got -1"),
        (chain(IN, nir.Linear(np.full((2, 2), np.nan)), lif(2), OUT), r"weight\[0, 0\]: got nan"),
        (refused({"a": nir.Input(np.array([2, 2])), "b": lif((2, 2))}, [("a", "b")]), r"got shape \(2, 2\), expected"),
        (refused({"a": IN, "b": lif(2)}, [("a", "c")]), "there is no node 'c'"),
        (refused({"a": IN, "w": nir.Linear(np.ones((3, 2))), "b": lif(2)}, [("a", "w"), ("w", "b")]), "bias"),
    ],
)  # fmt: skip
def test_graphs_that_no_circuit_stands_for_are_refused(graph, message):
    with pytest.raises(ParameterError, match=message):
        import_network(graph)


def test_names_recurrence_and_files(tmp_path):
    graph = nir.NIRGraph(
        {"0": IN, "fc-1": MAP, "lif.1": lif(2), "back": nir.Linear(-np.eye(2)), "out": OUT},
        [("0", "fc-1"), ("fc-1", "lif.1"), ("lif.1", "back"), ("back", "lif.1"), ("lif.1", "out")],
    )
    circuit, cells = import_network(graph)
    assert [p.name for p in circuit.projections] == ["fc_1", "back"]
    assert circuit.recurrent
    assert list(cells) == ["lif_1"]
    np.testing.assert_array_equal(circuit.projection("back").weights, -np.eye(2))
    (tmp_path / "bad.nir").write_bytes(b"nothing")
    with pytest.raises(ParameterError, match=r"no \.nir file, or a damaged one"):
        import_network(tmp_path / "bad.nir")
    with pytest.raises(FileNotFoundError):
        import_network(tmp_path / "missing.nir")
    with pytest.raises(DimensionError, match="from_nir: graph: got int, expected a nir"):
        from_nir(3)
    with pytest.raises(DimensionError, match="to_nir: circuit: got 3, expected a Circuit"):
        to_nir(3, None)

"""Faults planted one at a time: the diagnosis names each, at the layer where it was planted."""

import dataclasses

import numpy as np
import pytest

import neurosim as ns
from neurosim.cells.perfect_if import PerfectIF
from neurosim.conversion import convert, diagnose
from neurosim.conversion.causes import NEXT_STEP, correlation
from neurosim.params import DimensionError, ParameterError
from neurosim.training import layered, train

IF = ns.Schedule(duration=0.064, settle=0.0, dt=1e-3)
LIF = ns.Schedule(duration=0.3, settle=0.0, dt=5e-4)


@pytest.fixture(scope="module")
def network():
    images = ns.datasets.digits()
    order = np.random.default_rng(0).permutation(len(images))[:500]
    x, y = images.flat[order], images.labels[order]
    circuit, cells = layered([64, 40, 40, 10], bias=0.1, seed=0)
    trained = train(circuit, cells, x[:400], y[:400], epochs=20, progress=False)
    return trained.circuit, trained.cells, x[:400], x[400:]


def converted(network, cell, **options):
    circuit, cells, x_train, _ = network
    usual = {"peak": 1000.0} if isinstance(cell, PerfectIF) else {"tau": 5e-3}
    return convert(circuit, cells, cell, x_train, **usual, **options)


def named(network, conversion, schedule):
    circuit, cells, _, x = network
    return diagnose(circuit, cells, conversion, x, schedule)


GOOD = PerfectIF(v_start=0.5)


@pytest.mark.parametrize(("cell", "schedule"), [(GOOD, IF), (ns.LIF(), LIF)], ids=["IF", "LIF"])
@pytest.mark.parametrize("readout", ["static", "spiking"])
def test_a_good_conversion_is_fine(network, cell, schedule, readout):
    found = named(network, converted(network, cell, readout=readout), schedule)
    assert [part.cause for part in found.layers] == ["fine"] * len(found.layers)
    assert found.first is None
    assert found.same_decision > 0.95
    for part in found.layers:
        # The output's clipped logits lower its slope.
        assert part.correlation > 0.97
        assert 0.9 < part.slope < 1.1
        assert part.clipped < 0.01
        assert part.dead < 0.2  # units that are barely active on their best digit never reach a spike
        assert 0 < part.settled < schedule.duration


@pytest.mark.parametrize(("cell", "duration", "dt"), [(GOOD, 0.003, 1e-3), (ns.LIF(), 0.025, 5e-4)], ids=["IF", "LIF"])
def test_too_short_a_run(network, cell, duration, dt):
    schedule = ns.Schedule(duration=duration, settle=0.0, dt=dt)
    found = named(network, converted(network, cell), schedule)
    assert found.first.cause == "run too short"
    assert found.layer("hidden2").cause == "run too short"
    assert np.isnan(found.layer("hidden2").settled)


def test_a_threshold_that_was_not_translated(network):
    good = converted(network, ns.LIF())
    bias = good.layer("hidden1").gain * network[0].population("hidden1").bias
    found = named(network, dataclasses.replace(good, circuit=good.circuit.with_bias(hidden1=bias)), LIF)
    assert found.first.population == "hidden1"
    assert found.first.cause == "threshold not translated"
    # A circuit for cells whose rheobase is 0, run with cells that need more than 1.
    slow = convert(network[0], network[1], PerfectIF(), network[2], peak=40.0, tau=5e-3)
    wrong = dataclasses.replace(slow, cells=dict.fromkeys(slow.cells, ns.LIF()))
    assert named(network, wrong, LIF).layer("hidden1").cause == "threshold not translated"


@pytest.mark.parametrize(("cell", "schedule"), [(GOOD, IF), (ns.LIF(), LIF)], ids=["IF", "LIF"])
def test_a_scale_too_small_clips(network, cell, schedule):
    scales = {"hidden2": 0.1 * converted(network, cell).layer("hidden2").scale}
    found = named(network, converted(network, cell, scales=scales), schedule)
    assert [part.cause for part in found.layers] == ["fine", "scale too small"]
    assert found.layer("hidden2").clipped > 0.3
    assert found.layer("hidden2").slope < 0.5
    assert found.layer("hidden1").clipped < 0.01
    if cell is GOOD:
        assert found.layer("hidden2").saturated > 0.3


@pytest.mark.parametrize(("cell", "schedule"), [(GOOD, IF), (ns.LIF(), LIF)], ids=["IF", "LIF"])
def test_a_scale_too_large_silences(network, cell, schedule):
    scales = {"hidden2": 30 * converted(network, cell).layer("hidden2").scale}
    found = named(network, converted(network, cell, scales=scales), schedule)
    assert [part.cause for part in found.layers] == ["fine", "scale too large"]
    # At a thirtieth of the peak rate the most active units send two to three spikes.
    assert found.layer("hidden2").counts < 3


def test_weights_off_by_a_factor(network):
    good = converted(network, GOOD)
    for factor, cause in ((5.0, "scale too small"), (0.1, "scale too large")):
        weights = factor * good.circuit.projection("to_hidden2").dense()
        bad = dataclasses.replace(good, circuit=good.circuit.with_weights(to_hidden2=weights))
        part = named(network, bad, IF).first
        assert (part.population, part.cause) == ("hidden2", cause)
        assert f"{factor:g} times" in part.evidence


@pytest.mark.parametrize(("cell", "schedule"), [(GOOD, IF), (ns.LIF(), LIF)], ids=["IF", "LIF"])
def test_a_bias_that_was_forgotten(network, cell, schedule):
    good = converted(network, cell)
    bare = good.circuit.with_bias(hidden1=good.layer("hidden1").threshold)
    found = named(network, dataclasses.replace(good, circuit=bare), schedule)
    assert (found.first.population, found.first.cause) == ("hidden1", "bias forgotten")
    assert found.layer("hidden2").cause in ("fine", "upstream")


def test_a_bias_of_something_else(network):
    good = converted(network, GOOD)
    other = good.circuit.with_bias(hidden1=np.random.default_rng(0).normal(0, 5, 40))
    assert named(network, dataclasses.replace(good, circuit=other), IF).first.cause == "bias wrong"


def test_reset_to_zero(network):
    found = named(network, converted(network, PerfectIF(v_start=0.5, reset_mode="zero")), IF)
    assert [part.cause for part in found.layers] == ["reset to zero"] * 2
    assert "subtract" in found.first.next_step


@pytest.mark.parametrize("columns", [slice(None), slice(0, 30)])
def test_a_sign_slip(network, columns):
    good = converted(network, GOOD)
    weights = good.circuit.projection("to_hidden2").dense().copy()
    weights[:, columns] *= -1
    found = named(network, dataclasses.replace(good, circuit=good.circuit.with_weights(to_hidden2=weights)), IF)
    assert [part.cause for part in found.layers] == ["fine", "sign slip"]
    assert found.layer("hidden2").correlation < 0.8


def test_a_layer_that_follows_a_bad_one_is_not_blamed(network):
    good = converted(network, GOOD)
    weights = -good.circuit.projection("to_hidden1").dense()
    found = named(network, dataclasses.replace(good, circuit=good.circuit.with_weights(to_hidden1=weights)), IF)
    assert [part.cause for part in found.layers] == ["sign slip", "upstream"]
    assert "'hidden1' is no good copy" in found.layer("hidden2").evidence


def test_silence_is_no_decision_and_one_output_decides_nothing(network):
    _, cells, x, shown = network
    good = converted(network, GOOD)
    dead = good.source.with_weights(to_output=0.0 * good.source.projection("to_output").weights).with_bias(output=0.0)
    assert named(network, dataclasses.replace(good, source=dead), IF).same_decision == 0.0
    assert diagnose(dead, cells, dataclasses.replace(good, source=dead), shown, IF).same_decision == 0.0
    single = layered([64, 20, 1], bias=0.1, seed=0)
    found = diagnose(*single, convert(*single, GOOD, x, peak=1000.0), shown, IF)
    assert np.isnan(found.same_decision)
    assert str(found).startswith("The network has one output, so there is no decision.")


def test_the_report_is_in_plain_words(network):
    found = named(network, converted(network, PerfectIF(reset_mode="zero")), IF)
    lines = str(found).splitlines()
    assert lines[0].startswith("The decision is the network's in")
    assert lines[1].startswith("hidden1: reset to zero (only")
    assert all(part.next_step == NEXT_STEP[part.cause] for part in found.layers)
    table = found.to_frame()
    assert list(table.population) == ["hidden1", "hidden2"]
    assert {"correlation", "slope", "clipped", "dead", "saturated", "settled", "cause"} <= set(table)


def test_a_silent_copy_has_no_correlation_and_other_things_are_refused(network):
    assert np.isnan(correlation(np.zeros(3), np.arange(3.0)))
    with pytest.raises(DimensionError, match="conversion: got Circuit, expected what convert"):
        named(network, network[0], IF)
    good = converted(network, GOOD)
    with pytest.raises(DimensionError, match="diagnose: circuit: got str, expected a Circuit"):
        diagnose("net", network[1], good, network[3], IF)
    with pytest.raises(DimensionError, match="convert: circuit: got str, expected a Circuit"):
        convert("net", network[1], GOOD, network[3])
    other = layered([64, 30, 40, 10])
    with pytest.raises(
        ParameterError, match="'hidden1' has 30 units and its spiking copy 40, expected the network that"
    ):
        diagnose(*other, good, network[3], IF)

"""Circuits drawn at random: what must hold for every one of them on the static rung, and on disk."""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurosim.activations.elu import ELU
from neurosim.activations.relu import ReLU
from neurosim.activations.sigmoid import Sigmoid
from neurosim.activations.softplus import Softplus
from neurosim.cells.unit import Unit
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.circuits.kernels import UniformLateral
from neurosim.engines.static import Static
from neurosim.inhibition import lateral
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import constant

CASES = settings(max_examples=25, deadline=None)
TOLERANCE = Static().tolerance
RELU = Unit(activation=ReLU())

numbers = st.floats(-2, 2).map(lambda value: round(value, 6))  # subnormal numbers would only test the processor
magnitudes = st.floats(0, 2).map(lambda value: round(value, 6))
rates = st.floats(0, 5).map(lambda value: round(value, 6))


def matrices(rows, columns, elements=numbers):
    return arrays(np.float64, (rows, columns), elements=elements)


@st.composite
def projections(draw, name, pre, post, sizes):
    """One projection of any kind: dense, sparse or uniform lateral; excitatory, inhibitory or free-signed."""
    sign = draw(st.sampled_from([1, -1, None]))
    elements = numbers if sign is None else magnitudes
    kinds = ["dense", "sparse"] + (["uniform"] if pre == post else [])
    kind = draw(st.sampled_from(kinds))
    if kind == "uniform":
        weights = UniformLateral(sizes[post], draw(magnitudes))
    else:
        weights = draw(matrices(sizes[post], sizes[pre], elements))
        if kind == "sparse":
            from scipy.sparse import csr_array

            weights = csr_array(np.where(weights > 0.5, weights, 0.0))
    tau, delay = draw(st.sampled_from([0.0, 2e-3, 5e-3])), draw(st.sampled_from([0.0, 1e-3]))
    return Projection(name, pre, post, weights, sign=sign, tau=tau, delay=delay)


@st.composite
def circuits(draw, feedforward=False):
    """One to three populations of one to four units, up to two inputs, up to five projections, and rates for them."""
    inputs = [Input(f"x{k}", draw(st.integers(1, 3))) for k in range(draw(st.integers(1, 2)))]
    names = [f"p{k}" for k in range(draw(st.integers(1, 3)))]
    populations = []
    for name in names:
        size = draw(st.integers(1, 4))
        bias = draw(st.one_of(numbers, arrays(np.float64, size, elements=numbers)))
        populations.append(Population(name, size, bias))
    sizes = {part.name: part.size for part in (*inputs, *populations)}
    found = []
    for k in range(draw(st.integers(0, 5))):
        post = draw(st.sampled_from(names))
        below = names[: names.index(post)] if feedforward else names
        pre = draw(st.sampled_from([part.name for part in inputs] + below))
        found.append(draw(projections(f"w{k}", pre, post, sizes)))
    stimulus = constant({part.name: draw(matrices(3, part.size, rates)) for part in inputs})
    return Circuit(inputs, populations, found), stimulus


def recurrent_matrix(circuit):
    """The signed recurrent weights of all populations as one matrix."""
    names = [p.name for p in circuit.populations]
    blocks = [[np.zeros((circuit.sizes[post], circuit.sizes[pre])) for pre in names] for post in names]
    for p in circuit.projections:
        if p.pre in names:
            blocks[names.index(p.post)][names.index(p.pre)] += p.factor * p.dense()
    return np.block(blocks)


def distance_bound(circuit, largest):
    """How far the solver may be from the steady state, for ReLUs with loop gain G < 1.

    Two activities u = ReLU(b + W (u + e)), with residuals |e| <= tolerance * max(1, r) in every unit, differ by d with
    |d|^2 <= d^T W (d + e1 - e2), because (ReLU(x) - ReLU(y))^2 <= (ReLU(x) - ReLU(y)) (x - y); so
    |d| <= |W| |e1 - e2| / (1 - G). Rounding of the sums adds a few units in the last place.
    """
    matrix = recurrent_matrix(circuit)
    error = 2 * TOLERANCE * max(1.0, largest) * np.sqrt(len(matrix))
    scale = np.linalg.norm(matrix, 2)
    return scale * error / (1 - circuit.loop_gain()) + 1e-13 * (1 + scale) * max(1.0, largest)


@st.composite
def contracting(draw):
    """A recurrent population with free-signed weights and loop gain at most 0.9, an input, and its rates."""
    n = draw(st.integers(2, 5))
    population = Population("p", n, draw(arrays(np.float64, n, elements=numbers)))
    weights = draw(matrices(n, n))
    gain = float(np.linalg.eigvalsh((weights + weights.T) / 2)[-1])
    weights = weights * min(1.0, 0.9 / max(gain, 1e-9))
    feed = Projection("ff", "x", "p", draw(matrices(n, 2)), sign=None)
    circuit = Circuit({"x": 2}, [population], [feed, Projection("rec", "p", "p", weights, sign=None)])
    return circuit, draw(matrices(3, 2, rates))


def solve(circuit, stimulus, cells=RELU, seed=0, **engine):
    return simulate(circuit, cells, stimulus, engine=Static(**engine), seed=seed, progress=False)


def every_rate(recording):
    return np.concatenate([recording.rates[name] for name in sorted(recording.rates)], axis=1)


@CASES
@given(drawn=circuits(), data=st.data())
def test_a_circuit_survives_the_disk(drawn, data, tmp_path_factory):
    circuit, _ = drawn
    file = tmp_path_factory.mktemp("circuit") / "circuit"
    copy = Circuit.load(circuit.save(file))
    assert copy == circuit
    assert hash(copy) == hash(circuit)
    assert copy.sizes == circuit.sizes
    for new, old in zip(copy.projections, circuit.projections, strict=True):
        assert type(new.weights) is type(old.weights)
        np.testing.assert_array_equal(new.dense(), old.dense())
        assert (new.name, new.pre, new.post, new.sign, new.tau, new.delay) == (
            old.name, old.pre, old.post, old.sign, old.tau, old.delay,
        )  # fmt: skip
    for new, old in zip(copy.populations, circuit.populations, strict=True):
        np.testing.assert_array_equal(new.bias, old.bias)
    # and equality notices one changed number
    assert circuit.with_bias(p0=circuit.population("p0").bias + 1.0) != copy
    if circuit.projections:
        chosen = data.draw(st.sampled_from(circuit.projections))
        others = [p for p in circuit.projections if p is not chosen]
        slower = dataclasses.replace(chosen, tau=chosen.tau + 1e-3)
        assert Circuit(circuit.inputs, circuit.populations, [*others, slower]) != copy


def test_names_of_projections_cannot_collide_on_disk(tmp_path):
    from scipy.sparse import csr_array

    sparse = Projection("w", "x", "p", csr_array(np.eye(2)))
    dense = Projection("w_data", "x", "p", np.full((2, 2), 0.25))
    circuit = Circuit({"x": 2}, [Population("p", 2)], [sparse, dense])
    copy = Circuit.load(circuit.save(tmp_path / "both"))
    np.testing.assert_array_equal(copy.projection("w").dense(), np.eye(2))
    np.testing.assert_array_equal(copy.projection("w_data").dense(), np.full((2, 2), 0.25))


@CASES
@given(drawn=contracting(), data=st.data())
def test_renaming_the_units_renames_the_rates(drawn, data):
    circuit, x = drawn
    order = np.array(data.draw(st.permutations(range(circuit.sizes["p"]))))
    permuted = circuit.with_weights(
        ff=circuit.projection("ff").weights[order], rec=circuit.projection("rec").weights[np.ix_(order, order)]
    ).with_bias(p=circuit.population("p").bias[order])
    before, after = (every_rate(solve(c, constant(x, input="x"))) for c in (circuit, permuted))
    np.testing.assert_allclose(after, before[:, order], rtol=0, atol=distance_bound(circuit, before.max()))


@CASES
@given(drawn=contracting(), order=st.permutations(range(3)))
def test_the_order_of_trials_does_not_matter(drawn, order):
    circuit, x = drawn
    stimulus = constant(x, input="x")
    before, after = every_rate(solve(circuit, stimulus)), every_rate(solve(circuit, stimulus.select(order)))
    np.testing.assert_allclose(after, before[order], rtol=0, atol=distance_bound(circuit, before.max()))


@CASES
@given(drawn=contracting(), factor=st.floats(0.01, 100))
def test_rates_of_relu_circuits_scale_with_drive_and_bias(drawn, factor):
    circuit, x = drawn
    scaled = circuit.with_bias(p=factor * circuit.population("p").bias)
    before = every_rate(solve(circuit, constant(x, input="x")))
    after = every_rate(solve(scaled, constant(factor * x, input="x")))
    # The error of the unscaled run grows with the factor.
    atol = distance_bound(circuit, after.max()) + factor * distance_bound(circuit, before.max())
    np.testing.assert_allclose(after, factor * before, rtol=0, atol=atol)


@CASES
@given(drawn=contracting(), seed=st.integers(0, 1000))
def test_below_loop_gain_one_every_start_ends_in_the_same_state(drawn, seed):
    circuit, x = drawn
    assert circuit.loop_gain() < 0.9 + 1e-12  # the construction; rounding of an eigenvalue
    stimulus = constant(x, input="x")
    runs = [solve(circuit, stimulus, start="zero"), solve(circuit, stimulus, seed=seed, start="random")]
    assert all(run.converged.all() for run in runs)
    first, second = map(every_rate, runs)
    np.testing.assert_allclose(first, second, rtol=0, atol=distance_bound(circuit, first.max()))


@CASES
@given(n=st.integers(2, 6), strength=st.floats(0, 0.9), data=st.data())
def test_uniform_inhibition_equals_its_matrix(n, strength, data):
    population = Population("p", n, data.draw(arrays(np.float64, n, elements=numbers)))
    feed = Projection("ff", "x", "p", data.draw(matrices(n, 2)), sign=None)
    stimulus = constant(data.draw(matrices(3, 2, rates)), input="x")
    compact = Circuit({"x": 2}, [population], [feed, lateral(population, strength)])
    matrix = strength * (1 - np.eye(n))
    dense = Circuit({"x": 2}, [population], [feed, Projection("lateral", "p", "p", matrix, sign=-1)])
    # Uniform inhibition has the loop gain of a single pair (strength), however many units there are.
    assert compact.loop_gain() == pytest.approx(dense.loop_gain(), abs=1e-12)
    assert compact.loop_gain() == pytest.approx(strength, abs=1e-12)
    first, second = (every_rate(solve(circuit, stimulus)) for circuit in (compact, dense))
    np.testing.assert_allclose(first, second, rtol=0, atol=distance_bound(dense, second.max()))


@CASES
@given(drawn=circuits(), kind=st.sampled_from([ReLU(), Sigmoid(), Softplus(), ELU()]))
def test_what_is_called_converged_solves_the_equation_and_the_rest_is_nan(drawn, kind):
    circuit, stimulus = drawn
    # Fewer attempts than by default: what does not converge takes long, and either answer is tested here.
    recording = solve(circuit, stimulus, Unit(activation=kind), attempts=2)
    found = every_rate(recording)
    np.testing.assert_array_equal(np.isfinite(found), np.repeat(recording.converged[:, None], found.shape[1], axis=1))
    done = recording.converged
    assume(done.any())
    for population in circuit.populations:
        drive = np.tile(population.bias, (done.sum(), 1))
        for p in circuit.onto(population.name):
            source = stimulus.rates[p.pre] if p.pre in stimulus.rates else recording.rates[p.pre]
            drive += p.factor * source[done] @ p.dense().T
        # One more step of the map was taken after a residual within tolerance: slopes are at most 1.
        largest = max(1.0, np.abs(found[done]).max())
        steps = max(1.0, np.abs(recurrent_matrix(circuit)).sum(axis=1).max())
        atol = (steps * TOLERANCE + 1e-13 * (1 + steps)) * 2 * largest
        np.testing.assert_allclose(recording.rates[population.name][done], kind(drive), rtol=0, atol=atol)
        np.testing.assert_allclose(recording.drive[population.name][done], drive, rtol=0, atol=atol)


@CASES
@given(drawn=circuits(feedforward=True), data=st.data())
def test_the_order_in_which_populations_are_listed_does_not_matter(drawn, data):
    circuit, stimulus = drawn
    shuffled = dataclasses.replace(circuit, populations=data.draw(st.permutations(circuit.populations)))
    assume(circuit.order() is not None)
    first, second = solve(circuit, stimulus), solve(shuffled, stimulus)
    for name, values in first.rates.items():
        # the projections keep their order, and with it the order of the sums
        np.testing.assert_array_equal(second.rates[name], values)

"""Training: gradients against finite differences and against another library, and every option."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from scipy.sparse import csr_array

import neurosim as ns
from neurosim import activations
from neurosim.params import DimensionError, ParameterError
from neurosim.training import SGD, Adam, CrossEntropy, Network, Penalties, SquaredError, layered, train

KNOWN = activations.known()
# Not differentiable: a step has no slope to follow, k-winners-take-all jumps where a winner changes.
SMOOTH = sorted(set(KNOWN) - {"Step"})


def data(trials=30, channels=4, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((trials, channels)), rng.integers(0, classes, trials)


def loss_of(network, x, loss, targets):
    return loss.value_and_gradient(network.forward({"input": x}).activity["output"], targets)[0]


def gradients(network, x, loss, targets):
    run = network.forward({"input": x})
    return network.backward(run, {"output": loss.value_and_gradient(run.activity["output"], targets)[1]})


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_are_those_of_finite_differences_for_every_activation(name):
    activation = KNOWN[name]()
    x, _ = data(trials=6, seed=3)
    scale = 0.3 if activation.range[1] > 1e3 else 1.0
    network = Network(*layered([4, 5, 2], activation, bias=1.3, seed=1))
    # Rates in Hz would swamp the output: read them out with small weights.
    top = np.abs(network.forward({"input": x}).activity["hidden1"]).max()
    network.weights["to_output"] *= scale / max(1.0, top)
    loss = SquaredError()
    targets = np.ones((6, 2))
    found = gradients(network, x, loss, targets)
    rng = np.random.default_rng(5)
    for table, slopes in ((network.weights, found.weights), (network.biases, found.biases)):
        for key, values in table.items():
            direction = rng.standard_normal(values.shape)
            h, kept = 1e-6, values.copy()
            ends = []
            for sign in (1, -1):
                np.copyto(values, kept + sign * h * direction)
                ends.append(loss_of(network, x, loss, targets))
            np.copyto(values, kept)
            # Central differences: h^2 = 1e-12 of truncation, 1e-16/h = 1e-10 of rounding, times slopes of up to 1e3.
            expected = (ends[0] - ends[1]) / (2 * h)
            assert np.sum(slopes[key] * direction) == pytest.approx(expected, rel=2e-5, abs=1e-6), (name, key)


@pytest.mark.parametrize("name", ["ReLU", "Tanh", "Softplus", "LeakyReLU"])
def test_gradients_are_those_of_another_library(name):
    functions = {
        "ReLU": lambda z: anp.maximum(z, 0.0),
        "Tanh": anp.tanh,
        "Softplus": lambda z: anp.log(1.0 + anp.exp(z)),
        "LeakyReLU": lambda z: anp.where(z > 0, z, 0.01 * z),
    }
    x, y = data()
    network = Network(*layered([4, 7, 6, 3], KNOWN[name](), bias=0.2, seed=2))

    def other(parameters):
        a = x
        for k, (w, b) in enumerate(parameters):
            a = anp.dot(a, w.T) + b
            a = functions[name](a) if k < 2 else a
        peak = anp.max(a, axis=1, keepdims=True)
        log_sum = peak[:, 0] + anp.log(anp.sum(anp.exp(a - peak), axis=1))
        weight = anp.array([1.0, 2.0, 0.5])[y]
        return anp.sum(weight * (log_sum - a[anp.arange(len(y)), y])) / anp.sum(weight)

    layers = ["hidden1", "hidden2", "output"]
    expected = autograd.grad(other)([(network.weights[f"to_{n}"], network.biases[n]) for n in layers])
    found = gradients(network, x, CrossEntropy(class_weights=(1.0, 2.0, 0.5)), y)
    for layer, (w, b) in zip(layers, expected, strict=True):
        # The same derivatives in another order of additions.
        np.testing.assert_allclose(found.weights[f"to_{layer}"], w, rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(found.biases[layer], b, rtol=1e-10, atol=1e-14)


def test_the_slopes_of_prelu_are_learned_unit_by_unit():
    x, y = data(200, seed=1)
    circuit, cells = layered([4, 6, 3], activations.PReLU(), seed=3)
    network = Network(circuit, cells)
    network.negative_slopes["hidden1"][:] = np.linspace(-0.3, 0.6, 6)
    found = gradients(network, x, CrossEntropy(), y).negative_slopes["hidden1"]
    for unit in range(6):
        ends = []
        for h in (1e-6, -1e-6):
            network.negative_slopes["hidden1"][unit] += h
            ends.append(loss_of(network, x, CrossEntropy(), y))
            network.negative_slopes["hidden1"][unit] -= h
        assert found[unit] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-9)
    run = train(circuit, cells, x, y, epochs=5)
    negative_slopes = run.cells["hidden1"].transfer.negative_slopes
    assert len(set(negative_slopes)) == 6
    fixed = train(circuit, cells, x, y, epochs=5, learn=("weights", "biases"))
    assert fixed.cells["hidden1"].transfer.negative_slopes == (0.25,) * 6


def blobs(trials=300, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, trials)
    centres = np.array([[2.0, 0.0], [-1.0, 1.7], [-1.0, -1.7]])
    return centres[labels] + 0.4 * rng.standard_normal((trials, 2)), labels


@pytest.mark.parametrize("optimiser", [SGD(learning_rate=0.05), Adam(learning_rate=0.01)])
@pytest.mark.parametrize("activation", ["ReLU", "Sigmoid", "GELU", "LIFCurve", "SoftLIF", "Siegert"])
def test_networks_of_artificial_and_of_neuronal_curves_learn(activation, optimiser):
    x, y = blobs()
    curve = KNOWN[activation]()
    circuit, cells = layered([2, 12, 3], curve, bias=1.5 if "LIF" in activation or activation == "Siegert" else 0.1)
    if curve.range[1] > 100 and activation not in ("ReLU", "GELU"):
        # Rates in Hz: read out with weights per Hz, and steps to match.
        circuit = circuit.with_weights(to_output=circuit.projection("to_output").weights / 50)
        optimiser = optimiser.replace(
            learning_rate=optimiser.learning_rate / (1 if isinstance(optimiser, Adam) else 50)
        )
    run = train(circuit, cells, x, y, optimiser=optimiser, epochs=25, batch=30)
    # Three clouds 3.4 apart with sd .4: a line between two is 4 sd away, so even linear readers reach 99.9 %.
    rates = ns.simulate(run.circuit, run.cells, ns.stimulus.constant(x)).rates["output"]
    assert np.mean(rates.argmax(axis=1) == y) > 0.98
    assert run.history["loss"][-1] < run.history["loss"][0]


def test_one_step_of_each_optimiser_is_its_equation():
    g = [np.array([1.0, -2.0]), np.array([0.5])]
    w = [np.array([1.0, 1.0]), np.array([3.0])]
    sgd = SGD(learning_rate=0.1, momentum=0.5)
    memory = sgd.memory(w)
    for count in (1, 2):
        sgd.step(w, g, memory, [1.0, 2.0], count)
    # v1 = -.1 g, v2 = .5 v1 - .1 g: the sum is -.25 g; twice that for the second.
    np.testing.assert_allclose(w[0], [0.75, 1.5])
    np.testing.assert_allclose(w[1], [2.75])
    w = [np.array([1.0, 1.0])]
    adam = Adam(learning_rate=0.1, epsilon=1e-300)
    memory = adam.memory(w)
    for count in (1, 2, 3):
        adam.step(w, [np.array([1.0, -2.0])], memory, [1.0], count)
    # With a constant gradient both corrected moments are exact: every step is the rate times its sign.
    np.testing.assert_allclose(w[0], [0.7, 1.3], rtol=1e-12)


def test_penalties_do_what_they_say():
    x, y = data(60, seed=4)
    circuit, cells = layered([4, 8, 3], seed=1)

    def trained(**penalties):
        return train(
            circuit,
            cells,
            x,
            y,
            optimiser=SGD(learning_rate=0.05),
            epochs=20,
            batch=20,
            penalties=Penalties(**penalties),
        )

    plain = trained()
    decayed = trained(l2_weights=0.1)
    assert np.linalg.norm(decayed.circuit.projection("to_output").weights) < 0.8 * np.linalg.norm(
        plain.circuit.projection("to_output").weights
    )
    sparse = trained(l1_activity=0.2)
    assert sparse.history["active hidden1"][-1] < 0.5 * plain.history["active hidden1"][-1]
    proximal, subgradient = trained(l1_weights=0.3, proximal=True), trained(l1_weights=0.3)
    assert np.mean(proximal.circuit.projection("to_hidden1").weights == 0) > 0.2
    assert np.mean(subgradient.circuit.projection("to_hidden1").weights == 0) == 0


def test_dropout_keeps_the_mean_and_is_off_in_validation():
    circuit, cells = layered([4, 400, 1], activations.Identity(), seed=1)
    network = Network(circuit, cells)
    x = np.ones((500, 4))
    masks = {"hidden1": (np.random.default_rng(0).random((500, 400)) >= 0.5) / 0.5}
    dropped = network.forward({"input": x}, masks).activity["output"]
    full = network.forward({"input": x}).activity["output"]
    # Four standard errors of the mean over 500 trials.
    assert abs(dropped.mean() - full[0, 0]) < 4 * dropped.std() / np.sqrt(500)
    y = np.zeros(500, dtype=int)
    run = train(
        circuit, cells, x, np.ones((500, 1)), loss=SquaredError(), penalties=Penalties(dropout=0.5),
        validation=(x, np.ones((500, 1))), epochs=1,
    )  # fmt: skip
    output = Network(run.circuit, run.cells).forward({"input": x}).activity["output"]
    assert run.history["validation"][0] == pytest.approx(-0.5 * np.mean((output - 1) ** 2), rel=1e-12)
    assert y.sum() == 0


def test_signs_are_kept_and_biases_can_learn_alone_or_faster():
    x, y = data(60, seed=4)
    circuit, cells = layered([4, 8, 3], seed=1)
    projections = [
        ns.Projection("exc", "input", "hidden1", np.abs(circuit.projection("to_hidden1").weights), sign=1, tau=0.0),
        ns.Projection("inh", "input", "hidden1", np.full((8, 4), 0.1), sign=-1, tau=0.0),
    ]
    signed = circuit.without("to_hidden1").with_projections(*projections)
    run = train(signed, cells, np.abs(x), y, epochs=10)
    assert (run.circuit.projection("inh").weights >= 0).all()
    assert not np.array_equal(run.circuit.projection("inh").weights, projections[1].weights)
    only = train(circuit, cells, x, y, epochs=2, learn=("biases",))
    assert only.circuit.projection("to_output") is not None
    np.testing.assert_array_equal(only.circuit.projection("to_output").weights, circuit.projection("to_output").weights)
    assert only.circuit.population("output").bias.any()
    slow, fast = (
        train(circuit, cells, x, y, optimiser=SGD(learning_rate=1e-5, momentum=0.0), epochs=1, batch=60, bias_rate=b)
        for b in (1.0, 3.0)
    )
    np.testing.assert_allclose(fast.circuit.population("output").bias, 3 * slow.circuit.population("output").bias)


@pytest.mark.parametrize(
    "optimiser", [SGD(learning_rate=0.1, momentum=0.9), Adam(learning_rate=0.1)], ids=["SGD", "Adam"]
)
@pytest.mark.parametrize(
    "penalties",
    [Penalties(l1_weights=0.3, proximal=True), Penalties(l1_weights=0.3), Penalties(l2_weights=0.5)],
    ids=["proximal", "L1", "L2"],
)
def test_what_does_not_learn_does_not_move(penalties, optimiser):
    x, y = data(60, seed=4)
    circuit, cells = layered([4, 8, 3], activations.PReLU(), seed=1)
    given = {"optimiser": optimiser, "penalties": penalties, "epochs": 3, "batch": 20}
    for learn in (("biases",), ("negative_slopes",), ("biases", "negative_slopes")):
        run = train(circuit, cells, x, y, learn=learn, **given)
        for name in ("to_hidden1", "to_output"):
            np.testing.assert_array_equal(run.circuit.projection(name).weights, circuit.projection(name).weights)
        assert run.circuit.population("output").bias.any() == ("biases" in learn)
        assert (len(set(run.cells["hidden1"].transfer.negative_slopes)) > 1) == ("negative_slopes" in learn)
    run = train(circuit, cells, x, y, learn=("weights",), **given)
    assert not run.circuit.population("output").bias.any()


@pytest.mark.parametrize(
    "optimiser", [SGD(learning_rate=0.02, momentum=0.9), Adam(learning_rate=0.01)], ids=["SGD", "Adam"]
)
@pytest.mark.parametrize("sign", [None, 1, -1])
def test_a_sparse_projection_keeps_its_connections(optimiser, sign):
    """4 of 16 entries: after training 4, in the same places, moved by the gradient of those entries alone."""
    rows, columns = np.array([0, 1, 2, 3]), np.array([2, 0, 3, 0])
    weights = np.zeros((4, 4))
    weights[rows, columns] = [0.5, 0.7, 0.4, 0.6]
    x, y = data(40, channels=4, classes=3, seed=2)
    x = np.abs(x)
    circuit, cells = layered([4, 4, 3], activations.Identity(), seed=1)
    sparse = ns.Projection("thin", "input", "hidden1", csr_array(weights), sign=sign, tau=0.0)
    thin = circuit.without("to_hidden1").with_projections(sparse)
    penalties = Penalties(l2_weights=0.01, dropout=0.1)
    run = train(thin, cells, x, y, optimiser=optimiser, penalties=penalties, epochs=4, batch=10)
    found = run.circuit.projection("thin").weights
    assert isinstance(found, csr_array)
    assert [list(a) for a in found.nonzero()] == [rows.tolist(), columns.tolist()]
    assert (np.abs(found.data - csr_array(weights).data) > 1e-3).all()
    # A weight that ends at 0 is no connection any more, and none comes into being elsewhere.
    bare = train(thin, cells, x, y, penalties=Penalties(l1_weights=50.0, proximal=True), epochs=30)
    assert bare.circuit.projection("thin").weights.nnz == 0
    # One step of plain gradient descent by hand, softmax and all.
    step = train(thin, cells, x, y, optimiser=SGD(learning_rate=0.1, momentum=0.0), epochs=1, batch=40)
    factor, top = sparse.factor, circuit.projection("to_output").weights
    logits = factor * x @ weights.T @ top.T
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    gradient = factor * ((p - np.eye(3)[y]) / 40 @ top).T @ x
    expected = np.where(weights != 0, weights - 0.1 * gradient, 0.0)
    np.testing.assert_allclose(step.circuit.projection("thin").dense(), expected, rtol=1e-12)
    # The history speaks of the connections that there are.
    own = np.sqrt(np.mean(gradient[rows, columns] ** 2))
    assert step.history["gradient thin"][0] == pytest.approx(own, rel=1e-12)


def test_learning_by_a_rule_keeps_the_connections_too():
    weights = np.zeros((4, 4))
    weights[[0, 1, 2, 3], [2, 0, 3, 0]] = [0.5, 0.7, 0.4, 0.6]
    rule = ns.plasticity.Hebb(learning_rate=0.01)
    feed = ns.Projection("thin", "x", "p", csr_array(weights), tau=0.0, rule=rule)
    circuit = ns.Circuit({"x": 4}, [ns.Population("p", 4)], [feed])
    run = ns.learn(circuit, ns.Unit(), ns.stimulus.constant(np.ones((3, 4)), "x"), progress=False)
    found = run.circuit.projection("thin").weights
    assert [list(a) for a in found.nonzero()] == [[0, 1, 2, 3], [2, 0, 3, 0]]
    assert (found.data > csr_array(weights).data).all()


def test_early_stopping_keeps_the_best_network():
    x, y = data(80, seed=1)
    circuit, cells = layered([4, 30, 3], seed=1)
    run = train(circuit, cells, x[:40], y[:40], validation=(x[40:], y[40:]), patience=3, epochs=200, batch=10)
    assert not run.finished
    scores = run.history["validation"]
    best = int(np.argmax(scores))
    assert len(scores) == best + 1 + 3
    rates = ns.simulate(run.circuit, run.cells, ns.stimulus.constant(x[40:])).rates["output"]
    assert np.mean(rates.argmax(axis=1) == y[40:]) == scores[best]


def test_the_same_seed_gives_the_same_network_and_another_one_another():
    x, y = data()
    circuit, cells = layered([4, 8, 3], seed=1)
    runs = [
        train(circuit, cells, x, y, epochs=3, batch=7, seed=seed, penalties=Penalties(dropout=0.2))
        for seed in (1, 1, 2)
    ]
    assert runs[0].circuit == runs[1].circuit
    assert runs[0].circuit != runs[2].circuit


def test_an_interrupt_returns_what_was_trained():
    x, y = data()

    def stop(epoch, network):
        if epoch == 2:
            raise KeyboardInterrupt

    run = train(*layered([4, 8, 3]), x, y, epochs=9, observe=stop)
    assert (run.epochs, run.finished) == (2, False)
    assert repr(run).startswith("Training(stopped after 2 epochs; loss ")
    assert len(run.to_frame()) == 2


def test_dead_units_are_counted():
    x, y = data()
    circuit, cells = layered([4, 8, 3])
    bias = np.array([-100.0] * 3 + [0.0] * 5)
    run = train(circuit.with_bias(hidden1=bias), cells, x, y, epochs=1)
    assert run.history["dead hidden1"][0] == pytest.approx(3 / 8)


def test_bad_input_is_one_clear_sentence():
    x, y = data()
    circuit, cells = layered([4, 8, 3])
    loop = circuit.with_projections(ns.Projection("loop", "hidden1", "hidden1", np.eye(8), tau=0.0))
    for arguments, message in (
        ((loop, cells, x, y), "got a recurrent circuit, expected a feed-forward one"),
        ((circuit, cells, x[:, :3], y), r"train: inputs: input: got shape \(30, 3\), expected \(trials, 4\)"),
        ((circuit, cells, x, y + 1), "got class 3, expected 0 to 2"),
        ((circuit, cells, x, y[:5]), r"got shape \(5,\), expected \(30,\) class numbers"),
        ((circuit, cells, np.full_like(x, np.nan), y), r"train: inputs: input\[0, 0\]: got nan"),
    ):
        with pytest.raises(ParameterError, match=message):
            train(*arguments)
    with pytest.raises(DimensionError, match=r"cells\['hidden1'\]: got LIF\(.*expected a Unit"):
        train(circuit, ns.LIF(), x, y)
    with pytest.raises(ParameterError, match="the loss is no longer finite in epoch"), np.errstate(all="ignore"):
        train(circuit, cells, x, y, optimiser=SGD(learning_rate=1e200))
    far = np.full((30, 3), 1e200)  # whose squares overflow
    with pytest.raises(ParameterError, match=r"SquaredError: targets\[0, 0\]: got 1e\+200, expected a magnitude"):
        train(circuit, cells, x, far, loss=SquaredError())
    steep = circuit.with_weights(to_output=np.full((3, 8), 1e200))
    with pytest.raises(ParameterError, match="no longer finite in epoch 1"), np.errstate(all="ignore"):
        train(steep, cells, x, np.ones((30, 3)), loss=SquaredError())
    with pytest.raises(ParameterError, match=r"the loss has grown to \d.*e\+\d+ in epoch \d+; take a smaller"):
        train(circuit, cells, x, y, optimiser=SGD(learning_rate=1e6), epochs=20)
    for options, message in (
        ({"learn": ("slopes",)}, "learn: got"),
        ({"patience": 2}, "got no validation data"),
        ({"epochs": 0}, "epochs: got 0, expected a whole number from 1"),
        ({"loss": CrossEntropy(class_weights=(1.0,))}, "got 1 weights, expected 3, one per class"),
    ):
        with pytest.raises(ParameterError, match=message):
            train(circuit, cells, x, y, **options)
    for option, given in (("optimiser", "adam"), ("loss", "ce"), ("penalties", 0.1), ("validation", 3)):
        with pytest.raises(DimensionError, match=rf"^train: {option}: got {given!r}, expected"):
            train(circuit, cells, x, y, **{option: given})
    for options, message in (
        ({"bias_rate": "a"}, "train: bias_rate: got 'a', expected a number"),
        ({"observe": 3}, "train: observe: got 3, expected a function"),
        ({"progress": "yes"}, "train: progress: got 'yes', expected True, False, None or a function"),
        ({"validation": x}, r"train: validation: got an array of shape \(30, 4\), expected a pair"),
    ):
        with pytest.raises(DimensionError, match=message):
            train(circuit, cells, x, y, **options)
    with pytest.raises(ParameterError, match=r"train: bias_rate: got -1, expected >= 0"):
        train(circuit, cells, x, y, bias_rate=-1.0)
    with pytest.raises(DimensionError, match="train: circuit: got 'net', expected a Circuit"):
        train("net", cells, x, y)
    for targets, message in (
        ([[0], [1, 2]], "CrossEntropy: targets: got rows that differ in length"),
        (["a", "b"], "CrossEntropy: targets: got text"),
        ([0.0, 0.5], r"CrossEntropy: targets\[1\]: got 0.5, expected whole numbers >= 0"),
        (np.ma.array([0, 1], mask=[False, True]), r"targets\[1\]: got a masked entry"),
    ):
        with pytest.raises((ParameterError, DimensionError), match=message):
            train(circuit, cells, x[:2], targets)
    for learn in (None, "weights", (), ("weights", 3)):
        with pytest.raises(ParameterError, match=r"train: learn: got .*, expected a tuple with some of"):
            train(circuit, cells, x, y, learn=learn)
    with pytest.raises(ParameterError, match=r"no weight scheme \(weights\) is named 'hee'; did you mean 'he'"):
        layered([4, 3], weights="hee")
    with pytest.raises(ParameterError, match="expected at least inputs and outputs"):
        layered([4])
    with pytest.raises(ParameterError, match=r"layered: sizes\[1\]: got -1, expected whole numbers"):
        layered([4, -1, 3])
    for sizes, shown in ((4, r": got shape \(\)"), ("4, 3", ": got '4, 3'"), ([4, 2.5, 3], r"\[1\]: got 2.5")):
        with pytest.raises((ParameterError, DimensionError), match=f"layered: sizes{shown}"):
            layered(sizes)
    assert layered(np.array([4, 3, 2]))[0].sizes == {"input": 4, "hidden1": 3, "output": 2}

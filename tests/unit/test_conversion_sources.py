"""Networks that people have: every source against a forward pass written out in NumPy, and refusals of a guess."""

import copy
import json
import pickle
import warnings

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, PolynomialFeatures, RobustScaler, StandardScaler

import neurosim as ns
from neurosim.activations.prelu import PReLU
from neurosim.conversion import ImportedNetwork, export_network, import_network
from neurosim.params import DimensionError, ParameterError

RNG = np.random.default_rng(3)
X = RNG.standard_normal((50, 5)) * [1.0, 10.0, 0.1, 3.0, 1.0] + [0.0, 5.0, -1.0, 0.0, 100.0]
W1, B1, W2, B2 = (RNG.standard_normal(shape) for shape in ((6, 5), (6,), (3, 6), (3,)))
MEAN, VARIANCE, SCALE, SHIFT = (RNG.uniform(0.5, 2.0, 6) for _ in range(4))


def relu(z):
    return np.maximum(z, 0.0)


def norm(z, eps=1e-5):
    return (z - MEAN) / np.sqrt(VARIANCE + eps) * SCALE + SHIFT


def linear(k, w, b):
    return {f"{k}.weight": w, f"{k}.bias": b}


def batch_norm(k, affine=True):
    found = {f"{k}.running_mean": MEAN, f"{k}.running_var": VARIANCE, f"{k}.num_batches_tracked": np.array(7)}
    return found | ({f"{k}.weight": SCALE, f"{k}.bias": SHIFT} if affine else {})


def close(network, expected, inputs=X):
    np.testing.assert_allclose(network.outputs(inputs), expected, rtol=1e-9, atol=1e-9)


def quiet(model, *data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a few iterations do not converge, and need not
        return model.fit(*data)


# Order


def deep(names):
    """Twelve layers of one unit that add different numbers, and what comes out of 1000 by hand."""
    state, value = {}, 1000.0
    for k, name in enumerate(names):
        state |= linear(name, np.array([[1.0 + 0.01 * k]]), np.array([float(k)]))
        value = value * (1.0 + 0.01 * k) + k
    return state, value


@pytest.mark.parametrize(
    "names",
    [
        [str(2 * k) for k in range(12)],
        [f"fc{k}" for k in range(12)],
        [f"module.net.layers.{k}.linear" for k in range(12)],
        ["0", "2.0", "2.2", "2.10", "4", *[str(k) for k in range(6, 20, 2)]],
    ],
)
def test_layers_stand_in_the_order_of_their_numbers(names):
    state, expected = deep(names)
    for keys in (list(state), sorted(state), sorted(state, reverse=True)):
        network = import_network({key: state[key] for key in keys})
        assert network.outputs([[1000.0]])[0, 0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("names", [["fc1", "fc2", "out"], ["hidden.0", "output"], ["a", "b"], ["fc1", "fc01"]])
def test_names_that_do_not_tell_the_order_need_it_given(names):
    weights = [np.eye(2) * (k + 2) for k in range(len(names))]
    state = {f"{name}.weight": w for name, w in zip(names, weights, strict=True)}
    with pytest.raises(ParameterError, match=r"which do not tell their order.*pass order=\[\.\.\.\]"):
        import_network(state)
    network = import_network(state, order=names)
    close(network, np.prod([w[0, 0] for w in weights]) * np.ones((1, 2)), [[1.0, 1.0]])
    assert network.circuit.projection("to_hidden1").weights[0, 0] == 2
    for order, message in (
        (names[:-1], f"order: lacks '{names[-1]}'"),
        ([*names, names[0]], f"order: has '{names[0]}' 2 times"),
        ([*names, "nobody"], "no part of the state, or activation, is named 'nobody'"),
        ("fc1", "order: got 'fc1', expected a list of names"),
    ):
        with pytest.raises(ParameterError, match=message):
            import_network(state, order=order)


# Batch normalisation


def test_a_normalisation_stands_where_its_number_says():
    before = linear(0, W1, B1) | batch_norm(1) | linear(3, W2, B2)
    close(import_network(before), relu(norm(X @ W1.T + B1)) @ W2.T + B2)
    behind = linear(0, W1, B1) | batch_norm(2) | linear(3, W2, B2)
    close(import_network(behind), norm(relu(X @ W1.T + B1)) @ W2.T + B2)
    first = {f"0.{k}": v[:5] for k, v in (("running_mean", MEAN), ("running_var", VARIANCE))} | linear(1, W1, B1)
    close(import_network(first), (X - MEAN[:5]) / np.sqrt(VARIANCE[:5] + 1e-5) @ W1.T + B1)
    last = linear(0, W1, B1) | batch_norm(1)
    close(import_network(last), norm(X @ W1.T + B1))
    shuffled = {key: behind[key] for key in sorted(behind, reverse=True)}
    assert import_network(shuffled)[0] == import_network(behind)[0]


@pytest.mark.parametrize(
    "state",
    [
        linear(0, W1, B1) | batch_norm(2) | linear(4, W2, B2),
        linear(0, W1, B1) | batch_norm(1) | linear(2, W2, B2),
        linear(0, W1, B1) | batch_norm(2),
        {f"0.{k}": v[:5] for k, v in (("running_mean", MEAN), ("running_var", VARIANCE))} | linear(2, W1, B1),
    ],
    ids=["room on both sides", "no room", "behind the last activation", "before the first"],
)
def test_a_place_that_numbers_do_not_tell_is_refused(state):
    with pytest.raises(ParameterError, match=r"do not tell whether this batch normalisation stands before or behind"):
        import_network(state)


def test_the_order_tells_the_place_too():
    state = linear("fc1", W1, B1) | batch_norm("bn") | linear("fc2", W2, B2)
    close(import_network(state, order=["fc1", "bn", "relu", "fc2"]), relu(norm(X @ W1.T + B1)) @ W2.T + B2)
    close(import_network(state, order=["fc1", "tanh", "bn", "fc2"]), norm(np.tanh(X @ W1.T + B1)) @ W2.T + B2)
    leaks = PReLU(negative_slopes=(0.1, 0.2, -0.3, 0.4, 0.5, 1.5))
    z = X @ W1.T + B1
    expected = norm(np.where(z > 0, z, np.array(leaks.negative_slopes) * z)) @ W2.T + B2
    close(import_network(state, order=["fc1", leaks, "bn", "fc2"]), expected)
    with pytest.raises(ParameterError, match="got a batch normalisation and no activation, expected the names with an"):
        import_network(state, order=["fc1", "bn", "fc2"])
    with pytest.raises(ParameterError, match="import_network: order: got 3 slopes, expected 1 or 6"):
        import_network(state, order=["fc1", PReLU(negative_slopes=(1, 2, 3)), "bn", "fc2"])


def test_eps_is_given_or_the_usual_one():
    state = linear(0, W1, B1) | batch_norm(1, affine=False) | linear(3, W2, B2)
    for options, eps in (({}, 1e-5), ({"eps": 0.1}, 0.1), ({"eps": 0.0}, 0.0)):
        hidden = relu((X @ W1.T + B1 - MEAN) / np.sqrt(VARIANCE + eps))
        close(import_network(state, **options), hidden @ W2.T + B2)
    with pytest.raises(ParameterError, match="import_network: eps: got -1, expected >= 0"):
        import_network(state, eps=-1)
    for name, given in (("eps", 0.1), ("order", ["a"])):
        with pytest.raises(ParameterError, match=f"{name}: got it with list, expected it with a state_dict"):
            import_network([(W1, B1)], **{name: given})


# Keys, numbers, wrappings


def test_checkpoints_and_prefixes():
    plain = linear(0, W1, B1) | linear(2, W2, B2)
    expected = relu(X @ W1.T + B1) @ W2.T + B2
    for prefix in ("", "module.", "net.", "module.net."):
        state = {f"{prefix}{key}": value for key, value in plain.items()}
        for source in (
            state, {"model_state_dict": state, "epoch": 3, "optimizer_state_dict": {"lr": 0.1}},
            {"state_dict": state, "hyper_parameters": {}}, {"state_dict": {"model_state_dict": state}},
        ):  # fmt: skip
            close(import_network(source), expected)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"model_state_dict": {"0.weight": W1}, "state_dict": {"0.weight": W1}}, "got both model_state_dict and"),
        ({0: W1}, "state: got the name 0, expected texts such as '0.weight'"),
        ({"epoch": 3}, "state 'epoch': got 3, expected an array; a checkpoint holds"),
        ({"0": {"weight": W1}}, "state '0': got .*expected an array"),
        ({"0.bias": B1}, "state '0': got bias, expected the weight"),
        ({"0.weight": W1, "0.weight_mask": W1}, "state '0': got weight, weight_mask with a weight of 2 dim"),
        (linear(0, W1, B1) | {"1.weight": np.ones(6)}, "one row alone may be a PReLU or a normalisation: import"),
        (linear(0, W1, B1) | {"1.weight": np.ones(6), "1.bias": B1}, "state '1': got weight, bias with a weight of 1"),
        (linear(0, W1, B1) | {"1.running_mean": MEAN}, "state '1': got no running_var"),
        (linear(0, W1, B1) | {"1.running_mean": MEAN, "1.running_var": VARIANCE, "1.weight": SCALE}, "got no bias"),
        (linear(0, W1, B1) | {"1.running_mean": MEAN, "1.running_var": -VARIANCE}, "expected variances >= 0"),
        (linear(0, W1, B1) | {"1.running_mean": MEAN, "1.running_var": VARIANCE[:3]}, r"got values of shape \(3,\)"),
        ({"0.weight_ih_l0": W1}, "state '0': got weight_ih_l0, expected"),
        (linear(0, W1, B1) | linear(2, W1, B1), "'output' reads 5 units, expected 6"),
        (linear(0, W1, B1[:3]), r"bias: got shape \(3,\), expected \(6,\)"),
        (linear(0, np.where(W1 > 1, np.nan, W1), B1), r"state '0': weights\[.*got nan, expected finite numbers"),
        ({"0.weight": W1 + 1j}, "got complex numbers"),
        ({"0.weight": W1 > 0}, "got truth values"),
        ({"0.weight": np.ma.masked_greater(W1, 1.0)}, "got a masked entry"),
        ({"0.weight": np.full((2, 2), "a")}, "got text"),
        ({}, "got no layer with weights"),
    ],
)  # fmt: skip
def test_states_that_prove_nothing_are_refused(state, message):
    with pytest.raises((ParameterError, DimensionError), match=message):
        import_network(state)


# scikit-learn


@pytest.mark.parametrize(
    "scalers",
    [
        [StandardScaler()], [StandardScaler(with_mean=False)], [StandardScaler(with_std=False)],
        [MinMaxScaler((-1, 2))], [MaxAbsScaler()], [RobustScaler()], [RobustScaler(with_centering=False)],
        [MinMaxScaler(), StandardScaler()], [Pipeline([("a", MaxAbsScaler()), ("b", RobustScaler())]), MinMaxScaler()],
    ],
    ids=str,
)  # fmt: skip
def test_a_pipeline_of_scalers_and_a_network(scalers):
    model = quiet(
        make_pipeline(*scalers, MLPRegressor(hidden_layer_sizes=(7,), max_iter=20, random_state=0)), X, X[:, :2]
    )
    network = import_network(model)
    # Shifts of up to 100 are added to the biases instead of being taken off the inputs.
    close(network, model.predict(X))
    assert network.task == "values"
    np.testing.assert_array_equal(network.predict(X), network.outputs(X))


@pytest.mark.parametrize("search", [GridSearchCV, RandomizedSearchCV])
def test_a_search_gives_its_best_network(search):
    labels = np.array(["low", "high", "top"])[np.arange(50) % 3]
    pipeline = Pipeline([("scale", StandardScaler()), ("off", "passthrough"), ("net", MLPClassifier(max_iter=15))])
    options = {"n_iter": 2, "random_state": 0} if search is RandomizedSearchCV else {}
    given = {"net__hidden_layer_sizes": [(4,), (6,)], "net__random_state": [1]}
    model = quiet(search(pipeline, given, cv=2, **options), X, labels)
    network = import_network(model)
    np.testing.assert_array_equal(network.predict(X), model.predict(X))
    np.testing.assert_allclose(network.predict_proba(X), model.predict_proba(X), atol=1e-9)
    assert network.accuracy(X, labels) == pytest.approx(model.score(X, labels), abs=1e-12)


def test_what_scikit_learn_offers_and_no_network_can_do_is_refused():
    y = np.arange(50) % 3
    poisson = quiet(MLPRegressor(hidden_layer_sizes=(4,), loss="poisson", max_iter=5), X, y.astype(float))
    for model, message in (
        (poisson, r"MLPRegressor: got the output activation 'exp' \(loss='poisson'\), expected one of 'identity'"),
        (
            quiet(make_pipeline(PolynomialFeatures(), MLPRegressor(hidden_layer_sizes=(4,), max_iter=5)), X, y),
            r"\(PolynomialFeatures\): can",
        ),
        (
            quiet(make_pipeline(MinMaxScaler(clip=True), MLPRegressor(hidden_layer_sizes=(4,), max_iter=5)), X, y),
            "got clip=True",
        ),
        (make_pipeline(StandardScaler(), MLPRegressor()), "got a scaler that was not fitted"),
        (GridSearchCV(MLPRegressor(), {}), "got a GridSearchCV without best_estimator_"),
        (StandardScaler().fit(X), "got a StandardScaler, expected an MLPClassifier or MLPRegressor"),
    ):
        with pytest.raises(ParameterError, match=message):
            import_network(model)


# Answers


def test_two_classes_with_names_of_their_own():
    labels = np.where(X[:, 0] > 0, 1, -1)
    model = quiet(MLPClassifier((5,), max_iter=30, random_state=0), X, labels)
    network = import_network(model)
    assert network.task == "binary"
    np.testing.assert_array_equal(network.predict(X), model.predict(X))
    np.testing.assert_allclose(network.predict_proba(X), model.predict_proba(X), atol=1e-12)
    assert network.accuracy(X, labels) == pytest.approx(model.score(X, labels))
    with pytest.raises(ParameterError, match="labels: got 0, expected one of the network's classes -1, 1"):
        network.accuracy(X, np.zeros(50, int))


def test_labels_that_do_not_exclude_each_other():
    y = np.stack([X[:, 0] > 0, X[:, 1] > 5, X[:, 2] > -1], axis=1).astype(int)
    model = quiet(MLPClassifier((5,), max_iter=30, random_state=0), X, y)
    network = import_network(model)
    np.testing.assert_array_equal(network.predict(X), model.predict(X))
    with pytest.raises(ParameterError, match="labels that do not exclude each other, expected a classifier; compare"):
        network.accuracy(X, y)


def test_silence_is_no_answer_of_a_network():
    """Three classes, each answered by an input of its own; what is silent is no class, and wrong."""
    silent = np.array([[0.0, 0, 0], [5, 0, 0], [0, 5, 0], [0, 0, 5]])
    network = import_network([(np.eye(3), None, "relu")])
    assert network.predict(silent).tolist() == [-1, 0, 1, 2]
    assert network.accuracy(silent, [0, 0, 1, 2]) == 0.75
    named = ImportedNetwork(*network, "classes", np.array(["a", "b", "c"]))
    assert named.predict(silent).tolist() == [None, "a", "b", "c"]
    assert named.predict(silent[1:]).dtype.kind == "U"
    assert named.accuracy(silent, ["a", "a", "b", "c"]) == 0.75
    with pytest.raises(ParameterError, match="predict_proba: the outputs of this network are not known to be logits"):
        network.predict_proba(silent)
    with pytest.raises(ParameterError, match="predict: got a network with one output that is no probability"):
        import_network([(np.ones((1, 3)), None)]).predict(silent)
    with pytest.raises(ParameterError, match=r"accuracy: labels\[3\]: got 3, expected whole"):
        network.accuracy(silent, [0, 0, 1, 3])
    with pytest.raises(ParameterError, match=r"labels\[3\]: got 0.5, expected whole numbers from 0 to 2"):
        network.accuracy(silent, [0, 0, 1, 0.5])


def test_a_trained_network_answers():
    from neurosim.training import SquaredError, layered, train

    x, y = RNG.standard_normal((60, 4)), np.arange(60) % 3
    run = train(*layered([4, 8, 3]), x, y, epochs=3, progress=False)
    logits = ns.training.Network(run.circuit, run.cells).forward({"input": x}).activity["output"]
    np.testing.assert_allclose(run.outputs(x), logits, rtol=1e-12)
    assert run.predict(x).tolist() == logits.argmax(axis=1).tolist()
    assert run.accuracy(x, y) == np.mean(logits.argmax(axis=1) == y)
    np.testing.assert_allclose(
        run.predict_proba(x), np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), rtol=1e-12
    )
    values = train(*layered([4, 8, 2]), x, x[:, :2], loss=SquaredError(), epochs=1, progress=False)
    np.testing.assert_array_equal(values.predict(x), values.outputs(x))
    with pytest.raises(ParameterError, match="accuracy: the outputs of this network are values, expected a classifier"):
        values.accuracy(x, y)
    with pytest.raises(ParameterError, match="'input'"):
        run.predict(np.ones((3, 7)))
    for inputs, message in (
        (np.ma.masked_greater(x, 0.0), "outputs: inputs.*got a masked entry"),
        (np.full_like(x, np.nan), "outputs: inputs.*got nan, expected finite numbers"),
        ("abc", "outputs: inputs: got 'abc'"),
        (x + 1j, "outputs: inputs: got complex numbers"),
    ):
        with pytest.raises((ParameterError, DimensionError), match=message):
            run.predict(inputs)
    with pytest.raises(ParameterError, match="rows that differ in length, expected one label per trial"):
        ImportedNetwork(*import_network([(np.eye(4), None)]), "classes", np.array(list("abcd"))).accuracy(
            x, [[1], [1, 2]]
        )
    with pytest.raises(ParameterError, match="no task of a network is named 'class'; did you mean 'classes'"):
        ImportedNetwork(run.circuit, dict(run.cells), "class")


# Files


def test_everything_survives_a_file_and_a_copy(tmp_path):
    labels = np.array(["low", "high", "top"])[np.arange(50) % 3]
    model = quiet(make_pipeline(StandardScaler(), MLPClassifier((4,), max_iter=5, random_state=0)), X, labels)
    network = import_network(model)
    circuit, cells = network
    copies = [
        import_network(network.export(tmp_path / "net")),
        pickle.loads(pickle.dumps(network)),
        copy.deepcopy(network),
    ]
    for again in copies:
        assert again == (circuit, cells)
        assert again.task == "classes"
        assert again.classes.tolist() == ["high", "low", "top"]
        np.testing.assert_array_equal(again.predict(X), network.predict(X))
    assert import_network(network) is network
    assert repr(network) == "ImportedNetwork(5 -> 4 -> 3; outputs are classes)"
    objects = ImportedNetwork(circuit, cells, "classes", np.array(["a", "b", "c"], dtype=object))
    assert import_network(objects.export(tmp_path / "objects")).classes.tolist() == ["a", "b", "c"]
    with pytest.raises(ParameterError, match="no task of a network is named 'klasses'; did you mean 'classes'"):
        export_network(circuit, cells, tmp_path / "x", task="klasses")
    with pytest.raises(ParameterError, match="expected 3 different texts or numbers"):
        export_network(circuit, cells, tmp_path / "x", classes=["a", "a", "b"])
    with pytest.raises(ParameterError, match="classes: got 2 names, 2 of them different, expected 3 different"):
        export_network(circuit, cells, tmp_path / "x", classes=["a", "b"])


def test_a_state_dict_in_a_file(tmp_path):
    state, expected = deep([str(k) for k in range(0, 24, 2)])
    np.savez(tmp_path / "state.npz", **state)
    write_safetensors(tmp_path / "state.safetensors", state)
    for name in ("state.npz", "state.safetensors"):
        assert import_network(tmp_path / name).outputs([[1000.0]])[0, 0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("a.h5", "h5py"), ("a.keras", "h5py"), ("a.onnx", "package onnx"), ("a.pt", "weights_only=True"),
        ("a.PTH", "weights_only=True"), ("a.ckpt", "weights_only=True"), ("a.pkl", "load it yourself"),
        ("a.joblib", "if you trust where it comes from"), ("a.npy", "numpy.savez"), ("a.mat", "loadmat"),
    ],
)  # fmt: skip
def test_files_that_are_not_read_name_the_way(tmp_path, name, way_out):
    with pytest.raises(ParameterError, match=f"are not read here; .*{way_out}"):
        import_network(tmp_path / name)


# .safetensors


def write_safetensors(path, tensors, types=None, header=None, tail=b"", metadata=None):
    """The format by its description, written a second time."""
    entries, body = {}, b""
    for name, values in tensors.items():
        data = np.ascontiguousarray(values).tobytes()
        kind = (types or {}).get(name) or {"f": "F", "i": "I", "u": "U"}[values.dtype.kind] + str(8 * values.itemsize)
        entries[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    if metadata:
        entries["__metadata__"] = metadata
    text = json.dumps(entries if header is None else header(entries)).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + body + tail)
    return path


def test_every_type_of_number_in_a_safetensors_file(tmp_path):
    halves = np.array([[1.5, -2.25], [0.0, 3.0]])  # exact in every type with a fraction
    bits = (halves.astype("<f4").view("<u4") >> 16).astype("<u2")
    tensors = {f"fc{n}.weight": halves.astype(kind) for n, kind in enumerate(("<f8", "<f4", "<f2"))}
    tensors |= {"fc3.weight": bits, "fc4.weight": np.array([[2, -1], [0, 3]], dtype="i1"),
                "fc5.weight": np.array([[2, 1], [0, 3]], dtype="<u4")}  # fmt: skip
    path = write_safetensors(tmp_path / "a.safetensors", tensors, {"fc3.weight": "BF16"}, metadata={"format": "pt"})
    network = import_network(path, activation="identity")
    for n in range(4):
        np.testing.assert_array_equal(network.circuit.projections[n].weights, halves)
    np.testing.assert_array_equal(network.circuit.projections[4].weights, [[2, -1], [0, 3]])
    np.testing.assert_array_equal(network.circuit.projections[5].weights, [[2, 1], [0, 3]])


def with_entry(**changes):
    return lambda entries: {"0.weight": entries["0.weight"] | changes}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"header": with_entry(dtype="F8_E4M3")}, "'0.weight': got numbers of type 'F8_E4M3', expected one of F64"),
        ({"header": with_entry(dtype="BOOL")}, "got numbers of type 'BOOL'"),
        ({"header": with_entry(dtype=["F64"])}, "got numbers of type"),
        ({"header": with_entry(shape=[2, 3])}, "got bytes 0 to 32 of 32, expected 48 bytes"),
        ({"header": with_entry(shape=[2**40, 2**40])}, "expected 9671406556917033397649408 bytes"),
        ({"header": with_entry(shape=[-2, -2])}, "expected whole numbers >= 0"),
        ({"header": with_entry(shape=[2.0, 2])}, "expected whole numbers >= 0"),
        ({"header": with_entry(data_offsets=[8, 40])}, "got bytes 8 to 40 of 32"),
        ({"header": with_entry(data_offsets=[0])}, "expected whole numbers >= 0"),
        ({"header": lambda e: {"0.weight": {"dtype": "F64"}}}, "got a damaged entry"),
        ({"header": lambda e: {"0.weight": 3}}, "got a damaged entry"),
        ({"header": lambda e: [1]}, r"no \.safetensors file"),
        ({"header": lambda e: e | {"1.weight": e["0.weight"]}}, "'1.weight': begins at byte 0, expected 32"),
        ({"tail": b"more"}, "got 36 bytes of numbers, expected 32"),
        ({"header": lambda e: {"__metadata__": {}}}, "got 32 bytes of numbers, expected 0"),
    ],
)
def test_a_damaged_safetensors_file_is_refused(tmp_path, options, message):
    path = write_safetensors(tmp_path / "a.safetensors", {"0.weight": np.eye(2)}, **options)
    with pytest.raises(ParameterError, match=message):
        import_network(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"123", (2**63).to_bytes(8, "little"), (50).to_bytes(8, "little") + b"{}", (2).to_bytes(8, "little") + b"[]",
     (2).to_bytes(8, "little") + b"\xff\xfe", (20).to_bytes(8, "little") + b'{"a": 1, "a": 2}    ',
     (200_000).to_bytes(8, "little") + b'{"a":' + b"[" * 199_990 + b"     "],
)  # fmt: skip
def test_no_safetensors_file_at_all(tmp_path, content):
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(ParameterError, match=r"no \.safetensors file"):
        import_network(tmp_path / "a.safetensors")
    with pytest.raises(FileNotFoundError):
        import_network(tmp_path / "missing.safetensors")

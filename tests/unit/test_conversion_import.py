"""Networks from elsewhere: scikit-learn itself, and objects that look like torch's; every refusal names its cause."""

import warnings

import numpy as np
import pytest

import neurosim as ns
from neurosim.activations.gelu import GELU
from neurosim.activations.leaky_relu import LeakyReLU
from neurosim.activations.prelu import PReLU
from neurosim.conversion import export_network, import_network
from neurosim.conversion.torch_modules import is_module
from neurosim.params import DimensionError, ParameterError
from neurosim.training import layered

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 5))


def output(network, inputs=X):
    circuit, cells = network
    return ns.simulate(circuit, cells, ns.Stimulus({"input": inputs}), progress=False).rates["output"]


class Tensor:
    """What torch's tensors offer to those who want the numbers."""

    def __init__(self, values):
        self.values = np.asarray(values, dtype=np.float32)

    def detach(self):
        return self

    cpu = detach

    def numpy(self):
        return self.values


class Module:
    def __init__(self, **parts):
        vars(self).update(parts)

    def state_dict(self):
        return {}

    def children(self):
        return iter(())


class Linear(Module):
    def __init__(self, n_in, n_out, bias=True):
        self.weight = Tensor(RNG.standard_normal((n_out, n_in)))
        self.bias = Tensor(RNG.standard_normal(n_out)) if bias else None


class BatchNorm1d(Module):
    def __init__(self, n):
        self.weight, self.bias = Tensor(RNG.uniform(0.5, 2, n)), Tensor(RNG.standard_normal(n))
        self.running_mean, self.running_var = Tensor(RNG.standard_normal(n)), Tensor(RNG.uniform(0.5, 2, n))
        self.eps = 1e-3


class Sequential(Module):
    def __init__(self, *parts):
        self.parts = parts

    def named_children(self):
        return ((str(k), part) for k, part in enumerate(self.parts))


def named(name, **parts):
    return type(name, (Module,), {})(**parts)


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_a_scikit_learn_regressor_comes_out_as_it_predicts(activation):
    from sklearn.neural_network import MLPRegressor

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # five iterations do not converge, and need not
        model = MLPRegressor(hidden_layer_sizes=(7, 6), activation=activation, max_iter=5, random_state=0).fit(
            X, X[:, :2]
        )
    # Both are the same sums in double precision, in another order.
    np.testing.assert_allclose(output(import_network(model)), model.predict(X), atol=1e-12)


def test_a_classifier_gives_logits_and_a_binary_one_its_probability():
    from scipy.special import softmax
    from sklearn.neural_network import MLPClassifier

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        several = MLPClassifier((6,), max_iter=5, random_state=0).fit(X, np.arange(40) % 3)
        two = MLPClassifier((6,), max_iter=5, random_state=0).fit(X, np.arange(40) % 2)
    np.testing.assert_allclose(softmax(output(import_network(several)), axis=1), several.predict_proba(X), atol=1e-12)
    np.testing.assert_allclose(output(import_network(two))[:, 0], two.predict_proba(X)[:, 1], atol=1e-12)
    with pytest.raises(ParameterError, match="MLPClassifier that was not fitted"):
        import_network(MLPClassifier())


def test_a_list_of_layers_is_read_with_its_activations():
    w1, b1, w2, b2 = RNG.standard_normal((4, 5)), RNG.standard_normal(4), RNG.standard_normal((2, 4)), np.ones(2)
    expected = np.maximum(X @ w1.T + b1, 0) @ w2.T + b2
    np.testing.assert_allclose(output(import_network([(w1, b1), (w2, b2)])), expected, atol=1e-12)
    tanh = np.tanh(X @ w1.T + b1) @ w2.T + b2
    np.testing.assert_allclose(output(import_network([(w1, b1), (w2, b2)], activation="tanh")), tanh, atol=1e-12)
    own = import_network([(w1, b1, GELU), (w2, None)])
    assert own[1]["hidden1"].activation == GELU()
    assert np.all(own[0].population("output").bias == 0)


def test_a_torch_sequential_with_dropout_and_batch_normalisation():
    first, norm, last = Linear(5, 6), BatchNorm1d(6), Linear(6, 3)
    model = Sequential(named("Flatten"), first, norm, named("ReLU"), named("Dropout", p=0.5), Sequential(last))
    assert is_module(model)
    drive = X @ first.weight.values.T.astype(float) + first.bias.values
    scaled = (drive - norm.running_mean.values) / np.sqrt(norm.running_var.values.astype(float) + norm.eps)
    hidden = np.maximum(scaled * norm.weight.values + norm.bias.values, 0)
    expected = hidden @ last.weight.values.T.astype(float) + last.bias.values
    # Folded into the weights, the same numbers are rounded in another order.
    np.testing.assert_allclose(output(import_network(model)), expected, atol=1e-10)
    logits = import_network(Sequential(first, named("ReLU"), last, named("LogSoftmax")))
    assert logits[1]["output"].activation == ns.activations.Identity()


def test_a_normalisation_behind_the_activation_goes_into_the_next_layer():
    first, norm, last = Linear(5, 6), BatchNorm1d(6), Linear(6, 3)
    hidden = np.maximum(X @ first.weight.values.T.astype(float) + first.bias.values, 0)
    scaled = (hidden - norm.running_mean.values) / np.sqrt(norm.running_var.values.astype(float) + norm.eps)
    expected = (scaled * norm.weight.values + norm.bias.values) @ last.weight.values.T.astype(float) + last.bias.values
    np.testing.assert_allclose(
        output(import_network(Sequential(first, named("ReLU"), norm, last))), expected, atol=1e-10
    )


def test_a_module_that_stands_there_twice_acts_twice():
    class Once(Sequential):
        """As in torch, where named_children names every module once and _modules has them all."""

        def __init__(self, *parts):
            super().__init__(*parts)
            self._modules = {str(k): part for k, part in enumerate(parts)}

        def named_children(self):
            return iter(list(dict.fromkeys(self._modules.items()))[:3])

    Once.__name__ = "Sequential"
    relu, layers = named("ReLU"), [Linear(5, 5) for _ in range(3)]
    network = import_network(Once(layers[0], relu, layers[1], relu, layers[2]))
    assert [type(cell.activation).__name__ for cell in network[1].values()] == ["ReLU", "ReLU", "Identity"]


def test_slopes_of_torch_are_kept():
    layers = [Linear(5, 3), named("PReLU", weight=Tensor([0.25, -0.5, 2.0])), Linear(3, 4)]
    layers += [
        named("PReLU", weight=Tensor([0.125])),
        Linear(4, 4),
        named("LeakyReLU", negative_slope=-0.5),
        Linear(4, 2),
    ]
    network = import_network(Sequential(*layers))
    used = [cell.activation for cell in network[1].values()]
    assert used[:3] == [
        PReLU(negative_slopes=(0.25, -0.5, 2.0)),
        PReLU(negative_slope=0.125),
        PReLU(negative_slope=-0.5),
    ]
    z = X
    for k, slope in ((0, np.array([0.25, -0.5, 2.0])), (2, 0.125), (4, -0.5)):
        z = z @ layers[k].weight.values.T.astype(float) + layers[k].bias.values
        z = np.where(z > 0, z, slope * z)
    expected = z @ layers[6].weight.values.T.astype(float) + layers[6].bias.values
    np.testing.assert_allclose(output(network), expected, rtol=1e-12, atol=1e-12)


def test_activations_of_torch_keep_their_form():
    layers = [Linear(5, 5, bias=False), named("LeakyReLU", negative_slope=0.2), Linear(5, 5)]
    _, cells = import_network(Sequential(*layers, named("GELU", approximate="tanh"), Linear(5, 2)))
    assert cells["hidden1"].activation == LeakyReLU(negative_slope=0.2)
    assert cells["hidden2"].activation == GELU(form="tanh")
    with pytest.raises(ParameterError, match="ELU: got alpha = 2, expected 1"):
        import_network(Sequential(Linear(5, 5), named("ELU", alpha=2.0)))


def test_a_state_dict_is_read_in_its_order():
    first, norm, last = Linear(5, 6), BatchNorm1d(6), Linear(6, 3)
    norm.eps = 1e-5  # torch's own default, because a state does not say
    keys = ("weight", "bias", "running_mean", "running_var")
    state = {"0.weight": first.weight, "0.bias": first.bias}
    state |= {f"1.{key}": getattr(norm, key) for key in keys} | {"1.num_batches_tracked": np.array(3)}
    state |= {"4.weight": last.weight, "4.bias": last.bias}
    model = Sequential(first, norm, named("ReLU"), named("Dropout"), last)
    assert import_network(state)[0] == import_network(model)[0]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (Sequential(Linear(5, 5), named("ReLU"), named("Conv2d")), r"module '2' \(Conv2d\): cannot be converted"),
        (Sequential(named("ReLU"), Linear(5, 2)), r"module '0' \(ReLU\): got no Linear right before it"),
        (Sequential(Linear(5, 4), named("ReLU"), BatchNorm1d(4)), r"module '2' \(BatchNorm1d\): got no Linear behind"),
        (Sequential(Linear(5, 4), named("Softmax"), Linear(4, 2)), r"module '2' \(Linear\): got it behind a softmax"),
        (Sequential(Linear(5, 4), BatchNorm1d(3)), "got 3 channels, expected 4"),
        (
            Sequential(Linear(5, 4), named("BatchNorm1d", running_mean=None, running_var=None)),
            "got no running mean and variance",
        ),
        (
            Sequential(Linear(5, 4), named("Dropout", p=0.5, training=True)),
            r"\(Dropout\): got it in training mode, exp",
        ),
        (Sequential(Linear(5, 4), named("BatchNorm1d", training=True)), r"call model.eval\(\) first"),
        (Sequential(named("Flatten", start_dim=0), Linear(5, 4)), "got start_dim=0, which mixes the trials"),
        (Sequential(Linear(5, 4), named("Softmax", dim=0)), "got dim=0, expected the softmax over the outputs"),
        (Sequential(Linear(5, 4), named("PReLU", weight=Tensor([1, 2]))), "got 2 slopes, expected 1 or 4"),
        (Sequential(named("ReLU", _forward_hooks={1: print})), "got hooks that may change what it computes"),
        (Sequential(Linear(5, 4), named("Softplus", beta=1, threshold=5)), "Softplus: got threshold = 5, expected 20"),
        (Sequential(Linear(5, 4), named("ReLU6")), r"module '1' \(ReLU6\): cannot be converted"),
        (named("LSTM"), r"module 'LSTM' \(LSTM\): cannot be converted"),
        ({"0.weight": np.ones((3, 1, 2, 2))}, "state '0': got weight with a weight of 4 dimensions"),
        ([(np.ones((3, 5)), np.ones(3)), (np.ones((2, 4)), np.ones(2))], "'output' reads 4 units, expected 3"),
        ([(np.ones((3, 5)), np.ones(2))], r"layer 1: bias: got shape \(2,\), expected \(3,\)"),
        ([(np.full((3, 5), np.nan), None)], "layer 1: weights"),
        ([np.ones((3, 5))], r"layer 1: got an array of shape \(3, 5\), expected \(weights, bias\)"),
        ([], "got no layer with weights"),
        (3, "got int, expected a scikit-learn MLP"),
    ],
)
def test_what_cannot_be_converted_is_named(source, message):
    with pytest.raises(ParameterError, match=message):
        import_network(source)


def test_an_unknown_activation_is_named():
    with pytest.raises(ValueError, match=r"'rele'.*'relu'"):
        import_network([(np.ones((2, 2)), None)], activation="rele")
    with pytest.raises(ParameterError, match="activation: got 3"):
        import_network([(np.ones((2, 2)), None)], activation=3)


def test_export_and_import_are_exact(tmp_path):
    circuit, cells = layered([5, 7, 6, 2], PReLU(negative_slopes=(0.1,) * 7), seed=3)
    cells = cells | {"hidden2": ns.Unit(activation=GELU(form="tanh"))}
    path = export_network(circuit, cells, tmp_path / "network")
    assert path.name == "network.npz"
    again = import_network(path)
    assert again == (circuit, cells)
    assert ns.Circuit.load(path) == circuit
    with np.load(path, allow_pickle=False) as data:
        assert set(data.files) > {"circuit", "cells"}
    spiking = export_network(circuit, ns.LIF(), tmp_path / "spiking.npz")
    assert import_network(str(spiking))[1]["hidden1"] == ns.LIF()
    with pytest.raises(DimensionError, match="export_network: circuit: got 3, expected a Circuit"):
        export_network(3, None, tmp_path / "net")
    with pytest.raises(ParameterError, match="export_network: cells: got none for population 'hidden1', expected one"):
        export_network(circuit, {"output": ns.Unit()}, path)


def test_a_file_of_plain_arrays(tmp_path):
    w1, w2 = RNG.standard_normal((4, 5)), RNG.standard_normal((2, 4))
    path = tmp_path / "plain.npz"
    np.savez(path, W1=w1, b1=np.ones(4), W2=w2, b2=np.zeros(2))
    np.testing.assert_allclose(output(import_network(path)), np.maximum(X @ w1.T + 1, 0) @ w2.T, atol=1e-12)
    np.savez(path, W1=w1, other=w2)
    with pytest.raises(ParameterError, match="got the arrays W1, other, expected"):
        import_network(path)
    path.write_bytes(b"no archive")
    with pytest.raises(ParameterError, match=r"no \.npz file of a network"):
        import_network(path)
    with pytest.raises(FileNotFoundError):
        import_network(tmp_path / "missing.npz")

"""The encoder against the original library: recorded outputs of torch for a tiny random one and for MiniLM."""

from pathlib import Path

import numpy as np
import pytest

from neurosim.activations import GELU, ReLU
from neurosim.params import DimensionError, ParameterError
from neurosim.real import NotFetchedError, folder
from neurosim.real.bert import Encoder, read_encoder, read_tokens
from neurosim.real.single_precision import gelu, softmax
from neurosim.registry import UnknownNameError

REFERENCES = Path(__file__).parent / "references" / "bert"
CLOSE = 1e-4
"""Asked of sums of a thousand float32 products, each rounded to 6e-8, through six layers that normalise them."""


@pytest.fixture(scope="module")
def tiny():
    return read_encoder(REFERENCES / "tiny")


@pytest.fixture(scope="module")
def torch_tiny():
    with np.load(REFERENCES / "tiny" / "reference.npz") as found:
        return dict(found)


@pytest.fixture(scope="module")
def minilm():
    try:
        return folder("minilm")
    except NotFetchedError as reason:
        pytest.skip(str(reason))


def test_every_state_and_attention_map_is_that_of_torch(tiny, torch_tiny):
    maps = {}
    states = tiny.run(torch_tiny["tokens"], {"attention": lambda layer, values: maps.update({layer: values})})
    assert (tiny.layers, tiny.units, tiny.heads) == (2, 16, 4)
    np.testing.assert_allclose(np.array(states).reshape(3, 2, 6, 16), torch_tiny["states"], atol=1e-5)
    np.testing.assert_allclose(np.array([maps[1], maps[2]]), torch_tiny["attention"], atol=1e-5)
    assert np.ptp(torch_tiny["attention"]) > 0.5, "the maps would be flat, and say nothing"


def test_minilm_is_that_of_torch(minilm):
    with np.load(REFERENCES / "minilm.npz") as reference:
        sentences, tokens, lengths = (reference[name] for name in ("sentences", "tokens", "lengths"))
        pooled, first, last = (reference[name] for name in ("pooled", "first_attention", "last_attention"))
    encoder, maps = read_encoder(minilm), {}
    pieces = read_tokens(minilm, sentences.tolist())
    assert [len(each) for each in pieces] == lengths.tolist()
    assert np.concatenate(pieces).tolist() == tokens.tolist()
    np.testing.assert_allclose(encoder.pooled(pieces), pooled, atol=CLOSE)
    encoder.run(pieces[:1], {"attention": lambda layer, values: maps.update({layer: values[0]})})
    np.testing.assert_allclose(maps[1], first, atol=CLOSE)
    np.testing.assert_allclose(maps[6], last, atol=CLOSE)
    expected = pooled[:, -1] / np.linalg.norm(pooled[:, -1], axis=1, keepdims=True)
    np.testing.assert_allclose(encoder.embed(pieces), expected, atol=CLOSE)


def test_texts_of_any_length_give_what_each_gives_alone(tiny):
    texts = [[1, 2, 3], [4], [5, 6, 7], [8, 9], [10, 11, 12]]
    alone = [tiny.run([text])[-1].mean(axis=0) for text in texts]
    np.testing.assert_allclose(tiny.pooled(texts, batch=2)[:, -1], alone, atol=1e-6)
    together = tiny.embed(texts)
    np.testing.assert_allclose(together, alone / np.linalg.norm(alone, axis=1, keepdims=True), atol=1e-6)
    np.testing.assert_allclose(tiny.run(texts)[-1][3:4], tiny.run([[4]])[-1], atol=1e-6)


def test_gelu_in_single_precision_is_gelu():
    z = np.concatenate([np.linspace(-12, 12, 4001), [-1e30, 1e30, -np.inf, np.inf, 0.0]]).astype(np.float32)
    np.testing.assert_allclose(gelu(z), GELU()(z), atol=5e-7, rtol=2e-7)
    assert gelu(z.reshape(2, -1)).shape == (2, 2003)


def test_softmax_keeps_a_total_of_one_at_any_score():
    scores = np.array([[1000.0, 999.0, -1000.0], [0.0, 0.0, 0.0]], dtype=np.float32)
    np.testing.assert_allclose(softmax(scores), [[1 / (1 + np.exp(-1)), 1 / (1 + np.e), 0.0], [1 / 3] * 3], rtol=1e-6)


def test_another_activation_is_the_same_as_a_hook_on_the_activity(tiny, torch_tiny):
    tokens = torch_tiny["tokens"]
    relu = Encoder(tensors=tiny.tensors, heads=tiny.heads, activation=ReLU())
    drives = {}

    def rectified(layer, values):
        return np.maximum(drives[layer], 0)

    hooks = {"drive": lambda layer, values: drives.update({layer: values}), "activity": rectified}
    np.testing.assert_allclose(relu.run(tokens)[-1], tiny.run(tokens, hooks)[-1], atol=1e-6)
    assert np.abs(relu.run(tokens)[-1] - tiny.run(tokens)[-1]).max() > 0.01
    smooth = Encoder(tensors=tiny.tensors, heads=tiny.heads, activation=GELU(width=1.0 + 1e-9))
    np.testing.assert_allclose(smooth.run(tokens)[-1], tiny.run(tokens)[-1], atol=1e-5)


def test_changed_weights_leave_the_original_alone(tiny, torch_tiny):
    tokens = torch_tiny["tokens"]
    silent = tiny.changed(lambda name, values: 0 * values if name.endswith("output.dense.weight") else None)
    # Without what attention and feed-forward block add, a layer passes on its input, with biases, twice normalised.
    x = torch_tiny["states"][0].astype(float)
    for part in ("attention.output", "output"):
        at = {k: tiny.tensors[f"encoder.layer.0.{part}.{k}"].astype(float) for k in
              ("dense.bias", "LayerNorm.weight", "LayerNorm.bias")}  # fmt: skip
        x = x + at["dense.bias"]
        x = (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True) * at["LayerNorm.weight"] + at["LayerNorm.bias"]
    np.testing.assert_allclose(silent.run(tokens)[1].reshape(x.shape), x, atol=1e-5)
    np.testing.assert_allclose(tiny.run(tokens)[-1].reshape(x.shape), torch_tiny["states"][-1], atol=1e-5)
    assert len(tiny.weights()) == 2 * 6
    assert len(tiny.biases()) == 1 + 2 * 8


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ([[20]], "tokens"),
        ([[1] * 10], r"texts\[0\]: got 10 tokens, expected at most 9"),
        ([[1], []], r"texts\[1\]: got nothing"),
        ([], "texts: got nothing"),
        ([1, 2], "a list of tokens for each text"),
        ([[-1]], "tokens"),
        ([[0.5]], "tokens"),
    ],
)
def test_tokens_that_it_does_not_know_are_refused(tiny, tokens, words):
    with pytest.raises((ParameterError, DimensionError), match=words):
        tiny.run(tokens)


def test_bad_hooks_texts_and_tensors_are_refused(tiny):
    with pytest.raises(UnknownNameError, match="drives"):
        tiny.run([[1]], {"drives": lambda layer, values: None})
    with pytest.raises(ParameterError, match="hook at drive of layer 1 returned shape"):
        tiny.run([[1]], {"drive": lambda layer, values: values[0]})
    with pytest.raises(ParameterError, match=r"query\.bias: got NaN"):
        tiny.changed(lambda name, values: values * np.nan if name.endswith("query.bias") else None)
    with pytest.raises(ParameterError, match="expected a divisor of the 16 units"):
        Encoder(tensors=tiny.tensors, heads=3)
    with pytest.raises(ParameterError, match=r"layer.1.output.dense.bias: got none"):
        Encoder(tensors={k: v for k, v in tiny.tensors.items() if k != "encoder.layer.1.output.dense.bias"}, heads=4)
    with pytest.raises(ParameterError, match="not those of a BERT encoder"):
        Encoder(tensors={}, heads=4)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"bert"', '"gpt2"', "model_type"),
        ('"gelu"', '"relu"', "hidden_act"),
        ("{", "", "JSON"),
    ],
)
def test_another_kind_of_network_is_refused(tmp_path, old, new, words):
    text = (REFERENCES / "tiny" / "config.json").read_text()
    (tmp_path / "config.json").write_text(text.replace(old, new, 1))
    with pytest.raises(ParameterError, match=words):
        read_encoder(tmp_path)

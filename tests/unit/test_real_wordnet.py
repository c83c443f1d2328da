"""Glosses of WordNet: read from a few lines, refused where damaged, and counted where the whole was fetched."""

from collections import Counter

import pytest

from neurosim.params import ParameterError
from neurosim.real import NotFetchedError, folder
from neurosim.real.wordnet import Gloss, read_glosses

NOUNS = """  1 This software and database is being provided to you, the LICENSEE, by
00001740 03 n 01 entity 0 003 ~ 00001930 n 0000 ~ 00002137 n 0000 ~ 04424418 n 0000 | that which is perceived
02084071 05 n 03 dog 0 domestic_dog 0 Canis_familiaris 0 001 @ 02083346 n 0000 | a member of the genus Canis; occurs \
in many breeds; "the dog barked all night"
13860548 25 n 02 slot_machine 0 slot 0 000 | a shape; a | b
"""
VERBS = """  1 licence
02772310 43 v 01 deflagrate 0 001 @ 02762468 v 0000 02 + 08 00 + 11 00 | cause to burn rapidly; "care must be taken"
"""


def written(folder, nouns=NOUNS, verbs=VERBS):
    (folder / "data.noun").write_text(nouns)
    (folder / "data.verb").write_text(verbs)
    return folder


def test_a_gloss_has_its_word_its_class_and_no_examples(tmp_path):
    assert read_glosses(written(tmp_path)) == [
        Gloss("entity", "noun", "tops", "that which is perceived"),
        Gloss("dog", "noun", "animal", "a member of the genus Canis; occurs in many breeds"),
        Gloss("slot machine", "noun", "shape", "a shape; a | b"),
        Gloss("deflagrate", "verb", "weather", "cause to burn rapidly"),
    ]


@pytest.mark.parametrize(
    ("nouns", "verbs", "words"),
    [
        (NOUNS.replace(" | that", " that"), VERBS, "data.noun, line 2"),
        (NOUNS, VERBS.replace(" 43 v", " 44 v"), "data.verb, line 2"),
        (NOUNS.replace(" 05 n", " 29 n"), VERBS, "data.noun, line 3"),
        (NOUNS + "half a li", VERBS, "data.noun, line 5"),
    ],
)
def test_a_damaged_file_is_refused_with_the_line(tmp_path, nouns, verbs, words):
    with pytest.raises(ParameterError, match=words):
        read_glosses(written(tmp_path, nouns, verbs))


def test_a_missing_file_stays_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_glosses(tmp_path)


def test_the_whole_has_the_counts_of_its_documentation():
    try:
        place = folder("wordnet")
    except NotFetchedError as reason:
        pytest.skip(str(reason))
    found = read_glosses(place)
    # wnstats(7WN): 82,115 noun and 13,767 verb synsets in WordNet 3.0.
    assert Counter(each.kind for each in found) == {"noun": 82_115, "verb": 13_767}
    assert len({(each.kind, each.meaning) for each in found}) == 41
    assert all(each.text for each in found)

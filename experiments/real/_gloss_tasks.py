"""What a probe is to read of glosses, and control tasks."""

import numpy as np

FEWEST = 5
"""Glosses to learn from that a field of meaning needs."""


def frequent(classes, fit):
    """Whether a gloss lies in a field of which there are enough to learn from."""
    return np.bincount(classes[fit], minlength=classes.max() + 1)[classes] >= FEWEST


def tasks_of(texts, common, rng):
    """Task -> labels, and the glosses that it uses."""
    first = np.unique([each.text.split()[0].lower() for each in texts.chosen], return_inverse=True)[1]
    fields = np.unique(texts.classes[common])
    everywhere = np.ones(len(first), dtype=bool)
    shuffled = texts.classes.copy()
    shuffled[common] = rng.permutation(shuffled[common])
    return {
        "of": (np.array(["of" in each.text.lower().split() for each in texts.chosen]).astype(int), everywhere),
        "kind": (np.array([each.kind == "verb" for each in texts.chosen]).astype(int), everywhere),
        "meaning": (texts.classes, common),
        "first word": (rng.choice(fields, first.max() + 1)[first], common),
        "shuffled": (shuffled, common),
    }

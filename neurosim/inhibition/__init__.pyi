"""Lateral inhibition as first-class motifs: from a population and a strength to projections. One motif per file.

Every strength is a magnitude: the library applies the sign. A motif is a function that returns its projections; a file
put into this folder is found without editing another."""

# Written by `python docs/generate.py`; edit the code or experiments/claims.csv instead.

from collections.abc import Callable
from functools import cache
from typing import Any
from neurosim.inhibition.conductance import shunting as shunting
from neurosim.inhibition.interneurons import pooled as pooled
from neurosim.inhibition.overlap import competition as competition
from neurosim.inhibition.single_winner import winner_take_all as winner_take_all
from neurosim.inhibition.subtractive import lateral as lateral
from neurosim.inhibition.unilateral import one_sided as one_sided

@cache
def motifs() -> dict[str, Callable[..., Any]]:
    ...

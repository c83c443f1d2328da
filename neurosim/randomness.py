"""Named random streams: a seed and a name give the same numbers, whatever else is drawn and in whatever order.

No stream depends on another one, so a circuit keeps its weights when the stimulus changes, and every engine is handed
the same spikes.
"""

import operator
import zlib
from typing import Any

import numpy as np

from neurosim.params import DimensionError, ParameterError
from neurosim.registry import unknown_name

STREAMS = ("weights", "stimulus", "noise", "init", "shuffle")
"""What is random in a run: the weights, the input spikes, the cells' noise, initial states, the order of examples."""


def sequence(seed: int, name: str, *keys: int | str) -> np.random.SeedSequence:
    """The seed sequence of a named stream.

    Args:
        seed: the seed of the run, a whole number >= 0.
        name: one of `STREAMS`.
        keys: what is drawn within the stream (a projection's name, a trial's number, ...).

    Raises:
        UnknownNameError: no stream has that name.
        ParameterError: a negative seed or key.
    """
    if name not in STREAMS:
        raise unknown_name("random stream", name, STREAMS)
    return child(np.random.SeedSequence(_whole(seed, "seed")), name, *keys)


def stream(seed: int, name: str, *keys: int | str) -> np.random.Generator:
    """A fresh generator on [sequence][neurosim.randomness.sequence]`(seed, name, *keys)`."""
    return np.random.default_rng(sequence(seed, name, *keys))


def generator(rng: Any, where: str) -> np.random.Generator:
    """The generator itself, or an error that says what was given instead.

    Raises:
        DimensionError: no random generator.
    """
    if not isinstance(rng, np.random.Generator):
        raise DimensionError(
            f"{where}: rng: got {rng!r}, expected a random generator such as neurosim.randomness.stream(0, 'weights')"
        )
    return rng


def child(parent: np.random.SeedSequence, *keys: int | str) -> np.random.SeedSequence:
    """The descendant of `parent` under these keys; unlike `spawn` it does not depend on earlier calls."""
    extra = tuple(zlib.crc32(key.encode()) if isinstance(key, str) else _whole(key, "key") for key in keys)
    return np.random.SeedSequence(parent.entropy, spawn_key=(*parent.spawn_key, *extra), pool_size=parent.pool_size)


def _whole(value: int, what: str) -> int:
    try:
        result = operator.index(value)
    except TypeError:
        raise DimensionError(f"random {what}: got {value!r}, expected a whole number >= 0") from None
    if result < 0:
        raise ParameterError(f"random {what}: got {result}, expected a whole number >= 0")
    return result

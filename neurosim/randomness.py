"""Named random streams: a seed and a name give the same numbers, whatever else is drawn and in whatever order.

No stream depends on another one, so a circuit keeps its weights when the stimulus changes, and every engine is handed
the same spikes.
"""

import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from neurosim.gate import several, shown
from neurosim.params import DimensionError, ParameterError, choice, whole
from neurosim.registry import exports

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
        ParameterError: a negative seed or key, or one that is too large.
    """
    choice(name, "random stream", STREAMS)
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
            f"{where}: rng: got {shown(rng)}, expected a random generator such as "
            "neurosim.randomness.stream(0, 'weights')"
        )
    return rng


def child(parent: np.random.SeedSequence, *keys: int | str) -> np.random.SeedSequence:
    """The descendant of `parent` under these keys; unlike `spawn` it does not depend on earlier calls."""
    if not isinstance(parent, np.random.SeedSequence):
        raise DimensionError(f"child: parent: got {shown(parent)}, expected a SeedSequence of NumPy's")
    extra = tuple(zlib.crc32(key.encode()) if isinstance(key, str) else _whole(key, "key") for key in keys)
    return np.random.SeedSequence(parent.entropy, spawn_key=(*parent.spawn_key, *extra), pool_size=parent.pool_size)


def check_apart(names: Iterable[str], where: str) -> None:
    """Refuse names of one circuit or stimulus that would be handed the same random numbers.

    A stream is keyed by the CRC32 of a name, and some names share one ("plumless" and "buckeroo").

    Raises:
        ParameterError: two different names have the same key; the message says which.
    """
    known: dict[int, str] = {}
    for name in several(names, f"{where}: names", "several names"):
        other = known.setdefault(zlib.crc32(str(name).encode()), name)
        if other != name:
            raise ParameterError(
                f"{where}: the names {other!r} and {name!r} would share their random numbers (their CRC32 is the "
                "same), expected other names; change one letter"
            )


def _whole(value: int, what: str) -> int:
    # A larger number would take several words of the sequence, and so be the same as a longer list of keys.
    bits = 128 if what == "seed" else 32
    result = whole(value, f"random {what}", low=0)
    if not 0 <= result < 2**bits:
        bound = ">= 0" if result < 0 else f"from 0 to 2**{bits} - 1"
        raise ParameterError(f"random {what}: got {result}, expected a whole number {bound}")
    return result


__all__, __dir__ = exports(globals())

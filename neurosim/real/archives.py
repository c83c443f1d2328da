"""Files out of a wheel (.whl, a zip) or a Debian package (.deb, an ar archive with a tar inside), one after another.

Nothing is unpacked under a name that the archive chooses: it is asked for members by name, and gives streams.
"""

import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from neurosim.params import ParameterError
from neurosim.reading import reading

_AR, _HEADER, _MOST = b"!<arch>\n", 60, 2**30


def members(path: Path, wanted: frozenset[str]) -> Iterator[tuple[str, IO[bytes]]]:
    """The wanted members of a wheel or Debian package, each as a stream that is read before the next one.

    Raises:
        FileNotFoundError: there is no such file.
        ParameterError: it is neither, or damaged.
    """
    with path.open("rb") as file:
        start = file.read(len(_AR))
    if start == _AR:
        with reading(path, "Debian package"):
            yield from _from_deb(path, wanted)
    elif start[:2] == b"PK":
        with reading(path, "wheel"), zipfile.ZipFile(path) as archive:
            for name in sorted(wanted.intersection(archive.namelist())):
                with archive.open(name) as stream:
                    yield name, stream
    else:
        raise ParameterError(f"{path}: got a file of another kind, expected a wheel (.whl) or a Debian package (.deb)")


def _from_deb(path: Path, wanted: frozenset[str]) -> Iterator[tuple[str, IO[bytes]]]:
    packed = io.BytesIO(_data(path))
    with tarfile.open(fileobj=packed, mode="r|*") as archive:
        for entry in archive:
            name = entry.name.removeprefix("./")
            stream = archive.extractfile(entry) if name in wanted and entry.isreg() else None
            if stream is not None:
                yield name, stream


def _data(path: Path) -> bytes:
    """The member `data.tar.*` of an ar archive: after its magic, headers of 60 bytes, each before an even number."""
    with path.open("rb") as file:
        file.seek(len(_AR))
        while len(header := file.read(_HEADER)) == _HEADER:
            name, size = header[:16].decode("ascii").rstrip(" /"), int(header[48:58])
            if not 0 <= size < _MOST or header[58:] != b"`\n":
                raise ValueError("a damaged header")
            if name.startswith("data.tar"):
                data = file.read(size)
                if len(data) < size:
                    raise ValueError("it was cut short")
                return data
            file.seek(size + size % 2, io.SEEK_CUR)
    raise ValueError("it holds no data")

"""Brian2's cache of Cython extensions: what a killed compiler left half-written is built again."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neurosim.params import ParameterError

_HEADER = 64
"""Bytes of the header of a 64-bit ELF file."""


def torn(path: Path) -> bool:
    """Whether a library is shorter than it says of itself (ELF; other formats are left to the system's loader).

    The table of sections is the last part of what a linker writes. To load a library without its end is an ImportError,
    or the end of the process by SIGBUS.

    Source
        Tool Interface Standard, Executable and Linking Format (ELF) 1.2, figure 1-3: e_shoff, e_shentsize, e_shnum
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(_HEADER)
    if size < _HEADER or not any(header):
        return True
    if header[:5] != b"\x7fELF\x02":
        return False
    order: Any = "little" if header[5] == 1 else "big"
    table, entry, entries = (int.from_bytes(header[a:b], order) for a, b in ((40, 48), (58, 60), (60, 62)))
    return size < table + entry * entries


@contextlib.contextmanager
def whole_extensions(brian2: Any) -> Iterator[None]:
    """Extensions of the cache that are torn, or cannot be loaded, are built again; each once.

    Raises:
        ParameterError: such a file cannot be deleted.
    """
    manager = sys.modules[f"{brian2.__name__}.codegen.runtime.cython_rt.extension_manager"].cython_extension_manager
    load = manager._load_module

    def load_whole(module_path: str, *rest: Any, **named: Any) -> Any:
        path = Path(module_path)
        cached = path.is_file()
        if cached and torn(path):
            _delete(path)
            cached = False
        searched = list(sys.path)
        try:
            return load(module_path, *rest, **named)
        except ImportError:
            if not cached:
                raise
        sys.path[:] = searched  # an import that fails leaves the cache's folder in it
        _delete(path)
        return load(module_path, *rest, **named)

    manager._load_module = load_whole
    try:
        yield
    finally:
        del manager._load_module


def _delete(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise ParameterError(
            f"{path}: this extension of Brian2's cache is damaged and could not be deleted ({error.strerror}); delete "
            "it, or choose another folder with brian2.prefs.codegen.runtime.cython.cache_dir, or take the target numpy"
        ) from None

"""Numba's cache on disk, made so that no file in it can break a run: what does not fit is compiled once more."""

import contextlib
import hashlib
import platform
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, UserProvidedCacheLocator

from neurosim.files import cache_folder
from neurosim.version import __version__

_DIGEST = hashlib.sha256().digest_size


def directory() -> Path:
    """Where the machine code is kept: one folder per version of neurosim, Numba and Python."""
    versions = f"{__version__}-numba{numba.__version__}-py{platform.python_version()}"
    if numba.config.CACHE_DIR:
        return Path(numba.config.CACHE_DIR) / f"neurosim-{versions}"
    return cache_folder() / versions


class _Locator(UserProvidedCacheLocator):  # type: ignore[misc]  # Numba has no types
    def get_cache_path(self) -> str:
        return str(directory() / self.get_suitable_cache_subpath(self._py_file))

    def get_source_stamp(self) -> Any:
        """Of all files of the folder: Numba looks only at the one that defines the function."""
        files = sorted(Path(self._py_file).parent.glob("*.py"))
        return tuple((file.name, file.stat().st_mtime, file.stat().st_size) for file in files)

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> "_Locator":
        return cls(py_func, py_file)


class _Impl(CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes = (_Locator,)


class _Files(IndexDataCacheFile):  # type: ignore[misc]
    """Data files end with a seal (a pickle ends before it): machine code with a wrong bit must not run.

    It covers the function's name and source stamp too: a whole file of another function or version is no better.
    """

    def _dump(self, obj: Any) -> bytes:
        data: bytes = super()._dump(obj)
        return data + self._seal(data)

    def _seal(self, data: bytes) -> bytes:
        return hashlib.sha256(f"{self._index_name} {self._source_stamp} ".encode() + data).digest()

    def _load_index(self) -> dict[Any, str]:
        try:
            return dict(super()._load_index())
        except Exception:
            return {}

    def _load_data(self, name: str) -> Any:
        content = Path(self._data_path(name)).read_bytes()
        if self._seal(content[:-_DIGEST]) != content[-_DIGEST:]:
            raise OSError(f"{name} is damaged or another function's")
        return super()._load_data(name)


class GuardedCache(FunctionCache):  # type: ignore[misc]
    """A function's cache that answers "not there" to whatever cannot be read, and forgives a full or closed disk."""

    _impl_class = _Impl

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self._cache_file = _Files(
            cache_path=self._cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=self._impl.locator.get_source_stamp(),
        )

    def holds_something(self) -> bool:
        """Whether there is machine code of the function as it is now, for some kinds of tables."""
        return bool(self._cache_file._load_index())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with contextlib.suppress(OSError):
            super().save_overload(sig, data)


def keep(function: Any) -> None:
    """Keep a function's machine code on disk; there is none where NUMBA_DISABLE_JIT has left it to Python."""
    if hasattr(function, "py_func"):
        function._cache = GuardedCache(function.py_func)

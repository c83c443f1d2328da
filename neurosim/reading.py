"""Paths that are some, and faults in a file as one sentence that names it."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neurosim.files import brief
from neurosim.params import DimensionError, ParameterError


@contextlib.contextmanager
def reading(path: Path, kind: str) -> Iterator[None]:
    """Whatever goes wrong inside as one sentence about the file; a file that is missing stays that."""
    try:
        yield
    except FileNotFoundError:
        raise
    except KeyError as error:
        raise ParameterError(f"{path}: no {kind}, or a damaged one (it lacks {brief(error)})") from None
    except Exception as error:
        raise ParameterError(f"{path}: no {kind}, or a damaged one ({brief(error)})") from None


def a_path(value: Any, where: str, argument: str = "path") -> Path:
    """The path of a file that somebody gave, or of a folder.

    Raises:
        DimensionError: no path.
        ParameterError: it has no name of a file in it.
    """
    kind = "folder" if argument == "folder" else "file"
    if not isinstance(value, str | os.PathLike):
        raise DimensionError(f"{where}: {argument}: got {type(value).__name__}, expected the path of a {kind}")
    path = Path(value)
    if not path.name and kind == "file":
        raise ParameterError(f"{where}: {argument}: got {str(value)!r}, expected the name of a file in it")
    return path

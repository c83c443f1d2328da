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


def a_path(value: Any, where: str) -> Path:
    """The path of a file that somebody gave.

    Raises:
        DimensionError: no path.
        ParameterError: it has no name of a file in it.
    """
    if not isinstance(value, str | os.PathLike):
        raise DimensionError(f"{where}: path: got {type(value).__name__}, expected the path of a file")
    path = Path(value)
    if not path.name:
        raise ParameterError(f"{where}: path: got {str(value)!r}, expected the name of a file in it")
    return path

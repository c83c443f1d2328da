"""Faults in a file become one sentence that names it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from neurosim.files import brief
from neurosim.params import ParameterError


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

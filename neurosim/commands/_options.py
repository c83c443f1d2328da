"""Options that `run` and `sweep` share."""

from typing import Any

from neurosim.lab.options import OWN, Option
from neurosim.params import ParameterError

_JOBS = Option("jobs", "0", "INT", "workers (default: one per core)")
_FIRST = Option("seed", "0", "INT", "seed of the first replicate (default: 0)")
_CLUSTER = Option("cluster", "", "ADDRESS", "hand the tasks to a dask scheduler, such as tcp://127.0.0.1:8786")
OPTIONS = (*OWN, _FIRST, _JOBS, _CLUSTER)


def whole(given: dict[str, Any], name: str) -> int:
    """An option that is a whole number.

    Raises:
        ParameterError: it is something else.
    """
    text = given[name]
    if not str(text).isdecimal():
        raise ParameterError(f"--{name}: got {text!r}, expected a whole number >= 0")
    return int(text)

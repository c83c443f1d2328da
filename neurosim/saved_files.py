"""Whatever this package saved, read back by one call."""

import os
from typing import Any

from neurosim.circuits.circuit import Circuit
from neurosim.conversion import import_network
from neurosim.conversion.files import NOT_READ
from neurosim.files import names_of_arrays
from neurosim.params import ParameterError
from neurosim.reading import a_path, reading
from neurosim.recording import Recording


def load(path: str | os.PathLike[str]) -> Any:
    """What a file holds, told by its content: a `Recording`, a `Circuit`, or a network (as `import_network` gives it).

    Raises:
        FileNotFoundError: there is no such file.
        ParameterError: it is none of them or is damaged; one sentence says what.
        DimensionError: something else than a path.
    """
    where = a_path(path, "load")
    if where.suffix.lower() in (".nir", ".safetensors", *NOT_READ):
        return import_network(where)
    with reading(where, "file that save or export_network wrote"):
        names = names_of_arrays(where)
    if "recording" in names:
        return Recording.load(where)
    if "facts" in names:
        raise ParameterError(f"{where}: it is a checkpoint of learn; go on from it with learn(..., checkpoint=path)")
    if "circuit" in names and "cells" not in names:
        return Circuit.load(where)
    return import_network(where)

"""Reader of .h5 files (through h5py, extra `real`): every array of numbers by its path inside the file."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.files import check_room
from neurosim.reading import reading


def read_hdf5(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a file by name, such as "block1/layers/conv2d/vars/0".

    Raises:
        ModuleNotFoundError: the module `h5py` (extra `real`) is missing.
        FileNotFoundError: there is no such file.
        ParameterError: a file that is damaged, leads to other files, or would take more memory than it may.
    """
    import h5py

    with path.open("rb") as file:
        size = file.seek(0, 2)
    with reading(path, "HDF5 file"), h5py.File(path, "r") as archive:
        found: dict[str, Any] = {}

        def visit(name: str, link: Any) -> None:
            if not isinstance(link, h5py.HardLink):
                raise ValueError(f"{name!r} leads out of the file")
            entry = archive[name]
            if isinstance(entry, h5py.Dataset):
                found[name] = entry

        archive.visititems_links(visit)
        for name, entry in found.items():
            if entry.is_virtual or entry.external or entry.dtype.kind not in "biuf" or entry.shape is None:
                raise ValueError(f"{name!r} is no array of numbers in this file")
        total = sum(math.prod(entry.shape) * entry.dtype.itemsize for entry in found.values())
        check_room(total, size, "what it holds")
        return {name: np.asarray(entry[()]) for name, entry in found.items()}

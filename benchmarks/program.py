"""The programs in C that bound a time from below, built on the spot."""

import contextlib
import ctypes
from pathlib import Path

SOURCES = Path(__file__).parent / "c"
FLAGS = (("-march=native", "-fopenmp"), ("-march=native",), ())
as_double, as_long = ctypes.c_double, ctypes.c_int64


@contextlib.contextmanager
def loaded_program():
    """The C sources as a loaded library and the words for how it was built, or None and why not."""
    import subprocess
    import tempfile

    sources = sorted(str(path) for path in SOURCES.glob("*.c"))
    if not sources:
        yield None, f"no sources in {SOURCES.name}"
        return
    with tempfile.TemporaryDirectory(prefix="neurosim-speed-") as folder:
        target = str(Path(folder) / "speed.so")
        for flags in FLAGS:
            command = ["gcc", "-O3", *flags, "-shared", "-fPIC", "-o", target, *sources]
            try:
                done = subprocess.run(command, capture_output=True, check=False)
            except OSError:
                yield None, "no gcc"
                return
            if done.returncode == 0:
                library = ctypes.CDLL(target)
                for name in ("independent", "recurrent", "layers", "learning"):
                    getattr(library, name).restype = ctypes.c_int64
                yield library, " ".join(["gcc -O3", *flags])
                return
        yield None, "gcc did not build the sources"


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)

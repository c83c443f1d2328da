"""One thread for linear algebra while an experiment computes: a sum over another number of threads is another sum."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
"""What libraries of linear algebra read when they are loaded. Numba is not among them: the compiled engine's numbers do
not depend on its threads."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Whatever the environment says, so that one experiment alone and all of them at once write the same tables."""
    import scipy.linalg  # noqa: F401 - brings a BLAS of its own, which could not be limited before it is loaded
    from threadpoolctl import threadpool_limits

    before = {name: os.environ.get(name) for name in VARIABLES}
    os.environ.update(dict.fromkeys(VARIABLES, "1"))  # for libraries that are loaded while it computes
    try:
        with threadpool_limits(1):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

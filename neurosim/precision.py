"""Single precision where a caller asks for it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.gate import Array, ParameterError, shown

Floats = npt.NDArray[np.floating[Any]]
"""An array of floats of any width."""


def rounded(values: Array, dtype: Any, where: str) -> Floats:
    """Float64 values rounded once to float32 (or kept): below 7e-46 that is 0, beyond 3.4e38 infinity.

    Args:
        values: what was computed in float64.
        dtype: float32 or float64, as NumPy spells them.
        where: who asks, for the error message.

    Raises:
        ParameterError: another type.
    """
    try:
        wanted = np.dtype(dtype)
    except (TypeError, ValueError, SyntaxError):
        wanted = None
    if wanted not in (np.float32, np.float64):
        raise ParameterError(f"{where}: dtype: got {shown(dtype)}, expected float32 or float64")
    with np.errstate(over="ignore", under="ignore"):
        return values.astype(wanted, copy=False)

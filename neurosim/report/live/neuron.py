"""Constants of the neuron whose curve the reader moves."""

from typing import Any

import numpy as np

import neurosim as ns

DT = 2e-5


def given() -> dict[str, Any]:
    """Time step, time constant and what a step leaves of the potential, as the compiled engine has it."""
    cell = ns.LIF()
    return {"dt": DT, "tau_m": cell.tau_m, "keep": float(np.exp(-DT / cell.tau_m))}

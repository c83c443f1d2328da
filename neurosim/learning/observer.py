"""A function of the user's that looks on while a circuit learns."""

from collections.abc import Callable
from typing import Any

from neurosim.circuits.circuit import Circuit
from neurosim.gate import function
from neurosim.recording import Recording

Observe = Callable[[int, Recording, Callable[[], Circuit]], None]
"""Called after every batch with its number (1, 2, ...), what it recorded, and a function that makes the circuit."""


def check_observer(observe: Any) -> None:
    """Raise unless it can be called, or is None."""
    if observe is not None:
        function(observe, 3, "learn: observe", "a function of batch, recording and circuit")

"""Integrate-and-fire neuron without leak that spikes at most once, at a time that is its activity."""

from dataclasses import dataclass
from typing import ClassVar

from neurosim.activations.base import Activation
from neurosim.cells.base import SpikingCell, Value
from neurosim.params import param


class _Chosen(float):
    """A window that nobody gave: `convert` chooses one that is long enough."""


@dataclass(frozen=True, kw_only=True)
class TimedIF(SpikingCell):
    """Integrate-and-fire neuron without leak that spikes at most once: the earlier, the more active.

    Until its window opens it listens: every spike that arrives switches on a constant current. Then the currents end
    and a constant one carries v up for the length of the window; the cell spikes where v meets the threshold, or
    stays silent. A bias (and any steady drive) lowers the threshold. The time that is left when it spikes is the
    activity of a rectified linear unit, exactly, as long as it fits into the window. `convert` gives the populations
    of a network windows that follow each other, and weights of W tau_c. In steps of dt a time is rounded to the
    nearest step, and the spike counts as one at the end of its step.

    Equation
        tau_c dv/dt = heard before the window, 1 in it; a spike from j adds W_ij/tau_c to heard, which does not decay
        spike where v > window/tau_c - drive, then v = -drive, from where the window is too short for a second one
        activity x = (opens + window - t)/tau_c, 0 without a spike: x = max(0, sum_j (W_ij/tau_c) x_j + drive)
    Units
        v, heard, drive and activity 1, time s; W s, as everywhere
    Raises
        ParameterError for a time constant or a window that is not positive, or a window that opens before 0
    Source
        Stanojevic, Woźniak, Bellec, Cherubini, Pantazi & Gerstner, Nat Commun 15, 6793 (2024), eqs. 1-5. There the
        slope of a cell is learned and the currents go on during its own window; here the slope is 1/tau_c and the
        currents end, so that the weights are those of the network without a correction of the threshold.
    """

    tau_c: float = param(10e-3, unit="s", doc="time that stands for an activity of 1", above=0, usual=(1e-5, 1.0))
    opens: float = param(0.0, unit="s", doc="time at which its window opens", low=0)
    window: float = param(
        _Chosen(50e-3), unit="s", doc="length of its window: the largest activity is window/tau_c", above=0
    )

    one_per_unit: ClassVar[bool] = False
    hears: ClassVar[str] = "heard"
    spikes_once: ClassVar[bool] = True
    threshold = "v > (window - dt/2)/tau_c - drive and t > opens - 3*dt/2 and t < opens + window - 3*dt/2"
    method = "euler"

    def __post_init__(self) -> None:
        chosen = isinstance(self.window, _Chosen)
        super().__post_init__()
        if chosen:
            object.__setattr__(self, "window", _Chosen(self.window))

    @property
    def free(self) -> bool:
        """Whether nobody said how long its window is."""
        return isinstance(self.window, _Chosen)

    @property
    def closes(self) -> float:
        """End of its window in s."""
        return self.opens + self.window

    @property
    def largest(self) -> float:
        """The largest activity that its window can hold."""
        return self.window / self.tau_c

    @property
    def equations(self) -> str:
        return "dv/dt = (heard*int(t < opens - dt/2) + int(t > opens - dt/2))/tau_c : 1\ndheard/dt = 0/tau_c : 1"

    @property
    def reset(self) -> str:
        return "v = -drive"

    @property
    def refractory(self) -> Value:
        return 0.0

    @property
    def impulse(self) -> Value:
        return 1.0 / self.tau_c

    @property
    def time_constant(self) -> Value:
        return self.tau_c

    @property
    def transfer(self) -> Activation | None:
        """None: one spike is no rate."""
        return None

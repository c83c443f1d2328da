"""How long a run lasts, how long it may settle, and its time step."""

from dataclasses import dataclass

from neurosim.params import ParameterError, Params, param

_ROUNDING = 1e-6
"""Largest distance to a whole number of steps, in steps: 0.3/1e-4 is no integer in binary."""


@dataclass(frozen=True, kw_only=True)
class Schedule(Params):
    """Duration, settling time and time step of a run.

    Activity is counted in the window [settle, duration); what happens before belongs to the initial state.

    Raises:
        ParameterError: settle is not before the end, dt is longer than the run, or a time is no whole number of steps.
    """

    duration: float = param(0.5, unit="s", doc="length of the run", above=0)
    settle: float = param(0.1, unit="s", doc="activity before this time is not counted", low=0)
    dt: float = param(1e-4, unit="s", doc="time step", above=0)

    def check(self) -> None:
        if self.dt > self.duration:
            raise ParameterError(f"Schedule.dt: got {self.dt:g} s, expected at most the duration ({self.duration:g} s)")
        if self.settle >= self.duration:
            raise ParameterError(
                f"Schedule.settle: got {self.settle:g} s, expected less than the duration ({self.duration:g} s)"
            )
        for name in ("duration", "settle"):
            value: float = getattr(self, name)
            nearest = round(value / self.dt)
            if abs(value / self.dt - nearest) > _ROUNDING:
                raise ParameterError(
                    f"Schedule.{name}: got {value:.9g} s, expected a whole multiple of dt = {self.dt:g} s, "
                    f"the nearest is {nearest * self.dt:.9g} s"
                )

    @property
    def steps(self) -> int:
        """Number of time steps of the run."""
        return round(self.duration / self.dt)

    @property
    def settle_steps(self) -> int:
        """Number of time steps that are not counted."""
        return round(self.settle / self.dt)

    @property
    def window(self) -> float:
        """Length of the counted part in s."""
        return self.duration - self.settle

"""How long a run lasts, how long it may settle, and its time step."""

import math
from dataclasses import dataclass
from typing import Any

from neurosim.params import DimensionError, ParameterError, Params, param

_ROUNDING = 1e-6
"""Largest distance to a whole number of steps, in steps: 0.3/1e-4 is no integer in binary."""
_MOST_STEPS = 1e12
"""Steps of the longest run: more would take years, and their numbers are no longer exact."""


class _Follows(float):
    """A settling time that nobody gave: it follows the duration, in `replace` too."""


@dataclass(frozen=True, kw_only=True)
class Schedule(Params):
    """Duration, settling time and time step of a run.

    Activity is counted in the window [settle, duration); what happens before belongs to the initial state. Where no
    settling time is given it is 0.1 s, but at most half of the duration, rounded down to whole steps.

    Raises:
        ParameterError: settle is not before the end, dt is longer than the run, or a time is no whole number of steps.
    """

    duration: float = param(0.5, unit="s", doc="length of the run", above=0, usual=(1e-6, 300.0))
    settle: float = param(_Follows(0.1), unit="s", doc="activity before this time is not counted", low=0)
    dt: float = param(1e-4, unit="s", doc="time step", above=0, usual=(1e-7, 0.05))

    def __post_init__(self) -> None:
        follows = isinstance(self.settle, _Follows)
        if follows:
            object.__setattr__(self, "settle", 0.0)
        super().__post_init__()
        if follows:
            usual = math.floor(0.1 / self.dt + _ROUNDING)
            settle = min(usual, self.steps // 2) * self.dt
            object.__setattr__(self, "settle", _Follows(0.1 if abs(settle - 0.1) < _ROUNDING * self.dt else settle))

    def check(self) -> None:
        if self.dt > self.duration:
            raise ParameterError(f"Schedule.dt: got {self.dt:g} s, expected at most the duration ({self.duration:g} s)")
        if self.duration / self.dt > _MOST_STEPS:
            raise ParameterError(
                f"Schedule.duration: got {self.duration:g} s, expected at most {_MOST_STEPS:.0e} steps of "
                f"dt = {self.dt:g} s"
            )
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


def schedule_of(where: str, schedule: Any, default: Schedule | None = None, **times: Any) -> Schedule:
    """The schedule of a run, from the schedule or from the times that were given in its place.

    Args:
        where: who asks, for the error message.
        schedule: a Schedule, or None.
        default: where neither a schedule nor a time is given.
        times: duration, settle and dt; None for what was not given.

    Raises:
        ParameterError: a schedule and a time beside it.
        DimensionError: something that is no schedule.
    """
    given = {name: value for name, value in times.items() if value is not None}
    if schedule is None:
        return Schedule(**given) if given or default is None else default
    if not isinstance(schedule, Schedule):
        raise DimensionError(f"{where}: schedule: got {schedule!r}, expected a Schedule, or duration=0.5 in its place")
    if given:
        name, value = next(iter(given.items()))
        raise ParameterError(
            f"{where}: got a schedule and {name} = {value!r}, expected one of the two "
            f"(schedule.replace({name}={value!r}) changes a schedule)"
        )
    return schedule

"""What every cell is: drive to activity in time, on one of three levels."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np

from neurosim.activations.base import Activation
from neurosim.cells.biophysics import Biophysics
from neurosim.gate import named_as
from neurosim.params import Array, DimensionError, ParameterError, Params, param
from neurosim.per_unit import fields_of, lengths, listed
from neurosim.recording import Recording
from neurosim.schedule import Schedule

Level = Literal["static", "rate", "spiking"]
Value: TypeAlias = Any
"""A number, or one per unit, (units,)."""


@dataclass(frozen=True, kw_only=True)
class Cell(Params, ABC):
    """A unit of one level: its parameters and its law.

    Every real number among the parameters may be given as one value per unit of the population, (units,). Properties
    are then arrays too; one that is written for plain numbers is marked `unit_by_unit`.
    """

    level: ClassVar[Level]
    one_per_unit: ClassVar[bool] = True

    @property
    @abstractmethod
    def transfer(self) -> Activation | None:
        """Steady activity (Hz) at constant drive, or None where no closed form is known."""

    def run(self, drive: Any, schedule: Schedule | None = None, **options: Any) -> Recording:
        """Run this cell alone: at one drive, at several (one trial each), or at a time course of drives.

        `LIF().run(1.5, duration=0.2)`, `.run([0.5, 1.5])`, `.run([0.0, 2.0], frame=0.05)`; spikes and v (or the rate)
        are recorded over time, the population is called "cell".

        Shapes
            drive: a number or (trials,); with `frame=` (s) (frames,) or (trials, frames)
        Args:
            drive: what the cell receives (threshold = 1).
            schedule: as for [simulate][neurosim.simulate.simulate].
            options: those of [run_cell][neurosim.single_cell.run_cell] and of `simulate`: duration, settle, dt, frame,
                record, seed, engine, ...
        """
        # Simulation is a floor above: only who runs a cell loads it.
        from neurosim.single_cell import run_cell

        return run_cell(self, drive, schedule, **options)


def check_length(cell: Params, size: int, where: str) -> None:
    """An error where parameters have one value per unit and their number is not that of a population's units."""
    for name, length in (*lengths(cell), *listed(cell)):
        if length != size:
            raise ParameterError(
                f"{where}: {name} has {length} value{'s' if length > 1 else ''}, expected a number or {size}, one per "
                "unit of the population"
            )


@dataclass(frozen=True, kw_only=True)
class RateCell(Cell, ABC):
    """A unit whose state follows an ordinary differential equation; the state is the rate unless `activity` differs."""

    level: ClassVar[Level] = "rate"

    @abstractmethod
    def drdt(self, rate: Array, drive: Array) -> Array:
        """Rate of change of the state (Hz/s where it is the rate), (..., units)."""

    def activity(self, state: Array) -> Array:
        """Activity (Hz) of a state, (..., units): the state itself, unless the cell's state is a potential."""
        return state

    @property
    @abstractmethod
    def time_constant(self) -> Value:
        """Fastest time constant of the unit in s (the step of an integration must stay below half of it)."""


@dataclass(frozen=True, kw_only=True)
class SpikingCell(Cell, ABC):
    """A unit that spikes; its law is the text that Brian2 runs.

    The equations read the total input from the name `drive` (dimensionless; 1 is the rheobase of the noiseless cell).
    A cell with `ports = "split"` reads `current` (the bias), `excitation` and `inhibition` instead: the sums over the
    projections of either sign, from constant inputs as well, both >= 0. Parameters appear in the text by their
    field names.
    """

    level: ClassVar[Level] = "spiking"
    ports: ClassVar[Literal["net", "split"]] = "net"
    threshold: ClassVar[str]
    """Condition for a spike."""
    method: ClassVar[str] = "exact"
    """Brian2's integration method for the noiseless equations."""
    scale: ClassVar[str] = "1"
    """Unit of the membrane variable `v`: "1" (threshold 1, rest 0) or "V"."""
    runs_away: ClassVar[bool] = False
    """Whether `v` rises to a spike by its own equations, which takes it more than a step."""
    hears: ClassVar[str] = "v"
    """Variable that an instantaneous synapse moves, by weight times `impulse`."""
    spikes_once: ClassVar[bool] = False
    """Whether the time of a single spike is its activity; then it has no rate and no state of rest."""
    learned: ClassVar[tuple[str, ...]] = ()
    """Dimensionless variables that outlive a presentation: `learn` hands them from each to the next."""

    @property
    @abstractmethod
    def equations(self) -> str:
        """Differential equations of the cell in Brian2's language."""

    @property
    @abstractmethod
    def reset(self) -> str:
        """Statements after a spike."""

    @property
    @abstractmethod
    def refractory(self) -> Value:
        """Absolute refractory period in s (0: none)."""

    @property
    @abstractmethod
    def impulse(self) -> Value:
        """Jump of what it hears (of `v`, in its SI units) by a drive times time of 1 s, for instantaneous synapses."""

    @property
    @abstractmethod
    def time_constant(self) -> Value:
        """Fastest time constant of the membrane in s; dt must not exceed half of it."""

    @property
    def noisy(self) -> bool:
        """Whether the equations contain noise."""
        return False

    def fastest(self, dt: float) -> Any:
        """Rate in Hz above which spikes are no result: that of a step too coarse for the equations.

        A linear cell is integrated right however strong its drive, so a spike in every step that its refractory period
        leaves is what it does. Where `v` runs away by itself, a mean interval below two steps says that it was carried
        past its own equations.
        """
        free = np.floor((self.refractory + 1e-3 * dt) / dt)
        return (1 + 1e-9) / (dt * np.maximum(free, 2 if self.runs_away else 1))

    @property
    def decaying(self) -> dict[str, tuple[Value, float]]:
        """Variables of the cell that decay by themselves and act on v: time constant in s, and sign of the effect."""
        return {}

    @property
    def constants(self) -> dict[str, tuple[Value, str]]:
        """Values and units of the names in the equations; the cell's own parameters unless overridden."""
        return {
            name: (float(value) if isinstance(value, int) else value, self.info()[name].unit)
            for name, value in fields_of(self).items()
            if isinstance(value, int | float | np.ndarray) and not isinstance(value, bool)
        }

    @property
    def initial(self) -> dict[str, Value]:
        """State at the start in SI units, by variable name; variables that are not named start at 0."""
        return {}


@dataclass(frozen=True, kw_only=True)
class IntegrateAndFire(SpikingCell, ABC):
    """What the integrate-and-fire cells share: a membrane time constant, a reset, and silence after a spike."""

    tau_m: float = param(20e-3, unit="s", doc="membrane time constant", above=0, usual=(1e-4, 1.0))
    t_ref: float = param(2e-3, unit="s", doc="absolute refractory period", low=0, usual=(1e-6, 1.0))
    v_reset: float = param(0.0, doc="membrane potential after a spike", below=1)
    scales: Biophysics | None = param(None, doc="physical scales that it was made from; they change nothing in it")

    threshold: ClassVar[str] = "v > 1"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.scales, Biophysics | None):
            raise DimensionError(f"{type(self).__name__}.scales: got {self.scales!r}, expected a Biophysics, or None")

    @property
    def clamp(self) -> str:
        """The flag of an equation that stands still while the cell is refractory."""
        return " (unless refractory)" if np.any(self.t_ref) else ""

    @property
    def reset(self) -> str:
        return "v = v_reset"

    @property
    def refractory(self) -> Value:
        return self.t_ref

    @property
    def impulse(self) -> Value:
        return 1.0 / self.tau_m

    @property
    def time_constant(self) -> Value:
        return self.tau_m

    def biophysics(self, *, C: Any = None, E_L: Any = None, V_th: Any = None) -> Biophysics:
        """Scales that turn drive and v into A and V: those that the cell was made from, or these.

        The leak conductance is C/tau_m, also of a copy with another tau_m.

        Args:
            C: membrane capacitance (F); by default that of `from_biophysics`, as the two others.
            E_L: resting potential (V).
            V_th: threshold potential (V).
        Raises:
            ParameterError: the cell was made without physical scales, and some of the three are missing.
        """
        given = {name: value for name, value in (("C", C), ("E_L", E_L), ("V_th", V_th)) if value is not None}
        missing = [name for name in ("C", "E_L", "V_th") if name not in given]
        if self.scales is None and missing:
            raise ParameterError(
                f"{type(self).__name__}.biophysics: this cell was made without physical scales, expected C, E_L and "
                f"V_th ({', '.join(missing)} missing); in the cortex 200 pF, -70 mV and -50 mV are common"
            )
        known = Biophysics(**given) if self.scales is None else self.scales.replace(**given)
        if np.array_equal(known.tau_m, self.tau_m):
            return known
        with named_as(f"{type(self).__name__}.biophysics: C"), np.errstate(over="ignore"):
            return known.replace(g_L=known.C / self.tau_m)

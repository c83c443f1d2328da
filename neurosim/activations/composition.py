"""A composition: what competes within a population, then the curve of every unit."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from neurosim.activations.base import Activation, SpikingEquivalent
from neurosim.activations.divisive import DivisiveNormalisation
from neurosim.activations.relu import ReLU
from neurosim.params import Array, ParameterError, param


@dataclass(frozen=True, kw_only=True)
class Composition(Activation):
    """Drives compete within a population, and each unit's curve turns what is left into activity.

    Equation
        r_i = outer(inner(drive)_i)
    Shapes
        (..., units) in and out; the derivative is (..., units, units): diag(outer'(inner(drive))) inner'(drive)
    Raises
        ParameterError for an inner activation of single units or an outer one of a population
    Source
        The steady state of [Competing][neurosim.cells.competing.Competing] cells: Olsen & Wilson, Nature 452 (2008).
    """

    inner: Activation = param(DivisiveNormalisation(), doc="how the drives compete; its activities are drives here")
    outer: Activation = param(ReLU(), doc="activity of one unit at the drive that is left to it")

    acts_on: ClassVar[Literal["unit", "population"]] = "population"
    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "exact", "a `Competing` cell whose curve is `outer` makes the same of its drive, before its membrane"
    )
    kink: ClassVar[str] = "where one of the two has its own"

    def check(self) -> None:
        check_competition(self.inner, "Composition.inner")
        if self.outer.acts_on != "unit":
            raise ParameterError(
                f"Composition.outer: got {type(self.outer).__name__}, which acts on a population, expected the curve "
                "of one unit such as ReLU()"
            )

    @property
    def smallest_population(self) -> int:
        return self.inner.smallest_population

    def _value(self, drive: Array) -> Array:
        return self.outer(self.inner(drive))

    def _derivative(self, drive: Array) -> Array:
        slope = self.outer.derivative(self.inner(drive))
        jacobian: Array = slope[..., :, None] * self.inner.derivative(drive)
        return jacobian

    def _pullback(self, drive: Array, cotangent: Array) -> Array:
        return self.inner.pullback(drive, cotangent * self.outer.derivative(self.inner(drive)))

    @property
    def range(self) -> tuple[float, float]:
        return self.outer.range

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        """The product of the two largest slopes; the Jacobian is not symmetric, so both signs are possible."""
        low, high = self.outer.slope_range(units)
        steepest = max(high, -low)
        low, high = self.inner.slope_range(units)
        steepest *= max(high, -low)
        return -steepest, steepest


def check_competition(activation: Activation, where: str) -> None:
    """An error where an activation acts on single units, whose drives do not compete."""
    if activation.acts_on != "population":
        raise ParameterError(
            f"{where}: got {type(activation).__name__}, which acts on single units, expected an activation of a "
            "population such as KWTA()"
        )

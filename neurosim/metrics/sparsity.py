"""How sparse an activity pattern is: seven indices that are not interchangeable, and one table row that has them all.

Shapes
    `activity` is (trials, units), or a plain vector. `axis=-1` compares the units of a trial (population sparseness,
    one number per trial); `axis=0` compares the trials of a unit (lifetime sparseness, one number per unit).
Rules
    Active: strictly above a stated level (`above`, or `relative` times the largest value of the whole array). A
    decaying rate is never exactly 0, so a rate unit that has gone silent is active at level 0: give it a level.
    Silent vectors (all zero): the index is NaN, undefined, except `active_fraction` and `exact_zero_fraction`.
    Negative values: `negative="rectify"` sets them to 0, `negative="abs"` takes the magnitude; with negative values and
    no choice the call is refused, since the two answers differ.
"""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from neurosim.metrics.checks import axis_of, exponent, real, shifted
from neurosim.params import Array, ParameterError, ParamInfo, number
from neurosim.registry import unknown_name

Negative = Literal["rectify", "abs"]


def active(
    activity: Any, *, above: float = 0.0, relative: float | None = None, negative: Negative | None = None
) -> npt.NDArray[np.bool_]:
    """Which entries count as active.

    Equation
        active = activity > above,  or  activity > relative * max(activity) over the whole array
    Raises:
        ParameterError: both levels given, a level below 0, or negative values without a choice.
    """
    values = nonnegative(activity, negative, "active")
    return values > active_level(values, above, relative)


def active_level(values: Array, above: float, relative: float | None) -> float:
    """The level that an active entry exceeds, in the unit of the activity."""
    level = number(above, ParamInfo("1", "level that an active entry exceeds", low=0.0), "active: above")
    if relative is None:
        return level
    if level != 0.0:
        raise ParameterError(f"active: got above={above!r} and relative={relative!r}, expected one of the two")
    share = number(relative, ParamInfo("1", "share of the largest value", low=0.0, below=1.0), "active: relative")
    return share * float(values.max())


def active_fraction(
    activity: Any,
    *,
    above: float = 0.0,
    relative: float | None = None,
    axis: int = -1,
    negative: Negative | None = None,
) -> Any:
    """Share of the entries that are active (the L0 density; 0 for a silent vector).

    Equation
        mean over the axis of [activity > level], level = above or relative * max(activity) over the whole array
    Raises:
        ParameterError: see [active][neurosim.metrics.sparsity.active].
    """
    found = active(activity, above=above, relative=relative, negative=negative)
    return found.mean(axis=axis_of(axis, found, "active_fraction: axis"))


def exact_zero_fraction(activity: Any, *, axis: int = -1) -> Any:
    """Share of the entries that are exactly 0 (GELU, SiLU and softmax have near zeros, but no exact ones)."""
    values = _at_least_vector(real(activity, "exact_zero_fraction(activity)"), "exact_zero_fraction")
    return (values == 0.0).mean(axis=axis_of(axis, values, "exact_zero_fraction: axis"))


def negative_mass(activity: Any, *, axis: int = -1) -> Any:
    """Share of the total magnitude that is negative: 0 for a rate, 1/2 for a symmetric code; NaN for a silent vector.

    Equation
        sum(max(-x, 0)) / sum(|x|)
    """
    values = _at_least_vector(real(activity, "negative_mass(activity)"), "negative_mass")
    values = _scaled(values, axis_of(axis, values, "negative_mass: axis"))
    return _ratio(np.maximum(-values, 0.0).sum(axis=axis), np.abs(values).sum(axis=axis))


def treves_rolls(activity: Any, *, axis: int = -1, negative: Negative | None = None) -> Any:
    """Treves-Rolls activity ratio: 1 when all are equal, 1/n when one alone is active, NaN where all are silent.

    Equation
        a = (sum(r) / n)^2 / (sum(r^2) / n)
    Source
        Treves & Rolls, Network 2 (1991) 371-397; Rolls & Tovee, J Neurophysiol 73 (1995) 713-726.
    """
    values = nonnegative(activity, negative, "treves_rolls")
    values = _scaled(values, axis_of(axis, values, "treves_rolls: axis"))
    # Rounding can push the ratio one unit in the last place above its bound 1 (Cauchy-Schwarz).
    return np.minimum(_ratio(values.mean(axis=axis) ** 2, (values**2).mean(axis=axis)), 1.0)


def vinje_gallant(activity: Any, *, axis: int = -1, negative: Negative | None = None) -> Any:
    """Vinje-Gallant sparseness: 0 when all are equal, 1 when one alone is active; NaN where all are silent.

    Equation
        S = (1 - a) / (1 - 1/n), a the Treves-Rolls ratio
    Raises:
        ParameterError: fewer than two entries along the axis.
    Source
        Vinje & Gallant, Science 287 (2000) 1273-1276.
    """
    values = nonnegative(activity, negative, "vinje_gallant")
    n = _several(values, axis, "vinje_gallant")
    return np.clip((1.0 - treves_rolls(values, axis=axis)) / (1.0 - 1.0 / n), 0.0, 1.0)


def hoyer(activity: Any, *, axis: int = -1, negative: Negative | None = None) -> Any:
    """Hoyer sparseness: 0 when all are equal, 1 when one alone is active; NaN where all are silent.

    Equation
        (sqrt(n) - L1 / L2) / (sqrt(n) - 1)
    Raises:
        ParameterError: fewer than two entries along the axis.
    Source
        Hoyer, J Mach Learn Res 5 (2004) 1457-1469.
    """
    values = nonnegative(activity, negative, "hoyer")
    root = np.sqrt(_several(values, axis, "hoyer"))
    scaled = _scaled(values, axis)
    ratio = _ratio(scaled.sum(axis=axis), np.sqrt((scaled**2).sum(axis=axis)))
    return np.clip((root - ratio) / (root - 1.0), 0.0, 1.0)


def gini(activity: Any, *, axis: int = -1, negative: Negative | None = None) -> Any:
    """Gini index: 0 when all are equal, 1 - 1/n when one alone is active; NaN where all are silent.

    Equation
        1 - 2 sum_k (c_k / L1) (n - k + 1/2) / n, c sorted upwards, k = 1 .. n
    Source
        Hurley & Rickard, IEEE Trans Inf Theory 55 (2009) 4723-4741, the Gini index of Table I.
    """
    values = nonnegative(activity, negative, "gini")
    ordered = np.sort(_scaled(values, axis_of(axis, values, "gini: axis")), axis=axis)
    moved = np.moveaxis(ordered, axis, -1)
    n = moved.shape[-1]
    weights = (n - np.arange(1, n + 1) + 0.5) / n
    return np.clip(1.0 - 2.0 * _ratio((moved * weights).sum(axis=-1), moved.sum(axis=-1)), 0.0, 1.0)


def excess_kurtosis(activity: Any, *, axis: int = -1, negative: Negative | Literal["keep"] | None = None) -> Any:
    """Fourth standardised moment minus 3 (0 for a Gaussian, large for a sparse code); NaN where all entries are equal.

    `negative="keep"` leaves the signs, which this index alone has a meaning for.

    Equation
        mean((x - mean)^4) / mean((x - mean)^2)^2 - 3, plain (biased) moments
    Source
        Willmore & Tolhurst, Network 12 (2001) 255-270.
    """
    name = "excess_kurtosis"
    keep = isinstance(negative, str) and negative == "keep"
    values = real(activity, f"{name}(activity)") if keep else nonnegative(activity, negative, name)
    _at_least_vector(values, name)
    axis = axis_of(axis, values, f"{name}: axis")
    values = shifted(values, exponent(values, axis=axis))
    # A constant vector is found by comparing, not by its variance: rounding of the mean leaves a variance above 0.
    constant = values.max(axis=axis, keepdims=True) == values.min(axis=axis, keepdims=True)
    deviation = np.where(constant, 0.0, values - values.mean(axis=axis, keepdims=True))
    squares = _scaled(deviation, axis) ** 2
    return _ratio((squares**2).mean(axis=axis), squares.mean(axis=axis) ** 2) - 3.0


def nonnegative(activity: Any, negative: Any, name: str, argument: str = "activity") -> Array:
    """`activity` with its negative values treated as the caller chose.

    Raises:
        ParameterError: there are negative values and no choice was made, or the choice is unknown.
    """
    values = _at_least_vector(real(activity, f"{name}({argument})"), name, argument)
    if negative is not None and (not isinstance(negative, str) or negative not in ("rectify", "abs")):
        raise unknown_name(f"treatment of negative values ({name}: negative)", negative, ("rectify", "abs"))
    if negative is None:
        low = float(values.min())
        if low < 0.0:
            raise ParameterError(
                f"{name}({argument}): holds negative values (smallest {low:g}) and no rule for them, "
                'expected negative="rectify" (set to 0) or negative="abs" (magnitude)'
            )
        return values
    return np.maximum(values, 0.0) if negative == "rectify" else np.abs(values)


def _at_least_vector(values: Array, name: str, argument: str = "activity") -> Array:
    if values.ndim == 0:
        raise ParameterError(f"{name}({argument}): got a single number, expected a vector or (trials, units)")
    return values


def _several(values: Array, axis: int, name: str) -> int:
    n = int(values.shape[axis_of(axis, values, f"{name}: axis")])
    if n < 2:
        raise ParameterError(f"{name}(activity): got {n} entry along axis {axis}, expected at least 2")
    return n


def _scaled(values: Array, axis: int) -> Array:
    """Each vector divided by its largest magnitude: the indices ignore scale, squares must not over- or underflow."""
    largest = np.abs(values).max(axis=axis, keepdims=True)
    return np.asarray(values / np.where(largest > 0.0, largest, 1.0))


def _ratio(above: Any, below: Any) -> Any:
    """`above / below`, and NaN (undefined) where `below` is 0."""
    return np.where(below > 0.0, above / np.where(below > 0.0, below, 1.0), np.nan)[()]

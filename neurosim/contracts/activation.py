"""What every activation must do: its value, its slope, its range and its shapes."""

from functools import partial
from typing import Any

import numpy as np

from neurosim.activations.base import Activation
from neurosim.contracts.parameters import changed, only_if, says, says_a_year, without_effect
from neurosim.contracts.running import checks_of, expect, refuses, same
from neurosim.params import Array, DimensionError

_GRID: Array = np.asarray(np.arange(-6.0, 8.0, 0.05) + 0.0123, dtype=np.float64)
"""Off the round numbers at which kinks sit, by far more than the step of a difference quotient."""
_ROUND: Array = np.round(np.arange(-6.0, 8.0, 0.05), 2)
_FAR: Array = np.array([-1e6, -1e3, -40.0, -1.0, 0.0, 1.0, 1.0 + 1e-15, 40.0, 1e3, 1e6])
_STEP = 1e-5
for _array in (_GRID, _ROUND, _FAR):
    _array.flags.writeable = False  # a class that writes into its drive must not spoil the next check


def the_derivative_is_the_slope(act: Activation) -> None:
    """The derivative of single units is the limit of difference quotients."""
    _units(act)
    quotient = (act(_GRID + _STEP) - act(_GRID - _STEP)) / (2 * _STEP)
    finer = (act(_GRID + _STEP / 2) - act(_GRID - _STEP / 2)) / _STEP
    # Rounding of the values, some 1e-15 of the largest, is divided by the step; 1e-6 is what Richardson leaves of the
    # curvature of the sharpest curves (a scale of 1e-3, cubed ratio 1e-8 of step to scale, with its factor).
    rounding = 3e-15 * np.abs(act(_GRID)).max() / _STEP
    np.testing.assert_allclose(act.derivative(_GRID), (4 * finer - quotient) / 3, rtol=1e-6, atol=rounding)


def the_jacobian_is_the_slope(act: Activation) -> None:
    """The derivative of a population is the limit of difference quotients, unit by unit."""
    _population(act)
    drive = np.random.default_rng(8).standard_normal(6)
    columns = [(act(drive + h) - act(drive - h)) / (2 * _STEP) for h in _STEP * np.eye(6)]
    # (1e-5 / 0.3)**2 / 6 of truncation and 1e-15 * 20 / 1e-5 of rounding.
    np.testing.assert_allclose(act.derivative(drive), np.stack(columns, axis=-1), rtol=1e-7, atol=2e-8)


def a_jump_is_documented(act: Activation) -> None:
    """Where slope or value jumps `kink` says so, and the slope there is one of the two beside it."""
    _units(act)
    left, right = act.derivative(_ROUND - 1e-9), act.derivative(_ROUND + 1e-9)
    # A smooth slope changes by at most its curvature times 2e-9; the sharpest curve has scale 1e-3.
    jumps = np.abs(right - left) > 1e-4 * (1.0 + np.minimum(np.abs(left), np.abs(right)))
    jumps |= np.abs(act(_ROUND + 1e-9) - act(_ROUND - 1e-9)) > 1e-2 * (1.0 + np.abs(act(_ROUND - 1e-9)))
    if jumps.any():
        expect(act.kink, f"it jumps at drive {_ROUND[jumps][0]:g} and kink is empty")
        at, low, high = act.derivative(_ROUND)[jumps], left[jumps], right[jumps]
        one = np.isclose(at, low, rtol=1e-6) | np.isclose(at, high, rtol=1e-6)
        expect(one.all(), f"at drive {_ROUND[jumps][~one][:1]} the slope is none of the two beside it")


def far_drives_neither_overflow_nor_warn(act: Activation) -> None:
    """Value, derivative and pullback are finite at drives from -1e6 to 1e6."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for values in (act(_FAR), act.derivative(_FAR), act.pullback(_FAR, np.ones_like(_FAR))):
            expect(np.isfinite(values).all(), "not finite at drives from -1e6 to 1e6")


def the_range_holds_every_value(act: Activation) -> None:
    """No value lies outside of `range`."""
    low, high = act.range
    expect(low < high, f"the range is {act.range}")
    for drive in (_GRID, np.array([-1e6, -1e3, 1e3, 1e6]), np.linspace(-2.0, 2.0, 4001)):
        value = act(drive)
        slack = 4 * np.finfo(float).eps * np.abs(value).max()  # the bound itself is rounded
        inside = value.min() >= low - slack and value.max() <= high + slack
        expect(inside, f"values from {value.min():g} to {value.max():g}, and the range is {act.range}")


def the_bounds_on_the_slope_hold(act: Activation) -> None:
    """No slope of a single unit lies outside of `slope_range`, and it falls only where that is below 0."""
    _units(act)
    low, high = act.slope_range()
    slope, value = act.derivative(_GRID), act(np.linspace(-8.0, 8.0, 20001))
    falls = np.diff(value).min() < -1e-13 * np.abs(value).max()  # rounding of one value
    expect(not falls or low < 0, f"it falls, and its slope is said to be at least {low:g}")
    inside = slope.min() >= low - 1e-12 * abs(low) and slope.max() <= high * (1 + 1e-12)
    expect(inside, f"slopes from {slope.min():g} to {slope.max():g}, and slope_range is {low, high}")


def a_scalar_gives_a_scalar(act: Activation) -> None:
    """A drive of shape () gives shape (); a population needs an axis and says so."""
    if act.acts_on == "population":
        try:
            _call(act, 1.0)
        except DimensionError as error:
            expect("last axis" in str(error), f"the refusal of a scalar is {error}")
            return
        raise AssertionError("a population takes a scalar")
    _shape(act, ())


def a_vector_gives_a_vector(act: Activation) -> None:
    """A drive of shape (units,) gives (units,)."""
    _shape(act, (3,))


def one_unit_is_enough(act: Activation) -> None:
    """A drive of shape (1,) gives (1,)."""
    _shape(act, (1,))


def nothing_gives_nothing(act: Activation) -> None:
    """Drives of no unit and of no trial give empty arrays of the same shape."""
    _shape(act, (0,))
    _shape(act, (0, 4))


def trials_keep_their_shape(act: Activation) -> None:
    """Drives of (trials, units), and of more axes, keep their shape."""
    _shape(act, (2, 3))
    _shape(act, (2, 3, 4))


def trials_do_not_influence_each_other(act: Activation) -> None:
    """A trial alone gives what it gives among others: competing units to the bit, others to rounding."""
    drive = np.random.default_rng(7).standard_normal((2, 3, 6))
    # A special function may round its last bits otherwise in an array of another length.
    room = 0.0 if act.acts_on == "population" else 1e-14
    for index in np.ndindex(2, 3):
        np.testing.assert_allclose(act(drive)[index], act(drive[index]), rtol=room)
        np.testing.assert_allclose(act.derivative(drive)[index], act.derivative(drive[index]), rtol=room)


def a_population_acts_along_its_last_axis(act: Activation) -> None:
    """The units of a population are on the last axis."""
    _population(act)
    drive = np.random.default_rng(7).standard_normal((2, 3, 6))
    other = np.swapaxes(act(np.swapaxes(drive, 0, 2)), 0, 2)
    expect(not np.allclose(act(drive), other), "it acts along another axis as well")


def the_type_is_float64(act: Activation) -> None:
    """Values and slopes are float64."""
    for values in (act(_GRID), act.derivative(_GRID), act.pullback(_GRID, _GRID)):
        expect(values.dtype == np.float64, f"got {values.dtype}")


def float32_is_rounded_once(act: Activation) -> None:
    """`dtype=float32` gives the float64 value rounded, and single-precision drives are taken."""
    same(act(_GRID, dtype=np.float32), act(_GRID).astype(np.float32), "rounded otherwise")
    single = _GRID.astype(np.float32)
    same(_call(act, single), act(single.astype(np.float64)), "single-precision drives give other values")


def whole_numbers_are_drives_too(act: Activation) -> None:
    """Drives that are whole numbers, or a list, give the same as floats."""
    same(act(np.array([-1, 0, 2])), act(np.array([-1.0, 0.0, 2.0])), "whole numbers differ")
    same(_call(act, [-1.0, 0.0, 2.0]), act(np.array([-1.0, 0.0, 2.0])), "a list differs")


def what_is_no_number_is_refused(act: Activation) -> None:
    """Texts, complex numbers and None are no drives."""
    for bad in ("1.5", None, np.array([1j])):
        refuses(partial(_call, act, bad), f"the drive {bad!r}")


def read_only_drives_are_taken_and_nothing_is_changed(act: Activation) -> None:
    """Nothing is written into a drive or a cotangent."""
    drive = _drives(act).copy()
    kept = drive.copy()
    drive.flags.writeable = False
    act(drive), act.derivative(drive), act.pullback(drive, drive)
    same(drive, kept, "the drive was changed")


def the_result_is_its_own_array(act: Activation) -> None:
    """The result shares no memory with the drive."""
    drive = _drives(act).copy()
    for values in (act(drive), act.derivative(drive), act.pullback(drive, drive)):
        expect(not np.shares_memory(values, drive), "the result is the drive itself")


def it_repeats_itself(act: Activation) -> None:
    """The same drive gives the same values to the bit."""
    drive = _drives(act)
    same(act(drive), act(drive), "another value the second time")
    same(act.derivative(drive), act.derivative(drive), "another slope the second time")


def a_missing_drive_stays_missing(act: Activation) -> None:
    """NaN gives NaN, for its own unit alone where units are independent."""
    value = act(np.array([np.nan, 0.5]))
    expect(np.isnan(value[0]), f"a missing drive gives {value[0]}")
    expect(act.acts_on == "population" or np.isfinite(value[1]), "the unit beside a missing drive is lost too")


def the_pullback_is_the_transposed_derivative(act: Activation) -> None:
    """The pullback of a gradient along a direction is the change of the values along it."""
    rng, drive = np.random.default_rng(5), _drives(act)
    cotangent, direction = rng.standard_normal(drive.shape), rng.standard_normal(drive.shape)
    change = (act(drive + _STEP * direction) - act(drive - _STEP * direction)) / (2 * _STEP)
    wanted, found = np.sum(cotangent * change), np.sum(act.pullback(drive, cotangent) * direction)
    # Second-order truncation at a direction of length up to 3: (3e-5 / scale)**2 / 6 of the steepest slope, whose
    # scale is 1e-3.
    room = max(1e-4 * abs(wanted), 1e-7 * (1.0 + np.abs(act(drive)).max()))
    expect(abs(found - wanted) <= room, f"the pullback gives {found:g}, the values {wanted:g}")


def every_number_has_an_effect(act: Activation) -> None:
    """Another value of a number changes some value or slope, here or where another parameter has left its default."""
    drive = _drives(act)

    def answer(one: Activation) -> tuple[bytes, bytes]:
        return one(drive).tobytes(), one.derivative(drive).tobytes()

    for name in without_effect(act, answer):
        others = (other for changed_name, other in changed(act) if changed_name != name)
        expect(not all(name in without_effect(other, answer) for other in others), f"another {name} changes nothing")


def it_says_what_a_neuron_makes_of_it(act: Activation) -> None:
    """`spiking` has a kind and a reason, and no neuron fires exactly at a negative rate."""
    kind, why = act.spiking.kind, act.spiking.why
    expect(kind in ("exact", "approximate", "none") and len(why) > 20, f"spiking is {act.spiking}")
    expect(act.range[0] >= 0 or kind != "exact", "its activity can be negative, and it is said to be exact")


def its_docstring_says_shapes_and_source(act: Activation) -> None:
    """The docstring has sections Shapes and Source, and the source names a year."""
    says(act, "Shapes")
    says_a_year(act)


def _call(act: Activation, drive: Any) -> Any:
    return act(drive)


def _units(act: Activation) -> None:
    only_if(act.acts_on == "unit", "its units act together")


def _population(act: Activation) -> None:
    only_if(act.acts_on == "population", "its units are independent")


def _drives(act: Activation) -> Array:
    return _GRID if act.acts_on == "unit" else _GRID.reshape(7, 40)


def _shape(act: Activation, shape: tuple[int, ...]) -> None:
    drive = np.linspace(-1.0, 3.0, int(np.prod(shape))).reshape(shape)
    slopes = shape if act.acts_on == "unit" else (*shape, shape[-1])
    for found, wanted in ((act(drive), shape), (act.derivative(drive), slopes), (act.pullback(drive, drive), shape)):
        expect(np.shape(found) == wanted, f"drive {shape} gives {np.shape(found)}, expected {wanted}")


CHECKS = checks_of(globals())

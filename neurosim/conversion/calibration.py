"""One layer's translation: from the network's drive to the cell's, and from the cell's rate back to an activity."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neurosim.activations.base import Activation
from neurosim.activations.lif_curve import LIFCurve
from neurosim.activations.relu import ReLU
from neurosim.activations.soft_lif import SoftLIF
from neurosim.cells.base import SpikingCell
from neurosim.params import Array, ParameterError

_POINTS = 2001
"""Quantiles of a layer's drives that stand for all of them."""


@dataclass(frozen=True)
class Translation:
    """How one population of the network became spiking.

    Equation
        cell's drive = gain * network's drive + threshold;  network's activity = scale/peak * rate
    Units
        scale in the network's activity, peak Hz, gain drive per network drive, threshold drive (at network drive 0);
        residual: root mean square of (rate of the curve - rate asked for) / peak over the drives of the calibration;
        clipped: fraction of the active units' activities above the scale
    """

    population: str
    kind: str
    """"exact" (the curve is the activation, up to a factor) or "fitted"."""
    scale: float
    peak: float
    gain: float
    threshold: float
    residual: float
    clipped: float

    @property
    def unit(self) -> float:
        """Activity of the network per Hz."""
        return self.scale / self.peak


def scale_of(activity: Array, percentile: float, where: str) -> float:
    """The activity that the peak rate stands for: a percentile of the active units' activities.

    Raises:
        ParameterError: a population that no calibration stimulus makes active.
    """
    active = activity[activity > 0]
    if not active.size:
        raise ParameterError(
            f"{where}: no stimulus of the calibration makes any unit active, expected stimuli of which some do"
        )
    return float(np.percentile(active, percentile))


def translate(
    name: str, activation: Activation, cell: SpikingCell, curve: Activation, drive: Array, scale: float | None,
    percentile: float, peak: float,
) -> Translation:  # fmt: skip
    """The translation of a population whose units saw these drives, exact where the cell allows it.

    Equation
        minimise over gain and threshold the mean of (curve(gain * z + threshold) - peak * activation(z)/scale)^2
    """
    activity = activation(drive)
    if is_own_curve(activation, cell):
        # The activity is the rate already: nothing is scaled, and the scale only says how far the curve is used.
        scale = peak = scale_of(activity, percentile, f"convert: {name!r}") if scale is None else scale
        found = Translation(name, "exact", scale, peak, 1.0, 0.0, 0.0, 0.0)
    else:
        scale = scale_of(activity, percentile, f"convert: {name!r}") if scale is None else scale
        found = Translation(name, "fitted", scale, peak, 1.0, 0.0, 0.0, 0.0)
        if isinstance(activation, ReLU) and isinstance(curve, ReLU):
            gain = activation.gain * peak / (scale * curve.gain)
            threshold = curve.threshold - gain * activation.threshold
            found = dataclasses.replace(found, kind="exact", gain=gain, threshold=threshold)
        else:
            z: Array = np.asarray(np.quantile(drive, np.linspace(0.0, 1.0, _POINTS)), dtype=np.float64)
            gain, threshold = _fitted(curve, z, peak * np.minimum(activation(z) / scale, 1.0), name)
            found = dataclasses.replace(found, gain=gain, threshold=threshold)
    rate = curve(found.gain * drive + found.threshold)
    active = activity > 0
    return dataclasses.replace(
        found,
        residual=float(np.sqrt(np.mean((rate - activity / found.unit) ** 2)) / found.peak),
        clipped=float(np.mean(activity[active] > scale * (1 + 1e-12))) if active.any() else 0.0,
    )


def is_own_curve(activation: Activation, cell: SpikingCell) -> bool:
    """Whether the network was trained with the cell's own curve: then weights and biases stay as they are."""
    if activation == cell.transfer:
        return True
    curve = cell.transfer
    if not (isinstance(activation, SoftLIF) and isinstance(curve, LIFCurve)):
        return False
    return (activation.tau_m, activation.t_ref, 0.0) == (curve.tau_m, curve.t_ref, curve.v_reset)


def _fitted(curve: Activation, z: Array, wanted: Array, name: str) -> tuple[float, float]:
    """Gain and threshold of the affine map of drives under which the curve comes closest to the rates wanted."""
    from scipy.optimize import minimize

    low, high = _drive_for(curve, 0.02 * wanted.max()), _drive_for(curve, wanted.max())
    reach = float(z.max() - z[wanted > 0].min()) or 1.0
    first = (high - low) / reach

    def cost(free: Array) -> float:
        difference = curve(np.exp(free[0]) * z + free[1]) - wanted
        return float(np.mean(difference**2)) / float(wanted.max()) ** 2

    starts = [
        np.array([np.log(factor * first), high - factor * first * float(z.max())]) for factor in (0.5, 0.75, 1.0, 1.5)
    ]
    every = [minimize(cost, start, method="Nelder-Mead", options=_SEARCH) for start in starts]
    best = min(every, key=lambda result: float(result.fun))
    if not np.isfinite(best.x).all():
        raise ParameterError(
            f"convert: {name!r}: no affine map of the drive brings the cell near this activation on these stimuli, "
            "expected stimuli that drive its units over a usual range"
        )
    return float(np.exp(best.x[0])), float(best.x[1])


_SEARCH = {"maxiter": 2000, "maxfev": 2000, "xatol": 1e-7, "fatol": 1e-12}


def _drive_for(curve: Callable[[Array], Array], rate: float) -> float:
    """The smallest drive at which the curve reaches a rate, by bisection."""
    low, high = 0.0, 1.0
    while float(curve(np.array(high))) < rate:
        high *= 2.0
        if high > 1e9:
            raise ParameterError(
                f"convert: peak: got {rate:g} Hz, expected a rate that the cell reaches; lower the peak"
            )
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if float(curve(np.array(middle))) < rate else (low, middle)
    return high

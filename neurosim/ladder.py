"""The ladder: the same neuron on four rungs, each changing exactly one thing."""

from typing import Any

import numpy as np

from neurosim.activations.base import Activation, Shaped
from neurosim.activations.composition import Composition
from neurosim.activations.measured_curve import MeasuredCurve
from neurosim.activations.relu import ReLU
from neurosim.cells.base import Cell, SpikingCell
from neurosim.cells.competing import Competing
from neurosim.cells.leaky_rate import LeakyRate
from neurosim.cells.timed_if import TimedIF
from neurosim.cells.unit import Unit
from neurosim.circuits.circuit import Circuit, Population
from neurosim.engines.base import Engine
from neurosim.gate import SQUARED, count, finite, shown, whole
from neurosim.meant import a_cell
from neurosim.params import Array, DimensionError, ParameterError, ParamInfo, number
from neurosim.per_unit import distinct, joined, repeated
from neurosim.schedule import Schedule, schedule_of
from neurosim.simulate import simulate

RUNGS = ("artificial", "curve", "rate", "spiking")
"""The rungs from bottom to top: shape of the activation, then dynamics, then spikes change."""
TIMED = "timed"
"""The branch from the artificial rung: cells whose single spike has the time that is the activity."""
_MOST_STARTS = 10_000
_TAU_RATE = ParamInfo("s", "time constant of the rate unit", above=0.0)


def _drives(drives: Any, where: str) -> Array:
    array = np.atleast_1d(finite(drives, "1", f"{where}: drives", empty=False))
    if array.ndim != 1:
        raise ParameterError(f"{where}: drives: got shape {array.shape}, expected finite numbers (n,), n >= 1")
    return array


def measure_transfer(
    cell: Cell,
    drives: Any,
    *,
    copies: int = 1,
    schedule: Schedule | None = None,
    duration: Any = None,
    settle: Any = None,
    dt: Any = None,
    seed: int = 0,
    engine: str | Engine = "auto",
    progress: bool | None = False,
) -> Array:
    """Simulated steady activity of a cell at constant drives, for 2 s after 0.5 s unless a schedule says otherwise.

    Equation
        r(drive) = spikes (or mean rate) in the counting window / its length, averaged over `copies` cells
    Shapes
        drives (n,) -> rates (n,); (n, units) for a cell whose parameters have one value per unit
    Units
        drives 1, rates Hz; duration, settle and dt (in place of a schedule, as in `simulate`) s
    Raises:
        ParameterError: a drive at which the cell's state or rate is no number.
        DimensionError: a cell whose drive competes with those of its population, which has no curve of its own.
    """
    acting = a_cell(cell, "measure_transfer: cell").transfer
    if isinstance(cell, Competing) or (acting is not None and acting.acts_on == "population"):
        raise DimensionError(
            f"measure_transfer: got {cell!r}, whose units hear each other, expected a cell with a curve of its own; "
            "simulate a population instead"
        )
    values = _drives(drives, "measure_transfer")
    copies = count(copies, "measure_transfer: copies")
    units = cell.units or 1
    bias = np.repeat(values, copies * units)
    circuit = Circuit(populations=[Population("cells", bias.size, bias=bias)])
    shape = (values.size, copies, units) if cell.units else (values.size, copies)
    cell = repeated(cell, values.size * copies)
    usual = Schedule(duration=2.0, settle=0.5)
    schedule = schedule_of("measure_transfer", schedule, usual, duration=duration, settle=settle, dt=dt)
    recording = simulate(circuit, cell, schedule=schedule, seed=seed, engine=engine, progress=progress)
    if recording.failures:
        failed = recording.failures[0]
        place = failed.unit // (copies * units)
        raise ParameterError(
            f"measure_transfer: drives: got {values[place]:g} ({place} of {values.size}), where {failed.variable} is "
            f"{failed.value:.3g}, expected drives at which the cell has a rate"
        )
    mean: Array = recording.rates["cells"][0].reshape(shape).mean(axis=1)
    return mean


def f_i_curve(cell: Cell, drives: Any, *, schedule: Schedule | None = None, seed: int = 0) -> Activation:
    """The cell's own f-I curve: in closed form where it has one, else measured at these drives."""
    if cell.transfer is not None:
        return cell.transfer
    values = np.unique(_drives(drives, "f_i_curve"))
    rates = np.maximum.accumulate(measure_transfer(cell, values, schedule=schedule, seed=seed))
    return MeasuredCurve(drives=tuple(values.tolist()), rates=rates.tolist())


def fit(activation: type[Activation] | Activation, drives: Any, rates: Any, *, starts: int = 4) -> Activation:
    """The activation of a family that lies closest to a curve.

    Equation
        minimise sum (activation(drive) - rate)^2 over gain, threshold and, where the family has one, width; several
        starts, so that neither the kink of a threshold nor a narrow corner traps the search
    Args:
        activation: a class such as ReLU, or an instance whose other parameters are kept.
        drives: (n,) drives.
        rates: (n,) activities in Hz.
        starts: number of points of a coarse grid from which the search goes on.
    Raises:
        DimensionError: the family has no gain and threshold to fit.
        ParameterError: drives and rates differ in length, or hold values that are not finite.
    """
    template = activation() if isinstance(activation, type) else activation
    if not isinstance(template, Shaped):
        raise DimensionError(f"fit: activation: got {shown(activation)}, expected one with gain and threshold")
    x = _drives(drives, "fit")
    y = np.atleast_1d(finite(rates, "Hz", "fit: rates", within=SQUARED))
    if y.shape != x.shape:
        raise ParameterError(f"fit: rates: got shape {y.shape}, expected {x.shape} finite numbers, one per drive")
    starts = whole(starts, "fit: starts", low=1, high=_MOST_STARTS)
    problem = _Fit(template, x, y)
    candidates = [problem.refined(start) for start in problem.starts(starts)]
    good = [candidate for candidate in candidates if candidate is not None]
    if not good:
        raise ParameterError(
            f"fit: drives and rates: no {type(template).__name__} with a positive gain comes near these rates, "
            "expected rates that rise with the drive"
        )
    return min(good, key=lambda candidate: float(np.mean((candidate(x) - y) ** 2)))


class _Fit:
    """Least squares over threshold and log width; the best gain for each of them is known in closed form."""

    def __init__(self, template: Shaped, x: Array, y: Array) -> None:
        self.x, self.y = x, y
        self.unit = template.replace(gain=1.0)
        self.span = float(np.ptp(x)) or 1.0
        self.wide = "width" in template.info()

    def shaped(self, free: Array) -> tuple[Shaped, Array, float]:
        """The activation of gain 1, its values, and the gain that fits best."""
        values = {"threshold": float(free[0])} | ({"width": float(np.exp(free[1]))} if self.wide else {})
        candidate = self.unit.replace(**values)
        basis = candidate(self.x)
        norm = float(basis @ basis)
        return candidate, basis, float(basis @ self.y) / norm if norm > 0 else 0.0

    def residual(self, free: Array) -> Array:
        _, basis, gain = self.shaped(free)
        return gain * basis - self.y

    def starts(self, count: int) -> list[Array]:
        """The best points of a coarse grid, from which the search goes on."""
        thresholds = np.linspace(self.x.min() - self.span / 2, self.x.max(), 4 * count)
        shares = (0.01, 0.03, 0.1, 0.3, 1.0) if self.wide else (1.0,)
        grid = [np.array([t, np.log(share * self.span)][: 1 + self.wide]) for t in thresholds for share in shares]
        with_gain = [free for free in grid if self.shaped(free)[2] > 0]
        return sorted(with_gain, key=lambda free: float(np.sum(self.residual(free) ** 2)))[:count]

    def refined(self, start: Array) -> Shaped | None:
        """The local optimum next to a start, None where its gain is not positive."""
        from scipy.optimize import least_squares

        low = [self.x.min() - 2 * self.span, np.log(1e-4 * self.span)][: 1 + self.wide]
        high = [self.x.max(), np.log(10 * self.span)][: 1 + self.wide]
        scale = [self.span, 1.0][: 1 + self.wide]
        result = least_squares(self.residual, np.clip(start, low, high), bounds=(low, high), x_scale=scale)
        candidate, _, gain = self.shaped(result.x)
        return candidate.replace(gain=gain) if gain > 0 else None


def ladder(
    cell: SpikingCell | Competing,
    drives: Any = None,
    artificial: type[Activation] | Activation = ReLU,
    *,
    tau_rate: float | None = None,
    schedule: Schedule | None = None,
    seed: int = 0,
    timed: TimedIF | None = None,
) -> dict[str, Cell]:
    """The same neuron on four rungs, and on the branch of timed spikes where one is given.

    Args:
        cell: the spiking neuron at the top; where its drives compete, they do so on every rung. Where its parameters
            have one value per unit, so have the activations and time constants below it.
        drives: range of drives (threshold = 1) over which the artificial activation is fitted to the neuron's curve.
        artificial: the activation of the lowest rung; a class is fitted, an instance is taken as it is.
        tau_rate: time constant of the rate unit in s (the cell's membrane time constant by default).
        schedule: how long to measure where the neuron has no closed form.
        seed: seed of that measurement.
        timed: the cell of the branch, whose single spike stands for a rectified linear unit; `convert` runs a network
            of them.

    Returns:
        "artificial": Unit, "curve": Unit with the neuron's f-I curve, "rate": LeakyRate with it, "spiking": the cell;
        with `timed` also "timed": it branches off the artificial rung, which it equals, and not off the curve.
    """
    if timed is not None:
        lowest_rung = _branching(artificial, timed)
        rungs = ladder(cell, drives, lowest_rung, tau_rate=tau_rate, schedule=schedule, seed=seed)
        return {**rungs, TIMED: timed}
    if isinstance(cell, Competing):
        alone = ladder(cell.cell, drives, artificial, tau_rate=tau_rate, schedule=schedule, seed=seed)
        return {name: cell if name == "spiking" else _competing(rung, cell.competition) for name, rung in alone.items()}
    if not isinstance(cell, SpikingCell):
        raise DimensionError(f"ladder: got {type(cell).__name__}, expected a spiking cell such as LIF()")
    if cell.spikes_once:
        raise DimensionError(f"ladder: got {type(cell).__name__}, which has no rate, expected ladder(LIF(), timed=...)")
    if not (isinstance(artificial, Activation) or (isinstance(artificial, type) and issubclass(artificial, Shaped))):
        raise DimensionError(f"ladder: artificial: got {shown(artificial)}, expected an activation or the class of one")
    schedule = None if schedule is None else schedule_of("ladder", schedule)
    whole(seed, "ladder: seed", low=0)
    tau_rate = None if tau_rate is None else number(tau_rate, _TAU_RATE, "ladder: tau_rate")
    values = np.linspace(-1.0, 3.0, 201) if drives is None else _drives(drives, "ladder")
    curve = f_i_curve(cell, values, schedule=schedule, seed=seed)
    lowest = artificial if isinstance(artificial, Activation) else _fitted(artificial, values, curve)
    return {
        "artificial": Unit(activation=lowest),
        "curve": Unit(activation=curve),
        "rate": LeakyRate(tau=cell.time_constant if tau_rate is None else tau_rate, activation=curve),
        "spiking": cell,
    }


def _branching(artificial: type[Activation] | Activation, timed: Any) -> type[Activation] | Activation:
    """The artificial activation, which must be the one that single spikes equal."""
    if not isinstance(timed, TimedIF):
        raise DimensionError(f"ladder: timed: got {shown(timed)}, expected a TimedIF")
    kind = artificial if isinstance(artificial, type) else type(artificial)
    if kind is not ReLU:
        raise ParameterError(f"ladder: artificial: got {kind.__name__}, expected ReLU, which timed spikes branch off")
    return artificial


def _fitted(artificial: type[Activation], drives: Array, curve: Activation) -> Activation:
    """The activation closest to a curve; closest to each unit's own, where it has one per unit."""
    if curve.units is None:
        return fit(artificial, drives, curve(drives))
    kinds, _, kind = distinct(curve)
    return joined([fit(artificial, drives, one(drives)) for one in kinds], kind)


def _competing(unit: Cell, competition: Activation) -> Cell:
    """A unit or a leaky rate unit whose drives compete."""
    assert isinstance(unit, Unit | LeakyRate)
    return unit.replace(activation=Composition(inner=competition, outer=unit.activation))

"""Gabor functions fitted to receptive fields: position, size, orientation, spatial frequency, phase."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.gate import labels
from neurosim.metrics.checks import MOST_ENTRIES, count, exponent, fits, real, restored, shifted
from neurosim.params import Array, ParameterError


@dataclass(frozen=True)
class GaborFit:
    """A Gabor function and how well it describes a field; made by [fit_gabor][neurosim.metrics.gabor.fit_gabor].

    Units
        x, y, sigma_across, sigma_along: pixels, from the middle of the pixel in the upper left corner; orientation:
        degrees in 0 .. 180, of the stripes, from the rows (0: horizontal stripes) anticlockwise; frequency: cycles per
        pixel; phase: degrees in 0 .. 360 (0: a ridge through the middle); amplitude > 0 and offset: those of the field;
        r2: share of the variance that the function explains
    """

    amplitude: float
    offset: float
    x: float
    y: float
    sigma_across: float
    sigma_along: float
    orientation: float
    frequency: float
    phase: float
    r2: float

    def field(self, shape: tuple[int, int]) -> Array:
        """The function on a grid of pixels (rows, columns)."""
        sides = labels(shape, "GaborFit.field: shape", low=1, high=MOST_ENTRIES)
        if sides.shape != (2,):
            raise ParameterError(f"GaborFit.field: shape: got {shape!r}, expected (rows, columns)")
        shape = (int(sides[0]), int(sides[1]))
        fits(float(shape[0]) * shape[1], "GaborFit.field: shape", "a smaller grid")
        angle, phase = math.radians(self.orientation), math.radians(self.phase)
        free = (
            self.x, self.y, math.log(self.sigma_across), math.log(self.sigma_along), angle, self.frequency
        )  # fmt: skip
        wave = _basis(np.array(free), *_grid(shape))
        return self.offset + self.amplitude * (math.cos(phase) * wave[:, 0] - math.sin(phase) * wave[:, 1]).reshape(
            shape
        )


def fit_gabor(field: Any, *, starts: int = 6) -> GaborFit:
    """The Gabor function closest to a field in the sense of least squares.

    Equation
        offset + amplitude * exp(-a^2/(2 sigma_across^2) - b^2/(2 sigma_along^2)) * cos(2 pi frequency a + phase),
        a across and b along the stripes, from the centre (x, y)
        Amplitude, phase and offset follow linearly from the rest; the rest is searched from several starts: the highest
        peaks of the field's spectrum, and envelopes of two sizes around the centre of its energy.
    Shapes
        field (rows, columns), at least 4 x 4
    Args:
        field: weights of a unit as a picture.
        starts: spectral peaks to start from.
    Raises
        ParameterError: a smaller field, one that is the same everywhere, or starts below 1
    Source
        Jones & Palmer, J Neurophysiol 58 (1987) (Gabor functions fitted to simple cells).
    """
    picture = real(field, "fit_gabor(field)")
    if picture.ndim != 2 or min(picture.shape) < 4:
        raise ParameterError(
            f"fit_gabor(field): got shape {picture.shape}, expected a picture of at least 4 x 4 pixels"
        )
    starts = count(starts, "fit_gabor(starts)")
    power = exponent(picture)
    picture = shifted(picture, power)
    scale = float(np.ptp(picture))
    if scale == 0:
        raise ParameterError("fit_gabor(field): the field is the same everywhere, expected a receptive field")
    values = (picture.ravel() - picture.mean()) / scale
    grid = _grid((picture.shape[0], picture.shape[1]))
    free = _search(values, grid, (picture.shape[0], picture.shape[1]), starts)
    even, odd, rest = _linear(free, values, grid)[0]
    explained = 1.0 - float(np.sum(_residual(free, values, grid) ** 2) / np.sum(values**2))
    x, y, across, along, angle, frequency = free
    return GaborFit(
        amplitude=float(restored(scale * math.hypot(even, odd), power, "fit_gabor(field)")),
        offset=float(restored(scale * rest + picture.mean(), power, "fit_gabor(field)")),
        x=float(x),
        y=float(y),
        sigma_across=math.exp(across),
        sigma_along=math.exp(along),
        orientation=math.degrees(angle),
        frequency=float(frequency),
        phase=math.degrees(math.atan2(-odd, even)) % 360.0,
        r2=explained,
    )


def _search(values: Array, grid: tuple[Array, Array], shape: tuple[int, int], starts: int) -> Array:
    """Position, log sizes, orientation and frequency of the best local optimum, frequency >= 0, angle in 0 .. pi."""
    from scipy.optimize import least_squares

    rows, columns = shape
    low = np.array([-1.0, -1.0, math.log(0.4), math.log(0.4), -10.0, 0.0])
    high = np.array([columns, rows, math.log(2.0 * columns), math.log(2.0 * rows), 10.0, 0.71])
    energy = values**2 / np.sum(values**2)
    middle = [float(energy @ grid[0]), float(energy @ grid[1])]
    best, least = np.empty(0), math.inf
    for angle, frequency in _peaks(values.reshape(shape), starts):
        for size in (min(shape) / 8.0, min(shape) / 4.0):
            start = np.clip([*middle, math.log(size), math.log(size), angle, frequency], low + 1e-6, high - 1e-6)
            found = least_squares(
                _residual, start, args=(values, grid), bounds=(low, high), x_scale=[1.0, 1.0, 0.5, 0.5, 0.5, 0.05]
            )
            if found.cost < least:
                best, least = found.x, float(found.cost)
    best[4] %= math.pi
    return best


def _peaks(picture: Array, count: int) -> list[tuple[float, float]]:
    """Orientation of the stripes (radians) and frequency of the strongest waves of the padded spectrum."""
    rows, columns = (2 * n for n in picture.shape)
    power = np.abs(np.fft.rfft2(picture, (rows, columns)))
    power[0, 0] = 0.0
    vertical, horizontal = np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns)[None, :]
    order = np.argsort(-power, axis=None, kind="stable")
    found: list[tuple[float, float]] = []
    for index in order.tolist():
        v, h = (float(f.ravel()[i]) for f, i in zip((vertical, horizontal), divmod(index, power.shape[1]), strict=True))
        near = [(v - q) ** 2 + (h - p) ** 2 < 0.08**2 or (v + q) ** 2 + (h + p) ** 2 < 0.08**2 for p, q in found]
        if not any(near):
            found.append((h, v))
        if len(found) == count:
            break
    # Rows count downwards, so a wave (h, v) has stripes at the angle of (v, h) from the rows, anticlockwise.
    return [(math.atan2(h, v) % math.pi, math.hypot(h, v)) for h, v in found]


def _grid(shape: tuple[int, int]) -> tuple[Array, Array]:
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    return x.ravel(), y.ravel()


def _basis(free: Array, x: Array, y: Array) -> Array:
    """Even and odd Gabor function and a constant (pixels, 3)."""
    x0, y0, across, along, angle, frequency = free
    right, up = x - x0, y0 - y
    b = right * math.cos(angle) + up * math.sin(angle)
    a = right * math.sin(angle) - up * math.cos(angle)
    envelope = np.exp(-0.5 * (a / math.exp(across)) ** 2 - 0.5 * (b / math.exp(along)) ** 2)
    wave = 2.0 * math.pi * frequency * a
    return np.column_stack([envelope * np.cos(wave), envelope * np.sin(wave), np.ones_like(a)])


def _linear(free: Array, values: Array, grid: tuple[Array, Array]) -> tuple[Array, Array]:
    """Coefficients of the basis, and the basis."""
    basis = _basis(free, *grid)
    coefficients = np.asarray(np.linalg.lstsq(basis, values, rcond=1e-10)[0], dtype=np.float64)
    return coefficients, basis


def _residual(free: Array, values: Array, grid: tuple[Array, Array]) -> Array:
    coefficients, basis = _linear(free, values, grid)
    result: Array = basis @ coefficients - values
    return result

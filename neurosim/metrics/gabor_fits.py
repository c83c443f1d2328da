"""Gabor functions fitted to many receptive fields at once: hundreds of fields in the time of one general search."""

from dataclasses import dataclass

import numpy as np

from neurosim.metrics.checks import real, representable
from neurosim.params import Array, ParameterError

_NARROWEST = 0.4
"""Smallest standard deviation of an envelope in pixels: below it all energy lies in one pixel."""
_ROUNDS = 60
"""Steps of the search from each start; on fields that are Gabor functions it has settled after about twenty."""
_X, _Y, _ACROSS, _ALONG, _ANGLE, _FREQUENCY = range(6)


@dataclass(frozen=True, eq=False)
class Gabors:
    """The Gabor function nearest to each receptive field.

    Equation
        amplitude exp(-u^2/(2 sigma_across^2) - v^2/(2 sigma_along^2)) cos(2 pi frequency u + phase), u across the
        stripes from the centre (x, y), v along them
    Shapes
        all (n,)
    Units
        x, y, sigma_across, sigma_along: pixels, from the middle of the pixel in the upper left corner; orientation:
        degrees in 0 .. 180, of the stripes, from the rows (0: horizontal stripes) anticlockwise; frequency: cycles per
        pixel; phase: degrees in 0 .. 360 (0: a ridge through the middle); r2: share of the variance over pixels that
        the function explains, NaN for a field without any
    """

    x: Array
    y: Array
    sigma_across: Array
    sigma_along: Array
    orientation: Array
    frequency: Array
    phase: Array
    amplitude: Array
    r2: Array


def fit_gabors(fields: object) -> Gabors:
    """Fit a Gabor function to every receptive field by least squares, from several starts each.

    Amplitude and phase are solved exactly for each trial of the other six numbers (variable projection), which
    Levenberg and Marquardt's method finds, all fields at once. Centres stay within a pixel of the picture, frequencies
    between 0 and 1/2, and no envelope is wider than the picture. Unlike `fit_gabor`, which takes its time over one
    field, it fits no constant: fields of mean 0, as whitened patches make them, need none.

    Shapes
        fields (n, height, width)
    Raises
        ParameterError: another shape, or fewer than 3 pixels along a side
    Source
        Jones & Palmer, J Neurophysiol 58 (1987) 1233 (the function); Golub & Pereyra, SIAM J Numer Anal 10 (1973)
        (variable projection).
    """
    pictures = real(fields, "fit_gabors(fields)")
    if pictures.ndim != 3 or min(pictures.shape[1:]) < 3:
        raise ParameterError(
            f"fit_gabors(fields): got shape {pictures.shape}, expected (n, height, width) with sides of at least 3"
        )
    size = np.abs(pictures).max(axis=(1, 2), keepdims=True)
    search = _Search(np.divide(pictures, size, out=np.zeros_like(pictures), where=size > 0))
    best, least = None, np.full(len(pictures), np.inf)
    for start in search.starts():
        found, error = search.refined(start)
        best = found if best is None else np.where((error < least)[:, None], found, best)
        least = np.minimum(error, least)
    assert best is not None
    return search.described(best, least, size[:, 0, 0])


class _Search:
    """Squared error of many fields as a function of six numbers each: x, y, log across, log along, angle, frequency."""

    def __init__(self, pictures: Array) -> None:
        self.height, self.width = pictures.shape[1:]
        self.pictures = pictures
        self.values = pictures.reshape(len(pictures), -1)
        rows, columns = np.divmod(np.arange(self.height * self.width), self.width)
        self.rows, self.columns = rows.astype(np.float64), columns.astype(np.float64)
        widest = np.log(max(self.height, self.width))
        self.low = np.array([-1.0, -1.0, np.log(_NARROWEST), np.log(_NARROWEST), -np.inf, 0.0])
        self.high = np.array([self.width, self.height, widest, widest, np.inf, 0.5])

    def starts(self) -> list[Array]:
        """Centre of the energy or its peak; angle and frequency of the strongest wave; envelopes narrow to wide."""
        angle, frequency = self._wave()
        energy = np.square(self.values)
        total = np.maximum(energy.sum(axis=1), np.finfo(float).tiny)
        centre = (energy @ self.columns / total, energy @ self.rows / total)
        peak = energy.argmax(axis=1)
        places = [centre, centre, (self.columns[peak], self.rows[peak])]
        side = min(self.height, self.width)
        spreads = [(side / 6, side / 4), (side / 2.5, side / 2.5), (side / 8, side / 3)]
        waves = [frequency, frequency, np.full(len(self.values), 0.5 / side)]
        found = []
        for (x, y), (across, along), wave in zip(places, spreads, waves, strict=True):
            wide = [np.full(len(x), np.log(max(spread, _NARROWEST))) for spread in (across, along)]
            found.append(np.column_stack([x, y, *wide, angle, wave]))
        return found

    def _wave(self) -> tuple[Array, Array]:
        """Angle and frequency at the peak of the spectrum, on a grid four times as fine as the picture's own."""
        shape = (4 * self.height, 4 * self.width)
        power = np.abs(np.fft.fft2(self.pictures, s=shape, axes=(1, 2))) ** 2
        down, right = np.meshgrid(np.fft.fftfreq(shape[0]), np.fft.fftfreq(shape[1]), indexing="ij")
        length = np.hypot(down, right)
        at = np.where(length <= 0.5, power, 0.0).reshape(len(power), -1).argmax(axis=1)
        return np.arctan2(down.ravel()[at], right.ravel()[at]), length.ravel()[at]

    def _basis(self, free: Array) -> tuple[Array, Array]:
        """Even and odd wave under the envelope, (n, pixels) each."""
        x, y = self.columns - free[:, [_X]], self.rows - free[:, [_Y]]
        cos, sin = np.cos(free[:, [_ANGLE]]), np.sin(free[:, [_ANGLE]])
        u, v = cos * x + sin * y, cos * y - sin * x
        spread = np.exp(-2.0 * free[:, [_ACROSS, _ALONG]])
        envelope = np.exp(-0.5 * (u**2 * spread[:, :1] + v**2 * spread[:, 1:]))
        wave = 2.0 * np.pi * free[:, [_FREQUENCY]] * u
        return envelope * np.cos(wave), envelope * np.sin(wave)

    def project(self, free: Array) -> tuple[Array, Array]:
        """What the best amplitude and phase leave of every field, and their coefficients (n, 2)."""
        even, odd = self._basis(free)
        gram = np.empty((len(free), 2, 2))
        gram[:, 0, 0], gram[:, 1, 1] = (even**2).sum(axis=1), (odd**2).sum(axis=1)
        gram[:, 0, 1] = gram[:, 1, 0] = (even * odd).sum(axis=1)
        # Where the odd wave vanishes (frequency 0) its coefficient is 0: a ridge far below every other number.
        gram[:, [0, 1], [0, 1]] += 1e-9
        right = np.stack([(even * self.values).sum(axis=1), (odd * self.values).sum(axis=1)], axis=1)
        weights = np.linalg.solve(gram, right[:, :, None])[:, :, 0]
        return self.values - weights[:, :1] * even - weights[:, 1:] * odd, weights

    def refined(self, start: Array) -> tuple[Array, Array]:
        """The local optimum next to a start and its squared error, field by field."""
        free = np.clip(start, self.low, self.high)
        rest, _ = self.project(free)
        error = (rest**2).sum(axis=1)
        damping = np.full(len(free), 1e-2)
        identity = np.eye(free.shape[1])
        for _ in range(_ROUNDS):
            slopes = self._slopes(free, rest)
            curvature = np.einsum("nap,nbp->nab", slopes, slopes)
            scale = np.einsum("naa->na", curvature) + 1e-9
            step = np.linalg.solve(
                curvature + (damping[:, None] * scale)[:, :, None] * identity,
                -np.einsum("nap,np->na", slopes, rest)[:, :, None],
            )[:, :, 0]
            new = np.clip(free + step, self.low, self.high)
            new_rest, _ = self.project(new)
            new_error = (new_rest**2).sum(axis=1)
            better = new_error < error
            free, rest = np.where(better[:, None], new, free), np.where(better[:, None], new_rest, rest)
            error = np.where(better, new_error, error)
            damping = np.clip(np.where(better, damping / 3.0, damping * 4.0), 1e-9, 1e9)
        return free, error

    def _slopes(self, free: Array, rest: Array) -> Array:
        """Derivative of what is left by each of the six numbers, (n, 6, pixels)."""
        width = 1e-6
        slopes = []
        for k in range(free.shape[1]):
            moved = free.copy()
            moved[:, k] += width
            slopes.append((self.project(moved)[0] - rest) / width)
        return np.stack(slopes, axis=1)

    def described(self, free: Array, error: Array, size: Array) -> Gabors:
        """The fitted numbers as one reads them."""
        _, weights = self.project(free)
        spread = np.square(self.values - self.values.mean(axis=1, keepdims=True)).sum(axis=1)
        r2 = np.where(spread > 0, 1.0 - error / np.where(spread > 0, spread, 1.0), np.nan)
        # Rows count downwards: the wave's angle turns the other way round, and bars stand at right angles to it.
        orientation = np.degrees(np.mod(np.pi / 2 - free[:, _ANGLE], np.pi)) % 180.0
        phase = np.degrees(np.arctan2(-weights[:, 1], weights[:, 0])) % 360.0
        with np.errstate(over="ignore"):
            amplitude = representable(size * np.hypot(*weights.T), "fit_gabors(fields)")
        return Gabors(
            free[:, _X], free[:, _Y], np.exp(free[:, _ACROSS]), np.exp(free[:, _ALONG]), orientation,
            free[:, _FREQUENCY], phase, amplitude, r2,
        )  # fmt: skip

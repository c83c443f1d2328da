"""Units on a line that weigh the light by a difference of two Gaussians."""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.inhibition._ring import respond


@dataclass(frozen=True, eq=False)
class TwoGaussians:
    """Receptors finer than the units on a line, and units that weigh them by a difference of Gaussians."""

    circuit: ns.Circuit
    units: np.ndarray
    receptors: np.ndarray

    @classmethod
    def make(cls, sigma_e, sigma_i, weight, units, spacing):
        # Six standard deviations leave 1e-9 of a Gaussian outside.
        reach = float(np.abs(units).max()) + 6 * max(sigma_e, sigma_i)
        half = math.ceil(reach / spacing)
        receptors = (np.arange(-half, half) + 0.5) * spacing
        kernel = ns.kernels.DifferenceOfGaussians(sigma_e=sigma_e, sigma_i=sigma_i, ratio=weight)
        field = spacing * kernel(np.abs(np.subtract.outer(units, receptors)))
        # A spontaneous activity of 1 keeps the dark bands above zero; it is taken off again.
        retina = ns.Population("retina", len(units), bias=1.0)
        sight = ns.Projection("sight", "light", "retina", field, sign=None, tau=0.0)
        return cls(ns.Circuit({"light": len(receptors)}, [retina], [sight]), units, receptors)

    def see(self, light):
        """Change of the activity (trials, units) of rectified units that see this light."""
        return respond(self.circuit, ns.Unit(), light) - 1.0

    def transfer(self, k):
        """Amplitude of the response of the unit nearest to 0 to gratings, a cosine of amplitude 1 each."""
        return self.see(np.cos(np.multiply.outer(k, self.receptors)))[:, int(np.abs(self.units).argmin())]

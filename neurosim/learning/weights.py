"""The weights of a plastic projection while they change: which connections exist, and the bounds that hold."""

import numpy as np
import numpy.typing as npt

from neurosim.circuit import Projection
from neurosim.kernels import UniformLateral
from neurosim.params import Array
from neurosim.plasticity.base import RateRule


class PlasticWeights:
    """Where the weights (post, pre) of one projection start, and what they may become; dense while they learn.

    A connection exists where a sparse matrix stores one, where a uniform lateral motif has one, and everywhere in a
    dense matrix; from a population onto itself, a diagonal of zeros stays one. Weights of a signed projection stay at
    or above 0, and no magnitude exceeds the rule's `w_max`.
    """

    def __init__(self, projection: Projection) -> None:
        self.projection = projection
        self.start: Array = np.array(projection.dense(), dtype=np.float64)
        self.exists = self._existing()
        rule = projection.rule
        self.limit = rule.w_max / rule.reference if isinstance(rule, RateRule) else np.inf

    def _existing(self) -> npt.NDArray[np.bool_] | None:
        """Where a connection is; None for everywhere."""
        p = self.projection
        if isinstance(p.weights, np.ndarray):
            alone = p.pre == p.post and not np.diagonal(p.weights).any()
            return ~np.eye(len(p.weights), dtype=bool) if alone else None
        if isinstance(p.weights, UniformLateral):
            return ~np.eye(p.weights.n, dtype=bool)
        pattern = p.weights.copy()
        pattern.data = np.ones_like(pattern.data)
        stored: npt.NDArray[np.bool_] = pattern.toarray() > 0
        return stored

    def bounded(self, values: Array) -> Array:
        """These weights within the bounds, on the connections that exist."""
        low = -self.limit if self.projection.sign is None else 0.0
        inside: Array = np.clip(values, low, self.limit)
        return inside if self.exists is None else np.where(self.exists, inside, 0.0)

"""Weight normalisation: the incoming weights of every unit keep one sum (or length)."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from neurosim.homeostasis.base import Homeostasis, State
from neurosim.params import Array, param


@dataclass(frozen=True, kw_only=True)
class WeightNormalisation(Homeostasis):
    """After every presentation the incoming weights of a unit are multiplied so that their norm is `total` again.

    Equation
        w_ij <- w_ij * (total/reference) / (sum_j |w_ij|^order)^(1/order); a unit without any weight keeps none
    Shapes
        w (post, pre), each projection by itself
    Units
        total in units of 1/reference (the weight times the reference rate, as in the rules)
    Source
        von der Malsburg, Kybernetik 14 (1973) (sum of the weights held constant).
    """

    settles: ClassVar[bool] = True

    total: float = param(1.0, doc="norm of a unit's incoming weights times the reference rate", above=0)
    order: int = param(1, doc="1: sum of the magnitudes, 2: Euclidean length", choices=(1, 2))

    @property
    def acts_on(self) -> Literal["bias", "weights"]:
        return "weights"

    def scale(self, w: Any, post: Any, state: State | None = None) -> Array:
        w = self._weights(w, post, state)
        size = np.linalg.norm(w, ord=self.order, axis=1, keepdims=True) * self.reference
        factor = np.divide(self.total, size, out=np.zeros_like(size), where=size > 0)
        result: Array = w * factor
        return result

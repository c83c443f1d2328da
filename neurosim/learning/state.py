"""Everything that a learning run changes, and how it is told to and read from a checkpoint."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.learning.weights import Weights
from neurosim.params import Array


@dataclass(frozen=True)
class State:
    """The state between two batches. It is replaced in one assignment, so a batch counts whole or not at all."""

    batches: int
    weights: Mapping[str, Weights]
    bias: Mapping[str, Array]
    rule_state: Mapping[str, Mapping[str, Array]]
    law_state: Mapping[str, Mapping[str, Array]]
    learned: Mapping[str, Mapping[str, Array]]
    wall: float = 0.0
    inside: float = 0.0
    """Seconds of all that in the engine."""

    def facts(self) -> dict[str, float]:
        """What a checkpoint holds of it as numbers."""
        return {"batches": self.batches, "wall": self.wall, "inside": self.inside}

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What a checkpoint holds of it as arrays."""
        arrays: dict[str, npt.NDArray[Any]] = {f"weights.{name}": part.now() for name, part in self.weights.items()}
        arrays |= {f"unsettled.{name}": part.unsettled for name, part in self.weights.items()}
        arrays |= {f"bias.{name}": values for name, values in self.bias.items()}
        for kind, memory in (("rule", self.rule_state), ("law", self.law_state), ("learned", self.learned)):
            arrays |= {f"{kind}.{key}/{name}": value for key, part in memory.items() for name, value in part.items()}
        return arrays

    def restored(
        self, facts: Mapping[str, Any], arrays: Mapping[str, Any], give: Callable[[str, Array], Array]
    ) -> "State":
        """Another state of the same run, from what a checkpoint holds; `give` makes weights those of the engine."""
        unsettled = named(arrays, "unsettled.", self.weights)
        weights = {name: give(name, values) for name, values in named(arrays, "weights.", self.weights).items()}
        return State(
            int(facts["batches"]),
            {name: Weights.at_start(values, unsettled[name]) for name, values in weights.items()},
            named(arrays, "bias.", self.bias),
            {key: named(arrays, f"rule.{key}/", part) for key, part in self.rule_state.items()},
            {key: named(arrays, f"law.{key}/", part) for key, part in self.law_state.items()},
            {key: named(arrays, f"learned.{key}/", part) for key, part in self.learned.items()},
            float(facts["wall"]),
            float(facts["inside"]),
        )


def named(arrays: Mapping[str, Any], kind: str, names: Iterable[str]) -> dict[str, Any]:
    """The arrays of these names behind a prefix."""
    return {name: np.asarray(arrays[f"{kind}{name}"]) for name in names}

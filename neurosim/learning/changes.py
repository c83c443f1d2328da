"""How a batch changes what is plastic: rules first, then homeostases, from one state to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from neurosim.circuits.circuit import Circuit
from neurosim.engines.base import EVERY, Presented, Teacher, Units
from neurosim.homeostasis.base import Homeostasis
from neurosim.learning.rules import settling
from neurosim.learning.state import State
from neurosim.learning.weights import PlasticWeights, Weights
from neurosim.params import Array


class BeyondError(Exception):
    """Weights of a projection that are not finite, or beyond all measure."""

    def __init__(self, name: str, largest: float) -> None:
        super().__init__(name, largest)
        self.name, self.largest = name, largest


@dataclass(frozen=True, eq=False)
class Changes:
    """Rules and homeostases of a circuit, and who keeps its weights while it learns."""

    circuit: Circuit
    rules: Mapping[str, Any]
    """Rules of rates, by projection."""
    teacher: Teacher | None

    @cached_property
    def plastic(self) -> dict[str, PlasticWeights]:
        """Projections that learn."""
        return {p.name: PlasticWeights(p) for p in self.circuit.projections if p.rule is not None}

    @cached_property
    def laws(self) -> dict[str, tuple[Any, Homeostasis]]:
        """Every homeostasis with its population."""
        every = self.circuit.populations
        return {f"{p.name}.{k}": (p, law) for p in every for k, law in enumerate(p.homeostasis)}

    @cached_property
    def settling(self) -> dict[str, bool]:
        """By population, whether its homeostases leave alone what they have settled."""
        return {p.name: settling(p.homeostasis) for p in self.circuit.populations}

    def start(self, learned: Mapping[str, Mapping[str, Array]]) -> State:
        """The state before the first batch; `learned` is what the cells have learned by then, by variable."""
        weights = {name: self.give(name, w.start) for name, w in self.plastic.items()}
        return State(
            0, {name: Weights.at_start(values) for name, values in weights.items()},
            {p.name: np.array(p.bias) for p, law in self.laws.values() if law.acts_on == "bias"},
            {name: dict(rule.initial_state(*weights[name].shape)) for name, rule in self.rules.items()},
            {key: dict(law.initial_state(int(p.size))) for key, (p, law) in self.laws.items()},
            learned,
        )  # fmt: skip

    def give(self, name: str, weights: Array, units: Units = EVERY) -> Array:
        """Weights as the engine keeps them, where it does."""
        return weights if self.teacher is None else self.teacher.give(name, units, weights)

    def as_given(self, weights: Mapping[str, Array], bias: Mapping[str, Array]) -> Circuit:
        """The circuit with these weights; sparse ones are sparse again."""
        given = {name: self.plastic[name].as_given(values) for name, values in weights.items()}
        return self.circuit.with_weights(**given).with_bias(**bias)

    def after(self, old: State, rates: Mapping[str, Array], presented: Presented | None) -> State:
        """The state after a batch: rules first, all from the same activities and weights; then homeostasis.

        Raises:
            BeyondError: weights left all bounds.
        """
        changes: dict[str, tuple[Units, Array]] = {}
        rule_state, law_state, bias = {}, {}, dict(old.bias)
        if presented is not None and self.teacher is not None:
            changes = {n: self._taught(self.teacher, old, n, presented) for n in self.plastic if n not in self.rules}
        for name, rule in self.rules.items():
            p, before = self.plastic[name].projection, old.weights[name].now()
            arguments = (before, rates[p.pre], rates[p.post], old.rule_state[name])
            changes[name] = EVERY, self.plastic[name].bounded(before + rule.dw(*arguments))
            rule_state[name] = rule.next_state(*arguments)
        cut = {name: np.zeros(len(rows), dtype=bool) for name, (_, rows) in changes.items()}
        for key, (population, law) in self.laws.items():
            post, state = rates[population.name], old.law_state[key]
            if law.acts_on == "bias":
                bias[population.name] = bias[population.name] + law.bias_change(post, state)
            for name in (p.name for p in self.circuit.onto(population.name) if p.name in changes):
                units, rows = changes[name]
                if not len(rows):
                    continue
                if not np.isfinite(rows).all():  # no law brings these back, and the run so far is not lost
                    raise BeyondError(name, np.inf)
                wanted = law.scale(rows, post[:, units], state)
                rows = self.plastic[name].bounded(wanted, units)
                changes[name], cut[name] = (units, rows), cut[name] | self.plastic[name].cut(wanted, rows)
            law_state[key] = law.next_state(post, state)
        weights = {}
        for name, (units, rows) in changes.items():
            largest = float(np.abs(rows).max(initial=0.0))
            if not largest <= self.plastic[name].beyond:
                raise BeyondError(name, largest)
            weights[name] = old.weights[name].after(units, self.give(name, rows, units), cut[name])
        learned = {} if presented is None else presented.learned
        return State(old.batches + 1, weights, bias, rule_state, law_state, learned, old.wall)

    def _taught(self, teacher: Teacher, now: State, name: str, presented: Presented) -> tuple[Units, Array]:
        """Units that the homeostases have to look at after a presentation, and their weights.

        Those whose weights are others than before; where every law leaves alone what it has settled, no others.
        """
        old, post = now.weights[name], self.plastic[name].projection.post
        touched = np.zeros(len(old.unsettled), dtype=bool)
        touched[presented.touched[name]] = True
        units = np.flatnonzero(touched | old.unsettled | (not self.settling[post]))
        rows = teacher.incoming(name, units)
        due = (rows != old.now()[units]).any(axis=1) | old.unsettled[units] | (not self.settling[post])
        return units[due], rows[due]

"""Which rules act when, and everything that can be wrong with them before anything runs."""

import dataclasses
from collections.abc import Iterable

from neurosim.activations.base import lowest_ceiling
from neurosim.circuits.circuit import Circuit
from neurosim.engines.base import Job, learned_of, learns
from neurosim.homeostasis.base import Homeostasis
from neurosim.params import ParameterError
from neurosim.plasticity.base import RateRule, SpikeRule
from neurosim.stimuli.stimulus import Stimulus

_SPIKES = 3e4
"""Input spikes that are drawn together: they fit the second-level cache."""


def drawn_together(job: Job, stimulus: Stimulus) -> int:
    """How many presentations' input spikes are drawn at once."""
    if job.steady_inputs:
        return 1
    spikes = sum(rates.sum() / stimulus.trials / stimulus.frames_of(name) for name, rates in stimulus.rates.items())
    return max(1, min(64, int(_SPIKES / max(1.0, spikes * job.schedule.duration))))


def during_presentation(circuit: Circuit) -> Circuit:
    """What learns while a presentation runs: the circuit with its rules of spike times alone."""
    frozen = circuit.frozen()
    learning = [
        p if isinstance(p.rule, SpikeRule) else still
        for p, still in zip(circuit.projections, frozen.projections, strict=True)
    ]
    return dataclasses.replace(frozen, projections=tuple(learning))


def one_by_one(job: Job) -> bool:
    """Whether something learns while a presentation runs, so that each must wait for the one before."""
    return learns(job) or bool(learned_of(job))


def rate_rules(job: Job, batch: int) -> dict[str, RateRule]:
    """The rules of rates by projection, after everything that can be wrong with them before anything runs."""
    level = next(iter(job.cells.values())).level
    if one_by_one(job) and batch != 1:
        raise ParameterError(
            f"learn: batch: got {batch}, expected 1: rules of spike times and cells that learn go from one "
            "presentation to the next"
        )
    if not job.circuit.plastic and not learned_of(job):
        raise ParameterError(
            "learn: nothing in the circuit learns; give a projection a rule or a population a homeostasis"
        )
    plastic = {p.post for p in job.circuit.projections if p.rule is not None}
    for population in job.circuit.populations:
        for law in population.homeostasis:
            if law.acts_on == "weights" and population.name not in plastic:
                raise ParameterError(
                    f"learn: population {population.name!r}: {type(law).__name__} scales the weights of projections "
                    "that carry a rule, and none leads here; give one a rule (Hebb(learning_rate=0) changes nothing)"
                )
        transfer = job.cells[population.name].transfer
        for law in population.homeostasis:
            target = getattr(law, "target", 0.0)
            if transfer is not None and target >= lowest_ceiling(transfer):
                raise ParameterError(
                    f"learn: population {population.name!r}: got a target of {target:g} Hz, expected less than "
                    f"{lowest_ceiling(transfer):g} Hz, which its cells never exceed"
                )
    rules = {}
    for p in job.circuit.projections:
        if p.rule is None:
            continue
        name = type(p.rule).__name__
        if level not in p.rule.rungs:
            rungs = " and ".join(sorted(p.rule.rungs))
            raise ParameterError(
                f"learn: projection {p.name!r}: {name} lives on the {rungs} rung, and these cells are {level} cells"
            )
        if isinstance(p.rule, RateRule):
            rules[p.name] = p.rule
    return rules


def settling(laws: Iterable[Homeostasis]) -> bool:
    """Whether weights that nothing changed need not be scaled again."""
    scaling = [law for law in laws if law.acts_on == "weights"]
    return len(scaling) <= 1 and all(law.settles for law in scaling)

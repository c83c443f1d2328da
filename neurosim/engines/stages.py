"""Circuits of several levels: which populations run together, in which order, and what they hand on to each other.

What a population sends is handed on in steps of dt: spikes as spikes, activity as a current that stands for a step. So
a rate unit filters the spikes that it hears with its synapse, a spiking cell gets the current W (kappa * r), and a
static unit answers at once to what has passed its synapses.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.cells.base import Cell
from neurosim.circuits.circuit import Circuit, Input
from neurosim.circuits.delays import longest
from neurosim.params import Array, ParameterError
from neurosim.recording import Spikes
from neurosim.stimuli.given_spikes import GivenSpikes
from neurosim.stimuli.stimulus import Stimulus


@dataclass(frozen=True, eq=False)
class Sent:
    """What a population sent: spikes, or its activity at the beginning of every step, (trials, steps, units)."""

    spikes: Spikes | None = None
    activity: Array | None = None

    def same_as(self, other: "Sent") -> bool:
        """Whether it is the same to the last bit."""
        if self.spikes is None or other.spikes is None:
            return np.array_equal(self.activity, other.activity)  # type: ignore[arg-type]
        return all(np.array_equal(getattr(self.spikes, n), getattr(other.spikes, n)) for n in vars(self.spikes))


@dataclass(frozen=True)
class Stage:
    """Populations that run at the same time: in parts of one level each, and several times over where these loop."""

    parts: tuple[tuple[str, ...], ...]
    loops: bool


def stages_of(circuit: Circuit, cells: Mapping[str, Cell]) -> list[Stage]:
    """The stages of a circuit, those that are heard first; neighbours of one level run together.

    Raises:
        ParameterError: static units that close a loop without a synapse's time constant or a delay.
    """
    names = [p.name for p in circuit.populations]
    hears = {name: {p.pre for p in circuit.onto(name) if p.pre in names} for name in names}
    reach = reached(hears)
    _refuse_instantaneous(circuit, [name for name in names if cells[name].level == "static"])
    loops = [tuple(m for m in names if m == n or (m in reach[n] and n in reach[m])) for n in names]
    left = list(dict.fromkeys(loops))
    found: list[Stage] = []
    while left:
        ready = [g for g in left if not any(m in other for m in reach[g[0]] for other in left if other != g)]
        last = cells[found[-1].parts[0][0]].level if found and not found[-1].loops else None
        plain = [g for g in ready if _one_level(g, cells) not in (None, "static")]
        going_on = [g for g in plain if _one_level(g, cells) == last]
        group = (going_on or ready)[0]
        left.remove(group)
        if going_on:
            found[-1] = Stage((tuple(n for n in names if n in (*found[-1].parts[0], *group)),), False)
        elif group in plain:
            found.append(Stage((group,), False))
        else:
            found.append(Stage(_parts(group, cells), any(n in hears[n] for n in group) or len(group) > 1))
    return found


def reached(hears: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Whom each hears, also by way of others."""
    result = {}
    for name in hears:
        found: set[str] = set()
        waiting = list(hears[name])
        while waiting:
            other = waiting.pop()
            if other not in found:
                found.add(other)
                waiting += hears.get(other, ())
        result[name] = found
    return result


def _one_level(group: tuple[str, ...], cells: Mapping[str, Cell]) -> str | None:
    levels = {cells[name].level for name in group}
    return levels.pop() if len(levels) == 1 else None


def _parts(group: tuple[str, ...], cells: Mapping[str, Cell]) -> tuple[tuple[str, ...], ...]:
    """A group's parts of one level each; a static population is one of its own."""
    parts: list[tuple[str, ...]] = []
    for level in ("spiking", "rate"):
        mine = tuple(n for n in group if cells[n].level == level)
        parts += [mine] if mine else []
    return (*parts, *((n,) for n in group if cells[n].level == "static"))


def _refuse_instantaneous(circuit: Circuit, static: list[str]) -> None:
    at_once = {
        name: {p.pre for p in circuit.onto(name) if p.pre in static and p.tau == 0 and not longest(p.delay)}
        for name in static
    }
    for name, others in reached(at_once).items():
        if name in others:
            raise ParameterError(
                f"simulate: cells: the static unit {name!r} closes an instantaneous loop among other levels, expected "
                "a synapse with a time constant or a delay in it, or rate cells there"
            )


def silent(
    circuit: Circuit, names: Iterable[str], cells: Mapping[str, Cell], shape: tuple[int, int]
) -> dict[str, Sent]:
    """What populations send that have not run: nothing, in (trials, steps)."""
    none = np.zeros(0, dtype=np.int64)
    return {
        name: Sent(spikes=Spikes(np.zeros(0), none, none))
        if cells[name].level == "spiking"
        else Sent(activity=np.zeros((*shape, circuit.sizes[name])))
        for name in names
    }


def _another_name(name: str, known: Iterable[str]) -> str:
    other = f"{name}_before"
    while other in known:
        other += "_"
    return other


def part_of(
    circuit: Circuit, names: tuple[str, ...], stimulus: Stimulus | None, sent: Mapping[str, Sent], dt: float
) -> tuple[Circuit, Stimulus | None]:  # fmt: skip
    """Some populations as a circuit of their own, whose inputs are the circuit's and what ran before."""
    projections = [p for p in circuit.projections if p.post in names]
    known = {part.name: int(part.size) for part in (*circuit.inputs, *circuit.populations)}
    # Who hears itself by way of what it has sent hears it from an input of another name.
    own = {name: _another_name(name, known) for name in names if name in sent}
    projections = [dataclasses.replace(p, pre=own[p.pre]) if p.pre in own else p for p in projections]
    known |= {other: known[name] for name, other in own.items()}
    sent = {own.get(name, name): each for name, each in sent.items()}
    heard = {p.pre for p in projections} - set(names)
    inputs = [Input(name, size) for name, size in known.items() if name in heard]
    part = Circuit(tuple(inputs), tuple(p for p in circuit.populations if p.name in names), tuple(projections))
    trials = 1 if stimulus is None else stimulus.trials
    identity = np.arange(trials) if stimulus is None else stimulus.identity
    rates: dict[str, Any] = {}
    kinds: dict[str, Any] = {}
    frames: dict[str, Any] = {}
    given: dict[str, GivenSpikes] = {}
    for source in inputs:
        name = source.name
        if name not in sent:
            assert stimulus is not None
            if name in stimulus.given:
                given[name] = stimulus.given[name]
            else:
                rates[name], kinds[name] = stimulus.rates[name], stimulus.kind(name)
                frames[name] = stimulus.frame_of(name)
        elif (each := sent[name]).spikes is not None:
            spikes = each.spikes
            given[name] = GivenSpikes(spikes.times, spikes.units, spikes.trials, source.size, trials)
        else:
            rates[name], kinds[name], frames[name] = each.activity, "constant", dt
    if not inputs:
        if trials > 1:
            raise ParameterError(
                f"simulate: {names[0]!r} hears nothing and there are {trials} trials, expected a projection onto it "
                "where populations have several levels"
            )
        return part, None
    return part, Stimulus(rates, kinds, frames, identity, given)

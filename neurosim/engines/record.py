"""What a run keeps besides its mean rates: which variables, of which units, in which steps."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurosim.circuits.circuit import Circuit
from neurosim.gate import labels, shown, whole
from neurosim.params import Array, DimensionError, ParameterError
from neurosim.recording import Spikes, Traces
from neurosim.registry import unknown_name
from neurosim.stimuli.spiketrains import Integers, SpikeTrains

EVENTS = frozenset({"spikes", "input_spikes"})
"""What has times of its own; everything else is a variable over time."""

APART = ("excitation", "inhibition")
"""What arrives by sign, both as magnitudes: drive = bias + excitation - inhibition where a cell has one drive."""

_WAY_OUT = 'expected True, or what to keep of it, such as {"units": [0, 5], "every": 10}'


@dataclass(frozen=True, eq=False)
class Wanted:
    """Of one variable: whose, and in which steps."""

    units: Mapping[str, Integers | None]
    """Numbers by population (of input spikes by input), None for all of them; whoever is not named is left out."""
    every: int = 1
    """Steps whose number, counted from the start of the first run, is a multiple of this."""

    def picked(self, name: str) -> Any:
        """An index of the units of a population."""
        units = self.units[name]
        return slice(None) if units is None else units

    def count(self, name: str, size: int) -> int:
        """How many units of a population of this size."""
        if name not in self.units:
            return 0
        units = self.units[name]
        return size if units is None else len(units)

    def steps(self, start: int, stop: int) -> Integers:
        """Steps of a run that are kept."""
        return np.arange(-(-start // self.every) * self.every, stop, self.every)


@dataclass(frozen=True, eq=False)
class Record(Mapping[str, Wanted]):
    """What is wanted, by name."""

    wanted: Mapping[str, Wanted] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Wanted:
        return self.wanted[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.wanted)

    def __len__(self) -> int:
        return len(self.wanted)

    @property
    def variables(self) -> list[str]:
        """Names of variables over time."""
        return sorted(set(self.wanted) - EVENTS)

    def values_per_trial(self, circuit: Circuit, start: int, stop: int) -> int:
        """How many numbers the variables over time are."""
        total = 0
        for name in self.variables:
            one = self[name]
            units = sum(one.count(p.name, int(p.size)) for p in circuit.populations)
            total += len(one.steps(start, stop)) * units
        return total

    def apart(self, population: str) -> list[str]:
        """Which of excitation and inhibition are wanted of a population."""
        return [name for name in APART if name in self and population in self[name].units]


def wanted(given: Any, circuit: Circuit, where: str) -> Record:
    """What somebody wants to record of a circuit: a name, several, or a mapping that says of each what to keep.

    Raises:
        DimensionError: neither names nor what to keep of them.
        ParameterError: units that do not exist, twice or none; steps that are none; unknown populations and choices.
    """
    if isinstance(given, str):
        given = (given,)
    if not isinstance(given, Iterable):
        raise DimensionError(f'{where}: got {shown(given)}, expected names such as ("spikes", "v"), or () for nothing')
    pairs = given if isinstance(given, Mapping) else dict.fromkeys(_names(given, where), True)
    _names(pairs, where)
    found = {name: _one(name, kept, circuit, f"{where}[{name!r}]") for name, kept in pairs.items() if kept is not False}
    return Record(found)


def _names(given: Iterable[Any], where: str) -> tuple[str, ...]:
    try:
        found = tuple(given)
    except TypeError:  # a masked constant says that it is iterable
        raise DimensionError(f'{where}: got {shown(given)}, expected names such as ("spikes", "v")') from None
    for name in found:
        if not isinstance(name, str):
            raise DimensionError(f'{where}: got {shown(name)}, expected names such as "spikes" or "v"')
    return found


def _one(name: str, kept: Any, circuit: Circuit, where: str) -> Wanted:
    if kept is not True and not isinstance(kept, Mapping):
        raise DimensionError(f"{where}: got {shown(kept)}, {_WAY_OUT}")
    choices = {} if kept is True else dict(kept)
    for choice in choices:
        if choice not in ("units", "every"):
            raise unknown_name(f"choice of what to keep (in {where})", choice, ("units", "every"))
    inputs = name == "input_spikes"
    sizes = {p.name: int(p.size) for p in (circuit.inputs if inputs else circuit.populations)}
    every = whole(choices.get("every", 1), f"{where}: every", low=1, doc="one of so many steps is kept")
    if name in EVENTS and every > 1:
        raise ParameterError(f"{where}: every: got {every}, expected none: {name} have times of their own")
    units = choices.get("units")
    if not isinstance(units, Mapping):
        return Wanted({p: _numbers(units, n, f"{where}: units", p) for p, n in sizes.items()}, every)
    for p in units:
        if p not in sizes:
            raise unknown_name(f"{'input' if inputs else 'population'} (in {where})", p, sizes)
    return Wanted({p: _numbers(u, sizes[p], f"{where}: units[{p!r}]", p) for p, u in units.items()}, every)


def _numbers(units: Any, size: int, where: str, name: str) -> Integers | None:
    """Numbers of units, checked; None for all of them."""
    if units is None or units is True:
        return None
    if isinstance(units, str | bool):
        raise DimensionError(f"{where}: got {shown(units)}, expected numbers of units such as [0, 5]")
    numbers = labels(units, where)
    if numbers.ndim != 1:
        raise ParameterError(f"{where}: got shape {numbers.shape}, expected numbers of units in a row such as [0, 5]")
    if len(numbers) == 0:
        raise ParameterError(f"{where}: got no unit, expected at least one; what is not wanted is not named")
    if numbers.max() >= size:
        raise ParameterError(
            f"{where}: got {numbers.max()}, expected 0 to {size - 1}, the units of {name!r}; name the population if "
            f'another one is meant: "units": {{{name!r}: [0]}}'
        )
    if len(set(numbers.tolist())) < len(numbers):
        raise ParameterError(f"{where}: got a unit twice, expected each once")
    return numbers


def kept_spikes(spikes: Spikes, one: Wanted, name: str) -> Spikes:
    """Of a population's spikes those of the units that are wanted."""
    units = one.units[name]
    if units is None:
        return spikes
    mine = np.isin(spikes.units, units)
    return Spikes(spikes.times[mine], spikes.units[mine], spikes.trials[mine])


def kept_inputs(trains: Mapping[str, SpikeTrains], record: Record, start: int) -> dict[str, Spikes]:
    """The input spikes that are wanted, from the run's first step on."""
    found = {}
    for name, train in trains.items():
        if "input_spikes" in record and name in record["input_spikes"].units:
            mine = train.steps >= start
            every = Spikes(train.times[mine], train.units[mine], train.trials[mine])
            found[name] = kept_spikes(every, record["input_spikes"], name)
    return found


def as_traces(values: Mapping[str, Array], record: Record, name: str, span: tuple[int, int], dt: float) -> Traces:
    """A population's variables over time, each (steps, trials, units) as wanted, in a run from step to step."""
    times: dict[str, Array] = {v: record[v].steps(*span) * np.float64(dt) for v in values}
    finest = min(values, key=lambda variable: record[variable].every)
    own = {v: each for v, each in times.items() if record[v].every != record[finest].every}
    units = {v: numbers for v in values if (numbers := record[v].units[name]) is not None}
    return Traces(times[finest], dict(sorted(values.items())), units, own)

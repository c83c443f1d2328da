"""What the inputs of a circuit do: trials x units rates, and how a spiking cell receives them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal, get_args

import numpy as np

from neurosim.gate import count as whole_number
from neurosim.gate import fits, instance, labels, real, shown, text
from neurosim.params import Array, DimensionError, ParameterError, seconds
from neurosim.randomness import check_apart
from neurosim.registry import exports, unknown_name
from neurosim.stimuli.encoders import draw_counts as draw_counts
from neurosim.stimuli.encoders import encode as encode
from neurosim.stimuli.given_spikes import GivenSpikes as GivenSpikes
from neurosim.stimuli.given_spikes import given_spikes
from neurosim.stimuli.spikecounts import SpikeCounts as SpikeCounts
from neurosim.stimuli.spiketrains import Integers, pick
from neurosim.stimuli.spiketrains import SpikeTrains as SpikeTrains

Encoding = Literal["constant", "poisson", "regular", "counts", "spikes"]


@dataclass(frozen=True, eq=False, repr=False)
class Stimulus:
    """Rates of every input in every trial, and how each input arrives.

    "poisson" and "regular" inputs send spikes to a spiking cell, at most one per channel and step. With "counts" each
    channel stands for many sources and sends a Poisson number of spikes per step, several in one step where the rate is
    high; static and rate cells see its mean rate. "spikes" are given times (`given`). A "constant" input arrives
    everywhere as a steady drive, and may be negative: that is the free-signed input of an artificial network, not a
    firing rate. Every input begins at t = 0 and is silent before: a constant one of u Hz that passes a synapse of time
    constant tau after a delay contributes W u (1 - exp(-(t - delay)/tau)) from t = delay on.

    Shapes
        rates[input]: (trials, units), or (trials, frames, units) for a movie; given as (units,) or (frames, units) it
        is one trial
    Units
        rates Hz, frame s (length of one frame)
    Raises:
        ParameterError: no input or trial, NaN, a negative rate to be sent as spikes, or inputs that do not fit.
    """

    rates: dict[str, Array]
    encoding: Encoding | Mapping[str, Encoding] = "constant"
    """How the inputs arrive: one word, or one for each of them by name where they differ."""
    frame: float | Mapping[str, float | None] | None = None
    """Length of a frame; by name, None for an input that is no movie, where they differ."""
    identity: Any = None
    """(trials,) numbers that choose each trial's random draws; a selected trial keeps its number and so its spikes."""
    given: Mapping[str, GivenSpikes] = field(default_factory=dict)
    """Spike times of the inputs that have their own; their `rates` are the mean ones."""
    _kinds: dict[str, Any] = field(init=False, default_factory=dict)
    _frames: dict[str, float | None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.rates, Mapping) or not (self.rates or self.given):
            got = shown(self.rates)
            raise DimensionError(f"Stimulus.rates: got {got}, expected a dictionary of arrays by input name")
        for name, spikes in instance(self.given, Mapping, "Stimulus.given", "spike times by input name").items():
            instance(spikes, GivenSpikes, f"Stimulus.given[{name!r}]", "the spike times of stimulus.spikes(...)")
        for name in (*self.rates, *self.given):
            instance(name, str, "Stimulus: input", "the name of an input, a text")
        object.__setattr__(self, "given", dict(self.given))
        names = [*(name for name in self.rates if name not in self.given), *self.given]
        object.__setattr__(self, "_kinds", self._by_input("encoding", names, _encoding))
        object.__setattr__(self, "_frames", self._by_input("frame", names, _frame))
        checked = {name: self._checked(name, self.rates[name]) for name in names if name not in self.given}
        checked |= {name: _read_only(spikes.mean) for name, spikes in self.given.items()}
        object.__setattr__(self, "rates", checked)
        check_apart(checked, "Stimulus.rates")
        apart = isinstance(self.frame, Mapping)
        lengths = {name: values.shape[: 1 if apart else -1] for name, values in checked.items()}
        if len(set(lengths.values())) > 1:
            same = "trials" if apart else "trials and frames"
            raise ParameterError(f"Stimulus.rates: got {lengths}, expected the same {same} for all inputs")
        every = np.arange(self.trials)
        identity = every if self.identity is None else np.array(labels(self.identity, "Stimulus.identity"))
        if identity.shape != (self.trials,):
            raise ParameterError(f"Stimulus.identity: got {shown(self.identity)}, expected {self.trials} numbers >= 0")
        identity.setflags(write=False)
        object.__setattr__(self, "identity", identity)

    def _by_input(self, field: str, names: list[str], checked: Callable[[str, Any], Any]) -> dict[str, Any]:
        """A setting of every input; in the field itself one value where all have the same, else one per name."""
        value = getattr(self, field)
        if isinstance(value, Mapping):
            for name in value:
                if name not in names:
                    raise unknown_name(f"input (in Stimulus.{field})", name, names)
        each = {n: value.get(n) if isinstance(value, Mapping) else value for n in names if n not in self.given}
        each = {name: checked(name, entry) for name, entry in each.items()}
        each |= dict.fromkeys(self.given, "spikes" if field == "encoding" else None)
        distinct = set(each.values())
        object.__setattr__(self, field, distinct.pop() if len(distinct) == 1 else dict(each))
        return each

    def _checked(self, name: str, values: Any) -> Array:
        where = f"Stimulus.rates[{name!r}]"
        array = np.array(real(values, "Hz", where))
        kind, still = self._kinds[name], self._frames[name] is None
        axes = ("trials", "units") if still else ("trials", "frames", "units")
        shape, one = f"({', '.join(axes)})", "(units,)" if still else "(frames, units)"
        if array.ndim == len(axes) - 1:
            array = array[None]
        if array.ndim != len(axes):
            raise ParameterError(f"{where}: got shape {array.shape}, expected {shape}, or {one} for one trial")
        if array.size == 0:
            raise ParameterError(f"{where}: got shape {array.shape}, expected at least one entry along each of {shape}")
        allowed = np.isfinite(array) if kind == "constant" else np.isfinite(array) & (array >= 0)
        if not allowed.all():
            at = tuple(int(i) for i in np.argwhere(~allowed)[0])
            bound = "a finite number" if kind == "constant" else f"a finite rate >= 0 Hz ({kind})"
            raise ParameterError(f"{where}[{', '.join(map(str, at))}]: got {array[at]:g}, expected {bound}")
        array.setflags(write=False)
        return array

    @property
    def trials(self) -> int:
        """Number of trials."""
        return int(next(iter(self.rates.values())).shape[0])

    def kind(self, name: str) -> Encoding:
        """How an input arrives."""
        kind: Encoding = self._kinds[self._known(name)]
        return kind

    def _known(self, name: str) -> str:
        if text(name, "Stimulus: name") not in self._kinds:
            raise unknown_name("input of this stimulus (name)", name, self._kinds)
        return name

    def frame_of(self, name: str) -> float | None:
        """Length in s of a frame of an input; None where it stands still."""
        return self._frames[self._known(name)]

    def frames_of(self, name: str) -> int:
        """Number of frames of an input (1 where it stands still)."""
        return 1 if self.frame_of(name) is None else int(self.rates[name].shape[1])

    @property
    def frames(self) -> int:
        """Number of frames of the input that has most (1 for a static stimulus)."""
        return max(self.frames_of(name) for name in self.rates)

    @property
    def sizes(self) -> dict[str, int]:
        """Number of units of every input."""
        return {name: int(values.shape[-1]) for name, values in self.rates.items()}

    @property
    def length(self) -> float:
        """Longest run that the stimulus lasts for, in s (infinite for a static one)."""
        return min(self.length_of(name) for name in self.rates)

    def length_of(self, name: str) -> float:
        """Longest run that an input lasts for, in s."""
        frame = self.frame_of(name)
        if name in self.given:
            return self.given[name].duration
        return np.inf if frame is None else self.frames_of(name) * frame

    def select(self, index: Any) -> "Stimulus":
        """Some of the trials (an index, slice, mask or array of numbers); each keeps its own random draws."""
        return self._chosen(pick(self.trials, index, "Stimulus.select"), keep=True)

    def repeat(self, times: int) -> "Stimulus":
        """Every trial `times` times in a row, each repetition with random draws of its own."""
        times = whole_number(times, "Stimulus.repeat: times")
        fits(times * self.trials, "Stimulus.repeat: times", "take fewer repetitions")
        return self._chosen(np.repeat(np.arange(self.trials), times), keep=False)

    def _chosen(self, chosen: Integers, *, keep: bool) -> "Stimulus":
        rates = {name: values[chosen] for name, values in self.rates.items() if name not in self.given}
        given = {name: spikes.select(chosen) for name, spikes in self.given.items()}
        encoding = self.encoding if rates else "constant"
        identity = self.identity[chosen] if keep else None
        return Stimulus(rates, _without(encoding, given), _without(self.frame, given), identity, given)

    def rates_at(self, time: float) -> dict[str, Array]:
        """Rates in Hz at one time in s, (trials, units) by input; the end of a movie still shows its last frame."""
        time = seconds(time, "Stimulus.rates_at: time")
        self._check_span(0.0, time, "Stimulus.rates_at: time")
        return {name: self._frame_at(name, time) for name in self.rates}

    def _frame_at(self, name: str, time: float) -> Array:
        frame = self._frames[name]
        if frame is None:
            return self.rates[name]
        # 0.3/0.1 is a hair below 3 in binary
        return self.rates[name][:, min(int(time / frame + 1e-9), self.frames_of(name) - 1)]

    def mean_rates(self, duration: float, start: float = 0.0) -> dict[str, Array]:
        """Time average of the rates between start and duration (s), (trials, units) in Hz by input."""
        duration = seconds(duration, "Stimulus.mean_rates: duration")
        start = seconds(start, "Stimulus.mean_rates: start")
        self._check_span(start, duration, "Stimulus.mean_rates: duration")
        if not start < duration:
            raise ParameterError(f"Stimulus.mean_rates: got {start:g} to {duration:g} s, expected start < duration")
        return {name: self._mean_of(name, start, duration) for name in self.rates}

    def _mean_of(self, name: str, start: float, duration: float) -> Array:
        frame = self._frames[name]
        if name in self.given:
            return self.given[name].rates(start, duration)
        if frame is None:
            return self.rates[name]
        shown = np.diff(np.clip(np.arange(self.frames_of(name) + 1) * frame, start, duration))
        mean: Array = np.einsum("f,tfu->tu", shown, self.rates[name]) / shown.sum()
        return mean

    def _check_span(self, start: float, stop: float, where: str) -> None:
        # a movie of 10 frames of 0.1 s may miss 1 s by rounding
        if not (0 <= start < np.inf and 0 <= stop <= self.length * (1 + 1e-9)):
            movie = any(frame is not None for frame in self._frames.values())
            kind = "movie" if movie else "given spikes"
            last = "" if self.length == np.inf else f" and at most {self.length:g} s, the length of the {kind}"
            raise ParameterError(f"{where}: got {start:g} to {stop:g} s, expected times >= 0 s{last}")

    def __repr__(self) -> str:
        inputs = ", ".join(f"{name}: {units} units" for name, units in self.sizes.items())
        if isinstance(self.encoding, str) and not isinstance(self.frame, Mapping):
            return f"Stimulus({self.encoding}, {self.trials} trials{self._movie()}; {inputs})"
        inputs = ", ".join(f"{n}: {units} units ({self.kind(n)}{self._movie(n)})" for n, units in self.sizes.items())
        return f"Stimulus({self.trials} trials; {inputs})"

    def _movie(self, name: str | None = None) -> str:
        name = next(iter(self.rates)) if name is None else name
        frame = self._frames[name]
        return "" if frame is None else f" x {self.frames_of(name)} frames of {frame:g} s"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td><code>{escape(name)}</code></td><td>{self.kind(name)}{self._movie(name)}</td>"
            f"<td>{values.shape[-1]}</td>"
            f"<td>{values.min():g}</td><td>{values.mean():g}</td><td>{values.max():g}</td></tr>"
            for name, values in self.rates.items()
        )
        names = ("input", "kind", "units", "lowest (Hz)", "mean (Hz)", "highest (Hz)")
        head = f"<tr>{''.join(f'<th>{name}</th>' for name in names)}</tr>"
        return f"<b>Stimulus</b>: {self.trials} trials<table>{head}{rows}</table>"


def _encoding(name: str, value: Any) -> Any:
    if value == "spikes":
        raise ParameterError(
            f"Stimulus.encoding: input {name!r} has no spike times, expected stimulus.spikes(times, units)"
        )
    if value not in get_args(Encoding):
        raise unknown_name("encoding", value, get_args(Encoding))
    return value


def _frame(name: str, value: Any) -> float | None:
    if value is None:
        return None
    length = seconds(value, "Stimulus.frame")
    if length == 0:
        raise ParameterError("Stimulus.frame: got 0 s, expected > 0 s")
    return length


def _read_only(values: Array) -> Array:
    values.setflags(write=False)
    return values


def _without(setting: Any, given: Mapping[str, Any]) -> Any:
    """A setting by input name without those inputs whose spikes are given."""
    return {n: v for n, v in setting.items() if n not in given} if isinstance(setting, Mapping) else setting


def constant(rates: Any, input: str = "input") -> Stimulus:
    """A steady drive: `rates` (trials, units) or (units,) of one input, or a dictionary of them by input name."""
    return Stimulus(_by_name(rates, input), "constant")


def poisson(rates: Any, input: str = "input") -> Stimulus:
    """Poisson spikes: `rates` (trials, units) or (units,) in Hz of one input, or a dictionary of them by input name."""
    return Stimulus(_by_name(rates, input), "poisson")


def regular(rates: Any, input: str = "input") -> Stimulus:
    """Evenly spaced spikes: `rates` (trials, units) or (units,) in Hz of one input, or a dictionary by input name."""
    return Stimulus(_by_name(rates, input), "regular")


def counts(rates: Any, input: str = "input") -> Stimulus:
    """Poisson numbers of spikes, several per step: `rates` (trials, units) or (units,) in Hz, or a dictionary."""
    return Stimulus(_by_name(rates, input), "counts")


def movie(frames: Any, frame: float, encoding: Encoding = "poisson", input: str = "input") -> Stimulus:
    """Rates that change: `frames` (trials, frames, units) or (frames, units) in Hz, each shown for `frame` seconds."""
    return Stimulus(_by_name(frames, input), encoding, frame)


def spikes(
    times: Any, units: Any = None, trials: Any = None, *, size: int | None = None, n_trials: int | None = None,
    duration: float | None = None, input: str = "input",
) -> Stimulus:  # fmt: skip
    """Spike times of your own, recorded or made up.

    A spike arrives in the step that contains it, whatever the time step of the run; a time that misses the grid by less
    than a millionth of a step counts as on it. A run that ends earlier leaves the later spikes out. Rate units see each
    spike as a rate of 1/dt for one step, static units the number of spikes in the counting window per second.

    Args:
        times: (spikes,) times in s from the start of a trial, in any order; or a `SpikeTrains`, a Neo segment, or a
            list of Neo spike trains, one per unit, whose times count from their t_start.
        units: (spikes,) number of the unit that spikes.
        trials: (spikes,) number of the trial; one trial if left out.
        size: number of units; as many as spike if left out.
        n_trials: number of trials; as many as there are numbers of them if left out.
        duration: length of the recording in s: a run may not last longer. Without it there is silence after the end.
        input: name of the input.

    Raises:
        ParameterError: negative times, times at or after the duration, numbers that do not exist, arrays of different
            lengths; later, by the run: two spikes of a unit in one of its steps.
    """
    given = given_spikes(times, units, trials, size=size, n_trials=n_trials, duration=duration)
    return Stimulus({}, given={text(input, "Stimulus: input"): given})


def combine(*stimuli: Stimulus) -> Stimulus:
    """One stimulus with the inputs of several, each of its own kind: Poisson for one, a steady drive for another.

    Every input keeps the spikes that it would have in its own stimulus.

    Raises:
        ParameterError: an input that several have, or different numbers of trials or identities.
    """
    if not stimuli:
        raise ParameterError("combine: got no stimulus, expected at least one")
    for part in stimuli:
        if not isinstance(part, Stimulus):
            raise DimensionError(f"combine: got {type(part).__name__}, expected stimuli such as stimulus.poisson(...)")
    first = stimuli[0]
    names = [name for part in stimuli for name in part.rates]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"combine: the input {name!r} is in {names.count(name)} stimuli, expected it in one")
    for part in stimuli[1:]:
        if part.trials != first.trials or not np.array_equal(part.identity, first.identity):
            raise ParameterError(
                f"combine: got {first.trials} and {part.trials} trials (identities {first.identity} and "
                f"{part.identity}), expected the same trials in all"
            )
    given = {name: spikes for part in stimuli for name, spikes in part.given.items()}
    own = {name: part for part in stimuli for name in part.rates if name not in given}
    return Stimulus(
        {name: part.rates[name] for name, part in own.items()},
        {name: part.kind(name) for name, part in own.items()},
        {name: part.frame_of(name) for name, part in own.items()},
        first.identity,
        given,
    )


def _by_name(rates: Any, input: str) -> dict[str, Any]:
    return dict(rates) if isinstance(rates, Mapping) else {text(input, "Stimulus: input"): rates}


__all__, __dir__ = exports(globals(), "Encoding", "GivenSpikes", "SpikeCounts", "SpikeTrains", "draw_counts", "encode")

"""What the inputs of a circuit do: trials x units rates, and how a spiking cell receives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, get_args

import numpy as np

from neurosim.params import Array, DimensionError, ParameterError, plain, seconds
from neurosim.randomness import check_apart, child
from neurosim.registry import exports, unknown_name
from neurosim.spikecounts import SpikeCounts as SpikeCounts
from neurosim.spiketrains import SpikeTrains as SpikeTrains
from neurosim.spiketrains import draw, pick, poisson_times, regular_times

Encoding = Literal["constant", "poisson", "regular", "counts"]

MAX_PROBABILITY = 0.5
"""Largest rate * dt that can be encoded: above it too many spikes would share a step ("counts" has no such limit)."""

MAX_COUNT = 1e9
"""Largest expected number of spikes of a channel in a step."""


@dataclass(frozen=True, eq=False, repr=False)
class Stimulus:
    """Rates of every input in every trial.

    "poisson" and "regular" inputs send spikes to a spiking cell, at most one per channel and step. With "counts" each
    channel stands for many sources and sends a Poisson number of spikes per step, several in one step where the rate is
    high; static and rate cells see its mean rate. A "constant" input arrives everywhere as a steady drive, and may be
    negative: that is the free-signed input of an artificial network, not a firing rate.

    Shapes
        rates[input]: (trials, units), or (trials, frames, units) for a movie; given as (units,) or (frames, units) it
        is one trial
    Units
        rates Hz, frame s (length of one frame)
    Raises:
        ParameterError: no input or trial, NaN, a negative rate to be sent as spikes, or inputs that do not fit.
    """

    rates: dict[str, Array]
    encoding: Encoding = "constant"
    frame: float | None = None
    identity: Any = None
    """(trials,) numbers that choose each trial's random draws; a selected trial keeps its number and so its spikes."""

    def __post_init__(self) -> None:
        if self.encoding not in get_args(Encoding):
            raise unknown_name("encoding", self.encoding, get_args(Encoding))
        if self.frame is not None:
            object.__setattr__(self, "frame", seconds(self.frame, "Stimulus.frame"))
            if self.frame == 0:
                raise ParameterError("Stimulus.frame: got 0 s, expected > 0 s")
        if not isinstance(self.rates, Mapping) or not self.rates:
            raise DimensionError(f"Stimulus.rates: got {self.rates!r}, expected a dictionary of arrays by input name")
        checked = {name: self._checked(name, values) for name, values in self.rates.items()}
        object.__setattr__(self, "rates", checked)
        check_apart(checked, "Stimulus.rates")
        lengths = {name: values.shape[:-1] for name, values in checked.items()}
        if len(set(lengths.values())) > 1:
            raise ParameterError(f"Stimulus.rates: got {lengths}, expected the same trials and frames for all inputs")
        identity = np.arange(self.trials) if self.identity is None else np.array(self.identity, dtype=np.int64)
        if identity.shape != (self.trials,) or identity.min() < 0:
            raise ParameterError(f"Stimulus.identity: got {self.identity!r}, expected {self.trials} numbers >= 0")
        identity.setflags(write=False)
        object.__setattr__(self, "identity", identity)

    def _checked(self, name: str, values: Any) -> Array:
        where = f"Stimulus.rates[{name!r}]"
        try:
            array = np.array(plain(values, "Hz", where), dtype=np.float64)
        except (TypeError, ValueError) as error:
            if isinstance(error, DimensionError):
                raise
            raise DimensionError(f"{where}: got {type(values).__name__}, expected an array of numbers in Hz") from None
        axes = ("trials", "units") if self.frame is None else ("trials", "frames", "units")
        shape, one = f"({', '.join(axes)})", "(units,)" if self.frame is None else "(frames, units)"
        if array.ndim == len(axes) - 1:
            array = array[None]
        if array.ndim != len(axes):
            raise ParameterError(f"{where}: got shape {array.shape}, expected {shape}, or {one} for one trial")
        if array.size == 0:
            raise ParameterError(f"{where}: got shape {array.shape}, expected at least one entry along each of {shape}")
        allowed = np.isfinite(array) if self.encoding == "constant" else np.isfinite(array) & (array >= 0)
        if not allowed.all():
            at = tuple(int(i) for i in np.argwhere(~allowed)[0])
            bound = "a finite number" if self.encoding == "constant" else f"a finite rate >= 0 Hz ({self.encoding})"
            raise ParameterError(f"{where}[{', '.join(map(str, at))}]: got {array[at]:g}, expected {bound}")
        array.setflags(write=False)
        return array

    @property
    def trials(self) -> int:
        """Number of trials."""
        return int(next(iter(self.rates.values())).shape[0])

    @property
    def frames(self) -> int:
        """Number of frames (1 for a static stimulus)."""
        return 1 if self.frame is None else int(next(iter(self.rates.values())).shape[1])

    @property
    def sizes(self) -> dict[str, int]:
        """Number of units of every input."""
        return {name: int(values.shape[-1]) for name, values in self.rates.items()}

    @property
    def length(self) -> float:
        """Longest run that the stimulus lasts for, in s (infinite for a static one)."""
        return np.inf if self.frame is None else self.frames * self.frame

    def select(self, index: Any) -> "Stimulus":
        """Some of the trials (an index, slice, mask or array of numbers); each keeps its own random draws."""
        chosen = pick(self.trials, index, "Stimulus.select")
        rates = {name: values[chosen] for name, values in self.rates.items()}
        return Stimulus(rates, self.encoding, self.frame, self.identity[chosen])

    def repeat(self, times: int) -> "Stimulus":
        """Every trial `times` times in a row, each repetition with random draws of its own."""
        if isinstance(times, bool) or not isinstance(times, int | np.integer) or times < 1:
            raise ParameterError(f"Stimulus.repeat: got {times!r}, expected a whole number >= 1")
        rates = {name: np.repeat(values, times, axis=0) for name, values in self.rates.items()}
        return Stimulus(rates, self.encoding, self.frame)

    def rates_at(self, time: float) -> dict[str, Array]:
        """Rates in Hz at one time in s, (trials, units) by input; the end of a movie still shows its last frame."""
        self._check_span(0.0, time, "Stimulus.rates_at")
        if self.frame is None:
            return dict(self.rates)
        # 0.3/0.1 is a hair below 3 in binary
        shown = min(int(time / self.frame + 1e-9), self.frames - 1)
        return {name: values[:, shown] for name, values in self.rates.items()}

    def mean_rates(self, duration: float, start: float = 0.0) -> dict[str, Array]:
        """Time average of the rates between start and duration (s), (trials, units) in Hz by input."""
        self._check_span(start, duration, "Stimulus.mean_rates")
        if not start < duration:
            raise ParameterError(f"Stimulus.mean_rates: got {start:g} to {duration:g} s, expected start < duration")
        if self.frame is None:
            return dict(self.rates)
        shown = np.diff(np.clip(np.arange(self.frames + 1) * self.frame, start, duration))
        return {name: np.einsum("f,tfu->tu", shown, values) / shown.sum() for name, values in self.rates.items()}

    def _check_span(self, start: float, stop: float, where: str) -> None:
        # a movie of 10 frames of 0.1 s may miss 1 s by rounding
        if not (0 <= start < np.inf and 0 <= stop <= self.length * (1 + 1e-9)):
            last = "" if self.frame is None else f" and at most {self.length:g} s, the length of the movie"
            raise ParameterError(f"{where}: got {start:g} to {stop:g} s, expected times >= 0 s{last}")

    def __repr__(self) -> str:
        inputs = ", ".join(f"{name}: {units} units" for name, units in self.sizes.items())
        movie = "" if self.frame is None else f" x {self.frames} frames of {self.frame:g} s"
        return f"Stimulus({self.encoding}, {self.trials} trials{movie}; {inputs})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td><code>{escape(name)}</code></td><td>{values.shape[-1]}</td>"
            f"<td>{values.min():g}</td><td>{values.mean():g}</td><td>{values.max():g}</td></tr>"
            for name, values in self.rates.items()
        )
        head = "<tr><th>input</th><th>units</th><th>lowest (Hz)</th><th>mean (Hz)</th><th>highest (Hz)</th></tr>"
        movie = "" if self.frame is None else f", {self.frames} frames of {self.frame:g} s"
        return f"<b>Stimulus</b>: {self.encoding}, {self.trials} trials{movie}<table>{head}{rows}</table>"


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


def _by_name(rates: Any, input: str) -> dict[str, Any]:
    return dict(rates) if isinstance(rates, Mapping) else {input: rates}


def encode(
    stimulus: Stimulus,
    duration: float,
    dt: float,
    seed_sequence: np.random.SeedSequence | Sequence[np.random.SeedSequence],
) -> dict[str, SpikeTrains]:
    """The input spikes of every trial, the same for every engine; empty for a constant stimulus, which has none.

    Equation
        poisson: a spike in a step with probability rate * dt, independent of all others, so the mean rate is `rate`
            (the steps hit by a Poisson process of the rate -log(1 - rate * dt)/dt, which is `rate` as dt -> 0)
        regular: spikes where the integral of the rate passes phase + 0, 1, 2, ..., phase uniform in [0, 1), so the
            count differs from the integral by less than 1
    Units
        duration and dt s; the duration is rounded to whole steps
    Raises:
        ParameterError: rate * dt above 0.5, a movie that is shorter than the duration, or a stimulus of counts.

    Each trial and input has a descendant of `seed_sequence` (or of the trial's, where there is one for each) of its
    own, chosen by the trial's `identity` and the input's name: the result depends neither on how trials are cut into
    chunks nor on who draws them.
    """
    dt, n_steps = _grid(stimulus, duration, dt, "encode")
    duration = seconds(duration, "encode: duration")
    if stimulus.encoding == "counts":
        raise ParameterError("encode: got a stimulus of counts, expected one spike per channel and step; draw_counts")
    if stimulus.encoding == "constant":
        return {}
    times = poisson_times if stimulus.encoding == "poisson" else regular_times
    edges = np.array([0.0, n_steps])
    if stimulus.frame is not None:
        edges = np.minimum(np.arange(stimulus.frames + 1) * (stimulus.frame / dt), n_steps)
        # the grid may end a rounding error after the last frame
        edges[-1] = n_steps if duration >= stimulus.length else edges[-1]
    parents = seed_sequence
    if isinstance(parents, np.random.SeedSequence):
        parents = [parents] * stimulus.trials
    trains = {}
    for name, rates in stimulus.rates.items():
        _check_rate(name, rates, dt)
        keys = zip(parents, stimulus.identity.tolist(), strict=True)
        generators = [np.random.default_rng(child(parent, name, identity)) for parent, identity in keys]
        if stimulus.encoding == "poisson":
            # A second spike in the same step is lost; this process makes up for it.
            rates = -np.log1p(-rates * dt) / dt
        shaped = rates.reshape(stimulus.trials, stimulus.frames, -1)
        trains[name] = draw(times, shaped, edges, dt, n_steps, generators)
    return trains


def draw_counts(
    stimulus: Stimulus, duration: float, dt: float, seed_sequence: np.random.SeedSequence, memory: int = 0
) -> dict[str, SpikeCounts]:
    """The spikes of a stimulus of counts by input, to be asked for step by step; empty for any other stimulus.

    Args:
        stimulus: its encoding decides.
        duration: length of the run in s, rounded to whole steps.
        dt: time step in s.
        seed_sequence: each trial and input has a descendant of its own, as in `encode`.
        memory: how many steps back one can ask (the longest delay).

    Raises:
        ParameterError: rate * dt above 1e9, or a movie that is shorter than the duration.
    """
    dt, n_steps = _grid(stimulus, duration, dt, "draw_counts")
    streams = {}
    for name, rates in stimulus.rates.items() if stimulus.encoding == "counts" else ():
        if rates.max() * dt > MAX_COUNT:
            raise ParameterError(
                f"draw_counts: input {name!r} reaches {rates.max():g} Hz, expected at most {MAX_COUNT / dt:g} Hz"
            )
        generators = [np.random.default_rng(child(seed_sequence, name, int(key))) for key in stimulus.identity]
        shaped = rates.reshape(stimulus.trials, stimulus.frames, -1)
        streams[name] = SpikeCounts(shaped, stimulus.frame, dt, n_steps, generators, memory)
    return streams


def _grid(stimulus: Stimulus, duration: float, dt: float, where: str) -> tuple[float, int]:
    dt = seconds(dt, f"{where}: dt")
    duration = seconds(duration, f"{where}: duration")
    n_steps = round(duration / dt) if dt > 0 else 0
    if n_steps < 1:
        raise ParameterError(f"{where}: got dt {dt:g} s and duration {duration:g} s, expected 0 < dt <= duration")
    stimulus._check_span(0.0, duration, f"{where}: duration")
    return dt, n_steps


def _check_rate(name: str, rates: Array, dt: float) -> None:
    highest = float(rates.max())
    if highest * dt > MAX_PROBABILITY:
        raise ParameterError(
            f"encode: input {name!r} reaches {highest:g} Hz, expected at most {MAX_PROBABILITY / dt:g} Hz "
            f"(rate * dt <= {MAX_PROBABILITY:g} at dt = {dt:g} s)"
        )


__all__, __dir__ = exports(globals(), "Encoding", "SpikeCounts", "SpikeTrains")

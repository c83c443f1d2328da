"""From rates and given times to the spikes of every input: drawn once in NumPy, the same for every engine."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from neurosim.gate import shown
from neurosim.params import Array, DimensionError, ParameterError, count, fits, instance, seconds, whole
from neurosim.randomness import child
from neurosim.stimuli.spikecounts import SpikeCounts
from neurosim.stimuli.spiketrains import Draw, SpikeTrains, draw, poisson_times, regular_times

if TYPE_CHECKING:
    from neurosim.stimuli.stimulus import Stimulus

MAX_PROBABILITY = 0.5
"""Largest rate * dt that can be encoded: above it too many spikes would share a step ("counts" has no such limit)."""

MAX_COUNT = 1e9
"""Largest expected number of spikes of a channel in a step."""

_DRAWN: dict[str, Draw] = {"poisson": poisson_times, "regular": regular_times}


def encode(
    stimulus: "Stimulus",
    duration: float,
    dt: float,
    seed_sequence: np.random.SeedSequence | Sequence[np.random.SeedSequence],
    first: int = 0,
) -> dict[str, SpikeTrains]:
    """The input spikes of every trial, the same for every engine; only of inputs that send single spikes.

    Equation
        poisson: a spike in a step with probability rate * dt, independent of all others, so the mean rate is `rate`
            (the steps hit by a Poisson process of the rate -log(1 - rate * dt)/dt, which is `rate` as dt -> 0)
        regular: spikes where the integral of the rate passes phase + 0, 1, 2, ..., phase uniform in [0, 1), so the
            count differs from the integral by less than 1
        spikes: each given time in the step that contains it
    Units
        duration and dt s; the duration is rounded to whole steps
    Raises:
        ParameterError: rate * dt above 0.5, a movie that is shorter than the duration, or a stimulus of counts.

    Spikes before the step `first` are left out. No spike depends on where a run begins or ends: a run that goes on from
    another one has those that one long run would have had.
    Each trial and input has a descendant of `seed_sequence` (or of the trial's, where there is one for each) of its
    own, chosen by the trial's `identity` and the input's name: the result depends neither on how trials are cut into
    chunks nor on who draws them.
    """
    dt, n_steps = _grid(stimulus, duration, dt, "encode")
    if stimulus.encoding == "counts":
        raise ParameterError("encode: got a stimulus of counts, expected one spike per channel and step; draw_counts")
    parents = seed_sequence
    if isinstance(parents, np.random.SeedSequence):
        parents = [parents] * stimulus.trials
    fitting = isinstance(parents, list | tuple) and len(parents) == stimulus.trials
    if not fitting or not all(isinstance(parent, np.random.SeedSequence) for parent in parents):
        raise DimensionError(
            f"encode: seed_sequence: got {shown(parents)}, expected a SeedSequence of NumPy's, or {stimulus.trials}, "
            "one per trial"
        )
    whole(first, "encode: first", low=0, high=n_steps)
    trains = {}
    for name, rates in stimulus.rates.items():
        kind = stimulus.kind(name)
        if kind == "spikes":
            trains[name] = stimulus.given[name].on_grid(name, dt, n_steps).since(first)
        if kind not in _DRAWN:
            continue
        _check_rate(name, rates, dt)
        keys = zip(parents, stimulus.identity.tolist(), strict=True)
        streams = [partial(child, parent, name, identity) for parent, identity in keys]
        if kind == "poisson":
            # A second spike in the same step is lost; this process makes up for it.
            rates = _faster(rates, dt)
        shaped = rates.reshape(stimulus.trials, stimulus.frames_of(name), -1)
        trains[name] = draw(_DRAWN[kind], shaped, _edges(stimulus, name, dt), dt, n_steps, streams, first)
    return trains


def _faster(rates: Array, dt: float) -> Array:
    """The Poisson process of which as many steps are hit as these rates say."""
    passing: Array = -np.log1p(-rates * dt)
    return passing / dt


def _edges(stimulus: "Stimulus", name: str, dt: float) -> Array:
    """Beginning of every frame of an input in steps, and no end: the grid may end a rounding error after it."""
    frame = stimulus.frame_of(name)
    if frame is None:
        return np.array([0.0, np.inf])
    edges: Array = np.arange(stimulus.frames_of(name) + 1, dtype=np.float64) * (frame / dt)
    edges[-1] = np.inf
    return edges


def draw_counts(
    stimulus: "Stimulus", duration: float, dt: float, seed_sequence: np.random.SeedSequence, memory: int = 0
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
    memory = count(memory, "draw_counts: memory", low=0)
    instance(seed_sequence, np.random.SeedSequence, "draw_counts: seed_sequence")
    streams = {}
    for name, rates in stimulus.rates.items():
        if stimulus.kind(name) != "counts":
            continue
        if rates.max() * dt > MAX_COUNT:
            raise ParameterError(
                f"draw_counts: input {name!r} reaches {rates.max():g} Hz, expected at most {MAX_COUNT / dt:g} Hz"
            )
        generators = [np.random.default_rng(child(seed_sequence, name, int(key))) for key in stimulus.identity]
        shaped = rates.reshape(stimulus.trials, stimulus.frames_of(name), -1)
        streams[name] = SpikeCounts(shaped, stimulus.frame_of(name), dt, n_steps, generators, memory)
    return streams


def _grid(stimulus: "Stimulus", duration: float, dt: float, where: str) -> tuple[float, int]:
    if not hasattr(stimulus, "_check_span"):  # a Stimulus, whose class is a floor above
        raise DimensionError(f"{where}: stimulus: got {shown(stimulus)}, expected a Stimulus")
    dt = seconds(dt, f"{where}: dt")
    duration = seconds(duration, f"{where}: duration")
    steps = duration / dt if dt > 0 else 0.0
    fits(steps, f"{where}: duration and dt", "fewer steps")
    n_steps = round(steps)
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

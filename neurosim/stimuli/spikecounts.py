"""Strong Poisson input: several spikes of a channel in one step, drawn as the run goes and never stored as a whole."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurosim.params import Array, ParameterError
from neurosim.stimuli.spiketrains import Integers

_BLOCK = 1 << 20
"""Numbers that are drawn at a time (8 MB); no result depends on it."""


@dataclass(eq=False, repr=False)
class SpikeCounts:
    """Number of spikes of every channel of one input in every step, handed out in the order of the steps.

    Equation
        n_channel(step) ~ Poisson(integral of the channel's rate over the step), independent of all others
    Shapes
        rates (trials, frames, units); what is handed out (trials, units)
    Units
        rates Hz, frame and dt s (frame None: one frame for ever)
    Raises:
        ParameterError: a step outside of the run, or one that is no longer kept.

    A trial draws from its own generator, step by step and channel by channel: the numbers depend neither on how a run
    is cut into blocks nor on the other trials.
    """

    rates: Array
    frame: float | None
    dt: float
    n_steps: int
    generators: list[np.random.Generator]
    memory: int = 0
    """How many steps before the latest one can still be asked for."""

    _blocks: dict[int, Integers] = field(default_factory=dict, init=False)
    _drawn: int = field(default=0, init=False)

    @property
    def length(self) -> int:
        """Steps of a block."""
        per_step = int(self.rates.shape[0] * self.rates.shape[2])
        return max(1, min(self.n_steps, _BLOCK // per_step))

    def at(self, step: int) -> Integers:
        """Spikes of every channel in one step, (trials, units)."""
        result: Integers = self._from(step)[0]
        return result

    def between(self, start: int, stop: int) -> Integers:
        """Spikes of every channel in the steps start <= step < stop, (steps, trials, units)."""
        pieces: list[Integers] = []
        step = start
        while step < stop:
            pieces.append(self._from(step)[: stop - step])
            step += len(pieces[-1])
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def _from(self, step: int) -> Integers:
        """A block from this step to its end."""
        if not 0 <= step < self.n_steps:
            raise ParameterError(f"SpikeCounts.at: got step {step}, expected 0 to {self.n_steps - 1}")
        number, place = divmod(step, self.length)
        while self._drawn <= number:
            self._blocks[self._drawn] = self.draw(self._drawn * self.length, (self._drawn + 1) * self.length)
            self._drawn += 1
        oldest = (step - self.memory) // self.length
        for old in [k for k in self._blocks if k < oldest]:
            del self._blocks[old]
        if number not in self._blocks:
            raise ParameterError(f"SpikeCounts.at: got step {step}, expected one of the latest {self.memory + 1} steps")
        rest: Integers = self._blocks[number][place:]
        return rest

    def draw(self, start: int, stop: int) -> Integers:
        """The next steps start <= step < stop of all trials, (steps, trials, units); each step can be drawn once."""
        stop = min(stop, self.n_steps)
        drawn = [
            rng.poisson(self._expected(trial, start, stop), (stop - start, self.rates.shape[2]))
            for trial, rng in enumerate(self.generators)
        ]
        return drawn[0][:, None] if len(drawn) == 1 else np.stack(drawn, axis=1)

    def _expected(self, trial: int, start: int, stop: int) -> Any:
        """Expected number of spikes, one number if it is the same everywhere, else something as long as the steps."""
        rates = self.rates[trial]
        if self.frame is None:
            return float(rates[0, 0]) * self.dt if np.all(rates == rates[0, 0]) else rates * self.dt
        edges = np.arange(len(rates) + 1) * (self.frame / self.dt)
        # the grid may end a rounding error after the last frame
        edges[-1] = np.inf
        begin: Array = np.arange(start, stop, dtype=np.float64)[:, None]
        shown = np.minimum(edges[1:], begin + 1) - np.maximum(edges[:-1], begin)
        return np.maximum(shown, 0.0) @ rates * self.dt

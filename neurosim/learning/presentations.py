"""Presentations in sequence: which trials come next, what the engine makes of them, and what is kept of the past."""

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.activations.base import Activation
from neurosim.circuits.circuit import Circuit
from neurosim.engines.base import Engine, Job, Teacher, learned_of
from neurosim.gate import flag, whole
from neurosim.learning.changes import BeyondError, Changes
from neurosim.learning.result import DivergedError, Learning, Snapshot, left_all_bounds, no_steady_state
from neurosim.learning.rules import drawn_together, during_presentation, one_by_one, rate_rules
from neurosim.meant import a_stimulus
from neurosim.params import Array, ParameterError
from neurosim.randomness import sequence, stream
from neurosim.recording import Recording
from neurosim.schedule import Schedule
from neurosim.simulate import Learned, choose, prepare
from neurosim.stimuli.stimulus import Stimulus
from neurosim.version import __version__


class Presentations:
    """A learning run: what stays, the state between two batches, and what is kept of the past."""

    def __init__(
        self, circuit: Circuit, cells: Any, stimulus: Stimulus, schedule: Schedule | None, engine: str | Engine,
        seed: int, batch: int, epochs: int, shuffle: bool, snapshots: int, learned: Learned | None,
        readout: Activation | None,
    ) -> None:  # fmt: skip
        for name, value, low in (("epochs", epochs, 1), ("batch", batch, 1), ("snapshots", snapshots, 0)):
            whole(value, f"learn: {name}", low=low)
        flag(shuffle, "learn: shuffle")
        a_stimulus(stimulus, "learn: stimulus")
        if readout is not None and not isinstance(readout, Activation):
            raise ParameterError(f"learn: readout: got {readout!r}, expected an activation such as Step(threshold=0.5)")
        self.readout = readout
        job = prepare(circuit, cells, stimulus, schedule, seed=seed, learned=learned)
        rules = rate_rules(job, int(batch))
        self.circuit, self.stimulus, self.job, self.seed, self.shuffle = circuit, stimulus, job, seed, shuffle
        self.batch = int(batch)
        self.per_pass = -(-stimulus.trials // self.batch)
        self.total = self.per_pass * int(epochs)
        self.during = during_presentation(circuit)
        in_sequence = one_by_one(job)
        self.engine = choose(self._job(self.during, stimulus.select([0]) if in_sequence else stimulus, seed), engine)
        self.reads = {circuit.projection(name).pre for name in rules} & set(circuit.is_input)
        self.teacher: Teacher | None = None
        if in_sequence:
            self.teacher = self.engine.teacher(self._job(self.during, stimulus, seed), tuple(rules))
            self.together = drawn_together(job, stimulus)
        self.taken: tuple[int, int, Mapping[str, Array]] = (0, 0, {})
        self.changes = Changes(circuit, rules, self.teacher)
        self.state = self.changes.start(self._learned_at_start())
        self.rows: list[dict[str, float]] = []
        """One row of history per batch; a row beyond the state's number of batches belongs to an interrupted one."""
        whole(snapshots, "learn: snapshots", high=self.total + 1, doc="one per batch and one before")
        self.keep = set(np.linspace(0, self.total, snapshots).round().astype(int).tolist()) if snapshots else set()
        self.kept = {0: circuit} if 0 in self.keep else {}
        self.order: tuple[int, npt.NDArray[np.int64]] = (-1, np.arange(0))

    def _learned_at_start(self) -> dict[str, dict[str, Array]]:
        sizes = self.circuit.sizes
        return {
            name: {v: np.array(self.job.learned.get(name, {}).get(v, np.zeros(sizes[name]))) for v in variables}
            for name, variables in learned_of(self.job).items()
        }

    def _job(self, circuit: Circuit, stimulus: Stimulus, seed: int) -> Job:
        return Job(circuit, self.job.cells, stimulus, self.job.schedule, seed, competition=self.job.competition)

    def circuit_now(self) -> Circuit:
        """The circuit as it is, with its rules; sparse weights are sparse again."""
        return self.changes.as_given({name: part.now() for name, part in self.state.weights.items()}, self.state.bias)

    def _now(self, circuit: Circuit) -> Circuit:
        weights = {name: part.now() for name, part in self.state.weights.items()}
        return circuit.with_weights(**weights).with_bias(**self.state.bias)

    def _trials(self, number: int) -> npt.NDArray[np.int64]:
        """The trials of a batch, from its number alone."""
        turn, part = divmod(number, self.per_pass)
        if self.order[0] != turn:
            every = np.arange(self.stimulus.trials)
            self.order = (turn, stream(self.seed, "shuffle", turn).permutation(every) if self.shuffle else every)
        chosen: npt.NDArray[np.int64] = self.order[1][part * self.batch : (part + 1) * self.batch]
        return chosen

    def present(self, *, observed: bool) -> Recording | None:
        """Run the next batch and let it change the circuit; the recording, where somebody looks at it."""
        started = time.perf_counter()
        number = self.state.batches
        recording, good, presented = None, 1.0, None
        if self.teacher is None:
            trials = self.stimulus.select(self._trials(number))
            job = self._job(self._now(self.during), trials, self._seed(number))
            begun = time.perf_counter()
            recording = self.engine.run(job)
            inside = time.perf_counter() - begun
            kept = recording.converged
            if not kept.any():
                raise no_steady_state(recording, number)
            good = float(kept.mean())
            rates = {n: values[kept] for n, values in {**job.input_rates(), **recording.rates}.items()}
        else:
            begun = time.perf_counter()
            trial, given = self._ahead(self.teacher, number)
            presented = self.teacher.present(trial, self.state.learned, self.state.bias)
            inside = time.perf_counter() - begun
            if presented.failures:
                raise left_all_bounds(presented.failures[0], number, self._trials(number), self.result())
            recording = presented.recording() if observed else None
            rates = {**{name: values[[trial]] for name, values in given.items()}, **presented.rates}
        try:
            new = self.changes.after(self.state, self._seen(rates), presented)
        except BeyondError as beyond:
            raise self._diverged(beyond) from None
        row = {f"rate {p.name}": float(rates[p.name].mean()) for p in self.circuit.populations}
        row |= {f"change {name}": old.change_to(new.weights[name]) for name, old in self.state.weights.items()}
        self.rows[number:] = [row | {"converged": good}]
        wall = self.state.wall + time.perf_counter() - started
        self.state = dataclasses.replace(new, wall=wall, inside=self.state.inside + inside)
        if self.state.batches in self.keep:
            self.kept[self.state.batches] = self.circuit_now()
        return recording

    def _seed(self, number: int) -> int:
        """Of a batch."""
        return int(sequence(self.seed, "stimulus", "batch", number).generate_state(1)[0])

    def _ahead(self, teacher: Teacher, number: int) -> tuple[int, Mapping[str, Array]]:
        """Which of the trials that the teacher has comes next, and the rates of all their inputs that rules read.

        Some presentations are taken together, because to draw their spikes at once costs half as much.
        """
        first, end, rates = self.taken
        if not first <= number < end:
            first, end = number, min(number + self.together, self.total)
            chosen = np.concatenate([self._trials(k) for k in range(first, end)])
            job = self._job(self.during, self.stimulus.select(chosen), self.seed)
            job = dataclasses.replace(job, seeds=tuple(self._seed(k) for k in range(first, end)))
            teacher.take(job)
            rates = job.input_rates() if self.reads else {}
            self.taken = first, end, rates
        return number - first, rates

    def _seen(self, rates: Mapping[str, Array]) -> Mapping[str, Array]:
        """What the rules see: inputs as they are, populations through the readout."""
        if self.readout is None:
            return rates
        return {n: v if n in self.circuit.is_input else self.readout(v) for n, v in rates.items()}

    def result(self) -> Learning:
        """What was learned so far."""
        batches = self.state.batches
        provenance = {
            "engine": self.engine.name, "seed": self.seed, "batch": self.batch, "batches": batches,
            "of": self.total, "wall_seconds": self.state.wall, "engine_seconds": self.state.inside,
            "neurosim": __version__,
        }  # fmt: skip
        snapshots = tuple(Snapshot(number, kept) for number, kept in sorted(self.kept.items()))
        done = batches == self.total
        learned = {name: dict(part) for name, part in self.state.learned.items()}
        return Learning(self.circuit_now(), done, batches, self.history(), snapshots, provenance, learned)

    def history(self) -> dict[str, Array]:
        """Of every batch so far, by name."""
        rows = self.rows[: self.state.batches]
        return {name: np.array([row[name] for row in rows]) for name in (rows[0] if rows else ())}

    def _diverged(self, beyond: BeyondError) -> DivergedError:
        """An error that keeps the state before."""
        name, largest, number = beyond.name, beyond.largest, self.state.batches
        shown = self._trials(number)
        trials = f"trial {shown[0]}" if len(shown) == 1 else f"{len(shown)} trials from trial {shown[0]} on"
        rule = self.circuit.projection(name).rule
        state = f"reach {largest:.3g} s" if np.isfinite(largest) else "are no longer finite"
        limit = self.changes.plastic[name].beyond
        return DivergedError(
            f"learn: the weights of {name!r} {state} by {type(rule).__name__} in batch {number + 1} ({trials}), "
            f"expected less than {limit:.3g} s: give the rule a smaller learning_rate, a w_max, "
            "or the population a homeostasis; the error's .learning holds the weights before this batch",
            self.result(),
        )

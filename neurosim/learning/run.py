"""learn: presentations in sequence on any rung; the rules change the circuit after each of them."""

import dataclasses
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.activations.base import Activation
from neurosim.cells.base import Cell
from neurosim.circuit import Circuit
from neurosim.engines.base import EVERY, Engine, Job, Presented, Teacher, Units, learned_of
from neurosim.learning import checkpoint as disk
from neurosim.learning.observer import Observe, check_observer
from neurosim.learning.result import DivergedError, Learning, Snapshot, left_all_bounds, no_steady_state
from neurosim.learning.rules import drawn_together, during_presentation, one_by_one, rate_rules, settling
from neurosim.learning.state import State, named
from neurosim.learning.weights import PlasticWeights, Weights
from neurosim.meant import a_stimulus
from neurosim.params import Array, ParameterError
from neurosim.progress import Progress, progress_bar
from neurosim.randomness import sequence, stream
from neurosim.recording import Recording
from neurosim.schedule import Schedule, schedule_of
from neurosim.simulate import Learned, choose, prepare
from neurosim.stimulus import Stimulus
from neurosim.version import __version__

_SAVE_EVERY = 30.0
"""Seconds between two checkpoints."""


def learn(
    circuit: Circuit,
    cells: Cell | Mapping[str, Cell],
    stimulus: Stimulus,
    schedule: Schedule | None = None,
    *,
    duration: Any = None,
    settle: Any = None,
    dt: Any = None,
    epochs: int = 1,
    batch: int = 1,
    shuffle: bool = True,
    seed: int = 0,
    engine: str | Engine = "auto",
    learned: Learned | None = None,
    readout: Activation | None = None,
    snapshots: int = 0,
    checkpoint: str | Path | None = None,
    observe: Observe | None = None,
    progress: bool | Progress | None = None,
) -> Learning:
    """Present the trials of a stimulus one batch after the other, and change the circuit after each.

    Equation
        a batch runs from rest; projections with a rule of spike times change while it runs, the others have fixed
        weights; then every projection with a rule of rates takes w <- w + dw(w, pre, post), dw the mean over the batch,
        all of them from the same activities; then the homeostases of the populations act, in order. Signed weights stay
        at or above 0, missing connections stay missing. Learned variables of the cells go on from batch to batch.
    Args:
        circuit: its projections carry rules, its populations homeostases; what has none stays as it is.
        cells: as for [simulate][neurosim.simulate.simulate]; on the spiking rung a rate rule sees the mean rate of
            every unit in the counting window (a spike count filtered by that window).
        stimulus: the trials to learn from.
        schedule: of one presentation.
        duration: of one presentation in s; `duration`, `settle` and `dt` (s) in place of a schedule, as in `simulate`.
        epochs: how often every trial is presented.
        batch: trials that are presented between two changes of the circuit; 1 for rules of spike times and cells that
            learn.
        shuffle: whether each epoch has an order of its own (from the stream "shuffle"); else as they stand.
        seed: seed of all random streams; every batch has spikes and noise of its own.
        engine: as for `simulate`.
        learned: learned variables of the cells at the start, as for `simulate`.
        readout: what rules and homeostases see of the activity of every population (Hz in, Hz out), such as a step
            where graded units settle and then count as active or not; None for the activity itself.
        snapshots: number of circuits to keep, evenly spaced from the first to the last batch; 0 for none.
        checkpoint: a file to which the run is saved every half minute and when it ends; where it exists already, the
            run goes on from there, bit for bit as if it had not been interrupted.
        observe: called after every batch.
        progress: as for `simulate`; the bar shows the time left.

    Returns:
        What was learned. After Ctrl-C the run so far, with `finished` False.

    Raises:
        ParameterError: nothing in the circuit learns, a rule does not live on this rung, a number that is none, or a
            checkpoint of another run.
        DivergedError: weights are no longer finite, or a million times what they may reasonably be; its `learning` is
            the run before that batch.
        RefusedError: no engine can run the circuit.
    """
    schedule = schedule_of("learn", schedule, duration=duration, settle=settle, dt=dt)
    run = _Run(
        circuit, cells, stimulus, schedule, engine, seed, batch, epochs, shuffle, snapshots, learned, readout
    )  # fmt: skip
    check_observer(observe)
    file = None if checkpoint is None else disk.checked(checkpoint)
    if file is not None:
        run.restore(file)
    with progress_bar(progress, "learn") as callback:
        try:
            _present_all(run, observe, file, callback)
        except KeyboardInterrupt:
            pass
        finally:
            if file is not None:
                _save(run, file)
    return run.result()


def _present_all(run: "_Run", observe: Observe | None, file: Path | None, callback: Callable[[float], None]) -> None:
    """Batch after batch, saved from time to time."""
    saved = time.monotonic()
    while run.state.batches < run.total:
        recording = run.present(observed=observe is not None)
        if observe is not None and recording is not None:
            observe(run.state.batches, recording, run.circuit_now)
        callback(run.state.batches / run.total)
        if file is not None and time.monotonic() - saved > _SAVE_EVERY:
            _save(run, file)
            saved = time.monotonic()


def _save(run: "_Run", file: Path) -> None:
    """Write a checkpoint; one that cannot be written (a full disk) does not take what was learned with it."""
    try:
        run.save(file)
    except OSError as fault:
        reason = fault.strerror or fault
        warnings.warn(f"learn: checkpoint: {reason}; what was learned is returned all the same", stacklevel=3)


class _Run:
    """A learning run: what stays, the state between two batches, and what is kept of the past."""

    def __init__(
        self, circuit: Circuit, cells: Any, stimulus: Stimulus, schedule: Schedule | None, engine: str | Engine,
        seed: int, batch: int, epochs: int, shuffle: bool, snapshots: int, learned: Learned | None,
        readout: Activation | None,
    ) -> None:  # fmt: skip
        for name, value, low in (("epochs", epochs, 1), ("batch", batch, 1), ("snapshots", snapshots, 0)):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
                raise ParameterError(f"learn: {name}: got {value!r}, expected a whole number >= {low}")
        a_stimulus(stimulus, "learn: stimulus")
        if readout is not None and not isinstance(readout, Activation):
            raise ParameterError(f"learn: readout: got {readout!r}, expected an activation such as Step(threshold=0.5)")
        self.readout = readout
        job = prepare(circuit, cells, stimulus, schedule, seed=seed, learned=learned)
        self.rules = rate_rules(job, int(batch))
        self.circuit, self.stimulus, self.job, self.seed, self.shuffle = circuit, stimulus, job, seed, shuffle
        self.batch = int(batch)
        self.per_pass = -(-stimulus.trials // self.batch)
        self.total = self.per_pass * int(epochs)
        self.during = during_presentation(circuit)
        in_sequence = one_by_one(job)
        self.engine = choose(self._job(self.during, stimulus.select([0]) if in_sequence else stimulus, seed), engine)
        self.plastic = {p.name: PlasticWeights(p) for p in circuit.projections if p.rule is not None}
        self.laws = {f"{p.name}.{k}": (p, law) for p in circuit.populations for k, law in enumerate(p.homeostasis)}
        self.settling = {p.name: settling(p.homeostasis) for p in circuit.populations}
        self.reads = {self.plastic[name].projection.pre for name in self.rules} & set(circuit.is_input)
        self.teacher: Teacher | None = None
        if in_sequence:
            self.teacher = self.engine.teacher(self._job(self.during, stimulus, seed), tuple(self.rules))
            self.together = drawn_together(job, stimulus)
        self.taken: tuple[int, int, Mapping[str, Array]] = (0, 0, {})
        self.state = self._start()
        self.rows: list[dict[str, float]] = []
        """One row of history per batch; a row beyond the state's number of batches belongs to an interrupted one."""
        self.keep = set(np.linspace(0, self.total, snapshots).round().astype(int).tolist()) if snapshots else set()
        self.kept = {0: circuit} if 0 in self.keep else {}
        self.order: tuple[int, npt.NDArray[np.int64]] = (-1, np.arange(0))

    def _start(self) -> State:
        weights = {name: self._give(name, w.start) for name, w in self.plastic.items()}
        return State(
            0, {name: Weights.at_start(values) for name, values in weights.items()},
            {p.name: np.array(p.bias) for p, law in self.laws.values() if law.acts_on == "bias"},
            {name: dict(rule.initial_state(*weights[name].shape)) for name, rule in self.rules.items()},
            {key: dict(law.initial_state(int(p.size))) for key, (p, law) in self.laws.items()},
            self._learned_at_start(),
        )  # fmt: skip

    def _give(self, name: str, weights: Array) -> Array:
        """Weights as the engine keeps them, where it does."""
        return weights if self.teacher is None else self.teacher.give(name, EVERY, weights)

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
        return self._as_given({name: part.now() for name, part in self.state.weights.items()}, self.state.bias)

    def _as_given(self, weights: Mapping[str, Array], bias: Mapping[str, Array]) -> Circuit:
        given = {name: self.plastic[name].as_given(values) for name, values in weights.items()}
        return self.circuit.with_weights(**given).with_bias(**bias)

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
        new = self._changed(self._seen(rates), presented)
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

    def _changed(self, rates: Mapping[str, Array], presented: Presented | None) -> State:
        """Rules first, all from the same activities and weights; then homeostasis."""
        old = self.state
        changes: dict[str, tuple[Units, Array]] = {}
        rule_state, law_state, bias = {}, {}, dict(old.bias)
        if presented is not None and self.teacher is not None:
            changes = {n: self._taught(self.teacher, n, presented) for n in self.plastic if n not in self.rules}
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
                wanted = law.scale(rows, post[:, units], state)
                rows = self.plastic[name].bounded(wanted, units)
                changes[name], cut[name] = (units, rows), cut[name] | self.plastic[name].cut(wanted, rows)
            law_state[key] = law.next_state(post, state)
        weights = {}
        for name, (units, rows) in changes.items():
            self._stop_if_diverged(name, rows)
            kept = rows if self.teacher is None else self.teacher.give(name, units, rows)
            weights[name] = old.weights[name].after(units, kept, cut[name])
        learned = {} if presented is None else presented.learned
        return State(old.batches + 1, weights, bias, rule_state, law_state, learned, old.wall)

    def _taught(self, teacher: Teacher, name: str, presented: Presented) -> tuple[Units, Array]:
        """Units that the homeostases have to look at after a presentation, and their weights.

        Those whose weights are others than before; where every law leaves alone what it has settled, no others.
        """
        old, post = self.state.weights[name], self.plastic[name].projection.post
        touched = np.zeros(len(old.unsettled), dtype=bool)
        touched[presented.touched[name]] = True
        units = np.flatnonzero(touched | old.unsettled | (not self.settling[post]))
        rows = teacher.incoming(name, units)
        due = (rows != old.now()[units]).any(axis=1) | old.unsettled[units] | (not self.settling[post])
        return units[due], rows[due]

    def _stop_if_diverged(self, name: str, values: Array) -> None:
        """An error that keeps the state before, where weights are not finite or beyond all measure."""
        largest = float(np.abs(values).max(initial=0.0))
        if largest <= self.plastic[name].beyond:
            return
        number = self.state.batches
        shown = self._trials(number)
        trials = f"trial {shown[0]}" if len(shown) == 1 else f"{len(shown)} trials from trial {shown[0]} on"
        rule = self.circuit.projection(name).rule
        state = f"reach {largest:.3g} s" if np.isfinite(largest) else "are no longer finite"
        raise DivergedError(
            f"learn: the weights of {name!r} {state} by {type(rule).__name__} in batch {number + 1} ({trials}), "
            f"expected less than {self.plastic[name].beyond:.3g} s: give the rule a smaller learning_rate, a w_max, "
            "or the population a homeostasis; the error's .learning holds the weights before this batch",
            self.result(),
        )

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
        return Learning(self.circuit_now(), done, batches, self._history(), snapshots, provenance, learned)

    def _history(self) -> dict[str, Array]:
        rows = self.rows[: self.state.batches]
        return {name: np.array([row[name] for row in rows]) for name in (rows[0] if rows else ())}

    def _fingerprint(self) -> dict[str, str]:
        parts = {
            "circuit": self.circuit.digest,
            "cells": {name: cell.as_dict() for name, cell in self.job.given_cells.items()},
            "schedule": self.job.schedule.as_dict(),
            "settings": [self.seed, self.batch, self.total, self.shuffle, sorted(self.keep)],
            "engine": self.engine.as_dict(),
            "learned": {n: {v: a.tolist() for v, a in part.items()} for n, part in self.job.learned.items()},
            "readout": None if self.readout is None else self.readout.as_dict(),
        }
        return disk.fingerprint(parts, self.stimulus)

    def save(self, file: Path) -> None:
        """Write the checkpoint."""
        state, arrays = self.state, self.state.arrays()
        arrays |= {f"history.{name}": values for name, values in self._history().items()}
        for number, kept in self.kept.items():
            arrays |= {f"kept{number}.weights.{name}": kept.projection(name).dense() for name in state.weights}
            arrays |= {f"kept{number}.bias.{name}": kept.population(name).bias for name in state.bias}
        facts = {**state.facts(), "kept": sorted(self.kept), "fingerprint": self._fingerprint()}
        disk.write(file, facts, arrays)

    def restore(self, file: Path) -> None:
        """Go on from a checkpoint, where there is one."""
        found = disk.read(file, self._fingerprint(), self.state.arrays(), self.total)
        if found is None:
            return
        facts, arrays = found
        old = self.state
        self.state = old.restored(facts, arrays, self._give)
        names = [name.removeprefix("history.") for name in arrays if name.startswith("history.")]
        columns = [arrays[f"history.{name}"].tolist() for name in names]
        self.rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        for number in facts["kept"]:
            weights = named(arrays, f"kept{number}.weights.", old.weights)
            self.kept[number] = self._as_given(weights, named(arrays, f"kept{number}.bias.", old.bias))

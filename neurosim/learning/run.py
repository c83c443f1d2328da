"""learn: presentations in sequence on any rung; the rules change the circuit after each of them."""

import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from neurosim.activations.base import Activation
from neurosim.cells.base import Cell
from neurosim.circuits.circuit import Circuit
from neurosim.engines.base import Engine
from neurosim.learning import checkpoint as disk
from neurosim.learning.observer import Observe, check_observer
from neurosim.learning.presentations import Presentations
from neurosim.learning.result import Learning
from neurosim.progress import Progress, progress_bar
from neurosim.schedule import Schedule, schedule_of
from neurosim.simulate import Learned
from neurosim.stimuli.stimulus import Stimulus

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
    run = Presentations(
        circuit, cells, stimulus, schedule, engine, seed, batch, epochs, shuffle, snapshots, learned, readout
    )  # fmt: skip
    check_observer(observe)
    file = None if checkpoint is None else disk.checked(checkpoint)
    if file is not None:
        disk.restore(run, file)
    with progress_bar(progress, "learn") as callback:
        try:
            _present_all(run, observe, file, callback)
        except KeyboardInterrupt:
            pass
        finally:
            if file is not None:
                _save(run, file)
    return run.result()


def _present_all(
    run: Presentations, observe: Observe | None, file: Path | None, callback: Callable[[float], None]
) -> None:
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


def _save(run: Presentations, file: Path) -> None:
    """Write a checkpoint; one that cannot be written (a full disk) does not take what was learned with it."""
    try:
        disk.save(run, file)
    except OSError as fault:
        reason = fault.strerror or fault
        warnings.warn(f"learn: checkpoint: {reason}; what was learned is returned all the same", stacklevel=3)

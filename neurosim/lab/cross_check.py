"""The fast engine beside the reference on a part of an experiment's own work: equal spikes, or a reason why not asked.

An experiment that spikes adds three lines: `"engines": CROSS_CHECK_COLUMNS` to its COLUMNS, a table of
[cross_check][neurosim.lab.cross_check.cross_check] rows to what it computes, and
[cross_check_findings][neurosim.lab.cross_check.cross_check_findings] to its findings.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from neurosim.lab.findings import Finding

if TYPE_CHECKING:
    from neurosim.cells.base import Cell
    from neurosim.circuits.circuit import Circuit
    from neurosim.engines.base import Engine
    from neurosim.params import Array
    from neurosim.recording import Recording
    from neurosim.schedule import Schedule
    from neurosim.stimuli.stimulus import Stimulus

CROSS_CHECK_COLUMNS = {
    "part": ("", "which part of the experiment ran on both engines"),
    "trials": ("1", "its trials"),
    "units": ("1", "its units, all populations together"),
    "duration": ("s", "its simulated time per trial"),
    "noise_off": ("1", "1 where the cells' noise was switched off: engines draw noise of their own"),
    "spikes": ("1", "spikes on brian (Brian2's NumPy code)"),
    "compiled_spikes": ("1", "spikes on compiled"),
    "differing": ("1", "spikes of either engine that the other does not have (population, trial, unit and step)"),
    "refused": ("", "why compiled does not run this part; empty where it does"),
}
"""Unit and meaning of every column of a row."""


def cross_check(
    part: str,
    circuit: "Circuit",
    cells: "Cell | Mapping[str, Cell]",
    stimulus: "Stimulus | None" = None,
    schedule: "Schedule | None" = None,
    *,
    seed: int = 0,
    trials: int | None = None,
) -> dict[str, Any]:
    """Run a part of an experiment on `compiled` and on `brian`; a row for the table "engines".

    Noise is switched off, because white noise is equal by law only. What `compiled` refuses is run on neither.

    Args:
        part: what it is in a few words ("inhibited digits"); unique within the experiment.
        circuit: the circuit, cells, stimulus and schedule as [simulate][neurosim.simulate.simulate] takes them: the
            experiment's own, small enough for a second or two of Brian2.
        trials: only the first so many trials, with the input spikes that they have in the whole.
        seed: seed of the input spikes.

    Raises:
        ParameterError: what simulate() would refuse as well.
    """
    from neurosim.engines.brian import Brian
    from neurosim.engines.compiled import Compiled
    from neurosim.simulate import prepare

    if stimulus is not None and trials is not None:
        stimulus = stimulus.select(slice(0, trials))
    given = prepare(circuit, cells, stimulus, schedule, seed=seed, record=("spikes",)).cells
    quiet = {name: _without_noise(cell) for name, cell in given.items()}
    job = prepare(circuit, quiet, stimulus, schedule, seed=seed, record=("spikes",))
    refused = Compiled().refuse(job) or ""
    found = {"spikes": 0, "compiled_spikes": 0, "differing": 0}
    if not refused:

        def events(engine: "Engine") -> "Array":
            from neurosim.simulate import simulate

            run = simulate(
                circuit, quiet, stimulus, schedule, seed=seed, record=("spikes",), engine=engine, progress=False
            )
            return _events(run, job.schedule.dt)

        found = _compare(events(Brian(target="numpy")), events(Compiled()))
    return {
        "part": part,
        "trials": job.trials,
        "units": sum(int(population.size) for population in circuit.populations),
        "duration": job.schedule.duration,
        "noise_off": int(quiet != dict(given)),
        **found,
        "refused": refused,
    }


def cross_check_findings(table: Any) -> list[Finding]:
    """A check per row of the table "engines"; a report where there was nothing to compare."""
    return list(_findings(table))


def _findings(table: Any) -> Iterator[Finding]:
    for row in table.itertuples():
        name = "engines/" + re.sub(r"\W+", "-", row.part.lower()).strip("-")
        trials, units = (
            f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((row.trials, "trial"), (row.units, "unit"))
        )
        size = f"{trials} of {units}, {row.duration:g} s"
        noise = ", noise switched off" if row.noise_off else ""
        if row.refused:
            statement = f"{row.part}: brian only; the compiled engine refuses it, because {row.refused}."
            yield Finding.report(name, statement, "spikes compared", 0)
        elif not row.spikes and not row.compiled_spikes:
            yield Finding.report(name, f"{row.part} ({size}{noise}): no cell spikes on either engine.", "spikes", 0)
        else:
            yield Finding.check(
                name,
                f"{row.part}: compiled and brian give the same spikes ({size}{noise}).",
                f"spikes that only one of them has, of {row.spikes} on brian and {row.compiled_spikes} on compiled",
                row.differing,
                at_most=0,
                reason="without noise and in double precision both do the same arithmetic in the same order",
                source="Brian2's NumPy code",
            )


def _without_noise(cell: "Cell") -> "Cell":
    return cell.replace(sigma_stat=0.0) if getattr(cell, "noisy", False) else cell


def _events(run: "Recording", dt: float) -> "Array":
    """(spikes, 4) whole numbers in order: population, trial, unit, step."""
    import numpy as np

    parts = [np.zeros((0, 4), dtype=np.int64)]
    for number, spikes in enumerate(run.spikes.values()):
        steps = np.rint(spikes.times / dt).astype(np.int64)
        parts.append(np.column_stack([np.full(len(spikes), number), spikes.trials, spikes.units, steps]))
    return np.concatenate(parts)


def _compare(reference: "Array", other: "Array") -> dict[str, int]:
    import numpy as np

    # A cell spikes at most once per step, so within one engine no event comes twice, and any other count is one engine.
    _, counts = np.unique(np.concatenate([reference, other]), axis=0, return_counts=True)
    return {"spikes": len(reference), "compiled_spikes": len(other), "differing": int((counts == 1).sum())}

"""The engines of this package as entrants."""

import os

import numpy as np

from benchmarks.entrants import ENGINE, Entrant


def engines_of(p, threads=None):
    """Engines of the spiking works, the fastest first: (name, engine)."""
    from neurosim.engines import known

    found = sorted((e for e in known().values() if e.level == "spiking"), key=lambda e: -e.rank)
    if p.engine != "auto":
        from neurosim.registry import lookup

        found = [lookup("engine", p.engine, {e.name: e for e in found})]
    made = []
    for kind in found:
        limit = {"threads": threads} if threads and "threads" in kind.info() else {}
        made.append((kind.name, kind(**limit)))
    return made


def simulated(name, engine, circuit, cell, stimulus, schedule, p, share=1.0, record=("spikes",)):
    """An entrant that calls simulate(), every spike recorded unless the counts suffice."""
    from neurosim.simulate import simulate

    def run():
        return simulate(
            circuit, cell, stimulus, schedule, seed=p.seed, record=record, engine=engine, progress=False
        )  # fmt: skip

    def read(recording):
        parts = []
        for population in circuit.populations:
            if not record:
                parts.append(np.rint(recording.rates[population.name] * schedule.window).astype(np.int64))
                continue
            spikes, size = recording.spikes[population.name], int(population.size)
            flat = np.bincount(spikes.trials * size + spikes.units, minlength=recording.trials * size)
            parts.append(flat.reshape(recording.trials, size))
        return np.hstack(parts)

    return Entrant(f"{ENGINE}, {name}", ENGINE, run, read, share=share)


def whole_steps(duration, dt):
    from neurosim.schedule import Schedule

    return Schedule(duration=round(duration / dt) * dt, settle=0.0, dt=dt)


def most_threads():
    """How many threads may be used: a run of several experiments side by side allows one to each."""
    from neurosim.lab.provenance import available_cores

    return min(available_cores(), int(os.environ.get("NUMBA_NUM_THREADS", "1000")))

"""What constant inputs contribute to the drives, step by step: the same bits for every spiking engine.

Such an input begins at t = 0 and changes with the frames of its movie, so what a projection carries is constant between
a few steps. Through an exponential of area 1 and time constant tau a piecewise constant current u(t) becomes
u(t - delay) plus a remainder, which decays with tau and jumps by minus the change of u whenever u changes. Engines
let the steady current follow u(t - delay), and give the jumps to the synaptic variable of that tau, which decays as it
is.

The last bit of a product of matrices depends on how many rows are multiplied together and by how many threads. So it is
made here, and whoever runs some of the trials takes their rows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from neurosim.circuits.circuit import Projection
from neurosim.circuits.delays import parts
from neurosim.engines.base import Job
from neurosim.params import Array
from neurosim.stimuli.spiketrains import Integers

_ON_GRID = 1e-6
"""Fraction of a step by which a frame may miss the grid and still begin on it."""


@dataclass(frozen=True, eq=False)
class Segment:
    """Steps in which nothing changes, from `step` to the next segment's."""

    step: int
    applied: dict[str, Array]
    """What every projection that has begun contributes behind its synapse, (trials, units) by projection."""
    changes: dict[str, Array]
    """Of those with a time constant: how much more that is than in the segment before."""


def steady_projections(job: Job) -> list[Projection]:
    """Projections from inputs that arrive as a steady drive."""
    return [p for p in job.circuit.projections if p.pre in job.steady_inputs]


def still_input(job: Job) -> dict[str, Array]:
    """Contribution (trials, units) of every projection from a steady input without frames."""
    stimulus = job.stimulus
    if stimulus is None:
        return {}
    return {p.name: _applied(p, stimulus.rates[p.pre]) for p in steady_projections(job) if _stands(job, p)}


def change_steps(job: Job) -> list[int]:
    """Steps at which a steady input changes somewhere, 0 first."""
    every = {0} | {step for p in steady_projections(job) for q in _parts(job, p) for step in _begins(job, q).tolist()}
    return sorted(step for step in every if step < job.stop)


def segments(job: Job, still: Mapping[str, Array]) -> Iterator[Segment]:
    """One segment after the other; `still` is what still_input said."""
    every = [(p.name, part) for p in steady_projections(job) for part in _parts(job, p)]
    begins = {part.name: _begins(job, part) for _, part in every}
    latest: dict[str, tuple[int, Array]] = {}
    for step in change_steps(job):
        changes: dict[str, Array] = {}
        applied: dict[str, Array] = {}
        for name, part in every:
            frame = int(np.searchsorted(begins[part.name], step, side="right")) - 1
            before, value = latest.get(part.name, (-1, None))
            if frame != before:
                new = _shown(job, part, frame, still)
                latest[part.name] = (frame, new)
                if part.tau > 0:
                    change = new if value is None else new - value
                    changes[name] = changes[name] + change if name in changes else change
            if part.name in latest:
                now = latest[part.name][1]
                applied[name] = applied[name] + now if name in applied else now
        yield Segment(step, applied, changes)


def _parts(job: Job, p: Projection) -> list[Projection]:
    """Parts of one delay each: its own, where a projection has one."""
    return parts(p, job.schedule.dt)


def _stands(job: Job, p: Projection) -> bool:
    return job.stimulus is not None and job.stimulus.frames_of(p.pre) == 1


def _begins(job: Job, p: Projection) -> Integers:
    """Step at which each frame of a projection's input arrives: the first one that is not before it."""
    assert job.stimulus is not None
    frame, dt = job.stimulus.frame_of(p.pre) or 0.0, job.schedule.dt
    first = np.ceil(np.arange(job.stimulus.frames_of(p.pre)) * (frame / dt) - _ON_GRID)
    begins: Integers = first.astype(np.int64) + int(p.delay / dt + 0.5)
    return begins


def _shown(job: Job, p: Projection, frame: int, still: Mapping[str, Array]) -> Array:
    assert job.stimulus is not None
    if p.name in still:
        return still[p.name]
    rates = job.stimulus.rates[p.pre]
    return _applied(p, rates if _stands(job, p) else rates[:, frame])


def _applied(p: Projection, rates: Array) -> Array:
    # The threads of BLAS wait awake for some 20 ms after a product, on the cores that the machine code is about to use.
    with _blas().limit(limits=1, user_api="blas"):
        return p.apply(rates)


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()

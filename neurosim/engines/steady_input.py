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

from neurosim.circuit import Projection
from neurosim.engines.base import Job
from neurosim.params import Array
from neurosim.spiketrains import Integers

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
    every = {0} | {step for p in steady_projections(job) for step in _begins(job, p).tolist()}
    return sorted(step for step in every if step < job.schedule.steps)


def segments(job: Job, still: Mapping[str, Array]) -> Iterator[Segment]:
    """One segment after the other; `still` is what still_input said."""
    begins = {p.name: _begins(job, p) for p in steady_projections(job)}
    latest: dict[str, tuple[int, Array]] = {}
    for step in change_steps(job):
        changes = {}
        for p in steady_projections(job):
            frame = int(np.searchsorted(begins[p.name], step, side="right")) - 1
            before, value = latest.get(p.name, (-1, None))
            if frame == before:
                continue
            new = _shown(job, p, frame, still)
            latest[p.name] = (frame, new)
            if p.tau > 0:
                changes[p.name] = new if value is None else new - value
        yield Segment(step, {name: value for name, (_, value) in latest.items()}, changes)


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
    return still[p.name] if _stands(job, p) else _applied(p, job.stimulus.rates[p.pre][:, frame])


def _applied(p: Projection, rates: Array) -> Array:
    # The threads of BLAS wait awake for some 20 ms after a product, on the cores that kernels are about to use.
    with _blas().limit(limits=1, user_api="blas"):
        return p.apply(rates)


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()

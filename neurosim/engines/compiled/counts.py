"""What numbers of spikes bring in each step, for the compiled engine: drawn and weighed by NumPy, some steps ahead."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.circuits.circuit import Projection
from neurosim.circuits.delays import parts
from neurosim.engines.base import Job
from neurosim.engines.synapses import arriving, delay_steps
from neurosim.params import Array

AHEAD = 1 << 20
"""Numbers that are drawn ahead (8 MB); no result depends on it."""


def counted(job: Job) -> list[Projection]:
    """Projections whose input sends several spikes per step, in the circuit's order."""
    every = [p for p in job.circuit.projections if p.pre in job.counted_inputs]
    return [part for p in every for part in parts(p, job.schedule.dt)]


def columns(job: Job) -> dict[str, int]:
    """First column of every such projection in the table of arrivals."""
    names = [p.name for p in counted(job)]
    widths = [int(job.circuit.sizes[p.post]) for p in counted(job)]
    return dict(zip(names, np.cumsum([0, *widths]).tolist(), strict=False))


@dataclass(frozen=True, eq=False)
class _Source:
    """A projection: from which input, by how much per spike, how late, to which columns."""

    pre: str
    matrix: Any
    diagonal: bool
    lag: int
    where: slice

    def weigh(self, numbers: Any, out: Array) -> None:
        """(steps, channels) -> (steps, targets), with the sums in the order of the channels."""
        if self.diagonal and out.dtype == np.float64:
            np.multiply(numbers, self.matrix.data, out=out)
        else:
            out[...] = numbers * self.matrix.data if self.diagonal else (self.matrix @ numbers.T).T


def _is_diagonal(matrix: Any) -> bool:
    """Whether every row of a sparse matrix holds one entry, that of its own column."""
    size = matrix.shape[0]
    every = np.arange(size + 1)
    return bool(
        matrix.shape[1] == size == matrix.nnz
        and np.array_equal(matrix.indptr, every)
        and np.array_equal(matrix.indices, every[:-1])
    )


class Arrivals:
    """The steps of one trial after the other, each (steps, columns)."""

    def __init__(self, job: Job, dtype: Any) -> None:
        self.job, self.dtype = job, dtype
        self.sources = []
        begin = 0
        for p in counted(job):
            matrix = arriving(p, job)
            size = matrix.shape[0]
            diagonal = _is_diagonal(matrix)
            lag = delay_steps(p, job.schedule.dt)
            self.sources.append(_Source(p.pre, matrix, diagonal, lag, slice(begin, begin + size)))
            begin += size
        self.width = begin
        self.streams: Any = {}

    def rows(self, trial: int, start: int, stop: int) -> Array:
        """What arrives in the next steps of a trial."""
        if start == self.job.start:
            self.streams = self.job.input_counts([trial])
        result = np.zeros((stop - start, self.width), dtype=self.dtype)
        for source in self.sources:
            first = max(start, source.lag)
            if first < stop:
                numbers = self.streams[source.pre].between(first - source.lag, stop - source.lag)[:, 0]
                source.weigh(numbers, result[first - start :, source.where])
        return result

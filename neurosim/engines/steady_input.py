"""What constant inputs contribute to the drives: one product for all trials, the same bits for every spiking engine.

The last bit of a product of matrices depends on how many rows are multiplied together and by how many threads. So it is
made here, and whoever runs some of the trials takes their rows.
"""

from functools import cache
from typing import Any

from neurosim.engines.base import Job
from neurosim.params import Array


def applied_input(job: Job, time: float = 0.0) -> dict[str, Array]:
    """Contribution (trials, units) of every projection from an input at a time in s; empty where inputs spike."""
    if job.stimulus is None or job.spiking_input:
        return {}
    rates = job.stimulus.rates_at(time)
    # The threads of BLAS wait awake for some 20 ms after a product, on the cores that kernels are about to use.
    with _blas().limit(limits=1, user_api="blas"):
        return {p.name: p.apply(rates[p.pre]) for p in job.circuit.projections if p.pre in rates}


def still_input(job: Job) -> dict[str, Array]:
    """The same where it stands still: empty for a movie."""
    return applied_input(job) if job.stimulus is not None and job.stimulus.frames == 1 else {}


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()

"""Weights of constant inputs that change between presentations: no engine keeps them, they are in the current."""

import dataclasses
from collections.abc import Collection

import numpy as np

from neurosim.engines.base import Job, Units
from neurosim.params import Array


class SteadyWeights:
    """Magnitudes (post, pre) in s by projection; empty where no such projection changes."""

    def __init__(self, job: Job, changing: Collection[str]) -> None:
        steady = [p for p in job.circuit.projections if p.name in changing and p.pre in job.steady_inputs]
        self.weights = {p.name: np.array(p.dense()) for p in steady}

    def __contains__(self, name: str) -> bool:
        return name in self.weights

    def incoming(self, name: str, units: Units) -> Array:
        """Those of some units, in an array of their own."""
        return np.array(self.weights[name][units])

    def give(self, name: str, units: Units, weights: Array) -> Array:
        """Give some units others, and return them."""
        self.weights[name][units] = weights
        return weights

    def job(self, job: Job) -> Job:
        """The job with the weights of now."""
        if not self.weights:
            return job
        return dataclasses.replace(job, circuit=job.circuit.with_weights(**self.weights))

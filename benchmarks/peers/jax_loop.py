"""JAX: one compiled loop."""

import importlib

import numpy as np

from benchmarks.engines import whole_steps
from benchmarks.parameters import DT, TAU
from benchmarks.works.independent import drives, silent_steps

LIBRARY, MODULE, EXACT = "JAX", "jax", True


def sweep_in_jax(p):
    """One compiled loop in double precision."""
    import_module = importlib.import_module
    jax, jnp = import_module("jax"), import_module("jax.numpy")
    steps, silence, decay = whole_steps(p.duration, DT).steps, silent_steps(), float(np.exp(-DT / TAU))

    def step(number, state):
        v, ready, counts, push = state
        v = jnp.where(ready <= number, push + decay * v, 0.0)
        fired = v > 1.0
        return jnp.where(fired, 0.0, v), jnp.where(fired, number + silence, ready), counts + fired, push

    @jax.jit
    def loop(push):
        zeros = jnp.zeros(push.shape, dtype=jnp.int32)
        return jax.lax.fori_loop(0, steps, step, (jnp.zeros_like(push), zeros, zeros, push))[2]

    def run():
        with jax.enable_x64(True):
            drive = drives(p.units)
            return np.asarray(loop(jnp.asarray(drive - decay * drive)))[None]

    return run


WORKS = {"W1": sweep_in_jax}

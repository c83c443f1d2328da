"""Time per element of the functions that activations are made of, and of a layer's training step; nothing is asserted.

Rounds are interleaved: what else the machine does slows neighbours alike, so the ratios within a round hold.
"""

import math
import time

import numpy as np
import pytest
from scipy.special import erf, expit
from threadpoolctl import threadpool_limits

SIZE, WIDTH, BATCH = 8192, 1024, 64  # the elements fit the cache


def elements(dtype):
    x = np.random.default_rng(0).standard_normal(SIZE).astype(dtype)
    out, zero = np.empty_like(x), np.zeros_like(x)  # with the number 0 NumPy leaves its fastest loop
    functions = {"exp": np.exp, "tanh": np.tanh, "sigmoid": expit, "erf": erf}
    calls = {name: lambda f=f: f(x, out=out) for name, f in functions.items()}
    return {"maximum": lambda: np.maximum(x, zero, out=out), **calls}


def layers():
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal((2, BATCH, WIDTH)).astype(np.float32)
    w = (rng.standard_normal((WIDTH, WIDTH)) / math.sqrt(WIDTH)).astype(np.float32)
    zero = np.zeros_like(x)

    def step(f, slope):
        r = f(x @ w)
        back = g * slope(r)
        return x.T @ back, back @ w.T

    kinds = {
        "ReLU": (lambda h: np.maximum(h, zero), lambda r: r > 0),
        "Sigmoid": (expit, lambda r: r * (1 - r)),
        "Tanh": (np.tanh, lambda r: 1 - r * r),
    }
    return {name: lambda pair=pair: step(*pair) for name, pair in kinds.items()}


def interleaved(calls, rounds):
    """Seconds of every call in every round; the first round warms up and is overwritten."""
    clock = {name: np.empty(rounds) for name in calls}
    for k in range(-1, rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            clock[name][k] = time.perf_counter() - start
    return clock


@pytest.mark.parametrize(
    ("title", "made", "count", "rounds"),
    [
        ("float64, ns per element", lambda: elements(np.float64), SIZE, 500),
        ("float32, ns per element", lambda: elements(np.float32), SIZE, 500),
        ("training step, float32, ns per unit and pattern", layers, BATCH * WIDTH, 21),
    ],
)
def test_time_of_activations(benchmark, capsys, title, made, count, rounds):
    calls = made()
    with threadpool_limits(1):  # so that the matrix product is timed and not the wait for another core
        clock = interleaved(calls, rounds)
        benchmark.pedantic(next(iter(calls.values())), rounds=3)
    first = next(iter(clock.values()))
    with capsys.disabled():
        print(f"\n{title}")
        for name, seconds in clock.items():
            middle, low, high = 1e9 * np.percentile(seconds, (50, 10, 90)) / count
            print(f"  {name:8} {middle:8.2f}  ({low:.2f} to {high:.2f})  {np.median(seconds / first):5.1f} times")

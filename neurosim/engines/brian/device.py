"""What a run changes in Brian2 as a whole, preferences and device, taken for the run and given back as it was."""

import contextlib
import functools
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from neurosim.engines.base import Job, learned_of, learns
from neurosim.engines.brian.extensions import whole_extensions
from neurosim.engines.steady_input import change_steps

_CAREFUL = ["-w", "-O3", "-ffp-contract=off", "-std=c++11"]
"""In place of Brian2's -ffast-math, which moves spikes by letting the compiler change the order of sums."""


def refuse_standalone(job: Job) -> str | None:
    """Why a program of its own cannot run this job, in one sentence; None if it can."""
    if not (shutil.which("g++") and shutil.which("make")):
        return "the target standalone needs g++ and make, which are not installed"
    if learns(job) or learned_of(job):
        return "the target standalone does not learn; take the target numpy or cython"
    if job.start:
        return "the target standalone begins at time 0; take the target numpy or cython"
    if job.competition:
        return "the target standalone cannot let drives compete as it runs; take the target numpy or cython"
    if job.counted_inputs:
        return "the target standalone cannot be handed numbers of spikes as it runs; take the target numpy or cython"
    if len(change_steps(job)) > 1:
        return (
            "the target standalone cannot be shown the frames of a movie, or a constant input after a delay; take the "
            "target numpy or cython"
        )
    return None


@functools.cache
def has_compiler() -> bool:
    return any(shutil.which(name) for name in ("gcc", "cc", "clang", "cl"))


@contextlib.contextmanager
def untouched(brian2: Any, target: str) -> Iterator[None]:
    """Brian2 with this target and without chatter; preferences, random state and log level come back afterwards."""
    logger = logging.getLogger("brian2")
    level, before = logger.level, brian2.prefs["codegen.target"]
    state = np.random.get_state()  # noqa: NPY002 - Brian2 draws from NumPy's global generator
    logger.setLevel(logging.ERROR)
    brian2.prefs["codegen.target"] = "numpy" if target == "standalone" else target
    try:
        # Brian2 calls its parser by names that the parser has deprecated; nobody here can do anything about it.
        # What overflows is looked for, and named, by who runs it.
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            without_unit_checks(brian2),
            whole_extensions(brian2),
        ):
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        brian2.prefs["codegen.target"] = before
        np.random.set_state(state)  # noqa: NPY002
        logger.setLevel(level)


@contextlib.contextmanager
def without_unit_checks(brian2: Any) -> Iterator[None]:
    """Functions that Brian2 has for NumPy as Python alone (such as exprel) are called without looking at units there.

    Units were checked when the equations were read. The check at each call writes the text of its error before it knows
    of one, which was three quarters of a step of HodgkinHuxley. What they compute is the same to the bit.
    """
    name = "codegen.runtime.numpy.discard_units"
    before = brian2.prefs[name]
    tables = [known.implementations._implementations for known in brian2.core.functions.DEFAULT_FUNCTIONS.values()]
    made = [table.pop("numpy", None) for table in tables]
    brian2.prefs[name] = True
    try:
        yield
    finally:
        brian2.prefs[name] = before
        for table, implementation in zip(tables, made, strict=True):
            table.pop("numpy", None)
            if implementation is not None:
                table["numpy"] = implementation


@contextlib.contextmanager
def listing(brian2: Any) -> Iterator[None]:
    """Synapses given as lists are entered by NumPy whatever the target: each list would cost a Cython module that takes
    10 s to build, and NumPy copies it as fast.
    """
    before = brian2.prefs["codegen.target"]
    brian2.prefs["codegen.target"] = "numpy"
    try:
        yield
    finally:
        brian2.prefs["codegen.target"] = before


@contextlib.contextmanager
def standalone(brian2: Any) -> Iterator[None]:
    """Objects made inside belong to a program in a folder of its own, which `built` compiles and runs.

    Afterwards the folder is gone, and device, preferences and environment are those of before.
    """
    prefs = {
        "codegen.cpp.extra_compile_args_gcc": _CAREFUL,
        "devices.cpp_standalone.extra_make_args_unix": ["-j", str(os.cpu_count() or 1)],
    }
    before = {name: brian2.prefs[name] for name in prefs}
    environment = dict(os.environ)
    brian2.set_device("cpp_standalone", build_on_run=False)
    try:
        for name, value in prefs.items():
            brian2.prefs[name] = value
        yield
    finally:
        for name, value in before.items():
            brian2.prefs[name] = value
        brian2.device.reinit()
        brian2.devices.reset_device()
        os.environ.clear()
        os.environ.update(environment)


@contextlib.contextmanager
def built(brian2: Any) -> Iterator[None]:
    """Compile the program and run it; its results can be read inside."""
    with tempfile.TemporaryDirectory(prefix="neurosim_") as folder:
        brian2.device.build(directory=folder, compile=True, run=True, with_output=False)
        yield

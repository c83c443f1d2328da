"""How fast are the engines, measured against C and against the libraries that are installed?

Prediction: units that spike rarely cost little if only the weights of those that spiked are touched; such an engine
stays within a small factor of a program in C that does nothing else, and it beats dense matrix products up to some
tens of per cent of units spiking per step.

Five works, the same network, time step and input for everyone; what came out (spikes of every unit, mean rates) is
compared before any time is. W1: independent LIF cells at drives from 0 to 5. W2: a recurrent network of LIF cells, 80 %
excitatory and 20 % inhibitory, each with synapses onto a tenth of the others, delta synapses, a delay of 1.5 ms, driven
by Poisson sources. W3: a 784-512-256-10 ReLU network as integrate-and-fire units with reset by subtraction, 15 % of the
units active and 0.04 spikes per unit and step. W4: learning without labels as Diehl & Cook have it, 784 Poisson inputs
(a white pixel: 63.75 Hz), 400 LIF cells with thresholds that rise and lateral inhibition, weights by spike times,
normalised after each image of 1,000 steps of 0.5 ms; a whole call of learn(), its input spikes drawn. W5: ReLU rate
units with dense recurrent weights and lateral inhibition. The bound is a C source per work (tests/benchmarks/c),
event-driven where something spikes, in double precision, built with gcc -O3 -march=native where there is a compiler.
Every entrant runs once unmeasured (compilation, caches), then all run in turn, so that a slow moment of the machine
meets everyone; times are medians. A call of simulate() counts whole: checks, input spikes, recording and provenance
included; the C program is handed its arrays. Nothing here asserts an absolute time: machines differ, and other programs
run on them.

Sources: Brunel, J Comput Neurosci 8 (2000) for the network; Rueckauer et al., Front Neurosci 11:682 (2017) for spiking
ReLUs; Diehl & Cook, Front Comput Neurosci 9:99 (2015) for the learner; Stimberg, Brette & Goodman, eLife 8 (2019)
e47314 for Brian2.
"""

import contextlib
import ctypes
import importlib
import importlib.util
import math
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.engines import choices
from neurosim.lab import CROSS_CHECK_COLUMNS, Finding, cross_check, cross_check_findings, main
from neurosim.params import Params, param

ORDER = 90
CLAIMS = ()
QUICK = {
    "rounds": 3, "units": 4000, "duration": 0.03, "network": 400, "network_duration": 0.03, "batch": 8, "few": 1,
    "images_steps": 40, "learners": 100, "learned": 6, "learned_duration": 0.05, "rate_units": 200,
    "rate_duration": 0.5, "rate_batch": 8, "patience": 0.1, "pause": 0.0, "wide": 200,
    "fractions": (0.005, 0.02, 0.1, 0.4),
}  # fmt: skip

SOURCES = Path(__file__).parents[1] / "tests" / "benchmarks" / "c"
FLAGS = (("-march=native", "-fopenmp"), ("-march=native",), ())
DT, TAU, T_REF, DELAY = 1e-4, 20e-3, 2e-3, 1.5e-3
HIGHEST_DRIVE = 5.0
# What SPEED tables elsewhere were made with: 10,000 units for one second.
KNOWN_UNITS, KNOWN_DURATION, KNOWN_SPIKES = 10_000, 1.0, 759_275
SOURCE_RATE, SOURCE_DRIVE = 20.0, 1.2  # Hz of each Poisson source, and the mean drive of them all
INHIBITION_RATIO, NETWORK_GAIN = 5.0, 0.2
LAYERS, PIXELS, INK = (512, 256, 10), 784, 0.19  # the share of pixels that are not 0, as in handwritten digits
IMAGE_DT, IMAGE_TAU = 1e-3, 10e-3
WHITE, DARKEST, LEARN_DT, MILLIVOLTS = 63.75, 0.36, 5e-4, 13.0  # Hz; of lit pixels (mean 0.68); s; to threshold
ACTIVE, SPIKES_PER_STEP = 0.15, 0.04
SWEEP_UNITS, SWEEP_BATCH = (100, 1000, 10_000, 100_000), (1, 4, 16, 64, 256)
GOALS = {"W1": 1.6, "W2": 1.2, "W3": 1.1, "W4": 1.5}
SINGLE = 1e-3  # largest relative difference in the number of spikes that single precision is granted
ENGINE, BOUND, PEER = "neurosim", "C", "peer"


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """The full run: W1 with 10,000 units, W2 with 4,000, W3 with 256 images, W4 with 400 cells, W5 with 1,000 units."""

    rounds: int = param(5, doc="measured runs of every entrant, in turn", low=3)
    units: int = param(10_000, doc="W1: independent LIF cells", low=10)
    duration: float = param(1.0, unit="s", doc="W1: simulated time", above=0.01)
    network: int = param(4000, doc="W2: recurrent LIF cells", low=50)
    network_duration: float = param(1.0, unit="s", doc="W2: simulated time", above=0.01)
    batch: int = param(256, doc="W3: images at a time", low=1)
    few: int = param(8, doc="W3: images for entrants that are slow (their time is scaled up)", low=1)
    images_steps: int = param(100, doc="W3: steps per image", low=10)
    learners: int = param(400, doc="W4: cells that learn", low=10)
    learned: int = param(300, doc="W4: images that they learn", low=1)
    learned_duration: float = param(0.5, unit="s", doc="W4: time for which an image is shown", above=0.01)
    rate_units: int = param(1000, doc="W5: rate units", low=10)
    rate_duration: float = param(1.0, unit="s", doc="W5: simulated time", above=0.05)
    rate_batch: int = param(64, doc="W5: trials of the batch", low=1)
    wide: int = param(1000, doc="units of the two layers in which the share of spiking units is varied", low=10)
    fractions: tuple = param(
        (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4),
        doc="spikes per unit and step in these layers",
        above=0,
        high=0.6,
    )
    patience: float = param(2.0, unit="s", doc="a scaling curve ends with the first point that takes longer", above=0)
    pause: float = param(
        0.2,
        unit="s",
        doc="rest after a library's run: the threads of BLAS wait awake on the cores of who is next",
        low=0,
    )
    peers: bool = param(True, doc="run the installed libraries too")
    compile_peers: bool = param(False, doc="let Brian2 compile (its own default); else its NumPy code runs")
    engine: str = param(
        "auto", doc="engine of the spiking works; auto: every engine there is", choices=choices("spiking")
    )
    seed: int = param(0, doc="seed of networks, images and input spikes", low=0)


_WORK = ("1", "which work: W1, W2, W3, W4, W5 (one trial) or W5 batch")
_ENTRANT = ("1", "who did it: an engine of this package, C, or a library")
_KIND = ("1", "neurosim, C or peer")
COLUMNS = {
    "times": {
        "work": _WORK,
        "entrant": _ENTRANT,
        "kind": _KIND,
        "share": ("1", "share of the work that was run; the times are scaled to the whole"),
        "first": ("s", "first call, compilation and loading included (not scaled)"),
        "seconds": ("s", "median of the measured runs"),
        "fastest": ("s", "fastest of them"),
        "slowest": ("s", "slowest of them"),
        "inside": ("s", "median time inside the engine, by its provenance (this package only)"),
        "to_bound": ("1", "median over the C program's median (empty without one)"),
        "to_peer": ("1", "median over that of the fastest library with the right result (empty without one)"),
    },
    "runs": {
        "work": _WORK,
        "entrant": _ENTRANT,
        "round": ("1", "number of the round; in each, all entrants run in turn"),
        "seconds": ("s", "time of this run, scaled to the whole work"),
    },
    "agreement": {
        "work": _WORK,
        "entrant": _ENTRANT,
        "kind": _KIND,
        "exact": ("1", "whether it calculates in double precision, so that every spike must agree"),
        "trials": ("1", "trials that were run"),
        "total": ("1 or Hz", "spikes of all units and trials (W5: mean rate)"),
        "reference": ("1 or Hz", "the same of the reference, over the same trials"),
        "deviation": ("1 or Hz", "largest difference of any unit in any trial (W4: of all units in any image)"),
        "agrees": ("1", "equal (W5: within 1e-3 of the largest rate; single precision: total within 1e-3)"),
    },
    "scaling": {
        "panel": ("1", "what is varied: units (of W1), batch (of W3), active (two layers), threads (of W3)"),
        "entrant": _ENTRANT,
        "kind": _KIND,
        "x": ("1", "number of units, images or threads; spikes per unit and step"),
        "seconds": ("s", "median time per unit and step (units), image (batch, threads) or trial and step (active)"),
    },
    "peers": {
        "library": ("1", "name of the library"),
        "work": ("1", "the work that its adapter here does, or - without one"),
        "state": ("1", "measured, left out, or why not"),
    },
    "theory": {
        "name": ("1", "what was counted"),
        "value": ("see name", "found"),
        "expected": ("see name", "by theory"),
        "allowed": ("see name", "largest allowed difference"),
        "reason": ("1", "where the expectation and the allowance come from"),
    },
    "engines": CROSS_CHECK_COLUMNS,
    "machine": {"name": ("1", "what"), "value": ("1", "its value")},
}


def estimate(p: Parameters) -> tuple[float, float]:
    """Seconds and bytes of a run: Brian2's NumPy code decides (0.25 ms a step, 30 ns a unit, 15 ns an event)."""
    runs = p.rounds + 1
    entrants = 2 if p.peers else 1
    sweep = p.duration / DT * (2.5e-4 + 3e-8 * p.units)
    events = 40.0 * p.network * p.network_duration * p.network / 10
    recurrent = p.network_duration / DT * (5e-4 + 3e-8 * p.network) + 1.5e-8 * events
    rates = p.rate_duration / DT * p.rate_units**2 * 6e-10
    return 8.0 + runs * (entrants * (sweep + recurrent) + 2 * rates) + 60 * p.patience, 1.5e9


@dataclass(frozen=True)
class _Entrant:
    """Someone who does a work: `run` is timed, `read` makes (trials, units) of what it returned."""

    name: str
    kind: str
    run: Callable[[], Any]
    read: Callable[[Any], Any] = np.asarray
    exact: bool = True
    share: float = 1.0


def compute(p: Parameters, progress):
    import pandas as pd

    rows = {name: [] for name in COLUMNS}
    with _program() as (program, compiler):
        works = {
            "W1": lambda: _sweep(p, p.units, p.duration, program, every_step=True),
            "W2": lambda: _recurrent(p, program, rows["theory"]),
            "W3": lambda: _images(p, p.batch, program),
            "W4": lambda: _learners(p, program),
            "W5": lambda: _rates(p, 1, program),
            "W5 batch": lambda: _rates(p, p.rate_batch, None),
        }
        for work, make in progress(works.items(), "works"):
            entrants = make() + _peers(p, work, rows["peers"])
            for entrant in entrants:
                if entrant.kind == ENGINE:
                    progress.note(engine=entrant.name.partition(", ")[2].partition(" in ")[0])
            outputs, times, inside = _measure(entrants, p.rounds, pause=p.pause)
            rows["agreement"] += _agreement(work, entrants, outputs)
            rows["runs"] += [(work, e.name, i, t) for e in entrants for i, t in enumerate(times[e.name][1:], start=1)]
            rows["times"] += _summary(work, entrants, times, inside, rows["agreement"])
            rows["theory"] += _theory(p, work, outputs[entrants[0].name])
        for panel in progress(_PANELS, "scaling"):
            rows["scaling"] += _scaling(p, panel, program)
        rows["engines"] = _cross_checks(p)
        rows["machine"] = _machine(p, compiler)
    return {name: pd.DataFrame(rows[name], columns=list(COLUMNS[name])) for name in COLUMNS}


def _measure(entrants, rounds, patience=math.inf, pause=0.0):
    """Outputs of a first run; times of the first one and of `rounds` measured ones in turn; times inside the engine.

    Measured times are scaled by the share. Whoever takes longer than the patience in the first run is not run again:
    that time counts.
    """
    outputs, times, inside = {}, {e.name: [] for e in entrants}, {e.name: [] for e in entrants}

    def once(entrant, scale):
        started = time.perf_counter()
        result = entrant.run()
        times[entrant.name].append((time.perf_counter() - started) / scale)
        if entrant.kind == PEER:
            time.sleep(pause)
        return result

    for entrant in entrants:
        outputs[entrant.name] = entrant.read(once(entrant, 1.0))
        first = times[entrant.name][0]
        if first > patience:
            times[entrant.name].append(first / entrant.share)
    again = [entrant for entrant in entrants if len(times[entrant.name]) == 1]
    for _ in range(rounds):
        for entrant in again:
            provenance = getattr(once(entrant, entrant.share), "provenance", {})
            within = provenance.get("engine_seconds", provenance.get("wall_seconds", math.nan))
            inside[entrant.name].append(within / entrant.share)
    return outputs, times, inside


def _agreement(work, entrants, outputs):
    """Everyone against the exact entrant that did most trials."""
    chosen = max((e for e in entrants if e.exact), key=lambda e: len(outputs[e.name]))
    rows = []
    for entrant in entrants:
        found = outputs[entrant.name]
        reference = outputs[chosen.name][: len(found)]
        deviation = float(np.abs(found - reference).max())
        if work.startswith("W5"):
            total, expected = float(found.mean()), float(reference.mean())
            agrees = deviation <= 1e-3 * float(np.abs(reference).max())
        else:
            total, expected = float(found.sum()), float(reference.sum())
            agrees = deviation == 0 if entrant.exact else abs(total - expected) <= SINGLE * expected
        rows.append((work, entrant.name, entrant.kind, entrant.exact, len(found), total, expected, deviation, agrees))
    return rows


def _summary(work, entrants, times, inside, agreement):
    right = {row[1] for row in agreement if row[0] == work and row[-1]}
    medians = {e.name: float(np.median(times[e.name][1:])) for e in entrants}
    bound = min((medians[e.name] for e in entrants if e.kind == BOUND), default=math.nan)
    peer = min((medians[e.name] for e in entrants if e.kind == PEER and e.name in right), default=math.nan)
    return [
        (work, e.name, e.kind, e.share, times[e.name][0], medians[e.name], min(times[e.name][1:]),
         max(times[e.name][1:]), float(np.median(inside[e.name])), medians[e.name] / bound, medians[e.name] / peer)
        for e in entrants
    ]  # fmt: skip


def _threads():
    """How many threads may be used: a run of several experiments side by side allows one to each."""
    from neurosim.lab.provenance import available_cores

    return min(available_cores(), int(os.environ.get("NUMBA_NUM_THREADS", "1000")))


def _machine(p, compiler):
    import platform

    from neurosim.lab.provenance import machine, version_of

    known = {key: str(value) for key, value in machine().items()}
    packages = {name: version_of(name) or "-" for name in ("numpy", "scipy", "numba", "brian2")}
    return list({
        **known, "threads": str(_threads()), "compiler": compiler, "python": platform.python_version(), **packages,
        "Brian2 code": "compiled" if p.compile_peers else "NumPy",
    }.items())  # fmt: skip


# --- the program in C ---


@contextlib.contextmanager
def _program():
    """The C sources as a loaded library and the words for how it was built, or None and why not."""
    import subprocess
    import tempfile

    sources = sorted(str(path) for path in SOURCES.glob("*.c"))
    if not sources:
        yield None, f"no sources in {SOURCES.name}"
        return
    with tempfile.TemporaryDirectory(prefix="neurosim-speed-") as folder:
        target = str(Path(folder) / "speed.so")
        for flags in FLAGS:
            command = ["gcc", "-O3", *flags, "-shared", "-fPIC", "-o", target, *sources]
            try:
                done = subprocess.run(command, capture_output=True, check=False)
            except OSError:
                yield None, "no gcc"
                return
            if done.returncode == 0:
                library = ctypes.CDLL(target)
                for name in ("independent", "recurrent", "layers", "learning"):
                    getattr(library, name).restype = ctypes.c_int64
                yield library, " ".join(["gcc -O3", *flags])
                return
        yield None, "gcc did not build the sources"


def _pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


_float, _long = ctypes.c_double, ctypes.c_int64


# --- what this package's engines do ---


def _engines(p, threads=None):
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


def _simulated(name, engine, circuit, cell, stimulus, schedule, p, share=1.0, record=("spikes",)):
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

    return _Entrant(f"{ENGINE}, {name}", ENGINE, run, read, share=share)


def _schedule(duration, dt):
    from neurosim.schedule import Schedule

    return Schedule(duration=round(duration / dt) * dt, settle=0.0, dt=dt)


# --- W1: independent cells ---


def _drives(units):
    return np.linspace(0.0, HIGHEST_DRIVE, units)


def _silence():
    """Whole steps from a spike to the first one in which the cell integrates again, as Brian2 counts them."""
    return int((T_REF + 1e-3 * DT) / DT)


def _sweep(p, units, duration, program, every_step=False):
    from neurosim.cells import LIF
    from neurosim.circuits.circuit import Circuit, Population

    drive, schedule = _drives(units), _schedule(duration, DT)
    circuit = Circuit(populations=[Population("cells", units, bias=drive)])
    cell = LIF(tau_m=TAU, t_ref=T_REF)
    engines = _engines(p)
    if every_step:
        # The short cut for independent units leaves out steps that the C program makes.
        whole = [(name, e.replace(shortcut=False)) for name, e in engines if hasattr(e, "shortcut")]
        engines += [(f"{name} in every step", e) for name, e in whole]
    entrants = [_simulated(name, e, circuit, cell, None, schedule, p) for name, e in engines]
    if program is not None:
        counts = np.zeros((1, units), dtype=np.int64)

        def run():
            program.independent(
                _pointer(drive), units, schedule.steps, _float(np.exp(-DT / TAU)), _silence(), 1, _pointer(counts)
            )
            return counts.copy()

        entrants.append(_Entrant("C", BOUND, run))
    return entrants


def _expected_counts(units, steps):
    """Spikes of each cell in closed form on the grid: v after n steps from reset is drive * (1 - a^n)."""
    drive = _drives(units)
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.floor(np.log1p(-1.0 / drive) / (-DT / TAU)) + 1
    fires = (drive > 1) & (needed <= steps)
    needed = np.where(fires, needed, 1)
    return np.where(fires, 1 + (steps - needed) // (_silence() + needed - 1), 0)


# --- W2: a recurrent network ---


def _links(rng, targets, sources, number, values):
    """Every source to `number` targets, drawn without repetition, with the value that is its own: (targets, sources).

    The signs alone are put in order by target, so that nothing is as large as the result, which is read-only: a
    projection then shares it.
    """
    from scipy.sparse import csc_array, csr_array

    post = np.empty((sources, number), dtype=np.int32)
    for row in post:
        row[:] = np.sort(rng.choice(targets, number, replace=False))
    levels, level = np.unique(values, return_inverse=True)
    starts = np.arange(sources + 1, dtype=np.int32) * number
    columns = csc_array((np.repeat(level.astype(np.int8), number), post.ravel(), starts), (targets, sources))
    rows = columns.tocsr()
    parts = levels[rows.data], rows.indices, rows.indptr
    for part in parts:
        part.flags.writeable = False
    return csr_array(parts, rows.shape)


def _network(p):
    """Circuit, stimulus and schedule of W2."""
    from neurosim.circuits.circuit import Circuit, Input, Population, Projection
    from neurosim.randomness import stream
    from neurosim.stimuli.stimulus import poisson

    units, sources, fan = p.network, max(1, p.network // 4), max(1, p.network // 10)
    rng = stream(p.seed, "weights", "W2")
    jump = NETWORK_GAIN / (10 * math.sqrt(0.8 * fan))
    excites = np.arange(units) < 0.8 * units
    inner = _links(rng, units, units, fan, np.where(excites, jump, -INHIBITION_RATIO * jump) * TAU)
    per_unit = fan * sources / units
    outer = _links(rng, units, sources, fan, np.full(sources, SOURCE_DRIVE / (per_unit * SOURCE_RATE)))
    circuit = Circuit(
        [Input("sources", sources)],
        [Population("cells", units)],
        [
            Projection("outside", "sources", "cells", outer, tau=0.0),
            Projection("recurrent", "cells", "cells", inner, sign=None, tau=0.0, delay=DELAY),
        ],
    )
    stimulus = poisson(np.full((1, sources), SOURCE_RATE), input="sources")
    return circuit, stimulus, _schedule(p.network_duration, DT)


def _cross_checks(p):
    """The first 50 ms of W1, thinned, and of W2: every spike with its time (the works compare counts)."""
    from neurosim.cells import LIF
    from neurosim.circuits.circuit import Circuit, Population

    cell, drives = LIF(tau_m=TAU, t_ref=T_REF), _drives(min(p.units, 1000))
    cells = Circuit(populations=[Population("cells", len(drives), bias=drives)])
    circuit, stimulus, _ = _network(p)
    begun = _schedule(min(p.network_duration, 0.05), DT)
    return [
        cross_check("W1, thinned", cells, cell, schedule=_schedule(0.05, DT), seed=p.seed),
        cross_check("W2, its beginning", circuit, cell, stimulus, begun, seed=p.seed),
    ]


def _by_source(weights):
    """Rows of a matrix by source, as jumps of the membrane potential."""
    from scipy.sparse import csc_array

    columns = csc_array(weights)
    columns.sort_indices()
    return columns.indptr.astype(np.int32), columns.indices.astype(np.int32), columns.data / TAU


def _source_spikes(p, circuit, stimulus, schedule):
    from neurosim.cells import LIF
    from neurosim.simulate import prepare

    return prepare(circuit, LIF(tau_m=TAU, t_ref=T_REF), stimulus, schedule, seed=p.seed).input_spikes()["sources"]


def _recurrent(p, program, theory):
    from neurosim.cells import LIF

    circuit, stimulus, schedule = _network(p)
    trains = _source_spikes(p, circuit, stimulus, schedule)
    expected = trains.n_units * SOURCE_RATE * schedule.duration
    theory.append(
        ("W2 input spikes", float(len(trains)), expected, 5 * math.sqrt(expected),
         "rate * units * time; five standard deviations of a Poisson number")
    )  # fmt: skip
    cell = LIF(tau_m=TAU, t_ref=T_REF)
    entrants = [_simulated(name, e, circuit, cell, stimulus, schedule, p) for name, e in _engines(p)]
    if program is not None:
        entrants.append(_Entrant("C", BOUND, _recurrent_in_c(program, circuit, trains, schedule)))
    return entrants


def _recurrent_in_c(program, circuit, trains, schedule):
    units, steps = circuit.sizes["cells"], schedule.steps
    inner, outer = (_by_source(circuit.projection(name).weights) for name in ("recurrent", "outside"))
    in_edges = np.searchsorted(trains.steps, np.arange(steps + 1)).astype(np.int64)
    in_units, drive = trains.units.astype(np.int32), np.zeros(units)
    room = units * (steps // _silence() + 2)
    spikes, edges = np.empty(room, dtype=np.int32), np.empty(steps + 1, dtype=np.int64)

    def run():
        total = program.recurrent(
            _pointer(drive), units, steps, _float(np.exp(-DT / TAU)), _silence(), round(DELAY / DT),
            *map(_pointer, (*inner, *outer, in_edges, in_units)), _long(room), _pointer(spikes), _pointer(edges),
        )  # fmt: skip
        return np.bincount(spikes[:total], minlength=units)[None]

    return run


# --- W3: a ReLU network of integrate-and-fire units ---


@dataclass(frozen=True)
class _Layers:
    """A feed-forward network and its constant input; weights in s (drive per Hz), rates in Hz."""

    images: Any
    weights: tuple[Any, ...]
    bias: tuple[Any, ...]
    steps: int

    @property
    def gain(self):
        """Share of the way to threshold that a drive of 1 goes in one step."""
        return IMAGE_DT / IMAGE_TAU

    def circuit(self):
        from neurosim.circuits.circuit import Circuit, Input, Population, Projection

        names = ["pixels", *(f"layer_{i}" for i in range(1, len(self.bias) + 1))]
        return Circuit(
            [Input("pixels", self.images.shape[1])],
            [Population(n, len(b), bias=b) for n, b in zip(names[1:], self.bias, strict=True)],
            [
                Projection(f"to_{post}", pre, post, w, sign=None, tau=0.0)
                for pre, post, w in zip(names, names[1:], self.weights, strict=False)
            ],
        )

    def select(self, number):
        return _Layers(self.images[:number], self.weights, self.bias, self.steps)


def _relu_network(p, batch):
    """Weights at random, each unit's bias so that it is active for the wanted share of 64 images."""
    from neurosim.randomness import stream

    rng = stream(p.seed, "weights", "W3")
    example = _pictures(stream(p.seed, "stimulus", "W3 example"), 64)
    rates, weights, bias = example, [], []
    for units in LAYERS:
        w = rng.standard_normal((units, rates.shape[1]))
        drive = rates @ w.T
        b = -np.quantile(drive, 1 - ACTIVE, axis=0)
        rates = np.maximum(0.0, drive + b)
        scale = SPIKES_PER_STEP * IMAGE_TAU / IMAGE_DT / rates.mean()
        weights.append(scale * w)
        bias.append(scale * b)
        rates = scale * rates / IMAGE_TAU
    images = _pictures(stream(p.seed, "stimulus", "W3"), batch)
    return _Layers(images, tuple(weights), tuple(bias), p.images_steps)


def _pictures(rng, number):
    return np.where(rng.random((number, PIXELS)) < INK, 100.0 * rng.random((number, PIXELS)), 0.0)


def _images(p, batch, program):
    scene = _relu_network(p, batch)
    entrants = [_layers_here(scene, name, e, p, p.few) for name, e in _engines(p)]
    if program is not None:
        entrants.append(_Entrant("C", BOUND, _layers_in_c(program, scene, _threads())))
    return entrants


def _layers_here(scene, name, engine, p, few):
    from neurosim.cells import PerfectIF
    from neurosim.stimuli.stimulus import constant

    trials = len(scene.images)
    # Brian2 holds one copy of every synapse per trial.
    part = scene.select(min(few, trials)) if name == "brian" else scene
    cell, schedule = PerfectIF(tau_m=IMAGE_TAU), _schedule(scene.steps * IMAGE_DT, IMAGE_DT)
    stimulus = constant(part.images, input="pixels")
    share = len(part.images) / trials
    return _simulated(name, engine, scene.circuit(), cell, stimulus, schedule, p, share, record=())


def _layers_in_c(program, scene, threads):
    trials, inputs = scene.images.shape
    sizes = np.array([len(b) for b in scene.bias], dtype=np.int32)
    first = np.ascontiguousarray(scene.weights[0].T)
    jumps = [np.ascontiguousarray(w.T) / IMAGE_TAU for w in scene.weights[1:]]
    rows = (ctypes.c_void_p * max(1, len(jumps)))(*(w.ctypes.data for w in jumps))
    bias = (ctypes.c_void_p * len(scene.bias))(*(b.ctypes.data for b in scene.bias))
    counts = np.zeros((trials, int(sizes.sum())), dtype=np.int64)

    def run(kept=jumps):  # the table of pointers does not keep the arrays alive
        program.layers(
            _pointer(scene.images), inputs, _pointer(first), trials, scene.steps, len(sizes), _pointer(sizes),
            rows, bias, _float(scene.gain), threads, _pointer(counts),
        )  # fmt: skip
        return counts.copy()

    return run


def _two_layers(p, fraction, trials=16):
    """Two layers of which the first spikes with the given probability per unit and step, at mixed phases."""
    from neurosim.randomness import stream

    rng = stream(p.seed, "weights", "active", p.wide)
    wanted = fraction * IMAGE_TAU / IMAGE_DT * rng.uniform(0.5, 1.5, p.wide)
    w = rng.standard_normal((p.wide, p.wide)) * 1e-3
    images = rng.uniform(0.8, 1.2, (trials, 1))
    return _Layers(images, (wanted[:, None], w), (np.zeros(p.wide), np.full(p.wide, -1.0)), 2 * p.images_steps)


# --- W4: cells that learn ---


def _learner(p):
    """Circuit, cell, stimulus and schedule of W4; weights so that a millivolt is a 13th of the way to threshold."""
    from neurosim.cells import HomeostaticLIF
    from neurosim.circuits.circuit import Circuit, Input, Population, Projection
    from neurosim.homeostasis import WeightNormalisation
    from neurosim.inhibition import lateral
    from neurosim.plasticity import GatedSTDP
    from neurosim.randomness import stream
    from neurosim.stimuli.stimulus import poisson

    cell = HomeostaticLIF(tau_m=0.1, t_ref=5e-3, v_reset=5 / MILLIVOLTS, theta_plus=0.1 / MILLIVOLTS)
    millivolt = 1 / MILLIVOLTS / cell.impulse
    cells = Population("cells", p.learners, homeostasis=WeightNormalisation(total=0.1 * PIXELS * millivolt))
    drawn = stream(p.seed, "weights", "W4").random((p.learners, PIXELS))
    weights = 0.1 * PIXELS * millivolt * drawn / drawn.sum(axis=1, keepdims=True)
    feed = Projection("feed", "pixels", "cells", weights, tau=0.0, rule=GatedSTDP(learning_rate=0.02, w_max=millivolt))
    circuit = Circuit([Input("pixels", PIXELS)], [cells], [feed, lateral(cells, 120 * millivolt, tau=0.0)])
    rng = stream(p.seed, "stimulus", "W4")
    lit = rng.random((p.learned, PIXELS)) < INK
    images = WHITE * np.where(lit, rng.uniform(DARKEST, 1.0, lit.shape), 0.0)
    return circuit, cell, poisson(images, input="pixels"), _schedule(p.learned_duration, LEARN_DT)


def _learners(p, program):
    from neurosim.learning import learn

    circuit, cell, stimulus, schedule = _learner(p)
    # Brian2 spends more than a second on making this network the first time, which a small run has no room for.
    small = p.learned < 50 and p.engine != "brian"
    engines = [(name, engine) for name, engine in _engines(p, 1) if not (small and name == "brian")]
    engines += [(f"{n} in float32", e.replace(precision="float32")) for n, e in engines if "precision" in e.info()]
    entrants = []
    for name, engine in engines:
        # Brian2's NumPy code takes half a second for an image.
        shown = stimulus.select(np.arange(1 + p.learned // 200)) if name == "brian" else stimulus

        def run(engine=engine, shown=shown):
            return learn(circuit, cell, shown, schedule, shuffle=False, seed=p.seed, engine=engine, progress=False)

        def read(learning):
            spikes = learning.history["rate cells"] * p.learners * schedule.duration
            return np.rint(spikes).astype(np.int64)[:, None]

        exact = not name.endswith("float32")
        entrants.append(_Entrant(f"{ENGINE}, {name}", ENGINE, run, read, exact, shown.trials / stimulus.trials))
    if program is not None:
        entrants.append(_Entrant("C", BOUND, _learners_in_c(program, p, circuit, cell, stimulus, schedule)))
    return entrants


def _learners_in_c(program, p, circuit, cell, stimulus, schedule):
    from neurosim.randomness import sequence
    from neurosim.simulate import prepare

    feed, norm = circuit.projection("feed"), circuit.population("cells").homeostasis[0].total
    inhibit, rule = circuit.projection("lateral").weights.value * cell.impulse, feed.rule
    images = []
    for number in range(stimulus.trials):
        seed = int(sequence(p.seed, "stimulus", "batch", number).generate_state(1)[0])  # as learn() has it
        job = prepare(circuit.frozen(), cell, stimulus.select([number]), schedule, seed=seed)
        trains = job.input_spikes()["pixels"]
        edges = np.searchsorted(trains.steps, np.arange(schedule.steps + 1)).astype(np.int64)
        images.append((edges, trains.units.astype(np.int32)))
    start = np.ascontiguousarray(feed.weights.T)

    def run():
        w, theta = start.copy(), np.zeros(p.learners)
        return np.array([[
            program.learning(
                PIXELS, p.learners, schedule.steps, _float(np.exp(-LEARN_DT / cell.tau_m)), _float(cell.v_reset),
                round(cell.t_ref / LEARN_DT), _float(np.exp(-LEARN_DT / cell.tau_theta)), _float(cell.theta_plus),
                _float(inhibit), _float(np.exp(-LEARN_DT / rule.tau)), _float(rule.learning_rate), _float(rule.offset),
                _float(rule.w_max), _float(cell.impulse), _float(norm), *map(_pointer, (edges, units, w, theta)),
            )
        ] for edges, units in images])  # fmt: skip

    return run


# --- W5: rate units ---


def _rate_scene(p, trials):
    """Bias (trials, units), recurrent weights (post, pre), weight of the lateral inhibition."""
    from neurosim.randomness import stream

    rng = stream(p.seed, "weights", "W5", p.rate_units)
    weights = rng.standard_normal((p.rate_units, p.rate_units)) * 0.5 / math.sqrt(p.rate_units)
    bias = stream(p.seed, "stimulus", "W5").uniform(-10.0, 50.0, (trials, p.rate_units))
    return bias, weights, 0.5 / p.rate_units


def _rate_schedule(p):
    from neurosim.schedule import Schedule

    steps = round(p.rate_duration / DT)
    return Schedule(duration=steps * DT, settle=round(0.9 * steps) * DT, dt=DT)


def _rates(p, trials, program):
    from scipy.sparse import eye_array

    from neurosim.cells import LeakyRate
    from neurosim.circuits.circuit import Circuit, Input, Population, Projection
    from neurosim.inhibition import lateral
    from neurosim.simulate import simulate
    from neurosim.stimuli.stimulus import constant

    bias, weights, inhibition = _rate_scene(p, trials)
    schedule, units = _rate_schedule(p), Population("units", p.rate_units)
    feed = Projection("feed", "input", "units", eye_array(p.rate_units, format="csr"), sign=None, tau=0.0)
    inner = Projection("recurrent", "units", "units", weights, sign=None, tau=0.0)
    circuit = Circuit([Input("input", p.rate_units)], [units], [feed, inner, lateral(units, inhibition, tau=0.0)])
    run = partial(
        simulate, circuit, LeakyRate(tau=TAU), constant(bias, input="input"), schedule, engine="rate", progress=False
    )
    entrants = [_Entrant(f"{ENGINE}, rate", ENGINE, run, lambda recording: recording.rates["units"])]
    if program is not None:
        rows, mean = np.ascontiguousarray(weights.T), np.empty((1, p.rate_units))

        def euler():
            program.rates(
                _pointer(bias), p.rate_units, _pointer(rows), _float(inhibition), _float(DT / TAU),
                schedule.settle_steps, schedule.steps, _pointer(mean),
            )  # fmt: skip
            return mean.copy()

        entrants.append(_Entrant("C, Euler", BOUND, euler))
    return entrants


# --- the libraries: each adapter makes an entrant's run() from the same arrays ---


def _numpy_sweep(p):
    """A loop over steps, all cells at once: what one writes without a simulator."""
    drive, steps = _drives(p.units), _schedule(p.duration, DT).steps
    decay, silence = np.exp(-DT / TAU), _silence()

    def run():
        v, ready = np.zeros(p.units), np.zeros(p.units, dtype=np.int64)
        counts, push = np.zeros(p.units, dtype=np.int64), drive - decay * drive
        for step in range(steps):
            v = np.where(ready <= step, push + decay * v, 0.0)
            fired = np.flatnonzero(v > 1.0)
            if fired.size:
                v[fired] = 0.0
                ready[fired] = step + silence
                counts[fired] += 1
        return counts[None]

    return run


def _numpy_layers(p):
    return _dense_layers(_relu_network(p, p.batch))


def _dense_layers(scene):
    """Dense matrix products (BLAS) in every step, all trials at once."""
    jumps = [w.T / IMAGE_TAU for w in scene.weights[1:]]

    def run():
        trials = len(scene.images)
        drive = [scene.gain * (scene.images @ scene.weights[0].T + scene.bias[0])]
        drive += [scene.gain * b for b in scene.bias[1:]]
        v = [np.zeros((trials, len(b))) for b in scene.bias]
        counts = [np.zeros_like(state) for state in v]
        for _ in range(scene.steps):
            fired = []
            for state, push, count in zip(v, drive, counts, strict=True):
                state += push
                spikes = (state > 1.0).astype(np.float64)
                state -= spikes
                count += spikes
                fired.append(spikes)
            for spikes, jump, state in zip(fired, jumps, v[1:], strict=False):
                state += spikes @ jump
        return np.hstack(counts)

    return run


def _scipy_rates(p, trials=1):
    """The adaptive integrator that the rate engine uses as well, called by hand with the same tolerances."""
    from scipy.integrate import solve_ivp

    from neurosim.engines.rate import Rate

    bias, weights, inhibition = _rate_scene(p, trials)
    schedule = _rate_schedule(p)
    joined = (weights - inhibition * (1 - np.eye(p.rate_units))).T.copy()
    engine = Rate()
    same = {"rtol": engine.rtol, "atol": engine.atol}
    times = np.linspace(schedule.settle, schedule.duration, engine.samples)

    def slope(t, state):
        rate = state.reshape(bias.shape)
        return ((np.maximum(0.0, bias + rate @ joined) - rate) / TAU).ravel()

    def run():
        found = solve_ivp(slope, (0.0, schedule.duration), np.zeros(bias.size), t_eval=times, **same)
        return np.trapezoid(found.y, times, axis=1).reshape(bias.shape) / (times[-1] - times[0])

    return run


@contextlib.contextmanager
def _brian_code(p):
    """Brian2 (by its one door) with the code generation that was asked for; its preference comes back afterwards."""
    from neurosim.engines.brian.engine import load_brian2

    b = load_brian2()
    before = b.prefs["codegen.target"]
    b.prefs["codegen.target"] = "cython" if p.compile_peers else "numpy"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield b
    finally:
        b.prefs["codegen.target"] = before


def _brian_cells(b, units, drive):
    """Names of objects are fixed, so that compiled code is found again."""
    cells = b.NeuronGroup(
        units, "dv/dt = (I - v)/tau : 1 (unless refractory)\nI : 1 (constant)", threshold="v > 1", reset="v = 0",
        refractory=T_REF * b.second, method="exact", dt=DT * b.second, namespace={"tau": TAU * b.second},
        name="speed_cells",
    )  # fmt: skip
    cells.I = drive
    return cells


def _brian_sweep(p):
    def run():
        with _brian_code(p) as b:
            cells = _brian_cells(b, p.units, _drives(p.units))
            monitor = b.SpikeMonitor(cells, name="speed_spikes")
            b.Network(cells, monitor).run(_schedule(p.duration, DT).duration * b.second, namespace={})
            return np.array(monitor.count[:])[None]

    return run


def _brian_recurrent(p):
    circuit, stimulus, schedule = _network(p)
    trains = _source_spikes(p, circuit, stimulus, schedule)
    matrices = {name: _by_source(circuit.projection(name).weights) for name in ("outside", "recurrent")}

    def run():
        with _brian_code(p) as b:
            cells = _brian_cells(b, p.network, 0.0)
            times = trains.times * b.second
            sources = b.SpikeGeneratorGroup(
                trains.n_units, trains.units, times, dt=DT * b.second, sorted=True, name="speed_sources"
            )
            network = b.Network(cells, sources)
            for name, pre in (("outside", sources), ("recurrent", cells)):
                start, target, jump = matrices[name]
                synapses = b.Synapses(
                    pre, cells, "w : 1 (constant)", on_pre="v_post += w", dt=DT * b.second, name=f"speed_{name}",
                    delay=(DELAY if name == "recurrent" else 0.0) * b.second, namespace={},
                )  # fmt: skip
                synapses.connect(i=np.repeat(np.arange(len(start) - 1), np.diff(start)), j=target)
                synapses.w = jump
                network.add(synapses)
            monitor = b.SpikeMonitor(cells, name="speed_spikes")
            network.add(monitor)
            network.run(schedule.duration * b.second, namespace={})
            return np.array(monitor.count[:])[None]

    return run


def _jax_sweep(p):
    """One compiled loop in double precision."""
    import_module = importlib.import_module
    jax, jnp, double = import_module("jax"), import_module("jax.numpy"), import_module("jax.experimental").enable_x64
    steps, silence, decay = _schedule(p.duration, DT).steps, _silence(), float(np.exp(-DT / TAU))

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
        with double():
            drive = _drives(p.units)
            return np.asarray(loop(jnp.asarray(drive - decay * drive)))[None]

    return run


def _bindsnet_sweep(p):
    """Its cell decays, adds the input, and counts its refractory time down from the step after the spike."""
    torch, nodes = importlib.import_module("torch"), importlib.import_module("bindsnet.network.nodes")
    drive, steps = _drives(p.units), _schedule(p.duration, DT).steps
    push = torch.as_tensor((1 - np.exp(-DT / TAU)) * drive, dtype=torch.float32)[None]
    silent = 1e3 * DT * (_silence() - 1.5)  # between two whole steps, where rounding does no harm

    def run():
        with torch.no_grad():
            cells = nodes.LIFNodes(n=p.units, thresh=1.0, rest=0.0, reset=0.0, refrac=silent, tc_decay=1e3 * TAU)
            cells.set_batch_size(1)
            cells.compute_decays(1e3 * DT)
            counts = torch.zeros((1, p.units))
            for _ in range(steps):
                cells.forward(push.clone())
                counts += cells.s.reshape(1, -1)
            return counts.numpy()

    return run


def _torch_layers(p, make):
    """W3 in PyTorch, single precision; `make(torch)` gives a fresh layer: a function from input to spikes."""
    torch = importlib.import_module("torch")
    scene = _relu_network(p, p.batch)

    def single(array):
        return torch.as_tensor(np.ascontiguousarray(array), dtype=torch.float32)

    images, first = single(scene.images), single(scene.gain * scene.weights[0].T)
    jumps, push = [single(w.T / IMAGE_TAU) for w in scene.weights[1:]], [single(scene.gain * b) for b in scene.bias]

    def run():
        with torch.no_grad():
            cells = [make(torch) for _ in scene.bias]
            drive = [images @ first + push[0], *(b.expand(len(images), -1) for b in push[1:])]
            before, counts = [torch.zeros_like(d) for d in drive], [torch.zeros_like(d) for d in drive]
            for _ in range(scene.steps):
                arriving = [drive[0], *(d + s @ w for d, s, w in zip(drive[1:], before, jumps, strict=False))]
                before = [cell(x) for cell, x in zip(cells, arriving, strict=True)]
                for count, spikes in zip(counts, before, strict=True):
                    count += spikes
            return torch.cat(counts, dim=1).numpy()

    return run


def _torch_cell(torch):
    state = []

    def cell(x):
        v = state[0].add_(x) if state else x.clone()
        spikes = (v > 1.0).to(v.dtype)
        state[:] = [v.sub_(spikes)]
        return spikes

    return cell


def _spikingjelly_cell(torch):
    return importlib.import_module("spikingjelly.activation_based.neuron").IFNode(v_threshold=1.0, v_reset=None)


def _snntorch_cell(torch):
    layer = importlib.import_module("snntorch").Leaky(
        beta=1.0, threshold=1.0, reset_mechanism="subtract", reset_delay=False
    )
    state = []

    def cell(x):
        spikes, v = layer(x, state[0] if state else torch.zeros_like(x))
        state[:] = [v]
        return spikes

    return cell


def _sinabs_cell(torch):
    layers, activation = importlib.import_module("sinabs.layers"), importlib.import_module("sinabs.activation")
    layer = layers.IAF(spike_threshold=1.0, spike_fn=activation.SingleSpike)
    return lambda x: layer(x.unsqueeze(1)).squeeze(1)


_EXACT = {"NumPy", "SciPy", "Brian2", "JAX"}
_ADAPTERS = (  # library, its module, work, adapter
    ("NumPy", "numpy", "W1", _numpy_sweep),
    ("NumPy", "numpy", "W3", _numpy_layers),
    ("SciPy", "scipy", "W5", _scipy_rates),
    ("SciPy", "scipy", "W5 batch", lambda p: _scipy_rates(p, p.rate_batch)),
    ("Brian2", "brian2", "W1", _brian_sweep),
    ("Brian2", "brian2", "W2", _brian_recurrent),
    ("JAX", "jax", "W1", _jax_sweep),
    ("BindsNET", "bindsnet", "W1", _bindsnet_sweep),
    ("PyTorch", "torch", "W3", lambda p: _torch_layers(p, _torch_cell)),
    ("SpikingJelly", "spikingjelly", "W3", lambda p: _torch_layers(p, _spikingjelly_cell)),
    ("snnTorch", "snntorch", "W3", lambda p: _torch_layers(p, _snntorch_cell)),
    ("sinabs", "sinabs", "W3", lambda p: _torch_layers(p, _sinabs_cell)),
)
_OTHERS = {  # library without an adapter: (its module, why)
    "NEST": ("nest", "its cells are silent one step longer and see input one step later: other spikes"),
    "Nengo": ("nengo", "it places spikes within a step and rectifies the current: other spikes"),
    "Norse": ("norse", "its cells take Euler steps and reset to a value: other spikes"),
    "ANNarchy": ("ANNarchy", "no adapter"),
    "brainpy": ("brainpy", "no adapter"),
}


def _peers(p, work, rows):
    """Entrants for the installed libraries; a row for each library, those that are missing included."""
    entrants = []
    for library, module, done, adapter in _ADAPTERS:
        if done != work:
            continue
        here = importlib.util.find_spec(module) is not None
        rows.append((library, work, "left out" if not p.peers else "measured" if here else "not importable here"))
        if here and p.peers:
            entrants.append(_Entrant(library, PEER, adapter(p), exact=library in _EXACT))
    if work == "W1":
        for library, (module, why) in _OTHERS.items():
            here = "" if importlib.util.find_spec(module) is not None else "not importable here; "
            rows.append((library, "-", here + why))
    return entrants


# --- scaling ---


def _scaling(p, panel, program):
    """Median times of every entrant along one axis; a curve ends after its first point beyond the patience."""
    rows, ended = [], set()
    for x in _PANELS[panel][0](p):
        entrants = [e for e in _PANELS[panel][1](p, x, program) if e.name not in ended]
        if not entrants:
            break
        _, times, _ = _measure(entrants, 3, p.patience)
        for entrant in entrants:
            seconds = float(np.median(times[entrant.name][1:]))
            rows.append((panel, entrant.name, entrant.kind, x, seconds / _PANELS[panel][2](p, x)))
            if seconds * entrant.share > p.patience:
                ended.add(entrant.name)
    return rows


def _scaled_units(p, units, program):
    return _sweep(p, units, p.duration / 10, program)


def _scaled_batch(p, batch, program):
    return _images(p, batch, program)


def _scaled_active(p, fraction, program):
    """What depends on the spikes (rows of weights) against what does not (a matrix product)."""
    scene = _two_layers(p, fraction)
    # Brian2 would spend its time on making a copy of every synapse for every trial.
    entrants = [_layers_here(scene, name, e, p, 1) for name, e in _engines(p, 1) if name != "brian"]
    if program is not None:
        entrants.append(_Entrant("C", BOUND, _layers_in_c(program, scene, 1)))
    return [*entrants, _Entrant("NumPy", PEER, _on_one_thread(_dense_layers(scene)))]


def _on_one_thread(run):
    """The same with BLAS on one thread, as the others in this comparison."""
    from threadpoolctl import threadpool_limits

    def limited():
        with threadpool_limits(1):
            return run()

    return limited


def _scaled_threads(p, threads, program):
    scene = _relu_network(p, p.batch)
    entrants = [_layers_here(scene, name, e, p, p.few) for name, e in _engines(p, threads) if "threads" in e.info()]
    if program is not None:
        entrants.append(_Entrant("C", BOUND, _layers_in_c(program, scene, threads)))
    return entrants


_PANELS = {  # panel: values of x, entrants, what the time is divided by
    "units": (
        lambda p: [n for n in SWEEP_UNITS if n <= 10 * p.units],
        _scaled_units,
        lambda p, x: x * _schedule(p.duration / 10, DT).steps,
    ),
    "batch": (lambda p: [n for n in SWEEP_BATCH if n <= p.batch], _scaled_batch, lambda p, x: x),
    "active": (lambda p: p.fractions, _scaled_active, lambda p, x: 16 * 2 * p.images_steps),
    "threads": (lambda p: range(1, _threads() + 1), _scaled_threads, lambda p, x: p.batch),
}


# --- what comes out ---


def _theory(p, work, found):
    """Rows of the table: what was counted against closed forms."""
    if work == "W1":
        counts = _expected_counts(p.units, _schedule(p.duration, DT).steps)
        rows = [("W1 largest difference of a cell's count", float(np.abs(found[0] - counts).max()), 0.0, 1.0,
                 "spikes in closed form on the time grid; a cell whose crossing falls on a step may be one spike off"),
                ("W1 spikes", float(found.sum()), float(counts.sum()), 1e-4 * float(counts.sum()),
                 "few cells have such a crossing")]  # fmt: skip
        if (p.units, p.duration) == (KNOWN_UNITS, KNOWN_DURATION):
            rows.append(("W1 spikes found elsewhere", float(found.sum()), float(KNOWN_SPIKES), 0.0,
                         "the number that other programs found for these very cells"))  # fmt: skip
        return rows
    if work == "W3":
        return _relu_theory(p, found)
    if work == "W5":
        bias, weights, inhibition = _rate_scene(p, 1)
        rate = found[0]
        steady = np.maximum(0.0, bias[0] + weights @ rate - inhibition * (rate.sum() - rate))
        return [("W5 distance from the steady state in Hz", float(np.abs(rate - steady).max()), 0.0, 1e-2,
                 "r = max(0, drive(r)); the slowest mode has decayed, the integrator's tolerance remains")]  # fmt: skip
    return []


def _relu_theory(p, found):
    scene = _relu_network(p, p.batch).select(len(found))
    push = scene.gain * (scene.images @ scene.weights[0].T + scene.bias[0])
    counts, units = found[:, : LAYERS[0]], sum(LAYERS)
    fits = push <= 1.0  # above, there are more spikes wanted than steps
    off = np.abs(counts - scene.steps * np.maximum(0.0, push))[fits].max()
    rate = float(found.sum() / (len(found) * units * scene.steps))
    return [
        ("W3 largest distance of a first-layer count from the ReLU", float(off), 0.0, 1.0 + 1e-9,
         "steps * gain * max(0, drive), rounded to a whole number of spikes"),
        ("W3 active share of the first layer", float((push > 0).mean()), ACTIVE, 0.05,
         "biases put it there for 64 other images; their quantile scatters by sqrt(0.15 * 0.85 / 64) = 0.04 a unit"),
        ("W3 spikes per unit and step", rate, SPIKES_PER_STEP, 0.5 * SPIKES_PER_STEP,
         "scaled so for 64 other images; at most one spike a step cuts the largest rates, and deeper layers lag"),
    ]  # fmt: skip


def findings(tables) -> list[Finding]:
    found = []
    agreement = tables["agreement"]
    for work, rows in agreement[agreement.exact].groupby("work", sort=False):
        rates = work.startswith("W5")
        names = ", ".join(rows.entrant)
        largest = rows.reference.max()
        found.append(
            Finding.check(
                f"equal-{work.replace(' ', '-')}",
                "All find the same rates." if rates else "All count the same spikes of every unit.",
                f"largest difference of any unit ({names})", rows.deviation.max(), unit="Hz" if rates else "1",
                at_most=max(0.05, 1e-2 * largest) if rates else 0.0,
                reason="steady states, by adaptive steps of relative tolerance 1e-5 or by Euler's method"
                if rates else "double precision and the same order of operations: no spike may move",
            )
        )  # fmt: skip
    for row in tables["theory"].itertuples():
        found.append(
            Finding.check(
                "theory-" + row.name.lower().replace(" ", "-"), f"{row.name}: as theory has it.", row.name, row.value,
                expected=row.expected, tolerance=row.allowed, reason=row.reason,
            )
        )  # fmt: skip
    return [*found, *_goal_reports(tables), *_scaling_reports(tables), *cross_check_findings(tables["engines"])]


def _goal_reports(tables):
    times, found = tables["times"], []
    for work, goal in GOALS.items():
        row = _fastest(times[(times.work == work) & (times.kind == ENGINE)])
        if row is not None and not math.isnan(row.to_bound):
            found.append(
                Finding.report(
                    f"goals/{work}-inside", f"{work}: the same without what simulate() or learn() do around the engine "
                    "(checks, fingerprint of the circuit, homeostasis), over C.", "ratio of the median times",
                    row.to_bound * row.inside / row.seconds,
                )
            )  # fmt: skip
        for column, rival, words in (("to_bound", "C", f"; the goal is {goal:g}"), ("to_peer", "library", "")):
            if row is not None and not math.isnan(row[column]):
                found.append(
                    Finding.report(
                        f"goals/{work}-{rival}", f"{work}: {row.entrant} over {_rival(times, work, rival)}{words}.",
                        "ratio of the median times, whole calls", row[column],
                    )
                )  # fmt: skip
    for work in ("W5", "W5 batch"):
        rows = times[times.work == work].set_index("entrant").seconds
        if "SciPy" in rows:
            found.append(
                Finding.report(
                    f"goals/{work.replace(' ', '-')}", f"{work}: the rate engine over solve_ivp called by hand, same "
                    "tolerances; the goal is 1.", "ratio of the median times", rows[f"{ENGINE}, rate"] / rows["SciPy"],
                )
            )  # fmt: skip
    threads = tables["scaling"][tables["scaling"].panel == "threads"]
    for count, rows in threads.groupby("x"):
        ours, bound = (_fastest(rows[rows.kind == kind]) for kind in (ENGINE, BOUND))
        if ours is not None and bound is not None:
            found.append(
                Finding.report(
                    f"goals/W3-threads-{count:g}", f"W3, threads: {count:g}; {ours.entrant} over C; the goal is "
                    f"{GOALS['W3']:g}.", "ratio of the median times", ours.seconds / bound.seconds,
                )
            )  # fmt: skip
    return found


def _fastest(rows):
    return None if rows.empty else rows.loc[rows.seconds.idxmin()]


def _rival(times, work, word):
    if word == "C":
        return "C"
    rows = times[(times.work == work) & (times.kind == PEER)]
    return str(_fastest(rows[rows.to_peer >= 1.0 - 1e-12]).entrant)


def _scaling_reports(tables):
    crossing = _crossing(tables["scaling"])
    if crossing is None:
        return []
    name, x, words = crossing
    return [
        Finding.report(
            "scaling/crossing", f"Event-driven ({name}) and dense products (NumPy) cost the same at this share of "
            f"spiking units{words}.", "spikes per unit and step", x,
        )
    ]  # fmt: skip


def _crossing(scaling):
    """Entrant, share of units at which dense products begin to win, and words where that lies outside."""
    rows = scaling[scaling.panel == "active"]
    ours = rows[rows.kind == ENGINE]
    if ours.empty:
        return None
    name = ours.loc[ours.seconds.idxmin()].entrant
    both = rows[rows.entrant == name].merge(rows[rows.entrant == "NumPy"], on="x")
    x, gap = np.log(both.x.to_numpy()), np.log((both.seconds_x / both.seconds_y).to_numpy())
    if (gap > 0).all():
        return name, float(both.x.iloc[0]), " at most (dense is cheaper everywhere here)"
    last = int(np.flatnonzero(gap <= 0)[-1])
    if last == len(gap) - 1:
        return name, float(both.x.iloc[-1]), " or more (event-driven is cheaper everywhere here)"
    at = x[last] + (x[last + 1] - x[last]) * -gap[last] / (gap[last + 1] - gap[last])
    return name, float(np.exp(at)), ""


def _ratios(tables):
    words = []
    times = tables["times"]
    for work in times.work.unique():
        row = _fastest(times[(times.work == work) & (times.kind == ENGINE)])
        if row is None:
            continue
        parts = [] if math.isnan(row.to_bound) else [f"{row.to_bound:.2f} x C"]
        parts += [] if math.isnan(row.to_peer) else [f"{row.to_peer:.2f} x {_rival(times, work, 'library')}"]
        words.append(f"{work} {1e3 * row.seconds:.0f} ms ({', '.join(parts)})")
    return words


def summary(tables) -> str:
    equal = bool(tables["agreement"][tables["agreement"].exact].agrees.all())
    return f"Results {'equal' if equal else 'NOT equal'} for everyone; fastest engine: " + "; ".join(_ratios(tables))


def caption(tables) -> str:
    machine = tables["machine"].set_index("name")["value"]
    crossing = _crossing(tables["scaling"])
    meet = f" They meet at {crossing[1]:.2g}{crossing[2]}." if crossing else ""
    missing = tables["peers"][tables["peers"].state.str.startswith("not importable")].library.unique()
    rounds = tables["runs"]["round"].max()
    return (
        f"A: time of each work, median of {rounds} runs in turn (bars: fastest to slowest); fastest engine: "
        f"{'; '.join(_ratios(tables))}. Built by {machine['compiler']}; {machine['threads']} threads. Not importable "
        f"here: {', '.join(missing) or 'none'}. B: W1 with more units. C: W3 with more images at a time. D: two layers "
        f"with more spikes: rows of weights of those that spiked against dense matrix products.{meet} E: W3 on more "
        "threads."
    )


def figure(tables):
    from neurosim.plots import label_panels, new_figure, style

    with style("nature-2", height=118):
        fig = new_figure()
        left, right = fig.add_gridspec(1, 2, width_ratios=(1, 1.5))
        a = fig.add_subplot(left)
        inner = right.subgridspec(2, 2)
        panels = [fig.add_subplot(inner[i, j]) for i in range(2) for j in range(2)]
        _draw_times(a, tables["times"])
        words = {
            "units": ("units", "time per unit and step (ns)", 1e9),
            "batch": ("images at a time", "time per image (ms)", 1e3),
            "active": ("spikes per unit and step", "time per trial and step (µs)", 1e6),
            "threads": ("threads", "time per image (ms)", 1e3),
        }
        for ax, (panel, (x, y, scale)) in zip(panels, words.items(), strict=True):
            _draw_scaling(ax, tables["scaling"][tables["scaling"].panel == panel], x, y, scale)
        shown = {label: line for ax in panels for line, label in zip(*ax.get_legend_handles_labels(), strict=True)}
        fig.legend(shown.values(), shown.keys(), loc="outside upper right", ncols=len(shown) or 1)
        label_panels([a, *panels])
    return fig


def _look(name, kind):
    """Colour and marker: engines of this package filled and dark, the bound black, libraries light."""
    from neurosim.plots.style import OKABE_ITO

    if kind == BOUND:
        return {"color": "0.0", "marker": "_", "linestyle": (0, (4, 1.5)), "markeredgewidth": 1.2}
    if kind == ENGINE:
        slow = name.endswith("brian")
        return {"color": OKABE_ITO["sky blue" if slow else "blue"], "marker": "s" if slow else "o", "linestyle": "-"}
    colours = {"NumPy": "orange", "Brian2": "vermillion", "SciPy": "bluish green"}
    return {"color": OKABE_ITO[colours.get(name, "reddish purple")], "marker": "^", "linestyle": (0, (1.2, 1.4))}


def _draw_times(ax, times):
    from neurosim.plots import axis_label, despine

    y, ticks, labels = 0.0, [], []
    for work, rows in times.groupby("work", sort=False):
        ax.text(0.0, y - 0.1, work, transform=ax.get_yaxis_transform(), fontweight="bold", ha="left", va="center")
        for row in rows.sort_values("seconds").itertuples():
            y += 1.0
            look = _look(row.entrant, row.kind)
            ax.plot([row.fastest, row.slowest], [y, y], color=look["color"], linewidth=0.8)
            ax.plot(row.seconds, y, **{**look, "linestyle": "", "marker": "|" if row.kind == BOUND else look["marker"]})
            if row.kind != BOUND and not math.isnan(row.to_bound):
                ratio = f"{row.to_bound:.2g}" if row.to_bound < 100 else f"{row.to_bound:.0f}"
                ax.text(1.02, y, f"{ratio} x C", transform=ax.get_yaxis_transform(), ha="left", va="center")
            ticks.append(y)
            labels.append(row.entrant)
        y += 1.6
    ax.set_xscale("log")
    ax.set_yticks(ticks, labels)
    ax.set_ylim(y - 0.8, -0.8)
    low, high = times.fastest.min(), times.slowest.max()
    ax.set_xlim(low / 1.6, high * 1.6)
    ax.set_xlabel(axis_label("time of the work", "s"))
    despine(ax)


def _draw_scaling(ax, rows, x, y, scale):
    from matplotlib.ticker import NullLocator

    from neurosim.plots import despine

    for (name, kind), part in rows.groupby(["entrant", "kind"], sort=False):
        ax.plot(part.x, scale * part.seconds, label=name, **_look(name, kind))
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    if x == "threads":
        ax.set_xticks(sorted(rows.x.unique()))
        ax.set_ylim(bottom=0.0)
    else:
        ax.set_xscale("log")
        ax.set_yscale("log")
        # A range of less than a decade would get labels at every digit, on top of each other.
        values = sorted(rows.x.unique())
        if values[-1] < 10 * values[0]:
            ax.set_xticks(values, [f"{value:g}" for value in values])
            ax.xaxis.set_minor_locator(NullLocator())
    despine(ax)


if __name__ == "__main__":
    main(__file__)

"""Processor time per image of a circuit that learns digits, beside the same in C; `make benchmark` prints it."""

import ctypes
import dataclasses
import statistics
import subprocess
import time
from pathlib import Path

import numpy as np

import neurosim as ns
from neurosim import homeostasis, plasticity
from neurosim.cells.homeostatic_lif import HomeostaticLIF
from neurosim.engines.brian import Brian
from neurosim.engines.compiled import Compiled
from neurosim.simulate import prepare
from neurosim.stimuli.stimulus import poisson

KINDS = ("float64", "float32")
SCHEDULE = ns.Schedule(duration=0.5, settle=0.0, dt=5e-4)


def learner(images, units=400):
    """784 Poisson inputs, a fifth of them lit (white: 63.75 Hz), 400 cells that inhibit each other, 1,000 steps."""
    rng = np.random.default_rng(0)
    cell = HomeostaticLIF(tau_m=0.1, t_ref=5e-3, v_reset=5 / 13, theta_plus=0.1 / 13)
    millivolt = 1 / 13 / cell.impulse
    rule = plasticity.GatedSTDP(learning_rate=0.02, w_max=millivolt)
    population = ns.Population("e", units, homeostasis=homeostasis.WeightNormalisation(total=78.4 * millivolt))
    weights = rng.uniform(0, 0.3, (units, 784)) * millivolt
    feed = ns.Projection("ff", "x", "e", weights, tau=0.0, rule=rule)
    circuit = ns.Circuit({"x": 784}, [population], [feed, ns.lateral(population, 120 * millivolt, tau=0.0)])
    # As in MNIST: 19 % of the pixels are lit, at 0.68 of white in the mean.
    lit = rng.random((images, 784)) < 0.19
    return circuit, cell, poisson(np.where(lit, rng.uniform(0.36, 1.0, (images, 784)), 0.0) * 63.75, "x")


def built(folder):
    source = Path(__file__).with_name("c") / "learning.c"
    library = folder / "learning.so"
    subprocess.run(["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source], check=True)
    function = ctypes.CDLL(str(library)).learning
    function.restype = ctypes.c_int64
    return function


def in_c(function, job, w, theta):
    """Spikes of one image in C; changes w (784, units) and theta."""
    cell, rule = job.cells["e"], job.circuit.projection("ff").rule
    trains = job.input_spikes()["x"]
    edges = np.searchsorted(trains.steps, np.arange(SCHEDULE.steps + 1)).astype(np.int64)
    units, dt, d = trains.units.astype(np.int32), SCHEDULE.dt, ctypes.c_double
    pointers = [a.ctypes.data_as(ctypes.c_void_p) for a in (edges, units, w, theta)]
    inhibit = job.circuit.projection("lateral").weights.value * cell.impulse
    started = time.process_time()
    spikes = function(
        784, len(theta), SCHEDULE.steps, d(np.exp(-dt / cell.tau_m)), d(cell.v_reset), round(cell.t_ref / dt),
        d(np.exp(-dt / cell.tau_theta)), d(cell.theta_plus), d(inhibit),
        d(np.exp(-dt / rule.tau)), d(rule.learning_rate),
        d(rule.offset), d(rule.w_max), d(cell.impulse), d(0.0), *pointers,
    )  # fmt: skip
    return spikes, time.process_time() - started


def test_an_image(benchmark, tmp_path, capsys):
    images = 300
    circuit, cell, stimulus = learner(images)
    job = prepare(circuit, cell, stimulus.select([0]), SCHEDULE)
    still = dataclasses.replace(circuit.frozen(), projections=circuit.projections)
    function, theta, learned = built(tmp_path), np.zeros(400), {}
    w = np.ascontiguousarray(circuit.projection("ff").weights.T)
    teachers = {kind: Compiled(precision=kind).teacher(dataclasses.replace(job, circuit=still)) for kind in KINDS}
    times = {"C": [], **{kind: [] for kind in KINDS}}
    spikes = 0
    for k in range(images):
        now = dataclasses.replace(job, circuit=still, stimulus=stimulus.select([k]), seed=k)
        for kind, teacher in teachers.items():
            teacher.take(now)
            now.input_spikes()
            started = time.process_time()
            presented = teacher.present(0, learned.get(kind, {}), {})
            times[kind].append(time.process_time() - started)
            learned[kind] = presented.learned
        count, seconds = in_c(function, now, w, theta)
        times["C"].append(seconds)
        assert count == teachers["float64"].run.counts.sum()
        spikes += count
    # The same weights: the C code may contract a product and a sum into one operation.
    np.testing.assert_allclose(w.T, teachers["float64"].incoming("ff", slice(None)), rtol=1e-9)
    engines = {kind: (Compiled(precision=kind), images) for kind in KINDS}
    for name, (engine, number) in {**engines, "brian": (Brian(target="numpy"), 4)}.items():
        ns.learn(circuit, cell, stimulus.select([0]), SCHEDULE, engine=engine)
        started = time.process_time()
        ns.learn(circuit, cell, stimulus.select(np.arange(number)), SCHEDULE, engine=engine)
        times[f"learn, {name}"] = [(time.process_time() - started) / number]
    benchmark.pedantic(ns.learn, (circuit, cell, stimulus.select([0, 1]), SCHEDULE), {"progress": False}, rounds=1)
    with capsys.disabled():
        print(f"\n{spikes / images:.0f} spikes per image")
        for name, values in times.items():
            print(f"{name}: {1e3 * statistics.median(values):.2f} ms per image")

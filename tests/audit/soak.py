"""Thousands of small calls in one process: memory, files and threads stay, and nothing global is left changed."""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from entries import Count

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, os, random, signal, sys, threading, warnings
import brian2, matplotlib, numpy as np
import neurosim as ns

def state():
    return {
        "numpy's generator": repr(np.random.get_state()),
        "random": repr(random.getstate()),
        "rcParams": repr(sorted((k, repr(v)) for k, v in matplotlib.rcParams.items())),
        "warnings": repr(warnings.filters),
        "signals": repr([signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]),
        "errors of numpy": repr(np.geterr()),
        "Brian2's clock": repr(brian2.defaultclock.dt),
        "Brian2's preferences": str(brian2.prefs.as_file),
        "directory": os.getcwd(),
        "variables": repr(sorted(os.environ)),
    }

def memory():
    return int(open("/proc/self/statm").read().split()[1])

circuit = ns.Circuit({"x": 3}, [ns.Population("p", 4)], [ns.Projection("f", "x", "p", np.full((4, 3), 0.01))])
stimulus = ns.stimulus.poisson(np.full((2, 3), 40.0), input="x")
short = ns.Schedule(duration=0.01, settle=0.0, dt=1e-3)
rungs = ns.ladder(ns.LIF())
points = np.linspace(0.0, 2.0, 30)

def once(number):
    run = ns.simulate(circuit, rungs[("artificial", "curve", "rate", "spiking")[number % 4]], stimulus, short,
                      seed=number, progress=False)
    ns.metrics.treves_rolls(run.rates["p"] + 1.0)
    ns.activations.Siegert()(points)

calls = int(sys.argv[1])
for number in range(calls // 5):
    once(number)
before, at_first = state(), (memory(), len(os.listdir("/proc/self/fd")), threading.active_count())
for number in range(calls - calls // 5):
    once(number)
after, at_last = state(), (memory(), len(os.listdir("/proc/self/fd")), threading.active_count())
wrong = [name for name in before if before[name] != after[name]]
print(json.dumps({"wrong": wrong, "first": at_first, "last": at_last}))
"""


def small_calls(times: int) -> Count:
    """One process and this many calls; what they leave behind is counted after the first fifth and at the end."""
    count = Count(times)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(times)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        count.wrong.append(done.stderr.strip().splitlines()[-1])
        return count
    found = json.loads(done.stdout)
    count.wrong += [f"{name} changed" for name in found["wrong"]]
    (memory, files, threads), (memory_after, files_after, threads_after) = found["first"], found["last"]
    if memory_after > 1.02 * memory:
        count.wrong.append(f"memory grew by {100 * (memory_after / memory - 1):.1f} %")
    if (files, threads) != (files_after, threads_after):
        count.wrong.append(f"{files} files and {threads} threads became {files_after} and {threads_after}")
    return count

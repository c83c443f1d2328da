"""kill -9 at random moments: of a process that saves, of one that learns with checkpoints, of a run with its tasks.

The process is a fork of this one, which has imported everything: it dies in the middle of its work, not of an import.
"""

import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

import toy_question
from entries import Count

import neurosim as ns
from neurosim import plasticity
from neurosim.lab.store import read_part


def killed(work: Callable[[], object], longest: float, pick: random.Random) -> bool:
    """Do the work in a child that is killed after a random time; whether it was done before."""
    child = os.fork()
    if not child:
        try:
            quiet = os.open(os.devnull, os.O_WRONLY)
            for descriptor in (1, 2):
                os.dup2(quiet, descriptor)
            work()
        finally:
            os._exit(0)
    end = time.monotonic() + pick.uniform(0.0, longest)
    while time.monotonic() < end:
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        time.sleep(0.0005)
    os.kill(child, signal.SIGKILL)
    return not os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _circuit(number: int) -> ns.Circuit:
    weights = np.full((60, 200), 1e-3 * (1 + number))
    return ns.Circuit({"x": 200}, [ns.Population("p", 60)], [ns.Projection("f", "x", "p", weights)])


def saving(times: int) -> Count:
    """Circuits and recordings that are saved over and over: what is there is one of them, whole."""
    pick, count = random.Random(1), Count()
    circuits = [_circuit(number) for number in range(3)]
    stimulus = ns.stimulus.constant(np.full((1, 200), 5.0), input="x")
    runs = [ns.simulate(each, ns.Unit(), stimulus, progress=False) for each in circuits]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)

        def work() -> None:
            while True:
                for circuit, run in zip(circuits, runs, strict=True):
                    circuit.save(place / "circuit.npz")
                    run.save(place / "run.npz")

        for _ in range(times):
            killed(work, 0.08, pick)
            count.add(_whole(place, circuits, runs))
    return count


def _whole(place: Path, circuits: list[ns.Circuit], runs: list[ns.Recording]) -> str | None:
    try:
        if (place / "circuit.npz").exists() and ns.load(place / "circuit.npz") not in circuits:
            return "a circuit that nobody saved"
        if (place / "run.npz").exists():
            rates = ns.load(place / "run.npz").rates["p"]
            if not any(np.array_equal(rates, run.rates["p"]) for run in runs):
                return "a recording that nobody saved"
    except Exception as error:
        return f"half a file: {error}"
    return None


def learning(times: int) -> Count:
    """`learn` with checkpoints, killed and begun again until it is done: the weights are those of a run in one go."""
    pick, count = random.Random(2), Count()
    rule = plasticity.Oja(learning_rate=0.01, reference=20.0)
    projection = ns.Projection("f", "x", "y", np.full((3, 6), 0.01), sign=None, rule=rule)
    circuit = ns.Circuit({"x": 6}, [ns.Population("y", 3, bias=0.2)], [projection])
    stimulus = ns.stimulus.constant(20 + 60 * np.random.default_rng(0).random((60, 6)), "x")
    cell = ns.LeakyRate(activation=ns.activations.ReLU(gain=20.0))
    schedule = ns.Schedule(duration=0.02, settle=0.01, dt=1e-3)

    def learn(checkpoint: Path | None) -> ns.Circuit:
        more = {} if checkpoint is None else {"checkpoint": checkpoint}
        return ns.learn(circuit, cell, stimulus, schedule, epochs=2, batch=1, seed=3, progress=False, **more).circuit

    start = time.monotonic()
    wanted = learn(None)
    took = time.monotonic() - start
    while count.tried < times:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "run.npz"
            while count.tried < times and not killed(lambda: learn(file), 1.5 * took, pick):  # noqa: B023 - called at once
                count.add(None)
            count.add(None if learn(file) == wanted else "other weights than those of a run in one go")
    return count


def running(times: int) -> Count:
    """A question's run, killed and begun again until it is done: no finished task is lost, the tables are the same."""
    pick, count = random.Random(3), Count()
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        whole.mkdir()
        words = ("--pause", 0.05, "--seeds", 6, "--jobs", 1, "--no-progress")
        question = toy_question.write(whole)
        begun = time.monotonic()
        assert toy_question.here("run", question, *words, cwd=whole)[0] == 0
        took = time.monotonic() - begun
        number = 0
        while count.tried < times:
            number += 1
            place = Path(folder) / str(number)
            place.mkdir()
            _one_run(place, words, took, times, pick, count)
            same = _tables(place) == _tables(whole)
            count.add(None if same else "other tables than those of a run in one go")
    return count


def _one_run(
    place: Path, words: tuple[object, ...], took: float, times: int, pick: random.Random, count: Count
) -> None:  # fmt: skip
    question, diary, done = toy_question.write(place), place / "diary", False
    command = ("run", question, *words, "--diary", diary)
    while not done and count.tried < times:
        kept, before = _kept(place), _written(diary)
        done = killed(lambda: toy_question.here(*command, cwd=place), 1.2 * took, pick)
        again = kept & set(_written(diary)[len(before) :])
        count.add(f"finished tasks {sorted(again)} were computed again" if again else None)
    # The workers of who was killed end by themselves; a claim that nobody touches is free after some seconds.
    toy_question.here(*command, cwd=place)


def _written(diary: Path) -> list[str]:
    return [line.split()[0] for line in diary.read_text().splitlines()] if diary.exists() else []


def _kept(place: Path) -> set[str]:
    found = (read_part(path) for path in (place / "results/parts/toys/parabola").glob("*.part"))
    return {str(part[1]["seed"]) for part in found if part is not None and "seed" in part[1]}


def _tables(place: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((place / "results/toys/parabola").glob("*/*.csv"))}

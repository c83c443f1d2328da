"""Who takes part, how their times are taken in turn, and whether their results agree."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

SINGLE = 1e-3  # largest relative difference in the number of spikes that single precision is granted
ENGINE, BOUND, PEER = "neurosim", "C", "peer"


@dataclass(frozen=True)
class Entrant:
    """Someone who does a work: `run` is timed, `read` makes (trials, units) of what it returned."""

    name: str
    kind: str
    run: Callable[[], Any]
    read: Callable[[Any], Any] = np.asarray
    exact: bool = True
    share: float = 1.0


def measure(entrants, rounds, patience=math.inf, pause=0.0):
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


def agreement_of(work, entrants, outputs):
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


def summary_of(work, entrants, times, inside, agreement):
    right = {row[1] for row in agreement if row[0] == work and row[-1]}
    medians = {e.name: float(np.median(times[e.name][1:])) for e in entrants}
    bound = min((medians[e.name] for e in entrants if e.kind == BOUND), default=math.nan)
    peer = min((medians[e.name] for e in entrants if e.kind == PEER and e.name in right), default=math.nan)
    return [
        (work, e.name, e.kind, e.share, times[e.name][0], medians[e.name], min(times[e.name][1:]),
         max(times[e.name][1:]), float(np.median(inside[e.name])), medians[e.name] / bound, medians[e.name] / peer)
        for e in entrants
    ]  # fmt: skip

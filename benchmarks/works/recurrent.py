"""W2: a recurrent network of LIF cells, 80 % excitatory and 20 % inhibitory, driven by Poisson sources."""

import math

import numpy as np

from benchmarks.engines import engines_of, simulated, whole_steps
from benchmarks.entrants import BOUND, Entrant
from benchmarks.parameters import DELAY, DT, INHIBITION_RATIO, NETWORK_GAIN, SOURCE_DRIVE, SOURCE_RATE, T_REF, TAU
from benchmarks.program import as_double, as_long, pointer
from benchmarks.works.independent import silent_steps


def links(rng, targets, sources, number, values):
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


def recurrent_network(p):
    """Circuit, stimulus and schedule of W2."""
    from neurosim.circuits.circuit import Circuit, Input, Population, Projection
    from neurosim.randomness import stream
    from neurosim.stimuli.stimulus import poisson

    units, sources, fan = p.network, max(1, p.network // 4), max(1, p.network // 10)
    rng = stream(p.seed, "weights", "W2")
    jump = NETWORK_GAIN / (10 * math.sqrt(0.8 * fan))
    excites = np.arange(units) < 0.8 * units
    inner = links(rng, units, units, fan, np.where(excites, jump, -INHIBITION_RATIO * jump) * TAU)
    per_unit = fan * sources / units
    outer = links(rng, units, sources, fan, np.full(sources, SOURCE_DRIVE / (per_unit * SOURCE_RATE)))
    circuit = Circuit(
        [Input("sources", sources)],
        [Population("cells", units)],
        [
            Projection("outside", "sources", "cells", outer, tau=0.0),
            Projection("recurrent", "cells", "cells", inner, sign=None, tau=0.0, delay=DELAY),
        ],
    )
    stimulus = poisson(np.full((1, sources), SOURCE_RATE), input="sources")
    return circuit, stimulus, whole_steps(p.network_duration, DT)


def by_source(weights):
    """Rows of a matrix by source, as jumps of the membrane potential."""
    from scipy.sparse import csc_array

    columns = csc_array(weights)
    columns.sort_indices()
    return columns.indptr.astype(np.int32), columns.indices.astype(np.int32), columns.data / TAU


def source_spikes(p, circuit, stimulus, schedule):
    from neurosim.cells import LIF
    from neurosim.simulate import prepare

    return prepare(circuit, LIF(tau_m=TAU, t_ref=T_REF), stimulus, schedule, seed=p.seed).input_spikes()["sources"]


def recurrent(p, program):
    from neurosim.cells import LIF

    circuit, stimulus, schedule = recurrent_network(p)
    trains = source_spikes(p, circuit, stimulus, schedule)
    cell = LIF(tau_m=TAU, t_ref=T_REF)
    entrants = [simulated(name, e, circuit, cell, stimulus, schedule, p) for name, e in engines_of(p)]
    if program is not None:
        entrants.append(Entrant("C", BOUND, recurrent_in_c(program, circuit, trains, schedule)))
    return entrants


def recurrent_in_c(program, circuit, trains, schedule):
    units, steps = circuit.sizes["cells"], schedule.steps
    inner, outer = (by_source(circuit.projection(name).weights) for name in ("recurrent", "outside"))
    in_edges = np.searchsorted(trains.steps, np.arange(steps + 1)).astype(np.int64)
    in_units, drive = trains.units.astype(np.int32), np.zeros(units)
    room = units * (steps // silent_steps() + 2)
    spikes, edges = np.empty(room, dtype=np.int32), np.empty(steps + 1, dtype=np.int64)

    def run():
        total = program.recurrent(
            pointer(drive), units, steps, as_double(np.exp(-DT / TAU)), silent_steps(), round(DELAY / DT),
            *map(pointer, (*inner, *outer, in_edges, in_units)), as_long(room), pointer(spikes), pointer(edges),
        )  # fmt: skip
        return np.bincount(spikes[:total], minlength=units)[None]

    return run

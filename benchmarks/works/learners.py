"""W4: cells that learn pictures without labels by spike times; whole calls of learn(), input spikes drawn."""

import numpy as np

from benchmarks.engines import engines_of, whole_steps
from benchmarks.entrants import BOUND, ENGINE, Entrant
from benchmarks.parameters import DARKEST, INK, LEARN_DT, MILLIVOLTS, PIXELS, WHITE
from benchmarks.program import as_double, pointer


def learner(p):
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
    return circuit, cell, poisson(images, input="pixels"), whole_steps(p.learned_duration, LEARN_DT)


def learners(p, program):
    from neurosim.learning import learn

    circuit, cell, stimulus, schedule = learner(p)
    # Brian2 spends more than a second on making this network the first time, which a small run has no room for.
    small = p.learned < 50 and p.engine != "brian"
    engines = [(name, engine) for name, engine in engines_of(p, 1) if not (small and name == "brian")]
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
        entrants.append(Entrant(f"{ENGINE}, {name}", ENGINE, run, read, exact, shown.trials / stimulus.trials))
    if program is not None:
        entrants.append(Entrant("C", BOUND, learners_in_c(program, p, circuit, cell, stimulus, schedule)))
    return entrants


def learners_in_c(program, p, circuit, cell, stimulus, schedule):
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
                PIXELS, p.learners, schedule.steps, as_double(np.exp(-LEARN_DT / cell.tau_m)), as_double(cell.v_reset),
                round(cell.t_ref / LEARN_DT), as_double(np.exp(-LEARN_DT / cell.tau_theta)), as_double(cell.theta_plus),
                as_double(inhibit), as_double(np.exp(-LEARN_DT / rule.tau)),
                as_double(rule.learning_rate), as_double(rule.offset),
                as_double(rule.w_max), as_double(cell.impulse),
                as_double(norm), *map(pointer, (edges, units, w, theta)),
            )
        ] for edges, units in images])  # fmt: skip

    return run

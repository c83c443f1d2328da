"""How times grow with the size of a work, with the share of units that spike, and with threads."""

import numpy as np

from benchmarks.engines import engines_of, most_threads, whole_steps
from benchmarks.entrants import BOUND, ENGINE, PEER, Entrant, measure
from benchmarks.parameters import DT, SWEEP_BATCH, SWEEP_UNITS
from benchmarks.peers.numpy_loops import dense_layers
from benchmarks.works.independent import sweep
from benchmarks.works.layers import layers_here, layers_in_c, relu_images, relu_network, two_layers


def scaling_of(p, panel, program):
    """Median times of every entrant along one axis; a curve ends after its first point beyond the patience."""
    rows, ended = [], set()
    for x in PANELS[panel][0](p):
        entrants = [e for e in PANELS[panel][1](p, x, program) if e.name not in ended]
        if not entrants:
            break
        _, times, _ = measure(entrants, 3, p.patience)
        for entrant in entrants:
            seconds = float(np.median(times[entrant.name][1:]))
            rows.append((panel, entrant.name, entrant.kind, x, seconds / PANELS[panel][2](p, x)))
            if seconds * entrant.share > p.patience:
                ended.add(entrant.name)
    return rows


def scaled_units(p, units, program):
    return sweep(p, units, p.duration / 10, program)


def scaled_batch(p, batch, program):
    return relu_images(p, batch, program)


def scaled_active(p, fraction, program):
    """What depends on the spikes (rows of weights) against what does not (a matrix product)."""
    scene = two_layers(p, fraction)
    # Brian2 would spend its time on making a copy of every synapse for every trial.
    entrants = [layers_here(scene, name, e, p, 1) for name, e in engines_of(p, 1) if name != "brian"]
    if program is not None:
        entrants.append(Entrant("C", BOUND, layers_in_c(program, scene, 1)))
    return [*entrants, Entrant("NumPy", PEER, on_one_thread(dense_layers(scene)))]


def on_one_thread(run):
    """The same with BLAS on one thread, as the others in this comparison."""
    from threadpoolctl import threadpool_limits

    def limited():
        with threadpool_limits(1):
            return run()

    return limited


def scaled_threads(p, threads, program):
    scene = relu_network(p, p.batch)
    entrants = [layers_here(scene, name, e, p, p.few) for name, e in engines_of(p, threads) if "threads" in e.info()]
    if program is not None:
        entrants.append(Entrant("C", BOUND, layers_in_c(program, scene, threads)))
    return entrants


def crossing(scaling):
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


PANELS = {  # panel: values of x, entrants, what the time is divided by
    "units": (
        lambda p: [n for n in SWEEP_UNITS if n <= 10 * p.units],
        scaled_units,
        lambda p, x: x * whole_steps(p.duration / 10, DT).steps,
    ),
    "batch": (lambda p: [n for n in SWEEP_BATCH if n <= p.batch], scaled_batch, lambda p, x: x),
    "active": (lambda p: p.fractions, scaled_active, lambda p, x: 16 * 2 * p.images_steps),
    "threads": (lambda p: range(1, most_threads() + 1), scaled_threads, lambda p, x: p.batch),
}

"""Circuits for the comparison of spiking engines: random ones, of any shape or of a given one, and the comparison."""

import numpy as np
from hypothesis import strategies as st
from scipy import sparse

from neurosim.cells.adaptive_lif import AdaptiveLIF
from neurosim.cells.homeostatic_lif import HomeostaticLIF
from neurosim.cells.lif import LIF
from neurosim.cells.perfect_if import PerfectIF
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.engines.brian import Brian
from neurosim.engines.compiled import Compiled
from neurosim.inhibition import lateral
from neurosim.schedule import Schedule
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import constant, counts, poisson, regular

RECORD = ("spikes", "v")


def by_brian(circuit, cells, stimulus, schedule, target="numpy", seed=0):
    """What Brian2 finds."""
    run = simulate(circuit, cells, stimulus, schedule, engine=Brian(target=target), record=RECORD, seed=seed)
    assert run.provenance["target"] == target
    return run


def assert_equal(circuit, cells, stimulus, schedule, target="numpy", seed=0, theirs=None, **options):
    """Both engines: every spike equal, and v equal in every bit (Cython: to 1e-12); the number of spikes."""
    work = circuit, cells, stimulus, schedule
    ours = simulate(*work, engine=Compiled(**options), record=RECORD, seed=seed)
    theirs = by_brian(*work, target, seed) if theirs is None else theirs
    # The Cython target rounds differently by itself: its C code keeps sums and products that NumPy's code rounds apart.
    # A step makes a few such errors of 1e-16, which decay with the membrane: 1e-12 of the threshold distance is room.
    allowed = 0.0 if target == "numpy" else 1e-12
    total = 0
    for population in circuit.populations:
        name = population.name
        for field in ("times", "units", "trials"):
            np.testing.assert_array_equal(getattr(ours.spikes[name], field), getattr(theirs.spikes[name], field))
        np.testing.assert_array_equal(ours.traces[name].times, theirs.traces[name].times)
        gap = np.abs(ours.traces[name].values["v"] - theirs.traces[name].values["v"])
        assert gap.max() <= allowed
        np.testing.assert_array_equal(ours.rates[name], theirs.rates[name])
        np.testing.assert_array_equal(ours.drive[name], theirs.drive[name])
        total += len(ours.spikes[name])
    return total


CELLS = {
    "LIF": lambda draw: LIF(
        tau_m=draw(st.sampled_from([10e-3, 20e-3])), v_reset=draw(st.sampled_from([0.0, -0.5, 0.3])), **refractory(draw)
    ),
    "AdaptiveLIF": lambda draw: AdaptiveLIF(
        tau_a=draw(st.sampled_from([20e-3, 60e-3])), jump=draw(st.sampled_from([0.0, 0.2])), **refractory(draw)
    ),
    "HomeostaticLIF": lambda draw: HomeostaticLIF(
        theta_plus=draw(st.sampled_from([0.0, 0.05])), tau_theta=draw(st.sampled_from([0.1, 1e4])), **refractory(draw)
    ),
    "PerfectIF": lambda draw: PerfectIF(
        tau_m=draw(st.sampled_from([10e-3, 20e-3])),
        reset_mode=draw(st.sampled_from(["subtract", "zero"])),
        v_start=draw(st.sampled_from([0.0, 0.5])),
        **refractory(draw),
    ),
}


def refractory(draw, shortest=0.0):
    # None, shorter than a step, one step, a multiple of it, and two values between multiples.
    values = [0.0, 1e-4, 2e-4, 2e-3, 2.05e-3, 2.0999e-3]
    return {"t_ref": draw(st.sampled_from([value for value in values if value >= shortest]))}


def unlike(draw, rng, cell, units):
    """The cell, or some of its parameters with one value per unit."""
    if not draw(st.booleans()):
        return cell
    values = {
        "tau_m": rng.uniform(5e-3, 30e-3, units), "v_reset": rng.uniform(-0.5, 0.5, units),
        "t_ref": np.where(rng.random(units) < 0.3, 0.0, 2e-4 * rng.integers(0, 15, units)),
        "jump": rng.uniform(0, 0.3, units),
        "tau_a": rng.choice([20e-3, 60e-3], units), "theta_plus": rng.uniform(0, 0.1, units),
        "tau_theta": rng.uniform(0.05, 1.0, units), "v_start": rng.uniform(0, 0.9, units),
    }  # fmt: skip
    mine = sorted(set(values) & set(cell.info()))
    chosen = draw(st.sets(st.sampled_from(mine), min_size=1))
    return cell.replace(**{name: values[name] for name in chosen})


def weights(rng, post, pre, kind, sign):
    values = rng.uniform(0, 0.03 / pre, (post, pre))
    if sign is None:
        values *= rng.choice([-1.0, 1.0], (post, pre))
    if kind == "dense":
        return values
    values[rng.random((post, pre)) < 0.6] = 0.0
    return sparse.csr_array(values)


KIND = st.sampled_from(["dense", "sparse"])


@st.composite
def runs(draw, cell):
    """A circuit of one or two populations with up to five projections, its cells, a stimulus and a schedule."""
    dt = draw(st.sampled_from([1e-4, 2e-4]))
    sizes = {
        "x": draw(st.integers(1, 12)),
        **{name: draw(st.integers(3, 25)) for name in ["a", "b"][: draw(st.integers(1, 2))]},
    }
    names = [name for name in sizes if name != "x"]
    # Three time constants only where Brian2 has no exact solution to derive, which takes it half a minute.
    three = [[2e-3, 5e-3, 8e-3]] if cell == "PerfectIF" else []
    taus = draw(st.sampled_from([[0.0], [5e-3], [0.0, 5e-3], [3e-3, 7e-3], *three]))
    # Names out of order: Brian2 serves projections by name, not as they are listed.
    shape = {
        f"p{9 - number}": (
            draw(st.sampled_from(["x", *names])),
            draw(st.sampled_from(names)),
            draw(st.sampled_from(taus)),
        )
        for number in range(draw(st.integers(1, 5)))
    }
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    cells = {name: unlike(draw, rng, CELLS[cell](draw), sizes[name]) for name in names}
    # Counts do not reach cells that learn.
    encode = draw(st.sampled_from([constant, poisson, regular] + ([counts] if cell != "HomeostaticLIF" else [])))
    return draw(filled(shape, sizes, cells, dt, encode))


@st.composite
def filled(draw, shape, sizes, cells, dt, encode):
    """What does not change the shape of a circuit: weights, delays, biases, rates, signs, lengths.

    Args:
        shape: projection -> (pre, post, tau); the input is named x.
        sizes: number of units of every population and of the input.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = draw(st.integers(300, 600))
    # Some units always spike, whatever the inhibition does to the rest.
    populations = {
        name: Population(name, size, bias=np.append(rng.uniform(0, 3, size - 1), 6.0))
        for name, size in sizes.items()
        if name != "x"
    }
    projections = []
    for name, (pre, post, tau) in shape.items():
        common = {"tau": tau, "delay": dt * draw(st.sampled_from([0, 0, 1, 7]))}
        if pre == post and draw(st.booleans()):
            projections.append(lateral(populations[pre], 0.01 / sizes[pre], name=name, **common))
            continue
        sign = draw(st.sampled_from([1, -1, None]))
        matrix = weights(rng, sizes[post], sizes[pre], draw(KIND), sign)
        projections.append(Projection(name, pre, post, matrix, sign=sign, **common))
    stimulus = encode(
        rng.uniform(0, 4000 if encode is counts else 200, (draw(st.integers(1, 3)), sizes["x"])), input="x"
    )
    circuit = Circuit([Input("x", sizes["x"])], list(populations.values()), projections)
    settle = draw(st.sampled_from([0, 17])) * dt
    return circuit, cells, stimulus, Schedule(duration=steps * dt, settle=settle, dt=dt)

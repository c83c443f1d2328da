"""Circuits integrated in plain NumPy, one projection and one step at a time: what every engine is compared with.

Nothing of the engines is used. Only the input spikes are the run's own, because they are its input.
"""

import numpy as np

from neurosim.randomness import sequence
from neurosim.simulate import prepare
from neurosim.stimuli.stimulus import draw_counts, encode


def matrix(projection):
    """Signed weights as a dense array."""
    weights = projection.weights
    dense = weights if isinstance(weights, np.ndarray) else weights.toarray()
    return (projection.sign or 1) * np.asarray(dense, dtype=float)


def steady(job, name, step):
    """Activity (trials, units) of a constant input in a step, 0 before the first."""
    stimulus, dt = job.stimulus, job.schedule.dt
    rates = stimulus.rates[name]
    if step < 0:
        return np.zeros((stimulus.trials, rates.shape[-1]))
    if rates.ndim == 2:
        return rates
    frame = int(np.floor(step * dt / stimulus.frame_of(name) + 1e-6))
    return rates[:, min(frame, rates.shape[1] - 1)]


def numbers(job, kinds=("poisson", "regular", "counts", "spikes")):
    """Spikes of every input that sends some: (steps, trials, units)."""
    stimulus, schedule = job.stimulus, job.schedule
    result, seeds = {}, sequence(job.seed, "stimulus")
    mine = {name for name in stimulus.rates if stimulus.kind(name) in kinds}
    drawn = encode(stimulus, schedule.duration, schedule.dt, seeds) if stimulus.encoding != "counts" else {}
    for name, trains in drawn.items():
        result[name] = _table(job, name, trains.steps, trains.trials, trains.units)
    for name, streams in draw_counts(stimulus, schedule.duration, schedule.dt, seeds).items():
        result[name] = streams.between(0, schedule.steps).astype(float)
    for name, given in stimulus.given.items():
        early = given.times < schedule.duration - 1e-9
        steps = np.floor(given.times[early] / schedule.dt + 1e-6).astype(int)
        result[name] = _table(job, name, steps, given.trials[early], given.units[early])
    return {name: table for name, table in result.items() if name in mine}


def _table(job, name, steps, trials, units):
    table = np.zeros((job.schedule.steps, job.trials, job.circuit.sizes[name]))
    np.add.at(table, (steps, trials, units), 1.0)
    return table


class Filter:
    """An exponential of area 1 (tau = 0: none) of what a projection carries."""

    def __init__(self, tau, shape):
        self.tau, self.value = tau, np.zeros(shape)

    def fade(self, dt):
        """Over a step without input."""
        self.value = self.value * np.exp(-dt / self.tau)

    def towards(self, level, dt):
        """Over a step with a steady input."""
        self.value = level + (self.value - level) * np.exp(-dt / self.tau)


def pull(tau, tau_m, dt):
    """What an input exp(-t/tau) adds to a membrane within a step: its convolution with exp(-t/tau_m)/tau_m."""
    if tau == tau_m:
        return dt / tau_m * np.exp(-dt / tau_m)
    return tau / (tau - tau_m) * (np.exp(-dt / tau) - np.exp(-dt / tau_m))


def leaky(v, bias, parts, tau_m, dt):
    """v after a step of tau_m dv/dt = -v + bias + sum of (steady level, deviation from it, its tau)."""
    level = bias + sum(part[0] for part in parts)
    fading = sum((part[1] * pull(part[2], tau_m, dt) for part in parts if part[2] > 0), np.zeros_like(v))
    return level + (v - level) * np.exp(-dt / tau_m) + fading


def perfect(v, bias, parts, tau_m, dt):
    """v after a step of tau_m dv/dt = bias + ..., by the midpoint rule, as the cell's docstring says."""
    level = bias + sum(part[0] for part in parts)
    fading = sum((part[1] * (1 - dt / (2 * part[2])) for part in parts if part[2] > 0), np.zeros_like(v))
    return v + dt / tau_m * (level + fading)


def spiking(circuit, cell, stimulus, schedule, seed=0):
    """Spikes (steps, trials, units) and v at the start of every step, of LIF or PerfectIF cells."""
    job = prepare(circuit, cell, stimulus, schedule, seed=seed)
    dt, trials = schedule.dt, job.trials
    sent = numbers(job) if stimulus is not None else {}
    sizes = {p.name: p.size for p in circuit.populations}
    leaks = hasattr(cell, "v_reset")
    v = {n: np.full((trials, size), 0.0 if leaks else cell.v_start) for n, size in sizes.items()}
    last = {n: np.full((trials, size), -(10**9)) for n, size in sizes.items()}
    spikes = {n: np.zeros((schedule.steps, trials, size)) for n, size in sizes.items()}
    traces = {n: np.zeros((schedule.steps, trials, size)) for n, size in sizes.items()}
    silent = int(np.floor(cell.t_ref / dt + 1e-3))
    filters = {p.name: Filter(p.tau, (trials, sizes[p.post])) for p in circuit.projections}
    weights = {p.name: matrix(p) for p in circuit.projections}
    lag = {p.name: round(p.delay / dt) for p in circuit.projections}
    for step in range(schedule.steps):
        for name, size in sizes.items():
            traces[name][step] = v[name]
            parts = []
            for p in circuit.onto(name):
                state = filters[p.name]
                if p.pre in sizes or p.pre in sent:
                    if p.tau > 0:
                        parts.append((np.zeros_like(v[name]), state.value, p.tau))
                        # An explicit midpoint step of the fading itself, where the membrane takes one.
                        x = dt / p.tau
                        state.value = state.value * (np.exp(-x) if leaks else 1 - x + x * x / 2)
                    continue
                level = steady(job, p.pre, step - lag[p.name]) @ weights[p.name].T
                parts.append((level, state.value - level if p.tau > 0 else 0.0, p.tau))
                if p.tau > 0:
                    x = dt / p.tau
                    state.value = level + (state.value - level) * (np.exp(-x) if leaks else 1 - x + x * x / 2)
            new = (leaky if leaks else perfect)(v[name], circuit.population(name).bias, parts, cell.tau_m, dt)
            free = step - last[name] >= silent if cell.t_ref else np.ones((trials, size), dtype=bool)
            v[name] = np.where(free, new, v[name])
            spikes[name][step] = free & (v[name] > 1)
            last[name] = np.where(spikes[name][step] > 0, step, last[name])
        for p in circuit.projections:
            past = spikes if p.pre in sizes else sent
            if p.pre in past and step >= lag[p.name]:
                came = past[p.pre][step - lag[p.name]] @ weights[p.name].T
                if p.tau > 0:
                    filters[p.name].value = filters[p.name].value + came / p.tau
                else:
                    open_ = step - last[p.post] >= max(silent, 1) if cell.t_ref else True
                    v[p.post] = np.where(open_, v[p.post] + came / cell.tau_m, v[p.post])
        for name in sizes:
            fired = spikes[name][step] > 0
            after = cell.v_reset if leaks else v[name] - 1 if cell.reset_mode == "subtract" else 0.0
            v[name] = np.where(fired, after, v[name])
    return spikes, traces


def rates(circuit, cell, stimulus, schedule, seed=0, fine=8):
    """Activity (steps, trials, units) at the start of every step of LeakyRate cells, by Runge-Kutta of fourth order."""
    job = prepare(circuit, cell, stimulus, schedule, seed=seed)
    dt, trials = schedule.dt, job.trials
    sent = numbers(job, ("poisson", "regular", "spikes")) if stimulus is not None else {}
    names = [p.name for p in circuit.populations]
    state = {n: np.zeros((trials, circuit.sizes[n])) for n in names}
    state |= {("filter", p.name): np.zeros((trials, circuit.sizes[p.post])) for p in circuit.projections if p.tau > 0}
    history = {n: np.zeros((schedule.steps, *state[n].shape)) for n in names}
    drives = {n: np.zeros((schedule.steps, *state[n].shape)) for n in names}
    weights = {p.name: matrix(p) for p in circuit.projections}

    def arrives(p, now, step):
        lag = round(p.delay / dt)
        if p.pre in names:
            assert lag == 0
            return now[p.pre] @ weights[p.name].T
        if p.pre in sent:
            here = sent[p.pre][step - lag] / dt if step >= lag else np.zeros((trials, circuit.sizes[p.pre]))
            return here @ weights[p.name].T
        return steady(job, p.pre, step - lag) @ weights[p.name].T

    def drive(n, now, step):
        parts = [
            now["filter", p.name] if p.tau > 0 else arrives(p, now, step) for p in circuit.projections if p.post == n
        ]
        return circuit.population(n).bias + sum(parts) + np.zeros_like(now[n])

    def slope(now, step):
        change = {n: (cell.activation(drive(n, now, step)) - now[n]) / cell.tau for n in names}
        for p in circuit.projections:
            if p.tau > 0:
                change["filter", p.name] = (arrives(p, now, step) - now["filter", p.name]) / p.tau
        return change

    def moved(now, change, h):
        return {key: value + h * change[key] for key, value in now.items()}

    for step in range(schedule.steps):
        for n in names:
            history[n][step], drives[n][step] = state[n], drive(n, state, step)
        h = dt / fine
        for _ in range(fine):
            a = slope(state, step)
            b = slope(moved(state, a, h / 2), step)
            c = slope(moved(state, b, h / 2), step)
            d = slope(moved(state, c, h), step)
            state = {k: x + h / 6 * (a[k] + 2 * b[k] + 2 * c[k] + d[k]) for k, x in state.items()}
    return history, drives


def mean_input(job, name):
    """Mean activity (trials, units) of an input in the counting window: spikes that came, or rates."""
    schedule = job.schedule
    if job.stimulus.kind(name) in ("counts", "constant"):
        return job.stimulus.rates[name]
    return numbers(job)[name][schedule.settle_steps :].sum(axis=0) / schedule.window

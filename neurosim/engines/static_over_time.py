"""Static units among other levels: they answer at once, step by step, to what has passed their synapses."""

import numpy as np

from neurosim.circuits.circuit import Projection
from neurosim.circuits.delays import parts
from neurosim.engines.base import Job
from neurosim.failures import Failure
from neurosim.params import Array
from neurosim.recording import Recording, Traces


def static_over_time(job: Job) -> Recording:
    """Static units that hear nothing of each other, over time.

    Equation
        r(k) = activation(bias + sum_p s_p(k)) at the beginning of step k, s_p' = exp(-dt/tau_p) s_p + the current of
        the step before times 1 - exp(-dt/tau_p), or W dt/tau_p times 1/dt per spike; tau_p = 0: s_p = W r of this
        step, or the spikes of the step before
    """
    dt, steps = job.schedule.dt, job.schedule.steps
    rates, drives, traces = {}, {}, {}
    found: list[Failure] = []
    times = np.arange(steps) * np.float64(dt)
    for population in job.circuit.populations:
        name = population.name
        drive = np.zeros((job.trials, steps, int(population.size))) + population.bias
        for projection in job.circuit.onto(name):
            for p in parts(projection, dt):
                # What overflows is found out below, and named.
                with np.errstate(over="ignore", invalid="ignore"):
                    drive += filtered(p, *_heard(job, p), dt)
        transfer = job.cells[name].transfer
        assert transfer is not None
        with np.errstate(over="ignore", invalid="ignore"):
            drives[name], rates[name] = drive, transfer(drive)
        found += _failures(name, drive, rates[name], dt)
        over_time = {"drive": drive.transpose(1, 0, 2), "rate": rates[name].transpose(1, 0, 2)}
        traces[name] = Traces(times, over_time)
    counted = job.schedule.settle_steps
    weights = {p.name: p.weights for p in job.circuit.projections}
    return Recording(
        "static", {n: r[:, counted:].mean(axis=1) for n, r in rates.items()},
        {n: d[:, counted:].mean(axis=1) for n, d in drives.items()}, weights, np.ones(job.trials, dtype=bool),
        traces=traces, failures=tuple(found),
    )  # fmt: skip


def _failures(name: str, drive: Array, rates: Array, dt: float) -> list[Failure]:
    """The first unit whose drive or activity is no finite number, and when."""
    for variable, values in (("drive", drive), ("rate (Hz)", rates)):
        wrong = np.argwhere(~np.isfinite(values))
        if len(wrong):
            trial, step, unit = wrong[np.argmin(wrong[:, 1])].tolist()
            return [Failure(trial, name, variable, unit, step * dt, float(values[trial, step, unit]))]
    return []


def _heard(job: Job, p: Projection) -> tuple[bool, Array]:
    """Whether it is spikes, and the activity of a source in every step, (trials, steps, pre); 1/dt per spike."""
    stimulus, steps, dt = job.stimulus, job.schedule.steps, job.schedule.dt
    assert stimulus is not None
    if p.pre in job.steady_inputs:
        if stimulus.frame_of(p.pre) is None:
            one = stimulus.rates[p.pre][:, None]
            return False, np.broadcast_to(one, (job.trials, steps, one.shape[2]))
        if stimulus.frame_of(p.pre) == dt:
            return False, stimulus.rates[p.pre][:, :steps]
        at = [stimulus.rates_at((k + 0.5) * dt)[p.pre] for k in range(steps)]
        return False, np.stack(at, axis=1)
    trains = job.input_spikes()[p.pre]
    found = np.zeros((job.trials, steps, job.circuit.sizes[p.pre]))
    np.add.at(found, (trains.trials, trains.steps, trains.units), 1.0 / dt)
    return True, found


def filtered(p: Projection, spikes: bool, rates: Array, dt: float) -> Array:
    """What reaches a population at the beginning of every step, (trials, steps, post).

    A steady input begins at t = 0, and the answer at once to what is constant within a step; a spike is heard from the
    step after its own on.
    """
    trials, steps, pre = rates.shape
    late = round(p.delay / dt)
    arriving = np.zeros((trials, steps, p.weights.shape[0]))
    if late < steps:
        sent = np.ascontiguousarray(rates[:, : steps - late]).reshape(-1, pre)
        arriving[:, late:] = p.apply(sent).reshape(trials, steps - late, -1)
    if p.tau == 0:
        return np.concatenate([np.zeros_like(arriving[:, :1]), arriving[:, :-1]], axis=1) if spikes else arriving
    fade = np.exp(-dt / p.tau)
    # A spike adds W/tau at the end of its step, a current that stands for a step its own share of the way.
    gain = dt / p.tau if spikes else 1.0 - fade
    state, result = np.zeros_like(arriving[:, 0]), np.empty_like(arriving)
    for k in range(steps):
        result[:, k] = state
        state = fade * state + gain * arriving[:, k]
    return result

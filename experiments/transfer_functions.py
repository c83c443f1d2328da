"""How close is a ReLU to the f-I curve of a LIF neuron, and when does another activation fit better?

Prediction: without noise the LIF curve has a corner, so the ReLU family (ReLU, GELU, SiLU) lies closest to it; noise
rounds the corner, and then the ReLU averaged over noise and the softplus win. A spike itself is all or none, while the
ReLU is graded above its threshold: it resembles the f-I curve (a rate), not the action potential.

Curves on drive -1..3 (rest 0, threshold 1): 1,000 simulated LIF cells per noise level against the closed form and
Siegert's formula, with and without the correction for the time step; leaky rate units integrated to their steady
state; ten activations fitted by least squares with free input scale, input shift and output gain (the tanh with a free
baseline as well, because it is negative on half of its axis). NRMSE is the root mean square error over the range of the
curve on 161 equidistant drives. Noise is given as sigma_B = sqrt(2) times the stationary standard deviation of the free
membrane potential.

Sources: Gerstner et al., Neuronal Dynamics (2014), chapters 1, 5 and 8; Siegert, Phys Rev 81 (1951); Brunel, J Comput
Neurosci 8 (2000); Broadie, Glasserman & Kou, Math Finance 7 (1997); Hunsberger & Eliasmith, arXiv:1510.08829 (2015);
Lapicque, J Physiol Pathol Gen 9 (1907); Hodgkin & Huxley, J Physiol 117 (1952).
"""

import math
from dataclasses import dataclass

import numpy as np

from neurosim.engines import choices
from neurosim.lab import CROSS_CHECK_COLUMNS, Finding, cross_check, cross_check_findings, main
from neurosim.params import Params, param

ORDER = 10
CLAIMS = ("A0-06", "A0-07", "A2-01")
QUICK = {"drives": 21, "copies": 30, "duration": 0.4, "isi_copies": 200, "isi_duration": 0.7, "dt": 2e-4}

SIGMAS = (0.0, 0.1, 0.3, 0.5, 1.0)
ACTIVATIONS = ("ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "Softplus", "NoisyReLU", "Tanh", "Sigmoid", "Step")
LOW_NOISE, HIGH_NOISE = {"ReLU", "GELU", "SiLU"}, {"NoisyReLU", "Softplus"}
LOWEST, HIGHEST, POINTS = -1.0, 3.0, 161
# The drives and the noise (stationary) of the published coefficients of variation.
ISI_DRIVES, ISI_SIGMA = (0.5, 0.8, 1.0, 1.2), 0.3
NOISELESS_DURATION = 0.2
FINE, COARSE = 1e-4, 4e-4  # time steps (s) of the noiseless cells, and of the comparison with a coarser grid

# Reference values, computed elsewhere with 40 digits (mpmath) and rounded to the digits written here.
LIF_HZ = {  # (tau_m, t_ref, v_reset): drive -> Hz
    (20e-3, 2e-3, 0.5): {
        1.0005: 7.133935, 1.005: 10.604183, 1.05: 20.016852, 1.1: 26.430421, 1.25: 41.714907, 1.5: 63.040002,
        2.0: 98.918796, 3.0: 154.729995, 5.0: 229.586294,
    },
    (20e-3, 2e-3, 0.0): {
        1.0001: 5.370315, 1.01: 10.604183, 1.05: 15.900666, 1.1: 20.016852, 1.25: 29.249381, 1.5: 41.714907,
        2.0: 63.040002, 3.0: 98.918796, 5.0: 154.729995, 10.0: 243.474262, 100.0: 454.337550,
    },
    (10e-3, 5e-3, 0.0): {1.5: 62.554255, 2.0: 83.811957},
    (10e-3, 0.0, 0.0): {1.1: 41.703239, 1.5: 91.023923, 2.0: 144.269504, 5.0: 448.142012, 10.0: 949.122158},
}  # fmt: skip
SOFT_LIF_HZ = {  # smoothing: drive -> Hz
    0.02: {0.5: 1.723423, 0.9: 5.545994, 1.0: 11.383548, 1.1: 20.026634, 1.5: 41.714907, 2.0: 63.040002,
           5.0: 154.729995},
    0.1: {0.5: 6.750721, 0.9: 13.911507, 1.0: 17.629744, 1.1: 22.188085, 1.5: 41.746064, 2.0: 63.040183,
          5.0: 154.729995},
    1.0: {0.5: 40.504932, 0.9: 48.224641, 1.0: 50.347298, 1.1: 52.543638, 1.5: 62.006592, 2.0: 75.058775,
          5.0: 155.163975},
}  # fmt: skip
SIEGERT_MV = {  # mean input in mV (threshold 20, reset 10): Hz at sigma_B = 1, 2, 5, 10 mV
    10: (1.0441132e-41, 1.9179283e-9, 0.88192346, 12.083925), 15: (1.9179283e-9, 0.12202552, 9.4607998, 24.607159),
    18: (0.83668956, 7.6678458, 19.620290, 33.670016), 20: (14.763104, 18.512272, 27.340567, 40.088608),
    22: (27.179755, 28.850314, 35.301639, 46.682361), 25: (42.016751, 42.849614, 47.217443, 56.719286),
    30: (63.188002, 63.620470, 66.293333, 73.362492),
}  # fmt: skip
SIEGERT_UNIT = {0.5: 6.778371, 0.8: 17.139572, 1.0: 25.260703, 1.2: 33.598021}  # drive: Hz, sigma_stat 0.3
NEST_HZ = 27.1095934379  # hard-coded in NEST's test of its Siegert neuron: tau 10 ms, th = mu = 15 mV, sigma sqrt(1.5)
CV_MV = {(15, 5): 0.814757, (20, 5): 0.582636, (20, 2): 0.408047, (25, 2): 0.208308, (25, 5): 0.436354,
         (18, 2): 0.664497, (10, 10): 1.013044}  # fmt: skip
CV_UNIT = {0.5: 0.828241, 0.8: 0.643613, 1.0: 0.543840, 1.2: 0.467833}
ISI_MS = {1.05: 62.8, 1.1: 49.9, 1.25: 34.1, 1.5: 23.9, 2.0: 15.8, 3.0: 10.1, 5.0: 6.4, 10.0: 4.1}  # on the 0.1 ms grid
LATENCY_MS = {1.05: 60.890449, 1.1: 47.957905, 1.5: 21.972246, 2.0: 13.862944, 5.0: 4.462871}
LAPICQUE = {1: 20.504166, 5: 4.520812, 10: 2.541494, 20: 1.581977, 50: 1.089425}  # pulse in ms: threshold / rheobase
CHRONAXIE_MS = 13.862944
NRMSE = {  # sigma_B: activation -> NRMSE
    0.0: {"GELU": 0.0323, "SiLU": 0.0328, "ReLU": 0.0350, "Softplus": 0.0350, "NoisyReLU": 0.0350, "Tanh": 0.0408,
          "Sigmoid": 0.0431},
    0.1: {"GELU": 0.0222, "SiLU": 0.0226, "ReLU": 0.0247, "Sigmoid": 0.0365},
    0.3: {"SiLU": 0.01126, "GELU": 0.0113, "NoisyReLU": 0.01188, "ReLU": 0.01195, "Sigmoid": 0.0288},
    0.5: {"NoisyReLU": 0.00651, "Softplus": 0.00659, "ReLU": 0.00933, "Tanh": 0.01799, "Sigmoid": 0.02451},
    1.0: {"NoisyReLU": 0.00263, "Softplus": 0.00292, "Tanh": 0.00675, "GELU": 0.01244, "Sigmoid": 0.01798,
          "ReLU": 0.01924},
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """The full run: 41 drives x 25 copies = 1,025 LIF cells for each noise level."""

    drives: int = param(41, doc="number of drives from -1 to 3", low=5)
    copies: int = param(25, doc="LIF cells at each drive", low=4)
    duration: float = param(5.0, unit="s", doc="length of each run of the f-I curve", above=0.2)
    isi_copies: int = param(250, doc="LIF cells at each drive of the interval statistics", low=4)
    isi_duration: float = param(8.0, unit="s", doc="length of the run of the interval statistics", above=0.2)
    dt: float = param(1e-4, unit="s", doc="time step of the noisy LIF cells", above=0, high=2e-4)
    engine: str = param("auto", doc="engine of the LIF cells", choices=choices("spiking"))
    seed: int = param(0, doc="seed of the noise", low=0)


_SIGMA = ("1", "noise amplitude sigma_B, sqrt(2) times the stationary standard deviation of the free potential")
_DRIVE = ("1", "constant drive (rest 0, threshold 1)")
COLUMNS = {
    "fits": {
        "sigma": _SIGMA,
        "activation": ("1", "activation fitted to the curve on 161 drives from -1 to 3"),
        "slope": ("Hz", "largest slope of the fitted activation on these drives (empty for a step)"),
        "threshold": ("1", "fitted shift of the drive"),
        "width": ("1", "fitted scale of the drive (empty where it is one with the gain)"),
        "baseline": ("Hz", "fitted offset of the output (tanh only, 0 for all others)"),
        "nrmse": ("1", "root mean square error over the range of the curve"),
        "r2": ("1", "share of the variance explained"),
        "rank": ("1", "1 for the smallest error at this noise"),
    },
    "shapes": {
        "sigma": _SIGMA,
        "name": ("1", "the LIF curve (theory) or the activation fitted to it"),
        "drive": _DRIVE,
        "rate": ("Hz", "firing rate"),
    },
    "curve": {
        "dt": ("s", "time step of the simulation"),
        "sigma": _SIGMA,
        "drive": _DRIVE,
        "rate_sim": ("Hz", "simulated rate, mean over the copies"),
        "se": (
            "Hz",
            "its standard error (where spikes are few, at least that of a renewal process with the theory's CV)",
        ),
        "rate_theory": ("Hz", "closed form without noise, Siegert's formula with noise"),
        "rate_corrected": ("Hz", "the same with threshold and refractory period as the time step makes them"),
        "expected_spikes": ("1", "spikes to be expected in the counting window, all copies together"),
        "spikes": ("1", "spikes seen in that window"),
    },
    "intervals": {
        "drive": _DRIVE,
        "dt": ("s", "time step"),
        "isi": ("s", "interspike interval of the noiseless cell, mean over the run"),
        "isi_spread": ("s", "largest minus smallest interval"),
        "isi_theory": ("s", "interval in closed form"),
    },
    "variability": {
        "dt": ("s", "time step of the simulation"),
        "drive": _DRIVE,
        "intervals": ("1", "number of intervals, pooled over cells"),
        "mean": ("s", "mean interval"),
        "followed": ("s", "time for which every interval was followed; longer ones are missed"),
        "cv": ("1", "coefficient of variation of the intervals"),
        "se": ("1", "its standard error"),
        "cv_theory": ("1", "Brunel's integral, without correction for the time step"),
    },
    "rate_unit": {
        "phi": ("1", "activation inside the leaky rate unit"),
        "drive": _DRIVE,
        "rate_integrated": ("Hz", "activity after 0.3 s of integration"),
        "rate_phi": ("Hz", "the activation at this drive"),
    },
    "reference": {
        "group": ("1", "which set of published or independently computed values"),
        "case": ("1", "parameters in the units of the source"),
        "value": ("Hz or 1", "value of this package"),
        "expected": ("Hz or 1", "reference value, with the digits printed there"),
        "independent": ("Hz or 1", "the same from a route of its own, to all digits (empty where there is none)"),
    },
    "latency": {
        "drive": _DRIVE,
        "dt": ("s", "time step"),
        "latency": ("s", "simulated time of the first spike (start of the step of crossing)"),
        "latency_theory": ("s", "tau ln(drive / (drive - 1))"),
    },
    "strength_duration": {
        "duration": ("s", "length of a rectangular pulse from rest"),
        "threshold": ("1", "weakest pulse that makes a spike, by repeated refinement of a grid"),
        "resolution": ("1", "width of the last grid"),
        "threshold_unit": ("1", "the same for a static unit (ReLU or step), which knows no time"),
    },
    "delivered": {
        "drive": _DRIVE,
        "spikes": ("1", "spikes of the sending cell that reach the receiver within the run"),
        "mean": ("1", "jump of the receiving membrane potential at a spike, over the nominal jump; mean"),
        "sd": ("1", "standard deviation of these jumps over the spikes"),
    },
    "pulses": {
        "strength": ("1", "current of a 1 ms pulse into a Hodgkin-Huxley axon, in rheobases"),
        "peak": ("V", "highest membrane potential, above rest"),
        "fired": ("1", "1 if a spike was counted"),
    },
    "engines": CROSS_CHECK_COLUMNS,
    "numbers": {"name": ("1", "what was measured"), "value": ("see name", "its value, unit in the name")},
}


def estimate(p: Parameters) -> tuple[float, float]:
    """Seconds and bytes of a run: 0.25 ms per step with 1,000 cells in NumPy, and what does not depend on length."""
    per_step = 1.5e-4
    cells = p.drives * p.copies
    steps = 4 * p.duration / p.dt * (per_step + 1e-7 * cells)
    steps += (1 / p.dt + 1 / COARSE) * p.isi_duration * (per_step + 4e-7 * p.isi_copies)
    return 8.0 + steps, 3e8


def compute(p: Parameters, progress):
    import pandas as pd

    tables, rows = {}, {name: [] for name in COLUMNS}
    jobs = [lambda sigma=sigma: {"curve": _sweep(p, sigma, progress)} for sigma in SIGMAS[1:]]
    jobs += [lambda dt=dt: _irregular(p, dt, progress) for dt in (p.dt, COARSE)]
    jobs += [lambda: _noiseless(p, progress), lambda: _pulses(p, progress), lambda: _hodgkin_huxley(progress)]
    jobs += [_rate_units, _references, _shapes, lambda: _cross_checks(p)]
    jobs += [lambda sigma=sigma: _fits(sigma) for sigma in SIGMAS]
    for job in progress(jobs, "transfer functions"):
        for name, found in job().items():
            rows[name] += found
    for name in COLUMNS:
        tables[name] = pd.DataFrame(rows[name], columns=list(COLUMNS[name]))
    fits = tables["fits"]
    fits["rank"] = fits.groupby("sigma")["nrmse"].rank(method="first").astype(int)
    tables["curve"] = tables["curve"].sort_values(["dt", "sigma", "drive"], ignore_index=True)
    return tables


def _curve(sigma, dt=0.0):
    """The theory: Siegert's formula, which is the closed form where there is no noise."""
    from neurosim.activations import Siegert

    return Siegert(sigma_stat=sigma / math.sqrt(2), dt=dt)


def _simulated(p, drives, copies, sigma_stat, schedule, progress):
    """Spike times per cell, one list of trains for each drive."""
    from neurosim.cells import LIF
    from neurosim.circuits.circuit import Circuit, Population
    from neurosim.simulate import simulate

    circuit = Circuit(populations=[Population("cells", len(drives) * copies, bias=np.repeat(drives, copies))])
    recording = simulate(
        circuit, LIF(sigma_stat=sigma_stat), schedule=schedule, seed=p.seed, record=("spikes",), engine=p.engine,
        progress=False,
    )  # fmt: skip
    progress.note(engine=recording.provenance["engine"])
    spikes = recording.spikes["cells"]
    order = np.lexsort((spikes.times, spikes.units))
    edges = np.cumsum(np.bincount(spikes.units, minlength=len(drives) * copies))
    trains = np.split(spikes.times[order], edges[:-1])
    return [trains[i * copies : (i + 1) * copies] for i in range(len(drives))]


def _schedule(duration, settle, dt):
    """Times rounded to whole steps."""
    from neurosim.schedule import Schedule

    return Schedule(duration=round(duration / dt) * dt, settle=round(settle / dt) * dt, dt=dt)


def _curve_rows(drives, trains, sigma, schedule):
    theory, corrected, cv = _curve(sigma)(drives), _curve(sigma, schedule.dt)(drives), _curve(sigma).cv(drives)
    rows = []
    for index, drive in enumerate(drives):
        cells = trains[index]
        window = [train[train >= schedule.settle - 1e-9] for train in cells]
        seen = sum(map(len, window))
        expected = corrected[index] * schedule.window * len(cells)
        rate, se = _rate(cells) or (seen / (schedule.window * len(cells)), None)
        if se is None:
            # A short window scatters more than the renewal theory of long ones says; no spike at all says nothing.
            scatter = np.std([len(train) for train in window], ddof=1) * math.sqrt(len(cells))
            se = max(cv[index] * math.sqrt(expected), scatter) / (schedule.window * len(cells))
        rows.append((schedule.dt, sigma, drive, rate, se, theory[index], corrected[index], expected, seen))
    return rows


def _rate(cells):
    """Rate and standard error from the time that a fixed number of intervals takes; None where spikes are too few.

    All copies start at rest, so regular cells fire in step and their counts hardly scatter: whole intervals do not
    suffer from the ends of the window. Where a cell has few spikes it is irregular, and counts are unbiased.
    """
    counts = [len(train) for train in cells]
    number = int(2 * np.median(counts) / 3) - 1
    if number < 1 or min(counts) <= number:
        return None
    means = np.array([train[number] - train[0] for train in cells]) / number
    return 1 / means.mean(), means.std(ddof=1) / math.sqrt(len(cells)) / means.mean() ** 2


def _sweep(p, sigma, progress):
    schedule = _schedule(p.duration, 0.1, p.dt)
    drives = np.linspace(LOWEST, HIGHEST, p.drives)
    trains = _simulated(p, drives, p.copies, sigma / math.sqrt(2), schedule, progress)
    return _curve_rows(drives, trains, sigma, schedule)


def _irregular(p, dt, progress):
    """Interval statistics: every interval that begins early enough is followed to its end, so none is cut off."""
    schedule = _schedule(p.isi_duration, 0.1, dt)
    followed = min(1.0, schedule.duration / 2)
    last_start = schedule.duration - followed
    trains = _simulated(p, np.array(ISI_DRIVES), p.isi_copies, ISI_SIGMA, schedule, progress)
    theory = _curve(math.sqrt(2) * ISI_SIGMA).cv(np.array(ISI_DRIVES))
    rows = []
    for drive, cells, expected in zip(ISI_DRIVES, trains, theory, strict=True):
        intervals = np.concatenate(
            [np.diff(t)[(t[:-1] >= schedule.settle) & (t[:-1] < last_start)] for t in cells if len(t) > 1] or [[]]
        )
        if len(intervals) < 3:
            continue
        mean, sd = intervals.mean(), intervals.std()
        # Influence of one interval on sd/mean (delta method).
        influence = sd / mean * (((intervals - mean) ** 2 / sd**2 - 1) / 2 - (intervals - mean) / mean)
        se = influence.std() / math.sqrt(len(intervals))
        rows.append((dt, drive, len(intervals), mean, followed, sd / mean, se, expected))
    curve = _curve_rows(np.array(ISI_DRIVES), trains, math.sqrt(2) * ISI_SIGMA, schedule)
    return {"variability": rows, "curve": curve}


def _with_receivers(drives, weight):
    """Cells at constant drives, each with a silent receiver that shows what a spike delivers."""
    from neurosim.cells import LIF
    from neurosim.circuits.circuit import Circuit, Population, Projection

    cells = len(drives)
    return Circuit(
        populations=[Population("cells", cells, bias=drives), Population("receiver", cells)],
        projections=[Projection("synapse", "cells", "receiver", weight * LIF().tau_m * np.eye(cells), tau=0.0)],
    )


def _noiseless(p, progress):
    """LIF cells at constant drives without noise."""
    from neurosim.activations import LIFCurve
    from neurosim.cells import LIF
    from neurosim.simulate import simulate

    sweep = np.linspace(LOWEST, HIGHEST, p.drives)
    drives = np.unique(np.concatenate([sweep, list(ISI_MS), list(LATENCY_MS)]).round(12))
    near = 1 + 1e-4 * np.arange(-10, 21)  # around the rheobase
    weight = 1e-3
    circuit = _with_receivers(np.concatenate([drives, near]), weight)
    schedule = _schedule(NOISELESS_DURATION, 0.0, FINE)
    recording = simulate(
        circuit, LIF(), schedule=schedule, seed=p.seed, record=("spikes", "v"), engine=p.engine, progress=False
    )
    progress.note(engine=recording.provenance["engine"])
    spikes, trace = recording.spikes["cells"], recording.traces["receiver"].values["v"][:, 0]
    theory, corrected = _curve(0.0)(drives), _curve(0.0, FINE)(drives)
    tables = {"curve": [], "intervals": [], "latency": [], "delivered": []}
    for index, drive in enumerate(drives):
        train = spikes.times[spikes.units == index]
        gaps = np.diff(train)
        if np.isclose(sweep, drive).any():
            rate = 1 / gaps.mean() if gaps.size else 0.0
            expected = corrected[index] * schedule.duration
            tables["curve"].append((FINE, 0.0, drive, rate, 0.0, theory[index], corrected[index], expected, len(train)))
        if gaps.size:
            tables["intervals"].append((drive, FINE, gaps.mean(), np.ptp(gaps), 1 / LIFCurve()(drive)))
            jumps = _jumps(trace[:, index], train, FINE) / weight
            tables["delivered"].append((drive, len(jumps), jumps.mean(), jumps.std()))
        if drive in LATENCY_MS:
            tables["latency"].append((drive, FINE, train[0], LIF().tau_m * math.log(drive / (drive - 1))))
    fired = np.isin(len(drives) + np.arange(len(near)), spikes.units)
    return tables | {"numbers": [("rheobase", near[fired].min())]}


def _jumps(trace, times, dt):
    """What spikes at these times added to a leaking membrane potential."""
    from neurosim.cells import LIF

    steps = np.round(times / dt).astype(int)
    steps = steps[steps + 1 < len(trace)]
    return trace[steps + 1] - trace[steps] * math.exp(-dt / LIF().tau_m)


def _pulsed(p, durations, strengths, dt, progress):
    """Which LIF cells fire: one pulse length per channel, `strengths` (channels, cells) of it in each channel."""
    from neurosim.cells import LIF
    from neurosim.circuits.circuit import Circuit, Input, Population, Projection
    from neurosim.simulate import simulate
    from neurosim.stimuli.stimulus import movie

    channels, cells = strengths.shape
    weights = np.zeros((channels * cells, channels))
    for channel in range(channels):
        weights[channel * cells : (channel + 1) * cells, channel] = strengths[channel]
    circuit = Circuit(
        inputs=[Input("pulse", channels)],
        populations=[Population("cells", channels * cells)],
        projections=[Projection("current", "pulse", "cells", weights, sign=None, tau=0.0)],
    )
    steps = np.round(np.asarray(durations) / dt).astype(int)
    frame = int(np.gcd.reduce(steps))
    shown = np.arange(steps.max() // frame)[:, None] < steps // frame
    schedule = _schedule(steps.max() * dt, 0.0, dt)
    stimulus = movie(shown[None].astype(float), frame * dt, "constant", "pulse")
    recording = simulate(circuit, LIF(), stimulus, schedule, seed=p.seed, engine=p.engine, progress=False)
    progress.note(engine=recording.provenance["engine"])
    return recording.rates["cells"][0].reshape(channels, cells) > 0


def _pulses(p, progress):
    """Weakest pulse of each duration that makes a spike, and the shortest of twice the rheobase that does."""
    durations = np.array(list(LAPICQUE)) * 1e-3
    low, high = np.full(len(durations), 0.9), np.full(len(durations), 25.0)
    rows = np.arange(len(durations))
    for _ in range(2):
        grid = np.linspace(low, high, 641).T
        first = _pulsed(p, durations, grid, FINE, progress).argmax(axis=1)
        low, high = grid[rows, np.maximum(first - 1, 0)], grid[rows, first]
    tried = np.arange(round(12e-3 / FINE), round(16e-3 / FINE) + 1) * FINE
    fired = _pulsed(p, tried, np.full((len(tried), 1), 2.0), FINE, progress)[:, 0]
    return {
        "strength_duration": list(zip(durations, high, high - low, np.ones(len(durations)), strict=True)),
        "numbers": [("chronaxie in s", tried[fired.argmax()]), ("dt in s", FINE)],
    }


def _hodgkin_huxley(progress):
    """Peak of the membrane potential after 1 ms pulses of rising strength: an axon with a spike waveform of its own."""
    from neurosim.cells import HodgkinHuxley
    from neurosim.circuits.circuit import Circuit, Input, Population, Projection
    from neurosim.simulate import simulate
    from neurosim.stimuli.stimulus import movie

    cell = HodgkinHuxley()
    strengths = np.linspace(0.1, 4.0, 40)
    circuit = Circuit(
        inputs=[Input("pulse", 1)],
        populations=[Population("axon", len(strengths))],
        projections=[Projection("current", "pulse", "axon", strengths[:, None], sign=None, tau=0.0)],
    )
    shown = (np.arange(10) < 1).astype(float).reshape(1, 10, 1)
    recording = simulate(
        circuit, cell, movie(shown, 1e-3, "constant", "pulse"), _schedule(10e-3, 0.0, 2e-5), record=("v", "spikes"),
        progress=False,
    )  # fmt: skip
    progress.note(engine=recording.provenance["engine"])
    trace = recording.traces["axon"].values["v"][:, 0]
    fired = np.isin(np.arange(len(strengths)), recording.spikes["axon"].units)
    return {"pulses": list(zip(strengths, trace.max(axis=0) - trace[0], fired.astype(int), strict=True))}


def _cross_checks(p):
    """The cells of the noisy sweeps without their noise, each with a receiver, on both engines."""
    from neurosim.cells import LIF

    circuit = _with_receivers(np.linspace(LOWEST, HIGHEST, p.drives), 1e-3)
    schedule = _schedule(NOISELESS_DURATION, 0.0, p.dt)
    cells = {"cells": LIF(sigma_stat=SIGMAS[-1] / math.sqrt(2)), "receiver": LIF()}
    return {"engines": [cross_check("Cells of the sweep", circuit, cells, schedule=schedule, seed=p.seed)]}


def _rate_units():
    from neurosim.activations import LIFCurve, SoftLIF
    from neurosim.cells import LeakyRate
    from neurosim.circuits.circuit import Circuit, Population
    from neurosim.simulate import simulate

    drives = np.linspace(LOWEST, HIGHEST, 41)
    circuit = Circuit(populations=[Population("units", len(drives), bias=drives)])
    rows = []
    for phi in (_fit("ReLU", 0.0)[0], LIFCurve(), _curve(0.5), SoftLIF()):
        recording = simulate(
            circuit, LeakyRate(activation=phi), schedule=_schedule(0.4, 0.3, 1e-4), engine="rate", progress=False
        )
        name = "ReLU (fitted)" if type(phi).__name__ == "ReLU" else type(phi).__name__
        rows += [(name, *row) for row in zip(drives, recording.rates["units"][0], phi(drives), strict=True)]
    return {"rate_unit": rows}


def _references():
    from scipy.optimize import brentq

    from neurosim.activations import LIFCurve, Siegert, SoftLIF

    rows = []
    for (tau, t_ref, reset), values in LIF_HZ.items():
        for drive, expected in values.items():
            # The time at which the membrane reaches threshold, as the root of its trajectory.
            def gap(t, drive=drive, reset=reset):
                return (drive - 1) + (reset - drive) * math.exp(-t)

            value = float(LIFCurve(tau_m=tau, t_ref=t_ref, v_reset=reset)(drive))
            independent = 1 / (t_ref + tau * brentq(gap, 0.0, 50.0, xtol=1e-15, rtol=1e-15))
            case = f"tau {tau * 1e3:g} ms, t_ref {t_ref * 1e3:g} ms, v_reset {reset:g}, drive {drive:g}"
            rows.append(("LIF closed form", case, value, expected, independent))
    for smoothing, values in SOFT_LIF_HZ.items():
        for drive, expected in values.items():
            distance = smoothing * math.log1p(math.exp((drive - 1) / smoothing))
            independent = 1 / (2e-3 + 20e-3 * (math.log1p(distance) - math.log(distance)))
            value = float(SoftLIF(smoothing=smoothing)(drive))
            rows.append(("SoftLIF", f"smoothing {smoothing:g}, drive {drive:g}", value, expected, independent))
    for mu, values in SIEGERT_MV.items():
        for sigma, expected in zip((1, 2, 5, 10), values, strict=True):
            value = float(Siegert(v_reset=0.5, sigma_stat=sigma / 20 / math.sqrt(2))(mu / 20))
            rows.append(("Siegert", f"mu {mu} mV, sigma_B {sigma} mV", value, expected, np.nan))
    for mu, expected in SIEGERT_UNIT.items():
        rows.append(("Siegert", f"drive {mu:g}, sigma_stat 0.3", float(Siegert()(mu)), expected, np.nan))
    nest = Siegert(tau_m=10e-3, sigma_stat=math.sqrt(1.5) / 15 / math.sqrt(2))
    rows.append(("NEST", "mu 15 mV, sigma_B sqrt(1.5) mV", float(nest(1.0)), NEST_HZ, np.nan))
    for (mu, sigma), expected in CV_MV.items():
        value = float(Siegert(v_reset=0.5, sigma_stat=sigma / 20 / math.sqrt(2)).cv(mu / 20))
        rows.append(("CV", f"mu {mu} mV, sigma_B {sigma} mV", value, expected, np.nan))
    for mu, expected in CV_UNIT.items():
        rows.append(("CV", f"drive {mu:g}, sigma_stat 0.3", float(Siegert().cv(mu)), expected, np.nan))
    return {"reference": rows}


def _shapes():
    """Numbers that decide the claim on the function itself."""
    from neurosim.activations import ReLU

    x = np.linspace(-6.0, 6.0, 1201)
    relu = ReLU()
    slope = np.diff(relu(x)) / np.diff(x)
    positive, negative = x[:-1] > 1e-9, x[1:] < -1e-9
    half = np.linspace(0.1, 5, 50)

    def curvature(side):
        """Largest failure of f(a) + f(b) = f(a + b) on one half of the axis."""
        a, b = np.meshgrid(side, side)
        return float(np.abs(relu(a) + relu(b) - relu(a + b)).max())

    numbers = {
        "ReLU: largest difference from max(0, x)": np.abs(relu(x) - np.where(x > 0, x, 0.0)).max(),
        "ReLU: largest difference of the slope from 1 for x > 0": np.abs(slope[positive] - 1).max(),
        "ReLU: largest slope for x < 0": np.abs(slope[negative]).max(),
        "ReLU: failure of additivity for x > 0": curvature(half),
        "ReLU: failure of additivity for x < 0": curvature(-half),
        "ReLU: failure of additivity across 0": np.abs(relu(half) + relu(-half) - relu(0 * half)).max(),
    }
    return {"numbers": [(name, float(value)) for name, value in numbers.items()]}


def _fit(name, sigma):
    """The activation of this name that lies closest to the curve, its baseline, and (drives, curve).

    For each shift and scale of the drive the best gain (and baseline) is linear least squares, so only these two are
    searched: first on a grid, which no local minimum can trap, then refined from its three best points.
    """
    from scipy.optimize import least_squares

    from neurosim import activations

    x = np.linspace(LOWEST, HIGHEST, POINTS)
    y = _curve(sigma)(x)
    unit = getattr(activations, name)()
    scaled = "width" in unit.info()

    def mix(basis):
        """Best gain and baseline for curves along the last axis."""
        free = float(name == "Tanh")
        mean, level = free * basis.mean(axis=-1), free * y.mean()
        centred = basis - np.expand_dims(mean, -1)
        gain = (centred @ (y - level)) / np.maximum((centred**2).sum(axis=-1), 1e-300)
        return gain, level - gain * mean

    def residual(free):
        basis = unit.shape((x - free[0]) / np.exp(free[1] if scaled else 0.0))
        gain, baseline = mix(basis)
        return gain * basis + baseline - y

    # Half-way between the drives, where a step changes what it covers.
    shifts = np.arange(-2.0, HIGHEST, x[1] - x[0]) + (x[1] - x[0]) / 2
    widths = np.linspace(math.log(1e-2), math.log(10.0), 10) if scaled else np.zeros(1)
    basis = unit.shape((x - shifts[:, None, None]) / np.exp(widths)[:, None])
    gain, baseline = (np.expand_dims(part, -1) for part in mix(basis))
    error = ((gain * basis + baseline - y) ** 2).sum(axis=-1)
    limits = ([-5.0, math.log(1e-6)], [HIGHEST, math.log(50.0)])
    best = []
    for flat in np.argsort(error, axis=None)[:3]:
        row, column = np.unravel_index(flat, error.shape)
        start = [shifts[row], widths[column]][: 1 + scaled]
        best.append((error[row, column], start))
        if name != "Step":
            found = least_squares(residual, start, bounds=tuple(limit[: len(start)] for limit in limits))
            best.append((2 * found.cost, found.x.tolist()))
    shift, *log_width = min(best, key=lambda pair: pair[0])[1]
    width = math.exp(log_width[0]) if scaled else 1.0
    gain, baseline = map(float, mix(unit.shape((x - shift) / width)))
    # The noise average scales its output with its width; the others do not.
    changes = {"gain": gain / width if name == "NoisyReLU" else gain, "threshold": shift}
    return unit.replace(**changes, **({"width": width} if scaled else {})), baseline, x, y


def _fits(sigma):
    from neurosim.metrics import nrmse, r2

    rows, shapes = [], []
    for name in ACTIVATIONS:
        fitted, baseline, x, y = _fit(name, sigma)
        values = fitted(x) + baseline
        slope = np.nan if name == "Step" else fitted.derivative(x).max()
        width = getattr(fitted, "width", np.nan)
        rows.append((sigma, name, slope, fitted.threshold, width, baseline, nrmse(values, y), r2(values, y), 0))
        shapes += [(sigma, name, *point) for point in zip(x, values, strict=True)]
    shapes += [(sigma, "LIF", *point) for point in zip(x, y, strict=True)]
    return {"fits": rows, "shapes": shapes}


def findings(tables) -> list[Finding]:
    return [
        *_theory_checks(tables["reference"]),
        *_noiseless_checks(tables["intervals"], tables["latency"]),
        *_rate_checks(tables["curve"]),
        *_cv_checks(tables["variability"]),
        *_fit_checks(tables["fits"], tables["shapes"]),
        *_rate_unit_checks(tables["rate_unit"]),
        *_all_or_none_checks(tables),
        *_all_or_none_claims(tables),
        *_relu_claim(tables["numbers"].set_index("name")["value"]),
        *cross_check_findings(tables["engines"]),
    ]


def _theory_checks(reference):
    groups = dict(tuple(reference.groupby("group")))
    found = []
    for group, id, unit in (("LIF closed form", "lif", "Hz"), ("SoftLIF", "soft-lif", "Hz")):
        rows = groups[group]
        found.append(
            Finding.check(
                f"{id}-closed-form", f"The {group} curve is right to 9 digits.",
                f"largest relative difference in {len(rows)} cases", (rows.value / rows.independent - 1).abs().max(),
                at_most=1e-9, reason="double precision leaves some 1e-14; 1e-9 is the accuracy asked for",
                source="threshold time as the root of the trajectory" if id == "lif" else "Hunsberger & Eliasmith 2015",
            )
        )  # fmt: skip
        found.append(
            Finding.check(
                f"{id}-digits", f"The {group} curve has the digits of the reference table.",
                f"largest difference in {len(rows)} cases", (rows.value - rows.expected).abs().max(), unit=unit,
                at_most=5.1e-7, reason="half a unit of the table's last digit", source="reference table, 6 decimals",
            )
        )  # fmt: skip
    siegert, nest, cv = (groups[name] for name in ("Siegert", "NEST", "CV"))
    found.append(
        Finding.check(
            "siegert", "Siegert's formula is right from 1e-41 Hz to 73 Hz.",
            f"largest relative difference in {len(siegert)} cases", (siegert.value / siegert.expected - 1).abs().max(),
            at_most=1e-6, reason="the accuracy asked for; the table has 8 digits", source="mpmath quadrature",
        )
    )  # fmt: skip
    found.append(
        Finding.check(
            "siegert-nest", "Siegert's formula gives the value in NEST's own test.", "rate", nest.value.iloc[0],
            expected=nest.expected.iloc[0], tolerance=1e-8, unit="Hz", reason="10 decimals are printed there",
            source="NEST, test_siegert_neuron.py",
        )
    )  # fmt: skip
    found.append(
        Finding.check(
            "cv-formula", "The CV of the intervals is right.", f"largest difference in {len(cv)} cases",
            (cv.value - cv.expected).abs().max(), at_most=6e-7, reason="half a unit of the table's last digit",
            source="Brunel 2000, appendix A.1, by mpmath",
        )
    )  # fmt: skip
    return found


def _noiseless_checks(intervals, latency):
    rounding = "1e-6 steps for rounding"
    difference = (intervals.isi - intervals.isi_theory) / intervals.dt
    found = [
        Finding.check(
            "noiseless-intervals-early", "Without noise no interval is more than one time step short.",
            f"smallest difference from theory in {len(intervals)} drives, in time steps", difference.min(),
            at_least=-1 - 1e-6, reason=f"refractoriness ends one step early; {rounding}", source="closed form",
        ),
        Finding.check(
            "noiseless-intervals-late", "Without noise no interval is longer than in theory.",
            f"largest difference from theory in {len(intervals)} drives, in time steps", difference.max(),
            at_most=1e-6, reason=f"the step of crossing is counted from its start; {rounding}", source="closed form",
        ),
        Finding.check(
            "noiseless-intervals-equal", "Without noise all intervals of a cell are equal.",
            "largest minus smallest interval", intervals.isi_spread.max(), unit="s", at_most=1e-12,
            reason="rounding of times of order 1 s",
        ),
    ]  # fmt: skip
    listed = intervals[intervals.drive.isin(list(ISI_MS)) & np.isclose(intervals.dt, 1e-4)]
    if len(listed):
        found.append(
            Finding.check(
                "noiseless-intervals-listed", "The intervals are those that Brian2's exact integration gave.",
                f"largest difference in {len(listed)} drives",
                (1e3 * listed.isi - listed.drive.map(ISI_MS)).abs().max(), unit="ms", at_most=1e-9,
                reason="times on a grid: equal up to rounding", source="Brian2 2.9.0, dt 0.1 ms",
            )
        )  # fmt: skip
    late = (latency.latency - 1e-3 * latency.drive.map(LATENCY_MS)) / latency.dt
    for id, value, bound, words in (
        ("early", late.min(), {"at_least": -1 - 1e-4}, "more than one time step early"),
        ("late", late.max(), {"at_most": 1e-4}, "later than in theory"),
    ):
        found.append(
            Finding.check(
                f"latency-{id}", f"No first spike comes {words}.", f"extreme of {len(latency)} drives, in time steps",
                value, **bound, reason="a spike carries the time at which its step starts; 1e-4 for the table's digits",
                source="tau ln(drive/(drive - 1))",
            )
        )  # fmt: skip
    return found


def _rate_checks(curve):
    found = []
    noisy = curve[curve.sigma > 0]
    for (dt, sigma), rows in noisy.groupby(["dt", "sigma"]):
        many = rows[rows.expected_spikes >= 30]
        few = rows[rows.expected_spikes < 30]
        where = f"sigma_B {sigma:.3g}, dt {1e3 * dt:g} ms"
        name = f"{sigma:.3g}-{1e3 * dt:g}ms"
        if len(many):
            # The correction is the first term of an expansion in sqrt(dt/tau); on coarser grids the second one shows.
            second = dt / 20e-3 if dt > FINE else 0.0
            allowed = np.maximum(0.02 * many.rate_corrected, 4 * many.se) + second * many.rate_corrected
            coarse = f", and dt/tau = {100 * second:.0f} % for the next term of the correction" if second else ""
            found.append(
                Finding.check(
                    f"rate-{name}", f"With noise ({where}) the simulated rate is Siegert's with the grid correction.",
                    f"largest deviation over what is allowed, {len(many)} drives",
                    ((many.rate_sim - many.rate_corrected).abs() / allowed).max(), at_most=1.0,
                    reason=f"allowed: the larger of 2 % and 4 standard errors{coarse}; drives with 30 expected spikes "
                    "or more",
                    source="Siegert 1951; Broadie, Glasserman & Kou 1997",
                )
            )  # fmt: skip
        if len(few):
            found.append(
                Finding.check(
                    f"rare-spikes-{name}", f"With noise ({where}) spikes far below threshold are as rare as in theory.",
                    f"spikes at {len(few)} drives together", few.spikes.sum(), expected=few.expected_spikes.sum(),
                    tolerance=1.0, standard_error=math.sqrt(few.expected_spikes.sum()),
                    reason="4 standard deviations of a Poisson count, and one spike", source="Siegert 1951",
                )
            )  # fmt: skip
        strong = many[many.rate_corrected >= 5]
        if len(strong):
            bias = strong.rate_sim / strong.rate_theory - 1
            error = (strong.se / strong.rate_theory).pow(2).sum() ** 0.5 / len(strong)
            found.append(
                Finding.report(
                    f"grid-bias-{name}", f"Without the correction theory and simulation differ ({where}).",
                    "mean relative difference, drives above 5 Hz", bias.mean(), low=bias.mean() - 2 * error,
                    high=bias.mean() + 2 * error, reason="a crossing between two grid points is not seen",
                )
            )  # fmt: skip
    return found


def _cv_checks(variability):
    # Five mean intervals: of exponential ones, the most irregular here, fewer than 1 % are longer.
    fair = variability[(variability.dt < COARSE) & (variability.followed > 5 * variability["mean"])]
    return [
        Finding.check(
            f"cv-{row.drive:g}", f"Intervals at drive {row.drive:g} are as irregular as theory says.",
            f"CV of {row.intervals} intervals, dt {1e3 * row.dt:g} ms", row.cv, expected=CV_UNIT[row.drive],
            tolerance=0.02, standard_error=row.se, low=row.cv - 2 * row.se, high=row.cv + 2 * row.se,
            reason="0.02, room for the time step, or 4 standard errors", source="Brunel 2000, appendix A.1",
        )
        for row in fair.itertuples()
    ]  # fmt: skip


def _fit_checks(fits, shapes):
    found, best = [], fits[fits["rank"] == 1].set_index("sigma")["activation"]
    for sigma, expected in NRMSE.items():
        errors = fits[fits.sigma == sigma].set_index("activation")["nrmse"]
        relative = (errors[list(expected)] / list(expected.values()) - 1).abs()
        found.append(
            Finding.check(
                f"nrmse-{sigma:g}", f"The ten fits at sigma_B {sigma:g} are as good as an independent search found.",
                f"largest relative difference of the NRMSE, {len(expected)} activations", relative.max(), at_most=0.1,
                reason="10 %: the reference gives neither its grid of drives nor its normalisation",
                source="reference table of fits",
            )
        )  # fmt: skip
        found.append(
            Finding.report(
                f"best-fit-{sigma:g}", f"The best of ten activations at sigma_B {sigma:g}.",
                f"activation (NRMSE {errors.min():.4f}; ReLU {errors['ReLU']:.4f})", str(best[sigma]),
            )
        )  # fmt: skip
    for id, family, levels in (
        ("low", LOW_NOISE, [sigma for sigma in best.index if sigma <= 0.3]),
        ("high", HIGH_NOISE, [sigma for sigma in best.index if sigma >= 0.5]),
    ):
        found.append(
            Finding.check(
                f"best-fit-{id}-noise", f"At {id} noise the best fit is one of {', '.join(sorted(family))}.",
                f"noise levels where it is, of {len(levels)}", sum(best[sigma] in family for sigma in levels),
                expected=len(levels), tolerance=0, reason="a count", source="reference table of fits",
            )
        )  # fmt: skip
    loud = fits[fits.sigma == max(SIGMAS)].set_index("activation")["nrmse"]
    found.append(
        Finding.report(
            "relu-over-noisy-relu", "In strong noise the noise average of the ReLU fits better than the ReLU.",
            "NRMSE of ReLU over that of NoisyReLU, sigma_B 1", loud["ReLU"] / loud["NoisyReLU"],
        )
    )  # fmt: skip
    dip = shapes[(shapes.sigma == 0) & (shapes.name == "GELU")].rate.min()
    found.append(
        Finding.report(
            "gelu-negative-rate", "The GELU that fits best without noise asks for rates that no neuron has.",
            "lowest rate of the fitted GELU, sigma_B 0", dip, unit="Hz",
        )
    )  # fmt: skip
    return found


def _rate_unit_checks(rate_unit):
    return [
        Finding.check(
            f"rate-unit-{phi.split()[0].lower()}", f"A leaky rate unit with {phi} settles on its own curve.",
            "largest difference", (rows.rate_integrated - rows.rate_phi).abs().max(), unit="Hz", at_most=1e-2,
            reason="relative tolerance 1e-5 of the integration, at rates up to 150 Hz, over some ten steps",
        )
        for phi, rows in rate_unit.groupby("phi", sort=False)
    ]  # fmt: skip


def _all_or_none_checks(tables):
    delivered, strength = tables["delivered"], tables["strength_duration"]
    numbers = tables["numbers"].set_index("name")["value"]
    thresholds = (strength.threshold - (1e3 * strength.duration).round().astype(int).map(LAPICQUE)).abs()
    return [
        Finding.check(
            "spike-amplitude", "Every spike delivers the same, however strong the drive.",
            f"standard deviation over {delivered.spikes.sum()} spikes at {len(delivered)} drives, relative",
            math.hypot(delivered["mean"].std(ddof=0), delivered.sd.max()), expected=0.0, tolerance=1e-12,
            reason="rounding of sums of order 1", source="definition of the model",
        ),
        Finding.check(
            "strength-duration", "Short pulses need Lapicque's strength.",
            f"largest difference in {len(strength)} durations, over the resolution of the search",
            (thresholds / (strength.resolution + 1e-6)).max(), at_most=1.0,
            reason="the step is exact for a constant input, so only the resolution is left", source="Lapicque 1907",
        ),
        Finding.check(
            "rheobase", "The weakest lasting drive that makes a LIF cell fire is 1.", "rheobase", numbers["rheobase"],
            expected=1 / -math.expm1(-NOISELESS_DURATION / 20e-3), tolerance=1e-4,
            reason="the distance of the drives tried", source="the longest pulse tried is 10 time constants",
        ),
        Finding.check(
            "chronaxie", "A pulse of twice the rheobase must last tau ln 2.", "chronaxie",
            numbers["chronaxie in s"], expected=1e-3 * CHRONAXIE_MS, tolerance=numbers["dt in s"], unit="s",
            reason="one time step; the rheobase differs from 1 by less than 2e-4 (check above)",
            source="tau ln 2, tau = 20 ms",
        ),
    ]  # fmt: skip


def _all_or_none_claims(tables):
    delivered, pulses, shapes = tables["delivered"], tables["pulses"], tables["shapes"]
    spikes, silent = pulses[pulses.fired == 1].peak, pulses[pulses.fired == 0].peak
    spread = np.ptp(delivered["mean"]) + delivered.sd.max()
    variation = {name: _variation(shapes, name) for name in ("ReLU", "Step", "LIF")}
    relu = shapes[(shapes.sigma == 0) & (shapes.name == "ReLU")]
    threshold = tables["fits"].query("sigma == 0 and activation == 'ReLU'").threshold.iloc[0]
    return [
        Finding.claim_of_parts(
            "A0-06", "Neurons obey all-or-none: an action potential if and only if the threshold is reached.",
            {
                "what a LIF spike delivers does not depend on the drive": spread < 1e-9,
                "below threshold an axon (Hodgkin-Huxley) stays under 1/4 of a spike": silent.max() < spikes.min() / 4,
                "above threshold its spikes differ by less than 10 %": np.ptp(spikes) < 0.1 * spikes.max(),
                "every pulse above the weakest that fired fired": bool(pulses.fired.is_monotonic_increasing),
            },
            reason=(
                f"spikes of {1e3 * spikes.min():.1f} to {1e3 * spikes.max():.1f} mV for pulses 1 to "
                f"{pulses.strength.max() / pulses[pulses.fired == 1].strength.min():.1f} times threshold, at most "
                f"{1e3 * silent.max():.1f} mV below; time and rate of the spikes are graded"
            ),
            source="Hodgkin & Huxley 1952",
        ),
        Finding.claim_of_parts(
            "A0-07", "ReLU resembles all-or-none: it is active only above its threshold.",
            {
                "exactly silent at and below its threshold": bool((relu[relu.drive <= threshold].rate == 0).all()),
                "active at every drive above": bool((relu[relu.drive > threshold].rate > 0).all()),
                "all or none above (activity varies by less than 10 %)": variation["ReLU"] < 0.1,
            },
            reason=(
                f"from just above threshold to drive 3 the activity varies by {100 * variation['ReLU']:.0f} % of its "
                f"maximum (LIF rate {100 * variation['LIF']:.0f} %, step {100 * variation['Step']:.0f} %): the ReLU "
                "has the threshold, but it is graded, as the f-I curve is and a spike is not"
            ),
        ),
    ]  # fmt: skip


def _relu_claim(numbers):
    return [
        Finding.claim_of_parts(
            "A2-01", "ReLU is max(0, x): slope 1 and linear for positive input, non-linear with negative input.",
            {
                "equal to max(0, x)": numbers["ReLU: largest difference from max(0, x)"] == 0,
                "slope 1 for x > 0": numbers["ReLU: largest difference of the slope from 1 for x > 0"] < 1e-9,
                "additive for x > 0": numbers["ReLU: failure of additivity for x > 0"] < 1e-12,
                "not additive once negative inputs take part": numbers["ReLU: failure of additivity across 0"] > 0.1,
            },
            reason=(
                "the non-linearity is the kink alone: among negative inputs only, additivity fails by "
                f"{numbers['ReLU: failure of additivity for x < 0']:g}"
            ),
        ),
    ]  # fmt: skip


def _variation(shapes, name):
    """How much the activity above threshold varies, over its maximum; 0 for a step."""
    above = shapes[(shapes.sigma == 0) & (shapes.name == name) & (shapes.rate > 0)].rate
    return np.ptp(above) / above.max()


def summary(tables) -> str:
    fits = tables["fits"]
    best = fits[fits["rank"] == 1].set_index("sigma")
    loud = fits[fits.sigma == 1].set_index("activation").nrmse
    return (
        f"Without noise {best.activation[0.0]} fits the LIF curve best (NRMSE {best.nrmse[0.0]:.4f}); at sigma_B 1 "
        f"{best.activation[1.0]} does ({best.nrmse[1.0]:.4f}), with an error {loud['ReLU'] / best.nrmse[1.0]:.1f} "
        "times smaller than the ReLU's."
    )


def caption(tables) -> str:
    fits, curve, numbers = tables["fits"], tables["curve"], tables["numbers"].set_index("name")["value"]
    relu = fits[fits.activation == "ReLU"].set_index("sigma").nrmse
    best = fits[fits["rank"] == 1].set_index("sigma")
    spikes = tables["pulses"].query("fired == 1").peak
    noisy = curve[curve.sigma > 0]
    dt = noisy.dt.min()
    fine = noisy[(noisy.dt == dt) & (noisy.rate_corrected >= 5)]
    off, on = ((fine.rate_sim / fine[name] - 1).mean() for name in ("rate_theory", "rate_corrected"))
    names = "; ".join(f"{sigma:g}: {row.activation} {row.nrmse:.4f}" for sigma, row in best.iterrows())
    return (
        "A: firing rate of simulated LIF cells (points) on the closed form and Siegert's formula (lines). B: "
        f"simulation minus theory, bars of 2 standard errors, without (top, mean {100 * off:+.1f} %) and with (bottom, "
        f"{100 * on:+.1f} %) the correction for the time step of {1e3 * dt:g} ms. C: error of ten fitted "
        f"activations; the best at each noise is framed ({names}). D: the curves without noise and at sigma_B 1 with "
        f"the fitted ReLU (NRMSE {relu[0.0]:.4f} and {relu[1.0]:.4f}) and the best fits. E: what one event carries: a "
        f"spike of a Hodgkin-Huxley axon ({1e3 * spikes.min():.0f}-{1e3 * spikes.max():.0f} mV), a LIF spike's effect "
        "on the next cell, a step and a ReLU. F: time of the first spike. G: pulse strength that makes a LIF cell fire "
        f"(chronaxie {1e3 * numbers['chronaxie in s']:.1f} ms); a static unit knows no time."
    )


def figure(tables):
    from neurosim.plots import label_panels, new_figure, style

    with style("nature-2", height=125):
        fig = new_figure()
        top, bottom = fig.add_gridspec(2, 1, height_ratios=(1.15, 1))
        upper = top.subgridspec(2, 3, width_ratios=(1.05, 1, 1.35))
        lower = bottom.subgridspec(1, 4)
        a, c = fig.add_subplot(upper[:, 0]), fig.add_subplot(upper[:, 2])
        b = [fig.add_subplot(upper[0, 1])]
        b.append(fig.add_subplot(upper[1, 1], sharex=b[0], sharey=b[0]))
        d, e, f, g = (fig.add_subplot(lower[0, i]) for i in range(4))
        _draw_curves(a, tables)
        _draw_residuals(b, tables["curve"])
        _draw_heatmap(c, tables["fits"])
        _draw_fits(d, tables)
        _draw_amplitude(e, tables)
        _draw_latency(f, tables["latency"])
        _draw_strength_duration(g, tables)
        label_panels([a, b[0], c, d, e, f, g])
    return fig


def _noise_style():
    """Noise levels from dark to light, each with a marker of its own."""
    import matplotlib as mpl

    colours = mpl.colormaps["cividis"](np.linspace(0.0, 0.85, len(SIGMAS)))
    return {sigma: (colour, marker) for sigma, colour, marker in zip(SIGMAS, colours, "osD^v", strict=True)}


def _sweep_rows(curve, sigma):
    rows = curve[curve.sigma == sigma]
    return rows[rows.dt == rows.dt.min()]


def _draw_curves(ax, tables):
    from neurosim.plots import axis_label, tidy

    for sigma, (colour, marker) in _noise_style().items():
        theory = tables["shapes"].query("name == 'LIF' and sigma == @sigma")
        rows = _sweep_rows(tables["curve"], sigma)
        ax.plot(theory.drive, theory.rate, color=colour, linewidth=1.0)
        ax.plot(
            rows.drive, rows.rate_sim, linestyle="", marker=marker, color=colour, markersize=2.6, label=f"{sigma:g}"
        )
    ax.set_xlabel(axis_label("drive", "1"))
    ax.set_ylabel(axis_label("firing rate", "Hz"))
    ax.legend(title=r"noise $\sigma_B$")
    tidy(ax)


def _draw_residuals(axes, curve):
    from neurosim.plots import axis_label, tidy

    titles = ("against continuous time", "against theory on the grid")
    for ax, column, title in zip(axes, ("rate_theory", "rate_corrected"), titles, strict=True):
        ax.axhline(0.0, color="0.5", linewidth=0.6)
        for sigma, (colour, marker) in _noise_style().items():
            rows = _sweep_rows(curve, sigma)
            if sigma > 0:
                ax.errorbar(
                    rows.drive, rows.rate_sim - rows[column], yerr=2 * rows.se, linestyle="", marker=marker,
                    color=colour, markersize=2.2, elinewidth=0.5,
                )  # fmt: skip
        ax.set_title(title)
        ax.set_ylabel("sim. - theory (Hz)")
        tidy(ax, ticks=4)
    axes[0].tick_params(labelbottom=False)
    axes[1].set_xlabel(axis_label("drive", "1"))


def _draw_heatmap(ax, fits):
    from matplotlib.patches import Rectangle

    from neurosim.plots import plot_heatmap

    frame = 100 * fits.pivot(index="activation", columns="sigma", values="nrmse").loc[list(ACTIVATIONS)]
    plot_heatmap(
        ax, frame, quantity="error", unit="% of range", fmt=".2f", low=0.0, high=5.0, y_label="", colourbar=False,
        x_label=r"noise $\sigma_B$ (threshold = 1)",
    )  # fmt: skip
    ax.set_title("error of the fit (NRMSE, %)")
    for column, sigma in enumerate(frame.columns):
        row = int(np.argmin(frame[sigma].to_numpy()))
        ax.add_patch(Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, fill=False, edgecolor="#D55E00", linewidth=1.4))


def _draw_fits(ax, tables):
    from neurosim.plots import activation_style, axis_label, tidy

    best = tables["fits"][tables["fits"]["rank"] == 1].set_index("sigma").activation
    for sigma in (0.0, 1.0):
        shapes = tables["shapes"][tables["shapes"].sigma == sigma]
        for name in ("LIF", "ReLU", best[sigma]):
            rows = shapes[shapes.name == name]
            look = {"color": "0.72", "linewidth": 3.2} if name == "LIF" else activation_style(name).line()
            label = "LIF (theory)" if name == "LIF" else name
            known = [line.get_label() for line in ax.lines]
            look |= {"label": f"_{label}" if label in known else label, "marker": ""}
            ax.plot(rows.drive, rows.rate, **look)
    ax.text(0.35, 33, r"$\sigma_B$ = 1", ha="right")
    ax.text(1.5, 24, r"$\sigma_B$ = 0", ha="left")
    ax.set_xlabel(axis_label("drive", "1"))
    ax.set_ylabel(axis_label("firing rate", "Hz"))
    ax.legend()
    tidy(ax)


def _draw_amplitude(ax, tables):
    from neurosim.plots import OKABE_ITO, activation_style, tidy

    pulses, delivered = tables["pulses"], tables["delivered"]
    relative = pulses.strength / pulses[pulses.fired == 1].strength.min()
    ax.plot(
        relative, pulses.peak / pulses.peak.max(), linestyle="", marker="o", markersize=2.4, color=OKABE_ITO["black"],
        label="axon, peak",
    )  # fmt: skip
    shown = delivered[delivered.drive.isin([1.1, 1.5, 2.0, 3.0])]
    ax.plot(
        shown.drive, shown["mean"], linestyle="", marker="s", markersize=4.0, markerfacecolor="none",
        markeredgewidth=0.9, color=OKABE_ITO["vermillion"], label="LIF spike",
    )  # fmt: skip
    x = np.array([0.0, 1.0, 1.0, 3.3])
    ax.plot(x, [0, 0, 1, 1], **(activation_style("step").line() | {"marker": "", "label": "step"}))
    ax.plot([0, 1, 3.3], [0, 0, 1], **(activation_style("relu").line() | {"marker": "", "label": "ReLU"}))
    ax.set_xlabel("stimulus (threshold = 1)")
    ax.set_ylabel("amplitude (largest = 1)")
    ax.legend(loc="lower left", bbox_to_anchor=(-0.05, 1.0), ncols=2, columnspacing=0.8)
    tidy(ax)


def _draw_latency(ax, latency):
    from neurosim.plots import OKABE_ITO, axis_label, tidy

    drive = np.linspace(1.02, 5.2, 300)
    ax.plot(drive, 20 * np.log(drive / (drive - 1)), color=OKABE_ITO["vermillion"], linewidth=1.0, label="theory")
    ax.plot(latency.drive, 1e3 * latency.latency, linestyle="", marker="o", color=OKABE_ITO["black"], label="simulated")
    ax.set_ylim(0, None)
    ax.set_xlabel(axis_label("drive", "1"))
    ax.set_ylabel(axis_label("first spike", "ms"))
    ax.legend()
    tidy(ax)


def _draw_strength_duration(ax, tables):
    from neurosim.plots import OKABE_ITO, axis_label, tidy

    strength, numbers = tables["strength_duration"], tables["numbers"].set_index("name")["value"]
    chronaxie = 1e3 * numbers["chronaxie in s"]
    duration = np.geomspace(0.8, 70, 200)
    ax.plot(duration, 1 / -np.expm1(-duration / 20), color=OKABE_ITO["vermillion"], linewidth=1.0, label="Lapicque")
    ax.plot(
        1e3 * strength.duration, strength.threshold, linestyle="", marker="o", color=OKABE_ITO["black"], label="LIF"
    )
    ax.plot(
        duration, np.ones_like(duration), color=OKABE_ITO["blue"], linestyle="--", linewidth=1.0, label="ReLU, step"
    )
    ax.plot([chronaxie, chronaxie, 0.8], [0.8, 2, 2], color="0.5", linewidth=0.6, linestyle=":")
    ax.text(1.1 * chronaxie, 2.2, f"chronaxie\n{chronaxie:.1f} ms")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(0.8, 70)
    ax.set_ylim(0.8, 30)
    ax.set_xticks([1, 10, 50], ["1", "10", "50"])
    ax.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    ax.minorticks_off()
    ax.set_xlabel(axis_label("pulse duration", "ms"))
    ax.set_ylabel("threshold (rheobase = 1)")
    ax.legend()
    tidy(ax)


if __name__ == "__main__":
    main(__file__)

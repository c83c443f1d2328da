"""Brunel's network of excitatory and inhibitory LIF neurons, its theory, and its states measured.

Every neuron has the same number of randomly chosen inputs from both populations and from outside. Inhibitory synapses
are g times as strong as excitatory ones and four times as few; outside input comes at eta times the rate that would
bring the mean potential to threshold.

Source: Brunel, J Comput Neurosci 8 (2000) 183, with V_reset = 10 mV (NEST's example has 0 mV).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from neurosim import metrics
from neurosim.engines import choices
from neurosim.params import Array, ParameterError, Params, param
from neurosim.theory import BalancedNetwork

THETA, TAU, T_REF = 20.0, 20e-3, 2e-3  # threshold (mV above rest), membrane time constant and refractory period (s)
RATIO = 0.25  # inhibitory over excitatory cells, and inputs
CELL = ns.LIF(tau_m=TAU, t_ref=T_REF, v_reset=10.0 / THETA)
SLOPE = 100.0  # Hz per drive: theta / (tau (theta - v_reset)), of a noiseless LIF neuron far above threshold
REGIMES = {"SR": (3.0, 2.0), "SI fast": (6.0, 4.0), "AI": (5.0, 2.0), "SI slow": (4.5, 0.9)}
"""Brunel's states by name: synchronous or asynchronous, regular or irregular; (g, eta)."""
COLOURS = {"SR": "vermillion", "SI fast": "blue", "AI": "black", "SI slow": "bluish green"}
BINS = (1e-3, 2e-3, 5e-3, 10e-3, 20e-3, 50e-3, 100e-3)
SEGMENT = 0.25  # s; of a spectrum
SHOWN, ROWS = 0.2, 60  # s and excitatory cells of a raster


@dataclass(frozen=True)
class Size:
    """Excitatory cells, excitatory inputs of a cell, and amplitude of an excitatory potential in mV."""

    cells: int
    inputs: int
    amplitude: float

    @property
    def weight(self) -> float:
        """Excitatory weight in s: a spike moves the membrane by weight/tau_m."""
        return self.amplitude / THETA * TAU

    @property
    def every(self) -> int:
        """Cells of both populations."""
        return self.cells + round(RATIO * self.cells)


SIZES = {"small": Size(1000, 100, 0.2), "medium": Size(2000, 200, 0.2), "large": Size(10_000, 1000, 0.1)}


@dataclass(frozen=True, kw_only=True)
class Network(Params):
    """The network whose states are shown, and how it is simulated."""

    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    size: str = param("large", doc="network: small (1,250 cells), medium (2,500), large (12,500)", choices=tuple(SIZES))
    duration: float = param(1.2, unit="s", doc="length of a run", above=0)
    settle: float = param(0.2, unit="s", doc="time before counting starts", low=0)
    dt: float = param(5e-5, unit="s", doc="time step", above=0)

    def check(self) -> None:
        if self.duration - self.settle < 2 * SEGMENT:
            raise ParameterError(
                f"Parameters.duration: got {self.duration:g} s with {self.settle:g} s to settle, "
                f"expected at least {2 * SEGMENT:g} s to count in"
            )


@dataclass(frozen=True, kw_only=True)
class State(Network):
    """One state of the network."""

    state: str = param("AI", doc="name of the state", choices=tuple(REGIMES))


def state_of(p: Network, name: str) -> State:
    """The parameters of one state."""
    return State(**{key: getattr(p, key) for key in Network.info()}, state=name)


def theory_of(size: Size, g: float, eta: float) -> BalancedNetwork:
    """The network's theory."""
    return BalancedNetwork(
        inputs=size.inputs, jump=size.amplitude / THETA, g=g, eta=eta, ratio=RATIO, tau_m=TAU, t_ref=T_REF, v_reset=0.5
    )


def network(size: Size, g: float, seed: int) -> ns.Circuit:
    """Two populations with fixed in-degrees, and one channel of outside input per cell."""
    from scipy.sparse import eye_array

    numbers = {"excitatory": size.cells, "inhibitory": round(RATIO * size.cells)}
    inputs = {"excitatory": size.inputs, "inhibitory": round(RATIO * size.inputs)}
    strength = {"excitatory": size.weight, "inhibitory": g * size.weight}
    projections = []
    for post, n in numbers.items():
        for pre, m in numbers.items():
            rng = ns.randomness.stream(seed, "weights", pre, post)
            weights = ns.wiring.sparse_fixed_indegree(n, m, rng, indegree=inputs[pre], weight=strength[pre])
            sign = 1 if pre == "excitatory" else -1
            projections.append(ns.Projection(f"{pre}_{post}", pre, post, weights, sign=sign, tau=0.0, delay=1.5e-3))
        outside = size.weight * eye_array(n)
        projections.append(ns.Projection(f"outside_{post}", f"outside_{post}", post, outside, tau=0.0))
    populations = [ns.Population(name, n) for name, n in numbers.items()]
    return ns.Circuit({f"outside_{name}": n for name, n in numbers.items()}, populations, projections)


def outside(size: Size, eta: float) -> ns.Stimulus:
    """Poisson input of C_E synapses per cell: several spikes in a step."""
    numbers = {"excitatory": size.cells, "inhibitory": round(RATIO * size.cells)}
    rate = eta / size.weight
    return ns.stimulus.counts({f"outside_{name}": np.full((1, n), rate) for name, n in numbers.items()})


def reduced(size: Size, g: float) -> ns.Circuit:
    """The mean field as a circuit: one unit per population with the summed weights."""
    total, names = size.inputs * size.weight, ("excitatory", "inhibitory")
    projections = []
    for post in names:
        for pre, sign, strength in (("excitatory", 1, total), ("inhibitory", -1, RATIO * g * total)):
            projections.append(ns.Projection(f"{pre}_{post}", pre, post, np.array([[strength]]), sign=sign, tau=0.0))
        projections.append(ns.Projection(f"outside_{post}", "outside", post, np.array([[size.weight]]), tau=0.0))
    return ns.Circuit({"outside": 1}, [ns.Population(name, 1) for name in names], projections)


def linear_rate(g: float, eta: float) -> float:
    """Steady rate of the large network's threshold-linear populations; NaN where the static engine finds none."""
    size = SIZES["large"]
    drive = ns.stimulus.constant(np.array([[eta / size.weight]]), "outside")
    cell = ns.Unit(activation=ns.ReLU(gain=SLOPE, threshold=0.75))
    schedule = ns.Schedule(duration=0.5, settle=0.45)
    return float(ns.simulate(reduced(size, g), cell, drive, schedule, progress=False).rates["excitatory"][0, 0])


def mean_rate(run: ns.Recording) -> float:
    """Mean rate of all cells."""
    return float(np.concatenate([rates[0] for rates in run.rates.values()]).mean())


def measured(p: State, seed: int) -> dict[str, Any]:
    """One state of one network, simulated: what is asked about its spikes, and a part of them to show."""
    size, (g, eta) = SIZES[p.size], REGIMES[p.state]
    # A saturated network is there within some ms, has ten times as many spikes, and nothing slow.
    duration, settle = (0.25, 0.05) if g < 4.0 else (p.duration, p.settle)
    schedule = ns.Schedule(duration=duration, settle=settle, dt=p.dt)
    run = ns.simulate(
        network(size, g, seed), CELL, outside(size, eta), schedule, seed=seed, record=("spikes",), engine=p.engine,
        progress=False,
    )  # fmt: skip
    first, second = run.spikes["excitatory"], run.spikes["inhibitory"]
    times = np.concatenate([first.times, second.times])
    cells = np.concatenate([first.units, second.units + size.cells])
    shown = (times >= settle) & (times < settle + SHOWN) & (cells < ROWS)
    late = times >= settle - p.dt / 2
    found = {
        "engine": run.provenance["engine"], "rate": mean_rate(run), "cv": metrics.cv(times[late], cells[late]),
        "time": times[shown] - settle, "unit": cells[shown],
        "population": metrics.population_rate(times, size.every, 1e-3, settle, settle + SHOWN),
    }  # fmt: skip
    return found | (_slow(times, cells, size.every, (settle, duration), found["rate"]) if g > 4.0 else {})


def _slow(times: Array, cells: Array, n: int, window: tuple[float, float], rate: float) -> dict[str, Any]:
    """Fano factor, spectrum (over that of independent Poisson cells) and active fractions by bin."""
    counts = metrics.spikes.window_counts(times, cells, n, 50e-3, *window)
    width = 1e-3
    frequency, density = metrics.power_spectrum(
        metrics.population_rate(times, n, width, *window), width, segment=SEGMENT
    )
    density = density / (2.0 * rate / n)
    keep = (frequency > 0) & (frequency <= 400)
    return {
        "fano": float(np.nanmean(metrics.fano(counts, axis=0))),
        "peak": metrics.spectral_peak(frequency, density, low=8.0, high=400.0),
        "frequency": frequency[keep],
        "density": density[keep],
        "active": np.array([metrics.active_fraction_in_bins(times, cells, n, each, *window) for each in BINS]),
    }


def renewal_cv(size: Size, g: float, eta: float) -> float:
    """CV of the intervals of a single neuron in white noise of the mean field's moments."""
    theory = theory_of(size, g, eta).steady_rate()
    single = ns.activations.Siegert(tau_m=TAU, t_ref=T_REF, v_reset=0.5, sigma_stat=theory.sigma_stat)
    return float(single.cv(np.array([theory.drive]))[0])

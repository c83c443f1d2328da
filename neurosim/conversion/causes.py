"""What may be wrong with a converted layer, told from the numbers: one rule per fault, asked in a fixed order."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurosim.params import Array

FINE = "fine"
GOOD_CORRELATION = 0.95
"""Correlation with the network above which a layer counts as a good copy."""
_SLIPPED = 1e-3
"""Share of the weights' mass with the wrong sign that is no rounding any more."""
_FACTOR = 1.1
"""Largest ratio of a layer's weights to those of its translation."""
_BIAS = 0.02
"""Largest error of the biases, in standard deviations of the drive."""
_CLIPPED = 0.05
_USED = 0.2
"""Smallest share of the peak rate that the most active units should be asked for."""
_LOST = 0.9
"""Median ratio of rate to f-I curve below which spikes are lost at the reset."""
_COUNTS = 12.0
"""Spikes of the most active units that a good copy needs at least."""
_RESIDUAL = 0.1
_FIRM = 0.3
"""Share of the peak rate from which on a cell of the calibration fires for sure."""
_ONE_SPIKE = 1.0
"""Spikes (rms) that counting whole ones and waiting for the first one explain."""

NEXT_STEP: Mapping[str, str] = {
    FINE: "nothing to do",
    "sign slip": "compare the signs of the projections and weights onto this population with the network's",
    "bias forgotten": "translate the biases too: bias' = gain * bias + threshold",
    "threshold not translated": "add the threshold of the layer's translation to its biases, or convert for this cell",
    "bias wrong": "set the biases to gain * bias + threshold of the layer's translation",
    "scale too small": "raise the scale (or the percentile) of this layer, or lower the peak rate",
    "scale too large": "lower the scale of this layer to the largest activity that occurs, or raise the peak rate",
    "reset to zero": "use reset_mode='subtract', or a shorter time step",
    "input noise": "run longer, raise input_peak, or send the inputs as currents (encoding='constant')",
    "uneven drive": "give the synapses a longer time constant (tau), or raise the peak rate",
    "run too short": "run longer, raise the peak rate, or start the cells half charged (v_start=0.5)",
    "curve": "choose another peak rate, or train with the cell's own curve (SoftLIF, LIFCurve)",
    "upstream": "repair the population that it hears first",
    "weights wrong": "give the projections onto this population the network's weights times tau_c",
    "window too short": "convert with stimuli that reach these activities, or with a longer window",
    "grid too coarse": "take a smaller dt, a longer tau_c, or run in continuous time (dt=None)",
    "unexplained": "record spikes and look at single units: the drive is right and the rate is not",
}
"""What to do about each cause."""


@dataclass(frozen=True)
class LayerDiagnosis:
    """One spiking population beside the network's.

    Units
        correlation and slope (through the origin) of its decoded activity with the network's; clipped: fraction of the
        active units that are asked for a higher rate than the cell can have; saturated: fraction of them that fire at
        nine tenths of that rate or more; dead: fraction of the units active in the network that never spike;
        settled s: first time from which the correlation of the counts stays above .95, NaN if there is none;
        counts: spikes of the most active units; error: rms distance of its decoded activity from the network's, over
        the rms of that; mainly: the largest part of that error: "inputs" (what it hears is wrong already), "clipping"
        (rates above the largest one), "curve" (the fit), "drive" (weights, biases, input noise, the start), "counting"
        (whole spikes). Of single spikes whose times are activities: settled is the end of the window, clipped are
        activities that it cannot hold, and counts is 1 (or 0)
    """

    population: str
    correlation: float
    slope: float
    clipped: float
    saturated: float
    dead: float
    settled: float
    counts: float
    cause: str
    evidence: str
    next_step: str
    error: float
    mainly: str


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of one layer.

    Shapes
        asked, rate, drive, expected: (trials, units); weights, expected_weights: (post, pre) of all its projections
    """

    wanted: Array
    """Rate (Hz) that stands for the network's own activity."""
    asked: Array
    """Rate (Hz) that the translation asks for, given what the layer's inputs really sent."""
    rate: Array
    drive: Array
    expected: Array
    """Drive that the translation would give for these inputs."""
    curve_rate: Array
    """Rate that the cell's curve gives for the drive that it has."""
    expected_rate: Array
    """Rate that it gives for the expected drive."""
    late_rate: Array
    """Rate in the second half of the window, when the start is over."""
    ceiling: float
    """Highest rate that the cell can have."""
    leaky: bool
    """Whether the cell forgets: then it fires more for an uneven drive than for its mean, however long it runs."""
    noisy: bool
    """Whether inputs arrive as random spikes."""
    weights: tuple[Array, ...]
    expected_weights: tuple[Array, ...]
    bias: Array
    network_bias: Array
    """Gain times the network's bias (the translation's threshold not added)."""
    threshold: float
    peak: float
    window: float
    clipped: float
    loses_overshoot: bool
    correlation: float
    heard: str
    """The first population before it that is no good copy, "" if all are."""
    rising: bool
    """Whether the correlation is still rising at the end of the run."""

    @property
    def local_correlation(self) -> float:
        """Of the rates with those asked for."""
        return correlation(self.rate, self.asked)

    @property
    def parts(self) -> dict[str, float]:
        """Where the error comes from: rms of each step from the rate that is wanted to the one that there is, in Hz."""
        possible = np.minimum(self.asked, self.ceiling)
        steps = {
            "inputs": self.asked - self.wanted, "clipping": possible - self.asked,
            "curve": self.expected_rate - possible, "drive": self.curve_rate - self.expected_rate,
            "counting": self.rate - self.curve_rate,
        }  # fmt: skip
        return {name: _rms(step) for name, step in steps.items()}

    @property
    def poor(self) -> bool:
        """Whether it is no good copy of what its inputs ask for (where they are to blame), or of the network."""
        return not (self.local_correlation if self.heard else min(self.local_correlation, self.correlation)) >= (
            GOOD_CORRELATION
        )

    @property
    def counts(self) -> float:
        """Spikes that the most active units should send in the window."""
        return float(np.quantile(self.asked, 0.999)) * self.window


def cause_of(e: Evidence) -> tuple[str, str]:
    """The first cause that fits, and the numbers that speak for it."""
    for rule in (_signs, _strength, _bias, _unreached, _range, _reset, _noise, _time, _shape, _rest):
        found = rule(e)
        if found is not None:
            return found
    if e.correlation >= GOOD_CORRELATION:
        return FINE, f"correlation {e.correlation:.3f} with the network"
    if e.heard:
        return "upstream", f"it follows its inputs (r = {e.local_correlation:.3f}), and {e.heard!r} is no good copy"
    return "unexplained", f"correlation {e.correlation:.3f} with the network, {e.local_correlation:.3f} with its inputs"


def correlation(a: Array, b: Array) -> float:
    """Pearson's correlation over all entries; NaN where one of them is constant."""
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def _signs(e: Evidence) -> tuple[str, str] | None:
    mass = sum(float(np.abs(w).sum()) for w in e.expected_weights)
    wrong = sum(float(np.abs(w)[w * v < 0].sum()) for w, v in zip(e.expected_weights, e.weights, strict=True))
    if mass == 0 or wrong <= _SLIPPED * mass:
        return None
    return "sign slip", f"{100 * wrong / mass:.3g} % of the weights' mass has the other sign than in the network"


def _strength(e: Evidence) -> tuple[str, str] | None:
    given = sum(float((v * w).sum()) for w, v in zip(e.expected_weights, e.weights, strict=True))
    norm = sum(float((w * w).sum()) for w in e.expected_weights)
    factor = given / norm if norm else 1.0
    if 1 / _FACTOR <= factor <= _FACTOR:
        return None
    cause = "scale too small" if factor > 1 else "scale too large"
    return cause, f"its weights are {factor:.3g} times those of its translation"


def _bias(e: Evidence) -> tuple[str, str] | None:
    wanted = e.network_bias + e.threshold
    error = _rms(e.bias - wanted)
    if error <= _BIAS * float(e.expected.std()):
        return None
    guesses = {
        "threshold not translated": _rms(e.bias - e.network_bias),
        "bias forgotten": min(_rms(e.bias - e.threshold), _rms(e.bias)),
    }
    cause = min(guesses, key=lambda name: guesses[name])
    words = f"its biases are off by {error:.3g} (drive), {error / float(e.expected.std()):.2g} sd of its drive"
    return (cause if guesses[cause] < 0.5 * error else "bias wrong"), words


def _unreached(e: Evidence) -> tuple[str, str] | None:
    """The cell is silent at drives at which it was meant to fire: it is not the cell of the calibration."""
    # The best fit of a curve with a jump leaves the lowest rates below its threshold; not those well above.
    asked = e.asked > _FIRM * e.peak
    if not asked.any():
        return None
    silent = float(np.mean(e.curve_rate[asked] <= 0))
    if silent < 0.3:
        return None
    return (
        "threshold not translated",
        f"{100 * silent:.0f} % of the drives that should make it fire are below threshold",
    )


def _range(e: Evidence) -> tuple[str, str] | None:
    if e.clipped > _CLIPPED:
        return "scale too small", f"{100 * e.clipped:.0f} % of the active units are asked for more than the cell can do"
    used = float(np.quantile(e.asked, 0.999)) / e.peak
    if used < _USED and not e.heard:
        return "scale too large", f"the most active units are asked for {100 * used:.2g} % of the peak rate"
    return None


def _reset(e: Evidence) -> tuple[str, str] | None:
    # Not while the first spikes are on their way: a delayed start loses spikes once, a reset at every spike.
    firm = e.curve_rate * e.window >= 10
    if not e.loses_overshoot or not firm.any():
        return None
    kept = float(np.median(e.late_rate[firm] / e.curve_rate[firm]))
    # What a whole number of spikes does not explain is lost too: a cell without a leak has no other way to lose it.
    if kept >= _LOST and (e.leaky or e.parts["counting"] * e.window <= _ONE_SPIKE):
        return None
    return "reset to zero", f"only {100 * kept:.0f} % of the spikes of its curve: what was above threshold is lost"


def _noise(e: Evidence) -> tuple[str, str] | None:
    parts = e.parts
    if not (e.noisy and e.poor and parts["drive"] > max(parts["clipping"], parts["curve"], parts["counting"])):
        return None
    size = 100 * parts["drive"] / e.peak
    return "input noise", f"random input spikes move its rates by {size:.2g} % of the peak rate (rms)"


def _time(e: Evidence) -> tuple[str, str] | None:
    # A rate is as good as its count of whole spikes; a copy that is good nevertheless needs no longer run.
    if not (e.poor and (e.counts < _COUNTS or e.rising)):
        return None
    return "run too short", f"its most active units send {e.counts:.2g} spikes in {1e3 * e.window:.3g} ms"


def _shape(e: Evidence) -> tuple[str, str] | None:
    residual = _rms(e.curve_rate - e.asked) / e.peak
    if residual <= _RESIDUAL or e.local_correlation >= GOOD_CORRELATION:
        return None
    return "curve", f"the cell's curve misses the rates asked for by {100 * residual:.0f} % of the peak rate (rms)"


def _rest(e: Evidence) -> tuple[str, str] | None:
    """None of the faults above, and yet no good copy: the largest part of its own error tells."""
    if e.heard or not e.poor:
        return None
    own = {name: size for name, size in e.parts.items() if name != "inputs"}
    largest = max(own, key=lambda name: own[name])
    if not own[largest] > 0:
        return None
    cause = {"clipping": "scale too small", "curve": "curve"}.get(largest, "run too short")
    if largest == "counting" and e.leaky and own[largest] * e.window > _ONE_SPIKE:
        size = 100 * own[largest] / e.peak
        return "uneven drive", f"its rates miss those of a steady drive by {size:.2g} % of the peak rate (rms)"
    words = {"clipping": "rates above the largest one", "curve": "the fit of the cell's curve"}
    source = words.get(largest, "the number of whole spikes and the time until they come")
    return cause, f"most of its own error, {100 * own[largest] / e.peak:.2g} % of the peak rate (rms), is {source}"


def _rms(x: Array) -> float:
    return float(np.sqrt(np.mean(np.square(x))))

"""Do rectified, rate and spiking units with lateral inhibition make the same picture of a photograph?

A sheet with a unit per pixel looks at a photograph through narrow excitation, and its units inhibit each other broadly.
The same circuit runs as static rectified units, as rate units and as spiking neurons.

Prediction: the rate units settle where the static f-I curve would, close to the rectified units; spikes add the noise
of counting, so the correlation over pixels is lower for them and grows with the length of the run.

Source: Hartline & Ratliff, J Gen Physiol 40 (1957) 357, on a sheet.
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.inhibition._ring import Neuron, respond, scene
from neurosim import plots
from neurosim.engines import choices
from neurosim.lab import Row, between, check, column, main, report
from neurosim.metrics import student_interval
from neurosim.params import Array, param

QUICK = {"block": 14, "photo_duration": 0.6}
RUNGS = ("artificial", "rate", "spiking")


@dataclass(frozen=True, kw_only=True)
class Sheet(Neuron):
    block: int = param(7, doc="pixels of the photograph's original along the side of one of ours", low=5, high=40)
    photo_strength: float = param(4.0, doc="total inhibition in the picture", above=0)
    photo_sigma: float = param(3.0, doc="standard deviation (pixels) of the inhibition in the picture", above=0)
    photo_blur: float = param(0.7, doc="standard deviation (pixels) of the excitation in the picture", above=0)


@dataclass(frozen=True, kw_only=True)
class Parameters(Sheet):
    seeds: int = param(2, doc="seeds of the membrane noise", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    photo_duration: float = param(1.2, unit="s", doc="length of the spiking run on the picture", above=0.2)


class Photo(Row):
    rung: str = column("rung of the ladder")
    other: str = column("what it is compared with: light, or another rung")
    correlation: float = column("correlation over pixels")
    mean_rate: float = column("mean activity of the rung", "Hz")
    silent: float = column("fraction of pixels whose activity is below 1 Hz")


class Pictures(Row):
    name: str = column("light, or rung")
    picture: Array = column("brightness from 0 to 1 (light), or activity by pixel", "Hz")


def compute(p, seed, lab):
    maps = lab.once(without_noise, p, 0)
    light, neurons = maps["light"], scene(p)
    circuit, stimulus = sheet(p, neurons, light.shape), ns.stimulus.constant(light.reshape(1, -1), "light")
    schedule = ns.Schedule(duration=p.photo_duration, settle=p.settle, dt=p.dt)
    run = lab.simulate(circuit, neurons.cells["spiking"], stimulus, schedule)
    maps["spiking"] = run.checked_rates("retina")[0].reshape(light.shape)
    names = list(maps)
    for rung in RUNGS:
        for other in names[: names.index(rung)]:
            correlation = float(np.corrcoef(maps[rung].ravel(), maps[other].ravel())[0, 1])
            yield Photo(rung, other, correlation, float(maps[rung].mean()), float(np.mean(maps[rung] < 1.0)))
    for name, picture in maps.items():
        yield Pictures(name, picture)


def without_noise(p: Sheet, seed):
    """The photograph, and the rectified and the rate units that see it; nothing is random."""
    found, light = scene(p), ns.datasets.photograph("china", p.block).images[0]
    circuit, maps = sheet(p, found, light.shape), {"light": light}
    for rung, schedule in (("artificial", ns.Schedule()), ("rate", ns.Schedule(duration=0.3, settle=0.2))):
        rates = respond(circuit, found.cells[rung], light.reshape(1, -1), schedule=schedule)
        maps[rung] = rates[0].reshape(light.shape)
    return maps


def sheet(p, found, shape):
    """A unit per pixel; weights are sparse and every unit's sum to the same total, at the border too."""
    from scipy import sparse

    def bell(sigma, reach):
        axes = []
        for side in shape:
            distance = ns.kernels.distances(side, "line")
            profile = ns.kernels.Gaussian(sigma=sigma)(distance)
            axes.append(sparse.csr_array(np.where(distance > reach * sigma, 0.0, profile)))
        return sparse.csr_array(sparse.kron(*axes, format="csr"))

    excite = ns.wiring.normalise_rows(bell(p.photo_blur, 4.0), 4.0)
    surround = bell(p.photo_sigma, 3.0)
    surround = sparse.csr_array(surround - sparse.diags_array(surround.diagonal()))
    surround.eliminate_zeros()
    inhibit = ns.wiring.normalise_rows(surround, p.photo_strength / found.slope)
    pixels = shape[0] * shape[1]
    retina = ns.Population("retina", pixels, bias=found.threshold + 0.5)
    sight = ns.Projection("sight", "light", "retina", excite, tau=0.0)
    lateral = ns.Projection("lateral", "retina", "retina", inhibit, sign=-1, tau=p.tau_inhibition)
    return ns.Circuit({"light": pixels}, [retina], [sight, lateral])


def correlation(t, rung, other):
    return student_interval(t.photo[(t.photo.rung == rung) & (t.photo.other == other)].correlation)


def answer(t):
    rate, spiking = (correlation(t, rung, "artificial").value for rung in ("rate", "spiking"))
    return (
        f"Nearly: over pixels the rate units correlate with the rectified units by {rate:.3f}, the spiking neurons by "
        f"{spiking:.3f}."
    )


def findings(t):
    pictures = np.corrcoef([each.ravel() for each in t.pictures[t.pictures.name == "spiking"].picture])
    between_seeds = float(pictures[np.triu_indices(len(pictures), 1)].mean())
    ratio = correlation(t, "spiking", "rate").value / np.sqrt(between_seeds)
    words = "What spikes add to the picture of the rate units is noise that differs between seeds."
    why = (
        "correlation of spiking and rate pictures over the root of that between two seeds: 1 if a spiking picture is "
        "the rate picture plus independent noise; 1 % for circuits of which the f-I curve is only nearly the rate"
    )
    yield check("counting_noise", words, ratio, between(0.99, 1.01), why=why, source="Spearman, Am J Psychol 15 (1904)")
    words = "Fraction of pixels at which the spiking neurons are silent."
    yield report("silent", words, student_interval(t.photo[t.photo.rung == "spiking"].groupby("seed").silent.first()))


def picture(ax, t, name):
    found = np.asarray(t.pictures[t.pictures.name == name].picture.iloc[0])
    plots.plot_image(ax, found, low=0.0, high=float(np.quantile(found, 0.995)))


def photograph(ax, t):
    picture(ax, t, "light")
    return "the photograph"


def rectified(ax, t):
    picture(ax, t, "artificial")
    return "activity of static rectified units, scaled to its own range"


def rates(ax, t):
    picture(ax, t, "rate")
    return "activity of rate units"


def spikes(ax, t):
    picture(ax, t, "spiking")
    return "spike counts of spiking neurons, one seed"


PANELS = (photograph, rectified, rates, spikes)

if __name__ == "__main__":
    main(__file__)

"""What the works are made of: constants, and the sizes of a full and of a quick run."""

from dataclasses import dataclass

from neurosim.engines import choices
from neurosim.params import Params, param

QUICK = {
    "rounds": 3, "units": 4000, "duration": 0.03, "network": 400, "network_duration": 0.03, "batch": 8, "few": 1,
    "images_steps": 40, "learners": 100, "learned": 6, "learned_duration": 0.05, "rate_units": 200,
    "rate_duration": 0.5, "rate_batch": 8, "patience": 0.1, "pause": 0.0, "wide": 200,
    "fractions": (0.005, 0.02, 0.1, 0.4),
}  # fmt: skip
DT, TAU, T_REF, DELAY = 1e-4, 20e-3, 2e-3, 1.5e-3
HIGHEST_DRIVE = 5.0
# What SPEED tables elsewhere were made with: 10,000 units for one second.
KNOWN_UNITS, KNOWN_DURATION, KNOWN_SPIKES = 10_000, 1.0, 759_275
SOURCE_RATE, SOURCE_DRIVE = 20.0, 1.2  # Hz of each Poisson source, and the mean drive of them all
INHIBITION_RATIO, NETWORK_GAIN = 5.0, 0.2
LAYERS, PIXELS, INK = (512, 256, 10), 784, 0.19  # the fraction of pixels that are not 0, as in handwritten digits
IMAGE_DT, IMAGE_TAU = 1e-3, 10e-3
WHITE, DARKEST, LEARN_DT, MILLIVOLTS = 63.75, 0.36, 5e-4, 13.0  # Hz; of lit pixels (mean 0.68); s; to threshold
ACTIVE, SPIKES_PER_STEP = 0.15, 0.04
SWEEP_UNITS, SWEEP_BATCH = (100, 1000, 10_000, 100_000), (1, 4, 16, 64, 256)
GOALS = {"W1": 1.6, "W2": 1.2, "W3": 1.1, "W4": 1.5}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """The full run: W1 with 10,000 units, W2 with 4,000, W3 with 256 images, W4 with 400 cells, W5 with 1,000 units."""

    rounds: int = param(5, doc="measured runs of every entrant, in turn", low=3)
    units: int = param(10_000, doc="W1: independent LIF cells", low=10)
    duration: float = param(1.0, unit="s", doc="W1: simulated time", above=0.01)
    network: int = param(4000, doc="W2: recurrent LIF cells", low=50)
    network_duration: float = param(1.0, unit="s", doc="W2: simulated time", above=0.01)
    batch: int = param(256, doc="W3: images at a time", low=1)
    few: int = param(8, doc="W3: images for entrants that are slow (their time is scaled up)", low=1)
    images_steps: int = param(100, doc="W3: steps per image", low=10)
    learners: int = param(400, doc="W4: cells that learn", low=10)
    learned: int = param(300, doc="W4: images that they learn", low=1)
    learned_duration: float = param(0.5, unit="s", doc="W4: time for which an image is shown", above=0.01)
    rate_units: int = param(1000, doc="W5: rate units", low=10)
    rate_duration: float = param(1.0, unit="s", doc="W5: simulated time", above=0.05)
    rate_batch: int = param(64, doc="W5: trials of the batch", low=1)
    wide: int = param(1000, doc="units of the two layers in which the fraction of spiking units is varied", low=10)
    fractions: tuple = param(
        (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4),
        doc="spikes per unit and step in these layers",
        above=0,
        high=0.6,
    )
    patience: float = param(2.0, unit="s", doc="a scaling curve ends with the first point that takes longer", above=0)
    pause: float = param(
        0.2,
        unit="s",
        doc="rest after a library's run: the threads of BLAS wait awake on the cores of who is next",
        low=0,
    )
    peers: bool = param(True, doc="run the installed libraries too")
    compile_peers: bool = param(False, doc="let Brian2 compile (its own default); else its NumPy code runs")
    engine: str = param(
        "auto", doc="engine of the spiking works; auto: every engine there is", choices=choices("spiking")
    )
    seed: int = param(0, doc="seed of networks, images and input spikes", low=0)

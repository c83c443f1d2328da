"""neurosim: the same circuit as a ReLU network, a rate population and spiking neurons."""

__version__ = "0.1.0"

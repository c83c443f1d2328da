"""The engine on Brian2, the reference for anything that spikes."""

from neurosim.engines.brian.engine import Brian as Brian

"""Homeostasis: a population's activity to its thresholds and weights. One file each, found without editing another."""

# Written by `python docs/generate.py`; edit the code or experiments/claims.csv instead.

from neurosim.homeostasis.base import Homeostasis as Homeostasis
from neurosim.homeostasis.synaptic_scaling import SynapticScaling as SynapticScaling
from neurosim.homeostasis.target_rate import TargetRate as TargetRate
from neurosim.homeostasis.weight_normalisation import WeightNormalisation as WeightNormalisation

def known() -> dict[str, type[Homeostasis]]:
    ...

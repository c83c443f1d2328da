"""Rules: activity to weight change. One file each; a rule put in this folder is found without editing another file."""

# Written by `python docs/generate.py`; edit the code or experiments/claims.csv instead.

from neurosim.plasticity.base import RateRule as RateRule
from neurosim.plasticity.base import Rule as Rule
from neurosim.plasticity.base import SpikeRule as SpikeRule
from neurosim.plasticity.anti_hebb import AntiHebb as AntiHebb
from neurosim.plasticity.bcm import BCM as BCM
from neurosim.plasticity.gated_stdp import GatedSTDP as GatedSTDP
from neurosim.plasticity.hebb import Hebb as Hebb
from neurosim.plasticity.inhibitory_stdp import InhibitorySTDP as InhibitorySTDP
from neurosim.plasticity.instar import Instar as Instar
from neurosim.plasticity.oja import Oja as Oja
from neurosim.plasticity.stdp import STDP as STDP
from neurosim.plasticity.sanger import Sanger as Sanger
from neurosim.plasticity.triplet_stdp import TripletSTDP as TripletSTDP

def known() -> dict[str, type[Rule]]:
    ...

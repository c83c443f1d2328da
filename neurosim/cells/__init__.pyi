"""Cells: drive to activity in time. One file each; a class put in this folder is found without editing another file."""

# Written by `python docs/generate.py`; edit the code or experiments/claims.csv instead.

from neurosim.cells.base import Cell as Cell
from neurosim.cells.base import RateCell as RateCell
from neurosim.cells.base import SpikingCell as SpikingCell
from neurosim.cells.biophysics import Biophysics as Biophysics
from neurosim.cells.adaptive_lif import AdaptiveLIF as AdaptiveLIF
from neurosim.cells.competing import Competing as Competing
from neurosim.cells.conductance_lif import ConductanceLIF as ConductanceLIF
from neurosim.cells.exp_if import ExpIF as ExpIF
from neurosim.cells.hodgkin_huxley import HodgkinHuxley as HodgkinHuxley
from neurosim.cells.homeostatic_lif import HomeostaticLIF as HomeostaticLIF
from neurosim.cells.izhikevich import Izhikevich as Izhikevich
from neurosim.cells.lif import LIF as LIF
from neurosim.cells.leaky_rate import LeakyRate as LeakyRate
from neurosim.cells.membrane_rate import MembraneRate as MembraneRate
from neurosim.cells.perfect_if import PerfectIF as PerfectIF
from neurosim.cells.timed_if import TimedIF as TimedIF
from neurosim.cells.unit import Unit as Unit

def known() -> dict[str, type[Cell]]:
    ...

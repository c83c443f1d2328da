"""Theory that stands on its own: what a formula says before anything is simulated. One file for each question."""

from neurosim.registry import exports
from neurosim.theory.balanced_network import BalancedNetwork as BalancedNetwork
from neurosim.theory.balanced_network import SteadyRate as SteadyRate
from neurosim.theory.born_dead import born_dead as born_dead
from neurosim.theory.born_dead import width_against_death as width_against_death
from neurosim.theory.counting import counting_error as counting_error
from neurosim.theory.lasso import lasso_minimum as lasso_minimum
from neurosim.theory.mach_band import mach_band as mach_band
from neurosim.theory.ring import active_zone as active_zone

__all__, __dir__ = exports(globals())

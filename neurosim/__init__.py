"""neurosim: the same circuit as a ReLU network, a rate population and spiking neurons."""

from neurosim import activations as activations
from neurosim import cells as cells
from neurosim import datasets as datasets
from neurosim import engines as engines
from neurosim import inhibition as inhibition
from neurosim import metrics as metrics
from neurosim import plasticity as plasticity
from neurosim import stimulus as stimulus
from neurosim import wiring as wiring
from neurosim.activations.relu import ReLU as ReLU
from neurosim.cells.leaky_rate import LeakyRate as LeakyRate
from neurosim.cells.lif import LIF as LIF
from neurosim.cells.unit import Unit as Unit
from neurosim.circuit import Circuit as Circuit
from neurosim.circuit import Input as Input
from neurosim.circuit import Population as Population
from neurosim.circuit import Projection as Projection
from neurosim.inhibition import lateral as lateral
from neurosim.ladder import fit as fit
from neurosim.ladder import ladder as ladder
from neurosim.ladder import measure_transfer as measure_transfer
from neurosim.recording import Recording as Recording
from neurosim.schedule import Schedule as Schedule
from neurosim.simulate import simulate as simulate
from neurosim.stimulus import Stimulus as Stimulus
from neurosim.version import __version__ as __version__

"""Learning runs: presentations in sequence, the weights carried over from one to the next."""

from neurosim.learning.result import DivergedError as DivergedError
from neurosim.learning.result import Learning as Learning
from neurosim.learning.result import Snapshot as Snapshot
from neurosim.learning.run import learn as learn

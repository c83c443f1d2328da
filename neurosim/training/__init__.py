"""Gradient descent on feed-forward circuits of static units, with any activation."""

from neurosim.registry import exports
from neurosim.training.build import layered as layered
from neurosim.training.losses import CrossEntropy as CrossEntropy
from neurosim.training.losses import Loss as Loss
from neurosim.training.losses import SquaredError as SquaredError
from neurosim.training.mean_field import MeanField as MeanField
from neurosim.training.mean_field import Moments as Moments
from neurosim.training.mean_field import gaussian_moments as gaussian_moments
from neurosim.training.mean_field import mean_field as mean_field
from neurosim.training.mean_field import preserving_variance as preserving_variance
from neurosim.training.network import Network as Network
from neurosim.training.optimisers import SGD as SGD
from neurosim.training.optimisers import Adam as Adam
from neurosim.training.optimisers import Optimiser as Optimiser
from neurosim.training.penalties import Penalties as Penalties
from neurosim.training.result import Training as Training
from neurosim.training.run import train as train

__all__, __dir__ = exports(globals())

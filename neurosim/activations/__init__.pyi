"""Activations: drive to activity. One file each; a class put in this folder is found without editing another file."""

# Written by `python docs/generate.py`; edit the code or experiments/claims.csv instead.

from neurosim.activations.base import Activation as Activation
from neurosim.activations.base import SpikingEquivalent as SpikingEquivalent
from neurosim.activations.adaptive_lif_curve import AdaptiveLIFCurve as AdaptiveLIFCurve
from neurosim.activations.composition import Composition as Composition
from neurosim.activations.divisive import DivisiveNormalisation as DivisiveNormalisation
from neurosim.activations.elu import ELU as ELU
from neurosim.activations.gelu import GELU as GELU
from neurosim.activations.identity import Identity as Identity
from neurosim.activations.kwta import KWTA as KWTA
from neurosim.activations.lif_curve import LIFCurve as LIFCurve
from neurosim.activations.leaky_relu import LeakyReLU as LeakyReLU
from neurosim.activations.local_response_norm import LocalResponseNorm as LocalResponseNorm
from neurosim.activations.measured_curve import MeasuredCurve as MeasuredCurve
from neurosim.activations.noisy_relu import NoisyReLU as NoisyReLU
from neurosim.activations.prelu import PReLU as PReLU
from neurosim.activations.perfect_if_curve import PerfectIFCurve as PerfectIFCurve
from neurosim.activations.relu import ReLU as ReLU
from neurosim.activations.selu import SELU as SELU
from neurosim.activations.shunted_lif_curve import ShuntedLIFCurve as ShuntedLIFCurve
from neurosim.activations.silu import SiLU as SiLU
from neurosim.activations.siegert import Siegert as Siegert
from neurosim.activations.sigmoid import Sigmoid as Sigmoid
from neurosim.activations.soft_kwta import SoftKWTA as SoftKWTA
from neurosim.activations.soft_lif import SoftLIF as SoftLIF
from neurosim.activations.soft_threshold import SoftThreshold as SoftThreshold
from neurosim.activations.softmax import Softmax as Softmax
from neurosim.activations.softplus import Softplus as Softplus
from neurosim.activations.sparsemax import Sparsemax as Sparsemax
from neurosim.activations.step import Step as Step
from neurosim.activations.tanh import Tanh as Tanh

def known() -> dict[str, type[Activation]]:
    ...

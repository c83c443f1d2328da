"""What is added to the loss, and what is left out at random."""

from dataclasses import dataclass

from neurosim.params import Params, param


@dataclass(frozen=True, kw_only=True)
class Penalties(Params):
    """Regularisation of a training run.

    Equation
        L + l1_activity * mean over trials of sum |a| (hidden populations)
          + l1_weights * sum |w| + l2_weights/2 * sum w^2
        biases carry no penalty. With `proximal` the L1 penalty on weights is applied as soft thresholding after each
        step of plain gradient descent, which leaves exact zeros; without, by its subgradient, which leaves none.
        dropout: an activity of a hidden population is 0 with this probability, else divided by its complement.
    """

    l1_activity: float = param(0.0, doc="penalty on the magnitude of hidden activities", low=0)
    l1_weights: float = param(0.0, doc="penalty on the magnitude of weights", low=0)
    l2_weights: float = param(0.0, doc="weight decay", low=0)
    proximal: bool = param(False, doc="soft thresholding for l1_weights")
    dropout: float = param(0.0, doc="probability that a hidden unit is left out of a step", low=0, below=1)

"""Anti-Hebb: lateral inhibition grows between units that are active together more often than by chance."""

from dataclasses import dataclass

from neurosim.params import Array, param
from neurosim.plasticity.base import RateRule, State


@dataclass(frozen=True, kw_only=True)
class AntiHebb(RateRule):
    """Decorrelation by inhibition: for the magnitudes of an inhibitory projection from a population onto itself.

    At rest each pair is active together as often as two independent units of activity `target` would be.

    Equation
        du_ij = learning_rate * (<y_i x_j> - target^2), on magnitudes >= 0: the projection has sign -1
    Shapes
        u (post, pre), x (trials, pre), y (trials, post); x and y are the same population's activity
    Units
        dimensionless: activities in units of the reference rate, weights in units of 1/reference
    Source
        Földiák, Biol Cybern 64 (1990); Zylberberg, Murphy & DeWeese, PLoS Comput Biol 7 (2011) (the same for spike
        counts; with Oja's rule on the feed-forward weights and the homeostasis TargetRate it makes up SAILnet).
    """

    learning_rate: float = param(0.1, doc="learning rate per presentation", low=0)
    target: float = param(0.1, doc="activity that two units may share by chance, in units of the reference", low=0)

    def change(self, u: Array, x: Array, y: Array, state: State) -> Array:
        return self.learning_rate * (y.T @ x / len(x) - self.target**2)

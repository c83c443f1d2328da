"""How many spikes a network may send and still cost less energy than one of multiplications, by those who asked."""

from dataclasses import dataclass

from neurosim.params import ParamInfo, number

_SPIKES = ParamInfo("1", "mean number of spikes per unit and inference", low=0.0)
_STEPS = ParamInfo("1", "time steps of an inference", low=1.0)


@dataclass(frozen=True)
class SpikeBudget:
    """A published criterion: spikes are cheaper below `low`, dearer above `high`, and in between it depends.

    Units
        spikes per unit (or synapse) and inference; `low` and `high` are equal where one number was published
    """

    name: str
    low: float
    high: float
    quantity: str
    holds_for: str
    source: str

    def verdict(self, spikes: float) -> str:
        """ "cheaper", "depends" or "dearer" at so many spikes."""
        if spikes < self.low:
            return "cheaper"
        return "dearer" if spikes > self.high else "depends"


def spike_budgets(steps: float = 5.0) -> tuple[SpikeBudget, ...]:
    """Three published criteria, each with its range: none is one figure, and none was made for timed spikes.

    All compare rate-coded networks of integrate-and-fire cells with networks of multiplications on digital hardware,
    and all count memory. A timed spike carries a time instead of a count, so that what it costs to send and to keep a
    time is in none of them.

    Equation
        Davidson & Furber: spikes per unit < 12 E/7 E, which they print as 1.72 (it is 1.714); E is the energy of adding
        two numbers of 32 bits in their technology
        Dampfhoffer et al.: spikes per synapse < 0.15 (against the best reuse of data and zeros) to 1.38
        Yan et al.: spikes per unit and step < 0.057 to 0.064 for 5 to 10 steps, times the number of steps
    Args:
        steps: time steps of an inference, 5 to 10, for the last criterion.
    Source
        Davidson & Furber, Front Neurosci 15:651141 (2021), their ratio read second-hand, in a quotation; Dampfhoffer,
        Mesquida, Valentian & Anghel, IEEE Trans Emerg Top Comput Intell 7 (2023), abstract; Yan, Bai & Wong,
        arXiv:2409.08290, abstracts of versions 2 (2025) and 4 (2026).
    """
    n = number(steps, _STEPS, "spike_budgets: steps")
    return (
        SpikeBudget(
            "Davidson & Furber", 1.72, 1.72, "spikes per unit", "rate-coded, same silicon",
            "Davidson & Furber, Front Neurosci 15:651141 (2021)",
        ),
        SpikeBudget(
            "Dampfhoffer et al.", 0.15, 1.38, "spikes per synapse",
            "integrate-and-fire cells; the more a network of multiplications reuses data and skips zeros, the lower",
            "Dampfhoffer et al., IEEE Trans Emerg Top Comput Intell 7 (2023)",
        ),
        SpikeBudget(
            "Yan et al.", 0.057 * n, 0.064 * n, "spikes per unit", "typical neuromorphic hardware, 5 to 10 steps",
            "Yan, Bai & Wong, arXiv:2409.08290 (2025)",
        ),
    )  # fmt: skip


def spikes_are_cheaper(spikes: float, steps: float = 5.0) -> dict[str, str]:
    """What each of `spike_budgets` says of a mean number of spikes per unit and inference: it may differ."""
    mean = number(spikes, _SPIKES, "spikes_are_cheaper: spikes")
    return {budget.name: budget.verdict(mean) for budget in spike_budgets(steps)}

"""Rules of spike times that are polynomials of traces: one table of numbers, from which every engine works."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from neurosim.params import param
from neurosim.plasticity.base import SpikeRule, Trace


class Amounts(NamedTuple):
    """What a spike adds to a weight: constant + linear * other + product * other * own.

    At a presynaptic spike `other` is the postsynaptic trace y1 and `own` the presynaptic trace x2; at a postsynaptic
    one `other` is x1 and `own` is y2. `own` is what it was before this spike.
    """

    constant: float = 0.0
    linear: float = 0.0
    product: float = 0.0


class Table(NamedTuple):
    """A rule as numbers: two traces on either side, the amounts of either spike, and how they depend on the weight."""

    x1: Trace
    y1: Trace
    pre: Amounts
    post: Amounts
    x2: Trace = Trace(1.0)
    y2: Trace = Trace(1.0)
    soft: bool = False


@dataclass(frozen=True, kw_only=True)
class TraceRule(SpikeRule, ABC):
    """A rule of spike times given by its [Table][neurosim.plasticity.trace_rule.Table].

    Equation
        w <- clip(w + a * room, 0, w_max), a the amount of the spike
        hard bounds: room = w_max;  soft bounds: room = w_max - w where a > 0, w where a < 0
    """

    w_max: float = param(0.01, unit="s", doc="largest weight (the smallest is 0)", above=0)

    @property
    @abstractmethod
    def table(self) -> Table:
        """The rule as numbers."""

    @property
    def pre_traces(self) -> Mapping[str, Trace]:
        table = self.table
        return {"x1": table.x1} | ({"x2": table.x2} if table.pre.product else {})

    @property
    def post_traces(self) -> Mapping[str, Trace]:
        table = self.table
        return {"y1": table.y1} | ({"y2": table.y2} if table.post.product else {})

    @property
    def on_pre(self) -> str:
        return _text(self.table.pre, "y1", "x2", self.table.soft)

    @property
    def on_post(self) -> str:
        return _text(self.table.post, "x1", "y2", self.table.soft)


def _text(amounts: Amounts, other: str, own: str, soft: bool) -> str:
    """The change of a weight in Brian2's language; empty where a spike of this side changes nothing."""
    terms = [
        text
        for number, text in (
            (amounts.constant, f"{amounts.constant!r}"),
            (amounts.linear, f"{amounts.linear!r}*{other}"),
            (amounts.product, f"{amounts.product!r}*{other}*{own}"),
        )
        if number
    ]
    if not terms:
        return ""
    amount = f"amount = {' + '.join(terms)}\n"
    room = "(int(amount > 0)*(w_max - w) + int(amount < 0)*w)" if soft else "w_max"
    return f"{amount}w = clip(w + amount*{room}, 0, w_max)"

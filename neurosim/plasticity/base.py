"""What every rule is: activity to weight change, on the rungs where it lives."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from neurosim.gate import shown
from neurosim.params import Array, DimensionError, ParameterError, Params, count, finite, param

State = Mapping[str, Array]
"""What a rule remembers beside the weights, by name: dimensionless arrays that it never changes in place."""

_LARGEST = 1e100
"""Hz of which three can be multiplied."""


def rate(value: Any, where: str) -> Any:
    """A rate in Hz at or above 0, or an array of them."""
    array = finite(value, "Hz", where, low=0.0, within=_LARGEST, empty=False)
    return array if array.ndim else float(array)


def rates(pre: Any, post: Any, where: str) -> tuple[Any, Any]:
    """Rates on either side of a connection, of shapes that fit together."""
    x, y = rate(pre, f"{where}: pre"), rate(post, f"{where}: post")
    try:
        np.broadcast_shapes(np.shape(x), np.shape(y))
    except ValueError:
        raise ParameterError(
            f"{where}: got pre of shape {np.shape(x)} and post of shape {np.shape(y)}, expected shapes that broadcast"
        ) from None
    return x, y


@dataclass(frozen=True, kw_only=True)
class Rule(Params, ABC):
    """A law by which activity changes the weights of one projection.

    A rule sees the weights as the projection stores them. Those of a signed projection are magnitudes, so the same rule
    strengthens excitation in one projection and inhibition in another. It neither clips nor decides which connections
    exist: whoever adds the change keeps signed weights at or above 0 and missing connections missing.
    """

    @property
    @abstractmethod
    def rungs(self) -> frozenset[str]:
        """Levels of the cells between which the rule can work: "static", "rate", "spiking"."""


@dataclass(frozen=True, kw_only=True)
class RateRule(Rule, ABC):
    """A rule of firing rates: one NumPy function that runs unchanged on every rung (spiking: filtered spike counts).

    A subclass writes `change` in units of the reference rate, where everything is dimensionless: x and y are the
    activities divided by the reference, u is the weight times the reference, that is, the drive which one presynaptic
    unit causes at the reference rate. A learning rate is then a number, and a rule means the same in an artificial
    network (reference 1) as among neurons that fire at tens of Hz.

    Equation
        dw = change(u, x, y, state) / reference, x = pre/reference, y = post/reference, u = w * reference
    Shapes
        w and dw (post, pre); pre (trials, pre) or (pre,); post (trials, post) or (post,)
    Units
        w and dw drive per Hz (s), per presentation: the mean over the trials of the change that each alone would make;
        pre and post Hz
    Raises
        ParameterError: an array of a shape that does not fit, empty or not finite, or a state that is not the rule's
    """

    rungs: ClassVar[frozenset[str]] = frozenset({"static", "rate", "spiking"})

    reference: float = param(1.0, unit="Hz", doc="firing rate that counts as activity 1", above=0)
    w_max: float = param(np.inf, doc="largest magnitude of u that learning may reach", above=0, infinite=True)

    @abstractmethod
    def change(self, u: Array, x: Array, y: Array, state: State) -> Array:
        """Change (post, pre) of u, the mean over trials; x (trials, pre) and y (trials, post), all dimensionless."""

    def advance(self, u: Array, x: Array, y: Array, state: State) -> State:
        """The state after one presentation, as a new mapping; arguments as in `change`."""
        return state

    def initial_state(self, n_post: int, n_pre: int) -> State:
        """What the rule remembers at the start, by name; nothing unless overridden."""
        count(n_post, f"{type(self).__name__}.initial_state: n_post")
        count(n_pre, f"{type(self).__name__}.initial_state: n_pre")
        return {}

    def dw(self, w: Any, pre: Any, post: Any, state: State | None = None) -> Array:
        """Change of the weights by one presentation (infinite where float64 overflows); no memory, no state."""
        return self.change(*self._dimensionless(w, pre, post, state)) / self.reference

    def next_state(self, w: Any, pre: Any, post: Any, state: State | None = None) -> State:
        """What the rule remembers after that presentation, as from `dw` (infinite where float64
        overflows); nothing is overwritten."""
        return self.advance(*self._dimensionless(w, pre, post, state))

    def _dimensionless(self, w: Any, pre: Any, post: Any, state: State | None) -> tuple[Array, Array, Array, State]:
        name = type(self).__name__
        weights = finite(w, "s", f"{name}: w")
        if weights.ndim != 2:
            raise ParameterError(f"{name}: w: got shape {weights.shape}, expected (post, pre)")
        x = _activity(pre, weights.shape[1], f"{name}: pre")
        y = _activity(post, weights.shape[0], f"{name}: post")
        if len(x) != len(y):
            raise ParameterError(f"{name}: got {len(x)} trials of pre and {len(y)} of post, expected as many of each")
        known = self._checked_state({} if state is None else state, *weights.shape)
        return weights * self.reference, x / self.reference, y / self.reference, known

    def _checked_state(self, state: State, n_post: int, n_pre: int) -> State:
        name = type(self).__name__
        if not isinstance(state, Mapping):
            raise DimensionError(f"{name}: state: got {shown(state)}, expected a mapping that next_state returned")
        start = self.initial_state(n_post, n_pre)
        if set(state) != set(start):
            raise ParameterError(
                f"{name}: state: got {_listed(state)}, expected {_listed(start)}: "
                f"start with initial_state({n_post}, {n_pre}) and go on with next_state"
            )
        for key, value in start.items():
            found = finite(state[key], "1", f"{name}: state[{key!r}]")
            if found.shape != np.shape(value):
                raise ParameterError(
                    f"{name}: state[{key!r}]: got shape {found.shape}, expected {np.shape(value)} "
                    f"for weights ({n_post}, {n_pre})"
                )
        return state


class Trace(NamedTuple):
    """What spikes leave behind: a jump by 1 at each (or to 1: only the last counts), and a decay with tau (s)."""

    tau: float
    to_one: bool = False


@dataclass(frozen=True, kw_only=True)
class SpikeRule(Rule, ABC):
    """A rule of spike times, on the spiking rung only: traces of the spikes on either side, and Brian2 text.

    Within a time step all traces decay first; then every presynaptic spike takes effect, changes its weights by
    `on_pre` and enters its traces; then every postsynaptic spike changes its weights by `on_post` and enters its own.
    So of two spikes in one step the postsynaptic one sees the presynaptic trace with that spike in it, and not the
    other way round. The delay of a projection is that of its presynaptic side: a presynaptic spike is seen when it
    arrives. All traces start at 0.

    Units
        w in s, as the projection stores it (a magnitude where it is signed); traces 1
    """

    rungs: ClassVar[frozenset[str]] = frozenset({"spiking"})

    @property
    @abstractmethod
    def pre_traces(self) -> Mapping[str, Trace]:
        """Traces of the presynaptic spikes by name."""

    @property
    @abstractmethod
    def post_traces(self) -> Mapping[str, Trace]:
        """Traces of the postsynaptic spikes by name."""

    @property
    @abstractmethod
    def on_pre(self) -> str:
        """Statements at a presynaptic spike; they may read the traces and the rule's parameters, and set `w`."""

    @property
    @abstractmethod
    def on_post(self) -> str:
        """Statements at a postsynaptic spike."""

    def refuse_step(self, dt: float) -> str | None:
        """Why the rule does not run at a time step of dt (s), in one sentence with the bound; None if it does."""
        shortest = min((trace.tau for trace in (*self.pre_traces.values(), *self.post_traces.values())), default=np.inf)
        if dt <= shortest / 2:
            return None
        return f"a trace decays with {1e3 * shortest:g} ms, expected a dt of at most half of that, got {1e3 * dt:g} ms"


def _activity(value: Any, units: int, where: str) -> Array:
    array = finite(value, "Hz", where)
    rows = array[np.newaxis] if array.ndim == 1 else array
    if rows.ndim != 2 or rows.shape[1] != units or len(rows) == 0:
        raise ParameterError(f"{where}: got shape {array.shape}, expected (trials, {units}) or ({units},)")
    return rows


def _listed(state: State) -> str:
    return ", ".join(map(repr, sorted(state))) or "nothing"

"""What every motif must do: from a population to projections, with signs that it applies itself."""

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurosim.cells.unit import Unit
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.circuits.parts import SignError
from neurosim.contracts.running import checks_of, does_not_apply, expect, refuses, same
from neurosim.params import Array
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import constant

_N, _POOL, _STRENGTH = 6, 3, 0.01
"""Units, units of a pool, and s: 0.5 of drive at 50 Hz, which silences nobody who is driven at 2."""


@dataclass(frozen=True)
class Motif:
    """A motif with the arguments that it is called with beside its population."""

    function: Callable[..., Any]
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def __name__(self) -> str:
        return str(self.function.__name__)

    @functools.cached_property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        return inspect.signature(self.function).parameters

    def __call__(self, *, size: Any = _N, **changed: Any) -> tuple[Projection, ...]:
        population = Population("units", size)
        made = self.function(population, **{**self.given, **changed})
        return made if isinstance(made, tuple) else (made,)

    @functools.cached_property
    def given(self) -> dict[str, Any]:
        """What is given beside the population: what was asked for, else a strength and a pool."""
        pool = Population("pool", _POOL, bias=1.3)  # the pool of spiking cells works above its threshold
        usual = {"strength": _STRENGTH, "inhibit": _STRENGTH, "excite": 0.02, "pool": pool}
        return {name: value for name, value in usual.items() if name in self.parameters} | dict(self.arguments)

    @property
    def strength(self) -> str:
        """The name of its magnitude."""
        return next((name for name in ("strength", "inhibit") if name in self.parameters), "")


def it_takes_a_population_first(motif: Motif) -> None:
    """The first argument is called `population`."""
    expect(next(iter(motif.parameters)) == "population", f"its first argument is {next(iter(motif.parameters))!r}")


def it_takes_a_name_and_a_delay(motif: Motif) -> None:
    """Its projections can be named and delayed."""
    expect({"name", "delay"} <= set(motif.parameters), f"it takes {', '.join(motif.parameters)}")


def options_are_given_by_name(motif: Motif) -> None:
    """What has a default is given by its name alone."""
    kinds = [each.kind for each in motif.parameters.values() if each.default is not inspect.Parameter.empty]
    expect(all(kind is inspect.Parameter.KEYWORD_ONLY for kind in kinds), "an option can be given by its place")


def every_argument_has_a_type(motif: Motif) -> None:
    """Arguments and result are typed."""
    signature = inspect.signature(motif.function)
    every = [each.annotation for each in signature.parameters.values()] + [signature.return_annotation]
    expect(inspect.Signature.empty not in every, "an argument or the result has no type")


def its_docstring_begins_with_a_sentence(motif: Motif) -> None:
    """The docstring begins with one sentence on one line."""
    expect(
        _text(motif).splitlines()[:1] and _text(motif).splitlines()[0].endswith("."), "the first line is no sentence"
    )


def its_docstring_has_an_equation(motif: Motif) -> None:
    """The docstring has a section Equation."""
    _section(motif, "Equation")


def its_docstring_has_a_fixed_point(motif: Motif) -> None:
    """The docstring has a section Fixed point."""
    _section(motif, "Fixed point")


def its_docstring_says_what_the_rungs_make_of_it(motif: Motif) -> None:
    """The docstring has a section Rungs."""
    _section(motif, "Rungs")


def its_docstring_has_units(motif: Motif) -> None:
    """The docstring has a section Units."""
    _section(motif, "Units")


def its_docstring_has_a_source_with_a_year(motif: Motif) -> None:
    """The docstring has a section Source that names a year."""
    _section(motif, "Source")
    expect(re.search(r"\b(1[6-9]|20)\d\d\b", _text(motif).partition("\nSource\n")[2]), "its source names no year")


def it_returns_projections(motif: Motif) -> None:
    """It returns a projection or a tuple of them, and one leads to the population."""
    made = motif()
    expect(made and all(isinstance(p, Projection) for p in made), f"it returns {made!r:.80}")
    expect(any(p.post == "units" for p in made), "none of its projections leads to the population")


def its_projections_have_different_names(motif: Motif) -> None:
    """No two projections have the same name."""
    names = [p.name for p in motif()]
    expect(len(set(names)) == len(names), f"its projections are called {names}")


def weights_have_the_right_shape(motif: Motif) -> None:
    """Weights are (post, pre), finite and not all 0."""
    sizes = {"units": _N, "pool": _POOL}
    for p in motif():
        expect(p.dense().shape == (sizes[p.post], sizes[p.pre]), f"{p.name}: its weights are {p.dense().shape}")
        expect(np.isfinite(p.dense()).all() and p.dense().any(), f"{p.name}: its weights are 0 or not finite")


def no_unit_inhibits_itself(motif: Motif) -> None:
    """The diagonal of a projection from a population onto itself is 0."""
    for p in motif():
        if p.pre == p.post:
            same(np.diagonal(p.dense()), np.zeros(_N), f"{p.name}: a unit reaches itself")


def signed_weights_are_magnitudes(motif: Motif) -> None:
    """What inhibits the population has the sign -1 and weights >= 0, and only a pool is ever excited."""
    for p in motif():
        if p.sign is not None:
            expect(p.dense().min() >= 0, f"{p.name}: a weight is negative")
            expect(p.sign == (-1 if p.post == "units" else 1), f"{p.name}: its sign is {p.sign}")


def weights_are_proportional_to_the_strength(motif: Motif) -> None:
    """Twice the strength gives twice the weights onto the population."""
    _signed(motif)
    once, twice = (_onto(motif(**{motif.strength: factor * _STRENGTH})) for factor in (1, 2))
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-12)


def no_strength_is_no_inhibition(motif: Motif) -> None:
    """A strength of 0 gives weights of 0."""
    _signed(motif)
    try:
        made = motif(**{motif.strength: 0.0})
    except Exception as error:
        does_not_apply(f"it refuses a strength of 0: {error}")
    expect(not _onto(made).any(), "a strength of 0 inhibits")


def a_negative_strength_is_refused(motif: Motif) -> None:
    """A negative strength is refused: the sign is applied here."""
    _signed(motif)
    try:
        motif(**{motif.strength: -0.1})
    except SignError as error:
        expect(re.search(r"got -0.1 s, expected .*>= 0 s.*the sign is applied here", str(error)), str(error))
        return
    raise AssertionError("a strength of -0.1 s is accepted, expected a SignError")


def a_strength_that_is_no_number_is_refused(motif: Motif) -> None:
    """NaN and a text are no strength."""
    if not motif.strength:
        does_not_apply("it has no strength")
    for bad in (float("nan"), "strong"):
        refuses(functools.partial(motif, **{motif.strength: bad}), f"the strength {bad!r}")


def what_is_no_population_is_refused(motif: Motif) -> None:
    """A name in place of the population is refused, with what was expected."""
    refuses(
        lambda: motif.function("units", **motif.given),
        "'units'",
        f"{motif.__name__}: population: got 'units'",
        "Population",
    )


def its_name_is_that_of_its_projections(motif: Motif) -> None:
    """A name that is given is in the names of its projections."""
    expect(all("mine" in p.name for p in motif(name="mine")), f"they are called {[p.name for p in motif(name='mine')]}")


def its_delay_is_that_of_a_projection(motif: Motif) -> None:
    """A delay that is given delays at least one projection, and a negative one is refused."""
    expect(any(np.max(p.delay) == 2e-3 for p in motif(delay=2e-3)), "a delay of 2 ms delays nothing")
    refuses(lambda: motif(delay=-1e-3), "a delay of -1 ms")


def it_repeats_itself(motif: Motif) -> None:
    """Two calls give equal projections."""
    for first, second in zip(motif(), motif(), strict=True):
        same(first.dense(), second.dense(), "other weights the second time")
        names = [(p.name, p.pre, p.post, p.sign, p.tau) for p in (first, second)]
        expect(names[0] == names[1], "another projection the second time")


def a_circuit_carries_it(motif: Motif) -> None:
    """A circuit of its projections is made, saved as JSON facts and copied equal."""
    import pickle

    circuit = _circuit(motif())
    expect(pickle.loads(pickle.dumps(circuit)) == circuit, "a circuit with it does not survive a pickle")


def a_circuit_with_it_survives_a_file(motif: Motif) -> None:
    """A circuit that is saved and loaded has the same projections."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        circuit = _circuit(motif())
        expect(Circuit.load(circuit.save(Path(folder) / "circuit")) == circuit, "the file has other projections")


def its_time_constants_are_times(motif: Motif) -> None:
    """The time constant of every projection is finite and at or above 0."""
    expect(all(0 <= p.tau < np.inf for p in motif()), f"its time constants are {[p.tau for p in motif()]}")


def it_closes_a_loop_or_reads_an_input(motif: Motif) -> None:
    """The loop gain of a circuit with it is finite and above 0."""
    gain = _circuit(motif()).loop_gain(1.0)
    expect(0 < gain < np.inf, f"its loop gain is {gain}")


def an_unknown_option_is_refused(motif: Motif) -> None:
    """An option that there is not is an error."""
    try:
        motif(colour=1)
    except TypeError:
        return
    raise AssertionError("the option colour is accepted")


def it_settles_to_its_own_equation(motif: Motif) -> None:
    """Static units settle where the activity is that of the drive, less what its weights take away."""
    made = motif()
    circuit, drive = _circuit(made), np.linspace(0.5, 1.0, _N)
    result = simulate(circuit, Unit(), constant(drive[None], input="x"), progress=False)
    rates = {"units": result.checked_rates("units")[0]}
    if any("pool" in (p.pre, p.post) for p in made):
        rates["pool"] = result.checked_rates("pool")[0]
    total = drive + sum(((p.sign or 1) * p.dense() @ rates[p.pre] for p in made if p.post == "units"), np.zeros(_N))
    np.testing.assert_allclose(rates["units"], np.maximum(total, 0.0), rtol=1e-6, atol=1e-9)


def one_unit_has_nobody_to_inhibit(motif: Motif) -> None:
    """A population of one unit gets no weight from itself, or is refused in one sentence."""
    try:
        made = motif(size=1)
    except Exception as error:
        expect("\n" not in str(error), f"the refusal of one unit has several lines: {error}")
        return
    expect(not any(p.dense().any() for p in made if p.pre == p.post), "one unit inhibits itself")


def _text(motif: Motif) -> str:
    return inspect.cleandoc(motif.function.__doc__ or "")


def _section(motif: Motif, name: str) -> None:
    expect(f"\n{name}\n" in _text(motif), f"the docstring has no section {name}")


def _signed(motif: Motif) -> None:
    if not motif.strength or any(p.sign is None for p in motif()):
        does_not_apply("its weights have both signs, or no strength")


def _onto(made: tuple[Projection, ...]) -> Array:
    return sum((p.dense() for p in made if p.post == "units" and p.sign == -1), np.zeros(()))


def _circuit(made: tuple[Projection, ...]) -> Circuit:
    populations = [Population("units", _N)]
    if any("pool" in (p.pre, p.post) for p in made):
        populations.append(Population("pool", _POOL, bias=1.3))
    feed = Projection("feed", "x", "units", np.eye(_N), tau=0.0)
    return Circuit([Input("x", _N)], populations, [feed, *made])


CHECKS = checks_of(globals())

"""One check after the other on one component, and what came out."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from neurosim.params import DimensionError, ParameterError

Outcome = Literal["holds", "fails", "does not apply"]
Function = Callable[[Any], None]


class BrokenContractError(AssertionError):
    """A component breaks what its family promises; the message names every check that fails."""


class DoesNotApplyError(Exception):
    """Raised by a check that means nothing for a component."""


@dataclass(frozen=True)
class Check:
    """One check of one component.

    Args:
        name: of the check.
        says: what must hold, in one sentence.
        outcome: "holds", "fails" or "does not apply".
        problem: why it fails, or why it does not apply; else "".
    """

    name: str
    says: str
    outcome: Outcome
    problem: str = ""


def checks_of(names: Mapping[str, Any]) -> tuple[Function, ...]:
    """The checks of a module: its own public functions, in order."""
    home = names["__name__"]
    return tuple(
        value
        for name, value in names.items()
        if inspect.isfunction(value) and not name.startswith("_") and value.__module__ == home
    )


def run(check: Function, component: Any) -> Check:
    """One check on one component; whatever it raises is what fails."""
    says = (check.__doc__ or "").strip().splitlines()[0]
    try:
        check(component)
    except DoesNotApplyError as reason:
        return Check(check.__name__, says, "does not apply", str(reason))
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        problem = f"{'' if isinstance(error, AssertionError) else f'{type(error).__name__}: '}{' '.join(lines)[:400]}"
        return Check(check.__name__, says, "fails", problem)
    return Check(check.__name__, says, "holds")


def expect(condition: Any, problem: str) -> None:
    """Fail with these words unless the condition holds (an assert is gone under `python -O`)."""
    if not condition:
        raise AssertionError(problem)


def does_not_apply(reason: str) -> NoReturn:
    """End a check that means nothing here."""
    raise DoesNotApplyError(reason)


def refuses(call: Callable[[], Any], what: str, *words: str) -> None:
    """Fail unless the call is refused by an error of this package, in one sentence with these words."""
    try:
        call()
    except (ParameterError, DimensionError) as error:
        text = str(error)
        expect("\n" not in text, f"the refusal of {what} has several lines: {text!r}")
        for word in words:
            expect(word in text, f"the refusal of {what} does not say {word!r}: {text!r}")
        return
    raise AssertionError(f"{what} is accepted, expected a ParameterError or a DimensionError")


def same(first: Any, second: Any, what: str) -> None:
    """Fail unless two arrays are equal to the bit, NaN included."""
    import numpy as np

    np.testing.assert_array_equal(first, second, err_msg=what)

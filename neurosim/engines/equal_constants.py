"""Time constants that (nearly) equal the membrane's, where the exact solution in Brian2's form is 0/0."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from neurosim.cells.base import SpikingCell

_NEAR = 1e-4
"""Relative distance from the membrane's time constant below which Brian2's form loses digits (at 0 all of them)."""


def near(tau: float, cell: SpikingCell) -> bool:
    """Whether the exact solution of a cell needs another form for a variable that decays with this time constant."""
    return cell.method == "exact" and not cell.noisy and abs(tau / cell.time_constant - 1) < _NEAR


def limit_share(tau: float, tau_m: float, dt: float) -> float:
    """What one unit of a variable that decays with tau adds to v within a step.

    Equation
        tau/(tau - tau_m) * (exp(-dt/tau) - exp(-dt/tau_m)), written as (dt/tau_m) exp(-dt/tau_m) * expm1(x)/x with
        x = dt/tau_m - dt/tau, which keeps every digit; at tau = tau_m the alpha function, (dt/tau_m) exp(-dt/tau_m)
    Units
        all times s
    """
    x = dt * (tau - tau_m) / (tau * tau_m)
    return float(dt / tau_m * np.exp(-dt / tau_m) * (np.expm1(x) / x if x else 1.0))


def limit_shares(decaying: Mapping[str, tuple[float, float]], cell: SpikingCell, dt: float) -> dict[str, float]:
    """The share of every variable that needs the other form; `decaying` gives time constants and signs."""
    return {
        variable: sign * limit_share(tau, cell.time_constant, dt)
        for variable, (tau, sign) in decaying.items()
        if near(tau, cell)
    }


def with_shares(integrate: Callable[..., str], shares: Collection[str]) -> Callable[..., str]:
    """A method of integration of Brian2 in whose solution for v a variable x of these has the factor share_x."""
    if not shares:
        return integrate

    def changed(equations: Any, variables: Any, method_options: Any = None) -> str:
        lines = integrate(equations, variables, method_options).splitlines()
        return "\n".join(_replaced(line, shares) if line.startswith("_v = ") else line for line in lines)

    changed.__name__ = integrate.__name__
    return changed


def _replaced(line: str, shares: Collection[str]) -> str:
    """The sum with the terms of some variables replaced, all others and the order as they were."""
    terms, depth, begin = [], 0, len("_v = ")
    for place, letter in enumerate(line):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and line[place : place + 3] in (" + ", " - "):
            terms.append(line[begin:place])
            begin = place
    terms.append(line[begin:])
    for k, term in enumerate(terms):
        sign, body = (term[:3], term[3:]) if term.startswith((" + ", " - ")) else ("", term)
        variable = body.split("*")[0]
        if variable in shares:
            gate = "*int(not_refractory)" if "not_refractory" in body else ""
            terms[k] = f"{sign}{variable}*share_{variable}{gate}"
    return "_v = " + "".join(terms)

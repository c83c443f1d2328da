"""Time constants that (nearly) equal the membrane's, where the exact solution in Brian2's form is 0/0."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from neurosim.cells.base import SpikingCell

_NEAR = 1e-4
"""Relative distance from the membrane's time constant below which Brian2's form loses digits (at 0 all of them)."""


def near(tau: Any, cell: SpikingCell) -> Any:
    """Whether the exact solution of a cell needs another form for a variable that decays with this time constant."""
    if cell.method != "exact" or cell.noisy:
        return False
    return np.abs(tau / cell.time_constant - 1) < _NEAR


def limit_share(tau: Any, tau_m: Any, dt: float) -> Any:
    """What one unit of a variable that decays with tau adds to v within a step.

    Equation
        tau/(tau - tau_m) * (exp(-dt/tau) - exp(-dt/tau_m)), written as (dt/tau_m) exp(-dt/tau_m) * expm1(x)/x with
        x = dt/tau_m - dt/tau, which keeps every digit; at tau = tau_m the alpha function, (dt/tau_m) exp(-dt/tau_m)
    Units
        all times s
    """
    x = dt * (tau - tau_m) / (tau * tau_m)
    apart = np.where(x == 0, 1.0, x)
    return dt / tau_m * np.exp(-dt / tau_m) * np.where(x == 0, 1.0, np.expm1(apart) / apart)


def share(tau: Any, cell: SpikingCell, dt: float, *, adaptation: bool = False) -> Any:
    """The same as Brian2 computes it, which depends on refractoriness; the limit where the time constants are near."""
    tau_m, close = cell.time_constant, near(tau, cell)
    fine = limit_share(tau, tau_m, dt)
    if np.all(close):
        return -fine if adaptation else fine
    up, up_m, down, down_m = np.exp(dt / tau), np.exp(dt / tau_m), np.exp(-dt / tau), np.exp(-dt / tau_m)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = up - up_m if adaptation else -up + up_m
        clamped = tau * down * gap * down_m / (-tau_m + tau)
        free = (
            tau * gap * down * down_m / (tau - tau_m)
            if adaptation
            else tau * (-up_m + up) * down_m * down / (tau_m - tau)
        )
    plain = np.where(cell.refractory, clamped, free)
    return np.where(close, -fine if adaptation else fine, plain)


def shares_of(decaying: Mapping[str, tuple[Any, float]], cell: SpikingCell, dt: float) -> dict[str, Any]:
    """The share of every variable that needs another form than Brian2's; `decaying` gives time constants and signs.

    Where parameters differ between units Brian2 would evaluate it in every step: all variables have theirs given.
    """
    if cell.method != "exact" or cell.noisy:
        return {}
    every = {name: share(tau, cell, dt, adaptation=sign < 0) for name, (tau, sign) in decaying.items()}
    if cell.units is None:
        return {name: float(value) for name, value in every.items() if near(decaying[name][0], cell)}
    return {name: np.broadcast_to(value, (cell.units,)) for name, value in every.items()}


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

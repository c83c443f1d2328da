"""The exact update of leaky neurons with synapses as Brian2 derives it, written down: deriving it takes seconds.

Brian2 hands the equations to SymPy, which needs 0.1 s for a cell without synaptic variables and 4 s for one with three.
The text is the same for every such cell but for names, so it is kept here; a test compares it with what Brian2 derives.
The order of its operations is the one that the compiled engine repeats to the last bit.
"""

import re

_LEAK = re.compile(r"dv/dt = \(drive - v\)/tau_m : 1(?P<clamp> \(unless refractory\))?")
_DECAY = re.compile(r"d(?P<name>\w+)/dt = -(?P=name)/tau_(?P=name) : 1")
_DRIVE = re.compile(r"drive = I(?P<rest>( \+ s\w*)*) : 1")
_MANY = 10
"""SymPy orders terms by name, and s_10 comes before s_2."""


def exact_update(equations: str) -> str | None:
    """Abstract code of one step for the equations of a population; None where Brian2 has to derive it itself.

    Equation
        dv/dt = (drive - v)/tau_m, drive = I + sum of s_k, ds_k/dt = -s_k/tau_k, with I constant within the step;
        further variables may decay beside them
    """
    clamped, decaying, summed = None, [], None
    for line in equations.splitlines():
        if found := _LEAK.fullmatch(line):
            clamped = found["clamp"] is not None
        elif found := _DECAY.fullmatch(line):
            decaying.append(found["name"])
        elif found := _DRIVE.fullmatch(line):
            summed = found["rest"].split(" + ")[1:]
        elif line != "I : 1":
            return None
    if clamped is None or summed is None or not set(summed) <= set(decaying) or len(summed) >= _MANY:
        return None
    clamp = "*int(not_refractory)" if clamped else ""
    updates = {name: f"{name}*exp(-dt/tau_{name})" for name in decaying}
    arriving = [_reached(name, clamped) for name in sorted(summed)]
    updates["v"] = " + ".join([f"I - I*exp(-dt{clamp}/tau_m)", *arriving, f"v*exp(-dt{clamp}/tau_m)"])
    lines = [f"_{name} = {updates[name]}" for name in sorted(updates)]
    return "\n".join([*lines, *(f"{name} = _{name}" for name in sorted(updates))])


def _reached(name: str, clamped: bool) -> str:
    """What a synaptic variable adds to v within a step."""
    tau = f"tau_{name}"
    if not clamped:
        gap = f"(-exp(dt/tau_m) + exp(dt/{tau}))"
        return f"{name}*{tau}*{gap}*exp(-dt/tau_m)*exp(-dt/{tau})/(tau_m - {tau})"
    gap = f"(-exp(dt/{tau}) + exp(dt*int(not_refractory)/tau_m))"
    decay = f"exp(-dt/{tau})*exp(-dt*int(not_refractory)/tau_m)"
    return f"{name}*{tau}*{gap}*int(not_refractory)*{decay}/(-tau_m + {tau}*int(not_refractory))"

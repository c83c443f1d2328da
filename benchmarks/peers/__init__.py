"""Other libraries: one file each, found by its place.

A file says `LIBRARY`, the `MODULE` that has to be importable, `EXACT` (double precision and the same order of
operations: every spike must agree), `WORKS` (work -> function of the parameters that returns a function to be timed)
and, where its spikes cannot be the same, `OTHER` with the reason.
"""

import importlib
import importlib.util
import pkgutil

from benchmarks.entrants import PEER, Entrant

WITHOUT = {"ANNarchy": "no adapter"}
"""Libraries that one would ask for, and why there is no adapter."""


def adapters():
    """The modules of this folder, by name of the library."""
    found = (importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    return {module.LIBRARY: module for module in sorted(found, key=lambda module: module.LIBRARY.lower())}


def peers_of(p, work):
    """Entrants of a work, and a row (library, work, state) for each library that has an adapter for it."""
    entrants, rows = [], []
    for library, module in adapters().items():
        if work not in module.WORKS:
            continue
        here = importlib.util.find_spec(module.MODULE) is not None
        state = "left out" if not p.peers else "measured" if here else "not installed"
        rows.append((library, work, "; ".join([state, *filter(None, [getattr(module, "OTHER", "")])])))
        if here and p.peers:
            entrants.append(Entrant(library, PEER, module.WORKS[work](p), exact=module.EXACT))
    return entrants, rows

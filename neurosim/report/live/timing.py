"""Constants of the two rules of spike times."""

from typing import Any

from neurosim.plasticity import STDP, TripletSTDP


def given() -> dict[str, Any]:
    """Amplitudes and time constants of the rules as the package has them unless told otherwise."""
    return {"pair": _numbers(STDP()), "triplet": _numbers(TripletSTDP())}


def _numbers(rule: STDP | TripletSTDP) -> dict[str, float]:
    return {name: value for name, value in rule.as_dict().items() if name.startswith(("A", "tau"))}

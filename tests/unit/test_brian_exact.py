"""The exact update that is written down is what Brian2 derives, and only where it applies."""

import pytest

from neurosim.cells import LIF, AdaptiveLIF, HomeostaticLIF, PerfectIF
from neurosim.engines.brian import load_brian2
from neurosim.engines.brian_exact import exact_update


def equations(cell, synapses):
    names = ["s"] if synapses == 1 else [f"s_{number}" for number in range(synapses)]
    lines = [cell.equations, "I : 1", *(f"d{name}/dt = -{name}/tau_{name} : 1" for name in names)]
    return "\n".join([*lines, f"drive = {' + '.join(['I', *names])} : 1"])


def derived(cell, text):
    """Brian2's own derivation, by SymPy."""
    b = load_brian2()
    from brian2.stateupdaters.exact import linear

    taus = {name: 1e-3 * (3 + k) * b.second for k, name in enumerate(("tau_s", "tau_s_0", "tau_s_1", "tau_theta"))}
    namespace = {"tau_m": cell.tau_m * b.second, **taus}
    group = b.NeuronGroup(
        1, text, threshold="v > 1", reset="v = 0", refractory=cell.refractory * b.second, method="euler",
        namespace=namespace,
    )  # fmt: skip
    b.Network(group)
    return linear(group.equations, group.resolve_all(group.equations.identifiers, run_namespace=namespace))


# Three synaptic variables take SymPy 4 s; two already show the order of the terms.
@pytest.mark.parametrize("synapses", [0, 1, 2])
@pytest.mark.parametrize("cell", [LIF(), LIF(t_ref=0.0), HomeostaticLIF()], ids=["LIF", "t_ref=0", "homeostatic"])
def test_the_text_is_the_one_that_brian_derives(cell, synapses):
    text = equations(cell, synapses)
    assert exact_update(text) == derived(cell, text)


@pytest.mark.parametrize(
    "text",
    [
        equations(AdaptiveLIF(), 1),
        equations(PerfectIF(), 1),
        equations(LIF(sigma_stat=0.2), 1),
        equations(LIF(), 11),
        equations(LIF(), 1).replace("drive = I + s :", "drive = I + 2*s :"),
        equations(LIF(), 1).replace("-s/tau_s", "(1 - s)/tau_s"),
        equations(LIF(), 1).replace("ds/dt = -s/tau_s : 1\n", ""),
        "I : 1",
    ],
    ids=["adaptive", "perfect", "noisy", "many", "weighted", "resting", "undefined", "no membrane"],
)
def test_any_other_equations_are_left_to_brian(text):
    assert exact_update(text) is None

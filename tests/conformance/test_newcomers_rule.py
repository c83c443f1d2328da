"""A newcomer's rule: one file in the folder, nothing else touched, and the conformance tests run on it."""

import subprocess
import sys
from pathlib import Path

RULE = '''"""The covariance rule."""

from dataclasses import dataclass

from neurosim.params import Array, param
from neurosim.plasticity.base import RateRule, State


@dataclass(frozen=True, kw_only=True)
class Covariance(RateRule):
    """What fires together above its mean, or together below it, is wired together.

    Equation
        du = learning_rate * (x - x0) * (y - y0), the mean over trials
    Units
        u, x, y, learning_rate, x0 and y0 1
    Source
        Sejnowski, J Math Biol 4 (1977).
    """

    learning_rate: float = param(0.1, doc="learning rate", low=0)
    x0: float = param(0.5, doc="mean activity of the inputs", low=0)
    y0: float = param(0.5, doc="mean activity of the units", low=0)

    def change(self, u: Array, x: Array, y: Array, state: State) -> Array:
        return self.learning_rate * (y - self.y0).T @ (x - self.x0) / len(x)
'''
# Forgets to divide by the number of trials.
WRONG = RULE.replace(" / len(x)", "")

ON_EVERY_RUNG = """
import numpy as np
import neurosim as ns
from neurosim import activations, plasticity

rule = plasticity.Covariance(learning_rate=0.01, x0=20.0, y0=20.0)
feed = ns.Projection("ff", "x", "y", np.full((2, 3), 0.02), rule=rule)
circuit = ns.Circuit({"x": 3}, [ns.Population("y", 2)], [feed])
stimulus = ns.stimulus.constant(np.array([[40.0, 30.0, 5.0]]), "x")
relu = activations.ReLU(gain=40.0)
for cell in (ns.Unit(activation=relu), ns.LeakyRate(activation=relu), ns.LIF()):
    run = ns.learn(circuit, cell, stimulus, ns.Schedule(duration=0.3, settle=0.1), progress=False)
    y = ns.simulate(circuit.frozen(), cell, stimulus, ns.Schedule(duration=0.3, settle=0.1)).rates["y"][0]
    change = 0.01 * np.outer(y - 20.0, np.array([40.0, 30.0, 5.0]) - 20.0)
    expected = np.maximum(0, 0.02 + change)
    print(cell.level, y[0] > 20, np.allclose(run.circuit.projection("ff").dense(), expected, rtol=1e-6))
"""


def run(folder, rule, code):
    """Python code where a further folder holds one more file of `neurosim.plasticity`."""
    (folder / "covariance.py").write_text(rule)
    opened = f"import sys, neurosim.plasticity as family\nfamily.__path__.append({str(folder)!r})\n"
    return subprocess.run([sys.executable, "-c", opened + code], capture_output=True, text=True, check=False)


def conformance(folder, rule):
    file = str(Path(__file__).with_name("test_rule_conformance.py"))
    options = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-k", "Covariance", file]
    return run(folder, rule, f"import pytest\nsys.exit(pytest.main({options!r}))")


def test_it_is_found_and_passes_the_conformance_tests(tmp_path):
    done = conformance(tmp_path, RULE)
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout
    assert done.stdout.count(".") >= 1
    # Its docstring, saving, bad numbers, shape, purity, batches, unit and state: as many checks as the package's own.
    code = (
        "import neurosim\nprint([c.outcome for c in neurosim.check_component(family.Covariance)].count('holds') >= 30)"
    )
    assert run(tmp_path, RULE, code).stdout == "True\n"


def test_a_wrong_one_is_told(tmp_path):
    done = conformance(tmp_path, WRONG)
    assert done.returncode == 1
    assert "Covariance: 1 of" in done.stdout
    assert "a_batch_changes_by_the_mean_of_its_trials (" in done.stdout


def test_it_learns_on_every_rung(tmp_path):
    done = run(tmp_path, RULE, ON_EVERY_RUNG)
    assert done.stdout.split() == ["static", "True", "True", "rate", "True", "True", "spiking", "True", "True"], done

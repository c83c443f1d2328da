"""What the tests of an experiment share: `test_experiment_<name>.py` looks at `experiments/<name>.py` and a small run.

The small run has the parameters of the file's constant SMALL; without it, it is that of `small_runs`, which is compared
with frozen tables as well.
"""

import sys

import pytest
from small_runs import EXPERIMENTS, parameters, small_run

from neurosim.lab.experiment import load
from neurosim.lab.progress import Progress
from neurosim.lab.tables import load_tables, save_tables


@pytest.fixture(scope="module")
def experiment(request):
    """The experiment that the file tests."""
    return load(EXPERIMENTS / f"{request.path.stem.removeprefix('test_experiment_')}.py")


@pytest.fixture(scope="module")
def module(experiment):
    """The experiment's own functions, by name."""
    return sys.modules[experiment.compute.__module__]


@pytest.fixture(scope="module")
def settings(request, experiment):
    """The parameters of the small run, with some changed."""
    small = getattr(request.module, "SMALL", None) or parameters(experiment.name)
    return lambda **changes: experiment.settings(**{**small, **changes})


@pytest.fixture(scope="module")
def computed(request, experiment, settings):
    """The tables of the small run."""
    if hasattr(request.module, "SMALL"):
        return experiment.compute(settings(), Progress(enabled=False))
    return small_run(experiment.name).tables


@pytest.fixture(scope="module")
def tables(computed):
    """The tables that the tests look at: those of the small run, where a file has no others."""
    return computed


@pytest.fixture(scope="module")
def from_disk(experiment, computed, tmp_path_factory):
    """The tables of the small run, saved and read."""
    folder = tmp_path_factory.mktemp("result")
    save_tables(folder, computed, experiment.columns)
    return load_tables(folder)

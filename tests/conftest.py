"""How the tests run: the long ones first, the tests of a file in one process, a question's tests beside each other."""

import gc
import os

import pytest
from threadpoolctl import threadpool_limits

from neurosim.engines.compiled.machine_code import interpreted

# What the tests look at is the machine code, also where nobody has compiled it yet.
interpreted._ENOUGH = 0.0

APART = ("tests/conformance/test_compiled_equality.py", "tests/conformance/test_learning_equality.py")
"""Files whose tests take long and share nothing: they may go to several processes. (Those of the Cython target share
extensions, for which a second process would wait.)"""
QUESTIONS = (
    "tests/regression/test_question_tables.py",
    "tests/architecture/test_questions.py",
    "tests/claims/test_rules.py",
)
"""Files with a few tests for every question."""
LONG = (
    "tests/conformance/test_cython",
    "tests/figures/",
    "tests/conformance/",
    "question ",
    "tests/unit/test_question_",
    "tests/regression/",
    "tests/analytic/",
)
"""What takes longest, in this order; the many short tests at the end even out who is done first. The figures keep the
second process busy while the first translates the compiled engine's code for both."""


def scope(nodeid):
    """Tests of one scope run in one process and share fixtures and caches."""
    path, _, test = nodeid.partition("::")
    if path in QUESTIONS and "[" in test:
        # The small run that is compared is the one that is concluded from and drawn.
        return f"question {test.partition('[')[2].rstrip(']').partition(' ')[0]}"
    if "single_precision" in test:
        return f"{path} in single precision"  # one process translates its code
    return nodeid if path in APART else path


def rank(nodeid):
    return next((number for number, start in enumerate(LONG) if nodeid.startswith(start)), len(LONG))


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="also the tests marked long: each has a shorter relative")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    if not config.getoption("--long"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("long")])
        items[:] = [item for item in items if not item.get_closest_marker("long")]
    items.sort(key=lambda item: rank(scope(item.nodeid)))


def pytest_collection_finish():
    # Brian2 collects garbage before every run, and what has been imported by now is none: a quarter of a second each.
    gc.collect()
    gc.freeze()
    if "PYTEST_XDIST_WORKER" in os.environ:
        # Each process has its core; more threads would wait for each other. (No variable: tests start processes, too.)
        threadpool_limits(1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadScopeScheduling

    if config.getoption("dist") != "load":
        return None

    class ByScope(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return scope(nodeid)

    config.option.loadscopereorder = False
    return ByScope(config, log)

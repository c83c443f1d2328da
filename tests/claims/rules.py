"""Tables under which a claim's rule decides one way or the other.

A chapter's file `tests/claims/<chapter>.py` (or its files `<chapter>_<part>.py`) holds `TABLES`: claim -> verdict -> a
function that takes the tables of the question's small run as three replicates (copies, to be changed at will) and
returns nothing: it writes into them what would have been measured. Only measured columns may be written, never a
parameter.
"""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

from small_questions import QUESTIONS, replicates

from neurosim.lab.claims import of_real_networks
from neurosim.lab.findings import NOT_SUPPORTED, SUPPORTED, UNDECIDED
from neurosim.lab.outcome import _findings
from neurosim.lab.question import ask

WAYS = (SUPPORTED, NOT_SUPPORTED, UNDECIDED)
CHAPTERS = sorted(path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith(("test_", "rules")))


def tables_of(chapter):
    """`TABLES` of a chapter's file."""
    spec = importlib.util.spec_from_file_location(f"claims_{chapter.stem}", chapter)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.TABLES


def findings(name, change=lambda t: None):
    """The findings of a question on its small run's tables after a change."""
    t = SimpleNamespace(**{table: frame.reset_index(drop=True) for table, frame in vars(replicates(name)).items()})
    change(t)
    return _findings(ask(QUESTIONS[name]), t)


def put(table, column, value, where=None, scatter=0.0):
    """A function that writes a value into a measured column, everywhere or in the rows of a query.

    With -scatter, 0 and +scatter by seed (three seeds: 0, 1, 2).
    """

    def change(t):
        frame = getattr(t, table)
        rows = frame.index if where is None else frame.query(where).index
        assert len(rows), where
        offsets = frame.loc[rows, "seed"].map({0: -scatter, 1: 0.0, 2: scatter}) if scatter else 0.0
        frame[column] = frame[column].astype(float)
        frame.loc[rows, column] = value + offsets

    return change


def both(*changes):
    """All of some changes."""

    def change(t):
        for each in changes:
            each(t)

    return change


def scattered(table, column, wheres):
    """A function that writes a value per seed into a measured column, in the rows of each query."""
    return both(
        *(
            put(table, column, value, f"({where}) and seed == {seed}")
            for where, values in wheres.items()
            for seed, value in enumerate(values)
        )
    )


# Last: the chapters' files take these functions from here.
ALL = {
    (claim, of_real_networks(f"{chapter.stem.partition('_')[0]}/")): ways
    for chapter in CHAPTERS
    for claim, ways in tables_of(chapter).items()
}
"""(claim, whether real networks are asked) -> verdict -> its tables."""

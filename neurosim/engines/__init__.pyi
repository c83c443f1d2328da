"""Engines close the loop in time. One file each; an engine put in this folder is found without editing another file."""

# Written by `python docs/generate.py`; edit the code or experiments/claims.csv instead.

from neurosim.cells.base import Level
from neurosim.engines.base import Engine as Engine
from neurosim.engines.base import Job as Job
from neurosim.engines.brian.engine import Brian as Brian
from neurosim.engines.compiled.engine import Compiled as Compiled
from neurosim.engines.rate import Rate as Rate
from neurosim.engines.static import Static as Static
from neurosim.engines.timed import Timed as Timed

def known() -> dict[str, type[Engine]]:
    ...

def choices(level: Level) -> tuple[str, ...]:
    ...

"""How far a run is: a function that is told, and a bar that shows it where somebody looks."""

import importlib
import importlib.util
import sys
import time
from collections.abc import Callable
from typing import Any

from neurosim.gate import function, shown
from neurosim.params import DimensionError

Progress = Callable[[float], None]
"""Called with the completed fraction of the run."""

_EXPECTED = "True, False, None or a function of the fraction done"


def no_progress(fraction: float) -> None:
    """A silent progress callback."""


class progress_bar:  # noqa: N801 - a context manager that reads as a word
    """A progress bar that appears after two seconds, or at once, or never."""

    def __init__(self, progress: bool | Progress | None, title: str = "simulate") -> None:
        if not (progress is None or isinstance(progress, bool) or callable(progress)):
            raise DimensionError(f"{title}: progress: got {shown(progress)}, expected {_EXPECTED}")
        if callable(progress):
            function(progress, 1, f"{title}: progress", _EXPECTED)
        self.progress = progress
        self.title = title
        self.bar: Any = None
        self.started = time.perf_counter()

    def __enter__(self) -> Progress:
        if self.progress is False:
            return no_progress
        if self.progress is None or self.progress is True:
            return self._show
        return self.progress

    def _show(self, fraction: float) -> None:
        late = time.perf_counter() - self.started > 2.0
        if self.bar is None and (self.progress or late) and fraction < 1.0:
            # A notebook shows widgets where it can; in a log file a bar is noise (disable=None asks for a terminal).
            notebook = "ipykernel" in sys.modules
            kind = "tqdm.notebook" if notebook and importlib.util.find_spec("ipywidgets") else "tqdm"
            self.bar = importlib.import_module(kind).tqdm(
                total=100, desc=self.title, unit="%", leave=False, mininterval=0.5, disable=False if notebook else None
            )
        if self.bar is not None:
            self.bar.update(round(100 * fraction) - self.bar.n)

    def __exit__(self, *exception: object) -> None:
        if self.bar is not None:
            self.bar.close()

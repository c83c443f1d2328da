"""Progress that behaves: a bar in a terminal and a notebook, rare plain lines in a log file, nothing when silenced."""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import Any, TextIO, TypeVar

T = TypeVar("T")


class Progress:
    """Handed to `compute`: `for seed in progress(range(5), "seeds"): ...`; and it notes what the run should remember.

    Args:
        enabled: False for silence (also the right value to hand on to `simulate(progress=...)`).
        stream: where to write; standard error when not given.
        every: shortest time between two lines in a log file.
    Units
        every: s
    """

    def __init__(self, enabled: bool = True, stream: TextIO | None = None, every: float = 5.0) -> None:
        self.enabled = enabled
        self.notes: dict[str, Any] = {}
        self._stream = stream
        self._every = every
        self._last = time.monotonic()

    def __call__(self, items: Iterable[T], what: str = "", total: int | None = None) -> Iterator[T]:
        """Go through the items and show how far it is."""
        if total is None and isinstance(items, Sized):
            total = len(items)
        stream = self._stream or sys.stderr
        if not self.enabled:
            yield from items
        elif stream.isatty() or _in_notebook():
            yield from _bar(items, what, total, stream)
        else:
            for count, item in enumerate(items, start=1):
                yield item
                self.line(f"{what or 'step'}: {count}" + (f" of {total}" if total else ""))

    def line(self, text: str) -> None:
        """One line into a log file, unless the last one was written a moment ago."""
        now = time.monotonic()
        if self.enabled and now - self._last >= self._every:
            print(text, file=self._stream or sys.stderr, flush=True)
            self._last = now

    def note(self, **facts: Any) -> None:
        """Remember facts for run.json, such as `progress.note(engine="brian")`; an engine named twice is kept twice."""
        for name, value in facts.items():
            known = self.notes.setdefault(name, [])
            if value not in known:
                known.append(value)


def _bar(items: Iterable[T], what: str, total: int | None, stream: TextIO) -> Iterator[T]:
    bar: Any
    if _in_notebook() and _has_widgets():
        from tqdm.notebook import tqdm as notebook_bar

        bar = notebook_bar(items, desc=what, total=total, leave=False)
    else:
        from tqdm import tqdm

        bar = tqdm(items, desc=what, total=total, leave=False, file=stream, dynamic_ncols=True)
    yield from bar


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    return type(shell).__name__ == "ZMQInteractiveShell"


def _has_widgets() -> bool:
    import importlib.util

    return importlib.util.find_spec("ipywidgets") is not None

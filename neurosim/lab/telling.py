"""What a person is told while something runs, and when it did not come to its end."""

import sys
import time


class FailedError(RuntimeError):
    """A run of which some tasks could not be computed; the message says which and why."""


def say(text: str) -> None:
    """A line for the person, kept apart from the output."""
    print(text, file=sys.stderr, flush=True)


def stamp() -> str:
    """The time of day in front of a line that goes to a file; nothing at a terminal."""
    return "" if sys.stderr.isatty() else f"{time.strftime('%H:%M:%S')} "


def silent(text: str) -> None:
    """For who asked for silence."""

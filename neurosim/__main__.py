"""`neurosim` and `python -m neurosim`."""

import contextlib
import os
import signal
import sys
from types import FrameType


def main() -> None:
    """The command; does not return.

    Imports take half a second. An interruption in that time ends the program at once: raised as an exception, it could
    come out of any library as a traceback or as another error.
    """
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGINT, _end)
    from neurosim.commands import entry
    from neurosim.lab.interrupt import exit_code

    try:
        code = entry(sys.argv[1:])
    except KeyboardInterrupt:  # a second one, while the first was being told
        code = exit_code()
    sys.exit(code)


def _end(number: int, frame: FrameType | None) -> None:
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    os.write(2, b"interrupted\n")
    os._exit(128 + number)


if __name__ == "__main__":
    main()

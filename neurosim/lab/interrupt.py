"""Ctrl-C that is obeyed in seconds, also while compiled code is running or a library has swallowed the signal."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EXIT_INTERRUPTED = 130
GRACE = 4.0
"""Seconds between the signal and the end, when the program does not unwind by itself."""


@contextmanager
def interruptible(farewell: Callable[[], str], grace: float = GRACE) -> Iterator[None]:
    """Turn SIGINT into KeyboardInterrupt, and end the process with 130 if that is not followed within `grace` seconds.

    The kernel's signal is seen by a thread of its own through the wake-up pipe, so that neither a long call into
    compiled code nor another handler (Brian2 installs one during a run) can hide it. Nothing needs to be tidied up: a
    claim whose process is gone is recognised by the next run.

    Args:
        farewell: the text to print before the process is ended.
        grace: seconds to wait.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    left = threading.Event()
    interrupted = threading.Event()

    def watch() -> None:
        while signals := os.read(reader, 64):
            if signal.SIGINT in signals:
                interrupted.set()
                if not left.wait(grace):
                    print(farewell(), file=sys.stderr, flush=True)
                    os._exit(EXIT_INTERRUPTED)

    old_handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    old_pipe = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        left.set()
        signal.set_wakeup_fd(old_pipe)
        signal.signal(signal.SIGINT, old_handler)
        os.close(writer)
        watcher.join()  # it has read the pipe to its end: a signal of the last moment is known now
        os.close(reader)
    if interrupted.is_set():
        raise KeyboardInterrupt

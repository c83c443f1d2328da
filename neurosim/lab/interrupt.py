"""Ctrl-C that is obeyed in seconds, also while compiled code is running or a library has swallowed the signal."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EXIT_INTERRUPTED = 130
_ENDING = (signal.SIGINT, signal.SIGTERM)
GRACE = 4.0
"""Seconds between the signal and the end, when the program does not unwind by itself."""


@contextmanager
def interruptible(farewell: Callable[[], str], grace: float = GRACE) -> Iterator[None]:
    """Turn Ctrl-C (and a request to terminate) into KeyboardInterrupt, and end the process if that is not followed.

    The kernel's signal is seen by a thread of its own through Python's wake-up socket, so that neither a long call into
    compiled code nor another handler (Brian2 installs one during a run) can hide it. Nothing needs to be tidied up: a
    claim whose process is gone is recognised by the next run.

    Args:
        farewell: the text to print before the process is ended.
        grace: seconds from the signal to the end with exit code 130.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    import socket

    reader, writer = socket.socketpair()
    writer.setblocking(False)
    left = threading.Event()
    interrupted = threading.Event()

    def watch() -> None:
        while signals := reader.recv(64):
            if set(signals) & set(_ENDING):
                interrupted.set()
                if not left.wait(grace):
                    print(farewell(), file=sys.stderr, flush=True)
                    os._exit(EXIT_INTERRUPTED)

    old_handlers = {number: signal.signal(number, signal.default_int_handler) for number in _ENDING}
    old_pipe = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        left.set()
        signal.set_wakeup_fd(old_pipe)
        for number, handler in old_handlers.items():
            signal.signal(number, handler)
        writer.close()
        watcher.join()  # it has read everything: a signal of the last moment is known now
        reader.close()
    if interrupted.is_set():
        raise KeyboardInterrupt

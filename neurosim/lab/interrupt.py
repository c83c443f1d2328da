"""Ctrl-C that is obeyed in seconds, also while compiled code is running or a library has swallowed the signal."""

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EXIT_INTERRUPTED = 130
"""128 and the number of SIGINT; after SIGTERM it is 143, as the shell counts."""
_received = int(signal.SIGINT)
_ENDING = (signal.SIGINT, signal.SIGTERM)
GRACE = 4.0
"""Seconds between the signal and the end, when the program does not unwind by itself."""
_PATIENCE = 0.05
"""Seconds until an interruption that was lost is raised once more."""


def exit_code() -> int:
    """What a program ends with that was interrupted: 128 and the number of the signal."""
    return 128 + _received


@contextmanager
def interruptible(farewell: Callable[[], str], grace: float = GRACE) -> Iterator[None]:
    """Turn Ctrl-C (and a request to terminate) into KeyboardInterrupt, and end the process if that is not followed.

    The kernel's signal is seen by a thread of its own through Python's wake-up socket, so that neither a long call into
    compiled code nor another handler (Brian2 installs one during a run) can hide it. Nothing needs to be tidied up: a
    claim whose process is gone is recognised by the next run. An exception inside a callback of the interpreter (every
    import runs some) goes nowhere but to `sys.unraisablehook`: there it is noticed, and raised once more.

    Args:
        farewell: the text to print before the process is ended.
        grace: seconds from the signal to the end with `exit_code()`.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    import socket

    reader, writer = socket.socketpair()
    writer.setblocking(False)
    main = threading.get_ident()
    left = threading.Event()
    interrupted = threading.Event()
    lost = threading.Event()

    def watch() -> None:
        while signals := reader.recv(64):
            if found := [number for number in signals if number in _ENDING]:
                global _received
                _received = found[0]
                interrupted.set()
                end = time.monotonic() + grace
                while not left.wait(_PATIENCE):
                    if time.monotonic() >= end:
                        print(farewell(), file=sys.stderr, flush=True)
                        os._exit(exit_code())
                    if lost.is_set():
                        lost.clear()
                        _interrupt_once_more(main)

    def notice(unraisable: "sys.UnraisableHookArgs") -> None:
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            lost.set()
        else:
            old_hook(unraisable)

    old_hook, sys.unraisablehook = sys.unraisablehook, notice
    old_handlers = {number: signal.signal(number, signal.default_int_handler) for number in _ENDING}
    old_pipe = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        try:
            yield
        finally:
            left.set()
            sys.unraisablehook = old_hook
            signal.set_wakeup_fd(old_pipe)
            for number, handler in old_handlers.items():
                signal.signal(number, handler)
            writer.close()
            watcher.join()  # it has read everything: a signal of the last moment is known now
            reader.close()
    except Exception:  # of an import that was interrupted a library may make an error of its own
        if not interrupted.is_set():
            raise
    if interrupted.is_set():
        raise KeyboardInterrupt


def _interrupt_once_more(thread: int) -> None:
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:  # a signal also wakes a thread that waits in the system
        signal.pthread_kill(thread, signal.SIGINT)

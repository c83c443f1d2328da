"""Which functions of the package a test calls: a plugin of pytest that notes them, test by test, with the seconds."""

import json
import sys
import threading
import time
from pathlib import Path

import pytest


class Reach:
    """Notes every function under a folder that is called while a test runs, its fixtures included."""

    def __init__(self, folder: Path, into: Path) -> None:
        self.folder, self.into = f"{folder}/", into
        self.called: set[str] = set()
        self.names: dict[object, str | None] = {}
        self.failed = False

    def trace(self, frame, event, argument):  # type: ignore[no-untyped-def]
        code = frame.f_code
        if code not in self.names:
            inside = code.co_filename.startswith(self.folder)
            path = code.co_filename.removeprefix(self.folder)
            self.names[code] = f"{path}::{code.co_qualname}" if inside else None
        if name := self.names[code]:
            self.called.add(name)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item):  # type: ignore[no-untyped-def]
        self.called, self.failed, start = set(), False, time.perf_counter()
        threading.settrace(self.trace)
        sys.settrace(self.trace)
        yield
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        if not self.failed:
            seconds = round(time.perf_counter() - start, 3)
            with self.into.open("a", encoding="utf-8") as file:
                file.write(json.dumps([item.nodeid, seconds, sorted(self.called)]) + "\n")

    def pytest_runtest_logreport(self, report):  # type: ignore[no-untyped-def]
        self.failed |= not report.passed

"""Ctrl-C that is obeyed, also where a library swallows it."""

import os
import signal
import subprocess
import sys

import pytest
import toy_question
from toy_question import ROOT

from neurosim.__main__ import main

STUBBORN = """
import time
from neurosim.lab.interrupt import interruptible

with interruptible(lambda: "farewell", grace=0.3):
    while True:
        try:
            print("ready", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            pass
"""

SWALLOWED = """
import time
from neurosim.lab.interrupt import interruptible

try:
    with interruptible(lambda: "farewell", grace=60):
        try:
            print("ready", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            pass
except KeyboardInterrupt:
    raise SystemExit(130)
raise SystemExit(0)
"""


IN_A_CALLBACK = """
import time
import weakref
from neurosim.lab.interrupt import interruptible

class Thing:
    pass

def forgotten(_):
    print("ready", flush=True)
    time.sleep(60)

try:
    with interruptible(lambda: "farewell", grace=60):
        thing = Thing()
        reference = weakref.ref(thing, forgotten)
        del thing  # calls back now; what is raised in there cannot get out
        time.sleep(60)
except KeyboardInterrupt:
    raise SystemExit(130)
raise SystemExit(0)
"""


MADE_INTO_AN_ERROR = """
import time
from neurosim.lab.interrupt import interruptible

try:
    with interruptible(lambda: "farewell", grace=60):
        try:
            print("ready", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            raise ImportError("a library's own words")
except KeyboardInterrupt:
    raise SystemExit(130)
raise SystemExit(0)
"""


@pytest.mark.parametrize(
    ("program", "said"), [(STUBBORN, "farewell\n"), (SWALLOWED, ""), (IN_A_CALLBACK, ""), (MADE_INTO_AN_ERROR, "")]
)
def test_ctrl_c_works_also_where_a_library_swallows_it(tmp_path, program, said):
    (tmp_path / "program.py").write_text(program)
    process = subprocess.Popen(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=200)
    assert (process.returncode, errors) == (130, said)


RUNG = """
import os
import signal
import sys

name = sys.argv.pop(1)

class Bell:
    def find_spec(self, wanted, path=None, target=None):
        if wanted == name:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Bell())
sys.argv[0] = "neurosim"
from neurosim.__main__ import main
main()
"""


IMPORTED = ("neurosim.commands", "neurosim.params", "numpy", "numpy._core.multiarray", "datetime")


@pytest.mark.parametrize("name", IMPORTED)
def test_ctrl_c_while_the_command_is_imported_is_quiet(tmp_path, name):
    words = [sys.executable, "-c", RUNG, name, "run", "inhibition/mach_bands", "--quick", "--dry-run"]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert (found.returncode, found.stdout) == (130, "")
    assert found.stderr.splitlines()[0].startswith("interrupted")
    assert "Traceback" not in found.stderr


def test_a_second_ctrl_c_while_the_first_is_told_ends_the_command_with_its_code(monkeypatch):
    def told(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("neurosim.commands.entry", told)
    before = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.value.code == 130


def test_a_question_keeps_its_words_where_python_leaves_docstrings_out(tmp_path):
    path = toy_question.write(tmp_path)
    code = f"from neurosim.lab import ask; print(ask({str(path)!r}).title)"
    done = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "Does a parabola pass through its points?"

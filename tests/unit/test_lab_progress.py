"""Progress: a bar in a terminal, rare lines in a log, silence on request."""

import io

from neurosim.lab import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_that_wipes_itself_away():
    stream = Terminal()
    assert list(Progress(stream=stream)("abc", "letters")) == ["a", "b", "c"]
    assert "letters: 100%" in stream.getvalue() or "letters:   0%" in stream.getvalue()
    assert "\n" not in stream.getvalue()


def test_a_log_gets_plain_lines():
    stream = io.StringIO()
    assert list(Progress(stream=stream, every=0.0)(range(2), "seeds")) == [0, 1]
    assert stream.getvalue() == "seeds: 1 of 2\nseeds: 2 of 2\n"


def test_a_log_is_not_flooded():
    stream = io.StringIO()
    list(Progress(stream=stream)(range(100_000), "seeds"))  # takes milliseconds, and a line is due every 5 s
    assert stream.getvalue() == ""


def test_silence():
    for stream in (io.StringIO(), Terminal()):
        assert list(Progress(enabled=False, stream=stream, every=0.0)(iter("ab"))) == ["a", "b"]
        assert stream.getvalue() == ""


def test_notes_are_kept_once():
    progress = Progress()
    for engine in ("brian", "rate", "brian"):
        progress.note(engine=engine)
    assert progress.notes == {"engine": ["brian", "rate"]}

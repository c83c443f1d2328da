"""What a row of the record depends on."""

import hashlib
import json
from functools import cache
from pathlib import Path

from neurosim.lab.code import bare, reached
from neurosim.lab.question import Question


def digests(question: Question) -> dict[str, str]:
    """What a row of the record depends on: the full run's parameters, and the code of numbers and rules."""
    settings = question.settings()
    values = json.dumps({name: repr(getattr(settings, name)) for name in sorted(settings.info())})
    return {
        "parameters": hashlib.sha256(values.encode()).hexdigest()[:12],
        "numbers": reached(question.path, ("compute", "Parameters")),
        "rule": hashlib.sha256((reached(question.path, ("findings",)) + _judging()).encode()).hexdigest()[:16],
    }


@cache
def _judging() -> str:
    """Digest of the laboratory's own part in a verdict."""
    texts = (bare(Path(__file__).with_name(name)) for name in ("findings.py", "verdicts.py"))
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()

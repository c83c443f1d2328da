"""Numbers and texts as a reader wants them: short, with unit, and docstrings as paragraphs and lists."""

import re
from typing import Any

SYMBOLS = {
    "holds": "✓",
    "fails": "✗",
    "supported": "●",
    "partly": "◐",
    "not supported": "○",
    "undecided": "?",
    "definition": "≡",
    "not testable here": "–",
    "not tested yet": "·",
}
"""A sign for each verdict, so that its colour is never all there is."""


def number(value: Any, digits: int = 4) -> str:
    """A value in few digits; whole numbers whole, words as they are."""
    if value is None or (isinstance(value, float) and value != value):
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).replace(">=", "≥").replace("<=", "≤")
    if float(value).is_integer() and abs(value) < 1e7:
        return str(int(value)).replace("-", "−")
    return f"{value:.{digits}g}".replace("-", "−")


def sentence(text: str) -> str:
    """The text with a capital, a full stop and minus signs."""
    text = re.sub(r"(?<![\w.)])-(?=\.?\d)", "−", text.strip())
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) or not text else ".")


_WRITTEN = {"f i": "f-I", "gelu": "GELU", "bcm": "BCM", "stdp": "STDP", "xor": "XOR", "lif": "LIF"}


def label(stem: str) -> str:
    """The name of a question's file as one writes it."""
    text = stem.replace("_", " ")
    for plain, written in _WRITTEN.items():
        text = re.sub(rf"\b{plain}\b", written, text)
    return text[:1].upper() + text[1:] if text.split()[0] not in _WRITTEN.values() else text


def with_unit(value: Any, unit: str, digits: int = 4) -> str:
    """A value with its unit, unless it has none or is a word."""
    text = number(value, digits)
    return text if unit in ("", "1") or not isinstance(value, int | float) else f"{text} {unit}"


def interval(low: float | None, high: float | None) -> str:
    """An interval in brackets after a space, or nothing."""
    return "" if low is None or high is None else f" [{number(low)}, {number(high)}]"


def size(count: int) -> str:
    """A number of bytes for a person."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def blocks(text: str) -> list[tuple[str, Any]]:
    """A docstring as a list of ("p", text), ("ul", items) and ("pre", text)."""
    made: list[tuple[str, Any]] = []
    for part in re.split(r"\n\s*\n", text.strip("\n")):
        lines = part.splitlines()
        if not part.strip():
            continue
        if re.match(r"\s*[*-] ", lines[0]):
            joined = re.sub(r"\n\s+(?![*-] )", " ", "\n".join(line.strip("\n") for line in lines))
            made.append(("ul", [re.sub(r"^\s*[*-] ", "", item) for item in joined.splitlines()]))
        elif all(line.startswith("    ") for line in lines):
            made.append(("pre", "\n".join(line[4:] for line in lines)))
        else:
            made.append(("p", " ".join(line.strip() for line in lines)))
    return made

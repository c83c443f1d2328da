"""Lines that Brian2 derived from equations, kept in the user's cache: SymPy takes 0.8 to 2.4 s for those of a circuit.

A file holds the lines below their checksum; what is damaged, or cannot be read or written, is derived again.
"""

import contextlib
import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from neurosim.files import cache_folder, write_bytes


def key(method: str, equations: str, variables: Mapping[str, Any], options: str, own: Mapping[str, Any]) -> str | None:
    """Name of the lines: everything that a derivation looks at, versions included.

    None where a function is none of `own`, Brian2's by their names, since another may bear its name.
    """
    kinds = []
    for name, variable in sorted(variables.items()):
        kind = kind_of(variable)
        if not isinstance(kind[0], str):
            if own.get(name) is not variable:
                return None
            kind = (name,)
        kinds.append((name, *kind))
    asked = (version("brian2"), version("sympy"), method, equations, kinds, options)
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def kind_of(variable: Any) -> tuple[Any, ...]:
    """What a derivation may look at: everything but the value and the number of cells (functions: which one it is)."""
    if not hasattr(variable, "dtype"):
        return (variable,)
    parts = ("dtype", "dim", "constant", "scalar", "read_only")
    return (type(variable).__name__, *(str(getattr(variable, part)) for part in parts))


def read(name: str) -> str | None:
    """The lines of this name, if they are here undamaged."""
    try:
        content = (cache_folder() / "brian2" / name).read_bytes()
    except OSError:
        return None
    checksum, _, lines = content.partition(b"\n")
    return lines.decode() if checksum.decode(errors="replace") == hashlib.sha256(lines).hexdigest() else None


def write(name: str, lines: str) -> None:
    """Keep lines under this name, if that can be."""
    content, path = lines.encode(), cache_folder() / "brian2" / name
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)

"""What `compute` gets as `lab`: the package's procedures with the run's seed and engine, and what questions share."""

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import numpy as np

from neurosim.lab.code import numbers_code
from neurosim.lab.packing import pack, unpack
from neurosim.lab.storage import plain_json
from neurosim.lab.store import BusyError, claimed, read_part, write_part
from neurosim.params import ParameterError, Params
from neurosim.randomness import stream

T = TypeVar("T")
_PATIENCE = 0.2
"""Seconds between two looks at what another process is preparing."""


class Lab:
    """One replicate's laboratory.

    `notes` is what the run's record keeps of it (engines that ran, ...), `shared` which preparations it used.
    """

    def __init__(self, parameters: Params, seed: int, out: Path) -> None:
        self.parameters, self.seed, self.out = parameters, seed, out
        self.notes: dict[str, list[Any]] = {}
        self.shared: list[str] = []

    def simulate(self, *arguments: Any, **options: Any) -> Any:
        """[simulate][neurosim.simulate.simulate] with the replicate's seed and the question's engine, noted."""
        from neurosim.simulate import simulate

        run = simulate(*arguments, **self._usual(options, engine=True))
        self.note(engine=run.provenance["engine"])
        self._models(arguments, options)
        return run

    def learn(self, *arguments: Any, **options: Any) -> Any:
        """[learn][neurosim.learning.run.learn] with the replicate's seed and the question's engine, noted."""
        from neurosim.learning import learn

        run = learn(*arguments, **self._usual(options, engine=True))
        if engine := run.provenance.get("engine"):
            self.note(engine=engine)
        self._models(arguments, options)
        return run

    def train(self, *arguments: Any, **options: Any) -> Any:
        """[train][neurosim.training.run.train] with the replicate's seed."""
        from neurosim.training import train

        return train(*arguments, **self._usual(options))

    def stream(self, name: str, *keys: int | str) -> np.random.Generator:
        """A named random stream of this replicate."""
        return stream(self.seed, name, *keys)

    def note(self, **facts: Any) -> None:
        """Remember facts for the record, such as `lab.note(engine="brian")`; two values of one name are both kept."""
        for name, value in facts.items():
            known = self.notes.setdefault(name, [])
            if value not in known:
                known.append(value)

    def once(self, function: Callable[[Any, int], T], p: Params, seed: int) -> T:
        """`function(p, seed)`, computed once for all questions and found again by parameters, seed and code.

        Where the function says that it takes `p: Kind`, a parameter set of a class derived from Kind is cut down to
        Kind's own parameters: questions whose `Parameters` extend one Kind share what is made from it. The function
        stands at the top level of a file of the chapter, and returns numbers, texts, arrays, data frames, circuits,
        networks and parameter sets, or dictionaries, lists and tuples of them.

        Raises:
            ParameterError: the function stands somewhere else, or returns what cannot be stored.
        """
        name = f"{function.__module__}.{function.__qualname__}"
        p = _cut(function, p)
        if "<" in function.__qualname__ or "." in function.__qualname__:
            raise ParameterError(f"lab.once: got {name}, expected a function at the top level of its file")
        path = self.out / "parts" / "shared" / name / f"{_digest(function, name, p, seed)}.part"
        self.shared.append(f"{name}:{path.stem}")
        while True:
            if (found := read_part(path)) is not None:
                return unpack(*found)  # type: ignore[no-any-return]
            try:
                with claimed(path):
                    value = function(p, seed)
                    arrays, tree = pack(value, f"lab.once({name})")
                    write_part(path, arrays, tree)
                    return unpack(arrays, json.loads(json.dumps(tree)))  # type: ignore[no-any-return]
            except BusyError:
                import time

                time.sleep(_PATIENCE)

    def _models(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        """Note the classes of cells and rules: whose literature a result rests on."""
        circuit = arguments[0] if arguments else options["circuit"]
        cells = arguments[1] if len(arguments) > 1 else options["cells"]
        every = cells.values() if isinstance(cells, Mapping) else (cells,)
        rules = [p.rule for p in circuit.projections if p.rule is not None]
        laws = [law for population in circuit.populations for law in population.homeostasis]
        for model in (*every, *rules, *laws):
            self.note(models=type(model).__name__)

    def _usual(self, options: dict[str, Any], *, engine: bool = False) -> dict[str, Any]:
        usual: dict[str, Any] = {"seed": self.seed, "progress": False}
        if engine and hasattr(self.parameters, "engine"):
            usual["engine"] = self.parameters.engine
        return usual | options


def _cut(function: Callable[..., Any], p: Params) -> Params:
    kind = get_type_hints(function).get(next(iter(inspect.signature(function).parameters)))
    if not (isinstance(kind, type) and issubclass(kind, Params) and isinstance(p, kind)):
        return p
    return kind(**{name: getattr(p, name) for name in kind.info()})


def _digest(function: Callable[..., Any], name: str, p: Params, seed: int) -> str:
    content = {
        "function": name,
        "seed": seed,
        "code": numbers_code(Path(inspect.getfile(function)), function.__name__),
        "parameters": plain_json(p.as_dict()),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:20]

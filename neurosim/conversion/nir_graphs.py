"""NIR graphs in and out: spiking circuits in the Neuromorphic Intermediate Representation (needs the extra "nir")."""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.cells.base import Cell
from neurosim.cells.lif import LIF
from neurosim.cells.perfect_if import PerfectIF
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.conversion.imported import ImportedNetwork
from neurosim.files import write_bytes
from neurosim.meant import cells_of
from neurosim.params import Array, DimensionError, ParameterError, finite

_TAU = 20e-3
"""Time in s in which a drive of 1 takes a perfect integrator to its threshold; with the weights it makes NIR's r."""
_CELLS = ("LIF", "IF")
_MAPS = ("Affine", "Linear")


def is_graph(source: Any) -> bool:
    """Whether this is a NIR graph, by its looks: nir is not imported."""
    return type(source).__name__ == "NIRGraph" and hasattr(source, "nodes") and hasattr(source, "edges")


def from_nir(graph: Any) -> ImportedNetwork:
    """A circuit of spiking cells from a NIR graph of LIF, IF, Affine and Linear nodes between Input and Output.

    Equation
        LIF: tau v' = (v_leak - v) + r I becomes drive = r I/(v_threshold - v_leak), v and v_reset from rest 0 to
        threshold 1; IF: v' = r I becomes drive = 20 ms * r I/v_threshold. A spike is a pulse of area 1, so a weight is
        the area of the current that it causes; cells start at rest (LIF) or 0 (IF).
    Shapes
        one-dimensional nodes; parameters of a node hold one value per unit
    Raises:
        ParameterError: a node that no circuit here stands for; the message names it.
    Source
        Pedersen et al., Nat Commun 15:8122 (2024) (NIR's nodes and their equations).
    """
    if not is_graph(graph):
        raise DimensionError(f"from_nir: graph: got {type(graph).__name__}, expected a nir.NIRGraph")
    names = _names(graph.nodes)
    kinds = {node: type(value).__name__ for node, value in graph.nodes.items()}
    for node, kind in kinds.items():
        if kind not in (*_CELLS, *_MAPS, "Input", "Output"):
            known = ", ".join((*_CELLS, *_MAPS, "Input", "Output"))
            raise ParameterError(f"from_nir: node {node!r} ({kind}): cannot be converted, expected one of {known}")
    edges = list(dict.fromkeys((str(a), str(b)) for a, b in graph.edges))
    _check_edges(edges, kinds)
    inputs = [Input(names[node], _width(graph.nodes[node], node)) for node, kind in kinds.items() if kind == "Input"]
    populations, projections, cells = [], [], {}
    for node, kind in kinds.items():
        if kind not in _CELLS:
            continue
        cell, factor = _cell(graph.nodes[node], kind, f"from_nir: node {node!r} ({kind})")
        bias = np.zeros(len(factor))
        for source in (a for a, b in edges if b == node):
            weights, shift = _map(graph.nodes[source], kinds[source], len(factor), f"from_nir: node {source!r}")
            bias = bias + factor * shift
            feeding = [a for a, b in edges if b == source] if kinds[source] in _MAPS else [source]
            for pre in feeding:
                name = _projection_name(names, source, pre, node, len(feeding))
                matrix = factor[:, np.newaxis] * weights
                projections.append(Projection(name, names[pre], names[node], matrix, sign=None, tau=0.0))
        populations.append(Population(names[node], len(factor), bias))
        cells[names[node]] = cell
    return ImportedNetwork(Circuit(inputs, populations, _with_own_names(projections)), cells)


def to_nir(circuit: Circuit, cells: Cell | Mapping[str, Cell]) -> Any:
    """A `nir.NIRGraph` of a circuit of LIF cells, and PerfectIF cells that are reset to zero.

    Raises:
        ParameterError: what NIR's nodes cannot say: a refractory period, noise, a start above rest, a reset by
            subtraction, synaptic time constants and delays, rules, a bias of a population that nothing leads to.
        ImportError: the package nir is not installed.
    """
    nir = _nir()
    every = cells_of(circuit, cells, "to_nir")
    nodes: dict[str, Any] = {part.name: nir.Input(np.array([part.size])) for part in circuit.inputs}
    edges: list[tuple[str, str]] = []
    for part in circuit.populations:
        nodes[part.name] = _node(nir, every[part.name], part)
        bias: Any = part.bias
        for p in circuit.onto(part.name):
            _check_projection(p)
            weights, name = np.array(p.factor * p.dense()), _free(p.name, nodes)
            nodes[name] = (
                nir.Affine(weights, np.array(bias)) if bias is not None and bias.any() else nir.Linear(weights)
            )
            edges += [(p.pre, name), (name, part.name)]
            bias = None
        if bias is not None and bias.any():
            raise ParameterError(f"to_nir: population {part.name!r}: got a bias and no projection that could carry it")
    sources = {p.pre for p in circuit.projections}
    last = [p.name for p in circuit.populations if p.name not in sources] or [circuit.populations[-1].name]
    for name in last:
        label = _free("output", nodes)
        nodes[label] = nir.Output(np.array([circuit.sizes[name]]))
        edges.append((name, label))
    return nir.NIRGraph(nodes, edges)


def read_nir(path: Path) -> Any:
    """The graph of a .nir file."""
    nir = _nir()
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    try:
        return nir.read(path)
    except Exception as error:
        raise ParameterError(f"{path}: no .nir file, or a damaged one ({error})") from None


def write_nir(circuit: Circuit, cells: Cell | Mapping[str, Cell], path: Path) -> Path:
    """Write a circuit as a .nir file."""
    graph, buffer = to_nir(circuit, cells), io.BytesIO()
    _nir().write(buffer, graph)
    write_bytes(path, buffer.getvalue())
    return path


def _nir() -> Any:
    try:
        import nir
    except ImportError:
        raise ImportError("NIR graphs need the package nir: pip install 'neurosim-ladder[nir]'") from None
    return nir


def _names(nodes: Mapping[str, Any]) -> dict[str, str]:
    """Node names as names of populations: letters, digits and _."""
    found: dict[str, str] = {}
    for node in nodes:
        name = re.sub(r"\W", "_", str(node))
        found[node] = _free(name if name.isidentifier() else f"n{name}", found.values())
    return found


def _free(name: str, taken: Any) -> str:
    while name in taken:
        name += "_"
    return name


def _with_own_names(projections: list[Projection]) -> list[Projection]:
    names = [p.name for p in projections]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ParameterError(f"from_nir: got two connections that would be called {twice!r}, expected other node names")
    return projections


def _projection_name(names: Mapping[str, str], source: str, pre: str, post: str, feeding: int) -> str:
    if source == pre:
        return f"{names[pre]}_to_{names[post]}"
    return names[source] if feeding == 1 else f"{names[source]}_from_{names[pre]}"


def _check_edges(edges: list[tuple[str, str]], kinds: Mapping[str, str]) -> None:
    for a, b in edges:
        for end in (a, b):
            if end not in kinds:
                raise ParameterError(f"from_nir: edge {a!r} -> {b!r}: there is no node {end!r}")
        if kinds[a] in _MAPS and kinds[b] not in _CELLS:
            raise ParameterError(
                f"from_nir: edge {a!r} -> {b!r}: a weight matrix leads to a node of the kind {kinds[b]}, expected LIF "
                "or IF (a read-out without spikes is no part of a spiking circuit)"
            )
        if kinds[a] == "Output" or kinds[b] == "Input":
            raise ParameterError(f"from_nir: edge {a!r} -> {b!r}: got it from an Output or to an Input")
        if kinds[a] == "Input" and kinds[b] == "Output":
            raise ParameterError(f"from_nir: edge {a!r} -> {b!r}: got an input that is an output, expected cells")


def _width(node: Any, name: str) -> int:
    shape = np.ravel(np.asarray(node.input_type["input"])).tolist()
    if len(shape) != 1:
        raise ParameterError(f"from_nir: node {name!r}: got shape {tuple(shape)}, expected one dimension")
    return int(shape[0])


def _values(node: Any, where: str, *names: str) -> list[Array]:
    found = [finite(getattr(node, name), "1", f"{where}: {name}") for name in names]
    for name, values in zip(names, found, strict=True):
        if values.ndim != 1:
            raise ParameterError(f"{where}: {name}: got shape {values.shape}, expected (units,)")
    return found


def _cell(node: Any, kind: str, where: str) -> tuple[Cell, Array]:
    """The cell, and its drive per unit of current."""
    if kind == "IF":
        r, threshold, reset = _values(node, where, "r", "v_threshold", "v_reset")
        if reset.any():
            raise ParameterError(f"{where}: v_reset: got {reset[reset != 0][0]:g}, expected 0, where the cell starts")
        _check_above(threshold, 0.0 * threshold, "v_threshold", where)
        return PerfectIF(tau_m=_TAU, reset_mode="zero"), _TAU * r / threshold
    tau, r, leak, threshold, reset = _values(node, where, "tau", "r", "v_leak", "v_threshold", "v_reset")
    _check_above(threshold, leak, "v_threshold", where)
    _check_above(threshold, reset, "v_threshold", where)
    height = threshold - leak
    return LIF(tau_m=_one(tau), t_ref=0.0, v_reset=_one((reset - leak) / height)), r / height


def _check_above(values: Array, floor: Array, name: str, where: str) -> None:
    if not (values > floor).all():
        raise ParameterError(f"{where}: {name}: got values at or below rest or reset, expected them above")


def _one(values: Array) -> Any:
    """One number where all units share it."""
    return float(values[0]) if (values == values[0]).all() else values


def _map(node: Any, kind: str, units: int, where: str) -> tuple[Array, Array]:
    """Weights (post, pre) and constant current of what leads to a cell."""
    if kind not in _MAPS:
        return np.eye(units), np.zeros(units)
    weights = finite(node.weight, "1", f"{where}: weight")
    bias = finite(getattr(node, "bias", np.zeros(units)), "1", f"{where}: bias")
    if weights.ndim != 2 or len(weights) != units or bias.shape != (units,):
        raise ParameterError(f"{where}: got weights {weights.shape} and bias {bias.shape}, expected ({units}, pre)")
    return weights, bias


def _node(nir: Any, cell: Any, part: Population) -> Any:
    """The NIR node of a population."""
    where = f"to_nir: population {part.name!r}"
    if part.homeostasis:
        raise ParameterError(f"{where}: got a homeostasis, which NIR cannot say")
    ones = np.ones(part.size)
    if type(cell) is LIF:
        _check_zero(cell, ("t_ref", "sigma_stat"), where)
        return nir.LIF(tau=cell.tau_m * ones, r=ones, v_leak=0 * ones, v_threshold=ones, v_reset=cell.v_reset * ones)
    if type(cell) is PerfectIF:
        if cell.reset_mode != "zero":
            raise ParameterError(f"{where}: PerfectIF.reset_mode: got 'subtract', expected 'zero', as NIR's IF does")
        for name in ("t_ref", "v_start"):
            if np.any(getattr(cell, name)):
                raise ParameterError(
                    f"{where}: PerfectIF.{name}: got {getattr(cell, name)}, expected 0: NIR's IF has none"
                )
        return nir.IF(r=ones / cell.tau_m, v_threshold=ones, v_reset=0 * ones)
    raise ParameterError(f"{where}: NIR has no node for {type(cell).__name__} here, expected LIF or PerfectIF")


def _check_zero(cell: Any, names: tuple[str, ...], where: str) -> None:
    kind = type(cell).__name__
    for name in names:
        if np.any(getattr(cell, name)):
            raise ParameterError(f"{where}: {kind}.{name}: got {getattr(cell, name)}, expected 0, since NIR has none")


def _check_projection(p: Projection) -> None:
    for name, value in (("tau", p.tau), ("delay", p.delay)):
        if np.any(value.toarray() if hasattr(value, "toarray") else value):
            raise ParameterError(
                f"to_nir: projection {p.name!r}: {name}: got a value other than 0, which these nodes cannot say"
                + (" (convert(..., tau=0.0))" if name == "tau" else "")
            )
    if p.rule is not None:
        raise ParameterError(
            f"to_nir: projection {p.name!r}: got the rule {type(p.rule).__name__}, which NIR cannot say"
        )

"""The generated part of the list: python tests/mutation/generate.py [--count 700]

Each takes one expression on one line and exchanges one thing in it: a comparison, a sign, an operator, a number, an
axis, a reduction, two arguments, two parameters of the same object, or leaves out a term. Which of all are taken is
decided by their names' digests: the same ones each time, spread over the files.
"""

import argparse
import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from defects import LISTS, ROOT, Defect, functions, listed, planted, write

WHERE = {
    "neurosim/activations/*.py": 170,
    "neurosim/plasticity/*.py": 40,
    "neurosim/homeostasis/*.py": 20,
    "neurosim/inhibition/*.py": 20,
    "neurosim/cells/*.py": 30,
    "neurosim/circuits/*.py": 50,
    "neurosim/metrics/*.py": 170,
    "neurosim/conversion/*.py": 90,
    "neurosim/engines/*.py": 60,
    "neurosim/engines/compiled/*.py": 20,
    "neurosim/engines/compiled/machine_code/*.py": 30,
    "neurosim/learning/*.py": 25,
    "neurosim/training/*.py": 40,
    "neurosim/theory/*.py": 20,
    "neurosim/stimuli/*.py": 35,
    "neurosim/files.py": 10,
    "neurosim/lab/*.py": 70,
}
"""How many of every 900 come from where."""
COMPARISONS = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "=="}
OPERATORS = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "/", ast.Pow: "*"}
NAMES = {
    "mean": "sum", "sum": "mean", "max": "min", "min": "max", "any": "all", "all": "any", "argmax": "argmin",
    "argmin": "argmax", "maximum": "minimum", "minimum": "maximum", "median": "mean", "std": "var", "var": "std",
    "cumsum": "cumprod", "exp": "expm1", "log1p": "log", "expm1": "exp", "sqrt": "square", "square": "abs",
    "ceil": "floor", "floor": "ceil", "abs": "square",
    "nanmean": "mean", "flatnonzero": "argsort", "copy": "view",
}  # fmt: skip


def expressions(function: ast.AST) -> Iterator[ast.AST]:
    """Expressions that compute: no messages, no annotations, no nested definitions."""
    pending = list(ast.iter_child_nodes(function))
    while pending:
        node = pending.pop()
        left_out = (
            ast.Raise | ast.JoinedStr | ast.FunctionDef | ast.ClassDef | ast.arguments | ast.Import | ast.ImportFrom
        )
        if isinstance(node, left_out):
            continue
        if isinstance(node, ast.AnnAssign):
            pending += [node.value] if node.value else []
            continue
        yield node
        pending += list(ast.iter_child_nodes(node))


def exchanges(node: ast.AST, text: "Text", own: list[str]) -> Iterator[tuple[str, str, ast.AST]]:
    """Of an expression: the kind of defect, what stands there instead, and in place of which node."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
        left, right = text(node.left), text(node.comparators[0])
        yield "comparison", f"{left} {COMPARISONS[type(node.ops[0])]} {right}", node
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left, right = text(node.left), text(node.right)
        yield "operator", f"{left} {OPERATORS[type(node.op)]} {right}", node
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
            yield "dropped term", left, node
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield "sign", text(node.operand), node
    elif isinstance(node, ast.BoolOp) and len(node.values) == 2:
        word = "or" if isinstance(node.op, ast.And) else "and"
        yield "comparison", f"{text(node.values[0])} {word} {text(node.values[1])}", node
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield "off by one" if type(node.value) is int else "factor", _other_number(node.value), node
    elif isinstance(node, ast.Attribute) and node.attr in NAMES and isinstance(node.value, ast.Name | ast.Attribute):
        yield "reduction", f"{text(node.value)}.{NAMES[node.attr]}", node
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        for other in own:
            if other != node.attr and _alike(other, node.attr):
                yield "swapped parameters", f"self.{other}", node
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant | ast.UnaryOp):
                yield "axis", "-1" if text(keyword.value) == "0" else "0", keyword.value
        if len(node.args) == 2 and not any(isinstance(each, ast.Starred | ast.Constant) for each in node.args):
            first, second = map(text, node.args)
            inside = ", ".join([second, first, *(text(each) for each in node.keywords)])
            yield "swapped arguments", f"{text(node.func)}({inside})", node


def _other_number(value: float) -> str:
    return str(value + 1) if isinstance(value, int) else repr(2.0 * value if value else 1.0)


def _alike(first: str, second: str) -> bool:
    """Names of one family: tau_plus and tau_minus, A_plus and A_minus, low and high."""
    stems = {name.rsplit("_", 1)[0] for name in (first, second) if "_" in name}
    return len(stems) == 1 and all("_" in name for name in (first, second))


class Text:
    """The source of a node on one line; an error where it spans several."""

    def __init__(self, source: str) -> None:
        self.lines = source.splitlines()

    def __call__(self, node: ast.AST) -> str:
        if node.lineno != node.end_lineno:  # type: ignore[attr-defined]
            raise ValueError("more than one line")
        line = self.lines[node.lineno - 1].encode()  # type: ignore[attr-defined]
        return line[node.col_offset : node.end_col_offset].decode()  # type: ignore[attr-defined]


def of_file(path: Path) -> Iterator[Defect]:
    source = path.read_text(encoding="utf-8")
    text, known = Text(source), functions(ast.parse(source))
    for name, function in known.items():
        if not isinstance(function, ast.FunctionDef) or name.endswith(("__repr__", "__str__")):
            continue
        own = sorted(set(re.findall(r"self\.(\w+)(?!\w*\()", ast.unparse(function))))
        for node in expressions(function):
            try:
                found = list(exchanges(node, text, own))
            except ValueError:
                continue
            for kind, instead, place in found:
                if place.lineno == place.end_lineno:  # type: ignore[attr-defined]
                    yield _of_line(path, name, function, text.lines, place, kind, instead)


def _of_line(path, name, function, lines, node, kind, instead):  # type: ignore[no-untyped-def]
    line = lines[node.lineno - 1]
    left, right = line.encode()[: node.col_offset].decode(), line.encode()[node.end_col_offset :].decode()
    # Brackets keep the meaning of what stands around, where an operator came in.
    bare = kind in ("axis", "reduction", "swapped parameters", "swapped arguments", "off by one", "factor")
    changed = f"{left}{instead if bare else f'({instead})'}{right}"
    before = [at for at in range(function.lineno - 1, node.lineno - 1) if lines[at].strip() == line.strip()]
    file = path.relative_to(ROOT).as_posix()
    return Defect(file, name, line.strip(), changed.strip(), len(before), kind)


def generated(count: int) -> list[Defect]:
    taken: list[Defect] = []
    for pattern, weight in WHERE.items():
        by_function: dict[tuple[str, str], list[Defect]] = defaultdict(list)
        for path in sorted(ROOT.glob(pattern)):
            for defect in of_file(path):
                by_function[defect.file, defect.function].append(defect)
        queues = [sorted(each, key=lambda defect: defect.name) for each in by_function.values()]
        # One of every function, then a second one of every function that has more than four, and so on.
        ranked = sorted(
            (
                (rank / len(queue) if rank else 0.0, defect.name, defect)
                for queue in queues
                for rank, defect in enumerate(queue)
            ),
            key=lambda each: each[:2],
        )
        wanted = round(count * weight / sum(WHERE.values()))
        found = [defect for *_, defect in ranked if defect.line != defect.instead and planted(defect) is not None]
        taken += found[:wanted]
    return sorted(taken, key=lambda each: (each.file, each.function, each.line, each.name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=720)
    count = parser.parse_args().count
    by_hand, path = LISTS
    kept = [each for each in listed(path) if planted(each) is not None] if path.exists() else []
    known = {each.name for each in kept} | ({each.name for each in listed(by_hand)} if by_hand.exists() else set())
    more = [each for each in generated(count) if each.name not in known]
    write(path, kept + more[: max(0, count - len(kept))])
    print(f"{len(kept)} kept, {len(listed(path))} in all")


if __name__ == "__main__":
    main()

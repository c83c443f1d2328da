"""Write what follows from the code and the ledger: pages of this folder, and stubs of the open folders for editors.

python docs/generate.py
"""

import ast
import csv
import dataclasses
import functools
import importlib
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import neurosim
from neurosim import inhibition
from neurosim.activations.base import Activation
from neurosim.cells.base import Cell
from neurosim.lab.claims import OUTCOMES, read_claims
from neurosim.lab.findings import CLAIM_VERDICTS, DEFINITION
from neurosim.lab.question_files import name_of, questions, title_of
from neurosim.lab.record import NAME, read_record
from neurosim.plasticity.base import Rule
from neurosim.report import claims_zh
from neurosim.report.claims_page import coding_rows, kind_lines, ledger_lines, read_articles
from neurosim.report.ledger import NOT_TESTED, base_rate_brier, brier, enter, measurements

DOCS = Path(__file__).resolve().parent
PACKAGE = DOCS.parent / "neurosim"
EXPERIMENTS = DOCS.parent / "experiments"
NOTICE = "<!-- Written by `python docs/generate.py`; edit the code or experiments/claims.csv instead. -->"
SECTIONS = ("Equation", "Fixed point", "Rungs", "Shapes", "Units", "Args", "Returns", "Raises", "Warns", "Source")


def pages() -> dict[str, str]:
    """Every generated page by file name."""
    writers: dict[str, Callable[[], Iterable[str]]] = {
        "models.md": models,
        "lateral-inhibition.md": lateral_inhibition,
        "plasticity.md": plasticity_page,
        "api.md": api,
        "claims.md": claims,
        "claims.zh.md": claims_in_chinese,
        "gallery.md": gallery,
    }
    return {name: "\n".join([NOTICE, "", *writer()]).rstrip() + "\n" for name, writer in writers.items()}


def models() -> Iterable[str]:
    """Every class of every open folder: equation, parameters, and what its family promises."""
    yield from (
        "# Models",
        "",
        "Every class of the open folders, as it describes itself. Units are SI; 1 is dimensionless, and a drive of 1",
        "is the threshold of the noiseless LIF neuron. Any parameter also takes a Brian2 quantity.",
        "",
    )
    for package in _modules():
        if not hasattr(package, "known"):
            continue
        family = sorted(package.known().values(), key=lambda cls: cls.__name__.lower())
        yield from (f"## {_short(package).capitalize()}", "", _line(package), "")
        yield from _overview(family)
        for cls in family:
            yield from _model(cls)
    yield from ("## Motifs of lateral inhibition", "", _line(inhibition), "")
    for name, motif in inhibition.motifs().items():
        parts = _sections(motif)
        yield from (f"### {name}", "", _line(motif), "", "```text", parts["Equation"], "```", "")
        yield from (f"* {head.lower()}: {_flat(parts[head])}" for head in ("Fixed point", "Rungs", "Units", "Source"))
        yield ""


def _overview(family: list[type[Any]]) -> Iterable[str]:
    if family and all(issubclass(cls, Activation) for cls in family):
        yield from _table(
            ("activation", "what it is", "range", "spiking equivalent"),
            [(_link(cls), _line(cls), _range(cls), cls.spiking.kind) for cls in family],
        )
    elif family and all(issubclass(cls, Cell) for cls in family):
        yield from _table(
            ("cell", "what it is", "level", "f-I curve"),
            [(_link(cls), _line(cls), cls.level, _transfer(cls)) for cls in family],
        )
    elif family and all(issubclass(cls, Rule) for cls in family):
        parts = {cls: _sections(cls) for cls in family}
        yield from _table(
            ("rule", "what it is", "equation", "rungs", "source"),
            [
                (_link(cls), _line(cls), f"`{_flat(parts[cls]['Equation'])}`", _rungs(cls), _flat(parts[cls]["Source"]))
                for cls in family
            ],
        )
    else:
        yield from _table(("name", "what it is"), [(_link(cls), _line(cls)) for cls in family])


def _model(cls: type[Any]) -> Iterable[str]:
    yield from (f"### {cls.__name__}", "", _prose(cls), "")
    parts = _sections(cls)
    if "Equation" in parts:
        yield from ("```text", parts["Equation"], "```", "")
    rows = [
        (f"`{name}`", info.unit, _value(default), _allowed(info), info.doc)
        for name, info, default in ((n, i, _default(cls, n)) for n, i in cls.info().items())
    ]
    if rows:
        yield from _table(("parameter", "unit", "default", "allowed", "meaning"), rows)
    facts = []
    if issubclass(cls, Activation):
        facts += [("range at the defaults", _range(cls)), ("kink", cls.kink or "none"), ("acts on", f"a {cls.acts_on}")]
        facts += [("spiking equivalent", f"{cls.spiking.kind}: {cls.spiking.why}")]
    if issubclass(cls, Cell):
        facts += [("level", cls.level), ("f-I curve", _transfer(cls))]
    if issubclass(cls, Rule):
        facts += [("rungs", _rungs(cls))]
    facts += [(name.lower(), _flat(parts[name])) for name in ("Shapes", "Units", "Raises", "Source") if name in parts]
    asked = _uses().get(cls.__name__, [])
    if asked:
        shown = ", ".join(f"[{title_of(path)}](gallery.md#{_anchor(title_of(path))})" for path in asked[:_SHOWN])
        more = f", and {len(asked) - _SHOWN} more" if len(asked) > _SHOWN else ""
        facts.append(("questions", f"{shown}{more}"))
    yield from (f"* {name}: {text}" for name, text in facts)
    yield ""


_SHOWN = 3
"""Questions that a model names."""


@functools.cache
def _uses() -> dict[str, list[Path]]:
    """The questions in which a component occurs, by its name: in their file, or in what their chapter shares."""
    names = [name for package in _modules() if hasattr(package, "known") for name in package.known()]
    names += list(inhibition.motifs())
    found: dict[str, list[Path]] = {}
    for path in questions(EXPERIMENTS):
        text = path.read_text(encoding="utf-8")
        for module in re.findall(r"^from experiments\.(\w+)\.(_\w+) import", text, re.MULTILINE):
            text += (EXPERIMENTS / module[0] / f"{module[1]}.py").read_text(encoding="utf-8")
        for name in names:
            if re.search(rf"\b{name}\b", text):
                found.setdefault(name, []).append(path)
    return found


def gallery() -> Iterable[str]:
    """Every question with its picture and answer, by chapter, and by what occurs in it."""
    with (DOCS / "gallery.csv").open(encoding="utf-8", newline="") as file:
        known = {row["question"]: row for row in csv.DictReader(file)}
    yield from (
        "# Gallery",
        "",
        "Every question with the answer of its full run, its figure, its file, and what the run took on one core.",
        "`neurosim run <question>` computes it, `--quick` in seconds; figures at full size: `make figures`.",
        "[At the end](#by-component): questions by what occurs in them.",
        "",
    )
    chapter = ""
    for path in questions(EXPERIMENTS):
        name = name_of(path)
        if name not in known:
            continue
        if path.parent.name != chapter:
            chapter = path.parent.name
            about = title_of(path.parent / "__init__.py").rstrip(".")
            title, _, rest = about.partition(": ")
            yield from (f"## {title}", "", f"{rest[:1].upper()}{rest[1:]}.", "")
        row = known[name]
        picture = f"images/gallery/{name.replace('/', '.')}.webp"
        runs = f"{row['replicates']} replicates" if int(row["replicates"]) > 1 else "one run"
        yield from (
            f"### {title_of(path)}",
            "",
            f"![Figure of {name}]({picture})",
            "",
            row["answer"].replace("^", "\\^"),
            "",
            f"[`{name}`](../experiments/{name}.py) · {runs}, {float(row['cpu_s']):,.0f} s",
            "",
        )
    yield from (
        "## By component",
        "",
        "Activations, cells, rules and motifs, and the questions in whose code they occur.",
        "",
    )
    uses = _uses()
    for name in sorted(uses, key=str.lower):
        links = ", ".join(f"[{name_of(path)}](#{_anchor(title_of(path))})" for path in uses[name])
        yield f"* **{name}**: {links}"


def _anchor(heading: str) -> str:
    """The address of a heading within its page, as GitHub and MyST make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def lateral_inhibition() -> Iterable[str]:
    """Every motif beside the others, with what it becomes on each rung."""
    yield from (
        "# Lateral inhibition",
        "",
        "A motif is a function from a population and a strength to a projection (or two) of a circuit. The",
        "strength is a magnitude; the sign is applied by the library, so inhibition cannot excite by a slip.",
        "The same projection runs on every rung: the static engine solves its fixed point, the rate engine",
        "goes there in time, spikes carry it in packets. `Circuit.loop_gain` below 1 promises one steady",
        "state; `check_unique(circuit, cells)` warns with the number otherwise, `fixed_points` finds the",
        "states from many starts with their stability, and `sweep` carries a state along.",
        "",
        "![Responses to a step and a ramp of light, and the bright band by strength](images/mach_bands.png)",
        "",
        "The picture is drawn by `neurosim run inhibition/mach_bands`.",
        "",
        "## The motifs",
        "",
    )
    yield from _table(
        ("motif", "equation", "fixed point, and where it is the only one", "on the rungs", "source"),
        [
            (f"[`{name}`](models.md#{name})", f"`{_flat(parts['Equation'])}`", *(_flat(parts[h]) for h in heads))
            for heads in [("Fixed point", "Rungs", "Source")]
            for name, parts in ((name, _sections(motif)) for name, motif in inhibition.motifs().items())
        ],
    )
    names = ("KWTA", "SoftKWTA", "Softmax", "Sparsemax", "DivisiveNormalisation", "LocalResponseNorm")
    family = importlib.import_module("neurosim.activations").known()
    yield from (
        "",
        "## Competition as an activation",
        "",
        "What a circuit reaches by a loop, these activations of a whole population compute in one step:",
        "divisive normalisation, hard and soft k-winners-take-all, and others. As the activation of a unit they",
        "run on the static and rate rungs, and `Competing(cell=LIF(), competition=KWTA(k=2))` lets the drives of",
        "spiking cells compete before they reach the membrane, so `ladder` of it gives all four rungs with the",
        "same competition. That is an operation on drives (for a division: presynaptic inhibition); what neurons",
        "can make of it by spikes of their own stands beside each.",
        "",
        "```python",
        "import numpy as np",
        "",
        "import neurosim as ns",
        "",
        'feed = ns.Projection("feed", "x", "units", np.eye(6))',
        'circuit = ns.Circuit({"x": 6}, [ns.Population("units", 6)], [feed])',
        'drives = ns.Stimulus({"x": [[1.8, 2.6, 2.0, 2.4, 1.9, 2.2]]})',
        "two = ns.cells.Competing(cell=ns.LIF(), competition=ns.activations.KWTA(k=2))",
        "for rung, cell in ns.ladder(two).items():",
        '    rates = ns.simulate(circuit, cell, drives).rates["units"][0]',
        "    assert np.flatnonzero(rates > 1).tolist() == [1, 3], rung",
        "```",
        "",
    )
    yield from _table(
        ("activation", "equation", "by spikes that inhibit"),
        [
            (_from_models(family[n]), f"`{_flat(_sections(family[n])['Equation'])}`", family[n].spiking.why)
            for n in names
        ],
    )
    yield from (
        "",
        "## Two words of popular texts",
        "",
        "Texts on ReLU speak of *unilateral inhibition* and of a *wide boundary of excitation*; neither term was",
        "found in textbooks of neuroscience. *Unilateral* is an inhibition that acts only on a particular direction",
        "or region of the input ([A1-02](claims.md#a1-02)). By this definition lateral inhibition counts as",
        "unilateral, although it acts on both sides of a unit; the motif that is one-sided in space is `one_sided`,",
        "which makes units prefer a direction once they rectify (`inhibition/direction_selectivity`). It is not the",
        "one-sidedness of ReLU, whose output is never negative. A *wide boundary* is a neuron that answers over a",
        "large region or to many features: a wide field of excitation. For edges it is a question about widths: they",
        "are enhanced where inhibition reaches farther than excitation (`inhibition/widths`), and a wide excitatory",
        "field narrows its tuning by a threshold (`inhibition/iceberg`) and by inhibition on its flanks",
        "(`inhibition/side_bands`).",
    )


def plasticity_page() -> Iterable[str]:
    """Rules and homeostases beside each other, and what runs them."""
    rules, laws = (importlib.import_module(f"neurosim.{name}").known() for name in ("plasticity", "homeostasis"))
    yield from (
        "# Plasticity",
        "",
        "A projection carries one rule, a population any number of homeostases. `ns.learn` presents trials in",
        "sequence: each batch with fixed weights and from rest; then all rules act on the same activities,",
        "then the homeostases, in order. A rule of rates is one NumPy function that runs unchanged on every",
        "rung (spikes: mean rates in the counting window); a rule of spike times changes weights while a",
        "trial runs, on the spiking rung only. Signed weights stay at or above 0, missing connections",
        "missing. An interrupted run goes on from its checkpoint bit for bit.",
        "",
        "## Rules",
        "",
    )
    yield from _table(
        ("rule", "equation", "where it ends", "rungs", "source"),
        [
            (
                _from_models(cls),
                f"`{_flat(parts['Equation'])}`",
                _flat(_prose(cls)),
                _rungs(cls),
                _flat(parts["Source"]),
            )
            for cls, parts in ((cls, _sections(cls)) for cls in rules.values())
        ],
    )
    yield from ("", "## Homeostasis", "")
    yield from _table(
        ("homeostasis", "equation", "acts on", "source"),
        [
            (_from_models(cls), f"`{_flat(parts['Equation'])}`", cls().acts_on, _flat(parts["Source"]))
            for cls, parts in ((cls, _sections(cls)) for cls in laws.values())
        ],
    )
    yield from (
        "",
        "Learning on the engines: [engines](engines.md). A rule of your own:",
        "[extending](extending.md#a-rule). Questions asked with these rules: the chapter `learning`.",
    )


def _from_models(cls: type[Any]) -> str:
    """A link to the class's place in models.md from another page."""
    return _link(cls).replace("](#", "](models.md#")


def api() -> Iterable[str]:
    """Public names, module by module."""
    yield from (
        "# Names",
        "",
        "What may be imported, with the first line of each docstring; `help(name)` shows the rest. The classes of the",
        "open folders (activations, cells, engines, homeostasis, rules) are in [models](models.md).",
        "",
        "## neurosim",
        "",
    )
    yield from (", ".join(f"`{name}`" for name in neurosim.__all__), "")
    for module in _modules():
        members = _members(module)
        if members:
            yield from (f"## neurosim.{_short(module)}", "", _line(module), "")
            for member in members:
                yield from _entry(member)
            yield ""


def stubs() -> dict[str, str]:
    """`__init__.pyi` of every open folder, by path in the package: its classes by name, for editors."""
    opened = [(module, "known") for module in _modules() if hasattr(module, "known")] + [(inhibition, "motifs")]
    return {f"{_short(module)}/__init__.pyi": "\n".join(_stub(module, how)) + "\n" for module, how in opened}


def _stub(module: ModuleType, how: str) -> Iterable[str]:
    yield from (f'"""{inspect.cleandoc(module.__doc__ or "")}"""', "", f"# {NOTICE[5:-4]}", "")
    body = _tree(module).body
    functions = [node for node in body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    for node in functions:
        node.body = [ast.Expr(ast.Constant(...))]
    used = {part.id for node in functions for part in ast.walk(node) if isinstance(part, ast.Name)}
    for node in body:
        if isinstance(node, ast.ImportFrom):
            kept = [alias for alias in node.names if alias.asname or alias.name in used]
            if kept:
                yield ast.unparse(ast.ImportFrom(node.module, kept, node.level))
    offered = getattr(module, how)().values()
    homes = {member.__name__: member.__module__ for member in offered if member.__name__ not in _bindings(module)}
    yield from (f"from {home} import {name} as {name}" for name, home in sorted(homes.items()))
    for node in functions:
        yield from ("", ast.unparse(node))


def claims_in_chinese() -> Iterable[str]:
    """The same ledger and record for readers of the articles."""
    ledger = read_claims(EXPERIMENTS / "claims.csv")
    entries = enter(ledger, [], *(read_record(EXPERIMENTS / NAME, real=place) for place in (False, True)))
    counts = Counter(entry.verdict for entry in entries)
    tally = "，".join(f"{word} {counts[verdict]} 条" for verdict, word in claims_zh.VERDICTS.items() if counts[verdict])
    yield from (
        "# 论断与裁决",
        "",
        f"五篇讲 ReLU 与生物神经元的中文文章里，共有 {len(entries)} 条论断：{tally}。",
        "「」内是文章的原话，黑体是用白话转述的论断。裁决由完整运行算出，规则写在测量之前，判据是区间而不是单个数值；",
        "英文版（[claims.md](claims.md)）与本页取自同一张表、同一份记录，另附每个条件、事前的预期和文献。",
        "每个问题都可以自己运行：`neurosim run <问题>`。",
        "",
        *(f"* **{claims_zh.VERDICTS[verdict]}**：{meaning}" for verdict, meaning in claims_zh.MEANINGS),
        "",
        *claims_zh.chinese_lines(entries, read_articles(EXPERIMENTS / "articles.csv")),
    )


def claims() -> Iterable[str]:
    """How claims are decided, what is outside, and the whole ledger."""
    ledger = read_claims(EXPERIMENTS / "claims.csv")
    record, real = (read_record(EXPERIMENTS / NAME, real=place) for place in (False, True))
    entries = enter(ledger, [], record, real)
    counts = Counter(entry.verdict for entry in entries)
    score, scored = brier(entries)
    definitions = sum(claim.kind == DEFINITION for claim in ledger)
    outside = [claim for claim in ledger if not (claim.testable or claim.real) and claim.kind != DEFINITION]
    waiting = [claim for claim in ledger if claim.testable and not claim.experiment and claim.kind != DEFINITION]
    yield from (
        "# Claims",
        "",
        f"Five popular texts on ReLU and biology make the {len(ledger)} statements of this ledger: {definitions} are",
        f"definitions, {len(outside)} are not testable here, and {len(waiting)} of the others have no question yet.",
        "Each is a row of `experiments/claims.csv`, with its words in the article, the outcome that theory and",
        "literature lead one to expect, and the question that decides it.",
        "",
        "## How to read the ledger",
        "",
        "* A statement follows the article: what it hedges (*may*, *often*, *some*) and its conditions are part of it.",
        "* An id is an article and a number. A sentence that holds several claims with verdicts of their own is",
        "  split: its main part keeps the id, the others get a letter (A4-17, A4-17b, A4-17c). Missing numbers belong",
        "  to statements that were read and left out.",
        "* A claim *rests on* others if it takes them for granted; when their verdict changes, its reason is to be",
        "  read again.",
        "* In 「 」 stands the sentence of the article, or a part of it, word for word; below it the claim in plain",
        "  Chinese.",
        '* "Recalled, not verified" marks what was not looked up in the source; "read second-hand" what was read in a',
        "  text that quotes it.",
        "",
        "The kind of a claim says what would decide it:",
        "",
        *kind_lines(),
        "",
        "## How a claim is decided",
        "",
        "* Conditions are *needed*, *side* or *context*. Supported: all needed ones hold; not supported: a needed one",
        "  is refuted; partly: only a side one fails, or the verdict flips within the range of a parameter that was",
        "  chosen; undecided: an interval decides nothing.",
        "* The verdict is computed from the measured value and its interval by a rule written down beforehand; nobody",
        "  types one in. The rule is printed with the verdict.",
        "* The expected outcome is a prediction, not a verdict. Where a verdict differs from it, the verdict stands.",
        "* A *check* is another thing: it compares a number with theory, and if it fails, the program is at fault.",
        "* A claim about sparsity across activations or rungs is judged at a matched operating point (equal mean",
        "  activity, equal accuracy or equal operations) or on the whole trade-off curve: shifting a threshold moves",
        "  raw sparsity anywhere.",
        "* Some claims are judged twice: in models that are built here, and in networks that others trained on",
        "  language, pictures or sound (the chapter `real`, `experiments/real_claims.csv`). The second verdict is of",
        "  these networks and no others. A claim that models cannot decide has it alone.",
        "* The record, `experiments/record.csv`, holds the verdicts of the full runs: `make figures`, then",
        "  `neurosim record`. A test fails when what a verdict depends on changed and the record was not renewed.",
        "",
        "## What became of the claims",
        "",
        f"{', '.join(f'{counts[word]} {word}' for word in (*CLAIM_VERDICTS, NOT_TESTED))}.",
        f"The {scored} that were decided rest on {measurements(entries)} independent measurements.",
        "",
        f"How good were the expectations? Brier score {score:.2f} over {scored} claims (0: foreseen with",
        f"certainty; 0.67: a third for each of three outcomes; {base_rate_brier(entries):.2f}: only the frequencies",
        "of the verdicts were known). The report lists every forecast with its score.",
        "",
        "## How a forecast is made",
        "",
        "Every expectation is also written as probabilities, so that expectations can be scored. Those that were in",
        "words when the claim was first run are coded by their first words and by nothing else:",
        "",
    )
    yield from _table(("first words of the expectation", *OUTCOMES), coding_rows())
    yield from (
        "Statements that were added or reworded have probabilities from theory, written before the rule that now",
        "decides them was run. Where an earlier wording had been run its result was known by then, so these forecasts",
        "are less blind than the coded ones.",
        "",
        "## Where the texts contradict each other",
        "",
        "* A2-19 counts BERT among the models that ReLU serves; A4-25 says that BERT uses GELU.",
        "* A1-39 starts the output bias of a frequent class high, A1-40 lowers it: the first fits the frequencies, the",
        "  second leans away from them. Both can be right, at different times of training.",
        "* A3-05 gives a formula that follows from its printed weights in neither reading.",
        "",
        "These look like contradictions and are none: A1-21b speaks of accelerators and A1-36 of traditional GPUs;",
        "A1-04 calls lateral inhibition unilateral by the article's own definition (A1-02), which includes regions;",
        "A1-28 says of leaky ReLU and SELU that they balance sparsity, only its heading calls them sparse.",
        "",
        f"## Not testable here ({len(outside)})",
        "",
        *(f"* [{claim.id}](#{claim.id.lower()}): {claim.statement} *{claim.expected}*" for claim in outside),
        "",
    )
    yield from ledger_lines(ledger, read_articles(EXPERIMENTS / "articles.csv"), record, real)


def _modules() -> list[ModuleType]:
    """Files and folders of the package; in place of a folder that offers nothing itself, its files."""
    found = []
    for module in _within(neurosim):
        found += _within(module) if hasattr(module, "__path__") and not _bindings(module) else [module]
    return sorted(found, key=lambda module: module.__name__)


def _within(folder: ModuleType) -> list[ModuleType]:
    names = [m.name for m in pkgutil.iter_modules(folder.__path__) if not m.name.startswith("_")]
    return [importlib.import_module(f"{folder.__name__}.{name}") for name in names]


def _short(module: ModuleType) -> str:
    return module.__name__.partition(".")[2]


def _bindings(module: ModuleType) -> list[str]:
    """Names that a module binds in its own text, in order (what an import elsewhere hangs on it does not count)."""
    names: list[str] = []
    for node in _tree(module).body:
        if isinstance(node, ast.ImportFrom | ast.Import):
            names += [alias.asname or alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
    return list(dict.fromkeys(names))


def _members(module: ModuleType) -> list[Any]:
    """Public functions and classes: defined here, or for a folder re-exported from its files."""
    inside = module.__name__ + "." if hasattr(module, "__path__") else None
    members = []
    for name in sorted(_bindings(module), key=str.lower):
        value = inspect.unwrap(vars(module).get(name))
        if name.startswith("_") or not (inspect.isclass(value) or inspect.isfunction(value)):
            continue
        home = value.__module__
        if home == module.__name__ or (inside and home.startswith(inside)):
            members.append(value)
    return members


def _entry(member: Any) -> Iterable[str]:
    node = _node(member)
    if inspect.isfunction(member):
        yield f"* `{_signature(node)}`: {_line(member)}"
        return
    arguments = ""
    if dataclasses.is_dataclass(member) and not inspect.isabstract(member):
        arguments = f"({', '.join(_field(field) for field in dataclasses.fields(member))})"
    yield f"* class `{member.__name__}{arguments}`: {_line(member)}"
    for child in node.body:
        if isinstance(child, ast.FunctionDef) and not child.name.startswith("_") and ast.get_docstring(child):
            decorators = {d.id for d in child.decorator_list if isinstance(d, ast.Name)}
            signature = _signature(child, method="staticmethod" not in decorators)
            text = child.name if "property" in decorators else signature
            yield f"    * `.{text}`: {_clean((ast.get_docstring(child) or '').partition(chr(10))[0])}"


def _field(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        # the repr of a function holds an address
        return f"{field.name}={getattr(field.default, '__name__', None) or repr(field.default)}"
    return field.name if field.default_factory is dataclasses.MISSING else f"{field.name}=..."


def _signature(node: Any, method: bool = False) -> str:
    arguments = ast.unparse(node.args)
    if method:
        arguments = re.sub(r"^(self|cls)(, /)?(, )?", "", arguments)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    return f"{node.name}({arguments}){returns}"


def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))


def _node(member: Any) -> Any:
    """The definition of a function or class in its own file; text, because annotations print alike everywhere."""
    for node in _tree(importlib.import_module(member.__module__)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == member.__name__:
            return node
    raise LookupError(f"{member.__module__}.{member.__name__} is not defined at the top of its file")


def _sections(thing: Any) -> dict[str, str]:
    """Body of each section of a docstring, dedented."""
    found: dict[str, list[str]] = {}
    current = None
    for line in inspect.cleandoc(thing.__doc__ or "").splitlines()[1:]:
        head = line.removesuffix(":")
        if head in SECTIONS:
            current = head
            found[current] = []
        elif re.match(rf"({'|'.join(SECTIONS)}):? \S", line):
            current, _, rest = line.partition(" ")
            found[current.removesuffix(":")] = [rest] if rest else []
            current = current.removesuffix(":")
        elif line and not line.startswith(" "):
            current = None
        elif current is not None:
            found[current].append(line)
    return {name: inspect.cleandoc("\n".join(lines)) for name, lines in found.items()}


def _prose(cls: type[Any]) -> str:
    """Docstring up to its first section."""
    lines = []
    for line in inspect.cleandoc(cls.__doc__ or "").splitlines():
        if line.partition(" ")[0].removesuffix(":") in SECTIONS:
            break
        lines.append(line)
    return _clean("\n".join(lines).strip())


def _line(thing: Any) -> str:
    return _clean((inspect.getdoc(thing) or "").partition("\n")[0])


def _clean(text: str) -> str:
    """Cross-references as plain code."""
    return re.sub(r"\[([^\]]+)\]\[neurosim[^\]]*\]", r"`\1`", text)


def _flat(text: str) -> str:
    return _clean(" ".join(text.split()))


def _link(cls: type[Any]) -> str:
    return f"[{cls.__name__}](#{cls.__name__.lower()})"


def _default(cls: type[Any], name: str) -> Any:
    return next(field.default for field in dataclasses.fields(cls) if field.name == name)


def _value(value: Any) -> str:
    return f"`{value!r}`"


def _allowed(info: Any) -> str:
    words = info.allowed()
    return "any" if words.startswith("a finite number") else words


def _range(cls: type[Any]) -> str:
    low, high = cls().range
    return f"{low:.6g} to {high:.6g}".replace("inf", "∞")


def _transfer(cls: type[Any]) -> str:
    transfer = cls().transfer
    return "measured, no closed form" if transfer is None else f"`{type(transfer).__name__}`"


def _rungs(cls: type[Any]) -> str:
    return ", ".join(rung for rung in ("static", "rate", "spiking") if rung in cls.rungs)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
    yield ""


def main() -> None:
    """Write the pages."""
    written = {DOCS / name: text for name, text in pages().items()}
    written |= {PACKAGE / name: text for name, text in stubs().items()}
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()

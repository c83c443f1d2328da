"""The command line of a question: one option for each of its parameters, and the laboratory's own.

Precedence: the defaults (full run), then --quick, then the file given with --params, then the options themselves.
"""

import contextlib
import dataclasses
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from neurosim.files import DEPTH, brief, deeper
from neurosim.lab.question import Question
from neurosim.params import ParameterError, ParamInfo, Params
from neurosim.registry import unknown_name


@dataclass(frozen=True)
class Option:
    """One option as the help shows it and the reader understands it.

    Args:
        name: with underscores, as in Python.
        default: a truth value for a switch; else text.
        metavar: what stands for the value in the help.
        text: meaning, with unit and default.
        many: whether several values follow.
        pair: whether a switch has a --no- form; `negative`: whether it has only that one.
    """

    name: str
    default: bool | str
    metavar: str
    text: str
    many: bool = False
    pair: bool = False
    negative: bool = False

    @property
    def flags(self) -> tuple[str, ...]:
        """The words that set it."""
        flag = self.name.replace("_", "-")
        return (f"--no-{flag}",) if self.negative else (f"--{flag}", f"--no-{flag}") if self.pair else (f"--{flag}",)


OWN = (
    Option("quick", False, "", "a short run: smaller parameters, the same code"),
    Option("params", "", "TOML", "file with parameter values (options given here go before it)"),
    Option("out", "results", "FOLDER", "folder of all results (default: results)"),
    Option("replot", False, "", "draw again from the tables on disk, without computing"),
    Option("dry_run", False, "", "say what would run, with an estimate of time and memory, and stop"),
    Option("force", False, "", "run again even if exactly this run is finished already"),
    Option("progress", True, "", "silence while computing", negative=True),
)


def read_options(question: Question, arguments: Sequence[str], own: Sequence[Option]) -> tuple[Params, dict[str, Any]]:
    """The parameters, and the values of the laboratory's own options (all but --params)."""
    first = _parse(question, question.settings(), arguments, own)
    from_file = _read_toml(Path(first["params"]), question) if first["params"] else {}
    base = question.settings(quick=first["quick"], **from_file)
    given = _parse(question, base, arguments, own)
    values = {name: value_of(given.pop(name), getattr(base, name)) for name in base.info()}
    del given["params"]
    return question.parameters(**values), given


def help_text(question: Question, own: Sequence[Option], width: int = 100) -> str:
    """The help page: the question, every parameter with meaning, unit and default, and the laboratory's options."""
    import textwrap

    lines = [f"usage: neurosim run {question.name} [options]", "", question.title, ""]
    if question.question:
        lines += [question.question, ""]
    for title, options in (("parameters", _parameter_options(question, question.settings())), ("options", own)):
        lines.append(f"{title}:")
        for option in options:
            head = "  " + ", ".join(option.flags) + (f" {option.metavar}" if option.metavar else "")
            body = textwrap.wrap(option.text, width - 30)
            if len(head) > 28:
                lines.append(head)
                head = ""
            lines += [f"{head if number == 0 else '':<30}{line}" for number, line in enumerate(body)]
        lines.append("")
    return "\n".join(lines).rstrip()


def _parse(question: Question, base: Params, arguments: Sequence[str], own: Sequence[Option]) -> dict[str, Any]:
    import tyro

    options = [*_parameter_options(question, base), *own]
    form = dataclasses.make_dataclass("Form", [_form_field(option) for option in options], kw_only=True)
    filled: Any
    complaint = io.StringIO()
    try:
        with contextlib.redirect_stderr(complaint), contextlib.redirect_stdout(io.StringIO()):
            filled, unknown = tyro.cli(form, args=[*arguments], prog=question.name, return_unknown_args=True)
    except SystemExit:
        raise ParameterError(_sentence(complaint.getvalue())) from None
    if unknown:
        word = unknown[0].partition("=")[0]
        if not word.startswith("-"):
            raise ParameterError(f"{word!r} is no option; options begin with two dashes, such as --quick")
        raise unknown_name(f"option of {question.name}", word, [flag for option in options for flag in option.flags])
    return {option.name: getattr(filled, option.name) for option in options}


def _parameter_options(question: Question, base: Params) -> list[Option]:
    options = []
    for name, info in base.info().items():
        default = getattr(base, name)
        unit = "" if info.unit == "1" else f" [{info.unit}]"
        quick = f"; quick: {_text(question.quick[name])}" if name in question.quick else ""
        options.append(
            Option(
                name,
                default if isinstance(default, bool) else _text(default),
                "" if isinstance(default, bool) else _metavar(default, info),
                f"{info.doc}{unit} (default: {_text(getattr(question.settings(), name))}{quick})",
                many=isinstance(default, tuple),
                pair=isinstance(default, bool),
            )
        )
    return options


def _form_field(option: Option) -> tuple[str, Any, Any]:
    """The option for the command-line reader.

    Values arrive as text: the parameter set itself checks them and explains, with unit and bounds, what is wrong.
    """
    import tyro
    from tyro.constructors import PrimitiveConstructorSpec

    default = dataclasses.field(default=option.default)
    if isinstance(option.default, bool):
        paired = option.pair or option.negative
        kind: Any = Annotated[bool, tyro.conf.arg(help="")] if paired else tyro.conf.FlagCreatePairsOff[bool]
        return option.name, kind, default
    spec: PrimitiveConstructorSpec[str] = PrimitiveConstructorSpec(
        nargs="*" if option.many else 1,
        metavar=option.metavar,
        instance_from_str=lambda words: " ".join(words),
        is_instance=lambda value: isinstance(value, str),
        str_from_instance=lambda value: [value],
    )
    return option.name, Annotated[str, tyro.conf.arg(help=""), spec], default


def _metavar(default: Any, info: ParamInfo) -> str:
    if info.choices is not None:
        return "{" + ",".join(str(choice) for choice in info.choices) + "}"
    if isinstance(default, tuple):
        return "NUMBER ..."
    return {int: "INT", float: "NUMBER"}.get(type(default), "TEXT")


def _text(value: Any) -> str:
    return " ".join(str(item) for item in value) if isinstance(value, tuple) else str(value)


def value_of(text: Any, default: Any) -> Any:
    """The text as the parameter's type, or unchanged if it is none: the parameter set then says what is wrong."""
    if isinstance(default, bool):
        return text
    if isinstance(default, tuple):
        item = default[0] if default else 0.0
        return tuple(value_of(word, item) for word in text.replace(",", " ").split())
    if isinstance(default, int | float):
        try:
            return type(default)(text)
        except ValueError:
            return text
    return text


def _read_toml(path: Path, question: Question) -> Mapping[str, Any]:
    import tomllib

    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # some editors begin a file with a mark
        if deeper(values, DEPTH):
            raise RecursionError
    except FileNotFoundError:
        raise ParameterError(f"--params: there is no file {str(path)!r}") from None
    except (OSError, ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else brief(error)
        raise ParameterError(f"--params: {path} is not readable as TOML ({reason})") from None
    known = question.parameters.info()
    read = {}
    for name, value in values.items():
        if name not in known:
            raise unknown_name(f"parameter in {path} (for {question.name})", name, known)
        read[name] = tuple(value) if isinstance(value, list) else value
    return read


def _sentence(complaint: str) -> str:
    """The command-line reader's boxed message as one sentence."""
    lines = [re.sub(r"[│╭╮╰╯─]+|-{3,}", " ", line).strip() for line in complaint.splitlines()]
    words = [line for line in lines[1:] if line and not line.startswith("For full helptext")]
    return " ".join(" ".join(words).split()).rstrip(".") or "the options were not understood; see --help"

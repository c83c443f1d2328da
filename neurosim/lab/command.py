"""`python experiments/<name>.py`: read the options, run, say where everything is; one sentence for every mistake."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from neurosim.lab.experiment import Experiment, load
from neurosim.lab.findings import FAILS, Finding
from neurosim.lab.interrupt import exit_code, interruptible
from neurosim.lab.options import Request, help_text, read_request
from neurosim.lab.progress import Progress
from neurosim.lab.provenance import digest_of, values_of
from neurosim.lab.result import Result, read_result
from neurosim.lab.runner import command_line, is_done, replot, run
from neurosim.lab.storage import finished
from neurosim.params import DimensionError, ParameterError

EXIT_CHECK_FAILED, EXIT_BAD_INPUT = 1, 2


def main(file: str, arguments: Sequence[str] | None = None) -> None:
    """The last line of an experiment file: `if __name__ == "__main__": main(__file__)`. Does not return.

    Exit codes: 0, or 1 if a check failed, 2 for bad input, 130 if interrupted (143 if terminated).
    """
    sys.exit(run_file(Path(file), sys.argv[1:] if arguments is None else arguments))


def run_file(path: Path, arguments: Sequence[str]) -> int:
    """Run an experiment file with the words of a command line; returns the exit code."""
    repeat = ""
    try:
        experiment = load(path)
        if "--help" in arguments or "-h" in arguments:
            print(help_text(experiment, width=shutil.get_terminal_size((100, 24)).columns))
            return 0
        request = read_request(experiment, arguments)
        repeat = command_line(experiment, request.parameters, quick=request.quick, out=request.out)
        if request.dry_run:
            print(dry_run(experiment, request))
            return 0
        with interruptible(lambda: _goodbye(repeat)):
            result = _carry_out(experiment, request, repeat)
    except (ParameterError, DimensionError) as mistake:
        say(f"error: {mistake}")
        return EXIT_BAD_INPUT
    except OSError as fault:
        say(f"error: {fault}")
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        say(_goodbye(repeat))
        return exit_code()
    _print_result(result, repeat)
    return EXIT_CHECK_FAILED if result.failed else 0


def dry_run(experiment: Experiment, request: Request) -> str:
    """What would run, where it would go and what it would cost."""
    folder = request.out / experiment.name / digest_of(experiment, request.parameters)
    full = experiment.settings()
    changed = [
        f"{name}={getattr(request.parameters, name)!r}"
        for name in full.info()
        if getattr(request.parameters, name) != getattr(full, name)
    ]
    state = "finished already, would not run again" if is_done(folder) else "would run"
    lines = [
        f"{experiment.name}: {experiment.title}",
        f"parameters  {', '.join(changed) or 'the full run'}",
        f"state       {state}",
        f"estimate    {_estimate(experiment, request)}",
        f"folder      {folder}",
    ]
    return "\n".join(lines)


def say(text: str) -> None:
    """A line for the person, kept apart from the output."""
    print(text, file=sys.stderr, flush=True)


def _carry_out(experiment: Experiment, request: Request, repeat: str) -> Result:
    if request.replot:
        return replot(experiment, request.parameters, quick=request.quick, out=request.out, notify=say)
    return run(
        experiment,
        request.parameters,
        quick=request.quick,
        out=request.out,
        progress=Progress(request.progress),
        force=request.force,
        command=repeat,
        notify=say,
    )


def _print_result(result: Result, repeat: str) -> None:
    for finding in result.findings:
        if finding.verdict == FAILS:
            print(f"check {finding.id} fails: {failure(finding)}")
    if result.reused:
        print("finished before (checksums verified); --force runs it again")
    print(result.outcome)
    print(f"folder  {result.folder}")
    print(f"figure  {result.figure}")
    print(f"repeat  {repeat}")


def failure(finding: Finding) -> str:
    """The value of a failed check beside what was expected."""
    unit = "" if finding.unit == "1" else f" {finding.unit}"
    expected = finding.expected if isinstance(finding.expected, str) else f"{finding.expected:g}"
    within = "" if finding.tolerance is None else f" +- {finding.tolerance:g}"
    return f"{finding.quantity} is {finding.value}{unit}, expected {expected}{within}{unit} ({finding.statement})"


def _estimate(experiment: Experiment, request: Request) -> str:
    if experiment.estimate is not None:
        seconds, memory = experiment.estimate(request.parameters)
        return f"{seconds:.3g} s, {memory / 2**20:.3g} MiB (the experiment's own estimate)"
    for folder in reversed(finished(request.out / experiment.name)):
        earlier = read_result(folder, verify=False)
        values = {name: entry["value"] for name, entry in earlier.parameters.items()}
        if values == values_of(request.parameters):
            memory = earlier.run.get("peak_memory_bytes") or 0
            return f"{earlier.run['wall_s']:.3g} s, {memory / 2**20:.3g} MiB (as in an earlier run)"
    return "unknown: it gives none and has not run with these parameters yet"


def _goodbye(repeat: str) -> str:
    return f"interrupted; nothing half-written is left. To go on:\n{repeat}"

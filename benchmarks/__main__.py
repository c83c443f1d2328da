"""`python -m benchmarks [--quick] [--works W1,W2] [--no-scaling] [--set NAME=VALUE ...] [--out FOLDER]`."""

import argparse
import sys
import tomllib
from pathlib import Path

from benchmarks.parameters import QUICK, Parameters
from benchmarks.report import as_text, problems, ratios
from benchmarks.run import compute
from benchmarks.scaling import PANELS
from benchmarks.works import WORKS
from neurosim.params import ParameterError


def main(arguments=None):
    """Run, print the tables and keep them; 1 if a result does not agree, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Engines against C and other libraries.")
    parser.add_argument("--quick", action="store_true", help="small works: the same code, times of no worth")
    parser.add_argument("--works", default=",".join(WORKS), help="some of them, separated by commas (default: all)")
    parser.add_argument("--no-scaling", action="store_true", help="leave out how times grow with size and threads")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter, as in TOML")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"), help="folder of tables and figure")
    given = parser.parse_args(arguments)
    try:
        values = tomllib.loads("\n".join(given.set))
        unknown = sorted(set(values) - set(Parameters.info())) + sorted(set(given.works.split(",")) - set(WORKS))
        if unknown:
            raise ParameterError(f"{', '.join(unknown)}: no such parameter or work (works: {', '.join(WORKS)})")
        p = Parameters(**{**(QUICK if given.quick else {}), **values})
    except (ParameterError, tomllib.TOMLDecodeError, TypeError) as error:
        print(error, file=sys.stderr)
        return 2
    panels = () if given.no_scaling else tuple(PANELS)
    tables = compute(p, given.works.split(","), panels, say=lambda words: print(words, file=sys.stderr, flush=True))
    given.out.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_csv(given.out / f"{name}.csv", index=False)
    (given.out / "times.md").write_text(as_text(tables) + "\n", encoding="utf-8")
    if panels:
        from benchmarks.figure import figure
        from neurosim.plots import save_figure

        save_figure(figure(tables), given.out / "figure")
    print(as_text(tables), "", "; ".join(ratios(tables)), f"tables in {given.out}", sep="\n")
    wrong = problems(tables)
    print(*(wrong or ["All exact entrants found the same."]), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

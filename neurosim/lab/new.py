"""`neurosim new <chapter>/<question>`: a question file that runs at once, to be changed line by line."""

from pathlib import Path

from neurosim.params import ParameterError

TEMPLATE = '''"""Does a LIF neuron that hears more input fire more?

Above its threshold the rate grows with the drive. (Say here what theory predicts, and why, and where it stands.)
"""

from dataclasses import dataclass

import neurosim as ns
from neurosim.lab import Row, above, check, column, main
from neurosim.metrics import student_interval
from neurosim.params import Params, param

QUICK = {"seeds": 3}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="number of replicates", low=2)
    noise: float = param(0.3, doc="stationary standard deviation of the membrane potential", low=0)


class Rates(Row):
    drive: float = column("constant drive")
    rate: float = column("rate of the cell", "Hz")


def compute(p, seed, lab):
    cell = ns.LIF(sigma_stat=p.noise)
    for drive in (0.8, 1.0, 1.2, 1.4):
        circuit = ns.Circuit(populations=[ns.Population("cell", 1, bias=drive)])
        yield Rates(drive, lab.simulate(circuit, cell, duration=1.0).rates["cell"][0, 0])


def rise(t):
    rates = t.rates.pivot(index="seed", columns="drive", values="rate")
    return student_interval(rates[1.4] - rates[0.8])


def answer(t):
    return f"Yes: from drive 0.8 to 1.4 the rate rises by {rise(t).value:.0f} Hz."


def findings(t):
    yield check("rise", "The rate rises with the drive.", rise(t), above(0.0), "Hz", why="theory: it grows")


def curve(ax, t):
    for _, rows in t.rates.groupby("seed"):
        ax.plot(rows.drive, rows.rate, color="0.7")
    ax.set(xlabel="drive (threshold = 1)", ylabel="rate (Hz)")
    return "rate against drive, a line per replicate"


def spread(ax, t):
    by_drive = t.rates.groupby("drive").rate.std()
    ax.plot(by_drive.index, by_drive, "o")
    ax.set(xlabel="drive (threshold = 1)", ylabel="standard deviation (Hz)")
    return "standard deviation over replicates"


PANELS = (curve, spread)

if __name__ == "__main__":
    main(__file__)
'''


def new(name: str, folder: Path) -> Path:
    """Write the template under a name; returns its path.

    Raises:
        ParameterError: the name is no chapter/question, or the file is there already.
    """
    chapter, slash, question = name.removesuffix(".py").partition("/")
    if not slash or not chapter.isidentifier() or not question.isidentifier() or question.startswith("_"):
        raise ParameterError(f"new: got {name!r}, expected CHAPTER/QUESTION in letters, digits and _")
    path = folder / chapter / f"{question}.py"
    if path.exists():
        raise ParameterError(f"{path} is there already; choose another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEMPLATE, encoding="utf-8")
    return path

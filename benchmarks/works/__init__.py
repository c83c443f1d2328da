"""The works: each makes its entrants, the engines of this package and the program in C."""

from benchmarks.works.independent import sweep
from benchmarks.works.layers import relu_images
from benchmarks.works.learners import learners
from benchmarks.works.rates import rate_units
from benchmarks.works.recurrent import recurrent

WORKS = {
    "W1": lambda p, program: sweep(p, p.units, p.duration, program, every_step=True),
    "W2": recurrent,
    "W3": lambda p, program: relu_images(p, p.batch, program),
    "W4": learners,
    "W5": lambda p, program: rate_units(p, 1, program),
    "W5 batch": lambda p, program: rate_units(p, p.rate_batch, None),
}
"""Name of a work: its entrants, from parameters and the program in C (None without one)."""

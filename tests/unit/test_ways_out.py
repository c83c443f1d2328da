"""What is given by mistake in a first call is answered with one sentence that names the way out."""

import numpy as np
import pytest

import neurosim as ns
from neurosim import metrics, plots

FEED = ns.Projection("f", "x", "p", np.full((3, 2), 0.02), sign=None)
CIRCUIT = ns.Circuit({"x": 2}, [ns.Population("p", 3)], [FEED])
STEADY = ns.stimulus.constant([[1.0, 2.0]], "x")


def simulate(cell=None, stimulus=STEADY, **options):
    return ns.simulate(CIRCUIT, ns.Unit() if cell is None else cell, stimulus, **options)


CASES = {
    "an activation as a cell": (lambda: simulate(ns.ReLU()), r"a cell such as ns.Unit\(activation=ReLU\(\)\)"),
    "its class": (lambda: simulate(ns.activations.GELU), r"the class GELU, .* ns.Unit\(activation=GELU\(\)\)"),
    "the class of a cell": (lambda: simulate(ns.LIF), r"got the class LIF, expected a cell of that class, LIF\(\)"),
    "an activation by population": (lambda: simulate({"p": ns.ReLU()}), r"cells\['p'\]: got .*activation=ReLU"),
    "a text as a cell": (lambda: simulate("LIF"), r"cells: got 'LIF', expected a cell such as ns.LIF\(\)"),
    "a class to measure": (lambda: ns.measure_transfer(ns.LIF, [1.0]), r"measure_transfer: cell: got the class LIF"),
    "an array as stimulus": (lambda: simulate(stimulus=np.ones((1, 2))), r"ns.stimulus.constant\(array, input\)"),
    "a list as stimulus": (lambda: simulate(stimulus=[1.0, 2.0]), r"ns.stimulus.constant\(array, input\)"),
    "a dictionary as stimulus": (lambda: simulate(stimulus={"x": [1.0]}), r"ns.stimulus.constant\(\{input: array\}\)"),
    "a schedule as stimulus": (lambda: simulate(stimulus=ns.Schedule()), "give the schedule by its name: schedule="),
    "an array to learn from": (lambda: ns.learn(CIRCUIT, ns.Unit(), np.ones((1, 2))), r"^learn: stimulus: .*constant"),
    "arrays to sweep": (lambda: ns.sweep(CIRCUIT, ns.LeakyRate(), [np.ones((1, 2))]), r"ns.stimulus.constant\(array"),
    "learned number": (lambda: simulate(learned=3), "learned: got 3, expected variables by population"),
    "learned without variable": (lambda: simulate(learned={"p": 3}), r"learned\['p'\]: got 3, expected variables"),
    "memory as text": (
        lambda: simulate(memory_limit="8GB"),
        r"expected a number of bytes such as 8 \* 2\*\*30",
    ),
    "memory in megabytes": (lambda: simulate(memory_limit="500 MiB"), r"a number of bytes such as 500 \* 2\*\*20"),
    "no memory limit": (lambda: simulate(memory_limit=None), "memory_limit: got None, expected a number of bytes"),
    "record other units": (
        lambda: simulate(record={"v": {"units": [0, 9]}}),
        r"record\['v'\]: units: got 9, expected 0 to \d, the units of 'p'; name the population if another",
    ),
    "record a list of units": (
        lambda: simulate(record={"v": [0, 1]}),
        r"\['v'\]: got \[0, 1\], expected True, or what to keep of it, such as \{.units.: \[0, 5\], .every.: 10\}",
    ),
    "record nothing": (lambda: simulate(record=None), r"record: got None, expected names .*, or \(\) for nothing"),
    "record a number": (lambda: simulate(record=[3]), "record: got 3, expected names"),
    "inputs by number": (lambda: ns.Circuit(inputs=3), r"Circuit: inputs: got 3, expected some, such as \{\"x\": 3\}"),
    "populations by number": (lambda: ns.Circuit(populations=3), "Circuit: populations: got 3, expected some, such as"),
    "populations by name": (lambda: ns.Circuit(populations=["p"]), "populations: got 'p', expected a Population, such"),
    "projections by number": (lambda: ns.Circuit(projections=1.5), "Circuit: projections: got 1.5, expected some"),
    "umlaut": (
        lambda: ns.Population("Körnerzellen", 2),
        "got 'Körnerzellen', expected letters, digits and _, without accents",
    ),
    "accent": (
        lambda: ns.Input("entrée", 2),
        "Input name: got 'entrée', expected letters, digits and _, without accents",
    ),
    "Greek": (
        lambda: ns.Projection("α", "x", "p", [[1.0]]),
        "Projection name: got 'α', expected letters, digits and _, without accents",
    ),
    "two leaks for three units": (
        lambda: simulate(ns.Unit(activation=ns.activations.PReLU(negative_slopes=(1, 2)))),
        r"cells\['p'\]: Unit.activation.negative_slopes has 2 values, expected a number or 3, one per unit",
    ),
    "two leaks on the rate rung": (
        lambda: simulate(ns.LeakyRate(activation=ns.activations.PReLU(negative_slopes=(1, 2)))),
        "LeakyRate.activation.negative_slopes has 2 values, expected a number or 3",
    ),
    "a seed as generator": (lambda: metrics.bootstrap_interval([1.0, 2.0], rng=0), "rng: got 0, expected a random gen"),
    "no generator": (lambda: metrics.paired_difference([1.0], [2.0], rng=None), "paired_difference: rng: got None"),
    "a generator for bars": (
        lambda: ns.patterns.bars(4, 4, 0.1, rng=0),
        "bars: rng: got 0, expected a random",
    ),
    "labels of text": (
        lambda: ns.datasets.Images(np.ones((2, 2, 2)), ["a", "b"], "mine", "here"),
        "Images 'mine': labels: got text, expected whole numbers",
    ),
    "no table": (
        lambda: plots.plot_curves(plots.new_figure("nature-1").subplots(), None, "x", "y", x_unit="1", y_unit="1"),
        "plot_curves: table: got None, expected a data frame or columns by name",
    ),
    "rows as text": (
        lambda: plots.plot_raster(plots.new_figure("nature-1").subplots(), [0.1], [0], n_units="3"),
        "plot_raster: n_units: got '3', expected a whole number >= 1",
    ),
    "a list as a name": (
        lambda: simulate(engine=["compiled"]),
        r"no engine is named \['compiled'\]; did you mean 'compiled'",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_names_the_way_out(case):
    call, message = CASES[case]
    with pytest.raises((ValueError, TypeError), match=message) as caught:
        call()
    assert type(caught.value).__module__.startswith("neurosim."), "an error of the package's own"
    assert "\n" not in str(caught.value)


DRAWING = [name for name in plots.__all__ if name.startswith("plot_") and name != "plot_population"]


@pytest.mark.parametrize("name", DRAWING)
@pytest.mark.parametrize("wrong", [None, [0.1, 0.2], {"p": 3}])
def test_every_plot_says_that_axes_come_first(name, wrong):
    with pytest.raises(TypeError, match=rf"^{name}: ax: got .*, expected Matplotlib axes, such as ns.plots.new_figure"):
        getattr(plots, name)(wrong)


def test_encodings_are_named():
    circuit, cells = ns.training.layered([3, 2, 2])
    with pytest.raises(ValueError, match=r"no encoding is named \['constant'\]; did you mean 'constant'"):
        ns.convert(circuit, cells, ns.LIF(), np.ones((2, 3)), encoding=["constant"])


def test_what_train_learns_is_a_tuple():
    circuit, cells = ns.training.layered([3, 2, 2])
    with pytest.raises(ValueError, match="train: learn: got None, expected a tuple with some of"):
        ns.train(circuit, cells, np.ones((2, 3)), np.array([0, 1]), learn=None)

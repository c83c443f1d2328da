"""Valid values: what an argument can be, told from its type, its default and its name."""

import inspect
import itertools
import os
import tempfile
import types
import typing
from collections import abc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import neurosim as ns
from neurosim.params import Params

RNG = np.random.Generator
FOLDER = Path(tempfile.mkdtemp(prefix="bad_input_"))


def vector(n: int = 6) -> Any:
    return np.linspace(0.125, 1.0, n)


def matrix(rows: int = 6, columns: int = 6) -> Any:
    return np.abs(np.sin(np.arange(1.0, rows * columns + 1))).reshape(rows, columns).round(3)


def feed_forward(**changes: Any) -> ns.Circuit:
    """Three inputs onto two units."""
    weights = [[0.01, 0.02, 0.03], [0.02, 0.01, 0.02]]
    return ns.Circuit({"input": 3}, [ns.Population("p", 2)], [ns.Projection("w", "input", "p", weights, **changes)])


def alone() -> ns.Circuit:
    """Two units that their biases drive."""
    return ns.Circuit(
        populations=[ns.Population("p", 2, bias=[1.2, 1.5])], projections=[ns.lateral(ns.Population("p", 2), 0.01)]
    )


def network() -> tuple[ns.Circuit, dict[str, Any]]:
    """A trained-looking network of three layers."""
    return ns.training.layered([3, 4, 2])


def nir_graph() -> Any:
    """Two cells that three inputs feed, as other programs exchange them."""
    return ns.conversion.to_nir(feed_forward(tau=0.0), ns.LIF(t_ref=0.0))


def simulated(cell: Any = None) -> Any:
    return ns.simulate(
        feed_forward(),
        cell or ns.LIF(),
        ns.stimulus.constant(np.full((1, 3), 25.0)),
        ns.Schedule(duration=0.02, settle=0.0),
    )


def recorded_view() -> Any:
    """One population of a short run."""
    return simulated()["p"]


def converted() -> Any:
    circuit, cells = network()
    return ns.convert(circuit, cells, ns.LIF(), matrix(8, 3))


def timed() -> Any:
    """The same network as cells that spike once."""
    return ns.convert(*network(), ns.cells.TimedIF(), matrix(8, 3))


def saved() -> Path:
    """A circuit file."""
    return feed_forward().save(FOLDER / "circuit.npz") or FOLDER / "circuit.npz"


def saved_run() -> Path:
    """A file with a recording."""
    simulated().save(FOLDER / "run.npz")
    return FOLDER / "run.npz"


def digit_folder() -> Path:
    """A folder with a data set of two pictures in IDX format."""
    folder = FOLDER / "idx"
    folder.mkdir(exist_ok=True)
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte").write_bytes(
            bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, *range(8)])
        )
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 0, 1]))
    return folder


def axes() -> Any:
    from matplotlib.figure import Figure

    return Figure().subplots()


def curve_table() -> Any:
    return pd.DataFrame(
        {
            "x": [0.0, 1.0, 2.0, 3.0],
            "y": [0.0, 0.5, 1.0, 2.0],
            "rung": ["spiking"] * 4,
            "low": [0.0] * 4,
            "high": [3.0] * 4,
        }
    )


WITH_SCALES = (ns.LIF, ns.cells.AdaptiveLIF, ns.cells.ConductanceLIF, ns.cells.ExpIF, ns.cells.HomeostaticLIF)
"""Cells that know their amperes and volts."""

# What a class of the package is made with where its defaults do not do, by class name.
OBJECTS: dict[str, list[typing.Callable[[], Any]]] = {
    "Circuit": [
        feed_forward,
        alone,
        lambda: feed_forward(rule=ns.plasticity.Hebb()),
        lambda: network()[0],
        lambda: feed_forward(sign=None),
    ],
    "Cell": [ns.Unit, ns.LIF, ns.LeakyRate, lambda: network()[1]],
    "SpikingCell": [ns.LIF, ns.cells.ConductanceLIF],
    "Activation": [ns.ReLU],
    "Kernel": [lambda: ns.kernels.Gaussian(sigma=0.5)],
    "Stimulus": [lambda: ns.stimulus.poisson(np.full((2, 3), 25.0)), lambda: ns.stimulus.counts(np.full((2, 3), 25.0))],
    "Schedule": [lambda: ns.Schedule(duration=0.02, settle=0.0)],
    "Population": [lambda: ns.Population("p", 3)],
    "Input": [lambda: ns.Input("input", 3)],
    "Projection": [lambda: ns.Projection("w", "input", "p", np.ones((2, 3)))],
    "Recording": [
        simulated,
        lambda: ns.simulate(
            converted().circuit,
            dict(converted().cells),
            converted().stimulus(matrix(2, 3)),
            ns.Schedule(duration=0.02, settle=0.0),
        ),
        lambda: timed().run(matrix(8, 3)),
    ],
    "Conversion": [converted],
    "TimedConversion": [timed],
    "ImportedNetwork": [lambda: ns.conversion.ImportedNetwork(*network(), "classes")],
    "Learning": [
        lambda: ns.learn(feed_forward(rule=ns.plasticity.Hebb()), ns.Unit(), ns.stimulus.constant(np.ones((2, 3))))
    ],
    "Training": [lambda: ns.train(*network(), matrix(8, 3), np.arange(8) % 2, epochs=1)],
    "Network": [lambda: ns.training.Network(*network())],
    **{kind.__name__: [lambda kind=kind: kind(scales=ns.cells.Biophysics())] for kind in WITH_SCALES},
    "Rule": [ns.plasticity.Hebb],
    "Homeostasis": [ns.homeostasis.TargetRate],
    "Loss": [ns.training.CrossEntropy],
    "Optimiser": [ns.training.Adam],
    "CostTable": [lambda: next(iter(ns.metrics.COST_TABLES.values()))],
    "SpikeTrains": [lambda: ns.stimulus.SpikeTrains(np.arange(3), np.arange(3) % 2, np.zeros(3), 1e-3, 20, 2, 1)],
    "GivenSpikes": [lambda: ns.stimulus.spikes([0.01, 0.02], [0, 1]).given["input"]],
    "Images": [ns.datasets.digits],
    "UniformLateral": [lambda: ns.kernels.UniformLateral(3, 0.5)],
    "SeriesStyle": [lambda: ns.plots.series_style("spiking")],
    "Generator": [lambda: np.random.default_rng(0)],
    "SeedSequence": [lambda: np.random.SeedSequence(0)],
    "Axes": [axes],
    "Figure": [lambda: axes().figure],
}

# What a name stands for where the type says "Any", most telling first.
NAMES: dict[str, list[Any]] = {
    "component": [ns.activations.ReLU],
    "name": ["p", "w", "input", "digits", "spiking", "weights", "hidden1"],
    "path": [FOLDER / "file.npz", saved(), saved_run()],
    "folder": [digit_folder()],
    "stem": [FOLDER / "figure"],
    "labels": [np.arange(6) % 2, np.arange(8) % 2],
    "test_labels": [np.arange(6) % 2],
    "units": [np.arange(6) % 3],
    "trials": [None],
    "times": [np.array([0.01, 0.02, 0.03, 0.05, 0.06, 0.08])],
    "n_units": [3],
    "start": [0.0, 0],
    "stop": [0.1, 2],
    "bin": [0.02],
    "bin_width": [0.02],
    "window": [(0.0, 0.1), 0.5],
    "shape": [6, (2, 3)],
    "sizes": [[3, 4, 2], {"a": 3, "b": 2}],
    "links": [[ns.Projection("w", "a", "b", np.ones((2, 3)))]],
    "x": ["x", vector(4), matrix(8, 3)],
    "y": ["y", vector(4), np.arange(8) % 2],
    "low": [vector(3) / 2, vector(4) / 2, 0.0, slice(0, 2)],
    "high": [vector(3) * 2, vector(4) * 2, 1.0, slice(4, 6)],
    "names": [["a", "b", "c"]],
    "table": [curve_table()],
    "frame": [0.02, pd.DataFrame(matrix(2, 3), index=["a", "b"], columns=["c", "d", "e"])],
    "rates": [
        matrix(2, 3),
        {"input": matrix(2, 3)},
        {"spiking": vector(6)},
        vector(6),
        {"hidden1": matrix(2, 4), "output": matrix(2, 2)},
        np.linspace(0, 2, 8),
    ],
    "field": [ns.wiring.gabor_filters(1, 8, np.random.default_rng(0)).reshape(8, 8)],
    "causes": [matrix(3, 4)],
    "fields": [matrix(2, 4), ns.wiring.gabor_filters(2, 8, np.random.default_rng(0)).reshape(2, 8, 8)],
    "filters": [matrix(4, 16).reshape(4, 4, 4)],
    "image": [matrix(4, 4)],
    "dictionary": [matrix(3, 4), matrix(4, 3)],
    "signal": [vector(3)],
    "code": [vector(4)],
    "penalty": [0.1],
    "membrane": [vector(3)],
    "source": [[(matrix(2, 3), vector(2))]],
    "stimuli": [matrix(8, 3), [ns.stimulus.poisson(np.full((2, 3), 25.0))]],
    "inputs": [matrix(8, 3), {"input": 3}],
    "targets": [np.arange(8) % 2],
    "populations": [[ns.Population("p", 2)]],
    "projections": [[]],
    "strength": [0.01, 1.5],
    "excite": [0.01],
    "inhibit": [0.01],
    "fraction": [0.5],
    "segment": [0.25],
    "index": [0, [0]],
    "seed": [0],
    "density": [vector(6), 0.5],
    "frequencies": [np.arange(6.0)],
    "drives": [np.linspace(0, 3, 8)],
    "rate": [np.abs(np.linspace(-1, 2, 6)), matrix(1, 64)[0], 0.1],
    "spike_counts": [np.arange(12).reshape(4, 3)],
    "counts": [np.arange(12).reshape(4, 3)],
    "orientations": [[0.0, 0.5]],
    "post": ["p", vector(2), matrix(4, 2), 20.0],
    "pre": ["input", vector(3), matrix(4, 3), 20.0],
    "w": [matrix(2, 3)],
    "weights": [matrix(2, 3), "he_normal"],
    "data": [matrix(8, 4)],
    "size": [4, 16, "nature-2"],
    "at": [2],
    "quantity": ["rate"],
    "unit": ["Hz", "s"],
    "x_unit": ["Hz"],
    "y_unit": ["Hz"],
    "unit_label": ["Hz"],
    "frames": [np.full((1, 2, 3), 20.0)],
    "rung": ["spiking"],
    "level": [0.5, "spiking"],
    "cost_ratio": [10.0],
    "p_values": [[0.01, 0.5]],
    "positions": [np.arange(6.0)],
    "response": [np.array([0.0, 1.0, 3.0, 2.0, 1.0, 0.5]), np.array([1.0, 1.0, 0.5, 3.5, 3.0, 3.0])],
    "weight_variance": [2.0],
    "depth": [3],
    "indegree": [2],
    "probability": [0.5],
    "distance": [vector(3)],
    "drive": [np.linspace(-1, 2, 6), 1.5],
    "stimulus": [ns.stimulus.poisson(np.full((2, 3), 25.0))],
    "cotangent": [np.ones(6)],
    "axes": [[axes(), axes()]],
    "time": [0.01, vector(6)],
    "v": [vector(6)],
    "duration": [0.02],
    "dt": [1e-3],
    "current": [np.array([1e-9, 2e-9])],
    "V": [-0.055],
    "sigma_V": [0.002],
    "seed_sequence": [np.random.SeedSequence(0)],
    "steps": [np.array([1, 2, 3])],
    "n_steps": [10],
    "n_trials": [1],
    "parent": [np.random.SeedSequence(0)],
    "images": [np.abs(np.sin(np.arange(96.0))).reshape(6, 4, 4)],
    "n": [3, 5],
    "values": [vector(6), matrix(6, 6), vector(3)],
    "state": [{}, {"theta": vector(2)}, {"mean": vector(2)}],
    "rates_hz": [20.0],
    "rate_hz": [20.0],
    "initial": [None],
    "encoding": ["poisson"],
    "max_slope": [1.0],
    "slopes": [1.0],
    "total": [1.0],
    "kind": ["exact"],
    "population": [ns.Population("p", 3), "hidden1", "p"],
    "cells": [ns.Unit(), ns.LIF(), ns.LIF(t_ref=0.0), network()[1], ns.ladder(ns.LIF())],
    "graph": [nir_graph()],
    "recording": [None],
    "variable": ["v"],
    "where": ["here"],
    "inhibitory": [0.5],
    "widths": [[64, 64]],
    "ceiling": [100.0],
    "spike_times": [np.array([0.01, 0.02])],
    "view": [recorded_view()],
    "class_weights": [(1.0, 2.0)],
    "C": [2e-10],
    "g_L": [1e-8],
    "E_L": [-0.07],
    "V_th": [-0.05],
    "V_reset": [-0.07],
    "g_tonic": [1e-9],
    "b": [1e-10, vector(6)[::-1]],
    "E_exc": [0.0],
    "E_inh": [-0.08],
    "pattern": [vector(3)],
    "E_inh_V": [-0.075],
    "cell": [ns.cells.ConductanceLIF()],
    "pool": [ns.Population("pool", 2)],
    "state_of": [{}],
    "n_post": [3],
    "n_pre": [3],
    "rng": [np.random.default_rng(0)],
}

SHORT = {"duration": [0.02], "settle": [0.0]}
"""What a function that runs a circuit is given beside the arguments without a default."""

GENERIC = [vector(6), matrix(6, 6), 0.5, 3, "p", [0.5, 1.0], matrix(2, 3), {"p": 1.0}]
LAYERS = {"hidden1": matrix(2, 4), "output": matrix(2, 2)}
"""Values of every population of the network above."""
COMBINATIONS = 400
"""How many combinations of recipes are tried before a function counts as one that the sweep cannot call."""


def hints_of(target: Any) -> dict[str, Any]:
    function = target.function
    if inspect.isclass(function):
        function = function.__init__ if function.__init__ is not object.__init__ else function.__new__
    try:
        return typing.get_type_hints(function)
    except Exception:
        return {}


def branches(hint: Any) -> list[Any]:
    """The alternatives of a union."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return [branch for part in typing.get_args(hint) for branch in branches(part)]
    return [hint]


def of_numbers(branch: Any) -> bool:
    """Whether a type is that of a row of numbers: tuple[float, ...]."""
    return typing.get_origin(branch) is tuple and set(typing.get_args(branch)) <= {float, ...}


def candidates(parameter: inspect.Parameter, hint: Any) -> list[Any]:
    """Valid values to try for one argument that has no default."""
    named = NAMES.get(parameter.name, [])
    found = []
    for branch in branches(hint):
        origin = typing.get_origin(branch) or branch
        if origin is typing.Literal:
            found += typing.get_args(branch)[:1]
        elif origin is Any:
            found += named or GENERIC
        elif inspect.isclass(origin):
            found += _of_class(origin, named, branch)
        else:
            found += named or [*named, *GENERIC]
    return found or [*named, *GENERIC]


def _of_class(origin: type, named: list[Any], branch: Any) -> list[Any]:
    if origin.__name__ in OBJECTS:
        made = [value for value in named if isinstance(value, origin)]
        return made + [make() for make in OBJECTS[origin.__name__]]
    if origin in (int, float, str, bool):
        fitting = [value for value in named if type(value) is origin]
        return fitting or {int: [3, 6, 1], float: [0.5, 1.0, 20.0], str: ["p"], bool: [False]}[origin]
    if origin is np.ndarray or origin is object:
        return named or GENERIC
    if origin in (Path, os.PathLike):
        return named or [FOLDER / "file.npz"]
    if origin is abc.Callable:
        return [lambda *_, **__: None]
    if issubclass(origin, abc.Mapping | abc.Iterable) and origin is not str:
        return named or [[0.5, 1.0], {"p": 1.0}, LAYERS]
    if inspect.isclass(origin) and issubclass(origin, Params) and not inspect.isabstract(origin):
        return [origin()]
    return []


def combinations(options: dict[str, list[Any]]) -> Any:
    """Combinations of candidates, first those that change few of the first choices."""
    names = list(options)
    every = itertools.product(*(range(len(options[name])) for name in names))
    ranked = sorted(itertools.islice(every, 20000), key=lambda picks: (sum(pick > 0 for pick in picks), sum(picks)))
    for picks in ranked[:COMBINATIONS]:
        yield {name: options[name][pick] for name, pick in zip(names, picks, strict=True)}

"""Files that attack: whatever stands in one, it is read or refused in one sentence, runs nothing, and stays small.

`NEUROSIM_FUZZ=20000 pytest tests/property/test_hostile_files.py` looks longer, and elsewhere each time.
"""

import gzip
import io
import json
import os
import struct
import sys
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim import files, homeostasis, plasticity
from neurosim.conversion import export_network, import_network
from neurosim.lab import ask
from neurosim.lab.options import OWN, read_options
from neurosim.params import DimensionError, ParameterError
from neurosim.stimuli import idx_files

EXAMPLES = int(os.environ.get("NEUROSIM_FUZZ", "0"))
FUZZ = settings(
    max_examples=EXAMPLES or 60, deadline=None, derandomize=not EXAMPLES, database=None,
    suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate],
)  # fmt: skip
REFUSALS = (ParameterError, DimensionError)
OVERHEAD = 4 * 2**20
"""Bytes of the interpreter's own, such as modules of this package that are read for the first time."""


def built():
    """A circuit with every kind of part that a file can hold."""
    from scipy.sparse import csr_array

    rng = np.random.default_rng(0)
    sparse = csr_array(np.where(rng.random((3, 4)) < 0.5, 0.02, 0.0))
    laws = (homeostasis.TargetRate(target=5.0), homeostasis.SynapticScaling(target=5.0))
    return ns.Circuit(
        {"x": 4},
        [ns.Population("a", 3, [0.0, 0.1, 0.2], laws), ns.Population("b", 2)],
        [
            ns.Projection("ff", "x", "a", sparse, rule=plasticity.BCM(learning_rate=0.01)),
            ns.Projection("up", "a", "b", rng.random((2, 3)), tau=0.0, delay=1e-3),
            ns.Projection("lat", "b", "b", ns.wiring.UniformLateral(2, 0.01), sign=-1),
        ],
    )


def recorded():
    """A recording with spikes, traces, a final state with noise and spikes on their way, and weights of every kind."""
    rng = np.random.default_rng(1)
    circuit = ns.Circuit({"x": 4}, built().populations[1:], built().projections[2:]).with_projections(
        ns.Projection("up", "x", "b", rng.random((2, 4)), delay=2e-3, tau=5e-3)
    )
    shown = ns.stimulus.regular(np.full((2, 4), 90.0), "x")
    return ns.simulate(circuit, ns.LIF(sigma_stat=0.1), shown, duration=0.02, record=("v", "spikes"))


CELLS = {"a": ns.LIF(sigma_stat=0.1), "b": ns.Unit(activation=ns.activations.ReLU(gain=2.0))}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a good file of each kind."""
    folder = tmp_path_factory.mktemp("whole")
    export_network(built(), CELLS, folder / "network.npz")
    built().save(folder / "circuit.npz")
    recorded().save(folder / "recording.npz")
    files.write_arrays(
        folder / "layers.npz", {"W1": np.ones((3, 2)), "b1": np.ones(3), "W2": np.ones((1, 3)), "b2": [0.0]}
    )
    return {path.stem: path for path in folder.iterdir()}


def attempt(read, path):
    """Read, or refuse in one sentence; run and import nothing foreign, and keep below twice the bound of the file."""
    foreign = {name for name in sys.modules if not name.startswith(("neurosim", "scipy", "numpy"))}
    tracemalloc.start()
    try:
        read(path)
        said = "read"
    except REFUSALS as refusal:
        said = str(refusal)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert said
    assert "\n" not in said
    assert len(said) < 2000
    assert peak < 2 * files.most_bytes(path.stat().st_size) + OVERHEAD
    new = {name for name in sys.modules if not name.startswith(("neurosim", "scipy", "numpy"))} - foreign
    assert not {name for name in new if name.split(".")[0] not in sys.stdlib_module_names}


# ---------------------------------------------------------------- what JSON and arrays may turn into

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8),
    st.sampled_from([2**31, 10**12, 1e308, -0.0, "a", "x", "ff", "inf", "neurosim.cells.lif:LIF", "os:system"]),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
classes = st.sampled_from(
    ["os:system", "evil:Evil", "antigravity:fly", "neurosim.cells.lif:LIF", "neurosim.plasticity.oja:Oja", "this:s",
     "neurosim.homeostasis.target_rate:TargetRate", "neurosim.engines.rate:Rate", "neurosim.cells.base:Cell", ":", "",
     "neurosim.activations.prelu:PReLU", "neurosim.activations.measured_curve:MeasuredCurve"]
)  # fmt: skip


def places(value, path=()):
    """Every place in a JSON value."""
    yield path
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(part, (*path, key))


def changed_json(draw, value):
    """The value with one to three places replaced, dropped or doubled."""
    value = json.loads(json.dumps(value))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from([path for path in places(value) if path] or [(None,)]))
        if last is None:
            return draw(values)
        parent = value
        for key in way:
            parent = parent[key]
        deed = draw(st.sampled_from(["replace", "drop", "class", "double"]))
        if deed == "drop":
            del parent[last]
        elif deed == "double" and isinstance(parent, list):
            parent.append(parent[last])
        elif deed == "class" and isinstance(parent, dict) and "class" in parent:
            parent["class"] = draw(classes)
        else:
            parent[last] = draw(values)
    return value


def changed_array(draw, array):
    """An array of another shape, type or with other numbers, as its .npy bytes; sometimes with a lie in its header."""
    deed = draw(st.sampled_from(["number", "type", "shape", "lie"]))
    array = array.copy()
    if deed == "number" and array.size and array.dtype.kind in "iuf":
        wrong = [-1, 3, 10**8, 2**31 - 1] if array.dtype.kind in "iu" else [np.nan, np.inf, -1.0, 1e308, 2**63]
        array.flat[draw(st.integers(0, array.size - 1))] = draw(st.sampled_from(wrong))
    elif deed == "type":
        array = (np.arange(2.0) if array.dtype.kind == "U" else array).astype(
            draw(st.sampled_from(["U8", "?", "c16", "S4", "i1", ">f4", "f2", "M8[s]"]))
        )
    elif deed == "shape":
        array = np.resize(array, draw(st.sampled_from([(), (0,), (1,), (2, 2), (3, 4, 1), (7,)])))
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, allow_pickle=False)
    content = stream.getvalue()
    if deed == "lie":
        said = {"descr": array.dtype.str, "fortran_order": draw(st.booleans())}
        said["shape"] = draw(st.sampled_from([(2**31,), (2**62, 2**62), (0,), (-1,), (True,), (3, 4)]))
        said["descr"] = draw(st.sampled_from([array.dtype.str, "|O", "<f8", "|S0", "<U0", "|V8", "<U2000000000"]))
        stream = io.BytesIO()
        np.lib.format.write_array_header_1_0(stream, said)
        content = stream.getvalue() + array.tobytes()
    return content


@st.composite
def tampered(draw, source):
    """A good file with something else in it, all of its checksums right."""
    with np.load(source) as archive:
        arrays = dict(archive)
    content = {}
    chosen = draw(st.sets(st.sampled_from(sorted(arrays)), min_size=1, max_size=2))
    for name, array in arrays.items():
        stream = io.BytesIO()
        np.lib.format.write_array(stream, array)
        content[name] = stream.getvalue()
        if name not in chosen:
            continue
        deed = draw(st.sampled_from(["change", "change", "drop", "rename"]))
        if deed == "change" and name in ("circuit", "cells", "facts", "recording") and draw(st.booleans()):
            stream = io.BytesIO()
            np.lib.format.write_array(stream, np.array(json.dumps(changed_json(draw, json.loads(str(array))))))
            content[name] = stream.getvalue()
        elif deed == "change":
            content[name] = changed_array(draw, array)
        else:
            entry = content.pop(name)
            if deed == "rename":
                content[draw(st.sampled_from(["w_", "../x", "circuit", "cells", "x" * 300, "facts"]))] = entry
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, entry in content.items():
            archive.writestr(f"{name}.npy", entry)
    return stream.getvalue()


@st.composite
def broken(draw, source):
    """A good file with some of its bytes changed, cut out, or doubled."""
    content = bytearray(source.read_bytes())
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        some = draw(st.binary(max_size=6))
        content[at : at + draw(st.integers(0, 6))] = some
    return bytes(content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content)


READERS = {
    "circuit": ns.Circuit.load,
    "network": import_network,
    "layers": import_network,
    "recording": ns.Recording.load,
}


@pytest.mark.parametrize("way", [tampered, broken])
@pytest.mark.parametrize("kind", READERS)
@FUZZ
@given(data=st.data())
def test_circuits_and_networks(whole, kind, way, data):
    path = whole[kind].with_name("attack.npz")
    path.write_bytes(data.draw(way(whole[kind])))
    attempt(READERS[kind], path)
    attempt(ns.load, path)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("checkpoint") / "run.npz"
    continued(path)
    return path


def continued(path):
    laws = (
        homeostasis.SynapticScaling(target=5.0, learning_rate=0.1),
        homeostasis.TargetRate(target=5.0, learning_rate=0.01),
    )
    projection = ns.Projection(
        "ff", "x", "y", np.full((2, 3), 0.1), sign=None, tau=0.0, rule=plasticity.BCM(learning_rate=0.01)
    )
    circuit = ns.Circuit({"x": 3}, [ns.Population("y", 2, 0.0, laws)], [projection])
    stimulus = ns.stimulus.constant(np.random.default_rng(0).random((4, 3)), "x")
    unit = ns.Unit(activation=ns.activations.ReLU())
    return ns.learn(circuit, unit, stimulus, seed=3, snapshots=2, checkpoint=path)


@pytest.mark.parametrize("way", [tampered, broken])
@FUZZ
@given(data=st.data())
def test_checkpoints(checkpoint, way, data):
    path = checkpoint.with_name("attack.npz")
    path.write_bytes(data.draw(way(checkpoint)))
    attempt(continued, path)


@FUZZ
@given(
    magic=st.tuples(st.sampled_from([0, 0, 1]), st.sampled_from([*idx_files.TYPES, 7, 0]), st.integers(0, 6)),
    lengths=st.lists(st.sampled_from([0, 1, 2, 3, 2**16, 2**31, 2**32 - 1]), max_size=5),
    data=st.binary(max_size=64),
    packed=st.booleans(),
    cut=st.integers(0, 40),
)
def test_idx_files(tmp_path_factory, magic, lengths, data, packed, cut):
    content = struct.pack(">HBB", *magic) + struct.pack(f">{len(lengths)}I", *lengths) + data
    content = gzip.compress(content) if packed else content
    path = tmp_path_factory.getbasetemp() / "attack-idx"
    path.write_bytes(content[: len(content) - cut] if cut < 20 else content)
    attempt(idx_files.read, path)


TOML = st.one_of(
    st.text(max_size=60),
    st.dictionaries(st.sampled_from(["points", "factor", "pause", "seeds", "diary", "facto"]), values, max_size=3)
    .map(lambda found: "\n".join(f"{name} = {json.dumps(value)}" for name, value in found.items())),
    st.integers(1, 3000).map(lambda depth: "levels = " + "[" * depth + "]" * depth),
)  # fmt: skip


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    sys.path.insert(0, str(files.Path(__file__).parents[1] / "unit"))
    try:
        import toy_question
    finally:
        sys.path.pop(0)
    found = ask(toy_question.write(tmp_path_factory.mktemp("toy")))
    read_options(found, [], OWN)  # imports the reader of command lines
    return found


@settings(FUZZ, max_examples=EXAMPLES // 20 or 20)  # to build the reader of a command line takes 0.1 s
@given(text=TOML)
def test_toml_files(toy, text):
    path = toy.path.with_name("attack.toml")
    path.write_text(text, encoding="utf-8", errors="replace")
    attempt(lambda file: read_options(toy, ["--params", str(file)], OWN), path)

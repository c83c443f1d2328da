"""The compiled engine's cache on disk: what is damaged or another's costs a compilation and nothing else."""

import os
import subprocess
import sys

import numba
import pytest

from neurosim.engines.compiled.machine_code import cache


def twice(x):
    return 2 * x


def thrice(x):
    return 3 * x


def compiled_twice(folder, monkeypatch, function=twice):
    """A small function with the engine's cache in a folder, freshly made as in a new process."""
    monkeypatch.setattr(cache, "directory", lambda: folder)
    function = numba.njit(function)
    function._cache = cache.GuardedCache(function.py_func)
    return function


def test_machine_code_is_found_again(tmp_path, monkeypatch):
    first, second = (compiled_twice(tmp_path, monkeypatch) for _ in range(2))
    assert first(3) == 6
    assert not first.stats.cache_hits
    assert second(3) == 6
    assert second.stats.cache_hits


def damage(content, how):
    middle = len(content) // 2
    return {
        "empty": b"",
        "one byte": content[:1],
        "half": content[:middle],
        "no end": content[:-1],
        "one bit": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        "text": b"not machine code",
        "foreign": b"\x80\x04K\x07.",
    }[how]


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("how", ["empty", "one byte", "half", "no end", "one bit", "text", "foreign"])
def test_a_damaged_cache_costs_a_compilation_and_nothing_else(suffix, how, tmp_path, monkeypatch):
    compiled_twice(tmp_path, monkeypatch)(3)
    (path,) = tmp_path.rglob(f"*{suffix}")
    path.write_bytes(damage(path.read_bytes(), how))
    assert compiled_twice(tmp_path, monkeypatch)(3) == 6
    healed = compiled_twice(tmp_path, monkeypatch)
    assert healed(3) == 6
    assert healed.stats.cache_hits


@pytest.mark.parametrize("suffixes", [[".nbi"], [".nbc"], [".nbi", ".nbc"]])
def test_a_whole_file_of_another_function_is_not_run(suffixes, tmp_path, monkeypatch):
    for function in (twice, thrice):
        compiled_twice(tmp_path, monkeypatch, function)(3)
    for suffix in suffixes:
        (mine,), (other,) = (list(tmp_path.rglob(f"*{name}*{suffix}")) for name in ("twice", "thrice"))
        mine.write_bytes(other.read_bytes())
    assert compiled_twice(tmp_path, monkeypatch)(3) == 6
    assert compiled_twice(tmp_path, monkeypatch, thrice)(3) == 9
    assert compiled_twice(tmp_path, monkeypatch)(3) == 6


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, monkeypatch):
    closed = tmp_path / "file"
    closed.write_text("")
    assert compiled_twice(closed / "below", monkeypatch)(3) == 6


def test_without_machine_code_python_runs_the_same_steps():
    """Numba leaves functions to Python where NUMBA_DISABLE_JIT is set, as people do to look for a fault."""
    code = """if True:
        import numpy as np
        import neurosim as ns
        circuit = ns.Circuit({"x": 3}, [ns.Population("p", 2, 0.8)], [
            ns.Projection("f", "x", "p", np.full((2, 3), 5e-3), rule=ns.plasticity.STDP()),
            ns.Projection("l", "p", "p", ns.wiring.UniformLateral(2, 1e-3), sign=-1)])
        stimulus = ns.stimulus.poisson([[40.0, 50.0, 60.0]] * 2, "x")
        schedule = ns.Schedule(duration=0.1, settle=0.0)
        run = ns.simulate(circuit.frozen(), ns.LIF(sigma_stat=0.1), stimulus, schedule, engine="compiled")
        learned = ns.learn(circuit, ns.LIF(), stimulus, schedule, engine="compiled").circuit.projection("f")
        print(run.rates["p"].tolist(), learned.dense().tolist())"""
    outputs = []
    for disabled in ("0", "1"):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled}
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
        assert found.returncode == 0, found.stderr
        outputs.append(found.stdout)
    assert outputs[0] == outputs[1]

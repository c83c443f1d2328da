"""The same tasks on a real dask scheduler with two worker processes, one of which is killed while it works."""

import os
import signal
import socket
import subprocess
import sys
import time

import pandas as pd
import pytest
import toy_question
from toy_question import ROOT, here, neurosim, start

from neurosim.lab import cluster

pytest.importorskip("distributed", reason='needs the extra "cluster"')
pytestmark = pytest.mark.skipif(os.name == "nt", reason="kills processes by POSIX signals")


@pytest.fixture
def scheduler(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}
    dask = [sys.executable, "-m", "dask"]
    options = {"cwd": tmp_path, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    words = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    processes = [subprocess.Popen([*dask, *words], **options)]
    words = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path)]
    processes += [subprocess.Popen([*dask, *words], **options) for _ in range(2)]
    try:
        from distributed import Client

        with Client(address, timeout="120s", set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_cluster_gives_the_same_tables_also_when_a_worker_is_killed(tmp_path, scheduler):
    address, (victim, _) = scheduler
    toy = toy_question.write(tmp_path)
    words = ("run", toy, "--seeds", 12, "--pause", 0.5, "--diary", tmp_path / "diary")
    process = start(*words, "--out", tmp_path / "cluster", "--cluster", address, cwd=tmp_path)
    waited = time.monotonic() + 120
    while not (tmp_path / "diary").exists() and time.monotonic() < waited:
        time.sleep(0.05)
    victim.send_signal(signal.SIGKILL)
    _, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    code, _, errors = neurosim(*words, "--out", tmp_path / "here", "--jobs", 2, cwd=tmp_path)
    assert code == 0, errors
    (one,), (other,) = (list((tmp_path / name / "toys/parabola").iterdir()) for name in ("cluster", "here"))
    for path in sorted(one.glob("*.csv")):
        assert path.read_bytes() == (other / path.name).read_bytes()
    points = pd.read_csv(one / "points.csv")
    # 12 replicates are 12 different streams.
    assert points[points.x == 1.0].y.nunique() == 12


def test_nobody_at_the_address_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_PATIENCE", "1s")
    toy = toy_question.write(tmp_path)
    code, _, errors = here("run", toy, "--quick", "--cluster", "tcp://127.0.0.1:9", cwd=tmp_path)
    assert code == 2
    assert "--cluster: no dask scheduler answers at 'tcp://127.0.0.1:9'" in errors
    assert "Traceback" not in errors

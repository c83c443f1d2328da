"""Brunel's network of 12,500 cells: simulate against the script that someone who knows Brian2 would write."""

import sys
import time
from pathlib import Path

import neurosim as ns
from neurosim.engines.brian import Brian
from neurosim.lab import load

ROOT = Path(__file__).parents[2]
G, ETA, SECONDS, DT = 5.0, 2.0, 1.0, 1e-4


def by_hand():
    """The published parameters in mV, with Brian2's own connections and Poisson input; mean rate in Hz."""
    import brian2 as b2

    b2.prefs.codegen.target = "numpy"
    b2.defaultclock.dt = DT * b2.second
    mV, ms = b2.mV, b2.ms
    cells = b2.NeuronGroup(
        12_500, "dv/dt = -v/(20*ms) : volt (unless refractory)", threshold="v > 20*mV", reset="v = 10*mV",
        refractory=2 * ms, method="exact",
    )  # fmt: skip
    cells.v = 0 * mV
    excite = b2.Synapses(cells[:10_000], cells, on_pre="v_post += 0.1*mV", delay=1.5 * ms)
    excite.connect(p=0.1)
    inhibit = b2.Synapses(cells[10_000:], cells, on_pre=f"v_post -= {G}*0.1*mV", delay=1.5 * ms)
    inhibit.connect(p=0.1)
    outside = b2.PoissonInput(cells, "v", 1000, ETA * 10 * b2.Hz, weight=0.1 * mV)
    monitor = b2.SpikeMonitor(cells, record=False)
    b2.Network(cells, excite, inhibit, outside, monitor).run(SECONDS * b2.second, namespace={"mV": mV, "ms": ms})
    return monitor.num_spikes / 12_500 / SECONDS


def test_full_size_against_a_brian2_script(benchmark, capsys):
    load(ROOT / "experiments" / "balanced_network.py")
    module = next(m for name, m in sys.modules.items() if name.endswith("balanced_network"))
    size = module.SIZES["large"]
    cell = ns.LIF(tau_m=module.TAU, t_ref=module.T_REF, v_reset=10.0 / module.THETA)
    schedule = ns.Schedule(duration=SECONDS, settle=0.0, dt=DT)
    circuit = module.network(size, G, 0)

    def simulated(engine):
        run = ns.simulate(circuit, cell, module.outside(size, ETA), schedule, engine=engine, progress=False)
        first, second = run.rates["excitatory"], run.rates["inhibitory"]
        return (first.sum() + second.sum()) / (first.size + second.size)

    times, rates = {}, {}
    for name, function in (
        ("script", by_hand),
        ("brian", lambda: simulated(Brian(target="numpy"))),
        ("compiled", lambda: simulated("compiled")),
    ):
        started = time.perf_counter()
        rates[name] = function()
        times[name] = time.perf_counter() - started
    benchmark.pedantic(lambda: None, rounds=1)
    # The same network, drawn anew: rates agree within some standard errors of a second of 12,500 cells.
    assert abs(rates["brian"] - rates["script"]) < 0.02 * rates["script"]
    with capsys.disabled():
        for name, seconds in times.items():
            print(f"\n{name}: {seconds:.1f} s ({seconds / times['script']:.2f} of the script), {rates[name]:.2f} Hz")

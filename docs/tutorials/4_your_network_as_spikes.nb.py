# %% [markdown]
# # 4 Your own trained network as spikes
#
# A network of ReLU units becomes a network of spiking cells: rates stand for activities, and counting whole spikes
# costs some accuracy. This page converts one, looks at what is lost, and shows what goes wrong most often.

# %%
import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

import neurosim as ns
from neurosim import plots

digits = ns.datasets.digits()
x, labels = digits.flat[:1500], digits.labels[:1500]
shown, true = digits.flat[1500:1600], digits.labels[1500:1600]
model = make_pipeline(MinMaxScaler(), MLPClassifier((32,), tol=1e-2, random_state=0)).fit(x, labels)

# %% [markdown]
# ## Import
#
# The scaler is folded into the weights, so the circuit takes raw pixels. Files of torch (`.safetensors`, or a
# `state_dict`) are read without torch.

# %%
network = ns.import_network(model)
assert (network.predict(shown) == model.predict(shown)).all()
network.circuit

# %% [markdown]
# ## Convert, run, read
#
# Each unit becomes a LIF cell whose f-I curve is matched to the ReLU over the activities that `x` evokes.

# %%
circuit, units = network
spiking = ns.convert(circuit, units, ns.LIF(), x)


def accuracy(seconds):
    run = ns.simulate(spiking.circuit, spiking.cells, spiking.stimulus(shown), duration=seconds, settle=0.0)
    return np.mean(ns.decisions.decide(spiking.read(run)) == true)


windows = np.array([0.002, 0.004, 0.01, 0.02, 0.05, 0.2])
found = np.array([accuracy(seconds) for seconds in windows])
with plots.style("screen", height=90):
    figure = plots.new_figure()
    axes = figure.subplots()
    axes.semilogx(1000 * windows, found, "o-", color="black", label="spikes")
    axes.axhline(np.mean(model.predict(shown) == true), color=plots.RUNGS["artificial"].colour, label="ReLU")
    axes.set(xlabel="counting window (ms)", ylabel="accuracy")
    axes.legend()
figure

# %%
assert found[-1] > np.mean(model.predict(shown) == true) - 0.03
assert found[0] < 0.7

# %% [markdown]
# ## What goes wrong
#
# Too short a window is the usual reason: a cell that fires at 100 Hz says nothing in 2 ms. `diagnose` runs both
# networks and names the cause, layer by layer.

# %%
print(ns.diagnose(circuit, units, spiking, shown[:30], duration=0.004, settle=0.0))

# %% [markdown]
# A file whose layers cannot be put in order is refused, and the way out is named:

# %%
rng = np.random.default_rng(0)
state = {"encode.weight": rng.normal(size=(6, 4)), "decide.weight": rng.normal(size=(2, 6))}
try:
    ns.import_network(state)
except ValueError as refused:
    print(refused)
else:
    raise AssertionError("an order that nobody gave was guessed")

# %% [markdown]
# ## Exercises
#
# **1.** Cells without a leak (`PerfectIF`) that begin half charged are the closest copy of a ReLU in few steps.
# Convert with `ns.cells.PerfectIF(v_start=0.5)` and `peak=1 / dt`; how many steps of 1 ms does it take to come within
# three points?

# %% tags=["hide-input"]
dt = 1e-3
counted = ns.convert(circuit, units, ns.cells.PerfectIF(v_start=0.5), x, peak=1 / dt)


def with_steps(steps):
    schedule = ns.Schedule(duration=steps * dt, settle=0.0, dt=dt)
    run = ns.simulate(counted.circuit, counted.cells, counted.stimulus(shown), schedule)
    return np.mean(ns.decisions.decide(counted.read(run)) == true)


steps = next(n for n in (2, 4, 8, 16, 32, 64) if with_steps(n) > np.mean(model.predict(shown) == true) - 0.03)
assert steps <= 64
print(steps)

# %% [markdown]
# **2.** Cells that spike at most once can hold the activity in the time of that spike, and are exact. Convert with
# `ns.cells.TimedIF`, and compare the outputs.

# %% tags=["hide-input"]
timed = ns.convert(circuit, units, ns.cells.TimedIF(tau_c=10e-3), np.concatenate([x, shown]))
exact = ns.simulate(circuit, units, ns.Stimulus({circuit.inputs[0].name: shown})).rates[timed.output]
difference = np.abs(timed.read(timed.run(shown)) - exact).max()
assert difference < 1e-12
print(difference)

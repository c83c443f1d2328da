# %% [markdown]
# # 1 A neuron and ReLU in ten minutes
#
# A leaky integrate-and-fire (LIF) neuron is silent below its threshold and fires faster the stronger it is driven: at
# first sight a ReLU. This page looks at where the two agree and where they part.
#
# Units: time in s, rates in Hz. Drive is measured in thresholds: 0 is rest, 1 the threshold of the noiseless neuron.

# %%
import numpy as np

import neurosim as ns
from neurosim import plots

neuron = ns.LIF(tau_m=20e-3, t_ref=2e-3)
neuron

# %% [markdown]
# ## Watch it spike
#
# One cell and one drive need no circuit. Above threshold the membrane charges, spikes, is reset, and charges again.

# %%
run = neuron.run(1.3, duration=0.2)
with plots.style("screen", height=90):
    figure = plots.new_figure()
    plots.plot_trace(figure.subplots(), run["cell"].times, run["cell"].v[:, 0, 0], run["cell"].spikes.times)
figure

# %% [markdown]
# ## Its f-I curve, and three activations fitted to it
#
# Without noise the rate is known in closed form: 1 / (t_ref + tau_m ln(drive / (drive - 1))) above 1, and 0 below.
# `ns.fit` gives ReLU, softplus and GELU the gain, threshold and width that bring them closest.

# %%
drive = np.linspace(-1, 3, 401)
curve = neuron.transfer(drive)
families = {"ReLU": ns.ReLU, "Softplus": ns.activations.Softplus, "GELU": ns.activations.GELU}
fitted = {name: ns.fit(kind, drive, curve) for name, kind in families.items()}

with plots.style("screen", height=110):
    figure = plots.new_figure()
    shown = {"LIF": curve} | {name: f(drive) for name, f in fitted.items()}
    plots.plot_transfer(figure.subplots(), drive, shown, styles={"LIF": plots.RUNGS["curve"]})
figure

# %% [markdown]
# Simulated rates lie on the curve; counting whole spikes for T seconds is wrong by up to 1/T.

# %%
drives = np.array([0.5, 1.05, 1.5, 2.0, 3.0])
measured = ns.measure_transfer(neuron, drives, schedule=ns.Schedule(duration=1.2, settle=0.2))
for x, simulated, theory in zip(drives, measured, neuron.transfer(drives), strict=True):
    print(f"drive {x:4.2f}: {simulated:5.1f} Hz simulated, {theory:5.1f} Hz in closed form")
assert np.abs(measured - neuron.transfer(drives)).max() < 1.5

# %% [markdown]
# ## Noise takes the corner away
#
# With noise in its membrane the neuron fires below threshold, and its curve is smooth (Siegert's formula).

# %%
noisy = ns.LIF(tau_m=20e-3, t_ref=2e-3, sigma_stat=0.3)
assert neuron.transfer(np.array([0.8]))[0] == 0
print(f"at drive 0.8: {noisy.transfer(np.array([0.8]))[0]:.1f} Hz with noise, 0 Hz without")

# %% [markdown]
# ## Exercises
#
# **1.** At which drive does the noiseless neuron fire at 50 Hz? Solve the formula above for the drive, then compare.

# %% tags=["hide-input"]
wanted = 1 / (1 - np.exp(-(1 / 50 - 2e-3) / 20e-3))
assert np.isclose(neuron.transfer(np.array([wanted]))[0], 50)
print(f"{wanted:.3f}")

# %% [markdown]
# **2.** Which refractory period halves the rate at drive 3?

# %% tags=["hide-input"]
rate = neuron.transfer(np.array([3.0]))[0]
t_ref = 2e-3 + 1 / rate
assert np.isclose(ns.LIF(tau_m=20e-3, t_ref=t_ref).transfer(np.array([3.0]))[0], rate / 2)
print(f"{1000 * t_ref:.1f} ms")

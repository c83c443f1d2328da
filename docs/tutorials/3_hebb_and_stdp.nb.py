# %% [markdown]
# # 3 Hebb, STDP, and what keeps them in bounds
#
# Hebb's rule strengthens connections between units that are active together. Alone it knows no end; this page looks
# at two rules that find one, and at a rule of spike times.

# %%
import numpy as np

import neurosim as ns
from neurosim import plots

rng = np.random.default_rng(0)

# %% [markdown]
# ## Correlated inputs
#
# Two inputs that vary together, and a third of its own. The first principal component lies between the first two.

# %%
shared = rng.standard_normal((400, 1))
own = rng.standard_normal((400, 3))
seen = np.hstack([shared + 0.4 * own[:, :1], shared + 0.4 * own[:, 1:2], own[:, 2:]])
seen -= seen.mean(axis=0)
principal = np.linalg.eigh(np.cov(seen.T))[1][:, -1]
principal = principal * np.sign(principal[0])
print(principal.round(2))


def learned(rule, epochs):
    """The weights after each epoch of one linear unit."""
    feed = ns.Projection("feed", "x", "unit", np.full((1, 3), 0.1), sign=None, tau=0.0, rule=rule)
    circuit = ns.Circuit({"x": 3}, [ns.Population("unit", 1)], [feed])
    linear = ns.Unit(activation=ns.activations.Identity())
    kept = []

    def observe(batch, recording, now):
        kept.append(now().projection("feed").dense()[0])

    ns.learn(circuit, linear, ns.Stimulus({"x": seen}), batch=400, epochs=epochs, observe=observe, progress=False)
    return np.array(kept)


# %% [markdown]
# ## Hebb's rule grows, Oja's stays
#
# Oja's rule takes a little away for every bit of activity; its weights end on the principal component with length 1.

# %%
hebb = learned(ns.plasticity.Hebb(reference=1.0, learning_rate=0.02), 60)
oja = learned(ns.plasticity.Oja(reference=1.0, learning_rate=0.05), 200)
with plots.style("screen", height=90):
    figure = plots.new_figure()
    for axes, weights, name in zip(figure.subplots(1, 2), (hebb, oja), ("Hebb", "Oja"), strict=True):
        axes.plot(np.linalg.norm(weights, axis=1), color="black")
        axes.set(xlabel="epoch", ylabel="length of the weights", title=name)
figure

# %%
assert np.linalg.norm(hebb[-1]) > 1.5 * np.linalg.norm(hebb[0])  # exponential growth, exp(learning_rate * eigenvalue)
assert abs(oja[-1] @ principal) > 0.999
assert abs(np.linalg.norm(oja[-1]) - 1) < 0.01

# %% [markdown]
# ## Spike-timing dependent plasticity
#
# A synapse grows where its spike comes before the cell's, and shrinks where it comes after. Forty inputs spike at
# random; the first ten of them in common, with extra spikes at the same moments. They can drive the cell together, so
# that their spikes come just before its own.

# %%
n, rate, seconds, together = 40, 20.0, 20.0, 10
common = np.sort(rng.uniform(0, seconds, int(8 * seconds)))
times, units = [], []
for unit in range(n):
    alone = rng.uniform(0, seconds, rng.poisson((rate - 8 * (unit < together)) * seconds))
    spikes = np.concatenate([alone, common + rng.uniform(0, 2e-3, len(common))]) if unit < together else alone
    times.append(1e-4 * np.unique((spikes[spikes < seconds - 1e-3] / 1e-4).astype(int)))  # one spike per time step
    units.append(np.full(len(times[-1]), unit))
stimulus = ns.stimulus.spikes(np.concatenate(times), np.concatenate(units), input="x", size=n)

rule = ns.plasticity.STDP(w_max=0.01, A_plus=0.005, A_minus=0.0055)
feed = ns.Projection("feed", "x", "cell", np.full((1, n), 0.005), rule=rule)
circuit = ns.Circuit({"x": n}, [ns.Population("cell", 1)], [feed])
run = ns.simulate(circuit, ns.LIF(), stimulus, duration=seconds, settle=0.0, record="spikes", progress=False)
before, after = np.full(n, 0.005), np.ravel(run.weights["feed"])
with_others, alone = after[:together].mean(), after[together:].mean()
print(f"{len(run.spikes['cell'])} spikes; weights {with_others:.4f} together, {alone:.4f} alone")
assert with_others > 1.5 * alone

# %%
with plots.style("screen", height=80):
    figure = plots.new_figure()
    axes = figure.subplots()
    axes.plot(1000 * before, color="0.7", label="before")
    axes.plot(1000 * after, ".", color="black", label="after")
    axes.set(xlabel="input (the first ten spike together)", ylabel="weight (ms)")
    axes.legend()
figure

# %% [markdown]
# ## Exercises
#
# **1.** How fast should Hebb's weights grow along the principal component? Compare with the closed form
# exp(learning rate x largest eigenvalue of <x x^T>) per presentation.

# %% tags=["hide-input"]
eigenvalue = np.linalg.eigvalsh(seen.T @ seen / len(seen))[-1]
along = hebb @ principal
assert np.allclose(along[1:] / along[:-1], 1 + 0.02 * eigenvalue, rtol=1e-2)
print(f"a factor of {along[1] / along[0]:.4f} per epoch; in the limit of small steps {np.exp(0.02 * eigenvalue):.4f}")

# %% [markdown]
# **2.** Exchange the two amplitudes of STDP. What becomes of the weights?

# %% tags=["hide-input"]
swapped = ns.plasticity.STDP(w_max=0.01, A_plus=0.0055, A_minus=0.005)
feed = ns.Projection("feed", "x", "cell", np.full((1, n), 0.005), rule=swapped)
again = ns.simulate(
    ns.Circuit({"x": n}, [ns.Population("cell", 1)], [feed]),
    ns.LIF(),
    stimulus,
    duration=seconds,
    settle=0.0,
    progress=False,
)
assert again.weights["feed"].mean() > after.mean()  # growth wins: the drift of uncorrelated spikes changes its sign
print(f"mean weight {again.weights['feed'].mean():.4f} instead of {after.mean():.4f}")

# %% [markdown]
# # 2 A population that inhibits itself, on four rungs
#
# The same circuit with the same stimuli is run as ReLU units, as units with the neuron's own f-I curve, as rate units
# with a time constant, and as spiking neurons. Each step up this ladder changes one thing, so every difference has
# one cause.

# %%
import numpy as np
import pandas as pd

import neurosim as ns
from neurosim import plots
from neurosim.metrics import active_fraction, gini, treves_rolls

# %% [markdown]
# ## A circuit
#
# Sixty filters look at digits of 8 x 8 pixels. Each unit inhibits all others.

# %%
images = ns.datasets.digits().select(range(20))
filters = ns.wiring.gabor_filters(60, 8, ns.randomness.stream(0, "weights"))
hidden = ns.Population("hidden", 60, bias=0.8)


def circuit(strength):
    """The filters, and lateral inhibition of this strength (s: drive per Hz)."""
    return ns.Circuit(
        inputs={"pixels": 64},
        populations=[hidden],
        projections=[
            ns.Projection("filters", "pixels", "hidden", filters / 100, sign=None),
            ns.lateral(hidden, strength),
        ],
    )


stimulus = ns.stimulus.constant(100 * images.flat, input="pixels")
circuit(5e-4)

# %% [markdown]
# ## Climb the ladder

# %%
schedule = ns.Schedule(duration=0.5, settle=0.1)
rows, rates = {}, {}
for rung, cell in ns.ladder(ns.LIF()).items():
    rates[rung] = ns.simulate(circuit(5e-4), cell, stimulus, schedule, seed=1).checked_rates("hidden")
    rows[rung] = {
        "mean rate (Hz)": rates[rung].mean(),
        "active (> 1 Hz)": active_fraction(rates[rung], above=1.0).mean(),
        "Treves-Rolls": treves_rolls(rates[rung]).mean(),
        "Gini": gini(rates[rung]).mean(),
    }
pd.DataFrame(rows).T.round(3)

# %% [markdown]
# The last three rungs agree up to the counting of whole spikes: here the shape of the curve matters, time and spikes
# hardly.

# %%
assert np.abs(rates["rate"] - rates["curve"]).max() < 1
assert np.abs(rates["spiking"] - rates["curve"]).mean() < 2.5

# %% [markdown]
# ## More inhibition, sparser activity

# %%
strengths = np.array([0.0, 2e-4, 5e-4, 1e-3, 2e-3])
active = {
    rung: [
        active_fraction(ns.simulate(circuit(s), cell, stimulus, schedule).checked_rates("hidden"), above=1.0).mean()
        for s in strengths
    ]
    for rung, cell in ns.ladder(ns.LIF()).items()
}
with plots.style("screen", height=100):
    figure = plots.new_figure()
    axes = figure.subplots()
    for rung, values in active.items():
        axes.plot(1000 * strengths, values, **plots.RUNGS[rung].line())
    axes.set(xlabel="inhibition (ms)", ylabel="active fraction")
    axes.legend()
figure

# %% [markdown]
# ## Exercises
#
# **1.** How strong must inhibition be for at most a fifth of the spiking units to be active? Try strengths up to 0.02.


# %% tags=["hide-input"]
def active_at(strength):
    run = ns.simulate(circuit(strength), ns.LIF(), stimulus, schedule)
    return active_fraction(run.checked_rates("hidden"), above=1.0).mean()


enough = next(s for s in (2e-3, 5e-3, 1e-2, 2e-2) if active_at(s) <= 0.2)
assert active_at(enough / 4) > 0.2
print(enough)

# %% [markdown]
# **2.** Raise the threshold instead: lower the bias of the units until as few are active without any inhibition. Do
# the same units stay active?


# %% tags=["hide-input"]
def without_inhibition(bias):
    raised = ns.Circuit({"pixels": 64}, [ns.Population("hidden", 60, bias=bias)], [circuit(0.0).projection("filters")])
    return ns.simulate(raised, ns.LIF(), stimulus, schedule).checked_rates("hidden")


inhibited = ns.simulate(circuit(enough), ns.LIF(), stimulus, schedule).checked_rates("hidden") > 1.0
by_threshold = {bias: without_inhibition(bias) > 1.0 for bias in np.linspace(-0.5, 0.8, 14)}
bias, raised = min(by_threshold.items(), key=lambda each: abs(each[1].mean() - inhibited.mean()))
both = (inhibited & raised).sum() / (inhibited | raised).sum()
assert 0.3 < both < 1.0
print(f"bias {bias:.2f}: {100 * both:.0f} % of the units that are active in either are active in both")

"""Stimuli: what reaches the inputs of a circuit, from rates, spikes, patterns and data sets to the spikes of a run."""

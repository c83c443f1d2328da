"""Activations: what their slope and mean do to gradients, variances and learning in deep networks."""

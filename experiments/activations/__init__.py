"""Activations: what slope and mean do to gradients, variances and learning in deep networks; when units die."""

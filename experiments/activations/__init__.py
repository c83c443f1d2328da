"""Activations: which are sparse, what they cost, what slope and mean do in deep networks, and when units die."""

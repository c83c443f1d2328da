"""Neurons: how drive becomes spikes, what a threshold, an inhibition and noise do to it, and where a ReLU agrees."""

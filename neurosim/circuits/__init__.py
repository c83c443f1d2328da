"""Circuits: inputs, populations, the projections between them and their weights. What turns activity into drive."""

"""How alike two inputs become from layer to layer of a random ReLU network."""

import math


def next_cosine(c):
    """Cosine of two ReLU layers' activities from that of the activities before, infinitely many random weights."""
    return (math.sqrt(1.0 - c * c) + c * (math.pi - math.acos(c))) / math.pi

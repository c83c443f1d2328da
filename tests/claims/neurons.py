"""Tables that would have been measured: for every claim on single neurons, some for each verdict.

What has no noise is undecided only where it could not be computed: NaN.
"""

import math

from rules import both, put

NAN = math.nan

SPIKE = put("pulses", "peak", 0.1, "fired == 1")
LATE, SILENT = put("memory", "latency", 0.022), put("noise", "rate", 0.0)


def axon(response):
    """Peaks of an axon after pulses, as a function of their strength."""
    return lambda t: t.pulses.__setitem__("peak", [response(x) for x in t.pulses.strength])


TABLES = {
    "A0-06": {
        "supported": both(SPIKE, put("pulses", "peak", 0.005, "fired == 0")),
        "not supported": both(SPIKE, put("pulses", "peak", 0.09, "fired == 0")),
        "undecided": put("pulses", "peak", NAN),
    },
    "A0-07": {
        "supported": axon(lambda x: 0.1 * max(0.0, x - 1.0)),  # graded above its threshold, as a ReLU is
        "partly": both(SPIKE, put("pulses", "peak", 0.001, "fired == 0")),
        "not supported": axon(lambda x: 0.02 * x),
        "undecided": axon(lambda x: NAN),
    },
    "A0-09": {
        "supported": both(LATE, SILENT),
        "not supported": put("noise", "rate", 20.0, "drive < 0", 0.1),
        "undecided": put("noise", "rate", 2.0, "drive < 0", 2.0),
        "partly": both(SILENT, LATE, put("memory", "latency", 0.05, "depth > 1 and pause > 0")),
    },
}

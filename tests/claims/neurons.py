"""Tables that would have been measured: for every claim on single neurons, some for each verdict.

What has no noise is undecided only where it could not be computed: NaN.
"""

import math

from rules import both, put

NAN = math.nan

SPIKE = put("pulses", "peak", 0.1, "fired == 1")
LATE, SILENT = put("memory", "latency", 0.022), put("noise", "rate", 0.0)
FLAT = put("graded", "rate", 50.0, "name == 'ReLU' and rate > 0")

TABLES = {
    "A0-06": {
        "supported": both(SPIKE, put("pulses", "peak", 0.005, "fired == 0")),
        "not supported": both(SPIKE, put("pulses", "peak", 0.09, "fired == 0")),
        "undecided": put("pulses", "peak", NAN),
    },
    "A0-07": {
        "supported": FLAT,
        "not supported": both(FLAT, put("graded", "rate", 40.0, "name == 'ReLU' and rate == 0")),
        "undecided": put("graded", "rate", NAN, "name == 'ReLU' and drive <= threshold"),
        "partly": lambda t: None,
    },
    "A0-09": {
        "supported": both(LATE, SILENT),
        "not supported": put("noise", "rate", 20.0, "drive == -1.0", 0.1),
        "undecided": put("noise", "rate", 2.0, "drive == -1.0", 2.0),
        "partly": LATE,
    },
}

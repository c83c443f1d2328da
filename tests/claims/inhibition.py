"""Tables under which the rules of the chapter on inhibition say yes, no and nothing."""

from rules import spread


def signals(without, weak, scatter=0.0):
    """Signals to noise without inhibition, and with any."""

    def write(t):
        for column in ("snr", "pooled"):
            spread(t.target, column, without, where=t.target.weight == 0)
            spread(t.target, column, weak, scatter, t.target.weight > 0)

    return write


def directions(gained, null, scatter=0.0):
    """d' of the two directions, and what is left of the null one."""

    def write(t):
        spread(t.target, "directions", gained, scatter, t.target.weight > 0)
        spread(t.target, "null", null, 0.0, t.target.weight > 0)

    return write


TABLES = {
    "A1-03": {
        "supported": directions(3.0, 0.3), "not supported": directions(3.0, 1.0), "undecided": directions(3.0, 0.3, 9.0)
    },
    "A1-05": {"supported": signals(2.0, 3.0), "not supported": signals(2.0, 1.0), "undecided": signals(2.0, 2.4, 2.0)},
}  # fmt: skip

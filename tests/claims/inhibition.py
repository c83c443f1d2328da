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


def filtered(inhibited, cued, scatter=0.0):
    """A target's part of all activity: 0.2 without inhibition, more with it and with a cue at its place."""

    def write(t):
        for cue, more in (("none", 0.0), ("target", cued / 2), ("distractor", -cued / 2)):
            spread(t.cued, "part", 0.2, where=(t.cued.strength == 0) & (t.cued.cue == cue))
            spread(t.cued, "part", inhibited + more, scatter, (t.cued.strength > 0) & (t.cued.cue == cue))

    return write


def located(resolved, error, scatter=0.0):
    """d' between two points, and error of a single one, with any inhibition; 1 without it."""

    def write(t):
        for column, value, wide in (("resolved", resolved, 0.0), ("error", error, scatter)):
            spread(t.located, column, 1.0, where=t.located.strength == 0)
            spread(t.located, column, value, wide, t.located.strength > 0)

    return write


def band(value):
    """A bright band at every setting."""

    def write(t):
        t.band["relative_overshoot"] = value

    return write


def edges(table, columns, gained, scatter=0.0):
    """What inhibition adds at an edge, to 0.1 without it, on the spiking rung."""

    def write(t):
        frame = getattr(t, table)
        for column in columns:
            spread(frame, column, 0.1, where=frame.strength == 0)
            spread(frame, column, 0.1 + gained, scatter, (frame.strength > 0) & (frame.rung == "spiking"))

    return write


def positions(wide, scatter=0):
    """The wide cell tells orientations apart at so many positions, more or fewer by seed, and the narrow one at 3."""

    def write(t):
        rows = t.position
        count = rows.excitation.map({6.0: wide, 1.5: 3}) + (rows.seed - 1) * scatter * (rows.excitation > 2)
        rows["d_prime"] = ((rows.position + 24) < count).astype(float) * 5.0

    return write


def narrowed(width, scatter=0.0):
    """Width of the tuning with any inhibition, over that without."""
    return lambda t: spread(t.tried, "relative_width", width, scatter)


def weak(rate, scatter=0.0):
    """Rate of networks with weak inhibition; 40 Hz with strong."""

    def write(t):
        spread(t.networks, "rate", 40.0, where=t.networks.state == "AI")
        spread(t.networks, "rate", rate, scatter, t.networks.state == "SR")

    return write


def attends(others, count, scatter=0.0, loose=0.0):
    """Weight of a learned head on keys that are not asked for, and keys that count, of 0.9 and 0.5 before learning."""

    def write(t):
        for column, value, first in (("ignored", others, 0.9), ("effective", count, 0.5)):
            spread(t.learned, column, first, where=t.learned.stage == "before")
            spread(t.learned, column, value, scatter, t.learned.stage == "after")
            noisy = (t.learned.stage == "after") & (t.learned.noise == t.learned.noise.max())
            spread(t.learned, column, value + loose, scatter, noisy)

    return write


MACH = ("bands", ("relative_overshoot", "relative_undershoot"))
BROAD = ("edge", ("contrast", "relative_overshoot"))

TABLES = {
    "A0-12": {
        "supported": attends(0.02, 0.04), "partly": attends(0.02, 0.04, loose=0.3),
        "not supported": attends(0.4, 0.04), "undecided": attends(0.1, 0.04, 0.1),
    },
    "A0-13": {
        "supported": attends(0.02, 0.04), "partly": attends(0.02, 0.04, loose=0.3),
        "not supported": attends(0.02, 0.4), "undecided": attends(0.02, 0.1, 0.1),
    },
    "A0-08": {
        "supported": weak(300.0), "partly": weak(170.0), "not supported": weak(50.0), "undecided": weak(200.0, 100.0)
    },
    "A1-03": {
        "supported": directions(3.0, 0.3), "not supported": directions(3.0, 1.0), "undecided": directions(3.0, 0.3, 9.0)
    },
    "A1-04": {
        "supported": edges(*MACH, 0.2), "not supported": edges(*MACH, 0.0), "undecided": edges(*MACH, 0.2, 0.3)
    },
    "A1-05": {"supported": signals(2.0, 3.0), "not supported": signals(2.0, 1.0), "undecided": signals(2.0, 2.4, 2.0)},
    "A1-06": {
        "supported": located(2.0, 0.8), "partly": located(0.5, 0.8), "not supported": located(2.0, 1.3),
        "undecided": located(1.5, 0.9, 0.4),
    },
    "A1-07": {"supported": positions(12), "not supported": positions(2), "undecided": positions(8, 6)},
    "A1-08": {"supported": narrowed(0.5), "not supported": narrowed(1.2), "undecided": narrowed(0.9, 0.5)},
    "A1-11": {
        "supported": edges(*BROAD, 0.2), "not supported": edges(*BROAD, 0.0), "undecided": edges(*BROAD, 0.2, 0.3)
    },
    "A1-12": {
        "supported": filtered(0.6, 0.3), "not supported": filtered(0.2, 0.3), "undecided": filtered(0.6, 0.3, 0.4)
    },
    "A1-14": {"supported": band(0.2), "not supported": band(0.001), "undecided": band(float("nan"))},
}  # fmt: skip

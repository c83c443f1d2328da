"""Tables under which the rules of the chapter on inhibition say yes, no and nothing."""

from rules import both, put


def two(table, columns, split, rest, value, scatter=0.0):
    """Columns that are `rest` everywhere, and another value where `split` says."""
    every = (both(put(table, each, rest), put(table, each, value, split, scatter)) for each in columns)
    return both(*every)


def signals(without, weak, scatter=0.0):
    """Signals to noise without inhibition, and with any."""
    return two("target", ("snr", "pooled"), "weight > 0", without, weak, scatter)


def directions(gained, null, scatter=0.0):
    """d' of the two directions, and what is left of the null one."""
    return both(put("target", "directions", gained, "weight > 0", scatter), put("target", "null", null, "weight > 0"))


def filtered(inhibited, cued, scatter=0.0, broad=0.0):
    """A target's part of all activity: 0.2 without inhibition, more with it and with a cue at its place."""
    cues = {"none": 0.0, "target": cued / 2, "distractor": -cued / 2}
    on = {cue: f"strength > 0 and cue == '{cue}'" for cue in cues}
    return both(
        put("cued", "part", 0.2),
        *(put("cued", "part", inhibited + more, on[cue], scatter) for cue, more in cues.items()),
        *(
            put("cued", "part", inhibited + broad * more, f"{on[cue]} and breadth > 0.2")
            for cue, more in cues.items()
            if broad
        ),
    )


def located(resolved, error, scatter=0.0):
    """d' between two points, and error of a single one, with any inhibition; 1 without it."""
    return both(
        two("located", ("resolved",), "strength > 0", 1.0, resolved),
        two("located", ("error",), "strength > 0", 1.0, error, scatter),
    )


def edges(table, columns, gained, scatter=0.0):
    """What inhibition adds at an edge, to 0.1 without it, on the spiking rung."""
    return two(table, columns, "strength > 0 and rung == 'spiking'", 0.1, 0.1 + gained, scatter)


def stands_out(gained, without=1.0, scatter=0.0):
    """What inhibition adds at an edge; in noisy light d' is 2 behind a broad field, and 1 behind a narrow one."""
    return both(
        edges(*BROAD, gained, scatter),
        two("noisy", ("d_prime",), "blur > 1 and strength > 0", 1.0, 2.0),
        put("noisy", "d_prime", without, "strength == 0"),
    )


def bands(bright, dark, maps=0.0):
    """Bands at every setting, and those of the rule over feature maps."""
    return both(
        put("band", "relative_overshoot", bright),
        put("band", "relative_undershoot", dark),
        *(put("band", f"relative_{kind}", maps, "over == 'maps'") for kind in ("overshoot", "undershoot")),
    )


def positions(wide, alone=3, scatter=0):
    """Wide cells tell orientations apart at so many positions, more or fewer by seed, narrow ones at 3."""

    def write(t):
        rows = t.position
        count = (rows.excitation > 3).map({True: wide, False: 3}) + (rows.seed - 1) * scatter * (rows.excitation > 3)
        count = count.where((rows.excitation < 3) | (rows.ratio > 0), alone)
        rows["d_prime"] = ((rows.position + 24) < count).astype(float) * 5.0

    return write


def weak(rate, scatter=0.0, strong=40.0):
    """Rates of networks with weak and with strong inhibition."""
    return both(put("networks", "rate", strong), put("networks", "rate", rate, "g < 4", scatter))


def attends(others, count, scatter=0.0, loose=0.0):
    """Weight of a learned head on keys that are not asked for, and keys that count, of 0.9 and 0.5 before learning."""
    return both(
        *(
            both(
                two("learned", (column,), "stage == 'after'", first, value, scatter),
                put("learned", column, value + loose, "stage == 'after' and noise == noise.max()", scatter),
            )
            for column, value, first in (("ignored", others, 0.9), ("effective", count, 0.5))
        ),
        put("learned", "ideal", 0.0),
    )


HIDDEN = both(  # what noise hides from a head it hides from an ideal observer too
    put("learned", "ideal", 0.6, "noise == noise.max()"),
    put("learned", "ignored", 0.62, "stage == 'after' and noise == noise.max()"),
)


MACH = ("bands", ("relative_overshoot", "relative_undershoot"))
BROAD = ("edge", ("contrast", "relative_overshoot"))

TABLES = {
    "A0-12": {
        "supported": both(attends(0.02, 0.04), HIDDEN), "partly": attends(0.02, 0.04, loose=0.3),
        "not supported": attends(0.4, 0.04), "undecided": attends(0.1, 0.04, 0.1),
    },
    "A0-13": {
        "supported": attends(0.02, 0.04), "partly": attends(0.02, 0.04, loose=0.3),
        "not supported": attends(0.02, 0.4), "undecided": attends(0.02, 0.1, 0.1),
    },
    "A0-08": {
        "supported": weak(300.0), "partly": both(weak(300.0), put("networks", "rate", 100.0, "g == 2")),
        "not supported": weak(50.0), "undecided": weak(260.0, 250.0),
    },
    "A1-03": {
        "supported": directions(3.0, 0.3), "not supported": directions(3.0, 1.0),
        "undecided": directions(3.0, 0.3, 9.0),
    },
    "A1-04": {
        "supported": edges(*MACH, 0.2), "not supported": edges(*MACH, 0.0), "undecided": edges(*MACH, 0.2, 0.3)
    },
    "A1-05": {"supported": signals(2.0, 3.0), "not supported": signals(2.0, 1.0), "undecided": signals(2.0, 2.4, 2.0)},
    "A1-06": {
        "supported": located(2.0, 0.8), "partly": located(0.5, 0.8), "not supported": located(2.0, 1.3),
        "undecided": located(1.5, 0.9, 0.4),
    },
    "A1-07": {
        "supported": positions(12), "partly": positions(12, alone=12), "not supported": positions(2),
        "undecided": positions(8, scatter=6),
    },
    "A1-08": {
        "supported": put("tried", "relative_width", 0.5), "not supported": put("tried", "relative_width", 1.2),
        "undecided": put("tried", "relative_width", 0.9, None, 0.5),
    },
    "A1-11": {
        "supported": stands_out(0.2), "not supported": stands_out(0.0), "partly": stands_out(0.2, without=2.0),
        "undecided": stands_out(0.2, scatter=0.3),
    },
    "A1-12": {
        "supported": filtered(0.6, 0.3), "not supported": filtered(0.6, 0.0), "undecided": filtered(0.6, 0.3, 0.4),
        "partly": filtered(0.6, 0.3, broad=0.1),
    },
    "A1-14": {
        "supported": bands(0.2, 0.2, 0.2), "partly": bands(0.2, 0.2), "not supported": bands(0.001, 0.2),
        "undecided": bands(float("nan"), 0.2),
    },
}  # fmt: skip

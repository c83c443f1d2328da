"""Tables under which the claims about networks that others trained are decided one way or the other."""

from rules import both, put


def dimensions(*slopes):
    """Layers of which the quieter ones gain more dimensions (slope above 0) or fewer, a slope for each seed."""

    def change(t):
        slope = t.active.seed.map(dict(enumerate(slopes)))
        t.active["active"] = 1.0 / (t.active.layer + 1)
        t.active["drives"] = 10.0
        t.active["activities"] = 40.0 * 2.0 ** (slope * t.active.layer / 20)

    return change


def shares(value, scatter=0.0):
    return put("active", "active", value, None, scatter)


HALF = {"supported": shares(0.5), "not supported": shares(0.1), "undecided": shares(0.5, 0.2)}

OTHER, OWN = "slopes != 'learned'", "slopes == 'learned'"
WORSE = both(put("replaced", "loss", 0.1, OWN), put("replaced", "loss", 0.5, OTHER))
LEARNED, WITHOUT, ALONE = "offsets == 'learned'", "offsets == 'without'", "offsets != 'learned'"
FOUND = put("pitch", "right", 0.9)
FEW, SLOW, FAST = put("products", "density", 0.1), put("products", "ratio", 4.0), put("products", "ratio", 0.2)

TABLES = {
    "A1-21": {
        "supported": both(FEW, FAST),
        "not supported": both(put("products", "density", 0.9), FAST),
        "undecided": both(FAST, put("products", "density", 0.9), put("products", "density", 0.1, "layer > 7")),
        "partly": both(FEW, SLOW),
    },
    "A1-42": {
        "supported": put("shift", "activity", 0.4),
        "not supported": put("shift", "activity", 0.01),
        "undecided": both(put("shift", "activity", 0.01), put("shift", "activity", 0.6, "layer == 2")),
    },
    "A1-58": {
        "supported": both(FOUND, put("pitch", "right", 0.5, ALONE)),
        "not supported": both(FOUND, put("pitch", "right", 0.5, WITHOUT)),
        "undecided": both(put("pitch", "right", 0.5), put("pitch", "right", 0.4, ALONE, 0.3)),
    },
    "A2-13": {
        "supported": WORSE,
        "not supported": put("replaced", "loss", 0.1),
        "undecided": both(put("replaced", "loss", 0.1, OWN), put("replaced", "loss", 0.2, OTHER, 0.5)),
    },
    "A0-18": {"supported": shares(0.1), "not supported": shares(0.9), "undecided": shares(0.5, 0.2)},
    "A1-19": HALF,
    "A1-27": HALF,
    "A2-07": {
        "supported": dimensions(1, 1, 1),
        "not supported": both(shares(0.2), put("active", "drives", 20.0), put("active", "activities", 10.0)),
        "undecided": dimensions(1, -1, 1),
    },
}

"""Tables under which the claims about networks that others trained are decided one way or the other."""

from rules import both, put


def dimensions(slope):
    """Layers of which the quieter ones gain more dimensions (slope above 0) or fewer."""

    def change(t):
        t.active["active"] = 1.0 / (t.active.layer + 1)
        t.active["drives"] = 10.0
        t.active["activities"] = 40.0 * 2.0 ** (slope * t.active.layer / 20)

    return change


def shares(value, scatter=0.0):
    return put("active", "active", value, None, scatter)


HALF = {"supported": shares(0.5), "not supported": shares(0.1), "undecided": shares(0.5, 0.2)}

FEW, SLOW, FAST = put("products", "density", 0.1), put("products", "ratio", 4.0), put("products", "ratio", 0.2)
PLAIN = both(put("others", "precision", 0.5), put("cut", "noisy", 0.5))
CUT = both(PLAIN, put("cut", "precision", 0.3))
WAY = "way == 'detector'"
STANDS = both(
    put("standing", "precision", 0.5),
    put("standing", "precision", 0.8, "way in ('block 2', 'block 3', 'block 4')"),
    put("standing", "precision", 0.3, "way == 'weaker negative'"),
)
CHANNELS = "block > 0"
FULL = "network == 'CREPE full'"

TABLES = {
    "A1-04": {
        "supported": put("bands", "band", 0.5),
        "not supported": put("bands", "band", -0.5),
        "undecided": both(
            put("bands", "band", 0.5),
            put("bands", "band", -0.5, f"{CHANNELS} and channel % 2 == 0"),
        ),
    },
    "A1-11": {
        "supported": STANDS,
        "not supported": put("standing", "precision", 0.5),
        "undecided": both(STANDS, put("standing", "precision", 0.45, "way == 'weaker negative'", 0.3)),
    },
    "A2-16": {
        "supported": CUT,
        "not supported": both(PLAIN, put("cut", "precision", 0.6)),
        "undecided": both(PLAIN, put("cut", "precision", 0.45, None, 0.3)),
    },
    "A2-15": {
        "supported": both(PLAIN, put("others", "precision", 0.8, WAY)),
        "not supported": PLAIN,
        "undecided": both(PLAIN, put("others", "precision", 0.55, WAY, 0.3)),
    },
    "A1-14": {
        "supported": both(PLAIN, put("others", "precision", 0.8, "way == 'normalised'")),
        "not supported": PLAIN,
        "undecided": both(PLAIN, put("others", "precision", 0.55, "way == 'normalised'", 0.3)),
    },
    "A1-21": {
        "supported": both(FEW, FAST),
        "not supported": both(put("products", "density", 0.9), FAST),
        "undecided": both(FAST, put("products", "density", 0.9), put("products", "density", 0.1, "layer > 7")),
        "partly": both(FEW, SLOW),
    },
    "A1-42": {
        "supported": both(put("shift", "activity", 0.4), put("shift", "drive", 0.1)),
        # The identity behind biased drives shifts nothing.
        "not supported": both(put("shift", "activity", 0.4), put("shift", "drive", 0.4)),
        "partly": both(put("shift", "activity", 0.4), put("shift", "drive", 0.1), put("shift", "activity", 0.1, FULL)),
        "undecided": both(
            put("shift", "activity", 0.4), put("shift", "drive", 0.1), put("shift", "drive", 0.9, "layer == 2")
        ),
    },
    "A0-18": {"supported": shares(0.1), "not supported": shares(0.9), "undecided": shares(0.5, 0.2)},
    "A1-19": HALF,
    "A1-27": HALF,
    "A2-07": {
        "supported": dimensions(1),
        "partly": dimensions(-1),
        "not supported": both(shares(0.2), put("active", "drives", 20.0), put("active", "activities", 10.0)),
        "undecided": both(dimensions(1), put("active", "activities", 2.5, "layer % 2 == 0")),
    },
}

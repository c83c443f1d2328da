"""Tables under which the claims of the chapter on learning are decided one way or the other."""

import math

import numpy as np
from rules import both, put, scattered


def autoencoders(late, causes):
    """Autoencoders whose penalty makes them later by factors per seed, and whose units stand for bars by seed."""

    def change(t):
        rows = t.training
        times = np.where(rows.penalty > 0, rows.seed.map(dict(enumerate(late))), 1.0)
        rows["loss"] = np.exp(-rows.patterns / (30.0 * times))
        code = t.code
        code["active"] = np.where(code.penalty > 0, 4.0, 8.0)
        code["unique"] = 4.0 + code.seed.map(dict(enumerate(causes))) * (code.penalty > 0)

    return change


SPARSE = "network in ('Földiák', 'SAILnet', 'k-winners')"
TABLES = {
    "A1-35": {
        "supported": autoencoders((6.0, 6.05, 6.1), (0, 0, 0)),
        "not supported": autoencoders((0.9, 0.9, 0.9), (0, 0, 0)),
        "undecided": autoencoders((0.5, 1.0, 2.0), (0, 0, 0)),
    },
    "A0-05": {
        "supported": autoencoders((1, 1, 1), (11, 11, 11)),
        "not supported": autoencoders((1, 1, 1), (0, 0, 0)),
        "partly": autoencoders((1, 1, 1), (5, 5, 5)),
        "undecided": autoencoders((1, 1, 1), (-4, 0, 8)),
    },
    "A0-20": {
        "supported": put("strengthened", "balance", 0.5),
        "not supported": put("strengthened", "balance", 0.0),
        "partly": both(put("strengthened", "balance", 0.5), put("strengthened", "balance", 0.0, "epochs == 5")),
        "undecided": scattered("strengthened", "balance", {"balance <= 1": (-0.2, 0.1, 0.3)}),
    },
    "A1-23": {
        "supported": both(put("outcome", "unique", 2.0), put("outcome", "unique", 13.0, SPARSE)),
        "not supported": put("outcome", "unique", 2.0),
        "partly": both(put("outcome", "unique", 2.0), put("outcome", "unique", 9.0, SPARSE)),
        "undecided": put("outcome", "unique", math.nan),
    },
}

PENALTY = "penalty > 0"
TABLES["A1-20"] = {
    "supported": both(put("code", "active", 8.0), put("code", "active", 3.0, PENALTY)),
    "not supported": put("code", "active", 8.0),
    "undecided": both(put("code", "active", 8.0), put("code", "active", 6.0, PENALTY, 4.0)),
}


def by_use(rise, scatter=0.0):
    """Changes that rise with the level of use, beside a range of 1 that coincidence makes."""

    def change(t):
        rows = t.use.groupby(["rule", "rung", "group", "seed"])["level"]
        t.use["change"] = rise * (t.use.level - rows.transform("min")) / (rows.transform("max") - rows.transform("min"))

    together = (put("use", "change", 0.1, "group == 'together' and level < 2"),
                put("use", "change", 1.0, "group == 'together' and level > 2"))  # fmt: skip
    most = "(group == 'often' and level > 0.7) or (group == 'strongly' and level > 1.5)"
    return both(change, *((put("use", "change", rise, most, scatter),) if scatter else ()), *together)


TABLES |= {
    "A0-10b": {
        "supported": by_use(0.8),
        "not supported": by_use(0.0),
        "undecided": by_use(0.0, 0.5),
        "partly": both(by_use(0.8), put("use", "change", 0.0, "rule == 'BCM' and group == 'often'")),
    },
}

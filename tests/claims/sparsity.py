"""Tables under which the claims of the chapter on sparsity are decided one way or the other."""

from rules import both, put

SMALLEST, ANY = "route in ('weights', 'activities')", "route in ('random', 'random activities')"
L1 = "method != 'linear equations'"
NEARLY = put("weights", "magnitude", 1e-4, f"{L1} and rank > 16")
SPREAD = put("weights", "magnitude", 0.5)

HELPS = both(put("networks", "test_accuracy", 0.5), put("networks", "test_accuracy", 0.9, "l1 > 0"))
ALIKE = put("networks", "test_accuracy", 0.6)
UNSURE = both(ALIKE, put("networks", "test_accuracy", 0.65, "l1 > 0", 0.2))
KEPT_OUT = both(
    put("noise", "accuracy", 0.9),
    put("noise", "accuracy", 0.8, "l1 > 0 and noise > 0"),
    put("noise", "accuracy", 0.3, "l1 == 0 and noise > 0"),
)
SAVES = both(put("networks", "operations", 0.5), put("networks", "operations", 0.1, "l1 > 0"))
SAYS = both(put("networks", "selectivity", 0.1), put("networks", "selectivity", 0.9, "l1 > 0"))
SHORTER = both(put("networks", "carriers", 10.0), put("networks", "carriers", 5.0, "l1 > 0"))
AGREE = both(put("networks", "agreement", 0.5), put("networks", "agreement", 0.9, "l1 > 0"))
SCATTERED = put("networks", "carriers", 7.0, "l1 > 0", 5.0)
EQUAL = put("networks", "accuracy", 0.9)
RELU_LEADS = [
    change
    for column in ("test_accuracy", "selectivity")
    for change in (put("networks", column, 0.5), put("networks", column, 0.9, "activation == 'ReLU'"))
]
ELU = "activation == 'ELU' and task == 'prototypes'"
FEW_MACS = both(put("active", "density", 0.1), put("active", "backward", 0.1), put("active", "step", 0.2))
FREE = both(put("pruned", "network_accuracy", 0.9), put("pruned", "accuracy", 0.9))

TABLES = {
    "A0-03": {
        "supported": FEW_MACS,
        "not supported": both(FEW_MACS, put("active", "density", 0.95)),
        "undecided": both(FEW_MACS, put("active", "backward", 0.5, None, 0.4)),
        "partly": both(FEW_MACS, put("active", "density", 0.4)),
    },
    "A1-21": {
        "supported": FEW_MACS,
        "not supported": both(put("active", "density", 1.0), put("active", "step", 1.0)),
        "undecided": both(FEW_MACS, put("active", "step", 0.9, None, 0.2)),
        "partly": both(FEW_MACS, put("active", "step", 0.85)),
    },
    "A0-14": {
        "supported": both(put("pruned", "accuracy", 0.9, SMALLEST), put("pruned", "accuracy", 0.5, ANY)),
        "not supported": put("pruned", "accuracy", 0.9),
        "undecided": both(put("pruned", "accuracy", 0.9, SMALLEST), put("pruned", "accuracy", 0.8, ANY, 0.2)),
        "partly": both(
            put("pruned", "accuracy", 0.9, SMALLEST),
            put("pruned", "accuracy", 0.5, ANY),
            put("pruned", "accuracy", 0.5, "removed == 0.7"),
        ),
    },
    "A1-25": {
        "supported": both(SPREAD, NEARLY),
        "not supported": SPREAD,
        "undecided": both(
            SPREAD, put("weights", "magnitude", 1e-4, "method != 'linear equations' and rank > 28 and seed > 0")
        ),
        "partly": both(SPREAD, NEARLY, put("weights", "magnitude", 0.5, "strength == 0.2")),
    },
    "A0-04": {"supported": both(HELPS, KEPT_OUT), "not supported": ALIKE, "undecided": UNSURE, "partly": HELPS},
    "A1-22": {"supported": both(HELPS, KEPT_OUT), "not supported": ALIKE, "undecided": UNSURE, "partly": HELPS},
    "A1-16": {
        "supported": both(HELPS, SAVES, SAYS),
        "not supported": both(HELPS, SAVES),
        "undecided": both(UNSURE, SAVES, SAYS),
    },
    "A2-07b": {
        "supported": both(HELPS, put("networks", "unadjusted", 0.1), put("networks", "unadjusted", 0.5, "l1 > 0")),
        "not supported": ALIKE,
        "undecided": UNSURE,
        "partly": both(HELPS, put("networks", "unadjusted", 0.1)),
    },
    "A1-56": {
        "supported": both(
            SHORTER, put("networks", "agreement", 0.5), put("networks", "agreement", 0.9, "l1 > 0"), EQUAL
        ),
        "not supported": both(put("networks", "carriers", 7.0), EQUAL),
        "undecided": both(put("networks", "carriers", 7.0), put("networks", "carriers", 7.0, "l1 > 0", 5.0), EQUAL),
        "partly": both(SHORTER, put("networks", "agreement", 0.5), EQUAL),
    },
    "A0-17": {
        "supported": both(put("networks", "operations", 0.5), *RELU_LEADS),
        "not supported": both(put("networks", "operations", 0.5), put("networks", "test_accuracy", 0.5)),
        "undecided": both(
            put("networks", "operations", 0.5),
            *RELU_LEADS,
            put("networks", "test_accuracy", 0.55, "activation == 'ReLU'", 0.2),
        ),
    },
    "A2-21": {
        "supported": both(put("noise", "accuracy", 0.5), put("noise", "accuracy", 0.9, ELU)),
        "not supported": put("noise", "accuracy", 0.5),
        "undecided": both(put("noise", "accuracy", 0.5), put("noise", "accuracy", 0.6, ELU, 0.2)),
    },
}


def start_and_end(start, end, scatter=0.0):
    """Active fractions before and after learning."""
    layers = ("active_1", "active_2")
    return both(
        *(put("course", layer, start, "epoch == 0", scatter) for layer in layers),
        *(put("after", layer, end, None, scatter) for layer in layers),
    )


SILENT = {
    "supported": start_and_end(0.5, 0.5),
    "not supported": start_and_end(0.5, 0.2),
    "undecided": start_and_end(0.5, 0.5, 0.2),
    "partly": start_and_end(0.5, 0.44),
}


def dropped(active, alike, scatter=0.0):
    """What dropout changes."""
    return both(
        put("networks", "redundancy", 0.5),
        *(put("networks", layer, 0.5) for layer in ("active_1", "active_2")),
        *(put("networks", layer, active, "dropout > 0", scatter) for layer in ("active_1", "active_2")),
        put("networks", "redundancy", alike, "dropout > 0"),
    )


def equally_sparse(inhibited, raised, narrow=0.5, broad=0.3, scatter=0.0):
    """Correlations where inhibition and thresholds make the population as sparse."""

    def change(t):
        t.raised["population_treves_rolls"] = 0.5 + 0.01 * t.raised["shift"].rank()
        t.inhibited["population_treves_rolls"] = float(t.raised.population_treves_rolls.mean())

    return both(
        put("inhibited", "correlation", inhibited, None, scatter),
        put("raised", "correlation", raised),
        change,
        put("excitation", "correlation", narrow),
        put("excitation", "correlation", broad, "width > 1"),
    )


TABLES |= {
    "A1-19": SILENT,
    "A1-27": SILENT,
    "A0-18": {
        "supported": start_and_end(0.5, 0.2),
        "not supported": start_and_end(0.5, 0.6),
        "undecided": start_and_end(0.5, 0.4, 0.3),
        "partly": start_and_end(0.5, 0.45),
    },
    "A1-26": {
        "supported": dropped(0.3, 0.2),
        "not supported": dropped(0.3, 0.5),
        "undecided": dropped(0.45, 0.2, 0.2),
    },
    "A2-07": {
        "supported": both(put("capacity", "train_accuracy", 0.5), put("capacity", "train_accuracy", 0.9, "l1 > 0")),
        "not supported": put("capacity", "train_accuracy", 0.5),
        "undecided": both(
            put("capacity", "train_accuracy", 0.5),
            put("capacity", "train_accuracy", 0.6, "l1 > 0", 0.3),
        ),
    },
    "A1-13": {
        "supported": equally_sparse(0.1, 0.3),
        "not supported": equally_sparse(0.3, 0.3),
        "undecided": equally_sparse(0.28, 0.3, scatter=0.1),
        "partly": both(equally_sparse(0.1, 0.3), put("excitation", "correlation", 0.7, "width > 2.5")),
    },
}


DENSE = both(put("tradeoff", "accuracy", 0.5), put("tradeoff", "accuracy", 0.9, "route == 'start'"))
WHOLE = put("pruned", "accuracy", 0.9, "removed == 0")


def silent(through, without, scatter=0.0):
    """Accuracy of 0.9 as it is, when silent units pass on their drives, and without as many active ones."""
    return both(
        put("silenced", "accuracy", 0.9),
        put("silenced", "let_through", through),
        put("silenced", "silenced", without, None, scatter),
    )


TABLES |= {
    "A0-02": {
        "supported": silent(0.88, 0.3),
        "not supported": silent(0.95, 0.3),
        "undecided": silent(0.88, 0.85, 0.2),
        "partly": silent(0.88, 0.885),
    },
    "A1-37": {
        "supported": both(DENSE, put("pruned", "accuracy", 0.3), WHOLE),
        "not supported": both(put("tradeoff", "accuracy", 0.5), put("pruned", "accuracy", 0.3), WHOLE),
        "undecided": both(put("tradeoff", "accuracy", 0.5), put("tradeoff", "accuracy", 0.6, "route == 'start'", 0.2)),
        "partly": both(DENSE, put("pruned", "accuracy", 0.9)),
    },
}

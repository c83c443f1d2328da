"""Tables under which the claims in a trained language encoder are decided one way or the other."""

from rules import both, put, scattered

ANY = "route in ('random', 'random activities')"
KEPT = both(put("pruned", "found", 0.7), put("pruned", "neighbour", 0.4))
RELU = "activation in ('ReLU', 'ReLU, fitted')"
ALIKE = both(put("replaced", "found", 0.5), put("replaced", "neighbour", 0.3))
SKIPPED = put("replaced", "left", 0.5)
NEAR = both(put("quantised", "found", 0.7), put("quantised", "neighbour", 0.4))
FEW = both(put("maps", "least", 0.02), put("maps", "effective", 0.02), put("changed", "found", 0.7))
FALLING = both(*(put("probes", "test_error", 0.4 - 0.05 * k, f"layer == {k}") for k in range(7)))
RISING = both(*(put("probes", "test_error", 0.1 + 0.05 * k, f"layer == {k}") for k in range(7)))
LATE = both(put("probes", "test_error", 0.1), put("probes", "test_error", 0.5, "task == 'meaning' and layer < 4"))
BEST_LAST = both(put("cosines", "found", 0.5), put("cosines", "found", 0.8, "layer == 6"))
SILENT = put("interference", "found", 0.7)

TABLES = {
    "A0-02": {
        "supported": both(SILENT, put("interference", "found", 0.2, "change == 'active silenced'")),
        "not supported": SILENT,
        "partly": both(
            SILENT,
            put("interference", "found", 0.65, "change == 'silent through'"),
            put("interference", "found", 0.5, "change == 'active silenced'"),
        ),
        "undecided": both(SILENT, put("interference", "found", 0.6, "change == 'active silenced'", 0.2)),
    },
    "A0-12": {
        "supported": both(FEW, put("changed", "found", 0.3, "change == 'random'")),
        "not supported": both(FEW, put("maps", "least", 0.3)),
        "partly": both(FEW, put("changed", "found", 0.3, "change == 'random'"), put("maps", "least", 0.15)),
        "undecided": both(FEW, put("changed", "found", 0.6, "change == 'random'", 0.2)),
    },
    "A0-13": {
        "supported": both(FEW, put("changed", "found", 0.1, "change == 'elsewhere'")),
        "not supported": put("maps", "effective", 0.6),
        "partly": both(FEW, put("changed", "found", 0.1, "change == 'elsewhere'"), put("maps", "effective", 0.08)),
        "undecided": both(FEW, put("changed", "found", 0.6, "change == 'elsewhere'", 0.2)),
    },
    "A0-14": {
        "supported": both(KEPT, put("pruned", "found", 0.3, ANY)),
        "not supported": KEPT,
        "partly": both(
            KEPT,
            put("pruned", "found", 0.3, ANY),
            put("pruned", "found", 0.4, "route == 'smallest' and removed == 0.7"),
        ),
        "undecided": both(KEPT, put("pruned", "found", 0.6, ANY, 0.2)),
    },
    "A1-32": {
        "supported": KEPT,
        "not supported": both(KEPT, put("pruned", "found", 0.1, "route == 'whole'")),
        "partly": both(KEPT, put("pruned", "neighbour", 0.1, "route == 'whole' and removed == 0.9")),
        "undecided": both(KEPT, put("pruned", "found", 0.66, "route == 'whole'", 0.2)),
    },
    "A1-51": {
        "supported": both(
            NEAR,
            put("quantised", "found", 0.5, "what == 'biases'"),
            put("quantised", "neighbour", 0.2, "what == 'biases'"),
        ),
        "not supported": NEAR,
        "partly": both(
            NEAR,
            put("quantised", "found", 0.5, "what == 'biases' and bits == 2"),
            put("quantised", "neighbour", 0.2, "what == 'biases' and bits == 2"),
        ),
        "undecided": both(
            NEAR,
            put("quantised", "found", 0.65, "what == 'biases'", 0.2),
            put("quantised", "neighbour", 0.35, "what == 'biases'", 0.2),
        ),
    },
    "A2-19": {
        "supported": both(ALIKE, SKIPPED),
        "not supported": both(ALIKE, SKIPPED, put("replaced", "found", 0.1, RELU)),
        "partly": both(ALIKE, SKIPPED, put("replaced", "found", 0.1, "activation == 'ReLU'")),
        "undecided": both(ALIKE, SKIPPED, put("replaced", "found", 0.48, RELU, 0.2)),
    },
    "A2-20": {
        "supported": both(ALIKE, put("replaced", "found", 0.9, RELU), put("replaced", "neighbour", 0.6, RELU)),
        "not supported": ALIKE,
        "undecided": both(
            ALIKE, put("replaced", "found", 0.55, RELU, 0.2), put("replaced", "neighbour", 0.35, RELU, 0.2)
        ),
    },
    "A3-08": {
        "supported": FALLING,
        "not supported": RISING,
        "partly": both(FALLING, put("probes", "test_error", 0.153, "layer == 6")),
        "undecided": both(FALLING, scattered("probes", "test_error", {"layer == 6": (0.0, 0.4, 0.6)})),
    },
    "A3-10": {
        "supported": LATE,
        "not supported": put("probes", "test_error", 0.1),
        "undecided": both(
            LATE, scattered("probes", "test_error", {"task == 'meaning' and layer > 3": (0.1, 0.5, 0.9)})
        ),
    },
    "A3-11": {
        "supported": both(FALLING, BEST_LAST),
        "not supported": both(FALLING, put("cosines", "found", 0.5)),
        "partly": both(RISING, BEST_LAST),
        "undecided": both(FALLING, BEST_LAST, scattered("cosines", "found", {"layer == 6": (0.2, 0.6, 0.9)})),
    },
    "A4-25": {
        "supported": both(ALIKE, put("replaced", "found", 0.9, "activation == 'GELU'")),
        "not supported": ALIKE,
        "undecided": both(ALIKE, put("replaced", "found", 0.6, "activation == 'GELU'", 0.2)),
    },
}

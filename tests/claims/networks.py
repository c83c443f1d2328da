"""Tables under which the claims of the chapter on networks are decided one way or the other."""

import math

from rules import both, put, scattered

FALLING = both(
    *(put("probes", "test_error", 0.3 - 0.05 * k, f"layer == {k} and probe == 'linear'") for k in range(4)),
    put("probes", "test_error", 0.1, "probe == 'quadratic'"),
)
GROWTH = put("depth", "gradient", 6.0)
HELPED = both(put("without_bias", "without", 0.5), put("without_bias", "adjusted", 0.1))
AUTO = put("without_bias", "adjusted", 0.45, "task == 'autoencoder'")
USELESS = put("without_bias", "adjusted", 0.5, "task == 'classification' and setting == 1 or setting == 0")
DIM = both(put("light", "original", 0.9), put("light", "accuracy", 0.3))
ARTICLE = (
    put("coefficients", "x", -0.13, "reading == 'transposed'"),
    put("coefficients", "y", 0.001, "reading == 'transposed'"),
)
SMOOTH = "activation in ('Sigmoid', 'Tanh')"

CHANGES = ("translation", "rotation", "labels")
EIGHT = "activation == 'ReLU' and hidden == 8"
FULL = put("success", "separable_start", 0.99, EIGHT)


def pressed(gained, lost):
    """Of all starts, these fractions become separable by learning, or cease to be."""
    return both(put("success", "gained", gained), put("success", "lost", lost))


def tuned(biases, old=(0.9, 0.9, 0.9)):
    """Accuracies after tuning the biases, by change and seed; 0.9 if everything is, which keeps 0.9 of the old."""
    return both(
        put("tuning", "original", 1.0),
        put("tuning", "accuracy", 0.9),
        put("tuning", "accuracy", 0.0, "epoch == 0"),
        put("tuning", "old", 0.9),
        scattered("tuning", "old", {"tuned == 'biases' and epoch > 0": old}),
        scattered(
            "tuning", "accuracy", {f"tuned == 'biases' and epoch > 0 and change == '{c}'": v for c, v in biases.items()}
        ),
    )


def shifts(columns, values):
    """What is found by how far biases were changed after learning, per seed."""
    return both(
        *(scattered("shifted", column, {f"shift == {shift}": v}) for column in columns for shift, v in values.items())
    )


TABLES = {
    "A1-40": {
        "supported": shifts(("recall", "balanced"), {shift: (0.5 + shift / 10,) * 3 for shift in (0, 1, 2, 4)}),
        "not supported": put("shifted", "balanced", 0.5),
        "partly": shifts(("recall", "balanced"), {0: (0.5,) * 3, 1: (0.6,) * 3, 2: (0.7,) * 3, 4: (0.4,) * 3}),
        "undecided": shifts(
            ("recall", "balanced"), {0: (0.5,) * 3, 1: (0.3, 0.5, 0.9), 2: (0.3, 0.5, 0.9), 4: (0.3, 0.5, 0.9)}
        ),
    },
    "A1-41": {
        "supported": tuned(dict.fromkeys(CHANGES, (0.9, 0.9, 0.9))),
        "not supported": tuned(dict.fromkeys(CHANGES, (0.1, 0.1, 0.1))),
        "partly": tuned({"translation": (0.9, 0.9, 0.9), "rotation": (0.3, 0.3, 0.3), "labels": (0.2, 0.2, 0.2)}),
        "undecided": tuned(dict.fromkeys(CHANGES, (0.3, 0.5, 0.8))),
    },
    "A1-60": {
        "supported": tuned(dict.fromkeys(CHANGES, (0.9, 0.9, 0.9))),
        "not supported": tuned(dict.fromkeys(CHANGES, (0.9, 0.9, 0.9)), old=(0.5, 0.5, 0.5)),
        "partly": tuned({**dict.fromkeys(CHANGES, (0.9, 0.9, 0.9)), "labels": (0.2, 0.2, 0.2)}),
        "undecided": tuned(dict.fromkeys(CHANGES, (0.9, 0.9, 0.9)), old=(0.8, 0.9, 1.0)),
    },
    "A1-43": {
        "supported": both(DIM, put("light", "accuracy", 0.8, "bias == 'frame'")),
        "not supported": DIM,
        "partly": both(DIM, put("light", "accuracy", 0.8, "bias == 'frame' and light == 'added'")),
        "undecided": both(DIM, scattered("light", "accuracy", {"bias == 'frame'": (0.3, 0.6, 0.9)})),
    },
    "A1-44": {
        "supported": put("speed", "steps", 10.0, "start == 'prior'"),
        "not supported": both(put("speed", "steps", 30.0), put("speed", "steps", 40.0, "start == 'prior'")),
        "undecided": scattered("speed", "steps", {"start == 'zero'": (20, 60, 90), "start == 'prior'": (50, 50, 50)}),
    },
    "A1-45": {
        "supported": both(put("depth", "activity", 0.5), GROWTH, put("depth", "gradient", 0.5, "beta > 0")),
        "not supported": both(put("depth", "activity", 0.5), GROWTH),
        "partly": both(put("depth", "activity", 9.0), GROWTH, put("depth", "gradient", 0.5, "beta > 0")),
        "undecided": both(GROWTH, scattered("depth", "gradient", {"beta > 0": (0.0, 2.0, 6.0)})),
    },
    "A1-50": {
        "supported": both(HELPED, AUTO),
        "not supported": both(put("without_bias", "without", 0.5), put("without_bias", "adjusted", 0.5)),
        "partly": both(HELPED, AUTO, USELESS),
        "undecided": both(
            HELPED, AUTO, scattered("without_bias", "adjusted", {"task == 'classification'": (0.1, 0.5, 2.0)})
        ),
    },
    "A1-58": {
        "supported": both(put("learned", "loss", 1.0), put("learned", "loss", 0.5, "offset == 'learned'")),
        "not supported": put("learned", "loss", 1.0),
        "partly": both(put("learned", "loss", 1.0), put("learned", "loss", 0.5, "offset == 'learned' and width < 64")),
        "undecided": scattered("learned", "loss", {"offset == 'learned'": (0.1, 1, 30)}),
    },
    "A1-59": {
        "supported": shifts(("balanced",), {0: (0.4,) * 3, 0.5: (0.5,) * 3, 1: (0.6,) * 3}),
        "not supported": put("shifted", "balanced", 0.5),
        "partly": both(
            shifts(("balanced",), {0: (0.4,) * 3, 0.5: (0.5,) * 3, 1: (0.6,) * 3}),
            put("shifted", "balanced", 0.6, "ratio == 10"),
        ),
        "undecided": shifts(("balanced",), {0: (0.5,) * 3, 0.5: (0.3, 0.5, 0.9), 1: (0.3, 0.5, 0.9)}),
    },
    "A3-04": {
        "supported": put("printed", "package", 1.0, "target == 1"),
        "not supported": put("printed", "package", 1.2, "target == 1"),
        "partly": put("printed", "package", 1.05, "target == 1"),
        "undecided": put("printed", "package", math.nan, "target == 1"),
    },
    "A3-05": {
        "supported": both(*ARTICLE),
        "not supported": put("coefficients", "x", 0.5, "reading != 'article'"),
        "partly": both(*ARTICLE, put("coefficients", "y", 0.02, "reading == 'transposed'")),
        "undecided": put("coefficients", "x", math.nan, "reading != 'article'"),
    },
    "A3-13": {
        "supported": put("margin", "margin", 0.5),
        "not supported": put("margin", "margin", 0.0),
        "undecided": put("margin", "margin", math.nan, "hidden == 'ReLU'"),
    },
    "A3-06b": {
        # Where a line separates nearly all starts, that none is gained says nothing, but a loss does.
        "supported": both(pressed(0.4, 0.0), FULL, put("success", "gained", 0.01, EIGHT)),
        "not supported": pressed(0.0, 0.2),
        "partly": both(
            pressed(0.4, 0.0), FULL, put("success", "gained", 0.0, EIGHT), put("success", "lost", 0.2, EIGHT)
        ),
        "undecided": pressed(0.1, 0.08),
    },
    "A4-02": {
        "supported": both(put("success", "solved", 0.0), put("success", "solved", 1.0, SMOOTH)),
        "not supported": put("success", "solved", 0.5),
        "partly": both(put("success", "solved", 1.0), put("success", "solved", 0.0, "activation == 'Step'")),
        "undecided": scattered("success", "solved", {SMOOTH: (0.0, 0.5, 1.0)}),
    },
    "A3-07b": {
        "supported": both(*(put("information", "about_input", 6 - k, f"layer == {k}") for k in range(5))),
        "not supported": put("information", "about_input", 6.0),
        "partly": both(
            *(put("information", "about_input", 6 - k, f"layer == {k} and network != 'wide'") for k in range(5)),
            put("information", "about_input", 6.0, "network == 'wide'"),
        ),
        "undecided": both(
            *(
                scattered("information", "about_input", {f"layer == {k}": (6, 6 - 0.2 * k, 6 - 0.5 * k)})
                for k in range(5)
            )
        ),
    },
    "A3-08": {
        "supported": FALLING,
        "not supported": put("probes", "test_error", 0.3),
        "partly": both(FALLING, put("probes", "test_error", 0.195, "task == 'digit' and layer == 3")),
        "undecided": both(FALLING, scattered("probes", "test_error", {"layer == 3": (0.1, 0.2, 0.5)})),
    },
    "A3-09": {
        "supported": both(FALLING, put("readouts", "solved", 1.0), put("readouts", "separable_solved", 0.5)),
        "not supported": both(FALLING, put("readouts", "solved", 1.0), put("readouts", "separable_solved", 1.0)),
        "partly": both(
            FALLING,
            put("readouts", "solved", 1.0),
            put("readouts", "separable_solved", 0.5),
            put("readouts", "separable_solved", 1.0, "activation == 'ReLU'"),
        ),
        "undecided": both(
            put("readouts", "solved", 1.0),
            put("readouts", "separable_solved", 0.5),
            scattered("probes", "test_error", {"probe == 'linear' and layer == 3": (0.1, 0.2, 0.5)}),
        ),
    },
    "A3-12": {
        "supported": both(put("readouts", "solved", 1.0), put("readouts", "separable_solved", 0.5)),
        "not supported": both(put("readouts", "solved", 1.0), put("readouts", "separable_solved", 1.0)),
        "partly": both(
            put("readouts", "solved", 1.0),
            put("readouts", "separable_solved", 0.5),
            put("readouts", "separable_solved", 1.0, "activation == 'ReLU'"),
        ),
        "undecided": both(put("readouts", "solved", 0.05), put("readouts", "separable_solved", 1.0)),
    },
}

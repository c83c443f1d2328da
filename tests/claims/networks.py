"""Tables under which the claims of the chapter on networks are decided one way or the other."""

import math


def put(table, column, value, where=None):
    """A function that writes a value into a measured column, everywhere or in the rows of a query."""

    def change(t):
        frame = getattr(t, table)
        rows = frame.index if where is None else frame.query(where).index
        assert len(rows), where
        frame[column] = frame[column].astype(float)
        frame.loc[rows, column] = value

    return change


def both(*changes):
    """All of some changes."""

    def change(t):
        for each in changes:
            each(t)

    return change


STEP, CURVED = "activation == 'Step'", "activation != 'Step'"

TABLES = {
    "A3-03": {
        "supported": put("regression", "prediction", 0.5),
        "not supported": put("regression", "prediction", 1 / 3, "intercept == 1 and x == 0"),
        "undecided": put("regression", "prediction", math.nan, "intercept == 1 and x == 0"),
    },
    "A4-01": {
        "supported": put("single_layer", "solved", 0.5, CURVED),
        "not supported": put("single_layer", "solved", 0.5),
        "partly": put("single_layer", "solved", 0.0),
        "undecided": put("single_layer", "solved", 0.05),
    },
}

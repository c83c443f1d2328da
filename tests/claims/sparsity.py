"""Tables under which the claims of the chapter on sparsity are decided one way or the other."""


def scattered(table, column, value, scatter, where=None):
    """As `put`, with less in seed 0 and more in seed 2."""

    def change(t):
        put(table, column, value, where)(t)
        frame = getattr(t, table)
        rows = frame.index if where is None else frame.query(where).index
        frame.loc[rows, column] += scatter * (frame.seed[rows] - 1)

    return change


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


SMALLEST, ANY = "route in ('weights', 'activities')", "route in ('random', 'random activities')"
L1 = "method != 'linear equations'"
NEARLY = put("weights", "magnitude", 1e-4, f"{L1} and rank > 16")
SPREAD = put("weights", "magnitude", 0.5)

TABLES = {
    "A0-14": {
        "supported": both(put("pruned", "accuracy", 0.9, SMALLEST), put("pruned", "accuracy", 0.5, ANY)),
        "not supported": put("pruned", "accuracy", 0.9),
        "undecided": both(put("pruned", "accuracy", 0.9, SMALLEST), scattered("pruned", "accuracy", 0.8, 0.2, ANY)),
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
}

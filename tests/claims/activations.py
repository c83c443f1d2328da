"""Tables that would have been measured: for every claim on activations, some for each verdict.

An exact number (an integral, a count) is undecided only where it could not be computed: NaN.
"""

import math

NAN = math.nan


def put(table, column, value, rows=None, scatter=0.0):
    """A change of tables: `value` in some rows of a measured column, with -scatter, 0, +scatter by seed."""

    def change(t):
        frame = getattr(t, table)
        frame[column] = frame[column].astype(float)
        chosen = slice(None) if rows is None else frame.eval(rows)
        offsets = frame.loc[chosen, "seed"].map({0: -scatter, 1: 0.0, 2: scatter}) if scatter else 0.0
        frame.loc[chosen, column] = value + offsets

    return change


def both(*changes):
    """Several changes, one after the other."""

    def change(t):
        for each in changes:
            each(t)

    return change


def ways(supported, refuted, undecided, **more):
    """The three verdicts that every rule must reach, and others that it may reach."""
    return {"supported": supported, "not supported": refuted, "undecided": undecided, **more}


def constant(name, value):
    return put("constants", "value", value, f"name == '{name}'")


TANGENT = "name.str.startswith('GELU departure')"
SLOPE = "GELU slope at 3"

TABLES = {
    "A1-28": ways(
        put("near_zero", "fraction", 0.4),
        put("near_zero", "fraction", 0.01),
        put("near_zero", "fraction", NAN),
        partly=put("near_zero", "fraction", 0.4, "activation == 'LeakyReLU'"),
    ),
    "A4-18": ways(
        both(constant(SLOPE, 0.0), put("constants", "value", 0.01, TANGENT)),
        put("constants", "value", 0.5, TANGENT),
        put("constants", "value", NAN, TANGENT),
    ),
    "A4-06": ways(
        put("element", "instructions", 250.0, "name == 'exp'"),
        put("element", "instructions", 50.0, "name == 'exp'"),
        put("element", "instructions", NAN, "name == 'exp'"),
        partly=put("element", "instructions", 250.0, "name == 'exp' and number_format == 'float64'"),
    ),
    "A4-10": ways(
        put("element", "instructions", 1.0, "name == 'maximum'"),
        put("element", "instructions", 4.0, "name == 'maximum'"),
        put("element", "instructions", NAN, "name == 'maximum'"),
    ),
    "A2-05": ways(
        put("layer", "sigmoid", 9e3),
        lambda t: t.layer.__setitem__("sigmoid", t.layer.relu.astype(float)),
        put("layer", "sigmoid", NAN),
    ),
}

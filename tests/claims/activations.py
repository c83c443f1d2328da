"""Tables that would have been measured: for every claim on activations, some for each verdict.

An exact number (an integral, a count) is undecided only where it could not be computed: NaN.
"""

import math

import numpy as np
from rules import both, put

NAN = math.nan


def ways(supported, refuted, undecided, **more):
    """The three verdicts that every rule must reach, and others that it may reach."""
    return {"supported": supported, "not supported": refuted, "undecided": undecided, **more}


def constant(name, value):
    return put("constants", "value", value, f"name == '{name}'")


TANGENT = "name.str.startswith('GELU departure')"
SLOPE = "GELU slope at 3"

TABLES = {
    "A4-06": ways(
        put("element", "instructions", 500.0, "name == 'exp'"),
        put("element", "instructions", 40.0, "name == 'exp'"),
        put("element", "instructions", NAN, "name == 'exp'"),
        partly=put("element", "instructions", 250.0, "name == 'exp' and number_format == 'float64'"),
    ),
    "A2-05": ways(
        both(put("layer", "sigmoid", 9e4), put("layer", "tanh", 9e4)),
        lambda t: [t.layer.__setitem__(name, t.layer.relu.astype(float)) for name in ("sigmoid", "tanh")],
        both(put("layer", "sigmoid", NAN), put("layer", "tanh", NAN)),
        partly=put("layer", "tanh", 9e4),
    ),
}


def lead(raw, centred, scatter=0.0, relu_mean=0.4):
    """Epochs of ReLU networks over those of ELU before and after centring, as powers of 2; ELU takes 4 epochs."""

    def change(t):
        rows = t.network
        power = rows.centred.map({True: centred, False: raw}).astype(float)
        power += rows.seed.map({0: -scatter, 1: 0.0, 2: scatter})
        for goal in ("epochs", "epochs_90"):
            rows[goal] = np.where(rows.activation == "ReLU", 4.0 * 2.0**power, 4.0)
        rows["index"] = np.where((rows.activation == "ReLU") & ~rows.centred, relu_mean, 0.1)

    return change


def back(same, new, units=1000):
    """Dead units and how many of them came back for images learned from and for others, in networks that learned."""
    return both(
        put("died", "accuracy", 0.96),
        put("died", "units", units),
        put("died", "data", same),
        put("died", "new", new),
        put("died", "inverted", new),
    )


def revived(relu, leaky, scatter=0.0):
    return both(put("revival", "data", relu), put("revival", "data", leaky, "leak > 0", scatter))


def unchanged(silent, some, scatter=0.0):
    return both(put("revival", "unchanged", silent, None, scatter), put("revival", "partial", some))


def slopes(accuracy, scatter=1e-4):
    return both(put("leaks", "fixed_accuracy", 0.9), put("leaks", "learned_accuracy", accuracy, None, scatter))


def learned(relu_dead, other_dead, gain=0.0, scatter=0.0):
    """Networks that all learned; dead units of ReLU at the larger rates and of the others, and their gain."""
    return both(
        put("learning", "train_accuracy", 0.96),
        put("learning", "born", 0.0),
        put("learning", "silent", 0.0),
        put("learning", "silent", relu_dead, "activation == 'ReLU' and learning_rate > 0.1", scatter),
        put("learning", "silent", other_dead, "activation != 'ReLU'"),
        put("learning", "accuracy", 0.9),
        put("learning", "accuracy", 0.9 + gain, "activation != 'ReLU'", 1e-4),
    )


def near_zeros(leaky, selu, scatter=0.0):
    """Near zeros of leaky ReLU and of SELU, beside 0.5 of ReLU, in networks where a fifth of ReLU's units died."""
    kinds = {"ReLU": 0.5, "LeakyReLU": leaky, "SELU": selu}
    return both(
        learned(0.2, 0.0),
        *(
            put("learning", column, value, f"activation == '{name}'", scatter * (name == "LeakyReLU"))
            for name, value in kinds.items()
            for column in ("near_half", "near", "near_twice")
        ),
    )


def capacity(lost, rank=0.5, scatter=0.0):
    return both(
        put("capacity", "accuracy", 0.9),
        put("capacity", "accuracy", 0.9 - lost, "killed > 0", scatter),
        put("capacity", "rank", 8.0),
        put("capacity", "rank", 8.0 * rank, "killed > 0"),
    )


def handed_on(after, before, scatter=0.0):
    """What is the same for every input behind the ReLUs and before them."""
    return both(put("learned", "fraction", after, None, scatter), put("learned", "first", before))


UNLEARNED = put("learning", "train_accuracy", 0.3)

TABLES |= {
    "A1-42": ways(
        handed_on(0.32, 0.01, 0.01),
        handed_on(0.5, 0.5, 0.001),  # as much before the ReLUs as behind them
        handed_on(0.1, 0.05, 0.2),
        partly=both(handed_on(0.32, 0.01), put("learned", "fraction", 0.01, "task == 'digits'")),
    ),
    **dict.fromkeys(
        ("A2-14", "A4-17b"),
        ways(lead(1.0, 0.1), lead(0.0, 0.0), lead(0.5, 0.1, 2.0), partly=lead(0.2, 0.0)),
    ),
    "A2-03": ways(
        back(0, 0),
        back(300, 300),
        both(back(0, 0), put("died", "data", 60, None, 60)),
        partly=both(back(0, 0), put("died", "new", 300, "rate > 0.75")),
    ),
    "A1-28": ways(
        near_zeros(0.45, 0.45),
        near_zeros(0.01, 0.45),
        near_zeros(0.3, 0.45, 0.2),
        partly=near_zeros(0.45, 0.01),
    ),
    "A4-21": ways(
        unchanged(1.0, 0.0),
        unchanged(0.2, 0.0),
        unchanged(0.5, 0.0, 0.5),
        partly=both(unchanged(1.0, 0.0), put("revival", "unchanged", 0.2, "margin > 1")),
    ),
    "A4-15": ways(
        revived(0.0, 0.5, 0.01),
        revived(0.0, 0.0),
        revived(0.0, 0.3, 0.3),
        partly=both(revived(0.0, 0.5), put("revival", "data", 0.0, "margin > 1")),
    ),
    "A4-17": ways(
        revived(0.0, 0.5, 0.01),
        revived(0.0, 0.0),
        revived(0.0, 0.3, 0.3),
        partly=both(revived(0.0, 0.5), put("revival", "data", 0.0, "margin > 1")),
    ),
    "A2-13": ways(
        slopes(0.95),
        slopes(0.9),
        slopes(0.92, 0.1),
        partly=both(slopes(0.95), put("leaks", "fixed_accuracy", 0.95, "slope > 0.4")),
    ),
    "A4-13": ways(learned(0.2, 0.0), lambda t: many(learned(0.0, 0.0), t, "learning"), UNLEARNED),
    "A2-04": ways(learned(0.2, 0.0, 0.05), learned(0.0, 0.0, 0.05), UNLEARNED, partly=learned(0.2, 0.0)),
    "A2-22": ways(
        capacity(0.1),
        capacity(0.0),
        capacity(0.05, 0.5, 0.1),
        partly=both(capacity(0.0), put("capacity", "accuracy", 0.5, "killed > 0.8")),
    ),
}


def many(change, t, table, times=40):
    """The same with many more replicates: what has to be rare can only be refuted by many."""
    import pandas as pd

    change(t)
    frame = getattr(t, table)
    setattr(t, table, pd.concat([frame.assign(seed=frame.seed + 3 * k) for k in range(times)], ignore_index=True))


def tanh_left(gradient, index, scatter=0.0):
    """Squared gradients of saturated units, and the fraction of mean of tanh, beside 0.8 of sigmoid."""
    return both(
        put("large", "log10_gradient", gradient, None, scatter),
        put("mean", "index", 0.8),
        put("mean", "index", index, "activation == 'Tanh'"),
    )


def hundred(relu, sigmoid, elu=0.0, scatter=0.0):
    return both(
        put("plain", "log10_gradient", relu, "activation == 'ReLU'", scatter),
        put("plain", "log10_gradient", sigmoid, "activation == 'Sigmoid'"),
        put("plain", "log10_gradient", elu, "activation == 'ELU'", scatter),
    )


LOST = put("plain", "log10_gradient", -15.0, "activation == 'ReLU' and not own")


TABLES |= {
    "A2-08": ways(tanh_left(-9.0, 0.0), tanh_left(-0.2, 0.0), tanh_left(-4.0, 0.0, 6.0), partly=tanh_left(-3.0, 0.0)),
    "A4-08": ways(
        tanh_left(-9.0, 0.0),
        tanh_left(-9.0, 0.7),
        tanh_left(-2.0, 0.0, 6.0),
        partly=both(tanh_left(-9.0, 0.0), put("mean", "index", 0.7, "activation == 'Tanh' and drive > 0.6")),
    ),
    **dict.fromkeys(
        ("A4-11", "A2-24"),
        ways(
            hundred(0.2, -40.0),
            hundred(0.1, 0.1),  # sigmoid keeps it as well
            hundred(0.0, -40.0, scatter=3.0),
            partly=both(hundred(0.2, -40.0), LOST),
        ),
    ),
    "A4-22": ways(
        hundred(0.0, -40.0, elu=0.4),
        hundred(0.0, -40.0, elu=-9.0),
        hundred(0.0, -40.0, elu=0.0, scatter=3.0),
        partly=both(hundred(0.0, -40.0), put("plain", "log10_gradient", -1.6, "activation == 'ELU' and not own")),
    ),
}


def signs(positive, many, epochs=4.0, scatter=0.0):
    """One sign in this fraction of single inputs and of batches; sigmoid's epochs, where centred units need 1."""
    return both(
        put("signs", "alike", positive, "activation != 'Tanh'"),
        put("signs", "alike", many, "activation != 'Tanh' and batch > 1"),
        put("learning", "epochs", 1.0),
        put("learning", "epochs", epochs, "activation in ('Sigmoid', 'ReLU')", scatter),
    )


def recurrent(relu, rows=""):
    """Squared gradients that ReLU networks keep, beside tanh networks that keep 10^-20."""
    return both(
        put("recurrent", "log10_gradient", -20.0),
        put("recurrent", "log10_gradient", relu, f"activation == 'ReLU'{rows}"),
    )


def gated(relu, tanh=-9.0, rows=""):
    """Gradients of LSTMs with ReLU, beside such with tanh."""
    return both(
        put("gated", "log10_gradient", tanh), put("gated", "log10_gradient", relu, f"activation == 'ReLU'{rows}")
    )


def kept(change, sigmoid=-9.0, scatter=0.0):
    return both(
        put("preserving", "log10_gradient", change, None, scatter),
        put("preserving", "log10_gradient", sigmoid, "activation == 'Sigmoid'"),
    )


def epochs(relu, tanh, sigmoid, scatter=0.0):
    kinds = {"ReLU": relu, "Tanh": tanh, "Sigmoid": sigmoid}
    return both(
        put("learning", "accuracy", 0.95),
        *(
            put("learning", goal, value, f"activation == '{name}'", scatter * (name == "ReLU"))
            for name, value in kinds.items()
            for goal in ("epochs_50", "epochs", "epochs_90", "epochs_95")
        ),
    )


def reach(relu, others):
    """Accuracies at the larger learning rate (all learn best, and alike, at the smaller one)."""
    return both(
        put("learning", "epochs", 1.0),
        put("learning", "epochs", 2.0, "learning_rate > 1"),
        put("learning", "accuracy", 0.95),
        put("learning", "accuracy", others, "learning_rate > 1"),
        put("learning", "accuracy", relu, "learning_rate > 1 and activation == 'ReLU'"),
    )


def weights(sigmoid, scatter=0.0, grown=None):
    """Changes and growth of the weights that read sigmoid units, beside 1 for ReLU units."""
    return both(
        put("learning", "moved", 1.0),
        put("learning", "grown", 1.0),
        put("learning", "moved", sigmoid, "activation == 'Sigmoid'", scatter),
        put("learning", "grown", sigmoid if grown is None else grown, "activation == 'Sigmoid'", scatter),
    )


def deep(relu, tanh, sigmoid, rows="layers > 2", scatter=0.0):
    """Accuracies of deep networks (shallow ones learn), and gradients that go with them."""
    return both(
        put("depth", "accuracy", 0.95),
        put("depth", "half", 0.95),
        put("depth", "gradient", 0.0),
        *(
            change
            for name, value in (("ReLU", relu), ("Tanh", tanh), ("Sigmoid", sigmoid))
            for change in (
                put("depth", "accuracy", value, f"activation == '{name}' and {rows}", scatter),
                put("depth", "half", value, f"activation == '{name}' and {rows}", scatter),
                put("depth", "gradient", 0.0 if value > 0.5 else -9.0, f"activation == '{name}' and {rows}"),
            )
        ),
    )


TABLES |= {
    "A2-11": ways(signs(1.0, 1.0), signs(1.0, 1.0, 1.0), signs(1.0, 1.0, 4.0, 3.9), partly=signs(1.0, 0.2)),
    "A2-17": ways(
        recurrent(0.0),
        lambda t: many(recurrent(20.0), t, "recurrent"),  # to explode is no help
        recurrent(-20.0),
        partly=lambda t: many(
            both(recurrent(0.0), put("recurrent", "log10_gradient", -20.0, "input == 0 and activation == 'ReLU'")),
            t,
            "recurrent",
        ),
    ),
    "A2-17b": ways(
        gated(0.0),
        lambda t: many(gated(0.0, 0.0), t, "gated"),
        gated(0.0, 0.0),
        partly=lambda t: many(both(gated(0.0), put("gated", "log10_gradient", 0.0, "bias > 3")), t, "gated"),
    ),
    "A0-16": ways(
        *(lambda t, change=change: many(kept(change), t, "preserving") for change in (0.1, -9.0)),
        kept(2.0, scatter=9.0),
        partly=lambda t: many(kept(1.4), t, "preserving"),
    ),
    "A2-06": ways(
        epochs(0.5, 1.0, 2.0), epochs(0.5, 0.5, 0.4), epochs(0.5, 1.0, 0.6, 0.3), partly=epochs(0.5, 0.4, 2.0)
    ),
    "A4-03": ways(
        reach(0.1, 0.95),
        reach(0.95, 0.95),
        put("learning", "accuracy", 0.2),
        partly=both(reach(0.1, 0.95), put("learning", "epochs", 0.5, "learning_rate > 1 and activation != 'ReLU'")),
    ),
    "A4-04": ways(weights(0.5), weights(2.0), weights(0.9, 0.8), partly=weights(0.5, grown=2.0)),
    "A2-02": ways(
        deep(0.9, 0.2, 0.2),
        deep(0.2, 0.2, 0.9),
        both(deep(0.6, 0.2, 0.3), put("depth", "accuracy", 0.6, "activation == 'ReLU'", 0.35)),
        partly=deep(0.9, 0.9, 0.2),
    ),
    "A2-25": ways(
        deep(0.95, 0.1, 0.1),
        deep(0.95, 0.95, 0.95),
        deep(0.85, 0.1, 0.1, "layers > 4", 0.6),
        partly=deep(0.95, 0.95, 0.1),
    ),
}


def noisy(relu, tanh, sigmoid, scatter=0.0):
    """Accuracy that noise costs, by activation."""
    return both(
        put("accuracy", "clean", 0.95),
        put("accuracy", "trained", 1.0),
        put("accuracy", "trained", 0.98, "activation == 'ReLU'"),
        put("accuracy", "noisy", 0.95 - relu, "activation == 'ReLU'", scatter),
        put("accuracy", "noisy", 0.95 - tanh, "activation == 'Tanh'"),
        put("accuracy", "noisy", 0.95 - sigmoid, "activation == 'Sigmoid'"),
    )


def shifted(after, together, scatter=0.0):
    return both(
        put("shifted", "before", 0.95),
        put("shifted", "stayed", 0.95),
        put("shifted", "after", after, None, scatter),
        put("shifted", "together", together),
    )


TABLES |= {
    "A2-18": ways(
        noisy(0.1, 0.2, 0.2),
        noisy(0.2, 0.1, 0.1),
        noisy(0.2, 0.25, 0.25, 0.2),
        partly=both(noisy(0.1, 0.2, 0.2), put("accuracy", "trained", 0.96, "activation == 'Tanh'")),
    ),
    "A1-49": ways(
        shifted(0.4, 0.9),
        shifted(0.95, 0.95),
        shifted(0.6, 0.9, 0.5),
        partly=both(shifted(0.4, 0.9), put("shifted", "together", 0.4, "shift == 3")),
    ),
    "A4-03b": ways(
        both(reach(0.1, 0.95), put("learning", "epochs", 0.5, "activation == 'ReLU' and learning_rate < 1")),
        lambda t: many(both(reach(0.95, 0.95)), t, "learning"),
        reach(0.95, 0.95),
    ),
}

SIGMOID = "activation == 'Sigmoid' and layers == 10"
TABLES["A4-07"] = ways(
    put("depth", "log10_gradient", -12.0, SIGMOID),
    put("depth", "log10_gradient", 0.5, SIGMOID),
    put("depth", "log10_gradient", -2.0, SIGMOID, 1.0),
)

"""Hooks that let silent drives of an encoder's blocks through, or silence active units."""

import numpy as np


def interfering(change, dose, rng):
    """Hooks that change activities of each token, and a list of (active fraction, tokens) that they fill."""
    drives, active = {}, []

    def look(layer, drive):
        drives[layer] = drive
        active.append(((drive > 0).mean(), len(drive)))

    def act(layer, activity):
        drive = drives.pop(layer)
        if change == "none":
            return None
        silent = drive <= 0
        if change == "all silent through":
            return np.where(silent, drive, activity)
        chosen = some(silent if change == "silent through" else ~silent, dose * (~silent).sum(axis=1), rng)
        return np.where(chosen, drive if change == "silent through" else np.float32(0.0), activity)

    return {"drive": look, "activity": act}, active


def some(candidates, number, rng):
    """So many of the candidates of every row at random (all of them where there are fewer)."""
    order = np.where(candidates, rng.random(candidates.shape, dtype=np.float32), np.float32(2.0))
    ranked = np.sort(order, axis=1)
    last = np.minimum(np.rint(number).astype(int), candidates.sum(axis=1)) - 1
    bound = np.take_along_axis(ranked, np.maximum(last, 0)[:, None], axis=1)
    return candidates & (order <= bound) & (last >= 0)[:, None]

"""Sets of parameters whose every number differs between three units, made from the declarations of their classes."""

import numpy as np

UNITS = 3


def unlike(cls, **fixed):
    """One value per unit for every real parameter, around its default and within its bounds."""
    default = cls(**fixed)
    values = {
        name: _around(getattr(default, name), info)
        for name, info in cls.info().items()
        if isinstance(getattr(default, name), float) and name not in fixed
    }
    return cls(**fixed, **values)


def _around(value, info):
    if value:
        return value * np.array([0.995, 1.0, 1.01])
    step = {"s": 1e-3, "V": 5e-3}.get(info.unit, 0.1)
    lowest = 0.0 if info.low == 0 else -step
    return np.array([lowest, 2 * step, step])

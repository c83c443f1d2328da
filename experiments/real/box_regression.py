"""Is a correction of MTCNN a fraction of its box, so that windows of any size and place come back to the face?

In box regression a network says how a box is to be moved in units of the box: left + c_1 width, and so on. If it does,
windows shifted by s of their width get corrections that fall by s, whatever the size of the window in the picture: the
slope of corrections over shifts is -1, and corrected boxes scatter less than the windows. The one face at hand is that
of a photograph that comes with Matplotlib.

Sources: Girshick et al., CVPR (2014), appendix C; Zhang et al., IEEE Signal Process Lett 23 (2016) 1499.
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.real._faces import PLACE, SIDE, face_net, portrait, square
from neurosim.lab import Row, below, between, check, column, definition, main
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO
from neurosim.real.face_detector import corrected, prepared

QUICK = {"seeds": 3, "windows": 30}
NEEDS = ("mtcnn",)
COLOURS = {"rnet": "blue", "onet": "vermillion"}
FARTHEST = 0.15
"""Largest shift, in widths of the window."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="sets of windows, the unit of replication", low=2)
    windows: int = param(60, doc="windows around the face", low=4)


class Windows(Row):
    net: str = column("rnet or onet")
    side: float = column("width of the window in the photograph", "pixel")
    shift: float = column("shift of the window to the right of the face, in its widths")
    correction: float = column("mean correction of its left and right ends, in its widths")
    before: float = column("distance of its middle from that of the face, across", "pixel")
    after: float = column("distance of the middle of the corrected box from that of the face", "pixel")


def compute(p, seed, lab):
    rng = ns.randomness.stream(seed, "stimulus", "boxes")
    left, top, right, bottom = PLACE
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    sides = (bottom - top) * rng.uniform(0.8, 1.25, p.windows)
    shifts = rng.uniform(-FARTHEST, FARTHEST, (p.windows, 2))
    centres = middle + shifts * sides[:, None]
    boxes = np.concatenate([centres - sides[:, None] / 2, centres + sides[:, None] / 2 - 1], axis=1)
    for net in COLOURS:
        sample = [square(portrait(), centre, side, SIDE[net]) for centre, side in zip(centres, sides, strict=True)]
        found = face_net(net).run(prepared(np.array(sample)))[1]
        after = corrected(boxes, found)[:, [0, 2]].mean(axis=1) - middle[0]
        yield Windows.table(
            net=net, side=sides, shift=shifts[:, 0], correction=found[:, [0, 2]].mean(axis=1).astype(float),
            before=centres[:, 0] - middle[0], after=after.astype(float),
        )  # fmt: skip


def slopes(t, net):
    """Corrections over shifts, by seed."""
    mine = t.windows[t.windows.net == net]
    return student_interval([np.polyfit(rows["shift"], rows.correction, 1)[0] for _, rows in mine.groupby("seed")])


def scatter(t, net):
    """Standard deviation of the corrected boxes' middles over that of the windows', by seed."""
    groups = t.windows[t.windows.net == net].groupby("seed")
    return student_interval((groups.after.std() / groups.before.std()).to_numpy())


def answer(t):
    return (
        f"Yes: a window shifted by a tenth of its width is moved back by {-10 * slopes(t, 'onet').value:.1f} hundredths"
        f" of it, and the corrected boxes scatter {scatter(t, 'onet').value:.2f} times as much as the windows."
    )


def findings(t):
    why = "the definition says -1; a network that learned it from examples says somewhat less, and more would overshoot"
    words = "The last network moves a shifted window back by most of its shift."
    yield check("slope", words, slopes(t, "onet"), between(-1.2, -0.6), why=why)
    why = "corrections that are no function of the window would leave 1 or more"
    yield check("scatter", "Corrected boxes scatter less than the windows.", scatter(t, "onet"), below(0.6), why=why)
    why = "how a correction is applied: a product with the size of the box; in this network it was learned as such"
    yield definition("A1-46", slopes(t, "onet"), why=why)


def corrections(ax, t):
    for net, colour in COLOURS.items():
        mine = t.windows[t.windows.net == net]
        ax.plot(mine["shift"], mine.correction, ".", markersize=2, color=OKABE_ITO[colour], label=net)
    ax.plot([-FARTHEST, FARTHEST], [FARTHEST, -FARTHEST], color="0.6", linewidth=0.8, zorder=0.5)
    ax.set(xlabel="shift of the window (widths)", ylabel="correction (widths)")
    ax.legend(loc="upper right")
    return "corrections across by the shift of the window, windows of all sizes; grey: back by the whole shift"


def places(ax, t):
    for net, colour in COLOURS.items():
        mine = t.windows[t.windows.net == net]
        ax.plot(mine.before, mine.after, ".", markersize=2, color=OKABE_ITO[colour])
    ax.axhline(0.0, color="0.6", linewidth=0.8, zorder=0.5)
    ax.set(xlabel="window, from the face (pixels)", ylabel="corrected box (pixels)")
    return "where the corrected box is, across, by where the window was; grey: on the face (colours as in A)"


PANELS = (corrections, places)

if __name__ == "__main__":
    main(__file__)

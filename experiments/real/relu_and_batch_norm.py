"""Does ReLU shift the outputs of a trained network, and what does the offset of batch normalisation restore?

CREPE, a pitch tracker, normalises behind every ReLU: gain (x - mean)/sd + offset, per channel. The share (E f)^2/E
f^2 of the mean in a channel's second moment is 1/pi for a Gaussian drive around 0. Without the offsets the next layer
gets other drives; but behind the ReLU an offset beta is the bias sum_j W_ij beta_j of the next layer in another place
(a maximum over neighbours moves with it), except where zeros are put around: with kernels of 64 steps that is much of
the late layers. So what is lost with the offsets alone, and what with the offsets moved into the next bias, says what
only they can do.

Sources: Ioffe & Szegedy, ICML (2015); Kim, Salamon, Li & Bello, ICASSP (2018), arXiv:1802.06182.
"""

from dataclasses import dataclass, replace

import numpy as np

from experiments.real._sounds import NETWORKS, sounds, tracker
from neurosim.lab import Row, above, column, judge, main, needed, not_testable, report
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO
from neurosim.real.layers import Layers
from neurosim.real.pitch_tracker import LAYERS, frequencies

QUICK = {"seeds": 2, "frames": 4}
NEEDS = ("crepe",)
WAYS = ("learned", "without", "in the next bias", "of other channels")
COLOURS = dict(zip(NETWORKS.values(), ("blue", "vermillion"), strict=True))
CENTS = 50.0
"""A pitch is right within half a semitone, as is usual (raw pitch accuracy)."""
SHARE, SHARES = 0.1, (0.05, 0.1, 0.2)
"""Part of the mean in the second moment from which on a distribution counts as shifted."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="sets of sounds, the unit of replication", low=2)
    frames: int = param(32, doc="frames of a set, each a tone of its own", low=2)
    noise: float = param(1.0, doc="standard deviation of the noise over that of a tone: some pitches are missed", low=0)


class Shift(Row):
    network: str = column("CREPE tiny or CREPE full")
    layer: int = column("layer, from the input")
    drive: float = column("share of the mean in the second moment of the drives, mean of the channels")
    activity: float = column("the same of the activities, behind the ReLU")
    normal: float = column("the same behind the batch normalisation")


class Pitch(Row):
    network: str = column("CREPE tiny or CREPE full")
    offsets: str = column("learned, without, in the next bias, or of other channels (the same ones, exchanged)")
    right: float = column("fraction of the frames whose pitch is right within 50 cents")


def compute(p, seed, lab):
    frames, pitches = sounds(seed, p.frames, p.noise)
    for size, words in NETWORKS.items():
        layers, behind = Layers(), Layers()
        tracker(size).run(frames, layers, behind)
        for number, name in enumerate(LAYERS, 1):
            three = (layers.drives[name], layers.activities[name], behind.activities[name])
            yield Shift(words, number, *(share(each) for each in three))
        for way in WAYS:
            heard = frequencies()[changed(tracker(size), way, seed).run(frames).argmax(axis=1)]
            yield Pitch(words, way, float((np.abs(1200 * np.log2(heard / pitches)) <= CENTS).mean()))


def share(values):
    """(E f)^2 / E f^2 of each channel over frames and times, mean of the channels that are not silent."""
    flat = values.reshape(-1, values.shape[-1]).astype(float)
    power = (flat**2).mean(axis=0)
    return float((flat.mean(axis=0)[power > 0] ** 2 / power[power > 0]).mean())


def changed(network, way, seed):
    """The tracker with other offsets behind its layers."""
    if way == "learned":
        return network
    tensors, rng = dict(network.tensors), np.random.default_rng(seed)
    for k, name in enumerate(LAYERS):
        offset = tensors[f"{name}_BN.bias"]
        other = rng.permutation(offset) if way == "of other channels" else np.zeros_like(offset)
        tensors[f"{name}_BN.bias"] = other
        if way == "in the next bias":
            next_one = LAYERS[k + 1] if k + 1 < len(LAYERS) else "classifier"
            weights = tensors[f"{next_one}.weight"]
            # The classifier's inputs are times and, within each time, channels.
            weights = (
                weights.sum(axis=(2, 3)) if weights.ndim == 4 else weights.reshape(360, -1, len(offset)).sum(axis=1)
            )
            tensors[f"{next_one}.bias"] = tensors[f"{next_one}.bias"] + weights @ offset
    return replace(network, tensors=tensors)


def shifted(t, least=SHARE, more=0.05, network=NETWORKS["tiny"]):
    mine = t.shift[t.shift.network == network].groupby("layer")[["activity", "drive"]].mean()
    words = f"share of the mean in the second moment behind the ReLUs of {network}, over its {len(mine)} layers"
    shift = student_interval((mine.activity - mine.drive).to_numpy())
    return [
        needed(words, student_interval(mine.activity.to_numpy()), above(least), possible=(0.0, 1.0)),
        needed("that share less that of the drives", shift, above(0.0, matters=more), possible=(-1.0, 1.0)),
    ]


def right(t, way, network):
    return t.pitch[(t.pitch.network == network) & (t.pitch.offsets == way)].set_index("seed").right


def lost(t, way):
    """Pitches that CREPE tiny loses with other offsets, by set of sounds."""
    learned, other = (right(t, each, NETWORKS["tiny"]) for each in ("learned", way))
    return student_interval((learned - other).to_numpy())


def answer(t):
    tiny = NETWORKS["tiny"]
    learned, without, moved = (100 * right(t, way, tiny).mean() for way in WAYS[:3])
    shares = t.shift[t.shift.network == tiny].activity.mean()
    return (
        f"Behind its ReLUs the mean is {100 * shares:.0f} % of the second moment; CREPE tiny finds {learned:.0f} % of "
        f"the pitches, {without:.0f} % without its offsets and {moved:.0f} % with them in the next layers' biases."
    )


def findings(t):
    over = {
        "share": {least: shifted(t, least) for least in SHARES},
        "network": {name: shifted(t, network=name) for name in COLOURS},
    }
    over["share beyond that of the drives"] = {more: shifted(t, more=more) for more in (0.02, 0.05, 0.1)}
    why = (
        "shifted where a tenth of the second moment is that of the mean, and more of it than before the ReLU; a "
        "share has no sign: drives far below threshold have a large one too (an earlier rule left the drives out); "
        "CREPE on tones, a mean of its layers"
    )
    yield judge("A1-42", *shifted(t), over=over, why=why)
    why = (
        "behind the ReLU, where CREPE has them, offsets are by algebra biases of the next layer but for the edges of "
        "the frame; to take them out of a network that learned with them is no measure of how well it learns without "
        "(an earlier rule took it for one)"
    )
    yield not_testable("A1-58", why=why)
    words = "Pitches that CREPE tiny misses without its offsets, and did not before (nothing is learned again)."
    yield report("without_offsets", words, lost(t, "without"))
    words = "The same with its offsets moved to the biases of the next layers, which differ at the edges alone."
    yield report("offsets_moved", words, lost(t, "in the next bias"))


def by_layer(ax, t):
    for name, colour in COLOURS.items():
        means = t.shift[t.shift.network == name].groupby("layer").mean(numeric_only=True)
        for line, each in (("-", "activity"), (":", "drive"), ("--", "normal")):
            ax.plot(
                means.index,
                means[each],
                line,
                color=OKABE_ITO[colour],
                marker="o",
                markersize=2.5,
                label=name if each == "activity" else None,
            )
    ax.axhline(1 / np.pi, color="0.6", linewidth=0.7, zorder=0.5)
    ax.set(ylim=(0, 1), xlabel="layer", ylabel="share of the mean")
    ax.legend(loc="upper right")
    return (
        "share of the mean in the second moment: activities (solid), drives (dotted), normalised (dashed); grey: 1/pi"
    )


def pitches(ax, t):
    for k, (name, colour) in enumerate(COLOURS.items()):
        for x, way in enumerate(WAYS):
            values = right(t, way, name)
            ax.errorbar(
                x + 0.15 * (k - 0.5), values.mean(), values.std(), fmt="o", markersize=4, color=OKABE_ITO[colour]
            )
    ax.set(xlim=(-0.5, 3.5), ylim=(0, 1.05), xlabel="offsets", ylabel="pitches found")
    ax.set_xticks(range(4), ("learned", "without", "next bias", "exchanged"))
    return "fraction of the pitches found within 50 cents, by what stands for the learned offsets (colours as in A)"


PANELS = (by_layer, pitches)

if __name__ == "__main__":
    main(__file__)

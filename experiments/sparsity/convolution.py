"""How sparse is the wiring of a convolutional layer?

A unit with a kernel of k x k sees k^2 C of the H W C inputs, so the density of its connections is k^2 / (H W) of a
dense layer's, whatever the number of channels: a hundredth to a thirtieth in usual first layers.

Source: counting; the layers are those of common networks on images of 32, 28 and 64 pixels.
"""

from dataclasses import dataclass

import numpy as np

from neurosim.lab import Row, column, definition, main
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO

QUICK: dict[str, int] = {}
LAYERS = ((3, 32, 32, 3), (5, 28, 28, 1), (11, 64, 64, 3))  # kernel, height, width, channels
SIDES, KERNELS = (12, 16, 24, 32, 48, 64), (3, 5, 11)


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    channels: int = param(1, doc="channels of the images by whose side the density is counted", low=1)


class Convolution(Row):
    layer: str = column("kernel on height x width x channels")
    kernel: int = column("k")
    inputs: int = column("height * width * channels")
    connections: int = column("inputs of one unit, counted")
    density: float = column("connections / inputs")


class Sizes(Row):
    kernel: int = column("k")
    side: int = column("height and width of the image", "pixels")
    density: float = column("connections / inputs, counted")


def compute(p, seed, lab):
    for k, height, width, channels in LAYERS:
        inputs, connections, density = counted(k, height, width, channels)
        yield Convolution(f"{k} x {k} on {height} x {width} x {channels}", k, inputs, connections, density)
    for k in KERNELS:
        for side in SIDES:
            yield Sizes(k, side, counted(k, side, side, p.channels)[2])


def counted(k, height, width, channels):
    """Inputs, most connections of a unit and mean density, from the indices that every unit of the layer sees."""
    index = np.arange(height * width * channels).reshape(height, width, channels)
    fields = np.lib.stride_tricks.sliding_window_view(index, (k, k, channels)).reshape(-1, k * k * channels)
    found = 1 + (np.diff(np.sort(fields, axis=1), axis=1) > 0).sum(axis=1)
    return index.size, int(found.max()), float(found.mean()) / index.size


def answer(t):
    densest = t.convolution.loc[t.convolution.density.idxmax()]
    return (
        f"Of three common first layers the densest ({densest.layer}) has {100 * densest.density:.1f} % of the "
        "connections of a dense layer."
    )


def findings(t):
    densest = float(t.convolution.density.max())
    why = (
        "a kernel smaller than its image reaches fewer inputs than there are: k^2 of H W; shown is the densest of three"
    )
    yield definition("A1-17", densest, why=why)
    yield definition("A1-29", 1.0 - densest, why="as A1-17: what local connections leave out of a dense layer")
    why = "false as read: a weight that is used at several places is no zero; sharing leaves no connection out"
    yield definition("A1-29b", 0.0, why=why)


def by_layer(ax, t):
    ax.barh(range(len(t.convolution)), 100 * t.convolution.density, height=0.5, color=OKABE_ITO["blue"])
    ax.set_yticks(range(len(t.convolution)), [layer.replace(" on ", "\non ") for layer in t.convolution.layer])
    ax.set(xlabel="connections / dense layer's (%)")
    return "density of three common first layers, counted"


def by_size(ax, t):
    for k, colour in zip(KERNELS, ("black", "blue", "vermillion"), strict=True):
        rows = t.sizes[t.sizes.kernel == k]
        ax.plot(rows.side, 100 * rows.density, "o-", color=OKABE_ITO[colour], label=f"{k} x {k}")
    ax.set(xscale="log", yscale="log", xlabel="side of the image (pixels)", ylabel="connections / dense layer's (%)")
    ax.set_xticks(SIDES, SIDES)
    ax.minorticks_off()
    ax.legend(loc="lower left")
    return "density by the side of the image for three kernels"


PANELS = (by_layer, by_size)

if __name__ == "__main__":
    main(__file__)

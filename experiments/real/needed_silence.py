"""Are the silent units of a trained language encoder not needed, and its active ones needed?

In the feed-forward blocks of MiniLM, a BERT of six layers, some units of every token are interfered with: of those
whose drive is negative so many pass it on as it is; or as many of the active ones are set to 0: a fifth as many as are
active, up to as many. And all silent ones pass on their drives. If what is silenced was not needed, the first should
help nobody, and the second should cost much more.

The encoder learned with GELU, which lets a negative drive through a little (0.17 at most); asked besides is the same
encoder with ReLU in its place and read-outs fitted anew. Draws of WordNet's glosses are the unit; one network decides
nothing about all.

Source: Glorot, Bordes & Bengio, AISTATS (2011), sec. 3.
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import POINT, POINT_RANGE
from experiments.real._drawn import course
from experiments.real._language import NAME, Sentences, draw, embed, encoder, good_for, lost, mean_of
from experiments.real._read_outs import FITTED, Fit, read_outs, with_read_outs
from experiments.real._silence import interfering
from neurosim.lab import Row, above, below, column, context, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import ParameterError, param

NEEDS = ("minilm", "wordnet")
QUICK = {"seeds": 2, "texts": 20, "fitted_on": 60}
NETWORKS = ("GELU", FITTED)
HALF, ALL = 0.5, 1.0
TIMES, TIMES_RANGE = 3.0, (1.0, 3.0, 10.0)
"""How many times as much the active units have to matter."""
LOOKS = {
    "silent through": ("blue", "silent drives passed on"),
    "active silenced": ("vermillion", "active units silenced"),
}


@dataclass(frozen=True, kw_only=True)
class Parameters(Sentences, Fit):
    doses: tuple[float, ...] = param(
        (0.2, HALF, ALL), doc="units that are interfered with, per active unit of a token", above=0, high=1
    )

    def check(self):
        if not {HALF, ALL} <= set(self.doses):
            raise ParameterError(f"Parameters.doses: got {self.doses}, expected 0.5 and 1 among them")


class Interference(Row):
    network: str = column("activation of the blocks: GELU as it learned, or ReLU with read-outs fitted anew")
    change: str = column("silent through: negative drives passed on; active silenced: activities set to 0; all silent "
                         "through; none")  # fmt: skip
    dose: float = column("units that are changed, per active unit of a token")
    active: float = column("fraction of the drives that is positive")
    cosine: float = column("cosine of an embedding with that of the unchanged network, mean over glosses")
    found: float = column("fraction of the words that find their own gloss")
    neighbour: float = column("fraction of the glosses whose nearest neighbour lies in the same field of meaning")


def compute(p, seed, lab):
    texts, rng = draw(p.texts, seed), lab.stream("init", "units that are interfered with")
    networks = {"GELU": encoder(), FITTED: with_read_outs(encoder(), lab.once(read_outs, p, 0))}
    ways = [("none", 0.0), ("all silent through", np.inf)]
    ways += [(change, dose) for change in LOOKS for dose in p.doses]
    for name, network in networks.items():
        original = None
        for change, dose in ways:
            hooks, active = interfering(change, dose, rng)
            found = embed(network, texts, hooks)
            original = original or found
            shares, tokens = np.transpose(active)
            yield Interference(
                name, change, min(dose, 99.0), np.average(shares, weights=tokens), **good_for(found, original, texts)
            )


def of(t, network, change, dose=0.0):
    rows = t.interference
    return rows[(rows.network == network) & (rows.change == change) & (rows.dose == dose)]


def effects(t, network=FITTED, dose=HALF, name="found"):
    """What is lost of a quality when silent drives pass, and when as many active units are silenced, by draw."""
    whole, through, silenced = (
        of(t, network, *way).set_index("seed")[name]
        for way in (("none",), ("silent through", dose), ("active silenced", dose))
    )
    return whole - through, whole - silenced


def answer(t):
    through, silenced = (student_interval(each).value for each in effects(t))
    return (
        f"With ReLU in {NAME} {100 * through:.0f} words in 100 miss their gloss if silent drives, half as many as "
        f"there are active units, are let through, and {100 * silenced:.0f} if as many active units are silenced."
    )


def unneeded(t, network=FITTED, dose=HALF, times=TIMES, margin=POINT):
    """What A0-02 asks: what silent units would say helps nobody, and as many active ones matter much more."""
    through, silenced = effects(t, network, dose)
    words = f"{network}: words that find their gloss when silent drives are let through, and did not before"
    yield needed(words, student_interval(-through), below(margin), possible=(-1, 1))
    words = f"{network}: words that miss it without as many active units, beyond {times:g} times what that changes"
    beyond = student_interval(silenced - times * through.abs())
    yield needed(words, beyond, above(0.0, matters=margin), possible=(-20, 1))


def findings(t):
    everything = lost(of(t, FITTED, "none"), of(t, FITTED, "all silent through", 99.0), "found")
    yield judge(
        "A0-02",
        *unneeded(t),
        context("words that miss their gloss when all silent drives are let through", everything, above(POINT)),
        over={
            "network": {network: [*unneeded(t, network)] for network in NETWORKS},
            "times": {times: [*unneeded(t, times=times)] for times in TIMES_RANGE},
            "units per active one": {dose: [*unneeded(t, dose=dose)] for dose in (HALF, ALL)},
            "margin": {margin: [*unneeded(t, margin=margin)] for margin in POINT_RANGE},
        },
        why="in this network, with ReLU in place of the GELU that it learned with, or with GELU: a unit is not needed "
        "if its silenced drive helps nobody; needed units matter three times as much at least (where silent drives "
        "would do harm, it is the silence that is needed)",
        source="Glorot, Bordes & Bengio 2011",
    )


def draw_network(ax, t, network):
    for change, (colour, label) in LOOKS.items():
        rows = t.interference[(t.interference.network == network) & t.interference.change.isin((change, "none"))]
        course(ax, rows, "dose", "found", colour, "o-", label)
    everything = mean_of(of(t, network, "all silent through", 99.0), "found").value
    ax.axhline(everything, color="0.6", linestyle=":", label="all silent drives passed on")
    ax.set(ylim=(0, 1), xlabel="changed units per active unit", ylabel="words that find their gloss")
    share = t.interference[t.interference.network == network].active.mean()
    ax.set_title(f"{network}: {100 * share:.0f} % of the drives positive")


def with_relu(ax, t):
    draw_network(ax, t, FITTED)
    ax.legend(loc="lower left")
    return (
        f"words whose nearest gloss is their own, {NAME} with ReLU and read-outs fitted anew, when units of every "
        "token pass on negative drives or active ones are set to 0; bars: 95 % intervals over draws of glosses"
    )


def with_gelu(ax, t):
    draw_network(ax, t, "GELU")
    return "the same with GELU, as it learned"


PANELS = (with_relu, with_gelu)

if __name__ == "__main__":
    main(__file__)

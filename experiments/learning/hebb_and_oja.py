"""Where do the rules of Hebb and Oja take the weights of a linear unit, on rates and on spikes?

Under a plain Hebb rule of learning rate eta the weights grow as exp(eta lambda1 t), lambda1 being the largest
eigenvalue of <x x^T>, and nothing stops them. Oja's rule turns them in the same way, tan(angle) falling as
exp(-eta (lambda1 - lambda2) t), but ends at the first principal component with length 1. A rule of rates sees
activities only, so the same holds for a static ReLU, a leaky rate unit and spike counts of a neuron without leak.

Sources: Hebb, The Organization of Behavior (1949); Oja, J Math Biol 15 (1982).
"""

from dataclasses import dataclass

import numpy as np

from experiments.learning._hebbian import EIGENVALUES, FIRST, LEARNING, LINEAR_RUNGS, START, Linear, oja_angle, paths
from neurosim.lab import Row, below, check, column, main, near
from neurosim.plots import RUNGS

QUICK = {"counting": 3.0}


@dataclass(frozen=True, kw_only=True)
class Parameters(Linear):
    pass


class Paths(Row):
    rule: str = column("rule of the plastic weights")
    rung: str = column("rung of the ladder")
    presentation: int = column("presentations of all patterns so far")
    time: float = column("learning rate times presentations")
    length: float = column("length of the weight vector (times the reference rate)")
    along: float = column("its component along the first eigenvector")
    angle: float = column("its angle to the first eigenvector", "deg")
    theory_length: float = column("length where components grow as exp(learning rate lambda t); for Oja's rule 1")
    theory_angle: float = column("angle in closed form", "deg")
    rate: float = column("mean activity in this presentation", "Hz")


def compute(p, seed, lab):
    found = lab.once(paths, p, 0)
    lab.note(engine=found["engine"])
    second = np.array([-FIRST[1], FIRST[0]])
    for rule, (learning_rate, presentations) in LEARNING.items():
        for rung in LINEAR_RUNGS:
            u, rates = found[rule][rung]["weights"], found[rule][rung]["rates"]
            number = np.arange(presentations + 1)
            time = learning_rate * number
            along, across = u @ FIRST, u @ second
            grown = np.hypot(along[0] * np.exp(EIGENVALUES[0] * time), across[0] * np.exp(EIGENVALUES[1] * time))
            yield Paths.table(
                rule=rule, rung=rung, presentation=number, time=time, length=np.linalg.norm(u, axis=1), along=along,
                angle=np.degrees(np.arctan2(np.abs(across), along)), theory_angle=oja_angle(START, time), rate=rates,
                theory_length=grown if rule == "Hebb" else 1.0,
            )  # fmt: skip


def of(t, rule, rung):
    return t.paths[(t.paths.rule == rule) & (t.paths.rung == rung)]


def exponents(t):
    """Growth of the component along the first eigenvector per unit of learning rate times presentations, by rung."""
    rows = {rung: of(t, "Hebb", rung) for rung in LINEAR_RUNGS}
    return {rung: float(np.polyfit(each.time, np.log(each.along), 1)[0]) for rung, each in rows.items()}


def answer(t):
    found = exponents(t)
    length = of(t, "Oja", "spiking").length.iloc[-1]
    return (
        f"Under plain Hebb weights grow with {min(found.values()):.2f} to {max(found.values()):.2f} times the learning "
        f"rate (theory {EIGENVALUES[0]:g}) on every rung; Oja's rule stops them at the length {length:.3f} on spikes."
    )


def findings(t):
    found = exponents(t)
    farthest = max(found.values(), key=lambda value: abs(value - EIGENVALUES[0]))
    words = "Plain Hebb grows at the learning rate times the largest eigenvalue (rung that is farthest from it)."
    why = "2 %: steps of 1.5 % instead of a continuous change take 0.7 %, whole spikes the rest"
    rule = near(EIGENVALUES[0], 0.02 * EIGENVALUES[0])
    yield check("growth", words, farthest, rule, why=why, source="eigenvalues of [[2,1],[1,2]]")
    oja = t.paths[t.paths.rule == "Oja"]
    words = f"Oja's rule turns as the closed form says from {START:g} degrees on (largest distance on any rung)."
    why = "steps of 0.02, and whole spikes in a count of about 100"
    yield check(
        "angle", words, (oja.angle - oja.theory_angle).abs().max(), below(2.0), "deg", why=why, source="Oja 1982"
    )
    ends = oja[oja.presentation == oja.presentation.max()].length
    words = "Oja's rule ends at length 1 (length on the rung that is farthest from it)."
    why = "2 %: whole spikes; without the brake the same steps would have made the weights grow far beyond 1"
    yield check("length", words, ends.iloc[(ends - 1).abs().argmax()], near(1.0, 0.02), why=why, source="Oja 1982")


def lengths(ax, t):
    for rule in LEARNING:
        for k, rung in enumerate(LINEAR_RUNGS):
            rows = of(t, rule, rung)
            rows = rows[rows.time <= 0.8]
            step = max(1, len(rows) // 8)
            style = {**RUNGS[rung].line(), "linestyle": "none", "markersize": 3.2}
            ax.plot(rows.time[k * step // 3 :: step], rows.length[k * step // 3 :: step], **style)
            if rule == "Hebb":
                ax.lines[-1].set_label("_")
    theory = of(t, "Hebb", "artificial")
    ax.plot(theory.time, theory.theory_length, color="0.4", linewidth=0.8, zorder=1, label="theory")
    ax.axhline(theory.length.iloc[0], color="0.6", linestyle=":", linewidth=0.8)
    for x, y, words, where in (
        (0.8, 0.38, "no rule", "top"),
        (0.8, 1.08, "Oja", "bottom"),
        (0.44, 1.6, "Hebb", "bottom"),
    ):
        ax.text(x, y, words, ha="right", va=where)
    ticks = (0.3, 0.5, 1.0, 2.0, 5.0)
    ax.set(yscale="log", ylim=(0.3, 9.0), xlabel="learning rate x presentations", ylabel="length of the weights")
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.legend(loc="upper left", ncols=2)
    return "length of the weights of a linear unit on three rungs; dotted: without a rule"


def angles(ax, t):
    time = np.linspace(0.0, 4.0, 200)
    ax.plot(time, oja_angle(START, time), color="0.4", linewidth=0.8, zorder=1, label="theory")
    for k, rung in enumerate(LINEAR_RUNGS):
        rows = of(t, "Oja", rung)
        style = {**RUNGS[rung].line(), "linestyle": "none", "markersize": 3.2}
        ax.plot(rows.time[5 * k :: 15], rows.angle[5 * k :: 15], **style)
    ax.set(ylim=(-2, START + 3), xlabel="learning rate x presentations", ylabel="angle to the first component (deg)")
    ax.legend(loc="upper right")
    return "angle of the weights to the first principal component under Oja's rule"


PANELS = (lengths, angles)

if __name__ == "__main__":
    main(__file__)

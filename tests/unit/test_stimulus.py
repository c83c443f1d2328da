import numpy as np
import pytest
from scipy import stats

from neurosim.params import DimensionError, ParameterError
from neurosim.randomness import sequence
from neurosim.registry import UnknownNameError
from neurosim.stimuli.stimulus import SpikeTrains, Stimulus, constant, encode, movie, poisson, regular

DT = 1e-3


def spikes(stimulus: Stimulus, duration: float = 1.0, dt: float = DT, seed: int = 0) -> SpikeTrains:
    return encode(stimulus, duration, dt, sequence(seed, "stimulus"))["input"]


def same(a: SpikeTrains, b: SpikeTrains) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("steps", "units", "trials"))


def test_poisson_counts_are_binomial() -> None:
    rate, trials = 200.0, 4000
    counts = spikes(poisson(np.full((trials, 2), rate)), duration=0.1).counts()
    # a Bernoulli trial with p = rate dt in each of 100 steps (scipy's law as the independent route);
    # bins with an expectation above 5, as a chi-square test wants
    law = stats.binom(100, rate * DT)
    values = np.arange(8, 30)
    expected = np.concatenate([[law.cdf(7)], law.pmf(values), [law.sf(29)]]) * counts.size
    observed = [(counts < 8).sum(), *((counts == value).sum() for value in values), (counts > 29).sum()]
    # the seed is fixed; 1e-3 is what one seed in a thousand falls below when the law is right
    assert stats.chisquare(observed, expected * counts.size / expected.sum()).pvalue > 1e-3


def test_poisson_steps_are_independent() -> None:
    rate = 100.0
    trains = spikes(poisson(np.full((1, 400), rate)), duration=5.0)
    order = np.lexsort((trains.steps, trains.units))
    gaps = np.diff(trains.steps[order])[np.diff(trains.units[order]) == 0]
    p = rate * DT
    # gaps between spikes are geometric; P(gap = 1) = p would miss if a spike kept the next step clear (or doubled);
    # 4 standard errors, and the end of the trial cuts gaps of about 10 steps off 5000: less than 0.2 % of p
    assert (gaps == 1).mean() == pytest.approx(p, abs=4 * np.sqrt(p / gaps.size) + 0.002 * p)


def test_poisson_units_and_trials_are_independent() -> None:
    counts = spikes(poisson(np.full((2000, 2), 50.0))).counts()
    pairs = [(counts[:, 0], counts[:, 1]), (counts[:-1, 0], counts[1:, 0])]
    for first, second in pairs:
        # standard error of a correlation of 0 from n pairs: 1/sqrt(n); 4 of them
        assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(first.size)


def test_movie_frames_carry_their_own_rates() -> None:
    rates = np.array([0.0, 40.0, 10.0])
    trains = spikes(movie(np.tile(rates[None, :, None], (500, 1, 4)), 0.2), duration=0.6)
    for frame, rate in enumerate(rates):
        p = rate * DT
        counts = trains.counts(0.2 * frame, 0.2 * (frame + 1))
        # binomial mean over 200 steps, within 4 standard errors (exactly silent where the rate is 0)
        assert counts.mean() == pytest.approx(200 * p, abs=4 * np.sqrt(200 * p * (1 - p) / counts.size))


def test_movie_frame_that_ends_within_a_step_shares_it() -> None:
    # frames of 1.5 steps: 100 spikes/s for 1.5 ms, then none; the second step holds half a millisecond of it
    trains = spikes(movie(np.tile([[[100.0], [0.0]]], (20, 1, 1000)), 1.5e-3), duration=3e-3)
    hits = np.bincount(trains.steps, minlength=3) / 20000
    p = 1 - (1 - 100 * 1e-3) ** np.array([1.0, 0.5, 0.0])
    np.testing.assert_allclose(hits, p, atol=4 * np.sqrt(0.1 / 20000))
    assert hits[2] == 0


def test_regular_counts_are_exact_and_gaps_even() -> None:
    rates = np.array([[10.0, 37.0, 333.0, 0.0, 500.0]])
    trains = spikes(regular(np.repeat(rates, 20, axis=0)))
    # rate * duration is a whole number: that many spikes for every phase
    np.testing.assert_array_equal(trains.counts(), np.repeat(rates, 20, axis=0))
    for unit, rate in enumerate(rates[0]):
        if rate > 0:
            gaps = np.diff(trains.steps[(trains.units == unit) & (trains.trials == 3)])
            assert set(gaps) <= {int(np.floor(1000 / rate)), int(np.ceil(1000 / rate))}


def test_regular_phases_are_uniform() -> None:
    trains = spikes(regular(np.full((1, 4000), 1.0)))
    # at 1 Hz the only spike of the second falls at the phase; Kolmogorov-Smirnov against the uniform law,
    # shifted to the middle of its step; one seed in a thousand falls below
    assert stats.kstest((trains.steps + 0.5) * DT, "uniform").pvalue > 1e-3


def test_regular_movie_follows_the_integral_of_the_rate() -> None:
    frames = np.random.default_rng(5).uniform(0, 300, (3, 7, 6)) * (np.arange(7) % 3 > 0)[None, :, None]
    trains = spikes(movie(frames, 0.1, "regular"), duration=0.7)
    integral = np.concatenate([np.zeros((3, 1, 6)), np.cumsum(np.repeat(frames, 100, axis=1), axis=1) * DT], axis=1)
    hits = np.zeros((3, 701, 6))
    hits[trains.trials, trains.steps + 1, trains.units] = 1
    # spikes so far minus integral so far stays in [-phase, 1 - phase): a range below 1, up to rounding of the sums
    ahead = np.cumsum(hits, axis=1) - integral
    assert np.ptp(ahead, axis=1).max() < 1 + 1e-9


@pytest.mark.parametrize("build", [poisson, regular])
def test_a_trial_keeps_its_spikes_however_trials_are_cut(build: type[Stimulus]) -> None:
    stimulus = build(np.random.default_rng(1).uniform(0, 100, (9, 5)))
    whole = spikes(stimulus)
    for index in ([4], [7, 0, 3], slice(2, None, 2), np.arange(9) > 4):
        assert same(spikes(stimulus.select(index)), whole.select(index))
    assert same(spikes(stimulus.select([8, 6, 2]).select([1, 0])), whole.select([6, 8]))


def test_other_inputs_do_not_change_an_inputs_spikes() -> None:
    rates = np.full((2, 3), 50.0)
    alone = encode(poisson(rates, input="b"), 1.0, DT, sequence(0, "stimulus"))["b"]
    both = encode(poisson({"a": rates, "b": rates}), 1.0, DT, sequence(0, "stimulus"))
    assert same(alone, both["b"])
    assert not same(both["a"], both["b"])


def test_repetitions_are_drawn_anew() -> None:
    trains = spikes(poisson(np.full((2, 3), 50.0)).repeat(2))
    assert trains.n_trials == 4
    assert not same(trains.select([0]), trains.select([1]))
    assert not same(spikes(poisson(np.full((2, 3), 50.0)), seed=1), spikes(poisson(np.full((2, 3), 50.0)), seed=2))


def test_constant_input_has_no_spikes_and_may_be_negative() -> None:
    stimulus = constant([[-1.0, 2.0]])
    assert encode(stimulus, 1.0, DT, sequence(0, "stimulus")) == {}
    np.testing.assert_array_equal(stimulus.rates_at(0.3)["input"], [[-1, 2]])
    np.testing.assert_array_equal(stimulus.mean_rates(0.5)["input"], [[-1, 2]])


def test_movie_rates_in_time() -> None:
    stimulus = movie(np.arange(10.0).reshape(1, 10, 1), 0.1)
    # a frame begins at its own time, also where 3 * 0.1 is not 0.3 in binary
    shown = [stimulus.rates_at(t)["input"][0, 0] for t in (0.0, 0.1, 0.2999, 0.3, 0.6, 0.7, 1.0)]
    assert shown == [0, 1, 2, 3, 6, 7, 9]
    # half of frame 1, all of frames 2 and 3: (1/2 + 2 + 3) / 2.5; two roundings of sums near 1
    assert stimulus.mean_rates(0.4, start=0.15)["input"][0, 0] == pytest.approx(2.2, rel=1e-12)
    assert (stimulus.trials, stimulus.frames, stimulus.sizes, stimulus.length) == (1, 10, {"input": 1}, 1.0)


def test_rates_are_copied_and_read_only() -> None:
    rates = np.ones((1, 2))
    stimulus = poisson(rates)
    rates[0, 0] = 7
    assert stimulus.rates["input"][0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        stimulus.rates["input"][0, 0] = 3


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (
            lambda: poisson([[1.0, -2.0]]),
            ParameterError,
            r"rates\['input'\]\[0, 1\]: got -2, expected a finite rate >= 0 Hz",
        ),
        (lambda: constant([[np.nan]]), ParameterError, r"\[0, 0\]: got nan, expected a finite number"),
        (lambda: regular([[np.inf]]), ParameterError, r"\[0, 0\]: got inf"),
        (lambda: poisson([[[1.0]]]), ParameterError, r"got shape \(1, 1, 1\), expected \(trials, units\), or"),
        (lambda: movie([1.0], 0.1), ParameterError, r"got shape \(1,\), expected \(trials, frames, units\)"),
        (lambda: movie([[[1.0]]], 0.0), ParameterError, r"Stimulus.frame: got 0 s, expected > 0 s"),
        (lambda: poisson(np.zeros((0, 3))), ParameterError, r"got shape \(0, 3\), expected at least one"),
        (lambda: poisson({}), DimensionError, "expected a dictionary of arrays by input name"),
        (lambda: poisson([["a"]]), DimensionError, r"rates\['input'\]: got text, expected real numbers in Hz"),
        (lambda: poisson([[True]]), DimensionError, r"got True, expected a number in Hz"),
        (lambda: constant([[1j]]), DimensionError, "got complex numbers"),
        (lambda: poisson(np.ma.array([[1.0, 2.0]], mask=[[1, 0]])), ParameterError, r"\[0, 0\]: got a masked entry"),
        (lambda: poisson([[1.0]], input=3), DimensionError, "Stimulus: input: got 3, expected a text"),
        (lambda: Stimulus({"x": [[1.0]]}, identity=[0.5]), ParameterError, r"identity\[0\]: got 0.5, expected whole"),
        (lambda: Stimulus({"input": [[1.0]]}, "poison"), UnknownNameError, "did you mean 'poisson'"),  # type: ignore[dict-item, arg-type]
        (lambda: poisson({"a": np.ones((2, 1)), "b": np.ones((3, 1))}), ParameterError, "same trials and frames"),
        (
            lambda: poisson([[1.0]]).select([1]),
            ParameterError,
            r"index\[0\]: got 1, expected whole numbers from -1 to 0",
        ),
        (lambda: poisson([[1.0]]).repeat(0), ParameterError, "got 0, expected a whole number >= 1"),
        (lambda: poisson([[1.0]]).rates_at(-0.1), ParameterError, r"time: got -0.1 s, expected >= 0 s"),
        (lambda: movie([[[1.0]]], 0.1).rates_at(0.2), ParameterError, r"at most 0.1 s, the length of the movie"),
        (lambda: poisson([[1.0]]).mean_rates(0.5, 0.5), ParameterError, "expected start < duration"),
        (lambda: spikes(poisson([[600.0]])), ParameterError, r"reaches 600 Hz, expected at most 500 Hz"),
        (lambda: spikes(movie([[[1.0]]], 0.1)), ParameterError, "the length of the movie"),
        (lambda: spikes(poisson([[1.0]]), dt=2.0), ParameterError, "expected 0 < dt <= duration"),
        (lambda: spikes(poisson([[1.0]]), dt=float("nan")), ParameterError, "encode: dt: got nan s"),
    ],
)
def test_mistakes_are_named(build: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        build()  # type: ignore[operator]


def test_brian_quantities_are_checked() -> None:
    units = pytest.importorskip("brian2").units
    np.testing.assert_allclose(poisson(np.array([[0.02]]) * units.kHz).rates["input"], 20.0, rtol=1e-15)
    with pytest.raises(DimensionError, match="expected a quantity in Hz"):
        poisson(np.array([[20.0]]) * units.mV)


def test_representations_are_readable() -> None:
    assert repr(poisson(np.ones((3, 4)), "retina")) == "Stimulus(poisson, 3 trials; retina: 4 units)"
    assert repr(movie(np.ones((3, 2, 4)), 0.1)) == "Stimulus(poisson, 3 trials x 2 frames of 0.1 s; input: 4 units)"
    page = poisson([[1.0, 3.0]], "<retina>")._repr_html_()
    assert "&lt;retina&gt;" in page
    assert "<td>2</td><td>1</td><td>2</td><td>3</td>" in page

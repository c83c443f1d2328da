import numpy as np
import pytest

import neurosim as ns
from neurosim.circuits import wiring
from neurosim.params import DimensionError, ParameterError
from neurosim.randomness import STREAMS, child, sequence, stream
from neurosim.registry import UnknownNameError
from neurosim.stimuli import datasets, patterns


def test_same_seed_name_and_keys_give_the_same_numbers() -> None:
    first = stream(3, "weights", "lateral", 2).random(4)
    np.testing.assert_array_equal(first, stream(3, "weights", "lateral", 2).random(4))


def test_numbers_do_not_depend_on_what_was_drawn_before() -> None:
    expected = stream(3, "noise").random(4)
    parent = sequence(3, "stimulus")
    parent.spawn(5)
    stream(3, "weights").random(100)
    np.testing.assert_array_equal(stream(3, "noise").random(4), expected)
    np.testing.assert_array_equal(
        child(parent, 1).generate_state(4), child(sequence(3, "stimulus"), 1).generate_state(4)
    )


def test_every_stream_seed_and_key_has_numbers_of_its_own() -> None:
    drawn = [
        stream(seed, name, *keys).random() for seed in (0, 1) for name in STREAMS for keys in ((), (0,), ("a",), (0, 1))
    ]
    assert len(set(drawn)) == len(drawn)


def test_streams_are_stable_between_versions() -> None:
    # spawn key 449999704 is the CRC-32 of "weights" (zlib), so this draw is NumPy's own for that key
    expected = np.random.default_rng(np.random.SeedSequence(0, spawn_key=(449999704,))).random()
    assert stream(0, "weights").random() == expected


def test_bad_names_seeds_and_keys_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="no random stream is named 'weight'; did you mean 'weights'"):
        stream(0, "weight")
    with pytest.raises(ParameterError, match="random seed: got -1, expected a whole number >= 0"):
        stream(-1, "weights")
    with pytest.raises(DimensionError, match=r"random seed: got 0.5, expected a whole number"):
        stream(0.5, "weights")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="random key: got -2"):
        stream(0, "weights", -2)


def test_numbers_that_take_several_words_are_no_other_list_of_keys() -> None:
    """NumPy cuts a number into words of 32 bits, so 2**32 + 5 is (5, 1); a seed is filled up to four of them."""
    assert np.random.SeedSequence(3, spawn_key=(2**32 + 5,)).generate_state(1) == np.random.SeedSequence(
        3, spawn_key=(5, 1)
    ).generate_state(1)
    with pytest.raises(ParameterError, match=r"random key: got 4294967301, expected .* from 0 to 2\*\*32 - 1"):
        stream(3, "weights", 2**32 + 5)
    with pytest.raises(ParameterError, match=r"random seed: got .*, expected a whole number from 0 to 2\*\*128 - 1"):
        stream(2**128, "weights")
    assert stream(2**128 - 1, "weights", 2**32 - 1).random() != stream(2**128 - 1, "weights", 2**32 - 2).random()


@pytest.mark.parametrize("pair", [("plumless", "buckeroo"), ("codding", "gnu"), ("exhibiters", "schlager")])
def test_names_of_one_circuit_never_share_their_random_numbers(pair) -> None:
    one, other = pair
    words = rf"the names '{one}' and '{other}' would share their random numbers \(their CRC32 is the same\)"
    with pytest.raises(ParameterError, match="^Circuit: " + words):
        ns.Circuit({one: 3, other: 3}, [ns.Population("p", 2)])
    with pytest.raises(ParameterError, match="^Circuit: " + words):
        ns.Circuit({}, [ns.Population(one, 3), ns.Population(other, 3)])
    projections = [ns.Projection(name, "x", "p", np.ones((2, 3))) for name in pair]
    with pytest.raises(ParameterError, match="^Circuit: " + words):
        ns.Circuit({"x": 3}, [ns.Population("p", 2)], projections)
    with pytest.raises(ParameterError, match=r"^Stimulus\.rates: " + words):
        ns.stimulus.poisson({one: [[20.0]], other: [[20.0]]})
    ns.Circuit({one: 3}, [ns.Population("p", 2)])  # one of them alone is as good a name as any


def test_the_draws_of_names_that_are_apart_stay_what_they_were() -> None:
    regular = ns.stimulus.regular({"plumless": [[100.0]]})
    (first, *_) = ns.stimulus.encode(regular, 0.1, 1e-5, sequence(5, "stimulus"))["plumless"].times
    # zlib's CRC-32 of "stimulus" and "plumless", then the trial: NumPy's own phase for that key, one period being 10 ms
    phase = np.random.default_rng(np.random.SeedSequence(5, spawn_key=(2548801427, 1306201125, 0))).random()
    assert first == pytest.approx(phase / 100.0, abs=2e-5)  # the grid


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda: wiring.he_normal(2, 3, 0), "wiring"),
        (lambda: patterns.bars(3, 4, 0.1, 0), "bars"),
        (lambda: datasets.natural_patches(3, 4, 0), "natural_patches"),
        (lambda: datasets.digits().split(0.5, 0), "split"),
    ],
)
def test_a_seed_is_no_generator_wherever_one_is_expected(call, where):
    with pytest.raises(DimensionError, match=rf"^{where}: rng: got 0, expected a random generator such as"):
        call()

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurosim.circuits.kernels import Exponential, UniformLateral, distance_kernel, distances
from neurosim.circuits.wiring import normalise_rows
from neurosim.randomness import sequence
from neurosim.stimuli.stimulus import encode, poisson, regular

rates = st.floats(0, 400)


@given(st.integers(1, 12), st.floats(0, 10), st.integers(1, 4), st.data())
def test_uniform_lateral_equals_its_dense_matrix(n: int, value: float, trials: int, data: st.DataObject) -> None:
    operator = UniformLateral(n, value)
    x = data.draw(arrays(np.float64, (trials, n), elements=rates))
    dense = operator.toarray()
    # sum minus own term rounds at the size of the sum, not of the result
    atol = 1e-14 * max(value * x.sum(), 1e-300)
    np.testing.assert_allclose(operator.apply(x), x @ dense.T, rtol=0, atol=atol)
    np.testing.assert_allclose(operator @ x[0], dense @ x[0], rtol=0, atol=atol)
    np.testing.assert_allclose(operator @ x.T, dense @ x.T, rtol=0, atol=atol)


@given(st.integers(2, 30), st.sampled_from(["line", "ring"]), st.floats(0.1, 1.0), st.floats(1e-9, 5))
def test_lateral_weights_are_symmetric_and_normalisable(n: int, topology: str, length: float, total: float) -> None:
    kernel = distance_kernel(n, Exponential(length=length), topology)  # type: ignore[arg-type]
    np.testing.assert_array_equal(kernel, kernel.T)
    # n additions and one division
    np.testing.assert_allclose(normalise_rows(kernel, total).sum(axis=1), total, rtol=1e-13)


@given(st.integers(1, 6), st.integers(1, 6))
def test_torus_distance_is_the_shortest_of_all_images(rows: int, columns: int) -> None:
    images = []
    for down in (-rows, 0, rows):
        for right in (-columns, 0, columns):
            row, column = np.divmod(np.arange(rows * columns), columns)
            images.append(np.hypot(row[:, None] - row + down, column[:, None] - column + right))
    # hypot and sqrt of a sum of squares differ by an ulp
    np.testing.assert_allclose(distances((rows, columns), "torus"), np.min(images, axis=0), rtol=1e-15)


@given(st.sampled_from([poisson, regular]), st.integers(0, 2**32), st.data())
def test_selecting_trials_before_or_after_drawing_is_the_same(build: object, seed: int, data: st.DataObject) -> None:
    x = data.draw(arrays(np.float64, (4, 3), elements=rates))
    index = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=6))
    stimulus = build(x)  # type: ignore[operator]
    whole = encode(stimulus, 0.05, 1e-3, sequence(seed, "stimulus"))["input"]
    part = encode(stimulus.select(index), 0.05, 1e-3, sequence(seed, "stimulus"))["input"]
    for name in ("steps", "units", "trials"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole.select(index), name))
    np.testing.assert_array_equal(part.counts(), whole.counts()[index])


@given(arrays(np.float64, (2, 4), elements=rates), st.integers(0, 2**32))
def test_regular_counts_miss_the_rate_by_less_than_one(x: np.ndarray, seed: int) -> None:
    counts = encode(regular(x), 0.2, 1e-3, sequence(seed, "stimulus"))["input"].counts()
    # 0.2 s times rate, up to rounding
    assert np.all(np.abs(counts - 0.2 * x) < 1 + 1e-12)

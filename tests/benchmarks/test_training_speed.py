"""Training against scikit-learn: the same digits, layers, batches and epochs, in turn."""

import statistics
import time
import warnings

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from neurosim.training import Adam, layered, train

LAYERS, EPOCHS, BATCH, ROUNDS = (256, 128), 15, 50, 5


def ours(x, y):
    circuit, cells = layered([x.shape[1], *LAYERS, 10], seed=0)
    return train(circuit, cells, x, y, optimiser=Adam(), epochs=EPOCHS, batch=BATCH, progress=False)


def theirs(x, y):
    network = MLPClassifier(LAYERS, batch_size=BATCH, max_iter=EPOCHS, alpha=0.0, n_iter_no_change=1000, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it did not converge: that is not the question
        return network.fit(x, y)


def test_training_against_scikit_learn(benchmark, capsys):
    x, y = load_digits(return_X_y=True)
    x = x / 16.0
    times = {ours: [], theirs: []}
    with threadpool_limits(1):
        for _ in range(ROUNDS):
            for function in times:
                begin = time.perf_counter()
                function(x, y)
                times[function].append(time.perf_counter() - begin)
        run = benchmark.pedantic(ours, args=(x, y), rounds=1)
    assert np.isfinite(run.history["loss"]).all()
    middle = {function.__name__: statistics.median(values) for function, values in times.items()}
    ratio = statistics.median(a / b for a, b in zip(times[ours], times[theirs], strict=True))
    with capsys.disabled():
        print(f"\ntraining: {middle['ours']:.2f} s here, {middle['theirs']:.2f} s in scikit-learn, ratio {ratio:.2f}")

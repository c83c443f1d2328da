"""Forward passes against torch's: small networks always, the real ones where they were fetched (`make real`)."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import correlate

from neurosim import real
from neurosim.params import ParameterError
from neurosim.real import edge_detector as hed
from neurosim.real import face_detector as mtcnn
from neurosim.real import pitch_tracker as crepe
from neurosim.real.convolution import convolve, enlarged, largest
from neurosim.real.hdf5_file import read_hdf5
from neurosim.real.layers import Layers

FOLDER = Path(__file__).parent / "references" / "networks"
CLOSE = {"rtol": 1e-4, "atol": 1e-4}
"""Sums of up to 8,192 terms in single precision, in another order than torch's."""


def made():
    """Weights and inputs as the script makes them, without torch."""
    text = (FOLDER / "make.py").read_text(encoding="utf-8")
    head = "\n".join(line for line in text.splitlines() if not line.startswith("import torch"))
    spec = importlib.util.spec_from_loader("make_references", loader=None)
    module = importlib.util.module_from_spec(spec)
    exec(compile(head, "make.py", "exec"), vars(module))
    return module


MADE = made()
with np.load(FOLDER / "reference.npz") as archive:
    REFERENCE = dict(archive)


def needs(name):
    reason = real.lacking([name])
    return pytest.mark.skipif(bool(reason), reason=reason)


def near(found, name):
    expected = REFERENCE[name]
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(found / scale, expected / scale, **CLOSE)


def test_a_convolution_is_that_of_scipy():
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(2, 9, 8, 3)), rng.normal(size=(3, 2, 3, 4)), rng.normal(size=4)
    found = convolve(*(each.astype(np.float32) for each in (x, w, b)), padding=((1, 1), (0, 2)), stride=(2, 3))
    padded = np.pad(x, ((0, 0), (1, 1), (0, 2), (0, 0)))
    for n in range(2):
        for o in range(4):
            whole = correlate(padded[n], w[..., o], "valid")[..., 0] + b[o]
            np.testing.assert_allclose(found[n, ..., o], whole[::2, ::3], atol=1e-5)


def test_pooling_takes_what_there_is_at_the_edge():
    x = np.arange(35, dtype=np.float32).reshape(1, 5, 7, 1)
    assert largest(x, (2, 2), (2, 2))[0, ..., 0].tolist() == [[8, 10, 12, 13], [22, 24, 26, 27], [29, 31, 33, 34]]
    assert largest(x, (3, 3), (2, 2))[0, ..., 0].tolist() == [[16, 18, 20], [30, 32, 34]]
    assert largest(-x, (2, 1), (2, 1))[0, :, 0, 0].tolist() == [0, -14, -28]
    # One column too many for three steps: ceil((8 - 3) / 2) + 1 = 4 windows.
    assert largest(np.ones((1, 8, 8, 1), np.float32), (3, 3), (2, 2)).shape == (1, 4, 4, 1)


def test_enlarging_interpolates_between_centres():
    x = np.array([[0.0, 4.0]], dtype=np.float32)[None, ..., None]
    # Centres (k + 1/2)/2 - 1/2 = -1/4, 1/4, 3/4, 5/4 of the two pixels, cut to 0 and 1.
    np.testing.assert_allclose(enlarged(x, 1, 4)[0, 0, :, 0], [0, 1, 3, 4])
    np.testing.assert_allclose(enlarged(x[:, :, :1] + 2, 3, 2), np.full((1, 3, 2, 1), 2.0))


def test_a_small_edge_detector():
    detector = hed.EdgeDetector(MADE.small_hed())
    x = MADE.INPUTS["hed"]() / 60
    near(detector.sides(x).transpose(1, 0, 2, 3), "small_hed.sides")
    near(detector.edges(x), "small_hed.edges")


@pytest.mark.parametrize(("net", "shapes"), [("pnet", MADE.SMALL_PNET), ("rnet", MADE.SMALL_RNET)])
def test_a_small_face_net(net, shapes):
    face, box = mtcnn.FaceNet(net, MADE.small(shapes)).run(MADE.INPUTS[net]())
    near(face, f"small_{net}.face")
    near(box, f"small_{net}.box")


def test_a_small_pitch_tracker():
    near(crepe.PitchTracker(MADE.small_crepe()).run(MADE.INPUTS["crepe"]()), "small_crepe")


@needs("hed")
def test_the_edge_detector():
    detector = hed.edge_detector()
    near(detector.sides(MADE.INPUTS["hed"]()).transpose(1, 0, 2, 3), "hed.sides")
    near(detector.edges(MADE.INPUTS["hed"]()), "hed.edges")


@needs("mtcnn")
@pytest.mark.parametrize("net", mtcnn.NETS)
def test_the_face_nets(net):
    face, box = mtcnn.face_net(net).run(MADE.INPUTS[net]())
    near(face, f"{net}.face")
    near(box, f"{net}.box")


@needs("crepe")
@pytest.mark.parametrize("size", ["tiny", "full"])
def test_the_pitch_trackers(size):
    found = crepe.pitch_tracker(size).run(MADE.INPUTS["crepe"]()[:1])
    np.testing.assert_allclose(found, REFERENCE[f"crepe_{size}"][:1], **CLOSE)


@needs("crepe")
def test_a_tone_has_its_pitch():
    tone = np.sin(2 * np.pi * 440.0 * np.arange(4000) / crepe.RATE)
    found = crepe.pitch_tracker("tiny").run(crepe.framed(tone, 1000))
    heard = crepe.frequencies()[found.argmax(axis=1)]
    assert np.all(np.abs(1200 * np.log2(heard / 440.0)) < 30)  # cents; bins are 20 apart


def test_layers_are_recorded_and_may_be_changed():
    detector, kept = hed.EdgeDetector(MADE.small_hed()), Layers()
    x = MADE.INPUTS["hed"]() / 60
    before = detector.edges(x, kept)
    assert tuple(kept.drives) == tuple(kept.activities) == hed.LAYERS
    for name in hed.LAYERS:
        np.testing.assert_array_equal(kept.activities[name], np.maximum(kept.drives[name], 0))
    assert kept.drives["block5_conv3"].shape == (1, 3, 3, 4)
    silent = detector.edges(x, lambda name, drive, activity: 0 * activity)
    assert np.ptp(silent) == 0.0
    assert np.ptp(before) > 0
    with pytest.raises(ParameterError, match=r"hook at layer block1_conv1 returned shape \(\)"):
        detector.edges(x, lambda name, drive, activity: 0.0)


def test_kernels_may_be_changed():
    detector = hed.EdgeDetector(MADE.small_hed())
    x = MADE.INPUTS["hed"]() / 60
    other = detector.changed(lambda name, weights: 0 * weights if name == "block1_conv1" else weights)
    assert np.abs(other.edges(x) - detector.edges(x)).max() > 1e-3
    near(detector.edges(x), "small_hed.edges")
    with pytest.raises(ParameterError, match=r"block1_conv1.weights: got shape \(\), expected \(3, 3, 3, 2\)"):
        detector.changed(lambda name, weights: 0.0)


def test_slopes_below_threshold_are_those_of_the_package_s_activation():
    net, kept = mtcnn.FaceNet("rnet", MADE.small(MADE.SMALL_RNET)), Layers()
    net.run(MADE.INPUTS["rnet"](), kept)
    for name in net.layers:
        expected = net.activation(name)(kept.drives[name].astype(float))
        np.testing.assert_allclose(kept.activities[name], expected, atol=1e-6)


def test_behind_the_normalisation_is_another_hook():
    tracker, before, behind = crepe.PitchTracker(MADE.small_crepe()), Layers(), Layers()
    tracker.run(MADE.INPUTS["crepe"](), before, behind)
    norm = tracker.normalisation("conv2")
    scaled = (before.activities["conv2"] - norm["mean"]) / np.sqrt(norm["variance"] + 0.001) * norm["gain"]
    np.testing.assert_allclose(behind.activities["conv2"], scaled + norm["offset"], rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(behind.drives["conv2"], before.activities["conv2"])


def test_boxes_are_moved_in_units_of_their_size():
    # A box of 10 x 20 pixels: left + 0.1 x 10, top - 0.05 x 20, right + 0.2 x 10, bottom.
    moved = mtcnn.corrected([10, 20, 19, 39], [0.1, -0.05, 0.2, 0.0])
    np.testing.assert_allclose(moved, [11, 19, 21, 39], rtol=1e-6)


def test_other_tensors_and_pictures_are_refused():
    tensors = MADE.small_hed()
    for change, message in (
        ({"fuse/vars/0": None}, "tensor fuse/vars/0: got none, expected 1 x 1 x 5 x 1"),
        (
            {"dsn2/vars/0": np.ones((1, 1, 2, 1))},
            r"tensor dsn2/vars/0: got shape \(1, 1, 2, 1\), expected 1 x 1 x 3 x 1",
        ),
        ({"dsn2/vars/1": np.array([np.nan])}, "tensor dsn2/vars/1: got NaN or infinity"),
    ):
        with pytest.raises(ParameterError, match=message):
            hed.EdgeDetector({**tensors, **change})
    detector = hed.EdgeDetector(tensors)
    for x in (
        np.zeros((4, 4, 3)),
        np.zeros((1, 4, 4, 1)),
        np.zeros((1, 4, 4, 3), dtype=complex),
        np.zeros((0, 4, 4, 3)),
    ):
        with pytest.raises(ParameterError, match=r"EdgeDetector: got .* expected \(n, height, width, 3\)"):
            detector.edges(x)
    with pytest.raises(ParameterError, match="NaN"):
        detector.edges(np.full((1, 4, 4, 3), np.nan))
    with pytest.raises(ParameterError, match="got pictures of another size"):
        mtcnn.FaceNet("rnet", MADE.small(MADE.SMALL_RNET)).run(np.zeros((1, 30, 30, 3)))
    with pytest.raises(ParameterError, match="expected finite numbers"):
        crepe.PitchTracker(MADE.small_crepe()).run(np.zeros((2, 1000)))
    with pytest.raises(ParameterError, match="at least 1024"):
        crepe.framed(np.zeros(1000))
    with pytest.raises(ParameterError, match="at least 3 x 3"):
        convolve(np.zeros((1, 2, 2, 1), np.float32), np.zeros((3, 3, 1, 1), np.float32), np.zeros(1, np.float32))


def test_an_hdf5_file_gives_its_arrays_and_no_others(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["a/b"] = np.arange(6.0).reshape(2, 3)
    found = read_hdf5(tmp_path / "x.h5")
    assert list(found) == ["a/b"]
    np.testing.assert_array_equal(found["a/b"], [[0, 1, 2], [3, 4, 5]])
    for how in ("external", "soft", "text", "huge"):
        with h5py.File(tmp_path / "y.h5", "w") as file:
            if how == "external":
                file["a"] = h5py.ExternalLink("x.h5", "a/b")
            elif how == "soft":
                file["b"], file["a"] = 1.0, h5py.SoftLink("/b")
            elif how == "text":
                file["a"] = "text"
            else:
                file.create_dataset("a", (10**5, 10**5), dtype="f4", chunks=(100, 100), compression="gzip")
        with pytest.raises(ParameterError, match="no HDF5 file, or a damaged one"):
            read_hdf5(tmp_path / "y.h5")
    (tmp_path / "y.h5").write_bytes((tmp_path / "x.h5").read_bytes()[:500])
    with pytest.raises(ParameterError, match="no HDF5 file, or a damaged one"):
        read_hdf5(tmp_path / "y.h5")

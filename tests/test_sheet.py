"""A contact sheet: the range of kernels, the part of the picture, and what it shows."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.comparison import contact_sheet


@pytest.mark.parametrize(
    ("text", "count", "names"),
    [
        ("disk:2..4", 8, ["disk:2", "disk:3", "disk:4"]),
        ("gaussian:0.5..1.5", 3, ["gaussian:0.5", "gaussian:1", "gaussian:1.5"]),
        ("motion:9,0..90", 3, ["motion:9,0", "motion:9,45", "motion:9,90"]),
    ],
)
def test_a_range_in_words(text, count, names):
    y = np.random.default_rng(0).random((40, 40))
    sheet = contact_sheet(y, text, count=count, size=32)
    assert list(sheet.images) == names
    for name, image in sheet.images.items():
        np.testing.assert_array_equal(sheet.kernels[name], sd.psf.from_spec(name))
        assert image.shape == sheet.data.shape == (32, 32)


def test_the_best_restoration_is_that_of_the_true_kernel():
    scene = np.zeros((150, 220))
    scene[20:140, 90:210] = sd.datasets.camera()[60:180, 180:300]
    obs = sd.simulate(scene, sd.psf.disk(3.0), noise=0.003, rng=0)
    sheet = contact_sheet(obs.y, "disk:1..5", size=100)
    truth = np.asarray(obs.truth_window)[sheet.part]
    best = max(sheet.images, key=lambda name: sd.metrics.psnr(truth, sheet.images[name]))
    assert best == "disk:3"
    assert sheet.part[1].start > 60  # where there is something to see
    np.testing.assert_array_equal(sheet.data, obs.y[sheet.part])


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (("disk:3",), ValueError, "one range"),
        (("disk:5..2",), ValueError, "range that rises"),
        (("dsk:1..2",), ValueError, "did you mean disk"),
        ((3,), TypeError, "must be text"),
        (("gaussian:1..2:ndim=1",), ValueError, "has 1 axes"),
    ],
)
def test_bad_input_is_named(arguments, error, says):
    with pytest.raises(error, match=says):
        contact_sheet(np.ones((20, 20)), *arguments)

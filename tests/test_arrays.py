"""What is said of things that are no arrays, or hide some of their values."""

import pathlib

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv._array import to_numpy

Y = np.random.default_rng(0).random((20, 20))
PSF = sd.psf.box(3)


@pytest.mark.parametrize(
    ("y", "psf", "told"),
    [
        ("blur.jpg", PSF, r"y must be .* got 'blur.jpg'; sigdeconv.io.load\('blur.jpg'\) reads"),
        (pathlib.Path("a.tif"), PSF, r"got PosixPath\('a.tif'\); sigdeconv.io.load"),
        (None, PSF, "y must be an array of numbers; got None"),
        ({}, PSF, "got dict of dtype object"),
        (Y.astype(str).tolist(), PSF, "got list of dtype <U"),
        (np.ma.masked_array(Y, Y > 0.5), PSF, r"y is a masked array that hides \d+ values; .*"
         r"y.filled\(0\), and for data mask=~y.mask"),
        (Y, np.ma.masked_array(PSF, PSF > 0), "psf is a masked array"),
    ],
)  # fmt: skip
def test_what_is_no_plain_array_is_named(y, psf, told):
    with pytest.raises(TypeError, match=told):
        sd.deconvolve(y, psf, method="wiener")


def test_a_kernel_in_words_is_told_what_makes_one():
    with pytest.raises(
        ValueError, match=r"psf must be .*from_spec\('motion:15,30'\) makes a kernel"
    ):
        sd.deconvolve(Y, "motion:15,30", method="wiener")


def test_a_masked_array_that_hides_nothing_is_an_array():
    np.testing.assert_array_equal(sd.wiener(np.ma.masked_array(Y), PSF), sd.wiener(Y, PSF))


@pytest.mark.slow
def test_the_way_out_of_nan_is_told_and_leads_out():
    y = Y.copy()
    y[5, 6] = np.nan
    y[7, 8] = np.inf
    with pytest.raises(ValueError, match=r"y holds 2 .*mask=numpy.isfinite\(y\)"):
        sd.wiener(y, PSF)
    good = np.isfinite(y)
    with pytest.raises(ValueError, match="y holds 1 values"):
        sd.wiener(y, PSF, mask=good | np.isnan(y))
    filled, given = np.where(good, y, 0.0), y.copy()
    ways = [
        lambda y, good: sd.wiener(y, PSF, mask=good),
        lambda y, good: sd.richardson_lucy(y, PSF, mask=good, num_iter=3),
        lambda y, good: sd.deconvolve(y, PSF, mask=good).x,
        lambda y, good: sd.deconvolve(np.stack([y, Y]), PSF, mask=good, channel_axis=0).x,
        lambda y, good: sd.wiener(y, sd.Convolution.for_data(PSF, y.shape, mask=good)),
        lambda y, good: sd.tune(y, PSF, mask=good).misfit,
        lambda y, good: sd.compare(y, PSF, mask=good, methods=["wiener"]).results["wiener"].x,
    ]
    for way in ways:
        np.testing.assert_array_equal(way(y, good), way(filled, good))
    np.testing.assert_array_equal(y, given)
    with pytest.raises(ValueError, match=r"psf holds 9 values .*expected finite numbers$"):
        sd.wiener(Y, PSF * np.nan)  # a mask is of no use to a kernel


def test_channels_are_hinted_at_only_where_they_can_be_meant():
    with pytest.raises(ValueError, match="channel_axis"):
        sd.wiener(np.stack([Y] * 3), PSF)
    for psf in (3.0, np.ones((1, 1, 1, 1))):
        with pytest.raises(ValueError, match=r"psf has \d axes and y has 2; expected as many$"):
            sd.wiener(Y, psf)


def test_a_kernel_of_each_channel_serves_its_own():
    y = np.stack([Y, 2 * Y, 3 * Y], axis=-1)
    psf = np.stack([PSF, PSF[::-1], PSF[:, ::-1]], axis=-1)
    x = sd.deconvolve(y, psf, channel_axis=-1, method="wiener").x
    for k in range(3):
        alone = sd.wiener(y[..., k], psf[..., k])
        np.testing.assert_allclose(x[..., k], alone, rtol=1e-10, atol=1e-12)
    with pytest.raises(ValueError, match=r"psf has shape .* the length of y, .* or one along"):
        sd.deconvolve(y, psf[..., :2], channel_axis=-1, method="wiener")


ENTRIES = {
    "y": lambda a: sd.wiener(a, PSF),
    "psf": lambda a: sd.wiener(Y, a),
    "mask": lambda a: sd.wiener(Y, PSF, mask=a),
    "x": lambda a: sd.Convolution(PSF, Y.shape)(a),
    "weights": sd.operators.Diagonal,
    "array": lambda a: sd.psf.measured(a, normalize=True, centre="peak"),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_dask_is_asked_to_compute_first(name):
    da = pytest.importorskip("dask.array")
    lazy = da.from_array(np.ones((20, 20)))
    with pytest.raises(TypeError, match=rf"^{name} is a Dask Array.*Pass {name}\.compute\(\)"):
        ENTRIES[name](lazy)


@pytest.mark.parametrize("device", ["CPU_DEVICE", "device1", "device2"])
def test_arrays_on_another_device_stay_there_and_can_be_read(device):
    strict = pytest.importorskip("array_api_strict")
    where = strict.Device(device)
    y = strict.asarray(Y, device=where)
    home = strict.asarray(Y)
    np.testing.assert_array_equal(to_numpy(y), Y)
    for function in (
        lambda y: sd.wiener(y, PSF),
        lambda y: sd.richardson_lucy(y, PSF, num_iter=2),
        lambda y: sd.Convolution(PSF, Y.shape).T(y),
        lambda y: sd.conv(y[None, ...], strict.asarray(PSF[None, None], device=y.device)),
    ):
        got = function(y)
        assert got.device == where
        np.testing.assert_allclose(to_numpy(got), to_numpy(function(home)), atol=1e-12)

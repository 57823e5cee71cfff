"""The embedded images are what they say, and the generated signals are deterministic."""

import numpy as np
import pytest

from sigdeconv import datasets

COLOUR = ["astronaut", "cat", "coffee", "hubble", "retina"]


@pytest.mark.parametrize("name", datasets.names())
def test_images_are_float64_in_0_1(name):
    x = datasets.load(name)
    assert x.dtype == np.float64
    assert x.ndim == 2
    assert x.flags.writeable and x.flags.c_contiguous
    assert 0 <= x.min() < x.max() <= 1
    assert str(x.shape) in (getattr(datasets, name).__doc__ or "")


@pytest.mark.parametrize("name", COLOUR)
def test_grey_is_the_luminance_of_colour(name):
    from skimage.color import rgb2gray

    colour = datasets.load(name, colour=True)
    assert colour.ndim == 3 and colour.shape[-1] == 3
    assert np.allclose(datasets.load(name), rgb2gray(colour), atol=1e-12)


def test_equal_to_scikit_image():
    import skimage.data

    assert np.array_equal(datasets.camera() * 255, skimage.data.camera())
    assert np.array_equal(datasets.coins() * 255, skimage.data.coins())


def test_images_are_fresh_copies():
    datasets.camera()[:] = 0
    assert datasets.camera().max() > 0.9


def test_nothing_is_downloaded(monkeypatch):
    import socket

    def refuse(*args, **kwargs):
        raise AssertionError("a data set opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    datasets._images._decode.cache_clear()
    for name in datasets.names():
        datasets.load(name)


@pytest.mark.parametrize("make", [getattr(datasets, n) for n in datasets._generated.__all__])
def test_generated_signals_are_deterministic(make):
    first = make()
    assert np.array_equal(first, make())
    assert first.dtype == np.float64
    assert np.isfinite(first).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "make", [datasets.spectrum, datasets.spikes, datasets.beads, datasets.star_field]
)
def test_the_seed_counts(make):
    assert np.array_equal(make(rng=3), make(rng=np.random.default_rng(3)))
    assert not np.array_equal(make(rng=3), make(rng=4))


def test_spectrum_is_in_counts():
    s = datasets.spectrum(2048)
    assert s.min() > 100
    assert 5000 < s.max() < 30000


@pytest.mark.parametrize("shape", [(64,), (40, 41), (8, 20, 30)])
def test_beads_in_any_dimension(shape):
    x = datasets.beads(shape)
    assert x.shape == shape
    assert x.min() >= 0 and x.max() == 1


def test_beads_hold_background_and_structure():
    x = datasets.beads()
    assert 0.02 < np.mean(x > 0) < 0.4


def test_phantom():
    x = datasets.phantom(128)
    assert x.shape == (128, 128)
    assert x[0, 0] == 0
    assert x.max() == 1
    assert np.isclose(x[64, 64], 0.2)
    assert x[127 - 20].sum() != x[20].sum()  # not upside-down symmetric


def test_errors():
    with pytest.raises(ValueError, match=r"name must be one of astronaut, .*; got 'lena'"):
        datasets.load("lena")
    with pytest.raises(TypeError, match="name must be one of"):
        datasets.load(5)
    with pytest.raises(ValueError, match=r"shape\[0\] must be a whole number of at least 8; got 4"):
        datasets.beads((4, 64, 64))
    with pytest.raises(ValueError, match=r"count must be .* at most 10; got 11; the nearest is 10"):
        datasets.spikes(10, 11)
    with pytest.raises(TypeError, match=r"n must be a whole number .*got 256.0 .*; write 256"):
        datasets.phantom(256.0)
    with pytest.raises(TypeError, match="colour must be True or False"):
        datasets.cat(colour="red")
    with pytest.raises(ValueError, match="rng must be"):
        datasets.spikes(10, 2, rng=-1)


def test_numpy_scalars_are_numbers():
    n = np.int64(32)
    np.testing.assert_array_equal(datasets.spikes(n, np.int32(3)), datasets.spikes(32, 3))
    np.testing.assert_array_equal(
        datasets.spectrum(n, lines=np.uint8(4)), datasets.spectrum(32, lines=4)
    )
    np.testing.assert_array_equal(datasets.phantom(np.array(8)), datasets.phantom(8))
    np.testing.assert_array_equal(
        datasets.star_field(np.array([9, 9])), datasets.star_field((9, 9))
    )

"""Kernels of other programs: stand-ins with their attributes, and the programs where they are."""

import types

import numpy as np
import pytest

import sigdeconv as sd

GOOD = sd.psf.gaussian(1.3, shape=(15, 15))


def point(sigma, n, centre=None):
    """Return samples of a Gaussian, not integrated over them."""
    at = np.arange(n) - ((n - 1) / 2 if centre is None else centre)
    line = np.exp(-0.5 * (at / sigma) ** 2)
    return np.outer(line, line)


def hdu(data, **header):
    return types.SimpleNamespace(data=data, header=header)


def table(basis, degree, samp=0.5):
    """Return what PSFEx writes: a polynomial in columns and rows, its samples half as far."""
    header = {"PSF_SAMP": samp, "POLNAXIS": 2, "POLDEG1": degree, "POLNGRP": 1}
    header |= {"POLZERO1": 101.0, "POLSCAL1": 100.0, "POLZERO2": 51.0, "POLSCAL2": 50.0}
    return [hdu(None), hdu({"PSF_MASK": np.asarray(basis)[None]}, **header)]


def test_photutils():
    model = types.SimpleNamespace(
        data=point(5.2, 61), oversampling=np.array([4, 4]), origin=(30.0, 30.0)
    )
    psf = sd.psf.from_object(model)
    want = point(1.3, 15)
    np.testing.assert_allclose(psf, want / want.sum(), atol=1e-12)
    model.origin = (31.0, 30.0)  # x comes first
    moved = sd.psf.from_object(model)
    assert moved[7, 6] > moved[7, 8]


def test_photutils_grid_of_kernels():
    data = np.stack([point(s, 31) / point(s, 31).sum() for s in (2.0, 3.0, 2.0, 3.0)])
    places = [(0, 0), (100, 0), (0, 50), (100, 50)]
    model = types.SimpleNamespace(data=data, oversampling=2, grid_xypos=places)
    ends = [sd.psf.from_object(model, at=(10, x)) for x in (0, 100)]
    middle = sd.psf.from_object(model)
    assert ends[0].max() > middle.max() > ends[1].max()
    both = (data[0] + data[1])[1::2, 1::2]
    np.testing.assert_allclose(middle, both / both.sum())


def test_psfex():
    basis = [point(2.6, 31), 0.3 * point(2.0, 31), 0.1 * point(3.0, 31)]
    psf = sd.psf.from_object(table(basis, 1), at=(50, 200))  # x = 1, y = 0
    want = (basis[0] + basis[1])[1::2, 1::2]
    np.testing.assert_allclose(psf, want / want.sum(), atol=1e-12)
    psf = sd.psf.from_object(table(basis, 1), at=(100, 100))  # x = 0, y = 1
    want = (basis[0] + basis[2])[1::2, 1::2]
    np.testing.assert_allclose(psf, want / want.sum(), atol=1e-12)
    square = [0 * point(1, 31)] * 2 + [point(2.0, 31)] + [0 * point(1, 31)] * 3  # x squared
    assert sd.psf.from_object(table(square, 2), at=(0, 0)).max() > 0
    with pytest.raises(ValueError, match="has 3 terms; expected 6"):
        sd.psf.from_object(table(basis, 2))


def test_poppy_adds_up_its_finer_samples():
    fine = (
        sd.psf.gaussian(3.9, shape=(63, 63))[:-1, :-1]
        + sd.psf.gaussian(3.9, shape=(63, 63))[1:, 1:]
    )
    psf = sd.psf.from_object([hdu(fine, OVERSAMP=3, DET_SAMP=3)])
    centroid = float((psf.sum(1) * np.arange(len(psf))).sum())
    assert psf.shape[0] % 2 == 1 and abs(centroid - len(psf) // 2) < 1e-9
    n = (len(psf) - 15) // 2
    assert np.abs(psf[n : n + 15, n : n + 15] - GOOD).sum() < 0.04
    both = [hdu(fine, OVERSAMP=3, EXTNAME="OVERSAMP"), hdu(GOOD, DET_SAMP=1, EXTNAME="DET_SAMP")]
    np.testing.assert_allclose(sd.psf.from_object(both), GOOD)


def test_hcipy_and_galsim():
    grid = types.SimpleNamespace(delta=np.array([0.5, 0.5]), zero=np.array([-3.5, -3.5]))
    field = types.SimpleNamespace(grid=grid, shaped=GOOD)
    np.testing.assert_allclose(sd.psf.from_object(field), GOOD)
    field.shaped = np.sqrt(GOOD) * np.exp(1j)
    np.testing.assert_allclose(sd.psf.from_object(field), GOOD)
    image = types.SimpleNamespace(array=GOOD[:-1, :-1], bounds=None)  # centred beside a sample
    assert sd.psf.from_object(image).shape == (13, 13)
    image.array = point(1.3, 16)
    want = point(1.3, 15)
    assert np.abs(sd.psf.from_object(image) - want / want.sum()).sum() < 0.01


@pytest.mark.slow
def test_they_are_accepted_in_the_place_of_a_kernel():
    y = sd.simulate(sd.datasets.coins()[:64, :64], GOOD, noise=0.01, rng=0).y
    image = types.SimpleNamespace(array=GOOD, bounds=None)
    np.testing.assert_allclose(sd.wiener(y, image), sd.wiener(y, GOOD))
    np.testing.assert_allclose(sd.deconvolve(y, image).x, sd.deconvolve(y, GOOD).x)


def test_what_is_none_of_them_is_refused():
    with pytest.raises(TypeError, match="a model of photutils"):
        sd.psf.from_object(GOOD)
    with pytest.raises(ValueError, match="holds no kernel"):
        sd.psf.from_object(types.SimpleNamespace(array=0 * GOOD, bounds=None))


def test_a_file_of_psfex(tmp_path):
    fits = pytest.importorskip("astropy.io.fits")
    basis = np.stack([point(2.6, 31), 0.3 * point(2.0, 31), 0.1 * point(3.0, 31)])
    column = fits.Column("PSF_MASK", format=f"{basis.size}E", dim="(31,31,3)", array=basis[None])
    made = fits.BinTableHDU.from_columns([column], name="PSF_DATA")
    made.header.update(table(basis, 1)[1].header)
    fits.HDUList([fits.PrimaryHDU(), made]).writeto(tmp_path / "field.psf")
    psf = sd.io.load(f"{tmp_path / 'field.psf'}:50,200")
    np.testing.assert_allclose(psf, sd.psf.from_object(table(basis, 1), at=(50, 200)), atol=1e-7)


@pytest.mark.slow
def test_the_programs_themselves():
    photutils = pytest.importorskip("photutils.psf")
    model = photutils.ImagePSF(point(5.2, 61), oversampling=4)
    want = point(1.3, 15)
    np.testing.assert_allclose(sd.psf.from_object(model), want / want.sum(), atol=1e-9)


@pytest.mark.slow
def test_galsim_itself():
    galsim = pytest.importorskip("galsim")
    image = galsim.Gaussian(sigma=1.3).drawImage(nx=15, ny=15, scale=1.0)
    assert np.abs(sd.psf.from_object(image) - GOOD).sum() < 1e-3


@pytest.mark.slow
def test_hcipy_itself():
    hcipy = pytest.importorskip("hcipy")
    grid = hcipy.make_uniform_grid((15, 15), 15.0)
    field = hcipy.Field(GOOD.ravel(), grid)
    np.testing.assert_allclose(sd.psf.from_object(field), GOOD)

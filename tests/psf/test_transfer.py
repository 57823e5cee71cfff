"""The way from psf to otf and back."""

from __future__ import annotations

import numpy as np
import pytest

from sigdeconv.psf import gaussian, otf2psf, psf2otf

SHAPES = [((5,), (8,)), ((4,), (7,)), ((3, 6), (8, 9)), ((2, 3, 4), (2, 5, 6)), ((7, 5), (4, 8))]


@pytest.mark.parametrize(("small", "shape"), SHAPES)
@pytest.mark.parametrize("centre", [None, 0])
def test_matches_the_sum(small, shape, centre):
    psf = np.random.default_rng(0).standard_normal(small)
    origin = tuple(n // 2 for n in small) if centre is None else (centre,) * len(small)
    frequencies = np.meshgrid(*[np.arange(n) / n for n in shape], indexing="ij")
    expected = np.zeros(shape, complex)
    for index in np.ndindex(small):
        phase = sum(f * (i - c) for f, i, c in zip(frequencies, index, origin, strict=True))
        expected += psf[index] * np.exp(-2j * np.pi * phase)
    otf = psf2otf(psf, shape, centre=None if centre is None else origin)
    np.testing.assert_allclose(otf, expected, atol=1e-12)


@pytest.mark.parametrize(("small", "shape"), SHAPES[:-1])
def test_round_trip(small, shape):
    psf = np.random.default_rng(0).random(small)
    back = otf2psf(psf2otf(psf, shape), small)
    assert back.dtype == np.float64
    np.testing.assert_allclose(back, psf, atol=1e-14)
    corner = (0,) * len(small)
    back = otf2psf(psf2otf(psf, shape, centre=corner), small, centre=corner)
    np.testing.assert_allclose(back, psf, atol=1e-14)
    assert otf2psf(psf2otf(psf, shape)).shape == shape


def test_large_psf_is_folded():
    psf = gaussian(3.0)
    otf = psf2otf(psf, (8, 9))
    assert otf[0, 0] == pytest.approx(1.0, abs=1e-14)
    assert otf2psf(otf).sum() == pytest.approx(psf.sum(), abs=1e-14)


def test_kinds_of_numbers():
    psf = np.random.default_rng(0).random((3, 4)).astype(np.float32)
    before = psf.copy()
    otf = psf2otf(psf, (6, 6))
    assert otf.dtype == np.complex64
    assert otf2psf(otf, (3, 4)).dtype == np.float32
    np.testing.assert_array_equal(psf, before)
    assert np.iscomplexobj(otf2psf(psf2otf(psf * 1j, (6, 6))))


def test_torch():
    torch = pytest.importorskip("torch")
    pytest.importorskip("array_api_compat")
    psf = torch.tensor([[0.1, 0.2, 0.3], [0.0, 0.4, 0.0]], dtype=torch.float64)
    for shape in ((4, 5), (2, 2)):
        otf = psf2otf(psf, shape)
        assert isinstance(otf, torch.Tensor)
        np.testing.assert_allclose(otf.numpy(), psf2otf(psf.numpy(), shape), atol=1e-15)
        assert not otf2psf(otf).is_complex()


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: psf2otf([1.0], (4, 4)), ValueError, "shape has 2 entries.*or 1"),
        (lambda: psf2otf([1.0], 4.0), TypeError, "shape"),
        (lambda: psf2otf([np.nan], 4), ValueError, "psf"),
        (lambda: psf2otf(3.0, 4), ValueError, "psf must have at least one axis"),
        (lambda: psf2otf([1.0], 4, centre=(1,)), ValueError, "centre.*inside"),
        (lambda: psf2otf([1.0], 4, centre=(0, 0)), ValueError, "centre has 2 entries.*or 1"),
        (lambda: otf2psf([1.0, 1.0], 3), ValueError, "shape must be at most"),
        (lambda: otf2psf("abc"), TypeError, "otf"),
    ],
)
def test_errors(call, error, match):
    with pytest.raises(error, match=match):
        call()

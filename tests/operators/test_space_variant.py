"""A blur that changes over the field: adjoint, flux, the exact sum, and what does not fit."""

import numpy as np
import pytest

import sigdeconv as sd


def bank(shape, sigmas, ndim=2):
    """PSFs on a lattice of positions, wider along the first axis."""
    places = [np.linspace(0, n - 1, 4) for n in shape]
    at = np.stack(np.meshgrid(*places, indexing="ij"), axis=-1).reshape(-1, ndim)
    low, high = sigmas
    widths = low + (high - low) * at[:, 0] / (shape[0] - 1)
    return [sd.psf.gaussian((w,) * ndim, shape=(13,) * ndim) for w in widths], at


@pytest.mark.parametrize("boundary", ["unknown", "reflect", "periodic"])
@pytest.mark.parametrize("form", ["scatter", "gather"])
@pytest.mark.parametrize("shape", [(40,), (20, 18), (9, 8, 7)])
def test_the_adjoint_is_exact(shape, form, boundary):
    psfs, at = bank(shape, (0.8, 1.6), len(shape))
    A = sd.SpaceVariant(psfs, at, shape, boundary=boundary, form=form)
    assert A.out_shape == shape and A.num_modes > 1
    assert sd.dot_test(A).error < 1e-13
    assert sd.dot_test(A, dtype=np.float32).passed


def test_equal_psfs_are_a_convolution(rng):
    psf = sd.psf.gaussian(1.3)
    A = sd.SpaceVariant([psf] * 3, [[0, 0], [9, 20], [20, 3]], (24, 22))
    C = sd.Convolution.for_data(psf, (24, 22))
    x = rng.standard_normal(C.shape)
    assert A.num_modes == 1
    np.testing.assert_allclose(A(x), C(x), atol=1e-12)


def test_a_point_is_spread_by_the_psf_of_its_place():
    psfs, at = bank((40, 40), (1.0, 2.0))
    A = sd.SpaceVariant(psfs, at, (40, 40), boundary="zero", error=1e-6)
    for k in (5, 10):
        x = np.zeros(A.shape)
        i, j = at[k].round().astype(int)
        x[i, j] = 1
        seen = A(x)[i - 6 : i + 7, j - 6 : j + 7]
        assert np.abs(seen - psfs[k]).max() < 0.02 * psfs[k].max()
        assert A(x).sum() == pytest.approx(1, abs=1e-6)


def test_restored_better_than_with_one_psf():
    psfs, at = bank((48, 48), (0.8, 2.0))
    A = sd.SpaceVariant(psfs, at, (48, 48))
    scene = sd.datasets.coins()[100 : 100 + A.shape[0], 40 : 40 + A.shape[1]]
    obs = sd.simulate(scene, A, noise="poisson:500", rng=0)
    quality = []
    for psf in (A, sd.psf.gaussian(1.4)):
        x = sd.richardson_lucy(obs.y, psf, num_iter=20)
        quality.append(sd.metrics.psnr(obs.truth_window, x))
    assert quality[0] > quality[1] + 0.2


def test_what_does_not_fit_says_so():
    psf = sd.psf.gaussian(1.0)
    with pytest.raises(ValueError, match="For one psf use Convolution"):
        sd.SpaceVariant([psf], [[0, 0]], (20, 20))
    with pytest.raises(ValueError, match="Pad the smaller ones"):
        sd.SpaceVariant([psf, sd.psf.gaussian(2.0)], [[0, 0], [9, 9]], (20, 20))
    with pytest.raises(ValueError, match="a row for each psf"):
        sd.SpaceVariant([psf, psf], [[0, 0]], (20, 20))
    with pytest.raises(ValueError, match="in or near the field"):
        sd.SpaceVariant([psf, psf], [[0, 0], [900, 0]], (20, 20))
    with pytest.raises(ValueError, match="same place twice"):
        sd.SpaceVariant([psf, psf], [[3, 4], [3, 4]], (20, 20))

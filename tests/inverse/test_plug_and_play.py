"""Denoisers plugged in: each is better than the data, any callable serves, none can diverge."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.priors import Denoiser
from sigdeconv.priors.block_matching import block_matching

SCENE = sd.datasets.camera()[100:164, 160:226]
PSF = sd.psf.gaussian(1.2)


@pytest.mark.slow
# On a mirrored crop this small total variation, its weight by cross-validation, is as good.
@pytest.mark.parametrize(
    ("boundary", "ahead"), [("unknown", 0.5), ("periodic", 0.5), ("reflect", -0.1)]
)
def test_better_than_total_variation_on_a_photograph(boundary, ahead):
    obs = sd.simulate(SCENE, PSF, noise=0.03, rng=0, boundary=boundary)
    plugged = sd.deconvolve(obs, method="plug_and_play").x
    truth = obs.truth_window
    assert sd.metrics.psnr(truth, plugged) > sd.metrics.psnr(truth, sd.tv(obs.y, obs.A)) + ahead


@pytest.mark.parametrize("name", ["nl_means", "tv_chambolle"])
def test_denoisers_of_scikit_image(name):
    obs = sd.simulate(SCENE, PSF, noise=0.03, rng=0)
    x = sd.deconvolve(obs, method="plug_and_play", denoiser=name).x
    truth = obs.truth_window
    assert sd.metrics.psnr(truth, x) > sd.metrics.psnr(truth, obs.y) + 1


def test_with_a_linear_denoiser_it_stays_bounded():
    """One that amplifies is what the theory forbids; the number of stages bounds even that."""
    y = sd.simulate(SCENE, PSF, noise=0.03, rng=0).y
    told = []

    def denoise(x, sigma):
        told.append(sigma)
        return 1.5 * x

    assert np.abs(sd.plug_and_play(y, PSF, denoiser=denoise, noise=0.03)).max() < 1e4
    assert np.all(np.diff(told) <= 0) and told[-1] == pytest.approx(0.03)


@pytest.mark.parametrize("shape", [(150,), (40, 41), (14, 15, 16)])
def test_block_matching_removes_noise_of_any_dimension(shape, rng):
    x = np.zeros(shape)
    x[tuple(slice(n // 4, 3 * n // 4) for n in shape)] = 10.0
    y = x + rng.standard_normal(shape)
    found = block_matching(y, 1.0)
    assert np.mean((found - x) ** 2) < 0.35 * np.mean((y - x) ** 2)
    np.testing.assert_allclose(block_matching(np.full(shape, 3.0), 1.0), 3.0, atol=1e-9)
    assert block_matching(y.astype(np.float32), 1.0).dtype == np.float32


def test_bad_denoisers_are_named():
    y = np.ones((12, 13))
    for wrong, kind in [("bm9d", ValueError), (3, TypeError), (lambda x, s: x[:2], ValueError),
                        (lambda x, s: x * np.nan, ValueError)]:  # fmt: skip
        with pytest.raises(kind, match="denoiser"):
            sd.plug_and_play(y, PSF, denoiser=wrong)
    with pytest.raises(TypeError, match="weight"):
        sd.plug_and_play(y, PSF, weight="auto")
    assert Denoiser().can == ("prox",)

"""Richardson-Lucy's start from sums of neighbouring samples."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.operators import pad
from sigdeconv.solvers.em.settings import EMSettings
from sigdeconv.solvers.em.start_coarse import _axes, _between_pairs, _refined, coarse_start


def scene(shape, rng=0):
    """Return a smooth positive scene."""
    x = np.random.default_rng(rng).random(shape)
    return sd.Convolution(sd.psf.gaussian((4.0,) * len(shape)), shape, "nearest")(x) ** 8 * 1e5


def start(y, A, damping=0.0, **levels):
    return coarse_start(y, A, EMSettings(damping=damping, **levels))


@pytest.mark.parametrize("axis", [0, 1])
def test_refined_samples_have_the_mean_and_the_parabola(axis):
    c = np.random.default_rng(0).random((9, 11))
    fine = np.moveaxis(_refined(c, axis), axis, 0)
    assert np.moveaxis(c, axis, 0) == pytest.approx((fine[0::2] + fine[1::2]) / 2)
    edges = np.linspace(-1.0, 2.0, 41)  # means of x^4 + x over cells, from their integrals
    whole = edges**5 / 5 + edges**2 / 2
    means = np.diff(whole) / np.diff(edges)
    full_spectrum = (means[0::2] + means[1::2]) / 2
    np.testing.assert_allclose(_refined(full_spectrum, 0)[4:-4], means[4:-4], atol=1e-12)


def test_the_kernel_between_pairs_is_refine_blur_and_sum():
    h = sd.psf.gaussian((2.0,), shape=(14,))
    for centre in (6, 7, 3):
        g, at = _between_pairs(h, centre, 0)
        c = np.zeros(60)
        c[20:40] = np.random.default_rng(1).random(20)
        fine = sd.Convolution(h, (120,), "zero", centre=(centre,))(_refined(c, 0))
        sums = fine[0::2] + fine[1::2]
        found = sd.Convolution(g, (60,), "zero", centre=(at,))(2 * c)
        np.testing.assert_allclose(found, sums, atol=1e-12)


def test_what_is_placed_keeps_the_order():
    x = np.arange(5.0)
    assert pad(x, [(2, 2)], "nearest").tolist() == [0, 0, 0, 1, 2, 3, 4, 4, 4]
    assert pad(x, [(-1, -1)], "nearest").tolist() == [1, 2, 3]
    assert pad(x, [(-1, 2)], "nearest").tolist() == [1, 2, 3, 4, 4, 4]


@pytest.mark.parametrize("boundary", ["unknown", "zero", "periodic", "reflect", "nearest"])
@pytest.mark.parametrize(
    "shape", [(400,), (96, 100), pytest.param((50, 52, 54), marks=pytest.mark.slow)]
)
def test_it_is_nearer_than_three_steps(boundary, shape):
    psf = sd.psf.gaussian((1.8,) * len(shape))
    obs = sd.simulate(scene(shape), psf, boundary=boundary, noise=None)
    A = sd.Convolution.for_data(psf, obs.y.shape, boundary=boundary)
    assert _axes(A) == list(range(len(shape)))
    truth = obs.truth_window
    coarse = start(obs.y, A)[A.window]
    steps = sd.richardson_lucy(obs.y, A, num_iter=3)
    error = [np.linalg.norm(found - truth) for found in (coarse, steps)]
    assert error[0] < 0.95 * error[1]


def test_an_off_centre_kernel_moves_nothing():
    psf = np.zeros((14, 11))
    psf[3:, :9] = sd.psf.gaussian(1.7, shape=(11, 9))
    x = scene((80, 90))
    for centre in ((8, 4), (2, 9)):
        A = sd.Convolution.for_data(psf, x.shape, boundary="periodic", centre=centre)
        found = start(A(x), A)
        spectrum = np.fft.fft2(x) * np.conj(np.fft.fft2(found))
        peak = np.unravel_index(np.argmax(np.fft.ifft2(spectrum).real), x.shape)
        assert peak == (0, 0)


def test_only_smooth_axes_are_halved():
    for psf, axes in (
        (sd.psf.gaussian((3.0, 0.6)), [0]),
        (sd.psf.gaussian((0.6, 3.0)), [1]),
        (sd.psf.box(3), []),
    ):
        A = sd.Convolution.for_data(psf, (120, 130))
        assert _axes(A) == axes
        found = start(scene(A.out_shape), A)
        assert (found is None) == (not axes)
    for shape, boundary, axes in (
        ((60, 31), "unknown", [0]),  # too short
        ((60, 61), "unknown", [0, 1]),
        ((60, 61), "periodic", [0]),
        ((60, 61), "zero", [0]),
    ):
        A = sd.Convolution.for_data(sd.psf.gaussian(2.0), shape, boundary=boundary)
        assert _axes(A) == axes
    strided = sd.Convolution.for_data(sd.psf.gaussian(2.0), (60, 60), stride=2)
    assert _axes(strided) == []


def test_light_masks_background_and_readout_noise_count():
    psf, rng = sd.psf.gaussian(2.0), np.random.default_rng(2)
    x = scene((90, 90))
    mask = (rng.random(x.shape) > 0.1).astype(float)
    A = sd.Convolution.for_data(psf, x.shape, boundary="periodic", mask=mask)
    y = rng.poisson(sd.Convolution(psf, x.shape, "periodic")(x) + 50.0) + rng.normal(0, 5, x.shape)
    found = start(y, A, background=np.full(x.shape, 50.0), readout_noise=5.0)
    assert found.sum() == pytest.approx(x.sum(), rel=0.02)
    assert np.linalg.norm(found - x) < 0.5 * np.linalg.norm(x - x.mean())
    assert found.min() > 0


def test_it_bears_data_without_light():
    y = np.zeros((50, 50))
    for level in (0.0, 3.0):
        psf = sd.psf.gaussian(2.0)
        x = sd.richardson_lucy(y, psf, start="coarse", background=level, num_iter=2)
        assert np.all(x == 0)


def test_it_scales_with_the_data_and_keeps_precision():
    psf = sd.psf.gaussian(2.0)
    y = np.random.default_rng(3).poisson(scene((70, 80)))
    A = sd.Convolution.for_data(psf, y.shape)
    one = start(y.astype(float), A)
    np.testing.assert_allclose(start(7.0 * y, A), 7 * one, rtol=1e-9)
    single = start(y.astype(np.float32), A)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, one, rtol=1e-3, atol=1e-2 * one.mean())


def test_it_is_the_same_in_another_namespace():
    strict = pytest.importorskip("array_api_strict")
    y = np.random.default_rng(5).poisson(scene((70, 80))).astype(float)
    mask = (np.random.default_rng(6).random(y.shape) > 0.02).astype(float)
    for options in ({}, {"background": np.ones(y.shape), "readout_noise": 2.0, "mask": mask}):
        there = {k: strict.asarray(v) if np.ndim(v) else v for k, v in options.items()}
        run = {"start": "coarse", "num_iter": 2}
        here = sd.richardson_lucy(y, sd.psf.gaussian(2.0), **run, **options)
        other = sd.richardson_lucy(strict.asarray(y), sd.psf.gaussian(2.0), **run, **there)
        np.testing.assert_allclose(np.asarray(other), here, rtol=1e-8)


def test_the_user_reads_what_was_done():
    y = np.random.default_rng(4).poisson(scene((70, 80))).astype(float)
    for psf, said in ((sd.psf.gaussian(2.0), "coarse"), (sd.psf.box(3), "flat")):
        found = sd.deconvolve(y, psf, method="richardson_lucy", start="coarse", num_iter=3)
        assert found.parameters["start"] == said
    flat = sd.richardson_lucy(y, sd.psf.box(3), num_iter=3)
    np.testing.assert_array_equal(found.x, flat)
    with pytest.raises(ValueError, match="start must be an array, 'coarse' or 'flat'; got 'fine'"):
        sd.richardson_lucy(y, sd.psf.box(3), start="fine")


def test_steps_are_saved_where_the_counts_allow_it():
    picture, psf = sd.datasets.camera()[60:220, 160:320], sd.psf.gaussian(2.5)
    options = {"acceleration": "heavy-ball", "num_iter": 14, "history": True}
    for peak, used in ((3000, "coarse"), (3, "flat")):
        obs = sd.simulate(picture, psf, noise=f"poisson:{peak}", rng=0)
        flat, coarse = (
            sd.deconvolve(obs, method="richardson_lucy", start=chosen, **options)
            for chosen in ("flat", "coarse")
        )
        assert coarse.parameters["start"] == used
        first, second = (np.array(found.history["divergence"]) for found in (flat, coarse))
        assert np.all(np.diff(second) <= 1e-12 * second[0])
        if used == "coarse":
            assert second[0] < first[4] and second[14] < first[14]
        else:
            np.testing.assert_array_equal(first, second)
    auto = sd.deconvolve(obs, method="richardson_lucy", start="coarse", stop="auto")
    assert auto.parameters["start"] == "flat"  # the trial runs bear it too

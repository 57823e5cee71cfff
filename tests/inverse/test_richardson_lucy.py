"""Richardson-Lucy: flux, scale, counts, border, mask, background, stability."""

import numpy as np
import pytest
import skimage.restoration

import sigdeconv as sd
from sigdeconv.catalogue import registry
from sigdeconv.problem import Observation

# Kernels here have sums of all kinds.
pytestmark = pytest.mark.filterwarnings("ignore:psf sums to")


def data(shape=(30, 26)):
    return np.random.default_rng(5).poisson(40, shape).astype(float)


@pytest.mark.parametrize("boundary", ["zero", "periodic", "reflect", "unknown"])
@pytest.mark.parametrize("kernel", [(5, 4), (3, 3)])
def test_flux_is_conserved(boundary, kernel):
    y, h = data(), np.random.default_rng(6).random(kernel)
    A = sd.Convolution.for_data(h, y.shape, boundary=boundary)
    gain = A.adjoint(np.ones(y.shape))
    for k in (1, 7, 40):
        x = sd.deconvolve(y, A, method="richardson_lucy", num_iter=k).domain
        assert np.sum(gain * x) == pytest.approx(np.sum(y), rel=1e-10)


@pytest.mark.parametrize("factor", [1e-15, 1e-3, 7.0, 1e6])
def test_scale_free(factor):
    y, h = data(), sd.psf.gaussian(1.2)
    x = sd.richardson_lucy(y, h, num_iter=15)
    np.testing.assert_allclose(
        sd.richardson_lucy(factor * y, h, num_iter=15), factor * x, rtol=1e-9
    )


def test_counts_come_back_as_counts():
    y = np.zeros((20, 20), np.uint16)
    y[8:12, 8:12] = 65535
    assert sd.richardson_lucy(y, np.ones((1, 1)), num_iter=3).max() == pytest.approx(65535)


def test_the_likelihood_never_falls():
    y, h = data(), np.random.default_rng(6).random((4, 5))
    A = sd.Convolution.for_data(h / h.sum(), y.shape)
    divergence = []
    method = registry.get("richardson_lucy")
    own = {name: p.default for name, p in method.parameters.items()}
    for k, (_, Ax) in enumerate(method.rule(Observation(y, A), **own)):
        divergence.append(np.sum(Ax - y * np.log(Ax)))
        if k == 60:
            break
    assert np.all(np.diff(divergence) <= 1e-9 * abs(divergence[0]))


def test_a_constant_stays_flat_and_finite():
    y, h = np.full((40, 44), 100.0), sd.psf.gaussian(2.0)
    for k in (20, 100, 500):
        x = sd.richardson_lucy(y, h, num_iter=k)
        assert np.all(np.isfinite(x)) and np.abs(x - 100).max() < 5


def test_an_even_kernel_does_not_drift():
    x = np.zeros((31, 30))
    x[15, 14] = 100.0
    A = sd.Convolution(np.ones((4, 4)) / 16, x.shape, "zero")
    found = sd.richardson_lucy(A(x), A, num_iter=200)
    rows, columns = np.indices(x.shape)
    assert np.sum(found * rows) / found.sum() == pytest.approx(15, abs=0.05)
    assert np.sum(found * columns) / found.sum() == pytest.approx(14, abs=0.05)


def test_dead_samples_do_not_matter():
    y, h = data(), sd.psf.gaussian(1.2)
    mask = np.ones(y.shape)
    mask[10:13, 5:7] = 0
    found = []
    for garbage in (0.0, 1e5):
        bad = np.where(mask > 0, y, garbage)
        found.append(sd.richardson_lucy(bad, h, mask=mask, num_iter=20))
    np.testing.assert_array_equal(*found)
    assert np.all(np.isfinite(found[0])) and found[0].max() < 1000


def test_the_start_is_kept_where_nothing_is_seen():
    y, h = data(), np.ones((3, 3)) / 9
    mask = np.ones(y.shape)
    mask[8:20, 8:20] = 0
    x = sd.richardson_lucy(y, h, mask=mask, num_iter=10)
    hole, edge = x[10:18, 10:18], x[8:20, 8]
    np.testing.assert_allclose(hole, hole[0, 0])
    assert 0.8 * y.mean() < hole[0, 0] < 1.2 * y.mean() and np.ptp(edge) > 0
    start = 1 + np.arange(y.size, dtype=float).reshape(y.shape)
    x = sd.richardson_lucy(y, h, mask=mask, start=start, num_iter=10)
    np.testing.assert_array_equal(x[10:18, 10:18], start[10:18, 10:18])
    dark = sd.richardson_lucy(y, h, mask=mask, start=0 * start, num_iter=2)
    assert not dark.any()


def beside(ndim, level=10.0):
    """Return data of a star that saturates, their kernel, the scene, and the good samples."""
    shape = (61,) if ndim == 1 else (25, 24, 26)[:ndim] if ndim == 3 else (48, 45)
    h = 1 / (1 + np.sum((np.indices((13,) * ndim) - 6.0) ** 2, axis=0) / 9) ** 3
    A = sd.Convolution.for_data(h / h.sum(), shape)
    x = np.full(A.shape, level)
    x[tuple(n // 2 for n in A.shape)] = 2000 * level
    y = A(x)
    return y, A.psf, x[A.window], y < 0.4 * y.max()


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_a_masked_star_is_gathered_as_fast_as_one_that_is_seen(ndim):
    y, h, truth, good = beside(ndim)
    assert not good.all()
    clean = sd.richardson_lucy(y, h, num_iter=10)
    found = sd.richardson_lucy(np.where(good, y, 0), h, mask=good * 1.0, num_iter=10)
    flat = np.full_like(y, y[good].mean())
    slow = sd.richardson_lucy(y * good, h, mask=good * 1.0, start=flat, num_iter=10)
    error = [float(np.sum((x - truth)[good] ** 2)) for x in (clean, found, slow)]
    assert error[1] < 0.9 * min(error[0], error[2])


def test_a_mask_that_hides_no_star_starts_flat():
    y, h, _, good = beside(2)
    options = {"num_iter": 0, "boundary": "zero"}
    for mask in (np.ones(y.shape), np.full(y.shape, 0.5), np.indices(y.shape).sum(0) % 2 * 1.0):
        x = sd.richardson_lucy(y, h, mask=mask, **options)
        np.testing.assert_allclose(x, x[0, 0], rtol=1e-12)
    even = np.full(y.shape, 7.0)
    x = sd.richardson_lucy(even, h, mask=good * 1.0, **options)
    np.testing.assert_allclose(x, x[0, 0], rtol=1e-12)
    x = sd.richardson_lucy(y * good, h, mask=good * 1.0, **options)
    assert x.argmax() == y.argmax() and x.max() > 10 * x[0, 0]
    assert x[0, 0] == x[2, 3] and x.min() == x[0, 0]
    z = sd.richardson_lucy(8 * y * good, h, mask=good * 1.0, **options)
    np.testing.assert_allclose(z, 8 * x, rtol=1e-12)
    start = sd.richardson_lucy(y * good, h, mask=good * 1.0, start=even, num_iter=0)
    np.testing.assert_array_equal(start, even)


def test_background_and_start():
    x = np.zeros((30, 31))
    x[12, 17] = 500.0
    h = sd.psf.gaussian(1.5)
    A = sd.Convolution.for_data(h, x.shape, boundary="zero")
    y = A(x) + 20
    with_background = sd.richardson_lucy(y, A, background=20.0, num_iter=100)
    without = sd.richardson_lucy(y, A, num_iter=100)
    assert np.median(with_background) < 0.5 < 10 < np.median(without)
    again = sd.richardson_lucy(y, A, background=20.0, start=with_background, num_iter=0)
    np.testing.assert_allclose(again, with_background)
    # The start has the light of the scene alone; some of it where the background explains it all.
    flat = sd.richardson_lucy(y, h, boundary="periodic", background=20.0, num_iter=0)
    np.testing.assert_allclose(flat, y.mean() - 20, rtol=1e-9)
    assert sd.richardson_lucy(y, h, background=30.0, num_iter=3).min() > 0
    for bad in ({"background": -1.0}, {"start": -np.ones(x.shape)}, {"background": np.ones(3)}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            sd.richardson_lucy(y, A, **bad)


def test_negative_data_are_legal_and_the_estimate_is_not_negative():
    y = data() - 38
    assert y.min() < 0 < y.sum()
    x = sd.richardson_lucy(y, sd.psf.gaussian(1.0))
    assert np.all(np.isfinite(x)) and x.min() >= 0
    with pytest.raises(ValueError, match="negative sum"):
        sd.richardson_lucy(-y, sd.psf.gaussian(1.0))
    with pytest.raises(ValueError, match="psf has negative values"):
        sd.richardson_lucy(data(), [[0.5, -0.5]])
    with pytest.raises(TypeError, match="complex"):
        sd.richardson_lucy(data() + 1j, sd.psf.gaussian(1.0))


@pytest.mark.slow
def test_better_than_the_best_of_a_zero_border():
    psf = sd.psf.gaussian(2.0)
    obs = sd.simulate(sd.datasets.camera(), psf, noise="poisson:1000", rng=0)
    truth, y = obs.truth_window, obs.y
    inside = (slice(17, -17), slice(17, -17))

    def peer(k):
        return (
            skimage.restoration.richardson_lucy(y / y.max(), psf, num_iter=k, clip=False) * y.max()
        )

    psnr = sd.metrics.psnr
    x = sd.richardson_lucy(y, psf, num_iter=20)
    best = max(psnr(truth, peer(k)) for k in (1, 2, 3, 4, 5))
    at_20 = peer(20)
    assert psnr(truth, x) >= best + 2.5
    assert psnr(truth, x) >= psnr(truth, at_20) + 7
    assert psnr(truth[inside], x[inside]) >= psnr(truth[inside], at_20[inside]) - 0.005

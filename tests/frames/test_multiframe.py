"""Several frames: the operator, the shifts, what does not fit the others, and the scene."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.frames import align, drizzle, frame_operator, moved_kernel

pytestmark = pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")

PSF = sd.psf.gaussian(1.5)
HALF = np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.5], [0.5, 0.5]])


def counts(at, size=64, mean=400, name="coins", seed=0):
    """Return frames of counts, the scene where the first one looks, and their operator."""
    A = frame_operator((size, size), [PSF] * len(at), at, (2, 2))
    x = sd.datasets.load(name)[60 : 60 + A.shape[0], 60 : 60 + A.shape[1]]
    x = x * (mean / x.mean())
    return np.random.default_rng(seed).poisson(A(x)).astype(float), x[A.window], A


def test_a_frame_is_the_scene_at_its_own_places():
    """A Gaussian scene through a Gaussian pixel, in closed form at any shift."""
    at = np.array([[0, 0], [0.5, 0], [0.3, 1.7], [-2.2, -0.1]])
    A = frame_operator((20, 18), [PSF] * 4, at, (2, 2))
    assert sd.dot_test(A).error < 1e-13
    places = [np.arange(n) - w.start for n, w in zip(A.shape, A.window, strict=True)]
    i, j = np.meshgrid(*places, indexing="ij")
    seen = A(np.exp(-((i - 17) ** 2 + (j - 20) ** 2) / 18))
    wide = 9 + 1.5**2 + 1 / 12  # that of the pixel
    for k, s in enumerate(at):
        m, n = np.meshgrid(2 * (np.arange(20) + s[0]), 2 * (np.arange(18) + s[1]), indexing="ij")
        expected = 9 / wide * np.exp(-((m - 17) ** 2 + (n - 20) ** 2) / (2 * wide))
        assert np.abs(seen[k] - expected).max() < 3e-4


@pytest.mark.parametrize("ndim", [1, 3])
def test_frames_have_any_number_of_axes(ndim, rng):
    psf, shape = sd.psf.gaussian(1.0, ndim=ndim), (6,) * ndim
    A = frame_operator(shape, [psf, psf], rng.uniform(-1, 1, (2, ndim)), (2,) * ndim)
    assert sd.dot_test(A).error < 1e-13
    assert tuple(w.stop - w.start for w in A.window) == (12,) * ndim


def test_moved_kernels_keep_sum_and_sign():
    moved = moved_kernel(PSF, (0.3, -0.5))
    at = [np.arange(n) - n // 2 for n in moved.shape]
    assert moved.sum() == pytest.approx(1) and moved.min() >= 0
    assert moved.sum(axis=1) @ at[0] == pytest.approx(0.3, abs=2e-3)
    assert moved.sum(axis=0) @ at[1] == pytest.approx(-0.5, abs=2e-3)


@pytest.mark.parametrize("seed", [0, 1])
def test_shifts_are_found_to_hundredths(seed):
    at = HALF if seed == 0 else np.random.default_rng(3).uniform(-4, 4, (4, 2))
    at = at - at[0]
    y, _, _ = counts(at, size=80, seed=seed)
    found = align(list(y), [PSF] * 4, (2, 2))
    assert np.abs(found.shifts - found.shifts[0] - at).max() < 0.02
    np.testing.assert_allclose(found.noise, np.sqrt(y.mean(axis=(1, 2))), rtol=0.2)


def test_found_shifts_are_as_good_as_known_ones():
    y, x, _ = counts(HALF, size=40)
    quality = {}
    for shifts in ("auto", HALF):
        result = sd.multiframe(y, PSF, shifts=shifts, method="richardson_lucy", num_iter=10)
        quality[isinstance(shifts, str)] = sd.metrics.psnr(x, result.x)
    assert abs(quality[True] - quality[False]) < 0.2
    assert quality[True] > sd.metrics.psnr(x, drizzle(y, HALF)) + 1


def test_a_function_by_name_takes_the_same_frames():
    y, _, _ = counts(HALF, size=24)
    obs, found = sd.frames.observe_frames(y, [PSF] * 4, shifts=HALF)
    x = sd.cgls(obs.y, obs.A, num_iter=5)
    result = sd.multiframe(list(y), PSF, shifts=HALF, method="cgls", num_iter=5)
    np.testing.assert_array_equal(x, result.x)
    np.testing.assert_array_equal(found["shifts"], result.parameters["shifts"])


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["track", "shuffled", "loud"])
def test_one_ruined_frame_of_nine_costs_no_more_than_its_light(fault):
    at = np.array([[a / 3, b / 3] for a in range(3) for b in range(3)])
    y, x, _ = counts(at, size=48, name="camera")
    spoilt, rng = y.copy(), np.random.default_rng(5)
    if fault == "track":
        for t in range(2):
            spoilt[4][np.clip(20 + t + np.arange(48) // 2, 0, 47), np.arange(48)] += 3000
    elif fault == "shuffled":
        spoilt[4] = rng.permutation(y[4].ravel()).reshape(48, 48)
    else:
        spoilt[4] += rng.normal(0, 200, (48, 48))
    quality = [
        sd.metrics.psnr(x, sd.multiframe(f, PSF, method="richardson_lucy", num_iter=10).x)
        for f in (np.delete(y, 4, axis=0), spoilt)
    ]
    assert quality[1] > quality[0] - 0.1


def test_grounds_are_brought_to_that_of_the_first():
    y, _, _ = counts(HALF, size=32)
    moved = y + np.array([0.0, 50.0, 0.0, -30.0])[:, None, None]
    _, found = sd.frames.observe_frames(moved, PSF, shifts=HALF)
    np.testing.assert_allclose(found["ground"], [0, 50, 0, -30], atol=8)


def test_drizzle_is_the_mean_of_what_falls():
    whole = np.array([[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]])
    np.testing.assert_allclose(drizzle(whole, [[0.0], [0.5]], drop=0.5), [1, 2, 3, 4, 5, 6])
    flat = np.ones((4, 9, 8))
    np.testing.assert_allclose(drizzle(flat, HALF), 1)
    np.testing.assert_allclose(drizzle(flat, HALF, kernel=PSF), 1)


def test_what_does_not_fit_says_so():
    y = np.ones((2, 8, 8))
    with pytest.raises(ValueError, match="expected two or more"):
        sd.multiframe(y[:1], PSF)
    with pytest.raises(ValueError, match=r"frames\[1\] has shape"):
        sd.multiframe([y[0], y[1][:5]], PSF)
    with pytest.raises(ValueError, match="psfs holds 3; expected one for all, or 2"):
        sd.multiframe(y, [PSF] * 3)
    with pytest.raises(ValueError, match=r"shifts has shape \(2,\); expected \(2, 2\)"):
        sd.multiframe(y, PSF, shifts=[0.0, 0.5])
    with pytest.raises(ValueError, match="or 'auto'; got 'best'"):
        sd.multiframe(y, PSF, shifts="best")
    with pytest.raises(TypeError, match="wiener needs a convolution"):
        sd.multiframe(y, PSF, shifts=HALF[:2], method="wiener")

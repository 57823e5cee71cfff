"""Richardson-Lucy's other parts: likelihood, damping, read-out noise, views, projectors."""

import dataclasses
import tracemalloc

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv import _fft
from sigdeconv.solvers.em.acceleration import ACCELERATIONS
from sigdeconv.solvers.em.back_projector import wiener_butterworth
from sigdeconv.solvers.em.blocks import Blocks
from sigdeconv.solvers.em.map import Rows
from sigdeconv.solvers.em.poisson import PoissonData
from sigdeconv.solvers.em.projector import GridProjector, make_projector
from tests.solvers._counts import kernel, matrix, small, solve

# Kernels here have sums of all kinds.
pytestmark = pytest.mark.filterwarnings("ignore:psf sums to")


@pytest.mark.parametrize("unit", [1e-15, 1.0, 1e6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("low", [-3.0, 0.0, 1.0])
def test_the_likelihood_is_that_of_its_formula(low, dtype, unit):
    rng = np.random.default_rng(6)
    y = (np.maximum(rng.poisson(4.0, (9, 8)) + low - 1, low) * unit).astype(dtype)
    m = (unit * (1 + 5 * rng.random((9, 8)))).astype(dtype)
    exact = sum(
        b - a - (a * np.log(b / abs(a)) if a else 0.0)
        for a, b in zip(y.ravel().astype(float), m.ravel().astype(float), strict=True)
    )
    found = PoissonData(y, None, 0.0, Blocks(1)).divergence(m)
    assert found == pytest.approx(exact, rel=1e-5 if dtype is np.float32 else 1e-12)


@pytest.mark.parametrize("damping", [1.0, 3.0])
def test_the_damped_ratio_is_the_slope_of_the_damped_likelihood(damping):
    rng = np.random.default_rng(3)
    y, m = rng.poisson(20.0, (9, 8)).astype(float), 5 + 30 * rng.random((9, 8))
    data = PoissonData(y, None, damping, Blocks(1))
    ratio = m.copy()
    data.divide_into(ratio, ...)
    for at in ((0, 0), (4, 4), (8, 7)):
        up, low = m.copy(), m.copy()
        up[at] += 1e-5
        low[at] -= 1e-5
        slope = (data.divergence(up) - data.divergence(low)) / 2e-5
        assert slope == pytest.approx(1 - ratio[at], abs=1e-5)


def test_damping_leaves_a_flat_noisy_scene_flat():
    y = np.random.default_rng(4).poisson(100.0, (40, 40)).astype(float)
    h = sd.psf.gaussian(1.5)
    plain, damped = (sd.richardson_lucy(y, h, num_iter=60, damping=d) for d in (0.0, 3.0))
    assert damped.std() < 0.4 * plain.std()


def test_readout_noise_and_background_are_a_shifted_poisson():
    y, A = small()
    y = y + np.random.default_rng(5).normal(0, 3, y.shape)
    background = 2 * np.random.default_rng(6).random(y.shape)
    dense, gain = matrix(A), A.adjoint(np.ones(y.shape)).ravel()
    gain[gain < 1e-3 * gain.max()] = np.inf  # not seen: stays dark
    some = np.isfinite(gain)
    x = np.where(some, 1.0, 0.0)
    x *= (y - background).sum() / gain[some].sum()
    for _ in range(7):
        mean = dense @ x + background.ravel() + 9
        x = x / gain * (dense.T @ ((y.ravel() + 9) / mean))
    found = solve(y, A, readout_noise=3.0, background=background, num_iter=7).domain.ravel()
    np.testing.assert_allclose(found[some], x[some], rtol=1e-10)


@pytest.mark.parametrize("boundary", ["unknown", "reflect"])
def test_a_view_may_come_with_its_kernel(boundary):
    scene = 50 * np.random.default_rng(0).random((30, 31))
    long, flat = kernel((6, 3)), kernel((2, 3))
    A = sd.Convolution.for_data(long, (20, 21), boundary=boundary)
    whole = {h.shape: sd.Convolution(h, scene.shape, "periodic")(scene) for h in (long, flat)}
    y, z = (whole[h.shape][5:25, 5:26] for h in (long, flat))
    both = sd.richardson_lucy(y, A, views=[(z, flat)], num_iter=60)
    alone = sd.richardson_lucy(y, A, num_iter=60)
    truth = scene[5:25, 5:26]
    error, single = (np.linalg.norm(x[4:-4, 4:-4] - truth[4:-4, 4:-4]) for x in (both, alone))
    assert error < 0.8 * single  # a slip of one sample between the views would undo this


def test_views_are_one_tall_operator():
    y, A = small()
    B = sd.Convolution(kernel((3, 2)), A.shape, "unknown")
    z = np.random.default_rng(7).poisson(40.0, B.out_shape).astype(float)
    tall = np.vstack([matrix(A), matrix(B)])
    counts, gain = np.concatenate([y.ravel(), z.ravel()]), tall.sum(0)
    x = np.full(gain.size, counts.sum() / gain.sum())
    for _ in range(9):
        x = x / gain * (tall.T @ (counts / (tall @ x)))
    found = solve(y, A, views=[(z, B)], num_iter=9).domain.ravel()
    np.testing.assert_allclose(found, x, rtol=1e-9)


@pytest.mark.parametrize("shape", [(23, 30), (30, 23), (9, 12, 11)])
@pytest.mark.parametrize("boundary", ["unknown", "zero", "periodic"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("engine", ["scipy", "pyfftw"])
def test_three_passes_give_the_numbers_of_the_operator(
    shape, boundary, masked, engine, monkeypatch
):
    if engine == "pyfftw":
        pytest.importorskip("pyfftw")
    monkeypatch.setenv("SIGDECONV_FFT", engine)
    rng = np.random.default_rng(8)
    mask = rng.random(shape) if masked else None
    h = kernel((4, 5) if len(shape) == 2 else (4, 3, 5))
    A = sd.Convolution.for_data(h, shape, boundary=boundary, mask=mask, path="fft")
    for workers, dtype, tolerance in ((1, float, 1e-13), (2, float, 1e-13), (1, "f4", 1e-5)):
        x, y = rng.random(A.shape).astype(dtype), rng.random(shape).astype(dtype)
        found = make_projector(A, y, Blocks(workers), None)
        assert isinstance(found, GridProjector)
        Ax, z = found.forward(x), found.adjoint(y.copy())
        assert Ax.dtype == z.dtype == np.dtype(dtype)
        np.testing.assert_allclose(Ax, A.forward(x), rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(z, A.adjoint(y), rtol=tolerance, atol=tolerance)
        left, right = np.vdot(found.forward(x), y), np.vdot(x, found.adjoint(y.copy()))
        assert left == pytest.approx(right, rel=100 * tolerance)


@pytest.mark.parametrize("acceleration", ACCELERATIONS)
def test_any_back_projector_keeps_a_perfect_fit(acceleration):
    A = sd.Convolution.for_data(sd.psf.gaussian(1.5), (30, 28), boundary="periodic")
    x = 10 + np.add.outer(np.sin(np.arange(A.shape[0]) / 5), np.cos(np.arange(A.shape[1]) / 7))
    options = {"start": x, "num_iter": 3, "back_projector": "wiener-butterworth"}
    found = solve(A(x), A, acceleration=acceleration, **options).x
    np.testing.assert_allclose(found, x[A.window], rtol=1e-6)


def test_the_other_back_projector_has_the_gain_of_the_adjoint():
    A = sd.Convolution.for_data(sd.psf.gaussian(2.0), (40, 37))
    back, otf = wiener_butterworth(A, np.zeros(1)), A.transfer(np.zeros(1))
    assert back.flat[0] == pytest.approx(np.conj(otf.flat[0]), rel=1e-3)


@pytest.mark.parametrize("boundary", ["unknown", "reflect", "periodic", "zero"])
@pytest.mark.parametrize("centre", [None, (1, 7)])
def test_the_other_back_projector_is_a_filter_of_what_goes_on(boundary, centre):
    h = kernel((6, 9))
    A = sd.Convolution.for_data(h, (40, 37), boundary=boundary, centre=centre)
    y = np.random.default_rng(9).random(A.out_shape)
    back = wiener_butterworth(A, np.zeros(1))
    z = make_projector(A, y, Blocks(1), back).adjoint(y.copy())
    # The same far from where a grid wraps: on more of what goes on, and the scene as large as that.
    room = 0 if boundary == "periodic" else 40
    full_spectrum = np.pad(y, room, mode="edge")
    far = sd.Convolution.for_data(h, full_spectrum.shape, boundary="periodic", centre=centre)
    whole = make_projector(far, full_spectrum, Blocks(1), wiener_butterworth(far, np.zeros(1)))
    expected = whole.adjoint(full_spectrum.copy())[tuple(slice(room, room + n) for n in y.shape)]
    inside = (slice(12, -12), slice(12, -12))
    found, expected = z[A.window][inside], expected[inside]
    assert np.linalg.norm(found - expected) < 0.05 * np.linalg.norm(expected)


@pytest.mark.parametrize("boundary", ["unknown", "reflect"])
def test_the_other_back_projector_bears_the_border(boundary, photograph):
    truth, y, psf = photograph.truth_window, photograph.y, photograph.A.psf
    options = {"boundary": boundary, "back_projector": "wiener-butterworth"}
    fast = [
        sd.metrics.psnr(truth, sd.richardson_lucy(y, psf, num_iter=k, **options)) for k in (1, 20)
    ]
    slow = sd.metrics.psnr(truth, sd.richardson_lucy(y, psf, num_iter=2))
    # With zeros beyond the border it rang, and fell below the data by many dB.
    assert fast[0] > slow and fast[1] > sd.metrics.psnr(truth, y)


def test_threads_and_engines_do_not_change_an_estimate(monkeypatch):
    pytest.importorskip("pyfftw")
    y = np.random.default_rng(10).poisson(30.0, (300, 400)).astype(float)
    found = []
    for engine, workers in (("scipy", 1), ("scipy", 2), ("pyfftw", 1)):
        monkeypatch.setenv("SIGDECONV_FFT", engine)
        found.append(sd.richardson_lucy(y, kernel((12, 13)), num_iter=5, workers=workers))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_allclose(found[0], found[2], rtol=1e-9)
    monkeypatch.setenv("SIGDECONV_FFT", "fftw")
    with pytest.raises(ValueError, match="SIGDECONV_FFT must be one of scipy, pyfftw"):
        _fft.passes((8, 8), np.float64)


def test_rows_that_repeat_are_kept_once():
    rng = np.random.default_rng(12)
    array = np.repeat(rng.random((3, 7)), (40, 1, 59), axis=0)
    rows = Rows(array * (1 + 2e-16 * rng.standard_normal(array.shape)))
    assert rows.array.shape == (3, 7)
    for some in (slice(0, 5), slice(38, 44), slice(99, 100)):
        found = np.broadcast_to(rows[some, ...], array[some].shape)
        np.testing.assert_allclose(found, array[some], rtol=1e-13)
    other = rng.random((100, 7))
    np.testing.assert_array_equal(Rows(other)[slice(3, 9), ...], other[3:9])


@pytest.mark.parametrize(
    ("engine", "shape", "most"), [("scipy", (616, 600), 5.0), ("pyfftw", (1016, 1000), 5.6)]
)
def test_the_peak_of_memory_is_below_six_images(engine, shape, most, monkeypatch):
    pytest.importorskip(engine)
    monkeypatch.setenv("SIGDECONV_FFT", engine)
    y = np.random.default_rng(13).poisson(50.0, shape).astype(np.float32)
    h = sd.psf.gaussian(3.0, shape=(25, 25)).astype(np.float32)
    sd.richardson_lucy(y[:40, :40], h[:3, :3], num_iter=1)  # loads what it needs
    tracemalloc.start()
    try:
        sd.richardson_lucy(y, h, num_iter=3)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak / y.nbytes < most  # beside the data


@pytest.mark.parametrize("path", ["direct", "fft"])
def test_an_even_asymmetric_stack_converges_to_the_truth(path):
    truth = np.zeros((20, 22, 24))
    truth[6:12, 5:11, 8:15] = np.random.default_rng(11).random((6, 6, 7))
    A = sd.Convolution(kernel((4, 4, 6)), truth.shape, "zero", centre=(1, 2, 2))
    # Directly the dark is zero; a transform leaves rounding there, which is not to be amplified.
    y = dataclasses.replace(A, path=path)(truth).clip(0)
    error = []
    solve(y, A, num_iter=150, callback=lambda k, x: error.append(np.sum((x - truth) ** 2)))
    assert np.all(np.diff(error) < 0) and error[-1] < 0.3 * error[0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"acceleration": "warp"}, "acceleration must be one of none, biggs"),
        ({"regularization": "l1"}, "regularization must be one of none, tv"),
        ({"back_projector": "none"}, "back_projector must be one of exact"),
        ({"weight": -1.0, "regularization": "tv"}, "weight must be .*a finite number"),
        ({"weight": "best"}, "weight must be 'auto' or .* got 'best'"),
        ({"damping": float("inf")}, "damping must be"),
        ({"readout_noise": -1.0}, "readout_noise must be"),
        ({"readout_noise": np.ones(3)}, "readout_noise has shape"),
        ({"views": [np.ones(3)]}, "views.0. must be a pair"),
        ({"views": [(np.ones((6, 7)), np.ones((9, 2)))]}, "widest kernel first"),
        ({"views": [(np.ones((6, 7)), np.ones(2))]}, "must be a kernel with 2 axes"),
    ],
)
def test_bad_parts_are_named(options, words):
    y, A = small()
    with pytest.raises((ValueError, TypeError), match=words):
        sd.richardson_lucy(y, A, **options)

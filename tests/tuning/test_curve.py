"""The tuning curve: its numbers against dense matrices, its rules against the truth."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.sanity import SanityWarning
from sigdeconv.solvers.grid import Frequencies
from sigdeconv.solvers.quadratic.penalty import Roughness
from sigdeconv.tuning.points.quadratic import is_diagonal

WEIGHTS = np.geomspace(1e-3, 10, 7)


def deviations(n):
    """Return the matrix that takes the mean from `n` samples: a penalty of order 0."""
    return np.eye(n) - np.full((n, n), 1 / n)


def dense(linear, shape):
    """Return the matrix of a linear map of arrays of `shape`."""
    units = np.eye(int(np.prod(shape))).reshape((-1, *shape))
    return np.stack([np.asarray(linear(u)).ravel() for u in units], axis=1)


CASES = {
    "periodic": sd.Convolution([[0.1, 0.3, 0.2], [0.0, 0.2, 0.2]], (6, 7), "periodic"),
    "periodic 1-D": sd.Convolution([0.1, 0.5, 0.3, 0.1], (12,), "periodic"),
    "cosine": sd.Convolution(sd.psf.gaussian(0.8, shape=(3, 3)), (6, 7), "reflect"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("order", [0, 1])
def test_exact_numbers_where_the_operator_is_diagonal(name, order):
    A = CASES[name]
    assert is_diagonal(A)
    y = 1 + np.random.default_rng(0).random(A.shape)
    curve = sd.tune(y, A, strengths=WEIGHTS, order=order)
    H = dense(A.forward, A.shape)
    first = np.zeros((0, H.shape[1]))
    if order:
        wrap = "wrap" if A.boundary == "periodic" else "symmetric"
        rows = [
            dense(lambda x, n=n: np.diff(np.pad(x, [(0, 1)] * x.ndim, wrap), axis=n), A.shape)
            for n in range(len(A.shape))
        ]
        first = np.concatenate([_inside(r, A.shape, n) for n, r in enumerate(rows)])
    Q = first.T @ first if order else deviations(H.shape[1])
    for i, w in enumerate(WEIGHTS):
        inverse = np.linalg.solve(H.T @ H + w * Q, H.T)
        x = inverse @ y.ravel()
        r = y.ravel() - H @ x
        assert curve.misfit[i] == pytest.approx(r @ r, rel=1e-8)
        assert curve.penalty[i] == pytest.approx(x @ Q @ x, rel=1e-8, abs=1e-12)
        assert curve.dof[i] == pytest.approx(np.trace(H @ inverse), rel=1e-8)
        score = (r @ r) / y.size / (1 - np.trace(H @ inverse) / y.size) ** 2
        assert curve.scores["gcv"][i] == pytest.approx(score, rel=1e-8)


def _inside(rows, shape, axis):
    """Keep the differences of samples of the domain (the padded axes add repeats)."""
    size = [n + 1 for n in shape]
    size[axis] -= 1
    index = np.arange(rows.shape[0]).reshape(size)
    return rows[index[tuple(slice(0, n) for n in shape)].ravel()]


@pytest.mark.slow
def test_solved_numbers_where_it_is_not():
    rng = np.random.default_rng(1)
    exact = {"tol": 1e-9, "num_iter": 2000}
    A = sd.Convolution(rng.random((3, 4)), (11, 12), "zero")
    y = 1 + rng.random(A.out_shape)
    curve = sd.tune(y, A, strengths=[0.01, 0.1, 1.0], order=0, **exact)
    H = dense(A.forward, A.shape)
    for i, w in enumerate(curve.strengths):
        inverse = np.linalg.solve(H.T @ H + w * deviations(H.shape[1]), H.T)
        r = y.ravel() - H @ (inverse @ y.ravel())
        assert curve.misfit[i] == pytest.approx(r @ r, rel=1e-5)
        assert curve.dof[i] == pytest.approx(np.trace(H @ inverse), rel=0.05)
    A = sd.Convolution.for_data(rng.random((3, 4)), (9, 8))
    y = 1 + rng.random(A.out_shape)
    curve = sd.tune(y, A, strengths=[0.05, 0.2, 0.5], **exact)

    def predicted(data):  # the estimate is linear in the data, whatever the border is
        given = {"weight": float(curve.strengths[1])} | exact
        return A(sd.deconvolve(data.reshape(9, 8), A, method="tikhonov", **given).domain)

    influence = np.stack([predicted(unit).ravel() for unit in np.eye(y.size)], axis=1)
    r = y.ravel() - influence @ y.ravel()
    assert curve.misfit[1] == pytest.approx(r @ r, rel=1e-5)
    assert curve.dof[1] == pytest.approx(np.trace(influence), rel=0.1)


def test_evidence_is_the_likelihood():
    """Of a Gaussian signal of covariance Q^-1 / w, where nothing is known of its mean."""
    rng = np.random.default_rng(2)
    A = sd.Convolution([0.2, 0.5, 0.3], (10,), "periodic")
    y = rng.standard_normal(10)
    curve = sd.tune(y, A, strengths=WEIGHTS, order=0)
    H = dense(A.forward, A.shape)
    for i, w in enumerate(WEIGHTS):
        posterior = H.T @ H + w * deviations(10)
        scale = y @ (y - H @ np.linalg.solve(posterior, H.T @ y)) / 10
        score = 10 * np.log(scale) + np.linalg.slogdet(posterior)[1] - 10 * np.log(w)
        assert 10 * curve.scores["evidence"][i] == pytest.approx(score, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["tikhonov", "wiener"])
@pytest.mark.parametrize("boundary", ["unknown", "periodic", "reflect"])
def test_rules_come_close_to_the_oracle(method, boundary):
    scene = sd.datasets.camera()[100:230, 150:291]
    scene = scene if boundary == "unknown" else scene[:90, :101]
    obs = sd.simulate(scene, sd.psf.disk(3), noise="gaussian:bsnr=30", rng=1, boundary=boundary)
    curve = sd.tune(obs, method=method)
    limit = {"auto": 0.7, "gcv": 0.4, "sure": 0.4, "discrepancy": 1.5, "l-curve": 3.0}
    for rule, most in limit.items():
        assert -0.01 <= curve.loss(rule) < most, rule
    result = curve.result("gcv")
    assert result.parameters["rule"] == "gcv"
    found = sd.metrics.psnr(obs.truth_window, result.x, data_range=np.ptp(obs.truth_window))
    assert found == pytest.approx(float(curve.quality(curve.best["gcv"])), abs=0.1)
    assert "oracle" in str(curve)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:num_iter. rule")  # few iterations are tried
@pytest.mark.parametrize("method", ["cgls", "landweber"])
def test_iterations(method):
    scene = sd.datasets.coins()[:96, :107]
    obs = sd.simulate(scene, sd.psf.gaussian(1.5), noise=0.02, rng=1)
    curve = sd.tune(obs, method=method, strengths=range(1, 40))
    # Conjugate gradients fit noise fast once they start, and Stein's risk is that of the data.
    assert curve.loss("sure") < (2 if method == "cgls" else 0.5)
    assert curve.loss("discrepancy") < 0.5
    assert curve.best["sure"] == int(curve.best["sure"])
    assert np.isnan(curve.best["evidence"]) and "evidence" in curve.notes
    with pytest.raises(ValueError, match="no choice"):
        curve.result("evidence")
    assert curve.result("sure").num_iter == curve.best["sure"]
    assert np.all(np.diff(curve.dof) > -0.02 * curve.samples)


@pytest.mark.slow
def test_truncated_inverse_exactly():
    rng = np.random.default_rng(5)
    A = sd.Convolution(rng.random((3, 4)), (8, 9), "periodic")
    y = 1 + rng.standard_normal(A.shape)
    curve = sd.tune(y, A, "inverse_filter", strengths=[0.05, 0.2, 0.5, 0.9])
    H = dense(A.forward, A.shape)
    for i, t in enumerate(curve.strengths):
        inverse = dense(lambda d, t=t: sd.inverse_filter(d, A, threshold=float(t)), A.shape)
        x = inverse @ y.ravel()
        assert curve.misfit[i] == pytest.approx(np.sum((y.ravel() - H @ x) ** 2), rel=1e-9)
        assert curve.penalty[i] == pytest.approx(x @ x, rel=1e-9)
        assert curve.dof[i] == pytest.approx(np.trace(H @ inverse), rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("boundary", ["unknown", "periodic"])
def test_truncated_inverse_from_the_data(boundary):
    scene = sd.datasets.camera()[100:230, 150:291]
    psf = sd.psf.gaussian(1.5)
    obs = sd.simulate(scene, psf, noise="gaussian:bsnr=30", rng=1, boundary=boundary)
    curve = sd.tune(obs, method="inverse_filter")
    assert curve.parameter == "threshold"
    for rule in ("auto", "gcv", "sure"):
        assert -0.05 <= curve.loss(rule) < 1.0, rule
    found = sd.deconvolve(obs, method="inverse_filter", threshold="auto")
    assert found.parameters["threshold"] == pytest.approx(curve.best["auto"])
    np.testing.assert_array_equal(found.x, curve.result("auto").x)
    before = sd.metrics.psnr(obs.truth_window, obs.y)
    assert sd.metrics.psnr(obs.truth_window, found.x) > before + 1
    with pytest.raises(ValueError, match=r"thresholds in \(0, 1\]; got 2"):
        sd.tune(obs, method="inverse_filter", strengths=[0.1, 1, 2])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["wiener", "tikhonov"])
def test_auto_is_what_the_method_itself_does(method):
    scene = np.zeros((90, 97))
    scene[3:12, 80:96] = 1.0  # bright at the border, where the taper hides it: spectra fitted again
    psf = sd.psf.box(7)
    dark = sd.simulate(scene, psf, noise=0.01, rng=0)
    picture = sd.simulate(sd.datasets.coins()[:90, :97], psf, noise=0.01, rng=0)
    rules = set()
    for obs in (dark, picture):
        own = sd.deconvolve(obs, method=method, tol=1e-5)
        curve = sd.tune(obs, method=method, strengths=[1e-3, 1, 1e3], tol=1e-5)
        assert curve.best["auto"] == pytest.approx(own.parameters["weight"])
        np.testing.assert_allclose(curve.result().x, own.x, atol=1e-3 * np.ptp(own.x))
        rules.add(own.parameters["rule"])
    assert len(rules) == 2


@pytest.mark.slow
def test_guarded_rules_are_never_far_off():
    scene = sd.datasets.page()[:150, :160]
    for psf, level in ((sd.psf.motion(15, 30), 40), (sd.psf.gaussian(2.0), 20)):
        obs = sd.simulate(scene, psf, noise=f"gaussian:bsnr={level}", rng=0)
        for method in ("tikhonov", "wiener"):
            curve = sd.tune(obs, method=method, strengths=np.geomspace(1e-6, 1e3, 28))
            assert curve.loss("evidence") < 2 and curve.loss("l-curve") < 2


@pytest.mark.slow
def test_masks_colours_of_noise_and_no_truth():
    rng = np.random.default_rng(0)
    scene = sd.datasets.coins()[:80, :81]
    obs = sd.simulate(scene, sd.psf.gaussian(1.2), noise=0.01, rng=1)
    mask = (rng.random(obs.y.shape) > 0.1).astype(float)
    curve = sd.tune(obs.y, sd.psf.gaussian(1.2), mask=mask, strengths=np.geomspace(1e-4, 1, 9))
    assert curve.samples == pytest.approx(mask.sum())
    assert curve.psnr is None and "oracle" not in curve.best
    with pytest.raises(ValueError, match="truth"):
        curve.loss("gcv")
    told = sd.tune(obs.y, sd.psf.gaussian(1.2), noise=0.02, strengths=[0.01, 0.1, 1])
    assert told.noise_std == pytest.approx(0.02)


@pytest.mark.slow
def test_says_when_the_range_was_too_small():
    obs = sd.simulate(sd.datasets.coins()[:64, :64], sd.psf.gaussian(1.5), noise=0.02, rng=0)
    curve = sd.tune(obs, strengths=[10, 20, 40])
    assert "end of the range" in curve.notes["gcv"]
    with pytest.warns(SanityWarning, match="end of the range.*strengths="):
        curve.result("gcv")


@pytest.mark.parametrize(
    ("error", "words", "change"),
    [
        (ValueError, "method must be one of", {"method": "richardson"}),
        (ValueError, "strengths must be", {"strengths": [1.0, -1.0, 2.0]}),
        (ValueError, "noise must be", {"noise": -1.0}),
        (ValueError, r"truth has shape", {"truth": np.ones(3)}),
        (TypeError, "no parameter 'weight'", {"weight": 3.0}),
    ],
)
def test_bad_input_is_named(error, words, change):
    with pytest.raises(error, match=words):
        sd.tune(np.random.default_rng(0).random(40), np.ones(3) / 3, **change)


def test_the_penalty_of_an_order():
    q = Roughness(2).on(Frequencies((8,), half=False))
    assert q[0] == 0 and q[4] == pytest.approx(16)
    assert Roughness(0).on(Frequencies((8,), half=False)).tolist() == [0] + [1] * 7


@pytest.mark.slow
def test_error_bars_cover():
    f = np.hypot(np.fft.fftfreq(160)[:, None], np.fft.fftfreq(160))

    def spectrum(f):
        return 1 / (1 + (f / 0.05) ** 2) ** 1.5

    shares = []
    for seed in range(6):
        white = np.random.default_rng(seed).standard_normal((160, 160))
        x = np.fft.ifft2(np.fft.fft2(white) * np.sqrt(spectrum(f))).real
        boundary = ("unknown", "periodic", "reflect")[seed % 3]
        scene = x if boundary == "periodic" else x[:120, :130]
        noise = sd.Gaussian(0.05)
        obs = sd.simulate(
            scene, sd.psf.gaussian(1.5), noise=noise, rng=100 + seed, boundary=boundary
        )
        told = sd.deconvolve(obs, method="wiener", noise=0.05, signal_spectrum=spectrum)
        z = np.abs(told.x - obs.truth_window) / told.std
        assert 0.64 < np.mean(z < 1) < 0.72, boundary
        assert 0.93 < np.mean(z < 1.96) < 0.97, boundary
        # Spectra found from the data are uncertain themselves; so are the bars, scene by scene.
        found = sd.deconvolve(obs, method="wiener")
        z = np.abs(found.x - obs.truth_window) / found.std
        shares.append((np.mean(z < 1), np.mean(z < 1.96)))
        # The penalty of roughness is not the signal's spectrum; the bars are for the latter.
        rough = sd.deconvolve(obs, method="tikhonov", order=2)
        assert rough.std.mean() == pytest.approx(found.std.mean(), rel=0.03), boundary
    one, two = np.mean(shares, axis=0)
    assert 0.60 < one < 0.76
    assert 0.90 < two < 0.98
    with pytest.raises(ValueError, match="no error bars"):
        _ = sd.deconvolve(obs, method="landweber").std


@pytest.mark.slow
def test_error_bars_of_tikhonov_are_not_those_of_its_penalty():
    obs = sd.simulate(
        sd.datasets.microaneurysms(), sd.psf.gaussian(1.5), noise="gaussian:bsnr=30", rng=0
    )
    for method in ("tikhonov", "wiener"):
        result = sd.deconvolve(obs, method=method)
        error = float(np.std(result.x - obs.truth_window))
        assert 0.9 < result.std.mean() / error < 1.3  # the penalty itself would say 1.8


@pytest.mark.slow
def test_error_bars_grow_at_holes_and_borders():
    scene = sd.datasets.coins()[:70, :75]
    obs = sd.simulate(scene, sd.psf.gaussian(1.5), noise=0.01, rng=0)
    mask = np.ones(obs.y.shape)
    mask[20:30, 20:30] = 0
    std = sd.deconvolve(obs.y, sd.psf.gaussian(1.5), method="wiener", mask=mask).std
    assert std.shape == obs.y.shape
    assert std[25, 25] > 1.3 * std[45, 45]
    assert std[0, 0] > 1.1 * std[45, 45]


@pytest.mark.slow
def test_total_variation_has_a_curve():
    scene, psf = sd.datasets.camera()[40:110, 140:210], sd.psf.box(5)
    obs = sd.simulate(scene, psf, noise="gaussian:bsnr=25", rng=0)
    held = {"kind": "anisotropic", "nonnegative": True}
    weights = np.geomspace(3e-4, 0.1, 7)
    curve = sd.tune(obs, method="tv", strengths=weights, **held)
    assert curve.loss("auto") < 0.3 and curve.loss("sure") < 0.8
    assert np.all(np.diff(curve.misfit) > 0) and np.all(np.diff(curve.penalty) < 0)
    assert np.all(np.diff(curve.dof) < 0) and 0 < curve.dof[-1] < curve.samples / 20
    alone = sd.deconvolve(obs, method="tv", weight=weights[3], **held)
    misfit = np.sum((obs.A(alone.domain) - obs.y) ** 2)
    assert curve.misfit[3] == pytest.approx(misfit, rel=0.02)
    # A point of the curve takes fewer steps.
    assert curve.psnr[3] == pytest.approx(sd.metrics.psnr(obs.truth_window, alone.x), abs=0.2)
    assert curve.result().parameters["weight"] == curve.best["auto"]
    with pytest.raises(ValueError, match="loss"):
        sd.tune(obs, method="tv", loss="l1")
    with pytest.raises(TypeError, match="weight"):
        sd.tune(obs, method="tv", weight=1.0)


@pytest.mark.slow
def test_dof_of_anisotropic_total_variation_count_its_pieces():
    """Tibshirani & Taylor 2012, doi:10.1214/12-AOS1003: in denoising, the number of flat pieces."""
    rng = np.random.default_rng(5)
    y = np.repeat([0.0, 3.0, 1.0, 4.0], 60) + 0.2 * rng.standard_normal(240)
    obs = sd.Observation(y, sd.Convolution.for_data(np.ones(1), y.shape, boundary="reflect"))
    found = [
        sd.tune(obs, method="tv", strengths=[0.5, 1.0, 2.0], noise=0.2, rng=k).dof[-1]
        for k in range(8)
    ]
    x = sd.tv(y, obs.A, weight=2.0, accuracy=0, num_iter=2000)
    pieces = 1 + np.sum(np.abs(np.diff(x)) > 1e-3)
    assert np.mean(found) == pytest.approx(pieces, rel=0.5)

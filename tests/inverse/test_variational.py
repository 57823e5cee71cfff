"""Total variation against scipy's minimiser of the same smooth objective; the weight; the words."""

import numpy as np
import pytest
from scipy.optimize import minimize

import sigdeconv as sd
from sigdeconv.priors import TV
from sigdeconv.stopping import StopReason

EDGE = 3.0  # the Huber norm is smooth, so a quasi-Newton method finds its minimum


def problem(rng, boundary):
    """Return 16 x 17 counts of a scene of blocks, and the operator with an asymmetric kernel."""
    scene = np.full((16, 17), 20.0)
    scene[4:11, 5:12] = 60.0
    scene[9:, 12:] = 35.0
    psf = rng.random((3, 4))
    A = sd.Convolution.for_data(psf / psf.sum(), scene.shape, boundary=boundary)
    return rng.poisson(A(scene)).astype(float), A


def misfit(loss, z, y):
    """Return the data term and its slope."""
    r = z - y
    if loss == "gaussian":
        return np.sum(r**2) / 2, r
    if loss == "poisson":  # with a background of 2
        return np.sum(z + 2 - y * np.log(z + 2)), 1 - y / (z + 2)
    return np.sum(np.where(abs(r) < 4, r**2 / 2, 4 * abs(r) - 8)), np.clip(r, -4, 4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "boundary", "weight"),
    [("gaussian", "periodic", 3.0), ("poisson", "periodic", 0.1), ("huber", "periodic", 2.0),
     ("gaussian", "reflect", 3.0), ("gaussian", "zero", 3.0), ("poisson", "mirror", 0.1)],
)  # fmt: skip
def test_objective_of_scipy(loss, boundary, weight, rng):
    y, A = problem(rng, boundary)
    around = "periodic" if boundary == "periodic" else "reflect"
    D = sd.Difference(A.shape, boundary=around)

    def objective(flat):
        x = flat.reshape(A.shape)
        value, slope = misfit(loss, A(x), y)
        d = D(x)
        size = np.sqrt(np.sum(d**2, axis=0))
        price = np.where(size < EDGE, size**2 / (2 * EDGE), size - EDGE / 2)
        down = A.adjoint(slope) + weight * D.adjoint(d / np.maximum(size, EDGE))
        return value + weight * np.sum(price), down.ravel()

    start = np.full(y.size, y.mean())
    best = minimize(objective, start, jac=True, method="L-BFGS-B",
                    options={"maxiter": 3000, "ftol": 1e-14, "gtol": 1e-8})  # fmt: skip
    options = {"background": 2.0} if loss == "poisson" else {}
    options |= {"delta": 4.0} if loss == "huber" else {}
    x = sd.tv(y, A, weight=weight, loss=loss, kind="huber", edge=EDGE, accuracy=0, num_iter=600,
              **options)  # fmt: skip
    assert abs(objective(x.ravel())[0] - best.fun) <= 1e-5 * abs(best.fun)


@pytest.mark.slow
def test_weight_near_the_best_of_all():
    scene = sd.datasets.camera()[40:168, 140:268]
    for noise in ("gaussian:bsnr=20", "gaussian:bsnr=35"):
        obs = sd.simulate(scene, sd.psf.gaussian(1.6), noise=noise, rng=0)
        found = sd.deconvolve(obs, method="tv")
        middle = found.parameters["weight"]
        best = max(
            sd.metrics.psnr(obs.truth_window, sd.tv(obs.y, obs.A, weight=middle * f))
            for f in (1 / 4, 1 / 2, 1, 2)
        )
        assert sd.metrics.psnr(obs.truth_window, found.x) > best - 0.5
        level = obs.noise.sigma_of(obs.A(obs.truth))
        assert abs(found.parameters["noise_std"] / level - 1) < 0.1
        assert found.stop in (StopReason.BELOW_NOISE, StopReason.CONVERGED)


def test_spacing_and_options_are_felt(rng):
    y = rng.random((9, 10, 11))
    x = [sd.tv(y, np.ones((1, 1, 1)), weight=0.2, spacing=s) for s in (None, (1, 1, 1), (5, 1, 1))]
    np.testing.assert_array_equal(x[0], x[1])
    # Planes far apart are bound less.
    assert np.std(np.diff(x[2], axis=0)) > np.std(np.diff(x[0], axis=0))
    assert np.min(sd.tv(y - 0.5, np.ones((1, 1, 1)), weight=0.01, nonnegative=True)) >= 0


@pytest.mark.parametrize(
    ("options", "word"),
    [({"weight": 0.0}, "weight"), ({"weight": "much"}, "weight"), ({"loss": "l7"}, "loss"),
     ({"kind": "l7"}, "kind"), ({"noise": -1.0}, "noise"), ({"accuracy": -1.0}, "accuracy"),
     ({"spacing": (1, 1, 1)}, "spacing"), ({"loss": "poisson", "background": -1.0}, "background"),
     ({"loss": "poisson"}, "negative values")],
)  # fmt: skip
def test_bad_options_are_named(options, word):
    y = np.ones((8, 9))
    y[3, 3] = -1.0
    with pytest.raises(ValueError, match=word):
        sd.tv(y, np.ones((3, 3)) / 9, **({"weight": 0.1} | options))
    with pytest.raises(TypeError, match="complex"):
        sd.tv(y + 1j, np.ones((3, 3)))


def test_a_prior_needs_only_what_the_solver_uses():
    assert TV().can == ("value", "prox") and TV().convex


def colours(levels):
    """Return data and truth of a photograph with these BSNR in dB, channels first, and a kernel."""
    scene, psf = sd.datasets.astronaut(colour=True)[60:140, 180:262], sd.psf.box(5)
    obs = [
        sd.simulate(scene[..., c], psf, noise=f"gaussian:bsnr={level}", rng=c)
        for c, level in enumerate(levels)
    ]
    return np.stack([s.y for s in obs]), np.stack([s.truth_window for s in obs]), psf


@pytest.mark.slow
@pytest.mark.parametrize("levels", [(25, 25, 25), (15, 30, 30)])
def test_colours_together_are_better(levels):
    y, truth, psf = colours(levels)
    joint = sd.deconvolve(y, psf, method="tv", channel_axis=0)
    single = sd.deconvolve(y, psf, method="tv", channel_axis=0, joint=False)
    gain = [sd.metrics.psnr(t, a) - sd.metrics.psnr(t, b)
            for t, a, b in zip(truth, joint.x, single.x, strict=True)]  # fmt: skip
    assert np.mean(gain) > 0.2 and min(gain) > -0.1
    for c in range(3):
        np.testing.assert_array_equal(single.x[c], sd.tv(y[c], psf))
        stds = [result.channels[c].parameters["noise_std"] for result in (joint, single)]
        assert stds[0] == pytest.approx(stds[1])


@pytest.mark.slow
def test_the_axis_of_colours_comes_back():
    y, _, psf = colours((25, 25, 25))
    options = {"method": "tv", "weight": 0.01, "num_iter": 5}
    first = sd.deconvolve(y, psf, channel_axis=0, **options)
    last = sd.deconvolve(np.moveaxis(y, 0, -1), psf, channel_axis=-1, **options)
    np.testing.assert_array_equal(np.moveaxis(last.x, -1, 0), first.x)
    assert last.domain.shape[-1] == 3 and len(last.channels) == 3
    mask = np.ones(y.shape)
    mask[0, 3, 4] = 0  # a mask of one channel: each by itself
    apart = sd.deconvolve(y, psf, channel_axis=0, mask=mask, **options)
    alone = sd.tv(y[1], psf, weight=0.01, num_iter=5)
    np.testing.assert_allclose(apart.x[1], alone, rtol=1e-12)
    dark = 1 + np.zeros(y.shape[1:])
    both = [sd.deconvolve(100 * y, psf, channel_axis=0, **options, loss="poisson", background=b).x
            for b in (1.0, dark)]  # fmt: skip
    np.testing.assert_allclose(*both, rtol=1e-12)
    with pytest.raises(TypeError, match="joint"):
        sd.tv(y[0], psf, joint="yes")


@pytest.mark.slow
def test_equal_channels_weigh_as_one():
    """With C equal channels the length is sqrt(C) times that of one."""
    y, _, psf = colours((25, 25, 25))
    same = np.stack([y[0, 20:44, 10:35]] * 3)
    options = {"accuracy": 0, "num_iter": 1500, "boundary": "periodic"}
    joint = sd.deconvolve(same, psf, channel_axis=0, method="tv", weight=0.05, **options)
    alone = sd.tv(same[0], psf, weight=0.05 / np.sqrt(3), **options)
    np.testing.assert_allclose(joint.x[2], alone, atol=1e-4)

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


def test_weight_near_the_best_of_all():
    scene = sd.datasets.camera()[40:168, 140:268]
    for noise in ("gaussian:bsnr=20", "gaussian:bsnr=35"):
        seen = sd.simulate(scene, sd.psf.gaussian(1.6), noise=noise, rng=0)
        found = sd.deconvolve(seen, method="tv")
        middle = found.parameters["weight"]
        best = max(
            sd.metrics.psnr(seen.truth_window, sd.tv(seen.y, seen.A, weight=middle * f))
            for f in (1 / 4, 1 / 2, 1, 2)
        )
        assert sd.metrics.psnr(seen.truth_window, found.x) > best - 0.5
        level = seen.noise.sigma_of(seen.A(seen.truth))
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
    assert TV().can == ("value", "prox", "gradient") and TV().convex

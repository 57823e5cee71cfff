"""What is doubtful about a result is said, and never wins a choice; what is not is left alone."""

import warnings

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.sanity import ResultWarning
from sigdeconv.solvers.guard import proportion, relative_error
from sigdeconv.stopping import StopReason

PSF = sd.psf.gaussian(1.2)
SEEN = sd.simulate(sd.datasets.coins()[100:164, 40:104], PSF, noise=0.01, rng=0)


def told(obs, x):
    """Return the true error over that of the data, and the expected one."""
    truth = obs.truth_window
    own = np.sqrt(np.mean((obs.y - truth) ** 2))
    return np.sqrt(np.mean((x - truth) ** 2)) / own, relative_error(obs, x)


@pytest.mark.parametrize("factor", [1e-9, 1.0, 1e6])
def test_the_expected_error_is_that_of_the_truth(factor):
    obs = sd.Observation(factor * SEEN.y, SEEN.A, truth=factor * SEEN.truth)
    for x in (sd.wiener(obs.y, PSF), obs.y, sd.cgls(obs.y, PSF, num_iter=60)):
        true, expected = told(obs, x)
        assert 0.75 * true < expected < 1.33 * true


def test_a_division_that_explodes_says_so():
    with pytest.warns(ResultWarning, match="out of proportion.* threshold"):
        x = sd.inverse_filter(SEEN.y, PSF)
    assert proportion(SEEN, x) > 100
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert proportion(SEEN, sd.inverse_filter(SEEN.y, PSF, threshold="auto")) < 2


@pytest.mark.slow
def test_a_model_that_does_not_fit_says_so():
    y = SEEN.y[:32, :32]
    with pytest.warns(ResultWarning, match="worse than the data: sparse .*few spikes"):
        result = sd.deconvolve(y, PSF, method="sparse", num_iter=None)
    assert any("worse" in text for text in result.doubts) and "doubt" in str(result)


def test_a_strength_that_is_given_is_no_doubt():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sd.deconvolve(SEEN, method="cgls", num_iter=60).doubts == ()
        assert sd.deconvolve(SEEN, method="tikhonov", weight=1e-3).doubts == ()


def test_a_limit_that_nobody_asked_for_is_named_as_such(monkeypatch):
    from sigdeconv import method

    asked = sd.deconvolve(SEEN, method="cgls", num_iter=2)
    assert asked.stop is StopReason.MAX_ITER and not asked.doubts
    monkeypatch.setattr(method, "MOST_ITER", 2)
    with pytest.warns(ResultWarning, match="ran out of its 2 iterations"):
        result = sd.deconvolve(SEEN, method="cgls")
    assert result.stop is StopReason.NOT_CONVERGED
    staged = sd.deconvolve(SEEN.y[:24, :24], PSF, method="plug_and_play")
    assert staged.stop is StopReason.COMPLETE


def test_a_first_weight_that_flattens_everything_is_left():
    t = np.arange(188)
    x = 0.5 + 0.5 * np.exp(-(((t - 30) / 60.0) ** 2))
    obs = sd.simulate(x, sd.psf.gaussian(1.5, ndim=1), noise=0.09, rng=0)
    true, _ = told(obs, sd.tv(obs.y, obs.A))
    assert true < 0.6


def test_spikes_in_few_samples_are_found():
    x = np.zeros(220)
    x[[30, 70, 78, 150]] = 1.0, -0.6, 0.8, 0.5
    obs = sd.simulate(x, sd.psf.gaussian(2.0, ndim=1), noise=0.01, rng=0)
    result = sd.deconvolve(obs)
    assert result.method == "sparse"
    assert np.linalg.norm(result.x - obs.truth_window) < 0.3 * np.linalg.norm(obs.truth_window)

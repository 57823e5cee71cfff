"""A result that is saved comes back, with everything but what makes its error bars."""

import numpy as np
import pytest

import sigdeconv as sd

PSF = sd.psf.gaussian(1.0)
SEEN = sd.simulate(sd.datasets.coins()[:40, :70], PSF, noise=0.01, rng=0).y
Y = np.stack([40 + 100 * SEEN[:24, k : k + 26] for k in (0, 30)])


@pytest.mark.parametrize(
    ("method", "more"),
    [("wiener", {}), ("richardson_lucy", {"num_iter": 3, "background": np.full((24, 26), 0.5)})],
)
def test_it_comes_back(tmp_path, method, more):
    result = sd.deconvolve(Y[0], PSF, method=method, **more)
    result.save(tmp_path / "r.npz")
    again = sd.Result.load(tmp_path / "r.npz")
    for name in ("x", "domain"):
        np.testing.assert_array_equal(getattr(again, name), getattr(result, name))
        assert getattr(again, name).dtype == getattr(result, name).dtype
    for name in ("method", "num_iter", "stop", "seconds", "history", "window"):
        assert getattr(again, name) == getattr(result, name)
    assert again.parameters.keys() == result.parameters.keys()
    assert str(again) == str(result)
    with pytest.raises(ValueError, match="no error bars"):
        _ = again.std


@pytest.mark.filterwarnings("ignore::sigdeconv.sanity.ResultWarning")  # of noise alone
def test_error_bars_and_channels(tmp_path):
    result = sd.deconvolve(Y, PSF, method="wiener", channel_axis=0, weight=0.1, boundary="zero")
    result.save(tmp_path / "r.npz", std=True)
    again = sd.Result.load(tmp_path / "r.npz")
    assert len(again.channels) == 2
    np.testing.assert_array_equal(again.std, result.std)


def test_what_is_no_result(tmp_path):
    result = sd.deconvolve(Y[0], PSF, method="landweber", num_iter=1)
    with pytest.raises(ValueError, match="std was asked for, and landweber has no error bars"):
        result.save(tmp_path / "r.npz", std=True)
    with pytest.raises(ValueError, match=r"has the suffix '\.pkl'; expected \.npz"):
        result.save(tmp_path / "r.pkl")
    assert not list(tmp_path.iterdir())
    np.savez(tmp_path / "x.npz", x=np.zeros(3))
    with pytest.raises(ValueError, match="holds no result"):
        sd.Result.load(tmp_path / "x.npz")

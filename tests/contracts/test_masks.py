"""Masks are weights, relative to each other and counted once."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.catalogue import registry
from tests.contracts._cases import (
    KERNELS,
    METHODS,
    RESTORING,
    each,
    function,
    plain,
    seen,
    tolerance,
    unlike,
)

pytestmark = pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")


def takes_masks(name):
    entry, obs = registry.get(name), seen(1)
    A = sd.Convolution.for_data(KERNELS[1][0], obs.y.shape, mask=np.full(obs.y.shape, 0.5))
    return not (entry.refuses and entry.refuses(sd.Observation(obs.y, A)))


MASKED = [name for name in METHODS if takes_masks(name)]
MASKED_RESTORING = [name for name in RESTORING if name in MASKED]


@pytest.mark.parametrize(
    ("level", "boundary"),
    [
        (0.1, None),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in ((1.0, None), (0.1, "reflect"), (1.0, "periodic"))
        ),
    ],
)
@pytest.mark.parametrize("name", each(MASKED_RESTORING))
def test_the_same_weight_everywhere_changes_nothing(name, level, boundary):
    y, psf = seen(1).y, KERNELS[1][0]
    mask = np.full(y.shape, level)
    entry = registry.get(name)
    if boundary and entry.iterates and entry.needs == "spectrum":
        pytest.skip("with a mask another split is solved, which ends somewhere else on the way")
    expected = plain(name, boundary=boundary)
    found = function(name)(y, psf, boundary=boundary, mask=mask)
    # An iteration on the normal equations ends within a part of the noise.
    limit = max(tolerance(name), 5e-2 if entry.needs == "spectrum" else 1e-6)
    assert unlike(found, expected) < limit


@pytest.mark.parametrize("name", each(MASKED_RESTORING))
def test_grey_masks_restore_as_well(name):
    """Weights from 0.3 to 1 cost little, be they right or not: noise and signal are as they are."""
    scene, psf = sd.datasets.coins()[104:144, 40:78], KERNELS[2][0]
    if name == "sparse":
        rng = np.random.default_rng(0)
        scene = np.where(rng.random(scene.shape) < 0.02, 0.5 + rng.random(scene.shape), 0.0)
    obs = sd.simulate(scene, psf, noise=0.02, rng=1)
    truth = obs.truth_window
    plain = sd.metrics.psnr(truth, function(name)(obs.y, psf))
    ramp = np.linspace(0.3, 1.0, obs.y.size).reshape(obs.y.shape)
    some = np.random.default_rng(5).uniform(0.3, 1.0, obs.y.shape)
    for mask in (ramp, some):
        x = function(name)(obs.y, psf, mask=mask)
        assert sd.metrics.psnr(truth, x) > plain - 1.0
        assert np.mean(x) == pytest.approx(np.mean(truth), rel=0.1)


@pytest.mark.parametrize("name", ["wiener", "tikhonov"])
def test_weights_that_are_right_help(name):
    """Of noise that differs by a factor of ten, weights of its inverse say which data to trust."""
    scene, psf = sd.datasets.coins()[100:170, 40:110], KERNELS[2][0]
    rng = np.random.default_rng(0)
    clean = sd.simulate(scene, psf)
    bad = rng.random(clean.y.shape) < 0.3
    y = clean.y + np.where(bad, 0.1, 0.01) * rng.standard_normal(clean.y.shape)
    truth = clean.truth_window
    plain = sd.metrics.psnr(truth, registry.get(name).function(y, psf))
    weighted = sd.metrics.psnr(
        truth, registry.get(name).function(y, psf, mask=np.where(bad, 0.1, 1.0))
    )
    assert weighted > plain + 0.5


@pytest.mark.parametrize("name", each(MASKED))
def test_a_dead_sample_may_hold_anything(name):
    y, psf = seen(1).y.copy(), KERNELS[1][0]
    mask = np.ones(y.shape)
    mask[40:44] = 0
    y[mask == 0] = 0.0
    expected = function(name)(y, psf, mask=mask)
    for values in ((1e6, -1e6, 0, 0), (np.nan, np.inf, -np.inf, 1)):
        y[mask == 0] = values
        np.testing.assert_array_equal(function(name)(y, psf, mask=mask), expected)
        if np.all(np.isfinite(values)):
            obs = sd.Observation(y, sd.Convolution.for_data(psf, y.shape, mask=mask))
            found = sd.deconvolve(obs, method=name, **function(name).keywords).x
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", each(MASKED))
def test_a_mask_of_any_kind_keeps_the_precision(name):
    y, psf = seen(1).y.astype(np.float32), KERNELS[1][0]
    found = []
    for kind in (np.float64, bool, np.uint8, np.float32):
        mask = np.ones(y.shape, kind)
        mask[20:22] = 0
        result = sd.deconvolve(y, psf, method=name, mask=mask)
        assert result.x.dtype == result.domain.dtype == np.float32
        if result.posterior is not None:
            assert result.std.dtype == np.float32 and np.all(np.isfinite(result.std))
        found.append(result.x)
    for x in found[1:]:
        np.testing.assert_array_equal(x, found[0])


@pytest.mark.parametrize("name", ["wiener", "tikhonov"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
def test_error_bars_keep_the_precision_and_are_real(name, dtype):
    y, psf = seen(1).y.astype(dtype), KERNELS[1][0]
    for boundary in ("unknown", "periodic", "reflect"):
        std = sd.deconvolve(y, psf, method=name, boundary=boundary).std
        assert std.dtype == (np.float64 if dtype == np.float64 else np.float32)
        assert std.min() > 0


@pytest.mark.parametrize("name", ["wiener", "tikhonov"])
def test_error_bars_of_the_same_weight_everywhere_are_those_of_none(name):
    y, psf = seen(1).y, KERNELS[1][0]
    plain = sd.deconvolve(y, psf, method=name).std
    grey = sd.deconvolve(y, psf, method=name, mask=np.full(y.shape, 0.5)).std
    np.testing.assert_allclose(grey, plain, rtol=0.1)


@pytest.mark.parametrize("name", METHODS)
def test_a_mask_that_hides_everything_is_named(name):
    y, psf = seen(1).y, KERNELS[1][0]
    with pytest.raises(ValueError, match="mask must hold weights from 0 to 1"):
        function(name)(y, psf, mask=np.zeros(y.shape))

"""How many threads transforms use, and that results do not depend on it."""

import numpy as np
import pytest
import scipy.fft

import sigdeconv as sd
from sigdeconv import _fft, _machine

PSF = sd.psf.gaussian(1.0).astype("f4")


@pytest.fixture
def cores(monkeypatch):
    monkeypatch.setattr(_fft, "cores", lambda: 3)
    monkeypatch.setattr(_machine, "cores", lambda: 3)


def test_none_is_all_cores_for_large_arrays_unless_somebody_said_otherwise(cores):
    small, large = _fft.GAIN - 1, _fft.GAIN
    assert (_fft.threads(None, small), _fft.threads(None, large)) == (1, 3)
    for told in (1, 2):
        with _machine.on_threads(told):
            assert _fft.threads(None, large) == told
        assert _fft.threads(None, large) == 3
        with _machine.on_threads(None):
            assert _fft.threads(None, large) == 3
    assert [_fft.threads(n, small) for n in (2, -1, -2, -9)] == [2, 3, 2, 1]
    with scipy.fft.set_workers(2):
        assert _fft.threads(None, small) == 2


@pytest.mark.parametrize(
    "method, options",
    [
        ("richardson_lucy", {"num_iter": 3, "acceleration": "squarem"}),
        ("tikhonov", {"weight": 0.01}),
        ("tv", {"weight": 0.01, "num_iter": 3}),
    ],
)
def test_results_do_not_depend_on_the_number_of_threads(method, options):
    y = np.random.default_rng(0).random((141, 159)).astype("f4") + 1
    one, *others = (sd.deconvolve(y, PSF, method=method, workers=n, **options).x for n in (1, 3))
    for other in others:
        np.testing.assert_array_equal(other, one)


def test_tiles_do_not_multiply_their_threads(monkeypatch, cores):
    monkeypatch.setattr(_fft, "GAIN", 1)
    used = []
    for name in ("rfftn", "irfftn"):
        own = getattr(scipy.fft, name)

        def transform(*args, workers=None, own=own, **options):
            used.append(workers)
            return own(*args, workers=workers, **options)

        monkeypatch.setattr(scipy.fft, name, transform)
    y = np.random.default_rng(0).random((60, 60)) + 1
    psf = sd.psf.gaussian(1.0)
    for method, options in [("tikhonov", {}), ("wavelet_l1", {"num_iter": 2})]:
        options |= {"method": method, "weight": 0.1, "tile": 30, "halo": 8}
        plan = sd.tiles.make_plan(y, psf, **options)
        used.clear()
        sd.tiled(y, psf, plan=plan, workers=3)
        assert used and set(used) == {1}

"""Measured functions, minimum-phase pulses, the Ricker wavelet."""

from __future__ import annotations

import math

import numpy as np
import pytest

import sigdeconv as sd
import sigdeconv.psf as sdpsf


def centroid(a: np.ndarray) -> list[float]:
    grids = np.meshgrid(*[np.arange(n) for n in a.shape], indexing="ij")
    return [float((g * a).sum() / a.sum()) for g in grids]


@pytest.mark.parametrize("shape", [(7,), (6,), (5, 8), (3, 4, 5)])
def test_measured_keeps_all_and_centres(shape):
    a = np.random.default_rng(0).random(shape)
    before = a.copy()
    for index in (tuple(0 for _ in shape), tuple(n - 1 for n in shape), (2,) * len(shape)):
        psf = sdpsf.measured(a, normalize=False, centre=index)
        assert psf[tuple(n // 2 for n in psf.shape)] == a[index]
        assert psf.sum() == pytest.approx(a.sum(), rel=1e-14)
        assert psf[psf > 0].size == a.size
    np.testing.assert_array_equal(a, before)
    np.testing.assert_array_equal(sdpsf.measured(a, normalize=False, centre="middle"), a)


@pytest.mark.parametrize("shape", [(7,), (6,), (5, 8), (3, 4, 5)])
@pytest.mark.parametrize("power", [1, 20])
def test_measured_centroid(shape, power):
    a = np.random.default_rng(1).random(shape) ** power
    psf = sdpsf.measured(a, normalize="sum", centre="centroid")
    assert psf.sum() == pytest.approx(1.0)
    assert psf.min() >= 0
    assert centroid(psf) == pytest.approx([n // 2 for n in psf.shape], abs=1e-9)


def test_measured_peak_and_untouched_values():
    a = np.array([[0, -1, 0], [0, 2, 5]])
    psf = sdpsf.measured(a, normalize=False, centre="peak")
    assert psf[psf.shape[0] // 2, psf.shape[1] // 2] == 5
    assert psf.min() == -1
    assert psf.dtype == np.float64
    symmetric = sdpsf.gaussian(1.0)
    again = sdpsf.measured(symmetric, normalize=True, centre="centroid")
    np.testing.assert_allclose(again, symmetric, atol=1e-16)


@pytest.mark.parametrize("shape", [(40,), (15, 16), (9, 10, 11)])
def test_measured_takes_a_pedestal_away(shape):
    rng = np.random.default_rng(0)
    point = 500 * sdpsf.gaussian(1.2, ndim=len(shape), shape=shape)
    seen = point + 100 + 0.01 * rng.normal(size=shape)
    told = sdpsf.measured(seen, normalize=False, centre="middle", background=100)
    np.testing.assert_array_equal(told, seen - 100)
    found = sdpsf.measured(
        seen, normalize=False, centre="middle", background="border", nonnegative=True
    )
    np.testing.assert_allclose(found, point, atol=0.06)
    assert found.min() == 0


@pytest.mark.parametrize("centre", [(49,), "peak", "centroid"])
@pytest.mark.parametrize("step", [0.25, 1 / 3, 0.2])
def test_measured_on_a_finer_grid_is_the_model_on_that_of_the_data(step, centre):
    fine = sdpsf.gaussian(1.7 / step, ndim=1, shape=99)
    psf = sdpsf.measured(fine, normalize=True, centre=centre, step=step)
    model = sdpsf.gaussian(1.7, ndim=1, shape=psf.shape)
    assert psf.size % 2 == 1 and psf.sum() == pytest.approx(1, rel=1e-14)
    np.testing.assert_allclose(psf, model, atol=1e-3)


def test_measured_shares_each_sample_by_width():
    # An oracle without arithmetic of overlaps: every sample is 60 equal ones.
    rng = np.random.default_rng(2)
    a = rng.random(11)
    psf = sdpsf.measured(a, normalize=False, centre=(4,), step=0.3)
    many = np.repeat(a / 60, 60)  # each 0.005 wide; the middle of sample 4 at index 270
    at = (np.arange(many.size) + 0.5 - 270) * 0.005
    expected = np.bincount(np.floor(at + 0.5).astype(int) + psf.size // 2, many, psf.size)
    np.testing.assert_allclose(psf, expected, atol=1e-12)
    both = sdpsf.measured(rng.random((6, 7)), normalize=True, centre="middle", step=(1, 2.5))
    assert both.shape[0] == 6 and both.shape[1] % 2 == 1
    assert both.sum() == pytest.approx(1, rel=1e-14)


@pytest.mark.parametrize("step", [5, 2.5, 1.7])
def test_a_response_of_coarser_points_is_linear_in_between_and_begins_where_it_began(step):
    response = np.exp(-np.arange(24) * step / 20.0)
    psf = sdpsf.measured(response, normalize=True, centre="start", step=step)
    middle = psf.size // 2
    assert not psf[:middle].any() and np.argmax(psf) == middle
    at = np.arange(int(23 * step) + 1)
    expected = np.interp(at / step, np.arange(24), response)
    np.testing.assert_allclose(psf[middle:], expected / expected.sum(), rtol=1e-12)
    A = sd.Convolution.for_data(psf, (200,))
    assert not [text for text in sd.sanity.check(np.ones(200), A) if "saturated" in text]
    kept = sdpsf.measured(3 * response, normalize=False, centre="start", step=step)
    assert kept.sum() == pytest.approx(3 * response.sum())


MIDDLE = {"normalize": True, "centre": "middle"}


@pytest.mark.parametrize(
    ("array", "keywords", "error", "match"),
    [
        ([1.0], {}, TypeError, "normalize"),
        ([1.0], {"normalize": "max", "centre": "peak"}, ValueError, "normalize.*'max'"),
        ([1.0], {"normalize": True, "centre": "mean"}, ValueError, "centre.*'mean'"),
        ([[1.0]], {"normalize": True, "centre": 0}, ValueError, r"centre.*Write \(0, 0\)"),
        ([1.0], {"normalize": True, "centre": None}, TypeError, "centre must be given"),
        ([1.0], {"normalize": True, "centre": (1,)}, ValueError, "centre.*inside"),
        ([1.0], {"normalize": True, "centre": (0, 0)}, ValueError, "centre has 2 entries.*or 1"),
        ([1.0], {"normalize": True, "centre": (0.5,)}, TypeError, "centre"),
        ([1.0, -1.0], {"normalize": True, "centre": "peak"}, ValueError, "array.*background"),
        ([1.0, -0.9], {"normalize": False, "centre": "centroid"}, ValueError, "centroid inside"),
        ([np.nan], {"normalize": True, "centre": "peak"}, ValueError, "array.*NaN"),
        ([], {"normalize": True, "centre": "peak"}, ValueError, "array"),
        (["a"], {"normalize": True, "centre": "peak"}, TypeError, "array"),
        ([1.0], MIDDLE | {"background": "edge"}, ValueError, "background.*'border'"),
        ([1.0], MIDDLE | {"background": np.nan}, ValueError, "background"),
        ([1.0], MIDDLE | {"step": 0.0}, ValueError, "step"),
        ([1.0, 2.0], MIDDLE | {"step": (1.0, 2.0)}, ValueError, "step has 2 entries.*or 1"),
    ],
)
def test_measured_errors(array, keywords, error, match):
    with pytest.raises(error, match=match):
        sdpsf.measured(array, **keywords)


def test_minimum_phase_reflects_zeros_into_the_unit_circle():
    inside = np.poly([0.5, -0.3, 0.4 + 0.6j, 0.4 - 0.6j]).real
    mixed = np.poly([2.0, -0.3, 0.4 + 0.6j, 0.4 - 0.6j]).real * 0.5
    for pulse in (inside, mixed, mixed[::-1], -inside):
        found = sdpsf.minimum_phase(pulse)
        assert found.size == 2 * pulse.size - 1
        assert not found[: pulse.size - 1].any()
        np.testing.assert_allclose(found[pulse.size - 1 :], inside, atol=1e-9)


def test_minimum_phase_of_an_amplitude():
    inside = np.poly([0.5, -0.3])
    amplitude = abs(np.fft.rfft(inside, 128))
    found = sdpsf.minimum_phase(amplitude, kind="amplitude", length=5)
    np.testing.assert_allclose(found, [0, 0, 0, 0, *inside, 0, 0], atol=1e-12)


def test_minimum_phase_energy_comes_first():
    pulse = sdpsf.ricker(0.1)
    found = sdpsf.minimum_phase(pulse, floor=1e-3, length=4 * pulse.size)
    causal = found[found.size // 2 :]
    assert (causal**2).sum() == pytest.approx((pulse**2).sum(), rel=1e-2)
    assert all(np.cumsum(causal**2)[: pulse.size] >= np.cumsum(pulse**2) - 1e-6)


@pytest.mark.parametrize(
    ("source", "keywords", "match"),
    [
        ([[1.0]], {}, "source.*1-D"),
        ([0.0, 0.0], {}, "source.*non-zero"),
        ([1.0, -1.0], {"kind": "amplitude"}, "source"),
        ([1.0, np.inf], {}, "source"),
        ([1.0, 1.0], {"kind": "power"}, "kind.*'power'"),
        ([1.0, 1.0], {"kind": "amplitude", "length": 9}, "length.*at most 2"),
        ([1.0], {"floor": 0}, "floor"),
    ],
)
def test_minimum_phase_errors(source, keywords, match):
    with pytest.raises(ValueError, match=match):
        sdpsf.minimum_phase(source, **keywords)


def test_ricker():
    pulse = sdpsf.ricker(30.0, dt=0.001)
    assert pulse[pulse.size // 2] == pulse.max() == 1.0
    assert abs(pulse.sum()) < 1e-5
    spectrum = abs(np.fft.rfft(pulse, 100_000))
    assert np.argmax(spectrum) * 1000 / 100_000 == pytest.approx(30.0, abs=0.02)
    zero = 1 / (math.sqrt(2) * math.pi * 30.0) / 0.001
    assert pulse[pulse.size // 2 + math.floor(zero)] > 0 > pulse[pulse.size // 2 + math.ceil(zero)]
    with pytest.raises(ValueError, match=r"frequency.*Nyquist"):
        sdpsf.ricker(30.0, dt=0.1)

"""The kernel from an edge: the transfer against its closed form, and what is no edge is refused."""

import numpy as np
import pytest
from scipy.special import erf, j1

import sigdeconv as sd


def edge(family, width, angle, size=128, noise=0.01, seed=0, fine=8):
    """Return an ideal edge through an isotropic optics on square samples, from 0 to 1."""
    rng = np.random.default_rng(seed)
    at = (np.arange(size * fine) + 0.5) / fine - size / 2
    turn = np.radians(angle)
    u = at[None, :] * np.cos(turn) - at[:, None] * np.sin(turn) - rng.uniform(-0.5, 0.5)
    if family == "gaussian":
        y = 0.5 * (1 + erf(u / width / np.sqrt(2)))
    else:
        v = np.clip(u / width, -1, 1)
        y = 0.5 + (v * np.sqrt(1 - v * v) + np.arcsin(v)) / np.pi
    y = y.reshape(size, fine, size, fine).mean(axis=(1, 3))
    return y + noise * rng.standard_normal(y.shape)


def transfer(family, width, angle, f):
    """Return the modulus of the transfer along the normal of the edge."""
    turn, z = np.radians(angle), 2 * np.pi * np.maximum(f, 1e-9) * width
    own = np.exp(-(z**2) / 2) if family == "gaussian" else 2 * j1(z) / z
    return np.abs(own * np.sinc(f * np.cos(turn)) * np.sinc(f * np.sin(turn)))


@pytest.mark.parametrize("family", ["gaussian", "disk"])
@pytest.mark.parametrize("angle", [7.125, 94.0])
def test_transfer_without_noise(family, angle):
    found = sd.psf.from_edge(edge(family, 2.0, angle, size=100, noise=0))
    f, value, _ = found.mtf
    low = f <= 0.5
    assert np.abs(value - transfer(family, 2.0, angle, f))[low].max() < 1.5e-3
    assert found.angle == pytest.approx(abs(angle) if abs(angle) < 45 else 4.0, abs=1e-2)


@pytest.mark.slow
def test_transfer_at_a_contrast_of_100():
    worst, inside = [], []
    for angle in (3.0, 9.0):
        for family, width in (("gaussian", 0.5), ("gaussian", 1.5), ("disk", 2.0)):
            found = sd.psf.from_edge(edge(family, width, angle, seed=3))
            f, value, error = found.mtf
            off = np.abs(value - transfer(family, width, angle, f))[f <= 0.5]
            worst.append(off.max())
            inside.append(np.mean(off <= 2 * error[f <= 0.5]))
            assert found.contrast == pytest.approx(100, rel=0.1)
    assert np.quantile(worst, 0.9) < 0.01 and max(worst) < 0.015
    assert np.mean(inside) > 0.8


def test_the_isotropic_kernel_behind_it():
    for family, width in (("gaussian", 1.5), ("disk", 4.3)):
        for noise, most in ((0, 0.02), (0.01, 0.09)):
            psf = sd.psf.from_edge(edge(family, width, 5.0, size=100, noise=noise), size=21).psf
            true = getattr(sd.psf, family)(width, shape=(21, 21))
            assert psf.min() >= 0 and psf.sum() == pytest.approx(1)
            assert np.abs(psf - true).sum() < most


def test_a_step_in_time():
    for kernel in (sd.psf.gaussian(2.0, ndim=1), sd.psf.box(7, ndim=1)):
        y = sd.simulate(np.repeat([5.0, 2.0], 50), kernel, boundary="reflect").y
        psf = sd.psf.from_edge(y, size=21).psf
        assert np.abs(psf - np.pad(kernel, (21 - kernel.size) // 2)).sum() < 1e-3


@pytest.mark.slow
def test_units_and_direction_do_not_matter():
    y = edge("gaussian", 1.5, 5.0, size=80)
    first = sd.psf.from_edge(y, size=15)
    for other in (300 * y + 1000, -y[:, ::-1], y.T):
        assert np.allclose(sd.psf.from_edge(other, size=15).psf, first.psf, atol=2e-3)
    assert "transfer 0.5 at" in str(first) and "EdgePSF(15 x 15" in repr(first)


TWO = edge("gaussian", 1.0, 4.0, 64) + edge("gaussian", 1.0, 12.0, 64)


@pytest.mark.parametrize(
    ("y", "options", "error", "says"),
    [
        (np.ones((40, 40)), {}, ValueError, "no edge"),
        (np.random.default_rng(0).standard_normal((64, 64)), {}, ValueError, "no edge"),
        (edge("gaussian", 1.0, 0.0, 40), {}, ValueError, "tilt of about 3 to 10 degrees"),
        (TWO, {}, ValueError, "not one straight edge"),
        (sd.datasets.camera()[80:200, 150:270], {}, ValueError, "edge"),
        (edge("gaussian", 1.0, 5.0, 40), {"size": 12}, ValueError, "size must be odd"),
        (edge("gaussian", 1.0, 5.0, 40), {"oversampling": 0}, ValueError, "oversampling"),
        (np.full((40, 40), np.nan), {}, ValueError, "y holds"),
        (np.zeros((3, 40)), {}, ValueError, "at least 12"),
        (np.random.default_rng(0).standard_normal(60), {}, ValueError, "no step"),
    ],
)
def test_bad_input_is_named(y, options, error, says):
    with pytest.raises(error, match=says):
        sd.psf.from_edge(y, **options)

"""The telescope against the closed forms of its pattern, integrated over the pixel here."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

import sigdeconv.psf as sdpsf

HUBBLE = {"diameter": 2.4, "wavelength": "1 um", "scale": "20 mas"}
PIXEL = 20e-3 * math.pi / 648000 * 2.4 / 1e-6  # in wavelength / diameter


def over_pixels(intensity, shape, pitch, order=8):
    """Integrals of a function of (y, x) over pixels centred at whole multiples of the pitch."""
    x, w = np.polynomial.legendre.leggauss(order)
    y, x = (
        (pitch * (np.arange(n)[:, None] - n // 2 + x / 2)).reshape(-1, 1 if a == 0 else n * order)
        for a, n in enumerate(shape)
    )
    values = intensity(y.reshape(-1, 1), x.reshape(1, -1))
    return np.einsum(
        "iajb,a,b->ij", values.reshape(shape[0], order, shape[1], order), w, w
    ) * (pitch / 2) ** 2  # fmt: skip


def annular(obstruction):
    def intensity(y, x):
        v = math.pi * np.hypot(y, x)
        field = 2 * special.j1(v) / v
        if obstruction:
            u = obstruction * v
            field = field - obstruction**2 * 2 * special.j1(u) / u
        return (field / (1 - obstruction**2)) ** 2

    return intensity


@pytest.mark.parametrize("obstruction", [0.0, 0.33])
@pytest.mark.parametrize("size", [51, 50])
def test_annular_airy_pattern(obstruction, size):
    found = sdpsf.telescope(**HUBBLE, obstruction=obstruction, shape=size, details=True)
    expected = over_pixels(annular(obstruction), (size, size), PIXEL)
    # The light in the whole plane, by Parseval: the peak is (pi / 4) (1 - e^2) high.
    share = expected.sum() * math.pi / 4 * (1 - obstruction**2)
    assert found.energy_in_frame == pytest.approx(share, abs=1e-4)
    psf = found.psf * share
    expected *= math.pi / 4 * (1 - obstruction**2)
    assert np.abs(psf - expected).max() < 2e-5 * expected.max()
    grid = np.arange(size) - size // 2
    got, true = (np.sum(p * grid[:, None]) / p.sum() for p in (psf, expected))
    assert abs(got - true) < 1e-3


def long_exposure(structure, shape, pitch, most):
    """The Hankel transform of exp(-D / 2), frequencies up to `most`, over pixels."""
    x, w = np.polynomial.legendre.leggauss(800)
    f, w = (x + 1) * most / 2, w * most / 2
    radii = np.linspace(0, pitch * max(shape), 4000)
    table = special.j0(2 * math.pi * np.outer(radii, f)) @ (2 * math.pi * f * w * structure(f))
    return over_pixels(lambda y, x: np.interp(np.hypot(y, x), radii, table), shape, pitch)


def seeing_pair():
    """A pupil so large that the seeing alone is left, and its transform; unit wavelength / r0."""
    wavelength, r0, pitch = 500e-9, 0.1, 0.25
    psf = sdpsf.telescope(
        diameter=40 * r0,
        wavelength=wavelength,
        r0=r0,
        scale=pitch * wavelength / r0,
        shape=(41, 40),
    )
    pupil = 40.0

    def transfer(f):
        v = np.minimum(f / pupil, 1)
        alone = 2 / math.pi * (np.arccos(v) - v * np.sqrt(1 - v**2))
        return alone * np.exp(-3.44 * f ** (5 / 3))

    expected = long_exposure(transfer, (41, 40), pitch, 5.0)
    return psf, expected / expected.sum()


def test_long_exposure_seeing():
    psf, expected = seeing_pair()
    assert np.abs(psf - expected).max() < 1e-4 * expected.max()


def test_seeing_is_a_full_width():
    """0.976 wavelength / r0 is where the long exposure has half of its peak."""
    psf = sdpsf.telescope(
        diameter=8, wavelength="500 nm", seeing="1 arcsec", scale="0.02 arcsec", shape=(1, 201)
    )[0]
    above = np.interp(0.5, (psf[100:] / psf[100])[::-1], np.arange(101)[::-1]) * 2 * 0.02
    assert above == pytest.approx(1.0, abs=0.01)


@pytest.mark.slow
def test_outer_scale_narrows_and_vanishes():
    kolmogorov = sdpsf.telescope(**HUBBLE, r0=0.3, shape=41)
    far = sdpsf.telescope(**HUBBLE, r0=0.3, outer_scale="10000 km", shape=41)
    near = sdpsf.telescope(**HUBBLE, r0=0.3, outer_scale=20, shape=41)
    found = sdpsf.telescope(**HUBBLE, r0=0.3, shape=801, details=True)
    assert 0.97 < found.energy_in_frame < 1
    assert np.abs(far - kolmogorov).max() < 5e-3 * kolmogorov.max()  # (r0 / L)^(1/3)
    assert near.max() > 1.05 * kolmogorov.max()


def test_vanes_and_aberrations_against_the_integral_over_the_pupil():
    """Gauss-Legendre over the annulus in polar coordinates, less each vane in its own."""
    obstruction, width, angle = 0.3, 0.04, 30.0
    terms = {4: 30e-9, 5: -20e-9, 7: 40e-9, 11: 25e-9, 22: 10e-9}
    size, pitch = 24, PIXEL
    psf = sdpsf.telescope(
        **HUBBLE, obstruction=obstruction, spiders=3, spider_width=width * 2.4,
        spider_angle=angle, zernike=terms, shape=size,
    )  # fmt: skip
    x, w = np.polynomial.legendre.leggauss(40)
    rho = obstruction + (1 - obstruction) * (x + 1) / 2
    theta = np.arange(96) * 2 * math.pi / 96
    points = [(np.outer(rho, np.cos(theta)) / 2, np.outer(rho, np.sin(theta)) / 2)]
    share = [np.outer(w * (1 - obstruction) / 2 * rho, np.full(96, 2 * math.pi / 96)) / 4]
    for k in range(3):
        t = width * x / 2
        low, high = np.sqrt(obstruction**2 / 4 - t**2), np.sqrt(1 / 4 - t**2)
        along = low[:, None] + np.outer(high - low, (x + 1) / 2)
        turn = math.radians(angle + 120 * k)
        cos, sin = math.cos(turn), math.sin(turn)
        points.append((along * cos - t[:, None] * sin, along * sin + t[:, None] * cos))
        share.append(-np.outer(w * width / 2 * (high - low) / 2, w))
    px, py = (np.concatenate([p[a].ravel() for p in points]) for a in (0, 1))
    share = np.concatenate([s.ravel() for s in share])
    r, a = 2 * np.hypot(px, py), np.arctan2(py, px)
    waves = (
        terms[4] * math.sqrt(3) * (2 * r**2 - 1)
        + terms[5] * math.sqrt(6) * r**2 * np.sin(2 * a)
        + terms[7] * math.sqrt(8) * (3 * r**3 - 2 * r) * np.sin(a)
        + terms[11] * math.sqrt(5) * (6 * r**4 - 6 * r**2 + 1)
        + terms[22] * math.sqrt(7) * (20 * r**6 - 30 * r**4 + 12 * r**2 - 1)
    )
    pupil = share * np.exp(2j * math.pi * waves / 1e-6)

    def intensity(y, x):
        # Rows run down: y of the image is against y of the pupil.
        down = np.exp(2j * math.pi * y * py[None, :])
        return np.abs((down * pupil) @ np.exp(-2j * math.pi * x.T * px[None, :]).T) ** 2

    expected = over_pixels(intensity, (size, size), pitch, order=4)
    expected /= expected.sum()
    assert np.abs(psf - expected).max() < 1e-4 * expected.max()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"wavelength": 500}, "Name the unit, as in wavelength='500 nm'"),
        ({"scale": "20"}, "no unit"),
        ({"scale": "20 parsec"}, "'parsec' is not known"),
        ({"spiders": 4}, "spiders and spider_width"),
        ({"seeing": "1 arcsec", "r0": 0.1}, "one of them"),
        ({"outer_scale": 20}, "outer_scale is that of the seeing"),
        ({"shape": 100000}, "wavelength / diameter"),
        ({"obstruction": 1.0}, "obstruction"),
        ({"zernike": {0: 1e-9}}, "zernike index"),
    ],
)
def test_what_is_wrong(given, message):
    with pytest.raises(ValueError, match=message):
        sdpsf.telescope(**{**HUBBLE, **given})

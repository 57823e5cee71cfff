"""The microscope against quadrature of its integrals with thousands of nodes, pixel by pixel."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import special

import sigdeconv.psf as sdpsf


def intensity(r, z, *, na, wavelength, index, sample_index, layers, model, nodes=1500):
    """The integral of `sigdeconv.psf._pupil` at radii r and heights z from the paraxial focus.

    Two panels that meet at the critical value, their nodes crowded at both ends by a square of a
    sine: not the substitutions of the package, and many more nodes.
    """
    x, w = np.polynomial.legendre.leggauss(nodes)
    t, w = (x + 1) * math.pi / 4, w * math.pi / 4
    cuts = sorted({0.0, min(na, sample_index), na})
    s, weight = [], []
    for low, high in itertools.pairwise(cuts):
        s.append(low + (high - low) * np.sin(t) ** 2)
        weight.append((high - low) * np.sin(2 * t) * w)
    s, weight = np.concatenate(s), np.concatenate(weight)
    k = 2 * math.pi / wavelength

    def root(n):
        return np.sqrt((n**2 - s**2).astype(complex))

    way = sum(d * root(n) for d, n in layers) - index * sum(d / n for d, n in layers) * root(index)
    wave = np.exp(1j * k * (way[:, None] - np.outer(root(index), z))) * (s * weight)[:, None]
    cos, inside = root(index) / index, root(sample_index) / sample_index
    argument = k * np.outer(r, s)
    zero = special.j0(argument)
    if model != "vectorial":
        factor = 1.0 if model == "gibson-lanni" else cos**-0.5
        return np.abs(zero @ (factor * wave.T).T) ** 2
    ts = 2 * index * cos / (index * cos + sample_index * inside)
    tp = 2 * index * cos / (sample_index * cos + index * inside)
    one = special.j1(argument)
    two = 2 * one / argument - zero
    fields = (
        zero @ ((ts + tp * inside) * cos**-0.5 * wave.T).T,
        one @ (tp * s / sample_index * cos**-0.5 * wave.T).T,
        two @ ((ts - tp * inside) * cos**-0.5 * wave.T).T,
    )
    return sum(share * np.abs(u) ** 2 for share, u in zip((1, 2, 1), fields, strict=True))


def over_pixels(function, places, pitch):
    """8 x 8 Gauss points in each of the pixels at `places`, rows of (y, x) in pixels."""
    x, w = np.polynomial.legendre.leggauss(8)
    y = places[:, 0, None, None] + x[:, None] / 2
    r = pitch * np.hypot(y, places[:, 1, None, None] + x / 2)
    values = function(r.ravel()).reshape(len(places), 64, -1)
    return np.einsum("pqz,q->pz", values, np.outer(w, w).ravel())


OIL = {"na": 1.4, "wavelength": 600e-9, "index": 1.515}
CASES = {
    "scalar": (OIL, "scalar", 0.0, 1.515),
    "vectorial": (OIL, "vectorial", 0.0, 1.515),
    "vectorial 5 um in water": (OIL, "vectorial", 5e-6, 1.33),
    "gibson-lanni 20 um in water": (OIL, "gibson-lanni", 20e-6, 1.33),
    "scalar 50 um in water": (OIL, "scalar", 50e-6, 1.33),
    "vectorial 50 um in water": (OIL, "vectorial", 50e-6, 1.33),
    "air": ({"na": 0.8, "wavelength": 520e-9, "index": 1.0}, "vectorial", 0.0, 1.0),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("size", [51, 50])
def test_widefield_against_quadrature(case, size):
    optics, model, depth, sample_index = CASES[case]
    found = sdpsf.microscope(
        **optics, model=model, depth=depth, sample_index=sample_index, details=True,
        spacing=(200e-9, 100e-9, 100e-9), shape=(61, size, size),
    )  # fmt: skip
    psf = found.psf
    assert psf.shape == (61, size, size) and abs(psf.sum() - 1) < 1e-12
    index = np.array([[0, 0], [0, 1], [-3, 2], [-12, 0], [9, 24]])
    planes = np.array([30, 24, 37, 0])
    expected = over_pixels(
        lambda r: intensity(
            r, (planes - 30) * 200e-9 + found.focus, sample_index=sample_index, model=model,
            layers=((depth, sample_index),), **optics,
        ),
        index, 100e-9,
    )  # fmt: skip
    got = np.array([psf[(planes, *place)] for place in index + size // 2])
    scale = got[0, 0] / expected[0, 0]
    np.testing.assert_allclose(got, expected * scale, rtol=0, atol=1e-4 * psf.max())


def radial(r, z, optics, wavelength):
    """Vectorial intensity without a mismatch, few nodes: the frame is small."""
    return intensity(
        r, z, na=optics["na"], wavelength=wavelength, index=optics["index"], layers=(),
        sample_index=optics["index"], model="vectorial", nodes=150,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["confocal", "two-photon", "light-sheet", "widefield"])
@pytest.mark.parametrize("size", [9, 8])
def test_each_kind_is_its_product(kind, size):
    """Excitation times detection through the pinhole, pixel by pixel; the sheet along z."""
    seen, exciting, pitch, step = 520e-9, 488e-9, 90e-9, 250e-9
    extra = {
        "confocal": {"excitation": exciting, "pinhole": 0.8},
        "two-photon": {"excitation": exciting},
        "light-sheet": {"sheet": "700 nm"},
    }
    optics = {"na": 1.2, "index": 1.33}
    psf = sdpsf.microscope(
        **optics, wavelength=seen, spacing=(step, pitch, pitch), shape=(5, size, size), kind=kind,
        **extra.get(kind, {}),
    )  # fmt: skip
    z = (np.arange(5) - 2) * step
    radius = 0.8 * 1.22 * seen / 1.2 / 2
    x, w = np.polynomial.legendre.leggauss(12)
    rho, turn = radius * (x + 1) / 2, (np.arange(24) + 0.5) * math.pi / 24

    def product(r):
        first = radial(r, z, optics, seen if kind in ("widefield", "light-sheet") else exciting)
        if kind != "confocal":
            return first**2 if kind == "two-photon" else first
        away = np.sqrt(
            np.maximum(r[:, None, None] ** 2 + rho[:, None] ** 2
            - 2 * r[:, None, None] * rho[:, None] * np.cos(turn), 1e-30)
        )  # fmt: skip
        fine = np.arange(1, 700) * 3e-9
        table = radial(fine, z, optics, seen)
        through = np.stack([np.interp(away.ravel(), fine, one) for one in table.T], -1)
        return first * np.einsum("rqtz,q->rz", through.reshape(*away.shape, 5), w * (x + 1))

    places = np.array([[0, 0], [0, 1], [2, -1], [-4, 3], [3, 3]])
    expected = over_pixels(product, places, pitch).T
    if kind == "light-sheet":
        expected = expected * np.exp(-4 * math.log(2) * (z / 700e-9) ** 2)[:, None]
    got = psf[:, places[:, 0] + size // 2, places[:, 1] + size // 2]
    scale = got[2, 0] / expected[2, 0]
    np.testing.assert_allclose(got, expected * scale, rtol=0, atol=1e-4 * psf.max())


@pytest.mark.parametrize("shape", [(5, 31, 31), (4, 30, 32), (31, 30)])
def test_centre_and_symmetry(shape):
    """A frame is a window of a larger, odd one; that one is even about its centre."""
    given = {**OIL, "spacing": (300e-9, 100e-9, 80e-9)[-len(shape) :]}
    large = sdpsf.microscope(**given, shape=[2 * (n // 2) + 3 for n in shape])
    np.testing.assert_allclose(large, np.flip(large), rtol=0, atol=1e-15)
    psf = sdpsf.microscope(**given, shape=shape)
    inside = tuple(slice(1, 1 + n) for n in shape)
    assert np.unravel_index(np.argmax(psf), shape) == tuple(n // 2 for n in shape)
    np.testing.assert_allclose(psf, large[inside] / large[inside].sum(), rtol=1e-9)


def test_energy_in_frame():
    """A plane holds the same light in focus and out of it; a wide frame holds most of it."""
    given = {**OIL, "spacing": (1e-6, 50e-9, 50e-9), "details": True}
    small, wide = (sdpsf.microscope(**given, shape=(3, n, n)) for n in (41, 401))
    ratio = small.psf * small.energy_in_frame / (wide.psf[:, 180:221, 180:221])
    np.testing.assert_allclose(ratio, wide.energy_in_frame, rtol=1e-6)
    assert 0.97 < wide.energy_in_frame < 1
    planes = wide.psf.sum(axis=(1, 2))
    assert planes[0] == pytest.approx(planes[1], rel=0.03)


def test_brightest_plane_is_in_the_middle():
    deep = {**OIL, "sample_index": 1.33, "depth": "20 um", "spacing": ("100 nm",) * 3}
    psf = sdpsf.microscope(**deep, shape=(41, 5, 5), details=True)
    assert np.argmax(psf.psf[:, 2, 2]) == 20 and psf.focus > 1e-6
    assert sdpsf.microscope(**deep, shape=9, focus="paraxial", details=True).focus == 0


def test_cover_glass_by_design_changes_nothing():
    plain = sdpsf.microscope(**OIL, spacing=100e-9, shape=15)
    same = {"cover": ("170 um", 1.52), "design_cover": ("170 um", 1.52)}
    np.testing.assert_allclose(
        sdpsf.microscope(**OIL, spacing=100e-9, shape=15, **same), plain, atol=1e-12
    )
    thick = {**same, "cover": ("180 um", 1.45)}
    assert sdpsf.microscope(**OIL, spacing=100e-9, shape=15, **thick).max() < 0.9 * plain.max()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"na": 1.6}, "na must be at most the index of the immersion, 1.515; got 1.6"),
        ({"wavelength": None}, "wavelength must be given"),
        ({"wavelength": 600}, "wavelength='600 nm'"),
        ({"wavelength": "600"}, "no unit"),
        ({"spacing": "0.1 mu"}, "'mu' is not known"),
        ({"kind": "confocal"}, "excitation must be given"),
        ({"kind": "confocl"}, "did you mean 'confocal'"),
        ({"kind": "light-sheet"}, "sheet must be given"),
        ({"sheet": 1e-6}, "sheet must be left out"),
        ({"cover": (1e-4, 1.5)}, "given together"),
        ({"spacing": (1e-7,) * 4}, "4 axes"),
        ({"depth": -1e-6}, "depth"),
    ],
)
def test_what_is_wrong(given, message):
    with pytest.raises(ValueError, match=message):
        sdpsf.microscope(**{**OIL, "spacing": 1e-7, **given})


def test_metadata():
    names = {"NumericalAperture": 1.4, "EmissionWavelength": 600.0, "EmissionWavelengthUnit": "nm",
             "RefractiveIndex": 1.515, "PhysicalSizeY": 0.1, "PhysicalSizeX": 0.1,
             "PhysicalSizeXUnit": "µm"}  # fmt: skip
    expected = sdpsf.microscope(**OIL, spacing=("100 nm", "100 nm"), shape=15)
    np.testing.assert_allclose(sdpsf.from_metadata(names, shape=15), expected, rtol=1e-12)
    del names["EmissionWavelength"], names["PhysicalSizeX"]
    with pytest.raises(ValueError, match="nothing of wavelength, spacing"):
        sdpsf.from_metadata(names)


def test_spec_reads_units_and_words():
    text = "microscope:na=1.4:index=1.515:wavelength=600nm:spacing=200nmx100nmx100nm:shape=5x9x9"
    expected = sdpsf.microscope(**OIL, spacing=("200 nm", "100 nm", "100 nm"), shape=(5, 9, 9))
    np.testing.assert_allclose(sdpsf.from_spec(text), expected, rtol=1e-9)
    with pytest.raises(ValueError, match="kind must be one of"):
        sdpsf.from_spec(text + ":kind=wide")

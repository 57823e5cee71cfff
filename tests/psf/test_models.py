"""Every blur model against integrals, moments and symmetries it must have."""

from __future__ import annotations

import math
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from scipy import integrate, special

import sigdeconv.psf as sdpsf
from sigdeconv.psf._model import centred

MODELS = {
    "gaussian 1-D": partial(sdpsf.gaussian, 1.7, ndim=1),
    "gaussian 2-D": partial(sdpsf.gaussian, (2.0, 0.7)),
    "gaussian turned": partial(sdpsf.gaussian, (2.0, 0.7), angle=30),
    "gaussian 3-D": partial(sdpsf.gaussian, (1.0, 0.0, 2.0)),
    "box": partial(sdpsf.box, (2.5, 3)),
    "box 3-D": partial(sdpsf.box, 1.5, ndim=3),
    "disk 1-D": partial(sdpsf.disk, 2.3, ndim=1),
    "disk": partial(sdpsf.disk, 3.3),
    "ball": partial(sdpsf.ball, 2.2),
    "motion 1-D": partial(sdpsf.motion, 4.5, ndim=1),
    "motion": partial(sdpsf.motion, 7.3, 37),
    "airy": partial(sdpsf.airy, 2.5, truncate=3),
    "moffat": partial(sdpsf.moffat, 2.5),
    "moffat 3-D": partial(sdpsf.moffat, 1.5, ndim=3, truncate=2),
    "lorentzian": partial(sdpsf.lorentzian, 1.5),
    "voigt": partial(sdpsf.voigt, 0.8, 0.4),
}
every = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)


def moments(psf: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centroid and covariance about the centre index."""
    grids = np.meshgrid(*[centred(n) for n in psf.shape], indexing="ij")
    mean = np.array([(g * psf).sum() for g in grids])
    cov = np.array([[(a * b * psf).sum() for b in grids] for a in grids])
    return mean, cov - np.outer(mean, mean)


@every
def test_contract(make):
    psf = make()
    assert type(psf) is np.ndarray
    assert psf.dtype == np.float64
    assert psf.min() >= 0
    assert all(n % 2 == 1 for n in psf.shape)
    assert abs(psf.sum() - 1) < 1e-14
    np.testing.assert_allclose(psf, psf[(slice(None, None, -1),) * psf.ndim], atol=1e-14)
    assert psf.flat[psf.size // 2] == pytest.approx(psf.max(), rel=1e-12)


@every
@pytest.mark.parametrize("grow", [1, 2])
def test_shape_moves_nothing_but_the_frame(make, grow):
    small = make()
    shape = tuple(n + grow + a for a, n in enumerate(small.shape))
    large = make(shape=shape)
    assert large.shape == shape
    start = [m // 2 - n // 2 for m, n in zip(shape, small.shape, strict=True)]
    window = tuple(slice(s, s + n) for s, n in zip(start, small.shape, strict=True))
    np.testing.assert_allclose(large[window] / large[window].sum(), small, atol=1e-13)


@pytest.mark.parametrize("sigma", [0.2, 0.7, 3.0])
def test_gaussian_integrates_the_density(sigma):
    psf = sdpsf.gaussian(sigma, ndim=1, truncate=9)
    for k in (0, 1, 2):
        expected = integrate.quad(
            lambda x: math.exp(-(x**2) / 2 / sigma**2) / sigma / math.sqrt(2 * math.pi),
            k - 0.5, k + 0.5, epsabs=1e-13,
        )[0]  # fmt: skip
        if psf.size > 2 * k:
            assert psf[psf.size // 2 + k] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 135.0, -20.0])
@pytest.mark.parametrize("sigma", [(3.0, 1.0), (0.9, 2.5)])
def test_gaussian_covariance(sigma, angle):
    psf = sdpsf.gaussian(sigma, angle=angle, truncate=8)
    a = math.radians(angle)
    turn = np.array([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])
    expected = turn @ np.diag(np.square(sigma)) @ turn.T + np.eye(2) / 12
    np.testing.assert_allclose(moments(psf)[1], expected, atol=1e-5)


def test_gaussian_angle_is_counter_clockwise_as_displayed():
    psf = sdpsf.gaussian((0.5, 3.0), angle=45)  # long along the columns, turned up to the right
    c = psf.shape[0] // 2
    assert psf[c - 2, c + 2] > 100 * psf[c + 2, c + 2]
    line = sdpsf.motion(9, 45)
    c = line.shape[0] // 2
    assert line[c - 2, c + 2] > 100 * line[c + 2, c + 2]


def test_gaussian_rotated_matches_unrotated_and_transposed():
    straight = sdpsf.gaussian((2.0, 1.0), shape=(15, 17))
    np.testing.assert_allclose(
        sdpsf.gaussian((2.0, 1.0), angle=1e-9, shape=(15, 17)), straight, atol=1e-10
    )
    np.testing.assert_allclose(
        sdpsf.gaussian((2.0, 1.0), angle=90, shape=(17, 15)), straight.T, atol=1e-12
    )


def test_gaussian_zero_sigma_is_a_delta_on_that_axis():
    psf = sdpsf.gaussian((0.0, 1.0))
    assert psf.shape[0] == 1
    np.testing.assert_allclose(psf[0], sdpsf.gaussian(1.0, ndim=1), atol=1e-15)
    np.testing.assert_array_equal(sdpsf.gaussian(0.0), [[1.0]])


@pytest.mark.parametrize("size", [0.4, 1, 2.5, 3, 4.2, 7])
def test_box_variance(size):
    psf = sdpsf.box(size, ndim=1)
    fine = np.linspace(-size / 2, size / 2, 400_001)
    pixel = np.round((fine[1:] + fine[:-1]) / 2)
    np.testing.assert_allclose(moments(psf)[1], pixel.var(), atol=1e-4)


def test_box_even_size():
    np.testing.assert_array_equal(sdpsf.box((4, 2)), np.full((4, 2), 1 / 8))
    np.testing.assert_array_equal(sdpsf.box(2, ndim=1, shape=5), [0, 0.5, 0.5, 0, 0])


@pytest.mark.parametrize("radius", [0.3, 0.5, 0.8, 2.0, 3.7])
@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_disk_coverage(radius, ndim):
    psf = sdpsf.disk(radius, ndim=ndim)
    volume = math.pi ** (ndim / 2) / math.gamma(ndim / 2 + 1) * radius**ndim
    q = {1: 20_000, 2: 300, 3: 40}[ndim]
    n = psf.shape[0]
    x = (np.arange(n * q) + 0.5) / q - n / 2
    r2 = sum(np.meshgrid(*[x**2] * ndim, indexing="ij", sparse=True))
    inside = (r2 <= radius**2).astype(np.float32)
    expected = inside.reshape([k for _ in range(ndim) for k in (n, q)])
    expected = expected.mean(axis=tuple(range(1, 2 * ndim, 2))) / volume
    np.testing.assert_allclose(psf * volume, expected * volume, atol=1e-3 if ndim < 3 else 3e-3)


def test_disk_is_exact():
    # A pixel fully inside holds 1 / area; the second moment of a disk per axis is r^2 / 4.
    assert sdpsf.disk(6.0)[6, 6] == pytest.approx(1 / (36 * math.pi), rel=1e-12)
    assert sdpsf.ball(3.0)[3, 3, 3] == pytest.approx(3 / (4 * math.pi * 27), rel=1e-4)
    small = sdpsf.disk(0.5, shape=(3, 3))
    assert small[1, 1] == pytest.approx(1.0)


@pytest.mark.parametrize("angle", [0, 90, 180, -90])
def test_motion_on_the_grid_is_a_uniform_line(angle):
    psf = sdpsf.motion(5, angle)
    np.testing.assert_allclose(psf[psf > 1e-12], 0.2, atol=1e-12)
    assert psf.shape == ((1, 5) if angle % 180 == 0 else (5, 1))


@pytest.mark.parametrize("angle", [10.0, 45.0, 77.0, 120.0])
@pytest.mark.parametrize("length", [3.2, 11.0])
def test_motion_area(length, angle):
    psf = sdpsf.motion(length, angle)
    q = 64
    n, m = psf.shape
    row = ((np.arange(n * q) + 0.5) / q - n / 2)[:, None]
    col = ((np.arange(m * q) + 0.5) / q - m / 2)[None, :]
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    inside = (abs(c * col - s * row) <= length / 2) & (abs(s * col + c * row) <= 0.5)
    area = inside.reshape(n, q, m, q).mean(axis=(1, 3))
    np.testing.assert_allclose(psf * length, area, atol=4e-3)
    assert area.sum() == pytest.approx(length, rel=1e-2)
    np.testing.assert_allclose(sdpsf.motion(length, angle + 90), np.rot90(psf), atol=1e-12)


def test_airy_core_and_dark_ring():
    psf = sdpsf.airy(24.0, truncate=3)
    c = psf.shape[0] // 2
    assert psf[c, c + 24] < 2e-4 * psf[c, c]
    v = special.jn_zeros(1, 1)[0] / 2
    assert psf[c, c + 12] / psf[c, c] == pytest.approx((2 * special.j1(v) / v) ** 2, rel=5e-3)
    np.testing.assert_allclose(psf, psf.T, atol=1e-16)


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_moffat_half_maximum(ndim):
    psf = sdpsf.moffat(9.0, 3.0, ndim=ndim, truncate=1)
    middle = psf[(psf.shape[0] // 2,) * (ndim - 1)]
    c = middle.size // 2
    half = (middle[c + 4] + middle[c + 5]) / 2 / middle[c]
    assert half == pytest.approx(0.5, rel=0.02)


def test_moffat_pixel_integral():
    psf = sdpsf.moffat(0.8, 2.5, shape=(5, 4))
    alpha = 0.8 / 2 / math.sqrt(2 ** (1 / 2.5) - 1)

    def pixel(i: int, j: int) -> float:
        return integrate.dblquad(
            lambda x, y: (1 + (x * x + y * y) / alpha**2) ** -2.5,
            i - 0.5, i + 0.5, j - 0.5, j + 0.5,
        )[0]  # fmt: skip

    assert psf[2, 3] / psf[2, 2] == pytest.approx(pixel(0, 1) / pixel(0, 0), rel=1e-8)


def test_lorentzian_and_voigt_integrals():
    lorentz = sdpsf.lorentzian(1.4, shape=201)
    x = np.array([0.0, 1.0, 50.0])
    exact = (np.arctan((x + 0.5) / 0.7) - np.arctan((x - 0.5) / 0.7)) / math.pi
    inside = 2 * math.atan(100.5 / 0.7) / math.pi
    np.testing.assert_allclose(lorentz[[100, 101, 150]], exact / inside, rtol=1e-10)
    voigt = sdpsf.voigt(0.6, 0.3, shape=9)
    area = [
        integrate.quad(special.voigt_profile, k - 0.5, k + 0.5, args=(0.6, 0.3))[0]
        for k in range(-4, 5)
    ]
    np.testing.assert_allclose(voigt, np.array(area) / sum(area), rtol=1e-9)
    np.testing.assert_array_equal(sdpsf.voigt(1.0, 0, shape=9), sdpsf.gaussian((1.0,), shape=9))
    np.testing.assert_array_equal(sdpsf.voigt(0, 0.7, shape=8), sdpsf.lorentzian(1.4, shape=8))


def test_voigt_is_a_gaussian_convolved_with_a_lorentzian():
    fine = sdpsf.voigt(8.0, 4.0, shape=2001)
    both = np.convolve(
        sdpsf.gaussian(8.0, ndim=1, truncate=8), sdpsf.lorentzian(8.0, shape=2001), mode="same"
    )
    np.testing.assert_allclose(fine[900:1101], both[900:1101], rtol=2e-3)


@pytest.mark.parametrize("tau", [0.3, 2.0, 9.0])
@pytest.mark.parametrize("shape", [None, 40])
def test_exponential(tau, shape):
    psf = sdpsf.exponential(tau, shape=shape)
    m = psf.size // 2
    assert psf.sum() == pytest.approx(1.0, abs=1e-14)
    assert not psf[:m].any()
    if psf.size > 2 * m or shape:
        tail = psf[m + 1 :]
        np.testing.assert_allclose(tail[1:] / tail[:-1], math.exp(-1 / tau), rtol=1e-9)
    first = -math.expm1(-0.5 / tau)
    assert psf[m + 1] / psf[m] == pytest.approx(
        math.exp(-0.5 / tau) * -math.expm1(-1 / tau) / first, rel=1e-9
    )


WRONG = [
    (sdpsf.gaussian, (-1.0,), {}, ValueError, r"sigma.*-1.*did you mean 1"),
    (sdpsf.gaussian, (math.nan,), {}, ValueError, "sigma.*nan"),
    (sdpsf.gaussian, ("2",), {}, TypeError, "sigma.*'2'.*write sigma=2"),
    (sdpsf.gaussian, ((1, 2, 3),), {"ndim": 2}, ValueError, "sigma has 3 entries.*or 2, one"),
    (sdpsf.gaussian, ((1, 2, 3),), {"angle": 9}, ValueError, "angle.*2-D"),
    (sdpsf.gaussian, ((1, 0),), {"angle": 9}, ValueError, "sigma.*0.1"),
    (sdpsf.gaussian, (1,), {"shape": 3.0}, TypeError, "shape.*write 3"),
    (sdpsf.gaussian, (1,), {"shape": (3, 3, 3)}, ValueError, "shape has 3 entries.*or 2, one"),
    (sdpsf.gaussian, (1,), {"shape": (3, 0)}, ValueError, r"shape\[1\].*at least 1"),
    (sdpsf.gaussian, (1,), {"ndim": 0}, ValueError, "ndim"),
    (sdpsf.gaussian, ([],), {}, ValueError, "sigma.*at least one"),
    (sdpsf.gaussian, (None,), {}, TypeError, "sigma.*None"),
    (sdpsf.gaussian, (1,), {"truncate": 0}, ValueError, "truncate"),
    (sdpsf.box, (0,), {}, ValueError, "size"),
    (sdpsf.box, (True,), {}, TypeError, "size"),
    (sdpsf.disk, (math.inf,), {}, ValueError, "radius"),
    (sdpsf.disk, (1,), {"ndim": 2.5}, TypeError, "ndim"),
    (sdpsf.motion, (0,), {}, ValueError, "length"),
    (sdpsf.motion, (3,), {"ndim": 3}, ValueError, "ndim.*1 or 2"),
    (sdpsf.motion, (3, 10), {"ndim": 1}, ValueError, "angle"),
    (sdpsf.airy, (1j,), {}, TypeError, "radius"),
    (sdpsf.moffat, (2, 1.0), {}, ValueError, "beta.*infinite"),
    (sdpsf.lorentzian, (-2,), {}, ValueError, "fwhm"),
    (sdpsf.voigt, (0, 0), {}, ValueError, "sigma and gamma"),
    (sdpsf.voigt, (1, -1), {}, ValueError, "gamma"),
    (sdpsf.exponential, (0,), {}, ValueError, "tau"),
]


@pytest.mark.parametrize(("function", "args", "keywords", "error", "match"), WRONG)
def test_errors_name_the_argument(function, args, keywords, error, match):
    with pytest.raises(error, match=match):
        function(*args, **keywords)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gaussian:2.5", partial(sdpsf.gaussian, 2.5)),
        ("gaussian:2.5,1.0:angle=30", partial(sdpsf.gaussian, (2.5, 1.0), angle=30)),
        ("gaussian:2.5,1.0,angle=30", partial(sdpsf.gaussian, (2.5, 1.0), angle=30)),
        ("gaussian:1:ndim=1:shape=8", partial(sdpsf.gaussian, 1, ndim=1, shape=8)),
        ("box:9", partial(sdpsf.box, 9)),
        ("disk:3:shape=9x8", partial(sdpsf.disk, 3, shape=(9, 8))),
        ("motion:15,45", partial(sdpsf.motion, 15, 45)),
        ("moffat:fwhm=3,beta=3", partial(sdpsf.moffat, 3, 3)),
    ],
)
def test_spec(text, expected):
    np.testing.assert_array_equal(sdpsf.from_spec(text), expected())


@pytest.mark.parametrize(
    ("text", "error", "match"),
    [
        ("gausian:2", ValueError, "Models:.*gaussian"),
        ("", ValueError, "Models:"),
        ("gaussian", ValueError, "sigma"),
        ("gaussian:a", ValueError, "numbers.*'a'"),
        ("gaussian:2:blur=3", ValueError, "parameters of gaussian.*truncate"),
        ("gaussian:angle=3,2", ValueError, "before keywords"),
        ("motion:1,2,3", ValueError, "parameters of motion"),
        ("gaussian:-2", ValueError, "sigma.*-2"),
        (3, TypeError, "text must be a string"),
    ],
)
def test_spec_errors(text, error, match):
    with pytest.raises(error, match=match):
        sdpsf.from_spec(text)


def test_package_names():
    assert {"gaussian", "measured", "psf2otf", "from_spec"} <= set(dir(sdpsf))
    assert all(callable(getattr(sdpsf, name)) for name in sdpsf.registry)
    with pytest.raises(AttributeError, match="nearest: gaussian"):
        sdpsf.gausian  # noqa: B018


@pytest.mark.slow
def test_import_is_light_and_a_dropped_file_is_found(tmp_path):
    (tmp_path / "extra.py").write_text(
        "from sigdeconv.psf._model import model\n"
        "__all__ = ['extra']\n"
        "@model\ndef extra(a):\n    return a\n"
    )
    code = f"""
import importlib.util, sys
spec = importlib.util.find_spec("sigdeconv.psf")
spec.submodule_search_locations.append({str(tmp_path)!r})
psf = importlib.util.module_from_spec(spec)
sys.modules["sigdeconv.psf"] = psf
spec.loader.exec_module(psf)
assert psf.extra(3) == 3 and "extra" in psf.registry and "extra" in dir(psf)
assert not [m for m in ("scipy.signal", "matplotlib", "skimage") if m in sys.modules]
"""
    subprocess.run([sys.executable, "-c", code], check=True)

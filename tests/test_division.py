"""Polynomial division: equal to SciPy where that is right, stable where it is not."""

import warnings

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.sanity import SanityWarning

INSIDE = np.poly([0.5, -0.6, 0.3 + 0.2j, 0.3 - 0.2j]).real
GAUSSIAN = np.exp(-(np.arange(-4, 5) ** 2) / (2 * 1.5**2))
UNSTABLE = {
    "reversed": INSIDE[::-1],
    "gaussian": GAUSSIAN,
    "wide gaussian": np.exp(-(np.arange(-15, 16) ** 2) / (2 * 4.0**2)),
    "delayed": np.array([0.0, 0.0, 1.0, 0.5]),
    "complex": np.array([1.0, 2.0j, 0.3]),
}
STABLE = {"inside": INSIDE, "box": np.ones(5) / 5, "second difference": np.array([-1.0, 2.0, -1.0])}


def test_minimum_phase_is_where_the_zeros_are():
    rng = np.random.default_rng(0)
    for _ in range(200):
        zeros = rng.uniform(0.05, 1.15, 6) * np.exp(2j * np.pi * rng.random(6))
        assert sd.is_minimum_phase(np.poly(zeros)) == (np.max(np.abs(zeros)) < 1)
    assert sd.is_minimum_phase([3.0]) and not sd.is_minimum_phase([0.0, 1.0])
    assert not sd.is_minimum_phase(np.ones(5))  # on the circle is not inside
    assert sd.is_minimum_phase(sd.psf.minimum_phase([1.0, 2.0])[1:])


@pytest.mark.parametrize("name", STABLE)
def test_equals_scipy_where_long_division_is_right(name):
    from scipy.signal import deconvolve

    h = STABLE[name]
    y = np.random.default_rng(1).standard_normal(300)
    with pytest.warns(SanityWarning, match="no full convolution.*use deconvolve"):
        quotient, remainder = sd.polynomial_division(y, h)
    expected = deconvolve(y, h)
    np.testing.assert_allclose(quotient, expected[0], atol=1e-9 * np.abs(quotient).max())
    np.testing.assert_allclose(remainder, expected[1], atol=1e-9 * np.abs(quotient).max())


@pytest.mark.parametrize("name", UNSTABLE)
def test_other_taps_take_the_stable_route_and_say_so(name):
    h = UNSTABLE[name]
    x = np.random.default_rng(2).standard_normal(500)
    y = np.convolve(h, x)
    with pytest.warns(SanityWarning, match="minimum phase.*least squares"):
        quotient, remainder = sd.polynomial_division(y, h)
    np.testing.assert_allclose(quotient, x, atol=1e-9)
    np.testing.assert_allclose(remainder, 0, atol=1e-13 * np.abs(h).sum() * 500)


def test_least_squares_is_that_of_the_matrix():
    rng = np.random.default_rng(3)
    y, h = rng.standard_normal(40), rng.standard_normal(6)
    T = np.array([np.convolve(h, e) for e in np.eye(35)]).T
    expected = np.linalg.lstsq(T, y)[0]
    with pytest.warns(SanityWarning, match="no full convolution"):
        quotient, remainder = sd.polynomial_division(y, h, route="least-squares")
    np.testing.assert_allclose(quotient, expected, atol=1e-11)
    np.testing.assert_allclose(remainder, y - T @ expected, atol=1e-11)


def test_long_division_by_force_is_never_silent():
    y = np.convolve(GAUSSIAN, np.random.default_rng(4).standard_normal(300))
    with pytest.warns(SanityWarning, match="route='least-squares'"):
        quotient, _ = sd.polynomial_division(y, GAUSSIAN, route="division")
    assert np.abs(quotient).max() > 1e20
    with pytest.raises(ValueError, match=r"taps\[0\] is 0"):
        sd.polynomial_division(y, [0.0, 1.0], route="division")


def test_polynomials():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quotient, remainder = sd.polynomial_division(np.array([1, -3, 0, 7]), [1, -2])
    assert quotient.tolist() == [1.0, -1.0, -2.0] and remainder.tolist() == [0, 0, 0, 3]
    quotient, remainder = sd.polynomial_division([1.0, 2.0], [1.0, 2.0, 3.0])
    assert quotient.shape == (0,) and remainder.tolist() == [1.0, 2.0]


def test_precision_and_namespace_are_kept():
    x = np.random.default_rng(5).standard_normal(200).astype("float32")
    y = np.convolve(x, INSIDE.astype("float32"))
    quotient, remainder = sd.polynomial_division(y, INSIDE)
    assert quotient.dtype == remainder.dtype == np.float32
    np.testing.assert_allclose(quotient, x, atol=1e-5)
    torch = pytest.importorskip("torch")
    found = sd.polynomial_division(torch.from_numpy(y), INSIDE)[0]
    assert isinstance(found, torch.Tensor) and found.dtype == torch.float32


@pytest.mark.parametrize(
    ("words", "signal", "taps", "route"),
    [
        ("signal must be a 1-D", np.ones((3, 3)), [1.0], "auto"),
        ("taps must be a 1-D", np.ones(3), np.ones((2, 2)), "auto"),
        ("all zero", np.ones(3), [0.0, 0.0], "auto"),
        ("route must be one of", np.ones(3), [1.0], "roots"),
        ("signal", [1.0, np.nan], [1.0], "auto"),
    ],
)
def test_bad_input_is_named(words, signal, taps, route):
    with pytest.raises(ValueError, match=words):
        sd.polynomial_division(signal, taps, route=route)
    with pytest.raises(ValueError, match="taps must not be all zero"):
        sd.is_minimum_phase([0.0])


def test_a_signal_without_its_tails_is_no_full_convolution():
    taps = np.array([0.0, 2, 3, 1])
    signal = np.random.default_rng(8).random(60)
    for mode in ("same", "valid"):
        with pytest.warns(SanityWarning, match="its tails are cut off"):
            sd.polynomial_division(np.convolve(signal, taps, mode), taps, route="least-squares")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sd.polynomial_division(np.convolve(signal, taps), taps, route="least-squares")
        noise = 1e-3 * np.random.default_rng(9).standard_normal(63)
        sd.polynomial_division(np.convolve(signal, taps) + noise, taps, route="least-squares")

"""The kernel from what was sent, against the dense posterior; a sweep, against the response."""

import numpy as np
import pytest
from scipy.linalg import toeplitz

import sigdeconv as sd

TRUE = sd.psf.exponential(8.0, shape=(64,))


@pytest.mark.parametrize("centre", ["start", "middle"])
@pytest.mark.parametrize("boundary", ["zero", "unknown"])
def test_least_squares_against_a_dense_matrix(centre, boundary):
    rng = np.random.default_rng(0)
    sent, y = rng.standard_normal(90), rng.standard_normal(80)
    found = sd.psf.from_signal(y, sent, size=7, centre=centre, boundary=boundary)
    before = 3 if centre == "middle" else 0
    padded = np.concatenate([np.zeros(6), sent, np.zeros(6)])
    rows = np.array([padded[6 + n + before - np.arange(7)] for n in range(80)])
    used = slice(6 - before, 80) if boundary == "unknown" else slice(0, 80)
    rows, data = rows[used], y[used]

    def cost(weight):  # - 2 log evidence, with the best noise
        left = data @ (data - rows @ np.linalg.solve(rows.T @ rows + weight * np.eye(7),
                                                     rows.T @ data))  # fmt: skip
        return len(data) * np.log(left) + np.linalg.slogdet(np.eye(7) + rows.T @ rows / weight)[1]

    top = np.linalg.eigvalsh(rows.T @ rows)[-1]
    weight = min(np.geomspace(1e-12, 1e2, 141) * top, key=cost)
    dense = np.linalg.solve(rows.T @ rows + weight * np.eye(7), rows.T @ data)
    assert found.centre == before
    np.testing.assert_allclose(found.psf, dense, rtol=1e-6, atol=1e-9)


def test_error_and_transfer_of_noise_that_was_sent():
    rng = np.random.default_rng(1)
    sent = rng.standard_normal(2000)
    y = np.convolve(sent, TRUE)
    y = y + 0.05 * y.std() * rng.standard_normal(y.size)
    found = sd.psf.from_signal(y, sent, size=64)
    assert 0.55 < np.mean(np.abs(found.psf - TRUE) <= found.error) < 0.82
    assert found.noise == pytest.approx(0.05 * np.std(y), rel=0.1)
    frequency, value, error = found.mtf
    true = np.abs(np.exp(-2j * np.pi * np.outer(frequency, np.arange(64))) @ TRUE)
    assert np.mean(np.abs(value - true) <= 2 * error) > 0.85
    assert "64 samples" in str(found) and found.harmonics == []


def test_a_pulse_and_the_shape_of_a_reference_peak():
    pulse = np.exp(-np.arange(60) / 5.0)
    found = sd.psf.from_signal(np.convolve(pulse, TRUE), pulse, size=64)
    np.testing.assert_allclose(found.psf, TRUE, atol=1e-5)
    own, wide = sd.psf.gaussian(1.0, ndim=1, shape=(81,)), sd.psf.lorentzian(2.0, shape=(41,))
    peak = np.convolve(own, wide, "same")
    assert np.abs(sd.psf.from_signal(peak, own, size=41, centre="middle").psf - wide).sum() < 2e-2


def test_a_sweep_apart_from_its_harmonics():
    sent = sd.psf.sweep(48000, 0.001, 0.5)
    h = np.convolve(np.eye(1, 60, 3)[0] + np.eye(1, 60, 40)[0] / 3, TRUE[32:52])
    y = np.concatenate([np.convolve(sent + 0.1 * sent**2, h), np.zeros(400)])
    found = sd.psf.from_sweep(y, 48000, 0.001, 0.5, size=200, harmonics=2)
    f = np.geomspace(0.0013, 0.24, 200)  # the second harmonic stays below half a cycle

    def decibel(kernel):
        wave = np.exp(-2j * np.pi * np.outer(f, np.arange(kernel.size)))
        return 20 * np.log10(np.abs(wave @ kernel))

    assert np.abs(decibel(found.psf) - decibel(h)).max() < 0.1
    assert found.centre == 0 and len(found.harmonics) == 1
    assert np.abs(found.harmonics[0]).max() > 20 * found.noise


def test_the_matrix_of_a_pulse_is_toeplitz():
    gram = toeplitz([2.0, 1.0, 0.0])
    sent = np.array([1.0, 1.0])
    y = np.convolve(sent, [3.0, 2.0, 1.0])
    found = sd.psf.from_signal(y, sent, size=3)
    np.testing.assert_allclose(gram @ found.psf, gram @ [3.0, 2.0, 1.0], rtol=1e-4)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: sd.psf.from_signal(np.ones(9), np.zeros(5), size=3), ValueError, "signal is zero"),
        (lambda: sd.psf.from_signal(np.ones(9), np.ones(5), size=12), ValueError, "smaller size"),
        (lambda: sd.psf.from_signal(np.ones((3, 3)), np.ones(5), size=2), ValueError, "y must be"),
        (lambda: sd.psf.from_signal(np.ones(9), np.ones(5), size=2.5), TypeError, "size must be"),
        (lambda: sd.psf.sweep(100, 0.4, 0.1), ValueError, "high must be"),
        (lambda: sd.psf.from_sweep(np.ones(9), 99, 0.01, 0.4, size=5), ValueError, "the sweep 99"),
    ],
)
def test_bad_input_is_named(call, error, says):
    with pytest.raises(error, match=says):
        call()

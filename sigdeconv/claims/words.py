"""What is said in words: reversing, denoising, super-resolution, invertibility, linearity."""

from __future__ import annotations

import numpy as np

from sigdeconv._array import Array
from sigdeconv.claims._lab import Evidence, Lab, claim, dense
from sigdeconv.inverse.inverse_filter import inverse_filter
from sigdeconv.inverse.richardson_lucy import richardson_lucy
from sigdeconv.inverse.wiener import wiener
from sigdeconv.operators.base import Operator
from sigdeconv.operators.convolution import Convolution

DRAWS = 200  # random signals, where a figure depends on the one that is drawn


def _error(x: Array, estimate: Array) -> float:
    """Return the relative error of `estimate`."""
    return float(np.linalg.norm(estimate - x) / np.linalg.norm(x))


def _scaled_error(x: Array, estimate: Array) -> float:
    """Return the relative error of `estimate` after the best factor."""
    energy = float(estimate @ estimate)
    return _error(x, estimate * (float(estimate @ x) / energy if energy else 0.0))


def _nullity(A: Operator) -> int:
    M = A.to_dense()
    return int(M.shape[1] - np.linalg.matrix_rank(M))


def _gaussian(sigma: float, n: int = 128) -> Convolution:
    """Return a periodic blur by a sampled Gaussian, as the documents use it."""
    t = np.arange(n) - n // 2
    g = np.exp(-0.5 * (t / sigma) ** 2)
    return Convolution(g / g.sum(), (n,), "periodic")


@claim(1, "Deconvolution, also known as transposed convolution, reverses convolution.")
def reverses(lab: Lab) -> Evidence:
    """Blur, apply the "deconvolution", compare; the pseudo-inverse beside it."""
    signals = lab.draw(DRAWS, 64)
    taps = [1.0, 2.0, 3.0]
    cases, figures = {}, {}
    for stride, name in ((1, "stride 1, full padding"), (2, "stride 2")):
        A = dense(taps, 64, stride=stride, padding="full" if stride == 1 else 1)
        M = A.to_dense()
        T, P = lab.transpose(A), np.linalg.pinv(M)
        errors = [
            (_scaled_error(x, T @ y), _error(x, P @ y), _error(y, M @ (P @ y)))
            for x, y in ((x, M @ x) for x in signals)
        ]
        names = ("transpose", "pseudo-inverse", "data")
        for name_, error in zip(names, np.median(errors, axis=0), strict=True):
            figures[f"{name_} {stride}"] = float(error)
        figures[f"nullity {stride}"] = float(_nullity(A))
        cases[f"{name}: scaled error below 1e-6"] = figures[f"transpose {stride}"] < 1e-6
    return Evidence(
        cases,
        "best-scaled error of the transpose {transpose 1:.2f}, of the pseudo-inverse "
        "{pseudo-inverse 1:.0e}; at stride 2 (nullity {nullity 2:.0f} of 64) {transpose 2:.2f} and "
        "{pseudo-inverse 2:.2f}, but the pseudo-inverse reproduces the data to "
        "{data 2:.0e} (medians of {draws} signals)".format(draws=DRAWS, **figures),
        "the transpose is the adjoint",
        figures,
    )


@claim(2, "Deconvolution takes a signal and produces two that convolve to the original.")
def two_signals(lab: Lab) -> Evidence:
    """Try to tell the two factors of a product apart: scale, shift and swap leave it unchanged."""
    k, x = np.abs(lab.draw(5)), np.abs(lab.draw(3, 8)[1])
    y = np.convolve(k, x)
    other = {
        "scale": (2 * k, x / 2),
        "shift": (np.r_[0, k], x),
        "swap": (x, k),
    }
    same = {}
    for name, (a, b) in other.items():
        z = np.convolve(a, b)
        same[name] = _error(y, z[1:] if name == "shift" else z)
    return Evidence(
        {f"the pair is unique up to {name}": error > 1e-12 for name, error in same.items()},
        f"a scaled, a shifted and a swapped pair give the same signal to {max(same.values()):.0e}",
        "data and kernel in, one signal out; two come out of blind deconvolution, not uniquely",
        same,
    )


@claim(3, "Super-resolution: extract high frequencies by convolution, then deconvolve.")
def super_resolution(lab: Lab) -> Evidence:
    """Blur with an ideal low-pass; look for energy above its edge in the linear estimates."""
    n, edge = 128, 20
    otf = (np.abs(np.fft.fftfreq(n) * n) <= edge).astype(float)
    A = Convolution(np.fft.fftshift(np.fft.ifft(otf).real), (n,), "periodic")
    y = A(lab.draw(n))
    lost = otf == 0
    figures = {}
    for name, x in (
        ("truncated inverse", inverse_filter(y, A, threshold=0.5)),
        ("Wiener", wiener(y, A, nsr=1e-3)),
        ("transpose", lab.transpose(A) @ y),
    ):
        spectrum = np.abs(np.fft.fft(x)) ** 2
        figures[name] = float(spectrum[lost].sum() / spectrum.sum())
    return Evidence(
        {f"{name} has energy where the OTF is zero": e > 1e-20 for name, e in figures.items()},
        f"energy above the edge at most {max(figures.values()):.0e} of the whole",
        "what the OTF set to zero stays zero in every linear method; it takes a prior or shifted "
        "frames",
        figures,
    )


@claim(4, "Denoising: deconvolution removes the noise.")
def denoising(lab: Lab) -> Evidence:
    """Invert a Gaussian blur of 1.5 samples with noise of growing level."""
    A, drawn = _gaussian(1.5), lab.draw(DRAWS, 2, 128)
    figures = {}
    for level in (0.0, 1e-6, 1e-2):
        errors = [_error(x, inverse_filter(A(x) + level * noise, A)) for x, noise in drawn]
        figures[f"{level:g}"] = float(np.median(errors))
    cases = {
        f"noise {level}: estimate error below the noise": error < float(level)
        for level, error in figures.items()
        if float(level) > 0
    }
    return Evidence(
        cases,
        "relative error of the inverse: "
        + ", ".join(f"{e:.1e} at noise {level}" for level, e in figures.items())
        + f" (medians of {DRAWS} draws)",
        "the inverse amplifies it",
        figures,
    )


@claim(5, "Segmentation: deconvolution highlights the regions of interest.")
def segmentation(lab: Lab) -> Evidence:
    """Upsample a coarse label map by a transposed layer; ask whether anything was inverted."""
    coarse = np.repeat([0.0, 1.0, 0.0, 1.0], 4)
    triangle = np.array([0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25])
    A = dense(triangle, (coarse.size - 1) * 4 + 1, stride=4, padding=3)
    up = lab.transpose(A) @ coarse
    fine = np.interp(np.arange(up.size) / 4, np.arange(coarse.size), coarse)
    labels = bool(np.array_equal(up > 0.5, fine > 0.5))
    inverted = _error(coarse, A(up)) < 1e-6
    return Evidence(
        {"class scores come out at image size": labels, "the convolution is inverted": inverted},
        f"labels equal to linear interpolation: {labels}; convolving again gives the coarse map "
        f"back: {inverted}",
        "it means upsampling of class scores; nothing is inverted",
    )


@claim(6, "FCN is arguably the first deep model for pixel-wise classification.")
def first_fcn(lab: Lab) -> Evidence:
    """Rest on the literature: patch-wise and multi-scale labelling came before."""
    return Evidence(
        {},
        "no experiment: patch-wise (Ciresan et al. 2012) and multi-scale (Farabet et al. 2013, "
        "doi:10.1109/TPAMI.2012.231) labelling networks came before",
        "first end-to-end for whole images, not first pixel-wise",
    )


@claim(7, "Convolution and deconvolution are inverse operations.")
def inverse_operations(lab: Lab) -> Evidence:
    """Invert Gaussian blurs of growing width; note the smallest gain."""
    x = lab.draw(128)
    cases, figures = {}, {}
    for sigma in (0.5, 1.0, 1.5, 2.0, 3.0):
        A = _gaussian(sigma)
        figures[f"{sigma:g}"] = float(np.min(np.abs(A.otf)))
        noisy = A(x) + 1e-6 * lab.draw(2, 128)[1]
        recovered = _error(x, inverse_filter(noisy, A)) < 0.01
        cases[f"sigma {sigma:g}, noise 1e-6: recovered to 1 %"] = recovered
    return Evidence(
        cases,
        "smallest |H|: " + ", ".join(f"{h:.2g} at sigma {s}" for s, h in figures.items()),
        "the spectrum of the kernel has no (near) zero, the border is known, the noise is small "
        "and the stride is 1",
        figures,
    )


@claim(8, "The operator is not always invertible.")
def not_invertible(lab: Lab) -> Evidence:
    """Count null vectors."""
    taps = [1.0, 2.0, 3.0]
    nullities = {
        "valid": _nullity(dense(taps, 64, padding="valid")),
        "full": _nullity(dense(taps, 64, padding="full")),
        "stride 2": _nullity(dense(taps, 64, stride=2, padding=1)),
    }
    some = any(nullities.values()) and not all(nullities.values())
    return Evidence(
        {"some convolutions have null vectors and some have none": some},
        ", ".join(f"{name}: nullity {n} of 64" for name, n in nullities.items()),
        figures={name: float(n) for name, n in nullities.items()},
    )


@claim(9, "Linear deconvolution assumes LTI systems; non-linear deconvolution does not.")
def linear_or_not(lab: Lab) -> Evidence:
    """Scale and add data of an LTI blur; see what Richardson-Lucy, a non-linear method, does."""
    A = _gaussian(1.5)
    y1, y2 = (np.abs(A(np.abs(lab.draw(2, 128)[k]))) for k in range(2))
    x1, x2, x12 = (richardson_lucy(y, A, num_iter=20) for y in (y1, y2, y1 + y2))
    scaled = _error(2 * x1, richardson_lucy(2 * y1, A, num_iter=20))
    added = _error(x12, x1 + x2)
    varying = np.diag(np.linspace(1, 2, 128)) @ A.to_dense()
    linear = _error(varying @ (y1 + y2), varying @ y1 + varying @ y2) < 1e-12
    return Evidence(
        {
            "a non-linear estimator needs no LTI model": added < 1e-6,
            "a shift-variant blur is not linear": not linear,
            "Richardson-Lucy is non-linear": added > 1e-6,
        },
        f"RL(2y) = 2 RL(y) to {scaled:.0e}, RL(y1+y2) off by {added:.2f} from the sum, on one LTI "
        "blur",
        "linear means the estimator; RL, TV and NNLS are non-linear estimators for an LTI blur, "
        "and a shift-variant blur is still linear",
        {"scaled": scaled, "added": added},
    )


@claim(10, "f(t) = (f * g)(t) / g(t).")
def divide_in_time(lab: Lab) -> Evidence:
    """Divide in time, and divide the spectra."""
    n = 64
    errors = []
    for x, g in lab.draw(DRAWS, 2, n):
        y = np.fft.ifft(np.fft.fft(x) * np.fft.fft(g)).real
        back = np.fft.ifft(np.fft.fft(y) / np.fft.fft(g)).real
        errors.append((_error(x, y / g), _error(x, back)))
    time, frequency = (float(e) for e in np.median(errors, axis=0))
    figures = {"time": time, "frequency": frequency}
    return Evidence(
        {"dividing in time": figures["time"] < 1e-6},
        f"relative error {time:.0f} in time, {frequency:.0e} as F = H/G (medians of {DRAWS} draws)",
        "F = H / G, where G is not zero",
        figures,
    )


@claim(15, "Passing a convolution's output through true deconvolution gives exactly the input.")
def exactly_the_input(lab: Lab) -> Evidence:
    """Invert exactly known blurs: without zeros, with a zero, with a stride, with noise."""
    x = lab.draw(64)
    good = Convolution([1.0, 4.0, 2.0], (64,), "periodic")
    zero = Convolution([1.0, 2.0, 1.0], (64,), "periodic")
    strided = dense([1.0, 4.0, 2.0], 64, stride=2, padding=1)
    pseudo = np.linalg.pinv(strided.to_dense()) @ strided(x)
    errors = {
        "no zero in the spectrum": _error(x, inverse_filter(good(x), good)),
        "a zero in the spectrum": _error(x, inverse_filter(zero(x), zero)),
        "stride 2": _error(x, pseudo),
        "noise 1e-3": _error(x, inverse_filter(good(x) + 1e-3 * lab.draw(2, 64)[1], good)),
    }
    return Evidence(
        {name: error < 1e-9 for name, error in errors.items()},
        ", ".join(f"{name}: {error:.0e}" for name, error in errors.items()),
        "the spectrum has no zero, the border is known, stride 1, no noise",
        errors,
    )

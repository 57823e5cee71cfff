"""What is said in words: reversing, denoising, super-resolution, invertibility."""

from __future__ import annotations

import numpy as np

from sigdeconv._array import Array
from sigdeconv.claims._lab import Evidence, Lab, claim, dense, relative_error, scaled_error
from sigdeconv.inverse import inverse_filter
from sigdeconv.inverse.wiener import wiener
from sigdeconv.operators.base import Operator
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation

DRAWS = 200  # random signals, where a figure depends on the one that is drawn


def _invert(y: Array, A: Convolution) -> Array:
    """Return FFT division, by the method itself: what is wrong with these kernels is meant."""
    return inverse_filter.METHOD.solve(Observation(y, A), history=False).x


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
            (scaled_error(x, T @ y), relative_error(x, P @ y), relative_error(y, M @ (P @ y)))
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
        ("truncated inverse", inverse_filter.inverse_filter(y, A, threshold=0.5)),
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
        errors = [relative_error(x, _invert(A(x) + level * noise, A)) for x, noise in drawn]
        figures[f"{level:g}"] = float(np.median(errors))
    cases = {
        f"noise {level}: estimate error below the noise": error < float(level)
        for level, error in figures.items()
        if float(level) > 0
    }
    levels = dict(figures)
    seen = [(x, A(x) + 1e-2 * noise) for x, noise in drawn]
    data, weighed = (
        float(np.median([relative_error(x, restored) for x, restored in pairs]))
        for pairs in (seen, [(x, wiener(y, A, nsr=1e-4)) for x, y in seen])
    )
    cases["noise 0.01: Wiener's estimate is closer than the data"] = weighed < data
    return Evidence(
        cases,
        "relative error of the inverse: "
        + ", ".join(f"{e:.1e} at noise {level}" for level, e in levels.items())
        + f"; at noise 0.01 of the data {data:.2f}, of Wiener's filter {weighed:.2f} (medians of "
        f"{DRAWS} draws)",
        "the inverse amplifies it; what regularises weighs noise against blur",
        figures | {"data": data, "Wiener": weighed},
        universal=True,
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
        recovered = relative_error(x, _invert(noisy, A)) < 0.01
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


@claim(10, "f(t) = (f * g)(t) / g(t).")
def divide_in_time(lab: Lab) -> Evidence:
    """Divide in time, and divide the spectra."""
    n = 64
    errors = []
    for x, g in lab.draw(DRAWS, 2, n):
        A = Convolution(g, (n,), "periodic", centre="start")
        y = A(x)
        errors.append((relative_error(x, y / g), relative_error(x, _invert(y, A))))
    time, frequency = (float(e) for e in np.median(errors, axis=0))
    figures = {"time": time, "frequency": frequency}
    return Evidence(
        {
            "dividing in time": figures["time"] < 1e-6,
            "dividing the spectra": figures["frequency"] < 1e-6,
        },
        f"relative error {time:.0f} in time, {frequency:.0e} as F = H/G (medians of {DRAWS} draws)",
        "F = H / G, where G is not zero",
        figures,
        universal=True,
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
        "no zero in the spectrum": relative_error(x, _invert(good(x), good)),
        "a zero in the spectrum": relative_error(x, _invert(zero(x), zero)),
        "stride 2": relative_error(x, pseudo),
        "noise 1e-3": relative_error(x, _invert(good(x) + 1e-3 * lab.draw(2, 64)[1], good)),
    }
    return Evidence(
        {name: error < 1e-9 for name, error in errors.items()},
        ", ".join(f"{name}: {error:.0e}" for name, error in errors.items()),
        "the spectrum has no zero, the border is known, stride 1, no noise",
        errors,
    )

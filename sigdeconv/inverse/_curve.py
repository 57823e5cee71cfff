"""What a quadratic method does at every weight: the numbers that all rules of choice are made of.

For the minimiser x of |A x - y|^2 + w x^H Q x, with r = y - A x and the influence matrix S (A x =
S y): the misfit |r|^2, the penalty x^H Q x, the degrees of freedom tr S, and y^H r and
log det(1 + A Q^-1 A^H / w) for the likelihood. Where the operator is diagonal they are sums over
the spectrum; elsewhere each weight is solved for, with one random probe for the trace (Hutchinson
1990, doi:10.1080/03610919008812866), less the probe's deviation on the torus, which is known.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, is_complex, like, namespace, to_numpy
from sigdeconv.inverse._quadratic import Penalty, solve_quadratic
from sigdeconv.inverse._torus import Torus, frequency, make_torus
from sigdeconv.operators.boundary import pad
from sigdeconv.operators.convolution import Convolution

__all__ = ["Points", "Spectrum", "inner", "is_diagonal", "quadratic_points", "spectrum_of"]

Numbers = np.ndarray[Any, Any]


@dataclasses.dataclass(frozen=True, eq=False)
class Points:
    """One entry a weight.

    Attributes
    ----------
    samples : float
        Number of data.
    misfit, penalty : ndarray
        |A x - y|^2 and x^H Q x.
    freedom : ndarray
        Trace of the influence matrix.
    product, log_det : ndarray or None
        y^H (y - A x) and log det(1 + A Q^-1 A^H / w), where there is a likelihood.
    estimates : list of array or None
        The estimates on the window, where they were computed.
    """

    samples: float
    misfit: Numbers
    penalty: Numbers
    freedom: Numbers
    product: Numbers | None = None
    log_det: Numbers | None = None
    estimates: list[Array] | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Spectrum:
    """A diagonal problem: energy of the data, |H|^2, price and multiplicity of every mode."""

    energy: Numbers
    gain: Numbers
    price: Numbers
    count: Numbers

    def points(self, weights: Numbers) -> Points:
        """Return the exact numbers at each weight."""
        rows = [self._point(float(w)) for w in weights]
        misfit, penalty, freedom, product, log_det = (np.array(c) for c in zip(*rows, strict=True))
        samples = float(np.sum(self.count))
        return Points(samples, misfit, penalty, freedom, product, log_det)

    def _point(self, w: float) -> tuple[float, ...]:
        total = self.gain + w * self.price
        passed = np.divide(self.gain, total, out=np.zeros_like(total), where=total > 0)
        left = 1 - passed
        size = np.divide(passed, total, out=np.zeros_like(total), where=total > 0)
        return (
            float(np.sum(left**2 * self.energy)),
            float(np.sum(self.price * size * self.energy)),
            float(np.sum(self.count * passed)),
            float(np.sum(left * self.energy)),
            self.log_det(w),
        )

    def truncated(self, thresholds: Numbers) -> Points:
        """Return the exact numbers of the inverse without |H| below a fraction of its largest."""
        rows = []
        top = float(np.max(self.gain))
        for t in thresholds:
            # What `inverse` takes for zero: the rounding of the transfer function.
            kept = self.gain >= max(float(t), 4 * float(np.finfo(float).eps)) ** 2 * top
            size = np.divide(self.energy, self.gain, out=np.zeros_like(self.gain), where=kept)
            rows.append(
                (
                    float(np.sum(self.energy[~kept])),
                    float(np.sum(size)),
                    min(float(np.sum(self.count[kept])), float(np.sum(self.count)) * (1 - 1e-9)),
                )
            )
        misfit, penalty, freedom = (np.array(c) for c in zip(*rows, strict=True))
        return Points(float(np.sum(self.count)), misfit, penalty, freedom)

    def log_det(self, w: float) -> float:
        """Return log det(1 + K / w), without the constant of the modes that cost nothing."""
        free = self.price == 0
        paid = np.sum(self.count[~free] * np.log1p(self.gain[~free] / (w * self.price[~free])))
        return float(paid) - math.log(w) * float(np.sum(self.count[free & (self.gain > 0)]))


def is_diagonal(A: Convolution) -> bool:
    """Tell whether the operator has a spectrum on its data, so that all numbers are exact."""
    if A.mask is not None or A.out_shape != A.shape or A.stride != (1,) * len(A.shape):
        return False
    return A.boundary == "periodic" or (A.boundary == "reflect" and _is_symmetric(A))


def _is_symmetric(A: Convolution) -> bool:
    """Tell whether the kernel is even about its centre on every axis (the cosine transform)."""
    if not np.isrealobj(A.psf):
        return False
    for axis, (k, c) in enumerate(zip(A.psf.shape, A._centre, strict=True)):
        if 2 * c != k - 1 or not np.array_equal(A.psf, np.flip(A.psf, axis)):
            return False
    return True


def spectrum_of(y: Array, A: Convolution, penalty: Penalty) -> Spectrum:
    """Return the diagonal problem of `A`; see `is_diagonal`."""
    if A.boundary == "periodic":
        torus = make_torus(A, y)
        count = _multiplicity(torus)
        energy = np.abs(to_numpy(torus.to_spectrum(y))).astype(float) ** 2
        energy = energy * count / math.prod(torus.shape)
        gain = np.abs(to_numpy(torus.otf)).astype(float) ** 2
        price = penalty(torus.frequency(), torus.shape, not torus.wide)
        return Spectrum(energy, gain, np.broadcast_to(price, gain.shape), count)
    size = tuple(2 * n for n in A.shape)
    grid = Convolution(A.psf, size, "periodic", A.centre, dilation=A.dilation)
    mirrored = to_numpy(pad(y, [(0, n) for n in A.shape], "reflect"))
    inside = tuple(slice(0, n) for n in A.shape)  # the modes of the cosine transform
    energy = np.abs(_fft.fftn(mirrored, size)[inside]).astype(float) ** 2
    for axis, n in enumerate(A.shape):
        double = np.where(np.arange(n) == 0, 1.0, 2.0)
        energy = energy * double.reshape([-1 if k == axis else 1 for k in range(y.ndim)])
    gain = np.abs(grid._filter(mirrored + 0j, True)[inside]).astype(float) ** 2
    price = np.broadcast_to(penalty(frequency(size, False), size, False), size)[inside]
    energy = energy / (math.prod(size) * 2**y.ndim)
    return Spectrum(energy, gain, price, np.ones(gain.shape))


def _multiplicity(torus: Torus) -> Numbers:
    """Return how often each kept frequency of a real signal's half spectrum counts."""
    shape = tuple(torus.otf.shape)
    count = np.ones(shape)
    if not torus.wide:
        n = torus.shape[-1]
        count[..., 1 : (n + 1) // 2] = 2.0
    return count


def quadratic_points(
    y: Array,
    A: Convolution,
    penalty: Penalty,
    weights: Numbers,
    *,
    noise: float,
    num_iter: int,
    tol: float,
    rng: int | np.random.Generator | None,
) -> Points:
    """Return the numbers at each weight by solving, for operators that are not diagonal."""
    xp = namespace(y)
    y = A._masked(y)
    draw = np.random.default_rng(rng)
    z = like(draw.choice([-1.0, 1.0], size=tuple(y.shape)), y)
    if A.mask is not None:
        z = z * like((A.mask > 0).astype(float), z)
    samples = float(xp.sum(xp.real(z) ** 2))
    torus = _any_torus(A, y)
    model = Spectrum(
        np.zeros(tuple(torus.otf.shape)),
        np.abs(to_numpy(torus.otf)).astype(float) ** 2 / torus.thinning,
        np.broadcast_to(
            penalty(torus.frequency(), torus.shape, not torus.wide) / torus.thinning,
            tuple(torus.otf.shape),
        ),
        _multiplicity(torus),
    )
    share = samples / math.prod(torus.shape)  # of the torus' modes that the window can tell apart
    rows, estimates = [], []
    for w in weights:

        def priced(f: Any, shape: tuple[int, ...], half: bool, w: float = float(w)) -> Any:
            return w * penalty(f, shape, half)

        found = solve_quadratic(y, A, priced, tol=tol, num_iter=num_iter, noise=noise).x
        r = y - A.forward(found)
        probe = solve_quadratic(z, A, priced, tol=max(tol, 0.03), num_iter=num_iter, noise=1.0).x
        trace = inner(z, A.forward(probe))
        if torus.thinning == 1:
            total = model.gain + w * model.price
            passed = np.divide(model.gain, total, out=np.zeros_like(total), where=total > 0)
            on_torus = torus.to_signal(
                torus.to_spectrum(torus.stuffed(z)) * like(passed, torus.otf)
            )
            trace += share * float(np.sum(model.count * passed))
            trace -= inner(z, on_torus[torus.A._slices])
        misfit, product = inner(r, r), inner(y, r)
        rows.append(
            (
                misfit,
                max(product - misfit, 0.0) / float(w) if w > 0 else 0.0,
                min(max(trace, 0.0), samples * (1 - 1e-9)),
                product,
                share * model.log_det(float(w)) if torus.thinning == 1 else math.nan,
            )
        )
        estimates.append(found[A.window])
    fit, size, freedom, along, log_det = (np.array(c) for c in zip(*rows, strict=True))
    return Points(samples, fit, size, freedom, along, log_det, estimates)


def _any_torus(A: Convolution, y: Array) -> Torus:
    """Return the operator's torus, or that of its like with an unknown border."""
    if A.boundary in ("periodic", "unknown") and all(A._implicit):
        return make_torus(A, y, tight=True)
    free = Convolution.for_data(
        A.psf, A.out_shape, centre=A.centre, dilation=A.dilation, workers=A.workers
    )
    return make_torus(free, y, tight=True)


def inner(a: Array, b: Array) -> float:
    """Return the real inner product of two arrays."""
    xp = namespace(a)
    product = xp.real(a) * xp.real(b)
    if is_complex(a) and is_complex(b):
        product = product + xp.imag(a) * xp.imag(b)
    return float(xp.sum(product))

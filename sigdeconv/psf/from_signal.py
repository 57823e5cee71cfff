"""The kernel from what was sent and what came back: a pulse, a step, noise, a sweep.

Where the signal that went in is known, the kernel h of y = s * h + noise is a linear least-squares
problem, as convolution is linear in the kernel too. A signal does not excite all frequencies; what
it leaves open is held down by a Gaussian prior on h, whose weight has the largest evidence. The
posterior has the error of every sample, and of the transfer at every frequency.
"""

from __future__ import annotations

import dataclasses
import math
import os
from typing import Any, Literal, final

import numpy as np

from sigdeconv import _display
from sigdeconv._array import ArrayLike, RealArray, as_float, check_finite, to_numpy
from sigdeconv._checks import integer, one_of

__all__ = ["SignalPSF", "from_signal"]


@final
@dataclasses.dataclass(frozen=True)
class SignalLimits:
    """Constants of kernels from signals.

    Attributes
    ----------
    most : int
        Samples of a kernel that least squares solve for.
    weights : tuple of float
        Least and largest weight of the prior, in the largest eigenvalue of the signal.
    """

    most: int = 3000
    weights: tuple[float, float] = (1e-12, 1e2)


SIGNAL = SignalLimits()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class SignalPSF:
    """A kernel found from a signal that was sent.

    Attributes
    ----------
    psf : ndarray of float64, shape (size,)
        The kernel, in the unit of the data over that of the signal: nothing is scaled.
    centre : int
        The sample of it that stands for zero displacement: ``deconvolve(y, found.psf,
        centre=found.centre)``.
    error : ndarray of float64, shape (size,)
        Standard deviation of each sample.
    mtf : tuple of ndarray
        Cycles a sample, modulus of the transfer, its standard deviation.
    noise : float
        Standard deviation of the noise of the data.
    harmonics : list of ndarray
        Of a sweep, the responses of the second, third, ... harmonic; empty otherwise.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> sent = np.random.default_rng(0).standard_normal(500)
    >>> y = np.convolve(sent, [0.5, 0.3, 0.2])
    >>> found = sd.psf.from_signal(y, sent, size=3)
    >>> found.psf.round(6).tolist(), found.centre
    ([0.5, 0.3, 0.2], 0)
    """

    psf: RealArray
    centre: int
    error: RealArray
    mtf: tuple[RealArray, RealArray, RealArray]
    noise: float
    harmonics: list[RealArray]

    def __str__(self) -> str:
        return (
            f"kernel of {self.psf.size} samples, centre {self.centre}, sum {self.psf.sum():.4g}, "
            f"noise {self.noise:.3g}"
        )

    def __repr__(self) -> str:
        return f"SignalPSF({self.psf.size} samples, centre={self.centre})"

    def plot(self, path: str | os.PathLike[str] | None = None, **options: Any) -> Any:
        """Return a figure: the kernel and the transfer, each with its error."""
        return _display.draw(self, path, **options)


def from_signal(
    y: ArrayLike,
    signal: ArrayLike,
    *,
    size: int,
    centre: Literal["start", "middle"] = "start",
    boundary: Literal["zero", "unknown"] = "zero",
) -> SignalPSF:
    """Return the kernel that turned a known signal into the data.

    Parameters
    ----------
    y : array, shape (N,)
        What was measured, from the instant at which `signal` begins.
    signal : array, shape (M,)
        What was sent: a pulse, a step, noise, or the shape that a peak has without the instrument.
    size : int
        Samples of the kernel.
    centre : {"start", "middle"}
        Whether the kernel begins at its first sample, a response in time, or extends to both sides.
    boundary : {"zero", "unknown"}
        What was sent before and after `signal`: nothing, or what is not known.

    Returns
    -------
    SignalPSF
        The kernel with its error, and the transfer.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind; if `signal` is zero, or the data are fewer than the
        samples of the kernel.

    Notes
    -----
    The prior is a Gaussian of one variance for all samples of the kernel. At frequencies that
    `signal` does not have, the transfer is taken for none, and the error says that it is not known.

    References
    ----------
    .. [1] D. J. C. MacKay, "Bayesian interpolation", Neural Comput. 4, 415 (1992),
       :doi:`10.1162/neco.1992.4.3.415`.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> pulse = np.exp(-np.arange(40) / 5.0)
    >>> true = sd.psf.exponential(8.0, shape=(60,))
    >>> y = np.convolve(pulse, true)
    >>> found = sd.psf.from_signal(y, pulse, size=60)
    >>> bool(np.abs(found.psf - true).sum() < 1e-3)
    True
    """
    data, sent = trace_of("y", y), trace_of("signal", signal)
    size = integer("size", size, least=1, most=SIGNAL.most)
    one_of("centre", centre, ("start", "middle"))
    one_of("boundary", boundary, ("zero", "unknown"))
    if not np.any(sent):
        raise ValueError("signal is zero; expected what was sent")
    before = size // 2 if centre == "middle" else 0
    first, last = 0, len(data)
    if boundary == "unknown":  # only data that all of the known signal explains
        first, last = size - 1 - before, min(len(data), len(sent) - before)
    if last - first < size:
        raise ValueError(
            f"y has {max(last - first, 0)} samples for the {size} of the kernel; expected at least "
            f"as many. Give a smaller size, or more data"
        )
    gram, right = _normal(data[first:last], sent, size, before + first)
    values, error, covariance, noise = _posterior(gram, right, data[first:last])
    return SignalPSF(values, before, error, _transfer(values, covariance), noise, [])


def trace_of(name: str, given: ArrayLike) -> RealArray:
    """Return a real trace in time, checked."""
    values = to_numpy(as_float(given, name))
    if np.iscomplexobj(values) or values.ndim != 1 or values.size == 0:
        raise ValueError(
            f"{name} must be real with one axis; got shape {values.shape}, dtype {values.dtype}"
        )
    check_finite(values, name)
    return values.astype(np.float64)


def _normal(data: RealArray, sent: RealArray, size: int, ahead: int) -> tuple[RealArray, RealArray]:
    """Return the normal equations of data[n] = sum over k of h[k] sent[n + ahead - k]."""
    n = len(data)
    wide = np.zeros(n + 2 * size)  # wide[j] = sent[j - size + ahead], zero beyond the signal
    index = np.arange(n + 2 * size) - size + ahead
    known = (index >= 0) & (index < len(sent))
    wide[known] = sent[index[known]]
    columns = np.lib.stride_tricks.sliding_window_view(wide, n)[size - np.arange(size)]
    right, row = columns @ data, columns @ columns[0]
    gram = np.empty((size, size))
    gram[0] = gram[:, 0] = row
    k = np.arange(size - 1)
    late, early = wide[size + n - 1 - k], wide[size - 1 - k]
    change = np.outer(early, early) - np.outer(late, late)
    for j in range(size - 1):  # each row is the one before, moved by a sample
        gram[j + 1, 1:] = gram[j, :-1] + change[j]
    return (gram + gram.T) / 2, right


def _posterior(
    gram: RealArray, right: RealArray, data: RealArray
) -> tuple[RealArray, RealArray, RealArray, float]:
    """Return mean, standard deviation and covariance of the kernel, and the noise."""
    found, vectors = np.linalg.eigh(gram)
    found, along = np.maximum(found, 0.0), vectors.T @ right
    n, power = len(data), float(data @ data)
    least = power * 1e-14

    def left(weight: float) -> float:
        return max(power - float(np.sum(along**2 / (found + weight))), least)

    def cost(weight: float) -> float:
        return n * math.log(left(weight)) + float(np.sum(np.log1p(found / weight)))

    grid = np.geomspace(*SIGNAL.weights, 141) * float(found.max())
    weight = float(grid[int(np.argmin([cost(w) for w in grid]))])
    values = vectors @ (along / (found + weight))
    variance = left(weight) / n
    covariance = (vectors * (variance / (found + weight))) @ vectors.T
    return values, np.sqrt(np.diag(covariance)), covariance, math.sqrt(variance)


def _transfer(values: RealArray, covariance: RealArray) -> tuple[RealArray, RealArray, RealArray]:
    """Return frequency, modulus and its standard deviation."""
    frequency = np.linspace(0.0, 0.5, min(257, 2 * len(values) + 1))
    wave = np.exp(-2j * np.pi * np.outer(frequency, np.arange(len(values))))
    passed = wave @ values
    turned = (wave * (np.conj(passed) / np.maximum(np.abs(passed), 1e-300))[:, None]).real
    spread = np.einsum("fi,fi->f", turned @ covariance, turned)
    return frequency, np.abs(passed), np.sqrt(np.maximum(spread, 0.0))

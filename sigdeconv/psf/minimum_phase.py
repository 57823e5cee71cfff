"""The minimum-phase pulse of a given amplitude spectrum, by the cepstrum (Kolmogorov).

Of all causal pulses with one amplitude spectrum it is the one whose energy comes earliest, and
whose inverse is causal and stable. The log spectrum is turned to the cepstrum, its anticausal half
is folded onto the causal one, and the exponential brings it back.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sigdeconv import _fft
from sigdeconv._array import ArrayLike, as_float, check_finite, to_numpy
from sigdeconv._checks import integer, number

__all__ = ["minimum_phase"]


def minimum_phase(
    source: ArrayLike,
    *,
    kind: Literal["pulse", "amplitude"] = "pulse",
    length: int | None = None,
    floor: float = 1e-6,
    oversample: int = 16,
) -> NDArray[np.float64]:
    """Return the causal minimum-phase pulse with the amplitude spectrum of `source`.

    Parameters
    ----------
    source : array_like, shape (n,)
        A real pulse (its timing and phase do not matter), or with ``kind="amplitude"`` the
        amplitude spectrum at the ``n`` frequencies of a real transform of ``2 (n - 1)`` samples,
        from zero to Nyquist.
    kind : {"pulse", "amplitude"}
        What `source` is.
    length : int, optional
        Number of causal samples kept; by default ``n``.
    floor : float
        Water level: amplitudes below `floor` times the largest are raised to it, since the
        logarithm has no value at a spectral zero.
    oversample : int
        A pulse is zero-padded at least this many times before its spectrum is taken.

    Returns
    -------
    ndarray of float64, shape (2 * length - 1,)
        Time zero at ``n // 2``, zeros before it. Not scaled: it keeps the amplitude spectrum, so
        it may have negative values and any sum.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind; if `source` is not 1-D, is empty, zero or not finite;
        if an amplitude is negative; if `length` is longer than the transform.

    References
    ----------
    .. [1] A. V. Oppenheim, R. W. Schafer, "Discrete-Time Signal Processing", 3rd ed., section 13.
    .. [2] J. F. Claerbout, "Fundamentals of Geophysical Data Processing", section 3.

    Examples
    --------
    The pulse (1, 2) has its zero outside the unit circle; its minimum-phase mate is (2, 1).

    >>> import sigdeconv.psf as psf
    >>> (psf.minimum_phase([1.0, 2.0]).round(6) + 0.0).tolist()
    [0.0, 2.0, 1.0]
    """
    if kind not in ("pulse", "amplitude"):
        raise ValueError(f"kind must be 'pulse' or 'amplitude'; got {kind!r}")
    values = to_numpy(as_float(source, "source"))
    if values.ndim != 1 or values.size < (1 if kind == "pulse" else 2) or np.iscomplexobj(values):
        raise ValueError(
            f"source must be a real 1-D array, at least 1 sample of a pulse or 2 of an amplitude; "
            f"got shape {values.shape}, dtype {values.dtype}. Take abs() of a complex spectrum"
        )
    check_finite(values, "source")
    values = values.astype(np.float64)
    floor = number("floor", floor, above=0)
    keep = values.size if length is None else integer("length", length, least=1)
    if kind == "pulse":
        size = integer("oversample", oversample, least=1) * max(values.size, keep, 16)
        size = _fft.next_fast_len(size + size % 2)
        size += size % 2
        amplitude = np.abs(_fft.fftn(values, (size,)))
    else:
        amplitude = np.concatenate([values, values[-2:0:-1]])
    if np.min(amplitude) < 0 or np.max(amplitude) == 0:
        raise ValueError(
            "source must hold a non-zero pulse or amplitudes of at least zero; "
            f"got values from {values.min():g} to {values.max():g}"
        )
    if keep > amplitude.size:
        raise ValueError(f"length must be at most {amplitude.size}, the transform; got {keep}")
    pulse = _causal(np.maximum(amplitude, floor * amplitude.max()))[:keep]
    return np.concatenate([np.zeros(keep - 1), pulse])


def _causal(amplitude: NDArray[np.float64]) -> NDArray[np.float64]:
    n = amplitude.size
    cepstrum = np.real(_fft.ifftn(np.log(amplitude)))
    fold = np.zeros(n)
    fold[0] = 1.0
    fold[1 : (n + 1) // 2] = 2.0
    if n % 2 == 0:
        fold[n // 2] = 1.0
    return np.real(to_numpy(_fft.ifftn(np.exp(_fft.fftn(cepstrum * fold)))))

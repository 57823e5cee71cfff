"""Frames of one scene as one operator, the shift inside it.

    y_k[m] = sum_j h_k[j] x[factor (m + s_k) - j]        k = 1, 2, ...

The whole part of a shift moves the frame in the domain, the rest moves the kernel by a cubic spline
through its samples. The frames stay raw, so that their noise stays white: resampled frames have
noise that is correlated, and no model of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import ArrayLike, NumpyArray
from sigdeconv.operators.convolution import Convolution
from sigdeconv.operators.stacked import Stacked

__all__ = ["frame_operator", "moved_kernel"]


def moved_kernel(psf: NumpyArray, by: Sequence[float]) -> NumpyArray:
    """Return a kernel moved by parts of a sample, two samples wider at every end.

    Parameters
    ----------
    psf : array
        The kernel.
    by : sequence of float
        Samples on each axis, at most one.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.frames import moved_kernel
    >>> moved = moved_kernel(np.array([0.0, 1.0, 2.0, 1.0, 0.0]), [0.25])
    >>> round(float(np.average(np.arange(9) - 4, weights=moved)), 1)
    0.2
    """
    import scipy.ndimage

    wide = np.pad(psf, 2)
    if not np.any(np.abs(by) > 1e-9):
        return wide
    moved = scipy.ndimage.shift(np.pad(wide, 6), by, order=3)
    moved = moved[(slice(6, -6),) * psf.ndim]
    moved = np.maximum(moved, 0.0) if psf.min() >= 0 else moved
    total = float(moved.sum())
    same = abs(total) > 0.5 * float(np.abs(moved).sum())
    return np.asarray(moved * (float(psf.sum()) / total) if same else moved)


def frame_operator(
    shape: Sequence[int],
    psfs: Sequence[NumpyArray],
    shifts: NumpyArray,
    factor: Sequence[int],
    *,
    noise: Sequence[float] | None = None,
    weights: ArrayLike | None = None,
    workers: int | None = None,
) -> Stacked:
    """Return the operator of frames of one shape.

    Parameters
    ----------
    shape : sequence of int
        Shape of a frame.
    psfs : sequence of array
        A kernel for each frame, in samples of the scene, its middle the centre.
    shifts : array, shape (P, n)
        Where sample 0 of each frame stands in the first one, in samples of the data.
    factor : sequence of int
        Samples of the scene to a sample of the data, on each axis.
    noise : sequence of float, optional
        Level of each frame.
    weights : array, shape (P, ...), optional
        Of single data.
    workers : int, optional
        FFT threads.

    Returns
    -------
    Stacked
        Its estimate covers what the first frame looks at.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> psf = sd.psf.gaussian(1.0, ndim=1)
    >>> A = sd.frames.frame_operator((20,), [psf, psf], np.array([[0.0], [0.5]]), (2,))
    >>> A.out_shape, A.window[0].stop - A.window[0].start
    ((2, 20), 40)
    """
    steps = np.asarray(factor)
    moved = np.asarray(shifts, float) * steps
    whole = np.floor(moved + 0.5).astype(int)
    # The centre of a frame's kernel looks at factor m + whole; a kernel is displaced against it.
    kernels = [
        moved_kernel(psf, -(at - near)) for psf, at, near in zip(psfs, moved, whole, strict=True)
    ]
    sizes = np.array([k.shape for k in kernels])
    centres = sizes // 2
    last = (np.asarray(shape) - 1) * steps
    low = np.min(whole - (sizes - 1 - centres), axis=0)
    high = np.maximum(np.max(whole + last + centres, axis=0), np.asarray(shape) * steps - 1)
    low = np.minimum(low, 0)
    domain = tuple(_fft.next_fast_len(int(n)) for n in high - low + 1)
    parts: list[Any] = []
    for kernel, near, size, c in zip(kernels, whole, sizes, centres, strict=True):
        before = size - 1 - c - near + low
        after = last + size - np.asarray(domain) - before
        cuts = tuple((int(a), int(b)) for a, b in zip(before, after, strict=True))
        parts.append(
            Convolution(kernel, domain, "unknown", tuple(map(int, c)), tuple(map(int, steps)), 1,
                        cuts, None, workers)
        )  # fmt: skip
    region = tuple(
        slice(int(-a), int(-a + n * s)) for a, n, s in zip(low, shape, steps, strict=True)
    )
    return Stacked(parts, noise, weights, region)

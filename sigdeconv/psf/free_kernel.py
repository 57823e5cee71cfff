"""The kernel of a shaken picture, where no family of shapes fits: any nonnegative values.

Picture and kernel by turns, from coarse to fine. The picture of a turn has few gradients (Xu, Zheng
and Jia 2013), which is wrong for a photograph and right for its edges; the kernel is the least
squares one that takes them to the data. The data are smoothed first, the more, the more noise they
have: without that the edges are those of the noise. Several runs differ in the smoothing and the
penalty; the one whose kernel explains the spectrum of the data best is taken, if they agree.

What no picture can tell: a shift of the kernel (its centre of mass is put into the middle), and a
factor (its sum is one). The mirrored kernel, which has the same spectrum, is told apart by the
picture alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from sigdeconv._array import ArrayLike, as_float, check_finite, to_numpy
from sigdeconv._checks import integers, number
from sigdeconv.psf._free.choice import FREE_CHOICE, Spectrum, agreement, noise_of
from sigdeconv.psf._free.picture import Singles
from sigdeconv.psf._free.pyramid import RUNS, coarse_to_fine
from sigdeconv.psf._free.relation import cross_relation

__all__ = ["FreeKernel", "free_kernel", "free_kernels"]

Trust: TypeAlias = Literal["estimated", "no blur seen", "not trusted"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class FreeKernel:
    """What `free_kernel` found.

    Attributes
    ----------
    psf : ndarray of float64 or None
        The kernel, nonnegative, of sum one, its centre of mass at ``n // 2``; None where it is
        refused.
    verdict : {"estimated", "no blur seen", "not trusted"}
        Why there is one, or none.
    gain : float
        Fall of the loss of the spectrum, a frequency, from no blur to the kernel; below 0.02 no
        blur is seen.
    agreement : float
        Mean correlation of the kernels of the runs; below 0.85 none is trusted.
    candidates : tuple of ndarray
        The kernels of the runs, the best first, for those who look.
    noise : float
        Standard deviation of the noise, in the units of the data.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> noise = np.random.default_rng(0).standard_normal((40, 40))
    >>> found = sd.psf.free_kernel(noise, size=5)
    >>> found.psf is None, found.verdict
    (True, 'no blur seen')
    """

    psf: NDArray[np.float64] | None
    verdict: Trust
    gain: float
    agreement: float
    candidates: tuple[NDArray[np.float64], ...]
    noise: float


def free_kernel(
    y: ArrayLike, size: int | Sequence[int] = 35, *, noise: float | None = None
) -> FreeKernel:
    """Return the kernel of a picture, nothing given but its size, or say why there is none.

    Parameters
    ----------
    y : array, shape (M, N)
        The picture, grey, in any units: a window of a larger scene.
    size : int or two of int
        Shape of the kernel, odd. One that is too small is a mistake; one that is too large costs
        time alone.
    noise : float, optional
        Standard deviation of white noise; by default from the data.

    Returns
    -------
    FreeKernel
        The kernel, or None, with the reason.

    Raises
    ------
    TypeError, ValueError
        If `y` is not a finite real picture, is constant, or is smaller than twice `size`; if `size`
        is even.

    Notes
    -----
    Of 32 shaken photographs with 1 % noise see ``benchmarks/blind.py``. A wrong kernel is not
    always recognised: look at it. Periodic texture is taken for structure, and the spectrum of a
    page of text is not that of a scene, so that a sharp page may not be seen as sharp.

    References
    ----------
    .. [1] L. Xu, S. Zheng, J. Jia, "Unnatural L0 sparse representation for natural image
       deblurring", CVPR (2013), :doi:`10.1109/CVPR.2013.147`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> scene = sd.datasets.camera()[100:200, 180:280]
    >>> y = sd.simulate(scene, sd.psf.motion(7, 30), noise=0.005, rng=0).y
    >>> found = sd.psf.free_kernel(y, size=9)
    >>> found.verdict, found.psf.shape
    ('estimated', (9, 9))
    """
    (frame,), taps, sigma, contrast = _checked([y], size, noise)
    if frame.ndim != 2:
        raise ValueError(
            f"y must be a picture, shape (M, N); got shape {frame.shape}. Of a stack, see "
            f"measured() and microscope(); of several signals, free_kernels()"
        )
    kernels = [coarse_to_fine([frame], taps, sigma, run)[0] for run in RUNS]
    spectrum = Spectrum(frame, sigma)
    fits = [spectrum.fit(kernel) for kernel in kernels]
    losses = np.array([fit[0] for fit in fits])
    spread = np.array(
        [spectrum.sparsity(frame, k, *fit[1:]) for k, fit in zip(kernels, fits, strict=True)]
    )
    order = np.argsort(_standard(losses) + _standard(spread))
    best = [np.asarray(kernels[k], np.float64) for k in order]
    gain = spectrum.fit(None)[0] - float(losses[order[0]])
    same = agreement(kernels)
    verdict: Trust = "estimated"
    if gain < FREE_CHOICE.gain:
        verdict = "no blur seen"
    elif same < FREE_CHOICE.agreement:
        verdict = "not trusted"
    psf = best[0] if verdict == "estimated" else None
    return FreeKernel(psf, verdict, gain, same, tuple(best), sigma * contrast)


def free_kernels(
    frames: Sequence[ArrayLike], size: int | Sequence[int] = 35, *, noise: float | None = None
) -> tuple[NDArray[np.float64], ...]:
    """Return the kernel of each of several frames of one scene.

    Parameters
    ----------
    frames : sequence of array, shape (N,) or (M, N)
        At least two, of one shape: the same scene through different kernels, such as a burst, or
        the microphones of one source.
    size : int or two of int
        Shape of the kernels, odd. In 1-D it should be that of the longest kernel: a common factor
        cannot be told from the scene.
    noise : float, optional
        Standard deviation of white noise; by default from the data.

    Returns
    -------
    tuple of ndarray of float64
        Pictures: nonnegative, each of sum one, their common centre of mass at ``n // 2``; a shift
        between the frames is a shift between the kernels. Signals: of any sign, the sum of squares
        of all is their number.

    Raises
    ------
    TypeError, ValueError
        If there are less than two frames, or their shapes differ; see `free_kernel`.

    Notes
    -----
    In 1-D no prior is needed: ``y_i * k_j = y_j * k_i`` for every pair, so that the kernels are an
    eigenvector (Xu, Liu, Tong and Kailath 1995). Of pictures with noise that is worse than one
    picture with few gradients that explains all frames.

    References
    ----------
    .. [1] G. Xu, H. Liu, L. Tong, T. Kailath, "A least-squares approach to blind channel
       identification", IEEE Trans. Signal Process. 43, 2982 (1995), :doi:`10.1109/78.476442`.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> rng = np.random.default_rng(0)
    >>> kernels = rng.standard_normal((2, 9))
    >>> source = rng.standard_normal(400)
    >>> found = sd.psf.free_kernels([np.convolve(source, k, "valid") for k in kernels], size=9)
    >>> factor = np.sum(found * kernels) / np.sum(kernels**2)
    >>> bool(np.allclose(found, factor * kernels, atol=1e-6))
    True
    """
    if len(frames) < 2:
        raise ValueError(f"frames must be at least two; got {len(frames)}. Of one, free_kernel()")
    arrays, taps, sigma, _ = _checked(frames, size, noise)
    if arrays[0].ndim == 1:
        return cross_relation([to_numpy(as_float(y, "frames")) for y in frames], taps[0])
    if arrays[0].ndim != 2:
        raise ValueError(f"frames must be 1-D or 2-D; got shape {arrays[0].shape}")
    kernels = coarse_to_fine(arrays, taps, sigma, RUNS[0])
    return tuple(np.asarray(kernel, np.float64) for kernel in kernels)


def _checked(
    frames: Sequence[Any], size: int | Sequence[int], noise: float | None
) -> tuple[list[Singles], tuple[int, ...], float, float]:
    """Return frames of unit contrast, the kernel's shape, the noise in that unit, the contrast."""
    arrays = []
    for frame in frames:
        y = to_numpy(as_float(frame, "y"))
        if np.iscomplexobj(y) or y.ndim == 0:
            raise TypeError(f"y must be real, with axes; got {y.dtype}, shape {y.shape}")
        check_finite(y, "y")
        arrays.append(y)
    shape = arrays[0].shape
    if any(y.shape != shape for y in arrays):
        raise ValueError(f"frames must have one shape; got {[y.shape for y in arrays]}")
    taps = integers("size", size, len(shape), least=3)
    if any(n % 2 == 0 for n in taps):
        raise ValueError(f"size must be odd; got {size!r}; the next is {max(taps) | 1}")
    if any(n < 2 * k for n, k in zip(shape, taps, strict=True)):
        raise ValueError(
            f"size {taps} is too large for data of shape {shape}; expected at most half of them"
        )
    low, high = np.percentile(np.stack(arrays), FREE_CHOICE.contrast)
    if not high > low:
        raise ValueError(f"y is constant, {low:g}: it says nothing of a kernel")
    contrast = float(high - low)
    if noise is None:
        sigma = float(np.mean([noise_of(y) for y in arrays]))
    else:
        sigma = number("noise", noise, least=0)
    sigma = max(sigma / contrast, FREE_CHOICE.least_noise)
    return [np.asarray((y - low) / contrast, np.float32) for y in arrays], taps, sigma, contrast


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)

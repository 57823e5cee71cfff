"""Several frames of one scene, shifted by parts of a sample, restored together and finer.

Super-resolution is the inverse of a strided convolution: frames at other parts of a sample see
other aliases of the scene, and the joint operator has an inverse where that of one frame has none.
The frames stay raw; blur, stride and shift are in the operator (`frame_operator`), the loudness of
each and of single data in its weights, and the rest is any method of the package.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from sigdeconv._array import ArrayLike, NumpyArray, as_float, like
from sigdeconv._checks import flag, integers, numbers
from sigdeconv._deconvolve import deconvolve
from sigdeconv.frames.given import as_frames, as_psfs, as_shifts
from sigdeconv.frames.levels import FrameLevels, levels_of
from sigdeconv.frames.operator import frame_operator
from sigdeconv.frames.registration import align
from sigdeconv.noise import Gaussian, Noise, identify_noise
from sigdeconv.problem import Observation
from sigdeconv.result import Result

__all__ = ["multiframe", "observe_frames"]


def multiframe(
    frames: ArrayLike | Sequence[ArrayLike],
    psfs: ArrayLike | Sequence[ArrayLike],
    *,
    shifts: ArrayLike | Literal["auto"] = "auto",
    factor: int | Sequence[int] = 2,
    method: str = "tv",
    noise: float | Sequence[float] | None = None,
    robust: bool = True,
    workers: int | None = None,
    **parameters: Any,
) -> Result:
    """Restore the scene behind several shifted frames, `factor` times finer than they are.

    Parameters
    ----------
    frames : array, shape (P, N), (P, M, N) or (P, L, M, N), or sequence of P arrays
        The frames as they were taken, in one unit: not registered, not resampled.
    psfs : array, or sequence of P arrays
        The kernel of all frames, or of each, in samples of the *restored* scene, its middle the
        centre; with the area of a pixel of the data in it.
    shifts : array, shape (P, n), or "auto"
        Where sample 0 of each frame stands in the first one, in samples of the data. ``"auto"``
        finds them, to hundredths of a sample, by their likelihood.
    factor : int or sequence of int
        Samples of the scene to a sample of the data.
    method : str
        Any method that takes any operator, see `methods`.
    noise : float or sequence of float, optional
        Standard deviation of the noise of each frame; found from the data by default.
    robust : bool
        Weigh down data that do not fit the other frames (tracks, dead pixels, a frame that is
        ruined), and bring the frames to one ground.
    workers : int, optional
        FFT threads.
    **parameters
        The method's own, and those of `deconvolve`, such as ``num_iter``.

    Returns
    -------
    Result
        The estimate where the first frame looks, ``factor`` times its shape. Its `parameters` have
        ``shifts``, ``shift_std`` (where they were found), ``frame_noise``, ``ground`` (the level of
        each frame over that of the first) and ``outliers`` (the part of each that has no weight).

    Raises
    ------
    ValueError
        If frames differ in shape or have too little in common, or an argument does not fit them.
    TypeError
        If an argument is of the wrong type, or the method takes a convolution only.

    References
    ----------
    .. [1] D. Robinson, S. Farsiu, P. Milanfar, "Optimal registration of aliased images using
           variable projection with applications to super-resolution", Comput. J. 52, 2009,
           :doi:`10.1093/comjnl/bxm007`.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> psf, at = sd.psf.gaussian(1.2), np.array([[0, 0], [0.5, 0], [0, 0.5], [0.5, 0.5]])
    >>> A = sd.frames.frame_operator((40, 40), [psf] * 4, at, (2, 2))
    >>> scene = sd.datasets.coins()[: A.shape[0], : A.shape[1]]
    >>> frames = sd.simulate(scene, A, noise=0.01, rng=0).y
    >>> result = sd.multiframe(frames, psf, method="tikhonov")
    >>> result.x.shape, bool(np.abs(result.parameters["shifts"] - at).max() < 0.1)
    ((80, 80), True)
    """
    flag("robust", robust)
    obs, found = observe_frames(
        frames, psfs, shifts=shifts, factor=factor, noise=noise, robust=robust, workers=workers
    )
    result = deconvolve(obs, method=method, **parameters)
    first: Any = frames
    model = as_float(first[0] if isinstance(frames, (list, tuple)) else first[0, ...], "frames")
    return dataclasses.replace(
        result,
        x=like(result.x, model),
        domain=like(result.domain, model),
        parameters=result.parameters | found,
    )


def observe_frames(
    frames: ArrayLike | Sequence[ArrayLike],
    psfs: ArrayLike | Sequence[ArrayLike],
    *,
    shifts: ArrayLike | Literal["auto"] = "auto",
    factor: int | Sequence[int] = 2,
    noise: float | Sequence[float] | None = None,
    robust: bool = True,
    workers: int | None = None,
) -> tuple[Observation, dict[str, Any]]:
    """Return the frames with their joint operator, for any method, and what was found.

    Parameters
    ----------
    frames : array, shape (P, N), (P, M, N) or (P, L, M, N), or sequence of P arrays
        The frames as they were taken.
    psfs : array, or sequence of P arrays
        The kernel of all frames, or of each, in samples of the restored scene.
    shifts : array, shape (P, n), or "auto"
        Where sample 0 of each frame stands in the first one, in samples of the data.
    factor : int or sequence of int
        Samples of the scene to a sample of the data.
    noise : float or sequence of float, optional
        Standard deviation of the noise of each frame; found from the data by default.
    robust : bool
        Weigh down what does not fit the other frames, and bring the frames to one ground.
    workers : int, optional
        FFT threads.

    Returns
    -------
    obs : Observation
        For `deconvolve`, `compare`, `tune` and the like.
    found : dict
        What `multiframe` adds to the parameters of its result.

    Raises
    ------
    ValueError, TypeError
        As `multiframe`.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> frames = np.random.default_rng(0).poisson(100, (2, 24)).astype(float)
    >>> psf = sd.psf.gaussian(1.0, ndim=1)
    >>> obs, found = sd.frames.observe_frames(frames, psf, shifts=[0.0, 0.5])
    >>> obs.y.shape, found["shifts"].ravel()
    ((2, 24), array([0. , 0.5]))
    """
    data = as_frames(frames)
    count, ndim = len(data), data.ndim - 1
    kernels = as_psfs(psfs, count, ndim)
    steps = integers("factor", factor, ndim, least=1)
    levels = None if noise is None else np.asarray(numbers("noise", noise, count, above=0))
    automatic = isinstance(shifts, str)
    if automatic and shifts != "auto":
        raise ValueError(f"shifts must be an array or 'auto'; got {shifts!r}")
    given = None if automatic else as_shifts(shifts, count, ndim)
    seen = align(list(data), kernels, steps, given, fixed=not automatic)
    origin = seen.shifts[0]
    places = given if given is not None else seen.shifts - origin
    level = seen.noise if levels is None else levels
    fitted = FrameLevels(np.zeros(count), level, None)
    if robust:
        fitted = levels_of(data, kernels, places, steps, level, known=levels is not None,
                           model=_model(data[0]))  # fmt: skip
    A = frame_operator(data.shape[1:], kernels, places, steps, noise=list(fitted.noise),
                       weights=_root(fitted.weights), workers=workers)  # fmt: skip
    ground = np.reshape(fitted.ground, (-1, *(1,) * ndim))
    out = np.zeros(count) if fitted.weights is None else _lost(fitted.weights)
    found: dict[str, Any] = {"shifts": places, "factor": steps, "frame_noise": fitted.noise,
                             "ground": fitted.ground, "outliers": out}  # fmt: skip
    if automatic:
        found["shift_std"] = seen.std
    return Observation(data - ground, A), found


def _model(frame: NumpyArray) -> Noise:
    """Return the noise model of a frame."""
    try:
        return identify_noise(frame)
    except ValueError:  # too few samples
        return Gaussian(1.0)


def _root(weights: NumpyArray | None) -> NumpyArray | None:
    """Return the factors of residuals whose squares are the weights."""
    return None if weights is None else np.sqrt(weights)


def _lost(weights: NumpyArray) -> NumpyArray:
    """Return the part of each frame without a weight."""
    return np.asarray(np.mean(weights == 0, axis=tuple(range(1, weights.ndim))))

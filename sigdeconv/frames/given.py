"""What the user gives of several frames, checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray, as_float, as_kernel, check_finite, to_numpy

__all__ = ["as_frames", "as_psfs", "as_shifts"]


def as_frames(frames: Any) -> NumpyArray:
    """Return the frames as one array, frames first."""
    if not isinstance(frames, (list, tuple)) and np.ndim(frames) < 2:
        raise ValueError("frames must be a list of arrays of one shape, or an array with an axis "
                         f"of frames first; got {np.ndim(frames)} axes")  # fmt: skip
    single = [to_numpy(as_float(f, f"frames[{k}]")) for k, f in enumerate(frames)]
    if len(single) < 2:
        raise ValueError(
            f"frames holds {len(single)}; expected two or more. For one use deconvolve"
        )
    for k, f in enumerate(single):
        if f.shape != single[0].shape or f.ndim == 0 or f.size == 0:
            raise ValueError(
                f"frames[{k}] has shape {f.shape}; expected {single[0].shape}, as frames[0]. Cut "
                "all of them to one shape, and count what was cut before a frame in its shift"
            )
        if np.iscomplexobj(f):
            raise TypeError(f"frames[{k}] is complex; expected real data")
        check_finite(f, f"frames[{k}]")
    return np.stack(single).astype(np.float64)


def as_psfs(psfs: Any, count: int, ndim: int) -> list[NumpyArray]:
    """Return a kernel for each frame."""
    many = isinstance(psfs, (list, tuple)) and len(psfs) > 0 and np.ndim(psfs[0]) == ndim
    many = many or np.ndim(psfs if not isinstance(psfs, (list, tuple)) else 0) == ndim + 1
    given = [as_kernel(psf) for psf in psfs] if many else [as_kernel(psfs)] * count
    if len(given) != count:
        raise ValueError(f"psfs holds {len(given)}; expected one for all, or {count}, as frames")
    for k, psf in enumerate(given):
        name = f"psfs[{k}]" if many else "psfs"
        if psf.ndim != ndim:
            raise ValueError(f"{name} has {psf.ndim} axes; expected {ndim}, as a frame")
        if np.iscomplexobj(psf):
            raise TypeError(f"{name} is complex; expected real kernels")
    return [np.asarray(psf, np.float64) for psf in given]


def as_shifts(shifts: Any, count: int, ndim: int) -> NumpyArray:
    """Return shifts that are given, a row for each frame."""
    made = np.asarray(to_numpy(as_float(shifts, "shifts")), np.float64)
    if ndim == 1 and made.shape == (count,):
        made = made[:, None]
    if made.shape != (count, ndim):
        raise ValueError(
            f"shifts has shape {made.shape}; expected {(count, ndim)}: for each frame where its "
            "sample 0 stands in the first one, in samples of the data, or 'auto'"
        )
    check_finite(made, "shifts")
    return made

"""A blur that changes over the field, as a sum of few convolutions with weights.

    scatter   y = sum_m H_m (w_m x)      every point of the scene is spread by the PSF of its place
    gather    y = sum_m w_m (H_m x)      every datum collects by the PSF of its own place

PSFs at scattered positions are split into their mean and the leading singular vectors of what is
left (Flicker & Rigaut 2005, doi:10.1364/JOSAA.22.000504); the coefficients are interpolated over
the field by a thin-plate spline. PSFs of one sum keep it everywhere: the mean has it, the others
have none. The scatter form is that of light, and keeps the flux of every point.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal, final, get_args

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import (
    Array,
    ArrayLike,
    NumpyArray,
    as_float,
    as_kernel,
    like,
    namespace,
    to_numpy,
)
from sigdeconv._checks import integer, number, one_of
from sigdeconv.geometry import Boundary
from sigdeconv.operators.base import Operator
from sigdeconv.operators.boundary import fold, pad
from sigdeconv.operators.convolution import Convolution

__all__ = ["SpaceVariant"]

VariantForm = Literal["scatter", "gather"]


@final
@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SpaceVariant(Operator):
    """Convolution with a PSF that changes over the field.

    Parameters
    ----------
    psfs : array, shape (P, K1, ..., Kn), or sequence of P arrays of one shape
        The PSFs, real, the middle of each its centre; two or more.
    positions : array, shape (P, n)
        Where they were seen, in samples of the data.
    data_shape : sequence of int, length n
        Shape of the data.
    boundary : str
        What the scene is beyond its border, see `Convolution`; ``unknown`` by default.
    form : {"scatter", "gather"}
        Whether the PSF is that of the point of the scene, as of light, or that of the datum.
    error : float
        Part of the energy of the PSFs, as a root, that the modes may leave; between 0 and 1.
    modes : int, optional
        Number of convolutions, the mean included, instead of `error`.
    workers : int, optional
        FFT threads.

    Raises
    ------
    ValueError
        If there is one PSF, they differ in shape, or positions do not fit the field.
    TypeError
        If an argument is of the wrong type.

    References
    ----------
    .. [1] R. C. Flicker and F. J. Rigaut, "Anisoplanatic deconvolution of adaptive optics images",
           J. Opt. Soc. Am. A 22, 2005, :doi:`10.1364/JOSAA.22.000504`.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> psfs = [sd.psf.gaussian(s, ndim=1, shape=13) for s in (1.0, 1.5, 2.0)]
    >>> A = sd.SpaceVariant(psfs, [[0], [30], [60]], (64,))
    >>> A.out_shape, A.num_modes
    ((64,), 3)
    """

    psfs: Any
    positions: ArrayLike
    data_shape: Sequence[int]
    boundary: Boundary = "unknown"
    form: VariantForm = "scatter"
    error: float = 0.01
    modes: int | None = None
    workers: int | None = None
    _parts: tuple[Convolution, ...] = dataclasses.field(init=False, default=())
    _maps: tuple[Any, ...] = dataclasses.field(init=False, default=())

    def __post_init__(self) -> None:
        psfs, at = _checked(self.psfs, self.positions, tuple(self.data_shape))
        one_of("form", self.form, list(get_args(VariantForm)))
        error = number("error", self.error, least=0, below=1)
        most = None if self.modes is None else integer("modes", self.modes, least=1)
        kernels, coefficients = _modes(psfs, error, most)
        # One grid for all: that of a kernel that is zero only where all of them are.
        bound = np.max(np.abs(psfs), axis=0)
        like_all = Convolution.for_data(
            bound, self.data_shape, boundary=self.boundary, centre="middle", workers=self.workers
        )
        part = tuple(
            slice(first, first + n)
            for first, n in zip(like_all.trimmed, like_all.psf.shape, strict=True)
        )
        parts = [
            Convolution(kernel[part], like_all.shape, self.boundary, like_all.centre, 1, 1,
                        like_all.padding, None, self.workers, "fft")
            for kernel in kernels
        ]  # fmt: skip
        shape = parts[0].shape if self.form == "scatter" else parts[0].out_shape
        starts = [w.start if self.form == "scatter" else 0 for w in parts[0].window]
        maps = _interpolated(at + starts, coefficients, shape)
        settle = {"psfs": psfs, "positions": at, "data_shape": parts[0].out_shape}
        for name, value in (settle | {"_parts": tuple(parts), "_maps": (None, *maps)}).items():
            object.__setattr__(self, name, value)

    @property
    def num_modes(self) -> int:
        """Number of convolutions."""
        return len(self._parts)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the scene."""
        return self._parts[0].shape

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the data."""
        return self._parts[0].out_shape

    @property
    def window(self) -> tuple[slice, ...]:
        """Where the data lie in the scene."""
        return self._parts[0].window

    @property
    def makes_complex(self) -> bool:
        """False: PSFs are real."""
        return False

    def psf_at(self, position: Sequence[float]) -> NumpyArray:
        """Return the PSF at a position in samples of the data, as its modes have it."""
        starts = [w.start if self.form == "scatter" else 0 for w in self.window]
        at = tuple(round(float(p)) + s for p, s in zip(position, starts, strict=True))
        maps = [1.0 if w is None else float(w[at]) for w in self._maps]
        return np.asarray(sum(w * A.psf for w, A in zip(maps, self._parts, strict=True)))

    def _forward(self, x: Array) -> Array:
        first = self._parts[0]
        grid, scatter = first.grid, self.form == "scatter"
        total: Any = None
        whole: Any = None if scatter else self._spectrum(x)
        for A, w in zip(self._parts, self._maps, strict=True):
            if scatter:
                seen = self._spectrum(x if w is None else x * like(w, x)) * A.transfer(x)
                total = seen if total is None else total + seen
            else:
                made = _fft.irfftn(whole * A.transfer(x), grid.shape, workers=self.workers)
                made = made[first.samples]
                made = made if w is None else made * like(w, x)
                total = made if total is None else total + made
        if scatter:
            total = _fft.irfftn(total, grid.shape, workers=self.workers)[first.samples]
        return total + 0

    def _spectrum(self, x: Array) -> Array:
        grid = self._parts[0].grid
        return _fft.rfftn(pad(x, grid.padding, self.boundary), grid.shape, workers=self.workers)

    def _adjoint(self, y: Array) -> Array:
        grid, scatter = self._parts[0].grid, self.form == "scatter"
        total: Any = None
        whole = _fft.rfftn(y, grid.shape, workers=self.workers) if scatter else None
        for A, w in zip(self._parts, self._maps, strict=True):
            if scatter:
                back = self._back(whole * namespace(y).conj(A.transfer(y)))
                back = back if w is None else back * like(w, y)
            else:
                own = y if w is None else y * like(w, y)
                back = _fft.rfftn(own, grid.shape, workers=self.workers)
                back = back * namespace(y).conj(A.transfer(y))
            total = back if total is None else total + back
        return total if scatter else self._back(total)

    def _back(self, spectrum: Array) -> Array:
        grid = self._parts[0].grid
        z = _fft.irfftn(spectrum, grid.shape, workers=self.workers)
        ends = zip(self.shape, grid.padding, strict=True)
        z = z[tuple(slice(0, n + before + after) for n, (before, after) in ends)]
        return fold(z, grid.padding, self.boundary)

    def __repr__(self) -> str:
        count = f"{len(self.psfs)} psfs, {self.num_modes} modes"
        return f"SpaceVariant({count}, {self.shape} -> {self.out_shape}, {self.form})"


def _checked(psfs: Any, positions: Any, shape: tuple[int, ...]) -> tuple[NumpyArray, NumpyArray]:
    """Return PSFs and positions that fit each other and the field."""
    kernels = [as_kernel(psf) for psf in psfs]
    if len(kernels) < 2:
        raise ValueError(
            f"psfs holds {len(kernels)}; expected two or more. For one psf use Convolution.for_data"
        )
    for k, kernel in enumerate(kernels):
        if kernel.shape != kernels[0].shape:
            raise ValueError(
                f"psfs[{k}] has shape {kernel.shape}; expected {kernels[0].shape}, as psfs[0]. Pad "
                "the smaller ones with zeros around their centre"
            )
        if np.iscomplexobj(kernel):
            raise TypeError(f"psfs[{k}] is complex; expected real PSFs")
    ndim = kernels[0].ndim
    if len(shape) != ndim:
        raise ValueError(f"data_shape has {len(shape)} axes; expected {ndim}, as each of psfs")
    at = np.asarray(to_numpy(as_float(positions, "positions")), np.float64)
    if at.shape != (len(kernels), ndim):
        raise ValueError(
            f"positions has shape {at.shape}; expected {(len(kernels), ndim)}: a row for each psf, "
            "in samples of the data"
        )
    size = np.asarray(shape, float)
    if not np.all(np.isfinite(at)) or np.any(at < -size) or np.any(at > 2 * size):
        raise ValueError(
            f"positions must lie in or near the field of shape {shape}, in samples of the data; "
            f"they go from {at.min(axis=0).tolist()} to {at.max(axis=0).tolist()}"
        )
    if len(np.unique(at, axis=0)) < len(at):
        raise ValueError("positions has the same place twice; average the psfs seen there")
    return np.stack(kernels).astype(np.float64), at


def _modes(psfs: NumpyArray, error: float, most: int | None) -> tuple[list[Any], NumpyArray]:
    """Return the mean and the leading modes of the rest, and the coefficients of the latter."""
    flat = psfs.reshape(len(psfs), -1)
    mean = flat.mean(axis=0)
    U, s, Vt = np.linalg.svd(flat - mean, full_matrices=False)
    left = np.sqrt(np.append(np.cumsum((s**2)[::-1])[::-1], 0.0) / np.sum(flat**2))
    count = int(np.argmax(left <= max(error, 1e-12))) if most is None else min(most - 1, s.size)
    kernels = [mean.reshape(psfs.shape[1:]), *Vt[:count].reshape(count, *psfs.shape[1:])]
    return kernels, U[:, :count] * s[:count]


def _interpolated(at: NumpyArray, values: NumpyArray, shape: tuple[int, ...]) -> list[NumpyArray]:
    """Return the coefficients over a grid, within the range of those that are given."""
    from scipy.interpolate import RBFInterpolator

    if values.shape[1] == 0:
        return []
    spread = np.linalg.matrix_rank(at - at.mean(axis=0), tol=1e-6 * (np.ptp(at) or 1.0))
    degree = 1 if spread == at.shape[1] and len(at) > at.shape[1] else 0
    kernel = "thin_plate_spline" if degree else "linear"
    spline = RBFInterpolator(at, values, kernel=kernel, degree=degree)
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    made = spline(grid.reshape(-1, at.shape[1]).astype(float))
    made = np.clip(made, values.min(axis=0), values.max(axis=0))
    return [np.ascontiguousarray(made[:, k].reshape(shape)) for k in range(values.shape[1])]

"""Data and kernel on grids of their own, uneven ones as well.

    y(t_j) = sum_i h(t_j - s_i) x(s_i)        s_i evenly spaced,  t_j as they were measured

The kernel is carried to the distance of the signal's samples by a cubic spline through its own; the
blurred signal, which is smooth, is read off at the places of the data by cubic interpolation, so
that the operator is a sparse matrix for each axis after a convolution. Where the three grids are
one it is the convolution. It serves spectra whose instrument response was measured at other steps,
chromatograms with gaps, and a signal that is wanted finer than the data.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, final

import numpy as np

from sigdeconv._array import (
    Array,
    ArrayLike,
    NumpyArray,
    as_float,
    as_kernel,
    check_finite,
    like,
    namespace,
    to_numpy,
)
from sigdeconv._checks import numbers
from sigdeconv.geometry import Boundary
from sigdeconv.operators.base import Operator
from sigdeconv.operators.convolution import Convolution

if TYPE_CHECKING:
    from scipy.sparse import csr_array
else:
    csr_array = Any  # SciPy's sparse matrices are loaded when one is made

__all__ = ["Sampled"]


@final
@dataclasses.dataclass(frozen=True)
class SampledLimits:
    """Constants of the operator.

    Attributes
    ----------
    taps : int
        Samples of an interpolation on an axis: a cubic.
    most_loss : float
        Part of the kernel's sum that another distance of its samples may change before it is
        refused; the sum is put right below it. A Gaussian of half a sample changes by 0.015.
    """

    taps: int = 4
    most_loss: float = 0.05


SAMPLED = SampledLimits()


@final
@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Sampled(Operator):
    """Convolution whose data, kernel and signal are each on a grid of their own.

    Parameters
    ----------
    psf : array, shape (K1, ..., Kn)
        The kernel, real: values of the response at `psf_positions`.
    psf_positions : float, array, or sequence of n of them
        Distance of the kernel's samples on each axis, the middle one at zero; or where they are,
        increasing, relative to the point that they belong to.
    positions : array, or sequence of n arrays
        Where the data are on each axis, increasing, in the same unit; evenly or not.
    spacing : float or sequence of float, optional
        Distance of the signal's samples; the median distance of the data by default.
    boundary : str
        What the signal is beyond its border, see `Convolution`; ``unknown`` by default.
    workers : int, optional
        FFT threads.

    Raises
    ------
    ValueError
        If positions do not increase or do not fit the axes of `psf`, or `spacing` is too coarse for
        it.
    TypeError
        If an argument is of the wrong type.

    Notes
    -----
    The sum of the kernel over the signal's grid is that of `psf`, each value times the width that
    it stands for in units of the mean one. So a `psf` of sum one, evenly sampled, keeps flux.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> at = np.array([0.0, 1.0, 2.0, 2.5, 3.0, 5.0, 6.0])
    >>> A = sd.Sampled(sd.psf.gaussian(2.0, ndim=1), 0.5, at, spacing=1.0)
    >>> A.out_shape, A.grid[0][A.window[0]]
    ((7,), array([0., 1., 2., 3., 4., 5., 6.]))
    """

    psf: ArrayLike
    psf_positions: Any
    positions: Any
    spacing: float | Sequence[float] | None = None
    boundary: Boundary = "unknown"
    workers: int | None = None
    _blur: Convolution = dataclasses.field(init=False, default=None)  # type: ignore[assignment]  # at the start
    _maps: tuple[csr_array, ...] = dataclasses.field(init=False, default=())

    def __post_init__(self) -> None:
        psf = as_kernel(self.psf)
        if np.iscomplexobj(psf):
            raise TypeError("psf is complex; expected real values of a response")
        own = _axes("psf_positions", self.psf_positions, psf.ndim, psf.shape)
        at = _axes("positions", self.positions, psf.ndim, None)
        if self.spacing is None:
            steps = tuple(float(np.median(np.diff(t))) if t.size > 1 else 1.0 for t in at)
        else:
            steps = numbers("spacing", self.spacing, psf.ndim, above=0, of="axes of the psf")
        kernel, centre = _resampled(psf, own, steps)
        cells = [(t[-1] - t[0]) / step for t, step in zip(at, steps, strict=True)]
        sizes = tuple(math.ceil(n - 1e-9 * max(n, 1.0)) + 1 for n in cells)
        blur = Convolution.for_data(
            kernel, sizes, boundary=self.boundary, centre=centre, workers=self.workers
        )
        places = [(t - t[0]) / step for t, step in zip(at, steps, strict=True)]
        maps = tuple(_interpolation(p, n) for p, n in zip(places, sizes, strict=True))
        settle = {"psf": psf, "psf_positions": own, "positions": at, "spacing": steps}
        for name, value in (settle | {"_blur": blur, "_maps": maps}).items():
            object.__setattr__(self, name, value)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the signal."""
        return self._blur.shape

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the data."""
        return tuple(len(t) for t in self.positions)

    @property
    def window(self) -> tuple[slice, ...]:
        """The part of the signal between the first and the last of the data."""
        return self._blur.window

    @property
    def grid(self) -> tuple[NumpyArray, ...]:
        """Where the samples of the signal are on each axis."""
        spacing: Any = self.spacing
        axes = zip(self.positions, spacing, self.shape, self.window, strict=True)
        return tuple(t[0] + step * (np.arange(n) - w.start) for t, step, n, w in axes)

    @property
    def makes_complex(self) -> bool:
        """False: the kernel is real."""
        return False

    def _forward(self, x: Array) -> Array:
        y = self._blur._forward(x)
        for axis, M in enumerate(self._maps):
            y = _along(M, y, axis)
        return y

    def _adjoint(self, y: Array) -> Array:
        for axis, M in enumerate(self._maps):
            y = _along(M.T, y, axis)
        return self._blur._adjoint(y)

    def __repr__(self) -> str:
        sizes = (self._blur.psf.shape, self.shape, self.out_shape)
        psf, shape, out = ("x".join(map(str, size)) for size in sizes)
        return f"Sampled(psf {psf}, {shape} -> {out})"


class _Products(Protocol):
    """A sparse matrix, as far as it is asked here."""

    def astype(self, dtype: Any) -> Any: ...

    def toarray(self) -> Any: ...


def _along(M: _Products, a: Array, axis: int) -> Array:
    """Return the product with a matrix along an axis."""
    xp = namespace(a)
    moved = xp.moveaxis(a, axis, 0)
    flat = xp.reshape(moved, (moved.shape[0], -1))
    # Other namespaces have no sparse matrices of SciPy's kind.
    made = M.astype(flat.dtype) @ flat if xp is np else like(M.toarray(), a) @ flat
    return xp.moveaxis(xp.reshape(made, (made.shape[0], *moved.shape[1:])), 0, axis)


def _axes(name: str, given: Any, ndim: int, sizes: tuple[int, ...] | None) -> tuple[Any, ...]:
    """Return increasing positions on each axis; a number is a distance, where sizes are known."""
    is_list = isinstance(given, (list, tuple))
    many = is_list and any(np.ndim(g) > 0 for g in given)
    many = many or (not is_list and np.ndim(given) == 2)  # a row an axis
    many = many or (np.ndim(given) == 1 and ndim > 1)  # a distance an axis
    axes = list(given) if many else [given] * ndim
    if len(axes) != ndim:
        raise ValueError(f"{name} has {len(axes)} axes; expected {ndim}, as psf")
    found = []
    for k, entry in enumerate(axes):
        label = f"{name}[{k}]" if ndim > 1 else name
        t: NumpyArray = np.asarray(to_numpy(as_float(entry, label)), np.float64)
        check_finite(t, label)
        if sizes is not None and t.ndim == 0:
            (step,) = numbers(label, float(t), 1, above=0)
            t = step * (np.arange(sizes[k]) - sizes[k] // 2)
        if t.ndim != 1 or t.size == 0 or np.any(np.diff(t) <= 0):
            raise ValueError(
                f"{label} must be increasing positions on one axis; got an array of shape {t.shape}"
                + ("" if t.ndim != 1 else ". Sort the data by position, and average what is there "
                   "twice")
            )  # fmt: skip
        if sizes is not None and t.size != sizes[k]:
            raise ValueError(f"{label} has {t.size} entries; expected {sizes[k]}, as psf")
        found.append(t)
    return tuple(found)


def _resampled(
    psf: NumpyArray, at: tuple[NumpyArray, ...], steps: Sequence[float]
) -> tuple[NumpyArray, tuple[int, ...]]:
    """Return the kernel at multiples of the steps, and the index of zero displacement."""
    from scipy.interpolate import make_interp_spline

    total, kernel, centre = psf, psf, []
    for axis, (t, step) in enumerate(zip(at, steps, strict=True)):
        slack = 1e-9 * step
        first = math.ceil((t[0] - slack) / step)
        last = math.floor((t[-1] + slack) / step)
        if last < first:
            raise ValueError(
                f"spacing {step:.3g} is too coarse for psf: no sample of it falls between "
                f"{t[0]:.3g} and {t[-1]:.3g}"
            )
        width = np.gradient(t) if t.size > 1 else np.ones(1)
        total = np.moveaxis(total, axis, -1) * (width / width.mean())
        total = np.moveaxis(total, -1, axis)
        places = np.clip(step * np.arange(first, last + 1), t[0], t[-1])
        if t.size > 1:
            spline = make_interp_spline(t, kernel, k=min(3, t.size - 1), axis=axis)
            kernel = np.asarray(spline(places)) * (step / width.mean())
        centre.append(-first)
    kernel = np.maximum(kernel, 0.0) if psf.min() >= 0 else kernel
    wanted, made, size = float(total.sum()), float(kernel.sum()), float(np.abs(total).sum())
    if abs(wanted - made) > SAMPLED.most_loss * size:
        raise ValueError(
            f"spacing {tuple(steps)} is too coarse for psf: on it the sum of the kernel is "
            f"{made:.3g} instead of {wanted:.3g}. Give a smaller spacing"
        )
    same = abs(wanted - made) < 1e-12 * size
    return kernel if same or abs(wanted) < 0.5 * size else kernel * (wanted / made), tuple(centre)


def _interpolation(places: NumpyArray, size: int) -> csr_array:
    """Return the matrix of Lagrange's interpolation from samples 0, 1, ... at some places."""
    from scipy.sparse import csr_array as sparse

    taps = min(SAMPLED.taps, size)
    start = np.clip(np.floor(places).astype(int) - (taps - 1) // 2, 0, size - taps)
    nodes = start[:, None] + np.arange(taps)
    factors = np.ones(nodes.shape)
    for j in range(taps):
        for k in range(taps):
            if k != j:
                factors[:, j] *= (places - nodes[:, k]) / (j - k)
    rows = np.repeat(np.arange(places.size), taps)
    return sparse((factors.ravel(), (rows, nodes.ravel())), shape=(places.size, size))

"""Convolution: window . filter . pad, with both adjoints, in n dimensions.

With the padded signal xp and a kernel h of K taps, dilated by l (span = l (K - 1) + 1),

    y[m] = sum_k h[k] xp[m s + span - 1 - l k]            forward
    x    = fold( sum_m conj(h[k]) y[m] at m s + span - 1 - l k )   adjoint in the signal
    h[k] = sum_m y[m] conj(xp[m s + span - 1 - l k])       adjoint in the kernel

so the forward map pads by the boundary, multiplies by the OTF and takes the window (crop and stride
are one slice); the adjoint puts the data back into the window, multiplies by the conjugate OTF and
folds. It is a true convolution: the kernel is flipped. ``padding="same"`` pads by the kernel's
centre c, so that y[n] = sum_k h[k] x[n - l (k - c)].

The adjoint is what deep learning calls the transposed convolution. It needs no output padding: the
operator knows the shape of its domain. (Dumoulin & Visin 2016, arXiv:1603.07285.)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, cast, final

import numpy as np

from sigdeconv import _display, _fft
from sigdeconv._array import (
    Array,
    as_float,
    check_finite,
    is_complex,
    like,
    namespace,
    real_dtype,
    to_numpy,
    zeros,
)
from sigdeconv.operators import _taps
from sigdeconv.operators._arguments import (
    Pair,
    centre_of,
    check_workers,
    mask_of,
    padding_of,
    sizes,
)
from sigdeconv.operators._grid import Grid, grid_of, implicit_axes
from sigdeconv.operators._in_kernel import KernelConvolution
from sigdeconv.operators._transfer import transform_kernel
from sigdeconv.operators.base import Operator
from sigdeconv.operators.boundary import check_boundary, fold, pad

__all__ = ["Convolution"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Convolution(Operator):
    """Convolution of a signal of `shape` with `psf`, its border, stride, dilation and data mask.

    Parameters
    ----------
    psf : array, shape (K1, ..., Kn)
        The kernel; any parity, also larger than the signal.
    shape : sequence of int, length n
        Shape of the signal. For data of a given shape use `Convolution.for_data`.
    boundary : {"zero", "periodic", "reflect", "mirror", "nearest", "unknown"}
        What the signal is beyond its border. With ``unknown`` nothing is assumed: the data are
        those samples that depend on the signal alone, and are smaller than it by the kernel.
    centre : sequence of int, optional
        Index of the kernel sample that stands for zero displacement; ``K // 2`` by default. It may
        lie outside the kernel.
    stride : int or sequence of int
        Keep every `stride`-th sample.
    dilation : int or sequence of int
        Spacing of the kernel taps.
    padding : {"same", "valid", "full"}, int or sequence of int or (int, int)
        Samples added on each side before filtering, by the rule of `boundary`. ``same`` keeps the
        shape (at stride 1); with boundary ``unknown`` only ``valid`` makes sense and is implied.
    mask : array of the data's shape, optional
        Multiplies the data: 0 for a dead sample, 1 for a good one, anything between for a weight.
    workers : int, optional
        FFT threads (SciPy only); by default whatever `scipy.fft.set_workers` says.
    path : {"auto", "fft", "direct"}
        How to compute it; both give the same numbers. ``auto`` takes the cheaper.

    Raises
    ------
    ValueError
        If a shape, size or name is impossible; the message names the argument.

    Notes
    -----
    With `A.otf` and a periodic boundary at stride 1 the operator is diagonal in the Fourier basis.
    The norm is not max|otf| for any other boundary: use `norm`.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import Convolution
    >>> A = Convolution([1.0, 2.0, 3.0], (5,))
    >>> A(np.array([0.0, 0.0, 1.0, 0.0, 0.0]))
    array([0., 1., 2., 3., 0.])
    >>> A.T(np.array([0.0, 0.0, 1.0, 0.0, 0.0]))
    array([0., 3., 2., 1., 0.])
    """

    psf: Array
    shape: tuple[int, ...] = ()  # the default only satisfies the abstract property
    boundary: str = "zero"
    centre: Sequence[int] | None = None
    stride: Sequence[int] | int = 1
    dilation: Sequence[int] | int = 1
    padding: Any = None
    mask: Array | None = None
    workers: int | None = None
    path: str = "auto"
    # The same as the fields of these names, as tuples with one entry an axis.
    _stride: tuple[int, ...] = dataclasses.field(init=False, repr=False)
    _dilation: tuple[int, ...] = dataclasses.field(init=False, repr=False)
    _centre: tuple[int, ...] = dataclasses.field(init=False, repr=False)
    _widths: tuple[Pair, ...] = dataclasses.field(init=False, repr=False)
    _cache: dict[Any, Array] = dataclasses.field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        def settle(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)

        psf = to_numpy(as_float(self.psf, "psf"))
        if psf.ndim == 0 or psf.size == 0:
            raise ValueError(f"psf must have at least one axis and one sample; got {psf.shape}")
        check_finite(psf, "psf")
        ndim = psf.ndim
        settle("psf", psf)
        settle("shape", sizes(self.shape, "shape", ndim))
        for name in ("stride", "dilation"):
            settle(name, sizes(getattr(self, name), name, ndim))
            settle(f"_{name}", getattr(self, name))
        settle("boundary", check_boundary(self.boundary))
        check_workers(self.workers)
        settle("centre", centre_of(self.centre, psf.shape))
        settle("_centre", self.centre)
        before = tuple(d * c for d, c in zip(self._dilation, self._centre, strict=True))
        settle("_widths", padding_of(self.padding, self.span, before, self.boundary))
        if self.path not in ("auto", "fft", "direct"):
            raise ValueError(f"path must be 'auto', 'fft' or 'direct'; got {self.path!r}")
        for axis, (n, (a, b), span) in enumerate(
            zip(self.shape, self._widths, self.span, strict=True)
        ):
            if n + a + b < span:
                raise ValueError(
                    f"shape[{axis}] = {n} with padding {(a, b)} is shorter than the kernel's span "
                    f"{span}: there is no output sample. Expected at least {span - a - b}, or "
                    f"padding='same'"
                )
        settle("mask", mask_of(self.mask, self.out_shape))

    @classmethod
    def for_data(
        cls, psf: Array, shape: Sequence[int], *, boundary: str = "unknown", **options: Any
    ) -> Convolution:
        """Return the convolution whose data have `shape`.

        For boundary ``unknown`` the signal lives on a domain wider than the data by the kernel,
        rounded up to a length that the FFT likes; `window` says where the data lie in it.

        Parameters
        ----------
        psf : array
            The kernel.
        shape : sequence of int
            Shape of the data.
        boundary : str
            See `Convolution`.
        **options
            Any other argument of `Convolution`, except `padding`.
        """
        psf = to_numpy(as_float(psf, "psf"))
        data = sizes(shape, "shape", psf.ndim, of="the psf")
        stride = sizes(options.get("stride", 1), "stride", psf.ndim)
        dilation = sizes(options.get("dilation", 1), "dilation", psf.ndim)
        options["padding"] = None
        domain = tuple(m * s for m, s in zip(data, stride, strict=True))
        if check_boundary(boundary) == "unknown":
            spans = [d * (k - 1) + 1 for k, d in zip(psf.shape, dilation, strict=True)]
            least = [n + span - 1 for n, span in zip(domain, spans, strict=True)]
            domain = tuple(_fft.next_fast_len(n) for n in least)
            # The spare samples would be data too; a negative padding at the end takes them off.
            spare = [n - m for n, m in zip(domain, least, strict=True)]
            options["padding"] = tuple((0, -extra) for extra in spare)
        return cls(psf, domain, boundary, **options)

    @property
    def span(self) -> tuple[int, ...]:
        """Size of the dilated kernel, l (K - 1) + 1 on each axis."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.psf.shape, self._dilation, strict=True))

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the data: floor((n + padding - span) / stride) + 1 on each axis."""
        return tuple(
            (n + a + b - span) // s + 1
            for n, (a, b), span, s in zip(
                self.shape, self._widths, self.span, self._stride, strict=True
            )
        )

    @property
    def window(self) -> tuple[slice, ...]:
        """Where the data lie in the domain: the part of x to compare with y, as slices.

        Each data sample stands at the point that the kernel's centre looks at.
        """
        slices = []
        for axis, (n, m) in enumerate(zip(self.shape, self.out_shape, strict=True)):
            looks = self.span[axis] - 1 - self._dilation[axis] * self._centre[axis]
            start = min(max(looks - self._widths[axis][0], 0), n)
            slices.append(slice(start, min(start + m * self._stride[axis], n)))
        return tuple(slices)

    @property
    def is_circulant(self) -> bool:
        """True when the operator is a product in the Fourier basis of its domain."""
        return (
            self.boundary == "periodic"
            and self.mask is None
            and self.out_shape == self.shape
            and all(s == 1 for s in self._stride)
        )

    @property
    def otf(self) -> np.ndarray[Any, Any]:
        """The full transfer function on the grid of the domain (FFT layout, centre at zero)."""
        return np.asarray(_fft.fftn(self._placed(self.shape, self._centre_shift)))

    @property
    def _centre_shift(self) -> tuple[int, ...]:
        return tuple(d * c for d, c in zip(self._dilation, self._centre, strict=True))

    # -- the filter: kernel on the FFT grid, shifted so that the window starts at sample 0 --------

    @property
    def _implicit(self) -> tuple[bool, ...]:
        """Axes on which the FFT grid itself does the padding (zeros, or the wrap)."""
        return implicit_axes(self)

    def _grid(self) -> Grid:
        """Return the FFT shape, the explicit padding and the shift of the kernel."""
        if "grid" not in self._cache:
            self._cache["grid"] = grid_of(self)
        return cast("Grid", self._cache["grid"])

    def _placed(self, size: Sequence[int], shift: Sequence[int]) -> np.ndarray[Any, Any]:
        """Return the dilated kernel on a periodic grid of `size`, moved back by `shift`."""
        placed = np.zeros(tuple(size), dtype=self.psf.dtype)
        index = np.ix_(
            *(
                (d * np.arange(k) - c) % n
                for k, d, c, n in zip(self.psf.shape, self._dilation, shift, size, strict=True)
            )
        )
        np.add.at(placed, index, self.psf)  # taps that meet on the grid add up
        return placed

    def _filter(self, model: Array, wide: bool) -> Array:
        """Return the transfer function on the FFT grid for arrays like `model`."""
        xp = namespace(model)
        double = real_dtype(model) == xp.float64
        key = (xp.__name__, str(getattr(model, "device", "")), double, wide)
        otf = self._cache.get(key)
        if otf is None:
            size, _, shift = self._grid()
            at = tuple(
                d * np.arange(k) - c
                for k, d, c in zip(self.psf.shape, self._dilation, shift, strict=True)
            )
            otf = transform_kernel(like(self.psf, model), at, size, wide, self.workers)
            self._cache[key] = otf
        return otf

    def _apply(self, a: Array, conjugate: bool) -> Array:
        """Filter `a`, zero-padded at the end to the FFT grid, and return the whole grid."""
        xp = namespace(a)
        wide = is_complex(a) or np.iscomplexobj(self.psf)
        otf = self._filter(a, wide)
        size = self._grid()[0]
        transform, back = (_fft.fftn, _fft.ifftn) if wide else (_fft.rfftn, _fft.irfftn)
        spectrum = transform(a, size, workers=self.workers)
        spectrum *= xp.conj(otf) if conjugate else otf
        return back(spectrum, size, workers=self.workers)

    @property
    def _slices(self) -> tuple[slice, ...]:
        return tuple(
            slice(0, (m - 1) * s + 1, s) for m, s in zip(self.out_shape, self._stride, strict=True)
        )

    def _forward(self, x: Array) -> Array:
        if self._direct:
            y = _taps.forward(self, x)
        else:
            y = self._apply(pad(x, self._grid()[1], self.boundary), conjugate=False)[self._slices]
        return self._masked(y)

    def _masked(self, y: Array) -> Array:
        """Return data times the mask: `y` itself without one."""
        return y if self.mask is None else y * like(self.mask, y)

    def _adjoint(self, y: Array) -> Array:
        y = self._masked(y)
        if self._direct:
            return _taps.adjoint(self, y)
        _, widths, _ = self._grid()
        if any(s > 1 for s in self._stride):
            y = self._stuffed(y)
        z = self._apply(y, conjugate=True)
        padded = tuple(n + a + b for n, (a, b) in zip(self.shape, widths, strict=True))
        return fold(z[tuple(slice(0, n) for n in padded)], widths, self.boundary)

    def _stuffed(self, y: Array) -> Array:
        """Return `y` with stride - 1 zeros between its samples."""
        stuffed = zeros(tuple(s.stop for s in self._slices), y)
        stuffed[self._slices] = y
        return stuffed

    @property
    def _direct(self) -> bool:
        if self.path != "auto":
            return self.path == "direct"
        if "direct" not in self._cache:
            self._cache["direct"] = _taps.is_cheaper(self, self._grid()[0])
        return bool(self._cache["direct"])

    # -- the other argument ------------------------------------------------------------------------

    def in_kernel(self, x: Array) -> KernelConvolution:
        """Return the linear map from the kernel to the data, for a fixed signal `x`.

        Its adjoint is the second adjoint of the bilinear convolution: blind methods use it.
        """
        x = as_float(x, "x")
        if tuple(x.shape) != self.shape:
            raise ValueError(f"x has shape {tuple(x.shape)}; expected {self.shape}")
        return KernelConvolution(self, x)

    def _repr_html_(self) -> str:
        return _display.html(self)

    def __repr__(self) -> str:
        parts = [f"psf {'x'.join(map(str, self.psf.shape))}"]
        parts.append(f"{'x'.join(map(str, self.shape))} -> {'x'.join(map(str, self.out_shape))}")
        parts.append(self.boundary)
        for name in ("stride", "dilation"):
            if any(v != 1 for v in getattr(self, name)):
                parts.append(f"{name} {getattr(self, name)}")
        if self.mask is not None:
            parts.append("masked")
        return f"Convolution({', '.join(parts)})"

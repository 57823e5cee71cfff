"""What a transposed layer could learn at best: the kernel of least squares, in closed form.

A transposed layer is linear in its kernel, so the kernel that restores x from y with the least
mean square error over given pairs solves normal equations; no training is needed to know how far
the layer can go. The equations fall apart by output phase (t mod S), since a tap reaches one only:

    minimise over w   sum_i | x[i] - sum_k w[k] y[(i + P - l k) / S] |^2

At stride 1 the minimiser is the Wiener filter cut to the kernel's support (Wiener-Hopf), and tends
to the filter itself as the kernel grows. At stride S > 1 each phase has its own filter, and all of
them see only the samples that the stride kept: what it threw away stays lost.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sigdeconv._array import Array, ArrayLike, as_float, check_finite, to_numpy
from sigdeconv._checks import number
from sigdeconv.geometry import ConvGeometry, Sizes
from sigdeconv.geometry.axes import axis_integers, count_axes
from sigdeconv.transposed._kernels import Phase, phases_by_delay, window
from sigdeconv.transposed._layer import transpose

__all__ = ["LearnedKernel", "centred_geometry", "learn_kernel", "learning_curve"]

# Most numbers of the design matrix in memory at a time.
DESIGN_BLOCK = 1 << 23


@dataclasses.dataclass(frozen=True, eq=False)
class LearnedKernel:
    """The best kernel of a transposed layer for given pairs.

    Attributes
    ----------
    kernel : ndarray, shape ``geometry.kernel``
        Weights, as `conv_transpose` takes them.
    geometry : ConvGeometry
        The layer.
    mse : float
        Mean square error left on the pairs.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> from sigdeconv.transposed import learn_kernel
    >>> x = sd.datasets.coins()[:64, :64]
    >>> y = x[::2, ::2]
    >>> learned = learn_kernel(y, x, sd.ConvGeometry((4, 4), stride=2, padding=1))
    >>> learned(y).shape, learned.mse < 0.02
    ((64, 64), True)
    """

    kernel: np.ndarray[Any, Any]
    geometry: ConvGeometry
    mse: float

    def __call__(self, y: ArrayLike) -> Array:
        """Return the layer's output for `y`, of shape (...) or (N, ...)."""
        y = as_float(y, "y")
        g = self.geometry
        single = y.ndim == g.ndim
        if y.ndim not in (g.ndim, g.ndim + 1):
            raise ValueError(
                f"y has {y.ndim} axes; expected {g.ndim}, or {g.ndim + 1} with N first"
            )
        kernel = self.kernel.astype(np.float32) if str(y.dtype)[-7:] == "float32" else self.kernel
        out = transpose(
            y[None, None, ...] if single else y[:, None, ...],
            kernel[None, None, ...],
            stride=g.stride, padding=g.padding, dilation=g.dilation,
            output_padding=g.output_padding,
        )  # fmt: skip
        return out[0, 0, ...] if single else out[:, 0, ...]


def centred_geometry(
    kernel: Sizes, size: Sizes, output: Sizes | None = None, *, stride: Sizes = 1, offset: Sizes = 0
) -> ConvGeometry:
    """Return the geometry of a layer whose kernel sits centred on the sample it came from.

    Parameters
    ----------
    kernel : int or tuple of int
        Number of taps.
    size : int or tuple of int
        Size of the layer's input.
    output : int or tuple of int, optional
        Size of its output; `size` times `stride` by default.
    stride : int or tuple of int, default: 1
        Step between the places of two input samples in the output.
    offset : int or tuple of int, default: 0
        Place of the first input sample in the output; negative where the input reaches beyond it,
        so that the layer need not invent a border.

    Returns
    -------
    geometry : ConvGeometry
        Tap K // 2 of input sample m lands on output sample m S + offset.

    Raises
    ------
    ValueError
        If padding and output padding cannot place the kernel so.

    Examples
    --------
    >>> centred_geometry(5, 16).padding
    ((2, 2),)
    """
    ndim = count_axes(kernel, size, output, stride, offset) or 1
    kernels = axis_integers("kernel", kernel, ndim, least=1)
    sizes = axis_integers("size", size, ndim, least=1)
    strides = axis_integers("stride", stride, ndim, least=1)
    offsets = axis_integers("offset", offset, ndim)
    outputs = tuple(n * s for n, s in zip(sizes, strides, strict=True))
    if output is not None:
        outputs = axis_integers("output", output, ndim, least=1)
    padding, extra = [], []
    for k, n, m, s, o in zip(kernels, sizes, outputs, strides, offsets, strict=True):
        before = k // 2 - o
        after = (n - 1) * s + k - before - m
        if before < 0 or -after >= max(s, 1) > 0 > after:
            raise ValueError(
                f"kernel {k} is too small to be centred on samples {s} apart, the first at {o}, in "
                f"an output of {m}; take a kernel of at least "
                f"{max(2 * o, 2 * (m - (n - 1) * s - o - s))}, or another offset"
            )
        padding.append((before, max(after, 0)))
        extra.append(max(-after, 0))
    return ConvGeometry(kernels, strides, padding, output_padding=tuple(extra))


def learn_kernel(
    y: ArrayLike, x: ArrayLike, geometry: ConvGeometry, *, weight: float = 0.0
) -> LearnedKernel:
    """Return the kernel with which a transposed layer restores `x` from `y` best.

    Parameters
    ----------
    y : array, shape (N, ...) or (...)
        Inputs of the layer, one channel.
    x : array, shape (N, ...) or (...)
        What it should give, of the layer's output size.
    geometry : ConvGeometry
        The layer; taps that touch no sample get weight 0.
    weight : float, default: 0.0
        Weight of the squared weights, as a fraction of the mean energy that a tap sees.

    Returns
    -------
    learned : LearnedKernel
        Kernel and error.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit the geometry, or `weight` is negative.

    Notes
    -----
    The minimiser of least norm when several kernels fit equally well. Phases are solved one by one.

    References
    ----------
    .. [1] N. Wiener, "Extrapolation, Interpolation, and Smoothing of Stationary Time Series",
           MIT Press, 1949, :doi:`10.7551/mitpress/2946.001.0001`.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.random.default_rng(0).standard_normal(64)
    >>> learned = learn_kernel(y, 2 * y, ConvGeometry(3, padding=1))
    >>> learned.kernel.round(12) + 0.0
    array([0., 2., 0.])
    """
    if not isinstance(geometry, ConvGeometry):
        raise TypeError(f"geometry must be a ConvGeometry; got {type(geometry).__name__}")
    weight = number("weight", weight, least=0)
    g = geometry
    sources, targets = _batch(y, "y", g.ndim), _batch(x, "x", g.ndim)
    size = sources.shape[1:]
    out = g.transposed_size(size)
    if targets.shape != (sources.shape[0], *out):
        raise ValueError(
            f"x has shape {targets.shape}; expected {(sources.shape[0], *out)}, the outputs of the "
            f"layer for y of shape {sources.shape}"
        )
    kernel = np.zeros(g.kernel, np.result_type(sources, targets))
    misfit = 0.0
    families = [phases_by_delay(axis, m) for axis, m in zip(g.axes, out, strict=True)]
    unreached = np.ones(out, bool)
    for family in itertools.product(*(_pairs(axis) for axis in families)):
        phase = [p for _, p in family]
        unreached[tuple(p.places for p in phase)] = False
        target = targets[(slice(None), *(p.places for p in phase))]
        columns = []
        for lag in itertools.product(*(delays for delays, _ in family)):
            firsts = [p.first - q for p, q in zip(phase, lag, strict=True)]
            bounds = [(n, n + p.length) for n, p in zip(firsts, phase, strict=True)]
            columns.append(to_numpy(window(sources, bounds)))
        found, left = _least_squares(columns, target, weight)
        kernel[np.ix_(*(p.taps for p in phase))] = found.reshape([len(p.taps) for p in phase])
        misfit += left
    misfit += float(np.sum(np.abs(targets) ** 2, where=unreached))  # what no tap reaches
    return LearnedKernel(kernel, g, misfit / targets.size)


def _pairs(families: dict[tuple[int, ...], list[Phase]]) -> list[tuple[tuple[int, ...], Phase]]:
    """Return every phase of an axis with the delays of its taps."""
    return [(delays, phase) for delays, some in families.items() for phase in some]


def _least_squares(
    columns: list[np.ndarray[Any, Any]], target: np.ndarray[Any, Any], weight: float
) -> tuple[np.ndarray[Any, Any], float]:
    """Return the weights w of least |sum_k w[k] columns[k] - target|^2, and what is left of it."""
    target = target.reshape(-1)
    energy = float(np.vdot(target, target).real)
    flat = [c.reshape(-1) for c in columns]
    gram = np.zeros((len(flat), len(flat)), np.result_type(target, flat[0]))
    right = np.zeros(len(flat), gram.dtype)
    rows = max(1, DESIGN_BLOCK // len(flat))
    for start in range(0, target.size, rows):
        block = np.stack([c[start : start + rows] for c in flat])
        gram += block.conj() @ block.T
        right += block.conj() @ target[start : start + rows]
    ridge = weight * float(np.trace(gram).real) / len(flat)
    found: np.ndarray[Any, Any] = np.linalg.lstsq(
        gram + ridge * np.eye(len(flat)), right, rcond=1e-13
    )[0]
    left = energy - 2 * np.vdot(found, right).real + np.vdot(found, gram @ found).real
    return found, max(float(left), 0.0)


def _batch(values: ArrayLike, name: str, ndim: int) -> np.ndarray[Any, Any]:
    values = as_float(values, name)
    check_finite(values, name)
    array: np.ndarray[Any, Any] = to_numpy(values)
    if array.ndim not in (ndim, ndim + 1) or array.size == 0:
        raise ValueError(
            f"{name} has shape {array.shape}; expected {ndim} axes, or {ndim + 1} with the number "
            f"of pairs first, and at least one sample"
        )
    array = array.astype(np.complex128 if np.iscomplexobj(array) else np.float64)
    return array.reshape((-1, *array.shape[array.ndim - ndim :]))


def learning_curve(
    y: ArrayLike,
    x: ArrayLike,
    kernels: Sequence[Sizes],
    *,
    stride: Sizes = 1,
    offset: Sizes = 0,
    test: tuple[ArrayLike, ArrayLike] | None = None,
    weight: float = 0.0,
) -> list[dict[str, Any]]:
    """Return how well the best kernel of each size restores: "the weights may learn", in numbers.

    Parameters
    ----------
    y, x : array
        Pairs to learn from, as in `learn_kernel`.
    kernels : sequence of int or of tuple of int
        Kernel sizes, each centred as `centred_geometry` does. An int serves every axis of `y`; a
        tuple shorter than the axes of `y` says that the first axis counts the pairs.
    stride, offset : int or tuple of int
        Where the input samples sit in the output, see `centred_geometry`.
    test : pair (y, x), optional
        Pairs to judge by; those learned from by default.
    weight : float, default: 0.0
        As in `learn_kernel`.

    Returns
    -------
    rows : list of dict
        ``kernel`` (tuple of int), ``mse`` and ``psnr`` (dB, over the range of the truth), and the
        ``learned`` kernel, in the order of `kernels`.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).standard_normal(256)
    >>> y = np.convolve(x, [1, 0.5], "same")
    >>> rows = learning_curve(y, x, [1, 3, 9])
    >>> rows[0]["mse"] > rows[1]["mse"] > rows[2]["mse"]
    True
    """
    rows = []
    size, output = _shape(y, "y"), _shape(x, "x")
    for kernel in kernels:
        ndim = count_axes(kernel) or len(size)
        taps = axis_integers("kernels", kernel, ndim, least=1)
        g = centred_geometry(taps, size[-ndim:], output[-ndim:], stride=stride, offset=offset)
        learned = learn_kernel(y, x, g, weight=weight)
        source, truth = (y, x) if test is None else test
        truth = to_numpy(as_float(truth, "test"))
        error = to_numpy(learned(to_numpy(as_float(source, "test")))) - truth
        mse, peak = float(np.mean(np.abs(error) ** 2)), float(np.max(np.abs(truth)))
        span = peak if np.iscomplexobj(truth) else float(np.ptp(truth))
        psnr = 10 * math.log10(span**2 / mse) if mse > 0 and span > 0 else math.inf
        rows.append({"kernel": g.kernel, "mse": mse, "psnr": psnr, "learned": learned})
    return rows


def _shape(values: ArrayLike, name: str) -> tuple[int, ...]:
    return tuple(as_float(values, name).shape)

"""Many signals of one kind along some axes of an array: what is found holds for all of them.

The traces of a section, the spectra of a map, the planes of a recording went through one kernel and
have one kind of noise. So the noise, the spectra, a weight, a number of iterations are those of all
signals together, and no signal waits for another:

- a quadratic problem of one axis is one filter for all rows (`sigdeconv.solvers.quadratic.rows`),
  or one matrix where its border is constrained, as of signals from rest (`row_matrix` there);
- an iteration that ties samples by nothing but the operator runs on all signals side by side, with
  a kernel of one sample across them;
- alternating directions take a stack;
- every other method runs signal by signal, with the noise and the spectra of all.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol, final

import numpy as np

from sigdeconv._array import Array, ArrayLike, NumpyArray, check_finite, like, namespace, to_numpy
from sigdeconv._checks import axes_of
from sigdeconv.noise.rest import starts_from_rest
from sigdeconv.operators.base import Operator
from sigdeconv.operators.convolution import Convolution
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation, as_data, observe
from sigdeconv.result import Result
from sigdeconv.sanity import warn_about
from sigdeconv.solvers.noise_level import noise_level, share_spectra
from sigdeconv.solvers.quadratic.error_bars import Posterior
from sigdeconv.solvers.quadratic.row_matrix import make_row_matrix
from sigdeconv.solvers.quadratic.rows import make_row_filter

__all__ = ["AlikeSignals", "always", "lay_out", "plain_ground", "restore_alike"]

SOME = 32  # signals that the noise and the spectra are taken from
FEW = 4  # signals that are looked at for doubts


class Restorer(Protocol):
    """What has to be known of a method; see `sigdeconv.method.Method`."""

    @property
    def samplewise(self) -> Callable[[Mapping[str, Any]], bool] | None: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...
    @property
    def solve(self) -> Callable[..., Result]: ...
    @property
    def doubted(self) -> Callable[..., Result]: ...


@final
@dataclasses.dataclass(frozen=True, eq=False)
class AlikeSignals:
    """Signals of one kind.

    Attributes
    ----------
    rows : array, shape (signals, ...)
        The data, one signal after the other.
    lengths : tuple of int
        Lengths of the axes across the signals.
    axes : tuple of int
        Axes of a signal in the data as they were given.
    A : Operator
        The operator of one signal, without a mask.
    mask : ndarray, optional
        Weights of one signal, which hold for all, or of every signal.
    """

    rows: Array
    lengths: tuple[int, ...]
    axes: tuple[int, ...]
    A: Operator
    mask: NumpyArray | None

    @property
    def own_masks(self) -> bool:
        """True where every signal has weights of its own."""
        return self.mask is not None and self.mask.ndim == self.rows.ndim

    def signal(self, k: int) -> Observation:
        """Return one signal, with the spectra of all in what it keeps."""
        return self._with_spectra(self._bare(k))

    def _with_spectra(self, obs: Observation) -> Observation:
        kept = self.usual.kept  # all else that it keeps is of its own data
        obs.kept.update({name: kept[name] for name in ("periodogram", "spectra") if name in kept})
        return obs

    def _bare(self, k: int) -> Observation:
        mask = self.mask[k] if self.own_masks and self.mask is not None else self.mask
        return Observation(self.rows[k, ...], self.A, mask)

    @functools.cached_property
    def usual(self) -> Observation:
        """The signal that stands for all: as rough as the mean of them."""
        count = self.rows.shape[0]
        some = np.unique(np.linspace(0, count - 1, min(count, SOME)).round().astype(int))
        signals = [self._bare(int(k)) for k in some]
        rough = [_roughness(to_numpy(obs.y)) for obs in signals]
        mean = float(np.mean(rough))
        usual = signals[int(np.argmin([abs(r - mean) for r in rough]))]
        if usual.is_convolution:
            share_spectra(usual, [obs for obs, r in zip(signals, rough, strict=True) if r > 0])
        return usual

    def side_by_side(self) -> Observation:
        """Return all signals as one, whose kernel has one sample across them."""
        A = self.usual.convolution
        border: Any = A.boundary
        if not isinstance(border, str):
            border = (border[0], *border)
        across = Convolution(
            A.psf[None], (self.rows.shape[0], *A.shape), border, (0, *A.centre), (1, *A.stride),
            (1, *A.dilation), ((0, 0), *A.padding), workers=A.workers,
        )  # fmt: skip
        shape = tuple(self.rows.shape)
        mask = None if self.mask is None else np.broadcast_to(self.mask, shape)
        return self._with_spectra(Observation(self.rows, across, mask))

    def placed(self, x: Array) -> Array:
        """Return estimates, one signal after the other, in the order of the data."""
        xp = namespace(x)
        x = xp.reshape(x, (*self.lengths, *x.shape[1:]))
        first = len(self.lengths)
        order = iter(range(first))
        place = {axis: first + k for k, axis in enumerate(self.axes)}
        return xp.permute_dims(
            x, tuple(place[k] if k in place else next(order) for k in range(x.ndim))
        )


def lay_out(
    y: ArrayLike, psf: ArrayLike | OperatorLike, axis: Any, where: Mapping[str, Any]
) -> AlikeSignals:
    """Return the signals along some axes of the data.

    Parameters
    ----------
    y : array
        The data.
    psf : array or operator
        The kernel of one signal, or its operator.
    axis : int or sequence of int
        The axes along which the kernel acts, in its order.
    where : mapping
        ``boundary``, ``centre``, ``mask``, ``workers``; see `observe`. A mask has the shape of one
        signal, or that of the data.

    Raises
    ------
    ValueError, TypeError
        If an axis does not exist or stands twice, or as `observe`.
    """
    y = as_data(y)
    axes = axes_of("axis", axis, int(y.ndim))
    shape = tuple(y.shape)
    others = tuple(a for a in range(y.ndim) if a not in axes)
    lengths, one = tuple(shape[a] for a in others), tuple(shape[a] for a in axes)
    mask = None if where["mask"] is None else to_numpy(where["mask"])
    if mask is not None and mask.shape not in (shape, one):
        raise ValueError(
            f"mask has shape {mask.shape}; expected {shape}, that of y, or {one}, that of one "
            f"signal along axis {axis!r}"
        )

    def rows_of(a: Any) -> Any:
        xp = namespace(a)
        return xp.reshape(xp.permute_dims(a, (*others, *axes)), (math.prod(lengths), *one))

    rows = rows_of(y)
    if mask is not None and mask.shape == shape and lengths:
        mask = rows_of(mask)
    if mask is not None:
        xp = namespace(rows)
        hidden = (like(np.broadcast_to(mask, tuple(rows.shape)), rows) == 0) & ~xp.isfinite(rows)
        rows = xp.where(hidden, xp.zeros_like(rows), rows)
    check_finite(rows, "y")
    kernel_axes = len(getattr(psf, "shape", np.shape(psf) if isinstance(psf, list) else one))
    if not hasattr(psf, "out_shape") and kernel_axes != len(axes):
        raise ValueError(
            f"psf has {kernel_axes} axes and acts along {len(axes)}, axis={axis!r}; expected as "
            f"many"
        )
    bare = {**where, "mask": None}
    A = observe(rows[0, ...], psf, **bare).A
    word = getattr(A, "boundary", "unknown")
    doubtful = where["boundary"] is None and word != "unknown" and not isinstance(psf, Operator)
    if doubtful and not all(map(starts_from_rest, to_numpy(rows))):
        # One is active before its record begins, and so nothing is known of any.
        A = observe(rows[0, ...], psf, **{**bare, "boundary": "unknown"}).A
    return AlikeSignals(rows, lengths, axes, A, mask)


def restore_alike(entry: Restorer, signals: AlikeSignals, **options: Any) -> Result:
    """Return the estimates for signals of one kind, in the order of the data.

    Parameters
    ----------
    entry : Restorer
        The method.
    signals : AlikeSignals
        The data.
    **options
        When to stop and the method's own parameters, as `Method.solve` takes them.
    """
    usual = signals.usual
    warn_about([usual])
    rows = signals.rows
    wide = usual.is_convolution and rows.ndim <= 3
    if wide and entry.samplewise is not None and entry.samplewise(options):
        result = entry.solve(signals.side_by_side(), **options)
        x = result.x
    elif usual.is_convolution and "joint" in entry.parameters and not signals.own_masks:
        if options.get("noise") is None:
            options["noise"] = noise_level(usual) or None
        stack = Observation(rows, signals.A, signals.mask)
        result = entry.solve(stack, **(options | {"joint": False}))
        x = result.x
    else:
        result, x = _one_by_one(entry, signals, options)
    few = np.unique(np.linspace(0, rows.shape[0] - 1, min(rows.shape[0], FEW)).astype(int))
    doubts: list[str] = []
    for k in map(int, few):
        part = dataclasses.replace(result, x=x[k, ...])
        seen = entry.doubted(signals.signal(k), part, **options)
        doubts += [f"of signal {k} of {rows.shape[0]}, {text}" for text in seen.doubts][:1]
    x = signals.placed(x)
    window = tuple(slice(0, n) for n in x.shape)
    return dataclasses.replace(
        result, x=x, domain=x, window=window, posterior=None, doubts=tuple(doubts[:1]),
        parameters=result.parameters | {"signals": rows.shape[0]},
    )  # fmt: skip


def _one_by_one(
    entry: Restorer, signals: AlikeSignals, options: dict[str, Any]
) -> tuple[Result, Array]:
    """Return the result of the usual signal, and the estimates of all."""
    rows, usual = signals.rows, signals.usual
    first = entry.solve(usual, **options)
    if isinstance(first.posterior, Posterior) and not signals.own_masks:
        problem = first.posterior.problem
        row_filter = make_row_filter(problem, usual.y)
        if row_filter is not None:
            return first, row_filter(rows)
        row_matrix = make_row_matrix(problem, usual.y, signals=rows.shape[0])
        if row_matrix is not None:
            return first, row_matrix(rows)
    options = options | {"history": False}
    parts = [entry.solve(signals.signal(k), **options).x for k in range(rows.shape[0])]
    return first, namespace(rows).stack(parts, axis=0)


def _roughness(y: NumpyArray) -> float:
    """Return the mean difference of neighbours along the longest axis."""
    axis = int(np.argmax(y.shape))
    return float(np.mean(np.abs(np.diff(y, axis=axis)))) if y.size > 1 else 0.0


def always(given: Mapping[str, Any]) -> bool:
    """Tell that nothing but the operator ties samples together: a `samplewise`."""
    return True


def plain_ground(given: Mapping[str, Any]) -> bool:
    """Tell whether no smooth background has to be found, which ties samples: a `samplewise`."""
    return not isinstance(given.get("background", 0.0), str)

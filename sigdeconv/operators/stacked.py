"""Several observations of one scene as one: frames, views, channels of a camera.

    y_k = A_k x        k = 1, 2, ...

With the noise of each, their residuals are weighted by one over it, so that a loud observation
counts for less.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, cast, final

import numpy as np

from sigdeconv._array import Array, ArrayLike, NumpyArray, as_float, namespace
from sigdeconv._checks import numbers
from sigdeconv.operators._apply import is_whole
from sigdeconv.operators._sampling import mask_of, weigh
from sigdeconv.operators.base import Operator

__all__ = ["Stacked"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Stacked(Operator):
    """Operators of one signal, one after the other.

    Data of one shape stand on a new first axis; data of different shapes are flat and follow each
    other, see `join` and `split`.

    Parameters
    ----------
    parts : sequence of Operator
        Operators of one domain.
    noise : sequence of float, optional
        Standard deviation of the noise in the data of each, above 0; equal by default.
    weights : array of ``out_shape``, optional
        Weights of single data in [0, 1], beside those of the parts' own masks.
    region : tuple of slice, optional
        The part of the signal that an estimate is returned on; what all parts look at by default,
        or the whole signal where they look at different parts.

    Raises
    ------
    ValueError
        If there are none, their domains differ, or `region` does not lie in them.
    TypeError
        If one of them is no operator.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> A = sd.Stacked([sd.Matrix([[1.0, 0.0]]), sd.Matrix([[1.0, 1.0]])])
    >>> A(np.array([2.0, 3.0]))
    array([[2.],
           [5.]])
    """

    parts: Sequence[Operator]
    noise: Sequence[float] | None = None
    weights: ArrayLike | None = None
    region: tuple[slice, ...] | None = None
    _mask: NumpyArray | None = dataclasses.field(init=False, repr=False, default=None)
    _own: NumpyArray | None = dataclasses.field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        parts = tuple(self.parts)
        if not parts:
            raise ValueError("parts is empty; expected one operator or more")
        for k, A in enumerate(parts):
            if not isinstance(A, Operator):
                raise TypeError(f"parts[{k}] must be an Operator; got {A!r:.60}")
            if A.shape != parts[0].shape:
                raise ValueError(
                    f"parts[{k}] has the domain {A.shape}; expected {parts[0].shape}, as parts[0]"
                )
        object.__setattr__(self, "parts", parts)
        if self.region is not None:
            ends = [(w.start, w.stop) for w in self.region]
            fits = [0 <= a < b <= n for (a, b), n in zip(ends, self.shape, strict=False)]
            if len(ends) != len(self.shape) or not all(fits):
                raise ValueError(f"region {ends} does not lie in the domain {self.shape}")
        scale = np.ones(len(parts))
        if self.noise is not None:
            levels = numbers("noise", self.noise, len(parts), above=0)
            object.__setattr__(self, "noise", levels)
            scale = min(levels) / np.asarray(levels)
        extra = mask_of(self.weights, self.out_shape)
        if extra is not None or scale.min() < 1:
            own = self._joined(
                [f * np.ones(A.out_shape) for A, f in zip(parts, scale, strict=True)]
            )
            object.__setattr__(self, "_own", own if extra is None else own * extra)
        if any(A.mask is not None for A in parts):
            masks = [A.mask for A in parts]
            total = self._joined(
                [
                    np.ones(A.out_shape) if m is None else m
                    for A, m in zip(parts, masks, strict=True)
                ]
            )
            object.__setattr__(self, "_mask", total if self._own is None else total * self._own)
        else:
            object.__setattr__(self, "_mask", self._own)

    def _joined(self, data: list[NumpyArray]) -> NumpyArray:
        return np.asarray(self.join(data))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the signal."""
        return self.parts[0].shape

    @property
    def is_regular(self) -> bool:
        """True when all data have one shape."""
        return all(A.out_shape == self.parts[0].out_shape for A in self.parts)

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of all data."""
        if self.is_regular:
            return (len(self.parts), *self.parts[0].out_shape)
        return (sum(math.prod(A.out_shape) for A in self.parts),)

    @property
    def window(self) -> tuple[slice, ...]:
        """`region`, that of all, or the whole signal."""
        if self.region is not None:
            return self.region
        first = self.parts[0].window
        same = all(A.window == first for A in self.parts)
        return first if same or is_whole(first, self.shape) else super().window

    @property
    def mask(self) -> NumpyArray | None:
        """The weights of all data."""
        return self._mask

    @property
    def unmasked(self) -> Operator:
        """The parts without their masks and weights."""
        if self._mask is None:
            return self
        return Stacked([A.unmasked for A in self.parts], region=self.region)

    def join(self, data: Sequence[ArrayLike]) -> Array:
        """Return the data of all parts as one array of `out_shape`.

        Raises
        ------
        ValueError
            If there are more or fewer, or one has another shape than its operator makes.
        """
        if len(data) != len(self.parts):
            raise ValueError(f"data has {len(data)} parts; expected {len(self.parts)}")
        arrays = [as_float(y, f"data[{k}]") for k, y in enumerate(data)]
        for k, (y, A) in enumerate(zip(arrays, self.parts, strict=True)):
            if tuple(y.shape) != A.out_shape:
                raise ValueError(f"data[{k}] has shape {tuple(y.shape)}; expected {A.out_shape}")
        xp = namespace(*arrays)
        if self.is_regular:
            return xp.stack(arrays)
        return xp.concat([xp.reshape(y, (-1,)) for y in arrays])

    def split(self, y: Array) -> list[Array]:
        """Return the data of each part."""
        if self.is_regular:
            return [y[k, ...] for k in range(len(self.parts))]
        xp, found, at = namespace(y), [], 0
        for A in self.parts:
            n = math.prod(A.out_shape)
            found.append(xp.reshape(y[at : at + n], A.out_shape))
            at += n
        return found

    def _forward(self, x: Array) -> Array:
        return self._scaled(self.join([A._forward(x) for A in self.parts]))

    def _adjoint(self, y: Array) -> Array:
        total: Any = None
        for A, part in zip(self.parts, self.split(self._scaled(y)), strict=True):
            one = A._adjoint(part)
            total = one if total is None else total + one
        return cast("Array", total)

    def _scaled(self, y: Array) -> Array:
        """Return data times those weights that the parts do not apply themselves."""
        return weigh(y, self._own)

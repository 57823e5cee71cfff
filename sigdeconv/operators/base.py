"""Operator: what the measurement does to the signal, and its adjoint.

An operator maps arrays of `shape` to arrays of `out_shape` linearly. A subclass supplies these two
and the pair ``_forward``/``_adjoint``; sums, products, transposes, the norm and the SciPy view
follow here and are never overridden. The adjoint is the one of the inner product
<u, v> = sum(conj(u) v), so <y, A x> = <A^H y, x> holds to rounding: `dot_test` measures it.
"""

from __future__ import annotations

import abc
import dataclasses
import numbers
from typing import TYPE_CHECKING, Any, cast, final

import numpy as np

from sigdeconv._array import Array, NumpyArray, is_complex
from sigdeconv.operators._apply import (
    check_shape,
    columns,
    common,
    flat,
    is_whole,
    spectral_norm,
    times,
)
from sigdeconv.operators._sampling import weigh

if TYPE_CHECKING:
    from scipy.sparse.linalg import LinearOperator
else:
    LinearOperator = Any  # SciPy is loaded when one is asked for

__all__ = ["Adjoint", "Composed", "Operator", "Scaled", "Sum"]


class Operator(abc.ABC):
    """A linear map from arrays of `shape` to arrays of `out_shape`, with its exact adjoint.

    ``A(x)`` is ``A.forward(x)``; ``A.T`` is the adjoint as an operator; ``A @ B`` composes,
    ``A + B`` adds, ``2 * A`` scales, and ``A @ x`` applies to an array.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> A = sd.Convolution([0.25, 0.5, 0.25], (4,), "zero")
    >>> twice = A.T @ A + 0.1 * A
    >>> twice @ np.array([0.0, 0.0, 16.0, 0.0])
    array([1. , 4.4, 6.8, 4.4])
    """

    # NumPy's scalars and arrays leave the product with an operator to the operator.
    __array_ufunc__ = None

    @property
    @abc.abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of the signal x."""

    @property
    @abc.abstractmethod
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the data y."""

    @property
    def window(self) -> tuple[slice, ...]:
        """The part of the signal that an estimate is returned on: all of it by default."""
        return tuple(slice(0, n) for n in self.shape)

    @property
    def mask(self) -> NumpyArray | None:
        """Weight of each datum in [0, 1], which the operator applies; None for one everywhere."""
        return None

    @property
    def unmasked(self) -> Operator:
        """The operator without its mask, where that can be taken off; else itself."""
        return self

    @property
    def workers(self) -> int | None:
        """FFT threads; None for the default."""
        return None

    @property
    def makes_complex(self) -> bool:
        """True when it makes complex data of a real signal."""
        return is_complex(self.forward(np.ones(self.shape)))

    def weigh(self, y: Array) -> Array:
        """Return data times the mask: `y` itself without one."""
        return weigh(y, self.mask)

    @abc.abstractmethod
    def _forward(self, x: Array) -> Array: ...

    @abc.abstractmethod
    def _adjoint(self, y: Array) -> Array: ...

    @final
    def forward(self, x: Array) -> Array:
        """Return A x.

        It is in the namespace, on the device and in the precision of `x`, an array of `shape`.

        Raises
        ------
        ValueError
            If `x` does not have the shape of the domain.
        """
        return self._forward(check_shape(x, self.shape, "x", "the domain of the operator"))

    @final
    def adjoint(self, y: Array) -> Array:
        """Return A^H y, the adjoint applied to data of `out_shape`.

        Raises
        ------
        ValueError
            If `y` does not have the shape of the data.
        """
        return self._adjoint(check_shape(y, self.out_shape, "y", "the data of the operator"))

    @final
    def __call__(self, x: Array) -> Array:
        """Return A x."""
        return self.forward(x)

    @property
    @final
    def T(self) -> Operator:
        """The adjoint as an operator."""
        return self.A if isinstance(self, Adjoint) else Adjoint(self)

    @final
    def __matmul__(self, other: Any) -> Any:
        """Compose with an operator, or apply to an array."""
        return Composed(self, other) if isinstance(other, Operator) else self.forward(other)

    @final
    def __add__(self, other: Operator) -> Operator:
        """Return the sum of two operators of equal shapes."""
        return Sum(self, other) if isinstance(other, Operator) else NotImplemented

    @final
    def __sub__(self, other: Operator) -> Operator:
        """Return the difference of two operators of equal shapes."""
        return Sum(self, Scaled(other, -1.0)) if isinstance(other, Operator) else NotImplemented

    @final
    def __mul__(self, factor: Any) -> Operator:
        """Return the operator times a number."""
        if isinstance(factor, np.ndarray) and factor.ndim == 0:
            factor = factor[()]
        if not isinstance(factor, numbers.Number):
            return NotImplemented
        return Scaled(self, cast("complex", factor))

    __rmul__ = __mul__

    @final
    def __neg__(self) -> Operator:
        """Return minus the operator."""
        return Scaled(self, -1.0)

    @final
    def norm(self, *, num_iter: int = 100, tol: float = 1e-6, rng: Any = 0) -> float:
        """Return the spectral norm, the largest singular value, by power iteration on A^H A.

        It ends after `num_iter` iterations, or when one changes it by less than the part `tol`, and
        comes from below; `rng` is the seed of its start.
        """
        return spectral_norm(self.forward, self.adjoint, self.shape, num_iter, tol, rng)

    @final
    def as_scipy(self, dtype: Any = np.float64) -> LinearOperator:
        """Return the operator on flattened arrays as a `scipy.sparse.linalg.LinearOperator`."""
        return flat(self.forward, self.adjoint, self.shape, self.out_shape, dtype)

    @final
    def to_dense(self) -> np.ndarray[Any, Any]:
        """Return the matrix of the operator; for small shapes only (it has every entry)."""
        return columns(self.forward, self.shape)


@final
@dataclasses.dataclass(frozen=True)
class Adjoint(Operator):
    """The adjoint of `A` as an operator.

    Parameters
    ----------
    A : Operator
        The operator.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> A = sd.Convolution([1.0, 2.0, 3.0], (4,), "zero", padding=0)
    >>> A.T(np.array([1.0, 10.0]))
    array([ 3., 32., 21., 10.])
    """

    A: Operator

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the data of `A`."""
        return self.A.out_shape

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the signal of `A`."""
        return self.A.shape

    def _forward(self, x: Array) -> Array:
        return self.A._adjoint(x)

    def _adjoint(self, y: Array) -> Array:
        return self.A._forward(y)


@final
@dataclasses.dataclass(frozen=True)
class Composed(Operator):
    """`A` after `B`.

    Parameters
    ----------
    A, B : Operator
        The operators; data of `B` are signals of `A`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.operators import Diagonal
    >>> masked = Diagonal(np.array([1.0, 0.0])) @ Diagonal(np.array([2.0, 3.0]))
    >>> masked(np.array([10.0, 10.0]))
    array([20.,  0.])
    """

    A: Operator
    B: Operator

    def __post_init__(self) -> None:
        if self.A.shape != self.B.out_shape:
            raise ValueError(
                f"A @ B needs A.shape == B.out_shape; got {self.A.shape} and {self.B.out_shape}"
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the signal of `B`."""
        return self.B.shape

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the data of `A`."""
        return self.A.out_shape

    @property
    def window(self) -> tuple[slice, ...]:
        """That of the one factor that has its own; the whole signal else."""
        if is_whole(self.A.window, self.A.shape):
            return self.B.window
        same = self.B.shape == self.B.out_shape and is_whole(self.B.window, self.B.shape)
        return self.A.window if same else super().window

    @property
    def mask(self) -> NumpyArray | None:
        """That of `A`."""
        return self.A.mask

    def _forward(self, x: Array) -> Array:
        return self.A._forward(self.B._forward(x))

    def _adjoint(self, y: Array) -> Array:
        return self.B._adjoint(self.A._adjoint(y))


@final
@dataclasses.dataclass(frozen=True)
class Sum(Operator):
    """`A` plus `B`.

    Parameters
    ----------
    A, B : Operator
        Two operators of equal shapes.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.operators import Diagonal
    >>> both = Diagonal(np.array([1.0, 0.0])) + Diagonal(np.array([2.0, 3.0]))
    >>> both(np.array([10.0, 10.0]))
    array([30., 30.])
    """

    A: Operator
    B: Operator

    def __post_init__(self) -> None:
        if (self.A.shape, self.A.out_shape) != (self.B.shape, self.B.out_shape):
            raise ValueError(
                f"A + B needs equal shapes; got {self.A.shape} -> {self.A.out_shape} and "
                f"{self.B.shape} -> {self.B.out_shape}"
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the signal."""
        return self.A.shape

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the data."""
        return self.A.out_shape

    @property
    def window(self) -> tuple[slice, ...]:
        """That of both, or the whole signal."""
        return self.A.window if self.A.window == self.B.window else super().window

    @property
    def mask(self) -> NumpyArray | None:
        """That of both; None where they differ."""
        return common(self.A.mask, self.B.mask)

    def _forward(self, x: Array) -> Array:
        return self.A._forward(x) + self.B._forward(x)

    def _adjoint(self, y: Array) -> Array:
        return self.A._adjoint(y) + self.B._adjoint(y)


@final
@dataclasses.dataclass(frozen=True)
class Scaled(Operator):
    """`A` times a number.

    Parameters
    ----------
    A : Operator
        The operator.
    factor : complex
        The number.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.operators import Diagonal
    >>> half = 0.5 * Diagonal(np.array([2.0, 4.0]))
    >>> half(np.array([1.0, 1.0]))
    array([1., 2.])
    """

    A: Operator
    factor: complex

    def __post_init__(self) -> None:
        # A Python number, which takes on the precision of the arrays that it multiplies.
        factor = complex(self.factor)
        real = not np.iscomplexobj(self.factor)
        object.__setattr__(self, "factor", factor.real if real else factor)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the signal."""
        return self.A.shape

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the data."""
        return self.A.out_shape

    @property
    def window(self) -> tuple[slice, ...]:
        """That of `A`."""
        return self.A.window

    @property
    def mask(self) -> NumpyArray | None:
        """That of `A`."""
        return self.A.mask

    def _forward(self, x: Array) -> Array:
        return times(self.A._forward(x), self.factor)

    def _adjoint(self, y: Array) -> Array:
        return times(self.A._adjoint(y), self.factor.conjugate())

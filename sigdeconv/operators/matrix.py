"""A matrix as an operator: dense, sparse, or known by its products alone; square or not.

    y = M x

It serves what is no convolution: a response with an axis for every channel, a kernel that changes
from sample to sample, rays through a body. SciPy's sparse matrices and linear operators, and those
of PyLops, which are SciPy's, are taken as they are by every method.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias, final, runtime_checkable

import numpy as np

from sigdeconv._array import (
    Array,
    as_float,
    check_finite,
    like,
    namespace,
    owned,
    to_numpy,
)
from sigdeconv._checks import integers
from sigdeconv.operators.base import Operator

__all__ = ["Matrix", "MatrixLike", "OperatorLike", "as_operator"]


@runtime_checkable
class MatrixLike(Protocol):
    """What can be multiplied with a vector: SciPy's sparse matrices and linear operators."""

    @property
    def shape(self) -> Any:
        """Number of rows and of columns."""
        ...

    @property
    def dtype(self) -> Any:
        """Kind of its entries."""
        ...

    @property
    def T(self) -> Any:
        """Its transpose."""
        ...

    def dot(self, x: Any, /) -> Any:
        """Return its product with a vector."""
        ...


OperatorLike: TypeAlias = Operator | MatrixLike


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Matrix(Operator):
    """A matrix, and its conjugate transpose as the adjoint.

    Parameters
    ----------
    M : array, sparse matrix or linear operator, shape (m, n)
        Dense, one of SciPy's sparse formats, or anything with the products of SciPy's
        LinearOperator: one of PyLops, for example.
    shape : int or sequence of int, optional
        Shape of the signal, n samples in all; ``(n,)`` by default, or what `M` says of it (PyLops).
    out_shape : int or sequence of int, optional
        Shape of the data, m samples in all, likewise.

    Raises
    ------
    ValueError
        If `M` has not two axes, is not finite, or does not fit the shapes.
    TypeError
        If it is no matrix.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> A = sd.Matrix([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
    >>> A(np.array([1.0, 2.0, 3.0])), A.T(np.array([1.0, 10.0]))
    (array([3., 5.]), array([ 1., 11., 10.]))
    """

    M: Any
    shape: tuple[int, ...] = None  # type: ignore[assignment]  # settled at the start
    out_shape: tuple[int, ...] = None  # type: ignore[assignment]  # likewise
    is_dense: bool = dataclasses.field(init=False, repr=False, default=False)

    def __post_init__(self) -> None:
        given: Any = self.M
        settle = functools.partial(object.__setattr__, self)
        if is_matrix(given):
            size = tuple(int(n) for n in given.shape)
            if getattr(given, "nnz", None) is not None:
                check_finite(np.asarray(given.data, dtype=np.result_type(given.dtype, 1.0)), "M")
        else:
            given = to_numpy(as_float(given, "M"))
            check_finite(given, "M")
            size = given.shape
            settle("is_dense", True)
            settle("M", owned(given, self.M))
        if len(size) != 2 or 0 in size:
            raise ValueError(f"M must have two axes, data by signal; got shape {size}")
        for name, count, hint in (("shape", size[1], "dims"), ("out_shape", size[0], "dimsd")):
            settle(name, _shape(name, getattr(self, name), count, getattr(given, hint, None)))

    def _forward(self, x: Array) -> Array:
        return self._times(self.M, x, self.out_shape)

    def _adjoint(self, y: Array) -> Array:
        M: Any = self.M
        if hasattr(M, "rmatvec"):
            flat = np.ravel(to_numpy(y))
            return like(np.asarray(M.rmatvec(flat)).reshape(self.shape), y)
        return self._times(M.T.conj() if _complex(M) else M.T, y, self.shape)

    def _times(self, M: Any, a: Array, shape: tuple[int, ...]) -> Array:
        if self.is_dense and namespace(a) is not np:
            xp = namespace(a)
            return xp.reshape(like(M, a) @ xp.reshape(a, (-1,)), shape)
        return like(np.asarray(M.dot(np.ravel(to_numpy(a)))).reshape(shape), a)

    @property
    def makes_complex(self) -> bool:
        """True for a complex matrix."""
        return _complex(self.M)

    def __repr__(self) -> str:
        kind = "dense" if self.is_dense else type(self.M).__name__
        return f"Matrix({kind}, {self.shape} -> {self.out_shape})"


def _complex(M: Any) -> bool:
    dtype = getattr(M, "dtype", None)
    return dtype is not None and np.dtype(dtype).kind == "c"


def _shape(name: str, given: Any, count: int, hint: Any) -> tuple[int, ...]:
    """Return a shape of `count` samples."""
    if given is None:
        own = None if hint is None else tuple(int(n) for n in np.ravel(hint))
        return own if own is not None and math.prod(own) == count else (count,)
    shape = integers(name, given, np.size(given), least=1)
    if math.prod(shape) != count:
        raise ValueError(f"{name} {shape} has {math.prod(shape)} samples; expected {count}, as M")
    return shape


def is_matrix(value: Any) -> bool:
    """Tell whether a value is a sparse matrix or a linear operator of SciPy's kind."""
    if isinstance(value, (Operator, np.ndarray, Sequence)) or not isinstance(value, MatrixLike):
        return False
    return hasattr(value, "matvec") or hasattr(value, "tocsr") or hasattr(value, "nnz")


def as_operator(value: Any) -> Operator | None:
    """Return the operator that a value is or stands for; None for anything else.

    Parameters
    ----------
    value : object
        An operator, a sparse matrix, or a linear operator of SciPy or PyLops.

    Examples
    --------
    >>> import scipy.sparse
    >>> from sigdeconv.operators import as_operator
    >>> as_operator(scipy.sparse.eye_array(3)).shape
    (3,)
    """
    if isinstance(value, Operator):
        return value
    return Matrix(value) if is_matrix(value) else None

"""The quadratic problem of one axis whose border is constrained, for many signals at once.

With one operator and one penalty the minimiser is a linear function of the data, whatever the
signal is:

    x = K y,     K = (A^H A + P^H q P)^-1 A^H

with P q P^H the penalty on the signal mirrored once, as in `constrained`. K is as large as a signal
is long, so that it is made once and multiplies all of them; a long signal is solved by itself.
"""

from __future__ import annotations

import dataclasses
from typing import Final, final

import numpy as np

from sigdeconv._array import Array, NumpyArray, is_complex, like, namespace, to_numpy
from sigdeconv.operators.boundary import fold, pad
from sigdeconv.solvers.quadratic.problem import QuadraticProblem

__all__ = ["RowMatrix", "make_row_matrix"]


@final
@dataclasses.dataclass(frozen=True)
class RowMatrixLimits:
    """Constants of the matrix.

    Attributes
    ----------
    most_samples : int
        Of a signal: its matrix, of 32 MB then, costs as much as some hundred solutions.
    worth : int
        Samples of a signal up to which, a signal that there is, the matrix is made.
    ridge : float
        What is added to the diagonal, in units of rounding, for what neither data nor penalty see.
    """

    most_samples: int = 2048
    worth: int = 64
    ridge: float = 8.0


ROW_MATRIX: Final = RowMatrixLimits()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class RowMatrix:
    """The minimiser of the quadratic problem for every row of an array.

    Attributes
    ----------
    matrix : ndarray, shape (samples of the estimate, samples of the data)
        K, on the window of the data.
    """

    matrix: NumpyArray

    def __call__(self, y: Array) -> Array:
        """Return the estimates on the window for data of shape (signals, samples)."""
        return namespace(y).matmul(y, like(self.matrix.T, y))


def make_row_matrix(problem: QuadraticProblem, y: Array, *, signals: int) -> RowMatrix | None:
    """Return the matrix of a problem; None where there is none, and each row is solved by itself.

    That is with more than one axis, a free border, complex values or a long signal.

    Parameters
    ----------
    problem : QuadraticProblem
        The problem of one signal, its penalty chosen.
    y : array, shape (samples,)
        One of the signals.
    signals : int
        How many there are: a matrix for few costs more than they do.
    """
    grid, A = problem.grid, problem.grid.A
    size = max(*A.shape, *A.out_shape)
    if len(A.shape) > 1 or problem.free or is_complex(y) or A.makes_complex:
        return None
    if size > min(ROW_MATRIX.most_samples, ROW_MATRIX.worth * signals):
        return None
    forward = A.to_dense()
    widths, eye = [(0, A.shape[0])], np.eye(A.shape[0])
    spectrum = grid.to_spectrum(pad(eye, widths, "reflect")) * to_numpy(problem.q)
    penalty = fold(to_numpy(grid.to_signal(spectrum)), widths, "reflect") / 2
    normal = forward.T @ forward + (penalty + penalty.T) / 2
    ridge = ROW_MATRIX.ridge * np.finfo(float).eps * float(np.max(np.diag(normal)))
    weighted = forward.T if A.mask is None else forward.T * A.mask
    matrix = np.linalg.solve(normal + (ridge or 1.0) * eye, weighted)
    return RowMatrix(matrix[A.window[0]])

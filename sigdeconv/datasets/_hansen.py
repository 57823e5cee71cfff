"""Integral equations of the first kind, the textbook's test problems for matrices.

    y(s) = integral K(s, t) x(t) dt

by the midpoint rule. The formulas are those of P. C. Hansen, "Regularization Tools", Numer.
Algorithms 6, 1994, doi:10.1007/BF02149761, where the sources of each stand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv._checks import integer, one_of
from sigdeconv.operators.matrix import Matrix

__all__ = ["HansenName", "hansen"]

HansenName = Literal["baart", "deriv2", "gravity", "heat", "phillips", "shaw"]


def hansen(name: HansenName, n: int = 64) -> tuple[Matrix, NumpyArray]:
    """Return the matrix of a test problem and its exact solution.

    Parameters
    ----------
    name : {"baart", "deriv2", "gravity", "heat", "phillips", "shaw"}
        The problem: ``shaw`` is an image through a slit, ``gravity`` a mass seen from above,
        ``heat`` the inverse heat equation, ``deriv2`` the second derivative.
    n : int
        Number of samples of signal and data, at least 8.

    Returns
    -------
    A : Matrix, shape (n, n)
        The integral equation, discretised.
    x : ndarray, shape (n,)
        The solution.

    Raises
    ------
    ValueError, TypeError
        If there is no such problem, or `n` is not a whole number of at least 8.

    References
    ----------
    .. [1] P. C. Hansen, "Regularization tools: a Matlab package for analysis and solution of
           discrete ill-posed problems", Numer. Algorithms 6, 1994, :doi:`10.1007/BF02149761`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> A, x = sd.datasets.hansen("shaw", 32)
    >>> A.shape, x.shape
    ((32,), (32,))
    """
    make = PROBLEMS[one_of("name", name, list(get_args(HansenName)))]
    M, x = make(integer("n", n, least=8))
    return Matrix(M), x


def _middles(low: float, high: float, n: int) -> tuple[NumpyArray, float]:
    """Return the middles of n equal parts of an interval, and their length."""
    h = (high - low) / n
    return low + h * (np.arange(n) + 0.5), h


def _baart(n: int) -> tuple[NumpyArray, NumpyArray]:
    s, _ = _middles(0, np.pi / 2, n)
    t, h = _middles(0, np.pi, n)
    return h * np.exp(s[:, None] * np.cos(t)), np.sin(t)


def _deriv2(n: int) -> tuple[NumpyArray, NumpyArray]:
    t, h = _middles(0, 1, n)
    s = t[:, None]
    return h * np.where(s < t, s * (t - 1), t * (s - 1)), t


def _gravity(n: int) -> tuple[NumpyArray, NumpyArray]:
    t, h = _middles(0, 1, n)
    depth = 0.25
    K = depth / (depth**2 + (t[:, None] - t) ** 2) ** 1.5
    return h * K, np.sin(np.pi * t) + 0.5 * np.sin(2 * np.pi * t)


def _heat(n: int) -> tuple[NumpyArray, NumpyArray]:
    t, h = _middles(0, 1, n)
    lag = h * (np.arange(n)[:, None] - np.arange(n) + 0.5)
    past = np.where(lag > 0, lag, 1.0)
    K = np.where(lag > 0, past**-1.5 / (2 * np.sqrt(np.pi)) * np.exp(-1 / (4 * past)), 0.0)
    u = 20 * t
    bump = np.where(u < 2, 0.75 * u**2 / 4, np.where(u < 3, 0.75 + (u - 2) * (3 - u), 0.0))
    x = np.where(u < 3, bump, 0.75 * np.exp(-2 * (u - 3)))
    return h * K, np.where(t < 0.5, x, 0.0)


def _phillips(n: int) -> tuple[NumpyArray, NumpyArray]:
    t, h = _middles(-6, 6, n)

    def hump(u: NumpyArray) -> NumpyArray:
        return np.where(np.abs(u) < 3, 1 + np.cos(np.pi * u / 3), 0.0)

    return h * hump(t[:, None] - t), hump(t)


def _shaw(n: int) -> tuple[NumpyArray, NumpyArray]:
    t, h = _middles(-np.pi / 2, np.pi / 2, n)
    u = np.sin(t[:, None]) + np.sin(t)
    K = ((np.cos(t[:, None]) + np.cos(t)) * np.sinc(u)) ** 2
    return h * K, 2 * np.exp(-6 * (t - 0.8) ** 2) + np.exp(-2 * (t + 0.5) ** 2)


PROBLEMS: dict[str, Callable[[int], tuple[NumpyArray, NumpyArray]]] = {
    "baart": _baart,
    "deriv2": _deriv2,
    "gravity": _gravity,
    "heat": _heat,
    "phillips": _phillips,
    "shaw": _shaw,
}

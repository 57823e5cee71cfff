"""The singular values of an operator, the truncated inverse, and Picard's condition.

    A = sum_i s_i u_i v_i^H        x_k = sum_(i <= k) (u_i^H y / s_i) v_i

A small operator is decomposed as a matrix. A periodic convolution is decomposed by the Fourier
transform: its singular values are the magnitudes of its transfer function, and the coefficients of
the data their spectrum. Picard's condition says whether there is anything to restore: the
coefficients |u_i^H y| of data without noise fall faster than s_i; those of noise do not fall.
(P. C. Hansen, "The discrete Picard condition for discrete ill-posed problems", BIT 30, 1990,
doi:10.1007/BF01933214.)
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any, final

import numpy as np

from sigdeconv import _display, _fft
from sigdeconv._array import (
    NORMAL_MEDIAN,
    Array,
    ArrayLike,
    NumpyArray,
    as_float,
    check_finite,
    is_complex,
    like,
    to_numpy,
)
from sigdeconv._checks import integer, number
from sigdeconv.operators.base import Operator
from sigdeconv.operators.convolution import Convolution
from sigdeconv.operators.matrix import OperatorLike, as_operator

__all__ = ["SVD", "Picard", "svd"]


@final
@dataclasses.dataclass(frozen=True)
class PicardRule:
    """Constants of decomposition and verdict.

    Attributes
    ----------
    most : int
        Entries of a matrix up to which it is decomposed: some ten seconds.
    tail : float
        Part of the coefficients, those of the least singular values, that show the noise.
    flat : float
        Exponent of their fall over the singular values, up to which they are noise.
    sure : float
        Standard errors that the exponent of a fall must lie above `flat`.
    above : float
        Standard deviations of the noise from which on a mean of neighbours is no noise.
    certain : float
        The same of a single coefficient.
    neighbours : int
        Coefficients of that mean.
    rounding : float
        Singular values below this part of the largest, times their number, are zero.
    """

    most: int = 4_000_000
    tail: float = 0.34
    flat: float = 0.1
    sure: float = 2.0
    above: float = 2.0
    certain: float = 3.0
    neighbours: int = 3
    rounding: float = 2.2e-16


PICARD = PicardRule()


def svd(A: OperatorLike) -> SVD:
    """Return the singular values and vectors of an operator.

    Parameters
    ----------
    A : Operator, sparse matrix or linear operator
        A periodic convolution without stride and mask, of any size; or anything of at most four
        million entries.

    Raises
    ------
    ValueError
        If it is another operator, and too large for its matrix.
    TypeError
        If it is no operator.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> A, x = sd.datasets.hansen("shaw", 32)
    >>> parts = sd.svd(A)
    >>> bool(parts.values[0] > 2 and parts.values[-1] < 1e-12)
    True
    >>> y = sd.simulate(x, A, noise=1e-4, rng=0).y
    >>> print(parts.picard(y).verdict)
    holds
    """
    operator = as_operator(A)
    if operator is None:
        raise TypeError(f"A must be an operator; got {A!r:.60}. For an array give sd.Matrix(A)")
    if isinstance(operator, Convolution) and operator.is_circulant:
        return SVD(operator, None)
    size = math.prod(operator.shape) * math.prod(operator.out_shape)
    if size > PICARD.most:
        raise ValueError(
            f"A has a matrix of {size} entries; expected at most {PICARD.most}, or a Convolution "
            "with boundary='periodic'"
        )
    return SVD(operator, tuple(np.linalg.svd(operator.to_dense(), full_matrices=False)))


@final
@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SVD:
    """Singular values, largest first, and what they make of data.

    Attributes
    ----------
    A : Operator
        The operator.
    factors : tuple of array or None
        Its matrices U, s and V^H; None for a periodic convolution, whose basis is that of Fourier.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.svd(sd.Convolution([0.25, 0.5, 0.25], (6,), "periodic")).values.round(2)
    array([1.  , 0.75, 0.75, 0.25, 0.25, 0.  ])
    """

    A: Operator
    factors: tuple[Any, ...] | None

    @functools.cached_property
    def _otf(self) -> NumpyArray:
        assert isinstance(self.A, Convolution)
        return np.ravel(self.A.otf)

    @functools.cached_property
    def _order(self) -> NumpyArray:
        return np.argsort(-np.abs(self._otf), kind="stable")

    @functools.cached_property
    def values(self) -> NumpyArray:
        """The singular values, largest first."""
        if self.factors is None:
            return np.abs(self._otf)[self._order]
        return np.asarray(self.factors[1])

    @property
    def rank(self) -> int:
        """Number of singular values that are not zero to rounding."""
        least = PICARD.rounding * self.values.size * float(self.values[0])
        return int(np.sum(self.values > least))

    @property
    def condition(self) -> float:
        """Largest singular value over the least one; infinite where that is zero."""
        least = float(self.values[-1])
        return float(self.values[0]) / least if least > 0 else math.inf

    def coefficients(self, y: ArrayLike) -> NumpyArray:
        """Return u_i^H y, in the order of the singular values.

        For a periodic convolution the spectrum of the data, divided by the root of their number.

        Raises
        ------
        ValueError
            If the data are not those of the operator, or not finite.
        """
        data = self._data(y)
        if self.factors is None:
            spectrum = np.ravel(_fft.fftn(data, self.A.out_shape)) / math.sqrt(data.size)
            return np.asarray(spectrum[self._order])
        return np.asarray(np.conj(self.factors[0]).T @ np.ravel(data))

    def _data(self, y: ArrayLike) -> NumpyArray:
        data = to_numpy(as_float(y, "y"))
        if data.shape != self.A.out_shape:
            raise ValueError(f"y has shape {data.shape}; expected {self.A.out_shape}, as A makes")
        check_finite(data, "y")
        return data

    def truncated(self, y: ArrayLike, rank: int | None = None) -> Array:
        """Return the estimate of the `rank` largest singular values.

        Parameters
        ----------
        y : array
            The data.
        rank : int, optional
            How many; by default those whose coefficients stand above the noise, see `picard`.

        Returns
        -------
        x : array of ``A.shape``
            In the namespace of `y`.

        Raises
        ------
        ValueError
            If `rank` is above the number of singular values that are not zero.
        """
        most = self.rank
        kept = self.picard(y).rank if rank is None else integer("rank", rank, least=0, most=most)
        c = self.coefficients(y)[:kept] / self.values[:kept]
        model = as_float(y, "y")
        if self.factors is not None:
            made = np.conj(self.factors[2][:kept]).T @ c
            return like(np.reshape(made, self.A.shape), model)
        at = self._order[:kept]
        spectrum = np.zeros(self._otf.size, complex)
        spectrum[at] = c * np.exp(-1j * np.angle(self._otf[at])) * math.sqrt(self._otf.size)
        x = _fft.ifftn(np.reshape(spectrum, self.A.shape), self.A.shape)
        real = not (self.A.makes_complex or is_complex(model))
        return like(np.real(to_numpy(x)) if real else x, model)

    def picard(self, y: ArrayLike, noise: float | None = None) -> Picard:
        """Return what Picard's condition says of data.

        Parameters
        ----------
        y : array
            The data.
        noise : float, optional
            Standard deviation of their noise; from the last coefficients by default.
        """
        c = np.abs(self.coefficients(y))
        values, most = self.values, max(self.rank, 1)
        tail = c[most - max(int(PICARD.tail * most), min(3, most)) :]
        found = noise is not None
        if noise is not None:
            level = number("noise", noise, least=0)
        else:
            fall, error = _fall(values[:most][-tail.size :], c[:most][-tail.size :])
            found = most < values.size or fall - PICARD.sure * error < PICARD.flat
            power = float(np.median(tail)) / NORMAL_MEDIAN
            level = power if found else 0.0
        rank = _last_above(c[:most], level)
        exponent, error = _fall(values[:rank], c[:rank])
        return Picard(values, c, level, found, rank, exponent, error)

    def __repr__(self) -> str:
        kind = "Fourier basis" if self.factors is None else "matrix"
        return (
            f"SVD({kind}, {self.values.size} singular values, rank {self.rank}, condition "
            f"{self.condition:.2g})"
        )


def _fall(values: NumpyArray, c: NumpyArray) -> tuple[float, float]:
    """Return the exponent p of c ~ s^p, and its standard error."""
    good = (c > 0) & (values > 0)
    u, v = np.log(values[good]), np.log(c[good])
    if u.size < 3 or np.ptp(u) < 1e-6:
        return math.nan, math.inf
    u, v = u - u.mean(), v - v.mean()
    p = float(u @ v) / float(u @ u)
    rest = float(np.sum((v - p * u) ** 2)) / (u.size - 2)
    return p, math.sqrt(rest / float(u @ u))


def _last_above(c: NumpyArray, level: float) -> int:
    """Return how many coefficients come before the first group that is noise."""
    if level == 0:
        return int(c.size)
    n = min(PICARD.neighbours, c.size)
    mean = np.sqrt(np.convolve(c**2, np.ones(n), "valid") / n)
    low = np.flatnonzero(mean < PICARD.above * level)
    if low.size == 0:
        return int(c.size)
    kept = int(low[0])
    while kept < c.size and c[kept] > PICARD.certain * level:
        kept += 1
    return kept


@final
@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Picard:
    """Picard's condition on data: what stands above the noise, and how fast it falls.

    Attributes
    ----------
    values : array
        The singular values s_i.
    coefficients : array
        |u_i^H y|.
    noise : float
        Level of the noise; 0 where none is seen.
    noise_seen : bool
        Whether the level is known.
    rank : int
        Coefficients before the noise.
    exponent, exponent_std : float
        p of |u_i^H y| ~ s_i^p over those, and its standard error; NaN where they are too few.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> A, x = sd.datasets.hansen("gravity", 32)
    >>> sd.svd(A).picard(sd.simulate(x, A, noise=1e-3, rng=0).y).verdict
    'holds'
    """

    values: NumpyArray
    coefficients: NumpyArray
    noise: float
    noise_seen: bool
    rank: int
    exponent: float
    exponent_std: float

    @property
    def verdict(self) -> str:
        """``holds``, ``does not hold``, ``nothing above the noise`` or ``too few to tell``."""
        if self.rank == 0:
            return "nothing above the noise"
        if not self.exponent_std < math.inf:
            return "too few to tell"
        return "holds" if self.exponent + self.exponent_std > 1 else "does not hold"

    def __str__(self) -> str:
        count, kept = self.values.size, self.rank
        if self.verdict == "nothing above the noise":
            return f"Picard: none of {count} coefficients stands above the noise {self.noise:.2g}"
        fall = "" if math.isnan(self.exponent) else f", and fall as s^{self.exponent:.1f}"
        seen = f"above the noise {self.noise:.2g}" if self.noise > 0 else "without a level of noise"
        advice = {
            "holds": "faster than the singular values: keep them",
            "does not hold": "no faster than the singular values: the solution is not smooth, and "
            "a truncated one leaves much of it out",
            "too few to tell": "keep them",
        }[self.verdict]
        said = "is not told by so few" if self.verdict == "too few to tell" else self.verdict
        stand = f"{kept} of {count} coefficients stand {seen}{fall}"
        return f"Picard's condition {said}: {stand}, {advice}"

    def plot(self, path: Any = None, **options: Any) -> Any:
        """Draw the Picard plot; see `sigdeconv.plots.picard`."""
        return _display.draw(self, path, **options)

    def __repr__(self) -> str:
        return f"Picard({self.verdict}, rank {self.rank} of {self.values.size})"

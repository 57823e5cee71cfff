"""A smooth background under the data, estimated together with the signal.

    minimise over x, c   |A x + B c - y|^2 / 2 + g(x)

with B polynomials on the grid of the data. What minimises over c is known for every x, so c leaves
the problem (variable projection, Golub & Pereyra 1973, doi:10.1137/0710036): with Q an orthonormal
basis of the weighted polynomials and P = 1 - Q Q^T,

    minimise over x   |P (A x - y)|^2 / 2 + g(x),     background = B c = Q Q^T (y - A x) / weights
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator
from typing import Any, Literal, final, get_args

import numpy as np

from sigdeconv._array import Array, NumpyArray, as_like, like, namespace, to_numpy
from sigdeconv._checks import one_of
from sigdeconv.operators.base import Operator
from sigdeconv.problem import Observation
from sigdeconv.solvers.grid import column_energy, filled
from sigdeconv.solvers.proximal_gradient import fista, until_slow

__all__ = ["Background", "BackgroundWord", "background_of", "smooth_background"]

BackgroundWord = Literal["auto", "constant", "linear", "quadratic", "cubic"]
WORDS: tuple[BackgroundWord, ...] = get_args(BackgroundWord)
DEGREES = {"constant": 0, "linear": 1, "quadratic": 2, "cubic": 3}
# Samples above the fit by more than so many deviations belong to the signal; rounds of that.
ABOVE, ROUNDS = 2.0, 12
# Iterations for the background of light, at most, and the change at which they end.
LIGHT_ITER, LIGHT_ACCURACY = 200, 0.002


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Background:
    """What is known of a background, and the problem without it.

    Attributes
    ----------
    y : array
        The weighted data, P y, or those less a background that was given.
    A : Operator
        The operator P A.
    known : array or float
        What A x of the reduced problem lacks of the data: Q Q^T y, or the given background.
    basis : array or None
        Q, the polynomials as rows.
    found : dict
        ``background``, an array that `restored` keeps up to date, and its ``degree``.
    """

    y: Array
    A: Operator
    known: Any
    basis: Array | None = None
    weights: Any = 1.0
    found: dict[str, Any] = dataclasses.field(default_factory=dict)

    def restored(
        self, steps: Iterator[tuple[Array, Array]], full: Operator, y: Array
    ) -> Iterator[tuple[Array, Array]]:
        """Yield estimates with all of their data, and keep the background up to date."""
        for x, Ax in steps:
            if self.basis is not None:
                level = _onto(self.basis, y - full.forward(x)) / self.weights
                self.found["background"][...] = level
            yield x, Ax + self.known


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Without(Operator):
    """P A: what an operator makes, without its part in the rows of a basis."""

    inner: Operator
    basis: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the signal."""
        return self.inner.shape

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the data."""
        return self.inner.out_shape

    def _forward(self, x: Array) -> Array:
        y = self.inner.forward(x)
        return y - _onto(self.basis, y)

    def _adjoint(self, y: Array) -> Array:
        return self.inner.adjoint(y - _onto(self.basis, y))


def _onto(basis: Array, y: Array) -> Array:
    """Return Q Q^T y."""
    xp = namespace(y)
    rows = like(basis, y)
    return xp.reshape(xp.matmul(xp.matmul(rows, xp.reshape(y, (-1,))), rows), tuple(y.shape))


def background_of(obs: Observation, background: Any) -> Background | None:
    """Return the problem without a background, or None where there is none.

    Parameters
    ----------
    obs : Observation
        The data.
    background : float, array or str
        Known; or a word for polynomials, see `BackgroundWord`.

    Raises
    ------
    TypeError, ValueError
        If it is anything else.
    """
    y, A = obs.weighted, obs.A
    if isinstance(background, str):
        word = one_of("background", background, WORDS)
        values = to_numpy(filled(obs))
        degree = _degree(values) if word == "auto" else DEGREES[word]
        weights = np.ones(values.shape) if obs.mask is None else to_numpy(obs.mask)
        rows = _polynomials(values.shape, degree) * np.ravel(weights)
        basis = like(np.ascontiguousarray(np.linalg.qr(rows.T)[0].T), y)
        known = _onto(basis, y)
        safe = 1.0 if obs.mask is None else like(np.where(weights > 0, weights, 1.0), y)
        found = {"background": 0 * y, "degree": degree}
        return Background(y - known, Without(A, basis), known, basis, safe, found)
    level = as_like(background, y, "background")
    if tuple(level.shape) not in ((), tuple(y.shape)):
        raise ValueError(
            f"background has shape {tuple(level.shape)}; expected a number, {tuple(y.shape)}, or "
            f"one of {', '.join(WORDS)}"
        )
    if not np.any(to_numpy(level)):
        return None
    known = level if obs.mask is None else level * like(obs.mask, y)
    return Background(y - known, A, known)


def smooth_background(obs: Observation, word: str) -> dict[str, Any]:
    """Return the ``background`` under a scene that is nowhere negative, and its ``degree``.

    A scene that may be anything above zero would take a part of the level, to fit the noise above
    it; so samples have the weight that noise alone hardly ever reaches, as in `sparse`.
    """
    key = f"background {word}"
    if key not in obs.kept:
        under = background_of(obs, word)
        assert under is not None
        y, xp = obs.weighted, namespace(obs.weighted)
        _, spread = _ground(to_numpy(filled(obs)), under.found["degree"])
        weight = spread * math.sqrt(2 * column_energy(obs.A) * math.log(max(math.prod(y.shape), 2)))
        steps = fista(under.y, under.A, lambda v, step: xp.clip(v - weight * step, min=0))
        slow = until_slow(steps, under.y, LIGHT_ACCURACY, [])
        for _ in itertools.islice(under.restored(slow, obs.A, y), LIGHT_ITER):
            pass
        obs.kept[key] = under.found
    found: dict[str, Any] = obs.kept[key]
    return found


def _polynomials(shape: tuple[int, ...], degree: int) -> NumpyArray:
    """Return all products of Legendre polynomials up to a total degree, one a row."""
    places = [np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in shape]
    powers = [
        p for p in itertools.product(range(degree + 1), repeat=len(shape)) if sum(p) <= degree
    ]
    rows = []
    for power in powers:
        if any(p >= n for p, n in zip(power, shape, strict=True)):
            continue
        row = np.ones(())
        for t, p in zip(places, power, strict=True):
            row = np.multiply.outer(row, np.polynomial.Legendre.basis(p)(t))
        rows.append(np.ravel(row))
    return np.array(rows)


def _degree(y: NumpyArray) -> int:
    """Return the degree that describes the ground of data best (Schwarz's criterion)."""
    return int(np.argmin([_ground(y, degree)[0] for degree in range(4)]))


def _ground(y: NumpyArray, degree: int) -> tuple[float, float]:
    """Return the criterion of a degree, and the spread of the ground about the polynomial."""
    values = np.ravel(y).astype(float)
    rows = _polynomials(y.shape, degree)
    kept = np.ones(values.size, bool)
    for _ in range(ROUNDS):
        c = np.linalg.lstsq(rows[:, kept].T, values[kept], rcond=None)[0]
        rest = values - c @ rows
        below = rest[rest < 0]
        spread = 1.4826 * float(np.median(-below)) if below.size else 0.0
        following = rest <= ABOVE * spread
        if following.sum() <= 2 * len(rows) or np.array_equal(following, kept):
            break
        kept = following
    size = float(np.mean(np.minimum(rest, ABOVE * spread) ** 2)) + 1e-300
    return values.size * math.log(size) + len(rows) * math.log(values.size), spread

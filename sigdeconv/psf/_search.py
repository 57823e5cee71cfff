"""The search for the most likely member of a family of kernels.

It runs over a coarse grid on the mean spectrum of all tiles, then by Brent's method (one parameter)
or a simplex (more), first on the mean spectrum where a family is only tried, then on the spectra of
the tiles.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import final

import numpy as np

from sigdeconv.psf._families import TURN, Family, Parameters
from sigdeconv.psf._marginal import Likelihood
from sigdeconv.psf._spectra import TileSpectra, Values, spectra

__all__ = ["Found", "Scan", "near", "power_at", "scan", "search", "settled"]


@final
@dataclasses.dataclass(frozen=True)
class SearchStages:
    """Constants of the search.

    Attributes
    ----------
    loose : float
        Tolerance of a place on the mean spectrum.
    tol, rounds : float, int
        Change of a log likelihood on the coarse grid that is not followed, and its rounds.
    few : int
        Members of a grid that are tried in any case.
    behind : float
        Log likelihood behind another family from which on no more of a grid is tried.
    left : float
        Part of a grid's step around the most likely place on the mean spectrum, where the one on
        the spectra of the tiles lies.
    """

    loose: float = 0.01
    tol: float = 0.3
    rounds: int = 4
    few: int = 200
    behind: float = 60.0
    left: float = 0.35


STAGED = SearchStages()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Found:
    """The most likely member of a family.

    Attributes
    ----------
    family : Family
        The family.
    values : tuple of float
        The parameters.
    spread : tuple of float
        Standard deviation of each at its place of the search.
    value, flat : float
        Negative log likelihood of it and of no blur, on its own spectra.
    curve : tuple of ndarray
        Values of the first parameter and their negative log likelihood less the least.
    spectra : TileSpectra
        What it was compared with.
    """

    family: Family
    values: Parameters
    spread: tuple[float, ...]
    value: float
    flat: float
    curve: tuple[Values, Values]
    spectra: TileSpectra
    likelihood: Likelihood


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Scan:
    """A family on a coarse grid.

    Attributes
    ----------
    family, spectra : Family, TileSpectra
        The family, and the spectra of the tiles.
    coarse : dict of tuple to float
        Place of the search to negative log likelihood, on the mean spectrum.
    pooled : Likelihood
        Of the mean spectrum.
    place : tuple of float or None
        The most likely place on the mean spectrum, between those of the grid.
    """

    family: Family
    spectra: TileSpectra
    coarse: dict[Parameters, float]
    pooled: Likelihood
    place: Parameters | None = None

    @property
    def best(self) -> Parameters:
        """The place of the least value."""
        return (
            min(self.coarse, key=lambda at: self.coarse[at]) if self.place is None else self.place
        )


def power_at(family: Family, at: Parameters, by: Likelihood, keep: bool = False) -> Values:
    """Return the power of a member of the family in the cells of a likelihood.

    That of a grid does not depend on the data, and is kept.
    """
    cells, key = by.spectra.cells, (family.name, family.parameters, at)
    if key in cells.known:
        return cells.known[key]
    power = cells.power(family.make(family.values(at), min(cells.shape)))
    if keep:
        cells.known[key] = power
    return power


def scan(y: Values, family: Family, beside: Found | None = None) -> Scan:
    """Return how likely the members of a family on a coarse grid are.

    A search that is done in stages ends where a kernel of another family, `beside`, is far better.
    """
    most = {"rings": 64, "sectors": 9, "boxes": 8}[family.kind]
    found = spectra(y, family.tile, family.kind, most)
    pooled = Likelihood(found.pooled())
    rough = pooled
    if family.kind == "sectors":  # shorter tiles are quicker, and their spectra less rugged
        rough = Likelihood(spectra(y, family.tile // 2, family.kind, most).pooled())
    places = [family.place(s) for s in family.starts]
    coarse: dict[Parameters, float] = {}
    other = math.inf
    if beside is not None and len(family.starts) > STAGED.few:
        other = rough(power_at(beside.family, beside.family.place(beside.values), rough))
    for number, stage in enumerate(_stages(family, places)):
        if number > 1 and min(coarse.values()) > other + STAGED.behind:
            break
        for at in stage(coarse):
            if at not in coarse:
                power = power_at(family, at, rough, keep=True)
                coarse[at] = rough(power, tol=STAGED.tol, rounds=STAGED.rounds)
    return Scan(family, found, coarse, pooled)


def settled(scanned: Scan) -> Scan:
    """Return a scan with the most likely place on the mean spectrum."""
    family, pooled = scanned.family, scanned.pooled
    steps = _steps(family, [family.place(s) for s in family.starts])

    def value(at: Parameters) -> float:
        return pooled(power_at(family, at, pooled))

    place = _refined(value, scanned.best, steps, STAGED.loose)
    return dataclasses.replace(scanned, place=place)


def near(by: Likelihood, found: Found) -> Found:
    """Return the member of the same family, near what was found, that is likeliest by another."""
    family, place = found.family, found.family.place(found.values)

    def value(at: Parameters) -> float:
        return by(power_at(family, at, by))

    steps = _steps(family, [family.place(s) for s in family.starts])
    return dataclasses.replace(
        found, values=family.values(_refined(value, place, steps, STAGED.loose))
    )


def search(y: Values, family: Family, scanned: Scan | None = None) -> Found:
    """Return the most likely kernel of a family, from a scan where there is one."""
    scanned = scan(y, family) if scanned is None else scanned
    found = scanned.spectra
    exact = scanned.pooled if family.name == "motion" else Likelihood(found)

    def value(at: Parameters) -> float:
        return exact(power_at(family, at, exact))

    steps = _steps(family, [family.place(s) for s in family.starts])
    if scanned.place is not None:  # what is left is between one likelihood and the other
        steps = [STAGED.left * s for s in steps]
    place = _refined(value, scanned.best, steps)
    least = value(place)
    spread = _spread(value, place, least, family)
    flat = Likelihood(exact.spectra)(np.ones_like(found.cells.frequency))
    value(place)  # so that the state of the likelihood is that of the best kernel
    line = _curve(scanned.coarse)
    return Found(family, family.values(place), spread, least, flat, line, exact.spectra, exact)


Stage = Callable[[dict[Parameters, float]], Sequence[Parameters]]


def _stages(family: Family, places: list[Parameters]) -> list[Stage]:
    """Return what to try, each stage given what came out of the ones before.

    For a motion those are the angles at two lengths, then every other length at the best angles,
    then angles between, then all lengths: the whole grid would take ten times as long.
    """
    if family.kinds != ("width", "angle"):
        return [lambda _: places]
    lengths = sorted({p[0] for p in places})
    step = 10 / TURN
    few = lengths[len(lengths) // 3], lengths[(2 * len(lengths)) // 3]

    def best(done: dict[Parameters, float], number: int = 1) -> list[Parameters]:
        angles: dict[float, Parameters] = {}
        for at in sorted(done, key=lambda at: done[at]):
            angles.setdefault(at[1], at)
        return list(angles.values())[:number]

    return [
        lambda _: [p for p in places if p[0] in few],
        lambda done: [(a, at[1]) for at in best(done, 3) for a in lengths[::2]],
        lambda done: [(at[0], at[1] + k * step / 3) for at in best(done) for k in (-1, 1)],
        lambda done: [(a, at[1]) for at in best(done) for a in lengths],
    ]


def _curve(coarse: dict[Parameters, float]) -> tuple[Values, Values]:
    """Return the first parameter's values, each with the least of what was found there."""
    at = np.unique([p[0] for p in coarse])
    least = np.array([min(v for p, v in coarse.items() if p[0] == a) for a in at])
    return np.exp(at), least - least.min()


def _steps(family: Family, places: Sequence[Parameters]) -> list[float]:
    """Return the distance of neighbouring starts in each parameter."""
    steps = []
    for k in range(len(family.parameters)):
        at = np.unique([p[k] for p in places])
        steps.append(float(np.median(np.diff(at))) if at.size > 1 else 0.3)
    return steps


def _refined(
    value: Callable[[Parameters], float],
    start: Parameters,
    steps: Sequence[float],
    tol: float = 1e-3,
) -> Parameters:
    """Return the place of the least value near a start."""
    from scipy.optimize import minimize, minimize_scalar

    if len(start) == 1:
        ends = start[0] - 2 * steps[0], start[0] + 2 * steps[0]
        found = minimize_scalar(lambda a: value((float(a),)), bounds=ends, method="bounded",
                                options={"xatol": tol})  # fmt: skip
        return (float(found.x),)
    simplex = [np.array(start)]
    for k, step in enumerate(steps):
        corner = np.array(start)
        corner[k] += 0.6 * step
        simplex.append(corner)
    options = {"initial_simplex": np.array(simplex), "xatol": 2 * tol, "fatol": 10 * tol,
               "maxfev": 60}  # fmt: skip
    found = minimize(lambda a: value(tuple(map(float, a))), start, method="Nelder-Mead",
                     options=options)  # fmt: skip
    return tuple(map(float, found.x))


def _spread(
    value: Callable[[Parameters], float], place: Parameters, least: float, family: Family
) -> tuple[float, ...]:
    """Return standard deviations from the curvature at the least value."""
    size = len(place)
    steps = np.full(size, 0.006 if family.name in ("disk", "motion") else 0.03)

    def at(*moves: tuple[int, float]) -> float:
        moved = list(place)
        for k, sign in moves:
            moved[k] += sign * steps[k]
        return value(tuple(moved))

    bend = np.zeros((size, size))
    for k in range(size):
        bend[k, k] = (at((k, 1)) + at((k, -1)) - 2 * least) / steps[k] ** 2
        for j in range(k):
            mixed = (
                at((k, 1), (j, 1))
                + at((k, -1), (j, -1))
                - at((k, 1), (j, -1))
                - at((k, -1), (j, 1))
            )
            bend[k, j] = bend[j, k] = mixed / (4 * steps[k] * steps[j])
    values, vectors = np.linalg.eigh(bend)
    covariance = (vectors / np.maximum(values, 1e-2)) @ vectors.T  # what is flat: a factor e^10
    return tuple(float(math.sqrt(max(c, 0.0))) for c in np.diag(covariance))

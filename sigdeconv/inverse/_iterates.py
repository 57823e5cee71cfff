"""What an iterative method does at every iteration: misfit, size and degrees of freedom.

The degrees of freedom of the k-th predicted data are its divergence with respect to the data,
found by running the method also on data moved a little along one random probe (Ramani, Blu & Unser
2008, doi:10.1109/TIP.2008.2001404). For a linear iteration this is Hutchinson's trace; conjugate
gradients are not linear in the data, and it is the derivative that Stein's formula asks for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sigdeconv._array import Array, is_complex, like, namespace
from sigdeconv.inverse._curve import Points
from sigdeconv.method import registry
from sigdeconv.problem import Observation

__all__ = ["iterate_points"]


def iterate_points(
    seen: Observation,
    method: str,
    iterations: np.ndarray[Any, Any],
    noise: float,
    rng: int | np.random.Generator | None,
    parameters: dict[str, Any],
) -> Points:
    """Return the numbers at each of the (rising) numbers of `iterations` of a method."""
    xp = namespace(seen.y)
    y, A = seen.y, seen.A
    z = like(np.random.default_rng(rng).choice([-1.0, 1.0], size=tuple(y.shape)), y)
    if A.mask is not None:
        y, z = y * like(A.mask, y), z * like((A.mask > 0).astype(float), y)
    step = 1e-3 * max(noise, 1e-12 * float(xp.mean(xp.abs(y) ** 2)), 1e-300) ** 0.5
    rule = registry.get(method).rule
    wanted = set(int(k) for k in iterations)
    last = max(wanted)
    rows, estimates = [], []
    moved = rule(y + step * z, A, **parameters)
    pair: Any = None
    for k, found in enumerate(rule(y, A, **parameters)):
        pair = found, next(moved, pair[1] if pair else found)
        if k in wanted:
            rows.append(_row(pair, y, z, step))
            estimates.append(pair[0][0][A.window])
        if k == last:
            break
    while len(rows) < len(iterations):  # it ended by itself: nothing changes any more
        rows.append(rows[-1] if rows else _row(pair, y, z, step))
        estimates.append(estimates[-1] if estimates else pair[0][0][A.window])
    misfit, size, freedom = (np.array(c) for c in zip(*rows, strict=True))
    samples = float(xp.sum(xp.real(z) ** 2))
    freedom = np.clip(freedom, 0.0, samples * (1 - 1e-9))
    return Points(samples, misfit, size, freedom, estimates=estimates)


def _row(pair: Any, y: Array, z: Array, step: float) -> tuple[float, float, float]:
    (x, Ax), (_, moved) = pair
    xp = namespace(y)

    def energy(a: Array) -> float:
        return float(xp.sum(xp.abs(a) ** 2))

    change = xp.real(moved - Ax) if is_complex(Ax) else moved - Ax
    return energy(Ax - y), energy(x), float(xp.sum(xp.real(z) * change)) / step

"""What a truncated inverse does at every threshold, where the operator is not diagonal.

The estimate is linear in the data, so the degrees of freedom are the trace of a matrix, found with
one random probe (Hutchinson 1990, doi:10.1080/03610919008812866).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sigdeconv._array import like, namespace
from sigdeconv.inverse._curve import Points, inner
from sigdeconv.method import registry
from sigdeconv.problem import Observation

__all__ = ["truncated_points"]


def truncated_points(
    seen: Observation,
    thresholds: np.ndarray[Any, Any],
    rng: int | np.random.Generator | None,
    parameters: dict[str, Any],
) -> Points:
    """Return the numbers at each of the `thresholds` of `inverse`."""
    y, A = seen.y, seen.A
    xp = namespace(y)
    z = like(np.random.default_rng(rng).choice([-1.0, 1.0], size=tuple(y.shape)), y)
    rule = registry.get("inverse").rule
    samples = float(inner(z, z))
    rows, estimates = [], []
    for threshold in thresholds:
        x = rule(y, A, threshold=float(threshold), **parameters).x
        probe = rule(z, A, threshold=float(threshold), **parameters).x
        r = y - A.forward(x)
        freedom = min(max(inner(z, A.forward(probe)), 0.0), samples * (1 - 1e-9))
        window = x[A.window]
        rows.append((inner(r, r), float(xp.sum(xp.abs(window) ** 2)), freedom))
        estimates.append(window)
    misfit, size, freedom_of = (np.array(c) for c in zip(*rows, strict=True))
    return Points(samples, misfit, size, freedom_of, estimates=estimates)

"""What Richardson-Lucy is given: observations of one scene, checked, as data of a likelihood."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sigdeconv._array import (
    Array,
    ArrayLike,
    as_float,
    as_like,
    is_complex,
    like,
    namespace,
    to_numpy,
    zeros,
)
from sigdeconv.operators.base import Operator
from sigdeconv.operators.convolution import Convolution
from sigdeconv.operators.matrix import as_operator
from sigdeconv.solvers.em.blocks import Blocks
from sigdeconv.solvers.em.poisson import PoissonData

__all__ = ["least_and_most", "other_views", "poisson_data", "with_kernel"]


def other_views(views: Any, A: Operator, y: Array) -> list[tuple[Array, Operator]]:
    """Return the other views as they are."""
    if not isinstance(views, (list, tuple)):
        raise TypeError(f"views must be a list of pairs (y, psf); got {views!r:.60}")
    found = []
    for k, view in enumerate(views):
        if not isinstance(view, (tuple, list)) or len(view) != 2:
            raise TypeError(f"views[{k}] must be a pair (y, psf); got {view!r:.60}")
        data, operator = as_like(view[0], y, f"views[{k}][0]"), as_operator(view[1])
        if operator is None:
            if not isinstance(A, Convolution):
                raise TypeError(
                    f"views[{k}][1] must be an operator, since psf is one and no kernel"
                )
            operator = with_kernel(view[1], A, f"views[{k}][1]")
        for what, have, want in (
            ("data of shape", tuple(data.shape), operator.out_shape),
            ("an operator with the domain", operator.shape, A.shape),
        ):
            if have != want:
                raise ValueError(
                    f"views[{k}] has {what} {have}; expected {want}. Give the kernel instead of an "
                    "operator to have one made that fits"
                )
        found.append((data, operator))
    return found


def with_kernel(psf: Array, A: Convolution, name: str) -> Convolution:
    """Return the convolution by another kernel with the domain, border and window of `A`."""
    kernel = to_numpy(as_float(psf, name))
    if kernel.ndim != len(A.shape) or any(s != 1 for s in A.stride):
        raise ValueError(
            f"{name} must be a kernel with {len(A.shape)} axes, for data without a stride; got "
            f"shape {kernel.shape}. Give a Convolution where there is a stride"
        )
    if A.boundary != "unknown":
        return Convolution(kernel, A.shape, A.boundary, workers=A.workers)
    cuts = []
    for n, at, k in zip(A.shape, A.window, kernel.shape, strict=True):
        before = at.start - (k - 1 - k // 2)
        after = n - (k - 1) - before - (at.stop - at.start)
        if before < 0 or after < 0:
            raise ValueError(
                f"{name} has shape {kernel.shape}, wider than the kernel of y, {A.psf.shape}; "
                "expected the widest kernel first: swap the observations"
            )
        cuts.append((-before, -after))
    return Convolution(kernel, A.shape, "unknown", padding=tuple(cuts), workers=A.workers)


def poisson_data(
    y: Array,
    A: Operator,
    background: float | ArrayLike,
    readout_noise: float | ArrayLike,
    damping: float,
    blocks: Blocks,
) -> PoissonData:
    """Return the shifted data of a view after all checks."""
    check(y, A)
    light = level_of("background", background, y)
    deviation = level_of("readout_noise", readout_noise, y)
    weights = None if A.mask is None else like(A.mask, y)
    if light is not None and weights is not None:
        light = light * weights
    if deviation is None:
        return PoissonData(y, light, damping, blocks)
    shift = deviation**2 if weights is None else deviation**2 * weights
    light = shift if light is None else light + shift
    return PoissonData(y + shift, light, damping, blocks, shift)


def check(y: Array, A: Operator) -> None:
    xp = namespace(y)
    for name, found in (("y", is_complex(y)), ("psf", A.makes_complex)):
        if found:
            raise TypeError(f"{name} is complex; Richardson-Lucy needs real intensities")
    low, high = least_and_most(A)
    if -low > 1e-6 * high:  # a kernel that went through an FFT has rounding of both signs
        raise ValueError(
            f"psf has negative values (least {low:.4g}); Richardson-Lucy needs a kernel of at "
            "least 0. If they are noise of a measurement, psf.clip(0) takes them away; if they "
            "are meant (a wavelet), use wiener or sparse"
        )
    total = float(xp.sum(y))
    if total < 0:
        raise ValueError(
            f"y has a negative sum ({total:.4g}); Richardson-Lucy needs intensities. Subtract less "
            "dark level, or pass it as background"
        )


def least_and_most(A: Operator) -> tuple[float, float]:
    """Return the least and the largest sample of a kernel.

    Of another operator those of A^H 1 and A 1, which are no less than zero if no entry is.
    """
    if isinstance(A, Convolution):
        return float(np.min(A.psf)), float(np.max(A.psf))
    sums = A.adjoint(np.ones(A.out_shape)), A.forward(np.ones(A.shape))
    low, high = min(float(np.min(a)) for a in sums), max(float(np.max(a)) for a in sums)
    # A part of it may have gone through an FFT, or been cut off after some modes.
    return (low if -low > 1e-3 * high else 0.0), high


def level_of(name: str, value: float | ArrayLike, y: Array) -> Array | None:
    """Return a level as an array of the data's shape, or None where it is zero."""
    xp = namespace(y)
    light = as_like(value, y, name)
    if light.ndim and tuple(light.shape) != tuple(y.shape):
        raise ValueError(
            f"{name} has shape {tuple(light.shape)}; expected a number or {tuple(y.shape)}"
        )
    low, high = float(xp.min(light)), float(xp.max(light))
    if not 0 <= low <= high < math.inf:
        raise ValueError(f"{name} must be finite and at least 0 everywhere; it has {low!r}")
    return light + zeros(tuple(y.shape), y) if high > 0 else None

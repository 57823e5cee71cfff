"""A part of large data that tells as much as the whole: the one that varies most."""

from __future__ import annotations

import itertools
import math
from typing import Any

from sigdeconv._array import as_like, namespace
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.em.settings import EMSettings, Views
from sigdeconv.solvers.em.views import with_kernel

__all__ = ["on_part", "telling_part"]

Part = tuple[slice, ...]


def on_part(views: Views, settings: EMSettings, part: Part | None) -> tuple[Views, EMSettings]:
    """Return the observations and the settings of a part of the first; of all of it for None."""
    if part is None:
        return views, settings
    known = [(z, B) for z, B in views if isinstance(B, Convolution)]
    y, A = known[0][0][part], known[0][1]
    mask = None if A.mask is None else A.mask[part]
    small = Convolution.for_data(
        A.psf, y.shape, centre=A.centre, dilation=A.dilation, mask=mask, workers=A.workers
    )
    others = [(z[part], with_kernel(B.psf, small, "views")) for z, B in known[1:]]
    levels: Any = []
    for name in ("background", "readout_noise"):
        level = as_like(getattr(settings, name), views[0][0], name)
        levels.append(level[part] if level.ndim else level)
    return [(y, small), *others], settings.at_levels(*levels)


def telling_part(views: Views, enough: int, samples: int) -> Part | None:
    """Return the part of the data that varies most, or None where all are needed.

    Parameters
    ----------
    views : list of (data, operator)
        Observations of one window.
    enough : int
        Samples of the data up to which no part is taken.
    samples : int
        About as many has the part; it is at least two kernels wide.
    """
    known = [(z, B) for z, B in views if isinstance(B, Convolution)]
    y, A = views[0]
    if math.prod(y.shape) <= enough or len(known) < len(views) or not isinstance(A, Convolution):
        return None
    if not all(_is_plain(B, B is A) for _, B in known):
        return None
    edge = math.ceil(samples ** (1 / y.ndim))
    width = [min(n, max(edge, 2 * k)) for n, k in zip(y.shape, A.span, strict=True)]
    corners = itertools.product(
        *(range(0, n - w + 1, max(w // 2, 1)) for n, w in zip(y.shape, width, strict=True))
    )
    parts = [tuple(slice(k, k + w) for k, w in zip(at, width, strict=True)) for at in corners]
    xp = namespace(y)
    return max(parts, key=lambda part: float(xp.std(y[part])))


def _is_plain(B: Convolution, first: bool) -> bool:
    """Tell whether an operator has a part: by its kernel alone, but for the first one's mask."""
    middle = tuple(k // 2 for k in B.psf.shape)
    return set(B.stride) == {1} and (first or (B.mask is None and B.centre == middle))

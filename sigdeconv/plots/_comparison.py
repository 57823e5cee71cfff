"""The figure of a comparison: what each method made of the same data.

Images share one colour range, that of the truth, and errors share one range around zero, so that
equal colours are equal values and an estimate that leaves the range shows that it does. Below,
one line through the images and the radially averaged spectra tell *where* the estimates differ:
at which place, and at which frequency.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from sigdeconv import views
from sigdeconv._array import NumpyArray
from sigdeconv._checks import integer, integers
from sigdeconv.plots import _panels, style
from sigdeconv.views import Scene, decibel, scene_of

if TYPE_CHECKING:
    from sigdeconv.comparison import Comparison
else:
    Comparison = Any  # what is drawn does not need what made it

__all__ = ["comparison"]


def comparison(
    comparison: Comparison,
    path: str | os.PathLike[str] | None = None,
    *,
    profile: int | Sequence[int] | None = None,
    max_methods: int = 6,
) -> Figure:
    """Draw truth, data and every method, their errors, one line through them, and their spectra.

    In 1-D traces with their residuals; in 2-D images with one shared colour range and error maps
    with another; in 3-D three orthogonal slices in each panel.

    Parameters
    ----------
    comparison : Comparison
        What `sigdeconv.compare` returned.
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png at 150 dpi, .pdf, .svg).
    profile : int or sequence of int, optional
        The sample of the window through which the line runs, along the last axis; in 3-D the
        slices meet there as well. An int is a row of a 2-D image. By default, where the blur
        changed most (2-D), or where the planes with the most energy meet (3-D). Not for 1-D.
    max_methods : int
        How many methods are drawn at most: the first ones.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError
        If `profile` or `max_methods` is not made of whole numbers, or `path` is no path.
    ValueError
        If the data have more than three axes, `profile` is not a sample of the window,
        `max_methods` is less than one, or the suffix of `path` is unknown.
    FileNotFoundError
        If the directory of `path` does not exist.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.coins()[:64, :64], sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> comparison = sd.compare(obs, methods=["adjoint", "wiener"])
    >>> fig = sd.plots.comparison(comparison)
    >>> [axes.get_title().split()[0] for axes in fig.axes[:4]]
    ['truth', 'data', 'adjoint', 'wiener']
    """
    target = style.check_path(path)
    max_methods = integer("max_methods", max_methods, least=1)
    scene = scene_of(comparison, list(comparison.images)[:max_methods])
    point = _point(scene.reference, scene.data, profile)
    scene = dataclasses.replace(scene, point=point)
    with style.context():
        draw = _panels.traces if scene.reference.ndim == 1 else _panels.images
        fig = draw(scene, _headline(comparison, scene))
        return style.save(fig, target)


def _point(
    reference: NumpyArray,
    data: NumpyArray,
    profile: int | Sequence[int] | None,
) -> tuple[int, ...]:
    shape = reference.shape
    if len(shape) == 1:
        if profile is not None:
            raise ValueError(f"profile is for 2-D and 3-D, 1-D data are drawn whole; got {profile}")
        return (shape[0] // 2,)
    if profile is None:
        lost = data - reference if len(shape) == 2 else reference
        return views.focus(lost if np.any(lost) else reference)
    given: tuple[int, ...]
    if len(shape) == 2 and np.size(profile) == 1:
        given = (integer("profile", np.ravel(profile)[0]), shape[1] // 2)
    else:
        of = "axes of the window"
        given = integers("profile", np.atleast_1d(profile), len(shape), of=of)
    if any(not -n <= k < n for k, n in zip(given, shape, strict=True)):
        raise ValueError(
            f"profile must be a sample of the window, {len(shape)} indices within {shape}"
            f"{', or one row' if len(shape) == 2 else ''}; got {profile!r}"
        )
    return tuple(k % n for k, n in zip(given, shape, strict=True))


def _headline(comparison: Comparison, scene: Scene) -> str:
    """Return the verdict in at most two short lines: which kind of method restored what."""
    rows = [row for row in comparison.rows if row.get("psnr") is not None]
    if not rows:
        return "No truth is known: shapes can be compared, values cannot"
    lines = []
    for kind, text in (("inverse", "Best inverse"), ("adjoint", "Transposed convolution")):
        tried = [row for row in rows if row["kind"] == kind]
        if tried:
            best = max(tried, key=lambda row: row["psnr"])
            lines.append(
                f"{text} ({best['method']}): {decibel(best['gain'])} dB against the data, "
                f"correlation {best['correlation']:.3f}"
            )
    if scene.left_out:
        drawn = len(scene.images)
        lines.append(f"the first {drawn} of {drawn + scene.left_out} methods are drawn")
    return "\n".join(lines)

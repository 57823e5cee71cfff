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
from sigdeconv._array import ArrayLike, NumpyArray
from sigdeconv._checks import flag, integer, integers, numbers, one_of
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
    methods: Sequence[str] | None = None,
    max_methods: int = 6,
    errors: bool = True,
    title: str | None = None,
    spacing: float | Sequence[float] | None = None,
    unit: str = "",
    x: ArrayLike | None = None,
    width: style.Width = "page",
    dpi: int = 150,
) -> Figure:
    """Draw truth, data and every method, their errors, one line through them, and their spectra.

    In 1-D traces with their residuals; in 2-D images with one shared colour range and error maps
    with another; in 3-D three orthogonal slices in each panel.

    Parameters
    ----------
    comparison : Comparison
        What `sigdeconv.compare` returned.
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png, .pdf, .svg).
    profile : int or sequence of int, optional
        The sample of the window through which the line runs, along the last axis; in 3-D the
        slices meet there as well. An int is a row of a 2-D image. By default, where the blur
        changed most (2-D), or where the planes with the most energy meet (3-D). Not for 1-D.
    methods : sequence of str, optional
        Which methods are drawn, in this order.
    max_methods : int, default: 6
        How many methods are drawn at most, where none are named: the first ones.
    errors : bool, default: True
        Draw the errors as well, where a truth is known.
    title : str, optional
        Heading, in the place of the verdict.
    spacing : float or sequence of float, optional
        Distance of the samples, one for all axes or one each: images are drawn in true proportion
        with a scale bar, and axes are labelled in `unit`. `Meta.voxel` of a file has it.
    unit : str, optional
        Unit of `spacing`, such as ``"nm"``.
    x : array, shape (n,), optional
        Where the samples of traces are, such as wavelengths, in `unit`.
    width : {"page", "column"} or float, default: "page"
        In millimetres; a page is 183, a column 85.
    dpi : int, default: 150
        Pixels an inch, where the format has pixels.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError
        If `profile` or `max_methods` is not made of whole numbers, or something else is of a wrong
        type.
    ValueError
        If the data have more than three axes, `profile` is not a sample of the window, one of
        `methods` was not run, a number is out of range, or the suffix of `path` is unknown.
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
    page = style.page(path, width, dpi, title)
    max_methods, errors = integer("max_methods", max_methods, least=1), flag("errors", errors)
    names = (
        list(comparison.images)[:max_methods] if methods is None else _named(methods, comparison)
    )
    scene = scene_of(comparison, names)
    ndim = scene.reference.ndim
    scene = dataclasses.replace(
        scene,
        point=_point(scene.reference, scene.data, profile),
        spacing=() if spacing is None else numbers("spacing", spacing, ndim, above=0),
        unit=unit,
        x=None if x is None else style.abscissa(x, scene.reference.shape),
        left_out=0 if methods is not None else scene.left_out,
        with_errors=errors,
    )
    page = dataclasses.replace(page, title=title or _headline(comparison, scene))
    with style.context():
        draw = _panels.traces if ndim == 1 else _panels.images
        return style.save(draw(scene, page), page)


def _named(methods: Sequence[str], comparison: Comparison) -> list[str]:
    """Return the methods to draw, each of which was run."""
    known = list(comparison.images)
    return [
        one_of("methods", name, known)
        for name in ([methods] if isinstance(methods, str) else methods)
    ]


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

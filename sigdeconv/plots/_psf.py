"""The figure of one kernel: what it looks like, how it falls off, and what it passes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from sigdeconv import _fft, views
from sigdeconv._array import ArrayLike, NumpyArray, to_numpy
from sigdeconv._checks import numbers
from sigdeconv.plots import style

__all__ = ["psf"]

_AXES = {1: ("x",), 2: ("y", "x"), 3: ("z", "y", "x")}


def psf(
    psf: ArrayLike,
    path: str | os.PathLike[str] | None = None,
    *,
    width: style.Width = "page",
    dpi: int = 150,
    title: str | None = None,
    spacing: float | Sequence[float] | None = None,
    unit: str = "",
) -> Figure:
    """Draw one kernel: image (trace, slices), its central profiles, and its transfer function.

    Parameters
    ----------
    psf : array, 1-D to 3-D
        The kernel, with its centre at ``n // 2`` on each axis.
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png, .pdf, .svg).
    width : {"page", "column"} or float, default: "page"
        In millimetres; a page is 183, a column 85.
    dpi : int, default: 150
        Pixels an inch, where the format has pixels.
    title : str, optional
        Heading of the figure.
    spacing : float or sequence of float, optional
        Distance of the samples, one for all axes or one each: axes are labelled in `unit`, and a
        picture gets a scale bar and true proportions.
    unit : str, optional
        Unit of `spacing`, such as ``"nm"``.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the kernel is empty, is not finite, has more than three axes, or the suffix of `path` is
        unknown.
    FileNotFoundError
        If the directory of `path` does not exist.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> fig = sd.plots.psf(sd.psf.airy(3.0))
    >>> [axes.get_title().split()[0] for axes in fig.axes[:3]]
    ['kernel', 'profile', '|OTF|']
    """
    page = style.page(path, width, dpi, title)
    kernel = to_numpy(psf)
    kernel = views.real(kernel, kernel)
    if kernel.ndim not in _AXES or kernel.size == 0:
        raise ValueError(f"psf has shape {kernel.shape}; expected 1 to 3 axes, none of them empty")
    if not np.all(np.isfinite(kernel)):
        raise ValueError("psf has values that are not finite; expected finite ones")
    steps = () if spacing is None else numbers("spacing", spacing, kernel.ndim, above=0)
    with style.context():
        fig, panels = style.row(2 if kernel.ndim == 1 else 3, 2.2, page)
        _kernel(fig, panels[0], kernel, steps, unit)
        if kernel.ndim > 1:  # a kernel of one axis is its own profile
            _profiles(panels[1], kernel, steps, unit)
        _transfer(panels[-1], kernel, steps, unit)
        return style.save(fig, page)


def _centre(kernel: NumpyArray) -> tuple[int, ...]:
    return tuple(n // 2 for n in kernel.shape)


def _kernel(
    fig: Figure, axes: Any, kernel: NumpyArray, steps: tuple[float, ...], unit: str
) -> None:
    axes.set_title(f"kernel {'×'.join(str(n) for n in kernel.shape)}, sum {kernel.sum():.4g}")
    if kernel.ndim == 1:
        x = _from_centre(kernel.size, 0, steps)
        axes.vlines(x, 0, kernel, color=style.COLOURS[3], linewidth=0.8)
        axes.plot(x, kernel, ".", color=style.COLOURS[3], markersize=3)
        axes.axhline(0, color="black", linewidth=0.5)
        axes.set_xlabel(_distance(steps, unit))
        return
    high = float(np.max(np.abs(kernel))) or 1.0
    if kernel.min() < 0:  # a kernel with both signs: zero keeps its colour
        look: dict[str, Any] = {"cmap": style.DIVERGING, "vmin": -high, "vmax": high}
    else:
        look = {"cmap": style.GRAY, "vmin": 0, "vmax": high}
    image = views.kernel(kernel, steps)
    shown = axes.imshow(image, **look)
    if steps:
        style.scale_bar(axes, views.stretched(kernel, steps).shape, min(steps), unit)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    bar = fig.colorbar(shown, ax=axes, fraction=0.05, pad=0.02)
    bar.locator = MaxNLocator(4)
    bar.outline.set_linewidth(0.6)
    if kernel.ndim == 3:
        axes.set_xlabel("slices xy, yz; xz below")


def _from_centre(n: int, axis: int, steps: tuple[float, ...]) -> NumpyArray:
    """Return the distances of the samples of an axis from its centre."""
    return (np.arange(n) - n // 2) * (steps[axis] if steps else 1)


def _distance(steps: tuple[float, ...], unit: str) -> str:
    return style.axis_label("distance from the centre", steps, unit) if steps else (
        "samples from the centre"
    )  # fmt: skip


def _profiles(axes: Any, kernel: NumpyArray, steps: tuple[float, ...], unit: str) -> None:
    centre = _centre(kernel)
    for axis, name in reversed(list(enumerate(_AXES[kernel.ndim]))):
        line = kernel[tuple(slice(None) if d == axis else c for d, c in enumerate(centre))]
        x = _from_centre(line.size, axis, steps)
        dash = {"x": "-", "y": "--", "z": ":"}[name]
        axes.plot(x, line, dash, color=_colour(name), label=f"along {name}")
    axes.set_title("profile through the centre")
    axes.set_xlabel(_distance(steps, unit))
    axes.legend(loc="upper right")


def _transfer(axes: Any, kernel: NumpyArray, steps: tuple[float, ...], unit: str) -> None:
    n = max(1024, *kernel.shape)
    f = np.arange(n // 2 + 1) / n
    low, high = np.inf, 0.0
    for axis, name in reversed(list(enumerate(_AXES[kernel.ndim]))):
        # a line through zero frequency is the spectrum of the projection on that axis
        line = kernel.sum(axis=tuple(d for d in range(kernel.ndim) if d != axis))
        modulus = np.abs(_fft.fftn(line, (n,)))[: f.size]
        dash = {"x": "-", "y": "--", "z": ":"}[name]
        axes.plot(
            f / (steps[axis] if steps else 1),
            modulus,
            dash,
            color=_colour(name),
            label=f"along {name}",
        )
        low, high = min(low, float(modulus.min())), max(high, float(modulus.max()))
    high = high if high > 0 else 1.0
    axes.set(xlim=(0, 0.5 / min(steps or (1,))), ylim=(max(low / 2, high * 1e-6), high * 2))
    axes.set_yscale("log")  # after the limits: a kernel of zeros has none on a log axis
    axes.yaxis.set_major_locator(LogLocator(numticks=6))
    axes.set_title("|OTF|")
    axes.set_xlabel(f"frequency (cycles a {unit or 'unit' if steps else 'sample'})")


def _colour(name: str) -> str:
    return {"x": style.COLOURS[3], "y": style.COLOURS[0], "z": style.COLOURS[4]}[name]
